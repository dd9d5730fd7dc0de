//! Source of the languages with braces as tokens: texts, templates, comments and regular expressions told apart.

/// A token with its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) line: u32,
    pub(super) kind: Kind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Word(String),
    /// A text without variable parts.
    Text(String),
    /// A text of which only running tells the value.
    Template,
    Sign(char),
}

/// Longer texts are data.
const LONGEST: usize = 400;

/// The tokens of a file; `extension` says how the language writes texts and comments.
pub(super) fn tokens(text: &str, extension: &str) -> Vec<Token> {
    let script =
        matches!(extension, "js" | "mjs" | "cjs" | "jsx" | "ts" | "mts" | "cts" | "tsx" | "vue" | "svelte");
    let hash = matches!(extension, "rb" | "php");
    // Where an apostrophe begins a text rather than a character or a lifetime.
    let single = script || hash || extension == "dart";
    let bytes = text.as_bytes();
    let mut tokens: Vec<Token> = Vec::new();
    let (mut at, mut line) = (0usize, 1u32);
    while let Some(&byte) = bytes.get(at) {
        let rest = bytes.get(at..).unwrap_or(&[]);
        let start = line;
        let mut new = None;
        match byte {
            b'\n' => {
                line += 1;
                at += 1;
            }
            b if b.is_ascii_whitespace() => at += 1,
            b'/' if rest.starts_with(b"//") => {
                at += rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len())
            }
            b'#' if hash => at += rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len()),
            b'/' if rest.starts_with(b"/*") => {
                let length = rest.windows(2).skip(2).position(|w| w == b"*/").map_or(rest.len(), |p| p + 4);
                line += lines(rest.get(..length).unwrap_or(&[]));
                at += length;
            }
            b'/' if script && expects_value(&tokens) => at += regex(rest),
            b'"' | b'\'' if byte == b'"' || single => {
                let long = rest.starts_with(b"\"\"\"");
                let (length, value) = if long { long_text(rest) } else { quoted(rest, byte) };
                line += lines(rest.get(..length).unwrap_or(&[]));
                at += length;
                new = Some(value.map_or(Kind::Template, Kind::Text));
            }
            // A character, or a lifetime.
            b'\'' => {
                let escaped = rest.get(1) == Some(&b'\\');
                let close = rest.iter().take(12).skip(if escaped { 3 } else { 2 }).position(|b| *b == b'\'');
                at += match close {
                    Some(p) if escaped || p <= 3 => p + if escaped { 4 } else { 3 },
                    _ => 1,
                };
            }
            b'`' => {
                let (length, value) = template(rest);
                line += lines(rest.get(..length).unwrap_or(&[]));
                at += length;
                new = Some(value.map_or(Kind::Template, Kind::Text));
            }
            b'r' if extension == "rs"
                && (rest.starts_with(b"r\"") || rest.starts_with(b"r#"))
                && raw(rest).is_some() =>
            {
                let (length, value) = raw(rest).unwrap_or((1, None));
                line += lines(rest.get(..length).unwrap_or(&[]));
                at += length;
                new = Some(value.map_or(Kind::Template, Kind::Text));
            }
            b if b.is_ascii_alphanumeric() || b == b'_' || b == b'$' || b >= 0x80 => {
                let length = rest
                    .iter()
                    .position(|b| !(b.is_ascii_alphanumeric() || *b == b'_' || *b == b'$' || *b >= 0x80))
                    .unwrap_or(rest.len());
                let word = String::from_utf8_lossy(rest.get(..length.min(200)).unwrap_or(&[])).into_owned();
                at += length;
                new = Some(Kind::Word(word));
            }
            other => {
                at += 1;
                new = Some(Kind::Sign(char::from(other)));
            }
        }
        tokens.extend(new.map(|kind| Token { line: start, kind }));
    }
    tokens
}

fn lines(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.iter().filter(|b| **b == b'\n').count()).unwrap_or(0)
}

/// Whether a slash here begins a regular expression: nothing stands before it that could be divided.
fn expects_value(tokens: &[Token]) -> bool {
    match tokens.last().map(|t| &t.kind) {
        None => true,
        Some(Kind::Sign(sign)) => !matches!(sign, ')' | ']' | '}' | '<' | '>'),
        Some(Kind::Word(word)) => matches!(word.as_str(), "return" | "typeof" | "case" | "in" | "of"),
        Some(Kind::Text(_) | Kind::Template) => false,
    }
}

