//! The index of known texts, notices and references, read where it lies: no copy, no work at start.
//!
//! It holds hashes and word numbers, no sentences. `cargo xtask index` builds it; `rules/detect/README.md` says from
//! what. All numbers are little-endian.

use std::sync::OnceLock;

/// First bytes of the file; the last one is the version of the format.
pub const MAGIC: &[u8; 8] = b"LICITIX\x02";

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
    /// Word numbers of all rules, u16 each.
    Tokens,
    /// Required spans: first and last word of each, u16 each.
    Required,
    /// Expression texts: offset and length pairs, then the bytes.
    ExpressionSpans,
    /// Bytes of the expressions.
    ExpressionText,
    /// Open-addressed table of anchors: key u32, then u32: 0 is empty, [`ALONE`] marks one posting that stands here
    /// itself, everything else is the place of a list in the postings.
    Anchors,
    /// Lists of postings, four bytes each: the count u32, then rule u16 and offset in the rule u16.
    AnchorPostings,
    /// Open-addressed table of shingles, as anchors.
    Shingles,
    /// Postings of shingles, as of anchors.
    ShinglePostings,
}

/// Number of sections.
pub const SECTIONS: usize = 11;
/// Bytes of a rule record: expression u16, kind u8, relevance u8, minimum coverage u8, flags u8, length u16,
/// first token u32, first required span u32, number of required spans u16, number of kept shingles u16.
pub const RULE_SIZE: usize = 20;
/// The bit of a table's slot that says that one posting stands there itself: the rule, and the place in
/// [`ALONE_BITS`] bits. Most words that stand next to each other do so in one rule only.
pub const ALONE: u32 = 1 << 31;
/// Bits of the place in a posting that stands in its slot.
pub const ALONE_BITS: u32 = 15;
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
        let start = rule.tokens as usize * 2;
        Tokens(&self.section(Section::Tokens)[start..start + usize::from(rule.length) * 2])
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
        self.postings(Section::Anchors, Section::AnchorPostings, words)
    }

    /// Rules that hold these words next to each other, each with the place.
    pub fn shingled(&self, words: &[u16]) -> impl Iterator<Item = (u32, usize)> + use<'a> {
        self.postings(Section::Shingles, Section::ShinglePostings, words)
    }

    fn postings(
        &self,
        table: Section,
        postings: Section,
        words: &[u16],
    ) -> impl Iterator<Item = (u32, usize)> + use<'a> {
        let table = self.section(table);
        let slots = table.len() / 8;
        let mut found: &'a [u8] = &[];
        let mut alone = None;
        if slots > 0 {
            let key = key(words);
            let mut slot = key as usize & (slots - 1);
            loop {
                let at = slot * 8;
                let value = u32_at(table, at + 4);
                if value == 0 {
                    break;
                }
                if u32_at(table, at) == key {
                    if value & ALONE != 0 {
                        let posting = value & !ALONE;
                        alone = Some((posting >> ALONE_BITS, (posting & ((1 << ALONE_BITS) - 1)) as usize));
                        break;
                    }
                    let place = value as usize * 4;
                    let lists = self.section(postings);
                    let count = u32_at(lists, place) as usize;
                    found = &lists[place + 4..place + 4 + count * 4];
                    break;
                }
                slot = (slot + 1) & (slots - 1);
            }
        }
        let listed = found.chunks_exact(4).map(|p| (u32::from(u16_at(p, 0)), usize::from(u16_at(p, 2))));
        alone.into_iter().chain(listed)
    }
}

/// Word numbers of a rule.
#[derive(Debug, Clone, Copy)]
pub struct Tokens<'a>(&'a [u8]);

impl Tokens<'_> {
    /// Number of words.
    pub fn len(&self) -> usize {
        self.0.len() / 2
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The word at a place.
    pub fn get(&self, at: usize) -> u16 {
        u16_at(self.0, at * 2)
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
