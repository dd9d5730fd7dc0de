//! `composer.lock`: every PHP package with its license, and who asks for whom.

use licit_model::{Ecosystem, Found, GraphDepth, Scope};
use serde::de::{IgnoredAny, MapAccess};

use super::composer::{self, Entry};
use super::json::{self, Lax};
use super::{Extractor, File};

/// Reads `composer.lock`.
pub struct ComposerLock;

impl Extractor for ComposerLock {
    fn name(&self) -> &'static str {
        "composer-lock"
    }

    fn files(&self) -> &'static [&'static str] {
        &["composer.lock"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let mut lists = Lists::default();
        json::fill(file, found, &mut lists);
        if !lists.seen {
            return;
        }
        found.lock(
            Ecosystem::Composer,
            GraphDepth::Full,
            "composer.lock holds every package and who asks for it",
        );
        let lists = [
            (scoped(lists.packages, Scope::Runtime), "packages"),
            (scoped(lists.dev, Scope::Dev), "packages-dev"),
        ];
        composer::fill(&lists, file, found);
    }
}

fn scoped(entries: Vec<Lax<Entry<'_>>>, scope: Scope) -> Vec<(Entry<'_>, Option<Scope>)> {
    entries.into_iter().map(|e| (e.0.unwrap_or_default(), Some(scope))).collect()
}

/// The lists of packages. What was read before a syntax error stays.
#[derive(Default)]
struct Lists<'a> {
    seen: bool,
    packages: Vec<Lax<Entry<'a>>>,
    dev: Vec<Lax<Entry<'a>>>,
}

impl<'de> json::Fields<'de> for Lists<'de> {
    fn take<M: MapAccess<'de>>(&mut self, key: &str, map: &mut M) -> Result<(), M::Error> {
        match key {
            "packages" => {
                self.seen = true;
                map.next_value_seed(composer::Growing(&mut self.packages))?;
            }
            "packages-dev" => {
                self.seen = true;
                map.next_value_seed(composer::Growing(&mut self.dev))?;
            }
            _ => drop(map.next_value::<IgnoredAny>()?),
        }
        Ok(())
    }
}
