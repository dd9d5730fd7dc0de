//! Reads the words between and around statements: do they say that one may choose?
//!
//! Only words outside of license texts count, and a statement's own words only at its edges: a notice may begin with
//! the word that joins it to the one before.

use super::super::index::Kind;
use super::super::query::Query;
use super::{Gap, Part};

/// So many words are looked at on either side of a signal, so that a hostile text costs no more than others.
const FAR: usize = 80;
/// A statement's own words count so near to its edges.
const EDGE: usize = 12;
/// A choice has at most so many parts; a longer list is an inventory.
const MOST: usize = 32;

/// Words that begin another subject. What they stand before is no branch of a choice.
const APART: &[&str] = &[
    "portions",
    "portion",
    "third",
    "bundled",
    "bundles",
    "includes",
    "contains",
    "incorporates",
    "incorporated",
    "additionally",
    "addition",
    "some",
    "various",
    "different",
    "respectively",
    "respective",
    "dependencies",
    "dependency",
    "documentation",
    "docs",
    "fonts",
    "images",
    "artwork",
    "assets",
    "components",
    "each",
    "several",
    "certain",
    "others",
    "derived",
    "borrowed",
    "except",
    "excluding",
    "other",
    "clause",
];
/// Words that may stand around `or` between two names.
const CONNECTIVE: &[&str] = &[
    "or",
    "either",
    "the",
    "an",
    "under",
    "terms",
    "conditions",
    "of",
    "license",
    "licence",
    "licenses",
    "licensed",
    "version",
    "v",
    "at",
    "your",
    "option",
    "choice",
    "alternatively",
    "by",
    "new",
    "file",
    "see",
    "in",
    "and",
];
/// Words that point to a file or an address.
const POINTERS: &[&str] = &[
    "license",
    "licence",
    "licenses",
    "file",
    "files",
    "see",
    "the",
    "in",
    "for",
    "details",
    "at",
    "http",
    "https",
    "www",
    "org",
    "com",
    "txt",
    "md",
    "html",
    "or",
    "and",
    "of",
    "text",
    "full",
    "copy",
    "copying",
    "your",
    "option",
    "opensource",
    "spdx",
    "apache",
    "gnu",
    "mit",
    "bsd",
    "img",
    "shields",
    "io",
    "badge",
    "svg",
    "green",
    "brightgreen",
    "blue",
    "yellow",
    "style",
    "flat",
    "square",
];
/// Words that say that something is put under a license.
const GRANT: &[&str] = &[
    "may",
    "can",
    "terms",
    "under",
    "distributed",
    "distribute",
    "licensed",
    "license",
    "licence",
    "provisions",
    "redistribute",
    "used",
    "choose",
    "available",
    "released",
];
/// Words that turn an announcement into its opposite, or into history.
const DENIAL: &[&str] =
    &["not", "no", "never", "longer", "was", "were", "previously", "formerly", "isn", "cannot"];
/// Words of a branch that has no id: what follows is not the second branch.
const UNNAMED: &[&str] = &["commercial", "commercially", "proprietary", "paid", "enterprise"];
/// Words behind `option` that speak of versions.
const LATER: &[&str] = &["later", "newer", "subsequent", "higher", "greater", "above"];

/// What a signal does.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cue {
    /// A choice among so many is announced.
    Announce(usize),
    /// What follows may be taken in place of what came before.
    Alternative,
    /// The same, said behind both.
    Instead,
    /// What was named before is a choice.
    Trailing,
}

/// Reads all parts, which are in the order of their words.
pub(super) fn read(query: &Query<'_>, parts: &mut [Part]) {
    if parts.is_empty() {
        return;
    }
    let links = {
        let mut reader = Reader::new(query, parts);
        reader.signals();
        reader.connectives();
        reader.links
    };
    let gaps: Vec<Gap> = {
        let reader = Reader::new(query, parts);
        (0..parts.len()).map(|i| reader.gap(i)).collect()
    };
    // Choices that share a part are one; numbers are those of their first parts.
    let mut root: Vec<usize> = (0..parts.len()).collect();
    let mut size = vec![1usize; parts.len()];
    for (a, b) in links {
        let (a, b) = (top(&mut root, a), top(&mut root, b));
        if a != b && size[a] + size[b] <= MOST {
            root[a.max(b)] = a.min(b);
            size[a.min(b)] += size[a.max(b)];
        }
    }
    for i in 0..parts.len() {
        let own = top(&mut root, i);
        parts[i].choice = (size[own] > 1).then_some(own);
        parts[i].gap = gaps[i];
    }
}

