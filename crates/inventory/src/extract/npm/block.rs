//! YAML as package managers write it, read line by line.
//!
//! Lockfiles are large, are cut off or hold conflict markers when something went wrong, and use a small part of
//! YAML. So they are read here and not with the library behind [`crate::extract::yaml`]: every key keeps its line,
//! texts are borrowed, and a line that is not understood costs that line and is reported, not the file.

mod flow;
mod text;

use std::borrow::Cow;
use std::collections::HashMap;

use licit_model::Found;

use self::flow::Flow;
use self::text::{is_block_header, is_explicit, is_item, split_key, split_quoted, without_comment};
use super::notes::Notes;
use crate::extract::File;

/// How deep blocks may be nested; lockfiles need five.
const DEEPEST: u32 = 32;

/// A value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Value<'a> {
    /// Nothing behind the colon.
    #[default]
    Empty,
    /// Any scalar, as written.
    Text(Cow<'a, str>),
    /// A mapping, in the file's order and with repeated keys.
    Map(Vec<Field<'a>>),
    /// A sequence.
    List(Vec<Value<'a>>),
}

/// A key with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field<'a> {
    /// The key without quotes.
    pub key: Cow<'a, str>,
    /// Its line, counted from 1.
    pub line: u32,
    /// What stands behind the colon.
    pub value: Value<'a>,
}

impl<'a> Value<'a> {
    /// The fields of a mapping; none of anything else.
    pub fn fields(&self) -> &[Field<'a>] {
        match self {
            Value::Map(fields) => fields,
            _ => &[],
        }
    }

    /// The items of a sequence; none of anything else.
    pub fn items(&self) -> &[Value<'a>] {
        match self {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// The first value of a key.
    pub fn get(&self, key: &str) -> Option<&Value<'a>> {
        self.fields().iter().find(|field| field.key == key).map(|field| &field.value)
    }

    /// A scalar.
    pub fn text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The scalar of a key.
    pub fn text_of(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Value::text)
    }

    /// Whether the key says `true`.
    pub fn is_true(&self, key: &str) -> bool {
        self.text_of(key) == Some("true")
    }
}

/// Reads all documents of a file; what could not be read becomes problems.
pub fn read<'a>(file: &File<'a>, found: &mut Found) -> Vec<Value<'a>> {
    let Some(text) = file.text(found) else { return Vec::new() };
    let mut reader =
        Reader { text, at: 0, number: 0, pending: None, anchors: HashMap::new(), notes: Notes::default() };
    let documents = reader.documents();
    reader.notes.report(found);
    documents
}

/// A line with something on it, or what is left of one.
#[derive(Debug, Clone, Copy)]
struct Line {
    indent: usize,
    start: usize,
    end: usize,
    number: u32,
    /// `---` or `...`.
    boundary: bool,
}

struct Reader<'a> {
    text: &'a str,
    /// Where the next unread line begins.
    at: usize,
    /// The number of the line before it.
    number: u32,
    pending: Option<Line>,
    anchors: HashMap<&'a str, Cow<'a, str>>,
    notes: Notes,
}

