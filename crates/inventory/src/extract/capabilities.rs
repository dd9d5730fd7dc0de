//! Who needs whom among the packages of a system: names that are provided, met with names that are asked for.
//!
//! An installed package's needs are met, as the package manager saw to it, so versions are not compared. Where several
//! packages provide a name the first is taken: which of them is used is nowhere written down.

use std::collections::HashMap;

use licit_model::{Found, Scope};

/// Names that packages provide, in the order in which they were told.
#[derive(Debug, Default)]
pub struct Capabilities {
    by_name: HashMap<String, usize>,
    /// Names that a package has itself go before names that others provide in its stead.
    own: HashMap<String, usize>,
}

impl Capabilities {
    /// Notes the name of a package itself.
    pub fn is(&mut self, name: &str, index: usize) {
        if !self.own.contains_key(name) {
            self.own.insert(name.to_string(), index);
        }
    }

    /// Notes a name that a package provides.
    pub fn provides(&mut self, name: &str, index: usize) {
        if !self.by_name.contains_key(name) {
            self.by_name.insert(name.to_string(), index);
        }
    }

    /// Who provides a name.
    pub fn find(&self, name: &str) -> Option<usize> {
        self.own.get(name).or_else(|| self.by_name.get(name)).copied()
    }
}

/// Lets every package be reached: of those that only ask for each other in a circle, the first counts as asked for by
/// the system itself, as do those that nobody asks for.
pub fn reach_all(found: &mut Found) {
    let count = found.packages.len();
    found.edges.sort_unstable();
    found.edges.dedup();
    found.edges.retain(|e| e.from != e.to);
    let mut asked = vec![false; count];
    found.edges.iter().for_each(|e| asked[e.to] = true);
    let mut reached = vec![false; count];
    let starts = (0..count).filter(|at| !asked[*at]).chain(0..count);
    for start in starts.collect::<Vec<_>>() {
        if reached[start] {
            continue;
        }
        if asked[start] {
            found.packages[start].direct = Some(true);
        }
        reached[start] = true;
        let mut todo = vec![start];
        while let Some(at) = todo.pop() {
            let first = found.edges.partition_point(|e| e.from < at);
            for edge in found.edges[first..].iter().take_while(|e| e.from == at) {
                if !std::mem::replace(&mut reached[edge.to], true) {
                    todo.push(edge.to);
                }
            }
        }
    }
}

/// Adds an edge to whoever provides the first of some names that is provided at all.
pub fn meet<'n>(
    found: &mut Found,
    capabilities: &Capabilities,
    from: usize,
    names: impl IntoIterator<Item = &'n str>,
) {
    if let Some(to) = names.into_iter().find_map(|name| capabilities.find(name)) {
        found.edge(from, to, Scope::Runtime);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use licit_model::{FoundPackage, Purl};

    #[test]
    fn circles_are_reached_once() {
        let mut found = Found::new("x", "x");
        for name in ["a", "b", "c", "d"] {
            found.package(FoundPackage::new(Purl::named("deb", name, "1"), None));
        }
        // a → b; c ⇄ d.
        for (from, to) in [(0, 1), (2, 3), (3, 2), (2, 2)] {
            found.edge(from, to, Scope::Runtime);
        }
        reach_all(&mut found);
        let direct: Vec<Option<bool>> = found.packages.iter().map(|p| p.direct).collect();
        assert_eq!(direct, [None, None, Some(true), None]);
        assert_eq!(found.edges.len(), 3);
    }

    #[test]
    fn a_package_goes_before_who_stands_in_for_it() {
        let mut capabilities = Capabilities::default();
        capabilities.provides("awk", 0);
        capabilities.provides("awk", 1);
        assert_eq!(capabilities.find("awk"), Some(0));
        capabilities.is("awk", 2);
        assert_eq!(capabilities.find("awk"), Some(2));
        assert_eq!(capabilities.find("sed"), None);
    }
}
