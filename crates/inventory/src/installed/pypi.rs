//! Copies of Python distributions in `site-packages`: `*.dist-info`, `*.egg-info` as a folder or a file, and `*.egg`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use licit_model::found::RawLicenseKind;
use licit_model::{Component, Purl, RawLicense};

use super::prose::{self, Place};
use super::{
    Caches, Content, FILES_LIMIT, Fact, Folder, Looked, MANIFEST_LIMIT, Memory, Missed, TEXT_LIMIT, field,
    license_texts, memory, named_text, names_of, read, text_in,
};
use crate::tree::Spot;
use crate::walk::Walked;
use licit_model::{Location, Method};

/// Installed distributions by normal name.
pub(super) struct Copies {
    by_name: HashMap<String, Vec<Installed>>,
    /// Whether there is any folder of installed distributions.
    any: bool,
    /// Folders of uv's cache that hold a folder for each distribution, whose wheels are unpacked elsewhere in the cache.
    wheels: Vec<PathBuf>,
    memory: Option<Arc<dyn Memory>>,
}

struct Installed {
    version: String,
    dir: Spot,
    shown: String,
}

impl Copies {
    pub(super) fn new(root: impl Into<Spot>, walked: &Walked, caches: &Caches) -> Self {
        let root = root.into();
        let in_tree = walked.site_packages.iter().map(|s| (root.join(s), s.clone()));
        let outside =
            caches.site_packages.iter().map(|s| (Spot::from(s), "$VIRTUAL_ENV/site-packages".to_string()));
        let mut by_name: HashMap<String, Vec<Installed>> = HashMap::new();
        let mut any = false;
        for (folder, shown) in in_tree.chain(outside) {
            if !folder.is_dir() {
                continue;
            }
            any = true;
            let mut names = folder.names();
            names.sort();
            for name in names {
                let suffix = [".dist-info", ".egg-info", ".egg"].into_iter().find(|s| name.ends_with(s));
                let Some(stem) = suffix.and_then(|s| name.strip_suffix(s)) else { continue };
                let below = if suffix == Some(".egg") { format!("{name}/EGG-INFO") } else { name.clone() };
                let mut parts = stem.splitn(3, '-');
                let Some(project) = parts.next().filter(|p| !p.is_empty()) else { continue };
                let mut copy = Installed {
                    version: parts.next().unwrap_or_default().to_string(),
                    dir: folder.join(&below),
                    shown: format!("{shown}/{below}"),
                };
                // Older tools leave the version to what stands inside.
                if copy.version.is_empty() {
                    let metadata = copy.metadata().map(|(_, metadata)| metadata).unwrap_or_default();
                    let head = metadata.split("\n\n").next().unwrap_or_default();
                    let version = head.lines().find_map(|l| l.strip_prefix("Version:"));
                    copy.version = version.unwrap_or_default().trim().to_string();
                }
                by_name.entry(Purl::pypi(project, "").name).or_default().push(copy);
            }
        }
        let wheels = caches.uv_cache.as_deref().map(wheels).unwrap_or_default();
        Copies { by_name, any, wheels, memory: caches.memory.clone() }
    }

    /// The distribution in uv's cache.
    fn cached(&self, component: &Component) -> Option<Installed> {
        let (name, version) = (component.name.as_str(), component.version.as_str());
        if version.is_empty() || name.contains(['/', '\\']) || name.starts_with('.') {
            return None;
        }
        let of_version = |entry: &String| {
            let rest = entry.strip_prefix(version);
            rest.is_some_and(|rest| rest.starts_with('-')) || entry.contains(&format!("-{version}-"))
        };
        let entries = self.wheels.iter().flat_map(|wheels| {
            let mut names = names_of(&wheels.join(name));
            names.retain(of_version);
            names.sort();
            names.into_iter().map(move |entry| wheels.join(name).join(entry))
        });
        for wheel in entries.take(FILES_LIMIT) {
            for info in names_of(&wheel) {
                let stem = info.strip_suffix(".dist-info").and_then(|s| s.split_once('-'));
                let Some((project, v)) = stem else { continue };
                if Purl::pypi(project, "").name == name && same_version(v, version) {
                    let shown = format!("~/.cache/uv/wheels/{name}/{info}");
                    return Some(Installed {
                        version: v.to_string(),
                        dir: Spot::from(wheel.join(&info)),
                        shown,
                    });
                }
            }
        }
        None
    }

