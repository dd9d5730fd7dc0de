//! Joins what the extractors found into one graph: lockfiles with the manifests beside them, workspace members
//! with their roots, the same package in many files into one component.
//!
//! Each file that gives edges is an origin of its own, so that a path never mixes two lockfiles.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use licit_model::found::Role;
use licit_model::{
    Completeness, Component, Ecosystem, Edge, Found, FoundPackage, Graph, GraphDepth, Kind, Licenses,
    Linkage, Location, Manifest, Origin, Problem, Purl, Relationship, Requirement, Scope, Source,
};

pub mod cargo;
mod conda;
pub(crate) mod dart;
mod dotnet;
mod facts;
mod finder;
pub(crate) mod golang;
mod gradle;
mod kept;
pub(crate) mod maven;
pub mod models;
mod neighbours;
pub(crate) mod place;
mod precedence;
mod programs;
pub(crate) mod project;
mod python;
pub(crate) mod records;
mod ruby;
pub mod scope;
pub(crate) mod swift;
pub(crate) mod system;
pub(crate) mod vcpkg;

use finder::Finder;
use neighbours::{lacks, nearest_of_name, own_manifest};
use precedence::by_precedence;
use system::kind_of;

/// A graph under construction, with what later steps need beside it.
#[derive(Debug, Default)]
pub struct Joined {
    /// Components in the order they were met, edges unsorted; scopes are settled by [`scope::settle`].
    pub graph: Graph,
    /// By component: the license fields that files state, with their place.
    pub declared: Vec<Vec<Declared>>,
    /// By component: folders, relative to the root, where an installer puts it.
    pub install_paths: Vec<Vec<String>>,
    /// By component: what the files themselves state about scope and directness, per origin.
    pub stated: Vec<Vec<Stated>>,
    /// By component: the folder of a first-party package.
    pub dirs: Vec<Option<String>>,
    /// One verdict a file.
    pub completeness: Vec<Completeness>,
    /// What was odd.
    pub problems: Vec<Problem>,
}

impl Joined {
    /// Adds a component of which nothing else is known yet, and gives its index.
    pub(crate) fn push(&mut self, component: Component) -> usize {
        self.graph.components.push(component);
        self.declared.push(Vec::new());
        self.install_paths.push(Vec::new());
        self.stated.push(Vec::new());
        self.dirs.push(None);
        self.graph.components.len() - 1
    }
}

/// A license field of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    /// What stands there.
    pub raw: licit_model::RawLicense,
    /// In which file, relative to the root.
    pub path: String,
    /// Whether that file is a lockfile.
    pub lockfile: bool,
}

/// What a file itself says about a package in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stated {
    /// Which file.
    pub origin: usize,
    /// The scope it states.
    pub scope: Option<Scope>,
    /// Whether the project itself asks for it.
    pub direct: Option<bool>,
}

/// Bytes of the ranges of one component that are kept, so that no file can ask for it in ways without end.
const RANGES: usize = 4096;

/// Whether a file has told of a component so often that further lines of it say nothing more.
fn told_often(known: &[Location], location: &Location) -> bool {
    known.iter().rev().take_while(|told| told.path == location.path).take(100).count() == 100
}

/// The identity of a component while files are joined.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    /// One of the project's own packages, by ecosystem and folder; the name tells apart what shares a folder.
    Own(Ecosystem, String, String),
    /// A third party's package.
    Other(String),
}

/// Fills in what manifests take from each other by name, before everything is joined. `repository` is Maven's local one.
pub fn settle(found: &mut Vec<Found>, repository: Option<&std::path::Path>) {
    system::settle(found);
    maven::settle(found, repository);
    gradle::settle(found);
    dotnet::settle(found);
    python::settle(found);
    ruby::settle(found);
    conda::settle(found);
    let mine = |f: &&mut Found| matches!(f.ecosystem, Some(Ecosystem::Maven | Ecosystem::Nuget));
    for manifest in found.iter_mut().filter(mine).filter_map(|f| f.manifest.as_mut()) {
        // Profiles, conditions and parents repeat what is said already.
        let mut said = std::collections::HashSet::new();
        manifest.requirements.retain(|r| said.insert((r.name.clone(), r.range.clone(), r.scope)));
    }
    // Last, as parents and properties may lie there.
    kept::settle(found);
}

