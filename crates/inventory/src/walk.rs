//! Lists a tree once for everybody: files that an extractor reads, license files, and the folders in which
//! installed or vendored copies lie.
//!
//! Links are not followed, so there are no loops and no path leaves the root. What cannot be listed becomes a
//! problem and the walk goes on.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use globset::{Glob, GlobSet, GlobSetBuilder};
use licit_model::Problem;
use walkdir::{DirEntry, WalkDir};

use crate::extract::EXTRACTORS;

/// How much of a tree is listed before the walk stops and says so.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Folders below each other.
    pub depth: usize,
    /// Entries of any kind.
    pub entries: usize,
    /// Bytes of one file that an extractor reads.
    pub file_bytes: u64,
    /// Whether every file is remembered, so that its head can be read for licenses.
    pub every_file: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { depth: 128, entries: 5_000_000, file_bytes: 128 << 20, every_file: false }
    }
}

/// A file that an extractor reads.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Listed {
    /// Relative to the root, `/`-separated, replacement characters where a name is not UTF-8.
    pub path: String,
    /// As the operating system knows it.
    pub full: PathBuf,
    /// Indices into [`EXTRACTORS`].
    pub extractors: Vec<usize>,
}

/// What the walk saw.
#[derive(Debug, Clone, Default)]
pub struct Walked {
    /// Sorted by path.
    pub files: Vec<Listed>,
    /// By folder (relative, `""` for the root): names of files that look like a license text, sorted.
    pub license_files: BTreeMap<String, Vec<String>>,
    /// `node_modules` folders, relative, sorted; not listed any deeper.
    pub node_modules: Vec<String>,
    /// `vendor` folders beside a manifest, relative, sorted; not listed any deeper.
    pub vendored: Vec<String>,
    /// Python `site-packages` folders, relative, sorted; not listed any deeper.
    pub site_packages: Vec<String>,
    /// Every file, where that was asked for: the path below the root and as the operating system knows it.
    pub every: Vec<(String, PathBuf)>,
    /// Files seen, of every kind.
    pub seen: usize,
    /// What could not be listed.
    pub problems: Vec<Problem>,
}

/// Folders of version control systems and of caches that hold nothing of the product.
const SKIPPED: &[&str] =
    &[".git", ".hg", ".svn", ".bzr", ".jj", "_darcs", "CVS", "__pycache__", ".tox", ".nox", ".mypy_cache"];

/// Beside one of these a folder `vendor` holds copies of other people's packages.
const VENDORING: &[&str] = &["go.mod", "Cargo.toml", "composer.json", "Gemfile"];

/// Lists everything below `root`; `tick` is told now and then how many files were seen.
pub fn walk(root: &Path, limits: &Limits, tick: &dyn Fn(usize)) -> Walked {
    let patterns = Patterns::new();
    let mut walked = Walked::default();
    let mut entries = 0usize;
    let mut iterator = WalkDir::new(root).follow_links(false).max_depth(limits.depth).into_iter();
    while let Some(step) = iterator.next() {
        let entry = match step {
            Ok(entry) => entry,
            Err(error) => {
                walked.problems.push(unlisted(root, &error));
                continue;
            }
        };
        entries += 1;
        if entries > limits.entries {
            walked.problems.push(Problem {
                path: String::new(),
                line: None,
                message: format!(
                    "stopped after {} entries; scan parts of the tree, or raise --max-entries",
                    limits.entries
                ),
                loses: true,
            });
            break;
        }
        let Some(path) = relative(root, entry.path(), &mut walked.problems) else { continue };
        let kind = entry.file_type();
        if kind.is_dir() {
            if entry.depth() > 0 && skip(&entry, &path, &patterns, &mut walked) {
                iterator.skip_current_dir();
            } else if entry.depth() == limits.depth {
                walked.problems.push(Problem {
                    path,
                    line: None,
                    message: format!(
                        "folders below this one were not listed: {} levels is the limit",
                        limits.depth
                    ),
                    loses: true,
                });
            }
            continue;
        }
        walked.seen += 1;
        if walked.seen % 1024 == 0 {
            tick(walked.seen);
        }
        if kind.is_symlink() {
            follow_not(root, &entry, &path, &patterns, &mut walked.problems);
            continue;
        }
        let name = path.rsplit('/').next().unwrap_or(&path);
        if is_license_name(name) {
            let dir = path.rsplit_once('/').map_or("", |(dir, _)| dir);
            walked.license_files.entry(dir.to_string()).or_default().push(name.to_string());
        }
        if limits.every_file && kind.is_file() {
            walked.every.push((path.clone(), entry.path().to_path_buf()));
        }
        let extractors = patterns.matching(name, &path);
        if !extractors.is_empty() && kind.is_file() {
            walked.files.push(Listed { path, full: entry.into_path(), extractors });
        }
    }
    walked.files.sort();
    walked.every.sort();
    walked.license_files.values_mut().for_each(|names| names.sort());
    walked.node_modules.sort();
    walked.vendored.sort();
    walked.site_packages.sort();
    tick(walked.seen);
    walked
}

