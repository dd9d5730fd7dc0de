//! The version resource of programs and libraries for Windows: which product a file says it is of.
//!
//! Assemblies of .NET have in it what their compiler wrote, which is the assembly's own name; of other programs it is what
//! their makers typed. It is evidence that somebody's product is there and says nothing of its license.
//! `resolve/programs.rs` leaves out what other files of the tree know better.

use std::borrow::Cow;

use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Purl};

use super::binary::{Numbers, Program};
use super::{Extractor, File};

/// Reads version resources.
pub struct VersionResource;

/// Bytes of a version resource; they have some thousand.
const RESOURCE: u64 = 64 << 10;

/// Entries of one folder of resources that are looked at.
const ENTRIES: u64 = 4096;

/// The type of version resources.
const VERSION: u64 = 16;

/// Places of the tables in a program's header: of its resources, and of what the runtime of .NET needs.
const RESOURCES: usize = 2;
const MANAGED: usize = 14;

impl Extractor for VersionResource {
    fn name(&self) -> &'static str {
        "version-resource"
    }

    fn files(&self) -> &'static [&'static str] {
        &[]
    }

    fn magic(&self) -> &'static [&'static [u8]] {
        &[b"MZ"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        for program in file.programs() {
            let Some(&(table, size)) =
                program.tables.get(RESOURCES).filter(|(at, size)| *at > 0 && *size > 0)
            else {
                continue;
            };
            // Of a small table of resources that is cut off, something is lost; without a version nothing is.
            let read = Resources { file, program, table, size };
            let Some(bytes) = read.version() else { continue };
            let managed = program.tables.get(MANAGED).is_some_and(|(at, size)| *at > 0 && *size > 0);
            match Fields::read(&bytes) {
                Some(fields) => named(&fields, managed, found),
                None => found.odd(None, "the version resource of this program is damaged"),
            }
        }
    }
}

/// The tree of resources: types, names, languages.
struct Resources<'f, 'a> {
    file: &'f File<'a>,
    program: &'f Program,
    table: u64,
    size: u64,
}

impl<'a> Resources<'_, 'a> {
    fn at(&self, place: u64, length: u64) -> Option<Cow<'a, [u8]>> {
        let address = self.program.base.wrapping_add(place);
        self.program.at_address(self.file, address, length)
    }

    /// Id and place of the entries of a folder; a place with the highest bit is another folder.
    fn folder(&self, offset: u64) -> Option<Vec<(u64, u64)>> {
        let place = self.table.checked_add(offset)?;
        let head = self.at(place, 16)?;
        let numbers = Numbers { bytes: &head, big: false };
        let count = (numbers.u16(12)? + numbers.u16(14)?).min(ENTRIES);
        let rows = self.at(place + 16, count * 8)?;
        let numbers = Numbers { bytes: &rows, big: false };
        let row = |at: u64| Some((numbers.u32(at as usize * 8)?, numbers.u32(at as usize * 8 + 4)?));
        (0..count).map(row).collect()
    }

    /// The bytes of the first version resource.
    fn version(&self) -> Option<Vec<u8>> {
        const FOLDER: u64 = 0x8000_0000;
        let inner = |place: u64| (place & FOLDER != 0).then_some(place & !FOLDER);
        let (_, names) = self.folder(0)?.into_iter().find(|(id, _)| *id == VERSION)?;
        let (_, languages) = self.folder(inner(names)?)?.into_iter().next()?;
        let (_, place) = self.folder(inner(languages)?)?.into_iter().next()?;
        if place & FOLDER != 0 || place > self.size {
            return None;
        }
        let entry = self.at(self.table.checked_add(place)?, 16)?;
        let numbers = Numbers { bytes: &entry, big: false };
        let (place, size) = (numbers.u32(0)?, numbers.u32(4)?);
        self.at(place, size.min(RESOURCE)).map(Cow::into_owned)
    }
}

