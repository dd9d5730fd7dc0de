//! `container-manifest-2`: the list that images without rpm keep in place of its database.

use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Purl};

use super::vendor;
use crate::extract::{Extractor, File};

/// Reads the list of packages.
pub struct Manifest;

impl Extractor for Manifest {
    fn name(&self) -> &'static str {
        "rpm-manifest"
    }

    fn files(&self) -> &'static [&'static str] {
        &["container-manifest-2"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(text) = file.text(found) else { return };
        for (number, line) in (1u32..).zip(text.lines()).filter(|(_, l)| !l.trim().is_empty()) {
            // Name, version, times of installing and building, vendor, epoch, size, architecture, epoch again, source.
            let fields: Vec<&str> = line.split('\t').map(str::trim).collect();
            let field = |at: usize| fields.get(at).copied().filter(|f| *f != "(none)").unwrap_or("");
            if fields.len() < 8 || field(0).is_empty() || field(1).is_empty() || field(0).contains('/') {
                found.lost(Some(number), "a line without a name and a version was left out");
                continue;
            }
            let epoch = if field(8) == "0" { "" } else { field(8) };
            let mut purl = Purl::named("rpm", field(0), field(1))
                .with("arch", field(7))
                .with("epoch", epoch)
                .with("upstream", field(9));
            purl.namespace = vendor(field(4)).map(str::to_string);
            found.package(FoundPackage::new(purl, Some(number)));
        }
        if !found.packages.is_empty() {
            let why = "this list names every installed package, but not what each requires";
            found.lock(Ecosystem::Rpm, GraphDepth::Flat, why);
        }
    }
}
