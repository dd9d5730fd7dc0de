//! Copies of gems: the specifications and folders in a gem home, and what Bundler put into `vendor/bundle`.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use licit_model::found::RawLicenseKind;
use licit_model::{Component, Found, FoundPackage, Purl, RawLicense, Source};

use super::folder::{Form, GEM_SPECIFICATION};
use super::{
    Caches, Folder, Looked, MANIFEST_LIMIT, Memory, Missed, field, memory, names_of, read, serves,
    texts_and_readme,
};
use crate::extract::{Extractor, File, gemspec};
use crate::resolve::place;
use crate::tree::Spot;
use crate::walk::Walked;

/// Where copies of gems lie.
pub(super) struct Copies {
    root: Spot,
    homes: Vec<Home>,
    /// Folders with gems as they were downloaded: `vendor/cache` in the tree, and the caches of the homes.
    caches: Vec<Cache>,
    memory: Option<Arc<dyn Memory>>,
}

/// A folder of archives.
struct Cache {
    dir: Spot,
    shown: String,
    /// Of a folder in the tree: the `vendor` folder that it belongs to.
    vendor: Option<String>,
    /// Names of gems with version and platform.
    present: BTreeSet<String>,
}

/// A folder with `specifications` and `gems` in it.
struct Home {
    dir: Spot,
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
    pub(super) fn new(root: impl Into<Spot>, walked: &Walked, caches: &Caches) -> Self {
        let root = root.into();
        let mut homes = Vec::new();
        for vendor in &walked.vendored {
            let shown = format!("{vendor}/bundle");
            below(&root.join(&shown), &shown, Some(vendor), &mut homes);
        }
        for home in &caches.gem_homes {
            below(&Spot::from(home), "$GEM_HOME", None, &mut homes);
        }
        let in_tree =
            walked.vendored.iter().map(|v| (root.join(v).join("cache"), v)).filter_map(|(dir, v)| {
                // A link may lead out of the tree.
                dir.is_plain_dir().then(|| Cache::at(dir, format!("{v}/cache"), Some(v.clone())))
            });
        let of_homes =
            homes.iter().map(|h| Cache::at(h.dir.join("cache"), format!("{}/cache", h.shown), None));
        let memory = caches.memory.clone();
        let caches = in_tree.chain(of_homes).filter(|c| !c.present.is_empty()).collect();
        Copies { root, homes, caches, memory }
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
                let spec_shown = format!("{shown}/{spec}");
                if self.copy((index, component), (&dir.join(&spec), &spec_shown), (&dir, &shown), looked) {
                    return;
                }
            }
            let Some((name, default)) = home.find(&full, &bare) else { continue };
            let spec = if default { format!("default/{name}.gemspec") } else { format!("{name}.gemspec") };
            let shown = format!("{}/gems/{name}", home.shown);
            let spec_shown = format!("{}/specifications/{spec}", home.shown);
            let spec = home.dir.join("specifications").join(&spec);
            let dir = home.dir.join("gems").join(&name);
            if self.copy((index, component), (&spec, &spec_shown), (&dir, &shown), looked) {
                return;
            }
        }
        if checkout.is_none() && self.packed(index, component, &full, &bare, looked) {
            return;
        }
        let places =
            if self.homes.is_empty() { "a gem home: there is none" } else { "vendor/bundle and $GEM_HOME" };
        looked.missed.push((index, Missed::NoCopy(places.to_string())));
    }
}

impl Cache {
    fn at(dir: Spot, shown: String, vendor: Option<String>) -> Cache {
        let names = names_of(&dir);
        let present = names.iter().filter_map(|n| n.strip_suffix(".gem")).map(str::to_string).collect();
        Cache { dir, shown, vendor, present }
    }
}

impl Copies {
    /// A gem as it was downloaded, whether it is installed or not.
    fn packed(
        &self,
        index: usize,
        component: &Component,
        full: &str,
        bare: &str,
        looked: &mut Looked,
    ) -> bool {
        let of = |cache: &&Cache| cache.vendor.as_ref().is_none_or(|v| serves(v, component));
        let found =
            self.caches.iter().filter(of).find_map(|cache| Some((cache, held(&cache.present, full, bare)?)));
        let Some((cache, name)) = found else { return false };
        let shown = format!("{}/{name}.gem", cache.shown);
        let archive = cache.dir.join(format!("{name}.gem"));
        if !archive.is_plain_file() && cache.vendor.is_some() {
            return false;
        }
        let at = archive.on_disk().and_then(Path::to_str);
        let of = at.map(|at| ["gem", at, &shown, &component.name, &component.version]);
        memory::recall(self.memory.as_deref(), of, index, looked, |looked| {
            unpacked((index, component), archive.clone(), shown.clone(), looked);
        });
        true
    }

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
                let inside = |p: &Spot| match (p.on_disk(), self.root.on_disk()) {
                    (Some(p), Some(root)) => {
                        Some(p.canonicalize().ok()?.starts_with(root.canonicalize().ok()?))
                    }
                    _ => Some(true),
                };
                if full.join(&spec).is_file() && inside(&full.join(&spec)) == Some(true) {
                    let spec_shown = format!("{shown}/{spec}");
                    if self.copy(
                        (index, component),
                        (&full.join(&spec), &spec_shown),
                        (&full, &shown),
                        looked,
                    ) {
                        return true;
                    }
                }
            }
        }
        false
    }
}

