//! Placeholder.

use licit_model::Found;

use super::{Extractor, File};

/// Placeholder.
pub struct PipfileLock;

impl Extractor for PipfileLock {
    fn name(&self) -> &'static str {
        "pipfile-lock"
    }

    fn files(&self) -> &'static [&'static str] {
        &["Pipfile.lock"]
    }

    fn extract(&self, _file: &File<'_>, _found: &mut Found) {}
}
