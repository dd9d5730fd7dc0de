//! Copies of Python distributions: `*.dist-info` and `*.egg-info` in `site-packages`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use licit_model::found::RawLicenseKind;
use licit_model::{Component, Purl, RawLicense};

use super::prose::{self, Place};
use super::{Caches, Content, Fact, MANIFEST_LIMIT, TEXT_LIMIT, field, read, texts};
use crate::walk::Walked;
use licit_model::{Location, Method};

/// Installed distributions by normal name.
pub(super) struct Copies {
    by_name: HashMap<String, Vec<Installed>>,
}

struct Installed {
    version: String,
    dir: PathBuf,
    shown: String,
}

impl Copies {
    pub(super) fn new(root: &Path, walked: &Walked, caches: &Caches) -> Self {
        let in_tree = walked.site_packages.iter().map(|s| (root.join(s), s.clone()));
        let outside =
            caches.site_packages.iter().map(|s| (s.clone(), "$VIRTUAL_ENV/site-packages".to_string()));
        let mut by_name: HashMap<String, Vec<Installed>> = HashMap::new();
        for (folder, shown) in in_tree.chain(outside) {
            let Ok(entries) = std::fs::read_dir(&folder) else { continue };
            let mut names: Vec<String> =
                entries.flatten().filter_map(|e| e.file_name().into_string().ok()).collect();
            names.sort();
            for name in names {
                let Some(stem) = name.strip_suffix(".dist-info").or_else(|| name.strip_suffix(".egg-info"))
                else {
                    continue;
                };
                let mut parts = stem.splitn(3, '-');
                let (Some(project), Some(version)) = (parts.next(), parts.next()) else { continue };
                by_name.entry(Purl::pypi(project, "").name).or_default().push(Installed {
                    version: version.to_string(),
                    dir: folder.join(&name),
                    shown: format!("{shown}/{name}"),
                });
            }
        }
        Copies { by_name }
    }

    pub(super) fn look(&self, index: usize, component: &Component, facts: &mut Vec<Fact>) {
        let Some(installed) = self.by_name.get(&component.name) else { return };
        // A requirement without a version is met by whatever is installed.
        let fits =
            |i: &&Installed| component.version.is_empty() || same_version(&i.version, &component.version);
        let Some(copy) = installed.iter().find(fits) else { return };
        let name = ["METADATA", "PKG-INFO"].into_iter().find(|n| copy.dir.join(n).is_file());
        if let Some(name) = name {
            let metadata = read(&copy.dir.join(name), MANIFEST_LIMIT).unwrap_or_default();
            let shown = format!("{}/{name}", copy.shown);
            headers(index, &metadata, &shown, facts);
            about(index, &metadata, &shown, facts);
        }
        texts(index, &copy.dir, &copy.shown, facts);
        texts(index, &copy.dir.join("licenses"), &format!("{}/licenses", copy.shown), facts);
    }
}

/// `1.0` and `1.0.0` are one version to Python.
fn same_version(a: &str, b: &str) -> bool {
    let normal = |v: &str| {
        let lower = v.to_ascii_lowercase().replace(['-', '_'], ".");
        let trimmed = lower.trim_end_matches(".0");
        trimmed.to_string()
    };
    a == b || normal(a) == normal(b)
}

