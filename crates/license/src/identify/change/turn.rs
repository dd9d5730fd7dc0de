//! Words that turn the meaning of a license's sentence, however few they are: negations, modals, limits, money, numbers.
//!
//! Text and rule are compared by what their words mean and not by order or spelling: "shall" for "must", "cannot" for
//! "may not", "non-infringement" for "noninfringement" and words that only moved change nothing.

use std::sync::OnceLock;

use crate::identify::find::Match;
use crate::identify::index::{Index, Tokens, UNKNOWN};
use crate::identify::query::Query;
use crate::identify::tokens;

/// Gaps this long on either side are judged by their size and by the grammar, not word by word.
pub(super) const MANY: usize = 8;
/// Runs this short between two gaps are chance: the gaps are read together.
const BRIDGE: usize = 2;

/// What sort of weight a word has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    /// It counts wherever it stands.
    Turning,
    /// It commands or allows; it counts in texts, and not in notices, which are worded in many ways.
    Force,
    /// It may stand for a modal and mean nothing by itself.
    Soft,
    /// It counts unless it is capitalised as in a name.
    Common,
    /// A number word; it counts beside a unit.
    Number,
    /// What numbers that matter are counted in.
    Unit,
    /// An act that a license grants; it counts where it is missing.
    Act,
    /// A word that stands for a name or a date which the user fills in.
    Slot,
}

/// Spelling, what it means (several words for a contraction), and its weight.
const WORDS: &[(&str, &str, Sort)] = &[
    ("not", "not", Sort::Turning),
    ("no", "not", Sort::Turning),
    ("never", "not", Sort::Turning),
    ("neither", "not", Sort::Turning),
    ("none", "not", Sort::Turning),
    ("cannot", "may not", Sort::Turning),
    ("non", "non", Sort::Turning),
    ("noncommercial", "non commercial", Sort::Turning),
    ("nonprofit", "non profit", Sort::Turning),
    ("may", "may", Sort::Force),
    ("can", "may", Sort::Soft),
    ("must", "must", Sort::Force),
    ("shall", "must", Sort::Force),
    ("will", "must", Sort::Soft),
    ("should", "should", Sort::Force),
    ("only", "only", Sort::Turning),
    ("solely", "only", Sort::Turning),
    ("exclusively", "only", Sort::Turning),
    ("except", "except", Sort::Turning),
    ("excepting", "except", Sort::Turning),
    ("excluding", "except", Sort::Turning),
    ("excludes", "except", Sort::Turning),
    ("excluded", "except", Sort::Turning),
    ("without", "without", Sort::Turning),
    ("unless", "unless", Sort::Turning),
    ("until", "until", Sort::Turning),
    ("prohibited", "prohibited", Sort::Turning),
    ("forbidden", "prohibited", Sort::Turning),
    ("disallowed", "prohibited", Sort::Turning),
    ("denied", "prohibited", Sort::Turning),
    ("revocable", "revocable", Sort::Turning),
    ("prior", "prior", Sort::Common),
    ("written", "written", Sort::Common),
    ("permission", "permission", Sort::Common),
    ("permissions", "permission", Sort::Common),
    ("consent", "permission", Sort::Common),
    ("approval", "permission", Sort::Common),
    ("fee", "fee", Sort::Common),
    ("fees", "fee", Sort::Common),
    ("royalty", "royalty", Sort::Common),
    ("royalties", "royalty", Sort::Common),
    ("charge", "charge", Sort::Common),
    ("charges", "charge", Sort::Common),
    ("free", "free", Sort::Common),
    ("payment", "pay", Sort::Common),
    ("payments", "pay", Sort::Common),
    ("pay", "pay", Sort::Common),
    ("paid", "pay", Sort::Common),
    ("commercial", "commercial", Sort::Common),
    ("commercially", "commercial", Sort::Common),
    ("personal", "personal", Sort::Common),
    ("internal", "internal", Sort::Common),
    ("evaluation", "evaluation", Sort::Common),
    ("trial", "evaluation", Sort::Common),
    ("educational", "educational", Sort::Common),
    ("academic", "educational", Sort::Common),
    ("research", "research", Sort::Common),
    ("military", "military", Sort::Common),
    ("profit", "profit", Sort::Common),
    ("perpetual", "perpetual", Sort::Common),
    ("worldwide", "worldwide", Sort::Common),
    ("irrevocable", "irrevocable", Sort::Common),
    ("use", "use", Sort::Act),
    ("copy", "copy", Sort::Act),
    ("reproduce", "copy", Sort::Act),
    ("modify", "modify", Sort::Act),
    ("modification", "modify", Sort::Act),
    ("merge", "merge", Sort::Act),
    ("publish", "publish", Sort::Act),
    ("distribute", "distribute", Sort::Act),
    ("redistribute", "distribute", Sort::Act),
    ("redistribution", "distribute", Sort::Act),
    ("sublicense", "sublicense", Sort::Act),
    ("sublicence", "sublicense", Sort::Act),
    ("sub", "sublicense", Sort::Act),
    ("sell", "sell", Sort::Act),
    ("patent", "patent", Sort::Act),
    ("days", "", Sort::Unit),
    ("day", "", Sort::Unit),
    ("months", "", Sort::Unit),
    ("month", "", Sort::Unit),
    ("years", "", Sort::Unit),
    ("year", "", Sort::Unit),
    ("hours", "", Sort::Unit),
    ("percent", "", Sort::Unit),
    ("dollars", "", Sort::Unit),
    ("usd", "", Sort::Unit),
    ("eur", "", Sort::Unit),
    ("users", "", Sort::Unit),
    ("seats", "", Sort::Unit),
    ("version", VERSION, Sort::Unit),
    ("versions", VERSION, Sort::Unit),
    ("infringement", "", Sort::Slot),
    ("copyright", "", Sort::Slot),
    ("holder", "", Sort::Slot),
    ("holders", "", Sort::Slot),
    ("owner", "", Sort::Slot),
    ("owners", "", Sort::Slot),
    ("author", "", Sort::Slot),
    ("authors", "", Sort::Slot),
    ("name", "", Sort::Slot),
    ("organization", "", Sort::Slot),
    ("fullname", "", Sort::Slot),
    ("yyyy", "", Sort::Slot),
];

