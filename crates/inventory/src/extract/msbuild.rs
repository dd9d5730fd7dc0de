//! Project files of .NET (`*.csproj` and its like) and the files that MSBuild includes by their name:
//! `Directory.Packages.props`, `Directory.Build.props` and `Directory.Build.targets`.
//!
//! MSBuild files are programs. Conditions are not evaluated: what any of them asks for is asked for. Properties and
//! central versions are filled in by `resolve/dotnet.rs`, which sees all files.

use licit_model::found::RawLicenseKind;
use licit_model::{Ecosystem, Found, FoundPackage, Manifest, Purl, RawLicense, Requirement, Scope, Source};

use super::nuget::{folder, stem};
use super::xml::{self, Node};
use super::{Extractor, File};

/// Reads project files and the property files beside and above them.
pub struct MsBuild;

impl Extractor for MsBuild {
    fn name(&self) -> &'static str {
        "msbuild"
    }

    fn files(&self) -> &'static [&'static str] {
        &[
            "*.csproj",
            "*.fsproj",
            "*.vbproj",
            "Directory.Packages.props",
            "Packages.props",
            "Directory.Build.props",
            "Directory.Build.targets",
        ]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(document) = xml::parse(file, found) else { return };
        if document.root().name() != "Project" {
            return;
        }
        let is_project = is_project(file.name());
        let mut read = Read::default();
        for node in document.nodes() {
            read.node(node, found);
        }
        let manifest = read.manifest(file, is_project, document.root().line());
        found.manifest(Ecosystem::Nuget, manifest);
    }
}

/// Whether a file is a project of its own and not included by others.
pub(crate) fn is_project(name: &str) -> bool {
    name.to_ascii_lowercase().ends_with("proj")
}

/// Everything that matters in one file.
#[derive(Default)]
struct Read {
    properties: Vec<(String, String)>,
    licenses: Vec<RawLicense>,
    requirements: Vec<Requirement>,
    offers: Vec<Requirement>,
    test: bool,
}

impl Read {
    fn node(&mut self, node: Node<'_>, found: &mut Found) {
        match node.name() {
            "PropertyGroup" => self.properties_of(node),
            "PackageReference" | "GlobalPackageReference" | "DotNetCliToolReference" => {
                self.package(node, found);
            }
            "PackageVersion" => {
                for name in names(node, &["Include", "Update"]) {
                    self.offers.push(asked(name, node));
                }
            }
            "ProjectReference" => {
                for path in names(node, &["Include"]) {
                    let mut requirement = asked(stem(path), node);
                    requirement.range = String::new();
                    // A generator or analyzer of the same solution is run and not referenced.
                    if said(node, "ReferenceOutputAssembly").is_some_and(|r| r.eq_ignore_ascii_case("false"))
                    {
                        requirement.scope = Scope::Build;
                    }
                    let dir = folder(path);
                    requirement.path = Some(if dir.is_empty() { ".".to_string() } else { dir });
                    requirement.inherited = false;
                    self.requirements.push(requirement);
                }
            }
            _ => {}
        }
    }

    fn properties_of(&mut self, group: Node<'_>) {
        for node in group.children() {
            let text = node.text();
            let license = |kind| RawLicense { text: text.to_string(), kind, line: Some(node.line()) };
            match node.name() {
                _ if text.is_empty() => continue,
                "PackageLicenseExpression" => self.licenses.push(license(RawLicenseKind::Expression)),
                "PackageLicenseFile" => self.licenses.push(license(RawLicenseKind::File)),
                "IsTestProject" => self.test |= text.eq_ignore_ascii_case("true"),
                _ => {}
            }
            self.properties.push((node.name().to_string(), text.to_string()));
        }
    }

    fn package(&mut self, node: Node<'_>, found: &mut Found) {
        for name in names(node, &["Update"]) {
            self.offers.push(asked(name, node));
        }
        let included = names(node, &["Include"]);
        let changes = ["Update", "Remove"].iter().any(|key| node.attribute(key).is_some());
        if included.is_empty() && !changes {
            found.lost(Some(node.line()), format!("a {} without a name was left out", node.name()));
        }
        for name in included {
            let mut requirement = asked(name, node);
            requirement.scope = match node.name() {
                "PackageReference" => assets_scope(
                    name,
                    said(node, "IncludeAssets"),
                    said(node, "ExcludeAssets"),
                    said(node, "PrivateAssets"),
                ),
                _ => Scope::Dev,
            };
            // What makes a project one of tests.
            self.test |= name.eq_ignore_ascii_case("Microsoft.NET.Test.Sdk");
            self.requirements.push(requirement);
        }
    }

