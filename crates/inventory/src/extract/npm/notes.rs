//! Problems of one file, told briefly: a file that is broken in a thousand places is broken once.

use licit_model::Found;

/// How many problems of one kind are told one by one.
const TOLD: usize = 5;

/// Problems with single lines. The first ones are told, the others counted.
#[derive(Debug, Default)]
pub struct Notes {
    told: Vec<(u32, String)>,
    untold: usize,
}

impl Notes {
    /// Notes a problem; the words are only made for those that are told.
    pub fn note(&mut self, line: u32, words: impl FnOnce() -> String) {
        if self.told.len() < TOLD {
            self.told.push((line, words()));
        } else {
            self.untold += 1;
        }
    }

    /// Makes problems of them, because of which components may be missing.
    pub fn report(self, found: &mut Found) {
        for (line, words) in self.told {
            found.lost(Some(line), words);
        }
        if self.untold > 0 {
            found.lost(None, format!("{} more lines could not be read", self.untold));
        }
    }
}

/// Names of which the same is to be said, so that it is said once a file.
#[derive(Debug, Default)]
pub struct Missing {
    count: usize,
    first: Option<(String, Option<u32>)>,
}

impl Missing {
    /// Notes one name; only the first is told.
    pub fn note(&mut self, name: &str, line: impl FnOnce() -> Option<u32>) {
        self.count += 1;
        if self.first.is_none() {
            self.first = Some((name.to_string(), line()));
        }
    }

    /// Makes one problem of requirements that the lockfile does not resolve.
    pub fn report_unresolved(self, found: &mut Found) {
        self.report(found, "asked for but not in the lockfile; install again to renew it");
    }

    /// Makes one problem of packages that have no version.
    pub fn report_unversioned(self, found: &mut Found) {
        self.report(found, "without a version and left out; install again to renew the lockfile");
    }

    /// Makes one problem of requirements that are not written as they should be.
    pub fn report_malformed(self, found: &mut Found) {
        self.report(found, "not asked for with a name and a range and left out");
    }

    fn report(self, found: &mut Found, what: &str) {
        if let Some((name, line)) = self.first {
            let others = match self.count {
                1 => "is".to_string(),
                n => format!("and {} more are", n - 1),
            };
            found.lost(line, format!("`{name}` {others} {what}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_problems_become_few() {
        let mut found = Found::new("yarn.lock", "yarn-lock");
        let mut notes = Notes::default();
        (1..100).for_each(|line| notes.note(line, || "bad".to_string()));
        notes.report(&mut found);
        let mut missing = Missing::default();
        missing.note("a", || Some(7));
        missing.note("b", || None);
        missing.report_unresolved(&mut found);
        assert_eq!(found.problems.len(), TOLD + 2);
        assert_eq!(found.problems[TOLD].message, "94 more lines could not be read");
        assert_eq!(found.problems[TOLD + 1].line, Some(7));
    }
}
