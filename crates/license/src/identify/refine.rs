//! Chooses among found rules the ones that explain the text: the longest explanation of a place wins.

use super::find::{Match, least_coverage, required_met};
use super::index::{CANONICAL, CONTINUOUS, Index, Kind, UNKNOWN};
use super::query::Query;
use super::tokens;

/// Brings all matches to the ones that count, in the order of the text.
pub(super) fn refine(mut matches: Vec<Match>, query: &Query<'_>, index: &Index<'_>) -> Vec<Match> {
    let telling = telling(index);
    matches.retain(|m| credible(m, query, index, &telling));
    let mut kept = choose(matches, query, index);
    false_positives(&mut kept);
    titles(&mut kept, query);
    bare_names(&mut kept, index);
    kept.retain(|m| !matches!(m.rule.kind, Kind::FalsePositive));
    kept.sort_by_key(|m| (m.start(), m.end(), m.number));
    kept
}

pub(super) fn credible(found: &Match, query: &Query<'_>, index: &Index<'_>, telling: &[u16]) -> bool {
    if found.exact() {
        return true;
    }
    if found.rule.flags & CONTINUOUS != 0 || found.coverage() < least_coverage(&found.rule) {
        return false;
    }
    if found.density() < 0.45 || !required_met(found, index) {
        return false;
    }
    // A small part of a long text needs many words of its own to mean anything.
    if found.coverage() < 0.5 && found.matched() < 200 {
        return false;
    }
    // A short notice that differs in a telling word is another notice.
    let (missing, added) = told(found, query, index, telling);
    let notice = found.rule.kind != Kind::Text && found.rule.length <= 300;
    if missing + added > 0 && (notice || found.rule.length <= 40) {
        return false;
    }
    // Scattered single words are no text.
    let longest = found.runs.iter().map(|r| r.length).max().unwrap_or(0);
    let lines = query.lines(found.start(), found.end());
    longest >= 8 && (lines.1 - lines.0) as usize <= found.matched() * 3 + 40
}

/// Words that tell sibling licenses apart: versions, `later`, `only` and the like.
const TELLING: &[&str] = &[
    "1",
    "2",
    "3",
    "4",
    "5",
    "0",
    "v1",
    "v2",
    "v3",
    "v4",
    "later",
    "only",
    "lesser",
    "library",
    "affero",
    "not",
    "noncommercial",
    "non",
    "commercial",
    "advertising",
    "military",
    "nuclear",
    "evil",
    "invariant",
];

/// Numbers of the telling words.
pub(super) fn telling(index: &Index<'_>) -> Vec<u16> {
    let mut ids: Vec<u16> =
        TELLING.iter().map(|w| index.word(tokens::hash(w))).filter(|i| *i != UNKNOWN).collect();
    ids.sort_unstable();
    ids
}

/// Telling words between first and last run that only the rule or only the text has.
fn told(m: &Match, query: &Query<'_>, index: &Index<'_>, telling: &[u16]) -> (usize, usize) {
    if m.exact() {
        return (0, 0);
    }
    let rule = index.tokens(&m.rule);
    let (mut missing, mut added) = (0, 0);
    for pair in m.runs.windows(2) {
        let text = pair[0].text + pair[0].length..pair[1].text;
        added += query.ids[text].iter().filter(|i| telling.binary_search(i).is_ok()).count();
        let gap = pair[0].rule + pair[0].length..pair[1].rule;
        missing += gap.filter(|at| telling.binary_search(&rule.get(*at)).is_ok()).count();
    }
    // A text may be cut off; a notice that lacks its end lacks what it says there.
    if let (true, Some(first), Some(last)) = (m.rule.kind != Kind::Text, m.runs.first(), m.runs.last()) {
        let outside = (0..first.rule).chain(last.rule + last.length..rule.len());
        missing += outside.filter(|at| telling.binary_search(&rule.get(*at)).is_ok()).count();
    }
    (missing, added)
}

/// How well a match explains its place; more is better.
pub(super) fn weight(m: &Match, query: &Query<'_>, index: &Index<'_>, telling: &[u16]) -> f32 {
    let matched = m.matched() as f32;
    let (first, last) = match (m.runs.first(), m.runs.last()) {
        (Some(first), Some(last)) => (first.rule, last.rule + last.length),
        _ => return 0.0,
    };
    let inner = (last - first) as f32 - matched;
    // What is missing before and behind may have been cut off; what is missing inside was changed.
    let outer = f32::from(m.rule.length) - (last - first) as f32;
    let inserted = (m.end() - m.start()) as f32 - matched;
    let (missing, added) = told(m, query, index, telling);
    let cut_off = m.rule.length > 600 && m.end() + 8 >= query.len();
    let outside = if cut_off { 0.05 } else { 0.2 };
    let mut weight = matched - 0.35 * inner - outside * outer.min(matched) - 0.25 * inserted;
    weight -= 4.0 * missing as f32 + 3.0 * added as f32;
    if m.exact() {
        weight += 0.5 + f32::from(m.rule.relevance) / 1000.0;
    }
    if m.rule.flags & CANONICAL != 0 {
        weight += 0.25;
    }
    weight
}

