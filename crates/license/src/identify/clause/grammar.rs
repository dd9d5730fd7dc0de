//! Finds what a sentence commands: the markers of force ("may not", "is prohibited", "only for", "requires a license")
//! and the part of the sentence that each of them governs.

use std::ops::Range;

use super::lexicon::{self, is_adverb, is_conjunction, is_leave, is_only};
use super::sentence::{Gap, Token};

/// How far back a "no" may stand before the verb that it denies.
const DENIAL_REACH: usize = 14;

/// What a clause commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Force {
    /// Something is forbidden.
    Forbid,
    /// Something needs leave that this text does not give.
    Need,
    /// Something is allowed within a limit only.
    Only,
    /// Something is to be done.
    Must,
    /// Something is allowed.
    May,
}

/// Where the words stand that a marker governs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Voice {
    /// A verb follows at once: "may not sell".
    Verb,
    /// The subject stands before, purposes may follow: "resale is prohibited".
    Around,
    /// Everything follows, as a noun or a whole clause: "prohibits resale", "provided that".
    After,
    /// There is no verb: "no commercial use", "not for resale".
    Bare,
}

/// Words that give a clause its force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Marker {
    pub(super) at: Range<usize>,
    pub(super) force: Force,
    pub(super) voice: Voice,
    /// The wording is also that of plain advice ("do not", "cannot"), so that more has to speak for a license.
    pub(super) weak: bool,
}

/// A part of a sentence with one force.
#[derive(Debug, Clone)]
pub(super) struct Clause {
    pub(super) range: Range<usize>,
    pub(super) marker: Marker,
}

/// Words by place; a place outside the sentence holds none.
#[derive(Clone, Copy)]
pub(super) struct Words<'s>(pub(super) &'s [Token]);

impl<'s> Words<'s> {
    /// The word there.
    pub(super) fn at(self, place: usize) -> &'s str {
        self.0.get(place).map_or("", |t| t.word.as_str())
    }

    /// The word so many places back.
    pub(super) fn back(self, place: usize, by: usize) -> &'s str {
        place.checked_sub(by).map_or("", |p| self.at(p))
    }

    /// What stands before the word there.
    pub(super) fn gap(self, place: usize) -> Gap {
        self.0.get(place).map_or(Gap::Strong, |t| t.gap)
    }

    /// Number of words.
    pub(super) fn len(self) -> usize {
        self.0.len()
    }

    /// Whether one of the words is in the range.
    pub(super) fn any(self, range: Range<usize>, test: impl Fn(&str) -> bool) -> bool {
        self.find(range, test).is_some()
    }

    /// The first place in the range whose word passes.
    pub(super) fn find(self, range: Range<usize>, test: impl Fn(&str) -> bool) -> Option<usize> {
        range.into_iter().take_while(|p| *p < self.len()).find(|p| test(self.at(*p)))
    }

    /// Skips adverbs, and an insertion between commas.
    pub(super) fn skip_adverbs(self, mut place: usize) -> usize {
        if self.gap(place) == Gap::Comma
            && let Some(close) =
                (place + 1..place + 14).find(|p| *p < self.len() && self.gap(*p) == Gap::Comma)
        {
            place = close;
        }
        while place < self.len() && is_adverb(self.at(place)) && self.at(place) != "not" {
            place += 1;
        }
        place
    }
}

/// Whether the words hold any marker, that is whether they say something on their own.
pub(super) fn has_marker(tokens: &[Token]) -> bool {
    let words = Words(tokens);
    (0..words.len()).any(|place| marker_at(words, place).is_some())
}

/// The clauses of a sentence, in order.
pub(super) fn clauses(words: Words<'_>) -> Vec<Clause> {
    let mut markers: Vec<Marker> = Vec::new();
    let mut place = 0;
    while place < words.len() {
        let Some(marker) = marker_at(words, place) else {
            place += 1;
            continue;
        };
        place = marker.at.end.max(place + 1);
        push(words, &mut markers, marker);
    }
    let mut starts = Vec::with_capacity(markers.len() + 1);
    for (at, marker) in markers.iter().enumerate() {
        let from = if at == 0 { 0 } else { markers[at - 1].at.end };
        starts.push(if at == 0 { 0 } else { cut(words, from, marker) });
    }
    starts.push(words.len());
    let ranges = starts.windows(2).map(|pair| pair[0]..pair[1]);
    ranges.zip(markers).map(|(range, marker)| Clause { range, marker }).collect()
}

