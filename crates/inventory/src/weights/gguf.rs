//! GGUF: keys with typed values, then the names and shapes of tensors. Versions 1 to 3, both byte orders; and the magics
//! of the formats that came before it.

use std::collections::BTreeMap;

use licit_model::ai::{Derivation, ModelFacts};

use super::facts::{base, hub, license, note, origin, set, shape};
use super::source::{Source, Stop};

/// Keys of one file.
const KEYS: u64 = 65_536;

/// Tensors of one file.
const TENSORS: u64 = 1_000_000;

/// Bytes of a text that is kept.
const TEXT: usize = 64 << 10;

/// Lists of lists are allowed by the format and used by nobody.
const DEPTH: u32 = 4;

struct Reader<'a> {
    source: &'a mut Source,
    at: u64,
    big: bool,
    /// Version 1 has lengths of four bytes.
    short: bool,
}

#[derive(Debug, Clone, PartialEq)]
enum Value {
    Number(u64),
    Text(String),
    Texts(Vec<String>),
    /// The length of a list that is not kept.
    Many(u64),
    Other,
}

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], Stop> {
        let mut bytes = [0; N];
        self.source.fill(self.at, &mut bytes)?;
        self.at += N as u64;
        if self.big {
            bytes.reverse();
        }
        Ok(bytes)
    }

    fn u32(&mut self) -> Result<u32, Stop> {
        Ok(u32::from_le_bytes(self.take()?))
    }

    fn u64(&mut self) -> Result<u64, Stop> {
        Ok(u64::from_le_bytes(self.take()?))
    }

    fn len(&mut self) -> Result<u64, Stop> {
        if self.short { Ok(u64::from(self.u32()?)) } else { self.u64() }
    }

    fn skip(&mut self, bytes: u64) -> Result<(), Stop> {
        self.at = match self.at.checked_add(bytes) {
            Some(at) if at <= self.source.len() => at,
            _ => return Err(Stop::Cut),
        };
        Ok(())
    }

    fn text(&mut self) -> Result<String, Stop> {
        let len = self.len()?;
        let text = self.source.text(self.at, len, TEXT)?;
        self.skip(len)?;
        Ok(text)
    }

    fn value(&mut self, kind: u32, depth: u32) -> Result<Value, Stop> {
        Ok(match kind {
            0 | 7 => Value::Number(u64::from(self.take::<1>()?[0])),
            1 => self.take::<1>().map(|_| Value::Other)?,
            2 => Value::Number(u64::from(u16::from_le_bytes(self.take()?))),
            3 => self.take::<2>().map(|_| Value::Other)?,
            4 => Value::Number(u64::from(self.u32()?)),
            5 => u64::try_from(self.u32()?.cast_signed()).map_or(Value::Other, Value::Number),
            6 => self.take::<4>().map(|_| Value::Other)?,
            8 => Value::Text(self.text()?),
            9 => return self.list(depth),
            10 => Value::Number(self.u64()?),
            11 => u64::try_from(self.u64()?.cast_signed()).map_or(Value::Other, Value::Number),
            12 => self.take::<8>().map(|_| Value::Other)?,
            _ => return Stop::odd("it has a key of an unknown type"),
        })
    }

    fn list(&mut self, depth: u32) -> Result<Value, Stop> {
        if depth >= DEPTH {
            return Stop::odd("its lists are nested too deeply");
        }
        let kind = self.u32()?;
        let count = self.len()?;
        let width = match kind {
            0 | 1 | 7 => 1,
            2 | 3 => 2,
            4..=6 => 4,
            10..=12 => 8,
            8 => {
                let mut texts = Vec::new();
                for index in 0..count {
                    if count <= 256 {
                        texts.push(self.text()?);
                    } else {
                        // A vocabulary: its words are jumped over, one length after the other.
                        let len = self.len()?;
                        self.skip(len)?;
                        if index == u64::from(u32::MAX) {
                            return Stop::odd("a list is too long to be read");
                        }
                    }
                }
                return Ok(if count <= 256 { Value::Texts(texts) } else { Value::Many(count) });
            }
            9 => {
                for _ in 0..count {
                    self.list(depth + 1)?;
                }
                return Ok(Value::Other);
            }
            _ => return Stop::odd("it has a list of an unknown type"),
        };
        let Some(bytes) = count.checked_mul(width) else { return Err(Stop::Cut) };
        self.skip(bytes)?;
        Ok(Value::Many(count))
    }
}

