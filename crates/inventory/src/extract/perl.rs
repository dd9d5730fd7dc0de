//! `cpanfile`, `cpanfile.snapshot` and `META.json`: distributions of Perl.

use std::collections::HashMap;

use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Purl, Requirement, Scope, Source};

use super::lexer::{Syntax, Tokens};
use super::npm::assembly::Assembly;
use super::npm::block::{self, Value};
use super::requirement::{asked, license, manifest, unique};
use super::tree::{self, Tree};
use super::{Extractor, File};

/// A module, by the distribution that is mostly called like it.
fn module(name: &str, range: &str, scope: Scope, line: Option<u32>) -> Option<Requirement> {
    // The language itself and modules in core have no distribution of that name.
    if matches!(name, "perl" | "strict" | "warnings" | "utf8" | "lib" | "vars" | "overload") {
        return None;
    }
    let good = !name.is_empty()
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b':' | b'-'));
    good.then(|| {
        let range = if range == "0" { "" } else { range };
        let mut requirement = asked(&name.replace("::", "-"), range, scope, line);
        requirement.alias = Some(name.to_string()).filter(|alias| *alias != requirement.name);
        requirement
    })
}

/// Reads `cpanfile.snapshot`.
pub struct CpanSnapshot;

impl Extractor for CpanSnapshot {
    fn name(&self) -> &'static str {
        "cpanfile-snapshot"
    }

    fn files(&self) -> &'static [&'static str] {
        &["cpanfile.snapshot"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(text) = file.text(found) else { return };
        if !text.lines().any(|l| l.trim_end() == "DISTRIBUTIONS") {
            if !text.trim().is_empty() {
                found.lost(Some(1), "no list of distributions was found in it");
            }
            return;
        }
        let why = "cpanfile.snapshot holds every distribution and the modules that it asks for";
        found.lock(Ecosystem::Cpan, GraphDepth::Full, why);
        let mut assembly = Assembly::new(found);
        let mut provides: HashMap<&str, usize> = HashMap::new();
        let mut asking: Vec<(usize, &str)> = Vec::new();
        let (mut current, mut id, mut list) = (None, ("", 0), "");
        for (number, line) in (1u32..).zip(text.lines()) {
            let indent = line.len() - line.trim_start().len();
            let line = line.trim();
            match indent {
                2 => {
                    (current, id, list) = (None, (line, number), "");
                }
                4 => {
                    let (key, value) = line.split_once(':').unwrap_or((line, ""));
                    list = key;
                    if key == "pathname" {
                        match distribution(id.0, value.trim(), if id.1 > 0 { id.1 } else { number }) {
                            Some(package) => current = Some(assembly.third_party(package)),
                            None => {
                                assembly
                                    .found
                                    .lost(Some(number), "this path names no distribution and was left out");
                            }
                        }
                    }
                }
                6 => {
                    let name = line.split_whitespace().next().unwrap_or("");
                    match (current, list) {
                        (Some(at), "provides") => {
                            provides.entry(name).or_insert(at);
                        }
                        (Some(at), "requirements") => asking.push((at, name)),
                        _ => {}
                    }
                }
                _ => {}
            }
        }
        // Modules that come with Perl are asked for and in no distribution here.
        for (from, module) in asking {
            if let Some(to) = provides.get(module) {
                assembly.edge(from, *to, Scope::Runtime);
            }
        }
        found.keys = provides.into_iter().map(|(name, at)| (name.to_string(), at)).collect();
        found.keys.sort();
    }
}

/// `A/AU/AUTHOR/Name-1.0.tar.gz`.
fn distribution(id: &str, path: &str, line: u32) -> Option<FoundPackage> {
    let mut parts = path.rsplit('/');
    let file = parts.next()?;
    let author = path.split('/').nth(2).unwrap_or("");
    let endings = [".tar.gz", ".tgz", ".tar.bz2", ".zip"];
    let stem = endings.iter().find_map(|end| file.strip_suffix(end)).unwrap_or(id);
    let (name, version) = split(stem)?;
    let mut purl = Purl::named("cpan", name, version);
    let capital = !author.is_empty()
        && author.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-');
    purl.namespace = capital.then(|| author.to_string());
    let mut package = FoundPackage::new(purl, Some(line));
    package.source = Source::Registry(None);
    Some(package)
}

/// `Name-Of-It-v1.2.3`: the version begins behind the last hyphen before a digit.
fn split(stem: &str) -> Option<(&str, &str)> {
    let begins = |rest: &str| {
        let rest = rest.strip_prefix('v').unwrap_or(rest);
        rest.starts_with(|c: char| c.is_ascii_digit())
    };
    let cut = stem.rmatch_indices('-').find(|(at, _)| begins(stem.get(at + 1..).unwrap_or("")));
    let (at, _) = cut?;
    Some((stem.get(..at).filter(|n| !n.is_empty())?, stem.get(at + 1..)?))
}

/// Reads `cpanfile`.
pub struct Cpanfile;

const PERL: Syntax = Syntax {
    comments: &["#"],
    blocks: &[],
    quotes: &[("\"", "\"", true, false), ("'", "'", true, false)],
    word: ":.",
    inside: "",
    heredocs: false,
};

