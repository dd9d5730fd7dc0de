//! Versions as text: their order, and the stretch that a range or a floating tag covers.
//!
//! One order for all ecosystems. It is right for what a boundary between two licenses needs: numbers by value, marks of
//! a pre-release below the release, marks of a patch above it, build metadata ignored.

use std::cmp::Ordering;

/// What lies between two versions.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Interval {
    /// Lowest version, and whether it belongs to it; none where there is no lower end.
    pub(super) low: Option<(String, bool)>,
    /// Highest version, and whether it belongs to it; none where there is no upper end.
    pub(super) high: Option<(String, bool)>,
}

/// A version that somebody wrote down, as far as it can be understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Pin {
    /// One version.
    Exact(String),
    /// A pseudo-version of Go: the day of the commit.
    Day(String),
    /// Several versions.
    Range(Vec<Interval>),
    /// A digest, a commit, a branch, or words in no known form.
    Opaque,
}

/// Longer texts are no versions; the limit keeps comparisons cheap on hostile input.
const LONGEST: usize = 256;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token<'a> {
    Before(u8),
    Number(&'a str),
    After,
}

/// Orders two versions.
pub(crate) fn compare(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (tokens(a), tokens(b));
    loop {
        match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (x, y) => {
                let order = weight(x).cmp(&weight(y)).then_with(|| match (x, y) {
                    (Some(Token::Number(x)), Some(Token::Number(y))) => number(x, y),
                    _ => Ordering::Equal,
                });
                if order != Ordering::Equal {
                    return order;
                }
            }
        }
    }
}

/// Whether one version is a pre-release of the other, such as `1.6.0-beta2` of `1.6.0`.
pub(super) fn is_prerelease_of(version: &str, release: &str) -> bool {
    let early = |v: &str| tokens(v).any(|t| matches!(t, Token::Before(_)));
    if !early(version) || early(release) {
        return false;
    }
    let mut target = tokens(release);
    let mut same = true;
    for token in tokens(version).take_while(|t| !matches!(t, Token::Before(_))) {
        same &= match (token, target.next()) {
            (Token::Number(x), Some(Token::Number(y))) => number(x, y) == Ordering::Equal,
            (Token::Number(x), None) => zero(x),
            (token, other) => Some(token) == other,
        };
    }
    same && target.all(|t| matches!(t, Token::Number(n) if zero(n)))
}

/// Whether a text names one version that was released for good: no pre-release, no commit, no branch.
pub(crate) fn is_release(kind: &str, text: &str) -> bool {
    let early = |v: &str| tokens(v).any(|t| matches!(t, Token::Before(_)));
    // By the rules of npm, Cargo and NuGet whatever follows a hyphen makes a pre-release.
    let semver = matches!(kind, "npm" | "cargo" | "nuget" | "golang");
    let hyphen = semver && text.split('+').next().is_some_and(|v| v.contains('-'));
    matches!(version(kind, text), Pin::Exact(_)) && !early(text) && !hyphen
}

fn zero(number: &str) -> bool {
    number.bytes().all(|b| b == b'0')
}