/// Adds a marker; a limit joins the permission that it limits.
fn push(words: Words<'_>, markers: &mut Vec<Marker>, marker: Marker) {
    if let Some(last) = markers.last_mut() {
        let between = last.at.end..marker.at.start;
        let joined = between.len() <= 60
            && !between.clone().any(|p| words.gap(p) == Gap::Strong)
            && words.gap(marker.at.start) != Gap::Strong
            && !words.any(between.clone(), |w| matches!(w, "but" | "however" | "provided" | "if" | "unless"));
        let ordered = marker.force == Force::Need
            && between.len() <= 2
            && matches!(last.force, Force::Must | Force::May);
        if ordered && words.gap(marker.at.start) == Gap::None {
            let weak = last.force == Force::May;
            *last = Marker { at: last.at.start..marker.at.end, weak, ..marker };
            return;
        }
        let positive = |f: Force| matches!(f, Force::May | Force::Must | Force::Only);
        if joined && marker.force == Force::Only && positive(last.force) {
            last.force = Force::Only;
            return;
        }
        let only_subject =
            last.force == Force::Only && last.voice == Voice::Around && marker.voice == Voice::Around;
        if joined && only_subject && positive(marker.force) {
            *last = Marker { force: Force::Only, at: marker.at, ..marker };
            return;
        }
    }
    markers.push(marker);
}

/// Where the clause of a marker starts, not before `from`.
fn cut(words: Words<'_>, from: usize, marker: &Marker) -> usize {
    let start = marker.at.start;
    let strong = |p: &usize| {
        let word = words.at(*p);
        words.gap(*p) == Gap::Strong || (is_conjunction(word) && *p < start)
    };
    if let Some(place) = (from..=start).rev().find(strong) {
        return place;
    }
    let mut commas = (from..=start).rev().filter(|p| words.gap(*p) == Gap::Comma || words.at(*p) == "and");
    let Some(mut place) = commas.next() else {
        // Nothing separates the two: a subject of one word belongs to the later one.
        return if start > from { start - 1 } else { start };
    };
    if marker.voice == Voice::Around {
        // "selling, renting or hosting is prohibited": the pieces before the comma belong to the subject as well.
        for comma in commas {
            let piece = comma..place;
            if piece.len() > 4 || !words.any(piece, lexicon::is_nominal) {
                break;
            }
            place = comma;
        }
    }
    place
}

