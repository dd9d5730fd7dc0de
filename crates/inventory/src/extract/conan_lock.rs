//! `conan.lock`: C and C++ packages that Conan resolved; a graph in version 1, flat lists in version 2.

use std::collections::HashMap;

use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Purl, Scope, Source};

use super::npm::assembly::Assembly;
use super::npm::notes::Missing;
use super::tree::{self, Tree};
use super::{Extractor, File};

/// Reads `conan.lock`.
pub struct ConanLock;

impl Extractor for ConanLock {
    fn name(&self) -> &'static str {
        "conan-lock"
    }

    fn files(&self) -> &'static [&'static str] {
        &["conan.lock"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let top = tree::read(file, found);
        // Where the recipe beside it names ranges, this file has the versions.
        found.precedence = 2;
        if let Some(nodes) = top.get("graph_lock").and_then(|g| g.get("nodes")) {
            let why = "this conan.lock holds every package and who asks for it";
            found.lock(Ecosystem::Conan, GraphDepth::Full, why);
            graph(nodes, file, found);
        } else if top.get("requires").is_some() || top.get("build_requires").is_some() {
            let why = "this conan.lock lists every package, but not who asks for whom";
            found.lock(Ecosystem::Conan, GraphDepth::Flat, why);
            flat(&top, file, found);
        }
    }
}

fn graph(nodes: &Tree<'_>, file: &File<'_>, found: &mut Found) {
    let mut assembly = Assembly::new(found);
    let mut at: HashMap<&str, usize> = HashMap::new();
    for (id, node) in nodes.entries() {
        let reference = node.text_of("ref").or_else(|| node.text_of("pref"));
        let line = reference.and_then(|r| r.line(file)).or_else(|| id.line(file));
        let read = reference.and_then(|r| read(r));
        // The project itself stands there with the path of its recipe, with or without a name.
        let own = node.text_of("path").is_some() || (read.is_none() && &**id == "0");
        let index = match (own, read) {
            (true, read) => {
                let purl = read.unwrap_or_else(|| Purl::named("conan", "", ""));
                assembly.first_party(String::new(), FoundPackage::new(purl, line))
            }
            (false, Some(purl)) => {
                let mut package = FoundPackage::new(purl, line);
                package.source = Source::Registry(None);
                package.scope =
                    (node.text_of("context").is_some_and(|c| &**c == "build")).then_some(Scope::Build);
                assembly.third_party(package)
            }
            (false, None) => {
                assembly.found.lost(line, "a node without a readable reference was left out");
                continue;
            }
        };
        at.insert(id, index);
    }
    let mut missing = Missing::default();
    for (id, node) in nodes.entries() {
        let Some(&from) = at.get(&**id) else { continue };
        for (list, scope) in [("requires", Scope::Runtime), ("build_requires", Scope::Build)] {
            for to in node.items_of(list).iter().filter_map(Tree::text) {
                match at.get(&**to) {
                    Some(to) => assembly.edge(from, *to, scope),
                    None => missing.note(to, || to.line(file)),
                }
            }
        }
    }
    missing.report_unresolved(found);
}

fn flat(top: &Tree<'_>, file: &File<'_>, found: &mut Found) {
    let mut assembly = Assembly::new(found);
    let lists = [
        ("requires", Scope::Runtime),
        ("build_requires", Scope::Build),
        // Recipes that other recipes import while they build.
        ("python_requires", Scope::Build),
    ];
    for (list, scope) in lists {
        for item in top.items_of(list) {
            // With a package's revision an item is a pair.
            let Some(text) = item.text().or_else(|| item.items().first()?.text()) else { continue };
            let line = text.line(file);
            let Some(purl) = read(text) else {
                assembly
                    .found
                    .lost(line, format!("`{}` is no reference of Conan's and was left out", &**text));
                continue;
            };
            let mut package = FoundPackage::new(purl, line);
            package.source = Source::Registry(None);
            package.scope = Some(scope);
            assembly.third_party(package);
        }
    }
}

/// `name/version@user/channel#revision:package%time`.
pub(super) fn read(reference: &str) -> Option<Purl> {
    let reference = reference.split('%').next()?;
    let (reference, revision) = reference.split_once('#').unwrap_or((reference, ""));
    let (name, owner) = reference.split_once('@').unwrap_or((reference, ""));
    let (name, version) = name.trim().split_once('/')?;
    let version = version.split(':').next()?;
    if name.is_empty() || version.is_empty() || version.contains('/') {
        return None;
    }
    let owner = owner.split(':').next().unwrap_or("");
    let (user, channel) = owner.split_once('/').unwrap_or((owner, ""));
    let revision = revision.split(':').next().unwrap_or("");
    // `0` stands for recipes from before there were revisions, `_` for no user.
    let real = |text: &'_ str| if matches!(text, "0" | "_") { String::new() } else { text.to_string() };
    let purl = Purl::named("conan", name, version);
    Some(purl.with("user", &real(user)).with("channel", &real(channel)).with("rrev", &real(revision)))
}

#[cfg(test)]
mod tests {
    #[test]
    fn references() {
        let read = |text: &str| super::read(text).map(|p| p.to_string());
        assert_eq!(read("zlib/1.2.11#abc%17").as_deref(), Some("pkg:conan/zlib@1.2.11?rrev=abc"));
        assert_eq!(read("a/1@u/c#0:pid").as_deref(), Some("pkg:conan/a@1?channel=c&user=u"));
        assert_eq!(read("a/1:pid#r").as_deref(), Some("pkg:conan/a@1?rrev=r"));
        assert_eq!(read("None"), None);
    }
}
