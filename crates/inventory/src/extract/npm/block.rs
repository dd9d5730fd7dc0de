//! YAML as package managers write it, read line by line.
//!
//! Lockfiles are large, are cut off or hold conflict markers when something went wrong, and use a small part of
//! YAML. So they are read here and not with the library behind [`crate::extract::yaml`]: every key keeps its line,
//! texts are borrowed, and a line that is not understood costs that line and is reported, not the file.

use std::borrow::Cow;
use std::collections::HashMap;

use licit_model::Found;

use crate::extract::File;

/// How deep blocks may be nested; lockfiles need five.
const DEEPEST: u32 = 32;

/// How many problems of one file are told one by one.
const TOLD: usize = 5;

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
    let mut reader = Reader { text, at: 0, number: 0, pending: None, anchors: HashMap::new(), problems: Vec::new() };
    let documents = reader.documents();
    let told = reader.problems.len().min(TOLD);
    let untold = reader.problems.len() - told;
    for (line, message) in reader.problems.into_iter().take(told) {
        found.lost(Some(line), message);
    }
    if untold > 0 {
        found.lost(None, format!("{untold} more lines of the YAML could not be read"));
    }
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
    problems: Vec<(u32, &'static str)>,
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
                    self.problems.push((number, "a tab is no indentation in YAML; the line was left out"));
                }
                continue;
            }
            let conflict = ["<<<<<<<", "|||||||", ">>>>>>>"].iter().any(|mark| body.starts_with(mark));
            if indent == 0 && (conflict || body == "=======") {
                if body.starts_with("<<<<<<<") {
                    self.problems.push((number, "a merge conflict is not resolved; both sides were read"));
                }
                continue;
            }
            let boundary = indent == 0 && (body == "---" || body == "..." || body.starts_with("--- "));
            self.pending =
                Some(Line { indent, start: start + indent, end: start + indent + body.len(), number, boundary });
        }
        self.pending
    }

    fn skip(&mut self, line: Line, why: &'static str) {
        self.problems.push((line.number, why));
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
                continue;
            }
            let content = self.content(line);
            if is_explicit(content) {
                fields.extend(self.explicit(line, depth));
                continue;
            }
            let Some((key, offset)) = split_key(content) else {
                self.skip(line, "the line is no `key: value`; it was left out");
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
                Some(next) if next.indent == indent && is_item(self.content(next)) => self.list(indent, depth + 1),
                _ => Value::Empty,
            },
            Some(b'|' | b'>') if is_block_header(rest) => self.block_text(rest.starts_with('>'), indent),
            Some(b'{' | b'[') => {
                let mut flow = Flow { at: start, number: line.number, indent, cut: false };
                let value = self.flow(&mut flow, depth);
                if flow.cut {
                    self.problems.push((line.number, "a bracket is not closed; the rest was read as far as it goes"));
                }
                self.resume(flow.at, flow.number);
                value
            }
            Some(b'"' | b'\'') => {
                let mut flow = Flow { at: start, number: line.number, indent, cut: false };
                let text = self.quoted(&mut flow);
                if flow.cut {
                    self.problems.push((line.number, "a quote is not closed"));
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
                    self.problems.push((line.number, "the YAML alias stands for more than a text; it was left out"));
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

    /// Passes over blanks, comments and line ends inside brackets. A line that is not indented as part of the value
    /// cuts it, so that a missing bracket does not swallow the file.
    fn blanks(&self, flow: &mut Flow) {
        while let Some(b) = self.byte(flow.at) {
            match b {
                b' ' | b'\t' | b'\r' => flow.at += 1,
                b'#' => {
                    let rest = self.text.get(flow.at..).unwrap_or("");
                    flow.at += rest.find('\n').unwrap_or(rest.len());
                }
                b'\n' => {
                    let rest = self.text.get(flow.at + 1..).unwrap_or("");
                    let body = rest.trim_start_matches([' ', '\n', '\r']);
                    let skipped = rest.get(..rest.len() - body.len()).unwrap_or("");
                    let indent = skipped.len() - skipped.rfind('\n').map_or(0, |at| at + 1);
                    let closes = body.starts_with(['}', ']', '"', '\'']) && indent == flow.indent;
                    if body.is_empty() || (indent <= flow.indent && !closes) {
                        flow.cut = true;
                        return;
                    }
                    let lines = skipped.bytes().filter(|b| *b == b'\n').count();
                    flow.number += 1 + u32::try_from(lines).unwrap_or(0);
                    flow.at += 1 + skipped.len();
                }
                _ => return,
            }
        }
        flow.cut = true;
    }

    fn flow(&mut self, flow: &mut Flow, depth: u32) -> Value<'a> {
        self.blanks(flow);
        if flow.cut {
            return Value::Empty;
        }
        let close = match self.byte(flow.at) {
            Some(b'{') => b'}',
            Some(b'[') => b']',
            Some(b'"' | b'\'') => return Value::Text(self.quoted(flow)),
            _ => return Value::Text(Cow::Borrowed(self.flow_plain(flow))),
        };
        if depth > DEEPEST {
            flow.cut = true;
            return Value::Empty;
        }
        flow.at += 1;
        let (mut fields, mut items) = (Vec::new(), Vec::new());
        loop {
            self.blanks(flow);
            let Some(b) = self.byte(flow.at).filter(|_| !flow.cut) else { break };
            if b == b',' {
                flow.at += 1;
            } else if b == close {
                flow.at += 1;
                break;
            } else if matches!(b, b'}' | b']') {
                flow.cut = true;
                break;
            } else if close == b']' {
                items.push(self.flow(flow, depth + 1));
            } else {
                let line = flow.number;
                let key = match b {
                    b'"' | b'\'' => self.quoted(flow),
                    _ => Cow::Borrowed(self.flow_plain(flow)),
                };
                self.blanks(flow);
                let mut value = Value::Empty;
                if self.byte(flow.at) == Some(b':') && !flow.cut {
                    flow.at += 1;
                    self.blanks(flow);
                    if !flow.cut && !matches!(self.byte(flow.at), Some(b',' | b'}' | b']')) {
                        value = self.flow(flow, depth + 1);
                    }
                }
                fields.push(Field { key, line, value });
            }
        }
        if close == b'}' { Value::Map(fields) } else { Value::List(items) }
    }

    /// A text without quotes inside brackets. It takes at least one byte, so that the loop around it ends.
    fn flow_plain(&self, flow: &mut Flow) -> &'a str {
        let start = flow.at;
        while let Some(b) = self.byte(flow.at) {
            let ends = match b {
                b',' | b'}' | b']' | b'\n' => true,
                b':' => matches!(self.byte(flow.at + 1), None | Some(b' ' | b'\n' | b'\r' | b',' | b'}')),
                _ => false,
            };
            if ends && flow.at > start {
                break;
            }
            flow.at += 1;
            if ends {
                break;
            }
        }
        self.slice(start, flow.at).trim()
    }

    /// A text in quotes; it may go on in lines that are indented further.
    fn quoted(&self, flow: &mut Flow) -> Cow<'a, str> {
        let Some(quote) = self.byte(flow.at) else { return Cow::Borrowed("") };
        let start = flow.at + 1;
        flow.at = start;
        while let Some(b) = self.byte(flow.at) {
            if b == b'\n' {
                self.blanks(flow);
                if flow.cut {
                    break;
                }
            } else if b == b'\\' && quote == b'"' {
                // The letter behind it means something else, and may be a quote, but no line end.
                flow.at += if self.byte(flow.at + 1) == Some(b'\n') { 1 } else { 2 };
            } else if b == quote {
                if quote == b'\'' && self.byte(flow.at + 1) == Some(quote) {
                    flow.at += 2;
                    continue;
                }
                let text = self.slice(start, flow.at);
                flow.at += 1;
                return unquoted(text, quote);
            } else {
                flow.at += 1;
            }
        }
        flow.cut = true;
        flow.at = flow.at.min(self.text.len());
        unquoted(self.slice(start, flow.at).trim_end(), quote)
    }
}

