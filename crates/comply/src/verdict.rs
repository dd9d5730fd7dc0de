//! One component against one outbound claim in one use: the verdict, its reasons with clauses, and what is owed.
//!
//! Two questions are answered apart: whether the parts may stand in one conveyed work, and whether the claim may be
//! made for it. Own files keep their own license either way.

use std::collections::HashMap;
use std::sync::Arc;

use licit_license::know::scope::{Event, Relation, Scope};
use licit_license::know::term::{Action, Facts, Modality, ScopedTerm, Terms};
use licit_license::{Expr, Knowledge, Term};
use licit_model::Category;

use crate::compatible::{Fit, Fitting, fits};
use crate::product::Outbound;
use crate::usage::Usage;

/// The answer. Ordered: the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Nothing is owed.
    Ok,
    /// Fine if what is owed is done.
    OkWithObligations,
    /// A person has to look.
    Review,
    /// The terms cannot be met.
    Conflict,
}

impl Verdict {
    /// The word of tables and documents.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Ok => "ok",
            Verdict::OkWithObligations => "ok-with-obligations",
            Verdict::Review => "review",
            Verdict::Conflict => "conflict",
        }
    }
}

/// Why, with the clause that it rests on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reason {
    /// License id and clause; empty where no clause stands behind it.
    pub clause: String,
    /// In words.
    pub text: String,
    /// Who says so.
    pub source: String,
}

/// Something that is owed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Owed {
    /// What.
    pub action: Action,
    /// License id and clause.
    pub clause: String,
    /// In words.
    pub text: String,
}

/// Everything about one component, one claim and one use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// The answer.
    pub verdict: Verdict,
    /// Stable code: `reciprocity-conflict`, `license-incompatible`, `restricted-terms` …; empty where all is fine.
    pub code: &'static str,
    /// The answer in a sentence; empty where all is fine.
    pub message: String,
    /// What it rests on.
    pub reasons: Vec<Reason>,
    /// What is owed.
    pub owed: Vec<Owed>,
    /// Relations in which the verdict would be better.
    pub fits_when: Vec<Relation>,
    /// What a person would have to answer.
    pub questions: Vec<&'static str>,
}

impl Judged {
    fn fine(owed: Vec<Owed>) -> Judged {
        let verdict = if owed.is_empty() { Verdict::Ok } else { Verdict::OkWithObligations };
        Judged {
            verdict,
            code: "",
            message: String::new(),
            reasons: Vec::new(),
            owed,
            fits_when: Vec::new(),
            questions: Vec::new(),
        }
    }

    fn said(verdict: Verdict, code: &'static str, message: String, reasons: Vec<Reason>) -> Judged {
        Judged { verdict, code, message, reasons, ..Judged::fine(Vec::new()) }
    }
}

/// Terms of licenses, computed once each.
pub struct Book<'k> {
    /// The rules.
    pub know: &'k Knowledge,
    known: HashMap<Term, Option<Arc<Terms>>>,
    pairs: HashMap<(Term, Term), Arc<Fitting>>,
}

