//! Checks what the compiler cannot.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use cargo_metadata::{DependencyKind, MetadataCommand};

use crate::say;

/// Which of the project's crates each may import; see docs/ARCHITECTURE.md.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("licit-model", &[]),
    ("licit-sbom", &["licit-model"]),
    ("licit-inventory", &["licit-model", "licit-sbom"]),
    ("licit-license", &["licit-model"]),
    ("licit-comply", &["licit-model", "licit-license"]),
    ("licit-report", &["licit-model", "licit-sbom"]),
    ("licit-remote", &["licit-model"]),
    (
        "licit",
        &[
            "licit-model",
            "licit-sbom",
            "licit-inventory",
            "licit-license",
            "licit-comply",
            "licit-report",
            "licit-remote",
        ],
    ),
    // The index of texts has to be cut into words by the code that reads it.
    ("xtask", &["licit-license"]),
];

/// Longer source files are split, unless they are tables.
const LONGEST: usize = 800;

/// Runs every check and prints what is wrong.
pub(crate) fn run(root: &Path) -> ExitCode {
    let mut wrong = Vec::new();
    imports(root, &mut wrong);
    reasons(root, &mut wrong);
    fixtures(root, &mut wrong);
    rules(root, &mut wrong);
    sources(root, &mut wrong);
    top_level(root, &mut wrong);
    wrong.sort();
    wrong.iter().for_each(|w| say(w));
    if wrong.is_empty() {
        say("tidy: all is well");
        ExitCode::SUCCESS
    } else {
        say(&format!("tidy: {} to mend", wrong.len()));
        ExitCode::FAILURE
    }
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

fn files(dir: &Path, extension: &str) -> Vec<PathBuf> {
    let walk = walkdir::WalkDir::new(dir).sort_by_file_name();
    let entries = walk.into_iter().filter_entry(|e| e.file_name() != "target").flatten();
    entries
        .map(walkdir::DirEntry::into_path)
        .filter(|p| p.extension().is_some_and(|e| e == extension))
        .collect()
}

fn shown(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).display().to_string()
}

/// Imports between crates go one way; tests may import what they test.
fn imports(root: &Path, wrong: &mut Vec<String>) {
    let metadata = MetadataCommand::new().manifest_path(root.join("Cargo.toml")).no_deps().exec();
    let Ok(metadata) = metadata else {
        wrong.push("cargo metadata does not answer".to_string());
        return;
    };
    for package in &metadata.packages {
        let name = package.name.as_str();
        let Some((_, allowed)) = MAY_IMPORT.iter().find(|(n, _)| *n == name) else {
            wrong.push(format!(
                "{name}: not in the table of crates; add it and its row in docs/ARCHITECTURE.md"
            ));
            continue;
        };
        let own =
            package.dependencies.iter().filter(|d| d.path.is_some() && d.kind != DependencyKind::Development);
        for dependency in own.filter(|d| !allowed.contains(&d.name.as_str())) {
            wrong.push(format!("{name}: may not import {}", dependency.name));
        }
    }
}

/// Each shared dependency has a line above it that says why.
fn reasons(root: &Path, wrong: &mut Vec<String>) {
    let text = read(&root.join("Cargo.toml"));
    let mut inside = false;
    let mut reasoned = false;
    for (number, line) in (1..).zip(text.lines()) {
        if line.starts_with('[') {
            inside = line == "[workspace.dependencies]";
        } else if inside && line.starts_with('#') {
            reasoned = true;
        } else if inside && line.contains('=') {
            if !reasoned && !line.contains("path = ") {
                wrong.push(format!("Cargo.toml:{number}: say in a line above why this dependency is here"));
            }
            reasoned = false;
        }
    }
}

/// Every extractor in the table has `good`, `empty` and `broken`.
fn fixtures(root: &Path, wrong: &mut Vec<String>) {
    let table = read(&root.join("crates/inventory/src/extract.rs"));
    let rows = table.lines().filter_map(|l| l.trim().strip_prefix('&')?.split_once("::"));
    let modules: Vec<&str> = rows.map(|(module, _)| module).filter(|m| !m.contains(' ')).collect();
    if modules.is_empty() {
        wrong.push("crates/inventory/src/extract.rs: the table of extractors was not found".to_string());
    }
    for module in modules {
        let source = read(&root.join(format!("crates/inventory/src/extract/{module}.rs")));
        // A name that others use too stands in a constant.
        let name = source
            .split_once("const NAME: &str =")
            .or_else(|| source.split_once("fn name(&self)"))
            .and_then(|(_, rest)| rest.split('"').nth(1))
            .unwrap_or(module)
            .to_string();
        for kind in ["good", "empty", "broken"] {
            let dir = root.join("fixtures/extract").join(&name).join(kind);
            let inputs = std::fs::read_dir(&dir).map(|d| d.flatten().count()).unwrap_or(0);
            if inputs < 2 {
                wrong.push(format!(
                    "fixtures/extract/{name}/{kind}: an input and its expected.txt are needed"
                ));
            }
        }
    }
}

