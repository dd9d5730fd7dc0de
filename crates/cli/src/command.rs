//! One file a command.

use std::io::IsTerminal as _;

pub(crate) mod check;
pub(crate) mod compat;
pub(crate) mod db;
pub(crate) mod explain;
pub(crate) mod identify;
pub(crate) mod models;
pub(crate) mod outbound;
pub(crate) mod scan;
pub(crate) mod scanned;

/// Columns of the terminal, 100 where standard output is none.
pub(crate) fn width() -> usize {
    if !std::io::stdout().is_terminal() {
        return 100;
    }
    let columns = std::env::var("COLUMNS").ok().and_then(|c| c.parse().ok());
    columns.or_else(|| terminal_size::terminal_size().map(|(w, _)| usize::from(w.0))).unwrap_or(100)
}
