//! Cuts a text into words once; everything after works on their numbers.
//!
//! The index builder and the reader share this file, so that a rule and a text can never be cut differently.

use std::sync::OnceLock;

/// A word of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word {
    /// Hash of the lower-case word.
    pub hash: u64,
    /// Byte offset of its first character.
    pub start: u32,
    /// Byte offset behind its last character.
    pub end: u32,
    /// Line, counted from 1.
    pub line: u32,
}

/// Words that markup and comment marks leave behind; they are dropped from rules and texts alike.
const NOISE: &[&str] = &[
    "3lcomment",
    "a",
    "abbr",
    "alt",
    "amp",
    "apos",
    "auto",
    "bdquo",
    "blockquote",
    "body",
    "border",
    "br",
    "bull",
    "bullet",
    "class",
    "colon",
    "comma",
    "div",
    "dnl",
    "echo",
    "em",
    "emdash",
    "emsp",
    "ensp",
    "ge",
    "gt",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "hairsp",
    "head1",
    "head2",
    "head3",
    "height",
    "hr",
    "href",
    "img",
    "ldquo",
    "ldquor",
    "le",
    "li",
    "lists",
    "lpar",
    "lsaquo",
    "lsquo",
    "lsquor",
    "lt",
    "mdash",
    "nav",
    "nbsp",
    "ndash",
    "numsp",
    "ol",
    "p",
    "padding",
    "par",
    "para",
    "period",
    "pre",
    "printf",
    "puncsp",
    "quot",
    "raquo",
    "rdquo",
    "rdquor",
    "rel",
    "rem",
    "rpar",
    "rsaquo",
    "rsquo",
    "rsquor",
    "sbquo",
    "script",
    "semi",
    "side",
    "span",
    "src",
    "td",
    "th",
    "thinsp",
    "tilde",
    "tr",
    "ul",
    "ulink",
    "width",
    "x3c",
    "x3e",
];

/// Cuts a text into words: runs of letters and digits, with a `+` kept inside or behind (`GPLv2+`).
pub fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::with_capacity(text.len() / 7);
    let mut cutter = Cutter { hash: SEED, start: 0, length: 0, plus: false, noise: Noise::get() };
    let mut line = 1u32;
    let bytes = text.as_bytes();
    let mut at = 0usize;
    while at < bytes.len() {
        let byte = bytes[at];
        if byte < 0x80 {
            if byte.is_ascii_alphanumeric() {
                cutter.push(byte.to_ascii_lowercase(), at);
            } else if byte == b'+' && cutter.length > 0 && !cutter.plus {
                cutter.push(byte, at);
                cutter.plus = true;
            } else {
                cutter.finish(at, line, &mut words);
                line += u32::from(byte == b'\n');
                if let Some(end) = markup(bytes, at).filter(|_| byte == b'<') {
                    line += bytes[at..end].iter().filter(|b| **b == b'\n').count() as u32;
                    at = end;
                    continue;
                }
            }
            at += 1;
            continue;
        }
        // Rare in licenses, so the slow way is good enough.
        let Some(c) = text[at..].chars().next() else { break };
        if c.is_alphanumeric() {
            let mut buffer = [0u8; 4];
            for lower in c.to_lowercase() {
                for &b in lower.encode_utf8(&mut buffer).as_bytes() {
                    cutter.push(b, at);
                }
            }
        } else {
            cutter.finish(at, line, &mut words);
        }
        at += c.len_utf8();
    }
    cutter.finish(at, line, &mut words);
    words
}

/// Names of tags that only dress a text. Others stay: `<year>` stands for something, and the address in `<a href>` is
/// evidence.
const TAGS: &[&str] = &[
    "b",
    "blockquote",
    "body",
    "br",
    "center",
    "code",
    "dd",
    "div",
    "dl",
    "dt",
    "em",
    "font",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "li",
    "ol",
    "p",
    "para",
    "pre",
    "small",
    "span",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "tt",
    "u",
    "ul",
];

/// The byte behind a tag that begins here, if it is one that only dresses a text.
fn markup(bytes: &[u8], at: usize) -> Option<usize> {
    let start = at + 1 + usize::from(bytes.get(at + 1) == Some(&b'/'));
    let name = bytes[start..].iter().take(11).take_while(|b| b.is_ascii_alphanumeric()).count();
    let mut lower = [0u8; 12];
    let lower = &mut lower[..name];
    lower.copy_from_slice(&bytes[start..start + name]);
    lower.make_ascii_lowercase();
    TAGS.binary_search_by(|t| t.as_bytes().cmp(lower)).ok()?;
    // A tag ends soon; one that does not is no tag.
    let close = bytes[start..].iter().take(1000).position(|b| *b == b'>' || *b == b'<')?;
    (bytes[start + close] == b'>').then_some(start + close + 1)
}

const SEED: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;

/// Hash of one word that is lower case already.
pub fn hash(word: &str) -> u64 {
    word.bytes().fold(SEED, |h, b| (h ^ u64::from(b)).wrapping_mul(PRIME))
}

struct Cutter {
    hash: u64,
    start: usize,
    length: usize,
    plus: bool,
    noise: &'static Noise,
}

impl Cutter {
    #[inline]
    fn push(&mut self, byte: u8, at: usize) {
        if self.length == 0 {
            self.start = at;
        }
        self.hash = (self.hash ^ u64::from(byte)).wrapping_mul(PRIME);
        self.length += 1;
    }

    #[inline]
    fn finish(&mut self, end: usize, line: u32, words: &mut Vec<Word>) {
        if self.length == 0 {
            return;
        }
        if !self.noise.holds(self.hash) {
            words.push(Word { hash: self.hash, start: self.start as u32, end: end as u32, line });
        }
        *self = Cutter { hash: SEED, start: 0, length: 0, plus: false, noise: self.noise };
    }
}

/// The noise words by their hashes, with a small filter in front: nearly every word is none of them.
struct Noise {
    filter: [u64; 64],
    hashes: Vec<u64>,
}

impl Noise {
    fn get() -> &'static Noise {
        static NOISE_TABLE: OnceLock<Noise> = OnceLock::new();
        NOISE_TABLE.get_or_init(|| {
            let mut noise = Noise { filter: [0; 64], hashes: NOISE.iter().map(|w| hash(w)).collect() };
            noise.hashes.sort_unstable();
            for &hash in &noise.hashes {
                noise.filter[(hash >> 58) as usize] |= 1 << (hash >> 52 & 63);
            }
            noise
        })
    }

    #[inline]
    fn holds(&self, hash: u64) -> bool {
        self.filter[(hash >> 58) as usize] >> (hash >> 52 & 63) & 1 == 1
            && self.hashes.binary_search(&hash).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<&str> {
        words(text).iter().map(|w| &text[w.start as usize..w.end as usize]).collect()
    }

    #[test]
    fn words_lines_and_noise() {
        assert!(NOISE.is_sorted() && TAGS.is_sorted());
        assert_eq!(cut("GPLv2+ or (C)++ x_y"), ["GPLv2+", "or", "C", "x", "y"]);
        assert_eq!(cut("<p class=\"x\">The &quot;Software&quot;</p>"), ["The", "Software"]);
        assert_eq!(cut("<a href=\"mit.html\">MIT</a> <year>"), ["mit", "html", "MIT", "year"]);
        assert_eq!(cut("Überschrift – 许可证"), ["Überschrift", "许可证"]);
        let found = words("one\n\ntwo");
        assert_eq!((found[0].line, found[1].line), (1, 3));
        assert_eq!(found[1].hash, hash("two"));
        assert_eq!(words("TWO")[0].hash, hash("two"));
    }
}
