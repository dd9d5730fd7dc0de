//! Placeholder.

use licit_model::Found;

use super::{Extractor, File};

/// Placeholder.
pub struct PnpmWorkspace;

impl Extractor for PnpmWorkspace {
    fn name(&self) -> &'static str {
        "pnpm-workspace"
    }

    fn files(&self) -> &'static [&'static str] {
        &["pnpm-workspace.yaml"]
    }

    fn extract(&self, _file: &File<'_>, _found: &mut Found) {}
}
