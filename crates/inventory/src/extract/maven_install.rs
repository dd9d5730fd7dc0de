//! `maven_install.json`: what Bazel's rules for the JVM resolved, of both versions of the format.

use std::collections::HashMap;

use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Purl, Scope, Source};

use super::npm::assembly::Assembly;
use super::npm::notes::Missing;
use super::tree::{self, Tree};
use super::{Extractor, File, python};

/// Reads `maven_install.json` and `*_install.json`.
pub struct MavenInstall;

impl Extractor for MavenInstall {
    fn name(&self) -> &'static str {
        "maven-install"
    }

    fn files(&self) -> &'static [&'static str] {
        &[
            "maven_install.json",
            "*_maven_install.json",
            "maven_*_install.json",
            "rules_jvm_external_*install.json",
        ]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let top = tree::read(file, found);
        // It says what became of the list in the module file beside it.
        found.precedence = 2;
        let why = "maven_install.json lists every artifact and who asks for whom";
        if let Some(older) = top.get("dependency_tree") {
            first(older, file, found);
            found.lock(Ecosystem::Maven, GraphDepth::Full, why);
        } else if top.get("artifacts").is_some_and(|a| matches!(a, Tree::Map(_))) {
            second(&top, file, found);
            found.lock(Ecosystem::Maven, GraphDepth::Full, why);
        }
    }
}

/// Sources and documentation are no part of what runs.
fn is_extra(classifier: &str) -> bool {
    matches!(classifier, "sources" | "javadoc")
}

fn package(group: &str, artifact: &str, kind: &str, classifier: &str, version: &str) -> FoundPackage {
    let purl = Purl::maven(&format!("{group}:{artifact}"), version).with("classifier", classifier);
    let purl = if matches!(kind, "" | "jar") { purl } else { purl.with("type", kind) };
    let mut package = FoundPackage::new(purl, None);
    package.source = Source::Registry(None);
    package
}

/// `group:artifact[:type[:classifier]]:version`.
fn coordinates(text: &str) -> Option<FoundPackage> {
    let parts: Vec<&str> = text.split(':').map(str::trim).collect();
    let (group, artifact, kind, classifier, version) = match parts[..] {
        [g, a, v] => (g, a, "", "", v),
        [g, a, k, v] => (g, a, k, "", v),
        [g, a, k, c, v] => (g, a, k, c, v),
        _ => return None,
    };
    let good = ![group, artifact, version].contains(&"");
    good.then(|| package(group, artifact, kind, classifier, version))
}

fn first(older: &Tree<'_>, file: &File<'_>, found: &mut Found) {
    let mut assembly = Assembly::new(found);
    let mut at: HashMap<String, usize> = HashMap::new();
    let mut read = Vec::new();
    for entry in older.items_of("dependencies") {
        let Some(coord) = entry.text_of("coord") else { continue };
        let line = coord.line(file);
        let Some(mut package) = coordinates(coord) else {
            let message = format!("`{}` is no coordinate of Maven's and was left out", &**coord);
            assembly.found.lost(line, message);
            continue;
        };
        if package.purl.qualifiers.get("classifier").is_some_and(|c| is_extra(c)) {
            continue;
        }
        package.line = line;
        package.hashes =
            entry.text_of("sha256").and_then(|hex| python::hash_of("sha256", hex)).into_iter().collect();
        let index = assembly.third_party(package);
        at.insert((**coord).to_string(), index);
        read.push((index, entry));
    }
    // What a conflict was resolved to stands under the coordinate that was asked for.
    let resolved: HashMap<&str, &str> = older
        .entries_of("conflict_resolution")
        .iter()
        .filter_map(|(asked, got)| Some((&**asked, &**got.text()?)))
        .collect();
    let mut missing = Missing::default();
    for (from, entry) in read {
        let direct = entry.get("directDependencies").or_else(|| entry.get("dependencies"));
        for to in direct.map_or(&[][..], Tree::items).iter().filter_map(Tree::text) {
            let named = at.get(&**to).or_else(|| at.get(*resolved.get(&**to)?));
            match named {
                Some(to) => assembly.edge(from, *to, Scope::Runtime),
                None => missing.note(to, || to.line(file)),
            }
        }
    }
    missing.report_unresolved(found);
}

fn second(top: &Tree<'_>, file: &File<'_>, found: &mut Found) {
    let mut assembly = Assembly::new(found);
    let mut at: HashMap<&str, usize> = HashMap::new();
    for (key, entry) in top.entries_of("artifacts") {
        let line = key.line(file);
        let parts: Vec<&str> = key.split(':').collect();
        let (group, artifact, kind, classifier) = match parts[..] {
            [g, a] => (g, a, "", ""),
            [g, a, k] => (g, a, k, ""),
            [g, a, k, c] => (g, a, k, c),
            _ => {
                assembly.found.lost(line, format!("`{}` is no artifact of Maven's and was left out", &**key));
                continue;
            }
        };
        let Some(version) = entry.text_of("version").filter(|v| !v.is_empty()) else {
            assembly.found.lost(line, format!("{} has no version and was left out", &**key));
            continue;
        };
        if is_extra(classifier) {
            continue;
        }
        let mut package = package(group, artifact, kind, classifier, version);
        package.line = line;
        let sums = entry.entries_of("shasums");
        let own = sums.iter().filter(|(kind, _)| !is_extra(kind)).filter_map(|(_, sum)| sum.text());
        package.hashes = own.filter_map(|hex| python::hash_of("sha256", hex)).take(4).collect();
        let index = assembly.third_party(package);
        at.insert(key, index);
    }
    // The builds of an artifact for one platform stand among its checksums; all of them are the one artifact.
    let find = |key: &str| {
        let base = || key.match_indices(':').nth(1).and_then(|(end, _)| at.get(key.get(..end)?));
        at.get(key).or_else(|| base().filter(|_| !key.rsplit(':').next().is_some_and(is_extra))).copied()
    };
    let mut missing = Missing::default();
    for (key, list) in top.entries_of("dependencies") {
        let Some(from) = find(key) else {
            // The sources of an artifact ask for the sources of others.
            continue;
        };
        for to in list.items().iter().filter_map(Tree::text) {
            match find(to) {
                Some(to) => assembly.edge(from, to, Scope::Runtime),
                None if to.rsplit(':').next().is_some_and(is_extra) => {}
                None => missing.note(to, || to.line(file)),
            }
        }
    }
    missing.report_unresolved(found);
}
