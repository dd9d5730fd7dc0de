//! What a clause allows within a limit: "only for", "free for", "for any purpose other than".

use std::ops::Range;

use super::case::{Case, Finding};
use super::forbid::restricted_by;
use super::grammar::{Voice, is_addressee};
use super::lexicon::{Act, act, is_light, is_only, is_thing};
use super::topic::{Topic, topics};
use super::{ClauseKind, Modality};

impl Case<'_> {
    pub(super) fn limited(&self) -> Vec<Finding> {
        let words = self.words;
        if self.is_ordinary() {
            return Vec::new();
        }
        let whole = self.whole();
        let (main, exception) = self.split_exception();
        let found = self.topics_of(main.clone());
        let has = |topic: Topic| found.iter().any(|(t, _)| *t == topic);
        let acts = self.acts_anywhere();
        let first = acts.first().copied();
        let mut findings: Vec<Finding> = Vec::new();
        let mut push = |kind| findings.push(self.finding(kind, Modality::OnlyIf, first));
        let about = !acts.is_empty() || self.names_thing();
        let personal = has(Topic::Personal) && self.is_private_limit(&acts);
        if !has(Topic::Commercial) && (has(Topic::NonCommercial) && about || personal) {
            push(ClauseKind::NonCommercial);
        }
        let handed = words.any(whole.clone(), |w| {
            matches!(w, "available" | "provided" | "supplied" | "shared" | "released")
        }) && !words
            .any(whole.clone(), |w| matches!(w, "suitable" | "intended" | "demonstration"));
        let modal =
            self.marker().voice == Voice::Verb && matches!(words.at(self.marker().at.start), "may" | "shall");
        let tried = has(Topic::Evaluation) && (handed || self.is_private_limit(&acts));
        if tried || (has(Topic::Production) && modal && acts.contains(&Act::Use)) {
            push(ClauseKind::Evaluation);
        }
        // "for internal use only" is what many a function says of itself; a grant says to whom or by what.
        let given = self.marker().voice != Voice::Around
            || words.any(whole.clone(), |w| {
                matches!(w, "licensed" | "granted" | "permitted" | "license" | "your")
            });
        if has(Topic::Internal) && given && self.is_private_limit(&acts) {
            push(ClauseKind::FieldOfUse);
        }
        if has(Topic::Place) && !acts.is_empty() && !self.marker().weak {
            push(ClauseKind::Territory);
        }
        if has(Topic::Ethics) && first == Some(Act::Use) {
            push(ClauseKind::Ethical);
        }
        if topics(words, exception).iter().any(|(t, _)| *t == Topic::Commercial) {
            push(ClauseKind::NonCommercial);
        }
        if findings.is_empty() && self.is_limited_field(&acts) {
            findings.push(self.finding(ClauseKind::FieldOfUse, Modality::OnlyIf, first));
        }
        findings
    }

    /// "for personal use only" limits a license where use is what is limited; "for educational purposes only" alone is
    /// what many a README says of itself.
    fn is_private_limit(&self, acts: &[Act]) -> bool {
        let words = self.words;
        let whole = self.whole();
        let used = acts.contains(&Act::Use) || acts.contains(&Act::Distribute) || acts.contains(&Act::Copy);
        let granted = words
            .any(whole.clone(), |w| matches!(w, "licensed" | "granted" | "permitted" | "allowed" | "free"));
        let intended = words.any(whole, |w| {
            matches!(w, "intended" | "designed" | "meant" | "created" | "illustration" | "accessible")
        });
        (used || granted) && !intended
    }

    /// "may only be used in X", where X is no topic of its own.
    fn is_limited_field(&self, acts: &[Act]) -> bool {
        let words = self.words;
        let whole = self.whole();
        if self.marker().weak || !acts.contains(&Act::Use) {
            return false;
        }
        if self.marker().voice != Voice::Verb {
            // "licensed for use only with X".
            let only = words.find(whole.clone(), is_only);
            let next = only.map_or("", |p| words.at(p + 1));
            return words.at(self.marker().at.start) == "licensed"
                && matches!(next, "in" | "with" | "on" | "to" | "within" | "by");
        }
        let used = self.governed().is_some_and(|p| act(words.at(p)) == Some(Act::Use));
        let near = self.subject().start.max(self.marker().at.start.saturating_sub(6))..self.marker().at.start;
        let passive = self.governed().is_some_and(|p| words.at(p) == "used");
        let subject = if passive {
            words.any(near, |w| is_thing(w) || w == "it") && !words.any(self.subject(), |w| w == "which")
        } else {
            let object =
                self.governed().is_some_and(|p| words.any(p + 1..p + 5, |w| is_thing(w) || w == "it"));
            object && words.any(near, is_addressee)
        };
        let compliance = words.any(whole.clone(), |w| {
            matches!(w, "compliance" | "accordance" | "terms" | "conditions" | "conjunction")
        });
        let purpose = words
            .any(self.predicate(), |w| matches!(w, "for" | "in" | "with" | "by" | "on" | "within" | "to"));
        let named =
            words.any(whole.clone(), |w| matches!(w, "name" | "names" | "trademark" | "trademarks" | "logo"));
        // "must only be used" is advice, unless it is said of software.
        let must = words.at(self.marker().at.start) == "must";
        let told = !must
            || words.any(whole.clone(), |w| {
                matches!(w, "software" | "program" | "model" | "weights" | "licensed")
            });
        told && used && subject && purpose && !compliance && !named && self.names_thing()
    }

    pub(super) fn allowed(&self) -> Vec<Finding> {
        let words = self.words;
        if self.is_ordinary() {
            return Vec::new();
        }
        let (main, exception) = self.split_exception();
        let found = self.topics_of(main.clone());
        let has = |topic: Topic| found.iter().any(|(t, _)| *t == topic);
        let acts = self.acts_anywhere();
        let first = acts.first().copied();
        let mut findings: Vec<Finding> = Vec::new();
        let verb = self.marker().voice != Voice::Verb
            || self.governed().is_some_and(|p| act(words.at(p)).is_some() || is_light(words.at(p)));
        let any_purpose = (main.clone()).any(|p| {
            words.at(p) == "any" && matches!(words.at(p + 1), "purpose" | "purposes" | "project" | "kind")
        });
        if verb && !has(Topic::Commercial) && !any_purpose {
            let personal = has(Topic::Personal) && !self.is_loose() && self.is_private_limit(&acts);
            if (has(Topic::NonCommercial) && !self.is_neutral()) || personal {
                findings.push(self.finding(ClauseKind::NonCommercial, Modality::May, first));
            }
            let trial =
                words.any(main, |w| matches!(w, "evaluation" | "trial" | "evaluate" | "nonproduction"));
            if trial && acts.contains(&Act::Use) && !self.is_loose() {
                findings.push(self.finding(ClauseKind::Evaluation, Modality::May, first));
            }
        }
        if verb && self.is_use_exception(&exception) {
            for (topic, _) in topics(words, exception) {
                if let Some(kind) = restricted_by(topic).filter(|k| *k != ClauseKind::NoDerivatives) {
                    findings.push(self.finding(kind, Modality::MayNot, first));
                }
            }
        }
        findings
    }

    /// "can" and "available" also stand in plain descriptions.
    fn is_loose(&self) -> bool {
        self.marker().weak
    }

    /// "charity and other nonprofit" and the like mention without limiting; "noncommercially" in a list of ways as well.
    fn is_neutral(&self) -> bool {
        let words = self.words;
        let purpose = self.whole().any(|p| {
            words.at(p) == "noncommercial"
                && matches!(words.at(p + 1), "purpose" | "purposes" | "use" | "uses")
        });
        !purpose && !self.sentence_names_thing() && self.acts_anywhere().is_empty()
    }

    /// "for any purpose other than commercial use".
    fn is_use_exception(&self, exception: &Range<usize>) -> bool {
        !exception.is_empty() && (!self.acts_anywhere().is_empty() || self.names_thing())
    }
}