/// Whether some extractor reads a file of that name.
pub fn is_read(name: &str) -> bool {
    !Patterns::new().matching(name, name).is_empty()
}

/// Whether a folder is not listed any deeper; remembers what it is good for.
fn skip(entry: &DirEntry, path: &str, patterns: &Patterns, walked: &mut Walked) -> bool {
    let name = entry.file_name();
    let beside = |file: &&str| entry.path().parent().is_some_and(|p| p.join(file).is_file());
    if SKIPPED.iter().any(|s| name == OsStr::new(s)) {
        return true;
    }
    if name == "node_modules" {
        walked.node_modules.push(path.to_string());
        return true;
    }
    // A virtual environment: only its installed copies matter, not what else was checked out in it.
    if entry.path().join("pyvenv.cfg").is_file() {
        let libraries = ["lib", "lib64", "Lib"].iter().flat_map(|l| {
            let inner = std::fs::read_dir(entry.path().join(l)).into_iter().flatten().flatten();
            let versions =
                inner.filter_map(|e| e.file_name().into_string().ok()).map(move |v| format!("{l}/{v}"));
            versions.chain([(*l).to_string()])
        });
        let found = libraries.map(|l| format!("{l}/site-packages")).filter(|l| entry.path().join(l).is_dir());
        walked.site_packages.extend(found.map(|l| format!("{path}/{l}")));
        return true;
    }
    if name == "site-packages" || name == "dist-packages" {
        walked.site_packages.push(path.to_string());
        return true;
    }
    // Composer keeps a record of what it put there, which is as good as a lockfile.
    let record = entry.path().join("composer/installed.json");
    let plain = |p: &Path, is: fn(&std::fs::FileType) -> bool| {
        std::fs::symlink_metadata(p).is_ok_and(|m| is(&m.file_type()))
    };
    let composer = name == "vendor"
        && plain(&entry.path().join("composer"), std::fs::FileType::is_dir)
        && plain(&record, std::fs::FileType::is_file);
    if composer {
        let path = format!("{path}/composer/installed.json");
        let extractors = patterns.matching("installed.json", &path);
        walked.files.push(Listed { path, full: record, extractors });
    }
    if composer || (name == "vendor" && VENDORING.iter().any(&beside)) {
        walked.vendored.push(path.to_string());
        return true;
    }
    // Build output of cargo: its copies of manifests are not the project's.
    name == "target" && (beside(&"Cargo.toml") || entry.path().join("CACHEDIR.TAG").is_file())
}

/// A link is not followed. One that would have been read is worth a word where its target is not in the tree.
fn follow_not(root: &Path, entry: &DirEntry, path: &str, patterns: &Patterns, problems: &mut Vec<Problem>) {
    let name = path.rsplit('/').next().unwrap_or(path);
    if patterns.matching(name, path).is_empty() {
        return;
    }
    let message = match (entry.path().canonicalize(), root.canonicalize()) {
        (Ok(target), Ok(root)) if target.starts_with(&root) => return,
        (Ok(_), _) => "a link that leads out of the scanned tree; it was not followed".to_string(),
        (Err(error), _) => format!("a link that cannot be followed: {error}"),
    };
    problems.push(Problem { path: path.to_string(), line: None, message, loses: true });
}

