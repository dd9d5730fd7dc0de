//! `*.gemspec`: what a gem is, its license and what it asks for. The file is a program; it is read and not run.
//!
//! In a `specifications` folder it is the record of an installed gem, which RubyGems wrote with literals only.

use std::collections::HashMap;

use licit_model::found::RawLicenseKind;
use licit_model::{
    Ecosystem, Found, FoundPackage, GraphDepth, Manifest, Purl, RawLicense, Requirement, Scope, Source,
};

use super::ruby::{self, Token};
use super::{Extractor, File};

/// Reads `*.gemspec`.
pub struct Gemspec;

/// The name of this extractor.
pub const NAME: &str = "gemspec";

/// The property of a manifest that says from where a computed version is: the file, without its ending, that the
/// specification loads, a `#`, and the constant in it.
pub const CONSTANT: &str = "version";

/// Files that one specification loads; a real one loads one or two.
const LOADED: usize = 16;

impl Extractor for Gemspec {
    fn name(&self) -> &'static str {
        NAME
    }

    fn files(&self) -> &'static [&'static str] {
        &["*.gemspec"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(text) = file.text(found) else { return };
        if text.trim().is_empty() {
            return;
        }
        let spec = read(text);
        if !spec.is_one {
            found.odd(None, "no `Gem::Specification` was found in it");
            return;
        }
        // Without a literal name the file's own name is what `gem build` is called with.
        let stem = file.name().strip_suffix(".gemspec").unwrap_or("");
        let name = spec.name.as_deref().unwrap_or(stem);
        if name.is_empty() {
            found.lost(None, "the name of the gem is computed and not known");
            return;
        }
        let version = spec.version.as_deref().unwrap_or("");
        let purl = Purl::gem(name, version).with("platform", spec.platform.as_deref().unwrap_or(""));
        let mut package = FoundPackage::new(purl, spec.line.or(Some(1)));
        package.licenses = spec.licenses;
        if (spec.installed || is_installed(file.path())) && !version.is_empty() {
            package.source = Source::Registry(None);
            // Who asked for an installed gem stands in no file.
            package.direct = Some(false);
            found.lock(
                Ecosystem::Gem,
                GraphDepth::Flat,
                "an installed gem's specification names that gem alone",
            );
            found.package(package);
            return;
        }
        package.first_party = true;
        package.dir = Some(String::new());
        let mut manifest = Manifest::new(package);
        manifest.requirements = spec.requirements;
        if let Some(constant) = spec.constant.filter(|_| version.is_empty()) {
            let places = spec.loaded.iter().map(|path| (CONSTANT.to_string(), format!("{path}#{constant}")));
            manifest.inherits.properties = places.collect();
        }
        found.manifest(Ecosystem::Gem, manifest);
    }
}

/// Whether the file lies where RubyGems records what it installed.
fn is_installed(path: &str) -> bool {
    let mut folders = path.rsplit('/').skip(1);
    match folders.next() {
        Some("specifications") => true,
        Some("default") => folders.next() == Some("specifications"),
        _ => false,
    }
}

#[derive(Default)]
struct Spec {
    is_one: bool,
    name: Option<String>,
    line: Option<u32>,
    version: Option<String>,
    /// The constant of the program that is the version, where it is one.
    constant: Option<String>,
    /// The files of the program that are loaded, without their ending.
    loaded: Vec<String>,
    /// RubyGems notes its own version in the specification of a gem that it installs, wherever that is copied to.
    installed: bool,
    platform: Option<String>,
    licenses: Vec<RawLicense>,
    requirements: Vec<Requirement>,
}

