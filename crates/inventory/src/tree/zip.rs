//! Reads the directory of a zip, and members of it one at a time.
//!
//! The directory at the end is what counts, as for every reader of jars and wheels. It is read here and not by a library
//! because a library merges entries of one name, reads all of an index before it can be limited, and needs the whole
//! archive to itself while it reads a member.

use std::io::{self, BufReader, Read, Seek as _, SeekFrom};

use flate2::Crc;
use flate2::bufread::DeflateDecoder;

use super::bytes::Slice;
use super::compress::most;

/// Bytes of a directory that is read; each entry has at least 46.
const DIRECTORY: u64 = 128 << 20;

/// One entry of the directory.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) name: String,
    /// Bits of permission as Unix has them, with the sort of the file; 0 where it is not known.
    pub(super) mode: u32,
    pub(super) encrypted: bool,
    pub(super) place: Place,
}

/// Where the bytes of a member lie, and what the directory says of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    header: u64,
    pub(super) packed: u64,
    pub(super) size: u64,
    method: u16,
    crc: u32,
}

impl Entry {
    pub(super) fn is_link(&self) -> bool {
        self.mode & 0o170_000 == 0o120_000
    }
}

/// Whether bytes begin like a zip, or like an empty one.
pub(super) fn is_zip(head: &[u8]) -> bool {
    matches!(head, [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..])
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// Where the directory lies.
struct Directory {
    start: u64,
    size: u64,
    /// Bytes in front of the archive, such as the program of one that unpacks itself.
    before: u64,
}

/// The entries of the directory in their order, at most so many; the second part says whether there are more.
pub(super) fn entries(slice: &Slice, limit: usize) -> Result<(Vec<Entry>, bool), String> {
    let failed = |e: io::Error| format!("cannot be read as a zip: {e}");
    let directory = directory(slice)?;
    if directory.size > DIRECTORY {
        return Err(format!("has a directory of {} bytes; {DIRECTORY} is the limit", directory.size));
    }
    let bytes = slice.read(directory.start, directory.size).map_err(failed)?;
    if bytes.len() as u64 != directory.size {
        return Err("cannot be read as a zip: it is cut short".to_string());
    }
    let mut entries = Vec::new();
    let mut rest = bytes.as_slice();
    while !rest.is_empty() {
        // A signature of the directory may stand behind the entries.
        if rest.starts_with(b"PK\x05\x05") {
            break;
        }
        if entries.len() == limit {
            return Ok((entries, true));
        }
        let (entry, length) =
            entry(rest, directory.before).ok_or("cannot be read as a zip: its directory is damaged")?;
        entries.push(entry);
        rest = rest.get(length..).unwrap_or_default();
    }
    Ok((entries, false))
}

fn directory(slice: &Slice) -> Result<Directory, String> {
    let failed = |e: io::Error| format!("cannot be read as a zip: {e}");
    let tail_len = slice.len().min(22 + 0xFFFF + 20 + 56);
    let tail_start = slice.len() - tail_len;
    let tail = slice.read(tail_start, tail_len).map_err(failed)?;
    let ends = |at: &usize| {
        tail[*at..].starts_with(b"PK\x05\x06")
            && u16_at(&tail, at + 20).is_some_and(|comment| at + 22 + usize::from(comment) <= tail.len())
    };
    let at = (0..tail.len().saturating_sub(21)).rev().find(ends);
    let at = at.ok_or("cannot be read as a zip: it has no directory, or is cut short")?;
    let damaged = || "cannot be read as a zip: its end is damaged".to_string();
    let mut size = u64::from(u32_at(&tail, at + 12).ok_or_else(damaged)?);
    let mut start = u64::from(u32_at(&tail, at + 16).ok_or_else(damaged)?);
    let mut end = tail_start + at as u64;
    let locator = at.checked_sub(20).filter(|at| tail[*at..].starts_with(b"PK\x06\x07"));
    if let Some(locator) = locator {
        let place = u64_at(&tail, locator + 8).ok_or_else(damaged)?;
        let large = slice.read(place, 56).map_err(failed)?;
        if large.starts_with(b"PK\x06\x06") {
            size = u64_at(&large, 40).ok_or_else(damaged)?;
            start = u64_at(&large, 48).ok_or_else(damaged)?;
            end = place;
        }
    }
    let before = end.checked_sub(size).and_then(|at| at.checked_sub(start)).ok_or_else(damaged)?;
    Ok(Directory { start: start + before, size, before })
}

/// The entry at the head of the bytes, and how long it is.
fn entry(bytes: &[u8], before: u64) -> Option<(Entry, usize)> {
    if !bytes.starts_with(b"PK\x01\x02") {
        return None;
    }
    let flags = u16_at(bytes, 8)?;
    let (name, extra, comment) = (u16_at(bytes, 28)?, u16_at(bytes, 30)?, u16_at(bytes, 32)?);
    let name_end = 46 + usize::from(name);
    let extra_end = name_end + usize::from(extra);
    let raw = bytes.get(46..name_end)?;
    let mut place = Place {
        header: u64::from(u32_at(bytes, 42)?),
        packed: u64::from(u32_at(bytes, 20)?),
        size: u64::from(u32_at(bytes, 24)?),
        method: u16_at(bytes, 10)?,
        crc: u32_at(bytes, 16)?,
    };
    enlarge(&mut place, bytes.get(name_end..extra_end)?);
    place.header = place.header.checked_add(before)?;
    let by_unix = bytes[5] == 3 || bytes[5] == 19;
    let entry = Entry {
        name: String::from_utf8_lossy(raw).into_owned(),
        mode: if by_unix { u32_at(bytes, 38)? >> 16 } else { 0 },
        encrypted: flags & 0x41 != 0,
        place,
    };
    Some((entry, extra_end + usize::from(comment)))
}

/// Takes the numbers that did not fit from the extra field.
fn enlarge(place: &mut Place, mut extra: &[u8]) {
    while let (Some(id), Some(length)) = (u16_at(extra, 0), u16_at(extra, 2)) {
        let end = 4 + usize::from(length);
        if id == 1 {
            let mut field = extra.get(4..end).unwrap_or_default();
            for number in [&mut place.size, &mut place.packed, &mut place.header] {
                if *number == u64::from(u32::MAX)
                    && let Some(large) = u64_at(field, 0)
                {
                    *number = large;
                    field = &field[8..];
                }
            }
            return;
        }
        extra = extra.get(end..).unwrap_or_default();
    }
}

/// Where the bytes of a stored member lie, so that an archive in it can be read in place.
pub(super) fn stored(slice: &Slice, place: &Place) -> Option<Slice> {
    if place.method != 0 || place.packed != place.size {
        return None;
    }
    slice.part(data(slice, place).ok()?, place.size)
}

/// Where the bytes of a member begin.
fn data(slice: &Slice, place: &Place) -> Result<u64, String> {
    let header = slice.read(place.header, 30).map_err(|e| e.to_string())?;
    let (name, extra) = (u16_at(&header, 26), u16_at(&header, 28));
    match (header.starts_with(b"PK\x03\x04"), name, extra) {
        (true, Some(name), Some(extra)) => Ok(place.header + 30 + u64::from(name) + u64::from(extra)),
        _ => Err("the archive's directory points to no file".to_string()),
    }
}

/// The bytes of a member, up to a limit. One that is read whole has to have the size and the checksum that are stated.
pub(super) fn read(slice: &Slice, place: &Place, limit: u64) -> Result<Vec<u8>, String> {
    let failed = |e: io::Error| format!("could not be read from the archive: {e}");
    let start = data(slice, place)?;
    let part = slice.part(start, place.packed).ok_or("lies beyond the end of the archive")?;
    if place.size > most(place.packed) {
        return Err(format!("would inflate from {} to {} bytes and was not read", place.packed, place.size));
    }
    let mut reader = part.reader().map_err(failed)?;
    reader.seek(SeekFrom::Start(0)).map_err(failed)?;
    let wanted = limit.min(place.size);
    let mut bytes = Vec::with_capacity(wanted.min(16 << 20) as usize);
    // One more byte than wanted shows a member that is longer than it says.
    let most = if wanted == place.size { wanted + 1 } else { wanted };
    let reader = BufReader::new(reader);
    let read = match place.method {
        0 => reader.take(most).read_to_end(&mut bytes),
        8 => DeflateDecoder::new(reader).take(most).read_to_end(&mut bytes),
        93 => super::compress::zstd(reader).take(most).read_to_end(&mut bytes),
        12 => bzip2_rs::DecoderReader::new(reader).take(most).read_to_end(&mut bytes),
        other => return Err(format!("is packed by method {other}, which is not read")),
    };
    read.map_err(failed)?;
    if wanted < place.size {
        return Ok(bytes);
    }
    let mut crc = Crc::new();
    crc.update(&bytes);
    if bytes.len() as u64 != place.size || crc.sum() != place.crc {
        return Err("is not what the archive's directory says of it: size or checksum differ".to_string());
    }
    Ok(bytes)
}
