//! `rebar.lock` and `rebar.config`: packages of an Erlang project.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Hash, Purl, Requirement, Scope, Source};

use super::lexer::{Kind, Syntax, Tokens};
use super::names::Names;
use super::npm::assembly::Assembly;
use super::npm::origin::Origin;
use super::requirement::{asked, manifest, unique};
use super::{Extractor, File, repository};

/// Erlang terms.
const TERMS: Syntax = Syntax {
    comments: &["%"],
    blocks: &[],
    quotes: &[("\"", "\"", true, true), ("'", "'", true, false)],
    word: "@",
    inside: "",
    heredocs: false,
};

/// The texts and words at the beginning of a term, one by one.
fn values(tokens: &Tokens<'_>, range: Range<usize>) -> Vec<String> {
    tokens.slice(range).iter().take(32).filter_map(|t| t.value().map(str::to_string)).collect()
}

/// The revision in `{ref, "…"}`, `{tag, "…"}`, `{branch, "…"}` or in a text alone, with its kind.
fn revision(tokens: &Tokens<'_>, range: Range<usize>) -> String {
    let values = values(tokens, range);
    match values.as_slice() {
        [_, revision, ..] => revision.clone(),
        [revision] => revision.clone(),
        [] => String::new(),
    }
}

/// Reads `rebar.lock`.
pub struct RebarLock;

impl Extractor for RebarLock {
    fn name(&self) -> &'static str {
        "rebar-lock"
    }

    fn files(&self) -> &'static [&'static str] {
        &["rebar.lock"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(text) = file.text(found) else { return };
        let tokens = Tokens::read(text, &TERMS);
        tokens.report(found);
        // `{"1.2.0", [entries]}.` and then the checksums, or the entries alone in files of the first version.
        let Some(list) = tokens.all.iter().position(|t| t.is('[')) else {
            if !tokens.all.is_empty() {
                found.lost(Some(1), "this rebar.lock holds no list of packages");
            }
            return;
        };
        let entries = tokens.parts(tokens.inside(list), ',');
        if entries.is_empty() {
            return;
        }
        let why =
            "rebar.lock lists every package and how far it is from the project, but not who asks for whom";
        found.lock(Ecosystem::Hex, GraphDepth::Flat, why);
        let hashes = checksums(&tokens, tokens.close(list));
        let mut assembly = Assembly::new(found);
        let mut names = Names::default();
        for entry in entries {
            let line = tokens.at(entry.start).map(|t| t.line);
            // A folder of the project, which a plugin writes down here.
            if is_folder(&tokens, entry.clone()) {
                continue;
            }
            let Some((app, mut package, level)) = package(&tokens, entry, line) else {
                assembly.found.lost(line, "this entry names no package and was left out");
                continue;
            };
            package.direct = level.map(|level| level == 0);
            package.hashes.extend(hashes.get(&app).cloned());
            let index = assembly.third_party(package);
            names.add(&app, index);
        }
        names.keys(found);
    }
}

/// `{<<"app">>, {pkg, <<"name">>, <<"1.0.0">>}, 0}` or `{<<"app">>, {git, "url", {ref, "…"}}, 1}`.
fn package(
    tokens: &Tokens<'_>,
    entry: Range<usize>,
    line: Option<u32>,
) -> Option<(String, FoundPackage, Option<u32>)> {
    tokens.at(entry.start).filter(|t| t.is('{'))?;
    let fields = tokens.parts(tokens.inside(entry.start), ',');
    let (app, place) = (values(tokens, fields.first()?.clone()).into_iter().next()?, fields.get(1)?.clone());
    let level = fields.get(2).and_then(|f| tokens.at(f.start)?.word()?.parse().ok());
    tokens.at(place.start).filter(|t| t.is('{'))?;
    let parts = tokens.parts(tokens.inside(place.start), ',');
    let kind = values(tokens, parts.first()?.clone()).into_iter().next()?;
    let text = |i: usize| parts.get(i).and_then(|p| values(tokens, p.clone()).into_iter().next());
    let package = match kind.as_str() {
        "pkg" => {
            let mut package = FoundPackage::new(Purl::named("hex", &text(1)?, &text(2)?), line);
            package.source = Source::Registry(None);
            package
        }
        "git" | "git_subdir" | "hg" => {
            let rev = parts.get(2).map(|p| revision(tokens, p.clone())).unwrap_or_default();
            let origin = Origin::Git { url: repository::address(&text(1)?), rev };
            let mut package = FoundPackage::new(origin.qualify(Purl::named("hex", &app, "")), line);
            package.source = origin.source();
            package
        }
        _ => return None,
    };
    Some((app, package, level))
}

/// `{<<"app">>, {path, "../app", {mtime, <<"…">>}}, 0}`.
fn is_folder(tokens: &Tokens<'_>, entry: Range<usize>) -> bool {
    let fields = tokens.parts(tokens.inside(entry.start), ',');
    let place = fields.get(1).and_then(|place| Some((tokens.at(place.start)?, tokens.at(place.start + 1)?)));
    place.is_some_and(|(open, kind)| open.is('{') && kind.word() == Some("path"))
}

