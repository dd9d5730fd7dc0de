//! Plain words for what the rules say in terms of art: classes, reaches, situations, kinds of clauses.

use licit_license::know::Reach;
use licit_license::know::scope::{Event, Form, Relation, Scope};
use licit_license::know::term::{Action, Facts, Modality};
use licit_model::Category;

/// What a class means, in a sentence.
pub(super) fn class(class: Category) -> &'static str {
    match class {
        Category::PublicDomain => "rights are given up, or never existed; nothing is asked",
        Category::Permissive => "notices and credit are asked; versions and works that hold it may be closed",
        Category::Data => "made for data and public-sector information; attribution is asked at most",
        Category::WeakCopyleft => {
            "its files, library, font, document or database stay under the license; works around them need not follow"
        }
        Category::StrongCopyleft => "a work that is passed on and contains it follows as a whole",
        Category::NetworkCopyleft => {
            "use is enough: serving others over a network, or deploying it, also triggers the duty"
        }
        Category::SourceAvailable => {
            "the source can be read, but use, users, changes, hosting or resale are limited"
        }
        Category::AiCustom => {
            "a license written for AI models, with terms of its own that a person has to read"
        }
        Category::Proprietary => "nothing is granted to the public; an agreement with the owner is needed",
        Category::Unknown => "the words do not settle what may be done; a person has to look",
    }
}

/// What a class leads to in a judgement.
pub(super) fn judged(class: Category) -> &'static str {
    match class {
        Category::PublicDomain | Category::Permissive | Category::Data => {
            "It fits into nearly every product, proprietary ones included, once notices are kept. A few add a restriction \
             that the GPL refuses; their rules say so."
        }
        Category::WeakCopyleft => {
            "It fits into nearly every product that is linked with it, but its own source has to be given, and changes to it \
             stay under it. Copying out of it into other files carries the license along; static linking may bring more."
        }
        Category::StrongCopyleft => {
            "A product that is conveyed with it inside has to be under the same license or one that fits; otherwise it is a \
             conflict. A separate process, a service without copies, or use in house is not reached."
        }
        Category::NetworkCopyleft => {
            "As strong copyleft, and a product that is only offered over a network is reached as well."
        }
        Category::SourceAvailable => {
            "The use itself has to be weighed, in tests and builds too. An open product cannot contain it."
        }
        Category::AiCustom => "Whether the use is allowed is for a person to review, clause by clause.",
        Category::Proprietary => "It needs an agreement that is on record.",
        Category::Unknown => "Where it ships, the policy fails until somebody has looked.",
    }
}

/// What may be done by default in a class, before what the clauses say.
pub(super) fn grant(class: Category, limited: bool) -> &'static str {
    match class {
        Category::Proprietary => "Nothing without an agreement with its owner.",
        Category::Unknown => "Nothing can be said before a person has read the text.",
        Category::SourceAvailable | Category::AiCustom => {
            "Use it within the limits below; whatever they do not settle has to be read in the text."
        }
        _ if limited => {
            "Use it within the limits below; whatever they do not settle has to be read in the text."
        }
        Category::PublicDomain => "Use it for any purpose, change it and pass it on.",
        _ => "Use it for any purpose, change it and pass it on, as long as what stands below is kept.",
    }
}

/// What a reach means, in a sentence.
pub(super) fn reach(reach: Reach) -> (&'static str, &'static str) {
    match reach {
        Reach::None => ("none", "no work around it has to be given under the same terms"),
        Reach::File => ("file", "changed files, and files that hold copied parts"),
        Reach::Library => {
            ("library", "the thing as a whole and versions of it: library, font, document, database")
        }
        Reach::Work => ("work", "everything that is combined with it into one program"),
        Reach::Network => {
            ("network", "everything combined with it into one program, also towards users over a network")
        }
    }
}

/// What an exception lifts, in a sentence.
pub(super) fn waives(word: &str) -> &'static str {
    match word {
        "linking" => "works may be linked with it without coming under its license",
        "generated" => "what the tool writes is free of the tool's license",
        "font-embedding" => "documents may embed the font without coming under its license",
        "combination" => "it may be combined with named partners although the license alone would forbid it",
        "copying" => "parts of it may be copied in without the license following",
        "notice" => "notices need not be kept in some copies",
        "source" => "source need not be given in some cases",
        "none" => "it lifts nothing that counts here",
        _ => "what it lifts depends on facts; a person has to read it",
    }
}

