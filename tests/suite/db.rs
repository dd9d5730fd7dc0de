//! `licit db`: databases built from everything that states licenses, and scans that ask them.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

fn licit(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_licit")).args(args).env_remove("VIRTUAL_ENV").output().unwrap()
}

/// Standard output of a run that has to go well.
fn said(args: &[&str]) -> String {
    let output = licit(args);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The error of a run that has to end with 2.
fn refused(args: &[&str]) -> String {
    let output = licit(args);
    assert_eq!(output.status.code(), Some(2), "{args:?}: {}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8(output.stderr).unwrap()
}

/// A folder of the test's own.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Scratch {
        let path = std::env::temp_dir().join(format!("licit-db-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Scratch(path)
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        self.at(name)
    }

    fn at(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_string()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

const LOCK: &str = r#"{
  "name": "app", "version": "0.1.0", "lockfileVersion": 3,
  "packages": {
    "": {"name": "app", "version": "0.1.0", "license": "MIT",
         "dependencies": {"known": "^1.0.0", "other": "git+ssh://git@example.test/o/other.git", "unknown": "^1.0.0"}},
    "node_modules/known": {"version": "1.0.0"},
    "node_modules/other": {"version": "2.0.0",
      "resolved": "git+ssh://git@example.test/o/other.git#0123456789012345678901234567890123456789"},
    "node_modules/unknown": {"version": "1.0.0"}
  }
}
"#;

fn project(scratch: &Scratch) -> String {
    scratch.file("app/package-lock.json", LOCK);
    scratch.at("app")
}

fn row(name: &str, version: &str, licenses: Value) -> String {
    json!({"System": "NPM", "Name": name, "Version": version, "Licenses": licenses}).to_string() + "\n"
}

fn export(scratch: &Scratch) -> String {
    let rows = [
        row("known", "1.0.0", json!(["MIT"])),
        row("known", "2.0.0", json!(["BUSL-1.1"])),
        row("other", "2.0.0", json!(["MIT"])),
        row("unknown", "1.0.0", json!(["MIT", "non-standard"])),
        row("app", "0.1.0", json!(["GPL-3.0-only"])),
    ];
    scratch.file("export.ndjson", rows.concat())
}

fn component<'v>(scan: &'v Value, name: &str) -> &'v Value {
    scan["components"].as_array().unwrap().iter().find(|c| c["name"] == name).unwrap()
}

fn scanned(args: &[&str]) -> Value {
    let mut all = vec!["scan", "-o", "json", "--no-caches", "-q"];
    all.extend(args);
    serde_json::from_str(&said(&all)).unwrap()
}

#[test]
fn a_scan_asks_the_database_where_nothing_else_speaks() {
    let scratch = Scratch::new("ask");
    let (project, db) = (project(&scratch), scratch.at("licit.db"));
    said(&["db", "build", &export(&scratch), "-o", &db]);
    let before = scanned(&[&project]);
    assert!(component(&before, "known")["licenses"]["concluded"].is_null());
    let scan = scanned(&[&project, "--db", &db]);
    let licenses = &component(&scan, "known")["licenses"];
    assert_eq!(licenses["concluded"], "MIT");
    assert_eq!(licenses["evidence"][0]["method"], "database");
    assert_eq!(licenses["evidence"][0]["location"]["path"], "licit.db (deps.dev)");
    // A fork is not the package of that name, and the project says itself what it is under.
    assert!(component(&scan, "other")["licenses"]["concluded"].is_null());
    assert_eq!(component(&scan, "app")["licenses"]["concluded"], "MIT");
    // A license beside one that nobody can name is no conclusion.
    let unknown = &component(&scan, "unknown")["licenses"];
    assert!(unknown["concluded"].is_null());
    assert_eq!(unknown["evidence"][0]["raw"], "MIT AND non-standard");
    // The same from the configuration, relative to its file.
    scratch.file("app/licit.toml", "[sources]\ndb = [\"../licit.db\"]\n");
    assert_eq!(component(&scanned(&[&project]), "known")["licenses"]["concluded"], "MIT");
    scratch.file("app/licit.toml", "[sources]\ndb = [\"missing.db\"]\n");
    assert!(refused(&["scan", &project]).contains("cannot read the license database"));
}

#[test]
fn a_scan_makes_a_database_and_the_database_makes_itself() {
    let scratch = Scratch::new("scan");
    let (project, db) = (project(&scratch), scratch.at("a.db"));
    said(&["db", "build", &export(&scratch), "-o", &db]);
    let json = scratch.at("scan.json");
    said(&["scan", &project, "--db", &db, "--no-caches", "-q", "-o", &format!("json={json}")]);
    let second = scratch.at("b.db");
    said(&["db", "build", &json, "-o", &second]);
    let info = said(&["db", "info", &second, "pkg:npm/known@1.0.0"]);
    assert!(info.starts_with("pkg:npm/known@1.0.0: MIT\n  scan of app says MIT\n"), "{info}");
    assert!(said(&["db", "info", &second, "pkg:npm/app@0.1.0"]).contains("not in the database"));
    // Both, in any order, and what was built from what was built.
    let (forward, backward, again) = (scratch.at("f.db"), scratch.at("g.db"), scratch.at("h.db"));
    said(&["db", "build", &db, &second, "-o", &forward]);
    said(&["db", "build", &second, &db, "-o", &backward]);
    said(&["db", "build", &forward, "-o", &again]);
    let bytes = |path: &str| std::fs::read(path).unwrap();
    assert_eq!(bytes(&forward), bytes(&backward));
    assert_eq!(bytes(&forward), bytes(&again));
}

#[test]
fn a_changed_license_and_a_conflict_are_told() {
    let scratch = Scratch::new("change");
    let db = scratch.at("licit.db");
    let csv = "System,Name,Version,Licenses\nNPM,known,1.0.0,\"[\"\"Apache-2.0\"\"]\"\n";
    let csv = scratch.file("export.csv", csv);
    let built = said(&["db", "build", &export(&scratch), &csv, "-o", &db]);
    assert!(built.contains("different things are said; all of it is kept: 1"), "{built}");
    let info = said(&["db", "info", &db, "pkg:npm/known@1.0.0"]);
    assert!(info.contains("pkg:npm/known@1.0.0: Apache-2.0 AND MIT\n"), "{info}");
    assert!(info.contains("license changes: Apache-2.0 AND MIT until 1.0.0, BUSL-1.1 from 2.0.0"), "{info}");
    let whole = said(&["db", "info", &db]);
    assert!(whole.contains("license changes between versions: 1\n  pkg:npm/known"), "{whole}");
    assert!(whole.contains("not signed"), "{whole}");
}

/// `severity code` of what is found for a component, and the ways out that are named.
fn findings(scan: &Value, id: &str) -> (Vec<String>, String) {
    let of = scan["findings"].as_array().unwrap().iter().filter(|f| f["component"] == id);
    let changes: Vec<&Value> = of.filter(|f| f["code"].as_str().unwrap().contains("chang")).collect();
    let text = |v: &Value| v.as_str().unwrap().to_string();
    let codes = changes.iter().map(|f| format!("{} {}", text(&f["severity"]), text(&f["code"]))).collect();
    let ways = changes.iter().flat_map(|f| f["remedies"].as_array().unwrap()).map(|r| text(&r["text"]));
    (codes, ways.collect::<Vec<_>>().join("; "))
}

#[test]
fn a_change_that_only_a_database_shows_is_warned_of() {
    let scratch = Scratch::new("relicensed");
    let lock = json!({"name": "app", "version": "0.1.0", "lockfileVersion": 3, "packages": {
        "": {"name": "app", "version": "0.1.0", "license": "MIT", "dependencies":
            {"early": "^3.0.0", "late": "^4.0.0", "between": "^3.0.0", "same": "^1.0.0", "tinymce": "^7.0.0"}},
        "node_modules/early": {"version": "3.1.0"}, "node_modules/late": {"version": "4.2.0"},
        "node_modules/between": {"version": "3.5.0"}, "node_modules/same": {"version": "1.0.0"},
        "node_modules/tinymce": {"version": "7.1.0"}}});
    scratch.file("app/package-lock.json", lock.to_string());
    scratch.file(
        "open/package.json",
        r#"{"name": "open", "license": "MIT", "dependencies": {"early": ">=3.0.0"}}"#,
    );
    let mut rows = String::new();
    for name in ["early", "late", "between", "tinymce"] {
        for version in ["1.0.0", "3.1.0", "3.2.0", "4.0.0-rc.1"] {
            rows += &row(name, version, json!(["MIT"]));
        }
        rows += &row(name, "4.0.0", json!(["BUSL-1.1"]));
        rows += &row(name, "4.2.0", json!(["BUSL-1.1"]));
    }
    rows += &row("same", "1.0.0", json!(["MIT"]));
    rows += &row("same", "2.0.0", json!(["Apache-2.0"]));
    let db = scratch.at("licit.db");
    said(&["db", "build", &scratch.file("export.ndjson", rows), "-o", &db]);
    let scan = scanned(&[&scratch.at("app"), "--db", &db]);
    let of = |id: &str| findings(&scan, id);
    let (codes, ways) = of("pkg:npm/early@3.1.0");
    assert_eq!((codes, ways.as_str()), (vec!["info license-changes-ahead".to_string()], "stay below 4.0.0"));
    let (codes, ways) = of("pkg:npm/late@4.2.0");
    assert_eq!(codes, ["info license-changed"]);
    assert_eq!(ways, "version 3.2.0 (last under MIT)");
    let clause = scan["findings"].as_array().unwrap().iter().find(|f| f["code"] == "license-changed");
    assert_eq!(clause.unwrap()["clauses"][0]["source"], "licit.db (deps.dev)");
    let early = component(&scan, "early");
    assert_eq!(early["freshness"], json!({"newest": "4.2.0", "sources": ["licit.db"]}));
    assert!(component(&scan, "late")["freshness"].is_null());
    // A version that the database does not know, between the two licenses.
    assert_eq!(of("pkg:npm/between@3.5.0").0, ["warning license-changed"]);
    assert!(of("pkg:npm/same@1.0.0").0.is_empty());
    // What is on record is told once, and from the record.
    let (_, ways) = of("pkg:npm/tinymce@7.1.0");
    assert!(!ways.contains("3.2.0"), "{ways}");
    let open = scanned(&[&scratch.at("open"), "--db", &db]);
    let (codes, ways) = findings(&open, "pkg:npm/early");
    assert_eq!(codes, ["warning unpinned-across-change"]);
    assert!(ways.contains("version 3.2.0 (last under MIT)"), "{ways}");
    // The plan that clears the conflict with the product's own license names the way back.
    let plan = scanned(&[&scratch.at("app"), "--db", &db, "--outbound", "MIT"]);
    assert!(plan["ways_out"].to_string().contains("3.2.0"), "{}", plan["ways_out"]);
}

#[test]
fn signatures_are_made_and_checked() {
    let scratch = Scratch::new("sign");
    let (db, export) = (scratch.at("licit.db"), export(&scratch));
    let key = scratch.file("key", "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60\n");
    let public = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
    assert!(said(&["db", "build", &export, "-o", &db, "--sign", &key]).contains(public));
    assert!(said(&["db", "info", &db, "--verify", public]).contains("the signature holds"));
    assert!(said(&["db", "info", &db]).contains("not checked"));
    let other = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
    assert!(refused(&["db", "info", &db, "--verify", other]).contains("signed, but by another key"));
    let plain = scratch.at("plain.db");
    said(&["db", "build", &export, "-o", &plain]);
    assert!(refused(&["db", "info", &plain, "--verify", public]).contains("not signed"));
    let secret = refused(&["db", "build", &export, "-o", &plain, "--sign", &export]);
    assert!(secret.contains("no Ed25519 secret key"), "{secret}");
}

#[test]
fn hostile_and_foreign_files_are_refused_with_a_reason() {
    let scratch = Scratch::new("hostile");
    let (project, db) = (project(&scratch), scratch.at("licit.db"));
    said(&["db", "build", &export(&scratch), "-o", &db]);
    let good = std::fs::read(&db).unwrap();
    let mut changed = good.clone();
    changed[60] ^= 1;
    for (name, bytes, why) in [
        ("cut", &good[..good.len() - 9], "cut or damaged"),
        ("changed", changed.as_slice(), "the checksum does not fit"),
        ("empty", b"".as_slice(), "no license database"),
        ("text", b"licit-d".as_slice(), "no license database"),
    ] {
        let path = scratch.file(name, bytes);
        for args in [&["db", "info", &path][..], &["scan", &project, "--db", &path][..]] {
            let error = refused(args);
            assert!(error.contains(why), "{name}: {error}");
        }
    }
    for (name, content) in [
        ("a.json", "{}"),
        ("b.json", "{\"a\": "),
        ("c.txt", "words"),
        ("d.json", "[]"),
        ("e.crate", "no gzip"),
    ] {
        let path = scratch.file(name, content);
        let error = refused(&["db", "build", &path, "-o", &scratch.at("none.db")]);
        assert!(error.contains("cannot take licenses from"), "{name}: {error}");
    }
    assert!(!Path::new(&scratch.at("none.db")).exists());
}

/// A gzipped tar, as registries serve crates.
fn archive(files: &[(&str, &str)]) -> Vec<u8> {
    let mut tar = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    for (path, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, path, content.as_bytes()).unwrap();
    }
    tar.into_inner().unwrap().finish().unwrap()
}

