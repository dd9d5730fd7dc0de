//! `Gemfile`: what a Ruby project asks for, and in which groups. The file is a program; it is read and not run.

use licit_model::{Ecosystem, Found, FoundPackage, Manifest, Purl, Requirement, Scope, Source};

use super::npm::notes::Missing;
use super::npm::origin::{normal, without_credentials};
use super::ruby::{self, Statement, Token};
use super::{Extractor, File};

/// Reads `Gemfile` and `gems.rb`.
pub struct Gemfile;

impl Extractor for Gemfile {
    fn name(&self) -> &'static str {
        "gemfile"
    }

    fn files(&self) -> &'static [&'static str] {
        &["Gemfile", "gems.rb"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(text) = file.text(found) else { return };
        let mut reader = Reader::default();
        for statement in ruby::statements(text) {
            reader.statement(&statement);
        }
        if let Some(open) = reader.blocks.last() {
            found.lost(Some(open.line), "this block has no end; the groups behind it may be wrong");
        }
        reader.computed.report_malformed(found);
        if reader.requirements.is_empty() && !reader.gemspec && !reader.sourced {
            return;
        }
        let mut package = FoundPackage::new(Purl::gem("", ""), Some(1));
        package.first_party = true;
        package.dir = Some(String::new());
        let mut manifest = Manifest::new(package);
        // With `gemspec` the project is the gem that the specification beside this file describes.
        manifest.is_package = !reader.gemspec;
        manifest.requirements = reader.requirements;
        found.manifest(Ecosystem::Gem, manifest);
    }
}

/// What holds for everything in a block.
#[derive(Debug, Clone, Default)]
struct Block {
    line: u32,
    scope: Option<Scope>,
    optional: bool,
    source: Option<Source>,
}

#[derive(Default)]
struct Reader {
    blocks: Vec<Block>,
    requirements: Vec<Requirement>,
    computed: Missing,
    gemspec: bool,
    sourced: bool,
}

impl Reader {
    fn statement(&mut self, statement: &Statement<'_>) {
        let tokens = statement.tokens.as_slice();
        let rest = tokens.get(1..).unwrap_or(&[]);
        match tokens.first() {
            Some(Token::Word("gem")) => self.gem(statement.line, rest),
            Some(Token::Word("gemspec")) => self.gemspec = true,
            Some(Token::Word("source")) => self.sourced = true,
            Some(Token::Word("end")) => {
                self.blocks.pop();
                return;
            }
            _ => {}
        }
        if opens(tokens) {
            let mut block = Block { line: statement.line, ..Block::default() };
            match tokens.first() {
                Some(Token::Word("group" | "groups")) => block.group(rest),
                Some(Token::Word("platform" | "platforms" | "install_if")) => block.optional = true,
                Some(Token::Word(word @ ("git" | "path" | "source" | "github"))) => block.place(word, rest),
                _ => {}
            }
            // A file that opens blocks without end is no Gemfile; its outer blocks are enough to read on.
            if self.blocks.len() < 1000 {
                self.blocks.push(block);
            }
        }
    }

