//! Cuts prose into sentences of folded words: comment marks, bullets, numbers, tags and line wraps are undone here.
//!
//! A list item that says nothing on its own is read together with the sentence that leads into the list, because
//! "You may not:" and "sell it" are one clause.

use std::ops::Range;

use super::lexicon;

/// Longest sentence in words; a longer run is cut, which bounds the work on hostile input.
const MAX_WORDS: usize = 320;
/// How many words of a lead-in are read with each of its items, counted from its end.
const MAX_LEAD: usize = 48;
/// A word is remembered up to this many bytes.
const MAX_WORD: usize = 48;
/// A line shorter than this that ends without punctuation may be a statement of its own.
const SHORT_LINE: usize = 60;

/// What stands between a word and the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Gap {
    /// Nothing that matters.
    None,
    /// A comma, a bracket, or the start of a line that may be a statement of its own.
    Comma,
    /// A semicolon, a colon or a dash.
    Strong,
}

/// One folded word.
#[derive(Debug, Clone)]
pub(super) struct Token {
    /// Lower case, American spelling, contractions undone.
    pub(super) word: String,
    /// Where in the text the run of characters is that it comes from; empty where an earlier word shows it already.
    pub(super) raw: Range<usize>,
    /// Line, from 1.
    pub(super) line: u32,
    /// What stands before it.
    pub(super) gap: Gap,
}

/// One sentence, or a list item with its lead-in.
#[derive(Debug)]
pub(super) struct Sentence {
    /// Its words.
    pub(super) tokens: Vec<Token>,
    /// How many of them belong to the lead-in.
    pub(super) lead: usize,
    /// It ends with a colon.
    pub(super) opens: bool,
}

/// Hands every sentence of the text to `each`, in order.
pub(super) fn for_each(text: &str, each: impl FnMut(&Sentence)) {
    let mut splitter = Splitter::new(text, each);
    let mut in_block = false;
    let mut before = "";
    let mut lines = text.lines().peekable();
    let mut number = 0u32;
    while let Some(line) = lines.next() {
        number = number.saturating_add(1);
        let after = lines.peek().copied().unwrap_or("");
        let start = line.trim_start();
        in_block |= start.starts_with("/*") || start.starts_with("(*");
        splitter.line(&Line::read(line, before, after, in_block), number);
        if line.contains("*/") || line.contains("*)") {
            in_block = false;
        }
        before = line;
    }
    splitter.end(End::Paragraph);
}

/// What a line holds once comment marks and list marks are off.
struct Line<'t> {
    rest: &'t str,
    /// It starts an item of a list.
    item: bool,
    /// The mark of the item is a cross, which says no.
    crossed: bool,
    /// It is a heading, a sentence of its own.
    heading: bool,
}

impl<'t> Line<'t> {
    fn read(line: &'t str, before: &str, after: &str, in_block: bool) -> Line<'t> {
        let mut rest = line.trim();
        let mut heading = false;
        // A line holds at most a few nested marks, such as a quoted comment with a bullet.
        for _ in 0..3 {
            let stripped = comment_mark(rest, before.trim(), after.trim(), in_block, &mut heading);
            if stripped.len() == rest.len() {
                break;
            }
            rest = stripped.trim_start();
        }
        for end in ["*/", "-->", "*)"] {
            rest = rest.strip_suffix(end).unwrap_or(rest).trim_end();
        }
        let (item, crossed, rest) = list_mark(rest);
        Line { rest, item, crossed, heading }
    }
}

/// Takes one comment mark off, where the neighbours show that it is one and not a bullet or a heading.
fn comment_mark<'t>(line: &'t str, before: &str, after: &str, in_block: bool, heading: &mut bool) -> &'t str {
    for mark in ["<!--", "/*", "(*", "//", "\"\"\"", "'''"] {
        if let Some(rest) = line.strip_prefix(mark) {
            return rest.trim_start_matches(['*', '/', '!']);
        }
    }
    for word in ["dnl ", "rem ", "@rem ", ".. ", ".\\\" "] {
        if line.get(..word.len()).is_some_and(|w| w.eq_ignore_ascii_case(word)) {
            return &line[word.len()..];
        }
    }
    match line.chars().next() {
        Some('>' | ';' | '%' | '!' | '|') => &line[1..],
        Some('-') if line.starts_with("-- ") => &line[2..],
        Some('*') if in_block => line.trim_start_matches('*'),
        Some('*') if line.len() > 1 && (before == "*" || after == "*" || wraps(line, before, after)) => {
            &line[1..]
        }
        Some('#') => {
            *heading = !before.starts_with('#') && !after.starts_with('#');
            line.trim_start_matches('#')
        }
        _ => line,
    }
}

