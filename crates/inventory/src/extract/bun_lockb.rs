//! `bun.lockb`: Bun's lockfile before `bun.lock`, the memory of its resolver written out.
//!
//! A head, then the packages as columns one after the other (all names, all resolutions …), then arrays that begin with
//! the offsets of their first and last byte: where packages lie, which package meets which requirement, the requirements
//! themselves, texts. All numbers are little-endian. Version 2 came with Bun 0.1.7, version 3 with 1.3, where the three
//! numbers of a version became twice as long.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashMap;

use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Hash, Purl, Scope};

use super::npm::assembly::Assembly;
use super::npm::notes::Missing;
use super::npm::origin::{Origin, normal};
use super::{Extractor, File};

/// Reads `bun.lockb`.
pub struct BunLockb;

const HEAD: &[u8] = b"#!/usr/bin/env bun\nbun-lockfile-format-v0\n";

/// Between the head with its version and the packages: a checksum over the contents.
const CHECKSUM: usize = 32;

/// The longest text that is believed; names, versions, paths and addresses are far shorter.
const LONGEST: usize = 8 << 10;

/// Bytes of a requirement: name, its hash, how it is meant, the sort of its range, the range.
const REQUIREMENT: usize = 26;

impl Extractor for BunLockb {
    fn name(&self) -> &'static str {
        "bun-lockb"
    }

    fn files(&self) -> &'static [&'static str] {
        &["bun.lockb"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        if file.bytes().is_empty() {
            return;
        }
        let lock = match Lock::read(file.bytes()) {
            Ok(lock) => lock,
            Err(why) => {
                return found.lost(
                    None,
                    format!(
                        "{why}; `bun install --save-text-lockfile --frozen-lockfile --lockfile-only` writes bun.lock"
                    ),
                );
            }
        };
        found.lock(Ecosystem::Npm, GraphDepth::Full, "bun.lockb holds every package and who asks for it");
        let mut assembly = Assembly::new(found);
        let mut unread = Unread::default();
        let nodes: Vec<Option<usize>> =
            (0..lock.count).map(|row| lock.package(row, &mut assembly, &mut unread)).collect();
        lock.edges(&nodes, &mut assembly);
        if let Some(first) = unread.first {
            let others =
                if unread.count > 1 { format!(" and {} more", unread.count - 1) } else { String::new() };
            found.lost(None, format!("the package `{first}`{others} could not be read and was left out"));
        }
    }
}

/// Packages that were left out.
#[derive(Default)]
struct Unread {
    count: usize,
    first: Option<String>,
}

impl Unread {
    fn note(&mut self, name: &str) {
        self.count += 1;
        self.first.get_or_insert_with(|| name.to_string());
    }
}

/// The parts of the file.
struct Lock<'a> {
    count: usize,
    /// Bytes of a number in a version.
    number: usize,
    names: &'a [u8],
    resolutions: &'a [u8],
    asks: &'a [u8],
    asks_met: &'a [u8],
    metas: &'a [u8],
    /// By requirement: the package that meets it.
    met: &'a [u8],
    requirements: &'a [u8],
    texts: &'a [u8],
    /// Bytes of texts that may still be read: a file made to waste memory names one long text again and again.
    left: Cell<usize>,
}

