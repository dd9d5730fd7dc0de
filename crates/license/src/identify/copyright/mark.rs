//! Finds the marks at which a statement may start: the word, the sign, `(c)`, tags and elements.
//!
//! One pass over the bytes; each mark costs a bounded look around it, so the work is linear in the text.

use super::prose::TOPICS;
use super::vocabulary::listed;

/// How a mark is written; it decides how much else is needed to believe the statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// "Copyright".
    Word,
    /// "Copyrighted" or "Copyrights", followed by what a statement needs.
    Past,
    /// "©" in one of its spellings.
    Sign,
    /// "(c)", which mostly numbers a list.
    Paren,
    /// `<copyright>`.
    Element,
    /// `SPDX-FileCopyrightText:`, `copyright-holder:`.
    Tag,
}

/// A place at which a statement may start.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) kind: Kind,
    /// 1-based.
    pub(super) line: u32,
    pub(super) line_start: usize,
}

/// All marks of a text, in order.
pub(super) struct Marks<'t> {
    bytes: &'t [u8],
    at: usize,
    line: u32,
    line_start: usize,
}

impl<'t> Marks<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        Marks { bytes: text.as_bytes(), at: 0, line: 1, line_start: 0 }
    }

    fn mark(&mut self, start: usize, end: usize, kind: Kind) -> Mark {
        self.at = end;
        Mark { start, end, kind, line: self.line, line_start: self.line_start }
    }
}

impl Iterator for Marks<'_> {
    type Item = Mark;

    fn next(&mut self) -> Option<Mark> {
        while let Some(&byte) = self.bytes.get(self.at) {
            let at = self.at;
            match byte {
                b'\n' => {
                    self.line = self.line.saturating_add(1);
                    self.line_start = at + 1;
                }
                // A lone carriage return ends a line of old texts, but editors do not count it.
                b'\r' if self.bytes.get(at + 1) != Some(&b'\n') => self.line_start = at + 1,
                b'p' | b'P' => {
                    if let Some((start, end, kind)) = word(self.bytes, at) {
                        return Some(self.mark(start, end, kind));
                    }
                }
                b'(' => {
                    if let Some(end) = paren(self.bytes, at) {
                        return Some(self.mark(at, end, Kind::Paren));
                    }
                }
                0xC2 | 0xE2 | b'&' | b'\\' => {
                    if let Some(end) = sign(self.bytes, at) {
                        return Some(self.mark(at, end, Kind::Sign));
                    }
                }
                _ => {}
            }
            self.at += 1;
        }
        None
    }
}

fn starts(bytes: &[u8], at: usize, what: &str) -> bool {
    bytes.get(at..at + what.len()).is_some_and(|b| b.eq_ignore_ascii_case(what.as_bytes()))
}

/// The end of the white space of one line from `at` on.
fn skip_space(bytes: &[u8], at: usize) -> usize {
    let blanks = bytes.iter().skip(at).take(64).take_while(|b| matches!(b, b' ' | b'\t')).count();
    at + blanks
}

/// The sign as a character, an entity or a control word of roff.
fn sign(bytes: &[u8], at: usize) -> Option<usize> {
    const SPELLINGS: [&str; 8] = ["©", "ⓒ", "Ⓒ", "&copy;", "&copy", "&#169;", "&#xa9;", "\\(co"];
    let spelling = SPELLINGS.iter().find(|s| starts(bytes, at, s))?;
    Some(at + spelling.len())
}

/// `(c)`, unless something is called with it or numbered by it: `f(c)`, "section 4(c)".
fn paren(bytes: &[u8], at: usize) -> Option<usize> {
    let inner = skip_space(bytes, at + 1);
    if !matches!(bytes.get(inner), Some(b'c' | b'C')) {
        return None;
    }
    let close = skip_space(bytes, inner + 1);
    if bytes.get(close) != Some(&b')') {
        return None;
    }
    let called = at
        .checked_sub(1)
        .and_then(|i| bytes.get(i))
        .is_some_and(|b| b.is_ascii_alphanumeric() || b"_)]".contains(b));
    let after_word = at >= 9 && starts(bytes, at - 9, "copyright");
    (!called || after_word).then_some(close + 1)
}

/// The word "copyright" around its `p` at `at`.
fn word(bytes: &[u8], at: usize) -> Option<(usize, usize, Kind)> {
    let start = at.checked_sub(2)?;
    if !starts(bytes, start, "copyright") {
        return None;
    }
    let end = start + 9;
    if let Some(tag) = tag(bytes, start, end) {
        return Some(tag);
    }
    let opened = before(bytes, start)?;
    let next = bytes.get(end).copied();
    if opened == Opened::Control {
        let end = if starts(bytes, end, "{}") { end + 2 } else { end };
        return Some((start - 1, end, Kind::Sign));
    }
    if opened == Opened::Angle {
        return (next == Some(b'>')).then_some((start, end + 1, Kind::Element));
    }
    match next {
        None
        | Some(
            b'\n' | b'\r' | b':' | b',' | b';' | b'&' | b'=' | b'"' | b'\'' | b'*' | b'\\' | b'<' | b'['
            | b'{' | b'@' | b'|',
        ) => Some((start, end, Kind::Word)),
        Some(b' ' | b'\t') => (!about(bytes, end)).then_some((start, end, Kind::Word)),
        Some(b'(') => {
            let year = bytes.get(end + 1).is_some_and(u8::is_ascii_digit);
            (year || paren(bytes, end).is_some() || starts(bytes, end, "(©)")).then_some((
                start,
                end,
                Kind::Word,
            ))
        }
        // "Copyright-holder" was a tag above; a dash before a blank or a year separates.
        Some(b'-') => bytes
            .get(end + 1)
            .is_some_and(|b| b.is_ascii_digit() || b.is_ascii_whitespace())
            .then_some((start, end, Kind::Word)),
        Some(b'0'..=b'9') => Some((start, end, Kind::Word)),
        Some(b'e' | b'E') if starts(bytes, end, "ed") => {
            past(bytes, end + 2).then_some((start, end + 2, Kind::Past))
        }
        Some(b's' | b'S') => past(bytes, end + 1).then_some((start, end + 1, Kind::Past)),
        Some(0x80..) => sign_or_space(bytes, end).then_some((start, end, Kind::Word)),
        _ => None,
    }
}

