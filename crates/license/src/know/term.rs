//! Scoped terms: what a license lets, forbids and asks, each in the situations in which it holds, with its clause.
//!
//! They are computed from the clauses in `rules/`: the kind of a clause, the class and the reach of its license give the
//! usual scope; `on`, `unless` and `needs` of a clause say where the text differs. Exceptions waive in a scope.

use licit_model::Category;

use super::scope::{Event, Form, Relation, Scope};
use super::{ClauseFact, Exception, Knowledge, License, Reach};
use crate::expression::Term;
use crate::identify::modified;

/// The force of a term.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Modality {
    /// Allowed.
    Can,
    /// Forbidden.
    Cannot,
    /// Owed.
    Must,
}

/// What a term is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Convey the covered part, or the whole, under the same license.
    SameLicense,
    /// Give the source of the covered part.
    GiveSource,
    /// Offer the source to those who use it over a network.
    OfferOverNetwork,
    /// Keep and pass on notices, license text and credits.
    KeepNotice,
    /// Say what was changed.
    StateChanges,
    /// Let the user replace or relink the library.
    Relink,
    /// Give what is needed to install a changed version on the device.
    Install,
    /// Add terms of one's own for recipients.
    AddTerms,
    /// Name the authors in advertising.
    Advertise,
    /// Protect the licensors against claims.
    Indemnify,
    /// Sue over patents without losing the rights.
    SuePatents,
    /// Accept a court or a law.
    AcceptLaw,
    /// Rename changed versions, or keep a name.
    Rename,
    /// Lock the work with technical measures.
    Lock,
    /// Use it for certain ends or by certain people.
    Use,
    /// Use it for money.
    Sell,
    /// Change it.
    Modify,
    /// Offer it to others as a service.
    Host,
    /// Use it in production.
    Produce,
    /// Convey it under another license.
    Relicense,
    /// Something that no verdict depends on.
    Other,
}

impl Action {
    /// The duty in a few words: "give the source".
    pub fn phrase(self) -> &'static str {
        match self {
            Action::SameLicense => "keep the same license",
            Action::GiveSource => "give the source",
            Action::OfferOverNetwork => "offer the source to network users",
            Action::KeepNotice => "keep notices and the license text",
            Action::StateChanges => "state changes",
            Action::Relink => "let users replace the library",
            Action::Install => "give installation information",
            Action::AddTerms => "add no further restriction",
            Action::Advertise => "name the authors in advertising",
            Action::Indemnify => "indemnify the licensors",
            Action::SuePatents => "sue over patents",
            Action::AcceptLaw => "accept the chosen law or court",
            Action::Rename => "rename changed versions",
            Action::Lock => "apply no technical measures",
            Action::Use => "use within the allowed field",
            Action::Sell => "use for commercial ends",
            Action::Modify => "make changed versions",
            Action::Host => "offer it as a service",
            Action::Produce => "use in production",
            Action::Relicense => "convey under another license",
            Action::Other => "other",
        }
    }

    /// Whether it is something that a recipient loses or owes beyond what plain permissive and copyleft licenses ask.
    pub fn restricts(self) -> bool {
        matches!(
            self,
            Action::Advertise
                | Action::Indemnify
                | Action::SuePatents
                | Action::AcceptLaw
                | Action::Lock
                | Action::Use
                | Action::Sell
                | Action::Modify
                | Action::Host
                | Action::Produce
        )
    }
}

/// Facts beside the situation that a term may wait for; a set of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Facts(u8);

impl Facts {
    /// None.
    pub const NONE: Facts = Facts(0);
    /// The thing was changed, or is part of a work that is based on it.
    pub const MODIFY: Facts = Facts(1);
    /// It is used for money.
    pub const COMMERCIAL: Facts = Facts(2);
    /// Third parties get its functions as a service.
    pub const THIRD_PARTY: Facts = Facts(4);
    /// The product competes with the licensor's.
    pub const COMPETING: Facts = Facts(8);
    /// It is inside a device for consumers.
    pub const USER_PRODUCT: Facts = Facts(16);

