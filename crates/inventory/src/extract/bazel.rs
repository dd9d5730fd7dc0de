//! Bazel: `MODULE.bazel`, its lock, and the archives and repositories that a `WORKSPACE` fetches.

use std::collections::HashMap;
use std::ops::Range;

use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Purl, Scope, Source};

use super::lexer::{Kind, Syntax, Tokens};
use super::names::Names;
use super::npm::assembly::Assembly;
use super::npm::origin::{Origin, without_credentials};
use super::requirement::{asked, manifest, unique};
use super::tree::{self, Tree};
use super::{Extractor, File, repository};

const STARLARK: Syntax = Syntax {
    comments: &["#"],
    blocks: &[],
    quotes: &[
        ("\"\"\"", "\"\"\"", true, true),
        ("'''", "'''", true, true),
        ("\"", "\"", true, false),
        ("'", "'", true, false),
    ],
    word: ".",
    inside: "",
    heredocs: false,
};

/// Named arguments of a call, by name: where their values stand.
fn arguments<'a>(tokens: &Tokens<'a>, call: Range<usize>) -> HashMap<&'a str, Range<usize>> {
    let mut named = HashMap::new();
    let call = call.start..call.end.min(call.start + 4096);
    for part in tokens.parts(call, ',') {
        if let (Some(name), true) = (
            tokens.at(part.start).and_then(|t| t.word()),
            tokens.at(part.start + 1).is_some_and(|t| t.is('=')),
        ) {
            named.insert(name, part.start + 2..part.end);
        }
    }
    named
}

/// A literal text; one that is computed from others is none.
fn literal<'t>(tokens: &'t Tokens<'_>, named: &HashMap<&str, Range<usize>>, key: &str) -> Option<&'t str> {
    let range = named.get(key)?.clone();
    let plain = range.len() == 1;
    tokens.at(range.start)?.text().filter(|_| plain)
}

/// The first literal text of a list.
fn first<'t>(tokens: &'t Tokens<'_>, named: &HashMap<&str, Range<usize>>, key: &str) -> Option<&'t str> {
    let range = named.get(key)?.clone();
    let computed = |t: &Kind<'_>| {
        matches!(t, Kind::Mark('%' | '+')) || matches!(t, Kind::Word(w) if w.contains("format"))
    };
    if tokens.slice(range.clone()).iter().any(|t| computed(&t.kind)) {
        return None;
    }
    tokens.texts(range).next().map(|(text, _)| text)
}

/// What is taken instead of a registry's module: another version, another source, a folder.
type Override = (Option<String>, Option<Source>, Option<String>);

/// Reads `MODULE.bazel`.
pub struct BazelModule;