/// The marker that starts at this place.
fn marker_at(words: Words<'_>, place: usize) -> Option<Marker> {
    let word = words.at(place);
    let make = |end: usize, force, voice, weak| Some(Marker { at: place..end, force, voice, weak });
    let before = words.back(place, 1);
    let next = words.at(place + 1);
    match word {
        "may" | "must" | "shall" | "will" | "can" | "should" | "would" => modal(words, place),
        "do" | "does" | "did" => denied_do(words, place),
        "not" => not(words, place),
        "never" if words.starts_with_verb(place) => make(place + 1, Force::Forbid, Voice::Verb, true),
        "is" | "are" if next == "for" && words.any(place + 2..place + 4, |w| w == "noncommercial") => {
            make(place + 1, Force::May, Voice::Around, true)
        }
        "agree" | "agrees" | "undertake" | "undertakes" if next == "to" => {
            make(place + 2, Force::Must, Voice::Verb, false)
        }
        "has" | "have" | "required" | "obliged" | "obligated" | "need" | "needs" if next == "to" => {
            make(place + 2, Force::Must, Voice::Verb, word != "required" && word != "obliged")
        }
        // A definition: "Excluded Purpose means …".
        "excluded" | "restricted" | "prohibited"
            if matches!(next, "purpose" | "purposes" | "use" | "uses")
                && matches!(
                    words.at(place + 2),
                    "means" | "mean" | "are" | "is" | "include" | "includes"
                ) =>
        {
            make(place + 3, Force::Forbid, Voice::After, false)
        }
        "prohibited" | "forbidden" | "disallowed" | "banned" | "barred" | "unauthorized" | "precluded"
        | "prohibits" | "prohibit" | "forbids" | "forbid" | "disallows" | "disallow" | "bans"
        | "excludes" | "precludes" => prohibition(words, place),
        "refrain" | "abstain" if next == "from" => make(place + 2, Force::Forbid, Voice::Verb, false),
        "illegal" | "unlawful" if next == "to" => make(place + 2, Force::Forbid, Voice::Verb, false),
        "void" | "voided" | "revoked" | "forfeited" | "invalid" | "terminates"
            if words.any(place + 1..place + 4, |w| matches!(w, "if" | "when" | "upon")) =>
        {
            make(place + 1, Force::Forbid, Voice::After, true)
        }
        "no" | "neither" => bare_no(words, place),
        "limited" | "restricted" | "confined" if next == "to" => {
            let negated =
                words.any(place.saturating_sub(3)..place, |w| matches!(w, "not" | "without" | "never"));
            if negated { None } else { make(place + 2, Force::Only, Voice::Around, true) }
        }
        "restricted" if next == "from" => make(place + 2, Force::Forbid, Voice::Verb, false),
        _ if is_only(word) => limit(words, place),
        "strictly" if matches!(next, "for" | "noncommercial" | "personal") => {
            make(place + 1, Force::Only, Voice::Around, false)
        }
        "free" | "freely" => free(words, place),
        "permitted" | "allowed" | "authorized" | "granted" | "licensed" | "entitled" | "permissible" => {
            granted(words, place)
        }
        "available" | "released" | "offered" | "provided" | "distributed" | "supplied" | "intended"
            if words.any(place + 1..place + 6, |w| w == "for") && before != "not" && next != "that" =>
        {
            make(place + 1, Force::May, Voice::Around, true)
        }
        "grant" | "grants" if !matches!(before, "the" | "this" | "license" | "patent" | "of") => {
            make(place + 1, Force::May, Voice::After, false)
        }
        "provided" | "providing" | "condition" | "conditions" if next == "that" => {
            make(place + 2, Force::Must, Voice::After, false)
        }
        "long" if next == "as" && matches!(before, "as" | "so") => {
            make(place + 2, Force::Must, Voice::After, false)
        }
        "requires" | "require" | "required" | "needs" | "need" | "needed" | "necessary" | "mandatory" => {
            needs(words, place)
        }
        "contact" | "email" | "write" | "reach" | "request" | "obtain" | "purchase" | "buy" | "acquire"
        | "ask" | "consult" => request(words, place),
        "subject" if next == "to" && words.any(place + 2..place + 7, is_payment) => {
            make(place + 2, Force::Must, Voice::After, false)
        }
        "due" | "payable" | "owed" if words.any(place.saturating_sub(18)..place, is_payment) => {
            make(place + 1, Force::Must, Voice::Around, false)
        }
        "reserved" | "retained" | "withheld"
            if words.any(place.saturating_sub(4)..place, |w| w == "rights") =>
        {
            make(place + 1, Force::Forbid, Voice::Around, true)
        }
        _ => None,
    }
}

impl Words<'_> {
    /// Whether the word there starts an order: a clause starts with it, or "please" stands before.
    fn starts_with_verb(self, place: usize) -> bool {
        let before = self.back(place, 1);
        let order = place == 0 || self.gap(place) > Gap::None;
        order
            || matches!(
                before,
                "please" | "and" | "then" | "so" | "but" | "however" | "otherwise" | "therefore"
            )
    }
}

fn is_be(word: &str) -> bool {
    matches!(word, "is" | "are" | "be" | "was" | "were" | "being" | "been")
}

/// Money that is owed.
pub(super) fn is_payment(word: &str) -> bool {
    matches!(word, "royalty" | "royalties" | "fee" | "fees" | "payment" | "payments" | "compensation")
}

