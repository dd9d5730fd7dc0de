//! Placeholder.

use licit_model::Found;

use super::{Extractor, File};

/// Placeholder.
pub struct YarnLock;

impl Extractor for YarnLock {
    fn name(&self) -> &'static str {
        "yarn-lock"
    }

    fn files(&self) -> &'static [&'static str] {
        &["yarn.lock"]
    }

    fn extract(&self, _file: &File<'_>, _found: &mut Found) {}
}
