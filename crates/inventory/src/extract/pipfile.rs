//! Placeholder.

use licit_model::Found;

use super::{Extractor, File};

/// Placeholder.
pub struct Pipfile;

impl Extractor for Pipfile {
    fn name(&self) -> &'static str {
        "pipfile"
    }

    fn files(&self) -> &'static [&'static str] {
        &["Pipfile"]
    }

    fn extract(&self, _file: &File<'_>, _found: &mut Found) {}
}
