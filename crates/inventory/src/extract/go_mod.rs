//! `go.mod`: the modules that Go's minimal version selection starts from.
//!
//! Since Go 1.17 the file lists every module that is needed to build the main module, the indirect ones marked,
//! but never who asks for whom. The format: the Go Modules Reference, "go.mod files".

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
    tools: Vec<String>,
}

struct Require {
    module: String,
    version: String,
    indirect: bool,
    line: u32,
}

struct Replace {
    module: String,
    version: Option<String>,
    by: String,
    by_version: Option<String>,
}

impl GoModule {
    fn read(&mut self, text: &str, found: &mut Found) {
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
            let (verb, rest): (String, &[String]) = match &block {
                Some(verb) => (verb.clone(), &words),
                None if words.get(1).is_some_and(|w| w == "(") => {
                    block = Some(first.clone());
                    continue;
                }
                None => (first.clone(), &words[1..]),
            };
            self.line(&verb, rest, comment, number, found);
        }
        if block.is_some() {
            found.lost(None, "a block of the go.mod is not closed; the file may be cut off");
        }
    }

    fn line(&mut self, verb: &str, rest: &[String], comment: &str, line: u32, found: &mut Found) {
        let word = |i: usize| rest.get(i).map(String::as_str);
        match verb {
            "module" => self.name = word(0).map(|n| (n.to_string(), line)),
            "go" => self.go = word(0).map(|v| (v.to_string(), line)),
            "toolchain" => self.toolchain = word(0).map(|v| (v.to_string(), line)),
            "tool" => self.tools.extend(word(0).map(str::to_string)),
            "require" => match (word(0), word(1).filter(|v| is_version(v))) {
                (Some(module), Some(version)) => self.requires.push(Require {
                    module: module.to_string(),
                    version: version.to_string(),
                    indirect: comment.split(';').any(|c| c.trim() == "indirect"),
                    line,
                }),
                _ => found.lost(Some(line), "a requirement without module and version was left out"),
            },
            "replace" => {
                let arrow = rest.iter().position(|w| w == "=>");
                let by = arrow.and_then(|a| word(a + 1));
                match (word(0), arrow, by) {
                    (Some(module), Some(arrow), Some(by)) => self.replaces.push(Replace {
                        module: module.to_string(),
                        version: (arrow == 2).then(|| rest[1].clone()),
                        by: by.to_string(),
                        by_version: word(arrow + 2).map(str::to_string),
                    }),
                    _ => found.odd(Some(line), "a replacement that has not the form `a => b` was left out"),
                }
            }
            // Exclusions and retractions only matter to the go command when it chooses versions.
            "exclude" | "retract" | "godebug" | "ignore" => {}
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
        for require in &self.requires {
            let mut package = self.resolve(require);
            package.direct = Some(!require.indirect);
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
            // A module that only provides a tool of a `tool` line is used by developers, not shipped.
            let is_tool = |t: &String| *t == require.module || t.starts_with(&format!("{}/", require.module));
            if !require.indirect && !found.packages[index].first_party {
                let scope = if self.tools.iter().any(is_tool) { Scope::Dev } else { Scope::Runtime };
                found.edge(root, index, scope);
            }
        }
        // The standard library is compiled in too. Its version is the toolchain's; since Go 1.21 the language
        // version is also the least toolchain, while before it said nothing about what is compiled in.
        let toolchain = self.toolchain.as_ref().map(|(v, l)| (v.trim_start_matches("go").to_string(), *l));
        let least = self.go.filter(|(v, _)| at_least(v, 21));
        if let Some((version, line)) = toolchain.or(least) {
            let mut stdlib = FoundPackage::new(Purl::golang("stdlib", &version), Some(line));
            stdlib.direct = Some(true);
            let index = found.package(stdlib);
            found.edge(root, index, Scope::Runtime);
        }
    }

    /// Applies the replacement for a requirement, if there is one; one for a version wins over one for all.
    fn resolve(&self, require: &Require) -> FoundPackage {
        let matching = |r: &&Replace| {
            r.module == require.module && r.version.as_ref().is_none_or(|v| *v == require.version)
        };
        let replace = self.replaces.iter().filter(matching).max_by_key(|r| r.version.is_some());
        let line = Some(require.line);
        match replace {
            Some(Replace { by, by_version: Some(version), .. }) => {
                FoundPackage::new(Purl::golang(by, version), line)
            }
            Some(Replace { by, by_version: None, .. }) if is_local(by) => {
                // The module is built from a folder beside this one, so its bytes are the project's own.
                let mut package = FoundPackage::new(Purl::golang(&require.module, &require.version), line);
                package.source = Source::Path(by.clone());
                package
            }
            _ => FoundPackage::new(Purl::golang(&require.module, &require.version), line),
        }
    }
}

fn is_local(path: &str) -> bool {
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
    fn a_cut_off_file_keeps_what_was_read() {
        let found = read("module m\ngo 1.21\nrequire (\n\ta.example/x v1.0.0\n\tb.exam");
        assert_eq!(found.packages.len(), 3);
        assert!(found.problems.iter().any(|p| p.loses));
    }
}
