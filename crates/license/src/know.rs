//! The rules: facts about licenses, exceptions and names, each with its source.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::OnceLock;

use licit_model::Category;
use serde::Deserialize;

pub mod catalogue;
mod change;
pub mod compat;
pub mod passage;
mod scancode;
pub mod scope;
pub mod term;
pub mod text;

pub use change::{At, Change, Changes, Conversion, Span, changes_for, check_changes};
pub(crate) use change::{is_release, version_order};

mod embedded {
    use std::io::Read as _;
    use std::sync::OnceLock;

    include!(concat!(env!("OUT_DIR"), "/rules.rs"));

    /// The text of a rule, or of a whole file.
    pub(crate) fn text((start, end): (usize, usize)) -> &'static str {
        static TEXT: OnceLock<String> = OnceLock::new();
        let all = TEXT.get_or_init(|| {
            let mut text = String::with_capacity(LENGTH);
            // What the build has packed can be unpacked; a test reads every rule.
            let read = flate2::read::DeflateDecoder::new(PACKED).read_to_string(&mut text);
            if read.is_ok() { text } else { String::new() }
        });
        all.get(start..end).unwrap_or_default()
    }
}

/// How far reciprocity reaches, from nowhere to users over a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum Reach {
    /// Nothing has to be given under the same terms.
    #[default]
    None,
    /// Changed files.
    File,
    /// The library, however it is linked.
    Library,
    /// The whole work when it is distributed.
    Work,
    /// The whole work when it is distributed or used over a network.
    Network,
}

impl Reach {
    /// The reach of that name.
    pub fn named(word: &str) -> Option<Reach> {
        Some(match word {
            "none" => Reach::None,
            "file" => Reach::File,
            "library" => Reach::Library,
            "work" => Reach::Work,
            "network" => Reach::Network,
            _ => return None,
        })
    }
}

/// A license as data.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct License {
    /// SPDX id or `LicenseRef-…`.
    pub id: String,
    /// Full name.
    pub name: String,
    /// Class.
    pub class: Category,
    /// How far reciprocity reaches.
    #[serde(default)]
    pub reach: Reach,
    /// Whether it may be conveyed inside a work under GPL-2.0-only; none where no source says.
    pub gpl2: Option<bool>,
    /// Whether it may be conveyed inside a work under GPL-3.0; none where no source says.
    pub gpl3: Option<bool>,
    /// Licenses under which its own text lets a work be conveyed.
    #[serde(default)]
    pub upgrade: Vec<String>,
    /// File name of a model license's rule.
    pub slug: Option<String>,
    /// When the text was published.
    pub released: Option<String>,
    /// Whether only parts of the text were at hand.
    #[serde(default)]
    pub partial: bool,
    /// What replaced it.
    pub superseded: Option<toml::Value>,
    /// Names that mean exactly this license, in model cards and manifests.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Who says so.
    pub sources: Vec<String>,
    /// Why, where sources disagree or a trap lies.
    pub note: Option<String>,
    /// What the text says, clause by clause.
    #[serde(default, rename = "clause")]
    pub clauses: Vec<ClauseFact>,
}

/// One clause as data. The last fields are for terms with a measure, such as a limit on users.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClauseFact {
    /// Number in the text.
    #[serde(rename = "ref")]
    pub reference: String,
    /// What sort of clause: `reciprocity`, `notice`, `users`, `royalty` …
    pub kind: String,
    /// What it says, in our words.
    pub says: String,
    /// Whom it concerns.
    pub subject: Option<String>,
    /// `>`, `>=`, `<` …
    pub operator: Option<String>,
    /// The limit.
    pub value: Option<toml::Value>,
    /// Its unit.
    pub unit: Option<String>,
    /// What is counted or covered.
    pub scope: Option<String>,
    /// When it is measured.
    pub measured_at: Option<String>,
    /// What happens.
    pub effect: Option<String>,
    /// Who or what is exempt.
    pub exceptions: Option<toml::Value>,
    /// Stable code of the finding that it gives rise to.
    pub code: Option<String>,
    /// What is done to what.
    pub object: Option<String>,
    /// A share of a revenue.
    pub rate: Option<toml::Value>,
    /// A sentence that has to be shown or shipped word for word.
    pub text: Option<String>,
    /// Short phrases by which it is found in the text, where number, figures and our words are not enough.
    #[serde(default)]
    pub find: Vec<String>,
    /// Relations, forms and events in which it holds, where the usual scope of its kind is not what the text says.
    #[serde(default)]
    pub on: Vec<String>,
    /// Relations, forms and events in which it does not hold.
    #[serde(default)]
    pub unless: Vec<String>,
    /// Facts that have to be given too, such as `modify` or `commercial`.
    #[serde(default)]
    pub needs: Vec<String>,
    /// Licenses under which the text lets the material be conveyed instead.
    #[serde(default)]
    pub to: Vec<String>,
}

