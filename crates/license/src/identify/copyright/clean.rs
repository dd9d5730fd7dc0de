//! Frees a line of comment marks, markup, entities and escapes, and finds where lines begin and end.
//!
//! Everything works on a bounded window of a line: minified files have lines of many megabytes.

/// The most bytes of one line that are looked at behind a mark.
pub(super) const WINDOW: usize = 800;

/// A line's end as far as the window shows it.
#[derive(Debug, Clone, Copy)]
pub(super) struct LineEnd {
    /// Where the line, or the window, ends.
    pub(super) at: usize,
    /// Where the next line starts, if the window showed the line's end.
    pub(super) next: Option<usize>,
    /// Whether the break counts as one for editors; a lone carriage return does not.
    pub(super) counted: bool,
}

/// The end of the line that `from` is in.
pub(super) fn line_end(text: &str, from: usize) -> LineEnd {
    let bytes = text.as_bytes();
    let limit = floor(text, from.saturating_add(WINDOW).min(bytes.len()));
    let found =
        bytes.get(from..limit).and_then(|window| window.iter().position(|b| matches!(b, b'\n' | b'\r')));
    match found.map(|i| from + i) {
        Some(at) if bytes[at] == b'\r' && bytes.get(at + 1) == Some(&b'\n') => {
            LineEnd { at, next: Some(at + 2), counted: true }
        }
        Some(at) => LineEnd { at, next: Some(at + 1), counted: bytes[at] == b'\n' },
        None => LineEnd { at: limit, next: None, counted: false },
    }
}

/// The nearest character boundary at or before `at`.
pub(super) fn floor(text: &str, at: usize) -> usize {
    let at = at.min(text.len());
    (at.saturating_sub(3)..=at).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0)
}

/// The column of `at` in the line that starts at `line_start`, tabs counted as eight; none far to the right.
pub(super) fn column(text: &str, line_start: usize, at: usize) -> Option<usize> {
    if at.saturating_sub(line_start) > 240 {
        return None;
    }
    let before = text.get(line_start..at)?;
    Some(before.chars().fold(0, |column, c| if c == '\t' { (column / 8 + 1) * 8 } else { column + 1 }))
}

/// How many bytes of comment marks, list marks and blanks a line starts with.
pub(super) fn head(raw: &str) -> usize {
    const WORDS: [&str; 8] = ["dnl", "rem", "@rem", "@c", "@comment", "c", "<!--", "!"];
    let mut rest = raw;
    loop {
        let before = rest.len();
        rest = rest.trim_start();
        // Roff's comment, and the dots of an empty request.
        for mark in [".\\\"", "'\\\"", "\\\"", "..", "<!--", "(*", "{-", "{*"] {
            rest = rest.strip_prefix(mark).unwrap_or(rest);
        }
        // "C" marks a comment in Fortran only in the first column and before white space.
        for word in WORDS {
            let fits = rest
                .get(..word.len())
                .is_some_and(|w| w.eq_ignore_ascii_case(word) && (word != "c" || rest.len() == raw.len()));
            let blanks = rest
                .get(word.len()..)
                .is_some_and(|r| r.starts_with(if word == "c" { "  " } else { " " }) || r.starts_with('\t'));
            if fits && blanks {
                rest = &rest[word.len()..];
            }
        }
        rest =
            rest.trim_start_matches(|c: char| "/*#;%|>•+=~\"'`!:".contains(c) || c == '\u{feff}' || c == '·');
        rest = rest
            .strip_prefix("@")
            .filter(|r| r.starts_with(|c: char| c.is_ascii_alphabetic()))
            .unwrap_or(rest);
        // A dash marks a list or, doubled, a comment; a name does not begin with one.
        rest = rest.trim_start_matches('-');
        if rest.len() == before {
            return raw.len() - rest.len();
        }
    }
}

/// Elements whose tags stand inside of a line of text and leave no gap.
const INLINE: &[&str] = &[
    "a", "abbr", "b", "big", "bold", "center", "cite", "code", "em", "font", "i", "label", "link", "s",
    "small", "span", "strong", "sub", "sup", "text", "tt", "u", "ulink", "var",
];

/// Elements that end a line of text.
const BLOCKS: &[&str] = &[
    "blockquote",
    "body",
    "br",
    "dd",
    "div",
    "dl",
    "dt",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "hr",
    "html",
    "li",
    "ol",
    "p",
    "para",
    "pre",
    "section",
    "table",
    "td",
    "th",
    "title",
    "tr",
    "ul",
];

