//! What Go's linker writes into every program: its modules with their versions, and the version of Go itself.

use std::borrow::Cow;

use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Hash, Purl, Scope, Source};

use super::binary::{self, Program};
use super::{Extractor, File};

/// Reads programs that were built with Go.
pub struct GoBinary;

/// What the block begins with; it lies at a multiple of sixteen bytes.
const MARK: &[u8] = b"\xFF Go buildinf:";

/// Bytes of a section without a name of its own in which the mark is looked for.
const LOOKED: u64 = 32 << 20;

/// Bytes of the text with the modules; a program with thousands of modules has some hundred thousand.
const TEXT: u64 = 16 << 20;

impl Extractor for GoBinary {
    fn name(&self) -> &'static str {
        "go-binary"
    }

    fn files(&self) -> &'static [&'static str] {
        &[]
    }

    fn magic(&self) -> &'static [&'static [u8]] {
        binary::MAGIC
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        for program in file.programs() {
            let Some(at) = block(file, program) else { continue };
            // The programs of a file for several processors are built from the same modules.
            match strings(file, program, at) {
                Some((version, modules)) => return modules_of(&version, &modules, found),
                None => found.lost(None, "the list of Go modules in this program is damaged"),
            }
        }
    }
}

/// Where the block begins in the file.
fn block(file: &File<'_>, program: &Program) -> Option<u64> {
    let named = program.section(".go.buildinfo").or_else(|| program.section("__go_buildinfo"));
    let places = named.into_iter().chain(program.sections.iter().filter(|s| named.is_none() && s.data));
    places.take(4).find_map(|section| {
        let length = section.size.min(LOOKED).min(file.size().saturating_sub(section.at));
        let bytes = file.part(section.at, length)?;
        let mut marks = bytes.chunks(16).enumerate();
        marks.find(|(_, chunk)| chunk.starts_with(MARK)).map(|(index, _)| section.at + index as u64 * 16)
    })
}

/// The version of Go and the text with the modules.
fn strings(file: &File<'_>, program: &Program, at: u64) -> Option<(String, String)> {
    let head = file.part(at, 32)?;
    let (size, flags) = (u64::from(head[14]), head[15]);
    // Since Go 1.18 both strings stand behind the header, each after its length.
    if flags & 2 != 0 {
        let (version, next) = inline(file, at + 32)?;
        let (modules, _) = inline(file, next)?;
        return Some((text(&version), unframed(&modules)));
    }
    if size != 4 && size != 8 {
        return None;
    }
    let number = |bytes: &[u8], at: usize| {
        let bytes = bytes.get(at..at + size as usize)?;
        let add = |sum: u64, byte: &u8| sum << 8 | u64::from(*byte);
        Some(if flags & 1 != 0 { bytes.iter().fold(0, add) } else { bytes.iter().rev().fold(0, add) })
    };
    // Before, the header pointed at Go's own strings: an address and a length.
    let pointed = |pointer: u64| {
        let header = program.at_address(file, pointer, size * 2)?;
        let (address, length) = (number(&header, 0)?, number(&header, size as usize)?);
        if length > TEXT { None } else { program.at_address(file, address, length) }
    };
    let version = pointed(number(&head, 16)?)?;
    let modules = pointed(number(&head, 16 + size as usize)?).unwrap_or_default();
    Some((text(&version), unframed(&modules)))
}

/// A string after its length, and where the next one begins.
fn inline<'a>(file: &File<'a>, at: u64) -> Option<(Cow<'a, [u8]>, u64)> {
    let prefix = file.part(at, 10.min(file.size().checked_sub(at)?))?;
    let (mut length, mut used) = (0u64, 0u64);
    for (index, byte) in prefix.iter().enumerate() {
        length |= u64::from(byte & 0x7F).checked_shl(7 * index as u32)?;
        used += 1;
        if byte & 0x80 == 0 {
            break;
        }
    }
    if length > TEXT {
        return None;
    }
    let begin = at + used;
    Some((file.part(begin, length)?, begin + length))
}

