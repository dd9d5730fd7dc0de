//! Where the words of a clause stand in a text of its license: the lines of the file, for whoever has to read them.
//!
//! A rule holds no sentence of a license, only facts: the clause's number, figures, what it says in our words, and here and
//! there a short phrase. They are looked for together: the number leads to a part of the text, figures and phrases to a
//! sentence, and our words to the sentence that shares the rare ones with them. Where that is not enough for a decision,
//! there is no answer, for a wrong line costs more than none.

use std::collections::{BTreeSet, HashMap};

use super::ClauseFact;

mod cues;
mod marks;
mod place;

use marks::Mark;

/// Texts have fewer words; what is behind them is not looked at.
const MOST_WORDS: usize = 60_000;

/// Marks that are remembered.
const MOST_MARKS: usize = 4_000;

/// Words of one sentence; a longer one is cut, so that its place stays a place.
const SENTENCE: usize = 160;

/// Lines that an answer has at most.
const MOST_LINES: u32 = 40;

/// Bytes of the words that an answer shows.
const SHOWN: usize = 400;

/// Below it no decision is made.
const ENOUGH: f32 = 0.42;

/// From it on one sentence is the clause, and not the list that it stands in.
const CLEAR: f32 = 0.45;

/// Words of a title.
const TITLE: usize = 5;

/// Characters of a line as long as nobody wraps one.
const UNWRAPPED: usize = 200;

/// Where a clause stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passage {
    /// First line, counted from 1.
    pub first: u32,
    /// Last line.
    pub last: u32,
    /// The words, in one line, and cut where they are many.
    pub words: String,
}

/// A run of words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Span {
    start: usize,
    end: usize,
}

impl Span {
    fn holds(self, other: Span) -> bool {
        self.start <= other.start && other.end <= self.end
    }
}

/// A sentence, or an item of a list.
#[derive(Debug, PartialEq, Eq)]
struct Sentence {
    words: Span,
    /// Its stems, sorted, each once.
    stems: Vec<u32>,
    /// Number of its paragraph.
    block: usize,
}

/// A text that clauses are looked for in.
#[derive(Debug, PartialEq, Eq)]
pub struct Page {
    lines: Vec<Box<str>>,
    /// Stem and line of every word.
    words: Vec<(u32, u32)>,
    stems: HashMap<Box<str>, u32>,
    /// By stem: in how many sentences it stands.
    seen: Vec<u32>,
    sentences: Vec<Sentence>,
    blocks: Vec<Span>,
    marks: Vec<Mark>,
}

/// What is looked for.
#[derive(Default)]
struct Query {
    /// Stems with their weights.
    stems: Vec<(u32, f32)>,
    /// Weight of all words, those that the text has not included.
    whole: f32,
    /// Sequences of stems with their weights.
    phrases: Vec<(Vec<u32>, f32)>,
    /// Those that many licenses have; they count less together.
    usual: Vec<Vec<u32>>,
}

impl Page {
    /// Reads a text.
    pub fn new(text: &str) -> Page {
        let mut page = Page {
            lines: text.lines().map(Box::from).collect(),
            words: Vec::new(),
            stems: HashMap::new(),
            seen: Vec::new(),
            sentences: Vec::new(),
            blocks: Vec::new(),
            marks: Vec::new(),
        };
        let unwrapped = is_unwrapped(text);
        // Where the sentence and the paragraph at hand begin.
        let (mut sentence, mut block) = (0, 0);
        for (number, line) in text.lines().enumerate() {
            let at = u32::try_from(number + 1).unwrap_or(u32::MAX);
            let heads = marks::heads(line);
            if unwrapped || marks::bare(line).is_empty() || heads.iter().any(|h| h.begins) {
                page.end_sentence(&mut sentence);
                page.end_block(&mut block);
            }
            let all = pieces(line, &heads);
            let mut heads = heads.iter().peekable();
            for (piece, ends, offset) in all {
                while let Some(head) = heads.next_if(|h| h.offset <= offset) {
                    page.end_sentence(&mut sentence);
                    if page.marks.len() >= MOST_MARKS {
                        continue;
                    }
                    page.marks.push(Mark {
                        style: head.style,
                        parts: head.parts.clone(),
                        word: page.words.len(),
                    });
                }
                if page.words.len() < MOST_WORDS {
                    for word in stems(piece) {
                        let stem = page.number(word);
                        page.words.push((stem, at));
                    }
                }
                if ends || page.words.len() - sentence >= SENTENCE {
                    page.end_sentence(&mut sentence);
                }
            }
        }
        page.end_sentence(&mut sentence);
        page.end_block(&mut block);
        page
    }

