//! The answer as a value: what `--format json` writes and the terminal page is made from.

use licit_comply::codes::Code;
use licit_comply::compat;
use licit_comply::lineage::definition::{Point, points, points_of};
use licit_comply::verdict::Book;
use licit_license::know::scope::Scope;
use licit_license::know::term::{Action, Facts, Modality, ScopedTerm, Terms};
use licit_license::know::{ClauseFact, Exception, License};
use licit_license::{Expr, Knowledge, Term};
use licit_model::Category;
use serde::Serialize;

use super::subject::Owner;
use super::words;

/// The document `licit/explain/1`.
#[derive(Serialize)]
pub(super) struct Document {
    pub(super) schema: &'static str,
    pub(super) asked: String,
    /// How the name was read.
    pub(super) remarks: Vec<String>,
    #[serde(flatten)]
    pub(super) answer: Answer,
    pub(super) disclaimer: &'static str,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(super) enum Answer {
    License(Box<LicenseSheet>),
    Expression(ExpressionSheet),
    Exception(ExceptionSheet),
    Clauses(ClausesSheet),
    Class(ClassSheet),
    Finding(FindingSheet),
    Pair(PairSheet),
}

#[derive(Serialize)]
pub(super) struct Word {
    pub(super) word: &'static str,
    pub(super) means: &'static str,
}

#[derive(Serialize)]
pub(super) struct LicenseSheet {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) class: Word,
    /// The class without the exception, where that is another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) class_alone: Option<&'static str>,
    pub(super) reach: Word,
    /// When reciprocity is triggered, with the clause.
    pub(super) triggers: Vec<Trigger>,
    pub(super) grant: String,
    pub(super) cannot: Vec<Said>,
    pub(super) must: Vec<Said>,
    pub(super) relicense: Vec<Said>,
    /// What no verdict depends on: patents, termination, where the reach ends.
    pub(super) also: Vec<Said>,
    /// Whether a part of it has to be read by a person.
    pub(super) review: bool,
    /// Points of the Open Source Definition that a clause touches.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) definition: Vec<PointSheet>,
    pub(super) gpl2: Option<bool>,
    pub(super) gpl3: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) with: Option<ExceptionSheet>,
    pub(super) exceptions: Vec<Beside>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) released: Option<String>,
    /// Only parts of the text were at hand.
    pub(super) partial: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) superseded: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) aliases: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) note: Option<String>,
    pub(super) sources: Vec<String>,
}

/// A point of the Open Source Definition.
#[derive(Serialize)]
pub(super) struct PointSheet {
    pub(super) number: u8,
    pub(super) title: &'static str,
    /// Whether it is a reading that a lawyer has to confirm.
    pub(super) reading: bool,
    pub(super) clauses: Vec<String>,
}

#[derive(Serialize)]
pub(super) struct Trigger {
    pub(super) clause: String,
    pub(super) when: String,
}

/// One term in words.
#[derive(Serialize)]
pub(super) struct Said {
    /// `can`, `cannot`, `must`, or `says` where no verdict depends on it.
    pub(super) force: &'static str,
    /// What it lets, forbids or asks.
    pub(super) does: &'static str,
    /// What sort of clause it is; empty where it follows from class and reach.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) sort: String,
    pub(super) clause: String,
    pub(super) says: String,
    pub(super) when: String,
    /// What an exception lifts of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) lifted: Option<String>,
    pub(super) relations: Vec<&'static str>,
    pub(super) events: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) to: Vec<String>,
    /// Limits with a measure, as `(what, words)`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) measures: Vec<(&'static str, String)>,
    /// A sentence that has to be shown or shipped word for word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) text: Option<String>,
}

#[derive(Serialize)]
pub(super) struct Beside {
    pub(super) waives: String,
    pub(super) ids: Vec<String>,
}

