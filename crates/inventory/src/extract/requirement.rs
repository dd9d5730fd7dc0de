//! Lines of manifests in the words of the model, for formats in which a requirement is a name, a range and a scope.

use licit_model::found::RawLicenseKind;
use licit_model::{Ecosystem, FoundPackage, Manifest, Purl, RawLicense, Requirement, Scope, Source};

/// What a line asks for, from the usual registry.
pub fn asked(name: &str, range: &str, scope: Scope, line: Option<u32>) -> Requirement {
    Requirement {
        name: name.to_string(),
        alias: None,
        range: range.trim().to_string(),
        scope,
        line,
        path: None,
        source: Source::Unknown,
        inherited: false,
    }
}

/// A project's own manifest; name and version may be empty.
pub fn manifest(ecosystem: Ecosystem, name: &str, version: &str, line: Option<u32>) -> Manifest {
    let mut package = FoundPackage::new(Purl::named(ecosystem.purl_type(), name, version), line);
    package.first_party = true;
    package.dir = Some(String::new());
    let mut manifest = Manifest::new(package);
    manifest.is_package = !name.is_empty();
    manifest
}

/// A license field as it stands there; nothing where it is empty.
pub fn license(text: &str, line: Option<u32>) -> Option<RawLicense> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    (!text.is_empty()).then_some(RawLicense { text, kind: RawLicenseKind::Expression, line })
}

/// Of several requirements for the same package the first stays.
pub fn unique(requirements: &mut Vec<Requirement>) {
    let mut said = std::collections::HashSet::new();
    requirements.retain(|r| said.insert(r.name.clone()));
}
