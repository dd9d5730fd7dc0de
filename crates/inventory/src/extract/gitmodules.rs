//! `.gitmodules`: repositories that lie inside of this one. Which commit, only git's own records say.

use licit_model::{Ecosystem, Found, GraphDepth, Scope};

use super::npm::assembly::Assembly;
use super::npm::origin::normal;
use super::{Extractor, File, repository};

/// Reads `.gitmodules`.
pub struct Gitmodules;

impl Extractor for Gitmodules {
    fn name(&self) -> &'static str {
        NAME
    }

    fn files(&self) -> &'static [&'static str] {
        &[".gitmodules"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(text) = file.text(found) else { return };
        let mut assembly = Assembly::new(found);
        for section in sections(text) {
            let Some(name) = section.name.strip_prefix("submodule") else { continue };
            let name = name.trim().trim_matches('"');
            let of = |key: &str| {
                section.values.iter().find(|(k, ..)| k.eq_ignore_ascii_case(key)).map_or("", |v| v.1)
            };
            let (url, path) = (of("url"), of("path"));
            if url.is_empty() {
                assembly.found.lost(
                    Some(section.line),
                    format!("the submodule `{name}` has no address and was left out"),
                );
                continue;
            }
            let mut package =
                repository::git(url, "", path.rsplit('/').next().unwrap_or(name), Some(section.line));
            package.direct = Some(true);
            package.scope = Some(Scope::Runtime);
            package.requested = Some(of("branch").to_string()).filter(|b| !b.is_empty());
            package.install_path = Some(normal(path)).filter(|p| !p.is_empty());
            assembly.third_party(package);
        }
        if found.packages.is_empty() {
            if !text.trim().is_empty() && found.problems.is_empty() {
                found.lost(Some(1), "no submodule was found in it");
            }
            return;
        }
        let why = "the list of submodules says where they come from, but not at which commit, nor what they ask for";
        found.lock(Ecosystem::Github, GraphDepth::DirectOnly, why);
    }
}

/// The extractor's name.
pub(crate) const NAME: &str = "gitmodules";

/// A section of an INI file.
pub(super) struct Section<'a> {
    /// What stands in its brackets.
    pub name: &'a str,
    /// Line of its header, counted from 1.
    pub line: u32,
    /// Keys with their values and lines.
    pub values: Vec<(&'a str, &'a str, u32)>,
}

/// The sections of an INI file; what is neither a header nor a key is passed over.
pub(super) fn sections(text: &str) -> Vec<Section<'_>> {
    let mut sections: Vec<Section<'_>> = Vec::new();
    for (number, line) in (1u32..).zip(text.lines()) {
        let line = line.trim();
        if line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|l| l.split(']').next()) {
            sections.push(Section { name, line: number, values: Vec::new() });
        } else if let (Some(section), Some((key, value))) = (sections.last_mut(), line.split_once('=')) {
            section.values.push((key.trim(), value.trim(), number));
        }
    }
    sections
}
