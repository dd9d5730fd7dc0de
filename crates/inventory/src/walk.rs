//! Lists a tree once for everybody: files that an extractor reads, license files, and the folders in which
//! installed or vendored copies lie.
//!
//! Links are not followed, so there are no loops and no path leaves the root. What cannot be listed becomes a
//! problem and the walk goes on.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use licit_model::Problem;
use rayon::Scope;
use rayon::prelude::*;
use walkdir::WalkDir;

use crate::extract::EXTRACTORS;
use crate::installed::readme_rank;
use crate::tree::{self, Sort, Spot, Step, Steps};

mod patterns;

use patterns::Patterns;

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
#[derive(Debug, Clone)]
pub struct Listed {
    /// Relative to the root, `/`-separated, replacement characters where a name is not UTF-8.
    pub path: String,
    /// Where its bytes are.
    pub spot: Spot,
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
    /// Folders in stores of Nix, relative, sorted.
    pub stored: Vec<String>,
    /// Every file, where that was asked for: the path below the root and as the operating system knows it.
    pub every: Vec<(String, PathBuf)>,
    /// The same of a tree that lies in no folder.
    pub every_held: Vec<(String, Spot)>,
    /// Archives in the tree by the folder that stands for them, such as `lib/a.jar!`.
    pub archives: BTreeMap<String, Spot>,
    /// Files seen, of every kind.
    pub seen: usize,
    /// What could not be listed.
    pub problems: Vec<Problem>,
}

impl Walked {
    /// Takes in what was seen elsewhere in the tree.
    fn add(&mut self, other: Walked) {
        self.files.extend(other.files);
        self.license_files.extend(other.license_files);
        self.node_modules.extend(other.node_modules);
        self.vendored.extend(other.vendored);
        self.site_packages.extend(other.site_packages);
        self.every.extend(other.every);
        self.every_held.extend(other.every_held);
        self.archives.extend(other.archives);
        self.seen += other.seen;
        self.problems.extend(other.problems);
    }
}

/// Folders of version control systems and of caches that hold nothing of the product.
const SKIPPED: &[&str] =
    &[".git", ".hg", ".svn", ".bzr", ".jj", "_darcs", "CVS", "__pycache__", ".tox", ".nox", ".mypy_cache"];

/// Beside one of these a folder `vendor` holds copies of other people's packages.
const VENDORING: &[&str] = &["go.mod", "Cargo.toml", "composer.json", "Gemfile"];

/// Lists everything below a folder on disk; `tick` is told now and then how many files were seen.
pub fn walk(root: &Path, limits: &Limits, tick: &(dyn Fn(usize) + Sync)) -> Walked {
    walk_tree(&Spot::from(root), &Wanted::new(), limits, tick)
}

/// Lists everything below `root`, and what is in the archives there.
pub fn walk_tree(root: &Spot, wanted: &Wanted, limits: &Limits, tick: &(dyn Fn(usize) + Sync)) -> Walked {
    let mut walked = Walked::default();
    let libraries = list(root, wanted, limits, tick, &mut walked);
    open_libraries(&libraries, wanted, limits, &mut walked);
    walked.files.par_sort_by(|a, b| a.path.cmp(&b.path));
    walked.every.par_sort();
    walked.every_held.sort_by(|a, b| a.0.cmp(&b.0));
    walked.license_files.values_mut().for_each(|names| names.sort());
    walked.node_modules.sort();
    walked.vendored.sort();
    walked.site_packages.sort();
    walked.stored.sort();
    tick(walked.seen);
    walked
}

/// Archives in a tree that were not opened with it.
type Libraries = Vec<(String, Spot)>;

