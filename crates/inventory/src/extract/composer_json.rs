//! `composer.json`: what a PHP project is and asks for.

use licit_model::{Ecosystem, Found, FoundPackage, Manifest, Purl, Requirement, Scope, Source};
use serde::de::{IgnoredAny, MapAccess};

use super::composer::{Ranges, is_platform};
use super::json::{self, Lax, Str};
use super::npm::license::LicenseField;
use super::{Extractor, File};

/// Reads `composer.json`.
pub struct ComposerJson;

impl Extractor for ComposerJson {
    fn name(&self) -> &'static str {
        "composer-json"
    }

    fn files(&self) -> &'static [&'static str] {
        &["composer.json"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let mut fields = Fields::default();
        json::fill(file, found, &mut fields);
        let name = fields.name.as_deref().map_or("", str::trim).to_ascii_lowercase();
        let version = fields.version.as_deref().map_or("", str::trim);
        let licenses = fields.license.raw(file);
        if name.is_empty() && fields.lists.is_empty() && licenses.is_empty() {
            return;
        }
        let line = fields.name.as_ref().and_then(|n| n.line(file)).or(Some(1));
        let mut package = FoundPackage::new(Purl::composer(&name, version), line);
        package.first_party = true;
        package.dir = Some(String::new());
        package.licenses = licenses;
        let mut manifest = Manifest::new(package);
        for (scope, list) in &fields.lists {
            for (name, range) in list.iter().filter(|(name, _)| !is_platform(name)) {
                let line = name.line(file);
                let Some(range) = range.0.as_deref() else {
                    found.lost(line, format!("what is asked of `{}` is no text and was left out", &**name));
                    continue;
                };
                manifest.requirements.push(Requirement {
                    name: name.trim().to_ascii_lowercase(),
                    alias: None,
                    range: range.trim().to_string(),
                    scope: *scope,
                    line,
                    path: None,
                    source: Source::Registry(None),
                    inherited: false,
                });
            }
        }
        found.manifest(Ecosystem::Composer, manifest);
    }
}

/// The fields that matter here. What was read before a syntax error stays.
#[derive(Default)]
struct Fields<'a> {
    name: Option<Str<'a>>,
    version: Option<Str<'a>>,
    license: LicenseField<'a>,
    lists: Vec<(Scope, Ranges<'a>)>,
}

impl<'de> json::Fields<'de> for Fields<'de> {
    fn take<M: MapAccess<'de>>(&mut self, key: &str, map: &mut M) -> Result<(), M::Error> {
        match key {
            "name" => self.name = map.next_value::<Lax<_>>()?.0,
            "version" => self.version = map.next_value::<Lax<_>>()?.0,
            "license" => self.license = map.next_value::<Lax<_>>()?.0.unwrap_or_default(),
            "require" | "require-dev" => {
                let scope = if key == "require" { Scope::Runtime } else { Scope::Dev };
                let list: Lax<Ranges<'de>> = map.next_value()?;
                self.lists.extend(list.0.map(|list| (scope, list)));
            }
            _ => drop(map.next_value::<IgnoredAny>()?),
        }
        Ok(())
    }
}
