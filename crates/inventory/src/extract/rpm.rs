//! rpm's database of installed packages, in its three forms: SQLite (`rpmdb.sqlite`), its own (`Packages.db`) and a hash
//! of Berkeley DB (`Packages`).
//!
//! All three hold one header a package, whose fields are read here; the forms are in the modules below.

use std::collections::{HashMap, HashSet};

use licit_model::found::RawLicenseKind;
use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Purl, RawLicense};

use super::capabilities::{Capabilities, meet, reach_all};
use super::{Extractor, File};

mod berkeley;
pub mod manifest;
mod native;
pub mod package;
mod sqlite;

/// Reads rpm's database.
pub struct Rpm;

impl Extractor for Rpm {
    fn name(&self) -> &'static str {
        "rpm"
    }

    fn files(&self) -> &'static [&'static str] {
        &["rpmdb.sqlite", "rpm/Packages.db", "rpm/Packages"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        // A package manager touches these files before anything is installed.
        if file.bytes().is_empty() {
            return;
        }
        let blobs = if sqlite::is(file.bytes()) {
            sqlite::blobs(file.bytes())
        } else if native::is(file.bytes()) {
            native::blobs(file.bytes())
        } else if berkeley::is(file.bytes()) {
            berkeley::blobs(file.bytes())
        } else {
            found.lost(None, "this is no database of rpm that is known");
            return;
        };
        if blobs.broken > 0 {
            let what = if blobs.broken == 1 { "one entry" } else { "several entries" };
            found.lost(None, format!("{what} of rpm's database cannot be read ({})", blobs.broken));
        }
        read(&blobs.headers, found);
    }
}

/// What a form of the database gave: the bytes of each package's header, and how many could not be read.
#[derive(Debug, Default)]
struct Blobs {
    headers: Vec<Vec<u8>>,
    broken: usize,
}

/// The most bytes that all headers together may have. Those of a full workstation have some hundred million.
const ALL: usize = 1 << 30;

/// The most bytes of one header, as rpm itself has it.
const ONE: usize = 256 << 20;

/// The longest path of a file that a system takes; many names in one folder of a made-up length would have no end.
const PATH: usize = 4096;

/// The fields of a header, by tag.
struct Header<'b> {
    entries: Vec<Entry>,
    data: &'b [u8],
}

struct Entry {
    tag: u32,
    kind: u32,
    at: usize,
    count: usize,
}

/// Tags of fields.
mod tag {
    pub(super) const NAME: u32 = 1000;
    pub(super) const VERSION: u32 = 1001;
    pub(super) const RELEASE: u32 = 1002;
    pub(super) const EPOCH: u32 = 1003;
    pub(super) const VENDOR: u32 = 1011;
    pub(super) const LICENSE: u32 = 1014;
    pub(super) const ARCH: u32 = 1022;
    pub(super) const SOURCE_RPM: u32 = 1044;
    pub(super) const PROVIDE_NAME: u32 = 1047;
    pub(super) const REQUIRE_NAME: u32 = 1049;
    pub(super) const DIR_INDEXES: u32 = 1116;
    pub(super) const BASE_NAMES: u32 = 1117;
    pub(super) const DIR_NAMES: u32 = 1118;
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

impl<'b> Header<'b> {
    /// Two counts, an index of so many entries, and the data.
    fn read(blob: &'b [u8]) -> Option<Header<'b>> {
        let (count, length) = (number(blob, 0)? as usize, number(blob, 4)? as usize);
        let index = blob.get(8..8usize.checked_add(count.checked_mul(16)?)?)?;
        let data = blob.get(8 + index.len()..)?;
        let data = data.get(..length)?;
        let entry = |row: &[u8]| {
            let field = |at| number(row, at);
            Some(Entry {
                tag: field(0)?,
                kind: field(4)?,
                at: field(8)? as usize,
                count: field(12)? as usize,
            })
        };
        let entries = index.chunks_exact(16).map(entry).collect::<Option<Vec<Entry>>>()?;
        Some(Header { entries, data })
    }

    fn entry(&self, tag: u32) -> Option<&Entry> {
        self.entries.iter().find(|e| e.tag == tag)
    }

    /// The texts of a field; types 6, 8 and 9 are texts.
    fn texts(&self, tag: u32) -> impl Iterator<Item = &'b [u8]> {
        let entry = self.entry(tag).filter(|e| matches!(e.kind, 6 | 8 | 9));
        let data = entry.and_then(|e| self.data.get(e.at..)).unwrap_or_default();
        let count = entry.map_or(0, |e| if e.kind == 6 { 1 } else { e.count });
        let mut rest = Some(data);
        std::iter::from_fn(move || {
            let from = rest.filter(|r| !r.is_empty())?;
            let end = from.iter().position(|b| *b == 0).unwrap_or(from.len());
            rest = from.get(end + 1..);
            Some(&from[..end])
        })
        .take(count)
    }

