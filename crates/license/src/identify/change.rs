//! What a text changes in the license that it otherwise is: every place where the two differ, classed, and read.
//!
//! Names, dates, spelling and the cutting of words change nothing and stay silent. A restriction that was added, and a
//! grant that was taken out, turn the license into another one ([`Change`]). Everything else that may matter, down to a
//! single `not`, is left to a person ([`Hunk`]).

use std::fmt;

use licit_model::Category;
use serde::{Deserialize, Serialize};

mod missing;
mod turn;

#[cfg(test)]
mod tests;

use super::clause::{self, ClauseHit};
use super::find::Match;
use super::index::{Index, Kind, Tokens, UNKNOWN};
pub use super::modified::base_of;
use super::query::Query;
use missing::{Lost, Standard};
use turn::{Gap, MANY, Turn, Turning};

/// How a change came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Effect {
    /// Clauses were added to the license.
    Added,
    /// Words that granted something were taken out of it.
    Removed,
    /// A sentence of the license says something else now.
    Altered,
}

impl Effect {
    /// The word in reports and documents.
    pub fn word(self) -> &'static str {
        match self {
            Effect::Added => "added",
            Effect::Removed => "removed",
            Effect::Altered => "altered",
        }
    }
}

/// A place that makes a known license another one. The terms of the changed license are those of the base and these.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// The license that was changed.
    pub base: String,
    /// How it was changed.
    pub effect: Effect,
    /// First and last line, counted from 1.
    pub lines: (u32, u32),
    /// The words that stand there, shortened; for a removed grant the words that are missing, introduced by `without`.
    pub text: String,
    /// What the change does: clauses that the text has and the license has not, with lines of the file; for a removed
    /// grant, that the act is not allowed.
    pub clauses: Vec<ClauseHit>,
}

impl Change {
    /// Whether it takes away something that the license allows; a judge then adds its clauses to the base's terms as
    /// prohibitions. One that does not adds duties only.
    pub fn restricts(&self) -> bool {
        self.effect == Effect::Removed || self.clauses.iter().any(restricts)
    }
}

/// Whether a clause limits what a license allows.
fn restricts(clause: &ClauseHit) -> bool {
    matches!(clause.category(), Some(Category::SourceAvailable | Category::Proprietary))
}

/// What sort of difference a hunk is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum HunkKind {
    /// A name, a date or a title where the license leaves room for one.
    Placeholder,
    /// Spelling, the cutting of words, or a few words that turn nothing.
    Typography,
    /// Names and addresses of somebody.
    Party,
    /// Words that the license has not.
    Added,
    /// Words of the license are missing.
    Removed,
    /// Other words than those of the license.
    Replaced,
    /// A negation, a modal, a limit or a price came or went.
    Modal,
    /// A time, a share, an amount or a version is another one.
    Number,
}

impl HunkKind {
    /// The word in reports and documents.
    pub fn word(self) -> &'static str {
        match self {
            HunkKind::Placeholder => "placeholder",
            HunkKind::Typography => "typography",
            HunkKind::Party => "party",
            HunkKind::Added => "added",
            HunkKind::Removed => "removed",
            HunkKind::Replaced => "replaced",
            HunkKind::Modal => "modal",
            HunkKind::Number => "number",
        }
    }

    /// Whether nobody has to look at it.
    pub fn is_silent(self) -> bool {
        matches!(self, HunkKind::Placeholder | HunkKind::Typography | HunkKind::Party)
    }
}

impl fmt::Display for HunkKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A place where a text leaves the license that it otherwise is, and that no restriction was read from: a person has to
/// look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hunk {
    /// The license.
    pub base: String,
    /// What sort of difference.
    pub kind: HunkKind,
    /// First and last line, counted from 1.
    pub lines: (u32, u32),
    /// The words that stand there, shortened.
    pub text: String,
    /// How many words of the license are missing there.
    pub missing: usize,
    /// The words that are missing, shortened; empty where the license's text is not at hand.
    pub missing_text: String,
    /// What it does, for a reader: `“not” is added`, `the duty to keep notices is missing`; empty where nothing was read.
    pub says: String,
    /// Duties that the added words hold.
    pub clauses: Vec<ClauseHit>,
}

