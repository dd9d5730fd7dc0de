//! `libs.versions.toml`: Gradle's catalog of the libraries and plugins that the builds of a project may use.
//!
//! Which project uses which entry stands in build scripts, which are programs. What the catalog offers counts as used.

use std::collections::HashMap;

use licit_model::found::FoundEdge;
use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Purl, Scope};

use super::toml::{self, Table, Value};
use super::{Extractor, File};

/// Reads `*.versions.toml`.
pub struct VersionCatalog;

impl Extractor for VersionCatalog {
    fn name(&self) -> &'static str {
        "version-catalog"
    }

    fn files(&self) -> &'static [&'static str] {
        &["*.versions.toml"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(document) = toml::parse(file, found) else { return };
        let root = document.root();
        if ["libraries", "plugins"].iter().all(|key| root.table(key).is_none()) {
            return;
        }
        found.lock(
            Ecosystem::Maven,
            GraphDepth::DirectOnly,
            "a catalog lists what build scripts may ask for; what these bring in is not in it",
        );
        let versions = root.table("versions");
        let libraries = entries(root, "libraries");
        let plugins = entries(root, "plugins");
        if libraries.is_empty() && plugins.is_empty() {
            return;
        }
        let mut own = FoundPackage::new(Purl::maven("", ""), None);
        own.first_party = true;
        // The catalog lies in the folder `gradle` of the project that it serves.
        let inside = file.path().rsplit('/').nth(1) == Some("gradle");
        own.dir = Some(if inside { "..".to_string() } else { String::new() });
        let project = found.package(own);
        for (alias, value) in libraries {
            let Some((name, version)) = library(value, versions) else {
                found.lost(
                    value.line(),
                    format!("the library `{}` has no group and name and was left out", cut(alias)),
                );
                continue;
            };
            let index = add(found, project, &name, version, value.line(), Scope::Runtime);
            found.keys.push((accessor(alias), index));
        }
        let known: HashMap<String, usize> = found.keys.iter().cloned().collect();
        for (alias, value) in entries(root, "bundles") {
            let listed = value.array().filter_map(Value::str).filter_map(|entry| known.get(&accessor(entry)));
            found.keys.extend(listed.map(|index| (format!("bundles.{}", accessor(alias)), *index)));
        }
        for (alias, value) in plugins {
            let Some((id, version)) = plugin(value, versions) else {
                found.lost(value.line(), format!("the plugin `{}` has no id and was left out", cut(alias)));
                continue;
            };
            // The marker artifact by which Gradle finds a plugin in a repository of Maven's layout.
            add(found, project, &format!("{id}:{id}.gradle.plugin"), version, value.line(), Scope::Build);
        }
    }
}

/// A version, or what is asked for where that is no single one.
enum Wanted {
    Exact(String),
    Range(String),
    Any,
}

fn entries<'d>(root: Table<'d>, key: &str) -> Vec<(&'d str, Value<'d>)> {
    root.table(key).map(Table::entries).unwrap_or_default()
}

/// How build scripts spell an alias: with dots.
fn accessor(alias: &str) -> String {
    alias.replace(['-', '_'], ".")
}

fn add(
    found: &mut Found,
    project: usize,
    name: &str,
    wanted: Wanted,
    line: Option<u32>,
    scope: Scope,
) -> usize {
    let (version, requested) = match wanted {
        Wanted::Exact(version) => (version, None),
        Wanted::Range(range) => (String::new(), Some(range)),
        Wanted::Any => (String::new(), None),
    };
    let mut package = FoundPackage::new(Purl::maven(name, &version), line);
    package.requested = requested;
    package.scope = Some(scope);
    package.direct = Some(true);
    let to = found.package(package);
    found.edges.push(FoundEdge { from: project, to, scope, linkage: None });
    to
}

/// `"group:name:version"`, `{ module = "group:name", version… }` or `{ group, name, version… }`.
fn library(value: Value<'_>, versions: Option<Table<'_>>) -> Option<(String, Wanted)> {
    if let Some(text) = value.str() {
        let mut parts = text.splitn(3, ':');
        let (group, name) = (parts.next()?.trim(), parts.next()?.trim());
        let named = !group.is_empty() && !name.is_empty();
        return named.then(|| (format!("{group}:{name}"), wanted(parts.next().unwrap_or(""))));
    }
    let table = value.table()?;
    let name = match table.str("module") {
        Some(module) => module.trim().to_string(),
        None => format!("{}:{}", table.str("group")?.trim(), table.str("name")?.trim()),
    };
    let complete =
        name.split_once(':').is_some_and(|(g, n)| !g.is_empty() && !n.is_empty() && !n.contains(':'));
    complete.then(|| (name, version_of(table, versions)))
}

