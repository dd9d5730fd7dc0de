//! What is owed when the product goes out: each duty by event and clause, with everything that causes it.

use std::collections::BTreeMap;

use licit_license::know::scope::Event;
use licit_license::know::term::Action;
use licit_model::{Graph, Method, Obligation};

use crate::choice::Offer;
use crate::parts::Part;

/// The word of a duty in documents.
pub fn word(action: Action) -> &'static str {
    match action {
        Action::GiveSource => "give-source",
        Action::OfferOverNetwork => "offer-source-to-users",
        Action::KeepNotice => "keep-notice",
        Action::StateChanges => "state-changes",
        Action::Relink => "let-relink",
        Action::Install => "give-installation-information",
        Action::Advertise => "credit-in-advertising",
        Action::Indemnify => "indemnify",
        Action::AcceptLaw => "accept-law",
        Action::Rename => "rename",
        _ => "other",
    }
}

/// Duties of a product, sorted; `into` may already hold those of another product.
pub(crate) fn collect(
    graph: &Graph,
    parts: &[Part],
    offers: &[Offer],
    into: &mut BTreeMap<(String, String, String), Obligation>,
) {
    for offer in offers {
        let event = if offer.usage.has(Event::Convey) {
            "convey"
        } else if offer.usage.has(Event::Host) {
            "host"
        } else {
            continue;
        };
        for owed in &offer.judged().owed {
            let key = (word(owed.action).to_string(), event.to_string(), owed.clause.clone());
            let entry = into.entry(key).or_insert_with(|| Obligation {
                duty: word(owed.action).to_string(),
                event: event.to_string(),
                clause: owed.clause.clone(),
                says: owed.text.clone(),
                components: Vec::new(),
                proven: Vec::new(),
            });
            for member in &offer.members {
                let component = &graph.components[parts[*member].index];
                entry.components.push(component.id.clone());
                // The text itself is what a notice is made of, so its presence is what can be proved here.
                let text = component.licenses.evidence.iter().any(|e| e.method == Method::LicenseFile);
                if owed.action == Action::KeepNotice && text {
                    entry.proven.push(component.id.clone());
                }
            }
        }
    }
}

/// Sorts and removes what two products of one repository share.
pub(crate) fn finish(all: BTreeMap<(String, String, String), Obligation>) -> Vec<Obligation> {
    let mut list: Vec<Obligation> = all.into_values().collect();
    for obligation in &mut list {
        for ids in [&mut obligation.components, &mut obligation.proven] {
            ids.sort();
            ids.dedup();
        }
    }
    list.sort();
    list
}
