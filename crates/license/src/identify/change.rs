//! What was added to a known text: the hunks between and around its words, and the clauses in them.
//!
//! A hunk that only holds names, dates, addresses or numbering changes nothing. One that restricts turns the license
//! into another one. One that cannot be read is left to a person.

use licit_model::Category;

use super::clause::{self, ClauseHit};
use super::find::Match;
use super::index::{Kind, UNKNOWN};
use super::query::Query;

/// A text that was added to a known license.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The license that it was added to.
    pub base: String,
    /// First and last line, counted from 1.
    pub lines: (u32, u32),
    /// The words, shortened.
    pub text: String,
    /// Clauses that restrict what the license allows.
    pub clauses: Vec<ClauseHit>,
}

/// A place where a text leaves the license that it otherwise is, and that no clause was read from: a person has to look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hunk {
    /// The license.
    pub base: String,
    /// `added`, `removed` or `replaced`.
    pub kind: &'static str,
    /// First and last line, counted from 1.
    pub lines: (u32, u32),
    /// The words that stand there, shortened.
    pub text: String,
    /// How many words of the license are missing there.
    pub missing: usize,
}

/// Fewer words than this are a placeholder, a name, a number or typography.
const MANY: usize = 8;

/// Hunks of license texts for a person to look at.
pub(super) fn hunks(
    query: &Query<'_>,
    kept: &[Match],
    changes: &[Change],
    base: &dyn Fn(&Match) -> String,
) -> Vec<Hunk> {
    let mut hunks = Vec::new();
    for m in kept.iter().filter(|m| m.rule.kind == Kind::Text && m.matched() >= 60 && !base(m).is_empty()) {
        for pair in m.runs.windows(2) {
            let (start, end) = (pair[0].text + pair[0].length, pair[1].text);
            let (added, missing) = (end - start, pair[1].rule - (pair[0].rule + pair[0].length));
            let kind = match (added >= MANY, missing >= MANY) {
                (true, true) => "replaced",
                (true, false) => "added",
                (false, true) => "removed",
                (false, false) => continue,
            };
            // Names and code are words that no license holds.
            let known = query.ids[start..end].iter().filter(|i| **i != UNKNOWN).count();
            let party = missing < MANY && known * 10 < added * 4;
            let lines = query.lines(start, end.max(start + 1).min(query.len()));
            let told = changes.iter().any(|c| c.lines.0 <= lines.1 && lines.0 <= c.lines.1);
            if !party && !told {
                hunks.push(Hunk {
                    base: base(m),
                    kind,
                    lines,
                    text: shorten(query.slice(start, end)),
                    missing,
                });
            }
        }
    }
    hunks
}

fn shorten(text: &str) -> String {
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(240) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}

/// Fewer words than this are a name or a number.
const FEW: usize = 5;

/// Restricting text in and around the licenses that were found. `base` names the license of a match.
pub(super) fn changes(query: &Query<'_>, kept: &[Match], base: &dyn Fn(&Match) -> String) -> Vec<Change> {
    let texts: Vec<&Match> = kept.iter().filter(|m| licenses(m) && !base(m).is_empty()).collect();
    let Some(first) = texts.first() else { return Vec::new() };
    let covered: usize = kept.iter().map(Match::matched).sum();
    let mut changes = Vec::new();
    // Words between the runs of a license.
    for m in &texts {
        for pair in m.runs.windows(2) {
            read(query, (pair[0].text + pair[0].length, pair[1].text), &base(m), &mut changes);
        }
    }
    // Words around the licenses count where the file is mostly license: a rider has no other place.
    if covered * 10 >= query.len() * 4 {
        let mut at = 0;
        let mut last = *first;
        for m in &texts {
            if m.start() > at {
                read(query, (at, m.start()), &base(last), &mut changes);
            }
            at = at.max(m.end());
            last = m;
        }
        read(query, (at, query.len()), &base(last), &mut changes);
    }
    changes
}

/// Whether a match is a license or a good part of one.
fn licenses(m: &Match) -> bool {
    matches!(m.rule.kind, Kind::Text | Kind::Notice) && m.matched() >= 30
}

fn read(query: &Query<'_>, span: (usize, usize), base: &str, changes: &mut Vec<Change>) {
    let (start, end) = span;
    if end <= start || end - start < FEW {
        return;
    }
    // A clause is read with the whole lines it stands in: its sentence may begin or end in the license's own words.
    let text = whole_lines(query, start, end);
    let clauses: Vec<ClauseHit> = clause::read(text)
        .into_iter()
        .filter(|c| matches!(c.category(), Some(Category::SourceAvailable | Category::Proprietary)))
        .collect();
    if clauses.is_empty() {
        return;
    }
    changes.push(Change {
        base: base.to_string(),
        lines: query.lines(start, end),
        text: shorten(query.slice(start, end)),
        clauses,
    });
}

/// The lines of a span of words, from their beginnings to their ends.
fn whole_lines<'t>(query: &Query<'t>, start: usize, end: usize) -> &'t str {
    let (Some(first), Some(last)) = (query.words.get(start), query.words.get(end - 1)) else { return "" };
    let (first, last) = (first.start as usize, last.end as usize);
    let begin = query.text.get(..first).and_then(|t| t.rfind('\n')).map_or(0, |at| at + 1);
    let stop = query.text.get(last..).and_then(|t| t.find('\n')).map_or(query.text.len(), |at| last + at);
    // A text without line breaks is cut near the span, so that a hostile one costs no more than others.
    let begin = begin.max(first.saturating_sub(600));
    let stop = stop.min(last + 600);
    let begin = (begin..=first).find(|at| query.text.is_char_boundary(*at)).unwrap_or(first);
    let stop = (last..=stop).rev().find(|at| query.text.is_char_boundary(*at)).unwrap_or(last);
    query.text.get(begin..stop).unwrap_or("")
}