impl Copies {
    /// A copy in a folder, as it is or as it was when it was read last; false where it is none of the component.
    fn copy(
        &self,
        (index, component): (usize, &Component),
        spec: (&Spot, &str),
        dir: (&Spot, &str),
        looked: &mut Looked,
    ) -> bool {
        let before = looked.missed.len();
        let at = dir.0.on_disk().and_then(Path::to_str);
        let of = at.map(|at| ["gem", at, spec.1, dir.1, &component.name, &component.version]);
        memory::recall(self.memory.as_deref(), of, index, looked, |looked| {
            copy((index, component), spec, dir, looked);
        });
        looked.missed.len() > before
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
        held(&self.present, full, bare).map(|name| (name.clone(), false))
    }
}

/// The name of a gem among several, else that of another of its variants for platforms. What follows a version is a
/// platform only where no other version begins so: a gem may be called `a-1` in version 2.
fn held<'n>(names: &'n BTreeSet<String>, full: &str, bare: &str) -> Option<&'n String> {
    if let Some(name) = names.get(full).or_else(|| names.get(bare)) {
        return Some(name);
    }
    let prefix = format!("{bare}-");
    let variants = names.range(prefix.clone()..).take_while(|name| name.starts_with(&prefix));
    let platform = |name: &&String| {
        let rest = name.get(prefix.len()..).unwrap_or_default();
        rest.starts_with(|c: char| c.is_ascii_alphabetic())
            && !rest.split('-').skip(1).any(|part| part.split('.').count() > 1 && is_version(part))
    };
    variants.take(64).find(platform)
}

fn is_version(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.')
}

/// The license fields of a specification as it lies in a gem, which RubyGems writes in one form of YAML; none where it is
/// that of another gem.
fn packed_licenses(text: &str, component: &Component) -> Option<Vec<RawLicense>> {
    let plain = |text: &str| text.trim().trim_matches(['"', '\'']).to_string();
    let (mut name, mut version, mut at) = (None, None, "");
    let mut licenses = Vec::new();
    for (number, line) in (1u32..).zip(text.lines()) {
        if let Some(item) = line.strip_prefix("- ").filter(|_| at == "licenses") {
            let (text, kind) = (plain(item), RawLicenseKind::Expression);
            licenses.push(RawLicense { text, kind, line: Some(number) });
        } else if let Some(value) = line.strip_prefix("  version:").filter(|_| at == "version") {
            version = version.or(Some(plain(value)));
        } else if let Some((key, value)) = line.split_once(':').filter(|_| !line.starts_with([' ', '-', '#']))
        {
            at = key;
            if key == "name" {
                name = name.or(Some(plain(value)));
            }
        }
    }
    let same = name.as_ref() == Some(&component.name) && version.as_ref() == Some(&component.version);
    licenses.retain(|l: &RawLicense| !l.text.is_empty());
    same.then_some(licenses)
}

/// Reads a gem as it was downloaded.
fn unpacked((index, component): (usize, &Component), archive: Spot, shown: String, looked: &mut Looked) {
    match Folder::packed(archive, Form::Gem, GEM_SPECIFICATION) {
        Ok(folder) => {
            let text = folder.read(GEM_SPECIFICATION, MANIFEST_LIMIT).unwrap_or_default();
            let at = format!("{shown}/{GEM_SPECIFICATION}");
            let Some(licenses) = packed_licenses(&text, component) else {
                let other = "holds another gem than its name says".to_string();
                looked.missed.push((index, Missed::Damaged(shown, other)));
                return;
            };
            licenses.into_iter().for_each(|raw| field(index, raw, &at, &mut looked.facts));
            texts_and_readme(index, &folder, &shown, &mut looked.facts);
            looked.missed.push((index, Missed::Silent(shown)));
        }
        Err(error) => looked.missed.push((index, Missed::Damaged(shown, error))),
    }
}

