//! Banners in bundled and minified JavaScript and style sheets: `/*! name v1.2.3 | license */`, and the files in which
//! bundlers collect them.
//!
//! A banner states the name that a library calls itself by, not one at a registry, so the package is a generic one.

use licit_model::found::RawLicenseKind;
use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Purl, RawLicense};

use super::npm::assembly::Assembly;
use super::{Extractor, File};

/// Reads `*.min.js`, `*.min.css` and `*.LICENSE.txt`.
pub struct BundleBanner;

/// A banner is short; a comment that is longer is a text, of which the beginning says what it is.
const BANNER: usize = 4096;
/// Banners of one file.
const MOST: usize = 2000;

impl Extractor for BundleBanner {
    fn name(&self) -> &'static str {
        "bundle-banner"
    }

    fn files(&self) -> &'static [&'static str] {
        &["*.min.js", "*.min.mjs", "*.min.css", "*.js.LICENSE.txt", "*.css.LICENSE.txt"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let bytes = file.bytes();
        let mut assembly = Assembly::new(found);
        let mut at = 0;
        let mut count = 0;
        while let Some(start) = next(bytes, at, b"/*") {
            let inside = bytes.get(start + 2..).unwrap_or(&[]);
            let Some(length) = next(inside, 0, b"*/") else {
                if count == 0 && start < 8 {
                    assembly
                        .found
                        .odd(Some(file.line(start)), "the banner is not closed; the file may be cut off");
                }
                break;
            };
            at = start + 2 + length + 2;
            let head = inside.get(..length.min(BANNER)).unwrap_or(&[]);
            let first = count == 0 && start < 64;
            let kept = head.starts_with(b"!")
                || next(head, 0, b"@license").is_some()
                || next(head, 0, b"@preserve").is_some();
            count += 1;
            if count > 50_000 || assembly.found.packages.len() >= MOST {
                break;
            }
            if !(kept || first) {
                continue;
            }
            let text = String::from_utf8_lossy(head);
            if let Some(banner) = read(&text) {
                let line = Some(file.line(start));
                let mut package =
                    FoundPackage::new(Purl::named("generic", &banner.name, &banner.version), line);
                let kind = RawLicenseKind::Expression;
                package.licenses.extend(banner.license.map(|text| RawLicense { text, kind, line }));
                assembly.third_party(package);
            }
        }
        if !found.packages.is_empty() {
            let why = "banners name what was bundled where its authors left one, and not who asks for whom";
            found.lock(Ecosystem::Generic, GraphDepth::Flat, why);
        }
    }
}

/// Where a mark stands at or behind a place.
fn next(bytes: &[u8], from: usize, mark: &[u8]) -> Option<usize> {
    let rest = bytes.get(from..)?;
    rest.windows(mark.len()).position(|w| w == mark).map(|at| from + at)
}

struct Banner {
    name: String,
    version: String,
    license: Option<String>,
}

/// The first line with a name and a version on it, and a license stated anywhere.
fn read(text: &str) -> Option<Banner> {
    let lines = || {
        text.lines()
            .map(|l| l.trim().trim_start_matches(['!', '*', ' ', '@']).trim())
            .filter(|l| !l.is_empty())
    };
    let (name, version) = lines().take(4).find_map(named).or_else(|| labelled(lines()))?;
    let license = lines().take(40).flat_map(|l| l.split('|')).find_map(license);
    Some(Banner { name, version, license })
}

/// A name alone on the first line, and below it a line `version: 1.2.3`.
fn labelled<'a>(mut lines: impl Iterator<Item = &'a str>) -> Option<(String, String)> {
    let name = lines.next()?.trim_start_matches("/*").trim_start_matches(['!', '*', ' ']).trim();
    let good = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.len() <= 60
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
    let version = lines.take(6).find_map(|line| {
        let (key, value) = line.split_once(':')?;
        let version =
            value.split_whitespace().next().filter(|_| key.trim().eq_ignore_ascii_case("version"))?;
        version_of(version)
    })?;
    good.then(|| (name.to_lowercase(), version))
}

