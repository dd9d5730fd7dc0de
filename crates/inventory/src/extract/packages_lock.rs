//! `packages.lock.json`: what NuGet resolved for one project, a list for each target framework.

use std::collections::HashMap;

use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Purl, Scope};

use super::json::{self, Object};
use super::nuget::{Raw, folded, object, object_of, text_of};
use super::{Extractor, File};

/// Reads `packages.lock.json`.
pub struct PackagesLock;

impl Extractor for PackagesLock {
    fn name(&self) -> &'static str {
        "packages-lock"
    }

    fn files(&self) -> &'static [&'static str] {
        &["packages.lock.json", "packages.*.lock.json"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(root) = json::parse::<Object<'_, Raw<'_>>>(file, found) else { return };
        if root.get("dependencies").is_none() {
            return;
        }
        found.lock(
            Ecosystem::Nuget,
            GraphDepth::Full,
            "packages.lock.json lists every package of each target framework and who asks for whom",
        );
        let mut known: HashMap<(String, String), usize> = HashMap::new();
        let frameworks = object_of(&root, "dependencies");
        for (_, entries) in frameworks.iter() {
            framework(file, entries, &mut known, found);
        }
        found.edges.sort_unstable();
        found.edges.dedup();
        for (index, package) in found.packages.iter().enumerate() {
            found.keys.push((package.purl.name.clone(), index));
        }
    }
}

fn framework(
    file: &File<'_>,
    entries: Raw<'_>,
    known: &mut HashMap<(String, String), usize>,
    found: &mut Found,
) {
    let entries = object(entries);
    let mut here: HashMap<String, usize> = HashMap::new();
    let mut asking = Vec::new();
    for (name, entry) in entries.iter() {
        let entry = object(entry);
        let kind = text_of(&entry, "type").map(|t| t.to_ascii_lowercase()).unwrap_or_default();
        let version = text_of(&entry, "resolved").map(|v| v.to_string()).unwrap_or_default();
        let own = kind == "project";
        if name.trim().is_empty() || (version.is_empty() && !own) {
            found.lost(name.line(file), "a package without a name or a resolved version was left out");
            continue;
        }
        let index = *known.entry((folded(name), version.clone())).or_insert_with(|| {
            let mut package = FoundPackage::new(Purl::nuget(name.trim(), &version), name.line(file));
            package.first_party = own;
            found.package(package)
        });
        // What one target framework asks for itself may be brought in by another package for the next.
        let package = &mut found.packages[index];
        package.direct = match kind.as_str() {
            "direct" => Some(true),
            "transitive" | "centraltransitive" => Some(package.direct == Some(true)),
            _ => package.direct,
        };
        here.insert(folded(name), index);
        asking.push((index, object_of(&entry, "dependencies")));
    }
    for (from, dependencies) in asking {
        for (name, _) in dependencies.iter() {
            if let Some(&to) = here.get(&folded(name)) {
                found.edge(from, to, Scope::Runtime);
            }
        }
    }
}