#[test]
fn copies_of_packages_are_read() {
    let scratch = Scratch::new("copies");
    let manifest = |name: &str, license: &str| {
        format!("[package]\nname = \"{name}\"\nversion = \"1.0.0\"\nlicense = \"{license}\"\n")
    };
    scratch.file("home/registry/src/index/a-1.0.0/Cargo.toml", manifest("a", "MIT/Apache-2.0"));
    scratch.file("home/registry/src/index/a-1.0.0/.cargo-ok", "ok");
    scratch.file("home/registry/src/index/a-1.0.0/tests/x/Cargo.toml", manifest("inner", "MIT"));
    scratch.file("home/git/checkouts/g-1/abc/Cargo.toml", manifest("git", "MIT"));
    scratch.file("home/git/checkouts/g-1/abc/.cargo-ok", "ok");
    let packed = archive(&[
        ("b-1.0.0/Cargo.toml", &manifest("b", "ISC")),
        ("b-1.0.0/sub/Cargo.toml", &manifest("not", "MIT")),
    ]);
    scratch.file("home/registry/cache/index/b-1.0.0.crate", &packed);
    scratch.file("home/registry/cache/index/cut-1.0.0.crate", &packed[..packed.len() / 2]);
    let package =
        |name: &str| json!({"name": name, "version": "1.0.0", "license": "BSD-3-Clause"}).to_string();
    scratch.file("web/node_modules/@s/n/package.json", package("@s/n"));
    scratch.file("web/node_modules/@s/n/lib/package.json", package("inner"));
    scratch.file("web/package.json", package("web"));
    let metadata =
        "Metadata-Version: 2.4\nName: Some.Thing\nVersion: 3.1\nLicense-Expression: MPL-2.0\n\nText\n";
    scratch.file("env/site-packages/some_thing-3.1.dist-info/METADATA", metadata);
    scratch.file("env/site-packages/local-1.dist-info/METADATA", metadata.replace("Some.Thing", "local"));
    scratch.file("env/site-packages/local-1.dist-info/direct_url.json", "{}");
    let db = scratch.at("licit.db");
    let output =
        licit(&["db", "build", &scratch.at("home"), &scratch.at("web"), &scratch.at("env"), "-o", &db]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let notes = String::from_utf8(output.stderr).unwrap();
    assert!(notes.contains("cut-1.0.0.crate: the archive is damaged"), "{notes}");
    for (purl, license) in [
        ("pkg:cargo/a@1.0.0", "MIT OR Apache-2.0\n  Cargo.toml says"),
        ("pkg:cargo/b@1.0.0", "ISC\n  Cargo.toml says"),
        ("pkg:npm/%40s/n@1.0.0", "BSD-3-Clause\n  package.json says"),
        ("pkg:pypi/some-thing@3.1", "MPL-2.0\n  METADATA says"),
    ] {
        let info = said(&["db", "info", &db, purl]);
        assert!(info.starts_with(&format!("{purl}: {license}")), "{info}");
    }
    let whole = said(&["db", "info", &db]);
    assert!(whole.contains(": 4 versions of 4 packages"), "{whole}");
}

#[test]
fn packed_exports_and_folders_of_sboms_are_read() {
    let scratch = Scratch::new("forms");
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(row("a", "1.0.0", json!(["MIT"])).as_bytes()).unwrap();
    packed.write_all(row("a", "1.0.1", json!(["MIT"])).as_bytes()).unwrap();
    packed.write_all(b"{\"broken\": \n").unwrap();
    let export = scratch.file("export.json.gz", packed.finish().unwrap());
    let bom = json!({"bomFormat": "CycloneDX", "components":
        [{"name": "b", "purl": "pkg:npm/b@1.0.0", "licenses": [{"license": {"id": "ISC"}}]}]});
    scratch.file("boms/web.cdx.json", bom.to_string());
    scratch.file("boms/other.json", "{}");
    let db = scratch.at("licit.db");
    let output = licit(&["db", "build", &export, &scratch.at("boms"), "-o", &db]);
    let notes = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{notes}");
    assert!(notes.contains("export.json.gz:3:"), "{notes}");
    let info = said(&["db", "info", &db, "pkg:npm/b@1.0.0"]);
    assert!(info.contains("CycloneDX of web.cdx.json says ISC"), "{info}");
    assert!(said(&["db", "info", &db, "pkg:npm/a"]).contains("MIT: 1.0.0 to 1.0.1 (2 versions)"));
}