    fn gem(&mut self, line: u32, rest: &[Token<'_>]) {
        let arguments = ruby::arguments(rest);
        let Some(name) = arguments.first().and_then(|a| ruby::literal(a)).filter(|n| !n.trim().is_empty())
        else {
            // `gem name, …` in a loop names nothing; the lockfile does.
            let word = match rest.first() {
                Some(Token::Word(word)) => word,
                Some(_) => "…",
                None => return,
            };
            self.computed.note(&format!("gem {word}"), || Some(line));
            return;
        };
        let mut ranges: Vec<&str> = Vec::new();
        let mut own = Block::default();
        let mut reference = None;
        for argument in arguments.iter().skip(1) {
            let Some((key, value)) = ruby::option(argument) else {
                ranges.extend(ruby::literals(argument).unwrap_or_default());
                continue;
            };
            match key {
                "group" | "groups" => own.scope = ruby::literals(value).and_then(|names| scope_of(&names)),
                "platform" | "platforms" | "install_if" => own.optional = true,
                "git" | "path" | "github" | "source" | "gist" | "bitbucket" | "gitlab" => {
                    own.place(key, argument)
                }
                "ref" | "tag" | "branch" => reference = ruby::literal(value).or(reference),
                _ => {}
            }
        }
        let outer = |f: &dyn Fn(&Block) -> bool| self.blocks.iter().any(f);
        let optional = own.optional || outer(&|b| b.optional);
        let scope =
            self.blocks.iter().filter_map(|b| b.scope).chain(own.scope).fold(Scope::Runtime, Scope::then);
        let scope = if optional { scope.then(Scope::Optional) } else { scope };
        let mut source = own.source.or_else(|| self.blocks.iter().rev().find_map(|b| b.source.clone()));
        if let (Some(Source::Git(url)), Some(reference)) = (&mut source, reference)
            && !url.contains('#')
        {
            *url = format!("{url}#{reference}");
        }
        let path = match &source {
            // In a block of a folder each gem has a folder of its own below it, or is that folder.
            Some(Source::Path(path)) => Some(path.clone()),
            _ => None,
        };
        self.requirements.push(Requirement {
            name: name.to_string(),
            alias: None,
            range: ranges.join(", "),
            scope,
            line: Some(line),
            path,
            source: source.unwrap_or(Source::Registry(None)),
            inherited: false,
        });
    }
}

impl Block {
    fn group(&mut self, rest: &[Token<'_>]) {
        let mut names = Vec::new();
        let mut optional = false;
        for argument in ruby::arguments(rest) {
            match ruby::option(argument) {
                Some(("optional", [Token::Word("true")])) => optional = true,
                Some(_) => {}
                None => names.extend(ruby::literals(argument).unwrap_or_default()),
            }
        }
        self.scope = scope_of(&names).map(|scope| if optional { scope.then(Scope::Optional) } else { scope });
    }

    /// `git "…"`, `path "…"`, `source "…"`, as a block or as an option.
    fn place(&mut self, word: &str, tokens: &[Token<'_>]) {
        let arguments = ruby::arguments(tokens);
        let Some(first) = arguments.first() else { return };
        let value = ruby::option(first).map_or(*first, |(_, value)| value);
        let Some(text) = ruby::literal(value) else { return };
        let hosted = |host: &str| {
            // `github: "rails"` is short for `rails/rails`.
            let path = if text.contains('/') { text.to_string() } else { format!("{text}/{text}") };
            Source::Git(format!("https://{host}/{}.git", path.trim_end_matches(".git")))
        };
        self.source = Some(match word {
            "path" => Source::Path(normal(text)),
            "git" => Source::Git(without_credentials(text)),
            "github" => hosted("github.com"),
            "gitlab" => hosted("gitlab.com"),
            "bitbucket" => hosted("bitbucket.org"),
            "gist" => Source::Git(format!("https://gist.github.com/{text}.git")),
            _ => Source::Registry(Some(without_credentials(text))),
        });
        let reference = arguments.iter().skip(1).filter_map(|a| ruby::option(a));
        let reference = reference
            .filter(|(key, _)| matches!(*key, "ref" | "tag" | "branch"))
            .find_map(|(_, v)| ruby::literal(v));
        if let (Some(Source::Git(url)), Some(reference)) = (&mut self.source, reference) {
            *url = format!("{url}#{reference}");
        }
    }
}

/// Whether a statement opens a block that an `end` closes.
fn opens(tokens: &[Token<'_>]) -> bool {
    let ends = tokens.iter().skip(1).any(|t| *t == Token::Word("end"));
    let block = tokens.contains(&Token::Word("do"));
    let begins = |token: Option<&Token<'_>>| {
        matches!(
            token,
            Some(Token::Word(
                "if" | "unless" | "case" | "begin" | "def" | "class" | "module" | "while" | "until" | "for"
            ))
        )
    };
    // `x = if …` opens one too; `gem "x" if …` does not.
    let assigned =
        tokens.iter().position(|t| *t == Token::Mark('=')).is_some_and(|at| begins(tokens.get(at + 1)));
    (block || begins(tokens.first()) || assigned) && !ends
}

/// The scope of a gem in these groups: the strongest. A group of unknown meaning counts as shipped.
fn scope_of(names: &[&str]) -> Option<Scope> {
    names
        .iter()
        .map(|name| match name.to_ascii_lowercase().as_str() {
            "test" | "tests" | "testing" | "spec" | "rspec" | "cucumber" | "acceptance" | "system_tests" => {
                Scope::Test
            }
            "development" | "dev" | "develop" | "doc" | "docs" | "documentation" | "lint" | "linting"
            | "rubocop" | "ci" | "debug" | "benchmark" | "benchmarks" | "tools" | "tooling" | "local" => {
                Scope::Dev
            }
            _ => Scope::Runtime,
        })
        .min()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, String, Scope)> {
        let mut found = Found::new("Gemfile", "gemfile");
        Gemfile.extract(&File::new("Gemfile", text.as_bytes()), &mut found);
        let all = found.manifest.map(|m| m.requirements).unwrap_or_default();
        all.into_iter().map(|r| (r.name, r.range, r.scope)).collect()
    }

    #[test]
    fn groups_and_conditions() {
        let got = read(
            "source 'https://gems.example'\ngem 'a', '~> 1', '>= 1.1'\ngroup :development, :test do\n  gem 'b'\n  if x\n    gem 'c', require: false\n  end\nend\n\
             gem \"d\", group: :test if ENV['X']\ngroup(:production) do gem 'e' end\ngem 'f', platforms: %i[mingw]\ngem name\n",
        );
        let row = |name: &str, range: &str, scope| (name.to_string(), range.to_string(), scope);
        assert_eq!(
            got,
            [
                row("a", "~> 1, >= 1.1", Scope::Runtime),
                row("b", "", Scope::Dev),
                row("c", "", Scope::Dev),
                row("d", "", Scope::Test),
                row("f", "", Scope::Optional),
            ]
        );
    }
}