/// A place inside a value that may span lines.
struct Flow {
    at: usize,
    number: u32,
    indent: usize,
    /// The value ended before its bracket or quote was closed.
    cut: bool,
}

fn is_item(content: &str) -> bool {
    content == "-" || content.starts_with("- ")
}

fn is_explicit(content: &str) -> bool {
    content.starts_with("? ")
}

fn is_block_header(rest: &str) -> bool {
    let header = without_comment(rest);
    header.len() <= 3 && header.bytes().skip(1).all(|b| matches!(b, b'-' | b'+' | b'0'..=b'9'))
}

fn without_comment(text: &str) -> &str {
    text.find(" #").and_then(|at| text.get(..at)).unwrap_or(text).trim_end()
}

/// The key of `key: value` or `key:`, and where the part behind the colon begins.
fn split_key(content: &str) -> Option<(Cow<'_, str>, usize)> {
    let ends = |at: usize| matches!(content.as_bytes().get(at), None | Some(b' ' | b'\t'));
    if content.starts_with(['"', '\'']) {
        let (key, length) = split_quoted(content)?;
        let rest = content.get(length..)?;
        let colon = length + rest.len() - rest.trim_start().len();
        return (content.as_bytes().get(colon) == Some(&b':') && ends(colon + 1)).then_some((key, colon + 1));
    }
    if content.starts_with(['{', '[', '&', '*', '!', '|', '>', '#']) || is_item(content) {
        return None;
    }
    let mut from = 0;
    while let Some(length) = content.get(from..)?.find(':') {
        let colon = from + length;
        if ends(colon + 1) {
            return Some((Cow::Borrowed(content.get(..colon)?.trim_end()), colon + 1));
        }
        from = colon + 1;
    }
    None
}

