//! `Cargo.toml`: who a crate is, what it asks for, and what its workspace gives to its members.

use std::collections::BTreeSet;

use licit_model::found::RawLicenseKind;
use licit_model::{Ecosystem, Found, FoundPackage, Manifest, Purl, RawLicense, Requirement, Scope, Source};

use super::toml::{self, Table, Value};
use super::{Extractor, File};

/// Reads `Cargo.toml`.
pub struct CargoToml;

impl Extractor for CargoToml {
    fn name(&self) -> &'static str {
        "cargo-toml"
    }

    fn files(&self) -> &'static [&'static str] {
        &["Cargo.toml"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(document) = toml::parse(file, found) else { return };
        let root = document.root();
        let package = root.table("package").or_else(|| root.table("project"));
        let workspace = root.table("workspace");
        if package.is_none() && workspace.is_none() {
            return;
        }
        let mut manifest = Manifest::new(own_package(package, found));
        manifest.is_package = package.is_some_and(|p| p.str("name").is_some());
        manifest.inherits_version = package.is_some_and(|p| inherits(p, "version"));
        manifest.inherits_license =
            package.is_some_and(|p| inherits(p, "license") || inherits(p, "license-file"));
        let enabled = default_features(root);
        requirements(root, &enabled, &mut manifest.requirements);
        for (_, target) in root.table("target").map(Table::entries).unwrap_or_default() {
            if let Some(target) = target.table() {
                requirements(target, &enabled, &mut manifest.requirements);
            }
        }
        if let Some(workspace) = workspace {
            read_workspace(workspace, &mut manifest);
        }
        found.manifest(Ecosystem::Cargo, manifest);
    }
}

fn own_package(package: Option<Table<'_>>, found: &mut Found) -> FoundPackage {
    let name = package.and_then(|p| p.str("name")).unwrap_or("");
    if package.is_some() && name.is_empty() {
        found.odd(package.and_then(Table::line), "the package has no name");
    }
    let version = package.and_then(|p| p.str("version")).unwrap_or("");
    let mut own = FoundPackage::new(Purl::cargo(name, version), package.and_then(|p| p.line_of("name")));
    own.first_party = true;
    own.dir = Some(String::new());
    own.source = Source::Path(String::new());
    if let Some(package) = package {
        own.licenses = licenses(package);
    }
    own
}

/// The license fields of a `[package]` or `[workspace.package]` table.
pub fn licenses(package: Table<'_>) -> Vec<RawLicense> {
    let field = |key: &str, kind| {
        let value = package.get(key)?;
        Some(RawLicense { text: value.str()?.to_string(), kind, line: value.line() })
    };
    let expression = field("license", RawLicenseKind::Expression);
    expression.into_iter().chain(field("license-file", RawLicenseKind::File)).collect()
}

fn inherits(package: Table<'_>, key: &str) -> bool {
    package.table(key).and_then(|t| t.bool("workspace")) == Some(true)
}

fn read_workspace(workspace: Table<'_>, manifest: &mut Manifest) {
    manifest.workspace_members = workspace.strs("members").map(str::to_string).collect();
    let excluded = workspace.strs("exclude").map(|e| format!("!{e}"));
    manifest.workspace_members.extend(excluded);
    if let Some(shared) = workspace.table("package") {
        manifest.workspace_license = licenses(shared).into_iter().next();
        manifest.workspace_version = shared.str("version").map(str::to_string);
    }
    for (key, value) in workspace.table("dependencies").map(Table::entries).unwrap_or_default() {
        manifest.workspace_requirements.push(requirement(key, value, Scope::Runtime, None));
    }
}

/// The three tables of dependencies of a manifest or of one `[target.…]`.
fn requirements(table: Table<'_>, enabled: &BTreeSet<String>, into: &mut Vec<Requirement>) {
    let tables = [
        ("dependencies", Scope::Runtime),
        ("dev-dependencies", Scope::Dev),
        ("dev_dependencies", Scope::Dev),
        ("build-dependencies", Scope::Build),
        ("build_dependencies", Scope::Build),
    ];
    for (key, scope) in tables {
        for (name, value) in table.table(key).map(Table::entries).unwrap_or_default() {
            into.push(requirement(name, value, scope, Some(enabled)));
        }
    }
}