    fn number(&mut self, stem: String) -> u32 {
        let new = self.seen.len() as u32;
        let number = *self.stems.entry(stem.into_boxed_str()).or_insert(new);
        if number == new {
            self.seen.push(0);
        }
        number
    }

    fn end_sentence(&mut self, begin: &mut usize) {
        let words = Span { start: *begin, end: self.words.len() };
        *begin = words.end;
        if words.start == words.end {
            return;
        }
        let mut stems: Vec<u32> = self.words[words.start..words.end].iter().map(|w| w.0).collect();
        stems.sort_unstable();
        stems.dedup();
        for stem in &stems {
            self.seen[*stem as usize] += 1;
        }
        self.sentences.push(Sentence { words, stems, block: self.blocks.len() });
    }

    fn end_block(&mut self, begin: &mut usize) {
        let words = Span { start: *begin, end: self.words.len() };
        *begin = words.end;
        if words.start < words.end {
            self.blocks.push(words);
        }
    }

    /// Where a clause of the text's license stands; none where that cannot be decided.
    pub fn locate(&self, clause: &ClauseFact) -> Option<Passage> {
        let query = self.query(clause);
        let places = place::places(self, &clause.reference);
        let scores: Vec<(f32, f32)> = self
            .sentences
            .iter()
            .map(|sentence| {
                let near = places.iter().filter(|p| p.span.holds(sentence.words)).map(|p| p.weight);
                let place = near.fold(0.0f32, f32::max);
                let words = self.shared(sentence, &query) + self.phrases(sentence, &query);
                // Titles have the words of what they announce.
                let title = place == 0.0 && sentence.words.end - sentence.words.start <= place::HEADING;
                (if title { words * 0.7 } else { words }, place)
            })
            .collect();
        let sum = |(words, place): (f32, f32)| words + place;
        let better = |a: usize, b: usize| if sum(scores[b]) > sum(scores[a]) + 1e-6 { b } else { a };
        let best = (0..scores.len()).reduce(better)?;
        let top = scores[best];
        if sum(top) < ENOUGH || top.0 < 0.02 {
            return self.elsewhere(&places);
        }
        // The list that holds it, where the clause is all of it.
        let words = self.sentences[best].words;
        let heading = words.end - words.start <= place::HEADING;
        // What a clause sums up stands in no single sentence.
        let many = clause.says.contains(':') || clause.says.matches(',').count() > 2;
        let clear = top.0 >= CLEAR && !many && !heading;
        let around = places
            .iter()
            .filter(|p| p.list && !clear && p.weight >= top.1 && p.span.holds(self.sentences[best].words));
        if let Some(list) = around.min_by_key(|p| p.span.end - p.span.start) {
            return Some(self.passage(list.span.start, list.span.end));
        }
        // Neighbours that say nearly as much belong to it.
        let near = |i: usize| {
            let same = self.sentences[i].block == self.sentences[best].block;
            same && scores[i].0 >= 0.25 && scores[i].0 >= top.0 * 0.6 && scores[i].1 >= top.1
        };
        let from = (0..best).rev().take_while(|i| near(*i)).last().unwrap_or(best);
        let to = (best + 1..scores.len()).take_while(|i| near(*i)).last().unwrap_or(best);
        // A heading goes with what it heads.
        let title = words.end - words.start <= TITLE && self.blocks.iter().any(|b| b.start == words.start);
        let to =
            if title && to == best && scores.get(to + 1).is_some_and(|s| s.1 >= top.1) { to + 1 } else { to };
        Some(self.passage(self.sentences[from].words.start, self.sentences[to].words.end))
    }