/// Lists a tree, and gives the archives in it that were not opened with it.
fn list(
    root: &Spot,
    wanted: &Wanted,
    limits: &Limits,
    tick: &(dyn Fn(usize) + Sync),
    walked: &mut Walked,
) -> Libraries {
    if let (Spot::Disk(folder), 1..) = (root, limits.depth) {
        let every = Folders { root, wanted, limits, tick, count: AtomicUsize::new(1), all: Mutex::default() };
        rayon::scope(|scope| every.list(folder.clone(), String::new(), 0, scope));
        // Which entries come before a limit must not depend on who was first.
        if every.count.into_inner() <= limits.entries {
            let (found, mut libraries) = every.all.into_inner().unwrap_or_else(PoisonError::into_inner);
            libraries.sort_by(|a, b| a.0.cmp(&b.0));
            *walked = found;
            return libraries;
        }
    }
    let mut libraries = Vec::new();
    let mut entries = 0usize;
    let mut steps = Steps::new(root, limits.depth);
    while let Some(step) = steps.next() {
        let step = match step {
            Ok(step) => step,
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
        let Some(path) = relative(root, &step, &mut walked.problems) else { continue };
        if step.sort() == Sort::Folder {
            let folder = spot(root, &step, &path);
            if step.depth() > 0
                && (skip(&folder, root, &path, &wanted.patterns, walked)
                    || (folder.join(ENVIRONMENT).is_file() && environment(&folder, root, &path, walked)))
            {
                steps.skip();
            } else if step.depth() == limits.depth {
                walked.problems.push(too_deep(path, limits));
            }
            continue;
        }
        walked.seen += 1;
        if walked.seen.is_multiple_of(1024) {
            tick(walked.seen);
        }
        file(root, wanted, limits, &step, path, walked, &mut libraries);
    }
    libraries
}

/// Lists the folders of a tree on disk, several at a time.
struct Folders<'a> {
    root: &'a Spot,
    wanted: &'a Wanted,
    limits: &'a Limits,
    tick: &'a (dyn Fn(usize) + Sync),
    /// Entries of any kind that were seen so far, the root among them.
    count: AtomicUsize,
    all: Mutex<(Walked, Libraries)>,
}

impl<'a> Folders<'a> {
    /// Lists one folder, which lies so many folders below the root, and has those in it listed.
    fn list<'s>(&'s self, folder: PathBuf, path: String, depth: usize, scope: &Scope<'s>) {
        let &Folders { root, wanted, limits, .. } = self;
        let (mut walked, mut libraries) = (Walked::default(), Vec::new());
        let entries = WalkDir::new(&folder).follow_links(false).min_depth(1).max_depth(1);
        let entries: Vec<_> = entries.into_iter().collect();
        let named = |e: &Result<walkdir::DirEntry, _>| e.as_ref().is_ok_and(|e| e.file_name() == ENVIRONMENT);
        let own = depth > 0 && entries.iter().any(named);
        let skipped = own && {
            let at = Spot::Disk(folder.clone());
            at.join(ENVIRONMENT).is_file() && environment(&at, root, &path, &mut walked)
        };
        if !skipped {
            let count = self.count.fetch_add(entries.len(), Ordering::Relaxed) + entries.len();
            // What is too much is listed again, in order.
            if count > limits.entries {
                return;
            }
            for entry in entries {
                let entry = match entry {
                    Ok(entry) => entry,
                    Err(error) => {
                        walked.problems.push(unlisted(root, &error));
                        continue;
                    }
                };
                let name = name_of(&entry, &path, &mut walked.problems);
                let step = Step::Disk(entry);
                if step.sort() != Sort::Folder {
                    walked.seen += 1;
                    file(root, wanted, limits, &step, name, &mut walked, &mut libraries);
                    continue;
                }
                let inner = spot(root, &step, &name);
                if skip(&inner, root, &name, &wanted.patterns, &mut walked) {
                    continue;
                }
                if depth + 1 == limits.depth {
                    walked.problems.push(too_deep(name, limits));
                } else if let Spot::Disk(inner) = inner {
                    scope.spawn(move |scope| self.list(inner, name, depth + 1, scope));
                }
            }
        }
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let before = all.0.seen;
        all.0.add(walked);
        all.1.append(&mut libraries);
        if before / 1024 != all.0.seen / 1024 {
            (self.tick)(all.0.seen);
        }
    }
}

/// The path below the root of an entry of a folder; notes a name that is not UTF-8.
fn name_of(entry: &walkdir::DirEntry, folder: &str, problems: &mut Vec<Problem>) -> String {
    let name = entry.file_name().to_string_lossy();
    let path = if folder.is_empty() { name.to_string() } else { format!("{folder}/{name}") };
    if entry.file_name().to_str().is_none() {
        problems.push(not_utf8(&path));
    }
    path
}