/// Compares what was found with the licenses it was found for. `base` names the license of a match.
pub(super) fn compare(
    query: &Query<'_>,
    kept: &[Match],
    index: &Index<'_>,
    base: &dyn Fn(&Match) -> String,
) -> (Vec<Change>, Vec<Hunk>) {
    let (mut changes, mut hunks) = (Vec::new(), Vec::new());
    let texts: Vec<(&Match, String)> = kept
        .iter()
        .filter(|m| licenses(m))
        .map(|m| (m, base(m)))
        .filter(|(_, base)| !base.is_empty())
        .collect();
    // Most files are their license word for word, and need no table.
    let mut table: Option<Turning> = None;
    for (m, base) in &texts {
        let gaps = turn::gaps(m);
        if !gaps.is_empty() {
            let table = table.get_or_insert_with(|| Turning::new(index));
            let place = Place { query, index, m, base, tokens: index.tokens(&m.rule), table };
            place.compare(&gaps, &mut changes, &mut hunks);
        }
    }
    around(query, kept, &texts, &mut changes);
    // A restriction that was read says more than that the words differ.
    hunks.retain(|h| !changes.iter().any(|c| c.lines.0 <= h.lines.1 && h.lines.0 <= c.lines.1));
    (changes, hunks)
}

/// Moves the lines of changes and hunks to those of the file, where `before` lines stand above the part that was read.
pub(super) fn shift(changes: &mut [Change], hunks: &mut [Hunk], before: u32) {
    let shift = |lines: &mut (u32, u32)| *lines = (lines.0 + before, lines.1 + before);
    for change in changes {
        shift(&mut change.lines);
        change.clauses.iter_mut().for_each(|c| shift(&mut c.lines));
    }
    for hunk in hunks {
        shift(&mut hunk.lines);
        hunk.clauses.iter_mut().for_each(|c| shift(&mut c.lines));
    }
}

/// Whether a match is a license or a good part of one.
fn licenses(m: &Match) -> bool {
    matches!(m.rule.kind, Kind::Text | Kind::Notice) && m.matched() >= 30
}

/// Words around the licenses count where the file is mostly license: a rider has no other place.
fn around(query: &Query<'_>, kept: &[Match], texts: &[(&Match, String)], changes: &mut Vec<Change>) {
    let Some((_, first)) = texts.first() else { return };
    let covered: usize = kept.iter().map(Match::matched).sum();
    if covered * 10 < query.len() * 4 {
        return;
    }
    let (mut at, mut last) = (0, first);
    for (m, base) in texts {
        if m.start() > at {
            changes.extend(read(query, (at, m.start()), last, Effect::Added));
        }
        at = at.max(m.end());
        last = base;
    }
    changes.extend(read(query, (at, query.len()), last, Effect::Added));
}

/// Fewer words than this are a name or a number, and too few for a clause unless one of them has weight.
const FEW: usize = 5;
/// A price that moved by so many words within its sentence is the same price.
const MOVED: usize = 16;
/// So many words around an act are the list that it belongs to.
const LIST: usize = 30;
/// So many gaps of a match are searched for words that only moved; a hostile text has more.
const SEARCHED: usize = 16;

/// One match and what is needed to compare it.
struct Place<'p, 't, 'i> {
    query: &'p Query<'t>,
    index: &'p Index<'i>,
    m: &'p Match,
    base: &'p str,
    tokens: Tokens<'i>,
    table: &'p Turning,
}

