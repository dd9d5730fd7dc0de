//! `uv.lock` and the locks of single scripts, `script.py.lock`: a workspace's members and everything below them.

use std::collections::HashSet;

use licit_model::{Ecosystem, Found, FoundPackage, Freshness, GraphDepth, Scope};

use super::python::lock::Lock;
use super::python::{self, Address, normal_name};
use super::toml::{self, Table, Value};
use super::{Extractor, File};

/// Reads `uv.lock`.
pub struct UvLock;

impl Extractor for UvLock {
    fn name(&self) -> &'static str {
        "uv-lock"
    }

    fn files(&self) -> &'static [&'static str] {
        &["uv.lock", "*.py.lock"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(document) = toml::parse(file, found) else { return };
        let root = document.root();
        // Early versions called the packages distributions.
        let packages = if root.get("package").is_some() { "package" } else { "distribution" };
        if root.get(packages).is_none() && root.get("version").is_none() {
            return;
        }
        found.lock(Ecosystem::Pypi, GraphDepth::Full, "the lock lists every package and who asks for whom");
        // The lock of a script says nothing about the project in whose folder the script lies.
        found.precedence = if file.name() == "uv.lock" { python::LOCK } else { 0 };
        let mut reader = Reader { lock: Lock::new(found), places: Vec::new(), asked: HashSet::new() };
        let mut read = Vec::new();
        for table in root.tables(packages) {
            let Some(name) = table.str("name").filter(|n| !n.trim().is_empty()) else {
                reader.lock.found.lost(table.line(), "a package without a name was left out");
                continue;
            };
            read.push((reader.package(name, table), table));
        }
        let manifest = root.table("manifest");
        for (_, table) in &read {
            reader.ask(*table);
        }
        let project = manifest.map(project_requirements).unwrap_or_default();
        for (requirement, _) in &project {
            reader.asks("", *requirement);
        }
        for (index, table) in &read {
            reader.edges(*index, *table);
        }
        if let (Some(manifest), false) = (manifest, project.is_empty()) {
            // A script, or a workspace whose root is no package: something nameless asks for these.
            let script = file.name().strip_suffix(".lock").filter(|_| file.name() != "uv.lock").unwrap_or("");
            let root = reader.lock.package(python::own_package("", "", script, manifest.line()));
            for (requirement, scope) in project {
                reader.edge(root, requirement, scope);
            }
        }
    }
}

/// What the lock's manifest itself asks for.
fn project_requirements(manifest: Table<'_>) -> Vec<(Table<'_>, Scope)> {
    let mut requirements: Vec<_> = manifest.tables("requirements").map(|t| (t, Scope::Runtime)).collect();
    for (_, group) in manifest.table("dependency-groups").map(Table::entries).unwrap_or_default() {
        requirements.extend(group.array().filter_map(Value::table).map(|t| (t, Scope::Dev)));
    }
    requirements
}

struct Reader<'f> {
    lock: Lock<'f>,
    /// By package: its place as the lock spells it, which tells packages of one name and version apart.
    places: Vec<String>,
    /// Names and extras that some other package asks for.
    asked: HashSet<(String, String)>,
}

