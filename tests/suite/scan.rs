//! Whole scans of the projects in `fixtures/projects`, as a user runs them.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::snapshot::{matches_file, root};

fn licit(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_licit"))
        .args(args)
        .env("SOURCE_DATE_EPOCH", "1790000000")
        .env_remove("VIRTUAL_ENV")
        .output()
        .unwrap()
}

fn json(path: &Path, more: &[&str]) -> Value {
    let mut args = vec!["scan", path.to_str().unwrap(), "-o", "json", "--no-caches"];
    args.extend(more);
    let output = licit(&args);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Every project's components, edges and findings are the expected ones.
#[test]
fn projects_give_what_is_expected() {
    let mut projects: Vec<_> =
        std::fs::read_dir(root().join("fixtures/projects")).unwrap().map(|e| e.unwrap().path()).collect();
    projects.sort();
    for project in projects.iter().filter(|p| p.is_dir()) {
        let scan = json(project, &[]);
        let expected = project.with_extension("expected.txt");
        matches_file(&expected, &describe(&scan));
    }
}

fn describe(scan: &Value) -> String {
    let mut text = String::new();
    let word = |v: &Value| v.as_str().unwrap_or("-").to_string();
    writeln!(text, "complete {}", scan["complete"]).unwrap();
    writeln!(
        text,
        "outbound {} ({})",
        scan["product"]["outbound"],
        word(&scan["product"]["outbound_source"])
    )
    .unwrap();
    for c in scan["components"].as_array().unwrap() {
        let at: Vec<String> = c["locations"]
            .as_array()
            .unwrap()
            .iter()
            .map(|l| l["line"].as_u64().map_or(word(&l["path"]), |n| format!("{}:{n}", word(&l["path"]))))
            .collect();
        writeln!(
            text,
            "component {} {} {} {} {} [{}]",
            word(&c["id"]),
            word(&c["scope"]),
            word(&c["relationship"]),
            word(&c["licenses"]["concluded"]),
            word(&c["licenses"]["category"]),
            at.join(", ")
        )
        .unwrap();
    }
    for d in scan["dependencies"].as_array().unwrap() {
        let linkage = word(&d["linkage"]);
        writeln!(text, "edge {} -> {} {} {linkage}", word(&d["from"]), word(&d["to"]), word(&d["scope"]))
            .unwrap();
    }
    for f in scan["findings"].as_array().unwrap() {
        let path: Vec<String> = f["path"].as_array().unwrap().iter().map(word).collect();
        writeln!(
            text,
            "{} {} {} via {}",
            word(&f["severity"]),
            word(&f["code"]),
            word(&f["component"]),
            path.join(" > ")
        )
        .unwrap();
    }
    for p in scan["problems"].as_array().unwrap() {
        writeln!(text, "problem {}: {}", word(&p["path"]), word(&p["message"])).unwrap();
    }
    for c in scan["completeness"].as_array().unwrap() {
        writeln!(text, "holds {} {} {}", word(&c["path"]), word(&c["ecosystem"]), word(&c["graph"])).unwrap();
    }
    text
}

/// The same tree gives the same bytes, in every format.
#[test]
fn output_is_reproducible() {
    let project = root().join("fixtures/projects/cargo-workspace");
    for format in ["json", "cyclonedx-json", "human"] {
        let args = ["scan", project.to_str().unwrap(), "-o", format, "--no-caches"];
        let (first, second) = (licit(&args), licit(&args));
        assert!(first.status.success() && !first.stdout.is_empty());
        assert_eq!(first.stdout, second.stdout, "{format}");
    }
}

#[test]
fn what_was_told_beats_what_is_stated() {
    let project = root().join("fixtures/projects/npm-app");
    let conflicts = |scan: &Value| {
        let findings = scan["findings"].as_array().unwrap();
        findings.iter().filter(|f| f["severity"] == "error").count()
    };
    assert_eq!(conflicts(&json(&project, &[])), 1);
    assert_eq!(conflicts(&json(&project, &["--outbound", "AGPL-3.0-only"])), 0);
    assert_eq!(conflicts(&json(&project, &["--distribution", "internal"])), 0);
}

#[test]
fn usage_errors_end_with_2_and_say_what_to_do() {
    let project = root().join("fixtures/projects/npm-app");
    let project = project.to_str().unwrap();
    let cases: &[(&[&str], &str)] = &[
        (&["scan", "no/such/folder"], "cannot read no/such/folder"),
        (&["scan", project, "-o", "jsno"], "did you mean `json`?"),
        (&["scan", project, "-o", "json", "-o", "human"], "only one format can go to standard output"),
        (&["scan", project, "--outbound", "Some License"], "no SPDX expression"),
        (&["scan", project, "--outbound", "BSD"], "is not one license"),
        (&["scan", project, "--distribution", "cloud"], "it is one of binary, source"),
        (&["scan", project, "--config", "no.toml"], "cannot read the configuration no.toml"),
    ];
    for (args, says) in cases {
        let output = licit(args);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {error}");
        assert!(error.contains(says), "{args:?}: {error}");
        assert!(output.stdout.is_empty(), "{args:?}");
    }
}

#[test]
fn an_unreadable_lockfile_makes_the_scan_partial() {
    let dir = temporary("partial");
    std::fs::write(dir.join("package-lock.json"), "{ \"lockfileVersion\": 3, \"packages\": { ").unwrap();
    std::fs::write(dir.join("go.mod"), "module example.com/m\n\ngo 1.20\n\nrequire example.com/a v1.0.0\n")
        .unwrap();
    let scan = json(&dir, &[]);
    assert_eq!(scan["complete"], false);
    let names: Vec<&str> =
        scan["components"].as_array().unwrap().iter().map(|c| c["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"example.com/a"), "the rest goes on: {names:?}");
    let path = dir.to_str().unwrap();
    assert_eq!(licit(&["scan", path]).status.code(), Some(0));
    assert_eq!(licit(&["scan", path, "--strict"]).status.code(), Some(3));
}

#[test]
fn one_lockfile_can_be_scanned_alone() {
    let lock = root().join("fixtures/projects/cargo-workspace/Cargo.lock");
    let scan = json(&lock, &[]);
    let fastrand =
        scan["components"].as_array().unwrap().iter().find(|c| c["name"] == "fastrand").unwrap().clone();
    assert_eq!(fastrand["scope"], "dev", "the manifests below the lockfile give the scopes");
    // What is installed beside it was not asked for.
    let alone = json(&root().join("fixtures/projects/riders/package-lock.json"), &[]);
    let all = alone["components"].as_array().unwrap();
    assert!(!all.is_empty() && all.iter().all(|c| c["ecosystem"] == "npm"), "{all:?}");
    assert_eq!(all.iter().filter(|c| c["first_party"] == true).count(), 1);
}

#[cfg(unix)]
#[test]
fn links_and_odd_names_are_problems_and_no_failures() {
    use std::os::unix::ffi::OsStrExt as _;
    let dir = temporary("odd");
    std::os::unix::fs::symlink(&dir, dir.join("loop")).unwrap();
    std::os::unix::fs::symlink("/etc/hostname", dir.join("package.json")).unwrap();
    std::os::unix::fs::symlink("nowhere", dir.join("go.mod")).unwrap();
    let odd = dir.join(std::ffi::OsStr::from_bytes(b"caf\xe9"));
    std::fs::create_dir_all(&odd).unwrap();
    std::fs::write(odd.join("go.mod"), "module example.com/odd\n\ngo 1.20\n\nrequire example.com/a v1.0.0\n")
        .unwrap();
    let scan = json(&dir, &[]);
    let messages: Vec<String> = scan["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| format!("{}: {}", p["path"], p["message"]))
        .collect();
    let all = messages.join("\n");
    assert!(all.contains("leads out of the scanned tree"), "{all}");
    assert!(all.contains("cannot be followed"), "{all}");
    assert!(all.contains("is not UTF-8"), "{all}");
    assert!(scan["components"].as_array().unwrap().iter().any(|c| c["name"] == "example.com/a"));
}

#[test]
fn the_sbom_covers_the_graph() {
    let project = root().join("fixtures/projects/npm-app");
    let output = licit(&["scan", project.to_str().unwrap(), "-o", "cyclonedx-json", "--no-caches"]);
    let bom: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(bom["specVersion"], "1.6");
    assert_eq!(bom["metadata"]["timestamp"], "2026-09-21T14:13:20Z");
    let refs: Vec<&str> =
        bom["components"].as_array().unwrap().iter().map(|c| c["bom-ref"].as_str().unwrap()).collect();
    assert!(refs.contains(&"pkg:npm/pdf-core@5.0.3"));
    let graph = bom["dependencies"].as_array().unwrap();
    let render = graph.iter().find(|d| d["ref"] == "pkg:npm/render@1.7.2").unwrap();
    assert_eq!(render["dependsOn"], serde_json::json!(["pkg:npm/pdf-core@5.0.3"]));
}

/// A fresh folder below the build's own.
fn temporary(name: &str) -> std::path::PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if dir.exists() {
        std::fs::remove_dir_all(&dir).unwrap();
    }
    std::fs::create_dir_all(&dir).unwrap();
    dir
}

#[test]
fn copies_of_another_project_prove_nothing() {
    let dir = temporary("neighbours");
    let lock = |name: &str| {
        format!(
            "version = 4\n\n[[package]]\nname = \"{name}\"\nversion = \"0.1.0\"\ndependencies = [\"shared\"]\n\n\
             [[package]]\nname = \"shared\"\nversion = \"1.0.0\"\nsource = \"registry+https://registry.example/crates.io-index\"\n"
        )
    };
    let manifest = |name: &str| {
        format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nlicense = \"MIT\"\n[dependencies]\nshared = \"1\"\n"
        )
    };
    std::fs::create_dir_all(dir.join("demo/vendor/shared")).unwrap();
    for (at, name) in [("", "product"), ("demo", "demo")] {
        std::fs::write(dir.join(at).join("Cargo.lock"), lock(name)).unwrap();
        std::fs::write(dir.join(at).join("Cargo.toml"), manifest(name)).unwrap();
    }
    let copy = "[package]\nname = \"shared\"\nversion = \"1.0.0\"\nlicense = \"GPL-3.0-only\"\n";
    std::fs::write(dir.join("demo/vendor/shared/Cargo.toml"), copy).unwrap();
    let license = |scan: &Value| {
        let components = scan["components"].as_array().unwrap();
        components.iter().find(|c| c["name"] == "shared").unwrap()["licenses"]["concluded"].clone()
    };
    assert_eq!(license(&json(&dir.join("Cargo.lock"), &[])), Value::Null);
    assert_eq!(license(&json(&dir.join("demo"), &[])), "GPL-3.0-only");
}

#[test]
fn a_rider_in_the_readme_is_asked_about() {
    let dir = temporary("rider");
    std::fs::write(
        dir.join("package.json"),
        "{ \"name\": \"toy\", \"version\": \"1.0.0\", \"license\": \"MIT\" }",
    )
    .unwrap();
    std::fs::write(
        dir.join("README.md"),
        "# Toy\n\nYou may not use this software for commercial purposes.\n",
    )
    .unwrap();
    let scan = json(&dir, &[]);
    let codes: Vec<&str> =
        scan["findings"].as_array().unwrap().iter().map(|f| f["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["readme-rider"]);
}

#[test]
fn heads_of_files_are_read_when_asked() {
    let dir = temporary("deep");
    std::fs::write(
        dir.join("package.json"),
        "{ \"name\": \"toy\", \"version\": \"1.0.0\", \"license\": \"MIT\" }",
    )
    .unwrap();
    std::fs::write(dir.join("index.js"), "// SPDX-License-Identifier: GPL-2.0-only\nexport default 1;\n")
        .unwrap();
    assert!(json(&dir, &[])["findings"].as_array().unwrap().is_empty());
    let scan = json(&dir, &["--deep"]);
    assert_eq!(scan["files"][0]["license"], "GPL-2.0-only");
    assert_eq!(scan["findings"][0]["code"], "file-license-differs");
}

#[test]
fn a_declared_license_beside_an_unknown_text_is_asked_about() {
    let dir = temporary("unread");
    let package = "{ \"name\": \"toy\", \"version\": \"1.0.0\", \"license\": \"MIT\" }";
    std::fs::write(dir.join("package.json"), package).unwrap();
    std::fs::write(dir.join("LICENSE"), "Only members of the club of Springfield may look at these files.\n")
        .unwrap();
    let scan = json(&dir, &[]);
    assert_eq!(scan["findings"][0]["code"], "license-text-unread");
    std::fs::write(dir.join("LICENSE"), std::fs::read(root().join("LICENSE-MIT")).unwrap()).unwrap();
    assert!(json(&dir, &[])["findings"].as_array().unwrap().is_empty());
}
