//! Which of the project's own packages is meant: by a lock that names it, and by a manifest that asks for it by its name.

use licit_model::{Ecosystem, Found, FoundPackage, Requirement};

use super::{Manifests, place};

/// The manifest of one of the lock's own packages.
pub(super) fn own_manifest(
    lock: &Found,
    package: &FoundPackage,
    found: &[Found],
    manifests: &Manifests,
) -> Option<usize> {
    let ecosystem = lock.ecosystem?;
    if let Some(dir) = &package.dir {
        let dir = place::join(lock.dir(), dir)?;
        let at = manifests.at(ecosystem, &dir);
        let named = |m: &&usize| {
            let own = found[**m].manifest.as_ref();
            own.is_some_and(|o| o.is_package && o.package.purl.name == package.purl.name)
        };
        // What is published to another registry from the same folder is described by another file.
        let usual = |m: &&usize| (found[**m].extractor == "import-map") == (lock.extractor == "deno-lock");
        let both = at.iter().find(|m| named(m) && usual(m));
        // Bundler looks for gems in the folders below the one that is named, too.
        let below = |m: &&usize| ecosystem == Ecosystem::Gem && place::is_below(found[**m].dir(), &dir);
        let by_name = manifests.by_name.get(&(ecosystem, package.purl.full_name()));
        let nested = || {
            let nested = by_name.map_or(&[][..], Vec::as_slice).iter().filter(below);
            nested.min_by_key(|m| (found[**m].dir().matches('/').count(), **m))
        };
        return both
            .or_else(|| at.iter().find(named))
            .or_else(nested)
            .or_else(|| at.iter().find(usual))
            .or(at.first())
            .copied();
    }
    // Cargo.lock names its members without a folder: the manifest of that name nearest below the lock.
    let candidates = manifests.by_name.get(&(ecosystem, package.purl.full_name()))?;
    let version = |m: &usize| {
        let own = found[*m].manifest.as_ref();
        own.is_some_and(|o| {
            o.package.purl.version.is_none() || o.package.purl.version == package.purl.version
        })
    };
    let below = |m: &usize| place::is_below(found[*m].dir(), lock.dir());
    let depth = |m: &usize| (!below(m), found[*m].dir().matches('/').count());
    // A lockfile that was not renewed may still name an older version of a local package.
    candidates.iter().copied().min_by_key(|m| (!version(m), depth(m), *m))
}

/// In Haskell, the project's own package of the name that is asked for: cabal and stack take it before the registry's, and
/// the tests of a package ask for the package itself. Of several the one nearest to the file.
pub(super) fn nearest_of_name(
    ecosystem: Ecosystem,
    requirement: &Requirement,
    file: &Found,
    found: &[Found],
    manifests: &Manifests,
) -> Option<usize> {
    let usual = ecosystem == Ecosystem::Hackage && requirement.path.is_none();
    let candidates = manifests.by_name.get(&(ecosystem, requirement.name.clone())).filter(|_| usual)?;
    let shared = |dir: &str| dir.split('/').zip(file.dir().split('/')).take_while(|(a, b)| a == b).count();
    // Beside it, above it or below it. A package of the tests is no part of what is tested.
    let together = |m: &usize| {
        let dir = found[*m].dir();
        let parent = dir.rsplit_once('/').map_or("", |(parent, _)| parent);
        (place::is_below(file.dir(), parent) || place::is_below(dir, file.dir()))
            && place::ceiling(&found[*m].path) == place::ceiling(&file.path)
    };
    // Names are few a project; more than these are somebody's bait.
    let near = candidates.iter().copied().take(256).filter(together);
    near.max_by_key(|m| (shared(found[*m].dir()), std::cmp::Reverse(*m)))
}

/// Whether a lock leaves out by its nature what a manifest asks for: an environment what nobody installed in it, Stack's what
/// is in its snapshot, rebar3's what only tests and builds use.
pub(super) fn lacks(lock: &Found, requirement: &Requirement) -> bool {
    match lock.extractor {
        "python-metadata" | "stack-lock" | "stack-yaml" => true,
        "rebar-lock" => !requirement.scope.ships(),
        _ => false,
    }
}
