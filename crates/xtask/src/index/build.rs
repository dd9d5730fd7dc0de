//! Lays the rules out as `licit_license::identify::index` reads them.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use licit_license::identify::index::{
    ALONE, ANCHOR, ANCHORS, CANONICAL, CONTINUOUS, EXCEPTION, GENERIC, Kind, MAGIC, PIECES, PLACE_BITS,
    RULE_SIZE, SECTIONS, SHINGLE, SHINGLES, SHORT, Section, Table, key,
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
            kept[at].own |= rule.own;
        }
        let old = &kept[at];
        // An exception's own text says less than a rule that names the license it belongs to.
        let canonical =
            rule.flags & CANONICAL != 0 && rule.flags & EXCEPTION == 0 && old.expression != rule.expression;
        if !canonical {
            continue;
        }
        // A rule about exactly this text has its id. Of two such texts that have the same words the one is kept whose id
        // others know too, else the first.
        let ours = |r: &SourceRule| r.expression.starts_with("LicenseRef-licit-");
        if rule.own && (!old.own || ours(old) && !ours(rule)) {
            kept[at] = rule.clone();
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
    let mut pieces: Vec<u8> = Vec::new();
    let mut first_required = 0u32;
    for ((rule, cut), places) in rules.iter().zip(cut).zip(places) {
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
        let first_word = match places[..] {
            [] => 0,
            [(_, place)] => place,
            _ => {
                let first = PIECES | pieces.len() as u32;
                pieces.extend((places.len() as u16).to_le_bytes());
                pieces.extend(places.iter().flat_map(|(end, _)| end.to_le_bytes()));
                pieces.extend(places.iter().flat_map(|(_, place)| place.to_le_bytes()));
                first
            }
        };
        records.extend(first_word.to_le_bytes());
        records.extend(first_required.to_le_bytes());
        records.extend((cut.required.len() as u16).to_le_bytes());
        records.extend([0u8; 2]);
        debug_assert_eq!(records.len() % RULE_SIZE, 0);
        required.extend(cut.required.iter().flat_map(|(a, b)| [a.to_le_bytes(), b.to_le_bytes()].concat()));
        first_required += cut.required.len() as u32;
    }
    sections[Section::Rules as usize] = records;
    sections[Section::Pieces as usize] = pieces;
    sections[Section::Words as usize] = words.iter().flat_map(|w| w.to_le_bytes()).collect();
    sections[Section::Required as usize] = required;
}

/// A piece of a rule: the word behind its last one, and its place in the list of all words.
type Piece = (u16, u32);

/// All words in one list, and the pieces of each rule in it. What a rule shares with a longer one has no place of its
/// own: siblings differ in few words, and notices are often quoted by the texts that they belong to.
fn shared(cut: &[Cut]) -> (Vec<u16>, Vec<Vec<Piece>>) {
    /// A shorter run costs more as a piece than as words, and too many pieces make reading slow.
    const SHARED: usize = 24;
    /// Words by which a run is looked up, and so many places are tried.
    const KEY: usize = 12;
    const KEPT: usize = 64;
    let mut order: Vec<usize> = (0..cut.len()).collect();
    order.sort_by_key(|i| (Reverse(cut[*i].words.len()), *i));
    let mut words: Vec<u16> = Vec::new();
    let mut places: Vec<Vec<Piece>> = vec![Vec::new(); cut.len()];
    let mut seen: HashMap<Vec<u16>, Vec<usize>> = HashMap::new();
    for number in order {
        let own = &cut[number].words;
        let mut found: Vec<Piece> = Vec::new();
        let begin = words.len();
        let mut at = 0;
        let mut fresh = false;
        while at < own.len() {
            let rest = &own[at..];
            let same =
                |start: usize| words[start..begin].iter().zip(rest).take_while(|(a, b)| a == b).count();
            let starts = rest.get(..KEY).and_then(|k| seen.get(k)).into_iter().flatten();
            let longest = starts.map(|s| (same(*s), Reverse(*s))).max();
            if let Some((length, Reverse(start))) = longest.filter(|(l, _)| *l >= SHARED.min(own.len())) {
                at += length;
                found.push((at as u16, start as u32));
                fresh = false;
                continue;
            }
            let place = words.len() as u32;
            words.push(own[at]);
            at += 1;
            match found.last_mut().filter(|_| fresh) {
                Some(last) => last.0 = at as u16,
                None => found.push((at as u16, place)),
            }
            fresh = true;
        }
        places[number] = found;
        for start in begin.saturating_sub(KEY - 1)..(words.len() + 1).saturating_sub(KEY) {
            let starts = seen.entry(words[start..start + KEY].to_vec()).or_default();
            if starts.len() < KEPT {
                starts.push(start);
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
    lay_out(table, ANCHORS, sections);
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
    lay_out(table, SHINGLES, sections);
    counts
}

fn lay_out(table: BTreeMap<u32, Vec<(u32, u16)>>, into: Table, sections: &mut [Vec<u8>]) {
    let mut known: HashMap<Vec<(u32, u16)>, u32> = HashMap::new();
    let (mut keys, mut values, mut lists, mut postings) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut buckets = vec![0u32; (1 << 16) + 1];
    for (key, list) in &table {
        let shift = list.iter().map(|(_, at)| *at).min().unwrap_or(0);
        let (number, place) = match list[..] {
            // One posting fits into the value: rules number with 16 bits, and no rule has 2^15 words.
            [(rule, at)] => (ALONE | rule << PLACE_BITS, at),
            _ => {
                let moved: Vec<(u32, u16)> = list.iter().map(|(rule, at)| (*rule, at - shift)).collect();
                let next = known.len() as u32;
                let number = *known.entry(moved).or_insert_with_key(|moved| {
                    lists.extend((postings.len() as u32 / 4).to_le_bytes());
                    for (rule, at) in moved {
                        postings.extend((*rule as u16).to_le_bytes());
                        postings.extend(at.to_le_bytes());
                    }
                    next
                });
                assert!(number < 1 << 16, "lists number with 16 bits");
                (number << PLACE_BITS, shift)
            }
        };
        assert!(u32::from(place) < 1 << PLACE_BITS, "a place fits into its bits");
        keys.extend((*key as u16).to_le_bytes());
        values.extend((number | u32::from(place)).to_le_bytes());
        buckets[(key >> 16) as usize + 1] += 1;
    }
    for bucket in 1..buckets.len() {
        buckets[bucket] += buckets[bucket - 1];
    }
    lists.extend((postings.len() as u32 / 4).to_le_bytes());
    sections[into.buckets as usize] = buckets.iter().flat_map(|b| b.to_le_bytes()).collect();
    sections[into.keys as usize] = keys;
    sections[into.values as usize] = values;
    sections[into.lists as usize] = lists;
    sections[into.postings as usize] = postings;
}
