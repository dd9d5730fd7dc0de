//! Placeholder.

use licit_model::Found;

use super::{Extractor, File};

/// Placeholder.
pub struct PackageLock;

impl Extractor for PackageLock {
    fn name(&self) -> &'static str {
        "package-lock"
    }

    fn files(&self) -> &'static [&'static str] {
        &["package-lock.json", "npm-shrinkwrap.json"]
    }

    fn extract(&self, _file: &File<'_>, _found: &mut Found) {}
}
