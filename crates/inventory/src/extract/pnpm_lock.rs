//! `pnpm-lock.yaml`, lockfile versions 5, 6 and 9.
//!
//! Importers are the project's own packages by their folder. A package appears once for every set of peers that it
//! was installed with, as `name@1.0.0(react@18.0.0)`: one component, whose edges are united. What only a set of peers
//! brings along that developers have stays theirs.

mod key;

use std::collections::{HashMap, HashSet};

use licit_model::{Ecosystem, Found, FoundPackage, Freshness, GraphDepth, Purl, Scope, Source};

use self::key::{Key, Resolved, without_peers};
use super::npm::assembly::Assembly;
use super::npm::block::{self, Field, Value};
use super::npm::checksum;
use super::npm::notes::Missing;
use super::npm::origin::{join, normal};
use super::{Extractor, File};

/// Reads `pnpm-lock.yaml`.
pub struct PnpmLock;

impl Extractor for PnpmLock {
    fn name(&self) -> &'static str {
        "pnpm-lock"
    }

    fn files(&self) -> &'static [&'static str] {
        &["pnpm-lock.yaml"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let documents = block::read(file, found);
        let known = |d: &&Value<'_>| {
            ["lockfileVersion", "importers", "packages"].iter().any(|key| d.get(key).is_some())
        };
        let documents: Vec<&Value<'_>> = documents.iter().filter(known).collect();
        let Some(version) = documents.last().map(|d| d.text_of("lockfileVersion").unwrap_or("?")) else {
            if file.bytes().iter().all(u8::is_ascii_whitespace) {
                found.odd(None, "the file is empty");
            } else if found.problems.is_empty() {
                found.odd(None, "the file names no lockfileVersion and no packages; it was left out");
            }
            return;
        };
        let why = format!("lockfileVersion {version} holds every package and who asks for it");
        found.lock(Ecosystem::Npm, GraphDepth::Full, why);
        let cut_off = found.problems.iter().any(|problem| problem.loses);
        let mut missing = Missing::default();
        let mut assembly = Assembly::new(found);
        // The project goes first, although its document is the last: the root is where its lists are.
        let (about_pnpm, projects): (Vec<&Value<'_>>, Vec<&Value<'_>>) =
            documents.iter().partition(|d| is_environment(d));
        for document in projects {
            Document::new(document).read(PROJECT, &mut assembly, &mut missing);
        }
        for document in about_pnpm {
            environment(document, &mut assembly);
        }
        if !cut_off {
            missing.report_unresolved(found);
        }
    }
}

/// Lists of an importer with the scope of what is in them.
type Lists = &'static [(&'static str, Scope)];

const PROJECT: Lists = &[
    ("dependencies", Scope::Runtime),
    ("optionalDependencies", Scope::Optional),
    ("devDependencies", Scope::Dev),
];

/// Plugins of pnpm that the project asks for. Beside them stands pnpm itself, which is no part of the project.
const ENVIRONMENT: Lists = &[("configDependencies", Scope::Dev)];

/// Whether a document is about pnpm itself: pnpm 11 and later put one before that of the project.
fn is_environment(document: &Value<'_>) -> bool {
    let importers = document.get("importers").map_or(&[][..], Value::fields);
    let any = |keys: &[&str]| importers.iter().any(|i| keys.iter().any(|key| i.value.get(key).is_some()));
    any(&["configDependencies", "packageManagerDependencies"])
        && !any(&["dependencies", "devDependencies", "optionalDependencies"])
}

/// Adds what the project's plugins of pnpm need, and nothing that only pnpm needs.
fn environment(document: &Value<'_>, assembly: &mut Assembly<'_>) {
    let mut found = Found::default();
    let mut own = Assembly::new(&mut found);
    Document::new(document).read(ENVIRONMENT, &mut own, &mut Missing::default());
    let mut targets: HashMap<usize, Vec<usize>> = HashMap::new();
    for (i, edge) in found.edges.iter().enumerate() {
        targets.entry(edge.from).or_default().push(i);
    }
    let roots = found.packages.iter().enumerate().filter(|(_, package)| package.first_party).map(|(i, _)| i);
    let mut open: Vec<usize> = roots.collect();
    let mut reached: HashSet<usize> = open.iter().copied().collect();
    while let Some(at) = open.pop() {
        for edge in targets.get(&at).into_iter().flatten().filter_map(|i| found.edges.get(*i)) {
            if reached.insert(edge.to) {
                open.push(edge.to);
            }
        }
    }
    // Without a plugin there is nothing to tell, not even that there is a project.
    if reached.iter().all(|i| found.packages.get(*i).is_none_or(|package| package.first_party)) {
        return;
    }
    let mut places: HashMap<usize, usize> = HashMap::new();
    for (i, package) in found.packages.into_iter().enumerate().filter(|(i, _)| reached.contains(i)) {
        let place = match package.dir.clone() {
            Some(dir) if package.first_party => assembly.first_party(dir, package),
            _ => assembly.third_party(package),
        };
        places.insert(i, place);
    }
    for edge in found.edges {
        if let (Some(from), Some(to)) = (places.get(&edge.from), places.get(&edge.to)) {
            assembly.edge(*from, *to, edge.scope);
        }
    }
}

