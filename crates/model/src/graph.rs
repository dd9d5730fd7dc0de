//! Components and edges of everything that was found, and the paths between them.

use std::collections::VecDeque;

use crate::ai::ModelCard;
use crate::evidence::Location;
use crate::package::{Ecosystem, Freshness, Hash, Kind, Licenses, Linkage, Relationship, Scope, Source};

/// One component of the product or of its making.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    /// Unique in the graph and stable between runs: the purl, with the folder added where two of the project's
    /// own packages share one.
    pub id: String,
    /// Canonical package URL; none for a project without a name.
    pub purl: Option<String>,
    /// Whose package.
    pub ecosystem: Option<Ecosystem>,
    /// What sort of thing.
    pub kind: Kind,
    /// Full name in the ecosystem's spelling.
    pub name: String,
    /// Empty where only a range is known.
    pub version: String,
    /// The range that was asked for where no version is known.
    pub requested: Option<String>,
    /// The strongest scope over all paths.
    pub scope: Scope,
    /// As seen from the project's own packages.
    pub relationship: Relationship,
    /// Whether it is one of the project's own.
    pub first_party: bool,
    /// Where it is named.
    pub locations: Vec<Location>,
    /// Where its bytes come from.
    pub source: Source,
    /// Checksums that the lockfiles state.
    pub hashes: Vec<Hash>,
    /// What is known of its license.
    pub licenses: Licenses,
    /// How its version stands among its siblings; none where nobody said.
    pub freshness: Option<Box<Freshness>>,
    /// Of a model or a dataset: what it is and where it came from.
    pub model: Option<Box<ModelCard>>,
}

/// A file that edges were read from: two lockfiles of one tree are two origins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Relative to the scanned path.
    pub path: String,
    /// The strongest scope that anything in the file can have: `Runtime` as a rule, `Test` or `Dev` where the file
    /// lies in a folder of tests or examples, so that nothing in it is shipped.
    pub ceiling: Scope,
}

/// One component asks for another, as one file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Edge {
    /// Index of who asks.
    pub from: usize,
    /// Index of whom it asks for.
    pub to: usize,
    /// Under which condition.
    pub scope: Scope,
    /// How joined.
    pub linkage: Linkage,
    /// Index of the file that says so.
    pub origin: usize,
}

/// Everything that was found, joined. Components are sorted by id, edges by their fields.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    /// Sorted by id.
    pub components: Vec<Component>,
    /// Sorted.
    pub edges: Vec<Edge>,
    /// In the order of their paths.
    pub origins: Vec<Origin>,
}

impl Graph {
    /// Indices of the project's own packages.
    pub fn roots(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.components.len()).filter(|&i| self.components[i].first_party)
    }

    /// Shortest paths from the project's own packages to everything.
    pub fn paths(&self) -> Paths {
        Paths::new(self, &|at| self.components[at].first_party)
    }

    /// Shortest paths from some of the project's own packages.
    pub fn paths_from(&self, is_root: &dyn Fn(usize) -> bool) -> Paths {
        Paths::new(self, is_root)
    }
}

/// A path that is shown has at most so many components.
pub const LONGEST_PATH: usize = 100;

/// Shortest paths from the project's own packages, each within one origin, so that no path mixes two lockfiles.
#[derive(Debug, Clone)]
pub struct Paths {
    /// By component: length and origin of the best path, shipped ones before all others.
    best: Vec<Option<(bool, usize, usize)>>,
    /// By origin: for every reached component the edge by which it is reached first, and the root that the path begins at.
    parents: Vec<Vec<(usize, usize, usize)>>,
    edges: Vec<(usize, Scope, Linkage)>,
}