/// "may", "may not", "may only", "no … may".
fn modal(words: Words<'_>, place: usize) -> Option<Marker> {
    let word = words.at(place);
    let next = words.at(place + 1);
    if word == "may" && next.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let make = |end: usize, force, voice, weak| Some(Marker { at: place..end, force, voice, weak });
    let weak = matches!(word, "can" | "should" | "would");
    let after = words.skip_adverbs(place + 1);
    let subject = words.back(place, 1);
    let addressed = is_addressee(subject) || matches!(subject, "and" | "will");
    if matches!(words.at(after), "not" | "never") {
        let verb = words.at(words.skip_adverbs(after + 1));
        if verb == "only" {
            return None;
        }
        if is_granting(verb) && !addressed && names_grant(words, place) {
            return make(after + 2, Force::Forbid, Voice::After, false);
        }
        if matches!(word, "will" | "would") && !addressed && verb != "be" {
            return None;
        }
        return make(after + 1, Force::Forbid, Voice::Verb, weak || (word == "will" && !addressed));
    }
    let no_way = matches!(words.at(after), "under" | "in") && words.at(after + 1) == "no";
    if no_way {
        return make(after + 3, Force::Forbid, Voice::Verb, weak);
    }
    if matches!(word, "will" | "would" | "should") {
        return None;
    }
    if denied(words, place) {
        return make(place + 1, Force::Forbid, Voice::Verb, weak);
    }
    if is_only(words.at(after)) {
        return make(after + 1, Force::Only, Voice::Verb, weak);
    }
    let force = if matches!(word, "may" | "can") { Force::May } else { Force::Must };
    make(place + 1, force, Voice::Verb, weak)
}

/// Whom a license speaks to.
pub(super) fn is_addressee(word: &str) -> bool {
    matches!(
        word,
        "you"
            | "licensee"
            | "licensees"
            | "user"
            | "users"
            | "recipient"
            | "recipients"
            | "anyone"
            | "everyone"
            | "customer"
            | "customers"
            | "yourself"
    )
}

/// Whether a "no", "neither" or "nobody" before this verb turns it into its contrary.
fn denied(words: Words<'_>, place: usize) -> bool {
    // "you may" after "there is no license" denies nothing; "under no circumstances may you" does.
    if matches!(words.back(place, 1), "you" | "it" | "they" | "we" | "i") {
        return false;
    }
    for back in 1..=DENIAL_REACH.min(place) {
        let at = place - back;
        match words.at(at) {
            "no" if matches!(words.at(at + 1), "longer" | "more" | "less" | "other" | "doubt" | "matter") => {
                return false;
            }
            "no" | "neither" | "nobody" | "none" | "nor" => return words.back(at, 1) != "if",
            "may" | "must" | "shall" | "can" | "will" | "is" | "are" if back > 1 => return false,
            "but" | "which" | "that" | "if" => return false,
            _ => {}
        }
        if words.gap(at) == Gap::Strong {
            return false;
        }
    }
    false
}

/// "do not sell", "does not grant the right to".
fn denied_do(words: Words<'_>, place: usize) -> Option<Marker> {
    let not = words.skip_adverbs(place + 1);
    if words.at(not) != "not" {
        return None;
    }
    let verb = words.skip_adverbs(not + 1);
    let subject = words.back(place, 1);
    if is_granting(words.at(verb)) && subject != "you" && names_grant(words, place) {
        return Some(Marker { at: place..verb + 1, force: Force::Forbid, voice: Voice::After, weak: false });
    }
    if words.at(place) == "do" && words.starts_with_verb(place) {
        return Some(Marker { at: place..not + 1, force: Force::Forbid, voice: Voice::Verb, weak: true });
    }
    let conditional = words.any(place.saturating_sub(6)..place, |w| {
        matches!(w, "if" | "provided" | "providing" | "long" | "condition" | "that" | "and")
    });
    if conditional && (is_addressee(subject) || subject == "and") {
        return Some(Marker { at: place..not + 1, force: Force::Forbid, voice: Voice::Verb, weak: true });
    }
    None
}

/// A verb by which a license gives rights.
fn is_granting(word: &str) -> bool {
    matches!(
        word,
        "permit"
            | "allow"
            | "authorize"
            | "grant"
            | "include"
            | "give"
            | "confer"
            | "cover"
            | "extend"
            | "entitle"
            | "apply"
    )
}

/// Whether the subject of the verb there is a license or what it gives.
fn names_grant(words: Words<'_>, place: usize) -> bool {
    words.any(place.saturating_sub(10)..place, |w| {
        matches!(
            w,
            "license"
                | "grant"
                | "permission"
                | "agreement"
                | "rights"
                | "right"
                | "terms"
                | "licensor"
                | "i"
                | "we"
                | "author"
                | "authors"
        )
    })
}

