//! Configurations that lie beside weights: of transformers, peft, diffusers, sentence-transformers, timm, Mistral, spaCy,
//! TensorFlow.js, and the descriptions of datasets.

use licit_model::ai::{Derivation, ModelFacts};
use serde_json::Value;

use super::facts::{base, hub, license, note, origin, said, set, shape};

/// Reads a JSON file by its name. False where it is the configuration of something else.
pub(super) fn read(name: &str, text: &str, facts: &mut ModelFacts) -> Result<bool, String> {
    let value: Value = match serde_json::from_str(text.trim_start_matches('\u{feff}')) {
        Ok(value) => value,
        Err(error) => return Err(format!("the JSON could not be read: {error}")),
    };
    let json = Json { text, value: &value };
    Ok(match name {
        "adapter_config.json" => json.adapter(facts),
        "model_index.json" => json.pipeline(facts),
        "modules.json" => json.modules(facts),
        "params.json" => json.params(facts),
        "meta.json" => json.spacy(facts),
        "dataset_info.json" | "dataset_infos.json" => json.dataset(facts),
        "metadata.json" => json.coreml(facts),
        "open_clip_config.json" => json.open_clip(facts),
        _ if name.ends_with(".index.json") => json.index(facts, name),
        _ if name == "model.json" || name.ends_with("weights_manifest.json") => {
            json.tensorflow_js(facts, name)
        }
        _ => json.transformers(facts),
    })
}

/// A license in JSON: its key stands somewhere in a file that may have thousands of lines.
struct Json<'a> {
    text: &'a str,
    value: &'a Value,
}