/// A term's action as the end of "You can", "You cannot" or "You must".
pub(super) fn action(modality: Modality, action: Action) -> &'static str {
    match (modality, action) {
        (Modality::Cannot, Action::AddTerms) => "add terms of your own for recipients",
        (Modality::Cannot, Action::SuePatents) => "sue over patents and keep the rights",
        (Modality::Cannot, Action::Lock) => "lock it with technical measures",
        (Modality::Cannot, Action::Use) => "use it outside the ends, users and limits that it allows",
        (Modality::Cannot, Action::Sell) => "use it for commercial ends",
        (Modality::Cannot, Action::Modify) => "make or pass on changed versions",
        (Modality::Cannot, Action::Host) => "offer it to others as a service",
        (Modality::Cannot, Action::Produce) => "use it in production",
        (Modality::Must, Action::SameLicense) => "pass it on under the same license",
        (Modality::Must, Action::OfferOverNetwork) => "offer the source to those who use it over a network",
        (Modality::Must, Action::KeepNotice) => "keep notices, credits and the license text",
        (Modality::Must, Action::StateChanges) => "say what was changed",
        (Modality::Must, Action::Install) => "give what is needed to install a changed version",
        (Modality::Must, Action::Indemnify) => "protect the licensors against claims",
        (Modality::Must, Action::AcceptLaw) => "accept the law or court that it names",
        (Modality::Must, Action::Rename) => "keep to what it says about names",
        (_, other) => other.phrase(),
    }
}

/// What an exception lifts of an action.
pub(super) fn lifted(of: Action) -> String {
    match of {
        Action::AddTerms => "the ban on terms of your own for recipients".to_string(),
        other => format!("the duty to {}", action(Modality::Must, other)),
    }
}

/// The force of a term, for documents.
pub(super) fn force(modality: Modality, action: Action) -> &'static str {
    match (modality, action) {
        (_, Action::Other) => "says",
        (Modality::Can, _) => "can",
        (Modality::Cannot, _) => "cannot",
        (Modality::Must, _) => "must",
    }
}

/// A sort of clause that no verdict depends on, in plain words.
pub(super) fn sort(kind: &str) -> &str {
    match kind {
        "boundary" => "where it ends",
        "tolerates" => "terms that may stand beside it",
        "patent" => "patents",
        "endorsement" => "names and marks",
        "none" => "asks for nothing",
        "field-of-use" => "field of use",
        "reciprocity" => "what follows its license",
        other => other,
    }
}

/// What happens where a measured limit is met; none where the heading says it.
pub(super) fn effect(word: &str) -> Option<&str> {
    Some(match word {
        "duty" => return None,
        "license-needed" => "a license of its own is needed from the owner",
        "block" => "not allowed",
        "display" => "has to be shown",
        "royalty" => "money is owed",
        "terminate" => "the rights end",
        other => other,
    })
}

/// How a measure compares.
pub(super) fn operator(sign: &str) -> &str {
    match sign {
        ">" => "more than",
        ">=" => "at least",
        "<" => "less than",
        "<=" => "at most",
        "=" | "==" => "exactly",
        other => other,
    }
}

/// Exceptions by the license that they are written for, without its `-only` or `-or-later`: as their texts and the SPDX
/// exception list say. Others may stand beside it too; those without a version in their text are put where they are used.
pub(super) const WRITTEN_FOR: [(&str, &[&str]); 8] = [
    (
        "GPL-2.0",
        &[
            "Autoconf-exception-2.0",
            "Bison-exception-2.2",
            "Bootloader-exception",
            "Classpath-exception-2.0",
            "Font-exception-2.0",
            "GCC-exception-2.0",
            "GPL-CC-1.0",
            "Libtool-exception",
            "Linux-syscall-note",
            "OpenJDK-assembly-exception-1.0",
            "SANE-exception",
            "SWI-exception",
            "Universal-FOSS-exception-1.0",
            "eCos-exception-2.0",
            "freertos-exception-2.0",
            "u-boot-exception-2.0",
        ],
    ),
    (
        "GPL-3.0",
        &[
            "Autoconf-exception-3.0",
            "Autoconf-exception-generic-3.0",
            "Bison-exception-2.2",
            "Classpath-exception-2.0",
            "GCC-exception-3.1",
            "GPL-3.0-interface-exception",
            "GPL-3.0-linking-exception",
            "GPL-3.0-linking-source-exception",
            "Qt-GPL-exception-1.0",
        ],
    ),
    ("LGPL-2.0", &["FLTK-exception", "GPL-CC-1.0", "WxWindows-exception-3.1"]),
    (
        "LGPL-2.1",
        &[
            "GPL-CC-1.0",
            "LLGPL",
            "OCCT-exception-1.0",
            "OCaml-LGPL-linking-exception",
            "Qt-LGPL-exception-1.1",
            "Qwt-exception-1.0",
        ],
    ),
    ("LGPL-3.0", &["LGPL-3.0-linking-exception"]),
    ("AGPL-3.0", &["romic-exception"]),
    ("Apache-2.0", &["LLVM-exception", "SHL-2.0", "SHL-2.1", "Swift-exception", "mxml-exception"]),
    ("CC-BY-SA-4.0", &["KiCad-libraries-exception"]),
];

