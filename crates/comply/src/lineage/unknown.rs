//! What is not known, out of date, or under terms whose text is not at hand: questions and reviews, never silence.

use licit_license::know::License;
use licit_license::{Expr, Knowledge};
use licit_model::Category;

use super::flow::Held;
use super::{At, Level, ModelFinding, Part};

/// Judges gaps.
pub(crate) fn judge(at: &At<'_>, held: &[Held<'_>], findings: &mut Vec<ModelFinding>) {
    superseded(held, findings);
    datasets(at, held, findings);
    parts(at, findings);
    without_text(at, findings);
    if !at.case.data_only {
        no_license(at, held, findings);
        likeness(at, held, findings);
    }
}

fn superseded(held: &[Held<'_>], findings: &mut Vec<ModelFinding>) {
    for held in held.iter().filter(|h| !h.dataset) {
        let Some(newer) = held.license.superseded.as_ref().and_then(|s| s.as_str()) else { continue };
        let reason = format!(
            "{} is under {}, which its owner has replaced by {newer}; the revision decides",
            held.of, held.license.name
        );
        let mut finding = ModelFinding::new(Level::Review, "SUPERSEDED-LICENCE", reason);
        finding.license.clone_from(&held.license.id);
        finding.chain.clone_from(&held.chain);
        findings.push(finding.asking("Which revision is in use?").out(
            "another-revision",
            format!("use a revision from after the change, which is under {newer}"),
        ));
    }
}

/// Limits of a license that training on data may touch.
fn limits(license: &License) -> Vec<&licit_license::know::ClauseFact> {
    let touched = |c: &&licit_license::know::ClauseFact| {
        c.kind != "boundary"
            && matches!(
                c.finding_code(),
                "NC-USE"
                    | "NO-DERIVATIVES"
                    | "SHARE-ALIKE"
                    | "OUTPUT-TRAIN"
                    | "DATASET-TERMS"
                    | "USE-POLICY"
                    | "TERRITORY"
            )
    };
    match license.class {
        Category::Permissive | Category::PublicDomain | Category::Data => Vec::new(),
        _ => license.clauses.iter().filter(touched).collect(),
    }
}

fn datasets(at: &At<'_>, held: &[Held<'_>], findings: &mut Vec<ModelFinding>) {
    for data in held.iter().filter(|h| h.dataset) {
        let limits = limits(data.license);
        let Some(first) = limits.first() else { continue };
        let only_sale = limits.iter().all(|c| c.finding_code() == "NC-USE");
        // What trained an ancestor is its publisher's matter before it is the user's.
        let far = data.ancestor.is_some_and(|a| a.child != at.case.id);
        let harmless = only_sale && at.commercial() == Some(false);
        let level = if harmless || far { Level::Info } else { Level::Review };
        let used = if at.case.data_only { "uses it" } else { "was trained on it" };
        let reason = format!(
            "{}: {} {used}; how far terms of data reach a model is not settled",
            data.carrier(),
            at.case.id
        );
        let mut finding = data.finding(level, "DATASET-TERMS", first, reason);
        finding.clauses = limits.iter().map(|c| data.clause(c)).collect();
        findings.push(finding.out("another-dataset", "train on data whose terms allow the use").out(
            "ask-counsel",
            "have counsel weigh whether the limits of the data bind whoever uses the model",
        ));
    }
    for data in at.case.chain.iter().filter(|a| a.dataset) {
        let (reason, question) = match (&data.named, &data.license) {
            (Some((name, limits)), None) => (
                format!("{} is under {name}, whose text is not at hand ({})", data.id, limits.join(", ")),
                None,
            ),
            (_, None) => (
                format!("{} uses or was trained on {}, whose terms are not known", at.case.id, data.id),
                Some("Under which terms are the data?"),
            ),
            _ => continue,
        };
        let level = if data.child == at.case.id { Level::Review } else { Level::Info };
        let mut finding = ModelFinding::new(level, "DATASET-TERMS", reason);
        finding.chain.push(format!(
            "{} → {} by {}, as {} says",
            data.id,
            data.child,
            data.derivation.word(),
            data.told_by
        ));
        findings.push(if let Some(q) = question { finding.asking(q) } else { finding });
    }
}