    fn manifest(mut self, file: &File<'_>, is_project: bool, line: u32) -> Manifest {
        if self.test {
            self.requirements.iter_mut().for_each(|r| r.scope = r.scope.then(Scope::Test));
        }
        let property = |key: &str| {
            let found = self.properties.iter().find(|(k, _)| k.eq_ignore_ascii_case(key));
            found.map(|(_, value)| value.as_str())
        };
        let mut package = FoundPackage::new(Purl::nuget("", ""), Some(line));
        if is_project {
            let given = ["PackageId", "AssemblyName"].iter().find_map(|key| property(key));
            let name = given.filter(|n| !n.contains("$(")).unwrap_or_else(|| stem(file.name()));
            let version = ["PackageVersion", "Version", "VersionPrefix"].iter().find_map(|key| property(key));
            package.purl = Purl::nuget(name, version.filter(|v| !v.contains("$(")).unwrap_or(""));
        }
        package.first_party = true;
        package.dir = Some(String::new());
        package.licenses = self.licenses;
        let mut manifest = Manifest::new(package);
        manifest.is_package = is_project;
        manifest.requirements = self.requirements;
        manifest.workspace_requirements = self.offers;
        // The last value counts in MSBuild; readers take the first.
        self.properties.reverse();
        manifest.inherits.properties = self.properties;
        manifest
    }
}

/// The names in an item: several are separated by `;`, and what only a property knows is left out.
fn names<'d>(node: Node<'d>, keys: &[&str]) -> Vec<&'d str> {
    let listed = keys.iter().filter_map(|key| node.attribute(key)).flat_map(|names| names.split(';'));
    listed.map(str::trim).filter(|n| !n.is_empty() && !n.contains(['$', '@', '*', '%'])).collect()
}

/// Metadata of an item: an attribute or an element inside.
fn said<'d>(node: Node<'d>, key: &str) -> Option<&'d str> {
    let inside = || node.children().find(|c| c.name().eq_ignore_ascii_case(key)).map(Node::text);
    node.attribute(key).or_else(inside).filter(|text| !text.is_empty())
}

fn asked(name: &str, node: Node<'_>) -> Requirement {
    let range = ["VersionOverride", "Version"].iter().find_map(|key| said(node, key)).unwrap_or("");
    Requirement {
        name: name.to_string(),
        alias: None,
        range: range.to_string(),
        scope: Scope::Runtime,
        line: Some(node.line()),
        path: None,
        source: Source::Unknown,
        inherited: range.is_empty(),
    }
}

/// What the assets of a reference say about it.
///
/// `PrivateAssets` alone only keeps a package from those who use the project; its files are still copied beside the
/// product. Where the compiler does not see the package either, it is the way in which NuGet adds a tool.
pub(crate) fn assets_scope(
    name: &str,
    include: Option<&str>,
    exclude: Option<&str>,
    private: Option<&str>,
) -> Scope {
    let has = |list: &str, word: &str| list.split([';', ',']).any(|w| w.trim().eq_ignore_ascii_case(word));
    let private = private.is_some_and(|p| has(p, "all"));
    if exclude.is_some_and(|e| has(e, "all") || has(e, "runtime")) {
        return Scope::Build;
    }
    if let Some(include) = include.filter(|i| !has(i, "all")) {
        if !has(include, "runtime") {
            return Scope::Build;
        }
        if private && !has(include, "compile") {
            return Scope::Dev;
        }
    }
    // Tools that are nothing but tools, whatever the reference forgot to say.
    let lower = name.to_ascii_lowercase();
    let tools =
        ["analyzers", "sourcelink", "stylecop", "gitversioning", "minver", "coverlet", "referenceassemblies"];
    if private && tools.iter().any(|t| lower.contains(t)) { Scope::Dev } else { Scope::Runtime }
}
