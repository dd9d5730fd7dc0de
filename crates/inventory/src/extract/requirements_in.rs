//! `requirements.in`: what a project asks for before pip-compile or uv resolves it.

use licit_model::{Ecosystem, Found, Manifest};

use super::python::{self, Address, Dependency};
use super::requirements::{lines, scope_of_path};
use super::{Extractor, File};

/// Reads `*requirements*.in`.
pub struct RequirementsIn;

impl Extractor for RequirementsIn {
    fn name(&self) -> &'static str {
        "requirements-in"
    }

    fn files(&self) -> &'static [&'static str] {
        &["*requirements*.in", "**/requirements/*.in"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(text) = file.text(found) else { return };
        let scope = scope_of_path(file.path());
        let mut manifest = Manifest::new(python::own_package("", "", "", Some(1)));
        let mut odd = Vec::new();
        for line in lines::logical(text, found) {
            let text = line.text.trim();
            // Options, and files that are included, name no package here.
            if text.is_empty() || (text.starts_with('-') && !text.starts_with("-e")) {
                continue;
            }
            let bare = text.strip_prefix("-e").unwrap_or(text).trim();
            let bare = bare.split(" --").next().unwrap_or(bare).trim();
            match Dependency::parse(bare) {
                Some(dependency) => {
                    manifest.requirements.push(dependency.requirement(scope, Some(line.number)))
                }
                None => {
                    let address = Address::parse(bare);
                    match address.name.clone().filter(|_| !bare.contains(' ')) {
                        Some(name) => {
                            let mut requirement = python::requirement(&name, "", scope, Some(line.number));
                            address.locate(&mut requirement);
                            manifest.requirements.push(requirement);
                        }
                        None if address.path.is_some() && !address.archive && !bare.contains(' ') => {}
                        None => odd.push((line.number, bare.chars().take(80).collect::<String>())),
                    }
                }
            }
        }
        // The ending is one of templates, too.
        if odd.len() > manifest.requirements.len() {
            found.odd(
                odd.first().map(|(line, _)| *line),
                "most of its lines are no requirements; it was left out",
            );
            return;
        }
        for (line, text) in odd.iter().take(20) {
            found.lost(Some(*line), format!("not understood as a requirement: {text}"));
        }
        if !manifest.requirements.is_empty() {
            found.manifest(Ecosystem::Pypi, manifest);
        }
    }
}
