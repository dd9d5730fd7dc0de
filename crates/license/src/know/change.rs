//! Dated license changes: which release of a product came under which license.
//!
//! A file of `rules/changes/` lists the spans of one product's versions. What the files do not say is unknown: no
//! boundary is ever guessed.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

use licit_model::Category;
use licit_model::purl::Purl;
use serde::Deserialize;

use super::{Knowledge, RuleError, embedded};
use crate::expression::Expr;

mod version;

pub(crate) use version::{compare as version_order, is_release};

use version::{Interval, Pin, compare, is_prerelease_of};

/// What is known of one product's licenses over time.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// The product.
    pub name: String,
    /// Who says so.
    pub sources: Vec<String>,
    /// Package URLs without versions; a trailing `/*` covers everything below, a trailing `*` all names that begin so.
    pub packages: Vec<String>,
    /// Parts and relatives that do not follow the change, written the same way.
    #[serde(default)]
    pub not: Vec<String>,
    /// License that the parts in `not` have, where it is one for all.
    pub kept: Option<String>,
    /// A project that went on from the last version under the earlier license.
    pub successor: Option<String>,
    /// Its license.
    pub successor_license: Option<String>,
    /// A trap.
    pub note: Option<String>,
    /// In the order of their versions.
    #[serde(rename = "span")]
    pub spans: Vec<Span>,
    /// Whether it is what databases hold of single versions, not a record that somebody wrote of the change itself: then
    /// versions between the last known one of a span and the next span may be under either license.
    #[serde(skip)]
    pub observed: bool,
}

/// A stretch of versions under one license.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Span {
    /// First version; empty from the beginning.
    #[serde(default)]
    pub from: String,
    /// First version that no longer has the license; none where it still holds.
    pub to: Option<String>,
    /// Last release under it, where that is known.
    pub last: Option<String>,
    /// SPDX expression.
    pub license: String,
    /// Class, where the expression names a license that has no rule of its own.
    pub class: Option<Category>,
    /// Day of the change to this license.
    pub date: Option<String>,
    /// Which file or announcement says so.
    #[serde(rename = "ref")]
    pub reference: Option<String>,
    /// Conditions and doubts.
    pub note: Option<String>,
    /// Years from the release of a version until it comes under `change_license`.
    pub change_date_years: Option<u32>,
    /// License that a version gets when its time has come.
    pub change_license: Option<String>,
    /// Change dates that the license files of single versions state.
    #[serde(default)]
    pub change_dates: BTreeMap<String, String>,
    /// Days on which single versions were released.
    #[serde(default)]
    pub released: BTreeMap<String, String>,
}

/// Which license holds for a version or a range.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum At<'c> {
    /// This one.
    Exact(&'c Span),
    /// The range or floating tag reaches from one license into another, or the version is a pre-release at the border.
    Boundary {
        /// The license at the lower end.
        before: &'c Span,
        /// The license at the upper end.
        after: &'c Span,
    },
    /// The data do not say.
    Unknown,
}

/// When a version comes under its later license.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Conversion {
    /// On this day, at the latest.
    On(String),
    /// So many years after the release of the version, which is not known here.
    YearsAfterRelease(u32),
    /// On the day that the version's license file states.
    AsFileSays,
}

/// All files of the folder, found by package.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    list: Vec<Change>,
    /// Folded name to the file, and whether the file says that the package kept its license.
    exact: HashMap<String, (usize, bool)>,
    below: HashMap<String, (usize, bool)>,
    /// Beginnings of names, as `pkg:nuget/Product.*` gives them; few, so they are tried one after another.
    begins: Vec<(String, (usize, bool))>,
    /// What databases hold of packages that no file names, by the database's key.
    observed: HashMap<String, Change>,
}

/// What is known of a package whose purl needs no version: none where no change is recorded for it, or where the
/// record says that this part kept its license.
pub fn changes_for(purl: &Purl) -> Option<&'static Change> {
    Changes::embedded().of(purl)
}