impl Json<'_> {
    fn str(&self, key: &str) -> &str {
        self.value.get(key).and_then(Value::as_str).unwrap_or_default()
    }

    fn number(&self, key: &str) -> u64 {
        self.value.get(key).and_then(Value::as_u64).unwrap_or(0)
    }

    /// The line on which a key first stands, counted from 1.
    fn line(&self, key: &str) -> Option<u32> {
        let at = self.text.find(&format!("\"{key}\""))?;
        u32::try_from(self.text[..at].bytes().filter(|b| *b == b'\n').count() + 1).ok()
    }

    /// The base that a path or id names.
    fn base(&self, facts: &mut ModelFacts, key: &str, how: Derivation) {
        let Some(text) = said(self.str(key)) else { return };
        base(facts, key, text, how, self.line(key));
    }

    /// `_name_or_path` is what a tool loaded last: evidence only where it is an id with an owner.
    fn loaded(&self, facts: &mut ModelFacts) {
        let text = self.str("_name_or_path");
        match hub(text).filter(|h| h.id.contains('/')) {
            Some(known) => origin(facts, known, Derivation::Unstated, self.line("_name_or_path")),
            None => note(facts, "_name_or_path", text),
        }
    }

    fn transformers(&self, facts: &mut ModelFacts) -> bool {
        let classes: Vec<&str> = self
            .value
            .get("architectures")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let timm = self.value.get("pretrained_cfg").is_some_and(Value::is_object)
            && !self.str("architecture").is_empty();
        let diffusers = !self.str("_class_name").is_empty() && self.value.get("_diffusers_version").is_some();
        // `model_type` alone also stands in configurations of other things, such as trainers of detectors.
        let transformers = !classes.is_empty()
            || (!self.str("model_type").is_empty()
                && [
                    "transformers_version",
                    "hidden_size",
                    "vocab_size",
                    "_name_or_path",
                    "torch_dtype",
                    "text_config",
                    "n_embd",
                    "d_model",
                ]
                .iter()
                .any(|k| self.value.get(k).is_some()));
        if !(timm || diffusers || transformers) {
            return false;
        }
        facts.format = "config";
        set(&mut facts.architecture, classes.first().copied().unwrap_or_default());
        for key in ["_class_name", "architecture", "model_type"] {
            set(&mut facts.architecture, self.str(key));
        }
        note(facts, "model_type", self.str("model_type"));
        self.loaded(facts);
        if let Some(pretrained) = self.value.get("pretrained_cfg") {
            let of = |key: &str| pretrained.get(key).and_then(Value::as_str).unwrap_or_default();
            license(facts, of("license"), self.line("license"));
            note(facts, "origin_url", of("origin_url"));
            note(facts, "tag", of("tag"));
        }
        license(facts, self.str("license"), self.line("license"));
        for key in ["torch_dtype", "dtype"] {
            let name = self.str(key).trim_start_matches("torch.");
            let short = match name {
                "float32" => "F32",
                "float16" => "F16",
                "bfloat16" => "BF16",
                other => other,
            };
            set(&mut facts.quantisation, short);
        }
        if let Some(how) =
            self.value.get("quantization_config").or_else(|| self.value.get("compression_config"))
        {
            facts.quantisation = Some(quantised(how));
        }
        self.sizes(facts);
        note(facts, "transformers_version", self.str("transformers_version"));
        true
    }

    fn sizes(&self, facts: &mut ModelFacts) {
        let names = [
            ("vocab_size", "vocab_size"),
            ("hidden_size", "hidden_size"),
            ("n_embd", "hidden_size"),
            ("d_model", "hidden_size"),
            ("num_hidden_layers", "layers"),
            ("n_layer", "layers"),
            ("num_layers", "layers"),
            ("n_layers", "layers"),
            ("intermediate_size", "intermediate_size"),
            ("num_attention_heads", "heads"),
            ("n_head", "heads"),
            ("num_key_value_heads", "kv_heads"),
            ("max_position_embeddings", "context_length"),
            ("num_local_experts", "experts"),
            ("n_routed_experts", "experts"),
            ("num_experts", "experts"),
        ];
        // Models of several modalities describe their language part apart.
        let parts = ["text_config", "llm_config", "language_config"].iter().filter_map(|k| self.value.get(k));
        for part in std::iter::once(self.value).chain(parts) {
            for (key, name) in names {
                shape(facts, name, part.get(key).and_then(Value::as_u64).unwrap_or(0));
            }
        }
    }

    fn adapter(&self, facts: &mut ModelFacts) -> bool {
        if self.str("peft_type").is_empty() && self.str("base_model_name_or_path").is_empty() {
            return false;
        }
        facts.format = "adapter-config";
        self.base(facts, "base_model_name_or_path", Derivation::Adapter);
        if let (Some(first), Some(revision)) = (facts.origins.first_mut(), said(self.str("revision"))) {
            first.revision = Some(revision.to_string());
        }
        note(facts, "peft_type", self.str("peft_type"));
        note(facts, "task_type", self.str("task_type"));
        let class = self.value.pointer("/auto_mapping/base_model_class").and_then(Value::as_str);
        set(&mut facts.architecture, class.unwrap_or_default());
        note(facts, "r", &self.number("r").to_string());
        true
    }

    fn pipeline(&self, facts: &mut ModelFacts) -> bool {
        if self.str("_class_name").is_empty() {
            return false;
        }
        facts.format = "model-index";
        set(&mut facts.architecture, self.str("_class_name"));
        self.loaded(facts);
        note(facts, "diffusers_version", self.str("_diffusers_version"));
        true
    }

    fn modules(&self, facts: &mut ModelFacts) -> bool {
        let items = self.value.as_array().into_iter().flatten();
        let types: Vec<&str> = items.filter_map(|i| i.get("type")?.as_str()).take(16).collect();
        if !types.iter().any(|t| t.starts_with("sentence_transformers.")) {
            return false;
        }
        facts.format = "modules";
        facts.architecture = Some("SentenceTransformer".to_string());
        note(facts, "modules", &types.join(", "));
        true
    }

    fn params(&self, facts: &mut ModelFacts) -> bool {
        let (hidden, layers) = (self.number("dim"), self.number("n_layers"));
        if hidden == 0 || layers == 0 || self.number("n_heads") == 0 {
            return false;
        }
        facts.format = "config";
        let sizes = [
            ("hidden_size", hidden),
            ("layers", layers),
            ("heads", self.number("n_heads")),
            ("kv_heads", self.number("n_kv_heads")),
            ("intermediate_size", self.number("hidden_dim")),
            ("vocab_size", self.number("vocab_size")),
        ];
        // Llama's own files have -1 where the tokenizer decides, which is no number here.
        sizes.into_iter().for_each(|(name, size)| shape(facts, name, size));
        true
    }

    fn spacy(&self, facts: &mut ModelFacts) -> bool {
        if self.str("spacy_version").is_empty() || self.str("lang").is_empty() {
            return false;
        }
        facts.format = "spacy";
        facts.name = said(&format!("{}_{}", self.str("lang"), self.str("name"))).map(str::to_string);
        license(facts, self.str("license"), self.line("license"));
        facts.languages.push(self.str("lang").to_string());
        note(facts, "version", self.str("version"));
        note(facts, "author", self.str("author"));
        note(facts, "url", self.str("url"));
        for source in self.value.get("sources").and_then(Value::as_array).into_iter().flatten().take(16) {
            let of = |key: &str| source.get(key).and_then(Value::as_str).unwrap_or_default();
            note(facts, "source", &format!("{}: {}", of("name"), of("license")));
        }
        true
    }

    fn dataset(&self, facts: &mut ModelFacts) -> bool {
        let one = |v: &Value| {
            v.get("features").is_some() && (v.get("splits").is_some() || v.get("builder_name").is_some())
        };
        let configs: Vec<&Value> = if one(self.value) {
            vec![self.value]
        } else {
            self.value.as_object().into_iter().flat_map(|m| m.values()).filter(|v| one(v)).take(256).collect()
        };
        if configs.is_empty() {
            return false;
        }
        facts.format = "dataset-info";
        facts.dataset = true;
        for config in configs {
            let of = |key: &str| config.get(key).and_then(Value::as_str).unwrap_or_default();
            license(facts, of("license"), self.line("license"));
            set(&mut facts.name, of("dataset_name"));
            set(&mut facts.name, of("builder_name"));
            if facts.notes.is_empty() {
                note(facts, "homepage", of("homepage"));
            }
        }
        true
    }

    fn coreml(&self, facts: &mut ModelFacts) -> bool {
        let first = self.value.get(0).unwrap_or(self.value);
        let of = |key: &str| first.get(key).and_then(Value::as_str).unwrap_or_default();
        if of("metadataOutputVersion").is_empty() && first.get("specificationVersion").is_none() {
            return false;
        }
        facts.format = "coreml";
        license(facts, of("license"), self.line("license"));
        note(facts, "author", of("author"));
        note(facts, "description", of("shortDescription"));
        note(facts, "version", of("version"));
        true
    }

    fn open_clip(&self, facts: &mut ModelFacts) -> bool {
        let Some(config) = self.value.get("model_cfg") else { return false };
        facts.format = "config";
        facts.architecture = Some("CLIP".to_string());
        let number = |at: &str| config.pointer(at).and_then(Value::as_u64).unwrap_or(0);
        shape(facts, "vocab_size", number("/text_cfg/vocab_size"));
        shape(facts, "layers", number("/text_cfg/layers"));
        true
    }

    fn index(&self, facts: &mut ModelFacts, name: &str) -> bool {
        let Some(map) = self.value.get("weight_map").and_then(Value::as_object) else { return false };
        facts.format = if name.contains(".safetensors.") { "safetensors" } else { "pytorch" };
        let files: std::collections::BTreeSet<&str> = map.values().filter_map(Value::as_str).collect();
        note(facts, "shards", &files.len().to_string());
        facts.bytes = self.value.pointer("/metadata/total_size").and_then(Value::as_u64);
        facts.parameters = self.value.pointer("/metadata/total_parameters").and_then(Value::as_u64);
        true
    }

    fn tensorflow_js(&self, facts: &mut ModelFacts, name: &str) -> bool {
        let manifest =
            if name == "model.json" { self.value.get("weightsManifest") } else { Some(self.value) };
        let groups = manifest.and_then(Value::as_array);
        let weights = groups.into_iter().flatten().filter_map(|g| g.get("weights")?.as_array()).flatten();
        let (mut total, mut kinds) = (0u64, std::collections::BTreeMap::new());
        for weight in weights {
            let sizes =
                weight.get("shape").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_u64);
            let size = sizes.fold(1u64, u64::saturating_mul);
            total = total.saturating_add(size);
            let stored = weight.pointer("/quantization/dtype").or_else(|| weight.get("dtype"));
            *kinds.entry(stored.and_then(Value::as_str).unwrap_or_default()).or_insert(0u64) += 1;
        }
        let described = !self.str("format").is_empty() || self.value.get("modelTopology").is_some();
        if total == 0 && !(described && groups.is_some()) {
            return false;
        }
        facts.format = "tensorflow-js";
        facts.parameters = Some(total).filter(|t| *t > 0 && *t < u64::MAX);
        facts.quantisation =
            kinds.iter().max_by_key(|(_, n)| **n).map(|(k, _)| (*k).to_string()).filter(|k| !k.is_empty());
        note(facts, "producer", self.str("generatedBy"));
        note(facts, "converter", self.str("convertedBy"));
        for (key, value) in
            self.value.get("userDefinedMetadata").and_then(Value::as_object).into_iter().flatten().take(16)
        {
            super::facts::property(facts, key, value.as_str().unwrap_or_default());
        }
        true
    }
}

