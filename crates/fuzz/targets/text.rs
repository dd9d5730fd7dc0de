//! Any bytes through the reader of one text that `LICIT_FUZZ_TEXT` names: statements of licenses, riders, clauses, databases of
//! licenses, and the configuration of licit and of package managers. Files are read elsewhere: see `file` and `tree`.
#![no_main]

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use libfuzzer_sys::fuzz_target;
use licit_comply::files::{Place, Words, read_riders};
use licit_inventory::installed::{may_restrict, passages};
use licit_license::know::passage::Page;
use licit_license::store::Database;
use licit_license::{Expr, Knowledge, debian, identify};
use licit_model::{Component, Ecosystem, Kind, Licenses, Location, Purl, Relationship, Scope, Source};
use licit_remote::config::{Trust, cargo, composer, gems, goproxy, maven, npmrc, nuget, pip};
use sha2::{Digest as _, Sha256};

// The command line is a program and no library; what reads bytes in it stands by itself.
#[allow(dead_code)]
#[path = "../../cli/src"]
mod cli {
    pub(crate) mod config;
    pub(crate) mod records;
}

use cli::{config, records};

/// One reader.
type Reader = fn(&str, &[u8]);

/// Readers by the name of what they read.
const READERS: &[(&str, Reader)] = &[
    ("debian", debian),
    ("riders", riders),
    ("clauses", clauses),
    ("passages", in_pages),
    ("names", names),
    ("database", database),
    ("records", kept),
    ("licit.toml", settings),
    ("npmrc", |text, _| drop(npmrc::read(&both(text), &variable))),
    ("pip.conf", |text, _| drop(pip::read(&[text], Some(text), Some(text), None))),
    ("cargo.toml", |text, _| drop(cargo::read(&both(text), &variable))),
    ("settings.xml", |text, _| drop(maven::read(&[text], &variable))),
    ("nuget.config", |text, _| drop(nuget::read(&both(text), &variable))),
    ("gemrc", |text, _| {
        drop(gems::read(&[text], &[text], &[("BUNDLE_MIRROR".to_string(), text.to_string())]))
    }),
    ("composer", |text, _| drop(composer::read(&both(text), &[text]))),
    ("goproxy", |text, _| {
        let read = goproxy::read(Some(text), Some(text), Some(text));
        read.is_private(text);
        goproxy::in_env_file(text, "GOPROXY");
    }),
];

fn variable(name: &str) -> Option<String> {
    (name.len() < 8).then(|| format!("${{{name}}}"))
}

fn both(text: &str) -> [(Trust, &str); 2] {
    [(Trust::User, text), (Trust::Tree, text)]
}

/// `License` fields of Debian, and the words of a `copyright` file that is not written for machines.
fn debian(text: &str, _: &[u8]) {
    let know = Knowledge::embedded();
    let (names, rest) = text.split_once('\n').unwrap_or((text, text));
    let identified = Arc::new(identify::identify(rest));
    let texts = [(names.to_ascii_lowercase(), identified.clone()), (String::new(), identified.clone())];
    for read in [
        Some(debian::read(names, &texts, know)),
        debian::read_mixed(names, know),
        debian::read_listed(names, know),
    ] {
        let Some(expression) = read.and_then(|r| r.expr).map(|e| e.to_string()) else { continue };
        assert!(Expr::parse(&expression).is_some(), "{expression:?} cannot be read again");
    }
    debian::read_prose(rest, &identified, &[names.to_string()], know);
}

/// Sentences that restrict, in a README and in fields.
fn riders(text: &str, _: &[u8]) {
    may_restrict(text);
    let lines = text.lines().count() as u32 + 1;
    let passages = passages(text);
    assert!(passages.iter().all(|(first, _)| (1..=lines).contains(first)));
    for (place, first_party) in [(Place::Readme, true), (Place::Readme, false), (Place::License, false)] {
        let component = component(first_party);
        let location = Location::new("README.md".to_string(), Some(1));
        let words = Words { component: 0, place, location, text, passages: passages.clone() };
        for rider in read_riders(&component, &words) {
            assert!(
                rider.hit.lines.0 >= 1
                    && rider.hit.lines.0 <= rider.hit.lines.1
                    && rider.hit.lines.1 <= lines
            );
        }
    }
}

