//! Shell text as commands of words: quotes, variables, continuations, comments and here-documents told apart.

use std::collections::HashMap;

/// A word with the line where it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::mentions) struct Word {
    pub(in crate::mentions) line: u32,
    pub(in crate::mentions) text: String,
    /// Whether it stood in quotes, so that it is no operator and no keyword.
    pub(in crate::mentions) quoted: bool,
}

/// A simple command, with the text that is fed into it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Command {
    pub(super) words: Vec<Word>,
    /// A here-document and its first line.
    pub(super) fed: Option<(u32, String)>,
}

/// Commands of one script; more are not read.
const MOST: usize = 50_000;

/// Which language a text is in: they differ in how a variable is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Shell,
    Make,
}

/// Whether a character ends a word: the shell's own blanks, which are fewer than those of Unicode, and operators. The loop
/// over commands knows each of them, so that it always goes on.
fn ends_word(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n' | ';' | '&' | '|' | '(' | ')' | '<' | '>')
}

/// All commands of a text. `(`, `)`, `{`, `}` stand as words of their own where they are operators.
pub(super) fn commands(text: &str, dialect: Dialect) -> Vec<Command> {
    let mut lexer = Lexer {
        rest: text,
        line: 1,
        all: Vec::new(),
        now: Command::default(),
        pending: Vec::new(),
        list: false,
        dialect,
    };
    lexer.run();
    lexer.all
}

struct Lexer<'t> {
    rest: &'t str,
    line: u32,
    all: Vec<Command>,
    now: Command,
    /// Ends of here-documents that begin on the next line.
    pending: Vec<String>,
    /// Inside the brackets of an array, where lines go on.
    list: bool,
    dialect: Dialect,
}

