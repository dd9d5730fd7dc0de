//! `vendor/composer/installed.json`: the packages that Composer put into the vendor folder, with their licenses.

use std::collections::HashSet;
use std::fmt;

use licit_model::{Ecosystem, Found, GraphDepth, Scope};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::composer::{self, Entry};
use super::json::{self, Lax, Str};
use super::{Extractor, File};

/// Reads `installed.json`.
pub struct ComposerInstalled;

impl Extractor for ComposerInstalled {
    fn name(&self) -> &'static str {
        "composer-installed"
    }

    fn files(&self) -> &'static [&'static str] {
        &["installed.json"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let mut lists = Lists::default();
        json::parse_into(file, found, &mut lists);
        // The name is not Composer's alone: elsewhere than in its folder the entries must look like packages.
        let ours = lists.packages.first().is_some_and(|e| e.0.as_ref().is_some_and(Entry::is_one));
        let at_its_place = lists.seen && file.path().ends_with("composer/installed.json");
        if !ours && !at_its_place {
            return;
        }
        let why = "installed.json holds every installed package and who asks for it";
        found.lock(Ecosystem::Composer, GraphDepth::Full, why);
        let names: HashSet<String> = lists.dev.iter().map(|name| name.to_ascii_lowercase()).collect();
        let all: Vec<_> = lists
            .packages
            .into_iter()
            .map(|e| {
                let entry = e.0.unwrap_or_default();
                // Files of Composer 1 do not say what was installed for development.
                let scope = lists
                    .told
                    .then(|| if names.contains(&entry.name()) { Scope::Dev } else { Scope::Runtime });
                (entry, scope)
            })
            .collect();
        composer::fill(&[(all, "packages")], file, found);
    }
}

/// Composer 2 writes an object, Composer 1 an array.
#[derive(Default)]
struct Lists<'a> {
    seen: bool,
    told: bool,
    packages: Vec<Lax<Entry<'a>>>,
    dev: Vec<Str<'a>>,
}

impl<'de> DeserializeSeed<'de> for &mut Lists<'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for &mut Lists<'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or an array of packages")
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> Result<(), S::Error> {
        self.seen = true;
        while let Some(entry) = seq.next_element()? {
            self.packages.push(entry);
        }
        Ok(())
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<(), M::Error> {
        while let Some(key) = map.next_key::<Str<'de>>()? {
            match &*key {
                "packages" => {
                    self.seen = true;
                    map.next_value_seed(composer::Growing(&mut self.packages))?;
                }
                "dev-package-names" => {
                    self.told = true;
                    let names: Lax<Vec<Lax<Str<'de>>>> = map.next_value()?;
                    self.dev = names.0.unwrap_or_default().into_iter().filter_map(|n| n.0).collect();
                }
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}
