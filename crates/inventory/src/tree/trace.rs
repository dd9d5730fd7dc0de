//! From which files and folders of the disk an answer was read, and whether they are still the same.
//!
//! A file counts as the same while number, size, date of the last write and date of the last change of its record are
//! the same. Nobody can set the last of them, so a text that was edited in place and given its old date is told apart.
//! Who wants an answer told apart from a later one has to leave out what changed just before it was read: two writes
//! within one tick of the file system's clock look alike.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

thread_local! {
    /// What this thread has read since [`during`] began; none outside of it.
    static SEEN: RefCell<Option<Vec<Seen>>> = const { RefCell::new(None) };
}

/// A path that was looked at, links followed, and what was there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) path: PathBuf,
    pub(crate) stamp: Option<Stamp>,
}

/// Tells one state of a file or folder from another: its number, size, and seconds and nanoseconds of its last write and
/// of the last change of its record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stamp(u64, u64, i64, i64, i64, i64);

impl Stamp {
    #[cfg(unix)]
    fn of(meta: &std::fs::Metadata) -> Option<Stamp> {
        use std::os::unix::fs::MetadataExt as _;
        let (written, changed) = ((meta.mtime(), meta.mtime_nsec()), (meta.ctime(), meta.ctime_nsec()));
        Some(Stamp(meta.ino(), meta.size(), written.0, written.1, changed.0, changed.1))
    }

    /// Without a date that nobody can set nothing is told apart for sure.
    #[cfg(not(unix))]
    fn of(_: &std::fs::Metadata) -> Option<Stamp> {
        None
    }
}

impl Seen {
    /// Whether the path is as it was.
    pub(crate) fn is_same(&self) -> bool {
        match (std::fs::metadata(&self.path), self.stamp) {
            (Ok(meta), Some(stamp)) => Stamp::of(&meta) == Some(stamp),
            (Err(error), None) => error.kind() == std::io::ErrorKind::NotFound,
            _ => false,
        }
    }

    /// Whether it could be told if the path had changed after that moment, in seconds since 1970.
    fn is_older(&self, than: i64) -> bool {
        self.path.to_str().is_some() && self.stamp.is_none_or(|s| s.2 < than && s.4 < than)
    }
}

/// Runs `read` and gives what it read from the disk. None where a later change could not be told: something is younger
/// than `settled`, in seconds since 1970, or the system keeps no record that can be trusted.
pub(crate) fn during<T>(settled: i64, read: impl FnOnce() -> T) -> (T, Option<Vec<Seen>>) {
    let before = SEEN.replace(Some(Vec::new()));
    let answer = read();
    let seen = SEEN.replace(before).unwrap_or_default();
    let whole = cfg!(unix) && !seen.is_empty() && seen.iter().all(|s| s.is_older(settled));
    (answer, whole.then_some(seen))
}

/// Says that a path is about to be looked at.
pub(crate) fn note(path: &Path) {
    if is_on() {
        add(path, std::fs::metadata(path).ok().as_ref());
    }
}

/// Says that an open file is about to be read.
pub(super) fn note_open(path: &Path, meta: &std::fs::Metadata) {
    if is_on() {
        add(path, Some(meta));
    }
}

fn is_on() -> bool {
    SEEN.with_borrow(Option::is_some)
}

fn add(path: &Path, meta: Option<&std::fs::Metadata>) {
    let one = Seen { path: path.to_path_buf(), stamp: meta.and_then(Stamp::of) };
    SEEN.with_borrow_mut(|seen| {
        if let Some(seen) = seen
            && !seen.contains(&one)
        {
            seen.push(one);
        }
    });
}

#[cfg(all(test, unix))]
mod tests {
    use super::super::disk;
    use super::*;

    const LATER: i64 = i64::MAX;

    #[test]
    fn what_was_read_is_known_and_a_change_is_seen() {
        let dir = std::env::temp_dir().join(format!("licit-trace-{}", std::process::id()));
        std::fs::remove_dir_all(&dir).ok();
        std::fs::create_dir_all(&dir).unwrap();
        let (file, none) = (dir.join("LICENSE"), dir.join("COPYING"));
        std::fs::write(&file, "words").unwrap();
        let (_, seen) = during(LATER, || (disk::names(&dir), disk::bytes(&file, 9), disk::bytes(&none, 9)));
        let seen = seen.unwrap();
        assert_eq!(seen.len(), 3);
        assert!(seen.iter().all(Seen::is_same));
        // Nothing is noted outside, and what is too young is not believed.
        disk::bytes(&file, 9);
        assert!(SEEN.with_borrow(Option::is_none));
        assert!(during(0, || disk::bytes(&file, 9)).1.is_none());
        assert!(during(LATER, || ()).1.is_none());

        // The same size and the same date of the last write: only the record's own date tells.
        let times = std::fs::metadata(&file).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(20));
        std::fs::write(&file, "WORDS").unwrap();
        let opened = std::fs::File::options().write(true).open(&file).unwrap();
        opened.set_modified(times.modified().unwrap()).unwrap();
        let same: Vec<bool> = seen.iter().map(Seen::is_same).collect();
        assert_eq!(same, [true, false, true]);
        // What was not there is, and so the folder is another one, too.
        std::fs::write(&none, "").unwrap();
        assert!(seen.iter().all(|s| !s.is_same()));
        std::fs::remove_dir_all(dir).unwrap();
    }
}