impl ClauseFact {
    /// The code of the finding that the clause gives rise to; where the rule names none, that of its kind.
    pub fn finding_code(&self) -> &str {
        self.code.as_deref().unwrap_or(match self.kind.as_str() {
            "commercial" | "production" => "NC-USE",
            "derivatives" => "NO-DERIVATIVES",
            "reciprocity" | "source" | "network" => "SHARE-ALIKE",
            "notice" | "attribution" => "NOTICE",
            "license-copy" => "LICENCE-COPY",
            "modification" => "CHANGE-NOTICE",
            "pass-through" => "PASS-THROUGH",
            "hosting" => "HOSTING",
            "users" => "MAU-THRESHOLD",
            "revenue" => "REVENUE-THRESHOLD",
            "royalty" => "ROYALTY",
            "territory" => "TERRITORY",
            "registration" => "COMMERCIAL-REGISTRATION",
            "use-policy" | "field-of-use" => "USE-POLICY",
            "naming" => "NAMING",
            _ => "TERMS",
        })
    }
}

/// An exception as data.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    /// SPDX id.
    pub id: String,
    /// Full name.
    pub name: String,
    /// What it waives: `linking`, `generated`, `combination`, `review` …
    pub waives: String,
    /// The class that remains for a work that uses it as the exception allows: a class, `same` or `review`.
    pub effect_class: String,
    /// The reach that remains: a reach, `same` or `review`.
    #[serde(default)]
    pub reach: String,
    /// Who says so.
    pub sources: Vec<String>,
    /// A trap.
    pub note: Option<String>,
    /// Licenses that it is meant for.
    #[serde(default)]
    pub partners: Vec<String>,
    /// What its text says.
    #[serde(default, rename = "clause")]
    pub clauses: Vec<ClauseFact>,
    /// What its text says, where it has no clauses.
    pub says: Option<String>,
}

/// What a lax name means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alias {
    /// SPDX expression.
    pub to: String,
    /// False where the name may also mean something else.
    pub sure: bool,
}

/// A package that carries no license file of its own.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackageFact {
    /// Package URL without a version.
    pub purl: String,
    /// SPDX expression.
    pub license: String,
    /// Who says so.
    pub source: String,
}

/// A rule that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {message}")]
pub struct RuleError {
    /// The rule's file or id.
    pub file: String,
    /// What is wrong.
    pub message: String,
}

/// Everything licit knows, parsed where it is asked for.
pub struct Knowledge {
    licenses: Vec<Entry<License>>,
    exceptions: Vec<Entry<Exception>>,
    aliases: OnceLock<Aliases>,
    aliases_text: Cow<'static, str>,
    packages: OnceLock<Vec<PackageFact>>,
}

struct Entry<T> {
    id: Cow<'static, str>,
    text: Cow<'static, str>,
    parsed: OnceLock<Option<T>>,
}

