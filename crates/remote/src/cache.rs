//! Answers kept on disk: one file an address, written whole or not at all.
//!
//! A file is one line of JSON (address, status, tag, hash of the rest) and then the body. Addresses carry no
//! credentials (see `Endpoint::parse`), and headers of requests are not kept.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// A folder of answers.
#[derive(Debug, Clone)]
pub(crate) struct Cache {
    dir: PathBuf,
}

/// One answer that was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kept {
    /// 200 or 404.
    pub(crate) status: u16,
    /// What the server calls this state of the page.
    pub(crate) etag: Option<String>,
    /// The page.
    pub(crate) body: Vec<u8>,
    /// How long ago it was last confirmed.
    pub(crate) age: Duration,
}

/// Makes the names of unfinished files differ within this process.
static UNFINISHED: AtomicU64 = AtomicU64::new(0);

impl Cache {
    pub(crate) fn new(dir: PathBuf) -> Self {
        Cache { dir }
    }

    fn path(&self, url: &str) -> PathBuf {
        let name = hex(&Sha256::digest(url.as_bytes()));
        let (folder, rest) = name.split_at(2);
        self.dir.join(folder).join(rest)
    }

    /// The answer that was kept for an address; none where there is none or the file is damaged.
    pub(crate) fn read(&self, url: &str, most: u64) -> Option<Kept> {
        let path = self.path(url);
        let meta = fs::metadata(&path).ok()?;
        // A file that somebody else blew up is not read.
        if !meta.is_file() || meta.len() > most.saturating_add(1 << 16) {
            return None;
        }
        let bytes = fs::read(&path).ok()?;
        let end = bytes.iter().position(|b| *b == b'\n')?;
        let head: Value = serde_json::from_slice(bytes.get(..end)?).ok()?;
        let body = bytes.get(end + 1..)?.to_vec();
        let text = |key: &str| head.get(key).and_then(Value::as_str);
        if text("url") != Some(url) || text("sha256") != Some(hex(&Sha256::digest(&body)).as_str()) {
            return None;
        }
        let status = u16::try_from(head.get("status")?.as_u64()?).ok()?;
        // A file from the future, by a clock that was set back, counts as old.
        let age = meta.modified().ok().and_then(|at| SystemTime::now().duration_since(at).ok());
        Some(Kept { status, etag: text("etag").map(str::to_string), body, age: age.unwrap_or(Duration::MAX) })
    }

    /// Keeps an answer. A full or read-only disk costs the cache, not the scan.
    pub(crate) fn write(&self, url: &str, status: u16, etag: Option<&str>, body: &[u8]) {
        let path = self.path(url);
        let Some(folder) = path.parent() else { return };
        let number = UNFINISHED.fetch_add(1, Ordering::Relaxed);
        let unfinished = folder.join(format!("{}.{number}.part", std::process::id()));
        let head = json!({
            "url": url, "status": status, "etag": etag, "sha256": hex(&Sha256::digest(body)),
        });
        let write = || -> std::io::Result<()> {
            fs::create_dir_all(folder)?;
            let mut file = fs::File::create(&unfinished)?;
            writeln!(file, "{head}")?;
            file.write_all(body)?;
            drop(file);
            fs::rename(&unfinished, &path)
        };
        if write().is_err() {
            let _ = fs::remove_file(&unfinished);
        }
    }

    /// Marks an answer as confirmed now.
    pub(crate) fn confirm(&self, url: &str, kept: &Kept) {
        self.write(url, kept.status, kept.etag.as_deref(), &kept.body);
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_file_is_no_answer() {
        let dir = std::env::temp_dir().join(format!("licit-cache-{}", std::process::id()));
        let cache = Cache::new(dir.clone());
        cache.write("http://a.example/x", 200, Some("\"1\""), b"body\nmore");
        let kept = cache.read("http://a.example/x", 100).unwrap();
        assert_eq!(
            (kept.status, kept.etag.as_deref(), kept.body.as_slice()),
            (200, Some("\"1\""), &b"body\nmore"[..])
        );
        assert_eq!(cache.read("http://a.example/y", 100), None);
        let path = cache.path("http://a.example/x");
        let mut bytes = fs::read(&path).unwrap();
        bytes.pop();
        fs::write(&path, bytes).unwrap();
        assert_eq!(cache.read("http://a.example/x", 100), None);
        fs::remove_dir_all(dir).unwrap();
    }
}
