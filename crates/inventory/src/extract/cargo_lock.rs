//! `Cargo.lock`, all versions: `[root]` of the first, `[metadata]` checksums of version 1, short dependency names
//! since version 2.
//!
//! Packages without a source are the project's own. Their edges mix runtime, build and dev dependencies; the scopes
//! come from `Cargo.toml` in [`crate::resolve`].

use std::collections::HashMap;

use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Hash, Purl, Scope, Source};

use super::toml::{self, Table};
use super::{Extractor, File};

/// Reads `Cargo.lock`.
pub struct CargoLock;

impl Extractor for CargoLock {
    fn name(&self) -> &'static str {
        "cargo-lock"
    }

    fn files(&self) -> &'static [&'static str] {
        &["Cargo.lock"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(document) = toml::parse(file, found) else { return };
        let root = document.root();
        if root.is_empty() {
            return;
        }
        found.lock(
            Ecosystem::Cargo,
            GraphDepth::Full,
            "Cargo.lock holds every package and who asks for whom",
        );
        found.precedence = 1;
        let checksums = old_checksums(root);
        let mut entries: Vec<(usize, Table<'_>)> = Vec::new();
        let mut known: HashMap<Purl, usize> = HashMap::new();
        for entry in root.table("root").into_iter().chain(root.tables("package")) {
            let Some(package) = package(entry, &checksums, found) else { continue };
            // A package that stands twice is one component; its edges are united.
            let index = match known.get(&package.purl) {
                Some(&index) => index,
                None => {
                    let purl = package.purl.clone();
                    let index = found.package(package);
                    known.insert(purl, index);
                    index
                }
            };
            entries.push((index, entry));
        }
        let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, package) in found.packages.iter().enumerate() {
            by_name.entry(package.purl.name.clone()).or_default().push(index);
        }
        // In a file that is cut off the missing targets are said once, by the syntax error.
        let whole = found.problems.is_empty();
        for (from, entry) in entries {
            for dependency in entry.array("dependencies") {
                let Some(text) = dependency.str() else { continue };
                match target(text, &by_name, &found.packages) {
                    Some(to) => found.edge(from, to, Scope::Runtime),
                    None if !whole => {}
                    None => found.odd(dependency.line(), format!("`{text}` is not in this Cargo.lock")),
                }
            }
        }
    }
}

fn package(entry: Table<'_>, checksums: &HashMap<String, String>, found: &mut Found) -> Option<FoundPackage> {
    let (Some(name), version) = (entry.str("name"), entry.str("version").unwrap_or("")) else {
        found.lost(entry.line(), "a package without a name was left out");
        return None;
    };
    let raw = entry.str("source");
    let (purl, source) = identify(name, version, raw);
    let mut package = FoundPackage::new(purl, entry.line_of("name"));
    package.first_party = raw.is_none();
    package.source = source;
    let old = || checksums.get(&format!("{name} {version}")).map(String::as_str);
    if let Some(hex) = entry.str("checksum").or_else(old).filter(|h| h.len() == 64) {
        package.hashes.push(Hash { algorithm: "SHA-256".to_string(), hex: hex.to_ascii_lowercase() });
    }
    Some(package)
}

/// Package URL and source of a crate from its source string as cargo writes it.
pub fn identify(name: &str, version: &str, source: Option<&str>) -> (Purl, Source) {
    let purl = Purl::cargo(name, version);
    let Some(source) = source else { return (purl, Source::Path(String::new())) };
    if let Some(git) = source.strip_prefix("git+") {
        let (url, revision) = git.split_once('#').unwrap_or((git, ""));
        let url = url.split('?').next().unwrap_or(url);
        let at = if revision.is_empty() { String::new() } else { format!("@{revision}") };
        return (purl.with("vcs_url", &format!("git+{url}{at}")), Source::Git(format!("{url}#{revision}")));
    }
    if source.starts_with("path+") {
        return (purl, Source::Path(String::new()));
    }
    let index = source.split_once('+').map_or(source, |(_, url)| url);
    // The registry that every cargo knows is known by its name; only others belong into the identity.
    if index.contains("crates.io") {
        (purl, Source::Registry(None))
    } else {
        (purl.with("repository_url", index), Source::Registry(Some(index.to_string())))
    }
}

/// Checksums of version 1: `"checksum name version (source)" = "hex"` in `[metadata]`.
fn old_checksums(root: Table<'_>) -> HashMap<String, String> {
    let Some(metadata) = root.table("metadata") else { return HashMap::new() };
    let read = |(key, value): (&str, toml::Value<'_>)| {
        let mut words = key.strip_prefix("checksum ")?.split(' ');
        Some((format!("{} {}", words.next()?, words.next()?), value.str()?.to_string()))
    };
    metadata.entries().into_iter().filter_map(read).collect()
}

/// Finds `name`, `name version` or `name version (source)`.
fn target(text: &str, by_name: &HashMap<String, Vec<usize>>, packages: &[FoundPackage]) -> Option<usize> {
    let mut words = text.splitn(3, ' ');
    let candidates = by_name.get(words.next()?)?;
    let version = words.next();
    let source = words.next().map(|s| s.trim_matches(|c| c == '(' || c == ')'));
    let fits = |index: &&usize| {
        let package = &packages[**index];
        version.is_none_or(|v| package.purl.version() == v)
            && source.is_none_or(|s| {
                identify(&package.purl.name, package.purl.version(), Some(s)).0.qualifiers
                    == package.purl.qualifiers
            })
    };
    // Dependencies of version 1 name the source without a revision, so the version alone may have to do.
    let exact = candidates.iter().find(fits);
    let by_version = || candidates.iter().find(|i| version.is_none_or(|v| packages[**i].purl.version() == v));
    exact.or_else(by_version).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Found {
        let mut found = Found::new("Cargo.lock", "cargo-lock");
        CargoLock.extract(&File::new("Cargo.lock", text.as_bytes()), &mut found);
        found
    }

    #[test]
    fn a_version_chooses_between_two() {
        let found = read(
            "version = 4\n[[package]]\nname = \"app\"\nversion = \"0.1.0\"\ndependencies = [\"a 2.0.0\"]\n\
             [[package]]\nname = \"a\"\nversion = \"1.0.0\"\nsource = \"registry+https://r.example/i\"\n\
             [[package]]\nname = \"a\"\nversion = \"2.0.0\"\nsource = \"git+https://g.example/a?branch=x#abc\"\n",
        );
        assert_eq!(found.edges.len(), 1);
        assert_eq!((found.edges[0].from, found.edges[0].to), (0, 2));
        assert!(found.packages[0].first_party && !found.packages[1].first_party);
        assert_eq!(
            found.packages[2].purl.to_string(),
            "pkg:cargo/a@2.0.0?vcs_url=git%2Bhttps:%2F%2Fg.example%2Fa%40abc"
        );
        assert_eq!(found.packages[2].line, Some(11));
    }

    #[test]
    fn version_1_with_root_and_metadata() {
        let sum = "ab".repeat(32);
        let found = read(&format!(
            "[root]\nname = \"app\"\nversion = \"0.1.0\"\ndependencies = [\"a 1.0.0 (registry+https://crates.io-index)\"]\n\
             [[package]]\nname = \"a\"\nversion = \"1.0.0\"\nsource = \"registry+https://crates.io-index\"\n\
             [metadata]\n\"checksum a 1.0.0 (registry+https://crates.io-index)\" = \"{sum}\"\n",
        ));
        assert_eq!(found.edges.len(), 1);
        assert_eq!(found.packages[1].hashes[0].hex, sum);
        assert_eq!(found.packages[1].source, Source::Registry(None));
    }
}