    fn text(&self, tag: u32) -> String {
        let first = self.texts(tag).next().map(|t| String::from_utf8_lossy(t).into_owned());
        first.filter(|t| t != "(none)").unwrap_or_default()
    }

    /// The numbers of a field; type 4 has four bytes each.
    fn numbers(&self, tag: u32) -> impl Iterator<Item = u32> {
        let entry = self.entry(tag).filter(|e| e.kind == 4);
        let count = entry.map_or(0, |e| e.count);
        let data = entry.and_then(|e| self.data.get(e.at..)).unwrap_or_default();
        data.chunks_exact(4).take(count).filter_map(|bytes| number(bytes, 0))
    }

    /// Every file of the package.
    fn files(&self) -> impl Iterator<Item = Vec<u8>> {
        let folders: Vec<&[u8]> = self.texts(tag::DIR_NAMES).collect();
        let names = self.texts(tag::BASE_NAMES).zip(self.numbers(tag::DIR_INDEXES));
        names.filter_map(move |(name, folder)| {
            let folder = *folders.get(folder as usize)?;
            (folder.len() + name.len() <= PATH).then(|| [folder, name].concat())
        })
    }
}

fn read(blobs: &[Vec<u8>], found: &mut Found) {
    let mut headers = Vec::new();
    for blob in blobs {
        match Header::read(blob) {
            Some(header) => headers.push(header),
            None => found.lost(None, "the header of a package is damaged and was left out"),
        }
    }
    let mut kept = Vec::new();
    for header in &headers {
        let name = header.text(tag::NAME);
        // A key that signs packages is kept among them and is none.
        if name == "gpg-pubkey" {
            continue;
        }
        let (version, release) = (header.text(tag::VERSION), header.text(tag::RELEASE));
        if name.is_empty() || version.is_empty() || name.contains('/') {
            found.lost(None, "a package without a name and a version was left out");
            continue;
        }
        found.package(package(header, &name, &version, &release));
        kept.push(header);
    }
    if kept.is_empty() {
        return;
    }
    let why = "rpm's database holds every installed package and what each requires";
    found.lock(Ecosystem::Rpm, GraphDepth::Full, why);
    link(&kept, found);
}

fn package(header: &Header<'_>, name: &str, version: &str, release: &str) -> FoundPackage {
    let version = if release.is_empty() { version.to_string() } else { format!("{version}-{release}") };
    let epoch = header.numbers(tag::EPOCH).next().filter(|e| *e > 0).map(|e| e.to_string());
    let mut purl = Purl::named("rpm", name, &version)
        .with("arch", &header.text(tag::ARCH))
        .with("epoch", epoch.as_deref().unwrap_or(""))
        .with("upstream", &header.text(tag::SOURCE_RPM));
    purl.namespace = vendor(&header.text(tag::VENDOR)).map(str::to_string);
    let mut package = FoundPackage::new(purl, None);
    let license = header.text(tag::LICENSE);
    if !license.trim().is_empty() {
        let kind = RawLicenseKind::Expression;
        package.licenses.push(RawLicense { text: license.trim().to_string(), kind, line: None });
    }
    package
}

/// The distribution that a package was made for, where no file of the system names it.
fn vendor(vendor: &str) -> Option<&'static str> {
    let lower = vendor.to_lowercase();
    let known = [
        ("fedora", "fedora"),
        ("red hat", "redhat"),
        ("centos", "centos"),
        ("rocky", "rocky"),
        ("almalinux", "almalinux"),
        ("opensuse", "opensuse"),
        ("suse", "suse"),
        ("amazon", "amzn"),
        ("oracle", "ol"),
        ("microsoft", "azurelinux"),
        ("vmware", "photon"),
        ("openeuler", "openeuler"),
        ("mageia", "mageia"),
    ];
    known.iter().find(|(word, _)| lower.contains(word)).map(|(_, id)| *id)
}

