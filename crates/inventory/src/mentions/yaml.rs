//! YAML and JSON as trees with lines, as far as configuration needs them. Templates, comments in JSON and broken files
//! are part of real trees, so this reader takes what it understands and passes over the rest; it never fails.

use super::Lines;

/// A value with the line where it begins.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    pub(super) line: u32,
    pub(super) kind: Kind,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    Null,
    Text(String),
    /// A text over several lines whose ends are blanks (`>`), each still on its line.
    Folded(String),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

impl Node {
    pub(super) fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) | Kind::Folded(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn entries(&self) -> &[(String, Node)] {
        match &self.kind {
            Kind::Map(entries) => entries,
            _ => &[],
        }
    }

    pub(super) fn items(&self) -> &[Node] {
        match &self.kind {
            Kind::List(items) => items,
            _ => &[],
        }
    }

    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        self.entries().iter().find(|(k, _)| k == key).map(|(_, v)| v)
    }

    pub(super) fn text_of(&self, key: &str) -> Option<&str> {
        self.get(key)?.text()
    }
}

/// Deeper trees are no configuration, and recursion has to end.
const DEEPEST: usize = 64;

/// Every document of a YAML text.
pub(super) fn parse(text: &str) -> Vec<Node> {
    let mut lines: Vec<Line<'_>> = Vec::new();
    let mut at = 0;
    for (number, raw) in text.split_inclusive('\n').enumerate() {
        let content = raw.trim_end();
        let indent = content.len() - content.trim_start_matches(' ').len();
        lines.push(Line {
            number: u32::try_from(number + 1).unwrap_or(u32::MAX),
            indent,
            start: at + indent,
            content: content.trim_start_matches(' '),
        });
        at += raw.len();
    }
    let mut block = Block { text, lines, table: Lines::new(text), at: 0 };
    let mut documents = Vec::new();
    while block.skip() {
        let before = block.at;
        if block.lines.get(before).is_some_and(|l| separates(l)) {
            block.at += 1;
            continue;
        }
        documents.push(block.node(0, 0));
        // What no rule takes is passed over, a line at a time.
        if block.at == before {
            block.at += 1;
        }
    }
    documents
}

/// One JSON value, comments and trailing commas forgiven; `first` is the line of its first byte.
pub(super) fn parse_json(text: &str, first: u32) -> Option<Node> {
    let table = Lines::new(text);
    let mut flow = Flow { bytes: text.as_bytes(), text, at: 0, table: &table, add: first.saturating_sub(1) };
    flow.blanks();
    flow.value(0)
}

#[derive(Clone, Copy)]
struct Line<'t> {
    number: u32,
    indent: usize,
    /// Where the content begins in the text.
    start: usize,
    content: &'t str,
}

fn separates(line: &Line<'_>) -> bool {
    line.indent == 0
        && (line.content == "---"
            || line.content == "..."
            || line.content.starts_with("--- ")
            || line.content.starts_with('%'))
}

struct Block<'t> {
    text: &'t str,
    lines: Vec<Line<'t>>,
    table: Lines,
    at: usize,
}

impl<'t> Block<'t> {
    /// Goes to the next line with content.
    fn skip(&mut self) -> bool {
        while let Some(line) = self.lines.get(self.at) {
            let empty =
                line.content.is_empty() || line.content.starts_with('#') || line.content.starts_with("{{");
            if !empty {
                return true;
            }
            self.at += 1;
        }
        false
    }

    /// The value that begins at the next line, if it is indented by `least` at least.
    fn node(&mut self, least: usize, depth: usize) -> Node {
        let null = |line| Node { line, kind: Kind::Null };
        if !self.skip() {
            return null(0);
        }
        let Some(&line) = self.lines.get(self.at) else { return null(0) };
        if line.indent < least || separates(&line) {
            return null(line.number);
        }
        if depth > DEEPEST {
            // The whole branch is left out.
            self.pass(line.indent);
            return null(line.number);
        }
        if line.content == "-" || line.content.starts_with("- ") {
            return self.list(line, depth);
        }
        if split_key(line.content).is_some() {
            return self.map(line, depth);
        }
        self.at += 1;
        self.inline(line, line.content, line.start, line.indent.saturating_sub(1))
    }

    /// Goes behind everything that is indented as deep.
    fn pass(&mut self, indent: usize) {
        while self.lines.get(self.at).is_some_and(|l| l.content.is_empty() || l.indent >= indent) {
            self.at += 1;
        }
    }

