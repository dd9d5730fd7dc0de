//! `build.sbt` and its kin: the libraries that a Scala build names literally.
//!
//! The files are programs and are not run. Coordinates are written as `"group" % "artifact" % version % "test"`; a
//! version, or a part of a name, may be a value of the same file.

use std::collections::HashMap;

use licit_model::found::RawLicenseKind;
use licit_model::{Ecosystem, Found, FoundPackage, Manifest, Purl, RawLicense, Requirement, Scope, Source};

use super::{Extractor, File, sbt_lock};

/// Reads `*.sbt` and `project/Dependencies.scala`.
pub struct Sbt;

impl Extractor for Sbt {
    fn name(&self) -> &'static str {
        "sbt"
    }

    fn files(&self) -> &'static [&'static str] {
        &["*.sbt", "project/*.scala"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(text) = file.text(found) else { return };
        let tokens = tokens(text);
        let values = values(&tokens);
        // What lies in `project` builds the build itself, but for the lists of dependencies that it shares.
        let of_build =
            file.path().split('/').rev().nth(1) == Some("project") && file.name().ends_with(".sbt");
        let mut package = FoundPackage::new(Purl::maven("", ""), Some(1));
        package.first_party = true;
        package.dir = Some(String::new());
        let mut manifest = Manifest::new(package);
        if !of_build && file.name().ends_with(".sbt") {
            about(&tokens, &values, &mut manifest.package);
        }
        let scala = setting(&tokens, &values, "scalaVersion").map(|(version, _)| binary(&version));
        let mut unknown = None;
        let mut at = 0;
        while at < tokens.len() {
            match dependency(&tokens, at, &values, scala.as_deref()) {
                Some((mut requirement, next)) => {
                    if of_build || is_plugin(&tokens, at) {
                        requirement.scope = Scope::Build;
                    }
                    if requirement.range.is_empty() {
                        unknown.get_or_insert((requirement.line, requirement.name.clone()));
                    }
                    manifest.requirements.push(requirement);
                    at = next;
                }
                None => at += 1,
            }
        }
        if let Some((line, name)) = unknown {
            found.odd(
                line,
                format!("the version of {name} stands in another file or is computed, and is not known"),
            );
        }
        let named = !manifest.package.purl.name.is_empty();
        if named || !manifest.requirements.is_empty() || !manifest.package.licenses.is_empty() {
            manifest.is_package = named || !of_build;
            found.manifest(Ecosystem::Maven, manifest);
        } else if text.contains("libraryDependencies") && text.contains('%') {
            found.odd(None, "no library is named literally in it");
        }
    }
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Word<'t> {
    Name(&'t str),
    Text(&'t str),
    /// `%`, `%%`, `%%%`.
    Percent(usize),
    /// `:=`, `=`, `+=`, `->`.
    Sign(u8),
}

#[derive(Clone, Copy)]
struct Token<'t> {
    word: Word<'t>,
    line: u32,
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let bytes = text.as_bytes();
    let (mut tokens, mut at, mut line) = (Vec::new(), 0, 1u32);
    let is_name = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'.' || b >= 0x80;
    while let Some(&byte) = bytes.get(at) {
        let rest = bytes.get(at..).unwrap_or(&[]);
        if rest.starts_with(b"//") {
            at += rest.iter().take_while(|b| **b != b'\n').count();
        } else if rest.starts_with(b"/*") {
            let length = rest.windows(2).skip(2).position(|w| w == b"*/").map_or(rest.len(), |p| p + 4);
            line += rest.iter().take(length).filter(|b| **b == b'\n').count() as u32;
            at += length;
        } else if rest.starts_with(b"\"\"\"") {
            let length = rest.windows(3).skip(3).position(|w| w == b"\"\"\"").map_or(rest.len(), |p| p + 6);
            line += rest.iter().take(length).filter(|b| **b == b'\n').count() as u32;
            at += length;
        } else if byte == b'"' {
            let from = at + 1;
            at = from;
            while bytes.get(at).is_some_and(|b| !matches!(b, b'"' | b'\n')) {
                at += if bytes.get(at) == Some(&b'\\') { 2 } else { 1 };
            }
            let end = at.min(bytes.len());
            // A text that is not closed, or that is filled with values, is none.
            if bytes.get(at) == Some(&b'"') {
                let filled = matches!(tokens.last(), Some(Token { word: Word::Name("s"), .. }));
                let word =
                    if filled { Word::Sign(b'?') } else { Word::Text(text.get(from..end).unwrap_or("")) };
                tokens.push(Token { word, line });
                at += 1;
            }
        } else if is_name(byte) {
            let length = rest.iter().take_while(|b| is_name(**b)).count();
            tokens.push(Token { word: Word::Name(text.get(at..at + length).unwrap_or("")), line });
            at += length;
        } else if byte == b'%' {
            let length = rest.iter().take_while(|b| **b == b'%').count();
            tokens.push(Token { word: Word::Percent(length), line });
            at += length;
        } else {
            at += 1;
            line += u32::from(byte == b'\n');
            if !byte.is_ascii_whitespace() {
                tokens.push(Token { word: Word::Sign(byte), line });
            }
        }
    }
    tokens
}

/// Values by name: `val akka = "2.6.0"`, with or without a type, and without the object that holds it.
fn values<'t>(tokens: &[Token<'t>]) -> HashMap<&'t str, &'t str> {
    let mut values = HashMap::new();
    let word = |at: usize| tokens.get(at).map(|t| t.word);
    for (at, token) in tokens.iter().enumerate() {
        if !matches!(token.word, Word::Name("val" | "def")) {
            continue;
        }
        let Some(Word::Name(name)) = word(at + 1) else { continue };
        let value = match (word(at + 2), word(at + 3), word(at + 4), word(at + 5)) {
            (Some(Word::Sign(b'=')), Some(Word::Text(value)), next, _) if !computed(next) => value,
            (
                Some(Word::Sign(b':')),
                Some(Word::Name(_)),
                Some(Word::Sign(b'=')),
                Some(Word::Text(value)),
            ) => value,
            _ => continue,
        };
        values.insert(name, value);
    }
    values
}

