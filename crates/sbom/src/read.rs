//! SBOMs as input: their components, who asks for whom, and the licenses that they state.
//!
//! Whatever the format, the outcome is what an extractor gives for a lockfile, so that a document is judged like any
//! other source. What a document leaves open stays open: `NOASSERTION` is no license.

use std::collections::{HashMap, VecDeque};

use licit_model::found::{FoundEdge, RawLicenseKind, Role};
use licit_model::{
    Ecosystem, Found, FoundPackage, GraphDepth, Hash, Linkage, Purl, RawLicense, Scope, Source,
};
use serde_json::Value;

use crate::{cyclonedx, spdx};

/// Components of one document.
const COMPONENTS: usize = 1_000_000;

/// What a document says of one component.
#[derive(Debug, Clone, Default)]
pub(crate) struct Item {
    /// How the document calls it.
    pub(crate) id: String,
    pub(crate) group: String,
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) purl: Option<String>,
    /// Expressions and names, which apply together.
    pub(crate) licenses: Vec<String>,
    /// Algorithm and digits.
    pub(crate) hashes: Vec<(String, String)>,
    pub(crate) scope: Option<Scope>,
    /// A marker that is no component: a file, an operating system as a whole, the document itself.
    pub(crate) marker: bool,
}

/// One component asks for another or holds it, by what the document calls them.
#[derive(Debug, Clone)]
pub(crate) struct Link {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) scope: Option<Scope>,
    pub(crate) linkage: Option<Linkage>,
}

/// What a document says.
#[derive(Debug, Default)]
pub(crate) struct Document {
    /// Format and version, for people.
    pub(crate) format: String,
    pub(crate) items: Vec<Item>,
    pub(crate) links: Vec<Link>,
    /// What the document is about.
    pub(crate) subjects: Vec<String>,
    /// Whether the document says of every component what it asks for.
    pub(crate) whole: bool,
}

/// Reads a document: CycloneDX as JSON or XML, SPDX 2 as JSON or tag-value, SPDX 3 as JSON-LD. None for any other file.
pub fn document(name: &str, bytes: &[u8]) -> Option<Found> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let first = bytes.iter().find(|b| !b.is_ascii_whitespace())?;
    let document = match first {
        b'{' => {
            let value: Value = serde_json::from_slice(bytes).ok()?;
            // Some services wrap the document that they export.
            let value = value.get("sbom").filter(|inner| inner.is_object()).unwrap_or(&value);
            cyclonedx::read::json(value)
                .or_else(|| spdx::read::json(value))
                .or_else(|| spdx::three::json(value))
        }
        b'<' => cyclonedx::read::xml(std::str::from_utf8(bytes).ok()?),
        _ => spdx::tags::read(std::str::from_utf8(bytes).ok()?),
    }?;
    Some(found(name, document))
}

/// A text field of an object.
pub(crate) fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or("")
}

