//! The `node_modules` tree, and Node's rule for finding a package in it.

use std::collections::HashMap;

use super::entry::Entry;
use crate::extract::npm::origin::normal;

/// How many folders above a package are searched; real trees have fewer than ten.
pub(super) const HIGHEST: usize = 64;

/// Where everything lies, so that a name is found from a folder.
pub(super) struct Tree<'t> {
    /// Entries of folders of the project.
    own: HashMap<&'t str, usize>,
    /// Folders that have a `node_modules`.
    folders: HashMap<&'t str, usize>,
    /// By folder: itself and those above it, nearest first.
    chains: Vec<Vec<usize>>,
    /// By entry: the folder that it is installed for.
    homes: Vec<Option<usize>>,
    held: HashMap<(usize, &'t str), usize>,
    links: HashMap<usize, String>,
    /// By folder of the project: the name that a link to it has, which is that of the package in it.
    called: HashMap<String, &'t str>,
}

impl<'t> Tree<'t> {
    pub(super) fn new(entries: &'t [Entry<'_>]) -> Self {
        let mut tree = Tree {
            own: HashMap::new(),
            folders: HashMap::new(),
            chains: Vec::new(),
            homes: Vec::with_capacity(entries.len()),
            held: HashMap::with_capacity(entries.len()),
            links: HashMap::new(),
            called: HashMap::new(),
        };
        let mut names: Vec<&str> = Vec::new();
        for (i, entry) in entries.iter().enumerate() {
            if entry.link {
                let target = normal(entry.resolved.as_deref().unwrap_or(""));
                if let Some((_, name)) = split(&entry.key) {
                    tree.called.entry(target.clone()).or_insert(name);
                }
                tree.links.insert(i, target);
            }
            let Some((folder, name)) = split(&entry.key) else {
                tree.own.entry(&entry.key).or_insert(i);
                tree.homes.push(None);
                continue;
            };
            let next = tree.folders.len();
            let folder_index = *tree.folders.entry(folder).or_insert(next);
            if folder_index == next {
                names.push(folder);
            }
            tree.homes.push(Some(folder_index));
            tree.held.entry((folder_index, name)).or_insert(i);
        }
        tree.chains = names.iter().map(|folder| tree.search(folder)).collect();
        tree
    }

    /// The entry of a folder of the project.
    pub(super) fn at(&self, path: &str) -> Option<usize> {
        self.own.get(path).copied()
    }

    /// The name by which the packages of the project are linked to a folder of it.
    pub(super) fn called(&self, path: &str) -> Option<&'t str> {
        self.called.get(path).copied()
    }

    /// The folders with a `node_modules` that Node searches from an entry, nearest first.
    pub(super) fn chain(&self, entry: usize, path: &str) -> Vec<usize> {
        let above = self.homes.get(entry).copied().flatten().and_then(|home| self.chains.get(home));
        match (self.folders.get(path).and_then(|folder| self.chains.get(*folder)), above) {
            (Some(chain), _) | (None, Some(chain)) => chain.clone(),
            (None, None) => self.search(path),
        }
    }

    fn search(&self, path: &str) -> Vec<usize> {
        let mut chain = Vec::new();
        let mut folder = path;
        let mut home = split(folder);
        for _ in 0..HIGHEST {
            chain.extend(self.folders.get(folder));
            if folder.is_empty() {
                break;
            }
            folder = match home {
                Some((above, _)) => {
                    home = split(above);
                    above
                }
                None => folder.rfind('/').and_then(|at| folder.get(..at)).unwrap_or(""),
            };
            // Above a folder outside of the project there is no `node_modules` of the project.
            if folder == ".." || (folder.is_empty() && path.starts_with("../")) {
                break;
            }
        }
        chain
    }

    /// The entry that a name means, seen from a chain of folders; a link leads to its target, where that is there.
    pub(super) fn resolve(&self, chain: &[usize], name: &str) -> Option<usize> {
        let entry = chain.iter().find_map(|folder| self.held.get(&(*folder, name)).copied())?;
        match self.links.get(&entry) {
            Some(target) => Some(self.at(target).unwrap_or(entry)),
            None => Some(entry),
        }
    }
}

/// The name that npm gives a folder whose package.json has none: its last part, with the scope before it.
pub(super) fn folder_name(path: &str) -> &str {
    let mut slashes = path.rmatch_indices('/').map(|(at, _)| at);
    let last = slashes.next();
    let scope_at = last.map(|_| slashes.next().map_or(0, |at| at + 1));
    match (scope_at, last) {
        (Some(scope), _) if path.get(scope..).is_some_and(|rest| rest.starts_with('@')) => path.get(scope..),
        (_, Some(last)) => path.get(last + 1..),
        _ => Some(path),
    }
    .filter(|name| !matches!(*name, "." | ".."))
    .unwrap_or("")
}

/// The folder that a package is installed for and its name there; none for a folder of the project.
pub(super) fn split(path: &str) -> Option<(&str, &str)> {
    let mut end = path.len();
    while let Some(slash) = path.get(..end)?.rfind('/') {
        let above = path.get(..slash)?;
        let name = path.get(slash + 1..)?;
        if above == "node_modules" {
            return Some(("", name));
        }
        if let Some(folder) = above.strip_suffix("/node_modules") {
            return Some((folder, name));
        }
        end = slash;
    }
    None
}
