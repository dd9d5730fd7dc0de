//! The policy of a house: which licenses pass, which findings fail, which scopes count.
//!
//! A policy never makes a verdict of the judge milder unless it names the finding's code. Lists are read strictly:
//! what an allow list does not name is outside it, and `deny` wins over `review`, which wins over `allow`.

use licit_license::{Expr, Knowledge, Term};
use licit_model::{Category, Scope, Severity};

/// What a policy's line is called that nobody wrote.
pub const BUILT_IN: &str = "built-in policy";

/// A license on the deny list.
pub const DENIED: &str = "license-denied";
/// A license outside the allow list.
pub const NOT_ALLOWED: &str = "license-not-allowed";
/// A license on the review list.
pub const REVIEW: &str = "license-review";
/// A shipped component whose license nobody knows.
pub const UNKNOWN: &str = "license-unknown";
/// A scan that could not read everything.
pub const INCOMPLETE: &str = "scan-incomplete";

/// What a finding comes to. Ordered: the mildest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// It is counted and no more.
    Ignore,
    /// It is shown.
    Warn,
    /// It fails the gate.
    Fail,
}

impl Level {
    /// The key of the policy file.
    pub fn word(self) -> &'static str {
        match self {
            Level::Ignore => "ignore",
            Level::Warn => "warn",
            Level::Fail => "fail",
        }
    }
}

/// What an entry of a list stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pattern {
    /// One license, perhaps with an exception.
    License(Term),
    /// Every license of a class.
    Class(Category),
}

/// Why an entry cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadPattern {
    /// It is neither an id nor a class; the second part is the nearest that is known, if any is sure.
    Unknown(Option<String>),
    /// It is an expression with several licenses.
    Several(Vec<String>),
    /// It does not say whether later versions are meant.
    Vague([String; 2]),
}

impl Pattern {
    /// Reads an SPDX id, `X WITH Y`, a `LicenseRef-…` or the word of a class.
    pub fn parse(text: &str, know: &Knowledge) -> Result<Pattern, BadPattern> {
        let text = text.trim();
        if let Some(class) = Category::ALL.into_iter().find(|c| c.word() == text) {
            return Ok(Pattern::Class(class));
        }
        match Expr::parse(text) {
            Some(Expr::One(term)) => match vague(text, &term) {
                Some(both) => Err(BadPattern::Vague(both)),
                None => Ok(Pattern::License(term)),
            },
            Some(several) => {
                Err(BadPattern::Several(several.terms().iter().map(ToString::to_string).collect()))
            }
            None => Err(BadPattern::Unknown(know.alias(text).filter(|a| a.sure).map(|a| a.to.clone()))),
        }
    }
}

impl std::fmt::Display for Pattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Pattern::License(term) => write!(f, "{term}"),
            Pattern::Class(class) => f.write_str(class.word()),
        }
    }
}

/// `GPL-3.0` alone was read both ways, so a list has to say which one it means.
fn vague(text: &str, term: &Term) -> Option<[String; 2]> {
    let first = text.split_whitespace().next()?;
    let base = term.id.strip_suffix("-only")?;
    first.eq_ignore_ascii_case(base).then(|| {
        let with = term.with.as_ref().map(|w| format!(" WITH {w}")).unwrap_or_default();
        [format!("{base}-only{with}"), format!("{base}-or-later{with}")]
    })
}

/// One entry of a list, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What it stands for.
    pub pattern: Pattern,
    /// `licit.toml:12`.
    pub at: String,
}

/// A list of licenses and classes. An empty list says nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct List {
    /// Where it begins: `licit.toml:12`.
    pub at: String,
    /// Its entries in the order of the file.
    pub entries: Vec<Entry>,
}

/// What a code comes to, and which line says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeRule {
    /// The finding's code.
    pub code: String,
    /// What it comes to.
    pub level: Level,
    /// `licit.toml:12`.
    pub at: String,
}

/// The policy of a house.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Licenses that pass; where it has entries, everything outside it fails.
    pub allow: List,
    /// Licenses that fail.
    pub deny: List,
    /// Licenses that a person has to look at; they count as known to the allow list.
    pub review: List,
    /// What findings of a code come to; the rest goes by severity.
    pub codes: Vec<CodeRule>,
    /// Scopes that count; what is found in others only warns.
    pub scopes: Vec<Scope>,
    /// Where the scopes are told.
    pub scopes_at: String,
    /// Whether a scan that could not read everything ends the gate without a verdict.
    pub require_complete: bool,
}

