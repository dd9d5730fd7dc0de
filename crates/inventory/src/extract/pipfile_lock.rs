//! `Pipfile.lock`: every package that Pipenv resolved, by category. Who asks for whom is not in it.

use std::borrow::Cow;

use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Scope};
use serde::de::SeqAccess;

use super::json::{self, Lax, Lenient, Object, Str};
use super::python::lock::Lock;
use super::python::{self, Address};
use super::{Extractor, File};

/// Reads `Pipfile.lock`.
pub struct PipfileLock;

impl Extractor for PipfileLock {
    fn name(&self) -> &'static str {
        "pipfile-lock"
    }

    fn files(&self) -> &'static [&'static str] {
        &["Pipfile.lock"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(Lax(root)) = json::parse::<Lax<Object<'_, Category<'_>>>>(file, found) else { return };
        let Some(root) = root else {
            found.lost(Some(1), "a Pipfile.lock is an object");
            return;
        };
        let why = "Pipfile.lock lists every package, but not who asks for whom";
        found.lock(Ecosystem::Pypi, GraphDepth::Flat, why);
        found.precedence = python::LOCK;
        let mut lock = Lock::new(found);
        for (category, entries) in root.iter().filter(|(category, _)| !category.starts_with('_')) {
            let Some(entries) = &entries.0 else {
                lock.found
                    .lost(category.line(file), format!("the packages of {} are no object", &**category));
                continue;
            };
            let scope = match &**category {
                "default" => Scope::Runtime,
                "develop" => Scope::Dev,
                _ => Scope::Optional,
            };
            for (name, entry) in entries.iter() {
                let line = name.line(file);
                let Some(entry) = &entry.0 else {
                    lock.found.lost(line, format!("the entry of {} is no object and was left out", &**name));
                    continue;
                };
                let Some(mut package) = package(name, entry, line) else { continue };
                if package.purl.version.is_none() && !package.first_party && entry.get("version").is_some() {
                    lock.found.odd(line, format!("the version of {} is no pin", &**name));
                }
                package.scope = Some(scope);
                lock.package(package);
            }
        }
        lock.keys_by_name();
    }
}

type Category<'a> = Lax<Object<'a, Lax<Entry<'a>>>>;
type Entry<'a> = Object<'a, Lax<Field<'a>>>;

/// A field of a package's entry, of the types that matter here.
enum Field<'a> {
    Text(Cow<'a, str>),
    List(Vec<Lax<Str<'a>>>),
}

impl<'de: 'a, 'a> Lenient<'de> for Field<'a> {
    fn from_text(text: Cow<'de, str>) -> Option<Self> {
        Some(Field::Text(text))
    }

    fn from_seq<S: SeqAccess<'de>>(seq: S) -> Result<Option<Self>, S::Error> {
        Ok(Vec::from_seq(seq)?.map(Field::List))
    }
}

/// Nothing for the project itself, which older versions of Pipenv list under a made-up name.
fn package(name: &str, entry: &Entry<'_>, line: Option<u32>) -> Option<FoundPackage> {
    let text = |key: &str| match entry.get(key).and_then(|f| f.0.as_ref()) {
        Some(Field::Text(text)) => Some(&**text),
        _ => None,
    };
    let address = if let Some(git) = text("git") {
        Some(Address::git(git, text("ref").unwrap_or(""), text("subdirectory").unwrap_or("")))
    } else {
        ["path", "file"].iter().find_map(|key| text(key)).map(Address::parse)
    };
    let made_up = name.len() == 7 && name.bytes().all(|b| b.is_ascii_hexdigit());
    if made_up && address.as_ref().is_some_and(|a| a.path.is_some() && !a.archive) {
        return None;
    }
    let locked = text("version").and_then(python::pinned);
    let version = locked.or_else(|| address.as_ref()?.version.as_deref()).unwrap_or("");
    let mut package = python::package(name, version, line);
    if let Some(Field::List(hashes)) = entry.get("hashes").and_then(|f| f.0.as_ref()) {
        let hashes = hashes.iter().filter_map(|h| h.0.as_deref());
        package.hashes = python::only(hashes).and_then(python::hash).into_iter().collect();
    }
    if let Some(address) = address {
        address.place(&mut package);
    }
    Some(package)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn categories_places_and_odd_entries() {
        let text = r#"{"_meta": {"sources": []},
 "default": {
  "django": {"version": "==2.1", "hashes": ["sha256:0000000000000000000000000000000000000000000000000000000000000001"], "markers": "x"},
  "both": {"version": "==1", "hashes": [1, "sha256:00", "sha256:01"]},
  "e1839a8": {"editable": true, "path": "."},
  "lib": {"editable": true, "path": "./lib"},
  "g": {"git": "https://host.example/g.git", "ref": "abc", "version": 7},
  "bad": 3
 },
 "develop": {"both": {"version": "==1"}, "dev": {"version": "==2"}},
 "docs": {"d": {"version": "*"}},
 "strange": []
}"#;
        let mut found = Found::new("Pipfile.lock", "pipfile-lock");
        PipfileLock.extract(&File::new("Pipfile.lock", text.as_bytes()), &mut found);
        let rows: Vec<_> =
            found.packages.iter().map(|p| (p.purl.to_string(), p.scope.unwrap(), p.line)).collect();
        let row = |purl: &str, scope, line| (format!("pkg:pypi/{purl}"), scope, Some(line));
        assert_eq!(
            rows,
            [
                row("django@2.1", Scope::Runtime, 3),
                row("both@1", Scope::Runtime, 4),
                row("lib", Scope::Runtime, 6),
                row("g?vcs_url=git%2Bhttps:%2F%2Fhost.example%2Fg.git%40abc", Scope::Runtime, 7),
                row("dev@2", Scope::Dev, 10),
                row("d", Scope::Optional, 11),
            ]
        );
        assert_eq!(found.packages[0].hashes.len(), 1);
        assert_eq!(found.packages[2].dir.as_deref(), Some("lib"));
        let problems: Vec<_> = found.problems.iter().map(|p| (p.line, p.loses)).collect();
        assert_eq!(problems, [(Some(7), false), (Some(8), true), (Some(11), false), (Some(12), true)]);
    }
}
