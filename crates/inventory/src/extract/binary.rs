//! The sections of built programs: ELF, PE and Mach-O, as far as they are needed to find what a build left in them.
//!
//! Only headers and the wanted sections are read. Every number in the file is taken for a claim that has to be checked.

use std::borrow::Cow;

use super::File;

/// First bytes of programs and libraries.
pub const MAGIC: &[&[u8]] = &[
    b"\x7fELF",
    b"MZ",
    b"\xFE\xED\xFA\xCE",
    b"\xFE\xED\xFA\xCF",
    b"\xCE\xFA\xED\xFE",
    b"\xCF\xFA\xED\xFE",
    b"\xCA\xFE\xBA\xBE",
    b"\xCA\xFE\xBA\xBF",
];

/// More sections than this has no program.
const SECTIONS: u64 = 65_536;

/// Programs for so many processors may lie in one file.
const PROGRAMS: u32 = 32;

/// A stretch of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Empty for a segment, which has no name.
    pub name: String,
    /// Where its bytes begin in the file.
    pub at: u64,
    /// How many there are in the file.
    pub size: u64,
    /// Where they lie when the program runs.
    pub address: u64,
    /// Whether the program may write there: where its data are.
    pub data: bool,
}

/// One program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// In the order of the file.
    pub sections: Vec<Section>,
    /// Whether the highest byte of a number comes first.
    pub big: bool,
    /// Of a program for Windows: where it lies when it runs, and the tables that its header points to, each with the
    /// place as seen from there and its size.
    pub base: u64,
    /// See `base`; empty for other programs.
    pub tables: Vec<(u64, u64)>,
}

impl Program {
    /// A section by its name.
    pub fn section(&self, name: &str) -> Option<&Section> {
        self.sections.iter().find(|s| s.name == name)
    }

    /// The bytes at an address of the running program.
    pub fn at_address<'a>(&self, file: &File<'a>, address: u64, length: u64) -> Option<Cow<'a, [u8]>> {
        let holds = |s: &&Section| {
            address
                .checked_sub(s.address)
                .is_some_and(|o| o.checked_add(length).is_some_and(|end| end <= s.size))
        };
        let section = self.sections.iter().find(holds)?;
        file.part(section.at.checked_add(address - section.address)?, length)
    }
}

/// The programs in a file: one, or one for each processor. None where it is no program or breaks off.
pub fn read(file: &File<'_>) -> Vec<Program> {
    let Some(head) = file.part(0, 4) else { return Vec::new() };
    match &*head {
        b"\x7fELF" => elf(file).into_iter().collect(),
        [b'M', b'Z', ..] => pe(file).into_iter().collect(),
        b"\xCA\xFE\xBA\xBE" | b"\xCA\xFE\xBA\xBF" => fat(file, head[3] == 0xBF).unwrap_or_default(),
        _ => mach(file, 0).into_iter().collect(),
    }
}

/// Numbers in a run of bytes.
pub(super) struct Numbers<'b> {
    pub(super) bytes: &'b [u8],
    pub(super) big: bool,
}

impl Numbers<'_> {
    fn get(&self, at: usize, length: usize) -> Option<u64> {
        let bytes = self.bytes.get(at..at.checked_add(length)?)?;
        let add = |sum: u64, byte: &u8| sum << 8 | u64::from(*byte);
        Some(if self.big { bytes.iter().fold(0, add) } else { bytes.iter().rev().fold(0, add) })
    }

    pub(super) fn u16(&self, at: usize) -> Option<u64> {
        self.get(at, 2)
    }

    pub(super) fn u32(&self, at: usize) -> Option<u64> {
        self.get(at, 4)
    }

    fn u64(&self, at: usize) -> Option<u64> {
        self.get(at, 8)
    }
}

/// A name that ends at a zero byte or with its field.
fn name(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).into_owned()
}

