//! Models: what they are goes into the model card, from what they came into the pedigree.

use licit_model as model;
use licit_model::{Derivation, Graph, Kind};

use super::schema::{Ancestor, Dataset, ModelCard, ModelParameters, Pedigree, Property};

/// The model card of a model; none of other components and where nothing is known.
pub(super) fn card<'a>(c: &'a model::Component, graph: &'a Graph) -> Option<ModelCard<'a>> {
    let card = c.model.as_ref().filter(|_| c.kind == Kind::Model)?;
    let mut properties = Vec::new();
    let mut also = |name: &'static str, value: String| {
        if !value.is_empty() {
            properties.push(Property { name, value: value.into() });
        }
    };
    also("licit:model:parameters", card.parameters.map(|p| p.to_string()).unwrap_or_default());
    also("licit:model:quantisation", card.quantisation.clone().unwrap_or_default());
    also("licit:model:formats", card.formats.join(", "));
    also("licit:model:languages", card.languages.join(", "));
    also("licit:model:roles", card.roles.iter().map(|r| r.word()).collect::<Vec<_>>().join(", "));
    for (label, place) in &card.labels {
        also("licit:model:licenseLabel", format!("{label} ({place})"));
    }
    let datasets = card.origins.iter().filter_map(|d| component(graph, &d.from));
    let datasets = datasets.filter(|c| c.kind == Kind::Dataset);
    Some(ModelCard {
        model_parameters: ModelParameters {
            task: card.task.as_deref(),
            model_architecture: card.architecture.as_deref(),
            datasets: datasets
                .map(|c| Dataset { kind: "dataset", name: &c.name, classification: "not stated" })
                .collect(),
        },
        properties,
    })
}

/// From which models a model came; none where nothing says so.
pub(super) fn pedigree<'a>(c: &'a model::Component, graph: &'a Graph) -> Option<Pedigree<'a>> {
    let origins = c.model.iter().flat_map(|m| &m.origins);
    let (mut ancestors, mut notes) = (Vec::new(), Vec::new());
    for descent in origins.filter(|d| d.derivation != Derivation::Trained) {
        let Some(parent) = component(graph, &descent.from) else { continue };
        notes.push(format!("{} of {}, as {} says", descent.derivation.word(), parent.name, descent.told_by));
        ancestors.push(Ancestor {
            kind: super::kind(parent.kind),
            name: &parent.name,
            version: (!parent.version.is_empty()).then_some(parent.version.as_str()),
            purl: parent.purl.as_deref(),
        });
    }
    (!ancestors.is_empty()).then(|| Pedigree { ancestors, notes: notes.join("; ") })
}

fn component<'a>(graph: &'a Graph, id: &str) -> Option<&'a model::Component> {
    let at = graph.components.binary_search_by(|c| c.id.as_str().cmp(id)).ok()?;
    graph.components.get(at)
}