/// A line of a comment whose start is not at hand: it goes on in lower case where the one before it ended.
fn wraps(line: &str, before: &str, after: &str) -> bool {
    let goes_on =
        |l: &str| l.strip_prefix("* ").is_some_and(|rest| rest.trim_start().starts_with(char::is_lowercase));
    let open = |l: &str| l.starts_with("* ") && l.ends_with(|c: char| c.is_alphanumeric() || c == ',');
    let shouted = |l: &str| l.starts_with("* ") && !l.contains(char::is_lowercase);
    (goes_on(line) && open(before))
        || (open(line) && goes_on(after))
        || shouted(line) && (shouted(before) || shouted(after))
}

/// Takes a bullet or a number off: whether there was one, whether it was a cross, and the rest.
fn list_mark(line: &str) -> (bool, bool, &str) {
    let Some(first) = line.chars().next() else { return (false, false, line) };
    let rest = &line[first.len_utf8()..];
    match first {
        '•' | '·' | '●' | '▪' | '◦' | '‣' | '✓' | '✔' | '✅' => {
            return (true, false, rest.trim_start());
        }
        '❌' | '✗' | '✘' | '🚫' | '⛔' => {
            return (true, true, rest.trim_start_matches('\u{fe0f}').trim_start());
        }
        '-' | '*' | '+' | '–' | '—' if rest.starts_with(char::is_whitespace) => {
            let rest = rest.trim_start();
            let (_, crossed, inner) = match rest.chars().next() {
                Some(c) if !c.is_ascii() => list_mark(rest),
                _ => (true, false, rest),
            };
            return (true, crossed, inner);
        }
        _ => {}
    }
    let Some(end) = line.find(char::is_whitespace) else { return (false, false, line) };
    let mark = &line[..end];
    if is_number_mark(mark) { (true, false, line[end..].trim_start()) } else { (false, false, line) }
}

/// `1.`, `1)`, `(a)`, `iv.`, `2.3`, `§4`: the number of a section or an item.
fn is_number_mark(mark: &str) -> bool {
    if mark.len() > 9 {
        return false;
    }
    let closed = mark.ends_with(['.', ')', ']', ':']);
    let inner = mark.trim_matches(['(', ')', '.', '[', ']', ':', '§']);
    let digits = !inner.is_empty() && inner.chars().all(|c| c.is_ascii_digit() || c == '.');
    let letter = inner.len() == 1 && inner.chars().all(|c| c.is_ascii_alphabetic());
    let roman = !inner.is_empty() && inner.chars().all(|c| matches!(c, 'i' | 'v' | 'x' | 'I' | 'V' | 'X'));
    (digits && (closed || inner.contains('.') || mark.starts_with('§'))) || (closed && (letter || roman))
}

/// Why a sentence ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    /// A full stop, a question mark or an exclamation mark.
    Stop,
    /// A blank line, a heading, the next item or the end of the text.
    Paragraph,
    /// It got too long.
    Cut,
}

struct Splitter<'t, F> {
    text: &'t str,
    each: F,
    tokens: Vec<Token>,
    /// The sentence under way started as an item of a list.
    item: bool,
    /// The sentence that leads into the list under way.
    lead: Vec<Token>,
    /// What stands before the next word.
    gap: Gap,
    /// The last mark seen was a colon.
    colon: bool,
    /// The last line was short and had no punctuation at its end.
    open_line: bool,
}

impl<'t, F: FnMut(&Sentence)> Splitter<'t, F> {
    fn new(text: &'t str, each: F) -> Self {
        Splitter {
            text,
            each,
            tokens: Vec::new(),
            item: false,
            lead: Vec::new(),
            gap: Gap::None,
            colon: false,
            open_line: false,
        }
    }

