//! `flake.lock`, and the `sources.json` of niv and npins: what a Nix expression is built from.

use std::collections::HashMap;

use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Scope, Source};

use super::npm::assembly::Assembly;
use super::npm::notes::Missing;
use super::tree::{self, Tree};
use super::{Extractor, File, repository};

/// Reads `flake.lock`.
pub struct FlakeLock;

impl Extractor for FlakeLock {
    fn name(&self) -> &'static str {
        "flake-lock"
    }

    fn files(&self) -> &'static [&'static str] {
        &["flake.lock"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let top = tree::read(file, found);
        let Some(nodes) = top.get("nodes") else { return };
        found.lock(Ecosystem::Nix, GraphDepth::Full, "flake.lock holds every input and who asks for it");
        let root = top.text_of("root").map_or("root", |r| &**r);
        let by_name: HashMap<&str, &Tree<'_>> = nodes.entries().iter().map(|(k, v)| (&**k, v)).collect();
        let mut assembly = Assembly::new(found);
        let mut at: HashMap<&str, usize> = HashMap::new();
        for (name, node) in nodes.entries() {
            let line = name.line(file);
            if &**name == root {
                let own = FoundPackage::new(licit_model::Purl::named("nix", "", ""), line);
                at.insert(name, assembly.first_party(String::new(), own));
                continue;
            }
            let Some(locked) = node.get("locked") else {
                assembly.found.lost(line, format!("the input `{}` is not locked and was left out", &**name));
                continue;
            };
            let index = match input(locked, name, line) {
                Some(Input::Own(dir, package)) => assembly.first_party(dir, package),
                Some(Input::Other(package)) => assembly.third_party(package),
                None => {
                    assembly
                        .found
                        .lost(line, format!("the input `{}` names no place and was left out", &**name));
                    continue;
                }
            };
            at.insert(name, index);
        }
        let mut missing = Missing::default();
        for (name, node) in nodes.entries() {
            let Some(&from) = at.get(&**name) else { continue };
            for (input, to) in node.entries_of("inputs") {
                let target = match to {
                    Tree::Text(to) => Some(&**to),
                    // A path of inputs from the root: this one follows another.
                    Tree::List(path) => follow(path, root, &by_name, 8, &mut STEPS.clone()),
                    _ => None,
                };
                match target {
                    Some(to) if !by_name.contains_key(to) => missing.note(input, || input.line(file)),
                    // An empty path says that the input is taken away.
                    target => {
                        if let Some(to) = target.and_then(|to| at.get(to)) {
                            assembly.edge(from, *to, Scope::Runtime);
                        }
                    }
                }
            }
        }
        missing.report_unresolved(found);
    }
}

/// Steps that are gone to find one input. Paths that lead over paths again and again multiply.
const STEPS: usize = 256;

/// The node that a path of input names leads to.
fn follow<'t>(
    path: &'t [Tree<'_>],
    root: &'t str,
    nodes: &HashMap<&'t str, &'t Tree<'_>>,
    depth: usize,
    left: &mut usize,
) -> Option<&'t str> {
    let mut node = root;
    if path.is_empty() || depth == 0 || path.len() > 32 {
        return None;
    }
    for step in path {
        *left = left.checked_sub(1)?;
        let next = nodes.get(node)?.get("inputs")?.get(step.text()?)?;
        node = match next {
            Tree::Text(next) => next,
            Tree::List(path) => follow(path, root, nodes, depth - 1, left)?,
            _ => return None,
        };
    }
    Some(node)
}

enum Input {
    Own(String, FoundPackage),
    Other(FoundPackage),
}

