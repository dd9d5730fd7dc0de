//! Cards: what the hub's model and dataset pages say in the front matter of a README.

use licit_model::ai::{Derivation, MentionKind, ModelFacts};

use super::facts::{base, hub, license, note, origin, said, set};
use super::front::{Node, cut_out, read as front};

/// Keys that only cards of models have.
const MODEL: &[&str] = &[
    "base_model",
    "base_model_relation",
    "pipeline_tag",
    "library_name",
    "model-index",
    "model_name",
    "new_version",
    "datasets",
    "metrics",
    "inference",
    "widget",
    "co2_eq_emissions",
    "quantized_by",
    "model_type",
    "model_creator",
    "base_models",
    "instance_prompt",
    "eval_results",
    "prompt_template",
];

/// Keys that only cards of datasets have.
const DATASET: &[&str] = &[
    "task_categories",
    "task_ids",
    "dataset_info",
    "size_categories",
    "configs",
    "annotations_creators",
    "language_creators",
    "multilinguality",
    "source_datasets",
    "pretty_name",
    "paperswithcode_id",
    "license_details",
    "viewer",
    "language_bcp47",
];

/// Keys that both have, and nobody's pages alone.
const BOTH: &[&str] = &[
    "license",
    "license_name",
    "license_link",
    "language",
    "languages",
    "tags",
    "thumbnail",
    "extra_gated_prompt",
    "extra_gated_fields",
    "extra_gated_heading",
    "extra_gated_description",
    "extra_gated_button_content",
    "arxiv",
    "doi",
    "private",
    "gated",
    "modalities",
];

/// Keys of pages of documentation sites and of the hub's spaces, which are programs.
const PAGES: &[&str] = &[
    "layout",
    "permalink",
    "sidebar_position",
    "sidebar_label",
    "nav_order",
    "slug",
    "sdk",
    "sdk_version",
    "app_file",
    "app_port",
    "colorFrom",
    "draft",
    "weight",
    "parent",
    "hide_title",
    "toc",
    "redirect_from",
];

/// Reads a card from the start of a text. False where the front matter is that of something else. An error in the front
/// matter is given back with its line.
pub(super) fn read(text: &str, facts: &mut ModelFacts) -> (bool, Option<(u32, String)>) {
    let Some(matter) = cut_out(text) else { return (false, None) };
    let (node, error) = front(matter);
    let has = |keys: &[&str]| node.entries().iter().filter(|(k, _)| keys.contains(&k.as_str())).count();
    let (model, dataset, both, pages) = (has(MODEL), has(DATASET), has(BOTH), has(PAGES));
    // `datasets`, `model_type` and the like stand in other front matter too, so one key alone is not enough unless it is one
    // that nobody else has; a license alone is what the hub writes for a new repository.
    let sure = [
        "base_model",
        "pipeline_tag",
        "library_name",
        "model-index",
        "task_categories",
        "dataset_info",
        "size_categories",
    ];
    let named = node.get("license").is_some() || node.get("license_name").is_some();
    let all = model + dataset + both == node.entries().len();
    let card = pages == 0 && (has(&sure) > 0 || (model + dataset > 0 && both > 0) || (named && all));
    if !card {
        return (false, None);
    }
    facts.format = "card";
    facts.dataset = dataset > 0 && dataset >= model;
    if has(&["task_categories", "dataset_info"]) > 0
        && has(&["base_model", "pipeline_tag", "model-index"]) == 0
    {
        facts.dataset = true;
    }
    describe(&node, facts);
    let body = text.get(matter.len()..).unwrap_or_default();
    let title = body.lines().skip_while(|l| l.trim() != "---").take(200).find_map(|l| l.strip_prefix("# "));
    set(&mut facts.name, title.unwrap_or_default());
    (true, error)
}

fn describe(node: &Node, facts: &mut ModelFacts) {
    let text = |key: &str| node.get(key).and_then(Node::text).and_then(said).unwrap_or_default();
    let texts = |key: &str| node.get(key).map(Node::texts).unwrap_or_default();
    for key in ["license", "license_name"] {
        for (tag, line) in texts(key) {
            license(facts, tag, line);
        }
    }
    note(facts, "license_name", text("license_name"));
    note(facts, "license_details", text("license_details"));
    set(&mut facts.license_link, text("license_link"));
    set(&mut facts.task, text("pipeline_tag"));
    if facts.task.is_none()
        && let Some((task, _)) = texts("task_categories").first()
    {
        set(&mut facts.task, task);
    }
    set(&mut facts.name, text("model_name"));
    set(&mut facts.name, text("pretty_name"));
    for key in ["language", "languages"] {
        facts.languages.extend(texts(key).iter().take(256).filter_map(|(l, _)| said(l)).map(str::to_string));
    }
    let how = relation(node);
    for key in ["base_model", "base_models"] {
        for (id, line) in texts(key) {
            base(facts, "base_model", id, how, line);
        }
    }
    for (id, line) in texts("datasets") {
        match hub(id) {
            Some(mut known) => {
                known.kind = MentionKind::HfDataset;
                origin(facts, known, Derivation::Trained, line);
            }
            None => note(facts, "datasets", id),
        }
    }
    for (id, line) in texts("source_datasets") {
        // `extended|name` says from what; `original` says from nothing.
        let Some(named) = id.strip_prefix("extended|") else {
            note(facts, "source_datasets", id);
            continue;
        };
        match hub(named) {
            // Groups such as `other-…` are categories and no datasets.
            Some(mut known) if !known.id.starts_with("other") => {
                known.kind = MentionKind::HfDataset;
                origin(facts, known, Derivation::Unstated, line);
            }
            _ => note(facts, "source_datasets", id),
        }
    }
    let gated = node.entries().iter().filter(|(k, _)| k.starts_with("extra_gated_") || k == "gated");
    for (key, value) in gated.take(8) {
        let words = match value.entries() {
            [] => value.text().unwrap_or("yes").to_string(),
            fields => fields.iter().map(|(k, _)| k.as_str()).collect::<Vec<_>>().join(", "),
        };
        note(facts, key, &words);
    }
    for key in ["library_name", "new_version", "model_creator", "quantized_by", "model_type", "arxiv", "doi"]
    {
        note(facts, key, text(key));
    }
    let tags: Vec<&str> = texts("tags").iter().map(|(t, _)| *t).take(64).collect();
    note(facts, "tags", &tags.join(", "));
}