/// The text without markup, white space folded to single blanks; a line break that markup makes stays as `\n`.
pub(super) fn clean(raw: &str) -> String {
    let closed = closed_elements(raw);
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(c) = rest.chars().next() {
        let mut taken = c.len_utf8();
        match c {
            '<' => match tag(rest, &closed) {
                Some((len, gap)) => {
                    taken = len;
                    match gap {
                        Gap::None => {}
                        Gap::Blank => push_folded(&mut out, ' '),
                        Gap::Line => out.push('\n'),
                    }
                }
                None => out.push('<'),
            },
            '&' => match entity(rest) {
                Some((len, decoded)) => {
                    taken = len;
                    push_folded(&mut out, decoded);
                }
                None => out.push('&'),
            },
            '\\' => {
                let (len, becomes) = escape(rest);
                taken = len;
                match becomes {
                    "\n" => out.push('\n'),
                    " " => push_folded(&mut out, ' '),
                    other => out.push_str(other),
                }
            }
            // Perl's documentation escapes angle brackets.
            'E' if rest.starts_with("E<lt>") || rest.starts_with("E<gt>") => {
                taken = 5;
                out.push(if rest.starts_with("E<lt>") { '<' } else { '>' });
            }
            '@' if rest.get(..12).is_some_and(|r| r.eq_ignore_ascii_case("@copyright{}")) => {
                taken = 12;
                out.push('©');
            }
            '-' if rest.starts_with("-->") => {
                taken = 3;
                out.push('\n');
            }
            '*' if rest.starts_with("*/") => {
                taken = 2;
                out.push('\n');
            }
            '*' if rest.starts_with("**") => taken = 2,
            '`' => {}
            '\u{200b}' | '\u{feff}' | '\u{ad}' => {}
            other => push_folded(&mut out, other),
        }
        rest = &rest[taken..];
    }
    let kept = out.trim_matches(|c: char| c == ' ').len();
    if kept == out.len() { out } else { out.trim_matches(' ').to_owned() }
}

/// Adds a character; white space and control characters become one blank.
fn push_folded(out: &mut String, c: char) {
    if !(c.is_whitespace() || c.is_control()) {
        out.push(c);
    } else if !out.ends_with([' ', '\n']) && !out.is_empty() {
        out.push(' ');
    }
}

/// The names in closing tags: what is closed is an element and not a blank of a template such as `<year>`.
fn closed_elements(raw: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut rest = raw;
    while let Some(at) = rest.find("</") {
        rest = &rest[at + 2..];
        let len =
            rest.find(|c: char| !(c.is_ascii_alphanumeric() || "-_:.".contains(c))).unwrap_or(rest.len());
        if len > 0 && names.len() < 12 && !names.contains(&&rest[..len]) {
            names.push(&rest[..len]);
        }
    }
    names
}

/// What stands in a tag's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gap {
    None,
    Blank,
    Line,
}

/// The length of the tag that `rest` starts with, and what stands in its place; none if it is no tag.
fn tag(rest: &str, closed: &[&str]) -> Option<(usize, Gap)> {
    if rest.starts_with("<!--") {
        return Some((4, Gap::Blank));
    }
    let limit = floor(rest, 300);
    let close = rest.get(1..limit)?.find(['>', '<'])? + 1;
    if rest.as_bytes().get(close) != Some(&b'>') {
        return None;
    }
    let inner = &rest[1..close];
    if inner.is_empty() || inner.starts_with(['!', '?']) {
        return Some((close + 1, Gap::Blank));
    }
    let (closing, body) = inner.strip_prefix('/').map_or((false, inner), |b| (true, b));
    let len = body.find(|c: char| !(c.is_ascii_alphanumeric() || "-_:.".contains(c))).unwrap_or(body.len());
    let name = &body[..len];
    let named = |list: &[&str]| list.iter().any(|e| e.eq_ignore_ascii_case(name));
    let attributes = body[len..].contains('=');
    let bare = body[len..].trim_matches(['/', ' ']).is_empty();
    // An address or a link in angle brackets is text: `<foo@bar.com>`, `<http://foo/?a=b>`.
    if name.is_empty()
        || name.ends_with(':')
        || body.get(len..).is_some_and(|b| b.starts_with(['@', '/']) && b.len() > 1)
    {
        return None;
    }
    let element = closing
        || attributes
        || bare && (inner.ends_with('/') || named(INLINE) || named(BLOCKS) || closed.contains(&name));
    element.then(|| {
        let gap = if named(BLOCKS) {
            Gap::Line
        } else if named(INLINE) {
            Gap::None
        } else {
            Gap::Blank
        };
        (close + 1, gap)
    })
}

