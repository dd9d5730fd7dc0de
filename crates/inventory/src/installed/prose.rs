//! Words of a package in which a rider to its license may stand: its README and the free text of its manifest.
//!
//! A cache holds thousands of READMEs and hardly one of them restricts anything, so a gate that reads each byte once
//! decides which are worth more than that.

use licit_model::{Location, Method};
use serde::Deserialize;

use super::{Content, Fact, TEXT_LIMIT, bytes};
use crate::extract::json::{Lax, Str};
use crate::extract::{File, toml};
use crate::tree::Spot;
use licit_model::Found;

/// Where words of a package stand. Ordered: what is closest to a license comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// Beside the name of the license, in its field.
    License,
    /// The line that says what the package is.
    Description,
    /// The README, also where it is kept in the manifest.
    Readme,
}

/// Ends of words and phrases without which hardly a sentence limits a license; in lower case, four to eight bytes
/// long, with one blank for any run of white space.
const TRIGGERS: [&str; 63] = [
    "mmercial", "profit", "may not", "must not", "hall not", "not use ", "not be u", "not be s", "not be r",
    "not be d", "prohibit", "forbidde", "ermitted", "not allo", "authoris", "authoriz", "ermissio", "royalt",
    "ai train", "ls train", "to train", "raining ", "sell", "sold", "resale", "only for", "ses only",
    "use only", "onal use", "mic use", "free for", "l purpos", "military", "purchase", "revenue", "consent",
    "ate lice", "european", "ted stat", "not evil", "surveil", "weapon", "data min", "ai syst", "solely",
    "no deriv", "may only", "as a ser", "ird part", "hosted", "not lice", "must reg", "trial on", "paid sub",
    "a fee", "competi", "make mon", "monthly", "only wit", "only in", "n't use ", "n't be u", "n't be s",
];

/// By the hash of the last four bytes: the first trigger that may end so, and after each trigger the next one with
/// that hash; counted from 1, so that 0 is none.
const CHAINS: ([u8; 4096], [u8; TRIGGERS.len() + 1]) = chains();

static FIRST: [u8; 4096] = CHAINS.0;
static NEXT: [u8; TRIGGERS.len() + 1] = CHAINS.1;

const fn slot(window: u32) -> usize {
    (window.wrapping_mul(0x9E37_79B1) >> 20) as usize
}

const fn chains() -> ([u8; 4096], [u8; TRIGGERS.len() + 1]) {
    let (mut first, mut next) = ([0; 4096], [0; TRIGGERS.len() + 1]);
    let mut at = 0;
    while at < TRIGGERS.len() {
        let slot = slot(trigger(TRIGGERS[at]).0 as u32);
        next[at + 1] = first[slot];
        first[slot] = at as u8 + 1;
        at += 1;
    }
    (first, next)
}

/// The triggers as the window has them.
static ENDINGS: [(u64, u64); TRIGGERS.len()] = endings();

const fn endings() -> [(u64, u64); TRIGGERS.len()] {
    let mut all = [(0, 0); TRIGGERS.len()];
    let mut at = 0;
    while at < TRIGGERS.len() {
        all[at] = trigger(TRIGGERS[at]);
        at += 1;
    }
    all
}

/// A trigger as the window below has it, and the bits of the window that count.
const fn trigger(word: &str) -> (u64, u64) {
    let bytes = word.as_bytes();
    let mut value = 0u64;
    let mut at = 0;
    while at < bytes.len() {
        value = value << 8 | bytes[at] as u64;
        at += 1;
    }
    (value, u64::MAX >> (64 - 8 * bytes.len()))
}

/// Whether a text holds a word that riders hold. A text that passes may still be harmless; one that does not is.
pub fn may_restrict(text: &str) -> bool {
    passes(text.as_bytes())
}

/// How a byte counts: small letters, one sort of blank, and nothing for emphasis ("may **not** be used").
static FOLDED: [u8; 256] = folded();

const fn folded() -> [u8; 256] {
    let mut table = [0; 256];
    let mut at = 0u8;
    loop {
        table[at as usize] = match at {
            b'*' | b'_' | b'`' => 0,
            _ if at.is_ascii_whitespace() => b' ',
            _ => at.to_ascii_lowercase(),
        };
        if at == u8::MAX {
            return table;
        }
        at += 1;
    }
}

