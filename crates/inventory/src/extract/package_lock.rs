//! `package-lock.json` and `npm-shrinkwrap.json`, lockfile versions 1, 2 and 3.
//!
//! A lockfile describes a `node_modules` tree. Who gets which version is not written in it: it follows from where a
//! package lies and from Node's rule to look for `node_modules` in the folders above. That rule is applied here.

mod entry;
mod tree;

use std::collections::{HashMap, HashSet};

use licit_model::{Ecosystem, Found, FoundPackage, Freshness, GraphDepth, Purl, Scope};

use self::entry::{Entry, Lock, Meta};
use self::tree::{HIGHEST, Tree, folder_name, split};
use super::json::{self, Lax, Str};
use super::npm::assembly::Assembly;
use super::npm::notes::Missing;
use super::npm::origin::{Origin, normal};
use super::npm::spec::{Place, Spec, split_name};
use super::npm::{checksum, origin};
use super::{Extractor, File};

/// Reads `package-lock.json`.
pub struct PackageLock;

impl Extractor for PackageLock {
    fn name(&self) -> &'static str {
        "package-lock"
    }

    fn files(&self) -> &'static [&'static str] {
        &["package-lock.json", "npm-shrinkwrap.json"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let mut lock = Lock::default();
        let whole = json::parse_into(file, found, &mut lock);
        if lock.version.is_none() && lock.packages.is_empty() && lock.tree.is_empty() {
            if whole {
                found.odd(Some(1), "the file names no lockfileVersion and no packages; it was left out");
            }
            return;
        }
        // npm reads the shrinkwrap only, where both are there.
        found.precedence = if file.name() == "npm-shrinkwrap.json" { 2 } else { 1 };
        let version = lock.version.unwrap_or(1);
        if version > 3 {
            found.odd(
                Some(1),
                format!("lockfileVersion {version} is newer than what is known here; it was read as 3"),
            );
        }
        let mut reader =
            Reader { file, lock: &lock, unresolved: Missing::default(), unversioned: Missing::default() };
        if lock.packages.is_empty() && (version < 2 || !lock.tree.is_empty()) {
            reader.old(found);
        } else {
            reader.modern(found);
        }
        // Of a file that was cut off it is already said that something is missing.
        if whole {
            reader.unresolved.report_unresolved(found);
            reader.unversioned.report_unversioned(found);
        }
    }
}

/// Names with what is asked of them.
type Ranges<'a> = [(Str<'a>, Lax<Str<'a>>)];

/// An edge between entries of the file, before entries become packages.
struct RawEdge {
    from: usize,
    to: usize,
    scope: Scope,
}

struct Reader<'r, 'a> {
    file: &'r File<'a>,
    lock: &'r Lock<'a>,
    unresolved: Missing,
    unversioned: Missing,
}

impl Reader<'_, '_> {
    /// Versions 2 and 3: every folder by its path.
    fn modern(&mut self, found: &mut Found) {
        let entries = &self.lock.packages;
        let tree = Tree::new(entries);
        let mut edges = Vec::new();
        // A package from an address looks like one of a registry; only who asks for it says which it is.
        let mut addresses: HashMap<usize, Origin> = HashMap::new();
        for (from, entry) in entries.iter().enumerate() {
            if !entry.link {
                self.modern_edges(&tree, from, entry, &mut edges, &mut addresses);
            }
        }
        let named_root = entries.iter().any(|entry| entry.key.is_empty());
        let why = format!(
            "lockfileVersion {} holds every package and who asks for it",
            self.lock.version.unwrap_or(3)
        );
        found.lock(Ecosystem::Npm, GraphDepth::Full, why);
        let mut assembly = Assembly::new(found);
        assembly.reserve(entries.len());
        let mut indices: Vec<Option<usize>> = vec![None; entries.len()];
        let mut keys = Vec::new();
        for (i, entry) in entries.iter().enumerate() {
            let index = self.modern_package(&tree, entry, addresses.get(&i), &mut assembly);
            if let Some(slot) = indices.get_mut(i) {
                *slot = index;
            }
            if let (false, Some(("", name)), Some(index)) = (named_root, split(&entry.key), index) {
                keys.push((name.to_string(), index));
            }
        }
        assembly.found.keys = keys;
        connect(&mut assembly, &indices, &edges);
    }

