//! What an extractor produced from one file, before files are joined into a graph.

use crate::package::{Ecosystem, Freshness, Hash, Linkage, Scope, Source};
use crate::purl::Purl;
use crate::scan::{Completeness, GraphDepth, Problem};

/// So many problems of one file are listed.
const PROBLEMS: usize = 1000;

/// A license as a file states it, not yet read as SPDX.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawLicense {
    /// The words, verbatim.
    pub text: String,
    /// What sort of field it is.
    pub kind: RawLicenseKind,
    /// Line in the file, counted from 1.
    pub line: Option<u32>,
}

/// What sort of field a raw license was read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RawLicenseKind {
    /// A license field: meant as an SPDX expression, often loose.
    Expression,
    /// A trove classifier, `License :: OSI Approved :: …`.
    Classifier,
    /// The path of a license file, relative to the package.
    File,
}

/// One package that a file names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundPackage {
    /// Identity. Of a package without a name (a nameless root) the name is empty.
    pub purl: Purl,
    /// Line in the file, counted from 1.
    pub line: Option<u32>,
    /// The file that names it, relative to the scanned path, where several files were read as one.
    pub file: Option<String>,
    /// Whether it is one of the project's own: the root, a workspace member, a local folder.
    pub first_party: bool,
    /// Of a first-party package: its folder, relative to the file's folder, `/`-separated, `""` for the same.
    pub dir: Option<String>,
    /// Where its bytes come from.
    pub source: Source,
    /// What the file says of its license.
    pub licenses: Vec<RawLicense>,
    /// Checksums in the file.
    pub hashes: Vec<Hash>,
    /// What the file says of how the version stands among its siblings; without sources, the file is the source.
    pub freshness: Option<Box<Freshness>>,
    /// Where an installer puts it, relative to the file's folder, such as `node_modules/a/node_modules/b`.
    pub install_path: Option<String>,
    /// The scope that the file itself states for it.
    pub scope: Option<Scope>,
    /// Whether the file itself says that the project asks for it; none where it does not say.
    pub direct: Option<bool>,
    /// The range that is asked for where the file fixes no version.
    pub requested: Option<String>,
}

impl FoundPackage {
    /// A third-party package of which only identity and line are known.
    pub fn new(purl: Purl, line: Option<u32>) -> Self {
        FoundPackage {
            purl,
            line,
            file: None,
            first_party: false,
            dir: None,
            source: Source::Unknown,
            licenses: Vec::new(),
            hashes: Vec::new(),
            freshness: None,
            install_path: None,
            scope: None,
            direct: None,
            requested: None,
        }
    }
}

/// An edge between two packages of the same file, by their index in [`Found::packages`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FoundEdge {
    /// Who asks.
    pub from: usize,
    /// For whom.
    pub to: usize,
    /// Under which condition.
    pub scope: Scope,
    /// How joined, where the file says more than the ecosystem's habit.
    pub linkage: Option<Linkage>,
}

/// What a manifest asks for: one line of `dependencies`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// Real name of the package, in the ecosystem's spelling (npm scopes with `@scope/name`).
    pub name: String,
    /// The name that the project calls it by, where it differs.
    pub alias: Option<String>,
    /// The version range verbatim; empty where any version will do.
    pub range: String,
    /// Under which condition.
    pub scope: Scope,
    /// Line in the file, counted from 1.
    pub line: Option<u32>,
    /// Folder of a local package, relative to the manifest's folder.
    pub path: Option<String>,
    /// Where it comes from when not from the usual registry.
    pub source: Source,
    /// The details stand in the workspace's root manifest (`workspace = true`, `workspace:*`, `catalog:`).
    pub inherited: bool,
}

/// A project's own declaration: who it is and what it asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// The project's own package; name and version may be empty.
    pub package: FoundPackage,
    /// False for a manifest that only groups others (a virtual workspace root).
    pub is_package: bool,
    /// What it asks for, in the file's order.
    pub requirements: Vec<Requirement>,
    /// Requirements that workspace members may inherit.
    pub workspace_requirements: Vec<Requirement>,
    /// Folders of workspace members, globs relative to the manifest's folder; a leading `!` excludes.
    pub workspace_members: Vec<String>,
    /// License that workspace members may inherit.
    pub workspace_license: Option<RawLicense>,
    /// Version that workspace members may inherit.
    pub workspace_version: Option<String>,
    /// The license or version stands in the workspace's root manifest.
    pub inherits_license: bool,
    /// The version stands in the workspace's root manifest.
    pub inherits_version: bool,
    /// What it takes from other manifests by name, as Maven and MSBuild have it.
    pub inherits: Inherits,
}

/// What a manifest takes from others by name, or gives to them: a parent, properties, imported lists of versions.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Inherits {
    /// The manifest that it builds upon; the range is the version, the path is where it is expected.
    pub parent: Option<Requirement>,
    /// Properties that it sets, the strongest first, with their values as they stand there.
    pub properties: Vec<(String, String)>,
    /// Manifests whose lists of versions it takes over.
    pub imports: Vec<Requirement>,
    /// Indices of the requirements that state no scope and so take the one of a list of versions.
    pub unscoped: Vec<usize>,
}