impl Extractor for BazelModule {
    fn name(&self) -> &'static str {
        "bazel-module"
    }

    fn files(&self) -> &'static [&'static str] {
        &["MODULE.bazel", "*.MODULE.bazel"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(text) = file.text(found) else { return };
        let tokens = Tokens::read(text, &STARLARK);
        tokens.report(found);
        let mut own = manifest(Ecosystem::Bazel, "", "", None);
        let mut overrides: HashMap<String, Override> = HashMap::new();
        let mut at = 0;
        while let Some(token) = tokens.at(at) {
            let call = tokens.at(at + 1).is_some_and(|t| t.is('('));
            let (Some(word), true) = (token.word(), call) else {
                at += 1;
                continue;
            };
            let named = arguments(&tokens, tokens.inside(at + 1));
            let text = |key: &str| literal(&tokens, &named, key);
            let module = text("module_name").unwrap_or("").to_string();
            match word {
                "module" => {
                    let (name, version) = (text("name").unwrap_or(""), text("version").unwrap_or(""));
                    let requirements = std::mem::take(&mut own.requirements);
                    own = manifest(Ecosystem::Bazel, name, version, Some(token.line));
                    own.requirements = requirements;
                }
                "bazel_dep" => {
                    let dev =
                        named.get("dev_dependency").and_then(|v| tokens.at(v.start)?.word()) == Some("True");
                    let scope = if dev { Scope::Dev } else { Scope::Runtime };
                    match text("name") {
                        Some(name) => {
                            let version = text("version").unwrap_or("");
                            own.requirements.push(asked(name, version, scope, Some(token.line)));
                        }
                        None => found
                            .lost(Some(token.line), "this dependency has no literal name and was left out"),
                    }
                }
                "single_version_override" => {
                    overrides.insert(module, (text("version").map(str::to_string), None, None));
                }
                "git_override" => {
                    let rev = ["commit", "tag", "branch"].iter().find_map(|k| text(k)).unwrap_or("");
                    let url = repository::address(text("remote").unwrap_or(""));
                    let source = Origin::Git { url, rev: rev.to_string() }.source();
                    overrides.insert(module, (Some(String::new()), Some(source), None));
                }
                "archive_override" => {
                    let url = first(&tokens, &named, "urls").or_else(|| text("url"));
                    let source = url.map(|url| Source::Url(without_credentials(url)));
                    overrides.insert(module, (Some(String::new()), source, None));
                }
                "local_path_override" => {
                    let path = text("path").map(super::npm::origin::normal);
                    overrides.insert(module, (Some(String::new()), None, path));
                }
                _ => {}
            }
            at = tokens.close(at + 1) + 1;
        }
        if own.requirements.is_empty() && !own.is_package {
            return;
        }
        for requirement in &mut own.requirements {
            let Some((version, source, path)) = overrides.get(&requirement.name) else { continue };
            if let Some(version) = version {
                requirement.range.clone_from(version);
            }
            if let Some(source) = source {
                requirement.source = source.clone();
            }
            requirement.path.clone_from(path);
        }
        unique(&mut own.requirements);
        found.manifest(Ecosystem::Bazel, own);
    }
}

/// Reads `MODULE.bazel.lock`.
pub struct BazelLock;

impl Extractor for BazelLock {
    fn name(&self) -> &'static str {
        "bazel-lock"
    }

    fn files(&self) -> &'static [&'static str] {
        &["MODULE.bazel.lock"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let top = tree::read(file, found);
        if let Some(graph) = top.get("moduleDepGraph") {
            found.lock(
                Ecosystem::Bazel,
                GraphDepth::Full,
                "this lock holds every module and who asks for it",
            );
            modules(graph, file, found);
        } else if let Some(hashes) = top.get("registryFileHashes") {
            // Bazel asks for the source only of those versions that it chose in the end.
            let why = "this lock names the files of the registry that were read: every module, but not who asks for whom";
            found.lock(Ecosystem::Bazel, GraphDepth::Flat, why);
            let mut assembly = Assembly::new(found);
            let mut names = Names::default();
            for (url, _) in hashes.entries() {
                let Some(rest) = url.strip_suffix("/source.json") else { continue };
                let Some((_, module)) = rest.rsplit_once("/modules/") else { continue };
                let Some((name, version)) = module.split_once('/') else {
                    assembly.found.odd(url.line(file), "this address names no module");
                    continue;
                };
                let mut package = FoundPackage::new(Purl::named("bazel", name, version), url.line(file));
                package.source = Source::Registry(None);
                let index = assembly.third_party(package);
                names.add(name, index);
            }
            names.keys(found);
        }
    }
}

