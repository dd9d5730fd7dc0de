//! Formats on flatbuffers: TensorFlow Lite, ONNX Runtime's own, ExecuTorch, MNN.

use std::collections::BTreeMap;

use licit_model::ai::ModelFacts;

use super::facts::{license, note, property, set};
use super::flat::{Table, entry, root};
use super::source::{Source, Stop};

/// TensorFlow Lite. False where the file is none.
pub(super) fn read(source: &mut Source, facts: &mut ModelFacts) -> Result<bool, Stop> {
    if source.head(4, 4)? != b"TFL3" {
        return Ok(false);
    }
    let model = root(source, 0)?;
    note(facts, "schema_version", &model.u32(source, 0)?.to_string());
    let description = model.text(source, 3)?.unwrap_or_default();
    note(facts, "description", &description);
    let (buffers, buffer_count) = model.list(source, 4)?;
    let (entries, count) = model.list(source, 6)?;
    for index in 0..count.min(64) {
        let metadata = entry(source, entries, index)?;
        let name = metadata.text(source, 0)?.unwrap_or_default();
        let number = metadata.u32(source, 1)?;
        if number >= buffer_count {
            continue;
        }
        let buffer = entry(source, buffers, number)?;
        let Some((at, len)) = buffer.bytes(source, 0)? else { continue };
        match name.as_str() {
            "TFLITE_METADATA" => about(source, at, facts)?,
            "min_runtime_version" => {
                let text = source.text(at, len, 40)?;
                note(facts, &name, text.trim_end_matches('\0'));
            }
            _ => {}
        }
    }
    parameters(source, &model, buffers, buffer_count, facts)?;
    Ok(true)
}

/// The metadata that models carry for task libraries.
fn about(source: &mut Source, at: u64, facts: &mut ModelFacts) -> Result<(), Stop> {
    let metadata = root(source, at)?;
    set(&mut facts.name, &metadata.text(source, 0)?.unwrap_or_default());
    note(facts, "about", &metadata.text(source, 1)?.unwrap_or_default());
    note(facts, "version", &metadata.text(source, 2)?.unwrap_or_default());
    note(facts, "author", &metadata.text(source, 4)?.unwrap_or_default());
    license(facts, &metadata.text(source, 5)?.unwrap_or_default(), None);
    Ok(())
}

/// Counts what the tensors hold that have a buffer of their own.
fn parameters(
    source: &mut Source,
    model: &Table,
    buffers: u64,
    buffer_count: u32,
    facts: &mut ModelFacts,
) -> Result<(), Stop> {
    let mut by_type: BTreeMap<u8, u64> = BTreeMap::new();
    let (graphs, graph_count) = model.list(source, 2)?;
    for graph in 0..graph_count.min(16) {
        let graph = entry(source, graphs, graph)?;
        let (tensors, count) = graph.list(source, 0)?;
        for index in 0..count {
            let tensor = entry(source, tensors, index)?;
            let number = tensor.u32(source, 2)?;
            if number == 0 || number >= buffer_count {
                continue;
            }
            let buffer = entry(source, buffers, number)?;
            // Large files keep the bytes of a buffer outside and state where: fields 1 and 2.
            let inside = buffer.bytes(source, 0)?.is_some_and(|(_, len)| len > 0);
            if !inside && buffer.field(source, 1)?.is_none() {
                continue;
            }
            let (sizes, rank) = tensor.list(source, 0)?;
            let mut size = 1u64;
            for axis in 0..rank.min(8) {
                size = size.saturating_mul(u64::from(source.u32(sizes + 4 * u64::from(axis))?));
            }
            let of_type = by_type.entry(tensor.u8(source, 1)?).or_default();
            *of_type = of_type.saturating_add(size);
        }
    }
    let total = by_type.values().fold(0u64, |a, b| a.saturating_add(*b));
    if total > 0 && total < u64::MAX {
        facts.parameters = Some(total);
    }
    let names = [
        "F32", "F16", "I32", "U8", "I64", "", "BOOL", "I16", "C64", "I8", "F64", "", "U64", "", "", "U32",
        "U16", "I4",
    ];
    let most = by_type.iter().max_by_key(|(kind, size)| (**size, std::cmp::Reverse(**kind)));
    let name = most.and_then(|(kind, _)| names.get(usize::from(*kind))).filter(|n| !n.is_empty());
    facts.quantisation = name.map(|n| (*n).to_string());
    Ok(())
}

/// ONNX Runtime's own format. False where the file is none.
pub(super) fn ort(source: &mut Source, facts: &mut ModelFacts) -> Result<bool, Stop> {
    if source.head(4, 4)? != b"ORTM" {
        return Ok(false);
    }
    let session = root(source, 0)?;
    note(facts, "ort_version", &session.text(source, 0)?.unwrap_or_default());
    let Some(model) = session.table(source, 1)? else { return Ok(true) };
    let texts =
        [(2, "producer"), (3, "producer_version"), (4, "domain"), (6, "doc_string"), (8, "graph_doc_string")];
    for (field, name) in texts {
        note(facts, name, &model.text(source, field)?.unwrap_or_default());
    }
    let (entries, count) = model.list(source, 9)?;
    for index in 0..count.min(256) {
        let pair = entry(source, entries, index)?;
        let key = pair.text(source, 0)?.unwrap_or_default();
        let value = pair.text(source, 1)?.unwrap_or_default();
        property(facts, &key, &value);
    }
    Ok(true)
}