/// One line of a table of dependencies; `enabled` holds the optional ones that default features switch on.
fn requirement(key: &str, value: Value<'_>, scope: Scope, enabled: Option<&BTreeSet<String>>) -> Requirement {
    let table = value.table();
    let text = |k: &str| table.and_then(|t| t.str(k));
    let name = text("package").unwrap_or(key);
    let optional = table.and_then(|t| t.bool("optional")) == Some(true);
    let on = enabled.is_none_or(|e| e.contains(key));
    let source = match (text("git"), text("path"), text("registry")) {
        (Some(url), ..) => {
            let revision = text("rev").or(text("tag")).or(text("branch")).unwrap_or("");
            Source::Git(format!("{url}#{revision}"))
        }
        (_, Some(path), _) => Source::Path(path.to_string()),
        (_, _, Some(registry)) => Source::Registry(Some(registry.to_string())),
        _ => Source::Registry(None),
    };
    Requirement {
        name: name.to_string(),
        alias: (name != key).then(|| key.to_string()),
        range: value.str().or(text("version")).unwrap_or("").to_string(),
        scope: if optional && !on && scope == Scope::Runtime { Scope::Optional } else { scope },
        line: value.line(),
        path: text("path").map(str::to_string),
        source,
        inherited: table.and_then(|t| t.bool("workspace")) == Some(true),
    }
}

/// Names of the optional dependencies that `default` switches on, directly or over other features.
fn default_features(root: Table<'_>) -> BTreeSet<String> {
    let Some(features) = root.table("features") else { return BTreeSet::new() };
    let mut enabled = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut open = vec!["default".to_string()];
    while let Some(feature) = open.pop() {
        if !seen.insert(feature.clone()) {
            continue;
        }
        for item in features.strs(&feature) {
            match (item.strip_prefix("dep:"), item.split_once('/')) {
                (Some(dependency), _) => {
                    enabled.insert(dependency.to_string());
                }
                // `name?/feature` does not switch the dependency on, `name/feature` does.
                (None, Some((dependency, _))) if !dependency.ends_with('?') => {
                    enabled.insert(dependency.to_string());
                }
                (None, Some(_)) => {}
                (None, None) => {
                    // Without a feature of that name it is the implicit feature of an optional dependency.
                    enabled.insert(item.to_string());
                    open.push(item.to_string());
                }
            }
        }
    }
    enabled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn optional_renamed_inherited_and_target_dependencies() {
        let text = "[package]\nname = \"app\"\nversion.workspace = true\nlicense = \"MIT\"\n\
            [features]\ndefault = [\"net\"]\nnet = [\"dep:http\", \"tls?/ring\"]\n\
            [dependencies]\nhttp = { version = \"1\", optional = true }\ntls = { version = \"2\", optional = true }\n\
            old = { package = \"syn\", version = \"1\" }\nshared = { workspace = true }\n\
            [target.'cfg(windows)'.dependencies]\nwinapi = \"0.3\"\n[dev-dependencies]\ncheck = \"1\"\n";
        let mut found = Found::new("Cargo.toml", "cargo-toml");
        CargoToml.extract(&File::new("Cargo.toml", text.as_bytes()), &mut found);
        let manifest = found.manifest.unwrap();
        let scopes: Vec<_> = manifest.requirements.iter().map(|r| (r.name.as_str(), r.scope)).collect();
        assert_eq!(
            scopes,
            [
                ("http", Scope::Runtime),
                ("tls", Scope::Optional),
                ("syn", Scope::Runtime),
                ("shared", Scope::Runtime),
                ("check", Scope::Dev),
                ("winapi", Scope::Runtime)
            ]
        );
        assert_eq!(manifest.requirements[2].alias.as_deref(), Some("old"));
        assert!(manifest.requirements[3].inherited && manifest.inherits_version);
        assert_eq!(manifest.package.licenses[0].line, Some(4));
    }
}
