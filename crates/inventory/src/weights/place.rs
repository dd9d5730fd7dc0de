//! Which facts speak of one model, and shards that are one file in parts.

use std::collections::{BTreeMap, BTreeSet};

use licit_model::ai::ModelFacts;

use super::facts::note;

/// How far a file in a folder speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reach {
    /// Of the weights in its folder.
    Folder,
    /// Of everything below, unless something nearer speaks.
    Below,
}

fn dir(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(dir, _)| dir)
}

/// Whether a card is the one of its folder: `README.md`, one in a language, or one named as a model's card.
fn is_of_folder(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_ascii_lowercase();
    let Some(rest) = stem.strip_prefix("readme") else {
        return matches!(
            stem.as_str(),
            "model_card" | "modelcard" | "model-card" | "dataset_card" | "datasetcard" | "dataset-card"
        );
    };
    let rest = rest.trim_start_matches(['.', '_', '-']);
    let language = rest.split(['-', '_']).next().unwrap_or_default();
    let region = rest.get(language.len() + 1..).unwrap_or_default();
    let code = language.len() == 2 && region.len() <= 4 && rest.is_ascii();
    rest.is_empty() || code || matches!(rest, "english" | "chinese")
}

fn reach(facts: &ModelFacts) -> Option<Reach> {
    match facts.format {
        "card" if is_of_folder(&facts.path) && !facts.dataset => Some(Reach::Below),
        "model-index" | "modules" | "spacy" => Some(Reach::Below),
        "config" | "adapter-config" => Some(Reach::Folder),
        "safetensors" | "pytorch" if facts.path.ends_with(".index.json") => Some(Reach::Folder),
        _ => None,
    }
}

/// Gives every fact its place.
pub(super) fn settle(all: &mut [ModelFacts]) {
    let mut claims: BTreeMap<String, (Reach, bool)> = BTreeMap::new();
    for facts in all.iter() {
        if let Some(reach) = reach(facts) {
            let claim = claims.entry(dir(&facts.path).to_string()).or_insert((reach, false));
            claim.0 = claim.0.max(reach);
            // An adapter is a model of its own, whatever the card above it speaks of.
            claim.1 |= facts.format == "adapter-config";
        }
    }
    for facts in all.iter_mut() {
        facts.place = match facts.format {
            "card" if !is_of_folder(&facts.path) => facts.path.clone(),
            "card" | "dataset-info" if facts.dataset => dir(&facts.path).to_string(),
            "modelfile" => facts.path.clone(),
            _ => place(facts, &claims),
        };
    }
    // Data that lies beside a model is no part of it.
    let models: BTreeSet<String> = all.iter().filter(|f| !f.dataset).map(|f| f.place.clone()).collect();
    for facts in all.iter_mut().filter(|f| f.dataset && models.contains(&f.place)) {
        facts.place = facts.path.clone();
    }
}

fn place(facts: &ModelFacts, claims: &BTreeMap<String, (Reach, bool)>) -> String {
    let own = dir(&facts.path);
    let mut at = own;
    let mut nearest = None;
    loop {
        match claims.get(at) {
            Some((Reach::Below, _)) => return at.to_string(),
            Some((Reach::Folder, true)) if at == own => return at.to_string(),
            Some((Reach::Folder, _)) if at == own => nearest = Some(at),
            _ => {}
        }
        match at.rsplit_once('/') {
            Some((above, _)) => at = above,
            None if at.is_empty() => break,
            None => at = "",
        }
    }
    if let Some(folder) = nearest {
        return folder.to_string();
    }
    // These formats are folders by themselves.
    if facts.format == "saved-model" {
        return own.to_string();
    }
    for ending in [".mlpackage/", ".mlmodelc/"] {
        if let Some(at) = facts.path.find(ending) {
            return facts.path[..at + ending.len() - 1].to_string();
        }
    }
    facts.path.clone()
}

/// `name-00001-of-00003.gguf` in its parts: before the numbers, number, count, ending.
fn shard(path: &str) -> Option<(&str, u32, u32, &str)> {
    let (stem, ending) = path.rsplit_once('.')?;
    let (rest, count) = stem.rsplit_once("-of-")?;
    let (before, number) = rest.rsplit_once('-')?;
    let digits = |t: &str| (4..=6).contains(&t.len()) && t.bytes().all(|b| b.is_ascii_digit());
    if !digits(number) || !digits(count) {
        return None;
    }
    Some((before, number.parse().ok()?, count.parse().ok()?, ending))
}

/// What shards of one file have in common: place, name before the numbers, count, ending.
type Whole = (String, String, u32, String);

