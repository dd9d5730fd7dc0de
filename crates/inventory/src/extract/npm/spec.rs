//! The value side of a `dependencies` entry.

use std::borrow::Cow;

use super::origin::Origin;

/// What a requirement asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spec<'a> {
    /// The real name, where the project calls the package by another one.
    pub name: Option<Cow<'a, str>>,
    /// The range of the real package; an address where it is one.
    pub range: Cow<'a, str>,
    /// Where it is to be found.
    pub place: Place,
}

/// Where a requirement is to be found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// At a registry.
    Registry,
    /// Among the workspace's own packages, in a folder where the requirement names it.
    Workspace(Option<String>),
    /// Where the workspace's catalog says.
    Catalog,
    /// At an address.
    At(Origin),
}

impl<'a> Spec<'a> {
    /// Reads the value; everything that npm, Yarn and pnpm allow has an answer.
    pub fn parse(text: &'a str) -> Self {
        let text = text.trim();
        if let Some(rest) = text.strip_prefix("npm:") {
            return Spec::aliased(rest, Place::Registry);
        }
        if let Some(rest) = text.strip_prefix("workspace:") {
            let place = if rest.starts_with('.') || (rest.contains('/') && !rest.starts_with('@')) {
                Place::Workspace(Some(super::origin::normal(rest)))
            } else {
                Place::Workspace(None)
            };
            let name = split_name(rest).filter(|(_, range)| !range.is_empty()).map(|(name, _)| name.into());
            return Spec { name, range: text.into(), place };
        }
        if text.starts_with("catalog:") {
            return Spec { name: None, range: text.into(), place: Place::Catalog };
        }
        if let Some(rest) = text.strip_prefix("jsr:") {
            return Spec::from_jsr(rest);
        }
        if let Some(rest) = text.strip_prefix("runtime:") {
            return Spec { name: None, range: rest.into(), place: Place::Registry };
        }
        if let Some(rest) = text.strip_prefix("patch:") {
            return Spec::patched(rest);
        }
        match Origin::read(text) {
            Some(origin) => Spec { name: None, range: text.into(), place: Place::At(origin) },
            None => Spec { name: None, range: text.into(), place: Place::Registry },
        }
    }

    /// `name@range` behind `npm:`; in Yarn's newer files a bare range stands there too.
    fn aliased(rest: &'a str, place: Place) -> Self {
        let range_only = |text: &str| {
            text.is_empty()
                || text.starts_with(|c: char| c.is_ascii_digit() || "^~<>=*".contains(c))
                || matches!(text, "latest" | "next" | "canary" | "beta" | "alpha" | "rc" | "x")
                || text.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        };
        if range_only(rest) {
            return Spec { name: None, range: rest.into(), place };
        }
        let (name, range) = split_name(rest).unwrap_or((rest, ""));
        Spec { name: Some(name.into()), range: range.into(), place }
    }

    /// `jsr:@scope/name@range`: the registry hands it out under a name in the scope `@jsr`.
    fn from_jsr(rest: &'a str) -> Self {
        let (name, range) = split_name(rest).unwrap_or((rest, ""));
        match name.strip_prefix('@').and_then(|name| name.split_once('/')) {
            Some((scope, name)) => {
                let name = format!("@jsr/{scope}__{name}");
                Spec { name: Some(name.into()), range: range.into(), place: Place::Registry }
            }
            None => Spec { name: None, range: rest.into(), place: Place::Registry },
        }
    }

    /// `patch:name@range#file`: the patched package is still that package. The inner locator is percent-encoded,
    /// which hides its own protocol.
    fn patched(rest: &'a str) -> Self {
        let inner = rest.split_once('#').map_or(rest, |(inner, _)| inner);
        let inner = decoded(inner);
        let Some((name, range)) = split_name(&inner) else {
            return Spec { name: None, range: rest.into(), place: Place::Registry };
        };
        let range = range.strip_prefix("npm:").unwrap_or(range);
        let place = Origin::read(range).map_or(Place::Registry, Place::At);
        Spec { name: Some(name.to_string().into()), range: range.to_string().into(), place }
    }
}

/// `name@rest`, where the name may begin with a scope's `@`; none without an `@` behind the name.
pub fn split_name(text: &str) -> Option<(&str, &str)> {
    let at = text.char_indices().skip(1).find(|(_, c)| *c == '@')?.0;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// Percent-decoded, once; what is not UTF-8 then is left as it was.
pub fn decoded(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(b) = bytes.next() {
        let mut ahead = bytes.clone();
        let digit =
            |b: Option<u8>| b.and_then(|b| char::from(b).to_digit(16)).and_then(|d| u8::try_from(d).ok());
        match (b, digit(ahead.next()), digit(ahead.next())) {
            (b'%', Some(high), Some(low)) => {
                out.push(high << 4 | low);
                bytes = ahead;
            }
            _ => out.push(b),
        }
    }
    String::from_utf8(out).map_or(Cow::Borrowed(text), Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Option<String>, String, Place) {
        let spec = Spec::parse(text);
        (spec.name.map(Cow::into_owned), spec.range.into_owned(), spec.place)
    }

    #[test]
    fn aliases_have_a_real_name() {
        let real = |name: &str, range: &str| (Some(name.to_string()), range.to_string(), Place::Registry);
        assert_eq!(read("npm:@s/real@^1.0.0"), real("@s/real", "^1.0.0"));
        assert_eq!(read("npm:real"), real("real", ""));
        assert_eq!(read("npm:@s/real@5 - 6"), real("@s/real", "5 - 6"));
        assert_eq!(read("jsr:@std/path@^1"), real("@jsr/std__path", "^1"));
        assert_eq!(read("patch:real@npm%3A^1.0.0#~/.yarn/p.patch"), real("real", "^1.0.0"));
        let range = |range: &str| (None, range.to_string(), Place::Registry);
        assert_eq!(read("npm:^1.0.0"), range("^1.0.0"));
        assert_eq!(read("npm:>=1 <3"), range(">=1 <3"));
        assert_eq!(read("npm:v1"), range("v1"));
        assert_eq!(read("latest"), range("latest"));
    }

    #[test]
    fn workspace_and_catalog_are_looked_up_elsewhere() {
        assert_eq!(read("workspace:*"), (None, "workspace:*".to_string(), Place::Workspace(None)));
        let folder = Place::Workspace(Some("packages/a".to_string()));
        assert_eq!(read("workspace:packages/a"), (None, "workspace:packages/a".to_string(), folder));
        let real = Some("@s/a".to_string());
        assert_eq!(read("workspace:@s/a@^"), (real, "workspace:@s/a@^".to_string(), Place::Workspace(None)));
        assert_eq!(read("catalog:react18"), (None, "catalog:react18".to_string(), Place::Catalog));
    }
}
