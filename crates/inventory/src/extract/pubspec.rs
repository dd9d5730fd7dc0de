//! `pubspec.yaml`: what a Dart or Flutter package asks for.

use std::collections::HashMap;

use licit_model::{Ecosystem, Found, Requirement, Scope};

use super::npm::block::{self, Field, Value};
use super::npm::origin::{Origin, normal};
use super::requirement::{asked, manifest, unique};
use super::{Extractor, File, repository};

/// Reads `pubspec.yaml`.
pub struct Pubspec;

impl Extractor for Pubspec {
    fn name(&self) -> &'static str {
        "pubspec"
    }

    fn files(&self) -> &'static [&'static str] {
        &["pubspec.yaml", "pubspec.yml"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let documents = block::read(file, found);
        let Some(top) = documents.iter().find(|d| d.get("name").is_some()) else {
            if !documents.is_empty() {
                found.lost(Some(1), "the package has no name");
            }
            return;
        };
        let line = top.fields().iter().find(|f| f.key == "name").map(|f| f.line);
        let (name, version) = (top.text_of("name").unwrap_or(""), top.text_of("version").unwrap_or(""));
        let mut own = manifest(Ecosystem::Pub, name, version, line);
        // What an override says holds over what is asked for.
        let overrides: HashMap<&str, &Field<'_>> = top
            .get("dependency_overrides")
            .map_or(&[][..], Value::fields)
            .iter()
            .map(|f| (&*f.key, f))
            .collect();
        for (list, scope) in [("dependencies", Scope::Runtime), ("dev_dependencies", Scope::Dev)] {
            for field in top.get(list).map_or(&[][..], Value::fields) {
                let told = requirement(field, scope);
                own.requirements.push(
                    match overrides.get(&*field.key).map(|over| requirement(over, scope)) {
                        Some(over) => Requirement { line: told.line, ..over },
                        None => told,
                    },
                );
            }
        }
        unique(&mut own.requirements);
        own.workspace_members = top
            .get("workspace")
            .map_or(&[][..], Value::items)
            .iter()
            .filter_map(|m| m.text().map(str::to_string))
            .collect();
        found.manifest(Ecosystem::Pub, own);
    }
}

fn requirement(field: &Field<'_>, scope: Scope) -> Requirement {
    let value = &field.value;
    let range = value.text().or_else(|| value.text_of("version")).unwrap_or("");
    let mut requirement = asked(&field.key, if range == "any" { "" } else { range }, scope, Some(field.line));
    requirement.path = value.text_of("path").map(normal);
    match value.get("git") {
        Some(Value::Text(url)) => {
            requirement.source = Origin::Git { url: repository::address(url), rev: String::new() }.source();
        }
        Some(git) => {
            let rev = git.text_of("ref").unwrap_or("").to_string();
            let url = repository::address(git.text_of("url").unwrap_or(""));
            requirement.source = Origin::Git { url, rev }.source();
        }
        None => {}
    }
    // The name at the registry may be another one than the project's.
    let hosted = value.get("hosted").and_then(|h| h.text_of("name")).filter(|n| *n != field.key);
    if let Some(real) = hosted {
        requirement.alias = Some(std::mem::replace(&mut requirement.name, real.to_string()));
    }
    requirement
}
