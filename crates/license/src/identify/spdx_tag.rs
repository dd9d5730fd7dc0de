//! `SPDX-License-Identifier:` lines, wherever a comment holds them.

use std::collections::HashMap;

use crate::expression::Expr;

/// A tag in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// What it says.
    pub expr: Expr,
    /// Line, counted from 1.
    pub line: u32,
    /// Byte offsets of the tag and its expression.
    pub span: (usize, usize),
}

const NAME: &[u8] = b"spdx-license-identifier";
/// No expression is longer, and none goes on behind the next tag; so a line without end costs no more than others.
const LONGEST: usize = 2048;
/// So many tags that say the same are listed; a text with more of them repeats itself without end.
const REPEATED: usize = 2000;

/// Every tag whose expression can be read, at least in part.
pub fn tags(text: &str) -> Vec<Tag> {
    let bytes = text.as_bytes();
    let mut tags = Vec::new();
    let mut line = 1u32;
    let mut counted = 0usize;
    let mut repeated: HashMap<Expr, usize> = HashMap::new();
    let mut upcoming = next(bytes, 0);
    while let Some(found) = upcoming {
        line += bytes[counted..found].iter().filter(|b| **b == b'\n').count() as u32;
        counted = found;
        let start = found + NAME.len();
        upcoming = next(bytes, start);
        let limit = (start + LONGEST).min(upcoming.unwrap_or(bytes.len())).min(bytes.len());
        let end = bytes[start..limit].iter().position(|b| *b == b'\n').map_or(limit, |e| start + e);
        let end = (start..=end).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(start);
        let Some(rest) = text.get(start..end) else { continue };
        let value = rest.trim_start_matches([':', ' ', '\t', '=', '"', '\'']);
        if let Some((mut expr, mut length)) = longest(value) {
            let offset = end - value.len();
            // Some projects list ids with nothing between them; a list that offers no choice applies as a whole.
            while let Some((more, further)) = next_id(&value[length..]) {
                expr = Expr::all([expr, more]);
                length += further;
            }
            let times = repeated.entry(expr.clone()).or_default();
            *times += 1;
            if *times <= REPEATED {
                tags.push(Tag { expr, line, span: (found, offset + length) });
            }
        }
    }
    tags
}

/// An id that follows another one after a blank, with the bytes up to its end.
fn next_id(rest: &str) -> Option<(Expr, usize)> {
    let blank = rest.len() - rest.trim_start_matches([' ', '\t']).len();
    let word = rest[blank..].split([' ', '\t', '*', '<', '"']).next()?;
    // A word that only happens to be an id, such as `curl`, has neither a digit nor a hyphen.
    let telling = word.contains('-') && word.len() > 4;
    let expr = Expr::parse(word).filter(|_| blank > 0 && telling)?;
    Some((expr, blank + word.len()))
}

/// The next place of the tag's name, whatever its case; blanks may stand for its hyphens.
fn next(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    while at + NAME.len() <= bytes.len() {
        let candidate = bytes[at..].iter().position(|b| b.eq_ignore_ascii_case(&b's'))? + at;
        let window = bytes.get(candidate..candidate + NAME.len())?;
        let same = |(a, b): (&u8, &u8)| a.eq_ignore_ascii_case(b) || (*a == b' ' && *b == b'-');
        if window.iter().zip(NAME).all(same) {
            return Some(candidate);
        }
        at = candidate + 1;
    }
    None
}

/// The longest beginning of a line that is an expression, with its length in bytes. The ends of comments and further
/// words are cut off one by one.
fn longest(value: &str) -> Option<(Expr, usize)> {
    let value = &value[..value.char_indices().nth(400).map_or(value.len(), |(at, _)| at)];
    let mut end = value.len();
    for _ in 0..60 {
        let candidate =
            value[..end].trim_end_matches(|c: char| !(c.is_alphanumeric() || c == ')' || c == '+'));
        if candidate.is_empty() {
            return None;
        }
        if let Some(expr) = Expr::parse(candidate) {
            return Some((expr, candidate.len()));
        }
        // Old tags list ids with commas or slashes between them.
        let listed = candidate.replace([',', ';'], " AND ");
        if let Some(expr) = Expr::parse(&listed) {
            return Some((expr, candidate.len()));
        }
        end = candidate
            .rfind(|c: char| c.is_whitespace() || matches!(c, '*' | '<' | '"' | '\'' | ',' | ';'))
            .unwrap_or(0);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_in_comments() {
        let text = "/* SPDX-License-Identifier: (GPL-2.0 WITH Linux-syscall-note) OR MIT */\n\
                    # spdx-license-identifier: apache-2.0 some words\n<!-- SPDX-License-Identifier: Nonsense -->\n";
        let found = tags(text);
        let read: Vec<(String, u32)> = found.iter().map(|t| (t.expr.to_string(), t.line)).collect();
        assert_eq!(
            read,
            [("GPL-2.0-only WITH Linux-syscall-note OR MIT".to_string(), 1), ("Apache-2.0".to_string(), 2)]
        );
    }
}
