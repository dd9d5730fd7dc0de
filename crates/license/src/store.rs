//! The local license database: one read-only file from package and version to what is said of its license.
//!
//! All of it is pure over bytes, and whoever calls reads and writes the files. Mapping a file into memory would need
//! `unsafe` (somebody else may cut the file meanwhile), which this repository forbids, so a database is read whole.
//!
//! # The file
//!
//! Numbers are little-endian. A header of 48 bytes has the mark `licit-db`, the format's number, and the counts and
//! lengths of what follows: the words (expressions and sources, sorted), the values (distinct lists of statements, the
//! most frequent first, so that most versions name theirs in one byte), an index from the hash of a package's name to its
//! block, and blocks of 16 packages in the order of their names, front-coded, each with its versions. The last 132 bytes are a SHA-256 over everything before them, and an
//! Ed25519 signature over that sum with the signer's key, or zeros.

use std::collections::BTreeSet;

use licit_model::found::RawLicenseKind;
use licit_model::{Location, Method, Purl};

use crate::conclude::{Statement, read_expression};
use crate::expression::Expr;
use crate::know::{Knowledge, version_order};

mod history;
mod read;
mod sign;
mod write;

pub use history::{is_newer, newest, relicensing};
pub use read::{Database, Entries};
pub use sign::{PublicKey, SecretKey, sign};
pub use write::Builder;

/// The first bytes of a database.
pub const MARK: &[u8; 8] = b"licit-db";

/// The format that this program writes and reads.
pub const FORMAT: u32 = 1;

/// Bytes before the first section.
const HEADER: usize = 48;

/// Checksum, whether it is signed, the signer's key, the signature.
const FOOTER: usize = 32 + 4 + 32 + 64;

/// Packages of a block, and versions between two places from which reading can begin.
const BLOCK: usize = 16;

/// Packages of a bucket of the index, on average.
const PER_BUCKET: u32 = 4;

/// Blocks that the index can number.
const MOST_BLOCKS: u32 = (1 << 24) - 1;

/// Bytes of a package's key; longer names belong to no registry.
const LONGEST_KEY: usize = 1024;

/// Bytes of a version.
const LONGEST_VERSION: usize = 512;

/// Bytes of an expression or a source; longer ones are texts and no names.
const LONGEST_WORDS: usize = 1024;

/// Why a database could not be written, read or trusted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Another sort of file.
    #[error("this is no license database: it does not begin with `licit-db`")]
    NoDatabase,
    /// Written by another release.
    #[error("this database has format {0}, and format {FORMAT} is read; build it anew")]
    Format(u32),
    /// Cut or with something behind its end.
    #[error("the file has {found} bytes and its header speaks of {expected}; it is cut or damaged")]
    Length {
        /// By the header.
        expected: u64,
        /// What is there.
        found: u64,
    },
    /// The bytes are not those that were written.
    #[error("the checksum does not fit the content; the file is damaged")]
    Checksum,
    /// The checksum fits, so somebody wrote it like this.
    #[error("the content is malformed: {0}")]
    Malformed(&'static str),
    /// More than the format can hold.
    #[error("too much for one database: {0}")]
    TooLarge(&'static str),
    /// A key that cannot be read.
    #[error("this is no Ed25519 {0} key: {1}")]
    Key(&'static str, &'static str),
    /// Nobody signed it.
    #[error("the database is not signed")]
    Unsigned,
    /// Somebody else signed it.
    #[error("the database is signed, but by another key: {0}")]
    OtherKey(String),
    /// The signature is not the signer's.
    #[error("the signature does not fit the content")]
    Signature,
}

/// Where a statement comes from, the nearest to the package first: of those that agree, the first is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// The manifest inside the package.
    Manifest,
    /// A license text inside the package.
    Text,
    /// An earlier scan.
    Scan,
    /// A ClearlyDefined definition.
    ClearlyDefined,
    /// An export of deps.dev.
    DepsDev,
    /// An SBOM that somebody handed in.
    Sbom,
}

impl Origin {
    /// All of them, in the order of their numbers in the file.
    pub const ALL: [Origin; 6] =
        [Origin::Manifest, Origin::Text, Origin::Scan, Origin::ClearlyDefined, Origin::DepsDev, Origin::Sbom];
}

/// One statement on the license of one version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Said {
    /// An SPDX expression in canonical spelling where the words are one for sure, else the words themselves.
    pub expression: String,
    /// What sort of source.
    pub origin: Origin,
    /// Which one, in words.
    pub source: String,
}

/// One version of one package.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// As [`key`] writes it.
    pub package: String,
    /// Never empty.
    pub version: String,
    /// At least one; several where sources do not agree.
    pub said: Vec<Said>,
}

/// Versions of a package, one behind the other, of which the same is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    /// What is said; statements that do not agree apply together where they can be read.
    pub expression: String,
    /// The oldest known version.
    pub first: String,
    /// The newest known version.
    pub last: String,
    /// How many versions are known.
    pub versions: usize,
}

/// Under which words a package is filed: `type/namespace/name`, decoded.
///
/// None for what a name and a version do not identify: a fork from a repository, an archive from anywhere, a package of
/// another registry. The license of a namesake would be a guess.
pub fn key(purl: &Purl) -> Option<String> {
    let elsewhere = ["vcs_url", "download_url", "repository_url", "file_name"];
    if purl.qualifiers.keys().any(|q| elsewhere.contains(&q.as_str())) || purl.kind == "generic" {
        return None;
    }
    let namespace = purl.namespace.as_deref().unwrap_or("");
    let mut key = String::with_capacity(purl.kind.len() + namespace.len() + purl.name.len() + 2);
    for part in [purl.kind.as_ref(), namespace].into_iter().filter(|part| !part.is_empty()) {
        key.push_str(part);
        key.push('/');
    }
    key.push_str(&purl.name);
    if purl.kind == "nuget" {
        // Its registry does not tell capitals apart, and its clients write both.
        key = key.to_lowercase();
    }
    (key.len() <= LONGEST_KEY).then_some(key)
}

