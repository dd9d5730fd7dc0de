//! Placeholder.

use licit_model::Found;

use super::{Extractor, File};

/// Placeholder.
pub struct Pyproject;

impl Extractor for Pyproject {
    fn name(&self) -> &'static str {
        "pyproject"
    }

    fn files(&self) -> &'static [&'static str] {
        &["pyproject.toml"]
    }

    fn extract(&self, _file: &File<'_>, _found: &mut Found) {}
}
