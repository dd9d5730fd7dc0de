//! The tables of real cases that lie beside the repository, with floors that only rise.

use std::process::Command;

use crate::snapshot::shared;

/// Formats that licit reads, with the least score that each must reach.
const LOCKFILES: &[(&str, f64)] = &[
    ("bun", 1.0),
    ("bundler", 1.0),
    ("cargo", 1.0),
    ("composer", 1.0),
    ("gomod", 1.0),
    ("gradle", 1.0),
    ("maven", 0.83),
    ("npm", 0.98),
    ("nuget", 0.83),
    ("pdm", 1.0),
    ("pipenv", 0.83),
    ("pnpm", 0.98),
    ("poetry", 1.0),
    ("pub", 1.0),
    ("pylock", 1.0),
    ("requirements", 1.0),
    ("swift", 1.0),
    ("uv", 1.0),
    ("yarn", 0.98),
];

/// Scores one table.
fn score(table: &str) -> Option<serde_json::Value> {
    let scorer = shared("conformance/score.py")?;
    let output = Command::new("python3")
        .arg(scorer)
        .args([env!("CARGO_BIN_EXE_licit"), table, "--json"])
        .output()
        .expect("python3 runs the scorer");
    Some(serde_json::from_slice(&output.stdout).expect("the scorer answers JSON"))
}

#[test]
fn texts_reach_their_floors() {
    let Some(table) = score("license-detect") else { return };
    let rows = table["rows"].as_array().unwrap();
    let share = |kind: &str| {
        let of_kind: Vec<_> = rows.iter().filter(|r| r["kind"] == kind).collect();
        assert!(!of_kind.is_empty(), "no case of {kind}");
        of_kind.iter().filter(|r| r["score"] == 1.0).count() as f64 / of_kind.len() as f64
    };
    let mean = table["mean"].as_f64().unwrap();
    assert!(mean >= 0.975, "{mean}");
    for kind in [
        "negative",
        "modified-clause",
        "ai-licence",
        "source-available",
        "exception",
        "reference",
        "spdx-tag",
    ] {
        assert!(share(kind) >= 1.0, "{kind}: {}", share(kind));
    }
    assert!(share("derived-truncated") >= 0.75, "{}", share("derived-truncated"));
}

#[test]
fn scenarios_reach_their_floor() {
    let Some(table) = score("reciprocity") else { return };
    let mean = table["mean"].as_f64().unwrap();
    let wrong: Vec<_> = table["rows"].as_array().unwrap().iter().filter(|r| r["score"] != 1.0).collect();
    assert!(mean >= 1.0, "{mean}: {wrong:#?}");
}

/// References to models and datasets in code and configuration.
#[test]
fn model_references_reach_their_floor() {
    let Some(table) = score("model-refs") else { return };
    let mean = table["mean"].as_f64().unwrap();
    let wrong: Vec<_> = table["rows"].as_array().unwrap().iter().filter(|r| r["score"] != 1.0).collect();
    assert!(mean >= 1.0, "{mean}: {wrong:#?}");
}

/// Models judged by their terms, the company's facts and their lineage.
#[test]
fn lineages_reach_their_floor() {
    let Some(table) = score("ai-lineage") else { return };
    let mean = table["mean"].as_f64().unwrap();
    let wrong: Vec<_> = table["rows"].as_array().unwrap().iter().filter(|r| r["score"] != 1.0).collect();
    assert!(mean >= 1.0, "{mean}: {wrong:#?}");
}

/// Every AI license text is recognised as its own version.
#[test]
fn ai_texts_are_known() {
    let Some(dir) = shared("ai-licences/index.tsv") else { return };
    let dir = dir.parent().unwrap();
    let table = std::fs::read_to_string(dir.join("index.tsv")).unwrap();
    let mut wrong = Vec::new();
    let mut count = 0;
    for line in table.lines().skip(1) {
        let fields: Vec<&str> = line.split('\t').collect();
        let (slug, id) = (fields[0], fields[4]);
        let Ok(text) = std::fs::read_to_string(dir.join(format!("{slug}.txt"))) else { continue };
        count += 1;
        let said = licit_license::identify::identify(&text).expression.unwrap_or_default();
        if said != id && said != format!("LicenseRef-licit-{slug}") {
            wrong.push(format!("{slug}: {said}"));
        }
    }
    // Two texts are word for word the same: GLM-130B's and ChatGLM's first.
    wrong.retain(|w| !w.starts_with("glm-130b: LicenseRef-licit-chatglm-6b-2023-03"));
    assert!(count > 100, "only {count} texts were read");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn lockfiles_reach_their_floors() {
    let Some(table) = score("lockfiles") else { return };
    let rows = table["rows"].as_array().unwrap();
    let mut low = Vec::new();
    for (format, floor) in LOCKFILES {
        let of_format: Vec<_> =
            rows.iter().filter(|r| r["case"].as_str().unwrap().starts_with(&format!("{format}/"))).collect();
        assert!(!of_format.is_empty(), "no case of {format}");
        let mean =
            of_format.iter().map(|r| r["score"].as_f64().unwrap()).sum::<f64>() / of_format.len() as f64;
        if mean + 1e-9 < *floor {
            let why: Vec<String> = of_format
                .iter()
                .filter(|r| r["score"] != 1.0)
                .map(|r| format!("{}: {}", r["case"], r["why"]))
                .collect();
            low.push(format!("{format}: {mean:.3} is below {floor}\n  {}", why.join("\n  ")));
        }
    }
    assert!(low.is_empty(), "{}", low.join("\n"));
}
