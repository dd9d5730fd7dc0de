//! Scopes: sets of situations in which a term holds, and the algebra on them.
//!
//! A situation is how the thing is used (relation), in which shape it is passed on or served (form), and what is done
//! with it (event). There are 400 of them, so a set is seven machine words and every operation is exact.

use std::fmt;

/// How the licensed thing is used by the work that is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Relation {
    /// Its source stands in files of the work.
    Copied,
    /// Put into the same binary or bundle.
    Static,
    /// Loaded at run time and replaceable.
    Dynamic,
    /// Runs by itself and talks over pipes, sockets or a command line.
    Process,
    /// The work holds what the tool wrote.
    Generated,
    /// Needed to build; nothing of it is in the result.
    Build,
    /// Needed by tests only.
    Test,
    /// Named, so that somebody else fetches it.
    Reference,
    /// Lies beside the work on one medium, in one image or one archive.
    Aggregate,
    /// A font in a document, an icon in a program.
    Embedded,
    /// A model was trained on it.
    Trained,
    /// A model was tuned from it.
    FineTuned,
    /// An adapter was made for it.
    Adapter,
    /// Its weights were quantised.
    Quantised,
    /// Several of them became one.
    Merged,
    /// The work holds what the model put out.
    Output,
}

/// The shape in which it reaches others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Form {
    /// Source text.
    Source,
    /// Binaries, bundles, minified code.
    Object,
    /// Weights of a model.
    Weights,
    /// Data, documents, media.
    Data,
    /// Nothing but its answers.
    Service,
}

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Event {
    /// A copy reaches somebody else.
    Convey,
    /// Others use it over a network.
    Host,
    /// It is changed.
    Modify,
    /// It serves the business.
    Production,
    /// It is used inside the house.
    Internal,
}

impl Relation {
    /// All, with the words of `rules/` and of reports.
    pub const ALL: [(&'static str, Relation); 16] = [
        ("copied", Relation::Copied),
        ("static", Relation::Static),
        ("dynamic", Relation::Dynamic),
        ("process", Relation::Process),
        ("generated", Relation::Generated),
        ("build", Relation::Build),
        ("test", Relation::Test),
        ("reference", Relation::Reference),
        ("aggregate", Relation::Aggregate),
        ("embedded", Relation::Embedded),
        ("trained", Relation::Trained),
        ("fine-tuned", Relation::FineTuned),
        ("adapter", Relation::Adapter),
        ("quantised", Relation::Quantised),
        ("merged", Relation::Merged),
        ("output", Relation::Output),
    ];

    /// The word in `rules/`.
    pub fn word(self) -> &'static str {
        Self::ALL[self as usize].0
    }

    /// In a sentence: "fits when it is …".
    pub fn phrase(self) -> &'static str {
        match self {
            Relation::Copied => "copied into the source",
            Relation::Static => "linked statically",
            Relation::Dynamic => "loaded dynamically",
            Relation::Process => "run as a separate process",
            Relation::Generated => "used to generate a part",
            Relation::Build => "used to build only",
            Relation::Test => "used in tests only",
            Relation::Reference => "only referenced",
            Relation::Aggregate => "shipped beside the work",
            Relation::Embedded => "embedded",
            Relation::Trained => "trained on",
            Relation::FineTuned => "fine-tuned",
            Relation::Adapter => "extended by an adapter",
            Relation::Quantised => "quantised",
            Relation::Merged => "merged",
            Relation::Output => "used for its output",
        }
    }
}

impl Form {
    /// All, with the words of `rules/`.
    pub const ALL: [(&'static str, Form); 5] = [
        ("source", Form::Source),
        ("object", Form::Object),
        ("weights", Form::Weights),
        ("data", Form::Data),
        ("service", Form::Service),
    ];
}

impl Event {
    /// All, with the words of `rules/`.
    pub const ALL: [(&'static str, Event); 5] = [
        ("convey", Event::Convey),
        ("host", Event::Host),
        ("modify", Event::Modify),
        ("production", Event::Production),
        ("internal", Event::Internal),
    ];

    /// The word in `rules/`.
    pub fn word(self) -> &'static str {
        Self::ALL[self as usize].0
    }
}

const FORMS: usize = 5;
const EVENTS: usize = 5;
const ATOMS: usize = 16 * FORMS * EVENTS;
const WORDS: usize = ATOMS.div_ceil(64);

/// A set of situations.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Scope([u64; WORDS]);

impl Scope {
    /// No situation.
    pub const NONE: Scope = Scope([0; WORDS]);

    /// Every situation.
    pub fn all() -> Scope {
        Scope::of(&[], &[], &[])
    }

