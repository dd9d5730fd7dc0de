//! Which package of a distribution a program or a library was built as: the note that distributions put into ELF files
//! (`.note.package`, JSON by a convention of systemd's authors).
//!
//! Notes name the package of the sources. Where the system's own database is there it says more, and
//! `resolve/programs.rs` leaves out what it knows.

use licit_model::found::RawLicenseKind;
use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Purl, RawLicense};
use serde::Deserialize;

use super::binary::Numbers;
use super::{Extractor, File};

/// Reads notes about packages.
pub struct ElfNote;

/// Bytes of a note; they have some hundred.
const NOTE: u64 = 64 << 10;

/// The number by which such a note is known.
const KIND: u64 = 0xCAFE_1A7E;

#[derive(Deserialize)]
struct Note {
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    version: String,
    #[serde(default)]
    architecture: String,
    #[serde(default)]
    os: String,
    #[serde(default, rename = "osVersion")]
    os_version: String,
    #[serde(default, rename = "osCpe", alias = "osCPE")]
    os_cpe: String,
    #[serde(default)]
    license: String,
}

impl Extractor for ElfNote {
    fn name(&self) -> &'static str {
        "elf-note"
    }

    fn files(&self) -> &'static [&'static str] {
        &[]
    }

    fn magic(&self) -> &'static [&'static [u8]] {
        &[b"\x7fELF"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        for program in file.programs() {
            let Some(section) = program.section(".note.package") else { continue };
            let Some(bytes) = file.part(section.at, section.size.min(NOTE)) else {
                found.lost(None, "the note about the package of this program is cut off");
                return;
            };
            let text = payload(&bytes, program.big).unwrap_or(&bytes);
            let text = text.strip_suffix(b"\0").unwrap_or(text);
            let end = text.iter().rposition(|b| *b != 0).map_or(0, |at| at + 1);
            match serde_json::from_slice::<Note>(&text[..end]) {
                Ok(note) => named(&note, found),
                Err(_) => found.lost(None, "the note about the package of this program is damaged"),
            }
        }
    }
}

/// The text of the first note of the right kind: three numbers, the name of whoever made it, and the text, each filled up
/// to a multiple of four bytes. Some tools write the text alone.
fn payload(bytes: &[u8], big: bool) -> Option<&[u8]> {
    let numbers = Numbers { bytes, big };
    let mut at = 0usize;
    loop {
        let (name, size, kind) = (numbers.u32(at)?, numbers.u32(at + 4)?, numbers.u32(at + 8)?);
        let begin = (at + 12).checked_add(usize::try_from(name).ok()?.checked_next_multiple_of(4)?)?;
        let end = begin.checked_add(usize::try_from(size).ok()?)?;
        let text = bytes.get(begin..end)?;
        if kind == KIND {
            return Some(text);
        }
        at = end.checked_next_multiple_of(4)?;
    }
}

fn named(note: &Note, found: &mut Found) {
    let plain = |text: &str| {
        !text.is_empty() && text.len() < 256 && text.bytes().all(|b| b.is_ascii_graphic() && b != b'/')
    };
    if !plain(&note.name) || !plain(&note.version) {
        found.odd(None, "the note about the package of this program names none, or no version of it");
        return;
    }
    let (system, release) = system(note);
    let (kind, ecosystem) = match note.kind.as_str() {
        "rpm" => ("rpm", Ecosystem::Rpm),
        "deb" => ("deb", Ecosystem::Deb),
        "apk" => ("apk", Ecosystem::Apk),
        "alpm" | "pacman" => ("alpm", Ecosystem::Alpm),
        _ => ("generic", Ecosystem::Generic),
    };
    let namespace = if plain(&system) && kind != "generic" { format!("{system}/") } else { String::new() };
    let distro = match release.as_str() {
        "" => system.clone(),
        release => format!("{system}-{release}"),
    };
    let purl = Purl::named(kind, &format!("{namespace}{}", note.name), &note.version)
        .with("arch", &note.architecture)
        .with("distro", if plain(&distro) { &distro } else { "" });
    let mut package = FoundPackage::new(purl, None);
    if !note.license.trim().is_empty() {
        let (text, kind) = (note.license.trim().to_string(), RawLicenseKind::Expression);
        package.licenses.push(RawLicense { text, kind, line: None });
    }
    found.package(package);
    found.lock(ecosystem, GraphDepth::Flat, "a note in a program names the package that it was built as");
}

