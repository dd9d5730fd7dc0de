//! Which licenses a text states: whole texts, notices, references and tags, each with its lines; and what was changed.
//!
//! *Invariant*: a known license with an added restriction is never answered as the plain license.

pub mod change;
pub mod clause;
mod compose;
pub mod copyright;
mod find;
pub mod index;
pub mod modified;
pub mod query;
mod refine;
pub mod spdx_tag;
pub mod tokens;

use std::collections::{HashMap, HashSet};

use crate::expression::Expr;
use compose::Part;
use find::Match;
use index::{GENERIC, Index, Kind};
use query::Query;
use serde::{Deserialize, Serialize};

/// What a text states.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Identified {
    /// Everything that was found, in the order of the text.
    pub found: Vec<Found>,
    /// All licenses of the text in one expression; none where it states none. A license that something was added to is
    /// named as `LicenseRef-licit-modified-…`.
    pub expression: Option<String>,
    /// Places that make a known license another one.
    pub changes: Vec<change::Change>,
    /// Other places where a text leaves its license, for a person to look at.
    pub hunks: Vec<change::Hunk>,
}

/// One statement of a license.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// SPDX expression.
    pub license: String,
    /// What sort of statement.
    pub kind: Kind,
    /// Share of the known text that is there, 0 to 1.
    pub score: f32,
    /// First and last line, counted from 1.
    pub lines: (u32, u32),
}

/// Identifies a text.
pub fn identify(text: &str) -> Identified {
    match index::embedded() {
        Some(index) => identify_with(text, index),
        None => Identified::default(),
    }
}

/// Bytes of a text that are looked at together. A longer text is cut into windows, so that memory stays small.
const WINDOW: usize = 1 << 20;
/// Neighbouring windows share so many bytes; what begins in a half of them is found in one window only, whole.
const OVERLAP: usize = 192 << 10;

/// Identifies a text with a given index.
pub fn identify_with(text: &str, index: &Index<'_>) -> Identified {
    if text.len() <= WINDOW + OVERLAP {
        return window(text, index, (0, text.len()), 0).0;
    }
    let mut all = Identified::default();
    let mut parts: Vec<Part> = Vec::new();
    let (mut start, mut lines, mut counted) = (0usize, 0u32, 0usize);
    loop {
        let end = boundary(text, (start + WINDOW + OVERLAP).min(text.len()));
        lines += text.as_bytes()[counted..start].iter().filter(|b| **b == b'\n').count() as u32;
        counted = start;
        let first = if start == 0 { 0 } else { OVERLAP / 2 };
        let last = if end == text.len() { end - start } else { end - start - OVERLAP / 2 };
        let (part, more) = window(&text[start..end], index, (first, last), lines);
        compose::append(&mut parts, more);
        all.found.extend(part.found);
        all.changes.extend(part.changes);
        all.hunks.extend(part.hunks);
        if end == text.len() {
            break;
        }
        start = boundary(text, end - OVERLAP);
    }
    all.expression = compose::compose(&parts, &all.changes);
    all
}

/// The nearest place at or before a byte where a character begins.
fn boundary(text: &str, at: usize) -> usize {
    (0..=at).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0)
}

/// So many statements of one license are listed for a window.
const REPEATED: usize = 2000;

