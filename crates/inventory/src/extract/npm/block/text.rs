//! Keys, quotes and comments within one line.

use std::borrow::Cow;

/// Whether a line begins an item of a sequence.
pub(super) fn is_item(content: &str) -> bool {
    content == "-" || content.starts_with("- ")
}

/// Whether a line holds a key that has the value on the next line.
pub(super) fn is_explicit(content: &str) -> bool {
    content.starts_with("? ")
}

/// Whether a value that begins with `|` or `>` announces raw lines, as in `|-` or `>2+`.
pub(super) fn is_block_header(rest: &str) -> bool {
    let header = without_comment(rest);
    header.len() <= 3 && header.bytes().skip(1).all(|b| matches!(b, b'-' | b'+' | b'0'..=b'9'))
}

/// A text without quotes up to its comment.
pub(super) fn without_comment(text: &str) -> &str {
    text.find(" #").and_then(|at| text.get(..at)).unwrap_or(text).trim_end()
}

/// The key of `key: value` or `key:`, and where the part behind the colon begins.
pub(super) fn split_key(content: &str) -> Option<(Cow<'_, str>, usize)> {
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
pub(super) fn split_quoted(content: &str) -> Option<(Cow<'_, str>, usize)> {
    let bytes = content.as_bytes();
    let quote = *bytes.first().filter(|b| matches!(**b, b'"' | b'\''))?;
    let mut at = 1;
    while let Some(b) = bytes.get(at) {
        let escape = *b == b'\\' && quote == b'"';
        let doubled = *b == quote && quote == b'\'' && bytes.get(at + 1) == Some(&quote);
        if escape || doubled {
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
pub(super) fn unquoted(text: &str, quote: u8) -> Cow<'_, str> {
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

/// Writes out letters that were escaped as UTF-16.
fn flush(units: &mut Vec<u16>, out: &mut String) {
    out.extend(char::decode_utf16(units.drain(..)).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)));
}

/// So many hexadecimal digits.
fn number(chars: &mut std::str::Chars<'_>, digits: usize) -> Option<u32> {
    let mut code = 0u32;
    for _ in 0..digits {
        code = code.checked_mul(16)? + chars.next()?.to_digit(16)?;
    }
    Some(code)
}
