//! Puts the packages of one lockfile together: one package an identity, one edge a pair.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use licit_model::{Found, FoundPackage, Purl, Scope};

/// Fills a [`Found`] and merges what a lockfile names several times.
pub struct Assembly<'f> {
    /// What is being filled.
    pub found: &'f mut Found,
    by_purl: HashMap<Purl, usize>,
    by_dir: HashMap<String, usize>,
    edges: HashMap<(usize, usize), usize>,
}

impl<'f> Assembly<'f> {
    /// Begins with nothing known.
    pub fn new(found: &'f mut Found) -> Self {
        Assembly { found, by_purl: HashMap::new(), by_dir: HashMap::new(), edges: HashMap::new() }
    }

    /// Adds a package of others. The same one at another place, or with other peers, is the same component: the
    /// first place stays, and it is needed as strongly as its strongest appearance.
    pub fn third_party(&mut self, package: FoundPackage) -> usize {
        let index = match self.by_purl.entry(package.purl.clone()) {
            Entry::Vacant(slot) => return *slot.insert(self.found.package(package)),
            Entry::Occupied(slot) => *slot.get(),
        };
        if let Some(known) = self.found.packages.get_mut(index) {
            known.scope = match (known.scope, package.scope) {
                (Some(one), Some(other)) => Some(one.min(other)),
                _ => None,
            };
            if known.licenses.is_empty() {
                known.licenses = package.licenses;
            }
            if known.install_path.is_none() {
                known.install_path = package.install_path;
            }
            for hash in package.hashes {
                if !known.hashes.contains(&hash) {
                    known.hashes.push(hash);
                }
            }
        }
        index
    }

    /// Adds one of the project's own packages, which its folder identifies.
    pub fn first_party(&mut self, dir: String, mut package: FoundPackage) -> usize {
        match self.by_dir.entry(dir) {
            Entry::Occupied(slot) => *slot.get(),
            Entry::Vacant(slot) => {
                package.first_party = true;
                package.dir = Some(slot.key().clone());
                *slot.insert(self.found.package(package))
            }
        }
    }

    /// The project's own package in a folder.
    pub fn in_dir(&self, dir: &str) -> Option<usize> {
        self.by_dir.get(dir).copied()
    }

    /// Adds an edge; of two between the same packages the stronger one stays, and none leads to itself.
    pub fn edge(&mut self, from: usize, to: usize, scope: Scope) {
        if from == to {
            return;
        }
        match self.edges.entry((from, to)) {
            Entry::Vacant(slot) => {
                slot.insert(self.found.edges.len());
                self.found.edge(from, to, scope);
            }
            Entry::Occupied(slot) => {
                if let Some(edge) = self.found.edges.get_mut(*slot.get()) {
                    edge.scope = edge.scope.min(scope);
                }
            }
        }
    }
}

/// Names of which the same is to be said, so that it is said once a file.
#[derive(Debug, Default)]
pub struct Missing {
    count: usize,
    first: Option<(String, Option<u32>)>,
}

impl Missing {
    /// Notes one name; only the first is told.
    pub fn note(&mut self, name: &str, line: impl FnOnce() -> Option<u32>) {
        self.count += 1;
        if self.first.is_none() {
            self.first = Some((name.to_string(), line()));
        }
    }

    /// Makes one problem of requirements that the lockfile does not resolve.
    pub fn report_unresolved(self, found: &mut Found) {
        self.report(found, "asked for but not in the lockfile; install again to renew it");
    }

    /// Makes one problem of packages that have no version.
    pub fn report_unversioned(self, found: &mut Found) {
        self.report(found, "without a version and left out; install again to renew the lockfile");
    }

    fn report(self, found: &mut Found, what: &str) {
        if let Some((name, line)) = self.first {
            let others = match self.count {
                1 => "is".to_string(),
                n => format!("and {} more are", n - 1),
            };
            found.lost(line, format!("`{name}` {others} {what}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strongest_appearance_counts() {
        let mut found = Found::new("package-lock.json", "package-lock");
        let mut assembly = Assembly::new(&mut found);
        let at = |scope| FoundPackage { scope: Some(scope), ..FoundPackage::new(Purl::npm("a", "1.0.0"), None) };
        let one = assembly.third_party(at(Scope::Dev));
        let two = assembly.third_party(at(Scope::Optional));
        let root = assembly.first_party(String::new(), FoundPackage::new(Purl::npm("", ""), None));
        assembly.edge(root, one, Scope::Dev);
        assembly.edge(root, two, Scope::Runtime);
        assembly.edge(root, root, Scope::Runtime);
        assert_eq!((one, two, assembly.in_dir("")), (0, 0, Some(1)));
        assert_eq!(found.packages[0].scope, Some(Scope::Optional));
        assert_eq!(found.edges.len(), 1);
        assert_eq!(found.edges[0].scope, Scope::Runtime);
    }
}
