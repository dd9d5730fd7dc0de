//! Names of licenses in Debian's `copyright` files: short names, `or` and `and`, exceptions, and the texts that a file
//! gives for the names that it uses.
//!
//! Nothing is left out of a conjunction: a name that neither means anything nor has a text that is known becomes a
//! `LicenseRef`, so that what is known of the other parts is never taken for the whole.

use std::sync::Arc;

use licit_model::Category;

use crate::conclude::Reading;
use crate::expression::{Expr, Term};
use crate::identify::index::Kind;
use crate::identify::{Found, Identified};
use crate::know::Knowledge;

/// Brackets in each other; no file has more than one or two.
const DEPTH: usize = 16;

/// Words of one field; longer ones are texts.
const WORDS: usize = 512;

/// What the id of a license begins with that is known by nothing but its name.
const UNKNOWN: &str = "LicenseRef-debian-";

/// The texts that a file gives for names: the name in lower case, and what the text was identified as.
pub type Texts = [(String, Arc<Identified>)];

/// Reads the names of one `License` field. `texts` explain names; the one without a name is the field's own.
pub fn read(names: &str, texts: &Texts, know: &Knowledge) -> Reading {
    let mut reader = Reader { words: words(names), at: 0, texts, know, sure: true, notes: Vec::new() };
    let whole = (reader.words.len() <= WORDS).then(|| reader.list(0)).flatten();
    let (expr, sure, notes) = match whole.filter(|_| reader.at == reader.words.len()) {
        Some(expr) => (expr, reader.sure, reader.notes),
        // The field holds a text, or a sentence, instead of names.
        None => {
            let (expr, note) = by_text("", texts).unwrap_or_else(|| unknown(names));
            (expr, false, vec![note])
        }
    };
    Reading { expr: Some(expr), sure, note: (!notes.is_empty()).then(|| notes.join("; ")) }
}

/// Reads a list in which both operators stand, as distributions other than Debian write it too; none where a name in it
/// is not known. Without brackets people do not agree on what binds tighter, so that is not definite.
pub fn read_mixed(names: &str, know: &Knowledge) -> Option<Reading> {
    let mut reader = Reader { words: words(names), at: 0, texts: &[], know, sure: true, notes: Vec::new() };
    if reader.words.len() > WORDS {
        return None;
    }
    let expr = reader.list(0).filter(|_| reader.at == reader.words.len())?;
    if expr.terms().iter().any(|term| term.id.starts_with(UNKNOWN)) {
        return None;
    }
    let sure = reader.sure && names.contains('(');
    Some(Reading { note: Some(format!("a list, read as {expr}")), expr: Some(expr), sure })
}

/// Reads names with nothing but blanks between them, as older packages of Alpine have it; none where a word is not the
/// whole name of a license. A list that does not say that one may choose applies as a whole.
pub fn read_listed(names: &str, know: &Knowledge) -> Option<Reading> {
    let words: Vec<&str> = names.split_whitespace().take(33).collect();
    if !(2..=32).contains(&words.len()) {
        return None;
    }
    let mut sure = true;
    let one = |word: &&str| {
        short_name(word, know).map(|(expr, _)| expr).or_else(|| {
            sure = false;
            Expr::parse(&know.alias(word)?.to)
        })
    };
    let expr = Expr::all(words.iter().map(one).collect::<Option<Vec<Expr>>>()?);
    let note = format!("a list without operators, read as applying together: {expr}");
    Some(Reading { expr: Some(expr), sure, note: Some(note) })
}