/// One pass over the bytes with the last eight of them at hand, folded.
fn passes(text: &[u8]) -> bool {
    let mut window = 0u64;
    for &byte in text {
        let byte = FOLDED[byte as usize];
        if byte == 0 || (byte == b' ' && window & 0xFF == u64::from(b' ')) {
            continue;
        }
        window = window << 8 | u64::from(byte);
        let mut at = FIRST[slot(window as u32)] as usize;
        while at > 0 {
            let (value, mask) = ENDINGS[at - 1];
            if window & mask == value {
                return true;
            }
            at = NEXT[at] as usize;
        }
    }
    false
}

/// The passages of a text that are worth reading, each with its first line, counted from 1: paragraphs that pass the
/// gate, with the sentence that leads into a list and the items below it.
pub fn passages(text: &str) -> Vec<(u32, &str)> {
    let mut blocks: Vec<Block> = Vec::new();
    let (mut open, mut at, mut number) = (false, 0, 0u32);
    for line in text.split_inclusive('\n') {
        number = number.saturating_add(1);
        let blank = line.trim().is_empty();
        match blocks.last_mut() {
            Some(last) if open && !blank => last.end = at + line.len(),
            _ if !blank => {
                blocks.push(Block {
                    line: number,
                    start: at,
                    end: at + line.len(),
                    item: is_item(line),
                    kept: false,
                });
            }
            _ => {}
        }
        open = !blank;
        at += line.len();
    }
    for block in &mut blocks {
        block.kept = passes(text.get(block.start..block.end).unwrap_or("").as_bytes());
    }
    // Items go with what stands above and below them.
    for at in 1..blocks.len() {
        blocks[at].kept |= blocks[at].item && blocks[at - 1].kept;
    }
    for at in (1..blocks.len()).rev() {
        blocks[at - 1].kept |= blocks[at].item && blocks[at].kept;
    }
    let mut passages: Vec<(u32, &str)> = Vec::new();
    for run in blocks.chunk_by(|a, b| a.kept && b.kept) {
        if let (Some(first), Some(last)) = (run.first().filter(|b| b.kept), run.last()) {
            passages.push((first.line, text.get(first.start..last.end).unwrap_or("")));
        }
    }
    passages
}

/// Lines between blank ones.
struct Block {
    line: u32,
    start: usize,
    end: usize,
    /// It begins as an item of a list.
    item: bool,
    kept: bool,
}

fn is_item(line: &str) -> bool {
    let line = line.trim_start_matches([' ', '\t', '>', '#']);
    line.starts_with(|c: char| c.is_ascii_digit() || "-*+(•·●▪◦‣–—✓✔✅❌✗✘🚫⛔".contains(c))
}

/// Whether a file is the README of its folder, and how much it is preferred among several; translations are left out.
pub(crate) fn readme_rank(name: &str) -> Option<usize> {
    let rest =
        name.get(..6).filter(|stem| stem.eq_ignore_ascii_case("readme")).and_then(|_| name.get(6..))?;
    let rest = rest.to_ascii_lowercase();
    ["", ".md", ".markdown", ".rst", ".txt", ".adoc"].iter().position(|extension| *extension == rest)
}

/// Adds a README that may hold a rider.
pub(super) fn readme(index: usize, file: &Spot, shown: String, facts: &mut Vec<Fact>) {
    readme_of(index, bytes(file, TEXT_LIMIT), shown, facts);
}

/// Adds the bytes of a README that may hold a rider.
pub(super) fn readme_of(index: usize, content: Option<Vec<u8>>, shown: String, facts: &mut Vec<Fact>) {
    let Some(content) = content.filter(|content| passes(content)) else { return };
    let text = String::from_utf8_lossy(&content).into_owned();
    facts.push(fact(index, Location::new(shown, Some(1)), Place::Readme, text));
}

/// Adds words that may hold a rider. `line` is where they begin.
pub(super) fn words(
    index: usize,
    shown: &str,
    line: Option<u32>,
    place: Place,
    text: &str,
    facts: &mut Vec<Fact>,
) {
    let end = (0..=text.len().min(TEXT_LIMIT)).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    if let Some(text) = text.get(..end).filter(|text| may_restrict(text)) {
        facts.push(fact(index, Location::new(shown, line), place, text.to_string()));
    }
}

fn fact(index: usize, location: Location, place: Place, text: String) -> Fact {
    let method = if place == Place::Readme { Method::LicenseFile } else { Method::InstalledManifest };
    Fact { component: index, method, location, content: Content::Prose(place, text) }
}

/// The fields of a `package.json` in which a rider may stand.
#[derive(Deserialize)]
struct PackageJson<'a> {
    #[serde(borrow, default)]
    description: Lax<Str<'a>>,
    #[serde(default)]
    license: serde_json::Value,
}

