//! SPDX 3 as input: the packages, relations and licenses of a JSON-LD document whose graph is written out.

use std::collections::HashMap;

use licit_model::{Linkage, Scope};
use serde_json::Value;

use super::read::{algorithm, licenses};
use crate::read::{Document, Item, Link, list, text};

/// Sets of licenses in each other.
const DEPTH: usize = 32;

/// Members of sets of licenses that are read for one package.
const MEMBERS: usize = 1000;

/// Reads a document; none where it is no SPDX 3.
pub(crate) fn json(value: &Value) -> Option<Document> {
    let context = value.get("@context")?;
    let contexts = context.as_array().map_or(std::slice::from_ref(context), Vec::as_slice);
    let ours =
        contexts.iter().filter_map(Value::as_str).find_map(|c| c.strip_prefix("https://spdx.org/rdf/3"))?;
    let version = ours.split('/').next().unwrap_or("");
    let graph = list(value, "@graph");
    let mut document = Document { format: format!("SPDX 3{version}"), ..Document::default() };
    let by_id: HashMap<&str, &Value> =
        graph.iter().map(|e| (id(e), e)).filter(|(id, _)| !id.is_empty()).collect();
    let mut said: HashMap<&str, (Vec<String>, Vec<String>)> = HashMap::new();
    for element in graph {
        match kind(element) {
            "SpdxDocument" | "software_Sbom" | "Bom" => {
                let roots = list(element, "rootElement").iter().filter_map(Value::as_str);
                // A document may have an SBOM as its root, and that the package.
                let package = |r: &&str| by_id.get(r).is_none_or(|e| is_package(kind(e)));
                document.subjects.extend(roots.filter(package).map(str::to_string));
            }
            "Relationship" | "LifecycleScopedRelationship" => {
                relation(element, &by_id, &mut said, &mut document)
            }
            _ => {}
        }
    }
    for element in graph.iter().filter(|e| is_package(kind(e))) {
        let mut item = item(element);
        if let Some((declared, concluded)) = said.get(id(element)) {
            let join = |all: &[String]| all.join(" AND ");
            item.licenses = licenses(&join(declared), &join(concluded));
        }
        document.items.push(item);
    }
    document.subjects.sort();
    document.subjects.dedup();
    Some(document)
}

fn id(element: &Value) -> &str {
    match text(element, "spdxId") {
        "" => text(element, "@id"),
        id => id,
    }
}

fn kind(element: &Value) -> &str {
    match text(element, "type") {
        "" => text(element, "@type"),
        kind => kind,
    }
}

fn is_package(kind: &str) -> bool {
    matches!(kind, "software_Package" | "ai_AIPackage" | "dataset_DatasetPackage")
}

fn item(element: &Value) -> Item {
    let external = list(element, "externalIdentifier").iter();
    let named =
        external.filter(|e| text(e, "externalIdentifierType") == "packageUrl").map(|e| text(e, "identifier"));
    let purl = std::iter::once(text(element, "software_packageUrl")).chain(named).find(|p| !p.is_empty());
    Item {
        id: id(element).to_string(),
        group: String::new(),
        name: text(element, "name").to_string(),
        version: text(element, "software_packageVersion").to_string(),
        marker: purl.is_none()
            && matches!(text(element, "software_primaryPurpose"), "file" | "operatingSystem"),
        purl: purl.map(str::to_string),
        licenses: Vec::new(),
        hashes: list(element, "verifiedUsing")
            .iter()
            .map(|h| (algorithm(text(h, "algorithm")), text(h, "hashValue").to_string()))
            .collect(),
        scope: None,
    }
}

