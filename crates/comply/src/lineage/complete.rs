//! Fills a case from the records: licenses of what nobody labelled, bases that no card names, families.

use licit_license::know::catalogue::{Catalogue, Entry};
use licit_model::{Derivation, MentionKind};

use super::{Ancestor, Claim, ModelCase, Part, Publisher};
use crate::company::Company;

/// How places of records begin.
pub(crate) const RECORD: &str = "rules/catalogue";

/// How places of records of a pinned revision begin: a label speaks of today, the revision decides.
pub(crate) const DATED: &str = "rules/catalogue, this revision";

/// A lineage of more models is no real one.
const MOST: usize = 64;

/// Completes a case. Cards and files go before records: a record fills gaps, and stands beside a label that differs.
pub fn complete(case: &mut ModelCase, company: &Company, catalogue: &Catalogue) {
    let owner = case.id.split_once('/').map(|(owner, _)| owner.to_ascii_lowercase());
    let ours = owner.as_ref().is_some_and(|o| company.publishes_as.iter().any(|p| p.eq_ignore_ascii_case(o)));
    if let Some(entry) = find(catalogue, &case.id, case.revision.as_deref(), false) {
        case.recorded = true;
        case.family.get_or_insert_with(|| entry.family.clone());
        case.multimodal = case.multimodal.or(entry.sure.then_some(entry.multimodal));
        own_license(case, entry);
        let id = case.id.clone();
        lineage(&mut case.chain, &id, entry);
    }
    if ours {
        case.publisher = Publisher::Own;
    } else if case.recorded || owner.is_some_and(|o| publishes(catalogue, &o)) {
        case.publisher = Publisher::Other;
    }
    let mut next = 0;
    while next < case.chain.len() && next < MOST {
        let (id, revision, dataset) =
            (case.chain[next].id.clone(), case.chain[next].revision.clone(), case.chain[next].dataset);
        if let Some(entry) = find(catalogue, &id, revision.as_deref(), dataset) {
            fill(&mut case.chain[next], entry);
            lineage(&mut case.chain, &id, entry);
        }
        next += 1;
    }
    if case.multimodal.is_none() {
        let bases: Vec<Option<bool>> =
            case.chain.iter().filter(|a| weights(a)).map(|a| a.multimodal).collect();
        case.multimodal = match bases.as_slice() {
            [] => None,
            list if list.contains(&Some(true)) => Some(true),
            list => list.iter().all(|m| *m == Some(false)).then_some(false),
        };
    }
}

fn weights(ancestor: &Ancestor) -> bool {
    !ancestor.dataset && !matches!(ancestor.derivation, Derivation::Outputs | Derivation::Distillation)
}

/// What is on record of an id: a model or dataset of the hub, a name of a library, a service.
fn find<'c>(catalogue: &'c Catalogue, id: &str, revision: Option<&str>, dataset: bool) -> Option<&'c Entry> {
    let hub = if dataset { MentionKind::HfDataset } else { MentionKind::HfModel };
    let known = catalogue.find(hub, id, revision);
    if dataset {
        return known;
    }
    known.or_else(|| catalogue.find(MentionKind::OllamaModel, id, None)).or_else(|| catalogue.service(id))
}

/// Whether any record names a model of that owner.
fn publishes(catalogue: &Catalogue, owner: &str) -> bool {
    let by = |id: &String| id.split_once('/').is_some_and(|(o, _)| o.eq_ignore_ascii_case(owner));
    catalogue.entries().any(|e| e.ids.iter().any(by))
}

fn own_license(case: &mut ModelCase, entry: &Entry) {
    let stated: Vec<String> =
        case.claims.iter().filter(|c| c.part == Part::Weights).filter_map(|c| c.license.clone()).collect();
    let dated = entry.before.is_some() || entry.pinned;
    // A label that may mean several things is settled by the record of this very model.
    if let Some(license) = &entry.license {
        for claim in case.claims.iter_mut().filter(|c| c.part == Part::Weights && !c.others.is_empty()) {
            let first = claim.license.as_deref() == Some(license);
            if first || claim.others.contains(license) {
                claim.license = Some(license.clone());
                claim.others.clear();
                return;
            }
        }
        let said = stated.contains(license);
        if stated.is_empty() || (!said && (entry.sure || dated)) {
            case.claims.push(Claim {
                part: Part::Weights,
                license: Some(license.clone()),
                others: Vec::new(),
                verbatim: license.clone(),
                place: format!("{} ({})", if dated { DATED } else { RECORD }, entry.source),
                text: false,
                sure: entry.sure,
            });
        }
    } else if stated.is_empty()
        && let Some(name) = &entry.named
    {
        case.named = Some((name.clone(), entry.limits.clone()));
    }
    if let Some(code) = &entry.code
        && !case.claims.iter().any(|c| c.part == Part::Code)
    {
        case.claims.push(Claim {
            part: Part::Code,
            license: Some(code.clone()),
            others: Vec::new(),
            verbatim: code.clone(),
            place: format!("{RECORD} ({})", entry.source),
            text: false,
            sure: entry.sure,
        });
    }
}

fn fill(ancestor: &mut Ancestor, entry: &Entry) {
    if ancestor.license.is_none() {
        ancestor.license.clone_from(&entry.license);
        if ancestor.license.is_some() {
            ancestor.told_by = format!("{}, {RECORD} ({})", ancestor.told_by, entry.source);
        } else if let Some(name) = &entry.named {
            ancestor.named = Some((name.clone(), entry.limits.clone()));
        }
    }
    ancestor.family.get_or_insert_with(|| entry.family.clone());
    ancestor.multimodal = ancestor.multimodal.or(entry.sure.then_some(entry.multimodal));
}

/// The lineage that a record states.
fn lineage(chain: &mut Vec<Ancestor>, child: &str, entry: &Entry) {
    let bases = entry.base.iter().map(|b| (b.id.as_str(), b.by, false));
    let teachers = entry.outputs_of.iter().map(|id| (id.as_str(), Derivation::Outputs, false));
    let data = entry.trained_on.iter().map(|id| (id.as_str(), Derivation::Trained, true));
    for (id, derivation, dataset) in bases.chain(teachers).chain(data) {
        let known = chain.iter().any(|a| a.id.eq_ignore_ascii_case(id)) || id.eq_ignore_ascii_case(child);
        if known || chain.len() >= MOST {
            continue;
        }
        chain.push(Ancestor {
            id: id.to_string(),
            revision: None,
            child: child.to_string(),
            derivation,
            dataset,
            license: None,
            named: None,
            family: None,
            multimodal: None,
            told_by: format!("{RECORD} ({})", entry.source),
            sure: entry.sure,
        });
    }
}
