//! Gathers the words behind a mark: where they end in the line, and which of the following lines belong to them.

use super::Statement;
use super::believe::{Candidate, is_blank_holder, said};
use super::clean::{self, LineEnd};
use super::group::Group;
use super::holders;
use super::mark::Mark;
use super::prose;
use super::reading::{self, BREAK, Reading, Stop};
use super::token::{self, Token, tokens};
use super::vocabulary::{self, listed};
use super::years;

/// The most lines that one wrapped statement takes.
const WRAPS: usize = 12;

/// A line of fewer bytes was not wrapped for want of room.
const LONG: usize = 48;

/// A line behind the first one, as far as it may continue a statement.
struct Line {
    start: usize,
    cleaned: String,
    column: Option<usize>,
    end: LineEnd,
    /// Another mark cuts the line; its rest is read there.
    cut: bool,
}

/// The place up to which the text has been read for one group.
#[derive(Clone, Copy)]
struct Cursor {
    line: u32,
    /// Where the line starts.
    start: usize,
    end: LineEnd,
    cut: bool,
}

/// A statement in the making: the joined lines and the place behind them.
struct Draft {
    joined: String,
    /// Where in the joined text each line begins, and its number.
    lines: Vec<(usize, u32)>,
    cursor: Cursor,
}

impl Draft {
    /// The line on which the last of the used words stands.
    fn last_line(&self, words: &[Token<'_>], used: usize) -> u32 {
        let end = used.checked_sub(1).and_then(|i| words.get(i)).map_or(0, |w| w.end);
        let line = self.lines.iter().rfind(|(start, _)| *start < end).or(self.lines.first());
        line.map_or(self.cursor.line, |(_, line)| *line)
    }
}

pub(super) struct Scanner<'t> {
    pub(super) text: &'t str,
    pub(super) group: Group,
    /// The mark behind the group, where its words end.
    pub(super) follower: Option<Mark>,
}

