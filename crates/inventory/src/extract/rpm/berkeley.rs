//! The oldest form of rpm's database, `Packages`: a hash table of Berkeley DB.
//!
//! All pages are looked at in their order instead of by their hashes. Long values lie in chains of pages of their own.

use super::{ALL, Blobs, ONE};

/// A hash table's mark, in the order of bytes of the machine that wrote it.
const MAGIC: u32 = 0x0006_1561;

/// Bytes before the content of a page.
const HEAD: usize = 26;

pub(super) fn is(bytes: &[u8]) -> bool {
    let mark = bytes.get(12..16).and_then(|b| <[u8; 4]>::try_from(b).ok());
    mark.is_some_and(|mark| u32::from_le_bytes(mark) == MAGIC || u32::from_be_bytes(mark) == MAGIC)
}

struct Database<'b> {
    bytes: &'b [u8],
    big: bool,
    page_size: usize,
    visited: Vec<bool>,
}

impl<'b> Database<'b> {
    fn number(&self, page: &[u8], at: usize) -> Option<u32> {
        let bytes = page.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(if self.big { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) })
    }

    fn half(&self, page: &[u8], at: usize) -> Option<usize> {
        let bytes = page.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(usize::from(if self.big { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) }))
    }

    fn page(&self, number: usize) -> Option<&'b [u8]> {
        let from = number.checked_mul(self.page_size)?;
        self.bytes.get(from..from.checked_add(self.page_size)?)
    }

    /// The bytes of a chain of pages; each page belongs to one chain.
    fn chain(&mut self, first: u32, length: usize) -> Option<Vec<u8>> {
        if length > ONE || length > self.bytes.len() {
            return None;
        }
        let mut value = Vec::with_capacity(length);
        let mut next = first;
        while value.len() < length {
            let visited = self.visited.get_mut(next as usize)?;
            if std::mem::replace(visited, true) {
                return None;
            }
            let page = self.page(next as usize)?;
            // Of a page of a chain, the field for the free space says how much is used.
            let used = self.half(page, 22)?.min(self.page_size - HEAD).min(length - value.len());
            value.extend_from_slice(page.get(HEAD..HEAD + used)?);
            if used == 0 {
                return None;
            }
            next = self.number(page, 16)?;
        }
        Some(value)
    }
}

/// The headers in the database.
pub(super) fn blobs(bytes: &[u8]) -> Blobs {
    let mut blobs = Blobs { headers: Vec::new(), broken: 1 };
    let Some(mark) = bytes.get(12..16).and_then(|b| <[u8; 4]>::try_from(b).ok()) else { return blobs };
    let big = u32::from_be_bytes(mark) == MAGIC;
    let mut file = Database { bytes, big, page_size: 0, visited: Vec::new() };
    let (Some(size), Some(last)) = (file.number(bytes, 20), file.number(bytes, 32)) else { return blobs };
    if !size.is_power_of_two() || !(512..=65_536).contains(&size) {
        return blobs;
    }
    blobs.broken = 0;
    file.page_size = size as usize;
    let count = (last as usize + 1).min(bytes.len() / file.page_size);
    file.visited = vec![false; bytes.len() / file.page_size + 1];
    let mut total = 0;
    for number in 1..count {
        let Some(page) = file.page(number) else { break };
        // Types 2 and 13 are pages of the table; chains are read from there.
        if !matches!(page[25], 2 | 13) {
            continue;
        }
        let entries = file.half(page, 20).unwrap_or(0).min((file.page_size - HEAD) / 2);
        // Keys and values take turns, laid down from the end of the page.
        for index in (1..entries).step_by(2) {
            match value(&mut file, page, index) {
                Some(None) => {}
                Some(Some(blob)) if total <= ALL.min(bytes.len()) => {
                    total += blob.len();
                    blobs.headers.push(blob);
                }
                _ => blobs.broken += 1,
            }
        }
    }
    if count <= last as usize {
        blobs.broken += 1;
    }
    blobs
}

/// A value of a page; none within where it is no header.
fn value(file: &mut Database<'_>, page: &[u8], index: usize) -> Option<Option<Vec<u8>>> {
    let at = file.half(page, HEAD + 2 * index)?;
    match *page.get(at)? {
        // It lies here, up to where the key before it begins.
        1 => {
            let end = file.half(page, HEAD + 2 * (index - 1))?;
            let bytes = page.get(at + 1..end)?;
            // The entry of number 0 holds the highest number that was given.
            Some((bytes.len() > 16).then(|| bytes.to_vec()))
        }
        3 => {
            let (first, length) = (file.number(page, at + 4)?, file.number(page, at + 8)?);
            file.chain(first, length as usize).map(Some)
        }
        _ => Some(None),
    }
}