    /// Every combination of the given parts; a list without members stands for all members of its dimension.
    pub fn of(relations: &[Relation], forms: &[Form], events: &[Event]) -> Scope {
        let mut scope = Scope::NONE;
        for (_, relation) in
            Relation::ALL.iter().filter(|(_, r)| relations.is_empty() || relations.contains(r))
        {
            for (_, form) in Form::ALL.iter().filter(|(_, f)| forms.is_empty() || forms.contains(f)) {
                for (_, event) in Event::ALL.iter().filter(|(_, e)| events.is_empty() || events.contains(e)) {
                    scope.insert(*relation, *form, *event);
                }
            }
        }
        scope
    }

    /// Reads words of `rules/`; a dimension that no word names is unrestricted. Unknown words are given back.
    pub fn parse<'w>(words: &[&'w str]) -> Result<Scope, &'w str> {
        let (mut relations, mut forms, mut events) = (Vec::new(), Vec::new(), Vec::new());
        for word in words {
            if let Some((_, r)) = Relation::ALL.iter().find(|(w, _)| w == word) {
                relations.push(*r);
            } else if let Some((_, f)) = Form::ALL.iter().find(|(w, _)| w == word) {
                forms.push(*f);
            } else if let Some((_, e)) = Event::ALL.iter().find(|(w, _)| w == word) {
                events.push(*e);
            } else {
                return Err(word);
            }
        }
        Ok(Scope::of(&relations, &forms, &events))
    }

    fn insert(&mut self, relation: Relation, form: Form, event: Event) {
        let atom = (relation as usize * FORMS + form as usize) * EVENTS + event as usize;
        self.0[atom / 64] |= 1 << (atom % 64);
    }

    /// Situations in either.
    pub fn or(self, other: Scope) -> Scope {
        self.each(other, |a, b| a | b)
    }

    /// Situations in both.
    pub fn and(self, other: Scope) -> Scope {
        self.each(other, |a, b| a & b)
    }

    /// Situations in the first only.
    pub fn minus(self, other: Scope) -> Scope {
        self.each(other, |a, b| a & !b)
    }

    fn each(mut self, other: Scope, f: impl Fn(u64, u64) -> u64) -> Scope {
        for (a, b) in self.0.iter_mut().zip(other.0) {
            *a = f(*a, b);
        }
        self
    }

    /// Whether there is no situation.
    pub fn is_empty(self) -> bool {
        self.0.iter().all(|w| *w == 0)
    }

    /// Whether the two share a situation.
    pub fn meets(self, other: Scope) -> bool {
        !self.and(other).is_empty()
    }

    /// Whether every situation of the other is one of this.
    pub fn holds(self, other: Scope) -> bool {
        other.minus(self).is_empty()
    }

    /// Number of situations.
    pub fn len(self) -> u32 {
        self.0.iter().map(|w| w.count_ones()).sum()
    }

    /// Relations of which any situation is in the set, in their order.
    pub fn relations(self) -> Vec<Relation> {
        let any = |r: &Relation| self.meets(Scope::of(&[*r], &[], &[]));
        Relation::ALL.iter().map(|(_, r)| *r).filter(any).collect()
    }

    /// Events of which any situation is in the set, in their order.
    pub fn events(self) -> Vec<Event> {
        let any = |e: &Event| self.meets(Scope::of(&[], &[], &[*e]));
        Event::ALL.iter().map(|(_, e)| *e).filter(any).collect()
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let relations: Vec<&str> = self.relations().into_iter().map(Relation::word).collect();
        let events: Vec<&str> = self.events().into_iter().map(Event::word).collect();
        write!(f, "Scope({} | {} | {} situations)", relations.join(" "), events.join(" "), self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_algebra_of_sets_holds() {
        let linked = Scope::of(&[Relation::Static, Relation::Dynamic], &[], &[Event::Convey]);
        let dynamic = Scope::parse(&["dynamic"]).unwrap();
        assert_eq!(linked.len(), 2 * 5);
        assert_eq!(dynamic.len(), 25);
        assert_eq!(linked.minus(dynamic), Scope::of(&[Relation::Static], &[], &[Event::Convey]));
        assert_eq!(linked.and(dynamic).or(linked.minus(dynamic)), linked);
        assert!(Scope::all().holds(linked) && !linked.holds(dynamic) && linked.meets(dynamic));
        assert_eq!(Scope::all().len(), 400);
        assert!(Scope::all().minus(Scope::all()).is_empty());
        assert_eq!(linked.relations(), [Relation::Static, Relation::Dynamic]);
        assert_eq!(linked.events(), [Event::Convey]);
    }

    #[test]
    fn a_word_that_nobody_knows_is_given_back() {
        assert_eq!(Scope::parse(&["dynamic", "magnetic"]), Err("magnetic"));
    }

    #[test]
    fn the_words_stand_in_the_order_of_the_members() {
        assert!(Relation::ALL.iter().enumerate().all(|(i, (_, r))| *r as usize == i));
        assert!(Form::ALL.iter().enumerate().all(|(i, (_, f))| *f as usize == i));
        assert!(Event::ALL.iter().enumerate().all(|(i, (_, e))| *e as usize == i));
    }
}
