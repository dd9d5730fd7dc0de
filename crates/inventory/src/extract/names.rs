//! Packages of one lockfile by their names, for the edges that name only their target.

use std::collections::HashMap;

use licit_model::Found;

/// A resolver locks a handful of versions of one name; a file made to waste time may hold many, of which only the
/// first are looked at.
const SAME_NAME: usize = 32;

/// Indices into [`Found::packages`] by name.
#[derive(Debug, Default)]
pub struct Names {
    by_name: HashMap<String, Vec<usize>>,
}

impl Names {
    /// Notes a package; the same one twice is noted once.
    pub fn add(&mut self, name: &str, index: usize) {
        let all = match self.by_name.get_mut(name) {
            Some(all) => all,
            None => self.by_name.entry(name.to_string()).or_default(),
        };
        if all.len() < SAME_NAME && !all.contains(&index) {
            all.push(index);
        }
    }

    /// The packages of a name, in the file's order.
    pub fn get(&self, name: &str) -> &[usize] {
        self.by_name.get(name).map_or(&[], Vec::as_slice)
    }

    /// Lets every package be found by its name, for the requirements of a manifest.
    pub fn keys(self, found: &mut Found) {
        let named =
            self.by_name.into_iter().flat_map(|(name, all)| all.into_iter().map(move |i| (name.clone(), i)));
        found.keys = named.collect();
        found.keys.sort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_of_one_name_cost_little() {
        let mut names = Names::default();
        (0..1000).for_each(|i| names.add("a", i));
        names.add("a", 0);
        assert_eq!(names.get("a").len(), SAME_NAME);
        assert!(names.get("b").is_empty());
    }
}