/// The license headers of a distribution's metadata, the strongest first: an expression rules out the rest.
fn headers(index: usize, metadata: &str, shown: &str, facts: &mut Vec<Fact>) {
    let mut expression = None;
    let mut license: Option<(u32, String)> = None;
    let mut classifiers = Vec::new();
    let mut in_license = false;
    for (number, line) in (1u32..).zip(metadata.lines()) {
        if line.is_empty() {
            break;
        }
        if line.starts_with([' ', '\t']) {
            // The License field may hold a whole text, its lines folded.
            if let (true, Some((_, text))) = (in_license, &mut license)
                && text.len() < TEXT_LIMIT
            {
                text.push('\n');
                text.push_str(line.trim_start().trim_start_matches('|'));
            }
            continue;
        }
        in_license = false;
        let Some((key, value)) = line.split_once(':') else { continue };
        let value = value.trim();
        match key.to_ascii_lowercase().as_str() {
            "license-expression" => expression = Some((number, value.to_string())),
            "license" if !value.is_empty() => {
                license = Some((number, value.to_string()));
                in_license = true;
            }
            "classifier" if value.starts_with("License ::") => classifiers.push((number, value.to_string())),
            _ => {}
        }
    }
    let raw = |(line, text): (u32, String), kind| RawLicense { text, kind, line: Some(line) };
    if let Some(expression) = expression {
        field(index, raw(expression, RawLicenseKind::Expression), shown, facts);
        return;
    }
    let unknown = |text: &str| text.eq_ignore_ascii_case("UNKNOWN");
    if let Some((line, text)) = license.filter(|(_, text)| !unknown(text)) {
        if text.contains('\n') || text.len() > 200 {
            facts.push(Fact {
                component: index,
                method: Method::LicenseFile,
                location: Location::new(shown, Some(line)),
                content: Content::Text(text),
            });
        } else {
            field(index, raw((line, text), RawLicenseKind::Expression), shown, facts);
        }
    }
    for classifier in classifiers {
        field(index, raw(classifier, RawLicenseKind::Classifier), shown, facts);
    }
}

/// What a distribution's metadata says in prose: the summary, a license of several lines, and the README, which is the
/// body or, in old metadata, a folded header.
fn about(index: usize, metadata: &str, shown: &str, facts: &mut Vec<Fact>) {
    if !prose::may_restrict(metadata) {
        return;
    }
    let mut add = |(place, first, text): (Place, u32, String)| {
        // A license of one line is a field, and read as such.
        if place != Place::License || text.contains('\n') {
            prose::words(index, shown, Some(first), place, &text, facts);
        }
    };
    let mut folded: Option<(Place, u32, String)> = None;
    let mut rest = metadata;
    let mut number = 0u32;
    while !rest.is_empty() {
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        let line = line.trim_end_matches('\r');
        rest = after;
        number = number.saturating_add(1);
        if line.is_empty() {
            break;
        }
        if line.starts_with([' ', '\t']) {
            if let Some((_, _, text)) = &mut folded {
                text.push('\n');
                // Eight blanks, or a bar in newer tools, mark the line as folded; the rest is the author's.
                let own = line.trim_start();
                text.push_str(own.strip_prefix('|').unwrap_or(own));
            }
            continue;
        }
        folded.take().into_iter().for_each(&mut add);
        let Some((key, value)) = line.split_once(':') else { continue };
        let place = match key.to_ascii_lowercase().as_str() {
            "summary" => Place::Description,
            "description" => Place::Readme,
            "license" => Place::License,
            _ => continue,
        };
        folded = Some((place, number, value.trim().to_string()));
    }
    folded.into_iter().for_each(&mut add);
    add((Place::Readme, number.saturating_add(1), rest.to_string()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_rules_out_classifiers() {
        let mut facts = Vec::new();
        headers(
            0,
            "Name: a\nClassifier: License :: OSI Approved :: MIT License\nLicense-Expression: Apache-2.0\n\nLicense: x\n",
            "METADATA",
            &mut facts,
        );
        assert_eq!(facts.len(), 1);
        assert_eq!(facts[0].location.line, Some(3));
    }

    #[test]
    fn a_folded_license_is_a_text() {
        let mut facts = Vec::new();
        headers(0, "License: Copyright X\n        Permission is hereby\n\nbody\n", "METADATA", &mut facts);
        assert!(matches!(&facts[0].content, Content::Text(t) if t == "Copyright X\nPermission is hereby"));
        assert!(same_version("1.0", "1.0.0") && !same_version("1.0", "1.1"));
    }
}