/// MNN has no identifier; its outermost table begins with a code of the business that made it.
pub(super) fn mnn(source: &mut Source, facts: &mut ModelFacts) -> Result<bool, Stop> {
    let Ok(net) = root(source, 0) else { return Ok(false) };
    let (_, operators) = net.list(source, 3)?;
    if operators == 0 {
        return Ok(false);
    }
    note(facts, "producer", &net.text(source, 0)?.unwrap_or_default());
    Ok(true)
}

/// ExecuTorch. False where the file is none.
pub(super) fn executorch(source: &mut Source) -> Result<bool, Stop> {
    let mark = source.head(4, 4)?;
    Ok(mark.starts_with(b"ET") && mark.iter().skip(2).all(u8::is_ascii_digit) && mark.len() == 4)
}

#[cfg(test)]
mod tests {
    use super::super::tests::Scratch;
    use super::*;

    /// The smallest model: a description, one buffer with metadata, and nothing else. Written by hand, back to front.
    fn tiny() -> Vec<u8> {
        // ModelMetadata with a name (field 0) and a license (field 5).
        let mut metadata = Vec::new();
        metadata.extend(20u32.to_le_bytes()); // root
        metadata.extend([16, 0, 12, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0]); // fields: 6
        metadata.extend(16i32.to_le_bytes()); // table at 20
        metadata.extend(8u32.to_le_bytes()); // name at 24 -> 32
        metadata.extend(12u32.to_le_bytes()); // license at 28 -> 40
        metadata.extend(b"\x03\0\0\0VAD\0");
        metadata.extend(b"\x0a\0\0\0Apache-2.0\0\0");
        let mut bytes = Vec::new();
        bytes.extend(28u32.to_le_bytes());
        bytes.extend(b"TFL3");
        // Fields of Model: 0 version, 4 buffers, 6 metadata.
        bytes.extend([18, 0, 16, 0, 4, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 12, 0, 0, 0]);
        bytes.extend(20i32.to_le_bytes()); // table at 28
        bytes.extend(3u32.to_le_bytes()); // version at 32
        bytes.extend(8u32.to_le_bytes()); // buffers at 36 -> 44
        bytes.extend(28u32.to_le_bytes()); // metadata at 40 -> 68
        bytes.extend(1u32.to_le_bytes()); // one buffer at 44
        bytes.extend(12u32.to_le_bytes()); // at 48 -> 60
        bytes.extend([6, 0, 8, 0, 4, 0, 0, 0]); // fields of Buffer at 52
        bytes.extend(8i32.to_le_bytes()); // table at 60
        bytes.extend(64u32.to_le_bytes()); // data at 64 -> 128
        bytes.extend(1u32.to_le_bytes()); // one entry at 68
        bytes.extend(16u32.to_le_bytes()); // at 72 -> 88
        bytes.extend([8, 0, 12, 0, 4, 0, 8, 0, 0, 0, 0, 0]); // fields of Metadata at 76
        bytes.extend(12i32.to_le_bytes()); // table at 88
        bytes.extend(8u32.to_le_bytes()); // name at 92 -> 100
        bytes.extend(0u32.to_le_bytes()); // buffer 0 at 96
        bytes.extend(b"\x0f\0\0\0TFLITE_METADATA\0");
        bytes.resize(128, 0);
        bytes.extend((metadata.len() as u32).to_le_bytes());
        bytes.extend(&metadata);
        bytes
    }

    fn facts(bytes: &[u8]) -> (ModelFacts, Result<bool, Stop>) {
        let dir = Scratch::new("tflite");
        let path = dir.put("a.tflite", bytes);
        let mut facts = ModelFacts::default();
        let result = read(&mut Source::open(&path).unwrap(), &mut facts);
        (facts, result)
    }

    #[test]
    fn metadata_of_task_libraries() {
        let (facts, result) = facts(&tiny());
        assert_eq!(result, Ok(true));
        assert_eq!(facts.name.as_deref(), Some("VAD"));
        assert_eq!(facts.licenses[0].text, "Apache-2.0");
    }

    #[test]
    fn any_damage_ends_in_an_error_or_in_less() {
        let whole = tiny();
        for end in 0..whole.len() {
            facts(&whole[..end]).1.ok();
        }
        for index in 0..whole.len() {
            for value in [0, 0x7f, 0xff] {
                let mut bytes = whole.clone();
                bytes[index] = value;
                facts(&bytes).1.ok();
            }
        }
        // A table whose fields lie at itself, and lists of four thousand million entries that overlap.
        let mut cycle = b"\x08\0\0\0TFL3".to_vec();
        cycle.extend([0; 4]);
        cycle.extend([0xff; 400]);
        facts(&cycle).1.ok();
        assert_eq!(facts(b"no model").1, Ok(false));
    }
}
