//! Placeholder.

use licit_model::Found;

use super::{Extractor, File};

/// Placeholder.
pub struct GoSum;

impl Extractor for GoSum {
    fn name(&self) -> &'static str {
        "go-sum"
    }

    fn files(&self) -> &'static [&'static str] {
        &["go.sum"]
    }

    fn extract(&self, _file: &File<'_>, _found: &mut Found) {}
}
