//! The ladder end to end: which rung settled each license, why the rest are not known, and what is remembered.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::snapshot::root;

fn scan(path: &Path, caches: &Path, more: &[&str]) -> (Vec<u8>, Value) {
    let output = Command::new(env!("CARGO_BIN_EXE_licit"))
        .args(["scan", path.to_str().unwrap(), "-o", "json"])
        .args(more)
        .env("XDG_CACHE_HOME", caches.join("xdg"))
        .env("CARGO_HOME", caches.join("cargo"))
        .env("GOMODCACHE", caches.join("go"))
        .env("HOME", caches)
        .env_remove("VIRTUAL_ENV")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let document = serde_json::from_slice(&output.stdout).unwrap();
    (output.stdout, document)
}

fn scratch(name: &str) -> PathBuf {
    let dir = std::env::temp_dir().join(format!("licit-coverage-{name}-{}", std::process::id()));
    fs::remove_dir_all(&dir).ok();
    fs::create_dir_all(&dir).unwrap();
    dir
}

/// Every third party's component is either counted at one rung or listed with its reason.
#[test]
fn the_counts_add_up() {
    let caches = scratch("sum");
    for project in fs::read_dir(root().join("fixtures/projects")).unwrap().map(|e| e.unwrap().path()) {
        if !project.is_dir() {
            continue;
        }
        let (_, document) = scan(&project, &caches, &["--no-caches"]);
        let coverage = &document["coverage"];
        let number = |v: &Value| v.as_u64().unwrap();
        let rungs: u64 = coverage["rungs"].as_object().unwrap().values().map(number).sum();
        let unknown = coverage["unknown"].as_array().unwrap();
        let third = document["components"].as_array().unwrap().iter().filter(|c| c["first_party"] == false);
        assert_eq!(number(&coverage["components"]), third.count() as u64, "{}", project.display());
        assert_eq!(rungs, number(&coverage["licensed"]));
        assert_eq!(rungs + unknown.len() as u64, number(&coverage["components"]));
        assert!(unknown.iter().all(|u| !u["why"].as_str().unwrap().is_empty()));
    }
    // Nothing is remembered where no cache is wanted.
    assert!(!caches.join("xdg").exists());
    fs::remove_dir_all(caches).unwrap();
}

/// The page on licenses names every rung and every reason that the document can hold.
#[test]
fn the_page_names_every_rung_and_reason() {
    let page = fs::read_to_string(root().join("docs/licenses.md")).unwrap();
    let schema = fs::read_to_string(root().join("docs/schema/scan-1.schema.json")).unwrap();
    let schema: Value = serde_json::from_str(&schema).unwrap();
    for kind in ["Method", "Unknown"] {
        let words = schema["$defs"][kind]["oneOf"].as_array().unwrap();
        for word in words.iter().map(|w| w["const"].as_str().unwrap()) {
            assert!(page.contains(&format!("| `{word}` |")), "docs/licenses.md has no row for `{word}`");
        }
    }
}

fn packed(archive: &Path, files: &[(&str, &str)]) {
    fs::create_dir_all(archive.parent().unwrap()).unwrap();
    let file = fs::File::create(archive).unwrap();
    let mut tar = tar::Builder::new(flate2::write::GzEncoder::new(file, flate2::Compression::fast()));
    for (name, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, name, content.as_bytes()).unwrap();
    }
    tar.into_inner().unwrap().finish().unwrap();
}

