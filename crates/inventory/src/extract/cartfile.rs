//! `Cartfile.resolved`: frameworks that Carthage pinned; `Cartfile` and `Cartfile.private`: those that it was asked for.

use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Purl, Scope, Source};

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

/// Reads `Cartfile` and `Cartfile.private`.
pub struct Cartfile;

/// The extractor's name.
pub(crate) const NAME: &str = "cartfile";

impl Extractor for Cartfile {
    fn name(&self) -> &'static str {
        NAME
    }

    fn files(&self) -> &'static [&'static str] {
        &["Cartfile", "Cartfile.private"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(text) = file.text(found) else { return };
        // What is asked for in private is not passed on to users of the project.
        let scope = if file.name() == "Cartfile.private" { Scope::Dev } else { Scope::Runtime };
        let mut assembly = Assembly::new(found);
        for (line, words) in (1u32..).zip(text.lines()) {
            let Some((kind, rest)) = words.trim().split_once(char::is_whitespace) else {
                if !matches!(words.trim().chars().next(), None | Some('#')) {
                    assembly.found.lost(Some(line), "this line asks for no framework and was left out");
                }
                continue;
            };
            if kind.starts_with('#') {
                continue;
            }
            let quoted = rest.trim_start().strip_prefix('"').and_then(|rest| rest.split_once('"'));
            let asked = quoted.and_then(|(place, range)| {
                let range = range.split('#').next().unwrap_or("").trim();
                let exact = range.strip_prefix("==").map_or("", str::trim);
                // In quotes stands a branch, a tag or a commit; only a commit names one thing for ever.
                let name = range.trim_matches('"');
                let commit = name.len() == 40 && name.bytes().all(|b| b.is_ascii_hexdigit());
                let version = if commit { name } else { exact };
                let mut package = framework(kind, place, version, line)?;
                package.requested =
                    Some(range.trim_matches('"').to_string()).filter(|r| !r.is_empty() && version.is_empty());
                Some(package)
            });
            match asked {
                Some(mut package) => {
                    package.direct = Some(true);
                    package.scope = Some(scope);
                    assembly.third_party(package);
                }
                None => assembly.found.lost(Some(line), "this line asks for no framework and was left out"),
            }
        }
        if !found.packages.is_empty() {
            let why = "a Cartfile lists what the project asks for, most of it without a version, and not what that asks for";
            found.lock(Ecosystem::Swift, GraphDepth::DirectOnly, why);
        }
    }
}

/// A framework that is pinned to a version.
fn package(kind: &str, place: &str, version: &str, line: u32) -> Option<FoundPackage> {
    framework(kind, place, version, line).filter(|_| !version.is_empty())
}

/// A framework is named by owner and repository, a binary one by the file that describes it.
fn framework(kind: &str, place: &str, version: &str, line: u32) -> Option<FoundPackage> {
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
    (!name.is_empty()).then(|| {
        let mut package = FoundPackage::new(Purl::named("carthage", &name, version), Some(line));
        package.source = source;
        package
    })
}
