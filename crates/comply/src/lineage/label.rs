//! Labels against what a model was made from, and bases against each other.

use licit_license::conclude::same_text;
use licit_license::know::scope::Relation;
use licit_license::know::{ClauseFact, License};
use licit_license::{Expr, Knowledge};
use licit_model::{Category, Derivation};

use super::flow::{Held, exceptions, limit};
use super::{Ancestor, At, Level, ModelFinding, Part};
use crate::company::within;

/// Judges labels and merges.
pub(crate) fn judge(at: &At<'_>, held: &[Held<'_>], findings: &mut Vec<ModelFinding>) {
    let own: Vec<&License> = held.iter().filter(|h| h.ancestor.is_none()).map(|h| h.license).collect();
    let labels: Vec<&super::Claim> =
        at.case.claims.iter().filter(|c| c.part == Part::Weights && c.license.is_some()).collect();
    if !own.is_empty() {
        for base in held.iter().filter(|h| derived(h)) {
            let may_be = labels.iter().any(|l| l.others.contains(&base.license.id));
            let lost = lost(&own, base.license);
            if lost.is_empty() || may_be {
                continue;
            }
            let label = labels.iter().map(|l| l.verbatim.as_str()).collect::<Vec<_>>().join(", ");
            findings.push(conflict(base, &lost, &format!("{} is labelled {label}", at.case.id)));
        }
        records(at, &labels, findings);
    }
    steps(at, held, findings);
    merges(at, held, findings);
}

/// Whether the model is a version of what is under the license.
fn derived(held: &Held<'_>) -> bool {
    held.ancestor.is_some()
        && !held.dataset
        && matches!(
            held.relation,
            Relation::FineTuned | Relation::Adapter | Relation::Quantised | Relation::Merged
        )
}

fn conflict(base: &Held<'_>, lost: &[&ClauseFact], says: &str) -> ModelFinding {
    let codes: Vec<&str> = lost.iter().map(|c| c.finding_code()).fold(Vec::new(), |mut list, code| {
        if !list.contains(&code) {
            list.push(code);
        }
        list
    });
    let reason = format!(
        "{says}, but it comes from {}, whose terms stay: the label gives more than its base, or drops what it asks ({})",
        base.carrier(),
        codes.join(", ")
    );
    let mut finding = ModelFinding::new(Level::Review, "LABEL-CONFLICT", reason);
    finding.license.clone_from(&base.license.id);
    finding.chain.clone_from(&base.chain);
    finding.clauses = lost.iter().map(|c| base.clause(c)).collect();
    if !base.sure {
        finding = finding.asking(format!("Is {} really what it was made from?", base.of));
    }
    finding
        .out("relabel", format!("treat it, and label it, as under {} beside its own terms", base.license.id))
        .out("another-base", "use a model whose base is under the terms of the label")
}

/// Clauses of a base that none of the model's own licenses keeps.
fn lost<'k>(own: &[&License], base: &'k License) -> Vec<&'k ClauseFact> {
    if own.iter().any(|l| l.id == base.id || same_text(&l.id, &base.id)) {
        return Vec::new();
    }
    let copyleft =
        matches!(base.class, Category::WeakCopyleft | Category::StrongCopyleft | Category::NetworkCopyleft);
    let limited =
        matches!(base.class, Category::SourceAvailable | Category::AiCustom | Category::Proprietary);
    if !copyleft && !limited {
        return Vec::new();
    }
    let flows = |clause: &&ClauseFact| -> bool {
        if clause.kind == "boundary" {
            return false;
        }
        let code = clause.finding_code();
        // Plain notices are kept by whoever keeps the files; a label does not drop them.
        match copyleft {
            true => code == "SHARE-ALIKE" && clause.kind == "reciprocity",
            false => matches!(
                code,
                "MAU-THRESHOLD"
                    | "REVENUE-THRESHOLD"
                    | "ROYALTY"
                    | "OUTPUT-TRAIN"
                    | "OUTPUT-NC"
                    | "NC-USE"
                    | "HOSTING"
                    | "TERRITORY"
                    | "COMMERCIAL-REGISTRATION"
                    | "MILITARY"
                    | "USE-POLICY"
                    | "PASS-THROUGH"
                    | "SHARE-ALIKE"
                    | "NO-DERIVATIVES"
                    | "NAMING"
                    | "ATTRIB-DISPLAY"
                    | "ATTRIB-STATEMENT"
                    | "LICENCE-COPY"
            ),
        }
    };
    base.clauses.iter().filter(flows).filter(|c| !own.iter().any(|l| keeps(l, base, c))).collect()
}

