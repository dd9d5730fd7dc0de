//! `Manifest.toml` and `Project.toml`: what a Julia project asks for, and every package that was resolved for it.

use std::collections::{BTreeMap, HashSet};

use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Purl, Scope, Source};

use super::names::Names;
use super::npm::assembly::Assembly;
use super::npm::notes::Missing;
use super::npm::origin::{Origin, normal};
use super::requirement::{asked, license, manifest, unique};
use super::toml::{self, Table, Value};
use super::{Extractor, File, repository};

/// Reads `Manifest.toml`.
pub struct JuliaManifest;

impl Extractor for JuliaManifest {
    fn name(&self) -> &'static str {
        "julia-manifest"
    }

    fn files(&self) -> &'static [&'static str] {
        &["Manifest.toml", "JuliaManifest.toml", "Manifest-v*.toml", "JuliaManifest-v*.toml"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(document) = toml::parse(file, found) else { return };
        let root = document.root();
        let version = root.str("julia_version").unwrap_or("");
        // Since version 2 of the format the packages stand below `deps`; before, they were the top of the file.
        let newer = root.get("manifest_format").is_some();
        let Some(packages) = (if newer { root.table("deps") } else { Some(root) }) else { return };
        let entries: Vec<(&str, Table<'_>)> = packages
            .entries()
            .into_iter()
            .flat_map(|(name, value)| value.array().filter_map(Value::table).map(move |table| (name, table)))
            .collect();
        // Other tools call a file like this too.
        if !newer && !entries.iter().any(|(_, table)| table.str("uuid").is_some()) {
            return;
        }
        found.lock(
            Ecosystem::Julia,
            GraphDepth::Full,
            "Manifest.toml holds every package and who asks for it",
        );
        let mut assembly = Assembly::new(found);
        let (mut names, mut by_uuid) = (Names::default(), BTreeMap::new());
        let mut asking = Vec::new();
        for (name, table) in entries {
            let Some(uuid) = table.str("uuid") else {
                assembly.found.lost(table.line(), format!("`{name}` has no uuid and was left out"));
                continue;
            };
            let index = package(&mut assembly, name, uuid, table, version);
            names.add(name, index);
            by_uuid.insert(uuid, index);
            asking.push((index, table));
        }
        let mut missing = Missing::default();
        for (from, table) in asking {
            let Some(deps) = table.get("deps") else { continue };
            // Names alone where they are clear, names with their uuid where several packages share one.
            for name in deps.array() {
                let Some(text) = name.str() else { continue };
                let all = names.get(text);
                all.iter().for_each(|to| assembly.edge(from, *to, Scope::Runtime));
                if all.is_empty() {
                    missing.note(text, || name.line());
                }
            }
            for (name, uuid) in deps.table().map(Table::entries).unwrap_or_default() {
                match uuid.str().and_then(|u| by_uuid.get(u)) {
                    Some(to) => assembly.edge(from, *to, Scope::Runtime),
                    None => missing.note(name, || uuid.line()),
                }
            }
        }
        missing.report_unresolved(assembly.found);
        names.keys(found);
    }
}

fn package(assembly: &mut Assembly<'_>, name: &str, uuid: &str, table: Table<'_>, julia: &str) -> usize {
    let path = table.str("path").map(normal);
    // Packages of the standard library have no version of their own: they come with Julia and are as old as it is.
    let standard = table.str("git-tree-sha1").is_none() && path.is_none();
    let version = table.str("version").unwrap_or(if standard { julia } else { "" });
    let purl = Purl::named("julia", name, version).with("uuid", uuid);
    if let Some(path) = path {
        return assembly.first_party(path, FoundPackage::new(purl, table.line()));
    }
    let origin = match table.str("repo-url") {
        Some(url) => {
            let rev = table.str("repo-rev").unwrap_or("").to_string();
            Origin::Git { url: repository::address(url), rev }
        }
        None => Origin::Registry,
    };
    let mut third = FoundPackage::new(origin.qualify(purl), table.line());
    third.source = if standard { Source::Unknown } else { origin.source() };
    assembly.third_party(third)
}

/// Reads `Project.toml`.
pub struct JuliaProject;

impl Extractor for JuliaProject {
    fn name(&self) -> &'static str {
        "julia-project"
    }

    fn files(&self) -> &'static [&'static str] {
        &["Project.toml", "JuliaProject.toml"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(document) = toml::parse(file, found) else { return };
        let root = document.root();
        let name = root.str("name").unwrap_or("");
        let uuid = root.str("uuid").unwrap_or("");
        let deps = root.table("deps");
        // A name alone could be any tool's file.
        if deps.is_none() && uuid.is_empty() {
            return;
        }
        let line = root.get("name").and_then(Value::line);
        let mut own = manifest(Ecosystem::Julia, name, root.str("version").unwrap_or(""), line);
        own.package.purl = own.package.purl.with("uuid", uuid);
        let licensed = root.get("license").and_then(|l| license(l.str()?, l.line()));
        own.package.licenses.extend(licensed);
        let compat = root.table("compat");
        let range = |name: &str| compat.and_then(|c| c.str(name)).unwrap_or("");
        let targets = root.table("targets").map(Table::entries).unwrap_or_default();
        let targets: HashSet<&str> =
            targets.into_iter().flat_map(|(_, list)| list.array()).filter_map(Value::str).collect();
        let places = root.table("sources");
        let lists = [("deps", Scope::Runtime), ("weakdeps", Scope::Optional), ("extras", Scope::Test)];
        for (list, scope) in lists {
            for (name, value) in root.table(list).map(Table::entries).unwrap_or_default() {
                if list == "extras" && !targets.contains(name) {
                    continue;
                }
                let mut requirement = asked(name, range(name), scope, value.line());
                if let Some(place) = places.and_then(|p| p.table(name)) {
                    requirement.path = place.str("path").map(normal);
                    if let Some(url) = place.str("url") {
                        let rev = place.str("rev").unwrap_or("").to_string();
                        requirement.source = Origin::Git { url: repository::address(url), rev }.source();
                    }
                }
                own.requirements.push(requirement);
            }
        }
        unique(&mut own.requirements);
        if let Some(members) = root.table("workspace") {
            own.workspace_members = members.strs("projects").map(str::to_string).collect();
        }
        found.manifest(Ecosystem::Julia, own);
    }
}
