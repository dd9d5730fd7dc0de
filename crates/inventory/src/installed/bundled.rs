//! License texts of packages that lie in an archive of the tree: beside the manifest, and at the top of the archive and in
//! its folders of metadata where it holds one package only.

use std::collections::BTreeMap;

use licit_model::Component;

use super::{Folder, Looked, Missed, texts_and_readme};
use crate::bundled::archive_of;
use crate::resolve::Joined;
use crate::walk::Walked;

/// The innermost archive that a path lies in or names.
fn archive<'w>(path: &str, walked: &'w Walked) -> Option<&'w str> {
    let whole = || walked.archives.get_key_value(&format!("{path}!"));
    let inside = || walked.archives.get_key_value(archive_of(path, walked)?);
    if walked.archives.is_empty() {
        return None;
    }
    inside().or_else(whole).map(|(archive, _)| archive.as_str())
}

/// How many packages each archive of the tree holds.
pub(super) fn count<'w>(walked: &'w Walked, joined: &Joined) -> BTreeMap<&'w str, usize> {
    let mut counts = BTreeMap::new();
    if walked.archives.is_empty() {
        return counts;
    }
    for component in &joined.graph.components {
        let mut archives: Vec<&str> =
            component.locations.iter().filter_map(|l| archive(&l.path, walked)).collect();
        archives.sort_unstable();
        archives.dedup();
        archives.into_iter().for_each(|archive| *counts.entry(archive).or_default() += 1);
    }
    counts
}

/// Reads the texts for a package in an archive.
pub(super) fn look(
    index: usize,
    component: &Component,
    walked: &Walked,
    counts: &BTreeMap<&str, usize>,
    looked: &mut Looked,
) {
    for location in &component.locations {
        let Some(archive) = archive(&location.path, walked) else { continue };
        let Some(top) = walked.archives.get(archive) else { continue };
        // Of an archive that is named as a whole the top is what counts.
        let below = location.path.get(archive.len() + 1..).unwrap_or("META-INF/x");
        let mut dir = below.rsplit_once('/').map_or("", |(dir, _)| dir);
        // A text above speaks of the package only where nothing else is in the archive.
        let alone = counts.get(archive) == Some(&1);
        loop {
            for inner in ["", "licenses"] {
                let parts: Vec<&str> = [dir, inner].into_iter().filter(|p| !p.is_empty()).collect();
                let at = parts.join("/");
                let shown = if at.is_empty() { archive.to_string() } else { format!("{archive}/{at}") };
                texts_and_readme(index, &Folder::At(top.join(&at)), &shown, &mut looked.facts);
            }
            if dir.is_empty() || !alone {
                break;
            }
            dir = dir.rsplit_once('/').map_or("", |(above, _)| above);
        }
        looked.missed.push((index, Missed::Silent(archive.to_string())));
    }
}
