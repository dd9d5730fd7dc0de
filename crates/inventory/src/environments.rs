//! Environments of the tree: folders that a package manager filled, where no lockfile says what with.
//!
//! Each installed package has a record of its own. The records of one environment are read as one file, so that who asks
//! for whom can be told, and every package keeps the file that names it.

use std::collections::{BTreeMap, HashMap, HashSet};

use licit_model::found::Role;
use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Requirement, Scope};
use rayon::prelude::*;

use crate::extract::package_json::PackageJson;
use crate::extract::package_lock::PackageLock;
use crate::extract::python_metadata::PythonMetadata;
use crate::extract::{Extractor, File};
use crate::resolve::place::is_below;
use crate::tree::Spot;
use crate::walk::Walked;

/// Bytes of one record.
const RECORD: usize = 2 << 20;
/// Records of one environment.
const RECORDS: usize = 100_000;
/// Copies in copies, as npm nests them.
const DEEPEST: usize = 24;

/// Adds what environments hold. In an image everything that is installed counts; in a folder a lockfile says it better.
pub(crate) fn read(found: &mut Vec<Found>, walked: &Walked, root: &Spot, image: bool) {
    own_metadata(found);
    older_bun(found);
    conda(found);
    vendored_modules(found);
    let locked = |ecosystem: Ecosystem, extractors: &[&str], found: &[Found]| -> Vec<String> {
        let locks = found.iter().filter(|f| f.role == Role::Lock && f.ecosystem == Some(ecosystem));
        let whole = locks.filter(|f| !matches!(f.graph, Some((GraphDepth::DirectOnly, _))));
        whole.filter(|f| !extractors.contains(&f.extractor)).map(|f| f.dir().to_string()).collect()
    };
    let covers = |dirs: &[String], dir: &str| !image && dirs.iter().any(|lock| is_below(dir, lock));
    let pythons = locked(Ecosystem::Pypi, &["python-metadata"], found);
    for folder in &walked.site_packages {
        let path = environment(folder, root);
        if !covers(&pythons, path.rsplit_once('/').map_or("", |(dir, _)| dir)) {
            found.extend(python(folder, path, root));
        }
    }
    let npms = locked(Ecosystem::Npm, &[], found);
    for folder in &walked.node_modules {
        if !covers(&npms, folder.rsplit_once('/').map_or("", |(dir, _)| dir)) {
            found.extend(node(folder, root));
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
}

/// Records of several packages as one file: an edge leads to whatever of the environment has the name.
fn merged(
    path: &str,
    ecosystem: Ecosystem,
    extractor: &'static str,
    why: &str,
    records: Vec<Found>,
) -> Option<Found> {
    let mut all = Found::new(path, extractor);
    let mut at: HashMap<String, usize> = HashMap::new();
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut asking: Vec<(usize, Vec<Requirement>)> = Vec::new();
    for mut record in records {
        let asks = record.manifest.take().map(|m| m.requirements).unwrap_or_default();
        all.problems.append(&mut record.problems);
        for mut package in record.packages.drain(..).take(1) {
            package.file.get_or_insert_with(|| record.path.clone());
            let name = package.purl.full_name();
            let next = all.packages.len();
            let index = *seen.entry(package.purl.to_string()).or_insert(next);
            if index == next {
                all.package(package);
                at.entry(name).or_insert(index);
            }
            asking.push((index, asks.clone()));
        }
    }
    let mut edges = HashSet::new();
    for (from, asks) in asking {
        for to in asks.iter().filter_map(|r| at.get(&r.name)) {
            if *to != from && edges.insert((from, *to)) {
                all.edge(from, *to, Scope::Runtime);
            }
        }
    }
    let mut keys: Vec<(String, usize)> = at.into_iter().collect();
    keys.sort();
    all.keys = keys;
    all.lock(ecosystem, GraphDepth::Full, why);
    (!all.packages.is_empty() || !all.problems.is_empty()).then_some(all)
}

/// The metadata of the project itself, which lies beside it after it was built, says nothing new.
fn own_metadata(found: &mut Vec<Found>) {
    let own: Vec<(String, String)> = found
        .iter()
        .filter(|f| f.role == Role::Manifest && f.ecosystem == Some(Ecosystem::Pypi))
        .filter_map(|f| Some((f.dir().to_string(), f.manifest.as_ref()?.package.purl.name.clone())))
        .collect();
    let is_own = |file: &Found| {
        let Some(package) = file.packages.first() else { return false };
        // A manifest that says no name only speaks for what a build leaves next to it, not for copies further down.
        let (folder, name) = file.dir().rsplit_once('/').unwrap_or(("", file.dir()));
        let built = name.ends_with(".egg-info").then_some(folder.strip_suffix("src").unwrap_or(folder));
        let beside = |dir: &str| file.dir() == dir || built.is_some_and(|at| at.trim_end_matches('/') == dir);
        own.iter().any(|(dir, name)| match name.is_empty() {
            true => beside(dir),
            false => *name == package.purl.name && is_below(file.dir(), dir),
        })
    };
    found.retain(|f| f.extractor != "python-metadata" || f.role != Role::Lock || !is_own(f));
    for file in found.iter_mut().filter(|f| f.extractor == "python-metadata") {
        file.manifest = None;
        // A distribution that simply lies there is asked for by nobody that is known.
        file.packages.iter_mut().for_each(|p| p.direct = Some(false));
    }
}

/// Bun reads its binary lockfile only where `bun.lock` is not there; one that cannot be read is no loss beside any other
/// lockfile.
fn older_bun(found: &mut Vec<Found>) {
    let locks = |text: bool| {
        let mine = |f: &&Found| f.role == Role::Lock && f.ecosystem == Some(Ecosystem::Npm);
        let named =
            move |f: &&Found| if text { f.extractor == "bun-lock" } else { f.extractor != "bun-lockb" };
        found.iter().filter(mine).filter(named).map(|f| f.dir().to_string()).collect::<HashSet<String>>()
    };
    let (text, any) = (locks(true), locks(false));
    let beside =
        |f: &Found| if f.role == Role::Lock { text.contains(f.dir()) } else { any.contains(f.dir()) };
    found.retain(|f| f.extractor != "bun-lockb" || !beside(f));
}

/// The records that conda keeps, an environment at a time.
fn conda(found: &mut Vec<Found>) {
    let mut groups: BTreeMap<String, Vec<Found>> = BTreeMap::new();
    let mut rest = Vec::with_capacity(found.len());
    for file in found.drain(..) {
        match file.extractor {
            "conda-meta" if file.role == Role::Lock => {
                groups.entry(file.dir().to_string()).or_default().push(file)
            }
            _ => rest.push(file),
        }
    }
    let why = "conda's records hold every installed package and who asks for whom";
    let merge =
        |(dir, records): (String, Vec<Found>)| merged(&dir, Ecosystem::Conda, "conda-meta", why, records);
    rest.extend(groups.into_iter().filter_map(merge).map(|mut all| {
        all.keys.clear();
        all
    }));
    *found = rest;
}

/// The list of what Go copied says nothing of directness that the go.mod beside it does not say.
fn vendored_modules(found: &mut [Found]) {
    let modules: HashSet<String> =
        found.iter().filter(|f| f.extractor == "go-mod").map(|f| f.dir().to_string()).collect();
    for file in found.iter_mut().filter(|f| f.extractor == "vendor-modules") {
        let above = file.dir().rsplit_once('/').map_or("", |(above, _)| above);
        if modules.contains(above) {
            file.packages.iter_mut().for_each(|p| p.direct = p.direct.filter(|d| *d).or(Some(false)));
        }
    }
}

/// The folder that stands for an environment: that of a virtual one, so that its project is the folder around it.
fn environment<'p>(folder: &'p str, root: &Spot) -> &'p str {
    let ends = folder.match_indices('/').map(|(at, _)| at);
    let mut outer = ends.filter_map(|at| folder.get(..at)).filter(|above| !above.is_empty());
    outer.find(|above| root.join(above).join("pyvenv.cfg").is_file()).unwrap_or(folder)
}

