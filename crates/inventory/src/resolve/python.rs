//! What only Python needs: one project may say in four files what it is, each of them leaving something out.

use std::collections::BTreeMap;

use licit_model::{Ecosystem, Found};

/// Gives the manifests of one folder the name and the version that one of them states.
pub(super) fn settle(found: &mut [Found]) {
    let mut folders: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, file) in found.iter().enumerate() {
        if file.ecosystem == Some(Ecosystem::Pypi) && file.manifest.is_some() && rank(file).is_some() {
            folders.entry(file.dir().to_string()).or_default().push(index);
        }
    }
    for mut files in folders.into_values().filter(|files| files.len() > 1) {
        files.sort_by_key(|&index| (rank(&found[index]), index));
        let own = |index: usize| found[index].manifest.as_ref().map(|m| &m.package.purl);
        let Some(mut purl) = files.iter().filter_map(|&i| own(i)).find(|p| !p.name.is_empty()).cloned()
        else {
            continue;
        };
        let same = files.iter().filter_map(|&i| own(i)).filter(|p| p.name == purl.name || p.name.is_empty());
        purl.version = purl.version.clone().or_else(|| same.filter_map(|p| p.version.clone()).next());
        for index in files {
            let Some(manifest) = found[index].manifest.as_mut() else { continue };
            let known = &mut manifest.package.purl;
            if known.name.is_empty() || known.name == purl.name {
                *known = purl.clone();
            }
        }
    }
}

/// Which file counts first.
fn rank(file: &Found) -> Option<u8> {
    ["pyproject", "setup-cfg", "setup-py", "pipfile", "requirements-in"]
        .iter()
        .position(|name| *name == file.extractor)
        .and_then(|at| u8::try_from(at).ok())
}

#[cfg(test)]
mod tests {
    use licit_model::{FoundPackage, Manifest, Purl};

    use super::*;

    #[test]
    fn manifests_of_one_folder_are_one_project() {
        let file = |path: &str, extractor: &'static str, name: &str, version: &str| {
            let mut found = Found::new(path, extractor);
            let package = FoundPackage::new(Purl::pypi(name, version), None);
            found.manifest(Ecosystem::Pypi, Manifest::new(package));
            found
        };
        let mut found = [
            file("a/pyproject.toml", "pyproject", "", ""),
            file("a/setup.cfg", "setup-cfg", "x", ""),
            file("a/setup.py", "setup-py", "x", "1.0"),
            file("b/setup.py", "setup-py", "y", "2"),
            file("b/requirements.in", "requirements-in", "", ""),
        ];
        settle(&mut found);
        let purls: Vec<String> =
            found.iter().map(|f| f.manifest.as_ref().unwrap().package.purl.to_string()).collect();
        assert_eq!(
            purls,
            ["pkg:pypi/x@1.0", "pkg:pypi/x@1.0", "pkg:pypi/x@1.0", "pkg:pypi/y@2", "pkg:pypi/y@2"]
        );
    }
}
