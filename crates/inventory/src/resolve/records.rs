//! Databases that keep a folder for each installed package: pacman's, Portage's and Homebrew's.
//!
//! A record may be spread over several files of its folder, and who asks for whom is known only when all records of a
//! database are. So they are read as one file, and every package keeps the file that names it.

use std::collections::BTreeMap;

use licit_model::found::Role;
use licit_model::{Ecosystem, Found, GraphDepth, Requirement};

use crate::extract::capabilities::{Capabilities, meet, reach_all};

/// A database by the extractor of its records.
struct Database {
    extractor: &'static str,
    ecosystem: Ecosystem,
    /// So many folders lie between the database and the files of a record.
    below: usize,
    why: &'static str,
}

const DATABASES: &[Database] = &[
    Database {
        extractor: "homebrew",
        ecosystem: Ecosystem::Brew,
        below: 2,
        why: "Homebrew's receipts hold every installed formula and what each runs with",
    },
    Database {
        extractor: "pacman",
        ecosystem: Ecosystem::Alpm,
        below: 1,
        why: "pacman's database holds every installed package and what each depends on",
    },
    Database {
        extractor: "portage",
        ecosystem: Ecosystem::Ebuild,
        below: 2,
        why: "Portage's database holds every installed package and what each needs to run",
    },
];

/// Whether a file is a part of such a database, by its extractor.
pub(crate) fn is_record(extractor: &str) -> bool {
    DATABASES.iter().any(|d| d.extractor == extractor)
}

/// Makes one file of all records of a database.
pub(super) fn join(found: &mut Vec<Found>) {
    if !found.iter().any(|f| is_record(f.extractor)) {
        return;
    }
    // By the database, then by the folder of the record.
    let mut databases: BTreeMap<(usize, String), BTreeMap<String, Vec<Found>>> = BTreeMap::new();
    let mut rest = Vec::with_capacity(found.len());
    for file in found.drain(..) {
        let Some(at) = DATABASES.iter().position(|d| d.extractor == file.extractor) else {
            rest.push(file);
            continue;
        };
        // A formula lies in a hidden folder of the one that has the receipt.
        let folder = file.dir().trim_end_matches("/.brew").to_string();
        let top = (0..DATABASES[at].below).fold(folder.as_str(), |dir, _| above(dir)).to_string();
        databases.entry((at, top)).or_default().entry(folder).or_default().push(file);
    }
    let joined = databases.into_iter().map(|((at, top), records)| merged(&DATABASES[at], top, records));
    rest.extend(joined.filter(|f| !f.packages.is_empty() || !f.problems.is_empty()));
    rest.sort_by(|a, b| a.path.cmp(&b.path));
    *found = rest;
}

fn above(dir: &str) -> &str {
    dir.rsplit_once('/').map_or("", |(above, _)| above)
}

fn merged(database: &Database, top: String, records: BTreeMap<String, Vec<Found>>) -> Found {
    // A record that was given alone has no database around it.
    let alone = records.len() == 1;
    let mut all = Found::new(top, database.extractor);
    let mut capabilities = Capabilities::default();
    let mut asking: Vec<(usize, Vec<Requirement>)> = Vec::new();
    for mut files in records.into_values() {
        for file in &mut files {
            all.problems.append(&mut file.problems);
        }
        let Some(at) = files.iter().position(|f| f.role == Role::Lock && !f.packages.is_empty()) else {
            continue;
        };
        let mut named = files.remove(at);
        let mut package = named.packages.remove(0);
        package.file = Some(named.path.clone());
        if alone && all.path.is_empty() {
            all.path.clone_from(&named.path);
        }
        let mut asks = named.manifest.take().map(|m| m.requirements).unwrap_or_default();
        for stated in files.into_iter().filter(|f| f.role == Role::Helper) {
            let Some(manifest) = stated.manifest else { continue };
            asks.extend(manifest.requirements);
            package.hashes.extend(manifest.package.hashes);
            // The license is what has to be found again, so its file is where the package stands.
            if !manifest.package.licenses.is_empty() {
                package.licenses = manifest.package.licenses;
                package.line = manifest.package.line;
                package.file = Some(stated.path);
            }
        }
        let name = package.purl.full_name();
        let short = package.purl.name.clone();
        let index = all.package(package);
        // Arch's namespace is the distribution and no part of the name.
        capabilities.is(if database.ecosystem == Ecosystem::Alpm { &short } else { &name }, index);
        for (provided, _) in named.keys {
            capabilities.provides(&provided, index);
        }
        asking.push((index, asks));
    }
    if all.packages.is_empty() {
        return all;
    }
    all.lock(database.ecosystem, GraphDepth::Full, database.why);
    for (from, asks) in asking {
        for need in asks {
            meet(&mut all, &capabilities, from, need.name.split('|'));
        }
    }
    reach_all(&mut all);
    all
}