#[derive(Serialize)]
pub(super) struct ExpressionSheet {
    pub(super) expression: String,
    pub(super) reads: String,
    pub(super) class: Word,
    pub(super) licenses: Vec<LicenseSheet>,
}

#[derive(Serialize)]
pub(super) struct ExceptionSheet {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) waives: Word,
    /// The class and reach that remain for a work that uses the thing only as the exception allows.
    pub(super) remains: String,
    pub(super) partners: Vec<String>,
    pub(super) lifts: Vec<Lift>,
    pub(super) clauses: Vec<Said>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) note: Option<String>,
    pub(super) sources: Vec<String>,
}

#[derive(Serialize)]
pub(super) struct Lift {
    pub(super) what: String,
    pub(super) when: String,
}

#[derive(Serialize)]
pub(super) struct ClausesSheet {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) clauses: Vec<Said>,
    pub(super) sources: Vec<String>,
}

#[derive(Serialize)]
pub(super) struct ClassSheet {
    pub(super) class: Word,
    pub(super) judged: &'static str,
    pub(super) grant: &'static str,
    pub(super) licenses: Vec<String>,
    pub(super) sources: Vec<&'static str>,
}

#[derive(Serialize)]
pub(super) struct FindingSheet {
    pub(super) code: &'static str,
    pub(super) severity: &'static str,
    pub(super) title: &'static str,
    pub(super) means: &'static str,
    pub(super) matters: &'static str,
    pub(super) steps: &'static [&'static str],
    pub(super) sources: &'static [&'static str],
}

#[derive(Serialize)]
pub(super) struct PairSheet {
    pub(super) context: String,
    pub(super) verdicts: Vec<VerdictSheet>,
    pub(super) sides: Vec<SideSheet>,
}

#[derive(Serialize)]
pub(super) struct VerdictSheet {
    pub(super) outbound: String,
    pub(super) component: String,
    pub(super) verdict: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) code: &'static str,
    pub(super) message: String,
    pub(super) reasons: Vec<ReasonSheet>,
    pub(super) owed: Vec<OwedSheet>,
    pub(super) fits_when: Vec<&'static str>,
    pub(super) questions: Vec<&'static str>,
}

#[derive(Serialize)]
pub(super) struct ReasonSheet {
    pub(super) clause: String,
    pub(super) text: String,
    pub(super) source: String,
}

#[derive(Serialize)]
pub(super) struct OwedSheet {
    pub(super) duty: &'static str,
    pub(super) clause: String,
    pub(super) text: String,
}

#[derive(Serialize)]
pub(super) struct SideSheet {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) class: Word,
    pub(super) asks: Vec<Said>,
}

/// An expression: one license, or several with what joins them.
pub(super) fn expression(expr: &Expr, know: &Knowledge) -> Answer {
    let sheets: Vec<LicenseSheet> = {
        let mut seen: Vec<&Term> = Vec::new();
        let terms = expr.terms().into_iter().filter(|t| {
            let new = !seen.contains(t);
            seen.push(t);
            new
        });
        terms.filter_map(|t| license(t, know)).collect()
    };
    match expr {
        Expr::One(_) if sheets.len() == 1 => sheets
            .into_iter()
            .next()
            .map_or_else(|| several(expr, Vec::new(), know), |s| Answer::License(Box::new(s))),
        _ => several(expr, sheets, know),
    }
}

fn several(expr: &Expr, licenses: Vec<LicenseSheet>, know: &Knowledge) -> Answer {
    let reads = match expr {
        Expr::One(_) => "One license.",
        Expr::And(_) => "All of these apply together: whatever any of them asks is owed.",
        Expr::Or(_) => "Whoever receives it may choose: only the terms of the branch that is taken are owed.",
    };
    Answer::Expression(ExpressionSheet {
        expression: expr.to_string(),
        reads: reads.to_string(),
        class: class_word(expr.category(know)),
        licenses,
    })
}

fn class_word(class: Category) -> Word {
    Word { word: class.word(), means: words::class(class) }
}

