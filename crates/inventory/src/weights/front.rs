//! Front matter: the YAML between two lines of dashes at the start of a text, with the lines of its values.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::extract::yaml::{Spanned, line};

/// A value with the line that it stands on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Node {
    pub value: Value,
    /// Counted from 1, in the whole file.
    pub line: Option<u32>,
}

/// A value of any shape; numbers are kept as their text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    Text(String),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
    Nothing,
}

impl Node {
    /// The value of a key.
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        self.entries().iter().find(|(k, _)| k == key).map(|(_, n)| n)
    }

    /// Keys and values; none of anything but a map.
    pub(super) fn entries(&self) -> &[(String, Node)] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The text that it is.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The one text or the texts of a list, with their lines.
    pub(super) fn texts(&self) -> Vec<(&str, Option<u32>)> {
        match &self.value {
            Value::Text(text) => vec![(text.as_str(), self.line)],
            Value::List(items) => items
                .iter()
                .filter_map(|item| {
                    // Some write `- name: x` where `- x` is meant.
                    let named = ["name", "id", "path"].iter().find_map(|k| item.get(k)?.text());
                    Some((item.text().or(named)?, item.line))
                })
                .collect(),
            _ => Vec::new(),
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Value;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("any value")
            }

            fn visit_str<E>(self, text: &str) -> Result<Value, E> {
                Ok(Value::Text(text.to_string()))
            }

            fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
                Ok(Value::Text(value.to_string()))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
                Ok(Value::Text(value.to_string()))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
                Ok(Value::Text(value.to_string()))
            }

            fn visit_i128<E>(self, value: i128) -> Result<Value, E> {
                Ok(Value::Text(value.to_string()))
            }

            fn visit_u128<E>(self, value: u128) -> Result<Value, E> {
                Ok(Value::Text(value.to_string()))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
                Ok(Value::Text(value.to_string()))
            }

            fn visit_unit<E>(self) -> Result<Value, E> {
                Ok(Value::Nothing)
            }

            fn visit_none<E>(self) -> Result<Value, E> {
                Ok(Value::Nothing)
            }

            fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
                Value::deserialize(deserializer)
            }

            fn visit_seq<S: SeqAccess<'de>>(self, mut list: S) -> Result<Value, S::Error> {
                let mut items = Vec::new();
                while let Some(item) = list.next_element::<Spanned<Value>>()? {
                    items.push(node(item));
                }
                Ok(Value::List(items))
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Value, M::Error> {
                let mut entries = Vec::new();
                while let Some(key) = map.next_key::<Value>()? {
                    match key {
                        Value::Text(key) => entries.push((key, node(map.next_value()?))),
                        _ => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                Ok(Value::Map(entries))
            }
        }

        deserializer.deserialize_any(Any)
    }
}

fn node(spanned: Spanned<Value>) -> Node {
    Node { line: line(&spanned), value: spanned.value }
}

/// The front matter of a text without its lines of dashes; none where the text has none.
pub(super) fn cut_out(text: &str) -> Option<&str> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let rest = text.strip_prefix("---")?;
    let body = rest.trim_start_matches([' ', '\t', '\r']).strip_prefix('\n')?;
    let mut at = 0;
    for line in body.split_inclusive('\n') {
        if line.trim_end() == "---" {
            return Some(&body[..at]);
        }
        at += line.len();
    }
    None
}

/// Reads front matter. A broken one is read line by line, as far as keys at its margin go, and the error is given too.
pub(super) fn read(front: &str) -> (Node, Option<(u32, String)>) {
    let result = if too_deep(front) { Err((1, "it is nested too deeply".to_string())) } else { parse(front) };
    match result {
        Ok(mut node) => {
            shift(&mut node);
            (node, None)
        }
        Err((line, message)) => (by_lines(front), Some((line + 1, message))),
    }
}

/// Levels of nesting; real cards have six. The parser goes down one level at a time on the stack.
const DEPTH: usize = 32;

/// Whether brackets, dashes or blanks nest deeper than the parser should go. Quotes are not looked at: what stands in them
/// may count too much, and then the front matter is read line by line.
fn too_deep(front: &str) -> bool {
    let mut open = 0usize;
    let mut indents: Vec<usize> = Vec::new();
    front.lines().any(|line| {
        let inner = line.trim_start_matches([' ', '\t']);
        let indent = line.len() - inner.len();
        if !inner.is_empty() {
            while indents.last().is_some_and(|known| *known >= indent) {
                indents.pop();
            }
            indents.push(indent);
        }
        // Each dash or question mark that stands alone may open a level of its own.
        let marks = inner.split_whitespace().filter(|word| matches!(*word, "-" | "?")).count();
        let mut most = open;
        for byte in line.bytes() {
            match byte {
                b'[' | b'{' => open += 1,
                b']' | b'}' => open = open.saturating_sub(1),
                _ => {}
            }
            most = most.max(open);
        }
        most + marks + indents.len() > DEPTH
    })
}