impl Changes {
    /// The changes that are compiled in.
    pub fn embedded() -> &'static Changes {
        static CHANGES: OnceLock<Changes> = OnceLock::new();
        CHANGES.get_or_init(|| {
            // A test checks that every file parses; one that does not is as if it were not there.
            let files = embedded::CHANGES.iter();
            Changes::new(files.filter_map(|(_, span)| toml::from_str(embedded::text(*span)).ok()).collect())
        })
    }

    /// Makes a list ready for look-ups.
    pub fn new(list: Vec<Change>) -> Changes {
        let mut changes = Changes { list, ..Changes::default() };
        for (index, change) in changes.list.iter().enumerate() {
            let rows = change.packages.iter().map(|p| (p, false)).chain(change.not.iter().map(|p| (p, true)));
            for (pattern, kept) in rows {
                let (text, map) = match pattern.strip_suffix("/*") {
                    Some(text) => (text, &mut changes.below),
                    None => (pattern.as_str(), &mut changes.exact),
                };
                if let Some(text) = text.strip_suffix('*') {
                    changes.begins.extend(pattern_key(text).map(|key| (key, (index, kept))));
                    continue;
                }
                let Some(key) = pattern_key(text) else { continue };
                // Where two files speak of one name the one that keeps the old license must not win.
                let row = map.entry(key).or_insert((index, kept));
                if row.0 == index {
                    row.1 |= kept;
                }
            }
        }
        // The longest beginning is the most specific; where two are alike the one that keeps nothing comes first.
        changes.begins.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then_with(|| a.cmp(b)));
        changes
    }

    /// Every product, in the order of the file names.
    pub fn all(&self) -> &[Change] {
        &self.list
    }

    /// The same with what databases hold of further packages, by their key there. A file of the folder goes before it,
    /// since it was written of the change itself.
    pub fn with(&self, observed: impl IntoIterator<Item = (String, Change)>) -> Changes {
        let mut changes = self.clone();
        changes.observed.extend(observed.into_iter().map(|(key, c)| (key, Change { observed: true, ..c })));
        changes
    }

    /// What is recorded for a package.
    pub fn of(&self, purl: &Purl) -> Option<&Change> {
        let written = self.find(&key(purl));
        if written.is_some_and(|(_, kept)| kept) {
            return None;
        }
        // A Go module below another one has versions of its own, which tell nothing about those of the product.
        let own_versions =
            purl.kind == "golang" && purl.subpath.is_none() && !self.exact.contains_key(&key(purl));
        match written.filter(|_| !own_versions) {
            Some((index, _)) => Some(&self.list[index]),
            None if self.observed.is_empty() => None,
            None => self.observed.get(&crate::store::key(purl)?),
        }
    }

    /// The record that names this package as a part that kept its license.
    pub fn kept(&self, purl: &Purl) -> Option<&Change> {
        self.find(&key(purl)).filter(|(_, kept)| *kept).map(|(index, _)| &self.list[index])
    }

    /// What is recorded for a container image, named as in a Dockerfile but without tag: `redis`, `docker.io/library/redis`.
    pub fn of_image(&self, name: &str) -> Option<&Change> {
        self.find(&image_key(name)).filter(|(_, kept)| !kept).map(|(index, _)| &self.list[index])
    }

    /// The most specific row wins: the name itself, then the nearest folder above it.
    fn find(&self, key: &str) -> Option<(usize, bool)> {
        if let Some(row) = self.exact.get(key) {
            return Some(*row);
        }
        if let Some((_, row)) = self.begins.iter().find(|(start, _)| key.starts_with(start.as_str())) {
            return Some(*row);
        }
        let mut folder = key;
        // A name of many segments is hostile; nothing real has more than a dozen.
        for _ in 0..32 {
            folder = folder.rsplit_once('/')?.0;
            if let Some(row) = self.below.get(folder) {
                return Some(*row);
            }
        }
        None
    }
}