/// Points of the Open Source Definition with the clauses that touch each.
fn definition(rule: &License) -> Vec<PointSheet> {
    let clauses = |number: u8| -> Vec<String> {
        let mut list: Vec<String> = Vec::new();
        for clause in &rule.clauses {
            let touched = points(clause).iter().any(|p| p.number == number);
            if touched && !list.contains(&clause.reference) {
                list.push(clause.reference.clone());
            }
        }
        list
    };
    let sheet = |p: Point| PointSheet {
        number: p.number,
        title: p.title,
        reading: p.reading,
        clauses: clauses(p.number),
    };
    points_of(&rule.clauses).into_iter().map(sheet).collect()
}

/// Everything about one license, perhaps with an exception.
pub(super) fn license(term: &Term, know: &Knowledge) -> Option<LicenseSheet> {
    let rule = know.license(&term.id)?;
    let terms = Terms::of(term, know)?;
    let (class, reach) = (term.category(know), term.reach(know));
    let all = said(&terms, rule);
    let limited = terms.list.iter().any(|t| {
        t.modality == Modality::Cannot
            && matches!(
                t.action,
                Action::Use | Action::Sell | Action::Modify | Action::Host | Action::Produce
            )
    });
    let mut sheet = LicenseSheet {
        id: term.to_string(),
        name: rule.name.clone(),
        class: class_word(class),
        class_alone: (class != rule.class).then(|| rule.class.word()),
        reach: {
            let (word, means) = words::reach(reach);
            Word { word, means }
        },
        triggers: Vec::new(),
        grant: grant(rule, limited),
        cannot: Vec::new(),
        must: Vec::new(),
        relicense: Vec::new(),
        also: Vec::new(),
        review: terms.open,
        definition: definition(rule),
        gpl2: rule.gpl2,
        gpl3: rule.gpl3,
        with: term.with.as_deref().and_then(|w| know.exception(w)).map(|e| exception(e, know)),
        exceptions: if term.with.is_some() { Vec::new() } else { beside(rule, know) },
        released: rule.released.clone(),
        partial: rule.partial,
        superseded: rule.superseded.as_ref().map(plain),
        aliases: rule.aliases.clone(),
        note: rule.note.clone(),
        sources: rule.sources.clone(),
    };
    for (term, said) in terms.list.iter().zip(all) {
        if term.modality == Modality::Must && term.action == Action::SameLicense && !term.scope.is_empty() {
            let same = |t: &Trigger| t.clause == said.clause && t.when == said.when;
            // What an exception lifts as a whole is triggered by nothing.
            if !said.when.is_empty() && !sheet.triggers.iter().any(same) {
                sheet.triggers.push(Trigger { clause: said.clause.clone(), when: said.when.clone() });
            }
        }
        match (term.modality, term.action) {
            (_, Action::Other) => sheet.also.push(said),
            (_, Action::Relicense) => {
                // What the head of the rule repeats of a clause needs no second line.
                let told = !said.to.is_empty()
                    && said.to.iter().all(|to| sheet.relicense.iter().any(|r| r.to.contains(to)));
                if !told {
                    sheet.relicense.push(said);
                }
            }
            (Modality::Cannot, _) => sheet.cannot.push(said),
            (Modality::Must | Modality::Can, _) => sheet.must.push(said),
        }
    }
    Some(sheet)
}

fn grant(rule: &License, limited: bool) -> String {
    let words = words::grant(rule.class, limited);
    match rule.clauses.is_empty() && rule.class < Category::Proprietary {
        true => format!(
            "Its clauses are not recorded. The class alone says: {words} Read the text before you rely on it."
        ),
        false => words.to_string(),
    }
}

/// Every term in words, in the order of the list; clauses come first and in their own order.
fn said(terms: &Terms, rule: &License) -> Vec<Said> {
    let model = rule.slug.is_some() || rule.class == Category::AiCustom;
    let list = terms.list.iter().enumerate();
    list.map(|(at, term)| {
        let fact = rule.clauses.get(at).filter(|c| term.reference == format!("{} {}", rule.id, c.reference));
        one(term, fact, terms, model)
    })
    .collect()
}

