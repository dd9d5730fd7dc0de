//! Decides whether the words behind a mark are a statement, and puts it together.

use super::Statement;
use super::clean;
use super::group::Group;
use super::holders;
use super::prose;
use super::reading::{self, BREAK, Reading, Stop};
use super::token::{self, Token, tokens};
use super::vocabulary::{self, listed};

/// How far before a mark its line is looked at.
const BEFORE: usize = 120;

/// What stands before the mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lead {
    /// Nothing but comment marks.
    Start,
    /// The end of a sentence or of a phrase, or words such as "is" and "portions".
    Phrase,
    /// Words after which "copyright" is a noun.
    Determiner,
    /// Other words.
    Prose,
}

/// The words behind a mark, read, and what decides whether they are a statement.
pub(super) struct Candidate<'c, 't> {
    pub(super) text: &'c str,
    pub(super) group: &'c Group,
    pub(super) joined: &'c str,
    pub(super) words: &'c [Token<'t>],
    pub(super) reading: &'c Reading,
    /// The words are a string that code assigns to a name.
    pub(super) code: bool,
}

impl<'c, 't> Candidate<'c, 't> {
    /// The statement on the given lines, if the words are one.
    pub(super) fn statement(&self, lines: (u32, u32)) -> Option<Statement> {
        let reading = self.reading;
        let years = !reading.years.is_empty();
        if reading.used == 0 || self.is_template() || self.is_code() {
            return None;
        }
        let address = self.address();
        if !years && !reading.has_names() && address.is_none() {
            return None;
        }
        let before = self.before();
        if !self.is_believed(&before) {
            return None;
        }
        let mut holders = holders::holders(reading, self.words);
        let mut text = self.marked();
        if before.ends_with('(') && text.ends_with(')') && !text.contains('(') && !holders.is_empty() {
            text.pop();
        }
        if !holders.is_empty() {
            if let Some(limit) = limit(&before) {
                text = format!("{limit} {text}");
            }
        } else if let Some((name, whole)) = holder_before(&before).filter(|_| years) {
            // "Foo Inc. (c) 2010" names its holder first.
            let gap = if whole.ends_with('(') { "" } else { " " };
            text = format!("{whole}{gap}{text}");
            holders.push(name);
        } else if let Some(address) = address {
            holders.push(address.to_owned());
        } else if !years || reading.blank {
            return None;
        }
        Some(Statement { lines, text, years: reading.years.clone().into_ranges(), holders })
    }