impl Reader<'_> {
    fn package(&mut self, name: &str, table: Table<'_>) -> usize {
        let version = table.str("version").unwrap_or("");
        let mut package = python::package(name, version, table.line_of("name"));
        let (kind, place) = table.get("source").map(place).unwrap_or_default();
        let subdirectory = table.table("source").and_then(|s| s.str("subdirectory")).unwrap_or("");
        locate(&mut package, kind, place, subdirectory);
        if version.is_empty() && matches!(kind, "registry" | "") {
            // Of a folder or a repository the version may be dynamic, so that the lock leaves it out.
            self.lock.found.odd(table.line(), format!("the version of {name} is missing"));
        }
        package.hashes = hash(table).into_iter().collect();
        package.freshness = Freshness { released: released(table), ..Freshness::default() }.known();
        let index = self.lock.package(package);
        if index == self.places.len() {
            self.places.push(format!("{kind}+{place}"));
        }
        index
    }

    /// Notes the extras that a package asks others for.
    fn ask(&mut self, table: Table<'_>) {
        let own = table.str("name").map(normal_name).unwrap_or_default();
        for requirement in table.tables("dependencies") {
            self.asks(&own, requirement);
        }
        for key in ["optional-dependencies", "dev-dependencies", "dependency-groups"] {
            for (_, list) in table.table(key).map(Table::entries).unwrap_or_default() {
                for requirement in list.array().filter_map(Value::table) {
                    self.asks(&own, requirement);
                }
            }
        }
    }

    fn asks(&mut self, own: &str, requirement: Table<'_>) {
        let name = requirement.str("name").map(normal_name).unwrap_or_default();
        // An extra that collects others of the same package does not bring them into anything yet.
        if name == own {
            return;
        }
        for extra in requirement.strs("extra").chain(requirement.strs("extras")) {
            self.asked.insert((name.clone(), normal_name(extra)));
        }
    }

    fn edges(&mut self, from: usize, table: Table<'_>) {
        let own = table.str("name").map(normal_name).unwrap_or_default();
        for requirement in table.tables("dependencies") {
            let marker = python::marker::scope(requirement.str("marker").unwrap_or(""), &[]);
            self.edge(from, requirement, marker);
        }
        for (extra, list) in table.table("optional-dependencies").map(Table::entries).unwrap_or_default() {
            let wanted = self.asked.contains(&(own.clone(), normal_name(extra)));
            let scope = if wanted { Scope::Runtime } else { Scope::Optional };
            for requirement in list.array().filter_map(Value::table) {
                self.edge(from, requirement, scope);
            }
        }
        for key in ["dev-dependencies", "dependency-groups"] {
            for (_, list) in table.table(key).map(Table::entries).unwrap_or_default() {
                for requirement in list.array().filter_map(Value::table) {
                    self.edge(from, requirement, Scope::Dev);
                }
            }
        }
    }

    fn edge(&mut self, from: usize, requirement: Table<'_>, scope: Scope) {
        let Some(name) = requirement.str("name") else {
            self.lock.found.lost(requirement.line(), "a dependency without a name was left out");
            return;
        };
        // Version and place are written only where a name alone would not do.
        let mut targets = self.lock.named(name).to_vec();
        let mut narrow = |keep: &dyn Fn(usize) -> bool| {
            if targets.iter().any(|t| keep(*t)) {
                targets.retain(|t| keep(*t));
            }
        };
        if let Some(version) = requirement.str("version") {
            narrow(&|t| self.lock.at(t).is_some_and(|p| p.purl.version() == version));
        }
        if let Some(source) = requirement.get("source") {
            let (kind, at) = place(source);
            let spelled = format!("{kind}+{at}");
            narrow(&|t| self.places.get(t) == Some(&spelled));
        }
        for to in targets {
            self.lock.edge(from, to, scope);
        }
    }
}

/// Kind and place of a source: `{ git = "…" }`, or `git+…` in early versions.
fn place(source: Value<'_>) -> (&str, &str) {
    if let Some(text) = source.str() {
        return text.split_once('+').unwrap_or_default();
    }
    let kinds = ["registry", "git", "url", "path", "directory", "editable", "virtual"];
    let of = |table: Table<'_>| kinds.into_iter().find(|kind| table.get(kind).is_some());
    let Some((table, kind)) = source.table().and_then(|t| Some((t, of(t)?))) else { return ("", "") };
    (kind, table.str(kind).unwrap_or(""))
}

fn locate(package: &mut FoundPackage, kind: &str, place: &str, subdirectory: &str) {
    let address = match kind {
        "git" => {
            let (url, revision) = place.split_once('#').unwrap_or((place, ""));
            let (url, query) = url.split_once('?').unwrap_or((url, ""));
            let field =
                |key: &str| query.split('&').find_map(|pair| pair.strip_prefix(key)?.strip_prefix('='));
            let asked = ["rev", "tag", "branch"].into_iter().find_map(field).unwrap_or("");
            let revision = if revision.is_empty() { asked } else { revision };
            Address::git(url, revision, field("subdirectory").unwrap_or(subdirectory))
        }
        "url" | "direct" => Address::archive(place),
        "path" => {
            let mut file = Address::folder(place);
            file.archive = true;
            file
        }
        "directory" | "editable" | "virtual" => {
            let mut folder = Address::folder(place);
            folder.archive = false;
            folder
        }
        _ => return,
    };
    address.place(package);
}

