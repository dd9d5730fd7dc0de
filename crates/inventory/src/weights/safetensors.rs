//! Safetensors: eight bytes of length, a JSON object of tensors, and free metadata beside them.

use std::collections::BTreeMap;
use std::fmt;
use std::io::BufReader;

use licit_model::ai::{Derivation, ModelFacts};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::facts::{base, license, note, property, set, shape};
use super::source::{Source, Stop};

/// Bytes of a header; the format's own library refuses more.
const HEADER: u64 = 100_000_000;

/// Reads the header. False where the file is no safetensors file.
pub(super) fn read(mut source: Source, facts: &mut ModelFacts) -> Result<bool, Stop> {
    if source.len() < 10 {
        return if source.len() < 8 { Err(Stop::Cut) } else { Ok(false) };
    }
    let len = source.u64(0)?;
    if source.u8(8)? != b'{' {
        return Ok(false);
    }
    if len > HEADER {
        return Stop::odd(format!("its header claims {len} bytes"));
    }
    if len + 8 > source.len() {
        return Err(Stop::Cut);
    }
    let stream = BufReader::with_capacity(64 << 10, source.into_stream(8, len)?);
    let header: Header = serde_json::from_reader(stream)
        .map_err(|e| Stop::Odd(format!("its header could not be read: {e}")))?;
    header.describe(facts);
    Ok(true)
}

/// What is kept of the header; tensors are counted as they come and not held.
#[derive(Default)]
struct Header {
    metadata: BTreeMap<String, String>,
    by_type: BTreeMap<String, u64>,
    total: u64,
    tensors: u64,
    low_rank: u64,
    layers: u64,
    embedding: Option<(u64, u64)>,
}

#[derive(Default)]
struct Tensor {
    dtype: String,
    shape: Vec<u64>,
}

impl Header {
    fn add(&mut self, name: &str, tensor: &Tensor) {
        let size = tensor.shape.iter().fold(1u64, |a, b| a.saturating_mul(*b));
        self.tensors += 1;
        self.total = self.total.saturating_add(size);
        if tensor.dtype.len() <= 16 && self.by_type.len() < 64 {
            let of_type = self.by_type.entry(tensor.dtype.clone()).or_default();
            *of_type = of_type.saturating_add(size);
        }
        let low_rank =
            ["lora_", "lora.", ".lokr_", ".hada_", "ia3_", ".alpha", "dora_scale", "lora_magnitude"];
        if low_rank.iter().any(|l| name.contains(l)) {
            self.low_rank += 1;
        }
        let embeds = ["embed_tokens.weight", "wte.weight", "word_embeddings.weight", "tok_embeddings.weight"];
        if let ([words, hidden], true) = (tensor.shape.as_slice(), embeds.iter().any(|e| name.ends_with(e))) {
            self.embedding.get_or_insert((*words, *hidden));
        }
        let mut parts = name.split('.');
        if parts.any(|p| matches!(p, "layers" | "h" | "layer" | "blocks" | "block"))
            && let Some(number) = parts.next().and_then(|p| p.parse::<u64>().ok()).filter(|n| *n < 100_000)
        {
            self.layers = self.layers.max(number + 1);
        }
    }

    fn describe(&self, facts: &mut ModelFacts) {
        if self.total > 0 && self.total < u64::MAX {
            facts.parameters = Some(self.total);
        }
        let most = self.by_type.iter().max_by_key(|(kind, size)| (**size, std::cmp::Reverse(*kind)));
        facts.quantisation = most.map(|(kind, _)| kind.clone());
        if let Some((words, hidden)) = self.embedding {
            shape(facts, "vocab_size", words);
            shape(facts, "hidden_size", hidden);
        }
        shape(facts, "layers", self.layers);
        let network = self.metadata.keys().any(|k| k.starts_with("ss_network"));
        let adapter = network || (self.low_rank > 0 && self.low_rank * 10 >= self.tensors * 9);
        if adapter {
            note(facts, "type", "adapter");
        }
        let how = if adapter { Derivation::Adapter } else { Derivation::Unstated };
        for (key, value) in &self.metadata {
            match key.as_str() {
                "modelspec.title" | "ss_output_name" => {
                    set(&mut facts.name, value);
                    note(facts, key, value);
                }
                "modelspec.architecture" => set(&mut facts.architecture, value),
                "modelspec.license" => license(facts, value, None),
                // Often a name of a file, which `base` keeps as a note.
                "ss_sd_model_name" | "base_model" | "base_model_name_or_path" | "modelspec.merged_from" => {
                    for part in value.split(',').take(32) {
                        base(facts, key, part.trim(), how, None);
                    }
                }
                // Lists of every picture and tag that was trained on.
                "ss_tag_frequency"
                | "ss_dataset_dirs"
                | "ss_datasets"
                | "ss_bucket_info"
                | "modelspec.thumbnail" => {}
                _ => property(facts, key, value),
            }
        }
        if facts.architecture.is_none()
            && let Some(version) = self.metadata.get("ss_base_model_version")
        {
            set(&mut facts.architecture, version);
        }
    }
}

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;

        impl<'de> Visitor<'de> for Entries {
            type Value = Header;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an object of tensors")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Header, M::Error> {
                let mut header = Header::default();
                while let Some(key) = map.next_key::<String>()? {
                    if key == "__metadata__" {
                        header.metadata = map.next_value::<Metadata>()?.0;
                    } else {
                        let tensor: Tensor = map.next_value()?;
                        header.add(&key, &tensor);
                    }
                }
                Ok(header)
            }
        }

        deserializer.deserialize_map(Entries)
    }
}