/// Joins everything. `name` is what the scanned folder is called. With `only`, manifests other than that file count
/// only as far as a lockfile belongs to them.
pub fn join(found: Vec<Found>, name: &str, only: Option<&str>) -> Joined {
    let mut joiner = Joiner { name, joined: Joined::default(), keys: HashMap::new() };
    let mut found = by_precedence(found, &mut joiner.joined);
    project::forgive(&mut found);
    let manifests = Manifests::new(&found);
    let mut claimed: BTreeSet<usize> = BTreeSet::new();
    let images = |f: &&Found| f.role == Role::Lock && f.ecosystem.is_some_and(project::serves);
    let beside = |f: &&Found| images(f) || system::is_present(f);
    for lock in found.iter().filter(|f| f.role == Role::Lock && !beside(f)) {
        joiner.lock(lock, &found, &manifests, &mut claimed);
    }
    for (index, manifest) in found.iter().enumerate().filter(|(_, f)| f.role == Role::Manifest) {
        if !claimed.contains(&index) && only.is_none_or(|path| path == manifest.path) {
            joiner.lone_manifest(manifest, &found, &manifests);
        }
    }
    // An image is built for a project that other files describe, so it is joined when all of these are known.
    for lock in found.iter().filter(images) {
        joiner.lock(lock, &found, &manifests, &mut claimed);
    }
    // What a system or a program is made of lies in an image, or in the folder of a project.
    for lock in found.iter().filter(|f| f.role == Role::Lock && system::is_present(f)) {
        joiner.lock(lock, &found, &manifests, &mut claimed);
    }
    for file in found {
        joiner.joined.problems.extend(file.problems);
    }
    joiner.joined
}

/// Manifests by where they lie and what they are called.
struct Manifests {
    by_dir: BTreeMap<(Ecosystem, String), Vec<usize>>,
    by_name: HashMap<(Ecosystem, String), Vec<usize>>,
    /// Lockfiles by their folder.
    locks: HashMap<(Ecosystem, String), Vec<usize>>,
}

impl Manifests {
    fn new(found: &[Found]) -> Self {
        let mut manifests =
            Manifests { by_dir: BTreeMap::new(), by_name: HashMap::new(), locks: HashMap::new() };
        for (index, file) in found.iter().enumerate() {
            if let (Some(ecosystem), Role::Lock) = (file.ecosystem, file.role) {
                manifests.locks.entry((ecosystem, file.dir().to_string())).or_default().push(index);
            }
            let (Some(ecosystem), Some(manifest)) = (file.ecosystem, &file.manifest) else { continue };
            manifests.by_dir.entry((ecosystem, project::place_of(file).to_string())).or_default().push(index);
            if manifest.is_package && !manifest.package.purl.name.is_empty() {
                let name = manifest.package.purl.full_name();
                manifests.by_name.entry((ecosystem, name)).or_default().push(index);
            }
        }
        manifests
    }

    fn at(&self, ecosystem: Ecosystem, dir: &str) -> &[usize] {
        self.by_dir.get(&(ecosystem, dir.to_string())).map_or(&[], Vec::as_slice)
    }

    /// Manifests of workspace members: folders below `dir` that the workspace's globs name.
    fn members(&self, ecosystem: Ecosystem, dir: &str, globs: &[String]) -> Vec<usize> {
        let (exclude, include): (Vec<_>, Vec<_>) = globs.iter().partition(|g| g.starts_with('!'));
        let clean =
            |g: &str| g.trim_start_matches('!').trim_start_matches("./").trim_end_matches('/').to_string();
        let compile = |globs: Vec<&String>| {
            let mut set = globset::GlobSetBuilder::new();
            for glob in globs {
                let glob = globset::GlobBuilder::new(&clean(glob)).literal_separator(true).build();
                if let Ok(glob) = glob {
                    set.add(glob);
                }
            }
            set.build().unwrap_or_else(|_| globset::GlobSet::empty())
        };
        let (include, exclude) = (compile(include), compile(exclude));
        let prefix = if dir.is_empty() { String::new() } else { format!("{dir}/") };
        let mut members = Vec::new();
        for ((owner, at), indices) in &self.by_dir {
            let Some(below) = at.strip_prefix(&prefix).filter(|b| *owner == ecosystem && !b.is_empty())
            else {
                continue;
            };
            if include.is_match(below) && !exclude.is_match(below) {
                members.extend(indices);
            }
        }
        members
    }
}

