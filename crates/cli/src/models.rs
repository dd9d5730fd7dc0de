//! What the rules know of models and datasets, brought to what the tree says: lineage of ids, meanings of labels, and the
//! catalogue for what is only named.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use licit_comply::LicenseText;
use licit_inventory::installed::{Content, Fact};
use licit_license::conclude::Reading;
use licit_license::know::catalogue::{Catalogue, Entry, Label, Labels};
use licit_license::know::passage::Page;
use licit_license::{Expr, Knowledge, Statement};
use licit_model::ai::Origin;
use licit_model::found::RawLicenseKind;
use licit_model::{Component, Derivation, Graph, Kind, Location, MentionKind, Method};
use rayon::prelude::*;

use crate::remembered::Remembered;

/// From what a model came, as the catalogue says; the second part of each is who says so.
pub(crate) fn lineage(kind: MentionKind, id: &str, revision: Option<&str>) -> Vec<(Origin, String)> {
    let Some(entry) = Catalogue::embedded().find(kind, id, revision) else { return Vec::new() };
    let told = format!("rules/catalogue ({})", entry.source);
    let origin = |kind, id: String, derivation| {
        (Origin { kind, id, revision: None, derivation, line: None }, told.clone())
    };
    let mut all: Vec<_> = entry
        .bases()
        .into_iter()
        .map(|(id, derivation)| origin(MentionKind::HfModel, id, derivation))
        .collect();
    let data = entry.trained_on.iter();
    all.extend(data.map(|id| origin(MentionKind::HfDataset, id.clone(), Derivation::Trained)));
    // Answers of a service have no component; the judge reads these from the catalogue itself.
    let teachers = entry.outputs_of.iter().filter(|id| id.contains('/'));
    all.extend(teachers.map(|id| origin(MentionKind::HfModel, id.clone(), Derivation::Outputs)));
    all
}

/// Whether a component is a model or a dataset, whose license is told by labels.
pub(crate) fn is_one(component: &Component) -> bool {
    matches!(component.kind, Kind::Model | Kind::Dataset)
}

/// The texts of licenses that lie beside models, in which the judge looks for the words of clauses. A text that many
/// models carry is read once.
pub(crate) fn texts(
    graph: &Graph,
    facts: &[Fact],
    know: &Knowledge,
    remembered: &Remembered,
) -> Vec<LicenseText> {
    let of = |fact: &Fact| graph.components.get(fact.component).filter(|c| is_one(c));
    let texts: Vec<(&Component, &Location, &str)> = facts
        .iter()
        .filter_map(|fact| match &fact.content {
            Content::Text(text) => Some((of(fact)?, &fact.location, text.as_str())),
            // Only copies of packages are remembered, and no copy of a package is a model.
            Content::Field(_) | Content::Known(..) | Content::Prose(..) => None,
        })
        .collect();
    let mut distinct: Vec<&str> = texts.iter().map(|(.., text)| *text).collect();
    distinct.sort_unstable();
    distinct.dedup();
    let pages: HashMap<&str, (Vec<String>, Arc<Page>)> = distinct
        .par_iter()
        .map(|text| {
            let identified = remembered.identify(text);
            let expr = identified.expression.as_deref().and_then(Expr::parse);
            let known = |id: &str| know.license(id).map_or_else(|| id.to_string(), |l| l.id.clone());
            let ids = expr.map(|e| e.terms().iter().map(|t| known(&t.id)).collect()).unwrap_or_default();
            (*text, (ids, Arc::new(Page::new(text))))
        })
        .collect();
    let mut all = Vec::new();
    for (component, location, text) in texts {
        let Some((ids, page)) = pages.get(text) else { continue };
        all.extend(ids.iter().map(|license| LicenseText {
            of: component.name.clone(),
            license: license.clone(),
            path: location.path.clone(),
            page: page.clone(),
        }));
    }
    all
}