    fn list(&mut self, first: Line<'t>, depth: usize) -> Node {
        let mut items = Vec::new();
        while self.skip() {
            let Some(line) = self.lines.get_mut(self.at) else { break };
            let dash = line.content == "-" || line.content.starts_with("- ");
            if line.indent != first.indent || !dash {
                break;
            }
            let rest = line.content.get(1..).unwrap_or("");
            let content = rest.trim_start();
            if content.is_empty() || content.starts_with('#') {
                self.at += 1;
                items.push(self.node(first.indent + 1, depth + 1));
                continue;
            }
            // What stands behind the dash is a line of its own, so much deeper.
            let moved = 1 + rest.len() - content.len();
            *line =
                Line { number: line.number, indent: line.indent + moved, start: line.start + moved, content };
            items.push(self.node(first.indent + 1, depth + 1));
        }
        Node { line: first.number, kind: Kind::List(items) }
    }

    fn map(&mut self, first: Line<'t>, depth: usize) -> Node {
        let mut entries = Vec::new();
        while self.skip() {
            let Some(&line) = self.lines.get(self.at) else { break };
            if line.indent != first.indent || separates(&line) {
                break;
            }
            let Some((key, value, offset)) = split_key(line.content) else { break };
            self.at += 1;
            let value = if value.is_empty()
                || value.starts_with('#')
                || (value.starts_with('&') && !value.contains(' '))
            {
                self.below(line, depth)
            } else {
                self.inline(line, value, line.start + offset, line.indent)
            };
            entries.push((key, value));
        }
        Node { line: first.number, kind: Kind::Map(entries) }
    }

    /// The value of a key that has nothing behind its colon.
    fn below(&mut self, key: Line<'t>, depth: usize) -> Node {
        let null = Node { line: key.number, kind: Kind::Null };
        if !self.skip() {
            return null;
        }
        let Some(&next) = self.lines.get(self.at) else { return null };
        let dash = next.content == "-" || next.content.starts_with("- ");
        if next.indent > key.indent || (next.indent == key.indent && dash) {
            return self.node(key.indent + usize::from(!dash), depth + 1);
        }
        null
    }

    /// A value that begins behind a key or dash; `indent` is that of its parent.
    fn inline(&mut self, line: Line<'t>, value: &'t str, start: usize, indent: usize) -> Node {
        let mut value = value;
        let mut start = start;
        // Anchors and tags say nothing here.
        while value.starts_with(['&', '!']) {
            let Some((_, rest)) = value.split_once(' ') else { break };
            start += value.len() - rest.trim_start().len();
            value = rest.trim_start();
        }
        if let Some(header) = value.strip_prefix(['|', '>']) {
            let header = header.split('#').next().unwrap_or("").trim();
            if header.bytes().all(|b| b.is_ascii_digit() || b == b'+' || b == b'-') {
                return self.scalar(indent, value.starts_with('>'), line.number);
            }
        }
        let flows =
            value.starts_with(['[', '"', '\'']) || (value.starts_with('{') && !value.starts_with("{{"));
        if flows {
            let mut flow =
                Flow { bytes: self.text.as_bytes(), text: self.text, at: start, table: &self.table, add: 0 };
            if let Some(node) = flow.value(0) {
                let end = flow.table.of(flow.at.saturating_sub(1));
                let behind = self.lines.partition_point(|l| l.number <= end);
                self.at = self.at.max(behind);
                return node;
            }
        }
        let plain = without_comment(value);
        let mut text = plain.to_string();
        // A plain text goes on over lines that are deeper than its key.
        while let Some(next) = self
            .lines
            .get(self.at)
            .filter(|l| !l.content.is_empty() && l.indent > indent && !l.content.starts_with('#'))
        {
            if text.len() > 4_000 || split_key(next.content).is_some() || next.content.starts_with("- ") {
                break;
            }
            text.push('\n');
            text.push_str(without_comment(next.content));
            self.at += 1;
        }
        let kind = if text.contains('\n') { Kind::Folded(text) } else { unquoted(text) };
        Node { line: line.number, kind }
    }

