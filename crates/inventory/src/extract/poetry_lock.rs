//! `poetry.lock`: every package that Poetry resolved and what each asks for, of all versions of the format.
//!
//! The project itself is not in it; its requirements are joined by name from `pyproject.toml`.

use std::collections::{HashMap, HashSet};

use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Scope};

use super::python::lock::Lock;
use super::python::{self, Address, may_match, normal_name};
use super::toml::{self, Table, Value};
use super::{Extractor, File};

/// Reads `poetry.lock`.
pub struct PoetryLock;

impl Extractor for PoetryLock {
    fn name(&self) -> &'static str {
        "poetry-lock"
    }

    fn files(&self) -> &'static [&'static str] {
        &["poetry.lock"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(document) = toml::parse(file, found) else { return };
        let root = document.root();
        if root.get("package").is_none() && root.get("metadata").is_none() {
            return;
        }
        found.lock(
            Ecosystem::Pypi,
            GraphDepth::Full,
            "poetry.lock lists every package and who asks for whom",
        );
        found.precedence = python::LOCK;
        let mut lock = Lock::new(found);
        let mut read = Vec::new();
        for table in root.tables("package") {
            let Some(name) = table.str("name").filter(|n| !n.trim().is_empty()) else {
                lock.found.lost(table.line(), "a package without a name was left out");
                continue;
            };
            let package = package(name, table);
            if package.purl.version.is_none() {
                lock.found.odd(table.line(), format!("the version of {name} is missing"));
            }
            read.push((lock.package(package), table));
        }
        older_hashes(root, &mut lock);
        let asked: HashSet<(String, String)> = read.iter().flat_map(|(_, t)| asked_extras(*t)).collect();
        for (from, table) in &read {
            edges(*from, *table, &asked, &mut lock);
        }
        lock.keys_by_name();
    }
}

fn package(name: &str, table: Table<'_>) -> FoundPackage {
    let version = table.str("version").unwrap_or("");
    let mut package = python::package(name, version, table.line_of("name"));
    if let Some(address) = table.table("source").and_then(source) {
        address.place(&mut package);
    }
    package.scope = scope(table);
    let hashes = table.array("files").filter_map(|f| f.table()?.str("hash"));
    package.hashes = python::only(hashes).and_then(python::hash).into_iter().collect();
    package
}

/// Where a package comes from; nothing for registries, which are of type `legacy` or not named at all.
fn source(source: Table<'_>) -> Option<Address> {
    let url = source.str("url")?;
    match source.str("type")? {
        "git" => {
            let revision =
                ["resolved_reference", "reference"].iter().find_map(|key| source.str(key)).unwrap_or("");
            Some(Address::git(url, revision, source.str("subdirectory").unwrap_or("")))
        }
        "url" => Some(Address::archive(url)),
        "directory" => Some(Address::folder(url)),
        // A file's name need not look like an archive's.
        "file" => {
            let mut file = Address::folder(url);
            file.archive = true;
            Some(file)
        }
        _ => None,
    }
}

/// What the lock states of a package's scope: its groups since 2.1 of the format, its category before 1.5.
fn scope(table: Table<'_>) -> Option<Scope> {
    let optional = table.bool("optional") == Some(true);
    let main = match (table.get("groups"), table.str("category")) {
        (Some(groups), _) if groups.is_array() => groups.array().any(|g| g.str() == Some("main")),
        (_, Some(category)) => category == "main",
        _ => return optional.then_some(Scope::Optional),
    };
    Some(match (main, optional) {
        (true, false) => Scope::Runtime,
        (true, true) => Scope::Optional,
        (false, _) => Scope::Dev,
    })
}

