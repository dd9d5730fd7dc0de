//! Models and datasets of a graph: their findings beside those of packages, with the path from the product.

use std::collections::{BTreeMap, BTreeSet};

use licit_license::Knowledge;
use licit_license::know::catalogue::Catalogue;
use licit_model::graph::Paths;
use licit_model::{
    Component, Derivation, Finding, Graph, Kind, MentionRole, Method, ModelCard, Scope, Severity,
};

use super::{
    Ancestor, Claim, Exposure, Level, LicenseText, ModelCase, ModelFinding, ModelUse, Part, Publisher,
    complete, judge_model,
};
use crate::company::Company;
use crate::product::{Distribution, Plan};
use crate::reciprocity::sort;

/// A lineage of more steps is no real one.
const MOST: usize = 64;

/// Judges every model and dataset that a product of the graph reaches or holds. Findings are sorted as all judges sort
/// them; their codes begin with `model-`. `texts` are those beside models, in which the words of clauses are looked for.
pub fn judge_models(
    graph: &Graph,
    plan: &Plan,
    company: &Company,
    know: &Knowledge,
    texts: &[LicenseText],
) -> Vec<Finding> {
    let things = |c: &Component| matches!(c.kind, Kind::Model | Kind::Dataset);
    if !graph.components.iter().any(things) {
        return Vec::new();
    }
    let at: BTreeMap<&str, usize> =
        graph.components.iter().enumerate().map(|(i, c)| (c.id.as_str(), i)).collect();
    // What is there only because something else came from it speaks through that; its own findings would repeat it.
    let origins: BTreeSet<&str> = graph
        .components
        .iter()
        .filter_map(|c| c.model.as_deref())
        .flat_map(|m| m.origins.iter().map(|o| o.from.as_str()))
        .collect();
    let only_origin = |c: &Component| {
        origins.contains(c.id.as_str())
            && c.model.as_deref().is_some_and(|m| m.roles.is_empty() && m.formats.is_empty())
    };
    let paths = graph.paths();
    let mut findings = Vec::new();
    for (index, component) in graph.components.iter().enumerate().filter(|(_, c)| things(c)) {
        if only_origin(component) || only_mentioned(component.model.as_deref()) {
            continue;
        }
        let mut case = case(graph, &at, component, plan, company);
        let publisher = case.publisher;
        complete(&mut case, company, Catalogue::embedded());
        // The tree itself says whose it is.
        case.publisher = publisher;
        let near = |t: &&LicenseText| t.of == case.id || case.chain.iter().any(|a| a.id == t.of);
        case.texts = texts.iter().filter(near).cloned().collect();
        let path = path(graph, &paths, index);
        for found in judge_model(&case, company, know) {
            findings.push(finding(&found, component, &path));
        }
    }
    sort(&mut findings);
    findings
}

/// Drops what the judge of packages says of models and datasets in general words, where [`judge_models`] says it by clause
/// and fact. What their licenses do to the work around them stays.
pub fn leave_to_models(graph: &Graph, findings: &mut Vec<Finding>) {
    const SAID_BETTER: [&str; 3] = ["restricted-terms", "license-unknown", "license-ambiguous"];
    let things: BTreeSet<&str> = graph
        .components
        .iter()
        .filter(|c| matches!(c.kind, Kind::Model | Kind::Dataset))
        .map(|c| c.id.as_str())
        .collect();
    findings.retain(|f| !(SAID_BETTER.contains(&f.code.as_str()) && things.contains(f.component.as_str())));
}

fn only_mentioned(card: Option<&ModelCard>) -> bool {
    card.is_some_and(|m| {
        !m.roles.is_empty() && m.roles.iter().all(|r| *r == MentionRole::Mention) && m.formats.is_empty()
    })
}

fn path(graph: &Graph, paths: &Paths, index: usize) -> Vec<String> {
    paths.to(index).into_iter().map(|i| graph.components[i].id.clone()).collect()
}

/// A component as a case: its concluded license is what it states, its origins are the chain.
fn case(
    graph: &Graph,
    at: &BTreeMap<&str, usize>,
    component: &Component,
    plan: &Plan,
    company: &Company,
) -> ModelCase {
    let card = component.model.as_deref();
    let published = card.is_some_and(|m| m.roles.contains(&MentionRole::Output));
    let owner = component.name.split_once('/').map(|(owner, _)| owner);
    let ours = owner.is_some_and(|o| company.publishes_as.iter().any(|p| p.eq_ignore_ascii_case(o)));
    let own = component.first_party || published || ours;
    let revision = Some(component.version.clone()).filter(|v| !v.is_empty());
    let mut case = ModelCase {
        id: component.name.clone(),
        revision,
        claims: claims(component),
        used: used(component, plan, company),
        multimodal: card.and_then(|m| m.task.as_deref()).and_then(multimodal),
        publisher: if own { Publisher::Own } else { Publisher::Other },
        ..ModelCase::default()
    };
    if component.kind == Kind::Dataset {
        // Data by themselves are judged as what trained the product.
        case.id = "the product".to_string();
        case.chain.push(ancestor(component, "the product", Derivation::Trained, "the tree"));
        case.claims.clear();
        case.data_only = true;
        return case;
    }
    let mut open: Vec<(&Component, String)> = vec![(component, case.id.clone())];
    let mut seen: BTreeSet<&str> = BTreeSet::from([component.id.as_str()]);
    while let Some((from, child)) = open.pop() {
        for step in from.model.as_deref().map(|m| m.origins.as_slice()).unwrap_or_default() {
            let Some(base) = at.get(step.from.as_str()).map(|i| &graph.components[*i]) else { continue };
            if case.chain.len() >= MOST || !seen.insert(base.id.as_str()) {
                continue;
            }
            case.chain.push(ancestor(base, &child, step.derivation, &step.told_by));
            open.push((base, base.name.clone()));
        }
    }
    case
}

