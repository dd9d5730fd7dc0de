//! Decides what a sentence does: each clause by its force, and limits on users or revenue over the whole sentence.

use super::case::{Case, Finding};
use super::duty;
use super::grammar::{Clause, Force, Voice, Words, clauses, is_payment};
use super::lexicon::{Act, act};
use super::topic;
use super::{ClauseKind, Modality};

/// Judges every clause of a sentence; one that `opens` a list says with its items only what it restricts.
pub(super) fn judge(words: Words<'_>, opens: bool) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    let clauses = clauses(words);
    if clauses.is_empty() {
        return findings;
    }
    for clause in &clauses {
        let case = Case { words, clause };
        let mut found = match clause.marker.force {
            Force::Forbid => case.forbidden(),
            Force::Need => case.needed(),
            Force::Only => case.limited(),
            Force::Must => duty::of(case),
            Force::May => case.allowed(),
        };
        findings.append(&mut found);
    }
    let threshold = thresholds(words, &clauses, &mut findings);
    if threshold {
        // The limit says for whom the license is needed; that one is needed says no more.
        let leave = |f: &Finding| f.kind == ClauseKind::Royalty && f.modality == Modality::OnlyIf;
        findings.retain(|f| !leave(f) && !matches!(f.kind, ClauseKind::Other | ClauseKind::FieldOfUse));
    }
    if is_acceptance(words) {
        findings.retain(|f| !is_bare_act(f.kind));
    }
    if opens {
        findings.retain(|f| !matches!(f.kind, ClauseKind::FieldOfUse | ClauseKind::Other));
    }
    // One sentence says one thing once, however many words it takes.
    let mut kinds: Vec<ClauseKind> = Vec::new();
    findings.retain(|f| {
        let new = !kinds.contains(&f.kind);
        kinds.push(f.kind);
        new
    });
    findings
}

/// Kinds that are read from an act alone, without a topic.
fn is_bare_act(kind: ClauseKind) -> bool {
    matches!(
        kind,
        ClauseKind::NoRedistribution | ClauseKind::NoDerivatives | ClauseKind::FieldOfUse | ClauseKind::Other
    )
}

/// "If you do not agree to these terms, do not use the software" asks for nothing beyond the terms.
fn is_acceptance(words: Words<'_>) -> bool {
    (0..words.len()).any(|p| words.at(p) == "not" && matches!(words.at(p + 1), "agree" | "accept" | "wish"))
}

/// Limits on users and revenue, wherever in the sentence the consequence stands.
fn thresholds(words: Words<'_>, clauses: &[Clause], findings: &mut Vec<Finding>) -> bool {
    let all = 0..words.len();
    let users = topic::user_threshold(words, all.clone());
    let revenue = topic::revenue_threshold(words, all.clone());
    if users.is_none() && revenue.is_none() {
        return false;
    }
    let mut modality: Option<(Modality, usize)> = None;
    for (at, clause) in clauses.iter().enumerate() {
        let case = Case { words, clause };
        let found = match clause.marker.force {
            Force::Need => Some(Modality::OnlyIf),
            Force::Forbid if !case.is_ordinary() && case.acts().is_some() => Some(Modality::MayNot),
            Force::Only if !case.acts_anywhere().is_empty() => Some(Modality::OnlyIf),
            Force::Must => {
                let shows =
                    words.any(case.predicate(), |w| matches!(w, "display" | "credit" | "show" | "mention"));
                let asks = words.any(case.predicate(), |w| {
                    is_payment(w) || matches!(w, "pay" | "request" | "register" | "apply")
                });
                if asks { Some(Modality::OnlyIf) } else { shows.then_some(Modality::Must) }
            }
            Force::May if topic::is_upper_limit(words, case.whole()) => {
                let granted = words.any(case.whole(), |w| matches!(w, "free" | "licensed" | "granted"))
                    || case.governed().is_some_and(|p| act(words.at(p)) == Some(Act::Use))
                    || clause.marker.voice == Voice::Around && !case.acts_anywhere().is_empty();
                (granted && !clause.marker.weak).then_some(Modality::May)
            }
            _ => None,
        };
        if let Some(found) = found {
            modality = Some((found, at));
            break;
        }
    }
    let Some((modality, at)) = modality else { return false };
    for (kind, place) in [(ClauseKind::UserThreshold, users), (ClauseKind::RevenueThreshold, revenue)] {
        let Some(place) = place else { continue };
        let range = clauses[at].range.start.min(place)..clauses[at].range.end.max(place + 1);
        findings.push(Finding { kind, modality, action: "use", range });
    }
    true
}
