//! Chores of the repository. `cargo xtask tidy` checks what the compiler cannot: who imports whom, that every
//! extractor has its fixtures, that every rule has its source, and the house style of files.

use std::path::PathBuf;
use std::process::ExitCode;

mod tidy;

fn main() -> ExitCode {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    match std::env::args().nth(1).as_deref() {
        Some("tidy") => tidy::run(&root),
        _ => {
            say("usage: cargo xtask tidy");
            ExitCode::from(2)
        }
    }
}

/// The one place that prints.
#[allow(clippy::print_stderr)]
fn say(text: &str) {
    eprintln!("{text}");
}
