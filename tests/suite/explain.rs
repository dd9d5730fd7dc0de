//! `licit explain` as a user runs it, and that every code of a finding is explained.

use std::path::Path;
use std::process::{Command, Output};

use licit_comply::codes::{self, CODES};
use serde_json::Value;

use crate::snapshot::{matches_file, root};

fn explain(words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_licit")).arg("explain").args(words).output().unwrap()
}

fn page(words: &[&str]) -> String {
    let output = explain(words);
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn json(words: &[&str]) -> Value {
    let mut args = words.to_vec();
    args.extend(["--format", "json"]);
    serde_json::from_str(&page(&args)).unwrap()
}

/// What the terminal shows for one of each kind of thing.
#[test]
fn pages_are_what_is_expected() {
    let cases: &[(&str, &[&str])] = &[
        ("gpl-3.0-only", &["GPL-3.0-only"]),
        ("mpl-2.0", &["MPL-2.0"]),
        ("busl-1.1", &["BUSL-1.1"]),
        ("llama-2", &["llama-2"]),
        ("classpath", &["GPL-2.0-only WITH Classpath-exception-2.0"]),
        ("exception", &["GCC-exception-3.1"]),
        ("clause", &["GPL-3.0-only §5(c)"]),
        ("class", &["public-domain"]),
        ("finding", &["reciprocity-conflict"]),
        ("pair", &["GPL-2.0-only", "Apache-2.0"]),
    ];
    for (name, words) in cases {
        let page = page(words);
        assert!(page.ends_with("This is a reading of the license, no legal advice.\n"), "{name}");
        let wide =
            page.lines().filter(|l| l.chars().count() > 100 && !l.contains("All Rights Reserved")).count();
        assert_eq!(wide, 0, "{name} has lines that are too long");
        matches_file(&root().join(format!("fixtures/explain/{name}.txt")), &page);
    }
}

#[test]
fn one_thing_has_many_names() {
    let id = |words: &[&str]| json(words)["id"].as_str().unwrap_or("-").to_string();
    assert_eq!(id(&["Apache 2"]), "Apache-2.0");
    assert_eq!(id(&["Apache", "2"]), "Apache-2.0");
    assert_eq!(id(&["mpl-2.0"]), "MPL-2.0");
    assert_eq!(id(&["Llama 2 Community License"]), "LicenseRef-scancode-llama-2-license-2023");
    assert_eq!(id(&["gcc-exception-3.1"]), "GCC-exception-3.1");
    assert_eq!(id(&["GPL-2.0-with-classpath-exception"]), "GPL-2.0-only WITH Classpath-exception-2.0");
    for words in
        [&["AGPL-3.0 13"][..], &["AGPL-3.0-only", "13"], &["AGPL-3.0-only section 13"], &["AGPL-3.0 §13"]]
    {
        let document = json(words);
        assert_eq!(
            (&document["kind"], &document["id"]),
            (&Value::from("clauses"), &Value::from("AGPL-3.0-only"))
        );
        assert!(
            document["clauses"].as_array().unwrap().iter().all(|c| c["clause"] == "AGPL-3.0-only §13"),
            "{words:?}"
        );
    }
    let expression = json(&["MIT OR Apache-2.0"]);
    assert_eq!(
        (&expression["kind"], expression["licenses"].as_array().unwrap().len()),
        (&Value::from("expression"), 2)
    );
}

#[test]
fn the_document_holds_scopes_sentences_and_limits() {
    let gpl = json(&["GPL-3.0-only"]);
    assert_eq!(gpl["schema"], "licit/explain/1");
    let must = gpl["must"].as_array().unwrap();
    let whole = must.iter().find(|m| m["clause"] == "GPL-3.0-only §5(c)").unwrap();
    let relations: Vec<&str> =
        whole["relations"].as_array().unwrap().iter().map(|r| r.as_str().unwrap()).collect();
    assert!(relations.contains(&"static") && !relations.contains(&"process"));
    let classpath = json(&["GPL-2.0-only WITH Classpath-exception-2.0"]);
    assert_eq!(classpath["class"]["word"], "weak-copyleft");
    let lifted = classpath["must"].as_array().unwrap().iter().find(|m| m["lifted"].is_string()).unwrap();
    assert!(!lifted["relations"].as_array().unwrap().contains(&Value::from("static")), "{lifted}");
    let llama = json(&["llama-2"]);
    let all: Vec<&Value> =
        ["must", "cannot", "also"].iter().flat_map(|k| llama[k].as_array().unwrap()).collect();
    assert!(
        all.iter().any(|t| t["text"].as_str().is_some_and(|t| t.starts_with("Llama 2 is licensed under")))
    );
    let limit = |t: &&&Value| t["measures"].to_string().contains("more than 700,000,000 users per month");
    assert!(all.iter().any(|t| limit(&t)));
}

#[test]
fn a_pair_is_judged_each_way() {
    let pair = json(&["GPL-2.0-only", "Apache-2.0"]);
    let verdicts: Vec<(&str, &str)> = pair["verdicts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| (v["outbound"].as_str().unwrap(), v["verdict"].as_str().unwrap()))
        .collect();
    assert_eq!(verdicts, [("GPL-2.0-only", "conflict"), ("Apache-2.0", "conflict")]);
    let apart = json(&["GPL-2.0-only", "Apache-2.0", "--context", "separate-process;distribute-binary"]);
    for verdict in apart["verdicts"].as_array().unwrap() {
        assert_ne!(verdict["verdict"], "conflict", "{verdict}");
    }
}

#[test]
fn unknown_names_end_with_2_and_name_what_is_near() {
    let cases: &[(&[&str], &str)] = &[
        (&["GPL-3.0-onyl"], "did you mean `GPL-3.0-only`"),
        (&["weak-copylft"], "did you mean `weak-copyleft`"),
        (&["reciprocity-conflct"], "`reciprocity-conflict`"),
        (&["Classpth-exception-2.0"], "`Classpath-exception-2.0`"),
        (&["lama-2"], "`llama-2`"),
        (&["GPL-3.0-only §99"], "no such clause of GPL-3.0-only is recorded"),
        (&["LicenseRef-nobody-knows-this-one-at-all"], "is no license"),
        (&["MIT", "--format", "xml"], "no such format"),
    ];
    for (words, says) in cases {
        let output = explain(words);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{words:?}: {error}");
        assert!(error.contains(says), "{words:?}: {error}");
        assert!(output.stdout.is_empty(), "{words:?}");
    }
}

#[test]
fn the_page_of_findings_is_the_table() {
    matches_file(&root().join("docs/findings.md"), &codes::markdown());
}

/// Whatever the judges say has a row: codes are read out of their source and out of what whole scans gave.
#[test]
fn every_code_is_explained() {
    let mut used: Vec<(String, String)> = Vec::new();
    sources(&root().join("crates/comply/src"), &mut |path, text| {
        used.extend(codes_of(text).into_iter().map(|c| (c, path.display().to_string())));
    });
    assert!(used.len() > 25, "the reading of the sources finds hardly any code: {used:?}");
    for project in std::fs::read_dir(root().join("fixtures/projects")).unwrap() {
        let path = project.unwrap().path();
        if !path.to_string_lossy().ends_with(".expected.txt") {
            continue;
        }
        for line in std::fs::read_to_string(&path).unwrap().lines() {
            let mut words = line.split(' ');
            if matches!(words.next(), Some("error" | "warning" | "info")) {
                used.extend(words.next().map(|c| (c.to_string(), path.display().to_string())));
            }
        }
    }
    used.sort();
    used.dedup();
    let missing: Vec<_> = used.iter().filter(|(code, _)| codes::code(code).is_none()).collect();
    assert!(missing.is_empty(), "no row in crates/comply/src/codes.rs for {missing:#?}");
    assert!(CODES.len() >= 30);
}

fn sources(dir: &Path, each: &mut dyn FnMut(&Path, &str)) {
    let mut entries: Vec<_> = std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            sources(&path, each);
        } else if path.extension().is_some_and(|e| e == "rs") && !path.ends_with("codes.rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            // Tests make up codes of their own.
            each(&path, text.split("#[cfg(test)]").next().unwrap());
        }
    }
}