    fn line(&mut self, line: &Line<'t>, number: u32) {
        let rule = !line.rest.is_empty() && !line.rest.chars().any(char::is_alphanumeric);
        if line.rest.is_empty() || rule {
            self.end(End::Paragraph);
            return;
        }
        if line.item || line.heading {
            self.end(End::Paragraph);
            self.item = line.item;
        } else if self.tokens.is_empty() && !self.item {
            // Prose after the list: the lead-in is over.
            self.lead.clear();
        } else if self.open_line && line.rest.starts_with(|c: char| c.is_uppercase()) {
            self.gap = self.gap.max(Gap::Comma);
        }
        if line.crossed {
            self.word("no", 0..0, number);
        }
        self.pieces(line.rest, number);
        self.open_line = line.rest.len() < SHORT_LINE && line.rest.ends_with(char::is_alphanumeric);
        if line.heading {
            self.end(End::Paragraph);
        }
    }

    /// Runs of characters between blanks; tags are left out, and those that end a block end the sentence.
    fn pieces(&mut self, line: &'t str, number: u32) {
        let last_close = line.rfind('>').unwrap_or(0);
        let mut start = 0;
        let mut chars = line.char_indices();
        while let Some((at, c)) = chars.next() {
            let next = line[at + c.len_utf8()..].chars().next().unwrap_or(' ');
            if c.is_whitespace() {
                self.chunk(&line[start..at], number);
                start = at + c.len_utf8();
            } else if c == '<'
                && at < last_close
                && (next.is_ascii_alphabetic() || next == '/' || next == '!')
            {
                self.chunk(&line[start..at], number);
                let close = line[at..].find('>').map_or(line.len(), |len| at + len + 1);
                if is_block_tag(&line[at..close]) {
                    self.end(End::Paragraph);
                    self.item = line[at..].get(..3).is_some_and(|t| t.eq_ignore_ascii_case("<li"));
                }
                start = close;
                while chars.offset() < close && chars.next().is_some() {}
            } else if c == '|' {
                self.chunk(&line[start..at], number);
                self.end(End::Paragraph);
                start = at + 1;
            }
        }
        self.chunk(&line[start..], number);
    }

    /// One run of characters: its words, and whether it ends the sentence.
    fn chunk(&mut self, raw: &'t str, number: u32) {
        if raw.is_empty() {
            return;
        }
        // Both slices lie in one text, so the difference of their starts is the place.
        let at = (raw.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        let place = at..at + raw.len();
        let (text, tail) = match raw.find("](") {
            Some(at) => (&raw[..at], raw[at..].rsplit(')').next().unwrap_or("")),
            None => (raw, raw),
        };
        let address =
            text.contains("://") || text.starts_with("www.") || text.trim_matches('@').contains('@');
        if address {
            self.word("url", place, number);
        } else {
            self.words(text, place, number);
        }
        let tail = tail.trim_end_matches(['"', '\'', ')', ']', '”', '’', '*', '_', '`', '}']);
        self.colon = tail.ends_with(':');
        if tail.ends_with(['!', '?', '。']) || (tail.ends_with('.') && !is_abbreviation(text)) {
            self.end(End::Stop);
        }
    }

    /// The words within one run of characters.
    fn words(&mut self, text: &str, mut raw: Range<usize>, number: u32) {
        let mut word = String::new();
        let mut before = ' ';
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            let next = chars.peek().copied().unwrap_or(' ');
            let inside = !word.is_empty() && next.is_alphanumeric();
            match c {
                _ if c.is_alphanumeric() && word.len() > MAX_WORD => {}
                _ if c.is_alphanumeric() || matches!(c, '%' | '$' | '€' | '£') => {
                    word.extend(c.to_lowercase())
                }
                '\'' | '’' if inside => word.push('\''),
                ',' if inside && before.is_ascii_digit() && next.is_ascii_digit() => {}
                '.' if inside && before.is_alphabetic() && next.is_uppercase() && word.len() > 3 => {
                    // A stop without a blank after it, as in texts that lost their line ends.
                    self.flush(&mut word, &mut raw, number);
                    self.end(End::Stop);
                }
                '.' if inside => word.push('.'),
                '_' if inside => word.push('_'),
                '-' | '\u{2010}' | '\u{2011}' if inside && lexicon::is_prefix(&word) => {}
                '<' | '>' if next.is_ascii_digit() || next == '$' => {
                    self.flush(&mut word, &mut raw, number);
                    self.word(if c == '<' { "under" } else { "over" }, 0..0, number);
                }
                _ => {
                    self.flush(&mut word, &mut raw, number);
                    match c {
                        ',' | '(' | '[' => self.gap = self.gap.max(Gap::Comma),
                        ';' | ':' | '—' | '–' => self.gap = Gap::Strong,
                        ')' | ']' => self.gap = self.gap.max(Gap::Comma),
                        _ => {}
                    }
                }
            }
            before = c;
        }
        self.flush(&mut word, &mut raw, number);
        if text == "-" || text == "--" {
            self.gap = Gap::Strong;
        }
    }