fn one(term: &ScopedTerm, fact: Option<&ClauseFact>, terms: &Terms, model: bool) -> Said {
    let mut left = term.scope;
    let mut lifted = None;
    for waiver in terms.waivers.iter().filter(|w| w.partners.is_empty() && !w.reference.contains("FOSS")) {
        let lifts = waiver.actions.is_empty() || waiver.actions.contains(&term.action);
        let taken = left.and(waiver.scope);
        if lifts && term.modality != Modality::Can && !taken.is_empty() {
            left = left.minus(waiver.scope);
            lifted =
                Some(format!("lifted by {} {}", waiver.reference, words::when(taken, Facts::NONE, model)));
        }
    }
    let when = match (left.is_empty(), lifted.is_some()) {
        (true, true) => String::new(),
        _ => words::when(left, term.needs, model),
    };
    Said {
        force: words::force(term.modality, term.action),
        does: words::action(term.modality, term.action),
        sort: fact.map(|f| f.kind.clone()).unwrap_or_default(),
        clause: term.reference.clone(),
        says: term.says.clone(),
        when,
        lifted,
        relations: named(left),
        events: left.events().into_iter().map(|e| e.word()).collect(),
        to: term.to.clone(),
        measures: fact.map(measures).unwrap_or_default(),
        text: fact.and_then(|f| f.text.clone()),
    }
}

fn named(scope: Scope) -> Vec<&'static str> {
    scope.relations().into_iter().map(|r| r.word()).collect()
}

/// The measurable part of a clause.
fn measures(fact: &ClauseFact) -> Vec<(&'static str, String)> {
    let mut list = Vec::new();
    let amount = match (&fact.value, &fact.rate) {
        (Some(value), _) => Some(plain(value)),
        (None, _) => fact.object.clone(),
    };
    if let Some(amount) = amount {
        let subject = fact.subject.as_deref().unwrap_or("").replace('-', " ");
        let sign = fact.operator.as_deref().unwrap_or("");
        let compared = words::operator(sign);
        // `users > 700` is a comparison; `outputs trains model` names who does what to what.
        let (subject, operator) = match compared == sign && !subject.is_empty() {
            true => (format!("{subject}:"), sign.replace('-', " ")),
            false => (subject, compared.to_string()),
        };
        let unit = fact.unit.as_deref().unwrap_or("");
        let words: Vec<&str> = [subject.as_str(), operator.as_str(), amount.as_str(), unit]
            .into_iter()
            .filter(|w| !w.is_empty())
            .collect();
        list.push(("limit", words.join(" ")));
    }
    if let Some(rate) = &fact.rate {
        let share = match rate {
            toml::Value::Float(share) if *share <= 1.0 => format!("{} %", (share * 1000.0).round() / 10.0),
            other => plain(other),
        };
        list.push(("share", share));
    }
    let more = [("counted", &fact.scope), ("measured", &fact.measured_at)];
    list.extend(more.into_iter().filter_map(|(what, text)| Some((what, text.clone()?))));
    if let Some(but) = &fact.exceptions {
        list.push(("except", plain(but)));
    }
    if let Some(effect) = fact.effect.as_deref().and_then(words::effect) {
        list.push(("effect", effect.to_string()));
    }
    list
}

/// A value of a rule as a reader would write it.
fn plain(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Integer(number) => words::thousands(*number),
        toml::Value::Array(list) => list.iter().map(plain).collect::<Vec<_>>().join("; "),
        toml::Value::Table(table) => {
            table.iter().map(|(k, v)| format!("{k}: {}", plain(v))).collect::<Vec<_>>().join("; ")
        }
        other => other.to_string(),
    }
}

