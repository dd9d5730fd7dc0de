//! `stack.yaml.lock` and `cabal.project.freeze`: Haskell packages that a project pins.

use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Hash, Purl, Source};

use super::names::Names;
use super::npm::assembly::Assembly;
use super::npm::block::{self, Value};
use super::npm::origin::{Origin, without_credentials};
use super::{Extractor, File};

/// Reads `stack.yaml.lock`.
pub struct StackLock;

impl Extractor for StackLock {
    fn name(&self) -> &'static str {
        "stack-lock"
    }

    fn files(&self) -> &'static [&'static str] {
        &["stack.yaml.lock"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let documents = block::read(file, found);
        let Some(top) =
            documents.iter().find(|d| d.get("packages").is_some() || d.get("snapshots").is_some())
        else {
            return;
        };
        // The `stack.yaml` beside it names the same packages.
        found.precedence = 2;
        let why = "stack.yaml.lock holds what is pinned beside the snapshot; the packages of the snapshot stand elsewhere";
        found.lock(Ecosystem::Hackage, GraphDepth::DirectOnly, why);
        let mut assembly = Assembly::new(found);
        let mut names = Names::default();
        for item in top.get("packages").map_or(&[][..], Value::items) {
            let Some(package) = item.get("completed").and_then(completed) else {
                assembly.found.lost(None, "a package without a name and a version was left out");
                continue;
            };
            let name = package.purl.name.clone();
            let index = assembly.third_party(package);
            names.add(&name, index);
        }
        names.keys(found);
    }
}

fn completed(entry: &Value<'_>) -> Option<FoundPackage> {
    let line = entry.fields().first().map(|f| f.line);
    if let Some(text) = entry.text_of("hackage") {
        // The digest behind it is that of the description file, not of the package, and so is no checksum of it.
        let id = text.split('@').next().unwrap_or(text);
        let (name, version) = split_id(id)?;
        let mut package = FoundPackage::new(Purl::named("hackage", name, version), line);
        package.source = Source::Registry(None);
        return Some(package);
    }
    let (name, version) = (entry.text_of("name")?, entry.text_of("version")?);
    let purl = Purl::named("hackage", name, version);
    let (purl, source) = match (entry.text_of("git"), entry.text_of("url")) {
        (Some(git), _) => {
            let url = match Origin::read(git) {
                Some(Origin::Git { url, .. } | Origin::Url(url)) => url,
                _ => without_credentials(git),
            };
            let origin = Origin::Git { url, rev: entry.text_of("commit").unwrap_or("").to_string() };
            (origin.qualify(purl), origin.source())
        }
        (None, Some(url)) => {
            let origin = Origin::Url(without_credentials(url));
            (origin.qualify(purl), origin.source())
        }
        _ => (purl, Source::Unknown),
    };
    let mut package = FoundPackage::new(purl, line);
    package.source = source;
    if let Some(hex) =
        entry.text_of("sha256").filter(|h| h.len() == 64 && h.bytes().all(|b| b.is_ascii_hexdigit()))
    {
        package.hashes.push(Hash { algorithm: "SHA-256".to_string(), hex: hex.to_ascii_lowercase() });
    }
    Some(package)
}

/// `name-1.2.3`: the version begins behind the last hyphen.
pub(super) fn split_id(id: &str) -> Option<(&str, &str)> {
    let (name, version) = id.trim().rsplit_once('-')?;
    let good = !version.is_empty() && version.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    (good && !name.is_empty()).then_some((name, version))
}

/// Reads `cabal.project.freeze`.
pub struct CabalFreeze;

impl Extractor for CabalFreeze {
    fn name(&self) -> &'static str {
        "cabal-freeze"
    }

    fn files(&self) -> &'static [&'static str] {
        &["cabal.project.freeze"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(text) = file.text(found) else { return };
        if !text.contains("constraints:") {
            if !text.trim().is_empty() {
                found.lost(None, "no `constraints:` were found in it");
            }
            return;
        }
        let why = "cabal.project.freeze lists every package, but not who asks for whom";
        found.lock(Ecosystem::Hackage, GraphDepth::Flat, why);
        let mut assembly = Assembly::new(found);
        let mut names = Names::default();
        for (number, line) in (1u32..).zip(text.lines()) {
            let line = line.split("--").next().unwrap_or("");
            let line = line.trim_start().strip_prefix("constraints:").unwrap_or(line);
            for part in line.split(',') {
                // Flags of a package and other fields are no pins.
                let Some((name, version)) = part.split_once("==") else { continue };
                let name = name.trim().trim_start_matches("any.");
                let name = name.rsplit_once(':').map_or(name, |(_, name)| name);
                let version = version.trim();
                let good = !name.is_empty()
                    && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
                    && !version.is_empty()
                    && version.bytes().all(|b| b.is_ascii_digit() || b == b'.');
                if !good {
                    assembly
                        .found
                        .lost(Some(number), "this constraint is no pin of one version and was left out");
                    continue;
                }
                let mut package = FoundPackage::new(Purl::named("hackage", name, version), Some(number));
                package.source = Source::Registry(None);
                let index = assembly.third_party(package);
                names.add(name, index);
            }
        }
        names.keys(found);
    }
}
