//! `go.mod`: the modules that Go's minimal version selection starts from.
//!
//! Since Go 1.17 the file lists every module that is needed to build the main module, the indirect ones marked,
//! but never who asks for whom. The format: the Go Modules Reference, "go.mod files".

use std::collections::{HashMap, HashSet};

use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Purl, Scope, Source};

use super::{Extractor, File};

/// Reads `go.mod`.
pub struct GoMod;

impl Extractor for GoMod {
    fn name(&self) -> &'static str {
        "go-mod"
    }

    fn files(&self) -> &'static [&'static str] {
        &["go.mod"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(text) = file.text(found) else { return };
        let mut module = GoModule::default();
        module.read(text, found);
        module.finish(found);
    }
}

#[derive(Default)]
struct GoModule {
    name: Option<(String, u32)>,
    go: Option<(String, u32)>,
    toolchain: Option<(String, u32)>,
    requires: Vec<Require>,
    replaces: Vec<Replace>,
    /// Versions that are never used: module and version.
    excludes: HashSet<(String, String)>,
}

struct Require {
    module: String,
    version: String,
    indirect: bool,
    line: u32,
}

/// One module in the place of another: `module [version] => folder or module version`.
pub(super) struct Replace {
    pub(super) module: String,
    /// Only this version of it.
    pub(super) version: Option<String>,
    pub(super) by: String,
    /// None where a folder replaces it.
    pub(super) by_version: Option<String>,
}

impl Replace {
    pub(super) fn read(rest: &[String]) -> Option<Replace> {
        let arrow = rest.iter().position(|w| w == "=>")?;
        Some(Replace {
            module: rest.first().filter(|_| arrow > 0)?.clone(),
            version: rest.get(1).filter(|_| arrow == 2).cloned(),
            by: rest.get(arrow + 1)?.clone(),
            by_version: rest.get(arrow + 2).cloned(),
        })
    }
}

/// Gives each statement of a go.mod or a go.work: verb, words, comment, line. Says whether a block is left open.
pub(super) fn statements(text: &str, mut each: impl FnMut(&str, &[String], &str, u32)) -> bool {
    let mut block: Option<String> = None;
    for (number, raw) in (1u32..).zip(text.lines()) {
        let (code, comment) = match raw.find("//") {
            Some(at) => (&raw[..at], raw[at + 2..].trim()),
            None => (raw, ""),
        };
        let words = words(code);
        let Some(first) = words.first() else { continue };
        if block.is_some() && first == ")" {
            block = None;
            continue;
        }
        match &block {
            Some(verb) => each(verb, &words, comment, number),
            None if words.get(1).is_some_and(|w| w == "(") => block = Some(first.clone()),
            None => each(first, &words[1..], comment, number),
        }
    }
    block.is_some()
}

/// What a module of others asks for: names, and whether only for the sake of others.
pub(crate) fn asked(text: &str) -> Vec<(String, bool)> {
    let mut module = GoModule::default();
    module.read(text, &mut Found::new("go.mod", "go-mod"));
    module.requires.into_iter().map(|r| (r.module, r.indirect)).collect()
}

impl GoModule {
    fn read(&mut self, text: &str, found: &mut Found) {
        let open = statements(text, |verb, rest, comment, line| self.line(verb, rest, comment, line, found));
        if open {
            found.lost(None, "a block of the go.mod is not closed; the file may be cut off");
        }
    }

    fn line(&mut self, verb: &str, rest: &[String], comment: &str, line: u32, found: &mut Found) {
        let word = |i: usize| rest.get(i).map(String::as_str);
        match verb {
            "module" => self.name = word(0).map(|n| (n.to_string(), line)),
            "go" => self.go = word(0).map(|v| (v.to_string(), line)),
            "toolchain" => self.toolchain = word(0).map(|v| (v.to_string(), line)),
            "require" => match (word(0), word(1).filter(|v| is_version(v))) {
                (Some(module), Some(version)) => self.requires.push(Require {
                    module: module.to_string(),
                    version: version.to_string(),
                    indirect: comment.split(';').any(|c| c.trim() == "indirect"),
                    line,
                }),
                _ => found.lost(Some(line), "a requirement without module and version was left out"),
            },
            "replace" => match Replace::read(rest) {
                Some(replace) => self.replaces.push(replace),
                None => found.odd(Some(line), "a replacement that has not the form `a => b` was left out"),
            },
            "exclude" => {
                if let (Some(module), Some(version)) = (word(0), word(1)) {
                    self.excludes.insert((module.to_string(), version.to_string()));
                }
            }
            // Retractions only matter to the go command when it chooses versions. The module of a tool is required on a
            // line of its own.
            "retract" | "godebug" | "ignore" | "tool" => {}
            other => {
                found.odd(Some(line), format!("`{other}` is not known in a go.mod; the line was left out"))
            }
        }
    }

