//! The tables of real cases that lie beside the repository, with floors that only rise.

use std::process::Command;

use crate::snapshot::shared;

/// Formats that licit reads, with the least score that each must reach.
const LOCKFILES: &[(&str, f64)] = &[
    ("cargo", 1.0),
    ("gomod", 1.0),
    ("npm", 0.95),
    ("pipenv", 0.83),
    ("pnpm", 0.95),
    ("poetry", 1.0),
    ("pylock", 1.0),
    ("requirements", 1.0),
    ("uv", 1.0),
    ("yarn", 0.95),
];

#[test]
fn lockfiles_reach_their_floors() {
    let Some(scorer) = shared("conformance/score.py") else { return };
    let output = Command::new("python3")
        .arg(scorer)
        .args([env!("CARGO_BIN_EXE_licit"), "lockfiles", "--json"])
        .output()
        .expect("python3 runs the scorer");
    let table: serde_json::Value = serde_json::from_slice(&output.stdout).expect("the scorer answers JSON");
    let rows = table["rows"].as_array().unwrap();
    let mut low = Vec::new();
    for (format, floor) in LOCKFILES {
        let of_format: Vec<_> =
            rows.iter().filter(|r| r["case"].as_str().unwrap().starts_with(&format!("{format}/"))).collect();
        assert!(!of_format.is_empty(), "no case of {format}");
        let mean = of_format.iter().map(|r| r["score"].as_f64().unwrap()).sum::<f64>() / of_format.len() as f64;
        if mean + 1e-9 < *floor {
            let why: Vec<String> =
                of_format.iter().filter(|r| r["score"] != 1.0).map(|r| format!("{}: {}", r["case"], r["why"])).collect();
            low.push(format!("{format}: {mean:.3} is below {floor}\n  {}", why.join("\n  ")));
        }
    }
    assert!(low.is_empty(), "{}", low.join("\n"));
}
