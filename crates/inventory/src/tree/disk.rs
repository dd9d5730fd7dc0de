//! Folders on disk, and the one way in which all trees are gone through.
//!
//! Links are not followed, so there are no loops and no path leaves the root.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use walkdir::WalkDir;

use super::held::{Content, Held, Kind};
use super::{Spot, trace};

/// What sort of entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A link, which is not followed.
    Link,
    /// A submodule, a device, a pipe.
    Other,
}

/// One entry on the way through a tree.
pub(crate) enum Step {
    /// On disk.
    Disk(walkdir::DirEntry),
    /// In a tree that lies in no folder: path below its top, node, depth.
    Held(Arc<Held>, String, u32, usize),
}

/// Goes through a tree from its top, every folder before what is in it.
pub(crate) enum Steps {
    Disk(Box<walkdir::IntoIter>),
    Held {
        held: Arc<Held>,
        /// Length of the path of the top, with the `/` behind it.
        cut: usize,
        limit: usize,
        todo: Vec<(String, u32, usize)>,
        /// Entries of `todo` that belong to the folder that was given last.
        last: usize,
    },
}

impl Steps {
    pub(crate) fn new(root: &Spot, depth: usize) -> Steps {
        match root {
            Spot::Disk(path) => {
                Steps::Disk(Box::new(WalkDir::new(path).follow_links(false).max_depth(depth).into_iter()))
            }
            Spot::Held(held, path) => {
                let todo = held.find(path).map(|at| (path.clone(), at, 0)).into_iter().collect();
                let cut = if path.is_empty() { 0 } else { path.len() + 1 };
                Steps::Held { held: held.clone(), cut, limit: depth, todo, last: 0 }
            }
        }
    }

    pub(crate) fn next(&mut self) -> Option<Result<Step, walkdir::Error>> {
        match self {
            Steps::Disk(inner) => Some(inner.next()?.map(Step::Disk)),
            Steps::Held { held, cut, limit, todo, last } => {
                let (path, at, depth) = todo.pop()?;
                let before = todo.len();
                if let (Kind::Folder(children), true) = (&held.node(at).kind, depth < *limit) {
                    // The last comes first from a stack.
                    let below = children.iter().rev();
                    todo.extend(
                        below.map(|(name, child)| (super::archive::join(&path, name), *child, depth + 1)),
                    );
                }
                *last = todo.len() - before;
                let shown = path.get(*cut..).unwrap_or_default().to_string();
                Some(Ok(Step::Held(held.clone(), shown, at, depth)))
            }
        }
    }

    /// Leaves out what is in the folder that was given last.
    pub(crate) fn skip(&mut self) {
        match self {
            Steps::Disk(inner) => inner.skip_current_dir(),
            Steps::Held { todo, last, .. } => {
                todo.truncate(todo.len() - *last);
                *last = 0;
            }
        }
    }
}

impl Step {
    /// Folders above it, up to the top of the tree.
    pub(crate) fn depth(&self) -> usize {
        match self {
            Step::Disk(entry) => entry.depth(),
            Step::Held(.., depth) => *depth,
        }
    }

    /// What sort of entry.
    pub(crate) fn sort(&self) -> Sort {
        match self {
            Step::Disk(entry) => {
                let kind = entry.file_type();
                if kind.is_dir() {
                    Sort::Folder
                } else if kind.is_symlink() {
                    Sort::Link
                } else if kind.is_file() {
                    Sort::File
                } else {
                    Sort::Other
                }
            }
            Step::Held(held, _, at, _) => match held.node(*at).kind {
                Kind::Folder(_) => Sort::Folder,
                Kind::File(_) => Sort::File,
                Kind::Link(_) => Sort::Link,
                Kind::Module(_) => Sort::Other,
            },
        }
    }

    /// Whether an archive that it is was opened with the tree: it lies in another archive or in an image.
    pub(crate) fn opened(&self) -> bool {
        match self {
            Step::Disk(_) => false,
            Step::Held(held, _, at, _) => {
                !matches!(&held.node(*at).kind, Kind::File(file) if matches!(file.content, Content::Blob { .. }))
            }
        }
    }

    /// Whether the file may be run by its mode; on disk the mode is not asked for.
    pub(crate) fn executable(&self) -> bool {
        match self {
            Step::Disk(_) => false,
            Step::Held(held, _, at, _) => matches!(&held.node(*at).kind, Kind::File(file) if file.executable),
        }
    }
}

/// The names in a folder, as the disk gives them; none where it cannot be read.
pub(super) fn names(path: &Path) -> Vec<String> {
    trace::note(path);
    let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
    entries.filter_map(|e| e.file_name().into_string().ok()).collect()
}

/// The bytes of a regular file, cut at a limit.
pub(super) fn bytes(path: &Path, limit: usize) -> Option<Vec<u8>> {
    let Ok(opened) = File::open(path) else {
        trace::note(path);
        return None;
    };
    let known = opened.metadata().ok()?;
    trace::note_open(path, &known);
    if !known.is_file() {
        return None;
    }
    // Room for the whole file, so that it is read with one call instead of ever larger ones.
    let mut bytes = Vec::with_capacity(limit.min(known.len() as usize) + 1);
    opened.take(limit as u64).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// The bytes of a whole file, unless it has more than the limit.
pub(super) fn whole(path: &Path, limit: u64) -> Result<Vec<u8>, String> {
    trace::note(path);
    let file = File::open(path).map_err(|e| format!("could not be read: {e}"))?;
    let size = file.metadata().map(|m| m.len()).unwrap_or(0);
    if size > limit {
        return Err(format!("has {size} bytes and was not read: {limit} is the limit"));
    }
    let mut bytes = Vec::with_capacity(size as usize);
    file.take(limit).read_to_end(&mut bytes).map_err(|e| format!("could not be read: {e}"))?;
    Ok(bytes)
}
