//! The second half of the license ladder: what copies on disk say, where neither lockfile nor manifest says anything.
//!
//! Copies are looked for in the tree (`node_modules`, `vendor`, `site-packages`) and in the package managers' caches
//! that the caller names. Nothing is executed and nothing is fetched.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use licit_model::found::RawLicenseKind;
use licit_model::{Component, Ecosystem, Location, Method, RawLicense};
use rayon::prelude::*;

use crate::resolve::Joined;
use crate::tree::{Readable, Spot};
use crate::walk::{Walked, is_license_name};

mod bundled;
mod cargo;
mod composer;
mod deb;
mod folder;
mod gem;
pub(crate) mod golang;
mod maven;
mod memory;
mod model;
mod npm;
mod npm_cache;
mod nuget;
mod prose;
mod pypi;

pub use deb::Named;
use folder::Folder;
pub use maven::local_repository;
pub use memory::{Memory, TextKey};
pub(crate) use prose::readme_rank;
pub use prose::{Place, may_restrict, passages};

/// Where package managers keep their copies; the caller reads the environment, not this crate.
#[derive(Debug, Clone, Default)]
pub struct Caches {
    /// `CARGO_HOME`, else `~/.cargo`.
    pub cargo_home: Option<PathBuf>,
    /// `GOMODCACHE`, else `GOPATH/pkg/mod`, else `~/go/pkg/mod`.
    pub go_mod_cache: Option<PathBuf>,
    /// `site-packages` of the active virtual environment.
    pub site_packages: Vec<PathBuf>,
    /// `GEM_HOME` and `GEM_PATH`, else where Ruby installs gems for a user.
    pub gem_homes: Vec<PathBuf>,
    /// Maven's local repository; see [`local_repository`].
    pub maven_repository: Option<PathBuf>,
    /// `GRADLE_USER_HOME`, else `~/.gradle`.
    pub gradle_home: Option<PathBuf>,
    /// `NUGET_PACKAGES`, else `~/.nuget/packages`.
    pub nuget_packages: Option<PathBuf>,
    /// npm's cache: as npm's own variable says, else `~/.npm`.
    pub npm_cache: Option<PathBuf>,
    /// pnpm's stores, each with folders `v3`, `v10` … in it.
    pub pnpm_stores: Vec<PathBuf>,
    /// Yarn's archives outside the tree.
    pub yarn_caches: Vec<PathBuf>,
    /// `UV_CACHE_DIR`, else `~/.cache/uv`.
    pub uv_cache: Option<PathBuf>,
    /// `PUB_CACHE`, else `~/.pub-cache`.
    pub pub_cache: Option<PathBuf>,
    /// What was read from copies before; without it every copy is read.
    pub memory: Option<Arc<dyn Memory>>,
}

/// One license fact that a copy on disk holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// Index of the component.
    pub component: usize,
    /// Which rung it comes from.
    pub method: Method,
    /// Where it stands.
    pub location: Location,
    /// What it is.
    pub content: Content,
}

/// A license field, a license text, or words beside them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A field, to be read as an expression.
    Field(RawLicense),
    /// A text, to be identified. At most [`TEXT_LIMIT`] bytes.
    Text(String),
    /// A text that was identified before, and how it begins. The [`Memory`] that gave it knows what it says.
    Known(TextKey, String),
    /// Words in which a rider to the license may stand. The fact's line is that of the first word.
    Prose(Place, String),
}

/// Longer license texts are cut here; the longest license of the SPDX list has about 60 kB.
pub const TEXT_LIMIT: usize = 256 * 1024;

/// Manifests are small; a larger one is cut here.
const MANIFEST_LIMIT: usize = 4 << 20;

/// At most so many license files are read for one component.
const FILES_LIMIT: usize = 16;

/// What the copies on disk gave.
#[derive(Debug, Default)]
pub struct Looked {
    /// License facts, by component.
    pub facts: Vec<Fact>,
    /// Edges of crates that are build dependencies only: from a component to a crate's name.
    pub build_only: Vec<(usize, String)>,
    /// Names of licenses that the files of an installed system explain, by component.
    pub named: Vec<Named>,
    /// By component, sorted: where a copy was looked for in vain, or what is wrong with the one that is there.
    pub missed: Vec<(usize, Missed)>,
}

/// Why copies on disk gave nothing for a component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missed {
    /// No copy lies in these places.
    NoCopy(String),
    /// The copy at this place states nothing.
    Silent(String),
    /// The copy cannot be read: its place, and what is wrong.
    Damaged(String, String),
}

/// Everything that the look-ups of the ecosystems share.
pub(crate) struct Finder<'a> {
    root: &'a Spot,
    /// How many packages each archive of the tree holds.
    bundled: BTreeMap<&'a str, usize>,
    cargo: cargo::Copies,
    composer: composer::Copies,
    deb: deb::Copies<'a>,
    gem: gem::Copies,
    golang: golang::Copies,
    maven: maven::Copies,
    npm: npm::Copies,
    nuget: nuget::Copies,
    pypi: pypi::Copies,
}

