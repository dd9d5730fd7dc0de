//! What files say of a package beside its identity and its license.

use licit_model::{FoundPackage, Freshness};

use super::Joiner;

impl Joiner<'_> {
    /// The component of a third party's package, with what this file says of its release. Of files that differ the one
    /// that is joined first counts.
    pub(super) fn other(&mut self, package: &FoundPackage, path: &str) -> usize {
        let node = self.named(package, path);
        if let Some(facts) = &package.freshness {
            let known = self.joined.graph.components[node].freshness.get_or_insert_default();
            known.add(Freshness { sources: vec![path.to_string()], ..(**facts).clone() });
        }
        node
    }
}
