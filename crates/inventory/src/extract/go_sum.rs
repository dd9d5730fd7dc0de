//! `go.sum`: checksums of module archives.
//!
//! It holds more modules than are built, so beside a go.mod it adds no components; it tells which versions of a go.mod
//! from before Go 1.17 were really fetched, and the checksums of modules.

use licit_model::found::Role;
use licit_model::{Ecosystem, Found, FoundPackage, Hash, Purl};

use super::{Extractor, File};

/// Reads `go.sum`.
pub struct GoSum;

impl Extractor for GoSum {
    fn name(&self) -> &'static str {
        "go-sum"
    }

    fn files(&self) -> &'static [&'static str] {
        &["go.sum"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(text) = file.text(found) else { return };
        for (number, line) in (1u32..).zip(text.lines()) {
            let mut words = line.split_whitespace();
            let (module, version, sum) = match (words.next(), words.next(), words.next()) {
                (Some(module), Some(version), Some(sum)) => (module, version, sum),
                (None, ..) => continue,
                _ => {
                    found.odd(Some(number), "a line without module, version and checksum was left out");
                    continue;
                }
            };
            // The line of the go.mod file alone says nothing about the archive.
            if version.ends_with("/go.mod") {
                continue;
            }
            let mut package = FoundPackage::new(Purl::golang(module, version), Some(number));
            // `h1:` is a hash over the list of file hashes, not over the archive: no SBOM algorithm fits, so the
            // text itself is kept under the ecosystem's own name and not written to SBOMs.
            package.hashes.push(Hash { algorithm: "h1".to_string(), hex: sum.to_string() });
            found.package(package);
        }
        if !found.packages.is_empty() {
            found.role = Role::Helper;
            found.ecosystem = Some(Ecosystem::Golang);
        }
    }
}