/// "not permitted", "not to be sold", "not for resale", "agree not to".
fn not(words: Words<'_>, place: usize) -> Option<Marker> {
    let make = |end: usize, voice| Some(Marker { at: place..end, force: Force::Forbid, voice, weak: false });
    let before = words.back(place, 1);
    let after = words.skip_adverbs(place + 1);
    match words.at(after) {
        "to" if words.back(after, 1) == "likely" => None,
        "to" if is_be(before) || words.any(place.saturating_sub(3)..place, is_promise) => {
            make(after + 1, Voice::Verb)
        }
        "for" if before != "or" && words.gap(after + 1) == Gap::None => make(after + 1, Voice::Bare),
        "permitted" | "allowed" | "authorized" | "licensed" | "granted" | "entitled" | "free"
        | "available" | "permissible" | "acceptable" | "permit" | "allow" => make(after + 1, Voice::Around),
        _ => None,
    }
}

fn is_promise(word: &str) -> bool {
    matches!(
        word,
        "agree" | "agrees" | "undertake" | "undertakes" | "promise" | "promises" | "covenant" | "shall"
    )
}

fn prohibition(words: Words<'_>, place: usize) -> Option<Marker> {
    let negated = words.back(place, 1) == "to"
        || words.any(place.saturating_sub(4)..place, |w| {
            matches!(w, "not" | "nothing" | "never" | "nor" | "neither" | "without")
        });
    // "a license that forbids distribution" and "must expressly prohibit" speak of other texts.
    let mut subject = place.saturating_sub(1);
    while subject > 0 && is_adverb(words.at(subject)) {
        subject -= 1;
    }
    let of_others = matches!(words.at(subject), "that" | "which" | "must" | "may" | "shall" | "can" | "who");
    if negated || of_others {
        return None;
    }
    // "this prohibited use policy" is a name; "Prohibited uses:" leads into a list.
    let adjective =
        matches!(words.at(place + 1), "use" | "uses" | "purpose" | "purposes" | "policy" | "items");
    if adjective && place > 0 && !words.any(place.saturating_sub(3)..place, is_be) {
        return None;
    }
    let word = words.at(place);
    let states = word.ends_with("ed") || word.ends_with("en");
    if !states && !names_grant(words, place) {
        return None;
    }
    let voice = if word.ends_with("ed") || word.ends_with("en") { Voice::Around } else { Voice::After };
    let voice = if words.at(place + 1) == "from" { Voice::Verb } else { voice };
    let end = if voice == Voice::Verb { place + 2 } else { place + 1 };
    // "unauthorized copying of this file is prohibited" is one prohibition, and the adjective alone is none.
    if word == "unauthorized" {
        return None;
    }
    Some(Marker { at: place..end, force: Force::Forbid, voice, weak: false })
}

/// "no commercial use", where no verb follows that "no" would deny.
fn bare_no(words: Words<'_>, place: usize) -> Option<Marker> {
    let before = words.back(place, 1);
    let idle = matches!(
        words.at(place + 1),
        "less"
            | "more"
            | "longer"
            | "other"
            | "matter"
            | "such"
            | "way"
            | "need"
            | "doubt"
            | "later"
            | "event"
            | "case"
            | "one"
            | "license"
            | "licenses"
            | "warranty"
            | "guarantee"
            | "circumstances"
    );
    if idle {
        return None;
    }
    let starts = place == 0
        || words.gap(place) > Gap::None
        || matches!(before, "with" | "but" | "and" | "strictly" | "absolutely");
    if !starts || words.at(place) == "neither" {
        return None;
    }
    for ahead in 1..=DENIAL_REACH {
        let at = place + ahead;
        if words.gap(at) == Gap::Strong {
            break;
        }
        if matches!(
            words.at(at),
            "may"
                | "shall"
                | "must"
                | "can"
                | "is"
                | "are"
                | "will"
                | "has"
                | "have"
                | "need"
                | "should"
                | "would"
                | "was"
                | "were"
        ) {
            return None;
        }
    }
    Some(Marker { at: place..place + 1, force: Force::Forbid, voice: Voice::Bare, weak: false })
}