impl Scanner<'_> {
    /// Adds the statements of the group.
    pub(super) fn scan(&self, found: &mut Vec<Statement>) {
        let group = &self.group;
        let follower = self.follower.filter(|m| m.line_start == group.first.line_start);
        let end = match follower {
            Some(mark) if mark.start - group.body < clean::WINDOW => {
                LineEnd { at: mark.start, next: None, counted: false }
            }
            _ => clean::line_end(self.text, group.body),
        };
        let cut = follower.filter(|m| m.start <= end.at);
        let stop = cut.map_or(end.at, |m| m.start);
        let Some(mut raw) = self.text.get(group.body..stop) else { return };
        let quote = self.text[..group.first.start].chars().next_back().filter(|c| "\"'“".contains(*c));
        let mut closed = false;
        let literal = literal(raw, group);
        if let Some(inner) = literal.as_ref().map(|l| l.0) {
            (raw, closed) = (inner, true);
        } else if let Some(close) = quote.and_then(|q| raw.find(if q == '“' { '”' } else { q })) {
            (raw, closed) = (&raw[..close], true);
        }
        let cleaned = clean::clean(raw);
        let broken = cleaned.trim_start().contains('\n');
        let first = cleaned.trim_start().split('\n').next().unwrap_or_default();
        let first = string_end(first).map_or(first, |end| &first[..end]);
        let cursor = Cursor {
            line: group.first.line,
            start: group.first.line_start,
            end,
            cut: cut.is_some() || closed || broken && !raw_tail_is_empty(&cleaned),
        };
        let draft = self.complete(clean::without_tail(first).to_owned(), cursor);
        let words = tokens(&draft.joined);
        let reading = reading::read(&words);
        let code = literal.is_some_and(|l| l.1);
        let candidate = Candidate {
            text: self.text,
            group,
            joined: &draft.joined,
            words: &words,
            reading: &reading,
            code,
        };
        let statement = candidate.statement((group.first.line, draft.last_line(&words, reading.used)));
        let empty = draft.joined.trim_matches([':', ' ']).is_empty();
        if statement.is_some() || group.field && empty {
            found.extend(statement);
            self.series(draft.cursor, found);
        }
    }

    /// Joins the following lines as long as they clearly belong to the statement.
    fn complete(&self, first: String, cursor: Cursor) -> Draft {
        let mut draft = Draft { joined: first, lines: vec![(0, cursor.line)], cursor };
        for _ in 0..WRAPS {
            let Some(next) = self.line_after(&draft.cursor) else { break };
            let words = tokens(&draft.joined);
            let reading = reading::read(&words);
            let long = draft.cursor.end.at.saturating_sub(draft.cursor.start) >= LONG;
            let Some(glue) = self.glue(&reading, &words, &next, long) else { break };
            draft.joined.push(' ');
            if glue == Glue::Separate {
                draft.joined.push_str(BREAK);
                draft.joined.push(' ');
            }
            draft.cursor = draft.cursor.advanced(&next);
            draft.lines.push((draft.joined.len(), draft.cursor.line));
            draft.joined.push_str(&next.cleaned);
        }
        draft
    }

    fn line_after(&self, cursor: &Cursor) -> Option<Line> {
        let start = cursor.end.next.filter(|_| !cursor.cut)?;
        let end = clean::line_end(self.text, start);
        let cut = self.follower.filter(|m| m.start < end.at).map(|m| m.start);
        let raw = self.text.get(start..cut.unwrap_or(end.at))?;
        let head = clean::head(raw);
        let cleaned = clean::clean(&raw[head..]);
        let broken = cleaned.trim().contains('\n');
        let line = clean::without_tail(cleaned.trim().split('\n').next().unwrap_or_default()).trim_start();
        if line.is_empty() {
            return None;
        }
        let column = clean::column(self.text, start, start + head);
        Some(Line { start, cleaned: line.to_owned(), column, end, cut: cut.is_some() || broken })
    }

    /// Whether the next line goes on with the statement, and how.
    fn glue(&self, reading: &Reading, words: &[Token<'_>], next: &Line, long: bool) -> Option<Glue> {
        let following = tokens(&next.cleaned);
        let first = following.first()?;
        if reading.stop == Stop::HalfRights {
            return ["reserved", "rights"]
                .iter()
                .any(|w| first.core().eq_ignore_ascii_case(w))
                .then_some(Glue::Join);
        }
        if reading.stop != Stop::End {
            return None;
        }
        let year = years::Years::default().feed(first.text);
        let core = first.core();
        let last = words.iter().rfind(|w| w.text != BREAK);
        let connects = last.is_none_or(|w| {
            w.text.ends_with([',', '-', '–', '&', '/'])
                || ["and", "by", "of", "the", "for", "or"].contains(&w.core())
        });
        let only_years = reading.used == words.len() && !reading.has_names();
        if year {
            let waiting = last.is_none() || last.is_some_and(|w| w.is_symbol()) && !reading.has_names();
            return (waiting || connects && only_years || reading.years.is_pending()).then_some(Glue::Join);
        }
        // What opens another sentence or section does not belong, nor does a bare mention of a license.
        let and = core == "and" || first.text == "&";
        let opener = listed(prose::OPENERS, core) || first.ends_with(':') || first.is_symbol() && !and;
        // Before another mark on the line stand words such as "Modifications".
        if opener || next.cut && following.len() <= 3 {
            return None;
        }
        let alone = reading::read(&following);
        let names = alone.has_names() && alone.names.first().is_some_and(Option::is_some);
        let second = following.iter().skip(1).find(|t| t.text != "the");
        let article = (and || ["by", "the"].contains(&core))
            && second.is_some_and(|t| t.is_capital() || listed(vocabulary::GROUPS, t.core()));
        let software = core.eq_ignore_ascii_case("the")
            && following.get(1).is_some_and(|t| t.text == "SOFTWARE" || t.text == "Software");
        // "Foo Public License" is the title of what follows.
        let stopper = following.get(alone.used).map_or("", Token::core);
        let title = ["license", "licence", "licenses"].iter().any(|w| stopper.eq_ignore_ascii_case(w));
        let named = names && (first.is_capital() || article) && !software && !title;
        let whole = named && alone.stop != Stop::Prose;
        if !reading.has_names() {
            let waits = !reading.years.is_empty() || reading.blank_year || connects && !words.is_empty();
            let handle = following.len() == 1 && connects;
            return (waits && (whole || handle)).then_some(Glue::Join);
        }
        let contact_next = first.is_contact();
        let companion = listed(vocabulary::COMPANIONS, core) && listed(vocabulary::GROUPS, core);
        if connects && (whole || contact_next || companion || named && article) || and && whole {
            return Some(Glue::Join);
        }
        let listed_on = named && last.is_some_and(|w| ["and", "&"].contains(&w.text));
        if listed_on || contact_next && first.kind != token::Kind::Word {
            return Some(Glue::Join);
        }
        // A line indented to where the names stand lists one more of them.
        let mark = clean::column(self.text, self.group.first.line_start, self.group.first.start);
        let deep = next.column.zip(mark).is_some_and(|(next, mark)| next >= mark + 10);
        let listing = whole && alone.used == following.len() && following.len() <= 8;
        if deep && listing && !self.group.field {
            return Some(Glue::Separate);
        }
        // A long line whose last name goes on: the sentence must end soon.
        let last_capital = last.is_some_and(|w| w.is_capital() && !w.is_contact() && !w.ends_with('.'));
        let term = alone.stop == Stop::Symbol
            && following.get(alone.used).is_some_and(|t| t.kind == token::Kind::Round);
        let short = alone.names.len() <= 6
            && (term || matches!(alone.stop, Stop::Sentence | Stop::Rights | Stop::HalfRights));
        let suffix = first.is_capital() && listed(vocabulary::SUFFIXES, core);
        let goes_on = suffix || long && whole && short;
        (last_capital && goes_on).then_some(Glue::Join)
    }

    /// Lines below a statement that state further years and holders without a mark of their own.
    fn series(&self, cursor: Cursor, found: &mut Vec<Statement>) {
        let mut cursor = cursor;
        let mark = clean::column(self.text, self.group.first.line_start, self.group.first.start);
        let field = clean::column(self.text, self.group.first.line_start, self.first_column());
        while let Some(next) = self.line_after(&cursor) {
            let (Some(column), Some(mark), Some(field)) = (next.column, mark, field) else { return };
            let deeper = if self.group.field { column > field } else { column > mark };
            let words = tokens(&next.cleaned);
            let year = words
                .first()
                .is_some_and(|w| years::Years::default().feed(w.text) && !w.text.contains(['.', '/']));
            if !deeper || !(year || self.group.field) {
                return;
            }
            let start = cursor.advanced(&next);
            let draft = self.complete(next.cleaned.clone(), start);
            let words = tokens(&draft.joined);
            let reading = reading::read(&words);
            let names = reading.has_names() && !matches!(reading.stop, Stop::Prose | Stop::Opener);
            let whole = reading.used == words.len() && words.len() <= 12;
            let first = words.first().is_some_and(|w| w.is_capital());
            let blank = reading.blank || is_blank_holder(&reading, &words);
            if !names
                || blank
                || reading.used == 0
                || !(year || whole && first && !next.cleaned.ends_with('.'))
            {
                return;
            }
            found.push(Statement {
                lines: (start.line, draft.last_line(&words, reading.used)),
                text: said(&words, reading.used, &draft.joined),
                holders: holders::holders(&reading, &words),
                years: reading.years.into_ranges(),
            });
            cursor = draft.cursor;
        }
    }

    /// Where the first line's text starts behind its comment marks.
    fn first_column(&self) -> usize {
        let line = self.text.get(self.group.first.line_start..self.group.first.start).unwrap_or_default();
        self.group.first.line_start + clean::head(line).min(line.len())
    }
}

