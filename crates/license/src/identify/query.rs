//! A text ready to be compared: its words, numbered as the index numbers them.

use super::index::Index;
use super::tokens::{self, Word};

/// A text and its words.
pub struct Query<'t> {
    /// The text.
    pub text: &'t str,
    /// Its words with their places.
    pub words: Vec<Word>,
    /// Their numbers; [`super::index::UNKNOWN`] for words that no rule holds.
    pub ids: Vec<u16>,
}

impl<'t> Query<'t> {
    /// Cuts and numbers a text.
    pub fn new(text: &'t str, index: &Index<'_>) -> Self {
        let words = tokens::words(text);
        let ids = words.iter().map(|w| index.word(w.hash)).collect();
        Query { text, words, ids }
    }

    /// Number of words.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there is no word.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// Lines of a span of words, the end excluded.
    pub fn lines(&self, start: usize, end: usize) -> (u32, u32) {
        let first = self.words.get(start).map_or(1, |w| w.line);
        let last = end.checked_sub(1).and_then(|e| self.words.get(e)).map_or(first, |w| w.line);
        (first, last.max(first))
    }

    /// The raw text of a span of words, the end excluded.
    pub fn slice(&self, start: usize, end: usize) -> &'t str {
        match (self.words.get(start), end.checked_sub(1).and_then(|e| self.words.get(e))) {
            (Some(first), Some(last)) if start < end => {
                self.text.get(first.start as usize..last.end as usize).unwrap_or("")
            }
            _ => "",
        }
    }
}
