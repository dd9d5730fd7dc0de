//! What is known of models and datasets that a tree only names: license, lineage, family, each fact with its source.
//!
//! The rows are for things without a card in the tree; a card goes before them. Nothing is concluded from a likeness of
//! names: a row names its ids, or a beginning of ids of one owner, and the most specific row wins.

use std::collections::HashMap;
use std::sync::OnceLock;

use licit_model::{Derivation, MentionKind};
use serde::Deserialize;

use super::{RuleError, embedded};
use crate::expression::Expr;

mod label;
mod strictness;

pub use label::{Label, Labels};

/// What is known of one model or dataset, or of several with the same facts.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Ids as the hub or the library writes them; a trailing `*` covers all ids that begin so.
    pub ids: Vec<String>,
    /// The family, exact to the version where terms differ: `llama-3.1`.
    pub family: String,
    /// SPDX expression of what governs the weights or the data. None where the text is not known to us.
    pub license: Option<String>,
    /// SPDX expression of the code that its owner publishes with it, where that is another one.
    pub code: Option<String>,
    /// What the publisher writes instead, where that grants more than what it was made from.
    pub labelled: Option<String>,
    /// Name of terms whose text is not at hand.
    pub named: Option<String>,
    /// What such terms limit: a word of [`LIMITS`].
    #[serde(default)]
    pub limits: Vec<String>,
    /// Models that it was made from.
    #[serde(default)]
    pub base: Vec<Base>,
    /// Datasets that it was trained on, as far as they matter.
    #[serde(default)]
    pub trained_on: Vec<String>,
    /// Models and services whose answers it was trained on, or consists of.
    #[serde(default)]
    pub outputs_of: Vec<String>,
    /// Whether it takes or gives pictures or sound beside text; some terms speak of these only.
    #[serde(default)]
    pub multimodal: bool,
    /// Day of the release, or of the change to this license.
    pub date: Option<String>,
    /// License that its owner replaced this one with.
    pub superseded: Option<String>,
    /// Commits that are known to be under it.
    #[serde(default)]
    pub commits: Vec<String>,
    /// It holds for revisions before this day.
    pub before: Option<String>,
    /// It holds for pinned revisions that no other row explains. The stricter license stands here.
    #[serde(default)]
    pub pinned: bool,
    /// False where only general knowledge speaks for it: a person has to look.
    #[serde(default = "yes")]
    pub sure: bool,
    /// Who says so.
    pub source: String,
    /// A trap.
    pub note: Option<String>,
}

/// A model that another was made from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Base {
    /// Its id on the hub.
    pub id: String,
    /// How.
    pub by: Derivation,
}

/// The words of [`Entry::limits`].
pub const LIMITS: &[&str] = &[
    "non-commercial",
    "non-production",
    "registration",
    "users",
    "revenue",
    "outputs",
    "use-policy",
    "no-derivatives",
    "terms-of-others",
];

fn yes() -> bool {
    true
}

impl Entry {
    /// The models that it was made from, with the way.
    pub fn bases(&self) -> Vec<(String, Derivation)> {
        self.base.iter().map(|b| (b.id.clone(), b.by)).collect()
    }

    /// Whether it holds only for some revisions.
    fn dated(&self) -> bool {
        self.before.is_some() || self.pinned
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    model: Vec<Entry>,
    #[serde(default)]
    dataset: Vec<Entry>,
    #[serde(default)]
    ollama: Vec<Entry>,
    #[serde(default)]
    service: Vec<Entry>,
}

/// Rows of one kind of thing, found by id.
#[derive(Debug, Default)]
struct Shelf {
    rows: Vec<Entry>,
    exact: HashMap<String, Vec<usize>>,
    begins: HashMap<String, Vec<usize>>,
}

/// All rows.
#[derive(Debug, Default)]
pub struct Catalogue {
    models: Shelf,
    datasets: Shelf,
    ollama: Shelf,
    services: Shelf,
}

/// Longer ids are names of nothing.
const LONGEST: usize = 256;

impl Shelf {
    fn new(rows: Vec<Entry>, key: fn(&str) -> Option<String>) -> Shelf {
        let mut shelf = Shelf { rows, ..Shelf::default() };
        for (at, row) in shelf.rows.iter().enumerate() {
            for id in &row.ids {
                let (text, map) = match id.strip_suffix('*') {
                    Some(text) => (text.trim().to_ascii_lowercase(), &mut shelf.begins),
                    None => match key(id) {
                        Some(text) => (text, &mut shelf.exact),
                        None => continue,
                    },
                };
                map.entry(text).or_default().push(at);
            }
        }
        shelf
    }

