//! What lies in a store of Nix: folders that are called by a hash, a name and a version.
//!
//! The store holds whatever was built, and who needs whom stands in a database beside it, which is seldom shipped. So this
//! is a list without edges, by the names alone; folders without a version are settings and scripts.

use std::collections::BTreeMap;

use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Purl};

use crate::walk::Walked;

/// Parts that a package may be split into, as Nixpkgs names them.
const OUTPUTS: &[&str] = &[
    "bin", "data", "debug", "dev", "devdoc", "devman", "dist", "doc", "fonts", "info", "lib", "libgcc",
    "man", "modules", "nc", "out", "py", "static", "terminfo", "tools", "xz",
];

/// One folder of a store by its name.
#[derive(Debug, PartialEq, Eq)]
struct Stored<'n> {
    hash: &'n str,
    name: &'n str,
    version: &'n str,
    output: &'n str,
}

/// Adds a file for each store, with a package for each of its folders that is one.
pub(crate) fn read(found: &mut Vec<Found>, walked: &Walked) {
    let mut stores: BTreeMap<&str, Found> = BTreeMap::new();
    for path in &walked.stored {
        let Some((store, folder)) = path.rsplit_once('/') else { continue };
        let Some(stored) = stored(folder) else { continue };
        let all = stores.entry(store).or_insert_with(|| {
            let mut all = Found::new(store, "nix-store");
            let why = "a store of Nix holds whatever was built, but not who needs whom";
            all.lock(Ecosystem::Nix, GraphDepth::Flat, why);
            all
        });
        let purl = Purl::named("nix", stored.name, stored.version)
            .with("output", stored.output)
            .with("outputhash", stored.hash);
        let mut package = FoundPackage::new(purl, None);
        package.file = Some(path.clone());
        all.package(package);
    }
    found.extend(stores.into_values());
}

/// `<hash>-<name>-<version>`, with the part of the package behind it where it is not the main one.
fn stored(folder: &str) -> Option<Stored<'_>> {
    let (hash, rest) = folder.split_once('-')?;
    let good = hash.len() == 32 && hash.bytes().all(|b| b"0123456789abcdfghijklmnpqrsvwxyz".contains(&b));
    // What is built is described by files of this name, which are not built themselves.
    if !good || rest.ends_with(".drv") {
        return None;
    }
    let (rest, output) = match rest.rsplit_once('-') {
        Some((before, last)) if OUTPUTS.contains(&last) => (before, last),
        _ => (rest, ""),
    };
    // The version begins behind the first dash that no letter follows.
    let (at, _) =
        rest.match_indices('-').find(|(at, _)| rest[at + 1..].starts_with(|c: char| c.is_ascii_digit()))?;
    let (name, version) = (&rest[..at], &rest[at + 1..]);
    // A state between releases is named by its day.
    let (name, version) = match name.strip_suffix("-unstable") {
        Some(name) => (name, &rest[name.len() + 1..]),
        None => (name, version),
    };
    // Patches, archives of sources and the like are called by their versions too.
    let file =
        [".patch", ".tar.gz", ".tar.xz", ".tar.bz2", ".zip", ".diff", ".sh", ".json", ".conf", ".lock"];
    let plain = !name.is_empty() && !file.iter().any(|e| rest.ends_with(e));
    plain.then_some(Stored { hash, name, version, output })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "h0cnbmfcn93xm5dg2x27ixhag1cwndga";

    fn row(rest: &str) -> String {
        match stored(&format!("{HASH}-{rest}")) {
            Some(s) => format!("{} {} {}", s.name, s.version, s.output).trim_end().to_string(),
            None => String::new(),
        }
    }

    #[test]
    fn names_of_folders() {
        assert_eq!(row("glibc-2.34-210-bin"), "glibc 2.34-210 bin");
        assert_eq!(row("bash-interactive-5.2-p15"), "bash-interactive 5.2-p15");
        assert_eq!(row("python3.11-requests-2.31.0"), "python3.11-requests 2.31.0");
        assert_eq!(row("fzf-unstable-2024-01-02"), "fzf unstable-2024-01-02");
        assert_eq!(row("nixos-system"), "");
        assert_eq!(row("fix-1.2.patch"), "");
        assert_eq!(row("curl-8.4.0.drv"), "");
        assert_eq!(stored("short-name-1.0"), None);
        assert_eq!(stored("é"), None);
    }

    #[test]
    fn a_store_is_one_file() {
        let stored = ["curl-8.4.0", "curl-8.4.0-bin", "etc"].map(|n| format!("nix/store/{HASH}-{n}"));
        let walked = Walked { stored: stored.to_vec(), ..Walked::default() };
        let mut found = Vec::new();
        read(&mut found, &walked);
        assert_eq!(found.len(), 1);
        let purls: Vec<String> = found[0].packages.iter().map(|p| p.purl.to_string()).collect();
        assert_eq!(
            purls,
            [
                format!("pkg:nix/curl@8.4.0?outputhash={HASH}"),
                format!("pkg:nix/curl@8.4.0?output=bin&outputhash={HASH}")
            ]
        );
    }
}
