//! `*.deps.json`: what a built .NET program loads, written beside it by the build.

use std::collections::HashMap;

use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Purl, Scope};

use super::json::{self, Object};
use super::nuget::{Raw, folded, name_and_version, object, object_of, text_of};
use super::{Extractor, File};

/// Reads `*.deps.json`.
pub struct DepsJson;

impl Extractor for DepsJson {
    fn name(&self) -> &'static str {
        "deps-json"
    }

    fn files(&self) -> &'static [&'static str] {
        &["*.deps.json"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(root) = json::parse::<Object<'_, Raw<'_>>>(file, found) else { return };
        if root.get("runtimeTarget").is_none() && root.get("libraries").is_none() {
            return;
        }
        found.lock(
            Ecosystem::Nuget,
            GraphDepth::Full,
            "deps.json lists every library that the built program loads and who asks for whom",
        );
        let libraries = object_of(&root, "libraries");
        let mut known: HashMap<String, usize> = HashMap::new();
        for (key, library) in libraries.iter() {
            let Some((name, version)) = name_and_version(key) else {
                found.lost(key.line(file), "a library without a name or a version was left out");
                continue;
            };
            let library = object(library);
            let kind = text_of(&library, "type").map(|t| t.to_ascii_lowercase()).unwrap_or_default();
            // An assembly that was referenced as a file has no package.
            if kind.starts_with("reference") {
                continue;
            }
            // The shared framework in a self-contained program has its package's name behind a prefix.
            let name = name.strip_prefix("runtimepack.").unwrap_or(name);
            let mut package = FoundPackage::new(Purl::nuget(name, version), key.line(file));
            package.first_party = kind == "project";
            known.entry(folded(key)).or_insert_with(|| found.package(package));
        }
        for (from, to) in edges(&root, &known) {
            found.edge(from, to, Scope::Runtime);
        }
        found.edges.sort_unstable();
        found.edges.dedup();
    }
}

fn edges(root: &Object<'_, Raw<'_>>, known: &HashMap<String, usize>) -> Vec<(usize, usize)> {
    let mut edges = Vec::new();
    let run = text_of(&object_of(root, "runtimeTarget"), "name");
    let targets = object_of(root, "targets");
    // Beside the target of the program there may be one that only the compiler uses.
    let chosen = targets.iter().filter(|(name, _)| run.as_ref().is_none_or(|r| **r == ***name));
    for (_, target) in chosen {
        for (key, entry) in object(target).iter() {
            let Some(&from) = known.get(&folded(key)) else { continue };
            for (name, version) in object_of(&object(entry), "dependencies").iter() {
                let version: String = serde_json::from_str(version.get()).unwrap_or_default();
                if let Some(&to) = known.get(&folded(&format!("{}/{version}", &**name))) {
                    edges.push((from, to));
                }
            }
        }
    }
    edges
}
