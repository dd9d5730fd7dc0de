//! Packages and edges of a Python lockfile while it is read.

use std::collections::HashMap;

use licit_model::{Found, FoundPackage, Scope};

use super::normal_name;

/// What was read so far. The same package twice becomes one, the same edge twice the strongest of both.
pub struct Lock<'f> {
    /// Where everything goes.
    pub found: &'f mut Found,
    by_identity: HashMap<(String, Option<String>), usize>,
    by_name: HashMap<String, Vec<usize>>,
    edges: HashMap<(usize, usize), usize>,
}

impl<'f> Lock<'f> {
    /// Begins with an empty result.
    pub fn new(found: &'f mut Found) -> Self {
        Lock { found, by_identity: HashMap::new(), by_name: HashMap::new(), edges: HashMap::new() }
    }

    /// Adds a package, or merges it with the same one that is there already.
    pub fn package(&mut self, package: FoundPackage) -> usize {
        let identity = (package.purl.to_string(), package.dir.clone());
        if let Some(&index) = self.by_identity.get(&identity) {
            if let Some(known) = self.found.packages.get_mut(index) {
                merge(known, package);
            }
            return index;
        }
        let name = package.purl.name.clone();
        let index = self.found.package(package);
        self.by_identity.insert(identity, index);
        self.by_name.entry(name).or_default().push(index);
        index
    }

    /// The packages of a name, whatever its spelling. A resolver locks a handful of versions of one name; a file
    /// made to waste time may hold many, of which only the first are looked at.
    pub fn named(&self, name: &str) -> &[usize] {
        let all = self.by_name.get(&normal_name(name)).map_or(&[][..], Vec::as_slice);
        all.get(..64).unwrap_or(all)
    }

    /// One of the packages.
    pub fn at(&self, index: usize) -> Option<&FoundPackage> {
        self.found.packages.get(index)
    }

    /// Adds an edge; a package that asks for itself, as collecting extras do, asks for nothing.
    pub fn edge(&mut self, from: usize, to: usize, scope: Scope) {
        if from == to {
            return;
        }
        let next = self.found.edges.len();
        let at = *self.edges.entry((from, to)).or_insert(next);
        match self.found.edges.get_mut(at) {
            Some(known) => known.scope = known.scope.min(scope),
            None => self.found.edge(from, to, scope),
        }
    }

    /// Lets every package be found by its name, for the requirements of a manifest.
    pub fn keys_by_name(&mut self) {
        let third_parties = self.found.packages.iter().enumerate();
        let keys =
            third_parties.filter(|(_, p)| !p.purl.name.is_empty()).map(|(i, p)| (p.purl.name.clone(), i));
        self.found.keys = keys.collect();
    }
}

fn merge(known: &mut FoundPackage, other: FoundPackage) {
    known.scope = match (known.scope, other.scope) {
        (Some(one), Some(two)) => Some(one.min(two)),
        (one, two) => one.or(two),
    };
    known.direct = match (known.direct, other.direct) {
        (Some(one), Some(two)) => Some(one || two),
        (one, two) => one.or(two),
    };
    for hash in other.hashes {
        // Several hashes of one package are rare; a file made to waste time may bring any number of them.
        if known.hashes.len() < 8 && !known.hashes.contains(&hash) {
            known.hashes.push(hash);
        }
    }
}
