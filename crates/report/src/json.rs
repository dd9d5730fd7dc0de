//! The scan document `licit/scan/1`: the stable format that other programs read.

use std::io;

use licit_model::{
    Choice, Completeness, Ecosystem, FileLicense, Finding, Freshness, Hash, Kind, Licenses, Linkage,
    Location, ModelCard, Obligation, Problem, Relationship, Scan, Scope, Source, Use, WayOut, scan::Product,
};
use serde::Serialize;

use crate::coverage::Coverage;
use crate::{Context, Report};

/// The name and version of the document's shape.
pub const SCHEMA: &str = "licit/scan/1";

/// `-o json`.
pub struct Json;

impl Report for Json {
    fn name(&self) -> &'static str {
        "json"
    }

    fn about(&self) -> &'static str {
        "everything, as licit/scan/1"
    }

    fn write(&self, scan: &Scan, _: &Context, out: &mut dyn io::Write) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut *out, &Document::new(scan))?;
        out.write_all(b"\n")
    }
}

/// The document. Components are sorted by id, findings worst first, everything else by its fields.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Document<'a> {
    /// Always `licit/scan/1`.
    schema: &'static str,
    /// What was scanned.
    name: &'a str,
    /// False where something could not be read, so that components may be missing.
    complete: bool,
    /// How the product goes out, as the judge saw it.
    product: &'a Product,
    /// The project's own packages and everything they need.
    components: Vec<Component<'a>>,
    /// Who asks for whom.
    dependencies: Vec<Dependency<'a>>,
    /// What the judge says.
    findings: &'a [Finding],
    /// Up to three sets of changes after which no conflict is left, the cheapest first.
    #[serde(skip_serializing_if = "<[WayOut]>::is_empty")]
    ways_out: &'a [WayOut],
    /// Which branch of each choice of licenses the product takes, and why.
    #[serde(skip_serializing_if = "<[Choice]>::is_empty")]
    choices: &'a [Choice],
    /// What is owed, by event and clause.
    #[serde(skip_serializing_if = "<[Obligation]>::is_empty")]
    obligations: &'a [Obligation],
    /// Where a bound stopped the search for the best choice or the cheapest way out.
    #[serde(skip_serializing_if = "Option::is_none")]
    bounded: Option<&'a str>,
    /// What could not be read.
    problems: &'a [Problem],
    /// Licenses that files of the project state in their heads; only where a deep scan was asked for.
    #[serde(skip_serializing_if = "<[FileLicense]>::is_empty")]
    files: &'a [FileLicense],
    /// How much of the graph each file holds.
    completeness: &'a [Completeness],
    /// How the licenses are known, and why the unknown ones are not.
    coverage: Coverage<'a>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Component<'a> {
    /// Unique in the document and stable between runs.
    id: &'a str,
    /// Canonical package URL.
    #[serde(skip_serializing_if = "Option::is_none")]
    purl: Option<&'a str>,
    kind: Kind,
    #[serde(skip_serializing_if = "Option::is_none")]
    ecosystem: Option<Ecosystem>,
    name: &'a str,
    /// Empty where only a range is known.
    version: &'a str,
    /// The range that was asked for where no version is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    requested: Option<&'a str>,
    scope: Scope,
    relationship: Relationship,
    first_party: bool,
    locations: &'a [Location],
    source: &'a Source,
    #[serde(skip_serializing_if = "<[Hash]>::is_empty")]
    hashes: &'a [Hash],
    licenses: &'a Licenses,
    /// How its version stands among its siblings, where a file or a server said so in passing.
    #[serde(skip_serializing_if = "Option::is_none")]
    freshness: Option<&'a Freshness>,
    /// Of a model or a dataset: what it is, where it came from, and what its labels say.
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<&'a ModelCard>,
    /// How the product uses it, as the judge took it; only of what ships.
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<Usage<'a>>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Usage<'a> {
    /// `static`, `dynamic`, `process`, `aggregate`, `build` …
    relation: &'a str,
    /// Where that was learnt.
    why: &'a str,
    /// What it is under in effect, where copyleft parts that it brings say more than it declares.
    #[serde(skip_serializing_if = "Option::is_none")]
    effective: Option<&'a str>,
}

#[derive(Debug, Serialize, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Dependency<'a> {
    /// Id of the component that asks.
    from: &'a str,
    /// Id of the component it asks for.
    to: &'a str,
    scope: Scope,
    linkage: Linkage,
}

impl<'a> Document<'a> {
    fn new(scan: &'a Scan) -> Self {
        let components = &scan.graph.components;
        let usage = |id: &str| {
            let at = scan.uses.binary_search_by(|u: &Use| u.component.as_str().cmp(id)).ok()?;
            let used = &scan.uses[at];
            Some(Usage { relation: &used.relation, why: &used.why, effective: used.effective.as_deref() })
        };
        let component = |c: &'a licit_model::Component| Component {
            id: &c.id,
            purl: c.purl.as_deref(),
            kind: c.kind,
            ecosystem: c.ecosystem,
            name: &c.name,
            version: &c.version,
            requested: c.requested.as_deref(),
            scope: c.scope,
            relationship: c.relationship,
            first_party: c.first_party,
            locations: &c.locations,
            source: &c.source,
            hashes: &c.hashes,
            licenses: &c.licenses,
            freshness: c.freshness.as_deref(),
            model: c.model.as_deref(),
            usage: usage(&c.id),
        };
        let mut dependencies: Vec<Dependency<'_>> = scan
            .graph
            .edges
            .iter()
            .map(|e| Dependency {
                from: &components[e.from].id,
                to: &components[e.to].id,
                scope: e.scope,
                linkage: e.linkage,
            })
            .collect();
        // Two lockfiles may state the same edge.
        dependencies.sort_unstable();
        dependencies.dedup();
        Document {
            schema: SCHEMA,
            name: &scan.name,
            complete: scan.complete(),
            product: &scan.product,
            components: components.iter().map(component).collect(),
            dependencies,
            findings: &scan.findings,
            ways_out: &scan.ways_out,
            choices: &scan.choices,
            obligations: &scan.obligations,
            bounded: scan.bounded.as_deref(),
            problems: &scan.problems,
            files: &scan.files,
            completeness: &scan.completeness,
            coverage: Coverage::of(scan),
        }
    }
}

/// The JSON Schema of the document.
#[cfg(feature = "schema")]
pub fn schema() -> schemars::Schema {
    schemars::schema_for!(Document<'static>)
}
