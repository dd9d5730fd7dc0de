//! The folder of a package: an unpacked folder, or an archive that is read in memory and never unpacked to disk.
//!
//! Archives come from caches and from scanned trees, so they may be hostile: size, inflated size, ratio and number of
//! entries are limited, and one that is cut or goes beyond a limit counts as damaged, not as half a copy.

use std::collections::BTreeMap;
use std::io::{self, BufReader, Read};
use std::path::PathBuf;

use flate2::read::GzDecoder;

use super::{MANIFEST_LIMIT, bytes, names_of, prose};
use crate::tree::{Reader, Spot};
use crate::walk::is_license_name;

/// Bytes of an archive that is opened at all.
const PACKED_LIMIT: u64 = 256 << 20;

/// Bytes that an archive may inflate to.
const INFLATED_LIMIT: u64 = 256 << 20;

/// How many times its size an archive may inflate to, once it is past [`RATIO_FROM`]; text rarely shrinks to a tenth.
const RATIO_LIMIT: u64 = 250;

/// Small archives of blank files may have any ratio.
const RATIO_FROM: u64 = 1 << 20;

/// Entries of an archive that are looked at.
const ENTRIES_LIMIT: usize = 100_000;

/// Files of an archive that are kept.
const KEPT_LIMIT: usize = 64;

/// Where the files of one package lie.
pub(super) enum Folder {
    /// In a folder.
    OnDisk(PathBuf),
    /// In a folder of the scanned tree.
    At(Spot),
    /// In an archive.
    Packed(Packed),
    /// Anywhere, each file by its path below the package's folder.
    Listed(BTreeMap<String, PathBuf>),
}

/// An archive, of which manifest, license texts and README are held.
pub(super) struct Packed {
    archive: Spot,
    form: Form,
    /// By path below the package's folder.
    files: BTreeMap<String, Vec<u8>>,
}

/// What sort of archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Form {
    /// A gzipped tar whose files lie in one folder of any name, as registries of crates and npm packages serve it.
    TarGz,
    /// A zip whose files lie below this folder; an empty name is the top.
    Zip(String),
    /// A gem: a tar with the packed specification, which is held as [`GEM_SPECIFICATION`], and the packed files.
    Gem,
}

/// What the specification inside a gem is held as.
pub(super) const GEM_SPECIFICATION: &str = "metadata.gz";

impl Folder {
    /// Opens an archive and keeps the file called `manifest`, license texts and README of the package's folder. The
    /// error says what is wrong with the archive.
    pub(super) fn packed(archive: impl Into<Spot>, form: Form, manifest: &str) -> Result<Folder, String> {
        let wanted = |path: &str| {
            let top = !path.contains('/');
            top && (path == manifest || is_license_name(path) || prose::readme_rank(path).is_some())
        };
        let archive = archive.into();
        let files = open(&archive, &form, &wanted)?;
        Ok(Folder::Packed(Packed { archive, form, files }))
    }

    /// The names in the package's folder; of an archive those that are held.
    pub(super) fn names(&self) -> Vec<String> {
        match self {
            Folder::OnDisk(dir) => names_of(dir),
            Folder::At(dir) => names_of(dir),
            Folder::Packed(packed) => packed.files.keys().cloned().collect(),
            Folder::Listed(files) => files.keys().filter(|name| !name.contains('/')).cloned().collect(),
        }
    }

    /// The bytes of a file of the package, up to a limit.
    pub(super) fn bytes(&self, name: &str, limit: usize) -> Option<Vec<u8>> {
        match self {
            Folder::OnDisk(dir) => bytes(&dir.join(name), limit),
            Folder::At(dir) => bytes(&dir.join(name), limit),
            Folder::Listed(files) => bytes(files.get(name)?, limit),
            Folder::Packed(packed) => {
                let held = packed.files.get(name).cloned();
                // A manifest may name a license file that lies deeper or is called otherwise.
                let found = held.or_else(|| {
                    open(&packed.archive, &packed.form, &|path: &str| path == name).ok()?.remove(name)
                });
                found.map(|mut found| {
                    found.truncate(limit);
                    found
                })
            }
        }
    }

