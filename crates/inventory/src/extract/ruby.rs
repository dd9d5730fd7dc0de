//! Ruby as far as a Gemfile or a gemspec needs it: words, texts, symbols and the statements that they make up.
//!
//! Nothing is run. What is computed stays unknown, and a text into which something is computed is no text.

use std::borrow::Cow;

/// A piece of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token<'a> {
    /// A name, a constant, a number or a keyword.
    Word(&'a str),
    /// A text without computed parts.
    Text(Cow<'a, str>),
    /// The texts of `%w[…]`, or the symbols of `%i[…]`.
    Texts(Vec<&'a str>),
    /// A text with computed parts.
    Computed,
    /// `:name`.
    Symbol(Cow<'a, str>),
    /// `name:` before a value.
    Label(&'a str),
    /// Any other character; `⇒` stands for `=>`.
    Mark(char),
}

/// The tokens up to the end of a line or a semicolon, lines that go on joined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement<'a> {
    /// Line of its first token, counted from 1.
    pub line: u32,
    /// What stands in it.
    pub tokens: Vec<Token<'a>>,
}

/// After so many bytes that were searched in vain, texts are no longer looked for: the file is no program.
const WASTE: usize = 4 << 20;

/// The statements of a file.
pub fn statements(text: &str) -> Vec<Statement<'_>> {
    let mut lexer = Lexer {
        text,
        at: 0,
        line: 1,
        open: 0,
        braces: 0,
        wasted: 0,
        done: Vec::new(),
        current: Vec::new(),
        begin: 1,
    };
    while lexer.at < text.len() {
        lexer.step();
    }
    lexer.finish();
    lexer.done
}

/// The arguments of a call: the tokens split at the commas that stand outside of brackets, without the parentheses
/// around them and without a condition or a block behind them.
pub fn arguments<'t, 'a>(tokens: &'t [Token<'a>]) -> Vec<&'t [Token<'a>]> {
    let inner = match tokens.first() {
        Some(Token::Mark('(')) => {
            let close = tokens.iter().rposition(|t| *t == Token::Mark(')')).unwrap_or(tokens.len());
            tokens.get(1..close).unwrap_or(&[])
        }
        _ => tokens,
    };
    let (mut depth, mut begin, mut all) = (0i32, 0, Vec::new());
    let mut end = inner.len();
    for (i, token) in inner.iter().enumerate() {
        match token {
            Token::Mark('(' | '[' | '{') => depth += 1,
            Token::Mark(')' | ']' | '}') => depth -= 1,
            Token::Mark(',') if depth == 0 => {
                all.extend(inner.get(begin..i));
                begin = i + 1;
            }
            Token::Word("if" | "unless" | "do" | "and" | "or") if depth == 0 => {
                end = i;
                break;
            }
            _ => {}
        }
    }
    all.extend(inner.get(begin..end));
    all.retain(|argument| !argument.is_empty());
    all
}

