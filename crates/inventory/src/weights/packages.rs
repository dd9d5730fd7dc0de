//! Weights inside installed packages: what the record of a Python distribution lists, and what lies in an npm package.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};

use licit_model::ai::ModelFacts;
use licit_model::{Ecosystem, Problem, Purl};
use rayon::prelude::*;

use super::{Job, kind, read_jobs};
use crate::installed::Caches;
use crate::walk::Walked;

/// Bytes of a record; that of the largest distributions has a few million.
const RECORD: u64 = 64 << 20;

/// Entries of one package's folder that are listed.
const ENTRIES: usize = 20_000;

/// Folders below a package.
const DEPTH: usize = 10;

/// Packages below each other in `node_modules`.
const NESTED: usize = 12;

/// Weight files of one package.
const FILES: usize = 512;

/// A weight file that an installed package ships.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shipped {
    /// Python's or npm's.
    pub ecosystem: Ecosystem,
    /// Name of the package, in its normal form.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What the file says; its place is its own path.
    pub facts: ModelFacts,
}

/// A package with the files in it that may hold weights.
struct Package {
    ecosystem: Ecosystem,
    name: String,
    version: String,
    jobs: Vec<Job>,
}

/// Finds the weight files in the copies of packages of a tree, and in those that the caller names.
pub fn in_packages(root: &Path, walked: &Walked, caches: &Caches) -> (Vec<Shipped>, Vec<Problem>) {
    let in_tree = walked.site_packages.iter().map(|s| (root.join(s), s.clone()));
    let outside = caches.site_packages.iter().map(|s| (s.clone(), "$VIRTUAL_ENV/site-packages".to_string()));
    let python: Vec<(PathBuf, String)> = in_tree.chain(outside).collect();
    let mut packages: Vec<Package> =
        python.iter().flat_map(|(full, shown)| distributions(full, shown)).collect();
    let mut npm = Vec::new();
    for folder in &walked.node_modules {
        modules(&root.join(folder), folder, NESTED, &mut npm);
    }
    packages
        .extend(npm.into_par_iter().filter_map(|(full, shown)| module(&full, &shown)).collect::<Vec<_>>());
    let mut shipped = Vec::new();
    let mut problems = Vec::new();
    for mut package in packages {
        package.jobs.sort_by(|a, b| (&a.path, a.kind).cmp(&(&b.path, b.kind)));
        package.jobs.dedup_by(|b, a| (&a.path, a.kind) == (&b.path, b.kind));
        package.jobs.truncate(FILES);
        let (all, lost) = read_jobs(&package.jobs);
        problems.extend(lost);
        shipped.extend(all.into_iter().map(|mut facts| {
            facts.place = facts.path.clone();
            Shipped {
                ecosystem: package.ecosystem,
                name: package.name.clone(),
                version: package.version.clone(),
                facts,
            }
        }));
    }
    shipped.sort_by(|a, b| (&a.facts.path, &a.name).cmp(&(&b.facts.path, &b.name)));
    shipped.dedup();
    problems.sort();
    problems.dedup();
    (shipped, problems)
}

/// Whether a name in a package is that of weights. Configurations and READMEs of packages speak of the package.
fn wanted(path: &str, beside: &dyn Fn(&str) -> bool) -> Option<kind::Kind> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let described = name == "meta.json" || name == "model.json" || name.ends_with("weights_manifest.json");
    kind::of(path, beside).filter(|k| k.weights() || described)
}

fn distributions(full: &Path, shown: &str) -> Vec<Package> {
    let mut names: Vec<String> = std::fs::read_dir(full)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|e| e.file_name().into_string().ok())
        .filter(|n| n.ends_with(".dist-info") || n.ends_with(".egg-info"))
        .collect();
    names.sort();
    let site = full.canonicalize().unwrap_or_else(|_| full.to_path_buf());
    names.par_iter().filter_map(|name| distribution(full, &site, shown, name)).collect()
}