/// Labels of one model's weights, code and data against each other.
fn parts(at: &At<'_>, findings: &mut Vec<ModelFinding>) {
    let of = |part: Part| -> Vec<&License> {
        let claims = at.case.claims.iter().filter(|c| c.part == part);
        claims.filter_map(|c| c.license.as_deref()).flat_map(|l| all(at.know, l)).collect()
    };
    let (weights, code, data) = (of(Part::Weights), of(Part::Code), of(Part::Data));
    let codes = |list: &[&License]| -> Vec<String> {
        list.iter().flat_map(|l| limits(l)).map(|c| c.finding_code().to_string()).collect()
    };
    let mine = codes(&weights);
    for (part, list, code_word) in [("data", &data, "DATASET-TERMS"), ("code", &code, "CODE-TERMS")] {
        for license in list {
            let beyond: Vec<_> =
                limits(license).into_iter().filter(|c| !mine.iter().any(|m| m == c.finding_code())).collect();
            if beyond.is_empty() {
                continue;
            }
            let label = if weights.is_empty() {
                "nothing".to_string()
            } else {
                weights.iter().map(|l| l.id.as_str()).collect::<Vec<_>>().join(", ")
            };
            let reason = format!(
                "the {part} of {} are under {}, which limits more than the label of the weights ({label})",
                at.case.id, license.name
            );
            let mut finding = ModelFinding::new(Level::Review, code_word, reason);
            finding.license.clone_from(&license.id);
            let source = license.sources.first().cloned().unwrap_or_default();
            finding.clauses = beyond
                .iter()
                .map(|c| licit_model::Clause {
                    reference: format!("{} {}", license.id, c.reference),
                    says: c.says.clone(),
                    source: source.clone(),
                    at: None,
                })
                .collect();
            findings.push(finding.out("find-out", "read which terms hold for which part"));
        }
    }
}

fn all<'k>(know: &'k Knowledge, text: &str) -> Vec<&'k License> {
    let Some(expr) = Expr::parse(text) else { return Vec::new() };
    expr.terms().into_iter().filter_map(|t| know.license(&t.id)).collect()
}

/// Terms whose text is not at hand, but whose limits are known.
fn without_text(at: &At<'_>, findings: &mut Vec<ModelFinding>) {
    let own = at.case.named.iter().map(|n| (at.case.id.as_str(), n, false, true));
    let above = at.case.chain.iter().filter(|a| !a.dataset && a.license.is_none()).filter_map(|a| {
        let taught =
            matches!(a.derivation, licit_model::Derivation::Outputs | licit_model::Derivation::Distillation);
        // Terms of a service bind those who used it; who took what others made with it is farther away.
        let near = a.child == at.case.id && at.case.publisher == super::Publisher::Own;
        Some((a.id.as_str(), a.named.as_ref()?, taught, near))
    });
    for (id, (name, limits), taught, near) in own.chain(above) {
        let mut said = false;
        for limit in limits {
            let (code, says) = match limit.as_str() {
                "outputs" => ("OUTPUT-TRAIN", "limits what its outputs may train"),
                _ if taught => continue,
                "non-commercial" | "non-production" => ("NC-USE", "limits commercial use"),
                "registration" => {
                    ("COMMERCIAL-REGISTRATION", "asks for an application before commercial use")
                }
                "users" => ("MAU-THRESHOLD", "limits the number of users"),
                "revenue" => ("REVENUE-THRESHOLD", "limits the revenue"),
                "use-policy" => ("USE-POLICY", "limits the fields of use"),
                "no-derivatives" => ("NO-DERIVATIVES", "limits changed versions"),
                _ => ("LICENCE-UNKNOWN", "points to terms of others"),
            };
            if code == "OUTPUT-TRAIN"
                && !taught
                && at.trains().is_none_or(|t| t == crate::company::Trains::Nothing)
            {
                continue;
            }
            if code == "NC-USE" && at.commercial() == Some(false) {
                continue;
            }
            said = true;
            let level = match code {
                _ if taught && !near => Level::Info,
                "USE-POLICY" => Level::Obligation,
                _ => Level::Review,
            };
            let mut finding = ModelFinding::new(
                level,
                code,
                format!("{id} is under {name}, which {says}; its text is not at hand"),
            );
            finding.license.clone_from(name);
            findings.push(finding.out("find-out", "read the text and have it weighed"));
        }
        if !said && !taught {
            let mut finding = ModelFinding::new(
                Level::Review,
                "LICENCE-UNKNOWN",
                format!("{id} is under {name}, whose text is not at hand"),
            );
            finding.license.clone_from(name);
            findings.push(finding.out("find-out", "read the text and have it weighed"));
        }
    }
}