/// Takes the heaviest matches first; a lighter one stays only where it explains words of its own.
fn choose(mut matches: Vec<Match>, query: &Query<'_>, index: &Index<'_>) -> Vec<Match> {
    let telling = telling(index);
    let mut weighed: Vec<(f32, Match)> =
        matches.drain(..).map(|m| (weight(&m, query, index, &telling), m)).collect();
    weighed.sort_by(|(a, x), (b, y)| {
        b.total_cmp(a)
            .then(x.start().cmp(&y.start()))
            .then(x.rule.kind.cmp(&y.rule.kind))
            .then(x.number.cmp(&y.number))
    });
    let mut kept: Vec<Match> = Vec::new();
    // By word: the match that holds it, and the match between whose first and last word it lies; 0 is nobody.
    let mut holder = vec![0u32; query.len()];
    let mut around = vec![0u32; query.len()];
    for (_, m) in weighed {
        if stays(&m, &kept, &holder, &around) {
            kept.push(m.clone());
            let name = kept.len() as u32;
            for run in &m.runs {
                holder[run.text..run.text + run.length].fill(name);
            }
            for word in around[m.start()..m.end()].iter_mut().filter(|w| **w == 0) {
                *word = name;
            }
        }
    }
    kept
}

/// Whether a match explains words that no heavier one does.
fn stays(m: &Match, kept: &[Match], holder: &[u32], around: &[u32]) -> bool {
    let size = m.matched();
    let mut held = 0;
    // Few heavier matches can reach into the words of one match.
    let mut others: Vec<(u32, usize)> = Vec::new();
    for run in &m.runs {
        for &name in &holder[run.text..run.text + run.length] {
            if name != 0 {
                held += 1;
                match others.iter().position(|(n, _)| *n == name) {
                    Some(at) => others[at].1 += 1,
                    None if others.len() < 16 => others.push((name, 1)),
                    None => {}
                }
            }
        }
    }
    for name in [around[m.start()], around[m.end() - 1]] {
        if name != 0 && !others.iter().any(|(n, _)| *n == name) {
            others.push((name, 0));
        }
    }
    for (name, inside) in others {
        let k = &kept[name as usize - 1];
        // Inside a text that is there whole, names of other licenses are part of that text.
        let within = m.start() >= k.start() && m.end() <= k.end();
        // A short name that reaches into a long text is part of its title.
        let title = inside > 0 && size <= 6 && k.matched() > size * 8;
        if title || within && (inside * 2 >= size || (k.coverage() > 0.9 && k.matched() > size * 4)) {
            return false;
        }
    }
    held * 10 < size * 4
}

/// Removes names that are only the title of the text that follows.
fn titles(kept: &mut Vec<Match>, query: &Query<'_>) {
    let mut texts: Vec<(usize, u32)> = kept
        .iter()
        .filter(|m| m.rule.kind == Kind::Text && m.matched() > 60 && m.coverage() > 0.8)
        .map(|m| (m.start(), query.lines(m.start(), m.end()).0))
        .collect();
    texts.sort_unstable();
    kept.retain(|m| {
        let name = m.rule.kind == Kind::Reference && m.matched() <= 5;
        // Only the text that begins next can have this title.
        let next = texts.partition_point(|(start, _)| *start < m.end());
        let Some((start, line)) = texts.get(next).filter(|_| name) else { return true };
        let last = query.lines(m.start(), m.end()).1;
        !(start - m.end() <= 6 && line - last.min(*line) <= 4)
    });
}

/// Removes a family's bare name where another statement says which member is meant.
fn bare_names(kept: &mut Vec<Match>, index: &Index<'_>) {
    const FAMILIES: [(&str, &str); 4] = [
        ("GPL-1.0-or-later", "GPL-"),
        ("LGPL-2.0-or-later", "LGPL-"),
        ("AGPL-1.0-or-later", "AGPL-"),
        ("GFDL-1.1-or-later", "GFDL-"),
    ];
    let words = |n: &str, prefix: &str, bare: &str| {
        n.split(|c: char| c.is_whitespace() || c == '(' || c == ')')
            .any(|w| w.starts_with(prefix) && w != bare)
    };
    // By family: whether a member is named at all, and the ends of its names in order.
    let mut members: [Vec<usize>; FAMILIES.len()] = Default::default();
    for m in kept.iter().filter(|m| m.rule.length > 2) {
        let expression = index.expression(m.rule.expression);
        for ((bare, prefix), ends) in FAMILIES.iter().zip(&mut members) {
            if words(expression, prefix, bare) {
                ends.push(m.end());
            }
        }
    }
    members.iter_mut().for_each(|ends| ends.sort_unstable());
    kept.retain(|m| {
        let expression = index.expression(m.rule.expression);
        let Some(family) = FAMILIES.iter().position(|(bare, _)| *bare == expression) else { return true };
        let ends = &members[family];
        // The rest of a notice stands close behind its beginning; a bare name may stand anywhere.
        let before = ends.partition_point(|end| *end <= m.start());
        let near = m.rule.kind == Kind::Notice && before > 0 && m.start() - ends[before - 1] <= 4;
        !(near || m.rule.length <= 1 && !ends.is_empty())
    });
}

/// Removes what stands inside words that only look like a license statement.
fn false_positives(kept: &mut Vec<Match>) {
    let mut lies: Vec<(usize, usize)> =
        kept.iter().filter(|m| m.rule.kind == Kind::FalsePositive).map(|m| (m.start(), m.end())).collect();
    lies.sort_unstable();
    // The farthest end of all that begin at or before a place decides whether one of them reaches over a match.
    let mut farthest = 0;
    for (_, end) in &mut lies {
        farthest = farthest.max(*end);
        *end = farthest;
    }
    kept.retain(|m| {
        let before = lies.partition_point(|(start, _)| *start <= m.start());
        m.rule.kind == Kind::FalsePositive || before == 0 || lies[before - 1].1 < m.end()
    });
}