/// Whether a text is only the beginning of a value.
fn computed(next: Option<Word<'_>>) -> bool {
    matches!(next, Some(Word::Percent(_) | Word::Sign(b'+')))
}

fn value<'t>(word: Word<'t>, values: &HashMap<&'t str, &'t str>) -> Option<&'t str> {
    match word {
        Word::Text(text) => Some(text),
        // `Versions.akka` is looked for by its last part.
        Word::Name(name) => values.get(name).or_else(|| values.get(name.rsplit('.').next()?)).copied(),
        _ => None,
    }
}

/// `key := value`.
fn setting<'t>(tokens: &[Token<'t>], values: &HashMap<&'t str, &'t str>, key: &str) -> Option<(String, u32)> {
    tokens.windows(4).find_map(|window| match window {
        [Token { word: Word::Name(name), line }, colon, equals, given]
            if name.rsplit('.').next() == Some(key)
                && colon.word == Word::Sign(b':')
                && equals.word == Word::Sign(b'=') =>
        {
            Some((value(given.word, values)?.to_string(), *line))
        }
        _ => None,
    })
}

/// The part of Scala's version that stands in the names of artifacts.
fn binary(version: &str) -> String {
    if version.starts_with("3.") {
        return "3".to_string();
    }
    let mut parts = version.split('.');
    match (parts.next(), parts.next()) {
        (Some(major), Some(minor)) => format!("{major}.{minor}"),
        _ => version.to_string(),
    }
}