impl Default for Policy {
    /// Errors fail, warnings warn, an unknown license on a shipped path fails, and what could not be read is no pass.
    fn default() -> Self {
        Policy {
            allow: List::default(),
            deny: List::default(),
            review: List::default(),
            codes: Vec::new(),
            scopes: vec![Scope::Runtime, Scope::Optional],
            scopes_at: BUILT_IN.to_string(),
            require_complete: true,
        }
    }
}

/// Which line of the policy decided, and what it says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Told {
    /// `licit.toml:12`, or [`BUILT_IN`].
    pub at: String,
    /// In words.
    pub rule: String,
}

/// Where a license stands in the lists. Ordered: the best first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Standing<'p> {
    /// Nothing is against it.
    Fine,
    /// A person has to look at it.
    Review(&'p Entry),
    /// The allow list does not name it.
    Outside,
    /// The deny list names it.
    Denied(&'p Entry),
}

impl Standing<'_> {
    /// Zero where nothing is against it.
    pub(crate) fn rank(&self) -> u8 {
        match self {
            Standing::Fine => 0,
            Standing::Review(_) => 1,
            Standing::Outside => 2,
            Standing::Denied(_) => 3,
        }
    }
}

impl Policy {
    /// What a finding comes to by its code and severity, before scopes are looked at.
    pub(crate) fn level(&self, code: &str, severity: Severity) -> (Level, Told) {
        if let Some(rule) = self.codes.iter().find(|r| r.code == code) {
            let told = Told { at: rule.at.clone(), rule: format!("{} `{code}`", rule.level.word()) };
            return (rule.level, told);
        }
        let built_in = |rule: &str| Told { at: BUILT_IN.to_string(), rule: rule.to_string() };
        match (code, severity) {
            (UNKNOWN, _) => (Level::Fail, built_in("an unknown license on a shipped path fails")),
            (_, Severity::Error) => (Level::Fail, built_in("findings of severity error fail")),
            (_, Severity::Warning) => (Level::Warn, built_in("findings of severity warning warn")),
            (_, Severity::Info) => (Level::Ignore, built_in("findings of severity info pass")),
        }
    }

    /// Whether a code has a line of its own.
    pub(crate) fn names(&self, code: &str) -> bool {
        self.codes.iter().any(|r| r.code == code)
    }

    /// Whether a scan that could not read everything is no pass. A line for the code goes before the key.
    pub(crate) fn asks_for_everything(&self) -> bool {
        let rule = self.codes.iter().find(|r| r.code == INCOMPLETE);
        rule.map_or(self.require_complete, |r| r.level == Level::Fail)
    }

    /// Whether what is found in that scope counts.
    pub(crate) fn counts(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope)
    }

    /// Where one license stands.
    pub(crate) fn standing(&self, term: &Term, know: &Knowledge) -> Standing<'_> {
        let exact = |list: &List| list.entries.iter().any(|e| e.pattern == Pattern::License(term.clone()));
        // Who names `X WITH Y` itself means it, even where `X` alone is denied; a denied class stays denied.
        let named = term.with.is_some() && (exact(&self.allow) || exact(&self.review));
        let denies = |e: &&Entry| match &e.pattern {
            Pattern::Class(class) => *class == strictest(term, know) || *class == term.category(know),
            Pattern::License(license) => match (&license.with, &term.with) {
                (None, Some(_)) => license.id == term.id && !named,
                (with, has) => license.id == term.id && with == has,
            },
        };
        if let Some(entry) = self.deny.entries.iter().find(denies) {
            return Standing::Denied(entry);
        }
        let lists = |e: &&Entry| covers(&e.pattern, term, know);
        if let Some(entry) = self.review.entries.iter().find(lists) {
            return Standing::Review(entry);
        }
        if self.allow.entries.is_empty() || self.allow.entries.iter().any(|e| lists(&e)) {
            return Standing::Fine;
        }
        Standing::Outside
    }

    /// Where licenses that apply together stand: as the worst of them, with the license that decides.
    pub(crate) fn together<'p, 't>(
        &'p self,
        branch: &[&'t Term],
        know: &Knowledge,
    ) -> (Standing<'p>, Option<&'t Term>) {
        let each = branch.iter().map(|t| (self.standing(t, know), Some(*t)));
        each.fold((Standing::Fine, None), |a, b| if b.0.rank() > a.0.rank() { b } else { a })
    }

    /// Where a component stands of which no license is known at all.
    pub(crate) fn nothing_known(&self) -> Standing<'_> {
        let unknown = |e: &&Entry| e.pattern == Pattern::Class(Category::Unknown);
        match self.deny.entries.iter().find(unknown) {
            Some(entry) => Standing::Denied(entry),
            None if self.allow.entries.is_empty() => Standing::Fine,
            None => Standing::Outside,
        }
    }

    /// Whether a list of passing licenses names this one by its id, so that a person has read it.
    pub(crate) fn read_by_somebody(&self, term: &Term) -> bool {
        let lists = [&self.allow, &self.review];
        lists.iter().any(|l| l.entries.iter().any(|e| e.pattern == Pattern::License(term.clone())))
    }
}

