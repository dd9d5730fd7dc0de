//! How the licenses of a scan are known: by the rung of the ladder that settled each, and why the rest are not.

use std::collections::BTreeMap;

use licit_model::scan::Unlicensed;
use licit_model::{Evidence, Graph, Licenses, Method, Scan};
use serde::Serialize;

/// Third parties' components, counted by how their license is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Coverage<'a> {
    /// Components that are not the project's own.
    components: usize,
    /// Those of them whose license is known.
    licensed: usize,
    /// By rung of the ladder: components whose license it settled. A component counts once.
    rungs: BTreeMap<String, usize>,
    /// The components whose license is not known, and on which step each failed.
    unknown: &'a [Unlicensed],
}

/// The rungs from the first that is asked to the last; one that another version adds comes behind them.
const ORDER: [&str; 7] =
    ["lockfile", "manifest", "installed-manifest", "license-file", "rules", "database", "online"];

impl<'a> Coverage<'a> {
    /// Counts a scan.
    pub fn of(scan: &'a Scan) -> Self {
        Coverage { unknown: &scan.unlicensed, ..Coverage::so_far(&scan.graph) }
    }

    /// Counts a graph whose licenses are concluded, before anybody asks why some are not known.
    pub fn so_far(graph: &Graph) -> Self {
        let mut rungs: BTreeMap<String, usize> = ORDER.iter().map(|r| ((*r).to_string(), 0)).collect();
        let third = graph.components.iter().filter(|c| !c.first_party);
        let components = third.clone().count();
        let mut licensed = 0;
        for method in third.filter_map(|c| settled_by(&c.licenses)) {
            licensed += 1;
            *rungs.entry(word(method)).or_default() += 1;
        }
        Coverage { components, licensed, rungs, unknown: &[] }
    }

    /// Components that are counted.
    pub fn components(&self) -> usize {
        self.components
    }

    /// Rungs that settled a license, in the order in which they are asked, with their counts.
    pub fn rungs(&self) -> Vec<(&str, usize)> {
        let place = |rung: &str| ORDER.iter().position(|r| *r == rung).unwrap_or(ORDER.len());
        let mut rungs: Vec<(&str, usize)> =
            self.rungs.iter().filter(|(_, n)| **n > 0).map(|(rung, n)| (rung.as_str(), *n)).collect();
        rungs.sort_by_key(|(rung, _)| place(rung));
        rungs
    }

    /// In one line, for a progress display.
    pub fn line(&self) -> String {
        let rungs: Vec<String> = self.rungs().iter().map(|(rung, n)| format!("{rung} {n}")).collect();
        let by = if rungs.is_empty() { String::new() } else { format!(" ({})", rungs.join(", ")) };
        format!("{} of {} licenses known{by}", self.licensed, self.components)
    }
}

/// The rung that settled the license: that of the highest field where the declared license is the conclusion, else the
/// texts. None where nothing is concluded.
fn settled_by(licenses: &Licenses) -> Option<Method> {
    let concluded = licenses.concluded.as_ref()?;
    let read = |e: &&Evidence| e.expression.is_some();
    let fields =
        || licenses.evidence.iter().filter(read).map(|e| e.method).filter(|m| *m != Method::LicenseFile);
    if licenses.declared.as_ref() == Some(concluded) {
        return fields().min().or(Some(Method::LicenseFile));
    }
    Some(Method::LicenseFile)
}

/// The word of the document, so that a rung needs to be named in one place only.
fn word(method: Method) -> String {
    let value = serde_json::to_value(method).ok();
    value.and_then(|v| v.as_str().map(str::to_string)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use licit_model::Location;

    fn evidence(method: Method, expression: Option<&str>) -> Evidence {
        Evidence {
            method,
            location: Location::new("x", None),
            raw: String::new(),
            expression: expression.map(str::to_string),
            sure: true,
            note: None,
            review: None,
        }
    }

    #[test]
    fn the_rung_that_settles_a_license_is_counted() {
        let mut licenses = Licenses {
            declared: Some("MIT".to_string()),
            detected: Some("ISC".to_string()),
            concluded: Some("MIT".to_string()),
            evidence: vec![
                evidence(Method::Lockfile, None),
                evidence(Method::InstalledManifest, Some("MIT")),
                evidence(Method::LicenseFile, Some("ISC")),
            ],
            ..Licenses::default()
        };
        assert_eq!(settled_by(&licenses), Some(Method::InstalledManifest));
        licenses.concluded = Some("ISC".to_string());
        assert_eq!(settled_by(&licenses), Some(Method::LicenseFile));
        licenses.concluded = None;
        assert_eq!(settled_by(&licenses), None);
    }

    #[test]
    fn the_words_of_the_rungs_are_those_of_the_document() {
        for method in [
            Method::Lockfile,
            Method::Manifest,
            Method::InstalledManifest,
            Method::LicenseFile,
            Method::Rules,
        ] {
            assert!(ORDER.contains(&word(method).as_str()), "{method:?}");
        }
    }
}
