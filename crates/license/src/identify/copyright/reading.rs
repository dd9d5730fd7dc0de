//! Reads the words behind a mark: years, names, and where the statement ends.

use super::prose;
use super::token::{Kind, Token};
use super::vocabulary as words;
use super::vocabulary::listed;
use super::years::{self, Years};

/// Stands between two lines whose names are different holders; cleaned text never holds it.
pub(super) const BREAK: &str = "\u{1e}";

/// Why reading ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// The words ran out; the statement may go on in the next line.
    End,
    /// As before, within "All rights reserved".
    HalfRights,
    /// The end of a sentence.
    Sentence,
    /// "All rights reserved".
    Rights,
    /// A word with which another sentence begins.
    Opener,
    /// Words that no name consists of.
    Prose,
    /// A dash, a bar, a defined term, a number: what follows is about something else.
    Symbol,
}

/// What was read.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) years: Years,
    /// Indices of the tokens that name holders; none separates.
    pub(super) names: Vec<Option<usize>>,
    /// How many tokens belong to the statement.
    pub(super) used: usize,
    pub(super) stop: Stop,
    /// A year, or its blank, came before any name.
    pub(super) year_first: bool,
    /// A template's blank stands where the year or the holder should.
    pub(super) blank_year: bool,
    pub(super) blank: bool,
    pub(super) rights: bool,
    pub(super) contact: bool,
}

impl Reading {
    /// Whether any word of a name was read.
    pub(super) fn has_names(&self) -> bool {
        self.names.iter().any(Option::is_some)
    }
}

/// Reads the tokens behind a mark.
pub(super) fn read(tokens: &[Token<'_>]) -> Reading {
    let mut reader = Reader {
        tokens,
        small: None,
        after_rights: false,
        out: Reading {
            years: Years::default(),
            names: Vec::new(),
            used: 0,
            stop: Stop::End,
            year_first: false,
            blank_year: false,
            blank: false,
            rights: false,
            contact: false,
        },
    };
    let mut at = 0;
    while at < tokens.len() {
        match reader.step(at) {
            Step::Next(next) => at = next,
            Step::Stop(stop) => {
                reader.stop(stop);
                break;
            }
        }
    }
    // What comes after "All rights reserved" is a name only if nothing else is said there.
    if reader.after_rights && matches!(reader.out.stop, Stop::Prose | Stop::Symbol) {
        reader.out.names.clear();
    }
    reader.out
}

enum Step {
    Next(usize),
    Stop(Stop),
}

/// A run of small words that no list knows; they count only if a name follows or the line ends soon.
#[derive(Clone, Copy)]
struct Small {
    count: usize,
    names: usize,
    used: usize,
}

struct Reader<'a, 't> {
    tokens: &'a [Token<'t>],
    small: Option<Small>,
    after_rights: bool,
    out: Reading,
}

/// The longest run of unknown small words within a name: "the foo bar authors".
const SMALL: usize = 3;

impl Reader<'_, '_> {
    fn step(&mut self, at: usize) -> Step {
        let token = self.tokens[at];
        if token.text == BREAK {
            self.separate();
            return Step::Next(at + 1);
        }
        if token.is_contact() {
            self.out.contact = true;
            self.separate();
            self.keep(at + 1);
            return self.after_contact(at);
        }
        if token.text.contains("___") {
            self.out.blank = true;
            return Step::Next(at + 1);
        }
        if token.kind != Kind::Word {
            return self.group(at);
        }
        if token.is_symbol() && !token.is_dash() {
            return self.symbol(at);
        }
        if let Some(step) = self.year(at) {
            return step;
        }
        if token.is_dash() {
            return self.dash(at);
        }
        if let Some(step) = self.rights(at) {
            return step;
        }
        self.word(at)
    }

