//! How a license is said in CycloneDX 1.6: by id, by name, or as the one expression.
//!
//! An id must stand in the list that the schema was published with, and an expression must be the only entry of its
//! array. Everything else is a name.

use licit_model::{Licenses, Method};
use spdx::{Expression, ParseMode};

use super::schema::{Acknowledgement, License, LicenseChoice};

/// Ids that the `spdx` crate knows and the schema's snapshot (SPDX 3.28) does not: added in 3.29, or words that the
/// crate keeps beside the list. Readers that check ids refuse these, so they are written as names.
const NOT_IN_SNAPSHOT: [&str; 22] = [
    "BSD-2-Clause-pos-unchanged",
    "BSD-3-Clause-OpenWebUI",
    "BSD-Source-Code-no-disclaimer",
    "BSD-Source-alt-GPL",
    "BSD-ask-to-endorse",
    "Brian-Gladman-3-Clause-no-conversion",
    "Bugroff",
    "CC-BY-NC-3.0-IGO",
    "FDK-MPEG-H",
    "GFDL-1.1-invariants",
    "GFDL-1.1-no-invariants",
    "GFDL-1.2-invariants",
    "GFDL-1.2-no-invariants",
    "GFDL-1.3-invariants",
    "GFDL-1.3-no-invariants",
    "Google-Patent-WebM",
    "Hippocratic-3.0-core",
    "Informatica",
    "MVT-1.1",
    "NOASSERTION",
    "Spelling-Provider-LGPL-exception",
    "atc-game",
];

/// What stands for a license of which nothing is known: said, because silence would read as "not looked at".
const UNKNOWN: &str = "NOASSERTION";

/// Names are for people; a whole license text in a metadata field is cut.
const LONGEST_NAME: usize = 200;

/// Deprecated ids and the `+` of old GPL ids are in the schema's list and in real metadata.
const MODE: ParseMode = ParseMode {
    allow_slash_as_or_operator: false,
    allow_imprecise_license_names: false,
    allow_postfix_plus_on_gpl: true,
    allow_deprecated: true,
    allow_unknown: false,
};

/// A license text from the scan, sorted into the three ways of saying it.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Said {
    Id(String),
    Name(String),
    Expression(String),
}

impl Said {
    fn read(text: &str) -> Said {
        let Some(words) = words(text) else { return Said::Name(name(text)) };
        let mut terms = words.iter().filter(|word| !matches!(word.as_str(), "(" | ")"));
        match (terms.next(), terms.next()) {
            (Some(only), None) => {
                // `license_id` overlooks a `+`, which the list does not.
                let listed = spdx::license_id(only).is_some_and(|id| id.name == only);
                if listed { Said::Id(only.clone()) } else { Said::Expression(only.clone()) }
            }
            _ => Said::Expression(join(&words)),
        }
    }

    fn entry(self, acknowledgement: Option<Acknowledgement>) -> LicenseChoice {
        match self {
            Said::Id(id) => {
                LicenseChoice::License { license: License { id: Some(id), name: None, acknowledgement } }
            }
            Said::Name(name) => {
                LicenseChoice::License { license: License { id: None, name: Some(name), acknowledgement } }
            }
            Said::Expression(expression) => LicenseChoice::Expression { expression, acknowledgement },
        }
    }
}

/// The array `licenses` of a component. What was concluded comes first in weight: where only one entry is allowed,
/// it is that one.
pub(super) fn licenses(licenses: &Licenses) -> Vec<LicenseChoice> {
    let declared = licenses.declared.as_deref().map(Said::read);
    let concluded = licenses.concluded.as_deref().map(Said::read);
    let (declared, concluded) = match (declared, concluded) {
        (None, None) => return unmapped(licenses),
        (Some(declared), None) => return vec![declared.entry(Some(Acknowledgement::Declared))],
        (None, Some(concluded)) => return vec![concluded.entry(Some(Acknowledgement::Concluded))],
        (Some(declared), Some(concluded)) => (declared, concluded),
    };
    let expression = |said: &Said| matches!(said, Said::Expression(_));
    if declared == concluded || expression(&declared) || expression(&concluded) {
        return vec![concluded.entry(Some(Acknowledgement::Concluded))];
    }
    vec![declared.entry(Some(Acknowledgement::Declared)), concluded.entry(Some(Acknowledgement::Concluded))]
}

/// The array `evidence.licenses`: what was read from license texts.
pub(super) fn detected(licenses: &Licenses) -> Vec<LicenseChoice> {
    licenses.detected.as_deref().map(|text| vec![Said::read(text).entry(None)]).unwrap_or_default()
}

/// What the metadata says where nothing could be read as SPDX.
fn unmapped(licenses: &Licenses) -> Vec<LicenseChoice> {
    let mut names: Vec<String> = licenses
        .evidence
        .iter()
        // An excerpt from a license text is no name.
        .filter(|evidence| evidence.method != Method::LicenseFile && !evidence.raw.trim().is_empty())
        .map(|evidence| name(&evidence.raw))
        .collect();
    names.sort_unstable();
    names.dedup();
    if names.is_empty() {
        return vec![Said::Name(UNKNOWN.to_string()).entry(None)];
    }
    names.into_iter().map(|name| Said::Name(name).entry(Some(Acknowledgement::Declared))).collect()
}

