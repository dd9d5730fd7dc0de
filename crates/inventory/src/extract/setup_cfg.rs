//! `setup.cfg`: what a Python project declares in setuptools' older static form.

use licit_model::found::RawLicenseKind;
use licit_model::{Ecosystem, Found, Manifest, RawLicense, Scope};

use super::python::ini::{self, Entry};
use super::python::{self, Dependency};
use super::{Extractor, File};

/// Reads `setup.cfg`.
pub struct SetupCfg;

impl Extractor for SetupCfg {
    fn name(&self) -> &'static str {
        "setup-cfg"
    }

    fn files(&self) -> &'static [&'static str] {
        &["setup.cfg"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(text) = file.text(found) else { return };
        let mut package = python::own_package("", "", "", None);
        let mut requirements = Vec::new();
        let mut named = false;
        for entry in ini::entries(text) {
            let scope = match (entry.section, entry.key.as_str()) {
                ("metadata", "name") => {
                    package.purl = python::own_package(entry.text(), package.purl.version(), "", None).purl;
                    package.line = Some(entry.line);
                    named = true;
                    continue;
                }
                ("metadata", "version") => {
                    // `attr:` and `file:` say where the version stands.
                    let plain = Some(entry.text()).filter(|v| !v.contains(':') && !v.is_empty());
                    package.purl.version = plain.map(str::to_string);
                    continue;
                }
                ("metadata", key) => {
                    license(key, &entry, &mut package.licenses);
                    continue;
                }
                ("options", "install_requires") => Scope::Runtime,
                ("options", "tests_require") => Scope::Test,
                ("options", "setup_requires") => Scope::Build,
                ("options.extras_require", _) => Scope::Optional,
                _ => continue,
            };
            for (line, text) in
                entry.lines.iter().flat_map(|(line, text)| parted(text).map(move |t| (line, t)))
            {
                if let Some(path) = text.strip_prefix("file:") {
                    let path = path.trim();
                    let message = format!(
                        "requirements are read from {path}, which counts by itself where it is called like a requirements file"
                    );
                    found.odd(Some(*line), message);
                    continue;
                }
                match Dependency::parse(text) {
                    Some(dependency) => requirements.push(dependency.requirement(scope, Some(*line))),
                    None => {
                        let shown: String = text.chars().take(80).collect();
                        found.lost(Some(*line), format!("not understood as a requirement: {shown}"));
                    }
                }
            }
        }
        let own = package.purl.name.clone();
        requirements.retain(|r| own.is_empty() || r.name != own);
        // Many tools only keep their settings in this file.
        if !named && requirements.is_empty() && package.licenses.is_empty() {
            return;
        }
        let mut manifest = Manifest::new(package);
        manifest.requirements = requirements;
        found.manifest(Ecosystem::Pypi, manifest);
    }
}

/// Several requirements may stand on one line, parted by `;`. One with a comparison behind it begins a marker.
fn parted(text: &str) -> impl Iterator<Item = &str> {
    let marker = text.split(';').skip(1).any(|t| t.contains(['<', '>', '=', '\'', '"', '(']));
    let whole = marker.then_some(text);
    let parts = (!marker).then(|| text.split(';').map(str::trim).filter(|t| !t.is_empty()));
    whole.into_iter().chain(parts.into_iter().flatten())
}

fn license(key: &str, entry: &Entry<'_>, licenses: &mut Vec<RawLicense>) {
    let kind = match key {
        "license" | "license_expression" => RawLicenseKind::Expression,
        "license_file" | "license_files" => RawLicenseKind::File,
        "classifiers" | "classifier" => RawLicenseKind::Classifier,
        _ => return,
    };
    for (line, text) in entry.lines.iter().take(500) {
        for text in text.split(',').map(str::trim).filter(|t| !t.is_empty()) {
            if licenses.len() < 50 && (kind != RawLicenseKind::Classifier || text.starts_with("License ::")) {
                licenses.push(RawLicense { text: text.to_string(), kind, line: Some(*line) });
            }
        }
    }
}
