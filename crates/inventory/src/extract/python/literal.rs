//! What stands literally in a Python file: texts, lists and dictionaries, and the names that they were given.
//!
//! Nothing is run. A value that is computed is [`Literal::Unknown`], with its line, so that a reader can say what it does
//! not know. The words are cut by hand and not by a parser of the whole language: only expressions of literals matter,
//! and no depth of nesting may overflow a stack.

use std::collections::HashMap;

/// A value as far as it stands in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Literal {
    /// A text with its line.
    Text(String, u32),
    /// A list, a tuple or a set.
    List(Vec<Literal>),
    /// A dictionary, or the keyword arguments of a call.
    Map(Vec<(Literal, Literal)>),
    /// Something computed, with its line and the texts that stand in its expression.
    Unknown(u32, Vec<String>),
}

impl Literal {
    /// The text that it is.
    pub fn text(&self) -> Option<(&str, u32)> {
        match self {
            Literal::Text(text, line) => Some((text, *line)),
            _ => None,
        }
    }

    /// The value of a key of a dictionary; the last one counts.
    pub fn get(&self, key: &str) -> Option<&Literal> {
        let Literal::Map(entries) = self else { return None };
        let named = |(k, _): &&(Literal, Literal)| k.text().is_some_and(|(text, _)| text == key);
        entries.iter().rev().find(named).map(|(_, value)| value)
    }

