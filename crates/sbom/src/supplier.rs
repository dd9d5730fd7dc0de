//! Who supplies a component, as far as the scanned files say.
//!
//! The NTIA elements ask for a supplier of every component and lockfiles hardly ever name one. So the answer is the
//! best fact at hand, down to the registry that hands the package out (CycloneDX and SPDX both count a distributor
//! as a supplier), and the document says on which fact it rests.

use licit_model::{Component, Ecosystem, Purl, Source};

use crate::address;

/// The fact that a supplier rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// The caller named it.
    Given,
    /// The scope, group or owner in the package's name.
    Namespace,
    /// The owner of the repository that the bytes come from.
    Repository,
    /// The place that hands out the archive: a distributor, not an author.
    Distributor,
    /// The scanned project itself, which supplies its own packages.
    Project,
    /// Nothing: the files do not say.
    Unknown,
}

impl Basis {
    /// The word in documents.
    pub fn word(self) -> &'static str {
        match self {
            Basis::Given => "given",
            Basis::Namespace => "namespace",
            Basis::Repository => "repository",
            Basis::Distributor => "distributor",
            Basis::Project => "project",
            Basis::Unknown => "unknown",
        }
    }
}

/// The supplier's name where no fact gives one.
pub const UNKNOWN: &str = "unknown supplier (not stated in the scanned files)";

/// Who supplies the component. `given` is what the caller says of the project's own packages, `project` its name.
pub fn supplier(component: &Component, given: Option<&str>, project: &str) -> (String, Basis) {
    if component.first_party
        && let Some(given) = given
    {
        return (given.to_string(), Basis::Given);
    }
    if let Some(owner) = component.purl.as_deref().and_then(namespace_owner) {
        return (owner, Basis::Namespace);
    }
    if component.first_party {
        return (of_project(project), Basis::Project);
    }
    let known = match &component.source {
        Source::Git(url) => address::owner(url).map(|owner| (owner, Basis::Repository)),
        Source::Url(url) => address::host(url).map(|host| (host, Basis::Distributor)),
        Source::Registry(Some(registry)) => {
            let place = address::host(registry).unwrap_or_else(|| registry.clone());
            Some((format!("registry {place}"), Basis::Distributor))
        }
        Source::Registry(None) => {
            component.ecosystem.map(|ecosystem| (usual_registry(ecosystem).to_string(), Basis::Distributor))
        }
        Source::Path(_) | Source::Unknown => None,
    };
    known.unwrap_or_else(|| (UNKNOWN.to_string(), Basis::Unknown))
}

/// The scanned project as the supplier of its own packages, where nobody says who stands behind it.
pub fn of_project(name: &str) -> String {
    format!("{name} project")
}

/// The owner that a package's name carries.
fn namespace_owner(purl: &str) -> Option<String> {
    let purl = Purl::parse(purl).ok()?;
    let namespace = purl.namespace?;
    match purl.kind.as_ref() {
        // Datasets of the hub lie below a folder that is nobody's name, and a library of models is no owner.
        "huggingface" => {
            let owner = namespace.strip_prefix("datasets").unwrap_or(&namespace).trim_start_matches('/');
            return (!owner.is_empty()).then(|| owner.to_string());
        }
        "generic" if namespace == "ollama" => return None,
        "golang" => {}
        _ => return Some(namespace),
    }
    // A module path goes on with folders after the host and its owner.
    let mut segments = namespace.splitn(3, '/');
    let host = segments.next()?;
    Some(segments.next().map_or_else(|| host.to_string(), |owner| format!("{host}/{owner}")))
}

/// The place that hands out packages of the ecosystem unless a file says otherwise.
fn usual_registry(ecosystem: Ecosystem) -> &'static str {
    match ecosystem {
        Ecosystem::Cargo => "Rust crate registry",
        Ecosystem::Npm => "npm registry",
        Ecosystem::Pypi => "Python Package Index",
        Ecosystem::Golang => "Go module mirror",
        Ecosystem::Maven => "Maven repository",
        Ecosystem::Nuget => "NuGet gallery",
        Ecosystem::Gem => "Ruby gem registry",
        Ecosystem::Composer => "PHP package registry",
        Ecosystem::Swift => "Swift package registry",
        Ecosystem::Cocoapods => "CocoaPods specifications",
        Ecosystem::Pub => "Dart package registry",
        Ecosystem::Hex => "Erlang package registry",
        Ecosystem::Conan => "Conan center",
        Ecosystem::Hackage => "Haskell package archive",
        Ecosystem::Jsr => "JavaScript registry of Deno",
        Ecosystem::Docker => "container image registry",
        Ecosystem::Huggingface => "model hub",
        Ecosystem::Conda => "conda channel",
        Ecosystem::Cran => "R package archive",
        Ecosystem::Julia => "Julia general registry",
        Ecosystem::Nix => "Nix package collection",
        Ecosystem::Terraform => "Terraform registry",
        Ecosystem::Helm => "Helm repository",
        Ecosystem::Githubactions => "code forge",
        Ecosystem::Opam => "opam repository",
        Ecosystem::Cpan => "Perl archive",
        Ecosystem::Luarocks => "Lua rocks server",
        Ecosystem::Vcpkg => "vcpkg registry",
        Ecosystem::Bazel => "Bazel registry",
        Ecosystem::Github => "code forge",
        Ecosystem::Generic => "address in the file",
        Ecosystem::Deb => "distribution's archive",
        Ecosystem::Apk => "distribution's archive",
        Ecosystem::Rpm => "distribution's archive",
        Ecosystem::Alpm => "distribution's archive",
        Ecosystem::Ebuild => "distribution's archive",
        Ecosystem::Brew => "Homebrew tap",
        Ecosystem::Opkg => "distribution's archive",
    }
}
