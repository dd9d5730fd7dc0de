//! Lays the rules out as `licit_license::identify::index` reads them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use licit_license::identify::index::{
    ALONE, ALONE_BITS, ANCHOR, CANONICAL, CONTINUOUS, EXCEPTION, GENERIC, Kind, MAGIC, RULE_SIZE, SECTIONS,
    SHINGLE, SHORT, Section, key,
};
use licit_license::identify::tokens;

use super::source::SourceRule;

/// A shingle that stands in more rules than this says too little to be kept.
const COMMON: usize = 3000;
/// Of this many shingles in a row at least one is kept.
const WINDOW: usize = 7;

struct Cut {
    words: Vec<u16>,
    required: Vec<(u16, u16)>,
}

/// Builds the whole file.
pub(crate) fn build(rules: &[SourceRule]) -> Vec<u8> {
    let rules = distinct(rules);
    assert!(rules.len() < usize::from(u16::MAX), "postings number rules with 16 bits");
    let vocabulary = vocabulary(&rules);
    let cut: Vec<Cut> = rules.iter().map(|r| cut(&r.text, &vocabulary)).collect();
    let mut sections: Vec<Vec<u8>> = vec![Vec::new(); SECTIONS];
    vocabulary_table(&vocabulary, &mut sections);
    let expressions = expressions(&rules, &mut sections);
    records(&rules, &cut, &expressions, &mut sections);
    anchors(&cut, &mut sections);
    let kept = shingles(&rules, &cut, &mut sections);
    for (record, kept) in sections[Section::Rules as usize].chunks_exact_mut(RULE_SIZE).zip(kept) {
        record[18..20].copy_from_slice(&kept.to_le_bytes());
    }
    let mut file = MAGIC.to_vec();
    let mut offset = 8 + SECTIONS * 8;
    for section in &sections {
        offset = offset.next_multiple_of(8);
        file.extend((offset as u32).to_le_bytes());
        file.extend((section.len() as u32).to_le_bytes());
        offset += section.len();
    }
    for section in &sections {
        file.resize(file.len().next_multiple_of(8), 0);
        file.extend(section);
    }
    file
}

/// Rules with the same words are one. A steward's text beats a collected one, and an id of the SPDX list beats a name
/// that stood in for it; that name gives way in every other rule too.
fn distinct(rules: &[SourceRule]) -> Vec<SourceRule> {
    let mut seen: HashMap<Vec<u64>, usize> = HashMap::new();
    let mut kept: Vec<SourceRule> = Vec::new();
    let mut renamed: BTreeMap<String, String> = BTreeMap::new();
    let stand_in = |e: &str| e.starts_with("LicenseRef-scancode-") && !e.contains(' ');
    for rule in rules {
        let plain = rule.text.replace("{{", " ").replace("}}", " ");
        let words: Vec<u64> = tokens::words(&plain).iter().map(|w| w.hash).collect();
        if words.is_empty() || words.len() > usize::from(u16::MAX) {
            continue;
        }
        let Some(&at) = seen.get(&words) else {
            seen.insert(words, kept.len());
            kept.push(rule.clone());
            continue;
        };
        if rule.expression == kept[at].expression {
            kept[at].flags |= rule.flags & CANONICAL;
        }
        let old = &kept[at];
        // An exception's own text says less than a rule that names the license it belongs to.
        let canonical =
            rule.flags & CANONICAL != 0 && rule.flags & EXCEPTION == 0 && old.expression != rule.expression;
        if !canonical {
            continue;
        }
        let listed = !rule.expression.starts_with("LicenseRef-");
        if listed && old.flags & CANONICAL != 0 && stand_in(&old.expression) {
            renamed.insert(old.expression.clone(), rule.expression.clone());
        }
        let weak =
            old.flags & GENERIC != 0 || old.flags & CANONICAL == 0 || stand_in(&old.expression) && listed;
        if weak {
            kept[at] = rule.clone();
        }
    }
    for rule in &mut kept {
        let words = rule.expression.split(' ').map(|w| {
            let bare = w.trim_matches(['(', ')']);
            renamed.get(bare).map_or_else(|| w.to_string(), |new| w.replace(bare, new))
        });
        rule.expression = words.collect::<Vec<_>>().join(" ");
    }
    kept
}

/// Every word that a rule holds, with its number: rare words last, so that numbers stay stable when rules are added.
fn vocabulary(rules: &[SourceRule]) -> BTreeMap<u64, u16> {
    let mut count: BTreeMap<u64, usize> = BTreeMap::new();
    for rule in rules {
        let plain = rule.text.replace("{{", " ").replace("}}", " ");
        for word in tokens::words(&plain) {
            *count.entry(word.hash).or_default() += 1;
        }
    }
    let mut words: Vec<(u64, usize)> = count.into_iter().collect();
    words.sort_by_key(|(hash, count)| (usize::MAX - count, *hash));
    words.truncate(usize::from(u16::MAX) - 1);
    words.into_iter().enumerate().map(|(number, (hash, _))| (hash, number as u16)).collect()
}

