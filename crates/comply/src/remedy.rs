//! The way out: the smallest set of changes after which no conflict is left.
//!
//! A conflict on a component goes away when the component takes another version with other terms, when every direct
//! dependency that brings it in is replaced, isolated or dropped, or when the product goes out under a license that fits.
//! The search is exact: branch and bound over the conflicts, per outbound license, up to a bound that is reported.

use std::collections::{BTreeMap, BTreeSet};

use licit_license::Expr;
use licit_license::know::scope::Relation;
use licit_model::{Graph, Step, WayOut};

use crate::choice::choose;
use crate::parts::Part;
use crate::product::{Costs, Outbound};
use crate::verdict::{Book, Verdict};

/// Another version of a component, with the license that it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alternative {
    /// Version, in words: `2.6.21`, or `before 2.7.0`.
    pub version: String,
    /// SPDX expression.
    pub license: String,
    /// How many license changes lie between.
    pub steps: u32,
}

/// What is known of other versions and successors of a component.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Alternatives {
    /// Other versions.
    pub versions: Vec<Alternative>,
    /// A package that took its place, with its license.
    pub successor: Option<(String, String)>,
}

/// Where other versions of a component are known from.
pub trait Known {
    /// What is known of it.
    fn alternatives(&self, component: &licit_model::Component) -> Alternatives;
}

/// Outbound licenses that are tried when a change of it is weighed, from the mildest to the farthest reaching.
pub const CANDIDATES: [&str; 12] = [
    "MIT",
    "Apache-2.0",
    "MPL-2.0",
    "LGPL-2.1-or-later",
    "LGPL-3.0-or-later",
    "EPL-2.0",
    "GPL-2.0-only",
    "GPL-2.0-or-later",
    "GPL-3.0-only",
    "GPL-3.0-or-later",
    "AGPL-3.0-only",
    "AGPL-3.0-or-later",
];

/// Steps of the search before it stops.
const BOUND: usize = 50_000;
/// More conflicts than this are no longer weighed against each other.
const MANY: usize = 200;
/// Another outbound license that still leaves more conflicts than this is no way out.
const FEW: usize = 6;
/// So many ways are shown.
const SHOWN: usize = 3;

/// A conflict and everything that would make it go away.
struct Conflict {
    index: usize,
    /// Direct dependencies that bring it in; itself where the project asks for it.
    through: BTreeSet<usize>,
    versions: Vec<Step>,
    /// Whether a process of its own, or dynamic loading, would be enough.
    isolate: bool,
    dynamic: bool,
}

/// A change to a direct dependency, or to the version of a component.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Change {
    Version(usize, usize),
    Migrate(usize),
    Dynamic(usize),
    Isolate(usize),
    Replace(usize),
    Drop(usize),
}