struct Joiner<'n> {
    name: &'n str,
    joined: Joined,
    keys: HashMap<Key, usize>,
}

impl Joiner<'_> {
    /// Adds everything of one lockfile and of the manifests that belong to it.
    fn lock(&mut self, lock: &Found, found: &[Found], manifests: &Manifests, claimed: &mut BTreeSet<usize>) {
        let Some(ecosystem) = lock.ecosystem else { return };
        let origin = self.origin(lock);
        // Which manifest is which of the lock's own packages.
        let mut own: BTreeMap<usize, usize> = BTreeMap::new();
        for (index, package) in lock.packages.iter().enumerate() {
            let manifest = match &package.source {
                _ if package.first_party => own_manifest(lock, package, found, manifests),
                // A folder that was copied is the project's own where its manifest was found in the tree.
                Source::Path(dir) if lock.extractor == "pnpm-lock" => {
                    let dir = place::join(lock.dir(), dir);
                    dir.and_then(|dir| manifests.at(ecosystem, &dir).first().copied())
                }
                _ => None,
            };
            if let Some(manifest) = manifest {
                own.insert(index, manifest);
            }
        }
        let mut nodes = Vec::with_capacity(lock.packages.len());
        for (index, package) in lock.packages.iter().enumerate() {
            let node = match own.get(&index) {
                Some(&manifest) => self.own_package(ecosystem, package, Some(&found[manifest]), lock, found),
                None if package.first_party => self.own_package(ecosystem, package, None, lock, found),
                None => self.other_package(package, lock, manifests, found),
            };
            self.joined.stated[node].push(Stated { origin, scope: package.scope, direct: package.direct });
            self.declare(node, package, &lock.path, true);
            nodes.push(node);
        }
        claimed.extend(own.values());
        let finder = Finder::new(lock);
        let mut rooted = !own.is_empty() || lock.packages.iter().any(|p| p.first_party);
        // Edges of the lock; those of the project's own packages take their scope from the manifest where the
        // lock does not know it.
        let unscoped = lock.extractor == "cargo-lock" || !lock.keys.is_empty();
        let roots = if unscoped { workspace_roots(ecosystem, lock, found, manifests) } else { Vec::new() };
        let asked_by: BTreeMap<usize, Vec<Requirement>> =
            own.values().map(|&m| (m, requirements(&found[m], &roots, found))).collect();
        for edge in &lock.edges {
            let mut scope = edge.scope;
            if let Some(asked) = own.get(&edge.from).filter(|_| unscoped).and_then(|m| asked_by.get(m)) {
                let target = &lock.packages[edge.to];
                let matching = |r: &&Requirement| finder.fits(r, edge.to, target);
                scope = asked.iter().filter(matching).map(|r| r.scope).min().unwrap_or(scope);
            }
            let scope = locked(ecosystem, scope);
            let linkage = edge.linkage.unwrap_or_else(|| linkage(ecosystem, scope));
            self.edge(nodes[edge.from], nodes[edge.to], scope, linkage, origin);
        }
        // Manifests whose requirements find their package only through the lock's keys.
        let mut seekers: Vec<(usize, usize)> = Vec::new();
        if !lock.keys.is_empty() {
            // These locks leave out what their own packages ask for, or the part of it that is for developers.
            // Yarn's leaves the ranges of its catalogs to the settings.
            let catalogs = lock.extractor == "yarn-lock" && !roots.is_empty();
            // A list without edges may name the project itself among the rest.
            let listed = matches!(lock.graph, Some((GraphDepth::Flat, _))) && lock.edges.is_empty();
            if catalogs || listed || matches!(ecosystem, Ecosystem::Gem | Ecosystem::Composer) {
                seekers.extend(own.iter().map(|(index, manifest)| (nodes[*index], *manifest)));
            }
            for &manifest in &own_folder_and_members(ecosystem, lock, found, manifests) {
                if own.values().any(|m| *m == manifest) {
                    continue;
                }
                if let Some(own_manifest) = &found[manifest].manifest {
                    let node = self.own_package(
                        ecosystem,
                        &own_manifest.package,
                        Some(&found[manifest]),
                        lock,
                        found,
                    );
                    seekers.push((node, manifest));
                    claimed.insert(manifest);
                    rooted = true;
                }
            }
        }
        // Where the manifest is known, what it does not ask for was brought in by something else.
        let sought: BTreeSet<usize> = seekers
            .iter()
            .flat_map(|(_, m)| requirements(&found[*m], &roots, found))
            .flat_map(|r| finder.find(&r))
            .collect();
        if !seekers.is_empty() {
            for (index, node) in nodes.iter().enumerate().filter(|(i, _)| !sought.contains(i)) {
                if lock.packages[index].direct.is_none() {
                    self.joined.stated[*node].push(Stated {
                        origin,
                        scope: lock.packages[index].scope,
                        direct: Some(false),
                    });
                }
            }
        }
        for (node, manifest) in seekers {
            for requirement in requirements(&found[manifest], &roots, found) {
                let scope = locked(ecosystem, requirement.scope);
                let there = finder.find(&requirement);
                for &to in &there {
                    self.edge(node, nodes[to], scope, linkage(ecosystem, scope), origin);
                }
                if there.is_empty() && lacks(lock, &requirement) && requirement.path.is_none() {
                    let own = nearest_of_name(ecosystem, &requirement, &found[manifest], found, manifests);
                    let own = own.and_then(|m| Some((m, found[m].manifest.as_ref()?)));
                    let asked = match own {
                        Some((m, own)) => {
                            self.own_package(ecosystem, &own.package, Some(&found[m]), &found[m], found)
                        }
                        None => self.required(ecosystem, &requirement, &found[manifest]),
                    };
                    self.edge(node, asked, scope, linkage(ecosystem, scope), origin);
                }
            }
        }
        // Packages that the file itself calls direct, and, where nobody is known to ask for anything, those that
        // no other package asks for.
        let asked: BTreeSet<usize> = lock.edges.iter().map(|e| e.to).collect();
        let owned: BTreeSet<usize> =
            lock.edges.iter().filter(|e| lock.packages[e.from].first_party).map(|e| e.to).collect();
        let mut root = None;
        // A flat list of these ecosystems says of nothing who asks for it, so nothing in it is known to be direct.
        let silent = matches!(ecosystem, Ecosystem::Maven | Ecosystem::Nuget)
            && matches!(lock.graph, Some((GraphDepth::Flat, _)));
        // What is installed side by side is not joined by that.
        let beside = system::is_present(lock) && lock.extractor != "bundled";
        for (index, package) in lock.packages.iter().enumerate() {
            // Where a manifest asks for it, the manifest's scope holds.
            let known = owned.contains(&index) || sought.contains(&index);
            let direct = package.direct == Some(true) && !known;
            let orphan = !rooted
                && !silent
                && !package.first_party
                && !asked.contains(&index)
                && package.direct.is_none();
            if (direct || orphan) && !package.first_party {
                let root = *root.get_or_insert_with(|| self.project(ecosystem, lock, found, manifests));
                let scope = package.scope.unwrap_or_default();
                let linkage = if beside { Linkage::None } else { linkage(ecosystem, scope) };
                self.edge(root, nodes[index], scope, linkage, origin);
            }
        }
        if ecosystem == Ecosystem::Golang {
            self.older_go_modules(lock, found, origin);
        }
        self.joined.completeness.extend(lock.completeness());
    }

    /// A manifest without a lockfile: what it asks for, with versions only where they are pinned.
    fn lone_manifest(&mut self, file: &Found, found: &[Found], manifests: &Manifests) {
        let (Some(ecosystem), Some(manifest)) = (file.ecosystem, &file.manifest) else { return };
        let roots = workspace_roots(ecosystem, file, found, manifests);
        let asked = requirements(file, &roots, found);
        if asked.is_empty() && (!manifest.is_package || manifest.package.purl.name.is_empty()) {
            return;
        }
        let origin = self.origin(file);
        let root = self.own_package(ecosystem, &manifest.package, Some(file), file, found);
        let beside = (ecosystem, project::place_of(file).to_string());
        let locks = manifests.locks.get(&beside).map_or(&[][..], Vec::as_slice);
        for requirement in &asked {
            let local = requirement.path.as_deref().and_then(|p| place::join(file.dir(), p));
            let neighbour = local
                .iter()
                .flat_map(|dir| manifests.at(ecosystem, dir))
                .chain(self.workspace_neighbour(ecosystem, requirement, manifests))
                .chain(nearest_of_name(ecosystem, requirement, file, found, manifests).as_ref())
                .find_map(|&m| found[m].manifest.as_ref().filter(|m| m.is_package).map(|own| (m, own)));
            let node = match neighbour {
                Some((m, own)) => {
                    self.own_package(ecosystem, &own.package, Some(&found[m]), &found[m], found)
                }
                None => match self.pinned_beside(requirement, locks, found) {
                    Some(node) => node,
                    None => self.required(ecosystem, requirement, file),
                },
            };
            if node != root {
                self.edge(root, node, requirement.scope, linkage(ecosystem, requirement.scope), origin);
            }
        }
        if !asked.is_empty() {
            let why = "no lockfile was found for it: only what it asks for itself is known, most of it without a version";
            self.joined.completeness.push(Completeness {
                path: file.path.clone(),
                ecosystem,
                graph: GraphDepth::DirectOnly,
                why: why.to_string(),
            });
        }
    }

    /// The component by which one of the lockfiles of the same folder meets a requirement, such as a requirements.txt
    /// beside a pyproject.toml; only where exactly one version is there.
    fn pinned_beside(&self, requirement: &Requirement, locks: &[usize], found: &[Found]) -> Option<usize> {
        let mut meeting = locks
            .iter()
            .flat_map(|&lock| &found[lock].packages)
            .filter(|p| p.purl.version.is_some() && p.purl.full_name() == requirement.name && !p.first_party);
        let first = meeting.next()?;
        if meeting.any(|p| p.purl != first.purl) {
            return None;
        }
        self.keys.get(&Key::Other(first.purl.to_string())).copied()
    }

    /// The neighbour that `workspace:` in a package.json means, by its name.
    fn workspace_neighbour<'m>(
        &self,
        ecosystem: Ecosystem,
        requirement: &Requirement,
        manifests: &'m Manifests,
    ) -> &'m [usize] {
        let local = requirement.inherited
            && ecosystem == Ecosystem::Npm
            && requirement.range.starts_with("workspace:");
        let key = (ecosystem, requirement.name.clone());
        if local { manifests.by_name.get(&key).map_or(&[], Vec::as_slice) } else { &[] }
    }

    /// Modules of a go.mod from before Go 1.17 that only its go.sum names; the newest version is what Go builds.
    fn older_go_modules(&mut self, lock: &Found, found: &[Found], origin: usize) {
        if !matches!(lock.graph, Some((GraphDepth::DirectOnly, _))) {
            return;
        }
        for package in golang::only_in_sum(lock, found) {
            let path = found.iter().find(|f| f.extractor == "go-sum" && f.dir() == lock.dir());
            let node = self.other(package, path.map_or(&lock.path, |f| &f.path));
            self.joined.stated[node].push(Stated { origin, scope: None, direct: Some(false) });
        }
    }

    fn origin(&mut self, file: &Found) -> usize {
        let ceiling = place::ceiling(&file.path);
        self.joined.graph.origins.push(Origin { path: file.path.clone(), ceiling });
        self.joined.graph.origins.len() - 1
    }

    /// The component of one of the project's own packages; the manifest, where there is one, knows more than the lock.
    fn own_package(
        &mut self,
        ecosystem: Ecosystem,
        package: &FoundPackage,
        manifest: Option<&Found>,
        file: &Found,
        found: &[Found],
    ) -> usize {
        let manifest = manifest.map(|m| project::gemspec_beside(m, found).unwrap_or(m));
        let own = manifest.and_then(|m| m.manifest.as_ref());
        let described = own.filter(|m| !m.package.purl.name.is_empty()).map_or(package, |m| &m.package);
        let path = manifest.map_or(&file.path, |m| &m.path);
        let dir = match (manifest, &package.dir) {
            (Some(manifest), _) => project::place_of(manifest).to_string(),
            (None, Some(dir)) => place::join(file.dir(), dir).unwrap_or_else(|| file.dir().to_string()),
            (None, None) => format!("{}#{}", file.dir(), package.purl.name),
        };
        let mut purl = described.purl.clone();
        if purl.version.is_none() {
            purl.version.clone_from(&package.purl.version);
        }
        if let (None, Some(own), Some(manifest)) = (&purl.version, own, manifest)
            && own.inherits_version
        {
            let root = cargo::workspace_of(manifest, found);
            purl.version = root.and_then(|r| r.manifest.as_ref()).and_then(|m| m.workspace_version.clone());
        }
        let name = if purl.name.is_empty() { self.folder_name(&dir) } else { purl.full_name() };
        let key =
            Key::Own(ecosystem, dir.clone(), if purl.name.is_empty() { String::new() } else { name.clone() });
        let location = Location::new(path.clone(), described.line);
        if let Some(&node) = self.keys.get(&key) {
            let known = &mut self.joined.graph.components[node];
            if !told_often(&known.locations, &location) && !known.locations.contains(&location) {
                known.locations.push(location);
            }
            // A project may say in several files what it is.
            if let (Some(own), Some(manifest)) = (own, manifest) {
                self.declare(node, &own.package, &manifest.path, false);
            }
            return node;
        }
        let node = self.add(
            key,
            Component {
                id: String::new(),
                purl: (!purl.name.is_empty()).then(|| purl.to_string()),
                ecosystem: Some(ecosystem),
                kind: Kind::Application,
                version: purl.version().to_string(),
                name,
                requested: None,
                scope: Scope::Runtime,
                relationship: Relationship::Root,
                first_party: true,
                locations: vec![location],
                source: Source::Path(dir.clone()),
                hashes: Vec::new(),
                licenses: Licenses::default(),
                freshness: None,
                model: None,
            },
        );
        self.joined.dirs[node] = Some(dir);
        if let (Some(own), Some(manifest)) = (own, manifest) {
            self.declare(node, &own.package, &manifest.path, false);
            if own.inherits_license {
                let root = cargo::workspace_of(manifest, found);
                let license = root.and_then(|r| Some((r, r.manifest.as_ref()?.workspace_license.clone()?)));
                if let Some((root, raw)) = license {
                    self.joined.declared[node].push(Declared {
                        raw,
                        path: root.path.clone(),
                        lockfile: false,
                    });
                }
            }
        }
        node
    }

    /// The component of a third party's package that a lock names.
    fn other_package(
        &mut self,
        package: &FoundPackage,
        lock: &Found,
        manifests: &Manifests,
        found: &[Found],
    ) -> usize {
        // A folder beside the project is its own package when its manifest was found in the tree.
        if let (Source::Path(path), Some(ecosystem)) = (&package.source, lock.ecosystem) {
            let dir = place::join(lock.dir(), path);
            let manifest = dir.as_deref().and_then(|d| {
                let at = manifests.at(ecosystem, d).first().copied();
                at.or_else(|| found.iter().position(|f| f.extractor == "go-mod" && f.dir() == d))
            });
            if let Some(manifest) = manifest {
                return match &found[manifest].manifest {
                    Some(own) => {
                        self.own_package(ecosystem, &own.package, Some(&found[manifest]), lock, found)
                    }
                    None => {
                        let main = found[manifest].packages.iter().find(|p| p.first_party).unwrap_or(package);
                        self.own_package(ecosystem, main, None, &found[manifest], found)
                    }
                };
            }
        }
        let node = self.other(package, &lock.path);
        if let Some(path) = &package.install_path {
            let dir = lock.dir();
            let path = if dir.is_empty() { path.clone() } else { format!("{dir}/{path}") };
            if !self.joined.install_paths[node].contains(&path) {
                self.joined.install_paths[node].push(path);
            }
        }
        node
    }

    fn named(&mut self, package: &FoundPackage, path: &str) -> usize {
        let path = package.file.as_deref().unwrap_or(path);
        let purl = package.purl.to_string();
        let location = Location::new(path.to_string(), package.line);
        if let Some(&node) = self.keys.get(&Key::Other(purl.clone())) {
            let known = &mut self.joined.graph.components[node];
            if !told_often(&known.locations, &location) && !known.locations.contains(&location) {
                known.locations.push(location);
            }
            for hash in &package.hashes {
                if !known.hashes.contains(hash) {
                    known.hashes.push(hash.clone());
                }
            }
            return node;
        }
        self.add(
            Key::Other(purl.clone()),
            Component {
                id: purl.clone(),
                ecosystem: ecosystem_of(&package.purl),
                kind: kind_of(&package.purl),
                name: system::name_of(&package.purl),
                version: package.purl.version().to_string(),
                requested: package.requested.clone(),
                scope: Scope::Runtime,
                relationship: Relationship::Unknown,
                first_party: false,
                locations: vec![location],
                source: package.source.clone(),
                hashes: package.hashes.clone(),
                licenses: Licenses::default(),
                freshness: None,
                model: None,
                purl: Some(purl),
            },
        )
    }

    /// What a manifest without a lockfile asks for.
    fn required(&mut self, ecosystem: Ecosystem, requirement: &Requirement, file: &Found) -> usize {
        let version = place::pinned(ecosystem, &requirement.range).unwrap_or("");
        let purl = match ecosystem {
            Ecosystem::Cargo => Purl::cargo(&requirement.name, version),
            Ecosystem::Npm => match requirement.name.strip_prefix("jsr:") {
                Some(name) => Purl::named("jsr", name, version),
                None => Purl::npm(&requirement.name, version),
            },
            Ecosystem::Pypi => Purl::pypi(&requirement.name, version),
            Ecosystem::Golang => Purl::golang(&requirement.name, version),
            Ecosystem::Maven => Purl::maven(&requirement.name, version),
            Ecosystem::Nuget => Purl::nuget(&requirement.name, version),
            Ecosystem::Gem => Purl::gem(&requirement.name, version),
            Ecosystem::Composer => Purl::composer(&requirement.name, version),
            _ => Purl::named(ecosystem.purl_type(), &requirement.name, version),
        };
        let purl = match &requirement.source {
            Source::Git(at) => {
                purl.with("vcs_url", &format!("git+{}", at.trim_end_matches('#').replace('#', "@")))
            }
            Source::Url(at) => purl.with("download_url", at),
            _ => purl,
        };
        let mut package = FoundPackage::new(purl, requirement.line);
        let local = requirement.path.clone().filter(|_| requirement.source == Source::Unknown);
        package.source = local.map_or_else(|| requirement.source.clone(), Source::Path);
        let node = self.other(&package, &file.path);
        if version.is_empty() && !requirement.range.is_empty() {
            let known = &mut self.joined.graph.components[node].requested;
            match known {
                Some(ranges) if ranges.split(" | ").any(|r| r == requirement.range) => {}
                Some(ranges) if ranges.len() > RANGES => {}
                Some(ranges) => *ranges = format!("{ranges} | {}", requirement.range),
                None => *known = Some(requirement.range.clone()),
            }
        }
        node
    }

    fn folder_name(&self, dir: &str) -> String {
        match dir.rsplit('/').next() {
            Some("") | None => self.name.to_string(),
            Some(last) => last.to_string(),
        }
    }

    fn add(&mut self, key: Key, component: Component) -> usize {
        let node = self.joined.push(component);
        self.keys.insert(key, node);
        node
    }

    fn declare(&mut self, node: usize, package: &FoundPackage, path: &str, lockfile: bool) {
        let path = package.file.as_deref().unwrap_or(path);
        for raw in &package.licenses {
            let declared = Declared { raw: raw.clone(), path: path.to_string(), lockfile };
            if !self.joined.declared[node].contains(&declared) {
                self.joined.declared[node].push(declared);
            }
        }
    }

    fn edge(&mut self, from: usize, to: usize, scope: Scope, linkage: Linkage, origin: usize) {
        if from != to {
            self.joined.graph.edges.push(Edge { from, to, scope, linkage, origin });
        }
    }
}