    /// The rows of the most specific name that covers an id: the id itself, or else the longest beginning.
    fn rows(&self, id: &str) -> &[usize] {
        if let Some(rows) = self.exact.get(id) {
            return rows;
        }
        let ends = (1..=id.len()).rev().filter(|end| id.is_char_boundary(*end));
        ends.filter_map(|end| self.begins.get(&id[..end])).next().map_or(&[], Vec::as_slice)
    }

    fn find(&self, id: &str, revision: Option<&str>) -> Option<&Entry> {
        let rows: Vec<&Entry> = self.rows(id).iter().map(|at| &self.rows[*at]).collect();
        let plain = rows.iter().find(|r| !r.dated()).copied();
        match Revision::read(revision) {
            Revision::Moving => plain,
            Revision::Day(day) => {
                let mut earlier: Vec<&Entry> =
                    rows.iter().filter(|r| r.before.as_deref().is_some_and(|b| day < b)).copied().collect();
                earlier.sort_by(|a, b| a.before.cmp(&b.before));
                earlier.first().copied().or(plain)
            }
            Revision::Pinned(pin) => {
                let known = |r: &&&Entry| r.commits.iter().any(|c| same_commit(c, pin));
                let named = rows.iter().find(known).copied();
                named.or_else(|| rows.iter().find(|r| r.pinned).copied()).or(plain)
            }
        }
    }
}

/// What a revision says of time.
enum Revision<'r> {
    /// A branch: the newest state.
    Moving,
    /// A day, `2024-05-30`.
    Day(&'r str),
    /// A commit or a tag.
    Pinned(&'r str),
}

impl Revision<'_> {
    fn read(text: Option<&str>) -> Revision<'_> {
        let Some(text) = text.map(str::trim).filter(|t| !t.is_empty()) else { return Revision::Moving };
        let day = text.len() == 10
            && text.bytes().enumerate().all(
                |(i, b)| {
                    if i == 4 || i == 7 { b == b'-' } else { b.is_ascii_digit() }
                },
            );
        if day {
            Revision::Day(text)
        } else if ["main", "master", "latest", "head"].contains(&text.to_ascii_lowercase().as_str()) {
            Revision::Moving
        } else {
            Revision::Pinned(text)
        }
    }
}

/// Whether two names of commits, either of them perhaps shortened, are the same.
fn same_commit(a: &str, b: &str) -> bool {
    let length = a.len().min(b.len());
    let hex = |t: &str| t.bytes().all(|c| c.is_ascii_hexdigit());
    length >= 7 && hex(a) && hex(b) && a[..length].eq_ignore_ascii_case(&b[..length])
}

