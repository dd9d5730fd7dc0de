//! What authorities say of pairs of licenses: the Free Software Foundation, Mozilla, Creative Commons and their like.
//!
//! Compatibility is derived from terms; a statement here goes before what would be derived, and is cited with it.

use std::sync::OnceLock;

use serde::Deserialize;

use super::embedded;

/// What is said of a part in a work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stated {
    /// It may be part of it.
    Yes,
    /// It may, but the whole goes out under less than the claim.
    Narrows,
    /// It may not.
    No,
}

/// A statement of an authority.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// What is said.
    pub stated: Stated,
    /// Why, in our words.
    pub why: String,
    /// Who says so, and where.
    pub source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Authority {
    authority: String,
    sources: Vec<String>,
    pair: Vec<Pairs>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pairs {
    parts: Vec<String>,
    whole: Vec<String>,
    fit: Stated,
    why: String,
}

/// What an authority says of a part under one license in a work under another, both by id and without exceptions.
pub fn stated(part: &str, whole: &str) -> Option<Statement> {
    all().iter().find_map(|authority| {
        let names = |p: &&Pairs| p.parts.iter().any(|id| id == part) && p.whole.iter().any(|id| id == whole);
        let pair = authority.pair.iter().find(names)?;
        let source = format!("{}: {}", authority.authority, authority.sources.join("; "));
        Some(Statement { stated: pair.fit, why: pair.why.clone(), source })
    })
}

fn all() -> &'static [Authority] {
    static ALL: OnceLock<Vec<Authority>> = OnceLock::new();
    ALL.get_or_init(|| {
        embedded::COMPAT.iter().filter_map(|(_, span)| toml::from_str(embedded::text(*span)).ok()).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_statement_parses_names_known_ids_and_has_a_source() {
        assert_eq!(all().len(), embedded::COMPAT.len());
        let know = super::super::Knowledge::embedded();
        for authority in all() {
            assert!(!authority.sources.is_empty());
            for id in authority.pair.iter().flat_map(|p| p.parts.iter().chain(&p.whole)) {
                assert!(know.license(id).is_some(), "{}: {id}", authority.authority);
            }
        }
    }

    #[test]
    fn the_foundation_says_no_to_version_two() {
        let said = stated("Apache-2.0", "GPL-2.0-only").unwrap();
        assert_eq!(said.stated, Stated::No);
        assert!(said.source.starts_with("Free Software Foundation"));
        assert!(stated("MIT", "GPL-2.0-only").is_none());
    }
}