fn ancestor(component: &Component, child: &str, derivation: Derivation, told_by: &str) -> Ancestor {
    Ancestor {
        id: component.name.clone(),
        revision: Some(component.version.clone()).filter(|v| !v.is_empty()),
        child: child.to_string(),
        derivation,
        dataset: component.kind == Kind::Dataset,
        license: component.licenses.concluded.clone(),
        named: None,
        family: None,
        multimodal: component.model.as_deref().and_then(|m| m.task.as_deref()).and_then(multimodal),
        told_by: told_by.to_string(),
        sure: true,
    }
}

fn claims(component: &Component) -> Vec<Claim> {
    let evidence = &component.licenses.evidence;
    let text = evidence.iter().find(|e| e.method == Method::LicenseFile && e.expression.is_some());
    let first = text.or_else(|| evidence.first());
    let labels = component.model.as_deref().map(|m| m.labels.as_slice()).unwrap_or_default();
    let verbatim = match (&component.licenses.concluded, labels) {
        (_, [label, ..]) => label.0.clone(),
        (Some(concluded), []) => concluded.clone(),
        (None, []) => return Vec::new(),
    };
    vec![Claim {
        part: Part::Weights,
        license: component.licenses.concluded.clone(),
        others: Vec::new(),
        verbatim,
        place: first.map_or_else(
            || labels.first().map(|l| l.1.clone()).unwrap_or_default(),
            |e| e.location.to_string(),
        ),
        text: text.is_some(),
        sure: true,
    }]
}

/// Whether a task, in the hub's words, takes or gives more than text; none where it does not say.
fn multimodal(task: &str) -> Option<bool> {
    const TEXT: [&str; 6] = [
        "text-generation",
        "text2text-generation",
        "feature-extraction",
        "sentence-similarity",
        "text-classification",
        "fill-mask",
    ];
    if ["image", "video", "audio", "speech", "visual", "any-to-any", "multimodal"]
        .iter()
        .any(|w| task.contains(w))
    {
        return Some(true);
    }
    TEXT.contains(&task).then_some(false)
}

fn used(component: &Component, plan: &Plan, company: &Company) -> ModelUse {
    let exposure = match plan.distribution {
        _ if !component.scope.ships() => Exposure::Internal,
        Distribution::Binary | Distribution::Source | Distribution::Embedded => Exposure::Distributed,
        Distribution::Saas => Exposure::Hosted,
        Distribution::Internal => Exposure::Internal,
    };
    ModelUse {
        exposure,
        hosting: company.hosting,
        commercial: plan.commercial,
        trains: company.trains,
        ..ModelUse::default()
    }
}

/// Codes of models among those of packages.
pub(crate) fn code(code: &str) -> String {
    format!("model-{}", code.to_ascii_lowercase().replace("licence", "license"))
}

fn finding(found: &ModelFinding, component: &Component, path: &[String]) -> Finding {
    let mut message = found.reason.clone();
    for sentence in &found.sentences {
        message.push_str(&format!("; the sentence is “{sentence}”"));
    }
    if let Some(royalty) = &found.royalty {
        let points: Vec<String> = royalty
            .curve
            .iter()
            .map(|(revenue, due)| {
                format!("{}: {}", crate::company::in_words(*revenue), crate::company::in_words(*due))
            })
            .collect();
        message.push_str(&format!("; USD a year by attributable revenue: {}", points.join(", ")));
    }
    if let Some(question) = &found.question {
        message.push_str(&format!(" ({question})"));
    }
    if !found.chain.is_empty() {
        message.push_str(&format!(" [{}]", found.chain.join("; ")));
    }
    Finding {
        code: code(found.code),
        severity: weight(found.level, component.scope),
        component: component.id.clone(),
        path: path.to_vec(),
        message,
        clauses: found.clauses.clone(),
        remedies: found.remedies.clone(),
    }
}

/// A question about a model that only tests, examples or developers use is no reason to stop a release. What is known to
/// be barred stays as loud, since tests are a use, too.
fn weight(level: Level, scope: Scope) -> Severity {
    match level {
        Level::Review if !scope.ships() => Severity::Info,
        _ => level.severity(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_about_what_does_not_ship_are_quiet() {
        assert_eq!(weight(Level::Review, Scope::Test), Severity::Info);
        assert_eq!(weight(Level::Review, Scope::Optional), Severity::Warning);
        assert_eq!(weight(Level::Block, Scope::Test), Level::Block.severity());
        assert_ne!(Level::Block.severity(), Severity::Info);
    }
}
