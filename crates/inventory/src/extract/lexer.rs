//! Words, texts and marks of small configuration languages: HCL, Starlark, Lua, opam, Erlang terms, CMake and the like.
//!
//! Nothing is run. A language is told by its comments, its quotes and the characters of its words; what the tokens mean is
//! for the reader of each format. One pass, and no place of the file is searched twice.

use std::borrow::Cow;

use licit_model::Found;

/// What a language looks like.
pub struct Syntax {
    /// What begins a comment that ends with its line.
    pub comments: &'static [&'static str],
    /// What begins and ends a comment over several lines.
    pub blocks: &'static [(&'static str, &'static str)],
    /// Quotes, the longest first: what opens, what closes, whether a backslash escapes, whether lines may end inside.
    pub quotes: &'static [(&'static str, &'static str, bool, bool)],
    /// Characters of words beside letters, digits and `_`.
    pub word: &'static str,
    /// What begins an expression inside of a text in double quotes, such as `${`; nothing where there are none.
    pub inside: &'static str,
    /// Whether `<<NAME` begins a text that ends with a line of that name.
    pub heredocs: bool,
}

/// A piece of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token<'a> {
    /// Its line, counted from 1.
    pub line: u32,
    /// What it is.
    pub kind: Kind<'a>,
}

/// What a token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind<'a> {
    /// A name, a number or a keyword.
    Word(&'a str),
    /// A text in quotes.
    Text(Cow<'a, str>),
    /// Any other character but blanks.
    Mark(char),
}

impl<'a> Token<'a> {
    /// The text that it is.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The word that it is.
    pub fn word(&self) -> Option<&'a str> {
        match self.kind {
            Kind::Word(word) => Some(word),
            _ => None,
        }
    }

    /// The text or the word that it is.
    pub fn value(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            Kind::Word(word) => Some(word),
            Kind::Mark(_) => None,
        }
    }

    /// Whether it is this mark.
    pub fn is(&self, mark: char) -> bool {
        self.kind == Kind::Mark(mark)
    }
}

/// The tokens of a file, and which brackets belong together.
#[derive(Debug, Default)]
pub struct Tokens<'a> {
    /// In the file's order.
    pub all: Vec<Token<'a>>,
    /// By index of an opening bracket: that of the closing one, or the end of the file.
    closing: Vec<usize>,
    /// The line of the first text, comment or bracket that is not closed.
    pub open: Option<u32>,
}

impl<'a> Tokens<'a> {
    /// Reads a text.
    pub fn read(text: &'a str, syntax: &Syntax) -> Self {
        let mut lexer = Lexer { text, at: 0, line: 1, syntax, dead: Vec::new(), out: Tokens::default() };
        while lexer.at < text.len() {
            lexer.step();
        }
        let mut tokens = lexer.out;
        tokens.pair();
        tokens
    }

    /// Notes what is not closed as a problem.
    pub fn report(&self, found: &mut Found) {
        if self.open.is_some() {
            found.lost(self.open, "what begins here is not closed; what stands behind it may be missing");
        }
    }

    fn pair(&mut self) {
        self.closing = vec![self.all.len(); self.all.len()];
        let mut open: Vec<(usize, char)> = Vec::new();
        for (at, token) in self.all.iter().enumerate() {
            let Kind::Mark(mark) = token.kind else { continue };
            let close = match mark {
                '(' => ')',
                '[' => ']',
                '{' => '}',
                ')' | ']' | '}' => {
                    // A bracket that was forgotten ends with the one around it.
                    if open.iter().rev().take(8).any(|(_, close)| *close == mark) {
                        while let Some((from, close)) = open.pop() {
                            if let Some(slot) = self.closing.get_mut(from) {
                                *slot = at;
                            }
                            if close == mark {
                                break;
                            }
                        }
                    }
                    continue;
                }
                _ => continue,
            };
            open.push((at, close));
        }
        if let Some((at, _)) = open.first() {
            let line = self.all.get(*at).map(|t| t.line);
            self.open = [self.open, line].into_iter().flatten().min();
        }
    }

    /// Where the bracket that opens at `at` closes; the end of the file where it does not.
    pub fn close(&self, at: usize) -> usize {
        self.closing.get(at).copied().unwrap_or(self.all.len()).max(at + 1)
    }

    /// The tokens between the bracket that opens at `at` and the one that closes it, as a range.
    pub fn inside(&self, at: usize) -> std::ops::Range<usize> {
        let end = self.close(at).min(self.all.len());
        (at + 1).min(end)..end
    }