/// Free text of a `package.json`: its description, and what its license object says besides type and address.
pub(super) fn package_json(index: usize, manifest: &str, shown: &str, facts: &mut Vec<Fact>) {
    if !may_restrict(manifest) {
        return;
    }
    let Ok(fields) = serde_json::from_str::<PackageJson<'_>>(manifest) else { return };
    if let Some(description) = fields.description.0 {
        let line = description.line(&File::new(shown, manifest.as_bytes()));
        words(index, shown, line, Place::Description, &description, facts);
    }
    for (key, value) in fields.license.as_object().into_iter().flatten() {
        if let (false, Some(text)) = (matches!(key.as_str(), "type" | "name" | "url"), value.as_str()) {
            words(index, shown, None, Place::License, text, facts);
        }
    }
}

/// The description of a `Cargo.toml` or a `pyproject.toml`, which stands in one of a few tables.
pub(super) fn toml_description(index: usize, manifest: &str, shown: &str, facts: &mut Vec<Fact>) {
    const TABLES: [&[&str]; 3] = [&["package"], &["project"], &["tool", "poetry"]];
    if !may_restrict(manifest) {
        return;
    }
    let file = File::new(shown, manifest.as_bytes());
    let Some(document) = toml::parse(&file, &mut Found::default()) else { return };
    for description in TABLES.iter().filter_map(|at| document.root().at(at)?.get("description")) {
        if let Some(text) = description.str() {
            words(index, shown, description.line(), Place::Description, text, facts);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gate_opens_for_limits_however_they_are_written() {
        let limits = [
            "Not for COMMERCIAL use.",
            "You may\n   not rent it out.",
            "free\tfor students",
            "It must  not be copied.",
            "Do not use it to train models.",
            "For research purposes only",
            "It may **not** be copied, and can't be sold.",
            "ohne Erlaubnis: resale",
        ];
        for text in limits {
            assert!(may_restrict(text), "{text}");
        }
        for text in ["", "A parser. Licensed under MIT or Apache-2.0, at your option.", "may no", "do notice"]
        {
            assert!(!may_restrict(text), "{text}");
        }
    }

    #[test]
    fn passages_hold_the_list_around_a_limit() {
        let text =
            "# A\n\nCounts words.\n\nUse it so:\n\n- one\n\n- do not sell it\r\n \r\n- three\n\nEnd.\n";
        assert_eq!(passages(text), [(5, "Use it so:\n\n- one\n\n- do not sell it\r\n \r\n- three\n")]);
        assert_eq!(
            passages("You may not.\n\nB\n\nNot for sale: sold"),
            [(1, "You may not.\n"), (5, "Not for sale: sold")]
        );
        assert!(passages("\n\n").is_empty() && passages("").is_empty());
    }

    #[test]
    fn one_readme_is_preferred_and_translations_are_none() {
        assert!(readme_rank("README") < readme_rank("ReadMe.md"));
        assert_eq!(readme_rank("README.zh-CN.md"), None);
        assert_eq!(readme_rank("readmé.md"), None);
        assert!(readme_rank("readme.rst").is_some());
    }

    #[test]
    fn manifests_give_their_description_with_its_line() {
        let mut facts = Vec::new();
        let json = "{\n \"license\": { \"type\": \"MIT\", \"comment\": \"not for commercial use\" },\n \
            \"description\": \"A chart. Free for personal use.\"\n}";
        package_json(0, json, "package.json", &mut facts);
        let cargo = "[package]\nname = \"a\"\ndescription = \"Not for military use.\"\n";
        toml_description(0, cargo, "Cargo.toml", &mut facts);
        package_json(0, "{ \"description\": [\"commercial\"], \"license\": 3 }", "package.json", &mut facts);
        let seen: Vec<_> = facts.iter().map(|f| (f.content.clone(), f.location.line)).collect();
        assert_eq!(
            seen,
            [
                (Content::Prose(Place::Description, "A chart. Free for personal use.".to_string()), Some(3)),
                (Content::Prose(Place::License, "not for commercial use".to_string()), None),
                (Content::Prose(Place::Description, "Not for military use.".to_string()), Some(3)),
            ]
        );
    }

    #[test]
    fn long_words_are_cut_between_characters() {
        let mut facts = Vec::new();
        let text = format!("commercial {}", "é".repeat(TEXT_LIMIT));
        words(0, "METADATA", Some(9), Place::Readme, &text, &mut facts);
        assert!(
            matches!(&facts[0].content, Content::Prose(_, t) if t.len() == TEXT_LIMIT - 1 || t.len() == TEXT_LIMIT)
        );
    }
}
