//! Packs of git: an index by name, and objects that may be differences from others.

use std::collections::HashMap;
use std::io::{BufReader, Read, Seek as _, SeekFrom};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use flate2::bufread::ZlibDecoder;

use super::object::{Id, Object, Sort};
use crate::tree::bytes::Slice;

/// Differences from differences; git itself makes no more than fifty, or 4095 where it is told to.
const CHAIN: usize = 4096;

/// Bytes of bases that are kept, so that the folders of a revision do not unpack the same ones again and again.
const CACHED: usize = 48 << 20;

/// A pack with its index.
#[derive(Debug)]
pub(super) struct Pack {
    slice: Slice,
    index: Vec<u8>,
    hash: usize,
    count: usize,
    bases: Mutex<Bases>,
}

#[derive(Debug, Default)]
struct Bases {
    held: HashMap<u64, Arc<Object>>,
    bytes: usize,
}

/// What stands at an offset of a pack.
enum Entry {
    Whole(Sort),
    /// The base is earlier in the pack.
    Offset(u64),
    /// The base is named.
    Name(Id),
}

impl Pack {
    /// Opens a pack by its index, version 2.
    pub(super) fn open(index: &Path, hash: usize) -> Result<Pack, String> {
        let slice = Slice::file(&index.with_extension("pack")).map_err(|e| super::failed(&e))?;
        let size = std::fs::metadata(index).map_err(|e| super::failed(&e))?.len();
        if size > 2 << 30 {
            return Err("an index of a pack is too large".to_string());
        }
        let index = std::fs::read(index).map_err(|e| super::failed(&e))?;
        if !index.starts_with(b"\xFFtOc\x00\x00\x00\x02") {
            return Err("an index of a pack is of a version that is not read".to_string());
        }
        let count = u32_at(&index, 8 + 255 * 4).ok_or("an index of a pack is damaged")? as usize;
        if index.len() < 8 + 1024 + count.saturating_mul(hash + 8) {
            return Err("an index of a pack is cut short".to_string());
        }
        Ok(Pack { slice, index, hash, count, bases: Mutex::default() })
    }

    fn name(&self, at: usize) -> &[u8] {
        let start = 8 + 1024 + at * self.hash;
        self.index.get(start..start + self.hash).unwrap_or_default()
    }

    /// Where an object begins.
    pub(super) fn find(&self, id: &Id) -> Option<u64> {
        let (low, high) = self.around(*id.0.first()?);
        let at = self.position(low, high, &id.0);
        (at < high && self.name(at) == &*id.0).then(|| self.offset(at))?
    }

    /// Names that begin with these bytes, of which the last one may be half; at most two.
    pub(super) fn beginning(&self, digits: &str) -> Vec<Id> {
        let Some(first) = digits.get(..2).and_then(|d| u8::from_str_radix(d, 16).ok()) else {
            return Vec::new();
        };
        let (low, high) = self.around(first);
        let from = (low..high).map(|at| Id(self.name(at).into()));
        from.filter(|id| id.to_string().starts_with(digits)).take(2).collect()
    }

    /// The run of names that begin with a byte.
    fn around(&self, first: u8) -> (usize, usize) {
        let fan = |at: usize| u32_at(&self.index, 8 + at * 4).unwrap_or(0) as usize;
        let low = if first == 0 { 0 } else { fan(usize::from(first) - 1) };
        let high = fan(usize::from(first)).min(self.count);
        (low.min(high), high)
    }

    fn position(&self, mut low: usize, mut high: usize, name: &[u8]) -> usize {
        while low < high {
            let middle = low + (high - low) / 2;
            if self.name(middle) < name { low = middle + 1 } else { high = middle }
        }
        low
    }

    fn offset(&self, at: usize) -> Option<u64> {
        let offsets = 8 + 1024 + self.count * (self.hash + 4);
        let short = u32_at(&self.index, offsets + at * 4)?;
        if short & 0x8000_0000 == 0 {
            return Some(u64::from(short));
        }
        let large = offsets + self.count * 4 + (short & 0x7FFF_FFFF) as usize * 8;
        Some(u64::from_be_bytes(*self.index.get(large..)?.first_chunk()?))
    }