/// Literals that stand where a code does: in a field or variable of that name, behind a severity or a verdict, or first in
/// what an arm of a match gives.
fn codes_of(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices('"') {
        let word: String =
            text[at + 1..].chars().take_while(|c| c.is_ascii_lowercase() || *c == '-').collect();
        if !word.contains('-') || !text[at + 1 + word.len()..].starts_with('"') {
            continue;
        }
        let before = text[..at].trim_end();
        let after = text[at + word.len() + 2..].trim_start();
        let last = before.rsplit(|c: char| c.is_whitespace() || c == '(').next().unwrap_or("");
        let weighed = ["Verdict::", "Severity::"].iter().any(|p| last.starts_with(p)) || last == "verdict,";
        let named =
            ["code:", "code =", "code ==", ": &str =", ".finding("].iter().any(|p| before.ends_with(p));
        let given = before.ends_with("=> (") && after.starts_with(',');
        if weighed && before.ends_with(',') || named || given {
            found.push(word);
        }
    }
    found
}

#[test]
fn codes_are_found_in_source() {
    let text = "Finding { code: \"one-code\".to_string() } said(Verdict::Review, \"two-code\", m) \
        (\n Severity::Info,\n \"three-code\",\n x => (\"four-code\", \"an-action\", T) remedy(\"no-code\", \"x\") \
        code = \"five-code\" word => \"no-verdict\", \
        self.finding(\"six-code\", s) const A: &str = \"seven-code\";";
    let found = ["one-code", "two-code", "three-code", "four-code", "five-code", "six-code", "seven-code"];
    assert_eq!(codes_of(text), found);
}