/// "only for", "for … only".
fn limit(words: Words<'_>, place: usize) -> Option<Marker> {
    if matches!(words.back(place, 1), "not" | "the" | "an" | "if") {
        return None;
    }
    let next = words.at(place + 1);
    let leads = matches!(
        next,
        "for"
            | "in"
            | "with"
            | "within"
            | "by"
            | "to"
            | "as"
            | "on"
            | "if"
            | "when"
            | "under"
            | "upon"
            | "after"
            | "while"
            | "at"
            | "where"
            | "noncommercial"
            | "personal"
            | "academic"
            | "use"
            | "used"
            | "permitted"
            | "allowed"
            | "licensed"
            | "granted"
            | "available"
            | "free"
            | "internal"
            | "individuals"
    );
    let closes =
        words.gap(place + 1) > Gap::None || place + 1 >= words.len() || is_conjunction(next) || next == "and";
    let voice = Voice::Around;
    (leads || closes).then_some(Marker { at: place..place + 1, force: Force::Only, voice, weak: false })
}

/// "free for personal use", "free to use".
fn free(words: Words<'_>, place: usize) -> Option<Marker> {
    if matches!(words.back(place, 1), "royalty" | "not" | "the" | "for") || words.at(place + 1) == "software"
    {
        return None;
    }
    if words.at(place + 1) == "to" {
        return Some(Marker { at: place..place + 2, force: Force::May, voice: Voice::Verb, weak: false });
    }
    let able =
        |w: &str| matches!(w, "of" | "charge" | "to" | "use" | "and" | "download") || w.ends_with("able");
    let ahead = (place + 1..place + 7).find(|p| !able(words.at(*p)))?;
    if words.at(ahead) != "for" || words.gap(ahead) != Gap::None {
        return None;
    }
    Some(Marker { at: place..ahead, force: Force::May, voice: Voice::Around, weak: false })
}

/// "is permitted", "permission is granted", "no use is permitted".
fn granted(words: Words<'_>, place: usize) -> Option<Marker> {
    let linked = words.any(place.saturating_sub(4)..place, is_be);
    let for_purpose = words.any(place + 1..place + 6, |w| matches!(w, "for" | "to"));
    if !linked && !for_purpose {
        return None;
    }
    let force = if denied(words, place) { Force::Forbid } else { Force::May };
    Some(Marker { at: place..place + 1, force, voice: Voice::Around, weak: false })
}

/// The place of the leave that is asked for, within `reach` words; a mere copy of a license is none.
pub(super) fn leave_after(words: Words<'_>, place: usize, reach: usize) -> Option<usize> {
    let found = words.find(place + 1..place + 1 + reach, is_leave)?;
    let copy = words.any(place + 1..found, |w| {
        matches!(w, "copy" | "copies" | "text" | "terms" | "compliance" | "accept" | "this" | "not" | "no")
    });
    (!copy && !matches!(words.at(found + 1), "key" | "keys" | "terms" | "file")).then_some(found)
}

/// "requires a separate license", "a license is required".
fn needs(words: Words<'_>, place: usize) -> Option<Marker> {
    let negated =
        words.any(place.saturating_sub(3)..place, |w| matches!(w, "not" | "no" | "without" | "never"));
    if negated || denied(words, place) || matches!(words.back(place, 1), "we" | "i") {
        return None;
    }
    let end = match leave_after(words, place, 9) {
        Some(found) if !matches!(words.at(place), "required" | "needed" | "necessary" | "mandatory") => {
            if words.at(found + 1) == "under" {
                return None;
            }
            found + 1
        }
        _ => {
            let linked = words.any(place.saturating_sub(3)..place, is_be);
            let before = place.saturating_sub(9)..place;
            let leave = words.find(before, is_leave)?;
            if !linked || matches!(words.back(leave, 1), "this" | "copyright") {
                return None;
            }
            place + 1
        }
    };
    Some(Marker { at: place..end, force: Force::Need, voice: Voice::Around, weak: false })
}

/// "please contact us for a commercial license", "purchase a license".
fn request(words: Words<'_>, place: usize) -> Option<Marker> {
    let before = words.back(place, 1);
    let asked = before == "to"
        && matches!(
            words.back(place, 2),
            "need" | "needs" | "have" | "has" | "required" | "obliged" | "asked" | "requested"
        );
    if !(words.starts_with_verb(place) || asked || matches!(before, "should" | "must" | "can" | "or" | "may"))
    {
        return None;
    }
    let contact = matches!(words.at(place), "contact" | "email" | "write" | "reach" | "ask" | "consult");
    if !contact && leave_after(words, place, 9).is_none() {
        return None;
    }
    Some(Marker { at: place..place + 1, force: Force::Need, voice: Voice::Around, weak: true })
}
