//! Copies of crates: cargo's registry cache, unpacked or as it was downloaded, its git checkouts, and `vendor`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use licit_model::{Component, Found, Source};

use super::folder::{Folder, Form};
use super::{
    Caches, Fact, Looked, MANIFEST_LIMIT, Memory, Missed, field, memory, pointed, prose, read, serves,
    texts_and_readme,
};
use crate::extract::{File, cargo_toml, toml};
use crate::tree::Spot;
use crate::walk::Walked;
use licit_model::found::RawLicenseKind;

/// Where copies of crates lie.
pub(super) struct Copies {
    /// `name-version` of every unpacked crate, with its folder below `registry/src/<index>`.
    unpacked: HashMap<String, PathBuf>,
    /// `name-version` of every crate as it was downloaded, with its archive below `registry/cache/<index>`.
    packed: HashMap<String, PathBuf>,
    /// `git/checkouts`.
    checkouts: Option<PathBuf>,
    /// `vendor` folders of the tree, with the path that is shown.
    vendored: Vec<(Spot, String)>,
    memory: Option<Arc<dyn Memory>>,
}

/// Where the copy of one crate lies.
enum Place {
    Folder(Folder),
    /// As it was downloaded.
    Archive(PathBuf),
}

impl Copies {
    pub(super) fn new(root: impl Into<Spot>, walked: &Walked, caches: &Caches) -> Self {
        let root = root.into();
        let home = caches.cargo_home.as_deref();
        let unpacked = home.map(|h| below_registries(&h.join("registry/src"), "")).unwrap_or_default();
        let mut packed =
            home.map(|h| below_registries(&h.join("registry/cache"), ".crate")).unwrap_or_default();
        packed.retain(|name, _| !unpacked.contains_key(name));
        Copies {
            unpacked,
            packed,
            checkouts: home.map(|h| h.join("git/checkouts")).filter(|c| c.is_dir()),
            vendored: walked.vendored.iter().map(|v| (root.join(v), v.clone())).collect(),
            memory: caches.memory.clone(),
        }
    }

    /// Reads the copy's manifest for its license and for what it needs only to build.
    pub(super) fn look(&self, index: usize, component: &Component, stated: bool, looked: &mut Looked) {
        let (place, shown) = match self.find(component) {
            Ok(found) => found,
            Err(missed) => return looked.missed.push((index, missed)),
        };
        let at = match &place {
            Place::Archive(archive) => Some(archive.as_path()),
            Place::Folder(Folder::OnDisk(dir)) => Some(dir.as_path()),
            Place::Folder(Folder::At(dir)) => dir.on_disk(),
            Place::Folder(_) => None,
        };
        let at = at.and_then(Path::to_str).map(str::to_string);
        let of = at.as_ref().map(|at| ["cargo", at, &shown, if stated { "stated" } else { "" }]);
        memory::recall(self.memory.as_deref(), of, index, looked, |looked| {
            self.read(index, place, shown.clone(), stated, looked);
        });
    }

    fn read(&self, index: usize, place: Place, shown: String, stated: bool, looked: &mut Looked) {
        let folder = match place {
            Place::Folder(folder) => folder,
            Place::Archive(archive) => match Folder::packed(archive, Form::TarGz, "Cargo.toml") {
                Ok(folder) => folder,
                Err(error) => return looked.missed.push((index, Missed::Damaged(shown, error))),
            },
        };
        let Some(manifest) = folder.read("Cargo.toml", MANIFEST_LIMIT) else {
            let without = "has no Cargo.toml that can be read".to_string();
            return looked.missed.push((index, Missed::Damaged(shown, without)));
        };
        looked.missed.push((index, Missed::Silent(shown.clone())));
        let shown_manifest = format!("{shown}/Cargo.toml");
        let builds = manifest.contains("build-dependencies");
        if !stated {
            let license = license_fields(&manifest);
            for raw in license {
                if raw.kind == RawLicenseKind::File {
                    pointed(index, raw, &folder, &shown, &shown_manifest, &mut looked.facts);
                } else {
                    field(index, raw, &shown_manifest, &mut looked.facts);
                }
            }
            if let (true, Folder::OnDisk(dir)) = (looked.facts.is_empty(), &folder) {
                self.inherited(index, dir, &manifest, &mut looked.facts);
            }
        }
        // The texts are read even where a field says something, so that the two can be compared.
        texts_and_readme(index, &folder, &shown, &mut looked.facts);
        prose::toml_description(index, &manifest, &shown_manifest, &mut looked.facts);
        if builds {
            looked.build_only = build_only(&manifest).into_iter().map(|name| (index, name)).collect();
        }
    }

