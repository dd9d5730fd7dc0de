//! Whether material under one license may be conveyed inside a work under another, derived from the terms of both.
//!
//! The order of reasons: the same license; the version rules of the GNU family; what the license's own text allows
//! (upgrade, secondary license, compatibility list); a named partner of an exception; what an authority says; and for
//! everything else the terms themselves: a duty to keep the license, or a restriction that the other refuses.

use licit_license::know::compat::{self, Stated};
use licit_license::know::term::{Action, Facts, Modality, ScopedTerm, Terms};
use licit_license::{Knowledge, Term};
use licit_model::Category;

use crate::gnu::Gnu;

/// May it be part of the work?
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    /// Yes.
    Yes,
    /// Yes, but the whole goes out under narrower terms than the claim, or a part keeps its own.
    Narrows,
    /// The sources do not say.
    Open,
    /// No.
    No,
}

/// The answer with what it rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fitting {
    /// The answer.
    pub fit: Fit,
    /// In a sentence.
    pub why: String,
    /// Clauses of either side, as `(reference, words, source)`.
    pub clauses: Vec<(String, String, String)>,
}

impl Fitting {
    fn new(fit: Fit, why: String, terms: &[(&ScopedTerm, &str)]) -> Fitting {
        let clause = |(t, s): &(&ScopedTerm, &str)| (t.reference.clone(), t.says.clone(), (*s).to_string());
        Fitting { fit, why, clauses: terms.iter().map(clause).collect() }
    }
}

/// Whether `part` may be conveyed inside a work under `whole`.
pub fn fits(part: &Terms, whole: &Terms, know: &Knowledge) -> Fitting {
    let found = reasoned(part, whole, know);
    let opened = whole.term.with.is_some() && part.term.with != whole.term.with;
    if found.fit == Fit::Yes && opened && part.reach != licit_license::know::Reach::None {
        // A permission can be given only by those who hold the rights of every part.
        let why = format!("{}, but the exception of the whole cannot be given for it", found.why);
        return Fitting { fit: Fit::Narrows, why, ..found };
    }
    found
}

fn reasoned(part: &Terms, whole: &Terms, know: &Knowledge) -> Fitting {
    let (p, w) = (&part.term, &whole.term);
    if p.id == w.id && p.or_later == w.or_later {
        // An additional permission of the part need not be passed on.
        return Fitting::new(Fit::Yes, format!("both are under {}", w.id), &[]);
    }
    let same = |t: &'_ Terms| t.that(Modality::Must, Action::SameLicense).next().cloned();
    if let (Some(from), Some(to)) = (Gnu::of(p), Gnu::of(w)) {
        let (fit, why) = from.into_work(to);
        let mut clauses = Vec::new();
        clauses.extend(same(part).map(|t| (t.reference, t.says, part.source.clone())));
        clauses.extend(same(whole).map(|t| (t.reference, t.says, whole.source.clone())));
        return Fitting { fit, why: why.to_string(), clauses };
    }
    let led = part.relicensing().map(|(term, to)| (leads(to, w), term, to)).min_by_key(|(fit, ..)| *fit);
    if let Some((fit @ (Fit::Yes | Fit::Narrows), term, to)) = led {
        let why = format!("its own text lets it be conveyed under {to}");
        let why = if fit == Fit::Yes { why } else { format!("{why}, and under no other version") };
        return Fitting::new(fit, why, &[(term, &part.source)]);
    }
    if let Some((reference, says)) = partners(part, whole) {
        let clauses = vec![(reference, says, part.source.clone())];
        return Fitting { fit: Fit::Yes, why: "an exception names the combination".to_string(), clauses };
    }
    if let Some(said) = stated(part, whole).or_else(|| authority(part, whole, know)) {
        return said;
    }
    derived(part, whole)
}

/// Whether a relicensing target such as `GPL-3.0-or-later` leads to the license of the whole.
fn leads(target: &str, whole: &Term) -> Fit {
    if target == whole.id {
        return Fit::Yes;
    }
    match (Gnu::of(&Term::new(target)), Gnu::of(whole)) {
        (Some(target), Some(whole)) => target.into_work(whole).0,
        _ => Fit::No,
    }
}

/// An exception of either side that names the other.
fn partners(part: &Terms, whole: &Terms) -> Option<(String, String)> {
    let named = |of: &Terms, other: &Terms| {
        of.waivers
            .iter()
            .find(|w| {
                w.partners.iter().any(|p| *p == other.term.id || same_version(p, &other.term))
                    || w.actions.contains(&Action::SameLicense)
                        && w.free_only()
                        && other.class <= Category::NetworkCopyleft
            })
            .map(|w| (w.reference.clone(), w.says.clone()))
    };
    named(part, whole).or_else(|| named(whole, part))
}

/// `GPL-2.0-only` as a partner stands for a work under that version, also where later ones are allowed.
fn same_version(partner: &str, term: &Term) -> bool {
    match (Gnu::of(&Term::new(partner)), Gnu::of(term)) {
        (Some(a), Some(b)) => a.same_version(b),
        _ => false,
    }
}

/// What an authority says of this very pair.
fn stated(part: &Terms, whole: &Terms) -> Option<Fitting> {
    let said = compat::stated(&part.term.id, &whole.term.id)?;
    let fit = match said.stated {
        Stated::Yes => Fit::Yes,
        Stated::Narrows => Fit::Narrows,
        Stated::No => Fit::No,
    };
    let mut clauses = both(part, whole);
    if fit == Fit::Yes {
        clauses.clear();
    }
    clauses.push((format!("{} in {}", part.term.id, whole.term.id), said.why.clone(), said.source));
    Some(Fitting { fit, why: said.why, clauses })
}

