//! Placeholder.

use licit_model::Found;

use super::{Extractor, File};

/// Placeholder.
pub struct CargoLock;

impl Extractor for CargoLock {
    fn name(&self) -> &'static str {
        "cargo-lock"
    }

    fn files(&self) -> &'static [&'static str] {
        &["Cargo.lock"]
    }

    fn extract(&self, _file: &File<'_>, _found: &mut Found) {}
}
