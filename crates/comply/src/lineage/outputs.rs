//! What the outputs of a model may train, and what models that were made so have to be called.

use licit_license::know::ClauseFact;
use licit_license::know::scope::Relation;

use super::flow::{Held, exceptions};
use super::{At, Level, ModelFinding, Publisher};
use crate::company::Trains;

/// Judges the clauses on outputs and names.
pub(crate) fn judge(at: &At<'_>, held: &Held<'_>, findings: &mut Vec<ModelFinding>) {
    if held.dataset {
        return;
    }
    for (clause, term) in held.clauses() {
        if clause.kind == "boundary" {
            continue;
        }
        match clause.finding_code() {
            "OUTPUT-TRAIN" => findings.extend(training(at, held, clause)),
            "OUTPUT-NC" => findings.extend(ends(at, held, clause)),
            "NAMING" if clause.kind == "naming" => {
                let model = held.reaches(at, clause, term) && held.modified;
                findings.extend(if model {
                    naming(at, held, clause)
                } else {
                    trained_name(at, held, clause)
                });
            }
            _ => {}
        }
    }
}

/// Whether the model was made from outputs of what is under the license, or its own outputs train another.
fn taught(at: &At<'_>, held: &Held<'_>) -> (bool, bool) {
    let by_outputs = held.ancestor.is_some_and(|a| {
        use licit_model::Derivation::{Distillation, Outputs};
        matches!(a.derivation, Outputs | Distillation)
    }) || held.relation == Relation::Output;
    // Where a teacher is named, what was told of training is about it.
    let teacher = at.case.chain.iter().any(|a| {
        use licit_model::Derivation::{Distillation, Outputs};
        matches!(a.derivation, Outputs | Distillation) && a.child == at.case.id
    });
    (by_outputs, !teacher && matches!(at.trains(), Some(Trains::Other | Trains::SameFamily)))
}

fn training(at: &At<'_>, held: &Held<'_>, clause: &ClauseFact) -> Option<ModelFinding> {
    let (made, trains) = taught(at, held);
    if !made && !trains {
        return None;
    }
    // What somebody said outright goes before what is computed.
    let same = match at.trains() {
        Some(Trains::SameFamily) => true,
        Some(Trains::Other) => false,
        _ => made && same_family(at, held),
    };
    let exempt = exceptions(clause);
    let family = exempt.iter().any(|e| !e.contains("non-commercial"));
    if same && family {
        return None;
    }
    if exempt.iter().any(|e| e.contains("non-commercial")) && at.commercial() == Some(false) {
        return None;
    }
    let object = clause.object.as_deref().unwrap_or("other model");
    let any = if object.starts_with("any") { "" } else { "any " };
    let by = held.carrier();
    let what = if made {
        format!("{} learnt from outputs of {}", at.case.id, held.of)
    } else {
        format!("outputs of {} train another model", at.case.id)
    };
    let reason = format!(
        "{by}: outputs may not improve {any}{object}, and {what}; the license of the model that is trained does not matter"
    );
    let finding = if held.service_of_others(at) {
        held.finding(Level::Info, "OUTPUT-TRAIN", clause, reason)
            .asking("Did the company use the service itself? Its terms bind its customers; that others are free is a reading.")
    } else if object.starts_with("competitive") {
        let told = at.case.used.words.to_lowercase().contains("compet");
        let level = if told { Level::Block } else { Level::Review };
        held.finding(level, "OUTPUT-TRAIN", clause, reason)
            .asking("Does the model that is trained compete with the owner's?")
    } else if object.contains("language model") && other_kind(at) {
        held.finding(Level::Review, "OUTPUT-TRAIN", clause, reason)
            .asking("Is the model that is trained a large language model?")
    } else if !made && at.trains() == Some(Trains::SameFamily) {
        held.finding(Level::Review, "OUTPUT-TRAIN", clause, reason)
    } else {
        held.finding(Level::Block, "OUTPUT-TRAIN", clause, reason)
    };
    Some(
        finding
            .out("another-teacher", "take outputs of a model whose license allows training with them, such as one under Apache-2.0")
            .out("same-family", "train a model that the clause exempts")
            .out("ask-owner", "ask the owner for permission"),
    )
}

