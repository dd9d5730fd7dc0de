//! `bun.lock`: Bun's lockfile as a text, JSON with comments and trailing commas.
//!
//! A package's key is the path by which it is found: `chalk/supports-color` is the one that `chalk` gets.

use std::collections::{HashMap, HashSet};

use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Purl, Scope};

use super::json::Str;
use super::npm::assembly::Assembly;
use super::npm::checksum;
use super::npm::notes::Missing;
use super::npm::origin::{Origin, normal};
use super::tree::{self, Tree};
use super::{Extractor, File};

/// Reads `bun.lock`.
pub struct BunLock;

impl Extractor for BunLock {
    fn name(&self) -> &'static str {
        "bun-lock"
    }

    fn files(&self) -> &'static [&'static str] {
        &["bun.lock"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let plain = tree::plain(file.bytes());
        let file = File::new(file.path(), &plain);
        let top = tree::read(&file, found);
        if top.get("lockfileVersion").is_none() && top.get("packages").is_none() {
            return;
        }
        found.lock(Ecosystem::Npm, GraphDepth::Full, "bun.lock holds every package and who asks for it");
        let mut reader = Reader { file: &file, at: HashMap::new(), missing: Missing::default() };
        let mut assembly = Assembly::new(found);
        let mut asking: Vec<(usize, &str, &Tree<'_>)> = Vec::new();
        for (dir, workspace) in top.entries_of("workspaces") {
            let name = workspace.text_of("name").map_or("", |n| n);
            let version = workspace.text_of("version").map_or("", |v| v);
            let line = workspace.text_of("name").and_then(|n| n.line(&file)).or_else(|| dir.line(&file));
            let package = FoundPackage::new(Purl::npm(name, version), line);
            let index = assembly.first_party(normal(dir), package);
            // What a workspace gets for itself stands below its name.
            asking.push((index, name, workspace));
        }
        for (key, entry) in top.entries_of("packages") {
            let Some(index) = reader.package(key, entry, &mut assembly) else { continue };
            reader.at.insert(key, index);
            if let Some(info) = entry.items().iter().find(|item| matches!(item, Tree::Map(_))) {
                asking.push((index, key, info));
            }
        }
        for (from, key, info) in asking {
            reader.edges(from, key, info, &mut assembly);
        }
        reader.missing.report_unresolved(found);
    }
}

struct Reader<'r, 'a> {
    file: &'r File<'a>,
    /// By key: index of the package.
    at: HashMap<&'r str, usize>,
    missing: Missing,
}

impl<'r> Reader<'r, '_> {
    fn package(&mut self, key: &Str<'_>, entry: &Tree<'_>, assembly: &mut Assembly<'_>) -> Option<usize> {
        let items = entry.items();
        let line = key.line(self.file);
        let Some((name, spec)) = items.first().and_then(Tree::text).and_then(|id| split_id(id)) else {
            assembly
                .found
                .lost(line, format!("the entry of `{}` has no name and version and was left out", &**key));
            return None;
        };
        if let Some(dir) = spec.strip_prefix("workspace:") {
            return Some(assembly.first_party(normal(dir), FoundPackage::new(Purl::npm(name, ""), line)));
        }
        if spec.starts_with("root:") {
            return Some(assembly.first_party(String::new(), FoundPackage::new(Purl::npm(name, ""), line)));
        }
        let origin = match Origin::read(spec) {
            // A folder that the project links to: `link:` is one of the user's own.
            Some(Origin::Folder(dir)) => {
                return Some(assembly.first_party(dir, FoundPackage::new(Purl::npm(name, ""), line)));
            }
            Some(origin) => origin,
            None => Origin::Registry,
        };
        let version = if origin == Origin::Registry { spec } else { "" };
        let mut package = FoundPackage::new(origin.qualify(Purl::npm(name, version)), line);
        package.source = origin.source();
        let digest = items.last().and_then(Tree::text).filter(|_| items.len() > 1);
        package.hashes = digest.map(|d| checksum::integrity(d)).unwrap_or_default();
        Some(assembly.third_party(package))
    }

    fn edges(&mut self, from: usize, key: &str, info: &Tree<'_>, assembly: &mut Assembly<'_>) {
        let optional_peers: HashSet<&str> =
            info.items_of("optionalPeers").iter().filter_map(|t| t.text().map(|t| &**t)).collect();
        let lists = [
            ("optionalDependencies", Scope::Optional, false),
            ("dependencies", Scope::Runtime, true),
            ("devDependencies", Scope::Dev, true),
            ("peerDependencies", Scope::Runtime, false),
        ];
        for (list, scope, needed) in lists {
            for (name, _) in info.entries_of(list) {
                let optional = list == "peerDependencies" && optional_peers.contains(&**name);
                let scope = if optional { Scope::Optional } else { scope };
                match self.resolve(key, name) {
                    Some(to) => assembly.edge(from, to, scope),
                    None if needed => self.missing.note(name, || name.line(self.file)),
                    None => {}
                }
            }
        }
    }

    /// The package that a name means at a key: the one below the key, or below one of its parents, or the shared one.
    fn resolve(&self, key: &str, name: &str) -> Option<usize> {
        // Real keys have a handful of parts; those of a file made to waste time have no parents.
        let mut at = if key.len() > 4096 { "" } else { key };
        for _ in 0..64 {
            if at.is_empty() {
                break;
            }
            if let Some(index) = self.at.get(format!("{at}/{name}").as_str()) {
                return Some(*index);
            }
            at = parent(at);
        }
        self.at.get(name).copied()
    }
}

/// A key without its last package, of which a scope is a part.
fn parent(key: &str) -> &str {
    let Some((above, _)) = key.rsplit_once('/') else { return "" };
    let last = above.rsplit_once('/').map_or(above, |(_, last)| last);
    if last.starts_with('@') { above.strip_suffix(last).unwrap_or("").trim_end_matches('/') } else { above }
}

/// `name@version`, the name with its scope.
fn split_id(id: &str) -> Option<(&str, &str)> {
    let at = id.char_indices().skip(1).find(|(_, c)| *c == '@').map(|(at, _)| at)?;
    let (name, spec) = (id.get(..at)?, id.get(at + 1..)?);
    (!name.is_empty() && !spec.is_empty()).then_some((name, spec))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_ids() {
        assert_eq!(parent("@s/a/@t/b"), "@s/a");
        assert_eq!(parent("@s/a/b"), "@s/a");
        assert_eq!(parent("@s/a"), "");
        assert_eq!(parent("a/b/c"), "a/b");
        assert_eq!(split_id("@s/a@1.0.0"), Some(("@s/a", "1.0.0")));
        assert_eq!(split_id("a"), None);
    }
}