/// One document of the file.
struct Document<'d, 'a> {
    root: &'d Value<'a>,
    /// 5, 6 or 9.
    major: u32,
    packages: &'d [Field<'a>],
    snapshots: &'d [Field<'a>],
}

/// What a key of the file became.
#[derive(Clone, Copy)]
struct Node {
    package: usize,
    /// Where it says what it asks for: an index of `packages` or `snapshots`, or [`ANY`].
    entry: usize,
}

/// Whatever entries the package has: the key does not say with which peers.
const ANY: usize = usize::MAX;

/// Keys of the file with what they became.
type Nodes<'d> = HashMap<&'d str, Node>;

/// That one entry asks for something.
struct Asked {
    from: Node,
    to: Node,
    scope: Scope,
}

/// The entries that what ships needs, by what the project asks for and what they ask for.
fn shipped(entries: usize, wanted: &[(usize, Node, Scope)], asked: &[Asked]) -> Vec<bool> {
    let mut targets: Vec<Vec<Node>> = vec![Vec::new(); entries];
    let mut entries_of: HashMap<usize, Vec<usize>> = HashMap::new();
    for Asked { from, to, .. } in asked {
        if let Some(all) = targets.get_mut(from.entry) {
            if all.is_empty() {
                entries_of.entry(from.package).or_default().push(from.entry);
            }
            all.push(*to);
        }
    }
    let mut reached = vec![false; entries];
    let mut open: Vec<Node> =
        wanted.iter().filter(|(_, _, scope)| scope.ships()).map(|(_, to, _)| *to).collect();
    while let Some(Node { package, entry }) = open.pop() {
        let all = match entry {
            ANY => entries_of.remove(&package).unwrap_or_default(),
            one => vec![one],
        };
        for at in all {
            if let Some(new) = reached.get_mut(at).filter(|known| !**known) {
                *new = true;
                open.extend(targets.get(at).into_iter().flatten());
            }
        }
    }
    reached
}

impl<'d, 'a> Document<'d, 'a> {
    fn new(root: &'d Value<'a>) -> Self {
        let packages = root.get("packages").map_or(&[][..], Value::fields);
        let snapshots = root.get("snapshots").map_or(&[][..], Value::fields);
        let digits =
            |text: &str| text.split(|c: char| !c.is_ascii_digit()).next().and_then(|d| d.parse().ok());
        let guess = if snapshots.is_empty() { 6 } else { 9 };
        let major = root.text_of("lockfileVersion").and_then(digits).unwrap_or(guess);
        Document { root, major, packages, snapshots }
    }

    fn read(&self, lists: Lists, assembly: &mut Assembly<'_>, missing: &mut Missing) {
        let importers = self.importers();
        let mut own = Vec::with_capacity(importers.len());
        for (dir, line, _) in &importers {
            let nameless = FoundPackage::new(Purl::npm("", ""), *line);
            own.push(assembly.first_party(dir.clone(), nameless));
        }
        let nodes = self.nodes(assembly);
        let mut key = String::new();
        let asking = if self.snapshots.is_empty() { self.packages } else { self.snapshots };
        let mut asked: Vec<Asked> = Vec::new();
        for field in asking {
            let Some(from) = nodes.get(&*field.key).copied() else { continue };
            let weak = field.value.is_true("optional");
            for (list, scope) in [("dependencies", Scope::Runtime), ("optionalDependencies", Scope::Optional)]
            {
                for want in field.value.get(list).map_or(&[][..], Value::fields) {
                    match self.target(want, "", &nodes, assembly, &mut key) {
                        Some(to) => asked.push(Asked { from, to, scope }),
                        None if weak || scope == Scope::Optional => {}
                        None => missing.note(&want.key, || Some(want.line)),
                    }
                }
            }
        }
        let mut wanted: Vec<(usize, Node, Scope)> = Vec::new();
        for ((dir, _, importer), from) in importers.iter().zip(own) {
            for (list, scope) in lists {
                for want in importer.get(list).map_or(&[][..], Value::fields) {
                    match self.target(want, dir, &nodes, assembly, &mut key) {
                        Some(to) => wanted.push((from, to, *scope)),
                        None if *scope == Scope::Optional => {}
                        None => missing.note(&want.key, || Some(want.line)),
                    }
                }
            }
        }
        let shipped = shipped(asking.len(), &wanted, &asked);
        let ships = |node: &Node| shipped.get(node.entry).is_some_and(|ships| *ships);
        let strong: HashSet<usize> = nodes.values().filter(|n| ships(n)).map(|n| n.package).collect();
        for Asked { from, to, scope } in asked {
            // The package ships with other peers, but with these ones it serves developers alone.
            let aside = !ships(&from) && strong.contains(&from.package);
            assembly.edge(from.package, to.package, if aside { scope.then(Scope::Dev) } else { scope });
        }
        for (from, to, scope) in wanted {
            assembly.edge(from, to.package, scope);
        }
    }

