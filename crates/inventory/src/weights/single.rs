//! Formats that are told by a few bytes or lines: HDF5, OpenVINO, TensorRT, NCNN, fastText, boosted trees, darknet.

use licit_model::ai::ModelFacts;
use quick_xml::events::{BytesStart, Event};

use super::facts::{note, property, set, shape};
use super::source::{Source, Stop};

/// Bytes at the start of an HDF5 file in which Keras' attributes are looked for: they hang on the outermost group.
const HDF5_HEAD: usize = 1 << 20;

/// Bytes of an OpenVINO description that are read, from its start and from its end.
const XML: usize = 64 << 10;

/// Keras in HDF5. Other HDF5 files are tables of data: without an attribute of Keras' own it is none.
pub(super) fn hdf5(source: &mut Source, facts: &mut ModelFacts) -> Result<bool, Stop> {
    // Something of the user's own may stand before the signature, in steps of powers of two.
    let starts = [0u64, 512, 1024, 2048, 4096];
    let found = starts.iter().find(|at| source.head(**at, 8).is_ok_and(|h| h == b"\x89HDF\r\n\x1a\n"));
    let Some(at) = found else { return Ok(false) };
    let head = source.head(*at, HDF5_HEAD)?;
    let has = |needle: &[u8]| find(&head, needle).is_some();
    let keras =
        [b"keras_version".as_slice(), b"model_config", b"layer_names", b"weight_names", b"model_weights"];
    if !keras.iter().any(|k| has(k)) {
        return Ok(false);
    }
    facts.format = "hdf5";
    if let Some(at) = find(&head, b"{\"class_name\":") {
        let text = String::from_utf8_lossy(&head[at..head.len().min(at + 400)]).into_owned();
        let value = |key: &str| {
            let rest = &text[text.find(key)? + key.len()..];
            rest.split('"').nth(1).map(str::to_string)
        };
        set(&mut facts.architecture, &value("\"class_name\":").unwrap_or_default());
        set(&mut facts.name, &value("\"name\":").unwrap_or_default());
    }
    Ok(true)
}

/// The first place of some bytes in others.
fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    let first = *needle.first()?;
    let mut at = 0;
    while let Some(step) = bytes.get(at..)?.iter().position(|b| *b == first) {
        at += step;
        if bytes[at..].starts_with(needle) {
            return Some(at);
        }
        at += 1;
    }
    None
}

/// OpenVINO's description of a net. False where the XML is something else.
pub(super) fn openvino(source: &mut Source, facts: &mut ModelFacts) -> Result<bool, Stop> {
    let head = source.head(0, XML)?;
    let mut reader = quick_xml::Reader::from_reader(head.as_slice());
    let mut net = false;
    for _ in 0..64 {
        match reader.read_event() {
            Ok(Event::Start(element)) => {
                net = element.local_name().as_ref() == "net";
                if net {
                    set(&mut facts.name, &attribute(&element, "name").unwrap_or_default());
                    note(facts, "ir_version", &attribute(&element, "version").unwrap_or_default());
                }
                break;
            }
            Ok(Event::Eof) | Err(_) => break,
            Ok(_) => {}
        }
    }
    if !net || !facts.notes.iter().any(|(k, _)| k == "ir_version") {
        return Ok(false);
    }
    // What the converter and the author add stands at the end, behind all layers.
    let start = source.len().saturating_sub(XML as u64);
    let tail = source.head(start, XML)?;
    let Some(at) =
        find(&tail, b"<rt_info").map(|_| tail.windows(8).rposition(|w| w == b"<rt_info").unwrap_or(0))
    else {
        return Ok(true);
    };
    let mut reader = quick_xml::Reader::from_reader(&tail[at..]);
    for _ in 0..2000 {
        match reader.read_event() {
            Ok(Event::Empty(element) | Event::Start(element)) => {
                let key = element.local_name().as_ref().to_string();
                if let Some(value) = attribute(&element, "value") {
                    property(facts, &key, &value);
                }
            }
            Ok(Event::Eof) | Err(_) => break,
            Ok(_) => {}
        }
    }
    Ok(true)
}

fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = element.attributes().flatten().find(|a| a.key.local_name().as_ref() == name)?;
    Some(found.value.into_owned())
}

/// TensorRT, also behind the length and the JSON that ultralytics writes before it.
pub(super) fn tensorrt(source: &mut Source, facts: &mut ModelFacts) -> Result<bool, Stop> {
    let marks = [b"ptrt".as_slice(), b"ftrt"];
    let head = source.head(0, 5)?;
    if marks.iter().any(|m| head.starts_with(m)) {
        return Ok(true);
    }
    if head.len() < 5 || head[4] != b'{' {
        return Ok(false);
    }
    let len = u64::from(source.u32(0)?);
    if len > 1 << 20 {
        return Ok(false);
    }
    let text = source.text(4, len, 1 << 20)?;
    let mark = source.head(4 + len, 4)?;
    if !marks.iter().any(|m| mark == *m) {
        return Ok(false);
    }
    if let Ok(serde_json::Value::Object(map)) = serde_json::from_str(&text) {
        map.iter().filter_map(|(k, v)| Some((k, v.as_str()?))).for_each(|(k, v)| property(facts, k, v));
    }
    Ok(true)
}