/// One spelling for all names of a thing: type and full name; images without the default registry and `library/`; Go
/// paths without the folder of a major version.
fn key(purl: &Purl) -> String {
    let mut name = purl.full_name();
    match purl.kind.as_ref() {
        "docker" | "oci" => {
            let place = purl.qualifiers.get("repository_url").map(String::as_str).unwrap_or(&name);
            let place = if purl.kind == "docker" { &name } else { place };
            return image_key(place);
        }
        "golang" => {
            if let Some(subpath) = &purl.subpath {
                name.push('/');
                name.push_str(subpath);
            }
            let segments: Vec<&str> = name.split('/').filter(|s| !is_major(s)).collect();
            return format!("golang/{}", segments.join("/").to_lowercase());
        }
        "nuget" => name.make_ascii_lowercase(),
        "maven" => {
            name.make_ascii_lowercase();
            // Artifacts for several versions of Scala carry its number; they are one thing here.
            if let Some((base, scala)) = name.rsplit_once('_')
                && scala.starts_with(|c: char| c.is_ascii_digit())
                && scala.bytes().all(|b| b.is_ascii_digit() || b == b'.')
            {
                name.truncate(base.len());
            }
        }
        _ => {}
    }
    format!("{}/{name}", purl.kind)
}

fn is_major(segment: &str) -> bool {
    let digits = segment.strip_prefix('v').unwrap_or("");
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
}

fn image_key(name: &str) -> String {
    let name = name.split_once("://").map_or(name, |(_, rest)| rest).to_lowercase();
    let name = ["docker.io/", "index.docker.io/"].iter().find_map(|h| name.strip_prefix(h)).unwrap_or(&name);
    format!("image/{}", name.strip_prefix("library/").unwrap_or(name))
}

/// The key of a row of the data. A folder such as `pkg:maven/com.example` is no purl by itself, and the beginning of a
/// Python name may end as no name does.
fn pattern_key(text: &str) -> Option<String> {
    if let Ok(purl) = Purl::parse(text) {
        return Some(key(&purl));
    }
    let (kind, name) = text.strip_prefix("pkg:")?.split_once('/')?;
    (!name.is_empty()).then(|| format!("{kind}/{}", name.replace("%40", "@").to_lowercase()))
}

