//! The cache of the hub's clients: `models--owner--name` with blobs, and snapshots of links to them. A link is read for
//! its words and never followed: the blob that it names has to lie in the same folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use licit_model::ai::ModelFacts;

use super::facts::note;

/// Files of one repository that are looked at.
const FILES: usize = 20_000;

/// Folders below a snapshot.
const DEPTH: usize = 6;

/// A file of a snapshot: how it is shown, where its bytes lie.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Snapped {
    pub path: String,
    pub full: PathBuf,
}

/// One snapshot of one repository.
#[derive(Debug)]
pub(super) struct Snapshot {
    /// What the folders say.
    pub facts: ModelFacts,
    /// Its files, sorted.
    pub files: Vec<Snapped>,
}

/// The folder of a repository in a path, its id, and whether it is a dataset.
pub(super) fn repository(path: &str) -> Option<(&str, String, bool)> {
    let mut end = 0;
    for part in path.split('/') {
        end += part.len();
        let dataset = part.starts_with("datasets--");
        let rest = part.strip_prefix("models--").or_else(|| part.strip_prefix("datasets--"));
        // The file itself is no folder, and a name needs something in it.
        if let Some(rest) = rest.filter(|r| !r.is_empty() && end < path.len()) {
            let id = match rest.split_once("--") {
                Some((owner, name)) if !owner.is_empty() && !name.is_empty() => format!("{owner}/{name}"),
                _ => rest.to_string(),
            };
            return Some((&path[..end], id, dataset));
        }
        end += 1;
    }
    None
}

/// Reads the layout of every repository among the files.
pub(super) fn read(files: &[&(String, PathBuf)]) -> Vec<Snapshot> {
    let mut groups: BTreeMap<&str, Vec<&(String, PathBuf)>> = BTreeMap::new();
    for file in files {
        if let Some((folder, _, _)) = repository(&file.0) {
            groups.entry(folder).or_default().push(file);
        }
    }
    groups.into_iter().flat_map(|(folder, files)| one(folder, &files)).collect()
}

fn one(folder: &str, files: &[&(String, PathBuf)]) -> Vec<Snapshot> {
    let Some((_, id, dataset)) = files.first().and_then(|f| repository(&f.0)) else { return Vec::new() };
    let below = |path: &str| path.get(folder.len() + 1..).unwrap_or_default().to_string();
    // The folder as the operating system knows it: as many steps up as the shown path has below it.
    let steps = files.first().map_or(0, |f| below(&f.0).split('/').count());
    let Some(full) = files.first().and_then(|f| f.1.ancestors().nth(steps)) else { return Vec::new() };
    let blobs: BTreeMap<String, &PathBuf> =
        files.iter().filter_map(|f| Some((below(&f.0).strip_prefix("blobs/")?.to_string(), &f.1))).collect();
    let main = files.iter().find(|f| below(&f.0) == "refs/main").and_then(|f| commit(&f.1));
    let mut snapshots: BTreeMap<String, Vec<Snapped>> = BTreeMap::new();
    // Where links are not to be had, the snapshot holds the files themselves.
    for file in files {
        let inner = below(&file.0);
        if let Some((revision, name)) = inner.strip_prefix("snapshots/").and_then(|r| r.split_once('/')) {
            let path = format!("{folder}/snapshots/{revision}/{name}");
            snapshots.entry(revision.to_string()).or_default().push(Snapped { path, full: file.1.clone() });
        }
    }
    for revision in folders(&full.join("snapshots")) {
        let mut found = Vec::new();
        let shown = format!("{folder}/snapshots/{revision}");
        links(&full.join("snapshots").join(&revision), &shown, &blobs, DEPTH, &mut found);
        snapshots.entry(revision).or_default().extend(found);
    }
    if snapshots.is_empty() {
        let Some(revision) = main.clone() else {
            let facts = facts(folder.to_string(), &id, dataset, None);
            return vec![Snapshot { facts, files: Vec::new() }];
        };
        snapshots.insert(revision, Vec::new());
    }
    let make = |(revision, mut files): (String, Vec<Snapped>)| {
        files.sort();
        files.dedup();
        let mut facts = facts(format!("{folder}/snapshots/{revision}"), &id, dataset, Some(revision));
        if main.is_some() && main == facts.revision {
            note(&mut facts, "ref", "main");
        }
        Snapshot { facts, files }
    };
    snapshots.into_iter().map(make).collect()
}

fn facts(path: String, id: &str, dataset: bool, revision: Option<String>) -> ModelFacts {
    ModelFacts {
        place: path.clone(),
        path,
        format: "hub-cache",
        dataset,
        id: Some(id.to_string()),
        revision,
        ..ModelFacts::default()
    }
}

/// The commit that a small file holds.
pub(super) fn commit(path: &Path) -> Option<String> {
    use std::io::Read as _;
    if !std::fs::symlink_metadata(path).ok()?.is_file() {
        return None;
    }
    let mut text = String::new();
    std::fs::File::open(path).ok()?.take(200).read_to_string(&mut text).ok()?;
    let first = text.lines().next()?.trim();
    let fits = first.len() == 40 && first.bytes().all(|b| b.is_ascii_hexdigit());
    fits.then(|| first.to_string())
}

fn folders(path: &Path) -> Vec<String> {
    if !std::fs::symlink_metadata(path).is_ok_and(|m| m.is_dir()) {
        return Vec::new();
    }
    let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
    let folders = entries.filter(|e| e.file_type().is_ok_and(|t| t.is_dir()));
    let mut names: Vec<String> = folders.filter_map(|e| e.file_name().into_string().ok()).collect();
    names.sort();
    names.truncate(64);
    names
}

fn links(
    dir: &Path,
    shown: &str,
    blobs: &BTreeMap<String, &PathBuf>,
    depth: usize,
    found: &mut Vec<Snapped>,
) {
    for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        let (Ok(kind), Ok(name)) = (entry.file_type(), entry.file_name().into_string()) else { continue };
        if found.len() >= FILES {
            return;
        }
        let path = format!("{shown}/{name}");
        if kind.is_dir() && depth > 0 {
            links(&entry.path(), &path, blobs, depth - 1, found);
        } else if kind.is_symlink()
            && let Ok(target) = std::fs::read_link(entry.path())
            && let Some(blob) = target.file_name().and_then(|n| n.to_str())
            && target.parent().is_some_and(|p| p.ends_with("blobs"))
            && let Some(full) = blobs.get(blob)
        {
            found.push(Snapped { path, full: (*full).clone() });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_name_repositories() {
        let of = |path: &str| repository(path).map(|(folder, id, dataset)| (folder.to_string(), id, dataset));
        assert_eq!(
            of("h/models--a--b-c/blobs/x"),
            Some(("h/models--a--b-c".to_string(), "a/b-c".to_string(), false))
        );
        assert_eq!(of("models--gpt2/refs/main").map(|r| r.1).as_deref(), Some("gpt2"));
        assert_eq!(of("datasets--a--b/x").map(|r| r.2), Some(true));
        assert_eq!(of("models--a--b"), None);
        assert_eq!(of("models--/x"), None);
        assert_eq!(of("src/models/x"), None);
    }
}