/// The hash that the index is built by: FNV-1a, mixed so that every bit counts.
fn hash(key: &str) -> u64 {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    let hash = key.bytes().fold(0xcbf2_9ce4_8422_2325, step);
    (hash ^ (hash >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// The bucket of a hash, by its upper half.
fn bucket(hash: u64, buckets: u32) -> u32 {
    (((hash >> 32) * u64::from(buckets)) >> 32) as u32
}

/// The version as it is filed, with its package.
fn filed<'p>(purl: &'p Purl) -> Option<(String, std::borrow::Cow<'p, str>)> {
    let version = purl.version.as_deref().filter(|v| !v.is_empty() && v.len() <= LONGEST_VERSION)?;
    let version = if purl.kind == "nuget" { version.to_lowercase().into() } else { version.into() };
    Some((key(purl)?, version))
}

/// The words that are kept of a license field: an SPDX expression where they are one for sure, so that two spellings
/// are one statement, else the words, to be read again by the rules of the day. None where nothing is said.
fn words(text: &str, know: &Knowledge) -> Option<String> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let nothing = ["", "noassertion", "none", "unknown", "non-standard", "other"];
    if nothing.contains(&text.to_ascii_lowercase().as_str()) || text.len() > LONGEST_WORDS {
        return None;
    }
    // A classifier is weaker than a field even where it names one license, so it stays one.
    if is_classifier(&text) {
        return Some(text);
    }
    let reading = read_expression(&text, know);
    let canonical = reading.expr.filter(|_| reading.sure).map(|e| e.to_string());
    Some(canonical.filter(|c| c.len() <= LONGEST_WORDS).unwrap_or(text))
}

fn is_classifier(text: &str) -> bool {
    text.starts_with("License ::")
}

impl Said {
    /// As a statement of the ladder; `file` names the database.
    fn statement(&self, file: &str) -> Statement {
        let classifier = is_classifier(&self.expression);
        Statement::Field {
            method: Method::Database,
            location: Location::new(format!("{file} ({})", self.source), None),
            text: self.expression.clone(),
            kind: if classifier { RawLicenseKind::Classifier } else { RawLicenseKind::Expression },
        }
    }
}

impl Database {
    /// What is said of a package, as statements of the ladder; empty where nothing is known. `file` is what the database
    /// is called in evidence.
    pub fn statements(&self, purl: &Purl, file: &str) -> Result<Vec<Statement>, StoreError> {
        let said = self.lookup(purl)?;
        let sources: BTreeSet<&str> = said.iter().map(|s| s.source.as_str()).collect();
        if sources.len() > 1 && !said.iter().all(|s| Expr::parse(&s.expression).is_some()) {
            // Within one package a sure field rules out an unsure one; between sources it must not, or what one of them
            // says of a GPL would be lost beside the MIT of another.
            let part = |s: &Said| format!("({})", s.expression);
            let expression = said.iter().map(part).collect::<Vec<_>>().join(" AND ");
            let source = sources.into_iter().collect::<Vec<_>>().join(", ");
            return Ok(vec![Said { expression, origin: Origin::Sbom, source }.statement(file)]);
        }
        Ok(said.iter().map(|said| said.statement(file)).collect())
    }

    /// What is said of a package at its version.
    pub fn lookup(&self, purl: &Purl) -> Result<Vec<Said>, StoreError> {
        match filed(purl) {
            Some((package, version)) => self.get(&package, &version),
            None => Ok(Vec::new()),
        }
    }

    /// The licenses of a package over its known versions, the oldest first. A license that comes back is a period of
    /// its own.
    pub fn history(&self, purl: &Purl) -> Result<Vec<Period>, StoreError> {
        let Some(package) = key(purl) else { return Ok(Vec::new()) };
        let mut versions = self.versions(&package)?;
        versions.sort_by(|(a, _), (b, _)| version_order(a, b).then_with(|| a.cmp(b)));
        let mut periods: Vec<Period> = Vec::new();
        for (version, said) in versions {
            let expression = together(&said);
            match periods.last_mut() {
                Some(period) if period.expression == expression => {
                    period.last = version;
                    period.versions += 1;
                }
                _ => periods.push(Period { expression, first: version.clone(), last: version, versions: 1 }),
            }
        }
        Ok(periods)
    }

    /// Where the license of a package changes: each version from which another one holds, with that one, the oldest
    /// known version first. Empty where all known versions say the same.
    pub fn relicensed(&self, purl: &Purl) -> Result<Vec<(String, String)>, StoreError> {
        let periods = self.history(purl)?;
        if periods.len() < 2 {
            return Ok(Vec::new());
        }
        Ok(periods.into_iter().map(|p| (p.first, p.expression)).collect())
    }
}

/// Several statements in one line: all apply where they are expressions, else they are listed.
pub fn together(said: &[Said]) -> String {
    let words: BTreeSet<&str> = said.iter().map(|s| s.expression.as_str()).collect();
    if words.len() > 1 {
        let read: Option<Vec<Expr>> = words.iter().map(|w| Expr::parse(w)).collect();
        if let Some(exprs) = read {
            return Expr::all(exprs).to_string();
        }
    }
    words.into_iter().collect::<Vec<_>>().join(" / ")
}

#[cfg(test)]
mod tests;