/// After the word: a sign, a no-break space, or the ruins of either in a wrong encoding.
fn sign_or_space(bytes: &[u8], at: usize) -> bool {
    sign(bytes, at).is_some()
        || ["\u{a0}", "\u{fffd}", "\u{3000}", "\u{2002}", "\u{2003}", "\u{200b}", "Â", "Ã", "：", "–", "—"]
            .iter()
            .any(|s| starts(bytes, at, s))
}

#[derive(PartialEq, Eq)]
enum Opened {
    /// The word stands free.
    Free,
    /// `<copyright`.
    Angle,
    /// `\copyright` or `@copyright{}`: a sign in TeX and Texinfo.
    Control,
}

/// What the character before the word makes of it; none if the word is a part of another one, a path or a name of code.
fn before(bytes: &[u8], start: usize) -> Option<Opened> {
    let Some(last) = start.checked_sub(1) else { return Some(Opened::Free) };
    let second = last.checked_sub(1).and_then(|i| bytes.get(i)).copied();
    match bytes[last] {
        b'<' => Some(Opened::Angle),
        b'\\' => Some(Opened::Control),
        b'@' if starts(bytes, start + 9, "{}") => Some(Opened::Control),
        b'@' => second.is_none_or(|b| !b.is_ascii_alphanumeric()).then_some(Opened::Free),
        b'$' => None,
        // Markdown's emphasis, but not `project_copyright`.
        b'_' => second.is_none_or(|b| b.is_ascii_whitespace() || b == b'_').then_some(Opened::Free),
        // Comment marks, but neither a path nor "non-copyright".
        mark @ (b'.' | b'-' | b'/') => {
            let comment = second.is_none_or(|b| b == mark || b.is_ascii_whitespace() || b"*!\"".contains(&b));
            (comment && !(mark == b'.' && second == Some(b'.'))).then_some(Opened::Free)
        }
        // An escaped line break of a string literal.
        b'n' | b't' | b'r' if second == Some(b'\\') => Some(Opened::Free),
        byte if byte.is_ascii_alphanumeric() => None,
        _ => Some(Opened::Free),
    }
}

/// Whether the next word says that the text talks about copyright.
fn about(bytes: &[u8], end: usize) -> bool {
    let at = skip_space(bytes, end);
    let letters = bytes.iter().skip(at).take(24).take_while(|b| b.is_ascii_alphabetic()).count();
    let stop = bytes.get(at + letters).copied();
    // A part of a longer word, as in "Copyright No-Name Inc.", is no topic.
    let dashed = stop == Some(b'-') && bytes.get(at + letters + 1).is_some_and(u8::is_ascii_alphanumeric);
    let joined = dashed || matches!(stop, Some(b'0'..=b'9' | b'@' | b'_')) || stop.is_some_and(|b| b >= 0x80);
    let word = bytes.get(at..at + letters).and_then(|b| std::str::from_utf8(b).ok()).unwrap_or_default();
    !word.is_empty() && !joined && listed(TOPICS, word)
}

/// "Copyrighted" and "copyrights" state something only directly before a year, a mark or "by".
fn past(bytes: &[u8], end: usize) -> bool {
    let at = skip_space(bytes, end);
    let year = bytes.get(at).is_some_and(u8::is_ascii_digit)
        && bytes.get(at..at + 4).is_some_and(|b| b.iter().all(u8::is_ascii_digit));
    at > end && (year || paren(bytes, at).is_some() || sign(bytes, at).is_some() || starts(bytes, at, "by "))
}

/// Tags of SPDX documents and of headers, and field names such as `copyright-holder:`.
fn tag(bytes: &[u8], start: usize, end: usize) -> Option<(usize, usize, Kind)> {
    let rest = ["text", "-holders", "-holder", "-owner", " holders", " holder", " owner", "-text"];
    let suffix = rest.iter().find(|s| starts(bytes, end, s))?;
    let after = end + suffix.len();
    let colon = skip_space(bytes, after);
    // `SPDX-FileCopyrightText = "…"` is how REUSE writes it in TOML; the other names take a colon.
    let text = suffix.ends_with("text");
    let stop = bytes.get(colon)?;
    if !(*stop == b':' || text && *stop == b'=') || bytes.get(colon + 1) == Some(&b':') {
        return None;
    }
    let name =
        bytes[..start].iter().rev().take(24).take_while(|b| b.is_ascii_alphabetic() || **b == b'-').count();
    let begin = start - name;
    let known = name == 0
        || text
            && ["spdx-file", "spdx-snippet", "file", "package", "snippet", "-"]
                .iter()
                .any(|p| bytes[begin..start].eq_ignore_ascii_case(p.as_bytes()));
    known.then_some((begin, colon + 1, Kind::Tag))
}
