//! `conanfile.txt` and `conanfile.py`: the packages that a recipe of Conan names.

use std::collections::HashMap;

use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Purl, Scope, Source};

use super::conan_lock;
use super::lexer::{Syntax, Tokens};
use super::npm::assembly::Assembly;
use super::requirement::license;
use super::{Extractor, File};

const WHY: &str =
    "a recipe names what it asks for itself; the versions of the rest are chosen when it is installed";

/// Sections and lists that name packages, with what these are for.
fn scope_of(list: &str) -> Option<Scope> {
    match list {
        "requires" | "requirements" => Some(Scope::Runtime),
        "build_requires" | "tool_requires" | "python_requires" | "build_requirements" => Some(Scope::Build),
        "test_requires" => Some(Scope::Test),
        _ => None,
    }
}

/// What a recipe writes for the version of a tool that is to be the version of the library.
const HOST_VERSION: &str = "<host_version>";

/// Gives such tools the version of the library that the same recipe asks for.
fn host_versions(found: &mut Found) {
    let versions: HashMap<String, Purl> = found
        .packages
        .iter()
        .filter(|p| p.purl.version.is_some())
        .map(|p| (p.purl.name.clone(), p.purl.clone()))
        .collect();
    for package in found.packages.iter_mut().filter(|p| p.requested.as_deref() == Some(HOST_VERSION)) {
        package.requested = None;
        if let Some(purl) = versions.get(&package.purl.name) {
            package.purl.clone_from(purl);
        }
    }
}

/// A reference of a recipe. A range in brackets is no version.
fn package(reference: &str, scope: Scope, line: u32) -> Option<FoundPackage> {
    let plain = reference.trim();
    let (name, rest) = plain.split_once('/')?;
    let purl = match rest.trim_start().strip_prefix('[') {
        // The version that is asked for to run with: the same package, built for the machine that builds.
        None if rest.trim() == HOST_VERSION => {
            let mut package = FoundPackage::new(Purl::named("conan", name.trim(), ""), Some(line));
            package.requested = Some(HOST_VERSION.to_string());
            package
        }
        Some(range) => {
            let range = range.split(']').next()?;
            let mut package = FoundPackage::new(Purl::named("conan", name.trim(), ""), Some(line));
            package.requested = Some(range.trim().to_string());
            package
        }
        None => FoundPackage::new(conan_lock::read(plain)?, Some(line)),
    };
    let good = |c: char| c.is_ascii_alphanumeric() || "._+-".contains(c);
    if !purl.purl.name.chars().all(good)
        || !purl.purl.version().chars().all(|c| good(c) || "~^<>=*".contains(c))
    {
        return None;
    }
    let mut package = purl;
    package.source = Source::Registry(None);
    package.scope = Some(scope);
    package.direct = Some(true);
    Some(package)
}

/// Reads `conanfile.txt`.
pub struct ConanfileTxt;

impl Extractor for ConanfileTxt {
    fn name(&self) -> &'static str {
        "conanfile-txt"
    }

    fn files(&self) -> &'static [&'static str] {
        &["conanfile.txt"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(text) = file.text(found) else { return };
        let (mut scope, mut seen) = (None, false);
        let mut assembly = Assembly::new(found);
        for (number, line) in (1u32..).zip(text.lines()) {
            let line = without_comment(line).trim();
            if line.is_empty() {
                continue;
            }
            if let Some(section) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
                scope = scope_of(section.trim());
                seen |= scope.is_some();
                continue;
            }
            let Some(scope) = scope else { continue };
            match package(line, scope, number) {
                Some(package) => {
                    assembly.third_party(package);
                }
                None => {
                    assembly.found.lost(Some(number), "this line is no reference of Conan's and was left out")
                }
            }
        }
        if seen {
            found.lock(Ecosystem::Conan, GraphDepth::DirectOnly, WHY);
            found.precedence = 1;
        }
    }
}

/// A `#` behind a version begins a revision, one behind a blank begins a comment.
fn without_comment(line: &str) -> &str {
    let begins =
        |(at, _): &(usize, &str)| *at == 0 || line.get(..*at).is_some_and(|b| b.ends_with([' ', '\t']));
    line.match_indices('#').find(begins).map_or(line, |(at, _)| line.get(..at).unwrap_or(""))
}