/// A quoted text at the beginning of a line, and its length with the quotes.
fn split_quoted(content: &str) -> Option<(Cow<'_, str>, usize)> {
    let bytes = content.as_bytes();
    let quote = *bytes.first().filter(|b| matches!(**b, b'"' | b'\''))?;
    let mut at = 1;
    while let Some(b) = bytes.get(at) {
        if *b == b'\\' && quote == b'"' {
            at += 2;
        } else if *b == quote && quote == b'\'' && bytes.get(at + 1) == Some(&quote) {
            at += 2;
        } else if *b == quote {
            return Some((unquoted(content.get(1..at)?, quote), at + 1));
        } else {
            at += 1;
        }
    }
    None
}

/// The text between quotes with its escapes resolved and its line ends folded.
fn unquoted(text: &str, quote: u8) -> Cow<'_, str> {
    let folded = if text.contains('\n') {
        let lines: Vec<&str> = text.split('\n').map(str::trim).collect();
        Cow::Owned(lines.join(" "))
    } else {
        Cow::Borrowed(text)
    };
    if quote == b'\'' {
        return if folded.contains("''") { Cow::Owned(folded.replace("''", "'")) } else { folded };
    }
    if folded.contains('\\') { Cow::Owned(unescaped(&folded)) } else { folded }
}

fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    let mut units: Vec<u16> = Vec::new();
    while let Some(c) = chars.next() {
        let code = match (c, if c == '\\' { chars.next() } else { None }) {
            ('\\', Some('u')) => {
                // Letters beyond the basic plane come as two of these.
                let unit = number(&mut chars, 4).and_then(|code| u16::try_from(code).ok());
                units.extend(unit);
                continue;
            }
            ('\\', Some('x')) => number(&mut chars, 2).and_then(char::from_u32),
            ('\\', Some('U')) => number(&mut chars, 8).and_then(char::from_u32),
            ('\\', Some('n')) => Some('\n'),
            ('\\', Some('t')) => Some('\t'),
            ('\\', Some('r')) => Some('\r'),
            ('\\', other) => other,
            (c, _) => Some(c),
        };
        flush(&mut units, &mut out);
        out.extend(code);
    }
    flush(&mut units, &mut out);
    out
}

fn flush(units: &mut Vec<u16>, out: &mut String) {
    out.extend(char::decode_utf16(units.drain(..)).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)));
}

