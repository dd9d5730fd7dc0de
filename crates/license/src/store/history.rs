//! What databases know of a package's releases, as a record of license changes.

use std::collections::{BTreeMap, BTreeSet};

use licit_model::{Category, Purl};

use super::{Database, Said, StoreError, key, together};
use crate::expression::Expr;
use crate::know::{Change, Knowledge, Span, is_release, version_order};

/// So many sources are named one by one.
const SOURCES: usize = 4;

/// What is said of one version.
#[derive(Default)]
struct Release {
    said: Vec<Said>,
    sources: BTreeSet<String>,
}

/// The record of a package whose releases do not all have licenses of one class; none where they do or where nothing is
/// known. The databases are asked together, since one of them may hold the early and another the late versions; each
/// comes with the name that evidence has for it.
///
/// Pre-releases are left out: what a trial had says little of the releases around it. Releases of whose license nothing
/// can be read are left out too, so that a field which nobody understands is no change of the license.
pub fn relicensing<'d>(
    databases: impl IntoIterator<Item = (&'d str, &'d Database)>,
    purl: &Purl,
    know: &Knowledge,
) -> Result<Option<(String, Change)>, StoreError> {
    let Some(package) = key(purl) else { return Ok(None) };
    let mut releases: BTreeMap<String, Release> = BTreeMap::new();
    for (file, database) in databases {
        for (version, said) in database.versions(&package)? {
            if !is_release(&purl.kind, &version) {
                continue;
            }
            let release = releases.entry(version).or_default();
            release.sources.extend(said.iter().map(|s| format!("{file} ({})", s.source)));
            release.said.extend(said);
        }
    }
    let mut releases: Vec<(String, Release)> = releases.into_iter().collect();
    releases.sort_by(|(a, _), (b, _)| version_order(a, b).then_with(|| a.cmp(b)));
    let mut spans: Vec<Span> = Vec::new();
    let mut classes: BTreeSet<Category> = BTreeSet::new();
    let mut sources: BTreeSet<String> = BTreeSet::new();
    for (version, release) in releases {
        let license = together(&release.said);
        let class = Expr::parse(&license).map_or(Category::Unknown, |e| e.category(know));
        if class == Category::Unknown {
            continue;
        }
        classes.insert(class);
        sources.extend(release.sources);
        match spans.last_mut() {
            Some(span) if span.license == license => span.last = Some(version),
            _ => {
                if let Some(before) = spans.last_mut() {
                    before.to = Some(version.clone());
                }
                spans.push(span(version, license));
            }
        }
    }
    if classes.len() < 2 {
        return Ok(None);
    }
    if let Some(newest) = spans.last_mut() {
        // What came out after the database was built is most likely under the newest license that is known.
        newest.last = None;
    }
    let more = sources.len().saturating_sub(SOURCES);
    let mut sources: Vec<String> = sources.into_iter().take(SOURCES).collect();
    if more > 0 {
        sources.push(format!("{more} more"));
    }
    let change = Change {
        name: purl.full_name(),
        sources,
        packages: Vec::new(),
        not: Vec::new(),
        kept: None,
        successor: None,
        successor_license: None,
        note: None,
        spans,
        observed: true,
    };
    Ok(Some((package, change)))
}

/// The newest release of a package that any of the databases knows.
pub fn newest<'d>(
    databases: impl IntoIterator<Item = (&'d str, &'d Database)>,
    purl: &Purl,
) -> Result<Option<(String, &'d str)>, StoreError> {
    let Some(package) = key(purl) else { return Ok(None) };
    let mut newest: Option<(String, &str)> = None;
    for (file, database) in databases {
        for version in database.version_names(&package)? {
            let newer = |(known, _): &(String, &str)| version_order(&version, known).is_gt();
            if is_release(&purl.kind, &version) && newest.as_ref().is_none_or(newer) {
                newest = Some((version, file));
            }
        }
    }
    Ok(newest)
}

/// Whether a version comes after another one.
pub fn is_newer(version: &str, than: &str) -> bool {
    version_order(version, than).is_gt()
}

fn span(version: String, license: String) -> Span {
    Span {
        from: version.clone(),
        to: None,
        last: Some(version),
        license,
        class: None,
        date: None,
        reference: None,
        note: None,
        change_date_years: None,
        change_license: None,
        change_dates: BTreeMap::new(),
        released: BTreeMap::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::know::At;
    use crate::store::{Builder, Origin};

    fn database(rows: &[(&str, &str)]) -> Database {
        let mut builder = Builder::default();
        for (version, license) in rows {
            let purl = Purl::npm("a", version);
            builder.add(&purl, license, Origin::DepsDev, "deps.dev", Knowledge::embedded());
        }
        Database::open(builder.finish().unwrap()).unwrap()
    }

    fn record(databases: &[Database]) -> Option<Change> {
        let named = databases.iter().map(|d| ("licit.db", d));
        relicensing(named, &Purl::npm("a", ""), Knowledge::embedded()).unwrap().map(|(_, change)| change)
    }

    #[test]
    fn several_databases_tell_one_history() {
        let old = database(&[("1.0.0", "MIT"), ("3.2.0", "MIT"), ("4.0.0-rc.1", "GPL-3.0-only")]);
        let new = database(&[("10.1.0", "BUSL-1.1"), ("4.0.0", "BUSL-1.1"), ("3.9.0", "as you like")]);
        assert_eq!(record(std::slice::from_ref(&old)), None);
        let change = record(&[new, old]).unwrap();
        let spans: Vec<String> =
            change.spans.iter().map(|s| format!("{} {} {:?}", s.from, s.license, s.last)).collect();
        assert_eq!(spans, ["1.0.0 MIT Some(\"3.2.0\")", "4.0.0 BUSL-1.1 None"]);
        assert_eq!(change.sources, ["licit.db (deps.dev)"]);
        let at = |version: &str| match change.observed_at("npm", version) {
            At::Exact(span) => span.license.clone(),
            At::Boundary { .. } => "border".to_string(),
            At::Unknown => "unknown".to_string(),
        };
        let expected = ["unknown", "MIT", "MIT", "border", "border", "BUSL-1.1", "BUSL-1.1"];
        let versions = ["0.9.0", "1.0.0", "2.0.0", "3.5.0", "4.0.0-beta.1", "4.0.0", "11.0.0"];
        assert_eq!(versions.map(at), expected);
    }

    #[test]
    fn the_newest_release_is_known() {
        let (old, new) =
            (database(&[("9.0.0", "MIT")]), database(&[("10.1.0", "MIT"), ("11.0.0-rc.1", "MIT")]));
        let found = newest([("old.db", &old), ("new.db", &new)], &Purl::npm("a", "9.0.0")).unwrap();
        assert_eq!(found, Some(("10.1.0".to_string(), "new.db")));
        assert!(is_newer("10.1.0", "9.0.0") && !is_newer("1.0", "1.0.0"));
        assert_eq!(newest([("old.db", &old)], &Purl::npm("b", "")).unwrap(), None);
    }

    #[test]
    fn a_change_within_a_class_is_none() {
        assert_eq!(record(&[database(&[("1.0.0", "MIT"), ("2.0.0", "Apache-2.0")])]), None);
        // What cannot be read is neither a change nor a border.
        assert_eq!(
            record(&[database(&[("1.0.0", "MIT"), ("2.0.0", "my own terms"), ("3.0.0", "MIT")])]),
            None
        );
    }
}
