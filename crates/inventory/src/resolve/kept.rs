//! Copies that package managers keep for themselves, in an image or a home folder: they were fetched, and their manifests
//! are nobody's own projects.

use std::collections::HashSet;

use licit_model::found::Role;
use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Purl, Source};

/// Files of a kept copy that say what its authors build with, test and ship: of nobody's concern here.
const AUTHORS: &[&str] = &[
    "cargo-lock",
    "ci-images",
    "compose",
    "dockerfile",
    "github-actions",
    "gitmodules",
    "julia-manifest",
    "kubernetes",
    "pre-commit",
    "pubspec-lock",
];

/// Turns the manifests of kept copies into the packages that they describe.
pub(super) fn settle(found: &mut Vec<Found>) {
    // Maven keeps the build files of whatever it looked at; what it took is there as an archive, too. Gradle keeps both in
    // folders of their own, side by side.
    let above = |folder: &str| folder.rsplit_once('/').map_or("", |(above, _)| above).to_string();
    let archive = |f: &&Found| [".jar", ".aar", ".war"].iter().any(|ending| f.path.ends_with(ending));
    let taken: HashSet<String> =
        found.iter().filter(archive).flat_map(|f| [f.dir().to_string(), above(f.dir())]).collect();
    for file in found.iter_mut() {
        let lists = file.extractor == "go-mod" || AUTHORS.contains(&file.extractor);
        if !(file.role == Role::Manifest || lists && file.role == Role::Lock) {
            continue;
        }
        let Some(kept) = kept(&file.path) else { continue };
        let looked_at = kept.ecosystem == Ecosystem::Maven
            && ![file.dir(), &above(file.dir())].iter().any(|folder| taken.contains(*folder));
        let package = if looked_at { None } else { package(file, &kept) };
        let problems = std::mem::take(&mut file.problems);
        *file = Found::new(std::mem::take(&mut file.path), file.extractor);
        file.problems = problems.into_iter().filter(|p| !p.loses).collect();
        if let Some(mut package) = package {
            package.first_party = false;
            package.dir = None;
            package.source = Source::Registry(None);
            // Who asked for what a package manager keeps stands in no file.
            package.direct = Some(false);
            let why = "a copy that a package manager keeps names one package, and not who asked for it";
            file.lock(kept.ecosystem, GraphDepth::Flat, why);
            file.package(package);
        }
    }
    found.retain(|f| f.role != Role::Nothing || !f.problems.is_empty());
}

/// A file of a kept copy.
struct Kept {
    /// Whose copy it is.
    ecosystem: Ecosystem,
    /// The folder of the copy, where the file lies in it and not deeper.
    folder: Option<String>,
}

/// Whether a path leads into the folder in which a package manager keeps its copies.
fn kept(path: &str) -> Option<Kept> {
    let parts: Vec<&str> = path.split('/').collect();
    let file = parts.len() - 1;
    let at = |index: usize| parts.get(index).copied().unwrap_or("");
    (0..file).find_map(|i| {
        let (ecosystem, folder) = match (at(i), at(i + 1)) {
            // The name of the index ends with a hash.
            ("registry", "src") if at(i + 2).rsplit_once('-').is_some_and(|(_, hash)| is_hash(hash)) => {
                (Ecosystem::Cargo, i + 3)
            }
            ("pkg", "mod") => {
                let module = (i + 2..file).find(|&index| at(index).contains("@v"))?;
                (Ecosystem::Golang, module)
            }
            (".m2", "repository") => (Ecosystem::Maven, file - 1),
            (".gradle", "caches") if at(i + 2).starts_with("modules-") => (Ecosystem::Maven, file - 1),
            (".pub-cache", "hosted") => (Ecosystem::Pub, i + 3),
            (".nuget", "packages") => (Ecosystem::Nuget, i + 3),
            (".julia", "packages") => (Ecosystem::Julia, i + 3),
            _ => return None,
        };
        (folder < file)
            .then(|| Kept { ecosystem, folder: (folder + 1 == file).then(|| at(folder).to_string()) })
    })
}

