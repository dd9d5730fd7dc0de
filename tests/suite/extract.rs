//! Every extractor on its fixtures, and on bytes that nobody meant.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use licit_inventory::extract::{EXTRACTORS, Extractor, File};
use licit_model::Found;
use licit_model::found::Role;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::snapshot::{matches_file, root};

fn fixtures(extractor: &dyn Extractor) -> PathBuf {
    root().join("fixtures/extract").join(extractor.name())
}

/// The inputs of one case: every file but the expectation, sorted.
fn inputs(case: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(case)
        .unwrap_or_else(|e| panic!("{}: {e}", case.display()))
        .map(|e| e.unwrap().path())
        .filter(|p| p.is_file() && p.file_name().unwrap() != "expected.txt")
        .collect();
    files.sort();
    files
}

fn read(extractor: &dyn Extractor, path: &str, bytes: &[u8]) -> Found {
    let mut found = Found::new(path, extractor.name());
    extractor.extract(&File::new(path, bytes), &mut found);
    found
}

#[test]
fn fixtures_give_what_is_expected() {
    for extractor in EXTRACTORS {
        let dir = fixtures(*extractor);
        let mut cases: Vec<PathBuf> = std::fs::read_dir(&dir)
            .unwrap_or_else(|e| panic!("{}: {e}", dir.display()))
            .map(|e| e.unwrap().path())
            .collect();
        cases.sort();
        for case in cases {
            let mut text = String::new();
            for file in inputs(&case) {
                let name = file.file_name().unwrap().to_str().unwrap().to_string();
                let found = read(*extractor, &name, &std::fs::read(&file).unwrap());
                check_sane(&found, &std::fs::read(&file).unwrap());
                writeln!(text, "# {name}").unwrap();
                describe(&found, &mut text);
            }
            matches_file(&case.join("expected.txt"), &text);
        }
    }
}

#[test]
fn good_broken_and_empty_files_behave() {
    for extractor in EXTRACTORS {
        for kind in ["good", "empty", "broken"] {
            let case = fixtures(*extractor).join(kind);
            let files = inputs(&case);
            assert!(!files.is_empty(), "{} has no input", case.display());
            for file in files {
                let name = file.file_name().unwrap().to_str().unwrap().to_string();
                let found = read(*extractor, &name, &std::fs::read(&file).unwrap());
                match kind {
                    "good" => {
                        assert_ne!(found.role, Role::Nothing, "{}", file.display());
                        assert!(
                            !found.problems.iter().any(|p| p.loses),
                            "{}: {:?}",
                            file.display(),
                            found.problems
                        );
                    }
                    "broken" => assert!(!found.problems.is_empty(), "{} is not noticed", file.display()),
                    _ => assert!(found.packages.is_empty(), "{} is empty", file.display()),
                }
            }
        }
    }
}

/// No panic, bounded time, and every line inside the file, whatever the bytes are.
#[test]
fn any_bytes_are_survived() {
    for extractor in EXTRACTORS {
        let good: Vec<(String, Vec<u8>)> = inputs(&fixtures(*extractor).join("good"))
            .into_iter()
            .map(|p| (p.file_name().unwrap().to_str().unwrap().to_string(), std::fs::read(p).unwrap()))
            .collect();
        let (name, seed) = good[0].clone();
        let mut runner =
            TestRunner::new(Config { cases: 96, failure_persistence: None, ..Config::default() });
        let strategy = (
            proptest::collection::vec(any::<u8>(), 0..400),
            any::<prop::sample::Index>(),
            any::<prop::sample::Index>(),
            0..5u8,
        );
        let result = runner.run(&strategy, |(noise, from, to, how)| {
            let bytes =
                damage(&seed, &noise, from.index(seed.len().max(1)), to.index(seed.len().max(1)), how);
            let started = Instant::now();
            let found = read(*extractor, &name, &bytes);
            prop_assert!(started.elapsed() < Duration::from_secs(5), "{} took too long", extractor.name());
            check_sane(&found, &bytes);
            Ok(())
        });
        if let Err(error) = result {
            panic!("{}: {error}", extractor.name());
        }
    }
}

