//! Zip archives by their list of members: checkpoints of PyTorch, `.keras`, llamafiles. Members are not unpacked; a small
//! one may be read.

use std::io::Read as _;

use flate2::read::DeflateDecoder;

use super::source::{Source, Stop};

/// Bytes of a list of members that are read; a checkpoint has some thousand members.
const LIST: u64 = 32 << 20;

/// Members that are looked at.
const MEMBERS: u64 = 200_000;

/// One member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Member {
    pub name: String,
    pub size: u64,
    packed: u64,
    /// Stored as it is, or deflated.
    method: u16,
    header: u64,
}

/// The members of an archive, in its order. None where the file is no zip archive.
pub(super) fn members(source: &mut Source) -> Result<Option<Vec<Member>>, Stop> {
    let Some(end) = end_of_list(source)? else { return Ok(None) };
    let mut count = u64::from(source.u16(end + 10)?);
    let mut size = u64::from(source.u32(end + 12)?);
    let mut start = u64::from(source.u32(end + 16)?);
    let mut list_end = end;
    // PyTorch writes the record for large archives behind small ones, too.
    if end >= 20 && source.u32(end - 20)? == 0x0706_4b50 {
        // Its stated place is off where a program stands before the archive; it usually ends right here.
        let places = [source.u64(end - 12)?, end.saturating_sub(76)];
        let found = places.into_iter().find(|at| *at < end && source.u32(*at) == Ok(0x0606_4b50));
        if let Some(at) = found {
            count = source.u64(at + 32)?;
            size = source.u64(at + 40)?;
            start = source.u64(at + 48)?;
            list_end = at;
        }
    }
    if size > LIST || count > MEMBERS {
        return Stop::odd(format!("its list claims {count} members"));
    }
    // A program may stand before the archive: then all positions are off by its length.
    let Some(real) = list_end.checked_sub(size) else { return Err(Stop::Cut) };
    let shift = real.wrapping_sub(start);
    let mut members = Vec::new();
    let mut at = real;
    while at + 46 <= list_end && (members.len() as u64) < count {
        if source.u32(at)? != 0x0201_4b50 {
            return Stop::odd("its list of members is broken");
        }
        members.push(member(source, at, shift)?);
        let lens = [28, 30, 32].map(|o| source.u16(at + o).map(u64::from));
        at += 46;
        for len in lens {
            at += len?;
        }
    }
    Ok(Some(members))
}

fn member(source: &mut Source, at: u64, shift: u64) -> Result<Member, Stop> {
    let method = source.u16(at + 10)?;
    let mut packed = u64::from(source.u32(at + 20)?);
    let mut size = u64::from(source.u32(at + 24)?);
    let mut header = u64::from(source.u32(at + 42)?);
    let name_len = u64::from(source.u16(at + 28)?);
    let extra_len = u64::from(source.u16(at + 30)?);
    let name = source.text(at + 46, name_len, 1024)?;
    // Numbers of more than four bytes stand in an extra field, those that are needed in this order.
    let (mut extra, end) = (at + 46 + name_len, at + 46 + name_len + extra_len);
    while extra + 4 <= end {
        let (kind, len) = (source.u16(extra)?, u64::from(source.u16(extra + 2)?));
        if kind == 1 {
            let mut position = extra + 4;
            for field in [&mut size, &mut packed, &mut header] {
                if *field == 0xffff_ffff && position + 8 <= extra + 4 + len {
                    *field = source.u64(position)?;
                    position += 8;
                }
            }
        }
        extra += 4 + len;
    }
    Ok(Member { name, size, packed, method, header: header.wrapping_add(shift) })
}

/// Where the record behind the list begins: it stands before a comment of at most 64 kB at the end.
fn end_of_list(source: &mut Source) -> Result<Option<u64>, Stop> {
    let len = source.len();
    // Nearly always there is no comment.
    for window in [22u64, 22 + 0xffff] {
        let start = len.saturating_sub(window);
        let tail = source.head(start, window as usize)?;
        let found = tail.windows(4).rposition(|w| w == b"PK\x05\x06");
        if let Some(position) = found.filter(|p| p + 22 <= tail.len()) {
            return Ok(Some(start + position as u64));
        }
    }
    Ok(None)
}

impl Member {
    /// Where the bytes lie that are stored as they are; none for packed ones.
    pub(super) fn stored(&self, source: &mut Source) -> Result<Option<(u64, u64)>, Stop> {
        Ok(if self.method == 0 { Some((self.start(source)?, self.size)) } else { None })
    }

    fn start(&self, source: &mut Source) -> Result<u64, Stop> {
        let end = self.header.checked_add(30).ok_or(Stop::Cut)?;
        if end > source.len() || source.u32(self.header)? != 0x0403_4b50 {
            return Stop::odd("a member of the archive does not lie where its list says");
        }
        let name = u64::from(source.u16(self.header + 26)?);
        let extra = u64::from(source.u16(self.header + 28)?);
        Ok(end + name + extra)
    }