/// The free metadata: texts by key, cut in number and length.
struct Metadata(BTreeMap<String, String>);

impl<'de> Deserialize<'de> for Metadata {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;

        impl<'de> Visitor<'de> for Entries {
            type Value = Metadata;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an object of texts")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Metadata, M::Error> {
                let mut kept = BTreeMap::new();
                while let Some((key, value)) = map.next_entry::<String, serde_json::Value>()? {
                    if let (serde_json::Value::String(text), true) = (value, kept.len() < 256) {
                        kept.entry(key).or_insert(text);
                    }
                }
                Ok(Metadata(kept))
            }
        }

        deserializer.deserialize_map(Entries)
    }
}

impl<'de> Deserialize<'de> for Tensor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;

        impl<'de> Visitor<'de> for Entries {
            type Value = Tensor;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a tensor with its type and shape")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Tensor, M::Error> {
                let mut tensor = Tensor::default();
                while let Some(key) = map.next_key::<String>()? {
                    match key.as_str() {
                        "dtype" => tensor.dtype = map.next_value()?,
                        "shape" => tensor.shape = map.next_value::<Sizes>()?.0,
                        _ => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                Ok(tensor)
            }
        }

        deserializer.deserialize_map(Entries)
    }
}

/// A shape of at most so many dimensions as anybody uses.
struct Sizes(Vec<u64>);

impl<'de> Deserialize<'de> for Sizes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Items;

        impl<'de> Visitor<'de> for Items {
            type Value = Sizes;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a list of sizes")
            }

            fn visit_seq<S: SeqAccess<'de>>(self, mut list: S) -> Result<Sizes, S::Error> {
                let mut sizes = Vec::new();
                while let Some(size) = list.next_element::<u64>()? {
                    if sizes.len() == 16 {
                        return Err(serde::de::Error::custom("a tensor with more than 16 dimensions"));
                    }
                    sizes.push(size);
                }
                Ok(Sizes(sizes))
            }
        }

        deserializer.deserialize_seq(Items)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Scratch, safetensors_bytes};
    use super::*;

    fn facts(bytes: &[u8]) -> (ModelFacts, Result<bool, Stop>) {
        let dir = Scratch::new("safetensors");
        let path = dir.put("a.safetensors", bytes);
        let mut facts = ModelFacts::default();
        let result = read(Source::open(&path).unwrap(), &mut facts);
        (facts, result)
    }

    #[test]
    fn metadata_shapes_and_types() {
        let (facts, result) = facts(&safetensors_bytes(
            r#"{"__metadata__":{"format":"pt","modelspec.license":"CreativeML Open RAIL-M","modelspec.title":"Tiny"},
            "model.embed_tokens.weight":{"dtype":"BF16","shape":[32000,64],"data_offsets":[0,1]},
            "model.layers.11.w":{"dtype":"F32","shape":[],"data_offsets":[0,1]}}"#,
        ));
        assert_eq!(result, Ok(true));
        assert_eq!(facts.licenses[0].text, "CreativeML Open RAIL-M");
        assert_eq!(facts.name.as_deref(), Some("Tiny"));
        assert_eq!(facts.quantisation.as_deref(), Some("BF16"));
        assert_eq!(facts.parameters, Some(2_048_001));
        assert!(facts.shape.contains(&("layers".to_string(), 12)));
    }

    #[test]
    fn an_adapter_names_its_base() {
        let (facts, _) = facts(&safetensors_bytes(
            r#"{"__metadata__":{"ss_sd_model_name":"stabilityai/stable-diffusion-xl-base-1.0","ss_network_dim":"8"},
            "lora_unet_a.lora_down.weight":{"dtype":"F16","shape":[8,4],"data_offsets":[0,1]}}"#,
        ));
        assert_eq!(facts.origins[0].id, "stabilityai/stable-diffusion-xl-base-1.0");
        assert_eq!(facts.origins[0].derivation, Derivation::Adapter);
    }

    #[test]
    fn hostile_headers() {
        let deep = format!(r#"{{"a":{}"#, "[".repeat(200_000));
        assert!(matches!(facts(&safetensors_bytes(&deep)).1, Err(Stop::Odd(_))));
        let mut long = (1u64 << 63).to_le_bytes().to_vec();
        long.extend(b"{}   ");
        assert!(matches!(facts(&long).1, Err(Stop::Odd(_))));
        let mut cut = 99u64.to_le_bytes().to_vec();
        cut.extend(b"{}");
        assert_eq!(facts(&cut).1, Err(Stop::Cut));
        assert_eq!(facts(b"").1, Err(Stop::Cut));
        assert_eq!(facts(b"not a header at all").1, Ok(false));
        let big = safetensors_bytes(r#"{"a":{"dtype":"F32","shape":[18446744073709551615,9]}}"#);
        assert_eq!(facts(&big).0.parameters, None);
    }
}
