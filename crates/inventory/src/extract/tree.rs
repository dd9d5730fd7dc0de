//! JSON as a tree, for small formats whose values come in many shapes. Texts are borrowed, so that lines can be told.

use std::fmt;

use licit_model::Found;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use super::File;
use super::json::{self, Str};

/// A value.
#[derive(Debug, Clone, Default)]
pub enum Tree<'a> {
    /// A text.
    Text(Str<'a>),
    /// `true` or `false`.
    Bool(bool),
    /// An array.
    List(Vec<Tree<'a>>),
    /// An object in the file's order, repeated keys kept.
    Map(Vec<(Str<'a>, Tree<'a>)>),
    /// A number or `null`.
    #[default]
    Other,
}

impl<'a> Tree<'a> {
    /// The first value of a key.
    pub fn get(&self, key: &str) -> Option<&Tree<'a>> {
        self.entries().iter().find(|(k, _)| &**k == key).map(|(_, value)| value)
    }

    /// The text that a value is.
    pub fn text(&self) -> Option<&Str<'a>> {
        match self {
            Tree::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The text of a key.
    pub fn text_of(&self, key: &str) -> Option<&Str<'a>> {
        self.get(key)?.text()
    }

    /// The keys and values of an object; none of anything else.
    pub fn entries(&self) -> &[(Str<'a>, Tree<'a>)] {
        match self {
            Tree::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The entries of a key's object.
    pub fn entries_of(&self, key: &str) -> &[(Str<'a>, Tree<'a>)] {
        self.get(key).map_or(&[], Tree::entries)
    }

    /// The items of an array; none of anything else.
    pub fn items(&self) -> &[Tree<'a>] {
        match self {
            Tree::List(items) => items,
            _ => &[],
        }
    }

    /// The items of a key's array.
    pub fn items_of(&self, key: &str) -> &[Tree<'a>] {
        self.get(key).map_or(&[], Tree::items)
    }
}

/// Parses a whole file; what stands before a syntax error is kept, and the error becomes a problem.
pub fn read<'a>(file: &File<'a>, found: &mut Found) -> Tree<'a> {
    let mut top = Top(Vec::new());
    json::parse_into(file, found, &mut top);
    Tree::Map(top.0)
}

/// The entries of the outermost object while they are read.
struct Top<'a>(Vec<(Str<'a>, Tree<'a>)>);

impl<'de> serde::de::DeserializeSeed<'de> for &mut Top<'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for &mut Top<'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<(), M::Error> {
        while let Some(key) = map.next_key::<Str<'de>>()? {
            let (mut value, mut failed) = (Tree::Other, None);
            let seed = Growing { value: &mut value };
            if let Err(error) = map.next_value_seed(seed) {
                failed = Some(error);
            }
            self.0.push((key, value));
            if let Some(error) = failed {
                return Err(error);
            }
        }
        Ok(())
    }
}

/// A value that keeps what it got when its text ends too early.
struct Growing<'v, 'a> {
    value: &'v mut Tree<'a>,
}

impl<'de> serde::de::DeserializeSeed<'de> for Growing<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Growing<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_borrowed_str<E>(self, v: &'de str) -> Result<(), E> {
        *self.value = Tree::Text(Str(v.into()));
        Ok(())
    }

    fn visit_str<E>(self, v: &str) -> Result<(), E> {
        *self.value = Tree::Text(Str(v.to_string().into()));
        Ok(())
    }

    fn visit_bool<E>(self, v: bool) -> Result<(), E> {
        *self.value = Tree::Bool(v);
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<(), M::Error> {
        let mut entries = Vec::new();
        let result = loop {
            match map.next_entry::<Str<'de>, Tree<'de>>() {
                Ok(Some(entry)) => entries.push(entry),
                Ok(None) => break Ok(()),
                Err(error) => break Err(error),
            }
        };
        *self.value = Tree::Map(entries);
        result
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> Result<(), S::Error> {
        let mut items = Vec::new();
        let result = loop {
            match seq.next_element::<Tree<'de>>() {
                Ok(Some(item)) => items.push(item),
                Ok(None) => break Ok(()),
                Err(error) => break Err(error),
            }
        };
        *self.value = Tree::List(items);
        result
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Tree<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut value = Tree::Other;
        serde::de::DeserializeSeed::deserialize(Growing { value: &mut value }, deserializer)?;
        Ok(value)
    }
}

/// JSON with comments and commas before a closing bracket as plain JSON, every byte on its line: what plain JSON does
/// not know becomes blanks.
pub fn plain(text: &[u8]) -> Vec<u8> {
    let mut out = text.to_vec();
    let (mut at, mut comma) = (0, None);
    while let Some(&byte) = text.get(at) {
        match byte {
            b'"' => {
                comma = None;
                at += 1;
                while let Some(&inner) = text.get(at) {
                    match inner {
                        b'"' => break,
                        b'\\' => at += 1,
                        _ => {}
                    }
                    at += 1;
                }
            }
            b'/' if matches!(text.get(at + 1), Some(b'/' | b'*')) => {
                let line = text.get(at + 1) == Some(&b'/');
                let rest = text.get(at..).unwrap_or(&[]);
                let length = if line {
                    rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len())
                } else {
                    rest.windows(2).skip(2).position(|w| w == b"*/").map_or(rest.len(), |p| p + 4)
                };
                for byte in out.iter_mut().skip(at).take(length).filter(|b| **b != b'\n') {
                    *byte = b' ';
                }
                at += length;
                continue;
            }
            b',' => comma = Some(at),
            b'}' | b']' => {
                if let Some(byte) = comma.take().and_then(|c| out.get_mut(c)) {
                    *byte = b' ';
                }
            }
            _ if byte.is_ascii_whitespace() => {}
            _ => comma = None,
        }
        at += 1;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_commas_are_blanked() {
        let text = "{\"a,]\": [1, 2,\n], // x, \n /* , } */ \"b\": {\"c\": \"d//\",},}";
        let plain = String::from_utf8(plain(text.as_bytes())).unwrap();
        assert_eq!(plain.len(), text.len());
        let value: serde_json::Value = serde_json::from_str(&plain).unwrap();
        assert_eq!(value["b"]["c"], "d//");
        assert_eq!(value["a,]"][1], 2);
    }

    #[test]
    fn what_stands_before_an_error_is_kept() {
        let mut found = Found::new("x", "x");
        let tree = read(&File::new("x", b"{\"a\": {\"b\": \"1\", \"c\": [}}"), &mut found);
        assert_eq!(tree.get("a").and_then(|a| a.text_of("b")).map(|t| &**t), Some("1"));
        assert_eq!(found.problems.len(), 1);
    }
}