    fn token(&self, at: usize) -> Option<&Token<'_>> {
        self.tokens.get(at)
    }

    /// Whether the token is about years only.
    fn is_year(&self, at: usize) -> bool {
        self.token(at).is_some_and(|t| Years::default().feed(t.text))
    }

    fn group_word(&self, at: usize) -> bool {
        self.token(at).is_some_and(|t| {
            listed(words::GROUPS, t.core()) || listed(words::GROUPS, t.text.trim_end_matches([',', '.', ';']))
        })
    }

    fn last_is_year(&self) -> bool {
        self.out.used > 0 && self.is_year(self.out.used - 1)
    }

    /// Everything before `next` belongs to the statement.
    fn keep(&mut self, next: usize) {
        self.out.used = next;
        self.small = None;
    }

    fn separate(&mut self) {
        if matches!(self.out.names.last(), Some(Some(_))) {
            self.out.names.push(None);
        }
    }

    fn name(&mut self, at: usize) {
        self.out.names.push(Some(at));
        self.keep(at + 1);
    }

    fn stop(&mut self, stop: Stop) {
        self.out.stop = stop;
        let Some(small) = self.small else { return };
        // A lone handle such as "antirez" is a holder; small words behind a name are not.
        let handle = small.names == 0 && small.count <= 2 && stop == Stop::Opener;
        if !handle && matches!(stop, Stop::Prose | Stop::Opener | Stop::Symbol) {
            self.out.names.truncate(small.names);
            self.out.used = small.used;
        }
    }

    fn after_contact(&mut self, at: usize) -> Step {
        let dotted = self.tokens[at].ends_with('.');
        let goes_on = self
            .token(at + 1)
            .is_some_and(|t| t.text.starts_with("et") || t.is_contact() || self.is_year(at + 1));
        if dotted && !goes_on { self.close(at + 1, Stop::Sentence) } else { Step::Next(at + 1) }
    }

    /// Takes addresses and "All rights reserved" behind the end of a sentence.
    fn close(&mut self, from: usize, stop: Stop) -> Step {
        let mut at = from;
        while let Some(token) = self.token(at) {
            if token.is_contact() {
                self.out.contact = true;
                at += 1;
            } else if let Some(len) = reserved(self.tokens, at) {
                self.out.rights = true;
                at += len;
                self.keep(at);
                return Step::Stop(Stop::Rights);
            } else if half_reserved(self.tokens, at) {
                self.keep(from);
                return Step::Stop(Stop::HalfRights);
            } else {
                break;
            }
        }
        self.keep(at);
        Step::Stop(stop)
    }

    fn group(&mut self, at: usize) -> Step {
        let token = self.tokens[at];
        let inner = token.inner();
        let dotted = token.ends_with('.');
        if self.out.years.feed(inner) {
            self.out.year_first |= !self.out.has_names();
            self.separate();
            self.keep(at + 1);
            return Step::Next(at + 1);
        }
        let blank = is_blank(inner);
        match token.kind {
            Kind::Angle | Kind::Square | Kind::Curly if blank.is_some() || token.kind == Kind::Angle => {
                if blank == Some(Blank::Year) {
                    self.out.blank_year = true;
                    self.out.year_first |= !self.out.has_names();
                } else {
                    self.out.blank = true;
                }
                self.keep(at + 1);
            }
            Kind::Curly => {
                self.out.blank_year = true;
                self.keep(at + 1);
            }
            Kind::Square => self.name(at),
            _ if !self.out.has_names() => {
                // "(unspecified) Foo" has lost its year; other brackets before a name explain something.
                if blank.is_none() {
                    return Step::Stop(Stop::Prose);
                }
            }
            _ => {
                let small = inner.starts_with(|c: char| c.is_lowercase()) && inner.contains(' ');
                if small
                    || inner.starts_with(['"', '“', '\'', '‘'])
                    || listed(prose::OPENERS, first_word(inner))
                {
                    return Step::Stop(Stop::Symbol);
                }
                self.name(at);
            }
        }
        if dotted && self.out.has_names() { self.close(at + 1, Stop::Sentence) } else { Step::Next(at + 1) }
    }

    fn symbol(&mut self, at: usize) -> Step {
        match self.tokens[at].text {
            "&" | "+" | "/" if self.last_is_year() && self.is_year(at + 1) => Step::Next(at + 1),
            "&" | "+" if self.out.has_names() => {
                self.out.names.push(Some(at));
                Step::Next(at + 1)
            }
            "," | ";" | "." | ":" => {
                self.separate();
                Step::Next(at + 1)
            }
            _ if !self.out.has_names() => Step::Next(at + 1),
            _ => Step::Stop(Stop::Symbol),
        }
    }

    fn dash(&mut self, at: usize) -> Step {
        let next_year = self.is_year(at + 1)
            || self.token(at + 1).is_some_and(|t| listed(words::PRESENT_WORDS, t.core()));
        if self.last_is_year() && (next_year || at + 1 == self.tokens.len()) {
            self.out.years.expect_end();
            return Step::Next(at + 1);
        }
        if !self.out.has_names()
            || reserved(self.tokens, at + 1).is_some()
            || half_reserved(self.tokens, at + 1)
        {
            return Step::Next(at + 1);
        }
        Step::Stop(Stop::Symbol)
    }

    /// Years, their blanks, and the words of ranges and dates; none if the token is about something else.
    fn year(&mut self, at: usize) -> Option<Step> {
        let token = self.tokens[at];
        let text = token.text;
        let named = self.out.has_names();
        let next_year = self.is_year(at + 1);
        if self.out.years.feed(text) {
            if self.out.years.is_pending() {
                let glued = text.ends_with(|c: char| "-–—".contains(c));
                let word = self.token(at + 1).is_some_and(|t| listed(words::PRESENT_WORDS, t.core()));
                let last = at + 1 == self.tokens.len();
                if !(next_year || word || last) {
                    self.out.years.leave_open(glued);
                }
            }
            self.out.year_first |= !named;
            self.separate();
            self.keep(at + 1);
            return Some(if named && token.ends_with('.') {
                self.close(at + 1, Stop::Sentence)
            } else {
                Step::Next(at + 1)
            });
        }
        let core = token.core();
        if self.last_is_year() {
            let word = self.token(at + 1).is_some_and(|t| listed(words::PRESENT_WORDS, t.core()));
            if ["to", "through", "thru", "until", "till", "bis", "à"].contains(&core) && (next_year || word)
            {
                self.out.years.expect_end();
                return Some(Step::Next(at + 1));
            }
            // "2016 and later".
            if ["and", "or", "&"].contains(&core)
                && self.token(at + 1).is_some_and(|t| ["later", "onward", "onwards"].contains(&t.core()))
            {
                self.out.years.leave_open_end();
                self.keep(at + 2);
                return Some(Step::Next(at + 2));
            }
            if ["and", "und", "et"].contains(&core) && next_year {
                return Some(Step::Next(at + 1));
            }
        }
        if named {
            return None;
        }
        if years::is_blank(text) {
            self.out.blank_year = true;
            self.out.year_first = true;
            self.keep(at + 1);
            return Some(Step::Next(at + 1));
        }
        // "Copyright c 2010", or a sign that was read in a wrong encoding.
        if next_year && core.chars().count() == 1 && core.chars().all(char::is_alphabetic) {
            return Some(Step::Next(at + 1));
        }
        // "12 Jan 2005", "May 1999": the year is what counts.
        let dated = next_year
            || self.is_year(at + 2)
                && self.token(at + 1).is_some_and(|t| is_number(t.core()) || listed(words::MONTHS, t.core()));
        (dated && (listed(words::MONTHS, core) || is_number(core))).then(|| Step::Next(at + 1))
    }

    fn rights(&mut self, at: usize) -> Option<Step> {
        if let Some(len) = reserved(self.tokens, at) {
            self.out.rights = true;
            let named = self.out.has_names();
            self.keep(at + len);
            if named || at + len == self.tokens.len() {
                return Some(Step::Stop(Stop::Rights));
            }
            self.after_rights = true;
            return Some(Step::Next(at + len));
        }
        half_reserved(self.tokens, at).then_some(Step::Stop(Stop::HalfRights))
    }

    fn word(&mut self, at: usize) -> Step {
        let token = self.tokens[at];
        let core = token.core();
        let named = self.out.has_names();
        let small = core.starts_with(|c: char| c.is_lowercase());
        if core.is_empty() || is_number(core) {
            return if named { Step::Stop(Stop::Symbol) } else { Step::Next(at + 1) };
        }
        if core.eq_ignore_ascii_case("by") {
            self.separate();
            return Step::Next(at + 1);
        }
        if let Some(last) = self.companions(at) {
            for i in at..=last {
                self.out.names.push(Some(i));
            }
            self.keep(last + 1);
            return self.after_name(last);
        }
        if token.ends_with(':') && at + 1 < self.tokens.len() {
            let label = listed(words::GROUPS, core) || core.eq_ignore_ascii_case("holder");
            return if !named && label {
                Step::Next(at + 1)
            } else {
                Step::Stop(if named { Stop::Symbol } else { Stop::Prose })
            };
        }
        if listed(prose::OPENERS, core) {
            if core.get(..5).is_some_and(|c| c.eq_ignore_ascii_case("licen")) {
                self.forget_license_name();
            }
            return Step::Stop(Stop::Opener);
        }
        if small && listed(prose::PROSE, core) {
            return Step::Stop(Stop::Prose);
        }
        if small && listed(words::PARTICLES, core) {
            return self.particle(at);
        }
        if token.is_capital() || self.group_word(at) {
            self.name(at);
            return self.after_name(at);
        }
        self.small_word(at)
    }

    fn particle(&mut self, at: usize) -> Step {
        let rest = &self.tokens[at + 1..];
        if !rest.is_empty() {
            let named = rest.iter().take(3).any(|t| {
                t.kind != Kind::Angle && t.is_capital()
                    || t.kind == Kind::Square
                    || listed(words::GROUPS, t.core())
                    || listed(words::GROUPS, t.text)
            });
            // "the foo team <foo@bar.com>" consists of small words, but the address shows a holder.
            let address = !self.out.has_names() && rest.iter().take(4).any(Token::is_contact);
            let handle = self.tokens[at].text == "and" && rest.len() == 1 || address;
            if !named && !handle
                || listed(prose::OPENERS, rest[0].core())
                || listed(prose::PROSE, rest[0].text)
            {
                return Step::Stop(Stop::Prose);
            }
        }
        self.out.names.push(Some(at));
        Step::Next(at + 1)
    }

    fn small_word(&mut self, at: usize) -> Step {
        let small =
            self.small.unwrap_or(Small { count: 0, names: self.out.names.len(), used: self.out.used });
        let small = Small { count: small.count + 1, ..small };
        self.out.names.push(Some(at));
        self.out.used = at + 1;
        self.small = Some(small);
        if small.count > SMALL { Step::Stop(Stop::Prose) } else { self.after_name(at) }
    }

    /// The end of phrases such as "or its affiliates" and "and other contributors" that begin at `at`.
    fn companions(&self, at: usize) -> Option<usize> {
        let phrase = self.tokens[at..].iter().take(6);
        let count = phrase
            .take_while(|t| listed(words::COMPANIONS, t.text.trim_end_matches([',', '.', ';'])))
            .count();
        let last = (at..at + count)
            .rev()
            .find(|i| listed(words::GROUPS, self.tokens[*i].text.trim_end_matches([',', '.', ';'])))?;
        // "all" opens "All rights reserved"; it is a companion only within a phrase.
        (last > at).then_some(last)
    }

    /// Whether the sentence ends with the name's word at `at`.
    fn after_name(&mut self, at: usize) -> Step {
        let token = self.tokens[at];
        let text = token.text.trim_end_matches(['"', '\'', '”', '’', ')']);
        if !text.ends_with('.') {
            return Step::Next(at + 1);
        }
        let core = token.core();
        let suffix = listed(words::SUFFIXES, core);
        let Some(next) = self.token(at + 1) else {
            return Step::Stop(if is_abbreviation(core) { Stop::End } else { Stop::Sentence });
        };
        if listed(words::SUFFIXES, next.core()) && next.is_capital()
            || self.is_year(at + 1)
            || next.text == BREAK
        {
            return Step::Next(at + 1);
        }
        // Behind "Inc." a capital begins a sentence; behind an initial it is the family name.
        let new_sentence = suffix && next.is_capital() && next.kind == Kind::Word && !next.is_contact();
        if is_abbreviation(core) && !new_sentence {
            return Step::Next(at + 1);
        }
        self.close(at + 1, Stop::Sentence)
    }

    /// "Copyright 2020 Foo MIT License": the license's name is not the holder's.
    fn forget_license_name(&mut self) {
        while let Some(Some(last)) = self.out.names.last().copied() {
            if !listed(prose::LICENSE_NAMES, self.tokens[last].core()) {
                break;
            }
            self.out.names.pop();
            self.out.used = last;
        }
    }
}