    /// The project's own packages: their folder, their line and their lists. A file about a single project may have
    /// the lists at its top.
    fn importers(&self) -> Vec<(String, Option<u32>, &'d Value<'a>)> {
        match self.root.get("importers") {
            Some(importers) => {
                importers.fields().iter().map(|i| (normal(&i.key), Some(i.line), &i.value)).collect()
            }
            None => {
                let first = self.root.fields().first().map(|field| field.line);
                vec![(String::new(), first, self.root)]
            }
        }
    }

    /// Makes packages of all keys.
    fn nodes(&self, assembly: &mut Assembly<'_>) -> Nodes<'d> {
        assembly.reserve(self.packages.len());
        let mut nodes = Nodes::with_capacity(self.packages.len() + self.snapshots.len());
        for (at, field) in self.packages.iter().enumerate() {
            if let Some(package) = self.package(field, self.scope(field), assembly) {
                let entry = if self.snapshots.is_empty() { at } else { ANY };
                nodes.entry(&field.key).or_insert(Node { package, entry });
            }
        }
        for (entry, field) in self.snapshots.iter().enumerate() {
            let bare = without_peers(&field.key);
            let package = match nodes.get(bare) {
                Some(node) => Some(node.package),
                // A snapshot without a package: the file is not whole, but the key says enough.
                None => self.package(field, None, assembly),
            };
            if let Some(package) = package {
                nodes.entry(bare).or_insert(Node { package, entry: ANY });
                let node = nodes.entry(&field.key).or_insert(Node { package, entry });
                if node.entry == ANY {
                    node.entry = entry;
                }
            }
        }
        nodes
    }

    /// Up to version 6 every package says when it is needed. Later only optional ones do, and those that a tool brings
    /// along are optional too: who asks for them says more.
    fn scope(&self, field: &Field<'_>) -> Option<Scope> {
        if self.major >= 9 {
            return None;
        }
        Some(if field.value.is_true("dev") {
            Scope::Dev
        } else if field.value.is_true("optional") {
            Scope::Optional
        } else {
            Scope::Runtime
        })
    }

    fn package(&self, field: &Field<'_>, scope: Option<Scope>, assembly: &mut Assembly<'_>) -> Option<usize> {
        let Key { name, version, resolved } = Key::read(&field.key, &field.value, self.major)?;
        let purl = Purl::npm(&name, &version);
        match resolved {
            Resolved::Own(dir) => {
                let mut package = FoundPackage::new(purl, Some(field.line));
                package.scope = scope.filter(|scope| !scope.ships());
                if assembly.is_own(&dir) {
                    return Some(assembly.first_party(dir, package));
                }
                // Without a name nothing can be said of a folder from elsewhere.
                if name.is_empty() {
                    return None;
                }
                // A folder that is no importer was copied. Whose it is, its manifest says, where the tree holds it.
                package.source = Source::Path(dir);
                package.scope = scope;
                Some(assembly.third_party(package))
            }
            Resolved::From(origin) => {
                let mut package = FoundPackage::new(origin.qualify(purl), Some(field.line));
                package.source = origin.source();
                package.scope = scope;
                let integrity =
                    field.value.get("resolution").and_then(|resolution| resolution.text_of("integrity"));
                package.hashes = integrity.map(checksum::integrity).unwrap_or_default();
                package.freshness = Freshness::deprecated(field.value.text_of("deprecated"));
                Some(assembly.third_party(package))
            }
        }
    }

    /// The package that a line `name: reference` or `name: {specifier, version}` means, seen from a folder.
    fn target(
        &self,
        want: &Field<'_>,
        dir: &str,
        nodes: &Nodes<'d>,
        assembly: &mut Assembly<'_>,
        key: &mut String,
    ) -> Option<Node> {
        let reference = want.value.text().or_else(|| want.value.text_of("version"))?;
        if let Some(path) = reference.strip_prefix("link:") {
            let target = join(dir, path);
            // Importers have no name in the file, but those that ask for one know it.
            let package = FoundPackage::new(Purl::npm(&want.key, ""), Some(want.line));
            return Some(Node { package: assembly.first_party(target, package), entry: ANY });
        }
        let mut spelled = |parts: &[&str]| {
            key.clear();
            key.extend(parts.iter().copied());
            nodes.get(key.as_str()).copied()
        };
        // Peers may be missing on one of the sides in files of older versions.
        let (bare, exact) = (without_peers(reference), reference.len());
        for reference in [reference, bare] {
            let by_name = match self.major {
                ..=5 => spelled(&["/", &want.key, "/", reference]),
                6..=8 => spelled(&["/", &want.key, "@", reference]),
                _ => None,
            };
            let by_name = by_name.or_else(|| spelled(&[&want.key, "@", reference]));
            // An alias or an address is a key of its own.
            let node = by_name.or_else(|| spelled(&[reference]));
            if node.is_some() || bare.len() == reference.len() {
                return node.map(|n| if exact == reference.len() { n } else { Node { entry: ANY, ..n } });
            }
        }
        None
    }
}

#[cfg(test)]
mod tests;
