//! `pyproject.toml`: what a Python project says of itself and asks for.
//!
//! The standard tables (PEP 621, 639 and 735, build requirements of PEP 518) and those of Poetry, uv and PDM. A file
//! that only configures tools says nothing about packages and gives nothing.

use std::collections::HashMap;

use licit_model::found::RawLicenseKind;
use licit_model::{Ecosystem, Found, FoundPackage, Manifest, RawLicense, Requirement, Scope, Source};

use super::python::{self, Address, Dependency, normal_name};
use super::toml::{self, Table, Value};
use super::{Extractor, File};

/// Reads `pyproject.toml`.
pub struct Pyproject;

impl Extractor for Pyproject {
    fn name(&self) -> &'static str {
        "pyproject"
    }

    fn files(&self) -> &'static [&'static str] {
        &["pyproject.toml"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(document) = toml::parse(file, found) else { return };
        let root = document.root();
        let project = root.table("project");
        let poetry = root.at(&["tool", "poetry"]);
        let uv = root.at(&["tool", "uv"]);
        let mut reader = Reader { found, requirements: Vec::new() };
        if let Some(project) = project {
            reader.project(project);
        }
        for (_, group) in entries(root.table("dependency-groups")) {
            // An included group stands in the same table, so that all of its members are read anyway.
            reader.list(group, Scope::Dev);
        }
        if let Some(build) = root.table("build-system").and_then(|b| b.get("requires")) {
            reader.list(build, Scope::Build);
        }
        if let Some(list) = uv.and_then(|uv| uv.get("dev-dependencies")) {
            reader.list(list, Scope::Dev);
        }
        for (_, group) in entries(root.at(&["tool", "pdm", "dev-dependencies"])) {
            reader.list(group, Scope::Dev);
        }
        if let Some(poetry) = poetry {
            reader.poetry(poetry);
        }
        if let Some(sources) = uv.and_then(|uv| uv.table("sources")) {
            reader.sources(sources);
        }
        let mut requirements = reader.requirements;
        let members = uv.and_then(|uv| uv.table("workspace")).map(workspace_members);
        if project.is_none() && poetry.is_none() && members.is_none() && requirements.is_empty() {
            return;
        }
        let package = own_package(project, poetry);
        let own_name = package.purl.name.clone();
        // An extra that collects other extras of the same project asks for nothing new.
        requirements.retain(|r| own_name.is_empty() || r.name != own_name);
        requirements.sort_by_key(|r| r.line);
        let mut manifest = Manifest::new(package);
        manifest.is_package = project.is_some() || poetry.is_some() || members.is_none();
        manifest.requirements = requirements;
        manifest.workspace_members = members.unwrap_or_default();
        found.manifest(Ecosystem::Pypi, manifest);
    }
}

/// What the metadata inside of a script ask for: the list at their top, and uv's places for what stands in it.
pub(super) fn of_script(root: Table<'_>, found: &mut Found) -> Vec<Requirement> {
    let mut reader = Reader { found, requirements: Vec::new() };
    let uv = root.at(&["tool", "uv"]);
    let lists = [
        (root.get("dependencies"), Scope::Runtime),
        (uv.and_then(|uv| uv.get("dev-dependencies")), Scope::Dev),
    ];
    for (list, scope) in lists {
        if let Some(list) = list {
            reader.list(list, scope);
        }
    }
    if let Some(sources) = uv.and_then(|uv| uv.table("sources")) {
        reader.sources(sources);
    }
    reader.requirements
}

fn entries<'d>(table: Option<Table<'d>>) -> Vec<(&'d str, Value<'d>)> {
    table.map(Table::entries).unwrap_or_default()
}

/// Who the project is. Poetry's table fills what the standard one leaves open.
fn own_package(project: Option<Table<'_>>, poetry: Option<Table<'_>>) -> FoundPackage {
    let tables = [project, poetry];
    let field = |key: &str| tables.iter().flatten().find_map(|t| Some((t.str(key)?, t.line_of(key))));
    let (name, line) = field("name").unwrap_or_default();
    let version = field("version").map_or("", |(version, _)| version);
    let line = line.or_else(|| tables.iter().flatten().find_map(|t| t.line()));
    let mut package = python::own_package(name, version, "", line);
    for table in tables.into_iter().flatten() {
        licenses(table, &mut package.licenses);
    }
    package
}

