//! What only Go needs: modules that a go.mod from before Go 1.17 does not name.

use std::collections::BTreeMap;

use licit_model::{Found, FoundPackage};
use semver::Version;

/// Modules that only the go.sum beside a go.mod names, each in its newest version, which is the one Go builds.
///
/// A go.sum also holds versions that were considered and not chosen, so these are candidates: the caller marks
/// them as indirect, and the completeness verdict says that the graph is not whole.
pub(super) fn only_in_sum<'f>(lock: &Found, found: &'f [Found]) -> Vec<&'f FoundPackage> {
    let named: Vec<String> = lock.packages.iter().map(|p| p.purl.full_name()).collect();
    let mut newest: BTreeMap<String, &FoundPackage> = BTreeMap::new();
    let sums = found.iter().filter(|f| f.extractor == "go-sum" && f.dir() == lock.dir());
    for package in sums.flat_map(|f| &f.packages) {
        let name = package.purl.full_name();
        if named.contains(&name) {
            continue;
        }
        let newer = newest.get(&name).is_none_or(|known| order(package) > order(known));
        if newer {
            newest.insert(name, package);
        }
    }
    newest.into_values().collect()
}

fn order(package: &FoundPackage) -> Option<Version> {
    let version = package.purl.version().trim_start_matches('v');
    Version::parse(version.trim_end_matches("+incompatible")).ok()
}
