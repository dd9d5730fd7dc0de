//! Reads a few bytes here and there of files that may be very large: nothing is read that was not asked for.

use std::io::{Read as _, Seek as _, SeekFrom};

use crate::tree::{Reader, Spot};

/// Bytes that are fetched from the disk at a time.
const BLOCK: usize = 16 << 10;

/// Blocks that are held; headers jump between a table and what it points to.
const HELD: usize = 6;

/// Bytes of one file that are fetched at all. The largest honest headers are those of GGUF files with big vocabularies,
/// which have some ten million bytes.
const BUDGET: u64 = 192 << 20;

/// Bytes of a file that has to be unpacked before its header can be read at any place.
const UNPACKED: u64 = 256 << 20;

/// Why a header could not be read to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stop {
    /// The file ends before what it announces.
    Cut,
    /// It breaks a rule of its format.
    Odd(String),
    /// The disk says no.
    Disk(String),
}

impl Stop {
    /// A broken rule.
    pub(super) fn odd<T>(message: impl Into<String>) -> Result<T, Stop> {
        Err(Stop::Odd(message.into()))
    }

    /// For people.
    pub(super) fn message(&self) -> String {
        match self {
            Stop::Cut => "the file ends before its header does".to_string(),
            Stop::Odd(message) => message.clone(),
            Stop::Disk(message) => format!("could not be read: {message}"),
        }
    }
}

/// A file, or the part of one in which a member of an archive lies as it is.
pub(super) struct Source {
    file: Reader,
    base: u64,
    len: u64,
    left: u64,
    blocks: Vec<(u64, Vec<u8>)>,
    oldest: usize,
}

impl Source {
    /// Opens a regular file, on disk or in a tree that lies in no folder.
    pub(super) fn open(at: impl Into<Spot>) -> Result<Source, Stop> {
        let spot = at.into();
        // A pipe would block for ever, and a link may lead out of the tree.
        if !spot.is_plain_file() {
            return Stop::odd("it is no regular file");
        }
        let (file, len) = spot.open(UNPACKED).map_err(Stop::Disk)?;
        Ok(Source { file, base: 0, len, left: BUDGET, blocks: Vec::new(), oldest: 0 })
    }

    /// Bytes of the file, or of the part.
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// From now on only this part is seen, counted from its start.
    pub(super) fn narrow(&mut self, at: u64, len: u64) -> Result<(), Stop> {
        if at.checked_add(len).is_none_or(|end| end > self.len) {
            return Err(Stop::Cut);
        }
        self.base += at;
        self.len = len;
        self.blocks.clear();
        Ok(())
    }

    fn block(&mut self, number: u64) -> Result<&[u8], Stop> {
        if let Some(index) = self.blocks.iter().position(|(n, _)| *n == number) {
            return Ok(&self.blocks[index].1);
        }
        let at = number * BLOCK as u64;
        let want = (self.len - at).min(BLOCK as u64);
        self.left = match self.left.checked_sub(want) {
            Some(left) => left,
            None => return Stop::odd("its header is too long to be read"),
        };
        let disk = |e: std::io::Error| Stop::Disk(e.to_string());
        let mut bytes = Vec::with_capacity(want as usize);
        self.file.seek(SeekFrom::Start(self.base + at)).map_err(disk)?;
        self.file.by_ref().take(want).read_to_end(&mut bytes).map_err(disk)?;
        let index = if self.blocks.len() < HELD {
            self.blocks.push((number, bytes));
            self.blocks.len() - 1
        } else {
            self.oldest = (self.oldest + 1) % HELD;
            self.blocks[self.oldest] = (number, bytes);
            self.oldest
        };
        Ok(&self.blocks[index].1)
    }