fn read(text: &str) -> Spec {
    let mut spec = Spec::default();
    let mut constants: HashMap<String, String> = HashMap::new();
    for statement in ruby::statements(text) {
        let tokens = statement.tokens.as_slice();
        spec.is_one |= tokens
            .windows(3)
            .any(|w| matches!(w, [Token::Word("Gem"), Token::Mark(':'), Token::Word("Specification")]));
        let line = Some(statement.line);
        match tokens {
            [Token::Word(name), Token::Mark('='), value @ ..] => {
                if let Some(text) = ruby::literal(value) {
                    constants.insert((*name).to_string(), text.to_string());
                }
            }
            // `s.version = …`; `Specification.new do |s| s.name = …` on one line is not how anybody writes it.
            [Token::Word(_), Token::Mark('.'), Token::Word(field), Token::Mark('='), value @ ..] => {
                spec.field(field, value, line, &constants);
            }
            [Token::Word("require" | "require_relative" | "load"), rest @ ..] => spec.load(rest),
            _ => spec.call(tokens, line),
        }
    }
    spec
}

impl Spec {
    fn field(
        &mut self,
        field: &str,
        value: &[Token<'_>],
        line: Option<u32>,
        constants: &HashMap<String, String>,
    ) {
        let text = || match value {
            [Token::Word(name)] => constants.get(*name).cloned(),
            _ => ruby::literal(value).map(str::to_string),
        };
        match field {
            "name" if self.name.is_none() => {
                self.name = text();
                self.line = line;
            }
            "version" if self.version.is_none() => {
                self.version = text();
                // `Own::VERSION`, perhaps with a method behind it.
                let words = value.iter().take_while(|t| matches!(t, Token::Word(_) | Token::Mark(':')));
                if let (None, [.., Token::Mark(':'), Token::Word(name)]) =
                    (&self.version, words.cloned().collect::<Vec<_>>().as_slice())
                {
                    self.constant = Some((*name).to_string());
                }
            }
            "installed_by_version" => self.installed = true,
            "platform" => self.platform = text().filter(|p| p != "ruby"),
            "license" | "licenses" => {
                // RubyGems does not say whether several may be chosen from, so that each of them holds.
                let texts = match value {
                    [Token::Word(name)] => constants.get(*name).map(|t| vec![t.as_str()]),
                    _ => ruby::literals(value),
                };
                for text in texts.unwrap_or_default() {
                    let text = text.trim().to_string();
                    if !text.is_empty() && !self.licenses.iter().any(|l| l.text == text) {
                        self.licenses.push(RawLicense { text, kind: RawLicenseKind::Expression, line });
                    }
                }
            }
            _ => {}
        }
    }

    /// The file that a `require` means, however its path is put together: folders that are computed are those of the
    /// specification itself.
    fn load(&mut self, tokens: &[Token<'_>]) {
        let unconditional = ruby::arguments(tokens).into_iter().flatten();
        let texts =
            unconditional.filter_map(|t| if let Token::Text(text) = t { Some(&**text) } else { None });
        let path = texts.collect::<Vec<_>>().join("/");
        let parts: Vec<&str> =
            path.split('/').filter(|part| !part.is_empty() && !matches!(*part, "." | "..")).collect();
        let path = parts.join("/");
        let path = path.strip_suffix(".rb").unwrap_or(&path);
        if !path.is_empty() && self.loaded.len() < LOADED {
            self.loaded.push(path.to_string());
        }
    }

    /// `s.add_dependency "x", "~> 1"`, also behind a condition.
    fn call(&mut self, tokens: &[Token<'_>], line: Option<u32>) {
        let at = tokens.iter().position(|t| {
            matches!(
                t,
                Token::Word("add_dependency" | "add_runtime_dependency" | "add_development_dependency")
            )
        });
        let Some(at) = at.filter(|at| *at > 0 && tokens.get(at - 1) == Some(&Token::Mark('.'))) else {
            return;
        };
        let scope = match tokens.get(at) {
            Some(Token::Word("add_development_dependency")) => Scope::Dev,
            _ => Scope::Runtime,
        };
        let arguments = ruby::arguments(tokens.get(at + 1..).unwrap_or(&[]));
        let Some(name) = arguments.first().and_then(|a| ruby::literal(a)).filter(|n| !n.is_empty()) else {
            return;
        };
        // Older specifications say the same thing twice, for two versions of RubyGems.
        if self.requirements.iter().rev().take(400).any(|r| r.name == name && r.scope == scope) {
            return;
        }
        let ranges: Vec<&str> =
            arguments.iter().skip(1).filter_map(|a| ruby::literals(a)).flatten().collect();
        self.requirements.push(Requirement {
            name: name.to_string(),
            alias: None,
            range: ranges.join(", "),
            scope,
            line,
            path: None,
            source: Source::Registry(None),
            inherited: false,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INSTALLED: &str = "# stub: rack 2.2.3 ruby lib\n\nGem::Specification.new do |s|\n  s.name = \"rack\".freeze\n  s.version = \"2.2.3\"\n  s.licenses = [\"MIT\".freeze, \"Ruby\".freeze]\n  if s.respond_to? :add_runtime_dependency then\n    s.add_runtime_dependency(%q<a>.freeze, [\">= 1\".freeze, \"< 3\"])\n  else\n    s.add_dependency(%q<a>.freeze, [\">= 1\".freeze])\n  end\nend\n";

    fn read(path: &str, text: &str) -> Found {
        let mut found = Found::new(path, "gemspec");
        Gemspec.extract(&File::new(path, text.as_bytes()), &mut found);
        found
    }

    #[test]
    fn the_same_file_at_two_places() {
        let installed = read("usr/lib/gems/specifications/default/rack-2.2.3.gemspec", INSTALLED);
        assert_eq!(installed.packages[0].purl.to_string(), "pkg:gem/rack@2.2.3");
        assert_eq!(installed.packages[0].licenses.len(), 2);
        let own = read("rack.gemspec", INSTALLED).manifest.unwrap();
        assert_eq!(own.requirements.len(), 1);
        assert_eq!(
            (own.requirements[0].name.as_str(), own.requirements[0].range.as_str()),
            ("a", ">= 1, < 3")
        );
    }

    #[test]
    fn an_installed_gem_is_known_by_the_note_of_its_installer() {
        let text =
            INSTALLED.replace("  if s.", "  s.installed_by_version = \"3.4.1\" if s.respond_to? :x\n  if s.");
        let found = read("copied/rack-2.2.3.gemspec", &text);
        assert_eq!(found.packages.len(), 1);
        assert!(found.manifest.is_none());
    }

    #[test]
    fn files_from_which_a_version_is() {
        let of = |lines: &str| {
            let text =
                format!("{lines}\nGem::Specification.new do |s|\n  s.version = Own::App::VERSION.dup\nend\n");
            read("own.gemspec", &text).manifest.unwrap().inherits.properties
        };
        for line in [
            "require_relative 'lib/own/version'",
            "require File.expand_path('../lib/own/version', __FILE__)",
            "require_relative File.join(\n  'lib',\n  'own',\n  'version.rb'\n)",
            "require File.dirname(__FILE__) + '/lib/own/version' unless defined?(Own)",
        ] {
            let expected = (CONSTANT.to_string(), "lib/own/version#VERSION".to_string());
            assert_eq!(of(line), [expected], "{line}");
        }
    }

    #[test]
    fn what_is_computed_stays_unknown() {
        let text = "require 'x'\nNAME = 'own'\nGem::Specification.new do |spec|\n  spec.name = NAME\n  spec.version = Own::VERSION\n  spec.license = \"MIT\"\n  spec.add_development_dependency 'rake', ENV['R']\nend\n";
        let own = read("a.gemspec", text).manifest.unwrap();
        assert_eq!(own.package.purl.to_string(), "pkg:gem/own");
        assert_eq!(own.package.licenses[0].line, Some(6));
        assert_eq!((own.requirements[0].range.as_str(), own.requirements[0].scope), ("", Scope::Dev));
    }
}
