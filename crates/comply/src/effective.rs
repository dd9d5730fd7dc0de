//! What a package is under in effect: its own license, and those of its parts that ask for the whole work.

use std::collections::{BTreeMap, BTreeSet};

use licit_license::Term;
use licit_license::know::Reach;
use licit_license::know::scope::Relation;
use licit_license::know::term::{Action, Modality};
use licit_model::{Graph, Linkage};

use crate::choice::Offer;
use crate::parts::Part;
use crate::verdict::Book;

/// By component: licenses of its parts that reach it as a whole, each with the component that carries it.
pub(crate) fn reaching(
    graph: &Graph,
    parts: &[Part],
    offers: &[Offer],
    book: &mut Book<'_>,
) -> BTreeMap<usize, BTreeMap<Term, usize>> {
    let mut carriers: BTreeMap<Term, BTreeSet<usize>> = BTreeMap::new();
    for offer in offers {
        for term in &offer.branches[offer.taken].0 {
            let Some(terms) = book.terms(term).filter(|t| t.reach >= Reach::Work) else { continue };
            let whole = |joined: Relation| {
                let at = offer.usage.by(joined).situations();
                terms.that(Modality::Must, Action::SameLicense).any(|t| {
                    let reach = t.scope.and(at);
                    !reach.is_empty() && !terms.waivers.iter().any(|w| w.opens(Action::SameLicense, reach))
                })
            };
            let joining: Vec<Relation> = [Relation::Static, Relation::Dynamic, Relation::Copied]
                .into_iter()
                .filter(|r| whole(*r))
                .collect();
            let members = offer.members.iter().map(|m| &parts[*m]);
            let carried: Vec<usize> =
                members.filter(|p| joining.contains(&p.joined)).map(|p| p.index).collect();
            if !carried.is_empty() {
                carriers.entry(term.clone()).or_default().extend(carried);
            }
        }
    }
    let mut reached: BTreeMap<usize, BTreeMap<Term, usize>> = BTreeMap::new();
    if carriers.is_empty() {
        return reached;
    }
    let mut asked_by: Vec<Vec<usize>> = vec![Vec::new(); graph.components.len()];
    for edge in graph.edges.iter().filter(|e| e.scope.ships() && e.linkage != Linkage::None) {
        asked_by[edge.to].push(edge.from);
    }
    for (term, carriers) in carriers {
        let mut seen: BTreeSet<usize> = carriers.clone();
        let mut queue: Vec<(usize, usize)> = carriers.iter().map(|c| (*c, *c)).collect();
        while let Some((at, carrier)) = queue.pop() {
            for &from in &asked_by[at] {
                if !graph.components[from].first_party && seen.insert(from) {
                    reached.entry(from).or_default().insert(term.clone(), carrier);
                    queue.push((from, carrier));
                }
            }
        }
    }
    reached
}