fn cut(text: &str, vocabulary: &BTreeMap<u64, u16>) -> Cut {
    let mut words = Vec::new();
    let mut required = Vec::new();
    let mut rest = text;
    let mut inside = false;
    loop {
        let mark = if inside { "}}" } else { "{{" };
        let (part, after) = rest.split_once(mark).map_or((rest, None), |(p, a)| (p, Some(a)));
        let start = words.len();
        words
            .extend(tokens::words(part).iter().map(|w| vocabulary.get(&w.hash).copied().unwrap_or(u16::MAX)));
        if inside && words.len() > start {
            required.push((start as u16, (words.len() - 1) as u16));
        }
        match after {
            Some(after) => {
                inside = !inside;
                rest = after;
            }
            None => return Cut { words, required },
        }
    }
}

fn vocabulary_table(vocabulary: &BTreeMap<u64, u16>, sections: &mut [Vec<u8>]) {
    let slots = (vocabulary.len() * 2).next_power_of_two();
    let mut keys = vec![0u64; slots];
    let mut ids = vec![0u16; slots];
    for (&hash, &id) in vocabulary {
        let mut slot = hash as usize & (slots - 1);
        while keys[slot] != 0 {
            slot = (slot + 1) & (slots - 1);
        }
        keys[slot] = hash;
        ids[slot] = id;
    }
    sections[Section::VocabularyKeys as usize] = keys.iter().flat_map(|k| k.to_le_bytes()).collect();
    sections[Section::VocabularyIds as usize] = ids.iter().flat_map(|k| k.to_le_bytes()).collect();
}

fn expressions(rules: &[SourceRule], sections: &mut [Vec<u8>]) -> BTreeMap<String, u16> {
    let all: BTreeSet<&str> = rules.iter().map(|r| r.expression.as_str()).collect();
    let mut numbers = BTreeMap::new();
    let mut spans = Vec::new();
    let mut text = Vec::new();
    for (number, expression) in all.into_iter().enumerate() {
        spans.extend((text.len() as u32).to_le_bytes());
        spans.extend((expression.len() as u32).to_le_bytes());
        text.extend(expression.as_bytes());
        numbers.insert(expression.to_string(), number as u16);
    }
    sections[Section::ExpressionSpans as usize] = spans;
    sections[Section::ExpressionText as usize] = text;
    numbers
}

fn records(rules: &[SourceRule], cut: &[Cut], expressions: &BTreeMap<String, u16>, sections: &mut [Vec<u8>]) {
    let (mut records, mut required) = (Vec::new(), Vec::new());
    let (words, places) = shared(cut);
    let mut first_required = 0u32;
    for ((rule, cut), first_word) in rules.iter().zip(cut).zip(places) {
        let kind = match rule.kind {
            Kind::Text => 0u8,
            Kind::Notice => 1,
            Kind::Reference => 2,
            Kind::Tag => 3,
            Kind::Intro => 4,
            Kind::Clue => 5,
            Kind::FalsePositive => 6,
        };
        records.extend(expressions.get(&rule.expression).copied().unwrap_or(0).to_le_bytes());
        records.extend([kind, rule.relevance, rule.minimum_coverage, rule.flags]);
        records.extend((cut.words.len() as u16).to_le_bytes());
        records.extend(first_word.to_le_bytes());
        records.extend(first_required.to_le_bytes());
        records.extend((cut.required.len() as u16).to_le_bytes());
        records.extend([0u8; 2]);
        debug_assert_eq!(records.len() % RULE_SIZE, 0);
        required.extend(cut.required.iter().flat_map(|(a, b)| [a.to_le_bytes(), b.to_le_bytes()].concat()));
        first_required += cut.required.len() as u32;
    }
    sections[Section::Rules as usize] = records;
    sections[Section::Tokens as usize] = words.iter().flat_map(|w| w.to_le_bytes()).collect();
    sections[Section::Required as usize] = required;
}

/// All words in one list, and where each rule begins in it. A rule whose words stand inside a longer one has no place of
/// its own: notices are often quoted by the texts that they belong to.
fn shared(cut: &[Cut]) -> (Vec<u16>, Vec<u32>) {
    const KEY: usize = 6;
    const KEPT: usize = 64;
    let mut order: Vec<usize> = (0..cut.len()).collect();
    order.sort_by_key(|i| (std::cmp::Reverse(cut[*i].words.len()), *i));
    let mut words: Vec<u16> = Vec::new();
    let mut places = vec![0u32; cut.len()];
    let mut seen: HashMap<Vec<u16>, Vec<usize>> = HashMap::new();
    for number in order {
        let own = &cut[number].words;
        let known = own
            .get(..KEY)
            .and_then(|k| seen.get(k))
            .and_then(|starts| starts.iter().find(|s| words.get(**s..**s + own.len()) == Some(own)));
        if let Some(start) = known {
            places[number] = *start as u32;
            continue;
        }
        let start = words.len();
        places[number] = start as u32;
        words.extend(own);
        for (at, key) in own.windows(KEY).enumerate() {
            let starts = seen.entry(key.to_vec()).or_default();
            if starts.len() < KEPT {
                starts.push(start + at);
            }
        }
    }
    (words, places)
}