/// `"id:version"` or `{ id, version… }`.
fn plugin<'d>(value: Value<'d>, versions: Option<Table<'d>>) -> Option<(&'d str, Wanted)> {
    if let Some(text) = value.str() {
        let (id, version) = text.split_once(':').unwrap_or((text, ""));
        return (!id.trim().is_empty()).then(|| (id.trim(), wanted(version)));
    }
    let table = value.table()?;
    Some((table.str("id").map(str::trim).filter(|id| !id.is_empty())?, version_of(table, versions)))
}

fn version_of(table: Table<'_>, versions: Option<Table<'_>>) -> Wanted {
    let Some(version) = table.get("version") else { return Wanted::Any };
    if let Some(text) = version.str() {
        return wanted(text);
    }
    let Some(rich) = version.table() else { return Wanted::Any };
    match rich.str("ref") {
        Some(key) => versions.and_then(|v| v.get(key)).map_or(Wanted::Any, |v| match (v.str(), v.table()) {
            (Some(text), _) => wanted(text),
            (None, Some(rich)) => rich_version(rich),
            _ => Wanted::Any,
        }),
        None => rich_version(rich),
    }
}

/// A table with `strictly`, `require` and `prefer`: the preferred version is the one that is taken where a range allows it.
fn rich_version(rich: Table<'_>) -> Wanted {
    let asked = ["strictly", "require"].iter().find_map(|key| rich.str(key)).map(wanted);
    match (asked, rich.str("prefer").map(wanted)) {
        (Some(Wanted::Exact(version)), _) => Wanted::Exact(version),
        (_, Some(preferred)) => preferred,
        (Some(other), None) => other,
        (None, None) => Wanted::Any,
    }
}

/// Gradle's ranges have brackets or a `+`; `1.0!!` is the short form of a strict version.
fn wanted(text: &str) -> Wanted {
    let text = text.trim();
    let (strict, preferred) = text.split_once("!!").unwrap_or((text, ""));
    let is_range =
        |t: &str| t.contains(['[', ']', '(', ')', ',']) || t.ends_with('+') || t.starts_with("latest.");
    match (strict.is_empty(), is_range(strict), preferred.is_empty()) {
        (true, ..) => Wanted::Any,
        (_, true, false) => Wanted::Exact(preferred.to_string()),
        (_, true, true) => Wanted::Range(strict.to_string()),
        _ => Wanted::Exact(strict.to_string()),
    }
}

fn cut(text: &str) -> String {
    text.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_a_version() {
        let text = "[versions]\na = \"1.0\"\nr = { strictly = \"[1,2)\", prefer = \"1.5\" }\n[libraries]\nx = \"g:x:2.0\"\ny = { module = \"g:y\", version.ref = \"a\" }\nz = { group = \"g\", name = \"z\", version = { ref = \"r\" } }\nb = { module = \"g:b\" }\nw = { module = \"g:w\", version = \"1.+\" }\ns = \"g:s:3!!\"\n[plugins]\np = { id = \"com.p\", version.ref = \"a\" }\n";
        let mut found = Found::new("gradle/libs.versions.toml", "version-catalog");
        VersionCatalog.extract(&File::new("gradle/libs.versions.toml", text.as_bytes()), &mut found);
        assert!(found.problems.is_empty());
        let purls: Vec<_> =
            found.packages[1..].iter().map(|p| p.purl.to_string().replace("pkg:maven/", "")).collect();
        let wanted =
            ["g/x@2.0", "g/y@1.0", "g/z@1.5", "g/b", "g/w", "g/s@3", "com.p/com.p.gradle.plugin@1.0"];
        assert_eq!(purls, wanted);
        assert_eq!(found.packages[5].requested.as_deref(), Some("1.+"));
        assert_eq!(found.packages[0].dir.as_deref(), Some(".."));
    }
}
