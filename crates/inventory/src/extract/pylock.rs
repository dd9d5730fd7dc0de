//! Placeholder.

use licit_model::Found;

use super::{Extractor, File};

/// Placeholder.
pub struct Pylock;

impl Extractor for Pylock {
    fn name(&self) -> &'static str {
        "pylock"
    }

    fn files(&self) -> &'static [&'static str] {
        &["pylock.toml", "pylock.*.toml"]
    }

    fn extract(&self, _file: &File<'_>, _found: &mut Found) {}
}
