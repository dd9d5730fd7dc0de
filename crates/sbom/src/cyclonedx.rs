//! CycloneDX 1.6 as JSON.
//!
//! Every component has a `bom-ref` and every `bom-ref` an entry below `dependencies`, leaves included. A project
//! with exactly one package of its own is that package; any other project stands above its packages. Apart from the
//! timestamp the document is a function of the scan.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io;

use licit_model as model;
use licit_model::{GraphDepth, Kind, Purl, Relationship, Scan, Scope, Source};
use serde::Serialize;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use crate::{DocumentMeta, TOOL, UNSPECIFIED_VERSION, address, supplier, written};
use schema::{
    Aggregate, Bom, Component, Composition, Dependency, Evidence, ExternalReference, Hash, Lifecycle,
    Metadata, Named, Occurrence, Property, Tool, Tools,
};

mod ai;
mod license;
pub(crate) mod read;
mod schema;

/// Writes the scan as one document that ends with a newline.
pub fn write(scan: &Scan, meta: &DocumentMeta, out: &mut dyn io::Write) -> io::Result<()> {
    let subject = Subject::of(scan);
    serde_json::to_writer_pretty(&mut *out, &bom(scan, meta, &subject)?)?;
    out.write_all(b"\n")
}

/// How deep the list of components stands in a document.
const LEVEL: usize = 2;

fn bom<'a>(scan: &'a Scan, meta: &'a DocumentMeta, subject: &'a Subject<'_>) -> io::Result<Bom<'a>> {
    let component = subject.component(scan, meta);
    let all = scan.graph.components.iter().enumerate();
    let others: Vec<&model::Component> =
        all.filter(|(index, _)| subject.package != Some(*index)).map(|(_, c)| c).collect();
    let (components, (dependencies, compositions)) = rayon::join(
        || written::list(&others, LEVEL, |c| of(c, &scan.graph, meta, &subject.name)),
        || (dependencies(scan, subject), compositions(scan, subject)),
    );
    let components = components?;
    let serial_number = serial_number(&component, &components, &(&dependencies, &compositions))?;
    Ok(Bom {
        schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
        bom_format: "CycloneDX",
        spec_version: "1.6",
        serial_number,
        version: 1,
        metadata: Metadata {
            timestamp: &meta.timestamp,
            // The files that a build starts from are read, never its result.
            lifecycles: [Lifecycle { phase: "pre-build" }],
            tools: Tools {
                components: [Tool { kind: "application", name: TOOL, version: &meta.tool_version }],
            },
            // The NTIA elements want an author of the data and let it be the tool.
            authors: [named(meta.author.as_deref().unwrap_or(TOOL))],
            component,
            supplier: meta.supplier.as_deref().map(named),
        },
        components,
        dependencies,
        compositions,
    })
}

/// What the document is about.
struct Subject<'a> {
    /// The project's only package, if it has exactly one.
    package: Option<usize>,
    bom_ref: Cow<'a, str>,
    name: Cow<'a, str>,
}

impl<'a> Subject<'a> {
    fn of(scan: &'a Scan) -> Self {
        let components = &scan.graph.components;
        let mut roots = scan.graph.roots();
        if let (Some(only), None) = (roots.next(), roots.next()) {
            let root = &components[only];
            // Name, version and purl belong together; the folder's name is for packages that have none.
            let name = if root.name.is_empty() { &scan.name } else { &root.name };
            return Subject { package: Some(only), bom_ref: (&root.id).into(), name: name.into() };
        }
        let mut bom_ref = format!("project:{}", scan.name);
        while components.iter().any(|c| c.id == bom_ref) {
            bom_ref.push('_');
        }
        Subject { package: None, bom_ref: bom_ref.into(), name: (&scan.name).into() }
    }

