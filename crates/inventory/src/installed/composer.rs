//! Copies of PHP packages: `vendor/<vendor>/<package>`, with their own `composer.json` and license texts.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use licit_model::{Component, Found};
use serde::Deserialize;

use super::{
    Caches, Folder, Looked, MANIFEST_LIMIT, Memory, Missed, field, memory, names_of, read, serves,
    texts_and_readme,
};
use crate::extract::{Extractor, File, composer_json};
use crate::tree::Spot;
use crate::walk::Walked;

/// Where copies of packages lie.
pub(super) struct Copies {
    root: Spot,
    /// By `vendor` folder: by the name in small letters, the folder of a package as the disk spells it.
    present: Vec<(String, HashMap<String, String>)>,
    /// By `vendor` folder: by the name in small letters, the version that Composer recorded there.
    installed: HashMap<String, HashMap<String, String>>,
    memory: Option<Arc<dyn Memory>>,
}

/// Bytes of Composer's record of what it installed.
const RECORD_LIMIT: usize = 64 << 20;

/// `installed.json`: an object with a list since Composer 2, the list alone before.
#[derive(Deserialize)]
#[serde(untagged)]
enum Record {
    New { packages: Vec<Recorded> },
    Old(Vec<Recorded>),
}

#[derive(Deserialize)]
struct Recorded {
    name: String,
    version: String,
}

/// The versions that lie in a `vendor` folder; empty where nothing can be read of them.
fn installed(vendor: &Spot) -> HashMap<String, String> {
    let Some(text) = read(&vendor.join("composer/installed.json"), RECORD_LIMIT) else {
        return HashMap::new();
    };
    let list = match serde_json::from_str(&text) {
        Ok(Record::New { packages } | Record::Old(packages)) => packages,
        Err(_) => Vec::new(),
    };
    list.into_iter().map(|p| (p.name.to_lowercase(), p.version)).collect()
}

/// Whether two spellings are one version: tags may have a `v` before it.
fn same_version(a: &str, b: &str) -> bool {
    let bare = |v: &str| v.strip_prefix(['v', 'V']).unwrap_or(v).to_ascii_lowercase();
    bare(a) == bare(b)
}

impl Copies {
    pub(super) fn new(root: impl Into<Spot>, walked: &Walked, caches: &Caches) -> Self {
        let root = root.into();
        let mut present = Vec::new();
        let mut recorded = HashMap::new();
        for vendor in &walked.vendored {
            // Folders that other package managers vendor into hold no record of Composer's.
            let dir = root.join(vendor);
            if !dir.join("composer").is_dir() {
                continue;
            }
            let mut packages = HashMap::new();
            for owner in names_of(&dir) {
                for package in names_of(&dir.join(&owner)) {
                    let folder = format!("{owner}/{package}");
                    packages.insert(folder.to_lowercase(), folder);
                }
            }
            recorded.insert(vendor.clone(), installed(&dir));
            present.push((vendor.clone(), packages));
        }
        Copies { root, present, installed: recorded, memory: caches.memory.clone() }
    }

    pub(super) fn look(&self, index: usize, component: &Component, looked: &mut Looked) {
        let mut others = Vec::new();
        for (vendor, packages) in self.present.iter().filter(|(vendor, _)| serves(vendor, component)) {
            let name = component.name.to_lowercase();
            let Some(folder) = packages.get(&name) else { continue };
            // The folder may be older than the lockfile, and so may be its license.
            let recorded = self.installed.get(vendor).and_then(|versions| versions.get(&name));
            if let Some(other) = recorded.filter(|v| !same_version(v, &component.version)) {
                others.push(format!("{vendor}, which has version {other}"));
                continue;
            }
            let shown = format!("{vendor}/{folder}");
            let dir = self.root.join(&shown);
            let of = dir.on_disk().and_then(Path::to_str).map(|at| ["composer", at, &shown]);
            memory::recall(self.memory.as_deref(), of, index, looked, |looked| {
                copy(index, dir.clone(), shown.clone(), looked);
            });
            return;
        }
        let places = if others.is_empty() { "vendor".to_string() } else { others.join(" and ") };
        looked.missed.push((index, Missed::NoCopy(places)));
    }
}

/// Reads manifest and texts of a package's folder.
fn copy(index: usize, dir: Spot, shown: String, looked: &mut Looked) {
    if let Some(manifest) = read(&dir.join("composer.json"), MANIFEST_LIMIT) {
        let path = format!("{shown}/composer.json");
        let mut found = Found::new(path.clone(), "composer-json");
        composer_json::ComposerJson.extract(&File::new(&path, manifest.as_bytes()), &mut found);
        for raw in found.manifest.into_iter().flat_map(|m| m.package.licenses) {
            field(index, raw, &path, &mut looked.facts);
        }
    }
    texts_and_readme(index, &Folder::At(dir), &shown, &mut looked.facts);
    looked.missed.push((index, Missed::Silent(shown)));
}

#[cfg(test)]
mod tests {
    use super::super::Content;
    use super::super::folder::tests::{component, scratch};
    use super::*;
    use licit_model::Location;

    #[test]
    fn a_copy_of_another_version_says_nothing() {
        let dir = scratch("composer");
        let put = |path: &str, text: &str| {
            let path = dir.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        put(
            "vendor/acme/Web/composer.json",
            r#"{"name": "acme/Web", "license": ["MIT", "GPL-2.0-or-later"]}"#,
        );
        put("vendor/composer/installed.json", r#"{"packages": [{"name": "acme/Web", "version": "v1.0.0"}]}"#);
        let walked = Walked { vendored: vec!["vendor".to_string()], ..Walked::default() };
        let look = |version: &str| {
            let mut looked = Looked::default();
            let mut package = component("acme/web", version);
            package.locations.push(Location::new("composer.lock", None));
            Copies::new(&dir, &walked, &Caches::default()).look(0, &package, &mut looked);
            looked
        };
        let same = look("1.0.0");
        assert!(
            matches!(&same.facts[0].content, Content::Field(raw) if raw.text == "MIT OR GPL-2.0-or-later")
        );
        let other = look("2.0.0");
        assert!(other.facts.is_empty());
        let place = "vendor, which has version v1.0.0".to_string();
        assert_eq!(other.missed, [(0, Missed::NoCopy(place))]);
        // Older releases of Composer write the list alone; what cannot be read rules nothing out.
        put("vendor/composer/installed.json", r#"[{"name": "acme/web", "version": "3.0.0"}]"#);
        assert!(look("1.0.0").facts.is_empty() && !look("3.0.0").facts.is_empty());
        put("vendor/composer/installed.json", "cut");
        assert!(!look("2.0.0").facts.is_empty());
        std::fs::remove_dir_all(dir).unwrap();
    }
}