fn elf(file: &File<'_>) -> Option<Program> {
    let head = file.part(0, 64.min(file.size()))?;
    let (wide, big) = (*head.get(4)? == 2, *head.get(5)? == 2);
    let numbers = Numbers { bytes: &head, big };
    // Where a field lies in the header of 32 and of 64 bits, and how wide it is there.
    let word = |narrow: usize, broad: usize| if wide { numbers.u64(broad) } else { numbers.u32(narrow) };
    let half = |narrow: usize, broad: usize| numbers.u16(if wide { broad } else { narrow });
    let (segments_at, sections_at) = (word(28, 32)?, word(32, 40)?);
    let (segment_size, segment_count) = (half(42, 54)?, half(44, 56)?);
    let (section_size, section_count, names_in) = (half(46, 58)?, half(48, 60)?, half(50, 62)?);
    let mut sections = elf_sections(file, wide, big, sections_at, section_size, section_count, names_in);
    if sections.is_empty() {
        sections =
            elf_segments(file, wide, big, segments_at, segment_size, segment_count).unwrap_or_default();
    }
    Some(Program { sections, big, base: 0, tables: Vec::new() })
}

fn elf_sections(
    file: &File<'_>,
    wide: bool,
    big: bool,
    at: u64,
    size: u64,
    count: u64,
    names_in: u64,
) -> Vec<Section> {
    let read = || -> Option<Vec<Section>> {
        let least = if wide { 64 } else { 40 };
        if at == 0 || size < least || count > SECTIONS {
            return None;
        }
        // Counts that do not fit into the header stand in the first section.
        let first = file.part(at, size)?;
        let numbers = Numbers { bytes: &first, big };
        let (count, names_in) = match count {
            0 if wide => (numbers.u64(32)?, numbers.u32(40)?),
            0 => (numbers.u32(20)?, numbers.u32(24)?),
            count => (count, names_in),
        };
        if count > SECTIONS {
            return None;
        }
        let table = file.part(at, size.checked_mul(count)?)?;
        let row = |index: u64| {
            let from = usize::try_from(index.checked_mul(size)?).ok()?;
            let bytes = table.get(from..from.checked_add(size as usize)?)?;
            let numbers = Numbers { bytes, big };
            let (kind, flags, address, offset, length) = if wide {
                (numbers.u32(4)?, numbers.u64(8)?, numbers.u64(16)?, numbers.u64(24)?, numbers.u64(32)?)
            } else {
                (numbers.u32(4)?, numbers.u32(8)?, numbers.u32(12)?, numbers.u32(16)?, numbers.u32(20)?)
            };
            Some((numbers.u32(0)?, kind, flags, address, offset, length))
        };
        let (.., names_at, names_length) = row(names_in)?;
        let names = file.part(names_at, names_length.min(file.size().saturating_sub(names_at)))?;
        let mut sections = Vec::new();
        for index in 0..count {
            let (name_at, kind, flags, address, offset, length) = row(index)?;
            // Sections of type 8 have no bytes in the file; names are no longer than the longest that is looked for.
            if kind == 8 || kind == 0 {
                continue;
            }
            let named = names.get(name_at as usize..).unwrap_or_default();
            let named = name(&named[..named.len().min(64)]);
            sections.push(Section { name: named, at: offset, size: length, address, data: flags & 1 == 1 });
        }
        Some(sections)
    };
    read().unwrap_or_default()
}

fn elf_segments(
    file: &File<'_>,
    wide: bool,
    big: bool,
    at: u64,
    size: u64,
    count: u64,
) -> Option<Vec<Section>> {
    let least = if wide { 56 } else { 32 };
    if at == 0 || size < least {
        return None;
    }
    let table = file.part(at, size.checked_mul(count)?)?;
    let mut segments = Vec::new();
    for bytes in table.chunks_exact(size as usize) {
        let numbers = Numbers { bytes, big };
        let (kind, flags, offset, address, length) = if wide {
            (numbers.u32(0)?, numbers.u32(4)?, numbers.u64(8)?, numbers.u64(16)?, numbers.u64(32)?)
        } else {
            (numbers.u32(0)?, numbers.u32(24)?, numbers.u32(4)?, numbers.u32(8)?, numbers.u32(16)?)
        };
        // Type 1 is loaded; bit 2 of the flags lets it be written.
        if kind == 1 {
            let data = flags & 2 == 2;
            segments.push(Section { name: String::new(), at: offset, size: length, address, data });
        }
    }
    Some(segments)
}

