//! What a key, flag, variable or parameter asks for by its name: the one vocabulary of every reader.

use licit_model::ai::MentionRole;

use super::id::Want;

/// What stands in a place, and what for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slot {
    pub(super) want: Want,
    pub(super) role: MentionRole,
}

impl Slot {
    pub(super) const fn new(want: Want, role: MentionRole) -> Slot {
        Slot { want, role }
    }
}

/// The words of a name, lowercase: `modelNameOrPath`, `model-name_or.path` and `MODEL_NAME_OR_PATH` are the same.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut before = ' ';
    let mut chars = name.chars().take(120).peekable();
    while let Some(c) = chars.next() {
        let hump = c.is_ascii_uppercase()
            && (before.is_ascii_lowercase()
                || (before.is_ascii_uppercase() && chars.peek().is_some_and(char::is_ascii_lowercase)));
        if (hump || !c.is_ascii_alphanumeric()) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if c.is_ascii_alphanumeric() {
            word.push(c.to_ascii_lowercase());
        }
        before = c;
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// What a name asks for, where it asks for a model or dataset at all.
pub(super) fn slot(name: &str) -> Option<Slot> {
    if !may_ask(name) {
        return None;
    }
    let words = words(name);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let joined = words.join("_");
    let has = |any: &[&str]| any.iter().any(|w| words.contains(w));
    let is = |all: &[&str]| all.contains(&joined.as_str());
    if is(&["hub_model_id", "hub_repo_id", "hub_name", "push_to_hub_model_id", "hf_upload_repo", "hub_repo"])
    {
        return Some(Slot::new(Want::Model, MentionRole::Output));
    }
    if is(&["hub_dataset_id", "push_dataset_to_hub", "hf_output_dataset", "output_dataset_name"]) {
        return Some(Slot::new(Want::Dataset, MentionRole::Output));
    }
    // The model in the old spelling of a trainer, and an object of a server: neither is what its words say.
    if is(&["base_model_config"]) {
        return Some(Slot::new(Want::Model, MentionRole::Base));
    }
    if is(&["chat_template_path"]) {
        return Some(Slot::new(Want::Model, MentionRole::Tokenizer));
    }
    if is(&["from_pretrained"]) {
        return Some(Slot::new(Want::Model, MentionRole::Inference));
    }
    if has(NEVER) {
        return None;
    }
    let last = *words.last()?;
    if has(&["dataset", "datasets"]) {
        if has(&[
            "dir", "config", "split", "num", "text", "info", "kwargs", "module", "mode", "sampler", "shuffle",
        ]) {
            return None;
        }
        let eval = has(&["eval", "evaluation", "test", "valid", "validation", "val", "benchmark", "bench"]);
        let role = if eval { MentionRole::EvalData } else { MentionRole::TrainData };
        return Some(Slot::new(Want::Dataset, role));
    }
    let adapter = has(&["adapter", "adapters", "lora", "loras", "peft"]) && !has(&["base"]);
    if adapter {
        let names = matches!(
            last,
            "adapter"
                | "adapters"
                | "lora"
                | "loras"
                | "id"
                | "name"
                | "path"
                | "repo"
                | "model"
                | "models"
                | "modules"
                | "dir"
                | "paths"
        );
        return names.then_some(Slot::new(Want::Model, MentionRole::Adapter));
    }
    if has(&["tokenizer", "processor"]) {
        let names = matches!(
            last,
            "tokenizer" | "processor" | "id" | "name" | "path" | "repo" | "model" | "url" | "config"
        );
        return names.then_some(Slot::new(Want::Model, MentionRole::Tokenizer));
    }
    if has(&["mmproj"]) {
        return Some(Slot::new(Want::Model, MentionRole::Projector));
    }
    let model = has(&[
        "model",
        "models",
        "checkpoint",
        "checkpoints",
        "ckpt",
        "llm",
        "llms",
        "pretrained",
        "embedder",
        "reranker",
    ]) || is(&[
        "repo_id",
        "hf_repo",
        "hf_repo_id",
        "hf_path",
        "hf_id",
        "hf_repo_name",
        "hf_hub_id",
        "huggingface_repo",
        "huggingface_id",
        "hugging_face_id",
        "base_hf",
        "vae",
        "repo_ids",
    ]);
    if !model || has(&["dir", "directory", "folder", "config", "prefix"]) {
        return None;
    }
    let role = if has(&["teacher"]) {
        MentionRole::Teacher
    } else if has(&["base", "sft", "ref"])
        || (has(&["pretrained"]) || words.ends_with(&["name", "or", "path"]))
    {
        MentionRole::Base
    } else {
        MentionRole::Inference
    };
    Some(Slot::new(Want::Model, role))
}

/// Whether a name has a part that a name which asks for something has: most keys of most files do not, and are not
/// taken apart.
fn may_ask(name: &str) -> bool {
    const PARTS: &[&[u8]] = &[
        b"model",
        b"dataset",
        b"adapter",
        b"lora",
        b"peft",
        b"token",
        b"process",
        b"mmproj",
        b"check",
        b"ckpt",
        b"llm",
        b"pretrain",
        b"embedder",
        b"rerank",
        b"hub",
        b"hf",
        b"hugging",
        b"repo",
        b"vae",
        b"template",
    ];
    let bytes = name.as_bytes();
    PARTS.iter().any(|part| bytes.windows(part.len()).any(|w| w.eq_ignore_ascii_case(part)))
}

/// A name with one of these words is about a model, and its value is something else.
const NEVER: &[&str] = &[
    "type",
    "types",
    "class",
    "cls",
    "kwargs",
    "cache",
    "revision",
    "size",
    "max",
    "length",
    "len",
    "dtype",
    "format",
    "template",
    "parallel",
    "version",
    "card",
    "family",
    "provider",
    "count",
    "save",
    "output",
    "export",
    "loader",
    "key",
    "field",
    "column",
    "tag",
    "tags",
    "metadata",
    "token",
    "suffix",
    "quantization",
    "display",
    "label",
    "labels",
    "description",
    "registry",
    "image",
    "server",
    "host",
    "port",
    "timeout",
    "github",
    "docker",
    "module",
    "modules",
    "import",
    "log",
    "author",
    "license",
    "url_docs",
    "doc",
    "docs",
    "archive",
    "website",
    "homepage",
    "logo",
    "icon",
    "prompt",
    "message",
    "messages",
    "error",
    "title",
    "owner",
    "org",
    "branch",
    "commit",
    "git",
    "endpoint",
    "arch",
    "architecture",
    "mount",
    "volume",
    "namespace",
    "package",
    "route",
    "proxy",
    "unavailable",
    "chart",
    "upload",
    "destination",
    "dest",
];

/// What a name asks for where the text reads like the id of a model, too: a repository may be anybody's.
pub(super) fn slot_for(name: &str, text: &str) -> Option<Slot> {
    slot(name).or_else(|| {
        let words = words(name);
        let repository = words.iter().any(|w| w == "repo" || w == "repository")
            && !words.iter().any(|w| NEVER.contains(&w.as_str()));
        (repository && super::likeness::is_like_a_model(text))
            .then_some(Slot::new(Want::Model, MentionRole::Weights))
    })
}

/// Whether a mapping under a name has ids as its keys: `models`, `MODEL_SIZES`, `datasetColumns`, but no `model`.
pub(super) fn maps(name: &str) -> Option<Slot> {
    let found = slot(name)?;
    let words = words(name);
    let last = words.last().map_or("", String::as_str);
    let several = words.iter().any(|w| {
        matches!(
            w.as_str(),
            "models" | "datasets" | "checkpoints" | "embedders" | "rerankers" | "llms" | "tokenizers"
        )
    }) || matches!(
        last,
        "map" | "mapping" | "list" | "names" | "ids" | "options" | "choices" | "repos" | "paths"
    );
    // What leads from an id to a title or a number opens nothing.
    let lookup = words.iter().any(|w| w == "to");
    (several && !lookup && found.role != MentionRole::Output).then_some(found)
}

/// Whether a key holds a picture to show: its address says nothing of what is used.
pub(super) fn is_picture(name: &str) -> bool {
    words(name).iter().any(|w| {
        matches!(
            w.as_str(),
            "icon" | "icons" | "logo" | "logos" | "avatar" | "thumbnail" | "banner" | "screenshot"
        )
    })
}

/// Whether a key holds an address: only what has a scheme or the hub's own address counts there.
pub(super) fn is_address(name: &str) -> bool {
    let words = words(name);
    let last = words.last().map_or("", String::as_str);
    matches!(
        last,
        "url"
            | "urls"
            | "uri"
            | "uris"
            | "source"
            | "src"
            | "repo"
            | "repository"
            | "from"
            | "href"
            | "link"
            | "download"
    ) && !words.iter().any(|w| {
        matches!(
            w.as_str(),
            "docs"
                | "website"
                | "homepage"
                | "logo"
                | "icon"
                | "image"
                | "avatar"
                | "license"
                | "prompt"
                | "paper"
                | "author"
                | "issue"
                | "issues"
                | "help"
                | "doc"
                | "documentation"
                | "card"
                | "badge"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_vocabulary_for_every_spelling() {
        assert_eq!(words("modelNameOrPath"), ["model", "name", "or", "path"]);
        assert_eq!(words("HF_MODELId"), ["hf", "model", "id"]);
        for (name, role) in [
            ("modelURL", MentionRole::Inference),
            ("--model_name_or_path", MentionRole::Base),
            ("LLM_ROUTER_TOOLS_MODEL", MentionRole::Inference),
            ("base_model", MentionRole::Base),
            ("hub_model_id", MentionRole::Output),
            ("adapter_name_or_path", MentionRole::Adapter),
            ("eval_dataset", MentionRole::EvalData),
            ("tokenizer_name", MentionRole::Tokenizer),
            ("teacher_model", MentionRole::Teacher),
        ] {
            assert_eq!(slot(name).map(|s| s.role), Some(role), "{name}");
        }
        for name in [
            "model_type",
            "image",
            "repository",
            "wandb_log_model",
            "dataset_split",
            "output_dir",
            "model_max_length",
            "lora_r",
            "name",
        ] {
            assert_eq!(slot(name), None, "{name}");
        }
    }
}