    /// The text of a file of the package, up to a limit of bytes.
    pub(super) fn read(&self, name: &str, limit: usize) -> Option<String> {
        self.bytes(name, limit).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// The wanted files of an archive.
fn open(
    archive: &Spot,
    form: &Form,
    wanted: &dyn Fn(&str) -> bool,
) -> Result<BTreeMap<String, Vec<u8>>, String> {
    let (file, size) = archive.open(PACKED_LIMIT)?;
    if size > PACKED_LIMIT {
        return Err(format!("has {size} bytes and was not read: {PACKED_LIMIT} is the limit"));
    }
    match form {
        Form::TarGz => tar_gz(file, size, wanted),
        Form::Zip(folder) => zip(file, folder, wanted),
        Form::Gem => gem(file, size, wanted),
    }
}

fn tar_gz(
    file: Reader,
    size: u64,
    wanted: &dyn Fn(&str) -> bool,
) -> Result<BTreeMap<String, Vec<u8>>, String> {
    let below = |path: &str| path.split_once('/').map(|(_, below)| below.to_string());
    inflate(BufReader::new(file), size, &below, wanted)
}

/// The files of a gem lie in a packed tar inside the tar, beside the packed specification.
fn gem(file: Reader, size: u64, wanted: &dyn Fn(&str) -> bool) -> Result<BTreeMap<String, Vec<u8>>, String> {
    let damaged = |e: io::Error| format!("cannot be read as a gem: {e}");
    let mut files = BTreeMap::new();
    let mut archive = tar::Archive::new(BufReader::new(file));
    let mut whole = false;
    for entry in archive.entries().map_err(damaged)?.take(KEPT_LIMIT) {
        let entry = entry.map_err(damaged)?;
        match entry.path_bytes().as_ref() {
            b"metadata.gz" if wanted(GEM_SPECIFICATION) => {
                let mut text = Vec::new();
                GzDecoder::new(entry).take(MANIFEST_LIMIT as u64).read_to_end(&mut text).map_err(damaged)?;
                files.entry(GEM_SPECIFICATION.to_string()).or_insert(text);
            }
            b"data.tar.gz" => {
                let top = |path: &str| Some(path.to_string());
                let not_specification = |path: &str| path != GEM_SPECIFICATION && wanted(path);
                for (name, content) in inflate(entry, size, &top, &not_specification)? {
                    files.entry(name).or_insert(content);
                }
                whole = true;
            }
            _ => {}
        }
    }
    if whole { Ok(files) } else { Err("cannot be read as a gem: it holds no files".to_string()) }
}

/// The wanted files of a gzipped tar; `below` gives the path within the package's folder.
fn inflate(
    packed: impl Read,
    size: u64,
    below: &dyn Fn(&str) -> Option<String>,
    wanted: &dyn Fn(&str) -> bool,
) -> Result<BTreeMap<String, Vec<u8>>, String> {
    let most = size.saturating_mul(RATIO_LIMIT).clamp(RATIO_FROM, INFLATED_LIMIT);
    let inflated = Bounded { inner: GzDecoder::new(packed), left: most };
    let mut archive = tar::Archive::new(inflated);
    let mut files = BTreeMap::new();
    let damaged = |e: io::Error| format!("cannot be read as a gzipped tar: {e}");
    for (count, entry) in archive.entries().map_err(damaged)?.enumerate() {
        let entry = entry.map_err(damaged)?;
        if count >= ENTRIES_LIMIT {
            return Err(format!("has more than {ENTRIES_LIMIT} entries"));
        }
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let Some(below) = below(path.trim_start_matches("./")) else { continue };
        if files.len() < KEPT_LIMIT && wanted(&below) {
            let mut content = Vec::new();
            entry.take(MANIFEST_LIMIT as u64).read_to_end(&mut content).map_err(damaged)?;
            // The first of two entries of one name is the one that a reader of the index would show.
            files.entry(below).or_insert(content);
        }
    }
    // The checksum stands behind everything.
    io::copy(&mut archive.into_inner(), &mut io::sink()).map_err(damaged)?;
    Ok(files)
}

fn zip(
    file: Reader,
    folder: &str,
    wanted: &dyn Fn(&str) -> bool,
) -> Result<BTreeMap<String, Vec<u8>>, String> {
    let damaged = |e: zip::result::ZipError| format!("cannot be read as a zip: {e}");
    let mut archive = zip::ZipArchive::new(BufReader::new(file)).map_err(damaged)?;
    if archive.len() > ENTRIES_LIMIT {
        return Err(format!("has more than {ENTRIES_LIMIT} entries"));
    }
    let below = |name: &str| match folder {
        "" => Some(name.to_string()),
        folder => Some(name.strip_prefix(folder)?.strip_prefix('/')?.to_string()),
    };
    let mut names: Vec<String> = archive.file_names().map(str::to_string).collect();
    names.retain(|name| below(name).is_some_and(|below| wanted(&below)));
    names.sort();
    let mut files = BTreeMap::new();
    for name in names.into_iter().take(KEPT_LIMIT) {
        let entry = archive.by_name(&name).map_err(damaged)?;
        if !entry.is_file() {
            continue;
        }
        // What is inflated is cut, so the ratio of a member cannot hurt.
        let mut content = Vec::new();
        let read = entry.take(MANIFEST_LIMIT as u64).read_to_end(&mut content);
        read.map_err(|e| format!("cannot be read as a zip: {e}"))?;
        if let Some(below) = below(&name) {
            files.insert(below, content);
        }
    }
    Ok(files)
}

/// A reader that fails where it gives more than it may, instead of pretending that the end came.
struct Bounded<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        match self.left.checked_sub(count as u64) {
            Some(left) => self.left = left,
            None => return Err(io::Error::other("it inflates to more than it may")),
        }
        Ok(count)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use std::fs::File;
    use std::io::Write as _;
    use std::path::Path;

    /// A folder of its own below the system's temporary folder, emptied first.
    pub(in crate::installed) fn scratch(name: &str) -> PathBuf {
        let dir = std::env::temp_dir().join(format!("licit-folder-{name}-{}", std::process::id()));
        std::fs::remove_dir_all(&dir).ok();
        std::fs::create_dir_all(&dir).unwrap();
        dir
    }

    /// A third party's package of which no more than name and version are known.
    pub(in crate::installed) fn component(name: &str, version: &str) -> licit_model::Component {
        licit_model::Component {
            id: name.to_string(),
            purl: None,
            ecosystem: None,
            kind: licit_model::Kind::Library,
            name: name.to_string(),
            version: version.to_string(),
            requested: None,
            scope: licit_model::Scope::Runtime,
            relationship: licit_model::Relationship::Direct,
            first_party: false,
            locations: Vec::new(),
            source: licit_model::Source::Unknown,
            hashes: Vec::new(),
            licenses: licit_model::Licenses::default(),
            freshness: None,
            model: None,
        }
    }

    pub(in crate::installed) fn write_tar_gz(path: &Path, files: &[(&str, &[u8])]) {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let gzip = flate2::write::GzEncoder::new(File::create(path).unwrap(), flate2::Compression::default());
        let mut tar = tar::Builder::new(gzip);
        for (name, content) in files {
            let mut header = tar::Header::new_gnu();
            header.set_size(content.len() as u64);
            header.set_mode(0o644);
            tar.append_data(&mut header, name, *content).unwrap();
        }
        tar.into_inner().unwrap().finish().unwrap();
    }

    /// A gem with a specification and files.
    pub(in crate::installed) fn write_gem(path: &Path, specification: &str, files: &[(&str, &[u8])]) {
        use flate2::{Compression, write::GzEncoder};
        let packed = |content: &[u8]| {
            let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
            gzip.write_all(content).unwrap();
            gzip.finish().unwrap()
        };
        let tar = |files: &[(&str, &[u8])]| {
            let mut tar = tar::Builder::new(Vec::new());
            for (name, content) in files {
                let mut header = tar::Header::new_gnu();
                header.set_size(content.len() as u64);
                header.set_mode(0o644);
                tar.append_data(&mut header, name, *content).unwrap();
            }
            tar.into_inner().unwrap()
        };
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let (metadata, data) = (packed(specification.as_bytes()), packed(&tar(files)));
        std::fs::write(path, tar(&[("metadata.gz", &metadata), ("data.tar.gz", &data)])).unwrap();
    }

    pub(in crate::installed) fn write_zip(path: &Path, files: &[(&str, &[u8])]) {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let mut zip = zip::ZipWriter::new(File::create(path).unwrap());
        for (name, content) in files {
            zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            zip.write_all(content).unwrap();
        }
        zip.finish().unwrap();
    }

    #[test]
    fn an_archive_gives_what_a_folder_gives() {
        let dir = scratch("tar");
        let path = dir.join("a-1.0.0.crate");
        let files: [(&str, &[u8]); 5] = [
            ("a-1.0.0/Cargo.toml", b"[package]"),
            ("a-1.0.0/LICENSE", b"words"),
            ("a-1.0.0/src/LICENSE", b"not of the package"),
            ("a-1.0.0/legal/terms.txt", b"terms"),
            ("LICENSE", b"beside the package"),
        ];
        write_tar_gz(&path, &files);
        let copy = Folder::packed(path.clone(), Form::TarGz, "Cargo.toml").ok().unwrap();
        assert_eq!(copy.names(), ["Cargo.toml", "LICENSE"]);
        assert_eq!(copy.read("LICENSE", 3).as_deref(), Some("wor"));
        assert_eq!(copy.read("legal/terms.txt", 99).as_deref(), Some("terms"));
        assert_eq!(copy.read("nothing", 99), None);
        // A cut archive is damaged.
        let whole = std::fs::read(&path).unwrap();
        for end in [0, 1, 10, whole.len() / 2, whole.len() - 9] {
            std::fs::write(&path, &whole[..end]).unwrap();
            assert!(Folder::packed(path.clone(), Form::TarGz, "Cargo.toml").is_err(), "{end}");
        }
        std::fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn a_zip_is_read_below_its_folder() {
        let dir = scratch("zip");
        let path = dir.join("v1.0.0.zip");
        write_zip(
            &path,
            &[("m.example/a@v1.0.0/LICENSE", b"words"), ("m.example/a@v1.0.0/x/LICENSE", b"no")],
        );
        let form = Form::Zip("m.example/a@v1.0.0".to_string());
        let copy = Folder::packed(path.clone(), form.clone(), "go.mod").ok().unwrap();
        assert_eq!(copy.names(), ["LICENSE"]);
        let whole = std::fs::read(&path).unwrap();
        for end in 0..whole.len() {
            std::fs::write(&path, &whole[..end]).unwrap();
            assert!(Folder::packed(path.clone(), form.clone(), "go.mod").is_err(), "{end}");
        }
        std::fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn a_bomb_is_refused() {
        let dir = scratch("bomb");
        let path = dir.join("b-1.0.0.crate");
        let zeros = vec![0u8; 64 << 20];
        write_tar_gz(&path, &[("b-1.0.0/LICENSE", b"MIT"), ("b-1.0.0/x", &zeros)]);
        let error = Folder::packed(path, Form::TarGz, "Cargo.toml").err().unwrap();
        assert!(error.contains("more than it may"), "{error}");
        std::fs::remove_dir_all(dir).unwrap();
    }
}
