//! `*.nuspec`: what a NuGet package is and asks for, in a project that packs it and in the package itself.

use licit_model::found::RawLicenseKind;
use licit_model::{Ecosystem, Found, FoundPackage, Manifest, Purl, RawLicense, Requirement, Scope, Source};

use super::{Extractor, File, xml};

/// Reads `*.nuspec`.
pub struct Nuspec;

impl Extractor for Nuspec {
    fn name(&self) -> &'static str {
        "nuspec"
    }

    fn files(&self) -> &'static [&'static str] {
        &["*.nuspec"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(document) = xml::parse(file, found) else { return };
        let Some(metadata) = document.root().at(&["metadata"]) else { return };
        // `$id$` is filled in from the project while it is packed.
        let known = |key: &str| metadata.text_of(key).filter(|t| !t.contains('$')).unwrap_or("");
        let line = metadata.at(&["id"]).map_or(metadata.line(), |id| id.line());
        let mut package = FoundPackage::new(Purl::nuget(known("id"), known("version")), Some(line));
        package.first_party = true;
        package.dir = Some(String::new());
        let license = metadata.at(&["license"]).filter(|l| !l.text().is_empty());
        if let Some(license) = license {
            let file = license.attribute("type").is_some_and(|t| t.eq_ignore_ascii_case("file"));
            let kind = if file { RawLicenseKind::File } else { RawLicenseKind::Expression };
            package.licenses.push(RawLicense {
                text: license.text().to_string(),
                kind,
                line: Some(license.line()),
            });
        } else if let Some(url) = metadata.at(&["licenseUrl"]).filter(|u| !u.text().is_empty()) {
            let kind = RawLicenseKind::Expression;
            package.licenses.push(RawLicense { text: url.text().to_string(), kind, line: Some(url.line()) });
        }
        let mut manifest = Manifest::new(package);
        for node in metadata.all("dependencies").flat_map(|list| list.children()) {
            for node in std::iter::once(node).chain(node.children()).filter(|n| n.name() == "dependency") {
                let Some(id) = node.attribute("id").filter(|id| !id.is_empty() && !id.contains('$')) else {
                    found.lost(Some(node.line()), "a dependency without an id was left out");
                    continue;
                };
                let range = node.attribute("version").filter(|v| !v.contains('$')).unwrap_or("");
                manifest.requirements.push(Requirement {
                    name: id.to_string(),
                    alias: None,
                    range: range.to_string(),
                    scope: Scope::Runtime,
                    line: Some(node.line()),
                    path: None,
                    source: Source::Registry(None),
                    inherited: false,
                });
            }
        }
        found.manifest(Ecosystem::Nuget, manifest);
    }
}
