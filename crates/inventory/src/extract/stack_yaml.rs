//! `stack.yaml`: Haskell packages that a project takes from elsewhere than its snapshot.

use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Purl, Source};

use super::hackage::split_id;
use super::npm::assembly::Assembly;
use super::npm::block::{self, Value};
use super::{Extractor, File, repository};

/// Reads `stack.yaml`.
pub struct StackYaml;

impl Extractor for StackYaml {
    fn name(&self) -> &'static str {
        "stack-yaml"
    }

    fn files(&self) -> &'static [&'static str] {
        &["stack.yaml", "stack-*.yaml"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let documents = block::read(file, found);
        let snapshot = |d: &&Value<'_>| d.get("resolver").is_some() || d.get("snapshot").is_some();
        let Some(top) = documents.iter().find(snapshot) else { return };
        let why =
            "stack.yaml names what is not in the snapshot; the packages of the snapshot stand elsewhere";
        // The lock beside it says the same of the same packages, with checksums.
        found.precedence = 1;
        let mut assembly = Assembly::new(found);
        for item in top.get("extra-deps").map_or(&[][..], Value::items) {
            if let Some(text) = item.text() {
                let line = file.line_of(text);
                if text.contains("://") {
                    assembly.third_party(repository::archive(text, "", "", line));
                    continue;
                }
                // Behind the `@` stands the revision of the description, not of the package.
                let id = text.split('@').next().unwrap_or(text).trim();
                match split_id(id) {
                    // A folder of the project.
                    _ if id.starts_with(['.', '/']) || id.contains('/') => {}
                    Some((name, version)) => {
                        let mut package = FoundPackage::new(Purl::named("hackage", name, version), line);
                        package.source = Source::Registry(None);
                        package.direct = Some(true);
                        assembly.third_party(package);
                    }
                    None => assembly.found.lost(line, format!("`{id}` has no version and was left out")),
                }
                continue;
            }
            let line = item.fields().first().map(|f| f.line);
            let git = item.text_of("git").map(str::to_string);
            let git = git.or_else(|| item.text_of("github").map(|g| format!("https://github.com/{g}.git")));
            match (git, item.text_of("commit"), item.text_of("url").or_else(|| item.text_of("archive"))) {
                (Some(url), commit, _) => {
                    let mut package = repository::git(&url, commit.unwrap_or(""), "", line);
                    package.direct = Some(true);
                    assembly.third_party(package);
                }
                (None, _, Some(url)) => {
                    let mut package = repository::archive(url, "", "", line);
                    package
                        .hashes
                        .extend(item.text_of("sha256").and_then(|h| repository::checksum("sha256", h)));
                    package.direct = Some(true);
                    assembly.third_party(package);
                }
                _ => assembly.found.lost(line, "this dependency names no place and was left out"),
            }
        }
        found.lock(Ecosystem::Hackage, GraphDepth::DirectOnly, why);
    }
}