fn parse(front: &str) -> Result<Node, (u32, String)> {
    let options = serde_saphyr::options! {
        duplicate_keys: serde_saphyr::DuplicateKeyPolicy::FirstWins,
        // `no` is a language here, not a truth value.
        strict_booleans: true,
        // Real cards nest six levels; values are read by recursion.
        budget: serde_saphyr::budget! { max_depth: DEPTH, max_nodes: 50_000 },
    };
    match serde_saphyr::from_str_with_options::<Value>(front, options) {
        Ok(value) => Ok(Node { value, line: None }),
        Err(error) => {
            let line = error.location().and_then(|l| u32::try_from(l.line()).ok()).unwrap_or(1).max(1);
            Err((line, error.to_string().lines().next().unwrap_or_default().to_string()))
        }
    }
}

/// The line of dashes above counts too.
fn shift(node: &mut Node) {
    node.line = node.line.map(|l| l.saturating_add(1));
    match &mut node.value {
        Value::List(items) => items.iter_mut().for_each(shift),
        Value::Map(entries) => entries.iter_mut().for_each(|(_, n)| shift(n)),
        _ => {}
    }
}

/// Keys at the margin with a text behind them, or with a list of texts below.
fn by_lines(front: &str) -> Node {
    let mut entries: Vec<(String, Node)> = Vec::new();
    for (number, text) in (2u32..).zip(front.lines()) {
        let trimmed = text.trim();
        let plain = |t: &str| t.trim().trim_matches(['"', '\'']).to_string();
        if let Some(item) = trimmed.strip_prefix("- ") {
            if let Some((_, list)) = entries.last_mut() {
                let item = Node { value: Value::Text(plain(item)), line: Some(number) };
                match &mut list.value {
                    Value::List(items) => items.push(item),
                    Value::Nothing => list.value = Value::List(vec![item]),
                    _ => {}
                }
            }
        } else if !text.starts_with([' ', '\t', '#'])
            && let Some((key, value)) = text.split_once(':')
            && !key.is_empty()
            && key.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b))
        {
            let value = plain(value);
            let value = if value.is_empty() { Value::Nothing } else { Value::Text(value) };
            entries.push((key.to_string(), Node { value, line: Some(number) }));
        }
    }
    Node { value: Value::Map(entries), line: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_keep_their_lines() {
        let front =
            cut_out("---\r\nlicense: mit\nbase_model:\n- a/b\n- c/d\nn: 1.5\nlanguage: no\n---\nbody")
                .unwrap();
        let (node, error) = read(front);
        assert_eq!(error, None);
        assert_eq!(node.get("license").unwrap().line, Some(2));
        assert_eq!(node.get("base_model").unwrap().texts(), [("a/b", Some(4)), ("c/d", Some(5))]);
        assert_eq!(node.get("n").unwrap().text(), Some("1.5"));
        assert_eq!(node.get("language").unwrap().text(), Some("no"));
    }

    #[test]
    fn a_broken_one_is_read_line_by_line() {
        let (node, error) = read("license: llama2\ntitle: \"open\nbase_model:\n  - a/b\n");
        assert!(error.is_some());
        assert_eq!(node.get("license").unwrap().text(), Some("llama2"));
        assert_eq!(node.get("base_model").unwrap().texts(), [("a/b", Some(5))]);
    }

    #[test]
    fn hostile_ones_end() {
        for text in [
            "[".repeat(100_000),
            "- ".repeat(100_000),
            "a: &a [*a]".to_string(),
            "? ".repeat(50_000),
            "[".repeat(DEPTH - 1),
            "{a: ".repeat(DEPTH - 1),
            "- ".repeat(DEPTH - 2),
            "- ? ".repeat(DEPTH),
            "a: ".repeat(5000),
            "!x ".repeat(5000),
            (0..DEPTH).map(|n| format!("{}a:\n", " ".repeat(n))).collect(),
        ] {
            read(&text);
        }
        let bomb = "a: &a [x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c]\n\
            e: &e [*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e]\ng: &g [*f,*f,*f,*f,*f]\nh: [*g,*g,*g,*g,*g]\n";
        read(bomb);
        assert_eq!(cut_out("--- no\n---"), None);
        assert_eq!(cut_out("---\nnever closed"), None);
    }
}
