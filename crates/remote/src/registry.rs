//! How each kind of registry is asked for one version.

use licit_model::Purl;
use reqwest::Url;
use serde_json::Value;

use crate::answer::Said;
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::transport::{Question, Transport, Until};

mod cargo;
pub(crate) mod composer;
mod gem;
mod golang;
mod maven;
mod npm;
mod nuget;
mod pypi;

pub(crate) use cargo::index_address;

/// A kind of registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Npm,
    Pypi,
    Cargo,
    Maven,
    Nuget,
    Go,
    Gem,
    Composer,
}

/// Asks one server, for as long as the run lasts.
pub(crate) struct Asker<'a> {
    pub(crate) transport: &'a Transport,
    pub(crate) endpoint: &'a Endpoint,
    pub(crate) until: Until,
}

/// Asks a registry for one version.
pub(crate) fn ask(kind: Kind, asker: &Asker<'_>, purl: &Purl) -> Result<Said, Error> {
    match kind {
        Kind::Npm => npm::ask(asker, purl),
        Kind::Pypi => pypi::ask(asker, purl),
        Kind::Cargo => cargo::ask(asker, purl),
        Kind::Maven => maven::ask(asker, purl),
        Kind::Nuget => nuget::ask(asker, purl),
        Kind::Go => golang::ask(asker, purl),
        Kind::Gem => gem::ask(asker, purl),
        Kind::Composer => composer::ask(asker, purl),
    }
}

impl Asker<'_> {
    /// The same run at another address of the same server.
    pub(crate) fn at<'b>(&'b self, endpoint: &'b Endpoint) -> Asker<'b> {
        Asker { transport: self.transport, endpoint, until: self.until }
    }

    /// Asks for any format.
    pub(crate) fn get<T>(
        &self,
        url: Url,
        accept: &'static str,
        read: impl Fn(&[u8]) -> Result<T, String>,
    ) -> Result<T, Error> {
        let question = Question { endpoint: self.endpoint, url, accept, until: self.until };
        self.transport.ask(&question, read)
    }

    /// Asks for JSON.
    pub(crate) fn json<T>(&self, url: Url, read: impl Fn(&Value) -> Result<T, String>) -> Result<T, Error> {
        self.get(url, "application/json", |bytes| read(&json(bytes)?))
    }

    /// An answer that came but does not say what it should.
    pub(crate) fn unreadable(&self, why: &str) -> Error {
        Error::Unreadable { host: self.endpoint.host(), why: why.to_string() }
    }
}

/// Reads JSON that is an object.
pub(crate) fn json(bytes: &[u8]) -> Result<Value, String> {
    let value: Value = serde_json::from_slice(bytes).map_err(|_| "it is no JSON".to_string())?;
    if value.is_object() { Ok(value) } else { Err("it is no JSON object".to_string()) }
}

/// A text below some keys; none where it is missing, empty or something else.
pub(crate) fn text_at(value: &Value, keys: &[&str]) -> Option<String> {
    let at = keys.iter().try_fold(value, |at, key| at.get(key))?;
    at.as_str().map(str::trim).filter(|t| !t.is_empty()).map(str::to_string)
}

/// Whether two spellings mean the same version: registries drop zeros at the end and change the case of letters.
pub(crate) fn same_version(a: &str, b: &str) -> bool {
    let plain = |text: &str| {
        let text = text.trim().to_ascii_lowercase();
        let text = text.split_once('+').map_or(text.as_str(), |(before, _)| before).to_string();
        let mut text = text.as_str();
        while let Some(shorter) = text.strip_suffix(".0") {
            text = shorter;
        }
        text.to_string()
    };
    a == b || plain(a) == plain(b)
}

/// Whether a file at the root of a package is a license text, by its name.
pub(crate) fn is_license_file(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    let stem = |word: &str| {
        upper.strip_prefix(word).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-', '_']))
    };
    // A file such as LICENSE.go is code about licenses.
    let code = [".GO", ".RS", ".PY", ".JS", ".JSON", ".TOML", ".YML", ".YAML"];
    ["LICENSE", "LICENCE", "COPYING", "UNLICENSE", "UNLICENCE", "COPYRIGHT"].iter().any(|w| stem(w))
        && !code.iter().any(|c| upper.ends_with(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_and_license_files() {
        assert!(same_version("1.0.0", "1.0") && same_version("1.0-RC1", "1.0-rc1"));
        assert!(!same_version("1.0.1", "1.0") && !same_version("10", "1"));
        assert!(
            is_license_file("LICENSE-MIT") && is_license_file("Copying.txt") && is_license_file("licence")
        );
        assert!(!is_license_file("license.go") && !is_license_file("licenses_test"));
    }
}