fn relation<'v>(
    element: &'v Value,
    by_id: &HashMap<&str, &Value>,
    said: &mut HashMap<&'v str, (Vec<String>, Vec<String>)>,
    document: &mut Document,
) {
    let from = text(element, "from");
    let to =
        list(element, "to").iter().filter_map(Value::as_str).chain(element.get("to").and_then(Value::as_str));
    let scope = match text(element, "scope") {
        "development" | "design" => Some(Scope::Dev),
        "build" => Some(Scope::Build),
        "test" => Some(Scope::Test),
        "runtime" => Some(Scope::Runtime),
        _ => None,
    };
    for to in to {
        let mut link = |scope: Option<Scope>, linkage: Option<Linkage>| {
            document.links.push(Link { from: from.to_string(), to: to.to_string(), scope, linkage });
        };
        match text(element, "relationshipType") {
            "dependsOn" | "contains" | "hasPrerequisite" => link(scope, None),
            "hasOptionalDependency" | "hasOptionalComponent" | "hasProvidedDependency" => {
                link(scope.or(Some(Scope::Optional)), None);
            }
            "hasStaticLink" => link(scope, Some(Linkage::Static)),
            "hasDynamicLink" => link(scope, Some(Linkage::Dynamic)),
            "usesTool" => link(scope.or(Some(Scope::Build)), None),
            "hasDeclaredLicense" => {
                let words = license(to, by_id, 0, &mut 0);
                said.entry(from).or_default().0.extend(words);
            }
            "hasConcludedLicense" => {
                let words = license(to, by_id, 0, &mut 0);
                said.entry(from).or_default().1.extend(words);
            }
            _ => {}
        }
    }
}

/// The expression of an element of the licensing profile; none where it asserts nothing.
fn license(at: &str, by_id: &HashMap<&str, &Value>, depth: usize, members: &mut usize) -> Option<String> {
    *members += 1;
    if depth > DEPTH || *members > MEMBERS {
        return Some("LicenseRef-unreadable".to_string());
    }
    let listed = |id: &str| {
        let id = id.split("spdx.org/licenses/").nth(1)?;
        Some(id.trim_end_matches(".html").to_string())
    };
    let Some(element) = by_id.get(at) else {
        // Individuals of the standard and listed licenses need not be written out.
        return if at.ends_with("NoAssertion")
            || at.ends_with("NoAssertionLicense")
            || at.ends_with("None")
            || at.ends_with("NoneLicense")
        {
            None
        } else {
            listed(at).or_else(|| Some("LicenseRef-unreadable".to_string()))
        };
    };
    let mut set = |operator: &str| {
        let parts = list(element, "expandedlicensing_member").iter().filter_map(Value::as_str);
        let parts: Vec<String> = parts
            .map(|m| license(m, by_id, depth + 1, members).unwrap_or("LicenseRef-unreadable".to_string()))
            .collect();
        (!parts.is_empty()).then(|| format!("({})", parts.join(operator)))
    };
    match kind(element) {
        "simplelicensing_LicenseExpression" => {
            let words = text(element, "simplelicensing_licenseExpression");
            (!words.is_empty() && !matches!(words, "NOASSERTION" | "NONE")).then(|| words.to_string())
        }
        "expandedlicensing_ConjunctiveLicenseSet" => set(" AND "),
        "expandedlicensing_DisjunctiveLicenseSet" => set(" OR "),
        "expandedlicensing_OrLaterOperator" => {
            license(text(element, "expandedlicensing_subjectLicense"), by_id, depth + 1, members)
                .map(|l| format!("{l}+"))
        }
        "expandedlicensing_WithAdditionOperator" => {
            let subject = license(
                text(element, "expandedlicensing_subjectExtendableLicense"),
                by_id,
                depth + 1,
                members,
            )?;
            let addition = text(element, "expandedlicensing_subjectAddition");
            Some(listed(addition).map_or(subject.clone(), |a| format!("{subject} WITH {a}")))
        }
        "expandedlicensing_NoAssertionLicense" | "expandedlicensing_NoneLicense" => None,
        _ => listed(at).or_else(|| {
            let name = text(element, "name");
            Some(if name.is_empty() { "LicenseRef-unreadable".to_string() } else { name.to_string() })
        }),
    }
}