    fn component(&'a self, scan: &'a Scan, meta: &'a DocumentMeta) -> Component<'a> {
        if let Some(package) = self.package {
            let mut component = of(&scan.graph.components[package], &scan.graph, meta, &self.name);
            // The subject is not needed by anything, and nobody asks it for a version.
            component.scope = None;
            component.version = component.version.filter(|v| *v != UNSPECIFIED_VERSION);
            return component;
        }
        Component {
            kind: "application",
            bom_ref: Cow::Borrowed(&self.bom_ref),
            supplier: Some(match &meta.supplier {
                Some(given) => named(given),
                None => Named { name: supplier::of_project(&self.name).into() },
            }),
            name: Cow::Borrowed(&self.name),
            version: None,
            scope: None,
            hashes: Vec::new(),
            licenses: Vec::new(),
            purl: None,
            pedigree: None,
            external_references: Vec::new(),
            evidence: Evidence::default(),
            model_card: None,
            properties: Vec::new(),
        }
    }
}

fn of<'a>(
    c: &'a model::Component,
    graph: &'a model::Graph,
    meta: &'a DocumentMeta,
    project: &'a str,
) -> Component<'a> {
    let (supplier, basis) = supplier::supplier(c, meta.supplier.as_deref(), project);
    // The scope of an npm package stays in its name: there are readers that look at the name alone, for whom
    // `@types/react` and `react` would otherwise be the same thing.
    let name: &str = if c.name.is_empty() { project } else { &c.name };
    let mut properties = vec![
        Property { name: "licit:scope", value: c.scope.word().into() },
        Property { name: "licit:relationship", value: relationship(c.relationship).into() },
        Property { name: "licit:category", value: c.licenses.category.word().into() },
        Property { name: "licit:supplierBasis", value: basis.word().into() },
    ];
    let mut also = |name, value: Option<&'a str>| {
        if let Some(value) = value {
            properties.push(Property { name, value: value.into() });
        }
    };
    also("licit:firstParty", c.first_party.then_some("true"));
    also("licit:requested", c.requested.as_deref());
    // Where the array of licenses has room for the conclusion only, this is the other half.
    also("licit:declaredLicense", c.licenses.declared.as_deref());

    let mut occurrences: Vec<Occurrence<'_>> =
        c.locations.iter().map(|l| Occurrence { location: &l.path, line: l.line }).collect();
    occurrences.sort_unstable();
    occurrences.dedup();
    let mut hashes: Vec<Hash<'_>> = c.hashes.iter().filter_map(hash).collect();
    hashes.sort_unstable();
    hashes.dedup();

    Component {
        kind: kind(c.kind),
        bom_ref: (&c.id).into(),
        supplier: Some(Named { name: supplier.into() }),
        purl: purl(c, name),
        name: name.into(),
        version: Some(if c.version.is_empty() { UNSPECIFIED_VERSION } else { &c.version }),
        scope: Some(scope(c.scope)),
        hashes,
        licenses: license::licenses(&c.licenses),
        pedigree: ai::pedigree(c, graph),
        external_references: external_references(&c.source),
        model_card: ai::card(c, graph),
        evidence: Evidence { occurrences, licenses: license::detected(&c.licenses) },
        properties,
    }
}

fn named(name: &str) -> Named<'_> {
    Named { name: name.into() }
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        // The schema's `operating-system` is the whole system, not a package of it.
        Kind::Library | Kind::OsPackage => "library",
        Kind::Application => "application",
        Kind::Model => "machine-learning-model",
        Kind::Dataset => "data",
        Kind::File => "file",
        Kind::Container => "container",
    }
}

fn scope(scope: Scope) -> &'static str {
    match scope {
        Scope::Runtime => "required",
        Scope::Optional => "optional",
        Scope::Build | Scope::Dev | Scope::Test => "excluded",
    }
}

fn relationship(relationship: Relationship) -> &'static str {
    match relationship {
        Relationship::Root => "root",
        Relationship::Direct => "direct",
        Relationship::Transitive => "transitive",
        Relationship::Unknown => "unknown",
    }
}

