//! `gleam.toml` and Gleam's `manifest.toml`.

use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Purl, Scope, Source};

use super::names::Names;
use super::npm::assembly::Assembly;
use super::npm::notes::Missing;
use super::npm::origin::{Origin, normal};
use super::requirement::{asked, license, manifest, unique};
use super::toml::{self, Table, Value};
use super::{Extractor, File, repository};

/// Reads Gleam's `manifest.toml`.
pub struct GleamLock;

impl Extractor for GleamLock {
    fn name(&self) -> &'static str {
        "gleam-lock"
    }

    fn files(&self) -> &'static [&'static str] {
        &["manifest.toml"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(document) = toml::parse(file, found) else { return };
        let root = document.root();
        // Other tools have files of this name.
        if !root.tables("packages").any(|p| p.get("build_tools").is_some()) {
            return;
        }
        found.lock(Ecosystem::Hex, GraphDepth::Full, "manifest.toml holds every package and who asks for it");
        let mut assembly = Assembly::new(found);
        let (mut names, mut asking, mut unversioned) = (Names::default(), Vec::new(), Missing::default());
        for table in root.tables("packages") {
            let (name, version) = (table.str("name").unwrap_or(""), table.str("version").unwrap_or(""));
            if name.is_empty() || version.is_empty() {
                unversioned.note(name, || table.line());
                continue;
            }
            let purl = Purl::named("hex", name, version);
            let index = match table.str("source") {
                Some("local") => {
                    let dir = normal(table.str("path").unwrap_or(""));
                    assembly.first_party(dir, FoundPackage::new(purl, table.line()))
                }
                Some("git") => {
                    let url = repository::address(table.str("repo").unwrap_or(""));
                    let origin = Origin::Git { url, rev: table.str("commit").unwrap_or("").to_string() };
                    let mut package = FoundPackage::new(origin.qualify(purl), table.line());
                    package.source = origin.source();
                    assembly.third_party(package)
                }
                _ => {
                    let mut package = FoundPackage::new(purl, table.line());
                    package.source = Source::Registry(None);
                    let hash = table.str("outer_checksum").and_then(|h| repository::checksum("sha256", h));
                    package.hashes.extend(hash);
                    assembly.third_party(package)
                }
            };
            names.add(name, index);
            asking.push((index, table));
        }
        let mut missing = Missing::default();
        for (from, table) in asking {
            for name in table.strs("requirements") {
                let all = names.get(name);
                all.iter().for_each(|to| assembly.edge(from, *to, Scope::Runtime));
                if all.is_empty() {
                    missing.note(name, || table.line());
                }
            }
        }
        unversioned.report_unversioned(assembly.found);
        missing.report_unresolved(assembly.found);
        names.keys(found);
    }
}

/// Reads `gleam.toml`.
pub struct GleamToml;

impl Extractor for GleamToml {
    fn name(&self) -> &'static str {
        "gleam-toml"
    }

    fn files(&self) -> &'static [&'static str] {
        &["gleam.toml"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(document) = toml::parse(file, found) else { return };
        let root = document.root();
        let Some(name) = root.str("name") else { return };
        let line = root.get("name").and_then(Value::line);
        let mut own = manifest(Ecosystem::Hex, name, root.str("version").unwrap_or(""), line);
        own.package.licenses = root.array("licences").filter_map(|l| license(l.str()?, l.line())).collect();
        let lists = [
            ("dependencies", Scope::Runtime),
            ("dev-dependencies", Scope::Dev),
            ("dev_dependencies", Scope::Dev),
        ];
        for (list, scope) in lists {
            for (name, value) in root.table(list).map(Table::entries).unwrap_or_default() {
                let mut requirement = asked(name, value.str().unwrap_or(""), scope, value.line());
                if let Some(table) = value.table() {
                    requirement.range = table.str("version").unwrap_or("").to_string();
                    requirement.path = table.str("path").map(normal);
                    if let Some(url) = table.str("git") {
                        let rev = table.str("ref").unwrap_or("").to_string();
                        requirement.source = Origin::Git { url: repository::address(url), rev }.source();
                    }
                }
                own.requirements.push(requirement);
            }
        }
        unique(&mut own.requirements);
        found.manifest(Ecosystem::Hex, own);
    }
}