    /// All, with the words of `rules/` and what they ask.
    pub const ALL: [(&'static str, Facts, &'static str); 5] = [
        ("modify", Facts::MODIFY, "is it modified?"),
        ("commercial", Facts::COMMERCIAL, "is it used for commercial ends?"),
        ("third-party-service", Facts::THIRD_PARTY, "do third parties get it as a service?"),
        ("competing", Facts::COMPETING, "does the product compete with the licensor's?"),
        ("user-product", Facts::USER_PRODUCT, "does it ship inside a consumer device?"),
    ];

    /// Both sets together.
    pub const fn and(self, other: Facts) -> Facts {
        Facts(self.0 | other.0)
    }

    /// What is in this set but not in the other.
    pub const fn minus(self, other: Facts) -> Facts {
        Facts(self.0 & !other.0)
    }

    /// Whether all of the other are in this.
    pub const fn holds(self, other: Facts) -> bool {
        other.0 & !self.0 == 0
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether the two share one.
    pub const fn meets(self, other: Facts) -> bool {
        self.0 & other.0 != 0
    }

    /// The questions that these facts answer.
    pub fn questions(self) -> Vec<&'static str> {
        Facts::ALL.iter().filter(|(_, f, _)| self.meets(*f)).map(|(_, _, q)| *q).collect()
    }

    /// Reads words of `rules/`; unknown words are given back.
    pub fn parse<'w>(words: &[&'w str]) -> Result<Facts, &'w str> {
        let mut facts = Facts::NONE;
        for word in words {
            let (_, fact, _) = Facts::ALL.iter().find(|(w, ..)| w == word).ok_or(*word)?;
            facts = facts.and(*fact);
        }
        Ok(facts)
    }
}

/// One term.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopedTerm {
    /// Force.
    pub modality: Modality,
    /// About what.
    pub action: Action,
    /// Situations in which it holds, those that the text exempts already taken out.
    pub scope: Scope,
    /// Facts that have to be given too.
    pub needs: Facts,
    /// License id and clause number.
    pub reference: String,
    /// What the clause says, in our words.
    pub says: String,
    /// Licenses that a `Relicense` leads to.
    pub to: Vec<String>,
}

/// What an exception lifts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiver {
    /// Where.
    pub scope: Scope,
    /// Which actions; none means all duties.
    pub actions: Vec<Action>,
    /// With which partners only; none means with anything.
    pub partners: Vec<String>,
    /// Whether it is about a combination with partners that its text names, be they in the list or not.
    pub combination: bool,
    /// Exception id and clause.
    pub reference: String,
    /// What it says, in our words.
    pub says: String,
}

impl Waiver {
    /// Whether it lifts that action in those situations, partner or not.
    pub fn lifts(&self, action: Action, situations: Scope) -> bool {
        (self.actions.is_empty() || self.actions.contains(&action)) && self.scope.holds(situations)
    }

    /// Whether it lifts that action for everybody: an exception for a named combination helps nobody else.
    pub fn opens(&self, action: Action, situations: Scope) -> bool {
        !self.combination && self.partners.is_empty() && self.lifts(action, situations)
    }

    /// Whether its partners stand in its notice only, so that a person has to read who they are.
    pub fn unlisted(&self) -> bool {
        self.combination && self.partners.is_empty() && !self.free_only()
    }

    /// Whether it speaks of free and open source software only.
    pub fn free_only(&self) -> bool {
        self.reference.contains("FOSS") || self.reference.contains("FLOSS")
    }
}

/// Everything that a license, perhaps with an exception, says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// As it was written.
    pub term: Term,
    /// Class of the license without its exception.
    pub class: Category,
    /// Reach of the license without its exception.
    pub reach: Reach,
    /// Terms in the order of the text.
    pub list: Vec<ScopedTerm>,
    /// What the exception lifts.
    pub waivers: Vec<Waiver>,
    /// Restricting terms of others that its own text lets be added.
    pub tolerates: Vec<Action>,
    /// Whether a part of it has to be read by a person before anything can be said.
    pub open: bool,
    /// Who says so.
    pub source: String,
}

