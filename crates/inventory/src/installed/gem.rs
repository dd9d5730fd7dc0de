//! Copies of gems: the specifications and folders in a gem home, and what Bundler put into `vendor/bundle`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use licit_model::{Component, Found, Purl, Source};

use super::{
    Caches, Folder, Looked, MANIFEST_LIMIT, Missed, field, names_of, read, serves, texts_and_readme,
};
use crate::extract::{Extractor, File, gemspec};
use crate::resolve::place;
use crate::walk::Walked;

/// Where copies of gems lie.
pub(super) struct Copies {
    root: PathBuf,
    homes: Vec<Home>,
}

/// A folder with `specifications` and `gems` in it.
struct Home {
    dir: PathBuf,
    shown: String,
    /// Of a home in the tree: the `vendor` folder that it belongs to.
    vendor: Option<String>,
    /// Names of gems with version and platform, and whether the specification is that of a gem that comes with Ruby.
    present: BTreeSet<String>,
    default: BTreeSet<String>,
    /// Folders of gems that Bundler took from repositories.
    checkouts: BTreeSet<String>,
}

impl Copies {
    pub(super) fn new(root: &Path, walked: &Walked, caches: &Caches) -> Self {
        let mut homes = Vec::new();
        for vendor in &walked.vendored {
            let shown = format!("{vendor}/bundle");
            below(&root.join(&shown), &shown, Some(vendor), &mut homes);
        }
        for home in &caches.gem_homes {
            below(home, "$GEM_HOME", None, &mut homes);
        }
        Copies { root: root.to_path_buf(), homes }
    }

    pub(super) fn look(&self, index: usize, component: &Component, looked: &mut Looked) {
        let plain = |text: &str| !text.is_empty() && !text.contains(['/', '\\']) && text != "..";
        if !plain(&component.name) || !plain(&component.version) {
            return;
        }
        if self.vendored(index, component, looked) {
            return;
        }
        let purl = component.purl.as_deref().and_then(|p| Purl::parse(p).ok());
        let platform = purl.as_ref().and_then(|p| p.qualifiers.get("platform")).filter(|p| plain(p));
        let bare = format!("{}-{}", component.name, component.version);
        let full = platform.map_or_else(|| bare.clone(), |platform| format!("{bare}-{platform}"));
        let checkout = checkout(&component.source);
        for home in self.homes.iter().filter(|h| h.vendor.as_ref().is_none_or(|v| serves(v, component))) {
            if let Some(name) = checkout.as_ref().filter(|name| home.checkouts.contains(*name)) {
                let shown = format!("{}/bundler/gems/{name}", home.shown);
                let dir = home.dir.join("bundler/gems").join(name);
                let spec = format!("{}.gemspec", component.name);
                copy(index, &dir.join(&spec), &format!("{shown}/{spec}"), &dir, &shown, looked);
                return;
            }
            let Some((name, default)) = home.find(&full, &bare) else { continue };
            let spec = if default { format!("default/{name}.gemspec") } else { format!("{name}.gemspec") };
            let shown = format!("{}/gems/{name}", home.shown);
            copy(
                index,
                &home.dir.join("specifications").join(&spec),
                &format!("{}/specifications/{spec}", home.shown),
                &home.dir.join("gems").join(&name),
                &shown,
                looked,
            );
            return;
        }
        let places =
            if self.homes.is_empty() { "a gem home: there is none" } else { "vendor/bundle and $GEM_HOME" };
        looked.missed.push((index, Missed::NoCopy(places.to_string())));
    }
}

impl Copies {
    /// A copy in a folder of the tree that the lockfile names: the gem's own folder, or one that holds several.
    fn vendored(&self, index: usize, component: &Component, looked: &mut Looked) -> bool {
        let Source::Path(path) = &component.source else { return false };
        for location in &component.locations {
            let above = location.path.rsplit_once('/').map_or("", |(dir, _)| dir);
            let Some(dir) = place::join(above, path) else { continue };
            for shown in [format!("{dir}/{}", component.name), dir.clone()] {
                let full = self.root.join(&shown);
                let spec = format!("{}.gemspec", component.name);
                // A link may lead out of the tree, where nothing of the project lies.
                let inside =
                    |p: &Path| Some(p.canonicalize().ok()?.starts_with(self.root.canonicalize().ok()?));
                if full.join(&spec).is_file() && inside(&full.join(&spec)) == Some(true) {
                    copy(index, &full.join(&spec), &format!("{shown}/{spec}"), &full, &shown, looked);
                    return true;
                }
            }
        }
        false
    }
}

