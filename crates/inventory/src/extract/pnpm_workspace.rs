//! `pnpm-workspace.yaml`: which folders belong to a workspace, and the catalogs that their requirements refer to. Yarn keeps
//! catalogs of the same form in `.yarnrc.yml`.

use licit_model::{Ecosystem, Found, FoundPackage, Manifest, Purl, Requirement};

use super::npm::block::{self, Field, Value};
use super::package_json::catalog_requirement;
use super::{Extractor, File};

/// Reads `pnpm-workspace.yaml`, and of `.yarnrc.yml` the catalogs.
pub struct PnpmWorkspace;

impl Extractor for PnpmWorkspace {
    fn name(&self) -> &'static str {
        "pnpm-workspace"
    }

    fn files(&self) -> &'static [&'static str] {
        &["pnpm-workspace.yaml", ".yarnrc.yml"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let documents = block::read(file, found);
        let Some(root) = documents.first() else { return };
        let globs = root.get("packages").map_or(&[][..], Value::items);
        let members: Vec<String> =
            globs.iter().filter_map(Value::text).map(|glob| glob.trim().to_string()).collect();
        let fields = |key: &str| root.get(key).map_or(&[][..], Value::fields);
        let mut offered = catalog(None, fields("catalog"));
        for named in fields("catalogs") {
            offered.extend(catalog(Some(&named.key), named.value.fields()));
        }
        // Newer versions of pnpm keep settings here too, without any workspace.
        if members.is_empty() && offered.is_empty() {
            return;
        }
        let line = root.fields().first().map(|field| field.line);
        let mut package = FoundPackage::new(Purl::npm("", ""), line);
        package.first_party = true;
        package.dir = Some(String::new());
        let mut manifest = Manifest::new(package);
        manifest.is_package = false;
        manifest.workspace_members = members;
        manifest.workspace_requirements = offered;
        found.manifest(Ecosystem::Npm, manifest);
    }
}

fn catalog(name: Option<&str>, entries: &[Field<'_>]) -> Vec<Requirement> {
    let texts = entries.iter().filter_map(|entry| Some((entry, entry.value.text()?)));
    texts.map(|(entry, range)| catalog_requirement(name, &entry.key, range, Some(entry.line))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_and_catalogs() {
        let text = "packages:\n  - 'packages/*' # all\n  - \"!**/test/**\"\ncatalog:\n  react: &r ^18.2.0\n  react-dom: *r\n\
                    catalogs:\n  default:\n    chalk: ^5\n  old:\n    react: ^17.0.2\n";
        let mut found = Found::new("pnpm-workspace.yaml", "pnpm-workspace");
        PnpmWorkspace.extract(&File::new("pnpm-workspace.yaml", text.as_bytes()), &mut found);
        let manifest = found.manifest.expect("it is a manifest");
        assert!(!manifest.is_package && found.problems.is_empty());
        assert_eq!(manifest.workspace_members, ["packages/*", "!**/test/**"]);
        let offered: Vec<_> = manifest.workspace_requirements.iter().collect();
        assert_eq!(
            (offered[1].name.as_str(), offered[1].range.as_str(), offered[1].line),
            ("react-dom", "^18.2.0", Some(6))
        );
        assert_eq!((offered[2].alias.as_deref(), offered[3].alias.as_deref()), (None, Some("catalog:old")));
    }

    #[test]
    fn settings_alone_are_no_workspace() {
        let mut found = Found::new("pnpm-workspace.yaml", "pnpm-workspace");
        PnpmWorkspace.extract(&File::new("pnpm-workspace.yaml", b"nodeLinker: hoisted\n"), &mut found);
        assert!(found.manifest.is_none() && found.problems.is_empty());
    }
}
