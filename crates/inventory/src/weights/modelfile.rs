//! Ollama: Modelfiles, and the store that it keeps its models in.

use licit_model::RawLicense;
use licit_model::ai::{Derivation, MentionKind, ModelFacts, Origin};
use licit_model::found::RawLicenseKind;
use serde_json::Value;

use super::facts::{Hub, cut, hub, license, note, set};

/// Reads a Modelfile. False where the text is something else.
pub(super) fn read(text: &str, facts: &mut ModelFacts) -> bool {
    let mut from = false;
    let mut rest = text;
    let mut number = 0u32;
    while !rest.is_empty() {
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        rest = after;
        number += 1;
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        let (word, value) = trimmed.split_once(char::is_whitespace).unwrap_or((trimmed, ""));
        let first = number;
        let mut value = value.trim().to_string();
        // Three quotes open a value of many lines.
        if let Some(open) = value.find("\"\"\"") {
            let mut body = value[open + 3..].to_string();
            let closed = body.contains("\"\"\"");
            while !closed && !rest.is_empty() {
                let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
                rest = after;
                number += 1;
                // What follows the quotes on their line is no part of it.
                if let Some(end) = line.find("\"\"\"") {
                    body.push('\n');
                    body.push_str(&line[..end + 3]);
                } else if body.len() < 256 << 10 {
                    body.push('\n');
                    body.push_str(line);
                }
                if line.contains("\"\"\"") {
                    break;
                }
            }
            let end = body.find("\"\"\"").unwrap_or(body.len());
            value = body[..end].trim().to_string();
        }
        let value = value.trim_matches('"');
        match word.to_ascii_uppercase().as_str() {
            "FROM" if !value.is_empty() => {
                from = true;
                facts.origins.push(named(value, Derivation::Unstated, first));
            }
            // The model that is built holds the adapter merged into its base.
            "ADAPTER" if !value.is_empty() => facts.origins.push(named(value, Derivation::Merge, first)),
            "LICENSE" => license(facts, value, Some(first)),
            "PARAMETER" | "TEMPLATE" | "SYSTEM" | "MESSAGE" | "REQUIRES" | "RENDERER" | "PARSER"
            | "DRAFT" => {}
            // An instruction that Ollama does not know: this is another kind of file.
            _ if !from => return false,
            _ => {}
        }
    }
    facts.format = "modelfile";
    from
}

/// What a Modelfile names: a file, a repository of the hub, or a model of a library.
fn named(value: &str, derivation: Derivation, line: u32) -> Origin {
    let lower = value.to_ascii_lowercase();
    let file = value.starts_with(['.', '/', '~', '\\'])
        || [".gguf", ".bin", ".safetensors", ".ggml"].iter().any(|e| lower.ends_with(e))
        || value.contains('\\');
    let mut origin = Origin {
        kind: if file { MentionKind::WeightFile } else { MentionKind::OllamaModel },
        id: cut(value, 400).to_string(),
        revision: None,
        derivation,
        line: Some(line),
    };
    if !file
        && ["hf.co/", "huggingface.co/"].iter().any(|h| lower.trim_start_matches("https://").starts_with(h))
        // The tag names a file of the repository by its bits, it is no revision.
        && let Some(Hub { id, kind, .. }) = hub(value.rsplit_once(':').filter(|(_, t)| !t.contains('/')).map_or(value, |(v, _)| v))
    {
        (origin.kind, origin.id) = (kind, id);
    }
    origin
}

/// The name of a model whose manifest lies at this path: registry, namespace, name and tag behind `manifests`.
pub(super) fn place_in_store(path: &str) -> Option<(String, [&str; 4])> {
    let (store, below) = match path.rfind("/manifests/") {
        Some(at) => (&path[..at], &path[at + "/manifests/".len()..]),
        None => ("", path.strip_prefix("manifests/")?),
    };
    let parts: Vec<&str> = below.split('/').collect();
    let [registry, namespace, name, tag] = *parts.as_slice() else { return None };
    registry.contains('.').then(|| (store.to_string(), [registry, namespace, name, tag]))
}

/// What a manifest says: layers by what they are.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Layers {
    /// Weights, adapters and projectors: paths of their blobs.
    pub weights: Vec<String>,
    /// Texts of licenses.
    pub licenses: Vec<String>,
    /// The description of the model.
    pub config: Option<String>,
}

