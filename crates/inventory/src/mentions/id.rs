//! Whether a text is the id of a model or dataset: the shapes of ids, addresses and schemes, and what only looks like one.

use licit_model::ai::MentionKind;

use super::likeness;
use super::words::{
    BUILDERS, FAMILIES, FILES, FOLDERS, GATEWAYS, LEGACY, PAGES, PICTURES, PLACEHOLDERS, SERVICES, STANDARD,
    WEIGHTS, has,
};

/// What the place asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Want {
    /// A model of the hub; `owner/name`, or one of the few old names without owner.
    Model,
    /// A dataset of the hub with an owner.
    Dataset,
    /// A dataset of the hub; the place takes nothing else, so that a name without owner is one too.
    AnyDataset,
    /// A model of an Ollama library.
    Ollama,
    /// Whatever its address or scheme says; plain texts are nothing.
    Address,
    /// A file of weights, by its name alone wherever it lies.
    Weights,
    /// A file of weights inside a repository, under its path there.
    RepositoryFile,
}

/// One thing that a text names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) kind: MentionKind,
    pub(super) id: String,
    pub(super) revision: Option<String>,
}

impl Named {
    fn new(kind: MentionKind, id: impl Into<String>) -> Named {
        Named { kind, id: id.into(), revision: None }
    }
}

/// Longer texts are no ids, and most texts of a file are longer or have blanks.
const LONGEST: usize = 400;

/// What a text names where `want` is expected: a repository, and perhaps the file of weights in it.
pub(super) fn named(text: &str, want: Want) -> Vec<Named> {
    let text = known_part(text.trim()).trim_end_matches(['/', ',']);
    if text.is_empty() || text.len() > LONGEST || !text.bytes().all(plain) {
        return Vec::new();
    }
    if let Some(found) = by_scheme(text) {
        return found;
    }
    match want {
        Want::Address => Vec::new(),
        Want::Model => model(text),
        Want::Dataset | Want::AnyDataset => {
            let (id, revision) = split_revision(text);
            // A script that loads data lies beside the program.
            let bare =
                want == Want::AnyDataset && is_bare(id) && !has(BUILDERS, id) && !id.ends_with("_script");
            if !bare && !is_repository(id) {
                return Vec::new();
            }
            vec![Named { kind: MentionKind::HfDataset, id: id.to_string(), revision }]
        }
        Want::Ollama => ollama(text).into_iter().collect(),
        Want::Weights => weights(text).into_iter().collect(),
        Want::RepositoryFile => {
            weights(text).map(|file| Named { id: text.to_string(), ..file }).into_iter().collect()
        }
    }
}

/// An address on the hub as far as it is known: of `…/owner/name/resolve/main/${file}` only the file is not.
fn known_part(text: &str) -> &str {
    let Some(variable) = text.find(['{', '$']) else { return text };
    let Some(verb) = text.find("/resolve/").filter(|verb| *verb < variable && text.contains("://")) else {
        return text;
    };
    let known = text.get(..variable).unwrap_or(text);
    // A part of a name is none.
    let end = known.rfind('/').filter(|end| *end > verb + "/resolve".len());
    known.get(..end.unwrap_or(verb)).unwrap_or(text)
}

/// Bytes of ids, paths and addresses. Brackets of placeholders, quotes, blanks and variables are not among them.
fn plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"/._-:@%?=&+~#,*".contains(&byte)
}

fn model(text: &str) -> Vec<Named> {
    if text.contains(['*', '?', '=', '&', '#', ',']) {
        return Vec::new();
    }
    if let Some(file) = weights(text) {
        // `owner/name/file.gguf` names both; any other path is local.
        let parts: Vec<&str> = text.split('/').collect();
        let mut found = vec![file];
        if let [owner, name, _] = parts.as_slice() {
            let id = format!("{owner}/{name}");
            // Folders look the same, so the repository has to be named like what is in it.
            let own = likeness::is_like_a_model(&id) && !has(FOLDERS, name.to_ascii_lowercase().as_str());
            if own && is_repository(&id) {
                found.push(Named::new(MentionKind::HfModel, id));
            }
        }
        return found;
    }
    let (id, revision) = split_revision(text);
    // Only a quantisation or a provider of the hub stands behind a colon.
    let id = id.split_once(':').map_or(id, |(id, _)| id);
    let id = match id.split('/').collect::<Vec<_>>().as_slice() {
        [gateway, _, _] if has(GATEWAYS, gateway) => id.split_once('/').map_or(id, |(_, rest)| rest),
        _ => id,
    };
    if is_repository(id) && !is_hosted(id) || has(LEGACY, id) {
        return vec![Named { kind: MentionKind::HfModel, id: id.to_string(), revision }];
    }
    Vec::new()
}

