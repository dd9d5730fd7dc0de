//! Copies of PHP packages: `vendor/<vendor>/<package>`, with their own `composer.json` and license texts.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use licit_model::{Component, Found};

use super::{Folder, Looked, MANIFEST_LIMIT, Missed, field, names_of, read, serves, texts_and_readme};
use crate::extract::{Extractor, File, composer_json};
use crate::walk::Walked;

/// Where copies of packages lie.
pub(super) struct Copies {
    root: PathBuf,
    /// By `vendor` folder: by the name in small letters, the folder of a package as the disk spells it.
    present: Vec<(String, HashMap<String, String>)>,
}

impl Copies {
    pub(super) fn new(root: &Path, walked: &Walked) -> Self {
        let mut present = Vec::new();
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
            present.push((vendor.clone(), packages));
        }
        Copies { root: root.to_path_buf(), present }
    }

    pub(super) fn look(&self, index: usize, component: &Component, looked: &mut Looked) {
        for (vendor, packages) in self.present.iter().filter(|(vendor, _)| serves(vendor, component)) {
            let Some(folder) = packages.get(&component.name) else { continue };
            let shown = format!("{vendor}/{folder}");
            let dir = self.root.join(&shown);
            if let Some(manifest) = read(&dir.join("composer.json"), MANIFEST_LIMIT) {
                let path = format!("{shown}/composer.json");
                let mut found = Found::new(path.clone(), "composer-json");
                composer_json::ComposerJson.extract(&File::new(&path, manifest.as_bytes()), &mut found);
                for raw in found.manifest.into_iter().flat_map(|m| m.package.licenses) {
                    field(index, raw, &path, &mut looked.facts);
                }
            }
            texts_and_readme(index, &Folder::OnDisk(dir), &shown, &mut looked.facts);
            looked.missed.push((index, Missed::Silent(shown)));
            return;
        }
        looked.missed.push((index, Missed::NoCopy("vendor".to_string())));
    }
}
