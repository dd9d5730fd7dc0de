//! Cards of models and datasets: the front matter names the base, the data and the measures.

use licit_model::ai::MentionRole;

use super::Sink;
use super::id::Want;
use super::keys::Slot;
use super::yaml::{self, Node};

/// Keys that only a card has; without one of them the front matter is that of a page.
const CARD: &[&str] = &[
    "base_model",
    "base_model_relation",
    "library_name",
    "pipeline_tag",
    "model-index",
    "datasets",
    "license_name",
    "task_categories",
    "dataset_info",
    "size_categories",
    "source_datasets",
    "inference",
    "widget",
    "new_version",
    "co2_eq_emissions",
];

/// Reads the front matter of a Markdown file, where it is a card's.
pub(super) fn read(text: &str, sink: &mut Sink<'_>) {
    let Some(rest) = text.strip_prefix("---\n").or_else(|| text.strip_prefix("---\r\n")) else { return };
    let Some(end) = rest.find("\n---") else { return };
    let Some(front) = rest.get(..end) else { return };
    let documents = yaml::parse(front);
    let Some(card) = documents.first() else { return };
    if !CARD.iter().any(|key| card.get(key).is_some()) {
        return;
    }
    sink.offset = 1;
    let dataset = card.get("task_categories").is_some()
        || card.get("dataset_info").is_some()
        || card.get("size_categories").is_some();
    each(card.get("base_model"), |n, t| put(sink, n, t, Want::Model, MentionRole::Base, "base_model"));
    if !dataset {
        each(card.get("datasets"), |n, t| {
            put(sink, n, t, Want::AnyDataset, MentionRole::TrainData, "datasets")
        });
    }
    each(card.get("source_datasets"), |n, t| {
        if let Some(id) = t.strip_prefix("extended|") {
            put(sink, n, id, Want::Dataset, MentionRole::TrainData, "source_datasets");
        } else if t.contains('/') {
            put(sink, n, t, Want::Dataset, MentionRole::TrainData, "source_datasets");
        }
    });
    each(card.get("new_version"), |n, t| put(sink, n, t, Want::Model, MentionRole::Mention, "new_version"));
    for model in card.get("model-index").map(Node::items).unwrap_or(&[]) {
        for result in model.get("results").map(Node::items).unwrap_or(&[]) {
            let data = result.get("dataset").and_then(|d| d.get("type"));
            each(data, |n, t| {
                if t.contains('/') {
                    put(sink, n, t, Want::Dataset, MentionRole::EvalData, "model-index");
                }
            });
        }
    }
}

fn put(sink: &mut Sink<'_>, node: &Node, text: &str, want: Want, role: MentionRole, by: &str) {
    sink.put(node.line, text, Slot::new(want, role), None, by);
}

/// A value, or each value of a list.
fn each(node: Option<&Node>, mut of: impl FnMut(&Node, &str)) {
    let Some(node) = node else { return };
    for item in std::iter::once(node).chain(node.items()) {
        if let Some(text) = item.text() {
            of(item, text);
        }
    }
}
