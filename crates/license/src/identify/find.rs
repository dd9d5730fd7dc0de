//! Finds rules in a text: whole ones over their rarest words, long ones with gaps over shared shingles.

use std::collections::HashMap;

use super::index::{ANCHOR, Index, Kind, Rule, SHINGLE, UNKNOWN, key};
use super::query::Query;

/// A run of words that rule and text share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Run {
    /// First word in the text.
    pub(super) text: usize,
    /// First word in the rule.
    pub(super) rule: usize,
    /// Number of words.
    pub(super) length: usize,
}

/// A rule found in a text.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Match {
    /// Number of the rule.
    pub(super) number: u32,
    /// The rule.
    pub(super) rule: Rule,
    /// Runs in the order of the text; they never overlap in text or rule.
    pub(super) runs: Vec<Run>,
}

impl Match {
    /// First word in the text.
    pub(super) fn start(&self) -> usize {
        self.runs.first().map_or(0, |r| r.text)
    }

    /// The word behind the last one in the text.
    pub(super) fn end(&self) -> usize {
        self.runs.last().map_or(0, |r| r.text + r.length)
    }

    /// Number of shared words.
    pub(super) fn matched(&self) -> usize {
        self.runs.iter().map(|r| r.length).sum()
    }

    /// Share of the rule's words that were found, 0 to 1.
    pub(super) fn coverage(&self) -> f32 {
        self.matched() as f32 / f32::from(self.rule.length.max(1))
    }

    /// Share of the text's words between first and last that belong to the rule, 0 to 1.
    pub(super) fn density(&self) -> f32 {
        self.matched() as f32 / (self.end() - self.start()).max(1) as f32
    }

    /// Whether the whole rule stands there without a gap.
    pub(super) fn exact(&self) -> bool {
        self.runs.len() == 1 && self.runs[0].length == usize::from(self.rule.length)
    }
}

/// Rules that stand in the text whole and without a gap.
pub(super) fn whole(query: &Query<'_>, index: &Index<'_>) -> Vec<Match> {
    let ids = &query.ids;
    let mut found = Vec::new();
    for at in 0..ids.len() {
        for length in 1..=ANCHOR.min(ids.len() - at) {
            let words = &ids[at..at + length];
            if words[length - 1] == UNKNOWN {
                break;
            }
            for (number, offset) in index.anchored(words) {
                let rule = index.rule(number);
                let size = usize::from(rule.length);
                // A short anchor belongs to rules of that length only; the key holds its length.
                let Some(start) = at.checked_sub(offset).filter(|s| s + size <= ids.len()) else { continue };
                if index.tokens(&rule).begin(&ids[start..start + size]) {
                    found.push(Match {
                        number,
                        rule,
                        runs: vec![Run { text: start, rule: 0, length: size }],
                    });
                }
            }
        }
    }
    found
}

/// So many rules are aligned for one region at most.
const CANDIDATES: usize = 48;
/// So many seeds of one rule are used at most; a longer list only repeats.
const SEEDS: usize = 4096;
/// So often the same words may vote for rules.
const VOTES: u16 = 4;
/// So often the same words may seed an alignment.
const REPEATS: u16 = 200;
/// Between two runs the text may go its own way for so many words.
const GAP: usize = 120;

