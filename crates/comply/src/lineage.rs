//! Judges one model: its labels, the models and data that it came from, and the company's facts, clause by clause.
//!
//! Terms flow down from what a model was made from. Evidence decides; a likeness of names only raises a question, and
//! so does every fact that nobody told.

use licit_license::Knowledge;
use licit_model::{Clause, Derivation, Remedy, Severity};

use crate::company::{Company, Hosting, Trains};

mod complete;
pub mod definition;
mod duties;
mod flow;
mod graph;
mod label;
mod limits;
mod outputs;
pub mod table;
mod unknown;
mod words;

pub use complete::complete;
pub use graph::{judge_models, leave_to_models};
pub use limits::{Royalty, royalty};
pub use words::LicenseText;

/// How much a finding on a model weighs. Ordered: the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Not allowed as it is used.
    Block,
    /// A person has to look, or a fact is missing.
    Review,
    /// A duty.
    Obligation,
    /// Worth knowing.
    Info,
}

impl Level {
    /// The word in documents.
    pub fn word(self) -> &'static str {
        match self {
            Level::Block => "block",
            Level::Review => "review",
            Level::Obligation => "obligation",
            Level::Info => "info",
        }
    }

    /// What it comes to among all findings.
    pub fn severity(self) -> Severity {
        match self {
            Level::Block => Severity::Error,
            Level::Review => Severity::Warning,
            Level::Obligation | Level::Info => Severity::Info,
        }
    }
}

/// Which part of a model a label speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The weights: what is meant where nothing else is said.
    Weights,
    /// The code that comes with them.
    Code,
    /// The data that come with them.
    Data,
}

/// What a label, a text or a record says of a license.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Of what.
    pub part: Part,
    /// SPDX expression; none where nobody knows what the words mean.
    pub license: Option<String>,
    /// What it may mean as well.
    pub others: Vec<String>,
    /// As it stands there.
    pub verbatim: String,
    /// File and line, or the record.
    pub place: String,
    /// Whether it is a license text of the tree and not a label only.
    pub text: bool,
    /// False where only general knowledge speaks for it.
    pub sure: bool,
}

/// A model, a service or a dataset that a model came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ancestor {
    /// Its id.
    pub id: String,
    /// The pinned revision.
    pub revision: Option<String>,
    /// Id of what was made from it.
    pub child: String,
    /// How.
    pub derivation: Derivation,
    /// Whether it is data.
    pub dataset: bool,
    /// SPDX expression.
    pub license: Option<String>,
    /// Name of terms whose text is not at hand, with the kinds of limits that they are known to hold.
    pub named: Option<(String, Vec<String>)>,
    /// Its family, where a record knows it.
    pub family: Option<String>,
    /// Whether it takes or gives more than text.
    pub multimodal: Option<bool>,
    /// Who says that it is an ancestor, and where its license is from.
    pub told_by: String,
    /// Whether that is evidence; false where it rests on general knowledge only.
    pub sure: bool,
}

/// What happens with the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Exposure {
    /// It stays in the house.
    #[default]
    Internal,
    /// Others use it over a network.
    Hosted,
    /// Copies of the weights reach others, in a product or alone.
    Distributed,
}

/// How the model is used.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ModelUse {
    /// What happens with it.
    pub exposure: Exposure,
    /// Whether it is only there inside a product of somebody else, whose end user the company is.
    pub end_user: bool,
    /// What is hosted, if it is.
    pub hosting: Option<Hosting>,
    /// Whether it serves commercial ends; none where nobody said.
    pub commercial: Option<bool>,
    /// Whether it serves research or study.
    pub research: bool,
    /// Which models learn from its outputs.
    pub trains: Option<Trains>,
    /// What was told of the use, verbatim: fields of use are looked for in it.
    pub words: String,
}

/// Who publishes the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Publisher {
    /// The company itself, or nobody knows: then its duties are the company's.
    #[default]
    Own,
    /// Somebody else.
    Other,
}

/// One model and everything that is known of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ModelCase {
    /// Its id, `owner/name`.
    pub id: String,
    /// The pinned revision.
    pub revision: Option<String>,
    /// What is said of its own license.
    pub claims: Vec<Claim>,
    /// What it came from, directly or through others.
    pub chain: Vec<Ancestor>,
    /// Whether somebody stated that it came from nothing else.
    pub original: bool,
    /// How it is used.
    pub used: ModelUse,
    /// Whether it takes or gives more than text.
    pub multimodal: Option<bool>,
    /// Its family, where a record knows it.
    pub family: Option<String>,
    /// Whose it is.
    pub publisher: Publisher,
    /// Name of terms of its own whose text is not at hand, with the kinds of limits that they are known to hold.
    pub named: Option<(String, Vec<String>)>,
    /// Whether a record knows this id.
    pub recorded: bool,
    /// Whether only data that the product uses are judged, and no model.
    pub data_only: bool,
    /// Texts of licenses beside the model and what it came from, in which clauses are looked for.
    pub texts: Vec<LicenseText>,
}

