//! The version rules of the GNU family: FSF, "Frequently Asked Questions about the GNU Licenses", compatibility matrix.

use std::cmp::Ordering;

use licit_license::Term;

use crate::compatible::Fit;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Lgpl,
    Gpl,
    Agpl,
}

/// A license of the GNU family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Gnu {
    family: Family,
    major: u32,
    minor: u32,
    later: bool,
}

/// Whether it is a license of the GNU family.
pub(crate) fn is_gnu(term: &Term) -> bool {
    Gnu::of(term).is_some()
}

impl Gnu {
    /// Family and version of an id; none for other licenses.
    pub(crate) fn of(term: &Term) -> Option<Gnu> {
        let families = [("LGPL-", Family::Lgpl), ("AGPL-", Family::Agpl), ("GPL-", Family::Gpl)];
        let (rest, family) = families.iter().find_map(|(p, f)| Some((term.id.strip_prefix(p)?, *f)))?;
        let version = rest.split('-').next()?;
        let (major, minor) = version.split_once('.').unwrap_or((version, "0"));
        let later = rest.ends_with("-or-later") || term.or_later;
        let (major, minor) = (major.parse().ok()?, minor.parse().ok()?);
        Some(Gnu { family, major, minor, later })
    }

    /// Whether it is the GPL itself.
    pub(crate) fn is_gpl(self) -> bool {
        self.family == Family::Gpl
    }

    /// First number of the version.
    pub(crate) fn major(self) -> u32 {
        self.major
    }

    /// Whether later versions may be taken.
    pub(crate) fn later(self) -> bool {
        self.later
    }

    /// Whether both are the same license in the same version, later ones aside.
    pub(crate) fn same_version(self, other: Gnu) -> bool {
        self.family == other.family && self.major == other.major
    }

    /// Whether a part under this may be conveyed inside a work under the other, and why.
    pub(crate) fn into_work(self, work: Gnu) -> (Fit, &'static str) {
        match (self.family, work.family) {
            (Family::Lgpl, Family::Gpl | Family::Agpl) => {
                if self.major <= 2 && work.major == 1 {
                    let why = "LGPL-2.x §3 leads to the GPL from version 2 on, not to version 1";
                    (if work.later { Fit::Narrows } else { Fit::No }, why)
                } else if self.major <= 2 {
                    // LGPL-2.x §3 lets a copy go under version 2 of the GPL or any later one.
                    (Fit::Yes, "LGPL-2.x §3 lets the copy be taken under the GPL, version 2 or any later one")
                } else if work.major >= 3 && work.later && !self.later {
                    (
                        Fit::Narrows,
                        "LGPL-3.0 alone is GPL-3.0 alone; later versions cannot be promised for it",
                    )
                } else if work.major >= 3 {
                    (Fit::Yes, "LGPL-3.0 is GPL-3.0 with more permissions")
                } else if work.later {
                    (
                        Fit::Narrows,
                        "LGPL-3.0 needs version 3 of the GPL, so the whole can go out under version 3 only",
                    )
                } else {
                    (Fit::No, "LGPL-3.0 builds on GPL-3.0, which GPL-2.0 alone does not accept")
                }
            }
            (Family::Gpl, Family::Gpl) | (Family::Agpl, Family::Agpl) | (Family::Lgpl, Family::Lgpl) => {
                self.same_family(work)
            }
            (Family::Gpl, Family::Agpl) if self.major == 3 || self.later => {
                (Fit::Yes, "GPL-3.0 §13 and AGPL-3.0 §13 allow the combination; each part keeps its license")
            }
            (Family::Agpl, Family::Gpl) if work.major == 3 || work.later => (
                Fit::Narrows,
                "GPL-3.0 §13 allows the combination, but AGPL-3.0 §13 then holds for the whole of it",
            ),
            (Family::Gpl, Family::Agpl) => {
                (Fit::No, "GPL-2.0 without a later version has no clause for the AGPL")
            }
            (Family::Agpl, _) => {
                (Fit::No, "AGPL-3.0 covers the whole work, and only GPL-3.0 has a clause for it")
            }
            (Family::Gpl, Family::Lgpl) => {
                (Fit::No, "the GPL covers the whole work; the LGPL gives more permissions than it allows")
            }
        }
    }

    fn same_family(self, work: Gnu) -> (Fit, &'static str) {
        match (self.major, self.minor).cmp(&(work.major, work.minor)) {
            Ordering::Equal if self.later || !work.later => (Fit::Yes, "the same version"),
            Ordering::Equal => (
                Fit::Narrows,
                "the claim \"or any later version\" cannot be made for a part that has only one version",
            ),
            Ordering::Less if self.later => {
                (Fit::Yes, "its \"or any later version\" reaches the version of the whole")
            }
            Ordering::Greater if work.later => {
                (Fit::Narrows, "the whole can go out only under the later version that this part has")
            }
            _ => (
                Fit::No,
                "each asks for the whole work under its own version, and no version is common to both",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn into(part: &str, work: &str) -> Fit {
        Gnu::of(&Term::new(part)).unwrap().into_work(Gnu::of(&Term::new(work)).unwrap()).0
    }

    #[test]
    fn versions_of_the_gnu_family() {
        assert_eq!(into("GPL-2.0-only", "GPL-3.0-only"), Fit::No);
        assert_eq!(into("GPL-2.0-or-later", "GPL-3.0-only"), Fit::Yes);
        assert_eq!(into("GPL-3.0-only", "GPL-2.0-only"), Fit::No);
        assert_eq!(into("GPL-3.0-only", "GPL-2.0-or-later"), Fit::Narrows);
        assert_eq!(into("GPL-3.0-or-later", "AGPL-3.0-only"), Fit::Yes);
        assert_eq!(into("AGPL-3.0-only", "GPL-3.0-only"), Fit::Narrows);
        assert_eq!(into("LGPL-3.0-only", "GPL-2.0-only"), Fit::No);
        assert_eq!(into("LGPL-2.1-only", "GPL-3.0-or-later"), Fit::Yes);
    }
}
