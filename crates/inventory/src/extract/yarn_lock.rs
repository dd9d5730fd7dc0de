//! `yarn.lock`: the format of Yarn 1 and that of the later versions, called Berry.
//!
//! Both map descriptors, `name@range`, to a version, and name for every package the descriptors that it asks for. So
//! the edges between packages are exact. Yarn 1 does not know the project's own packages. Berry does, but mixes what
//! they ask for at run time and for development, so their manifests have the last word.

mod berry;
mod classic;

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Hash, Purl, Scope};

use super::npm::assembly::Assembly;
use super::npm::notes::Missing;
use super::npm::origin::{Origin, without_credentials};
use super::npm::spec::{Spec, split_name};
use super::{Extractor, File};

/// Reads `yarn.lock`.
pub struct YarnLock;

impl Extractor for YarnLock {
    fn name(&self) -> &'static str {
        "yarn-lock"
    }

    fn files(&self) -> &'static [&'static str] {
        &["yarn.lock"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(text) = file.text(found) else { return };
        let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty());
        let is_berry = lines().any(|line| line == "__metadata:");
        let entries = if is_berry { berry::read(file, found) } else { classic::read(text, found) };
        let claims_to_be_one = is_berry || lines().any(|line| line.starts_with("# yarn lockfile"));
        if entries.is_empty() && !claims_to_be_one {
            if lines().next().is_none() {
                found.odd(None, "the file is empty");
            } else if found.problems.is_empty() {
                found.odd(Some(1), "this is no yarn.lock that is known here; it was left out");
            }
            return;
        }
        let why = if is_berry {
            "yarn.lock of Yarn 2 or later holds every package and who asks for it"
        } else {
            "yarn.lock of Yarn 1 holds every package and who asks for it; what the project asks for is in package.json"
        };
        found.lock(Ecosystem::Npm, GraphDepth::Full, why);
        let cut_off = found.problems.iter().any(|problem| problem.loses);
        assemble(&entries, cut_off, found);
    }
}

/// One entry of the file.
#[derive(Debug, Default)]
struct Entry<'a> {
    line: u32,
    /// `name@range`, as other entries and manifests ask for it.
    descriptors: Vec<Cow<'a, str>>,
    /// The real name.
    name: Cow<'a, str>,
    version: Cow<'a, str>,
    origin: Option<Origin>,
    /// The folder of one of the project's own packages.
    own: Option<String>,
    /// Berry's `resolution`, to which local paths are bound.
    locator: Cow<'a, str>,
    hashes: Vec<Hash>,
    wants: Vec<Want<'a>>,
}

/// What an entry asks for.
#[derive(Debug)]
struct Want<'a> {
    name: Cow<'a, str>,
    range: Cow<'a, str>,
    scope: Scope,
    line: u32,
}

fn assemble(entries: &[Entry<'_>], cut_off: bool, found: &mut Found) {
    let mut assembly = Assembly::new(found);
    assembly.reserve(entries.len());
    let mut indices = Vec::with_capacity(entries.len());
    for entry in entries {
        indices.push(package(entry, &mut assembly));
    }
    let finder = Finder::new(entries, &indices, cut_off);
    let mut missing = Missing::default();
    let mut descriptor = String::new();
    for (entry, from) in entries.iter().zip(&indices) {
        let Some(from) = *from else { continue };
        for want in &entry.wants {
            match finder.find(entry, want, &mut descriptor) {
                Some(to) => assembly.edge(from, to, want.scope),
                None if want.scope == Scope::Optional => {}
                // What a catalog says stands in the settings beside the lock.
                None if want.range.starts_with("catalog:") && entry.own.is_some() => {}
                None => missing.note(&want.name, || Some(want.line)),
            }
        }
    }
    let keys = finder.keys(entries, &indices);
    found.keys = keys;
    if !cut_off {
        missing.report_unresolved(found);
    }
}

fn package(entry: &Entry<'_>, assembly: &mut Assembly<'_>) -> Option<usize> {
    if entry.name.is_empty() {
        return None;
    }
    let purl = Purl::npm(&entry.name, &entry.version);
    if let Some(dir) = &entry.own {
        return Some(assembly.first_party(dir.clone(), FoundPackage::new(purl, Some(entry.line))));
    }
    let origin = entry.origin.as_ref().unwrap_or(&Origin::Registry);
    let mut package = FoundPackage::new(origin.qualify(purl), Some(entry.line));
    package.source = origin.source();
    package.hashes.clone_from(&entry.hashes);
    Some(assembly.third_party(package))
}

/// Finds the package of a descriptor.
struct Finder<'e> {
    by_descriptor: HashMap<&'e str, usize>,
    /// Berry binds descriptors of local places to who asks; this is the part before `::`.
    unbound: HashMap<&'e str, usize>,
    /// By name, unless several versions share it: a `resolutions` field in package.json replaces ranges, and then
    /// the descriptor that a package asks for is not in the file.
    by_name: HashMap<&'e str, Option<usize>>,
    /// By name, what a `resolutions` field pins it to: a descriptor whose range is the very version.
    pinned: HashMap<&'e str, Option<usize>>,
    /// Entries are missing, so that a name alone proves nothing.
    cut_off: bool,
}

