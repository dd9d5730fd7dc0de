//! All extractors' patterns. A tree has many thousands of files and nearly all of them are nobody's, so a file is held
//! against few patterns only: those that share its whole name, or what stands behind the last dot of it.

use std::collections::HashMap;
use std::sync::OnceLock;

use globset::{Glob, GlobMatcher};

use crate::extract::EXTRACTORS;

/// The patterns of some extractors, laid out for names.
#[derive(Default)]
pub(super) struct Patterns {
    by_name: HashMap<&'static str, Vec<Pattern>>,
    by_ending: HashMap<&'static str, Vec<Pattern>>,
    others: Vec<Pattern>,
}

/// One pattern.
struct Pattern {
    /// Those of names come before those of paths, and then as the table of extractors has them.
    order: (bool, usize),
    /// Index into [`EXTRACTORS`].
    owner: usize,
    shape: Shape,
}

/// How a pattern is held against a file.
enum Shape {
    /// The bucket says it all.
    Name,
    /// A name that begins and ends so.
    Around(&'static str, &'static str),
    /// A path that ends so, with whole folders.
    Below(&'static str),
    /// Everything else, compiled where it is asked for.
    Glob { pattern: &'static str, on_path: bool, compiled: OnceLock<Option<GlobMatcher>> },
}

impl Patterns {
    /// Those of the formats that ride along, or those of all others.
    pub(super) fn new(riding: bool) -> Self {
        let mine = EXTRACTORS.iter().enumerate().filter(|(_, e)| e.rides_along() == riding);
        let all = mine.flat_map(|(owner, e)| e.files().iter().map(move |p| (owner, *p)));
        let mut patterns = Patterns::default();
        for (number, (owner, pattern)) in all.enumerate() {
            patterns.add(number, owner, pattern);
        }
        patterns
    }

    fn add(&mut self, number: usize, owner: usize, pattern: &'static str) {
        let on_path = pattern.contains('/');
        let last = pattern.rsplit('/').next().unwrap_or(pattern);
        let ending = last.rsplit_once('.').map(|(_, ending)| ending).filter(|e| is_plain(e));
        let shape = match pattern.split_once('*') {
            _ if on_path && is_plain(pattern) => Shape::Below(pattern),
            _ if is_plain(pattern) => Shape::Name,
            Some((before, after)) if !on_path && is_plain(before) && is_plain(after) => {
                Shape::Around(before, after)
            }
            _ => Shape::Glob { pattern, on_path, compiled: OnceLock::new() },
        };
        let pattern = Pattern { order: (on_path, number), owner, shape };
        match ending {
            _ if is_plain(last) => self.by_name.entry(last).or_default().push(pattern),
            Some(ending) => self.by_ending.entry(ending).or_default().push(pattern),
            None => self.others.push(pattern),
        }
    }

    /// The extractors whose patterns fit a file, by its name and its path.
    pub(super) fn matching(&self, name: &str, path: &str) -> Vec<usize> {
        let ending = name.rsplit_once('.').and_then(|(_, ending)| self.by_ending.get(ending));
        let near = [self.by_name.get(name), ending, Some(&self.others)].into_iter().flatten().flatten();
        let mut fits: Vec<&Pattern> = near.filter(|p| p.shape.fits(name, path)).collect();
        fits.sort_unstable_by_key(|p| p.order);
        let mut found: Vec<usize> = Vec::with_capacity(fits.len());
        for pattern in fits {
            if !found.contains(&pattern.owner) {
                found.push(pattern.owner);
            }
        }
        found
    }

    /// How many there are, and how many of them cannot be compiled.
    #[cfg(test)]
    pub(super) fn count(&self) -> (usize, usize) {
        let all = self.by_name.values().chain(self.by_ending.values()).flatten().chain(&self.others);
        let broken =
            |p: &&Pattern| matches!(&p.shape, Shape::Glob { pattern, .. } if Glob::new(pattern).is_err());
        (all.clone().count(), all.filter(broken).count())
    }
}

impl Shape {
    fn fits(&self, name: &str, path: &str) -> bool {
        match self {
            Shape::Name => true,
            Shape::Around(before, after) => {
                name.len() >= before.len() + after.len() && name.starts_with(before) && name.ends_with(after)
            }
            // A pattern on the path holds at any depth.
            Shape::Below(end) => {
                path.strip_suffix(end).is_some_and(|above| above.is_empty() || above.ends_with('/'))
            }
            Shape::Glob { pattern, on_path, compiled } => {
                // The patterns are constants, and a test compiles them all.
                let compile = || {
                    let any_depth = if *on_path { format!("**/{pattern}") } else { (*pattern).to_string() };
                    Glob::new(&any_depth).ok().map(|glob| glob.compile_matcher())
                };
                let matcher = compiled.get_or_init(compile);
                matcher.as_ref().is_some_and(|m| m.is_match(if *on_path { path } else { name }))
            }
        }
    }
}

fn is_plain(pattern: &str) -> bool {
    !pattern.contains(['*', '?', '[', ']', '{', '}', '\\', '!'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_those_of_one_matcher_for_all() {
        let patterns = Patterns::new(false);
        let all: Vec<&str> = EXTRACTORS.iter().flat_map(|e| e.files().iter().copied()).collect();
        // Names that fit, that nearly fit, and that lie somewhere else.
        let mut paths: Vec<String> = Vec::new();
        for pattern in &all {
            let plain = pattern.replace("**/", "").replace("[-_]", "-").replace('*', "x");
            let stripped = plain.rsplit('/').next().unwrap_or(&plain).to_string();
            for path in
                [plain.clone(), stripped, plain.replace('x', ""), format!("{plain}x"), plain.to_uppercase()]
            {
                paths.extend([path.clone(), format!("a/b/{path}"), format!("c{path}")]);
            }
        }
        let others = EXTRACTORS.iter().enumerate().filter(|(_, e)| !e.rides_along());
        let globs = others.flat_map(|(owner, e)| e.files().iter().map(move |p| (owner, *p)));
        let globs: Vec<(usize, bool, GlobMatcher)> = globs
            .map(|(owner, pattern)| {
                let on_path = pattern.contains('/');
                let glob = if on_path { format!("**/{pattern}") } else { pattern.to_string() };
                (owner, on_path, Glob::new(&glob).unwrap().compile_matcher())
            })
            .collect();
        for path in &paths {
            let name = path.rsplit('/').next().unwrap_or(path);
            let fits = |(owner, on_path, glob): &(usize, bool, GlobMatcher)| {
                glob.is_match(if *on_path { path.as_str() } else { name }).then_some(*owner)
            };
            let mut expected: Vec<usize> = globs.iter().filter_map(fits).collect();
            expected.dedup();
            let mut found = patterns.matching(name, path);
            found.sort_unstable();
            assert_eq!(found, expected, "{path}");
        }
        assert!(paths.len() > 2_000);
    }
}
