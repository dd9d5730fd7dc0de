//! How readers put what they find into [`ModelFacts`]: lengths are bounded, ids are told from paths.

use licit_model::RawLicense;
use licit_model::ai::{Derivation, MentionKind, ModelFacts, Origin};
use licit_model::found::RawLicenseKind;

/// Bytes of a note; a longer value is cut.
const NOTE: usize = 600;

/// Notes of one file.
const NOTES: usize = 64;

/// Bytes of a license statement; whole texts stand in Modelfiles and in headers.
const LICENSE: usize = 256 << 10;

/// Origins of one file; merges have a dozen, data mixtures some hundred.
const ORIGINS: usize = 512;

/// The text up to so many bytes, cut between characters.
pub(super) fn cut(text: &str, most: usize) -> &str {
    let mut end = text.len().min(most);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// The value of one line: blanks and control characters at its ends gone, empty ones refused.
pub(super) fn said(text: &str) -> Option<&str> {
    let text = text.trim_matches(|c: char| c.is_whitespace() || c.is_control());
    let none = ["none", "null", "unknown", "n/a", "na", "undefined", "~"];
    (!text.is_empty() && !none.iter().any(|n| text.eq_ignore_ascii_case(n))).then_some(text)
}

/// Adds a note, unless it says nothing.
pub(super) fn note(facts: &mut ModelFacts, key: &str, value: &str) {
    if let Some(value) = said(value)
        && facts.notes.len() < NOTES
    {
        let clean: String = cut(value, NOTE).chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        facts.notes.push((cut(key, 80).to_string(), clean));
    }
}

/// Adds a dimension, the first statement wins.
pub(super) fn shape(facts: &mut ModelFacts, key: &str, value: u64) {
    if value > 0 && !facts.shape.iter().any(|(k, _)| k == key) {
        facts.shape.push((key.to_string(), value));
    }
}

/// Adds a license statement, unless it says nothing or stands there already.
pub(super) fn license(facts: &mut ModelFacts, text: &str, line: Option<u32>) {
    if let Some(text) = said(text) {
        let text = cut(text, LICENSE).to_string();
        if !facts.licenses.iter().any(|l| l.text == text) {
            facts.licenses.push(RawLicense { text, kind: RawLicenseKind::Expression, line });
        }
    }
}

/// Sets a value where none is set yet.
pub(super) fn set(field: &mut Option<String>, value: &str) {
    if let (None, Some(value)) = (&field, said(value)) {
        *field = Some(cut(value, NOTE).to_string());
    }
}

/// What an id on the hub consists of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hub {
    /// Model or dataset.
    pub kind: MentionKind,
    /// `owner/name`, or `name` for the oldest ones.
    pub id: String,
    /// Where the address pins one.
    pub revision: Option<String>,
}

/// Folder names with which paths on a machine begin, and no owner on the hub.
const FOLDERS: &[&str] = &[
    "adapter",
    "adapters",
    "base",
    "base_model",
    "build",
    "cache",
    "checkpoint",
    "checkpoints",
    "ckpt",
    "ckpts",
    "content",
    "data",
    "dist",
    "exp",
    "experiments",
    "files",
    "hf_models",
    "home",
    "local",
    "logs",
    "lora",
    "loras",
    "merged",
    "mnt",
    "model",
    "models",
    "opt",
    "out",
    "output",
    "outputs",
    "path",
    "pretrained",
    "pretrained_models",
    "results",
    "root",
    "runs",
    "saved",
    "saved_models",
    "saves",
    "scratch",
    "src",
    "tmp",
    "trained",
    "train",
    "user",
    "users",
    "usr",
    "var",
    "weights",
    "workspace",
    "your-username",
    "username",
    "your_username",
];

/// Whether an ending says that a name is that of a file.
fn is_file_name(name: &str) -> bool {
    let endings = [
        ".gguf",
        ".bin",
        ".pt",
        ".pth",
        ".ckpt",
        ".safetensors",
        ".onnx",
        ".h5",
        ".zip",
        ".gz",
        ".json",
        ".yaml",
        ".yml",
        ".py",
        ".txt",
        ".csv",
        ".jsonl",
        ".parquet",
    ];
    let lower = name.to_ascii_lowercase();
    endings.iter().any(|e| lower.ends_with(e))
}