/// The length of the entity that `rest` starts with, and its character.
fn entity(rest: &str) -> Option<(usize, char)> {
    const NAMED: [(&str, char); 38] = [
        ("amp", '&'),
        ("lt", '<'),
        ("gt", '>'),
        ("quot", '"'),
        ("apos", '\''),
        ("nbsp", ' '),
        ("copy", '©'),
        ("reg", '®'),
        ("ndash", '–'),
        ("mdash", '—'),
        ("middot", '·'),
        ("trade", '™'),
        ("rsquo", '’'),
        ("lsquo", '‘'),
        ("ldquo", '“'),
        ("rdquo", '”'),
        ("aacute", 'á'),
        ("agrave", 'à'),
        ("aring", 'å'),
        ("auml", 'ä'),
        ("ccedil", 'ç'),
        ("eacute", 'é'),
        ("egrave", 'è'),
        ("euml", 'ë'),
        ("iacute", 'í'),
        ("ntilde", 'ñ'),
        ("oacute", 'ó'),
        ("ocirc", 'ô'),
        ("oslash", 'ø'),
        ("ouml", 'ö'),
        ("szlig", 'ß'),
        ("uacute", 'ú'),
        ("uuml", 'ü'),
        ("Auml", 'Ä'),
        ("Eacute", 'É'),
        ("Oslash", 'Ø'),
        ("Ouml", 'Ö'),
        ("Uuml", 'Ü'),
    ];
    let window = rest.get(1..floor(rest, 12))?;
    if let Some(end) = window.find(';') {
        let name = &window[..end];
        let code = name.strip_prefix('#').and_then(|n| match n.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok(),
            None => n.parse().ok(),
        });
        let decoded = match code {
            Some(code) => char::from_u32(code),
            None => NAMED.iter().find(|(n, _)| *n == name).map(|(_, c)| *c),
        };
        if let Some(decoded) = decoded {
            return Some((end + 2, decoded));
        }
    }
    // Browsers take the sign without its semicolon too.
    window.get(..4).is_some_and(|w| w.eq_ignore_ascii_case("copy")).then_some((5, '©'))
}

/// The length of the escape that `rest` starts with, and what it stands for: string literals, roff and TeX.
fn escape(rest: &str) -> (usize, &'static str) {
    const ESCAPES: [(&str, &str); 17] = [
        ("\\(co", "©"),
        ("\\(em", "—"),
        ("\\(en", "–"),
        ("\\copyright", "©"),
        ("\\textcopyright", "©"),
        ("\\u00a9", "©"),
        ("\\u00A9", "©"),
        ("\\xa9", "©"),
        ("\\xA9", "©"),
        ("\\251", "©"),
        ("\\n", "\n"),
        ("\\r", "\n"),
        ("\\t", " "),
        ("\\-", "-"),
        ("\\ ", " "),
        ("\\&", ""),
        ("\\\"", "\""),
    ];
    // A change of font in roff: `\fB`.
    if rest.starts_with("\\f") && rest.as_bytes().get(2).is_some_and(|b| b"BIRP".contains(b)) {
        return (3, "");
    }
    ESCAPES.iter().find(|(from, _)| rest.starts_with(from)).map_or((1, " "), |(from, to)| (from.len(), *to))
}

/// A cleaned line without the comment mark or the frame that closes it on the right.
pub(super) fn without_tail(line: &str) -> &str {
    let mut line = line;
    loop {
        let before = line.len();
        line = line.trim_end().trim_end_matches(|c: char| "*#|\\~=%+•".contains(c));
        // A doubled dash closes a comment, unless it waits for the end of a range of years.
        let dashless = line.trim_end_matches('-');
        if line.len() - dashless.len() >= 2 && !dashless.trim_end().ends_with(|c: char| c.is_ascii_digit()) {
            line = dashless;
        }
        if line.len() == before {
            return line;
        }
    }
}
