//! `conda-meta/*.json`: the record of one package that conda installed.

use licit_model::found::RawLicenseKind;
use licit_model::{Ecosystem, Found, GraphDepth, Manifest, RawLicense};

use super::{Extractor, File, conda, tree};

/// Reads the records in `conda-meta`.
pub struct CondaMeta;

impl Extractor for CondaMeta {
    fn name(&self) -> &'static str {
        "conda-meta"
    }

    fn files(&self) -> &'static [&'static str] {
        &["**/conda-meta/*.json"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let top = tree::read(file, found);
        let text = |key: &str| top.text_of(key).map(|t| t.trim()).filter(|t| !t.is_empty());
        let (Some(name), Some(version)) = (text("name"), text("version")) else {
            if found.problems.is_empty() && !top.entries().is_empty() {
                found.odd(None, "the record names no package");
            }
            return;
        };
        let line = top.text_of("name").and_then(|n| n.line(file));
        let mut package = conda::package(name, version, line);
        package.purl = package
            .purl
            .with("build", text("build").or_else(|| text("build_string")).unwrap_or(""))
            .with("channel", conda::channel(text("channel").unwrap_or("")))
            .with("subdir", text("subdir").unwrap_or(""));
        package.hashes = conda::hashes(text("md5"), text("sha256"));
        if let Some(license) = top.text_of("license").filter(|l| !l.trim().is_empty()) {
            let kind = RawLicenseKind::Expression;
            package.licenses.push(RawLicense {
                text: license.trim().to_string(),
                kind,
                line: license.line(file),
            });
        }
        // What the user named, conda notes; the rest was brought along.
        if let Some(spec) = text("requested_spec") {
            package.direct = Some(!spec.eq_ignore_ascii_case("none"));
        }
        // What it asks for is joined with the other records of the folder; see `environments`.
        let mut asks = Manifest::new(package.clone());
        let depends = top.items_of("depends").iter().filter_map(tree::Tree::text);
        for depends in depends.filter(|d| !conda::is_virtual(conda::required(d))) {
            asks.requirements.push(conda::requirement(depends, depends.line(file)));
        }
        found.package(package);
        found.manifest = Some(asks);
        found.lock(Ecosystem::Conda, GraphDepth::Flat, "conda's record of an installed package");
    }
}