impl Change {
    /// The license of a version as a lockfile, a purl or an image reference states it; `kind` is the purl's type.
    pub fn license_at(&self, kind: &str, version: &str) -> At<'_> {
        self.at(&version::version(kind, version))
    }

    /// The same where only single versions are known: one that lies between the last known under one license and the
    /// first known under the next is on the border.
    pub fn observed_at(&self, kind: &str, version: &str) -> At<'_> {
        let Pin::Exact(plain) = version::version(kind, version) else {
            return self.license_at(kind, version);
        };
        let at = self.at(&Pin::Exact(plain.clone()));
        let At::Exact(span) = at else { return at };
        let past = span.last.as_ref().is_some_and(|last| compare(&plain, last) == Ordering::Greater);
        match self.neighbours(span) {
            (_, Some(next)) if past => between([span, next].into_iter()),
            _ => at,
        }
    }

    /// The license of a requirement such as `^2.6` or of a floating tag.
    pub fn license_of_range(&self, kind: &str, requested: &str) -> At<'_> {
        self.at(&version::range(kind, requested))
    }

    fn at(&self, pin: &Pin) -> At<'_> {
        match pin {
            Pin::Exact(version) => self.exact(version),
            Pin::Day(day) => self.day(day),
            Pin::Range(intervals) => {
                let touched = self.spans.iter().filter(|s| intervals.iter().any(|i| s.meets(i)));
                match between(touched) {
                    // What reaches into versions of which nobody knows is not under one known license.
                    At::Exact(_) if intervals.iter().any(|i| self.gap_in(i)) => At::Unknown,
                    at => at,
                }
            }
            Pin::Opaque => At::Unknown,
        }
    }

    /// Whether an interval covers versions that no span covers.
    fn gap_in(&self, interval: &Interval) -> bool {
        let Some((first, last)) = self.spans.first().zip(self.spans.last()) else { return true };
        let before = !first.from.is_empty() && overlaps(interval, "", Some(&first.from));
        let after = last.to.as_deref().is_some_and(|to| overlaps(interval, to, None));
        let mut inner =
            self.spans.windows(2).filter_map(|pair| pair[0].to.as_deref().zip(Some(&pair[1].from)));
        before
            || after
            || inner
                .any(|(to, from)| compare(to, from) == Ordering::Less && overlaps(interval, to, Some(from)))
    }

    fn exact(&self, version: &str) -> At<'_> {
        // A pre-release of the first version under new terms may be under either.
        let next = self.spans.iter().position(|s| is_prerelease_of(version, &s.from));
        if let Some(at) = next {
            return between(self.spans[at.saturating_sub(1)..=at].iter());
        }
        self.spans.iter().find(|s| s.holds(version)).map_or(At::Unknown, At::Exact)
    }

    /// By the day of a commit. The change may have come at any hour of its day, so that day is on the border.
    fn day(&self, day: &str) -> At<'_> {
        if self.spans.iter().skip(1).any(|s| s.date.is_none()) {
            return At::Unknown;
        }
        let begun = |s: &&Span| s.date.as_deref().is_none_or(|d| d <= day);
        let mut spans: Vec<&Span> = self.spans.iter().filter(begun).collect();
        spans.sort_by(|a, b| a.date.cmp(&b.date));
        let Some(last) = spans.last() else { return At::Unknown };
        if last.date.as_deref() == Some(day) && spans.len() > 1 {
            return between(spans[spans.len() - 2..].iter().copied());
        }
        At::Exact(last)
    }

    /// The spans beside one, for the way back and the way ahead.
    pub fn neighbours(&self, span: &Span) -> (Option<&Span>, Option<&Span>) {
        let at = self.spans.iter().position(|s| std::ptr::eq(s, span) || s == span);
        let Some(at) = at else { return (None, None) };
        (at.checked_sub(1).map(|i| &self.spans[i]), self.spans.get(at + 1))
    }

    /// What is wrong with the record, in words.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        if self.sources.iter().all(|s| s.trim().is_empty()) {
            faults.push("no source".to_string());
        }
        if self.packages.is_empty() || self.spans.is_empty() {
            faults.push("no packages or no spans".to_string());
        }
        for pattern in self.packages.iter().chain(&self.not) {
            if pattern_key(pattern.trim_end_matches(['/', '*'])).is_none() {
                faults.push(format!("{pattern} is no package"));
            }
        }
        let know = Knowledge::embedded();
        let named =
            self.spans.iter().map(|s| (&s.license, s.class)).chain(self.kept.iter().map(|k| (k, None)));
        for (license, class) in named {
            match Expr::parse(license) {
                None => faults.push(format!("{license} is no expression")),
                Some(expr) if class.is_none() && expr.category(know) == Category::Unknown => {
                    faults.push(format!("{license} has no rule, so its class has to be said"));
                }
                Some(_) => {}
            }
        }
        for span in &self.spans {
            let bad = |d: &String| Day::parse(d).is_none();
            let days = span.date.iter().chain(span.change_dates.values()).chain(span.released.values());
            faults.extend(days.filter(|d| bad(d)).map(|d| format!("{d} is no day")));
            let later = span.change_license.iter().filter(|l| Expr::parse(l).is_none());
            faults.extend(later.map(|l| format!("{l} is no expression")));
            if span.to.as_ref().is_some_and(|to| compare(&span.from, to) != Ordering::Less) {
                faults.push(format!("the span from {} ends before it begins", span.from));
            }
        }
        for pair in self.spans.windows(2) {
            let end = pair[0].to.as_deref();
            if end.is_none_or(|end| compare(end, &pair[1].from) == Ordering::Greater) {
                faults.push(format!("the spans overlap at {}", pair[1].from));
            }
        }
        faults
    }
}

impl Span {
    fn holds(&self, version: &str) -> bool {
        compare(version, &self.from) != Ordering::Less
            && self.to.as_ref().is_none_or(|to| compare(version, to) == Ordering::Less)
    }

    fn meets(&self, interval: &Interval) -> bool {
        let beyond_last = interval.low.as_ref().zip(self.last.as_ref()).is_some_and(|((low, with), last)| {
            let order = compare(low, last);
            order == Ordering::Greater || (order == Ordering::Equal && !with)
        });
        !beyond_last && overlaps(interval, &self.from, self.to.as_deref())
    }

