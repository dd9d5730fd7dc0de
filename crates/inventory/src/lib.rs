//! Reads a tree: one walk, one extractor a format, one graph.
//!
//! *Invariant*: user input never fails a scan. A file that cannot be read is a [`Problem`], and the rest goes on.
//! *Invariant*: nothing of the scanned tree is executed and the network is not asked, unless the caller lets cargo run.

use std::io::Read as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use licit_model::found::Role;
use licit_model::{Found, Problem, Scope};
use rayon::prelude::*;

pub mod extract;
pub mod installed;
pub mod resolve;
pub mod walk;

use extract::{EXTRACTORS, File};
use installed::{Caches, Looked};
use resolve::Joined;
use walk::{Limits, Listed, Walked};

/// How a tree is read.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Limits of the walk.
    pub limits: Limits,
    /// Where copies of packages lie outside the tree.
    pub caches: Caches,
    /// Lets cargo resolve features and targets: this runs the user's cargo on the scanned manifests.
    pub with_cargo: bool,
}

/// A tree that was read: the graph is settled, the licenses are still raw.
#[derive(Debug)]
pub struct Inventory {
    /// Graph, raw license fields, problems.
    pub joined: Joined,
    /// License facts of copies on disk.
    pub looked: Looked,
    /// Every file of the tree, where that was asked for; see [`head`].
    pub every: Vec<(String, PathBuf)>,
    /// Files seen by the walk.
    pub files_seen: usize,
    /// Files that extractors read.
    pub files_read: usize,
}

/// Told about progress; every method may do nothing.
pub trait Progress: Sync {
    /// So many files were listed.
    fn listed(&self, files: usize);
    /// So many of so many files were read.
    fn read(&self, done: usize, of: usize);
    /// A later stage begins.
    fn stage(&self, name: &str);
}

/// Nobody watches.
pub struct Silent;

impl Progress for Silent {
    fn listed(&self, _: usize) {}
    fn read(&self, _: usize, _: usize) {}
    fn stage(&self, _: &str) {}
}

/// Why nothing could be read at all.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The path that was to be scanned.
    #[error("cannot read {path}: {source}")]
    Unreadable {
        /// As the user gave it.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// A file that no extractor knows.
    #[error("{path} is not a file that licit reads; give a folder or one of: {known}")]
    UnknownFile {
        /// As the user gave it.
        path: PathBuf,
        /// Names of the files that are read.
        known: String,
    },
}

/// Reads a folder, or one lockfile with the manifests beside it. `name` is what the project is called in reports
/// where its files do not say.
pub fn read(path: &Path, name: &str, options: &Options, progress: &dyn Progress) -> Result<Inventory, Error> {
    let unreadable = |source| Error::Unreadable { path: path.to_path_buf(), source };
    let meta = std::fs::metadata(path).map_err(unreadable)?;
    let root = if meta.is_dir() { path } else { path.parent().unwrap_or(path) };
    let root = if root.as_os_str().is_empty() { Path::new(".") } else { root }.to_path_buf();
    std::fs::read_dir(&root).map_err(unreadable)?;
    let only = (!meta.is_dir()).then(|| path.file_name().unwrap_or_default().to_string_lossy().into_owned());
    if only.as_ref().is_some_and(|name| !walk::is_read(name)) {
        let mut known: Vec<&str> = EXTRACTORS.iter().flat_map(|e| e.files().iter().copied()).collect();
        known.sort_unstable();
        return Err(Error::UnknownFile { path: path.to_path_buf(), known: known.join(", ") });
    }
    let walked = walk::walk(&root, &options.limits, &|n| progress.listed(n));
    let mut found = read_all(&walked.files, &options.limits, progress);
    if let Some(only) = &only {
        // Of the neighbours only manifests and helpers matter: another lockfile was not asked for.
        let ecosystem = found.iter().find(|f| f.path == *only).and_then(|f| f.ecosystem);
        found.retain(|f| f.path == *only || (f.role != Role::Lock && f.ecosystem == ecosystem));
        found.iter_mut().filter(|f| f.path != *only).for_each(|f| f.problems.clear());
    }
    if options.with_cargo {
        progress.stage("asking cargo");
        ask_cargo(&root, &mut found);
    }
    progress.stage("joining");
    resolve::settle(&mut found, options.caches.maven_repository.as_deref());
    let mut joined = resolve::join(found, name, only.as_deref());
    joined.problems.extend(walked.problems.iter().cloned());
    let looked = enrich(&mut joined, &walked, &root, &options.caches, progress);
    joined.problems.sort();
    joined.problems.dedup();
    joined.completeness.sort();
    Ok(Inventory {
        joined,
        looked,
        files_seen: walked.seen,
        files_read: walked.files.len(),
        every: walked.every,
    })
}