/// What a manifest asks for, with what it inherits from its workspace filled in.
fn requirements(file: &Found, roots: &[usize], found: &[Found]) -> Vec<Requirement> {
    let Some(manifest) = &file.manifest else { return Vec::new() };
    let shared = |requirement: &Requirement| {
        let key = requirement.alias.as_deref().unwrap_or(&requirement.name);
        roots.iter().find_map(|&r| {
            let offered = &found[r].manifest.as_ref()?.workspace_requirements;
            // A named catalog of pnpm carries its own name as `catalog:name`, which is what the member asks for.
            let catalog = |o: &&Requirement| {
                o.alias.as_deref() == Some(&requirement.range) && o.name == requirement.name
            };
            offered
                .iter()
                .find(catalog)
                .or_else(|| offered.iter().find(|o| o.alias.as_deref().unwrap_or(&o.name) == key))
        })
    };
    let fill = |requirement: &Requirement| match shared(requirement).filter(|_| requirement.inherited) {
        Some(offered) => Requirement {
            name: offered.name.clone(),
            alias: offered.alias.clone(),
            range: offered.range.clone(),
            source: offered.source.clone(),
            // The folder of an inherited local package is relative to the workspace, not to the member; the
            // package is found by its name instead.
            path: None,
            ..requirement.clone()
        },
        None => requirement.clone(),
    };
    manifest.requirements.iter().map(fill).collect()
}