impl<'k> Book<'k> {
    /// An empty book over the rules.
    pub fn new(know: &'k Knowledge) -> Book<'k> {
        Book { know, known: HashMap::new(), pairs: HashMap::new() }
    }

    /// The terms of a license; none where nothing is known of it.
    pub fn terms(&mut self, term: &Term) -> Option<Arc<Terms>> {
        if let Some(known) = self.known.get(term) {
            return known.clone();
        }
        let terms = Terms::of(term, self.know).map(Arc::new);
        self.known.insert(term.clone(), terms.clone());
        terms
    }

    /// Whether one may be part of a work under the other.
    pub fn fits(&mut self, part: &Terms, whole: &Terms) -> Arc<Fitting> {
        let key = (part.term.clone(), whole.term.clone());
        if let Some(known) = self.pairs.get(&key) {
            return Arc::clone(known);
        }
        let fitting = Arc::new(fits(part, whole, self.know));
        self.pairs.insert(key, Arc::clone(&fitting));
        fitting
    }

    /// Whether a part may be conveyed inside a work under an expression: whoever receives a choice must be free to take
    /// each branch, so all branches have to fit; of licenses that apply together one that covers the part is enough.
    pub fn fits_all(&mut self, part: &Terms, whole: &Expr) -> Fitting {
        match whole {
            Expr::One(term) => match self.terms(term) {
                Some(terms) => (*self.fits(part, &terms)).clone(),
                None => Fitting {
                    fit: Fit::Open,
                    why: format!("nothing is known of {term}"),
                    clauses: Vec::new(),
                },
            },
            Expr::Or(parts) => self.each(part, parts, true),
            Expr::And(parts) => self.each(part, parts, false),
        }
    }

    fn each(&mut self, part: &Terms, wholes: &[Expr], worst: bool) -> Fitting {
        let mut chosen: Option<Fitting> = None;
        for whole in wholes {
            let found = self.fits_all(part, whole);
            let better =
                chosen.as_ref().is_none_or(|c| if worst { found.fit > c.fit } else { found.fit < c.fit });
            if better {
                chosen = Some(found);
            }
        }
        chosen.unwrap_or(Fitting { fit: Fit::Open, why: String::new(), clauses: Vec::new() })
    }
}

/// Judges licenses that apply together: the worst of them, with everything that any of them asks.
pub fn together(branch: &[&Term], outbound: &Outbound, usage: &Usage, book: &mut Book<'_>) -> Judged {
    let mut worst: Option<Judged> = None;
    let mut owed = Vec::new();
    for term in branch {
        let judged = one(term, outbound, usage, book);
        owed.extend(judged.owed.iter().cloned());
        if worst.as_ref().is_none_or(|w| judged.verdict > w.verdict) {
            worst = Some(judged);
        }
    }
    let mut judged = worst.unwrap_or_else(|| Judged::fine(Vec::new()));
    owed.sort();
    owed.dedup();
    if judged.verdict == Verdict::Ok && !owed.is_empty() {
        judged.verdict = Verdict::OkWithObligations;
    }
    judged.owed = owed;
    judged
}

/// Judges one license.
pub fn one(term: &Term, outbound: &Outbound, usage: &Usage, book: &mut Book<'_>) -> Judged {
    let Some(part) = book.terms(term) else {
        let message = format!("nothing is known of the terms of {term}; review its text");
        return Judged::said(Verdict::Review, "license-unknown", message, Vec::new());
    };
    let owed = owed(&part, usage);
    if usage.grant {
        let message =
            format!("a permission of its own is said to exist beside {term}; it has to be on record");
        return Judged { owed, ..Judged::said(Verdict::Review, "license-ambiguous", message, Vec::new()) };
    }
    let limited = restricted(&part, outbound, usage);
    let found = if limited.as_ref().is_some_and(|j| j.verdict == Verdict::Conflict) {
        limited
    } else {
        // A limit that has to be looked at must not hide that the license also asks for the work. Where only the part itself
        // stays under its terms (no reach), the limit is all that there is to say.
        let other = settled(&part, usage)
            .or_else(|| reciprocal(&part, outbound, usage, book))
            .or_else(|| fetched(&part, outbound, usage, book))
            .or_else(|| refused(&part, outbound, usage, book))
            .or_else(|| written(&part, usage));
        let asks = part.reach > licit_license::know::Reach::None;
        other.filter(|o| limited.as_ref().is_none_or(|l| asks && o.verdict > l.verdict)).or(limited)
    };
    match found {
        Some(judged) => Judged { owed, ..judged },
        None => Judged::fine(owed),
    }
}

/// What the license asks for in this use.
fn owed(part: &Terms, usage: &Usage) -> Vec<Owed> {
    let at = usage.situations();
    // A work that links or copies the part is based on it, and so a changed version in the sense of clauses on networks.
    let based = matches!(usage.relation, Relation::Copied | Relation::Static | Relation::Dynamic);
    let given = |t: &ScopedTerm| {
        let changed = if based && t.action == Action::OfferOverNetwork { Facts::MODIFY } else { Facts::NONE };
        usage.given.and(changed).holds(t.needs)
    };
    let duty = |t: &&ScopedTerm| {
        t.modality == Modality::Must
            && t.action != Action::SameLicense
            && t.scope.meets(at)
            && given(t)
            && !part.waivers.iter().any(|w| w.opens(t.action, at))
    };
    let owed = |t: &ScopedTerm| Owed { action: t.action, clause: t.reference.clone(), text: t.says.clone() };
    part.list.iter().filter(duty).map(owed).collect()
}

fn reason(term: &ScopedTerm, source: &str) -> Reason {
    Reason { clause: term.reference.clone(), text: term.says.clone(), source: source.to_string() }
}

/// Limits on use, users, sale, change and hosting.
fn restricted(part: &Terms, outbound: &Outbound, usage: &Usage) -> Option<Judged> {
    let limits = |t: &&ScopedTerm| {
        t.modality == Modality::Cannot
            && matches!(
                t.action,
                Action::Use | Action::Sell | Action::Modify | Action::Host | Action::Produce
            )
            && !t.scope.is_empty()
    };
    let all: Vec<&ScopedTerm> = part.list.iter().filter(limits).collect();
    let restricting = matches!(part.class, Category::SourceAvailable | Category::AiCustom) || !all.is_empty();
    if !restricting {
        return None;
    }
    let at = usage.situations();
    let term = &part.term;
    let active: Vec<&ScopedTerm> =
        all.iter().copied().filter(|t| t.scope.meets(at) && !t.needs.meets(usage.absent)).collect();
    let reasons = |terms: &[&ScopedTerm]| terms.iter().map(|t| reason(t, &part.source)).collect::<Vec<_>>();
    let certain: Vec<&ScopedTerm> = active
        .iter()
        .copied()
        .filter(|t| t.action != Action::Use && !t.needs.is_empty() && usage.given.holds(t.needs))
        .collect();
    // A service for third parties is what clauses on hosting are about, whatever else they wait for.
    let hosting: Vec<&ScopedTerm> = active
        .iter()
        .copied()
        .filter(|t| t.action == Action::Host && usage.given.holds(Facts::THIRD_PARTY))
        .collect();
    if let Some(limit) = certain.first().or(hosting.first()) {
        let message = format!("{term} does not allow to {}, which is what is done", limit.action.phrase());
        let terms = if certain.is_empty() { &hosting } else { &certain };
        return Some(Judged::said(Verdict::Conflict, "restricted-terms", message, reasons(terms)));
    }
    let inside = matches!(
        usage.relation,
        Relation::Copied
            | Relation::Static
            | Relation::Dynamic
            | Relation::Embedded
            | Relation::Merged
            | Relation::FineTuned
            | Relation::Quantised
    );
    let open = match outbound {
        Outbound::Licensed(expr) => !expr.terms().iter().any(|o| o.id == term.id),
        _ => false,
    };
    if usage.conveyed() && inside && open {
        // A limit on ends and users binds recipients of the part only; others take rights that the claim grants.
        let strong = match outbound {
            Outbound::Licensed(expr) => expr.terms().iter().any(|o| o.id.contains("GPL")),
            _ => false,
        };
        let mild = part.class == Category::AiCustom
            || all.iter().all(|t| t.action == Action::Use) && !all.is_empty();
        let verdict = if mild && !strong { Verdict::Review } else { Verdict::Conflict };
        let message = format!(
            "{term} restricts what recipients may do; a work that contains it cannot be offered under {outbound}"
        );
        let shown: Vec<&ScopedTerm> = if active.is_empty() { all } else { active };
        return Some(Judged::said(verdict, "restricted-terms", message, reasons(&shown)));
    }
    if active.is_empty() {
        // Custom terms that are passed on are read by a person, even where no single clause was met; and so are those whose
        // reciprocity over services binds recipients further than any open license does.
        let services =
            part.class == Category::SourceAvailable && part.reach == licit_license::know::Reach::Network;
        if usage.conveyed() && (part.class == Category::AiCustom || services) {
            let message = format!("{term} comes with terms of its own; review whether the use is allowed");
            return Some(Judged::said(Verdict::Review, "restricted-terms", message, Vec::new()));
        }
        return None;
    }
    let message = format!("{term} restricts use, users or competition; review whether this use is allowed");
    let needs = active.iter().fold(Facts::NONE, |all, t| all.and(t.needs));
    let mut judged = Judged::said(Verdict::Review, "restricted-terms", message, reasons(&active));
    judged.questions = needs.minus(usage.given).questions();
    Some(judged)
}

/// Licenses that nobody has read, and those that grant nothing.
fn settled(part: &Terms, usage: &Usage) -> Option<Judged> {
    let used = usage.conveyed() || usage.has(Event::Host) || usage.has(Event::Production);
    let term = &part.term;
    if part.class == Category::Proprietary {
        let message = format!("{term} grants nothing to the public; an agreement with its owner is needed");
        return Some(Judged::said(Verdict::Review, "no-public-license", message, Vec::new()));
    }
    (part.open && used).then(|| {
        let message = format!("the terms of {term} are not settled; review the text");
        Judged::said(Verdict::Review, "license-unknown", message, Vec::new())
    })
}

/// What the license itself asks of the work that holds it.
fn reciprocal(part: &Terms, outbound: &Outbound, usage: &Usage, book: &mut Book<'_>) -> Option<Judged> {
    let at = usage.situations();
    let lifted = |t: &ScopedTerm| {
        part.waivers.iter().any(|w| {
            let reach = t.scope.and(at);
            w.opens(Action::SameLicense, reach)
        })
    };
    let active: Vec<&ScopedTerm> = part
        .that(Modality::Must, Action::SameLicense)
        .filter(|t| t.scope.meets(at) && !t.needs.meets(usage.absent) && !lifted(t))
        .collect();
    active.first()?;
    let (fitting, whole) = match outbound {
        Outbound::Unknown => (None, "an unknown license".to_string()),
        Outbound::Proprietary => {
            let why = "proprietary terms withhold what it asks for".to_string();
            (Some(Fitting { fit: Fit::No, why, clauses: Vec::new() }), "proprietary terms".to_string())
        }
        Outbound::Licensed(expr) => (Some(book.fits_all(part, expr)), expr.to_string()),
    };
    let mut reasons: Vec<Reason> = active.iter().map(|t| reason(t, &part.source)).collect();
    let term = &part.term;
    let own = part.reach <= licit_license::know::Reach::Library;
    let what = if own { "the part that holds it" } else { "the whole work" };
    let how = usage.relation.phrase();
    let Some(fitting) = fitting else {
        let message = format!(
            "{term} asks that {what} goes out under the same terms when it is {how}; the outbound license is not known"
        );
        return Some(Judged::said(Verdict::Review, "reciprocity-review", message, reasons));
    };
    reasons.extend(fitting.clauses.iter().map(|(c, t, s)| Reason {
        clause: c.clone(),
        text: t.clone(),
        source: s.clone(),
    }));
    dedup(&mut reasons);
    let served = if usage.conveyed() { "conveyed" } else { "offered over a network" };
    let fits_when = better(part, usage);
    let (verdict, code, message) = match fitting.fit {
        Fit::Yes => return None,
        Fit::Narrows => (
            Verdict::Review,
            "outbound-narrowed",
            format!(
                "with {term} inside, the whole cannot be offered under all that {whole} promises: {}",
                fitting.why
            ),
        ),
        Fit::Open => (
            Verdict::Review,
            "reciprocity-review",
            format!(
                "{term} reaches {what} when it is {how}; the sources do not say whether {whole} satisfies it"
            ),
        ),
        Fit::No => (
            Verdict::Conflict,
            "reciprocity-conflict",
            match outbound {
                Outbound::Proprietary => format!(
                    "{term} asks that {what}, {how} and {served}, goes out under the same terms, which a proprietary product withholds"
                ),
                // That a license has to stay is what the sentence says already.
                _ if fitting.why.contains("has to stay under") => format!(
                    "{term} asks that {what}, {how} and {served}, goes out under the same terms, which {whole} is not"
                ),
                _ => format!(
                    "{term} asks that {what}, {how} and {served}, goes out under the same terms, which {whole} is not: {}",
                    fitting.why
                ),
            },
        ),
    };
    Some(Judged { fits_when, ..Judged::said(verdict, code, message, reasons) })
}

/// A product that loads what others fetch for themselves conveys no copy of it. Whether the product alone is a work based
/// on it is disputed, so what would be a conflict otherwise is a question here.
fn fetched(part: &Terms, outbound: &Outbound, usage: &Usage, book: &mut Book<'_>) -> Option<Judged> {
    if !usage.fetched {
        return None;
    }
    let judged = reciprocal(part, outbound, &usage.on(Event::Convey), book)?;
    let message = format!(
        "{} would reach the work if it were conveyed with it; others fetch it themselves, and whether the product alone is a work based on it is disputed",
        part.term
    );
    Some(Judged { verdict: Verdict::Review, code: "reciprocity-review", message, ..judged })
}

/// What the outbound license asks of every part of the work.
fn refused(part: &Terms, outbound: &Outbound, usage: &Usage, book: &mut Book<'_>) -> Option<Judged> {
    let Outbound::Licensed(expr) = outbound else { return None };
    let at = usage.situations();
    let mut worst: Option<Judged> = None;
    for term in expr.terms() {
        let Some(whole) = book.terms(term) else { continue };
        // A restricting license asks that copies of the thing stay under it, but reaches nothing that is joined to it.
        if whole.reach == licit_license::know::Reach::None {
            continue;
        }
        let asks: Vec<ScopedTerm> = whole
            .that(Modality::Must, Action::SameLicense)
            .filter(|t| t.scope.meets(at))
            .filter(|t| {
                let reach = t.scope.and(at);
                !whole.waivers.iter().any(|w| w.opens(Action::SameLicense, reach))
            })
            .cloned()
            .collect();
        let Some(ask) = asks.first() else { continue };
        let fitting = book.fits_all(part, expr);
        let (verdict, code, message) = match fitting.fit {
            Fit::Yes => continue,
            Fit::Narrows => (
                Verdict::Review,
                "outbound-narrowed",
                format!(
                    "with {} inside, the whole cannot be offered under all that {expr} promises: {}",
                    part.term, fitting.why
                ),
            ),
            Fit::Open => (
                Verdict::Review,
                "license-incompatible",
                format!("whether {} may be part of a work under {expr} is open: {}", part.term, fitting.why),
            ),
            Fit::No => (
                Verdict::Conflict,
                "license-incompatible",
                format!("{} cannot be part of a work under {expr}: {}", part.term, fitting.why),
            ),
        };
        let (verdict, message) = if usage.system_library && verdict == Verdict::Conflict {
            let but = "the exception for parts of the operating system may cover it";
            (Verdict::Review, format!("{message}; {but}, if it is not shipped together with the work"))
        } else if verdict == Verdict::Conflict
            && !crate::gnu::is_gnu(&whole.term)
            && usage.relation != Relation::Copied
            && part.class <= Category::WeakCopyleft
        {
            // Who wrote the EUPL, CeCILL or OSL speaks of works based on theirs; whether a library that is only linked
            // belongs to it, and may keep milder terms of its own, is not settled by these texts.
            let but = "whether it covers a part that is only linked is for counsel";
            (Verdict::Review, format!("{message}; {but}"))
        } else if verdict == Verdict::Conflict && whole.waivers.iter().any(|w| w.unlisted()) {
            let but = "the exception of the outbound license may name it in its notice";
            (Verdict::Review, format!("{message}; {but}"))
        } else {
            (verdict, message)
        };
        let mut reasons: Vec<Reason> = fitting
            .clauses
            .iter()
            .map(|(c, t, s)| Reason { clause: c.clone(), text: t.clone(), source: s.clone() })
            .collect();
        reasons.push(reason(ask, &whole.source));
        dedup(&mut reasons);
        let fits_when = outside(&whole, usage);
        let judged = Judged { fits_when, ..Judged::said(verdict, code, message, reasons) };
        if worst.as_ref().is_none_or(|w| judged.verdict > w.verdict) {
            worst = Some(judged);
        }
    }
    worst
}

/// Generated files may hold parts of the tool that wrote them; nobody but its exception says that they are free.
fn written(part: &Terms, usage: &Usage) -> Option<Judged> {
    let copyleft = matches!(part.class, Category::StrongCopyleft | Category::NetworkCopyleft);
    let at = usage.situations();
    let lifted = part.waivers.iter().any(|w| w.opens(Action::SameLicense, at));
    (usage.relation == Relation::Generated && copyleft && usage.conveyed() && !lifted).then(|| {
        let message = format!(
            "what a tool under {} writes is free unless parts of the tool are copied into it; review its output",
            part.term
        );
        Judged::said(Verdict::Review, "reciprocity-review", message, Vec::new())
    })
}

fn dedup(reasons: &mut Vec<Reason>) {
    let mut seen: Vec<String> = Vec::new();
    reasons.retain(|r| {
        let new = !seen.contains(&r.clause);
        seen.push(r.clause.clone());
        new
    });
}

/// Relations in which the license would not reach the work, from the closest to the loosest.
fn better(part: &Terms, usage: &Usage) -> Vec<Relation> {
    let free = |relation: &Relation| {
        let at = usage.by(*relation).situations();
        !part.that(Modality::Must, Action::SameLicense).any(|t| {
            let reach = t.scope.and(at);
            !reach.is_empty() && !part.waivers.iter().any(|w| w.opens(Action::SameLicense, reach))
        })
    };
    CLOSER.iter().copied().filter(|r| *r != usage.relation).filter(free).collect()
}

/// Relations in which the outbound license would not reach the component.
fn outside(whole: &Terms, usage: &Usage) -> Vec<Relation> {
    let reach = whole.that(Modality::Must, Action::SameLicense).fold(Scope::NONE, |all, t| all.or(t.scope));
    CLOSER
        .iter()
        .copied()
        .filter(|r| *r != usage.relation && !reach.meets(usage.by(*r).situations()))
        .collect()
}

/// Relations that a developer can choose between, from the closest to the loosest.
const CLOSER: [Relation; 5] =
    [Relation::Static, Relation::Dynamic, Relation::Process, Relation::Aggregate, Relation::Reference];
