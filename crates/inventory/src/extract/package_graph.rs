//! `.dart_tool/package_graph.json`: who asks for whom among the packages that pub resolved. `pubspec.lock` beside the
//! folder has their places and checksums.

use licit_model::found::Role;
use licit_model::{Ecosystem, Found, FoundPackage, Purl, Scope};

use super::names::Names;
use super::npm::assembly::Assembly;
use super::npm::notes::Missing;
use super::tree;
use super::{Extractor, File};

/// Reads `package_graph.json`.
pub struct PackageGraph;

/// The extractor's name.
pub(crate) const NAME: &str = "package-graph";

impl Extractor for PackageGraph {
    fn name(&self) -> &'static str {
        NAME
    }

    fn files(&self) -> &'static [&'static str] {
        &["**/.dart_tool/package_graph.json", ".dart_tool/package_graph.json"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let top = tree::read(file, found);
        let roots: std::collections::HashSet<&str> =
            top.items_of("roots").iter().filter_map(|root| root.text().map(|text| &**text)).collect();
        let (mut names, mut missing) = (Names::default(), Missing::default());
        let mut at = std::collections::HashMap::new();
        let mut asking = Vec::new();
        let mut assembly = Assembly::new(found);
        for entry in top.items_of("packages") {
            let Some(name) = entry.text_of("name").filter(|name| !name.trim().is_empty()) else {
                assembly.found.lost(None, "a package without a name was left out");
                continue;
            };
            let version = entry.text_of("version").map_or("", |version| version);
            let mut package = FoundPackage::new(Purl::named("pub", name, version), name.line(file));
            package.first_party = roots.contains(&**name);
            let index = assembly.third_party(package);
            names.add(name, index);
            at.insert(&**name, index);
            asking.push((index, entry));
        }
        for (from, entry) in asking {
            for (list, scope) in [("dependencies", Scope::Runtime), ("devDependencies", Scope::Dev)] {
                for name in entry.items_of(list).iter().filter_map(tree::Tree::text) {
                    match at.get(&**name) {
                        Some(to) => assembly.edge(from, *to, scope),
                        None => missing.note(name, || name.line(file)),
                    }
                }
            }
        }
        if found.packages.is_empty() {
            return;
        }
        missing.report_unresolved(found);
        names.keys(found);
        found.role = Role::Helper;
        found.ecosystem = Some(Ecosystem::Pub);
    }
}
