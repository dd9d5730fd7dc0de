//! Packages of npm as its clients cache them: npm's and pnpm's stores by checksum, Yarn's archives by name and version.
//!
//! A store by checksum is asked only for what the lockfile states a checksum of, so nothing has to be listed, and a file
//! that another one was put in place of gives another name or version and is passed over.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use licit_model::Component;
use serde::Deserialize;

use super::folder::{Folder, Form};
use super::{Caches, bytes, names_of};
use crate::tree::Spot;

/// Bytes of a list of a package's files.
const LIST_LIMIT: usize = 32 << 20;

/// Where the clients keep what they downloaded.
pub(super) struct Stores {
    root: Spot,
    /// `_cacache/content-v2/sha512` of npm.
    npm: Option<PathBuf>,
    /// The folders `v3`, `v10` … of pnpm's stores, newest first.
    pnpm: Vec<Store>,
    /// Yarn's archives outside the tree.
    yarn: Archives,
    /// Those in folders of the tree, as they were listed.
    in_tree: Mutex<HashMap<String, Arc<Archives>>>,
}

/// One of pnpm's stores.
struct Store {
    folder: PathBuf,
    /// Where it keeps the lists of packages' files.
    lists: PathBuf,
    /// Version 10 moved the lists out of the files and cut the checksum.
    named: bool,
    /// The folders there, by the first two digits of the checksum: most of a lockfile is in no store, and this tells so
    /// without a look at the disk.
    heads: HashSet<String>,
}

impl Store {
    fn new(version: u32, folder: PathBuf) -> Store {
        let named = version >= 10;
        let lists = folder.join(if named { "index" } else { "files" });
        let heads = names_of(&lists).into_iter().collect();
        Store { folder, lists, named, heads }
    }
}

/// Archives by `name-npm-version`.
type Archives = HashMap<String, Spot>;

/// What was found, or what is wrong with it.
pub(super) type Cached = Result<(Folder, String), (String, String)>;

impl Stores {
    pub(super) fn new(root: impl Into<Spot>, caches: &Caches) -> Stores {
        let npm = caches.npm_cache.as_ref().map(|c| c.join("_cacache/content-v2/sha512"));
        let mut pnpm: Vec<(u32, PathBuf)> = Vec::new();
        for store in &caches.pnpm_stores {
            for name in names_of(store) {
                if let Some(version) = name.strip_prefix('v').and_then(|v| v.parse().ok()) {
                    pnpm.push((version, store.join(name)));
                }
            }
        }
        pnpm.sort_by(|a, b| b.cmp(a));
        Stores {
            root: root.into(),
            npm: npm.filter(|n| n.is_dir()),
            pnpm: pnpm.into_iter().map(|(version, store)| Store::new(version, store)).collect(),
            yarn: caches.yarn_caches.iter().flat_map(|c| archives(&Spot::from(c))).collect(),
            in_tree: Mutex::default(),
        }
    }

    /// Whether there is any place to look in.
    pub(super) fn any(&self) -> bool {
        self.npm.is_some() || !self.pnpm.is_empty() || !self.yarn.is_empty()
    }

    /// The copies of a package that lie in a cache, the nearest first. Each is opened only when the one before it was of
    /// no use.
    pub(super) fn copies<'s>(&'s self, component: &'s Component) -> impl Iterator<Item = Cached> + 's {
        let sums = || component.hashes.iter().filter(|h| h.algorithm == "SHA-512" && h.hex.len() == 128);
        let yarn = std::iter::once_with(|| self.yarn_copy(component)).flatten();
        let pnpm = sums().flat_map(|sum| self.pnpm.iter().filter_map(|s| pnpm_copy(s, &sum.hex, component)));
        let npm = sums().filter_map(|sum| npm_copy(self.npm.as_ref()?, &sum.hex));
        yarn.chain(pnpm).chain(npm)
    }

    fn yarn_copy(&self, component: &Component) -> Option<Cached> {
        let key = format!("{}-npm-{}", component.name.replace('/', "-"), component.version);
        let form = Form::Zip(format!("node_modules/{}", component.name));
        let open = |archive: &Spot, shown: String| match Folder::packed(
            archive.clone(),
            form.clone(),
            "package.json",
        ) {
            Ok(folder) => Ok((folder, shown)),
            Err(error) => Err((shown, error)),
        };
        for location in &component.locations {
            let Some((dir, _)) = location.path.rsplit_once('/').or(Some(("", &location.path))) else {
                continue;
            };
            let shown = if dir.is_empty() { ".yarn/cache".to_string() } else { format!("{dir}/.yarn/cache") };
            if let Some(archive) = self.tree(&shown).get(&key) {
                let name = archive.name();
                return Some(open(archive, format!("{shown}/{name}")));
            }
        }
        let archive = self.yarn.get(&key)?;
        let name = archive.name();
        Some(open(archive, format!("~/.yarn/berry/cache/{name}")))
    }

