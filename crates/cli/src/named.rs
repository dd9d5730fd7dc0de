//! Licenses of an installed system's packages: names with the texts that the same file explains them by.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use licit_inventory::installed::Named;
use licit_license::identify::Identified;
use licit_license::{Knowledge, Statement, debian};
use licit_model::Method;
use rayon::prelude::*;

use crate::remembered::Remembered;

/// Adds what each file says to the statements of its component. Every text is identified once, as most of them stand in
/// many packages.
pub(crate) fn read(
    named: &[Named],
    statements: &mut [Vec<Statement>],
    know: &Knowledge,
    remembered: &Remembered,
) {
    let distinct: HashSet<&str> =
        named.iter().flat_map(|n| &n.texts).map(|(_, text)| text.as_str()).collect();
    let distinct: Vec<&str> = distinct.into_iter().collect();
    let identified: HashMap<&str, Arc<Identified>> =
        distinct.par_iter().map(|text| (*text, remembered.identify(text))).collect();
    let with_fields: HashSet<usize> =
        named.iter().filter(|n| !n.names.is_empty()).map(|n| n.component).collect();
    let read: Vec<(usize, Statement)> = named
        .par_iter()
        .map(|one| {
            let known = |text: &str| identified.get(text).cloned().unwrap_or_default();
            let texts: Vec<(String, Arc<Identified>)> =
                one.texts.iter().map(|(name, text)| (name.clone(), known(text))).collect();
            // A file that is written for people has one text and no names.
            let prose = texts.first().filter(|_| one.names.is_empty() && one.location.line.is_none());
            let reading = match prose {
                Some((_, text)) => {
                    let words = one.texts.first().map_or("", |(_, words)| words);
                    debian::read_prose(words, text, &one.references, know)
                }
                None => debian::read(&one.names, &texts, know),
            };
            let method = if prose.is_some() && !with_fields.contains(&one.component) {
                Method::LicenseFile
            } else {
                Method::InstalledManifest
            };
            let raw = if one.names.is_empty() {
                let begin = one.texts.first().map(|(_, text)| text.split_whitespace().take(8));
                begin.map(|words| words.collect::<Vec<_>>().join(" ")).unwrap_or_default()
            } else {
                one.names.clone()
            };
            (one.component, Statement::Part { method, location: one.location.clone(), raw, reading })
        })
        .collect();
    for (component, statement) in read {
        if let Some(said) = statements.get_mut(component) {
            said.push(statement);
        }
    }
}