fn component(first_party: bool) -> Component {
    Component {
        id: "pkg:npm/a@1.0.0".to_string(),
        purl: Some("pkg:npm/a@1.0.0".to_string()),
        ecosystem: Some(Ecosystem::Npm),
        kind: Kind::Library,
        name: "a".to_string(),
        version: "1.0.0".to_string(),
        requested: None,
        scope: Scope::Runtime,
        relationship: Relationship::Direct,
        first_party,
        locations: Vec::new(),
        source: Source::Unknown,
        hashes: Vec::new(),
        licenses: Licenses::default(),
        freshness: None,
        model: None,
    }
}

fn clauses(text: &str, _: &[u8]) {
    let lines = text.lines().count() as u32 + 1;
    for hit in identify::clause::read(text) {
        assert!(hit.lines.0 >= 1 && hit.lines.0 <= hit.lines.1 && hit.lines.1 <= lines);
    }
}

/// Where the clauses of known licenses stand in a text.
fn in_pages(text: &str, bytes: &[u8]) {
    let page = Page::new(text);
    // All of them together take long, so that each text is asked for some, in turn.
    let all = Knowledge::embedded().all_clauses();
    let turn =
        usize::from(bytes.iter().fold(0u16, |sum, byte| sum.wrapping_mul(31).wrapping_add(u16::from(*byte))));
    for (_, clauses) in all.iter().cycle().skip(turn % all.len().max(1)).take(3) {
        clauses.iter().for_each(|clause| drop(page.locate(clause)));
    }
}

/// Names of licenses and packages as people write them.
fn names(text: &str, _: &[u8]) {
    let know = Knowledge::embedded();
    know.alias(text);
    know.classifier(text);
    know.package(text);
    licit_license::know::fold(text);
    if let Ok(purl) = Purl::parse(text) {
        licit_license::know::changes_for(&purl);
    }
}

/// A database with its length and its checksum put right, so that what is behind them is reached.
fn database(_: &str, bytes: &[u8]) {
    let mut bytes = bytes.to_vec();
    if let Some(end) = bytes.len().checked_sub(FOOTER) {
        let sum = Sha256::digest(&bytes[..end]);
        bytes[end..end + 32].copy_from_slice(&sum);
    }
    let Ok(database) = Database::open(bytes) else { return };
    for name in ["pkg:npm/a@1.0.0", "pkg:pypi/b@2"] {
        let Ok(purl) = Purl::parse(name) else { continue };
        let _ = database.statements(&purl, "fuzzed");
        let _ = database.history(&purl);
        let _ = database.relicensed(&purl);
    }
    let count = database.entries().take(100_000).count();
    assert!(count <= 100_000);
    let _ = database.signer();
}

/// Bytes behind the content of a database: checksum, mark, key and signature.
const FOOTER: usize = 32 + 4 + 32 + 64;

/// Answers of earlier scans.
fn kept(_: &str, bytes: &[u8]) {
    let file = scratch();
    let mut whole = b"LICITTX\x01".to_vec();
    whole.extend(&Sha256::digest("state")[..8]);
    whole.extend(bytes);
    std::fs::write(file, whole).expect("the file can be written");
    let records = records::Records::open(file, b"LICITTX\x01", "state", 1 << 20);
    for key in [records::key("a"), [0; 16]] {
        let _ = records.get(&key);
    }
    records.put(records::key("b"), b"answer".to_vec());
    records.keep();
    let again = records::Records::open(file, b"LICITTX\x01", "state", 1 << 20);
    assert_eq!(again.get(&records::key("b")), Some(&b"answer"[..]));
}

/// `licit.toml`, which a scanned tree brings along.
fn settings(_: &str, bytes: &[u8]) {
    let file = scratch();
    std::fs::write(file, bytes).expect("the file can be written");
    if let Err(error) = config::load(Some(file), file) {
        assert!(error.to_string().contains(&*file.to_string_lossy()), "{error} names no place");
    }
}

/// A file to be read.
fn scratch() -> &'static PathBuf {
    static FILE: OnceLock<PathBuf> = OnceLock::new();
    FILE.get_or_init(|| std::env::temp_dir().join(format!("licit-fuzz-text-{}", std::process::id())))
}

fuzz_target!(|bytes: &[u8]| {
    static READER: OnceLock<Reader> = OnceLock::new();
    let reader = READER.get_or_init(|| {
        let name = std::env::var("LICIT_FUZZ_TEXT").expect("LICIT_FUZZ_TEXT names a text");
        READERS.iter().find(|(known, _)| *known == name).expect("a text of the list").1
    });
    reader(&String::from_utf8_lossy(bytes), bytes);
});