    /// Fills a buffer from a position.
    pub(super) fn fill(&mut self, at: u64, into: &mut [u8]) -> Result<(), Stop> {
        if at.checked_add(into.len() as u64).is_none_or(|end| end > self.len) {
            return Err(Stop::Cut);
        }
        let mut done = 0;
        while done < into.len() {
            let position = at + done as u64;
            let within = (position % BLOCK as u64) as usize;
            let block = self.block(position / BLOCK as u64)?;
            let part = block.get(within..).unwrap_or_default();
            let count = part.len().min(into.len() - done);
            if count == 0 {
                return Err(Stop::Cut);
            }
            into[done..done + count].copy_from_slice(&part[..count]);
            done += count;
        }
        Ok(())
    }

    /// So many bytes; the room for them is only taken when the file has them.
    pub(super) fn bytes(&mut self, at: u64, len: usize) -> Result<Vec<u8>, Stop> {
        if at.checked_add(len as u64).is_none_or(|end| end > self.len) {
            return Err(Stop::Cut);
        }
        let mut bytes = vec![0; len];
        self.fill(at, &mut bytes)?;
        Ok(bytes)
    }

    /// At most so many bytes from a position: fewer where the file ends.
    pub(super) fn head(&mut self, at: u64, most: usize) -> Result<Vec<u8>, Stop> {
        let len = self.len.saturating_sub(at).min(most as u64) as usize;
        if len == 0 { Ok(Vec::new()) } else { self.bytes(at, len) }
    }

    /// Text, cut to so many bytes; what is no UTF-8 becomes replacement characters.
    pub(super) fn text(&mut self, at: u64, len: u64, most: usize) -> Result<String, Stop> {
        if at.checked_add(len).is_none_or(|end| end > self.len) {
            return Err(Stop::Cut);
        }
        let bytes = self.bytes(at, len.min(most as u64) as usize)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// One byte.
    pub(super) fn u8(&mut self, at: u64) -> Result<u8, Stop> {
        let mut bytes = [0; 1];
        self.fill(at, &mut bytes)?;
        Ok(bytes[0])
    }

    /// Little-endian, as nearly all of these formats are.
    pub(super) fn u16(&mut self, at: u64) -> Result<u16, Stop> {
        let mut bytes = [0; 2];
        self.fill(at, &mut bytes)?;
        Ok(u16::from_le_bytes(bytes))
    }

    /// Little-endian.
    pub(super) fn u32(&mut self, at: u64) -> Result<u32, Stop> {
        let mut bytes = [0; 4];
        self.fill(at, &mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    /// Little-endian.
    pub(super) fn u64(&mut self, at: u64) -> Result<u64, Stop> {
        let mut bytes = [0; 8];
        self.fill(at, &mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    /// Gives the open file up, for readers that take a whole stream; positions of a narrowed source are lost.
    pub(super) fn into_stream(mut self, at: u64, len: u64) -> Result<std::io::Take<Reader>, Stop> {
        self.file.seek(SeekFrom::Start(self.base + at)).map_err(|e| Stop::Disk(e.to_string()))?;
        Ok(self.file.take(len))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::Scratch;
    use super::*;

    #[test]
    fn a_huge_sparse_file_costs_only_what_is_asked_for() {
        let dir = Scratch::new("source");
        let path = dir.sparse("big.bin", b"head", 40 << 30);
        let mut source = Source::open(&path).unwrap();
        assert_eq!(source.bytes(0, 4).unwrap(), b"head");
        assert_eq!(source.u64((40 << 30) - 8).unwrap(), 0);
        assert_eq!(source.u64((40 << 30) - 7), Err(Stop::Cut));
        assert_eq!(source.bytes(u64::MAX, 4), Err(Stop::Cut));
        assert_eq!(source.bytes(0, usize::MAX), Err(Stop::Cut));
        assert_eq!(source.left, BUDGET - 2 * BLOCK as u64);
        source.narrow(2, 2).unwrap();
        assert_eq!(source.head(0, 9).unwrap(), b"ad");
        assert_eq!(source.narrow(1, u64::MAX), Err(Stop::Cut));
    }

    #[test]
    fn what_is_no_file_is_not_opened() {
        let dir = Scratch::new("source-dir");
        assert!(Source::open(dir.path()).is_err());
        assert!(Source::open(dir.path().join("nothing")).is_err());
    }
}
