//! Checkpoints of PyTorch and of the libraries that pickle: zip archives, old pickles, and archives of other frameworks.

use std::io::Read as _;

use licit_model::ai::ModelFacts;

use super::archive::{Member, members};
use super::facts::{license, note, property, set};
use super::pickle::{self, Seen};
use super::source::{Source, Stop};

/// Bytes of a pickle that are looked at.
const PICKLE: usize = 32 << 20;

/// Bytes of a JSON or YAML member.
const SMALL: usize = 1 << 20;

/// The number at the start of PyTorch's old format, as its pickle writes it.
const OLD_MAGIC: &[u8] = b"\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19";

/// Reads a file that is named as a checkpoint. False where it is none.
pub(super) fn read(source: &mut Source, facts: &mut ModelFacts, name: &str) -> Result<bool, Stop> {
    let head = source.head(0, 32)?;
    if head.starts_with(b"PK") {
        let Some(members) = members(source)? else { return Err(Stop::Cut) };
        return zip(source, facts, &members);
    }
    if head.starts_with(b"\x80\x02\x8a\x0a") && head.get(2..14) == Some(OLD_MAGIC) {
        facts.format = "pytorch";
        let bytes = source.head(0, PICKLE)?;
        tell(facts, &pickle::look(&bytes).unwrap_or_default());
        return Ok(true);
    }
    if matches!(head.first(), Some(0x80 | b'(' | b'c' | b'}' | b']')) {
        return pickled(facts, &source.head(0, PICKLE)?);
    }
    // Joblib packs with zlib or gzip; only the start is unpacked, where the outermost class stands.
    if matches!(head.as_slice(), [0x78, 0x01 | 0x5e | 0x9c | 0xda, ..] | [0x1f, 0x8b, ..]) {
        let packed = source.head(0, SMALL)?;
        let mut bytes = Vec::new();
        let most = 4 * SMALL as u64;
        // A stream that was cut here ends in an error; what came before it is what is wanted.
        if packed[0] == 0x78 {
            flate2::read::ZlibDecoder::new(packed.as_slice()).take(most).read_to_end(&mut bytes).ok();
        } else {
            flate2::read::GzDecoder::new(packed.as_slice()).take(most).read_to_end(&mut bytes).ok();
        }
        return pickled(facts, &bytes);
    }
    // PyTorch's oldest format and NeMo's are tars.
    if (name.ends_with(".nemo") || name.ends_with(".pt") || name.ends_with(".pth")) && source.len() > 512 {
        let mark = source.bytes(257, 5)?;
        if mark == b"ustar" {
            facts.format = if name.ends_with(".nemo") { "nemo" } else { "pytorch" };
            note(facts, "container", "tar");
            return Ok(true);
        }
    }
    Ok(false)
}

/// A pickle that is no checkpoint of PyTorch's own counts only when it asks for classes of a model.
fn pickled(facts: &mut ModelFacts, bytes: &[u8]) -> Result<bool, Stop> {
    let Some(seen) = pickle::look(bytes) else { return Ok(false) };
    if let Some(class) = pickle::estimator(&seen) {
        facts.format = "pickle";
        set(&mut facts.architecture, class);
    } else if seen.classes.iter().any(|c| c.starts_with("torch._utils.") || c.starts_with("torch.storage.")) {
        facts.format = "pytorch";
    } else {
        return Ok(false);
    }
    tell(facts, &seen);
    Ok(true)
}

/// Puts down what a pickle shows.
fn tell(facts: &mut ModelFacts, seen: &Seen) {
    if let Some(text) = &seen.license {
        license(facts, text, None);
    }
    for (key, value) in &seen.notes {
        property(facts, key, value);
    }
    let plain = [
        "torch.",
        "collections.",
        "numpy.",
        "builtins.",
        "__builtin__.",
        "copyreg.",
        "copy_reg.",
        "_codecs.",
        "pathlib.",
    ];
    let own: Vec<&str> = seen
        .classes
        .iter()
        .map(String::as_str)
        .filter(|c| !plain.iter().any(|p| c.starts_with(p)))
        .take(8)
        .collect();
    if !own.is_empty() {
        note(facts, "classes", &own.join(", "));
    }
    let storage = seen.classes.iter().find_map(|c| c.strip_prefix("torch.")?.strip_suffix("Storage"));
    if facts.quantisation.is_none() {
        facts.quantisation = storage.and_then(width).map(|(name, _)| name.to_string());
    }
}