/// The number of tokens of "All rights reserved" at `at`, in one of the languages it is written in.
fn reserved(tokens: &[Token<'_>], at: usize) -> Option<usize> {
    let phrase = prose::RESERVED.iter().find(|phrase| {
        let here = tokens.get(at..at + phrase.len());
        here.is_some_and(|here| here.iter().zip(phrase.iter()).all(|(t, word)| listed(&[*word], t.core())))
    })?;
    Some(phrase.len())
}

/// Whether the tokens end within "All rights reserved".
fn half_reserved(tokens: &[Token<'_>], at: usize) -> bool {
    let here = tokens.get(at..).unwrap_or_default();
    let full = prose::RESERVED.iter().filter(|phrase| phrase.len() > 2);
    matches!(here.len(), 1 | 2)
        && full
            .filter(|p| p.len() > here.len())
            .any(|p| here.iter().zip(p.iter()).all(|(t, word)| listed(&[*word], t.core())))
}

fn first_word(text: &str) -> &str {
    text.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default()
}

fn is_number(core: &str) -> bool {
    !core.is_empty() && core.chars().any(|c| c.is_ascii_digit()) && !core.chars().any(char::is_alphabetic)
}

#[derive(PartialEq, Eq)]
enum Blank {
    Year,
    Holder,
}

/// What a bracketed group asks to be filled in, if anything.
fn is_blank(inner: &str) -> Option<Blank> {
    const HOLDER: &[&str] = &[
        "author",
        "authors",
        "company",
        "copyright",
        "des",
        "email",
        "fullname",
        "holder",
        "holders",
        "insert",
        "jj",
        "name",
        "names",
        "organisation",
        "organization",
        "owner",
        "owners",
        "project",
        "rechtsinhabers",
        "team",
        "user",
        "username",
        "nom",
        "nome",
        "nombre",
        "auteur",
        "autor",
        "your",
    ];
    let mut parts = inner.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty());
    if parts.clone().any(|w| years::is_blank(w) || w.eq_ignore_ascii_case("date")) {
        return Some(Blank::Year);
    }
    parts.any(|w| listed(HOLDER, w)).then_some(Blank::Holder)
}

/// A word whose dot does not end the sentence: "Inc.", an initial, "B.V.".
pub(super) fn is_abbreviation(core: &str) -> bool {
    let initials = core.split(['.', '-']).all(|part| part.chars().count() <= 2);
    let doubled = core.contains('-') && core.split('-').all(|part| part.chars().count() == 1);
    core.chars().count() == 1
        || doubled
        || core.contains('.') && initials
        || listed(words::ABBREVIATIONS, core)
}