impl Lexer<'_> {
    fn next(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = self.rest.get(c.len_utf8()..).unwrap_or("");
        self.line += u32::from(c == '\n');
        Some(c)
    }

    fn end(&mut self) {
        if !self.now.words.is_empty() {
            self.all.push(std::mem::take(&mut self.now));
        }
        self.now = Command::default();
    }

    fn run(&mut self) {
        while let Some(c) = self.rest.chars().next() {
            if self.all.len() >= MOST {
                return;
            }
            match c {
                '\n' => {
                    self.next();
                    if self.list {
                        continue;
                    }
                    if self.pending.is_empty() {
                        self.end();
                    } else {
                        self.here();
                        self.end();
                    }
                }
                ' ' | '\t' | '\r' => {
                    self.next();
                }
                '\\' if self.rest.starts_with("\\\n") || self.rest.starts_with("\\\r\n") => {
                    while self.next().is_some_and(|c| c != '\n') {}
                }
                '#' => {
                    let end = self.rest.find('\n').unwrap_or(self.rest.len());
                    self.rest = self.rest.get(end..).unwrap_or("");
                }
                ';' | '&' | '|' => {
                    self.next();
                    self.end();
                }
                '(' | ')' => {
                    self.next();
                    let array = c == '(' && self.now.words.last().is_some_and(|w| w.text.ends_with('='));
                    if array {
                        self.list = true;
                    } else if self.list && c == ')' {
                        self.list = false;
                    } else {
                        self.end();
                    }
                }
                '<' if self.rest.starts_with("<<") && !self.rest.starts_with("<<<") => {
                    self.rest = self
                        .rest
                        .get(2..)
                        .unwrap_or("")
                        .trim_start_matches('-')
                        .trim_start_matches([' ', '\t']);
                    let word = self.word();
                    self.pending.push(word.text);
                }
                '<' | '>' => {
                    // The file behind it is no argument.
                    while self.rest.starts_with(['<', '>', '&']) {
                        self.next();
                    }
                    self.rest = self.rest.trim_start_matches([' ', '\t']);
                    if !self.rest.starts_with('\n') {
                        self.word();
                    }
                }
                _ => {
                    let word = self.word();
                    self.now.words.push(word);
                }
            }
        }
        self.end();
    }

    /// The text of here-documents, which begins on this line.
    fn here(&mut self) {
        for end in std::mem::take(&mut self.pending) {
            let first = self.line;
            let mut body = String::new();
            while !self.rest.is_empty() {
                let length = self.rest.find('\n').map_or(self.rest.len(), |n| n + 1);
                let (line, rest) = self.rest.split_at(length);
                self.rest = rest;
                self.line += 1;
                if line.trim() == end {
                    break;
                }
                body.push_str(line);
            }
            self.now.fed = Some((first, body));
        }
    }

    /// One word; a quoted part joins what stands beside it. Variables stay as they are written, in braces.
    fn word(&mut self) -> Word {
        let mut word = Word { line: self.line, text: String::new(), quoted: false };
        while let Some(c) = self.rest.chars().next() {
            match c {
                '\'' => {
                    self.next();
                    word.quoted = true;
                    while let Some(c) = self.next().filter(|c| *c != '\'') {
                        word.text.push(c);
                    }
                }
                '"' => {
                    self.next();
                    word.quoted = true;
                    while let Some(c) = self.next().filter(|c| *c != '"') {
                        match c {
                            '\\' => match self.next() {
                                Some('\n') | None => {}
                                Some(c @ ('"' | '\\' | '$' | '`')) => word.text.push(c),
                                Some(c) => word.text.extend(['\\', c]),
                            },
                            '$' => self.dollar(&mut word.text),
                            c => word.text.push(c),
                        }
                    }
                }
                '\\' => {
                    self.next();
                    match self.next() {
                        // A word ends with a continued line, unless it goes on at once, which is rare.
                        Some('\n') | None => break,
                        Some(c) => word.text.push(c),
                    }
                }
                '$' => {
                    self.next();
                    self.dollar(&mut word.text);
                }
                '`' => {
                    self.next();
                    while self.next().is_some_and(|c| c != '`') {}
                    word.text.push('$');
                }
                c if ends_word(c) => break,
                c => {
                    self.next();
                    word.text.push(c);
                }
            }
        }
        // A byte at least, so that this always goes on.
        let stuck = word.text.is_empty() && !word.quoted && word.line == self.line;
        if stuck && self.rest.chars().next().is_some_and(|c| !ends_word(c)) {
            self.next();
        }
        word
    }

    /// What stands behind a dollar sign: a variable in its plain form `${NAME}`, or `$` alone for what only running tells.
    fn dollar(&mut self, out: &mut String) {
        let rest = self.rest;
        let name = |s: &str| s.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
        if let Some(inner) = rest.strip_prefix('{') {
            let mut depth = 1usize;
            let end = inner.bytes().take(2_000).position(|b| {
                depth += usize::from(b == b'{');
                depth -= usize::from(b == b'}');
                depth == 0 || b == b'\n'
            });
            let end = end.unwrap_or(0);
            out.push_str("${");
            out.push_str(inner.get(..end).unwrap_or("").replace(['"', '\''], "").as_str());
            out.push('}');
            self.rest = inner.get(end + 1..).unwrap_or("");
        } else if let Some(inner) = rest.strip_prefix('(') {
            let length = name(inner);
            if self.dialect == Dialect::Make && inner.get(length..).is_some_and(|r| r.starts_with(')')) {
                out.push_str(&format!("${{{}}}", inner.get(..length).unwrap_or("")));
                self.rest = inner.get(length + 1..).unwrap_or("");
                return;
            }
            // The command inside is read as one of its own; its output is not known.
            out.push('$');
            self.rest = inner;
            let mut depth = 1usize;
            while let Some(c) = self.next() {
                depth += usize::from(c == '(');
                depth -= usize::from(c == ')');
                if depth == 0 {
                    break;
                }
            }
            let inside = inner.get(..inner.len() - self.rest.len()).unwrap_or("").trim_end_matches(')');
            if inside.len() < 20_000 && !inside.starts_with('(') {
                let lines = u32::try_from(inside.matches('\n').count()).unwrap_or(0);
                let first = self.line.saturating_sub(lines);
                let mut inner = Lexer {
                    rest: inside,
                    line: first,
                    all: Vec::new(),
                    now: Command::default(),
                    pending: Vec::new(),
                    list: false,
                    dialect: self.dialect,
                };
                // Only one level deep: what is inside is plain.
                if !inside.contains("$(") {
                    inner.run();
                    self.all.append(&mut inner.all);
                }
            }
        } else {
            let length = name(rest);
            if length == 0 {
                out.push('$');
                return;
            }
            // A dollar that make doubles is the shell's own.
            out.push_str(&format!("${{{}}}", rest.get(..length).unwrap_or("")));
            self.rest = rest.get(length..).unwrap_or("");
        }
    }
}

/// Values of variables with the lines where they stand.
pub(super) type Variables = HashMap<String, Vec<(String, u32)>>;