    pub(super) fn look(&self, index: usize, component: &Component, looked: &mut Looked) {
        let installed = self.by_name.get(&component.name).map_or(&[][..], Vec::as_slice);
        // A requirement without a version is met by whatever is installed.
        let fits =
            |i: &&Installed| component.version.is_empty() || same_version(&i.version, &component.version);
        let cached;
        let found = match installed.iter().find(fits) {
            Some(copy) => Some(copy),
            None => {
                cached = self.cached(component);
                cached.as_ref()
            }
        };
        let Some(copy) = found else {
            let versions: Vec<&str> = installed.iter().map(|i| i.version.as_str()).collect();
            let other = if !self.any {
                ": there is none in the tree, and no virtual environment is active".to_string()
            } else if versions.is_empty() {
                String::new()
            } else {
                format!(", which has version {}", versions.join(", "))
            };
            return looked.missed.push((index, Missed::NoCopy(format!("site-packages{other}"))));
        };
        let of = copy.dir.on_disk().and_then(Path::to_str).map(|at| ["pypi", at, &copy.shown]);
        memory::recall(self.memory.as_deref(), of, index, looked, |looked| copy.read(index, looked));
    }
}

impl Installed {
    /// License fields, texts and descriptions of the copy.
    fn read(&self, index: usize, looked: &mut Looked) {
        let copy = self;
        looked.missed.push((index, Missed::Silent(copy.shown.clone())));
        let facts = &mut looked.facts;
        let metadata = copy.metadata();
        if let Some((shown, metadata)) = &metadata {
            headers(index, metadata, shown, facts);
            about(index, metadata, shown, facts);
        }
        let folder = Folder::At(copy.dir.clone());
        let before = facts.len();
        license_texts(index, &folder, &copy.shown, folder.names(), facts);
        let licenses = Folder::At(copy.dir.join("licenses"));
        license_texts(index, &licenses, &format!("{}/licenses", copy.shown), licenses.names(), facts);
        if facts.len() == before {
            let metadata = metadata.as_ref().map_or("", |(_, metadata)| metadata);
            other_texts(index, copy, metadata, facts);
        }
    }

    /// Place and words of the metadata. An `.egg-info` that is a file is the metadata itself.
    fn metadata(&self) -> Option<(String, String)> {
        if self.dir.is_file() {
            return Some((self.shown.clone(), read(&self.dir, MANIFEST_LIMIT)?));
        }
        ["METADATA", "PKG-INFO"].into_iter().find_map(|name| {
            Some((format!("{}/{name}", self.shown), read(&self.dir.join(name), MANIFEST_LIMIT)?))
        })
    }
}

/// License texts that do not lie at the top under a usual name: those that `License-File` headers name, below
/// `licenses` by PEP 639 and beside the metadata before it, else those in folders of `licenses`.
fn other_texts(index: usize, copy: &Installed, metadata: &str, facts: &mut Vec<Fact>) {
    let before = facts.len();
    let folder = Folder::At(copy.dir.clone());
    let head = metadata.split("\n\n").next().unwrap_or_default();
    for name in head.lines().filter_map(|l| l.strip_prefix("License-File:")).take(FILES_LIMIT) {
        let name = name.trim();
        // A notice or a list of authors is no license, and would make the texts unread.
        let upper = name.to_ascii_uppercase();
        if ["NOTICE", "AUTHORS", "CONTRIBUTORS", "CREDITS"].iter().any(|n| upper.contains(n)) {
            continue;
        }
        let at = facts.len();
        named_text(index, &folder, &format!("licenses/{name}"), &copy.shown, facts);
        if facts.len() == at {
            named_text(index, &folder, name, &copy.shown, facts);
        }
    }
    if facts.len() > before {
        return;
    }
    let mut inner = names_of(&copy.dir.join("licenses"));
    inner.sort();
    let files = inner.into_iter().flat_map(|folder| {
        let mut names = names_of(&copy.dir.join("licenses").join(&folder));
        names.sort();
        names.into_iter().map(move |name| format!("licenses/{folder}/{name}"))
    });
    for name in files.take(FILES_LIMIT) {
        text_in(index, &folder, &name, &copy.shown, facts);
    }
}

/// The folders of uv's cache with wheels: `wheels-v8/pypi` for the usual index, `wheels-v8/index/<hash>` for others.
fn wheels(cache: &Path) -> Vec<PathBuf> {
    let mut versions = names_of(cache);
    versions.retain(|name| name.starts_with("wheels-v"));
    versions.sort();
    let mut found = Vec::new();
    for version in versions {
        found.push(cache.join(&version).join("pypi"));
        let indices = cache.join(&version).join("index");
        let mut names = names_of(&indices);
        names.sort();
        found.extend(names.into_iter().map(|name| indices.join(name)));
    }
    found.retain(|folder| folder.is_dir());
    found
}