/// Python as far as a recipe needs it.
const PYTHON: Syntax = Syntax {
    comments: &["#"],
    blocks: &[],
    quotes: &[
        ("\"\"\"", "\"\"\"", true, true),
        ("'''", "'''", true, true),
        ("\"", "\"", true, false),
        ("'", "'", true, false),
    ],
    word: "",
    inside: "",
    heredocs: false,
};

/// Reads `conanfile.py`.
pub struct ConanfilePy;

impl Extractor for ConanfilePy {
    fn name(&self) -> &'static str {
        "conanfile-py"
    }

    fn files(&self) -> &'static [&'static str] {
        &["conanfile.py"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(text) = file.text(found) else { return };
        let tokens = Tokens::read(text, &PYTHON);
        tokens.report(found);
        if !tokens.all.iter().any(|t| t.word() == Some("ConanFile")) {
            return;
        }
        let mut assembly = Assembly::new(found);
        let (mut name, mut version, mut licenses) = (None, "", Vec::new());
        let mut read = 0;
        for at in 0..tokens.all.len() {
            if at < read {
                continue;
            }
            let Some(word) = tokens.at(at).and_then(|t| t.word()) else { continue };
            let behind = |mark: char| tokens.at(at + 1).is_some_and(|t| t.is(mark));
            let member = at.checked_sub(1).and_then(|b| tokens.at(b)).is_some_and(|t| t.is('.'));
            let equals = behind('=') && !tokens.at(at + 2).is_some_and(|t| t.is('='));
            // Attributes of the class: one text, or several with commas or brackets.
            let value = match (equals && !member, behind('(') && member) {
                (true, _) => attribute(&tokens, at + 2),
                (_, true) => {
                    let first = tokens.parts(tokens.inside(at + 1), ',').into_iter().next();
                    first.unwrap_or(at..at)
                }
                _ => continue,
            };
            // What stands in a value was read with it; brackets that do not close would be read again and again.
            if scope_of(word).is_some() || matches!(word, "name" | "version" | "license") {
                read = value.end;
            }
            // `f"…"` is computed: what stands in it is no reference.
            let computed = |i: usize| {
                i.checked_sub(1)
                    .and_then(|b| tokens.at(b))
                    .and_then(|t| t.word())
                    .is_some_and(|w| w.len() <= 2)
            };
            let texts = value.clone().filter(|i| !computed(*i)).filter_map(|i| {
                let token = tokens.at(i)?;
                Some((token.text()?, token.line))
            });
            match (word, scope_of(word)) {
                (_, Some(scope)) => {
                    for (reference, line) in texts.filter(|(text, _)| text.contains('/')) {
                        match package(reference, scope, line) {
                            Some(package) => {
                                assembly.third_party(package);
                            }
                            None => assembly.found.lost(
                                Some(line),
                                format!("`{reference}` is no reference of Conan's and was left out"),
                            ),
                        }
                    }
                    for line in value.filter(|i| computed(*i)).filter_map(|i| tokens.at(i)).map(|t| t.line) {
                        assembly.found.odd(Some(line), "this reference is computed and was left out");
                    }
                }
                ("name", _) if equals && name.is_none() => {
                    name = texts.into_iter().next().map(|(text, line)| (text.to_string(), line));
                }
                ("version", _) if equals && version.is_empty() => {
                    version = value.clone().find_map(|i| tokens.at(i)?.text()).unwrap_or("");
                }
                ("license", _) if equals && licenses.is_empty() => {
                    licenses = texts.filter_map(|(text, line)| license(text, Some(line))).collect();
                }
                _ => {}
            }
        }
        if let Some((name, line)) = name {
            let mut own = FoundPackage::new(Purl::named("conan", &name, version), Some(line));
            own.licenses = licenses;
            assembly.first_party(String::new(), own);
        }
        host_versions(found);
        if !found.packages.is_empty() {
            found.lock(Ecosystem::Conan, GraphDepth::DirectOnly, WHY);
            found.precedence = 1;
        }
    }
}

/// The tokens of a value: texts with commas between them, or what is in brackets.
fn attribute(tokens: &Tokens<'_>, from: usize) -> std::ops::Range<usize> {
    let open = tokens.at(from).is_some_and(|t| t.is('(') || t.is('['));
    if open {
        return tokens.inside(from);
    }
    let part = |i: usize| tokens.at(i).is_some_and(|t| t.text().is_some() || t.is(','));
    let end = (from..tokens.all.len()).find(|i| !part(*i)).unwrap_or(tokens.all.len());
    from..end
}