/// The length of a regular expression; one that its line does not close is none.
fn regex(rest: &[u8]) -> usize {
    let (mut at, mut class) = (1, false);
    while let Some(&byte) = rest.get(at) {
        match byte {
            b'\n' => return 1,
            b'\\' => at += 1,
            b'[' => class = true,
            b']' => class = false,
            b'/' if !class => return at + 1,
            _ => {}
        }
        at += 1;
    }
    1
}

fn text_of(bytes: &[u8]) -> Option<String> {
    (bytes.len() <= LONGEST).then(|| String::from_utf8_lossy(bytes).into_owned())
}

/// A text in quotes, which its line closes at the latest.
fn quoted(rest: &[u8], quote: u8) -> (usize, Option<String>) {
    let (mut at, mut out) = (1, Vec::new());
    while let Some(&byte) = rest.get(at) {
        match byte {
            b'\n' => return (at, None),
            b'\\' => {
                at += 1;
                out.extend(rest.get(at));
                if rest.get(at) == Some(&b'\n') {
                    out.pop();
                }
            }
            b if b == quote => return (at + 1, text_of(&out)),
            b => out.push(b),
        }
        at += 1;
    }
    (rest.len(), None)
}

/// A text in three quotes.
fn long_text(rest: &[u8]) -> (usize, Option<String>) {
    let body = rest.get(3..).unwrap_or(&[]);
    match body.windows(3).position(|w| w == b"\"\"\"") {
        Some(end) => (end + 6, text_of(body.get(..end).unwrap_or(&[]))),
        None => (rest.len(), None),
    }
}

/// A text in backticks; one with `${…}` is known only when it runs.
fn template(rest: &[u8]) -> (usize, Option<String>) {
    let mut at = 1;
    let mut variable = false;
    let mut depth = 0usize;
    while let Some(&byte) = rest.get(at) {
        match byte {
            b'\\' => at += 1,
            b'$' if rest.get(at + 1) == Some(&b'{') => {
                variable = true;
                depth += 1;
                at += 1;
            }
            b'}' if depth > 0 => depth -= 1,
            b'`' if depth == 0 => {
                let body = rest.get(1..at).unwrap_or(&[]);
                // The id in an address is known though the file behind it is not.
                let address = || body.windows(9).any(|w| w == b"/resolve/") && body.starts_with(b"http");
                return (at + 1, if variable && !address() { None } else { text_of(body) });
            }
            _ => {}
        }
        at += 1;
    }
    (rest.len(), None)
}

/// Rust's raw texts.
fn raw(rest: &[u8]) -> Option<(usize, Option<String>)> {
    let hashes = rest.iter().skip(1).take_while(|b| **b == b'#').count();
    if rest.get(1 + hashes) != Some(&b'"') || hashes > 16 {
        return None;
    }
    let mut end = vec![b'"'];
    end.extend(std::iter::repeat_n(b'#', hashes));
    let body = rest.get(2 + hashes..)?;
    let length = body.windows(end.len()).position(|w| w == end.as_slice())?;
    Some((2 + hashes + length + end.len(), text_of(body.get(..length)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str, extension: &str) -> Vec<String> {
        let text_of = |t: Token| match t.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        };
        tokens(text, extension).into_iter().filter_map(text_of).collect()
    }

    #[test]
    fn texts_comments_and_regular_expressions() {
        let script = "a = /it's/.test(x) /* \"no\" */; b = 'c' // 'd'\nf(`g`, `h${i + '}'}`, \"j\\\"k\")";
        assert_eq!(texts(script, "ts"), ["c", "g", "j\"k"]);
        let rust = "fn f<'a>(x: &'a str) { let c = '\"'; g(\"h/i\"); r#\"j\"k\"#; }";
        assert_eq!(texts(rust, "rs"), ["h/i", "j\"k"]);
        assert_eq!(tokens("\"a\"\n/*\n*/ \"b\"", "go")[1].line, 3);
    }

    #[test]
    fn hostile_texts_end() {
        for text in [
            "`".repeat(9_999),
            "/".repeat(9_999),
            "'".repeat(9_999),
            "/*".repeat(9_999),
            "\"\\".into(),
            "`${".repeat(9_999),
        ] {
            for extension in ["ts", "rs", "go", "rb"] {
                tokens(&text, extension);
            }
        }
    }
}