/// Whether an entry of `allow` or `review` covers a license.
fn covers(pattern: &Pattern, term: &Term, know: &Knowledge) -> bool {
    match pattern {
        Pattern::Class(class) => *class == strictest(term, know),
        Pattern::License(license) => {
            // `X+` may be used as `X`, so either names the other.
            let same = license.id == term.id;
            same && (license.with == term.with || license.with.is_none() && only_opens(term, know))
        }
    }
}

/// The class that a list judges by: an exception that nobody has judged leaves no class that could be relied on.
fn strictest(term: &Term, know: &Knowledge) -> Category {
    match term.with {
        Some(_) if !only_opens(term, know) => Category::Unknown,
        _ => term.category(know),
    }
}

/// Whether the exception is known to give permissions and to take none away.
fn only_opens(term: &Term, know: &Knowledge) -> bool {
    let Some(with) = &term.with else { return true };
    let (Some(exception), Some(license)) = (know.exception(with), know.license(&term.id)) else {
        return false;
    };
    let lifts = !matches!(exception.waives.as_str(), "none" | "review");
    let class = Category::ALL.into_iter().find(|c| c.word() == exception.effect_class);
    let milder = exception.effect_class == "same" || class.is_some_and(|c| c <= license.class);
    lifts && milder
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(words: &[&str]) -> List {
        let entry = |(line, word): (usize, &&str)| Entry {
            pattern: Pattern::parse(word, Knowledge::embedded()).unwrap(),
            at: format!("licit.toml:{}", line + 2),
        };
        List { at: "licit.toml:1".to_string(), entries: words.iter().enumerate().map(entry).collect() }
    }

    fn standing(allow: &[&str], deny: &[&str], review: &[&str], license: &str) -> String {
        let policy =
            Policy { allow: list(allow), deny: list(deny), review: list(review), ..Policy::default() };
        let Some(Expr::One(term)) = Expr::parse(license) else { panic!("{license} is one license") };
        match policy.standing(&term, Knowledge::embedded()) {
            Standing::Fine => "fine".to_string(),
            Standing::Outside => "outside".to_string(),
            Standing::Review(e) => format!("review {}", e.at),
            Standing::Denied(e) => format!("denied {}", e.at),
        }
    }

    #[test]
    fn without_lists_everything_stands() {
        assert_eq!(standing(&[], &[], &[], "AGPL-3.0-only"), "fine");
    }

    #[test]
    fn what_an_allow_list_does_not_name_is_outside_it() {
        for license in ["GPL-3.0-only", "LGPL-2.1-only", "MPL-2.0", "BUSL-1.1", "LicenseRef-Acme", "CC0-1.0"]
        {
            assert_eq!(standing(&["MIT", "permissive"], &[], &[], license), "outside", "{license}");
        }
        assert_eq!(standing(&["permissive"], &[], &[], "Zlib"), "fine");
        assert_eq!(standing(&["LicenseRef-Acme"], &[], &[], "LicenseRef-Acme"), "fine");
        assert_eq!(standing(&["GPL-3.0-only"], &[], &[], "GPL-3.0-or-later"), "outside");
        assert_eq!(standing(&["MPL-2.0"], &[], &[], "MPL-2.0+"), "fine");
    }

    #[test]
    fn deny_wins_over_review_and_review_over_allow() {
        assert_eq!(standing(&["MIT"], &["MIT"], &["MIT"], "MIT"), "denied licit.toml:2");
        assert_eq!(
            standing(&["GPL-3.0-only"], &["ISC", "strong-copyleft"], &[], "GPL-3.0-only"),
            "denied licit.toml:3"
        );
        assert_eq!(standing(&["weak-copyleft"], &[], &["MPL-2.0"], "MPL-2.0"), "review licit.toml:2");
        assert_eq!(standing(&["permissive"], &[], &["weak-copyleft"], "MPL-2.0"), "review licit.toml:2");
    }

    #[test]
    fn an_exception_that_only_opens_is_covered_and_no_other_is() {
        assert_eq!(standing(&["Apache-2.0"], &[], &[], "Apache-2.0 WITH LLVM-exception"), "fine");
        assert_eq!(standing(&["Apache-2.0"], &[], &[], "Apache-2.0 WITH SHL-2.1"), "outside");
        assert_eq!(standing(&["permissive"], &[], &[], "Apache-2.0 WITH SHL-2.1"), "outside");
        assert_eq!(standing(&["Apache-2.0 WITH SHL-2.1"], &[], &[], "Apache-2.0 WITH SHL-2.1"), "fine");
        assert_eq!(standing(&["Apache-2.0 WITH LLVM-exception"], &[], &[], "Apache-2.0"), "outside");
        let classpath = "GPL-2.0-only WITH Classpath-exception-2.0";
        assert_eq!(standing(&[classpath], &[], &[], "GPL-2.0-only"), "outside");
        assert_eq!(standing(&[], &["GPL-2.0-only"], &[], classpath), "denied licit.toml:2");
        assert_eq!(standing(&[classpath], &["GPL-2.0-only"], &[], classpath), "fine");
        assert_eq!(standing(&["weak-copyleft"], &["strong-copyleft"], &[], classpath), "fine");
    }

    #[test]
    fn entries_are_licenses_or_classes_and_nothing_vague() {
        let parse = |text: &str| Pattern::parse(text, Knowledge::embedded());
        assert_eq!(parse("mit").unwrap().to_string(), "MIT");
        assert_eq!(parse("GPL-2.0+").unwrap().to_string(), "GPL-2.0-or-later");
        assert_eq!(parse("network-copyleft"), Ok(Pattern::Class(Category::NetworkCopyleft)));
        let both = ["GPL-3.0-only".to_string(), "GPL-3.0-or-later".to_string()];
        assert_eq!(parse("GPL-3.0"), Err(BadPattern::Vague(both)));
        assert!(matches!(parse("MIT OR ISC"), Err(BadPattern::Several(list)) if list.len() == 2));
        assert_eq!(parse("Apache License 2.0"), Err(BadPattern::Unknown(Some("Apache-2.0".to_string()))));
        assert_eq!(parse("Fastlicense"), Err(BadPattern::Unknown(None)));
    }

    #[test]
    fn codes_go_before_severities() {
        let rule =
            |code: &str, level| CodeRule { code: code.to_string(), level, at: "licit.toml:9".to_string() };
        let policy = Policy {
            codes: vec![rule("source-duty", Level::Fail), rule(UNKNOWN, Level::Warn)],
            ..Policy::default()
        };
        assert_eq!(policy.level("source-duty", Severity::Info).0, Level::Fail);
        assert_eq!(policy.level("source-duty", Severity::Info).1.at, "licit.toml:9");
        assert_eq!(policy.level(UNKNOWN, Severity::Warning).0, Level::Warn);
        assert_eq!(policy.level("license-text-unread", Severity::Warning).0, Level::Warn);
        assert_eq!(policy.level("licenses-collide", Severity::Error).0, Level::Fail);
        assert_eq!(policy.level("license-choice", Severity::Info).0, Level::Ignore);
        assert_eq!(Policy::default().level(UNKNOWN, Severity::Warning).0, Level::Fail);
        assert!(policy.asks_for_everything());
        let policy = Policy { codes: vec![rule(INCOMPLETE, Level::Warn)], ..Policy::default() };
        assert!(!policy.asks_for_everything());
    }

    #[test]
    fn the_codes_of_the_lists_are_explained() {
        for code in [DENIED, NOT_ALLOWED, REVIEW, UNKNOWN, INCOMPLETE] {
            assert!(crate::codes::code(code).is_some(), "{code}");
        }
    }
}