/// `GPTQ 4-bit` and the like, as a configuration says how its weights were shortened.
fn quantised(how: &Value) -> String {
    let method = how.get("quant_method").and_then(Value::as_str).unwrap_or("quantised");
    let bits = ["bits", "w_bit", "nbits"].iter().find_map(|k| how.get(k)?.as_u64());
    let flag = |key: &str| how.get(key).and_then(Value::as_bool).unwrap_or(false);
    let bits = bits.or(if flag("load_in_4bit") || flag("_load_in_4bit") { Some(4) } else { None });
    let bits = bits.or(if flag("load_in_8bit") || flag("_load_in_8bit") { Some(8) } else { None });
    let method: String = method.chars().take(40).collect();
    bits.map_or(method.clone(), |b| format!("{method} {b}-bit"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(name: &str, text: &str) -> Option<ModelFacts> {
        let mut facts = ModelFacts::default();
        read(name, text, &mut facts).unwrap().then_some(facts)
    }

    #[test]
    fn transformers() {
        let text = "{\n \"architectures\": [\"LlamaForCausalLM\"],\n \"_name_or_path\": \"meta-llama/Llama-2-7b-hf\",\n \
            \"model_type\": \"llama\", \"torch_dtype\": \"bfloat16\", \"vocab_size\": 32000, \"hidden_size\": 4096,\n \
            \"num_hidden_layers\": 32, \"quantization_config\": {\"quant_method\": \"gptq\", \"bits\": 4}}";
        let config = facts("config.json", text).unwrap();
        assert_eq!(config.architecture.as_deref(), Some("LlamaForCausalLM"));
        assert_eq!(
            (config.origins[0].id.as_str(), config.origins[0].line),
            ("meta-llama/Llama-2-7b-hf", Some(3))
        );
        assert_eq!(config.quantisation.as_deref(), Some("gptq 4-bit"));
        assert!(config.shape.contains(&("layers".to_string(), 32)));
        let local =
            facts("config.json", r#"{"architectures": ["X"], "_name_or_path": "/data/llama-2"}"#).unwrap();
        assert!(local.origins.is_empty());
        assert_eq!(local.notes[0].1, "/data/llama-2");
        let name = facts("config.json", r#"{"architectures": ["X"], "_name_or_path": "gpt2"}"#).unwrap();
        assert!(name.origins.is_empty());
    }

    #[test]
    fn the_other_files() {
        let adapter = facts(
            "adapter_config.json",
            r#"{"peft_type": "LORA", "base_model_name_or_path": "a/b", "revision": "0123"}"#,
        )
        .unwrap();
        assert_eq!(adapter.origins[0].derivation, Derivation::Adapter);
        assert_eq!(adapter.origins[0].revision.as_deref(), Some("0123"));
        let timm = facts(
            "config.json",
            r#"{"architecture": "resnet50", "pretrained_cfg": {"license": "cc-by-nc-4.0"}}"#,
        )
        .unwrap();
        assert_eq!(timm.licenses[0].text, "cc-by-nc-4.0");
        let spacy =
            facts("meta.json", r#"{"lang":"en","name":"core_web_sm","spacy_version":">=3","license":"MIT"}"#)
                .unwrap();
        assert_eq!((spacy.name.as_deref(), spacy.licenses[0].text.as_str()), (Some("en_core_web_sm"), "MIT"));
        let js = r#"{"format":"graph-model","weightsManifest":[{"paths":["a.bin"],"weights":[{"name":"w","shape":[3,4],"dtype":"float32"}]}]}"#;
        assert_eq!(facts("model.json", js).unwrap().parameters, Some(12));
        let shards =
            r#"{"metadata":{"total_size":99},"weight_map":{"a":"1.safetensors","b":"2.safetensors"}}"#;
        assert_eq!(facts("model.safetensors.index.json", shards).unwrap().bytes, Some(99));
        assert!(facts("model_index.json", r#"{"_class_name":"StableDiffusionPipeline"}"#).is_some());
        assert!(facts("modules.json", r#"[{"type":"sentence_transformers.models.Pooling"}]"#).is_some());
        assert!(
            facts("dataset_infos.json", r#"{"default":{"license":"MIT","features":{},"splits":{}}}"#)
                .unwrap()
                .dataset
        );
    }

    #[test]
    fn configurations_of_other_things() {
        for (name, text) in [
            ("config.json", r#"{"port": 80}"#),
            ("config.json", r#"{"model_type": "car"}"#),
            ("model.json", r#"{"title": "x"}"#),
            ("meta.json", r#"{"lang": "en"}"#),
            ("modules.json", r#"["a"]"#),
            ("params.json", r#"{"dim": 3}"#),
            ("dataset_info.json", r#"{"alpaca": {"file_name": "a.json"}}"#),
        ] {
            assert_eq!(facts(name, text), None, "{text}");
        }
        assert!(read("config.json", &"[".repeat(100_000), &mut ModelFacts::default()).is_err());
    }
}