/// Identifies one window. Only what begins between the bytes of `core` counts; `before` lines stand above it.
fn window(text: &str, index: &Index<'_>, core: (usize, usize), before: u32) -> (Identified, Vec<Part>) {
    let query = Query::new(text, index);
    let mut matches = find::whole(&query, index);
    let mut free = vec![true; query.len()];
    // What a whole license explains needs no second look; parts of licenses and generic words may belong to a text
    // that was changed.
    let explained =
        |m: &&Match| m.rule.kind == Kind::Text && m.rule.flags & GENERIC == 0 && m.matched() >= 100;
    for m in matches.iter().filter(explained) {
        free[m.start()..m.end()].iter_mut().for_each(|f| *f = false);
    }
    // Where whole licenses explain all but a title and a copyright line, nothing is left to be found with gaps.
    if free.iter().filter(|f| **f).count() >= 24 {
        matches.extend(find::near(&query, index, &free));
    }
    let mut kept = refine::refine(matches, &query, index);
    let inside = |at: usize| (core.0..core.1.max(1)).contains(&at);
    kept.retain(|m| inside(query.words[m.start()].start as usize));
    let mut parts: Vec<Part> = Vec::new();
    for m in kept.iter().filter(|m| answers(m)) {
        let license = family(plain(index.expression(m.rule.expression)), m, &query);
        if !license.is_empty() {
            let lines = query.lines(m.start(), m.end());
            let found = Found { license, kind: m.rule.kind, score: m.coverage().min(1.0), lines };
            parts.push(Part::of_match(found, m));
        }
    }
    // What a window says thousands of times it need not say again; the text is hostile, or a list without end.
    let mut times: HashMap<String, usize> = HashMap::new();
    parts.retain(|p| {
        let seen = times.entry(p.found.license.clone()).or_default();
        *seen += 1;
        *seen <= REPEATED || p.found.kind == Kind::Text
    });
    let tags = said_by_tags(text, &inside, &kept, &query, index);
    // A tag says it better than a rule that found a part of it.
    let lines: HashSet<u32> = tags.iter().map(|t| t.line).collect();
    parts.retain(|p| {
        let (first, last) = p.found.lines;
        first != last || !lines.contains(&first) || matches!(p.found.kind, Kind::Text | Kind::Notice)
    });
    for tag in tags {
        let lines = (tag.line, tag.line);
        let found = Found { license: tag.expr.to_string(), kind: Kind::Tag, score: 1.0, lines };
        parts.push(Part::of_span(found, &query, tag.span));
    }
    parts.sort_by(|Part { found: a, .. }, Part { found: b, .. }| {
        a.lines.cmp(&b.lines).then_with(|| a.license.cmp(&b.license))
    });
    parts.dedup_by(|a, b| a.found.license == b.found.license && a.found.lines == b.found.lines);
    let mut found: Vec<Found> = parts.iter().map(|p| p.found.clone()).collect();
    compose::read(&query, &mut parts);
    let (mut changes, mut hunks) =
        change::compare(&query, &kept, index, &|m| plain(index.expression(m.rule.expression)));
    let shift = |(first, last): (u32, u32)| (first + before, last + before);
    found.iter_mut().for_each(|f| f.lines = shift(f.lines));
    change::shift(&mut changes, &mut hunks, before);
    let expression = compose::compose(&parts, &changes);
    (Identified { found, expression, changes, hunks }, parts)
}

/// Tags that no rule knows better, one a line.
fn said_by_tags(
    text: &str,
    inside: &dyn Fn(usize) -> bool,
    kept: &[Match],
    query: &Query<'_>,
    index: &Index<'_>,
) -> Vec<spdx_tag::Tag> {
    /// Short rules that hold a tag and more begin so few words before it; long ones hardly overlap each other, so that
    /// only the last few that begin before it can hold it.
    const NEAR: usize = 256;
    const FEW: usize = 8;
    let mut order: Vec<&Match> = kept.iter().collect();
    order.sort_by_key(|m| m.start());
    let long: Vec<&Match> = order.iter().copied().filter(|m| m.end() - m.start() > NEAR).collect();
    let mut said: Vec<spdx_tag::Tag> = Vec::new();
    for tag in spdx_tag::tags(text).into_iter().filter(|t| inside(t.span.0)) {
        let word = query.words.partition_point(|w| (w.end as usize) <= tag.span.0);
        let last = query.words.partition_point(|w| (w.start as usize) < tag.span.1);
        let from = order.partition_point(|m| m.start() + NEAR < word);
        let to = order.partition_point(|m| m.start() < last.max(word + 1));
        // A rule that holds the whole tag and more knows better what it means, such as a list without operators.
        let within = |m: &Match| {
            let words = (query.words.get(m.start()), query.words.get(m.end().saturating_sub(1)));
            matches!(words, (Some(a), Some(b)) if a.start as usize <= tag.span.0 && b.end as usize >= tag.span.1 && m.exact())
        };
        let mut terms = tag.expr.terms().into_iter();
        let nobody_knows =
            terms.all(|t| t.id.starts_with("LicenseRef-") && !t.id.starts_with("LicenseRef-scancode-"));
        let on_its_line = |m: &Match| nobody_knows && query.lines(m.start(), m.end()) == (tag.line, tag.line);
        let before = long.partition_point(|m| m.start() <= word);
        let around = order[from..to].iter().chain(&long[before.saturating_sub(FEW)..before]);
        let known = around.filter(|m| within(m) || on_its_line(m)).any(|m| {
            let rule = plain(index.expression(m.rule.expression));
            answers(m) && Expr::parse(&rule).is_none_or(|e| e != tag.expr)
        });
        if !known {
            // Of two tags in one line the later one counts.
            if said.last().is_some_and(|t| t.line == tag.line) {
                said.pop();
            }
            said.push(tag);
        }
    }
    said
}