impl Place<'_, '_, '_> {
    fn compare(&self, gaps: &[Gap], changes: &mut Vec<Change>, hunks: &mut Vec<Hunk>) {
        let mut standard: Option<Option<Standard>> = None;
        let mut searches = 0;
        let groups = turn::groups(gaps);
        let turns: Vec<Turn> = groups.iter().map(|group| self.turn(group)).collect();
        for (at, group) in groups.iter().enumerate() {
            let mut read_one = false;
            for gap in *group {
                let effect = if gap.missing() * 2 > gap.added() { Effect::Altered } else { Effect::Added };
                if let Some(change) = read(self.query, gap.text, self.base, effect) {
                    changes.push(change);
                    read_one = true;
                }
            }
            if read_one {
                continue;
            }
            let near = |other: usize| {
                let (a, b) = (groups[at.min(other)].last(), groups[at.max(other)].first());
                a.zip(b).is_some_and(|(a, b)| b.text.0 <= a.text.1 + MOVED)
            };
            let neighbours = [at.checked_sub(1), (at + 1 < groups.len()).then_some(at + 1)];
            let moved = neighbours.into_iter().flatten().any(|o| near(o) && turns[at].moved_to(&turns[o]));
            let turn = &turns[at];
            let missing = group.iter().map(Gap::missing).sum::<usize>();
            let worth = turn.is_modal() || !turn.acts_lost.is_empty() || missing >= 4;
            let standard = match worth {
                true => standard.get_or_insert_with(|| Standard::of(self.base, self.index)).as_ref(),
                false => None,
            };
            if missing > 0
                && let Some(standard) = standard
                && searches < SEARCHED
            {
                searches += 1;
                if let Some(change) = self.removed(group, turn, standard) {
                    changes.push(change);
                    continue;
                }
            }
            let long = group.iter().any(Gap::is_long);
            let span = group.first().zip(group.last()).map_or((0, 0), |(a, b)| (a.text.0, b.text.1));
            let own = standard.is_some_and(|s| s.holds(self.query, span));
            if !long && !moved && !own && (turn.is_modal() || turn.is_number()) {
                match self.altered(group, turn, standard) {
                    Some(change) => changes.push(change),
                    None => hunks.push(self.turned(group, turn, standard)),
                }
                continue;
            }
            // Notices are worded in many ways; only what turns them counts.
            if self.m.rule.kind != Kind::Text {
                continue;
            }
            if !long && let Some(hunk) = self.ungranted(group, turn, standard) {
                hunks.push(hunk);
                continue;
            }
            if self.m.matched() >= 60 {
                hunks.extend(group.iter().filter_map(|gap| self.sized(gap, standard)));
            }
        }
    }

    fn turn(&self, group: &[Gap]) -> Turn {
        let forces = self.m.rule.kind == Kind::Text;
        turn::turn(group, self.query, &self.tokens, self.index, self.table, forces)
    }

    /// Acts that are missing from a list of acts, where the standard text does not tell what was granted.
    fn ungranted(&self, group: &[Gap], turn: &Turn, standard: Option<&Standard>) -> Option<Hunk> {
        let span = (group.first()?.text.0, group.last()?.text.1);
        let told = standard.is_some_and(|s| group.iter().any(|g| s.locate(&self.tokens, g.rule).is_some()));
        if turn.acts_lost.is_empty() || told || !turn::among_acts(self.query, span, self.table) {
            return None;
        }
        let says = format!("“{}” is missing", turn.acts_lost.join(", "));
        Some(Hunk { kind: HunkKind::Removed, says, ..self.turned(group, turn, standard) })
    }

    /// What sort of difference a gap is by its size and its words.
    fn kind(&self, gap: &Gap) -> HunkKind {
        let (added, missing) = (gap.added(), gap.missing());
        // Names and code are words that no license holds.
        let ids = &self.query.ids[gap.text.0..gap.text.1];
        let known = ids.iter().filter(|i| **i != UNKNOWN).count();
        let party = missing < MANY && known * 10 < added * 4;
        match (added >= MANY, missing >= MANY) {
            (_, false) if party && !turn::weighs(self.query, gap.text, self.table) => HunkKind::Party,
            (true, true) => HunkKind::Replaced,
            (true, false) => HunkKind::Added,
            (false, true) => HunkKind::Removed,
            (false, false) if turn::is_spelling(gap, self.query, &self.tokens, self.index) => {
                HunkKind::Typography
            }
            (false, false) if turn::is_slot(gap, &self.tokens, self.table) => HunkKind::Placeholder,
            (false, false) => HunkKind::Typography,
        }
    }

    /// The hunk of a gap that is judged by its size; none where it is silent.
    fn sized(&self, gap: &Gap, standard: Option<&Standard>) -> Option<Hunk> {
        let kind = self.kind(gap);
        if kind.is_silent() {
            return None;
        }
        let clauses = clauses_of(self.query, gap.text);
        let place = standard.and_then(|s| s.locate(&self.tokens, gap.rule).map(|place| (s, place)));
        let lost = place.map(|(s, place)| s.sentences(place)).unwrap_or_default();
        let mut says: Vec<String> = Vec::new();
        for (lost, _) in &lost {
            let says_one = match lost {
                Lost::Grant(acts) => format!("the grant to {} is missing", acts.join(", ")),
                Lost::Duty(duty) => format!("{duty} is missing"),
                Lost::Disclaimer => "a disclaimer is missing".to_string(),
                Lost::Other => continue,
            };
            if !says.contains(&says_one) {
                says.push(says_one);
            }
        }
        says.extend(clauses.iter().map(|c| format!("{} is asked for", c.kind.word())));
        Some(Hunk {
            base: self.base.to_string(),
            kind,
            lines: self.lines(gap.text),
            text: shorten(self.query.slice(gap.text.0, gap.text.1)),
            missing: gap.missing(),
            missing_text: place.map(|(s, place)| shorten(&s.words(place))).unwrap_or_default(),
            says: says.join("; "),
            clauses,
        })
    }

    /// A grant that the standard text has and this one has not: a whole sentence of it, or one of its verbs.
    fn removed(&self, group: &[Gap], turn: &Turn, standard: &Standard) -> Option<Change> {
        // A text that leaves its license in many places is not that license less a grant.
        let (first, last) = (self.m.runs.first()?, self.m.runs.last()?);
        let aligned = self.m.matched() * 100 >= (last.rule + last.length - first.rule) * 80;
        let text = (group.first()?.text.0, group.last()?.text.1);
        let gap = group.iter().max_by_key(|g| g.missing())?;
        if !aligned || gap.missing() == 0 {
            return None;
        }
        let mut acts: Vec<&str> = Vec::new();
        let mut words = Vec::new();
        for gap in group.iter().filter(|g| g.missing() > 0) {
            let Some(place) = standard.locate(&self.tokens, gap.rule) else { continue };
            for (lost, _) in standard.sentences(place) {
                if let Lost::Grant(granted) = lost {
                    acts.extend(granted);
                }
            }
            if !turn.acts_lost.is_empty() && standard.grants(place) {
                acts.extend(turn.acts_lost.iter().map(String::as_str));
            }
            words.push(standard.words(place));
        }
        // The rule may be a variant that words it otherwise; then the acts have to be missing from a list of acts.
        if words.is_empty() && turn::among_acts(self.query, text, self.table) {
            let near = (text.0.saturating_sub(LIST), (text.1 + LIST).min(self.query.len()));
            let gone = |act: &&str| !turn::names_act(self.query, near, act) && standard.grants_act(act);
            acts.extend(turn.acts_lost.iter().map(String::as_str).filter(gone));
            words.push(acts.join(", "));
        }
        let around = (self.m.start(), self.m.end());
        if acts.is_empty()
            || gap.missing() >= FEW && missing::moved(self.query, &self.tokens, gap.rule, around)
        {
            return None;
        }
        acts.sort_unstable();
        acts.dedup();
        let (lines, words) = (self.lines(text), shorten(&words.join(" … ")));
        Some(Change {
            base: self.base.to_string(),
            effect: Effect::Removed,
            lines,
            text: format!("without “{words}”"),
            clauses: acts.iter().map(|act| missing::restriction(act, lines, &words)).collect(),
        })
    }

    /// A sentence whose turned words make it restrict what it did not restrict before.
    fn altered(&self, group: &[Gap], turn: &Turn, standard: Option<&Standard>) -> Option<Change> {
        if !turn.is_modal() {
            return None;
        }
        let span = (group.first()?.text.0, group.last()?.text.1);
        if span.0 == span.1 {
            // Only words of the license are missing; without them its sentence may say something else.
            return None;
        }
        let (text, line) = whole_lines(self.query, span.0, span.1);
        let offset = (text.as_ptr() as usize).checked_sub(self.query.text.as_ptr() as usize)?;
        // The same lines with the license's own words.
        let mut before = String::with_capacity(text.len());
        let mut at = 0;
        for gap in group {
            let word = |at: usize| self.query.words.get(at);
            let (Some(first), Some(last)) = (word(gap.text.0), word(gap.text.1.max(gap.text.0 + 1) - 1))
            else {
                continue;
            };
            let start = (first.start as usize).saturating_sub(offset);
            let end = if gap.added() == 0 { start } else { (last.end as usize).saturating_sub(offset) };
            before.push_str(text.get(at..start)?);
            if let Some(words) =
                standard.and_then(|s| s.locate(&self.tokens, gap.rule).map(|place| s.words(place)))
            {
                before.push_str(&words);
                before.push(' ');
            }
            at = end;
        }
        before.push_str(text.get(at..)?);
        let mut had: Vec<_> =
            clause::read(&before).into_iter().filter(restricts).map(|c| (c.kind, c.modality)).collect();
        let mut clauses = clauses_at(text, line);
        clauses.retain(|c| match had.iter().position(|h| *h == (c.kind, c.modality)) {
            Some(at) => {
                had.remove(at);
                false
            }
            None => restricts(c),
        });
        let change = Change {
            base: self.base.to_string(),
            effect: Effect::Altered,
            lines: self.lines(span),
            text: shorten(self.query.slice(span.0, span.1)),
            clauses,
        };
        (!change.clauses.is_empty()).then_some(change)
    }

    /// The hunk of a group that turns something.
    fn turned(&self, group: &[Gap], turn: &Turn, standard: Option<&Standard>) -> Hunk {
        let span = group.first().zip(group.last()).map_or((0, 0), |(a, b)| (a.text.0, b.text.1));
        let words: Vec<String> = group
            .iter()
            .filter_map(|g| standard.and_then(|s| s.locate(&self.tokens, g.rule).map(|place| s.words(place))))
            .collect();
        Hunk {
            base: self.base.to_string(),
            kind: if turn.is_modal() { HunkKind::Modal } else { HunkKind::Number },
            lines: self.lines(span),
            text: shorten(context(self.query, span)),
            missing: group.iter().map(Gap::missing).sum(),
            missing_text: shorten(&words.join(" … ")),
            says: turn.says(),
            clauses: Vec::new(),
        }
    }

    /// Lines of a span; of an empty one, those of the word behind it.
    fn lines(&self, (start, end): (usize, usize)) -> (u32, u32) {
        self.query.lines(start, end.max(start + 1).min(self.query.len()))
    }
}