fn distribution(full: &Path, site: &Path, shown: &str, folder: &str) -> Option<Package> {
    let stem = folder.strip_suffix(".dist-info").or_else(|| folder.strip_suffix(".egg-info"))?;
    let mut parts = stem.splitn(3, '-');
    let project = parts.next().filter(|p| !p.is_empty())?;
    let version = parts.next().unwrap_or_default().to_string();
    let rows = rows(&full.join(folder), folder);
    let set: std::collections::HashSet<&str> = rows.iter().map(String::as_str).collect();
    let mut jobs = Vec::new();
    for row in &rows {
        let Some(kind) = wanted(row, &|other| set.contains(other)) else { continue };
        let path = full.join(row);
        // A link on the way could lead out of the folder.
        if path.canonicalize().is_ok_and(|p| p.starts_with(site)) {
            jobs.push(Job::new(format!("{shown}/{row}"), path, kind));
        }
    }
    let name = Purl::pypi(project, "").name;
    (!jobs.is_empty()).then_some(Package { ecosystem: Ecosystem::Pypi, name, version, jobs })
}

/// Files of a distribution, relative to the folder of distributions.
fn rows(info: &Path, folder: &str) -> Vec<String> {
    let open = |name: &str| {
        let path = info.join(name);
        let plain = std::fs::symlink_metadata(&path).is_ok_and(|m| m.is_file());
        plain.then(|| std::fs::File::open(path).ok()).flatten()
    };
    let fits = |row: &str| !row.starts_with('/') && !row.contains('\\') && !row.split('/').any(|p| p == "..");
    let mut found = Vec::new();
    if let Some(file) = open("RECORD") {
        for line in BufReader::new(file.take(RECORD)).split(b'\n').map_while(Result::ok) {
            let Ok(line) = String::from_utf8(line) else { continue };
            // Names with commas stand in quotes.
            let row = match line.strip_prefix('"') {
                Some(rest) => rest.split('"').next().unwrap_or_default(),
                None => line.split(',').next().unwrap_or_default(),
            };
            let row = row.replace('\\', "/");
            if fits(&row) {
                found.push(row);
            }
        }
    } else if let Some(file) = open("installed-files.txt") {
        // Relative to the folder of the metadata, one step down.
        for line in BufReader::new(file.take(RECORD)).lines().map_while(Result::ok) {
            let row = line.strip_prefix("../").map_or_else(|| format!("{folder}/{line}"), str::to_string);
            if fits(&row) {
                found.push(row);
            }
        }
    }
    found
}

/// All packages of a `node_modules` folder, those with an owner, in pnpm's store and nested ones too.
fn modules(full: &Path, shown: &str, depth: usize, found: &mut Vec<(PathBuf, String)>) {
    for name in folders(full) {
        let (inner, shown) = (full.join(&name), format!("{shown}/{name}"));
        let packages: Vec<(PathBuf, String)> = if name.starts_with('@') {
            folders(&inner).into_iter().map(|n| (inner.join(&n), format!("{shown}/{n}"))).collect()
        } else if name == ".pnpm" && depth > 0 {
            for stored in folders(&inner) {
                let below = inner.join(&stored).join("node_modules");
                modules(&below, &format!("{shown}/{stored}/node_modules"), 0, found);
            }
            continue;
        } else if name.starts_with('.') {
            continue;
        } else {
            vec![(inner, shown)]
        };
        for (full, shown) in packages {
            let nested = full.join("node_modules");
            if depth > 0 && std::fs::symlink_metadata(&nested).is_ok_and(|m| m.is_dir()) {
                modules(&nested, &format!("{shown}/node_modules"), depth - 1, found);
            }
            found.push((full, shown));
        }
    }
}

fn folders(path: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
    let folders = entries.filter(|e| e.file_type().is_ok_and(|t| t.is_dir()));
    let mut names: Vec<String> = folders.filter_map(|e| e.file_name().into_string().ok()).collect();
    names.sort();
    names
}

