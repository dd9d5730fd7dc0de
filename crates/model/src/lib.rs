//! The vocabulary of licit: what a scan found, where it was read, and what was concluded from it.
//!
//! Values only. Nothing here reads a disk, a clock, an environment or a network.

pub mod ai;
pub mod evidence;
pub mod finding;
pub mod found;
pub mod graph;
pub mod package;
pub mod purl;
pub mod scan;

pub use ai::{Derivation, Descent, Mention, MentionKind, MentionRole, ModelCard, ModelFacts};
pub use evidence::{Evidence, Location, Method};
pub use finding::{
    Choice, Clause, Finding, Judgement, Obligation, Passage, Remedy, Severity, Step, Use, WayOut,
};
pub use found::{Found, FoundEdge, FoundPackage, Manifest, RawLicense, Requirement};
pub use graph::{Component, Edge, Graph, Origin};
pub use package::{
    Category, Ecosystem, Freshness, Hash, Kind, Licenses, Linkage, Relationship, Scope, Source,
};
pub use purl::Purl;
pub use scan::{Completeness, FileLicense, GraphDepth, Problem, Scan};