/// The words of an expression with its operators in capitals; none where it is no expression that readers know.
fn words(text: &str) -> Option<Vec<String>> {
    let parsed = Expression::parse_mode(text, MODE).ok()?;
    let known = parsed.requirements().all(|r| {
        let id = r.req.license.id().map(|id| id.name);
        let addition = r.req.addition.as_ref().and_then(|addition| addition.id()).map(|id| id.name);
        [id, addition].into_iter().flatten().all(|name| NOT_IN_SNAPSHOT.binary_search(&name).is_err())
    });
    if !known {
        return None;
    }
    let spaced = text.replace('(', " ( ").replace(')', " ) ");
    let operator = |word: &str| ["AND", "OR", "WITH"].into_iter().find(|o| o.eq_ignore_ascii_case(word));
    Some(spaced.split_whitespace().map(|word| operator(word).unwrap_or(word).to_string()).collect())
}

/// Words with single blanks between them and none inside parentheses.
fn join(words: &[String]) -> String {
    let mut out = String::new();
    for word in words {
        if !out.is_empty() && word != ")" && !out.ends_with('(') {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// A text as a name: one line, not too long, never empty.
fn name(text: &str) -> String {
    let mut words = text.split_whitespace();
    let mut out = words.next().unwrap_or(UNKNOWN).to_string();
    for word in words {
        out.push(' ');
        out.push_str(word);
    }
    match out.char_indices().nth(LONGEST_NAME) {
        Some((end, _)) => format!("{}…", &out[..end]),
        None => out,
    }
}

#[cfg(test)]
mod tests {
    use licit_model::{Evidence, Location};
    use serde_json::{Value, json};

    use super::*;

    fn of(declared: Option<&str>, concluded: Option<&str>) -> Value {
        let own = |text: Option<&str>| text.map(str::to_string);
        let value = Licenses { declared: own(declared), concluded: own(concluded), ..Licenses::default() };
        serde_json::to_value(licenses(&value)).unwrap()
    }

    #[test]
    fn the_list_of_differences_fits_the_crate() {
        assert!(NOT_IN_SNAPSHOT.is_sorted());
        // With a newer list, compare it with the enum in the schema's `spdx.schema.json` and mend the constant.
        assert_eq!(spdx::license_version(), "3.29.0");
        for id in NOT_IN_SNAPSHOT {
            assert!(spdx::license_id(id).is_some() || spdx::exception_id(id).is_some(), "{id}");
        }
    }

    #[test]
    fn ids_names_and_expressions() {
        let check = |text: &str, said: Said| assert_eq!(Said::read(text), said, "{text}");
        let id = |text: &str| Said::Id(text.into());
        let name = |text: &str| Said::Name(text.into());
        let expression = |text: &str| Said::Expression(text.into());
        check("MIT", id("MIT"));
        check(" (MIT) ", id("MIT"));
        check("GPL-2.0", id("GPL-2.0"));
        check("GPL-2.0-or-later", id("GPL-2.0-or-later"));
        check("Apache-2.0+", expression("Apache-2.0+"));
        check("LicenseRef-Acme-1.0", expression("LicenseRef-Acme-1.0"));
        check("MIT or Apache-2.0", expression("MIT OR Apache-2.0"));
        check("( MIT OR Apache-2.0 ) AND ISC", expression("(MIT OR Apache-2.0) AND ISC"));
        check(
            "GPL-2.0-only with Classpath-exception-2.0",
            expression("GPL-2.0-only WITH Classpath-exception-2.0"),
        );
        check("MIT/Apache-2.0", name("MIT/Apache-2.0"));
        check("mit", name("mit"));
        check("Bugroff", name("Bugroff"));
        check("MIT OR Bugroff", name("MIT OR Bugroff"));
        check(
            "LGPL-2.1-only WITH Spelling-Provider-LGPL-exception",
            name("LGPL-2.1-only WITH Spelling-Provider-LGPL-exception"),
        );
        check("SEE LICENSE IN\n  EULA.txt", name("SEE LICENSE IN EULA.txt"));
        check("", name(UNKNOWN));
        check(&"é ".repeat(300), name(&format!("{}…", "é ".repeat(100))));
    }

    #[test]
    fn one_expression_or_a_list_of_licenses() {
        assert_eq!(
            of(Some("MIT"), Some("MIT")),
            json!([{"license": {"id": "MIT", "acknowledgement": "concluded"}}])
        );
        assert_eq!(of(Some("MIT"), None), json!([{"license": {"id": "MIT", "acknowledgement": "declared"}}]));
        assert_eq!(
            of(Some("MIT"), Some("ISC")),
            json!([
                {"license": {"id": "MIT", "acknowledgement": "declared"}},
                {"license": {"id": "ISC", "acknowledgement": "concluded"}},
            ])
        );
        assert_eq!(
            of(Some("MIT"), Some("MIT AND ISC")),
            json!([{"expression": "MIT AND ISC", "acknowledgement": "concluded"}])
        );
        assert_eq!(of(None, None), json!([{"license": {"name": "NOASSERTION"}}]));
    }

    #[test]
    fn raw_words_become_names_but_excerpts_do_not() {
        let evidence = |method, raw: &str| Evidence {
            method,
            location: Location::new("package.json", Some(4)),
            raw: raw.into(),
            sure: true,
            expression: None,
            note: None,
            review: None,
        };
        let mut value = Licenses {
            evidence: vec![
                evidence(Method::Manifest, "Custom license of Acme"),
                evidence(Method::Lockfile, "Custom  license of Acme"),
                evidence(Method::LicenseFile, "Permission is hereby sold"),
            ],
            ..Licenses::default()
        };
        assert_eq!(
            serde_json::to_value(licenses(&value)).unwrap(),
            json!([{"license": {"name": "Custom license of Acme", "acknowledgement": "declared"}}])
        );
        value.evidence.remove(0);
        value.evidence.remove(0);
        assert_eq!(licenses(&value).len(), 1);
        assert_eq!(
            serde_json::to_value(licenses(&value)).unwrap(),
            json!([{"license": {"name": "NOASSERTION"}}])
        );
    }
}
