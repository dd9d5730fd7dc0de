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
    /// Where the text's own words stand, if the scanned tree has the text and they were found in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Passage>,
}

/// Lines of a text in the scanned tree.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Passage {
    /// Relative to the scanned path, `/`-separated.
    pub path: String,
    /// First line, counted from 1.
    pub line: u32,
    /// Last line.
    pub last_line: u32,
    /// What stands there, cut where it is long.
    pub words: String,
}

impl std::fmt::Display for Passage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.path, self.line)?;
        if self.last_line > self.line { write!(f, "-{}", self.last_line) } else { Ok(()) }
    }
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
    /// Ids from one of the project's own packages to the component, both included; empty where no path is known. A path
    /// of more than 100 is given by its first and its last 99.
    pub path: Vec<String>,
    /// What is the matter, in a sentence.
    pub message: String,
    /// What it rests on.
    pub clauses: Vec<Clause>,
    /// Ways out, smallest first.
    pub remedies: Vec<Remedy>,
}

/// The branch of a choice of licenses that the product takes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Choice {
    /// The expression that offers it.
    pub offered: String,
    /// The branch that is taken.
    pub taken: String,
    /// Why this one.
    pub why: String,
    /// Ids of the components that are offered so.
    pub components: Vec<String>,
}

/// A duty, with everything that causes it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Obligation {
    /// What is owed: `keep-notice`, `give-source`, `state-changes`, `let-relink` …
    pub duty: String,
    /// When: `convey` or `host`.
    pub event: String,
    /// License id and clause, such as `Apache-2.0 §4(d)`.
    pub clause: String,
    /// What the clause says, in our words.
    pub says: String,
    /// Ids of the components that cause it.
    pub components: Vec<String>,
    /// Ids of those for which what is owed, or what it takes to meet it, was found in the tree or a package's copy.
    pub proven: Vec<String>,
}

/// One step of a way out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Step {
    /// `version`, `replace`, `isolate`, `link-dynamically`, `drop` or `relicense`.
    pub action: String,
    /// Id of the component that changes; the product's own for a new outbound license.
    pub component: String,
    /// What to do, in a sentence.
    pub text: String,
    /// Its weight.
    pub cost: u32,
}

/// A set of changes after which no conflict is left.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WayOut {
    /// Sum of the weights.
    pub cost: u32,
    /// What to do.
    pub steps: Vec<Step>,
    /// Whether it is proved that no cheaper set of such changes exists.
    pub minimal: bool,
}

/// How a shipped component is used, as the judge took it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Use {
    /// Id of the component.
    pub component: String,
    /// `static`, `dynamic`, `process`, `aggregate`, `build` …
    pub relation: String,
    /// Where that was learnt.
    pub why: String,
    /// What the component is under in effect, where copyleft parts that it brings say more than it declares.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective: Option<String>,
}

/// Everything that the judge says about a product.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Judgement {
    /// Worst first.
    pub findings: Vec<Finding>,
    /// Branches of choices that are taken.
    pub choices: Vec<Choice>,
    /// Duties by event.
    pub obligations: Vec<Obligation>,
    /// Up to three ways out of all conflicts, the cheapest first.
    pub ways_out: Vec<WayOut>,
    /// How the shipped components are used.
    pub uses: Vec<Use>,
    /// Where a bound stopped the search for the best choice or the cheapest way out; none where it did not.
    pub bounded: Option<String>,
}
