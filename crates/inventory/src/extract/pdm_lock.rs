//! `pdm.lock`: every package that PDM resolved, for which groups, and what each asks for.
//!
//! The project itself is not in it; its requirements are joined by name from `pyproject.toml`.

use std::collections::HashMap;

use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Scope};

use super::python::lock::Lock;
use super::python::{self, Address, Dependency, may_match};
use super::toml::{self, Table};
use super::{Extractor, File};

/// Reads `pdm.lock`.
pub struct PdmLock;

impl Extractor for PdmLock {
    fn name(&self) -> &'static str {
        "pdm-lock"
    }

    fn files(&self) -> &'static [&'static str] {
        &["pdm.lock"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(document) = toml::parse(file, found) else { return };
        let root = document.root();
        if root.get("package").is_none() && root.get("metadata").is_none() {
            return;
        }
        found.lock(Ecosystem::Pypi, GraphDepth::Full, "pdm.lock lists every package and who asks for whom");
        found.precedence = python::LOCK;
        let older = older_hashes(root);
        let mut lock = Lock::new(found);
        let mut read = Vec::new();
        for table in root.tables("package") {
            let Some(name) = table.str("name").filter(|n| !n.trim().is_empty()) else {
                lock.found.lost(table.line(), "a package without a name was left out");
                continue;
            };
            let package = package(name, table, &older);
            if package.purl.version.is_none() {
                lock.found.odd(table.line(), format!("the version of {name} is missing"));
            }
            read.push((lock.package(package), table));
        }
        for (from, table) in read {
            // The first versions of the format had a table here, of names with ranges.
            let lines = table.array("dependencies").filter_map(toml::Value::str);
            let asked = lines.filter_map(Dependency::parse).map(|d| d.requirement(Scope::Runtime, None));
            let tables = table.table("dependencies").map(Table::entries).unwrap_or_default();
            let tables = tables.into_iter().map(|(name, value)| {
                let range = value.str().or_else(|| value.table()?.str("version")).unwrap_or("");
                python::requirement(name, range, Scope::Runtime, None)
            });
            for requirement in asked.chain(tables) {
                let all = lock.named(&requirement.name);
                let fits = |i: &&usize| {
                    lock.at(**i).is_some_and(|p| may_match(&requirement.range, p.purl.version()))
                };
                let fitting: Vec<usize> = all.iter().filter(fits).copied().collect();
                let targets = if fitting.is_empty() { all.to_vec() } else { fitting };
                for to in targets {
                    lock.edge(from, to, requirement.scope);
                }
            }
        }
        lock.keys_by_name();
    }
}

fn package(name: &str, table: Table<'_>, older: &HashMap<String, Vec<&str>>) -> FoundPackage {
    let mut package = python::package(name, table.str("version").unwrap_or(""), table.line_of("name"));
    let text = |key: &str| table.str(key).filter(|t| !t.is_empty());
    let address = if let Some(git) = text("git") {
        let revision = text("revision").or_else(|| text("ref")).unwrap_or("");
        Some(Address::git(git, revision, text("subdirectory").unwrap_or("")))
    } else if let Some(url) = text("url") {
        Some(Address::archive(url))
    } else {
        text("path").map(Address::parse)
    };
    if let Some(address) = address {
        address.place(&mut package);
    }
    package.scope = scope(table);
    let hashes: Vec<&str> = table.array("files").filter_map(|f| f.table()?.str("hash")).collect();
    let key = format!("{name} {}", table.str("version").unwrap_or(""));
    let hashes = if hashes.is_empty() { older.get(&key).cloned().unwrap_or_default() } else { hashes };
    package.hashes = python::only(hashes.into_iter()).and_then(python::hash).into_iter().collect();
    package
}

/// The scope of a package's groups. The file does not say which of them are for development; their names may.
fn scope(table: Table<'_>) -> Option<Scope> {
    let groups = table.get("groups").filter(|g| g.is_array())?;
    let scope = |group: &str| match group {
        "default" => Scope::Runtime,
        other => python::word_scope(other).unwrap_or(Scope::Optional),
    };
    groups.array().filter_map(|g| g.str()).map(scope).min()
}

/// Hashes stood in a table of their own before version 4.3 of the format, by `name version`.
fn older_hashes<'d>(root: Table<'d>) -> HashMap<String, Vec<&'d str>> {
    let entries = root.at(&["metadata", "files"]).map(Table::entries).unwrap_or_default();
    let hashes = |value: toml::Value<'d>| value.array().filter_map(|f| f.table()?.str("hash")).collect();
    entries.into_iter().map(|(key, value)| (key.to_string(), hashes(value))).collect()
}