/// The short name of a type of storage, and its bytes.
fn width(storage: &str) -> Option<(&'static str, u64)> {
    Some(match storage {
        "Float" => ("F32", 4),
        "Half" => ("F16", 2),
        "BFloat16" => ("BF16", 2),
        "Double" => ("F64", 8),
        "Char" | "QInt8" => ("I8", 1),
        "Byte" | "QUInt8" => ("U8", 1),
        "Int" | "QInt32" => ("I32", 4),
        "Short" => ("I16", 2),
        _ => return None,
    })
}

fn zip(source: &mut Source, facts: &mut ModelFacts, members: &[Member]) -> Result<bool, Stop> {
    let named = |end: &str| members.iter().find(|m| m.name == end || m.name.ends_with(&format!("/{end}")));
    if let Some(pickle) = named("data.pkl") {
        facts.format = "pytorch";
        let folder = pickle.name.strip_suffix("data.pkl").unwrap_or_default();
        let below = |m: &&Member| m.name.starts_with(folder);
        let scripted = members.iter().filter(below).any(|m| m.name[folder.len()..].starts_with("code/"));
        if scripted {
            note(facts, "container", "TorchScript");
        }
        let seen = pickle::look(&pickle.read(source, PICKLE)?).unwrap_or_default();
        tell(facts, &seen);
        let data = members.iter().filter(below).filter(|m| m.name[folder.len()..].starts_with("data/"));
        let bytes = data.fold(0u64, |sum, m| sum.saturating_add(m.size));
        // Only where all storages are of one type do their bytes tell the number exactly.
        let of = |c: &'_ str| c.strip_prefix("torch.")?.strip_suffix("Storage").map(str::to_string);
        let storages: Vec<String> = seen.classes.iter().filter_map(|c| of(c)).collect();
        if let ([one], false) = (storages.as_slice(), seen.training)
            && let Some((_, width)) = width(one)
            && bytes > 0
        {
            facts.parameters = Some(bytes / width);
        }
        // Extra files hold what the exporter wanted to keep: `config.txt` of ultralytics is JSON.
        for extra in members.iter().filter(|m| m.name.contains("/extra/") && m.size < SMALL as u64).take(8) {
            keep_json(facts, &extra.read(source, SMALL)?);
        }
        return Ok(true);
    }
    if named("config.json").is_some()
        && named("metadata.json").is_some()
        && named("model.weights.h5").is_some()
    {
        facts.format = "keras";
        for name in ["metadata.json", "config.json"] {
            let Some(member) = named(name) else { continue };
            let bytes = member.read(source, SMALL)?;
            let Ok(value) = serde_json::from_slice::<serde_json::Value>(&bytes) else { continue };
            let text = |key: &str| value.get(key).and_then(serde_json::Value::as_str).unwrap_or_default();
            note(facts, "keras_version", text("keras_version"));
            set(&mut facts.architecture, text("class_name"));
            let name = value.pointer("/config/name").and_then(serde_json::Value::as_str);
            set(&mut facts.name, name.unwrap_or_default());
        }
        return Ok(true);
    }
    if let Some(manifest) = named("MAR-INF/MANIFEST.json") {
        facts.format = "torchserve";
        let bytes = manifest.read(source, SMALL)?;
        let value: serde_json::Value = serde_json::from_slice(&bytes).unwrap_or_default();
        let text = |key: &str| value.pointer(key).and_then(serde_json::Value::as_str).unwrap_or_default();
        set(&mut facts.name, text("/model/modelName"));
        note(facts, "version", text("/model/modelVersion"));
        return Ok(true);
    }
    // MediaPipe's bundles hold the models of a task.
    let lite = members.iter().filter(|m| m.name.ends_with(".tflite"));
    let lite: Vec<&str> = lite.map(|m| m.name.as_str()).take(8).collect();
    if !lite.is_empty() {
        facts.format = "tflite";
        note(facts, "bundle", &lite.join(", "));
        return Ok(true);
    }
    Ok(false)
}