    /// A block of text below `|` or `>`.
    fn scalar(&mut self, indent: usize, folded: bool, header: u32) -> Node {
        let mut text = String::new();
        let first = self.lines.get(self.at).map_or(header, |l| l.number);
        let mut deep = None;
        while let Some(line) = self.lines.get(self.at).filter(|l| l.content.is_empty() || l.indent > indent) {
            if !line.content.is_empty() {
                let own = *deep.get_or_insert(line.indent);
                text.extend(std::iter::repeat_n(' ', line.indent.saturating_sub(own).min(200)));
                text.push_str(line.content);
            }
            text.push('\n');
            self.at += 1;
        }
        Node { line: first, kind: if folded { Kind::Folded(text) } else { Kind::Text(text) } }
    }
}

/// Key, value and where the value begins, of a line `key: value`.
fn split_key(content: &str) -> Option<(String, &str, usize)> {
    let bytes = content.as_bytes();
    let quote = bytes.first().copied().filter(|b| matches!(b, b'"' | b'\''));
    let end = match quote {
        Some(q) => bytes.iter().skip(1).position(|b| *b == q)? + 2,
        None if matches!(bytes.first(), Some(b'[' | b'{' | b'|' | b'>' | b'#' | b'&' | b'*' | b'!')) => {
            return None;
        }
        None => 0,
    };
    let colon = end
        + bytes.get(end..)?.iter().enumerate().take(400).position(|(i, b)| {
            *b == b':' && bytes.get(end + i + 1).is_none_or(|n| n.is_ascii_whitespace())
        })?;
    // Behind a quoted text only its colon makes it a key.
    if quote.is_some() && !content.get(end..colon)?.trim().is_empty() {
        return None;
    }
    let key = content.get(..colon)?.trim().trim_matches(['"', '\'']);
    let rest = content.get(colon + 1..)?;
    let value = rest.trim_start();
    (!key.contains(" #")).then(|| (key.to_string(), value, content.len() - value.len()))
}

fn without_comment(value: &str) -> &str {
    value.find(" #").map_or(value, |at| value.get(..at).unwrap_or(value)).trim()
}

/// A value without quotes, of which some words say that there is none.
fn unquoted(text: String) -> Kind {
    if matches!(text.as_str(), "null" | "Null" | "NULL" | "~" | "" | "None") {
        Kind::Null
    } else {
        Kind::Text(text)
    }
}

/// Values in brackets and quotes, which do not care for lines.
struct Flow<'t> {
    bytes: &'t [u8],
    text: &'t str,
    at: usize,
    table: &'t Lines,
    add: u32,
}

