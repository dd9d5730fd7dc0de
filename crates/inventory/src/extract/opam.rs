//! `*.opam` and `*.opam.locked`: packages of OCaml.

use std::ops::Range;

use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Purl, Requirement, Scope, Source};

use super::lexer::{Kind, Syntax, Tokens};
use super::names::Names;
use super::npm::assembly::Assembly;
use super::requirement::{asked, license, manifest, unique};
use super::{Extractor, File, repository};

const OPAM: Syntax = Syntax {
    comments: &["#"],
    blocks: &[("(*", "*)")],
    quotes: &[("\"\"\"", "\"\"\"", true, true), ("\"", "\"", true, true)],
    word: "-+",
    inside: "",
    heredocs: false,
};

/// Reads `opam` files, locked or not.
pub struct Opam;

impl Extractor for Opam {
    fn name(&self) -> &'static str {
        "opam"
    }

    fn files(&self) -> &'static [&'static str] {
        &["*.opam", "opam", "*.opam.locked", "opam.locked"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(text) = file.text(found) else { return };
        let tokens = Tokens::read(text, &OPAM);
        if field(&tokens, "opam-version").is_none() {
            if !tokens.all.is_empty() {
                found.lost(Some(1), "`opam-version` is missing, so this is no opam file");
            }
            return;
        }
        tokens.report(found);
        let text_of = |key: &str| {
            let token = tokens.at(field(&tokens, key)?.start)?;
            Some((token.text()?.to_string(), token.line))
        };
        let (name, version) = named(file);
        let line = text_of("name").map(|(_, line)| line);
        let name = text_of("name").map_or(name, |(name, _)| name);
        let version = text_of("version").map_or(version, |(version, _)| version);
        let mut own = manifest(Ecosystem::Opam, &name, &version, line);
        if let Some(value) = field(&tokens, "license") {
            own.package.licenses =
                tokens.texts(value).filter_map(|(t, line)| license(t, Some(line))).collect();
        }
        if let Some(body) = section(&tokens, "url") {
            own.package.hashes = tokens
                .texts(body)
                .filter_map(|(text, _)| text.split_once('='))
                .filter_map(|(algorithm, hex)| repository::checksum(algorithm, hex))
                .collect();
        }
        for (list, usual) in [("depends", Scope::Runtime), ("depopts", Scope::Optional)] {
            let Some(value) = field(&tokens, list) else { continue };
            let value = match tokens.at(value.start) {
                Some(token) if token.is('[') => tokens.inside(value.start),
                _ => value,
            };
            depends(&tokens, value, usual, &mut own.requirements);
        }
        if file.name().ends_with(".locked") {
            locked(own.requirements, own.package, found);
            return;
        }
        own.requirements.sort_by_key(|r| r.scope);
        unique(&mut own.requirements);
        found.manifest(Ecosystem::Opam, own);
    }
}

/// `name.opam`, or `opam` in a folder `name.version` or `name`.
fn named(file: &File<'_>) -> (String, String) {
    let stem = file.name().trim_end_matches(".locked");
    if let Some(name) = stem.strip_suffix(".opam") {
        return (name.to_string(), String::new());
    }
    let folder = file.path().rsplit('/').nth(1).unwrap_or("");
    let (name, version) = folder.split_once('.').unwrap_or((folder, ""));
    match version.is_empty() {
        // A folder without a version is the project's own, and says little.
        true => (String::new(), String::new()),
        false => (name.to_string(), version.to_string()),
    }
}

/// The value of `key:` at the top.
fn field(tokens: &Tokens<'_>, key: &str) -> Option<Range<usize>> {
    let mut at = 0;
    while let Some(token) = tokens.at(at) {
        if token.word() == Some(key) && tokens.at(at + 1).is_some_and(|t| t.is(':')) {
            let from = at + 2;
            let end = match tokens.at(from).map(|t| &t.kind) {
                Some(Kind::Mark('[')) => tokens.close(from) + 1,
                _ => {
                    let behind = tokens.at(from + 1).is_some_and(|t| t.is('{'));
                    if behind { tokens.close(from + 1) + 1 } else { from + 1 }
                }
            };
            return Some(from..end.min(tokens.all.len()));
        }
        at = match token.kind {
            Kind::Mark('[' | '{' | '(') => tokens.close(at) + 1,
            _ => at + 1,
        };
    }
    None
}

/// The inside of `key { … }`, or of `key "name" { … }`.
fn section(tokens: &Tokens<'_>, key: &str) -> Option<Range<usize>> {
    let at = tokens.all.iter().position(|t| t.word() == Some(key) && t.line > 0)?;
    let open = (at + 1..at + 3).find(|i| tokens.at(*i).is_some_and(|t| t.is('{')))?;
    Some(tokens.inside(open))
}

/// `"name" {>= "1" & with-test}`, alternatives with `|` and groups in parentheses among them.
fn depends(tokens: &Tokens<'_>, range: Range<usize>, usual: Scope, all: &mut Vec<Requirement>) {
    let mut at = range.start;
    while at < range.end {
        let Some(token) = tokens.at(at) else { break };
        let Some(name) = token.text() else {
            at += 1;
            continue;
        };
        let condition = tokens.at(at + 1).is_some_and(|t| t.is('{'));
        let inside = if condition { tokens.inside(at + 1) } else { at..at };
        let words = || tokens.slice(inside.clone()).iter().filter_map(|t| t.word());
        let scope = words().fold(usual, |scope, word| match word {
            "with-test" => scope.max(Scope::Test),
            "with-doc" | "with-dev-setup" | "dev" => scope.max(Scope::Dev),
            "build" => scope.max(Scope::Build),
            _ => scope,
        });
        let (mut range_text, mut previous) = (String::new(), None);
        for token in tokens.slice(inside.clone()) {
            match &token.kind {
                Kind::Mark(mark @ ('<' | '>' | '=' | '!')) => {
                    previous = Some(format!("{}{mark}", previous.unwrap_or_default()))
                }
                Kind::Text(version) => {
                    if let Some(operator) = previous.take() {
                        let and = if range_text.is_empty() { "" } else { " " };
                        range_text.push_str(&format!("{and}{operator}{version}"));
                    }
                }
                _ => previous = None,
            }
        }
        all.push(asked(name, &range_text, scope, Some(token.line)));
        at = if condition { tokens.close(at + 1) + 1 } else { at + 1 };
    }
}

/// Every package stands there with its one version.
fn locked(requirements: Vec<Requirement>, own: FoundPackage, found: &mut Found) {
    let why = "the locked file lists every package, but not who asks for whom";
    found.lock(Ecosystem::Opam, GraphDepth::Flat, why);
    let mut assembly = Assembly::new(found);
    if !own.purl.name.is_empty() {
        assembly.first_party(String::new(), own);
    }
    let mut names = Names::default();
    for requirement in requirements {
        let version = requirement.range.strip_prefix('=').filter(|v| !v.contains(' '));
        let Some(version) = version else {
            assembly
                .found
                .lost(requirement.line, format!("`{}` has no version and was left out", requirement.name));
            continue;
        };
        let mut package =
            FoundPackage::new(Purl::named("opam", &requirement.name, version), requirement.line);
        package.source = Source::Registry(None);
        package.scope = Some(requirement.scope);
        let index = assembly.third_party(package);
        names.add(&requirement.name, index);
    }
    names.keys(found);
}
