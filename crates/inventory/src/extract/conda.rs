//! What conda's formats share: packages by name and version, and what other packages ask for as `name version build`.

use licit_model::{FoundPackage, Hash, Purl, Requirement, Scope, Source};

use super::python;

pub mod archive;

/// A package of conda's own.
pub fn package(name: &str, version: &str, line: Option<u32>) -> FoundPackage {
    let mut package = FoundPackage::new(Purl::named("conda", &name.to_lowercase(), version), line);
    package.source = Source::Registry(None);
    package
}

/// The name in a requirement such as `numpy >=1.21,<2.0a0 py39*` or `conda-forge::numpy=1.21`.
pub fn required(text: &str) -> &str {
    let text = text.rsplit("::").next().unwrap_or(text).trim();
    let end = text.find(|c: char| c.is_whitespace() || "=<>!~[;(".contains(c)).unwrap_or(text.len());
    text.get(..end).unwrap_or(text)
}

/// What another package of conda's asks for.
pub fn requirement(text: &str, line: Option<u32>) -> Requirement {
    let name = required(text);
    let range = text.rsplit("::").next().unwrap_or(text).trim().get(name.len()..).unwrap_or("").trim();
    Requirement {
        name: name.to_lowercase(),
        alias: None,
        range: range.to_string(),
        scope: Scope::Runtime,
        line,
        path: None,
        source: Source::Registry(None),
        inherited: false,
    }
}

/// A requirement that only says on which systems a package runs, such as `__glibc`.
pub fn is_virtual(name: &str) -> bool {
    name.starts_with("__")
}

/// The hashes of an entry.
pub fn hashes<'t>(md5: Option<&'t str>, sha256: Option<&'t str>) -> Vec<Hash> {
    let md5 = md5.and_then(|hex| python::hash_of("md5", hex));
    sha256.and_then(|hex| python::hash_of("sha256", hex)).into_iter().chain(md5).collect()
}

/// The name of a channel: the last part of its address.
pub fn channel(text: &str) -> &str {
    let text = text.trim().trim_end_matches('/');
    let text = ["/linux-64", "/noarch", "/osx-64", "/osx-arm64", "/win-64", "/linux-aarch64"]
        .iter()
        .find_map(|end| text.strip_suffix(end))
        .unwrap_or(text);
    text.rsplit('/').next().unwrap_or(text)
}
