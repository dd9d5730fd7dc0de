//! What only Go needs: modules of one workspace, who asks for whom, and modules that a go.mod from before Go 1.17 does
//! not name.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Purl, Scope, Source};
use rayon::prelude::*;
use semver::Version;

use super::place;
use crate::extract::{go_mod, go_work};
use crate::installed::golang::escape;
use crate::tree::Spot;

/// A go.mod is short; a longer file is none.
const LARGEST: usize = 1 << 20;

/// Joins the modules of each workspace, and gives modules the edges that the module cache knows.
pub(crate) fn settle(found: &mut [Found], cache: Option<&Path>) {
    workspaces(found);
    alone(found);
    if let Some(cache) = cache {
        edges(found, cache);
    }
}

/// A go.sum without a go.mod in its folder is all that tells of a module's dependencies: what was fetched, each in its newest
/// version.
fn alone(found: &mut [Found]) {
    let described: BTreeSet<String> =
        found.iter().filter(|f| f.extractor == "go-mod").map(|f| f.dir().to_string()).collect();
    for sum in found.iter_mut().filter(|f| f.extractor == "go-sum" && !described.contains(f.dir())) {
        if sum.packages.is_empty() {
            continue;
        }
        let mut newest: BTreeMap<String, FoundPackage> = BTreeMap::new();
        for mut package in sum.packages.drain(..) {
            package.direct = Some(false);
            let known = newest.entry(package.purl.full_name()).or_insert_with(|| package.clone());
            if order(&package) > order(known) {
                *known = package;
            }
        }
        sum.packages.extend(newest.into_values());
        let why = "a go.sum without its go.mod: which modules were fetched, but not who asked for them";
        sum.lock(Ecosystem::Golang, GraphDepth::Flat, why);
    }
}

/// The name by which others ask for each module of a go.mod, where it was replaced by another one.
fn former(lock: &Found) -> HashMap<usize, &str> {
    lock.keys.iter().map(|(name, index)| (*index, name.as_str())).collect()
}

/// Inside of a workspace its modules are used from their folders, and its replacements hold for all of them.
fn workspaces(found: &mut [Found]) {
    let is_module = |f: &Found| f.extractor == "go-mod" && f.ecosystem == Some(Ecosystem::Golang);
    let at: HashMap<String, usize> = found
        .iter()
        .enumerate()
        .filter(|(_, f)| is_module(f))
        .map(|(i, f)| (f.dir().to_string(), i))
        .collect();
    // The innermost workspace is the one that go uses.
    let mut works: Vec<usize> = (0..found.len()).filter(|&i| found[i].extractor == go_work::NAME).collect();
    works.sort_by_key(|&i| (found[i].dir().matches('/').count(), found[i].dir().is_empty(), i));
    let mut of: BTreeMap<usize, usize> = BTreeMap::new();
    for &work in &works {
        for package in found[work].packages.iter().filter(|p| p.first_party) {
            let dir = package.dir.as_deref().and_then(|dir| place::join(found[work].dir(), dir));
            if let Some(&module) = dir.and_then(|dir| at.get(&dir)) {
                of.insert(module, work);
            }
        }
    }
    let mut members_of: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (module, work) in of {
        members_of.entry(work).or_default().push(module);
    }
    for (work, members) in members_of {
        let folders: HashMap<String, String> = members
            .iter()
            .filter_map(|&m| {
                let own = found[m].packages.iter().find(|p| p.first_party)?;
                Some((own.purl.full_name(), found[m].dir().to_string()))
            })
            .filter(|(name, _)| !name.is_empty())
            .collect();
        let replaced: HashMap<String, (Purl, Option<String>)> = found[work]
            .packages
            .iter()
            .filter(|p| !p.first_party)
            .filter_map(|p| {
                let folder = match &p.source {
                    Source::Path(dir) => Some(place::join(found[work].dir(), dir)?),
                    _ => None,
                };
                Some((p.requested.clone()?, (p.purl.clone(), folder)))
            })
            .collect();
        for module in members {
            join_workspace(&mut found[module], &folders, &replaced);
        }
    }
}

