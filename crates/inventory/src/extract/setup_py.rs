//! `setup.py`: what a Python project says literally in its call of `setup`.
//!
//! The file is a program and is not run. What it computes is not known, and that is said, unless the requirements are read
//! from a requirements file, which the walk finds by itself.

use licit_model::found::RawLicenseKind;
use licit_model::{Ecosystem, Found, Manifest, RawLicense, Requirement, Scope};

use super::python::literal::{Literal, Module};
use super::python::{self, Dependency, marker};
use super::{Extractor, File};

/// Reads `setup.py`.
pub struct SetupPy;

impl Extractor for SetupPy {
    fn name(&self) -> &'static str {
        "setup-py"
    }

    fn files(&self) -> &'static [&'static str] {
        &["setup.py"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(text) = file.text(found) else { return };
        let module = Module::new(text);
        let Some((setup, line)) = module.calls("setup").into_iter().max_by_key(|(s, _)| size(s)) else {
            if text.contains("setup") && text.contains("install_requires") {
                found.lost(None, "there is no call of setup() that could be read in it");
            }
            return;
        };
        let mut reader = Reader { found, requirements: Vec::new() };
        if let Some(list) = setup.get("install_requires") {
            reader.list(list, Scope::Runtime, "");
        }
        for (key, scope) in [("tests_require", Scope::Test), ("setup_requires", Scope::Build)] {
            if let Some(list) = setup.get(key) {
                reader.list(list, scope, "");
            }
        }
        match setup.get("extras_require") {
            Some(Literal::Map(extras)) => {
                for (key, list) in extras {
                    // `extra:marker` and `:marker` are conditions in the form that setuptools had before PEP 508.
                    let key = key.text().map_or("", |(text, _)| text);
                    let (extra, marker) = key.split_once(':').unwrap_or((key, ""));
                    let scope = if extra.trim().is_empty() { Scope::Runtime } else { Scope::Optional };
                    reader.list(list, scope, marker);
                }
            }
            Some(Literal::Unknown(line, _)) => {
                reader
                    .found
                    .lost(Some(*line), "the extras are computed and not known without running the file");
            }
            _ => {}
        }
        let mut requirements = reader.requirements;
        let field = |key: &str| setup.get(key).and_then(Literal::text);
        let (name, at) = field("name").map_or(("", line), |(name, at)| (name, at));
        let version = field("version").map_or("", |(version, _)| version);
        let mut package = python::own_package(name, version, "", Some(at));
        package.licenses = licenses(&setup);
        let own = package.purl.name.clone();
        requirements.retain(|r| own.is_empty() || r.name != own);
        // A file that hands everything over to setup.cfg or pyproject.toml says nothing itself.
        if own.is_empty() && requirements.is_empty() && package.licenses.is_empty() {
            return;
        }
        let mut manifest = Manifest::new(package);
        manifest.requirements = requirements;
        found.manifest(Ecosystem::Pypi, manifest);
    }
}

fn size(setup: &Literal) -> usize {
    match setup {
        Literal::Map(entries) => entries.len(),
        _ => 0,
    }
}

fn licenses(setup: &Literal) -> Vec<RawLicense> {
    let mut licenses = Vec::new();
    if let Some((text, line)) =
        setup.get("license").and_then(Literal::text).filter(|(t, _)| !t.trim().is_empty())
    {
        let kind = RawLicenseKind::Expression;
        licenses.push(RawLicense { text: text.trim().to_string(), kind, line: Some(line) });
    }
    let classifiers = setup.get("classifiers").map(Literal::items).unwrap_or_default();
    for (text, line) in classifiers.iter().filter_map(Literal::text).take(500) {
        let text = text.trim();
        if text.starts_with("License ::") && licenses.len() < 50 {
            let kind = RawLicenseKind::Classifier;
            licenses.push(RawLicense { text: text.to_string(), kind, line: Some(line) });
        }
    }
    licenses
}

struct Reader<'r> {
    found: &'r mut Found,
    requirements: Vec<Requirement>,
}

impl Reader<'_> {
    fn list(&mut self, list: &Literal, scope: Scope, condition: &str) {
        for item in list.items() {
            match item {
                Literal::Text(text, line) => self.requirement(text.trim(), line, scope, condition),
                Literal::List(inner) => {
                    for (text, line) in inner.iter().filter_map(Literal::text) {
                        self.requirement(text.trim(), line, scope, condition);
                    }
                }
                Literal::Unknown(line, texts) => {
                    let elsewhere = texts.iter().any(|t| t.contains("requirements") && t.ends_with(".txt"));
                    let message = "requirements are computed here and not known without running the file";
                    match elsewhere {
                        true => self.found.odd(
                            Some(line),
                            "requirements are read from a requirements file here, which counts by itself",
                        ),
                        false => self.found.lost(Some(line), message),
                    }
                }
                Literal::Map(_) => {}
            }
        }
    }

    fn requirement(&mut self, text: &str, line: u32, scope: Scope, condition: &str) {
        if text.is_empty() {
            return;
        }
        match Dependency::parse(text) {
            Some(dependency) => {
                let scope = scope.then(marker::scope(condition, &[]));
                self.requirements.push(dependency.requirement(scope, Some(line)));
            }
            None => {
                let shown: String = text.chars().take(80).collect();
                self.found.lost(Some(line), format!("not understood as a requirement: {shown}"));
            }
        }
    }
}
