//! Systems: which distribution's a package database is, and what built programs say they are made of.
//!
//! Neither belongs to a project as a lockfile does. Their packages lie beside each other in an image or a folder.

use std::collections::BTreeMap;

use licit_model::found::Role;
use licit_model::{Ecosystem, Found, FoundPackage, Kind, Purl};

use super::{Joiner, programs, records};
use crate::extract::dpkg;

/// Extractors of what is present rather than asked for.
const PRESENT: &[&str] = &[
    "apk",
    "bundled",
    "cargo-auditable",
    "dpkg",
    "elf-note",
    "go-binary",
    "homebrew",
    "nix-store",
    "pacman",
    "portage",
    "rpm",
    "rpm-file",
    "rpm-manifest",
    "snap",
];

/// Where package managers keep their databases, below the top of a system. The longer of two endings comes first.
const DATABASES: &[&str] = &[
    "var/lib/dpkg/status.d",
    "var/lib/dpkg/status",
    "usr/lib/dpkg/status",
    "usr/lib/opkg/status",
    "var/lib/opkg/status",
    "usr/lib/ipkg/status",
    "var/lib/pacman/local",
    "var/db/pkg",
    "nix/store",
    "home/linuxbrew/.linuxbrew/Cellar",
    "opt/homebrew/Cellar",
    "usr/local/Cellar",
    "DEBIAN/control",
    "usr/lib/apk/db/installed",
    "lib/apk/db/installed",
    "var/lib/rpmmanifest/container-manifest-2",
];

/// Folders in which rpm keeps its database.
const RPM: &[&str] = &["usr/lib/sysimage/rpm", "usr/share/rpm", "var/lib/rpm"];

/// Files that say which distribution a system is, the most telling first.
const RELEASES: &[&str] = &[
    "etc/os-release",
    "usr/lib/os-release",
    "etc/alpine-release",
    "etc/redhat-release",
    "etc/centos-release",
    "etc/debian_version",
];

/// Whether a file tells what is present.
pub(super) fn is_present(found: &Found) -> bool {
    PRESENT.contains(&found.extractor)
}

/// The top of the system that a database belongs to, relative to the scanned path; none where it lies elsewhere.
pub(crate) fn top_of(path: &str) -> Option<&str> {
    let ending = |ending: &&str| {
        let top = path.strip_suffix(*ending)?;
        if top.is_empty() { Some("") } else { top.strip_suffix('/') }
    };
    let at = DATABASES.iter().find_map(ending);
    // Each package of an image without a package manager has a file of its own.
    let one = || {
        let (folder, _) = path.rsplit_once('/')?;
        [DATABASES[0]].iter().chain(RPM).find_map(|ending| {
            let top = folder.strip_suffix(ending)?;
            if top.is_empty() { Some("") } else { top.strip_suffix('/') }
        })
    };
    at.or_else(one)
}

/// Gives the packages of systems the name of their distribution, and joins files that describe one package each.
pub(super) fn settle(found: &mut Vec<Found>) {
    records::join(found);
    programs::join(found);
    if !found.iter().any(is_present) {
        return;
    }
    let distributions = distributions(found);
    for file in found.iter_mut().filter(|f| is_present(f)) {
        let top = top_of(&file.path).unwrap_or_else(|| file.dir());
        let distribution = distributions.get(top);
        let opkg =
            file.extractor == "dpkg" && ["opkg/status", "ipkg/status"].iter().any(|e| file.path.ends_with(e));
        file.packages.iter_mut().filter(|_| opkg).for_each(|package| package.purl.kind = "opkg".into());
        file.packages.iter_mut().for_each(|package| name(package, distribution));
    }
    join_folders(found);
    join_own(found);
}

