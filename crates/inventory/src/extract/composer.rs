//! What `composer.lock` and `installed.json` share: the entry of a package.

use licit_model::{Found, FoundPackage, Freshness, Hash, Purl, Scope, Source};

use super::File;
use super::json::{Lax, Lenient, Object, Str};
use super::names::Names;
use super::npm::assembly::Assembly;
use super::npm::license::LicenseField;
use super::npm::notes::Missing;
use super::npm::origin::{Origin, normal, without_credentials};

/// Names with ranges.
pub type Ranges<'a> = Object<'a, Lax<Str<'a>>>;

/// One package as Composer writes it down.
#[derive(Default)]
pub struct Entry<'a> {
    name: Option<Str<'a>>,
    version: Option<Str<'a>>,
    license: LicenseField<'a>,
    require: Ranges<'a>,
    provides: Vec<Str<'a>>,
    source: Fetch<'a>,
    dist: Fetch<'a>,
    time: Option<Str<'a>>,
    abandoned: Abandoned<'a>,
}

/// Whether a package is given up, and for which other one.
#[derive(Default)]
struct Abandoned<'a>(Option<Str<'a>>);

impl<'de: 'a, 'a> Lenient<'de> for Abandoned<'a> {
    fn from_text(text: std::borrow::Cow<'de, str>) -> Option<Self> {
        Some(Abandoned(Some(Str(text))))
    }

    fn from_bool(value: bool) -> Option<Self> {
        Some(Abandoned(value.then(|| Str("".into()))))
    }
}

/// `source` or `dist`.
#[derive(Default)]
struct Fetch<'a> {
    kind: Option<Str<'a>>,
    url: Option<Str<'a>>,
    reference: Option<Str<'a>>,
    shasum: Option<Str<'a>>,
}

impl<'de: 'a, 'a> Lenient<'de> for Fetch<'a> {
    fn from_map<M: serde::de::MapAccess<'de>>(mut map: M) -> Result<Option<Self>, M::Error> {
        let mut fetch = Fetch::default();
        while let Some(key) = map.next_key::<Str<'de>>()? {
            let value = map.next_value::<Lax<Str<'de>>>()?.0;
            match &*key {
                "type" => fetch.kind = value,
                "url" => fetch.url = value,
                "reference" => fetch.reference = value,
                "shasum" => fetch.shasum = value,
                _ => {}
            }
        }
        Ok(Some(fetch))
    }
}

impl<'de: 'a, 'a> Lenient<'de> for Entry<'a> {
    fn from_map<M: serde::de::MapAccess<'de>>(mut map: M) -> Result<Option<Self>, M::Error> {
        let mut entry = Entry::default();
        while let Some(key) = map.next_key::<Str<'de>>()? {
            match &*key {
                "name" => entry.name = map.next_value::<Lax<_>>()?.0,
                "version" => entry.version = map.next_value::<Lax<_>>()?.0,
                "license" => entry.license = map.next_value::<Lax<_>>()?.0.unwrap_or_default(),
                "require" => entry.require = map.next_value::<Lax<_>>()?.0.unwrap_or_default(),
                "provide" | "replace" => {
                    let ranges: Lax<Ranges<'a>> = map.next_value()?;
                    entry.provides.extend(ranges.0.unwrap_or_default().0.into_iter().map(|(name, _)| name));
                }
                "source" => entry.source = map.next_value::<Lax<_>>()?.0.unwrap_or_default(),
                "dist" => entry.dist = map.next_value::<Lax<_>>()?.0.unwrap_or_default(),
                "time" => entry.time = map.next_value::<Lax<_>>()?.0,
                "abandoned" => entry.abandoned = map.next_value::<Lax<_>>()?.0.unwrap_or_default(),
                _ => drop(map.next_value::<serde::de::IgnoredAny>()?),
            }
        }
        Ok(Some(entry))
    }
}

