//! What only vcpkg needs: registries of a configuration, and ports that lie in the tree. A port is how somebody else's
//! library is built, so its manifest describes that library and not the project.

use std::collections::{BTreeMap, HashMap, HashSet};

use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Purl, Source};

use super::place;
use crate::extract::vcpkg;
use crate::walk::Walked;

/// Says where ports come from, and of which version those are that lie in the tree.
pub(crate) fn settle(found: &mut [Found], walked: &Walked) {
    if !found.iter().any(|f| f.extractor == "vcpkg-json") {
        return;
    }
    let recipes: HashSet<&str> = walked
        .files
        .iter()
        .filter_map(|listed| listed.path.strip_suffix("portfile.cmake"))
        .filter(|dir| dir.is_empty() || dir.ends_with('/'))
        .map(|dir| dir.trim_end_matches('/'))
        .collect();
    configure(found);
    // By folder: name and version of the port in it.
    let ports: BTreeMap<String, (String, String)> = found
        .iter()
        .filter(|f| f.extractor == "vcpkg-json" && recipes.contains(f.dir()))
        .filter_map(|f| {
            let purl = &f.manifest.as_ref()?.package.purl;
            Some((f.dir().to_string(), (purl.full_name(), purl.version().to_string())))
        })
        .collect();
    if ports.is_empty() {
        return;
    }
    let overlays: BTreeMap<String, Vec<String>> = overlays(found);
    for file in found.iter_mut().filter(|f| f.extractor == "vcpkg-json") {
        let dir = file.dir().to_string();
        if ports.contains_key(&dir) {
            let above = dir.rsplit_once('/').map_or("", |(above, _)| above).to_string();
            pin(file, &[above], &ports);
            port(file);
        } else if let Some(folders) = overlays.get(&dir) {
            pin(file, folders, &ports);
        }
    }
}

/// The configurations that are files of their own.
fn configurations(found: &[Found]) -> impl Iterator<Item = &Found> {
    found.iter().filter(|f| f.extractor == vcpkg::CONFIGURATION && !f.packages.is_empty())
}

/// Gives the requirements of a manifest the registries of the configuration beside it.
fn configure(found: &mut [Found]) {
    let registries: HashMap<String, Vec<(String, Source)>> = configurations(found)
        .map(|f| {
            let patterns = f.packages.iter().filter(|p| !p.first_party);
            (f.dir().to_string(), patterns.map(|p| (p.purl.full_name(), p.source.clone())).collect())
        })
        .collect();
    for file in found.iter_mut().filter(|f| f.extractor == "vcpkg-json") {
        let Some(registries) = registries.get(file.dir()).filter(|r| !r.is_empty()) else { continue };
        for requirement in file.manifest.iter_mut().flat_map(|m| &mut m.requirements) {
            requirement.source = vcpkg::registry_of(registries, &requirement.name);
        }
    }
}

/// By the folder of a configuration, which may stand in the manifest: the folders in which it looks for ports first.
fn overlays(found: &[Found]) -> BTreeMap<String, Vec<String>> {
    let of = |f: &Found| {
        let folders = f.packages.iter().filter(|p| p.first_party).filter_map(|p| p.dir.as_deref());
        (f.dir().to_string(), folders.filter_map(|dir| place::join(f.dir(), dir)).collect())
    };
    let inner = found.iter().filter(|f| f.extractor == "vcpkg-json" && !f.packages.is_empty());
    inner.chain(configurations(found)).map(of).collect()
}

/// Gives requirements the versions of the ports that lie in these folders, or that these folders are.
fn pin(file: &mut Found, folders: &[String], ports: &BTreeMap<String, (String, String)>) {
    for requirement in file.manifest.iter_mut().flat_map(|m| &mut m.requirements) {
        let port = folders.iter().find_map(|folder| {
            let below = if folder.is_empty() {
                requirement.name.clone()
            } else {
                format!("{folder}/{}", requirement.name)
            };
            ports.get(&below).or_else(|| ports.get(folder)).filter(|(name, _)| *name == requirement.name)
        });
        if let Some((_, version)) = port.filter(|(_, version)| !version.is_empty()) {
            requirement.range = format!("=={version}");
        }
    }
}

/// Makes somebody else's library of a manifest, with what its port asks for.
fn port(file: &mut Found) {
    let Some(manifest) = file.manifest.take() else { return };
    let mut library = FoundPackage::new(manifest.package.purl, manifest.package.line);
    library.licenses = manifest.package.licenses;
    // Who asks for it says so; that it lies there says nothing.
    library.direct = Some(false);
    // A port has no say in where others come from.
    file.packages.clear();
    let from = file.package(library);
    for requirement in manifest.requirements {
        let version = requirement.range.strip_prefix("==").unwrap_or("").trim();
        let mut asked = FoundPackage::new(Purl::named("vcpkg", &requirement.name, version), requirement.line);
        asked.direct = Some(false);
        asked.scope = Some(requirement.scope);
        asked.requested = Some(requirement.range.clone()).filter(|r| version.is_empty() && !r.is_empty());
        asked.source = requirement.source;
        let to = file.package(asked);
        file.edge(from, to, requirement.scope);
    }
    file.lock(
        Ecosystem::Vcpkg,
        GraphDepth::DirectOnly,
        "a port says what it asks for, but not in which versions",
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract::tests::read;
    use crate::extract::vcpkg::{VcpkgConfiguration, VcpkgJson};
    use crate::tree::Spot;
    use crate::walk::Listed;

    #[test]
    fn ports_in_the_tree_are_the_libraries_of_others() {
        let mut found = [
            read(&VcpkgJson, "vcpkg.json", r#"{"name": "app", "dependencies": ["fmt", "zlib", "team-log"]}"#),
            read(
                &VcpkgConfiguration,
                "vcpkg-configuration.json",
                r#"{"registries": [{"kind": "git", "repository": "https://git.example/team/ports", "baseline": "abc",
                    "packages": ["team-*"]}], "overlay-ports": ["./cmake/ports"]}"#,
            ),
            read(
                &VcpkgJson,
                "cmake/ports/fmt/vcpkg.json",
                r#"{"name": "fmt", "version": "10.2.1", "license": "MIT", "dependencies": ["zlib", {"name": "vcpkg-cmake", "host": true}]}"#,
            ),
        ];
        let path = "cmake/ports/fmt/portfile.cmake".to_string();
        let spot = Spot::from(std::path::Path::new("none"));
        let walked =
            Walked { files: vec![Listed { path, spot, extractors: Vec::new() }], ..Walked::default() };
        settle(&mut found, &walked);
        let asked: Vec<_> = found[0]
            .manifest
            .as_ref()
            .unwrap()
            .requirements
            .iter()
            .map(|r| (r.range.as_str(), &r.source))
            .collect();
        let usual = Source::Registry(None);
        let team = Source::Registry(Some("https://git.example/team/ports#abc".to_string()));
        assert_eq!(asked, [("==10.2.1", &usual), ("", &usual), ("", &team)]);
        assert!(found[2].manifest.is_none());
        let purls: Vec<_> = found[2].packages.iter().map(|p| p.purl.to_string()).collect();
        assert_eq!(purls, ["pkg:vcpkg/fmt@10.2.1", "pkg:vcpkg/zlib", "pkg:vcpkg/vcpkg-cmake"]);
        assert_eq!(found[2].packages[0].licenses.len(), 1);
        assert!(found[2].packages.iter().all(|p| !p.first_party));
    }
}