/// License field, license files and classifiers of one table.
fn licenses(table: Table<'_>, licenses: &mut Vec<RawLicense>) {
    let mut add = |text: &str, kind: RawLicenseKind, line: Option<u32>| {
        let text = text.trim();
        // No project has more; a file made to waste time may.
        if !text.is_empty()
            && licenses.len() < 200
            && !licenses.iter().any(|l| l.kind == kind && l.text == text)
        {
            licenses.push(RawLicense { text: text.to_string(), kind, line });
        }
    };
    if let Some(license) = table.get("license") {
        if let Some(text) = license.str() {
            add(text, RawLicenseKind::Expression, license.line());
        }
        if let Some(inner) = license.table() {
            if let Some(text) = inner.get("text") {
                add(text.str().unwrap_or(""), RawLicenseKind::Expression, text.line());
            }
            if let Some(path) = inner.get("file") {
                add(path.str().unwrap_or(""), RawLicenseKind::File, path.line());
            }
        }
    }
    if let Some(files) = table.get("license-files") {
        // Drafts of PEP 639 had a table with `paths` or `globs` here.
        let inner = files.table();
        let lists = [Some(files), inner.and_then(|t| t.get("paths")), inner.and_then(|t| t.get("globs"))];
        for path in lists.into_iter().flatten().flat_map(Value::array) {
            add(path.str().unwrap_or(""), RawLicenseKind::File, path.line());
        }
    }
    for classifier in table.array("classifiers") {
        let text = classifier.str().unwrap_or("");
        if text.trim_start().starts_with("License ::") {
            add(text, RawLicenseKind::Classifier, classifier.line());
        }
    }
}

/// Globs of uv's workspace members; what it leaves out is marked with `!`.
fn workspace_members(workspace: Table<'_>) -> Vec<String> {
    let members = workspace.strs("members").map(str::to_string);
    members.chain(workspace.strs("exclude").map(|e| format!("!{e}"))).collect()
}

struct Reader<'r> {
    found: &'r mut Found,
    requirements: Vec<Requirement>,
}

impl Reader<'_> {
    fn project(&mut self, project: Table<'_>) {
        if let Some(list) = project.get("dependencies") {
            self.list(list, Scope::Runtime);
        }
        for (_, extra) in entries(project.table("optional-dependencies")) {
            self.list(extra, Scope::Optional);
        }
    }

    /// A list of requirements by PEP 508.
    fn list(&mut self, list: Value<'_>, scope: Scope) {
        if !list.is_array() {
            self.found.lost(list.line(), format!("expected a list of requirements, found {}", list.kind()));
        }
        for item in list.array() {
            let Some(text) = item.str() else {
                // `{ include-group = "name" }` is the one table that may stand here.
                if item.table().is_none_or(|t| t.get("include-group").is_none()) {
                    self.found.lost(item.line(), format!("expected a requirement, found {}", item.kind()));
                }
                continue;
            };
            // PDM writes local packages as pip takes them.
            let requirement = match text.trim().strip_prefix("-e ") {
                Some(address) => editable(address, scope, item.line()),
                None => Dependency::parse(text).map(|d| d.requirement(scope, item.line())),
            };
            match requirement {
                Some(requirement) => self.requirements.push(requirement),
                None => self.found.lost(item.line(), format!("not understood as a requirement: {text}")),
            }
        }
    }

    fn poetry(&mut self, poetry: Table<'_>) {
        // Beside the standard table Poetry's own one only adds places to requirements that stand there.
        let standard: HashMap<String, usize> =
            self.requirements.iter().enumerate().rev().map(|(i, r)| (r.name.clone(), i)).collect();
        let mut sections = vec![(poetry.table("dependencies"), Scope::Runtime)];
        for (name, group) in entries(poetry.table("group")) {
            let Some(group) = group.table() else { continue };
            // No group but the main one is part of what is published. `optional` only says that it is not installed
            // unless somebody asks for it.
            let scope = if name == "main" { Scope::Runtime } else { Scope::Dev };
            sections.push((group.table("dependencies"), scope));
        }
        sections.push((poetry.table("dev-dependencies"), Scope::Dev));
        for (section, scope) in sections {
            for (name, value) in entries(section) {
                if normal_name(name) == "python" {
                    continue;
                }
                let read = self.poetry_requirements(name, value, scope);
                let known = standard.get(&normal_name(name)).filter(|_| scope == Scope::Runtime);
                match (known.and_then(|&i| self.requirements.get_mut(i)), read.first()) {
                    (Some(known), Some(first)) => {
                        if !matches!(first.source, Source::Registry(_)) {
                            known.source = first.source.clone();
                            known.path.clone_from(&first.path);
                        }
                    }
                    _ => self.requirements.extend(read),
                }
            }
        }
    }

    /// A range, a table, or a list of them for several platforms.
    fn poetry_requirements(&mut self, name: &str, value: Value<'_>, scope: Scope) -> Vec<Requirement> {
        let values: Vec<Value<'_>> = if value.is_array() { value.array().collect() } else { vec![value] };
        let mut requirements = Vec::new();
        for value in values {
            let requirement = match (value.str(), value.table()) {
                (Some(range), _) => python::requirement(name, range, scope, value.line()),
                (None, Some(table)) => table_requirement(name, table, scope, value.line()),
                _ => {
                    self.found.lost(value.line(), format!("the requirement {name} could not be read"));
                    continue;
                }
            };
            requirements.push(requirement);
        }
        requirements
    }

    /// uv's places for requirements that are asked for elsewhere in the file.
    fn sources(&mut self, sources: Table<'_>) {
        let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, requirement) in self.requirements.iter().enumerate() {
            by_name.entry(requirement.name.clone()).or_default().push(index);
        }
        for (name, value) in sources.entries() {
            let tables: Vec<Table<'_>> = if value.is_array() {
                value.array().filter_map(Value::table).collect()
            } else {
                value.table().into_iter().collect()
            };
            // Several places for several platforms: any of them says more than the registry does.
            let Some(table) =
                tables.into_iter().find(|t| address(*t).is_some() || t.bool("workspace") == Some(true))
            else {
                continue;
            };
            // Taken out, because two spellings of one name must not be looked through twice.
            for index in by_name.remove(&normal_name(name)).unwrap_or_default() {
                let Some(requirement) = self.requirements.get_mut(index) else { continue };
                match address(table) {
                    Some(address) => address.locate(requirement),
                    None => requirement.inherited = true,
                }
            }
        }
    }
}

