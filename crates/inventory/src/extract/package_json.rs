//! `package.json`: what a JavaScript project is and asks for. npm, Yarn, pnpm and Bun share it.

use licit_model::{Ecosystem, Found, FoundPackage, Manifest, Purl, Requirement, Scope, Source};
use serde::de::{IgnoredAny, MapAccess};
use std::collections::HashSet;

use super::json::{self, Lax, Lenient, Object, Str};
use super::npm::license::LicenseField;
use super::npm::notes::Missing;
use super::npm::origin::{Origin, without_credentials};
use super::npm::spec::{Place, Spec};
use super::{Extractor, File};

/// Reads `package.json`.
pub struct PackageJson;

impl Extractor for PackageJson {
    fn name(&self) -> &'static str {
        "package-json"
    }

    fn files(&self) -> &'static [&'static str] {
        &["package.json"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let mut fields = Fields::default();
        json::fill(file, found, &mut fields);
        fields.fill(file, found);
    }
}

/// Which list of requirements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum List {
    Runtime,
    Dev,
    Optional,
    Peer,
}

/// Names with ranges.
type Ranges<'a> = Object<'a, Lax<Str<'a>>>;

/// The fields that matter here. What was read before a syntax error stays.
#[derive(Default)]
struct Fields<'a> {
    name: Option<Str<'a>>,
    version: Option<Str<'a>>,
    license: LicenseField<'a>,
    licenses: LicenseField<'a>,
    lists: Vec<(List, Ranges<'a>)>,
    workspaces: Option<Workspaces<'a>>,
    catalog: Ranges<'a>,
    catalogs: Object<'a, Lax<Ranges<'a>>>,
}

impl<'a> Fields<'a> {
    fn fill(self, file: &File<'_>, found: &mut Found) {
        let requirements = self.requirements(file, found);
        let workspaces = self.workspaces.unwrap_or_default();
        let mut licenses = self.license.raw(file);
        if licenses.is_empty() {
            licenses = self.licenses.raw(file);
        }
        let named = self.name.as_ref().is_some_and(|name| !name.trim().is_empty());
        let members: Vec<String> = workspaces.packages.iter().map(|glob| glob.trim().to_string()).collect();
        // Many folders hold a package.json only to say `"type": "module"`.
        if !named && requirements.is_empty() && members.is_empty() && licenses.is_empty() {
            return;
        }
        let name = self.name.as_ref().map_or("", |name| name.trim());
        let version = self.version.as_ref().map_or("", |version| version.trim());
        let line = self.name.as_ref().and_then(|name| name.line(file)).or(Some(1));
        let mut package = FoundPackage::new(Purl::npm(name, version), line);
        package.first_party = true;
        package.dir = Some(String::new());
        package.licenses = licenses;
        let mut manifest = Manifest::new(package);
        manifest.is_package = named || !requirements.is_empty() || members.is_empty();
        manifest.requirements = requirements;
        manifest.workspace_members = members;
        for (catalog, catalogs) in [(self.catalog, self.catalogs), (workspaces.catalog, workspaces.catalogs)]
        {
            manifest.workspace_requirements.extend(of_catalog(None, &catalog, file));
            for (name, ranges) in catalogs.iter() {
                let ranges = ranges.0.iter();
                manifest
                    .workspace_requirements
                    .extend(ranges.flat_map(|ranges| of_catalog(Some(name), ranges, file)));
            }
        }
        found.manifest(Ecosystem::Npm, manifest);
    }

    fn requirements(&self, file: &File<'_>, found: &mut Found) -> Vec<Requirement> {
        let names = |list: List| -> HashSet<&str> {
            let lists = self.lists.iter().filter(|(l, _)| *l == list);
            lists.flat_map(|(_, ranges)| ranges.iter().map(|(name, _)| &**name)).collect()
        };
        let (runtime, optional) = (names(List::Runtime), names(List::Optional));
        let mut requirements = Vec::new();
        let mut odd = Missing::default();
        for (list, ranges) in &self.lists {
            for (name, range) in ranges.iter() {
                // npm lets an optional dependency win over a regular one of the same name, and a peer that the
                // project also depends on is no question for its users.
                let elsewhere = match list {
                    List::Runtime => optional.contains(&**name),
                    List::Peer => runtime.contains(&**name) || optional.contains(&**name),
                    List::Dev | List::Optional => false,
                };
                if elsewhere {
                    continue;
                }
                let Some(range) = &range.0 else {
                    odd.note(name, || name.line(file));
                    continue;
                };
                if name.trim().is_empty() {
                    odd.note(name, || name.line(file));
                    continue;
                }
                let scope = match list {
                    List::Runtime => Scope::Runtime,
                    List::Dev => Scope::Dev,
                    // Whoever uses the package brings the peer along; the project itself does not ship it.
                    List::Optional | List::Peer => Scope::Optional,
                };
                requirements.push(requirement(name, range, scope, name.line(file)));
            }
        }
        odd.report_malformed(found);
        requirements
    }
}

