//! The index of known texts, notices and references, read where it lies: no copy, no work at start.
//!
//! It holds hashes and word numbers, no sentences. `cargo xtask index` builds it; `rules/detect/README.md` says from
//! what. All numbers are little-endian.

use std::sync::OnceLock;

/// First bytes of the file; the last one is the version of the format.
pub const MAGIC: &[u8; 8] = b"LICITIX\x03";

/// Sections in the order of the table that follows the magic; each entry is offset and length in bytes, u32 each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub enum Section {
    /// Open-addressed table of word hashes, u64 each; 0 is empty.
    VocabularyKeys,
    /// Word number of each slot, u16 each.
    VocabularyIds,
    /// Records of [`RULE_SIZE`] bytes.
    Rules,
    /// Word numbers, u16 each: the words of all rules, where what stands in several rules stands once.
    Words,
    /// Of rules whose words lie in several places of [`Section::Words`]: the number of pieces u16, then for each piece
    /// the word of the rule behind its last one, u16 each, then for each piece its place, u32 each.
    Pieces,
    /// Required spans: first and last word of each, u16 each.
    Required,
    /// Expression texts: offset and length pairs, then the bytes.
    ExpressionSpans,
    /// Bytes of the expressions.
    ExpressionText,
    /// Where the anchors begin whose key has these upper 16 bits, u32 each, and the end of the last ones.
    AnchorBuckets,
    /// The lower 16 bits of each anchor's key, u16 each, sorted within a bucket.
    AnchorKeys,
    /// What each anchor leads to, u32 each: with [`ALONE`] a rule and, in [`PLACE_BITS`] bits, the place in it; else the
    /// number of a list, and how much is to be added to its places.
    AnchorValues,
    /// Where each list begins in the postings, counted in postings, u32 each, and the end of the last one.
    AnchorLists,
    /// Postings, four bytes each: rule u16 and place in the rule u16.
    AnchorPostings,
    /// Shingles, as anchors.
    ShingleBuckets,
    /// As of anchors.
    ShingleKeys,
    /// As of anchors.
    ShingleValues,
    /// As of anchors. Rules that share a run of words share all its shingles, so that few lists serve many shingles.
    ShingleLists,
    /// As of anchors.
    ShinglePostings,
}

/// The sections of one table of word runs.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    /// Begin of each bucket.
    pub buckets: Section,
    /// Lower halves of the keys.
    pub keys: Section,
    /// What each key leads to.
    pub values: Section,
    /// Begin of each list.
    pub lists: Section,
    /// The lists.
    pub postings: Section,
}

/// The table of anchors.
pub const ANCHORS: Table = Table {
    buckets: Section::AnchorBuckets,
    keys: Section::AnchorKeys,
    values: Section::AnchorValues,
    lists: Section::AnchorLists,
    postings: Section::AnchorPostings,
};
/// The table of shingles.
pub const SHINGLES: Table = Table {
    buckets: Section::ShingleBuckets,
    keys: Section::ShingleKeys,
    values: Section::ShingleValues,
    lists: Section::ShingleLists,
    postings: Section::ShinglePostings,
};

/// Number of sections.
pub const SECTIONS: usize = 18;
/// Bytes of a rule record: expression u16, kind u8, relevance u8, minimum coverage u8, flags u8, length u16,
/// place of the words u32, first required span u32, number of required spans u16, number of kept shingles u16.
pub const RULE_SIZE: usize = 20;
/// The bit of a rule's place that says that its words lie in pieces; the rest is the byte in [`Section::Pieces`].
pub const PIECES: u32 = 1 << 31;
/// The bit of a table's value that says that one posting stands there itself. Most words that stand next to each other
/// do so in one rule only.
pub const ALONE: u32 = 1 << 31;
/// Bits of a place in a table's value; the 16 bits above are the rule or the list.
pub const PLACE_BITS: u32 = 15;
/// Words of a shingle.
pub const SHINGLE: usize = 5;
/// Words of an anchor; shorter rules are anchored by all of their words.
pub const ANCHOR: usize = 3;
/// The number of a word that no rule holds.
pub const UNKNOWN: u16 = u16::MAX;
/// Rules of at most so many words are only found whole.
pub const SHORT: usize = 18;

/// What a rule's text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Kind {
    /// A whole license.
    Text,
    /// Words that put something under a license.
    Notice,
    /// The name of a license, or a pointer to it.
    Reference,
    /// A structured field.
    Tag,
    /// Words that come before a license and name none.
    Intro,
    /// Words that may hint at a license; they give no id.
    Clue,
    /// Words that look like a license statement and are none.
    FalsePositive,
}