/// Relations in which the thing or a part of it is inside what is conveyed.
const INSIDE: [Relation; 10] = [
    Relation::Copied,
    Relation::Static,
    Relation::Dynamic,
    Relation::Process,
    Relation::Aggregate,
    Relation::Embedded,
    Relation::FineTuned,
    Relation::Adapter,
    Relation::Quantised,
    Relation::Merged,
];
/// Relations that make a version of the thing itself.
const VERSION: [Relation; 4] = [Relation::Copied, Relation::FineTuned, Relation::Quantised, Relation::Merged];
/// Relations that make one work with the thing.
const WORK: [Relation; 7] = [
    Relation::Copied,
    Relation::Static,
    Relation::Dynamic,
    Relation::Embedded,
    Relation::FineTuned,
    Relation::Quantised,
    Relation::Merged,
];

impl Terms {
    /// What a license says; none where nothing is known of it.
    pub fn of(term: &Term, know: &Knowledge) -> Option<Terms> {
        let Some(license) = know.license(&term.id) else { return changed(term, know) };
        let mut list: Vec<ScopedTerm> = license.clauses.iter().map(|c| from_clause(c, license)).collect();
        implied(license, &mut list);
        let mut waivers = Vec::new();
        let mut open = license.class == Category::Unknown;
        if let Some(with) = &term.with {
            match know.exception(with) {
                Some(exception) => match waiver(exception) {
                    Some(found) => waivers.extend(found),
                    None => open = true,
                },
                None => open = true,
            }
        }
        // What a clause says was read in the text; only where no text was at hand does somebody else say it.
        let source = match license.partial {
            true => license.sources.first().cloned().unwrap_or_default(),
            false => format!("text of {}", license.name),
        };
        let tolerates = license
            .clauses
            .iter()
            .filter(|c| c.kind == "tolerates")
            .flat_map(|c| c.to.iter().filter_map(|kind| Some(shape(kind, license)?.1)))
            .collect();
        let (class, reach) = (license.class, license.reach);
        Some(Terms { term: term.clone(), class, reach, list, waivers, tolerates, open, source })
    }

    /// Terms of a force and an action.
    pub fn that(&self, modality: Modality, action: Action) -> impl Iterator<Item = &ScopedTerm> {
        self.list.iter().filter(move |t| t.modality == modality && t.action == action)
    }

    /// What its own text lets it be conveyed under instead.
    pub fn relicensing(&self) -> impl Iterator<Item = (&ScopedTerm, &str)> {
        self.that(Modality::Can, Action::Relicense).flat_map(|t| t.to.iter().map(move |to| (t, to.as_str())))
    }
}

/// A known license that something restricting was added to: its terms, and a limit that a person has to read.
fn changed(term: &Term, know: &Knowledge) -> Option<Terms> {
    let base = modified::base_of(&term.id)?;
    let expr = crate::expression::Expr::parse(&base)?;
    let first = (*expr.terms().first()?).clone();
    // The id of a changed license names its base, so this goes no deeper than one step.
    let mut terms = Terms::of(&first, know).filter(|_| first.id != term.id)?;
    terms.list.push(ScopedTerm {
        modality: Modality::Cannot,
        action: Action::Use,
        scope: Scope::all(),
        needs: Facts::NONE,
        reference: format!("{base}, changed"),
        says: format!(
            "The text is that of {base} with words that restrict it; they stand beside the evidence."
        ),
        to: Vec::new(),
    });
    terms.term = term.clone();
    terms.class = Category::SourceAvailable;
    terms.waivers.clear();
    Some(terms)
}

/// The usual scope of reciprocity.
fn reciprocal(license: &License) -> Scope {
    match license.reach {
        Reach::None => Scope::NONE,
        Reach::File | Reach::Library => Scope::of(&VERSION, &[], &[Event::Convey]),
        Reach::Work | Reach::Network => Scope::of(&WORK, &[], &[Event::Convey]),
    }
}