fn pe(file: &File<'_>) -> Option<Program> {
    let dos = file.part(0, 64)?;
    let at = Numbers { bytes: &dos, big: false }.u32(60)?;
    let head = file.part(at, 24)?;
    if !head.starts_with(b"PE\0\0") {
        return None;
    }
    let numbers = Numbers { bytes: &head, big: false };
    let (count, optional) = (numbers.u16(6)?, numbers.u16(20)?);
    let header = file.part(at + 24, optional.min(240)).unwrap_or_default();
    let numbers = Numbers { bytes: &header, big: false };
    let wide = numbers.u16(0) == Some(0x20B);
    let base = if wide { numbers.u64(24) } else { numbers.u32(28) };
    let base = base.unwrap_or(0);
    // At most sixteen tables are known.
    let (told, first) = if wide { (108, 112) } else { (92, 96) };
    let told = numbers.u32(told).unwrap_or(0).min(16) as usize;
    let table = |index: usize| Some((numbers.u32(first + index * 8)?, numbers.u32(first + index * 8 + 4)?));
    let tables: Vec<(u64, u64)> = (0..told).map_while(table).collect();
    let table = file.part(at + 24 + optional, count * 40)?;
    let mut sections = Vec::new();
    for bytes in table.chunks_exact(40) {
        let numbers = Numbers { bytes, big: false };
        let (virtual_size, address) = (numbers.u32(8)?, numbers.u32(12)?);
        let (size, at, flags) = (numbers.u32(16)?, numbers.u32(20)?, numbers.u32(36)?);
        // On disk a section is filled up to whole blocks.
        let size = if virtual_size == 0 { size } else { size.min(virtual_size) };
        let (address, data) = (base.wrapping_add(address), flags & 0x8000_0000 != 0);
        sections.push(Section { name: name(&bytes[..8]), at, size, address, data });
    }
    Some(Program { sections, big: false, base, tables })
}

fn fat(file: &File<'_>, wide: bool) -> Option<Vec<Program>> {
    let head = file.part(0, 8)?;
    let count = Numbers { bytes: &head, big: true }.u32(4)?;
    // Compiled Java begins with the same bytes, and with a number that is greater than any count.
    if count > u64::from(PROGRAMS) {
        return None;
    }
    let row = if wide { 32 } else { 20 };
    let table = file.part(8, count * row)?;
    let mut programs = Vec::new();
    for bytes in table.chunks_exact(row as usize) {
        let numbers = Numbers { bytes, big: true };
        let at = if wide { numbers.u64(8)? } else { numbers.u32(8)? };
        programs.extend(mach(file, at));
    }
    Some(programs)
}

fn mach(file: &File<'_>, base: u64) -> Option<Program> {
    let head = file.part(base, 28)?;
    let (wide, big) = match head.get(..4)? {
        b"\xFE\xED\xFA\xCE" => (false, true),
        b"\xFE\xED\xFA\xCF" => (true, true),
        b"\xCE\xFA\xED\xFE" => (false, false),
        b"\xCF\xFA\xED\xFE" => (true, false),
        _ => return None,
    };
    let numbers = Numbers { bytes: &head, big };
    let (count, size) = (numbers.u32(16)?, numbers.u32(20)?);
    let commands = file.part(base.checked_add(if wide { 32 } else { 28 })?, size)?;
    let mut sections = Vec::new();
    let mut at = 0usize;
    for _ in 0..count.min(SECTIONS) {
        let numbers = Numbers { bytes: &commands, big };
        let (Some(kind), Some(length)) = (numbers.u32(at), numbers.u32(at + 4)) else { break };
        let length = length as usize;
        let Some(command) = at.checked_add(length).and_then(|end| commands.get(at..end)) else { break };
        if length < 8 {
            break;
        }
        // A segment of 32 or of 64 bits, with its sections behind it.
        if kind == 1 || kind == 0x19 {
            segment(command, big, kind == 0x19, base, &mut sections);
        }
        at += length;
        if sections.len() as u64 > SECTIONS {
            break;
        }
    }
    Some(Program { sections, big, base: 0, tables: Vec::new() })
}