fn number(a: &str, b: &str) -> Ordering {
    let (a, b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

/// Where a token stands beside the end of a version, which is as good as a zero.
fn weight(token: Option<Token<'_>>) -> (u8, u8) {
    match token {
        Some(Token::Before(rank)) => (0, rank),
        None => (1, 0),
        Some(Token::Number(n)) if zero(n) => (1, 0),
        Some(Token::After) => (2, 0),
        Some(Token::Number(_)) => (3, 0),
    }
}

/// Numbers and the words that matter; a prefix without digits (`v`, `RELEASE.`) and other words are passed over.
fn tokens(version: &str) -> impl Iterator<Item = Token<'_>> {
    let version = if version.len() > LONGEST { "" } else { version };
    let version = version.split('+').next().unwrap_or("");
    let start = version.find(|c: char| c.is_ascii_digit()).unwrap_or(version.len());
    let mut rest = &version[start..];
    std::iter::from_fn(move || {
        loop {
            rest = rest.trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
            let first = rest.chars().next()?;
            let digit = first.is_ascii_digit();
            let end = rest
                .find(|c: char| c.is_ascii_digit() != digit || !c.is_ascii_alphanumeric())
                .unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            rest = after;
            if digit {
                return Some(Token::Number(word));
            }
            match word.to_ascii_lowercase().as_str() {
                "dev" | "snapshot" | "nightly" | "experimental" | "canary" => return Some(Token::Before(0)),
                "alpha" | "a" => return Some(Token::Before(1)),
                "beta" | "b" => return Some(Token::Before(2)),
                "milestone" | "m" => return Some(Token::Before(3)),
                "pre" | "preview" | "next" | "ea" => return Some(Token::Before(4)),
                "rc" | "cr" | "c" => return Some(Token::Before(5)),
                "post" | "sp" => return Some(Token::After),
                _ => {}
            }
        }
    })
}

/// Reads a version as a lockfile or a purl states it; `kind` is the purl's type.
pub(super) fn version(kind: &str, text: &str) -> Pin {
    let text = text.trim();
    if text.len() > LONGEST {
        return Pin::Opaque;
    }
    if matches!(kind, "docker" | "oci") {
        return tag(text);
    }
    if kind == "golang"
        && let Some(day) = commit_day(text)
    {
        return Pin::Day(day);
    }
    let body = text.trim_start_matches(|c: char| c.is_ascii_alphabetic() || matches!(c, '.' | '-' | '_'));
    let commit = text.len() >= 7
        && text.bytes().all(|b| b.is_ascii_hexdigit())
        && text.bytes().any(|b| b.is_ascii_alphabetic());
    if !body.starts_with(|c: char| c.is_ascii_digit()) || commit || text.len() == 40 {
        return Pin::Opaque;
    }
    Pin::Exact(text.to_string())
}

/// Reads the tag of an image. A tag with fewer than three numbers moves within them; one without numbers moves freely.
fn tag(text: &str) -> Pin {
    if text.contains(':') {
        return Pin::Opaque;
    }
    let bare = text.strip_prefix('v').unwrap_or(text);
    let numbers_end = bare.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(bare.len());
    let numbers = bare[..numbers_end].trim_matches('.');
    let parts = numbers.split('.').filter(|p| !p.is_empty()).count();
    if parts == 0 {
        // Releases that are named by their day, as MinIO does, are exact; `latest`, `alpine` and the like are not.
        let dated = text.bytes().filter(u8::is_ascii_digit).count() >= 8;
        return if dated { Pin::Exact(text.to_string()) } else { Pin::Range(vec![Interval::default()]) };
    }
    let early = tokens(bare).any(|t| matches!(t, Token::Before(_)));
    if parts >= 3 || early {
        return Pin::Exact(if early { bare.to_string() } else { numbers.to_string() });
    }
    Pin::Range(vec![prefix(numbers)])
}

/// All versions that begin with these numbers.
fn prefix(numbers: &str) -> Interval {
    Interval { low: Some((numbers.to_string(), true)), high: bump(numbers, usize::MAX).map(|h| (h, false)) }
}

/// The version in which the number at that place is one higher and what follows is gone; the last number counts where
/// there are fewer.
fn bump(version: &str, place: usize) -> Option<String> {
    let numbers: Vec<&str> =
        tokens(version).map_while(|t| if let Token::Number(n) = t { Some(n) } else { None }).collect();
    let place = place.min(numbers.len().checked_sub(1)?);
    let next = numbers[place].parse::<u64>().ok()?.checked_add(1)?;
    let mut parts: Vec<String> = numbers[..place].iter().map(ToString::to_string).collect();
    parts.push(next.to_string());
    Some(parts.join("."))
}

/// `2021-04-29` from `v1.6.2-0.20210429123456-0123456789ab`.
fn commit_day(text: &str) -> Option<String> {
    let text = text.split('+').next().unwrap_or("");
    let (rest, commit) = text.rsplit_once('-')?;
    if commit.len() != 12 || !commit.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let stamp = rest.rsplit(['-', '.']).next()?;
    if stamp.len() != 14 || !stamp.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Some(format!("{}-{}-{}", &stamp[..4], &stamp[4..6], &stamp[6..8]))
}

/// Reads a requirement; `kind` is the purl's type and decides what a bare version means.
pub(super) fn range(kind: &str, text: &str) -> Pin {
    let text = text.trim();
    if text.len() > LONGEST {
        return Pin::Opaque;
    }
    if matches!(kind, "docker" | "oci") {
        return tag(text);
    }
    if matches!(text, "" | "*" | "latest" | "x" | "any") {
        return Pin::Range(vec![Interval::default()]);
    }
    if kind == "golang" {
        return version(kind, text);
    }
    if text.contains('/') || text.contains("://") {
        return Pin::Opaque;
    }
    let mut intervals = Vec::new();
    for choice in text.split("||") {
        match interval(kind, choice.trim()) {
            Some(interval) => intervals.push(interval),
            None => return Pin::Opaque,
        }
    }
    Pin::Range(intervals)
}

fn interval(kind: &str, text: &str) -> Option<Interval> {
    if text.is_empty() || text == "*" {
        return Some(Interval::default());
    }
    if text.starts_with(['[', '(', ']']) {
        return bracketed(text);
    }
    if let Some((low, high)) = text.split_once(" - ") {
        let high = high.trim();
        let high = if dots(high) < 2 { (bump(high, usize::MAX)?, false) } else { (high.to_string(), true) };
        return Some(Interval { low: Some((low.trim().to_string(), true)), high: Some(high) });
    }
    let mut whole = Interval::default();
    for part in parts(text) {
        let one = comparator(kind, &part)?;
        narrow(&mut whole, one);
    }
    Some(whole)
}

/// Comparators, with an operator put together with the version that it is written apart from.
fn parts(text: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut open = false;
    for word in text.split([',', ' ']).filter(|w| !w.is_empty()) {
        let operator = word.chars().all(|c| "<>=~^!".contains(c));
        match parts.last_mut() {
            Some(last) if open => last.push_str(word),
            _ => parts.push(word.to_string()),
        }
        open = operator;
    }
    parts
}

fn dots(version: &str) -> usize {
    version.bytes().filter(|b| *b == b'.').count()
}

fn comparator(kind: &str, text: &str) -> Option<Interval> {
    let at = text.find(|c: char| !"<>=~^!".contains(c))?;
    let (operator, version) = text.split_at(at);
    let version = version.trim_start_matches(['v', 'V']);
    if !version.starts_with(|c: char| c.is_ascii_digit()) {
        return (version == "*" && operator.is_empty()).then(Interval::default);
    }
    let low = Some((version.to_string(), true));
    let until = |place: usize| bump(version, place).map(|h| (h, false));
    let wildcard = ["*", "x", "X", "+"].iter().find_map(|w| version.strip_suffix(w)?.strip_suffix('.'));
    if let Some(numbers) = wildcard.filter(|_| matches!(operator, "" | "=" | "==" | "^" | "~")) {
        let numbers = numbers.trim_end_matches(".x").trim_end_matches(".*");
        return Some(prefix(numbers));
    }
    Some(match operator {
        ">" => Interval { low: Some((version.to_string(), false)), high: None },
        ">=" => Interval { low, high: None },
        "<" => Interval { low: None, high: Some((version.to_string(), false)) },
        "<=" => Interval { low: None, high: Some((version.to_string(), true)) },
        "!=" => Interval::default(),
        "^" => Interval { low, high: until(caret(version)) },
        // Ruby and Python let the last number but one stand, npm and Cargo the second.
        "~>" | "~=" => Interval { low, high: until(dots(version).saturating_sub(1)) },
        "~" => Interval { low, high: until(1) },
        "=" | "==" | "===" => Interval { low: low.clone(), high: low },
        "" if kind == "cargo" => Interval { low, high: until(caret(version)) },
        "" if kind == "npm" && dots(version) < 2 => prefix(version),
        // A bare version of NuGet is a lower end; restored projects take the lowest that fits.
        "" => Interval { low: low.clone(), high: low },
        _ => return None,
    })
}

/// Place of the first number that is not zero.
fn caret(version: &str) -> usize {
    let numbers = tokens(version).map_while(|t| if let Token::Number(n) = t { Some(n) } else { None });
    let all: Vec<&str> = numbers.collect();
    all.iter().position(|n| !zero(n)).unwrap_or_else(|| all.len().saturating_sub(1))
}

fn bracketed(text: &str) -> Option<Interval> {
    // Of several stretches, as Maven allows, the outer ends count; in doubt too much is asked about.
    let open = text.chars().next()?;
    let close = text.chars().last()?;
    let inner = text.get(1..text.len().checked_sub(1)?)?;
    let inner: String = inner.chars().filter(|c| !"[]() ".contains(*c)).collect();
    if !inner.contains(',') {
        let version = (inner, true);
        return Some(Interval { low: Some(version.clone()), high: Some(version) });
    }
    let mut ends = inner.split(',');
    let (low, high) = (ends.next()?, ends.next_back()?);
    let end = |v: &str, closed: bool| (!v.is_empty()).then(|| (v.to_string(), closed));
    Some(Interval { low: end(low, open == '['), high: end(high, close == ']') })
}

fn narrow(whole: &mut Interval, part: Interval) {
    if let Some(low) = part.low
        && whole.low.as_ref().is_none_or(|w| compare(&low.0, &w.0) == Ordering::Greater)
    {
        whole.low = Some(low);
    }
    if let Some(high) = part.high
        && whole.high.as_ref().is_none_or(|w| compare(&high.0, &w.0) == Ordering::Less)
    {
        whole.high = Some(high);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_ordered() {
        for (a, b) in [
            ("1.5.7", "1.6.0"),
            ("v1.9", "1.10"),
            ("1.6.0-beta1", "1.6.0"),
            ("2.7.0-M3", "2.7.0-RC1"),
            ("1.0.dev1", "1.0a1"),
            ("1.0", "1.0.post1"),
            ("1.0.post1", "1.0.1"),
            ("RELEASE.2021-04-22T15-44-28Z", "RELEASE.2021-05-11T23-27-41Z"),
            ("2022.12.15", "2023.4"),
            ("99999999999999999998", "99999999999999999999"),
        ] {
            assert_eq!(compare(a, b), Ordering::Less, "{a} < {b}");
            assert_eq!(compare(b, a), Ordering::Greater, "{b} > {a}");
        }
        assert_eq!(compare("7.4", "7.4.0"), Ordering::Equal);
        assert_eq!(compare("v2.6.21+build5", "2.6.21"), Ordering::Equal);
        assert!(is_prerelease_of("7.4-rc1", "7.4.0"));
        assert!(!is_prerelease_of("7.3-rc1", "7.4.0"));
        assert!(!is_prerelease_of("7.4.0", "7.4.0"));
    }

    #[test]
    fn ranges_tags_and_commits() {
        let ends = |pin: Pin| match pin {
            Pin::Range(i) => {
                let end = |e: &Option<(String, bool)>| e.as_ref().map(|e| e.0.clone()).unwrap_or_default();
                (end(&i[0].low), end(&i[0].high))
            }
            other => panic!("{other:?}"),
        };
        let pair = |a: &str, b: &str| (a.to_string(), b.to_string());
        assert_eq!(ends(version("docker", "7-alpine")), pair("7", "8"));
        assert_eq!(ends(version("docker", "7.2-bookworm")), pair("7.2", "7.3"));
        assert_eq!(ends(version("docker", "latest")), pair("", ""));
        assert_eq!(version("docker", "7.2.5-alpine3.19"), Pin::Exact("7.2.5".into()));
        assert_eq!(version("docker", "sha256:00"), Pin::Opaque);
        assert_eq!(ends(range("npm", "^1.2.3")), pair("1.2.3", "2"));
        assert_eq!(ends(range("npm", "~1.2.3")), pair("1.2.3", "1.3"));
        assert_eq!(ends(range("npm", "1.x")), pair("1", "2"));
        assert_eq!(ends(range("cargo", "0.2")), pair("0.2", "0.3"));
        assert_eq!(ends(range("pypi", "~=2.2")), pair("2.2", "3"));
        assert_eq!(ends(range("pypi", ">= 1.0, <2")), pair("1.0", "2"));
        assert_eq!(ends(range("maven", "[2.6,2.8)")), pair("2.6", "2.8"));
        assert_eq!(range("npm", "github:a/b"), Pin::Opaque);
        let day = version("golang", "v1.6.2-0.20210429123456-0123456789ab");
        assert_eq!(day, Pin::Day("2021-04-29".into()));
        assert_eq!(version("github", "0123456789abcdef0123456789abcdef01234567"), Pin::Opaque);
    }

    #[test]
    fn hostile_texts_do_no_harm() {
        for text in
            ["", "é", "[", "^", "1é2", "~>", "(,)", "||", "><=", "1..2", "٣.١", "-", " - ", "^é", "[é"]
        {
            let _ = (version("npm", text), range("npm", text), tag(text), compare(text, "1.0"));
        }
        let long = "9.".repeat(100_000);
        assert_eq!(range("npm", &long), Pin::Opaque);
        assert_eq!(version("docker", &long), Pin::Opaque);
    }
}
