//! Turns the words of names into holders: one string each, without addresses and sentence marks.

use super::reading::{Reading, is_abbreviation};
use super::token::{Kind, Token};
use super::vocabulary as words;
use super::vocabulary::listed;

/// What stands before a part of the list of holders.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Gap {
    /// Years, an address, a line: what follows is another holder.
    Hard,
    Comma,
    /// "and", or "&" where `ampersand` is set.
    And {
        comma: bool,
        ampersand: bool,
    },
}

struct Part<'t> {
    gap: Gap,
    /// The "and" is an "und".
    german: bool,
    words: Vec<&'t str>,
}

/// The holders that a reading names.
pub(super) fn holders(reading: &Reading, tokens: &[Token<'_>]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    // The last word of the last holder and whether the holder is one word that a comma set apart.
    let mut lone_town = false;
    for part in parts(reading, tokens) {
        let text = part.words.join(" ");
        let all = part.words.iter().all(|w| listed(words::COMPANIONS, w.trim_end_matches('.')));
        let companion = all || part.words.len() > 1 && part.words[0].eq_ignore_ascii_case("other");
        let name = text.trim_end_matches('.');
        let state = name.len() == 2 && name.bytes().all(|b| b.is_ascii_uppercase());
        let place = part.words.len() <= 1 && (state || listed(words::PLACES, name));
        let suffixed = part.words.first().is_some_and(|w| listed(words::SUFFIXES, w.trim_end_matches('.')));
        let Some(last) = found.last_mut() else {
            found.push(text);
            continue;
        };
        let joint = match part.gap {
            // Brackets explain the holder before them.
            Gap::Comma | Gap::Hard if text.starts_with('(') => Some(" "),
            Gap::Hard if companion => Some(" "),
            Gap::Hard => None,
            Gap::Comma if suffixed || place || companion || is_unit(last) && is_body(&text) => Some(", "),
            Gap::Comma => None,
            Gap::And { comma, .. } if companion => Some(if comma { ", and " } else { " and " }),
            Gap::And { ampersand: true, .. } if suffixed => Some(" & "),
            Gap::And { ampersand: true, comma: false } if part.words.len() < 2 || !last.contains(' ') => {
                Some(" & ")
            }
            Gap::And { ampersand: false, comma: false } if is_field(last) => {
                Some(if part.german { " und " } else { " and " })
            }
            Gap::And { .. } => None,
        };
        match joint {
            Some(joint) => {
                last.push_str(joint);
                last.push_str(&text);
                // "Foo Bar, Worcester, UK": the town was taken for a holder.
                if place && lone_town && found.len() > 1 {
                    let town = found.pop().unwrap_or_default();
                    if let Some(last) = found.last_mut() {
                        last.push_str(", ");
                        last.push_str(&town);
                    }
                }
                lone_town = false;
            }
            None => {
                lone_town = part.gap == Gap::Comma && part.words.len() <= 2;
                found.push(text);
            }
        }
    }
    let mut unique: Vec<String> = Vec::new();
    for holder in found.iter().map(|h| tidy(h)).filter(|h| h.chars().any(char::is_alphanumeric)) {
        if !unique.iter().any(|h| h == holder) {
            unique.push(holder.to_owned());
        }
    }
    unique
}

/// Whether the last word names a field of an institute, so that "and" names another field of it.
fn is_field(holder: &str) -> bool {
    holder.rsplit(' ').next().is_some_and(|w| listed(words::FIELDS, w))
}

/// A part of an institute.
fn is_unit(holder: &str) -> bool {
    holder
        .split(' ')
        .any(|w| listed(&["department", "dept.", "dept", "division", "faculty", "laboratory", "school"], w))
}

/// An institute that such a part belongs to.
fn is_body(holder: &str) -> bool {
    holder
        .split(' ')
        .any(|w| listed(&["university", "universität", "université", "institute", "college", "academy"], w))
}

fn parts<'t>(reading: &Reading, tokens: &[Token<'t>]) -> Vec<Part<'t>> {
    let mut parts: Vec<Part<'t>> = Vec::new();
    let mut current = Part { gap: Gap::Hard, german: false, words: Vec::new() };
    for entry in &reading.names {
        let Some(token) = entry.and_then(|i| tokens.get(i)) else {
            end(&mut parts, &mut current, Gap::Hard);
            continue;
        };
        let ampersand = matches!(token.text, "&" | "+");
        if ampersand || ["and", "und"].contains(&token.core().to_ascii_lowercase().as_str()) {
            let comma = current.words.is_empty() && current.gap == Gap::Comma;
            end(&mut parts, &mut current, Gap::And { comma, ampersand });
            current.german = token.core().eq_ignore_ascii_case("und");
            continue;
        }
        let text = match token.kind {
            Kind::Square => token.inner(),
            Kind::Round => token.text.trim_end_matches([',', ';', ':', '.']),
            _ => token.text.trim_matches([',', ';', ':', '_', '*', '“', '”', '‘']).trim_end_matches('’'),
        };
        current.words.extend(text.split(' ').filter(|w| !w.is_empty()));
        if token.text.ends_with([',', ';']) {
            end(&mut parts, &mut current, Gap::Comma);
        }
    }
    end(&mut parts, &mut current, Gap::Hard);
    parts
}

/// Ends a part, without the small words that no name ends with.
fn end<'t>(parts: &mut Vec<Part<'t>>, current: &mut Part<'t>, gap: Gap) {
    while current.words.first().is_some_and(|w| ["of", "for", "in", "to", "from", "at", "/"].contains(w)) {
        current.words.remove(0);
    }
    while current
        .words
        .last()
        .is_some_and(|w| ["of", "the", "or", "for", "in", "to", "de", "/", "et"].contains(w))
    {
        current.words.pop();
    }
    if current.words.is_empty() {
        // The first separator says most, but "and" behind a comma says more.
        if current.gap != Gap::Hard || matches!(gap, Gap::And { .. }) {
            current.gap = if gap == Gap::Comma && current.gap != Gap::Hard { current.gap } else { gap };
        }
        return;
    }
    let ended = std::mem::replace(current, Part { gap, german: false, words: Vec::new() });
    parts.push(ended);
}

/// The holder without quotes and dots of sentences; the dot of "Inc." stays.
fn tidy(holder: &str) -> &str {
    let mut text = holder;
    loop {
        let before = text.len();
        text = text.trim_matches(|c: char| c.is_whitespace() || ",;:|-–—/".contains(c));
        let last = text.rsplit([' ', ',']).next().unwrap_or(text);
        let core = last.trim_end_matches('.');
        if last.len() > core.len() && (!is_abbreviation(core) || last.len() - core.len() > 1) {
            text = &text[..text.len() - 1];
        }
        for (open, close) in [('"', '"'), ('\'', '\''), ('(', ')')] {
            let inner = text.strip_prefix(open).and_then(|t| t.strip_suffix(close));
            text = inner.filter(|t| !t.contains(open)).unwrap_or(text);
            if text.matches(open).count() + text.matches(close).count() == 1 && open != '\'' {
                text = text.trim_matches([open, close]);
            }
        }
        if text.len() == before {
            return text;
        }
    }
}
