//! rpm's own form of its database, `Packages.db`, which SUSE uses: slots that point at blobs.

use super::{ALL, Blobs, ONE};

const MAGIC: &[u8] = b"RpmP";
const SLOT: &[u8] = b"Slot";
const BLOB: &[u8] = b"BlbS";

/// Slots lie in pages of so many bytes, from the beginning of the file.
const PAGE: usize = 4096;

/// Places of blobs are counted in blocks of so many bytes.
const BLOCK: usize = 16;

pub(super) fn is(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

/// The headers in the database.
pub(super) fn blobs(bytes: &[u8]) -> Blobs {
    let mut blobs = Blobs::default();
    let pages = number(bytes, 12).unwrap_or(0) as usize;
    let end = pages.saturating_mul(PAGE).min(bytes.len());
    let mut total = 0;
    // The header of the file takes the place of the first two slots.
    for slot in bytes.get(32..end).unwrap_or_default().chunks_exact(16) {
        let package = number(slot, 4).unwrap_or(0);
        // A slot without a package is free.
        if !slot.starts_with(SLOT) || package == 0 {
            continue;
        }
        match blob(bytes, number(slot, 8).unwrap_or(0) as usize, package) {
            Some(blob) if total <= ALL.min(bytes.len()) => {
                total += blob.len();
                blobs.headers.push(blob.to_vec());
            }
            _ => blobs.broken += 1,
        }
    }
    blobs
}

fn blob(bytes: &[u8], block: usize, package: u32) -> Option<&[u8]> {
    let head = bytes.get(block.checked_mul(BLOCK)?..)?;
    let length = number(head, 12)? as usize;
    if !head.starts_with(BLOB) || number(head, 4)? != package || length > ONE {
        return None;
    }
    head.get(16..16usize.checked_add(length)?)
}