/// Force, action, usual scope and usual facts of a kind of clause; none for a kind that no verdict depends on.
fn shape(kind: &str, license: &License) -> Option<(Modality, Action, Scope, Facts)> {
    use Modality::{Can, Cannot, Must};
    let inside = Scope::of(&INSIDE, &[], &[Event::Convey]);
    let everywhere = Scope::all();
    let hosted = Scope::of(&[], &[], &[Event::Host]);
    let linked = Scope::of(&[Relation::Static, Relation::Dynamic], &[], &[Event::Convey]);
    let served = Scope::of(&[], &[], &[Event::Production, Event::Host]);
    let compiled = inside.minus(Scope::of(&[], &[Form::Source], &[]));
    let none = Facts::NONE;
    Some(match kind {
        "reciprocity" => (Must, Action::SameLicense, reciprocal(license), none),
        "source" | "offer" => (Must, Action::GiveSource, compiled, none),
        "network" => (Must, Action::OfferOverNetwork, hosted, none),
        // What gives its rights up asks for nothing; such clauses only say how.
        "notice" | "attribution" if license.class == Category::PublicDomain => return None,
        "notice" | "attribution" | "license-copy" | "pass-through" => {
            (Must, Action::KeepNotice, inside, none)
        }
        "modification" => (Must, Action::StateChanges, inside, Facts::MODIFY),
        "relinking" => (Must, Action::Relink, linked, none),
        "installation" => (Must, Action::Install, compiled, Facts::USER_PRODUCT),
        "no-further-restriction" => (Cannot, Action::AddTerms, reciprocal(license), none),
        "advertising" => (Must, Action::Advertise, inside, none),
        "indemnity" => (Must, Action::Indemnify, inside, none),
        "patent-retaliation" => (Cannot, Action::SuePatents, everywhere, none),
        "choice-of-law" => (Must, Action::AcceptLaw, everywhere, none),
        "naming" => (Must, Action::Rename, inside, Facts::MODIFY),
        "drm" => (Cannot, Action::Lock, inside, none),
        "field-of-use" | "users" | "revenue" | "royalty" | "territory" | "use-policy" | "registration"
        | "outputs" => (Cannot, Action::Use, everywhere, none),
        "commercial" => (Cannot, Action::Sell, everywhere, Facts::COMMERCIAL),
        "derivatives" => (Cannot, Action::Modify, everywhere, Facts::MODIFY),
        "hosting" => (Cannot, Action::Host, hosted, none),
        "production" => (Cannot, Action::Produce, served, none),
        "relicense" => (Can, Action::Relicense, everywhere, none),
        _ => return None,
    })
}

/// The term of a clause.
fn from_clause(clause: &ClauseFact, license: &License) -> ScopedTerm {
    let (modality, action, usual, usually) =
        shape(&clause.kind, license).unwrap_or((Modality::Can, Action::Other, Scope::all(), Facts::NONE));
    let words = |list: &[String]| Scope::parse(&list.iter().map(String::as_str).collect::<Vec<_>>()).ok();
    let mut scope = usual;
    if !clause.on.is_empty() {
        scope = words(&clause.on).unwrap_or(usual);
    }
    if !clause.unless.is_empty() {
        scope = scope.minus(words(&clause.unless).unwrap_or_default());
    }
    let told = Facts::parse(&clause.needs.iter().map(String::as_str).collect::<Vec<_>>()).unwrap_or_default();
    let needs = if clause.needs.is_empty() { usually } else { told };
    ScopedTerm {
        modality,
        action,
        scope,
        needs,
        reference: format!("{} {}", license.id, clause.reference),
        says: clause.says.clone(),
        to: clause.to.clone(),
    }
}