impl Kind {
    /// By its number in the index.
    pub fn from_byte(byte: u8) -> Kind {
        [Kind::Text, Kind::Notice, Kind::Reference, Kind::Tag, Kind::Intro, Kind::Clue, Kind::FalsePositive]
            .get(usize::from(byte))
            .copied()
            .unwrap_or(Kind::Clue)
    }

    /// The word in documents.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Text => "text",
            Kind::Notice => "notice",
            Kind::Reference => "reference",
            Kind::Tag => "tag",
            Kind::Intro => "intro",
            Kind::Clue => "clue",
            Kind::FalsePositive => "false-positive",
        }
    }
}

/// The rule may only be found without gaps.
pub const CONTINUOUS: u8 = 1;
/// The expression is generic (`unknown`, `proprietary` …) and gives no id.
pub const GENERIC: u8 = 2;
/// The rule is a license exception alone.
pub const EXCEPTION: u8 = 4;
/// The rule is the text of its license as the license's steward gives it.
pub const CANONICAL: u8 = 8;

/// A rule as the index holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Number of the expression.
    pub expression: u16,
    /// What the text is.
    pub kind: Kind,
    /// 0 to 100: how far the words alone can be trusted.
    pub relevance: u8,
    /// Percent of the rule's words that have to be found.
    pub minimum_coverage: u8,
    /// [`CONTINUOUS`] and its like.
    pub flags: u8,
    /// Number of words.
    pub length: u16,
    /// Number of shingles that the index keeps of it.
    pub shingles: u16,
    tokens: u32,
    required: u32,
    required_count: u16,
}

/// The index over its bytes.
#[derive(Debug, Clone, Copy)]
pub struct Index<'a> {
    bytes: &'a [u8],
    sections: [(usize, usize); SECTIONS],
}

impl<'a> Index<'a> {
    /// Opens an index; none where the bytes are not one of this version.
    pub fn open(bytes: &'a [u8]) -> Option<Self> {
        let head = 8 + SECTIONS * 8;
        if bytes.len() < head || &bytes[..8] != MAGIC {
            return None;
        }
        let mut sections = [(0, 0); SECTIONS];
        for (i, section) in sections.iter_mut().enumerate() {
            let (offset, length) = (u32_at(bytes, 8 + i * 8) as usize, u32_at(bytes, 12 + i * 8) as usize);
            if offset.checked_add(length).is_none_or(|end| end > bytes.len()) {
                return None;
            }
            *section = (offset, length);
        }
        Some(Index { bytes, sections })
    }