/// Reads keys and tensors. False where the file is no GGUF file.
pub(super) fn read(source: &mut Source, facts: &mut ModelFacts) -> Result<bool, Stop> {
    let head = source.head(0, 8)?;
    if !head.starts_with(b"GGUF") {
        return Ok(false);
    }
    let [_, _, _, _, a, b, c, d] = *head.as_slice() else { return Err(Stop::Cut) };
    let little = u32::from_le_bytes([a, b, c, d]);
    let big = little & 0xffff == 0 && little != 0;
    let version = if big { little.swap_bytes() } else { little };
    if !(1..=3).contains(&version) {
        return Stop::odd(format!("GGUF version {version} is not known"));
    }
    let mut reader = Reader { source, at: 8, big, short: version == 1 };
    let tensors = reader.len()?;
    let count = reader.len()?;
    let mut keys = BTreeMap::new();
    let result = all_keys(&mut reader, count, &mut keys);
    // What stands before a cut is as true as it was.
    describe(&keys, facts);
    result?;
    let quantised = all_tensors(&mut reader, tensors, facts)?;
    if facts.quantisation.is_none() {
        facts.quantisation = quantised;
    }
    Ok(true)
}

fn all_keys(reader: &mut Reader<'_>, count: u64, keys: &mut BTreeMap<String, Value>) -> Result<(), Stop> {
    if count > KEYS {
        return Stop::odd(format!("it claims {count} keys"));
    }
    for _ in 0..count {
        let key = reader.text()?;
        let kind = reader.u32()?;
        let value = reader.value(kind, 0)?;
        // Templates and tables of tokens are long and say nothing here.
        if !key.starts_with("tokenizer.") || key == "tokenizer.ggml.tokens" {
            keys.entry(key).or_insert(value);
        }
    }
    Ok(())
}

/// Counts parameters and gives the type that most of them have.
fn all_tensors(reader: &mut Reader<'_>, count: u64, facts: &mut ModelFacts) -> Result<Option<String>, Stop> {
    if count > TENSORS {
        return Stop::odd(format!("it claims {count} tensors"));
    }
    let mut by_type: BTreeMap<u32, u64> = BTreeMap::new();
    let mut total = 0u64;
    for _ in 0..count {
        let name = reader.text()?;
        let dimensions = reader.u32()?;
        if dimensions > 8 {
            return Stop::odd(format!("it has a tensor of {dimensions} dimensions"));
        }
        let mut sizes = Vec::new();
        for _ in 0..dimensions {
            sizes.push(reader.len()?);
        }
        let kind = reader.u32()?;
        reader.u64()?;
        let size = sizes.iter().fold(1u64, |a, b| a.saturating_mul(*b));
        let of_type = by_type.entry(kind).or_default();
        *of_type = of_type.saturating_add(size);
        total = total.saturating_add(size);
        if let ("token_embd.weight", [hidden, words]) = (name.as_str(), sizes.as_slice()) {
            shape(facts, "vocab_size", *words);
            shape(facts, "hidden_size", *hidden);
        }
    }
    if total > 0 && total < u64::MAX {
        facts.parameters = Some(total);
    }
    let most = by_type.into_iter().max_by_key(|(kind, size)| (*size, std::cmp::Reverse(*kind)));
    Ok(most.map(|(kind, _)| tensor_type(kind)))
}

