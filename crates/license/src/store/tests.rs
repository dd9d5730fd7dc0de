//! Tests of the database.

use proptest::prelude::*;

use super::*;

fn purl(text: &str) -> Purl {
    Purl::parse(text).unwrap()
}

fn built(rows: &[(&str, &str, Origin, &str)]) -> Vec<u8> {
    let mut builder = Builder::default();
    for (package, field, origin, source) in rows {
        builder.add(&purl(package), field, *origin, source, Knowledge::embedded());
    }
    builder.finish().unwrap()
}

fn open(bytes: Vec<u8>) -> Database {
    Database::open(bytes).unwrap()
}

/// A checksum that fits, for content that does not.
fn resealed(mut bytes: Vec<u8>) -> Vec<u8> {
    use sha2::{Digest as _, Sha256};
    let end = bytes.len() - FOOTER;
    let sum = Sha256::digest(&bytes[..end]);
    bytes[end..end + 32].copy_from_slice(&sum);
    bytes
}

#[test]
fn what_was_added_is_found_and_nothing_else() {
    let bytes = built(&[
        ("pkg:npm/%40scope/name@1.0.0", "mit", Origin::Manifest, "package.json"),
        ("pkg:npm/name@1.0.0", "ISC", Origin::Manifest, "package.json"),
        ("pkg:nuget/Newtonsoft.Json@13.0.1", "MIT", Origin::DepsDev, "deps.dev"),
        ("pkg:pypi/Some_Thing@2", "License :: OSI Approved :: BSD License", Origin::Manifest, "METADATA"),
    ]);
    let database = open(bytes);
    assert_eq!((database.packages(), database.len()), (4, 4));
    let words = |p: &str| {
        let said = database.lookup(&purl(p)).unwrap();
        said.iter().map(|s| format!("{} ({})", s.expression, s.source)).collect::<Vec<_>>().join(", ")
    };
    assert_eq!(words("pkg:npm/%40scope/name@1.0.0"), "MIT (package.json)");
    assert_eq!(words("pkg:npm/name@1.0.0"), "ISC (package.json)");
    assert_eq!(words("pkg:npm/name@1.0.1"), "");
    assert_eq!(words("pkg:npm/nam@1.0.0"), "");
    assert_eq!(words("pkg:cargo/a@1"), "");
    assert_eq!(words("pkg:zzz/a@1"), "");
    assert_eq!(words("pkg:nuget/newtonsoft.json@13.0.1"), "MIT (deps.dev)");
    assert_eq!(words("pkg:npm/name"), "");
    // A classifier that names no one license stays what it is, and is not sure when it is read again.
    let statements = database.statements(&purl("pkg:pypi/some-thing@2"), "x.db").unwrap();
    let licenses = crate::conclude(&statements, Knowledge::embedded());
    assert_eq!(licenses.evidence[0].location.path, "x.db (METADATA)");
    assert_eq!(licenses.evidence[0].method, Method::Database);
    assert!(!licenses.evidence[0].sure);
}

#[test]
fn a_namesake_from_elsewhere_is_another_package() {
    let mut builder = Builder::default();
    let fork = purl("pkg:cargo/serde@1.0.0?vcs_url=git%2Bhttps://example.test/serde");
    assert!(!builder.add(&fork, "MIT", Origin::Scan, "a", Knowledge::embedded()));
    assert!(builder.add(&purl("pkg:cargo/serde@1.0.0"), "MIT", Origin::Scan, "a", Knowledge::embedded()));
    let database = open(builder.finish().unwrap());
    assert!(database.lookup(&fork).unwrap().is_empty());
}

#[test]
fn fields_that_say_nothing_are_not_kept() {
    for field in ["", " ", "NOASSERTION", "NONE", "non-standard", "UNKNOWN", &"x".repeat(2000)] {
        let mut builder = Builder::default();
        let p = purl("pkg:npm/a@1");
        assert!(!builder.add(&p, field, Origin::Sbom, "s", Knowledge::embedded()), "{field}");
        assert!(builder.is_empty());
    }
}