    /// The items of a list; a text alone is a list of its lines, as setuptools takes it.
    pub fn items(&self) -> Vec<Literal> {
        match self {
            Literal::List(items) => items.clone(),
            Literal::Text(text, line) => {
                let lines = text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#'));
                lines.map(|l| Literal::Text(l.to_string(), *line)).collect()
            }
            Literal::Map(_) => Vec::new(),
            unknown => vec![unknown.clone()],
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Word<'t> {
    Name(&'t str),
    Text(String),
    /// A text with values filled in.
    Filled,
    Sign(u8),
    /// The end of a line outside brackets.
    End,
    /// A number, or anything else.
    Other,
}

#[derive(Debug, Clone)]
struct Token<'t> {
    word: Word<'t>,
    line: u32,
}

/// Brackets in each other; more than that is no list that a person wrote.
const DEEPEST: usize = 40;
/// Values that are read in all; names that stand for each other again and again would multiply them.
const VALUES: usize = 200_000;

/// A file cut into words, with the places where names were given a value.
pub struct Module<'t> {
    tokens: Vec<Token<'t>>,
    bound: HashMap<&'t str, Vec<Binding>>,
}

#[derive(Clone, Copy)]
struct Binding {
    at: usize,
    /// Whether the value is one item that is added to a list.
    item: bool,
    /// Whether it replaces what was there.
    fresh: bool,
}

impl<'t> Module<'t> {
    /// Cuts a file into words.
    pub fn new(text: &'t str) -> Self {
        let tokens = tokens(text);
        let mut bound: HashMap<&str, Vec<Binding>> = HashMap::new();
        let sign = |at: usize| match tokens.get(at).map(|t| &t.word) {
            Some(Word::Sign(sign)) => *sign,
            _ => 0,
        };
        let name = |at: usize| match tokens.get(at).map(|t| &t.word) {
            Some(Word::Name(name)) => *name,
            _ => "",
        };
        let mut depth = 0usize;
        let mut begins = true;
        for (at, token) in tokens.iter().enumerate() {
            match &token.word {
                Word::Sign(b'(' | b'[' | b'{') => depth += 1,
                Word::Sign(b')' | b']' | b'}') => depth = depth.saturating_sub(1),
                Word::Name(called) if begins && depth == 0 => {
                    let all = bound.entry(called).or_default();
                    if all.len() < 64 {
                        match (sign(at + 1), sign(at + 2), name(at + 2)) {
                            (b'=', second, _) if second != b'=' => {
                                all.push(Binding { at: at + 2, item: false, fresh: true });
                            }
                            (b'+', b'=', _) => all.push(Binding { at: at + 3, item: false, fresh: false }),
                            (b'.', _, "append") if sign(at + 3) == b'(' => {
                                all.push(Binding { at: at + 4, item: true, fresh: false });
                            }
                            (b'.', _, "extend") if sign(at + 3) == b'(' => {
                                all.push(Binding { at: at + 4, item: false, fresh: false });
                            }
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
            // A statement also begins behind the colon of an `if` on the same line.
            begins = matches!(token.word, Word::End) || (depth == 0 && token.word == Word::Sign(b':'));
        }
        Module { tokens, bound }
    }

    /// The keyword arguments of every call of a function, and the line of the call.
    pub fn calls(&self, function: &str) -> Vec<(Literal, u32)> {
        self.calls_up_to(16, function)
    }

    /// The same of a function that a file may call more often.
    pub fn calls_up_to(&self, most: usize, function: &str) -> Vec<(Literal, u32)> {
        let mut calls = Vec::new();
        let mut left = VALUES;
        for (at, pair) in self.tokens.windows(2).enumerate() {
            let [called, open] = pair else { continue };
            let defined = at > 0 && self.tokens.get(at - 1).is_some_and(|t| t.word == Word::Name("def"));
            if called.word == Word::Name(function)
                && open.word == Word::Sign(b'(')
                && !defined
                && calls.len() < most
            {
                let (arguments, _) = self.arguments(at + 2, 0, &mut left);
                calls.push((Literal::Map(arguments), called.line));
            }
        }
        calls
    }

    /// What a name stands for in the whole file; several values are one list of them all.
    pub fn value(&self, name: &str) -> Option<Literal> {
        let mut left = VALUES;
        self.named(name, 0, &mut left)
    }

    fn named(&self, name: &str, depth: usize, left: &mut usize) -> Option<Literal> {
        let bindings = self.bound.get(name).filter(|all| !all.is_empty())?;
        let mut value: Option<Literal> = None;
        for binding in bindings {
            if *left == 0 {
                return None;
            }
            let (read, end) = self.expression(binding.at, depth + 1, left);
            // A long value that many names stand for is paid for each time.
            *left = left.saturating_sub(end.saturating_sub(binding.at) / 4);
            let read = if binding.item { Literal::List(vec![read]) } else { read };
            value = Some(match (value, read) {
                (None, read) => read,
                (Some(Literal::List(mut all)), Literal::List(more)) => {
                    all.extend(more);
                    Literal::List(all)
                }
                (Some(Literal::Map(mut all)), Literal::Map(more)) => {
                    all.extend(more);
                    Literal::Map(all)
                }
                (Some(Literal::List(mut all)), other) => {
                    all.push(other);
                    Literal::List(all)
                }
                // A text that is given twice is not known; what was computed first and given later is.
                (Some(Literal::Unknown(..)), read) if binding.fresh => read,
                (Some(known @ Literal::Text(..)), read) if known == read => known,
                (Some(_), Literal::Text(_, line)) => Literal::Unknown(line, Vec::new()),
                (Some(known), _) => known,
            });
        }
        value
    }

    fn word(&self, at: usize) -> Option<&Word<'t>> {
        self.tokens.get(at).map(|t| &t.word)
    }

    fn line(&self, at: usize) -> u32 {
        self.tokens.get(at).or(self.tokens.last()).map_or(1, |t| t.line)
    }

    /// Keyword arguments up to the closing bracket, and where the words go on behind it.
    fn arguments(&self, mut at: usize, depth: usize, left: &mut usize) -> (Vec<(Literal, Literal)>, usize) {
        let mut entries = Vec::new();
        while let Some(word) = self.word(at) {
            match word {
                Word::Sign(b')') => return (entries, at + 1),
                Word::Sign(b',') | Word::End => at += 1,
                Word::Name(key) if self.word(at + 1) == Some(&Word::Sign(b'=')) => {
                    let key = Literal::Text((*key).to_string(), self.line(at));
                    let (value, next) = self.expression(at + 2, depth + 1, left);
                    entries.push((key, value));
                    at = next.max(at + 1);
                }
                Word::Sign(b'*') if self.word(at + 1) == Some(&Word::Sign(b'*')) => {
                    let (value, next) = self.expression(at + 2, depth + 1, left);
                    if let Literal::Map(more) = value {
                        entries.extend(more);
                    }
                    at = next.max(at + 1);
                }
                _ => {
                    // `dict(others, key=value)`.
                    let (value, next) = self.expression(at, depth + 1, left);
                    if let Literal::Map(more) = value {
                        entries.extend(more);
                    }
                    at = next.max(at + 1);
                }
            }
        }
        (entries, at)
    }

    /// One expression, and where the words go on behind it: before `,`, `:`, a closing bracket or the end of the line.
    fn expression(&self, from: usize, depth: usize, left: &mut usize) -> (Literal, usize) {
        let line = self.line(from);
        *left = left.saturating_sub(1);
        if depth > DEEPEST || *left == 0 {
            return self.unknown(from, line);
        }
        let (mut value, mut at) = self.term(from, depth, left);
        loop {
            match self.word(at) {
                Some(Word::Sign(b'+')) => {
                    let (more, next) = self.term(at + 1, depth, left);
                    value = joined(value, more);
                    at = next.max(at + 1);
                }
                // Both sides of a condition count, as nobody knows where the file will be run.
                Some(Word::Name("if")) => {
                    let (end, found) = self.skip_to(at, "else");
                    if !found {
                        return self.unknown(from, line);
                    }
                    let (other, next) = self.expression(end + 1, depth + 1, left);
                    let both = match (value, other) {
                        (Literal::List(mut all), Literal::List(more)) => {
                            all.extend(more);
                            Literal::List(all)
                        }
                        (one, other) if one == other => one,
                        _ => Literal::Unknown(line, Vec::new()),
                    };
                    return (both, next);
                }
                Some(Word::Sign(b',' | b')' | b']' | b'}' | b':')) | Some(Word::End) | None => {
                    return (value, at);
                }
                Some(Word::Sign(b'=')) => return (value, at),
                _ => return self.unknown(from, line),
            }
        }
    }

    fn term(&self, from: usize, depth: usize, left: &mut usize) -> (Literal, usize) {
        let line = self.line(from);
        match self.word(from) {
            Some(Word::Text(first)) => {
                let mut text = first.clone();
                let mut at = from + 1;
                let mut filled = false;
                loop {
                    match self.word(at) {
                        Some(Word::Text(more)) => text.push_str(more),
                        Some(Word::Filled) => filled = true,
                        // Texts in brackets are joined over lines, and there no line ends.
                        _ => break,
                    }
                    at += 1;
                }
                // A long text that many names stand for is paid for each time, too.
                *left = left.saturating_sub(text.len() / 16);
                if filled {
                    (Literal::Unknown(line, Vec::new()), at)
                } else {
                    (Literal::Text(text, line), at)
                }
            }
            Some(Word::Sign(open @ (b'[' | b'(' | b'{'))) => self.bracket(*open, from, depth, left),
            Some(Word::Name("dict")) if self.word(from + 1) == Some(&Word::Sign(b'(')) => {
                let (entries, next) = self.arguments(from + 2, depth + 1, left);
                (Literal::Map(entries), next)
            }
            Some(Word::Name("list" | "tuple" | "set" | "sorted"))
                if self.word(from + 1) == Some(&Word::Sign(b'(')) =>
            {
                let (value, next) = self.expression(from + 2, depth + 1, left);
                match self.word(next) {
                    Some(Word::Sign(b')')) => (value, next + 1),
                    _ => self.unknown(from, line),
                }
            }
            Some(Word::Name(name)) => {
                let simple = matches!(
                    self.word(from + 1),
                    Some(Word::Sign(b',' | b')' | b']' | b'}' | b'+' | b':') | Word::End) | None
                ) || self.word(from + 1) == Some(&Word::Name("if"));
                match self.named(name, depth + 1, left).filter(|_| simple) {
                    Some(value) => (value, from + 1),
                    None => self.unknown(from, line),
                }
            }
            _ => self.unknown(from, line),
        }
    }

    fn bracket(&self, open: u8, from: usize, depth: usize, left: &mut usize) -> (Literal, usize) {
        let line = self.line(from);
        let close = match open {
            b'[' => b']',
            b'(' => b')',
            _ => b'}',
        };
        let (mut items, mut entries) = (Vec::new(), Vec::new());
        let (mut at, mut commas) = (from + 1, 0);
        loop {
            match self.word(at) {
                Some(Word::Sign(sign)) if *sign == close => break,
                Some(Word::Sign(b',')) => {
                    commas += 1;
                    at += 1;
                }
                // A bracket that another one closes, or none at all.
                Some(Word::Sign(b')' | b']' | b'}')) | None => break,
                Some(Word::Sign(b'*')) => {
                    let twice = self.word(at + 1) == Some(&Word::Sign(b'*'));
                    let (value, next) = self.expression(at + 1 + usize::from(twice), depth + 1, left);
                    match value {
                        Literal::Map(more) => entries.extend(more),
                        Literal::List(more) => items.extend(more),
                        other => items.push(other),
                    }
                    at = next.max(at + 1);
                }
                _ => {
                    let (key, next) = self.expression(at, depth + 1, left);
                    at = next.max(at + 1);
                    if close == b'}' && self.word(next) == Some(&Word::Sign(b':')) {
                        let (value, next) = self.expression(next + 1, depth + 1, left);
                        entries.push((key, value));
                        at = next.max(at + 1);
                    } else {
                        items.push(key);
                    }
                }
            }
        }
        let next = if self.word(at).is_some() { at + 1 } else { at };
        if close == b'}' && (!entries.is_empty() || items.is_empty()) {
            return (Literal::Map(entries), next);
        }
        // Brackets around one value only group it.
        if close == b')' && commas == 0 && items.len() == 1 {
            return (items.pop().unwrap_or(Literal::Unknown(line, Vec::new())), next);
        }
        (Literal::List(items), next)
    }

    /// A computed value: everything up to where an expression ends.
    fn unknown(&self, from: usize, line: u32) -> (Literal, usize) {
        let (mut at, mut depth) = (from, 0usize);
        let mut texts = Vec::new();
        while let Some(word) = self.word(at) {
            match word {
                Word::Sign(b'(' | b'[' | b'{') => depth += 1,
                Word::Sign(b')' | b']' | b'}') if depth == 0 => break,
                Word::Sign(b')' | b']' | b'}') => depth -= 1,
                Word::Sign(b',') | Word::End if depth == 0 => break,
                Word::Text(text) if texts.len() < 8 => texts.push(text.clone()),
                _ => {}
            }
            at += 1;
        }
        (Literal::Unknown(line, texts), at)
    }

    /// Where a word stands in the same expression.
    fn skip_to(&self, from: usize, wanted: &str) -> (usize, bool) {
        let (mut at, mut depth) = (from, 0usize);
        while let Some(word) = self.word(at) {
            match word {
                Word::Sign(b'(' | b'[' | b'{') => depth += 1,
                Word::Sign(b')' | b']' | b'}') if depth == 0 => return (at, false),
                Word::Sign(b')' | b']' | b'}') => depth -= 1,
                Word::Sign(b',') | Word::End if depth == 0 => return (at, false),
                Word::Name(name) if depth == 0 && *name == wanted => return (at, true),
                _ => {}
            }
            at += 1;
        }
        (at, false)
    }
}

/// `a + b`.
fn joined(one: Literal, other: Literal) -> Literal {
    match (one, other) {
        (Literal::Text(mut text, line), Literal::Text(more, _)) => {
            text.push_str(&more);
            Literal::Text(text, line)
        }
        (Literal::List(mut all), Literal::List(more)) => {
            all.extend(more);
            Literal::List(all)
        }
        (Literal::List(mut all), unknown @ Literal::Unknown(..)) => {
            all.push(unknown);
            Literal::List(all)
        }
        (unknown @ Literal::Unknown(..), Literal::List(mut all)) => {
            all.push(unknown);
            Literal::List(all)
        }
        (Literal::Text(_, line), _) => Literal::Unknown(line, Vec::new()),
        (one, _) => one,
    }
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let bytes = text.as_bytes();
    let (mut tokens, mut at, mut line, mut depth) = (Vec::new(), 0, 1u32, 0usize);
    let is_name = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b >= 0x80;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\n' => {
                if depth == 0 {
                    tokens.push(Token { word: Word::End, line });
                }
                line += 1;
                at += 1;
            }
            b'\\' if matches!(bytes.get(at + 1), Some(b'\n')) => {
                line += 1;
                at += 2;
            }
            b'#' => at += bytes.get(at..).unwrap_or(&[]).iter().take_while(|b| **b != b'\n').count(),
            b'"' | b'\'' => at = string(text, at, "", &mut line, &mut tokens),
            b'0'..=b'9' => {
                let number = |b: &&u8| is_name(**b) || **b == b'.';
                at += bytes.get(at..).unwrap_or(&[]).iter().take_while(number).count();
                tokens.push(Token { word: Word::Other, line });
            }
            b if is_name(b) => {
                let length = bytes.get(at..).unwrap_or(&[]).iter().take_while(|b| is_name(**b)).count();
                let name = text.get(at..at + length).unwrap_or("");
                at += length;
                let prefix = name.len() <= 2 && name.bytes().all(|b| b"rRbBuUfF".contains(&b));
                if prefix && matches!(bytes.get(at), Some(b'"' | b'\'')) {
                    at = string(text, at, name, &mut line, &mut tokens);
                } else {
                    tokens.push(Token { word: Word::Name(name), line });
                }
            }
            b if b.is_ascii_whitespace() => at += 1,
            b => {
                match b {
                    b'(' | b'[' | b'{' => depth += 1,
                    b')' | b']' | b'}' => depth = depth.saturating_sub(1),
                    _ => {}
                }
                // A `;` ends a statement as a line does.
                let word = if b == b';' && depth == 0 { Word::End } else { Word::Sign(b) };
                tokens.push(Token { word, line });
                at += 1;
            }
        }
    }
    tokens.push(Token { word: Word::End, line });
    tokens
}

/// A text in quotes at `from`; gives the place behind it. One that is not closed ends with its line, or with the file.
fn string<'t>(
    text: &'t str,
    from: usize,
    prefix: &str,
    line: &mut u32,
    tokens: &mut Vec<Token<'t>>,
) -> usize {
    let bytes = text.as_bytes();
    let quote = bytes.get(from).copied().unwrap_or(b'"');
    let long = bytes.get(from..).is_some_and(|rest| rest.starts_with(&[quote; 3]));
    let raw = prefix.bytes().any(|b| b"rR".contains(&b));
    let filled = prefix.bytes().any(|b| b"fF".contains(&b));
    let begins = *line;
    let mut at = from + if long { 3 } else { 1 };
    let mut value: Vec<u8> = Vec::new();
    let mut holes = false;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' if !raw => {
                match bytes.get(at + 1) {
                    Some(b'\n') => *line += 1,
                    Some(b'n') => value.push(b'\n'),
                    Some(b't') => value.push(b'\t'),
                    Some(other) => value.push(*other),
                    None => {}
                }
                at += 2;
                continue;
            }
            b'\n' if !long => break,
            b'\n' => *line += 1,
            b if b == quote => {
                if !long {
                    at += 1;
                    break;
                }
                if bytes.get(at..).is_some_and(|rest| rest.starts_with(&[quote; 3])) {
                    at += 3;
                    break;
                }
            }
            b'{' => holes = true,
            _ => {}
        }
        value.push(byte);
        at += 1;
    }
    let word = match String::from_utf8(value) {
        Ok(value) if !(filled && holes) => Word::Text(value),
        _ => Word::Filled,
    };
    tokens.push(Token { word, line: begins });
    at.min(bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(literal: Option<&Literal>) -> Vec<String> {
        let items = literal.map(Literal::items).unwrap_or_default();
        items.iter().map(|i| i.text().map_or("?".to_string(), |(t, l)| format!("{t}:{l}"))).collect()
    }

    #[test]
    fn calls_names_and_sums() {
        let text = "import x\nNAME = 'a'\nREQ = [\n  'b>=1',  # why\n  \"c\" '==2',\n]\nif x:\n    REQ.append('d')\nREQ += ['e']\n\
            setup(name=NAME, version=get(), install_requires=REQ + ['f', f'g{x}'],\n extras_require={'t': ('h',), 'u': REQ},\n **{'license': 'MIT'})\n";
        let calls = Module::new(text).calls("setup");
        let (setup, line) = &calls[0];
        assert_eq!(*line, 10);
        assert_eq!(setup.get("name").and_then(Literal::text), Some(("a", 2)));
        assert!(matches!(setup.get("version"), Some(Literal::Unknown(10, _))));
        assert_eq!(texts(setup.get("install_requires")), ["b>=1:4", "c==2:5", "d:8", "e:9", "f:10", "?"]);
        assert_eq!(texts(setup.get("extras_require").and_then(|e| e.get("t"))), ["h:11"]);
        assert_eq!(setup.get("license").and_then(Literal::text).map(|t| t.0), Some("MIT"));
    }

    #[test]
    fn conditions_give_both_sides_and_computed_texts_none() {
        let calls = Module::new(
            "setup(a=['x'] if y else ['z'], b='%s' % v, c=open('requirements.txt').read(), d='q')",
        )
        .calls("setup");
        let setup = &calls[0].0;
        assert_eq!(texts(setup.get("a")), ["x:1", "z:1"]);
        assert!(matches!(setup.get("b"), Some(Literal::Unknown(..))));
        assert!(matches!(setup.get("c"), Some(Literal::Unknown(1, texts)) if texts == &["requirements.txt"]));
        assert_eq!(setup.get("d").and_then(Literal::text), Some(("q", 1)));
    }

    #[test]
    fn names_that_mean_each_other_and_depth_end() {
        let loops = "a = [b, b, b]\nb = [a, a, a]\nsetup(x=a)";
        assert_eq!(Module::new(loops).calls("setup").len(), 1);
        let long = format!("a = '{}'\nsetup(x={}a)", "x".repeat(1 << 20), "a + ".repeat(100_000));
        let begun = std::time::Instant::now();
        assert_eq!(Module::new(&long).calls("setup").len(), 1);
        assert!(begun.elapsed().as_secs() < 5);
        let deep = format!("setup(x={})", "[".repeat(100_000));
        assert_eq!(Module::new(&deep).calls("setup").len(), 1);
    }
}
