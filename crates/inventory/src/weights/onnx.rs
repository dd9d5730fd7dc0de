//! Formats on protocol buffers: ONNX, Core ML, TensorFlow's SavedModel and frozen graphs, Caffe, Paddle.

use std::collections::BTreeMap;

use licit_model::ai::ModelFacts;

use super::facts::{license, note, property, set};
use super::protobuf::{Fields, Visits, Wire, pair};
use super::source::{Source, Stop};

/// ONNX. False where the file is none.
pub(super) fn read(source: &mut Source, facts: &mut ModelFacts) -> Result<bool, Stop> {
    let mut visits = Visits::default();
    let mut fields = Fields::all(source);
    let mut version = 0;
    let mut graph = None;
    let mut operators = Vec::new();
    while let Some((number, wire)) = fields.next(source, &mut visits)? {
        match (number, wire) {
            (1, Wire::Number(v)) if v <= 1000 => {
                version = v;
                note(facts, "ir_version", &v.to_string());
            }
            (2, Wire::Bytes(at, len)) => note(facts, "producer", &source.text(at, len, 400)?),
            (3, Wire::Bytes(at, len)) => note(facts, "producer_version", &source.text(at, len, 400)?),
            (4, Wire::Bytes(at, len)) => note(facts, "domain", &source.text(at, len, 400)?),
            (5, Wire::Number(v)) if v > 0 => note(facts, "model_version", &v.to_string()),
            (6, Wire::Bytes(at, len)) => note(facts, "doc_string", &source.text(at, len, 2000)?),
            (7, Wire::Bytes(at, len)) => graph = Some((at, len)),
            (8, Wire::Bytes(at, len)) => operators.extend(operator_set(source, &mut visits, at, len)?),
            (14, Wire::Bytes(at, len)) => {
                let (key, value) = pair(source, &mut visits, at, len)?;
                property(facts, &key, &value);
            }
            _ => {}
        }
    }
    if version == 0 && operators.is_empty() {
        return Ok(false);
    }
    operators.truncate(16);
    note(facts, "opset", &operators.join(", "));
    if let Some((at, len)) = graph {
        tensors(source, &mut visits, at, len, facts)?;
    }
    Ok(true)
}

fn operator_set(source: &mut Source, visits: &mut Visits, at: u64, len: u64) -> Result<Option<String>, Stop> {
    let mut fields = Fields::within(at, len);
    let (mut domain, mut version) = (String::new(), None);
    while let Some((number, wire)) = fields.next(source, visits)? {
        match (number, wire) {
            (1, Wire::Bytes(at, len)) => domain = source.text(at, len, 100)?,
            (2, Wire::Number(v)) => version = Some(v),
            _ => {}
        }
    }
    let domain = if domain.is_empty() { "ai.onnx".to_string() } else { domain };
    Ok(version.map(|v| format!("{domain} {v}")))
}

/// Name of the graph, and number and type of the parameters of its initializers, jumping from one to the next. Some
/// exporters keep all weights in nodes that are constants, or in the branches of a condition: these are looked through
/// only where there are no initializers.
fn tensors(
    source: &mut Source,
    visits: &mut Visits,
    at: u64,
    len: u64,
    facts: &mut ModelFacts,
) -> Result<(), Stop> {
    let mut fields = Fields::within(at, len);
    let mut sizes = Sizes::default();
    while let Some((number, wire)) = fields.next(source, visits)? {
        match (number, wire) {
            (2, Wire::Bytes(at, len)) => note(facts, "graph", &source.text(at, len, 400)?),
            (10, Wire::Bytes(at, len)) => note(facts, "graph_doc_string", &source.text(at, len, 2000)?),
            (5, Wire::Bytes(at, len)) => sizes.add(source, visits, at, len)?,
            _ => {}
        }
    }
    if sizes.by_type.is_empty() && inner(source, visits, (at, len), 4, &mut sizes).is_err() {
        return Ok(());
    }
    let total = sizes.by_type.values().fold(0u64, |a, b| a.saturating_add(*b));
    if total > 0 && total < u64::MAX {
        facts.parameters = Some(total);
    }
    let most = sizes.by_type.iter().max_by_key(|(kind, size)| (**size, std::cmp::Reverse(**kind)));
    if let Some((kind, _)) = most {
        facts.quantisation = data_type(*kind).map(str::to_string);
    }
    if sizes.external {
        note(facts, "external_data", "the weights lie in another file");
    }
    Ok(())
}