/// Noise alone, a cut-off file, noise inside, a part repeated, a part removed.
fn damage(seed: &[u8], noise: &[u8], from: usize, to: usize, how: u8) -> Vec<u8> {
    let (low, high) = (from.min(to).min(seed.len()), from.max(to).min(seed.len()));
    match how {
        0 => noise.to_vec(),
        1 => seed[..low].to_vec(),
        2 => [&seed[..low], noise, &seed[high..]].concat(),
        3 => [&seed[..high], &seed[low..]].concat(),
        _ => [&seed[..low], &seed[high..]].concat(),
    }
}

/// Lines are inside the file, edges and keys lead to packages.
fn check_sane(found: &Found, bytes: &[u8]) {
    let lines = bytes.iter().filter(|b| **b == b'\n').count() as u32 + 1;
    let inside = |line: Option<u32>| line.is_none_or(|l| (1..=lines).contains(&l));
    for package in found.packages.iter().chain(found.manifest.as_ref().map(|m| &m.package)) {
        assert!(
            inside(package.line),
            "{}: {} at {:?} of {lines}",
            found.extractor,
            package.purl,
            package.line
        );
        assert!(package.licenses.iter().all(|l| inside(l.line)), "{}: {}", found.extractor, package.purl);
    }
    for requirement in found.manifest.iter().flat_map(|m| &m.requirements) {
        assert!(inside(requirement.line), "{}: {}", found.extractor, requirement.name);
    }
    for problem in &found.problems {
        assert!(
            inside(problem.line),
            "{}: {} at {:?} of {lines}",
            found.extractor,
            problem.message,
            problem.line
        );
    }
    let count = found.packages.len();
    assert!(
        found.edges.iter().all(|e| e.from < count && e.to < count),
        "{}: an edge leads nowhere",
        found.extractor
    );
    assert!(found.keys.iter().all(|(_, to)| *to < count), "{}: a key leads nowhere", found.extractor);
}

/// What was found, a line a fact.
fn describe(found: &Found, text: &mut String) {
    let line = |l: Option<u32>| l.map_or(String::new(), |l| format!(" :{l}"));
    writeln!(text, "role {:?}", found.role).unwrap();
    if let Some((graph, why)) = &found.graph {
        writeln!(text, "graph {graph:?}: {why}").unwrap();
    }
    let package = |p: &licit_model::FoundPackage| {
        let mut row = format!("{}{}", p.purl, line(p.line));
        if p.first_party {
            write!(row, " first-party").unwrap();
        }
        if let Some(dir) = &p.dir {
            write!(row, " dir={dir:?}").unwrap();
        }
        if let Some(scope) = p.scope {
            write!(row, " {}", scope.word()).unwrap();
        }
        if let Some(direct) = p.direct {
            write!(row, " direct={direct}").unwrap();
        }
        if let Some(path) = &p.install_path {
            write!(row, " at={path}").unwrap();
        }
        for license in &p.licenses {
            write!(row, " {:?}={:?}{}", license.kind, license.text, line(license.line)).unwrap();
        }
        for hash in &p.hashes {
            write!(row, " {}={}", hash.algorithm, &hash.hex.get(..8).unwrap_or(&hash.hex)).unwrap();
        }
        row
    };
    for p in &found.packages {
        writeln!(text, "package {}", package(p)).unwrap();
    }
    for edge in &found.edges {
        let name = |i: usize| found.packages[i].purl.to_string();
        writeln!(text, "edge {} -> {} {}", name(edge.from), name(edge.to), edge.scope.word()).unwrap();
    }
    for (key, to) in &found.keys {
        writeln!(text, "key {key} = {}", found.packages[*to].purl).unwrap();
    }
    if let Some(manifest) = &found.manifest {
        writeln!(text, "manifest {}", package(&manifest.package)).unwrap();
        for requirement in manifest.requirements.iter().chain(&manifest.workspace_requirements) {
            let alias = requirement.alias.as_ref().map_or(String::new(), |a| format!(" as {a}"));
            writeln!(
                text,
                "asks {}{alias} {:?} {}{}{}",
                requirement.name,
                requirement.range,
                requirement.scope.word(),
                line(requirement.line),
                if requirement.inherited { " inherited" } else { "" }
            )
            .unwrap();
        }
        for member in &manifest.workspace_members {
            writeln!(text, "member {member}").unwrap();
        }
    }
    for problem in &found.problems {
        let loses = if problem.loses { "lost" } else { "odd" };
        writeln!(text, "{loses}{}: {}", line(problem.line), problem.message.lines().next().unwrap_or(""))
            .unwrap();
    }
}
