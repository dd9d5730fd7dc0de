//! `.pre-commit-config.yaml`: repositories of checks that developers run.

use std::collections::BTreeMap;

use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Purl, Scope, Source};

use super::npm::assembly::Assembly;
use super::{Extractor, File, python, repository, yaml_keys};

/// Reads `.pre-commit-config.yaml`.
pub struct PreCommit;

impl Extractor for PreCommit {
    fn name(&self) -> &'static str {
        "pre-commit"
    }

    fn files(&self) -> &'static [&'static str] {
        &[".pre-commit-config.yaml", ".pre-commit-config.yml"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(text) = file.text(found) else { return };
        // By the item of the list: address, revision, comment, line.
        let mut repos: BTreeMap<usize, (&str, &str, &str, u32)> = BTreeMap::new();
        let mut extra = Vec::new();
        let mut seen = false;
        yaml_keys::each(text, |entry| {
            seen |= entry.key == "repos" && entry.path.is_empty();
            match (entry.key, entry.path) {
                ("repo", ["repos"]) => {
                    let slot = repos.entry(entry.item).or_default();
                    (slot.0, slot.3) = (entry.value, entry.line);
                }
                ("rev" | "sha", ["repos"]) => {
                    let slot = repos.entry(entry.item).or_default();
                    (slot.1, slot.2) = (entry.value, entry.comment);
                }
                ("", ["repos", "hooks", "additional_dependencies"]) => extra.push((entry.value, entry.line)),
                _ => {}
            }
        });
        if !seen {
            if !text.trim().is_empty() {
                found.lost(Some(1), "no list of repositories was found in it");
            }
            return;
        }
        let mut assembly = Assembly::new(found);
        for (url, rev, comment, line) in repos.into_values() {
            // What lies in the project itself, and what pre-commit brings.
            if matches!(url, "local" | "meta" | "builtin" | "") {
                continue;
            }
            let mut package = repository::git(url, rev, "", Some(line));
            let frozen = comment.split_whitespace().find(|w| w.contains(|c: char| c.is_ascii_digit()));
            package.requested = frozen.map(str::to_string);
            package.scope = Some(Scope::Dev);
            package.direct = Some(true);
            assembly.third_party(package);
        }
        // Which language a hook is written in stands in its own repository; a pin of this form is Python's.
        for (text, line) in extra {
            let Some((name, range)) = text.split_once("==") else { continue };
            let name = name.split('[').next().unwrap_or(name).trim();
            let good =
                !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
            let pin = format!("=={}", range.trim());
            let Some(version) = python::pinned(&pin).filter(|_| good) else { continue };
            let mut package = FoundPackage::new(Purl::pypi(name, version), Some(line));
            package.source = Source::Registry(None);
            package.scope = Some(Scope::Dev);
            package.direct = Some(true);
            assembly.third_party(package);
        }
        let why = "the configuration names checks; what these ask for stands in their own repositories";
        found.lock(Ecosystem::Github, GraphDepth::DirectOnly, why);
    }
}
