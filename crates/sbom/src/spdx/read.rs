//! SPDX 2 as input: packages, relations and licenses of a JSON document.

use licit_model::{Linkage, Scope};
use serde_json::Value;

use crate::read::{Document, Item, Link, list, text};

/// Reads a document; none where it is no SPDX 2.
pub(crate) fn json(value: &Value) -> Option<Document> {
    let version = text(value, "spdxVersion").strip_prefix("SPDX-2")?;
    let mut document = Document { format: format!("SPDX 2{version}"), ..Document::default() };
    for package in list(value, "packages") {
        document.items.push(item(package));
    }
    let name = text(value, "SPDXID");
    let about = if name.is_empty() { "SPDXRef-DOCUMENT" } else { name };
    for described in list(value, "documentDescribes").iter().filter_map(Value::as_str) {
        document.subjects.push(described.to_string());
    }
    for relation in list(value, "relationships") {
        let (from, to) = (text(relation, "spdxElementId"), text(relation, "relatedSpdxElement"));
        relate(from, text(relation, "relationshipType"), to, about, &mut document);
    }
    document.subjects.sort();
    document.subjects.dedup();
    // A relation with NONE says that nothing is asked for, which few programs write; one with a package says what is.
    document.whole = false;
    Some(document)
}

fn item(package: &Value) -> Item {
    let purl = list(package, "externalRefs")
        .iter()
        .find(|r| text(r, "referenceType").eq_ignore_ascii_case("purl"))
        .map(|r| text(r, "referenceLocator").to_string());
    Item {
        id: text(package, "SPDXID").to_string(),
        group: String::new(),
        name: text(package, "name").to_string(),
        version: text(package, "versionInfo").to_string(),
        marker: matches!(
            text(package, "primaryPackagePurpose"),
            "FILE" | "OPERATING-SYSTEM" | "OPERATING_SYSTEM"
        ) && purl.is_none(),
        purl,
        licenses: licenses(text(package, "licenseDeclared"), text(package, "licenseConcluded")),
        hashes: list(package, "checksums")
            .iter()
            .map(|h| (algorithm(text(h, "algorithm")), text(h, "checksumValue").to_string()))
            .collect(),
        scope: None,
    }
}

/// What the author of the package declares, and what the author of the document concludes where that is something else:
/// both apply, as nobody says which of them errs.
pub(super) fn licenses(declared: &str, concluded: &str) -> Vec<String> {
    let says = |l: &&str| !l.is_empty() && !matches!(*l, "NOASSERTION" | "NONE");
    let mut all: Vec<String> = [declared, concluded].into_iter().filter(says).map(str::to_string).collect();
    all.dedup();
    all
}

/// `SHA256` as CycloneDX spells it.
pub(super) fn algorithm(word: &str) -> String {
    match word.strip_prefix("SHA").or_else(|| word.strip_prefix("sha")) {
        Some(digits) if digits.starts_with(|c: char| c.is_ascii_digit()) => format!("SHA-{digits}"),
        _ => word.to_ascii_uppercase(),
    }
}

/// Adds what a relation says.
pub(super) fn relate(from: &str, kind: &str, to: &str, about: &str, document: &mut Document) {
    let mut link = |from: &str, to: &str, scope, linkage| {
        document.links.push(Link { from: from.to_string(), to: to.to_string(), scope, linkage });
    };
    match kind.to_ascii_uppercase().replace('-', "_").as_str() {
        "DESCRIBES" if from == about => document.subjects.push(to.to_string()),
        "DESCRIBED_BY" if to == about => document.subjects.push(from.to_string()),
        "DEPENDS_ON" | "CONTAINS" | "HAS_PREREQUISITE" => link(from, to, None, None),
        "DEPENDENCY_OF" | "CONTAINED_BY" | "PREREQUISITE_FOR" | "PACKAGE_OF" => link(to, from, None, None),
        "RUNTIME_DEPENDENCY_OF" => link(to, from, Some(Scope::Runtime), None),
        "OPTIONAL_DEPENDENCY_OF" | "PROVIDED_DEPENDENCY_OF" | "OPTIONAL_COMPONENT_OF" => {
            link(to, from, Some(Scope::Optional), None);
        }
        "BUILD_DEPENDENCY_OF" | "BUILD_TOOL_OF" => link(to, from, Some(Scope::Build), None),
        "DEV_DEPENDENCY_OF" | "DEV_TOOL_OF" => link(to, from, Some(Scope::Dev), None),
        "TEST_DEPENDENCY_OF" | "TEST_TOOL_OF" => link(to, from, Some(Scope::Test), None),
        "STATIC_LINK" => link(from, to, None, Some(Linkage::Static)),
        "DYNAMIC_LINK" => link(from, to, None, Some(Linkage::Dynamic)),
        _ => {}
    }
}