/// A name of the GPL that begins behind `Affero`, `Lesser` or `Library` is the tail of a longer name, which no rule holds.
fn family(license: String, m: &Match, query: &Query<'_>) -> String {
    if !license.starts_with("GPL-") || license.contains(' ') || m.start() == 0 {
        return license;
    }
    let before = query.slice(m.start() - 1, m.start());
    let longer = match before.to_ascii_lowercase().as_str() {
        "affero" => format!("A{license}"),
        "lesser" | "library" => format!("L{license}"),
        _ => return license,
    };
    if spdx::license_id(&longer).is_some() { longer } else { license }
}

/// Whether a match gives a license id.
fn answers(m: &Match) -> bool {
    m.rule.flags & GENERIC == 0 && !matches!(m.rule.kind, Kind::Intro | Kind::Clue | Kind::FalsePositive)
}

/// The expression without its generic parts, which are marked with `~`.
fn plain(expression: &str) -> String {
    if !expression.contains('~') {
        return expression.to_string();
    }
    let words: Vec<&str> = expression
        .split(|c: char| c.is_whitespace() || c == '(' || c == ')')
        .filter(|w| !w.is_empty() && !w.starts_with('~') && !matches!(*w, "AND" | "OR" | "WITH"))
        .collect();
    words.join(" AND ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(id: &str) -> &'static str {
        spdx::license_id(id).unwrap().text()
    }

    fn says(text: &str) -> String {
        identify(text).expression.unwrap_or_default()
    }

    /// Ids whose text another id shares, or that have none of their own.
    fn shares(id: &str) -> bool {
        ["invariants", "-RFN", "no-copyleft-exception", "Combined-Work", "any-OSI", "NOASSERTION", "Caldera"]
            .iter()
            .any(|w| id.contains(w))
    }

    #[test]
    fn every_spdx_text_is_itself() {
        let mut wrong = Vec::new();
        let mut count = 0;
        for (id, text) in spdx::text::LICENSE_TEXTS {
            let current = spdx::license_id(id).is_some_and(|l| !l.is_deprecated());
            if !current || shares(id) {
                continue;
            }
            count += 1;
            let said = says(text);
            if said != *id && said != id.replace("-or-later", "-only") {
                wrong.push(format!("{id}: {said}"));
            }
        }
        assert!(count > 650, "only {count} texts were read");
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    /// The same texts rewrapped, behind comment marks, cut at 60 %, and joined: floors that only rise.
    #[test]
    fn damaged_texts_are_still_known() {
        let (mut wrapped, mut commented, mut cut, mut joined, mut count) = (0, 0, 0, 0, 0);
        let mit = text("MIT");
        for (i, (id, text)) in spdx::text::LICENSE_TEXTS.iter().enumerate() {
            let current = spdx::license_id(id).is_some_and(|l| !l.is_deprecated());
            // Every fourth is enough to notice a change, and keeps the test quick.
            if i % 4 != 0 || !current || shares(id) || id.ends_with("-or-later") || says(text) != *id {
                continue;
            }
            count += 1;
            let words: Vec<&str> = text.split_whitespace().collect();
            let lines: Vec<String> = words.chunks(7).map(|w| w.join(" ")).collect();
            wrapped += usize::from(says(&lines.join("\n")) == *id);
            commented += usize::from(says(&format!(" * {}\n", lines.join("\n * "))) == *id);
            let kept = words.len() * 6 / 10;
            // A part is right as the license itself or as nothing, never as another license alone.
            let part = says(&words[..kept].join(" "));
            cut += usize::from(part.contains(id) || part.is_empty());
            let both = says(&format!("{text}\n\n-----\n\n{mit}"));
            joined += usize::from(both.contains(id) && both.contains("MIT"));
        }
        assert!(count > 120, "only {count} texts were tried");
        let share = |n: usize| n * 100 / count;
        let seen = [share(wrapped), share(commented), share(cut), share(joined)];
        assert!(seen[0] >= 99 && seen[1] >= 99 && seen[2] >= 80 && seen[3] >= 95, "{seen:?}");
    }

    #[test]
    fn an_added_restriction_is_never_the_plain_license() {
        let riders = [
            "The Software may not be used to train artificial intelligence models.",
            "The Software may only be used for non-commercial purposes.",
            "You may not sell the Software, or offer it as a paid service.",
            "If your annual revenue exceeds one million dollars you must obtain a commercial license.",
        ];
        for id in ["MIT", "BSD-3-Clause", "Apache-2.0", "ISC"] {
            let plain = text(id);
            assert_eq!(says(plain), id);
            for rider in riders {
                let middle = plain.len() / 2;
                let at = plain[..middle].rfind("\n\n").unwrap_or(0);
                for modified in [
                    format!("{plain}\n\n{rider}\n"),
                    format!("{}\n\n{rider}\n{}", &plain[..at], &plain[at..]),
                ] {
                    assert_ne!(says(&modified), id, "{id} with: {rider}");
                }
            }
        }
    }

    #[test]
    fn the_tail_of_a_longer_name_is_no_license_of_its_own() {
        assert_eq!(says("Dual Licensed - GNU AFFERO GPL 3.0 or Acme Commercial License"), "AGPL-3.0-only");
        assert_eq!(says("Licensed under the GNU AFFERO GPL 3.0"), "AGPL-3.0-only");
    }

    #[test]
    fn an_exception_belongs_to_the_license_before_it() {
        let exception = spdx::exception_id("LLVM-exception").unwrap().text();
        let both = format!(
            "{}\n\n---- LLVM Exceptions to the Apache 2.0 License ----\n\n{exception}",
            text("Apache-2.0")
        );
        assert_eq!(says(&both), "Apache-2.0 WITH LLVM-exception");
    }

    #[test]
    fn what_cannot_be_read_is_shown_for_review() {
        let mine = text("MIT").replace(
            "The above copyright notice",
            "Whoever builds a garden with the help of these files shall think of the author in spring.\n\n\
             The above copyright notice",
        );
        let identified = identify(&mine);
        assert_eq!(identified.expression.as_deref(), Some("MIT"));
        assert_eq!(identified.hunks.len(), 1, "{:?}", identified.hunks);
        assert_eq!(identified.hunks[0].kind, change::HunkKind::Added);
        assert!(identified.hunks[0].text.contains("garden"));
        assert!(identify(text("MIT")).hunks.is_empty());
    }

    #[test]
    fn a_copyright_line_changes_nothing() {
        let mine = text("MIT").replace("<year> <copyright holders>", "2026 Somebody Else & Sons, Inc.");
        assert_eq!(says(&mine), "MIT");
        assert_eq!(says("fn main() { println!(\"nothing legal here\"); }"), "");
    }

    #[test]
    fn a_long_text_is_read_in_windows() {
        let filler = "let x = compute(y); // nothing to see\n".repeat(40_000);
        let long = format!("{}\n{filler}\n{}\n{filler}", text("MIT"), text("ISC"));
        let found = identify(&long);
        assert_eq!(found.expression.as_deref(), Some("MIT AND ISC"));
        let isc = found.found.iter().find(|f| f.license == "ISC").unwrap();
        assert!(isc.lines.0 > 40_000, "{:?}", isc.lines);
    }
}