    fn find(&self, component: &Component) -> Result<(Place, String), Missed> {
        let folder = format!("{}-{}", component.name, component.version);
        for (vendor, shown) in self.vendored.iter().filter(|(_, shown)| serves(shown, component)) {
            for name in [&folder, &component.name] {
                let dir = vendor.join(name);
                let manifest = read(&dir.join("Cargo.toml"), MANIFEST_LIMIT);
                if manifest.is_some_and(|m| is_version(&m, &component.version)) {
                    return Ok((Place::Folder(Folder::At(dir)), format!("{shown}/{name}")));
                }
            }
        }
        if let Source::Git(at) = &component.source {
            let found =
                self.checkout(component, at).map(|(dir, shown)| (Place::Folder(Folder::OnDisk(dir)), shown));
            return found.ok_or_else(|| Missed::NoCopy("vendor and $CARGO_HOME/git/checkouts".to_string()));
        }
        if let Some(dir) = self.unpacked.get(&folder) {
            let shown = format!("$CARGO_HOME/registry/src/*/{folder}");
            return Ok((Place::Folder(Folder::OnDisk(dir.clone())), shown));
        }
        let Some(archive) = self.packed.get(&folder) else {
            return Err(Missed::NoCopy("vendor and $CARGO_HOME/registry".to_string()));
        };
        Ok((Place::Archive(archive.clone()), format!("$CARGO_HOME/registry/cache/*/{folder}.crate")))
    }

    /// `git/checkouts/<repository>-<hash>/<revision>/…`: the folder whose manifest has the crate's name.
    fn checkout(&self, component: &Component, at: &str) -> Option<(PathBuf, String)> {
        let (url, revision) = at.split_once('#')?;
        let repository = url.trim_end_matches('/').trim_end_matches(".git").rsplit('/').next()?;
        let prefix = format!("{}-", repository.to_ascii_lowercase());
        let short = revision.get(..7)?;
        let mut found = None;
        for entry in std::fs::read_dir(self.checkouts.as_ref()?).ok()?.flatten() {
            let name = entry.file_name().to_string_lossy().to_ascii_lowercase();
            let tree = entry.path().join(short);
            if !name.starts_with(&prefix) || !tree.is_dir() {
                continue;
            }
            for file in walkdir::WalkDir::new(&tree)
                .max_depth(6)
                .sort_by_file_name()
                .into_iter()
                .take(20_000)
                .flatten()
            {
                if file.file_name() != "Cargo.toml" {
                    continue;
                }
                let manifest = read(file.path(), MANIFEST_LIMIT).unwrap_or_default();
                if package_name(&manifest).as_deref() == Some(component.name.as_str()) {
                    let dir = file.path().parent()?.to_path_buf();
                    let below = dir.strip_prefix(&tree).ok()?.to_string_lossy().replace('\\', "/");
                    let shown = format!("$CARGO_HOME/git/checkouts/{repository}-*/{short}/{below}");
                    found = Some((dir, shown.trim_end_matches('/').to_string()));
                    break;
                }
            }
        }
        found
    }

    /// The license that a crate in a git checkout inherits from its workspace.
    fn inherited(&self, index: usize, dir: &Path, manifest: &str, facts: &mut Vec<Fact>) {
        let Some(checkouts) = self.checkouts.as_ref().filter(|c| dir.starts_with(c)) else { return };
        if !manifest.contains("workspace = true") && !manifest.contains("license.workspace") {
            return;
        }
        for above in dir.ancestors().skip(1).take_while(|a| a.starts_with(checkouts) && a != checkouts) {
            let Some(text) = read(&above.join("Cargo.toml"), MANIFEST_LIMIT) else { continue };
            let file = File::new("Cargo.toml", text.as_bytes());
            let mut found = Found::default();
            let Some(document) = toml::parse(&file, &mut found) else { continue };
            let Some(shared) = document.root().at(&["workspace", "package"]) else { continue };
            for raw in cargo_toml::licenses(shared).into_iter().filter(|r| r.kind != RawLicenseKind::File) {
                field(index, raw, "$CARGO_HOME/git/checkouts/*/Cargo.toml", facts);
            }
            return;
        }
    }
}

/// What lies in the registries' folders below one: by name without a suffix, the first in the order of the registries.
fn below_registries(folder: &Path, suffix: &str) -> HashMap<String, PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut registries: Vec<PathBuf> = entries.map(|e| e.path()).collect();
    registries.sort();
    let mut found = HashMap::new();
    for registry in &registries {
        for entry in std::fs::read_dir(registry).into_iter().flatten().flatten() {
            let name = entry.file_name().into_string().ok();
            if let Some(name) = name.as_deref().and_then(|n| n.strip_suffix(suffix)) {
                found.entry(name.to_string()).or_insert_with(|| entry.path());
            }
        }
    }
    found
}