    /// The words that belong to the statement.
    fn used(&self) -> &'c [Token<'t>] {
        &self.words[..self.reading.used.min(self.words.len())]
    }

    fn first_name(&self) -> Option<&'c Token<'t>> {
        self.reading.names.iter().flatten().next().and_then(|i| self.words.get(*i))
    }

    /// Whether blanks of a template stand where the year or the holder should.
    fn is_template(&self) -> bool {
        let reading = self.reading;
        let years = !reading.years.is_empty();
        let small = !self.first_name().is_some_and(Token::is_capital);
        reading.blank && !(reading.has_names() && years)
            || reading.blank_year && !years && small
            || is_blank_holder(reading, self.words)
    }

    /// Whether the sign is a character of code: `'©' => …`.
    fn is_code(&self) -> bool {
        let bare = !self.group.word && !self.group.paren;
        bare && self.joined.starts_with(|c: char| !c.is_alphanumeric() && !" <(.,:[".contains(c))
    }

    /// An address that stands for the holder, as some are only known by theirs.
    fn address(&self) -> Option<&'c str> {
        let years = !self.reading.years.is_empty();
        if !years && (self.reading.has_names() || self.group.paren && !self.group.word) {
            return None;
        }
        // A bare link after the word mostly leads to a page about copyright.
        self.used().iter().find(|w| w.is_contact() && (years || !w.text.contains("://"))).map(Token::inner)
    }

    fn is_believed(&self, before: &str) -> bool {
        let (group, reading) = (self.group, self.reading);
        let lead = lead(before);
        let years = !reading.years.is_empty();
        let names = reading.has_names();
        let prose = reading.stop == Stop::Prose;
        let used = self.used();
        let skipped = |w: &&Token<'_>| {
            w.is_symbol() || w.core().eq_ignore_ascii_case("by") || !w.core().contains(char::is_alphabetic)
        };
        let body = used.iter().take_while(skipped).count();
        let length = used.len() - body;
        let article = |w: &Token<'_>| ["the", "van", "de", "von"].contains(&w.text);
        let capital = match &used[body..] {
            [first, ..] if first.is_capital() => true,
            [first, second, ..] => article(first) && second.is_capital(),
            _ => false,
        };
        let suffix = used.iter().any(|w| {
            w.is_capital() && listed(vocabulary::SUFFIXES, w.core())
                || ["Foundation", "Authors", "Contributors", "Developers"].contains(&w.core())
        });
        let evidence = years || reading.rights || reading.contact || suffix;
        if self.code {
            // Code gives the name many values; only a year shows that this one is a statement.
            reading.year_first && years
        } else if !names && !years {
            matches!(lead, Lead::Start | Lead::Phrase)
        } else if reading.year_first {
            // "(c) 2010 budgets are due" numbers a list.
            let named = names && (capital || self.first_name().is_some_and(Token::is_capital));
            group.is_strong() || group.word || named || !names && lead != Lead::Start
        } else if group.is_strong() {
            let handle = matches!(lead, Lead::Start | Lead::Phrase) && !prose && length <= 4;
            (capital || handle || years && lead != Lead::Determiner)
                && (!prose || evidence || lead == Lead::Start)
        } else if group.paren {
            let last = used.last().is_some_and(|w| listed(vocabulary::GROUPS, w.core()));
            let people = last && lead == Lead::Start && used.len() <= 5;
            // "Scilab (c)INRIA": what numbers a list has a blank behind it.
            let glued = capital && lead != Lead::Start && length <= 4 && self.is_glued(char::is_uppercase);
            let shown = capital && (evidence || limit(before).is_some()) || people || glued;
            shown && !prose && length <= 12
        } else if lead == Lead::Determiner || group.past && describes(before) {
            false
        } else {
            let written = self.text[group.first.start..].starts_with('C');
            let shouted = !used.iter().any(|w| w.core().contains(char::is_lowercase));
            let plain = matches!(lead, Lead::Start | Lead::Phrase)
                && !prose
                && !shouted
                && (written || lead == Lead::Phrase || evidence)
                && length <= 10;
            let shown = evidence && (!prose || years) && lead != Lead::Prose || years && lead == Lead::Prose;
            capital && (plain || shown)
        }
    }

    /// Whether a fitting character follows the mark without a blank.
    fn is_glued(&self, fits: impl Fn(char) -> bool) -> bool {
        self.text.get(self.group.body..).is_some_and(|rest| rest.starts_with(fits))
    }

    /// The cleaned line before the mark, without what markup or literals broke off.
    fn before(&self) -> String {
        let mark = self.group.first;
        let from = mark.line_start.max(clean::floor(self.text, mark.start.saturating_sub(BEFORE)));
        let raw = self.text.get(from..mark.start).unwrap_or_default();
        let head = if from == mark.line_start { clean::head(raw) } else { 0 };
        let cleaned = clean::clean(raw.get(head..).unwrap_or_default());
        cleaned.rsplit('\n').next().unwrap_or_default().trim().to_owned()
    }

    /// The text of the statement: its mark and the words that belong to it.
    fn marked(&self) -> String {
        let group = self.group;
        let mark = clean::clean(self.text.get(group.first.start..group.body).unwrap_or_default());
        // The ruins of a sign in a wrong encoding are left out.
        let parts: Vec<&str> =
            mark.split(['Â', 'Ã', '‚', ' ', '\n']).filter(|part| !part.is_empty()).collect();
        let mark = parts.join(" ");
        let said = said(self.words, self.reading.used, self.joined);
        let glued = self.is_glued(|c| !c.is_whitespace() && !"&<".contains(c))
            && !said.starts_with(char::is_alphabetic);
        let gap = if glued && !group.tag || said.starts_with([':', ',', ';']) { "" } else { " " };
        if mark.is_empty() || mark.ends_with('>') { said } else { format!("{mark}{gap}{said}") }
    }
}

