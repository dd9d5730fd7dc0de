//! Whether a component under one license may be part of a work that goes out under another.
//!
//! The answer comes from facts in `rules/` (class, the FSF's compatibility list, the license's own upgrade clauses)
//! and from the version rules of the GNU family, which are spelled out here.

use licit_license::{Expr, Knowledge, Term};
use licit_model::Category;

/// May it be part of the work?
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    /// Yes.
    Yes,
    /// Yes, but the whole goes out under narrower terms than the claim, or a part keeps its own.
    Narrows,
    /// The sources do not say.
    Open,
    /// No.
    No,
}

/// Whether `component` fits into a work under `outbound`. Whoever receives a choice must be free to take each branch,
/// so all branches have to fit; of licenses that apply together one that covers the component is enough.
pub fn fits(component: &Term, outbound: &Expr, know: &Knowledge) -> Fit {
    match outbound {
        Expr::One(term) => fits_one(component, term, know),
        Expr::Or(parts) => parts.iter().map(|p| fits(component, p, know)).max().unwrap_or(Fit::Open),
        Expr::And(parts) => parts.iter().map(|p| fits(component, p, know)).min().unwrap_or(Fit::Open),
    }
}

fn fits_one(component: &Term, outbound: &Term, know: &Knowledge) -> Fit {
    if component.id == outbound.id && (component.with.is_none() || component.with == outbound.with) {
        return Fit::Yes;
    }
    if component.id == outbound.id {
        // The component carries an additional permission that the work need not pass on.
        return Fit::Yes;
    }
    let class = component.category(know);
    if let (Some(from), Some(to)) = (Gnu::of(component), Gnu::of(outbound)) {
        return from.into_work(to);
    }
    let license = know.license(&component.id);
    let upgrades = license.is_some_and(|l| l.upgrade.iter().any(|u| covers(u, &outbound.id)));
    if upgrades {
        return Fit::Yes;
    }
    let listed = match Gnu::of(outbound) {
        // Apache-2.0 and its like: refused by version 2 alone, welcome in version 3.
        Some(Gnu { major: 2, later: false, .. }) => license.and_then(|l| l.gpl2),
        Some(Gnu { major: 2, later: true, .. }) => {
            match (license.and_then(|l| l.gpl2), license.and_then(|l| l.gpl3)) {
                (Some(false), Some(true)) => return Fit::Narrows,
                (two, _) => two,
            }
        }
        Some(Gnu { major: 3, .. }) => license.and_then(|l| l.gpl3),
        _ => None,
    };
    match (listed, class) {
        (Some(true), _) => Fit::Yes,
        (Some(false), _) => Fit::No,
        (None, Category::PublicDomain | Category::Permissive) => Fit::Yes,
        (None, Category::WeakCopyleft) if Gnu::of(outbound).is_none() => Fit::Yes,
        (None, Category::StrongCopyleft | Category::NetworkCopyleft) => Fit::No,
        _ => Fit::Open,
    }
}

/// Whether an upgrade target such as `GPL-3.0-or-later` covers an outbound id such as `GPL-3.0-only`.
fn covers(target: &str, outbound: &str) -> bool {
    if target == outbound {
        return true;
    }
    match (Gnu::of(&Term::new(target)), Gnu::of(&Term::new(outbound))) {
        (Some(target), Some(outbound)) => target.into_work(outbound) == Fit::Yes,
        _ => false,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Lgpl,
    Gpl,
    Agpl,
}

/// A license of the GNU family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Gnu {
    family: Family,
    major: u32,
    later: bool,
}

impl Gnu {
    fn of(term: &Term) -> Option<Gnu> {
        let families = [("LGPL-", Family::Lgpl), ("AGPL-", Family::Agpl), ("GPL-", Family::Gpl)];
        let (rest, family) = families.iter().find_map(|(p, f)| Some((term.id.strip_prefix(p)?, *f)))?;
        let major = rest.split('.').next()?.parse().ok()?;
        Some(Gnu { family, major, later: rest.ends_with("-or-later") })
    }