fn about(tokens: &[Token<'_>], values: &HashMap<&str, &str>, package: &mut FoundPackage) {
    if let Some((name, line)) = setting(tokens, values, "name") {
        let version = setting(tokens, values, "version").map(|(v, _)| v).unwrap_or_default();
        let group = setting(tokens, values, "organization").map(|(o, _)| format!("{o}:")).unwrap_or_default();
        package.purl = Purl::maven(&format!("{group}{name}"), &version);
        package.line = Some(line);
    }
    // `licenses := Seq("Apache-2.0" -> url("…"))`.
    let list = tokens
        .iter()
        .position(|t| matches!(t.word, Word::Name(n) if n.rsplit('.').next() == Some("licenses")));
    let Some(list) = list else { return };
    let assigned = tokens.get(list + 1).is_some_and(|t| matches!(t.word, Word::Sign(b':' | b'+')));
    if !assigned {
        return;
    }
    // The list ends at the next setting, at the latest.
    let after = tokens.get(list + 3..).unwrap_or(&[]).windows(3).take(60);
    let next = |w: &&[Token<'_>]| !matches!(w, [a, b, ..] if a.word == Word::Sign(b':') && b.word == Word::Sign(b'='));
    for window in after.take_while(next) {
        let [first, second, third] = window else { continue };
        let arrow = second.word == Word::Sign(b'-') && third.word == Word::Sign(b'>');
        let pair = second.word == Word::Sign(b',') && third.word == Word::Name("url");
        if let (Word::Text(text), true) = (first.word, arrow || pair) {
            let kind = RawLicenseKind::Expression;
            package.licenses.push(RawLicense { text: text.to_string(), kind, line: Some(first.line) });
        }
    }
}

/// Whether the coordinates are those of a plugin: `addSbtPlugin(…)` or `addCompilerPlugin(…)`.
fn is_plugin(tokens: &[Token<'_>], at: usize) -> bool {
    let before = at.checked_sub(2).and_then(|at| tokens.get(at)).map(|t| t.word);
    let compiler = at.checked_sub(1).and_then(|at| tokens.get(at)).map(|t| t.word);
    matches!(before, Some(Word::Name("addSbtPlugin" | "addCompilerPlugin" | "compilerPlugin")))
        && compiler == Some(Word::Sign(b'('))
}

fn dependency(
    tokens: &[Token<'_>],
    at: usize,
    values: &HashMap<&str, &str>,
    scala: Option<&str>,
) -> Option<(Requirement, usize)> {
    let word = |at: usize| tokens.get(at).map(|t| t.word);
    let (Some(Word::Percent(crossed)), Some(Word::Percent(1))) = (word(at + 1), word(at + 3)) else {
        return None;
    };
    let group = value(word(at)?, values)?;
    let artifact = value(word(at + 2)?, values)?;
    let plain =
        |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
    if !plain(group) || !plain(artifact) {
        return None;
    }
    // The version may be computed, which does not change what is asked for.
    let range = value(word(at + 4)?, values).unwrap_or("");
    let mut next = at + 5;
    let mut scope = Scope::Runtime;
    if word(next) == Some(Word::Percent(1)) {
        let named = match word(next + 1) {
            Some(Word::Text(text) | Word::Name(text)) => text,
            _ => "",
        };
        // `test->test;compile`: what stands before an arrow is where it is used.
        let used = named.split([';', ',']).map(|c| sbt_lock::scope(c.split("->").next().unwrap_or(c).trim()));
        scope = used.min().unwrap_or(Scope::Runtime);
        next += 2;
    }
    let suffix = match (crossed, scala) {
        (2.., Some(scala)) => format!("_{scala}"),
        _ => String::new(),
    };
    let requirement = Requirement {
        name: format!("{group}:{artifact}{suffix}"),
        alias: None,
        range: range.to_string(),
        scope,
        line: tokens.get(at).map(|t| t.line),
        path: None,
        source: Source::Registry(None),
        inherited: false,
    };
    Some((requirement, next))
}
