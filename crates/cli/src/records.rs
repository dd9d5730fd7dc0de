//! Answers by the hash of what they answer, in one file of the user's cache folder.
//!
//! The file belongs to one state of what answers, and what is damaged counts as not there: at worst a question is
//! answered again. Who can write to the folder can forge answers, as who can write to a package manager's cache can.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use sha2::{Digest as _, Sha256};

/// Bytes before an answer: its key, its length and its checksum.
const HEAD: usize = 16 + 4 + 8;

/// The hash of a question.
pub(crate) type Key = [u8; 16];

/// What one file holds, and what is to be added to it.
#[derive(Debug, Default)]
pub(crate) struct Records {
    file: Option<PathBuf>,
    /// What the file begins with.
    header: Vec<u8>,
    /// Bytes that the file may have, in memory and on disk.
    limit: usize,
    bytes: Vec<u8>,
    /// Where an answer stands in `bytes`, with its checksum.
    known: HashMap<Key, (usize, usize, u64)>,
    /// Answers that this run found, by key, so that the file does not depend on who was first.
    fresh: Mutex<BTreeMap<Key, Vec<u8>>>,
}

impl Records {
    /// Reads what earlier scans left in a file; `magic` names its form, `state` that of what answers.
    pub(crate) fn open(file: &Path, magic: &[u8; 8], state: &str, limit: usize) -> Records {
        let mut header = magic.to_vec();
        header.extend_from_slice(&Sha256::digest(state)[..8]);
        let mut bytes = Vec::new();
        if let Ok(opened) = fs::File::open(file) {
            let size = opened.metadata().map_or(0, |m| m.len().min(limit as u64));
            bytes.reserve_exact(usize::try_from(size).unwrap_or(0) + 1);
            let read = opened.take(limit as u64).read_to_end(&mut bytes);
            if read.is_err() {
                bytes.clear();
            }
        }
        let known = records(&bytes, &header).collect();
        Records { file: Some(file.to_path_buf()), header, limit, bytes, known, fresh: Mutex::default() }
    }

    /// Whether answers are kept at all.
    pub(crate) fn is_open(&self) -> bool {
        self.file.is_some()
    }

    /// The answer to a question, if it was answered before and is whole.
    pub(crate) fn get(&self, key: &Key) -> Option<&[u8]> {
        let (from, to, sum) = *self.known.get(key)?;
        self.bytes.get(from..to).filter(|bytes| checksum(bytes) == sum)
    }

    /// Keeps an answer.
    pub(crate) fn put(&self, key: Key, answer: Vec<u8>) {
        if self.is_open() {
            self.fresh.lock().unwrap_or_else(PoisonError::into_inner).insert(key, answer);
        }
    }

    /// Adds what this run found to the file. A folder that cannot be written costs time, not the scan.
    pub(crate) fn keep(&self) {
        let fresh = std::mem::take(&mut *self.fresh.lock().unwrap_or_else(PoisonError::into_inner));
        let (Some(file), false) = (&self.file, fresh.is_empty()) else { return };
        let mut new = self.header.clone();
        for (key, answer) in &fresh {
            let length = u32::try_from(answer.len()).unwrap_or(u32::MAX);
            if new.len() + HEAD + answer.len() <= self.limit {
                new.extend_from_slice(key);
                new.extend_from_slice(&length.to_le_bytes());
                new.extend_from_slice(&checksum(answer).to_le_bytes());
                new.extend_from_slice(answer);
            }
        }
        // What is older comes last, so that it falls out first.
        for (key, (from, to, _)) in records(&self.bytes, &self.header) {
            if new.len() + HEAD + (to - from) > self.limit {
                break;
            }
            if !fresh.contains_key(&key) {
                new.extend_from_slice(&self.bytes[from - HEAD..to]);
            }
        }
        write(file, &new).ok();
    }

    /// How many answers there are.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.known.len()
    }

    /// How many answers this run added.
    #[cfg(test)]
    pub(crate) fn added(&self) -> usize {
        self.fresh.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

/// The records of a file in their order; none where it belongs to another state.
fn records(bytes: &[u8], header: &[u8]) -> impl Iterator<Item = (Key, (usize, usize, u64))> {
    let mut at = if bytes.starts_with(header) { header.len() } else { bytes.len() };
    std::iter::from_fn(move || {
        let head = bytes.get(at..at + HEAD)?;
        let key: Key = head.get(..16)?.try_into().ok()?;
        let length = u32::from_le_bytes(head.get(16..20)?.try_into().ok()?) as usize;
        let sum = u64::from_le_bytes(head.get(20..28)?.try_into().ok()?);
        let from = at + HEAD;
        let to = from.checked_add(length).filter(|to| *to <= bytes.len())?;
        at = to;
        Some((key, (from, to, sum)))
    })
}

/// The key of a question.
pub(crate) fn key(question: &str) -> Key {
    let mut key = Key::default();
    key.copy_from_slice(&Sha256::digest(question)[..16]);
    key
}

fn checksum(bytes: &[u8]) -> u64 {
    let mut sum = [0; 8];
    sum.copy_from_slice(&Sha256::digest(bytes)[..8]);
    u64::from_le_bytes(sum)
}

/// Writes beside the file and renames, so that a reader sees the old one or the new one.
fn write(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    let beside = file.with_extension(format!("{}.new", std::process::id()));
    let written = fs::write(&beside, bytes).and_then(|()| fs::rename(&beside, file));
    if written.is_err() {
        fs::remove_file(&beside).ok();
    }
    written
}
