//! Placeholder.

use licit_model::Found;

use super::{Extractor, File};

/// Placeholder.
pub struct PackageJson;

impl Extractor for PackageJson {
    fn name(&self) -> &'static str {
        "package-json"
    }

    fn files(&self) -> &'static [&'static str] {
        &["package.json"]
    }

    fn extract(&self, _file: &File<'_>, _found: &mut Found) {}
}
