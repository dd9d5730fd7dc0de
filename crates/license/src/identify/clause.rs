//! A small grammar of clauses over English license prose: what a text that somebody added to a license forbids or asks.
//!
//! A sentence counts where three things come together: a force ("may not", "only for", "requires a license", "must"),
//! an act that a license governs (use, distribute, sell, train …) and a topic or a thing (commercial purposes, this
//! software). Ordinary license text and plain README prose lack at least one of them.

use licit_model::Category;
use serde::{Deserialize, Serialize};

mod case;
mod duty;
mod forbid;
mod grammar;
mod grant;
mod judge;
mod lexicon;
mod sentence;
mod topic;

#[cfg(test)]
mod riders;

/// How many characters of a sentence a hit shows.
const SHOWN: usize = 200;

/// What a clause is about. The names are those of the restrictions and duties that reviewers ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ClauseKind {
    /// Commercial use is excluded or needs a license of its own.
    NonCommercial,
    /// The work, or what a model puts out, may not teach another model.
    NoAiTraining,
    /// Selling is excluded, as in the Commons Clause.
    NoSale,
    /// A royalty or a fee is owed.
    Royalty,
    /// The rights end, or a duty starts, at a number of users, seats or staff.
    UserThreshold,
    /// The rights end, or a duty starts, at a revenue or a funding.
    RevenueThreshold,
    /// Only certain uses or users, or all but certain ones.
    FieldOfUse,
    /// Changed versions are excluded.
    NoDerivatives,
    /// Passing on is excluded.
    NoRedistribution,
    /// Only evaluation, trial or non-production use.
    Evaluation,
    /// Offering it to others as a service is excluded.
    NoHosting,
    /// The rights end at a border.
    Territory,
    /// Credit or a notice is asked for.
    Attribution,
    /// The author has to be told.
    Notification,
    /// Changes have to be given under the same terms, or with source.
    ShareAlike,
    /// Uses that somebody holds to be harmful or wrong are excluded.
    Ethical,
    /// Use that competes with the licensor is excluded.
    Competition,
    /// Registration comes before the rights.
    Registration,
    /// Military use is excluded.
    Military,
    /// A restriction of no sort above, such as any use without written permission.
    Other,
}

impl ClauseKind {
    /// Every kind, in the order of the enumeration.
    pub const ALL: [ClauseKind; 20] = [
        ClauseKind::NonCommercial,
        ClauseKind::NoAiTraining,
        ClauseKind::NoSale,
        ClauseKind::Royalty,
        ClauseKind::UserThreshold,
        ClauseKind::RevenueThreshold,
        ClauseKind::FieldOfUse,
        ClauseKind::NoDerivatives,
        ClauseKind::NoRedistribution,
        ClauseKind::Evaluation,
        ClauseKind::NoHosting,
        ClauseKind::Territory,
        ClauseKind::Attribution,
        ClauseKind::Notification,
        ClauseKind::ShareAlike,
        ClauseKind::Ethical,
        ClauseKind::Competition,
        ClauseKind::Registration,
        ClauseKind::Military,
        ClauseKind::Other,
    ];

    /// The class that a license falls to when such a clause is added; none where the clause is a mere duty.
    pub fn category(self) -> Option<Category> {
        match self {
            ClauseKind::Attribution | ClauseKind::Notification | ClauseKind::ShareAlike => None,
            _ => Some(Category::SourceAvailable),
        }
    }

    /// The word in reports and documents.
    pub fn word(self) -> &'static str {
        match self {
            ClauseKind::NonCommercial => "non-commercial",
            ClauseKind::NoAiTraining => "no-ai-training",
            ClauseKind::NoSale => "no-sale",
            ClauseKind::Royalty => "royalty",
            ClauseKind::UserThreshold => "user-threshold",
            ClauseKind::RevenueThreshold => "revenue-threshold",
            ClauseKind::FieldOfUse => "field-of-use",
            ClauseKind::NoDerivatives => "no-derivatives",
            ClauseKind::NoRedistribution => "no-redistribution",
            ClauseKind::Evaluation => "evaluation",
            ClauseKind::NoHosting => "no-hosting",
            ClauseKind::Territory => "territory",
            ClauseKind::Attribution => "attribution",
            ClauseKind::Notification => "notification",
            ClauseKind::ShareAlike => "share-alike",
            ClauseKind::Ethical => "ethical",
            ClauseKind::Competition => "competition",
            ClauseKind::Registration => "registration",
            ClauseKind::Military => "military",
            ClauseKind::Other => "other",
        }
    }
}

