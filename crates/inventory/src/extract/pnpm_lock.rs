//! Placeholder.

use licit_model::Found;

use super::{Extractor, File};

/// Placeholder.
pub struct PnpmLock;

impl Extractor for PnpmLock {
    fn name(&self) -> &'static str {
        "pnpm-lock"
    }

    fn files(&self) -> &'static [&'static str] {
        &["pnpm-lock.yaml"]
    }

    fn extract(&self, _file: &File<'_>, _found: &mut Found) {}
}