fn describe(keys: &BTreeMap<String, Value>, facts: &mut ModelFacts) {
    let text = |key: &str| match keys.get(key) {
        Some(Value::Text(text)) => Some(text.as_str()),
        _ => None,
    };
    let number = |key: &str| match keys.get(key) {
        Some(Value::Number(number)) => Some(*number),
        _ => None,
    };
    let texts = |key: &str| match keys.get(key) {
        Some(Value::Texts(texts)) => texts.as_slice(),
        Some(Value::Text(text)) => std::slice::from_ref(text),
        _ => &[],
    };
    for key in ["general.repo_url", "general.url"] {
        if let (None, Some(own)) = (&facts.id, text(key).filter(|t| t.contains("://")).and_then(hub)) {
            facts.id = Some(own.id);
        }
    }
    set(&mut facts.name, text("general.name").unwrap_or_default());
    set(&mut facts.architecture, text("general.architecture").unwrap_or_default());
    for key in ["general.license", "general.license.name"] {
        license(facts, text(key).unwrap_or_default(), None);
    }
    set(&mut facts.license_link, text("general.license.link").unwrap_or_default());
    let adapter = text("general.type") == Some("adapter");
    let how = if adapter { Derivation::Adapter } else { Derivation::Unstated };
    for n in 0..number("general.base_model.count").unwrap_or(0).min(64) {
        let of = |what: &str| text(&format!("general.base_model.{n}.{what}")).unwrap_or_default();
        match hub(of("repo_url")) {
            Some(known) => origin(facts, known, how, None),
            None => {
                // A name proves nothing; it is kept for whoever asks.
                let parts = [of("organization"), of("name"), of("version"), of("repo_url"), of("url")];
                let parts: Vec<&str> = parts.into_iter().filter(|p| !p.is_empty()).collect();
                note(facts, &format!("general.base_model.{n}"), &parts.join(", "));
            }
        }
    }
    // The repository whose weights were converted into this file.
    let same = if adapter { Derivation::Adapter } else { Derivation::Quantized };
    let sources = ["general.source.huggingface.repository", "general.source.repo_url", "general.source.url"];
    for key in sources {
        if let Some(from) = text(key) {
            base(facts, key, from, same, None);
        }
    }
    for n in 0..number("general.dataset.count").unwrap_or(0).min(256) {
        let of = |what: &str| text(&format!("general.dataset.{n}.{what}")).unwrap_or_default();
        dataset(facts, if of("repo_url").is_empty() { of("name") } else { of("repo_url") });
    }
    texts("general.datasets").iter().for_each(|t| dataset(facts, t));
    facts.languages.extend(texts("general.languages").iter().take(256).cloned());
    let noted = [
        "general.author",
        "general.organization",
        "general.version",
        "general.finetune",
        "general.basename",
        "general.size_label",
        "general.description",
        "general.quantized_by",
        "general.type",
        "general.tags",
        "general.repo_url",
        "general.url",
        "general.doi",
        "general.uuid",
        "adapter.type",
        "split.count",
        "split.no",
    ];
    for key in noted {
        match keys.get(key) {
            Some(Value::Text(text)) => note(facts, key, text),
            Some(Value::Texts(texts)) => note(facts, key, &texts.join(", ")),
            Some(Value::Number(number)) => note(facts, key, &number.to_string()),
            _ => {}
        }
    }
    if let Some(kind) = number("general.file_type") {
        facts.quantisation = file_type(kind).map(str::to_string);
    }
    if let Some(Value::Many(words)) = keys.get("tokenizer.ggml.tokens") {
        shape(facts, "vocab_size", *words);
    }
    let architecture = text("general.architecture").unwrap_or_default();
    let sizes = [
        ("vocab_size", "vocab_size"),
        ("embedding_length", "hidden_size"),
        ("block_count", "layers"),
        ("context_length", "context_length"),
        ("feed_forward_length", "intermediate_size"),
        ("attention.head_count", "heads"),
        ("attention.head_count_kv", "kv_heads"),
        ("expert_count", "experts"),
    ];
    for (key, name) in sizes {
        shape(facts, name, number(&format!("{architecture}.{key}")).unwrap_or(0));
    }
}

fn dataset(facts: &mut ModelFacts, text: &str) {
    match hub(text) {
        Some(mut known) => {
            known.kind = licit_model::ai::MentionKind::HfDataset;
            origin(facts, known, Derivation::Trained, None);
        }
        None => note(facts, "general.datasets", text),
    }
}

/// Names of `general.file_type`, as llama.cpp numbers them.
fn file_type(number: u64) -> Option<&'static str> {
    let names = [
        "F32", "F16", "Q4_0", "Q4_1", "", "", "", "Q8_0", "Q5_0", "Q5_1", "Q2_K", "Q3_K_S", "Q3_K_M",
        "Q3_K_L", "Q4_K_S", "Q4_K_M", "Q5_K_S", "Q5_K_M", "Q6_K", "IQ2_XXS", "IQ2_XS", "Q2_K_S", "IQ3_XS",
        "IQ3_XXS", "IQ1_S", "IQ4_NL", "IQ3_S", "IQ3_M", "IQ2_S", "IQ2_M", "IQ4_XS", "IQ1_M", "BF16", "", "",
        "", "TQ1_0", "TQ2_0", "MXFP4",
    ];
    names.get(usize::try_from(number).ok()?).copied().filter(|n| !n.is_empty())
}