/// `owner/name@revision` in two.
fn split_revision(text: &str) -> (&str, Option<String>) {
    match text.split_once('@') {
        // Some tools put an address of a server there.
        Some((id, revision)) => {
            let pin =
                !revision.is_empty() && !revision.contains(['@', ':']) && !revision.starts_with("localhost");
            (id, pin.then(|| revision.to_string()))
        }
        _ => (text, None),
    }
}

/// A model of an Ollama library: `name`, `name:tag`, `namespace/name:tag`.
pub(super) fn ollama(text: &str) -> Option<Named> {
    let text = text.trim();
    if weights(text).is_some() || text.starts_with(['.', '/', '~', '-']) || text.contains("//") {
        return None;
    }
    let (name, tag) = text.split_once(':').map_or((text, None), |(n, t)| (n, Some(t)));
    let part = |p: &str| {
        !p.is_empty()
            && p.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
            && p.bytes().any(|b| b.is_ascii_alphabetic())
    };
    let parts: Vec<&str> = name.split('/').collect();
    let right = match parts.as_slice() {
        [name] => part(name) && !is_placeholder(name),
        [owner, name] => part(owner) && part(name) && is_repository(&format!("{owner}/{name}")),
        _ => false,
    };
    let tag_right = tag
        .is_none_or(|t| !t.is_empty() && t.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b)));
    (right && tag_right && name.len() > 1).then(|| Named::new(MentionKind::OllamaModel, text))
}

/// Whether an Ollama model is named like one of its library.
pub(super) fn is_known_family(id: &str) -> bool {
    let name = id.rsplit('/').next().unwrap_or(id).to_ascii_lowercase();
    FAMILIES.split_ascii_whitespace().any(|family| name.starts_with(family))
}

/// A file of weights that lies in the tree, whatever it is called.
pub(super) fn file(path: &str) -> Named {
    Named::new(MentionKind::WeightFile, path.rsplit('/').next().unwrap_or(path))
}

/// The file of weights that a path ends in.
pub(super) fn weights(text: &str) -> Option<Named> {
    if text.contains(['*', '?', ':', '=', ',', '&']) {
        return None;
    }
    let name = text.rsplit('/').next()?;
    let (stem, extension) = name.rsplit_once('.')?;
    // Where nothing but a place on the disk is known, the name that a library gives every file says nothing.
    if text.starts_with("./") && has(STANDARD, stem.split('-').next().unwrap_or(stem)) {
        return None;
    }
    let right = !stem.is_empty() && has(WEIGHTS, extension.to_ascii_lowercase().as_str());
    (right && !is_placeholder(stem)).then(|| Named::new(MentionKind::WeightFile, name))
}

/// Whether a text is `owner/name` as the hub has it, and neither a local path nor a placeholder.
pub(super) fn is_repository(text: &str) -> bool {
    let Some((owner, name)) = text.split_once('/') else { return false };
    let part = |p: &str| {
        p.len() <= 96
            && p.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
            && p.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric() || b == b'_')
            && !p.contains("..")
            && !p.ends_with('.')
    };
    // A dot in an owner is a host.
    if !part(owner) || !part(name) || owner.contains('.') || name.contains("--") {
        return false;
    }
    // A number behind the slash is a version of a program.
    if !name.bytes().any(|b| b.is_ascii_alphabetic()) {
        return false;
    }
    let (low_owner, low_name) = (owner.to_ascii_lowercase(), name.to_ascii_lowercase());
    let folder = has(FOLDERS, low_owner.as_str())
        || ["_models", "_dir", "_checkpoints", "_weights", "_output", "_outputs", "_folder"]
            .iter()
            .any(|s| low_owner.ends_with(s));
    // Owners that test with the hub name their models after what they are: no weights at all.
    let tries = low_owner.ends_with("-testing") && low_name.starts_with("dummy-");
    if folder || is_placeholder(&low_owner) || (is_placeholder(&low_name) && !tries) {
        return false;
    }
    // What a trainer calls its states.
    let step = low_name.trim_start_matches("checkpoint").trim_start_matches(['-', '_']);
    if low_name.starts_with("checkpoint") && step.bytes().all(|b| b.is_ascii_digit()) {
        return false;
    }
    // One letter each is arithmetic or `and/or`.
    if owner.len() < 2 || name.len() < 2 {
        return false;
    }
    let extension = low_name.rsplit_once('.').map_or("", |(_, e)| e);
    !has(FILES, extension) && !has(WEIGHTS, extension)
}

/// Names that stand for one that the reader has to fill in.
fn is_placeholder(part: &str) -> bool {
    let part = part.to_ascii_lowercase();
    has(PLACEHOLDERS, part.as_str())
        || [
            "your-", "your_", "my-", "my_", "yourname", "some-", "some_", "xxx", "path-to", "path_to",
            "dummy-", "example-", "username", "fake",
        ]
        .iter()
        .any(|p| part.starts_with(p))
        || ["-username", "_username", "-placeholder", "test-model", "test_model", "test-provider"]
            .iter()
            .any(|s| part.ends_with(s))
}

