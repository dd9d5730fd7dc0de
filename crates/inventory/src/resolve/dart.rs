//! What only Dart needs: `pubspec.lock` does not say who asks for whom. What pub leaves in `.dart_tool` does, and so do
//! the packages themselves in pub's cache.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use licit_model::{Found, FoundPackage, GraphDepth, Scope, Source};
use rayon::prelude::*;

use crate::extract::pubspec::Pubspec;
use crate::extract::{Extractor as _, File, package_graph};
use crate::tree::Spot;

/// A pubspec is short; a longer file is none.
const LARGEST: usize = 1 << 20;

/// Gives the packages of each lock their edges. `cache` is pub's.
pub(crate) fn settle(found: &mut [Found], cache: Option<&Path>) {
    let graphs: HashMap<String, usize> = found
        .iter()
        .enumerate()
        .filter(|(_, f)| f.extractor == package_graph::NAME && !f.packages.is_empty())
        .filter_map(|(index, f)| {
            let folder = f.dir().strip_suffix(".dart_tool")?;
            Some((folder.trim_end_matches('/').to_string(), index))
        })
        .collect();
    let locks: Vec<usize> = (0..found.len())
        .filter(|&i| found[i].extractor == "pubspec-lock" && found[i].graph.is_some())
        .collect();
    for lock in locks {
        let asked = match graphs.get(found[lock].dir()) {
            Some(&graph) => said(&found[graph]),
            None => cache.map(|cache| cached(&found[lock], cache)).unwrap_or_default(),
        };
        join(&mut found[lock], &asked);
    }
}

/// By name and version: the names that a package asks for.
type Asked = HashMap<(String, String), Vec<String>>;

/// What pub's own graph says.
fn said(graph: &Found) -> Asked {
    let name = |index: usize| graph.packages[index].purl.full_name();
    let mut asked: Asked = graph.packages.iter().map(|p| (key(p), Vec::new())).collect();
    for edge in graph.edges.iter().filter(|e| e.scope == Scope::Runtime) {
        asked.entry(key(&graph.packages[edge.from])).or_default().push(name(edge.to));
    }
    asked
}

/// What the packages in pub's cache say, each hosted one in a folder named by host, name and version.
fn cached(lock: &Found, cache: &Path) -> Asked {
    let hosted = Spot::from(cache).join("hosted");
    let mut hosts: Vec<Spot> = hosted.names().into_iter().map(|host| hosted.join(host)).collect();
    hosts.sort_by_key(Spot::name);
    hosts.truncate(16);
    let plain = |text: &str| !text.is_empty() && !text.contains(['/', '\\']) && text != "..";
    lock.packages
        .par_iter()
        .filter(|p| matches!(p.source, Source::Registry(_)))
        .filter_map(|package| {
            let (name, version) = key(package);
            let folder =
                Some(format!("{name}-{version}/pubspec.yaml")).filter(|_| plain(&name) && plain(&version))?;
            let bytes = hosts.iter().find_map(|host| host.join(&folder).bytes(LARGEST))?;
            let mut found = Found::new("pubspec.yaml", "pubspec");
            Pubspec.extract(&File::new("pubspec.yaml", &bytes), &mut found);
            let asked = found.manifest?.requirements.into_iter().filter(|r| r.scope == Scope::Runtime);
            Some(((name, version), asked.map(|r| r.name).collect()))
        })
        .collect()
}

fn key(package: &FoundPackage) -> (String, String) {
    (package.purl.full_name(), package.purl.version().to_string())
}