fn top(root: &mut [usize], mut at: usize) -> usize {
    while root[at] != at {
        root[at] = root[root[at]];
        at = root[at];
    }
    at
}

struct Reader<'r, 't> {
    query: &'r Query<'t>,
    parts: &'r [Part],
    /// By word: the part that explains it, counted from 1; 0 is nobody.
    owner: Vec<u32>,
    /// By word: the last part with a word before it, counted from 1.
    before: Vec<u32>,
    links: Vec<(usize, usize)>,
}

impl<'r, 't> Reader<'r, 't> {
    fn new(query: &'r Query<'t>, parts: &'r [Part]) -> Self {
        let mut owner = vec![0u32; query.len()];
        for (i, part) in parts.iter().enumerate() {
            let mut last: Option<usize> = None;
            for &(start, end) in &part.runs {
                // A few words inside a text are a name or a slip, not a sentence of their own.
                let start = last.filter(|l| start - l < 5).unwrap_or(start);
                owner[start..end].fill(i as u32 + 1);
                last = Some(end);
            }
        }
        let mut before = Vec::with_capacity(owner.len());
        let mut current = 0;
        for &o in &owner {
            before.push(current);
            if o != 0 {
                current = o;
            }
        }
        Reader { query, parts, owner, before, links: Vec::new() }
    }

