//! What a text says of its license without being identified: who holds the copyright, whether two texts are the same,
//! and which comments of a source file speak of a license at all.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Words that stand beside the names of holders and name nobody.
const STOP: &[&str] = &[
    "the",
    "and",
    "inc",
    "llc",
    "ltd",
    "gmbh",
    "corp",
    "corporation",
    "company",
    "limited",
    "all",
    "rights",
    "right",
    "reserved",
    "contributors",
    "contributor",
    "authors",
    "author",
    "others",
    "project",
    "projects",
    "present",
    "see",
    "file",
    "files",
    "for",
    "list",
    "copyright",
    "copyrights",
    "copyrighted",
    "com",
    "org",
    "net",
    "http",
    "https",
    "www",
    "github",
    "gmail",
    "portions",
    "portion",
    "foundation",
    "software",
    "licensed",
    "under",
    "license",
    "this",
    "from",
    "with",
    "various",
    "university",
    "team",
    "group",
    "developers",
    "maintainers",
    "community",
    "spdx",
    "filecopyrighttext",
    "version",
    "its",
    "affiliates",
    "reserve",
    "holder",
    "holders",
    "owner",
    "owners",
    "name",
    "year",
    "yyyy",
    "fullname",
    "mail",
    "email",
    "jan",
    "feb",
    "mar",
    "apr",
    "may",
    "jun",
    "jul",
    "aug",
    "sep",
    "oct",
    "nov",
    "dec",
];

/// Words behind "copyright" that make a clause of a license of the line, and no notice.
const CLAUSE: &[&str] = &[
    "notice",
    "notices",
    "holder",
    "holders",
    "owner",
    "owners",
    "law",
    "laws",
    "license",
    "licenses",
    "and",
    "or",
    "statement",
    "statements",
    "grant",
    "interest",
    "interests",
    "act",
    "in",
    "is",
    "as",
    "to",
    "on",
    "permission",
    "protection",
    "treaty",
    "for",
    "of",
    "may",
    "line",
    "lines",
    "claim",
    "restrictions",
];

/// At most so many words of holders are kept of one text.
const HOLDERS_LIMIT: usize = 256;

/// Who holds what, and how the text reads, of one text or several.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Notice {
    /// One number a text, the same for texts that differ in their copyright lines only.
    pub prints: BTreeSet<u64>,
    /// Words of the holders' names.
    pub holders: BTreeSet<String>,
    /// Those of the first notice of each text: further down a text may list what others hold in the work.
    pub lead: BTreeSet<String>,
    /// Words of the holders' names of each text alone.
    pub each: Vec<BTreeSet<String>>,
}

impl Notice {
    pub(super) fn of(text: &str) -> Notice {
        let mut notice = Notice::default();
        notice.add(text);
        notice
    }

    pub(super) fn add(&mut self, text: &str) {
        let (print, holders, lead) = read(text);
        self.prints.insert(print);
        self.each.push(holders.clone());
        self.holders.extend(holders);
        self.lead.extend(lead);
    }

    /// Adds holders whom a notice beside the license texts names: some licenses have no place for them.
    pub(super) fn named(&mut self, text: &str) {
        let (_, holders, lead) = read(text);
        self.holders.extend(holders);
        self.lead.extend(lead);
    }

    /// Whether the other has texts of several people, and those of some of them are all that stand here: a project may
    /// repeat at its top the license of a work that lies in it.
    pub(super) fn is_repeated_by(&self, other: &Notice) -> bool {
        let named = |notice: &&BTreeSet<String>| !notice.is_empty();
        let of_others = other.each.iter().filter(named).any(|each| each.is_disjoint(&self.holders));
        let repeated = |own: &BTreeSet<String>| other.each.iter().any(|each| own.is_subset(each));
        of_others && !self.holders.is_empty() && self.each.iter().filter(named).all(repeated)
    }

    /// Whether some text is not among the other's.
    pub(super) fn differs(&self, other: &Notice) -> bool {
        !self.prints.is_subset(&other.prints)
    }

    /// Whether both name holders, and those of the other's first notice are not among its own.
    pub(super) fn is_others(&self, other: &Notice) -> bool {
        !self.holders.is_empty() && !other.lead.is_empty() && self.holders.is_disjoint(&other.lead)
    }
}