/// How a clause commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Modality {
    /// It forbids.
    MayNot,
    /// It asks for something to be done.
    Must,
    /// It allows within a limit, or with leave that it does not give.
    OnlyIf,
    /// It allows something narrower than all, and so leaves the rest out.
    May,
}

impl Modality {
    /// The words in reports and documents.
    pub fn word(self) -> &'static str {
        match self {
            Modality::MayNot => "may not",
            Modality::Must => "must",
            Modality::OnlyIf => "only if",
            Modality::May => "may",
        }
    }
}

/// One clause that an added text holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClauseHit {
    /// What it is about.
    pub kind: ClauseKind,
    /// How it commands.
    pub modality: Modality,
    /// The normalised verb: `use`, `distribute`, `sell`, `train` …
    pub action: String,
    /// What the verb is done to, in a few words of the text; empty where the clause names nothing.
    pub object: String,
    /// First and last line, from 1, within the given text.
    pub lines: (u32, u32),
    /// The sentence, shortened to 200 characters.
    pub sentence: String,
}

impl ClauseHit {
    /// The class that a license falls to by this clause. A limit on users or revenue from which only a duty follows,
    /// such as showing a name, restricts nobody.
    pub fn category(&self) -> Option<Category> {
        let threshold = matches!(self.kind, ClauseKind::UserThreshold | ClauseKind::RevenueThreshold);
        if threshold && self.modality == Modality::Must { None } else { self.kind.category() }
    }
}

/// The clauses of a text, in order; a sentence gives each kind at most once.
pub fn read(text: &str) -> Vec<ClauseHit> {
    let mut hits: Vec<ClauseHit> = Vec::new();
    // What the lead-in of a list says is said once, not with every item.
    let mut led: Vec<ClauseKind> = Vec::new();
    sentence::for_each(text, |sentence| {
        let words = grammar::Words(&sentence.tokens);
        if sentence.lead == 0 {
            led.clear();
        }
        for finding in judge::judge(words, sentence.opens) {
            if sentence.lead == 0 && sentence.opens {
                led.push(finding.kind);
            }
            if sentence.lead > 0 && (finding.range.end <= sentence.lead || led.contains(&finding.kind)) {
                continue;
            }
            // Of a list's lead-in only the item is shown as the place: the lead-in is shared by all items.
            let own = finding.range.start.max(sentence.lead.min(finding.range.end.saturating_sub(1)))
                ..finding.range.end;
            let lines = own.clone().filter_map(|p| sentence.tokens.get(p)).map(|t| t.line);
            let first = lines.clone().min().unwrap_or(1);
            let last = lines.max().unwrap_or(first);
            hits.push(ClauseHit {
                kind: finding.kind,
                modality: finding.modality,
                action: finding.action.to_string(),
                object: topic::object(words, finding.range.clone()),
                lines: (first, last),
                sentence: shown(text, sentence, &finding.range),
            });
        }
    });
    hits
}

/// The sentence as it stands in the text, blanks folded; a long one from the clause on.
fn shown(text: &str, sentence: &sentence::Sentence, clause: &std::ops::Range<usize>) -> String {
    let pieces = |from: usize| {
        let runs = sentence.tokens[from..].iter().filter(|t| !t.raw.is_empty());
        runs.filter_map(|t| text.get(t.raw.clone())).collect::<Vec<_>>().join(" ")
    };
    let whole = pieces(0);
    let long = whole.chars().count() > SHOWN;
    let shown = if long && clause.start > 0 { format!("… {}", pieces(clause.start)) } else { whole };
    match shown.char_indices().nth(SHOWN - 1) {
        Some((cut, _)) if shown.chars().count() > SHOWN => format!("{}…", &shown[..cut]),
        _ => shown,
    }
}
