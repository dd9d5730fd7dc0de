//! JSON as lockfiles have it: positions kept, wrong types forgiven one value at a time.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use licit_model::Found;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use super::File;

/// Parses a whole file; a syntax error becomes a problem with its line.
pub fn parse<'a, T: Deserialize<'a>>(file: &File<'a>, found: &mut Found) -> Option<T> {
    let text = file.text(found)?;
    match serde_json::from_str(text) {
        Ok(value) => Some(value),
        Err(error) => {
            // At an unexpected end the parser stands on the line behind the last one.
            let last = file.line(text.len().saturating_sub(1));
            let line = u32::try_from(error.line()).ok().filter(|l| *l > 0).map(|l| l.min(last));
            found.lost(line, format!("the JSON could not be read: {error}"));
            None
        }
    }
}

/// Reads a whole file into a seed, which keeps what it got before a syntax error; the error becomes a problem with
/// its line. Gives false where the file could not be read to its end.
pub fn parse_into<'a, S>(file: &File<'a>, found: &mut Found, seed: S) -> bool
where
    S: serde::de::DeserializeSeed<'a>,
{
    let Some(text) = file.text(found) else { return false };
    if text.trim().is_empty() {
        found.odd(None, "the file is empty");
        return false;
    }
    let mut json = serde_json::Deserializer::from_str(text);
    match seed.deserialize(&mut json).and_then(|_| json.end()) {
        Ok(()) => true,
        Err(error) => {
            let line = u32::try_from(error.line()).ok().filter(|l| *l > 0);
            found.lost(line, format!("the JSON could not be read to its end: {error}"));
            false
        }
    }
}

/// An object that is taken field by field, so that what stands before a syntax error is kept.
pub trait Fields<'de> {
    /// Takes or skips the value of one key.
    fn take<M: MapAccess<'de>>(&mut self, key: &str, map: &mut M) -> Result<(), M::Error>;
}

/// Reads a whole file into fields; as [`parse_into`].
pub fn fill<'a, F: Fields<'a>>(file: &File<'a>, found: &mut Found, fields: &mut F) -> bool {
    struct Filling<'f, F>(&'f mut F);

    impl<'de, F: Fields<'de>> serde::de::DeserializeSeed<'de> for Filling<'_, F> {
        type Value = ();

        fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
            deserializer.deserialize_map(self)
        }
    }

    impl<'de, F: Fields<'de>> Visitor<'de> for Filling<'_, F> {
        type Value = ();

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<(), M::Error> {
            while let Some(key) = map.next_key::<Str<'de>>()? {
                self.0.take(&key, &mut map)?;
            }
            Ok(())
        }
    }

    parse_into(file, found, Filling(fields))
}

/// A text that is borrowed from the file where it holds no escapes, so that its line can be told.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default, serde::Deserialize)]
pub struct Str<'a>(#[serde(borrow)] pub Cow<'a, str>);

impl Str<'_> {
    /// The line in the file, counted from 1.
    pub fn line(&self, file: &File<'_>) -> Option<u32> {
        match &self.0 {
            Cow::Borrowed(text) => file.line_of(text),
            Cow::Owned(_) => None,
        }
    }
}

impl std::ops::Deref for Str<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

/// An object with its keys in the file's order and repeated keys kept.
#[derive(Debug, Clone)]
pub struct Object<'a, V>(pub Vec<(Str<'a>, V)>);

impl<V> Default for Object<'_, V> {
    fn default() -> Self {
        Object(Vec::new())
    }
}

impl<'a, V> Object<'a, V> {
    /// Keys and values in the file's order.
    pub fn iter(&self) -> impl Iterator<Item = (&Str<'a>, &V)> {
        self.0.iter().map(|(k, v)| (k, v))
    }

    /// The first value of a key.
    pub fn get(&self, key: &str) -> Option<&V> {
        self.0.iter().find(|(k, _)| &**k == key).map(|(_, v)| v)
    }
}

