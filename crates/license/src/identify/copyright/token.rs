//! Cuts a cleaned line into words and bracketed groups.

/// What a token is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Word,
    /// `<…>`
    Angle,
    /// `(…)`
    Round,
    /// `[…]`
    Square,
    /// `{…}`
    Curly,
}

/// A word or a bracketed group with the punctuation that follows it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token<'t> {
    pub(super) text: &'t str,
    pub(super) kind: Kind,
    /// Where it ends in the cleaned line.
    pub(super) end: usize,
}

/// The longest bracketed group that is read as one token.
const GROUP: usize = 160;

/// More tokens than this make no statement.
const MOST: usize = 400;

/// The tokens of a cleaned line.
pub(super) fn tokens(line: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < line.len() && found.len() < MOST {
        let rest = &line[at..];
        let blanks = rest.len() - rest.trim_start().len();
        if blanks > 0 {
            at += blanks;
            continue;
        }
        let (len, kind) = bracketed(rest).unwrap_or_else(|| (word(rest), Kind::Word));
        found.push(Token { text: &rest[..len], kind, end: at + len });
        at += len;
    }
    found
}

/// The length of the group that `rest` starts with, its following punctuation included.
fn bracketed(rest: &str) -> Option<(usize, Kind)> {
    let (open, close, kind) = match rest.as_bytes().first()? {
        b'<' => ('<', '>', Kind::Angle),
        b'(' => ('(', ')', Kind::Round),
        b'[' => ('[', ']', Kind::Square),
        b'{' => ('{', '}', Kind::Curly),
        _ => return None,
    };
    let mut depth = 0usize;
    for (i, c) in rest.char_indices().take(GROUP) {
        if c == open {
            depth += 1;
        } else if c == close {
            depth -= 1;
        }
        if depth == 0 {
            let end = i + c.len_utf8();
            let tail = rest[end..].bytes().take_while(|b| b",.;:".contains(b)).count();
            return Some((end + tail, kind));
        }
    }
    // What is opened at the end of a line is closed on the next one.
    let whole = rest.len() <= GROUP
        && kind == Kind::Angle
        && rest[1..].starts_with(|c: char| c.is_ascii_alphabetic());
    whole.then_some((rest.len(), kind))
}

/// The length of the word that `rest` starts with.
fn word(rest: &str) -> usize {
    let mut last = '\0';
    for (i, c) in rest.char_indices() {
        // `Foo<foo@bar.com>` and `1999,Foo` are two words each; `1999,2000` is one.
        let glued = matches!(last, ',' | ';') && c.is_alphabetic() || c == '<' && i > 0;
        if i > 0 && (c.is_whitespace() || glued) {
            return i;
        }
        last = c;
    }
    rest.len()
}

impl<'t> Token<'t> {
    /// The token without the punctuation around it.
    pub(super) fn core(&self) -> &'t str {
        self.text.trim_matches(|c: char| ",;:.()[]{}<>\"'“”‘’*_".contains(c))
    }

    /// The contents of a bracketed group.
    pub(super) fn inner(&self) -> &'t str {
        let text = self.text.trim_end_matches([',', '.', ';', ':']);
        text.trim_matches(|c: char| "()[]{}<>".contains(c)).trim()
    }

    pub(super) fn ends_with(&self, c: char) -> bool {
        self.text.ends_with(c)
    }

    /// An address or a link, in brackets or without.
    pub(super) fn is_contact(&self) -> bool {
        let inner = self.inner();
        let link = inner.contains("://") || inner.starts_with("www.") || inner.starts_with("mailto:");
        let spelled = self.kind != Kind::Word
            && (inner.contains(" at ") && (inner.contains(" dot ") || inner.contains('.'))
                || inner.contains(" AT "));
        let address = inner.find('@').is_some_and(|at| {
            // "@name" is a handle; behind the sign an address goes on.
            at > 0 && inner[at + 1..].starts_with(|c: char| c.is_alphanumeric() || c == '{' || c == '[')
                || at == 0 && self.kind != Kind::Word
        });
        link || spelled || address
    }

    /// Only punctuation, and no bracketed text.
    pub(super) fn is_symbol(&self) -> bool {
        !self.text.chars().any(|c| c.is_alphanumeric())
    }

    /// A dash that stands alone.
    pub(super) fn is_dash(&self) -> bool {
        !self.text.is_empty() && self.text.chars().all(|c| "-–—−‐".contains(c))
    }

    /// Begins like a name: with a capital, a letter of a script without case, or a digit before letters.
    pub(super) fn is_capital(&self) -> bool {
        let core = self.core().trim_start_matches(['@', '.', '-', '/']);
        match core.chars().next() {
            Some(first) if first.is_alphabetic() => {
                !first.is_lowercase() || core.chars().skip(1).any(char::is_uppercase)
            }
            Some(first) if first.is_ascii_digit() => core.chars().any(char::is_alphabetic),
            _ => false,
        }
    }
}