/// NCNN's description of a net: a number, then the counts of layers and blobs.
pub(super) fn ncnn(source: &mut Source, facts: &mut ModelFacts) -> Result<bool, Stop> {
    let head = source.head(0, 256)?;
    let text = String::from_utf8_lossy(&head).into_owned();
    let mut lines = text.lines();
    if lines.next().map(str::trim) != Some("7767517") {
        return Ok(false);
    }
    let layers = lines.next().and_then(|l| l.split_whitespace().next()?.parse().ok()).unwrap_or(0);
    shape(facts, "layers", layers);
    Ok(true)
}

/// fastText's trained models, packed or not.
pub(super) fn fasttext(source: &mut Source, facts: &mut ModelFacts) -> Result<bool, Stop> {
    if source.head(0, 4)? != 793_712_314u32.to_le_bytes() {
        return Ok(false);
    }
    let version = source.u32(4)?;
    if !(1..100).contains(&version) {
        return Ok(false);
    }
    facts.format = "fasttext";
    note(facts, "version", &version.to_string());
    let hidden = u64::from(source.u32(8)?);
    if hidden < 100_000 {
        shape(facts, "hidden_size", hidden);
    }
    Ok(true)
}

/// Boosted trees of CatBoost and XGBoost.
pub(super) fn trees(source: &mut Source, facts: &mut ModelFacts) -> Result<bool, Stop> {
    let head = source.head(0, 64)?;
    if head.starts_with(b"CBM1") {
        facts.format = "catboost";
        return Ok(true);
    }
    // The old binary form, and the universal binary JSON that followed it.
    if head.starts_with(b"binf") || (head.starts_with(b"{L") && find(&head, b"learner").is_some()) {
        facts.format = "xgboost";
        return Ok(true);
    }
    Ok(false)
}

/// Darknet's weights: a version, then how many pictures were seen, then numbers.
pub(super) fn darknet(source: &mut Source, facts: &mut ModelFacts) -> Result<bool, Stop> {
    if source.len() < 4096 {
        return Ok(false);
    }
    let (major, minor, revision) = (source.u32(0)?, source.u32(4)?, source.u32(8)?);
    if major > 1 || minor > 9 || revision > 99 || (major, minor) == (0, 0) {
        return Ok(false);
    }
    let header = if minor >= 2 { 20 } else { 16 };
    facts.parameters = Some((source.len() - header) / 4);
    facts.quantisation = Some("F32".to_string());
    Ok(true)
}

/// Flax writes MessagePack: a map of names whose first is a text.
pub(super) fn msgpack(source: &mut Source) -> Result<bool, Stop> {
    let head = source.head(0, 8)?;
    Ok(matches!(head.as_slice(), [0x80..=0x8f, 0xa0..=0xbf, ..] | [0xde, _, _, 0xa0..=0xbf | 0xd9, ..]))
}

#[cfg(test)]
mod tests {
    use super::super::tests::Scratch;
    use super::*;

    type Read = fn(&mut Source, &mut ModelFacts) -> Result<bool, Stop>;

    fn facts(bytes: &[u8], read: Read) -> (ModelFacts, Result<bool, Stop>) {
        let dir = Scratch::new("single");
        let path = dir.put("a", bytes);
        let mut facts = ModelFacts::default();
        let result = read(&mut Source::open(&path).unwrap(), &mut facts);
        (facts, result)
    }

    #[test]
    fn each_is_told_by_its_mark() {
        let h5 = [
            b"\x89HDF\r\n\x1a\n".as_slice(),
            b"....model_config..{\"class_name\": \"Sequential\", \"config\": {\"name\": \"tiny\"",
        ]
        .concat();
        let (keras, result) = facts(&h5, hdf5);
        assert_eq!(
            (result, keras.architecture.as_deref(), keras.name.as_deref()),
            (Ok(true), Some("Sequential"), Some("tiny"))
        );
        assert_eq!(facts(b"\x89HDF\r\n\x1a\n a table of data", hdf5).1, Ok(false));
        let xml = br#"<?xml version="1.0"?><net name="tiny" version="11"><layers/><rt_info><MO_version value="2024.1"/><model_info><license value="AGPL-3.0"/></model_info></rt_info></net>"#;
        let (net, result) = facts(xml, openvino);
        assert_eq!((result, net.licenses[0].text.as_str()), (Ok(true), "AGPL-3.0"));
        assert_eq!(facts(b"<project><net/></project>", openvino).1, Ok(false));
        assert_eq!(facts(b"ptrt\0\0\0\0", tensorrt).1, Ok(true));
        let json = br#"{"license":"AGPL-3.0"}"#;
        let wrapped = [(json.len() as u32).to_le_bytes().as_slice(), json, b"ptrt"].concat();
        assert_eq!(facts(&wrapped, tensorrt).0.licenses[0].text, "AGPL-3.0");
        assert_eq!(facts(b"a plan for monday", tensorrt).1, Ok(false));
        assert_eq!(facts(b"7767517\n75 83\nInput x", ncnn).0.shape, [("layers".to_string(), 75)]);
        let fast = [793_712_314u32.to_le_bytes(), 12u32.to_le_bytes(), 16u32.to_le_bytes()].concat();
        assert_eq!(facts(&fast, fasttext).0.shape, [("hidden_size".to_string(), 16)]);
        assert_eq!(facts(b"CBM1....", trees).0.format, "catboost");
        for read in [hdf5, openvino, tensorrt, ncnn, fasttext, trees, darknet] {
            for bytes in [b"".as_slice(), b"a", b"abcdefgh", &[0xff; 5000], b"<net name=", b"\xff\xff\0\0{"] {
                assert_ne!(facts(bytes, read).1, Ok(true));
            }
        }
    }
}