    /// The GNU version rules: FSF, "Frequently Asked Questions about the GNU Licenses", compatibility matrix.
    fn into_work(self, work: Gnu) -> Fit {
        match (self.family, work.family) {
            (Family::Lgpl, Family::Gpl | Family::Agpl) => {
                // LGPL-2.x §3 lets a copy go under GPL-2.0 or any later version; LGPL-3.0 is GPL-3.0 with permissions.
                if self.major <= 2 || work.major >= 3 {
                    Fit::Yes
                } else if self.later || work.later {
                    Fit::Narrows
                } else {
                    Fit::No
                }
            }
            (Family::Gpl, Family::Gpl) | (Family::Agpl, Family::Agpl) | (Family::Lgpl, Family::Lgpl) => {
                self.same_family(work)
            }
            // GPL-3.0 §13 and AGPL-3.0 §13 allow combining each with the other; each part keeps its terms.
            (Family::Gpl, Family::Agpl) if self.major == 3 || self.later => Fit::Yes,
            (Family::Agpl, Family::Gpl) if work.major == 3 || work.later => Fit::Narrows,
            (Family::Gpl | Family::Agpl, _) => Fit::No,
        }
    }

    fn same_family(self, work: Gnu) -> Fit {
        match self.major.cmp(&work.major) {
            std::cmp::Ordering::Equal if self.later || !work.later => Fit::Yes,
            // The claim "or any later version" cannot be made for a part that has only one.
            std::cmp::Ordering::Equal => Fit::Narrows,
            std::cmp::Ordering::Less if self.later => Fit::Yes,
            std::cmp::Ordering::Greater if work.later => Fit::Narrows,
            _ => Fit::No,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(component: &str, outbound: &str) -> Fit {
        let know = Knowledge::embedded();
        let component = Expr::parse(component).unwrap();
        fits(component.terms()[0], &Expr::parse(outbound).unwrap(), know)
    }

    #[test]
    fn versions_of_the_gnu_family() {
        assert_eq!(fit("GPL-2.0-only", "GPL-3.0-only"), Fit::No);
        assert_eq!(fit("GPL-2.0-or-later", "GPL-3.0-only"), Fit::Yes);
        assert_eq!(fit("GPL-3.0-only", "GPL-2.0-only"), Fit::No);
        assert_eq!(fit("GPL-3.0-only", "GPL-2.0-or-later"), Fit::Narrows);
        assert_eq!(fit("GPL-3.0-or-later", "AGPL-3.0-only"), Fit::Yes);
        assert_eq!(fit("AGPL-3.0-only", "GPL-3.0-only"), Fit::Narrows);
        assert_eq!(fit("LGPL-3.0-only", "GPL-2.0-only"), Fit::No);
        assert_eq!(fit("LGPL-2.1-only", "GPL-3.0-or-later"), Fit::Yes);
    }

    #[test]
    fn others_into_the_gnu_family() {
        assert_eq!(fit("Apache-2.0", "GPL-2.0-only"), Fit::No);
        assert_eq!(fit("Apache-2.0", "GPL-3.0-only"), Fit::Yes);
        assert_eq!(fit("MIT", "GPL-2.0-only"), Fit::Yes);
        assert_eq!(fit("CDDL-1.0", "GPL-3.0-only"), Fit::No);
        assert_eq!(fit("MPL-2.0", "GPL-3.0-only"), Fit::Yes);
    }

    #[test]
    fn every_branch_of_an_offered_choice_has_to_fit() {
        assert_eq!(fit("GPL-3.0-only", "MIT OR GPL-3.0-only"), Fit::No);
        assert_eq!(fit("GPL-3.0-only", "MIT AND GPL-3.0-only"), Fit::Yes);
        assert_eq!(fit("GPL-3.0-only", "MIT"), Fit::No);
    }
}
