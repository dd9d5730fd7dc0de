//! `project.json`, in which .NET projects listed their packages before project files did so again.

use licit_model::{Ecosystem, Found, FoundPackage, Manifest, Purl, Requirement, Scope, Source};

use super::tree::{self, Tree};
use super::{Extractor, File};

/// Reads `project.json`.
pub struct ProjectJson;

impl Extractor for ProjectJson {
    fn name(&self) -> &'static str {
        "project-json"
    }

    fn files(&self) -> &'static [&'static str] {
        &["project.json", "*.project.json"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let top = tree::read(file, found);
        // Other tools have files of this name; only .NET's has frameworks.
        let frameworks = top.entries_of("frameworks");
        if frameworks.is_empty() && top.entries_of("runtimes").is_empty() {
            return found.problems.clear();
        }
        let folder = file.path().rsplit('/').nth(1).unwrap_or("");
        let name = top.text_of("name").map_or(folder, |n| &**n);
        let version = top.text_of("version").map_or("", |v| v.trim_end_matches("-*"));
        let line = top.text_of("name").and_then(|n| n.line(file)).or(Some(1));
        let mut package = FoundPackage::new(Purl::nuget(name, version), line);
        package.first_party = true;
        package.dir = Some(String::new());
        let mut manifest = Manifest::new(package);
        let of_frameworks = frameworks.iter().flat_map(|(_, f)| f.entries_of("dependencies"));
        for (name, value) in top.entries_of("dependencies").iter().chain(of_frameworks) {
            manifest.requirements.push(requirement(name, value, Scope::Runtime, name.line(file)));
        }
        for (name, value) in top.entries_of("tools") {
            manifest.requirements.push(requirement(name, value, Scope::Dev, name.line(file)));
        }
        found.manifest(Ecosystem::Nuget, manifest);
    }
}

fn requirement(name: &str, value: &Tree<'_>, scope: Scope, line: Option<u32>) -> Requirement {
    let range = value.text().or_else(|| value.text_of("version")).map_or("", |v| &**v);
    let scope = match value.text_of("type").map(|t| &**t) {
        Some("build") => scope.then(Scope::Build),
        _ => scope,
    };
    let local = value.text_of("target").is_some_and(|t| &**t == "project");
    Requirement {
        name: name.to_string(),
        alias: None,
        range: range.to_string(),
        scope,
        line,
        path: local.then(|| format!("../{name}")),
        source: Source::Unknown,
        inherited: false,
    }
}
