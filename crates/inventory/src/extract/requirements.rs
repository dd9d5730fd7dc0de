//! Placeholder.

use licit_model::Found;

use super::{Extractor, File};

/// Placeholder.
pub struct Requirements;

impl Extractor for Requirements {
    fn name(&self) -> &'static str {
        "requirements"
    }

    fn files(&self) -> &'static [&'static str] {
        &["requirements*.txt", "*requirements.txt", "requirements/*.txt"]
    }

    fn extract(&self, _file: &File<'_>, _found: &mut Found) {}
}