    fn section(&self, section: Section) -> &'a [u8] {
        let (offset, length) = self.sections[section as usize];
        &self.bytes[offset..offset + length]
    }

    /// The number of a word, [`UNKNOWN`] where no rule holds it.
    pub fn word(&self, hash: u64) -> u16 {
        let keys = self.section(Section::VocabularyKeys);
        let slots = keys.len() / 8;
        if slots == 0 {
            return UNKNOWN;
        }
        let mask = slots - 1;
        let mut slot = (hash as usize) & mask;
        loop {
            let key = u64_at(keys, slot * 8);
            if key == hash {
                return u16_at(self.section(Section::VocabularyIds), slot * 2);
            }
            if key == 0 {
                return UNKNOWN;
            }
            slot = (slot + 1) & mask;
        }
    }

    /// Number of rules.
    pub fn rules(&self) -> usize {
        self.section(Section::Rules).len() / RULE_SIZE
    }

    /// A rule by its number.
    pub fn rule(&self, number: u32) -> Rule {
        let record = &self.section(Section::Rules)[number as usize * RULE_SIZE..][..RULE_SIZE];
        Rule {
            expression: u16_at(record, 0),
            kind: Kind::from_byte(record[2]),
            relevance: record[3],
            minimum_coverage: record[4],
            flags: record[5],
            length: u16_at(record, 6),
            tokens: u32_at(record, 8),
            required: u32_at(record, 12),
            required_count: u16_at(record, 16),
            shingles: u16_at(record, 18),
        }
    }

    /// The words of a rule.
    pub fn tokens(&self, rule: &Rule) -> Tokens<'a> {
        let words = self.section(Section::Words);
        let length = usize::from(rule.length);
        if rule.tokens & PIECES == 0 {
            let start = rule.tokens as usize * 2;
            return Tokens { words: &words[start..start + length * 2], ends: &[], places: &[], length };
        }
        let pieces = &self.section(Section::Pieces)[(rule.tokens & !PIECES) as usize..];
        let count = usize::from(u16_at(pieces, 0));
        let (ends, places) = pieces[2..2 + count * 6].split_at(count * 2);
        Tokens { words, ends, places, length }
    }

    /// Spans of words, first and last, that have to be found whole.
    pub fn required(&self, rule: &Rule) -> impl Iterator<Item = (usize, usize)> + 'a {
        let spans = &self.section(Section::Required)[rule.required as usize * 4..];
        let count = usize::from(rule.required_count);
        spans.chunks_exact(4).take(count).map(|s| (usize::from(u16_at(s, 0)), usize::from(u16_at(s, 2))))
    }

    /// The text of an expression.
    pub fn expression(&self, number: u16) -> &'a str {
        let spans = self.section(Section::ExpressionSpans);
        let at = usize::from(number) * 8;
        let (offset, length) = (u32_at(spans, at) as usize, u32_at(spans, at + 4) as usize);
        std::str::from_utf8(&self.section(Section::ExpressionText)[offset..offset + length]).unwrap_or("")
    }

    /// Rules that are anchored by these words, each with the place of the anchor in the rule.
    pub fn anchored(&self, words: &[u16]) -> impl Iterator<Item = (u32, usize)> + use<'a> {
        self.postings(ANCHORS, words)
    }

    /// Rules that hold these words next to each other, each with the place.
    pub fn shingled(&self, words: &[u16]) -> impl Iterator<Item = (u32, usize)> + use<'a> {
        self.postings(SHINGLES, words)
    }

    fn postings(&self, table: Table, words: &[u16]) -> impl Iterator<Item = (u32, usize)> + use<'a> {
        let key = key(words);
        let mut found: &'a [u8] = &[];
        let mut alone = None;
        let mut shift = 0;
        if let Some(value) = self.value(table, key) {
            let (number, place) =
                ((value & !ALONE) >> PLACE_BITS, (value & ((1 << PLACE_BITS) - 1)) as usize);
            if value & ALONE != 0 {
                alone = Some((number, place));
            } else {
                let lists = self.section(table.lists);
                let (start, end) =
                    (u32_at(lists, number as usize * 4), u32_at(lists, number as usize * 4 + 4));
                found = &self.section(table.postings)[start as usize * 4..end as usize * 4];
                shift = place;
            }
        }
        let listed =
            found.chunks_exact(4).map(move |p| (u32::from(u16_at(p, 0)), usize::from(u16_at(p, 2)) + shift));
        alone.into_iter().chain(listed)
    }

    /// What a key leads to.
    fn value(&self, table: Table, key: u32) -> Option<u32> {
        let buckets = self.section(table.buckets);
        let bucket = (key >> 16) as usize * 4;
        let (start, end) = (u32_at(buckets, bucket) as usize, u32_at(buckets, bucket + 4) as usize);
        let low = (key as u16).to_le_bytes();
        let at = self.section(table.keys)[start * 2..end * 2].chunks_exact(2).position(|k| k == low)?;
        Some(u32_at(self.section(table.values), (start + at) * 4))
    }
}

/// Word numbers of a rule. Where its words lie in pieces, each piece also stands in a longer rule.
#[derive(Debug, Clone, Copy)]
pub struct Tokens<'a> {
    words: &'a [u8],
    ends: &'a [u8],
    places: &'a [u8],
    length: usize,
}