/// By the top of a system: id and version.
fn distributions(found: &[Found]) -> BTreeMap<String, (String, String)> {
    let mut known: BTreeMap<String, (usize, String, String)> = BTreeMap::new();
    for file in found.iter().filter(|f| f.extractor == "os-release" && f.role == Role::Helper) {
        let Some(package) = file.packages.first() else { continue };
        let rank = RELEASES.iter().position(|ending| file.path.ends_with(ending)).unwrap_or(RELEASES.len());
        let top = RELEASES.get(rank).and_then(|ending| file.path.strip_suffix(ending)).unwrap_or("");
        let entry = (rank, package.purl.name.clone(), package.purl.version().to_string());
        let top = top.trim_end_matches('/').to_string();
        match known.get(&top) {
            Some(better) if better.0 <= rank => {}
            _ => {
                known.insert(top, entry);
            }
        }
    }
    known.into_iter().map(|(top, (_, id, version))| (top, (id, version))).collect()
}

/// Puts the distribution into a package's name, as the package URL of its type asks for.
fn name(package: &mut FoundPackage, distribution: Option<&(String, String)>) {
    let usual = match package.purl.kind.as_ref() {
        "deb" => Some("debian"),
        "apk" => Some("alpine"),
        "alpm" => Some("arch"),
        // Small systems have Debian's form of a database, and packages of their own.
        "opkg" | "rpm" => None,
        _ => return,
    };
    let purl = &mut package.purl;
    if let Some((id, version)) = distribution {
        // Red Hat's packages are its own whichever of its systems they are on.
        let vendor = if id == "rhel" && purl.kind == "rpm" { "redhat" } else { id };
        purl.namespace = Some(vendor.to_string());
        let distro = if version.is_empty() { id.clone() } else { format!("{id}-{version}") };
        purl.qualifiers.insert("distro".to_string(), distro);
    } else if let (None, Some(usual)) = (&purl.namespace, usual) {
        purl.namespace = Some(usual.to_string());
    }
}

/// Each package of an image without a package manager has a file of its own; the folder holds who asks for whom.
fn join_folders(found: &mut Vec<Found>) {
    let mut folders: BTreeMap<String, Vec<&mut Found>> = BTreeMap::new();
    for file in found.iter_mut().filter(|f| f.extractor == "dpkg" && f.manifest.is_some()) {
        let dir = file.dir().to_string();
        folders.entry(dir).or_default().push(file);
    }
    let joined = folders.into_iter().map(|(folder, mut files)| {
        // A package in an archive has no neighbours, and the archive's folder no meaning of its own.
        let path = if let [one] = files.as_slice() { one.path.clone() } else { folder };
        dpkg::link(&mut files, &path)
    });
    let joined: Vec<Found> = joined.collect();
    found.extend(joined);
    found.sort_by(|a, b| a.path.cmp(&b.path));
}

/// A program that was built from a project of the same tree is that project, and not somebody else's work.
fn join_own(found: &mut [Found]) {
    let mut own: BTreeMap<(Ecosystem, String), String> = BTreeMap::new();
    for file in found.iter().filter(|f| !is_present(f)) {
        let Some(ecosystem) = file.ecosystem else { continue };
        let packages = file.packages.iter().filter(|p| p.first_party && p.dir.as_deref() == Some(""));
        let manifest = file.manifest.iter().filter(|m| m.is_package).map(|m| &m.package);
        for package in packages.chain(manifest).filter(|p| !p.purl.name.is_empty()) {
            own.entry((ecosystem, package.purl.full_name())).or_insert_with(|| file.dir().to_string());
        }
    }
    for file in found.iter_mut().filter(|f| matches!(f.extractor, "go-binary" | "cargo-auditable")) {
        let Some(ecosystem) = file.ecosystem else { continue };
        let above = "../".repeat(file.dir().split('/').filter(|p| !p.is_empty()).count());
        // The package that the program was built from stands first.
        let Some(main) = file.packages.first_mut() else { continue };
        if let Some(dir) = own.get(&(ecosystem, main.purl.full_name())) {
            main.first_party = true;
            main.dir = Some(format!("{above}{dir}"));
            main.direct = None;
        }
    }
}

/// Images hold many works, and systems have packages of their own; everything else is a library.
pub(super) fn kind_of(purl: &Purl) -> Kind {
    match purl.kind.as_ref() {
        "docker" | "oci" => Kind::Container,
        "alpm" | "apk" | "deb" | "ebuild" | "opkg" | "rpm" => Kind::OsPackage,
        _ => Kind::Library,
    }
}

