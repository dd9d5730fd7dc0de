//! `version.rb`: the file in which gems keep their version, so that the program and the gemspec say the same.

use std::borrow::Cow;
use std::collections::BTreeMap;

use licit_model::found::Role;
use licit_model::{Ecosystem, Found, FoundPackage, Purl};

use super::ruby::{self, Token};
use super::{Extractor, File};

/// Reads `version.rb`.
pub struct RubyVersion;

/// The name of this extractor.
pub const NAME: &str = "ruby-version";

/// Constants of one file that are remembered; a real file has a handful.
const CONSTANTS: usize = 64;

impl Extractor for RubyVersion {
    fn name(&self) -> &'static str {
        NAME
    }

    fn files(&self) -> &'static [&'static str] {
        &["version.rb"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        // Such a file is of use only to a gemspec that asks for it, so little that is odd about it is worth a word.
        let text = String::from_utf8_lossy(file.bytes());
        if matches!(text, Cow::Owned(_)) {
            found.odd(None, "it is not UTF-8; a version in it may be read wrongly");
        }
        let mut constants: BTreeMap<&str, (String, u32)> = BTreeMap::new();
        let statements = ruby::statements(&text);
        for statement in &statements {
            let [Token::Word(name), Token::Mark('='), value @ ..] = statement.tokens.as_slice() else {
                continue;
            };
            let value = ruby::arguments(value).first().and_then(|value| value_of(value, &constants));
            if let Some(value) = value.filter(|_| constants.len() < CONSTANTS) {
                constants.entry(name).or_insert((value, statement.line));
            }
        }
        for (name, (value, line)) in constants {
            // A single number is a part of a version.
            if value.contains('.') && value.starts_with(|c: char| c.is_ascii_digit()) {
                found.package(FoundPackage::new(Purl::gem(name, &value), Some(line)));
            }
        }
        if !found.packages.is_empty() {
            found.role = Role::Helper;
            found.ecosystem = Some(Ecosystem::Gem);
        }
    }
}

/// A text, a number, or `[MAJOR, MINOR, "3"].join(".")` of constants above it.
fn value_of(value: &[Token<'_>], constants: &BTreeMap<&str, (String, u32)>) -> Option<String> {
    if let Some(text) = ruby::literal(value) {
        return Some(text.trim().to_string());
    }
    let part = |token: &Token<'_>| match token {
        Token::Word(word) if word.bytes().all(|b| b.is_ascii_digit()) => Some((*word).to_string()),
        Token::Word(word) => constants.get(word).map(|(value, _)| value.clone()),
        Token::Text(text) => Some(text.to_string()),
        _ => None,
    };
    match value {
        [one @ Token::Word(_)] => part(one),
        [Token::Mark('['), rest @ ..] => {
            let close = rest.iter().position(|t| *t == Token::Mark(']'))?;
            let (parts, behind) = rest.split_at_checked(close)?;
            let joined = behind.contains(&Token::Word("join"))
                && behind.iter().any(|t| matches!(t, Token::Text(text) if text == "."));
            let parts = parts.iter().filter(|t| !matches!(t, Token::Mark(',') | Token::Word("nil")));
            let parts: Option<Vec<String>> = parts.map(part).collect();
            parts.filter(|parts| joined && !parts.is_empty()).map(|parts| parts.join("."))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<String> {
        let mut found = Found::new("lib/a/version.rb", NAME);
        RubyVersion.extract(&File::new("lib/a/version.rb", text.as_bytes()), &mut found);
        found.packages.iter().map(|p| format!("{} {}", p.purl.name, p.purl.version())).collect()
    }

    #[test]
    fn the_forms_of_a_version() {
        assert_eq!(read("module A\n  VERSION = '1.2.3'.freeze\nend\n"), ["VERSION 1.2.3"]);
        assert_eq!(read("class A; Version = \"4.0.0\" unless defined?(Version); end"), ["Version 4.0.0"]);
        let parts = "MAJOR = 7\nMINOR = 1\nPRE = nil\nSTRING = [MAJOR, MINOR, 4, nil].compact.join(\".\")\n";
        assert_eq!(read(parts), ["STRING 7.1.4"]);
        assert!(read("VERSION = File.read('x')\nOTHER = [A, 1].join('.')\n").is_empty());
    }
}
