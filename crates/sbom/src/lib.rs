//! SBOM formats: a scan written as a document that other programs read.
//!
//! Nothing here reads a disk, a clock, an environment or a network. What would change from run to run, the time
//! above all, comes in through [`DocumentMeta`], so the same scan gives the same bytes.
//!
//! What the scanned files do not say is written as unknown in words, never guessed and never left out in silence:
//! a reader can then tell a gap in the sources from a gap in the document.

pub mod address;
pub mod cyclonedx;
pub mod read;
mod spdx;
pub mod supplier;
pub mod written;

/// The name under which the tool stands in every document.
pub const TOOL: &str = "licit";

/// The version of a component of which no file states one: a dependency known by its range only, or a project
/// without a version.
///
/// The NTIA elements ask for a version and the word `unknown` counts as none given, so this is the word that build
/// tools print in the same case. The range that was asked for, if any, stands beside it as a property.
pub const UNSPECIFIED_VERSION: &str = "unspecified";

/// What a document says of itself and the scan does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DocumentMeta {
    /// Version of licit.
    pub tool_version: String,
    /// When the document is made: RFC 3339 in UTC, such as `2026-01-31T12:00:00Z`.
    pub timestamp: String,
    /// Who answers for the document; without one the tool stands for itself.
    pub author: Option<String>,
    /// Who supplies the scanned project and its own packages.
    pub supplier: Option<String>,
}