/// A name without owner, of a place that takes nothing else than hub datasets.
fn is_bare(text: &str) -> bool {
    text.len() > 1
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
        && text.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric())
        && text.bytes().any(|b| b.is_ascii_alphabetic())
        && !is_placeholder(text)
        && !text.rsplit_once('.').is_some_and(|(_, e)| has(FILES, e.to_ascii_lowercase().as_str()))
}

/// Models that only a service has: their ids look like the hub's.
fn is_hosted(id: &str) -> bool {
    let Some((owner, name)) = id.split_once('/') else { return false };
    let name = name.to_ascii_lowercase();
    let begins = |list: &[&str]| list.iter().any(|p| name.starts_with(p));
    match owner.to_ascii_lowercase().as_str() {
        // Everything that has no open weights is the service's, or something else behind the same interface.
        "openai" => {
            name == "whisper-1"
                || !begins(&[
                    "gpt-oss",
                    "whisper-",
                    "clip-",
                    "imagegpt",
                    "jukebox",
                    "shap-e",
                    "point-e",
                    "consistency",
                    "diffusers-",
                    "privacy-filter",
                ])
        }
        "ibm" => begins(&["granite"]),
        "google" => begins(&["gemini", "text-", "palm"]),
        "mistral" => true,
        "mistralai" => {
            matches!(name.as_str(), "mistral-large" | "mistral-small" | "mistral-tiny" | "codestral")
                || begins(&["mistral-large-latest", "mistral-small-latest", "mistral-medium"])
        }
        "deepseek" => begins(&["deepseek-chat", "deepseek-reasoner", "deepseek-r1", "deepseek-v"]),
        owner => has(SERVICES, owner),
    }
}

/// An address or a scheme; `None` where the text has neither.
fn by_scheme(text: &str) -> Option<Vec<Named>> {
    let strip = |prefixes: &[&str]| prefixes.iter().find_map(|p| text.strip_prefix(p));
    if let Some(rest) = strip(&[
        "https://huggingface.co/",
        "http://huggingface.co/",
        "https://hf.co/",
        "https://www.huggingface.co/",
        "huggingface.co/",
        "hf.co/",
        "https://hf-mirror.com/",
    ]) {
        return Some(address(rest));
    }
    if let Some(rest) = strip(&["hf://", "hf-hub:", "hf_hub:", "huggingface://", "hf:"]) {
        return Some(scheme(rest));
    }
    if let Some(rest) = strip(&["ollama://", "ollama_chat/", "ollama/"]) {
        let rest = rest.split(['?', '#']).next().unwrap_or(rest);
        // The service's own image has the same words.
        let image = text.starts_with("ollama/") && (rest == "ollama" || rest.starts_with("ollama:"));
        return Some(if image { Vec::new() } else { ollama(rest).into_iter().collect() });
    }
    if let Some((_, rest)) = text.strip_prefix("djl://ai.djl.huggingface.").and_then(|r| r.split_once('/')) {
        return Some(scheme(rest));
    }
    let local = text.starts_with(['/', '.', '~', '-', '@']) && !text.contains("://");
    if text.contains("://") || (local && weights(text).is_none()) {
        return Some(Vec::new());
    }
    None
}

/// Whether a text is the address of a file on the hub, whatever the place is called that has it.
pub(super) fn is_download(text: &str) -> bool {
    text.contains("huggingface.co/")
        && (text.contains("/resolve/")
            || (text.contains("/blob/") && weights(text.rsplit('/').next().unwrap_or("")).is_some()))
}