/// The fingerprint of a text without its copyright lines, the words of the holders' names, and those of the first notice.
fn read(text: &str) -> (u64, BTreeSet<String>, BTreeSet<String>) {
    let (mut lead, mut ended) = (BTreeSet::new(), false);
    let mut hasher = DefaultHasher::new();
    let mut names = BTreeSet::new();
    // The licenses of the Free Software Foundation are its own works, which says nothing of what they cover.
    let foundations = text.contains("Everyone is permitted to copy and distribute verbatim copies");
    for line in text.lines() {
        match holders_in(line) {
            Some(found) => {
                if !(foundations && line.contains("Free Software Foundation")) && names.len() < HOLDERS_LIMIT
                {
                    if !ended {
                        lead.extend(found.iter().cloned());
                    }
                    names.extend(found);
                }
            }
            None => {
                ended |= !lead.is_empty() && !line.trim().is_empty();
                for word in line.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty()) {
                    word.to_ascii_lowercase().hash(&mut hasher);
                }
            }
        }
    }
    (hasher.finish(), names, lead)
}

/// The words of the holders' names in a copyright line; none where it is no such line.
pub(super) fn holders_in(line: &str) -> Option<Vec<String>> {
    if line.len() > 2000 {
        return None;
    }
    let lower = line.to_ascii_lowercase();
    let word = lower.find("copyright");
    let sign = lower.find("(c)").or_else(|| lower.find('©'));
    let at = match (word, sign) {
        (Some(word), _) => word,
        (None, Some(sign)) => sign,
        (None, None) => return None,
    };
    let rest = lower.get(at..)?;
    let rest = rest.strip_prefix("copyright").unwrap_or(rest);
    let bytes = rest.as_bytes();
    let year = bytes.windows(4).enumerate().any(|(i, w)| {
        (w.starts_with(b"19") || w.starts_with(b"20"))
            && w.iter().all(u8::is_ascii_digit)
            && !bytes.get(i + 4).is_some_and(u8::is_ascii_digit)
    });
    if !year && (sign.is_none() || word.is_none()) {
        // Without a year only a line that begins so is a notice.
        let begins = lower.get(..at).is_some_and(|head| !head.contains(|c: char| c.is_ascii_alphabetic()));
        let next = rest.split(|c: char| !c.is_ascii_alphabetic()).find(|w| !w.is_empty());
        if !begins || word.is_none() || next.is_none_or(|next| CLAUSE.contains(&next)) {
            return None;
        }
    }
    let words = rest.split(|c: char| !c.is_alphanumeric()).filter(|w| {
        w.chars().count() >= 3 && !w.starts_with(|c: char| c.is_ascii_digit()) && !STOP.contains(w)
    });
    Some(words.take(24).map(str::to_string).collect())
}

/// Phrases of which one stands in nearly every statement of a license, in lower case.
const PHRASES: &[&str] = &[
    "spdx-license-identifier",
    "permission is hereby granted",
    "permission to use",
    "redistribution and use",
    "licensed under",
    "license under",
    "distributed under",
    "released under",
    "available under",
    "under the terms",
    "under the same terms",
    "public domain",
    "publicdomain",
    "disclaims copyright",
    "mit license",
    "bsd license",
    "bsd-style",
    "apache license",
    "boost software license",
    "zlib license",
    "zlib/libpng license",
    "mozilla public license",
    "general public license",
    "provided 'as-is'",
    "provided \"as is\"",
    "freely granted",
    "unlicense",
    "license: ",
    "licence: ",
];

/// Whether a text speaks of a license.
pub(super) fn states_license(text: &str) -> bool {
    let mut line = String::new();
    // Phrases may be broken over lines, with the marks of comments between.
    for word in text.split(|c: char| c.is_whitespace() || matches!(c, '*' | '/')).filter(|w| !w.is_empty()) {
        line.push_str(&word.to_lowercase());
        line.push(' ');
    }
    PHRASES.iter().any(|phrase| line.contains(phrase)) || line.contains("zlib libpng license")
}