/// A few words say nothing without their neighbours.
fn context<'t>(query: &Query<'t>, (start, end): (usize, usize)) -> &'t str {
    query.slice(start.saturating_sub(4), (end + 4).min(query.len()))
}

/// Reads added words; a change where they restrict.
fn read(query: &Query<'_>, span: (usize, usize), base: &str, effect: Effect) -> Option<Change> {
    let (start, end) = span;
    if end <= start || end - start < FEW {
        return None;
    }
    let clauses = clauses_of(query, span);
    clauses.iter().any(restricts).then(|| Change {
        base: base.to_string(),
        effect,
        lines: query.lines(start, end),
        text: shorten(query.slice(start, end)),
        clauses: clauses.into_iter().filter(restricts).collect(),
    })
}

/// Clauses of added words, read with the whole lines they stand in: a sentence may begin or end in the license's own.
fn clauses_of(query: &Query<'_>, (start, end): (usize, usize)) -> Vec<ClauseHit> {
    if end <= start || end - start < FEW {
        return Vec::new();
    }
    let (text, line) = whole_lines(query, start, end);
    clauses_at(text, line)
}

/// Clauses of a part of a file that begins at a line.
fn clauses_at(text: &str, line: u32) -> Vec<ClauseHit> {
    let mut clauses = clause::read(text);
    for clause in &mut clauses {
        clause.lines = (clause.lines.0 + line - 1, clause.lines.1 + line - 1);
    }
    clauses
}

/// The lines of a span of words, from their beginnings to their ends, and the number of the first.
fn whole_lines<'t>(query: &Query<'t>, start: usize, end: usize) -> (&'t str, u32) {
    let (Some(first), Some(last)) = (query.words.get(start), query.words.get(end - 1)) else {
        return ("", 1);
    };
    let line = first.line;
    let (first, last) = (first.start as usize, last.end as usize);
    let begin = query.text.get(..first).and_then(|t| t.rfind('\n')).map_or(0, |at| at + 1);
    let stop = query.text.get(last..).and_then(|t| t.find('\n')).map_or(query.text.len(), |at| last + at);
    // A text without line breaks is cut near the span, so that a hostile one costs no more than others.
    let begin = begin.max(first.saturating_sub(600));
    let stop = stop.min(last + 600);
    let begin = (begin..=first).find(|at| query.text.is_char_boundary(*at)).unwrap_or(first);
    let stop = (last..=stop).rev().find(|at| query.text.is_char_boundary(*at)).unwrap_or(last);
    (query.text.get(begin..stop).unwrap_or(""), line)
}

fn shorten(text: &str) -> String {
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(240) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}
