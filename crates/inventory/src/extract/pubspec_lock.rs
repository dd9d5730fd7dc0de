//! `pubspec.lock`: the packages of a Dart or Flutter project.

use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Hash, Purl, Scope, Source};

use super::names::Names;
use super::npm::assembly::Assembly;
use super::npm::block::{self, Value};
use super::npm::notes::Missing;
use super::npm::origin::{Origin, normal, without_credentials};
use super::{Extractor, File};

/// Reads `pubspec.lock`.
pub struct PubspecLock;

impl Extractor for PubspecLock {
    fn name(&self) -> &'static str {
        "pubspec-lock"
    }

    fn files(&self) -> &'static [&'static str] {
        &["pubspec.lock"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let documents = block::read(file, found);
        let Some(packages) = documents.iter().find_map(|d| d.get("packages")) else { return };
        found.lock(
            Ecosystem::Pub,
            GraphDepth::Flat,
            "pubspec.lock lists every package, but not who asks for whom",
        );
        let mut assembly = Assembly::new(found);
        let (mut unversioned, mut names) = (Missing::default(), Names::default());
        for field in packages.fields() {
            let (entry, line) = (&field.value, Some(field.line));
            let version = entry.text_of("version").unwrap_or("");
            let description = entry.get("description").unwrap_or(&Value::Empty);
            // The name at the registry may be another one than the project's.
            let name = description.text_of("name").filter(|n| !n.is_empty()).unwrap_or(&field.key);
            let kind = entry.text_of("dependency").unwrap_or("");
            if version.is_empty() {
                unversioned.note(name, || line);
                continue;
            }
            let source = source(entry.text_of("source").unwrap_or(""), description);
            let purl = Purl::named("pub", name, version);
            let purl = match &source {
                Source::Git(at) => purl.with("vcs_url", &format!("git+{}", at.replace('#', "@"))),
                _ => purl,
            };
            let mut package = FoundPackage::new(purl, line);
            package.direct = Some(kind.starts_with("direct"));
            package.scope = match kind {
                "direct dev" => Some(Scope::Dev),
                "direct main" => Some(Scope::Runtime),
                // Whether a transitive package ships depends on who asks for it, which the file does not say.
                _ => None,
            };
            if let Some(hex) = description
                .text_of("sha256")
                .filter(|h| h.len() == 64 && h.bytes().all(|b| b.is_ascii_hexdigit()))
            {
                package.hashes.push(Hash { algorithm: "SHA-256".to_string(), hex: hex.to_ascii_lowercase() });
            }
            match &source {
                Source::Path(dir) => {
                    let index = assembly.first_party(dir.clone(), package);
                    names.add(&field.key, index);
                }
                _ => {
                    package.source = source;
                    let index = assembly.third_party(package);
                    names.add(&field.key, index);
                }
            }
        }
        unversioned.report_unversioned(found);
        names.keys(found);
    }
}

fn source(kind: &str, description: &Value<'_>) -> Source {
    let text = |key: &str| description.text_of(key).unwrap_or("");
    match kind {
        "git" => {
            let url = match Origin::read(text("url")) {
                Some(Origin::Git { url, .. } | Origin::Url(url)) => url,
                _ => without_credentials(text("url")),
            };
            let rev = description.text_of("resolved-ref").unwrap_or(text("ref"));
            Origin::Git { url, rev: rev.to_string() }.source()
        }
        "path" => Source::Path(normal(text("path"))),
        "hosted" => Source::Registry(None),
        // Parts of the SDK come with it.
        _ => Source::Unknown,
    }
}