/// Takes one entry that is no folder.
fn file(
    root: &Spot,
    wanted: &Wanted,
    limits: &Limits,
    step: &Step,
    path: String,
    walked: &mut Walked,
    libraries: &mut Libraries,
) {
    let (patterns, sort) = (&wanted.patterns, step.sort());
    if sort == Sort::Link {
        return follow_not(root, step, &path, patterns, &mut walked.problems);
    }
    let name = path.rsplit('/').next().unwrap_or(&path);
    if is_license_name(name) {
        let dir = path.rsplit_once('/').map_or("", |(dir, _)| dir);
        walked.license_files.entry(dir.to_string()).or_default().push(name.to_string());
    }
    if sort != Sort::File {
        return;
    }
    if limits.every_file {
        match spot(root, step, &path) {
            Spot::Disk(full) => walked.every.push((path.clone(), full)),
            held => walked.every_held.push((path.clone(), held)),
        }
    }
    let mut extractors = patterns.matching(name, &path);
    if extractors.is_empty() && wanted.may_run(name, step.executable()) {
        extractors = sniffed(&spot(root, step, &path), wanted);
    }
    if !step.opened() && tree::is_library(name) {
        libraries.push((path.clone(), spot(root, step, &path)));
    }
    if !extractors.is_empty() {
        let spot = spot(root, step, &path);
        walked.files.push(Listed { path, spot, extractors });
    }
}

fn too_deep(path: String, limits: &Limits) -> Problem {
    let message = format!("folders below this one were not listed: {} levels is the limit", limits.depth);
    Problem { path, line: None, message, loses: true }
}

/// Lists what is in the archives of a tree.
fn open_libraries(libraries: &[(String, Spot)], wanted: &Wanted, limits: &Limits, walked: &mut Walked) {
    let opened: Vec<Walked> = libraries
        .par_iter()
        .map(|(path, spot)| {
            let mut inner = Walked::default();
            match tree::open_library(spot, path, limits, wanted) {
                Ok(Some((root, archives, problems))) => {
                    list(&root, wanted, limits, &|_| {}, &mut inner);
                    inner.archives.extend(archives.into_iter().map(|at| (at.clone(), root.join(at))));
                    inner.problems.extend(problems);
                }
                Ok(None) => {}
                Err(message) => {
                    inner.problems.push(Problem { path: path.clone(), line: None, message, loses: true });
                }
            }
            inner
        })
        .collect();
    opened.into_iter().for_each(|inner| walked.add(inner));
}

/// Where an entry is.
fn spot(root: &Spot, step: &Step, path: &str) -> Spot {
    match step {
        Step::Disk(entry) => Spot::Disk(entry.path().to_path_buf()),
        Step::Held(..) => root.join(path),
    }
}

/// The extractors that know a file by its first bytes.
fn sniffed(spot: &Spot, wanted: &Wanted) -> Vec<usize> {
    if let Some(read) = spot.read_before() {
        let by_name = |name: &str| EXTRACTORS.iter().position(|e| e.name() == name);
        return read.iter().filter_map(|found| by_name(found.extractor)).collect();
    }
    spot.bytes(MAGIC).map(|head| wanted.magic(&head)).unwrap_or_default()
}

/// First bytes of a file that say what it is.
const MAGIC: usize = 16;