/// What a version resource says.
#[derive(Debug, Default)]
struct Fields {
    /// Of the numbers at its head.
    number: String,
    said: Vec<(String, String)>,
}

impl Fields {
    /// Blocks in blocks, each with its length, the length of its value, its kind, its name, and its value.
    fn read(bytes: &[u8]) -> Option<Fields> {
        let top = Block::read(bytes)?;
        if top.name != "VS_VERSION_INFO" {
            return None;
        }
        let mut fields = Fields::default();
        let fixed = Numbers { bytes: top.value, big: false };
        if fixed.u32(0) == Some(0xFEEF_04BD) {
            let part = |at: usize| fixed.u16(at).unwrap_or(0);
            fields.number = format!("{}.{}.{}.{}", part(18), part(16), part(22), part(20));
        }
        for strings in top.inner().filter(|b| b.name == "StringFileInfo") {
            for language in strings.inner() {
                for string in language.inner() {
                    let value = wide(string.value);
                    let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
                    let known = fields.said.iter().any(|(name, _)| *name == string.name);
                    if !known && !value.is_empty() && fields.said.len() < 64 {
                        fields.said.push((string.name, value));
                    }
                }
            }
        }
        Some(fields)
    }

    fn get(&self, name: &str) -> &str {
        self.said.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }

    /// The version that people know it by, before the one that counts builds.
    fn version(&self) -> Option<String> {
        let told = ["ProductVersion", "FileVersion"].iter().find_map(|field| version(self.get(field)));
        told.or_else(|| version(&self.number)).filter(|v| v.contains(|c: char| ('1'..='9').contains(&c)))
    }
}

struct Block<'b> {
    name: String,
    value: &'b [u8],
    rest: &'b [u8],
}

impl<'b> Block<'b> {
    fn read(bytes: &'b [u8]) -> Option<Block<'b>> {
        let numbers = Numbers { bytes, big: false };
        let (length, count, kind) = (numbers.u16(0)? as usize, numbers.u16(2)? as usize, numbers.u16(4)?);
        let bytes = bytes.get(..length.max(6).min(bytes.len()))?;
        let name = bytes.get(6..)?;
        let end = name.chunks_exact(2).position(|c| c == [0, 0])?;
        let text = wide(name.get(..end * 2)?);
        let begin = (6 + end * 2 + 2).next_multiple_of(4);
        // Texts are counted by their characters.
        let size = if kind == 1 { count * 2 } else { count };
        let value = bytes.get(begin.min(bytes.len())..)?;
        let value = value.get(..size.min(value.len()))?;
        let rest = bytes.get((begin + size).next_multiple_of(4)..).unwrap_or_default();
        Some(Block { name: text, value, rest })
    }

    /// The blocks in it.
    fn inner(&self) -> impl Iterator<Item = Block<'b>> {
        let mut rest = self.rest;
        std::iter::from_fn(move || {
            let block = Block::read(rest)?;
            let length = Numbers { bytes: rest, big: false }.u16(0)? as usize;
            // A block of no length would be read for ever.
            rest = rest.get(length.max(6).next_multiple_of(4)..).unwrap_or_default();
            Some(block)
        })
    }
}