/// Whether a license asks at least what a clause of another asks.
fn keeps(own: &License, base: &License, clause: &ClauseFact) -> bool {
    let code = clause.finding_code();
    if code == "SHARE-ALIKE" {
        return base.upgrade.iter().any(|u| same_text(u, &own.id));
    }
    // Who keeps the same terms on every version passes limits on use on with them.
    let shares = own.clauses.iter().any(|c| c.kind == "reciprocity");
    let limits = own.clauses.iter().any(|c| matches!(c.finding_code(), "USE-POLICY" | "MILITARY"));
    if code == "PASS-THROUGH" && shares && limits {
        return true;
    }
    let bars_sale = own.clauses.iter().any(|c| c.kind == "commercial");
    let commercial = matches!(
        code,
        "NC-USE" | "COMMERCIAL-REGISTRATION" | "REVENUE-THRESHOLD" | "ROYALTY" | "MAU-THRESHOLD"
    );
    if bars_sale && commercial {
        return true;
    }
    own.clauses.iter().filter(|c| c.kind != "boundary").any(|mine| {
        let other = mine.finding_code();
        let policy = |code: &str| matches!(code, "USE-POLICY" | "MILITARY");
        if other != code && !(policy(other) && policy(code)) {
            return false;
        }
        match code {
            "MAU-THRESHOLD" | "REVENUE-THRESHOLD" => {
                mine.subject == clause.subject
                    && limit(mine).zip(limit(clause)).is_some_and(|(m, c)| m <= c)
                    && (mine.effect == clause.effect || clause.effect.as_deref() == Some("display"))
            }
            "TERRITORY" => {
                let list = mine.object.as_deref().unwrap_or("");
                clause.object.as_deref().is_some_and(|o| o.split(',').all(|place| within(place, list)))
            }
            "OUTPUT-TRAIN" => mine.object == clause.object && exceptions(mine) == exceptions(clause),
            "NAMING" => mine.object == clause.object,
            "ATTRIB-DISPLAY" | "ATTRIB-STATEMENT" => mine.text == clause.text,
            _ => true,
        }
    })
}

/// A label against what is on record for this very model.
fn records(at: &At<'_>, labels: &[&super::Claim], findings: &mut Vec<ModelFinding>) {
    use super::complete::{DATED, RECORD};
    let recorded = |c: &&&super::Claim| c.place.starts_with(RECORD);
    let known = |c: &&&super::Claim| all(at.know, c.license.as_deref().unwrap_or(""));
    let (records, told): (Vec<_>, Vec<_>) = labels.iter().partition(|c| recorded(c));
    let own: Vec<&License> = told.iter().flat_map(known).collect();
    // Of two model licenses the label may be that of another version; only one that frees is a conflict here.
    let limited = |l: &&License| {
        matches!(l.class, Category::AiCustom | Category::SourceAvailable | Category::Proprietary)
    };
    if own.is_empty() || own.iter().any(limited) {
        return;
    }
    for record in records.iter().filter(|r| !r.place.starts_with(DATED)) {
        for license in known(record) {
            let lost = lost(&own, license);
            if lost.is_empty() {
                continue;
            }
            let label = told.iter().map(|c| c.verbatim.as_str()).collect::<Vec<_>>().join(", ");
            let reason = format!(
                "{} is labelled {label} here, but is on record as {}: the label gives more",
                at.case.id, license.name
            );
            let mut finding = ModelFinding::new(Level::Review, "LABEL-CONFLICT", reason);
            finding.license.clone_from(&license.id);
            finding.chain.push(record.place.clone());
            let source = license.sources.first().cloned().unwrap_or_default();
            finding.clauses = lost.iter().map(|c| clause(license, c, &source)).collect();
            findings.push(finding.out("find-out", "read the license file of exactly this revision"));
        }
    }
}

fn clause(license: &License, fact: &ClauseFact, source: &str) -> licit_model::Clause {
    licit_model::Clause {
        reference: format!("{} {}", license.id, fact.reference),
        says: fact.says.clone(),
        source: source.to_string(),
        at: None,
    }
}

/// Every license that an expression names.
fn all<'k>(know: &'k Knowledge, text: &str) -> Vec<&'k License> {
    let Some(expr) = Expr::parse(text) else { return Vec::new() };
    expr.terms().into_iter().filter_map(|t| know.license(&t.id)).collect()
}

