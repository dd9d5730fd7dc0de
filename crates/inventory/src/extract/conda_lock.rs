//! `conda-lock.yml`: every package of an environment for every platform, those of conda and those of pip.

use std::collections::HashMap;

use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Scope, Source};

use super::npm::assembly::Assembly;
use super::npm::block::{self, Value};
use super::npm::notes::Missing;
use super::{Extractor, File, conda, python};

/// Reads `conda-lock.yml`.
pub struct CondaLock;

impl Extractor for CondaLock {
    fn name(&self) -> &'static str {
        "conda-lock"
    }

    fn files(&self) -> &'static [&'static str] {
        &["conda-lock.yml", "conda-lock.yaml", "*.conda-lock.yml", "*.conda-lock.yaml"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let documents = block::read(file, found);
        let Some(entries) = documents.iter().find_map(|d| d.get("package")) else { return };
        let mut assembly = Assembly::new(found);
        // The same name stands there once for each platform.
        let mut at: HashMap<(&str, String), usize> = HashMap::new();
        let mut unversioned = Missing::default();
        let mut read = Vec::new();
        for entry in entries.items() {
            let line = entry.fields().first().map(|f| f.line);
            let Some(name) = entry.text_of("name").filter(|n| !n.is_empty()) else {
                assembly.found.lost(line, "a package without a name was left out");
                continue;
            };
            // What only says on which systems the others run is no package.
            if conda::is_virtual(name) {
                continue;
            }
            let version = entry.text_of("version").unwrap_or("");
            if version.is_empty() {
                unversioned.note(name, || line);
                continue;
            }
            let package = package(entry, name, version, line);
            let index = assembly.third_party(package);
            at.insert((entry.text_of("platform").unwrap_or(""), key(name)), index);
            read.push((index, entry));
        }
        let mut missing = Missing::default();
        for (from, entry) in read {
            let platform = entry.text_of("platform").unwrap_or("");
            for field in entry.get("dependencies").map_or(&[][..], Value::fields) {
                if conda::is_virtual(&field.key) {
                    continue;
                }
                match at.get(&(platform, key(&field.key))) {
                    Some(to) => assembly.edge(from, *to, Scope::Runtime),
                    // `pip` asks for packages that conda calls differently.
                    None if entry.text_of("manager") == Some("pip") => {}
                    None => missing.note(&field.key, || Some(field.line)),
                }
            }
        }
        unversioned.report_unversioned(found);
        missing.report_unresolved(found);
        found.lock(
            Ecosystem::Conda,
            GraphDepth::Full,
            "conda-lock.yml lists every package and who asks for whom",
        );
    }
}

/// Both worlds ask for each other by names that differ in case and separators only.
fn key(name: &str) -> String {
    python::normal_name(name)
}

fn package(entry: &Value<'_>, name: &str, version: &str, line: Option<u32>) -> FoundPackage {
    let mut package = match entry.text_of("manager") {
        Some("pip") => python::package(name, version, line),
        _ => conda::package(name, version, line),
    };
    if let Some(hash) = entry.get("hash") {
        package.hashes = conda::hashes(hash.text_of("md5"), hash.text_of("sha256"));
    }
    if let Some(url) = entry.text_of("url").filter(|u| u.starts_with("git+")) {
        let address = python::Address::parse(url);
        address.place(&mut package);
    } else if package.purl.kind == "conda" {
        let channel = entry.text_of("url").and_then(conda::archive::read).map_or("", |a| a.channel);
        package.purl = package.purl.with("channel", channel);
        package.source = Source::Registry(None);
    }
    let named = entry.get("categories").map_or(&[][..], Value::items).iter().filter_map(Value::text);
    let categories = named.chain(entry.text_of("category")).map(|category| match category {
        "main" => Scope::Runtime,
        other => python::word_scope(other).unwrap_or(Scope::Optional),
    });
    package.scope = categories.min();
    if entry.is_true("optional") && package.scope == Some(Scope::Runtime) {
        package.scope = Some(Scope::Optional);
    }
    package
}
