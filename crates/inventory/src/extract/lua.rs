//! `*.rockspec` and `luarocks.lock`: packages of Lua.

use std::ops::Range;

use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Purl, Scope, Source};

use super::lexer::{Kind, Syntax, Tokens};
use super::names::Names;
use super::npm::assembly::Assembly;
use super::requirement::{asked, license, manifest, unique};
use super::{Extractor, File};

const LUA: Syntax = Syntax {
    comments: &["--"],
    blocks: &[("--[[", "]]"), ("--[=[", "]=]")],
    quotes: &[
        ("[[", "]]", false, true),
        ("[=[", "]=]", false, true),
        ("\"", "\"", true, false),
        ("'", "'", true, false),
    ],
    word: "",
    inside: "",
    heredocs: false,
};

/// The value of `key = …` outside of brackets.
fn value(tokens: &Tokens<'_>, range: Range<usize>, key: &str) -> Option<Range<usize>> {
    let mut at = range.start;
    while at < range.end {
        let token = tokens.at(at)?;
        // `["key"] =` and `key =` are the same.
        let bracketed = token.is('[') && tokens.at(at + 1).and_then(|t| t.text()) == Some(key);
        let sign = if bracketed { at + 3 } else { at + 1 };
        if (bracketed || token.word() == Some(key)) && tokens.at(sign).is_some_and(|t| t.is('=')) {
            let from = sign + 1;
            let end = match tokens.at(from).map(|t| &t.kind) {
                Some(Kind::Mark('{')) => tokens.close(from) + 1,
                _ => from + 1,
            };
            return Some(from..end.min(range.end));
        }
        at = match token.kind {
            Kind::Mark('{' | '(' | '[') => tokens.close(at) + 1,
            _ => at + 1,
        };
    }
    None
}

/// Reads `*.rockspec`.
pub struct Rockspec;

impl Extractor for Rockspec {
    fn name(&self) -> &'static str {
        "rockspec"
    }

    fn files(&self) -> &'static [&'static str] {
        &["*.rockspec"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(source) = file.text(found) else { return };
        let tokens = Tokens::read(source, &LUA);
        tokens.report(found);
        let all = 0..tokens.all.len();
        let text = |range: Range<usize>, key: &str| evaluated(&tokens, value(&tokens, range, key)?.start, 3);
        let Some((name, line)) = text(all.clone(), "package") else {
            if !tokens.all.is_empty() {
                found.lost(Some(1), "the specification names no package");
            }
            return;
        };
        let version = text(all.clone(), "version").map_or(String::new(), |(version, _)| version);
        let mut own = manifest(Ecosystem::Luarocks, &name, &version, Some(line));
        if let Some(description) = value(&tokens, all.clone(), "description") {
            let stated = text(description.start + 1..description.end, "license");
            own.package.licenses.extend(stated.and_then(|(l, line)| license(&l, Some(line))));
        }
        let parts: Vec<&str> = file.path().rsplit('/').collect();
        if parts.get(3).is_some_and(|folder| folder.starts_with("rocks-")) {
            // A tree of installed rocks: this is somebody else's package.
            let mut package = own.package;
            package.first_party = false;
            package.dir = None;
            package.direct = Some(false);
            package.source = Source::Registry(None);
            found.package(package);
            found.lock(Ecosystem::Luarocks, GraphDepth::Flat, "the specification of one installed rock");
            return;
        }
        let lists = [
            ("dependencies", Scope::Runtime),
            ("build_dependencies", Scope::Build),
            ("test_dependencies", Scope::Test),
        ];
        for (list, scope) in lists {
            for (text, line) in value(&tokens, all.clone(), list).into_iter().flat_map(|v| tokens.texts(v)) {
                let text = text.trim();
                let end = text.find(|c: char| c.is_whitespace() || "<>=~@".contains(c)).unwrap_or(text.len());
                let (name, range) = (text.get(..end).unwrap_or(""), text.get(end..).unwrap_or(""));
                // The language itself is no rock.
                if name.is_empty() || name == "lua" {
                    continue;
                }
                own.requirements.push(asked(&name.to_ascii_lowercase(), range, scope, Some(line)));
            }
        }
        unique(&mut own.requirements);
        found.manifest(Ecosystem::Luarocks, own);
    }
}

/// The text that begins at a token: a literal, a variable that was set to one before, or several of them joined.
fn evaluated(tokens: &Tokens<'_>, at: usize, depth: usize) -> Option<(String, u32)> {
    let line = tokens.at(at)?.line;
    let (mut text, mut at) = (String::new(), at);
    for _ in 0..8 {
        let token = tokens.at(at)?;
        match &token.kind {
            Kind::Text(part) => text.push_str(part),
            Kind::Word(name) if depth > 0 => {
                let is_set = |i: &usize| {
                    tokens.at(*i).and_then(|t| t.word()) == Some(name)
                        && tokens.at(i + 1).is_some_and(|t| t.is('='))
                        && !tokens.at(i + 2).is_some_and(|t| t.is('='))
                };
                let set = (0..at.min(4096)).find(is_set)?;
                text.push_str(&evaluated(tokens, set + 2, depth - 1)?.0);
            }
            _ => return None,
        }
        let joined = [1, 2].iter().all(|i| tokens.at(at + i).is_some_and(|t| t.is('.')));
        if !joined {
            return Some((text, line));
        }
        at += 3;
    }
    None
}

/// Reads `luarocks.lock`.
pub struct LuarocksLock;

impl Extractor for LuarocksLock {
    fn name(&self) -> &'static str {
        "luarocks-lock"
    }

    fn files(&self) -> &'static [&'static str] {
        &["luarocks.lock"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(source) = file.text(found) else { return };
        let tokens = Tokens::read(source, &LUA);
        tokens.report(found);
        let Some(open) = tokens.all.iter().position(|t| t.is('{')) else {
            if !tokens.all.is_empty() {
                found.lost(Some(1), "a luarocks.lock returns a table");
            }
            return;
        };
        found.lock(
            Ecosystem::Luarocks,
            GraphDepth::Flat,
            "luarocks.lock lists every rock, but not who asks for whom",
        );
        let mut assembly = Assembly::new(found);
        let mut names = Names::default();
        let lists = [
            ("dependencies", Scope::Runtime),
            ("build_dependencies", Scope::Build),
            ("test_dependencies", Scope::Test),
        ];
        for (list, scope) in lists {
            let Some(body) = value(&tokens, tokens.inside(open), list) else { continue };
            for entry in tokens.parts(tokens.inside(body.start), ',') {
                let values: Vec<_> =
                    tokens.slice(entry.clone()).iter().filter(|t| t.value().is_some()).collect();
                let [name, version] = values.as_slice() else {
                    let line = tokens.at(entry.start).map(|t| t.line);
                    assembly.found.lost(line, "this entry has no name and no version and was left out");
                    continue;
                };
                let (Some(text), Some(version)) = (name.value(), version.text()) else { continue };
                let mut package = FoundPackage::new(Purl::named("luarocks", text, version), Some(name.line));
                package.source = Source::Registry(None);
                package.scope = Some(scope);
                let index = assembly.third_party(package);
                names.add(&text.to_ascii_lowercase(), index);
            }
        }
        names.keys(found);
    }
}