    fn modern_package(
        &mut self,
        tree: &Tree<'_>,
        entry: &Entry<'_>,
        address: Option<&Origin>,
        assembly: &mut Assembly<'_>,
    ) -> Option<usize> {
        let line = entry.key.line(self.file);
        let path = &*entry.key;
        if entry.link {
            let target = normal(entry.resolved.as_deref().unwrap_or(""));
            let outside = tree.at(&target).is_none() && !target.is_empty();
            // The folder should have an entry of its own; without one its name is all there is.
            return outside.then(|| {
                let name = split(path).map_or(path, |(_, name)| name);
                assembly.first_party(target, FoundPackage::new(Purl::npm(name, ""), line))
            });
        }
        let version = entry.version.as_deref().unwrap_or("");
        let Some((_, folder_name)) = split(path) else {
            let name = entry.name.as_deref().or(self.lock.name.as_deref().filter(|_| path.is_empty()));
            let name = name.or_else(|| tree.called(path)).unwrap_or_else(|| folder_name(path));
            let version = if path.is_empty() && version.is_empty() {
                self.lock.project_version.as_deref().unwrap_or("")
            } else {
                version
            };
            let mut package = FoundPackage::new(Purl::npm(name, version), line);
            package.licenses = entry.license.raw(self.file);
            package.scope = if path.is_empty() { None } else { entry.flags.scope() };
            return Some(own(normal(path), package, assembly));
        };
        let name = entry.name.as_deref().unwrap_or(folder_name);
        if name.is_empty() || (version.is_empty() && entry.resolved.is_none()) {
            // npm leaves such a stub behind for an optional package of another platform, and for a folder inside of a
            // package that nothing asks for.
            if !entry.flags.optional && !entry.flags.extraneous {
                self.unversioned.note(path, || line);
            }
            return None;
        }
        let origin = modern_origin(entry.resolved.as_deref(), address);
        let mut package = FoundPackage::new(origin.qualify(Purl::npm(name, version)), line);
        package.source = origin.source();
        package.licenses = entry.license.raw(self.file);
        package.hashes = entry.integrity.as_deref().map(checksum::integrity).unwrap_or_default();
        package.scope = entry.flags.scope();
        package.freshness = Freshness::deprecated(entry.deprecated.as_deref());
        // A local folder that was copied instead of linked is still the project's own.
        if let Origin::Folder(dir) = origin {
            return Some(own(dir, package, assembly));
        }
        package.install_path = Some(path.to_string());
        Some(assembly.third_party(package))
    }