/// Reads one entry of a list of requirements.
pub(super) fn requirement(key: &str, range: &str, scope: Scope, line: Option<u32>) -> Requirement {
    let key = key.trim();
    let spec = Spec::parse(range);
    let name = spec.name.as_deref().unwrap_or(key).to_string();
    let alias = (name != key).then(|| key.to_string());
    let (path, source, inherited) = match spec.place {
        Place::Registry => (None, Source::Registry(None), false),
        Place::Workspace(path) => (path, Source::Unknown, true),
        Place::Catalog => (None, Source::Registry(None), true),
        Place::At(Origin::Folder(path)) => (Some(path.clone()), Source::Path(path), false),
        Place::At(origin) => (None, origin.source(), false),
    };
    let range = without_credentials(&spec.range);
    Requirement { name, alias, range, scope, line, path, source, inherited }
}

/// The requirements of a catalog. One with a name is kept apart by the alias `catalog:name`, which is also what a
/// member writes as its range.
fn of_catalog(name: Option<&str>, ranges: &Ranges<'_>, file: &File<'_>) -> Vec<Requirement> {
    let texts = ranges.iter().filter_map(|(key, range)| Some((key, range.0.as_ref()?)));
    texts.map(|(key, range)| catalog_requirement(name, key, range, key.line(file))).collect()
}

/// One line of a catalog; see [`of_catalog`].
pub(super) fn catalog_requirement(
    catalog: Option<&str>,
    key: &str,
    range: &str,
    line: Option<u32>,
) -> Requirement {
    let mut entry = requirement(key, range, Scope::Runtime, line);
    if let Some(catalog) = catalog.filter(|catalog| *catalog != "default") {
        entry.alias = Some(format!("catalog:{catalog}"));
    }
    entry
}

impl<'de> json::Fields<'de> for Fields<'de> {
    fn take<M: MapAccess<'de>>(&mut self, key: &str, map: &mut M) -> Result<(), M::Error> {
        match key {
            "name" => self.name = map.next_value::<Lax<_>>()?.0,
            "version" => self.version = map.next_value::<Lax<_>>()?.0,
            "license" | "licence" => self.license = map.next_value::<Lax<_>>()?.0.unwrap_or_default(),
            "licenses" => self.licenses = map.next_value::<Lax<_>>()?.0.unwrap_or_default(),
            "dependencies" => self.list(List::Runtime, map)?,
            "devDependencies" => self.list(List::Dev, map)?,
            "optionalDependencies" => self.list(List::Optional, map)?,
            "peerDependencies" => self.list(List::Peer, map)?,
            "workspaces" => self.workspaces = map.next_value::<Lax<_>>()?.0,
            "catalog" => self.catalog = map.next_value::<Lax<_>>()?.0.unwrap_or_default(),
            "catalogs" => self.catalogs = map.next_value::<Lax<_>>()?.0.unwrap_or_default(),
            _ => drop(map.next_value::<IgnoredAny>()?),
        }
        Ok(())
    }
}

impl<'de> Fields<'de> {
    fn list<M: MapAccess<'de>>(&mut self, list: List, map: &mut M) -> Result<(), M::Error> {
        if let Some(ranges) = map.next_value::<Lax<Ranges<'de>>>()?.0 {
            self.lists.push((list, ranges));
        }
        Ok(())
    }
}

/// `workspaces`: an array of globs, or an object with more.
#[derive(Default)]
struct Workspaces<'a> {
    packages: Vec<Str<'a>>,
    catalog: Ranges<'a>,
    catalogs: Object<'a, Lax<Ranges<'a>>>,
}

