//! `META-INF/MANIFEST.MF`: what a jar says of itself, in the forms of OSGi, of the Java runtime, and of Jenkins.

use licit_model::found::{RawLicenseKind, Role};
use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Manifest, Purl, RawLicense};

use super::{Extractor, File};

/// Reads `MANIFEST.MF`.
pub struct JarManifest;

/// The fields that name the package; the rest of it is about class paths and signatures.
const KEPT: &[&str] = &[
    "Automatic-Module-Name",
    "Bundle-License",
    "Bundle-SymbolicName",
    "Bundle-Version",
    "Extension-Name",
    "Group-Id",
    "Implementation-Title",
    "Implementation-Vendor-Id",
    "Implementation-Version",
    "Plugin-Version",
    "Short-Name",
    "Specification-Version",
];

impl Extractor for JarManifest {
    fn name(&self) -> &'static str {
        "jar-manifest"
    }

    fn files(&self) -> &'static [&'static str] {
        &["META-INF/MANIFEST.MF", "MANIFEST.MF"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let text = String::from_utf8_lossy(file.bytes());
        let fields = main_section(&text);
        if fields.is_empty() && !text.trim().is_empty() {
            found.odd(Some(1), "there is no field of a manifest in it");
            return;
        }
        let field = |key: &str| {
            fields.iter().find(|(k, ..)| k.eq_ignore_ascii_case(key)).filter(|(_, v, _)| !v.is_empty())
        };
        let value = |key: &str| field(key).map_or("", |(_, value, _)| value.as_str());
        let plain = |text: &str| text.split(';').next().unwrap_or(text).trim().to_string();
        let (name, line) =
            ["Short-Name", "Bundle-SymbolicName", "Automatic-Module-Name", "Implementation-Title"]
                .iter()
                .find_map(|key| field(key).map(|(_, value, line)| (plain(value), *line)))
                .unwrap_or_default();
        let version = ["Plugin-Version", "Implementation-Version", "Bundle-Version", "Specification-Version"]
            .iter()
            .map(|key| value(key))
            .find(|v| is_version(v))
            .unwrap_or("");
        // The fields themselves, for `jars`, which knows what the jar is called.
        let kept = fields.iter().filter(|(key, ..)| KEPT.iter().any(|k| k.eq_ignore_ascii_case(key)));
        let kept: Vec<_> = kept.map(|(key, value, _)| (key.clone(), plain(value))).collect();
        let licenses: Vec<RawLicense> = field("Bundle-License").into_iter().filter_map(stated).collect();
        if name.is_empty() || version.is_empty() || name.contains(char::is_whitespace) {
            if !kept.is_empty() {
                let mut said = Manifest::new(FoundPackage::new(Purl::maven("", ""), None));
                said.package.licenses = licenses;
                said.inherits.properties = kept;
                found.role = Role::Helper;
                found.ecosystem = Some(Ecosystem::Maven);
                found.manifest = Some(said);
            }
            return;
        }
        let group =
            ["Group-Id", "Implementation-Vendor-Id"].iter().map(|key| value(key)).find(|g| is_group(g));
        let (group, artifact) = match group {
            Some(group) => {
                (group.to_string(), name.strip_prefix(&format!("{group}.")).unwrap_or(&name).to_string())
            }
            // A name of OSGi begins with the domain, as a group does.
            None if is_group(&name) => match name.rsplit_once('.') {
                Some((group, artifact)) => (group.to_string(), artifact.to_string()),
                None => (name.clone(), name.clone()),
            },
            None => (name.clone(), name.clone()),
        };
        let mut package = FoundPackage::new(Purl::maven(&format!("{group}:{artifact}"), version), Some(line));
        package.direct = Some(false);
        package.licenses = licenses;
        let mut said = Manifest::new(package.clone());
        said.inherits.properties = kept;
        found.package(package);
        found.manifest = Some(said);
        found.lock(Ecosystem::Maven, GraphDepth::Flat, "what a jar says of itself, without what it needs");
    }
}

/// The first license of the field; words for translators are none.
fn stated((_, license, line): &(String, String, u32)) -> Option<RawLicense> {
    let license = license.split([',', ';']).next().unwrap_or(license).trim();
    let named = !license.is_empty() && !license.eq_ignore_ascii_case("%bundle_license");
    let kind = RawLicenseKind::Expression;
    named.then(|| RawLicense { text: license.to_string(), kind, line: Some(*line) })
}

/// A group begins with a domain turned around.
pub(crate) fn is_group(text: &str) -> bool {
    let good = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let first = text.split('.').next().unwrap_or("");
    let domain = (2..=4).contains(&first.len())
        || matches!(first, "jakarta" | "javax" | "groovy" | "commons" | "junit");
    text.contains('.') && domain && text.chars().all(good)
}

fn is_version(text: &str) -> bool {
    text.contains(|c: char| c.is_ascii_digit())
        && !text.contains("${")
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "._-+".contains(c))
}

/// The fields before the first empty line; a line that begins with a blank goes on.
fn main_section(text: &str) -> Vec<(String, String, u32)> {
    let mut fields: Vec<(String, String, u32)> = Vec::new();
    for (number, line) in (1u32..).zip(text.lines()) {
        if line.trim().is_empty() || fields.len() > 2000 {
            break;
        }
        if let Some(more) = line.strip_prefix(' ') {
            if let Some((_, value, _)) = fields.last_mut().filter(|(_, value, _)| value.len() < 1 << 16) {
                value.push_str(more);
            }
            continue;
        }
        if let Some((key, value)) = line.split_once(':') {
            fields.push((key.trim().to_string(), value.trim().to_string(), number));
        }
    }
    fields
}