/// Numbers in words, in their order from two on by position; what they count is the same in digits.
const NUMERALS: &[(&str, &str)] = &[
    ("two", "2"),
    ("three", "3"),
    ("four", "4"),
    ("five", "5"),
    ("six", "6"),
    ("seven", "7"),
    ("ten", "10"),
    ("fourteen", "14"),
    ("fifteen", "15"),
    ("twenty", "20"),
    ("thirty", "30"),
    ("sixty", "60"),
    ("ninety", "90"),
    ("hundred", "100"),
    ("thousand", "1000"),
    ("fifty", "50"),
];

/// The unit of a version: a number that only joins it, as in a heading, limits nothing.
const VERSION: &str = "version";
/// Digits up to here are looked for in rules; greater ones are years and addresses.
const DIGITS: u32 = 400;

/// A word of weight, by hash and by the number that an index gives it.
#[derive(Debug, Clone)]
struct Entry {
    hash: u64,
    word: String,
    means: String,
    sort: Sort,
}

/// Every word of weight, ordered by hash.
fn entries() -> &'static [Entry] {
    static ENTRIES: OnceLock<Vec<Entry>> = OnceLock::new();
    ENTRIES.get_or_init(|| {
        let entry = |word: &str, means: &str, sort| Entry {
            hash: tokens::hash(word),
            word: word.to_string(),
            means: means.to_string(),
            sort,
        };
        let mut all: Vec<Entry> = WORDS.iter().map(|(w, m, s)| entry(w, m, *s)).collect();
        all.extend(NUMERALS.iter().map(|(w, m)| entry(w, m, Sort::Number)));
        all.extend((0..=DIGITS).chain([500, 1000, 10_000]).map(|n| {
            let digits = n.to_string();
            entry(&digits, &digits, Sort::Number)
        }));
        all.sort_by_key(|e| e.hash);
        all
    })
}

