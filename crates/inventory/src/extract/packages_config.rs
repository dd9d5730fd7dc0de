//! `packages.config`: the packages of an older .NET project, direct and transitive in one list.

use std::collections::HashSet;

use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Purl, Scope};

use super::xml;
use super::{Extractor, File};

/// Reads `packages.config`.
pub struct PackagesConfig;

impl Extractor for PackagesConfig {
    fn name(&self) -> &'static str {
        "packages-config"
    }

    fn files(&self) -> &'static [&'static str] {
        &["packages.config", "packages.*.config"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(document) = xml::parse(file, found) else { return };
        let root = document.root();
        if root.name() != "packages" {
            return;
        }
        found.lock(
            Ecosystem::Nuget,
            GraphDepth::Flat,
            "packages.config lists what is installed and not who asks for whom",
        );
        let mut known = HashSet::new();
        for node in root.all("package") {
            let part = |key: &str| node.attribute(key).filter(|v| !v.is_empty());
            let (Some(id), Some(version)) = (part("id"), part("version")) else {
                found.lost(Some(node.line()), "a package without an id or a version was left out");
                continue;
            };
            let purl = Purl::nuget(id, version);
            if !known.insert(purl.clone()) {
                continue;
            }
            let mut package = FoundPackage::new(purl, Some(node.line()));
            let tool = part("developmentDependency").is_some_and(|d| d.eq_ignore_ascii_case("true"));
            package.scope = Some(if tool { Scope::Dev } else { Scope::Runtime });
            // The folder `packages` beside the solution is the usual place; another one is configured elsewhere.
            package.install_path = Some(format!("../packages/{id}.{version}"));
            found.package(package);
        }
    }
}