/// What an address on the hub leads to.
fn address(rest: &str) -> Vec<Named> {
    let rest = rest.split(['?', '#']).next().unwrap_or(rest);
    let mut parts: Vec<&str> = rest.split('/').filter(|p| !p.is_empty()).collect();
    if parts.first() == Some(&"api") {
        parts.remove(0);
        if parts.first() == Some(&"models") {
            parts.remove(0);
        }
    }
    let kind = if parts.first() == Some(&"datasets") {
        parts.remove(0);
        MentionKind::HfDataset
    } else {
        MentionKind::HfModel
    };
    let verb = |p: &&str| matches!(*p, "resolve" | "blob" | "raw" | "tree");
    // The oldest repositories have no owner.
    let bare = parts.len() == 1 || parts.get(1).is_some_and(verb);
    let (id, tail) = if bare {
        let Some(name) = parts.first().copied() else { return Vec::new() };
        let known = if kind == MentionKind::HfDataset { is_bare(name) } else { has(LEGACY, name) };
        if !known {
            return Vec::new();
        }
        (name.to_string(), parts.get(1..).unwrap_or(&[]))
    } else {
        let (Some(owner), Some(name)) = (parts.first(), parts.get(1)) else { return Vec::new() };
        let name = name.split_once(':').map_or(*name, |(n, _)| n);
        let id = format!("{owner}/{}", name.strip_suffix(".git").unwrap_or(name));
        if has(PAGES, owner) || !is_repository(&id) {
            return Vec::new();
        }
        (id, parts.get(2..).unwrap_or(&[]))
    };
    let revision = tail.first().filter(|p| verb(p)).and_then(|_| tail.get(1)).map(|r| r.replace("%2F", "/"));
    let file = tail.get(2..).and_then(<[&str]>::last).copied().unwrap_or("");
    let extension = file.rsplit_once('.').map_or("", |(_, e)| e).to_ascii_lowercase();
    // A picture or a page of a repository is no use of it.
    if has(PICTURES, extension.as_str()) || tail.first().is_some_and(|p| !verb(p)) {
        return Vec::new();
    }
    let mut found = vec![Named { kind, id, revision }];
    if kind == MentionKind::HfModel {
        found.extend(weights(file));
    }
    found
}

/// What stands behind `hf://` and its like.
fn scheme(rest: &str) -> Vec<Named> {
    let rest = rest.split(['?', '#']).next().unwrap_or(rest).trim_start_matches('/');
    let (kind, rest) = match rest.strip_prefix("datasets/") {
        Some(rest) => (MentionKind::HfDataset, rest),
        None => (MentionKind::HfModel, rest.strip_prefix("models/").unwrap_or(rest)),
    };
    let mut parts = rest.splitn(3, '/');
    let (Some(owner), Some(name)) = (parts.next(), parts.next()) else { return Vec::new() };
    let (name, revision) = match name.split_once(['@', ':']) {
        Some((name, revision)) if !revision.is_empty() => (name, Some(revision.to_string())),
        _ => (name, None),
    };
    let id = format!("{owner}/{name}");
    if has(PAGES, owner) || !is_repository(&id) {
        return Vec::new();
    }
    let mut found = vec![Named { kind, id, revision }];
    if kind == MentionKind::HfModel {
        found.extend(parts.next().and_then(weights));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(text: &str, want: Want) -> Vec<String> {
        named(text, want).into_iter().map(|n| n.id).collect()
    }

    #[test]
    fn ids_of_the_hub() {
        for (text, id) in [
            ("meta-llama/Llama-2-7b-hf", "meta-llama/Llama-2-7b-hf"),
            ("hf://google/gemma-2b-it", "google/gemma-2b-it"),
            ("hf-hub:timm/vit_base_patch16_224", "timm/vit_base_patch16_224"),
            ("ggml-org/gemma-3-1b-it-GGUF:Q4_K_M", "ggml-org/gemma-3-1b-it-GGUF"),
            ("huggingface/bigcode/starcoder", "bigcode/starcoder"),
            ("https://huggingface.co/TheBloke/x-GPTQ", "TheBloke/x-GPTQ"),
            ("bert-base-uncased", "bert-base-uncased"),
            ("https://huggingface.co/bert-base-uncased/resolve/main/vocab.txt", "bert-base-uncased"),
        ] {
            assert_eq!(ids(text, Want::Model), [id], "{text}");
        }
        let pinned = named("https://huggingface.co/a1/b1/resolve/abc/x.gguf", Want::Address);
        assert_eq!((pinned[0].revision.as_deref(), pinned[1].id.as_str()), (Some("abc"), "x.gguf"));
        assert_eq!(ids("ollama/llama3:8b", Want::Model), ["llama3:8b"]);
        assert_eq!(ids("wikitext", Want::AnyDataset), ["wikitext"]);
    }

    #[test]
    fn what_only_looks_like_one() {
        for text in [
            "saves/qwen3-4b/lora/sft",
            "models/vicuna-7B",
            "./a/b",
            "/a/b",
            "username/my-model",
            "path/to/your/model",
            "application/json",
            "scripts/x.py",
            "<your-hub-model-id>",
            "openai/gpt-4o",
            "anthropic/claude-3",
            "ghcr.io/a/b",
            "https://github.com/lm-sys/FastChat",
            "https://huggingface.co/docs/transformers",
            "ollama/ollama:0.12.0",
            "https://huggingface.co/spaces/lmsys/arena",
            "model_a",
            "org/model",
            "1/2",
            "${X}/y",
            "a b/c",
            "gpt-4",
        ] {
            assert_eq!(ids(text, Want::Model), [""; 0], "{text}");
        }
        for text in ["json", "data.csv", "./x", "a/b/c"] {
            assert_eq!(ids(text, Want::AnyDataset), [""; 0], "{text}");
        }
    }
}