#[test]
fn statements_that_differ_are_both_kept_and_apply_together() {
    let rows = [
        ("pkg:npm/a@1", "MIT", Origin::DepsDev, "deps.dev"),
        ("pkg:npm/a@1", "MIT License", Origin::Manifest, "package.json"),
        ("pkg:npm/a@1", "GPL-3.0-only", Origin::Sbom, "SBOM"),
    ];
    let database = open(built(&rows));
    let said = database.lookup(&purl("pkg:npm/a@1")).unwrap();
    let kept: Vec<_> = said.iter().map(|s| (s.expression.as_str(), s.source.as_str())).collect();
    assert_eq!(kept, [("GPL-3.0-only", "SBOM"), ("MIT", "package.json")]);
    assert_eq!(together(&said), "GPL-3.0-only AND MIT");
    let statements = database.statements(&purl("pkg:npm/a@1"), "x.db").unwrap();
    let licenses = crate::conclude(&statements, Knowledge::embedded());
    assert_eq!(licenses.concluded.as_deref(), Some("GPL-3.0-only AND MIT"));
}

#[test]
fn a_sure_source_does_not_silence_an_unsure_one() {
    for other in ["GPL", "Some License", "License :: OSI Approved :: GNU General Public License (GPL)"] {
        let rows = [("pkg:npm/a@1", "MIT", Origin::DepsDev, "d"), ("pkg:npm/a@1", other, Origin::Sbom, "s")];
        let statements = open(built(&rows)).statements(&purl("pkg:npm/a@1"), "x.db").unwrap();
        let licenses = crate::conclude(&statements, Knowledge::embedded());
        assert_ne!(licenses.concluded.as_deref(), Some("MIT"), "{other}");
        assert_eq!(licenses.evidence[0].location.path, "x.db (d, s)");
    }
}

#[test]
fn the_order_of_statements_changes_no_byte() {
    let mut rows = vec![
        ("pkg:npm/a@1", "MIT", Origin::DepsDev, "deps.dev"),
        ("pkg:npm/a@1", "MIT", Origin::Manifest, "package.json"),
        ("pkg:npm/b@1", "ISC", Origin::Sbom, "b"),
        ("pkg:npm/b@1", "ISC", Origin::Sbom, "a"),
        ("pkg:cargo/a@1", "Apache-2.0 OR MIT", Origin::Scan, "scan"),
    ];
    let forward = built(&rows);
    rows.reverse();
    assert_eq!(forward, built(&rows));
}

#[test]
fn a_change_of_license_is_known() {
    let database = open(built(&[
        ("pkg:npm/a@3.10.0", "MIT", Origin::DepsDev, "d"),
        ("pkg:npm/a@3.2.0", "MIT", Origin::DepsDev, "d"),
        ("pkg:npm/a@4.0.0-rc.1", "BUSL-1.1", Origin::DepsDev, "d"),
        ("pkg:npm/a@4.0.0", "BUSL-1.1", Origin::DepsDev, "d"),
        ("pkg:npm/b@1.0.0", "MIT", Origin::DepsDev, "d"),
    ]));
    let own = |list: &[(&str, &str)]| -> Vec<(String, String)> {
        list.iter().map(|(v, e)| (v.to_string(), e.to_string())).collect()
    };
    let changes = database.relicensed(&purl("pkg:npm/a@3.2.0")).unwrap();
    assert_eq!(changes, own(&[("3.2.0", "MIT"), ("4.0.0-rc.1", "BUSL-1.1")]));
    assert!(database.relicensed(&purl("pkg:npm/b")).unwrap().is_empty());
    let periods = database.history(&purl("pkg:npm/a")).unwrap();
    assert_eq!((periods[0].last.as_str(), periods[1].versions), ("3.10.0", 2));
}

