//! Single questions: may this be combined with that, in this use? Also in batches, for tables of cases.

use licit_license::{Expr, Knowledge};
use licit_model::Category;

use crate::choice::rank;
use crate::product::Outbound;
use crate::usage::{self, Usage};
use crate::verdict::{Book, Owed, Reason, Verdict, together};

/// The answer to one question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The verdict.
    pub verdict: Verdict,
    /// The branch of an OR that is to be taken.
    pub choose: Option<String>,
    /// Stable code of what is the matter; empty where all is fine.
    pub code: &'static str,
    /// In a sentence.
    pub message: String,
    /// What it rests on.
    pub reasons: Vec<Reason>,
    /// What is owed.
    pub owed: Vec<Owed>,
    /// In which relations the verdict would be better, in words.
    pub fits_when: Vec<&'static str>,
    /// What a person would have to answer.
    pub questions: Vec<&'static str>,
}

impl Answer {
    /// `ok`, `ok-with-obligations`, `conflict`, `review` or `choose:<branch>`.
    pub fn word(&self) -> String {
        match &self.choose {
            Some(branch) => format!("choose:{branch}"),
            None => self.verdict.word().to_string(),
        }
    }

    fn plain(verdict: Verdict, code: &'static str, message: &str) -> Answer {
        Answer {
            verdict,
            choose: None,
            code,
            message: message.to_string(),
            reasons: Vec::new(),
            owed: Vec::new(),
            fits_when: Vec::new(),
            questions: Vec::new(),
        }
    }
}

/// Reads an outbound license: an SPDX expression, `proprietary`, or `unknown` and `NOASSERTION`.
pub fn outbound(text: &str, know: &Knowledge) -> Option<Outbound> {
    let text = text.trim();
    let lower = text.to_ascii_lowercase();
    match lower.as_str() {
        "proprietary" | "closed" | "commercial" => return Some(Outbound::Proprietary),
        "" | "unknown" | "noassertion" | "none" => return Some(Outbound::Unknown),
        _ => {}
    }
    let expr = Expr::parse(text).or_else(|| know.alias(text).and_then(|a| Expr::parse(&a.to)))?;
    match expr.category(know) {
        Category::Proprietary => Some(Outbound::Proprietary),
        _ => Some(Outbound::Licensed(expr)),
    }
}

/// The answer to a row whose outbound license cannot be read.
pub fn unread(outbound: &str, line: usize) -> Answer {
    let message = format!("line {line}: the outbound license `{outbound}` is no expression that licit knows");
    Answer::plain(Verdict::Review, "outbound-unknown", &message)
}

/// Answers one question. `component` is an SPDX expression, a name that manifests use, `NONE` or `NOASSERTION`.
pub fn ask(outbound: &Outbound, component: &str, context: &str, book: &mut Book<'_>) -> Answer {
    let (usage, unknown) = usage::parse(context);
    let mut answer = answer(outbound, component, &usage, book);
    for tag in unknown {
        answer.reasons.push(Reason {
            clause: String::new(),
            text: format!("the tag `{tag}` says nothing to licit and was left aside"),
            source: "context".to_string(),
        });
    }
    answer
}

/// Answers one question about a use that is known.
pub(crate) fn weigh(outbound: &Outbound, component: &str, usage: &Usage, book: &mut Book<'_>) -> Answer {
    answer(outbound, component, usage, book)
}

fn answer(outbound: &Outbound, component: &str, usage: &Usage, book: &mut Book<'_>) -> Answer {
    let text = component.trim();
    if text.eq_ignore_ascii_case("NONE") {
        let used = usage.conveyed() || usage.situations().events().len() > 1;
        let verdict = if used { Verdict::Conflict } else { Verdict::Review };
        return Answer::plain(verdict, "no-public-license", "without a license all rights are reserved");
    }
    if text.is_empty() || text.eq_ignore_ascii_case("NOASSERTION") {
        return Answer::plain(
            Verdict::Review,
            "license-unknown",
            "its license is not known; a person has to look",
        );
    }
    let named = Expr::parse(text).or_else(|| book.know.alias(text).and_then(|a| Expr::parse(&a.to)));
    let Some(expr) = named else {
        let message = format!("`{text}` is no license expression that licit knows; a person has to look");
        return Answer::plain(Verdict::Review, "license-unknown", &message);
    };
    let branches = expr.branches();
    let mut best = None;
    let mut least = None;
    for branch in &branches {
        let judged = together(branch, outbound, usage, book);
        let key = rank(branch, &judged, outbound, book.know);
        if least.is_none_or(|l| key < l) {
            least = Some(key);
            best = Some((branch, judged));
        }
    }
    let Some((branch, judged)) = best else {
        return Answer::plain(Verdict::Review, "license-unknown", "the expression is empty");
    };
    let chosen = branch.iter().map(ToString::to_string).collect::<Vec<_>>().join(" AND ");
    let choose = (branches.len() > 1 && judged.verdict <= Verdict::OkWithObligations).then_some(chosen);
    let message = match (&choose, judged.message.is_empty()) {
        (Some(branch), _) => format!("offered as a choice; {branch} fits and asks least"),
        (None, true) if judged.owed.is_empty() => "nothing is owed in this use".to_string(),
        (None, true) => "fits, with what is owed".to_string(),
        (None, false) => judged.message.clone(),
    };
    Answer {
        verdict: judged.verdict,
        choose,
        code: judged.code,
        message,
        reasons: judged.reasons,
        owed: judged.owed,
        fits_when: judged.fits_when.iter().map(|r| r.phrase()).collect(),
        questions: judged.questions,
    }
}