impl<'a> Lock<'a> {
    fn read(bytes: &'a [u8]) -> Result<Lock<'a>, &'static str> {
        let cut = "the lockfile is cut off or damaged and was not read";
        if !bytes.starts_with(HEAD) {
            return Err("this is no lockfile of Bun and was not read");
        }
        let mut at = HEAD.len();
        let number = match u32_at(bytes, at).ok_or(cut)? {
            2 => 4,
            3 => 8,
            _ => return Err("this version of Bun's binary lockfile is not read"),
        };
        // Behind the checksum stands where everything ends.
        at += 4 + CHECKSUM + 8;
        let mut next = || {
            let value = size_at(bytes, at);
            at += 8;
            value.ok_or(cut)
        };
        let (count, _alignment, _columns, begin, end) = (next()?, next()?, next()?, next()?, next()?);
        let packages = bytes.get(begin..end).ok_or(cut)?;
        let resolution = Resolution::width(number);
        // Later columns, such as the scripts of packages, are of no interest here.
        let widths = [8, 8, resolution, 8, 8, META];
        let mut columns = [&packages[..0]; 6];
        let mut from = 0usize;
        for (column, width) in columns.iter_mut().zip(widths) {
            let to = count.checked_mul(width).and_then(|length| from.checked_add(length)).ok_or(cut)?;
            *column = packages.get(from..to).ok_or(cut)?;
            from = to;
        }
        let [names, _, resolutions, asks, asks_met, metas] = columns;
        let mut arrays = Arrays { bytes, at: end };
        let (_trees, _hoisted) = (arrays.next().ok_or(cut)?, arrays.next().ok_or(cut)?);
        let met = arrays.next().ok_or(cut)?;
        let requirements = arrays.next().ok_or(cut)?;
        let _outside = arrays.next().ok_or(cut)?;
        let texts = arrays.next().ok_or(cut)?;
        let left = Cell::new(bytes.len().saturating_mul(16));
        Ok(Lock { count, number, names, resolutions, asks, asks_met, metas, met, requirements, texts, left })
    }

