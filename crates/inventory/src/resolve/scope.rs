//! Settles scopes and relationships over the joined graph, then sorts everything.

use licit_model::{Edge, Relationship, Scope};

use super::{Joined, Stated};

const STRONGEST_FIRST: [Scope; 5] = [Scope::Runtime, Scope::Optional, Scope::Build, Scope::Dev, Scope::Test];

/// Gives every component its strongest scope over all origins and paths, and its relationship.
pub fn settle(joined: &mut Joined) {
    let n = joined.graph.components.len();
    joined.graph.edges.sort_unstable();
    joined.graph.edges.dedup();
    let mut best: Vec<Option<Scope>> = vec![None; n];
    let mut reached = vec![false; n];
    let mut by_origin: Vec<Vec<Edge>> = vec![Vec::new(); joined.graph.origins.len()];
    for edge in &joined.graph.edges {
        by_origin[edge.origin].push(*edge);
    }
    let starts: Vec<bool> =
        (0..n).map(|at| joined.graph.components[at].first_party && !tool(joined, at)).collect();
    let mut walker = Walker { scope: vec![None; n], touched: Vec::new() };
    for (origin, edges) in by_origin.iter().enumerate() {
        let ceiling = joined.graph.origins[origin].ceiling;
        walker.walk(&starts, edges);
        for &at in &walker.touched {
            if let Some(scope) = walker.scope[at] {
                let scope = scope.then(ceiling);
                best[at] = Some(best[at].map_or(scope, |b| b.min(scope)));
                reached[at] = true;
            }
        }
        walker.reset();
    }
    for at in 0..n {
        // A file may state a stronger scope than its edges show: a flat lock lists what ships without saying why.
        // What no path reaches and no file gives a scope counts as shipped.
        let under = |s: &Stated, scope: Scope| scope.then(joined.graph.origins[s.origin].ceiling);
        let stated = joined.stated[at].iter().filter_map(|s| Some(under(s, s.scope?))).min();
        let silent = joined.stated[at].iter().map(|s| under(s, Scope::Runtime)).min();
        let scope = [best[at], stated].into_iter().flatten().min().or(silent).unwrap_or_default();
        let component = &mut joined.graph.components[at];
        component.scope = if starts[at] { own_scope(joined.dirs[at].as_deref()) } else { scope };
    }
    relate(joined, &reached);
    sort(joined);
}

/// Whether one of the project's own packages is only a tool for the others, as every file that names it says.
fn tool(joined: &Joined, at: usize) -> bool {
    let stated = &joined.stated[at];
    !stated.is_empty() && stated.iter().all(|s| s.scope.is_some_and(|scope| !scope.ships()))
}

/// One of the project's own packages in a folder of tests is a test.
fn own_scope(dir: Option<&str>) -> Scope {
    dir.map_or(Scope::Runtime, |d| super::place::ceiling(&format!("{d}/x")))
}

fn relate(joined: &mut Joined, reached: &[bool]) {
    let mut direct = vec![false; reached.len()];
    for edge in &joined.graph.edges {
        direct[edge.to] |= joined.graph.components[edge.from].first_party;
    }
    for (at, component) in joined.graph.components.iter_mut().enumerate() {
        let says = |word: bool| joined.stated[at].iter().any(|s| s.direct == Some(word));
        component.relationship = if component.first_party {
            Relationship::Root
        } else if direct[at] || says(true) {
            Relationship::Direct
        } else if reached[at] || says(false) {
            Relationship::Transitive
        } else {
            Relationship::Unknown
        };
    }
}

/// Finds the strongest scope of everything that one origin's edges reach.
struct Walker {
    scope: Vec<Option<Scope>>,
    touched: Vec<usize>,
}

impl Walker {
    /// `edges` are sorted by `from`.
    fn walk(&mut self, starts: &[bool], edges: &[Edge]) {
        let mut levels: [Vec<usize>; 5] = Default::default();
        let mut last = usize::MAX;
        for edge in edges {
            if edge.from != last && starts[edge.from] {
                self.reach(edge.from, Scope::Runtime, &mut levels);
            }
            last = edge.from;
        }
        for (level, &scope) in STRONGEST_FIRST.iter().enumerate() {
            while let Some(at) = levels[level].pop() {
                if self.scope[at] != Some(scope) {
                    continue;
                }
                let start = edges.partition_point(|e| e.from < at);
                for edge in edges[start..].iter().take_while(|e| e.from == at) {
                    // A root stays a root: a dev dependency on a sibling does not turn the sibling into a tool.
                    self.reach(edge.to, scope.then(edge.scope), &mut levels);
                }
            }
        }
    }

    fn reach(&mut self, at: usize, scope: Scope, levels: &mut [Vec<usize>; 5]) {
        if self.scope[at].is_some_and(|known| known <= scope) {
            return;
        }
        if self.scope[at].is_none() {
            self.touched.push(at);
        }
        self.scope[at] = Some(scope);
        let level = STRONGEST_FIRST.iter().position(|s| *s == scope).unwrap_or(0);
        levels[level].push(at);
    }

    fn reset(&mut self) {
        for at in self.touched.drain(..) {
            self.scope[at] = None;
        }
    }
}

/// Gives ids and brings components and edges into an order that depends on nothing but the tree.
fn sort(joined: &mut Joined) {
    let n = joined.graph.components.len();
    let mut taken: std::collections::HashMap<String, usize> = std::collections::HashMap::new();
    for at in 0..n {
        let component = &joined.graph.components[at];
        let plain = match (&component.purl, component.ecosystem) {
            (Some(purl), _) => purl.clone(),
            // A model without an id of its own got one from where it lies.
            (None, None) if component.model.is_some() => component.id.clone(),
            (None, Some(ecosystem)) => format!("{}:{}", ecosystem.purl_type(), component.name),
            (None, None) => component.name.clone(),
        };
        *taken.entry(plain.clone()).or_default() += 1;
        joined.graph.components[at].id = plain;
    }
    for at in 0..n {
        let component = &mut joined.graph.components[at];
        // Two of the project's own packages may share a name, and one may share it with a published package.
        if component.first_party && taken.get(&component.id).is_some_and(|count| *count > 1) {
            let dir = joined.dirs[at].as_deref().unwrap_or("");
            component.id = format!("{}#{}", component.id, if dir.is_empty() { "." } else { dir });
        }
        component.locations.sort();
    }
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|a, b| joined.graph.components[*a].id.cmp(&joined.graph.components[*b].id));
    let mut position = vec![0; n];
    for (new, &old) in order.iter().enumerate() {
        position[old] = new;
    }
    permute(&mut joined.graph.components, &order);
    permute(&mut joined.declared, &order);
    permute(&mut joined.install_paths, &order);
    permute(&mut joined.stated, &order);
    permute(&mut joined.dirs, &order);
    for edge in &mut joined.graph.edges {
        edge.from = position[edge.from];
        edge.to = position[edge.to];
    }
    joined.graph.edges.sort_unstable();
    joined.graph.edges.dedup();
}

fn permute<T>(items: &mut Vec<T>, order: &[usize]) {
    let mut old: Vec<Option<T>> = items.drain(..).map(Some).collect();
    items.extend(order.iter().filter_map(|&i| old[i].take()));
}