impl Paths {
    fn new(graph: &Graph, is_root: &dyn Fn(usize) -> bool) -> Self {
        let n = graph.components.len();
        let mut by_origin: Vec<Vec<usize>> = vec![Vec::new(); graph.origins.len()];
        for (i, e) in graph.edges.iter().enumerate() {
            by_origin[e.origin].push(i);
        }
        let mut best: Vec<Option<(bool, usize, usize)>> = vec![None; n];
        let mut parents = Vec::with_capacity(by_origin.len());
        // Kept from origin to origin and cleaned where it was used: a tree may have thousands of origins with few edges.
        const NONE: usize = usize::MAX;
        let mut first = vec![NONE; n];
        let mut root_of: Vec<usize> = (0..n).collect();
        let mut seen: Vec<bool> = vec![false; n];
        for (origin, edge_ids) in by_origin.iter().enumerate() {
            // Edges are sorted by `from`, so the ones of a component are a run.
            for (place, &i) in edge_ids.iter().enumerate().rev() {
                first[graph.edges[i].from] = place;
            }
            let mut reached: Vec<(usize, usize, usize)> = Vec::new();
            let mut roots: Vec<usize> = Vec::new();
            // Twice: first over what ships, then over everything, so that a shipped path always wins.
            for shipped in [true, false] {
                if shipped && !graph.origins[origin].ceiling.ships() {
                    continue;
                }
                let mut queue: VecDeque<(usize, usize)> = VecDeque::new();
                if shipped || !graph.origins[origin].ceiling.ships() {
                    for &i in edge_ids {
                        let from = graph.edges[i].from;
                        if !seen[from] && is_root(from) {
                            seen[from] = true;
                            roots.push(from);
                            queue.push_back((from, 0));
                        }
                    }
                } else {
                    // Go on from all that was reached, at no cost in length for what is shipped already.
                    let all = roots.iter().copied().chain(reached.iter().map(|r| r.0));
                    let mut all: Vec<usize> = all.collect();
                    all.sort_unstable();
                    queue.extend(all.into_iter().map(|at| (at, best[at].map_or(0, |b| b.1))));
                }
                while let Some((at, length)) = queue.pop_front() {
                    for &i in edge_ids.get(first[at]..).unwrap_or_default() {
                        let edge = graph.edges[i];
                        if edge.from != at {
                            break;
                        }
                        if (shipped && !edge.scope.ships()) || seen[edge.to] {
                            continue;
                        }
                        seen[edge.to] = true;
                        root_of[edge.to] = root_of[at];
                        reached.push((edge.to, i, root_of[at]));
                        let candidate = (!shipped, length + 1, origin);
                        if best[edge.to].is_none_or(|b| candidate < b) {
                            best[edge.to] = Some(candidate);
                        }
                        queue.push_back((edge.to, length + 1));
                    }
                }
            }
            for &i in edge_ids {
                first[graph.edges[i].from] = NONE;
            }
            for at in roots.into_iter().chain(reached.iter().map(|r| r.0)) {
                seen[at] = false;
                root_of[at] = at;
            }
            reached.sort_unstable();
            parents.push(reached);
        }
        let edges = graph.edges.iter().map(|e| (e.from, e.scope, e.linkage)).collect();
        Paths { best, parents, edges }
    }

    /// From one of the project's own packages to the component, both included; empty where it is not reached. Of a path
    /// of more than [`LONGEST_PATH`] components the first and the last ones are given: no real one is so long, and one
    /// that was made to be would cost its length for every component on it.
    pub fn to(&self, component: usize) -> Vec<usize> {
        let Some((_, _, origin)) = self.best[component] else { return Vec::new() };
        let mut path = vec![component];
        let mut at = component;
        while let Some((edge, root)) = self.parent(origin, at) {
            if path.len() + 1 == LONGEST_PATH {
                path.push(root);
                break;
            }
            at = self.edges[edge].0;
            path.push(at);
        }
        path.reverse();
        path
    }

    /// Whether the best path goes over shipped edges only; false where the component is not reached.
    pub fn ships(&self, component: usize) -> bool {
        self.best[component].is_some_and(|(not_shipped, ..)| !not_shipped)
    }

    /// Linkage of the last edge on the path to the component.
    pub fn linkage(&self, component: usize) -> Option<Linkage> {
        let (_, _, origin) = self.best[component]?;
        self.parent(origin, component).map(|(edge, _)| self.edges[edge].2)
    }

    fn parent(&self, origin: usize, component: usize) -> Option<(usize, usize)> {
        let list = &self.parents[origin];
        list.binary_search_by_key(&component, |p| p.0).ok().map(|i| (list[i].1, list[i].2))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn component(n: usize) -> Component {
        Component {
            id: format!("{n:06}"),
            purl: None,
            ecosystem: None,
            kind: Kind::Library,
            name: n.to_string(),
            version: String::new(),
            requested: None,
            scope: Scope::Runtime,
            relationship: Relationship::Unknown,
            first_party: n == 0,
            locations: Vec::new(),
            source: Source::Unknown,
            hashes: Vec::new(),
            licenses: Licenses::default(),
            freshness: None,
            model: None,
        }
    }

    #[test]
    fn a_chain_without_end_is_shown_by_its_ends() {
        let edge = |n: usize| Edge {
            from: n,
            to: n + 1,
            scope: Scope::Runtime,
            linkage: Linkage::Static,
            origin: 0,
        };
        let graph = Graph {
            components: (0..30_000).map(component).collect(),
            edges: (0..29_999).map(edge).collect(),
            origins: vec![Origin { path: "lock".to_string(), ceiling: Scope::Runtime }],
        };
        let paths = graph.paths();
        assert_eq!(paths.to(3), [0, 1, 2, 3]);
        let whole: usize = (0..30_000).map(|n| paths.to(n).len()).sum();
        assert!(whole <= 30_000 * LONGEST_PATH, "{whole}");
        let last = paths.to(29_999);
        assert_eq!((last.len(), last[0], last[1], last[99]), (LONGEST_PATH, 0, 29_901, 29_999));
    }
}
