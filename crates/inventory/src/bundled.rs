//! What lies in an archive of the tree, or among the installed files of an image, is somebody else's: a manifest there
//! describes a package that is present, not the project. And the component that stands for an image as a whole.

use licit_model::found::{RawLicenseKind, Role};
use licit_model::{Ecosystem, Edge, Found, FoundPackage, GraphDepth, Kind, Linkage, Origin, Purl, Scope};

use crate::resolve::Joined;
use crate::resolve::records::is_record;
use crate::tree::{Image, Spot};
use crate::walk::Walked;

/// Folders of an image in which packages are installed that are not the product's own.
const SYSTEM: &[&str] = &["usr", "lib", "lib64", "nix", "snap"];

/// Folders, wherever they lie, that package managers fill.
const FILLED: &[&str] =
    &["node_modules", "site-packages", "dist-packages", "registry", "checkouts", "mod", "gems"];

/// Locks that say with what a package was developed, and not what lies beside it.
const DEVELOPMENT: &[&str] = &[
    "bun-lock",
    "cargo-lock",
    "composer-lock",
    "deno-lock",
    "gemfile-lock",
    "go-mod",
    "gradle-lockfile",
    "mix-lock",
    "package-lock",
    "packages-lock",
    "pdm-lock",
    "pipfile-lock",
    "pnpm-lock",
    "podfile-lock",
    "poetry-lock",
    "pylock",
    "requirements",
    "uv-lock",
    "yarn-lock",
];

/// Whether a path lies among installed packages.
fn is_installed(path: &str, walked: &Walked, image: bool) -> bool {
    if archive_of(path, walked).is_some() {
        return true;
    }
    let mut folders = path.split('/');
    let first = folders.next().unwrap_or("");
    image && (SYSTEM.contains(&first) || folders.any(|f| FILLED.contains(&f)) || FILLED.contains(&first))
}

/// The innermost archive of the tree that a path lies in.
pub(crate) fn archive_of<'p>(path: &'p str, walked: &Walked) -> Option<&'p str> {
    if walked.archives.is_empty() {
        return None;
    }
    let mut ends = path.rmatch_indices("!/").map(|(at, _)| &path[..=at]);
    ends.find(|archive| walked.archives.contains_key(*archive))
}

/// Makes third parties' packages of what was found among installed ones.
pub(crate) fn adopt(found: &mut Vec<Found>, walked: &Walked, image: bool) {
    for file in found.iter_mut().filter(|f| is_installed(&f.path, walked, image)) {
        match file.role {
            Role::Manifest => become_package(file),
            Role::Lock if DEVELOPMENT.contains(&file.extractor) => forget(file),
            Role::Lock => {
                for package in file.packages.iter_mut().filter(|p| p.first_party && !p.purl.name.is_empty()) {
                    package.first_party = false;
                    package.dir = None;
                }
            }
            Role::Helper if is_record(file.extractor) => {}
            Role::Helper => forget(file),
            Role::Nothing => {}
        }
    }
    found.retain(|f| f.role != Role::Nothing || !f.problems.is_empty());
}

/// A manifest of an installed package names one package, with its version; what it asks for lies beside it, or not.
fn become_package(file: &mut Found) {
    let manifest = file.manifest.take();
    let ecosystem = file.ecosystem;
    let problems = std::mem::take(&mut file.problems);
    let package = manifest.filter(|m| m.is_package && is_top(&file.path)).map(|m| m.package);
    forget(file);
    let Some(mut package) = package.filter(|p| !p.purl.name.is_empty() && p.purl.version.is_some()) else {
        return;
    };
    file.problems = problems;
    package.first_party = false;
    package.dir = None;
    // The text is read where it lies; see `installed::bundled`.
    package.licenses.retain(|license| license.kind != RawLicenseKind::File);
    file.extractor = "bundled";
    file.role = Role::Lock;
    file.ecosystem = ecosystem;
    file.packages = vec![package];
}

/// Whether a manifest is that of a package and not of something in it, such as the data of its tests.
fn is_top(path: &str) -> bool {
    let Some((_, below)) = path.rsplit_once("node_modules/") else { return true };
    let depth = below.matches('/').count();
    depth == if below.starts_with('@') { 2 } else { 1 }
}

fn forget(file: &mut Found) {
    let path = std::mem::take(&mut file.path);
    *file = Found::new(path, file.extractor);
}

/// What names the image, as a file that names one package.
pub(crate) fn image(image: &Image, name: &str) -> Found {
    let mut found = Found::new(image.manifest.clone(), "image");
    let called = if image.name.is_empty() { name } else { &image.name };
    let version = if image.digest.is_empty() { &image.version } else { &image.digest };
    let purl = if image.oci {
        Purl::named("oci", &called.to_lowercase(), version)
            .with("tag", &image.tag)
            .with("repository_url", if image.repository.contains('.') { &image.repository } else { "" })
    } else {
        let path = if image.repository.is_empty() { called } else { &image.repository };
        Purl::named("docker", path, version).with("tag", &image.tag)
    };
    let mut package = FoundPackage::new(purl, None);
    package.first_party = true;
    package.dir = Some(String::new());
    found.package(package);
    found.role = Role::Lock;
    found.ecosystem = Some(Ecosystem::Docker);
    found.graph = Some((
        GraphDepth::Flat,
        "what lies in the image was found by its files; which of it asks for which is known for some of it only".into(),
    ));
    found
}

/// Makes the image hold everything in it, and notes the layers.
pub(crate) fn hold(joined: &mut Joined, image: &Image, root: &Spot) {
    let components = &mut joined.graph.components;
    let is_image = |c: &licit_model::Component| c.first_party && c.ecosystem == Some(Ecosystem::Docker);
    let Some(top) = components.iter().position(is_image) else { return };
    components[top].kind = Kind::Container;
    // What a system holds lies beside the product; whoever links it says so himself.
    let system = |c: &licit_model::Component| {
        c.locations.iter().all(|l| l.path.split('/').next().is_some_and(|first| SYSTEM.contains(&first)))
    };
    for edge in joined.graph.edges.iter_mut().filter(|e| e.from == top && system(&components[e.to])) {
        edge.linkage = Linkage::None;
    }
    let origin = joined.graph.origins.len();
    joined.graph.origins.push(Origin { path: image.manifest.clone(), ceiling: Scope::Runtime });
    for (to, _) in components.iter().enumerate().filter(|(at, c)| c.first_party && *at != top) {
        let edge = Edge { from: top, to, scope: Scope::Runtime, linkage: Linkage::None, origin };
        joined.graph.edges.push(edge);
    }
    for location in components.iter_mut().flat_map(|c| &mut c.locations) {
        let layer = root.join(&location.path).layer();
        location.layer = layer.and_then(|layer| image.layers.get(usize::from(layer) - 1).cloned());
    }
}