    fn flush(&mut self, word: &mut String, raw: &mut Range<usize>, number: u32) {
        if word.is_empty() {
            return;
        }
        let folded = std::mem::take(word);
        let (first, second) = lexicon::split_contraction(&folded);
        self.word(first, std::mem::take(raw), number);
        if let Some(second) = second {
            self.word(second, 0..0, number);
        }
    }

    /// Adds a word, joined with the one before where both are one term.
    fn word(&mut self, word: &str, raw: Range<usize>, number: u32) {
        let word = lexicon::fold(word);
        if self.gap == Gap::None
            && let Some(last) = self.tokens.last_mut()
            && let Some(joined) = lexicon::join(&last.word, &word)
        {
            last.word = joined;
            if !raw.is_empty() {
                last.raw = if last.raw.is_empty() { raw } else { last.raw.start..raw.end };
            }
            return;
        }
        if self.tokens.len() >= MAX_WORDS {
            self.end(End::Cut);
        }
        self.tokens.push(Token { word: word.into_owned(), raw, line: number, gap: self.gap });
        self.gap = Gap::None;
    }

    /// Hands over the sentence under way, and remembers it where it leads into a list.
    fn end(&mut self, why: End) {
        let mut own = std::mem::take(&mut self.tokens);
        let colon = std::mem::take(&mut self.colon);
        self.gap = Gap::None;
        self.open_line = false;
        let item = self.item;
        if why == End::Paragraph {
            self.item = false;
        }
        if own.is_empty() {
            return;
        }
        let carries = item && !self.lead.is_empty() && !super::grammar::has_marker(&own);
        let lead = if carries { self.lead.len() } else { 0 };
        if carries {
            own[0].gap = Gap::Strong;
            let mut both = self.lead.clone();
            both.append(&mut own);
            own = both;
        }
        let leads = why == End::Paragraph && (colon || !item);
        if leads {
            let from = own.len().saturating_sub(MAX_LEAD);
            self.lead = own[from..].to_vec();
        } else if !item {
            self.lead.clear();
        }
        (self.each)(&Sentence { tokens: own, lead, opens: colon });
    }
}

fn is_block_tag(tag: &str) -> bool {
    let name: String =
        tag.chars().skip_while(|c| matches!(c, '<' | '/')).take_while(char::is_ascii_alphanumeric).collect();
    matches!(
        name.to_ascii_lowercase().as_str(),
        "p" | "br"
            | "li"
            | "ul"
            | "ol"
            | "div"
            | "td"
            | "tr"
            | "th"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "pre"
    )
}

/// Whether the stop at the end of this run of characters belongs to an abbreviation.
fn is_abbreviation(text: &str) -> bool {
    let bare = text.trim_matches(|c: char| !c.is_alphanumeric() && c != '.').trim_end_matches('.');
    if bare.len() <= 1 {
        return true;
    }
    let lower = bare.to_ascii_lowercase();
    matches!(
        lower.as_str(),
        "e.g"
            | "eg"
            | "i.e"
            | "ie"
            | "inc"
            | "ltd"
            | "corp"
            | "vs"
            | "cf"
            | "al"
            | "u.s"
            | "u.k"
            | "dr"
            | "mr"
            | "ms"
            | "mrs"
            | "approx"
            | "ex"
            | "viz"
            | "incl"
            | "resp"
    )
}