impl Home {
    /// The installed gem of that name, in another variant where that very one is not there: the license is that of all.
    fn find(&self, full: &str, bare: &str) -> Option<(String, bool)> {
        for name in [full, bare] {
            if self.present.contains(name) {
                return Some((name.to_string(), false));
            }
            if self.default.contains(name) {
                return Some((name.to_string(), true));
            }
        }
        let prefix = format!("{bare}-");
        let variant = self.present.range(prefix.clone()..).next().filter(|name| name.starts_with(&prefix))?;
        Some((variant.clone(), false))
    }
}

/// Reads the license of a copy from its specification and the texts in its folder.
fn copy(index: usize, spec: &Path, spec_shown: &str, dir: &Path, dir_shown: &str, looked: &mut Looked) {
    if let Some(text) = read(spec, MANIFEST_LIMIT) {
        let mut found = Found::new(spec_shown, "gemspec");
        gemspec::Gemspec.extract(&File::new(spec_shown, text.as_bytes()), &mut found);
        let own = found.manifest.map(|m| m.package).or_else(|| found.packages.into_iter().next());
        for raw in own.into_iter().flat_map(|p| p.licenses) {
            field(index, raw, spec_shown, &mut looked.facts);
        }
    }
    texts_and_readme(index, &Folder::OnDisk(dir.to_path_buf()), dir_shown, &mut looked.facts);
    looked.missed.push((index, Missed::Silent(dir_shown.to_string())));
}

/// The homes at a folder: itself, or those of Ruby's versions below it.
fn below(dir: &Path, shown: &str, vendor: Option<&String>, homes: &mut Vec<Home>) {
    let mut add = |dir: PathBuf, shown: String| {
        let specifications = names_of(&dir.join("specifications"));
        let checkouts: BTreeSet<String> = names_of(&dir.join("bundler/gems")).into_iter().collect();
        if specifications.is_empty() && checkouts.is_empty() {
            return;
        }
        let gems = |names: Vec<String>| -> BTreeSet<String> {
            names.iter().filter_map(|n| n.strip_suffix(".gemspec")).map(str::to_string).collect()
        };
        let default = gems(names_of(&dir.join("specifications/default")));
        homes.push(Home {
            present: gems(specifications),
            default,
            checkouts,
            dir,
            shown,
            vendor: vendor.cloned(),
        });
    };
    add(dir.to_path_buf(), shown.to_string());
    for engine in ["ruby", "jruby", "truffleruby"] {
        let mut versions = names_of(&dir.join(engine));
        versions.sort();
        for version in versions {
            add(dir.join(engine).join(&version), format!("{shown}/{engine}/{version}"));
        }
    }
}

/// The folder into which Bundler checks out a repository: its name and the head of the revision.
fn checkout(source: &Source) -> Option<String> {
    let Source::Git(at) = source else { return None };
    let (url, revision) = at.split_once('#')?;
    let name = url.trim_end_matches('/').rsplit(['/', ':']).next()?;
    let name = name.strip_suffix(".git").unwrap_or(name);
    let head = revision.get(..12)?;
    (!name.is_empty() && name != "..").then(|| format!("{name}-{head}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variants_and_checkouts() {
        let names = ["a-1.0-x86_64-linux", "b-2"].map(str::to_string);
        let home = Home {
            dir: PathBuf::new(),
            shown: String::new(),
            vendor: None,
            present: names.into_iter().collect(),
            default: BTreeSet::from(["c-3".to_string()]),
            checkouts: BTreeSet::new(),
        };
        let variant = Some(("a-1.0-x86_64-linux".to_string(), false));
        assert_eq!(home.find("a-1.0", "a-1.0"), variant);
        assert_eq!(home.find("a-1.0-java", "a-1.0"), variant);
        assert_eq!(home.find("c-3", "c-3"), Some(("c-3".to_string(), true)));
        assert_eq!(home.find("a-1", "a-1"), None);
        let source = Source::Git("https://host.example/o/r.git#0123456789abcdef".to_string());
        assert_eq!(checkout(&source).as_deref(), Some("r-0123456789ab"));
    }
}