/// Up to three ways out of all conflicts of a product, the cheapest first, and whether the search was cut.
pub(crate) fn ways_out(
    graph: &Graph,
    roots: &[usize],
    parts: &[Part],
    outbound: &Outbound,
    costs: &Costs,
    known: &dyn Known,
    book: &mut Book<'_>,
) -> (Vec<WayOut>, bool) {
    let bring = Bringers::new(graph, roots);
    // Ordered by cost; at the same cost the outbound license that is tried earlier asks less of others.
    let mut ways: BTreeMap<(u32, usize, Vec<String>), WayOut> = BTreeMap::new();
    let mut steps = 0;
    let root = roots.first().map(|r| graph.components[*r].id.clone()).unwrap_or_default();
    let mut tries: Vec<(Outbound, Option<Step>)> = vec![(outbound.clone(), None)];
    for candidate in CANDIDATES {
        let Some(expr) = Expr::parse(candidate) else { continue };
        let other = Outbound::Licensed(expr);
        if other != *outbound {
            let text = format!("convey the product under {candidate}");
            let step =
                Step { action: "relicense".to_string(), component: root.clone(), text, cost: costs.outbound };
            tries.push((other, Some(step)));
        }
    }
    for (number, (tried, step)) in tries.into_iter().enumerate() {
        let base = step.as_ref().map_or(0, |s| s.cost);
        // Once three cheaper ways are known, another outbound license can only lose.
        if ways.len() >= SHOWN && ways.keys().nth(SHOWN - 1).is_some_and(|(c, ..)| *c < base) {
            continue;
        }
        let Some(conflicts) = conflicts(graph, parts, &tried, number > 0, &bring, costs, known, book) else {
            // Another claim that fits this badly is no way out; that of today is then changed part by part, by hand.
            steps += if number == 0 { BOUND } else { 0 };
            continue;
        };
        let mut search =
            Search { graph, conflicts: &conflicts, costs, known, found: Vec::new(), steps: &mut steps };
        search.go(0, base, &mut Vec::new());
        let found = search.found;
        for (cost, changes) in found {
            let mut list: Vec<Step> =
                changes.iter().map(|c| write(*c, &conflicts, graph, costs, known)).collect();
            list.extend(step.clone());
            list.sort();
            let key = (cost, number, list.iter().map(|s| s.text.clone()).collect());
            ways.insert(key, WayOut { cost, steps: list, minimal: true });
        }
    }
    let cut = steps >= BOUND;
    let mut best: Vec<WayOut> = Vec::new();
    for (_, mut way) in ways {
        if way.steps.is_empty() {
            continue;
        }
        // Of relicensings at the same price the first, which asks least of others, stands for all.
        let same_kind = |w: &WayOut| {
            w.cost == way.cost
                && w.steps.len() == way.steps.len()
                && w.steps
                    .iter()
                    .zip(&way.steps)
                    .all(|(a, b)| a.action == b.action && a.component == b.component)
        };
        if best.iter().any(same_kind) {
            continue;
        }
        way.minimal = !cut && best.iter().all(|b| b.cost <= way.cost);
        best.push(way);
        if best.len() == SHOWN {
            break;
        }
    }
    (best, cut)
}

/// Who asks for whom among what ships, and what the project asks for itself.
struct Bringers {
    asked_by: Vec<Vec<usize>>,
    direct: Vec<bool>,
}

impl Bringers {
    fn new(graph: &Graph, roots: &[usize]) -> Bringers {
        let n = graph.components.len();
        let (mut asked_by, mut direct, mut own) = (vec![Vec::new(); n], vec![false; n], vec![false; n]);
        let start = |at: usize| graph.edges.partition_point(|e| e.from < at);
        // The project's own packages are changed as one; what any of them asks for is direct.
        let mut queue: Vec<usize> = roots.to_vec();
        roots.iter().for_each(|r| own[*r] = true);
        while let Some(at) = queue.pop() {
            let asked = graph.edges[start(at)..].iter().take_while(|e| e.from == at && e.from < n);
            for edge in asked.filter(|e| e.scope.ships()) {
                if !graph.components[edge.to].first_party {
                    direct[edge.to] = true;
                } else if !std::mem::replace(&mut own[edge.to], true) {
                    queue.push(edge.to);
                }
            }
        }
        for edge in graph.edges.iter().filter(|e| e.scope.ships()) {
            if !graph.components[edge.from].first_party {
                asked_by[edge.to].push(edge.from);
            }
        }
        Bringers { asked_by, direct }
    }

    /// The direct dependencies that bring a component in; itself where the project asks for it.
    fn of(&self, component: usize) -> BTreeSet<usize> {
        let mut seen = vec![false; self.direct.len()];
        seen[component] = true;
        let mut queue = vec![component];
        let mut through = BTreeSet::new();
        while let Some(at) = queue.pop() {
            if self.direct[at] {
                through.insert(at);
            }
            for &from in &self.asked_by[at] {
                if !std::mem::replace(&mut seen[from], true) {
                    queue.push(from);
                }
            }
        }
        // What no path of this product reaches stands for itself.
        if through.is_empty() { BTreeSet::from([component]) } else { through }
    }
}