/// Rules that stand in the text with gaps. `free` says which words are still to be explained.
pub(super) fn near(query: &Query<'_>, index: &Index<'_>, free: &[bool]) -> Vec<Match> {
    let ids = &query.ids;
    if ids.len() < SHINGLE {
        return Vec::new();
    }
    // First pass: how many shingles each rule shares.
    let mut votes = vec![0u16; index.rules()];
    let mut touched: Vec<u32> = Vec::new();
    let usable = |at: usize| {
        ids[at..at + SHINGLE].iter().all(|i| *i != UNKNOWN) && free[at..at + SHINGLE].iter().any(|f| *f)
    };
    // A shingle that a text repeats without end says nothing new, but would cost as if it did.
    let mut repeated: HashMap<u32, u16> = HashMap::new();
    let mut places: Vec<usize> = Vec::new();
    let mut voting: Vec<usize> = Vec::new();
    for at in (0..=ids.len() - SHINGLE).filter(|at| usable(*at)) {
        let times = repeated.entry(key(&ids[at..at + SHINGLE])).or_default();
        *times = times.saturating_add(1);
        if *times <= VOTES {
            voting.push(at);
        }
        if *times <= REPEATS {
            places.push(at);
        }
    }
    for &at in &voting {
        for (number, _) in index.shingled(&ids[at..at + SHINGLE]) {
            let vote = &mut votes[number as usize];
            if *vote == 0 {
                touched.push(number);
            }
            *vote = vote.saturating_add(1);
        }
    }
    let mut ranked: Vec<(u32, u16, f32)> = touched
        .iter()
        .map(|&number| {
            let votes = votes[number as usize];
            let kept = f32::from(index.rule(number).shingles.max(1));
            (number, votes, (f32::from(votes) / kept).min(1.0))
        })
        .filter(|(_, votes, share)| *votes >= 12 || *share > 0.3)
        .collect();
    let mut chosen: Vec<u32> = Vec::new();
    let by_votes = |a: &(u32, u16, f32), b: &(u32, u16, f32)| {
        b.1.cmp(&a.1).then(b.2.total_cmp(&a.2)).then(a.0.cmp(&b.0))
    };
    let by_product = |a: &(u32, u16, f32), b: &(u32, u16, f32)| {
        (f32::from(b.1) * b.2).total_cmp(&(f32::from(a.1) * a.2)).then(a.0.cmp(&b.0))
    };
    ranked.sort_by(by_votes);
    chosen.extend(ranked.iter().take(CANDIDATES / 2).map(|r| r.0));
    ranked.sort_by(by_product);
    chosen.extend(ranked.iter().take(CANDIDATES).map(|r| r.0));
    // Short rules that are there nearly whole, wherever in the text.
    ranked.retain(|r| r.2 >= 0.65);
    ranked.sort_by(by_votes);
    chosen.extend(ranked.iter().take(CANDIDATES * 2).map(|r| r.0));
    chosen.sort_unstable();
    chosen.dedup();
    // Second pass: the places of the shared shingles, for the chosen rules only.
    let mut slot = vec![u32::MAX; index.rules()];
    for (i, number) in chosen.iter().enumerate() {
        slot[*number as usize] = i as u32;
    }
    let mut seeds: Vec<Vec<(usize, usize)>> = vec![Vec::new(); chosen.len()];
    for &at in &places {
        for (number, place) in index.shingled(&ids[at..at + SHINGLE]) {
            let slot = slot[number as usize];
            if slot != u32::MAX && seeds[slot as usize].len() < SEEDS {
                seeds[slot as usize].push((at, place));
            }
        }
    }
    let mut found = Vec::new();
    let mut tokens: Vec<u16> = Vec::new();
    for (&number, seeds) in chosen.iter().zip(&seeds) {
        let rule = index.rule(number);
        index.tokens(&rule).read(&mut tokens);
        found.extend(align(number, rule, seeds, &query.ids, &tokens));
    }
    found
}

/// Chains what rule and text share into matches; text that goes its own way for too long begins a new one.
fn align(number: u32, rule: Rule, seeds: &[(usize, usize)], ids: &[u16], tokens: &[u16]) -> Vec<Match> {
    // Grow every seed to the longest run on its diagonal.
    let mut runs: Vec<Run> = Vec::new();
    let mut by_diagonal: Vec<(isize, usize, usize)> =
        seeds.iter().map(|&(text, rule)| (text as isize - rule as isize, text, rule)).collect();
    by_diagonal.sort_unstable();
    let mut last: Option<(isize, usize)> = None;
    for (diagonal, text, place) in by_diagonal {
        if last.is_some_and(|(d, end)| d == diagonal && text < end) {
            continue;
        }
        let mut before = 0;
        while before < text && before < place && ids[text - before - 1] == tokens[place - before - 1] {
            before += 1;
        }
        let mut length = SHINGLE;
        while text + length < ids.len()
            && place + length < tokens.len()
            && ids[text + length] == tokens[place + length]
        {
            length += 1;
        }
        // Two different runs of words may share a key.
        if (0..SHINGLE).any(|i| ids[text + i] != tokens[place + i]) {
            continue;
        }
        last = Some((diagonal, text + length));
        runs.push(Run { text: text - before, rule: place - before, length: length + before });
    }
    if runs.is_empty() {
        return Vec::new();
    }
    runs.sort_unstable();
    runs.dedup();
    // A hostile text can make endless short runs; the long ones carry the match.
    if runs.len() > 400 {
        runs.sort_by_key(|r| (usize::MAX - r.length, r.text));
        runs.truncate(400);
        runs.sort_unstable();
    }
    let mut matches = Vec::new();
    let mut used = vec![false; runs.len()];
    for _ in 0..8 {
        let Some(chain) = best_chain(&runs, &used) else { break };
        for &i in &chain {
            used[i] = true;
        }
        let picked: Vec<Run> = chain.iter().map(|&i| runs[i]).collect();
        let runs = fill(trim(picked), tokens, ids);
        if runs.iter().map(|r| r.length).sum::<usize>() > SHINGLE {
            matches.push(Match { number, rule, runs });
        }
    }
    matches
}

/// The heaviest chain of runs that go forward in both text and rule without too wide a gap.
fn best_chain(runs: &[Run], used: &[bool]) -> Option<Vec<usize>> {
    let mut best: Vec<(i64, Option<usize>)> = vec![(0, None); runs.len()];
    let mut top: Option<usize> = None;
    for i in 0..runs.len() {
        if used[i] {
            continue;
        }
        let own = runs[i].length as i64;
        best[i] = (own, None);
        for j in 0..i {
            if used[j] || runs[j].rule >= runs[i].rule || runs[j].text >= runs[i].text {
                continue;
            }
            let end = (runs[j].text + runs[j].length, runs[j].rule + runs[j].length);
            let gap = runs[i].text.saturating_sub(end.0);
            if gap > GAP {
                continue;
            }
            let overlap = end.0.saturating_sub(runs[i].text).max(end.1.saturating_sub(runs[i].rule));
            if overlap >= runs[i].length {
                continue;
            }
            let skipped = runs[i].rule.saturating_sub(end.1);
            let cost = (gap + skipped) as i64 / 8;
            let weight = best[j].0 + own - overlap as i64 - cost;
            if weight > best[i].0 {
                best[i] = (weight, Some(j));
            }
        }
        if top.is_none_or(|t| best[i].0 > best[t].0) {
            top = Some(i);
        }
    }
    let mut chain = vec![top?];
    while let Some(before) = best[chain[chain.len() - 1]].1 {
        chain.push(before);
    }
    chain.reverse();
    Some(chain)
}