    /// A text of eight bytes, or one that lies elsewhere: the highest bit tells.
    fn text(&self, bytes: &'a [u8], at: usize) -> Option<Cow<'a, str>> {
        let short = bytes.get(at..at.checked_add(8)?)?;
        let text = if short[7] & 0x80 == 0 {
            short.split(|b| *b == 0).next().unwrap_or_default()
        } else {
            let from = u32_at(short, 0)? as usize;
            let length = (u32_at(short, 4)? & 0x7fff_ffff) as usize;
            self.left.set(self.left.get().checked_sub(length)?);
            self.texts.get(from..from.checked_add(length).filter(|_| length <= LONGEST)?)?
        };
        Some(String::from_utf8_lossy(text))
    }

    fn package(&self, row: usize, assembly: &mut Assembly<'_>, unread: &mut Unread) -> Option<usize> {
        let name = self.text(self.names, row * 8).unwrap_or_default();
        let width = Resolution::width(self.number);
        let resolution =
            self.resolutions.get(row * width..(row + 1) * width).and_then(|r| self.resolution(r));
        let own = |name: &str| FoundPackage::new(Purl::npm(name, ""), None);
        let (origin, version) = match resolution {
            Some(Resolution::Own(dir)) => return Some(assembly.first_party(dir, own(&name))),
            Some(Resolution::Registry(version)) => (Origin::Registry, version),
            Some(Resolution::Elsewhere(at)) => match Origin::read(&at) {
                Some(Origin::Folder(dir)) => return Some(assembly.first_party(dir, own(&name))),
                Some(origin) => (origin, String::new()),
                None => (Origin::Url(at), String::new()),
            },
            None => {
                unread.note(&name);
                return None;
            }
        };
        if name.is_empty() {
            unread.note("");
            return None;
        }
        let mut package = FoundPackage::new(origin.qualify(Purl::npm(&name, &version)), None);
        package.source = origin.source();
        package.hashes.extend(self.metas.get(row * META..(row + 1) * META).and_then(integrity));
        Some(assembly.third_party(package))
    }

    /// Where a package comes from; none of what is not known.
    fn resolution(&self, bytes: &'a [u8]) -> Option<Resolution> {
        // The sort stands in the first of eight bytes.
        let text = |field: usize| self.text(bytes, 8 + field * 8).map(Cow::into_owned);
        match bytes.first()? {
            1 => Some(Resolution::Own(String::new())),
            2 => self.version(bytes.get(16..)?).map(Resolution::Registry),
            4 | 8 => Some(Resolution::Elsewhere(format!("file:{}", text(0)?))),
            64 => Some(Resolution::Elsewhere(format!("link:{}", text(0)?))),
            72 => Some(Resolution::Own(normal(&text(0)?))),
            80 => Some(Resolution::Elsewhere(text(0)?)),
            sort @ (16 | 32) => {
                let (owner, repository, asked, resolved) = (text(0)?, text(1)?, text(2)?, text(3)?);
                // GitHub's archives unpack to a folder named by owner, repository and commit.
                let commit = if *sort == 16 { resolved.rsplit('-').next().unwrap_or("") } else { &resolved };
                let revision = if commit.is_empty() { asked.as_str() } else { commit };
                let place = if owner.is_empty() { repository } else { format!("{owner}/{repository}") };
                let scheme = if *sort == 16 { "github:" } else { "git+" };
                let place = place.strip_prefix(scheme).unwrap_or(&place);
                Some(Resolution::Elsewhere(format!("{scheme}{place}#{revision}")))
            }
            _ => None,
        }
    }

    /// Three numbers, a pre-release, a build.
    fn version(&self, bytes: &'a [u8]) -> Option<String> {
        let number = |index: usize| match self.number {
            4 => u32_at(bytes, index * 4).map(u64::from),
            _ => u64_at(bytes, index * 8),
        };
        let mut version = format!("{}.{}.{}", number(0)?, number(1)?, number(2)?);
        // Short numbers are padded to eight bytes; the texts are followed by hashes.
        let texts = if self.number == 4 { 16 } else { 24 };
        for (mark, at) in [('-', texts), ('+', texts + 16)] {
            let text = self.text(bytes, at)?;
            if !text.is_empty() {
                version.push(mark);
                version.push_str(&text);
            }
        }
        Some(version)
    }

    fn edges(&self, nodes: &[Option<usize>], assembly: &mut Assembly<'_>) {
        let mut missing = Missing::default();
        // What a package takes if somebody else brings it is not resolved; where there is but one of that name it is that.
        let mut only: HashMap<Cow<'_, str>, Option<usize>> = HashMap::new();
        for (row, node) in nodes.iter().enumerate() {
            if let (Some(node), Some(name)) = (node, self.text(self.names, row * 8)) {
                only.entry(name)
                    .and_modify(|known| *known = known.filter(|k| k == node))
                    .or_insert(Some(*node));
            }
        }
        // Each requirement belongs to one package; a file made to waste time lets many share them.
        let mut left = self.requirements.len() / REQUIREMENT;
        for (row, node) in nodes.iter().enumerate() {
            let Some(from) = *node else { continue };
            let slice = |column: &[u8]| {
                Some((u32_at(column, row * 8)? as usize, u32_at(column, row * 8 + 4)? as usize))
            };
            let (Some((asks, count)), Some((met, met_count))) = (slice(self.asks), slice(self.asks_met))
            else {
                continue;
            };
            for index in 0..count.min(met_count) {
                if left == 0 {
                    assembly.found.lost(
                        None,
                        "packages share requirements that only one can have; the rest was left out",
                    );
                    return missing.report_unresolved(assembly.found);
                }
                left -= 1;
                let start = asks.checked_add(index).and_then(|at| at.checked_mul(REQUIREMENT));
                let requirement =
                    start.and_then(|at| self.requirements.get(at..at.checked_add(REQUIREMENT)?));
                let Some(requirement) = requirement else { break };
                let Some((scope, needed)) = asked(requirement[16]) else { continue };
                let to = met
                    .checked_add(index)
                    .and_then(|at| at.checked_mul(4))
                    .and_then(|at| u32_at(self.met, at));
                match to.and_then(|to| nodes.get(to as usize)) {
                    Some(Some(to)) => assembly.edge(from, *to, scope),
                    // What it leads to was left out before, with a word.
                    Some(None) => {}
                    None => {
                        let name = self.text(requirement, 0).unwrap_or_default();
                        match only.get(&name) {
                            Some(Some(to)) if !needed => assembly.edge(from, *to, scope),
                            _ if needed => missing.note(&name, || None),
                            _ => {}
                        }
                    }
                }
            }
        }
        missing.report_unresolved(assembly.found);
    }
}

/// What a package is resolved to.
enum Resolution {
    /// One of the project's own, by its folder.
    Own(String),
    /// A version at a registry.
    Registry(String),
    /// A repository, an archive or a folder.
    Elsewhere(String),
}

impl Resolution {
    /// Bytes of a resolution: its sort, an address, a version of three numbers and two texts with their hashes.
    fn width(number: usize) -> usize {
        if number == 4 { 64 } else { 72 }
    }
}

/// Bytes that say for which systems a package is, and its checksum.
const META: usize = 88;

/// The checksum among them.
fn integrity(meta: &[u8]) -> Option<Hash> {
    let (algorithm, length) = match meta.get(20)? {
        1 => ("SHA-1", 20),
        2 => ("SHA-256", 32),
        3 => ("SHA-384", 48),
        4 => ("SHA-512", 64),
        _ => return None,
    };
    let digest = meta.get(21..21 + length)?;
    let hex = digest.iter().map(|b| format!("{b:02x}")).collect();
    Some(Hash { algorithm: algorithm.to_string(), hex })
}

/// How a requirement is meant, and whether it has to be met; none of the list of workspace members, whom nobody asks for
/// by being in it.
fn asked(behavior: u8) -> Option<(Scope, bool)> {
    let is = |bit: u8| behavior & (1 << bit) != 0;
    match () {
        // Requirements of workspace members carry the mark of the list too, beside that of their own.
        () if behavior & 0b1_1110 == 0 => None,
        () if is(4) => Some((if is(2) { Scope::Optional } else { Scope::Runtime }, false)),
        () if is(3) => Some((Scope::Dev, true)),
        () if is(2) => Some((Scope::Optional, false)),
        () => Some((Scope::Runtime, true)),
    }
}

/// Arrays one after the other: each begins with the offsets of its first byte and of the one behind its last.
struct Arrays<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Arrays<'a> {
    fn next(&mut self) -> Option<&'a [u8]> {
        let (from, to) = (size_at(self.bytes, self.at)?, size_at(self.bytes, self.at.checked_add(8)?)?);
        // They only go forward, so that nothing is read twice.
        let array = self.bytes.get(from..to).filter(|_| from > self.at)?;
        self.at = to;
        Some(array)
    }
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let part = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes(part.try_into().ok()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    let part = bytes.get(at..at.checked_add(8)?)?;
    Some(u64::from_le_bytes(part.try_into().ok()?))
}

