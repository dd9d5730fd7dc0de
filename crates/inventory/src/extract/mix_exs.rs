//! `mix.exs`: what an Elixir project asks for, as far as it is written down and not computed.

use std::ops::Range;

use licit_model::{Ecosystem, Found, Requirement, Scope, Source};

use super::lexer::{Kind, Syntax, Tokens};
use super::npm::origin::{Origin, normal};
use super::requirement::{asked, license, manifest, unique};
use super::{Extractor, File, repository};

const ELIXIR: Syntax = Syntax {
    comments: &["#"],
    blocks: &[],
    quotes: &[
        // A regular expression may hold anything, `#` and brackets too.
        ("~r/", "/", true, false),
        ("~r|", "|", true, false),
        ("~r{", "}", true, false),
        ("~r(", ")", true, false),
        ("~r[", "]", true, false),
        ("~r<", ">", true, false),
        ("~r\"", "\"", true, false),
        ("~r'", "'", true, false),
        ("\"\"\"", "\"\"\"", true, true),
        ("\"", "\"", true, true),
        ("'", "'", true, false),
    ],
    word: "?!@",
    inside: "#{",
    heredocs: false,
};

/// Reads `mix.exs`.
pub struct MixExs;

impl Extractor for MixExs {
    fn name(&self) -> &'static str {
        "mix-exs"
    }

    fn files(&self) -> &'static [&'static str] {
        &["mix.exs"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(text) = file.text(found) else { return };
        if !text.contains("Mix.Project") {
            if !text.trim().is_empty() {
                found.lost(Some(1), "this is no project of Mix");
            }
            return;
        }
        let tokens = Tokens::read(text, &ELIXIR);
        tokens.report(found);
        let mark = |at: usize, c: char| tokens.at(at).is_some_and(|t| t.is(c));
        let word = |at: usize| tokens.at(at).and_then(|t| t.word());
        let mut version = "";
        let (mut app, mut line) = ("", None);
        let (mut licenses, mut lists, mut members) = (Vec::new(), Vec::new(), Vec::new());
        for at in 0..tokens.all.len() {
            match word(at) {
                Some("@version") if version.is_empty() => {
                    version = tokens.at(at + 1).and_then(|t| t.text()).unwrap_or("");
                }
                Some("version") if mark(at + 1, ':') && version.is_empty() => {
                    version = tokens.at(at + 2).and_then(|t| t.text()).unwrap_or("");
                }
                Some("app") if mark(at + 1, ':') && mark(at + 2, ':') && app.is_empty() => {
                    app = word(at + 3).unwrap_or("");
                    line = tokens.at(at).map(|t| t.line);
                }
                // An umbrella: the applications below have its lock and none of their own.
                Some("apps_path") if mark(at + 1, ':') && members.is_empty() => {
                    let path =
                        tokens.at(at + 2).and_then(|t| t.text()).map(|path| format!("{}/*", normal(path)));
                    members.extend(path);
                }
                Some("licenses") if mark(at + 1, ':') && mark(at + 2, '[') && licenses.is_empty() => {
                    let texts = tokens.texts(tokens.inside(at + 2));
                    licenses = texts.filter_map(|(text, line)| license(text, Some(line))).collect();
                }
                // The function that gives them; its name is a habit, so any that begins like it counts.
                Some("defp" | "def") if word(at + 1).is_some_and(|w| w == "deps" || w.ends_with("_deps")) => {
                    let end = (at + 40).min(tokens.all.len());
                    lists.extend((at + 2..end).find(|i| mark(*i, '[')));
                }
                Some("deps") if mark(at + 1, ':') && mark(at + 2, '[') => lists.push(at + 2),
                _ => {}
            }
        }
        let mut own = manifest(Ecosystem::Hex, app, version, line);
        own.package.licenses = licenses;
        own.workspace_members = members;
        let mut read = 0;
        for list in lists {
            // Lists come in the file's order; one inside of another was read with it.
            if list < read {
                continue;
            }
            let inside = tokens.inside(list);
            read = inside.end;
            for entry in tokens.parts(inside, ',') {
                let line = tokens.at(entry.start).map(|t| t.line);
                match requirement(&tokens, entry) {
                    Some(requirement) => own.requirements.push(requirement),
                    None => found.odd(line, "this dependency is computed and was left out"),
                }
            }
        }
        own.requirements.sort_by_key(|r| r.scope);
        unique(&mut own.requirements);
        found.manifest(Ecosystem::Hex, own);
    }
}

/// `{:name, "~> 1.0", only: :test}`, `{:name, github: "owner/name", tag: "v1"}`, `name: "~> 1.0"`.
fn requirement(tokens: &Tokens<'_>, entry: Range<usize>) -> Option<Requirement> {
    let first = tokens.at(entry.start)?;
    if let (Some(name), Some(range)) = (first.word(), tokens.at(entry.start + 2).and_then(|t| t.text())) {
        return Some(asked(name, range, Scope::Runtime, Some(first.line)));
    }
    if !first.is('{') {
        return None;
    }
    let fields = tokens.parts(tokens.inside(entry.start), ',');
    let head = fields.first()?;
    let name =
        tokens.at(head.start + 1).filter(|_| tokens.at(head.start).is_some_and(|t| t.is(':')))?.value()?;
    let mut requirement = asked(name, "", Scope::Runtime, Some(first.line));
    let (mut url, mut rev, mut scope) = (String::new(), String::new(), Scope::Runtime);
    for field in fields.iter().skip(1).take(32) {
        let Some(token) = tokens.at(field.start) else { continue };
        if let Kind::Text(range) = &token.kind {
            requirement.range = range.trim().to_string();
            continue;
        }
        let value = field.start + 2;
        let text = tokens.at(value).and_then(|t| t.text()).unwrap_or("");
        let words = || tokens.slice(value.min(field.end)..field.end).iter().filter_map(|t| t.word());
        match token.word().unwrap_or("") {
            "github" => url = format!("https://github.com/{text}.git"),
            "git" => url = repository::address(text),
            "tag" | "ref" | "branch" => rev = text.to_string(),
            "path" => requirement.path = Some(normal(text)),
            "in_umbrella" => requirement.path = Some(format!("../{name}")),
            "hex" => {
                if let Some(real) =
                    tokens.at(value + 1).and_then(|t| t.word()).or(Some(text).filter(|t| !t.is_empty()))
                {
                    requirement.alias = Some(name.to_string());
                    requirement.name = real.to_string();
                }
            }
            "only" if !words().any(|w| w == "prod") => {
                scope = scope.max(if words().any(|w| w == "dev") { Scope::Dev } else { Scope::Test });
            }
            "optional" if words().any(|w| w == "true") => scope = scope.max(Scope::Optional),
            "runtime" if words().any(|w| w == "false") => scope = scope.max(Scope::Build),
            _ => {}
        }
    }
    requirement.scope = scope;
    if !url.is_empty() {
        requirement.source = Origin::Git { url, rev }.source();
    }
    if requirement.path.is_some() {
        requirement.source = Source::Unknown;
    }
    Some(requirement)
}
