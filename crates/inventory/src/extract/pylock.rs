//! `pylock.toml`: the lock that all installers read (PEP 751).
//!
//! It names every package for an installer that asks nobody; who asks for whom may be left out.

use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Hash, Scope, Source};

use super::python::lock::Lock;
use super::python::{self, Address};
use super::toml::{self, Table};
use super::{Extractor, File};

/// Reads `pylock.toml` and `pylock.<name>.toml`.
pub struct Pylock;

impl Extractor for Pylock {
    fn name(&self) -> &'static str {
        "pylock"
    }

    fn files(&self) -> &'static [&'static str] {
        &["pylock.toml", "pylock.*.toml"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(document) = toml::parse(file, found) else { return };
        let root = document.root();
        if root.get("packages").is_none() && root.get("lock-version").is_none() {
            return;
        }
        let default_groups: Vec<&str> = root.strs("default-groups").collect();
        // `pylock.dev.toml` is the lock of what its name says.
        let purpose =
            file.name().split('.').nth(1).map(str::to_ascii_lowercase).and_then(|w| python::word_scope(&w));
        let mut lock = Lock::new(found);
        let mut read = Vec::new();
        for table in root.tables("packages") {
            let Some(name) = table.str("name").filter(|n| !n.trim().is_empty()) else {
                lock.found.lost(table.line(), "a package without a name was left out");
                continue;
            };
            let mut package = package(name, table);
            package.scope = scope(table, &default_groups).or(purpose);
            if package.purl.version.is_none() && ["sdist", "wheels"].iter().any(|k| table.get(k).is_some()) {
                lock.found.odd(table.line(), format!("the version of {name} is missing"));
            }
            read.push((lock.package(package), table));
        }
        for (from, table) in &read {
            edges(*from, *table, &mut lock);
        }
        lock.keys_by_name();
        let (graph, why) = if read.iter().any(|(_, table)| table.get("dependencies").is_some()) {
            (GraphDepth::Full, "the lock lists every package and who asks for whom")
        } else {
            (GraphDepth::Flat, "the lock lists every package, but its writer left out who asks for whom")
        };
        found.lock(Ecosystem::Pypi, graph, why);
        found.precedence = python::EXPORTED_LOCK;
    }
}

fn package(name: &str, table: Table<'_>) -> FoundPackage {
    let mut package = python::package(name, table.str("version").unwrap_or(""), table.line_of("name"));
    match address(table) {
        Some(address) => address.place(&mut package),
        None if ["vcs", "directory", "archive"].iter().any(|key| table.get(key).is_some()) => {
            package.source = Source::Unknown;
        }
        None => {}
    }
    let archives =
        table.table("archive").into_iter().chain(table.table("sdist")).chain(table.tables("wheels"));
    package.hashes = python::only(archives).and_then(hash).into_iter().collect();
    package
}

/// The place of a package that no registry has.
fn address(table: Table<'_>) -> Option<Address> {
    if let Some(vcs) = table.table("vcs") {
        let place = vcs.str("url").or_else(|| vcs.str("path"))?;
        let revision = vcs.str("commit-id").or_else(|| vcs.str("requested-revision")).unwrap_or("");
        let subdirectory = vcs.str("subdirectory").unwrap_or("");
        return Some(match vcs.str("type").unwrap_or("git") {
            "git" => Address::git(place, revision, subdirectory),
            tool => Address::parse(&format!("{tool}+{place}@{revision}#subdirectory={subdirectory}")),
        });
    }
    if let Some(directory) = table.table("directory") {
        let mut folder = Address::folder(directory.str("path")?);
        folder.archive = false;
        return Some(folder);
    }
    let archive = table.table("archive")?;
    if let Some(url) = archive.str("url") {
        return Some(Address::archive(url));
    }
    let mut file = Address::folder(archive.str("path")?);
    file.archive = true;
    Some(file)
}

/// The strongest of a file's hashes.
fn hash(file: Table<'_>) -> Option<Hash> {
    let hashes = file.table("hashes")?;
    let strength = ["sha512", "sha384", "sha256", "sha1", "md5"];
    strength.iter().find_map(|algorithm| python::hash_of(algorithm, hashes.str(algorithm)?))
}

/// What the marker says of extras and groups; nothing where it speaks of platforms only.
fn scope(table: Table<'_>, default_groups: &[&str]) -> Option<Scope> {
    let marker = table.str("marker")?;
    match python::marker::scope(marker, default_groups) {
        Scope::Runtime if !marker.contains("dependency_groups") => None,
        scope => Some(scope),
    }
}

fn edges(from: usize, table: Table<'_>, lock: &mut Lock<'_>) {
    for requirement in table.tables("dependencies") {
        let Some(name) = requirement.str("name") else {
            lock.found.lost(requirement.line(), "a dependency without a name was left out");
            continue;
        };
        let all = lock.named(name).to_vec();
        let of_version = |index: &usize| {
            let version = requirement.str("version");
            version.is_none_or(|v| lock.at(*index).is_some_and(|p| p.purl.version() == v))
        };
        let narrowed: Vec<usize> = all.iter().copied().filter(of_version).collect();
        for to in if narrowed.is_empty() { all } else { narrowed } {
            lock.edge(from, to, Scope::Runtime);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &str, text: &str) -> Found {
        let mut found = Found::new(path, "pylock");
        Pylock.extract(&File::new(path, text.as_bytes()), &mut found);
        found
    }

    #[test]
    fn groups_places_and_edges() {
        let found = read(
            "pylock.toml",
            r#"lock-version = "1.0"
default-groups = ["default"]
[[packages]]
name = "a"
version = "1"
marker = "'default' in dependency_groups"
dependencies = [{ name = "b", version = "2" }, { name = "C" }]
[[packages]]
name = "b"
version = "1"
marker = "'dev' in dependency_groups"
[[packages]]
name = "b"
version = "2"
marker = "'x' in extras and os_name == 'nt'"
archive = { url = "https://host.example/b-2.zip", hashes = { sha256 = "0000000000000000000000000000000000000000000000000000000000000001" } }
[[packages]]
name = "c"
vcs = { type = "git", url = "https://host.example/c", commit-id = "abc" }
[[packages]]
name = "own"
directory = { path = ".", editable = true }
"#,
        );
        assert!(found.problems.is_empty(), "{:?}", found.problems);
        let scopes: Vec<_> = found.packages.iter().map(|p| p.scope).collect();
        assert_eq!(scopes, [Some(Scope::Runtime), Some(Scope::Dev), Some(Scope::Optional), None, None]);
        assert_eq!(found.edges.iter().map(|e| (e.from, e.to)).collect::<Vec<_>>(), [(0, 2), (0, 3)]);
        assert_eq!(found.packages[2].hashes.len(), 1);
        assert_eq!(found.packages[4].dir.as_deref(), Some(""));
        assert_eq!(found.graph.unwrap().0, GraphDepth::Full);
    }

    #[test]
    fn the_name_of_the_file_and_missing_edges() {
        let found =
            read("pylock.dev.toml", "lock-version = \"1.0\"\n[[packages]]\nname = \"a\"\nversion = \"1\"\n");
        assert_eq!(found.packages[0].scope, Some(Scope::Dev));
        assert_eq!(found.graph.unwrap().0, GraphDepth::Flat);
        assert_eq!(found.packages[0].line, Some(3));
    }
}