#[expect(clippy::too_many_arguments, reason = "everything that a conflict depends on")]
fn conflicts(
    graph: &Graph,
    parts: &[Part],
    outbound: &Outbound,
    // A new claim has to be sound in all that licenses ask of it; what was open before may stay open.
    strict: bool,
    bring: &Bringers,
    costs: &Costs,
    known: &dyn Known,
    book: &mut Book<'_>,
) -> Option<Vec<Conflict>> {
    let (offers, clashes, _) = choose(parts, outbound, book);
    let mut bad: BTreeMap<usize, (bool, bool)> = BTreeMap::new();
    let stands_against = |judged: &crate::verdict::Judged| {
        let doubtful =
            ["outbound-narrowed", "reciprocity-review", "license-incompatible"].contains(&judged.code);
        judged.verdict == Verdict::Conflict || strict && judged.verdict == Verdict::Review && doubtful
    };
    for offer in offers.iter().filter(|o| stands_against(o.judged())) {
        let loose = &offer.judged().fits_when;
        let apart = (loose.contains(&Relation::Process), loose.contains(&Relation::Dynamic));
        bad.extend(offer.members.iter().map(|m| (parts[*m].index, apart)));
    }
    for clash in &clashes {
        // Either side may go; the one that asks for the whole work is the one that collides with all others.
        for member in &offers[clash.asks].members {
            bad.entry(parts[*member].index).or_insert((true, false));
        }
    }
    if bad.len() > if strict { FEW } else { MANY } {
        return None;
    }
    let mut list = Vec::new();
    for (index, (isolate, dynamic)) in bad {
        let component = &graph.components[index];
        let through = bring.of(index);
        let usage = parts.iter().find(|p| p.index == index).map(|p| p.usage);
        let mut versions = Vec::new();
        for alternative in known.alternatives(component).versions {
            let Some(usage) = usage else { continue };
            let answer = crate::compat::weigh(outbound, &alternative.license, &usage, book);
            if answer.verdict <= Verdict::OkWithObligations {
                versions.push(Step {
                    action: "version".to_string(),
                    component: component.id.clone(),
                    text: format!(
                        "use {} {}, which is under {}",
                        component.name, alternative.version, alternative.license
                    ),
                    cost: costs.version.saturating_mul(alternative.steps.max(1)),
                });
            }
        }
        list.push(Conflict { index, through, versions, isolate, dynamic });
    }
    // Those with the fewest ways out are settled first, which keeps the search small.
    list.sort_by_key(|c| (c.through.len(), c.index));
    Some(list)
}

struct Search<'s> {
    graph: &'s Graph,
    conflicts: &'s [Conflict],
    costs: &'s Costs,
    known: &'s dyn Known,
    /// The cheapest sets so far, the cheapest first.
    found: Vec<(u32, Vec<Change>)>,
    steps: &'s mut usize,
}