/// Reads an id on the hub, bare or as an address. Nothing for paths and for words that can be no id.
pub(super) fn hub(text: &str) -> Option<Hub> {
    let text = text.trim();
    let mut kind = MentionKind::HfModel;
    let mut rest = text;
    let mut address = false;
    for scheme in ["https://", "http://"] {
        rest = rest.strip_prefix(scheme).unwrap_or(rest);
    }
    for host in ["www.huggingface.co/", "huggingface.co/", "hf.co/", "hf://", "hf-hub:", "hf_hub:"] {
        if let Some(below) = rest.strip_prefix(host) {
            (rest, address) = (below, true);
            break;
        }
    }
    if !address && (text.contains("://") || rest.len() != text.len()) {
        return None;
    }
    if let Some(below) = rest.strip_prefix("datasets/") {
        (rest, kind) = (below, MentionKind::HfDataset);
    } else if address {
        rest = rest.strip_prefix("models/").unwrap_or(rest);
    }
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let mut parts: Vec<&str> = rest.split('/').collect();
    if parts.last() == Some(&"") {
        parts.pop();
    }
    let mut revision = None;
    if address && parts.len() > 2 {
        if !matches!(parts[2], "tree" | "resolve" | "blob" | "raw" | "commit") {
            return None;
        }
        revision = parts.get(3).filter(|r| **r != "main").map(|r| (*r).to_string());
        parts.truncate(2);
    }
    let part = |p: &&str| {
        !p.is_empty()
            && p.len() <= 96
            && p.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
            && p.bytes().any(|b| b.is_ascii_alphanumeric())
            && !p.starts_with(['.', '-'])
    };
    let fits = (1..=2).contains(&parts.len()) && parts.iter().all(part);
    let local = parts.len() == 2 && !address && FOLDERS.contains(&parts[0].to_ascii_lowercase().as_str());
    let word = parts.len() == 1 && (address || FOLDERS.contains(&parts[0].to_ascii_lowercase().as_str()));
    if !fits || local || word || parts.last().is_some_and(|p| is_file_name(p)) {
        return None;
    }
    // `owner/name@revision` is not an id of the hub; a revision stands in a key of its own.
    Some(Hub { kind, id: parts.join("/"), revision })
}

/// Adds an origin, unless it stands there already or is the thing itself.
pub(super) fn origin(facts: &mut ModelFacts, hub: Hub, derivation: Derivation, line: Option<u32>) {
    let own = facts.id.as_ref().is_some_and(|id| id.eq_ignore_ascii_case(&hub.id));
    let known = facts.origins.iter().any(|o| o.kind == hub.kind && o.id == hub.id);
    if !own && !known && facts.origins.len() < ORIGINS {
        facts.origins.push(Origin { kind: hub.kind, id: hub.id, revision: hub.revision, derivation, line });
    }
}

/// Adds a base: an origin where the text is an id, else a note under the key.
pub(super) fn base(facts: &mut ModelFacts, key: &str, text: &str, derivation: Derivation, line: Option<u32>) {
    match hub(text) {
        Some(hub) => origin(facts, hub, derivation, line),
        None => note(facts, key, text),
    }
}

/// What the metadata of most formats says as keys and values. Keys are compared without case; the readers of a format
/// treat its own keys before this.
pub(super) fn property(facts: &mut ModelFacts, key: &str, value: &str) {
    let lower = key.to_ascii_lowercase();
    let last = lower.rsplit(['.', ':']).next().unwrap_or(&lower);
    match last {
        "license" | "licence" | "licenses" | "spdx" => license(facts, value, None),
        "license_link" | "license_url" | "license-link" | "licenseurl" => set(&mut facts.license_link, value),
        "license_name" | "license-name" => license(facts, value, None),
        "base_model"
        | "base_models"
        | "base_model_name_or_path"
        | "ss_sd_model_name"
        | "ss_base_model_name" => {
            base(facts, key, value, Derivation::Unstated, None);
        }
        "architecture" => {
            set(&mut facts.architecture, value);
            note(facts, key, value);
        }
        "task" | "pipeline_tag" => set(&mut facts.task, value),
        // Names of classes and preprocessing tables help nobody who reviews a license.
        "names" | "vocab" | "tokenizer" | "labels" | "character" | "stride" | "imgsz" | "tokens"
        | "classes" => {}
        _ => note(facts, key, value),
    }
}

/// Sorts what has an order of its own, so that the same file gives the same facts.
pub(super) fn settle(facts: &mut ModelFacts) {
    facts.notes.sort();
    facts.notes.dedup();
    facts.shape.sort();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_told_from_paths() {
        let id = |text: &str| hub(text).map(|h| h.id);
        assert_eq!(id("meta-llama/Llama-2-7b-hf").as_deref(), Some("meta-llama/Llama-2-7b-hf"));
        assert_eq!(id("gpt2").as_deref(), Some("gpt2"));
        assert_eq!(id("https://huggingface.co/a/b/").as_deref(), Some("a/b"));
        let pinned = hub("https://huggingface.co/a/b/tree/0123abc").unwrap();
        assert_eq!(pinned.revision.as_deref(), Some("0123abc"));
        let data = hub("https://huggingface.co/datasets/a/b").unwrap();
        assert_eq!((data.kind, data.id.as_str()), (MentionKind::HfDataset, "a/b"));
        for path in [
            "./model",
            "../a/b",
            "/mnt/a/b",
            "~/a",
            "models/llama",
            "C:\\x",
            "a/b/c",
            "a/model.gguf",
            "https://github.com/a/b",
            "",
            "a b/c",
            "output",
            "hf.co/a",
            ".",
            "-/-",
            "..",
            "a/..",
        ] {
            assert_eq!(id(path), None, "{path}");
        }
    }

    #[test]
    fn cuts_between_characters() {
        assert_eq!(cut("aé", 2), "a");
        assert_eq!(cut("aé", 3), "aé");
        assert_eq!(said(" None "), None);
    }
}