fn python(folder: &str, path: &str, root: &Spot) -> Option<Found> {
    let top = root.join(folder);
    let mut names = top.names();
    names.retain(|n| n.ends_with(".dist-info") || n.ends_with(".egg-info") || n.ends_with(".egg"));
    names.sort();
    // Copies that distributions bring along, behind those that the environment itself has.
    let mut vendoring = top.names();
    vendoring.retain(|n| !n.contains('.') && top.join(format!("{n}/_vendor")).is_dir());
    vendoring.sort();
    for outer in vendoring {
        let mut inner = top.join(format!("{outer}/_vendor")).names();
        inner.retain(|n| n.ends_with(".dist-info"));
        inner.sort();
        names.extend(inner.into_iter().map(|n| format!("{outer}/_vendor/{n}")));
    }
    names.truncate(RECORDS);
    let records: Vec<Found> = names
        .par_iter()
        .filter_map(|name| {
            let inside = if name.ends_with(".egg") { format!("{name}/EGG-INFO") } else { name.clone() };
            let places = [format!("{inside}/METADATA"), format!("{inside}/PKG-INFO"), inside];
            places.iter().find_map(|place| {
                let bytes = Some(top.join(place)).filter(Spot::is_file)?.bytes(RECORD)?;
                let shown = format!("{folder}/{place}");
                let mut record = Found::new(shown.clone(), "python-metadata");
                PythonMetadata.extract(&File::new(&shown, &bytes), &mut record);
                (record.role == Role::Lock || !record.problems.is_empty()).then_some(record)
            })
        })
        .collect();
    let why = "the metadata of installed distributions says what each asks for";
    merged(path, Ecosystem::Pypi, "python-metadata", why, records)
}