/// What tensors hold, by the number of their type.
#[derive(Default)]
struct Sizes {
    by_type: BTreeMap<u64, u64>,
    external: bool,
}

impl Sizes {
    fn add(&mut self, source: &mut Source, visits: &mut Visits, at: u64, len: u64) -> Result<(), Stop> {
        let mut tensor = Fields::within(at, len);
        let (mut size, mut kind) = (1u64, 0);
        while let Some((number, wire)) = tensor.next(source, visits)? {
            match (number, wire) {
                (1, Wire::Number(n)) => size = size.saturating_mul(n),
                (1, Wire::Bytes(at, len)) => size = size.saturating_mul(packed(source, at, len)?),
                (2, Wire::Number(n)) => kind = n,
                (14, Wire::Number(1)) => self.external = true,
                _ => {}
            }
        }
        let of_type = self.by_type.entry(kind).or_default();
        *of_type = of_type.saturating_add(size);
        Ok(())
    }
}

/// Tensors in the attributes of nodes, and in the graphs that are attributes.
fn inner(
    source: &mut Source,
    visits: &mut Visits,
    graph: (u64, u64),
    depth: u32,
    sizes: &mut Sizes,
) -> Result<(), Stop> {
    let mut fields = Fields::within(graph.0, graph.1);
    while let Some((number, wire)) = fields.next(source, visits)? {
        let Wire::Bytes(at, len) = wire else { continue };
        match number {
            5 => sizes.add(source, visits, at, len)?,
            1 => {
                let mut node = Fields::within(at, len);
                while let Some((number, wire)) = node.next(source, visits)? {
                    let (5, Wire::Bytes(at, len)) = (number, wire) else { continue };
                    let mut attribute = Fields::within(at, len);
                    while let Some((number, wire)) = attribute.next(source, visits)? {
                        match (number, wire) {
                            (5, Wire::Bytes(at, len)) => sizes.add(source, visits, at, len)?,
                            (6, Wire::Bytes(at, len)) if depth > 0 => {
                                inner(source, visits, (at, len), depth - 1, sizes)?;
                            }
                            _ => {}
                        }
                    }
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// The product of numbers that stand together.
fn packed(source: &mut Source, at: u64, len: u64) -> Result<u64, Stop> {
    let bytes = source.bytes(at, len.min(160) as usize)?;
    let (mut product, mut value, mut shift) = (1u64, 0u64, 0u32);
    for byte in bytes {
        if shift < 64 {
            value |= u64::from(byte & 0x7f) << shift;
        }
        shift += 7;
        if byte & 0x80 == 0 {
            product = product.saturating_mul(value);
            (value, shift) = (0, 0);
        }
    }
    Ok(product)
}

fn data_type(number: u64) -> Option<&'static str> {
    let names = [
        "", "F32", "U8", "I8", "U16", "I16", "I32", "I64", "", "BOOL", "F16", "F64", "U32", "U64", "C64",
        "C128", "BF16", "F8_E4M3", "F8_E4M3", "F8_E5M2", "F8_E5M2", "U4", "I4", "F4_E2M1",
    ];
    names.get(usize::try_from(number).ok()?).copied().filter(|n| !n.is_empty())
}

/// Core ML. False where the file is none.
pub(super) fn coreml(source: &mut Source, facts: &mut ModelFacts) -> Result<bool, Stop> {
    let mut visits = Visits::default();
    let mut fields = Fields::all(source);
    let mut version = 0;
    let mut described = false;
    while let Some((number, wire)) = fields.next(source, &mut visits)? {
        match (number, wire) {
            (1, Wire::Number(v)) if (1..1000).contains(&v) => {
                version = v;
                note(facts, "specification_version", &v.to_string());
            }
            (2, Wire::Bytes(at, len)) => {
                described = true;
                let mut description = Fields::within(at, len);
                while let Some((number, wire)) = description.next(source, &mut visits)? {
                    if let (100, Wire::Bytes(at, len)) = (number, wire) {
                        coreml_metadata(source, &mut visits, at, len, facts)?;
                    }
                }
            }
            _ => {}
        }
    }
    Ok(version > 0 && described)
}

fn coreml_metadata(
    source: &mut Source,
    visits: &mut Visits,
    at: u64,
    len: u64,
    facts: &mut ModelFacts,
) -> Result<(), Stop> {
    let mut fields = Fields::within(at, len);
    while let Some((number, wire)) = fields.next(source, visits)? {
        let Wire::Bytes(at, len) = wire else { continue };
        match number {
            1 => note(facts, "description", &source.text(at, len, 2000)?),
            2 => note(facts, "version", &source.text(at, len, 400)?),
            3 => note(facts, "author", &source.text(at, len, 400)?),
            4 => license(facts, &source.text(at, len, 64 << 10)?, None),
            100 => {
                let (key, value) = pair(source, visits, at, len)?;
                property(facts, &key, &value);
            }
            _ => {}
        }
    }
    Ok(())
}

/// TensorFlow's `saved_model.pb`. False where the file is none.
pub(super) fn saved_model(source: &mut Source, facts: &mut ModelFacts) -> Result<bool, Stop> {
    let mut visits = Visits::default();
    let mut fields = Fields::all(source);
    let mut graphs = 0;
    while let Some((number, wire)) = fields.next(source, &mut visits)? {
        let (2, Wire::Bytes(at, len)) = (number, wire) else { continue };
        graphs += 1;
        let mut graph = Fields::within(at, len);
        while let Some((number, wire)) = graph.next(source, &mut visits)? {
            let (1, Wire::Bytes(at, len)) = (number, wire) else { continue };
            let mut about = Fields::within(at, len);
            while let Some((number, wire)) = about.next(source, &mut visits)? {
                match (number, wire) {
                    (4, Wire::Bytes(at, len)) => note(facts, "tag", &source.text(at, len, 100)?),
                    (5, Wire::Bytes(at, len)) => {
                        note(facts, "producer", &format!("tensorflow {}", source.text(at, len, 100)?));
                    }
                    _ => {}
                }
            }
        }
    }
    Ok(graphs > 0)
}

/// A graph of TensorFlow whose variables were made constants. False where the file is none: other things end in `.pb`
/// as well, so its first nodes have to be TensorFlow's.
pub(super) fn frozen_graph(source: &mut Source) -> Result<bool, Stop> {
    let mut visits = Visits::default();
    let mut fields = Fields::all(source);
    for _ in 0..64 {
        let Some((number, wire)) = fields.next(source, &mut visits)? else { return Ok(false) };
        let (1, Wire::Bytes(at, len)) = (number, wire) else { return Ok(false) };
        let mut node = Fields::within(at, len);
        let mut names = 0;
        while let Some((number, wire)) = node.next(source, &mut visits)? {
            match (number, wire) {
                (1, Wire::Bytes(..)) => names += 1,
                (2, Wire::Bytes(at, len)) => {
                    let operation = source.text(at, len, 40)?;
                    if names == 1
                        && matches!(operation.as_str(), "Const" | "Placeholder" | "Identity" | "VariableV2")
                    {
                        return Ok(true);
                    }
                }
                _ => {}
            }
        }
        if names != 1 {
            return Ok(false);
        }
    }
    Ok(false)
}

/// Caffe's trained nets and Paddle's programs have no identifier: their fields have to be those of the format.
pub(super) fn caffe(source: &mut Source, facts: &mut ModelFacts) -> Result<bool, Stop> {
    let mut visits = Visits::default();
    let mut fields = Fields::all(source);
    let mut layers = 0u64;
    while let Some((number, wire)) = fields.next(source, &mut visits)? {
        match (number, wire) {
            (1, Wire::Bytes(at, len)) => set(&mut facts.name, &source.text(at, len, 400)?),
            (2 | 100, Wire::Bytes(..)) => layers += 1,
            _ => {}
        }
    }
    Ok(layers > 0)
}

/// Paddle's program: blocks of variables and operators.
pub(super) fn paddle(source: &mut Source, facts: &mut ModelFacts) -> Result<bool, Stop> {
    let mut visits = Visits::default();
    let mut fields = Fields::all(source);
    let mut blocks = 0u64;
    while let Some((number, wire)) = fields.next(source, &mut visits)? {
        match (number, wire) {
            (1, Wire::Bytes(..)) => blocks += 1,
            (4, Wire::Bytes(at, len)) => {
                let mut version = Fields::within(at, len);
                while let Some((1, Wire::Number(v))) = version.next(source, &mut visits)? {
                    note(facts, "paddle_version", &v.to_string());
                }
            }
            _ => {}
        }
    }
    Ok(blocks > 0)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Scratch, message, number};
    use super::*;

    fn open(bytes: &[u8], read: impl Fn(&mut Source) -> Result<bool, Stop>) -> Result<bool, Stop> {
        let dir = Scratch::new("onnx");
        let path = dir.put("a.onnx", bytes);
        read(&mut Source::open(&path).unwrap())
    }

    fn tiny() -> Vec<u8> {
        let tensor =
            [number(1, 3), number(1, 5), number(2, 10), message(8, b"w"), message(9, &[0; 300])].concat();
        let property = [message(1, b"license"), message(2, b"AGPL-3.0")].concat();
        [
            number(1, 8),
            message(2, b"pytorch"),
            message(3, b"2.1"),
            message(7, &[message(2, b"main"), message(5, &tensor)].concat()),
            message(8, &number(2, 17)),
            message(14, &property),
        ]
        .concat()
    }

    #[test]
    fn small_fields_around_the_graph() {
        let mut facts = ModelFacts::default();
        let dir = Scratch::new("onnx-tiny");
        let path = dir.put("a.onnx", &tiny());
        assert_eq!(read(&mut Source::open(&path).unwrap(), &mut facts), Ok(true));
        assert_eq!(facts.licenses[0].text, "AGPL-3.0");
        assert_eq!((facts.parameters, facts.quantisation.as_deref()), (Some(15), Some("F16")));
        let note = |key: &str| facts.notes.iter().find(|(k, _)| k == key).map(|(_, v)| v.as_str());
        assert_eq!(note("producer"), Some("pytorch"));
        assert_eq!(note("opset"), Some("ai.onnx 17"));
        assert_eq!(note("graph"), Some("main"));
    }

    #[test]
    fn cuts_and_other_files_are_told() {
        let whole = tiny();
        let into = |source: &mut Source| read(source, &mut ModelFacts::default());
        for end in 0..whole.len() {
            open(&whole[..end], into).ok();
        }
        assert!(open(&whole[..60], into).is_err());
        assert_ne!(open(b"<html>not a model</html>", into), Ok(true));
        assert_ne!(open(&[0xff; 64], into), Ok(true));
        assert_ne!(open(&[], into), Ok(true));
        // A graph that claims 2^62 bytes.
        let mut claim = number(1, 8);
        claim.extend([0x3a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x3f]);
        assert_eq!(open(&claim, into), Err(Stop::Cut));
    }

    #[test]
    fn a_graph_of_gigabytes_is_jumped_over() {
        let dir = Scratch::new("onnx-big");
        let mut head = number(1, 8);
        // A graph of 8 GiB that holds one tensor with raw data.
        let inner: u64 = 8 << 30;
        let raw = inner - 20;
        let length = |n: u64| {
            let mut n = n;
            let mut bytes = Vec::new();
            while n >= 0x80 {
                bytes.push((n & 0x7f) as u8 | 0x80);
                n >>= 7;
            }
            bytes.push(n as u8);
            bytes
        };
        let mut tensor = number(1, 7);
        tensor.push(9 << 3 | 2);
        tensor.extend(length(raw));
        let tensor_len = tensor.len() as u64 + raw;
        let mut graph = vec![5 << 3 | 2];
        graph.extend(length(tensor_len));
        graph.extend(&tensor);
        let graph_len = graph.len() as u64 + raw;
        head.push(7 << 3 | 2);
        head.extend(length(graph_len));
        head.extend(&graph);
        let total = head.len() as u64 + raw;
        let path = dir.sparse("a.onnx", &head, total);
        let mut facts = ModelFacts::default();
        assert_eq!(read(&mut Source::open(&path).unwrap(), &mut facts), Ok(true));
        assert_eq!(facts.parameters, Some(7));
    }

    #[test]
    fn core_ml_states_its_license() {
        let metadata = [message(3, b"Somebody"), message(4, b"MIT")].concat();
        let bytes = [number(1, 4), message(2, &message(100, &metadata))].concat();
        let mut facts = ModelFacts::default();
        let dir = Scratch::new("coreml");
        let path = dir.put("a.mlmodel", &bytes);
        assert_eq!(coreml(&mut Source::open(&path).unwrap(), &mut facts), Ok(true));
        assert_eq!(facts.licenses[0].text, "MIT");
    }

    #[test]
    fn a_frozen_graph_needs_nodes_of_tensorflow() {
        let node = [message(1, b"x"), message(2, b"Placeholder")].concat();
        assert_eq!(open(&message(1, &node), frozen_graph), Ok(true));
        assert_ne!(open(&message(1, b"descriptor.proto"), frozen_graph), Ok(true));
    }
}
