//! `mix.lock`: the Elixir and Erlang packages of a project, one term of Elixir on each line.

use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Hash, Purl, Scope, Source};

use super::names::Names;
use super::npm::assembly::Assembly;
use super::npm::notes::Missing;
use super::npm::origin::Origin;
use super::ruby::{self, Token};
use super::{Extractor, File};

/// Reads `mix.lock`.
pub struct MixLock;

impl Extractor for MixLock {
    fn name(&self) -> &'static str {
        "mix-lock"
    }

    fn files(&self) -> &'static [&'static str] {
        &["mix.lock"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(text) = file.text(found) else { return };
        if text.trim().is_empty() {
            return;
        }
        if !text.trim_start().starts_with("%{") {
            found.lost(Some(1), "a mix.lock is a map and begins with `%{`");
            return;
        }
        found.lock(Ecosystem::Hex, GraphDepth::Full, "mix.lock holds every package and who asks for it");
        let mut assembly = Assembly::new(found);
        let (mut names, mut asking, mut closed) = (Names::default(), Vec::new(), false);
        for (number, line) in (1u32..).zip(text.lines()) {
            let line = line.trim();
            let line = line.strip_prefix("%{").unwrap_or(line);
            closed |= line.ends_with('}') && !line.ends_with("},") || line == "}";
            if !line.starts_with('"') {
                continue;
            }
            // Elixir's terms are written like Ruby's, as far as this file needs them.
            let Some((app, package, asks)) =
                ruby::statements(line).first().and_then(|s| entry(&s.tokens, number))
            else {
                assembly.found.lost(Some(number), "this line is no entry of a mix.lock and was left out");
                continue;
            };
            let index = assembly.third_party(package);
            names.add(&app, index);
            asking.push((index, asks, number));
        }
        if !closed {
            assembly.found.lost(None, "the map has no end; what stood behind it is missing");
        }
        let mut missing = Missing::default();
        for (from, asks, number) in asking {
            for (app, optional) in asks {
                let all = names.get(&app);
                for to in all {
                    assembly.edge(from, *to, if optional { Scope::Optional } else { Scope::Runtime });
                }
                if all.is_empty() && !optional {
                    missing.note(&app, || Some(number));
                }
            }
        }
        missing.report_unresolved(found);
        names.keys(found);
    }
}

/// The application's name, its package, and the applications that it asks for with whether they are optional.
type Entry = (String, FoundPackage, Vec<(String, bool)>);

/// `"app": {:hex, :name, "1.0.0", "…", [:mix], [{:other, "~> 1", […]}], "hexpm", "…"},` or
/// `"app": {:git, "https://…", "revision", […]},`.
fn entry(tokens: &[Token<'_>], line: u32) -> Option<Entry> {
    let (Token::Label(app), [Token::Mark('{'), Token::Symbol(kind), rest @ ..]) = tokens.split_first()?
    else {
        return None;
    };
    let fields = fields(rest);
    let text = |i: usize| match fields.get(i).copied() {
        Some([Token::Text(text)]) => Some(&**text),
        Some([Token::Symbol(name)]) => Some(&**name),
        _ => None,
    };
    match &**kind {
        "hex" => {
            let (name, version) = (text(0)?, text(1)?);
            let mut package = FoundPackage::new(Purl::named("hex", name, version), Some(line));
            package.source = Source::Registry(None);
            // The outer checksum is that of the archive; older files do not have it.
            if let Some(hex) = text(6).filter(|h| h.len() == 64 && h.bytes().all(|b| b.is_ascii_hexdigit())) {
                package.hashes.push(Hash { algorithm: "SHA-256".to_string(), hex: hex.to_ascii_lowercase() });
            }
            Some(((*app).to_string(), package, asks(fields.get(4).copied().unwrap_or(&[]))))
        }
        "git" => {
            let (url, rev) = (text(0)?, text(1)?);
            let url = match Origin::read(url) {
                Some(Origin::Git { url, .. } | Origin::Url(url)) => url,
                _ => super::npm::origin::without_credentials(url),
            };
            let origin = Origin::Git { url, rev: rev.to_string() };
            let mut package = FoundPackage::new(origin.qualify(Purl::named("hex", app, "")), Some(line));
            package.source = origin.source();
            Some(((*app).to_string(), package, Vec::new()))
        }
        _ => None,
    }
}

/// What stands between the commas of a tuple whose opening bracket and first element are gone.
fn fields<'t, 'a>(tokens: &'t [Token<'a>]) -> Vec<&'t [Token<'a>]> {
    let tokens = tokens.strip_prefix(&[Token::Mark(',')]).unwrap_or(tokens);
    let (mut depth, mut begin, mut all) = (0usize, 0, Vec::new());
    for (i, token) in tokens.iter().enumerate() {
        match token {
            Token::Mark('{' | '[' | '(') => depth += 1,
            Token::Mark('}' | ']' | ')') if depth == 0 => {
                all.extend(tokens.get(begin..i));
                return all;
            }
            Token::Mark('}' | ']' | ')') => depth -= 1,
            Token::Mark(',') if depth == 0 => {
                all.extend(tokens.get(begin..i));
                begin = i + 1;
            }
            _ => {}
        }
    }
    all.extend(tokens.get(begin..));
    all
}

/// `[{:other, "~> 1", [hex: :other, repo: "hexpm", optional: false]}, …]`.
fn asks(tokens: &[Token<'_>]) -> Vec<(String, bool)> {
    let mut asks = Vec::new();
    for (i, token) in tokens.iter().enumerate() {
        match (token, tokens.get(i + 1)) {
            (Token::Mark('{'), Some(Token::Symbol(name))) => asks.push((name.to_string(), false)),
            (Token::Label("optional"), Some(Token::Word("true"))) => {
                if let Some((_, optional)) = asks.last_mut() {
                    *optional = true;
                }
            }
            _ => {}
        }
    }
    asks
}
