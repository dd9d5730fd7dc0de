//! What the formats of NuGet share.
//!
//! The checksums in its lockfiles are left out: they are taken over a package's content without its signature, so that
//! they are the checksum of no file that anybody can hold.

use serde_json::value::RawValue;

use super::json::{Object, Str};

/// A value that was not looked at yet; its text is still that of the file, so that its line can be told.
pub(crate) type Raw<'a> = &'a RawValue;

/// Reads a value as an object; another type is an object without entries.
pub(crate) fn object(raw: Raw<'_>) -> Object<'_, Raw<'_>> {
    serde_json::from_str(raw.get()).unwrap_or_default()
}

/// Reads the value of a key as an object.
pub(crate) fn object_of<'a>(parent: &Object<'a, Raw<'a>>, key: &str) -> Object<'a, Raw<'a>> {
    parent.get(key).map(|raw| object(raw)).unwrap_or_default()
}

/// Reads the value of a key as a text that is not empty.
pub(crate) fn text_of<'a>(parent: &Object<'a, Raw<'a>>, key: &str) -> Option<Str<'a>> {
    let text: Str<'a> = serde_json::from_str(parent.get(key)?.get()).ok()?;
    (!text.trim().is_empty()).then_some(text)
}

/// `Name/1.2.3` as keys of libraries have it.
pub(crate) fn name_and_version(key: &str) -> Option<(&str, &str)> {
    let (name, version) = key.split_once('/')?;
    (!name.is_empty() && !version.is_empty() && !version.contains('/')).then_some((name, version))
}

/// Names differ in case from file to file and mean the same package.
pub(crate) fn folded(name: &str) -> String {
    name.to_lowercase()
}

/// The folder of a project file, whose path Windows may have written; `""` for the same folder.
pub(crate) fn folder(path: &str) -> String {
    let path = path.replace('\\', "/");
    path.rsplit_once('/').map_or(String::new(), |(dir, _)| dir.to_string())
}

/// The name of a project file without its ending.
pub(crate) fn stem(path: &str) -> &str {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}