/// Reads a file that is not written for machines: what its text was identified as, and the files below
/// `common-licenses` that it refers to, as far as the text does not name that family already. None where neither says
/// enough.
pub fn read_prose(text: &str, identified: &Identified, references: &[String], know: &Knowledge) -> Reading {
    // A permissive license that is only named, in prose that nobody knows, may be that of something else, unless the
    // words around the name put the package under it.
    let states = |f: &Found| matches!(f.kind, Kind::Text | Kind::Notice | Kind::Tag);
    let only_named = !identified.found.iter().any(states);
    let granted = || identified.found.iter().any(|f| grants(text, f.lines));
    let stated = identified.expression.as_deref().and_then(Expr::parse);
    let stated = stated.filter(|e| !only_named || e.category(know) >= Category::WeakCopyleft || granted());
    let ids = |e: &Expr| e.terms().iter().map(|t| t.id.clone()).collect::<Vec<_>>();
    let named = stated.as_ref().map(ids).unwrap_or_default();
    let family = |id: &str| id.split(['-', '.']).next().unwrap_or(id).to_ascii_lowercase();
    let referred: Vec<Expr> =
        references.iter().filter_map(|r| short_name(r, know).map(|(expr, _)| expr)).collect();
    let missing: Vec<Expr> = referred
        .into_iter()
        .filter(|e| !ids(e).iter().any(|id| named.iter().any(|known| family(known) == family(id))))
        .collect();
    let note = |list: &[Expr]| {
        let names = list.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        format!("the text refers to {names} in the distribution's folder of common licenses; review it")
    };
    match (stated, missing.is_empty()) {
        (Some(expr), true) => {
            let sure = identified.changes.is_empty() && !only_named;
            let note =
                only_named.then(|| "the license is named and its text is not there; review it".to_string());
            Reading { expr: Some(expr), sure, note }
        }
        (Some(expr), false) => {
            let note = Some(note(&missing));
            Reading { expr: Some(Expr::all([expr].into_iter().chain(missing))), sure: false, note }
        }
        // A text of which nothing else is known may ask for more than a permissive license that it mentions.
        (None, false) if missing.iter().all(|e| e.category(know) >= Category::WeakCopyleft) => {
            let note = Some(note(&missing));
            Reading { expr: Some(Expr::all(missing)), sure: false, note }
        }
        (None, _) => {
            let note = "no license that is known stands in this text; review it".to_string();
            Reading { expr: None, sure: false, note: Some(note) }
        }
    }
}

/// Whether words that put something under a license stand around the lines in which one is named.
fn grants(text: &str, lines: (u32, u32)) -> bool {
    let from = (lines.0 as usize).saturating_sub(4);
    let around = text.lines().skip(from).take((lines.1 as usize).saturating_sub(from) + 1);
    let words =
        around.flat_map(str::split_whitespace).take(400).map(str::to_lowercase).collect::<Vec<_>>().join(" ");
    let phrases = [
        "licensed under",
        "licenced under",
        "released under",
        "distributed under",
        "available under",
        "covered by",
        "license:",
        "licence:",
        "under the terms",
        "under the license",
        "licensed by the terms",
    ];
    phrases.iter().any(|phrase| words.contains(phrase))
}