/// Whether a folder is not listed any deeper; remembers what it is good for.
fn skip(folder: &Spot, root: &Spot, path: &str, patterns: &Patterns, walked: &mut Walked) -> bool {
    let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
    let beside = |file: &&str| root.join(parent).join(file).is_file();
    if SKIPPED.contains(&name) {
        return true;
    }
    if parent == "nix/store" || parent.ends_with("/nix/store") {
        walked.stored.push(path.to_string());
    }
    // What is installed in an image is all that there is of it.
    let system = root.is_system();
    if name == "node_modules" {
        walked.node_modules.push(path.to_string());
        return !system;
    }
    if name == "site-packages" || name == "dist-packages" {
        walked.site_packages.push(path.to_string());
        return !system;
    }
    // Composer keeps a record of what it put there, which is as good as a lockfile.
    let record = folder.join("composer/installed.json");
    let composer = name == "vendor" && folder.join("composer").is_plain_dir() && record.is_plain_file();
    if composer {
        let path = format!("{path}/composer/installed.json");
        let extractors = patterns.matching("installed.json", &path);
        walked.files.push(Listed { path, spot: record, extractors });
    }
    // The same for what Go copied there.
    let modules = folder.join("modules.txt");
    if name == "vendor" && beside(&"go.mod") && folder.is_plain_dir() && modules.is_plain_file() {
        let path = format!("{path}/modules.txt");
        let extractors = patterns.matching("modules.txt", &path);
        walked.files.push(Listed { path, spot: modules, extractors });
    }
    if composer || (name == "vendor" && VENDORING.iter().any(&beside)) {
        walked.vendored.push(path.to_string());
        return true;
    }
    // Build output of cargo: its copies of manifests are not the project's.
    name == "target" && (beside(&"Cargo.toml") || folder.join("CACHEDIR.TAG").is_file())
}

/// The file that makes a folder a virtual environment of Python.
const ENVIRONMENT: &str = "pyvenv.cfg";

/// Whether a virtual environment is not listed any deeper: only its installed copies matter, not what else was checked
/// out in it. What is installed in an image is all that there is of it.
fn environment(folder: &Spot, root: &Spot, path: &str, walked: &mut Walked) -> bool {
    if root.is_system() {
        return false;
    }
    let libraries = ["lib", "lib64", "Lib"].iter().flat_map(|l| {
        let versions = folder.join(l).names().into_iter().map(move |v| format!("{l}/{v}"));
        versions.chain([(*l).to_string()])
    });
    let found = libraries.map(|l| format!("{l}/site-packages")).filter(|l| folder.join(l).is_dir());
    walked.site_packages.extend(found.map(|l| format!("{path}/{l}")));
    true
}

/// A link is not followed. One that would have been read is worth a word where its target is not in the tree.
fn follow_not(root: &Spot, step: &Step, path: &str, patterns: &Patterns, problems: &mut Vec<Problem>) {
    let name = path.rsplit('/').next().unwrap_or(path);
    if patterns.matching(name, path).is_empty() {
        return;
    }
    let message = match (step, root) {
        (Step::Disk(entry), Spot::Disk(root)) => match (entry.path().canonicalize(), root.canonicalize()) {
            (Ok(target), Ok(root)) if target.starts_with(&root) => return,
            (Ok(_), _) => "a link that leads out of the scanned tree; it was not followed".to_string(),
            (Err(error), _) => format!("a link that cannot be followed: {error}"),
        },
        _ if root.join(path).exists() => return,
        _ => "a link that leads to nothing in the scanned tree; it was not followed".to_string(),
    };
    problems.push(Problem { path: path.to_string(), line: None, message, loses: true });
}

/// The path below the root with `/`; notes names that are not UTF-8.
fn relative(root: &Spot, step: &Step, problems: &mut Vec<Problem>) -> Option<String> {
    let (full, root) = match (step, root) {
        (Step::Held(_, path, ..), _) => return Some(path.clone()),
        (Step::Disk(entry), Spot::Disk(root)) => (entry.path(), root),
        (Step::Disk(_), Spot::Held(..)) => return None,
    };
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
        problems.push(not_utf8(&path));
    }
    Some(path)
}

fn not_utf8(path: &str) -> Problem {
    Problem {
        path: path.to_string(),
        line: None,
        message: "the name is not UTF-8; it is shown with replacement characters".to_string(),
        loses: false,
    }
}

fn unlisted(root: &Spot, error: &walkdir::Error) -> Problem {
    let below = error.path().zip(root.on_disk()).and_then(|(path, root)| path.strip_prefix(root).ok());
    let path = below.unwrap_or(Path::new(""));
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

/// What is wanted of a file that can be read once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Want {
    /// Nothing, by its name.
    Nothing,
    /// As much of it as a license text has.
    Head,
    /// An extractor reads it.
    Whole,
}

