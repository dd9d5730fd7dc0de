//! Placeholder.

use licit_model::Found;

use super::{Extractor, File};

/// Placeholder.
pub struct GoMod;

impl Extractor for GoMod {
    fn name(&self) -> &'static str {
        "go-mod"
    }

    fn files(&self) -> &'static [&'static str] {
        &["go.mod"]
    }

    fn extract(&self, _file: &File<'_>, _found: &mut Found) {}
}
