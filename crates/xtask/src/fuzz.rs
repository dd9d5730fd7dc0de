//! `cargo xtask fuzz`: arbitrary bytes for every reader of formats, of trees and caches, and of texts.
//!
//! Needs the nightly toolchain and cargo-fuzz, so neither the tests nor CI call it. What it finds becomes a fixture; what it
//! found is told in `docs/fuzzing.md`.

use std::path::Path;
use std::process::{Command, ExitCode};

use crate::say;

/// Executions of each target, unless the caller says otherwise.
const RUNS: &str = "20000";

/// Seconds of each target, where so many executions take longer.
const SECONDS: &str = "20";

/// Targets that are told what to read, with the variable that tells it. The names are those of the folders with the seeds.
const TOLD: [(&str, &str); 2] = [("tree", "LICIT_FUZZ_TREE"), ("text", "LICIT_FUZZ_TEXT")];

/// Targets that need no format.
const OTHERS: [&str; 3] = ["identify", "expression", "purl"];

/// Names of files as a scan meets them besides the formats: weights, code and configuration that name models, archives,
/// images, and lists of components.
const FILES: [&str; 44] = [
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
    "a.nupkg",
    "a.tar",
    "a.tar.gz",
    "a.tar.xz",
    "a.tar.bz2",
    "a.tar.zst",
    "a.deb",
    "bom.cdx.json",
    "bom.cdx.xml",
    "bom.spdx",
    "bom.spdx.json",
];

/// Names of the folders in a folder, in order.
fn folders(above: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(above).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    names
}

/// Runs every format that has fixtures, with these as seeds, then the other targets; names what failed.
pub(crate) fn run(root: &Path, runs: Option<String>) -> ExitCode {
    let runs = runs.unwrap_or_else(|| RUNS.to_string());
    let fixtures = root.join("fixtures/extract");
    let mut count = FILES.len() + OTHERS.len();
    let mut failed: Vec<String> = Vec::new();
    for format in folders(&fixtures) {
        count += 1;
        let seeds = ["good", "empty", "broken"].map(|case| fixtures.join(&format).join(case));
        let seeds = seeds.each_ref().map(AsRef::as_ref);
        if !target(root, "extract", Some(("LICIT_FUZZ_FORMAT", &format)), &seeds, &runs) {
            failed.push(format);
        }
    }
    for (name, variable) in TOLD {
        let above = root.join("fixtures/fuzz").join(name);
        for what in folders(&above) {
            count += 1;
            if !target(root, name, Some((variable, &what)), &[&above.join(&what)], &runs) {
                failed.push(format!("{name} of {what}"));
            }
        }
    }
    for file in FILES {
        let seeds = ["weights", "mentions", "trees"].map(|folder| root.join("fixtures").join(folder));
        let seeds = seeds.each_ref().map(AsRef::as_ref);
        if !target(root, "file", Some(("LICIT_FUZZ_FILE", file)), &seeds, &runs) {
            failed.push(file.to_string());
        }
    }
    let texts = folders(&root.join("fixtures/fuzz/text"));
    let texts: Vec<_> = texts.iter().map(|name| root.join("fixtures/fuzz/text").join(name)).collect();
    let texts: Vec<&Path> = texts.iter().map(AsRef::as_ref).collect();
    for other in OTHERS {
        if !target(root, other, None, &texts, &runs) {
            failed.push(other.to_string());
        }
    }
    if failed.is_empty() {
        say(&format!("{count} targets, up to {runs} executions each: nothing found"));
        return ExitCode::SUCCESS;
    }
    say(&format!("found something in {}; see crates/fuzz/artifacts", failed.join(", ")));
    ExitCode::FAILURE
}

/// Runs one target; `what` is the variable that tells it what to read, and its value.
fn target(root: &Path, name: &str, what: Option<(&str, &str)>, seeds: &[&Path], runs: &str) -> bool {
    let folder = root.join("crates/fuzz");
    let corpus = folder.join("corpus").join(name).join(what.map_or("all", |(_, value)| value));
    if std::fs::create_dir_all(&corpus).is_err() {
        say(&format!("{} cannot be made", corpus.display()));
        return false;
    }
    let mut command = Command::new("cargo");
    command.current_dir(&folder).args(["+nightly", "fuzz", "run", "--fuzz-dir", "."]).arg(name).arg(&corpus);
    command.args(seeds.iter().filter(|seeds| seeds.is_dir()));
    command.args(["--", "-timeout=10", "-report_slow_units=1", "-rss_limit_mb=2048", "-max_len=16384"]);
    command.arg(format!("-runs={runs}")).arg(format!("-max_total_time={SECONDS}"));
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