/// What lies in `node_modules`: npm's own record of it, or the manifest of every copy.
fn node(folder: &str, root: &Spot) -> Option<Found> {
    let hidden = format!("{folder}/.package-lock.json");
    if let Some(bytes) =
        Some(root.join(&hidden)).filter(Spot::is_plain_file).and_then(|s| s.whole(128 << 20).ok())
    {
        let mut found = Found::new(folder, "package-lock");
        PackageLock.extract(&File::new(&hidden, &bytes), &mut found);
        if !found.packages.is_empty() {
            found.precedence = 0;
            found.packages.iter_mut().for_each(|p| p.file = Some(hidden.clone()));
            found.problems.iter_mut().for_each(|p| p.path.clone_from(&hidden));
            return Some(found);
        }
    }
    let mut copies = Vec::new();
    list(folder, root, 0, &mut copies);
    let read: Vec<Option<(FoundPackage, Vec<Requirement>)>> =
        copies.par_iter().map(|copy| manifest(&format!("{copy}/package.json"), root)).collect();
    let mut all = Found::new(folder, "package-json");
    let mut at: HashMap<&str, usize> = HashMap::new();
    let mut seen: HashMap<String, usize> = HashMap::new();
    let owner = folder.rsplit_once('/').map_or("", |(dir, _)| dir);
    for (copy, read) in copies.iter().zip(&read) {
        let Some((package, _)) = read else { continue };
        let next = all.packages.len();
        let index = *seen.entry(package.purl.to_string()).or_insert(next);
        if index == next {
            let mut package = package.clone();
            let below = copy.strip_prefix(owner).unwrap_or(copy).trim_start_matches('/');
            package.install_path = Some(below.to_string());
            all.package(package);
        }
        at.insert(copy, index);
    }
    let mut edges = HashSet::new();
    for (copy, read) in copies.iter().zip(&read) {
        let (Some((_, asks)), Some(&from)) = (read, at.get(copy.as_str())) else { continue };
        for ask in asks.iter().filter(|r| r.scope.ships()) {
            let called = ask.alias.as_deref().unwrap_or(&ask.name);
            if let Some(to) = resolved(copy, called, &at)
                && to != from
                && edges.insert((from, to))
            {
                all.edge(from, to, Scope::Runtime);
            }
        }
    }
    // What lies at the top is what the project gets by that name.
    let prefix = format!("{folder}/");
    let mut keys: Vec<(String, usize)> = at
        .iter()
        .filter_map(|(copy, index)| Some((copy.strip_prefix(&prefix)?, index)))
        .filter(|(name, _)| !name.contains("node_modules/") && !name.starts_with(".pnpm"))
        .map(|(name, index)| (name.to_string(), *index))
        .collect();
    keys.sort();
    all.keys = keys;
    all.lock(
        Ecosystem::Npm,
        GraphDepth::Full,
        "the manifests in node_modules say what each package asks for",
    );
    (!all.packages.is_empty()).then_some(all)
}

/// Node's rule: the nearest `node_modules` at or above a copy that holds the name.
fn resolved(copy: &str, name: &str, at: &HashMap<&str, usize>) -> Option<usize> {
    if let Some(index) = at.get(format!("{copy}/node_modules/{name}").as_str()) {
        return Some(*index);
    }
    let ends = copy.rmatch_indices("node_modules/").map(|(start, mark)| start + mark.len());
    ends.filter_map(|end| copy.get(..end))
        .find_map(|above| at.get(format!("{above}{name}").as_str()).copied())
}