/// The comments of a source file's head that speak of a license or of copyright; none where none states a license.
pub(super) fn license_comments(head: &str) -> Option<(u32, String)> {
    let mut kept: Vec<(u32, String)> = Vec::new();
    for (line, block) in comments(head) {
        if states_license(&block) || block.lines().any(|l| holders_in(l).is_some()) {
            kept.push((line, block));
        }
    }
    let text = kept.iter().map(|(_, block)| block.as_str()).collect::<Vec<_>>().join("\n\n");
    let first = kept.first().map_or(1, |(line, _)| *line);
    states_license(&text).then_some((first, text))
}

/// Comments of C with their first lines; line comments that follow each other are one.
pub(super) fn comments(text: &str) -> Vec<(u32, String)> {
    let mut all: Vec<(u32, String)> = Vec::new();
    let mut block: Option<(u32, String)> = None;
    let mut run = false;
    for (number, line) in (1u32..).zip(text.lines()) {
        if let Some((first, mut words)) = block.take() {
            let end = line.find("*/");
            words.push('\n');
            words.push_str(line.get(..end.unwrap_or(line.len())).unwrap_or(line));
            match end {
                Some(_) => all.push((first, words)),
                None => block = Some((first, words)),
            }
            continue;
        }
        let trimmed = line.trim_start();
        if let Some(rest) = trimmed.strip_prefix("//") {
            match all.last_mut().filter(|_| run) {
                Some((_, words)) => {
                    words.push('\n');
                    words.push_str(rest);
                }
                None => all.push((number, rest.to_string())),
            }
            run = true;
            continue;
        }
        run = false;
        if let Some(at) = line.find("/*") {
            let rest = line.get(at + 2..).unwrap_or("");
            match rest.find("*/") {
                Some(end) => all.push((number, rest.get(..end).unwrap_or(rest).to_string())),
                None => block = Some((number, rest.to_string())),
            }
        }
    }
    all.extend(block);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holders_of_copyright() {
        let words = |line: &str| holders_in(line).map(|w| w.join(" "));
        assert_eq!(words("Copyright (c) 2006-Present, Redis Ltd.").as_deref(), Some("redis"));
        assert_eq!(words(" * Copyright 2024 The Example Authors").as_deref(), Some("example"));
        assert_eq!(
            words("(c) 2019 Ann Other <ann@other.example>").as_deref(),
            Some("ann other ann other example")
        );
        assert_eq!(words("The above copyright notice and this permission notice"), None);
        assert_eq!(words("Copyright Ann Other").as_deref(), Some("ann other"));
        assert_eq!(words("Copyright notice and license"), None);
        assert_eq!(words("int f(c);"), None);
    }

    #[test]
    fn the_same_text_of_two_holders() {
        let one = Notice::of("Copyright (c) 2020 Ann Other\n\nUse it as you like.");
        let two = Notice::of("Copyright (c) 1999 Joe Else\nUse it\nas you like.");
        assert!(!one.differs(&two) && one.is_others(&two));
        let three = Notice::of("Copyright (c) 2024 Ann Other\nDo not use it.");
        assert!(three.differs(&one) && !three.is_others(&one));
    }

    #[test]
    fn a_license_repeated_at_the_top() {
        let inner = Notice::of("Copyright (c) 2019 Ann Other\nUse it.");
        let mut top = inner.clone();
        assert!(!inner.is_repeated_by(&top));
        top.add("Copyright (c) 2024 Joe Else\nUse it.");
        assert!(inner.is_repeated_by(&top));
        assert!(!Notice::of("Use it.").is_repeated_by(&top));
    }

    #[test]
    fn comments_that_speak_of_a_license() {
        let head = "/* x.h - a thing\n * Copyright (c) 2020 Ann\n * Licensed\n * under the MIT license. */\nint a; /* b */\n// no\n";
        let (line, text) = license_comments(head).unwrap();
        assert_eq!(line, 1);
        assert!(text.contains("Ann") && !text.contains(" no"));
        assert_eq!(license_comments("/* only words */ int a;"), None);
        assert_eq!(comments("// a\n// b\nint x; /* c */").len(), 2);
    }
}