/// How the next line is joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Glue {
    Join,
    /// Its names are other holders.
    Separate,
}

impl Cursor {
    /// The place behind `line`.
    fn advanced(&self, line: &Line) -> Cursor {
        Cursor {
            line: self.line.saturating_add(u32::from(self.end.counted)),
            start: line.start,
            end: line.end,
            cut: line.cut,
        }
    }
}

/// Where a string literal ends and code goes on: `Foo Inc.".to_owned()`.
fn string_end(line: &str) -> Option<usize> {
    let ends = |i: &usize| {
        line[i + 1..].starts_with([')', ';', '}'])
            || line[i + 1..].starts_with('.') && line[i + 2..].starts_with(char::is_alphabetic)
    };
    // A quote that another one opened encloses a name or a term.
    line.match_indices('"').step_by(2).map(|(i, _)| i).find(ends)
}

/// Whether markup broke off nothing but blanks.
fn raw_tail_is_empty(cleaned: &str) -> bool {
    cleaned.trim_start().split('\n').skip(1).all(|part| part.trim().is_empty())
}

/// The string that code assigns to a name, `copyright = "2020 Foo"`: the rest of the line, and whether it is code.
///
/// None where no name is assigned to. Code that assigns no string has an empty one.
fn literal<'t>(raw: &'t str, group: &Group) -> Option<(&'t str, bool)> {
    if !group.word || group.sign || group.paren {
        return None;
    }
    // The tag's mark has taken the sign that assigns.
    if group.tag {
        let value = raw.trim_start().trim_start_matches('[').trim_start();
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        return Some((value[1..].split(quote).next().unwrap_or_default(), false));
    }
    let unquoted = raw.trim_start_matches(['"', '\'']);
    let key = unquoted.len() < raw.len();
    let rest = unquoted.trim_start();
    if key && rest.starts_with([',', ')', ']', '}', ';']) {
        return Some(("", true));
    }
    let value = match rest.strip_prefix('=') {
        Some(value) => value.trim_start_matches(['=', '>']),
        None if key || rest.starts_with(":=") => match rest.strip_prefix(':') {
            Some(value) => value.trim_start_matches('='),
            // `"Copyright" 2020 Foo` is no code.
            None => return key.then_some(("", true)),
        },
        None => return None,
    };
    let value = value
        .trim_start()
        .trim_start_matches(['[', '('])
        .trim_start()
        .trim_start_matches(['u', 'r', 'f', 'b']);
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'));
    let inner = quote.map_or("", |q| value[1..].split(q).next().unwrap_or_default());
    Some((inner, true))
}