/// Hashes stood in a table of their own in the first versions of the format.
fn older_hashes(root: Table<'_>, lock: &mut Lock<'_>) {
    let files = root.at(&["metadata", "files"]).or_else(|| root.at(&["metadata", "hashes"]));
    for (name, files) in files.map(Table::entries).unwrap_or_default() {
        let Some(file) = python::only(files.array()) else { continue };
        let hash = match (file.str(), file.table()) {
            (Some(hex), _) => python::hash_of("sha256", hex),
            (None, Some(table)) => table.str("hash").and_then(python::hash),
            _ => None,
        };
        // The files of several versions stand in one list, so that a single file belongs to a single version.
        let (Some(hash), &[index]) = (hash, lock.named(name)) else { continue };
        if let Some(package) = lock.found.packages.get_mut(index).filter(|p| p.hashes.is_empty()) {
            package.hashes.push(hash);
        }
    }
}

/// The requirements of a package: each name with one or several ranges, texts or tables.
fn dependencies<'d>(table: Table<'d>) -> impl Iterator<Item = (&'d str, Vec<Value<'d>>)> {
    let entries = table.table("dependencies").map(Table::entries).unwrap_or_default();
    entries
        .into_iter()
        .map(|(name, value)| (name, if value.is_array() { value.array().collect() } else { vec![value] }))
}

/// Which extras of which packages this one asks for.
fn asked_extras(table: Table<'_>) -> Vec<(String, String)> {
    let mut asked = Vec::new();
    for (name, values) in dependencies(table) {
        for extra in values.into_iter().filter_map(Value::table).flat_map(|t| t.strs("extras")) {
            asked.push((normal_name(name), normal_name(extra)));
        }
    }
    asked
}

fn edges(from: usize, table: Table<'_>, asked: &HashSet<(String, String)>, lock: &mut Lock<'_>) {
    let own_name = table.str("name").map(normal_name).unwrap_or_default();
    // Which of the package's extras bring in which name.
    let mut extras: HashMap<String, Vec<String>> = HashMap::new();
    for (extra, list) in table.table("extras").map(Table::entries).unwrap_or_default() {
        for requirement in list.array().filter_map(Value::str) {
            let name =
                requirement.split([' ', '[', '(', ';', '<', '>', '=', '!', '~', '@']).next().unwrap_or("");
            extras.entry(normal_name(name)).or_default().push(normal_name(extra));
        }
    }
    for (name, values) in dependencies(table) {
        let by_extras = extras.remove(&normal_name(name)).unwrap_or_default();
        let wanted = by_extras.into_iter().any(|extra| asked.contains(&(own_name.clone(), extra)));
        for value in values {
            let details = value.table();
            let range = value.str().or_else(|| details.and_then(|t| t.str("version"))).unwrap_or("");
            let marker = details.and_then(|t| t.str("markers")).unwrap_or("");
            let optional = details.and_then(|t| t.bool("optional")) == Some(true)
                || python::marker::scope(marker, &[]) == Scope::Optional;
            for to in targets(name, range, lock) {
                // Poetry locks an optional requirement only when some extra was asked for: by another package, which
                // needs it whenever it is there, or by the project, of which the target's groups tell how.
                let stated = lock.at(to).and_then(|p| p.scope);
                let scope = match (optional, wanted) {
                    (false, _) | (true, true) => Scope::Runtime,
                    (true, false) => stated.unwrap_or(Scope::Optional),
                };
                lock.edge(from, to, scope);
            }
        }
    }
}