/// The words of weight as one index numbers them.
pub(super) struct Turning(Vec<(u16, &'static Entry)>);

impl Turning {
    /// Looks them up.
    pub(super) fn new(index: &Index<'_>) -> Turning {
        let numbered = entries().iter().map(|e| (index.word(e.hash), e));
        let mut all: Vec<(u16, &'static Entry)> = numbered.filter(|(id, _)| *id != UNKNOWN).collect();
        all.sort_by_key(|(id, _)| *id);
        Turning(all)
    }

    fn of_rule(&self, id: u16) -> Option<&'static Entry> {
        self.0.binary_search_by_key(&id, |(id, _)| *id).ok().map(|at| self.0[at].1)
    }

    fn of_text(&self, hash: u64) -> Option<&'static Entry> {
        let all = entries();
        all.binary_search_by_key(&hash, |e| e.hash).ok().map(|at| &all[at])
    }
}

/// A place where text and rule differ: spans of words, either may be empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Gap {
    /// Words of the text.
    pub(super) text: (usize, usize),
    /// Words of the rule.
    pub(super) rule: (usize, usize),
}

impl Gap {
    /// How many words the text has here that the rule has not.
    pub(super) fn added(&self) -> usize {
        self.text.1 - self.text.0
    }

    /// How many words the rule has here that the text has not.
    pub(super) fn missing(&self) -> usize {
        self.rule.1 - self.rule.0
    }

    /// Whether it is judged by its size.
    pub(super) fn is_long(&self) -> bool {
        self.added() >= MANY || self.missing() >= MANY
    }
}

/// The gaps of a match between its first and last word, in order.
pub(super) fn gaps(m: &Match) -> Vec<Gap> {
    let between = m.runs.windows(2).map(|pair| Gap {
        text: (pair[0].text + pair[0].length, pair[1].text),
        rule: (pair[0].rule + pair[0].length, pair[1].rule),
    });
    between.filter(|g| g.added() + g.missing() > 0).collect()
}

/// Short gaps that are read together, because no more than a few words stand between them.
pub(super) fn groups(gaps: &[Gap]) -> Vec<&[Gap]> {
    let near = |a: &Gap, b: &Gap| b.text.0 <= a.text.1 + BRIDGE && !a.is_long() && !b.is_long();
    gaps.chunk_by(near).collect()
}

/// How a group of gaps turns the meaning.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Turn {
    /// Words of weight that only the text has.
    pub(super) added: Vec<String>,
    /// Words of weight that only the rule has.
    pub(super) lost: Vec<String>,
    /// Numbers that only the text has, where a unit says that they count.
    pub(super) numbers_added: Vec<String>,
    /// Numbers that only the rule has.
    pub(super) numbers_lost: Vec<String>,
    /// Acts that a license grants and that the text lacks.
    pub(super) acts_lost: Vec<String>,
}

impl Turn {
    /// Whether the same price or breadth left one place and came to the other; a `not` or a modal that moved is another
    /// sentence.
    pub(super) fn moved_to(&self, other: &Turn) -> bool {
        let sorted = |words: &[String]| {
            let mut words = words.to_vec();
            words.sort_unstable();
            words
        };
        let stays = |w: &String| {
            !matches!(w.as_str(), "not" | "non" | "may" | "must" | "should" | "only" | "prohibited")
        };
        self.is_modal()
            && self.added.iter().chain(&self.lost).all(stays)
            && sorted(&self.added) == sorted(&other.lost)
            && sorted(&self.lost) == sorted(&other.added)
    }

    /// Whether a word of weight came or went.
    pub(super) fn is_modal(&self) -> bool {
        !self.added.is_empty() || !self.lost.is_empty()
    }

    /// Whether a number that counts something is another one.
    pub(super) fn is_number(&self) -> bool {
        !self.numbers_added.is_empty()
    }

    /// What happened, for a reader.
    pub(super) fn says(&self) -> String {
        let (added, lost) = if self.is_modal() {
            (&self.added, &self.lost)
        } else {
            (&self.numbers_added, &self.numbers_lost)
        };
        match (added.is_empty(), lost.is_empty()) {
            (false, false) => format!("“{}” instead of “{}”", added.join(" "), lost.join(" ")),
            (false, true) => format!("“{}” is added", added.join(" ")),
            _ => format!("“{}” is missing", lost.join(" ")),
        }
    }
}

