//! What programs say of themselves, where nothing says it better: notes of distributions, and version resources.
//!
//! Each program has a word of its own, and a folder may hold thousands. What a package database, a project or a package
//! around them names already is left out; the rest is one file a folder.

use std::collections::{BTreeMap, HashSet};

use licit_model::found::Role;
use licit_model::{Ecosystem, Found, GraphDepth};

use super::place::is_below;
use super::system::top_of;

const NOTE: &str = "elf-note";
const RESOURCE: &str = "version-resource";

/// Leaves out what is known, and joins the rest by folders.
pub(super) fn join(found: &mut Vec<Found>) {
    if !found.iter().any(|f| matches!(f.extractor, NOTE | RESOURCE)) {
        return;
    }
    let systems = systems(found);
    let projects = projects(found);
    let known = |file: &Found| match file.extractor {
        // Notes name the sources' package, which a database has under its own name or as where a package comes from.
        NOTE => file.packages.iter().all(|p| {
            systems.iter().any(|(top, names)| {
                is_below(&file.path, top) && names.contains(&(p.purl.kind.to_string(), p.purl.name.clone()))
            })
        }),
        RESOURCE => file.packages.iter().all(|p| {
            let managed = file.ecosystem == Some(Ecosystem::Nuget);
            projects.iter().any(|project| {
                is_below(file.dir(), &project.dir)
                    && (project.complete
                        || is_built(file.dir(), &project.dir)
                        || (managed && project.names.contains(&p.purl.name.to_lowercase())))
            })
        }),
        _ => false,
    };
    let mut folders: BTreeMap<(String, &'static str, Ecosystem), Vec<Found>> = BTreeMap::new();
    let mut rest = Vec::with_capacity(found.len());
    for file in std::mem::take(found) {
        match file.ecosystem {
            Some(ecosystem) if matches!(file.extractor, NOTE | RESOURCE) && file.role == Role::Lock => {
                if !known(&file) {
                    let key = (file.dir().to_string(), file.extractor, ecosystem);
                    folders.entry(key).or_default().push(file);
                }
            }
            _ => rest.push(file),
        }
    }
    for ((dir, extractor, ecosystem), mut files) in folders {
        if let [_] = files.as_slice() {
            rest.append(&mut files);
            continue;
        }
        let why = files.first().and_then(|f| f.graph.clone()).map(|(_, why)| why).unwrap_or_default();
        let mut all = Found::new(dir, extractor);
        all.lock(ecosystem, GraphDepth::Flat, why);
        for mut file in files {
            all.problems.append(&mut file.problems);
            for mut package in file.packages {
                package.file = Some(file.path.clone());
                all.package(package);
            }
        }
        rest.push(all);
    }
    rest.sort_by(|a, b| a.path.cmp(&b.path));
    *found = rest;
}

/// What files of .NET say of the folder that they lie in.
struct Project {
    dir: String,
    /// Whether they list everything that lies there.
    complete: bool,
    /// What they name, in lower case.
    names: HashSet<String>,
}

fn projects(found: &[Found]) -> Vec<Project> {
    let ours = found.iter().filter(|f| f.extractor != RESOURCE && f.ecosystem == Some(Ecosystem::Nuget));
    let project = |file: &Found| {
        let packages = file.packages.iter().map(|p| p.purl.name.to_lowercase());
        let own = file.manifest.iter().map(|m| m.package.purl.name.to_lowercase());
        let asked = file.manifest.iter().flat_map(|m| &m.requirements).map(|r| r.name.to_lowercase());
        Project {
            dir: file.dir().to_string(),
            complete: matches!(file.extractor, "deps-json" | "nuspec" | "bundled"),
            names: packages.chain(own).chain(asked).collect(),
        }
    };
    ours.map(project).collect()
}

/// Whether a folder of a project holds what was built or restored from what its files say.
fn is_built(dir: &str, project: &str) -> bool {
    let below = dir.strip_prefix(project).unwrap_or("");
    below.split('/').any(|part| ["bin", "obj", "packages"].iter().any(|b| part.eq_ignore_ascii_case(b)))
}

/// By the top of each system: types and names of its packages, and of the sources that these come from.
fn systems(found: &[Found]) -> Vec<(String, HashSet<(String, String)>)> {
    let mut systems: BTreeMap<&str, HashSet<(String, String)>> = BTreeMap::new();
    let databases = ["apk", "dpkg", "pacman", "rpm", "rpm-manifest"];
    for file in found.iter().filter(|f| databases.contains(&f.extractor)) {
        let Some(top) = top_of(&file.path) else { continue };
        let names = systems.entry(top).or_default();
        for package in &file.packages {
            let kind = package.purl.kind.to_string();
            names.insert((kind.clone(), package.purl.name.clone()));
            if let Some(upstream) = package.purl.qualifiers.get("upstream") {
                // `name@version` in Debian; in rpm the file with the sources: `name-version-release.src.rpm`.
                let name = match upstream.strip_suffix(".src.rpm") {
                    Some(file) => file.rsplitn(3, '-').nth(2).unwrap_or(file),
                    None => upstream.split('@').next().unwrap_or(upstream),
                };
                names.insert((kind, name.to_string()));
            }
        }
    }
    systems.into_iter().map(|(top, names)| (top.to_string(), names)).collect()
}

#[cfg(test)]
mod tests {
    use licit_model::{FoundPackage, Purl};

    use super::*;

    fn file(path: &str, extractor: &'static str, ecosystem: Ecosystem, purls: &[Purl]) -> Found {
        let mut found = Found::new(path, extractor);
        purls.iter().for_each(|p| {
            found.package(FoundPackage::new(p.clone(), None));
        });
        found.lock(ecosystem, GraphDepth::Flat, "");
        found
    }

    #[test]
    fn what_a_database_or_a_project_knows_is_left_out() {
        let rpm = |name: &str| Purl::named("rpm", &format!("fedora/{name}"), "1-1.fc40");
        let installed = rpm("courier-libs").with("upstream", "courier-1-1.fc40.src.rpm");
        let mut found = vec![
            file("r/usr/bin/courier", NOTE, Ecosystem::Rpm, &[rpm("courier")]),
            file("r/usr/bin/stamp", NOTE, Ecosystem::Rpm, &[rpm("stamp")]),
            file("r/usr/bin/stamper", NOTE, Ecosystem::Rpm, &[rpm("stamp")]),
            file("other/courier", NOTE, Ecosystem::Rpm, &[rpm("courier")]),
            file("r/var/lib/rpm/rpmdb.sqlite", "rpm", Ecosystem::Rpm, &[installed]),
            file("app/App.csproj", "msbuild", Ecosystem::Nuget, &[]),
            file("app/bin/A.dll", RESOURCE, Ecosystem::Nuget, &[Purl::nuget("A", "1")]),
            file("app/lib/C.dll", RESOURCE, Ecosystem::Nuget, &[Purl::nuget("C", "1")]),
            file("tools/B.dll", RESOURCE, Ecosystem::Nuget, &[Purl::nuget("B", "1")]),
        ];
        join(&mut found);
        let rows: Vec<String> = found
            .iter()
            .map(|f| {
                format!(
                    "{} {}",
                    f.path,
                    f.packages.iter().map(|p| p.purl.name.as_str()).collect::<Vec<_>>().join(" ")
                )
            })
            .collect();
        assert_eq!(
            rows,
            [
                "app/App.csproj ",
                "app/lib/C.dll C",
                "other/courier courier",
                "r/usr/bin stamp stamp",
                "r/var/lib/rpm/rpmdb.sqlite courier-libs",
                "tools/B.dll B"
            ]
        );
    }
}
