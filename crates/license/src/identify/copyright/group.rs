//! Joins marks that stand together: "Copyright (c)" is one mark and not two.

use std::iter::Peekable;

use super::clean;
use super::mark::{Kind, Mark, Marks};

/// Marks that stand together and make one: "Copyright (c)", "(C) Copyright", "Copyright: ©".
#[derive(Debug, Clone, Copy)]
pub(super) struct Group {
    pub(super) first: Mark,
    /// Where what is marked starts.
    pub(super) body: usize,
    pub(super) word: bool,
    pub(super) past: bool,
    pub(super) sign: bool,
    pub(super) paren: bool,
    /// A tag or an element: only copyright is said there.
    pub(super) tag: bool,
    /// `Copyright:` at the start of a line, as in Debian's copyright files.
    pub(super) field: bool,
}

impl Group {
    /// The next group; none where no mark is left.
    pub(super) fn next(text: &str, marks: &mut Peekable<Marks<'_>>) -> Option<Group> {
        let first = marks.next()?;
        let mut group = Group {
            first,
            body: first.end,
            word: false,
            past: false,
            sign: false,
            paren: false,
            tag: false,
            field: is_field(text, &first),
        };
        group.add(first.kind);
        for _ in 0..6 {
            let Some(next) = marks.peek().copied() else { break };
            if next.line_start != first.line_start || !adjacent(text, group.body, next.start) {
                break;
            }
            marks.next();
            // "Copyright: Copyright 2001 Foo" is stated by the second word.
            if group.word && matches!(next.kind, Kind::Word | Kind::Past)
                || group.tag && next.kind != Kind::Tag
            {
                group.first = Mark { line: first.line, line_start: first.line_start, ..next };
            }
            group.body = next.end;
            group.add(next.kind);
        }
        // "{c}" and "[c]" stand for the sign only behind the word.
        let rest = text.get(group.body..).unwrap_or_default();
        let mark = rest
            .trim_start_matches(' ')
            .get(..3)
            .is_some_and(|m| ["{c}", "[c]", "<c>"].iter().any(|c| c.eq_ignore_ascii_case(m)));
        if group.word && mark && !group.sign {
            group.body += rest.len() - rest.trim_start_matches(' ').len() + 3;
            group.paren = true;
        }
        Some(group)
    }

    fn add(&mut self, kind: Kind) {
        match kind {
            Kind::Word => self.word = true,
            Kind::Past => (self.word, self.past) = (true, true),
            Kind::Sign => self.sign = true,
            Kind::Paren => self.paren = true,
            Kind::Element | Kind::Tag => (self.word, self.tag) = (true, true),
        }
    }

    /// Whether the mark alone shows that a holder follows.
    pub(super) fn is_strong(&self) -> bool {
        self.tag || self.sign || self.word && self.paren
    }
}

/// Whether only blanks, punctuation and markup stand between two marks.
fn adjacent(text: &str, from: usize, to: usize) -> bool {
    if to.saturating_sub(from) > 64 {
        return false;
    }
    let between = clean::clean(text.get(from..to).unwrap_or_default());
    // A sign that was read in a wrong encoding leaves letters such as "Â" before it.
    let ruins = between.chars().filter(|c| c.is_alphanumeric()).all(|c| !c.is_ascii());
    ruins && between.chars().count() <= 6 && !between.contains(['\n', ')', ']', '.'])
}

/// Whether the mark is the name of a field: first in its line, and followed by a colon.
fn is_field(text: &str, mark: &Mark) -> bool {
    let colon = text.get(mark.end..).is_some_and(|rest| rest.starts_with(':'));
    let before = text.get(mark.line_start..mark.start).unwrap_or_default();
    matches!(mark.kind, Kind::Word | Kind::Tag)
        && (colon || mark.kind == Kind::Tag)
        && before.len() < 40
        && clean::head(before) == before.len()
}