/// What a word may be once its variables are known; the line is that of the variable's value where the word is nothing else.
pub(super) fn resolve(word: &Word, variables: &Variables) -> Vec<(String, u32)> {
    if !word.text.contains("${") {
        return vec![(word.text.clone(), word.line)];
    }
    let inner = word
        .text
        .strip_prefix("${")
        .and_then(|r| r.strip_suffix('}'))
        .filter(|i| !i.contains(['$', '{', '}']));
    if let Some(inner) = inner {
        let (name, default) = split_default(inner);
        if let Some(values) = variables.get(name) {
            return values.clone();
        }
        return default.map(|d| (d.to_string(), word.line)).into_iter().collect();
    }
    let mut out = String::new();
    let mut rest = word.text.as_str();
    while let Some(at) = rest.find("${") {
        out.push_str(rest.get(..at).unwrap_or(""));
        let inner = rest.get(at + 2..).unwrap_or("");
        let end = inner.find('}').unwrap_or(inner.len());
        let (name, default) = split_default(inner.get(..end).unwrap_or(""));
        match variables.get(name).and_then(|v| v.first()) {
            Some((value, _)) if out.len() + value.len() < 4_000 => out.push_str(value),
            _ => match default {
                Some(default) => out.push_str(default),
                // Unknown: no id has a dollar sign, so the whole word names nothing.
                None => out.push('$'),
            },
        }
        rest = inner.get(end + 1..).unwrap_or("");
    }
    out.push_str(rest);
    vec![(out, word.line)]
}

/// `NAME:-default` in two; an index behind the name is left out.
fn split_default(inner: &str) -> (&str, Option<&str>) {
    let end = inner.bytes().position(|b| !(b.is_ascii_alphanumeric() || b == b'_')).unwrap_or(inner.len());
    let (name, tail) = inner.split_at(end);
    let default = [":-", ":=", "-", "="].iter().find_map(|sign| tail.strip_prefix(sign));
    (name, default)
}

/// A text with the defaults of its variables put in place: what `${NAME:-value}` means where nothing is set.
pub(in crate::mentions) fn defaults(text: &str) -> std::borrow::Cow<'_, str> {
    if !text.contains("${") {
        return text.into();
    }
    let word = Word { line: 0, text: text.to_string(), quoted: true };
    match resolve(&word, &Variables::new()).into_iter().next() {
        Some((text, _)) => text.into(),
        None => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> Vec<Vec<String>> {
        commands(text, Dialect::Shell)
            .into_iter()
            .map(|c| c.words.into_iter().map(|w| w.text).collect())
            .collect()
    }

    #[test]
    fn words_of_commands() {
        assert_eq!(
            plain("a \"b c\" 'd' \\\n e # f\ng && h|i; j"),
            [vec!["a", "b c", "d", "e"], vec!["g"], vec!["h"], vec!["i"], vec!["j"]]
        );
        assert_eq!(
            plain("X=(a\n b) ; y $Z ${W:-v/w}"),
            [vec!["X=", "a", "b"], vec!["y", "${Z}", "${W:-v/w}"]]
        );
        let all = commands("cat <<EOF > f\nollama pull x\nEOF\nz", Dialect::Shell);
        assert_eq!((all.len(), all[1].words[0].line), (2, 4));
        assert_eq!(all[0].fed, Some((2, "ollama pull x\n".into())));
        assert_eq!(plain("a $(b c) d"), [vec!["b", "c"], vec!["a", "$", "d"]]);
    }

    #[test]
    fn other_blanks_are_letters() {
        // Found by fuzzing: a vertical tab was the end of a word and the beginning of none.
        let blanks = "\u{b}\u{c}\u{85}\u{a0}\u{2028}\u{3000}";
        for dialect in [Dialect::Shell, Dialect::Make] {
            let all = commands(&format!("a {blanks} b{blanks}c"), dialect);
            assert_eq!(all[0].words.len(), 3);
        }
    }

    #[test]
    fn defaults_and_hostile_texts() {
        assert_eq!(defaults("/m/${A:-b.gguf}"), "/m/b.gguf");
        for text in [
            "$(".repeat(50_000),
            "${".repeat(50_000),
            "\"".repeat(9_999),
            "<<".repeat(50_000),
            "\\".into(),
            "(".repeat(9_999),
        ] {
            commands(&text, Dialect::Shell);
        }
    }
}