#[test]
fn many_versions_of_one_package_are_all_found() {
    let versions: Vec<String> = (0..500).map(|i| format!("{}.{}.{}", i / 50, i % 7, i)).collect();
    let mut builder = Builder::default();
    for v in &versions {
        builder.add(&Purl::npm("a", v), "MIT", Origin::DepsDev, "d", Knowledge::embedded());
    }
    let database = open(builder.finish().unwrap());
    for v in &versions {
        assert_eq!(database.lookup(&Purl::npm("a", v)).unwrap().len(), 1, "{v}");
        assert!(database.lookup(&Purl::npm("a", &format!("{v}x"))).unwrap().is_empty());
    }
}

/// RFC 8032 section 7.1, test 1: the key pair.
const SECRET: &str = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
const PUBLIC: &str = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

#[test]
fn signatures_hold_for_one_key_and_one_content() {
    let rows = [("pkg:npm/a@1", "MIT", Origin::DepsDev, "d")];
    let key = SecretKey::parse(SECRET).unwrap();
    assert_eq!(key.public().to_string(), PUBLIC);
    let mut bytes = built(&rows);
    assert_eq!(open(bytes.clone()).verify(&key.public()), Err(StoreError::Unsigned));
    sign(&mut bytes, &key).unwrap();
    let database = open(bytes.clone());
    assert_eq!(database.signer().as_deref(), Some(PUBLIC));
    assert_eq!(database.verify(&PublicKey::parse(PUBLIC).unwrap()), Ok(()));
    let other = SecretKey::parse(&"11".repeat(32)).unwrap();
    assert_eq!(database.verify(&other.public()), Err(StoreError::OtherKey(PUBLIC.to_string())));
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    assert_eq!(open(bytes).verify(&key.public()), Err(StoreError::Signature));
    // The signature of one content under another.
    let mut signed = built(&rows);
    sign(&mut signed, &key).unwrap();
    let mut moved = built(&[("pkg:npm/a@1", "ISC", Origin::DepsDev, "d")]);
    let (from, to) = (signed.len() - FOOTER + 32, moved.len() - FOOTER + 32);
    let seal = signed[from..].to_vec();
    moved[to..].copy_from_slice(&seal);
    assert_eq!(open(moved).verify(&key.public()), Err(StoreError::Signature));
}

#[test]
fn keys_are_read_in_all_forms_and_never_shown() {
    let pem = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n\
               -----END PRIVATE KEY-----\n";
    let public = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n\
                  -----END PUBLIC KEY-----\n";
    assert_eq!(SecretKey::parse(pem).unwrap().public(), PublicKey::parse(public).unwrap());
    assert_eq!(
        SecretKey::parse("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=").unwrap().public(),
        PublicKey::parse(PUBLIC).unwrap()
    );
    for wrong in ["", "zz", public, &"g".repeat(64), &"é".repeat(32), "-----BEGIN PRIVATE KEY-----"] {
        let error = SecretKey::parse(wrong).unwrap_err().to_string();
        assert!(error.starts_with("this is no Ed25519 secret key: "), "{error}");
    }
    assert!(!format!("{:?}", SecretKey::parse(SECRET).unwrap()).contains("9d61"));
}

#[test]
fn damaged_files_are_refused_with_a_reason() {
    let good = built(&[("pkg:npm/a@1", "MIT", Origin::DepsDev, "d")]);
    assert_eq!(Database::open(Vec::new()).unwrap_err(), StoreError::NoDatabase);
    assert_eq!(Database::open(b"{}".to_vec()).unwrap_err(), StoreError::NoDatabase);
    for length in MARK.len()..good.len() {
        assert!(matches!(Database::open(good[..length].to_vec()), Err(StoreError::Length { .. })));
    }
    let mut more = good.clone();
    more.push(0);
    assert!(matches!(Database::open(more), Err(StoreError::Length { .. })));
    let mut newer = good.clone();
    newer[8] = 2;
    assert_eq!(Database::open(newer).unwrap_err(), StoreError::Format(2));
    let mut changed = good.clone();
    changed[HEADER + 20] ^= 1;
    assert_eq!(Database::open(changed).unwrap_err(), StoreError::Checksum);
    let mut huge = good;
    huge[12..44].fill(0xff);
    assert!(matches!(Database::open(huge), Err(StoreError::Length { .. })));
}