fn keep_json(facts: &mut ModelFacts, bytes: &[u8]) {
    let Ok(serde_json::Value::Object(map)) = serde_json::from_slice(bytes) else { return };
    for (key, value) in map.iter().take(64) {
        if let Some(text) = value.as_str() {
            property(facts, key, text);
        }
    }
}

/// A program with a zip archive behind it in which a GGUF file is stored: only its place is given back.
pub(super) fn inner_gguf(source: &mut Source) -> Result<Option<(u64, u64)>, Stop> {
    for member in members(source)?.unwrap_or_default() {
        if member.name.ends_with(".gguf") {
            return member.stored(source);
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Scratch, zipped};
    use super::*;

    fn facts(name: &str, bytes: &[u8]) -> (ModelFacts, Result<bool, Stop>) {
        let dir = Scratch::new("checkpoint");
        let path = dir.put(name, bytes);
        let mut facts = ModelFacts::default();
        let result = read(&mut Source::open(&path).unwrap(), &mut facts, name);
        (facts, result)
    }

    #[test]
    fn a_zip_of_pytorch_by_its_members() {
        let pickle = b"\x80\x02}q\x00(X\x01\x00\x00\x00wq\x01ctorch._utils\n_rebuild_tensor_v2\nq\x02ctorch\nHalfStorage\nq\x03u.";
        let bytes = zipped(&[
            ("m/data.pkl", pickle, false),
            ("m/data/0", &[0; 64], false),
            ("m/version", b"3", false),
        ]);
        let (facts, result) = facts("model.pth", &bytes);
        assert_eq!(result, Ok(true));
        assert_eq!(
            (facts.format, facts.parameters, facts.quantisation.as_deref()),
            ("pytorch", Some(32), Some("F16"))
        );
    }

    #[test]
    fn the_old_format_and_estimators() {
        let mut old = b"\x80\x02".to_vec();
        old.extend(OLD_MAGIC);
        old.extend(b".\x80\x02M\xe9\x03.\x80\x02ctorch\nFloatStorage\n.");
        let (facts_of_old, result) = facts("model.pt", &old);
        assert_eq!((result, facts_of_old.format), (Ok(true), "pytorch"));
        assert_eq!(facts_of_old.quantisation.as_deref(), Some("F32"));
        let forest =
            b"\x80\x04\x8c\x18sklearn.ensemble._forest\x94\x8c\x16RandomForestClassifier\x94\x93\x94.";
        let (facts_of_forest, result) = facts("m.pkl", forest);
        assert_eq!((result, facts_of_forest.format), (Ok(true), "pickle"));
        let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
        std::io::Write::write_all(&mut packed, forest).unwrap();
        assert_eq!(facts("m.joblib", &packed.finish().unwrap()).0.format, "pickle");
        assert_eq!(facts("table.pkl", b"\x80\x04\x8c\x06pandas\x94\x8c\x01X\x94\x93\x94.").1, Ok(false));
        assert_eq!(facts("m.pt", b"text").1, Ok(false));
    }

    #[test]
    fn keras_and_other_archives() {
        let bytes = zipped(&[
            ("metadata.json", br#"{"keras_version": "3.4.1"}"#, true),
            ("config.json", br#"{"class_name": "Sequential", "config": {"name": "tiny"}}"#, true),
            ("model.weights.h5", b"x", false),
        ]);
        let (keras, _) = facts("m.keras", &bytes);
        assert_eq!((keras.format, keras.architecture.as_deref()), ("keras", Some("Sequential")));
        assert_eq!(facts("photos.zip", &zipped(&[("a.jpg", b"x", false)])).1, Ok(false));
    }
}
