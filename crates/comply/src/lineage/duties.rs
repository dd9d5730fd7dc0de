//! Duties: notices, copies, sentences to show, terms to pass on, and the use policy with its fields of use.

use licit_license::know::{ClauseFact, License};

use super::flow::{Given, Held};
use super::words::located;
use super::{At, Level, ModelFinding};

/// Judges the clauses that ask for something, and those that bar fields of use.
pub(crate) fn judge(at: &At<'_>, held: &Held<'_>, findings: &mut Vec<ModelFinding>) {
    // What gives its rights up asks for nothing, and terms of a service bind those who used the service.
    if held.dataset || held.license.class == licit_model::Category::PublicDomain || held.service_of_others(at)
    {
        return;
    }
    for (clause, term) in held.clauses() {
        if clause.kind == "boundary" || !held.reaches(at, clause, term) {
            continue;
        }
        let code = match clause.finding_code() {
            "LICENCE-COPY" => "LICENCE-COPY",
            "NOTICE-FILE" => "NOTICE-FILE",
            "NOTICE" => "NOTICE",
            "CHANGE-NOTICE" => "CHANGE-NOTICE",
            "PASS-THROUGH" => "PASS-THROUGH",
            "ATTRIB-DISPLAY" => "ATTRIB-DISPLAY",
            "ATTRIB-STATEMENT" => "ATTRIB-STATEMENT",
            "SOURCE-ATTRIB" => "SOURCE-ATTRIB",
            "SHARE-ALIKE" if held.modified => "SHARE-ALIKE",
            "USE-POLICY" | "MILITARY" | "GUARDRAILS" => {
                findings.extend(policy(at, held, clause));
                continue;
            }
            _ => continue,
        };
        // Thresholds that lead to a display are judged with the figures.
        if matches!(clause.kind.as_str(), "users" | "revenue") || held.given(at, term.needs) == Given::No {
            continue;
        }
        findings.extend(owed(at, held, clause, code));
    }
    for policy in policies(at, held) {
        for clause in &policy.clauses {
            // The policy is a text of its own.
            let found = barred(at, held, clause).map(|mut finding| {
                for said in &mut finding.clauses {
                    said.at = located(held.texts, &held.of, &policy.id, clause);
                }
                finding
            });
            findings.extend(found);
        }
    }
}

/// Policies that a license makes part of itself, which have rules of their own.
fn policies<'k>(at: &At<'k>, held: &Held<'_>) -> Vec<&'k License> {
    const ELSEWHERE: [(&str, &str); 2] = [
        ("gemma", "LicenseRef-scancode-gemma-pup-2024-02-21"),
        ("llama-4", "LicenseRef-scancode-llama-4-license-2025"),
    ];
    let Some(slug) = held.license.slug.as_deref() else { return Vec::new() };
    let own = at.know.license(&format!("LicenseRef-licit-{slug}-aup"));
    let other = ELSEWHERE.iter().find(|(begins, _)| slug.starts_with(begins));
    own.into_iter().chain(other.and_then(|(_, id)| at.know.license(id))).collect()
}

/// A field of use that a clause bars and that was told.
fn barred(at: &At<'_>, held: &Held<'_>, clause: &ClauseFact) -> Option<ModelFinding> {
    let object = clause.object.as_deref().filter(|_| clause.subject.as_deref() == Some("use"))?;
    let told = at.company.fields.iter().map(String::as_str).chain([at.case.used.words.as_str()]);
    if !told.into_iter().any(|words| names(words, object)) {
        return None;
    }
    let reason = format!("{}: {object} is barred, and the use is told to be so", held.carrier());
    Some(
        held.finding(Level::Block, "USE-POLICY", clause, reason)
            .out("another-model", "use a model whose license does not bar this field"),
    )
}

fn owed(at: &At<'_>, held: &Held<'_>, clause: &ClauseFact, code: &'static str) -> Option<ModelFinding> {
    let scope = clause.scope.as_deref().unwrap_or("");
    if scope.contains("research publications") && !at.case.used.research {
        return None;
    }
    // Derivatives that are published are labelled; what a service runs is not published.
    if (scope.contains("communities") || scope.contains("leaderboards"))
        && !(held.modified && at.distributed())
    {
        return None;
    }
    let outcome = match code {
        "LICENCE-COPY" => "a copy of the agreement goes along",
        "NOTICE-FILE" => "a Notice file goes along",
        "NOTICE" => "notices and credits stay",
        "CHANGE-NOTICE" => "changes are stated",
        "PASS-THROUGH" => "the limits on use are passed on as enforceable terms",
        "ATTRIB-DISPLAY" => "a sentence is shown",
        "ATTRIB-STATEMENT" => "public statements carry a sentence",
        "SOURCE-ATTRIB" => "the source is credited",
        _ => "versions go out under the same terms",
    };
    let named = clause.on.iter().any(|w| w == "host");
    let reading =
        if at.hosted() && !named { "; the license counts hosted access as distribution" } else { "" };
    let there = match (&held.text_at, code) {
        (Some(place), "LICENCE-COPY") => format!("; a copy lies in {place}"),
        _ => String::new(),
    };
    let reason = format!("{}: {outcome}{reading}{there}", held.carrier());
    let finding = held.finding(Level::Obligation, code, clause, reason);
    Some(match (code, &clause.text) {
        ("NOTICE-FILE" | "ATTRIB-DISPLAY" | "ATTRIB-STATEMENT" | "NOTICE", Some(text)) => {
            finding.out("add-notice", format!("add the sentence: {text}"))
        }
        ("LICENCE-COPY", _) if held.text_at.is_none() => {
            finding.out("add-copy", format!("put the text of {} beside the weights", held.license.name))
        }
        ("PASS-THROUGH", _) => {
            finding.out("pass-on", "take the limits on use into the terms that users accept")
        }
        _ => finding,
    })
}

fn policy(at: &At<'_>, held: &Held<'_>, clause: &ClauseFact) -> Option<ModelFinding> {
    let by = held.carrier();
    if let Some(found) = barred(at, held, clause) {
        return Some(found);
    }
    // A ban that waits for a fact of its own, such as competition, is asked about where that is told.
    if clause.needs.iter().any(|n| n == "competing") {
        return None;
    }
    if clause.finding_code() == "GUARDRAILS" && clause.effect.as_deref() == Some("terminate") {
        return None;
    }
    let mut finding = held.finding(
        Level::Obligation,
        "USE-POLICY",
        clause,
        format!("{by}: use follows the limits of the license and its policy"),
    );
    if clause.scope.as_deref().is_some_and(|s| s.contains("changeable")) {
        finding = finding.out("watch", "watch the address of the policy: it may change after the fact");
    }
    Some(finding)
}

/// Whether words of the use name a field. Every word of the field has to stand there.
fn names(words: &str, object: &str) -> bool {
    const EMPTY: [&str; 8] = ["of", "the", "and", "or", "for", "in", "on", "other"];
    let told = words.to_lowercase();
    let told: Vec<&str> = told.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
    let object = object.to_lowercase();
    let mut asked = object
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty() && !EMPTY.contains(w))
        .peekable();
    // "non-military" says the contrary.
    let denied = told.windows(2).any(|w| matches!(w[0], "non" | "no" | "not") && object.starts_with(w[1]));
    asked.peek().is_some() && !denied && asked.all(|word| told.contains(&word))
}
