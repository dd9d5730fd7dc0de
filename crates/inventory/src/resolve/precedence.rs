//! Locks of one folder that describe the same project: which one counts, and what the others add to it.

use std::collections::{BTreeMap, HashMap, HashSet};

use licit_model::found::Role;
use licit_model::{Ecosystem, Found, FoundEdge, Problem};

use super::Joined;

/// Drops locks that another one of the same folder and ecosystem overrides, and says so.
///
/// Of a list of requirements stays what the lock does not know: it may be made for another way to install the project, and
/// what only it names would be missing without a word.
pub(super) fn by_precedence(found: Vec<Found>, joined: &mut Joined) -> Vec<Found> {
    let mut best: BTreeMap<(String, Ecosystem), (u8, String)> = BTreeMap::new();
    let ranked = |f: &&Found| f.role == Role::Lock && f.precedence > 0;
    for file in found.iter().filter(ranked) {
        let Some(ecosystem) = file.ecosystem else { continue };
        let entry = best.entry((file.dir().to_string(), ecosystem)).or_default();
        if file.precedence > entry.0 {
            *entry = (file.precedence, file.path.clone());
        }
    }
    let loses = |file: &Found| {
        let winner = best.get(&(file.dir().to_string(), file.ecosystem?))?;
        (ranked(&file) && file.precedence < winner.0).then_some(winner.1.as_str())
    };
    // By path of a winner: the names in it, where a list of requirements beside it has to be held against them.
    let mut names: HashMap<&str, HashSet<String>> = found
        .iter()
        .filter(|f| f.extractor == "requirements")
        .filter_map(loses)
        .map(|w| (w, HashSet::new()))
        .collect();
    for file in &found {
        if let Some(names) = names.get_mut(file.path.as_str()) {
            names.extend(file.packages.iter().map(|p| p.purl.full_name()));
        }
    }
    let mut kept = Vec::with_capacity(found.len());
    for mut file in found {
        let Some(winner) = loses(&file) else {
            kept.push(file);
            continue;
        };
        let mut message = format!("not used: {winner} has precedence in this folder");
        if file.extractor == "requirements"
            && let Some(names) = names.get(winner)
        {
            let all = file.packages.len();
            retain(&mut file, |p| !p.first_party && !names.contains(&p.purl.full_name()));
            let left = file.packages.len();
            if left > 0 {
                message =
                    format!("{left} of {all} packages used: {winner} has precedence and knows the rest");
            }
        }
        joined.problems.push(Problem { path: file.path.clone(), line: None, message, loses: false });
        if file.packages.is_empty() || file.extractor != "requirements" {
            joined.problems.append(&mut file.problems);
        } else {
            kept.push(file);
        }
    }
    kept
}

/// Keeps some of the packages of a file, with the edges and keys among them.
fn retain(file: &mut Found, keep: impl Fn(&licit_model::FoundPackage) -> bool) {
    let mut places: Vec<Option<usize>> = Vec::with_capacity(file.packages.len());
    let mut next = 0;
    for package in &file.packages {
        let stays = keep(package);
        places.push(stays.then_some(next));
        next += usize::from(stays);
    }
    let place = |at: usize| places.get(at).copied().flatten();
    let edge = |e: &FoundEdge| Some(FoundEdge { from: place(e.from)?, to: place(e.to)?, ..*e });
    file.edges = file.edges.iter().filter_map(edge).collect();
    file.keys =
        std::mem::take(&mut file.keys).into_iter().filter_map(|(k, at)| Some((k, place(at)?))).collect();
    let mut at = 0;
    file.packages.retain(|_| {
        at += 1;
        place(at - 1).is_some()
    });
}

#[cfg(test)]
mod tests {
    use licit_model::{FoundPackage, GraphDepth, Purl, Scope};

    use super::*;

    fn file(path: &str, extractor: &'static str, precedence: u8, packages: &[&str]) -> Found {
        let mut found = Found::new(path, extractor);
        for name in packages {
            let at = found.package(FoundPackage::new(Purl::pypi(name, "1.0"), None));
            found.keys.push(((*name).to_string(), at));
        }
        found.lock(Ecosystem::Pypi, GraphDepth::Flat, "");
        found.precedence = precedence;
        found
    }

    #[test]
    fn a_list_of_requirements_adds_what_the_lock_does_not_know() {
        let mut requirements = file("a/requirements.txt", "requirements", 1, &["both", "mine", "more"]);
        requirements.edge(1, 2, Scope::Runtime);
        requirements.edge(0, 2, Scope::Runtime);
        let all = vec![
            file("a/pdm.lock", "pdm-lock", 3, &["both"]),
            file("a/pylock.toml", "pylock", 2, &["both", "old"]),
            requirements,
            file("b/requirements.txt", "requirements", 1, &["both"]),
        ];
        let mut joined = Joined::default();
        let kept = by_precedence(all, &mut joined);
        let names: Vec<Vec<&str>> =
            kept.iter().map(|f| f.packages.iter().map(|p| p.purl.name.as_str()).collect()).collect();
        assert_eq!(names, [vec!["both"], vec!["mine", "more"], vec!["both"]]);
        assert_eq!(kept[1].keys, [("mine".to_string(), 0), ("more".to_string(), 1)]);
        assert_eq!(kept[1].edges.iter().map(|e| (e.from, e.to)).collect::<Vec<_>>(), [(0, 1)]);
        let said: Vec<&str> = joined.problems.iter().map(|p| p.message.as_str()).collect();
        assert_eq!(
            said,
            [
                "not used: a/pdm.lock has precedence in this folder",
                "2 of 3 packages used: a/pdm.lock has precedence and knows the rest"
            ]
        );
    }
}