impl<'a> Reader<'a> {
    fn documents(&mut self) -> Vec<Value<'a>> {
        let mut documents = Vec::new();
        while let Some(line) = self.peek() {
            if line.boundary {
                self.pending = None;
                continue;
            }
            let value = self.block(0, 0, 0);
            if value != Value::Empty {
                documents.push(value);
            }
            // A block takes at least one line; this is for the day when it does not.
            if self.peek().is_some_and(|next| next.start == line.start) {
                self.skip(line, "the line could not be read");
            }
        }
        documents
    }

    fn slice(&self, start: usize, end: usize) -> &'a str {
        self.text.get(start..end).unwrap_or("")
    }

    fn content(&self, line: Line) -> &'a str {
        self.slice(line.start, line.end)
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    /// The next physical line without its end: its start, its end and its number.
    fn physical(&mut self) -> Option<(usize, usize, u32)> {
        let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
        let start = self.at;
        let length = rest.find('\n').unwrap_or(rest.len());
        self.at = (start + length + 1).min(self.text.len());
        self.number += 1;
        let line = rest.get(..length).unwrap_or("");
        Some((start, start + line.strip_suffix('\r').unwrap_or(line).len(), self.number))
    }

    fn peek(&mut self) -> Option<Line> {
        while self.pending.is_none() {
            let (start, end, number) = self.physical()?;
            let line = self.slice(start, end);
            let body = line.trim_start_matches(' ');
            let indent = line.len() - body.len();
            let body = body.trim_end();
            if body.is_empty() || body.starts_with('#') || (indent == 0 && body.starts_with('%')) {
                continue;
            }
            if body.starts_with('\t') {
                if !body.trim().is_empty() {
                    self.tell(number, "a tab is no indentation in YAML; the line was left out");
                }
                continue;
            }
            let conflict = ["<<<<<<<", "|||||||", ">>>>>>>"].iter().any(|mark| body.starts_with(mark));
            if indent == 0 && (conflict || body == "=======") {
                if body.starts_with("<<<<<<<") {
                    self.tell(number, "a merge conflict is not resolved; both sides were read");
                }
                continue;
            }
            let boundary = indent == 0 && (body == "---" || body == "..." || body.starts_with("--- "));
            self.pending = Some(Line {
                indent,
                start: start + indent,
                end: start + indent + body.len(),
                number,
                boundary,
            });
        }
        self.pending
    }

    fn tell(&mut self, line: u32, words: &'static str) {
        self.notes.note(line, || words.to_string());
    }

    fn skip(&mut self, line: Line, why: &'static str) {
        self.tell(line.number, why);
        self.pending = None;
    }

    /// Leaves out everything that is indented at least so far.
    fn skip_block(&mut self, indent: usize) {
        while self.peek().is_some_and(|line| !line.boundary && line.indent >= indent) {
            self.pending = None;
        }
    }

    /// The block that begins at the next line, where that is indented at least so far. `parent` is the indentation
    /// of what the block belongs to.
    fn block(&mut self, least: usize, parent: usize, depth: u32) -> Value<'a> {
        let Some(line) = self.peek().filter(|line| !line.boundary && line.indent >= least) else {
            return Value::Empty;
        };
        if depth > DEEPEST {
            self.skip(line, "the YAML is nested too deeply; this part was left out");
            self.skip_block(least.max(1));
            return Value::Empty;
        }
        let content = self.content(line);
        if is_item(content) {
            self.list(line.indent, depth)
        } else if is_explicit(content) || split_key(content).is_some() {
            self.map(line.indent, depth)
        } else {
            self.pending = None;
            self.value(line, line.start, parent, depth)
        }
    }

    fn list(&mut self, indent: usize, depth: u32) -> Value<'a> {
        let mut items = Vec::new();
        while let Some(line) = self.peek() {
            let content = self.content(line);
            if line.boundary || line.indent < indent || (line.indent == indent && !is_item(content)) {
                break;
            }
            if line.indent > indent {
                self.skip(line, "the line is indented in an unexpected way; it was left out");
                continue;
            }
            let rest = content.get(1..).unwrap_or("");
            let offset = 1 + rest.len() - rest.trim_start().len();
            self.pending = None;
            if !rest.trim().is_empty() && !rest.trim_start().starts_with('#') {
                let inner = Line { indent: line.indent + offset, start: line.start + offset, ..line };
                self.pending = Some(inner);
            }
            items.push(self.block(indent + 1, indent, depth + 1));
        }
        Value::List(items)
    }

    fn map(&mut self, indent: usize, depth: u32) -> Value<'a> {
        let mut fields = Vec::new();
        while let Some(line) = self.peek() {
            if line.boundary || line.indent < indent {
                break;
            }
            if line.indent > indent {
                self.skip(line, "the line is indented in an unexpected way; it was left out");
                self.skip_block(line.indent);
                continue;
            }
            let content = self.content(line);
            if is_explicit(content) {
                fields.extend(self.explicit(line, depth));
                continue;
            }
            let Some((key, offset)) = split_key(content) else {
                self.skip(line, "the line is no `key: value`; it was left out");
                self.skip_block(indent + 1);
                continue;
            };
            self.pending = None;
            let value = self.value(line, line.start + offset, indent, depth);
            fields.push(Field { key, line: line.number, value });
        }
        Value::Map(fields)
    }

    /// `? key` on one line and `: value` on the next: how keys of more than a thousand letters are written.
    fn explicit(&mut self, line: Line, depth: u32) -> Option<Field<'a>> {
        let rest = self.content(line).get(1..).unwrap_or("").trim_start();
        let key = match split_quoted(rest) {
            Some((key, _)) => key,
            None => Cow::Borrowed(rest),
        };
        self.pending = None;
        let next = self.peek().filter(|next| next.indent == line.indent && !next.boundary)?;
        let after = self.content(next).strip_prefix(':')?;
        if !after.is_empty() && !after.starts_with(' ') {
            return None;
        }
        self.pending = None;
        let offset = 1 + after.len() - after.trim_start().len();
        let value = if after.trim().is_empty() {
            self.block(line.indent + 1, line.indent, depth + 1)
        } else {
            let inner = Line { indent: next.indent + offset, start: next.start + offset, ..next };
            self.pending = Some(inner);
            self.block(line.indent + 1, line.indent, depth + 1)
        };
        Some(Field { key, line: line.number, value })
    }

    /// The value that begins at `start` on a line that is already taken, or on the lines below it.
    fn value(&mut self, line: Line, start: usize, indent: usize, depth: u32) -> Value<'a> {
        let raw = self.slice(start, line.end);
        let rest = raw.trim_start();
        let start = start + raw.len() - rest.len();
        match rest.bytes().next() {
            None | Some(b'#') => match self.peek() {
                Some(next) if next.boundary => Value::Empty,
                Some(next) if next.indent > indent => self.block(indent + 1, indent, depth + 1),
                // The items of a sequence may stand right below its key.
                Some(next) if next.indent == indent && is_item(self.content(next)) => {
                    self.list(indent, depth + 1)
                }
                _ => Value::Empty,
            },
            Some(b'|' | b'>') if is_block_header(rest) => self.block_text(rest.starts_with('>'), indent),
            Some(b'{' | b'[') => {
                let mut flow = Flow { at: start, number: line.number, indent, cut: false };
                let value = self.flow(&mut flow, depth);
                if flow.cut {
                    self.tell(line.number, "a bracket is not closed; the rest was read as far as it goes");
                }
                self.resume(flow.at, flow.number);
                value
            }
            Some(b'"' | b'\'') => {
                let mut flow = Flow { at: start, number: line.number, indent, cut: false };
                let text = self.quoted(&mut flow);
                if flow.cut {
                    self.tell(line.number, "a quote is not closed");
                }
                self.resume(flow.at, flow.number);
                Value::Text(text)
            }
            Some(b'&') if depth <= DEEPEST => {
                let name = rest.split(' ').next().unwrap_or(rest);
                let value = self.value(line, start + name.len(), indent, depth + 1);
                if let Value::Text(text) = &value {
                    self.anchors.insert(name.get(1..).unwrap_or(""), text.clone());
                }
                value
            }
            Some(b'*') => match self.anchors.get(rest.get(1..).unwrap_or("").trim_end()) {
                Some(text) => Value::Text(text.clone()),
                None => {
                    self.tell(line.number, "the YAML alias stands for more than a text; it was left out");
                    Value::Empty
                }
            },
            Some(b'!') if depth <= DEEPEST => {
                let tag = rest.split(' ').next().unwrap_or(rest);
                self.value(line, start + tag.len(), indent, depth + 1)
            }
            _ => self.plain(rest, indent),
        }
    }

    /// A text without quotes; it may go on in lines that are indented further and hold no key.
    fn plain(&mut self, rest: &'a str, indent: usize) -> Value<'a> {
        let mut text = Cow::Borrowed(without_comment(rest));
        while let Some(next) = self.peek() {
            let content = self.content(next);
            if next.boundary || next.indent <= indent || split_key(content).is_some() || is_item(content) {
                break;
            }
            let owned = text.to_mut();
            owned.push(' ');
            owned.push_str(without_comment(content));
            self.pending = None;
        }
        Value::Text(text)
    }

    /// `|` and `>`: raw lines that are indented further.
    fn block_text(&mut self, folded: bool, indent: usize) -> Value<'a> {
        let mut text = String::new();
        loop {
            let (at, number) = (self.at, self.number);
            let Some((start, end, _)) = self.physical() else { break };
            let line = self.slice(start, end);
            let body = line.trim_start_matches(' ');
            if !body.trim().is_empty() && line.len() - body.len() <= indent {
                (self.at, self.number) = (at, number);
                break;
            }
            if !text.is_empty() {
                text.push(if folded { ' ' } else { '\n' });
            }
            text.push_str(body);
        }
        Value::Text(Cow::Owned(text.trim_end().to_string()))
    }

    /// Goes on with the line after the one that holds a position.
    fn resume(&mut self, at: usize, number: u32) {
        let rest = self.text.get(at..).unwrap_or("");
        self.at = rest.find('\n').map_or(self.text.len(), |length| at + length + 1);
        self.number = number;
        self.pending = None;
    }
}

#[cfg(test)]
mod tests;
