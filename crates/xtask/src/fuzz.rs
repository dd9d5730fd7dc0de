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

/// Names of files as a scan meets them besides the formats: weights, code and configuration that name models, archives,
/// images, and lists of components.
const FILES: [&str; 42] = [
    "model.gguf",
    "model.safetensors",
    "model.safetensors.index.json",
    "model.onnx",
    "model.ort",
    "model.pt",
    "model.pkl",
    "model.tflite",
    "model.h5",
    "model.keras",
    "model.mlmodel",
    "model.param",
    "model.pdmodel",
    "model.engine",
    "openvino.xml",
    "saved_model.pb",
    "config.json",
    "adapter_config.json",
    "model_index.json",
    "README.md",
    "Modelfile",
    "main.py",
    "notebook.ipynb",
    "run.sh",
    "Makefile",
    "Dockerfile",
    "values.yaml",
    "settings.toml",
    "app.ts",
    "main.rs",
    "a.zip",
    "a.jar",
    "a.whl",
    "a.tar",
    "a.tar.gz",
    "a.tar.xz",
    "a.tar.bz2",
    "a.tar.zst",
    "a.deb",
    "bom.cdx.json",
    "bom.cdx.xml",
    "bom.spdx",
];

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
        let seeds = seeds.each_ref().map(AsRef::as_ref);
        if !target(root, "extract", Some(("LICIT_FUZZ_FORMAT", format)), &seeds, &runs) {
            failed.push(format.as_str());
        }
    }
    for file in FILES {
        let seeds = ["weights", "mentions", "trees"].map(|folder| root.join("fixtures").join(folder));
        let seeds = seeds.each_ref().map(AsRef::as_ref);
        if !target(root, "file", Some(("LICIT_FUZZ_FILE", file)), &seeds, &runs) {
            failed.push(file);
        }
    }
    for other in OTHERS {
        if !target(root, other, None, &[], &runs) {
            failed.push(other);
        }
    }
    if failed.is_empty() {
        let count = formats.len() + FILES.len() + OTHERS.len();
        say(&format!("{count} targets, {runs} executions each: nothing found"));
        return ExitCode::SUCCESS;
    }
    say(&format!("found something in {}; see crates/fuzz/artifacts", failed.join(", ")));
    ExitCode::FAILURE
}

/// Runs one target; `what` is the variable that tells it what to read, and its value.
fn target(root: &Path, name: &str, what: Option<(&str, &str)>, seeds: &[&Path], runs: &str) -> bool {
    let folder = root.join("crates/fuzz");
    let corpus = folder.join("corpus").join(what.map_or(name, |(_, value)| value));
    if std::fs::create_dir_all(&corpus).is_err() {
        say(&format!("{} cannot be made", corpus.display()));
        return false;
    }
    let mut command = Command::new("cargo");
    command.current_dir(&folder).args(["+nightly", "fuzz", "run", "--fuzz-dir", "."]).arg(name).arg(&corpus);
    command.args(seeds.iter().filter(|seeds| seeds.is_dir()));
    command.args(["--", "-timeout=10", "-rss_limit_mb=2048", "-max_len=16384"]).arg(format!("-runs={runs}"));
    if let Some((variable, value)) = what {
        command.env(variable, value);
    }
    match command.status() {
        Ok(status) => status.success(),
        Err(error) => {
            say(&format!("cargo fuzz cannot be run ({error}); install it with `cargo install cargo-fuzz`"));
            false
        }
    }
}
