//! The `license` field and its older shapes.

use licit_model::RawLicense;
use licit_model::found::RawLicenseKind;
use serde::de::MapAccess;

use crate::extract::File;
use crate::extract::json::{Lax, Lenient, Str};

/// The value of `license` or `licenses`: a text, an object with a type, or an array of these.
#[derive(Debug, Clone, Default)]
pub struct LicenseField<'a>(Vec<Str<'a>>);

impl LicenseField<'_> {
    /// Whether nothing was stated.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|text| text.trim().is_empty())
    }

    /// As the model has it. An array always meant a choice, so it becomes one expression; where one of its words
    /// is no identifier, an expression would not hold, and each stays on its own.
    pub fn raw(&self, file: &File<'_>) -> Vec<RawLicense> {
        if let [text] = self.0.as_slice() {
            return if self.is_empty() { Vec::new() } else { vec![one(text.trim(), text.line(file))] };
        }
        let texts: Vec<&Str<'_>> = self.0.iter().filter(|text| !text.trim().is_empty()).collect();
        let id =
            |s: &str| s.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'+' | b':'));
        if texts.len() > 1 && texts.iter().all(|text| id(text.trim())) {
            let text = texts.iter().map(|text| text.trim()).collect::<Vec<_>>().join(" OR ");
            let line = texts.first().and_then(|text| text.line(file));
            return vec![RawLicense { text, kind: RawLicenseKind::Expression, line }];
        }
        texts.iter().map(|text| one(text.trim(), text.line(file))).collect()
    }
}

fn one(text: &str, line: Option<u32>) -> RawLicense {
    for words in ["see license in ", "see licence in "] {
        if text.get(..words.len()).is_some_and(|start| start.eq_ignore_ascii_case(words)) {
            let name = text.get(words.len()..).unwrap_or("").trim().trim_matches(['<', '>', '"', '\'']);
            let name = name.strip_prefix("./").unwrap_or(name);
            return RawLicense { text: name.to_string(), kind: RawLicenseKind::File, line };
        }
    }
    RawLicense { text: text.to_string(), kind: RawLicenseKind::Expression, line }
}

impl<'de: 'a, 'a> Lenient<'de> for LicenseField<'a> {
    fn from_text(text: std::borrow::Cow<'de, str>) -> Option<Self> {
        Some(LicenseField(vec![Str(text)]))
    }

    fn from_map<M: MapAccess<'de>>(mut map: M) -> Result<Option<Self>, M::Error> {
        let (mut kind, mut url) = (None, None);
        while let Some(key) = map.next_key::<Str<'de>>()? {
            let value = map.next_value::<Lax<Str<'de>>>()?.0;
            match &*key {
                "type" | "name" => kind = kind.or(value),
                "url" => url = value,
                _ => {}
            }
        }
        Ok(kind.or(url).map(|text| LicenseField(vec![text])))
    }

    fn from_seq<S: serde::de::SeqAccess<'de>>(mut seq: S) -> Result<Option<Self>, S::Error> {
        let mut all = Vec::new();
        while let Some(item) = seq.next_element::<Lax<LicenseField<'de>>>()? {
            all.extend(item.0.unwrap_or_default().0);
        }
        Ok(Some(LicenseField(all)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Vec<(String, RawLicenseKind)> {
        let file = File::new("package.json", json.as_bytes());
        let field: Lax<LicenseField<'_>> = serde_json::from_str(json).expect("the JSON is good");
        field.0.unwrap_or_default().raw(&file).into_iter().map(|raw| (raw.text, raw.kind)).collect()
    }

    #[test]
    fn all_shapes_are_read() {
        let words = |text: &str| vec![(text.to_string(), RawLicenseKind::Expression)];
        assert_eq!(read(r#""(MIT OR Apache-2.0)""#), words("(MIT OR Apache-2.0)"));
        assert_eq!(read(r#"{"type": "MIT", "url": "https://example.test"}"#), words("MIT"));
        assert_eq!(read(r#"[{"type": "MIT"}, "GPL-2.0", 7]"#), words("MIT OR GPL-2.0"));
        assert_eq!(read(r#"["MIT", "Apache License 2.0"]"#).len(), 2);
        assert_eq!(
            read(r#""SEE LICENSE IN ./EULA.txt""#),
            vec![("EULA.txt".to_string(), RawLicenseKind::File)]
        );
        assert!(read("false").is_empty());
        assert!(read(r#"" ""#).is_empty());
    }
}