/// Compares the words of weight of a group; modals count where `forces` says so.
pub(super) fn turn(
    group: &[Gap],
    query: &Query<'_>,
    tokens: &Tokens<'_>,
    index: &Index<'_>,
    table: &Turning,
    forces: bool,
) -> Turn {
    let mut turn = Turn::default();
    let mut text: Vec<usize> = group.iter().flat_map(|g| g.text.0..g.text.1).collect();
    let mut rule: Vec<usize> = group.iter().flat_map(|g| g.rule.0..g.rule.1).collect();
    cancel_joined(&mut text, &mut rule, query, tokens, index);
    cancel_misspelled(&mut text, &mut rule, query, tokens, table);
    let means = |e: &Entry| e.means.split(' ').map(str::to_string).collect::<Vec<_>>();
    let (mut soft_text, mut soft_rule) = (Vec::new(), Vec::new());
    let (mut text_numbers, mut rule_numbers) = (Vec::new(), Vec::new());
    for &at in &text {
        let word = query.slice(at, at + 1);
        match table.of_text(query.words[at].hash) {
            Some(e) if harmless(e, following_text(query, at, table)) => {}
            Some(e) if e.sort == Sort::Turning || e.sort == Sort::Force && forces => {
                turn.added.extend(means(e))
            }
            Some(e) if e.sort == Sort::Soft => soft_text.extend(means(e)),
            Some(e) if e.sort == Sort::Common && !is_name(word) && !free_software(query, at) => {
                turn.added.extend(means(e));
            }
            Some(e) if e.sort == Sort::Number => text_numbers.push((at, e.means.clone())),
            None if word.len() <= 9 && word.bytes().all(|b| b.is_ascii_digit()) => {
                text_numbers.push((at, word.to_string()));
            }
            _ => {}
        }
    }
    for &at in &rule {
        match table.of_rule(tokens.get(at)) {
            Some(e) if harmless(e, following_rule(tokens, at, table)) => {}
            Some(e) if e.sort == Sort::Turning || e.sort == Sort::Force && forces => {
                turn.lost.extend(means(e))
            }
            Some(e) if e.sort == Sort::Soft => soft_rule.extend(means(e)),
            Some(e) if e.sort == Sort::Common => {
                let next = if at + 1 < tokens.len() { tokens.get(at + 1) } else { UNKNOWN };
                if !(e.means == "free" && next == index.word(tokens::hash("software"))) {
                    turn.lost.extend(means(e));
                }
            }
            Some(e) if e.sort == Sort::Number => rule_numbers.push((at, e.means.clone())),
            Some(e)
                if e.sort == Sort::Act
                    && !text.iter().any(|t| same_act(&e.means, query.slice(*t, *t + 1))) =>
            {
                turn.acts_lost.push(e.means.clone());
            }
            _ => {}
        }
    }
    cancel(&mut turn.added, &mut turn.lost);
    cancel(&mut turn.added, &mut soft_rule);
    cancel(&mut turn.lost, &mut soft_text);
    numbers(&mut turn, (&text_numbers, &rule_numbers), query, tokens, table);
    turn.acts_lost.dedup();
    turn
}