    /// The archives of a folder in the tree. Links are not followed, since they may lead out of it.
    fn tree(&self, shown: &str) -> Arc<Archives> {
        let mut listed = self.in_tree.lock().unwrap_or_else(PoisonError::into_inner);
        let list = listed.entry(shown.to_string()).or_insert_with(|| {
            let dir = self.root.join(shown);
            let above = shown.rsplit_once('/').map_or("", |(above, _)| above);
            let inside = dir.is_plain_dir() && self.root.join(above).is_plain_dir();
            let mut found = if inside { archives(&dir) } else { Archives::new() };
            found.retain(|_, file| file.is_plain_file());
            Arc::new(found)
        });
        Arc::clone(list)
    }
}

/// `name-npm-version-<hash>-<hash>.zip`, by what stands before the hashes.
fn archives(dir: &Spot) -> Archives {
    let mut names = names_of(dir);
    names.sort();
    let mut found = Archives::new();
    for name in names {
        let stem = name.strip_suffix(".zip").and_then(|s| s.rsplit_once('-'));
        if let Some((key, _)) =
            stem.and_then(|(rest, _)| rest.rsplit_once('-')).filter(|(k, _)| k.contains("-npm-"))
        {
            found.entry(key.to_string()).or_insert_with(|| dir.join(&name));
        }
    }
    found
}

/// npm's store: the archive as it was downloaded, by its checksum.
fn npm_copy(store: &Path, hex: &str) -> Option<Cached> {
    let (a, b, rest) = (hex.get(..2)?, hex.get(2..4)?, hex.get(4..)?);
    let archive = Spot::from(store.join(a).join(b).join(rest));
    if !archive.is_file() {
        return None;
    }
    let shown = format!("~/.npm/_cacache/content-v2/sha512/{a}/{b}/{}…", rest.get(..8)?);
    Some(match Folder::packed(archive, Form::TarGz, "package.json") {
        Ok(folder) => Ok((folder, shown)),
        Err(error) => Err((shown, error)),
    })
}

/// The list that pnpm keeps of a package's files.
#[derive(Deserialize)]
struct Listing {
    files: BTreeMap<String, Listed>,
}

#[derive(Deserialize)]
struct Listed {
    integrity: String,
}

/// pnpm's store: every file by its own checksum, and a list of them by that of the archive.
fn pnpm_copy(store: &Store, hex: &str, component: &Component) -> Option<Cached> {
    let (head, rest) = (hex.get(..2)?, hex.get(2..)?);
    if !store.heads.contains(head) {
        return None;
    }
    let plain = |c: char| if r#"\/:*?"<>|"#.contains(c) { '+' } else { c };
    let id: String = format!("{}@{}", component.name, component.version).chars().map(plain).collect();
    let name =
        if store.named { format!("{}-{id}.json", rest.get(..62)?) } else { format!("{rest}-index.json") };
    let list = bytes(&store.lists.join(head).join(name), LIST_LIMIT)?;
    let version = store.folder.file_name().unwrap_or_default().to_string_lossy();
    let shown = format!("pnpm/store/{version}/{id}");
    let Ok(listing) = serde_json::from_slice::<Listing>(&list) else {
        return Some(Err((shown, "cannot be read: its list of files is no JSON".to_string())));
    };
    let files = listing.files.into_iter().filter_map(|(name, listed)| {
        let hex = hex_of(listed.integrity.strip_prefix("sha512-")?)?;
        let at = store.folder.join("files").join(hex.get(..2)?);
        // A file that may be run has a store of its own.
        let (file, run) = (at.join(hex.get(2..)?), at.join(format!("{}-exec", hex.get(2..)?)));
        Some((name, if file.is_file() { file } else { run }))
    });
    Some(Ok((Folder::Listed(files.collect()), shown)))
}

/// Base64 as hexadecimal digits; none where it is no checksum of 64 bytes.
fn hex_of(base64: &str) -> Option<String> {
    use std::fmt::Write as _;
    let mut hex = String::with_capacity(128);
    let (mut word, mut bits) = (0u32, 0);
    for byte in base64.trim_end_matches('=').bytes().take(128) {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        word = (word << 6 | u32::from(value)) & 0xffff;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            // Writing to a text cannot fail.
            let _ = write!(hex, "{:02x}", word >> bits & 0xff);
        }
    }
    (hex.len() == 128).then_some(hex)
}

#[cfg(test)]
mod tests {
    use super::super::folder::tests::{component, scratch, write_tar_gz, write_zip};
    use super::super::npm::Copies;
    use super::super::{Content, Looked, Missed};
    use super::*;
    use crate::walk::Walked;
    use licit_model::{Hash, Location};

    fn look(root: &Path, caches: &Caches, component: &Component) -> Looked {
        let mut looked = Looked::default();
        Copies::new(root, &Walked::default(), caches).look(0, component, &[], false, &mut looked);
        looked
    }

    fn said(looked: &Looked) -> Vec<String> {
        let words = |f: &super::super::Fact| match &f.content {
            Content::Field(raw) => format!("{}: {}", f.location.path, raw.text),
            Content::Text(text) | Content::Prose(_, text) | Content::Known(_, text) => {
                format!("{}: {text}", f.location.path)
            }
        };
        looked.facts.iter().map(words).collect()
    }