/// Manifests that give to their workspace members and whose folder holds the file, nearest first.
fn workspace_roots(ecosystem: Ecosystem, file: &Found, found: &[Found], manifests: &Manifests) -> Vec<usize> {
    let mut roots = Vec::new();
    let mut dir = Some(file.dir());
    while let Some(at) = dir {
        let gives = |m: &&usize| {
            let manifest = found[**m].manifest.as_ref();
            manifest.is_some_and(|m| !m.workspace_requirements.is_empty())
        };
        roots.extend(manifests.at(ecosystem, at).iter().filter(gives));
        dir = match at.rsplit_once('/') {
            Some((parent, _)) => Some(parent),
            None if at.is_empty() => None,
            None => Some(""),
        };
    }
    roots
}

/// The manifest in the lock's folder and those of its workspace members.
fn own_folder_and_members(
    ecosystem: Ecosystem,
    lock: &Found,
    found: &[Found],
    manifests: &Manifests,
) -> Vec<usize> {
    let mut own: Vec<usize> = manifests.at(ecosystem, project::dir_of(lock)).to_vec();
    for &manifest in manifests.at(ecosystem, lock.dir()) {
        let globs = found[manifest].manifest.as_ref().map_or(&[][..], |m: &Manifest| &m.workspace_members);
        for member in manifests.members(ecosystem, lock.dir(), globs) {
            if !own.contains(&member) {
                own.push(member);
            }
        }
    }
    own.retain(|m| found[*m].manifest.as_ref().is_some_and(|m| m.is_package || !m.requirements.is_empty()));
    own
}

/// The scope of an edge to a package that a lockfile holds. npm's word "optional" only forgives a failed installation:
/// what the lockfile holds is installed and ships like the rest.
fn locked(ecosystem: Ecosystem, scope: Scope) -> Scope {
    match (ecosystem, scope) {
        (Ecosystem::Npm, Scope::Optional) => Scope::Runtime,
        _ => scope,
    }
}

/// How an edge of this scope joins its ends; tools are not joined at all.
fn linkage(ecosystem: Ecosystem, scope: Scope) -> Linkage {
    if scope.ships() { ecosystem.usual_linkage() } else { Linkage::None }
}

fn ecosystem_of(purl: &Purl) -> Option<Ecosystem> {
    Ecosystem::ALL.into_iter().find(|e| e.purl_type() == purl.kind)
}