/// Puts into one go.mod what the workspace says of the modules that it asks for. `folders` and those of replacements are
/// relative to the scanned path.
fn join_workspace(
    lock: &mut Found,
    folders: &HashMap<String, String>,
    replaced: &HashMap<String, (Purl, Option<String>)>,
) {
    let up = "../".repeat(lock.dir().split('/').filter(|p| !p.is_empty()).count());
    let former: HashMap<usize, String> = former(lock).into_iter().map(|(i, n)| (i, n.to_string())).collect();
    for (index, package) in lock.packages.iter_mut().enumerate().filter(|(_, p)| !p.first_party) {
        let name = former.get(&index).cloned().unwrap_or_else(|| package.purl.full_name());
        if let Some(folder) = folders.get(&name) {
            package.source = Source::Path(format!("{up}{folder}"));
            continue;
        }
        let one = format!("{name} {}", package.purl.version());
        let Some((purl, folder)) = replaced.get(&one).or_else(|| replaced.get(&name)) else { continue };
        match folder {
            Some(folder) => package.source = Source::Path(format!("{up}{folder}")),
            None => {
                package.purl = purl.clone();
                if !former.contains_key(&index) {
                    lock.keys.push((name, index));
                }
            }
        }
    }
}

/// The modules that a module asks for, and whether only for the sake of others.
type Asked = Vec<(String, bool)>;

/// Adds who asks for whom among the modules that a go.mod lists, as the go.mod files say that lie in the module cache.
fn edges(found: &mut [Found], cache: &Path) {
    let locks = |f: &&Found| f.extractor == "go-mod" && f.ecosystem == Some(Ecosystem::Golang);
    let wanted: BTreeSet<(String, String)> = found
        .iter()
        .filter(locks)
        .flat_map(|f| &f.packages)
        .filter(|p| is_cached(p))
        .map(name_and_version)
        .collect();
    if wanted.is_empty() || !cache.join("cache/download").is_dir() {
        return;
    }
    let read: HashMap<(String, String), Asked> =
        wanted.into_par_iter().filter_map(|module| Some((module.clone(), read(cache, &module)?))).collect();
    if read.is_empty() {
        return;
    }
    for lock in found.iter_mut().filter(|f| f.extractor == "go-mod") {
        join_edges(lock, &read);
    }
}

/// Whether a module can lie in the cache: the standard library and folders of the project do not.
fn is_cached(package: &FoundPackage) -> bool {
    let plain = !package.first_party && !matches!(package.source, Source::Path(_));
    plain && package.purl.version().starts_with('v')
}

fn name_and_version(package: &FoundPackage) -> (String, String) {
    (package.purl.full_name(), package.purl.version().to_string())
}

fn read(cache: &Path, (name, version): &(String, String)) -> Option<Asked> {
    // A module path never leaves its cache.
    if name.split('/').any(|p| p.is_empty() || p == ".." || p == ".") || version.contains(['/', '\\']) {
        return None;
    }
    let path = format!("cache/download/{}/@v/{}.mod", escape(name), escape(version));
    let bytes = Spot::from(cache).join(path).bytes(LARGEST + 1).filter(|b| b.len() <= LARGEST)?;
    Some(go_mod::asked(&String::from_utf8_lossy(&bytes)))
}

fn join_edges(lock: &mut Found, read: &HashMap<(String, String), Asked>) {
    let former = former(lock);
    let name = |index: usize, package: &FoundPackage| {
        former.get(&index).map_or_else(|| package.purl.full_name(), |name| (*name).to_string())
    };
    let at: HashMap<String, usize> =
        lock.packages.iter().enumerate().map(|(index, package)| (name(index, package), index)).collect();
    let mut edges: BTreeSet<(usize, usize)> = BTreeSet::new();
    let mut for_others: BTreeSet<(usize, usize)> = BTreeSet::new();
    let (mut known, mut all) = (0usize, 0usize);
    for (index, package) in lock.packages.iter().enumerate().filter(|(_, p)| is_cached(p)) {
        all += 1;
        let Some(asked) = read.get(&name_and_version(package)) else { continue };
        known += 1;
        for (name, indirect) in asked {
            match at.get(name) {
                Some(&to) if to != index && !lock.packages[to].first_party => {
                    (if *indirect { &mut for_others } else { &mut edges }).insert((index, to));
                }
                _ => {}
            }
        }
    }
    if known == 0 {
        return;
    }
    // Since Go 1.17 a go.mod repeats what others ask for. Only what nobody asks for directly is taken from there.
    let mut reached: BTreeSet<usize> = edges.iter().map(|(_, to)| *to).collect();
    reached.extend(lock.edges.iter().map(|e| e.to));
    edges.extend(for_others.into_iter().filter(|(_, to)| !reached.contains(to)));
    for (from, to) in edges {
        lock.edge(from, to, Scope::Runtime);
    }
    if let Some((GraphDepth::Flat, why)) = lock.graph.clone() {
        let listed = "go.mod lists every module since Go 1.17";
        lock.graph = Some(if known == all {
            (
                GraphDepth::Full,
                format!("{listed}, and their own go.mod files in the module cache say who asks for whom"),
            )
        } else {
            (
                GraphDepth::Flat,
                format!("{why}; of {known} of {all} modules the module cache says what they ask for"),
            )
        });
    }
}

