//! Copies of npm packages: `node_modules`, flat, nested, or in pnpm's store.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::Path;
use std::sync::Arc;

use licit_model::found::RawLicenseKind;
use licit_model::{Component, Found};

use super::npm_cache::Stores;
use super::{
    Caches, Folder, Looked, MANIFEST_LIMIT, Memory, Missed, field, memory, names_of, pointed, prose, serves,
    texts_and_readme,
};
use crate::extract::{Extractor, File, package_json};
use crate::tree::Spot;
use crate::walk::Walked;

/// Where copies of packages lie.
pub(super) struct Copies {
    root: Spot,
    /// Packages that a `node_modules` holds at its top, as `folder/name`; asking it costs no system call.
    present: HashSet<String>,
    node_modules: Vec<String>,
    /// By `node_modules` with a store of pnpm's: what lies in that store.
    stored: BTreeMap<String, BTreeSet<String>>,
    cached: Stores,
    memory: Option<Arc<dyn Memory>>,
}

impl Copies {
    pub(super) fn new(root: impl Into<Spot>, walked: &Walked, caches: &Caches) -> Self {
        let root = root.into();
        let mut copies = Copies {
            cached: Stores::new(&root, caches),
            memory: caches.memory.clone(),
            root: root.clone(),
            present: HashSet::new(),
            node_modules: walked.node_modules.clone(),
            stored: BTreeMap::new(),
        };
        for folder in &walked.node_modules {
            for name in names_of(&root.join(folder)) {
                if name == ".pnpm" {
                    let held = names_of(&root.join(folder).join(&name));
                    copies.stored.insert(folder.clone(), held.into_iter().collect());
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
        stated: bool,
        looked: &mut Looked,
    ) {
        if component.name.split('/').any(|p| p.is_empty() || p == "..") {
            return;
        }
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
        let stored = self.node_modules.iter().filter(near).filter_map(|m| {
            let folder = variant(self.stored.get(m)?, component)?;
            Some(format!("{m}/.pnpm/{folder}/node_modules/{}", component.name))
        });
        for shown in given.chain(hoisted).chain(stored) {
            let (dir, before) = (self.root.join(&shown), looked.missed.len());
            let at = dir.on_disk().and_then(Path::to_str);
            let of = at.map(|at| ["npm", at, &shown, &component.version]);
            memory::recall(self.memory.as_deref(), of, index, looked, |looked| {
                copy(index, component, &Folder::At(dir.clone()), &shown, looked);
            });
            if looked.missed.len() > before {
                return;
            }
        }
        // Archives of a cache are only unpacked for what no other file states.
        let (mut damaged, before) = (None, looked.missed.len());
        if !stated {
            let sums: Vec<&str> = component.hashes.iter().map(|h| h.hex.as_str()).collect();
            let files: Vec<&str> = component.locations.iter().map(|l| l.path.as_str()).collect();
            let (sums, files) = (sums.join(" "), files.join(" "));
            let root = self.root.on_disk().and_then(Path::to_str);
            let of = root.map(|root| ["npm-cache", root, &files, &component.name, &component.version, &sums]);
            memory::recall(self.memory.as_deref(), of, index, looked, |looked| {
                for cached in self.cached.copies(component) {
                    match cached {
                        Ok((folder, shown)) => {
                            if copy(index, component, &folder, &shown, looked) {
                                return;
                            }
                        }
                        Err(error) => damaged = damaged.take().or(Some(error)),
                    }
                }
            });
        }
        if looked.missed.len() > before {
            return;
        }
        let missed = match (damaged, self.node_modules.is_empty(), self.cached.any()) {
            (Some((shown, what)), ..) => Missed::Damaged(shown, what),
            (_, true, false) => Missed::NoCopy("node_modules: the tree has none".to_string()),
            (_, true, true) => {
                Missed::NoCopy("the caches of npm, pnpm and Yarn; the tree has no node_modules".to_string())
            }
            (_, false, _) => Missed::NoCopy("node_modules and the caches of npm, pnpm and Yarn".to_string()),
        };
        looked.missed.push((index, missed));
    }
}

/// Reads one copy; false where it is none of the component.
fn copy(index: usize, component: &Component, folder: &Folder, shown: &str, looked: &mut Looked) -> bool {
    let Some(manifest) = folder.read("package.json", MANIFEST_LIMIT) else { return false };
    let path = format!("{shown}/package.json");
    let mut found = Found::new(path.clone(), "package-json");
    package_json::PackageJson.extract(&File::new(&path, manifest.as_bytes()), &mut found);
    let Some(own) = found.manifest else { return false };
    // Another version may have been hoisted to this place.
    if own.package.purl.version() != component.version {
        return false;
    }
    // What lies in a cache was found by a checksum or a file's name; the tree's own copies may have an alias.
    let tree = matches!(folder, Folder::At(_));
    if !tree && own.package.purl.full_name() != component.name {
        return false;
    }
    let facts = &mut looked.facts;
    for raw in own.package.licenses {
        if raw.kind == RawLicenseKind::File {
            pointed(index, raw, folder, shown, &path, facts);
        } else {
            field(index, raw, &path, facts);
        }
    }
    // The texts are read even where a field says something, so that the two can be compared.
    texts_and_readme(index, folder, shown, facts);
    prose::package_json(index, &manifest, &path, facts);
    looked.missed.push((index, Missed::Silent(shown.to_string())));
    true
}

/// The folder of a package in pnpm's store in the tree: by name and version alone, or with the peers that it was joined
/// with, which change nothing of its license.
fn variant<'s>(stored: &'s BTreeSet<String>, component: &Component) -> Option<&'s String> {
    let bare = format!("{}@{}", component.name.replace('/', "+"), component.version);
    stored.get(&bare).or_else(|| {
        let with_peers = |open: char| {
            let start = format!("{bare}{open}");
            stored.range(start.clone()..).next().filter(|name| name.starts_with(&start))
        };
        with_peers('_').or_else(|| with_peers('('))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peers_do_not_hide_a_package() {
        let names = ["@s+a@1.0.0_react@18.2.0", "@s+a@1.0.01", "b@2.0.0"].map(str::to_string);
        let stored = BTreeSet::from(names);
        let of = |name: &str, version: &str| {
            variant(&stored, &super::super::folder::tests::component(name, version)).map(String::as_str)
        };
        assert_eq!(of("@s/a", "1.0.0"), Some("@s+a@1.0.0_react@18.2.0"));
        assert_eq!(of("b", "2.0.0"), Some("b@2.0.0"));
        assert_eq!((of("b", "2.0"), of("@s/a", "1.0")), (None, None));
    }
}