impl Manifest {
    /// A manifest that asks for nothing yet.
    pub fn new(package: FoundPackage) -> Self {
        Manifest {
            package,
            is_package: true,
            requirements: Vec::new(),
            workspace_requirements: Vec::new(),
            workspace_members: Vec::new(),
            workspace_license: None,
            workspace_version: None,
            inherits_license: false,
            inherits_version: false,
            inherits: Inherits::default(),
        }
    }
}

/// What kind of file was read, which decides how it is joined with its neighbours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Role {
    /// Nothing usable in it.
    #[default]
    Nothing,
    /// Resolved packages with exact versions.
    Lock,
    /// What a project asks for.
    Manifest,
    /// Facts that only help another file of the same folder (go.sum, Pipfile).
    Helper,
}

/// Everything that one file gave.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// Relative to the scanned path, `/`-separated.
    pub path: String,
    /// Name of the extractor.
    pub extractor: &'static str,
    /// How the file is joined with its neighbours.
    pub role: Role,
    /// Whose packages.
    pub ecosystem: Option<Ecosystem>,
    /// Of a lock: the packages in it.
    pub packages: Vec<FoundPackage>,
    /// Of a lock: who asks for whom.
    pub edges: Vec<FoundEdge>,
    /// Of a lock without edges from the project's own packages: how a requirement finds its package.
    /// The key is `name` or `name@range` as the lock spells it; the value an index into `packages`.
    pub keys: Vec<(String, usize)>,
    /// Of a manifest.
    pub manifest: Option<Manifest>,
    /// How much of the graph the file holds.
    pub graph: Option<(GraphDepth, String)>,
    /// Among locks of one folder and ecosystem only those with the highest precedence count.
    pub precedence: u8,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

impl Found {
    /// An empty result for a file.
    pub fn new(path: impl Into<String>, extractor: &'static str) -> Self {
        Found { path: path.into(), extractor, ..Found::default() }
    }

    /// Says that this file is a lock of an ecosystem and how much of the graph it holds.
    pub fn lock(&mut self, ecosystem: Ecosystem, graph: GraphDepth, why: impl Into<String>) {
        self.role = Role::Lock;
        self.ecosystem = Some(ecosystem);
        self.graph = Some((graph, why.into()));
    }

    /// Says that this file is a manifest of an ecosystem.
    pub fn manifest(&mut self, ecosystem: Ecosystem, manifest: Manifest) {
        self.role = Role::Manifest;
        self.ecosystem = Some(ecosystem);
        self.manifest = Some(manifest);
    }

    /// Adds a package and returns its index.
    pub fn package(&mut self, package: FoundPackage) -> usize {
        self.packages.push(package);
        self.packages.len() - 1
    }

    /// Adds an edge.
    pub fn edge(&mut self, from: usize, to: usize, scope: Scope) {
        self.edges.push(FoundEdge { from, to, scope, linkage: None });
    }

    /// Notes something that could not be read and because of which components may be missing.
    pub fn lost(&mut self, line: Option<u32>, message: impl Into<String>) {
        self.note(line, message, true);
    }

    /// Notes something odd that costs no component.
    pub fn odd(&mut self, line: Option<u32>, message: impl Into<String>) {
        self.note(line, message, false);
    }

    /// A file of which every line is wrong says so once it was said often enough.
    fn note(&mut self, line: Option<u32>, message: impl Into<String>, loses: bool) {
        let message = match self.problems.len() {
            ..PROBLEMS => message.into(),
            PROBLEMS => {
                format!("more than {PROBLEMS} places of it cannot be read; the others are not listed")
            }
            _ => {
                if let Some(last) = self.problems.last_mut() {
                    last.loses |= loses;
                }
                return;
            }
        };
        self.problems.push(Problem { path: self.path.clone(), line, message, loses });
    }

    /// The verdict on this file, if packages were read from it.
    pub fn completeness(&self) -> Option<Completeness> {
        let (graph, why) = self.graph.clone()?;
        Some(Completeness { path: self.path.clone(), ecosystem: self.ecosystem?, graph, why })
    }

    /// The folder of the file, relative to the scanned path, `""` for the top.
    pub fn dir(&self) -> &str {
        self.path.rsplit_once('/').map_or("", |(dir, _)| dir)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_nothing_but_faults_says_so_once() {
        let mut found = Found::new("a.lock", "any");
        (1..5000).for_each(|line| found.odd(Some(line), "is odd"));
        assert_eq!(found.problems.len(), PROBLEMS + 1);
        assert!(!found.problems[PROBLEMS].loses && found.problems[PROBLEMS].message.contains("not listed"));
        found.lost(Some(5000), "cannot be read");
        assert_eq!(found.problems.len(), PROBLEMS + 1);
        assert!(found.problems[PROBLEMS].loses, "what is lost makes the result partial, listed or not");
    }
}
