//! What earlier scans found out: which licenses a text states, and what the copies of packages in caches say.
//!
//! A license text that many scans meet is identified once, and a copy that did not change is not opened again. Both lie
//! in files of the user's cache folder, see [`crate::records`].

use std::borrow::Cow;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::{SystemTime, UNIX_EPOCH};

use licit_inventory::installed::{Memory, TextKey};
use licit_license::identify::{Identified, identify};

use crate::records::{Records, key};

/// Bytes of answers about texts. One takes about 300.
const TEXTS: usize = 64 << 20;

/// Bytes of answers about copies. One takes about 900.
const COPIES: usize = 32 << 20;

/// First bytes of the files; the last one is the version of their form.
const TEXTS_MAGIC: &[u8; 8] = b"LICITTX\x01";
const COPIES_MAGIC: &[u8; 8] = b"LICITCP\x01";

/// The state of the code and the rules: another one may answer in another way.
const CODE: &str = env!("LICIT_CODE");

/// A file system may not tell two changes apart that are closer than this, in seconds.
const TICK: i64 = 3;

/// What is known from earlier scans.
#[derive(Debug, Default)]
pub(crate) struct Remembered {
    folder: Option<std::path::PathBuf>,
    texts: Records,
    /// Opened ahead, or where the first copy is asked for.
    copies: OnceLock<Records>,
    /// When this was opened, in seconds since 1970.
    opened: i64,
}

impl Remembered {
    /// Reads what earlier scans left in a folder; without a folder nothing is remembered.
    pub(crate) fn open(folder: Option<&Path>) -> Remembered {
        let Some(folder) = folder else { return Remembered::default() };
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
        Remembered {
            folder: Some(folder.to_path_buf()),
            texts: Records::open(&folder.join("texts.bin"), TEXTS_MAGIC, CODE, TEXTS),
            copies: OnceLock::new(),
            opened: i64::try_from(now).unwrap_or(0),
        }
    }

    /// Which licenses a text states, remembered or found now.
    pub(crate) fn identify(&self, text: &str) -> Arc<Identified> {
        if !self.texts.is_open() {
            return Arc::new(identify(text));
        }
        let key = key(text);
        if let Some(known) = self.text(&key) {
            return known;
        }
        let identified = Arc::new(identify(text));
        if let Ok(answer) = serde_json::to_vec(identified.as_ref()) {
            self.texts.put(key, answer);
        }
        identified
    }

    /// Which licenses the text of a key states, if it was identified before.
    pub(crate) fn text(&self, key: &TextKey) -> Option<Arc<Identified>> {
        serde_json::from_slice(self.texts.get(key)?).ok().map(Arc::new)
    }

    /// Whether nothing restricts the license in words that were read before, told by everything that the reading depends
    /// on.
    pub(crate) fn is_harmless(&self, words: &[&str]) -> bool {
        self.folder.is_some() && self.copies().get(&key(&harmless(words))).is_some()
    }

    /// Keeps that nothing restricts the license in words.
    pub(crate) fn keep_harmless(&self, words: &[&str]) {
        self.copies().put(key(&harmless(words)), Vec::new());
    }

    /// Adds what this run found to the files.
    pub(crate) fn keep(&self) {
        self.texts.keep();
        if let Some(copies) = self.copies.get() {
            copies.keep();
        }
    }

    /// Reads what will be asked for, where there is a folder.
    pub(crate) fn prepare(&self) {
        if self.folder.is_some() {
            self.copies();
        }
    }

    fn copies(&self) -> &Records {
        self.copies.get_or_init(|| match &self.folder {
            Some(folder) => Records::open(&folder.join("copies.bin"), COPIES_MAGIC, CODE, COPIES),
            None => Records::default(),
        })
    }
}

fn harmless(words: &[&str]) -> String {
    format!("nothing restricts\0{}", words.join("\0"))
}

impl Memory for Remembered {
    fn recall(&self, name: &str) -> Option<Cow<'_, [u8]>> {
        self.copies().get(&key(name)).map(Cow::Borrowed)
    }

    fn keep(&self, name: &str, answer: Vec<u8>) {
        self.copies().put(key(name), answer);
    }

    fn key(&self, text: &str) -> TextKey {
        key(text)
    }

    fn knows(&self, key: &TextKey) -> bool {
        self.texts.get(key).is_some()
    }

    fn settled(&self) -> i64 {
        self.opened - TICK
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

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
        assert_eq!(second.texts.len(), 3);
        assert_eq!(texts.iter().map(|t| second.identify(t)).collect::<Vec<_>>(), answers);
        assert_eq!(second.texts.added(), 0);
        // What comes later is added to what is there.
        second.identify("other words");
        second.keep();
        assert_eq!(Remembered::open(Some(&dir)).texts.len(), 4);
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
        assert_eq!(none.texts.added(), 0);
        // A folder that cannot be made harms nothing.
        let file = scratch("file");
        fs::write(&file, b"no folder").unwrap();
        let nowhere = Remembered::open(Some(&file));
        assert_eq!(nowhere.identify(TAGGED).expression.as_deref(), Some("MIT"));
        nowhere.keep();
        fs::remove_file(file).unwrap();
    }
}