/// Reads the license of a copy from its specification and the texts in its folder.
/// False where the specification is that of another gem or version, so that nothing here speaks of the component.
fn copy(
    (index, component): (usize, &Component),
    (spec, spec_shown): (&Spot, &str),
    (dir, dir_shown): (&Spot, &str),
    looked: &mut Looked,
) -> bool {
    if let Some(text) = read(spec, MANIFEST_LIMIT) {
        let mut found = Found::new(spec_shown, "gemspec");
        gemspec::Gemspec.extract(&File::new(spec_shown, text.as_bytes()), &mut found);
        let own = found.manifest.map(|m| m.package).or_else(|| found.packages.into_iter().next());
        // A version that is computed is not known here.
        let same = |p: &FoundPackage| {
            p.purl.name == component.name && ["", component.version.as_str()].contains(&p.purl.version())
        };
        if own.as_ref().is_some_and(|p| !same(p)) {
            return false;
        }
        for raw in own.into_iter().flat_map(|p| p.licenses) {
            field(index, raw, spec_shown, &mut looked.facts);
        }
    }
    texts_and_readme(index, &Folder::At(dir.clone()), dir_shown, &mut looked.facts);
    looked.missed.push((index, Missed::Silent(dir_shown.to_string())));
    true
}

/// The homes at a folder: itself, or those of Ruby's versions below it.
fn below(dir: &Spot, shown: &str, vendor: Option<&String>, homes: &mut Vec<Home>) {
    let mut add = |dir: Spot, shown: String| {
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
    add(dir.clone(), shown.to_string());
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
    use super::super::folder::tests::{component, scratch, write_gem};
    use super::super::{Content, Fact};
    use super::*;
    use licit_model::Location;

    #[test]
    fn gems_are_read_as_they_were_downloaded() {
        let dir = scratch("gems");
        let spec = |name: &str, license: &str| {
            format!(
                "--- !ruby/object:Gem::Specification\nname: {name}\nversion: !ruby/object:Gem::Version\n  version: '1.0'\n\
                 dependencies:\n- !ruby/object:Gem::Dependency\n  name: x\nlicenses:\n- {license}\nmetadata: {{}}\n"
            )
        };
        let cache = dir.join("web/vendor/cache");
        let files: [(&str, &[u8]); 2] = [("LICENSE", b"words"), ("lib/LICENSE", b"not of the package")];
        write_gem(&cache.join("a-1.0-java.gem"), &spec("a", "LGPL-2.1"), &files);
        write_gem(&cache.join("b-1.0.gem"), &spec("other", "MIT"), &files);
        std::fs::write(cache.join("c-1.0.gem"), b"no gem").unwrap();
        let walked = Walked { vendored: vec!["web/vendor".to_string()], ..Walked::default() };
        let copies = Copies::new(&dir, &walked, &Caches::default());
        let look = |name: &str, at: &str| {
            let mut looked = Looked::default();
            let mut gem = component(name, "1.0");
            gem.locations.push(Location::new(at, None));
            copies.look(0, &gem, &mut looked);
            looked
        };
        let text = |fact: &Fact| match &fact.content {
            Content::Field(raw) => raw.text.clone(),
            Content::Text(text) | Content::Prose(_, text) | Content::Known(_, text) => text.clone(),
        };
        let a = look("a", "web/Gemfile.lock");
        assert_eq!(a.facts.iter().map(text).collect::<Vec<_>>(), ["LGPL-2.1", "words"]);
        assert_eq!(a.facts[0].location.to_string(), "web/vendor/cache/a-1.0-java.gem/metadata.gz:9");
        for (name, why) in [("b", "another gem"), ("c", "cannot be read as a gem")] {
            let looked = look(name, "web/Gemfile.lock");
            assert!(looked.facts.is_empty());
            assert!(
                matches!(&looked.missed[0].1, Missed::Damaged(_, what) if what.contains(why)),
                "{looked:?}"
            );
        }
        // Gems of another project in the tree are not of this one.
        assert!(look("a", "api/Gemfile.lock").facts.is_empty());
        std::fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn a_name_that_ends_like_a_version_is_another_gem() {
        let names = ["a-1.0-b-2.0.0", "c-1.0-x86_64-linux", "d-1.0-2.0"].map(str::to_string);
        let names = BTreeSet::from(names);
        let of = |bare: &str| held(&names, bare, bare).map(String::as_str);
        assert_eq!((of("a-1.0"), of("d-1.0")), (None, None));
        assert_eq!(of("c-1.0"), Some("c-1.0-x86_64-linux"));
    }

    #[test]
    fn variants_and_checkouts() {
        let names = ["a-1.0-x86_64-linux", "b-2"].map(str::to_string);
        let home = Home {
            dir: Spot::Disk(std::path::PathBuf::new()),
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