    const MANIFEST: &[u8] = br#"{"name": "@s/a", "version": "1.0.0", "license": "ISC"}"#;

    #[test]
    fn npm_keeps_archives_by_checksum() {
        let dir = scratch("cacache");
        let hex = "ab".repeat(64);
        let at = format!("_cacache/content-v2/sha512/ab/ab/{}", "ab".repeat(62));
        write_tar_gz(&dir.join(&at), &[("package/package.json", MANIFEST), ("package/LICENSE", b"words")]);
        let caches = Caches { npm_cache: Some(dir.clone()), ..Caches::default() };
        let mut a = component("@s/a", "1.0.0");
        assert!(matches!(&look(&dir, &caches, &a).missed[0].1, Missed::NoCopy(_)));
        a.hashes.push(Hash { algorithm: "SHA-512".to_string(), hex });
        let shown = "~/.npm/_cacache/content-v2/sha512/ab/ab/abababab…";
        assert_eq!(
            said(&look(&dir, &caches, &a)),
            [format!("{shown}/package.json: ISC"), format!("{shown}/LICENSE: words")]
        );
        // The bytes of another package under the same checksum say nothing of this one.
        let mut other = component("b", "1.0.0");
        other.hashes.clone_from(&a.hashes);
        assert!(look(&dir, &caches, &other).facts.is_empty());
        std::fs::write(dir.join(&at), b"cut").unwrap();
        assert!(matches!(&look(&dir, &caches, &a).missed[0].1, Missed::Damaged(..)));
        std::fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn pnpm_keeps_files_by_checksum() {
        let dir = scratch("pnpm");
        let sum = |n: u8| (format!("{}==", "A".repeat(86)).replacen('A', &char::from(n).to_string(), 1), n);
        let hex = |text: &str| hex_of(text).unwrap();
        let ((manifest, _), (license, _)) = (sum(b'B'), sum(b'C'));
        let file = |store: &str, text: &str, content: &[u8]| {
            let hex = hex(text);
            let at = dir.join(store).join("files").join(&hex[..2]);
            std::fs::create_dir_all(&at).unwrap();
            std::fs::write(at.join(&hex[2..]), content).unwrap();
        };
        let list = format!(
            r#"{{"name":"@s/a","files":{{"package.json":{{"integrity":"sha512-{manifest}","mode":420}},
                "LICENSE":{{"integrity":"sha512-{license}"}},"lib/LICENSE":{{"integrity":"sha512-{license}"}}}}}}"#
        );
        let tarball = "cd".repeat(64);
        let caches = Caches { pnpm_stores: vec![dir.clone()], ..Caches::default() };
        let mut a = component("@s/a", "1.0.0");
        a.hashes.push(Hash { algorithm: "SHA-512".to_string(), hex: tarball.clone() });
        for (store, list_at) in [
            ("v3", format!("v3/files/cd/{}-index.json", &tarball[2..])),
            ("v10", format!("v10/index/cd/{}-@s+a@1.0.0.json", &tarball[2..64])),
        ] {
            file(store, &manifest, MANIFEST);
            file(store, &license, b"words");
            let at = dir.join(&list_at);
            std::fs::create_dir_all(at.parent().unwrap()).unwrap();
            std::fs::write(&at, &list).unwrap();
            let shown = format!("pnpm/store/{store}/@s+a@1.0.0");
            let expected = [format!("{shown}/package.json: ISC"), format!("{shown}/LICENSE: words")];
            assert_eq!(said(&look(&dir, &caches, &a)), expected);
        }
        assert_eq!(hex_of("AAAA"), None);
        std::fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn yarn_keeps_archives_by_name_and_version() {
        let dir = scratch("berry");
        let files: [(&str, &[u8]); 2] =
            [("node_modules/@s/a/package.json", MANIFEST), ("node_modules/@s/a/LICENSE.md", b"words")];
        let name = "@s-a-npm-1.0.0-0123456789-10c0.zip";
        write_zip(&dir.join("web/.yarn/cache").join(name), &files);
        write_zip(&dir.join("global").join(name), &files);
        let caches = Caches { yarn_caches: vec![dir.join("global")], ..Caches::default() };
        let mut a = component("@s/a", "1.0.0");
        let from = |a: &Component, caches: &Caches| said(&look(&dir, caches, a)).first().cloned();
        assert_eq!(from(&a, &caches), Some(format!("~/.yarn/berry/cache/{name}/package.json: ISC")));
        assert_eq!(from(&a, &Caches::default()), None);
        a.locations.push(Location::new("web/yarn.lock", Some(1)));
        assert_eq!(from(&a, &caches), Some(format!("web/.yarn/cache/{name}/package.json: ISC")));
        a.version = "1.0.1".to_string();
        assert_eq!(from(&a, &caches), None);
        std::fs::remove_dir_all(dir).unwrap();
    }
}