/// Text of two bytes a character, up to the first zero.
fn wide(bytes: &[u8]) -> String {
    let units = bytes.chunks_exact(2).map(|c| u16::from_le_bytes([c[0], c[1]])).take_while(|unit| *unit != 0);
    char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// `13.0.3+0a2e2`, `1, 2, 3, 0`, `6.1.7600.16385 (win7_rtm.090713-1255)`.
fn version(text: &str) -> Option<String> {
    let joined = text.replace(", ", ".").replace(',', ".");
    let word = joined.split_whitespace().next()?.trim_start_matches(['v', 'V']);
    let word = word.split('+').next()?;
    let good = word.starts_with(|c: char| c.is_ascii_digit())
        && word.len() <= 64
        && word.chars().all(|c| c.is_ascii_alphanumeric() || "._-~".contains(c));
    good.then(|| word.to_string())
}

fn named(fields: &Fields, managed: bool, found: &mut Found) {
    let Some(version) = fields.version() else { return };
    let (purl, ecosystem) = if managed {
        let Some(name) = assembly(fields) else { return };
        (Purl::nuget(name, &version), Ecosystem::Nuget)
    } else {
        let Some(name) = product(fields.get("ProductName")) else { return };
        (Purl::named("generic", &name, &version), Ecosystem::Generic)
    };
    let mut package = FoundPackage::new(purl, None);
    // That a file lies there says nothing of who asks for it.
    package.direct = Some(false);
    found.package(package);
    let why = "a program names the product that it is of, but not what it was built from";
    found.lock(ecosystem, GraphDepth::Flat, why);
}

/// The name of an assembly, which its compiler writes here as the name of the file that it makes. Assemblies with
/// translations belong to the one that they translate.
fn assembly(fields: &Fields) -> Option<&str> {
    let named = ["InternalName", "OriginalFilename"].iter().map(|f| fields.get(f)).find(|n| !n.is_empty())?;
    let bytes = named.as_bytes();
    let ends = |e: &str| bytes.len() > 4 && bytes[bytes.len() - 4..].eq_ignore_ascii_case(e.as_bytes());
    let stem = if ends(".dll") || ends(".exe") { named.get(..named.len() - 4)? } else { named };
    let good = stem.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        && stem.len() <= 128
        && stem.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
        && !stem.ends_with(".resources");
    good.then_some(stem)
}

/// The name of a product, unless it is what a template of a project says in its place.
fn product(name: &str) -> Option<String> {
    let plain: String = name.chars().filter(|c| !matches!(c, '®' | '™' | '©') && !c.is_control()).collect();
    let plain = plain.replace("(R)", "").replace("(TM)", "").replace(['/', '\\'], " ");
    // What it is good for may stand behind its name.
    let plain = plain.split(" - ").next().unwrap_or(&plain);
    let plain = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    let template = ["todo:", "<product name>", "application", "product", "my application"];
    let lower = plain.to_lowercase();
    let empty = !plain.contains(char::is_alphabetic)
        || template.iter().any(|t| lower == *t)
        || lower.starts_with("todo");
    (!empty && plain.len() <= 128).then_some(plain)
}

/// The smallest program for Windows with a version resource, for tests.
#[cfg(test)]
pub(crate) fn program_with(said: &[(&str, &str)], managed: bool) -> Vec<u8> {
    fn block(name: &str, kind: u16, value: &[u8], inner: &[u8]) -> Vec<u8> {
        let mut body: Vec<u8> = name.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect();
        body.resize((body.len() + 6).next_multiple_of(4) - 6, 0);
        body.extend(value);
        body.resize((body.len() + 6).next_multiple_of(4) - 6, 0);
        body.extend(inner);
        let count = if kind == 1 { value.len() / 2 } else { value.len() };
        let mut bytes = Vec::new();
        for half in [body.len() as u16 + 6, count as u16, kind] {
            bytes.extend(half.to_le_bytes());
        }
        bytes.extend(body);
        bytes
    }
    let mut strings = Vec::new();
    for (name, value) in said {
        let value: Vec<u8> = value.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect();
        strings.extend(block(name, 1, &value, &[]));
        strings.resize(strings.len().next_multiple_of(4), 0);
    }
    let mut fixed = vec![0u8; 52];
    fixed[..4].copy_from_slice(&0xFEEF_04BDu32.to_le_bytes());
    fixed[16..24].copy_from_slice(&[2, 0, 1, 0, 4, 0, 3, 0]);
    let info = block("StringFileInfo", 1, &[], &block("040904b0", 1, &[], &strings));
    let version = block("VS_VERSION_INFO", 0, &fixed, &info);
    // Three folders with one entry each, and the place of the bytes.
    let place = 0x1000u32;
    let mut resources = Vec::new();
    for (id, next) in [(16u32, 24u32 | 0x8000_0000), (1, 48 | 0x8000_0000), (0x409, 72)] {
        resources.extend([0u8; 14]);
        resources.extend([1, 0]);
        resources.extend(id.to_le_bytes());
        resources.extend(next.to_le_bytes());
    }
    for number in [place + 88, version.len() as u32, 0, 0] {
        resources.extend(number.to_le_bytes());
    }
    resources.extend(&version);
    let mut bytes = vec![0u8; 64];
    bytes[..2].copy_from_slice(b"MZ");
    bytes[60] = 64;
    bytes.extend(b"PE\0\0\x64\x86\x01\0");
    bytes.extend([0; 12]);
    bytes.extend([240, 0, 0, 0]);
    let mut header = vec![0u8; 240];
    header[..2].copy_from_slice(&[0x0B, 0x02]);
    header[24..32].copy_from_slice(&0x1_4000_0000u64.to_le_bytes());
    header[108] = 16;
    header[128..132].copy_from_slice(&place.to_le_bytes());
    header[132..136].copy_from_slice(&(resources.len() as u32).to_le_bytes());
    if managed {
        header[224..232].copy_from_slice(&[0, 0x20, 0, 0, 72, 0, 0, 0]);
    }
    bytes.extend(header);
    let at = bytes.len() as u32 + 40;
    bytes.extend(b".rsrc\0\0\0");
    for number in [resources.len() as u32, place, resources.len() as u32, at] {
        bytes.extend(number.to_le_bytes());
    }
    bytes.extend([0; 16]);
    bytes.extend(resources);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(program: &[u8]) -> Vec<String> {
        let mut found = Found::new("a.dll", "version-resource");
        VersionResource.extract(&File::new("a.dll", program), &mut found);
        found.packages.iter().map(|p| p.purl.to_string()).collect()
    }

    #[test]
    fn assemblies_and_products() {
        let said = [
            ("CompanyName", "Example"),
            ("InternalName", "Example.Parcels.dll"),
            ("ProductName", "Example\u{ae} Parcels"),
            ("ProductVersion", "13.0.3+0a2e291c0d9c0c7675d445703e51750363a549ef"),
        ];
        assert_eq!(read(&program_with(&said, true)), ["pkg:nuget/Example.Parcels@13.0.3"]);
        assert_eq!(read(&program_with(&said, false)), ["pkg:generic/Example%20Parcels@13.0.3"]);
        // The numbers at the head stand in for a version that nobody wrote.
        assert_eq!(read(&program_with(&said[2..3], false)), ["pkg:generic/Example%20Parcels@1.2.3.4"]);
        assert!(read(&program_with(&[("ProductName", "TODO: <Product name>")], false)).is_empty());
        assert!(read(&program_with(&[("InternalName", "a.resources.dll")], true)).is_empty());
    }

    #[test]
    fn every_cut_and_every_byte_is_survived() {
        let program = program_with(&[("InternalName", "a.dll"), ("ProductVersion", "1.2")], true);
        for end in 0..program.len() {
            read(&program[..end]);
        }
        for at in 0..program.len() {
            let mut wild = program.clone();
            wild[at] = 0xFF;
            read(&wild);
        }
    }

    #[test]
    fn versions() {
        assert_eq!(version("1, 2, 3, 0").as_deref(), Some("1.2.3.0"));
        assert_eq!(version("6.1.7600.16385 (win7_rtm.090713-1255)").as_deref(), Some("6.1.7600.16385"));
        assert_eq!(version("8.0.0-rtm+abc").as_deref(), Some("8.0.0-rtm"));
        assert_eq!(version("trunk"), None);
    }
}