/// The package URL. What has none, a project without a name above all, gets a generic one from the name it is
/// shown by, because the NTIA elements ask for an identifier.
fn purl<'a>(c: &'a model::Component, name: &str) -> Option<Cow<'a, str>> {
    let Some(purl) = c.purl.as_deref() else {
        let name = name.replace('/', "-");
        let version = Some(c.version.as_str());
        return Purl::build("generic", None, &name, version, &[], None).ok().map(|p| p.to_string().into());
    };
    let Some((before, qualifiers)) = purl.split_once('?') else { return Some(purl.into()) };
    if !qualifiers.contains("%2F") {
        return Some(purl.into());
    }
    // The suite of the purl specification encodes the `/` of a qualifier. Most libraries, the one that checks SBOMs
    // among them, do not, and call the other form wrong; all of them read this one as the same package.
    let (qualifiers, subpath) = match qualifiers.split_once('#') {
        Some((qualifiers, subpath)) => (qualifiers, Some(subpath)),
        None => (qualifiers, None),
    };
    let mut plain = format!("{before}?{}", qualifiers.replace("%2F", "/"));
    if let Some(subpath) = subpath {
        plain.push('#');
        plain.push_str(subpath);
    }
    Some(plain.into())
}

/// A checksum in the schema's spelling. One that cannot be what it says it is would look like a check and be none.
fn hash(hash: &model::Hash) -> Option<Hash<'_>> {
    const ALGORITHMS: [(&str, usize); 12] = [
        ("MD5", 32),
        ("SHA-1", 40),
        ("SHA-256", 64),
        ("SHA-384", 96),
        ("SHA-512", 128),
        ("SHA3-256", 64),
        ("SHA3-384", 96),
        ("SHA3-512", 128),
        ("BLAKE2b-256", 64),
        ("BLAKE2b-384", 96),
        ("BLAKE2b-512", 128),
        ("BLAKE3", 64),
    ];
    let letters = |text: &str| text.replace(['-', '_'], "").to_ascii_lowercase();
    let given = letters(&hash.algorithm);
    let (alg, digits) = ALGORITHMS.into_iter().find(|(alg, _)| letters(alg) == given)?;
    let good = hash.hex.len() == digits && hash.hex.bytes().all(|b| b.is_ascii_hexdigit());
    good.then_some(Hash { alg, content: &hash.hex })
}

/// Where the bytes come from, if the data says so; no address is made up from a name.
fn external_references(source: &Source) -> Vec<ExternalReference> {
    let reference = match source {
        Source::Git(at) => address::public(at).map(|url| ExternalReference { url, kind: "vcs" }),
        Source::Url(at) => address::public(at).map(|url| ExternalReference { url, kind: "distribution" }),
        Source::Registry(_) | Source::Path(_) | Source::Unknown => None,
    };
    reference.into_iter().collect()
}

/// Who asks for whom, for the subject and every component.
fn dependencies<'a>(scan: &'a Scan, subject: &'a Subject<'_>) -> Vec<Dependency<'a>> {
    let components = &scan.graph.components;
    let mut asked: BTreeMap<&str, BTreeSet<&str>> =
        components.iter().map(|c| (c.id.as_str(), BTreeSet::new())).collect();
    let mut wanted = vec![false; components.len()];
    for edge in scan.graph.edges.iter().filter(|edge| edge.from != edge.to) {
        wanted[edge.to] = true;
        if let Some(of) = asked.get_mut(components[edge.from].id.as_str()) {
            of.insert(&components[edge.to].id);
        }
    }
    if subject.package.is_none() {
        let mut below: BTreeSet<&str> = scan.graph.roots().map(|i| components[i].id.as_str()).collect();
        if below.is_empty() {
            // Without a package of its own the project asks for what nothing else asks for.
            let tops = components.iter().zip(&wanted);
            below = tops
                .filter(|(c, wanted)| !**wanted || c.relationship == Relationship::Direct)
                .map(|(c, _)| c.id.as_str())
                .collect();
        }
        asked.insert(&subject.bom_ref, below);
    }
    asked
        .into_iter()
        .map(|(bom_ref, depends_on)| Dependency { bom_ref, depends_on: depends_on.into_iter().collect() })
        .collect()
}

