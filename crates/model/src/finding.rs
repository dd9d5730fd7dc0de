//! What the judge says: a code, a severity, a path, the clause, the way out.

use serde::{Deserialize, Serialize};

/// How much a finding weighs. Ordered: the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The terms cannot be met as the product is shipped.
    Error,
    /// A person has to look: terms are unknown, or depend on facts that the files do not hold.
    Warning,
    /// A duty, or something worth knowing.
    Info,
}

impl Severity {
    /// The word in reports and documents.
    pub fn word(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "info",
        }
    }
}

/// A clause that a finding rests on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Clause {
    /// License id and clause number, such as `GPL-3.0-only §5(c)`.
    #[serde(rename = "ref")]
    pub reference: String,
    /// What the clause says, in our words.
    pub says: String,
    /// Who says so: the text itself, or an authority's reading.
    pub source: String,
}

/// A way out of a finding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Remedy {
    /// A stable word: `replace`, `drop`, `relicense`, `choose`, `link-dynamically`, `find-out`, `ask-counsel` …
    pub action: String,
    /// What to do, in a sentence.
    pub text: String,
}

/// One thing that somebody should know or do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Finding {
    /// Stable code, such as `reciprocity-conflict`.
    pub code: String,
    /// How much it weighs.
    pub severity: Severity,
    /// Id of the component.
    pub component: String,
    /// Ids from one of the project's own packages to the component, both included; empty where no path is known.
    pub path: Vec<String>,
    /// What is the matter, in a sentence.
    pub message: String,
    /// What it rests on.
    pub clauses: Vec<Clause>,
    /// Ways out, smallest first.
    pub remedies: Vec<Remedy>,
}
