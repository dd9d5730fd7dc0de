//! `Pipfile`: what a Pipenv project asks for. It says nothing about the project itself.

use licit_model::{Ecosystem, Found, Manifest, Scope};

use super::pyproject::table_requirement;
use super::{Extractor, File, python, toml};

/// Reads `Pipfile`.
pub struct Pipfile;

/// Tables that hold no packages; every other one is a category of them.
const SETTINGS: &[&str] = &["source", "requires", "scripts", "pipenv", "pipfile"];

impl Extractor for Pipfile {
    fn name(&self) -> &'static str {
        "pipfile"
    }

    fn files(&self) -> &'static [&'static str] {
        &["Pipfile"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(document) = toml::parse(file, found) else { return };
        let mut manifest = Manifest::new(python::own_package("", "", "", Some(1)));
        let mut known = false;
        for (category, value) in document.root().entries() {
            known |= matches!(category, "source" | "requires" | "packages" | "dev-packages");
            let Some(table) = value.table().filter(|_| !SETTINGS.contains(&category)) else { continue };
            let scope = match category {
                "packages" => Scope::Runtime,
                "dev-packages" => Scope::Dev,
                _ => Scope::Optional,
            };
            for (name, value) in table.entries() {
                let requirement = match (value.str(), value.table()) {
                    (Some(range), _) => python::requirement(name, range, scope, value.line()),
                    (None, Some(details)) => table_requirement(name, details, scope, value.line()),
                    _ => {
                        found.lost(value.line(), format!("the requirement {name} could not be read"));
                        continue;
                    }
                };
                manifest.requirements.push(requirement);
            }
        }
        if known {
            manifest.requirements.sort_by_key(|r| r.line);
            found.manifest(Ecosystem::Pypi, manifest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn categories_and_tables() {
        let text = r#"[dev-packages]
pytest = "*"
bad = 1
[docs]
sphinx = ">=4"
[packages]
Django = "==2.1.11"
own = { path = ".", editable = true }
lib = { git = "https://host.example/lib.git", ref = "v1", extras = ["x"] }
whl = { file = "https://host.example/whl-1.0-py3-none-any.whl" }
[requires]
python_version = "3"
"#;
        let mut found = Found::new("Pipfile", "pipfile");
        Pipfile.extract(&File::new("Pipfile", text.as_bytes()), &mut found);
        let manifest = found.manifest.unwrap();
        let rows: Vec<_> = manifest
            .requirements
            .iter()
            .map(|r| (r.name.as_str(), r.range.as_str(), r.scope, r.line))
            .collect();
        assert_eq!(
            rows,
            [
                ("pytest", "", Scope::Dev, Some(2)),
                ("sphinx", ">=4", Scope::Optional, Some(5)),
                ("django", "==2.1.11", Scope::Runtime, Some(7)),
                ("own", "", Scope::Runtime, Some(8)),
                ("lib", "", Scope::Runtime, Some(9)),
                ("whl", "", Scope::Runtime, Some(10)),
            ]
        );
        assert_eq!(manifest.requirements[3].path.as_deref(), Some(""));
        assert_eq!(manifest.requirements[5].path, None);
        assert_eq!(found.problems.len(), 1);
        assert_eq!(found.problems[0].line, Some(3));
    }
}
