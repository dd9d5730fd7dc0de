//! What a clause asks somebody to do: credit, tell, pay, register, pass on under the same terms.

use super::case::{Case, Finding};
use super::grammar::{Voice, is_payment};
use super::lexicon::{Act, act, is_leave, is_thing};
use super::topic::{Topic, topics};
use super::{ClauseKind, Modality};

/// The duties of a clause whose force is "must" or "provided that".
pub(super) fn of(case: Case<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    findings.extend(purpose(case));
    findings.extend(payment(case));
    findings.extend(notification(case));
    findings.extend(registration(case));
    findings.extend(share_alike(case));
    findings.extend(attribution(case));
    findings
}

fn duty(case: Case<'_>, kind: ClauseKind, modality: Modality, action: &'static str) -> Finding {
    Finding { kind, modality, action, range: case.whole() }
}

/// "shall be used for good, not evil", "provided that the use is non-commercial".
fn purpose(case: Case<'_>) -> Option<Finding> {
    let words = case.words;
    let (main, exception) = case.split_exception();
    let found = topics(words, main.start..exception.end);
    // What stands far from "provided that" is no longer the condition.
    let has = |topic: Topic| found.iter().any(|(t, place)| *t == topic && *place < main.start + 20);
    let used = case.whole().any(|p| act(words.at(p)) == Some(Act::Use));
    let good = words.any(case.predicate(), |w| w == "good") && words.any(case.predicate(), |w| w == "evil");
    if used && good && has(Topic::Ethics) {
        return Some(duty(case, ClauseKind::Ethical, Modality::Must, "use"));
    }
    if has(Topic::NonCommercial) && !has(Topic::Commercial) {
        return Some(duty(case, ClauseKind::NonCommercial, Modality::OnlyIf, "use"));
    }
    let personal = has(Topic::Personal) && case.marker().voice == Voice::After && used;
    personal.then(|| duty(case, ClauseKind::NonCommercial, Modality::OnlyIf, "use"))
}

/// Royalties and fees.
fn payment(case: Case<'_>) -> Option<Finding> {
    let words = case.words;
    let owed = (case.whole()).find(|p| is_payment(words.at(*p)) && words.at(p + 1) != "free")?;
    let free = matches!(words.back(owed, 1), "no" | "without" | "free" | "any" | "license")
        && !words.any(case.whole(), |w| matches!(w, "pay" | "paid" | "payable"));
    let pays = words.any(case.whole(), |w| {
        matches!(w, "pay" | "paid" | "paying" | "remit" | "owe" | "due" | "payable" | "owed" | "pays")
    });
    let subject_to = case.marker().voice == Voice::After && words.at(case.marker().at.start) == "subject";
    let permits = words.any(case.whole(), |w| {
        matches!(
            w,
            "refund"
                | "charge"
                | "charged"
                | "impose"
                | "collect"
                | "patent"
                | "patents"
                | "mutually"
                | "without"
                | "attorneys"
                | "attorney"
        )
    });
    let wages = words.at(owed) == "compensation" && case.governed().is_none_or(|p| words.at(p) != "pay");
    (!free && !permits && !wages && (pays || subject_to))
        .then(|| duty(case, ClauseKind::Royalty, Modality::Must, "pay"))
}

/// Telling the author.
pub(super) fn notification(case: Case<'_>) -> Option<Finding> {
    let words = case.words;
    let tells = |w: &str| {
        matches!(
            w,
            "notify"
                | "notified"
                | "inform"
                | "informed"
                | "tell"
                | "told"
                | "report"
                | "reported"
                | "email"
                | "send"
                | "sent"
                | "contact"
                | "contacted"
                | "alert"
                | "submit"
                | "submitted"
        )
    };
    let whom = |w: &str| {
        matches!(
            w,
            "author"
                | "authors"
                | "us"
                | "me"
                | "licensor"
                | "holder"
                | "holders"
                | "maintainer"
                | "maintainers"
                | "owner"
                | "owners"
                | "developer"
                | "developers"
                | "creator"
                | "url"
        )
    };
    let verb = case.governed().filter(|p| tells(words.at(*p)) || words.at(*p) == "contact");
    let verb = verb.or_else(|| words.find(case.marker().at.clone(), tells))?;
    let near = words.any(verb + 1..(verb + 12).min(case.whole().end), whom);
    let subject = words.any(case.subject(), whom);
    let change = words.any(case.whole(), |w| act(w).is_some() || is_thing(w) || w == "changes");
    ((near || subject) && change).then(|| duty(case, ClauseKind::Notification, Modality::Must, "notify"))
}