/// Makes one fact of the shards of one file: the first says what the file is, all together how large it is.
pub(super) fn join_shards(all: Vec<ModelFacts>) -> Vec<ModelFacts> {
    let mut groups: BTreeMap<Whole, Vec<(u32, ModelFacts)>> = BTreeMap::new();
    let mut joined = Vec::with_capacity(all.len());
    for facts in all {
        match shard(&facts.path) {
            Some((before, number, count, ending)) => {
                let key = (facts.place.clone(), before.to_string(), count, ending.to_string());
                // Shards that nothing else claims have places of their own, which are their paths.
                let key = if facts.place == facts.path { (String::new(), key.1, key.2, key.3) } else { key };
                groups.entry(key).or_default().push((number, facts));
            }
            None => joined.push(facts),
        }
    }
    for ((_, _, count, _), mut parts) in groups {
        parts.sort_by(|a, b| (a.0, &a.1.path).cmp(&(b.0, &b.1.path)));
        let there = parts.len();
        let alone = parts.iter().all(|(_, p)| p.place == p.path);
        let mut parts = parts.into_iter().map(|(_, facts)| facts);
        let Some(mut first) = parts.next() else { continue };
        for part in parts {
            let add = |a: Option<u64>, b: Option<u64>| Some(a?.saturating_add(b?));
            first.parameters = add(first.parameters, part.parameters);
            first.bytes = add(first.bytes, part.bytes);
            for license in part.licenses {
                if !first.licenses.iter().any(|l| l.text == license.text) {
                    first.licenses.push(license);
                }
            }
            for origin in part.origins {
                if !first.origins.contains(&origin) {
                    first.origins.push(origin);
                }
            }
            for (key, value) in part.shape {
                match first.shape.iter_mut().find(|(k, _)| *k == key) {
                    Some((_, known)) => *known = (*known).max(value),
                    None => first.shape.push((key, value)),
                }
            }
            first.architecture = first.architecture.take().or(part.architecture);
            first.name = first.name.take().or(part.name);
        }
        note(&mut first, "shards", &format!("{there} of {count}"));
        first.notes.sort();
        first.shape.sort();
        if alone {
            first.place = first.path.clone();
        }
        joined.push(first);
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fact(path: &str, format: &'static str) -> ModelFacts {
        ModelFacts { path: path.to_string(), place: path.to_string(), format, ..ModelFacts::default() }
    }

    fn places(all: &[(&str, &'static str)]) -> Vec<String> {
        let mut all: Vec<ModelFacts> = all.iter().map(|(p, f)| fact(p, f)).collect();
        settle(&mut all);
        all.into_iter().map(|f| f.place).collect()
    }

    #[test]
    fn what_speaks_of_one_model() {
        assert_eq!(
            places(&[("m/README.md", "card"), ("m/config.json", "config"), ("m/a.gguf", "gguf")]),
            ["m", "m", "m"]
        );
        assert_eq!(
            places(&[
                ("m/model_index.json", "model-index"),
                ("m/unet/config.json", "config"),
                ("m/unet/w.safetensors", "safetensors")
            ]),
            ["m", "m", "m"]
        );
        assert_eq!(places(&[("a.onnx", "onnx"), ("b.onnx", "onnx")]), ["a.onnx", "b.onnx"]);
        assert_eq!(
            places(&[("README.md", "card"), ("lora/adapter_config.json", "adapter-config")]),
            ["", "lora"]
        );
        assert_eq!(
            places(&[("cards/README.one.md", "card"), ("cards/README.zh.md", "card")]),
            ["cards/README.one.md", "cards"]
        );
        assert_eq!(places(&[("m/config.json", "config"), ("m/x/w.gguf", "gguf")]), ["m", "m/x/w.gguf"]);
        let mut both = [fact("d/README.md", "card"), fact("d/config.json", "config")];
        both[0].dataset = true;
        settle(&mut both);
        assert_eq!([both[0].place.as_str(), both[1].place.as_str()], ["d/README.md", "d"]);
        assert_eq!(
            places(&[("m/saved_model.pb", "saved-model"), ("X.mlpackage/Data/m.mlmodel", "coreml")]),
            ["m", "X.mlpackage"]
        );
    }

    #[test]
    fn shards_are_one_file() {
        let part = |n: u32, size| ModelFacts {
            parameters: Some(size),
            bytes: Some(size),
            ..fact(&format!("m/a-0000{n}-of-00003.gguf"), "gguf")
        };
        let joined = join_shards(vec![part(2, 20), fact("m/b.gguf", "gguf"), part(1, 10)]);
        assert_eq!(joined.len(), 2);
        assert_eq!(joined[1].path, "m/a-00001-of-00003.gguf");
        assert_eq!((joined[1].parameters, joined[1].bytes), (Some(30), Some(30)));
        assert_eq!(joined[1].notes, [("shards".to_string(), "2 of 3".to_string())]);
    }
}