impl<'a> Tokens<'a> {
    /// Number of words.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The word at a place.
    pub fn get(&self, at: usize) -> u16 {
        if self.ends.is_empty() {
            return u16_at(self.words, at * 2);
        }
        let (mut low, mut high) = (0, self.ends.len() / 2);
        while low < high {
            let middle = (low + high) / 2;
            if usize::from(u16_at(self.ends, middle * 2)) <= at {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        let start = if low == 0 { 0 } else { usize::from(u16_at(self.ends, low * 2 - 2)) };
        u16_at(self.words, (u32_at(self.places, low * 4) as usize + at - start) * 2)
    }

    /// The bytes of the words in order, piece by piece.
    fn pieces(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let (words, ends, places) = (self.words, self.ends, self.places);
        let whole = ends.is_empty().then_some(words);
        let mut start = 0;
        let parts = ends.chunks_exact(2).zip(places.chunks_exact(4)).map(move |(end, place)| {
            let end = usize::from(u16_at(end, 0));
            let first = u32_at(place, 0) as usize * 2;
            let part = &words[first..first + (end - start) * 2];
            start = end;
            part
        });
        whole.into_iter().chain(parts)
    }

    /// All words in one list, for whoever reads them more than once.
    pub fn read(&self, into: &mut Vec<u16>) {
        into.clear();
        for piece in self.pieces() {
            into.extend(piece.chunks_exact(2).map(|w| u16_at(w, 0)));
        }
    }

    /// Whether a text begins with all these words.
    pub fn begin(&self, text: &[u16]) -> bool {
        let mut rest = text;
        self.pieces().all(|piece| {
            let Some((own, behind)) = rest.split_at_checked(piece.len() / 2) else { return false };
            rest = behind;
            piece.chunks_exact(2).zip(own).all(|(word, own)| u16_at(word, 0) == *own)
        })
    }
}

/// Hash of a few words, for the tables of anchors and shingles.
pub fn key(words: &[u16]) -> u32 {
    let hash = words.iter().fold(0xcbf2_9ce4_8422_2325u64 ^ words.len() as u64, |h, w| {
        (h ^ u64::from(*w)).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23)
    });
    (hash ^ (hash >> 32)) as u32
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    let mut eight = [0u8; 8];
    eight.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(eight)
}

/// The index that is compiled in.
pub fn embedded() -> Option<&'static Index<'static>> {
    static INDEX: OnceLock<Option<Index<'static>>> = OnceLock::new();
    INDEX.get_or_init(|| Index::open(include_bytes!("../../../../rules/detect/index.bin"))).as_ref()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rules whose words lie in pieces and rules whose words lie in one place.
    fn some(index: &Index<'_>) -> Vec<(u32, Rule)> {
        (0..index.rules() as u32).step_by(7).map(|n| (n, index.rule(n))).collect()
    }

    #[test]
    fn words_are_the_same_however_they_are_read() {
        let index = embedded().unwrap();
        let (mut pieces, mut read) = (0, Vec::new());
        for (number, rule) in some(index) {
            let tokens = index.tokens(&rule);
            pieces += usize::from(!tokens.ends.is_empty());
            tokens.read(&mut read);
            assert_eq!(read.len(), usize::from(rule.length), "rule {number}");
            assert!(read.iter().enumerate().all(|(at, word)| tokens.get(at) == *word), "rule {number}");
            assert!(tokens.begin(&read), "rule {number}");
            let last = read.len() - 1;
            assert!(!tokens.begin(&read[..last]), "rule {number}");
            read[last] ^= 1;
            assert!(!tokens.begin(&read), "rule {number}");
        }
        assert!(pieces > 1000, "only {pieces} rules lie in pieces");
    }

    #[test]
    fn postings_lead_to_the_words_that_they_are_found_by() {
        let index = embedded().unwrap();
        let (mut found, mut right, mut read, mut other) = (0usize, 0usize, Vec::new(), Vec::new());
        for (number, rule) in some(index).into_iter().step_by(20) {
            index.tokens(&rule).read(&mut read);
            let anchor = read.len().min(ANCHOR);
            let hangs =
                |at: usize| index.anchored(&read[at..at + anchor]).any(|(n, o)| (n, o) == (number, at));
            assert!((0..=read.len() - anchor).any(hangs), "rule {number} has no anchor");
            for (at, words) in read.windows(SHINGLE).enumerate().step_by(5) {
                for (rule, place) in index.shingled(words).take(20) {
                    index.tokens(&index.rule(rule)).read(&mut other);
                    found += 1;
                    // Two runs of words may share a key, which is rare.
                    right += usize::from(other.get(place..place + SHINGLE) == Some(words));
                }
                let own = index.shingled(words).find(|(n, _)| *n == number);
                assert!(own.is_none_or(|(_, place)| place <= at || read[place..].starts_with(words)));
            }
        }
        assert!(found > 1000 && right * 1000 >= found * 999, "{right} of {found}");
    }

    #[test]
    fn a_word_run_that_no_rule_holds_leads_nowhere() {
        let index = embedded().unwrap();
        assert_eq!(index.shingled(&[UNKNOWN; SHINGLE]).count(), 0);
        assert_eq!(index.anchored(&[UNKNOWN; ANCHOR]).count(), 0);
        assert!(Index::open(b"LICITIX\x02").is_none() && Index::open(&[]).is_none());
    }
}