fn input(locked: &Tree<'_>, name: &str, line: Option<u32>) -> Option<Input> {
    let text = |key: &str| locked.text_of(key).map_or("", |t| t.trim());
    let rev = text("rev");
    let hosted = |usual: &str| {
        let host = if text("host").is_empty() { usual } else { text("host") };
        let url = format!("https://{host}/{}/{}", text("owner"), text("repo"));
        Some(Input::Other(repository::git(&url, rev, name, line)))
    };
    match text("type") {
        "github" => hosted("github.com"),
        "gitlab" => hosted("gitlab.com"),
        "sourcehut" => hosted("git.sr.ht"),
        "git" | "hg" => Some(Input::Other(repository::git(text("url"), rev, name, line))),
        "tarball" | "file" => {
            let version = if rev.is_empty() { "" } else { rev };
            Some(Input::Other(repository::archive(text("url"), name, version, line)))
        }
        // A folder of the machine, mostly of the repository itself.
        "path" => {
            let mut package = FoundPackage::new(licit_model::Purl::named("nix", name, ""), line);
            package.source = Source::Path(text("path").to_string());
            let inside = !text("path").starts_with('/');
            Some(if inside {
                Input::Own(super::npm::origin::normal(text("path")), package)
            } else {
                Input::Other(package)
            })
        }
        _ => None,
    }
}

/// Reads the pins of niv and of npins.
pub struct NixSources;

impl Extractor for NixSources {
    fn name(&self) -> &'static str {
        "nix-sources"
    }

    fn files(&self) -> &'static [&'static str] {
        &["**/nix/sources.json", "**/npins/sources.json", "nix/sources.json", "npins/sources.json"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let top = tree::read(file, found);
        if top.entries().is_empty() {
            return;
        }
        let mut assembly = Assembly::new(found);
        for (name, pin) in top.get("pins").unwrap_or(&top).entries() {
            let text = |tree: &Tree<'_>, key: &str| {
                tree.text_of(key).map_or(String::new(), |t| t.trim().to_string())
            };
            let line = name.line(file);
            let place = pin.get("repository").unwrap_or(pin);
            let rev = [text(pin, "rev"), text(pin, "revision")]
                .into_iter()
                .find(|r| !r.is_empty())
                .unwrap_or_default();
            let (owner, repo, url) = (text(place, "owner"), text(place, "repo"), text(place, "url"));
            let host = match text(place, "type").as_str() {
                "GitLab" => "gitlab.com",
                _ => "github.com",
            };
            let tag = text(pin, "version");
            let mut package = if !owner.is_empty() && !repo.is_empty() {
                repository::git(&format!("https://{host}/{owner}/{repo}"), &rev, name, line)
            } else if !url.is_empty() && !rev.is_empty() {
                repository::git(&url, &rev, name, line)
            } else if !text(place, "repo").is_empty() && !rev.is_empty() {
                repository::git(&text(place, "repo"), &rev, name, line)
            } else if !text(pin, "url").is_empty() {
                repository::archive(&text(pin, "url"), name, "", line)
            } else {
                if matches!(pin, Tree::Map(_)) {
                    assembly.found.lost(line, format!("`{}` names no place and was left out", &**name));
                }
                continue;
            };
            package.requested = (!tag.is_empty()).then_some(tag);
            package.direct = Some(true);
            assembly.third_party(package);
        }
        if !found.packages.is_empty() {
            let why = "the list of pins holds what the project asks for itself; what that is built from stands elsewhere";
            found.lock(Ecosystem::Nix, GraphDepth::DirectOnly, why);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_that_follow_each_other_again_and_again() {
        // Every input leads over the one before it thirty times.
        let mut inputs = vec!["\"i0\": \"root\"".to_string()];
        for level in 1..9 {
            let path = vec![format!("\"i{}\"", level - 1); 30].join(",");
            inputs.push(format!("\"i{level}\": [{path}]"));
        }
        inputs.push("\"n\": \"a\", \"follows\": [\"n\"]".to_string());
        let locked = r#""locked": {"type": "github", "owner": "o", "repo": "a", "rev": "1"}"#;
        let text = format!(
            r#"{{"nodes": {{"a": {{{locked}}}, "root": {{"inputs": {{{}}}}}}}, "root": "root", "version": 7}}"#,
            inputs.join(", ")
        );
        let mut found = Found::new("flake.lock", "flake-lock");
        let begun = std::time::Instant::now();
        FlakeLock.extract(&File::new("flake.lock", text.as_bytes()), &mut found);
        assert!(begun.elapsed().as_secs() < 5);
        assert_eq!(found.packages.len(), 2);
        assert!(found.edges.iter().any(|e| found.packages[e.to].purl.name == "a"));
    }
}