    /// The head of an entry: what it is, the size it inflates to, and where its bytes begin.
    fn entry(&self, offset: u64) -> Result<(Entry, u64, u64), String> {
        let damaged = || "an entry of a pack is damaged".to_string();
        let bytes = self.slice.read(offset, 64).map_err(|e| super::failed(&e))?;
        let first = *bytes.first().ok_or_else(damaged)?;
        let mut size = u64::from(first & 0x0F);
        let mut at = 1;
        let mut shift = 4u32;
        let mut byte = first;
        while byte & 0x80 != 0 {
            byte = *bytes.get(at).ok_or_else(damaged)?;
            if shift > 56 {
                return Err(damaged());
            }
            size |= u64::from(byte & 0x7F) << shift;
            shift += 7;
            at += 1;
        }
        let entry = match first >> 4 & 7 {
            1 => Entry::Whole(Sort::Commit),
            2 => Entry::Whole(Sort::Tree),
            3 => Entry::Whole(Sort::Blob),
            4 => Entry::Whole(Sort::Tag),
            6 => {
                let mut back = 0u64;
                loop {
                    let byte = *bytes.get(at).ok_or_else(damaged)?;
                    at += 1;
                    back = back
                        .checked_mul(128)
                        .and_then(|b| b.checked_add(u64::from(byte & 0x7F)))
                        .ok_or_else(damaged)?;
                    if byte & 0x80 == 0 {
                        break;
                    }
                    back = back.checked_add(1).ok_or_else(damaged)?;
                }
                // A base is always earlier, so that no chain has an end in itself.
                Entry::Offset(offset.checked_sub(back).filter(|_| back > 0).ok_or_else(damaged)?)
            }
            7 => {
                let name = bytes.get(at..at + self.hash).ok_or_else(damaged)?;
                at += self.hash;
                Entry::Name(Id(name.into()))
            }
            _ => return Err(damaged()),
        };
        Ok((entry, size, offset + at as u64))
    }

    fn inflate(&self, at: u64, size: u64) -> Result<Vec<u8>, String> {
        let mut reader = self.slice.reader().map_err(|e| super::failed(&e))?;
        reader.seek(SeekFrom::Start(at)).map_err(|e| super::failed(&e))?;
        let capacity = usize::try_from(size.min(64 << 10)).unwrap_or(0).max(512);
        let mut decoder = ZlibDecoder::new(BufReader::with_capacity(capacity.min(16 << 10), reader));
        let mut bytes = Vec::with_capacity(size.min(1 << 20) as usize);
        decoder.by_ref().take(size + 1).read_to_end(&mut bytes).map_err(|e| super::failed(&e))?;
        if bytes.len() as u64 != size {
            return Err("an object is not as long as it says".to_string());
        }
        Ok(bytes)
    }

    /// Size of the object at an offset, all differences applied.
    pub(super) fn size(&self, offset: u64) -> Option<u64> {
        let (entry, size, at) = self.entry(offset).ok()?;
        if matches!(entry, Entry::Whole(_)) {
            return Some(size);
        }
        let delta = self.inflate(at, size.min(1 << 20)).or_else(|_| self.inflate(at, size)).ok()?;
        let mut rest = delta.as_slice();
        varint(&mut rest)?;
        varint(&mut rest)
    }

