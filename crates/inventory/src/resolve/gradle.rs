//! What only Gradle needs: a catalog and checksums that serve the lockfiles of their project instead of standing beside
//! them.

use std::collections::{HashMap, HashSet};

use licit_model::found::Role;
use licit_model::{Found, Requirement, Scope};

use super::place;

/// Joins build scripts, catalogs, checksums and lockfiles.
pub(super) fn settle(found: &mut [Found]) {
    scripts(found);
    // The names by which scripts call a catalog's entries are of no use from here on.
    found.iter_mut().filter(|f| f.extractor == "version-catalog").for_each(|f| f.keys.clear());
    locked(found);
}

/// The folder of the project that a file in its folder `gradle` serves.
fn project_of(file: &Found) -> &str {
    match file.dir().rsplit_once('/') {
        Some((above, "gradle")) => above,
        None if file.dir() == "gradle" => "",
        _ => file.dir(),
    }
}

/// Fills in what build scripts name by an alias of the catalog or by the path of a sibling project.
fn scripts(found: &mut [Found]) {
    let scripts: Vec<usize> = (0..found.len())
        .filter(|&i| found[i].extractor == "build-gradle" && found[i].manifest.is_some())
        .collect();
    let dirs: HashSet<String> = scripts.iter().map(|&i| found[i].dir().to_string()).collect();
    let mut catalogs: HashMap<String, usize> = HashMap::new();
    let mut entries: HashMap<(usize, String), Vec<usize>> = HashMap::new();
    for (index, file) in found.iter().enumerate().filter(|(_, f)| f.path.ends_with("libs.versions.toml")) {
        catalogs.insert(project_of(file).to_string(), index);
        for (alias, package) in &file.keys {
            entries.entry((index, alias.clone())).or_default().push(*package);
        }
    }
    let mut used: HashMap<(usize, usize), Scope> = HashMap::new();
    for script in scripts {
        let dir = found[script].dir().to_string();
        let catalog = above(&dir).find_map(|at| catalogs.get(at).copied());
        let asked =
            found[script].manifest.as_mut().map(|m| std::mem::take(&mut m.requirements)).unwrap_or_default();
        let mut settled = Vec::with_capacity(asked.len());
        for requirement in asked {
            if let Some(path) = &requirement.path {
                // Paths of projects begin at the root project, which is one of the folders above.
                let sibling =
                    above(&dir).map(|at| if at.is_empty() { path.clone() } else { format!("{at}/{path}") });
                if let Some(sibling) = sibling.into_iter().find(|s| dirs.contains(s)) {
                    let up = if dir.is_empty() {
                        String::new()
                    } else {
                        "../".repeat(dir.matches('/').count() + 1)
                    };
                    let path = Some(format!("{up}{sibling}"));
                    settled.push(Requirement { path, inherited: false, ..requirement });
                }
                continue;
            }
            let Some(alias) = requirement.name.strip_prefix("libs.") else {
                settled.push(requirement);
                continue;
            };
            let listed = catalog.and_then(|c| Some((c, entries.get(&(c, alias.to_string()))?)));
            let Some((catalog, packages)) = listed else {
                let message = format!("`libs.{alias}` is in no catalog that was found; it was left out");
                found[script].lost(requirement.line, message);
                continue;
            };
            for &index in packages {
                let purl = &found[catalog].packages[index].purl;
                let name = format!("{}:{}", purl.namespace.as_deref().unwrap_or(""), purl.name);
                let range = purl.version().to_string();
                let known = used.entry((catalog, index)).or_insert(requirement.scope);
                *known = (*known).min(requirement.scope);
                settled.push(Requirement { name, range, inherited: false, ..requirement.clone() });
            }
        }
        if let Some(manifest) = &mut found[script].manifest {
            manifest.requirements = settled;
        }
    }
    // What no script names may still be used by a script that computes; it keeps the scope of what ships.
    for (&(catalog, index), &scope) in &used {
        found[catalog].packages[index].scope = Some(scope);
    }
    for catalog in catalogs.into_values() {
        found[catalog]
            .edges
            .iter_mut()
            .for_each(|e| e.scope = used.get(&(catalog, e.to)).copied().unwrap_or(e.scope));
    }
}

/// A folder and those above it, nearest first.
fn above(dir: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(dir), |at| match at.rsplit_once('/') {
        Some((parent, _)) => Some(parent),
        None if at.is_empty() => None,
        None => Some(""),
    })
}