fn join(lock: &mut Found, asked: &Asked) {
    let at: HashMap<String, usize> =
        lock.packages.iter().enumerate().map(|(index, package)| (package.purl.full_name(), index)).collect();
    let mut edges = BTreeSet::new();
    let (mut known, mut all) = (0usize, 0usize);
    for (from, package) in lock.packages.iter().enumerate() {
        // Parts of the SDK come with it and are no packages of their own.
        all += usize::from(!matches!(package.source, Source::Unknown));
        let Some(names) = asked.get(&key(package)) else { continue };
        known += usize::from(!matches!(package.source, Source::Unknown));
        edges.extend(
            names.iter().filter_map(|name| at.get(name)).filter(|&&to| to != from).map(|&to| (from, to)),
        );
    }
    for (from, to) in edges {
        lock.edge(from, to, Scope::Runtime);
    }
    if known == 0 {
        return;
    }
    if let Some((depth, why)) = lock.graph.as_mut() {
        if known == all {
            *depth = GraphDepth::Full;
            *why =
                "pubspec.lock lists every package, and what pub resolved says who asks for whom".to_string();
        } else {
            *why = format!("{why}; of {known} of {all} packages it is known what they ask for");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract::package_graph::PackageGraph;
    use crate::extract::pubspec_lock::PubspecLock;

    const LOCK: &str = "packages:\n  http:\n    dependency: \"direct main\"\n    description:\n      name: http\n    source: hosted\n    \
                        version: \"1.2.0\"\n  http_parser:\n    dependency: transitive\n    description:\n      name: http_parser\n    \
                        source: hosted\n    version: \"4.0.2\"\n  flutter:\n    dependency: \"direct main\"\n    description: flutter\n    \
                        source: sdk\n    version: \"0.0.0\"\n";

    fn lock() -> Found {
        let mut found = Found::new("app/pubspec.lock", "pubspec-lock");
        PubspecLock.extract(&File::new("app/pubspec.lock", LOCK.as_bytes()), &mut found);
        found
    }

    fn edges(found: &Found) -> Vec<(String, String)> {
        let name = |i: usize| found.packages[i].purl.full_name();
        found.edges.iter().map(|e| (name(e.from), name(e.to))).collect()
    }

    #[test]
    fn the_graph_that_pub_left_belongs_to_the_lock_beside_it() {
        let text = r#"{"roots": ["app"], "packages": [
            {"name": "app", "version": "1.0.0", "dependencies": ["http", "flutter"], "devDependencies": []},
            {"name": "http", "version": "1.2.0", "dependencies": ["http_parser", "flutter"]},
            {"name": "http_parser", "version": "4.0.2", "dependencies": []},
            {"name": "flutter", "version": "0.0.0", "dependencies": []}], "configVersion": 1}"#;
        let path = "app/.dart_tool/package_graph.json";
        let mut graph = Found::new(path, package_graph::NAME);
        PackageGraph.extract(&File::new(path, text.as_bytes()), &mut graph);
        assert!(graph.problems.is_empty(), "{:?}", graph.problems);
        let mut found = [graph, lock()];
        settle(&mut found, None);
        let pairs =
            [("http", "flutter"), ("http", "http_parser")].map(|(a, b)| (a.to_string(), b.to_string()));
        let mut had = edges(&found[1]);
        had.sort();
        assert_eq!(had, pairs);
        assert_eq!(found[1].graph.as_ref().unwrap().0, GraphDepth::Full);
    }

    #[test]
    fn the_cache_says_what_packages_ask_for() {
        let cache = std::env::temp_dir().join(format!("licit-pub-{}", std::process::id()));
        let at = cache.join("hosted/pub.example/http-1.2.0");
        std::fs::create_dir_all(&at).unwrap();
        std::fs::write(
            at.join("pubspec.yaml"),
            "name: http\ndependencies:\n  http_parser: ^4.0.0\ndev_dependencies:\n  flutter: any\n",
        )
        .unwrap();
        let mut found = [lock()];
        settle(&mut found, Some(&cache));
        std::fs::remove_dir_all(&cache).unwrap();
        assert_eq!(edges(&found[0]), [("http".to_string(), "http_parser".to_string())]);
        let (depth, why) = found[0].graph.clone().unwrap();
        assert_eq!(depth, GraphDepth::Flat);
        assert!(why.contains("of 1 of 2 packages"), "{why}");
    }
}
