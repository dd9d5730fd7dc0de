//! `cargo xtask index SCANCODE_DATA AI_TEXTS`: builds `rules/detect/index.bin` from the SPDX texts of the `spdx` crate,
//! ScanCode's LicenseDB (folder `licensedcode/data` of its package) and the AI license texts, and beside it
//! `rules/scancode.tsv` with the classes of the licenses that only the LicenseDB knows.

use std::path::Path;
use std::process::ExitCode;

use sha2::{Digest as _, Sha256};

use crate::say;

mod build;
mod classes;
mod source;

/// Builds the index and writes it with the record of its inputs.
pub(crate) fn run(root: &Path, scancode: &Path, ai: &Path) -> ExitCode {
    let mut inputs = Vec::new();
    let mut known = Vec::new();
    let phrases = root.join("rules/detect/phrases.toml");
    let read = source::all(scancode, ai, &root.join("rules/models"), &phrases, &mut inputs, &mut known);
    let read = read.and_then(|rules| Ok((rules, classes::ruled(&root.join("rules"))?)));
    let (rules, ruled) = match read {
        Ok(read) => read,
        Err(error) => {
            say(&format!("index: {error}"));
            return ExitCode::FAILURE;
        }
    };
    let bytes = build::build(&rules);
    let digest = hex(&Sha256::digest(&bytes));
    let dir = root.join("rules/detect");
    let mut record = String::from(
        "# Exact inputs of index.bin; made by `cargo xtask index`. See README.md for credits and terms.\n\n",
    );
    for input in &inputs {
        record.push_str(&format!(
            "[[input]]\nname = \"{}\"\nfiles = {}\nsha256 = \"{}\"\nterms = \"{}\"\n\n",
            input.name, input.files, input.sha256, input.terms
        ));
    }
    record.push_str(&format!(
        "[output]\nfile = \"index.bin\"\nrules = {}\nbytes = {}\nsha256 = \"{digest}\"\n",
        rules.len(),
        bytes.len()
    ));
    let written = std::fs::create_dir_all(&dir)
        .and_then(|()| std::fs::write(dir.join("index.bin"), &bytes))
        .and_then(|()| std::fs::write(dir.join("inputs.toml"), record))
        .and_then(|()| std::fs::write(root.join("rules/scancode.tsv"), classes::table(&known, &ruled)));
    if let Err(error) = written {
        say(&format!("index: {error}"));
        return ExitCode::FAILURE;
    }
    say(&format!("index: {} rules, {} bytes", rules.len(), bytes.len()));
    ExitCode::SUCCESS
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