impl<'e> Finder<'e> {
    fn new(entries: &'e [Entry<'_>], indices: &[Option<usize>], cut_off: bool) -> Self {
        let mut finder = Finder {
            by_descriptor: HashMap::with_capacity(entries.len() * 2),
            unbound: HashMap::new(),
            by_name: HashMap::with_capacity(entries.len()),
            pinned: HashMap::new(),
            cut_off,
        };
        let only = |map: &mut HashMap<&'e str, Option<usize>>, name: &'e str, index: usize| {
            map.entry(name).and_modify(|known| *known = known.filter(|k| *k == index)).or_insert(Some(index));
        };
        for (entry, index) in entries.iter().zip(indices) {
            let Some(index) = *index else { continue };
            for descriptor in &entry.descriptors {
                finder.by_descriptor.entry(descriptor).or_insert(index);
                if let Some((unbound, _)) = descriptor.split_once("::") {
                    finder.unbound.entry(unbound).or_insert(index);
                }
                let Some((name, range)) = split_name(descriptor) else { continue };
                only(&mut finder.by_name, name, index);
                if range.strip_prefix("npm:").unwrap_or(range) == entry.version {
                    only(&mut finder.pinned, name, index);
                }
            }
        }
        finder
    }

    fn find(&self, entry: &Entry<'_>, want: &Want<'_>, descriptor: &mut String) -> Option<usize> {
        let mut spelled = |parts: &[&str]| {
            descriptor.clear();
            descriptor.extend(parts.iter().copied());
            self.by_descriptor
                .get(descriptor.as_str())
                .or_else(|| self.unbound.get(descriptor.as_str()))
                .copied()
        };
        if !self.unbound.is_empty() && want.range.contains(':') && !want.range.starts_with("npm:") {
            // The same relative path means another place in another package.
            let bound = spelled(&[&want.name, "@", &want.range, "::locator=", &encoded(&entry.locator)]);
            if bound.is_some() {
                return bound;
            }
        }
        // Older Berry files leave the default protocol out where something is asked for, newer ones may have it
        // only there.
        let bare = want.range.strip_prefix("npm:");
        let exact = spelled(&[&want.name, "@", &want.range])
            .or_else(|| spelled(&[&want.name, "@npm:", &want.range]))
            .or_else(|| bare.and_then(|bare| spelled(&[&want.name, "@", bare])));
        if exact.is_some() || self.cut_off {
            return exact;
        }
        let by_name = self.by_name.get(&*want.name).copied().flatten();
        by_name.or_else(|| self.pinned.get(&*want.name).copied().flatten())
    }

    /// How a manifest's requirement finds its package: by descriptor with and without the protocol, an alias also by
    /// its real name, and last by the name alone where that is not ambiguous.
    fn keys(&self, entries: &[Entry<'_>], indices: &[Option<usize>]) -> Vec<(String, usize)> {
        let mut keys: Vec<(String, usize)> = Vec::with_capacity(entries.len() * 3);
        let mut extra: HashSet<String> = HashSet::new();
        let mut names: HashSet<&str> = HashSet::new();
        for (entry, index) in entries.iter().zip(indices) {
            let Some(index) = *index else { continue };
            for descriptor in &entry.descriptors {
                if self.by_descriptor.get(&**descriptor) == Some(&index) {
                    keys.push((without_credentials(descriptor), index));
                }
                if let Some((unbound, _)) = descriptor.split_once("::")
                    && self.unbound.get(unbound) == Some(&index)
                {
                    keys.push((unbound.to_string(), index));
                }
                let Some((name, range)) = split_name(descriptor) else { continue };
                if let Some(rest) = range.strip_prefix("npm:") {
                    let spec = Spec::parse(range);
                    let key = match &spec.name {
                        Some(real) => format!("{real}@{}", spec.range),
                        None => format!("{name}@{rest}"),
                    };
                    if !self.by_descriptor.contains_key(key.as_str()) && extra.insert(key.clone()) {
                        keys.push((key, index));
                    }
                }
                if self.by_name.get(name) == Some(&Some(index)) && names.insert(name) {
                    keys.push((name.to_string(), index));
                }
            }
        }
        keys
    }
}

/// Percent-encoded as JavaScript does it.
fn encoded(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(text.len() + 8);
    for b in text.bytes() {
        if b.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&b) {
            out.push(char::from(b));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{b:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests;