#[derive(Default)]
struct Aliases {
    names: HashMap<String, Alias>,
    classifiers: HashMap<String, Alias>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PackageFile {
    package: Vec<PackageFact>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AliasFile {
    #[serde(default)]
    alias: Vec<AliasRow>,
    #[serde(default)]
    classifier: Vec<ClassifierRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AliasRow {
    from: Vec<String>,
    to: String,
    sure: bool,
    #[serde(rename = "source")]
    _source: String,
    #[serde(rename = "note")]
    _note: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClassifierRow {
    from: String,
    to: String,
    sure: bool,
    #[serde(rename = "source")]
    _source: Option<String>,
    #[serde(rename = "note")]
    _note: Option<String>,
}

impl Knowledge {
    /// The rules that are compiled in.
    pub fn embedded() -> &'static Knowledge {
        static KNOWLEDGE: OnceLock<Knowledge> = OnceLock::new();
        KNOWLEDGE.get_or_init(|| Knowledge {
            licenses: borrowed(embedded::LICENSES),
            exceptions: borrowed(embedded::EXCEPTIONS),
            aliases: OnceLock::new(),
            aliases_text: Cow::Borrowed(embedded::text(embedded::ALIASES)),
            packages: OnceLock::new(),
        })
    }

    /// A license by SPDX id or `LicenseRef-…`. Where there is no rule, ScanCode's category gives a class.
    pub fn license(&self, id: &str) -> Option<&License> {
        get(&self.licenses, id).or_else(|| scancode::license(id))
    }

    /// An exception by SPDX id or `LicenseRef-…`.
    pub fn exception(&self, id: &str) -> Option<&Exception> {
        get(&self.exceptions, id).or_else(|| scancode::exception(id))
    }

    /// What a lax name of a manifest means.
    pub fn alias(&self, name: &str) -> Option<&Alias> {
        self.aliases().names.get(&fold(name))
    }

    /// What a trove classifier means.
    pub fn classifier(&self, name: &str) -> Option<&Alias> {
        self.aliases().classifiers.get(name.trim())
    }

    fn aliases(&self) -> &Aliases {
        self.aliases.get_or_init(|| {
            let mut aliases = Aliases::default();
            // A test checks that the file parses; without it names are simply not mapped.
            let Ok(file) = toml::from_str::<AliasFile>(&self.aliases_text) else { return aliases };
            for row in file.alias {
                for name in row.from {
                    aliases.names.insert(fold(&name), Alias { to: row.to.clone(), sure: row.sure });
                }
            }
            for license in spdx::identifiers::LICENSES {
                let current = spdx::license_id(license.name).is_some_and(|l| !l.is_deprecated());
                let official = Alias { to: license.name.to_string(), sure: true };
                if current {
                    aliases.names.entry(fold(license.full_name)).or_insert(official);
                }
            }
            for row in file.classifier {
                aliases.classifiers.insert(row.from, Alias { to: row.to, sure: row.sure });
            }
            aliases
        })
    }

    /// What is known of a package that carries no license file; `purl` without its version.
    pub fn package(&self, purl: &str) -> Option<&PackageFact> {
        self.packages().iter().find(|p| p.purl == purl)
    }

    fn packages(&self) -> &[PackageFact] {
        self.packages.get_or_init(|| {
            toml::from_str::<PackageFile>(embedded::text(embedded::PACKAGES))
                .map(|f| f.package)
                .unwrap_or_default()
        })
    }

    /// Parses every rule and says what is wrong with each that cannot be used.
    pub fn check(&self) -> Vec<RuleError> {
        let mut errors = Vec::new();
        for entry in &self.licenses {
            if let Err(error) = toml::from_str::<License>(&entry.text) {
                errors.push(RuleError { file: entry.id.to_string(), message: error.to_string() });
            }
        }
        for entry in &self.exceptions {
            if let Err(error) = toml::from_str::<Exception>(&entry.text) {
                errors.push(RuleError { file: entry.id.to_string(), message: error.to_string() });
            }
        }
        if let Err(error) = toml::from_str::<AliasFile>(&self.aliases_text) {
            errors.push(RuleError { file: "aliases.toml".to_string(), message: error.to_string() });
        }
        if let Err(error) = toml::from_str::<PackageFile>(embedded::text(embedded::PACKAGES)) {
            errors.push(RuleError { file: "packages.toml".to_string(), message: error.to_string() });
        }
        errors
    }

    /// The clauses of every license and exception, by id.
    pub fn all_clauses(&self) -> Vec<(&str, &[ClauseFact])> {
        let licenses =
            self.licenses.iter().filter_map(|e| Some((e.id.as_ref(), parsed(e)?.clauses.as_slice())));
        let exceptions =
            self.exceptions.iter().filter_map(|e| Some((e.id.as_ref(), parsed(e)?.clauses.as_slice())));
        licenses.chain(exceptions).collect()
    }

    /// Every license with a rule of its own.
    pub fn licenses(&self) -> impl Iterator<Item = &License> {
        self.licenses.iter().filter_map(parsed)
    }

    /// Every license with a rule that SPDX does not list, such as those of models.
    pub(crate) fn references(&self) -> impl Iterator<Item = &License> {
        self.licenses.iter().filter(|e| e.id.starts_with("LicenseRef-")).filter_map(parsed)
    }

    /// Every alias target with the name that leads to it.
    pub fn alias_targets(&self) -> Vec<(&str, &Alias)> {
        let aliases = self.aliases();
        let all = aliases.names.iter().chain(&aliases.classifiers);
        let mut targets: Vec<(&str, &Alias)> = all.map(|(n, a)| (n.as_str(), a)).collect();
        targets.sort_by_key(|(name, _)| *name);
        targets
    }
}

fn borrowed<T>(table: &'static [(&'static str, (usize, usize))]) -> Vec<Entry<T>> {
    let entry = |(id, span): &(&'static str, (usize, usize))| Entry {
        id: Cow::Borrowed(*id),
        text: Cow::Borrowed(embedded::text(*span)),
        parsed: OnceLock::new(),
    };
    table.iter().map(entry).collect()
}

fn get<'k, T: serde::de::DeserializeOwned>(entries: &'k [Entry<T>], id: &str) -> Option<&'k T> {
    let at = entries.binary_search_by(|e| e.id.as_ref().cmp(id)).ok()?;
    parsed(&entries[at])
}