/// How much of it all is there.
fn compositions<'a>(scan: &'a Scan, subject: &'a Subject<'_>) -> Vec<Composition<'a>> {
    let complete = scan.complete();
    let worst = |depths: &mut dyn Iterator<Item = GraphDepth>| depths.max_by_key(|depth| lack(*depth));
    let overall = worst(&mut scan.completeness.iter().map(|c| c.graph));
    let parts = match overall {
        _ if !complete => Aggregate::Incomplete,
        // A flat list names every package, too; only the edges are missing.
        Some(_) if scan.completeness.iter().all(|c| c.graph != GraphDepth::DirectOnly) => Aggregate::Complete,
        Some(_) => Aggregate::IncompleteFirstPartyOnly,
        None => Aggregate::Unknown,
    };

    let mut by_file: HashMap<&str, GraphDepth> = HashMap::new();
    for file in &scan.completeness {
        let depth = by_file.entry(&file.path).or_insert(file.graph);
        if lack(file.graph) > lack(*depth) {
            *depth = file.graph;
        }
    }
    let mut by_aggregate: BTreeMap<Aggregate, BTreeSet<&str>> = BTreeMap::new();
    for c in &scan.graph.components {
        let mut own = c.locations.iter().filter_map(|l| by_file.get(l.path.as_str()).copied());
        let aggregate = match worst(&mut own).or(overall) {
            // What was lost may have been an edge of this one.
            _ if !complete => Aggregate::Unknown,
            Some(GraphDepth::Full) => Aggregate::Complete,
            Some(GraphDepth::DirectOnly) if c.first_party => Aggregate::Complete,
            _ => Aggregate::Unknown,
        };
        by_aggregate.entry(aggregate).or_default().insert(&c.id);
    }
    if subject.package.is_none() {
        let aggregate = if complete && overall.is_some() { Aggregate::Complete } else { Aggregate::Unknown };
        by_aggregate.entry(aggregate).or_default().insert(&subject.bom_ref);
    }
    by_aggregate.entry(parts).or_default();
    by_aggregate
        .into_iter()
        .map(|(aggregate, refs)| Composition {
            aggregate,
            assemblies: if aggregate == parts { vec![&subject.bom_ref] } else { Vec::new() },
            dependencies: refs.into_iter().collect(),
        })
        .collect()
}

/// How much of the graph is missing.
fn lack(depth: GraphDepth) -> u8 {
    match depth {
        GraphDepth::Full => 0,
        GraphDepth::Flat => 1,
        GraphDepth::DirectOnly => 2,
    }
}

/// A serial number that is a function of the content, so that the same tree always gives the same document.
///
/// A name-based UUID by RFC 9562: version 8, which is the one for hashes other than SHA-1.
fn serial_number(
    subject: &Component<'_>,
    components: &[Box<RawValue>],
    rest: &impl Serialize,
) -> io::Result<String> {
    let mut hasher = Sha256::new();
    hasher.update(b"licit/cyclonedx/2\n");
    hasher.update(serde_json::to_vec(subject)?);
    for component in components {
        hasher.update(component.get());
    }
    hasher.update(serde_json::to_vec(rest)?);
    let digest = hasher.finalize();
    let mut uuid = [0u8; 16];
    uuid.copy_from_slice(&digest[..16]);
    uuid[6] = uuid[6] & 0x0f | 0x80;
    uuid[8] = uuid[8] & 0x3f | 0x80;
    let mut text = String::from("urn:uuid:");
    for (i, byte) in uuid.iter().enumerate() {
        if matches!(i, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.push_str(&format!("{byte:02x}"));
    }
    Ok(text)
}
