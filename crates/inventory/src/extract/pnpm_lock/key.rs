//! The keys of `packages`: every lockfile version spells them in its own way.

use std::borrow::Cow;

use crate::extract::npm::block::Value;
use crate::extract::npm::origin::{Origin, normal};
use crate::extract::npm::spec::split_name;

/// What a key and the fields below it say.
pub(super) struct Key<'k> {
    pub(super) name: Cow<'k, str>,
    pub(super) version: Cow<'k, str>,
    pub(super) resolved: Resolved,
}

/// Whose package it is.
pub(super) enum Resolved {
    /// The project's own, in a folder.
    Own(String),
    /// Somebody else's.
    From(Origin),
}

impl<'k> Key<'k> {
    /// Reads a key; none where it names no package.
    pub(super) fn read(key: &'k str, value: &'k Value<'_>, major: u32) -> Option<Self> {
        let bare = without_peers(key);
        let (spelled_name, reference) = match (bare.strip_prefix('/'), major) {
            (Some(rest), ..=5) => slashed(rest)?,
            (Some(rest), _) => split_name(rest)?,
            (None, 9..) => split_name(bare)?,
            // Between versions 6 and 9 the slash came and went.
            (None, _) => split_name(bare)
                .filter(|(name, version)| is_name(name) && is_version(version))
                .unwrap_or(("", bare)),
        };
        let reference = reference.strip_prefix("runtime:").unwrap_or(reference);
        let name = value.text_of("name").unwrap_or(spelled_name);
        let stated = value.text_of("version");
        let resolution = value.get("resolution");
        let field = |key: &str| resolution.and_then(|resolution| resolution.text_of(key));
        if let Some(dir) = field("directory") {
            return named(name, stated.unwrap_or(""), Resolved::Own(normal(dir)));
        }
        let address = Origin::read(reference).filter(|_| !is_version(reference));
        let origin = match (field("repo"), field("tarball"), address) {
            (Some(repo), ..) => Origin::read(&format!("git+{repo}#{}", field("commit").unwrap_or("")))?,
            (None, _, Some(Origin::Folder(_))) if spelled_name.is_empty() && !bare.starts_with("file:") => {
                registry(field("registry"), field("tarball"))
            }
            (None, _, Some(Origin::Folder(dir))) => {
                return named(name, stated.unwrap_or(""), Resolved::Own(dir));
            }
            (None, Some(tarball), Some(_)) if !tarball.starts_with("file:") => Origin::read(tarball)?,
            (None, _, Some(address)) => address,
            (None, tarball, None) if spelled_name.is_empty() => registry(field("registry"), tarball),
            (None, _, None) => Origin::Registry,
        };
        // Where the version is not below the key it is in it.
        let in_key = if is_version(reference) { reference } else { "" };
        if name.is_empty() {
            let (name, version) = hosted(bare, major)?;
            return named(name, stated.unwrap_or(version), Resolved::From(origin));
        }
        named(name, stated.unwrap_or(in_key), Resolved::From(origin))
    }
}

fn named<'k>(name: &'k str, version: &'k str, resolved: Resolved) -> Option<Key<'k>> {
    let anonymous = name.is_empty() && !matches!(resolved, Resolved::Own(_));
    (!anonymous).then(|| Key { name: name.into(), version: version.into(), resolved })
}

/// Where a package whose key is no plain `name@version` comes from. A registry of its own is still a registry.
fn registry(registry: Option<&str>, tarball: Option<&str>) -> Origin {
    match tarball.and_then(Origin::read) {
        Some(Origin::Url(url)) if registry.is_some() || url.contains("/-/") => Origin::Registry,
        Some(origin) => origin,
        None => Origin::Registry,
    }
}

/// A version as semantic versioning has it, as far as it tells one from an address.
fn is_version(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit()) && !text.contains([':', '/'])
}

/// A name without the host of a registry before it.
fn is_name(text: &str) -> bool {
    text.matches('/').count() == usize::from(text.starts_with('@'))
}

/// `host/name/1.0.0` or `host/name@1.0.0`: a package of another registry in older files.
fn hosted(bare: &str, major: u32) -> Option<(&str, &str)> {
    let (_, rest) = bare.split_once('/')?;
    let parsed = if major <= 5 { slashed(rest) } else { split_name(rest) };
    parsed.filter(|(name, version)| !name.is_empty() && is_version(version))
}

/// `name/1.0.0` or `@scope/name/1.0.0`; peers follow behind `_` or, long ago, as further parts.
fn slashed(rest: &str) -> Option<(&str, &str)> {
    let scope = if rest.starts_with('@') { rest.find('/')? + 1 } else { 0 };
    let name_end = scope + rest.get(scope..)?.find('/')?;
    let version = rest.get(name_end + 1..)?;
    let version = version.split(['_', '/']).next().unwrap_or(version);
    Some((rest.get(..name_end)?, version))
}

/// The key without the parentheses at its end, which hold peers and the hash of a patch. They may be nested.
pub(super) fn without_peers(key: &str) -> &str {
    let mut end = key.len();
    let mut depth = 0usize;
    for (at, b) in key.bytes().enumerate().rev() {
        match b {
            b')' => depth += 1,
            b'(' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    end = at;
                }
            }
            _ if depth == 0 => break,
            _ => {}
        }
    }
    key.get(..end).unwrap_or(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(key: &str, major: u32) -> (String, String) {
        let value = Value::Empty;
        let key = Key::read(key, &value, major).expect("the key names a package");
        (key.name.into_owned(), key.version.into_owned())
    }

    #[test]
    fn every_version_spells_keys_differently() {
        let want = |name: &str, version: &str| (name.to_string(), version.to_string());
        assert_eq!(read("/a/1.0.0", 5), want("a", "1.0.0"));
        assert_eq!(read("/@s/a/1.0.0_@babel+core@7.0.0", 5), want("@s/a", "1.0.0"));
        assert_eq!(read("/@s/a/1.0.0/react@16.0.0", 5), want("@s/a", "1.0.0"));
        assert_eq!(read("registry.example/@s/a/1.0.0", 5), want("@s/a", "1.0.0"));
        assert_eq!(read("/@s/a@1.0.0-rc.1(patch_hash=x)(b@2.0.0(c@1.0.0))", 6), want("@s/a", "1.0.0-rc.1"));
        assert_eq!(read("registry.example/a@1.0.0", 6), want("a", "1.0.0"));
        assert_eq!(read("@s/a@1.0.0", 7), want("@s/a", "1.0.0"));
        assert_eq!(read("@s/a@1.0.0(b@2.0.0)", 9), want("@s/a", "1.0.0"));
        assert_eq!(read("a@https://codeload.github.com/o/a/tar.gz/abc(b@1.0.0)", 9), want("a", ""));
    }

    #[test]
    fn parentheses_end_a_key() {
        assert_eq!(without_peers("a@1(b@2(c@3))(d@4)"), "a@1");
        assert_eq!(without_peers("a@file:x (1).tgz"), "a@file:x (1).tgz");
        assert_eq!(without_peers("a)"), "a)");
    }
}