impl Flow<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn node(&self, start: usize, kind: Kind) -> Node {
        Node { line: self.table.of(start) + self.add, kind }
    }

    /// Blanks and comments.
    fn blanks(&mut self) {
        while let Some(byte) = self.peek() {
            let rest = self.bytes.get(self.at..).unwrap_or(&[]);
            if byte.is_ascii_whitespace() {
                self.at += 1;
            } else if byte == b'#' || rest.starts_with(b"//") {
                self.at += rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
            } else if rest.starts_with(b"/*") {
                self.at += rest.windows(2).position(|w| w == b"*/").map_or(rest.len(), |p| p + 2);
            } else {
                break;
            }
        }
    }

    fn value(&mut self, depth: usize) -> Option<Node> {
        if depth > DEEPEST {
            return None;
        }
        let start = self.at;
        match self.peek()? {
            b'[' => {
                self.at += 1;
                let mut items = Vec::new();
                loop {
                    self.blanks();
                    match self.peek() {
                        None => break,
                        Some(b']') => {
                            self.at += 1;
                            break;
                        }
                        Some(b',' | b'}' | b':') => self.at += 1,
                        Some(_) => items.push(self.value(depth + 1)?),
                    }
                }
                Some(self.node(start, Kind::List(items)))
            }
            b'{' => {
                self.at += 1;
                let mut entries = Vec::new();
                loop {
                    self.blanks();
                    match self.peek() {
                        None => break,
                        Some(b'}') => {
                            self.at += 1;
                            break;
                        }
                        Some(b',' | b']' | b':') => self.at += 1,
                        Some(_) => {
                            let key = self.value(depth + 1)?;
                            self.blanks();
                            let value = if self.peek() == Some(b':') {
                                self.at += 1;
                                self.blanks();
                                match self.peek() {
                                    None | Some(b',' | b'}') => self.node(self.at, Kind::Null),
                                    Some(_) => self.value(depth + 1)?,
                                }
                            } else {
                                self.node(self.at, Kind::Null)
                            };
                            if let Kind::Text(key) = key.kind {
                                entries.push((key, value));
                            }
                        }
                    }
                }
                Some(self.node(start, Kind::Map(entries)))
            }
            quote @ (b'"' | b'\'') => {
                let text = self.quoted(quote);
                Some(self.node(start, Kind::Text(text)))
            }
            _ => {
                let rest = self.bytes.get(self.at..).unwrap_or(&[]);
                let ends = |(i, b): (usize, &u8)| {
                    matches!(b, b',' | b']' | b'}' | b'\n')
                        || (*b == b':'
                            && rest.get(i + 1).is_none_or(|n| n.is_ascii_whitespace() || *n == b'"'))
                };
                let length = rest.iter().enumerate().position(ends).unwrap_or(rest.len());
                // A byte at least, so that this always goes on.
                self.at += length.max(1);
                let text = self.text.get(start..start + length).unwrap_or("").trim();
                Some(self.node(start, unquoted(without_comment(text).to_string())))
            }
        }
    }

    /// A text in quotes; escapes are resolved, with a line's end kept as one.
    fn quoted(&mut self, quote: u8) -> String {
        self.at += 1;
        let mut bytes = Vec::new();
        while let Some(byte) = self.peek() {
            self.at += 1;
            if byte == quote {
                if quote == b'\'' && self.peek() == Some(b'\'') {
                    self.at += 1;
                    bytes.push(quote);
                    continue;
                }
                break;
            }
            if byte == b'\\' && quote == b'"' {
                let escaped = self.peek().unwrap_or(b' ');
                self.at += 1;
                match escaped {
                    b'n' => bytes.push(b'\n'),
                    b't' => bytes.push(b'\t'),
                    b'r' => {}
                    b'u' => {
                        let hex =
                            self.text.get(self.at..self.at + 4).and_then(|h| u32::from_str_radix(h, 16).ok());
                        if let Some(c) = hex.and_then(char::from_u32) {
                            let mut buffer = [0; 4];
                            bytes.extend_from_slice(c.encode_utf8(&mut buffer).as_bytes());
                            self.at += 4;
                        }
                    }
                    other => bytes.push(other),
                }
                continue;
            }
            bytes.push(byte);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_flows_and_lines() {
        let text = "# c\na: x/y # why\nb:\n- p: 1\n  q: \"z\"\n- [u, 'v']\nc: |\n  one\n  two\nd: {e: f,\n  g: [h]}\nk: >\n  m\n---\nz: 1\n";
        let documents = parse(text);
        assert_eq!(documents.len(), 2);
        let top = &documents[0];
        assert_eq!((top.text_of("a"), top.get("a").unwrap().line), (Some("x/y"), 2));
        let list = top.get("b").unwrap().items();
        assert_eq!((list[0].text_of("q"), list[0].get("q").unwrap().line), (Some("z"), 5));
        assert_eq!(list[1].items()[1].text(), Some("v"));
        assert_eq!((top.text_of("c"), top.get("c").unwrap().line), (Some("one\ntwo\n"), 8));
        assert_eq!(top.get("d").unwrap().get("g").unwrap().items()[0].line, 11);
        assert!(matches!(top.get("k").unwrap().kind, Kind::Folded(_)));
        assert_eq!(documents[1].text_of("z"), Some("1"));
    }

    #[test]
    fn templates_and_broken_texts_end() {
        let helm = "{{- if .Values.x }}\nmodel: {{ .Values.model }}\n{{- end }}\nbase_model: a1/b1\n  odd\n: :\n- x\n";
        assert_eq!(parse(helm)[0].text_of("base_model").map(|t| t.starts_with("a1/b1")), Some(true));
        for text in [
            "[".repeat(100_000),
            "- ".repeat(100_000),
            "a: ".repeat(50_000),
            "{\"".repeat(9_999),
            "?\n:\n-".into(),
        ] {
            parse(&text);
            parse_json(&text, 1);
        }
        let deep: String = (0..3_000).map(|i| format!("{}a:\n", " ".repeat(i))).collect();
        parse(&deep);
        assert_eq!(
            parse_json("{\"a\": [1, \"\\u0041\"], // c\n \"b\": null,}", 5).unwrap().get("b").unwrap().line,
            6
        );
    }
}
