//! Reads the years of a statement: lists, ranges, short ends, open ends and dates.

use super::PRESENT;
use super::vocabulary::{BLANK_YEARS, PRESENT_WORDS, listed};

/// More ranges than this are hostile input and not a statement.
const MOST: usize = 120;

/// The years read so far.
#[derive(Debug, Default, Clone)]
pub(super) struct Years {
    ranges: Vec<(u16, u16)>,
    /// A dash has been read whose end is still to come.
    pending: bool,
    /// The last word ended with a comma, so that a short year may follow: "1990, 91".
    listing: bool,
}

impl Years {
    pub(super) fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// Whether a dash waits for its end.
    pub(super) fn is_pending(&self) -> bool {
        self.pending
    }

    /// A dash that stands alone, or a word such as "to".
    pub(super) fn expect_end(&mut self) {
        self.pending = !self.ranges.is_empty();
    }

    /// A dash that no year followed: an open end if it was written onto the year, as in `2010-`.
    pub(super) fn leave_open(&mut self, glued: bool) {
        if self.pending && glued {
            self.extend(PRESENT);
        }
        self.pending = false;
    }

    /// Words such as "and later" behind a year.
    pub(super) fn leave_open_end(&mut self) {
        self.extend(PRESENT);
        self.pending = false;
    }

    fn extend(&mut self, end: u16) {
        if let Some(last) = self.ranges.last_mut() {
            *last = (last.0.min(end), last.1.max(end));
        }
    }

    /// The ranges in order, without those that another one holds.
    pub(super) fn into_ranges(mut self) -> Vec<(u16, u16)> {
        // The longest of those that start together comes first, so that what it holds can be dropped.
        self.ranges.sort_unstable_by_key(|&(start, end)| (start, std::cmp::Reverse(end)));
        let mut reach = 0;
        self.ranges.retain(|&(_, end)| {
            let new = end > reach;
            reach = reach.max(end);
            new
        });
        self.ranges
    }

    /// Takes the word if it is about years only, and says whether it was.
    pub(super) fn feed(&mut self, word: &str) -> bool {
        if self.ranges.len() >= MOST || word.len() > 400 {
            return false;
        }
        if let Some(year) = date(word) {
            self.push(year);
            self.listing = word.ends_with(',');
            return true;
        }
        let before = (self.ranges.len(), self.ranges.last().copied(), self.pending);
        if self.scan(word) {
            self.listing = word.ends_with([',', ';']);
            return true;
        }
        // A word that turns out to be a name must leave no year behind.
        self.ranges.truncate(before.0);
        if let (Some(last), Some(old)) = (self.ranges.last_mut(), before.1) {
            *last = old;
        }
        self.pending = before.2;
        false
    }

    fn push(&mut self, year: u16) {
        if self.pending {
            self.extend(year);
        } else {
            self.ranges.push((year, year));
        }
        self.pending = false;
    }

    fn scan(&mut self, word: &str) -> bool {
        let mut rest = word;
        let mut seen = false;
        let mut listing = self.listing;
        while let Some(c) = rest.chars().next() {
            if c.is_ascii_digit() {
                let len = rest.bytes().take_while(u8::is_ascii_digit).count();
                if !self.number(&rest[..len], listing) {
                    return false;
                }
                seen = true;
                listing = false;
                rest = &rest[len..];
            } else if c.is_alphabetic() {
                let len = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
                let known = listed(PRESENT_WORDS, &rest[..len]);
                if !(self.pending && known) {
                    return false;
                }
                self.extend(PRESENT);
                self.pending = false;
                seen = true;
                rest = &rest[len..];
            } else {
                match c {
                    '-' | '–' | '—' | '‐' | '‑' | '‒' | '−' | '~' => {
                        self.pending = !self.ranges.is_empty()
                    }
                    ',' | '/' | '&' | ';' => {
                        listing = true;
                        self.pending = false;
                    }
                    '+' if seen => self.extend(PRESENT),
                    '.' | ':' | '(' | ')' | '[' | ']' | '{' | '}' | '"' | '`' | '*' | '_' => {}
                    '\'' | '’' => {}
                    _ => return false,
                }
                rest = &rest[c.len_utf8()..];
            }
        }
        seen
    }

    fn number(&mut self, digits: &str, listing: bool) -> bool {
        let Ok(n) = digits.parse::<u16>() else { return false };
        let last = self.ranges.last().map(|r| r.1).filter(|y| *y != PRESENT);
        match (digits.len(), last) {
            (4, _) if plausible(n) => {
                self.push(n);
                true
            }
            (1 | 2, Some(year)) => {
                let unit = if digits.len() == 2 { 100 } else { 10 };
                let full = year - year % unit + n;
                // A smaller number is a month of a date, or the turn of the century: 1998-02.
                let turned = unit == 100 && full < year && (1990..2000).contains(&year) && n <= 30;
                let full = if turned { full + 100 } else { full };
                if self.pending {
                    if full > year && plausible(full) {
                        self.extend(full);
                    }
                    self.pending = false;
                    true
                } else if listing && unit == 100 && full > year {
                    self.ranges.push((full, full));
                    true
                } else {
                    false
                }
            }
            _ => false,
        }
    }
}

fn plausible(year: u16) -> bool {
    (1900..2100).contains(&year)
}

/// The year of a date such as `2006-05-01`, `(2006/5/1)` or `01.05.2006`.
fn date(word: &str) -> Option<u16> {
    let word = word.trim_matches(|c: char| !c.is_ascii_digit());
    // A month and a year: `8/2025`.
    if let Some((month, year)) = word.split_once('/')
        && matches!(month.len(), 1 | 2)
        && year.len() == 4
        && month.parse::<u16>().is_ok_and(|m| (1..=12).contains(&m))
    {
        return year.parse().ok().filter(|y| plausible(*y));
    }
    let mut parts = word.split(['-', '/', '.']);
    let (a, b, c) = (parts.next()?, parts.next()?, parts.next()?);
    let numbers = [a, b, c].iter().all(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()));
    if parts.next().is_some() || !numbers {
        return None;
    }
    let year = match (a.len(), b.len(), c.len()) {
        (4, 1 | 2, 1 | 2) => a,
        (1 | 2, 1 | 2, 4) => c,
        _ => return None,
    };
    year.parse().ok().filter(|y| plausible(*y))
}

/// Whether a template writes the year this way: `YYYY`, `19yy`, `$YEAR`, `%Y`.
pub(super) fn is_blank(word: &str) -> bool {
    let core = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '(' && c != ')');
    let digits = core.bytes().take_while(u8::is_ascii_digit).count();
    let letters = core.get(digits..).unwrap_or_default();
    let partly = matches!(digits, 2 | 3)
        && core.len() == 4
        && letters.bytes().all(|b| matches!(b, b'x' | b'X' | b'y' | b'Y' | b'j' | b'?'));
    partly || listed(BLANK_YEARS, core) || digits == 2 && word.contains("__")
}
