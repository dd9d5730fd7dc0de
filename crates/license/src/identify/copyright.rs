//! Copyright statements: who holds the copyright, since when, and on which lines it is said.
//!
//! A statement begins at a mark (the word, the sign, `(c)`, a tag) and is believed by what follows: years and names
//! make one, the words of a license or of prose do not. Time is linear in the text, whatever the text is.

mod believe;
mod clean;
mod group;
mod holders;
mod mark;
mod prose;
mod reading;
mod scan;
#[cfg(test)]
mod tests;
mod token;
mod vocabulary;
mod years;

use group::Group;
use mark::Marks;
use scan::Scanner;

/// The end of a range of years that the holder left open: "2019-present", "2010+".
pub const PRESENT: u16 = u16::MAX;

/// One statement of copyright, as a notice has to repeat it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// First and last line, counted from 1, so that a reader finds it.
    pub lines: (u32, u32),
    /// The statement itself, free of comment marks and markup, white space folded, "All rights reserved" included.
    pub text: String,
    /// The years as ranges, sorted; a single year is a range of one, an open end is [`PRESENT`].
    pub years: Vec<(u16, u16)>,
    /// The holders without addresses; empty if the statement only gives years.
    pub holders: Vec<String>,
}

/// All copyright statements of a text, in order. Templates and prose about copyright are none.
pub fn statements(text: &str) -> Vec<Statement> {
    let mut found = Vec::new();
    let mut marks = Marks::of(text).peekable();
    while let Some(group) = Group::next(text, &mut marks) {
        let follower = marks.peek().copied();
        Scanner { text, group, follower }.scan(&mut found);
    }
    found
}