/// When the first file of the version was uploaded; the lock writes every time in the same form.
fn released(table: Table<'_>) -> Option<String> {
    let sdist = table.table("sdist").and_then(|s| s.str("upload-time"));
    let wheels = table.tables("wheels").filter_map(|w| w.str("upload-time"));
    sdist.into_iter().chain(wheels).min().map(str::to_string)
}

/// The hash of the source archive, or of the only wheel.
fn hash(table: Table<'_>) -> Option<licit_model::Hash> {
    let sdist = table.table("sdist").and_then(|s| s.str("hash"));
    sdist.or_else(|| python::only(table.tables("wheels"))?.str("hash")).and_then(python::hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &str, text: &str) -> Found {
        let mut found = Found::new(path, "uv-lock");
        UvLock.extract(&File::new(path, text.as_bytes()), &mut found);
        found
    }

    fn edges_of(found: &Found) -> Vec<(&str, &str, Scope)> {
        let id = |i: usize| found.packages[i].purl.name.as_str();
        found.edges.iter().map(|e| (id(e.from), id(e.to), e.scope)).collect()
    }

    #[test]
    fn members_extras_and_groups() {
        let found = read(
            "uv.lock",
            r#"version = 1
[manifest]
members = ["app", "lib"]

[[package]]
name = "app"
version = "0.1.0"
source = { editable = "." }
dependencies = [
    { name = "httpx", extra = ["http2"] },
    { name = "lib" },
    { name = "torch", version = "2.0", source = { registry = "https://registry.example/cpu" }, marker = "x" },
]
[package.optional-dependencies]
all = [{ name = "app", extra = ["cli"] }]
cli = [{ name = "rich" }]
[package.dev-dependencies]
dev = [{ name = "rich" }, { name = "nosuch" }]

[[package]]
name = "lib"
source = { virtual = "libs/lib" }

[[package]]
name = "httpx"
version = "1"
source = { registry = "https://registry.example/simple" }
[package.optional-dependencies]
http2 = [{ name = "h2" }]
cli = [{ name = "rich" }]

[[package]]
name = "h2"
version = "4"
source = { git = "https://host.example/o/h2?rev=main#abc", subdirectory = "s" }
[[package]]
name = "rich"
version = "13"
source = { url = "https://host.example/rich-13.tar.gz" }
[[package]]
name = "torch"
version = "1.0"
source = { registry = "https://registry.example/cpu" }
[[package]]
name = "torch"
version = "2.0"
source = { registry = "https://registry.example/cpu" }
"#,
        );
        assert!(found.problems.is_empty(), "{:?}", found.problems);
        assert_eq!(
            edges_of(&found),
            [
                ("app", "httpx", Scope::Runtime),
                ("app", "lib", Scope::Runtime),
                ("app", "torch", Scope::Runtime),
                ("app", "rich", Scope::Optional),
                ("httpx", "h2", Scope::Runtime),
                ("httpx", "rich", Scope::Optional),
            ]
        );
        assert_eq!(found.edges[2].to, 6);
        let dirs: Vec<_> = found.packages.iter().map(|p| p.dir.as_deref()).collect();
        assert_eq!(dirs[..3], [Some(""), Some("libs/lib"), None]);
        assert_eq!(
            found.packages[3].purl.to_string(),
            "pkg:pypi/h2@4?vcs_url=git%2Bhttps:%2F%2Fhost.example%2Fo%2Fh2%40abc%23s"
        );
        assert!(found.keys.is_empty());
    }

    #[test]
    fn scripts_and_early_versions() {
        let found = read(
            "tools/x.py.lock",
            r#"version = 1
[manifest]
requirements = [{ name = "a", extras = ["e"] }]
[[distribution]]
name = "a"
version = "1"
source = "registry+https://registry.example/simple"
[[distribution.dependencies]]
name = "b"
[distribution.optional-dependencies]
e = [{ name = "b" }]
[[distribution]]
name = "b"
version = "2"
source = "git+https://host.example/b#abc"
"#,
        );
        assert!(found.problems.is_empty(), "{:?}", found.problems);
        assert_eq!(edges_of(&found), [("a", "b", Scope::Runtime), ("", "a", Scope::Runtime)]);
        assert!(found.packages[2].first_party);
        assert_eq!((found.packages[2].line, found.precedence), (Some(2), 0));
        // A script stands for itself, not for its folder.
        assert_eq!(found.packages[2].dir.as_deref(), Some("x.py"));
    }
}