/// Every rule hangs on its rarest run of words.
fn anchors(cut: &[Cut], sections: &mut [Vec<u8>]) {
    let mut count: HashMap<u32, u32> = HashMap::new();
    let runs = |words: &[u16]| -> Vec<(usize, u32)> {
        let length = words.len().min(ANCHOR);
        words.windows(length).map(key).enumerate().collect()
    };
    for c in cut {
        for (_, key) in runs(&c.words) {
            *count.entry(key).or_default() += 1;
        }
    }
    let mut table: BTreeMap<u32, Vec<(u32, u16)>> = BTreeMap::new();
    for (rule, c) in cut.iter().enumerate() {
        let rarest =
            runs(&c.words).into_iter().min_by_key(|(at, key)| (count.get(key).copied().unwrap_or(0), *at));
        if let Some((at, key)) = rarest {
            table.entry(key).or_default().push((rule as u32, at as u16));
        }
    }
    lay_out(table, Section::Anchors, Section::AnchorPostings, sections);
}

/// Shingles of the rules that may be found with gaps; of each few in a row the one with the smallest key is kept, so
/// that a text which shares a long enough run with a rule shares a kept shingle too.
fn shingles(rules: &[SourceRule], cut: &[Cut], sections: &mut [Vec<u8>]) -> Vec<u16> {
    let mut counts = vec![0u16; rules.len()];
    let mut table: BTreeMap<u32, Vec<(u32, u16)>> = BTreeMap::new();
    for (number, (rule, cut)) in rules.iter().zip(cut).enumerate() {
        let whole = rule.flags & CONTINUOUS != 0 || cut.words.len() <= SHORT;
        let approximate = matches!(rule.kind, Kind::Text | Kind::Notice) || rule.kind == Kind::Reference;
        if whole || !approximate {
            continue;
        }
        let keys: Vec<u32> = cut.words.windows(SHINGLE).map(key).collect();
        let mut kept: BTreeSet<usize> = BTreeSet::new();
        for (start, window) in keys.windows(WINDOW.min(keys.len()).max(1)).enumerate() {
            let least =
                window.iter().enumerate().min_by_key(|(_, k)| k.wrapping_mul(0x9e37_79b1)).map(|(i, _)| i);
            kept.extend(least.map(|i| start + i));
        }
        let mut own: BTreeSet<u32> = BTreeSet::new();
        for at in kept {
            // A shingle that a rule repeats votes once.
            if own.insert(keys[at]) {
                counts[number] = counts[number].saturating_add(1);
                table.entry(keys[at]).or_default().push((number as u32, at as u16));
            }
        }
    }
    // Of a common shingle the rules that stewards give are kept, up to the limit.
    for postings in table.values_mut() {
        if postings.len() > COMMON {
            let weight = |rule: u32| {
                let rule = &rules[rule as usize];
                (rule.flags & (GENERIC | EXCEPTION), rule.kind)
            };
            postings.sort_by_key(|(rule, at)| (weight(*rule), *rule, *at));
            postings.truncate(COMMON);
        }
    }
    lay_out(table, Section::Shingles, Section::ShinglePostings, sections);
    counts
}

fn lay_out(
    table: BTreeMap<u32, Vec<(u32, u16)>>,
    index: Section,
    postings: Section,
    sections: &mut [Vec<u8>],
) {
    let slots = (table.len() * 5 / 4).next_power_of_two();
    let mut rows = vec![(0u32, 0u32); slots];
    // Place 0 means that a slot is empty, so the lists begin behind it.
    let mut bytes = vec![0u8; 4];
    let mut count = 1u32;
    for (key, list) in table {
        let mut slot = key as usize & (slots - 1);
        while rows[slot].1 != 0 {
            slot = (slot + 1) & (slots - 1);
        }
        // One posting fits into the slot: rules number with 16 bits, and no rule has 2^15 words.
        if let [(rule, at)] = list[..] {
            assert!(rule < 1 << 16 && u32::from(at) < 1 << ALONE_BITS, "a posting fits into its slot");
            rows[slot] = (key, ALONE | rule << ALONE_BITS | u32::from(at));
            continue;
        }
        rows[slot] = (key, count);
        count += list.len() as u32 + 1;
        bytes.extend((list.len() as u32).to_le_bytes());
        for (rule, at) in list {
            bytes.extend((rule as u16).to_le_bytes());
            bytes.extend(at.to_le_bytes());
        }
    }
    sections[index as usize] =
        rows.iter().flat_map(|(key, list)| [key.to_le_bytes(), list.to_le_bytes()].concat()).collect();
    sections[postings as usize] = bytes;
}