/// Exceptions that are written for a license, by what they waive.
fn beside(rule: &License, know: &Knowledge) -> Vec<Beside> {
    let stem =
        rule.id.strip_suffix("-only").or_else(|| rule.id.strip_suffix("-or-later")).unwrap_or(&rule.id);
    let ids = words::WRITTEN_FOR.iter().find(|(id, _)| *id == stem).map(|(_, ids)| *ids).unwrap_or_default();
    let mut list: Vec<Beside> = Vec::new();
    for exception in ids.iter().filter_map(|id| know.exception(id)) {
        match list.iter_mut().find(|b| b.waives == exception.waives) {
            Some(same) => same.ids.push(exception.id.clone()),
            None => list.push(Beside { waives: exception.waives.clone(), ids: vec![exception.id.clone()] }),
        }
    }
    list.sort_by(|a, b| a.waives.cmp(&b.waives));
    list
}

/// Everything about an exception.
pub(super) fn exception(exception: &Exception, know: &Knowledge) -> ExceptionSheet {
    // What an exception lifts does not depend on the license it stands beside; any known one will do to read it.
    let base = Term { with: Some(exception.id.clone()), ..Term::new("GPL-2.0-only") };
    let waivers = Terms::of(&base, know).map(|t| t.waivers).unwrap_or_default();
    let lifts = waivers.iter().map(|w| {
        let what: Vec<String> = w.actions.iter().map(|a| words::lifted(*a)).collect();
        let what: Vec<&str> = what.iter().map(String::as_str).collect();
        Lift {
            what: if what.is_empty() { "every duty".to_string() } else { words::list(&what, "and") },
            when: words::when(w.scope, Facts::NONE, false),
        }
    });
    let waives = match exception.waives.as_str() {
        "linking" => "linking",
        "generated" => "generated",
        "font-embedding" => "font-embedding",
        "combination" => "combination",
        "copying" => "copying",
        "notice" => "notice",
        "source" => "source",
        "none" => "none",
        _ => "review",
    };
    let (class, reach) = (exception.effect_class.as_str(), exception.reach.as_str());
    let remains = match (class, reach) {
        ("review", _) => "a person has to say what remains".to_string(),
        ("same", "same" | "") => "class and reach of the license".to_string(),
        ("same", reach) => format!("the class of the license, reach {reach}"),
        (class, "same" | "") => format!("{class}, the reach of the license"),
        (class, reach) => format!("{class}, reach {reach}"),
    };
    let clauses = exception.clauses.iter().map(|c| Said {
        force: "says",
        does: "",
        sort: c.kind.clone(),
        clause: format!("{} {}", exception.id, c.reference),
        says: c.says.clone(),
        when: String::new(),
        lifted: None,
        relations: Vec::new(),
        events: Vec::new(),
        to: c.to.clone(),
        measures: measures(c),
        text: c.text.clone(),
    });
    ExceptionSheet {
        id: exception.id.clone(),
        name: exception.name.clone(),
        waives: Word { word: waives, means: words::waives(waives) },
        remains,
        partners: exception.partners.clone(),
        lifts: lifts.collect(),
        clauses: clauses.collect(),
        note: exception.note.clone().or_else(|| exception.says.clone()),
        sources: exception.sources.clone(),
    }
}

/// The clauses that were asked for.
pub(super) fn clauses(owner: &Owner, at: &[usize], know: &Knowledge) -> Option<Answer> {
    let (id, name, sources, all) = match owner {
        Owner::License(id) => {
            let rule = know.license(id)?;
            let terms = Terms::of(&Term::new(id), know)?;
            (id, &rule.name, &rule.sources, said(&terms, rule))
        }
        Owner::Exception(id) => {
            let rule = know.exception(id)?;
            (id, &rule.name, &rule.sources, exception(rule, know).clauses)
        }
    };
    // What class and reach add under the same number, such as the whole work of AGPL-3.0 §13, belongs to it.
    let numbers: Vec<String> = at.iter().filter_map(|i| Some(all.get(*i)?.clause.clone())).collect();
    let belongs =
        |i: usize, said: &Said| at.contains(&i) || said.sort.is_empty() && numbers.contains(&said.clause);
    let clauses = all.into_iter().enumerate().filter(|(i, s)| belongs(*i, s)).map(|(_, s)| s).collect();
    Some(Answer::Clauses(ClausesSheet {
        id: id.clone(),
        name: name.clone(),
        clauses,
        sources: sources.clone(),
    }))
}