#[cfg(test)]
mod tests {
    use licit_model::{FoundPackage, Purl};

    use super::*;
    use crate::extract::{EXTRACTORS, File};

    fn read(path: &str, text: &str) -> Found {
        let extractor = path_extractor(path);
        let mut found = Found::new(path, extractor);
        let reader = EXTRACTORS.iter().find(|e| e.name() == extractor).unwrap();
        reader.extract(&File::new(path, text.as_bytes()), &mut found);
        found
    }

    fn path_extractor(path: &str) -> &'static str {
        if path.contains("pacman") {
            "pacman"
        } else if path.contains("Cellar") {
            "homebrew"
        } else {
            "portage"
        }
    }

    fn rows(found: &[Found]) -> Vec<String> {
        let mut rows = Vec::new();
        for file in found {
            rows.extend(file.packages.iter().map(|p| {
                let license = p.licenses.first().map_or("", |l| l.text.as_str());
                format!("{} {license} {}", p.purl, p.file.as_deref().unwrap_or(""))
            }));
            let name = |at: usize| file.packages[at].purl.name.clone();
            rows.extend(file.edges.iter().map(|e| format!("{} -> {}", name(e.from), name(e.to))));
        }
        rows
    }

    #[test]
    fn records_of_portage_are_spread_over_files() {
        let mut found = vec![
            read("r/var/db/pkg/app-shells/bash-5.2-r1/LICENSE", "GPL-3+\n"),
            read("r/var/db/pkg/app-shells/bash-5.2-r1/PF", "bash-5.2-r1\n"),
            read("r/var/db/pkg/app-shells/bash-5.2-r1/RDEPEND", ">=sys-libs/ncurses-6:0= !a/b\n"),
            read("r/var/db/pkg/sys-libs/ncurses-6.4/PF", "ncurses-6.4\n"),
            // Half a record names nothing.
            read("r/var/db/pkg/x/y-1/LICENSE", "MIT\n"),
        ];
        join(&mut found);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].path, "r/var/db/pkg");
        assert_eq!(
            rows(&found),
            [
                "pkg:ebuild/app-shells/bash@5.2-r1 GPL-3+ r/var/db/pkg/app-shells/bash-5.2-r1/LICENSE",
                "pkg:ebuild/sys-libs/ncurses@6.4  r/var/db/pkg/sys-libs/ncurses-6.4/PF",
                "bash -> ncurses"
            ]
        );
    }

    #[test]
    fn libraries_are_asked_for_by_their_width() {
        let desc = |name: &str, provides: &str, depends: &str| {
            format!("%NAME%\n{name}\n\n%VERSION%\n1-1\n\n%PROVIDES%\n{provides}\n\n%DEPENDS%\n{depends}\n")
        };
        let mut found = vec![
            read("var/lib/pacman/local/lib32-z-1-1/desc", &desc("lib32-z", "libz.so=1-32", "sh")),
            read("var/lib/pacman/local/z-1-1/desc", &desc("z", "libz.so=1-64", "sh")),
            read("var/lib/pacman/local/tool-1-1/desc", &desc("tool", "sh", "libz.so=1-64\nz>=1")),
            Found { role: Role::Manifest, ..Found::new("other", "x") },
        ];
        found[3].package(FoundPackage::new(Purl::cargo("a", "1"), None));
        join(&mut found);
        assert_eq!(found.len(), 2);
        let edges = rows(&found[1..]);
        assert!(edges.contains(&"tool -> z".to_string()) && !edges.contains(&"tool -> lib32-z".to_string()));
        assert!(edges.contains(&"z -> tool".to_string()));
    }

    #[test]
    fn a_receipt_and_its_formula_are_one_package() {
        let receipt = r#"{"installed_on_request": true, "source": {"tap": "homebrew/core"},
            "runtime_dependencies": [{"full_name": "pcre2", "version": "10.44", "declared_directly": true}]}"#;
        let formula = "class Git < Formula\n  license \"GPL-2.0-only\"\nend\n";
        let mut found = vec![
            read("opt/homebrew/Cellar/git/2.45.1/.brew/git.rb", formula),
            read("opt/homebrew/Cellar/git/2.45.1/INSTALL_RECEIPT.json", receipt),
            read("opt/homebrew/Cellar/pcre2/10.44/INSTALL_RECEIPT.json", "{\"installed_on_request\": false}"),
        ];
        join(&mut found);
        assert_eq!(
            rows(&found),
            [
                "pkg:brew/git@2.45.1 GPL-2.0-only opt/homebrew/Cellar/git/2.45.1/.brew/git.rb",
                "pkg:brew/pcre2@10.44  opt/homebrew/Cellar/pcre2/10.44/INSTALL_RECEIPT.json",
                "git -> pcre2"
            ]
        );
    }
}