/// Crates that were downloaded and not unpacked; the second scan knows the texts, and says the same to the byte.
#[test]
fn packed_crates_are_read_and_texts_are_remembered() {
    let dir = scratch("packed");
    let (project, caches) = (dir.join("project"), dir.join("home"));
    fs::create_dir_all(&project).unwrap();
    let mut lock = "version = 4\n".to_string();
    for name in ["damaged", "field", "nothing", "pointing", "text", "unread"] {
        lock += &format!(
            "[[package]]\nname = \"{name}\"\nversion = \"1.0.0\"\nsource = \"registry+https://registry.example/index\"\n"
        );
    }
    fs::write(project.join("Cargo.lock"), lock).unwrap();
    let mit = fs::read_to_string(root().join("LICENSE-MIT")).unwrap();
    let cache = caches.join("cargo/registry/cache/registry.example-1");
    let put = |name: &str, license: &str, text: Option<&str>| {
        let manifest = format!("[package]\nname = \"{name}\"\nversion = \"1.0.0\"\n{license}\n");
        let (manifest_at, text_at) = (format!("{name}-1.0.0/Cargo.toml"), format!("{name}-1.0.0/LICENSE"));
        let mut files = vec![(manifest_at.as_str(), manifest.as_str())];
        files.extend(text.map(|text| (text_at.as_str(), text)));
        packed(&cache.join(format!("{name}-1.0.0.crate")), &files);
    };
    put("field", "license = \"ISC\"", None);
    put("text", "license-file = \"LICENSE\"", Some(&mit));
    put("unread", "", Some("Only on Sundays."));
    put("damaged", "license = \"MIT\"", None);
    put("pointing", "license-file = \"legal/TERMS\"", None);
    let whole = fs::read(cache.join("damaged-1.0.0.crate")).unwrap();
    fs::write(cache.join("damaged-1.0.0.crate"), &whole[..whole.len() - 20]).unwrap();

    let (first, document) = scan(&project, &caches, &[]);
    let coverage = &document["coverage"];
    let rung = |rung: &str| coverage["rungs"][rung].as_u64().unwrap();
    assert_eq!((rung("installed-manifest"), rung("license-file")), (1, 1), "{coverage:#}");
    let unknown: Vec<(&str, &str)> = coverage["unknown"]
        .as_array()
        .unwrap()
        .iter()
        .map(|u| (u["component"].as_str().unwrap(), u["reason"].as_str().unwrap()))
        .collect();
    let reason = |name: &str| unknown.iter().find(|(id, _)| id.contains(name)).map(|(_, reason)| *reason);
    assert_eq!(reason("damaged"), Some("copy-damaged"));
    assert_eq!(reason("nothing"), Some("no-copy"));
    assert_eq!(reason("unread"), Some("text-unknown"));
    assert_eq!(reason("pointing"), Some("file-missing"));
    let why = coverage["unknown"].as_array().unwrap().iter().find(|u| u["reason"] == "file-missing").unwrap();
    let why = why["why"].as_str().unwrap();
    assert!(why.contains("names the file “legal/TERMS”; it is not in $CARGO_HOME/registry/cache/"), "{why}");

    let remembered = caches.join("xdg/licit/texts.bin");
    assert!(remembered.is_file());
    assert_eq!(scan(&project, &caches, &[]).0, first);
    // Garbage in its place costs time only.
    fs::write(&remembered, b"garbage").unwrap();
    assert_eq!(scan(&project, &caches, &[]).0, first);
    fs::remove_dir_all(dir).unwrap();
}

/// What lockfiles say of a release beside its license, as fields of the component.
#[test]
fn facts_on_releases_are_kept_beside_the_license() {
    let dir = scratch("fresh");
    let put = |path: &str, text: &str| {
        let path = dir.join("project").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    put(
        "web/package-lock.json",
        r#"{"name":"web","version":"1.0.0","lockfileVersion":3,"packages":{"":{"name":"web","version":"1.0.0",
            "dependencies":{"old":"1","new":"1"}},"node_modules/old":{"version":"1.0.0","deprecated":"use new"},
            "node_modules/new":{"version":"1.0.0","license":"SEE LICENSE IN TERMS.md"}}}"#,
    );
    put(
        "php/composer.lock",
        r#"{"packages":[{"name":"a/b","version":"1.0.0","time":"2020-01-02T03:04:05+00:00","abandoned":"c/d"},
            {"name":"e/f","version":"1.0.0","abandoned":false}]}"#,
    );
    put(
        "py/uv.lock",
        "version = 1\n[[package]]\nname = \"six\"\nversion = \"1.16.0\"\n\
         source = { registry = \"https://registry.example/simple\" }\n\
         sdist = { url = \"https://registry.example/six.tar.gz\", upload-time = \"2021-05-05T14:18:18Z\" }\n",
    );
    let (_, document) = scan(&dir.join("project"), &dir.join("home"), &["--no-caches"]);
    let of = |name: &str| {
        let components = document["components"].as_array().unwrap();
        components.iter().find(|c| c["name"] == name).unwrap()["freshness"].clone()
    };
    assert_eq!(of("old"), json!({"deprecated": "use new", "sources": ["web/package-lock.json"]}));
    let abandoned = json!({"released": "2020-01-02T03:04:05+00:00", "deprecated": "use c/d", "sources": ["php/composer.lock"]});
    assert_eq!(of("a/b"), abandoned);
    assert_eq!(of("six"), json!({"released": "2021-05-05T14:18:18Z", "sources": ["py/uv.lock"]}));
    assert_eq!((of("new"), of("e/f")), (Value::Null, Value::Null));
    let unknown = document["coverage"]["unknown"].as_array().unwrap();
    let new = unknown.iter().find(|u| u["component"] == "pkg:npm/new@1.0.0").unwrap();
    assert_eq!(new["reason"], "file-missing", "{new}");
    fs::remove_dir_all(dir).unwrap();
}
