//! Which terms reach a model: those of its own license, and those that come down from what it was made from.

use licit_license::Expr;
use licit_license::know::scope::{Event, Form, Relation, Scope};
use licit_license::know::term::{Facts, ScopedTerm, Terms};
use licit_license::know::{ClauseFact, License};
use licit_model::{Category, Clause, Derivation};

use super::words::{LicenseText, located};
use super::{Ancestor, At, Exposure, Level, ModelFinding, Part};

/// One license that reaches the model, and how.
pub(crate) struct Held<'k> {
    /// The rule.
    pub(crate) license: &'k License,
    /// Its terms, the clauses of the rule first and in their order.
    pub(crate) terms: Terms,
    /// How the model is joined to what is under it.
    pub(crate) relation: Relation,
    /// Id of the model, service or dataset that is under it.
    pub(crate) of: String,
    /// The ancestor; none for the model's own license.
    pub(crate) ancestor: Option<&'k Ancestor>,
    /// The way down to the model, in words.
    pub(crate) chain: Vec<String>,
    /// Whether it is certain that this license reaches the model.
    pub(crate) sure: bool,
    /// Whether the model was changed from what is under it.
    pub(crate) modified: bool,
    /// Whether only data are under it.
    pub(crate) dataset: bool,
    /// Where its text lies in the tree.
    pub(crate) text_at: Option<String>,
    /// Texts in which its clauses are looked for.
    pub(crate) texts: &'k [LicenseText],
}

/// Whether facts that a clause waits for are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Given {
    Yes,
    No,
    Unknown,
}

/// All licenses that reach the model.
pub(crate) fn held<'a>(at: &At<'a>) -> Vec<Held<'a>> {
    let mut list: Vec<Held<'a>> = Vec::new();
    for claim in at.case.claims.iter().filter(|c| c.part == Part::Weights) {
        let Some(text) = &claim.license else { continue };
        let chain = Vec::new();
        for (license, terms) in licenses(at, text) {
            let found = Held {
                license,
                terms,
                relation: Relation::Aggregate,
                of: at.case.id.clone(),
                ancestor: None,
                chain: chain.clone(),
                sure: claim.sure,
                modified: false,
                dataset: false,
                text_at: claim.text.then(|| claim.place.clone()),
                texts: &at.case.texts,
            };
            match list.iter_mut().find(|h| h.license.id == license.id) {
                Some(known) => known.text_at = known.text_at.take().or(found.text_at),
                None => list.push(found),
            }
        }
    }
    for ancestor in &at.case.chain {
        let Some(text) = &ancestor.license else { continue };
        let chain = way_down(at, ancestor);
        let steps = steps(at, ancestor);
        let by_outputs =
            steps.iter().any(|s| matches!(s.derivation, Derivation::Outputs | Derivation::Distillation));
        let by_data = ancestor.dataset || steps.iter().any(|s| s.dataset);
        let sure = steps.iter().all(|s| s.sure);
        for (license, terms) in licenses(at, text) {
            let derivative = license.clauses.iter().any(|c| c.code.as_deref() == Some("DERIVATIVE"));
            let relation = match ancestor.derivation {
                _ if by_data && !by_outputs => Relation::Trained,
                _ if by_outputs && !derivative => Relation::Output,
                Derivation::Adapter => Relation::Adapter,
                Derivation::Quantized => Relation::Quantised,
                Derivation::Merge => Relation::Merged,
                _ => Relation::FineTuned,
            };
            if list
                .iter()
                .any(|h| h.license.id == license.id && h.of == ancestor.id && h.relation == relation)
            {
                continue;
            }
            list.push(Held {
                license,
                terms,
                relation,
                of: ancestor.id.clone(),
                ancestor: Some(ancestor),
                chain: chain.clone(),
                sure,
                modified: true,
                dataset: by_data && !by_outputs,
                text_at: None,
                texts: &at.case.texts,
            });
        }
    }
    list
}