/// Terms that follow from class and reach where no clause says them, so that a gap in the data never loosens a license.
fn implied(license: &License, list: &mut Vec<ScopedTerm>) {
    let mut add = |modality, action, scope, needs, says: &str, to: Vec<String>| {
        list.push(ScopedTerm {
            modality,
            action,
            scope,
            needs,
            reference: format!("{} (class and reach)", license.id),
            says: says.to_string(),
            to,
        });
    };
    let has = |list: &[ScopedTerm], action| list.iter().any(|t| t.action == action && !t.scope.is_empty());
    let copyleft = license.reach != Reach::None;
    let clauses: Vec<ScopedTerm> = license.clauses.iter().map(|c| from_clause(c, license)).collect();
    if copyleft && !has(&clauses, Action::SameLicense) {
        let says = "Versions of it are conveyed under the same license.";
        add(Modality::Must, Action::SameLicense, reciprocal(license), Facts::NONE, says, Vec::new());
    }
    if license.class == Category::NetworkCopyleft || license.reach == Reach::Network {
        // Hosting a work that is based on it asks for the work's source. That it was changed, as the AGPL wants, is
        // given where another work copies or links it.
        let relations: &[Relation] = if license.reach == Reach::Network { &WORK } else { &VERSION };
        let hosted = Scope::of(relations, &[], &[Event::Host]);
        let network = clauses.iter().find(|t| t.action == Action::OfferOverNetwork);
        let (reference, says) = network.map_or_else(
            || (format!("{} (class)", license.id), "Use over a network counts as passing it on.".to_string()),
            |t| (t.reference.clone(), t.says.clone()),
        );
        list.push(ScopedTerm {
            modality: Modality::Must,
            action: Action::SameLicense,
            scope: hosted,
            needs: Facts::NONE,
            reference,
            says,
            to: Vec::new(),
        });
    }
    let kept = matches!(license.class, Category::PublicDomain | Category::Unknown | Category::Proprietary);
    // A few permissive licenses ask for nothing; their rules say so with a clause of kind `none`.
    let free = kept || license.clauses.iter().any(|c| c.kind == "none");
    if !free && !has(&clauses, Action::KeepNotice) {
        let says = "Copies keep the copyright notice and the license.";
        let inside = Scope::of(&INSIDE, &[], &[Event::Convey]);
        list.push(ScopedTerm {
            modality: Modality::Must,
            action: Action::KeepNotice,
            scope: inside,
            needs: Facts::NONE,
            reference: format!("{} (whole text)", license.id),
            says: says.to_string(),
            to: Vec::new(),
        });
    }
    if !license.upgrade.is_empty() {
        let clause = license.clauses.iter().find(|c| {
            matches!(c.kind.as_str(), "relicense" | "reciprocity")
                && c.says.to_lowercase().contains("version")
        });
        let reference = clause.map_or_else(
            || format!("{} (compatibility clause)", license.id),
            |c| format!("{} {}", license.id, c.reference),
        );
        list.push(ScopedTerm {
            modality: Modality::Can,
            action: Action::Relicense,
            scope: Scope::all(),
            needs: Facts::NONE,
            reference,
            says: format!("May be conveyed under {} instead.", license.upgrade.join(", ")),
            to: license.upgrade.clone(),
        });
    }
}

