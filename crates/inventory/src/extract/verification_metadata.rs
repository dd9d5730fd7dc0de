//! `gradle/verification-metadata.xml`: checksums of every artifact that a Gradle build has ever downloaded.
//!
//! It knows neither scopes nor edges, and holds plugins and tests beside the product's libraries. Where a lockfile is
//! there, only its checksums are used; see `resolve/gradle.rs`.

use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Hash, Purl};

use super::xml::{self, Node};
use super::{Extractor, File};

/// Reads `verification-metadata.xml`.
pub struct VerificationMetadata;

impl Extractor for VerificationMetadata {
    fn name(&self) -> &'static str {
        "verification-metadata"
    }

    fn files(&self) -> &'static [&'static str] {
        &["verification-metadata.xml"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(document) = xml::parse(file, found) else { return };
        let root = document.root();
        if root.name() != "verification-metadata" {
            return;
        }
        found.lock(
            Ecosystem::Maven,
            GraphDepth::Flat,
            "checksums name every module that the build downloads, its tools too, but neither scopes nor who asks for whom",
        );
        for component in root.all("components").flat_map(|c| c.all("component").collect::<Vec<_>>()) {
            let part = |key: &str| component.attribute(key).filter(|v| !v.is_empty());
            let (Some(group), Some(name), Some(version)) = (part("group"), part("name"), part("version"))
            else {
                found
                    .lost(Some(component.line()), "a component without group, name and version was left out");
                continue;
            };
            let purl = Purl::maven(&format!("{group}:{name}"), version);
            let mut package = FoundPackage::new(purl, Some(component.line()));
            package.hashes = hashes(component, name, version);
            found.package(package);
        }
    }
}

/// The checksums of the module's own archive, not those of its POM or of its sources.
fn hashes(component: Node<'_>, name: &str, version: &str) -> Vec<Hash> {
    let main = ["jar", "aar", "war"].map(|ending| format!("{name}-{version}.{ending}"));
    let artifact =
        component.all("artifact").find(|a| a.attribute("name").is_some_and(|n| main.iter().any(|m| m == n)));
    let read = artifact.into_iter().flat_map(Node::children).filter_map(|node| {
        let algorithm = match node.name() {
            "sha512" => "SHA-512",
            "sha256" => "SHA-256",
            "sha1" => "SHA-1",
            "md5" => "MD5",
            _ => return None,
        };
        let hex = node.attribute("value")?.to_ascii_lowercase();
        let whole = hex.len() % 2 == 0 && !hex.is_empty() && hex.bytes().all(|b| b.is_ascii_hexdigit());
        whole.then(|| Hash { algorithm: algorithm.to_string(), hex })
    });
    read.collect()
}