impl<'de: 'a, 'a, V: Deserialize<'de>> Deserialize<'de> for Object<'a, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries<'a, V>(PhantomData<(&'a (), V)>);

        impl<'de: 'a, 'a, V: Deserialize<'de>> Visitor<'de> for Entries<'a, V> {
            type Value = Object<'a, V>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
                let mut entries = Vec::with_capacity(map.size_hint().unwrap_or(0).min(4096));
                while let Some(entry) = map.next_entry::<Str<'a>, V>()? {
                    entries.push(entry);
                }
                Ok(Object(entries))
            }
        }

        deserializer.deserialize_map(Entries(PhantomData))
    }
}

/// A value that is simply absent where it has another type than expected: one odd field must not cost a lockfile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lax<T>(pub Option<T>);

impl<T> Default for Lax<T> {
    fn default() -> Self {
        Lax(None)
    }
}

impl<'de, T: Lenient<'de>> Deserialize<'de> for Lax<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LaxVisitor(PhantomData)).map(Lax)
    }
}

/// What [`Lax`] can hold: each takes the JSON types that it understands and says `None` to the others.
pub trait Lenient<'de>: Sized {
    /// From a text.
    fn from_text(_: Cow<'de, str>) -> Option<Self> {
        None
    }
    /// From `true` or `false`.
    fn from_bool(_: bool) -> Option<Self> {
        None
    }
    /// From a whole number.
    fn from_u64(_: u64) -> Option<Self> {
        None
    }
    /// From an object; the default passes over it.
    fn from_map<M: MapAccess<'de>>(mut map: M) -> Result<Option<Self>, M::Error> {
        while map.next_entry::<serde::de::IgnoredAny, serde::de::IgnoredAny>()?.is_some() {}
        Ok(None)
    }
    /// From an array; the default passes over it.
    fn from_seq<S: SeqAccess<'de>>(mut seq: S) -> Result<Option<Self>, S::Error> {
        while seq.next_element::<serde::de::IgnoredAny>()?.is_some() {}
        Ok(None)
    }
}

impl<'de: 'a, 'a> Lenient<'de> for Str<'a> {
    fn from_text(text: Cow<'de, str>) -> Option<Self> {
        Some(Str(text))
    }
}

impl Lenient<'_> for bool {
    fn from_bool(value: bool) -> Option<Self> {
        Some(value)
    }
}

impl<'de> Lenient<'de> for u64 {
    fn from_u64(value: u64) -> Option<Self> {
        Some(value)
    }

    fn from_text(text: Cow<'de, str>) -> Option<Self> {
        text.parse().ok()
    }
}

impl<'de: 'a, 'a, V: Deserialize<'de>> Lenient<'de> for Object<'a, V> {
    fn from_map<M: MapAccess<'de>>(mut map: M) -> Result<Option<Self>, M::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry::<Str<'a>, V>()? {
            entries.push(entry);
        }
        Ok(Some(Object(entries)))
    }
}

impl<'de, V: Deserialize<'de>> Lenient<'de> for Vec<V> {
    fn from_seq<S: SeqAccess<'de>>(mut seq: S) -> Result<Option<Self>, S::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Some(items))
    }
}

struct LaxVisitor<T>(PhantomData<T>);

impl<'de, T: Lenient<'de>> Visitor<'de> for LaxVisitor<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_borrowed_str<E>(self, v: &'de str) -> Result<Self::Value, E> {
        Ok(T::from_text(Cow::Borrowed(v)))
    }

    fn visit_str<E>(self, v: &str) -> Result<Self::Value, E> {
        Ok(T::from_text(Cow::Owned(v.to_string())))
    }

    fn visit_bool<E>(self, v: bool) -> Result<Self::Value, E> {
        Ok(T::from_bool(v))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E>(self, v: u64) -> Result<Self::Value, E> {
        Ok(T::from_u64(v))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<Self::Value, M::Error> {
        T::from_map(map)
    }

    fn visit_seq<S: SeqAccess<'de>>(self, seq: S) -> Result<Self::Value, S::Error> {
        T::from_seq(seq)
    }
}