fn size_at(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u64_at(bytes, at)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_meant_by_a_requirement() {
        assert_eq!(asked(1 << 1), Some((Scope::Runtime, true)));
        assert_eq!(asked(1 << 2), Some((Scope::Optional, false)));
        assert_eq!(asked(1 << 3), Some((Scope::Dev, true)));
        assert_eq!(asked(1 << 4), Some((Scope::Runtime, false)));
        assert_eq!(asked(1 << 4 | 1 << 2), Some((Scope::Optional, false)));
        assert_eq!(asked(1 << 5), None);
        assert_eq!(asked(0), None);
        assert_eq!(asked(1 << 5 | 1 << 3), Some((Scope::Dev, true)));
    }

    #[test]
    fn arrays_never_go_back() {
        let mut bytes = vec![0; 48];
        bytes[0..8].copy_from_slice(&16u64.to_le_bytes());
        bytes[8..16].copy_from_slice(&24u64.to_le_bytes());
        bytes[24..32].copy_from_slice(&0u64.to_le_bytes());
        bytes[32..40].copy_from_slice(&48u64.to_le_bytes());
        let mut arrays = Arrays { bytes: &bytes, at: 0 };
        assert_eq!(arrays.next().map(<[u8]>::len), Some(8));
        assert!(arrays.next().is_none());
    }

    #[test]
    fn a_count_beyond_the_file_is_refused() {
        let mut bytes = HEAD.to_vec();
        bytes.extend(2u32.to_le_bytes());
        bytes.extend([0; CHECKSUM + 8]);
        for value in [u64::MAX, 8, 8, 128, 130] {
            bytes.extend(value.to_le_bytes());
        }
        bytes.resize(256, 0);
        assert!(Lock::read(&bytes).is_err());
    }
}