/// Relations that only models and data for them have; they say nothing to a reader of a software license.
const OF_MODELS: [Relation; 6] = [
    Relation::Trained,
    Relation::FineTuned,
    Relation::Adapter,
    Relation::Quantised,
    Relation::Merged,
    Relation::Output,
];

/// Where a term holds, in plain words. Relations of models are named for models only.
pub(super) fn when(scope: Scope, needs: Facts, model: bool) -> String {
    let mut text = situations(scope, model);
    let facts: Vec<&str> =
        Facts::ALL.iter().filter(|(_, f, _)| needs.meets(*f)).map(|(word, ..)| fact(word)).collect();
    if !facts.is_empty() {
        text = format!("{text}, if {}", list(&facts, "and"));
    }
    text
}

fn fact(word: &str) -> &str {
    match word {
        "modify" => "it was changed or is part of a changed work",
        "commercial" => "money is made with it",
        "third-party-service" => "third parties get it as a service",
        "competing" => "the product competes with the licensor's",
        "user-product" => "it ships inside a consumer device",
        other => other,
    }
}

/// Forms and events of one relation, as bits.
type Cells = u32;

fn situations(scope: Scope, model: bool) -> String {
    if scope.is_empty() {
        return "for the thing itself; no verdict depends on it".to_string();
    }
    let all: Vec<Relation> = Relation::ALL.iter().map(|(_, r)| *r).collect();
    let software: Vec<Relation> = all.iter().copied().filter(|r| !OF_MODELS.contains(r)).collect();
    let narrow = !model && software.iter().any(|r| cells(scope, *r) != 0);
    let named = if narrow { software } else { all };
    // Relations with the same forms and events are one thought.
    let mut groups: Vec<(Cells, Vec<Relation>)> = Vec::new();
    for relation in &named {
        let of = cells(scope, *relation);
        if of == 0 {
            continue;
        }
        match groups.iter_mut().find(|(c, _)| *c == of) {
            Some((_, list)) => list.push(*relation),
            None => groups.push((of, vec![*relation])),
        }
    }
    let parts: Vec<String> =
        groups.iter().map(|(of, relations)| one_group(*of, &relations_words(relations, &named))).collect();
    parts.join("; or ")
}

fn cells(scope: Scope, relation: Relation) -> Cells {
    let mut bits = 0;
    for (f, (_, form)) in Form::ALL.iter().enumerate() {
        for (e, (_, event)) in Event::ALL.iter().enumerate() {
            if scope.meets(Scope::of(&[relation], &[*form], &[*event])) {
                bits |= 1 << (e * Form::ALL.len() + f);
            }
        }
    }
    bits
}

/// Words for a set of relations; none for all of them.
fn relations_words(relations: &[Relation], named: &[Relation]) -> Option<String> {
    const PART: [Relation; 6] = [
        Relation::Copied,
        Relation::Static,
        Relation::Dynamic,
        Relation::Process,
        Relation::Aggregate,
        Relation::Embedded,
    ];
    const MADE: [Relation; 4] =
        [Relation::FineTuned, Relation::Adapter, Relation::Quantised, Relation::Merged];
    if relations.len() == named.len() {
        return None;
    }
    let missing: Vec<&str> = named.iter().filter(|r| !relations.contains(r)).map(|r| r.phrase()).collect();
    if missing.len() <= 3 {
        return Some(format!("used in any way other than {}", list(&missing, "or")));
    }
    let mut words: Vec<&str> = Vec::new();
    let has = |r: Relation| relations.contains(&r);
    let whole = PART.iter().all(|r| has(*r));
    if whole {
        words.push("part of the work in any way");
        words.push("shipped with it");
    }
    for relation in relations {
        if whole && PART.contains(relation) {
            continue;
        }
        words.push(match relation {
            Relation::Static if has(Relation::Dynamic) => "linked statically or dynamically",
            Relation::Dynamic if has(Relation::Static) => continue,
            Relation::FineTuned if MADE.iter().all(|r| has(*r)) => {
                "fine-tuned, extended by an adapter, quantised or merged"
            }
            made if MADE.contains(made) && MADE.iter().all(|r| has(*r)) => continue,
            other => other.phrase(),
        });
    }
    Some(list(&words, "or"))
}