/// Modules that only the go.sum beside a go.mod names, each in its newest version, which is the one Go builds.
///
/// A go.sum also holds versions that were considered and not chosen, so these are candidates: the caller marks
/// them as indirect, and the completeness verdict says that the graph is not whole.
pub(super) fn only_in_sum<'f>(lock: &Found, found: &'f [Found]) -> Vec<&'f FoundPackage> {
    let named: Vec<String> = lock.packages.iter().map(|p| p.purl.full_name()).collect();
    let mut newest: BTreeMap<String, &FoundPackage> = BTreeMap::new();
    let sums = found.iter().filter(|f| f.extractor == "go-sum" && f.dir() == lock.dir());
    for package in sums.flat_map(|f| &f.packages) {
        let name = package.purl.full_name();
        if named.contains(&name) {
            continue;
        }
        let newer = newest.get(&name).is_none_or(|known| order(package) > order(known));
        if newer {
            newest.insert(name, package);
        }
    }
    newest.into_values().collect()
}

fn order(package: &FoundPackage) -> Option<Version> {
    let version = package.purl.version().trim_start_matches('v');
    Version::parse(version.trim_end_matches("+incompatible")).ok()
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use crate::installed::Caches;
    use crate::{Inventory, Options, Silent};

    /// Scans a tree and a module cache made of these files; gives each edge and the verdicts.
    fn scan(name: &str, tree: &[(&str, &str)], cache: &[(&str, &str)]) -> (Vec<String>, Vec<String>) {
        let top = std::env::temp_dir().join(format!("licit-golang-{name}-{}", std::process::id()));
        std::fs::remove_dir_all(&top).ok();
        let lay = |at: PathBuf, files: &[(&str, &str)]| {
            for (path, text) in files {
                let path = at.join(path);
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(path, text).unwrap();
            }
        };
        lay(top.join("tree"), tree);
        lay(top.join("cache/cache/download"), cache);
        let caches = Caches { go_mod_cache: Some(top.join("cache")), ..Caches::default() };
        let options = Options { caches, ..Options::default() };
        let Inventory { joined, .. } = crate::read(&top.join("tree"), "tree", &options, &Silent).unwrap();
        std::fs::remove_dir_all(&top).unwrap();
        let id = |i: usize| joined.graph.components[i].id.clone();
        let mut edges: Vec<String> =
            joined.graph.edges.iter().map(|e| format!("{} -> {}", id(e.from), id(e.to))).collect();
        edges.sort();
        edges.dedup();
        (edges, joined.completeness.iter().map(|c| format!("{:?} {}", c.graph, c.why)).collect())
    }

    #[test]
    fn modules_of_a_workspace_use_each_other() {
        let (edges, _) = scan(
            "work",
            &[
                (
                    "go.work",
                    "go 1.22\nuse (\n\t.\n\t./lib\n)\nreplace c.example/old => d.example/new v1.5.0\n",
                ),
                (
                    "go.mod",
                    "module a.example/app\ngo 1.20\nrequire (\n\ta.example/lib v0.1.0\n\tc.example/old v1.0.0\n)\n",
                ),
                ("lib/go.mod", "module a.example/lib\ngo 1.20\nrequire c.example/old v1.0.0\n"),
                ("other/go.mod", "module a.example/other\ngo 1.20\nrequire a.example/lib v0.1.0\n"),
            ],
            &[],
        );
        assert!(
            edges.iter().any(|e| e.contains("a.example/app -> ") && e.ends_with("a.example/lib")),
            "{edges:?}"
        );
        assert_eq!(edges.iter().filter(|e| e.ends_with("d.example/new@v1.5.0")).count(), 2, "{edges:?}");
        // A module that no workspace names takes what its go.mod asks for.
        assert!(
            edges.iter().any(|e| e.contains("other") && e.ends_with("a.example/lib@v0.1.0")),
            "{edges:?}"
        );
    }

    #[test]
    fn a_go_sum_without_its_go_mod_is_a_list() {
        let sum = "b.example/x v1.2.0 h1:AAE=\nb.example/x v1.10.0 h1:AAI=\nb.example/x v1.10.0/go.mod h1:AAM=\n\
                   c.example/unused v1.0.0/go.mod h1:AAQ=\n";
        let top = std::env::temp_dir().join(format!("licit-golang-sum-{}", std::process::id()));
        let inventory = |files: &[(&str, &str)]| {
            std::fs::create_dir_all(&top).unwrap();
            files.iter().for_each(|(name, text)| std::fs::write(top.join(name), text).unwrap());
            let Inventory { joined, .. } = crate::read(&top, "tree", &Options::default(), &Silent).unwrap();
            joined.graph.components.iter().map(|c| c.id.clone()).collect::<Vec<_>>()
        };
        let alone = inventory(&[("go.sum", sum)]);
        let with_mod =
            inventory(&[("go.sum", sum), ("go.mod", "module m\ngo 1.20\nrequire b.example/x v1.2.0\n")]);
        std::fs::remove_dir_all(&top).unwrap();
        assert_eq!(alone, ["pkg:golang/b.example/x@v1.10.0"]);
        assert!(with_mod.contains(&"pkg:golang/b.example/x@v1.2.0".to_string()), "{with_mod:?}");
        assert!(!with_mod.iter().any(|id| id.contains("1.10.0")), "{with_mod:?}");
    }

    #[test]
    fn the_module_cache_says_who_asks_for_whom() {
        let main = "module a.example/app\ngo 1.20\nrequire b.example/Web v1.0.0\nrequire (\n\tc.example/x v1.2.0 // indirect\n\
                    \td.example/y v0.3.0 // indirect\n\te.example/z v1.0.0 // indirect\n)\nreplace e.example/z => f.example/fork v1.0.1\n";
        let cache = [
            (
                "b.example/!web/@v/v1.0.0.mod",
                "module b.example/Web\ngo 1.17\nrequire c.example/x v1.1.0\nrequire d.example/y v0.3.0 // indirect\n",
            ),
            (
                "c.example/x/@v/v1.2.0.mod",
                "module c.example/x\nrequire (\n\td.example/y v0.2.0\n\tg.example/unused v1.0.0\n)\n",
            ),
            (
                "d.example/y/@v/v0.3.0.mod",
                "module d.example/y\ngo 1.17\nrequire e.example/z v1.0.0 // indirect\n",
            ),
        ];
        let (edges, why) = scan("cache", &[("go.mod", main)], &cache);
        let golang: Vec<&str> = edges.iter().filter_map(|e| e.strip_prefix("pkg:golang/")).collect();
        assert!(golang.contains(&"b.example/Web@v1.0.0 -> pkg:golang/c.example/x@v1.2.0"), "{edges:?}");
        assert!(golang.contains(&"c.example/x@v1.2.0 -> pkg:golang/d.example/y@v0.3.0"), "{edges:?}");
        // What is asked for only for the sake of others is no edge where somebody asks for it directly …
        assert!(!edges.iter().any(|e| e.contains("Web") && e.contains("d.example")), "{edges:?}");
        // … and the best that is known where nobody does.
        assert!(golang.contains(&"d.example/y@v0.3.0 -> pkg:golang/f.example/fork@v1.0.1"), "{edges:?}");
        assert!(why[0].starts_with("Flat") && why[0].contains("of 3 of 4 modules"), "{why:?}");
        let with_fork = [&cache[..], &[("f.example/fork/@v/v1.0.1.mod", "module e.example/z\n")]].concat();
        let (_, why) = scan("cached", &[("go.mod", main)], &with_fork);
        assert!(why[0].starts_with("Full"), "{why:?}");
    }
}
