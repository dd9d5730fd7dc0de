//! `bower.json` and `.bower.json`: what a project asks of Bower, and what Bower notes beside a copy that it installed.

use licit_model::found::RawLicenseKind;
use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Purl, RawLicense, Scope, Source};

use super::npm::assembly::Assembly;
use super::npm::origin::Origin;
use super::tree::{self, Tree};
use super::{Extractor, File};

/// Reads `bower.json` and `.bower.json`.
pub struct Bower;

impl Extractor for Bower {
    fn name(&self) -> &'static str {
        "bower"
    }

    fn files(&self) -> &'static [&'static str] {
        &["bower.json", ".bower.json"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let top = tree::read(file, found);
        let text = |key: &str| top.text_of(key).filter(|t| !t.trim().is_empty());
        let installed = file.name() == ".bower.json";
        let name = text("name").map_or("", |n| n.trim());
        let version = text("version").or_else(|| text("_release")).map_or("", |v| v.trim());
        let line = text("name").and_then(|n| n.line(file)).or(Some(1));
        let mut package = FoundPackage::new(Purl::named("bower", name, version), line);
        package.licenses = licenses(&top, file);
        if installed {
            if name.is_empty() {
                return;
            }
            if let Some(commit) = top.get("_resolution").and_then(|r| r.text_of("commit"))
                && let Some(Origin::Git { url, .. } | Origin::Url(url)) =
                    text("_source").and_then(|s| Origin::read(s))
            {
                package.source = Origin::Git { url, rev: (**commit).to_string() }.source();
            }
            found.package(package);
            return found.lock(
                Ecosystem::Generic,
                GraphDepth::Flat,
                "Bower's record of an installed package",
            );
        }
        if name.is_empty() && top.get("dependencies").is_none() && top.get("devDependencies").is_none() {
            return;
        }
        let mut assembly = Assembly::new(found);
        let root = assembly.first_party(String::new(), package);
        for (list, scope) in [("dependencies", Scope::Runtime), ("devDependencies", Scope::Dev)] {
            for (name, range) in top.entries_of(list) {
                let Some(range) = range.text().filter(|_| !name.trim().is_empty()) else {
                    assembly.found.lost(name.line(file), "an entry without a name or a range was left out");
                    continue;
                };
                let mut package = required(name, range);
                package.line = name.line(file);
                package.scope = Some(scope);
                package.direct = Some(true);
                let index = assembly.third_party(package);
                assembly.edge(root, index, scope);
            }
        }
        let why = "a bower.json lists what is asked for and not what that asks for";
        found.lock(Ecosystem::Generic, GraphDepth::DirectOnly, why);
    }
}

/// `name: range`, `name: owner/repo#range`, `name: real-name#range`.
fn required(name: &str, value: &str) -> FoundPackage {
    let (place, range) = value.rsplit_once('#').unwrap_or(("", value));
    let range = range.trim();
    let plain = range.strip_prefix('v').unwrap_or(range);
    let pinned = plain.split('.').count() == 3
        && plain.starts_with(|c: char| c.is_ascii_digit())
        && plain.chars().all(|c| c.is_ascii_alphanumeric() || ".-+".contains(c));
    // Behind a `#` may stand the real name as well as a place.
    let real = if place.is_empty() || place.contains(['/', ':']) { name.trim() } else { place };
    let mut package = FoundPackage::new(Purl::named("bower", real, if pinned { plain } else { "" }), None);
    package.source = match Origin::read(value).filter(|_| place.contains(['/', ':']) || value.contains("://"))
    {
        Some(origin) => origin.source(),
        None => Source::Registry(None),
    };
    package.requested = (!pinned && !range.is_empty() && range != "*").then(|| range.to_string());
    package
}

fn licenses(top: &Tree<'_>, file: &File<'_>) -> Vec<RawLicense> {
    let given = ["license", "licenses"].iter().filter_map(|key| top.get(key));
    let texts = given.flat_map(|value| std::iter::once(value).chain(value.items()));
    let texts = texts.filter_map(|value| value.text().or_else(|| value.text_of("type")));
    let kind = RawLicenseKind::Expression;
    let raw = texts.filter(|t| !t.trim().is_empty()).take(20);
    raw.map(|t| RawLicense { text: t.trim().to_string(), kind, line: t.line(file) }).collect()
}