/// Where a project has lockfiles, its catalog only says which of their packages are asked for, and its checksums only
/// complete theirs: the lockfiles hold the versions that are used.
fn locked(found: &mut [Found]) {
    let is_lock = |f: &Found| f.extractor == "gradle-lockfile" && f.role == Role::Lock;
    let locks: Vec<usize> = (0..found.len()).filter(|&i| is_lock(&found[i])).collect();
    if locks.is_empty() {
        return;
    }
    let serving = |f: &Found| {
        matches!(f.extractor, "version-catalog" | "verification-metadata") && f.role == Role::Lock
    };
    for at in (0..found.len()).filter(|&i| serving(&found[i])).collect::<Vec<_>>() {
        let project = project_of(&found[at]).to_string();
        let served: Vec<usize> =
            locks.iter().copied().filter(|&l| place::is_below(found[l].dir(), &project)).collect();
        if served.is_empty() {
            continue;
        }
        found[at].role = Role::Helper;
        found[at].graph = None;
        let packages = std::mem::take(&mut found[at].packages);
        found[at].edges.clear();
        if found[at].extractor == "version-catalog" {
            let asked: HashSet<String> =
                packages.iter().filter(|p| p.direct == Some(true)).map(|p| p.purl.full_name()).collect();
            for &lock in &served {
                for package in found[lock].packages.iter_mut().filter(|p| asked.contains(&p.purl.full_name()))
                {
                    package.direct = Some(true);
                }
            }
        } else {
            let hashes: HashMap<_, _> = packages.into_iter().map(|p| (p.purl, p.hashes)).collect();
            for &lock in &served {
                for package in found[lock].packages.iter_mut().filter(|p| p.hashes.is_empty()) {
                    package.hashes = hashes.get(&package.purl).cloned().unwrap_or_default();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract::build_gradle::BuildGradle;
    use crate::extract::gradle_lockfile::GradleLockfile;
    use crate::extract::tests::read;
    use crate::extract::verification_metadata::VerificationMetadata;
    use crate::extract::version_catalog::VersionCatalog;

    #[test]
    fn scripts_use_catalogs_and_siblings() {
        let catalog =
            "[libraries]\na-b = \"g:a:1\"\nc = \"g:c:2\"\nd = \"g:d:3\"\n[bundles]\nall = [\"a-b\", \"c\"]\n";
        let script = "dependencies {\n testImplementation(libs.a.b)\n implementation(libs.bundles.all)\n testImplementation(libs.d)\n api(project(\":core\"))\n api(libs.none)\n}\n";
        let mut found = vec![
            read(&VersionCatalog, "gradle/libs.versions.toml", catalog),
            read(&BuildGradle, "app/build.gradle.kts", script),
            read(&BuildGradle, "core/build.gradle.kts", ""),
        ];
        settle(&mut found);
        let asked = &found[1].manifest.as_ref().unwrap().requirements;
        let asked: Vec<_> =
            asked.iter().map(|r| (r.name.as_str(), r.range.as_str(), r.path.as_deref())).collect();
        assert_eq!(
            asked,
            [
                ("g:a", "1", None),
                ("g:a", "1", None),
                ("g:c", "2", None),
                ("g:d", "3", None),
                ("core", "", Some("../core"))
            ]
        );
        let scopes: Vec<_> = found[0].edges.iter().map(|e| e.scope).collect();
        assert_eq!(scopes, [Scope::Runtime, Scope::Runtime, Scope::Test]);
        assert_eq!(found[1].problems.len(), 1);
    }

    #[test]
    fn catalogs_and_checksums_serve_lockfiles() {
        let catalog = read(&VersionCatalog, "gradle/libs.versions.toml", "[libraries]\na = \"g:a:1\"\n");
        let sums = "<verification-metadata><components><component group='g' name='b' version='2'><artifact name='b-2.jar'><sha256 value='00ff'/></artifact></component></components></verification-metadata>";
        let sums = read(&VerificationMetadata, "gradle/verification-metadata.xml", sums);
        let lock =
            read(&GradleLockfile, "app/gradle.lockfile", "g:a:3=runtimeClasspath\ng:b:2=runtimeClasspath\n");
        let mut found = vec![lock, catalog.clone(), sums];
        settle(&mut found);
        assert_eq!(
            found.iter().map(|f| f.role).collect::<Vec<_>>(),
            [Role::Lock, Role::Helper, Role::Helper]
        );
        assert_eq!(found[0].packages[0].direct, Some(true));
        assert_eq!(found[0].packages[1].hashes[0].hex, "00ff");
        // Without a lockfile they are all that there is.
        let mut alone = vec![catalog];
        settle(&mut alone);
        assert_eq!((alone[0].role, alone[0].packages.len()), (Role::Lock, 2));
    }
}