/// One thing to know or do about a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelFinding {
    /// How much it weighs.
    pub level: Level,
    /// What it is about: `MAU-THRESHOLD`, `LABEL-CONFLICT` …
    pub code: &'static str,
    /// Id of the license that it rests on; empty where it rests on none.
    pub license: String,
    /// The clauses.
    pub clauses: Vec<Clause>,
    /// Sentences that have to be shown or shipped word for word.
    pub sentences: Vec<String>,
    /// What follows for this model, in a sentence.
    pub reason: String,
    /// The fact that is missing, as a question.
    pub question: Option<String>,
    /// How the terms reach the model: from what they come down to it.
    pub chain: Vec<String>,
    /// Ways out, the smallest first.
    pub remedies: Vec<Remedy>,
    /// A royalty, where one is computed.
    pub royalty: Option<Royalty>,
}

impl ModelFinding {
    /// A finding with a reason and nothing else.
    pub(crate) fn new(level: Level, code: &'static str, reason: impl Into<String>) -> ModelFinding {
        ModelFinding {
            level,
            code,
            license: String::new(),
            clauses: Vec::new(),
            sentences: Vec::new(),
            reason: reason.into(),
            question: None,
            chain: Vec::new(),
            remedies: Vec::new(),
            royalty: None,
        }
    }

    /// The same with a question.
    #[must_use]
    pub(crate) fn asking(mut self, question: impl Into<String>) -> ModelFinding {
        self.question = Some(question.into());
        self
    }

    /// The same with a way out.
    #[must_use]
    pub(crate) fn out(mut self, action: &str, text: impl Into<String>) -> ModelFinding {
        self.remedies.push(Remedy { action: action.to_string(), text: text.into() });
        self
    }
}

/// What is at hand while one model is judged.
pub(crate) struct At<'c> {
    pub(crate) case: &'c ModelCase,
    pub(crate) company: &'c Company,
    pub(crate) know: &'c Knowledge,
}

impl At<'_> {
    /// Whether the use is commercial; none where the facts do not say.
    pub(crate) fn commercial(&self) -> Option<bool> {
        use crate::company::Purpose;
        let used = &self.case.used;
        if used.commercial.is_some() {
            return used.commercial;
        }
        let research = used.research || self.company.purpose == Some(Purpose::Research);
        match (self.company.earns(), research) {
            // Research of a company that earns money may still serve its business.
            (Some(true), true) => None,
            (_, true) => Some(false),
            (Some(true), false) => Some(true),
            _ if matches!(self.company.purpose, Some(Purpose::Commercial | Purpose::Internal)) => Some(true),
            _ => None,
        }
    }

    pub(crate) fn hosted(&self) -> bool {
        self.case.used.exposure == Exposure::Hosted
    }

    pub(crate) fn distributed(&self) -> bool {
        self.case.used.exposure == Exposure::Distributed
    }

    pub(crate) fn hosting(&self) -> Option<Hosting> {
        self.case.used.hosting.or(self.company.hosting)
    }

    pub(crate) fn trains(&self) -> Option<Trains> {
        self.case.used.trains.or(self.company.trains)
    }
}

/// Everything that the terms of a model and of what it came from ask of the way it is used. Sorted, the worst first.
pub fn judge_model(case: &ModelCase, company: &Company, know: &Knowledge) -> Vec<ModelFinding> {
    let at = At { case, company, know };
    let held = flow::held(&at);
    let mut findings = Vec::new();
    for terms in &held {
        limits::judge(&at, terms, &mut findings);
        outputs::judge(&at, terms, &mut findings);
        duties::judge(&at, terms, &mut findings);
    }
    label::judge(&at, &held, &mut findings);
    unknown::judge(&at, &held, &mut findings);
    joined(findings)
}

/// Joins findings of one license, code and level, so that what two places of a text say is told once.
fn joined(mut findings: Vec<ModelFinding>) -> Vec<ModelFinding> {
    let key = |f: &ModelFinding| (f.level, f.code, f.license.clone());
    findings.sort_by_key(key);
    let mut list: Vec<ModelFinding> = Vec::with_capacity(findings.len());
    for finding in findings {
        match list.last_mut() {
            Some(last) if key(last) == key(&finding) && !finding.license.is_empty() => {
                let more = |to: &mut Vec<String>, from: Vec<String>| {
                    for text in from {
                        if !to.contains(&text) {
                            to.push(text);
                        }
                    }
                };
                for clause in finding.clauses {
                    if !last.clauses.contains(&clause) {
                        last.clauses.push(clause);
                    }
                }
                more(&mut last.sentences, finding.sentences);
                more(&mut last.chain, finding.chain);
                for remedy in finding.remedies {
                    if !last.remedies.contains(&remedy) {
                        last.remedies.push(remedy);
                    }
                }
                last.question = last.question.take().or(finding.question);
                last.royalty = last.royalty.take().or(finding.royalty);
            }
            _ => list.push(finding),
        }
    }
    list
}

#[cfg(test)]
mod tests;