    /// The class of its license.
    pub fn category(&self, know: &Knowledge) -> Category {
        self.class
            .unwrap_or_else(|| Expr::parse(&self.license).map_or(Category::Unknown, |e| e.category(know)))
    }

    /// The versions, in words: `2.6.21`, `below 2.7.0`, `8.0.0 or later`.
    pub fn versions(&self) -> String {
        match (&self.last, self.from.as_str(), &self.to) {
            (Some(last), _, _) => last.clone(),
            (None, "", Some(to)) => format!("below {to}"),
            (None, from, Some(to)) => format!("{from} up to, but not, {to}"),
            (None, "", None) => "any version".to_string(),
            (None, from, None) => format!("{from} or later"),
        }
    }

    /// When a version comes under `change_license`; none where the license has no such promise.
    pub fn conversion(&self, version: &str) -> Option<Conversion> {
        self.change_license.as_ref()?;
        let version = version.trim_start_matches('v');
        let stated = self.change_dates.get(version).and_then(|d| Day::parse(d));
        let computed = self
            .released
            .get(version)
            .and_then(|d| Day::parse(d))
            .zip(self.change_date_years)
            .map(|(day, years)| day.plus_years(years));
        // The earlier of the two holds: the stated day is a promise at the latest.
        let day = match (stated, computed) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        Some(match (day, self.change_date_years) {
            (Some(day), _) => Conversion::On(day.to_string()),
            (None, Some(years)) => Conversion::YearsAfterRelease(years),
            (None, None) => Conversion::AsFileSays,
        })
    }
}

/// Whether an interval reaches into the versions from one, included, to another, excluded.
fn overlaps(interval: &Interval, from: &str, to: Option<&str>) -> bool {
    let low = interval.low.as_ref();
    let high = interval.high.as_ref();
    low.zip(to).is_none_or(|((low, _), to)| compare(low, to) == Ordering::Less)
        && high.is_none_or(|(high, with)| match compare(high, from) {
            Ordering::Greater => true,
            Ordering::Equal => *with,
            Ordering::Less => false,
        })
}

/// One license where all are the same, a border where they differ.
fn between<'c>(spans: impl Iterator<Item = &'c Span>) -> At<'c> {
    let spans: Vec<&Span> = spans.collect();
    let (Some(first), Some(last)) = (spans.first(), spans.last()) else { return At::Unknown };
    // Terms may go and come back, so the ends alone do not tell.
    match spans.iter().rev().find(|s| s.license != first.license) {
        None => At::Exact(last),
        Some(other) => {
            let after = if last.license == first.license { other } else { last };
            At::Boundary { before: first, after }
        }
    }
}

/// A day of the calendar, ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Day {
    year: u32,
    month: u32,
    day: u32,
}

impl Day {
    fn parse(text: &str) -> Option<Day> {
        let mut parts = text.split('-').map(|p| if p.len() <= 4 { p.parse::<u32>().ok() } else { None });
        let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
        let real = (1970..=9000).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
        (real && parts.next().is_none()).then_some(Day { year, month, day })
    }

    /// An anniversary that the year does not have is the first day after it.
    fn plus_years(self, years: u32) -> Day {
        let year = self.year.saturating_add(years.min(1000));
        let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        if (self.month, self.day) == (2, 29) && !leap {
            return Day { year, month: 3, day: 1 };
        }
        Day { year, ..self }
    }
}

impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// Parses every file and says what is wrong with each that cannot be used.
pub fn check_changes() -> Vec<RuleError> {
    let mut errors = Vec::new();
    for (slug, span) in embedded::CHANGES {
        let faults = match toml::from_str::<Change>(embedded::text(*span)) {
            Ok(change) => change.faults(),
            Err(error) => vec![error.to_string()],
        };
        let file = format!("changes/{slug}.toml");
        errors.extend(faults.into_iter().map(|message| RuleError { file: file.clone(), message }));
    }
    errors
}

#[cfg(test)]
mod tests;