/// Labels of the models in between: each against what it was made from itself.
fn steps(at: &At<'_>, held: &[Held<'_>], findings: &mut Vec<ModelFinding>) {
    let made = |a: &&Ancestor| {
        !a.dataset
            && !matches!(a.derivation, Derivation::Outputs | Derivation::Distillation | Derivation::Trained)
    };
    for upper in at.case.chain.iter().filter(made).filter(|a| a.child != at.case.id) {
        let Some(middle) = at.case.chain.iter().find(|m| m.id == upper.child) else { continue };
        let own = all(at.know, middle.license.as_deref().unwrap_or(""));
        let Some(base) = held.iter().find(|h| h.of == upper.id && !h.dataset) else { continue };
        if own.is_empty() {
            continue;
        }
        let lost = lost(&own, base.license);
        if !lost.is_empty() {
            let label = middle.license.as_deref().unwrap_or("");
            findings.push(conflict(
                base,
                &lost,
                &format!("{}, on the way to {}, is under {label}", middle.id, at.case.id),
            ));
        }
    }
}

/// Several bases: what one asks of the whole against what the others are under.
fn merges(at: &At<'_>, held: &[Held<'_>], findings: &mut Vec<ModelFinding>) {
    let merged = |h: &&Held<'_>| derived(h) && h.ancestor.is_some_and(|a| a.derivation == Derivation::Merge);
    let bases: Vec<&Held<'_>> = held.iter().filter(merged).collect();
    for (i, one) in bases.iter().enumerate() {
        for other in &bases[i + 1..] {
            if one.license.id == other.license.id || one.of == other.of {
                continue;
            }
            let direct = |h: &Held<'_>| h.ancestor.is_some_and(|a| a.child == at.case.id);
            if direct(one) && direct(other) {
                findings.extend(collide(at, one, other));
                findings.extend(improves(at, one, other));
                findings.extend(improves(at, other, one));
            }
        }
    }
}

fn collide(at: &At<'_>, one: &Held<'_>, other: &Held<'_>) -> Option<ModelFinding> {
    let find = |held: &Held<'_>, code: &str| {
        held.license.clauses.iter().find(|c| c.kind != "boundary" && c.finding_code() == code).cloned()
    };
    // Each wants the whole under its own terms, or its own name at the beginning.
    let share = |a: &Held<'_>, b: &Held<'_>| {
        let clause = a.license.clauses.iter().find(|c| c.kind == "reciprocity")?;
        let limited = b.license.class > Category::Permissive && b.license.class != Category::Data;
        (limited && !a.license.upgrade.iter().any(|u| same_text(u, &b.license.id))).then(|| clause.clone())
    };
    let names = find(one, "NAMING").zip(find(other, "NAMING")).filter(|(a, b)| {
        let (a, b) = (a.object.as_deref().unwrap_or(""), b.object.as_deref().unwrap_or(""));
        !a.starts_with(b) && !b.starts_with(a)
    });
    let why = if share(one, other).is_some() || share(other, one).is_some() {
        "one of them asks for the whole under its own terms"
    } else if names.is_some() {
        "each asks for its own word at the beginning of the name"
    } else {
        return None;
    };
    let reason = format!("{} comes from {} and {}: {why}", at.case.id, one.carrier(), other.carrier());
    let mut finding = ModelFinding::new(Level::Review, "BASE-CONFLICT", reason);
    finding.license = format!("{} AND {}", one.license.id, other.license.id);
    finding.clauses.extend(share(one, other).map(|c| one.clause(&c)));
    finding.clauses.extend(share(other, one).map(|c| other.clause(&c)));
    if let Some((a, b)) = names {
        finding.clauses.extend([one.clause(&a), other.clause(&b)]);
    }
    finding.chain = one.chain.iter().chain(&other.chain).cloned().collect();
    Some(finding.out("another-base", "merge models whose terms fit each other"))
}

/// A ban on improving other models speaks of the materials too, so a merge with another family is a question.
fn improves(at: &At<'_>, one: &Held<'_>, other: &Held<'_>) -> Option<ModelFinding> {
    let clause =
        one.license.clauses.iter().find(|c| c.finding_code() == "OUTPUT-TRAIN" && c.kind == "outputs")?;
    if !clause.says.to_lowercase().contains("material") {
        return None;
    }
    let reason = format!(
        "{}: neither materials nor outputs may improve any {}, and {} also comes from {}",
        one.carrier(),
        clause.object.as_deref().unwrap_or("other model").trim_start_matches("any "),
        at.case.id,
        other.of
    );
    Some(
        one.finding(Level::Review, "OUTPUT-TRAIN", clause, reason)
            .out("another-base", "merge within one family only"),
    )
}
