//! Writes what a scan found: for people, for programs.
//!
//! *Invariant*: no clock, no terminal, no environment. What a report needs of these it is handed.

pub mod coverage;
pub mod human;
pub mod json;
pub mod lines;

use std::io;

use licit_model::Scan;
pub use licit_sbom::DocumentMeta;

/// What reports need beside the scan.
#[derive(Debug, Clone, Default)]
pub struct Context {
    /// Version, time and people for documents that carry them.
    pub document: DocumentMeta,
    /// Columns of the terminal; reports for people wrap to it.
    pub width: usize,
    /// Lists everything that is otherwise counted.
    pub verbose: bool,
    /// Files seen and read by the walk, for the closing line.
    pub files: (usize, usize),
}

/// One output format.
pub trait Report: Sync {
    /// The word after `-o`.
    fn name(&self) -> &'static str;

    /// What it is, for help texts.
    fn about(&self) -> &'static str;

    /// Writes the whole document.
    fn write(&self, scan: &Scan, context: &Context, out: &mut dyn io::Write) -> io::Result<()>;
}

/// Every format. A new one is one file and one line here.
pub const REPORTS: &[&dyn Report] = &[&human::Human, &json::Json, &CycloneDxJson];

/// The format of that name.
pub fn by_name(name: &str) -> Option<&'static dyn Report> {
    REPORTS.iter().copied().find(|r| r.name() == name)
}

/// CycloneDX 1.6 JSON, written by the SBOM crate.
pub struct CycloneDxJson;

impl Report for CycloneDxJson {
    fn name(&self) -> &'static str {
        "cyclonedx-json"
    }

    fn about(&self) -> &'static str {
        "SBOM, CycloneDX 1.6 JSON"
    }

    fn write(&self, scan: &Scan, context: &Context, out: &mut dyn io::Write) -> io::Result<()> {
        licit_sbom::cyclonedx::write(scan, &context.document, out)
    }
}