/// An array of an object; empty where it is none.
pub(crate) fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn found(name: &str, mut document: Document) -> Found {
    let mut found = Found::new(name, "sbom");
    if document.items.len() > COMPONENTS {
        document.items.truncate(COMPONENTS);
        found
            .lost(None, format!("the document has more than {COMPONENTS} components; the rest was left out"));
    }
    let markers: Vec<String> = document.items.iter().filter(|i| i.marker).map(|i| i.id.clone()).collect();
    document.items.retain(|item| !item.marker);
    // One subject is the product; a document about many things has none of its own.
    let subject = match document.subjects.as_slice() {
        [one] if !markers.contains(one) => Some(one.clone()),
        _ => None,
    };
    let mut by_id: HashMap<String, usize> = HashMap::with_capacity(document.items.len());
    let mut odd = 0usize;
    for item in &document.items {
        if by_id.contains_key(&item.id) && !item.id.is_empty() {
            odd += 1;
            continue;
        }
        let own = subject.as_ref() == Some(&item.id);
        let at = found.package(package(item, own));
        by_id.insert(item.id.clone(), at);
    }
    if odd > 0 {
        found.lost(None, format!("{odd} components have the id of another one and were left out"));
    }
    let mut dangling = 0usize;
    for link in &document.links {
        let (Some(&from), Some(&to)) = (by_id.get(&link.from), by_id.get(&link.to)) else {
            let known = |id: &String| {
                markers.contains(id) || id.starts_with("SPDXRef-DOCUMENT") || by_id.contains_key(id)
            };
            dangling += usize::from(!known(&link.from) || !known(&link.to));
            continue;
        };
        if from != to {
            let edge = edge(&found, from, to, link.scope, link.linkage);
            found.edges.push(edge);
        }
    }
    if dangling > 0 {
        found.odd(None, format!("{dangling} relations name components that are not in the document"));
    }
    found.edges.sort_unstable();
    found.edges.dedup();
    let edges = !found.edges.is_empty();
    if let Some(&own) = subject.as_ref().and_then(|id| by_id.get(id)) {
        hold(&mut found, own);
    }
    let (depth, why) = match (edges, document.whole) {
        (true, true) => (GraphDepth::Full, "says of every component what it asks for"),
        (true, false) => (GraphDepth::Flat, "says of some components only what they ask for"),
        (false, _) => (GraphDepth::Flat, "lists components, but not who asks for whom"),
    };
    found.role = Role::Lock;
    found.ecosystem = Some(Ecosystem::Generic);
    found.graph = Some((
        depth,
        format!("{}: it {why}, and whether it is complete is its author's word", document.format),
    ));
    found
}

fn package(item: &Item, own: bool) -> FoundPackage {
    let named =
        if item.group.is_empty() { item.name.clone() } else { format!("{}/{}", item.group, item.name) };
    let stated = item.purl.as_deref().and_then(|p| Purl::parse(p).ok());
    let purl = stated.unwrap_or_else(|| Purl::named("generic", &named, &item.version));
    let mut package = FoundPackage::new(purl, None);
    package.first_party = own;
    package.dir = own.then(String::new);
    package.scope = item.scope;
    package.source = Source::Unknown;
    let said =
        item.licenses.iter().filter(|l| !l.is_empty() && !matches!(l.as_str(), "NOASSERTION" | "NONE"));
    package.licenses = said
        .map(|text| RawLicense { text: text.clone(), kind: RawLicenseKind::Expression, line: None })
        .collect();
    let hash = |(algorithm, hex): &(String, String)| Hash {
        algorithm: algorithm.clone(),
        hex: hex.to_ascii_lowercase(),
    };
    package.hashes = item.hashes.iter().map(hash).collect();
    package
}

fn edge(found: &Found, from: usize, to: usize, scope: Option<Scope>, linkage: Option<Linkage>) -> FoundEdge {
    let target = &found.packages[to];
    let scope = scope.or(target.scope).unwrap_or_default();
    let ecosystem = Ecosystem::ALL.into_iter().find(|e| e.purl_type() == target.purl.kind);
    let usual = ecosystem.map(|e| if scope.ships() { e.usual_linkage() } else { Linkage::None });
    FoundEdge { from, to, scope, linkage: linkage.or(usual) }
}

/// What the product does not reach otherwise is part of it because the document lists it.
fn hold(found: &mut Found, own: usize) {
    let count = found.packages.len();
    let mut below: Vec<Vec<usize>> = vec![Vec::new(); count];
    let mut asked = vec![false; count];
    for edge in &found.edges {
        below[edge.from].push(edge.to);
        asked[edge.to] = true;
    }
    let mut reached = vec![false; count];
    let reach = |start: usize, reached: &mut Vec<bool>| {
        let mut queue = VecDeque::from([start]);
        reached[start] = true;
        while let Some(at) = queue.pop_front() {
            for &to in &below[at] {
                if !reached[to] {
                    reached[to] = true;
                    queue.push_back(to);
                }
            }
        }
    };
    reach(own, &mut reached);
    let mut held = Vec::new();
    // First what nobody asks for, then what asks for each other in a circle.
    for circle in [false, true] {
        for at in 0..count {
            if !reached[at] && (circle || !asked[at]) {
                held.push(at);
                reach(at, &mut reached);
            }
        }
    }
    for to in held {
        let edge = edge(found, own, to, None, None);
        found.edges.push(edge);
    }
}
