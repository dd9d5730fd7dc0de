//! `obj/project.assets.json`: the result of the last `dotnet restore` of one project.

use std::collections::HashMap;

use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Purl, Scope};

use super::json::{self, Object};
use super::nuget::{Raw, folded, folder, name_and_version, object, object_of, text_of};
use super::{Extractor, File};

/// Reads `project.assets.json`.
pub struct ProjectAssets;

impl Extractor for ProjectAssets {
    fn name(&self) -> &'static str {
        "project-assets"
    }

    fn files(&self) -> &'static [&'static str] {
        &["project.assets.json"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(root) = json::parse::<Object<'_, Raw<'_>>>(file, found) else { return };
        if root.get("targets").is_none() {
            return;
        }
        found.lock(
            Ecosystem::Nuget,
            GraphDepth::Full,
            "project.assets.json is what a restore resolved, with every package and who asks for whom",
        );
        let project = object_of(&root, "project");
        let targets = object_of(&root, "targets");
        if targets.iter().next().is_none() && project.iter().next().is_none() {
            return;
        }
        let own = found.package(own(&project, file));
        let libraries = object_of(&root, "libraries");
        let paths: HashMap<String, String> = libraries
            .iter()
            .filter_map(|(key, library)| Some((folded(key), text_of(&object(library), "path")?.to_string())))
            .collect();
        let mut direct = directs(&root, &project);
        let mut known: HashMap<String, usize> = HashMap::new();
        for (name, target) in targets.iter() {
            // `net8.0/linux-x64` is the same framework for one machine.
            let framework = name.split('/').next().unwrap_or(name);
            let asked = direct.entry(framework.to_string()).or_default().clone();
            one_target(file, target, own, &asked, &paths, &mut known, found);
        }
        found.edges.sort_unstable();
        found.edges.dedup();
        for (index, package) in found.packages.iter().enumerate() {
            found.keys.push((package.purl.name.clone(), index));
        }
    }
}

/// The project itself, whose folder is the one above `obj`.
fn own(project: &Object<'_, Raw<'_>>, file: &File<'_>) -> FoundPackage {
    let restore = object_of(project, "restore");
    let name = text_of(&restore, "projectName").map(|n| n.to_string()).unwrap_or_default();
    let version = text_of(project, "version").map(|v| v.to_string()).unwrap_or_default();
    let line = project.iter().next().and_then(|(key, _)| key.line(file));
    let mut own = FoundPackage::new(Purl::nuget(&name, &version), line);
    own.first_party = true;
    own.dir = Some(if file.path().rsplit('/').nth(1) == Some("obj") { ".." } else { "" }.to_string());
    own
}

/// Frameworks that one project is built for; each is compared with each.
const FRAMEWORKS: usize = 64;

/// By framework: what the project asks for itself, and whether it is for its developers only.
type Direct = HashMap<String, HashMap<String, Scope>>;

fn directs(root: &Object<'_, Raw<'_>>, project: &Object<'_, Raw<'_>>) -> Direct {
    let mut direct = Direct::new();
    for (framework, names) in object_of(root, "projectFileDependencyGroups").iter().take(FRAMEWORKS) {
        let names: Vec<String> = serde_json::from_str(names.get()).unwrap_or_default();
        let named = direct.entry(framework.to_string()).or_default();
        // `Name >= 1.0.0`.
        let first = names.iter().filter_map(|n| n.split_whitespace().next());
        named.extend(first.map(|n| (folded(n), Scope::Runtime)));
    }
    // The names of frameworks are long in the groups of older files (`.NETCoreApp,Version=v3.1`) and short here.
    for (framework, details) in object_of(project, "frameworks").iter().take(FRAMEWORKS) {
        let details = object(details);
        let targets = direct.keys().cloned().chain([framework.to_string()]).collect::<Vec<_>>();
        for (name, asked) in object_of(&details, "dependencies").iter() {
            let asked = object(asked);
            let tool = super::msbuild::assets_scope(
                name,
                text_of(&asked, "include").as_deref(),
                text_of(&asked, "exclude").as_deref(),
                text_of(&asked, "suppressParent").as_deref(),
            );
            for target in &targets {
                let known = direct.entry(target.clone()).or_default();
                if target == &**framework || known.contains_key(&folded(name)) {
                    known.insert(folded(name), tool);
                }
            }
        }
    }
    direct
}

fn one_target(
    file: &File<'_>,
    target: Raw<'_>,
    own: usize,
    asked: &HashMap<String, Scope>,
    paths: &HashMap<String, String>,
    known: &mut HashMap<String, usize>,
    found: &mut Found,
) {
    let mut here: HashMap<String, usize> = HashMap::new();
    let mut asking = Vec::new();
    let target = object(target);
    for (key, entry) in target.iter() {
        let Some((name, version)) = name_and_version(key) else {
            found.lost(key.line(file), "a library without a name or a version was left out");
            continue;
        };
        let entry = object(entry);
        let project = text_of(&entry, "type").is_some_and(|t| t.eq_ignore_ascii_case("project"));
        let index = *known.entry(folded(key)).or_insert_with(|| {
            let mut package = FoundPackage::new(Purl::nuget(name, version), key.line(file));
            if project {
                package.first_party = true;
                let path = paths.get(&folded(key)).map(|p| folder(p));
                let above = found.packages[own].dir.as_deref().filter(|d| !d.is_empty());
                package.dir = path.map(|p| above.map_or(p.clone(), |a| format!("{a}/{p}")));
            }
            found.package(package)
        });
        here.insert(folded(name), index);
        asking.push((index, object_of(&entry, "dependencies")));
    }
    for (from, dependencies) in asking {
        for (name, _) in dependencies.iter() {
            if let Some(&to) = here.get(&folded(name)) {
                found.edge(from, to, Scope::Runtime);
            }
        }
    }
    let mut direct: Vec<_> =
        asked.iter().filter_map(|(name, scope)| Some((*here.get(name)?, *scope))).collect();
    direct.sort_unstable();
    for (to, scope) in direct {
        found.edge(own, to, scope);
    }
}