/// The licenses of an expression; of a choice the mildest branch.
fn licenses<'a>(at: &At<'a>, text: &str) -> Vec<(&'a License, Terms)> {
    let Some(expr) = Expr::parse(text) else { return Vec::new() };
    let worst = |branch: &Vec<&licit_license::Term>| {
        branch.iter().map(|t| t.category(at.know)).max().unwrap_or(Category::Unknown)
    };
    let Some(branch) = expr.branches().into_iter().min_by_key(worst) else { return Vec::new() };
    let known = |term: &licit_license::Term| Some((at.know.license(&term.id)?, Terms::of(term, at.know)?));
    branch.into_iter().filter_map(known).collect()
}

/// The steps from an ancestor down to the model, the ancestor's own first.
fn steps<'a>(at: &At<'a>, ancestor: &'a Ancestor) -> Vec<&'a Ancestor> {
    let mut steps = vec![ancestor];
    // A chain that runs in a circle ends where it began; the bound keeps it short.
    while steps.len() < 16 {
        let Some(last) = steps.last() else { break };
        let next = at.case.chain.iter().find(|a| a.id == last.child && a.child != a.id);
        match next {
            Some(next) if !steps.iter().any(|s| s.id == next.id) => steps.push(next),
            _ => break,
        }
    }
    steps
}

fn way_down(at: &At<'_>, ancestor: &Ancestor) -> Vec<String> {
    let step = |a: &&Ancestor| {
        let license = a.license.as_deref().unwrap_or("license not known");
        let at_revision = a.revision.as_deref().map(|r| format!("@{r}")).unwrap_or_default();
        format!(
            "{}{at_revision} ({license}) → {} by {}, as {} says",
            a.id,
            a.child,
            a.derivation.word(),
            a.told_by
        )
    };
    steps(at, ancestor).iter().map(step).collect()
}

impl<'k> Held<'k> {
    /// The clauses with their terms.
    pub(crate) fn clauses(&self) -> impl Iterator<Item = (&'k ClauseFact, &ScopedTerm)> {
        self.license.clauses.iter().zip(&self.terms.list)
    }

    /// Whether the license says that hosted access is distribution, whose conditions then hold for it.
    fn hosting_distributes(&self) -> bool {
        self.license.clauses.iter().any(|c| {
            c.kind == "boundary" && c.code.as_deref() == Some("HOSTING") && !c.says.contains("not owed")
        })
    }

    /// Whether a clause speaks of the way in which the model is used.
    pub(crate) fn reaches(&self, at: &At<'_>, clause: &ClauseFact, term: &ScopedTerm) -> bool {
        let mut events = vec![Event::Production, Event::Internal];
        match at.case.used.exposure {
            Exposure::Internal => {}
            Exposure::Hosted => {
                events.push(Event::Host);
                let passed_on =
                    matches!(clause.kind.as_str(), "license-copy" | "pass-through" | "modification");
                if passed_on && self.hosting_distributes() {
                    events.push(Event::Convey);
                }
            }
            Exposure::Distributed => events.push(Event::Convey),
        }
        let form = if self.dataset { Form::Data } else { Form::Weights };
        if !term.scope.meets(Scope::of(&[self.relation], &[form], &events)) || self.exempt(at, clause) {
            return false;
        }
        self.named_models(at, clause)
    }

    /// Whether an exception of the clause frees this use.
    fn exempt(&self, at: &At<'_>, clause: &ClauseFact) -> bool {
        let exceptions = exceptions(clause);
        let speaks = |of: &str| exceptions.iter().any(|e| e.contains(of));
        (at.case.used.end_user && (speaks("end user") || speaks("end-user")))
            || (at.hosted() && speaks("hosted service"))
    }

    /// A clause may cover some models of the license only, which the head of its scope names.
    fn named_models(&self, at: &At<'_>, clause: &ClauseFact) -> bool {
        let Some(scope) = clause.scope.as_deref().filter(|s| s.ends_with("only")) else { return true };
        if scope.starts_with("multimodal") {
            return true;
        }
        let head = scope.split(['(', ',']).next().unwrap_or(scope).to_lowercase();
        let ids = [self.of.to_lowercase(), at.case.id.to_lowercase()];
        let common = ["models", "model", "only", "the", "of", "this", "version"];
        let names = head.split_whitespace().filter(|w| w.len() > 3 && !common.contains(w));
        names
            .into_iter()
            .any(|name| ids.iter().any(|id| id.split('/').next_back().is_some_and(|n| n.contains(name))))
    }