/// `name v1.2.3`, `name - v1.2.3`, `name 1.2.3`, `name@1.2.3`, `name (v1.2.3)`, `@license name v1.2.3`.
fn named(line: &str) -> Option<(String, String)> {
    let line = line.split(" | ").next().unwrap_or(line);
    let line = ["license ", "preserve ", "overview ", "file "]
        .iter()
        .find_map(|w| line.strip_prefix(w))
        .unwrap_or(line);
    let mut words: Vec<&str> = Vec::new();
    for word in line.split_whitespace().take(8) {
        // `name@1.2.3` in one word.
        if let Some((name, version)) =
            word.rsplit_once('@').filter(|(n, _)| !n.is_empty() && words.is_empty())
            && let Some(version) = version_of(version)
        {
            return Some((name.trim_start_matches('@').to_lowercase(), version));
        }
        if let Some(version) = version_of(word) {
            let named: Vec<&str> = words
                .iter()
                .copied()
                .filter(|w| {
                    !matches!(
                        w.to_ascii_lowercase().trim_end_matches(|c: char| c == ':' && w.len() > 1),
                        "-" | "–" | "version" | "v" | "ver." | ":" | "release"
                    )
                })
                .collect();
            let name = named.join("-").trim_end_matches([':', ',', '-']).to_lowercase();
            let good = name.starts_with(|c: char| c.is_ascii_alphanumeric())
                && name.len() <= 60
                && named.len() <= 4
                && name.chars().all(|c| c.is_ascii_alphanumeric() || "._-+/@".contains(c));
            // A sentence or a year of copyright is no name.
            let sentence = named.iter().any(|w| {
                matches!(
                    w.to_ascii_lowercase().as_str(),
                    "copyright"
                        | "(c)"
                        | "by"
                        | "of"
                        | "the"
                        | "from"
                        | "license"
                        | "licensed"
                        | "under"
                        | "since"
                )
            });
            return (good && !sentence).then_some((name.replace('/', "-"), version));
        }
        words.push(word);
    }
    None
}

/// A version with two dots at least, or with one behind a `v`.
fn version_of(word: &str) -> Option<String> {
    let word = word.trim_matches(['(', ')', ',', ';', ':', '.']);
    let bare = word.strip_prefix(['v', 'V']).unwrap_or(word);
    let numbers = bare.split(['-', '+']).next().unwrap_or(bare);
    let parts = numbers.split('.').count();
    let good =
        numbers.split('.').all(|p| !p.is_empty() && p.len() < 8 && p.bytes().all(|b| b.is_ascii_digit()));
    let plain = bare.len() < 40 && bare.chars().all(|c| c.is_ascii_alphanumeric() || ".-+".contains(c));
    (good && plain && (parts >= 3 || (parts == 2 && bare.len() < word.len()))).then(|| bare.to_string())
}

/// What a part of a banner says of the license: `MIT License`, `Released under the MIT license`, `@license MIT`.
fn license(part: &str) -> Option<String> {
    let part = part.trim();
    let lower = part.to_ascii_lowercase();
    let behind = |mark: &str| Some(lower.find(mark)? + mark.len());
    let under = ["under the ", "under "]
        .iter()
        .find_map(|mark| behind(mark))
        .filter(|_| lower.contains("licen") || lower.contains("released"));
    let named = ["license: ", "licence: ", "license - "].iter().find_map(|mark| behind(mark));
    // A tag, or a part of the banner that is nothing but the name of a license.
    let tag = lower.strip_prefix("license ").map(|_| "license ".len());
    let alone = lower.ends_with("license") || lower.ends_with("licence") || lower.ends_with("licensed");
    let from = under.or(named).or(tag).or(alone.then_some(0))?;
    let words = part.get(from..)?;
    let end =
        [" (", ",", ";", " found in", " which", ". ", " - "].iter().filter_map(|mark| words.find(mark)).min();
    let words = words.get(..end.unwrap_or(words.len()))?.trim().trim_end_matches('.');
    // A page to look at, or a name with a version, is no name of a license.
    let address = words.contains("://")
        || words.contains(".com/")
        || words.contains(".org/")
        || words.starts_with("see ");
    let library = words.split_whitespace().any(|w| version_of(w).is_some());
    let good = !address && !library && words.starts_with(|c: char| c.is_ascii_alphanumeric());
    (good && words.split_whitespace().count() <= 10).then(|| words.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn banners() {
        for (text, want) in [
            (
                "! jQuery v3.6.0 | (c) OpenJS Foundation and other contributors | jquery.org/license ",
                Some(("jquery", "3.6.0", None)),
            ),
            (
                "!\n  * Bootstrap v4.5.2 (https://getbootstrap.com/)\n  * Licensed under MIT (https://x/LICENSE)\n  ",
                Some(("bootstrap", "4.5.2", Some("MIT"))),
            ),
            (
                "!\n * Vue.js v2.6.12\n * (c) 2014-2020 Evan You\n * Released under the MIT License.\n ",
                Some(("vue.js", "2.6.12", Some("MIT License"))),
            ),
            (
                "! @license DOMPurify 2.3.1 | (c) Cure53 | Released under the Apache license 2.0 ",
                Some(("dompurify", "2.3.1", Some("Apache license 2.0"))),
            ),
            ("! lodash-es@4.17.21 ", Some(("lodash-es", "4.17.21", None))),
            (
                "\n * acme.tips\n * \n * description: tips\n * version: 0.7.1\n * released under MIT License, 2012\n",
                Some(("acme.tips", "0.7.1", Some("MIT License"))),
            ),
            (" version: 0.7.1 ", None),
            ("! Copyright 2010 by 1.2.3 ", None),
            ("! For license information please see x.js.LICENSE.txt ", None),
        ] {
            let got = read(text).map(|b| (b.name, b.version, b.license));
            let want = want.map(|(n, v, l)| (n.to_string(), v.to_string(), l.map(str::to_string)));
            assert_eq!(got, want, "{text}");
        }
    }
}
