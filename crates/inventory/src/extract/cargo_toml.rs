//! Placeholder.

use licit_model::Found;

use super::{Extractor, File};

/// Placeholder.
pub struct CargoToml;

impl Extractor for CargoToml {
    fn name(&self) -> &'static str {
        "cargo-toml"
    }

    fn files(&self) -> &'static [&'static str] {
        &["Cargo.toml"]
    }

    fn extract(&self, _file: &File<'_>, _found: &mut Found) {}
}
