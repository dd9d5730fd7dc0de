//! Objects of git: names, loose files, and what commits, tags and trees hold.

use std::fmt;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use flate2::bufread::ZlibDecoder;

/// The name of an object: 20 bytes, or 32 in newer repositories.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::tree) struct Id(pub(super) Box<[u8]>);

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Id {
    /// From as many hexadecimal digits as a name has.
    pub(super) fn parse(text: &str, hash: usize) -> Option<Id> {
        if text.len() != hash * 2 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        let byte = |i: usize| u8::from_str_radix(text.get(i * 2..i * 2 + 2)?, 16).ok();
        Some(Id((0..hash).map(byte).collect::<Option<Box<[u8]>>>()?))
    }

    /// Where a loose object lies below `objects`.
    pub(super) fn loose_path(&self) -> String {
        let text = self.to_string();
        format!("{}/{}", &text[..2], &text[2..])
    }
}

/// What sort of object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    Commit,
    Tree,
    Blob,
    Tag,
}

/// An object that was read.
#[derive(Debug, Clone)]
pub(super) struct Object {
    pub(super) sort: Sort,
    pub(super) bytes: Vec<u8>,
}

/// One entry of a tree.
pub(super) struct Entry<'o> {
    pub(super) mode: u32,
    pub(super) name: &'o [u8],
    pub(super) id: Id,
}

impl Object {
    /// The first field of that name in the head of a commit or a tag.
    pub(super) fn field(&self, key: &str, hash: usize) -> Option<Id> {
        self.fields(key, hash).next()
    }

    /// All fields of that name, as a commit has several parents.
    pub(super) fn fields<'o>(&'o self, key: &'o str, hash: usize) -> impl Iterator<Item = Id> + 'o {
        let lines = self.bytes.split(|b| *b == b'\n').take_while(|line| !line.is_empty());
        lines.filter_map(move |line| {
            let value = line.strip_prefix(key.as_bytes())?.strip_prefix(b" ")?;
            Id::parse(std::str::from_utf8(value).ok()?, hash)
        })
    }

    /// The entries of a tree; those behind a damaged one are left out.
    pub(super) fn entries(&self, hash: usize) -> impl Iterator<Item = Entry<'_>> {
        let mut rest = self.bytes.as_slice();
        std::iter::from_fn(move || {
            let blank = rest.iter().take(8).position(|b| *b == b' ')?;
            let mode = u32::from_str_radix(std::str::from_utf8(&rest[..blank]).ok()?, 8).ok()?;
            let after = rest.get(blank + 1..)?;
            let end = after.iter().position(|b| *b == 0)?;
            let id = after.get(end + 1..end + 1 + hash)?;
            rest = after.get(end + 1 + hash..)?;
            Some(Entry { mode, name: &after[..end], id: Id(id.into()) })
        })
    }
}

/// Reads a loose object, unless it is larger than the limit.
pub(super) fn loose(path: &Path, limit: u64) -> Result<Object, String> {
    let file = File::open(path).map_err(|e| super::failed(&e))?;
    let mut reader = ZlibDecoder::new(BufReader::new(file));
    let (sort, size) = head(&mut reader).ok_or("an object has a damaged head")?;
    if size > limit {
        return Err(format!("has {size} bytes and was not read: {limit} is the limit"));
    }
    let mut bytes = Vec::with_capacity(size.min(1 << 20) as usize);
    reader.take(size + 1).read_to_end(&mut bytes).map_err(|e| super::failed(&e))?;
    if bytes.len() as u64 != size {
        return Err("an object is not as long as it says".to_string());
    }
    Ok(Object { sort, bytes })
}

/// Size of a loose object.
pub(super) fn loose_size(path: &Path) -> Option<u64> {
    let mut reader = ZlibDecoder::new(BufReader::new(File::open(path).ok()?));
    head(&mut reader).map(|(_, size)| size)
}

/// `blob 12` and a NUL.
fn head(reader: &mut impl Read) -> Option<(Sort, u64)> {
    let mut text = Vec::new();
    let mut byte = [0u8];
    while text.len() < 32 {
        reader.read_exact(&mut byte).ok()?;
        if byte[0] == 0 {
            let (sort, size) = std::str::from_utf8(&text).ok()?.split_once(' ')?;
            let sort = match sort {
                "commit" => Sort::Commit,
                "tree" => Sort::Tree,
                "blob" => Sort::Blob,
                "tag" => Sort::Tag,
                _ => return None,
            };
            return Some((sort, size.parse().ok()?));
        }
        text.push(byte[0]);
    }
    None
}