/// Folders of the copies in one `node_modules`, those nested in them included. Links are passed over: what they lead to
/// lies elsewhere in the tree.
fn list(folder: &str, root: &Spot, depth: usize, copies: &mut Vec<String>) {
    if depth > DEEPEST || copies.len() >= RECORDS {
        return;
    }
    let mut names = root.join(folder).names();
    names.sort();
    for name in names {
        let path = format!("{folder}/{name}");
        // pnpm keeps the copies themselves in a folder for each.
        if name == ".pnpm" {
            let mut stores = root.join(&path).names();
            stores.sort();
            for store in stores {
                list(&format!("{path}/{store}/node_modules"), root, depth + 1, copies);
            }
            continue;
        }
        if name.starts_with('.') || !root.join(&path).is_plain_dir() {
            continue;
        }
        if name.starts_with('@') {
            list(&path, root, depth + 1, copies);
            continue;
        }
        if copies.len() >= RECORDS {
            return;
        }
        let nested = format!("{path}/node_modules");
        copies.push(path);
        if root.join(&nested).is_plain_dir() {
            list(&nested, root, depth + 1, copies);
        }
    }
}

fn manifest(path: &str, root: &Spot) -> Option<(FoundPackage, Vec<Requirement>)> {
    let bytes = Some(root.join(path)).filter(Spot::is_plain_file)?.bytes(RECORD)?;
    let mut found = Found::new(path, "package-json");
    PackageJson.extract(&File::new(path, &bytes), &mut found);
    let manifest = found.manifest?;
    let mut package = manifest.package;
    // Folders inside of packages hold manifests without a version, which only say how files are loaded.
    if package.purl.name.is_empty() || package.purl.version.is_none() {
        return None;
    }
    package.first_party = false;
    package.dir = None;
    package.licenses.retain(|license| license.kind != licit_model::found::RawLicenseKind::File);
    package.file = Some(path.to_string());
    Some((package, manifest.requirements))
}

#[cfg(test)]
mod tests {
    use licit_model::{Manifest, Purl};

    use super::*;

