//! Files that say something else than their package: heads with another license, READMEs and manifests with riders.

use std::collections::BTreeMap;

use licit_license::conclude::same_text;
use licit_license::{Expr, Knowledge};
use licit_model::{Category, Component, Ecosystem, FileLicense, Finding, Graph, Remedy, Severity, Source};

mod riders;

pub use riders::{Place, Rider, Words, judge_riders, read_riders};

/// Findings on files: one a package and license, with the number of files and the first place.
pub fn judge_files(graph: &Graph, files: &[FileLicense], know: &Knowledge) -> Vec<Finding> {
    // The packages of the project by folder, the deepest first, so that a file finds its own.
    let mut packages: Vec<(&str, usize)> = graph
        .roots()
        .filter_map(|r| match &graph.components[r].source {
            Source::Path(dir) => Some((dir.as_str(), r)),
            _ => None,
        })
        .collect();
    // What was copied into the tree states its own license; only what differs from that is news.
    packages.extend(graph.components.iter().enumerate().filter_map(|(at, c)| match &c.source {
        Source::Path(place) if is_copy(c) => Some((place.as_str(), at)),
        _ => None,
    }));
    packages.sort_by_key(|(dir, r)| (usize::MAX - dir.len(), *r));
    let mut groups: BTreeMap<(usize, String), Vec<&FileLicense>> = BTreeMap::new();
    for file in files {
        let below = |dir: &str| {
            let rest = file.path.strip_prefix(dir);
            dir.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let Some((_, root)) = packages.iter().find(|(dir, _)| below(dir)) else { continue };
        if !graph.components[*root].first_party && !graph.components[*root].scope.ships() {
            continue;
        }
        let stated = graph.components[*root].licenses.concluded.as_deref().and_then(Expr::parse);
        let Some(found) = Expr::parse(&file.license) else { continue };
        let foreign = found.terms().into_iter().find(|t| {
            let own = stated.as_ref().is_some_and(|e| e.terms().iter().any(|o| same_text(&o.id, &t.id)));
            !own && t.category(know) > Category::Data
        });
        if foreign.is_some() {
            groups.entry((*root, file.license.clone())).or_default().push(file);
        }
    }
    groups.into_iter().map(|((root, license), files)| finding(graph, root, &license, &files)).collect()
}

/// Whether a component is somebody else's sources in a folder of the tree.
fn is_copy(component: &Component) -> bool {
    let of_no_registry = matches!(component.ecosystem, Some(Ecosystem::Generic | Ecosystem::Github));
    of_no_registry && !component.first_party && component.model.is_none()
}

fn finding(graph: &Graph, root: usize, license: &str, files: &[&FileLicense]) -> Finding {
    let package = &graph.components[root];
    let first = files[0];
    let count =
        if files.len() == 1 { "a file states".to_string() } else { format!("{} files state", files.len()) };
    let stated = package.licenses.concluded.as_deref().unwrap_or("no license");
    Finding {
        code: "file-license-differs".to_string(),
        severity: Severity::Warning,
        component: package.id.clone(),
        path: vec![package.id.clone()],
        message: format!(
            "{count} {license}, while the package states {stated}; first at {}:{}",
            first.path, first.line
        ),
        clauses: Vec::new(),
        remedies: vec![Remedy {
            action: "find-out".to_string(),
            text: "find out where the files come from; keep them apart, replace them, or state their license"
                .to_string(),
        }],
    }
}
