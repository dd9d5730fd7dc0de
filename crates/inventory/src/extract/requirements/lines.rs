//! The lines of a requirements file as pip joins them, with their comments kept.

use licit_model::Found;

/// Lines that are read: two bytes make a requirement, so that a small file could ask for much memory. Real files have some
/// thousand.
const LINES: usize = 200_000;

/// A requirement or an option with everything that belongs to it.
pub(in crate::extract) struct Line<'t> {
    /// Without comments, continued lines joined.
    pub text: String,
    /// Where it begins, counted from 1.
    pub number: u32,
    /// Comments at its end and below it.
    pub comments: Vec<Comment<'t>>,
}

/// A comment without its `#`.
pub(in crate::extract) struct Comment<'t> {
    /// The words.
    pub text: &'t str,
    /// Whether it belongs to the line above: indented below it, or at its end.
    pub indented: bool,
}

/// Joins continued lines and parts them from their comments.
pub(in crate::extract) fn logical<'t>(text: &'t str, found: &mut Found) -> Vec<Line<'t>> {
    let mut lines: Vec<Line<'_>> = Vec::new();
    let mut continued = false;
    for (number, raw) in (1u32..).zip(text.lines()) {
        let (code, comment) = parted(raw);
        let (code, goes_on) = match code.trim_end().strip_suffix('\\') {
            Some(code) if comment.is_none() => (code, true),
            _ => (code, false),
        };
        // A comment alone on its line ends what was continued before it.
        let alone = code.trim().is_empty();
        let full = lines.len() == LINES;
        match lines.last_mut().filter(|_| continued) {
            Some(line) => {
                line.text.push(' ');
                line.text.push_str(code.trim());
            }
            None if alone => {}
            None if full => {
                found
                    .lost(Some(number), format!("has more than {LINES} requirements; the rest was left out"));
                break;
            }
            None => lines.push(Line { text: code.trim().to_string(), number, comments: Vec::new() }),
        }
        continued = goes_on && (continued || !alone);
        if let (Some(text), Some(line)) = (comment, lines.last_mut()) {
            let indented = !alone || raw.starts_with([' ', '\t']);
            line.comments.push(Comment { text, indented });
        }
    }
    lines
}

/// Parts a line from its comment: a `#` begins one at the line's begin and behind a blank only.
fn parted(raw: &str) -> (&str, Option<&str>) {
    let bytes = raw.as_bytes();
    let starts = |at: &usize| {
        bytes.get(*at) == Some(&b'#')
            && at.checked_sub(1).is_none_or(|before| bytes.get(before).is_some_and(u8::is_ascii_whitespace))
    };
    match (0..bytes.len()).find(starts) {
        Some(at) => (raw.get(..at).unwrap_or(raw), raw.get(at + 1..)),
        None => (raw, None),
    }
}

/// The values of `--hash`.
pub(super) fn hashes(options: &str) -> Vec<&str> {
    let mut hashes = Vec::new();
    let mut words = options.split_whitespace();
    while let Some(word) = words.next() {
        match word.strip_prefix("--hash") {
            Some("") => hashes.extend(words.next()),
            Some(value) => hashes.extend(value.strip_prefix('=')),
            None => {}
        }
    }
    hashes
}