/// Everything that can be asked of a file that opens; answers may be errors.
fn use_all(bytes: Vec<u8>) {
    let Ok(database) = Database::open(bytes) else { return };
    let _ = database.entries().count();
    for p in ["pkg:npm/a@1", "pkg:npm/b@1.0.40", "pkg:cargo/zz@3", "pkg:a/a@1"] {
        let _ = database.lookup(&purl(p));
        let _ = database.history(&purl(p));
    }
}

#[test]
fn every_changed_byte_is_survived() {
    let mut builder = Builder::default();
    for i in 0..40 {
        builder.add(&Purl::npm("b", &format!("1.0.{i}")), "MIT", Origin::DepsDev, "d", Knowledge::embedded());
        let name = format!("p{i}");
        builder.add(&Purl::npm(&name, "1"), "ISC", Origin::Sbom, "s", Knowledge::embedded());
    }
    let good = builder.finish().unwrap();
    for at in 0..good.len() {
        for flip in [0x01, 0x80, 0xff] {
            let mut bytes = good.clone();
            bytes[at] ^= flip;
            use_all(resealed(bytes));
        }
    }
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof!["[a-c]{1,4}", "@[a-b]{1,2}/[a-cé]{1,3}", "[a-z0-9._-]{1,12}"]
}

fn statement() -> impl Strategy<Value = (String, String, usize, usize, String)> {
    let field = prop_oneof!["MIT", "ISC", "Apache-2.0 OR MIT", "GPL-2.0", "BSD", "no such name", ".{0,12}"];
    (name(), "[0-9]{1,2}(\\.[0-9]{1,3}){0,2}(-[a-zß]{1,3})?", 0usize..6, 0usize..3, field)
}

proptest! {
    #[test]
    fn what_is_read_builds_the_same_file(rows in prop::collection::vec(statement(), 0..120)) {
        let know = Knowledge::embedded();
        let mut builder = Builder::default();
        for (name, version, origin, source, field) in &rows {
            let source = ["deps.dev", "scan of a", "é"][*source];
            builder.add(&Purl::npm(name, version), field, Origin::ALL[*origin], source, know);
        }
        let first = builder.finish().unwrap();
        let database = open(first.clone());
        let mut again = Builder::default();
        prop_assert_eq!(again.add_database(&database).unwrap(), database.len() as usize);
        prop_assert_eq!(again.finish().unwrap(), first);
        for entry in database.entries() {
            let entry = entry.unwrap();
            prop_assert_eq!(database.get(&entry.package, &entry.version).unwrap(), entry.said);
        }
    }

    #[test]
    fn garbage_is_survived(mut bytes in prop::collection::vec(any::<u8>(), 0..400), counts in any::<[u8; 5]>()) {
        // A header whose lengths fit, so that the content is really read.
        let tables = counts.map(|c| u32::from(c % 5));
        let [packages, versions, strings, values, buckets] = tables;
        let blocks = packages.div_ceil(16);
        let left = 200u32;
        let numbers = strings + 1 + values + 1 + blocks + buckets + 1 + packages;
        bytes.resize((4 * numbers + 3 * left) as usize, 0);
        let mut file = MARK.to_vec();
        for n in [FORMAT, packages, versions, strings, values, blocks, left, left, left, buckets] {
            file.extend_from_slice(&n.to_le_bytes());
        }
        file.extend_from_slice(&bytes);
        file.resize(file.len() + FOOTER, 0);
        let file = resealed(file);
        prop_assert!(Database::open(file.clone()).is_ok());
        use_all(file);
    }
}