/// The linker frames the modules with sixteen bytes on both sides.
fn unframed(bytes: &[u8]) -> String {
    let inner = bytes.len().checked_sub(16).and_then(|end| bytes.get(16..end));
    match inner {
        Some(inner) if inner.ends_with(b"\n") => text(inner),
        _ => text(bytes),
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn modules_of(version: &str, modules: &str, found: &mut Found) {
    let why = "a Go program names the modules that are built into it, but not which of them asks for which";
    found.lock(Ecosystem::Golang, GraphDepth::Flat, why);
    let flags = modules.lines().find_map(|l| l.strip_prefix("build\t-ldflags=")).unwrap_or("");
    let mut main = None;
    let mut parts: Vec<FoundPackage> = Vec::new();
    // A replacement stands on the line after the module that it replaces.
    let mut last_is_main = false;
    for line in modules.lines() {
        let mut words = line.split('\t');
        let (word, path, version) = (words.next(), words.next().unwrap_or(""), words.next().unwrap_or(""));
        let sum = words.next().unwrap_or("");
        match word {
            Some("mod") if !path.is_empty() => {
                let version = if is_version(version) { version.to_string() } else { linked(flags) };
                main = Some(module(path, &version, ""));
                last_is_main = true;
            }
            Some("dep") if !path.is_empty() => {
                parts.push(module(path, version, sum));
                last_is_main = false;
            }
            Some("=>") if !path.is_empty() => {
                let replaced = if last_is_main { main.as_mut() } else { parts.last_mut() };
                if let Some(replaced) = replaced {
                    replace(replaced, path, version, sum);
                }
            }
            _ => {}
        }
    }
    let main = main.map(|main| found.package(main));
    let go = version.trim().strip_prefix("go").and_then(|v| v.split_whitespace().next()).unwrap_or("");
    if go.starts_with(|c: char| c.is_ascii_digit()) {
        parts.push(FoundPackage::new(Purl::golang("stdlib", go), None));
    }
    for part in parts {
        let index = found.package(part);
        if let Some(main) = main {
            found.edge(main, index, Scope::Runtime);
        }
    }
}

fn module(path: &str, version: &str, sum: &str) -> FoundPackage {
    let version = if is_version(version) { version } else { "" };
    let mut package = FoundPackage::new(Purl::golang(path, version), None);
    package.hashes.extend(checksum(sum));
    package
}

/// A replacement by another module takes its place; one by a folder is still built from the folder's bytes.
fn replace(package: &mut FoundPackage, path: &str, version: &str, sum: &str) {
    if is_version(version) {
        *package = module(path, version, sum);
    } else {
        package.source = Source::Path(path.to_string());
        package.hashes.clear();
    }
}

fn checksum(sum: &str) -> Option<Hash> {
    // As in go.sum: no SBOM algorithm fits.
    (!sum.is_empty()).then(|| Hash { algorithm: "h1".to_string(), hex: sum.to_string() })
}

fn is_version(text: &str) -> bool {
    text.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// The version that the build wrote into a variable called so, where Go itself knows none. Several that differ say nothing.
fn linked(flags: &str) -> String {
    let words = flags.split(['"', '\'', ' ', '\\']).filter_map(|word| word.split_once('='));
    let versions = words.filter(|(name, _)| {
        let last = name.rsplit('.').next().unwrap_or(name).to_ascii_lowercase();
        matches!(last.as_str(), "version" | "ver" | "buildversion" | "appversion")
    });
    let mut plain: Vec<String> = versions
        .map(|(_, value)| value.strip_prefix('v').unwrap_or(value))
        .filter(|v| v.starts_with(|c: char| c.is_ascii_digit()) && v.contains('.'))
        .map(|v| format!("v{v}"))
        .collect();
    plain.sort();
    plain.dedup();
    if plain.len() == 1 { plain.remove(0) } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(length: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut left = length;
        while left >= 0x80 {
            bytes.push(left as u8 | 0x80);
            left >>= 7;
        }
        bytes.push(left as u8);
        bytes
    }

    fn inline_program(version: &str, modules: &str) -> Vec<u8> {
        let mut block = MARK.to_vec();
        block.extend([8, 2]);
        block.resize(32, 0);
        block.extend(number(version.len()));
        block.extend(version.as_bytes());
        block.extend(number(modules.len() + 32));
        block.extend([7; 16]);
        block.extend(modules.as_bytes());
        block.extend([7; 16]);
        binary::elf_with(".go.buildinfo", &block)
    }

    fn names(bytes: &[u8]) -> Vec<String> {
        let mut found = Found::new("tool", "go-binary");
        GoBinary.extract(&File::new("tool", bytes), &mut found);
        found.packages.iter().map(|p| p.purl.to_string()).collect()
    }

    const MODULES: &str = "path\ta.example/m/cmd\nmod\ta.example/m\t(devel)\t\ndep\tb.example/x\tv1.2.0\th1:abc=\n\
         dep\tc.example/y\tv2.0.0\th1:def=\n=>\td.example/fork\tv2.0.1\th1:ghi=\ndep\te.example/z\tv0.1.0\n\
         =>\t../z\t(devel)\t\nbuild\t-ldflags=\"-s -w -X a.example/m/cmd.version=1.4.2\"\n";

    #[test]
    fn strings_behind_the_header() {
        assert_eq!(
            names(&inline_program("go1.22.3 X:boringcrypto", MODULES)),
            [
                "pkg:golang/a.example/m@v1.4.2",
                "pkg:golang/b.example/x@v1.2.0",
                "pkg:golang/d.example/fork@v2.0.1",
                "pkg:golang/e.example/z@v0.1.0",
                "pkg:golang/stdlib@1.22.3"
            ]
        );
    }

    #[test]
    fn strings_behind_pointers() {
        let modules = [&[7u8; 16][..], b"path\tm\nmod\tm.example/m\tv1.0.0\n", &[7u8; 16]].concat();
        // Header, two string headers, the two strings.
        let base = 0x40_0000u64;
        let mut block = MARK.to_vec();
        block.extend([8, 0]);
        block.extend((base + 32).to_le_bytes());
        block.extend((base + 48).to_le_bytes());
        for (address, length) in [(base + 64, 8), (base + 72, modules.len() as u64)] {
            block.extend(address.to_le_bytes());
            block.extend(length.to_le_bytes());
        }
        block.extend(b"go1.17.5");
        block.extend(&modules);
        let program = binary::elf_with(".go.buildinfo", &block);
        assert_eq!(names(&program), ["pkg:golang/m.example/m@v1.0.0", "pkg:golang/stdlib@1.17.5"]);
    }

    #[test]
    fn every_cut_is_survived() {
        let program = inline_program("go1.22.3", MODULES);
        for end in 0..program.len() {
            names(&program[..end]);
        }
    }

    #[test]
    fn versions_of_the_linker() {
        assert_eq!(linked("\"-X main.version=v1.2.3 -X main.commit=abc\""), "v1.2.3");
        assert_eq!(linked("\"-X 'a/b.Version=1.2'\""), "v1.2");
        assert_eq!(linked("\"-X a.version=1.2 -X b.version=1.3\""), "");
        assert_eq!(linked("\"-X main.version=main\""), "");
    }
}