/// Whether the model that learns is of the teacher's own family: made from what is under the same license.
fn same_family(at: &At<'_>, held: &Held<'_>) -> bool {
    use licit_model::Derivation::{Distillation, Outputs};
    let teacher = held.ancestor.and_then(|a| a.family.as_deref());
    at.case.chain.iter().any(|a| {
        let student = !matches!(a.derivation, Outputs | Distillation) && !a.dataset;
        let license = a.license.as_deref() == Some(held.license.id.as_str());
        student && (license || (teacher.is_some() && a.family.as_deref() == teacher))
    })
}

/// Whether words of the use say that what is trained is something else than a language model.
fn other_kind(at: &At<'_>) -> bool {
    const WORDS: [&str; 10] = [
        "classifier",
        "embedding",
        "encoder",
        "reranker",
        "re-ranker",
        "bert",
        "image model",
        "vision model",
        "speech",
        "regression",
    ];
    let words = at.case.used.words.to_lowercase();
    WORDS.iter().any(|w| words.contains(w))
}

fn ends(at: &At<'_>, held: &Held<'_>, clause: &ClauseFact) -> Option<ModelFinding> {
    let (made, _) = taught(at, held);
    if !made
        || at.commercial() == Some(false)
        || at.company.holds(&held.license.id, held.license.slug.as_deref())
    {
        return None;
    }
    let reason = format!(
        "{}: outputs of {} are for research or non-commercial ends, and {} was made from them",
        held.carrier(),
        held.of,
        at.case.id
    );
    let sure = at.commercial() == Some(true) && clause.effect.as_deref() == Some("block");
    let finding = held.finding(if sure { Level::Block } else { Level::Review }, "NC-USE", clause, reason);
    let finding = if at.commercial().is_none() { finding.asking("Is the use commercial?") } else { finding };
    Some(
        finding.out("another-teacher", "take outputs of a model whose license allows commercial use of them"),
    )
}

fn naming(at: &At<'_>, held: &Held<'_>, clause: &ClauseFact) -> Option<ModelFinding> {
    let word = clause.object.as_deref()?;
    if !at.hosted() && !at.distributed() {
        return None;
    }
    let name = at.case.id.rsplit('/').next().unwrap_or(&at.case.id);
    let fits = match clause.operator.as_deref() {
        Some("contains") => plain(name).contains(&plain(word)),
        _ => {
            // Meta puts its own name before that of its models.
            let name = plain(name);
            name.strip_prefix("meta").unwrap_or(&name).starts_with(&plain(word))
        }
    };
    let by = held.carrier();
    if fits {
        return None;
    }
    let owed = format!(
        "{by}: the name of a model that was made with it begins with “{word}”, and this one is called {name}"
    );
    let finding = match at.case.publisher {
        Publisher::Other => held.finding(
            Level::Review,
            "NAMING",
            clause,
            format!("{owed}; its publisher owes the name, who passes it on should know"),
        ),
        Publisher::Own if at.distributed() => held.finding(Level::Block, "NAMING", clause, owed),
        Publisher::Own => held.finding(
            Level::Review,
            "NAMING",
            clause,
            format!("{owed}; whether access over a network makes the model available is a reading"),
        ),
    };
    Some(finding.out("rename", format!("call it {word}-{name}")))
}

/// The name of another model that outputs of this one train.
fn trained_name(at: &At<'_>, held: &Held<'_>, clause: &ClauseFact) -> Option<ModelFinding> {
    let outputs = clause.scope.as_deref().is_some_and(|s| s.contains("output"));
    if !outputs || held.relation == Relation::Output || at.trains().is_none_or(|t| t == Trains::Nothing) {
        return None;
    }
    let word = clause.object.as_deref()?;
    (at.hosted() || at.distributed()).then(|| {
        held.finding(
            Level::Obligation,
            "NAMING",
            clause,
            format!("{}: a model that its outputs train has a name that begins with “{word}” where it is passed on or offered", held.carrier()),
        )
    })
}

/// Letters and digits only, so that `Llama-3` and `Llama 3` are one.
fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
