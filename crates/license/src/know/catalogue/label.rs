//! What the labels of cards and headers mean: the hub's `license` tags, and `license_name` with its link.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};
use std::sync::OnceLock;

use licit_model::MentionKind;
use serde::Deserialize;

use super::super::{Knowledge, RuleError, embedded, fold};
use super::Catalogue;
use super::strictness::Strictness;
use crate::expression::Expr;

/// The meaning of a label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Label {
    /// One license, exact to the version.
    Exact(String),
    /// One of several licenses, the strictest first. Where none is listed, the terms have no text here.
    Candidates {
        /// SPDX expressions.
        licenses: Vec<String>,
        /// What settles it.
        resolve: String,
    },
    /// Nobody knows it.
    Unknown,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    /// Tags, names and links.
    from: Vec<String>,
    /// Licenses that are meant; the strictest first.
    to: Vec<String>,
    /// What settles it, where it may mean several, or terms whose text is not at hand.
    resolve: Option<String>,
    /// The label says nothing: the name and the link beside it do.
    #[serde(default)]
    look: bool,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    label: Vec<Row>,
}

/// All labels.
#[derive(Debug, Default)]
pub struct Labels {
    rows: Vec<Row>,
    names: HashMap<String, usize>,
    /// Names that rules of licenses claim for one version.
    aliases: HashMap<String, String>,
}

impl Labels {
    /// The labels that are compiled in.
    pub fn embedded() -> &'static Labels {
        static LABELS: OnceLock<Labels> = OnceLock::new();
        LABELS.get_or_init(|| Labels::read(embedded::text(embedded::LABELS)).unwrap_or_default())
    }

    /// Reads a file of labels.
    pub fn read(text: &str) -> Result<Labels, RuleError> {
        let file: File = toml::from_str(text)
            .map_err(|e| RuleError { file: "labels.toml".to_string(), message: e.to_string() })?;
        let mut labels = Labels { rows: file.label, ..Labels::default() };
        for (at, row) in labels.rows.iter().enumerate() {
            for name in &row.from {
                labels.names.insert(key(name), at);
            }
        }
        for license in Knowledge::embedded().references() {
            for alias in &license.aliases {
                labels.aliases.entry(key(alias)).or_insert_with(|| license.id.clone());
            }
        }
        Ok(labels)
    }

    /// What a label means: the tag, the name that is given where the tag says "other", and the link to the text.
    pub fn label(&self, tag: Option<&str>, name: Option<&str>, link: Option<&str>) -> Label {
        let tag = tag.filter(|t| !self.says_nothing(t));
        let name = name.filter(|n| !self.says_nothing(n));
        let by_tag = tag.map(|t| self.word(t));
        let by_name = name.map(|n| self.word(n));
        let by_link = link.map(|l| self.link(l)).filter(|l| *l != Label::Unknown);
        let said: Vec<Label> = [by_tag, by_name].into_iter().flatten().collect();
        let known: Vec<&Label> = said.iter().filter(|l| **l != Label::Unknown).collect();
        match known.as_slice() {
            // A name that nobody knows beside a link that one knows: the link leads to a text, but the name may be
            // that of an edited copy.
            [] => match by_link {
                Some(Label::Exact(license)) if !said.is_empty() => Label::Candidates {
                    licenses: vec![license],
                    resolve: "the name of the license is not known; its link leads to this one".to_string(),
                },
                Some(label) => label,
                None => Label::Unknown,
            },
            [Label::Exact(license)] if said.len() == 1 => Label::Exact(license.clone()),
            [only] => match (only, by_link) {
                (Label::Candidates { licenses, .. }, Some(Label::Exact(license)))
                    if licenses.contains(&license) =>
                {
                    Label::Exact(license)
                }
                // The tag is known and the name is not, or the other way round: they may speak of two things.
                (Label::Exact(license), _) => Label::Candidates {
                    licenses: vec![license.clone()],
                    resolve: "tag and name of the license do not say the same".to_string(),
                },
                (only, _) => (*only).clone(),
            },
            [first, second, ..] => both(first, second),
        }
    }

    /// Whether a label is empty of meaning, such as `other`.
    fn says_nothing(&self, label: &str) -> bool {
        let folded = key(label);
        folded.is_empty() || self.names.get(&folded).is_some_and(|at| self.rows[*at].look)
    }

    /// A tag or a name alone.
    fn word(&self, text: &str) -> Label {
        let folded = key(text);
        if let Some(at) = self.names.get(&folded) {
            return self.rows[*at].meaning();
        }
        if let Some(id) = self.aliases.get(&folded) {
            return Label::Exact(id.clone());
        }
        let know = Knowledge::embedded();
        if let Some(expr) = Expr::parse(text.trim())
            && expr.terms().iter().all(|t| know.license(&t.id).is_some())
        {
            return Label::Exact(expr.to_string());
        }
        match know.alias(text) {
            Some(alias) if alias.sure => Label::Exact(alias.to.clone()),
            Some(alias) => Label::Candidates {
                licenses: vec![alias.to.clone()],
                resolve: "the name has several meanings; the license file settles it".to_string(),
            },
            None => Label::Unknown,
        }
    }

    /// What a link leads to: a page of known terms, or the license file of a repository that the catalogue knows.
    fn link(&self, link: &str) -> Label {
        if let Some(at) = self.names.get(&key(&address(link))) {
            return self.rows[*at].meaning();
        }
        let Some(rest) = address(link).strip_prefix("huggingface.co/").map(str::to_string) else {
            return Label::Unknown;
        };
        let (kind, rest) = match rest.strip_prefix("datasets/") {
            Some(rest) => (MentionKind::HfDataset, rest),
            None => (MentionKind::HfModel, rest.as_str()),
        };
        let mut parts = rest.split('/');
        let (Some(owner), Some(name)) = (parts.next(), parts.next()) else { return Label::Unknown };
        let revision = parts.nth(1);
        match Catalogue::embedded().find(kind, &format!("{owner}/{name}"), revision) {
            Some(entry) if entry.sure && entry.labelled.is_none() => match &entry.license {
                Some(license) => Label::Exact(license.clone()),
                None => Label::Unknown,
            },
            _ => Label::Unknown,
        }
    }

    /// Rows that cannot be right.
    pub fn check(&self) -> Vec<RuleError> {
        let mut errors = Vec::new();
        let mut seen = BTreeSet::new();
        for row in &self.rows {
            let mut wrong = |message: &str| {
                let file = format!("labels.toml, {}", row.from.first().map_or("", String::as_str));
                errors.push(RuleError { file, message: message.to_string() });
            };
            if row.source.trim().is_empty() {
                wrong("has no source");
            }
            if row.to.len() != 1 && row.resolve.is_none() && !row.look {
                wrong("may mean several things and does not say what settles it");
            }
            for name in &row.from {
                if !seen.insert(key(name)) {
                    wrong(&format!("{name} stands twice"));
                }
            }
            for text in &row.to {
                let known = Expr::parse(text).is_some_and(|e| {
                    e.terms().iter().all(|t| Knowledge::embedded().license(&t.id).is_some())
                });
                if !known {
                    wrong(&format!("{text} is no license with a rule"));
                }
            }
        }
        errors
    }
}

