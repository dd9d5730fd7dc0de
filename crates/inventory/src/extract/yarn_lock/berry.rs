//! The format of Yarn 2 and later: YAML with a `resolution` for every entry.

use std::borrow::Cow;
use std::collections::HashSet;

use licit_model::{Found, Scope};

use super::{Entry, Want};
use crate::extract::File;
use crate::extract::npm::block::{self, Field, Value};
use crate::extract::npm::notes::Notes;
use crate::extract::npm::origin::{Origin, join, normal};
use crate::extract::npm::spec::{decoded, split_name};

/// Yarn writes this for packages of the project, whose version it does not look up.
const NO_VERSION: &str = "0.0.0-use.local";

/// Reads all entries.
pub(super) fn read<'a>(file: &File<'a>, found: &mut Found) -> Vec<Entry<'a>> {
    let mut entries = Vec::new();
    let mut notes = Notes::default();
    for document in block::read(file, found) {
        let Value::Map(fields) = document else { continue };
        for field in fields {
            if field.key == "__metadata" {
                continue;
            }
            if let Some(entry) = entry(field, &mut notes) {
                entries.push(entry);
            }
        }
    }
    notes.report(found);
    entries
}

fn entry<'a>(field: Field<'a>, notes: &mut Notes) -> Option<Entry<'a>> {
    let Field { key, line, value } = field;
    let descriptors: Vec<Cow<'a, str>> = match key {
        Cow::Borrowed(key) => key.split(',').map(|part| Cow::Borrowed(part.trim())).collect(),
        Cow::Owned(key) => key.split(',').map(|part| Cow::Owned(part.trim().to_string())).collect(),
    };
    let descriptors: Vec<_> = descriptors.into_iter().filter(|descriptor| !descriptor.is_empty()).collect();
    let first = descriptors.first()?;
    let Value::Map(fields) = value else {
        notes.note(line, || format!("`{first}` has no fields; it was left out"));
        return None;
    };
    let (mut locator, mut version, mut wants) = (None, Cow::Borrowed(""), Vec::new());
    let mut optional: HashSet<Cow<'a, str>> = HashSet::new();
    for field in fields {
        match (&*field.key, field.value) {
            ("version", Value::Text(text)) if text != NO_VERSION => version = text,
            ("resolution", Value::Text(text)) => locator = Some(text),
            ("dependencies", Value::Map(list)) => {
                wants.extend(list.into_iter().filter_map(|one| want(one, Scope::Runtime)))
            }
            ("optionalDependencies", Value::Map(list)) => {
                wants.extend(list.into_iter().filter_map(|one| want(one, Scope::Optional)));
            }
            ("dependenciesMeta", Value::Map(list)) => {
                optional
                    .extend(list.into_iter().filter(|one| one.value.is_true("optional")).map(|one| one.key));
            }
            _ => {}
        }
    }
    let locator = locator.unwrap_or_else(|| first.clone());
    let place = place(&locator, 0);
    let Some(place) =
        place.filter(|place| !version.is_empty() || place.own.is_some() || place.origin.is_some())
    else {
        notes.note(line, || format!("`{first}` has no version; it was left out"));
        return None;
    };
    for want in &mut wants {
        // Yarn adds this one itself where a package compiles something when it is installed.
        let compiles = want.name == "node-gyp" && matches!(&*want.range, "latest" | "npm:latest");
        if optional.contains(&want.name) {
            want.scope = Scope::Optional;
        } else if compiles && place.own.is_none() {
            want.scope = Scope::Build;
        }
    }
    Some(Entry {
        line,
        locator,
        name: place.name.into(),
        version,
        origin: place.origin,
        own: place.own,
        hashes: Vec::new(),
        wants,
        descriptors,
    })
}

fn want(field: Field<'_>, scope: Scope) -> Option<Want<'_>> {
    match field.value {
        Value::Text(range) => Some(Want { name: field.key, range, scope, line: field.line }),
        _ => None,
    }
}

/// What a locator says.
struct Located {
    name: String,
    origin: Option<Origin>,
    own: Option<String>,
}

/// Reads `name@protocol:reference`. A virtual or patched package is still the package inside it.
fn place(locator: &str, depth: u32) -> Option<Located> {
    let (name, reference) = split_name(locator).filter(|_| depth < 8)?;
    let name = name.to_string();
    if let Some(inner) = reference.strip_prefix("virtual:") {
        let (_, inner) = inner.split_once('#')?;
        return place(&format!("{name}@{inner}"), depth + 1);
    }
    if let Some(rest) = reference.strip_prefix("patch:") {
        let inner = rest.split_once('#').map_or(rest, |(inner, _)| inner);
        return place(&decoded(inner), depth + 1);
    }
    // Yarn 2 and later bind the package that a local path is relative to behind `::`.
    let (bare, bound) = reference.split_once("::").unwrap_or((reference, ""));
    let base = bound.split('&').find_map(|pair| pair.strip_prefix("locator=")).map(decoded);
    let base = base.as_deref().and_then(split_name).and_then(|(_, at)| at.strip_prefix("workspace:"));
    let base = normal(base.unwrap_or(""));
    if let Some(dir) = bare.strip_prefix("workspace:") {
        return Some(Located { name, origin: None, own: Some(normal(dir)) });
    }
    if bare.starts_with("npm:") || bare.starts_with(|c: char| c.is_ascii_digit()) {
        return Some(Located { name, origin: None, own: None });
    }
    Some(match Origin::read(bare) {
        Some(Origin::Folder(dir)) => Located { name, origin: None, own: Some(join(&base, &dir)) },
        Some(Origin::Archive(path)) => {
            Located { name, origin: Some(Origin::Archive(join(&base, &path))), own: None }
        }
        origin => Located { name, origin, own: None },
    })
}