/// Looks for the copies of all components that no file has declared a license for.
pub fn look(joined: &Joined, walked: &Walked, root: &Spot, caches: &Caches) -> Looked {
    let finder = Finder {
        root,
        bundled: bundled::count(walked, joined),
        cargo: cargo::Copies::new(root, walked, caches),
        composer: composer::Copies::new(root, walked, caches),
        deb: deb::Copies::new(root),
        gem: gem::Copies::new(root, walked, caches),
        golang: golang::Copies::new(root, walked, caches),
        maven: maven::Copies::new(caches),
        npm: npm::Copies::new(root, walked, caches),
        nuget: nuget::Copies::new(root, caches),
        pypi: pypi::Copies::new(root, walked, caches),
    };
    let per_component: Vec<Looked> = joined
        .graph
        .components
        .par_iter()
        .enumerate()
        .map(|(index, component)| finder.component(index, component, joined, walked))
        .collect();
    let mut looked = Looked::default();
    for one in per_component {
        looked.facts.extend(one.facts);
        looked.build_only.extend(one.build_only);
        looked.named.extend(one.named);
        looked.missed.extend(one.missed);
    }
    looked
}

impl Finder<'_> {
    fn component(&self, index: usize, component: &Component, joined: &Joined, walked: &Walked) -> Looked {
        let mut looked = Looked::default();
        let declared = &joined.declared[index];
        let stated = declared.iter().any(|d| d.raw.kind != RawLicenseKind::File);
        if component.first_party {
            self.own_texts(index, joined, walked, !stated, &mut looked.facts);
            self.own_prose(index, component, joined, &mut looked.facts);
            return looked;
        }
        match component.ecosystem {
            Some(Ecosystem::Cargo) => self.cargo.look(index, component, stated, &mut looked),
            Some(Ecosystem::Composer) => self.composer.look(index, component, &mut looked),
            Some(Ecosystem::Deb) => self.deb.look(index, component, &mut looked),
            Some(Ecosystem::Gem) => self.gem.look(index, component, &mut looked),
            Some(Ecosystem::Npm) => {
                self.npm.look(index, component, &joined.install_paths[index], stated, &mut looked);
            }
            Some(Ecosystem::Pypi) => self.pypi.look(index, component, &mut looked),
            Some(Ecosystem::Golang) => self.golang.look(index, component, &mut looked),
            Some(Ecosystem::Maven) => self.maven.look(index, component, &mut looked),
            Some(Ecosystem::Nuget) => {
                self.nuget.look(index, component, &joined.install_paths[index], &mut looked);
            }
            _ => {}
        }
        model::look(index, component, declared, walked, self.root, &mut looked.facts);
        bundled::look(index, component, walked, &self.bundled, &mut looked);
        // Words in a README are no license, and neither is the name of a file that is not there.
        let states = |f: &Fact| match &f.content {
            Content::Prose(..) => false,
            Content::Field(raw) => raw.kind != RawLicenseKind::File,
            Content::Text(_) | Content::Known(..) => true,
        };
        if looked.facts.iter().any(states) {
            looked.missed.clear();
        }
        looked
    }

    /// License files in the folder of one of the project's own packages; where it states nothing itself also in the
    /// nearest folder above that has one.
    fn own_texts(&self, index: usize, joined: &Joined, walked: &Walked, above: bool, facts: &mut Vec<Fact>) {
        let dir = joined.dirs[index].as_deref().unwrap_or("");
        let dir = dir.split('#').next().unwrap_or("");
        for declared in joined.declared[index].iter().filter(|d| d.raw.kind == RawLicenseKind::File) {
            // It may lie above the package, but never outside the tree.
            if let Some(path) = crate::resolve::place::join(dir, &declared.raw.text) {
                text(index, &self.root.join(&path), path, facts);
            }
        }
        let mut at = Some(dir);
        while let Some(dir) = at.filter(|_| facts.is_empty()) {
            for name in walked.license_files.get(dir).into_iter().flatten().take(FILES_LIMIT) {
                let path = if dir.is_empty() { name.clone() } else { format!("{dir}/{name}") };
                text(index, &self.root.join(&path), path, facts);
            }
            if !above {
                break;
            }
            at = match dir.rsplit_once('/') {
                Some((above, _)) => Some(above),
                None if dir.is_empty() => None,
                None => Some(""),
            };
        }
    }
}