    /// A place that only the number leads to, where the text is in a language that shares no words with ours.
    fn elsewhere(&self, places: &[place::Place]) -> Option<Passage> {
        let signs = self.stems.iter().filter(|(stem, _)| stem.chars().all(is_sign)).map(|(_, n)| *n);
        let signs: std::collections::HashSet<u32> = signs.collect();
        let foreign = |span: &Span| {
            let words = self.words.get(span.start..span.end).unwrap_or_default();
            words.iter().filter(|w| signs.contains(&w.0)).count() * 2 > words.len()
        };
        let whole = places.iter().find(|p| p.weight >= place::WHOLE && foreign(&p.span))?;
        let block = self.blocks.iter().find(|b| whole.span.holds(**b))?;
        Some(self.passage(block.start, block.end))
    }

    fn passage(&self, start: usize, end: usize) -> Passage {
        let line = |at: usize| self.words.get(at).map_or(1, |w| w.1);
        let first = line(start);
        let last = line(end.saturating_sub(1)).clamp(first, first.saturating_add(MOST_LINES - 1));
        let lines = self.lines.get(first as usize - 1..last as usize).unwrap_or_default();
        let mut words = String::new();
        for word in lines.iter().flat_map(|l| l.split_whitespace()) {
            let room = SHOWN.saturating_sub(words.len());
            if word.len() >= room {
                let fits =
                    word.char_indices().map(|(i, c)| i + c.len_utf8()).take_while(|end| *end < room).last();
                words.push_str(word.get(..fits.unwrap_or(0)).unwrap_or_default());
                words.push('…');
                break;
            }
            if !words.is_empty() {
                words.push(' ');
            }
            words.push_str(word);
        }
        Passage { first, last, words }
    }

    /// What a clause is told by.
    fn query(&self, clause: &ClauseFact) -> Query {
        let mut query = Query::default();
        let mut taken = BTreeSet::new();
        for (text, weight) in
            [(clause.object.as_deref().unwrap_or(""), 1.4), (cues::words(clause), 0.6), (&clause.says, 1.0)]
        {
            for word in stems(text) {
                if cues::is_empty(&word) || taken.contains(&word) {
                    continue;
                }
                // A word that the text has not may be one of ours only.
                let known = self.stems.get(word.as_str()).copied();
                let rarity = known.map_or(0.35, |stem| self.rarity(stem));
                query.whole += weight * rarity;
                query.stems.extend(known.map(|stem| (stem, weight * rarity)));
                taken.insert(word);
            }
        }
        let mut phrase = |text: &str, weight: f32| {
            query.phrases.extend(self.sequence(text).map(|s| (s, weight)));
        };
        clause.find.iter().for_each(|text| phrase(text, 1.2));
        clause.text.iter().for_each(|text| phrase(text, 1.2));
        place::quoted(&clause.reference).iter().for_each(|text| phrase(text, 0.6));
        cues::figures(clause).iter().for_each(|text| phrase(text, 0.6));
        query.usual = cues::phrases(clause).iter().filter_map(|text| self.sequence(text)).collect();
        query
    }

    /// A phrase as stems; none where the text has not all of them.
    fn sequence(&self, text: &str) -> Option<Vec<u32>> {
        let all: Option<Vec<u32>> =
            stems(text).into_iter().map(|w| self.stems.get(w.as_str()).copied()).collect();
        all.filter(|all| !all.is_empty())
    }

    fn rarity(&self, stem: u32) -> f32 {
        let all = self.sentences.len().max(1) as f32;
        let seen = self.seen.get(stem as usize).copied().unwrap_or(0).max(1) as f32;
        (1.0 + all / seen).ln() / (1.0 + all).ln()
    }

    /// The share of what is looked for that stands in a sentence.
    fn shared(&self, sentence: &Sentence, query: &Query) -> f32 {
        if query.whole <= 0.0 {
            return 0.0;
        }
        let has = |stem: &u32| sentence.stems.binary_search(stem).is_ok();
        let found: f32 = query.stems.iter().filter(|(stem, _)| has(stem)).map(|(_, weight)| weight).sum();
        // A long sentence has more of everything.
        let long = (sentence.stems.len() as f32 / 25.0).max(1.0).ln();
        found / query.whole / (1.0 + 0.18 * long)
    }

