//! What a license loses where words of it are missing: the standard text tells the words, a small reading what they do.
//!
//! The index holds numbers of words only, so the words come from the text of the license list.

use crate::identify::clause::{ClauseHit, ClauseKind, Modality};
use crate::identify::index::{Index, Tokens, UNKNOWN};
use crate::identify::query::Query;

/// The standard text of a license, as the index numbers it.
pub(super) struct Standard(Query<'static>);

/// What missing words did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Lost {
    /// They granted these acts.
    Grant(Vec<&'static str>),
    /// They asked for something, named for a reader.
    Duty(&'static str),
    /// They disclaimed warranty or liability.
    Disclaimer,
    /// None of these.
    Other,
}

/// So many words before a place are looked at for the begin of its sentence, and as many behind it for the end.
const SENTENCE: usize = 320;

impl Standard {
    /// The text of a license of the SPDX list; of one with an exception, the license's own.
    pub(super) fn of(base: &str, index: &Index<'_>) -> Option<Standard> {
        let id = base.split(" WITH ").next().unwrap_or(base);
        let text = crate::know::text::standard(id)?;
        Some(Standard(Query::new(text, index)))
    }

    /// Where a span of a rule's words stands in the text; none where the rule is worded differently.
    pub(super) fn locate(&self, tokens: &Tokens<'_>, rule: (usize, usize)) -> Option<(usize, usize)> {
        let (start, end) = rule;
        let length = end.checked_sub(start).filter(|l| *l > 0)?;
        let ids = &self.0.ids;
        let same = |at: usize| (0..length).all(|i| ids[at + i] == tokens.get(start + i));
        let context = |at: usize| {
            let before = start > 0 && at > 0 && ids[at - 1] == tokens.get(start - 1);
            let after = end < tokens.len() && ids.get(at + length) == Some(&tokens.get(end));
            u8::from(before) + u8::from(after)
        };
        let places = (0..(ids.len() + 1).saturating_sub(length)).filter(|at| same(*at));
        // Short words occur often; the place is the one whose neighbours are the same, the first of equals.
        let best = places.max_by_key(|at| (context(*at), usize::MAX - at))?;
        (length >= 4 || context(best) == 2).then_some((best, best + length))
    }

    /// Whether a span of another text stands here too, with its neighbours: what differs from a variant of the license
    /// may be the license's own.
    pub(super) fn holds(&self, query: &Query<'_>, (start, end): (usize, usize)) -> bool {
        let ids = query.ids.get(start.saturating_sub(4)..(end + 4).min(query.len())).unwrap_or(&[]);
        !ids.is_empty() && !ids.contains(&UNKNOWN) && self.0.ids.windows(ids.len()).any(|w| w == ids)
    }

    /// The words of a span.
    pub(super) fn words(&self, span: (usize, usize)) -> String {
        self.0.slice(span.0, span.1).split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The sentence or list item around a word.
    fn sentence(&self, at: usize) -> (usize, usize) {
        let (mut start, mut end) = (at, at + 1);
        while start > 0 && at - start < SENTENCE && !self.ends(start - 1) {
            start -= 1;
        }
        while end < self.0.len() && end - at < SENTENCE && !self.ends(end - 1) {
            end += 1;
        }
        (start, end)
    }

    /// Whether a sentence or item ends behind a word.
    fn ends(&self, at: usize) -> bool {
        let (Some(word), Some(next)) = (self.0.words.get(at), self.0.words.get(at + 1)) else { return true };
        let between = self.0.text.get(word.end as usize..next.start as usize).unwrap_or("");
        let stop = between
            .find(['.', ';', ':', '!', '?'])
            .is_some_and(|i| between[i + 1..].is_empty() || between[i + 1..].contains(char::is_whitespace));
        // A full stop inside a number or an address has no blank behind it.
        let stop = stop && between.contains(char::is_whitespace);
        stop || between.matches('\n').count() > 1
    }

    /// What each sentence did that is missing as a whole from a span.
    pub(super) fn sentences(&self, span: (usize, usize)) -> Vec<(Lost, String)> {
        let mut lost = Vec::new();
        let mut at = span.0;
        while at < span.1 {
            let (start, end) = self.sentence(at);
            let inside = end.min(span.1) - start.max(span.0);
            if end - start >= 4 && inside * 10 >= (end - start) * 8 {
                lost.push((self.read((start, end)), self.words((start, end))));
            }
            at = end.max(at + 1);
        }
        lost
    }

    /// Whether words stand in a sentence that grants something.
    pub(super) fn grants(&self, span: (usize, usize)) -> bool {
        matches!(self.read(self.sentence(span.0)), Lost::Grant(_))
    }

    /// Whether any sentence of the text grants an act.
    pub(super) fn grants_act(&self, act: &str) -> bool {
        let mut at = 0;
        while at < self.0.len() {
            let (start, end) = self.sentence(at);
            if matches!(self.read((start, end)), Lost::Grant(acts) if acts.contains(&act)) {
                return true;
            }
            at = end.max(at + 1);
        }
        false
    }

    /// Reads one sentence: a grant, a duty, a disclaimer or something else.
    fn read(&self, span: (usize, usize)) -> Lost {
        let words: Vec<String> = (span.0..span.1).map(|i| self.0.slice(i, i + 1).to_lowercase()).collect();
        let has = |list: &[&str]| words.iter().any(|w| list.contains(&w.as_str()));
        let begins = |list: &[&str]| words.iter().any(|w| list.iter().any(|l| w.starts_with(l)));
        if begins(&["warrant", "liab", "damages", "merchantab"]) {
            return Lost::Disclaimer;
        }
        let acts = acts(&words);
        let no =
            words.windows(2).any(|w| w[0] == "no" && !matches!(w[1].as_str(), "charge" | "royalty" | "cost"));
        let forbids = no || has(&["not", "neither", "nor", "never", "cannot", "terminate", "terminates"]);
        // What "may" allows to who does something else first is a condition of that, no grant.
        let gives = words.first().is_none_or(|w| w != "if")
            && has(&[
                "granted",
                "grants",
                "grant",
                "permitted",
                "permission",
                "permissions",
                "may",
                "rights",
                "right",
            ]);
        if gives && !forbids && !acts.is_empty() {
            return Lost::Grant(acts);
        }
        if begins(&["endors", "promot"]) {
            return Lost::Duty("the ban on using names for endorsement");
        }
        if begins(&["advertis", "acknowledg"]) {
            return Lost::Duty("the duty to acknowledge in advertising or documentation");
        }
        let keeps = begins(&[
            "retain", "reproduc", "includ", "preserv", "accompan", "keep", "kept", "display", "appear",
        ]);
        if keeps && begins(&["notice", "copyright", "license", "attribution", "disclaimer"]) {
            return Lost::Duty("the duty to keep notices");
        }
        let must = has(&["must", "shall", "required", "provided", "need"]);
        if must && has(&["source"]) {
            return Lost::Duty("the duty to give source");
        }
        if must && begins(&["chang", "modif", "alter"]) {
            return Lost::Duty("the duty to mark changes");
        }
        if must && !forbids { Lost::Duty("a duty") } else { Lost::Other }
    }
}

/// The acts that a sentence names, in a fixed order.
fn acts(words: &[String]) -> Vec<&'static str> {
    const ACTS: &[(&str, &[&str])] = &[
        ("patent", &["patent"]),
        ("use", &["use", "deal"]),
        ("copy", &["copy", "copies", "reproduce"]),
        ("modify", &["modify", "modification", "alter", "derivative", "adapt", "change"]),
        ("merge", &["merge"]),
        ("publish", &["publish"]),
        ("distribute", &["distribute", "redistribute", "redistribution", "distribution", "convey"]),
        ("sublicense", &["sublicense"]),
        ("sell", &["sell", "sale"]),
    ];
    let named = |forms: &[&str]| words.iter().any(|w| forms.contains(&w.as_str()));
    ACTS.iter().filter(|(_, forms)| named(forms)).map(|(act, _)| *act).collect()
}

/// What a grant that is missing amounts to: the act is not allowed, because a license allows only what it says.
pub(super) fn restriction(act: &str, lines: (u32, u32), sentence: &str) -> ClauseHit {
    let kind = match act {
        "sell" => ClauseKind::NoSale,
        "modify" | "merge" => ClauseKind::NoDerivatives,
        "distribute" | "publish" => ClauseKind::NoRedistribution,
        _ => ClauseKind::Other,
    };
    ClauseHit {
        kind,
        modality: Modality::MayNot,
        action: act.to_string(),
        object: String::new(),
        lines,
        sentence: sentence.to_string(),
    }
}

/// So far around a match words are looked for that may only have moved.
const MOVED: usize = 4000;

/// Whether words of a rule stand elsewhere in the text, near the match: they moved and are not missing.
pub(super) fn moved(
    query: &Query<'_>,
    tokens: &Tokens<'_>,
    rule: (usize, usize),
    around: (usize, usize),
) -> bool {
    let length = (rule.1 - rule.0).min(6);
    let first = rule.0 + (rule.1 - rule.0 - length) / 2;
    let (from, to) = (around.0.saturating_sub(MOVED), (around.1 + MOVED).min(query.len()));
    let ids = query.ids.get(from..to).unwrap_or(&[]);
    length > 0
        && ids
            .windows(length)
            .any(|w| w.iter().enumerate().all(|(i, id)| *id != UNKNOWN && *id == tokens.get(first + i)))
}