/// Every rule has a source.
fn rules(root: &Path, wrong: &mut Vec<String>) {
    for folder in ["licenses", "exceptions", "models", "changes", "compat"] {
        for path in files(&root.join("rules").join(folder), "toml") {
            let rule: Result<toml::Table, _> = toml::from_str(&read(&path));
            let sourced = rule.as_ref().is_ok_and(|r| {
                let sources = r.get("sources").and_then(toml::Value::as_array);
                sources.is_some_and(|s| s.iter().any(|s| s.as_str().is_some_and(|s| !s.trim().is_empty())))
            });
            if !sourced {
                wrong.push(format!("{}: a rule without a source", shown(root, &path)));
            }
            if let Ok(rule) = rule
                && folder == "licenses"
            {
                wrong.extend(unfounded(&rule).map(|why| format!("{}: {why}", shown(root, &path))));
            }
        }
    }
}

/// What is missing in the rule of a license that asks or limits more than notices: the clause that triggers it, a duty
/// or a limit, and the number of each clause.
fn unfounded(rule: &toml::Table) -> Option<String> {
    let class = rule.get("class").and_then(toml::Value::as_str).unwrap_or("");
    let clauses = rule.get("clause").and_then(toml::Value::as_array).cloned().unwrap_or_default();
    let text =
        |c: &toml::Value, key: &str| c.get(key).and_then(toml::Value::as_str).unwrap_or("").to_string();
    if let Some(clause) =
        clauses.iter().find(|c| text(c, "ref").trim().is_empty() || text(c, "says").is_empty())
    {
        return Some(format!("a clause of kind `{}` without `ref` or `says`", text(clause, "kind")));
    }
    let has = |kinds: &[&str]| clauses.iter().any(|c| kinds.contains(&text(c, "kind").as_str()));
    match class {
        "weak-copyleft" | "strong-copyleft" | "network-copyleft" if !has(&["reciprocity"]) => {
            Some("no clause says what triggers its reciprocity".to_string())
        }
        "weak-copyleft" | "strong-copyleft" | "network-copyleft"
            if !has(&["source", "notice", "attribution", "license-copy", "modification", "boundary"]) =>
        {
            Some("no clause says what is owed".to_string())
        }
        "source-available" if !has(LIMITS) => Some("no clause says what it limits".to_string()),
        _ => None,
    }
}

/// Kinds of clauses that limit use, users, changes or sale.
const LIMITS: &[&str] = &[
    "field-of-use",
    "commercial",
    "derivatives",
    "hosting",
    "production",
    "network",
    "users",
    "revenue",
    "royalty",
    "territory",
    "use-policy",
    "registration",
    "outputs",
    "modification",
    "reciprocity",
];

/// Files begin by saying what they are, stay short, and end with one newline.
fn sources(root: &Path, wrong: &mut Vec<String>) {
    let folders = [root.join("crates"), root.join("tests")];
    for path in folders.iter().flat_map(|d| files(d, "rs")) {
        let text = read(&path);
        let place = shown(root, &path);
        if !text.starts_with("//!") {
            wrong.push(format!("{place}:1: say in a `//!` line what this file is for"));
        }
        let lines = text.lines().count();
        if lines > LONGEST {
            wrong.push(format!("{place}: {lines} lines; split it below {LONGEST}"));
        }
        for (number, line) in (1..).zip(text.lines()) {
            if line.ends_with(' ') || line.contains('\t') {
                wrong.push(format!("{place}:{number}: a tab, or blanks at the end"));
            }
        }
        let forbidden = ["utils.rs", "common.rs", "helpers.rs"];
        if path.file_name().is_some_and(|n| forbidden.iter().any(|f| n == *f)) {
            wrong.push(format!("{place}: name it after what it does"));
        }
    }
}

/// The top level stays as the layout says.
fn top_level(root: &Path, wrong: &mut Vec<String>) {
    const KNOWN: &[&str] = &[
        "Cargo.toml",
        "Cargo.lock",
        "crates",
        "rules",
        "fixtures",
        "tests",
        "docs",
        "README.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "LICENSE-APACHE",
        "LICENSE-MIT",
        "clippy.toml",
        "deny.toml",
        "rustfmt.toml",
        "licit.toml",
        ".ci",
        ".cargo",
        ".git",
        ".gitignore",
        ".github",
        "target",
    ];
    for entry in std::fs::read_dir(root).into_iter().flatten().flatten() {
        let name = entry.file_name();
        if !KNOWN.iter().any(|k| name == *k) {
            wrong.push(format!("{}: not part of the top level", name.display()));
        }
    }
}