/// The distribution and its release, by the note's own words or by the identifier of the system:
/// `cpe:/o:fedoraproject:fedora:40`.
fn system(note: &Note) -> (String, String) {
    if !note.os.is_empty() {
        return (note.os.to_lowercase(), note.os_version.clone());
    }
    let parts: Vec<&str> = match note.os_cpe.strip_prefix("cpe:2.3:o:") {
        Some(rest) => rest.split(':').collect(),
        None => note.os_cpe.strip_prefix("cpe:/o:").unwrap_or("").split(':').collect(),
    };
    let part = |at: usize| parts.get(at).filter(|p| !matches!(**p, "" | "*" | "-")).map_or("", |p| p);
    match (part(0), part(1)) {
        (_, "") => (String::new(), String::new()),
        // In package URLs Red Hat's system has another name than here.
        ("redhat", "enterprise_linux") => ("rhel".to_string(), part(2).to_string()),
        (_, product) => (product.to_lowercase(), part(2).to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract::binary::elf_with;

    fn note(kind: u32, text: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for number in [4, text.len() as u32, kind] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend(b"FDO\0");
        bytes.extend(text);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes
    }

    fn read(section: &[u8]) -> (Vec<String>, usize) {
        let program = elf_with(".note.package", section);
        let mut found = Found::new("tool", "elf-note");
        ElfNote.extract(&File::new("tool", &program), &mut found);
        (found.packages.iter().map(|p| p.purl.to_string()).collect(), found.problems.len())
    }

    const FEDORA: &[u8] = br#"{"type":"rpm","name":"courier","version":"2.4.1-3.fc40","architecture":"x86_64","osCpe":"cpe:/o:fedoraproject:fedora:40"}"#;

    #[test]
    fn notes_of_distributions() {
        let fedora = "pkg:rpm/fedora/courier@2.4.1-3.fc40?arch=x86_64&distro=fedora-40";
        assert_eq!(read(&note(KIND as u32, FEDORA)), (vec![fedora.to_string()], 0));
        // Another note before it, and a text without a head.
        assert_eq!(read(&[note(1, b"hello"), note(KIND as u32, FEDORA)].concat()).0, [fedora]);
        assert_eq!(read(FEDORA).0, [fedora]);
        let debian = br#"{"type":"deb","os":"debian","osVersion":"13","name":"courier","version":"2.4-1","architecture":"amd64"}"#;
        assert_eq!(
            read(&note(KIND as u32, debian)).0,
            ["pkg:deb/debian/courier@2.4-1?arch=amd64&distro=debian-13"]
        );
        let other = br#"{"type":"nixos","name":"courier","version":"1"}"#;
        assert_eq!(read(&note(KIND as u32, other)).0, ["pkg:generic/courier@1"]);
    }

    #[test]
    fn damaged_notes_are_said() {
        assert_eq!(read(&note(KIND as u32, b"{\"type\":")), (vec![], 1));
        assert_eq!(read(&note(KIND as u32, b"{}")), (vec![], 1));
        let mut wild = note(KIND as u32, FEDORA);
        wild[4..8].fill(0xFF);
        assert_eq!(read(&wild), (vec![], 1));
        let whole = elf_with(".note.package", &note(KIND as u32, FEDORA));
        for end in 0..whole.len() {
            let mut found = Found::new("tool", "elf-note");
            ElfNote.extract(&File::new("tool", &whole[..end]), &mut found);
        }
    }
}