/// The license fields of `[package]`. Only that table is parsed when it can be cut out, since a cache holds
/// thousands of manifests and most of each is something else.
fn license_fields(manifest: &str) -> Vec<licit_model::RawLicense> {
    let parse = |text: &str, from: u32| {
        let file = File::new("Cargo.toml", text.as_bytes());
        let mut found = Found::default();
        let document = toml::parse(&file, &mut found)?;
        let package = document.root().table("package").or_else(|| document.root().table("project"))?;
        let mut fields = cargo_toml::licenses(package);
        fields.iter_mut().for_each(|f| f.line = f.line.map(|l| l + from));
        found.problems.is_empty().then_some(fields)
    };
    let head = manifest.find("[package]").filter(|at| *at == 0 || manifest.as_bytes()[at - 1] == b'\n');
    let cut = head.and_then(|start| {
        let end = manifest[start + 1..].find("\n[").map_or(manifest.len(), |e| start + 1 + e + 1);
        let skipped = manifest[..start].matches('\n').count() as u32;
        parse(&manifest[start..end], skipped)
    });
    cut.or_else(|| parse(manifest, 0)).unwrap_or_default()
}

fn package_name(manifest: &str) -> Option<String> {
    let file = File::new("Cargo.toml", manifest.as_bytes());
    let document = toml::parse(&file, &mut Found::default())?;
    document.root().table("package")?.str("name").map(str::to_string)
}

fn is_version(manifest: &str, version: &str) -> bool {
    let file = File::new("Cargo.toml", manifest.as_bytes());
    let document = toml::parse(&file, &mut Found::default());
    let found =
        document.as_ref().and_then(|d| d.root().table("package")?.str("version").map(|v| v == version));
    found.unwrap_or(false)
}

/// Crates that a manifest asks for to build and for nothing else.
fn build_only(manifest: &str) -> Vec<String> {
    let file = File::new("Cargo.toml", manifest.as_bytes());
    let mut found = Found::default();
    crate::extract::Extractor::extract(&cargo_toml::CargoToml, &file, &mut found);
    let requirements = found.manifest.map(|m| m.requirements).unwrap_or_default();
    let runs = |name: &str| requirements.iter().any(|r| r.name == name && r.scope.ships());
    let builds = requirements.iter().filter(|r| r.scope == licit_model::Scope::Build && !runs(&r.name));
    let mut names: Vec<String> = builds.map(|r| r.name.clone()).collect();
    names.sort();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_license_is_found_without_reading_the_rest() {
        let manifest =
            "# made by cargo\n[package]\nname = \"a\"\nlicense = \"MIT\"\n\n[dependencies]\nbroken = = 1\n";
        let fields = license_fields(manifest);
        assert_eq!((fields[0].text.as_str(), fields[0].line), ("MIT", Some(4)));
        assert!(license_fields("[dependencies]\na = \"1\"\n").is_empty());
    }

    #[test]
    fn a_crate_is_read_where_it_is_packed_and_a_damaged_one_is_said() {
        let home = super::super::folder::tests::scratch("cargo");
        let cache = home.join("registry/cache/example-1");
        let manifest = b"[package]\nname = \"a\"\nversion = \"1.0.0\"\nlicense-file = \"legal/terms.txt\"\n";
        super::super::folder::tests::write_tar_gz(
            &cache.join("a-1.0.0.crate"),
            &[("a-1.0.0/Cargo.toml", manifest), ("a-1.0.0/legal/terms.txt", b"the terms")],
        );
        std::fs::write(cache.join("b-1.0.0.crate"), b"no archive").unwrap();
        let caches = Caches { cargo_home: Some(home.clone()), ..Caches::default() };
        let copies = Copies::new(&home, &Walked::default(), &caches);
        let look = |name: &str| {
            let mut looked = Looked::default();
            copies.look(0, &super::super::folder::tests::component(name, "1.0.0"), false, &mut looked);
            looked
        };
        let terms = &look("a").facts[0];
        assert_eq!(terms.content, super::super::Content::Text("the terms".to_string()));
        assert_eq!(terms.location.path, "$CARGO_HOME/registry/cache/*/a-1.0.0.crate/legal/terms.txt");
        assert!(matches!(&look("b").missed[0].1, Missed::Damaged(at, _) if at.ends_with("b-1.0.0.crate")));
        assert!(matches!(&look("c").missed[0].1, Missed::NoCopy(_)));
        std::fs::remove_dir_all(home).unwrap();
    }

    #[test]
    fn a_crate_that_also_runs_is_not_build_only() {
        let manifest =
            "[package]\nname=\"a\"\n[dependencies]\nboth=\"1\"\n[build-dependencies]\nboth=\"1\"\ncc=\"1\"\n";
        assert_eq!(build_only(manifest), ["cc"]);
    }
}
