//! Copies of Go modules: the module cache, unpacked or as it was downloaded, and `vendor`. Go has no license field, so
//! only texts count.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use licit_model::Component;

use super::folder::{Folder, Form};
use super::{Caches, Content, Looked, Memory, Missed, memory, serves, texts_and_readme};
use crate::tree::Spot;
use crate::walk::Walked;

/// Where copies of modules lie.
pub(super) struct Copies {
    cache: Option<PathBuf>,
    vendored: Vec<(Spot, String)>,
    memory: Option<Arc<dyn Memory>>,
}

impl Copies {
    pub(super) fn new(root: impl Into<Spot>, walked: &Walked, caches: &Caches) -> Self {
        let root = root.into();
        Copies {
            cache: caches.go_mod_cache.clone().filter(|c| c.is_dir()),
            vendored: walked.vendored.iter().map(|v| (root.join(v), v.clone())).collect(),
            memory: caches.memory.clone(),
        }
    }

    pub(super) fn look(&self, index: usize, component: &Component, looked: &mut Looked) {
        // A module path never leaves its cache: `..` is no valid element of it.
        if component.name.split('/').any(|p| p.is_empty() || p == "..") {
            return;
        }
        for (vendor, shown) in self.vendored.iter().filter(|(_, shown)| serves(shown, component)) {
            let folder = Folder::At(vendor.join(&component.name));
            texts_and_readme(index, &folder, &format!("{shown}/{}", component.name), &mut looked.facts);
        }
        if has_text(looked) {
            return;
        }
        let missed = match &self.cache {
            Some(cache) => self.cached(cache, index, component, looked),
            None => Some(Missed::NoCopy("vendor; there is no module cache".to_string())),
        };
        if !has_text(looked) {
            looked.missed.extend(missed.map(|missed| (index, missed)));
        }
    }

    /// The module's folder in the cache, else the zip that it was downloaded as.
    fn cached(
        &self,
        cache: &Path,
        index: usize,
        component: &Component,
        looked: &mut Looked,
    ) -> Option<Missed> {
        let (name, version) = (escape(&component.name), escape(&component.version));
        // A version is one element of the path; a pre-release may hold anything else.
        if version.is_empty() || version.contains(['/', '\\']) {
            return Some(Missed::NoCopy("$GOMODCACHE, for want of a version".to_string()));
        }
        let shown = format!("$GOMODCACHE/{name}@{version}");
        let unpacked = cache.join(format!("{name}@{version}"));
        if unpacked.is_dir() {
            let of = unpacked.to_str().map(|at| ["golang", at, &shown]);
            memory::recall(self.memory.as_deref(), of, index, looked, |looked| {
                texts_and_readme(index, &Folder::OnDisk(unpacked.clone()), &shown, &mut looked.facts);
            });
            return Some(Missed::Silent(shown));
        }
        let archive = cache.join(format!("cache/download/{name}/@v/{version}.zip"));
        let shown = format!("$GOMODCACHE/cache/download/{name}/@v/{version}.zip");
        if !archive.is_file() {
            return Some(Missed::NoCopy("vendor and $GOMODCACHE".to_string()));
        }
        let form = Form::Zip(format!("{}@{}", component.name, component.version));
        let mut damaged = None;
        let of = archive.to_str().map(|at| ["golang", at, &shown]);
        memory::recall(self.memory.as_deref(), of, index, looked, |looked| {
            match Folder::packed(archive.clone(), form, "go.mod") {
                Ok(folder) => texts_and_readme(index, &folder, &shown, &mut looked.facts),
                Err(error) => damaged = Some(error),
            }
        });
        Some(match damaged {
            Some(error) => Missed::Damaged(shown, error),
            None => Missed::Silent(shown),
        })
    }
}

fn has_text(looked: &Looked) -> bool {
    looked.facts.iter().any(|f| matches!(f.content, Content::Text(_) | Content::Known(..)))
}

/// The cache writes a capital letter as `!` and the small one, so that it works on every file system.
pub(crate) fn escape(path: &str) -> String {
    let mut escaped = String::with_capacity(path.len());
    for c in path.chars() {
        if c.is_ascii_uppercase() {
            escaped.push('!');
        }
        escaped.push(c.to_ascii_lowercase());
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::super::folder::tests::{component, scratch, write_zip};
    use super::*;

    #[test]
    fn a_module_is_read_as_it_was_downloaded() {
        let cache = scratch("golang");
        let at = cache.join("cache/download/m.example/!a/@v");
        write_zip(&at.join("v1.0.0.zip"), &[("m.example/A@v1.0.0/LICENSE", b"words")]);
        std::fs::write(at.join("v1.1.0.zip"), b"no zip").unwrap();
        let caches = Caches { go_mod_cache: Some(cache.clone()), ..Caches::default() };
        let copies = Copies::new(&cache, &Walked::default(), &caches);
        let look = |version: &str| {
            let mut looked = Looked::default();
            copies.look(0, &component("m.example/A", version), &mut looked);
            looked
        };
        let found = look("v1.0.0");
        assert_eq!(found.facts[0].content, Content::Text("words".to_string()));
        assert!(found.missed.is_empty());
        assert!(matches!(&look("v1.1.0").missed[0].1, Missed::Damaged(..)));
        assert!(matches!(&look("v1.2.0").missed[0].1, Missed::NoCopy(..)));
        assert!(look("../v1.0.0").facts.is_empty());
        std::fs::remove_dir_all(cache).unwrap();
    }

    #[test]
    fn capitals_are_escaped() {
        assert_eq!(super::escape("github.com/BurntSushi/toml"), "github.com/!burnt!sushi/toml");
    }
}
