//! Puts the packages of one lockfile together: one package an identity, one edge a pair.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasher as _, RandomState};

use licit_model::{Found, FoundPackage, Purl, Scope};

/// Fills a [`Found`] and merges what a lockfile names several times.
pub struct Assembly<'f> {
    /// What is being filled.
    pub found: &'f mut Found,
    /// By the hash of the identity, so that large lockfiles are not held twice.
    by_hash: HashMap<u64, usize>,
    /// Identities that share a hash with another one.
    by_purl: HashMap<Purl, usize>,
    state: RandomState,
    by_dir: HashMap<String, usize>,
    edges: HashMap<(usize, usize), usize>,
}

impl<'f> Assembly<'f> {
    /// Begins with nothing known.
    pub fn new(found: &'f mut Found) -> Self {
        Assembly {
            found,
            by_hash: HashMap::new(),
            by_purl: HashMap::new(),
            state: RandomState::new(),
            by_dir: HashMap::new(),
            edges: HashMap::new(),
        }
    }

    /// Makes room for so many packages.
    pub fn reserve(&mut self, packages: usize) {
        self.found.packages.reserve(packages);
        self.by_hash.reserve(packages);
    }

    /// Adds a package of others. The same one at another place, or with other peers, is the same component: the
    /// first place stays, and it is needed as strongly as its strongest appearance.
    pub fn third_party(&mut self, package: FoundPackage) -> usize {
        let index = match self.by_hash.entry(self.state.hash_one(&package.purl)) {
            Entry::Vacant(slot) => return *slot.insert(self.found.package(package)),
            Entry::Occupied(slot) => *slot.get(),
        };
        let same = self.found.packages.get(index).is_some_and(|known| known.purl == package.purl);
        let index = match (same, self.by_purl.get(&package.purl)) {
            (true, _) => index,
            (false, Some(index)) => *index,
            (false, None) => {
                let purl = package.purl.clone();
                let index = self.found.package(package);
                self.by_purl.insert(purl, index);
                return index;
            }
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

    /// Adds one of the project's own packages, which its folder identifies; a name or a version that was not known
    /// before is taken over.
    pub fn first_party(&mut self, dir: String, mut package: FoundPackage) -> usize {
        match self.by_dir.entry(dir) {
            Entry::Occupied(slot) => {
                let index = *slot.get();
                if let Some(known) = self.found.packages.get_mut(index) {
                    if known.purl.name.is_empty() {
                        let version = known.purl.version.take();
                        known.purl = package.purl;
                        known.purl.version = version.or(known.purl.version.take());
                    } else if known.purl.version.is_none() && known.purl.name == package.purl.name {
                        known.purl.version = package.purl.version;
                    }
                }
                index
            }
            Entry::Vacant(slot) => {
                package.first_party = true;
                package.dir = Some(slot.key().clone());
                *slot.insert(self.found.package(package))
            }
        }
    }

    /// Whether one of the project's own packages lies in a folder.
    pub fn is_own(&self, dir: &str) -> bool {
        self.by_dir.contains_key(dir)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strongest_appearance_counts() {
        let mut found = Found::new("package-lock.json", "package-lock");
        let mut assembly = Assembly::new(&mut found);
        let at =
            |scope| FoundPackage { scope: Some(scope), ..FoundPackage::new(Purl::npm("a", "1.0.0"), None) };
        let one = assembly.third_party(at(Scope::Dev));
        let two = assembly.third_party(at(Scope::Optional));
        let root = assembly.first_party(String::new(), FoundPackage::new(Purl::npm("", ""), None));
        let named = assembly.first_party(String::new(), FoundPackage::new(Purl::npm("@s/r", ""), None));
        assembly.edge(root, one, Scope::Dev);
        assembly.edge(root, two, Scope::Runtime);
        assembly.edge(root, root, Scope::Runtime);
        assert_eq!((one, two, root, named), (0, 0, 1, 1));
        assert_eq!(found.packages[0].scope, Some(Scope::Optional));
        assert_eq!(found.packages[1].purl.full_name(), "@s/r");
        assert_eq!(found.edges.len(), 1);
        assert_eq!(found.edges[0].scope, Scope::Runtime);
    }
}