/// No license at all, or an ancestor whose license nobody knows.
fn no_license(at: &At<'_>, held: &[Held<'_>], findings: &mut Vec<ModelFinding>) {
    let own = held.iter().any(|h| h.ancestor.is_none());
    let label = at.case.claims.iter().find(|c| c.part == Part::Weights && c.license.is_none());
    let ambiguous = at
        .case
        .claims
        .iter()
        .find(|c| c.part == Part::Weights && c.license.is_some() && !c.others.is_empty());
    let from = held.iter().find(|h| h.ancestor.is_some() && !h.dataset);
    if let Some(claim) = ambiguous {
        let reason = format!(
            "the label {} of {} may mean {} as well; the strictest was taken",
            claim.verbatim,
            at.case.id,
            claim.others.join(" or ")
        );
        findings.push(
            ModelFinding::new(Level::Review, "LICENCE-UNKNOWN", reason)
                .asking("Which text lies beside the weights?"),
        );
    } else if !own && at.case.named.is_none() {
        let what = match label {
            Some(claim) => format!("the label {} of {} is not known", claim.verbatim, at.case.id),
            None => format!("no license is stated for {}", at.case.id),
        };
        let (level, more) = match from {
            Some(base) => (Level::Info, format!("; at least the terms of {} hold", base.carrier())),
            None => (Level::Review, "; without a license nothing is granted".to_string()),
        };
        findings.push(
            ModelFinding::new(level, "LICENCE-UNKNOWN", format!("{what}{more}"))
                .asking("Under which license are the weights?")
                .out("find-out", "find the license of exactly this revision and record it"),
        );
    }
    let blank = |a: &&super::Ancestor| !a.dataset && a.license.is_none() && a.named.is_none();
    for ancestor in at.case.chain.iter().filter(blank) {
        let reason = format!("{} comes from {}, whose license is not known", at.case.id, ancestor.id);
        findings.push(
            ModelFinding::new(Level::Review, "LICENCE-UNKNOWN", reason)
                .asking(format!("Under which license is {}?", ancestor.id)),
        );
    }
}

/// Words in names that families with terms of their own use, and what else may carry them.
const LIKENESSES: [(&str, &str); 9] = [
    ("llama", "a Llama model"),
    ("vicuna", "a Llama model"),
    ("alpaca", "a Llama model"),
    ("gemma", "a Gemma model"),
    ("stable-diffusion", "a Stable Diffusion model"),
    ("sdxl", "Stable Diffusion XL"),
    ("flux", "a FLUX model"),
    ("tongyi", "a Qwen model"),
    ("hunyuan", "a Hunyuan model"),
];

/// A name that is like a family's, without any evidence of lineage: a question, never a conclusion.
fn likeness(at: &At<'_>, held: &[Held<'_>], findings: &mut Vec<ModelFinding>) {
    if at.case.recorded || !at.case.chain.is_empty() || at.case.original {
        return;
    }
    let limited =
        held.iter().any(|h| matches!(h.license.class, Category::AiCustom | Category::SourceAvailable));
    let name = at.case.id.rsplit('/').next().unwrap_or("").to_lowercase();
    // Engines and formats that carry a name are no models of the family.
    let free = ["gemma-4", "gemma4", "tinyllama", "open_llama", "openllama", "llama.cpp", "llamafile"];
    if limited || free.iter().any(|w| name.contains(w)) {
        return;
    }
    let Some((word, what)) = LIKENESSES.iter().find(|(word, _)| name.contains(word)) else { return };
    let reason =
        format!("the name of {} holds “{word}”, but nothing shows what it was made from", at.case.id);
    findings.push(
        ModelFinding::new(Level::Review, "LINEAGE-UNPROVEN", reason)
            .asking(format!("Was it made from {what}?"))
            .out(
                "find-out",
                "look at base_model of its card, its configuration and the shapes of its tensors",
            ),
    );
}