    fn scratch(name: &str, files: &[(&str, &str)]) -> (std::path::PathBuf, Spot) {
        let dir = std::env::temp_dir().join(format!("licit-environments-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&dir);
        for (path, text) in files {
            let path = dir.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let spot = Spot::Disk(dir.clone());
        (dir, spot)
    }

    fn rows(found: &Found) -> (Vec<String>, Vec<(usize, usize)>) {
        let packages =
            found.packages.iter().map(|p| format!("{} {}", p.purl, p.file.as_deref().unwrap_or("")));
        (packages.collect(), found.edges.iter().map(|e| (e.from, e.to)).collect())
    }

    #[test]
    fn a_virtual_environment_without_a_lockfile() {
        let site = "app/.venv/lib/python3/site-packages";
        let metadata =
            |name: &str, more: &str| format!("Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{more}\n");
        let files = [
            ("app/.venv/pyvenv.cfg".to_string(), String::new()),
            (
                format!("{site}/A-1.0.dist-info/METADATA"),
                metadata("A", "Requires-Dist: b\nRequires-Dist: c; extra == 'x'\n"),
            ),
            (format!("{site}/b-1.0.egg-info/PKG-INFO"), metadata("b", "")),
            (format!("{site}/c-1.0.egg-info"), metadata("c", "")),
            (format!("{site}/pip/_vendor/d-1.0.dist-info/METADATA"), metadata("d", "")),
        ];
        let files: Vec<(&str, &str)> =
            files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        let (dir, root) = scratch("python", &files);
        let walked = Walked { site_packages: vec![site.to_string()], ..Walked::default() };
        let mut found = Vec::new();
        read(&mut found, &walked, &root, false);
        let (packages, edges) = rows(&found[0]);
        assert_eq!((found.len(), found[0].path.as_str()), (1, "app/.venv"));
        assert_eq!(packages[0], format!("pkg:pypi/a@1.0 {site}/A-1.0.dist-info/METADATA"));
        assert_eq!((packages.len(), edges), (4, vec![(0, 1)]));
        // A lockfile of the project says it better, but in an image it says nothing of what is installed.
        let mut lock = Found::new("app/uv.lock", "uv-lock");
        lock.lock(Ecosystem::Pypi, GraphDepth::Full, "");
        let mut found = vec![lock.clone()];
        read(&mut found, &walked, &root, false);
        assert_eq!(found.len(), 1);
        let mut found = vec![lock];
        read(&mut found, &walked, &root, true);
        assert_eq!(found.len(), 2);
        std::fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn copies_in_node_modules_ask_by_the_rule_of_node() {
        let (dir, root) = scratch(
            "node",
            &[
                (
                    "node_modules/a/package.json",
                    r#"{"name": "a", "version": "1.0.0", "dependencies": {"b": "1", "@s/c": "1"}}"#,
                ),
                ("node_modules/a/node_modules/b/package.json", r#"{"name": "b", "version": "1.0.0"}"#),
                (
                    "node_modules/b/package.json",
                    r#"{"name": "b", "version": "2.0.0", "devDependencies": {"a": "1"}}"#,
                ),
                (
                    "node_modules/@s/c/package.json",
                    r#"{"name": "@s/c", "version": "1.0.0", "dependencies": {"b": "2"}}"#,
                ),
                ("node_modules/.bin/x", ""),
            ],
        );
        let walked = Walked { node_modules: vec!["node_modules".to_string()], ..Walked::default() };
        let mut found = Vec::new();
        read(&mut found, &walked, &root, false);
        let (packages, edges) = rows(&found[0]);
        let purls: Vec<&str> = packages.iter().filter_map(|p| p.split(' ').next()).collect();
        assert_eq!(purls, ["pkg:npm/%40s/c@1.0.0", "pkg:npm/a@1.0.0", "pkg:npm/b@1.0.0", "pkg:npm/b@2.0.0"]);
        assert_eq!(edges, [(0, 3), (1, 2), (1, 0)]);
        std::fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn records_of_one_folder_are_one_environment() {
        let record = |name: &str, asks: &[&str]| {
            let mut found = Found::new(format!("env/conda-meta/{name}.json"), "conda-meta");
            let package = FoundPackage::new(Purl::named("conda", name, "1"), Some(2));
            let mut manifest = Manifest::new(package.clone());
            manifest.requirements =
                asks.iter().map(|a| crate::extract::conda::requirement(a, None)).collect();
            found.package(package);
            found.manifest = Some(manifest);
            found.lock(Ecosystem::Conda, GraphDepth::Flat, "");
            found
        };
        let mut found = vec![record("numpy", &["python >=3", "gone"]), record("python", &[])];
        read(&mut found, &Walked::default(), &Spot::Disk("nowhere".into()), false);
        let (packages, edges) = rows(&found[0]);
        assert_eq!(found.len(), 1);
        assert_eq!(
            packages,
            ["pkg:conda/numpy@1 env/conda-meta/numpy.json", "pkg:conda/python@1 env/conda-meta/python.json"]
        );
        assert_eq!(edges, [(0, 1)]);
    }

    #[test]
    fn what_a_build_left_beside_the_project_says_nothing_new() {
        let metadata = |path: &str, name: &str| {
            let mut found = Found::new(path, "python-metadata");
            found.package(FoundPackage::new(Purl::pypi(name, "1"), None));
            found.lock(Ecosystem::Pypi, GraphDepth::Flat, "");
            found
        };
        let mut own = Found::new("setup.py", "setup-py");
        own.manifest(Ecosystem::Pypi, Manifest::new(FoundPackage::new(Purl::pypi("x", ""), None)));
        let mut found = vec![
            own,
            metadata("src/x.egg-info/PKG-INFO", "x"),
            metadata("third/y-1.dist-info/METADATA", "y"),
        ];
        read(&mut found, &Walked::default(), &Spot::Disk("nowhere".into()), false);
        let paths: Vec<&str> = found.iter().map(|f| f.path.as_str()).collect();
        assert_eq!(paths, ["setup.py", "third/y-1.dist-info/METADATA"]);
        // Who does not say what he is called speaks for what lies next to him.
        let mut nameless = Found::new("app/setup.py", "setup-py");
        nameless.manifest(Ecosystem::Pypi, Manifest::new(FoundPackage::new(Purl::pypi("", ""), None)));
        let mut found = vec![
            metadata("app/src/x.egg-info/PKG-INFO", "x"),
            metadata("app/third/y-1.dist-info/METADATA", "y"),
            metadata("app/third/z.egg-info/PKG-INFO", "z"),
            nameless,
        ];
        read(&mut found, &Walked::default(), &Spot::Disk("nowhere".into()), false);
        let mut paths: Vec<&str> = found.iter().map(|f| f.path.as_str()).collect();
        paths.sort_unstable();
        assert_eq!(
            paths,
            ["app/setup.py", "app/third/y-1.dist-info/METADATA", "app/third/z.egg-info/PKG-INFO"]
        );
    }
}
