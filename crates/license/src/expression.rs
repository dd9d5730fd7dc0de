//! SPDX expressions: parsed by the `spdx` crate, kept as a small tree in canonical spelling.

use std::collections::HashMap;
use std::fmt;
use std::sync::OnceLock;

use licit_model::Category;
use spdx::expression::{ExprNode, Operator};
use spdx::{LicenseItem, ParseMode};

use crate::identify::modified;
use crate::know::{Knowledge, Reach};

/// An expression.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Expr {
    /// One license, perhaps with an exception.
    One(Term),
    /// All of them apply.
    And(Vec<Expr>),
    /// The user may choose.
    Or(Vec<Expr>),
}

/// One license, perhaps with an exception.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Term {
    /// SPDX id in canonical spelling, or `LicenseRef-…`.
    pub id: String,
    /// A `+` on a license that has no `-or-later` id.
    pub or_later: bool,
    /// Exception id.
    pub with: Option<String>,
}

const MODE: ParseMode = ParseMode {
    allow_slash_as_or_operator: true,
    // The crate's list of imprecise names reads `BSD` as a definite license; ours says what is not sure.
    allow_imprecise_license_names: false,
    allow_postfix_plus_on_gpl: true,
    allow_deprecated: true,
    allow_unknown: false,
};

impl Expr {
    /// Parses an expression whose ids are all known; ids are matched without regard to case, as SPDX says.
    pub fn parse(text: &str) -> Option<Expr> {
        let spelled = canonical_case(text)?;
        let parsed = spdx::Expression::parse_mode(&spelled, MODE).ok()?;
        let mut stack: Vec<Expr> = Vec::new();
        for node in parsed.iter() {
            match node {
                ExprNode::Req(req) => stack.push(Expr::One(Term::from_spdx(&req.req)?)),
                ExprNode::Op(operator) => {
                    let (right, left) = (stack.pop()?, stack.pop()?);
                    stack.push(match operator {
                        Operator::And => Expr::all([left, right]),
                        Operator::Or => Expr::any([left, right]),
                    });
                }
            }
        }
        stack.pop().filter(|_| stack.is_empty())
    }

    /// All of these apply; nested conjunctions are flattened, repeated parts dropped.
    pub fn all(parts: impl IntoIterator<Item = Expr>) -> Expr {
        Self::join(parts, |e| if let Expr::And(inner) = e { Ok(inner) } else { Err(e) }, Expr::And)
    }

    /// One of these may be chosen; nested choices are flattened, repeated parts dropped.
    pub fn any(parts: impl IntoIterator<Item = Expr>) -> Expr {
        Self::join(parts, |e| if let Expr::Or(inner) = e { Ok(inner) } else { Err(e) }, Expr::Or)
    }

    fn join(
        parts: impl IntoIterator<Item = Expr>,
        open: impl Fn(Expr) -> Result<Vec<Expr>, Expr>,
        close: impl Fn(Vec<Expr>) -> Expr,
    ) -> Expr {
        let mut flat: Vec<Expr> = Vec::new();
        for part in parts {
            for part in open(part).unwrap_or_else(|one| vec![one]) {
                if !flat.contains(&part) {
                    flat.push(part);
                }
            }
        }
        if flat.len() == 1 { flat.remove(0) } else { close(flat) }
    }

    /// Every license in it, from left to right.
    pub fn terms(&self) -> Vec<&Term> {
        match self {
            Expr::One(term) => vec![term],
            Expr::And(parts) | Expr::Or(parts) => parts.iter().flat_map(Expr::terms).collect(),
        }
    }

    /// Every way to choose: each inner list is a set of licenses that apply together. At most 64 ways are listed,
    /// far more than any real expression has.
    pub fn branches(&self) -> Vec<Vec<&Term>> {
        match self {
            Expr::One(term) => vec![vec![term]],
            Expr::Or(parts) => parts.iter().flat_map(Expr::branches).take(64).collect(),
            Expr::And(parts) => {
                let mut ways: Vec<Vec<&Term>> = vec![Vec::new()];
                for part in parts {
                    let further = part.branches();
                    let pairs = ways.iter().flat_map(|way| further.iter().map(move |f| (way, f)));
                    ways = pairs.map(|(way, f)| way.iter().chain(f).copied().collect()).take(64).collect();
                }
                ways
            }
        }
    }