fn parsed<T: serde::de::DeserializeOwned>(entry: &Entry<T>) -> Option<&T> {
    entry.parsed.get_or_init(|| toml::from_str(&entry.text).ok()).as_ref()
}

/// Folds a lax name as the head of `rules/aliases.toml` says: lower case; runs of blanks, commas and underscores are
/// one blank; `version` and its short forms go where a digit follows.
pub fn fold(name: &str) -> String {
    let lower = name.to_lowercase();
    let words: Vec<&str> =
        lower.split(|c: char| c.is_whitespace() || c == ',' || c == '_').filter(|w| !w.is_empty()).collect();
    let digit = |w: &str| w.starts_with(|c: char| c.is_ascii_digit());
    let mut folded: Vec<String> = Vec::with_capacity(words.len());
    for (i, word) in words.iter().enumerate() {
        let (open, bare) = word.strip_prefix('(').map_or(("", *word), |w| ("(", w));
        let next = words.get(i + 1).copied().unwrap_or("");
        if ["version", "ver.", "ver", "v.", "v"].contains(&bare) && digit(next) {
            if !open.is_empty() {
                folded.push(open.to_string());
            }
            continue;
        }
        let short = ["version", "ver.", "ver", "v.", "v"]
            .iter()
            .find_map(|v| bare.strip_prefix(v).filter(|r| digit(r)));
        let word = format!("{open}{}", short.unwrap_or(bare));
        match folded.last_mut() {
            Some(last) if last == "(" => last.push_str(&word),
            _ => folded.push(word),
        }
    }
    folded.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expression::Expr;

    #[test]
    fn every_rule_parses_and_every_spdx_id_has_one() {
        let know = Knowledge::embedded();
        let errors: Vec<String> = know.check().iter().map(ToString::to_string).collect();
        assert!(errors.is_empty(), "{errors:#?}");
        for license in spdx::identifiers::LICENSES {
            let known = know.license(license.name);
            assert!(
                known.is_some_and(|l| !l.sources.is_empty()),
                "{} has no rule with a source",
                license.name
            );
        }
        for exception in spdx::identifiers::EXCEPTIONS {
            assert!(know.exception(exception.name).is_some(), "{} has no rule", exception.name);
        }
    }

    #[test]
    fn every_alias_leads_to_something_known() {
        let know = Knowledge::embedded();
        let targets = know.alias_targets();
        assert!(targets.len() > 300);
        for (name, alias) in targets {
            let expr = Expr::parse(&alias.to).unwrap_or_else(|| panic!("{name} leads to {}", alias.to));
            for term in expr.terms() {
                assert!(know.license(&term.id).is_some(), "{name} leads to unknown {}", term.id);
            }
        }
    }

    #[test]
    fn lax_names() {
        let know = Knowledge::embedded();
        let to = |name: &str| know.alias(name).map(|a| a.to.as_str());
        assert_eq!(to("Apache License, Version 2.0"), Some("Apache-2.0"));
        assert_eq!(to("apache 2"), Some("Apache-2.0"));
        assert_eq!(know.alias("BSD").map(|a| a.sure), Some(false));
        assert_eq!(to("no such license"), None);
    }
}