fn modules(graph: &Tree<'_>, file: &File<'_>, found: &mut Found) {
    let mut assembly = Assembly::new(found);
    let mut at: HashMap<&str, usize> = HashMap::new();
    for (key, module) in graph.entries() {
        let text = |field: &str| module.text_of(field).map_or("", |t| t.trim());
        let line = key.line(file);
        let index = if &**key == "<root>" {
            let own = Purl::named("bazel", text("name"), text("version"));
            assembly.first_party(String::new(), FoundPackage::new(own, line))
        } else {
            let (name, version) = key.split_once('@').unwrap_or((key, ""));
            // A module that is taken from elsewhere is written with `_` for its version.
            let version = if version == "_" { text("version") } else { version };
            let name = if text("name").is_empty() { name } else { text("name") };
            // Bazel's own tools come with it and are in no registry.
            if version.is_empty() && matches!(name, "bazel_tools" | "local_config_platform") {
                continue;
            }
            let mut package = FoundPackage::new(Purl::named("bazel", name, version), line);
            package.source = Source::Registry(None);
            let spec = module.get("repoSpec").and_then(|s| s.get("attributes"));
            if let Some(hash) = spec.and_then(|s| repository::integrity(s.text_of("integrity")?)) {
                package.hashes.push(hash);
            }
            assembly.third_party(package)
        };
        at.insert(key, index);
    }
    for (key, module) in graph.entries() {
        let Some(&from) = at.get(&**key) else { continue };
        for (_, to) in module.entries_of("deps") {
            if let Some(to) = to.text().and_then(|to| at.get(&**to)) {
                assembly.edge(from, *to, Scope::Runtime);
            }
        }
    }
}

/// Reads `WORKSPACE` and `*.bzl`.
pub struct BazelWorkspace;

impl Extractor for BazelWorkspace {
    fn name(&self) -> &'static str {
        "bazel-workspace"
    }

    fn files(&self) -> &'static [&'static str] {
        &["WORKSPACE", "WORKSPACE.bazel", "WORKSPACE.bzlmod", "*.bzl"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let text = String::from_utf8_lossy(file.bytes());
        if !text.contains("http_archive") && !text.contains("git_repository") && !text.contains("http_jar") {
            return;
        }
        let tokens = Tokens::read(&text, &STARLARK);
        tokens.report(found);
        let mut assembly = Assembly::new(found);
        for (at, token) in tokens.all.iter().enumerate() {
            let Some(word) = token.word() else { continue };
            let call = tokens.at(at + 1).is_some_and(|t| t.is('('));
            let wrapped = word == "maybe" && call;
            let rule = if wrapped { tokens.at(at + 2).and_then(|t| t.word()).unwrap_or("") } else { word };
            if !call
                || !matches!(
                    rule,
                    "http_archive" | "http_jar" | "http_file" | "git_repository" | "new_git_repository"
                )
            {
                continue;
            }
            let named = arguments(&tokens, tokens.inside(at + 1));
            let text = |key: &str| literal(&tokens, &named, key);
            let Some(name) = text("name") else { continue };
            let line = Some(token.line);
            let mut package = if rule.ends_with("git_repository") {
                let Some(url) = text("remote") else { continue };
                let rev = ["commit", "tag", "branch"].iter().find_map(|k| text(k)).unwrap_or("");
                repository::git(url, rev, name, line)
            } else {
                let Some(url) = first(&tokens, &named, "urls").or_else(|| first(&tokens, &named, "url"))
                else {
                    assembly.found.odd(line, format!("the address of `{name}` is computed; it was left out"));
                    continue;
                };
                // Mirrors put the whole address of the original behind their own.
                let url = url
                    .find("/github.com/")
                    .filter(|at| *at > 8)
                    .map_or(url.to_string(), |at| format!("https:/{}", url.get(at..).unwrap_or("")));
                let prefix = text("strip_prefix").unwrap_or("");
                let version = prefix.rsplit_once('-').map_or("", |(_, version)| version);
                let version = if version.starts_with(|c: char| c.is_ascii_digit()) { version } else { "" };
                let mut package = repository::archive(&url, name, version, line);
                package.hashes.extend(text("sha256").and_then(|h| repository::checksum("sha256", h)));
                package.hashes.extend(text("integrity").and_then(repository::integrity));
                package
            };
            package.direct = Some(true);
            assembly.third_party(package);
        }
        if !found.packages.is_empty() {
            let why =
                "the workspace names what it fetches itself; what rules load from elsewhere stands there";
            found.lock(Ecosystem::Github, GraphDepth::DirectOnly, why);
        }
    }
}
