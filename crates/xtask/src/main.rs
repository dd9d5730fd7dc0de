//! Chores of the repository. `cargo xtask tidy` checks what the compiler cannot: who imports whom, that every
//! extractor has its fixtures, that every rule has its source, and the house style of files.

use std::path::PathBuf;
use std::process::ExitCode;

mod fuzz;
#[cfg(feature = "index")]
mod index;
mod tidy;

fn main() -> ExitCode {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    match std::env::args().nth(1).as_deref() {
        Some("tidy") => tidy::run(&root),
        Some("fuzz") => fuzz::run(&root, std::env::args().nth(2)),
        #[cfg(feature = "index")]
        Some("index") => match (std::env::args().nth(2), std::env::args().nth(3)) {
            (Some(scancode), Some(ai)) => index::run(&root, scancode.as_ref(), ai.as_ref()),
            _ => {
                say("usage: cargo xtask-index SCANCODE_DATA AI_TEXTS");
                ExitCode::from(2)
            }
        },
        _ => {
            say(
                "usage: cargo xtask tidy, cargo xtask fuzz [RUNS], or cargo xtask-index SCANCODE_DATA AI_TEXTS",
            );
            ExitCode::from(2)
        }
    }
}

/// The one place that prints.
#[allow(clippy::print_stderr)]
fn say(text: &str) {
    eprintln!("{text}");
}
