//! Placeholder.

use licit_model::Found;

use super::{Extractor, File};

/// Placeholder.
pub struct UvLock;

impl Extractor for UvLock {
    fn name(&self) -> &'static str {
        "uv-lock"
    }

    fn files(&self) -> &'static [&'static str] {
        &["uv.lock"]
    }

    fn extract(&self, _file: &File<'_>, _found: &mut Found) {}
}
