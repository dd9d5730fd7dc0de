//! `deno.lock`: packages of npm and of JSR that Deno resolved, versions 2 to 5 of the format.
//!
//! Modules that are imported by an address belong to a package where the address says its name and version; how many
//! others there are is said.

use std::collections::{HashMap, HashSet};

use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Hash, Purl, Scope, Source};

use super::import_map;
use super::json::Str;
use super::names::Names;
use super::npm::assembly::Assembly;
use super::npm::checksum;
use super::npm::notes::Missing;
use super::tree::{self, Tree};
use super::{Extractor, File};

/// Reads `deno.lock`.
pub struct DenoLock;

impl Extractor for DenoLock {
    fn name(&self) -> &'static str {
        "deno-lock"
    }

    fn files(&self) -> &'static [&'static str] {
        &["deno.lock"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let top = tree::read(file, found);
        if top.get("version").is_none() {
            return;
        }
        found.lock(
            Ecosystem::Npm,
            GraphDepth::Full,
            "deno.lock holds every package of npm and JSR and who asks for it",
        );
        let inner = top.get("packages").unwrap_or(&top);
        let npm = inner.get("npm").unwrap_or(&Tree::Other);
        // Version 2 nests once more and knows npm only.
        let (packages, specifiers) = match npm.get("packages") {
            Some(packages) => (packages.entries(), npm.entries_of("specifiers")),
            None => (npm.entries(), inner.entries_of("specifiers")),
        };
        let mut reader =
            Reader { file, ids: HashMap::new(), names: Names::default(), specifiers: HashMap::new() };
        for (asked, resolved) in specifiers {
            if let Some(resolved) = resolved.text() {
                reader.specifiers.insert(asked, resolved);
            }
        }
        let mut assembly = Assembly::new(found);
        let mut asking = Vec::new();
        for (world, entries) in [(World::Npm, packages), (World::Jsr, inner.entries_of("jsr"))] {
            for (id, entry) in entries {
                if let Some(index) = reader.package(world, id, entry, &mut assembly) {
                    asking.push((index, world, entry));
                }
            }
        }
        let mut missing = Missing::default();
        for (from, world, entry) in asking {
            for (list, scope) in [("dependencies", Scope::Runtime), ("optionalDependencies", Scope::Optional)]
            {
                let Some(list) = entry.get(list) else { continue };
                let named = list.entries().iter().filter_map(|(_, id)| id.text());
                for id in named.chain(list.items().iter().filter_map(Tree::text)) {
                    match reader.find(world, id) {
                        Some(to) => assembly.edge(from, to, scope),
                        None => missing.note(id, || id.line(file)),
                    }
                }
            }
        }
        reader.direct(&top, &mut assembly);
        missing.report_unresolved(found);
        reader.names.keys(found);
        remote(file, &top, found);
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum World {
    Npm,
    Jsr,
}

impl World {
    fn prefix(self) -> &'static str {
        match self {
            World::Npm => "npm:",
            World::Jsr => "jsr:",
        }
    }
}

struct Reader<'r, 'a> {
    file: &'r File<'a>,
    /// By `npm:name@version`, peers included.
    ids: HashMap<String, usize>,
    /// By name, that of JSR with its prefix.
    names: Names,
    /// What was asked for, and what it became.
    specifiers: HashMap<&'r str, &'r str>,
}

impl Reader<'_, '_> {
    fn package(
        &mut self,
        world: World,
        id: &Str<'_>,
        entry: &Tree<'_>,
        assembly: &mut Assembly<'_>,
    ) -> Option<usize> {
        let line = id.line(self.file);
        let Some((name, version)) = split_id(id) else {
            assembly.found.lost(line, format!("`{}` is no name with a version and was left out", &**id));
            return None;
        };
        let integrity = entry.text_of("integrity").map_or("", |t| t);
        let mut package = match world {
            // The peers that a package was resolved with stand behind its version.
            World::Npm => {
                FoundPackage::new(Purl::npm(name, version.split('_').next().unwrap_or(version)), line)
            }
            World::Jsr => FoundPackage::new(Purl::named("jsr", name, version), line),
        };
        package.hashes = checksum::integrity(integrity);
        if package.hashes.is_empty()
            && integrity.len() == 64
            && integrity.bytes().all(|b| b.is_ascii_hexdigit())
        {
            package
                .hashes
                .push(Hash { algorithm: "SHA-256".to_string(), hex: integrity.to_ascii_lowercase() });
        }
        package.source = Source::Registry(None);
        let index = assembly.third_party(package);
        self.ids.insert(format!("{}{}", world.prefix(), &**id), index);
        match world {
            World::Npm => self.names.add(name, index),
            World::Jsr => self.names.add(&format!("jsr:{name}"), index),
        }
        Some(index)
    }

    /// What a dependency means: an id, a name of which there is one version, or something that was asked for.
    fn find(&self, world: World, text: &str) -> Option<usize> {
        let spelled = text.split_once("@npm:").map_or(text, |(_, real)| real);
        let (world, bare) = match (spelled.strip_prefix("npm:"), spelled.strip_prefix("jsr:")) {
            (Some(bare), _) => (World::Npm, bare),
            (_, Some(bare)) => (World::Jsr, bare),
            _ => (world, spelled),
        };
        let prefix = world.prefix();
        let full = format!("{prefix}{bare}");
        if let Some(index) = self.ids.get(&full) {
            return Some(*index);
        }
        let resolved = self.specifiers.get(full.as_str()).or_else(|| self.specifiers.get(bare)).copied();
        if let Some(resolved) = resolved {
            // Later versions of the format write the version alone.
            let name = split_id(bare).map_or(bare, |(name, _)| name);
            let id = match split_id(resolved.strip_prefix(prefix).unwrap_or(resolved)) {
                Some(_) if resolved.contains(name) => {
                    resolved.strip_prefix(prefix).unwrap_or(resolved).to_string()
                }
                _ => format!("{name}@{resolved}"),
            };
            if let Some(index) = self.ids.get(&format!("{prefix}{id}")) {
                return Some(*index);
            }
        }
        let name = split_id(bare).map_or(bare, |(name, _)| name);
        let key = if world == World::Jsr { format!("jsr:{name}") } else { name.to_string() };
        match self.names.get(&key) {
            [one] => Some(*one),
            _ => None,
        }
    }

    /// Marks what the workspace asks for; older files do not say it.
    fn direct(&self, top: &Tree<'_>, assembly: &mut Assembly<'_>) {
        let Some(workspace) = top.get("workspace") else { return };
        let members = workspace.entries_of("members").iter().map(|(_, member)| member);
        let mut asked = HashSet::new();
        for owner in std::iter::once(workspace).chain(members) {
            let node = owner.get("packageJson").map_or(&[][..], |p| p.items_of("dependencies"));
            for text in owner.items_of("dependencies").iter().chain(node).filter_map(Tree::text) {
                asked.extend(self.find(World::Jsr, text));
            }
        }
        for (index, package) in assembly.found.packages.iter_mut().enumerate() {
            package.direct = Some(asked.contains(&index));
        }
    }
}

/// Adds the packages of the modules that are imported by their address.
fn remote(file: &File<'_>, top: &Tree<'_>, found: &mut Found) {
    let mut known: HashSet<Purl> = found.packages.iter().map(|p| p.purl.clone()).collect();
    let (mut nameless, mut first) = (0usize, None);
    for (url, _) in top.entries_of("remote") {
        match addressed(url) {
            Some((purl, place)) => {
                if known.insert(purl.clone()) {
                    let mut package = FoundPackage::new(purl, url.line(file));
                    package.source = Source::Url(place);
                    found.package(package);
                }
            }
            None => {
                first = first.or_else(|| url.line(file));
                nameless += 1;
            }
        }
    }
    if nameless > 0 {
        let message = format!(
            "{nameless} modules are imported by an address that names no package and version; they were left out"
        );
        found.lost(first, message);
    }
}

/// The package of a module by its address, and the address up to the package.
fn addressed(url: &str) -> Option<(Purl, String)> {
    let (scheme, rest) = url.split_once("://")?;
    let path = rest.split(['?', '#']).next().unwrap_or(rest);
    let (host, path) = path.split_once('/')?;
    if host == "raw.githubusercontent.com" {
        let mut parts = path.splitn(4, '/');
        let (owner, name, reference) = (parts.next()?, parts.next()?, parts.next()?);
        let place = format!("{scheme}://{host}/{owner}/{name}/{reference}");
        return Some((Purl::named("github", &format!("{owner}/{name}"), reference), place));
    }
    // The part of the path that ends with the version, and where the name begins in it.
    let mut end = 0;
    let versioned = path.split('/').find_map(|part| {
        let begin = end;
        end += part.len() + 1;
        let (name, version) = split_id(part)?;
        version.starts_with(|c: char| c.is_ascii_digit() || c == 'v').then_some((begin, name, version))
    });
    let (begin, name, version) = versioned?;
    let before = path.get(..begin)?.trim_end_matches('/');
    let place = format!("{scheme}://{host}/{}", path.get(..begin + name.len() + 1 + version.len())?);
    if let Some((name, version)) = import_map::by_address(url) {
        return Some((Purl::npm(&name, version), place));
    }
    let name = [host, before, name].iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>();
    let purl = Purl::named("generic", &name.join("/"), version.trim_start_matches('v'));
    Some((purl.with("download_url", &place), place))
}

/// `name@version`, the name with its scope.
fn split_id(id: &str) -> Option<(&str, &str)> {
    let at = id.char_indices().skip(1).find(|(_, c)| *c == '@').map(|(at, _)| at)?;
    let (name, version) = (id.get(..at)?, id.get(at + 1..)?);
    (!name.is_empty() && !version.is_empty()).then_some((name, version))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_of_addresses() {
        let of = |url: &str| addressed(url).map(|(purl, _)| purl.to_string()).unwrap_or_default();
        assert_eq!(
            of("https://modules.example/std@0.140.0/path/mod.ts"),
            "pkg:generic/modules.example/std@0.140.0?download_url=https:%2F%2Fmodules.example%2Fstd%400.140.0"
        );
        let other = of("https://modules.example/x/oak@v12.6.1/mod.ts");
        assert!(other.starts_with("pkg:generic/modules.example/x/oak@12.6.1?"), "{other}");
        assert_eq!(of("https://cdn.example/react@18.2.0?dev"), "pkg:npm/react@18.2.0");
        assert_eq!(of("https://cdn.example/v135/@a/b@1.0.0/es2022/b.mjs"), "pkg:npm/%40a/b@1.0.0");
        assert_eq!(of("https://cdn.example/npm:x@1.2.3/i.js"), "pkg:npm/x@1.2.3");
        assert_eq!(of("https://raw.githubusercontent.com/o/n/v1.0/a.ts"), "pkg:github/o/n@v1.0");
        assert_eq!(of("https://host.example/mod.ts"), "");
        assert_eq!(of("https://host.example/@scope/mod.ts"), "");
    }
}
