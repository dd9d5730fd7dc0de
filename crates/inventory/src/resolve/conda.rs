//! An `environment.yml` beside the `conda-lock.yml` that was made from it: one list of packages, of which the first file says
//! what was asked for.

use std::collections::HashMap;

use licit_model::Found;
use licit_model::found::Role;

use crate::extract::python::normal_name;

/// Marks what an environment asks for in the lock beside it, and drops what is then said twice.
pub(super) fn settle(found: &mut [Found]) {
    let named = |file: &Found, extractor: &str, stem: &str| {
        let name = file.path.rsplit('/').next().unwrap_or("");
        let stems = name.strip_suffix(".yml").or_else(|| name.strip_suffix(".yaml"));
        file.extractor == extractor && file.role == Role::Lock && stems == Some(stem)
    };
    let mut locks: HashMap<String, usize> = HashMap::new();
    for (index, file) in found.iter().enumerate().filter(|(_, f)| named(f, "conda-lock", "conda-lock")) {
        locks.entry(file.dir().to_string()).or_insert(index);
    }
    let environments: Vec<(usize, usize)> = found
        .iter()
        .enumerate()
        // What others refer to by its place in the list cannot be taken out of it.
        .filter(|(_, f)| {
            named(f, "conda-environment", "environment") && f.edges.is_empty() && f.keys.is_empty()
        })
        .filter_map(|(index, file)| Some((index, *locks.get(file.dir())?)))
        .collect();
    for (environment, lock) in environments {
        let Some(asked) = found.get_mut(environment).map(|f| std::mem::take(&mut f.packages)) else {
            continue;
        };
        let Some(lock) = found.get_mut(lock) else { continue };
        let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, package) in lock.packages.iter().enumerate() {
            by_name.entry(normal_name(&package.purl.name)).or_default().push(index);
        }
        let mut left = Vec::new();
        let mut met = false;
        for package in asked {
            let there = by_name.get(&normal_name(&package.purl.name)).map_or(&[][..], Vec::as_slice);
            // `numpy=1.20` is met by 1.20.3.
            let wanted = package.purl.version();
            let fits = |version: &str| {
                version
                    .strip_prefix(wanted)
                    .is_some_and(|rest| rest.is_empty() || wanted.is_empty() || rest.starts_with('.'))
            };
            let mut meeting = false;
            for &index in there {
                if let Some(locked) = lock.packages.get_mut(index).filter(|p| fits(p.purl.version())) {
                    locked.direct = Some(true);
                    meeting = true;
                }
            }
            met |= meeting;
            if !meeting {
                left.push(package);
            }
        }
        if met {
            lock.packages.iter_mut().filter(|p| p.direct.is_none()).for_each(|p| p.direct = Some(false));
        }
        if let Some(file) = found.get_mut(environment) {
            file.role = if left.is_empty() { Role::Nothing } else { file.role };
            file.packages = left;
        }
    }
}

#[cfg(test)]
mod tests {
    use licit_model::{Ecosystem, FoundPackage, GraphDepth, Purl};

    use super::*;

    fn file(path: &str, extractor: &'static str, packages: &[(&str, &str)]) -> Found {
        let mut found = Found::new(path, extractor);
        for (name, version) in packages {
            found.package(FoundPackage::new(Purl::named("conda", name, version), None));
        }
        found.lock(Ecosystem::Conda, GraphDepth::Flat, "");
        found
    }

    #[test]
    fn an_environment_says_what_its_lock_was_asked_for() {
        let asked = [("numpy", "1.20"), ("Dask_core", ""), ("left", "2"), ("python", "3.1")];
        let held = [("numpy", "1.20.3"), ("dask-core", "2024.1"), ("zlib", "1.3"), ("python", "3.10.1")];
        let mut found = [
            file("a/conda-lock.yml", "conda-lock", &held),
            file("a/environment.yml", "conda-environment", &asked),
            file("b/environment.yml", "conda-environment", &asked[..1]),
        ];
        settle(&mut found);
        let direct: Vec<_> = found[0].packages.iter().map(|p| p.direct).collect();
        assert_eq!(direct, [Some(true), Some(true), Some(false), Some(false)]);
        // What the lock has not, or has in another version, stays.
        let left: Vec<_> = found[1].packages.iter().map(|p| p.purl.name.as_str()).collect();
        assert_eq!(left, ["left", "python"]);
        assert_eq!(found[2].packages.len(), 1);
    }
}
