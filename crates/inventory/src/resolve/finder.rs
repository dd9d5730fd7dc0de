//! Finds the packages of a lockfile that a manifest's requirements mean.

use std::collections::HashMap;

use licit_model::{Found, FoundPackage, Requirement};

use super::cargo;

/// How a requirement finds its package in a lock.
pub(super) struct Finder<'l> {
    lock: &'l Found,
    keys: HashMap<&'l str, Vec<usize>>,
}

impl<'l> Finder<'l> {
    pub(super) fn new(lock: &'l Found) -> Self {
        let mut keys: HashMap<&str, Vec<usize>> = HashMap::new();
        for (key, index) in &lock.keys {
            keys.entry(key.as_str()).or_default().push(*index);
        }
        Finder { lock, keys }
    }

    /// By `alias@range`, `name@range`, then `name`; a name that several versions share finds those that the range allows.
    pub(super) fn find(&self, requirement: &Requirement) -> Vec<usize> {
        let called = requirement.alias.as_deref().unwrap_or(&requirement.name);
        let spelled = [
            format!("{called}@{}", requirement.range),
            format!("{called}@npm:{}", requirement.range),
            format!("{called}@npm:{}@{}", requirement.name, requirement.range),
            format!("{}@{}", requirement.name, requirement.range),
            called.to_string(),
            requirement.name.clone(),
        ];
        spelled.iter().find_map(|s| self.keys.get(s.as_str())).cloned().unwrap_or_default()
    }

    /// Whether a requirement of a first-party package is met by this package of the lock.
    pub(super) fn fits(&self, requirement: &Requirement, index: usize, package: &FoundPackage) -> bool {
        if self.lock.extractor == "cargo-lock" {
            return requirement.name == package.purl.name
                && cargo::allows(&requirement.range, package.purl.version());
        }
        self.find(requirement).contains(&index)
    }
}