/// `1.0` and `1.0.0` are one version to Python.
fn same_version(a: &str, b: &str) -> bool {
    let normal = |v: &str| {
        let lower = v.to_ascii_lowercase().replace(['-', '_'], ".");
        let trimmed = lower.trim_end_matches(".0");
        trimmed.to_string()
    };
    a == b || normal(a) == normal(b)
}

/// The license headers of a distribution's metadata, the strongest first: an expression rules out the rest.
fn headers(index: usize, metadata: &str, shown: &str, facts: &mut Vec<Fact>) {
    let mut expression = None;
    let mut license: Option<(u32, String)> = None;
    let mut classifiers = Vec::new();
    let mut in_license = false;
    for (number, line) in (1u32..).zip(metadata.lines()) {
        if line.is_empty() {
            break;
        }
        if line.starts_with([' ', '\t']) {
            // The License field may hold a whole text, its lines folded.
            if let (true, Some((_, text))) = (in_license, &mut license)
                && text.len() < TEXT_LIMIT
            {
                text.push('\n');
                text.push_str(line.trim_start().trim_start_matches('|'));
            }
            continue;
        }
        in_license = false;
        let Some((key, value)) = line.split_once(':') else { continue };
        let value = value.trim();
        match key.to_ascii_lowercase().as_str() {
            "license-expression" => expression = Some((number, value.to_string())),
            "license" if !value.is_empty() => {
                license = Some((number, value.to_string()));
                in_license = true;
            }
            "classifier" if value.starts_with("License ::") => classifiers.push((number, value.to_string())),
            _ => {}
        }
    }
    let raw = |(line, text): (u32, String), kind| RawLicense { text, kind, line: Some(line) };
    if let Some(expression) = expression {
        field(index, raw(expression, RawLicenseKind::Expression), shown, facts);
        return;
    }
    let unknown = |text: &str| text.eq_ignore_ascii_case("UNKNOWN");
    if let Some((line, text)) = license.filter(|(_, text)| !unknown(text)) {
        if text.contains('\n') || text.len() > 200 {
            facts.push(Fact {
                component: index,
                method: Method::LicenseFile,
                location: Location::new(shown, Some(line)),
                content: Content::Text(text),
            });
        } else {
            field(index, raw((line, text), RawLicenseKind::Expression), shown, facts);
        }
    }
    for classifier in classifiers {
        field(index, raw(classifier, RawLicenseKind::Classifier), shown, facts);
    }
}