/// Names as registries have them: words, separators, scopes and hosts.
fn lifelike(number: usize) -> Purl {
    const WORDS: [&str; 40] = [
        "react",
        "async",
        "http",
        "json",
        "parser",
        "core",
        "utils",
        "aws",
        "sdk",
        "client",
        "types",
        "babel",
        "plugin",
        "webpack",
        "loader",
        "eslint",
        "config",
        "tokio",
        "serde",
        "macros",
        "spring",
        "boot",
        "starter",
        "django",
        "rest",
        "framework",
        "open",
        "telemetry",
        "exporter",
        "lib",
        "node",
        "stream",
        "native",
        "angular",
        "cli",
        "graph",
        "ql",
        "server",
        "test",
        "data",
    ];
    // A generator of numbers that are the same on every run.
    let mut state = (number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(0x1234_5678);
    let mut draw = |below: usize| {
        state ^= state >> 30;
        state = state.wrapping_mul(0xbf58_476d_1ce4_e5b9);
        state ^= state >> 27;
        (state % below as u64) as usize
    };
    let words: Vec<&str> = (0..2 + draw(3)).map(|_| WORDS[draw(WORDS.len())]).collect();
    let base = format!("{}{}", words.join("-"), draw(10_000));
    match draw(10) {
        0..=3 => Purl::npm(&base, "0"),
        4 => Purl::npm(&format!("@{}{}/{base}", WORDS[draw(40)], draw(300)), "0"),
        5 | 6 => Purl::pypi(&base, "0"),
        7 => Purl::cargo(&base, "0"),
        8 => Purl::golang(&format!("github.com/{}{}/{base}", WORDS[draw(40)], draw(900)), "0"),
        _ => Purl::maven(&format!("org.{}.{}:{base}", WORDS[draw(40)], WORDS[draw(40)]), "0"),
    }
}

/// `cargo test --release -p licit-license a_million -- --ignored --nocapture` prints the figures.
#[test]
#[ignore = "measures; run it with --release"]
fn a_million_entries_are_small_and_fast() {
    let fields =
        ["MIT", "Apache-2.0", "MIT OR Apache-2.0", "BSD-3-Clause", "ISC", "GPL-3.0-only", "BSD License"];
    for (packages, each) in [(1_000_000usize, 1usize), (200_000, 5)] {
        let mut builder = Builder::default();
        let mut asked = Vec::new();
        for number in 0..packages {
            let mut purl = lifelike(number);
            for v in 0..each {
                let version = format!("{}.{}.{}", number % 7 + v, (number / 3) % 23, (number / 5) % 11);
                purl.version = Some(version);
                let field = fields[(number % 41 + v / 4) % fields.len()];
                builder.add(&purl, field, Origin::DepsDev, "deps.dev export", Knowledge::embedded());
                if number % 10 == 3 {
                    asked.push(purl.clone());
                }
            }
        }
        let start = std::time::Instant::now();
        let bytes = builder.finish().unwrap();
        let (size, written) = (bytes.len(), start.elapsed());
        let start = std::time::Instant::now();
        let database = open(bytes);
        let opened = start.elapsed();
        // Far from the order of the file, so that no lookup finds the bytes of the one before it at hand.
        let order: Vec<usize> = (0..asked.len()).map(|i| i * 7919 % asked.len()).collect();
        // The median of short runs, since other programs run beside a test and stop it now and then.
        let run = |lookups: &[usize]| {
            let start = std::time::Instant::now();
            let found = lookups.iter().filter(|i| !database.lookup(&asked[**i]).unwrap().is_empty()).count();
            assert_eq!(found, lookups.len());
            start.elapsed() / lookups.len() as u32
        };
        let mut runs: Vec<_> = order.chunks(1000).map(run).collect();
        runs.sort();
        let each_lookup = runs[runs.len() / 2];
        println!(
            "{} packages, {} versions: {size} bytes, written in {written:?}, opened in {opened:?}, {each_lookup:?} a lookup",
            database.packages(),
            database.len()
        );
        assert!(size < 40_000_000);
        if !cfg!(debug_assertions) {
            assert!(each_lookup < std::time::Duration::from_micros(2));
        }
    }
}