/// The checksums of the archives stand in `pkg_hash_ext`; `pkg_hash` is that of what is in them.
fn checksums(tokens: &Tokens<'_>, from: usize) -> BTreeMap<String, Hash> {
    let mut hashes = BTreeMap::new();
    let rest = from.min(tokens.all.len())..tokens.all.len();
    let Some(at) = tokens.slice(rest).iter().position(|t| t.word() == Some("pkg_hash_ext")) else {
        return hashes;
    };
    let Some(list) = (from + at..tokens.all.len()).find(|i| tokens.at(*i).is_some_and(|t| t.is('['))) else {
        return hashes;
    };
    for entry in tokens.parts(tokens.inside(list), ',') {
        if let [app, hex, ..] = values(tokens, entry).as_slice()
            && let Some(hash) = repository::checksum("sha256", hex)
        {
            hashes.insert(app.clone(), hash);
        }
    }
    hashes
}

/// Reads `rebar.config`.
pub struct RebarConfig;

impl Extractor for RebarConfig {
    fn name(&self) -> &'static str {
        "rebar-config"
    }

    fn files(&self) -> &'static [&'static str] {
        &["rebar.config"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(text) = file.text(found) else { return };
        let tokens = Tokens::read(text, &TERMS);
        tokens.report(found);
        let mut own = manifest(Ecosystem::Hex, "", "", None);
        let mut seen = false;
        // Where rebar3 looks for the applications of a project that has several; one lock at the top holds for them all.
        own.workspace_members = ["apps/*", "lib/*"].map(str::to_string).to_vec();
        // Every `{deps, […]}` and `{plugins, […]}` at the top, and those of the profiles.
        let mut profiles: HashMap<usize, Scope> = HashMap::new();
        for at in 0..tokens.all.len() {
            let Some(word) = tokens.at(at).and_then(|t| t.word()) else { continue };
            let list =
                tokens.at(at + 1).is_some_and(|t| t.is(',')) && tokens.at(at + 2).is_some_and(|t| t.is('['));
            if !list || !at.checked_sub(1).and_then(|b| tokens.at(b)).is_some_and(|t| t.is('{')) {
                continue;
            }
            let scope = profiles.get(&at).copied().unwrap_or_default();
            match word {
                "project_app_dirs" => {
                    let dirs = tokens.texts(tokens.inside(at + 2)).map(|(dir, _)| dir.to_string());
                    own.workspace_members = dirs.filter(|dir| dir != ".").take(64).collect();
                }
                "profiles" if !profiles.contains_key(&at) => {
                    for profile in tokens.parts(tokens.inside(at + 2), ',') {
                        let scope = match tokens.at(profile.start + 1).and_then(|t| t.word()) {
                            Some("test" | "ct" | "eunit") => Scope::Test,
                            Some("prod") => Scope::Runtime,
                            _ => Scope::Dev,
                        };
                        profiles.extend(profile.map(|inside| (inside, scope)));
                    }
                    seen = true;
                }
                "deps" | "plugins" | "project_plugins" => {
                    seen = true;
                    let scope = if word == "deps" { scope } else { Scope::Build.then(scope) };
                    for entry in tokens.parts(tokens.inside(at + 2), ',') {
                        let line = tokens.at(entry.start).map(|t| t.line);
                        match requirement(&tokens, entry, scope) {
                            Some(requirement) => own.requirements.push(requirement),
                            None => {
                                found.lost(line, "this dependency is not written as one and was left out")
                            }
                        }
                    }
                }
                _ => {}
            }
        }
        if seen && !own.requirements.is_empty() {
            unique(&mut own.requirements);
            found.manifest(Ecosystem::Hex, own);
        }
    }
}

/// `name`, `{name, "1.0"}`, `{name, {git, "url", {tag, "1"}}}`, `{name, "1.0", {pkg, other}}`.
fn requirement(tokens: &Tokens<'_>, entry: Range<usize>, scope: Scope) -> Option<Requirement> {
    let first = tokens.at(entry.start)?;
    let line = Some(first.line);
    if !first.is('{') {
        return Some(asked(first.value()?, "", scope, line));
    }
    let fields = tokens.parts(tokens.inside(entry.start), ',');
    let name = tokens.at(fields.first()?.start)?.value()?.to_string();
    let mut requirement = asked(&name, "", scope, line);
    for field in fields.into_iter().skip(1) {
        let token = tokens.at(field.start)?;
        match &token.kind {
            Kind::Text(range) => requirement.range = range.trim().to_string(),
            Kind::Mark('{') => {
                let parts = tokens.parts(tokens.inside(field.start), ',');
                let text = |i: usize| parts.get(i).and_then(|p| values(tokens, p.clone()).into_iter().next());
                match text(0).as_deref() {
                    Some("git" | "git_subdir" | "hg") => {
                        let rev = parts.get(2).map(|p| revision(tokens, p.clone())).unwrap_or_default();
                        requirement.source =
                            Origin::Git { url: repository::address(&text(1)?), rev }.source();
                    }
                    Some("pkg") => {
                        let real = text(1)?;
                        requirement.alias = Some(std::mem::replace(&mut requirement.name, real));
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }
    Some(requirement)
}