impl Finder<'_> {
    /// README and manifest of one of the project's own packages, where they may hold a rider.
    fn own_prose(&self, index: usize, component: &Component, joined: &Joined, facts: &mut Vec<Fact>) {
        let dir = joined.dirs[index].as_deref().unwrap_or("");
        let dir = dir.split('#').next().unwrap_or("");
        let place = |name: &str| if dir.is_empty() { name.to_string() } else { format!("{dir}/{name}") };
        let mut names = names_of(&self.root.join(dir));
        names.retain(|name| prose::readme_rank(name).is_some());
        if let Some(name) = best_readme(&names) {
            prose::readme(index, &self.root.join(place(name)), place(name), facts);
        }
        let manifest = match component.ecosystem {
            Some(Ecosystem::Npm) => "package.json",
            Some(Ecosystem::Cargo) => "Cargo.toml",
            Some(Ecosystem::Pypi) => "pyproject.toml",
            _ => return,
        };
        let Some(content) = read(&self.root.join(place(manifest)), MANIFEST_LIMIT) else { return };
        match component.ecosystem {
            Some(Ecosystem::Npm) => prose::package_json(index, &content, &place(manifest), facts),
            _ => prose::toml_description(index, &content, &place(manifest), facts),
        }
    }
}

/// Whether a folder of copies serves a component: it lies beside, or above, a file that names the component. Copies in
/// another part of the tree belong to another project.
fn serves(copies: &str, component: &Component) -> bool {
    let parent = copies.rsplit_once('/').map_or("", |(parent, _)| parent);
    component.locations.iter().any(|l| {
        let dir = l.path.rsplit_once('/').map_or("", |(dir, _)| dir);
        crate::resolve::place::is_below(dir, parent)
    })
}

/// Adds the license texts of a package's folder, unless one is there already, and its README where that may hold a
/// rider. The folder is listed once for both.
fn texts_and_readme(index: usize, folder: &Folder, shown: &str, facts: &mut Vec<Fact>) {
    let names = folder.names();
    let readme = best_readme(&names).map(str::to_string);
    if !facts.iter().any(|f| f.method == Method::LicenseFile) {
        license_texts(index, folder, shown, names, facts);
    }
    if let Some(name) = readme {
        let content = folder.bytes(&name, TEXT_LIMIT);
        prose::readme_of(index, content, format!("{shown}/{name}"), facts);
    }
}

/// Adds the license texts among the names in a package's folder, in the order of their names.
fn license_texts(index: usize, folder: &Folder, shown: &str, mut names: Vec<String>, facts: &mut Vec<Fact>) {
    names.retain(|name| is_license_name(name));
    names.sort();
    for name in names.into_iter().take(FILES_LIMIT) {
        text_in(index, folder, &name, shown, facts);
    }
}

/// Adds a text that a manifest names, unless its path leads out of the package.
fn named_text(index: usize, folder: &Folder, name: &str, shown: &str, facts: &mut Vec<Fact>) {
    let name = name.trim_start_matches("./");
    if !Path::new(name).is_absolute() && !name.split(['/', '\\']).any(|p| p == "..") {
        text_in(index, folder, name, shown, facts);
    }
}

/// Adds the text that a license field names. Where it is not there the field itself is kept, so that it can be told
/// that a license was meant to be stated.
fn pointed(
    index: usize,
    raw: RawLicense,
    folder: &Folder,
    shown: &str,
    manifest: &str,
    facts: &mut Vec<Fact>,
) {
    let before = facts.len();
    named_text(index, folder, &raw.text, shown, facts);
    if facts.len() == before {
        field(index, raw, manifest, facts);
    }
}

/// Adds one license text of a package's folder, if it is a file that can be read.
fn text_in(index: usize, folder: &Folder, name: &str, shown: &str, facts: &mut Vec<Fact>) {
    if let Some(content) = folder.read(name, TEXT_LIMIT) {
        facts.push(text_fact(index, content, format!("{shown}/{name}")));
    }
}

/// The README of a folder among the names in it.
fn best_readme(names: &[String]) -> Option<&str> {
    names.iter().filter_map(|n| Some((prose::readme_rank(n)?, n.as_str()))).min().map(|(_, name)| name)
}

/// The names in a folder, in no order; none where it cannot be read.
fn names_of(dir: &(impl Readable + ?Sized)) -> Vec<String> {
    dir.names()
}

/// Adds one license text, if it is a file that can be read.
fn text(index: usize, file: &Spot, shown: String, facts: &mut Vec<Fact>) {
    if let Some(content) = read(file, TEXT_LIMIT) {
        facts.push(text_fact(index, content, shown));
    }
}

fn text_fact(index: usize, content: String, shown: String) -> Fact {
    Fact {
        component: index,
        method: Method::LicenseFile,
        location: Location::new(shown, None),
        content: Content::Text(content),
    }
}

/// Adds a license field of a copy's manifest.
fn field(index: usize, raw: RawLicense, shown: &str, facts: &mut Vec<Fact>) {
    facts.push(Fact {
        component: index,
        method: Method::InstalledManifest,
        location: Location::new(shown, raw.line),
        content: Content::Field(raw),
    });
}

/// The text of a file, up to a limit of bytes; none where it is no regular file or cannot be read.
fn read(file: &(impl Readable + ?Sized), limit: usize) -> Option<String> {
    bytes(file, limit).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

/// The bytes of a file, up to a limit.
fn bytes(file: &(impl Readable + ?Sized), limit: usize) -> Option<Vec<u8>> {
    file.bytes(limit)
}