/// The locked versions of a name that a range may mean: for several platforms there may be several.
fn targets(name: &str, range: &str, lock: &Lock<'_>) -> Vec<usize> {
    let all = lock.named(name);
    let fits = |index: &&usize| lock.at(**index).is_some_and(|p| may_match(range, p.purl.version()));
    let fitting: Vec<usize> = all.iter().filter(fits).copied().collect();
    if fitting.is_empty() { all.to_vec() } else { fitting }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Found {
        let mut found = Found::new("poetry.lock", "poetry-lock");
        PoetryLock.extract(&File::new("poetry.lock", text.as_bytes()), &mut found);
        found
    }

    fn edges_of(found: &Found) -> Vec<(String, String, Scope)> {
        let id = |i: usize| found.packages[i].purl.to_string().replace("pkg:pypi/", "");
        found.edges.iter().map(|e| (id(e.from), id(e.to), e.scope)).collect()
    }

    #[test]
    fn versions_extras_and_scopes() {
        let found = read(
            r#"[[package]]
name = "App_A"
version = "1.0"
optional = false
groups = ["main", "dev"]
files = [{ file = "a.whl", hash = "sha256:0000000000000000000000000000000000000000000000000000000000000001" }]

[package.dependencies]
numpy = [
  { version = ">=1.20,<2", markers = "python_version < '3.9'" },
  { version = ">=2", markers = "python_version >= '3.9'" },
]
requests = { version = "*", extras = ["Socks"] }
missing = "*"

[[package]]
name = "numpy"
version = "1.26"
optional = false
groups = ["main"]

[[package]]
name = "numpy"
version = "2.0"
optional = true
groups = ["main"]

[[package]]
name = "requests"
version = "2"
optional = false
groups = ["dev"]

[package.dependencies]
pysocks = { version = ">1", optional = true, markers = "extra == \"socks\"" }
numpy = { version = "^2", optional = true }

[package.extras]
socks = ["PySocks (>=1.5.6)"]
math = ["numpy (>=2)"]

[[package]]
name = "PySocks"
version = "1.7"
optional = false

[metadata]
lock-version = "2.1"

[metadata.files]
pysocks = [{ file = "x", hash = "md5:00000000000000000000000000000001" }]
"#,
        );
        assert!(found.problems.is_empty(), "{:?}", found.problems);
        let scopes: Vec<_> = found.packages.iter().map(|p| p.scope).collect();
        let (runtime, optional) = (Some(Scope::Runtime), Some(Scope::Optional));
        assert_eq!(scopes, [runtime, runtime, optional, Some(Scope::Dev), None]);
        let edge = |a: &str, b: &str, s| (a.to_string(), b.to_string(), s);
        assert_eq!(
            edges_of(&found),
            [
                edge("app-a@1.0", "numpy@1.26", Scope::Runtime),
                edge("app-a@1.0", "numpy@2.0", Scope::Runtime),
                edge("app-a@1.0", "requests@2", Scope::Runtime),
                edge("requests@2", "pysocks@1.7", Scope::Runtime),
                edge("requests@2", "numpy@2.0", Scope::Optional),
            ]
        );
        assert_eq!(found.packages[0].hashes[0].algorithm, "SHA-256");
        assert_eq!(found.packages[4].hashes[0].algorithm, "MD5");
        assert_eq!(found.keys[1], ("numpy".to_string(), 1));
        assert_eq!(found.packages[3].line, Some(29));
    }

    #[test]
    fn places_other_than_a_registry() {
        let found = read(
            r#"[[package]]
name = "g"
version = "1"
[package.source]
type = "git"
url = "https://host.example/o/g.git"
reference = "main"
resolved_reference = "abc"
subdirectory = "py"
[[package]]
name = "d"
version = "2"
[package.source]
type = "directory"
url = "libs/d"
[[package]]
name = "f"
version = "3"
[package.source]
type = "file"
url = "vendor/f.bin"
[[package]]
name = "l"
version = "4"
[package.source]
type = "legacy"
url = "https://registry.example/simple"
reference = "own"
"#,
        );
        let purls: Vec<_> = found.packages.iter().map(|p| p.purl.to_string()).collect();
        assert_eq!(purls[0], "pkg:pypi/g@1?vcs_url=git%2Bhttps:%2F%2Fhost.example%2Fo%2Fg.git%40abc%23py");
        assert_eq!(purls[3], "pkg:pypi/l@4");
        let own: Vec<_> = found.packages.iter().map(|p| p.dir.as_deref()).collect();
        assert_eq!(own, [None, Some("libs/d"), None, None]);
    }
}
