//! `cargo xtask fuzz`: arbitrary bytes for every reader of formats, and for texts, expressions and package URLs.
//!
//! Needs the nightly toolchain and cargo-fuzz, so neither the tests nor CI call it. What it finds becomes a fixture.

use std::path::Path;
use std::process::{Command, ExitCode};

use crate::say;

/// Executions of each target, unless the caller says otherwise.
const RUNS: &str = "20000";

/// Targets that need no format.
const OTHERS: [&str; 3] = ["identify", "expression", "purl"];

/// Runs every format that has fixtures, with these as seeds, then the other targets; names what failed.
pub(crate) fn run(root: &Path, runs: Option<String>) -> ExitCode {
    let runs = runs.unwrap_or_else(|| RUNS.to_string());
    let fixtures = root.join("fixtures/extract");
    let mut formats: Vec<String> = std::fs::read_dir(&fixtures)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    formats.sort();
    let mut failed = Vec::new();
    for format in &formats {
        let seeds = ["good", "empty", "broken"].map(|case| fixtures.join(format).join(case));
        if !target(root, "extract", Some(format), &seeds.each_ref().map(AsRef::as_ref), &runs) {
            failed.push(format.as_str());
        }
    }
    for other in OTHERS {
        if !target(root, other, None, &[], &runs) {
            failed.push(other);
        }
    }
    if failed.is_empty() {
        say(&format!("{} targets, {runs} executions each: nothing found", formats.len() + OTHERS.len()));
        return ExitCode::SUCCESS;
    }
    say(&format!("found something in {}; see crates/fuzz/artifacts", failed.join(", ")));
    ExitCode::FAILURE
}

fn target(root: &Path, name: &str, format: Option<&str>, seeds: &[&Path], runs: &str) -> bool {
    let folder = root.join("crates/fuzz");
    let corpus = folder.join("corpus").join(format.unwrap_or(name));
    if std::fs::create_dir_all(&corpus).is_err() {
        say(&format!("{} cannot be made", corpus.display()));
        return false;
    }
    let mut command = Command::new("cargo");
    command.current_dir(&folder).args(["+nightly", "fuzz", "run", "--fuzz-dir", "."]).arg(name).arg(&corpus);
    command.args(seeds.iter().filter(|seeds| seeds.is_dir()));
    command.args(["--", "-timeout=10", "-rss_limit_mb=2048", "-max_len=16384"]).arg(format!("-runs={runs}"));
    if let Some(format) = format {
        command.env("LICIT_FUZZ_FORMAT", format);
    }
    match command.status() {
        Ok(status) => status.success(),
        Err(error) => {
            say(&format!("cargo fuzz cannot be run ({error}); install it with `cargo install cargo-fuzz`"));
            false
        }
    }
}