/// Whether the words before the mark only describe a thing: "software which is copyrighted by the Foo".
fn describes(before: &str) -> bool {
    let mut words = before.rsplit(' ').map(|w| w.trim_matches(','));
    let verb = words.next().is_some_and(|w| ["is", "are"].contains(&w));
    verb && words.next().is_some_and(|w| ["which", "that"].contains(&w))
}

/// What the words before the mark make of it.
fn lead(before: &str) -> Lead {
    let Some(last) = before.split(' ').next_back().filter(|w| !w.is_empty()) else { return Lead::Start };
    let core = last.trim_matches(|c: char| !c.is_alphanumeric());
    if listed(prose::LEADS, core)
        || core.is_empty()
        || last.ends_with(|c: char| !c.is_alphanumeric() && c != '_')
    {
        Lead::Phrase
    } else if listed(prose::DETERMINERS, core) {
        Lead::Determiner
    } else {
        Lead::Prose
    }
}

/// The words that limit what the statement speaks of: "Portions", "Parts are".
fn limit(before: &str) -> Option<String> {
    let words: Vec<&str> = before.split(' ').rev().take(2).collect();
    let last = words.first()?;
    if listed(prose::LIMITS, last) {
        return Some((*last).to_owned());
    }
    let verb = ["are", "is"].contains(last) && words.get(1).is_some_and(|w| listed(prose::LIMITS, w));
    verb.then(|| format!("{} {last}", words[1]))
}

/// The holder that a line names before the mark, and the words to put before the statement.
fn holder_before(before: &str) -> Option<(String, String)> {
    // The notices of the Mozilla family: "Portions created by Foo are Copyright (C) 1998".
    let portions = before.rfind("ortions created by ").and_then(|at| before.get(at.checked_sub(1)?..));
    let before = portions.unwrap_or(before);
    let created = before.split_once("created by ").and_then(|(_, by)| by.strip_suffix(" are"));
    let whole = created.unwrap_or(before).trim_end_matches(['(', ',', '-', '–', ' ']);
    // A cheap look first: most of what stands before a mark is prose or another statement.
    if whole.split(' ').nth(6).is_some() || !whole.starts_with(|c: char| c.is_alphanumeric()) {
        return None;
    }
    let words = tokens(whole);
    let named = words.iter().all(|w| {
        w.kind == token::Kind::Word
            && (w.is_capital() || listed(vocabulary::PARTICLES, w.text))
            && !w.ends_with(':')
    });
    let limited = words.iter().any(|w| {
        listed(prose::LIMITS, w.core()) || listed(prose::OPENERS, w.core()) || listed(prose::TOPICS, w.core())
    });
    let shape = words.first().is_some_and(Token::is_capital) && words.len() <= 6 && named && !limited;
    if !shape || whole.ends_with(['.', '!', '?']) && !reading::is_abbreviation(words.last()?.core()) {
        return None;
    }
    let reading = reading::read(&words);
    let mut names = holders::holders(&reading, &words);
    (names.len() == 1 && reading.used == words.len()).then(|| (names.remove(0), before.to_owned()))
}

/// Whether the names are what a template says in place of the holder.
pub(super) fn is_blank_holder(reading: &Reading, words: &[Token<'_>]) -> bool {
    let names: Vec<String> =
        reading.names.iter().flatten().filter_map(|i| words.get(*i)).map(|t| t.text.to_lowercase()).collect();
    let name = names.join(" ");
    let lone = name.trim_matches(|c: char| !c.is_alphanumeric());
    prose::BLANKS.iter().any(|b| name.contains(b)) || listed(prose::BLANK_WORDS, lone)
        // "YEAR COPYRIGHT HOLDER": the mark within cut the rest off.
        || reading.blank_year && names.is_empty() && reading.years.is_empty()
}

/// The words that belong to the statement, without the separators that reading put in.
pub(super) fn said(words: &[Token<'_>], used: usize, joined: &str) -> String {
    let end = used.checked_sub(1).and_then(|i| words.get(i)).map_or(0, |w| w.end);
    let text = joined.get(..end).unwrap_or_default();
    let text = if text.contains(BREAK) { text.replace(&format!(" {BREAK}"), "") } else { text.to_owned() };
    text.trim().trim_end_matches([',', ';', ':', '-', '|', '"', '\'', '”', '’', '_', ' ']).to_owned()
}
