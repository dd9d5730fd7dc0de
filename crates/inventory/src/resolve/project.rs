//! Which folder a project lies in and which manifest describes it, where a lock's own folder does not say.

use std::collections::HashSet;

use licit_model::found::Role;
use licit_model::{
    Component, Ecosystem, Found, FoundPackage, Kind, Licenses, Location, Purl, Relationship, Scope, Source,
};

use super::{Joined, Joiner, Manifests};
use crate::extract::python_script;

/// Whether files of this world say what is done for a project that others describe: images, workflows, fetched sources.
pub(super) fn serves(ecosystem: Ecosystem) -> bool {
    use Ecosystem::{Docker, Generic, Github, Githubactions};
    matches!(ecosystem, Docker | Githubactions | Github | Generic)
}

/// The folder of the project that a lock belongs to: its own, but for workflows, and for what Composer records inside of
/// `vendor`.
pub(super) fn dir_of(lock: &Found) -> &str {
    let dir = lock.dir();
    if lock.extractor == "github-actions"
        && let Some(above) = dir.strip_suffix(".github/workflows")
    {
        return above.strip_suffix('/').unwrap_or(above);
    }
    match dir.strip_suffix("vendor/composer").filter(|_| lock.extractor == "composer-installed") {
        Some("") => "",
        Some(above) => above.strip_suffix('/').unwrap_or(dir),
        None => dir,
    }
}

/// What a manifest stands for: its folder, but a script for nothing than itself.
pub(super) fn place_of(manifest: &Found) -> &str {
    if manifest.extractor == python_script::NAME { &manifest.path } else { manifest.dir() }
}

/// The same folder as seen from the lock's.
pub(super) fn from_lock(lock: &Found) -> &'static str {
    if dir_of(lock) == lock.dir() { "" } else { "../.." }
}

/// The specification of the gem that a Gemfile with `gemspec` in it works for: both describe one project.
pub(super) fn gemspec_beside<'f>(manifest: &Found, found: &'f [Found]) -> Option<&'f Found> {
    let own = manifest.manifest.as_ref().filter(|own| !own.is_package)?;
    if manifest.ecosystem != Some(Ecosystem::Gem) || !own.package.purl.name.is_empty() {
        return None;
    }
    let mut beside = found
        .iter()
        .filter(|f| f.extractor == "gemspec" && f.manifest.is_some() && f.dir() == manifest.dir());
    let first = beside.next()?;
    beside.next().is_none().then_some(first)
}

/// The project that a file or an image is for: the nearest one in the image's folder or above it. Of several in one folder the
/// first in the order of their ids is taken, as the files do not say which.
pub(crate) fn served(joined: &Joined, dir: &str) -> Option<usize> {
    let components = &joined.graph.components;
    // Folders are looked at first: few components have one, and a tree may have as many images as components.
    let around = joined.dirs.iter().enumerate().filter_map(|(at, folder)| {
        let folder = folder.as_deref()?.split('#').next()?;
        (super::place::is_below(dir, folder) && components[at].first_party).then_some((folder.len(), at))
    });
    around.max_by(|a, b| a.0.cmp(&b.0).then(components[b.1].id.cmp(&components[a.1].id))).map(|(_, at)| at)
}

/// The project's own package, where the tree has one and no more.
pub(crate) fn only(joined: &Joined) -> Option<usize> {
    let components = &joined.graph.components;
    let mut own = (0..components.len()).filter(|&at| components[at].first_party);
    own.next().filter(|_| own.next().is_none())
}

/// A package for what is scanned, where the tree has none of its own that a place belongs to; `told` is the first such
/// place. What lies deeper belongs to it from then on.
pub(crate) fn top(joined: &mut Joined, name: &str, told: Location) -> usize {
    let root = joined.push(Component {
        id: String::new(),
        purl: None,
        ecosystem: None,
        kind: Kind::Application,
        name: name.to_string(),
        version: String::new(),
        requested: None,
        scope: Scope::Runtime,
        relationship: Relationship::Root,
        first_party: true,
        locations: vec![told],
        source: Source::Path(String::new()),
        hashes: Vec::new(),
        licenses: Licenses::default(),
        freshness: None,
        model: None,
    });
    joined.dirs[root] = Some(String::new());
    root
}

