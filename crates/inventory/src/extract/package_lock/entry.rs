//! The JSON of a `package-lock.json`, as far as it matters. What was read before a syntax error stays.

use std::fmt;

use licit_model::Scope;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::extract::json::{Lax, Lenient, Object, Str};
use crate::extract::npm::license::LicenseField;

/// The whole file.
#[derive(Default)]
pub(super) struct Lock<'a> {
    pub(super) version: Option<u64>,
    /// Whether version 1 promises `requires` in its entries.
    pub(super) requires: bool,
    pub(super) name: Option<Str<'a>>,
    pub(super) project_version: Option<Str<'a>>,
    /// `packages`, by path.
    pub(super) packages: Vec<Entry<'a>>,
    /// `dependencies`, parents before their children.
    pub(super) tree: Vec<Entry<'a>>,
}

/// One value of `packages` or `dependencies`.
#[derive(Default)]
pub(super) struct Entry<'a> {
    /// A path in `packages`, a name in `dependencies`.
    pub(super) key: Str<'a>,
    /// In `dependencies`: the entry that it stands in.
    pub(super) parent: Option<usize>,
    pub(super) name: Option<Str<'a>>,
    pub(super) version: Option<Str<'a>>,
    pub(super) resolved: Option<Str<'a>>,
    pub(super) integrity: Option<Str<'a>>,
    pub(super) license: LicenseField<'a>,
    pub(super) deprecated: Option<Str<'a>>,
    pub(super) link: bool,
    pub(super) flags: Flags,
    pub(super) wants: Wants<'a>,
}

/// What an entry asks for.
#[derive(Default)]
pub(super) struct Wants<'a> {
    pub(super) runtime: Object<'a, Lax<Str<'a>>>,
    pub(super) dev: Object<'a, Lax<Str<'a>>>,
    pub(super) optional: Object<'a, Lax<Str<'a>>>,
    pub(super) peer: Object<'a, Lax<Str<'a>>>,
    pub(super) peer_meta: Object<'a, Lax<Meta>>,
}

/// What npm worked out about when an entry is needed.
#[derive(Default, Clone, Copy)]
pub(super) struct Flags {
    pub(super) dev: bool,
    pub(super) optional: bool,
    /// Needed for development, and as an optional part of the product.
    pub(super) dev_optional: bool,
    /// Nothing asks for it.
    pub(super) extraneous: bool,
}

impl Flags {
    /// The scope that the flags state; an entry without any is needed at run time.
    pub(super) fn scope(self) -> Option<Scope> {
        match self {
            Flags { extraneous: true, .. } => None,
            Flags { dev: true, .. } => Some(Scope::Dev),
            Flags { optional: true, .. } | Flags { dev_optional: true, .. } => Some(Scope::Optional),
            _ => Some(Scope::Runtime),
        }
    }
}

/// An entry of `peerDependenciesMeta`.
#[derive(Clone, Copy)]
pub(super) struct Meta {
    optional: bool,
}

impl Meta {
    pub(super) fn optional(&self) -> bool {
        self.optional
    }
}

impl<'de> Lenient<'de> for Meta {
    fn from_map<M: MapAccess<'de>>(mut map: M) -> Result<Option<Self>, M::Error> {
        let mut meta = Meta { optional: false };
        while let Some(key) = map.next_key::<Str<'de>>()? {
            let value = map.next_value::<Lax<bool>>()?.0;
            if &*key == "optional" {
                meta.optional = value.unwrap_or(false);
            }
        }
        Ok(Some(meta))
    }
}

impl<'de> DeserializeSeed<'de> for &mut Lock<'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for &mut Lock<'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<(), M::Error> {
        while let Some(key) = map.next_key::<Str<'de>>()? {
            match &*key {
                "lockfileVersion" => self.version = Some(map.next_value::<Lax<u64>>()?.0.unwrap_or(1)),
                "requires" => self.requires = map.next_value::<Lax<bool>>()?.0.unwrap_or(false),
                "name" => self.name = map.next_value::<Lax<_>>()?.0,
                "version" => self.project_version = map.next_value::<Lax<_>>()?.0,
                "packages" => map.next_value_seed(Entries { into: &mut self.packages, form: Form::Paths })?,
                // Version 2 repeats everything in the form of version 1 for old npm versions.
                "dependencies" if self.packages.is_empty() => {
                    map.next_value_seed(Entries { into: &mut self.tree, form: Form::Nested(None) })?;
                }
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

/// Where entries go, and which of the two forms they have.
struct Entries<'e, 'a> {
    into: &'e mut Vec<Entry<'a>>,
    form: Form,
}

#[derive(Clone, Copy)]
enum Form {
    /// `packages`: by path, and `dependencies` are ranges.
    Paths,
    /// `dependencies`: by name, and `dependencies` are entries inside the one at this index.
    Nested(Option<usize>),
}

impl<'de> DeserializeSeed<'de> for Entries<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(OrNothing(self))
    }
}