/// The head of a file, where a license statement stands; none for what is no text or cannot be read.
pub fn head(path: &Path) -> Option<String> {
    let mut bytes = Vec::new();
    std::fs::File::open(path).ok()?.take(HEAD).read_to_end(&mut bytes).ok()?;
    if bytes.iter().take(2048).any(|b| *b == 0) {
        return None;
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// Bytes of a file that count as its head.
const HEAD: u64 = 32 << 10;

/// Looks at copies on disk, lets them correct the edges, and settles the graph.
fn enrich(
    joined: &mut Joined,
    walked: &Walked,
    root: &Path,
    caches: &Caches,
    progress: &dyn Progress,
) -> Looked {
    progress.stage("looking for licenses");
    // Settled first so that the indices of components stay as they are.
    resolve::scope::settle(joined);
    let looked = installed::look(joined, walked, root, caches);
    if !looked.build_only.is_empty() {
        for (from, name) in &looked.build_only {
            let start = joined.graph.edges.partition_point(|e| e.from < *from);
            let components = &joined.graph.components;
            for edge in joined.graph.edges[start..].iter_mut().take_while(|e| e.from == *from) {
                if edge.scope.ships() && components[edge.to].name == *name {
                    edge.scope = Scope::Build;
                    edge.linkage = licit_model::Linkage::None;
                }
            }
        }
        resolve::scope::settle(joined);
    }
    looked
}

/// Reads and parses in parallel; the result is in the order of the paths.
fn read_all(files: &[Listed], limits: &Limits, progress: &dyn Progress) -> Vec<Found> {
    let done = std::sync::atomic::AtomicUsize::new(0);
    let per_file: Vec<Vec<Found>> = files
        .par_iter()
        .map(|listed| {
            let found = read_one(listed, limits);
            let done = done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
            progress.read(done, files.len());
            found
        })
        .collect();
    per_file.into_iter().flatten().filter(|f| f.role != Role::Nothing || !f.problems.is_empty()).collect()
}

fn read_one(listed: &Listed, limits: &Limits) -> Vec<Found> {
    let fresh = |&extractor: &usize| Found::new(listed.path.clone(), EXTRACTORS[extractor].name());
    let mut all: Vec<Found> = listed.extractors.iter().map(fresh).collect();
    match bytes(&listed.full, limits.file_bytes) {
        Ok(bytes) => {
            let file = File::new(&listed.path, &bytes);
            for (found, &extractor) in all.iter_mut().zip(&listed.extractors) {
                extract_guarded(extractor, &file, found);
            }
        }
        Err(message) => {
            if let Some(first) = all.first_mut() {
                first.lost(None, message);
            }
        }
    }
    all
}

/// Runs one extractor. A panic in it, or in a parser that it uses, costs this file only.
pub fn extract_guarded(extractor: usize, file: &File<'_>, found: &mut Found) {
    let result = catch_unwind(AssertUnwindSafe(|| EXTRACTORS[extractor].extract(file, found)));
    if result.is_err() {
        *found = Found::new(file.path(), EXTRACTORS[extractor].name());
        found.lost(None, "the reader of this format failed on the file; please report it with the file");
    }
}

fn bytes(path: &Path, limit: u64) -> Result<Vec<u8>, String> {
    let file = std::fs::File::open(path).map_err(|e| format!("could not be read: {e}"))?;
    let size = file.metadata().map(|m| m.len()).unwrap_or(0);
    if size > limit {
        return Err(format!("has {size} bytes and was not read: {limit} is the limit"));
    }
    let mut bytes = Vec::with_capacity(size as usize);
    file.take(limit).read_to_end(&mut bytes).map_err(|e| format!("could not be read: {e}"))?;
    Ok(bytes)
}

/// Asks cargo for every folder with a Cargo.lock. Nothing is fetched and no lockfile is changed; a build script is
/// never run by this command.
fn ask_cargo(root: &Path, found: &mut Vec<Found>) {
    let locks: Vec<String> =
        found.iter().filter(|f| f.extractor == "cargo-lock").map(|f| f.dir().to_string()).collect();
    for dir in locks {
        let path = if dir.is_empty() { "Cargo.toml".to_string() } else { format!("{dir}/Cargo.toml") };
        let mut answer = Found::new(path.clone(), "cargo-metadata");
        let mut command = cargo_metadata::MetadataCommand::new();
        command.manifest_path(root.join(&path));
        command.other_options(vec!["--offline".to_string(), "--locked".to_string()]);
        match command.exec() {
            Ok(metadata) => extract::cargo_metadata::read(&metadata, &mut answer),
            Err(error) => {
                let problem = Problem {
                    path,
                    line: None,
                    message: format!(
                        "cargo could not resolve it offline, so Cargo.lock was read instead; run `cargo fetch` first ({})",
                        error.to_string().lines().next().unwrap_or("no reason given").trim()
                    ),
                    loses: false,
                };
                answer.problems.push(problem);
            }
        }
        found.push(answer);
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
}