/// Which files are read, by their names and by their first bytes.
pub struct Wanted {
    patterns: Patterns,
    /// Those of files that are not opened for one format alone; see [`crate::extract::Extractor::rides_along`].
    riders: Patterns,
    /// First bytes with the extractor that knows them.
    magic: Vec<(&'static [u8], usize)>,
}

impl Default for Wanted {
    fn default() -> Self {
        Wanted::new()
    }
}

impl Wanted {
    /// What the extractors of the table ask for.
    pub fn new() -> Self {
        let all = EXTRACTORS.iter().enumerate();
        let magic = all.flat_map(|(index, e)| e.magic().iter().map(move |bytes| (*bytes, index)));
        Wanted { magic: magic.collect(), patterns: Patterns::new(false), riders: Patterns::new(true) }
    }

    /// The same, made once: it is the same for every tree.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Wanted> = OnceLock::new();
        SHARED.get_or_init(Wanted::new)
    }

    /// Whether some extractor reads a file of that name.
    pub fn is_read(&self, name: &str) -> bool {
        [&self.patterns, &self.riders].iter().any(|patterns| !patterns.matching(name, name).is_empty())
    }

    /// A file that was given by itself, where only a format reads it for which the walk opens nothing.
    pub(crate) fn rider(&self, root: &Spot, name: &str) -> Option<Listed> {
        let extractors = self.riders.matching(name, name);
        let alone = !extractors.is_empty() && self.patterns.matching(name, name).is_empty();
        alone.then(|| Listed { path: name.to_string(), spot: root.join(name), extractors })
    }

    /// The patterns of all names that are read, for people.
    pub(crate) fn names(&self) -> String {
        let mut known: Vec<&str> = EXTRACTORS.iter().flat_map(|e| e.files().iter().copied()).collect();
        known.sort_unstable();
        known.join(", ")
    }

    /// The extractors that read a file by its path.
    pub(crate) fn extractors(&self, path: &str) -> Vec<usize> {
        self.patterns.matching(path.rsplit('/').next().unwrap_or(path), path)
    }

    /// What is wanted of a file by its path.
    pub(crate) fn of(&self, path: &str) -> Want {
        let name = path.rsplit('/').next().unwrap_or(path);
        if !self.patterns.matching(name, path).is_empty() {
            return Want::Whole;
        }
        // One that is cut would hide the licenses at its end, and few have more than some hundred thousand bytes.
        if name == "copyright" {
            return Want::Whole;
        }
        // Metadata of installed copies, and the folders in which systems and wheels keep texts under any name.
        let metadata = matches!(name, "METADATA" | "PKG-INFO" | "os-release") || name.ends_with(".egg-info");
        let texts = ["/licenses/", "/common-licenses/"].iter().any(|folder| path.contains(folder));
        let text = is_license_name(name) || readme_rank(name).is_some();
        if metadata || texts || text { Want::Head } else { Want::Nothing }
    }

    /// Whether the first bytes of a file are worth a look: it may be run, by its mode or by its name.
    pub(crate) fn may_run(&self, name: &str, executable: bool) -> bool {
        if self.magic.is_empty() {
            return false;
        }
        let ending = name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()).map(|(_, ending)| ending);
        let known = ending
            .is_none_or(|e| ["exe", "dll", "so", "dylib"].iter().any(|known| e.eq_ignore_ascii_case(known)));
        // A name that begins with a dot is that of a setting.
        executable || (known && !name.starts_with('.')) || name.contains(".so.")
    }

    /// The extractors that know a file by its first bytes.
    pub(crate) fn magic(&self, head: &[u8]) -> Vec<usize> {
        let mut found: Vec<usize> =
            self.magic.iter().filter(|(bytes, _)| head.starts_with(bytes)).map(|(_, index)| *index).collect();
        found.dedup();
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles_and_finds_its_file() {
        let patterns = Patterns::new(false);
        let count: usize = EXTRACTORS.iter().map(|e| e.files().len()).sum();
        let (ours, riders) = (patterns.count(), Patterns::new(true).count());
        assert_eq!((ours.0 + riders.0, ours.1 + riders.1), (count, 0));
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