    /// The object at an offset, unless it is larger than the limit.
    pub(super) fn object(
        &self,
        offset: u64,
        limit: u64,
        named: &dyn Fn(&Id) -> Result<Object, String>,
    ) -> Result<Object, String> {
        let too_large = |size: u64| format!("has {size} bytes and was not read: {limit} is the limit");
        // Differences from the object down to what is whole.
        let mut deltas: Vec<(u64, u64)> = Vec::new();
        let mut at = offset;
        let mut base = loop {
            if let Some(held) = self.held(at) {
                break held;
            }
            if deltas.len() > CHAIN {
                return Err("an object is a difference from too many others".to_string());
            }
            let (entry, size, data) = self.entry(at)?;
            if size > limit {
                return Err(too_large(size));
            }
            match entry {
                Entry::Whole(sort) => {
                    let object = Arc::new(Object { sort, bytes: self.inflate(data, size)? });
                    if !deltas.is_empty() {
                        self.hold(at, &object);
                    }
                    break object;
                }
                Entry::Offset(earlier) => {
                    deltas.push((data, size));
                    at = earlier;
                }
                Entry::Name(id) => {
                    deltas.push((data, size));
                    match self.find(&id) {
                        Some(other) => at = other,
                        None => break Arc::new(named(&id)?),
                    }
                }
            }
        };
        let count = deltas.len();
        for (done, (data, size)) in deltas.into_iter().rev().enumerate() {
            let delta = self.inflate(data, size)?;
            let bytes = apply(&base.bytes, &delta, limit)?;
            base = Arc::new(Object { sort: base.sort, bytes });
            // Trees share bases with their neighbours; the object itself is asked for once.
            if done + 1 == count && base.sort == Sort::Tree {
                self.hold(offset, &base);
            }
        }
        Ok(Arc::try_unwrap(base).unwrap_or_else(|shared| Object::clone(&shared)))
    }

    fn held(&self, at: u64) -> Option<Arc<Object>> {
        self.bases.lock().unwrap_or_else(PoisonError::into_inner).held.get(&at).cloned()
    }

    fn hold(&self, at: u64, object: &Arc<Object>) {
        let mut bases = self.bases.lock().unwrap_or_else(PoisonError::into_inner);
        if bases.bytes + object.bytes.len() > CACHED {
            bases.held.clear();
            bases.bytes = 0;
        }
        if object.bytes.len() < CACHED / 4 && bases.held.insert(at, object.clone()).is_none() {
            bases.bytes += object.bytes.len();
        }
    }
}

/// Makes an object from its base and the difference.
fn apply(base: &[u8], delta: &[u8], limit: u64) -> Result<Vec<u8>, String> {
    let damaged = || "a difference in a pack is damaged".to_string();
    let mut rest = delta;
    let from = varint(&mut rest).ok_or_else(damaged)?;
    let size = varint(&mut rest).ok_or_else(damaged)?;
    if from != base.len() as u64 {
        return Err(damaged());
    }
    if size > limit {
        return Err(format!("has {size} bytes and was not read: {limit} is the limit"));
    }
    let mut bytes = Vec::with_capacity(size.min(1 << 20) as usize);
    while let Some((&code, after)) = rest.split_first() {
        rest = after;
        if code & 0x80 == 0 {
            let literal = rest.get(..usize::from(code)).filter(|l| !l.is_empty()).ok_or_else(damaged)?;
            bytes.extend_from_slice(literal);
            rest = &rest[literal.len()..];
        } else {
            let mut number = |bits: std::ops::Range<u8>| -> Option<usize> {
                let mut value = 0usize;
                for (shift, bit) in bits.enumerate() {
                    if code & 1 << bit != 0 {
                        let (byte, after) = rest.split_first()?;
                        value |= usize::from(*byte) << (8 * shift);
                        rest = after;
                    }
                }
                Some(value)
            };
            let start = number(0..4).ok_or_else(damaged)?;
            let count = number(4..7).ok_or_else(damaged)?;
            let count = if count == 0 { 0x10000 } else { count };
            bytes.extend_from_slice(base.get(start..start + count).ok_or_else(damaged)?);
        }
        if bytes.len() as u64 > size {
            return Err(damaged());
        }
    }
    if bytes.len() as u64 == size { Ok(bytes) } else { Err(damaged()) }
}

/// A number of seven bits a byte, the lowest first.
fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for shift in (0..63).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7F) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}