/// Words, brackets and commas.
fn words(names: &str) -> Vec<String> {
    let spaced = names.replace("_or_", " or ").replace("_and_", " and ");
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    for c in spaced.chars() {
        if c.is_whitespace() || "(),|".contains(c) {
            if !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            match c {
                '|' => words.push("or".to_string()),
                c if !c.is_whitespace() => words.push(c.to_string()),
                _ => {}
            }
        } else {
            word.push(c);
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

struct Reader<'r> {
    words: Vec<String>,
    at: usize,
    texts: &'r Texts,
    know: &'r Knowledge,
    sure: bool,
    notes: Vec<String>,
}

impl Reader<'_> {
    fn is(&self, word: &str) -> bool {
        self.words.get(self.at).is_some_and(|w| w.eq_ignore_ascii_case(word))
    }

    fn take(&mut self, word: &str) -> bool {
        let is = self.is(word);
        self.at += usize::from(is);
        is
    }

    /// Parts between commas, which bind least: `A or B, and C`. A comma alone means that both apply.
    fn list(&mut self, depth: usize) -> Option<Expr> {
        let mut expr = self.choice(depth)?;
        while self.take(",") {
            let choice = self.take("or");
            if !choice {
                self.take("and");
            }
            let next = self.choice(depth)?;
            expr = if choice { Expr::any([expr, next]) } else { Expr::all([expr, next]) };
        }
        Some(expr)
    }

    fn choice(&mut self, depth: usize) -> Option<Expr> {
        let mut parts = vec![self.all(depth)?];
        while self.take("or") {
            // `A or B or, C`: the comma of a list.
            parts.push(self.all(depth)?);
        }
        Some(Expr::any(parts))
    }

    fn all(&mut self, depth: usize) -> Option<Expr> {
        let mut parts = vec![self.term(depth)?];
        while self.take("and") || self.take("and/or") {
            parts.push(self.term(depth)?);
        }
        Some(Expr::all(parts))
    }

    fn term(&mut self, depth: usize) -> Option<Expr> {
        if depth < DEPTH && self.take("(") {
            let inner = self.list(depth + 1)?;
            return self.take(")").then_some(inner);
        }
        let from = self.at;
        let ends = ["or", "and", "and/or", ",", "(", ")"];
        while self.at < self.words.len() && !ends.iter().any(|end| self.is(end)) {
            self.at += 1;
        }
        let name = self.words[from..self.at].join(" ");
        // A name of many words is a sentence.
        if name.is_empty() || self.at - from > 10 {
            return None;
        }
        Some(self.name(&name))
    }

    fn name(&mut self, name: &str) -> Expr {
        let lower = name.to_ascii_lowercase();
        let text = by_text(&lower, self.texts);
        if let Some((expr, note)) = short_name(name, self.know) {
            // A text that asks for more than its name says goes before the name.
            let mild = expr.category(self.know) <= Category::Data;
            let stricter = |e: &Expr| mild && e.category(self.know) > Category::Data;
            if let Some((by_text, _)) = text.filter(|(e, _)| stricter(e)) {
                self.sure = false;
                self.notes.push(format!("the text that is given for `{name}` reads as {by_text}; review it"));
                return Expr::all([expr, by_text]);
            }
            self.notes.extend(note);
            return expr;
        }
        self.sure = false;
        if let Some((expr, note)) = text {
            self.notes.push(note);
            return expr;
        }
        if let Some(alias) = self.know.alias(name)
            && let Some(expr) = Expr::parse(&alias.to)
        {
            self.notes.push(format!("`{name}` does not name one license; read as {expr}, review it"));
            return expr;
        }
        let (expr, note) = unknown(name);
        self.notes.push(note);
        expr
    }
}

/// What the text that a file gives for a name states.
fn by_text(name: &str, texts: &Texts) -> Option<(Expr, String)> {
    let mut given = texts.iter().filter(|(known, _)| known == name);
    let expr = given.find_map(|(_, text)| text.expression.as_deref().and_then(Expr::parse))?;
    let what =
        if name.is_empty() { "the field's text".to_string() } else { format!("the text for `{name}`") };
    let note = format!("{what} is read as {expr}");
    Some((expr, note))
}

/// A license that is known by nothing but its name.
fn unknown(name: &str) -> (Expr, String) {
    let mut id = String::from(UNKNOWN);
    for c in name.chars().take(60) {
        match c {
            c if c.is_ascii_alphanumeric() || c == '.' => id.push(c),
            _ if !id.ends_with('-') => id.push('-'),
            _ => {}
        }
    }
    let id = id.trim_end_matches('-').to_string();
    let short: String = name.chars().take(80).collect();
    let note = format!("`{short}` is no license that is known, and its text is not either; review it");
    (Expr::One(Term::new(&id)), note)
}

/// A name with one meaning, perhaps with an exception.
fn short_name(name: &str, know: &Knowledge) -> Option<(Expr, Option<String>)> {
    let lower = name.to_ascii_lowercase();
    if let Some((base, exception)) = lower.split_once(" with ") {
        let (expr, _) = short_name(base.trim(), know)?;
        let exception = exception.trim_end_matches("exceptions").trim_end_matches("exception").trim();
        let candidates = exceptions(exception, &expr);
        let with = candidates.iter().find_map(|id| Expr::parse(&format!("{expr} WITH {id}")));
        return Some(match with {
            Some(with) => {
                let note = format!("`{name}` is read as {with}");
                (with, Some(note))
            }
            // Without its exception the license asks for more, so nothing is given away.
            None => {
                let note = format!("the exception in `{name}` is not known and was left out");
                (expr, Some(note))
            }
        });
    }
    let own = match lower.as_str() {
        "expat" | "mit/expat" | "expat/mit" | "mit/x11" | "mit-expat" => Some("MIT"),
        "artistic" | "artistic-1" => Some("Artistic-1.0-Perl"),
        "perl" => Some("GPL-1.0-or-later OR Artistic-1.0-Perl"),
        "cc0" => Some("CC0-1.0"),
        "bsd-3" => Some("BSD-3-Clause"),
        "bsd-2" => Some("BSD-2-Clause"),
        "openldap-2.8" => Some("OLDAP-2.8"),
        "edl-1" | "edl-1.0" => Some("BSD-3-Clause"),
        "apache-2" => Some("Apache-2.0"),
        "mpl-2" => Some("MPL-2.0"),
        _ => None,
    };
    let gnu = gnu(&lower);
    let sure = know.alias(name).filter(|alias| alias.sure).map(|alias| alias.to.as_str());
    let expr = Expr::parse(own.or(gnu.as_deref()).unwrap_or(name)).or_else(|| Expr::parse(sure?))?;
    let note = (expr.to_string() != name).then(|| format!("`{name}` is read as {expr}"));
    Some((expr, note))
}

/// `GPL-2+`, `LGPLv2.1+`, `GFDL-NIV-1.3+` …: a version is part of it, and no `+` means no other version.
fn gnu(lower: &str) -> Option<String> {
    let families = [
        ("gfdl-niv", "GFDL", "-no-invariants"),
        ("gfdl", "GFDL", ""),
        ("agpl", "AGPL", ""),
        ("lgpl", "LGPL", ""),
        ("gpl", "GPL", ""),
    ];
    let (rest, id, inner) = families.iter().find_map(|(p, id, i)| Some((lower.strip_prefix(p)?, id, i)))?;
    let rest = rest.trim_start_matches('-').trim_start_matches('v');
    let (version, later) = match rest {
        r if r.ends_with('+') => (r.trim_end_matches('+'), "or-later"),
        r if r.ends_with("-or-later") => (r.trim_end_matches("-or-later"), "or-later"),
        r => (r.trim_end_matches("-only"), "only"),
    };
    let version = match version {
        "1" | "2" | "3" => format!("{version}.0"),
        "1.0" | "2.0" | "3.0" | "2.1" | "1.1" | "1.2" | "1.3" => version.to_string(),
        _ => return None,
    };
    Some(format!("{id}-{version}{inner}-{later}"))
}

/// Ids of SPDX that a name of an exception may mean, for a license.
fn exceptions(name: &str, expr: &Expr) -> Vec<String> {
    let name = name.trim_end_matches('-');
    let third = expr.to_string().contains("-3.");
    let id = match name {
        "autoconf" | "autoconf-data" if third => "Autoconf-exception-3.0",
        "autoconf" => "Autoconf-exception-2.0",
        "libtool" => "Libtool-exception",
        "bison" => "Bison-exception-2.2",
        "linux-syscall-note" | "linux syscall note" => "Linux-syscall-note",
        "llvm" => "LLVM-exception",
        "classpath" => "Classpath-exception-2.0",
        "gcc" | "gcc runtime library" | "gcc-runtime-library" if third => "GCC-exception-3.1",
        "gcc" => "GCC-exception-2.0",
        "font" => "Font-exception-2.0",
        name => return vec![name.replace(' ', "-"), format!("{}-exception", name.replace(' ', "-"))],
    };
    vec![id.to_string()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spdx(names: &str, texts: &[(&str, &str)]) -> String {
        let texts: Vec<(String, Arc<Identified>)> = texts
            .iter()
            .map(|(name, expr)| {
                let expression = (!expr.is_empty()).then(|| (*expr).to_string());
                ((*name).to_string(), Arc::new(Identified { expression, ..Identified::default() }))
            })
            .collect();
        read(names, &texts, Knowledge::embedded()).expr.map(|e| e.to_string()).unwrap_or_default()
    }

    #[test]
    fn names_and_operators() {
        assert_eq!(spdx("GPL-2+", &[]), "GPL-2.0-or-later");
        assert_eq!(spdx("GPL-1+ or Artistic", &[]), "GPL-1.0-or-later OR Artistic-1.0-Perl");
        assert_eq!(spdx("LGPLv3+_or_GPLv2+", &[]), "LGPL-3.0-or-later OR GPL-2.0-or-later");
        assert_eq!(
            spdx("GPL-2+ or Artistic-2.0, and BSD-3-clause", &[]),
            "(GPL-2.0-or-later OR Artistic-2.0) AND BSD-3-Clause"
        );
        assert_eq!(spdx("Expat and (GPL-3 or Zlib)", &[]), "MIT AND (GPL-3.0-only OR Zlib)");
        assert_eq!(spdx("GFDL-NIV-1.3+", &[]), "GFDL-1.3-no-invariants-or-later");
        assert_eq!(spdx("GPL-3+ with Bison exception", &[]), "GPL-3.0-or-later WITH Bison-exception-2.2");
        assert_eq!(spdx("GPL-2+ with OpenSSL exception", &[]), "GPL-2.0-or-later");
    }

    #[test]
    fn nothing_is_left_out() {
        assert_eq!(spdx("MIT and Frobnitz-1", &[]), "MIT AND LicenseRef-debian-Frobnitz-1");
        assert_eq!(spdx("MIT and Frobnitz-1", &[("frobnitz-1", "ISC")]), "MIT AND ISC");
        // A text that nobody knows does not vanish either.
        assert_eq!(spdx("Frobnitz", &[("frobnitz", "")]), "LicenseRef-debian-Frobnitz");
        assert_eq!(spdx("GPL", &[("gpl", "GPL-2.0-only")]), "GPL-2.0-only");
        assert_eq!(spdx("GPL", &[]), "GPL-1.0-or-later");
        assert_eq!(spdx("", &[("", "ISC")]), "ISC");
        let sentence =
            "You may do with this whatever your grandmother and her neighbour both agree to in writing.";
        assert!(spdx(sentence, &[]).starts_with("LicenseRef-debian-You-may"));
    }

    #[test]
    fn a_text_that_asks_for_more_than_its_name() {
        assert_eq!(spdx("MIT", &[("mit", "GPL-3.0-only")]), "MIT AND GPL-3.0-only");
        assert_eq!(spdx("MIT", &[("mit", "ISC")]), "MIT");
        assert_eq!(spdx("GPL-2+", &[("gpl-2+", "MIT")]), "GPL-2.0-or-later");
    }

    #[test]
    fn prose_and_references() {
        let know = Knowledge::embedded();
        let read_as = |kind: Kind, expression: Option<&str>, references: &[&str]| {
            let found =
                |license: &str| Found { license: license.to_string(), kind, score: 1.0, lines: (1, 1) };
            let identified = Identified {
                found: expression.into_iter().map(found).collect(),
                expression: expression.map(str::to_string),
                ..Identified::default()
            };
            let references: Vec<String> = references.iter().map(|r| (*r).to_string()).collect();
            read_prose("the words\n", &identified, &references, know).expr.map(|e| e.to_string())
        };
        let read = |expression, references: &[&str]| read_as(Kind::Notice, expression, references);
        assert_eq!(read_as(Kind::Reference, Some("Apache-2.0"), &["Apache-2.0"]), None);
        assert_eq!(read_as(Kind::Reference, Some("GPL-2.0-only"), &[]).as_deref(), Some("GPL-2.0-only"));
        assert_eq!(read(Some("GPL-2.0-or-later"), &["GPL-2"]).as_deref(), Some("GPL-2.0-or-later"));
        assert_eq!(read(Some("MIT"), &["GPL-2"]).as_deref(), Some("MIT AND GPL-2.0-only"));
        assert_eq!(read(None, &["LGPL-2.1"]).as_deref(), Some("LGPL-2.1-only"));
        assert_eq!(read(None, &["Apache-2.0"]), None);
        assert_eq!(read(None, &[]), None);
    }

    #[test]
    fn a_name_counts_where_words_put_the_package_under_it() {
        let text = "a tool\nis licensed\nunder Apache\n\n\n\n\n\n\nno license here\n";
        assert!(grants(text, (3, 3)));
        assert!(!grants(text, (10, 10)));
        assert!(!grants("", (u32::MAX, 0)));
    }

    #[test]
    fn lists_with_both_operators() {
        let mixed =
            |names| read_mixed(names, Knowledge::embedded()).map(|r| (r.expr.map(|e| e.to_string()), r.sure));
        let expr = |text: &str| Some(text.to_string());
        assert_eq!(
            mixed("(LGPLv3+ or GPLv2+) and GPLv3+"),
            Some((expr("(LGPL-3.0-or-later OR GPL-2.0-or-later) AND GPL-3.0-or-later"), true))
        );
        assert_eq!(mixed("MIT and ISC or GPLv2"), Some((expr("MIT AND ISC OR GPL-2.0-only"), false)));
        assert_eq!(mixed("MIT and (Frobnitz or ISC)"), None);
        let listed = |names| {
            read_listed(names, Knowledge::embedded()).map(|r| (r.expr.map(|e| e.to_string()), r.sure))
        };
        assert_eq!(
            listed("MIT ICU GPL-2.0-or-later"),
            Some((expr("MIT AND ICU AND GPL-2.0-or-later"), true))
        );
        assert!(listed("MIT BSD GPL2+").is_some_and(|(e, sure)| e.is_some() && !sure));
        assert_eq!(listed("MIT whatever"), None);
    }

    #[test]
    fn brackets_without_end_are_survived() {
        assert!(spdx(&"(".repeat(400), &[]).starts_with("LicenseRef-debian"));
        assert!(!spdx(&"a or ".repeat(100_000), &[]).is_empty());
    }
}
