//! License texts that lie with a model: in the folder of its files, or where a store's manifest points.

use std::collections::BTreeSet;

use licit_model::found::RawLicenseKind;
use licit_model::{Component, Source};

use super::{FILES_LIMIT, Fact, text};
use crate::resolve::Declared;
use crate::tree::Spot;
use crate::walk::Walked;

/// Adds the texts of a model or a dataset. A single file among other things has no folder of its own, so nothing there
/// speaks of it.
pub(super) fn look(
    index: usize,
    component: &Component,
    declared: &[Declared],
    walked: &Walked,
    root: &Spot,
    facts: &mut Vec<Fact>,
) {
    if component.model.is_none() {
        return;
    }
    for pointed in declared.iter().filter(|d| d.raw.kind == RawLicenseKind::File) {
        let path = &pointed.raw.text;
        // Never outside the tree: such a path is one below its top.
        if crate::resolve::place::join("", path).as_deref() == Some(path) {
            text(index, &root.join(path), path.clone(), facts);
        }
    }
    let folder = |path: &str| path.rsplit_once('/').map_or(String::new(), |(dir, _)| dir.to_string());
    let files = component.locations.iter().filter(|l| l.line.is_none());
    let folders: BTreeSet<String> = match &component.source {
        Source::Path(place) => files
            .filter(|l| l.path != *place)
            .map(|l| folder(&l.path))
            .filter(|dir| crate::resolve::place::is_below(dir, place))
            .map(|_| place.clone())
            .collect(),
        _ => files.map(|l| folder(&l.path)).collect(),
    };
    for dir in folders {
        for name in walked.license_files.get(&dir).into_iter().flatten().take(FILES_LIMIT) {
            let path = if dir.is_empty() { name.clone() } else { format!("{dir}/{name}") };
            text(index, &root.join(&path), path, facts);
        }
    }
}