    fn finish(self, found: &mut Found) {
        if self.name.is_none() && self.requires.is_empty() {
            return;
        }
        let pruned = self.go.as_ref().is_some_and(|(v, _)| at_least(v, 17));
        let (depth, why) = if pruned {
            (GraphDepth::Flat, "go.mod lists every module since Go 1.17, but not who asks for whom")
        } else {
            (
                GraphDepth::DirectOnly,
                "a go.mod from before Go 1.17 lists only what the module itself asks for",
            )
        };
        found.lock(Ecosystem::Golang, depth, why);
        let (name, line) = self.name.clone().unwrap_or_default();
        let mut main = FoundPackage::new(Purl::golang(&name, ""), (line > 0).then_some(line));
        main.first_party = true;
        main.dir = Some(String::new());
        main.source = Source::Path(String::new());
        let root = found.package(main);
        let mut seen = std::collections::BTreeMap::new();
        let replaces: Replaces<'_> =
            self.replaces.iter().map(|r| ((r.module.as_str(), r.version.as_deref()), r)).collect();
        // A requirement of an excluded version is ignored, says the Go Modules Reference, "exclude directive".
        let excluded = |r: &&Require| {
            !self.excludes.is_empty() && self.excludes.contains(&(r.module.clone(), r.version.clone()))
        };
        for require in self.requires.iter().filter(|r| !excluded(r)) {
            let mut package = resolve(require, &replaces);
            package.direct = Some(!require.indirect);
            let other_name = package.purl.full_name() != require.module;
            let index = match seen.get(&package.purl) {
                Some(&index) => {
                    let known: &mut FoundPackage = &mut found.packages[index];
                    known.direct = Some(known.direct == Some(true) || !require.indirect);
                    index
                }
                None => {
                    let purl = package.purl.clone();
                    let index = found.package(package);
                    seen.insert(purl, index);
                    index
                }
            };
            // Others ask for it by the name that it had.
            if other_name {
                found.keys.push((require.module.clone(), index));
            }
            // Go marks a module that only a `tool` line asks for as indirect. One without the mark is imported by the
            // module's own packages, whatever tools it provides beside.
            if !require.indirect && !found.packages[index].first_party {
                found.edge(root, index, Scope::Runtime);
            }
        }
        // The standard library is compiled in too. Its version is the toolchain's; since Go 1.21 the language
        // version is also the least toolchain, while before it said nothing about what is compiled in.
        let toolchain = self.toolchain.as_ref().and_then(|(v, l)| Some((release(v)?.to_string(), *l)));
        let least = self.go.filter(|(v, _)| at_least(v, 21));
        if let Some((version, line)) = toolchain.or(least) {
            let mut stdlib = FoundPackage::new(Purl::golang("stdlib", &version), Some(line));
            stdlib.direct = Some(true);
            let index = found.package(stdlib);
            found.edge(root, index, Scope::Runtime);
        }
    }
}

/// Replacements by the module, and the version if they are for one only; the last one counts.
type Replaces<'r> = HashMap<(&'r str, Option<&'r str>), &'r Replace>;

/// Applies the replacement for a requirement, if there is one; one for a version wins over one for all.
fn resolve(require: &Require, replaces: &Replaces<'_>) -> FoundPackage {
    let (module, version) = (require.module.as_str(), require.version.as_str());
    let replace = replaces.get(&(module, Some(version))).or_else(|| replaces.get(&(module, None)));
    let line = Some(require.line);
    match replace {
        Some(Replace { by, by_version: Some(version), .. }) => {
            FoundPackage::new(Purl::golang(by, version), line)
        }
        Some(Replace { by, by_version: None, .. }) if is_local(by) => {
            // The module is built from a folder beside this one, so its bytes are the project's own.
            let mut package = FoundPackage::new(Purl::golang(module, version), line);
            package.source = Source::Path(by.clone());
            package
        }
        _ => FoundPackage::new(Purl::golang(module, version), line),
    }
}

/// Whether a replacement is a folder.
pub(super) fn is_local(path: &str) -> bool {
    path.starts_with("./") || path.starts_with("../") || path.starts_with('/') || path == "." || path == ".."
}

