//! Which outbound licenses a product could carry at all: every candidate held against everything that is shipped.

use licit_license::{Expr, Knowledge};
use licit_model::Graph;

use crate::choice::choose;
use crate::parts::{Part, parts, usage_of};
use crate::product::{Outbound, Plan, groups};
use crate::verdict::{Book, Verdict};

/// Licenses that are tried, from terms that give nothing to those that reach farthest.
pub const CANDIDATES: [&str; 22] = [
    "proprietary",
    "MIT",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "Apache-2.0",
    "MPL-2.0",
    "EPL-2.0",
    "CDDL-1.1",
    "LGPL-2.1-only",
    "LGPL-2.1-or-later",
    "LGPL-3.0-only",
    "LGPL-3.0-or-later",
    "EUPL-1.2",
    "CECILL-2.1",
    "GPL-2.0-only",
    "GPL-2.0-or-later",
    "GPL-3.0-only",
    "GPL-3.0-or-later",
    "OSL-3.0",
    "AGPL-3.0-only",
    "AGPL-3.0-or-later",
];

/// One row of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The candidate.
    pub outbound: String,
    /// The worst verdict over all parts.
    pub verdict: Verdict,
    /// Parts that stand against it.
    pub conflicts: usize,
    /// Parts that a person has to look at.
    pub reviews: usize,
    /// The first reasons: component id and sentence, conflicts before reviews.
    pub reasons: Vec<(String, String)>,
}

/// How many reasons of a row are kept.
const SHOWN: usize = 5;

/// The table for all products of a graph together, in the order of the candidates; and the ids of shipped components
/// whose license is not known, about which no row says anything.
pub fn table(graph: &Graph, plan: &Plan, know: &Knowledge) -> (Vec<Row>, Vec<String>) {
    let mut book = Book::new(know);
    let all = everything(graph, plan, know);
    let unknown =
        all.iter().filter(|p| p.expr.is_none()).map(|p| graph.components[p.index].id.clone()).collect();
    let mut rows = Vec::new();
    for candidate in CANDIDATES {
        let outbound = match candidate {
            "proprietary" => Outbound::Proprietary,
            text => match Expr::parse(text) {
                Some(expr) => Outbound::Licensed(expr),
                None => continue,
            },
        };
        rows.push(row(graph, &all, candidate, &outbound, &mut book));
    }
    (rows, unknown)
}

fn row(graph: &Graph, all: &[Part], candidate: &str, outbound: &Outbound, book: &mut Book<'_>) -> Row {
    let (offers, clashes, _) = choose(all, outbound, book);
    let id = |at: usize| graph.components[all[at].index].id.clone();
    let mut reasons: Vec<(Verdict, String, String)> = Vec::new();
    let mut verdict = Verdict::Ok;
    for offer in &offers {
        let judged = offer.judged();
        verdict = verdict.max(judged.verdict);
        if judged.verdict >= Verdict::Review {
            let said = offer.members.iter().map(|m| (judged.verdict, id(*m), judged.message.clone()));
            reasons.extend(said);
        }
    }
    for clash in &clashes {
        verdict = Verdict::Conflict;
        let message = format!("{} and {} cannot be conveyed in one work", clash.license, clash.other);
        reasons.push((Verdict::Conflict, id(offers[clash.asks].members[0]), message));
    }
    reasons.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));
    reasons.dedup();
    let count = |v: Verdict| reasons.iter().filter(|r| r.0 == v).count();
    let (conflicts, reviews) = (count(Verdict::Conflict), count(Verdict::Review));
    let reasons = reasons.into_iter().take(SHOWN).map(|(_, id, message)| (id, message)).collect();
    Row { outbound: candidate.to_string(), verdict, conflicts, reviews, reasons }
}

/// Every shipped component once, as the first product that holds it uses it.
fn everything(graph: &Graph, plan: &Plan, know: &Knowledge) -> Vec<Part> {
    let mut all: Vec<Part> = Vec::new();
    let mut seen = vec![false; graph.components.len()];
    for group in groups(graph, plan, know) {
        let paths = graph.paths_from(&|at| group.roots.contains(&at));
        for part in parts(graph, &paths, &group.roots, plan) {
            if !std::mem::replace(&mut seen[part.index], true) {
                all.push(part);
            }
        }
    }
    for (index, component) in graph.components.iter().enumerate() {
        if seen[index] || component.first_party || !component.scope.ships() {
            continue;
        }
        let linkage =
            component.ecosystem.map_or(licit_model::Linkage::Unknown, licit_model::Ecosystem::usual_linkage);
        let (usage, why) = usage_of(component, linkage, plan);
        let expr = component.licenses.concluded.as_deref().and_then(Expr::parse);
        let joined = usage.relation;
        all.push(Part { index, expr, usage, joined, why });
    }
    all.sort_by_key(|p| p.index);
    all
}