    /// Whether the facts that a clause waits for are given.
    pub(crate) fn given(&self, at: &At<'_>, needs: Facts) -> Given {
        let mut answer = Given::Yes;
        let mut and = |one: Given| {
            answer = match (answer, one) {
                (Given::No, _) | (_, Given::No) => Given::No,
                (Given::Unknown, _) | (_, Given::Unknown) => Given::Unknown,
                _ => Given::Yes,
            };
        };
        let known = |fact: Option<bool>| match fact {
            Some(true) => Given::Yes,
            Some(false) => Given::No,
            None => Given::Unknown,
        };
        if needs.meets(Facts::MODIFY) {
            and(known(Some(self.modified)));
        }
        if needs.meets(Facts::COMMERCIAL) {
            and(known(at.commercial()));
        }
        if needs.meets(Facts::THIRD_PARTY) {
            and(known(at.hosting().map(|h| h == crate::company::Hosting::SharedInference)));
        }
        if needs.meets(Facts::COMPETING) {
            let told = at.case.used.words.to_lowercase().contains("compet");
            and(if told { Given::Yes } else { Given::Unknown });
        }
        if needs.meets(Facts::USER_PRODUCT) {
            and(known(Some(at.distributed())));
        }
        answer
    }

    /// A finding on a clause of this license. Where only parts of the text were at hand, or the lineage rests on general
    /// knowledge, nothing is worse than a review.
    pub(crate) fn finding(
        &self,
        level: Level,
        code: &'static str,
        clause: &ClauseFact,
        reason: impl Into<String>,
    ) -> ModelFinding {
        let level =
            if level == Level::Block && (self.license.partial || !self.sure) { Level::Review } else { level };
        let mut finding = ModelFinding::new(level, code, reason);
        finding.license = self.license.id.clone();
        finding.chain = self.chain.clone();
        finding.clauses.push(self.clause(clause));
        finding.sentences.extend(clause.text.clone());
        finding
    }

    /// A clause with the place of its words.
    pub(crate) fn clause(&self, clause: &ClauseFact) -> Clause {
        let source = match &self.text_at {
            Some(place) => format!("{place}; {}", self.terms.source),
            None => self.license.sources.first().cloned().unwrap_or_else(|| self.terms.source.clone()),
        };
        Clause {
            reference: format!("{} {}", self.license.id, clause.reference),
            says: clause.says.clone(),
            source,
            at: located(self.texts, &self.of, &self.license.id, clause),
        }
    }

    /// Whether it is the terms of a service that somebody else used to make what the model came from.
    pub(crate) fn service_of_others(&self, at: &At<'_>) -> bool {
        let by_others = at.case.publisher == super::Publisher::Other;
        self.license.class == Category::Proprietary
            && self.ancestor.is_some_and(|a| by_others || a.child != at.case.id)
    }

    /// Name of what carries the terms: the model, or its ancestor.
    pub(crate) fn carrier(&self) -> String {
        match self.ancestor {
            Some(a) => format!("{} ({})", a.id, self.license.name),
            None => self.license.name.clone(),
        }
    }
}

/// The exceptions of a clause, in lower case.
pub(crate) fn exceptions(clause: &ClauseFact) -> Vec<String> {
    let Some(value) = &clause.exceptions else { return Vec::new() };
    let listed = value.as_array().map(Vec::as_slice).unwrap_or_default();
    listed.iter().chain(std::iter::once(value)).filter_map(|v| v.as_str()).map(str::to_lowercase).collect()
}

/// The limit of a clause as a number.
pub(crate) fn limit(clause: &ClauseFact) -> Option<u64> {
    let value = clause.value.as_ref()?;
    let whole = value.as_integer().and_then(|n| u64::try_from(n).ok());
    whole.or_else(|| value.as_float().filter(|n| (0.0..1e18).contains(n)).map(|n| n.round() as u64))
}