impl Row {
    fn meaning(&self) -> Label {
        match (self.to.as_slice(), &self.resolve) {
            ([license], None) => Label::Exact(license.clone()),
            (licenses, resolve) => Label::Candidates {
                licenses: licenses.to_vec(),
                resolve: resolve.clone().unwrap_or_default(),
            },
        }
    }
}

/// What two labels say together.
fn both(first: &Label, second: &Label) -> Label {
    let list = |label: &Label| match label {
        Label::Exact(license) => vec![license.clone()],
        Label::Candidates { licenses, .. } => licenses.clone(),
        Label::Unknown => Vec::new(),
    };
    let (one, other) = (list(first), list(second));
    let common: Vec<String> = one.iter().filter(|l| other.contains(l)).cloned().collect();
    if let [license] = common.as_slice() {
        return Label::Exact(license.clone());
    }
    let mut licenses = if common.is_empty() { one } else { common };
    for license in other {
        if !licenses.contains(&license) {
            licenses.push(license);
        }
    }
    licenses.sort_by_cached_key(|l| Reverse(Strictness::of(l)));
    Label::Candidates { licenses, resolve: "tag and name of the license do not say the same".to_string() }
}

/// Folds a label for comparison.
fn key(text: &str) -> String {
    fold(&address(text))
}

/// An address without its scheme, `www.` and a slash at the end; other texts as they are.
fn address(text: &str) -> String {
    let text = text.trim();
    let bare = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    match bare {
        Some(bare) => {
            let bare = bare.strip_prefix("www.").unwrap_or(bare);
            bare.split(['#', '?']).next().unwrap_or(bare).trim_end_matches('/').to_string()
        }
        None => text.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where a label may mean several texts, the first one counts, so no later one may be stricter.
    #[test]
    fn the_strictest_stands_first() {
        let mut wrong = Vec::new();
        let rows = Labels::embedded().rows.iter().filter(|r| r.to.len() > 1);
        for row in rows.clone() {
            let mut sorted: Vec<(Strictness, &String)> =
                row.to.iter().map(|l| (Strictness::of(l), l)).collect();
            if !sorted.is_sorted_by_key(|(s, _)| Reverse(*s)) {
                sorted.sort_by_key(|(s, _)| Reverse(*s));
                wrong.push(format!("{}: {sorted:?}", row.from[0]));
            }
        }
        assert!(rows.count() > 10);
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn strictness_follows_the_clauses() {
        let stricter = [
            ("CC-BY-NC-ND-4.0", "CC-BY-NC-4.0"),
            ("CC-BY-NC-4.0", "CC-BY-SA-4.0"),
            ("CC-BY-SA-4.0", "CC-BY-4.0"),
            ("LicenseRef-licit-hunyuan-image-3.0", "LicenseRef-licit-hunyuan-large"),
            ("LicenseRef-scancode-exaone-ai-model-1.1-nc", "LicenseRef-licit-exaone-1.2-nc"),
            ("LicenseRef-scancode-llama-license-2023", "LicenseRef-licit-llama-3"),
            ("LicenseRef-licit-llama-3", "LicenseRef-scancode-llama-3.1-license-2024"),
            ("LicenseRef-licit-minimax-m2-modified-mit", "LicenseRef-licit-kimi-k2.5-modified-mit"),
            ("LicenseRef-licit-yi-2.1", "Apache-2.0"),
            ("AGPL-3.0-only", "GPL-3.0-only"),
        ];
        for (one, other) in stricter {
            assert!(
                Strictness::of(one) > Strictness::of(other),
                "{one} {:?}, {other} {:?}",
                Strictness::of(one),
                Strictness::of(other)
            );
        }
        // Two labels of one card that differ are read as the stricter one.
        let said = Labels::embedded().label(Some("apache-2.0"), Some("yi-license"), None);
        assert!(
            matches!(said, Label::Candidates { licenses, .. } if licenses[0] == "LicenseRef-licit-yi-2.1")
        );
    }
}