/// Whether a Go version is 1.`minor` or newer.
fn at_least(version: &str, minor: u32) -> bool {
    let mut parts = version.split('.').map(|p| {
        let digits: String = p.chars().take_while(char::is_ascii_digit).collect();
        digits.parse::<u32>().unwrap_or(0)
    });
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0)) >= (1, minor)
}

/// The release that a toolchain is: `go1.23.6`, or `go1.23.6-house` for one that somebody built from it. `default` is none.
fn release(toolchain: &str) -> Option<&str> {
    let version = toolchain.strip_prefix("go").unwrap_or(toolchain);
    let version = version.split('-').next().unwrap_or(version);
    version.starts_with(|c: char| c.is_ascii_digit()).then_some(version)
}

/// Go's versions begin with a `v` and a digit.
fn is_version(word: &str) -> bool {
    word.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// Splits a line into words; a quoted word loses its quotes, a bracket stands alone.
fn words(code: &str) -> Vec<String> {
    let mut words = Vec::new();
    for part in code.split_whitespace() {
        let part = part.trim_matches(|c| c == '"' || c == '`');
        match part.strip_suffix('(') {
            Some("") | None => words.push(part.to_string()),
            Some(verb) => words.extend([verb.to_string(), "(".to_string()]),
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Found {
        let mut found = Found::new("go.mod", "go-mod");
        GoMod.extract(&File::new("go.mod", text.as_bytes()), &mut found);
        found
    }

    #[test]
    fn many_requirements_and_replacements() {
        let mut text = String::from("module m.example/m\n");
        for at in 0..20_000 {
            text.push_str(&format!(
                "require a{at}.example/x v1.0.0\nreplace a{at}.example/x v1.0.0 => b.example/y v2.0.{at}\n"
            ));
        }
        let begun = std::time::Instant::now();
        let found = read(&text);
        assert!(begun.elapsed().as_secs() < 10);
        assert_eq!(found.packages[20_000].purl.to_string(), "pkg:golang/b.example/y@v2.0.19999");
    }

    #[test]
    fn toolchains() {
        assert_eq!(release("go1.23.6"), Some("1.23.6"));
        assert_eq!(release("go1.23.6-house"), Some("1.23.6"));
        assert_eq!(release("default"), None);
        let found = read("module example.com/m\n\ngo 1.20\n\ntoolchain default\n");
        assert!(found.packages.iter().all(|p| p.purl.name != "stdlib"));
    }

    #[test]
    fn replacements_change_identity_or_source() {
        let found = read(
            "module example.com/m\n\ngo 1.22\n\nrequire (\n\ta.example/x v1.0.0\n\tb.example/y v2.0.0 // indirect\n\
             \tc.example/z v1.1.0\n)\nreplace a.example/x => d.example/fork v1.0.1\n\
             replace c.example/z v1.1.0 => ../z\n",
        );
        let names: Vec<_> = found.packages.iter().map(|p| p.purl.to_string()).collect();
        assert_eq!(
            names,
            [
                "pkg:golang/example.com/m",
                "pkg:golang/d.example/fork@v1.0.1",
                "pkg:golang/b.example/y@v2.0.0",
                "pkg:golang/c.example/z@v1.1.0",
                "pkg:golang/stdlib@1.22"
            ]
        );
        assert_eq!(found.packages[3].source, Source::Path("../z".into()));
        assert_eq!(found.packages[2].direct, Some(false));
        assert_eq!(found.packages[1].line, Some(6));
        assert!(found.problems.is_empty());
    }

    #[test]
    fn an_excluded_version_is_not_used() {
        let found = read(
            "module m\nexclude a.example/x v1.0.0\nexclude (\n\tb.example/y v2.0.1\n)\nrequire (\n\ta.example/x v1.0.0\n\t\
             b.example/y v2.0.0\n)\n",
        );
        let names: Vec<_> = found.packages.iter().map(|p| p.purl.to_string()).collect();
        assert_eq!(names, ["pkg:golang/m", "pkg:golang/b.example/y@v2.0.0"]);
    }

    #[test]
    fn a_cut_off_file_keeps_what_was_read() {
        let found = read("module m\ngo 1.21\nrequire (\n\ta.example/x v1.0.0\n\tb.exam");
        assert_eq!(found.packages.len(), 3);
        assert!(found.problems.iter().any(|p| p.loses));
    }
}
