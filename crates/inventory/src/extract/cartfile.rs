//! `Cartfile.resolved`: frameworks that Carthage pinned.

use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Purl, Source};

use super::lexer::{Syntax, Tokens};
use super::npm::assembly::Assembly;
use super::npm::origin::{Origin, without_credentials};
use super::{Extractor, File, repository};

/// Reads `Cartfile.resolved`.
pub struct CartfileResolved;

const CARTFILE: Syntax = Syntax {
    comments: &["#"],
    blocks: &[],
    quotes: &[("\"", "\"", true, false)],
    word: ".-",
    inside: "",
    heredocs: false,
};

impl Extractor for CartfileResolved {
    fn name(&self) -> &'static str {
        "cartfile-resolved"
    }

    fn files(&self) -> &'static [&'static str] {
        &["Cartfile.resolved"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(text) = file.text(found) else { return };
        let tokens = Tokens::read(text, &CARTFILE);
        tokens.report(found);
        let mut assembly = Assembly::new(found);
        for (at, token) in tokens.all.iter().enumerate() {
            let Some(kind) = token.word() else { continue };
            let text = |i: usize| tokens.at(at + i).and_then(|t| t.text());
            let package = match (text(1), text(2)) {
                (Some(place), Some(version)) => package(kind, place, version, token.line),
                _ => None,
            };
            match package {
                Some(package) => {
                    assembly.third_party(package);
                }
                None => assembly.found.lost(Some(token.line), "this line pins no framework and was left out"),
            }
        }
        if !found.packages.is_empty() {
            let why = "Cartfile.resolved lists every framework, but not who asks for whom";
            found.lock(Ecosystem::Swift, GraphDepth::Flat, why);
        }
    }
}

/// A framework is named by owner and repository, a binary one by the file that describes it.
fn package(kind: &str, place: &str, version: &str, line: u32) -> Option<FoundPackage> {
    let (name, source) = match kind {
        "github" | "git" => {
            let full = match kind {
                "github" if !place.contains("://") => format!("https://github.com/{place}.git"),
                _ => repository::address(place),
            };
            let bare = repository::bare(&full);
            let path = bare.split_once('/').map_or(bare.as_str(), |(_, path)| path);
            (path.to_string(), Origin::Git { url: full, rev: version.to_string() }.source())
        }
        "binary" => {
            let url = without_credentials(place);
            let file = url.rsplit('/').next().unwrap_or("");
            (file.strip_suffix(".json").unwrap_or(file).to_string(), Source::Url(url.clone()))
        }
        _ => return None,
    };
    let good = !name.is_empty() && !version.is_empty();
    good.then(|| {
        let mut package = FoundPackage::new(Purl::named("carthage", &name, version), Some(line));
        package.source = source;
        package
    })
}