/// The path below the root with `/`; notes names that are not UTF-8.
fn relative(root: &Path, full: &Path, problems: &mut Vec<Problem>) -> Option<String> {
    let below = full.strip_prefix(root).ok()?;
    let mut path = String::with_capacity(below.as_os_str().len());
    let mut odd = false;
    for part in below.components() {
        if !path.is_empty() {
            path.push('/');
        }
        match part.as_os_str().to_str() {
            Some(part) => path.push_str(part),
            None => {
                odd = true;
                path.push_str(&part.as_os_str().to_string_lossy());
            }
        }
    }
    // Said once, at the entry whose own name it is, and not again for everything below.
    if odd && full.file_name().is_some_and(|n| n.to_str().is_none()) {
        problems.push(Problem {
            path: path.clone(),
            line: None,
            message: "the name is not UTF-8; it is shown with replacement characters".to_string(),
            loses: false,
        });
    }
    Some(path)
}

fn unlisted(root: &Path, error: &walkdir::Error) -> Problem {
    let path = error.path().and_then(|p| p.strip_prefix(root).ok()).unwrap_or(Path::new(""));
    let reason = error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
    Problem {
        path: path.to_string_lossy().replace('\\', "/"),
        line: None,
        message: format!("could not be listed: {reason}"),
        loses: true,
    }
}

/// Whether a file's name says that it holds a license: `LICENSE`, `LICENCE-MIT`, `COPYING.LESSER`, `MIT-LICENSE` …
pub fn is_license_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let (stem, extension) = lower.rsplit_once('.').unwrap_or((&lower, ""));
    let text = matches!(extension, "" | "txt" | "md" | "markdown" | "rst" | "html" | "htm" | "adoc");
    let begins = ["license", "licence", "copying", "unlicense"].iter().any(|w| lower.starts_with(w));
    let code = matches!(
        extension,
        "spdx"
            | "rs"
            | "py"
            | "js"
            | "ts"
            | "go"
            | "json"
            | "toml"
            | "yaml"
            | "yml"
            | "c"
            | "h"
            | "java"
            | "rb"
            | "tsx"
    );
    (begins && !code)
        || (text && (stem.ends_with("-license") || stem.ends_with("_license") || stem == "eula"))
}

/// All extractors' patterns, compiled.
struct Patterns {
    set: GlobSet,
    /// By pattern: extractor, and whether the pattern is on the name alone.
    owners: Vec<(usize, bool)>,
}

impl Patterns {
    fn new() -> Self {
        let mut builder = GlobSetBuilder::new();
        let mut owners = Vec::new();
        for (index, extractor) in EXTRACTORS.iter().enumerate() {
            for pattern in extractor.files() {
                let on_name = !pattern.contains('/');
                // A pattern on the path holds at any depth.
                let pattern = if on_name { (*pattern).to_string() } else { format!("**/{pattern}") };
                // The patterns are constants, and a test compiles them all.
                if let Ok(glob) = Glob::new(&pattern) {
                    builder.add(glob);
                    owners.push((index, on_name));
                }
            }
        }
        Patterns { set: builder.build().unwrap_or_else(|_| GlobSet::empty()), owners }
    }

    fn matching(&self, name: &str, path: &str) -> Vec<usize> {
        let mut found: Vec<usize> = Vec::new();
        let on_name = self.set.matches(name).into_iter().filter(|&i| self.owners[i].1);
        let on_path = self.set.matches(path).into_iter().filter(|&i| !self.owners[i].1);
        for index in on_name.chain(on_path).map(|i| self.owners[i].0) {
            if !found.contains(&index) {
                found.push(index);
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles_and_finds_its_file() {
        let patterns = Patterns::new();
        let count: usize = EXTRACTORS.iter().map(|e| e.files().len()).sum();
        assert_eq!(patterns.owners.len(), count);
        let name_of = |i: &usize| EXTRACTORS[*i].name();
        let hits: Vec<_> = patterns.matching("Cargo.lock", "a/b/Cargo.lock").iter().map(name_of).collect();
        assert_eq!(hits, ["cargo-lock"]);
        assert!(patterns.matching("cargo.locks", "cargo.locks").is_empty());
    }

    #[test]
    fn license_names() {
        for name in [
            "LICENSE",
            "LICENSE-MIT",
            "license.txt",
            "COPYING.LESSER",
            "UNLICENSE",
            "MIT-LICENSE.txt",
            "LICENCE.md",
        ] {
            assert!(is_license_name(name), "{name}");
        }
        for name in ["license.rs", "licenses.json", "main.rs", "relicense.md"] {
            assert!(!is_license_name(name), "{name}");
        }
    }
}