impl Extractor for Cpanfile {
    fn name(&self) -> &'static str {
        "cpanfile"
    }

    fn files(&self) -> &'static [&'static str] {
        &["cpanfile"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(text) = file.text(found) else { return };
        let tokens = Tokens::read(text, &PERL);
        tokens.report(found);
        let mut own = manifest(Ecosystem::Cpan, "", "", None);
        // Where a block of a phase or of a feature ends, and what holds inside of it.
        let mut open: Vec<(usize, Scope)> = Vec::new();
        for (at, token) in tokens.all.iter().enumerate() {
            open.retain(|(end, _)| at < *end);
            let Some(word) = token.word() else { continue };
            let around = open.iter().map(|(_, scope)| *scope).max().unwrap_or_default();
            if matches!(word, "on" | "feature") {
                let phase = tokens.at(at + 1).and_then(|t| t.value()).unwrap_or("");
                let scope = match (word, phase) {
                    ("feature", _) => Scope::Optional,
                    (_, "test") => Scope::Test,
                    (_, "develop") => Scope::Dev,
                    (_, "build" | "configure") => Scope::Build,
                    _ => Scope::Runtime,
                };
                let brace = (at + 1..(at + 10).min(tokens.all.len()))
                    .find(|i| tokens.at(*i).is_some_and(|t| t.is('{')));
                if open.len() < 8 {
                    open.extend(brace.map(|brace| (tokens.close(brace), scope)));
                }
                continue;
            }
            let scope = match word {
                "requires" => Scope::Runtime,
                "recommends" | "suggests" => Scope::Optional,
                "test_requires" => Scope::Test,
                "author_requires" => Scope::Dev,
                "build_requires" | "configure_requires" => Scope::Build,
                _ => continue,
            };
            let Some(name) = tokens.at(at + 1).and_then(|t| t.text()) else {
                found.odd(Some(token.line), "the module is computed and was left out");
                continue;
            };
            // `=> '1.0'`, `, 1.0`, or nothing before the semicolon.
            let mark = |i: usize, c: char| tokens.at(i).is_some_and(|t| t.is(c));
            let value = match (mark(at + 2, ','), mark(at + 2, '=') && mark(at + 3, '>')) {
                (true, _) => at + 3,
                (_, true) => at + 4,
                _ => usize::MAX,
            };
            let range = tokens.at(value).and_then(|t| t.value()).unwrap_or("");
            own.requirements.extend(module(name, range, scope.max(around), Some(token.line)));
        }
        if own.requirements.is_empty() {
            return;
        }
        own.requirements.sort_by_key(|r| r.scope);
        unique(&mut own.requirements);
        found.manifest(Ecosystem::Cpan, own);
    }
}

/// Reads `META.json` and `META.yml`.
pub struct CpanMeta;

impl Extractor for CpanMeta {
    fn name(&self) -> &'static str {
        "cpan-meta"
    }

    fn files(&self) -> &'static [&'static str] {
        &["META.json", "META.yml"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        if file.name().ends_with(".yml") { yml(file, found) } else { json(file, found) }
    }
}

fn json(file: &File<'_>, found: &mut Found) {
    let top = tree::read(file, found);
    let (Some(name), Some(version)) = (top.text_of("name"), top.text_of("version")) else { return };
    // Other archives copied the form.
    let foreign = top.get("meta-spec").and_then(|m| m.text_of("url")).is_some_and(|url| url.contains("pgxn"));
    if foreign || name.is_empty() {
        return;
    }
    let mut own = manifest(Ecosystem::Cpan, &name.replace("::", "-"), version, name.line(file));
    let stated = top.items_of("license").iter().chain(top.get("license")).filter_map(Tree::text);
    own.package.licenses = stated.filter_map(|l| license(l, l.line(file))).collect();
    for (phase, kinds) in top.entries_of("prereqs") {
        for (kind, modules) in kinds.entries() {
            let Some(scope) = scope_of(phase, kind) else { continue };
            for (name, range) in modules.entries() {
                let range = range.text().map_or("", |r| r.trim());
                own.requirements.extend(module(name, range, scope, name.line(file)));
            }
        }
    }
    own.requirements.sort_by_key(|r| r.scope);
    unique(&mut own.requirements);
    found.manifest(Ecosystem::Cpan, own);
}

fn scope_of(phase: &str, kind: &str) -> Option<Scope> {
    let phase = match phase {
        "runtime" => Scope::Runtime,
        "build" | "configure" => Scope::Build,
        "test" => Scope::Test,
        _ => Scope::Dev,
    };
    match kind {
        "requires" => Some(phase),
        "recommends" | "suggests" => Some(phase.max(Scope::Optional)),
        _ => None,
    }
}

fn yml(file: &File<'_>, found: &mut Found) {
    let documents = block::read(file, found);
    let both = |d: &&Value<'_>| d.text_of("name").is_some() && d.text_of("version").is_some();
    let Some(top) = documents.iter().find(both) else { return };
    let line = |key: &str| top.fields().iter().find(|f| f.key == key).map(|f| f.line);
    let (name, version) = (top.text_of("name").unwrap_or(""), top.text_of("version").unwrap_or(""));
    let mut own = manifest(Ecosystem::Cpan, &name.replace("::", "-"), version, line("name"));
    own.package.licenses.extend(top.text_of("license").and_then(|l| license(l, line("license"))));
    let lists = [
        ("requires", Scope::Runtime),
        ("recommends", Scope::Optional),
        ("build_requires", Scope::Build),
        ("configure_requires", Scope::Build),
        ("test_requires", Scope::Test),
    ];
    for (list, scope) in lists {
        for field in top.get(list).map_or(&[][..], Value::fields) {
            let range = field.value.text().unwrap_or("");
            own.requirements.extend(module(&field.key, range, scope, Some(field.line)));
        }
    }
    own.requirements.sort_by_key(|r| r.scope);
    unique(&mut own.requirements);
    found.manifest(Ecosystem::Cpan, own);
}
