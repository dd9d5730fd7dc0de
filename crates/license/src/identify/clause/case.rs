//! One clause with its sentence around it, and the questions that its judges ask.

use std::ops::Range;

use super::grammar::{Clause, Marker, Voice, Words, is_addressee, is_payment};
use super::lexicon::{Act, act, is_leave, is_light, is_nominal, is_pronoun, is_thing};
use super::sentence::Gap;
use super::topic::{Topic, topics};
use super::{ClauseKind, Modality};

/// A clause that was judged.
#[derive(Debug)]
pub(super) struct Finding {
    pub(super) kind: ClauseKind,
    pub(super) modality: Modality,
    /// The normalised verb.
    pub(super) action: &'static str,
    /// The words that it was read from.
    pub(super) range: Range<usize>,
}

/// One clause under judgement, with its sentence around it.
#[derive(Clone, Copy)]
pub(super) struct Case<'s> {
    pub(super) words: Words<'s>,
    pub(super) clause: &'s Clause,
}

/// What lifts a prohibition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Escape {
    /// Somebody's leave or money.
    Leave,
    /// Keeping notices or giving source.
    Duty,
    /// The terms of the license itself.
    Standard,
}

impl<'s> Case<'s> {
    pub(super) fn marker(&self) -> &'s Marker {
        &self.clause.marker
    }

    /// The words before the marker.
    pub(super) fn subject(&self) -> Range<usize> {
        self.clause.range.start..self.marker().at.start
    }

    /// The words after the marker.
    pub(super) fn predicate(&self) -> Range<usize> {
        self.marker().at.end..self.clause.range.end
    }

    pub(super) fn whole(&self) -> Range<usize> {
        self.clause.range.clone()
    }

    /// The predicate up to a word that makes an exception, and the exception.
    pub(super) fn split_exception(&self) -> (Range<usize>, Range<usize>) {
        let predicate = self.predicate();
        let words = self.words;
        let at = predicate.clone().find(|p| match words.at(*p) {
            "except" | "excluding" | "unless" => true,
            "other" => words.at(p + 1) == "than",
            "apart" => words.at(p + 1) == "from",
            "but" => words.at(p + 1) == "not",
            "aside" => words.at(p + 1) == "from",
            _ => false,
        });
        let at = at.unwrap_or(predicate.end);
        // What an exception includes is explained there, not excepted once more.
        let end =
            words.find(at..predicate.end, |w| matches!(w, "including" | "includes")).unwrap_or(predicate.end);
        (predicate.start..at, at..end)
    }

    /// Topics of the subject and of a part of the predicate.
    pub(super) fn topics_of(&self, predicate: Range<usize>) -> Vec<(Topic, usize)> {
        let mut all = topics(self.words, self.subject());
        all.extend(topics(self.words, predicate));
        all
    }

    pub(super) fn finding(&self, kind: ClauseKind, modality: Modality, act: Option<Act>) -> Finding {
        let action = match kind {
            ClauseKind::NoSale => "sell",
            ClauseKind::NoAiTraining => "train",
            ClauseKind::NoHosting => "host",
            ClauseKind::Competition => "compete",
            ClauseKind::NoDerivatives => "modify",
            _ => act.map_or("use", Act::word),
        };
        Finding { kind, modality, action, range: self.whole() }
    }

    /// Where the verb stands that a modal governs, once "be", adverbs and insertions are skipped.
    pub(super) fn governed(&self) -> Option<usize> {
        let words = self.words;
        let end = self.clause.range.end;
        let mut place = words.skip_adverbs(self.marker().at.end);
        // "under no circumstances may you sell", "nor may this software be sold".
        if is_addressee(words.at(place))
            || matches!(
                words.at(place),
                "this"
                    | "the"
                    | "it"
                    | "they"
                    | "any"
                    | "in"
                    | "for"
                    | "circumstances"
                    | "event"
                    | "way"
                    | "case"
                    | "under"
            )
        {
            let verb = |w: &str| act(w).is_some() || is_light(w) || w == "be";
            place = words.find(place + 1..(place + 9).min(end), verb)?;
        }
        for _ in 0..3 {
            place = match words.at(place) {
                "do" if words.gap(place + 1) == Gap::Strong => place + 1,
                "be" | "been" | "get" | "to" | "either" | "himself" | "themselves" => {
                    words.skip_adverbs(place + 1)
                }
                "attempt" | "try" | "seek" | "continue" | "begin" | "start"
                    if words.at(place + 1) == "to" =>
                {
                    place + 2
                }
                _ => break,
            };
        }
        (place < end).then_some(place)
    }

    /// The acts that a clause governs; none where its verb is no act of ours, and an empty list where the verb says
    /// little by itself.
    pub(super) fn acts(&self) -> Option<Vec<Act>> {
        let words = self.words;
        let predicate = self.predicate();
        let mut acts: Vec<Act> = Vec::new();
        match self.marker().voice {
            Voice::Verb => {
                let verb = self.governed()?;
                let first = act(words.at(verb));
                if first.is_none() && !is_light(words.at(verb)) {
                    return None;
                }
                // The verbs that are joined to the first one.
                for place in verb..predicate.end {
                    let word = words.at(place);
                    match act(word) {
                        Some(act) => acts.push(act),
                        None if matches!(word, "or" | "and" | "otherwise" | "nor")
                            || word.ends_with("ly") => {}
                        None if place > verb
                            && words.gap(place) == Gap::Comma
                            && words.gap(place + 1) == Gap::Comma => {}
                        None if place == verb => {}
                        None => break,
                    }
                }
            }
            Voice::Around => {
                let nominal = |p: &usize| is_nominal(words.at(*p));
                let infinitive = |p: &usize| words.back(*p, 1) == "to";
                let done = self.subject().filter(|p| nominal(p) || infinitive(p));
                acts.extend(done.filter_map(|p| act(words.at(p))));
                let leads = match words.at(predicate.start) {
                    "to" => {
                        let verb = words.skip_adverbs(predicate.start + 1);
                        let verb = if words.at(verb) == "be" { verb + 1 } else { verb };
                        act(words.at(verb)).is_some() || is_light(words.at(verb))
                    }
                    other => matches!(other, "for" | "in"),
                };
                if acts.is_empty() && leads {
                    acts.extend(predicate.clone().take(14).filter_map(|p| act(words.at(p))));
                }
                if acts.is_empty() && topics(words, self.subject()).is_empty() {
                    let purpose = matches!(words.at(predicate.start), "for" | "to" | "including");
                    if !purpose || topics(words, predicate).is_empty() {
                        return None;
                    }
                }
            }
            Voice::After => {
                let said = predicate
                    .clone()
                    .take(24)
                    .take_while(|p| !matches!(words.at(*p), "when" | "if" | "where" | "until"));
                acts.extend(said.filter_map(|p| act(words.at(p))));
                if acts.is_empty() && topics(words, predicate).is_empty() {
                    return None;
                }
            }
            Voice::Bare => {
                let near = predicate.start..(predicate.start + 3).min(predicate.end);
                acts.extend(
                    near.clone().filter(|p| is_nominal(words.at(*p))).filter_map(|p| act(words.at(p))),
                );
                if acts.is_empty() && topics(words, near).is_empty() {
                    return None;
                }
            }
        }
        Some(acts)
    }

    /// The acts of the whole clause, whatever their form.
    pub(super) fn acts_anywhere(&self) -> Vec<Act> {
        self.whole().filter_map(|p| act(self.words.at(p))).collect()
    }

    /// Whether the clause names the licensed thing, or a pronoun for it.
    pub(super) fn names_thing(&self) -> bool {
        let file = |p: usize| {
            matches!(self.words.at(p), "file" | "files" | "document")
                && matches!(self.words.back(p, 1), "this" | "these")
        };
        // "and may not be published" speaks of what the sentence has named before.
        let subject = self.subject();
        let elided = subject.len() <= 1 && subject.start > 0 && self.marker().voice == Voice::Verb;
        self.words.any(self.whole(), is_thing)
            || self.whole().any(file)
            || self.names_this(subject.clone())
            || self.words.any(self.predicate(), |w| matches!(w, "it" | "them" | "this"))
            || matches!(self.words.back(self.marker().at.start, 1), "it" | "they")
            || elided && self.sentence_names_thing()
    }

    pub(super) fn sentence_names_thing(&self) -> bool {
        self.words
            .any(0..self.words.len(), |w| is_thing(w) || is_pronoun(w) || w == "version" || w == "versions")
    }

    /// "the resale of this pack is prohibited": what "this" stands before is the thing, whatever it is called.
    fn names_this(&self, subject: Range<usize>) -> bool {
        let words = self.words;
        self.marker().voice == Voice::Around
            && words.any(subject.clone(), is_nominal)
            && words.any(subject.clone(), |w| w == "this" || w == "these")
            && !words.any(subject, |w| w == "that" || w == "which")
    }

    /// A condition that is only imagined: "if the use is restricted in certain countries".
    pub(super) fn is_hypothetical(&self) -> bool {
        let start = self.clause.range.start;
        let first = self.words.at(start);
        matches!(first, "if" | "where" | "when" | "whether" | "extent" | "wherever" | "unless" | "until")
            && !self.words.any(start..self.marker().at.start, is_addressee)
            && !(start + 1..=self.marker().at.start).any(|p| self.words.gap(p) >= Gap::Comma)
    }

    /// Names, marks, patents, notices and the license's own text are protected by every ordinary license.
    pub(super) fn is_ordinary(&self) -> bool {
        let words = self.words;
        let whole = self.whole();
        let name = |w: &str| {
            matches!(
                w,
                "name"
                    | "names"
                    | "trademark"
                    | "trademarks"
                    | "logo"
                    | "logos"
                    | "marks"
                    | "endorse"
                    | "endorsement"
                    | "advertising"
                    | "publicity"
            )
        };
        let governed = self.governed().filter(|_| self.marker().voice == Voice::Verb);
        let named = match governed {
            Some(verb) => {
                words.any(self.subject(), name) || words.any(verb..(verb + 16).min(whole.end), name)
            }
            None => words.any(whole.clone(), name),
        };
        // What is protected is the text of the license, a right, or its transfer as a contract.
        let text = |w: &str| matches!(w, "license" | "agreement" | "terms" | "rights" | "alternative");
        let own_text = match governed {
            Some(verb) => {
                let object = words.find(verb + 1..verb + 7, |w| is_thing(w) || text(w));
                object.is_some_and(|p| text(words.at(p))) || text(words.back(self.marker().at.start, 1))
            }
            None => {
                self.subject().len() < 4 && words.any(self.subject(), |w| w == "alternative")
                    || self.marker().voice == Voice::After
                        && words.any(self.predicate().start..self.predicate().start + 7, |w| w == "terms")
            }
        };
        let by_law = matches!(words.at(self.marker().at.end), "by" | "under")
            && words.any(self.marker().at.end..self.marker().at.end + 5, |w| {
                matches!(w, "law" | "laws" | "statute" | "regulation")
            });
        let license_text =
            (whole.start..whole.end).any(|p| words.at(p) == "license" && words.at(p + 1) == "document");
        let imposed = self
            .governed()
            .is_some_and(|p| matches!(words.at(p), "impose" | "restrict" | "assert" | "initiate"));
        named
            || own_text
            || by_law
            || license_text
            || imposed
            || words.any(whole, |w| {
                matches!(
                    w,
                    "patent"
                        | "patents"
                        | "warranty"
                        | "warranties"
                        | "liable"
                        | "liability"
                        | "construed"
                        | "interpreted"
                        | "export"
                        | "exported"
                        | "reexport"
                        | "reexported"
                        | "litigation"
                        | "courts"
                        | "consequence"
                        | "thus"
                )
            })
    }

    /// The clause keeps people from taking notices off.
    pub(super) fn keeps_notices(&self) -> bool {
        let words = self.words;
        let Some(verb) = self.governed() else { return false };
        let removes = words.any(verb..(verb + 6).min(self.whole().end), |w| {
            matches!(
                w,
                "remove"
                    | "removed"
                    | "delete"
                    | "deleted"
                    | "alter"
                    | "altered"
                    | "obscure"
                    | "obscured"
                    | "modify"
                    | "change"
                    | "strip"
            )
        });
        removes
            && words.any(self.whole(), |w| {
                matches!(
                    w,
                    "notice"
                        | "notices"
                        | "legend"
                        | "legends"
                        | "attribution"
                        | "attributions"
                        | "disclaimer"
                        | "copyright"
                        | "credits"
                        | "credit"
                )
            })
    }

    /// Where the words after the marker ask for leave: "without permission", "unless you have a license".
    pub(super) fn escape(&self) -> Option<Escape> {
        let words = self.words;
        let from = self.marker().at.end;
        for place in from..words.len().min(from + 80) {
            let leave = match words.at(place) {
                "without" | "unless" | "except" | "absent" | "until" | "with" | "only" => words
                    .find(place + 1..place + 11, |w| {
                        is_leave(w) || is_payment(w) || w == "subscription" || w == "paying"
                    }),
                _ => None,
            };
            if words.at(place) == "without" && leave.is_none() {
                let duty = words.any(place + 1..place + 8, |w| {
                    matches!(
                        w,
                        "notice"
                            | "notices"
                            | "copyright"
                            | "attribution"
                            | "credit"
                            | "including"
                            | "source"
                            | "crediting"
                            | "retaining"
                            | "also"
                            | "acknowledgment"
                    )
                });
                if duty {
                    return Some(Escape::Duty);
                }
            }
            let Some(leave) = leave else { continue };
            // "except in compliance with this License", "unless permitted by the terms of this License".
            let own = words.at(leave) == "license" && matches!(words.back(leave, 1), "the" | "such")
                || words.at(leave) == "license"
                    && words.any(place..leave, |w| w == "this" || w == "expressly")
                || words.any(place..leave, |w| {
                    matches!(w, "compliance" | "accordance" | "terms" | "include" | "copy" | "includes")
                });
            return Some(if own { Escape::Standard } else { Escape::Leave });
        }
        let standard = words.any(from..words.len(), |w| matches!(w, "except" | "unless" | "otherwise"))
            && words.any(from..words.len(), |w| {
                matches!(
                    w,
                    "expressly"
                        | "explicitly"
                        | "required"
                        | "compliance"
                        | "permitted"
                        | "accordance"
                        | "provided"
                        | "conditions"
                        | "terms"
                        | "authorized"
                )
            });
        standard.then_some(Escape::Standard)
    }

    pub(super) fn is_distribution_proper(&self) -> bool {
        self.words.any(self.whole(), |w| {
            act(w) == Some(Act::Distribute)
                && (w.contains("distribut") || w.contains("publi") || w.starts_with("convey"))
                || w.starts_with("reproduc")
        })
    }
}