/// Registering before use.
fn registration(case: Case<'_>) -> Option<Finding> {
    let words = case.words;
    let verb = case.governed().filter(|p| {
        matches!(words.at(*p), "register" | "registered" | "apply" | "complete" | "fill" | "submit")
    });
    let named = words.find(case.whole(), |w| matches!(w, "registration" | "register" | "registered"));
    let about_use = words.any(case.whole(), |w| act(w).is_some() || is_leave(w) || w == "commercial");
    let by_itself = verb.is_some_and(|p| {
        matches!(words.at(p), "register" | "registered")
            && matches!(
                words.at(p + 1),
                "with" | "at" | "by" | "before" | "prior" | "for" | "to" | "here" | "online" | ""
            )
    });
    let form = verb.is_some()
        && named.is_some()
        && words.any(case.whole(), |w| matches!(w, "form" | "registration"));
    (about_use && (by_itself || form))
        .then(|| duty(case, ClauseKind::Registration, Modality::Must, "register"))
}

/// Passing on under the same terms, or with source.
fn share_alike(case: Case<'_>) -> Option<Finding> {
    let words = case.words;
    let whole = case.whole();
    let shares = case.governed().is_some_and(|p| {
        act(words.at(p)) == Some(Act::Distribute)
            || matches!(
                words.at(p),
                "license"
                    | "licensed"
                    | "made"
                    | "make"
                    | "disclose"
                    | "disclosed"
                    | "remain"
                    | "open"
                    | "provide"
                    | "relicense"
            )
    });
    let same = whole.clone().any(|p| {
        words.at(p) == "under"
            && words.any(p + 1..p + 8, |w| matches!(w, "same" | "this" | "identical" | "these"))
            || words.at(p) == "source" && matches!(words.at(p + 1), "code" | "form" | "available")
            || words.at(p) == "open" && words.at(p + 1) == "source"
    });
    let thing = words.any(whole, |w| is_thing(w) || act(w) == Some(Act::Modify) || w == "changes");
    (shares && same && thing).then(|| duty(case, ClauseKind::ShareAlike, Modality::Must, "distribute"))
}

/// Credit and notices.
fn attribution(case: Case<'_>) -> Option<Finding> {
    let words = case.words;
    let verb = |w: &str| {
        matches!(
            w,
            "retain"
                | "retained"
                | "reproduce"
                | "reproduced"
                | "include"
                | "included"
                | "preserve"
                | "preserved"
                | "display"
                | "displayed"
                | "keep"
                | "kept"
                | "give"
                | "given"
                | "provide"
                | "provided"
                | "appear"
                | "appears"
                | "contain"
                | "carry"
                | "bear"
                | "remain"
                | "show"
                | "shown"
                | "place"
                | "placed"
                | "mention"
                | "mentioned"
                | "acknowledge"
                | "acknowledged"
                | "credit"
                | "credited"
                | "cite"
                | "cited"
                | "attribute"
                | "attributed"
                | "duplicate"
                | "intact"
        )
    };
    let noun = |w: &str| {
        matches!(
            w,
            "notice"
                | "notices"
                | "copyright"
                | "credit"
                | "credits"
                | "attribution"
                | "attributions"
                | "acknowledgment"
                | "acknowledgement"
                | "citation"
                | "disclaimer"
        )
    };
    let names = |w: &str| {
        matches!(
            w,
            "author"
                | "authors"
                | "credit"
                | "name"
                | "logo"
                | "interface"
                | "paper"
                | "project"
                | "source"
                | "creator"
                | "licensor"
        )
    };
    let credits = |w: &str| {
        matches!(
            w,
            "credit"
                | "credited"
                | "cite"
                | "cited"
                | "acknowledge"
                | "acknowledged"
                | "attribute"
                | "attributed"
                | "display"
                | "displayed"
                | "mention"
                | "mentioned"
        )
    };
    let governs = |p: usize, test: &dyn Fn(&str) -> bool| test(words.at(p));
    let place = case.governed().filter(|_| case.marker().voice == Voice::Verb);
    let found = match place {
        Some(p) => {
            (governs(p, &verb) && words.any(case.whole(), noun))
                || (governs(p, &credits) && words.any(case.whole(), names))
                || (words.any(p..p + 3, credits) && words.any(case.whole(), names))
        }
        None => words.any(case.predicate(), verb) && words.any(case.predicate(), noun),
    };
    found.then(|| duty(case, ClauseKind::Attribution, Modality::Must, "credit"))
}
