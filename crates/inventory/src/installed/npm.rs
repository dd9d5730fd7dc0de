//! Copies of npm packages: `node_modules`, flat, nested, or in pnpm's store.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use licit_model::found::RawLicenseKind;
use licit_model::{Component, Found};

use super::{
    Folder, Looked, MANIFEST_LIMIT, Missed, field, named_text, names_of, prose, read, serves,
    texts_and_readme,
};
use crate::extract::{Extractor, File, package_json};
use crate::walk::Walked;

/// Where copies of packages lie.
pub(super) struct Copies {
    root: PathBuf,
    /// Packages that a `node_modules` holds at its top, as `folder/name`; asking it costs no system call.
    present: HashSet<String>,
    node_modules: Vec<String>,
    /// By `node_modules`: whether it has pnpm's store.
    stored: HashSet<String>,
}

impl Copies {
    pub(super) fn new(root: &Path, walked: &Walked) -> Self {
        let mut copies = Copies {
            root: root.to_path_buf(),
            present: HashSet::new(),
            node_modules: walked.node_modules.clone(),
            stored: HashSet::new(),
        };
        for folder in &walked.node_modules {
            for name in names_of(&root.join(folder)) {
                if name == ".pnpm" {
                    copies.stored.insert(folder.clone());
                } else if name.starts_with('@') {
                    let scoped = names_of(&root.join(folder).join(&name));
                    copies.present.extend(scoped.into_iter().map(|inner| format!("{folder}/{name}/{inner}")));
                } else {
                    copies.present.insert(format!("{folder}/{name}"));
                }
            }
        }
        copies
    }

    pub(super) fn look(
        &self,
        index: usize,
        component: &Component,
        install_paths: &[String],
        looked: &mut Looked,
    ) {
        if self.node_modules.is_empty() {
            looked.missed.push((index, Missed::NoCopy("node_modules: the tree has none".to_string())));
            return;
        }
        if component.name.split('/').any(|p| p.is_empty() || p == "..") {
            return;
        }
        let facts = &mut looked.facts;
        let given = install_paths.iter().filter(|p| !p.split('/').any(|p| p == "..")).cloned();
        // A lockfile's packages may also be installed in the workspace members below it.
        let near = |m: &&String| {
            serves(m, component)
                || component.locations.iter().any(|l| {
                    let dir = l.path.rsplit_once('/').map_or("", |(dir, _)| dir);
                    crate::resolve::place::is_below(m, dir)
                })
        };
        let hoisted = self.node_modules.iter().filter(near).map(|m| format!("{m}/{}", component.name));
        let hoisted = hoisted.filter(|path| self.present.contains(path));
        let stored = self.node_modules.iter().filter(near).filter(|m| self.stored.contains(*m)).map(|m| {
            let folder = format!("{}@{}", component.name.replace('/', "+"), component.version);
            format!("{m}/.pnpm/{folder}/node_modules/{}", component.name)
        });
        for shown in given.chain(hoisted).chain(stored) {
            let dir = self.root.join(&shown);
            let Some(manifest) = read(&dir.join("package.json"), MANIFEST_LIMIT) else { continue };
            let path = format!("{shown}/package.json");
            let mut found = Found::new(path.clone(), "package-json");
            package_json::PackageJson.extract(&File::new(&path, manifest.as_bytes()), &mut found);
            let Some(own) = found.manifest else { continue };
            // Another version may have been hoisted to this place.
            if own.package.purl.version() != component.version {
                continue;
            }
            let folder = Folder::OnDisk(dir);
            for raw in own.package.licenses {
                if raw.kind == RawLicenseKind::File {
                    named_text(index, &folder, &raw.text, &shown, facts);
                } else {
                    field(index, raw, &path, facts);
                }
            }
            // The texts are read even where a field says something, so that the two can be compared.
            texts_and_readme(index, &folder, &shown, facts);
            prose::package_json(index, &manifest, &path, facts);
            looked.missed.push((index, Missed::Silent(shown)));
            return;
        }
        looked.missed.push((index, Missed::NoCopy("node_modules".to_string())));
    }
}