/// The term of the part that the whole does not accept, what the part itself asks, and the ban of the whole.
fn both(part: &Terms, whole: &Terms) -> Vec<(String, String, String)> {
    let clause = |t: &ScopedTerm, source: &str| (t.reference.clone(), t.says.clone(), source.to_string());
    let refused = refused(part, whole).map(|t| clause(t, &part.source));
    let keeps = part.that(Modality::Must, Action::SameLicense).next().map(|t| clause(t, &part.source));
    let bans = whole.that(Modality::Cannot, Action::AddTerms).next().map(|t| clause(t, &whole.source));
    refused.into_iter().chain(keeps).chain(bans).collect()
}

/// What the Free Software Foundation and OSADL say of conveying inside works under the GPL; kept in each license's rule.
fn authority(part: &Terms, whole: &Terms, know: &Knowledge) -> Option<Fitting> {
    let rule = know.license(&part.term.id)?;
    let gnu = Gnu::of(&whole.term)?;
    let (two, three) = (rule.gpl2, rule.gpl3);
    let source = rule
        .sources
        .iter()
        .find(|s| s.contains("FSF") || s.contains("OSADL"))
        .cloned()
        .unwrap_or_else(|| part.source.clone());
    let said = |fit, why: &str| {
        let mut clauses = if fit == Fit::Yes { Vec::new() } else { both(part, whole) };
        clauses.push((format!("{} in {}", part.term.id, whole.term.id), why.to_string(), source.clone()));
        Some(Fitting { fit, why: why.to_string(), clauses })
    };
    // These statements are about the GPL from version 2 on. Of its relatives they say what is refused, and what plain
    // permissive terms are welcome, but not where else a copyleft license would let its material go.
    let beyond = gnu.major() < 2 || !gnu.is_gpl();
    let keeps = beyond && part.reach != licit_license::know::Reach::None;
    let (two, three) = (two.filter(|yes| !yes || !keeps), three.filter(|yes| !yes || !keeps));
    match (gnu.major(), gnu.later()) {
        // Version 1 knows the same ban on further restrictions (§6) and no more permissions than version 2.
        (1 | 2, false) => match two? {
            true => said(Fit::Yes, "known to be compatible with version 2 of the GPL"),
            false => said(Fit::No, "known to be incompatible with version 2 of the GPL"),
        },
        (1 | 2, true) => match (two, three) {
            (Some(false), Some(true)) => said(
                Fit::Narrows,
                "compatible with version 3 of the GPL only, so the whole can go out under version 3 only",
            ),
            (Some(true), _) => said(Fit::Yes, "known to be compatible with version 2 of the GPL"),
            (Some(false), _) => said(Fit::No, "known to be incompatible with version 2 of the GPL"),
            (None, _) => None,
        },
        (3, _) => match three? {
            true => said(Fit::Yes, "known to be compatible with version 3 of the GPL"),
            false => said(Fit::No, "known to be incompatible with version 3 of the GPL"),
        },
        _ => None,
    }
}

/// From the terms alone.
fn derived(part: &Terms, whole: &Terms) -> Fitting {
    if part.open {
        return Fitting::new(Fit::Open, format!("the terms of {} are not settled", part.term), &[]);
    }
    let kept = |t: &&ScopedTerm| !t.scope.is_empty() && !t.needs.holds(Facts::MODIFY);
    let own = part.that(Modality::Must, Action::SameLicense).find(kept);
    if let Some(term) = own {
        let why = format!("{} has to stay under its own license, which {} is not", part.term, whole.term);
        return Fitting::new(Fit::No, why, &[(term, &part.source)]);
    }
    let bans = whole.that(Modality::Cannot, Action::AddTerms).next();
    // Some bind changed versions only, and let them be renamed or documented instead.
    if let Some(term) = part.that(Modality::Must, Action::SameLicense).find(|t| !t.scope.is_empty()) {
        let why =
            format!("{} binds changed versions, and lets its terms be met in more than one way", part.term);
        return Fitting::new(Fit::Open, why, &[(term, &part.source)]);
    }
    // A license that covers only its own files says nothing about terms of others beside them.
    let asks = whole
        .that(Modality::Must, Action::SameLicense)
        .find(|t| !t.scope.is_empty() && whole.reach >= licit_license::know::Reach::Work);
    if let (Some(term), Some(ban)) = (refused(part, whole), bans.or(asks)) {
        let why = format!("{} adds a term that {} does not allow to be added", part.term, whole.term);
        return Fitting::new(Fit::No, why, &[(term, &part.source), (ban, &whole.source)]);
    }
    match part.class {
        Category::SourceAvailable | Category::AiCustom | Category::Proprietary | Category::Unknown => {
            Fitting::new(Fit::Open, format!("{} has terms of its own", part.term), &[])
        }
        _ => {
            Fitting::new(Fit::Yes, format!("{} asks for nothing that {} refuses", part.term, whole.term), &[])
        }
    }
}

/// The first term of the part that restricts recipients beyond what the whole allows or says itself.
fn refused<'p>(part: &'p Terms, whole: &Terms) -> Option<&'p ScopedTerm> {
    // A term that waits for a fact, such as a warranty of one's own, adds nothing as long as the fact is not given.
    part.list.iter().filter(|t| t.action.restricts() && t.needs.is_empty()).find(|t| {
        let itself = whole.list.iter().any(|w| w.action == t.action && w.modality == t.modality);
        !itself && !whole.tolerates.contains(&t.action)
    })
}