    /// The class: the worst of what applies together, the best of what may be chosen.
    pub fn category(&self, know: &Knowledge) -> Category {
        match self {
            Expr::One(term) => term.category(know),
            Expr::And(parts) => parts.iter().map(|p| p.category(know)).max().unwrap_or_default(),
            Expr::Or(parts) => parts.iter().map(|p| p.category(know)).min().unwrap_or_default(),
        }
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |f: &mut fmt::Formatter<'_>, parts: &[Expr], word: &str| {
            for (i, part) in parts.iter().enumerate() {
                if i > 0 {
                    write!(f, " {word} ")?;
                }
                // AND binds tighter than OR.
                if matches!(part, Expr::Or(_)) && word == "AND" {
                    write!(f, "({part})")?;
                } else {
                    write!(f, "{part}")?;
                }
            }
            Ok(())
        };
        match self {
            Expr::One(term) => write!(f, "{term}"),
            Expr::And(parts) => list(f, parts, "AND"),
            Expr::Or(parts) => list(f, parts, "OR"),
        }
    }
}

impl Term {
    /// A plain license.
    pub fn new(id: &str) -> Term {
        Term { id: id.to_string(), or_later: false, with: None }
    }

    fn from_spdx(req: &spdx::LicenseReq) -> Option<Term> {
        let (id, or_later) = match &req.license {
            LicenseItem::Spdx { id, or_later } => (id.name.to_string(), *or_later),
            LicenseItem::Other(other) => (other.to_string(), false),
        };
        let with = match &req.addition {
            Some(spdx::AdditionItem::Spdx(id)) => Some(id.name.to_string()),
            Some(spdx::AdditionItem::Other(other)) => Some(other.to_string()),
            None => None,
        };
        Some(Term { id, or_later, with }.modern())
    }

    /// Replaces deprecated spellings of the GNU family by the ones that say what they mean.
    fn modern(mut self) -> Term {
        const COMBINED: [(&str, &str, &str); 8] = [
            ("GPL-2.0-with-GCC-exception", "GPL-2.0-only", "GCC-exception-2.0"),
            ("GPL-2.0-with-autoconf-exception", "GPL-2.0-only", "Autoconf-exception-2.0"),
            ("GPL-2.0-with-bison-exception", "GPL-2.0-only", "Bison-exception-2.2"),
            ("GPL-2.0-with-classpath-exception", "GPL-2.0-only", "Classpath-exception-2.0"),
            ("GPL-2.0-with-font-exception", "GPL-2.0-only", "Font-exception-2.0"),
            ("GPL-3.0-with-GCC-exception", "GPL-3.0-only", "GCC-exception-3.1"),
            ("GPL-3.0-with-autoconf-exception", "GPL-3.0-only", "Autoconf-exception-3.0"),
            ("eCos-2.0", "GPL-2.0-or-later", "eCos-exception-2.0"),
        ];
        if let Some((_, id, with)) = COMBINED.iter().find(|(old, ..)| *old == self.id) {
            self.id = (*id).to_string();
            self.with.get_or_insert_with(|| (*with).to_string());
        }
        let gnu = ["GPL-", "LGPL-", "AGPL-", "GFDL-"].iter().any(|p| self.id.starts_with(p));
        if gnu {
            let plus = self.id.ends_with('+');
            let base = self.id.trim_end_matches('+').to_string();
            let plain = !base.ends_with("-only") && !base.ends_with("-or-later");
            let later = if plus || self.or_later { "-or-later" } else { "-only" };
            let spelled = if plain {
                format!("{base}{later}")
            } else if self.or_later {
                base.replace("-only", "-or-later")
            } else {
                base
            };
            // Some members of the family have no such pair of ids; they stay as they are.
            if spdx::license_id(&spelled).is_some() {
                self.id = spelled;
                self.or_later = false;
            }
        }
        self
    }

    /// The class of the license; an exception that opens it changes the class to what remains.
    pub fn category(&self, know: &Knowledge) -> Category {
        let Some(license) = know.license(&self.id) else {
            // What was added to a known license restricts it, whatever it was before.
            let changed = modified::base_of(&self.id).is_some();
            return if changed { Category::SourceAvailable } else { Category::Unknown };
        };
        let Some(with) = &self.with else { return license.class };
        let effect = know.exception(with).map_or("review", |e| e.effect_class.as_str());
        let named = Category::ALL.into_iter().find(|c| c.word() == effect);
        // An exception never makes a license stricter, and one that nobody has judged changes nothing.
        named.map_or(license.class, |c| c.min(license.class))
    }