fn link(headers: &[&Header<'_>], found: &mut Found) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut capabilities = Capabilities::default();
    let mut files: HashSet<Vec<u8>> = HashSet::new();
    for (index, header) in headers.iter().enumerate() {
        capabilities.is(&header.text(tag::NAME), index);
        header.texts(tag::PROVIDE_NAME).for_each(|name| capabilities.provides(&text(name), index));
        files.extend(header.texts(tag::REQUIRE_NAME).filter(|n| n.starts_with(b"/")).map(<[u8]>::to_vec));
    }
    // Packages may require a file of another one by its path.
    let mut owners: HashMap<Vec<u8>, usize> = HashMap::new();
    for (index, header) in headers.iter().enumerate().filter(|_| !files.is_empty()) {
        for file in header.files().filter(|file| files.contains(file)) {
            owners.entry(file).or_insert(index);
        }
    }
    for (file, index) in &owners {
        capabilities.provides(&text(file), *index);
    }
    for (from, header) in headers.iter().enumerate() {
        for need in header.texts(tag::REQUIRE_NAME) {
            // What rpm itself has to be able to do, and conditions of several names.
            if !need.starts_with(b"rpmlib(") && !need.starts_with(b"(") {
                meet(found, &capabilities, from, [text(need).as_str()]);
            }
        }
    }
    reach_all(found);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_that_claim_too_much() {
        assert!(Header::read(&[]).is_none());
        assert!(Header::read(&[0xFF; 64]).is_none());
        // One entry of a million texts in no data.
        let mut blob = Vec::new();
        for field in [1u32, 4, 1000, 8, 2, 1_000_000] {
            blob.extend(field.to_be_bytes());
        }
        blob.extend(b"a\0b\0");
        let header = Header::read(&blob).unwrap();
        assert_eq!(header.texts(tag::NAME).collect::<Vec<_>>(), [b"b"]);
        assert_eq!(header.numbers(tag::EPOCH).next(), None);
    }

    #[test]
    fn files_in_a_folder_of_endless_name() {
        let folder = vec![b'a'; PATH];
        let data = [b"b\0".as_slice(), &[0, 0, 0, 0], &folder, b"/\0/c/\0"].concat();
        let row = |tag, kind, at, count| [tag, kind, at, count].map(u32::to_be_bytes).concat();
        let index =
            [row(tag::BASE_NAMES, 8, 0, 1), row(tag::DIR_INDEXES, 4, 2, 1), row(tag::DIR_NAMES, 8, 6, 2)];
        let mut blob = [3u32.to_be_bytes(), (data.len() as u32).to_be_bytes()].concat();
        blob.extend(index.concat());
        blob.extend(&data);
        assert_eq!(Header::read(&blob).unwrap().files().count(), 0);
        let at = blob.len() - data.len() + 5;
        blob[at] = 1;
        assert_eq!(Header::read(&blob).unwrap().files().collect::<Vec<_>>(), [b"/c/b"]);
    }
}