/// A requirement that is a table, as Poetry and Pipenv write it.
pub(super) fn table_requirement(
    name: &str,
    table: Table<'_>,
    scope: Scope,
    line: Option<u32>,
) -> Requirement {
    let range = table.str("version").unwrap_or("");
    let scope = if table.bool("optional") == Some(true) { scope.then(Scope::Optional) } else { scope };
    let scope = scope.then(python::marker::scope(table.str("markers").unwrap_or(""), &[]));
    let mut requirement = python::requirement(name, range, scope, line);
    if let Some(address) = address(table) {
        address.locate(&mut requirement);
    }
    requirement
}

/// The place that a table names, if it is not a registry.
fn address(table: Table<'_>) -> Option<Address> {
    if let Some(git) = table.str("git") {
        let revision = ["rev", "ref", "tag", "branch"].iter().find_map(|key| table.str(key)).unwrap_or("");
        return Some(Address::git(git, revision, table.str("subdirectory").unwrap_or("")));
    }
    if let Some(url) = table.str("url") {
        return Some(Address::parse(url));
    }
    // Pipenv writes an archive's address as `file`.
    table.str("path").or_else(|| table.str("file")).map(Address::parse)
}

/// A local package or repository that is installed in place.
fn editable(address: &str, scope: Scope, line: Option<u32>) -> Option<Requirement> {
    let address = Address::parse(address);
    let mut requirement = python::requirement(address.name.as_deref()?, "", scope, line);
    address.locate(&mut requirement);
    Some(requirement)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Found {
        let mut found = Found::new("pyproject.toml", "pyproject");
        Pyproject.extract(&File::new("pyproject.toml", text.as_bytes()), &mut found);
        found
    }

    fn asked(found: &Found) -> Vec<(String, String, Scope, u32)> {
        let requirements = &found.manifest.as_ref().unwrap().requirements;
        requirements.iter().map(|r| (r.name.clone(), r.range.clone(), r.scope, r.line.unwrap())).collect()
    }

    fn row(name: &str, range: &str, scope: Scope, line: u32) -> (String, String, Scope, u32) {
        (name.into(), range.into(), scope, line)
    }

    #[test]
    fn standard_tables() {
        let found = read(
            r#"[build-system]
requires = ["hatchling"]
[project]
name = "My.App"
dynamic = ["version"]
license = { text = "MIT" }
license-files = ["LICEN[CS]E*"]
classifiers = ["Topic :: X", "License :: OSI Approved :: MIT License"]
dependencies = [
  "a>=1",
  "b @ git+https://host.example/o/b@v1",
  3,
]
[project.optional-dependencies]
all = ["my-app[x]"]
x = ["c==1.0"]
[dependency-groups]
dev = [{ include-group = "lint" }, "d"]
lint = ["e"]
[tool.uv.sources]
d = { path = "../d" }
e = { workspace = true }
[tool.uv.workspace]
members = ["libs/*"]
exclude = ["libs/old"]
"#,
        );
        let manifest = found.manifest.as_ref().unwrap();
        assert_eq!(manifest.package.purl.to_string(), "pkg:pypi/my-app");
        assert_eq!(manifest.package.line, Some(4));
        let licenses: Vec<_> = manifest.package.licenses.iter().map(|l| (l.kind, l.line)).collect();
        assert_eq!(
            licenses,
            [
                (RawLicenseKind::Expression, Some(6)),
                (RawLicenseKind::File, Some(7)),
                (RawLicenseKind::Classifier, Some(8))
            ]
        );
        assert_eq!(
            asked(&found),
            [
                row("hatchling", "", Scope::Build, 2),
                row("a", ">=1", Scope::Runtime, 10),
                row("b", "", Scope::Runtime, 11),
                row("c", "==1.0", Scope::Optional, 16),
                row("d", "", Scope::Dev, 18),
                row("e", "", Scope::Dev, 19),
            ]
        );
        assert_eq!(manifest.requirements[2].source, Source::Git("https://host.example/o/b#v1".into()));
        assert_eq!(manifest.requirements[4].path.as_deref(), Some("../d"));
        assert!(manifest.requirements[5].inherited);
        assert_eq!(manifest.workspace_members, ["libs/*", "!libs/old"]);
        assert_eq!(found.problems.len(), 1);
        assert_eq!(found.problems[0].line, Some(12));
    }

    #[test]
    fn poetry() {
        let found = read(
            r#"[tool.poetry]
name = "p"
version = "1.0"
license = "BSD-3-Clause"
[tool.poetry.dependencies]
python = "^3.8"
a = "^1"
b = { version = "*", optional = true }
c = [{ version = "1.0", python = "<3" }, { git = "https://host.example/c.git", branch = "main" }]
e = { path = "./e", develop = true }
[tool.poetry.group.docs]
optional = true
[tool.poetry.group.docs.dependencies]
f = "*"
[tool.poetry.group.main.dependencies]
g = "*"
[tool.poetry.group.dev.dependencies]
h = "~2"
[tool.poetry.dev-dependencies]
i = true
j = "1"
"#,
        );
        assert_eq!(
            asked(&found),
            [
                row("a", "^1", Scope::Runtime, 7),
                row("b", "", Scope::Optional, 8),
                row("c", "1.0", Scope::Runtime, 9),
                row("c", "", Scope::Runtime, 9),
                row("e", "", Scope::Runtime, 10),
                row("f", "", Scope::Dev, 14),
                row("g", "", Scope::Runtime, 16),
                row("h", "~2", Scope::Dev, 18),
                row("j", "1", Scope::Dev, 21),
            ]
        );
        assert_eq!(found.problems.len(), 1);
        assert_eq!(found.problems[0].line, Some(20));
    }

    #[test]
    fn poetry_beside_the_standard_table_only_adds_places() {
        let text = "[project]\nname = \"p\"\ndependencies = [\"a>=1\"]\n[tool.poetry.dependencies]\na = { git = \"https://host.example/a\" }\nb = \"^2\"\n";
        let found = read(text);
        assert_eq!(asked(&found), [row("a", ">=1", Scope::Runtime, 3), row("b", "^2", Scope::Runtime, 6)]);
        let requirements = &found.manifest.as_ref().unwrap().requirements;
        assert_eq!(requirements[0].source, Source::Git("https://host.example/a".into()));
    }

    #[test]
    fn only_tools() {
        let found = read("[tool.black]\nline-length = 100\n[tool.uv]\npackage = false\n");
        assert_eq!(found.role, licit_model::found::Role::Nothing);
        assert!(found.problems.is_empty());
        let found = read("[build-system]\nrequires = [\"setuptools\"]\n");
        assert_eq!(asked(&found), [row("setuptools", "", Scope::Build, 2)]);
        let found = read("[tool.uv.workspace]\nmembers = [\"a\"]\n");
        assert!(!found.manifest.unwrap().is_package);
    }
}
