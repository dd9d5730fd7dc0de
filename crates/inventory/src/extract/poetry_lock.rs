//! Placeholder.

use licit_model::Found;

use super::{Extractor, File};

/// Placeholder.
pub struct PoetryLock;

impl Extractor for PoetryLock {
    fn name(&self) -> &'static str {
        "poetry-lock"
    }

    fn files(&self) -> &'static [&'static str] {
        &["poetry.lock"]
    }

    fn extract(&self, _file: &File<'_>, _found: &mut Found) {}
}