/// How the card says that the model came from its base: in a key of its own, or in its library and tags.
fn relation(node: &Node) -> Derivation {
    let text = |key: &str| node.get(key).and_then(Node::text).unwrap_or_default().trim().to_ascii_lowercase();
    match text("base_model_relation").as_str() {
        "finetune" | "finetuned" | "fine-tune" => return Derivation::Finetune,
        "adapter" => return Derivation::Adapter,
        "quantized" | "quantization" => return Derivation::Quantized,
        "merge" => return Derivation::Merge,
        "distillation" | "distilled" => return Derivation::Distillation,
        _ => {}
    }
    let tags = node.get("tags").map(Node::texts).unwrap_or_default();
    let tag = |names: &[&str]| tags.iter().any(|(t, _)| names.iter().any(|n| t.eq_ignore_ascii_case(n)));
    let library = text("library_name");
    let bases = node.get("base_model").map(|n| n.texts().len()).unwrap_or(0);
    if library == "peft"
        || tag(&["lora", "peft", "adapter", "adapter-transformers", "qlora", "dreambooth-lora"])
    {
        Derivation::Adapter
    } else if tag(&["merge", "mergekit"]) && (bases > 1 || tag(&["mergekit"])) {
        Derivation::Merge
    } else if node.get("quantized_by").is_some()
        || tag(&["gguf", "gptq", "awq", "exl2", "quantized", "ggml", "bitsandbytes"])
    {
        Derivation::Quantized
    } else if tag(&["generated_from_trainer", "finetuned", "fine-tuned", "sft", "dpo"]) {
        Derivation::Finetune
    } else {
        Derivation::Unstated
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(text: &str) -> Option<ModelFacts> {
        let mut facts = ModelFacts::default();
        read(text, &mut facts).0.then_some(facts)
    }

    #[test]
    fn a_model_with_bases_data_and_gate() {
        let text = "---\nlicense: other\nlicense_name: llama3.1\nlicense_link: LICENSE\nbase_model: meta-llama/Llama-3.1-8B\n\
            base_model_relation: finetune\ndatasets:\n- a/b\n- wikitext\nlanguage: [en, de]\npipeline_tag: text-generation\n\
            extra_gated_fields:\n  Name: text\n  Country: country\n---\n\n# Tiny Llama\n";
        let facts = card(text).unwrap();
        assert!(!facts.dataset);
        let licenses: Vec<_> = facts.licenses.iter().map(|l| (l.text.as_str(), l.line)).collect();
        assert_eq!(licenses, [("other", Some(2)), ("llama3.1", Some(3))]);
        assert_eq!(facts.license_link.as_deref(), Some("LICENSE"));
        let origins: Vec<_> = facts.origins.iter().map(|o| (o.id.as_str(), o.derivation, o.line)).collect();
        assert_eq!(
            origins,
            [
                ("meta-llama/Llama-3.1-8B", Derivation::Finetune, Some(5)),
                ("a/b", Derivation::Trained, Some(8)),
                ("wikitext", Derivation::Trained, Some(9)),
            ]
        );
        assert_eq!(facts.name.as_deref(), Some("Tiny Llama"));
        assert!(facts.notes.contains(&("extra_gated_fields".to_string(), "Name, Country".to_string())));
    }

    #[test]
    fn a_dataset() {
        let facts = card("---\nlicense: cc-by-sa-4.0\ntask_categories:\n- question-answering\nsource_datasets:\n- extended|squad\n---\n").unwrap();
        assert!(facts.dataset);
        assert_eq!(facts.origins[0].id, "squad");
    }

    #[test]
    fn relations_without_the_key() {
        let how =
            |rest: &str| card(&format!("---\nbase_model: a/b\n{rest}\n---\n")).unwrap().origins[0].derivation;
        assert_eq!(how("library_name: peft"), Derivation::Adapter);
        assert_eq!(how("tags: [gguf]"), Derivation::Quantized);
        assert_eq!(how("tags: [mergekit, merge]"), Derivation::Merge);
        assert_eq!(how("license: mit"), Derivation::Unstated);
    }

    #[test]
    fn other_front_matter_is_no_card() {
        for text in [
            "---\ntitle: Home\nlayout: page\n---\n",
            "---\ntitle: Guide\ntags: [a]\n---\n",
            "---\nsdk: gradio\nlicense: mit\ntitle: Demo\nemoji: x\n---\n",
            "---\nlicense: mit\ntitle: My plugin\n---\n",
            "# Only words\n",
            "---\nsidebar_position: 1\nlicense: mit\n---\n",
        ] {
            assert_eq!(card(text), None, "{text}");
        }
        assert!(card("---\nlicense: apache-2.0\n---\n").is_some());
    }

    #[test]
    fn a_path_is_no_base() {
        let facts = card("---\nbase_model: ./out/checkpoint-100\nlicense: mit\n---\n").unwrap();
        assert!(facts.origins.is_empty());
        assert_eq!(facts.notes[0], ("base_model".to_string(), "./out/checkpoint-100".to_string()));
    }
}