    /// The token at an index.
    pub fn at(&self, at: usize) -> Option<&Token<'a>> {
        self.all.get(at)
    }

    /// The parts of a range that commas outside of brackets separate.
    pub fn parts(&self, range: std::ops::Range<usize>, comma: char) -> Vec<std::ops::Range<usize>> {
        let (mut parts, mut begin, mut at) = (Vec::new(), range.start, range.start);
        while at < range.end {
            match self.all.get(at).map(|t| &t.kind) {
                Some(Kind::Mark('(' | '[' | '{')) => {
                    at = self.close(at).max(at);
                }
                Some(Kind::Mark(mark)) if *mark == comma => {
                    parts.push(begin..at);
                    begin = at + 1;
                }
                _ => {}
            }
            at += 1;
        }
        if begin < range.end {
            parts.push(begin..range.end);
        }
        parts.retain(|part| !part.is_empty());
        parts
    }

    /// The tokens of a range.
    pub fn slice(&self, range: std::ops::Range<usize>) -> &[Token<'a>] {
        self.all.get(range).unwrap_or(&[])
    }

    /// The texts in a range, brackets and commas between them passed over.
    pub fn texts(&self, range: std::ops::Range<usize>) -> impl Iterator<Item = (&str, u32)> {
        self.slice(range).iter().filter_map(|t| Some((t.text()?, t.line)))
    }
}

struct Lexer<'a, 's> {
    text: &'a str,
    at: usize,
    line: u32,
    syntax: &'s Syntax,
    /// Ends that were searched in vain, and so do not come any more.
    dead: Vec<&'static str>,
    out: Tokens<'a>,
}

impl<'a> Lexer<'a, '_> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn push(&mut self, line: u32, kind: Kind<'a>) {
        self.out.all.push(Token { line, kind });
    }

    fn advance(&mut self, bytes: usize) {
        let passed = self.rest().get(..bytes).unwrap_or("");
        self.line += passed.bytes().filter(|b| *b == b'\n').count() as u32;
        self.at += bytes.max(1);
    }

    fn unclosed(&mut self) {
        self.out.open.get_or_insert(self.line);
    }

    fn step(&mut self) {
        let rest = self.rest();
        let Some(c) = rest.chars().next() else {
            self.at = self.text.len();
            return;
        };
        if c.is_whitespace() {
            self.advance(c.len_utf8());
            return;
        }
        for (open, close) in self.syntax.blocks {
            if rest.starts_with(open) && !self.dead.contains(close) {
                match rest.get(open.len()..).and_then(|r| r.find(close)) {
                    Some(end) => self.advance(open.len() + end + close.len()),
                    None => {
                        self.unclosed();
                        self.dead.push(close);
                        self.advance(open.len());
                    }
                }
                return;
            }
        }
        if self.syntax.comments.iter().any(|open| rest.starts_with(open)) {
            self.advance(rest.find('\n').unwrap_or(rest.len()));
            return;
        }
        if self.syntax.heredocs && rest.starts_with("<<") && self.heredoc() {
            return;
        }
        for (open, close, escapes, lines) in self.syntax.quotes {
            if rest.starts_with(open) {
                self.quoted(open, close, *escapes, *lines);
                return;
            }
        }
        let word = |c: char| c.is_alphanumeric() || c == '_' || self.syntax.word.contains(c);
        if word(c) {
            let end = rest.find(|c| !word(c)).unwrap_or(rest.len());
            let text = rest.get(..end).unwrap_or("");
            self.push(self.line, Kind::Word(text));
            self.at += end.max(1);
            return;
        }
        self.push(self.line, Kind::Mark(c));
        self.at += c.len_utf8();
    }

    /// Passes over a text that ends with a line of its name; false where no such text begins here.
    fn heredoc(&mut self) -> bool {
        const MARK: &str = "<<";
        // Exactly one mark: a file of nothing but marks would be searched to its end for each of them.
        let behind = self.rest().strip_prefix(MARK).unwrap_or("");
        let head = behind.strip_prefix('-').unwrap_or(behind);
        let end = head.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(head.len());
        let name = head.get(..end).unwrap_or("");
        let named = !name.is_empty()
            && head.get(end..).is_some_and(|r| r.trim_start_matches([' ', '\r']).starts_with('\n'));
        if !named || self.dead.contains(&MARK) {
            return false;
        }
        let mut passed = 0;
        for line in self.rest().split_inclusive('\n') {
            passed += line.len();
            if line.trim() == name {
                self.advance(passed);
                return true;
            }
        }
        self.unclosed();
        self.dead.push(MARK);
        false
    }

    /// The bytes of an expression inside of a text, from its opening on, with the texts inside of it.
    fn expression(&mut self, text: &str) -> Option<usize> {
        let inside = self.syntax.inside;
        if inside.is_empty() || !text.starts_with(inside) || self.dead.contains(&inside) {
            return None;
        }
        let (open, close) = if inside.ends_with('(') { (b'(', b')') } else { (b'{', b'}') };
        // For every text or expression that is open: brackets in it, or none for a text.
        let mut around: Vec<Option<usize>> = vec![Some(0)];
        let bytes = text.as_bytes();
        let mut at = inside.len();
        while let Some(&byte) = bytes.get(at) {
            let opens = bytes.get(at..).is_some_and(|r| r.starts_with(inside.as_bytes()));
            match around.last_mut() {
                Some(None) if opens => {
                    around.push(Some(0));
                    at += inside.len();
                    continue;
                }
                Some(None) if byte == b'\\' => at += 1,
                Some(None) if byte == b'"' => {
                    around.pop();
                }
                Some(Some(_)) if byte == b'"' => around.push(None),
                Some(Some(depth)) if byte == open => *depth += 1,
                Some(Some(0)) if byte == close => {
                    around.pop();
                    if around.is_empty() {
                        return Some(at + 1);
                    }
                }
                Some(Some(depth)) if byte == close => *depth -= 1,
                _ => {}
            }
            at += 1;
        }
        self.dead.push(inside);
        None
    }

    fn quoted(&mut self, open: &'static str, close: &'static str, escapes: bool, lines: bool) {
        let rest = self.rest();
        let inner = rest.get(open.len()..).unwrap_or("");
        if lines && self.dead.contains(&close) {
            self.advance(open.len());
            return;
        }
        let bytes = inner.as_bytes();
        let (mut at, mut escaped) = (0, false);
        while let Some(&byte) = bytes.get(at) {
            if open.starts_with('"')
                && self.syntax.inside.as_bytes().first() == Some(&byte)
                && let Some(length) = inner.get(at..).and_then(|rest| self.expression(rest))
            {
                at += length;
                continue;
            }
            match byte {
                b'\\' if escapes => {
                    escaped = true;
                    at += 2;
                    continue;
                }
                b'\n' if !lines => break,
                _ if bytes.get(at..).is_some_and(|r| r.starts_with(close.as_bytes())) => {
                    let text = inner.get(..at).unwrap_or("");
                    let text = if escaped { Cow::Owned(unescaped(text)) } else { Cow::Borrowed(text) };
                    self.push(self.line, Kind::Text(text));
                    self.advance(open.len() + at + close.len());
                    return;
                }
                _ => {}
            }
            at += 1;
        }
        self.unclosed();
        if lines {
            self.dead.push(close);
        }
        // Half a text would be another text: what stands on the line is passed over.
        let line = inner.find('\n').unwrap_or(inner.len());
        self.advance(open.len() + line);
    }
}

fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some('\n') | None => {}
                Some(other) => out.push(other),
            },
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const STARLARK: Syntax = Syntax {
        comments: &["#"],
        blocks: &[],
        quotes: &[("\"\"\"", "\"\"\"", true, true), ("\"", "\"", true, false)],
        word: ".",
        inside: "",
        heredocs: false,
    };

    #[test]
    fn words_texts_and_brackets() {
        let text = "f(a = \"x\\\"y\", # c \"\n  b = [1, g()],\n)\n\"\"\"long\none\"\"\" z";
        let tokens = Tokens::read(text, &STARLARK);
        let open = tokens.all.iter().position(|t| t.is('(')).unwrap();
        let parts = tokens.parts(tokens.inside(open), ',');
        assert_eq!(parts.len(), 2);
        assert_eq!(tokens.texts(parts[0].clone()).next(), Some(("x\"y", 1)));
        assert_eq!(tokens.all.last().unwrap(), &Token { line: 5, kind: Kind::Word("z") });
        assert_eq!(tokens.open, None);
    }

    #[test]
    fn what_is_not_closed_is_told_and_costs_its_line() {
        let tokens = Tokens::read("a \"b\nc (d\n\"\"\" e", &STARLARK);
        assert_eq!(tokens.open, Some(1));
        assert!(tokens.all.iter().any(|t| t.word() == Some("d")));
        assert_eq!(tokens.close(tokens.all.iter().position(|t| t.is('(')).unwrap()), tokens.all.len());
    }

    #[test]
    fn expressions_and_heredocs_hide_their_quotes() {
        let hcl = Syntax { inside: "${", heredocs: true, ..STARLARK };
        let text = "a = \"x${f(\"y}\", {b = \"${c}\"})}z\"\nd = <<-EOT\n  it's \"open ${\n  EOT\ne = \"g\"";
        let tokens = Tokens::read(text, &hcl);
        assert_eq!(tokens.open, None);
        assert_eq!(tokens.all.iter().filter(|t| t.text().is_some()).count(), 2);
        assert_eq!(tokens.all.last().unwrap().line, 5);
    }

    #[test]
    fn baits_stay_linear() {
        let hcl = Syntax { inside: "${", heredocs: true, ..STARLARK };
        for bait in ["\"\"\"", "(", "\"", "\\\"", "([", ")]", "\"${", "<<A\n", "<", "<<-", "\"${\"\n"] {
            let text = bait.repeat(200_000);
            let started = std::time::Instant::now();
            Tokens::read(&text, &STARLARK);
            Tokens::read(&text, &hcl);
            assert!(started.elapsed().as_secs() < 5, "{bait}");
        }
    }
}