impl Joiner<'_> {
    /// The project in a lockfile's folder where the lockfile does not name one.
    pub(super) fn project(
        &mut self,
        ecosystem: Ecosystem,
        lock: &Found,
        found: &[Found],
        manifests: &Manifests,
    ) -> usize {
        // What lies in an image is the image's, unless a project in it says otherwise by its own files.
        let own = lock.packages.iter().find(|p| p.first_party && p.dir.as_deref() == Some(""));
        if let Some(image) = found.iter().find(|f| f.extractor == "image").filter(|_| own.is_none())
            && let Some(top) = image.packages.first()
        {
            return self.own_package(Ecosystem::Docker, top, None, image, found);
        }
        if serves(ecosystem)
            && let Some(served) = served(&self.joined, dir_of(lock))
        {
            return served;
        }
        if lock.extractor == "bundled" {
            return self.bundler(lock, found);
        }
        if super::system::is_present(lock) {
            return self.holder(lock, found);
        }
        let beside = manifests.at(ecosystem, dir_of(lock)).first().map(|&m| &found[m]);
        let described = beside.and_then(|m| m.manifest.as_ref()).map(|m| &m.package);
        let mut nameless =
            FoundPackage::new(Purl { kind: ecosystem.purl_type().into(), ..Purl::cargo("", "") }, None);
        nameless.first_party = true;
        nameless.dir = Some(from_lock(lock).to_string());
        match (own, described) {
            (Some(own), _) => self.own_package(ecosystem, own, beside, lock, found),
            (None, Some(described)) => self.own_package(ecosystem, described, beside, lock, found),
            (None, None) => self.own_package(ecosystem, &nameless, None, lock, found),
        }
    }
}

impl Joiner<'_> {
    /// Whose an archive in the tree is: the nearest project's in the archive's folder or above it, else that of the only
    /// project that there is, else the scanned folder's itself.
    fn bundler(&mut self, lock: &Found, found: &[Found]) -> usize {
        let outermost = lock.path.split("!/").next().unwrap_or("");
        let folder = outermost.rsplit_once('/').map_or("", |(folder, _)| folder);
        if let Some(at) = served(&self.joined, folder).or_else(|| only(&self.joined)) {
            return at;
        }
        let mut nameless = FoundPackage::new(
            Purl { kind: Ecosystem::Generic.purl_type().into(), ..Purl::cargo("", "") },
            None,
        );
        nameless.first_party = true;
        // The top of what is scanned, however deep the archive lies.
        nameless.dir = Some("../".repeat(lock.path.matches('/').count()));
        self.own_package(Ecosystem::Generic, &nameless, None, lock, found)
    }
}

/// What a Gemfile computes is lost only where no lock beside it holds the result.
pub(super) fn forgive(found: &mut [Found]) {
    let locks = found.iter().filter(|f| f.extractor == "gemfile-lock" && f.role == Role::Lock);
    let locked: HashSet<String> = locks.map(|f| f.dir().to_string()).collect();
    for file in found.iter_mut().filter(|f| f.extractor == "gemfile" && locked.contains(f.dir())) {
        file.problems.iter_mut().for_each(|p| p.loses = false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_above_vendor() {
        let dir = |path: &str, extractor: &'static str| dir_of(&Found::new(path, extractor)).to_string();
        assert_eq!(dir("vendor/composer/installed.json", "composer-installed"), "");
        assert_eq!(dir("web/vendor/composer/installed.json", "composer-installed"), "web");
        assert_eq!(dir("my-vendor/composer/installed.json", "composer-installed"), "my-vendor/composer");
        assert_eq!(dir("vendor/composer/composer.lock", "composer-lock"), "vendor/composer");
    }
}