    /// How far its reciprocity reaches, exceptions considered.
    pub fn reach(&self, know: &Knowledge) -> Reach {
        let Some(license) = know.license(&self.id) else { return Reach::None };
        let waived = self.with.as_ref().and_then(|w| know.exception(w)).and_then(|e| Reach::named(&e.reach));
        waived.map_or(license.reach, |r| r.min(license.reach))
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.id)?;
        if self.or_later {
            f.write_str("+")?;
        }
        match &self.with {
            Some(with) => write!(f, " WITH {with}"),
            None => Ok(()),
        }
    }
}

/// Spells every id as the SPDX list does and operators in capitals; none where a word is no id.
fn canonical_case(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.trim();
    if rest.is_empty() || rest.len() > 4096 {
        return None;
    }
    while !rest.is_empty() {
        let end = rest.find(|c: char| c.is_whitespace() || "()/".contains(c)).unwrap_or(rest.len());
        if end == 0 {
            let c = rest.chars().next()?;
            out.push(if c.is_whitespace() { ' ' } else { c });
            rest = &rest[c.len_utf8()..];
            continue;
        }
        let (word, after) = rest.split_at(end);
        rest = after;
        let lower = word.to_ascii_lowercase();
        match lower.as_str() {
            "and" | "or" | "with" => out.push_str(&lower.to_ascii_uppercase()),
            _ if word.starts_with("LicenseRef-") || word.starts_with("DocumentRef-") => out.push_str(word),
            _ => {
                let (bare, plus) = lower.strip_suffix('+').map_or((lower.as_str(), ""), |b| (b, "+"));
                match spellings().get(lower.as_str()) {
                    Some(id) => out.push_str(id),
                    None => {
                        out.push_str(spellings().get(bare)?);
                        out.push_str(plus);
                    }
                }
            }
        }
    }
    Some(out)
}

/// Lower-case id to the list's spelling, licenses and exceptions.
fn spellings() -> &'static HashMap<String, &'static str> {
    static SPELLINGS: OnceLock<HashMap<String, &'static str>> = OnceLock::new();
    SPELLINGS.get_or_init(|| {
        let licenses = spdx::identifiers::LICENSES.iter().map(|l| l.name);
        let exceptions = spdx::identifiers::EXCEPTIONS.iter().map(|e| e.name);
        licenses.chain(exceptions).map(|name| (name.to_ascii_lowercase(), name)).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(text: &str) -> Option<String> {
        Expr::parse(text).map(|e| e.to_string())
    }

    #[test]
    fn spellings_are_made_canonical() {
        assert_eq!(canonical("mit/apache-2.0").as_deref(), Some("MIT OR Apache-2.0"));
        assert_eq!(canonical("GPL-2.0").as_deref(), Some("GPL-2.0-only"));
        assert_eq!(canonical("gpl-3.0+ and mit").as_deref(), Some("GPL-3.0-or-later AND MIT"));
        assert_eq!(
            canonical("GPL-2.0-with-classpath-exception").as_deref(),
            Some("GPL-2.0-only WITH Classpath-exception-2.0")
        );
        assert_eq!(
            canonical("(MIT OR Apache-2.0) AND Unicode-3.0").as_deref(),
            Some("(MIT OR Apache-2.0) AND Unicode-3.0")
        );
        assert_eq!(canonical("MPL-2.0+").as_deref(), Some("MPL-2.0+"));
        assert_eq!(canonical("Some License"), None);
        assert_eq!(canonical("LicenseRef-Mine OR MIT").as_deref(), Some("LicenseRef-Mine OR MIT"));
    }

    #[test]
    fn classes_follow_the_operators_and_the_exceptions() {
        let know = Knowledge::embedded();
        let class = |text: &str| Expr::parse(text).map(|e| e.category(know));
        assert_eq!(class("MIT OR GPL-3.0-only"), Some(Category::Permissive));
        assert_eq!(class("MIT AND GPL-3.0-only"), Some(Category::StrongCopyleft));
        assert_eq!(class("AGPL-3.0-or-later"), Some(Category::NetworkCopyleft));
        assert_eq!(class("Apache-2.0 WITH LLVM-exception"), Some(Category::Permissive));
        assert_eq!(class("GPL-2.0-only WITH Classpath-exception-2.0"), Some(Category::WeakCopyleft));
        assert_eq!(class("LicenseRef-Nobody-knows OR LicenseRef-This"), Some(Category::Unknown));
    }

    #[test]
    fn branches_multiply_out() {
        let expr = Expr::parse("(MIT OR ISC) AND (BSD-3-Clause OR Zlib)").unwrap();
        assert_eq!(expr.branches().len(), 4);
    }
}