/// A class, with the licenses that are in it.
pub(super) fn class(class: Category, know: &Knowledge) -> Answer {
    let mut licenses: Vec<String> = know
        .licenses()
        .filter(|l| l.class == class)
        .map(|l| l.slug.clone().unwrap_or_else(|| l.id.clone()))
        .collect();
    licenses.sort();
    Answer::Class(ClassSheet {
        class: class_word(class),
        judged: words::judged(class),
        grant: words::grant(class, false),
        licenses,
        sources: vec![
            "rules/README.md, the table of classes and the decisions below it",
            "the sources of each license: `licit explain LICENSE`",
        ],
    })
}

/// A finding's code.
pub(super) fn finding(code: &'static Code) -> Answer {
    Answer::Finding(FindingSheet {
        code: code.code,
        severity: code.severity.word(),
        title: code.title,
        means: code.means,
        matters: code.matters,
        steps: code.steps,
        sources: code.sources,
    })
}

/// Two licenses: the verdict each way, and what either side asks.
pub(super) fn pair(first: &Expr, second: &Expr, context: &str, know: &Knowledge) -> Answer {
    let mut book = Book::new(know);
    let mut verdicts = Vec::new();
    for (whole, part) in [(first, second), (second, first)] {
        let (outbound, component) = (whole.to_string(), part.to_string());
        let answer = match compat::outbound(&outbound, know) {
            Some(claim) => compat::ask(&claim, &component, context, &mut book),
            None => compat::unread(&outbound, 0),
        };
        let verdict = answer.word();
        let reason = |r: &licit_comply::verdict::Reason| ReasonSheet {
            clause: r.clause.clone(),
            text: r.text.clone(),
            source: r.source.clone(),
        };
        let owed = |o: &licit_comply::verdict::Owed| OwedSheet {
            duty: words::action(Modality::Must, o.action),
            clause: o.clause.clone(),
            text: o.text.clone(),
        };
        verdicts.push(VerdictSheet {
            outbound,
            component,
            verdict,
            code: answer.code,
            reasons: answer.reasons.iter().map(reason).collect(),
            owed: answer.owed.iter().map(owed).collect(),
            fits_when: answer.fits_when,
            questions: answer.questions,
            message: answer.message,
        });
    }
    let mut terms: Vec<&Term> = Vec::new();
    for term in first.terms().into_iter().chain(second.terms()) {
        if !terms.contains(&term) {
            terms.push(term);
        }
    }
    let sides = terms.into_iter().filter_map(|t| side(t, know)).collect();
    Answer::Pair(PairSheet { context: context.to_string(), verdicts, sides })
}

/// The terms of a license that decide whether it goes with another.
fn side(term: &Term, know: &Knowledge) -> Option<SideSheet> {
    let rule = know.license(&term.id)?;
    let terms = Terms::of(term, know)?;
    let decides = |t: &ScopedTerm| {
        let counts = matches!(t.action, Action::SameLicense | Action::AddTerms | Action::Relicense);
        (counts || t.action.restricts()) && !t.scope.is_empty()
    };
    let all = said(&terms, rule);
    let asks = terms.list.iter().zip(all).filter(|(t, _)| decides(t)).map(|(_, s)| s).collect();
    Some(SideSheet {
        id: term.to_string(),
        name: rule.name.clone(),
        class: class_word(term.category(know)),
        asks,
    })
}
