//! SPDX 2 as input in its form of tags and values.

use super::read::{algorithm, licenses, relate};
use crate::read::{Document, Item};

/// Reads a document; none where it is no SPDX 2.
pub(crate) fn read(source: &str) -> Option<Document> {
    let head: usize = source.lines().take(200).map(|l| l.len() + 1).sum();
    let head = source.get(..head.min(source.len()))?;
    let version = head.lines().find_map(|l| l.strip_prefix("SPDXVersion:"))?.trim().strip_prefix("SPDX-2")?;
    let mut document = Document { format: format!("SPDX 2{version}"), ..Document::default() };
    let mut relations: Vec<(String, String, String)> = Vec::new();
    let mut package: Option<Package> = None;
    // A file, a snippet or a license begins another section, in which the same tags mean something else.
    let mut inside = false;
    let mut about = "SPDXRef-DOCUMENT".to_string();
    let mut text = false;
    for line in source.lines() {
        if text {
            text = !line.contains("</text>");
            continue;
        }
        let Some((tag, value)) = line.split_once(':') else { continue };
        let value = value.trim();
        if let Some(begun) = value.split_once("<text>").map(|(_, rest)| rest) {
            text = !begun.contains("</text>");
        }
        match (tag.trim(), &mut package) {
            ("PackageName", _) => {
                done(package.take(), &mut document);
                package = Some(Package {
                    item: Item { name: value.to_string(), ..Item::default() },
                    ..Package::default()
                });
                inside = true;
            }
            ("FileName" | "SnippetSPDXID" | "LicenseID", _) => inside = false,
            ("Relationship", _) => {
                let mut words = value.split_whitespace();
                if let (Some(from), Some(kind), Some(to)) = (words.next(), words.next(), words.next()) {
                    relations.push((from.to_string(), kind.to_string(), to.to_string()));
                }
            }
            ("SPDXID", None) => about = value.to_string(),
            ("SPDXID", Some(package)) if inside => package.item.id = value.to_string(),
            ("PackageVersion", Some(package)) if inside => package.item.version = value.to_string(),
            ("PackageLicenseDeclared", Some(package)) if inside => package.declared = value.to_string(),
            ("PackageLicenseConcluded", Some(package)) if inside => package.concluded = value.to_string(),
            ("PrimaryPackagePurpose", Some(package)) if inside => {
                package.item.marker = matches!(value, "FILE" | "OPERATING-SYSTEM");
            }
            ("PackageChecksum", Some(package)) if inside => {
                if let Some((name, hex)) = value.split_once(':') {
                    package.item.hashes.push((algorithm(name.trim()), hex.trim().to_string()));
                }
            }
            ("ExternalRef", Some(package)) if inside => {
                let mut words = value.split_whitespace().skip(1);
                if let (Some("purl"), Some(purl)) = (words.next(), words.next()) {
                    package.item.purl = Some(purl.to_string());
                }
            }
            _ => {}
        }
    }
    done(package, &mut document);
    for (from, kind, to) in relations {
        relate(&from, &kind, &to, &about, &mut document);
    }
    document.subjects.sort();
    document.subjects.dedup();
    Some(document)
}

#[derive(Default)]
struct Package {
    item: Item,
    declared: String,
    concluded: String,
}

fn done(package: Option<Package>, document: &mut Document) {
    if let Some(mut package) = package {
        package.item.licenses = licenses(&package.declared, &package.concluded);
        package.item.marker &= package.item.purl.is_none();
        document.items.push(package.item);
    }
}
