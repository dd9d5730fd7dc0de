//! Bytes that can be read from any place: a file on disk, a part of one, or a buffer.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use sha1::{Digest as _, Sha1};

/// Where bytes lie.
#[derive(Debug)]
enum Backing {
    /// A file, with handles that nobody uses at the moment.
    File { path: PathBuf, idle: Mutex<Vec<File>> },
    /// A buffer.
    Memory(Vec<u8>),
}

/// A run of bytes of a file or of a buffer.
#[derive(Debug, Clone)]
pub(super) struct Slice {
    backing: Arc<Backing>,
    start: u64,
    len: u64,
}

impl Slice {
    /// A whole file.
    pub(super) fn file(path: &Path) -> io::Result<Slice> {
        let file = File::open(path).inspect_err(|_| super::trace::note(path))?;
        let meta = file.metadata()?;
        super::trace::note_open(path, &meta);
        if !meta.is_file() {
            return Err(io::Error::other("it is no regular file"));
        }
        let idle = Mutex::new(vec![file]);
        let backing = Arc::new(Backing::File { path: path.to_path_buf(), idle });
        Ok(Slice { backing, start: 0, len: meta.len() })
    }

    /// A buffer.
    pub(super) fn memory(bytes: Vec<u8>) -> Slice {
        let len = bytes.len() as u64;
        Slice { backing: Arc::new(Backing::Memory(bytes)), start: 0, len }
    }

    /// The head of a file that passes by: so long as the file is, and without the bytes behind the head.
    pub(super) fn head(bytes: Vec<u8>, len: u64) -> Slice {
        Slice { backing: Arc::new(Backing::Memory(bytes)), start: 0, len }
    }

    /// A part of it; none where that leads beyond the end.
    pub(super) fn part(&self, offset: u64, len: u64) -> Option<Slice> {
        let end = offset.checked_add(len)?;
        (end <= self.len).then(|| Slice { backing: self.backing.clone(), start: self.start + offset, len })
    }

    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// Whether the bytes stay readable at no cost in memory.
    pub(super) fn durable(&self) -> bool {
        matches!(*self.backing, Backing::File { .. })
    }

    pub(super) fn reader(&self) -> io::Result<Reader> {
        let file = match &*self.backing {
            Backing::Memory(_) => None,
            Backing::File { path, idle } => {
                let idle = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
                let mut file = match idle {
                    Some(file) => file,
                    None => File::open(path)?,
                };
                file.seek(SeekFrom::Start(self.start))?;
                Some(file)
            }
        };
        Ok(Reader { slice: self.clone(), file, at: 0 })
    }

    /// The SHA-1 of all its bytes; none where they cannot be read.
    pub(super) fn sha1(&self) -> Option<String> {
        let mut reader = self.reader().ok()?;
        let mut state = Sha1::new();
        let mut part = vec![0u8; 128 << 10];
        loop {
            match reader.read(&mut part).ok()? {
                0 => break,
                count => state.update(&part[..count]),
            }
        }
        Some(state.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// So many bytes from an offset, fewer where the end comes first.
    pub(super) fn read(&self, offset: u64, len: u64) -> io::Result<Vec<u8>> {
        let offset = offset.min(self.len);
        let len = len.min(self.len - offset);
        let mut reader = self.reader()?;
        reader.seek(SeekFrom::Start(offset))?;
        let mut bytes = Vec::with_capacity(usize::try_from(len).unwrap_or(0));
        reader.take(len).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

/// Reads a slice from its start.
#[derive(Debug)]
pub(crate) struct Reader {
    slice: Slice,
    file: Option<File>,
    at: u64,
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.slice.len.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let most = buffer.len().min(left);
        let count = match (&*self.slice.backing, &mut self.file) {
            (Backing::Memory(bytes), _) => {
                let from = usize::try_from(self.slice.start + self.at).unwrap_or(usize::MAX);
                let held = bytes.get(from..).unwrap_or_default();
                let count = most.min(held.len());
                buffer[..count].copy_from_slice(&held[..count]);
                count
            }
            (Backing::File { .. }, Some(file)) => file.read(&mut buffer[..most])?,
            (Backing::File { .. }, None) => 0,
        };
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for Reader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => self.slice.len.checked_add_signed(by),
        };
        let at = at.ok_or_else(|| io::Error::other("a position before the start"))?;
        if let Some(file) = &mut self.file {
            file.seek(SeekFrom::Start(self.slice.start.saturating_add(at)))?;
        }
        self.at = at;
        Ok(at)
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        if let (Backing::File { idle, .. }, Some(file)) = (&*self.slice.backing, self.file.take()) {
            idle.lock().unwrap_or_else(PoisonError::into_inner).push(file);
        }
    }
}
