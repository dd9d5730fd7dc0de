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
        let installed = match held(file.path()) {
            Held::Offered => return,
            held => held == Held::Installed,
        };
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
        if installed {
            let mut package = own.package;
            if !package.purl.name.is_empty() && package.purl.version.is_some() {
                package.first_party = false;
                package.dir = None;
                package.source = Source::Registry(None);
                // Who asked for what a switch holds stands in no file.
                package.direct = Some(false);
                let why = "the description of an installed package names that package alone";
                found.lock(Ecosystem::Opam, GraphDepth::Flat, why);
                found.package(package);
            }
            return;
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

/// Whose a file is by the folder that it lies in.
#[derive(PartialEq)]
enum Held {
    /// The project's, or one of its neighbours'.
    Own,
    /// A package's that was installed into a switch.
    Installed,
    /// One of all the packages that could be installed.
    Offered,
}

/// opam keeps its own folder and those of its switches apart from the rest by their names.
fn held(path: &str) -> Held {
    let folders = || path.rsplit('/').skip(1);
    let own = |folder: &str| matches!(folder, ".opam" | "_opam" | ".opam-switch");
    if !folders().any(own) {
        return Held::Own;
    }
    let parent = |(inner, outer): (&str, &str)| inner == "repo" && outer == ".opam";
    if folders().zip(folders().skip(1)).any(parent) { Held::Offered } else { Held::Installed }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_switch_holds_is_not_the_projects_own() {
        let text = "opam-version: \"2.0\"\nlicense: \"ISC\"\ndepends: [ \"b\" {>= \"1\"} ]\n";
        let read = |path: &str| {
            let mut found = Found::new(path, "opam");
            Opam.extract(&File::new(path, text.as_bytes()), &mut found);
            let own = found.manifest.is_some();
            (found.packages.iter().map(|p| p.purl.to_string()).collect::<Vec<_>>(), own)
        };
        let installed = (vec!["pkg:opam/a@1.2".to_string()], false);
        assert_eq!(read("app/_opam/.opam-switch/packages/a.1.2/opam"), installed);
        assert_eq!(read("root/.opam/4.14.0/.opam-switch/packages/a.1.2/opam"), installed);
        assert_eq!(read("app/_opam/lib/a/opam"), (vec![], false));
        assert_eq!(read("root/.opam/repo/default/packages/a/a.1.2/opam"), (vec![], false));
        assert_eq!(read("a.opam"), (vec![], true));
        assert_eq!(read("packages/a/a.1.2/opam"), (vec![], true));
    }
}