/// What a distribution's metadata says in prose: the summary, a license of several lines, and the README, which is the
/// body or, in old metadata, a folded header.
fn about(index: usize, metadata: &str, shown: &str, facts: &mut Vec<Fact>) {
    if !prose::may_restrict(metadata) {
        return;
    }
    let mut add = |(place, first, text): (Place, u32, String)| {
        // A license of one line is a field, and read as such.
        if place != Place::License || text.contains('\n') {
            prose::words(index, shown, Some(first), place, &text, facts);
        }
    };
    let mut folded: Option<(Place, u32, String)> = None;
    let mut rest = metadata;
    let mut number = 0u32;
    while !rest.is_empty() {
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        let line = line.trim_end_matches('\r');
        rest = after;
        number = number.saturating_add(1);
        if line.is_empty() {
            break;
        }
        if line.starts_with([' ', '\t']) {
            if let Some((_, _, text)) = &mut folded {
                text.push('\n');
                // Eight blanks, or a bar in newer tools, mark the line as folded; the rest is the author's.
                let own = line.trim_start();
                text.push_str(own.strip_prefix('|').unwrap_or(own));
            }
            continue;
        }
        folded.take().into_iter().for_each(&mut add);
        let Some((key, value)) = line.split_once(':') else { continue };
        let place = match key.to_ascii_lowercase().as_str() {
            "summary" => Place::Description,
            "description" => Place::Readme,
            "license" => Place::License,
            _ => continue,
        };
        folded = Some((place, number, value.trim().to_string()));
    }
    folded.into_iter().for_each(&mut add);
    add((Place::Readme, number.saturating_add(1), rest.to_string()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wheels_that_uv_unpacked_are_found_by_name_and_version() {
        let cache = super::super::folder::tests::scratch("uv");
        for (at, name, license) in [
            ("wheels-v5/pypi/some-thing/1.0.0-py3-none-any", "some_thing-1.0", "MIT"),
            ("wheels-v1/index/0123/other/other-2.0-py3-none-any", "other-2.0", "ISC"),
            ("wheels-v5/pypi/odd/1.0-py3-none-any", "else-1.0", "MIT"),
        ] {
            let dir = cache.join(at).join(format!("{name}.dist-info"));
            std::fs::create_dir_all(&dir).unwrap();
            std::fs::write(dir.join("METADATA"), format!("Name: x\nLicense-Expression: {license}\n\n"))
                .unwrap();
        }
        std::fs::write(cache.join("wheels-v5/pypi/some-thing/1.0.0-py3-none-any.msgpack"), "").unwrap();
        let caches = Caches { uv_cache: Some(cache.clone()), ..Caches::default() };
        let copies = Copies::new(&cache, &Walked::default(), &caches);
        let look = |name: &str, version: &str| {
            let mut looked = Looked::default();
            copies.look(0, &super::super::folder::tests::component(name, version), &mut looked);
            looked.facts.into_iter().next().map(|f| (f.location.path, f.content))
        };
        let (path, content) = look("some-thing", "1.0.0").unwrap();
        assert_eq!(path, "~/.cache/uv/wheels/some-thing/some_thing-1.0.dist-info/METADATA");
        assert!(matches!(content, Content::Field(raw) if raw.text == "MIT"));
        assert!(matches!(look("other", "2.0"), Some((_, Content::Field(raw))) if raw.text == "ISC"));
        for (name, version) in
            [("some-thing", "1.0.1"), ("odd", "1.0"), ("some-thing", ""), ("../pypi", "1.0")]
        {
            assert_eq!(look(name, version), None, "{name}");
        }
        std::fs::remove_dir_all(cache).unwrap();
    }

    #[test]
    fn every_form_of_an_installed_distribution_is_read() {
        let root = super::super::folder::tests::scratch("pypi");
        let put = |path: &str, content: &str| {
            let path = root.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, content).unwrap();
        };
        put(
            "a-1.0.dist-info/METADATA",
            "Name: a\nLicense-Expression: MIT\nLicense-File: LEGAL/TERMS\n\nbody\n",
        );
        put("a-1.0.dist-info/licenses/LEGAL/TERMS", "terms");
        put("b-2.0-py3.9.egg-info", "Name: b\nLicense: BSD\n\n");
        put("c.egg-info/PKG-INFO", "Name: c\nVersion: 3.0\nLicense: ISC\n\n");
        put("d-4.0-py3.9.egg/EGG-INFO/PKG-INFO", "Name: d\nLicense: Zlib\n\n");
        put("e-5.0.dist-info/METADATA", "Name: e\nLicense: UNKNOWN\n\n");
        put("e-5.0.dist-info/licenses/vendored/x/LICENSE", "too deep");
        put("e-5.0.dist-info/licenses/inner/LICENSE", "words");
        let caches = Caches { site_packages: vec![root.clone()], ..Caches::default() };
        let copies = Copies::new(&root, &Walked::default(), &caches);
        let look = |name: &str, version: &str| {
            let mut looked = Looked::default();
            copies.look(0, &super::super::folder::tests::component(name, version), &mut looked);
            looked
        };
        let said = |name: &str, version: &str| -> Vec<String> {
            let said = |f: Fact| match f.content {
                Content::Field(raw) => raw.text,
                Content::Text(text) | Content::Prose(_, text) | Content::Known(_, text) => text,
            };
            look(name, version).facts.into_iter().map(said).collect()
        };
        assert_eq!(said("a", "1.0"), ["MIT", "terms"]);
        assert_eq!(said("b", "2.0"), ["BSD"]);
        assert_eq!(said("c", "3.0"), ["ISC"]);
        assert_eq!(said("d", "4.0.0"), ["Zlib"]);
        assert_eq!(said("e", "5.0"), ["words"]);
        let other = look("a", "2.0");
        assert!(matches!(&other.missed[0].1, Missed::NoCopy(why) if why.ends_with("has version 1.0")));
        std::fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn an_expression_rules_out_classifiers() {
        let mut facts = Vec::new();
        headers(
            0,
            "Name: a\nClassifier: License :: OSI Approved :: MIT License\nLicense-Expression: Apache-2.0\n\nLicense: x\n",
            "METADATA",
            &mut facts,
        );
        assert_eq!(facts.len(), 1);
        assert_eq!(facts[0].location.line, Some(3));
    }

    #[test]
    fn a_folded_license_is_a_text() {
        let mut facts = Vec::new();
        headers(0, "License: Copyright X\n        Permission is hereby\n\nbody\n", "METADATA", &mut facts);
        assert!(matches!(&facts[0].content, Content::Text(t) if t == "Copyright X\nPermission is hereby"));
        assert!(same_version("1.0", "1.0.0") && !same_version("1.0", "1.1"));
    }
}