fn module(full: &Path, shown: &str) -> Option<Package> {
    let mut files = Vec::new();
    list(full, "", DEPTH, &mut files);
    let set: std::collections::HashSet<&str> = files.iter().map(String::as_str).collect();
    let jobs: Vec<Job> = files
        .iter()
        .filter_map(|f| {
            Some(Job::new(format!("{shown}/{f}"), full.join(f), wanted(f, &|o| set.contains(o))?))
        })
        .collect();
    if jobs.is_empty() {
        return None;
    }
    let mut text = Vec::new();
    std::fs::File::open(full.join("package.json")).ok()?.take(4 << 20).read_to_end(&mut text).ok()?;
    let manifest: serde_json::Value = serde_json::from_slice(&text).ok()?;
    let of =
        |key: &str| manifest.get(key).and_then(serde_json::Value::as_str).unwrap_or_default().to_string();
    let (name, version) = (of("name"), of("version"));
    (!name.is_empty()).then_some(Package { ecosystem: Ecosystem::Npm, name, version, jobs })
}

fn list(full: &Path, below: &str, depth: usize, found: &mut Vec<String>) {
    let entries = std::fs::read_dir(full).into_iter().flatten().flatten();
    for entry in entries {
        let (Ok(kind), Ok(name)) = (entry.file_type(), entry.file_name().into_string()) else { continue };
        if found.len() >= ENTRIES {
            return;
        }
        let path = if below.is_empty() { name.clone() } else { format!("{below}/{name}") };
        if kind.is_file() {
            found.push(path);
        } else if kind.is_dir() && depth > 0 && name != "node_modules" {
            list(&entry.path(), &path, depth - 1, found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Scratch, gguf_bytes, safetensors_bytes};
    use super::*;

    #[test]
    fn weights_of_distributions_and_modules() {
        let dir = Scratch::new("packages");
        let put = |path: &str, bytes: &[u8]| drop(dir.put(path, bytes));
        put(
            "env/lib/python3/site-packages/Tiny_Vad-1.2.dist-info/RECORD",
            b"tiny/a.gguf,sha256=x,1\n\"tiny/b,c.gguf\",,\n../../../bin/tiny.gguf,,\ntiny/__init__.py,,\n",
        );
        put("env/lib/python3/site-packages/tiny/a.gguf", &gguf_bytes(3, false));
        put("env/lib/python3/site-packages/tiny/b,c.gguf", &gguf_bytes(3, false));
        put("env/lib/python3/site-packages/tiny/not-listed.gguf", &gguf_bytes(3, false));
        put("env/bin/tiny.gguf", &gguf_bytes(3, false));
        put("node_modules/@own/net/package.json", br#"{"name":"@own/net","version":"2.0.0"}"#);
        put("node_modules/@own/net/dist/model.safetensors", &safetensors_bytes("{}"));
        put("node_modules/plain/package.json", br#"{"name":"plain","version":"1.0.0"}"#);
        put("node_modules/plain/node_modules/in/package.json", br#"{"name":"in","version":"3.0.0"}"#);
        put("node_modules/plain/node_modules/in/m.safetensors", &safetensors_bytes("{}"));
        let walked = Walked {
            node_modules: vec!["node_modules".to_string()],
            site_packages: vec!["env/lib/python3/site-packages".to_string()],
            ..Walked::default()
        };
        let (shipped, problems) = in_packages(dir.path(), &walked, &Caches::default());
        assert_eq!(problems, []);
        let said: Vec<String> =
            shipped.iter().map(|s| format!("{} {} {}", s.name, s.version, s.facts.path)).collect();
        assert_eq!(
            said,
            [
                "tiny-vad 1.2 env/lib/python3/site-packages/tiny/a.gguf",
                "tiny-vad 1.2 env/lib/python3/site-packages/tiny/b,c.gguf",
                "@own/net 2.0.0 node_modules/@own/net/dist/model.safetensors",
                "in 3.0.0 node_modules/plain/node_modules/in/m.safetensors",
            ]
        );
        assert!(shipped.iter().all(|s| s.facts.place == s.facts.path));
    }
}