impl Search<'_> {
    fn go(&mut self, at: usize, cost: u32, changes: &mut Vec<Change>) {
        *self.steps += 1;
        if *self.steps > BOUND || self.found.len() >= SHOWN && self.found[SHOWN - 1].0 <= cost {
            return;
        }
        let Some(next) = (at..self.conflicts.len()).find(|n| !self.cured(&self.conflicts[*n], changes))
        else {
            let mut set = changes.clone();
            set.sort();
            if !self.found.iter().any(|(_, known)| *known == set) {
                self.found.push((cost, set));
                self.found.sort();
                self.found.truncate(SHOWN);
            }
            return;
        };
        let conflict = &self.conflicts[next];
        let mut options: Vec<(u32, Vec<Change>)> = conflict
            .versions
            .iter()
            .enumerate()
            .map(|(n, v)| (v.cost, vec![Change::Version(conflict.index, n)]))
            .collect();
        let left: Vec<usize> =
            conflict.through.iter().copied().filter(|d| !changes.iter().any(|c| removes(*c, *d))).collect();
        let direct = conflict.through.len() == 1 && conflict.through.contains(&conflict.index);
        let each = |make: fn(usize) -> Change, price: u32| {
            (price.saturating_mul(left.len() as u32), left.iter().map(|d| make(*d)).collect::<Vec<_>>())
        };
        if left.iter().all(|d| self.known.alternatives(&self.graph.components[*d]).successor.is_some()) {
            options.push(each(Change::Migrate, self.costs.migrate));
        }
        if conflict.dynamic && direct {
            options.push(each(Change::Dynamic, self.costs.edge));
        }
        options.push(each(Change::Replace, self.costs.migrate + self.costs.add));
        if conflict.isolate {
            options.push(each(Change::Isolate, self.costs.edge));
        }
        options.push(each(Change::Drop, self.costs.drop));
        options.sort();
        for (price, added) in options {
            let length = changes.len();
            changes.extend(added);
            self.go(next + 1, cost.saturating_add(price), changes);
            changes.truncate(length);
        }
    }

    fn cured(&self, conflict: &Conflict, changes: &[Change]) -> bool {
        let version = changes.iter().any(|c| matches!(c, Change::Version(at, _) if *at == conflict.index));
        version
            || conflict.through.iter().all(|d| {
                changes.iter().any(|c| match c {
                    Change::Isolate(at) => at == d && conflict.isolate,
                    Change::Dynamic(at) => at == d && conflict.dynamic && conflict.index == *d,
                    other => removes(*other, *d),
                })
            })
    }
}

/// Whether a change takes a direct dependency out of the product.
fn removes(change: Change, direct: usize) -> bool {
    matches!(change, Change::Migrate(at) | Change::Replace(at) | Change::Drop(at) if at == direct)
}

fn write(change: Change, conflicts: &[Conflict], graph: &Graph, costs: &Costs, known: &dyn Known) -> Step {
    let of = |at: usize| &graph.components[at];
    // A transitive package is out of the project's hands; the sentence says what the step is for.
    let brings = |at: usize| {
        let brought: Vec<&str> = conflicts
            .iter()
            .filter(|c| c.through.contains(&at) && c.index != at)
            .map(|c| of(c.index).name.as_str())
            .collect();
        match brought.as_slice() {
            [] => String::new(),
            [one] => format!(", which brings in {one},"),
            [first, rest @ ..] => format!(", which brings in {first} and {} more,", rest.len()),
        }
    };
    let step = |action: &str, at: usize, text: String, cost: u32| Step {
        action: action.to_string(),
        component: of(at).id.clone(),
        text,
        cost,
    };
    match change {
        Change::Version(at, n) => {
            let found = conflicts.iter().find(|c| c.index == at).and_then(|c| c.versions.get(n));
            found.cloned().unwrap_or_else(|| {
                step("version", at, format!("use another version of {}", of(at).name), costs.version)
            })
        }
        Change::Migrate(at) => {
            let to = known.alternatives(of(at)).successor;
            let to = to
                .map_or_else(|| "its successor".to_string(), |(name, license)| format!("{name} ({license})"));
            step("migrate", at, format!("move from {} to {to}", of(at).name), costs.migrate)
        }
        Change::Dynamic(at) => step(
            "link-dynamically",
            at,
            format!("load {} as a library that the user can replace", of(at).name),
            costs.edge,
        ),
        Change::Isolate(at) => {
            let text = format!(
                "run {}{} as a separate program that exchanges only plain data; review with counsel",
                of(at).name,
                brings(at)
            );
            step("isolate", at, text, costs.edge)
        }
        Change::Replace(at) => {
            let text = format!("replace {}{} by a package under terms that fit", of(at).name, brings(at));
            step("replace", at, text, costs.migrate + costs.add)
        }
        Change::Drop(at) => step(
            "drop",
            at,
            format!("do without {}{}", of(at).name, brings(at).trim_end_matches(',')),
            costs.drop,
        ),
    }
}