impl<'de: 'a, 'a> Lenient<'de> for Workspaces<'a> {
    fn from_seq<S: serde::de::SeqAccess<'de>>(mut seq: S) -> Result<Option<Self>, S::Error> {
        let mut packages = Vec::new();
        while let Some(item) = seq.next_element::<Lax<Str<'a>>>()? {
            packages.extend(item.0);
        }
        Ok(Some(Workspaces { packages, ..Workspaces::default() }))
    }

    fn from_map<M: MapAccess<'de>>(mut map: M) -> Result<Option<Self>, M::Error> {
        let mut workspaces = Workspaces::default();
        while let Some(key) = map.next_key::<Str<'de>>()? {
            match &*key {
                "packages" => {
                    let items: Lax<Vec<Lax<Str<'a>>>> = map.next_value()?;
                    workspaces.packages = items.0.into_iter().flatten().filter_map(|item| item.0).collect();
                }
                "catalog" => workspaces.catalog = map.next_value::<Lax<_>>()?.0.unwrap_or_default(),
                "catalogs" => workspaces.catalogs = map.next_value::<Lax<_>>()?.0.unwrap_or_default(),
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(Some(workspaces))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Found {
        let mut found = Found::new("package.json", "package-json");
        PackageJson.extract(&File::new("package.json", json.as_bytes()), &mut found);
        found
    }

    fn requirements(json: &str) -> Vec<(String, String, Scope)> {
        let manifest = read(json).manifest.expect("it is a manifest");
        manifest.requirements.into_iter().map(|r| (r.name, r.range, r.scope)).collect()
    }

    #[test]
    fn the_scope_is_that_of_the_list() {
        let json = r#"{
            "peerDependencies": {"p": "1", "q": ">=2", "a": "1"}, "peerDependenciesMeta": {"q": {"optional": true}},
            "dependencies": {"a": "^1", "b": "~1"}, "optionalDependencies": {"b": "2"}, "devDependencies": {"p": "1"}
        }"#;
        let got = requirements(json);
        let want = [
            ("p", "1", Scope::Optional),
            ("q", ">=2", Scope::Optional),
            ("a", "^1", Scope::Runtime),
            ("b", "2", Scope::Optional),
            ("p", "1", Scope::Dev),
        ];
        assert_eq!(got.iter().map(|(n, r, s)| (n.as_str(), r.as_str(), *s)).collect::<Vec<_>>(), want);
    }

    #[test]
    fn places_are_told_apart() {
        let json = r#"{"dependencies": {
            "x": "npm:@s/real@^2", "f": "file:../f", "t": "file:t.tgz", "w": "workspace:^", "c": "catalog:",
            "g": "o/r#v1", "u": "https://files.example/u.tgz"
        }}"#;
        let manifest = read(json).manifest.expect("it is a manifest");
        let r = |i: usize| &manifest.requirements[i];
        assert_eq!(
            (r(0).name.as_str(), r(0).alias.as_deref(), r(0).range.as_str()),
            ("@s/real", Some("x"), "^2")
        );
        assert_eq!((r(1).path.as_deref(), r(1).inherited), (Some("../f"), false));
        assert_eq!((r(2).path.as_deref(), &r(2).source), (None, &Source::Path("t.tgz".to_string())));
        assert!(r(3).inherited && r(4).inherited);
        assert_eq!(r(5).source, Source::Git("https://github.com/o/r.git#v1".to_string()));
        assert_eq!(r(6).source, Source::Url("https://files.example/u.tgz".to_string()));
        assert_eq!((r(0).line, r(6).line), (Some(2), Some(3)));
    }

    #[test]
    fn a_file_without_a_project_is_nothing() {
        let found = read(r#"{"type": "module", "private": true, "version": 3}"#);
        assert!(found.manifest.is_none() && found.problems.is_empty());
        let group = read(r#"{"workspaces": {"packages": ["a/*", "!a/x", 1], "catalog": {"r": "^18"}}}"#);
        let manifest = group.manifest.expect("it groups others");
        assert!(!manifest.is_package);
        assert_eq!(manifest.workspace_members, ["a/*", "!a/x"]);
        assert_eq!(manifest.workspace_requirements[0].range, "^18");
    }

    #[test]
    fn what_stands_before_an_error_is_kept() {
        let found = read(
            "{\"name\": \"a\", \"dependencies\": {\"b\": \"1\", \"c\": 2},\n \"devDependencies\": {\"d\"",
        );
        let manifest = found.manifest.expect("the beginning was good");
        assert_eq!(manifest.requirements.len(), 1);
        assert_eq!(
            found.problems.iter().map(|p| (p.line, p.loses)).collect::<Vec<_>>(),
            [(Some(2), true), (Some(1), true)]
        );
    }
}
