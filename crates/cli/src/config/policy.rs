//! `[policy]`: lists of licenses and classes, what codes come to, which scopes count.

use licit_comply::codes::CODES;
use licit_comply::policy::{BadPattern, CodeRule, Entry, Level, List, Pattern, Policy};
use licit_license::Knowledge;
use licit_model::{Category, Scope};

use super::read::{Placed, Section, closest, hint};

/// The keys of the table.
pub(super) const KEYS: &[&str] =
    &["allow", "deny", "review", "fail", "warn", "ignore", "scopes", "require-complete"];

const SCOPES: [Scope; 5] = [Scope::Runtime, Scope::Optional, Scope::Build, Scope::Dev, Scope::Test];

/// Reads the table; what it does not say stays as it is built in.
pub(super) fn read(section: &Section<'_>) -> anyhow::Result<Policy> {
    let mut policy = Policy {
        allow: list(section, "allow")?,
        deny: list(section, "deny")?,
        review: list(section, "review")?,
        codes: codes(section)?,
        ..Policy::default()
    };
    if let Some(told) = section.texts("scopes")? {
        policy.scopes = scopes(section, &told)?;
        policy.scopes_at = section.file().told(told.start);
    }
    if let Some(asked) = section.truth("require-complete")? {
        policy.require_complete = asked;
    }
    Ok(policy)
}

fn list(section: &Section<'_>, key: &str) -> anyhow::Result<List> {
    let Some(texts) = section.texts(key)? else { return Ok(List::default()) };
    let know = Knowledge::embedded();
    let file = section.file();
    let mut list = List { at: file.told(texts.start), entries: Vec::new() };
    for text in &texts.value {
        let pattern = Pattern::parse(&text.value, know)
            .map_err(|bad| file.wrong(text.start, &says(&text.value, &bad, know)))?;
        // What nobody knows cannot be allowed as a class; the code says how much it weighs.
        if key != "deny" && pattern == Pattern::Class(Category::Unknown) {
            let says = format!(
                "`unknown` cannot stand in `{key}`; write warn = [\"license-unknown\"], or list the license by its id"
            );
            return Err(file.wrong(text.start, &says));
        }
        list.entries.push(Entry { pattern, at: file.told(text.start) });
    }
    Ok(list)
}

fn says(word: &str, bad: &BadPattern, know: &Knowledge) -> String {
    match bad {
        BadPattern::Several(list) => {
            let each = list.iter().map(|t| format!("\"{t}\"")).collect::<Vec<_>>().join(", ");
            format!("`{word}` is several licenses; list them one by one: {each}")
        }
        BadPattern::Vague([only, later]) => {
            format!(
                "`{word}` does not say whether later versions are meant; write `{only}`, `{later}` or both"
            )
        }
        BadPattern::Unknown(Some(id)) => format!("`{word}` is no SPDX id; did you mean `{id}`?"),
        BadPattern::Unknown(None) => {
            let classes = Category::ALL.map(Category::word);
            let ids = know.all_clauses();
            let known = ids.iter().map(|(id, _)| *id).chain(classes);
            match closest(word, known) {
                Some(near) => format!("`{word}` is no license and no class; did you mean `{near}`?"),
                None => format!(
                    "`{word}` is no license and no class; it has to be an SPDX id, LicenseRef-…, or one of {}",
                    classes.join(", ")
                ),
            }
        }
    }
}

fn codes(section: &Section<'_>) -> anyhow::Result<Vec<CodeRule>> {
    let mut rules: Vec<CodeRule> = Vec::new();
    let file = section.file();
    for level in [Level::Fail, Level::Warn, Level::Ignore] {
        let Some(texts) = section.texts(level.word())? else { continue };
        for text in &texts.value {
            let code = text.value.as_str();
            let known = CODES.iter().map(|c| c.code);
            if !known.clone().any(|k| k == code) {
                let says = format!("`{code}` is no finding code; {}", hint(code, known));
                return Err(file.wrong(text.start, &says));
            }
            if let Some(rule) = rules.iter().find(|r| r.code == code && r.level != level) {
                let says = format!("`{code}` stands in `{}` already ({})", rule.level.word(), rule.at);
                return Err(file.wrong(text.start, &says));
            }
            rules.push(CodeRule { code: code.to_string(), level, at: file.told(text.start) });
        }
    }
    Ok(rules)
}

fn scopes(section: &Section<'_>, told: &Placed<Vec<Placed<String>>>) -> anyhow::Result<Vec<Scope>> {
    if told.value.is_empty() {
        return Err(section.file().wrong(told.start, "`scopes` is empty, so nothing could ever fail"));
    }
    let mut scopes = Vec::new();
    for text in &told.value {
        let found = SCOPES.into_iter().find(|s| s.word() == text.value);
        let says = || {
            format!("`{}` is no scope; {}", text.value, hint(&text.value, SCOPES.iter().map(|s| s.word())))
        };
        scopes.push(found.ok_or_else(|| section.file().wrong(text.start, &says()))?);
    }
    Ok(scopes)
}
