//! Placeholder.

use licit_model::Found;

use super::{Extractor, File};

/// Placeholder.
pub struct CargoMetadata;

impl Extractor for CargoMetadata {
    fn name(&self) -> &'static str {
        "cargo-metadata"
    }

    fn files(&self) -> &'static [&'static str] {
        &["cargo-metadata.json", "*.cargo-metadata.json"]
    }

    fn extract(&self, _file: &File<'_>, _found: &mut Found) {}
}