    fn phrases(&self, sentence: &Sentence, query: &Query) -> f32 {
        let words = &self.words[sentence.words.start..sentence.words.end];
        let stands = |phrase: &[u32]| {
            phrase.iter().all(|stem| sentence.stems.binary_search(stem).is_ok())
                && words.windows(phrase.len()).any(|w| w.iter().map(|w| w.0).eq(phrase.iter().copied()))
        };
        let usual = query.usual.iter().filter(|phrase| stands(phrase)).count() as f32 * 0.2;
        let found = query.phrases.iter().filter(|(phrase, _)| stands(phrase)).map(|(_, weight)| weight);
        (found.sum::<f32>() + usual.min(0.4)).min(2.0)
    }
}

/// Whether lines are paragraphs: a good part of the text stands in lines that nobody would wrap so late.
fn is_unwrapped(text: &str) -> bool {
    let lengths = text.lines().map(|line| line.chars().count());
    let (all, long) =
        lengths.fold((0, 0), |(all, long), len| (all + len, if len > UNWRAPPED { long + len } else { long }));
    long * 4 > all
}

/// Whether it is a sign of Chinese, Japanese or Korean, which are words by themselves.
fn is_sign(c: char) -> bool {
    matches!(c as u32, 0x3040..=0x30FF | 0x3400..=0x9FFF | 0xAC00..=0xD7AF)
}

/// The stems of a text: words without their endings, figures without their commas, and each sign by itself.
fn stems(text: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut end = |word: &mut String| {
        match word.as_str() {
            "" => return,
            "noncommercial" => all.extend(["non".to_string(), "commer".to_string()]),
            "licence" | "licences" => all.push("licens".to_string()),
            w => {
                let w = w.strip_suffix('s').filter(|w| w.len() > 3 && !w.ends_with('s')).unwrap_or(w);
                // Long words that begin alike are mostly one word with other endings.
                let cut = w.char_indices().nth(6).map_or(w.len(), |(i, _)| i);
                let digits = w.bytes().all(|b| b.is_ascii_digit());
                all.push(if digits { w } else { w.get(..cut).unwrap_or(w) }.to_string());
            }
        }
        word.clear();
    };
    let mut before = ' ';
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if is_sign(c) {
            end(&mut word);
            word.push(c);
            end(&mut word);
        } else if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        } else if c == ',' && before.is_ascii_digit() && chars.peek().is_some_and(char::is_ascii_digit) {
            // The comma of a figure.
        } else if matches!(c, '\'' | '’') {
            // An apostrophe inside a word.
        } else {
            end(&mut word);
        }
        before = c;
    }
    end(&mut word);
    all
}

/// A line in pieces: sentences, and what marks begin. Each with whether a sentence ends with it, and where it begins.
fn pieces<'l>(line: &'l str, heads: &[marks::Head]) -> Vec<(&'l str, bool, usize)> {
    let mut cuts: Vec<(usize, bool)> = heads.iter().map(|h| (h.offset, false)).collect();
    let mut chars = line.char_indices().peekable();
    let mut last = ' ';
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map_or(' ', |(_, c)| *c);
        let stop = match c {
            '。' | '；' | '！' | '？' => true,
            ';' | '!' | '?' => next.is_whitespace(),
            // Not behind a single letter, which is an abbreviation or a mark.
            '.' => next.is_whitespace() && last.is_alphanumeric() | matches!(last, ')' | '"' | '”'),
            ':' => next.is_whitespace(),
            _ => false,
        };
        if stop {
            cuts.push((at + c.len_utf8(), true));
        }
        last = c;
    }
    cuts.push((0, false));
    cuts.push((line.len(), false));
    cuts.sort_unstable();
    cuts.dedup_by(|b, a| {
        let same = a.0 == b.0;
        a.1 |= same && b.1;
        same
    });
    cuts.windows(2).filter_map(|w| Some((line.get(w[0].0..w[1].0)?, w[1].1, w[0].0))).collect()
}

#[cfg(test)]
mod tests;
