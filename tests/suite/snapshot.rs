//! Expected outputs as files, and where things lie.

use std::path::{Path, PathBuf};

/// The repository's root.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// A folder that lies beside the repository on the project's own machines; says so where it is missing.
pub(crate) fn shared(below: &str) -> Option<PathBuf> {
    let path = root().join("../shared").join(below);
    if path.exists() {
        return Some(path);
    }
    eprintln!("not run: ../shared/{below} is not beside this checkout");
    None
}

/// Compares with the file, or writes it when `LICIT_BLESS` is set.
pub(crate) fn matches_file(expected: &Path, actual: &str) {
    if std::env::var_os("LICIT_BLESS").is_some() {
        std::fs::write(expected, actual).unwrap();
        return;
    }
    let wanted = std::fs::read_to_string(expected)
        .unwrap_or_else(|e| panic!("{}: {e}; LICIT_BLESS=1 writes it", expected.display()));
    if wanted != actual {
        let differing = wanted.lines().zip(actual.lines()).position(|(a, b)| a != b);
        let line = differing.unwrap_or_else(|| wanted.lines().count().min(actual.lines().count()));
        panic!(
            "{}:{}: output changed\n  expected: {}\n  actual:   {}\nLICIT_BLESS=1 accepts it",
            expected.display(),
            line + 1,
            wanted.lines().nth(line).unwrap_or("<end>"),
            actual.lines().nth(line).unwrap_or("<end>"),
        );
    }
}