impl<'de> MapInto<'de> for Entries<'_, 'de> {
    fn map<M: MapAccess<'de>>(self, map: &mut M) -> Result<(), M::Error> {
        while let Some(key) = map.next_key::<Str<'de>>()? {
            map.next_value_seed(One { into: &mut *self.into, key, form: self.form })?;
        }
        Ok(())
    }
}

/// Reads one entry and, in version 1, the entries inside it.
struct One<'e, 'a> {
    into: &'e mut Vec<Entry<'a>>,
    key: Str<'a>,
    form: Form,
}

impl<'de> DeserializeSeed<'de> for One<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(OrNothing(self))
    }
}

impl<'de> MapInto<'de> for One<'_, 'de> {
    fn map<M: MapAccess<'de>>(self, map: &mut M) -> Result<(), M::Error> {
        // The place is taken first, so that parents stand before their children.
        let index = self.into.len();
        let parent = match self.form {
            Form::Paths => None,
            Form::Nested(parent) => parent,
        };
        self.into.push(Entry { parent, ..Entry::default() });
        let mut entry = Entry { key: self.key, parent, ..Entry::default() };
        let result = fill(&mut entry, map, self.into, self.form, index);
        if let Some(slot) = self.into.get_mut(index) {
            *slot = entry;
        }
        result
    }
}

fn fill<'de, M: MapAccess<'de>>(
    entry: &mut Entry<'de>,
    map: &mut M,
    into: &mut Vec<Entry<'de>>,
    form: Form,
    index: usize,
) -> Result<(), M::Error> {
    while let Some(key) = map.next_key::<Str<'de>>()? {
        match (&*key, form) {
            ("name", _) => entry.name = map.next_value::<Lax<_>>()?.0,
            ("version", _) => entry.version = map.next_value::<Lax<_>>()?.0,
            ("resolved", _) => entry.resolved = map.next_value::<Lax<_>>()?.0,
            ("integrity", _) => entry.integrity = map.next_value::<Lax<_>>()?.0,
            ("license" | "licence" | "licenses", _) if entry.license.is_empty() => {
                entry.license = map.next_value::<Lax<_>>()?.0.unwrap_or_default();
            }
            ("deprecated", _) => entry.deprecated = map.next_value::<Lax<_>>()?.0,
            ("link", _) => entry.link = flag(map)?,
            ("dev", _) => entry.flags.dev = flag(map)?,
            ("optional", _) => entry.flags.optional = flag(map)?,
            ("devOptional", _) => entry.flags.dev_optional = flag(map)?,
            ("extraneous", _) => entry.flags.extraneous = flag(map)?,
            ("dependencies", Form::Nested(_)) => {
                map.next_value_seed(Entries { into: &mut *into, form: Form::Nested(Some(index)) })?;
            }
            ("dependencies", Form::Paths) | ("requires", Form::Nested(_)) => {
                entry.wants.runtime = object(map)?
            }
            ("devDependencies", Form::Paths) => entry.wants.dev = object(map)?,
            ("optionalDependencies", Form::Paths) => entry.wants.optional = object(map)?,
            ("peerDependencies", Form::Paths) => entry.wants.peer = object(map)?,
            ("peerDependenciesMeta", Form::Paths) => entry.wants.peer_meta = object(map)?,
            _ => drop(map.next_value::<IgnoredAny>()?),
        }
    }
    Ok(())
}

fn flag<'de, M: MapAccess<'de>>(map: &mut M) -> Result<bool, M::Error> {
    Ok(map.next_value::<Lax<bool>>()?.0.unwrap_or(false))
}

fn object<'de, M: MapAccess<'de>, V>(map: &mut M) -> Result<Object<'de, V>, M::Error>
where
    V: serde::Deserialize<'de>,
{
    Ok(map.next_value::<Lax<Object<'de, V>>>()?.0.unwrap_or_default())
}

/// Fills something from an object.
trait MapInto<'de>: Sized {
    fn map<M: MapAccess<'de>>(self, map: &mut M) -> Result<(), M::Error>;
}

/// Passes over a value of any other type than an object.
struct OrNothing<T>(T);

impl<'de, T: MapInto<'de>> Visitor<'de> for OrNothing<T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<(), M::Error> {
        self.0.map(&mut map)
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> Result<(), S::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}