    /// What an entry asks for. A name in several lists counts once, in the order of npm's own preference.
    fn modern_edges(
        &mut self,
        tree: &Tree<'_>,
        from: usize,
        entry: &Entry<'_>,
        edges: &mut Vec<RawEdge>,
        addresses: &mut HashMap<usize, Origin>,
    ) {
        let own = split(&entry.key).is_none();
        let wants = &entry.wants;
        let dev = if own { wants.dev.0.as_slice() } else { &[] };
        if wants.runtime.0.is_empty()
            && wants.optional.0.is_empty()
            && wants.peer.0.is_empty()
            && dev.is_empty()
        {
            return;
        }
        let chain = tree.chain(from, &entry.key);
        let mut seen: HashSet<&str> = HashSet::new();
        let several = wants.peer.0.len() + wants.optional.0.len() + dev.len() > 0;
        let optional_peer =
            |name: &str| wants.peer_meta.get(name).is_some_and(|m| m.0.as_ref().is_some_and(Meta::optional));
        // A workspace's development dependencies are installed, those of a folder elsewhere may not be.
        let lists: [(&Ranges<'_>, Scope, bool); 4] = [
            (&wants.optional.0, Scope::Optional, false),
            (&wants.runtime.0, Scope::Runtime, true),
            (dev, Scope::Dev, entry.key.is_empty()),
            (&wants.peer.0, Scope::Runtime, false),
        ];
        for (list, (requirements, scope, needed)) in lists.into_iter().enumerate() {
            for (name, spec) in requirements {
                if several && !seen.insert(name) {
                    continue;
                }
                let spec = spec.0.as_deref().unwrap_or("");
                let address = address(spec);
                let mut to = tree.resolve(&chain, name);
                if to.is_none()
                    && let Some(Origin::Folder(path)) = &address
                {
                    to = tree.at(&origin::join(&entry.key, path));
                }
                let Some(to) = to else {
                    // What an optional package for another platform brings in its own archive is not listed.
                    if needed && !entry.flags.optional && !entry.flags.dev_optional {
                        self.unresolved.note(name, || name.line(self.file));
                    }
                    continue;
                };
                if let Some(address) = address {
                    addresses.entry(to).or_insert(address);
                }
                // npm does not install a package for the sake of an optional peer, so such an edge never makes a package
                // needed for more than the lock says of it.
                let scope = if list == 3 && optional_peer(name) {
                    let stated = self.lock.packages.get(to).and_then(|entry| entry.flags.scope());
                    stated.map_or(Scope::Optional, |stated| stated.max(Scope::Optional))
                } else {
                    scope
                };
                edges.push(RawEdge { from, to, scope });
            }
        }
    }

    /// Version 1: `dependencies` inside `dependencies`, with `requires` for the edges.
    fn old(&mut self, found: &mut Found) {
        let entries = &self.lock.tree;
        let tells_edges = self.lock.requires || entries.iter().any(|entry| !entry.wants.runtime.0.is_empty());
        let mut held: HashMap<(Option<usize>, &str), usize> = HashMap::with_capacity(entries.len());
        for (i, entry) in entries.iter().enumerate() {
            held.entry((entry.parent, &*entry.key)).or_insert(i);
        }
        let mut edges = Vec::new();
        for (from, entry) in entries.iter().enumerate() {
            for (name, _) in entry.wants.runtime.iter() {
                let mut above = Some(Some(from));
                let mut to = None;
                for _ in 0..HIGHEST {
                    let Some(place) = above else { break };
                    to = held.get(&(place, &**name)).copied();
                    if to.is_some() {
                        break;
                    }
                    above = place.map(|at| entries.get(at).and_then(|entry| entry.parent));
                }
                let Some(to) = to else {
                    // What is missing below an optional package was not installable.
                    if !entry.flags.optional {
                        self.unresolved.note(name, || name.line(self.file));
                    }
                    continue;
                };
                // The file does not say which edges are optional, but an optional package has no others from
                // packages that are needed.
                let weak = entries.get(to).is_some_and(|e| e.flags.optional) && !entry.flags.optional;
                edges.push(RawEdge { from, to, scope: if weak { Scope::Optional } else { Scope::Runtime } });
            }
        }
        match tells_edges || entries.is_empty() {
            true => found.lock(
                Ecosystem::Npm,
                GraphDepth::Full,
                "lockfileVersion 1 holds every package and who asks for it; what the project asks for is in package.json",
            ),
            false => found.lock(
                Ecosystem::Npm,
                GraphDepth::Flat,
                "this old lockfile has no `requires`: every package, but not who asks for it",
            ),
        }
        let mut assembly = Assembly::new(found);
        let mut paths: Vec<String> = Vec::with_capacity(entries.len());
        let mut indices = Vec::with_capacity(entries.len());
        for entry in entries {
            let above = entry.parent.and_then(|parent| paths.get(parent));
            let path = match above {
                Some(above) if !above.is_empty() => format!("{above}/node_modules/{}", &*entry.key),
                Some(_) => String::new(),
                None => format!("node_modules/{}", &*entry.key),
            };
            let index = self.old_package(entry, &path, &mut assembly);
            if entry.parent.is_none()
                && let Some(index) = index
            {
                assembly.found.keys.push((entry.key.to_string(), index));
            }
            // Paths grow with the depth; far beyond any real tree they are not worth their memory.
            paths.push(if path.len() > 4096 { String::new() } else { path });
            indices.push(index);
        }
        connect(&mut assembly, &indices, &edges);
    }

    fn old_package(&self, entry: &Entry<'_>, path: &str, assembly: &mut Assembly<'_>) -> Option<usize> {
        let stated = entry.version.as_deref().unwrap_or("").trim();
        let (mut name, mut version, mut origin) = (&*entry.key, stated, Origin::Registry);
        if let Some((real, range)) = stated.strip_prefix("npm:").and_then(split_name) {
            (name, version) = (real, range);
        } else if let Some(address) = address(stated) {
            version = match &address {
                Origin::Url(url) => version_in_archive(name, url),
                Origin::Archive(path) => version_in_archive(name, path),
                _ => "",
            };
            // Where the version is an address of the usual form, an old npm wrote a registry's package so.
            origin = if stated.contains("/-/") && !version.is_empty() {
                Origin::Registry
            } else {
                address.clone()
            };
            version = stated.find(version).and_then(|at| stated.get(at..at + version.len())).unwrap_or("");
        }
        if name.is_empty() {
            return None;
        }
        let mut package =
            FoundPackage::new(origin.qualify(Purl::npm(name, version)), entry.key.line(self.file));
        package.source = origin.source();
        package.hashes = entry.integrity.as_deref().map(checksum::integrity).unwrap_or_default();
        package.scope = entry.flags.scope();
        if let Origin::Folder(dir) = origin {
            return Some(own(dir, package, assembly));
        }
        package.install_path = (!path.is_empty()).then(|| path.to_string());
        Some(assembly.third_party(package))
    }
}

/// Adds one of the project's own packages. Of its scope only that it is a tool matters.
fn own(dir: String, mut package: FoundPackage, assembly: &mut Assembly<'_>) -> usize {
    package.scope = package.scope.filter(|scope| !scope.ships());
    assembly.first_party(dir, package)
}

/// The address in a requirement, where it is one.
fn address(spec: &str) -> Option<Origin> {
    // Nearly all are ranges, which have none of these.
    let plain = !spec.starts_with('.') && !spec.bytes().any(|b| matches!(b, b'/' | b':'));
    if plain || spec.starts_with("npm:") {
        return None;
    }
    match Spec::parse(spec).place {
        Place::At(origin) => Some(origin),
        _ => None,
    }
}

/// Where an installed package comes from. The host of a registry may be any, so a web address is one of a registry
/// unless somebody asks for an address or it is one of a repository.
fn modern_origin(resolved: Option<&str>, address: Option<&Origin>) -> Origin {
    let Some(resolved) = resolved else { return Origin::Registry };
    if address.is_none() && resolved.starts_with("http") && resolved.contains("/-/") {
        return Origin::Registry;
    }
    match Origin::read(resolved) {
        Some(Origin::Url(url)) => match address {
            Some(Origin::Url(_)) => Origin::Url(url),
            Some(Origin::Git { url, rev }) => Origin::Git { url: url.clone(), rev: rev.clone() },
            _ => Origin::Registry,
        },
        Some(origin) => origin,
        None => Origin::Registry,
    }
}

/// The version in `…/name-1.0.0.tgz`.
fn version_in_archive<'u>(name: &str, address: &'u str) -> &'u str {
    let last = address.rsplit('/').next().unwrap_or("");
    let name = name.rsplit('/').next().unwrap_or(name);
    let version = last.strip_prefix(name).and_then(|rest| rest.strip_prefix('-'));
    let version = version.and_then(|rest| rest.strip_suffix(".tgz").or_else(|| rest.strip_suffix(".tar.gz")));
    version.filter(|v| v.starts_with(|c: char| c.is_ascii_digit()) && v.contains('.')).unwrap_or("")
}

fn connect(assembly: &mut Assembly<'_>, indices: &[Option<usize>], edges: &[RawEdge]) {
    let index = |entry: usize| indices.get(entry).copied().flatten();
    for edge in edges {
        if let (Some(from), Some(to)) = (index(edge.from), index(edge.to)) {
            assembly.edge(from, to, edge.scope);
        }
    }
}

#[cfg(test)]
mod tests;
