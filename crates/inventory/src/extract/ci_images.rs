//! Pipelines of GitLab, CircleCI and Bitbucket: the images, orbs and templates that they run.

use std::collections::BTreeMap;

use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Purl, Scope};

use super::dockerfile::image_of;
use super::npm::assembly::Assembly;
use super::yaml_keys::{self, Entry};
use super::{Extractor, File};

/// Reads the pipelines of several hosts.
pub struct CiImages;

impl Extractor for CiImages {
    fn name(&self) -> &'static str {
        "ci-images"
    }

    fn files(&self) -> &'static [&'static str] {
        &[
            ".gitlab-ci.yml",
            ".gitlab-ci.yaml",
            "*.gitlab-ci.yml",
            "**/.circleci/config.yml",
            ".circleci/config.yml",
            "bitbucket-pipelines.yml",
        ]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(text) = file.text(found) else { return };
        let mut assembly = Assembly::new(found);
        // What a pipeline takes over from another project: by the item of the list its name and its revision.
        let mut projects: BTreeMap<usize, (&str, &str, u32)> = BTreeMap::new();
        let mut keys = 0;
        yaml_keys::each(text, |entry| {
            keys += usize::from(!entry.key.is_empty());
            if entry.path == ["include"] {
                let slot = projects.entry(entry.item).or_default();
                match entry.key {
                    "project" => (slot.0, slot.2) = (entry.value, entry.line),
                    "ref" => slot.1 = entry.value,
                    "component" => {
                        if let Some((name, version)) = entry.value.rsplit_once('@') {
                            (slot.0, slot.1, slot.2) = (name, version, entry.line);
                        }
                    }
                    _ => {}
                }
            }
            if let Some(mut package) = package(entry) {
                package.scope = Some(Scope::Build);
                package.direct = Some(true);
                assembly.third_party(package);
            }
        });
        for (name, version, line) in
            projects.into_values().filter(|(name, ..)| !name.is_empty() && !name.contains('$'))
        {
            let name = name.trim_matches('/');
            let mut package = FoundPackage::new(Purl::named("gitlab", name, version), Some(line));
            package.scope = Some(Scope::Build);
            package.direct = Some(true);
            assembly.third_party(package);
        }
        if !found.packages.is_empty() {
            let why = "a pipeline names images; what is in them only the images themselves say";
            found.lock(Ecosystem::Docker, GraphDepth::DirectOnly, why);
        } else if keys == 0 && !text.trim().is_empty() {
            found.lost(Some(1), "no key was found in it");
        }
    }
}

fn package(entry: &Entry<'_, '_>) -> Option<FoundPackage> {
    let value = entry.value;
    if value.is_empty() || value.contains('$') || value.contains("<<") {
        return None;
    }
    let last = entry.path.last().copied().unwrap_or("");
    match entry.key {
        "image" => image_of(value, entry.line),
        "name" if matches!(last, "image" | "services") => image_of(value, entry.line),
        "" if last == "services" && value.contains([':', '/']) => image_of(value, entry.line),
        "pipe" => image_of(value, entry.line).filter(|_| !value.contains("://")),
        _ if entry.path == ["orbs"] => {
            let (name, version) = value.split_once('@')?;
            let good = name.split('/').count() == 2;
            good.then(|| FoundPackage::new(Purl::named("circleci", name, version), Some(entry.line)))
        }
        _ => None,
    }
}
