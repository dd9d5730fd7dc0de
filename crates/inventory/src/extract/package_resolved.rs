//! `Package.resolved`: the packages that the Swift package manager pinned, versions 1 to 3 of the format.

use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Purl, Source};

use super::names::Names;
use super::npm::assembly::Assembly;
use super::npm::notes::Missing;
use super::npm::origin::{Origin, without_credentials};
use super::tree::{self, Tree};
use super::{Extractor, File};

/// Reads `Package.resolved`.
pub struct PackageResolved;

impl Extractor for PackageResolved {
    fn name(&self) -> &'static str {
        "package-resolved"
    }

    fn files(&self) -> &'static [&'static str] {
        &["Package.resolved", ".package.resolved"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let top = tree::read(file, found);
        let Some(pins) = top.get("pins").or_else(|| top.get("object")?.get("pins")) else { return };
        found.lock(
            Ecosystem::Swift,
            GraphDepth::Flat,
            "Package.resolved lists every package, but not who asks for whom",
        );
        let mut assembly = Assembly::new(found);
        let (mut unversioned, mut names) = (Missing::default(), Names::default());
        for pin in pins.items() {
            let text =
                |keys: &[&str]| keys.iter().find_map(|key| pin.text_of(key)).filter(|t| !t.trim().is_empty());
            let location = text(&["location", "repositoryURL"]);
            let Some(shown) = text(&["identity", "package"]).or(location) else {
                assembly.found.lost(None, "a pin without a name was left out");
                continue;
            };
            let line = shown.line(file);
            let state = pin.get("state").unwrap_or(&Tree::Other);
            let of = |key: &str| state.text_of(key).map_or("", |t| t.trim());
            // A branch or a commit is pinned by its revision.
            let version = Some(of("version")).filter(|v| !v.is_empty()).unwrap_or(of("revision"));
            if version.is_empty() {
                unversioned.note(shown, || line);
                continue;
            }
            let (name, source) = match location {
                Some(location) if text(&["kind"]).is_none_or(|kind| &**kind != "registry") => {
                    place(location, of("revision"))
                }
                _ => (shown.to_string(), Source::Registry(None)),
            };
            let mut package = FoundPackage::new(Purl::named("swift", &name, version), line);
            package.source = source;
            let index = assembly.third_party(package);
            names.add(&name.to_ascii_lowercase(), index);
        }
        unversioned.report_unversioned(found);
        names.keys(found);
    }
}

/// Host and path, which is how package URLs name a Swift package, and where it comes from.
pub(super) fn place(location: &str, revision: &str) -> (String, Source) {
    let url = match Origin::read(location) {
        Some(Origin::Git { url, .. } | Origin::Url(url)) => url,
        _ => without_credentials(location),
    };
    let source = Origin::Git { url: url.clone(), rev: revision.to_string() }.source();
    let bare = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
    let bare = bare.rsplit_once('@').map_or(bare, |(_, rest)| rest).trim_matches('/');
    (bare.strip_suffix(".git").unwrap_or(bare).to_string(), source)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_repositories() {
        for (location, name) in [
            ("https://github.com/Alamofire/Alamofire.git", "github.com/Alamofire/Alamofire"),
            ("git@host.example:o/r.git", "host.example/o/r"),
            ("ssh://git@host.example/o/r", "host.example/o/r"),
            ("https://u:p@host.example/o/r", "host.example/o/r"),
        ] {
            assert_eq!(place(location, "").0, name);
        }
    }
}