impl Entry<'_> {
    /// `vendor/package` in the spelling that Composer compares by; empty where there is none.
    pub fn name(&self) -> String {
        self.name.as_deref().unwrap_or("").trim().to_ascii_lowercase()
    }

    /// Whether it looks like an entry of Composer's at all.
    pub fn is_one(&self) -> bool {
        self.name().contains('/') && self.version.is_some()
    }

    fn package(&self, file: &File<'_>) -> FoundPackage {
        let version = self.version.as_deref().unwrap_or("").trim();
        let line = self.name.as_ref().and_then(|name| name.line(file));
        let mut package = FoundPackage::new(Purl::composer(&self.name(), version), line);
        package.licenses = self.license.raw(file);
        package.source = self.source();
        let instead = |name: &str| if name.is_empty() { String::new() } else { format!("use {name}") };
        package.freshness = Freshness {
            released: self.time.as_deref().map(|t| t.trim().to_string()).filter(|t| !t.is_empty()),
            deprecated: self.abandoned.0.as_deref().map(|name| instead(name.trim())),
            ..Freshness::default()
        }
        .known();
        let shasum = self.dist.shasum.as_deref().unwrap_or("").trim();
        if shasum.len() == 40 && shasum.bytes().all(|b| b.is_ascii_hexdigit()) {
            package.hashes.push(Hash { algorithm: "SHA-1".to_string(), hex: shasum.to_ascii_lowercase() });
        }
        if let Source::Path(dir) = &package.source {
            package.first_party = true;
            package.dir = Some(dir.clone());
        }
        package
    }

    fn source(&self) -> Source {
        if let (Some("path"), Some(dir)) = (self.dist.kind.as_deref(), self.dist.url.as_deref()) {
            return Source::Path(normal(dir));
        }
        let reference = self.source.reference.as_deref().unwrap_or("");
        if let (Some("git"), Some(url)) = (self.source.kind.as_deref(), self.source.url.as_deref()) {
            let url = match Origin::read(url) {
                Some(Origin::Git { url, .. } | Origin::Url(url)) => url,
                _ => without_credentials(url),
            };
            return Origin::Git { url, rev: reference.to_string() }.source();
        }
        match self.dist.url.as_deref() {
            Some(url) if !url.is_empty() => Source::Url(without_credentials(url)),
            _ => Source::Registry(None),
        }
    }
}

/// Reads a list entry by entry, so that those before a syntax error stay; `null` is an empty list.
pub struct Growing<'l, 'a>(pub &'l mut Vec<Lax<Entry<'a>>>);

impl<'de> serde::de::DeserializeSeed<'de> for Growing<'_, 'de> {
    type Value = ();

    fn deserialize<D: serde::de::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> serde::de::Visitor<'de> for Growing<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an array of packages")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<S: serde::de::SeqAccess<'de>>(self, mut seq: S) -> Result<(), S::Error> {
        while let Some(entry) = seq.next_element()? {
            self.0.push(entry);
        }
        Ok(())
    }
}

/// What is no package but a part of the platform: PHP itself, its extensions, Composer.
pub fn is_platform(name: &str) -> bool {
    !name.contains('/')
}

/// Entries with the scope that their list states, and the list's name.
pub type List<'a, 'n> = (Vec<(Entry<'a>, Option<Scope>)>, &'n str);

/// Adds the packages of several lists and the edges among them all.
pub fn fill(lists: &[List<'_, '_>], file: &File<'_>, found: &mut Found) {
    let mut assembly = Assembly::new(found);
    let (mut names, mut provided) = (Names::default(), Names::default());
    let mut read = Vec::new();
    let (mut nameless, mut unversioned) = (Missing::default(), Missing::default());
    for (entries, list) in lists {
        for (entry, scope) in entries {
            let name = entry.name();
            if name.is_empty() {
                nameless.note(list, || None);
                continue;
            }
            let mut package = entry.package(file);
            if package.purl.version.is_none() && !package.first_party {
                unversioned.note(&name, || package.line);
                continue;
            }
            package.scope = *scope;
            let index = match package.dir.clone() {
                Some(dir) => assembly.first_party(dir, package),
                None => assembly.third_party(package),
            };
            names.add(&name, index);
            for virtual_name in &entry.provides {
                provided.add(&virtual_name.to_ascii_lowercase(), index);
            }
            read.push((index, entry));
        }
    }
    let mut unresolved: Option<(String, usize)> = None;
    for (from, entry) in read {
        for (name, _) in entry.require.iter().filter(|(name, _)| !is_platform(name)) {
            let name = name.trim().to_ascii_lowercase();
            // A package that replaces or provides another stands for it.
            let all = match names.get(&name) {
                [] => provided.get(&name),
                all => all,
            };
            // With several versions of a name, as damaged files have, the one of the same list is meant.
            let scope_of = |i: usize| assembly.found.packages.get(i).and_then(|p| p.scope);
            let same: Vec<usize> = all.iter().copied().filter(|&i| scope_of(i) == scope_of(from)).collect();
            let targets = if same.is_empty() { all.to_vec() } else { same };
            if targets.is_empty() {
                match &mut unresolved {
                    Some((_, others)) => *others += 1,
                    None => unresolved = Some((name.clone(), 0)),
                }
            }
            for to in targets {
                assembly.edge(from, to, Scope::Runtime);
            }
        }
    }
    nameless.report_malformed(found);
    unversioned.report_unversioned(found);
    // The project itself may replace or provide these, which its own manifest says and this file does not.
    if let Some((name, others)) = unresolved {
        let others = if others == 0 { String::new() } else { format!(" and {others} more") };
        found.odd(None, format!("`{name}`{others}, asked for by packages, is not in the file"));
    }
    names.keys(found);
}
