//! Locks of Go from before there were modules: `Godeps.json`, `Gopkg.lock` of dep, and `glide.lock`.
//!
//! They name repositories or packages and mostly a revision; the version is a tag where the file states one.

use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Purl, Scope, Source};

use super::npm::assembly::Assembly;
use super::npm::block::{self, Value};
use super::tree;
use super::{Extractor, File, toml};

/// Reads `Godeps/Godeps.json`.
pub struct Godeps;
/// Reads `Gopkg.lock`.
pub struct GopkgLock;
/// Reads `glide.lock`.
pub struct GlideLock;

fn package(name: &str, version: &str, line: Option<u32>) -> FoundPackage {
    let mut package = FoundPackage::new(Purl::golang(name, version), line);
    package.source = Source::Registry(None);
    package
}

/// The repository of a package, where the host says how long its path is.
fn repository(import: &str) -> &str {
    let parts = match import.split('/').next().unwrap_or("") {
        "github.com" | "gitlab.com" | "bitbucket.org" | "golang.org" | "code.google.com" => 3,
        "google.golang.org" | "cloud.google.com" | "go.uber.org" | "k8s.io" => 2,
        "gopkg.in" => {
            // `gopkg.in/yaml.v2` and `gopkg.in/owner/name.v1`.
            if import.split('/').nth(1).is_some_and(|p| p.contains(".v")) { 2 } else { 3 }
        }
        _ => return import,
    };
    match import.match_indices('/').nth(parts - 1) {
        Some((at, _)) => import.get(..at).unwrap_or(import),
        None => import,
    }
}

impl Extractor for Godeps {
    fn name(&self) -> &'static str {
        "godeps"
    }

    fn files(&self) -> &'static [&'static str] {
        &["Godeps.json"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let top = tree::read(file, found);
        let Some(own) = top.text_of("ImportPath") else { return };
        let mut assembly = Assembly::new(found);
        let mut main = FoundPackage::new(Purl::golang(own, ""), own.line(file));
        main.source = Source::Path(String::new());
        assembly.first_party(String::new(), main);
        for entry in top.items_of("Deps") {
            let text = |key: &str| entry.text_of(key).filter(|t| !t.is_empty());
            let line = entry.text_of("ImportPath").and_then(|t| t.line(file));
            let (Some(import), Some(revision)) = (text("ImportPath"), text("Rev")) else {
                assembly.found.lost(line, "an entry without an import path or a revision was left out");
                continue;
            };
            // `v1.2.0` is a tag; `v1.2.0-5-gabcdef0` lies behind one.
            let tag = text("Comment").filter(|c| is_tag(c)).map_or(&**revision, |c| &**c);
            assembly.third_party(package(repository(import), tag, line));
        }
        let why = "Godeps.json lists the packages that were saved and not who asks for whom";
        found.lock(Ecosystem::Golang, GraphDepth::Flat, why);
    }
}

fn is_tag(comment: &str) -> bool {
    let version = comment.strip_prefix('v').unwrap_or(comment);
    let behind = comment.rsplit('-').next().is_some_and(|last| {
        last.len() > 7 && last.strip_prefix('g').is_some_and(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()))
    });
    version.starts_with(|c: char| c.is_ascii_digit()) && !behind && !comment.contains(char::is_whitespace)
}

impl Extractor for GopkgLock {
    fn name(&self) -> &'static str {
        "gopkg-lock"
    }

    fn files(&self) -> &'static [&'static str] {
        &["Gopkg.lock"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(document) = toml::parse(file, found) else { return };
        let root = document.root();
        if root.get("projects").is_none() && root.get("solve-meta").is_none() {
            return;
        }
        let asked: Vec<&str> =
            root.table("solve-meta").into_iter().flat_map(|s| s.strs("input-imports")).collect();
        let mut assembly = Assembly::new(found);
        for project in root.tables("projects") {
            let named = |key: &str| project.str(key).filter(|t| !t.is_empty());
            let version = named("version").or_else(|| named("revision"));
            let (Some(name), Some(version)) = (named("name"), version) else {
                assembly.found.lost(project.line(), "a project without a name or a revision was left out");
                continue;
            };
            let mut package = package(name, version, project.line_of("name"));
            // What the root imports is a package of the project.
            let below =
                |i: &str| i.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
            package.direct = (!asked.is_empty()).then(|| asked.iter().copied().take(5000).any(below));
            assembly.third_party(package);
        }
        let why = "Gopkg.lock lists every project and not who asks for whom";
        found.lock(Ecosystem::Golang, GraphDepth::Flat, why);
    }
}

impl Extractor for GlideLock {
    fn name(&self) -> &'static str {
        "glide-lock"
    }

    fn files(&self) -> &'static [&'static str] {
        &["glide.lock"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let documents = block::read(file, found);
        let known = |d: &&Value<'_>| d.get("imports").is_some() || d.get("testImports").is_some();
        let Some(top) = documents.iter().find(known) else { return };
        let mut assembly = Assembly::new(found);
        for (list, scope) in [("imports", Scope::Runtime), ("testImports", Scope::Test)] {
            for entry in top.get(list).map_or(&[][..], Value::items) {
                let line = entry.fields().first().map(|f| f.line);
                let named = |key: &str| entry.text_of(key).filter(|t| !t.is_empty());
                let (Some(name), Some(version)) = (named("name"), named("version")) else {
                    assembly.found.lost(line, "an import without a name or a version was left out");
                    continue;
                };
                let mut package = package(name, version, line);
                package.scope = Some(scope);
                assembly.third_party(package);
            }
        }
        found.lock(
            Ecosystem::Golang,
            GraphDepth::Flat,
            "glide.lock lists every import and not who asks for whom",
        );
    }
}
