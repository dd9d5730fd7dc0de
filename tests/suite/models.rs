//! `licit models`: every reader on files made for it, the two forms of the answer, what must not be reported.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::snapshot::{matches_file, root};

fn licit(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_licit")).arg("models").args(args).output().unwrap()
}

fn lines(path: &Path) -> Vec<Value> {
    let output = licit(&[path.to_str().unwrap(), "--format", "jsonl"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|l| serde_json::from_str(l).unwrap()).collect()
}

/// A table a person can check against the files.
fn table(rows: &[Value]) -> String {
    let word = |v: &Value| v.as_str().unwrap_or("-").to_string();
    let row = |r: &Value| {
        let keys = ["kind", "id", "revision", "role", "by"].map(|k| word(&r[k]));
        format!("{}:{}\t{}\n", word(&r["path"]), r["line"], keys.join("\t"))
    };
    rows.iter().map(row).collect()
}

#[test]
fn every_reader_finds_what_its_files_name() {
    let rows = lines(&root().join("fixtures/mentions"));
    matches_file(&root().join("fixtures/mentions.expected.tsv"), &table(&rows));
    // Names that only stand in comments, documentation, logs, paths and outputs are in the files, and in no row.
    for trap in [
        "commented",
        "docstring",
        "log-text",
        "documented",
        "only-text",
        "/output",
        "regex",
        "placeholder",
        "here-document",
        "not-a-card",
        "help-text",
        "vllm-openai",
        "gpt-4o",
        "models/heron",
        "runs/",
        "local/heron",
    ] {
        assert!(!rows.iter().any(|r| r["id"].as_str().unwrap().contains(trap)), "{trap}");
    }
}

#[test]
fn the_report_says_what_for_and_whether_it_is_pinned() {
    let dir = root().join("fixtures/mentions/config");
    let output = licit(&[dir.to_str().unwrap()]);
    let text = String::from_utf8(output.stdout).unwrap();
    for part in [
        "Models of the hub",
        "lumen-lab/heron-7b",
        "starting point of training",
        "pinned to commit 4f2a9c1d",
        "branch or tag v1, which can move",
        "unpinned in 5 places",
        "merged into another model",
        "Datasets of the hub",
        "tune.yaml:9",
    ] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    assert!(text.lines().all(|l| l.chars().count() <= 100), "{text}");
    let all = licit(&[dir.to_str().unwrap(), "--verbose"]);
    assert!(all.stdout.len() > text.len());
}

#[test]
fn one_file_nothing_and_a_wrong_word() {
    let file = root().join("fixtures/mentions/ops/Modelfile");
    let rows = lines(&file);
    assert_eq!((rows.len(), rows[0]["path"].as_str()), (2, Some("Modelfile")));
    let empty = root().join("fixtures/projects/npm-app");
    let output = licit(&[empty.to_str().unwrap()]);
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("No model"), "{output:?}");
    assert_eq!(licit(&["--format", "xml"]).status.code(), Some(2));
    assert_eq!(licit(&["/nowhere/at/all"]).status.code(), Some(2));
}