/// Names of tensor types.
fn tensor_type(number: u32) -> String {
    let names = [
        "F32", "F16", "Q4_0", "Q4_1", "", "", "Q5_0", "Q5_1", "Q8_0", "Q8_1", "Q2_K", "Q3_K", "Q4_K", "Q5_K",
        "Q6_K", "Q8_K", "IQ2_XXS", "IQ2_XS", "IQ3_XXS", "IQ1_S", "IQ4_NL", "IQ3_S", "IQ2_S", "IQ4_XS", "I8",
        "I16", "I32", "I64", "F64", "IQ1_M", "BF16", "", "", "", "TQ1_0", "TQ2_0", "", "", "", "MXFP4",
    ];
    let known = names.get(number as usize).filter(|n| !n.is_empty());
    known.map_or_else(|| format!("type {number}"), |n| (*n).to_string())
}

/// The formats before GGUF, told by their magic; they hold no license and no name.
pub(super) fn legacy(source: &mut Source, facts: &mut ModelFacts) -> Result<bool, Stop> {
    let head = source.head(0, 12)?;
    let (name, words_at) = match head.get(..4) {
        Some(b"lmgg") => ("ggml", 4),
        Some(b"fmgg") => ("ggmf", 8),
        Some(b"tjgg") => ("ggjt", 8),
        Some(b"algg") => ("ggla", 0),
        _ => return Ok(false),
    };
    facts.format = "ggml";
    note(facts, "container", name);
    if words_at > 0 {
        let words = u64::from(source.u32(words_at)?);
        if (100..2_000_000).contains(&words) {
            shape(facts, "vocab_size", words);
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Scratch, gguf_bytes};
    use super::*;

    fn facts(bytes: &[u8]) -> (ModelFacts, Result<bool, Stop>) {
        let dir = Scratch::new("gguf");
        let path = dir.put("a.gguf", bytes);
        let mut facts = ModelFacts::default();
        let result = read(&mut Source::open(&path).unwrap(), &mut facts);
        (facts, result)
    }

    #[test]
    fn keys_and_tensors_in_every_version_and_order() {
        for (version, big) in [(1, false), (2, false), (3, false), (3, true)] {
            let (facts, result) = facts(&gguf_bytes(version, big));
            assert_eq!(result, Ok(true), "{version} {big}");
            assert_eq!(facts.architecture.as_deref(), Some("llama"));
            assert_eq!(facts.name.as_deref(), Some("Tiny"));
            assert_eq!(facts.licenses[0].text, "llama2");
            assert_eq!(facts.quantisation.as_deref(), Some("Q4_K_M"));
            assert_eq!(facts.parameters, Some(32_000 * 64));
            assert_eq!(facts.origins[0].id, "meta-llama/Llama-2-7b-hf");
            assert_eq!(facts.origins[0].derivation, Derivation::Unstated);
            assert!(facts.shape.contains(&("vocab_size".to_string(), 32_000)));
            assert!(facts.shape.contains(&("layers".to_string(), 2)));
        }
    }

    #[test]
    fn every_cut_stops_and_keeps_what_stood_before() {
        let whole = gguf_bytes(3, false);
        for end in 8..whole.len() {
            let (_, result) = facts(&whole[..end]);
            assert_eq!(result, Err(Stop::Cut), "{end}");
        }
        let (cut, _) = facts(&whole[..whole.len() - 1]);
        assert_eq!(cut.licenses[0].text, "llama2");
    }

    #[test]
    fn huge_counts_are_refused() {
        let mut bytes = b"GGUF\x03\0\0\0".to_vec();
        bytes.extend([0xff; 16]);
        bytes.extend([0; 4096]);
        assert!(matches!(facts(&bytes).1, Err(Stop::Odd(_))));
        // One key with a text of 2^63 bytes, and one with a list of 2^62 numbers.
        let mut key = b"GGUF\x03\0\0\0".to_vec();
        key.extend(0u64.to_le_bytes());
        key.extend(1u64.to_le_bytes());
        let mut list = key.clone();
        key.extend((1u64 << 63).to_le_bytes());
        assert_eq!(facts(&key).1, Err(Stop::Cut));
        list.extend(1u64.to_le_bytes());
        list.extend(b"k\x09\0\0\0\x0a\0\0\0");
        list.extend((1u64 << 62).to_le_bytes());
        assert_eq!(facts(&list).1, Err(Stop::Cut));
    }
}