    fn word(&self, at: usize) -> &'t str {
        self.query.slice(at, at + 1)
    }

    fn is(&self, at: usize, words: &[&str]) -> bool {
        let word = self.word(at);
        !word.is_empty() && words.iter().any(|w| w.eq_ignore_ascii_case(word))
    }

    fn within(&self, from: usize, to: usize, words: &[&str]) -> bool {
        (from..to.min(self.query.len())).any(|i| self.is(i, words))
    }

    fn begins(&self, at: usize, stem: &str) -> bool {
        self.word(at).get(..stem.len()).is_some_and(|s| s.eq_ignore_ascii_case(stem))
    }

    fn licenses(&self, at: usize) -> bool {
        self.begins(at, "licen")
    }

    fn live(&self, at: usize) -> bool {
        self.owner.get(at) == Some(&0)
    }

    /// The part that begins with this word.
    fn begun(&self, at: usize) -> Option<usize> {
        let part = (*self.owner.get(at)? as usize).checked_sub(1)?;
        (self.parts[part].start() == at).then_some(part)
    }

    /// Whether a sentence ends between a word and the next one.
    fn ends(&self, at: usize) -> bool {
        let words = &self.query.words;
        let (Some(a), Some(b)) = (words.get(at), words.get(at + 1)) else { return true };
        if self.owner[at] != 0 && self.owner[at] == self.owner[at + 1] {
            return false;
        }
        let bytes = self.query.text.as_bytes();
        let next = bytes.get(b.start as usize).copied().unwrap_or(b' ');
        let raw = bytes.get(a.end as usize..b.start as usize).unwrap_or(&[]);
        // A sentence ends soon behind its last word; far below it another one has long begun.
        if raw.len() > 240 {
            return true;
        }
        let stop = raw.windows(2).any(|p| matches!(p[0], b'.' | b'!' | b'?') && p[1].is_ascii_whitespace());
        if stop && !next.is_ascii_lowercase() || raw.contains(&b';') {
            return true;
        }
        let lines: Vec<&[u8]> = raw.split(|b| *b == b'\n').collect();
        if lines.len() < 3 || next.is_ascii_lowercase() {
            return false;
        }
        // Points of a list and what stands behind a colon or comma still belong to the sentence.
        let marks = |line: &[u8]| line.iter().filter(|b| matches!(b, b'*' | b'-' | b'+')).count();
        let (last, above) = (lines[lines.len() - 1], lines[lines.len() - 2]);
        let point = marks(last) > marks(above) && last.len() < 40;
        !point && !lines[0].iter().any(|b| matches!(b, b':' | b','))
    }

    /// Finds all signals in words that count.
    fn signals(&mut self) {
        for at in 0..self.query.len() {
            let Some((cue, length)) = self.cue(at) else { continue };
            let home = (self.owner[at] as usize).checked_sub(1);
            if home.is_some_and(|p| !self.edge(p, at)) {
                continue;
            }
            match cue {
                Cue::Announce(count) => self.announce(at, length, count),
                Cue::Alternative => self.alternative(at, home),
                Cue::Instead => self.instead(at),
                Cue::Trailing => self.trailing(at),
            }
        }
    }

    /// Whether a word of a part stands at its edge, and the part may speak of its neighbours.
    fn edge(&self, part: usize, at: usize) -> bool {
        let p = &self.parts[part];
        let end = p.runs.last().map_or(0, |r| r.1);
        p.found.kind != Kind::Text
            && !p.found.license.contains(" OR ")
            && (at.saturating_sub(p.start()) < EDGE || end.saturating_sub(at) <= EDGE)
    }

    /// The signal that begins with a word, and its length in words.
    fn cue(&self, at: usize) -> Option<(Cue, usize)> {
        let word = self.word(at);
        // Most words begin with none of these letters.
        let first = word.as_bytes().first()?.to_ascii_lowercase();
        if !b"acdeioumtw".contains(&first) {
            return None;
        }
        let one = |w: &str| word.eq_ignore_ascii_case(w);
        let is = |i: usize, words: &[&str]| self.is(at + i, words);
        if (one("dual") || one("dually") || one("double")) && self.licenses(at + 1) {
            return Some((Cue::Announce(2), 2));
        }
        if (one("tri") || one("triple")) && self.licenses(at + 1) {
            return Some((Cue::Announce(3), 2));
        }
        // "Multiple licenses" only counts them; "multi-licensed" offers them.
        if one("multi") && self.begins(at + 1, "licensed") || one("multi") && self.begins(at + 1, "licenced")
        {
            return Some((Cue::Announce(6), 2));
        }
        if one("under") || one("of") || one("with") {
            let skip =
                (1..7usize).take_while(|i| is(*i, &["the", "terms", "and", "conditions", "of"])).count();
            let next = 1 + skip;
            if is(next, &["either"]) && one("under") {
                return Some((Cue::Announce(2), next + 1));
            }
            let any = is(next, &["any", "one", "either"]);
            let of = is(next + 1, &["of"]) || is(next + 1, &["one"]) && is(next + 2, &["of"]);
            let licenses = (next + 2..next + 7).any(|i| self.licenses(at + i));
            return (any && of && (licenses || one("under"))).then_some((Cue::Announce(6), next + 2));
        }
        if one("choice") && is(1, &["of"]) {
            let told = (2..8).any(|i| self.licenses(at + i) || self.begun(at + i).is_some());
            let law = self.within(at + 2, at + 8, &["law", "laws", "forum", "venue"]);
            return (told && !law).then_some((Cue::Announce(6), 2));
        }
        if one("choose") || one("elect") || one("opt") {
            let may = at >= 2 && self.within(at - 2, at, &["may", "can", "could", "to", "must"]);
            let among = self.within(at + 1, at + 5, &["between", "either", "among", "which", "one"]);
            return (may && among).then_some((Cue::Announce(6), 2));
        }
        if one("alternatively") || one("alternately") {
            return Some((Cue::Alternative, 1));
        }
        if one("instead") {
            return Some((Cue::Instead, 1));
        }
        if one("at") {
            let whose = is(1, &["your"]) || is(1, &["the"]) && self.within(at + 2, at + 4, &["s", "option"]);
            let option =
                self.within(at + 2, at + 5, &["option", "choice", "discretion", "preference", "choosing"]);
            let later = self.within(at + 3, at + 9, LATER);
            return (whose && option && !later).then_some((Cue::Trailing, 3));
        }
        let prefer = ["prefer", "like", "choose", "want", "wish"];
        if one("whichever") && is(1, &["you"]) && is(2, &prefer) {
            return Some((Cue::Trailing, 3));
        }
        (one("as") && is(1, &["you"]) && is(2, &prefer)).then_some((Cue::Trailing, 3))
    }

    /// Words back to the beginning of the sentence, at most so many.
    fn sentence(&self, at: usize, most: usize) -> usize {
        let mut start = at;
        while start > 0 && at - start < most && !self.ends(start - 1) {
            start -= 1;
        }
        start
    }

    /// Parts that the sentence names behind a word.
    fn forward(&self, at: usize, count: usize) -> Vec<usize> {
        let mut named: Vec<usize> = Vec::new();
        let home = (self.owner[at] as usize).checked_sub(1);
        named.extend(home.filter(|p| self.parts[*p].names()));
        let (mut i, mut words) = (at, 0);
        while i < self.query.len() && words < FAR && named.len() < MOST {
            if let Some(part) = self.begun(i).filter(|p| !named.contains(p)) {
                let this = &self.parts[part];
                if !this.names() {
                    // A name right before its text is a title and no branch of the sentence.
                    let title = |p: &usize| self.parts[*p].found.license == this.found.license;
                    if named.last().is_some_and(title) {
                        named.pop();
                    }
                    break;
                }
                if self.distinct(&named) >= count && !self.known(&named, part) {
                    break;
                }
                named.push(part);
            }
            words += usize::from(self.live(i));
            if self.live(i) && self.is(i, APART) && (!named.is_empty() || !self.is(i, &["other"])) {
                break;
            }
            if self.ends(i) {
                break;
            }
            i += 1;
        }
        named
    }

    /// Parts that the sentence names before a word.
    fn backward(&self, at: usize) -> Vec<usize> {
        let mut named: Vec<usize> = Vec::new();
        let (mut i, mut words) = (at, 0);
        while i > 0 && words < FAR && named.len() < MOST {
            i -= 1;
            if self.ends(i) && i + 1 != at || self.live(i) && self.is(i, APART) {
                break;
            }
            if i + 1 == at && self.ends(i) && !self.word(at).starts_with(|c: char| c.is_lowercase()) {
                break;
            }
            words += usize::from(self.live(i));
            if let Some(part) = self.begun(i) {
                if !self.parts[part].names() {
                    break;
                }
                named.push(part);
            }
        }
        // Bundled things may be named with the same words; nobody may choose among them.
        let start = self.sentence(i, 16);
        if self.within(start, i, APART) {
            return Vec::new();
        }
        named.reverse();
        named
    }

    fn known(&self, named: &[usize], part: usize) -> bool {
        named.iter().any(|p| self.parts[*p].found.license == self.parts[part].found.license)
    }

    fn distinct(&self, named: &[usize]) -> usize {
        let mut licenses: Vec<&str> = named.iter().map(|p| self.parts[*p].found.license.as_str()).collect();
        licenses.sort_unstable();
        licenses.dedup();
        licenses.len()
    }

    fn join(&mut self, named: &[usize]) {
        self.links.extend(named.windows(2).map(|p| (p[0], p[1])));
    }

    fn announce(&mut self, at: usize, length: usize, count: usize) {
        let start = self.sentence(at, 24);
        let close = at.saturating_sub(3).max(start);
        let apart = (start..at).any(|i| self.live(i) && self.is(i, APART));
        // A rule for contributions repeats a choice that stands above.
        let above = self.within(at + length, at + length + 3, &["above"]);
        if apart || above || self.within(close, at, DENIAL) {
            return;
        }
        let named = self.forward(at, count);
        if self.distinct(&named) >= 2 {
            return self.join(&named);
        }
        if named.is_empty() || named.len() == 1 && (self.owner[at] as usize) == named[0] + 1 {
            let earlier = self.backward(at);
            if self.distinct(&earlier) >= 2 && !self.kin(&earlier) {
                return self.join(&earlier);
            }
        }
        // With one branch named here, the other one may have no id.
        let unnamed = self.within(start, at + length + 16, UNNAMED);
        if !named.is_empty() || unnamed {
            return;
        }
        let texts = self.following(at, count);
        if self.distinct(&texts) >= 2 {
            self.join(&texts);
        }
    }

    /// Licenses that stand below a heading, one after the other.
    fn following(&self, at: usize, count: usize) -> Vec<usize> {
        let first = self.parts.partition_point(|p| p.start() < at);
        let mut taken: Vec<usize> = Vec::new();
        for part in (first..self.parts.len()).take(MOST) {
            let this = &self.parts[part];
            let title = self.parts.get(part + 1).is_some_and(|n| n.found.license == this.found.license);
            let stands =
                this.found.kind == Kind::Text || this.found.kind == Kind::Notice && this.matched() >= EDGE;
            let near = if taken.is_empty() { this.start() - at <= FAR } else { !self.gap(part).apart };
            if !near || !stands && !title || self.distinct(&taken) >= count && !self.known(&taken, part) {
                break;
            }
            // A license that comes again belongs to something else.
            let again = |p: &usize| {
                let p = &self.parts[*p].found;
                p.license == this.found.license && p.kind == Kind::Text && this.found.kind == Kind::Text
            };
            if taken.iter().any(again) || taken.is_empty() && self.within(at, this.start(), APART) {
                break;
            }
            taken.push(part);
        }
        taken
    }

    /// The parts on both sides of a word, if both are near.
    fn sides(&self, at: usize, home: Option<usize>) -> Option<(usize, usize)> {
        let (left, right) = match home {
            Some(p) if at - self.parts[p].start() < EDGE => {
                ((self.before[self.parts[p].start()] as usize).checked_sub(1)?, p)
            }
            Some(p) => (p, self.parts.partition_point(|q| q.start() <= at)),
            None => {
                let left = (self.before[at] as usize).checked_sub(1)?;
                (left, self.parts.partition_point(|q| q.start() <= at))
            }
        };
        let start = self.parts.get(right)?.start();
        let live = |i: &usize| self.live(*i);
        let behind = (0..at.min(start)).rev().take(FAR).take_while(live).count();
        let near = behind < FAR && start <= at + FAR / 2;
        (left != right && near && self.parts[left].found.license != self.parts[right].found.license)
            .then_some((left, right))
    }

    fn alternative(&mut self, at: usize, home: Option<usize>) {
        let Some((left, right)) = self.sides(at, home) else { return };
        let start = self.parts[right].start();
        let gap = (0..start).rev().take(FAR).take_while(|i| self.live(*i));
        let apart = gap.clone().any(|i| self.is(i, APART));
        if !apart && self.within(at, start + 8, GRANT) {
            self.links.push((left, right));
        }
    }

    fn instead(&mut self, at: usize) {
        let start = self.sentence(at, FAR);
        let may = self.within(start, at, &["may", "can", "choose", "elect", "select", "wish"]);
        let under = self.within(start, at + 8, GRANT);
        if !may || !under || self.within(start, at, APART) || self.within(start, at, DENIAL) {
            return;
        }
        let named = self.backward(at);
        let Some(&right) = named.first() else { return };
        let of = self.forward(at, 2);
        if self.is(at + 1, &["of"]) && self.distinct(&of) == 1 && !self.known(&named, of[0]) {
            return self.links.push((right, of[0]));
        }
        let from = self.parts[right].start();
        let Some(left) = (self.before[from] as usize).checked_sub(1) else { return };
        let near = !self.gap(right).apart;
        if near && self.parts[left].found.license != self.parts[right].found.license {
            self.links.push((left, right));
        }
    }

    fn trailing(&mut self, at: usize) {
        let named = self.backward(at);
        if self.distinct(&named) >= 2 && !self.kin(&named) {
            self.join(&named);
        }
    }

    /// Joins names that only `or` stands between, and the names that a list gives before them.
    fn connectives(&mut self) {
        for right in 1..self.parts.len() {
            let start = self.parts[right].start();
            let Some(left) = self.before.get(start).and_then(|b| (*b as usize).checked_sub(1)) else {
                continue;
            };
            let gap = self.between(start);
            let (or, and) = (self.within(gap.0, gap.1, &["or"]), self.within(gap.0, gap.1, &["and"]));
            let edge = self.edge(left, gap.0.saturating_sub(1).max(self.parts[left].start()))
                && self.is(gap.0.saturating_sub(1), &["or"])
                || self.edge(right, start) && self.is(start, &["or"]);
            let closed = gap.1 - gap.0 <= 10 && (gap.0..gap.1).all(|i| self.is(i, CONNECTIVE));
            if !(or || edge) || and || !closed || left == right {
                continue;
            }
            if self.later(left, right) || self.ended(gap) {
                continue;
            }
            // What the sentence says of many things is no choice for one of them.
            let begin = self.sentence(self.parts[left].start(), 24);
            let foreign = (begin..gap.0).any(|i| self.live(i) && self.is(i, APART));
            if foreign || self.parts[left].found.license == self.parts[right].found.license {
                continue;
            }
            self.links.push((left, right));
            self.list(left);
        }
    }

    /// Names of a list before the part that `or` follows.
    fn list(&mut self, last: usize) {
        let mut right = last;
        for _ in 0..6 {
            let start = self.parts[right].start();
            let Some(left) = (self.before[start] as usize).checked_sub(1).filter(|l| *l != right) else {
                return;
            };
            let gap = self.between(start);
            let bytes = self.query.text.as_bytes();
            let raw = match (
                gap.0.checked_sub(1).and_then(|w| self.query.words.get(w)),
                self.query.words.get(start),
            ) {
                (Some(a), Some(b)) => bytes.get(a.end as usize..b.start as usize).unwrap_or(&[]),
                _ => return,
            };
            let comma = raw.len() < 80 && raw.contains(&b',') && !raw.contains(&b'\n');
            let closed = gap.1 - gap.0 <= 3 && (gap.0..gap.1).all(|i| self.is(i, CONNECTIVE));
            if !comma || !closed || self.within(gap.0, gap.1, &["and"]) || !self.parts[left].names() {
                return;
            }
            self.links.push((left, right));
            right = left;
        }
    }

    /// The words between a place and the statement before it.
    fn between(&self, start: usize) -> (usize, usize) {
        let words = (0..start).rev().take(FAR).take_while(|i| self.live(*i)).count();
        (start - words, start)
    }

    /// Whether a sentence ends in a gap; around a line that holds nothing but `or` it does not.
    fn ended(&self, gap: (usize, usize)) -> bool {
        let ends = (gap.0.saturating_sub(1)..gap.1).any(|i| self.ends(i));
        ends && gap.1 - gap.0 > 1
    }

    /// Whether `or` only leads to later versions of the same license.
    fn later(&self, left: usize, right: usize) -> bool {
        let start = self.parts[right].start();
        let family = self.family(left);
        family.is_some() && family == self.family(right) && self.within(start, start + 6, LATER)
    }

    /// Whether all are versions of one license; that a sentence names them makes no choice of them.
    fn kin(&self, named: &[usize]) -> bool {
        let family = named.first().and_then(|p| self.family(*p));
        family.is_some() && named.iter().all(|p| self.family(*p) == family)
    }

    /// The family of licenses whose members are versions of one another.
    fn family(&self, part: usize) -> Option<usize> {
        let license = &self.parts[part].found.license;
        ["GPL-", "LGPL-", "AGPL-", "GFDL-"].iter().position(|f| license.starts_with(f))
    }

    /// What stands between a part and the one before.
    fn gap(&self, part: usize) -> Gap {
        let start = self.parts[part].start();
        let gap = self.between(start.min(self.query.len()));
        let number = |i: usize| self.word(i).bytes().all(|b| b.is_ascii_digit());
        let plain = (gap.0..gap.1).all(|i| number(i) || self.is(i, POINTERS));
        let apart = gap.1 - gap.0 >= FAR || (gap.0..gap.1).any(|i| self.is(i, APART));
        // A list of files by license says with this field that it goes on to other files.
        let field = |i: usize| {
            let behind = self.query.words.get(i).map_or(0, |w| w.end as usize);
            self.is(i, &["files"]) && self.query.text.as_bytes().get(behind) == Some(&b':')
        };
        let apart = apart || (gap.0..gap.1).any(field);
        // "… elects the one and not the other" takes a choice up; the branch that is left behind asks for nothing.
        let left = ["defined", "not", "instead", "rather"];
        let mention = self.within(gap.1.saturating_sub(4).max(gap.0), gap.1, &left);
        Gap { plain, apart, mention }
    }
}