fn is_hash(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// The package that a manifest at the top of a kept copy describes; none without a version, as copies of packages have one.
fn package(file: &mut Found, kept: &Kept) -> Option<FoundPackage> {
    let folder = kept.folder.as_deref().filter(|_| file.ecosystem == Some(kept.ecosystem))?;
    if file.extractor == "go-mod" {
        let own = file.packages.iter().find(|p| p.first_party)?;
        let (_, version) = folder.rsplit_once('@')?;
        return Some(FoundPackage::new(Purl::golang(&own.purl.full_name(), version), own.line))
            .filter(|p| !p.purl.name.is_empty());
    }
    let own = file.manifest.take()?.package;
    let whole = !own.purl.name.is_empty() && own.purl.version.as_ref().is_some_and(|v| !v.contains('$'));
    whole.then_some(own)
}

#[cfg(test)]
mod tests {
    use licit_model::{Manifest, Requirement, Scope};

    use super::*;

    #[test]
    fn folders_of_package_managers() {
        let folder = |path: &str| kept(path).map(|k| (k.ecosystem, k.folder));
        let top = |ecosystem, name: &str| Some((ecosystem, Some(name.to_string())));
        assert_eq!(
            folder("usr/cargo/registry/src/index.example-6f17d22bba15001f/a-1.0.0/Cargo.toml"),
            top(Ecosystem::Cargo, "a-1.0.0")
        );
        assert_eq!(
            folder("usr/cargo/registry/src/index.example-6f17d22bba15001f/a-1.0.0/b/Cargo.toml"),
            Some((Ecosystem::Cargo, None))
        );
        assert_eq!(folder("go/pkg/mod/a.example/x@v1.2.0/go.mod"), top(Ecosystem::Golang, "x@v1.2.0"));
        assert_eq!(folder(".m2/repository/g/a/1/a-1.pom"), top(Ecosystem::Maven, "1"));
        assert_eq!(folder("x/.pub-cache/hosted/h/a-1.0.0/pubspec.yaml"), top(Ecosystem::Pub, "a-1.0.0"));
        // Folders of projects may be called alike.
        assert_eq!(folder("registry/src/main-server/app/Cargo.toml"), None);
        assert_eq!(folder("pkg/mod/go.mod"), None);
        assert_eq!(folder(".gradle/caches/x/pom.xml"), None);
    }

    #[test]
    fn a_build_file_without_its_archive_was_only_looked_at() {
        let pom = |path: &str| {
            let mut found = Found::new(path, "pom-xml");
            let package = FoundPackage::new(Purl::maven("g:a", "1"), Some(1));
            found.manifest(Ecosystem::Maven, Manifest::new(package));
            found
        };
        let jar = |path: &str| Found { role: Role::Lock, ..Found::new(path, "jar-manifest") };
        let mut found = vec![
            pom(".m2/repository/g/a/1/a-1.pom"),
            jar(".m2/repository/g/a/1/a-1.jar"),
            pom(".m2/repository/g/parent/1/parent-1.pom"),
            pom(".gradle/caches/modules-2/files-2.1/g/a/1/0a/a-1.pom"),
            jar(".gradle/caches/modules-2/files-2.1/g/a/1/0b/a-1.jar"),
        ];
        settle(&mut found);
        let named: Vec<&str> = found.iter().filter(|f| !f.packages.is_empty()).map(Found::dir).collect();
        assert_eq!(named, [".m2/repository/g/a/1", ".gradle/caches/modules-2/files-2.1/g/a/1/0a"]);
    }

    #[test]
    fn a_kept_copy_is_a_package_and_asks_for_nothing() {
        let manifest = |path: &str| {
            let mut found = Found::new(path, "cargo-toml");
            let mut package = FoundPackage::new(Purl::cargo("a", "1.0.0"), Some(1));
            package.first_party = true;
            let mut manifest = Manifest::new(package);
            manifest.requirements.push(Requirement {
                name: "b".into(),
                alias: None,
                range: String::new(),
                scope: Scope::Runtime,
                line: None,
                path: None,
                source: Source::Unknown,
                inherited: false,
            });
            found.manifest(Ecosystem::Cargo, manifest);
            found
        };
        let copy = "c/registry/src/h.example-6f17d22bba15001f/a-1.0.0";
        let mut found = vec![
            manifest(&format!("{copy}/Cargo.toml")),
            manifest(&format!("{copy}/fuzz/Cargo.toml")),
            manifest("app/Cargo.toml"),
        ];
        settle(&mut found);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].packages[0].purl.to_string(), "pkg:cargo/a@1.0.0");
        assert!(!found[0].packages[0].first_party && found[0].manifest.is_none());
        assert!(found[1].manifest.is_some());
    }
}
