//! What a clause forbids, or allows only with leave that the text does not give.

use std::ops::Range;

use super::case::{Case, Escape, Finding};
use super::duty;
use super::grammar::{Voice, is_addressee};
use super::lexicon::{self, Act, act, is_leave, is_nominal, is_participle, is_thing};
use super::sentence::Gap;
use super::topic::{Topic, topics};
use super::{ClauseKind, Modality};

impl Case<'_> {
    pub(super) fn forbidden(&self) -> Vec<Finding> {
        let words = self.words;
        if self.keeps_notices() {
            return vec![Finding {
                action: "keep",
                ..self.finding(ClauseKind::Attribution, Modality::MayNot, None)
            }];
        }
        if self.is_hypothetical() || self.is_ordinary() {
            return Vec::new();
        }
        let Some(acts) = self.acts() else { return Vec::new() };
        let weak = self.marker().weak;
        let addressed = is_addressee(words.back(self.marker().at.start, 1))
            || is_addressee(words.back(self.marker().at.start, 2));
        let named = self.sentence_names_thing();
        if !named && !addressed && self.marker().voice == Voice::Verb {
            return Vec::new();
        }
        let (main, exception) = self.split_exception();
        let main = if self.marker().voice == Voice::Bare {
            main.start..(main.start + 12).min(main.end)
        } else {
            main
        };
        let first = acts.first().copied();
        let mut findings: Vec<Finding> = Vec::new();
        let mut found = self.topics_of(main.clone());
        let leave = self.leave_phrase(&main);
        found.retain(|(_, place)| !leave.contains(place));
        for (topic, place) in &found {
            // Without a thing that is named, "you may not" is a license's only where its topic is.
            let telling = matches!(*topic, Topic::Commercial | Topic::Training)
                || *topic == Topic::Hosting && words.at(*place).starts_with("service");
            if !named && addressed && !telling {
                continue;
            }
            let Some(kind) = restricted_by(*topic) else { continue };
            if *topic == Topic::Production && !self.is_about_production() {
                continue;
            }
            if *topic == Topic::Derivative && !self.is_about_derivatives(*place, &acts) {
                continue;
            }
            if self.marker().voice == Voice::Bare && !self.is_bare_topic(*topic, *place, &acts) {
                continue;
            }
            if matches!(*topic, Topic::Ethics | Topic::Military | Topic::Place | Topic::Competition)
                && weak
                && !self.addresses_use()
            {
                continue;
            }
            findings.push(self.finding(kind, Modality::MayNot, first));
        }
        // "may not be used except for personal purposes".
        if topics(words, exception).iter().any(|(t, _)| matches!(t, Topic::NonCommercial | Topic::Personal)) {
            findings.push(self.finding(ClauseKind::NonCommercial, Modality::OnlyIf, first));
        }
        // "sell" and "distribute" side by side are two prohibitions, "distribute for a fee" is one.
        let advice = found.iter().any(|(t, _)| *t == Topic::Production) && findings.is_empty();
        let sale_aside = acts.contains(&Act::Sell) && findings.iter().all(|f| f.kind == ClauseKind::NoSale);
        if (findings.is_empty() || sale_aside) && !weak && !advice {
            let acts: Vec<Act> = acts.iter().copied().filter(|a| *a != Act::Sell).collect();
            findings.extend(self.forbidden_acts(&acts));
        }
        findings
    }

    /// "without a commercial license": what leave is asked for is not what is forbidden.
    fn leave_phrase(&self, main: &Range<usize>) -> Range<usize> {
        let words = self.words;
        let Some(start) = words.find(main.clone(), |w| w == "without") else { return main.end..main.end };
        let closes =
            |p: &usize| words.gap(*p) == Gap::Comma && (act(words.at(*p)).is_some() || words.at(*p) == "for");
        let end = (start + 1..main.end.min(start + 14)).find(closes);
        start..end.unwrap_or(main.end)
    }

    /// "no commercial use", "not for profit": the topic stands right after the marker, with a purpose.
    fn is_bare_purpose(&self, place: usize) -> bool {
        let words = self.words;
        let purpose = words.any(place..place + 4, |w| {
            matches!(w, "use" | "uses" | "purpose" | "purposes" | "usage" | "training" | "profit")
        });
        place < self.marker().at.end + 5 && (purpose || words.back(place, 1) == "for")
    }

    /// Without a verb, a promise to users ("no AI training on your data") looks like a rule for them.
    fn is_bare_topic(&self, topic: Topic, place: usize, acts: &[Act]) -> bool {
        let words = self.words;
        let matter = |w: &str| {
            matches!(
                w,
                "data"
                    | "files"
                    | "thoughts"
                    | "content"
                    | "information"
                    | "documents"
                    | "uploads"
                    | "photos"
            )
        };
        let promise = (0..words.len()).any(|p| match words.at(p) {
            "privacy" => true,
            "we" => words.at(p + 1) == "do",
            "your" | "user" | "customer" => matter(words.at(p + 1)) || matter(words.at(p + 2)),
            _ => false,
        });
        let moral = topic == Topic::Ethics && !words.any(0..words.len(), is_thing);
        !promise && !moral && (!acts.is_empty() || self.is_bare_purpose(place))
    }

    /// "must not be used in production" is advice in many a README; "you may not" and "is not permitted" are terms.
    fn is_about_production(&self) -> bool {
        let modal = self.words.at(self.marker().at.start);
        match self.marker().voice {
            Voice::Verb => modal == "may" || modal == "shall" || self.escape() == Some(Escape::Leave),
            Voice::Bare => false,
            Voice::Around | Voice::After => !self.marker().weak,
        }
    }

    /// Advice such as "do not use this to harm" counts where it speaks of using the thing.
    fn addresses_use(&self) -> bool {
        self.governed().is_some_and(|p| act(self.words.at(p)) == Some(Act::Use)) && self.names_thing()
    }

    /// Derivative works are forbidden where making or distributing them is, not where they are used like the work.
    fn is_about_derivatives(&self, place: usize, acts: &[Act]) -> bool {
        let words = self.words;
        let next = words.at(place + 1);
        let works = words.at(place) == "derivatives" || matches!(next, "work" | "works" | "versions");
        if words.at(place) == "derived" || self.marker().weak {
            return false;
        }
        if self.marker().voice != Voice::Verb {
            let made = words.any(place.saturating_sub(2)..place, |w| {
                matches!(w, "create" | "creating" | "prepare" | "preparing" | "make" | "making")
            });
            return works
                && (made
                    || acts.is_empty()
                    || acts.contains(&Act::Distribute)
                    || acts.contains(&Act::Modify))
                && (made || !acts.contains(&Act::Use))
                && place < self.marker().at.start.max(self.marker().at.end + 6);
        }
        let governed = self.governed().map_or("", |p| words.at(p));
        let verb = matches!(act(governed), Some(Act::Distribute | Act::Modify | Act::Sell))
            || matches!(governed, "create" | "make" | "prepare" | "produce" | "develop");
        verb && self.governed().is_some_and(|p| place > p && place < p + 9)
    }

    /// Forbidden acts without a topic.
    fn forbidden_acts(&self, acts: &[Act]) -> Vec<Finding> {
        let words = self.words;
        let Some(first) = acts.first().copied() else { return Vec::new() };
        let escape = self.escape();
        let nominal = self.marker().voice == Voice::Around
            && escape == Some(Escape::Leave)
            && self.is_distribution_proper();
        let excused = matches!(escape, Some(Escape::Standard | Escape::Duty));
        let named = self.names_thing() || nominal;
        if excused || !named || !self.is_bare_act() {
            return Vec::new();
        }
        if self.marker().voice == Voice::Verb && !self.is_addressed() && !self.is_field_of_use() {
            return Vec::new();
        }
        let such = self.predicate().any(|p| words.at(p) == "such" && words.at(p + 1) == "that");
        let condition = |w: &str| matches!(w, "if" | "unless" | "until");
        if such || words.any(self.predicate(), condition) && escape.is_none() {
            return Vec::new();
        }
        let has = |wanted: &[Act]| acts.iter().any(|a| wanted.contains(a));
        let mut kinds = Vec::new();
        if has(&[Act::Distribute, Act::Copy]) {
            kinds.extend(self.forbidden_distribution(escape));
        }
        // "data must not be modified" is said of memory as well.
        let changes = self.marker().voice != Voice::Verb
            || escape == Some(Escape::Leave)
            || is_addressee(words.back(self.marker().at.start, 1))
            || self.names_software();
        if has(&[Act::Modify]) && changes && !kinds.contains(&ClauseKind::NoDerivatives) {
            kinds.push(ClauseKind::NoDerivatives);
        }
        if kinds.is_empty() && !has(&[Act::Distribute, Act::Copy]) {
            let used = has(&[Act::Use, Act::Include]);
            if has(&[Act::Decompile]) || used && escape == Some(Escape::Leave) {
                kinds.push(ClauseKind::Other);
            } else if used && self.is_field_of_use() {
                kinds.push(ClauseKind::FieldOfUse);
            }
        }
        kinds.into_iter().map(|kind| self.finding(kind, Modality::MayNot, Some(first))).collect()
    }

    /// Which sort of distribution is forbidden: under other terms, of changed versions, or any.
    fn forbidden_distribution(&self, escape: Option<Escape>) -> Option<ClauseKind> {
        let words = self.words;
        let terms = |w: &str| matches!(w, "different" | "another" | "other" | "license" | "terms");
        let other_terms = words.any(self.predicate(), |w| w == "under") && words.any(self.predicate(), terms);
        if other_terms && escape != Some(Escape::Leave) {
            return Some(ClauseKind::ShareAlike);
        }
        let changed = |p: usize| {
            matches!(words.at(p), "modified" | "altered" | "adapted" | "changed")
                && matches!(
                    words.back(p, 1),
                    "the" | "any" | "distribute" | "publish" | "share" | "redistribute" | "your"
                )
        };
        if self.predicate().take(6).any(changed) {
            return Some(ClauseKind::NoDerivatives);
        }
        let sure = escape == Some(Escape::Leave) || self.is_sure_distribution();
        sure.then_some(ClauseKind::NoRedistribution)
    }

    /// "no redistribution" on its own, not "no modification necessary".
    fn is_bare_act(&self) -> bool {
        if self.marker().voice != Voice::Bare {
            return true;
        }
        let words = self.words;
        let Some(nominal) = self.predicate().find(|p| is_nominal(words.at(*p))) else { return false };
        let ends = words.gap(nominal + 1) > Gap::None || nominal + 1 >= words.len();
        ends || matches!(words.at(nominal + 1), "of" | "without" | "or" | "and" | "permitted" | "allowed")
    }

    /// The verb is passive, or its subject is somebody whom a license binds: "changing it may not change the result" is
    /// none of a license's business.
    fn is_addressed(&self) -> bool {
        let words = self.words;
        let passive = self.governed().is_some_and(|p| {
            words.back(p, 1) == "be"
                || is_participle(words.at(p))
                || words.any(self.marker().at.end..p, |w| w == "be")
        });
        let last = words.back(self.marker().at.start, 1);
        passive
            || self.subject().is_empty()
            || is_addressee(last)
            || matches!(
                last,
                "and"
                    | "or"
                    | "but"
                    | "nor"
                    | "to"
                    | "one"
                    | "nobody"
                    | "person"
                    | "party"
                    | "parties"
                    | "agree"
                    | "agrees"
                    | "contributor"
            )
            || words.any(self.marker().at.clone(), |w| matches!(w, "to" | "from" | "no"))
            || words.any(self.marker().at.end..(self.marker().at.end + 3), is_addressee)
    }

    /// "distribute" speaks of licenses; "share", "copy" and "upload" do so only together with software.
    fn is_sure_distribution(&self) -> bool {
        self.is_distribution_proper() || self.names_software()
    }

    /// The clause names the thing by a word that prose rarely uses of memory, messages or users' data.
    fn names_software(&self) -> bool {
        let software = |w: &str| {
            matches!(
                w,
                "software" | "code" | "program" | "work" | "works" | "material" | "materials" | "repository"
            ) || matches!(
                w,
                "model" | "weights" | "assets" | "package" | "plugin" | "theme" | "font" | "fonts" | "mod"
            )
        };
        self.words.any(self.whole(), software)
    }

    /// "this software may not be used for X", "employees of X may not use this software".
    fn is_field_of_use(&self) -> bool {
        let words = self.words;
        if self.marker().voice != Voice::Verb {
            return false;
        }
        let Some(verb) = self.governed() else { return false };
        if words.at(verb) != "used" && words.at(verb) != "use" {
            return false;
        }
        let subject = self.subject();
        if is_participle(words.at(verb)) {
            return words.any(subject, |w| is_thing(w) || w == "it")
                && words.any(verb + 1..verb + 4, |w| matches!(w, "for" | "in" | "by" | "to" | "on"));
        }
        let last = words.back(self.marker().at.start, 1);
        let addressed = is_addressee(last) || subject.is_empty();
        let thing = words.find(verb + 1..verb + 5, is_thing);
        match thing {
            Some(thing) if addressed => words.any(thing + 1..thing + 4, |w| matches!(w, "for" | "to" | "in")),
            found => found.is_some(),
        }
    }

    pub(super) fn needed(&self) -> Vec<Finding> {
        let words = self.words;
        let whole = self.whole();
        if self.is_ordinary() {
            return Vec::new();
        }
        let nominal = whole.clone().filter(|p| is_nominal(words.at(*p))).find_map(|p| act(words.at(p)));
        let mut findings: Vec<Finding> = Vec::new();
        for (topic, _) in topics(words, whole.clone()) {
            let Some(kind) = restricted_by(topic) else { continue };
            let strong = matches!(topic, Topic::Commercial | Topic::Sale | Topic::Training | Topic::Hosting);
            if (strong || !self.marker().weak) && topic != Topic::Derivative {
                findings.push(self.finding(kind, Modality::OnlyIf, nominal));
            }
        }
        let commercial_leave = whole
            .clone()
            .any(|p| words.at(p) == "commercial" && (is_leave(words.at(p + 1)) || is_leave(words.at(p + 3))));
        let contact = words
            .any(self.marker().at.clone(), |w| matches!(w, "contact" | "email" | "write" | "reach" | "ask"));
        if findings.is_empty() && commercial_leave && (contact || nominal.is_some()) {
            findings.push(self.finding(ClauseKind::NonCommercial, Modality::OnlyIf, nominal));
        }
        if !findings.is_empty() || self.marker().weak || contact {
            if findings.is_empty() && contact && !self.marker().weak {
                findings.extend(duty::notification(*self));
            }
            return findings;
        }
        let subject = self.subject();
        let this =
            subject.len() <= 5 && words.any(subject.clone(), |w| w == "this") && words.any(subject, is_thing);
        if this && words.any(whole.clone(), lexicon::is_leave_kind) {
            findings.push(self.finding(ClauseKind::Other, Modality::OnlyIf, None));
            return findings;
        }
        let to_use = whole.clone().find(|p| words.at(*p) == "to" && act(words.at(p + 1)).is_some());
        let act = nominal.or_else(|| to_use.and_then(|p| act(words.at(p + 1))));
        let about = self.sentence_names_thing() || self.is_distribution_proper();
        let Some(act) = act.filter(|_| about) else { return findings };
        let paid = words.any(whole.clone(), |w| {
            matches!(w, "paid" | "purchase" | "buy" | "fee" | "subscription" | "pay")
        });
        let apart = words.any(whole, lexicon::is_leave_kind);
        let kind = match act {
            Act::Distribute | Act::Copy if apart || self.escape().is_none() => ClauseKind::NoRedistribution,
            Act::Modify => ClauseKind::NoDerivatives,
            _ if paid => ClauseKind::Royalty,
            _ if apart => ClauseKind::Other,
            _ => return findings,
        };
        findings.push(self.finding(kind, Modality::OnlyIf, Some(act)));
        findings
    }
}

/// What a license restricts that forbids this.
pub(super) fn restricted_by(topic: Topic) -> Option<ClauseKind> {
    Some(match topic {
        Topic::Commercial => ClauseKind::NonCommercial,
        Topic::Sale => ClauseKind::NoSale,
        Topic::Training => ClauseKind::NoAiTraining,
        Topic::Hosting => ClauseKind::NoHosting,
        Topic::Competition => ClauseKind::Competition,
        Topic::Derivative => ClauseKind::NoDerivatives,
        Topic::Military => ClauseKind::Military,
        Topic::Ethics => ClauseKind::Ethical,
        Topic::Place => ClauseKind::Territory,
        Topic::Production => ClauseKind::Evaluation,
        Topic::NonCommercial | Topic::Personal | Topic::Evaluation | Topic::Internal => return None,
    })
}
