//! The whole pipeline, spelled out once: walk, extract, join, conclude, judge.

use std::path::Path;

use licit_comply::{Outbound, Plan, product};
use licit_inventory::installed::{Content, Fact};
use licit_inventory::{Options, Progress};
use licit_license::{Knowledge, Statement, conclude};
use licit_model::scan::Product;
use licit_model::{Graph, Location, Method, Purl, Scan};
use rayon::prelude::*;

/// Scans a path. The second part of the answer: files seen and files read by the walk.
pub(crate) fn run(
    path: &Path,
    name: &str,
    plan: &Plan,
    options: &Options,
    progress: &dyn Progress,
) -> anyhow::Result<(Scan, (usize, usize))> {
    let know = Knowledge::embedded();
    let inventory = licit_inventory::read(path, name, options, progress)?;
    let files = (inventory.files_seen, inventory.files_read);
    let mut joined = inventory.joined;
    progress.stage("reading licenses");
    let statements = statements(&joined.graph, &joined.declared, inventory.looked.facts, know);
    let licenses: Vec<_> = statements.par_iter().map(|s| conclude(s, know)).collect();
    for (component, licenses) in joined.graph.components.iter_mut().zip(licenses) {
        component.licenses = licenses;
    }
    progress.stage("judging");
    let findings = licit_comply::judge(&joined.graph, plan, know);
    let product = product_of(&joined.graph, plan, know);
    let scan = Scan {
        name: name.to_string(),
        graph: joined.graph,
        findings,
        problems: joined.problems,
        completeness: joined.completeness,
        product,
    };
    Ok((scan, files))
}

/// Everything that is said about each component's license, in the order of the ladder.
fn statements(
    graph: &Graph,
    declared: &[Vec<licit_inventory::resolve::Declared>],
    facts: Vec<Fact>,
    know: &Knowledge,
) -> Vec<Vec<Statement>> {
    let mut all: Vec<Vec<Statement>> = declared
        .iter()
        .map(|fields| {
            let field = |d: &licit_inventory::resolve::Declared| Statement::Field {
                method: if d.lockfile { Method::Lockfile } else { Method::Manifest },
                location: Location::new(d.path.clone(), d.raw.line),
                text: d.raw.text.clone(),
                kind: d.raw.kind,
            };
            fields.iter().map(field).collect()
        })
        .collect();
    for fact in facts {
        all[fact.component].push(match fact.content {
            Content::Field(raw) => Statement::Field {
                method: fact.method,
                location: fact.location,
                text: raw.text,
                kind: raw.kind,
            },
            Content::Text(text) => Statement::Text { location: fact.location, text },
        });
    }
    for (component, statements) in graph.components.iter().zip(&mut all).filter(|(_, s)| s.is_empty()) {
        let bare = component.purl.as_deref().and_then(|p| Purl::parse(p).ok()).map(|mut purl| {
            purl.version = None;
            purl.to_string()
        });
        if let Some(fact) = bare.and_then(|purl| know.package(&purl)) {
            statements.push(Statement::Field {
                method: Method::Rules,
                location: Location::new(format!("rules/packages.toml ({})", fact.source), None),
                text: fact.license.clone(),
                kind: licit_model::found::RawLicenseKind::Expression,
            });
        }
    }
    all
}

/// How the judge saw the product, for reports.
fn product_of(graph: &Graph, plan: &Plan, know: &Knowledge) -> Product {
    let distribution = plan.distribution.word().to_string();
    if let Some(outbound) = &plan.outbound {
        let outbound = Some(outbound.to_string());
        return Product { outbound, outbound_source: format!("told by {}", plan.told_by), distribution };
    }
    let groups = product::groups(graph, plan, know);
    let (outbound, outbound_source) = match groups.as_slice() {
        [] => (None, "no package of the project's own was found".to_string()),
        [one] if one.outbound == Outbound::Unknown => {
            (None, "the project states none; say it with --outbound".to_string())
        }
        [one] => (Some(one.outbound.to_string()), "stated by the project's own packages".to_string()),
        several => {
            let count = |g: &product::Group| format!("{} in {}", g.outbound, g.roots.len());
            let list = several.iter().map(count).collect::<Vec<_>>().join(", ");
            (None, format!("the project's own packages differ: {list}; each is judged by its own"))
        }
    };
    Product { outbound, outbound_source, distribution }
}