fn one_group(of: Cells, relations: &Option<String>) -> String {
    let forms = Form::ALL.len();
    let every: Cells = (1 << forms) - 1;
    let mut by_forms: Vec<(Cells, Vec<Event>)> = Vec::new();
    for (e, (_, event)) in Event::ALL.iter().enumerate() {
        let shapes = of >> (e * forms) & every;
        if shapes == 0 {
            continue;
        }
        match by_forms.iter_mut().find(|(s, _)| *s == shapes) {
            Some((_, events)) => events.push(*event),
            None => by_forms.push((shapes, vec![*event])),
        }
    }
    let done: Vec<String> = by_forms
        .iter()
        .filter_map(|(shapes, events)| {
            let what = (events.len() < Event::ALL.len())
                .then(|| list(&events.iter().map(|e| event_words(*e)).collect::<Vec<_>>(), "or"));
            let how = form_words(*shapes);
            match (what, how) {
                (None, None) => None,
                (Some(what), None) => Some(what),
                (None, Some(how)) => Some(format!("used {how}")),
                (Some(what), Some(how)) => Some(format!("{what} {how}")),
            }
        })
        .collect();
    match (relations, done.is_empty()) {
        (None, true) => "in every use".to_string(),
        (Some(relations), true) => format!("when it is {relations}, whatever is done with it"),
        (None, false) => format!("when it is {}", done.join(", or ")),
        (Some(relations), false) => format!("when it is {relations}, and {}", done.join(", or ")),
    }
}

fn event_words(event: Event) -> &'static str {
    match event {
        Event::Convey => "passed on to others",
        Event::Host => "offered to others over a network",
        Event::Modify => "changed",
        Event::Production => "used in production",
        Event::Internal => "used in house",
    }
}

/// Words for a set of forms; none for all of them.
fn form_words(shapes: Cells) -> Option<String> {
    let words = ["as source", "as object code", "as weights", "as data", "as a service"];
    let has = |f: &usize| shapes & (1 << f) != 0;
    let missing = (0..words.len()).filter(|f| !has(f)).count();
    match missing {
        0 => None,
        1 if !has(&0) => Some("in a form other than source".to_string()),
        _ => {
            let named: Vec<&str> = (0..words.len()).filter(has).map(|f| words[f]).collect();
            Some(list(&named, "or"))
        }
    }
}

/// `a, b, or c`.
pub(super) fn list(words: &[&str], and: &str) -> String {
    match words {
        [] => String::new(),
        [one] => (*one).to_string(),
        [first, second] => format!("{first} {and} {second}"),
        // Members may hold an "or" of their own, so the last one is set off.
        [most @ .., last] => format!("{}, {and} {last}", most.join(", ")),
    }
}

/// `700000000` as `700,000,000`.
pub(super) fn thousands(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if number < 0 {
        text.push('-');
    }
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_in_words() {
        let linked = Scope::of(&[Relation::Static, Relation::Dynamic], &[], &[Event::Convey]);
        assert_eq!(
            when(linked, Facts::NONE, false),
            "when it is linked statically or dynamically, and passed on to others"
        );
        assert_eq!(when(Scope::all(), Facts::NONE, false), "in every use");
        assert_eq!(when(Scope::NONE, Facts::NONE, false), "for the thing itself; no verdict depends on it");
        let hosted = Scope::of(&[], &[], &[Event::Host]);
        assert_eq!(
            when(hosted, Facts::MODIFY, false),
            "when it is offered to others over a network, if it was changed or is part of a changed work"
        );
        let source = linked.minus(Scope::of(&[], &[Form::Source], &[]));
        assert!(
            when(source, Facts::NONE, false).ends_with("passed on to others in a form other than source")
        );
        let but = Scope::all().minus(Scope::of(&[Relation::Process], &[], &[Event::Convey]));
        assert_eq!(
            when(but, Facts::NONE, false),
            "when it is used in any way other than run as a separate process, whatever is done with it; or when it is run \
             as a separate process, and offered to others over a network, changed, used in production, or used in house"
        );
    }

    #[test]
    fn every_exception_of_the_table_has_a_rule() {
        let know = licit_license::Knowledge::embedded();
        for (stem, ids) in WRITTEN_FOR {
            assert!(ids.iter().all(|id| know.exception(id).is_some()), "{stem}: {ids:?}");
            assert!(know.license(stem).or_else(|| know.license(&format!("{stem}-only"))).is_some(), "{stem}");
        }
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(thousands(700_000_000), "700,000,000");
        assert_eq!(thousands(-1200), "-1,200");
        assert_eq!(thousands(12), "12");
    }
}
