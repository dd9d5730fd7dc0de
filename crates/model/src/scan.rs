//! The result of a scan. Its JSON is the stable document `licit/scan/1`.

use serde::{Deserialize, Serialize};

use crate::finding::{Choice, Finding, Obligation, Use, WayOut};
use crate::package::Ecosystem;

/// Something that could not be read; the rest of the scan went on without it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Problem {
    /// Relative to the scanned path, `/`-separated.
    pub path: String,
    /// Counted from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// What is wrong and what to do next.
    pub message: String,
    /// Whether components may be missing because of it.
    pub loses: bool,
}

/// How much of the dependency graph a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum GraphDepth {
    /// Every package and every edge.
    Full,
    /// Only what the project asks for itself.
    DirectOnly,
    /// Every package, but not who asks for whom.
    Flat,
}

/// The verdict on one file that packages were read from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Completeness {
    /// Relative to the scanned path, `/`-separated.
    pub path: String,
    /// Whose packages.
    pub ecosystem: Ecosystem,
    /// How much of the graph is there.
    pub graph: GraphDepth,
    /// Why.
    pub why: String,
}

/// The result of one scan, as judged.
#[derive(Debug, Clone, Default)]
pub struct Scan {
    /// What is scanned, for people: the last part of the path.
    pub name: String,
    /// Components and edges.
    pub graph: crate::graph::Graph,
    /// What the judge says, worst first.
    pub findings: Vec<Finding>,
    /// What could not be read.
    pub problems: Vec<Problem>,
    /// One verdict a file.
    pub completeness: Vec<Completeness>,
    /// Licenses that files of the project state in their heads, sorted by path; only where a deep scan was asked for.
    pub files: Vec<FileLicense>,
    /// The license the product goes out under and how, as the judge was told or inferred it.
    pub product: Product,
    /// Branches of choices that the product takes.
    pub choices: Vec<Choice>,
    /// What is owed, by event.
    pub obligations: Vec<Obligation>,
    /// Up to three ways out of all conflicts, the cheapest first.
    pub ways_out: Vec<WayOut>,
    /// How the shipped components are used, sorted by component.
    pub uses: Vec<Use>,
    /// Where a bound stopped the judge's search; none where it did not.
    pub bounded: Option<String>,
    /// Why no license is known for the components without one, sorted by component.
    pub unlicensed: Vec<Unlicensed>,
}

/// A component for which no license could be concluded, and why.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Unlicensed {
    /// Id of the component.
    pub component: String,
    /// On which step it failed.
    pub reason: Unknown,
    /// Where was looked, or what stands there.
    pub why: String,
}

/// Why no license is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Unknown {
    /// Neither lockfile nor manifest states one, and no copy of the package was found.
    NoCopy,
    /// A copy was found and states none.
    NothingStated,
    /// A copy was found and cannot be read.
    CopyDamaged,
    /// A license field only names a license file, and no such file was found.
    FileMissing,
    /// A license field means nothing that is known.
    FieldUnread,
    /// A license text is none that is known.
    TextUnknown,
}

impl Unknown {
    /// In a few words, for people.
    pub fn words(self) -> &'static str {
        match self {
            Unknown::NoCopy => "no copy of the package was found",
            Unknown::NothingStated => "the copy states none",
            Unknown::CopyDamaged => "the copy cannot be read",
            Unknown::FileMissing => "the license file that a field names is not there",
            Unknown::FieldUnread => "the license field cannot be read",
            Unknown::TextUnknown => "the license text is not known",
        }
    }
}

/// A license that a file of the project states.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FileLicense {
    /// Relative to the scanned path, `/`-separated.
    pub path: String,
    /// First line of the statement, counted from 1.
    pub line: u32,
    /// SPDX expression.
    pub license: String,
    /// `text`, `notice`, `tag` or `reference`.
    pub kind: String,
}

/// How the product is shipped, as the judge saw it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Product {
    /// SPDX expression of the outbound license, or `proprietary`; none where it is not known.
    pub outbound: Option<String>,
    /// Where the outbound license comes from, in words.
    pub outbound_source: String,
    /// `binary`, `source`, `saas`, `internal` or `embedded`.
    pub distribution: String,
}

impl Scan {
    /// Whether nothing was lost on the way.
    pub fn complete(&self) -> bool {
        !self.problems.iter().any(|p| p.loses)
    }
}