/// The word of weight behind a word of the text.
fn following_text(query: &Query<'_>, at: usize, table: &Turning) -> Option<&'static Entry> {
    query.words.get(at + 1).and_then(|w| table.of_text(w.hash))
}

/// The word of weight behind a word of the rule.
fn following_rule(tokens: &Tokens<'_>, at: usize, table: &Turning) -> Option<&'static Entry> {
    if at + 1 < tokens.len() { table.of_rule(tokens.get(at + 1)) } else { None }
}

/// "Non-infringement" is a warranty whether it is named or not, and a "no" before a number is a cell of a table.
fn harmless(entry: &Entry, next: Option<&'static Entry>) -> bool {
    match entry.word.as_str() {
        "non" => next.is_some_and(|n| n.word == "infringement"),
        "no" => next.is_some_and(|n| n.sort == Sort::Number),
        _ => false,
    }
}

/// Drops words of weight that are only misspelled by one letter: "HALL", "peretual".
fn cancel_misspelled(
    text: &mut Vec<usize>,
    rule: &mut Vec<usize>,
    query: &Query<'_>,
    tokens: &Tokens<'_>,
    table: &Turning,
) {
    if text.len() > 40 || rule.len() > 40 {
        return;
    }
    rule.retain(|r| {
        let Some(entry) = table.of_rule(tokens.get(*r)).filter(|e| e.word.len() >= 5) else { return true };
        let same = |t: &usize| {
            table.of_text(query.words[*t].hash).is_none()
                && one_letter(&entry.word, &query.slice(*t, *t + 1).to_lowercase())
        };
        match text.iter().position(same) {
            Some(at) => {
                text.remove(at);
                false
            }
            None => true,
        }
    });
}

/// Whether two words differ by one letter that was changed, added or left out.
fn one_letter(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let head = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let tail = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    let longer = a.len().max(b.len());
    longer - a.len().min(b.len()) <= 1 && head + tail + 1 >= longer
}

/// Whether a span of the text names an act in any form.
pub(super) fn names_act(query: &Query<'_>, (start, end): (usize, usize), act: &str) -> bool {
    (start..end).any(|at| same_act(act, query.slice(at, at + 1)))
}

/// Whether the words around a span of the text are a list of acts.
pub(super) fn among_acts(query: &Query<'_>, (start, end): (usize, usize), table: &Turning) -> bool {
    let near = start.saturating_sub(8)..(end + 8).min(query.len());
    let act = |at: &usize| table.of_text(query.words[*at].hash).is_some_and(|e| e.sort == Sort::Act);
    near.filter(act).count() >= 2
}

/// Whether any word of weight, names apart, stands in a span of the text.
pub(super) fn weighs(query: &Query<'_>, span: (usize, usize), table: &Turning) -> bool {
    (span.0..span.1).any(|at| {
        table.of_text(query.words[at].hash).is_some_and(|e| match e.sort {
            Sort::Turning | Sort::Force => true,
            Sort::Common => !is_name(query.slice(at, at + 1)) && !free_software(query, at),
            _ => false,
        })
    })
}

/// Whether the rule has words there that a user fills in.
pub(super) fn is_slot(gap: &Gap, tokens: &Tokens<'_>, table: &Turning) -> bool {
    (gap.rule.0..gap.rule.1).any(|at| table.of_rule(tokens.get(at)).is_some_and(|e| e.sort == Sort::Slot))
}

/// Whether text and rule differ in where words are cut only.
pub(super) fn is_spelling(gap: &Gap, query: &Query<'_>, tokens: &Tokens<'_>, index: &Index<'_>) -> bool {
    let mut text: Vec<usize> = (gap.text.0..gap.text.1).collect();
    let mut rule: Vec<usize> = (gap.rule.0..gap.rule.1).collect();
    cancel_joined(&mut text, &mut rule, query, tokens, index);
    text.is_empty() && rule.is_empty()
}

/// Removes what stands on both sides, however often.
fn cancel(a: &mut Vec<String>, b: &mut Vec<String>) {
    a.retain(|word| match b.iter().position(|other| other == word) {
        Some(at) => {
            b.remove(at);
            false
        }
        None => true,
    });
}

/// Drops words that are only cut or joined differently: "sub-license", "NONINFRINGE-MENT", "world wide".
fn cancel_joined(
    text: &mut Vec<usize>,
    rule: &mut Vec<usize>,
    query: &Query<'_>,
    tokens: &Tokens<'_>,
    index: &Index<'_>,
) {
    // Longer spans differ by more than typography, and trying all splits would cost too much.
    if text.len() > 40 || rule.len() > 40 {
        return;
    }
    let mut at = 0;
    while at < text.len() {
        let word = query.slice(text[at], text[at] + 1).to_lowercase();
        if let Some(next) = text.get(at + 1).copied().filter(|n| *n == text[at] + 1) {
            let joined =
                index.word(tokens::hash(&format!("{word}{}", query.slice(next, next + 1).to_lowercase())));
            if let Some(place) = rule.iter().position(|r| joined != UNKNOWN && tokens.get(*r) == joined) {
                rule.remove(place);
                text.drain(at..at + 2);
                continue;
            }
        }
        if word.len() <= 40
            && let Some(place) = split(&word, rule, tokens, index)
        {
            rule.drain(place..place + 2);
            text.remove(at);
            continue;
        }
        at += 1;
    }
}

/// Where two neighbours of the rule make up one word of the text.
fn split(word: &str, rule: &[usize], tokens: &Tokens<'_>, index: &Index<'_>) -> Option<usize> {
    if rule.len() < 2 {
        return None;
    }
    word.char_indices().skip(1).find_map(|(cut, _)| {
        let (a, b) = (index.word(tokens::hash(&word[..cut])), index.word(tokens::hash(&word[cut..])));
        let known = a != UNKNOWN && b != UNKNOWN;
        let pair = |p: &[usize]| p[1] == p[0] + 1 && tokens.get(p[0]) == a && tokens.get(p[1]) == b;
        rule.windows(2).position(pair).filter(|_| known)
    })
}

/// Whether a word is spelled as a part of a name.
fn is_name(word: &str) -> bool {
    word.starts_with(char::is_uppercase) && word.chars().any(char::is_lowercase)
}

/// "Free software" is a name and no price.
fn free_software(query: &Query<'_>, at: usize) -> bool {
    query.slice(at, at + 1).eq_ignore_ascii_case("free")
        && at + 1 < query.len()
        && query.slice(at + 1, at + 2).eq_ignore_ascii_case("software")
}

/// Whether a word of the text names the act in another form.
fn same_act(act: &str, word: &str) -> bool {
    const FORMS: &[(&str, &[&str])] = &[
        ("use", &["us"]),
        ("copy", &["cop", "reproduc", "duplicat"]),
        ("modify", &["modif", "alter", "chang", "adapt", "derivative"]),
        ("merge", &["merg", "combin"]),
        ("publish", &["publi"]),
        ("distribute", &["distribut", "redistribut", "convey"]),
        ("sublicense", &["sub"]),
        ("sell", &["sell", "sale", "sold"]),
        ("patent", &["patent"]),
    ];
    let word = word.to_lowercase();
    FORMS.iter().any(|(name, forms)| *name == act && forms.iter().any(|f| word.starts_with(f)))
}

/// A number with the place of its word.
type Numbered = (usize, String);

/// Keeps numbers that are counted in a unit and differ.
fn numbers(
    turn: &mut Turn,
    (text, rule): (&[Numbered], &[Numbered]),
    query: &Query<'_>,
    tokens: &Tokens<'_>,
    table: &Turning,
) {
    let unit = |e: Option<&'static Entry>| e.filter(|e| e.sort == Sort::Unit).map(|e| e.means == VERSION);
    let mut version_only = true;
    let mut counted = false;
    for (at, _) in text {
        let near = at.saturating_sub(3)..(at + 4).min(query.len());
        let units = near.filter_map(|n| unit(table.of_text(query.words[n].hash)));
        for version in units.chain(sign(query, *at).then_some(false)) {
            counted = true;
            version_only &= version;
        }
    }
    for (at, _) in rule {
        let near = at.saturating_sub(3)..(at + 4).min(tokens.len());
        counted |= near.into_iter().any(|n| unit(table.of_rule(tokens.get(n))).is_some());
    }
    if !counted || text.is_empty() || text.iter().any(|(at, _)| in_copyright(query, *at)) {
        return;
    }
    let year = |n: &String| n.len() == 4 && (n.starts_with("19") || n.starts_with("20"));
    let mut added: Vec<String> = text.iter().map(|(_, n)| n.clone()).filter(|n| !year(n)).collect();
    let mut lost: Vec<String> = rule.iter().map(|(_, n)| n.clone()).collect();
    cancel(&mut added, &mut lost);
    // A version that joins a heading names the license; a time or an amount that joins a sentence limits it.
    if !added.is_empty() && (!lost.is_empty() || !version_only) {
        (turn.numbers_added, turn.numbers_lost) = (added, lost);
    }
}

/// Whether a sign of money or percent stands beside a number.
fn sign(query: &Query<'_>, at: usize) -> bool {
    let (first, last) = (query.words[at].start as usize, query.words[at].end as usize);
    let before = query.text.get(..first).and_then(|t| t.chars().next_back());
    let after = query.text.get(last..).and_then(|t| t.chars().next());
    matches!(before, Some('$' | '€' | '£')) || after == Some('%')
}

/// Whether a word stands in the line of a copyright statement.
fn in_copyright(query: &Query<'_>, at: usize) -> bool {
    let line = query.words[at].line;
    let mut start = at;
    // A statement is short; a line without end is none.
    while start > 0 && at - start < 40 && query.words[start - 1].line == line {
        start -= 1;
    }
    let before = query.slice(start, at + 1).to_lowercase();
    before.contains("copyright") || before.contains("(c)") || before.contains('©')
}