/// What a package is called: the distribution in its package URL is no part of that.
pub(super) fn name_of(purl: &Purl) -> String {
    // Gentoo's namespace is the category, without which its names are not unique.
    let distribution = kind_of(purl) == Kind::OsPackage && purl.kind != "ebuild";
    if distribution { purl.name.clone() } else { purl.full_name() }
}

impl Joiner<'_> {
    /// Who holds what is present in a folder: the image or the nearest project, else the scanned folder itself.
    pub(super) fn holder(&mut self, file: &Found, found: &[Found]) -> usize {
        let top = top_of(&file.path);
        if let Some(served) = super::project::served(&self.joined, top.unwrap_or_else(|| file.dir())) {
            return served;
        }
        let purl = Purl { kind: Ecosystem::Generic.purl_type().into(), ..Purl::cargo("", "") };
        let mut nameless = FoundPackage::new(purl, None);
        nameless.first_party = true;
        // A program alone makes no system: it lies in what is scanned.
        let parts = |dir: &str| dir.split('/').filter(|p| !p.is_empty()).count();
        nameless.dir = Some("../".repeat(parts(file.dir()).saturating_sub(parts(top.unwrap_or("")))));
        self.own_package(Ecosystem::Generic, &nameless, None, file, found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tops_of_systems() {
        assert_eq!(top_of("var/lib/dpkg/status"), Some(""));
        assert_eq!(top_of("root/usr/lib/apk/db/installed"), Some("root"));
        assert_eq!(top_of("a/lib/apk/db/installed"), Some("a"));
        assert_eq!(top_of("a/var/lib/dpkg/status.d/base"), Some("a"));
        assert_eq!(top_of("usr/lib/sysimage/rpm/rpmdb.sqlite"), Some(""));
        assert_eq!(top_of("xvar/lib/dpkg/status"), None);
        assert_eq!(top_of("bin/tool"), None);
    }

    #[test]
    fn a_distribution_names_its_packages() {
        let release = |path: &str, id: &str, version: &str| {
            let mut found = Found::new(path, "os-release");
            found.role = Role::Helper;
            found.package(FoundPackage::new(Purl::named("generic", id, version), Some(1)));
            found
        };
        let mut status = Found::new("root/var/lib/dpkg/status", "dpkg");
        status.package(FoundPackage::new(Purl::named("deb", "bash", "5.1"), Some(1)));
        let mut found = vec![
            release("root/etc/debian_version", "debian", "11.9"),
            release("root/usr/lib/os-release", "ubuntu", "22.04"),
            release("etc/os-release", "fedora", "40"),
            status,
        ];
        settle(&mut found);
        let bash = found.iter().find(|f| f.extractor == "dpkg").unwrap();
        assert_eq!(bash.packages[0].purl.to_string(), "pkg:deb/ubuntu/bash@5.1?distro=ubuntu-22.04");
    }

    #[test]
    fn the_form_of_a_database_makes_no_distribution() {
        let one = |path: &str, extractor: &'static str, kind: &'static str| {
            let mut found = Found::new(path, extractor);
            found.package(FoundPackage::new(Purl::named(kind, "busybox", "1.36"), Some(1)));
            found
        };
        let mut release = one("b/etc/os-release", "os-release", "generic");
        release.role = Role::Helper;
        release.packages[0].purl = Purl::named("generic", "rhel", "9.3");
        let mut found = vec![
            one("a/usr/lib/opkg/status", "dpkg", "deb"),
            release,
            one("b/var/lib/rpm/rpmdb.sqlite", "rpm", "rpm"),
        ];
        settle(&mut found);
        let purls: Vec<String> = found.iter().map(|f| f.packages[0].purl.to_string()).collect();
        assert_eq!(purls[0], "pkg:opkg/busybox@1.36");
        assert_eq!(purls[2], "pkg:rpm/redhat/busybox@1.36?distro=rhel-9.3");
        assert_eq!(kind_of(&found[0].packages[0].purl), Kind::OsPackage);
    }
}
