//! Answers about texts that were identified before, in one file of the user's cache folder.
//!
//! A license text that many scans meet is identified once. The key is the hash of the text, the file belongs to one
//! state of the index and the code, and what is damaged counts as not there: at worst a text is identified again. Who
//! can write to the folder can forge answers, as who can write to a package manager's cache can.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use licit_license::identify::{Identified, identify, version};
use sha2::{Digest as _, Sha256};

/// Bytes of the file, in memory and on disk. An answer takes about 300.
const LIMIT: usize = 64 << 20;

/// First bytes of the file; the last one is the version of its form.
const MAGIC: &[u8; 8] = b"LICITTX\x01";

/// Bytes before an answer: the text's key, the answer's length and its checksum.
const HEAD: usize = 16 + 4 + 8;

type Key = [u8; 16];

/// What is known of texts that were seen before.
#[derive(Default)]
pub(crate) struct Remembered {
    file: Option<PathBuf>,
    bytes: Vec<u8>,
    /// Where an answer stands in `bytes`, with its checksum.
    known: HashMap<Key, (usize, usize, u64)>,
    /// Answers that this run found, by key, so that the file does not depend on who was first.
    fresh: Mutex<BTreeMap<Key, Vec<u8>>>,
}

impl Remembered {
    /// Reads what earlier scans left in a folder; without a folder nothing is remembered.
    pub(crate) fn open(folder: Option<&Path>) -> Remembered {
        let Some(folder) = folder else { return Remembered::default() };
        let file = folder.join("texts.bin");
        let mut bytes = Vec::new();
        if let Ok(opened) = fs::File::open(&file) {
            let read = opened.take(LIMIT as u64).read_to_end(&mut bytes);
            if read.is_err() {
                bytes.clear();
            }
        }
        let known = records(&bytes).collect();
        Remembered { file: Some(file), bytes, known, fresh: Mutex::default() }
    }

    /// Which licenses a text states, remembered or found now.
    pub(crate) fn identify(&self, text: &str) -> Arc<Identified> {
        if self.file.is_none() {
            return Arc::new(identify(text));
        }
        let key = key(text);
        if let Some(known) = self.known.get(&key).and_then(|at| self.answer(*at)) {
            return Arc::new(known);
        }
        let identified = Arc::new(identify(text));
        if let Ok(answer) = serde_json::to_vec(identified.as_ref()) {
            self.fresh.lock().unwrap_or_else(PoisonError::into_inner).insert(key, answer);
        }
        identified
    }

    fn answer(&self, (from, to, sum): (usize, usize, u64)) -> Option<Identified> {
        let bytes = self.bytes.get(from..to)?;
        if checksum(bytes) != sum {
            return None;
        }
        serde_json::from_slice(bytes).ok()
    }

    /// Adds what this run found to the file. A folder that cannot be written costs time, not the scan.
    pub(crate) fn keep(&self) {
        let fresh = std::mem::take(&mut *self.fresh.lock().unwrap_or_else(PoisonError::into_inner));
        let (Some(file), false) = (&self.file, fresh.is_empty()) else { return };
        let mut new = header();
        for (key, answer) in &fresh {
            let length = u32::try_from(answer.len()).unwrap_or(u32::MAX);
            if new.len() + HEAD + answer.len() <= LIMIT {
                new.extend_from_slice(key);
                new.extend_from_slice(&length.to_le_bytes());
                new.extend_from_slice(&checksum(answer).to_le_bytes());
                new.extend_from_slice(answer);
            }
        }
        // What is older comes last, so that it falls out first.
        for (key, (from, to, _)) in records(&self.bytes) {
            if new.len() + HEAD + (to - from) > LIMIT {
                break;
            }
            if !fresh.contains_key(&key) {
                new.extend_from_slice(&self.bytes[from - HEAD..to]);
            }
        }
        write(file, &new).ok();
    }
}

/// The records of a file in their order; none where it belongs to another state of the index.
fn records(bytes: &[u8]) -> impl Iterator<Item = (Key, (usize, usize, u64))> {
    let header = header();
    let mut at = if bytes.starts_with(&header) { header.len() } else { bytes.len() };
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

/// What a file of this state of index and code begins with.
fn header() -> Vec<u8> {
    let mut header = MAGIC.to_vec();
    header.extend_from_slice(&Sha256::digest(version())[..8]);
    header
}

fn key(text: &str) -> Key {
    let mut key = Key::default();
    key.copy_from_slice(&Sha256::digest(text)[..16]);
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

#[cfg(test)]
mod tests {
    use super::*;

    fn scratch(name: &str) -> PathBuf {
        let dir = std::env::temp_dir().join(format!("licit-remembered-{name}-{}", std::process::id()));
        fs::remove_dir_all(&dir).ok();
        dir
    }

    const TAGGED: &str = "SPDX-License-Identifier: MIT\n";

    #[test]
    fn an_answer_is_remembered_as_it_was() {
        let dir = scratch("same");
        let first = Remembered::open(Some(&dir));
        let texts = [TAGGED, "SPDX-License-Identifier: GPL-2.0-only\nMore words.", "nothing legal"];
        let answers: Vec<_> = texts.iter().map(|t| first.identify(t)).collect();
        first.keep();
        let second = Remembered::open(Some(&dir));
        assert_eq!(second.known.len(), 3);
        assert_eq!(texts.iter().map(|t| second.identify(t)).collect::<Vec<_>>(), answers);
        assert!(second.fresh.lock().unwrap().is_empty());
        // What comes later is added to what is there.
        second.identify("other words");
        second.keep();
        assert_eq!(Remembered::open(Some(&dir)).known.len(), 4);
        assert_eq!(fs::read_dir(&dir).unwrap().count(), 1);
        fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn what_is_damaged_is_not_there() {
        let dir = scratch("damaged");
        let first = Remembered::open(Some(&dir));
        let (plain, tagged) = (first.identify("nothing legal"), first.identify(TAGGED));
        first.keep();
        let file = dir.join("texts.bin");
        let whole = fs::read(&file).unwrap();
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x20;
            fs::write(&file, &bytes).unwrap();
            let damaged = Remembered::open(Some(&dir));
            assert_eq!(
                (damaged.identify("nothing legal"), damaged.identify(TAGGED)),
                (plain.clone(), tagged.clone())
            );
            fs::write(&file, &whole[..at]).unwrap();
            assert_eq!(Remembered::open(Some(&dir)).identify(TAGGED), tagged);
        }
        fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn without_a_folder_nothing_is_written() {
        let none = Remembered::open(None);
        none.identify(TAGGED);
        none.keep();
        assert!(none.fresh.lock().unwrap().is_empty());
        // A folder that cannot be made harms nothing.
        let file = scratch("file");
        fs::write(&file, b"no folder").unwrap();
        let nowhere = Remembered::open(Some(&file));
        assert_eq!(nowhere.identify(TAGGED).expression.as_deref(), Some("MIT"));
        nowhere.keep();
        fs::remove_file(file).unwrap();
    }
}
