//! `environment.yml`: what a conda environment is made from, with the packages that pip adds to it.

use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Scope};

use super::npm::assembly::Assembly;
use super::npm::block::{self, Value};
use super::python::{self, Address, Dependency};
use super::{Extractor, File, conda};

/// Reads `environment.yml` and its kin.
pub struct CondaEnvironment;

impl Extractor for CondaEnvironment {
    fn name(&self) -> &'static str {
        "conda-environment"
    }

    fn files(&self) -> &'static [&'static str] {
        &[
            "environment.yml",
            "environment.yaml",
            "environment[-_]*.yml",
            "environment[-_]*.yaml",
            "*[-_]environment.yml",
            "*[-_]environment.yaml",
            "conda.yml",
            "conda.yaml",
        ]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let documents = block::read(file, found);
        let Some(top) =
            documents.iter().find(|d| d.get("dependencies").is_some_and(|v| !v.items().is_empty()))
        else {
            // Other tools call their settings so, too.
            found.problems.retain(|_| documents.iter().any(|d| d.get("dependencies").is_some()));
            return;
        };
        let lines = Lines::new(file);
        let scope = scope_of(file.name());
        let mut assembly = Assembly::new(found);
        let mut pinned = true;
        for item in top.get("dependencies").map_or(&[][..], Value::items) {
            if let Some(text) = item.text() {
                let line = lines.of(text);
                let Some(package) = package(text, line) else {
                    let shown: String = text.chars().take(80).collect();
                    assembly.found.lost(line, format!("not understood as a requirement of conda: {shown}"));
                    continue;
                };
                pinned &= package.purl.version.is_some();
                assembly.third_party(asked(package, scope));
            }
            for text in item.get("pip").map_or(&[][..], Value::items).iter().filter_map(Value::text) {
                let line = lines.of(text);
                match pip(text, line, assembly.found) {
                    Some(package) if package.first_party => {
                        let dir = package.dir.clone().unwrap_or_default();
                        assembly.first_party(dir, package);
                    }
                    Some(package) => {
                        pinned &= package.purl.version.is_some();
                        assembly.third_party(asked(package, scope));
                    }
                    None => {}
                }
            }
        }
        let why = match pinned {
            true => {
                "every package has its version, as in an environment that was exported; who asks for whom is not in it"
            }
            false => {
                "an environment file lists what is asked for and not what that asks for; a conda-lock file would"
            }
        };
        let depth = if pinned { GraphDepth::Flat } else { GraphDepth::DirectOnly };
        found.lock(Ecosystem::Conda, depth, why);
    }
}

fn asked(mut package: FoundPackage, scope: Scope) -> FoundPackage {
    package.scope = Some(package.scope.map_or(scope, |s| s.then(scope)));
    package.direct = Some(true);
    package
}

fn scope_of(name: &str) -> Scope {
    let lower = name.to_ascii_lowercase();
    let stem = lower.split('.').next().unwrap_or("");
    stem.split(|c: char| !c.is_ascii_alphanumeric()).find_map(python::word_scope).unwrap_or(Scope::Runtime)
}

/// `channel::name=1.2=build`, `name >=1.2`, `name=1.2`.
///
/// One `=` lets conda take any version that begins so, yet what `conda env export` writes is the version itself: it is
/// taken as the version unless there is a `*` in it.
fn package(text: &str, line: Option<u32>) -> Option<FoundPackage> {
    let text = text.trim();
    let (channel, spec) = text.rsplit_once("::").unwrap_or(("", text));
    let name = conda::required(spec);
    let good = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if name.is_empty() || !name.chars().all(good) {
        return None;
    }
    let range = spec.get(name.len()..).unwrap_or("").trim();
    let version = match range.strip_prefix('=') {
        Some(rest) => {
            let rest = rest.trim_start_matches('=').trim();
            let version = rest.split(['=', ' ']).next().unwrap_or("");
            if version.contains(['*', ',', '|', '<', '>', '!']) { "" } else { version }
        }
        // `name 1.2` and `name 1.2 build`.
        None if range.starts_with(|c: char| c.is_ascii_digit())
            && !range.contains(['*', ',', '|', '<', '>']) =>
        {
            range.split_whitespace().next().unwrap_or("")
        }
        None => "",
    };
    let mut package = conda::package(name, version, line);
    package.purl = package.purl.with("channel", conda::channel(channel));
    package.requested = (version.is_empty() && !range.is_empty()).then(|| range.to_string());
    Some(package)
}

/// One line that conda hands to pip.
pub(super) fn pip(text: &str, line: Option<u32>, found: &mut Found) -> Option<FoundPackage> {
    let text = text.trim();
    let text = text.split(" #").next().unwrap_or(text).trim();
    let address = ["-e ", "--editable ", "--editable="].iter().find_map(|option| text.strip_prefix(option));
    if address.is_none() && text.starts_with('-') {
        if text.starts_with("-r") || text.starts_with("--requirement") {
            found.odd(line, "the included requirements file counts by itself where it is called like one");
        }
        return None;
    }
    if address.is_none()
        && let Some(dependency) = Dependency::parse(text)
    {
        let place = dependency.address.map(Address::parse);
        let version =
            python::pinned(dependency.range).or_else(|| place.as_ref()?.version.as_deref()).unwrap_or("");
        let mut package = python::package(&dependency.name, version, line);
        package.requested =
            (version.is_empty() && !dependency.range.is_empty()).then(|| dependency.range.to_string());
        if let Some(place) = place {
            place.place(&mut package);
        }
        return Some(package);
    }
    let address = Address::parse(address.unwrap_or(text));
    let Some(name) = address.name.clone() else {
        if address.path.is_none() || address.archive {
            let shown: String = text.chars().take(80).collect();
            found.lost(line, format!("the address {shown} does not say which package it is"));
        }
        return None;
    };
    let mut package = python::package(&name, address.version.as_deref().unwrap_or(""), line);
    address.place(&mut package);
    Some(package)
}

/// The lines of texts that were borrowed from the file.
pub(super) struct Lines<'f, 'a>(&'f File<'a>);

impl<'f, 'a> Lines<'f, 'a> {
    /// Of one file.
    pub(super) fn new(file: &'f File<'a>) -> Self {
        Lines(file)
    }

    /// The line of a text; none where it was copied.
    pub(super) fn of(&self, text: &str) -> Option<u32> {
        self.0.line_of(text)
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn requirements_of_conda() {
        let read = |text: &str| {
            let package = super::package(text, None)?;
            Some(format!("{} {}", package.purl, package.requested.unwrap_or_default()))
        };
        for (text, want) in [
            ("bzip2=1.0.8=h998d150_5", "pkg:conda/bzip2@1.0.8 "),
            ("numpy==1.21.2", "pkg:conda/numpy@1.21.2 "),
            ("conda-forge::python=3.9", "pkg:conda/python@3.9?channel=conda-forge "),
            ("pytorch >=2.0,<3", "pkg:conda/pytorch >=2.0,<3"),
            ("scipy=1.*", "pkg:conda/scipy =1.*"),
            ("pip", "pkg:conda/pip "),
            ("Blas 1.0 mkl", "pkg:conda/blas@1.0 "),
        ] {
            assert_eq!(read(text).as_deref(), Some(want), "{text}");
        }
        assert_eq!(read("{{ x }}"), None);
    }
}