    /// The bytes of the member, cut to so many.
    pub(super) fn read(&self, source: &mut Source, most: usize) -> Result<Vec<u8>, Stop> {
        let at = self.start(source)?;
        match self.method {
            0 => source.bytes(at, self.size.min(most as u64) as usize),
            8 => {
                // Deflate shrinks to a thousandth at most, so the room that is taken is bounded by `most`.
                let packed = source.bytes(at, self.packed.min(most as u64) as usize)?;
                let mut bytes = Vec::new();
                let inflated =
                    DeflateDecoder::new(packed.as_slice()).take(most as u64).read_to_end(&mut bytes);
                // A member that is cut gives what stands before the cut.
                if inflated.is_err() && bytes.is_empty() {
                    return Stop::odd("a member of the archive cannot be unpacked");
                }
                Ok(bytes)
            }
            method => Stop::odd(format!("a member of the archive is packed by method {method}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Scratch, zipped};
    use super::*;

    #[test]
    fn members_are_listed_and_read_behind_a_program_too() {
        let plain = zipped(&[("a/data.pkl", b"stored", false), ("b.json", b"{\"packed\":1}", true)]);
        let behind = [b"#!/bin/sh\nexit\n".as_slice(), &plain].concat();
        for bytes in [plain, behind] {
            let dir = Scratch::new("zip");
            let path = dir.put("a.zip", &bytes);
            let mut source = Source::open(&path).unwrap();
            let members = members(&mut source).unwrap().unwrap();
            assert_eq!(members.iter().map(|m| m.name.as_str()).collect::<Vec<_>>(), ["a/data.pkl", "b.json"]);
            assert_eq!(members[0].read(&mut source, 99).unwrap(), b"stored");
            assert_eq!(members[1].read(&mut source, 99).unwrap(), b"{\"packed\":1}");
            assert!(members[0].stored(&mut source).unwrap().is_some());
        }
    }

    #[test]
    fn the_record_for_large_archives_behind_a_small_one() {
        let plain = zipped(&[("a/data.pkl", b"stored", false)]);
        let end = plain.len() - 22;
        let start = u64::from(u32::from_le_bytes(plain[end + 16..end + 20].try_into().unwrap()));
        let mut bytes = plain[..end].to_vec();
        bytes.extend(0x0606_4b50u32.to_le_bytes());
        bytes.extend([0; 28]);
        for number in [1, end as u64 - start, start] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend(0x0706_4b50u32.to_le_bytes());
        bytes.extend([0; 4]);
        bytes.extend((end as u64).to_le_bytes());
        bytes.extend([1, 0, 0, 0]);
        bytes.extend(&plain[end..]);
        for bytes in [bytes.clone(), [b"a program".as_slice(), &bytes].concat()] {
            let dir = Scratch::new("zip-wide");
            let mut source = Source::open(dir.put("a.zip", &bytes)).unwrap();
            let members = members(&mut source).unwrap().unwrap();
            assert_eq!(members[0].read(&mut source, 99).unwrap(), b"stored");
        }
    }

    #[test]
    fn claims_and_cuts_end_in_an_error() {
        let whole = zipped(&[("a/data.pkl", b"stored", false), ("b.json", b"{}", true)]);
        let dir = Scratch::new("zip-cut");
        for end in 0..whole.len() {
            let path = dir.put("a.zip", &whole[..end]);
            let mut source = Source::open(&path).unwrap();
            assert!(!matches!(members(&mut source), Ok(Some(m)) if m.len() == 2), "{end}");
        }
        // A million members claimed in the wide record, and a position beyond everything.
        let mut wide = vec![0u8; 100];
        wide.extend(0x0606_4b50u32.to_le_bytes());
        wide.extend([0; 28]);
        for number in [1_000_000u64, 46_000_000, u64::MAX] {
            wide.extend(number.to_le_bytes());
        }
        wide.extend(0x0706_4b50u32.to_le_bytes());
        wide.extend([0; 4]);
        wide.extend(100u64.to_le_bytes());
        wide.extend([1, 0, 0, 0]);
        wide.extend(b"PK\x05\x06\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0");
        let mut source = Source::open(dir.put("w.zip", &wide)).unwrap();
        assert!(matches!(members(&mut source), Err(Stop::Odd(m)) if m.contains("1000000")));
        // Every single byte changed: errors are fine, panics and long loops are not.
        for index in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[index] ^= 0xff;
            let mut source = Source::open(dir.put("x.zip", &bytes)).unwrap();
            for member in members(&mut source).ok().flatten().unwrap_or_default() {
                member.read(&mut source, 99).ok();
            }
        }
    }
}