fn segment(command: &[u8], big: bool, wide: bool, base: u64, sections: &mut Vec<Section>) -> Option<()> {
    let numbers = Numbers { bytes: command, big };
    let (head, row) = if wide { (72, 80) } else { (56, 68) };
    let protection = numbers.u32(if wide { 60 } else { 44 })?;
    for bytes in command.get(head..)?.chunks_exact(row) {
        let numbers = Numbers { bytes, big };
        let (address, size, at) = if wide {
            (numbers.u64(32)?, numbers.u64(40)?, numbers.u32(48)?)
        } else {
            (numbers.u32(32)?, numbers.u32(36)?, numbers.u32(40)?)
        };
        let named = name(bytes.get(..16)?);
        let at = base.checked_add(at)?;
        sections.push(Section { name: named, at, size, address, data: protection & 2 == 2 });
    }
    Some(())
}

/// The smallest ELF with one section, for tests.
#[cfg(test)]
pub(crate) fn elf_with(section: &str, content: &[u8]) -> Vec<u8> {
    let names = format!("\0{section}\0.shstrtab\0");
    let content_at = 64u64;
    let names_at = content_at + content.len() as u64;
    let table_at = names_at + names.len() as u64;
    let mut bytes = Vec::new();
    bytes.extend(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0");
    bytes.extend([2, 0, 62, 0, 1, 0, 0, 0]);
    bytes.extend(0u64.to_le_bytes());
    bytes.extend(0u64.to_le_bytes());
    bytes.extend(table_at.to_le_bytes());
    bytes.extend([0; 4]);
    for half in [64u16, 56, 0, 64, 3, 2] {
        bytes.extend(half.to_le_bytes());
    }
    bytes.extend(content);
    bytes.extend(names.as_bytes());
    let mut row = |name: u32, kind: u32, address: u64, at: u64, size: u64| {
        bytes.extend(name.to_le_bytes());
        bytes.extend(kind.to_le_bytes());
        for field in [3u64, address, at, size] {
            bytes.extend(field.to_le_bytes());
        }
        bytes.extend([0; 24]);
    };
    row(0, 0, 0, 0, 0);
    row(1, 1, 0x40_0000, content_at, content.len() as u64);
    row(section.len() as u32 + 2, 3, 0, names_at, names.len() as u64);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_is_found_by_name_and_by_address() {
        let bytes = elf_with(".dep-v0", b"hello");
        let file = File::new("x", &bytes);
        let programs = read(&file);
        let section = programs[0].section(".dep-v0").unwrap();
        assert_eq!(&*file.part(section.at, section.size).unwrap(), b"hello");
        assert_eq!(programs[0].at_address(&file, 0x40_0001, 3).as_deref(), Some(&b"ell"[..]));
        assert_eq!(programs[0].at_address(&file, 0x40_0001, 5), None);
        assert_eq!(programs[0].at_address(&file, u64::MAX, u64::MAX), None);
    }

    #[test]
    fn every_cut_is_survived() {
        let bytes = elf_with(".dep-v0", b"hello");
        for end in 0..bytes.len() {
            read(&File::new("x", &bytes[..end]));
        }
        // A header that claims everything.
        let mut wild = bytes.clone();
        wild[24..64].fill(0xFF);
        assert!(read(&File::new("x", &wild)).iter().all(|p| p.sections.is_empty()));
    }

    #[test]
    fn java_is_no_program() {
        assert!(read(&File::new("A", b"\xCA\xFE\xBA\xBE\0\0\0\x34\0\0\0\0")).is_empty());
    }
}