fn number(chars: &mut std::str::Chars<'_>, digits: usize) -> Option<u32> {
    let mut code = 0u32;
    for _ in 0..digits {
        code = code.checked_mul(16)? + chars.next()?.to_digit(16)?;
    }
    Some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn documents(text: &str) -> (Vec<Value<'_>>, Vec<(Option<u32>, String)>) {
        let mut found = Found::new("pnpm-lock.yaml", "pnpm-lock");
        let file = File::new("pnpm-lock.yaml", text.as_bytes());
        let documents = read(&file, &mut found);
        (documents, found.problems.into_iter().map(|p| (p.line, p.message)).collect())
    }

    fn only(text: &str) -> Value<'_> {
        let (mut documents, problems) = documents(text);
        assert_eq!(problems, []);
        assert_eq!(documents.len(), 1);
        documents.remove(0)
    }

    #[test]
    fn blocks_brackets_quotes_and_comments() {
        let text = "a: 1 # one\n'b@x:y':\n  \"c\\u00e9\": {d: 'it''s', e: https://x/y#z, f: [1, '2']}\n\n  g:\n  - h: 1\n    i: 2\n  - j\nk: |-\n  # text\n\n  more\nl: >-\n  m\n  n\no:\n  p q\n  r\n";
        let value = only(text);
        assert_eq!(value.text_of("a"), Some("1"));
        let b = value.get("b@x:y").expect("the quoted key is there");
        let c = b.get("cé").expect("the escape is resolved");
        assert_eq!((c.text_of("d"), c.text_of("e")), (Some("it's"), Some("https://x/y#z")));
        assert_eq!(c.get("f").map(|f| f.items().len()), Some(2));
        let items = b.get("g").expect("the list is there").items();
        assert_eq!((items[0].text_of("i"), items[1].text()), (Some("2"), Some("j")));
        assert_eq!(value.text_of("k"), Some("# text\n\nmore"));
        assert_eq!(value.text_of("l"), Some("m n"));
        assert_eq!(value.text_of("o"), Some("p q r"));
        assert_eq!(value.fields().iter().map(|f| f.line).collect::<Vec<_>>(), [1, 2, 9, 13, 16]);
    }

    #[test]
    fn long_keys_and_several_documents() {
        let text = "---\n? 'a, b'\n:\n  v: 1\n? c\n: v: 2\n  w: 3\n---\nx: 1\n...\n";
        let (documents, problems) = documents(text);
        assert_eq!(problems, []);
        assert_eq!(documents.len(), 2);
        assert_eq!(documents[0].get("a, b").and_then(|v| v.text_of("v")), Some("1"));
        assert_eq!(documents[0].get("c").and_then(|v| v.text_of("w")), Some("3"));
    }

    #[test]
    fn brackets_may_span_lines_but_not_swallow_the_file() {
        let value = only("a:\n  r: {\n    i: x,\n    j: [\n      1\n    ],\n  }\n  s: 1\nb: 2\n");
        let a = value.get("a").expect("it is there");
        assert_eq!((a.get("r").and_then(|r| r.text_of("i")), a.text_of("s")), (Some("x"), Some("1")));
        assert_eq!(value.fields()[1].line, 9);
        let (documents, problems) = documents("a:\n  r: {i: x\n  s: 'open\nb: 2\n");
        assert_eq!(documents[0].get("a").and_then(|a| a.text_of("s")), Some("open"));
        assert_eq!(documents[0].text_of("b"), Some("2"));
        assert_eq!(problems.iter().map(|p| p.0).collect::<Vec<_>>(), [Some(2), Some(3)]);
    }

    #[test]
    fn a_bad_line_costs_that_line() {
        let (documents, problems) = documents("a: 1\n<<<<<<< HEAD\nb: 2\n=======\nb: 3\n>>>>>>> x\nnothing\n   c: 4\n\td: 1\ne: 5");
        assert_eq!(documents[0].fields().len(), 4);
        assert_eq!(documents[0].text_of("e"), Some("5"));
        assert_eq!(problems.iter().map(|p| p.0).collect::<Vec<_>>(), [Some(2), Some(7), Some(8), Some(9)]);
    }

    #[test]
    fn anchors_stand_for_texts_only() {
        let (documents, problems) = documents("a: &x ^18\nb: *x\nc: !!str 1\nd: &y\n  e: 1\nf: *y\n");
        assert_eq!((documents[0].text_of("b"), documents[0].text_of("c")), (Some("^18"), Some("1")));
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].0, Some(6));
    }

    #[test]
    fn depth_is_limited_and_nothing_panics() {
        let mut deep = String::new();
        for i in 0..2000 {
            deep.push_str(&" ".repeat(i));
            deep.push_str("a:\n");
        }
        assert!(!documents(&deep).1.is_empty());
        documents(&"- ".repeat(5000));
        documents(&format!("a: {}", "[".repeat(5000)));
        documents(&format!("a: {}", "{x: ".repeat(5000)));
        documents(&format!("a: {}", "&x ".repeat(5000)));
        for text in ["?", "? ", "? a\n:b", ": x", "a: '", "a: \"\\", "a: \"\\u12", "a: {é", "- - -\n- a: |", "é: [,}]"] {
            documents(text);
        }
    }
}