/// An argument `key: value` or `:key => value` in its parts.
pub fn option<'t, 'a>(argument: &'t [Token<'a>]) -> Option<(&'t str, &'t [Token<'a>])> {
    match argument {
        [Token::Label(key), value @ ..] => Some((key, value)),
        [Token::Symbol(key) | Token::Text(key), Token::Mark('⇒'), value @ ..] => Some((key, value)),
        _ => None,
    }
}

/// The texts or symbols that a value consists of, in brackets or not; none where a part of it is computed.
pub fn literals<'t>(value: &'t [Token<'_>]) -> Option<Vec<&'t str>> {
    let mut texts = Vec::new();
    let mut rest = value;
    while let Some((token, behind)) = rest.split_first() {
        rest = behind;
        match token {
            Token::Text(text) | Token::Symbol(text) => texts.push(&**text),
            Token::Texts(all) => texts.extend(all.iter().copied()),
            Token::Mark('[' | ']' | ',' | '(' | ')') => {}
            Token::Mark('.') if matches!(rest.first(), Some(Token::Word("freeze" | "dup" | "to_s"))) => {
                rest = rest.get(1..).unwrap_or(&[]);
            }
            _ => return None,
        }
    }
    Some(texts)
}

/// The one text that a value is.
pub fn literal<'t>(value: &'t [Token<'_>]) -> Option<&'t str> {
    match literals(value)?.as_slice() {
        [one] => Some(one),
        _ => None,
    }
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    line: u32,
    /// Brackets that are open: inside them the end of a line is none of the statement.
    open: usize,
    /// Curly ones among them.
    braces: usize,
    /// Bytes that were searched for the end of a text in vain.
    wasted: usize,
    done: Vec<Statement<'a>>,
    current: Vec<Token<'a>>,
    begin: u32,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn push(&mut self, token: Token<'a>) {
        if self.current.is_empty() {
            self.begin = self.line;
        }
        self.current.push(token);
    }

    /// Where a text that begins with `open` ends, its closing mark included. Quotes must close on their line; brackets
    /// may go over several.
    fn closing(&mut self, text: &str, open: char, close: char, head: usize) -> Option<usize> {
        if self.wasted > WASTE {
            return None;
        }
        let (mut depth, mut escaped) = (1usize, false);
        let mut seen = 0;
        for (at, c) in text.get(head..)?.char_indices() {
            seen = at;
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                _ if c == close => {
                    depth -= 1;
                    if depth == 0 {
                        return Some(head + at + c.len_utf8());
                    }
                }
                _ if c == open => depth += 1,
                '\n' if open == close => break,
                _ => {}
            }
        }
        self.wasted += seen;
        None
    }

    fn finish(&mut self) {
        self.open = 0;
        self.braces = 0;
        if !self.current.is_empty() {
            let tokens = std::mem::take(&mut self.current);
            self.done.push(Statement { line: self.begin, tokens });
        }
    }

    fn step(&mut self) {
        let rest = self.rest();
        let Some(c) = rest.chars().next() else { return };
        match c {
            '\n' => {
                self.at += 1;
                let goes_on = self.open > 0
                    || matches!(
                        self.current.last(),
                        Some(Token::Mark(',' | '⇒' | '\\' | '+' | '.' | '=' | '|' | '&'))
                    ) && !self.block_arguments()
                    || matches!(self.current.last(), Some(Token::Label(_)));
                if self.current.last() == Some(&Token::Mark('\\')) {
                    self.current.pop();
                }
                if !goes_on {
                    self.finish();
                }
                self.line += 1;
                if goes_on && self.open > 0 && self.keyword_begins() {
                    // A bracket was never closed: the rest of the file is read all the same.
                    self.finish();
                }
                self.comment_block();
            }
            ';' => {
                self.at += 1;
                self.finish();
            }
            '#' => self.at += rest.find('\n').unwrap_or(rest.len()),
            _ if c.is_whitespace() => self.at += c.len_utf8(),
            '"' | '\'' | '`' => self.quoted(c),
            '%' if self.percent() => {}
            '/' if self.regex() => {}
            ':' => self.symbol(),
            '=' if rest.starts_with("=>") => {
                self.push(Token::Mark('⇒'));
                self.at += 2;
            }
            '<' if rest.starts_with("<<") && self.heredoc() => {}
            _ if is_word(c) || c == '@' || c == '$' => self.word(),
            _ => {
                match c {
                    '(' | '[' | '{' => self.open += 1,
                    ')' | ']' | '}' => self.open = self.open.saturating_sub(1),
                    _ => {}
                }
                match c {
                    '{' => self.braces += 1,
                    '}' => self.braces = self.braces.saturating_sub(1),
                    _ => {}
                }
                self.push(Token::Mark(c));
                self.at += c.len_utf8();
            }
        }
    }

    /// Whether the statement ends with `|name|`, the arguments of a block.
    fn block_arguments(&self) -> bool {
        self.current.last() == Some(&Token::Mark('|'))
            && self.current.iter().filter(|t| **t == Token::Mark('|')).count() > 1
    }

    /// Whether the next line begins with what only a statement begins with.
    fn keyword_begins(&self) -> bool {
        let line = self.rest().lines().next().unwrap_or("").trim_start();
        ["gem ", "gem(", "group ", "end", "source "]
            .iter()
            .any(|word| line == *word || line.starts_with(word))
            && self.braces == 0
    }

    /// `=begin` to `=end` is a comment; `__END__` ends the program.
    fn comment_block(&mut self) {
        if self.rest().starts_with("__END__") {
            self.at = self.text.len();
        } else if self.rest().starts_with("=begin") {
            let rest = self.rest();
            let end = rest.find("\n=end").map_or(rest.len(), |at| at + 5);
            self.skip(end);
            self.at += self.rest().find('\n').unwrap_or(self.rest().len());
        }
    }

    /// Goes on by so many bytes and counts the lines in them.
    fn skip(&mut self, bytes: usize) {
        let part = self.rest().get(..bytes).unwrap_or("");
        self.line += part.bytes().filter(|b| *b == b'\n').count() as u32;
        self.at += bytes;
    }

    /// A text in quotes. One that does not end on its line is rare in these files and mostly a quote inside something
    /// else, so the quote alone is passed over.
    fn quoted(&mut self, quote: char) {
        let rest = self.rest();
        let Some(length) = self.closing(rest, quote, quote, 1) else {
            self.push(Token::Computed);
            self.at += 1;
            return;
        };
        let inner = rest.get(1..length - 1).unwrap_or("");
        self.at += length;
        let label = quote != '`' && self.rest().starts_with(':') && !self.rest().starts_with("::");
        if label {
            self.at += 1;
            self.push(Token::Label(inner));
        } else if quote == '`' || (quote == '"' && inner.contains("#{")) {
            self.push(Token::Computed);
        } else {
            self.push(Token::Text(unescaped(inner)));
        }
    }

    /// `%w[…]`, `%q<…>` and the like.
    fn percent(&mut self) -> bool {
        let rest = self.rest();
        let mut chars = rest.chars().skip(1);
        let (kind, open) = match (chars.next(), chars.next()) {
            (Some(kind @ ('w' | 'W' | 'i' | 'I' | 'q' | 'Q' | 'r')), Some(open)) => (kind, open),
            (Some(open @ ('(' | '[' | '{' | '<')), _) => ('Q', open),
            _ => return false,
        };
        let close = match open {
            '(' => ')',
            '[' => ']',
            '{' => '}',
            '<' => '>',
            '|' | '!' | '/' | '-' => open,
            _ => return false,
        };
        let head = rest.find(open).map_or(rest.len(), |at| at + open.len_utf8());
        let Some(length) = self.closing(rest, open, close, head) else { return false };
        let inner = rest.get(head..length - 1).unwrap_or("");
        let computed = inner.contains("#{") && kind.is_ascii_uppercase();
        match kind {
            'r' => self.push(Token::Computed),
            _ if computed => self.push(Token::Computed),
            'q' | 'Q' => self.push(Token::Text(Cow::Borrowed(inner))),
            _ => self.push(Token::Texts(inner.split_whitespace().collect())),
        }
        self.skip(length);
        true
    }

    /// A regular expression stands where a value is awaited.
    fn regex(&mut self) -> bool {
        let awaited = matches!(
            self.current.last(),
            None | Some(Token::Mark('(' | ',' | '=' | '~' | '[' | '|' | '&' | '!' | '⇒'))
        );
        if !awaited {
            return false;
        }
        let Some(length) = self.closing(self.rest(), '/', '/', 1) else { return false };
        self.push(Token::Computed);
        self.at += length;
        true
    }

    fn symbol(&mut self) {
        let rest = self.rest();
        if rest.starts_with("::") {
            self.push(Token::Mark(':'));
            self.at += 2;
            return;
        }
        let behind = rest.get(1..).unwrap_or("");
        if behind.starts_with('"') || behind.starts_with('\'') {
            let quote = if behind.starts_with('"') { '"' } else { '\'' };
            if let Some(length) = self.closing(behind, quote, quote, 1) {
                self.push(Token::Symbol(unescaped(behind.get(1..length - 1).unwrap_or(""))));
                self.at += length + 1;
                return;
            }
        }
        let length = behind.find(|c| !is_word(c)).unwrap_or(behind.len());
        self.push(match behind.get(..length) {
            Some(name) if !name.is_empty() => Token::Symbol(Cow::Borrowed(name)),
            _ => Token::Mark(':'),
        });
        self.at += 1 + length;
    }

    fn word(&mut self) {
        let rest = self.rest();
        let mut length = rest.find(|c| !is_word(c) && c != '@' && c != '$').unwrap_or(rest.len());
        let tail = rest.get(length..).unwrap_or("");
        if tail.starts_with(['?', '!']) && !tail.starts_with("!=") {
            length += 1;
        }
        let tail = rest.get(length..).unwrap_or("");
        let word = rest.get(..length).unwrap_or("");
        if tail.starts_with(':') && !tail.starts_with("::") {
            self.push(Token::Label(word));
            length += 1;
        } else {
            self.push(Token::Word(word));
        }
        self.at += length;
    }

    /// `<<~WORD`: the text up to the line that holds the word alone is passed over.
    fn heredoc(&mut self) -> bool {
        // Exactly one mark: a file of nothing but marks would be searched to its end for each of them.
        let behind = self.rest().strip_prefix("<<").unwrap_or("");
        let behind = behind.strip_prefix(['~', '-']).unwrap_or(behind);
        let word = behind.strip_prefix(['"', '\'']).unwrap_or(behind);
        let word = word.get(..word.find(|c| !is_word(c)).unwrap_or(word.len())).unwrap_or("");
        if !word.starts_with(|c: char| c.is_ascii_uppercase()) {
            return false;
        }
        let rest = self.rest();
        let mut length = 0;
        for (i, line) in rest.split_inclusive('\n').enumerate() {
            length += line.len();
            if i > 0 && line.trim() == word {
                break;
            }
        }
        self.push(Token::Computed);
        self.skip(length);
        self.finish();
        true
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn unescaped(inner: &str) -> Cow<'_, str> {
    if !inner.contains('\\') {
        return Cow::Borrowed(inner);
    }
    let mut text = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        text.extend(if c == '\\' { chars.next() } else { Some(c) });
    }
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(text: &str) -> Vec<Token<'_>> {
        statements(text).remove(0).tokens
    }

    #[test]
    fn a_call_in_its_arguments() {
        let tokens =
            first("gem 'a', \"~> 1\", '>= 1.2',\n  group: [:dev, :test], :git => 'x' if ENV['Y'] # b\n");
        let all = arguments(&tokens[1..]);
        assert_eq!(all.len(), 5);
        assert_eq!(literal(all[0]), Some("a"));
        let (key, value) = option(all[3]).unwrap();
        assert_eq!((key, literals(value).unwrap()), ("group", vec!["dev", "test"]));
        assert_eq!(option(all[4]).map(|(key, value)| (key, literal(value))), Some(("git", Some("x"))));
    }

    #[test]
    fn texts_of_all_forms() {
        assert_eq!(literals(&first("%q<rack>.freeze")), Some(vec!["rack"]));
        assert_eq!(literals(&first("%w[a b]")), Some(vec!["a", "b"]));
        assert_eq!(literals(&first("\"a#{b}\"")), None);
        assert_eq!(literal(&first(r#""a\"b""#)), Some("a\"b"));
        let all = statements("a = <<~X\n it's\nX\nb /x'/\nf(%r{^'})\n=begin\ng 'x'\n=end\nc 'open\nd 1");
        assert_eq!(all.iter().map(|s| s.line).collect::<Vec<_>>(), [1, 4, 5, 9, 10]);
    }

    #[test]
    fn hostile_texts_cost_little() {
        for part in ["'", "%q<", "[", "<<A\n", "<", "<<~", "<<'", "/ (", "%w("] {
            let text = part.repeat(20_000);
            let started = std::time::Instant::now();
            statements(&text);
            assert!(started.elapsed().as_secs() < 4, "{part}");
        }
    }
}