/// What an exception lifts; none where a person has to read it.
fn waiver(exception: &Exception) -> Option<Vec<Waiver>> {
    use Action::{AddTerms, GiveSource, KeepNotice, OfferOverNetwork, Relink, SameLicense};
    let linked = [Relation::Static, Relation::Dynamic, Relation::Embedded, Relation::Generated];
    let made = [Relation::Generated, Relation::Output];
    let (usual, actions): (Scope, Vec<Action>) = match exception.waives.as_str() {
        "linking" => (Scope::of(&linked, &[], &[]), vec![SameLicense, AddTerms, Relink]),
        "generated" => (Scope::of(&made, &[], &[]), Vec::new()),
        "font-embedding" => (Scope::of(&[Relation::Embedded], &[], &[]), Vec::new()),
        "combination" => (Scope::all(), vec![SameLicense, AddTerms]),
        "copying" => (Scope::of(&[Relation::Copied], &[], &[]), Vec::new()),
        "notice" => (Scope::all(), vec![KeepNotice]),
        "source" => (Scope::all(), vec![GiveSource, OfferOverNetwork]),
        "none" => return Some(Vec::new()),
        _ => return None,
    };
    let lifting = exception.clauses.iter().find(|c| !c.on.is_empty() || !c.unless.is_empty());
    let words = |list: &[String]| Scope::parse(&list.iter().map(String::as_str).collect::<Vec<_>>()).ok();
    let mut scope = usual;
    if let Some(clause) = lifting {
        if !clause.on.is_empty() {
            scope = words(&clause.on).unwrap_or(usual);
        }
        scope = scope.minus(words(&clause.unless).filter(|_| !clause.unless.is_empty()).unwrap_or_default());
    }
    let freeing = exception.clauses.iter().find(|c| c.kind == "reciprocity");
    let clause = lifting.or(freeing).or_else(|| exception.clauses.last());
    Some(vec![Waiver {
        scope,
        actions,
        partners: exception.partners.clone(),
        combination: exception.waives == "combination",
        reference: clause
            .map_or_else(|| exception.id.clone(), |c| format!("{} {}", exception.id, c.reference)),
        says: clause
            .map(|c| c.says.clone())
            .or_else(|| exception.says.clone())
            .unwrap_or_else(|| exception.name.clone()),
    }])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expression::Expr;

    fn terms(text: &str) -> Terms {
        let expr = Expr::parse(text).unwrap();
        Terms::of(expr.terms()[0], Knowledge::embedded()).unwrap()
    }

    fn asks(terms: &Terms, action: Action, relation: Relation, event: Event) -> bool {
        let at = Scope::of(&[relation], &[Form::Object], &[event]);
        terms.that(Modality::Must, action).any(|t| t.scope.meets(at))
    }

    #[test]
    fn reach_and_class_give_the_scope_of_reciprocity() {
        let gpl = terms("GPL-3.0-only");
        assert!(asks(&gpl, Action::SameLicense, Relation::Static, Event::Convey));
        assert!(!asks(&gpl, Action::SameLicense, Relation::Process, Event::Convey));
        assert!(!asks(&gpl, Action::SameLicense, Relation::Static, Event::Host));
        let mpl = terms("MPL-2.0");
        assert!(asks(&mpl, Action::SameLicense, Relation::Copied, Event::Convey));
        assert!(!asks(&mpl, Action::SameLicense, Relation::Static, Event::Convey));
        assert!(asks(&mpl, Action::GiveSource, Relation::Static, Event::Convey));
        let agpl = terms("AGPL-3.0-only");
        assert!(asks(&agpl, Action::SameLicense, Relation::Static, Event::Host));
        assert!(!asks(&agpl, Action::SameLicense, Relation::Process, Event::Host));
    }

    #[test]
    fn an_exception_lifts_in_its_scope_only() {
        let classpath = terms("GPL-2.0-only WITH Classpath-exception-2.0");
        let at = |r| Scope::of(&[r], &[Form::Object], &[Event::Convey]);
        let lifts = |r| classpath.waivers.iter().any(|w| w.lifts(Action::SameLicense, at(r)));
        assert!(lifts(Relation::Static) && lifts(Relation::Dynamic));
        assert!(!lifts(Relation::Copied));
    }

    #[test]
    fn every_word_of_every_clause_is_known() {
        let know = Knowledge::embedded();
        let mut wrong = Vec::new();
        for (id, clauses) in know.all_clauses() {
            for clause in clauses {
                let list = |l: &[String]| l.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
                for words in [&clause.on, &clause.unless] {
                    let words: Vec<&str> = words.iter().map(String::as_str).collect();
                    if let Err(word) = Scope::parse(&words) {
                        wrong.push(format!("{id} {}: {word}", clause.reference));
                    }
                }
                let needs: Vec<&str> = clause.needs.iter().map(String::as_str).collect();
                if Facts::parse(&needs).is_err() {
                    wrong.push(format!("{id} {}: {}", clause.reference, list(&clause.needs)));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
