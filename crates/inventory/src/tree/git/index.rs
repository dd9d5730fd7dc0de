//! The index of a work tree: only the commits of other repositories that it records, which are its submodules.
//!
//! The format: git's own description of it, versions 2 to 4.

use std::collections::BTreeMap;
use std::path::Path;

use super::object::Id;

/// What is longer has no index of anything that is read by people.
const LARGEST: u64 = 512 << 20;

/// Bytes of an entry before its name, without the object's name: times, device, inode, mode, owner, size.
const FIXED: usize = 40;

/// The submodules in an index, by their paths; as many as were read where it is damaged or says that the rest lies in
/// another file.
pub(super) fn submodules(path: &Path, hash: usize) -> BTreeMap<String, Id> {
    let small = std::fs::symlink_metadata(path).is_ok_and(|m| m.is_file() && m.len() <= LARGEST);
    let bytes = if small { std::fs::read(path).unwrap_or_default() } else { Vec::new() };
    let mut found = BTreeMap::new();
    read(&bytes, hash, &mut found);
    found
}

fn read(bytes: &[u8], hash: usize, found: &mut BTreeMap<String, Id>) -> Option<()> {
    let number = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?));
    let version = number(4).filter(|v| bytes.starts_with(b"DIRC") && (2..=4).contains(v))?;
    let count = number(8)?;
    let mut at = 12usize;
    // In version 4 a name says how much of the one before it is left out.
    let mut name: Vec<u8> = Vec::new();
    for _ in 0..count {
        let mode = number(at + 24)?;
        let id = bytes.get(at + FIXED..at + FIXED + hash)?;
        let flags = bytes.get(at + FIXED + hash..at + FIXED + hash + 2)?;
        let more = if flags[0] & 0x40 != 0 { 2 } else { 0 };
        let mut begin = at + FIXED + hash + 2 + more;
        if version == 4 {
            let dropped = varint(bytes, &mut begin)?;
            name.truncate(name.len().checked_sub(dropped)?);
        } else {
            name.clear();
        }
        let length = bytes.get(begin..)?.iter().position(|b| *b == 0)?;
        name.extend_from_slice(&bytes[begin..begin + length]);
        // Names grow from each other, so that a small file could ask for much memory.
        if name.len() > 64 << 10 {
            return None;
        }
        if mode == 0o160_000 {
            found.insert(String::from_utf8_lossy(&name).into_owned(), Id(id.into()));
        }
        let end = begin + length;
        // Before version 4 one to eight zero bytes fill an entry up.
        at = if version == 4 { end + 1 } else { at + (end - at) / 8 * 8 + 8 };
    }
    Some(())
}

/// A number in groups of seven bits, the first ones first, each but the last marked and counted on by one.
fn varint(bytes: &[u8], at: &mut usize) -> Option<usize> {
    let mut value = 0usize;
    loop {
        let byte = *bytes.get(*at)?;
        *at += 1;
        value = value.checked_mul(128)?.checked_add(usize::from(byte & 0x7f))?;
        if byte & 0x80 == 0 {
            return Some(value);
        }
        value = value.checked_add(1)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An index with a file and two submodules.
    fn index(version: u32) -> Vec<u8> {
        let mut bytes = b"DIRC".to_vec();
        bytes.extend(version.to_be_bytes());
        bytes.extend(3u32.to_be_bytes());
        let mut before = "";
        for (mode, id, name) in
            [(0o100_644u32, 1u8, "lib/a.c"), (0o160_000, 2, "lib/abc"), (0o160_000, 3, "lib/x/y")]
        {
            let start = bytes.len();
            bytes.extend([0; 24]);
            bytes.extend(mode.to_be_bytes());
            bytes.extend([0; 12]);
            bytes.extend([id; 20]);
            bytes.extend((name.len() as u16).to_be_bytes());
            if version == 4 {
                let shared = before.bytes().zip(name.bytes()).take_while(|(a, b)| a == b).count();
                bytes.push((before.len() - shared) as u8);
                bytes.extend(&name.as_bytes()[shared..]);
                bytes.push(0);
                before = name;
            } else {
                bytes.extend(name.as_bytes());
                bytes.push(0);
                while !(bytes.len() - start).is_multiple_of(8) {
                    bytes.push(0);
                }
            }
        }
        bytes
    }

    #[test]
    fn submodules_are_told_from_files() {
        for version in [2, 3, 4] {
            let bytes = index(version);
            let mut found = BTreeMap::new();
            assert!(read(&bytes, 20, &mut found).is_some(), "{version}");
            let found: Vec<_> = found.into_iter().map(|(path, id)| (path, id.to_string())).collect();
            assert_eq!(
                found,
                [("lib/abc".to_string(), "02".repeat(20)), ("lib/x/y".to_string(), "03".repeat(20))]
            );
            for end in 0..bytes.len() {
                read(&bytes[..end], 20, &mut BTreeMap::new());
            }
        }
        assert!(read(&index(5), 20, &mut BTreeMap::new()).is_none());
    }

    #[test]
    fn numbers_as_git_writes_them() {
        assert_eq!(varint(&[0x7f], &mut 0), Some(127));
        assert_eq!(varint(&[0x80, 0x00], &mut 0), Some(128));
        assert_eq!(varint(&[0x80], &mut 0), None);
        assert_eq!(varint(&[0xff; 20], &mut 0), None);
    }
}