/// Reads a manifest of the store. None where the file is another manifest.
pub(super) fn manifest(path: &str, text: &str, facts: &mut ModelFacts) -> Option<Layers> {
    let (store, [registry, namespace, name, tag]) = place_in_store(path)?;
    let value: Value = serde_json::from_str(text).ok()?;
    let blob = |layer: &Value| {
        let digest = layer.get("digest")?.as_str()?;
        let hex = digest.strip_prefix("sha256:")?;
        let plain = hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_hexdigit());
        let prefix = if store.is_empty() { String::new() } else { format!("{store}/") };
        plain.then(|| format!("{prefix}blobs/sha256-{hex}"))
    };
    let mut layers = Layers::default();
    let mut known = false;
    let mut bytes = 0u64;
    for layer in value.get("layers")?.as_array()?.iter().take(256) {
        let media = layer.get("mediaType").and_then(Value::as_str).unwrap_or_default();
        let Some(kind) = media.strip_prefix("application/vnd.ollama.image.") else { continue };
        known = true;
        match kind {
            "model" | "adapter" | "projector" => {
                bytes = bytes.saturating_add(layer.get("size").and_then(Value::as_u64).unwrap_or(0));
                layers.weights.extend(blob(layer));
                let from = layer.get("from").and_then(Value::as_str).unwrap_or_default();
                note(facts, "from", from.rsplit('/').next().unwrap_or_default());
            }
            "license" => layers.licenses.extend(blob(layer)),
            _ => {}
        }
    }
    if !known {
        return None;
    }
    layers.config = value.get("config").and_then(&blob);
    facts.format = "ollama-manifest";
    facts.bytes = Some(bytes).filter(|b| *b > 0);
    note(facts, "registry", registry);
    let on_hub = matches!(registry, "hf.co" | "huggingface.co" | "www.huggingface.co");
    facts.id = Some(match namespace {
        _ if on_hub => format!("{namespace}/{name}"),
        "library" => format!("{name}:{tag}"),
        _ => format!("{namespace}/{name}:{tag}"),
    });
    if on_hub {
        note(facts, "tag", tag);
    }
    Some(layers)
}

/// What the blob of a description says.
pub(super) fn description(text: &str, facts: &mut ModelFacts) {
    let value: Value = serde_json::from_str(text).unwrap_or_default();
    let of = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default();
    set(&mut facts.architecture, of("model_family"));
    set(&mut facts.quantisation, of("file_type"));
    note(facts, "model_type", of("model_type"));
    note(facts, "model_format", of("model_format"));
}

/// A license whose text lies in a file of the tree.
pub(super) fn license_file(path: String) -> RawLicense {
    RawLicense { text: path, kind: RawLicenseKind::File, line: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instructions_with_lines() {
        let text = "# mine\nFROM llama3.2:3b\nPARAMETER temperature 1\nSYSTEM \"\"\"FROM nobody\nLICENSE none\n\"\"\"\n\
            ADAPTER ./lora.gguf\nLICENSE \"\"\"\nMIT License\nwords\n\"\"\"\n";
        let mut facts = ModelFacts::default();
        assert!(read(text, &mut facts));
        let origins: Vec<_> = facts.origins.iter().map(|o| (o.kind, o.id.as_str(), o.line)).collect();
        assert_eq!(
            origins,
            [
                (MentionKind::OllamaModel, "llama3.2:3b", Some(2)),
                (MentionKind::WeightFile, "./lora.gguf", Some(7))
            ]
        );
        assert_eq!(facts.licenses[0].text, "MIT License\nwords");
        assert_eq!(facts.licenses[0].line, Some(8));
    }

    #[test]
    fn where_models_come_from() {
        let from = |v: &str| {
            let mut facts = ModelFacts::default();
            read(&format!("FROM {v}"), &mut facts);
            (facts.origins[0].kind, facts.origins[0].id.clone())
        };
        assert_eq!(from("hf.co/a/b-GGUF:Q4_K_M"), (MentionKind::HfModel, "a/b-GGUF".to_string()));
        assert_eq!(from("./m.gguf").0, MentionKind::WeightFile);
        assert_eq!(from("mistral"), (MentionKind::OllamaModel, "mistral".to_string()));
        assert!(!read("include $(X)\nFROM x", &mut ModelFacts::default()));
        assert!(!read("", &mut ModelFacts::default()));
        // Quotes that never close.
        assert!(read("FROM a\nLICENSE \"\"\"open", &mut ModelFacts::default()));
    }

    #[test]
    fn a_manifest_of_the_store() {
        let hex = "ab".repeat(32);
        let text = format!(
            r#"{{"mediaType":"application/vnd.docker.distribution.manifest.v2+json","config":{{"digest":"sha256:{hex}"}},
            "layers":[{{"mediaType":"application/vnd.ollama.image.model","digest":"sha256:{hex}","size":9}},
            {{"mediaType":"application/vnd.ollama.image.license","digest":"sha256:{hex}","size":1}},
            {{"mediaType":"application/vnd.ollama.image.license","digest":"sha256:../../x","size":1}}]}}"#
        );
        let mut facts = ModelFacts::default();
        let path = "models/manifests/registry.ollama.ai/library/llama3.2/3b";
        let layers = manifest(path, &text, &mut facts).unwrap();
        assert_eq!(facts.id.as_deref(), Some("llama3.2:3b"));
        assert_eq!(layers.licenses, [format!("models/blobs/sha256-{hex}")]);
        assert_eq!(manifest("k8s/manifests/a/b/c/d", &text, &mut ModelFacts::default()), None);
        assert_eq!(manifest(path, r#"{"layers":[]}"#, &mut ModelFacts::default()), None);
    }
}
