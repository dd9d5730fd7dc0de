//! Which folder a project lies in and which manifest describes it, where a lock's own folder does not say.

use std::collections::HashSet;

use licit_model::found::Role;
use licit_model::{Ecosystem, Found};

use super::Joined;

/// The folder of the project that a lock belongs to: its own, but for what Composer records inside of `vendor`.
pub(super) fn dir_of(lock: &Found) -> &str {
    let dir = lock.dir();
    match dir.strip_suffix("vendor/composer").filter(|_| lock.extractor == "composer-installed") {
        Some("") => "",
        Some(above) => above.strip_suffix('/').unwrap_or(dir),
        None => dir,
    }
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

/// The project that an image is built for: the nearest one in the image's folder or above it. Of several in one folder the
/// first in the order of their ids is taken, as the files do not say which.
pub(super) fn served(joined: &Joined, dir: &str) -> Option<usize> {
    let components = &joined.graph.components;
    let own = |at: &usize| components[*at].first_party;
    let folder = |at: usize| joined.dirs[at].as_deref().and_then(|d| d.split('#').next());
    let around = (0..components.len())
        .filter(own)
        .filter_map(|at| Some((folder(at).filter(|f| super::place::is_below(dir, f))?.len(), at)));
    around.max_by(|a, b| a.0.cmp(&b.0).then(components[b.1].id.cmp(&components[a.1].id))).map(|(_, at)| at)
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