impl Catalogue {
    /// The rows that are compiled in.
    pub fn embedded() -> &'static Catalogue {
        static CATALOGUE: OnceLock<Catalogue> = OnceLock::new();
        CATALOGUE.get_or_init(|| {
            // A test checks that every file parses; one that does not is as if it were not there.
            let texts = embedded::CATALOGUE.iter().map(|(_, span)| embedded::text(*span));
            Catalogue::read(texts).0
        })
    }

    /// Reads files of rows, and says which cannot be used.
    pub fn read<'t>(texts: impl Iterator<Item = &'t str>) -> (Catalogue, Vec<RuleError>) {
        let mut errors = Vec::new();
        let (mut models, mut datasets, mut ollama, mut services) = (vec![], vec![], vec![], vec![]);
        for (number, text) in texts.enumerate() {
            match toml::from_str::<File>(text) {
                Ok(file) => {
                    models.extend(file.model);
                    datasets.extend(file.dataset);
                    ollama.extend(file.ollama);
                    services.extend(file.service);
                }
                Err(error) => errors.push(RuleError {
                    file: format!("catalogue, file {number}"),
                    message: error.to_string(),
                }),
            }
        }
        let catalogue = Catalogue {
            models: Shelf::new(models, hub_id),
            datasets: Shelf::new(datasets, hub_id),
            ollama: Shelf::new(ollama, ollama_id),
            services: Shelf::new(services, service_id),
        };
        (catalogue, errors)
    }

    /// What is known of an id at a revision: a commit, a tag, a branch or a day. Names of files say nothing.
    pub fn find(&self, kind: MentionKind, id: &str, revision: Option<&str>) -> Option<&Entry> {
        match kind {
            MentionKind::HfModel => self.models.find(&hub_id(id)?, revision),
            MentionKind::HfDataset => self.datasets.find(&hub_id(id)?, revision),
            MentionKind::OllamaModel => match hub_in_ollama(id) {
                Some(model) => self.models.find(&hub_id(model)?, revision),
                None => self.ollama.find(&ollama_id(id)?, revision),
            },
            MentionKind::WeightFile => None,
        }
    }

    /// What is known of a model that is offered as a service only, such as `gpt-4`.
    pub fn service(&self, name: &str) -> Option<&Entry> {
        self.services.find(&service_id(name)?, None)
    }

    /// The family of a model, whatever its revision.
    pub fn family(&self, id: &str) -> Option<&str> {
        self.find(MentionKind::HfModel, id, None).map(|e| e.family.as_str())
    }

    /// Every row, in the order of the files.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        [&self.models, &self.datasets, &self.ollama, &self.services].into_iter().flat_map(|s| &s.rows)
    }

    /// Rows that cannot be right: no source, unreadable expressions, words that mean nothing, ids that stand twice.
    pub fn check(&self) -> Vec<RuleError> {
        let mut errors = Vec::new();
        for (kind, shelf) in [
            ("model", &self.models),
            ("dataset", &self.datasets),
            ("ollama", &self.ollama),
            ("service", &self.services),
        ] {
            for row in &shelf.rows {
                let mut wrong = |message: String| {
                    let id = row.ids.first().map_or("", String::as_str);
                    errors.push(RuleError { file: format!("{kind} {id}"), message });
                };
                if row.source.trim().is_empty() || row.ids.is_empty() || row.family.is_empty() {
                    wrong("ids, family and source have to be given".to_string());
                }
                for text in [&row.license, &row.code, &row.superseded, &row.labelled].into_iter().flatten() {
                    if Expr::parse(text).is_none() {
                        wrong(format!("{text} is no license expression"));
                    }
                }
                if row.license.is_none() && row.sure && row.named.is_none() {
                    wrong("a row without a license names the terms, or is not sure".to_string());
                }
                for limit in row.limits.iter().filter(|l| !LIMITS.contains(&l.as_str())) {
                    wrong(format!("{limit} is no limit"));
                }
                let stars = row.ids.iter().filter_map(|i| i.strip_suffix('*'));
                for star in stars.filter(|s| s.contains('*') || (kind == "model" && !s.contains('/'))) {
                    wrong(format!("{star}* may catch what belongs to others"));
                }
            }
            for (id, rows) in shelf.exact.iter().chain(&shelf.begins) {
                let plain = rows.iter().filter(|at| !shelf.rows[**at].dated()).count();
                if plain > 1 {
                    errors.push(RuleError {
                        file: format!("{kind} {id}"),
                        message: "stands twice".to_string(),
                    });
                }
                if plain == 0 {
                    let message = "has no row for the newest state".to_string();
                    errors.push(RuleError { file: format!("{kind} {id}"), message });
                }
            }
        }
        errors.sort_by(|a, b| a.file.cmp(&b.file));
        errors
    }
}

/// Folds an id of the hub: without its address, in lower case, as the hub compares them.
fn hub_id(id: &str) -> Option<String> {
    let mut id = id.trim();
    for start in ["https://huggingface.co/", "http://huggingface.co/", "https://hf.co/", "hf://", "datasets/"]
    {
        id = id.strip_prefix(start).unwrap_or(id);
    }
    folded(id.trim_end_matches('/'))
}

/// Folds a name of a library: without the default registry and owner, with a tag.
fn ollama_id(id: &str) -> Option<String> {
    let mut id = id.trim();
    for start in ["https://", "http://", "ollama://", "registry.ollama.ai/", "ollama.com/", "library/"] {
        id = id.strip_prefix(start).unwrap_or(id);
    }
    let tagged = id.rsplit('/').next().is_some_and(|last| last.contains(':'));
    if tagged { folded(id) } else { folded(id).map(|id| format!("{id}:latest")) }
}

/// The hub's id in a name such as `hf.co/owner/name:Q4_K_M`.
fn hub_in_ollama(id: &str) -> Option<&str> {
    let id = id.trim();
    let id = id.strip_prefix("https://").unwrap_or(id);
    let rest = id.strip_prefix("hf.co/").or_else(|| id.strip_prefix("huggingface.co/"))?;
    Some(rest.split(':').next().unwrap_or(rest))
}

fn service_id(name: &str) -> Option<String> {
    let name = name.trim();
    folded(name).map(|n| n.replace([' ', '_'], "-"))
}

fn folded(id: &str) -> Option<String> {
    (!id.is_empty() && id.len() <= LONGEST).then(|| id.to_ascii_lowercase())
}

#[cfg(test)]
mod tests;
