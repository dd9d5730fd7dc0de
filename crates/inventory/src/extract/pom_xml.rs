//! `pom.xml`: what a Maven project is, asks for and hands down to its modules.
//!
//! One file rarely says everything: properties, versions and licenses may stand in a parent or in an imported list.
//! They are kept as written here and filled in by `resolve/maven.rs`, which sees all files.

use licit_model::found::RawLicenseKind;
use licit_model::{Ecosystem, Found, FoundPackage, Manifest, Purl, RawLicense, Requirement, Scope, Source};

use super::xml::{self, Node};
use super::{Extractor, File};

/// Reads `pom.xml` and the `.pom` files of repositories.
pub struct PomXml;

impl Extractor for PomXml {
    fn name(&self) -> &'static str {
        "pom-xml"
    }

    fn files(&self) -> &'static [&'static str] {
        &["pom.xml", "*.pom", "pom-*.xml"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(document) = xml::parse(file, found) else { return };
        let project = document.root();
        if project.name() != "project" {
            return;
        }
        let manifest = manifest(project, found);
        found.manifest(Ecosystem::Maven, manifest);
    }
}

fn manifest(project: Node<'_>, found: &mut Found) -> Manifest {
    let parent = project.at(&["parent"]);
    let own = |key: &str| project.text_of(key);
    let above = |key: &str| parent.and_then(|p| p.text_of(key));
    let group = own("groupId").or_else(|| above("groupId")).unwrap_or("");
    let artifact = own("artifactId").unwrap_or("");
    let version = own("version").or_else(|| above("version")).unwrap_or("");
    let purl = Purl::maven(&coordinates(group, artifact), version);
    let mut package = FoundPackage::new(purl, Some(project.line()));
    package.first_party = true;
    package.dir = Some(String::new());
    package.licenses = licenses(project);
    let mut manifest = Manifest::new(package);
    manifest.inherits.parent = parent.and_then(|p| parent_of(p, found));
    let modules = project.at(&["modules"]).into_iter().flat_map(|m| m.children().map(|c| c.text()));
    manifest.workspace_members = modules.filter(|m| !m.is_empty()).map(str::to_string).collect();
    section(project, None, &mut manifest, found);
    // A profile that is on by default belongs to the plain build; of another one the version still helps.
    let profiles: Vec<Node<'_>> = project.at(&["profiles"]).iter().flat_map(|p| p.all("profile")).collect();
    let on = |profile: &Node<'_>| {
        let word = profile.at(&["activation"]).and_then(|a| a.text_of("activeByDefault"));
        word.is_some_and(|w| w.eq_ignore_ascii_case("true"))
    };
    for profile in profiles.iter().copied() {
        section(profile, Some(on(&profile)), &mut manifest, found);
    }
    repeated(&manifest, found);
    manifest
}

/// What stands both in a project and in its profiles. `active` is none for the project itself.
fn section(at: Node<'_>, active: Option<bool>, manifest: &mut Manifest, found: &mut Found) {
    let properties = at.at(&["properties"]).into_iter().flat_map(Node::children);
    let mut read: Vec<(String, String)> =
        properties.map(|p| (p.name().to_string(), p.text().to_string())).collect();
    if active == Some(true) {
        read.append(&mut manifest.inherits.properties);
    }
    manifest.inherits.properties.append(&mut read);
    for node in dependencies(at) {
        let Some((mut requirement, stated)) = requirement(node, found) else { continue };
        if active == Some(false) && requirement.scope.ships() {
            requirement.scope = Scope::Optional;
        } else if !stated {
            manifest.inherits.unscoped.push(manifest.requirements.len());
        }
        manifest.requirements.push(requirement);
    }
    for node in at.at(&["dependencyManagement"]).map(dependencies).unwrap_or_default() {
        let Some((requirement, _)) = requirement(node, found) else { continue };
        if node.text_of("scope") == Some("import") {
            manifest.inherits.imports.push(requirement);
        } else {
            manifest.workspace_requirements.push(requirement);
        }
    }
}

fn dependencies(node: Node<'_>) -> Vec<Node<'_>> {
    node.at(&["dependencies"]).map(|d| d.all("dependency").collect()).unwrap_or_default()
}

/// One dependency, and whether it states its scope.
fn requirement(node: Node<'_>, found: &mut Found) -> Option<(Requirement, bool)> {
    let (Some(group), Some(artifact)) = (node.text_of("groupId"), node.text_of("artifactId")) else {
        found.lost(Some(node.line()), "a dependency without groupId or artifactId was left out");
        return None;
    };
    let stated = node.text_of("scope");
    let mut scope = stated.map_or(Scope::Runtime, scope);
    if node.text_of("optional").is_some_and(|o| o.eq_ignore_ascii_case("true")) {
        scope = scope.then(Scope::Optional);
    }
    let range = node.text_of("version").unwrap_or("");
    let requirement = Requirement {
        name: coordinates(group, artifact),
        alias: None,
        range: range.to_string(),
        scope,
        line: Some(node.line()),
        path: None,
        source: Source::Unknown,
        inherited: range.is_empty(),
    };
    Some((requirement, stated.is_some()))
}

/// Maven's scopes. What the container or the JDK provides is compiled against and not shipped; a jar of the `system`
/// scope lies beside the project and nobody says that it stays there.
fn scope(word: &str) -> Scope {
    match word {
        "test" => Scope::Test,
        "provided" => Scope::Build,
        _ => Scope::Runtime,
    }
}

fn parent_of(node: Node<'_>, found: &mut Found) -> Option<Requirement> {
    let (Some(group), Some(artifact)) = (node.text_of("groupId"), node.text_of("artifactId")) else {
        found.lost(Some(node.line()), "the parent has no groupId or artifactId and was not looked for");
        return None;
    };
    // An empty element forbids to look in the tree.
    let path = match node.at(&["relativePath"]).map(Node::text) {
        Some("") => None,
        Some(path) => Some(path.to_string()),
        None => Some("../pom.xml".to_string()),
    };
    Some(Requirement {
        name: coordinates(group, artifact),
        alias: None,
        range: node.text_of("version").unwrap_or("").to_string(),
        scope: Scope::Build,
        line: Some(node.line()),
        path,
        source: Source::Unknown,
        inherited: false,
    })
}

/// The licenses that a POM states: the name where there is one, else the address.
fn licenses(project: Node<'_>) -> Vec<RawLicense> {
    let all = project.at(&["licenses"]).into_iter().flat_map(|l| l.children());
    let read = all.filter(|l| l.name() == "license").filter_map(|license| {
        let text = license.text_of("name").or_else(|| license.text_of("url"))?;
        // Names are often broken over lines.
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        Some(RawLicense { text, kind: RawLicenseKind::Expression, line: Some(license.line()) })
    });
    read.collect()
}

/// Maven 3 takes the last of two declarations, other tools the first; both are listed and the file should be mended.
fn repeated(manifest: &Manifest, found: &mut Found) {
    let mut first = std::collections::HashMap::new();
    for requirement in &manifest.requirements {
        let known = first.entry(requirement.name.as_str()).or_insert(requirement.range.as_str());
        if *known != requirement.range && requirement.scope.ships() {
            found.odd(
                requirement.line,
                format!("{} is asked for in two versions; both are listed", requirement.name),
            );
        }
    }
}

/// `group:artifact`; only one name where there is no group.
pub(crate) fn coordinates(group: &str, artifact: &str) -> String {
    if group.is_empty() { artifact.to_string() } else { format!("{group}:{artifact}") }
}
