//! `subprojects/*.wrap`: sources that Meson fetches.

use licit_model::{Ecosystem, Found, GraphDepth, Scope};

use super::gitmodules::sections;
use super::{Extractor, File, repository};

/// Reads `*.wrap`.
pub struct MesonWrap;

impl Extractor for MesonWrap {
    fn name(&self) -> &'static str {
        "meson-wrap"
    }

    fn files(&self) -> &'static [&'static str] {
        &["*.wrap"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(text) = file.text(found) else { return };
        let all = sections(text);
        let Some(wrap) = all.iter().find(|s| s.name.starts_with("wrap-")) else {
            if !text.trim().is_empty() {
                found.lost(Some(1), "no section of a wrap was found in it");
            }
            return;
        };
        let of =
            |key: &str| wrap.values.iter().find(|(k, ..)| *k == key).map(|(_, value, line)| (*value, *line));
        let text_of = |key: &str| of(key).map_or("", |(value, _)| value);
        let name = file.name().strip_suffix(".wrap").unwrap_or(file.name());
        let folder = text_of("directory");
        let mut package = match (wrap.name, of("url"), of("source_url")) {
            ("wrap-git" | "wrap-hg", Some((url, line)), _) => {
                repository::git(url, text_of("revision"), name, Some(line))
            }
            (_, _, Some((url, line))) => {
                // The folder is called `name-1.2`; the number of the wrap itself is counted behind the version.
                let version = folder.rsplit_once('-').map_or("", |(_, version)| version);
                let counted = text_of("wrapdb_version").rsplit_once('-').map_or("", |(version, _)| version);
                let version =
                    if version.starts_with(|c: char| c.is_ascii_digit()) { version } else { counted };
                let mut package = repository::archive(url, name, version, Some(line));
                package.hashes.extend(repository::checksum("sha256", text_of("source_hash")));
                package
            }
            // A redirect leads to a file that is read by itself.
            ("wrap-redirect", ..) => return,
            _ => {
                found.lost(Some(wrap.line), "this wrap names no place and was left out");
                return;
            }
        };
        package.direct = Some(true);
        package.scope = Some(Scope::Runtime);
        found.package(package);
        found.lock(
            Ecosystem::Generic,
            GraphDepth::DirectOnly,
            "a wrap names one source, but not what that asks for",
        );
    }
}
