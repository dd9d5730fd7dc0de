//! What the words of the command line ask about.

use licit_comply::codes::{self, CODES, Code};
use licit_license::know::{ClauseFact, fold};
use licit_license::{Expr, Knowledge, Term};
use licit_model::Category;

/// A thing that can be explained, and how the words were read where they are not its name.
pub(super) enum Subject {
    /// Licenses joined by AND, OR and WITH; often one alone.
    Expression(Expr),
    /// An exception.
    Exception(String),
    /// Clauses of one license or exception.
    Clauses(Owner, Vec<usize>),
    /// A class.
    Class(Category),
    /// A finding.
    Finding(&'static Code),
    /// Two licenses.
    Pair(Expr, Expr),
}

/// Whose clauses.
pub(super) enum Owner {
    /// A license's.
    License(String),
    /// An exception's.
    Exception(String),
}

/// Why nothing can be explained.
pub(super) enum Missing {
    /// The license is known, the clause is not; its clauses are listed.
    Clause(String, Vec<String>),
    /// Nothing has such a name; the nearest ones.
    Name(Vec<String>),
}

/// A name of a license in any of the spellings that licit reads, with the remark that belongs to the spelling.
pub(super) struct Named {
    /// As an expression.
    pub(super) expr: Expr,
    /// How it was read, where it is not an SPDX expression already.
    pub(super) remark: Option<String>,
}

/// A subject with the remarks on how its name was read.
type Found = Result<(Subject, Vec<String>), Missing>;

/// Finds what is asked. One word, or several that are one name; two names are a pair.
pub(super) fn find(words: &[String], know: &Knowledge) -> Found {
    if let [first, second] = words
        && let (Some(first), Some(second)) = (license(first, know), license(second, know))
    {
        let remarks = first.remark.into_iter().chain(second.remark).collect();
        return Ok((Subject::Pair(first.expr, second.expr), remarks));
    }
    let asked = words.join(" ");
    let asked = asked.trim();
    let lower = asked.to_lowercase();
    if let Some(class) = Category::ALL.into_iter().find(|c| c.word() == lower.replace([' ', '_'], "-")) {
        return Ok((Subject::Class(class), Vec::new()));
    }
    if let Some(code) = codes::code(&lower) {
        return Ok((Subject::Finding(code), Vec::new()));
    }
    if let Some(named) = license(asked, know) {
        return Ok((Subject::Expression(named.expr), named.remark.into_iter().collect()));
    }
    if let Some(id) = exception(asked, know) {
        return Ok((Subject::Exception(id), Vec::new()));
    }
    clauses(asked, know).unwrap_or_else(|| Err(Missing::Name(nearest(asked, know))))
}

/// A license by expression, by a lax name, by the slug or an alias of a model license.
pub(super) fn license(name: &str, know: &Knowledge) -> Option<Named> {
    let known = |e: &Expr| e.terms().iter().all(|t| know.license(&t.id).is_some());
    if let Some(expr) = Expr::parse(name).filter(known) {
        let spelled = expr.to_string();
        let same = spelled.eq_ignore_ascii_case(name.trim());
        return Some(Named { remark: (!same).then(|| format!("`{name}` is read as {spelled}")), expr });
    }
    if let Some(alias) = know.alias(name)
        && let Some(expr) = Expr::parse(&alias.to).filter(known)
    {
        let remark = match alias.sure {
            true => format!("`{name}` is read as {expr}"),
            false => format!(
                "`{name}` may mean several licenses; it is read as {expr}, the meaning that asks most among the likely ones"
            ),
        };
        return Some(Named { expr, remark: Some(remark) });
    }
    let folded = fold(name);
    let rule = know.licenses().find(|l| {
        l.slug.as_deref() == Some(folded.as_str())
            || l.aliases.iter().any(|a| fold(a) == folded)
            || l.id.eq_ignore_ascii_case(name)
    })?;
    let remark = (rule.id != name).then(|| format!("`{name}` is read as {}", rule.id));
    Some(Named { expr: Expr::One(Term::new(&rule.id)), remark })
}

/// Ids of every exception with a rule.
fn exceptions(know: &Knowledge) -> Vec<&str> {
    let mut ids: Vec<&str> =
        know.all_clauses().into_iter().map(|(id, _)| id).filter(|id| know.exception(id).is_some()).collect();
    ids.dedup();
    ids
}

fn exception(name: &str, know: &Knowledge) -> Option<String> {
    if know.exception(name).is_some() {
        return Some(name.to_string());
    }
    let folded = fold(name);
    let same = |id: &&str| {
        id.eq_ignore_ascii_case(name) || know.exception(id).is_some_and(|e| fold(&e.name) == folded)
    };
    exceptions(know).into_iter().find(same).map(str::to_string)
}

/// A license or exception followed by a clause; none where no beginning of the words is a name.
fn clauses(asked: &str, know: &Knowledge) -> Option<Found> {
    // The longest beginning that is a name; only a few blanks can stand in a name and a clause number.
    let cuts: Vec<usize> = asked
        .char_indices()
        .filter(|(at, c)| *at > 0 && (c.is_whitespace() || *c == '§' || *c == '#'))
        .map(|(at, _)| at)
        .take(24)
        .collect();
    for cut in cuts.into_iter().rev() {
        let (name, rest) = (asked[..cut].trim(), asked[cut..].trim().trim_start_matches('#'));
        // An exception that nobody knows is no clause.
        let with = rest.get(..5).is_some_and(|w| w.eq_ignore_ascii_case("with "));
        if name.is_empty() || rest.is_empty() || with {
            continue;
        }
        let (owner, id, facts, remark) = match license(name, know) {
            Some(Named { expr: Expr::One(term), remark }) => {
                let facts = know.license(&term.id).map(|l| l.clauses.as_slice()).unwrap_or_default();
                (Owner::License(term.id.clone()), term.id, facts, remark)
            }
            Some(_) => continue,
            None => match exception(name, know) {
                Some(id) => {
                    let facts = know.exception(&id).map(|e| e.clauses.as_slice()).unwrap_or_default();
                    (Owner::Exception(id.clone()), id, facts, None)
                }
                None => continue,
            },
        };
        let found = matching(rest, facts);
        if found.is_empty() {
            let list = facts.iter().map(|c| c.reference.clone()).collect();
            return Some(Err(Missing::Clause(id, list)));
        }
        return Some(Ok((Subject::Clauses(owner, found), remark.into_iter().collect())));
    }
    None
}

/// The clauses that a number means: the one of that number, or else all below it.
fn matching(asked: &str, facts: &[ClauseFact]) -> Vec<usize> {
    let wanted = plain(asked);
    if wanted.is_empty() {
        return Vec::new();
    }
    let hits = |same: &dyn Fn(&str) -> bool| -> Vec<usize> {
        let of = |c: &ClauseFact| parts(&c.reference).iter().any(|p| same(p));
        facts.iter().enumerate().filter(|(_, c)| of(c)).map(|(i, _)| i).collect()
    };
    let exact = hits(&|part| part == wanted);
    if !exact.is_empty() {
        return exact;
    }
    hits(&|part| {
        part.strip_prefix(wanted.as_str()).is_some_and(|rest| {
            let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
            !(digit(rest.chars().next()) && digit(wanted.chars().last()))
        })
    })
}

/// A clause number without what people spell in different ways.
fn plain(reference: &str) -> String {
    let lower = reference.to_lowercase();
    let mut rest = lower.trim();
    for word in ["sections", "section", "sec.", "clause", "article", "art.", "paragraph", "no."] {
        rest = rest.strip_prefix(word).map_or(rest, str::trim_start);
    }
    let mut out = String::with_capacity(rest.len());
    let mut chars = rest.chars().peekable();
    while let Some(c) = chars.next() {
        // A point between digits tells 3.1 from 31; others are a matter of style.
        let number = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
        match c {
            '§' | '(' | ')' | ' ' => {}
            '.' if !(number(out.chars().last()) && number(chars.peek().copied())) => {}
            _ => out.push(c),
        }
    }
    out
}

/// The whole reference, and each clause that it names: `§3.3 with §1.12` is found under both.
fn parts(reference: &str) -> Vec<String> {
    let mut all = vec![plain(reference)];
    let pieces = reference.split(" with ").flat_map(|p| p.split(" and "));
    all.extend(pieces.map(plain).filter(|p| !p.is_empty()));
    all
}

/// The nearest names to one that nobody knows, the best first.
fn nearest(asked: &str, know: &Knowledge) -> Vec<String> {
    // Distances cost length times length, and no name is longer.
    let lower: String = asked.to_lowercase().chars().take(120).collect();
    // What all such ids begin with says nothing of how near two of them are.
    let bare = |name: &str| {
        let name = name.strip_prefix("licenseref-").unwrap_or(name);
        name.strip_prefix("scancode-").unwrap_or(name).to_string()
    };
    let lower = bare(&lower);
    let mut scored: Vec<(u32, String)> = Vec::new();
    let mut offer = |name: &str, shown: &str| {
        let score = strsim::normalized_damerau_levenshtein(&lower, &bare(&name.to_lowercase()));
        if score >= 0.55 {
            // Thousandths, so that the order is total.
            scored.push(((score * 1000.0) as u32, shown.to_string()));
        }
    };
    for rule in know.licenses() {
        let shown = rule.slug.as_deref().unwrap_or(&rule.id);
        offer(shown, shown);
        rule.aliases.iter().for_each(|a| offer(a, shown));
    }
    exceptions(know).into_iter().for_each(|id| offer(id, id));
    CODES.iter().for_each(|c| offer(c.code, c.code));
    Category::ALL.iter().for_each(|c| offer(c.word(), c.word()));
    for (name, alias) in know.alias_targets() {
        offer(name, &alias.to);
    }
    scored.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    let mut names: Vec<String> = Vec::new();
    for (_, name) in scored {
        if !names.contains(&name) {
            names.push(name);
        }
        if names.len() == 5 {
            break;
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clause_numbers_in_many_spellings() {
        let know = Knowledge::embedded();
        let facts = &know.license("GPL-3.0-only").unwrap().clauses;
        let refs = |asked: &str| -> Vec<&str> {
            matching(asked, facts).into_iter().map(|i| facts[i].reference.as_str()).collect()
        };
        assert_eq!(refs("§5(c)"), ["§5(c)"]);
        assert_eq!(refs("5c"), ["§5(c)"]);
        assert_eq!(refs("section 5 (c)"), ["§5(c)"]);
        assert!(refs("5").len() > 2 && refs("5").iter().all(|r| r.starts_with("§5")));
        assert!(refs("1").is_empty(), "§10 and §13 are other clauses");
        assert!(refs("99").is_empty());
    }

    #[test]
    fn hostile_names_end() {
        let know = Knowledge::embedded();
        let long = ["§ # é".repeat(5000)];
        assert!(find(&long, know).is_err());
    }
}