/// Reads the labels of a model's files, and asks the catalogue where they say nothing.
pub(crate) fn read(component: &Component, said: &mut Vec<Statement>, remembered: &Remembered) {
    if !is_one(component) {
        return;
    }
    let (fields, others): (Vec<Statement>, Vec<Statement>) =
        std::mem::take(said).into_iter().partition(|s| matches!(s, Statement::Field { .. }));
    // Tag and name of one file belong together: `other` means what the name says.
    let mut texts: Vec<Statement> = Vec::new();
    let mut by_file: BTreeMap<String, Vec<(Location, String, Method)>> = BTreeMap::new();
    for field in fields {
        let Statement::Field { method, location, text, kind } = field else { continue };
        if text.contains('\n') {
            // A field that holds a whole text is no label.
            let begins = text.chars().take(200).collect();
            texts.push(Statement::Text { location, begins, identified: remembered.identify(&text) });
        } else if kind == RawLicenseKind::File {
            texts.push(Statement::Field { method, location, text, kind });
        } else {
            by_file.entry(location.path.clone()).or_default().push((location, text, method));
        }
    }
    said.extend(texts);
    let link = component.model.as_ref().and_then(|m| m.license_link.as_deref());
    for labels in by_file.into_values() {
        let mut words = labels.iter().map(|(_, text, _)| text.as_str());
        let (tag, name) = (words.next(), words.next());
        let reading = meaning(Labels::embedded().label(tag, name, link));
        let raw: Vec<&str> = labels.iter().map(|(_, text, _)| text.as_str()).collect();
        let raw = raw.join(", ");
        if let Some((location, _, method)) = labels.into_iter().next() {
            said.push(Statement::Read { method, location, raw, reading });
        }
    }
    said.extend(others);
    if said.is_empty()
        && let Some(entry) = entry(component)
    {
        said.extend(known(entry));
    }
}

fn meaning(label: Label) -> Reading {
    match label {
        Label::Exact(license) => Reading { expr: Expr::parse(&license), sure: true, note: None },
        // In doubt the strictest, which stands first.
        Label::Candidates { licenses, resolve } => Reading {
            expr: licenses.first().and_then(|l| Expr::parse(l)),
            sure: false,
            note: Some(format!("the label may mean {}: {resolve}", list(&licenses))),
        },
        Label::Unknown => Reading {
            expr: None,
            sure: false,
            note: Some("the label names no license that is known".to_string()),
        },
    }
}

fn list(licenses: &[String]) -> String {
    if licenses.is_empty() { "terms whose text is not at hand".to_string() } else { licenses.join(" or ") }
}

/// The row of the catalogue for a component that has an id.
fn entry(component: &Component) -> Option<&'static Entry> {
    let purl = component.purl.as_deref()?;
    let (kind, id) = match (component.kind, purl.starts_with("pkg:generic/ollama/")) {
        (Kind::Dataset, _) => (MentionKind::HfDataset, component.name.clone()),
        (_, true) if component.version.is_empty() => (MentionKind::OllamaModel, component.name.clone()),
        (_, true) => (MentionKind::OllamaModel, format!("{}:{}", component.name, component.version)),
        _ => (MentionKind::HfModel, component.name.clone()),
    };
    let revision =
        Some(component.version.as_str()).filter(|v| !v.is_empty() && kind != MentionKind::OllamaModel);
    Catalogue::embedded().find(kind, &id, revision)
}

fn known(entry: &Entry) -> Option<Statement> {
    let license = entry.license.as_deref()?;
    let mut notes: Vec<String> = Vec::new();
    notes.extend((!entry.sure).then(|| "from general knowledge: a person has to look".to_string()));
    notes.extend(entry.note.clone());
    Some(Statement::Read {
        method: Method::Rules,
        location: Location::new(format!("rules/catalogue ({})", entry.source), None),
        raw: license.to_string(),
        reading: Reading {
            expr: Expr::parse(license),
            sure: entry.sure,
            note: (!notes.is_empty()).then(|| notes.join("; ")),
        },
    })
}
