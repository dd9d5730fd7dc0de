//! The output of `cargo metadata`, saved by the user or asked for with `--with-cargo`: the exact features, targets
//! and scopes that cargo itself resolved.

use std::collections::HashMap;

use cargo_metadata::{DependencyKind, Metadata, Package, PackageId};
use licit_model::found::RawLicenseKind;
use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, RawLicense, Scope};

use super::cargo_lock::identify;
use super::{Extractor, File};

/// Reads a saved `cargo metadata` document.
pub struct CargoMetadata;

impl Extractor for CargoMetadata {
    fn name(&self) -> &'static str {
        "cargo-metadata"
    }

    fn files(&self) -> &'static [&'static str] {
        &["cargo-metadata.json", "*.cargo-metadata.json"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(text) = file.text(found) else { return };
        if text.trim().is_empty() {
            return;
        }
        match serde_json::from_str::<Metadata>(text) {
            Ok(metadata) => read(&metadata, found),
            Err(error) => found.lost(
                u32::try_from(error.line()).ok().filter(|l| *l > 0).map(|l| l.min(file.line(text.len() - 1))),
                format!("this is no output of `cargo metadata --format-version 1`: {error}"),
            ),
        }
    }
}

/// Turns cargo's answer into packages and edges.
pub fn read(metadata: &Metadata, found: &mut Found) {
    let (depth, why) = match &metadata.resolve {
        Some(_) => (GraphDepth::Full, "cargo metadata resolved features and targets"),
        None => (GraphDepth::Flat, "the document was made with --no-deps, so it holds no edges"),
    };
    found.lock(Ecosystem::Cargo, depth, why);
    // Cargo's own answer replaces what Cargo.lock of the same folder says.
    found.precedence = 2;
    let mut index: HashMap<&PackageId, usize> = HashMap::new();
    let members: std::collections::HashSet<&PackageId> = metadata.workspace_members.iter().collect();
    for package in &metadata.packages {
        index.insert(&package.id, found.packages.len());
        let own = package.source.is_none() || members.contains(&package.id);
        found.packages.push(convert(metadata, package, own));
    }
    for node in metadata.resolve.iter().flat_map(|r| &r.nodes) {
        let Some(&from) = index.get(&node.id) else { continue };
        for dependency in &node.deps {
            let Some(&to) = index.get(&dependency.pkg) else { continue };
            let mut scopes: Vec<Scope> = dependency
                .dep_kinds
                .iter()
                .map(|k| match k.kind {
                    DependencyKind::Development => Scope::Dev,
                    DependencyKind::Build => Scope::Build,
                    _ => Scope::Runtime,
                })
                .collect();
            scopes.sort_unstable();
            scopes.dedup();
            if scopes.is_empty() {
                scopes.push(Scope::Runtime);
            }
            for scope in scopes {
                found.edge(from, to, scope);
            }
        }
    }
}

fn convert(metadata: &Metadata, package: &Package, own: bool) -> FoundPackage {
    let source = package.source.as_ref().map(|s| s.repr.as_str());
    let (purl, source) = identify(package.name.as_str(), &package.version.to_string(), source);
    let mut converted = FoundPackage::new(purl, None);
    converted.first_party = own;
    converted.source = source;
    if own {
        let dir = package.manifest_path.parent().and_then(|d| d.strip_prefix(&metadata.workspace_root).ok());
        converted.dir = dir.map(|d| d.as_str().replace('\\', "/"));
    }
    let field = |text: &str, kind| RawLicense { text: text.to_string(), kind, line: None };
    converted.licenses.extend(package.license.as_deref().map(|l| field(l, RawLicenseKind::Expression)));
    let file = package.license_file.as_ref().map(|f| field(f.as_str(), RawLicenseKind::File));
    converted.licenses.extend(file);
    converted
}