/// Cuts overlaps between neighbours off the later one.
fn trim(mut runs: Vec<Run>) -> Vec<Run> {
    for i in 1..runs.len() {
        let end = (runs[i - 1].text + runs[i - 1].length, runs[i - 1].rule + runs[i - 1].length);
        let overlap = end.0.saturating_sub(runs[i].text).max(end.1.saturating_sub(runs[i].rule));
        let overlap = overlap.min(runs[i].length);
        runs[i] = Run {
            text: runs[i].text + overlap,
            rule: runs[i].rule + overlap,
            length: runs[i].length - overlap,
        };
    }
    runs.retain(|r| r.length > 0);
    runs
}

/// Finds single words that stand in both gaps between two runs, in order, where the gaps are small; and words before
/// the first and behind the last run.
fn fill(runs: Vec<Run>, tokens: &[u16], ids: &[u16]) -> Vec<Run> {
    let mut filled: Vec<Run> = Vec::with_capacity(runs.len() * 2);
    let Some(first) = runs.first().copied() else { return runs };
    let head = first.rule.min(24);
    let before = first.text.min(head + 8);
    common((first.text - before, first.text), (first.rule - head, first.rule), tokens, ids, &mut filled);
    for (i, run) in runs.iter().enumerate() {
        if i > 0 {
            let end = (runs[i - 1].text + runs[i - 1].length, runs[i - 1].rule + runs[i - 1].length);
            common((end.0, run.text), (end.1, run.rule), tokens, ids, &mut filled);
        }
        filled.push(*run);
    }
    if let Some(last) = runs.last() {
        let end = (last.text + last.length, last.rule + last.length);
        let tail = (tokens.len() - end.1).min(24);
        let after = (ids.len() - end.0).min(tail + 8);
        common((end.0, end.0 + after), (end.1, end.1 + tail), tokens, ids, &mut filled);
    }
    filled
}

/// Longest common subsequence of two short spans, appended as runs.
fn common(text: (usize, usize), rule: (usize, usize), tokens: &[u16], ids: &[u16], into: &mut Vec<Run>) {
    let (n, m) = (text.1 - text.0, rule.1 - rule.0);
    if n == 0 || m == 0 || n > 160 || m > 160 {
        return;
    }
    let mut table = vec![0u16; (n + 1) * (m + 1)];
    for i in (0..n).rev() {
        for j in (0..m).rev() {
            table[i * (m + 1) + j] = if ids[text.0 + i] == tokens[rule.0 + j] && ids[text.0 + i] != UNKNOWN {
                table[(i + 1) * (m + 1) + j + 1] + 1
            } else {
                table[(i + 1) * (m + 1) + j].max(table[i * (m + 1) + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < n && j < m {
        if ids[text.0 + i] == tokens[rule.0 + j] && ids[text.0 + i] != UNKNOWN {
            let run = Run { text: text.0 + i, rule: rule.0 + j, length: 1 };
            match into.last_mut() {
                Some(last) if last.text + last.length == run.text && last.rule + last.length == run.rule => {
                    last.length += 1;
                }
                _ => into.push(run),
            }
            i += 1;
            j += 1;
        } else if table[(i + 1) * (m + 1) + j] >= table[i * (m + 1) + j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
}

/// Whether every span that has to be found whole was found whole.
pub(super) fn required_met(found: &Match, index: &Index<'_>) -> bool {
    index.required(&found.rule).all(|(first, last)| {
        // The span's words lie in runs that follow each other in the text without a gap.
        let mut expected_text: Option<usize> = None;
        let mut place = first;
        for run in &found.runs {
            while place >= run.rule && place < run.rule + run.length && place <= last {
                let text = run.text + (place - run.rule);
                if expected_text.is_some_and(|e| e != text) {
                    return false;
                }
                expected_text = Some(text + 1);
                place += 1;
            }
        }
        place > last
    })
}

/// The least coverage at which a rule that was found with gaps counts.
pub(super) fn least_coverage(rule: &Rule) -> f32 {
    let own = f32::from(rule.minimum_coverage) / 100.0;
    let length = rule.length;
    let usual = match rule.kind {
        Kind::Text if length > 600 => 0.12,
        Kind::Text if length > 120 => 0.5,
        Kind::Text => 0.65,
        _ if length > 200 => 0.4,
        _ if length > 60 => 0.55,
        _ => 0.7,
    };
    own.max(usual)
}
