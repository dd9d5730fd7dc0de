//! Reads a tree: one walk, one extractor a format, one graph.
//!
//! *Invariant*: user input never fails a scan. A file that cannot be read is a [`Problem`], and the rest goes on.
//! *Invariant*: nothing of the scanned tree is executed and the network is not asked, unless the caller lets cargo run.

use std::collections::HashSet;
use std::io::Read as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use licit_model::ai::ModelFacts;
use licit_model::found::Role;
use licit_model::{Found, Problem, Scope};
use rayon::prelude::*;

mod bundled;
mod environments;
pub mod extract;
pub mod installed;
mod jars;
pub mod mentions;
mod nix_store;
pub mod resolve;
mod submodules;
pub mod tree;
mod vendored;
pub mod walk;
pub mod weights;

use extract::{EXTRACTORS, File};
use installed::{Caches, Looked};
use mentions::{Heard, Hearing};
use resolve::Joined;
use resolve::models::Seen;
use tree::Spot;
use walk::{Limits, Listed, Walked, Wanted};

/// How a tree is read.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Limits of the walk.
    pub limits: Limits,
    /// Where copies of packages lie outside the tree.
    pub caches: Caches,
    /// Lets cargo resolve features and targets: this runs the user's cargo on the scanned manifests.
    pub with_cargo: bool,
    /// A branch, a tag or a commit of the repository that the path is or lies in, to be read instead of its files.
    pub revision: Option<String>,
    /// What is known of models beyond the tree; this crate knows no rules.
    pub lineage: Option<resolve::models::Lineage>,
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
    /// The same of a tree that lies in no folder: an archive, an image, a revision.
    pub every_held: Vec<(String, Spot)>,
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
    /// An archive, an image or a revision that cannot be read at all.
    #[error("{path}: {why}")]
    Unopened {
        /// As the user gave it.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A file that no extractor knows.
    #[error(
        "{path} is not a file that licit reads; give a folder, an archive, a container image, an SBOM, or one of: {known}"
    )]
    UnknownFile {
        /// As the user gave it.
        path: PathBuf,
        /// Names of the files that are read.
        known: String,
    },
}

/// Reads a folder, an archive, an image, a revision, or one lockfile with the manifests beside it. `name` is what the
/// project is called in reports where its files do not say.
pub fn read(path: &Path, name: &str, options: &Options, progress: &dyn Progress) -> Result<Inventory, Error> {
    let wanted = Wanted::shared();
    let mut opened = tree::open(path, options.revision.as_deref(), &options.limits, wanted)?;
    let root = opened.root.clone();
    let (walked, mut found) = match opened.document.take() {
        Some(document) => (Walked::default(), vec![document]),
        None => {
            let mut walked = walk::walk_tree(&root, wanted, &options.limits, &|n| progress.listed(n));
            walked.files.extend(opened.only.as_deref().and_then(|only| wanted.rider(&root, only)));
            walked.archives.extend(opened.archives.iter().map(|at| (at.clone(), root.join(at))));
            (walked, Vec::new())
        }
    };
    // Who gives one file asks for what it names, not for what else lies in its folder.
    let models = opened.only.is_none() && options.limits.every_file;
    let hearing = models.then(|| Hearing::new(&walked.every));
    let (read, weighed) = rayon::join(
        || read_all(&walked.files, &options.limits, hearing.as_ref(), progress),
        || hearing.as_ref().map(|hearing| weigh(hearing, &walked)),
    );
    found.extend(read);
    if let Some(only) = &opened.only {
        // Of the neighbours only manifests and helpers matter: another lockfile was not asked for.
        let ecosystem = found.iter().find(|f| f.path == *only).and_then(|f| f.ecosystem);
        found.retain(|f| f.path == *only || (f.role != Role::Lock && f.ecosystem == ecosystem));
        found.iter_mut().filter(|f| f.path != *only).for_each(|f| f.problems.clear());
    }
    if let (true, Some(folder)) = (options.with_cargo, root.on_disk()) {
        progress.stage("asking cargo");
        ask_cargo(folder, &mut found);
    }
    let mut seen = None;
    let mut unread = Vec::new();
    if let (Some(hearing), Some(weighed)) = (hearing, weighed) {
        progress.stage("looking for models");
        let heard = hearing.finish();
        seen = Some(models_of(&walked, &root, &options.caches, heard, weighed, &mut found, &mut unread));
    }
    progress.stage("joining");
    // Who gives one file asks for what it names, not for what else lies in its folder.
    if opened.only.is_none() {
        environments::read(&mut found, &walked, &root, opened.image.is_some());
        nix_store::read(&mut found, &walked);
        // A jar that was given by itself is called as it was given.
        let given = path.file_name().and_then(|n| n.to_str()).filter(|n| tree::is_library(n));
        let alone = root.on_disk().is_none() && opened.image.is_none() && options.revision.is_none();
        jars::join(&mut found, &walked, given.filter(|_| alone), Some(&root));
    }
    submodules::settle(&mut found, &root);
    bundled::adopt(&mut found, &walked, opened.image.is_some());
    found.extend(opened.image.as_ref().map(|image| bundled::image(image, name)));
    resolve::settle(&mut found, options.caches.maven_repository.as_deref());
    resolve::golang::settle(&mut found, options.caches.go_mod_cache.as_deref());
    resolve::dart::settle(&mut found, options.caches.pub_cache.as_deref());
    resolve::swift::settle(&mut found);
    resolve::vcpkg::settle(&mut found, &walked);
    // What is installed in an image is known by its packages, and a single file that is given has no neighbours.
    let copied = opened.only.is_none() && opened.image.is_none() && options.limits.every_file;
    let copies = if copied { vendored::find(&walked, &found, &root) } else { Vec::new() };
    let mut joined = resolve::join(found, name, opened.only.as_deref());
    let copy_ids = vendored::join(&mut joined, name, &copies);
    joined.problems.extend(opened.problems);
    joined.problems.extend(walked.problems.iter().cloned());
    if let Some(image) = &opened.image {
        bundled::hold(&mut joined, image, &root);
    }
    joined.problems.extend(unread);
    if let Some(seen) = seen {
        resolve::models::join(&mut joined, name, seen, options.lineage);
    }
    let mut looked = enrich(&mut joined, &walked, &root, &options.caches, progress);
    vendored::look(&joined, &copies, &copy_ids, &root, &mut looked);
    joined.problems.sort();
    joined.problems.dedup();
    joined.completeness.sort();
    Ok(Inventory {
        joined,
        looked,
        files_seen: walked.seen,
        files_read: walked.files.len(),
        every: walked.every,
        every_held: walked.every_held,
    })
}

/// Reads files of weights, and what nobody but the readers of models opens.
fn weigh(hearing: &Hearing<'_, PathBuf>, walked: &Walked) -> (Vec<ModelFacts>, Vec<Problem>) {
    let read = |path: &str| walked.files.binary_search_by(|listed| listed.path.as_str().cmp(path)).is_ok();
    rayon::join(|| hearing.open(read), || weights::read(&walked.every)).1
}

/// What the files of a tree say of models and datasets; what scripts among them ask for goes where it belongs.
fn models_of(
    walked: &Walked,
    root: &Spot,
    caches: &Caches,
    mut heard: Heard,
    (mut facts, unread): (Vec<ModelFacts>, Vec<Problem>),
    found: &mut Vec<Found>,
    problems: &mut Vec<Problem>,
) -> Seen {
    problems.extend(unread);
    if !walked.every_held.is_empty() {
        let held = Hearing::new(&walked.every_held).finish();
        heard.mentions.extend(held.mentions);
        heard.problems.extend(held.problems);
        heard.scripts.extend(held.scripts);
    }
    problems.extend(heard.problems);
    // One that can be run by itself may have been read already.
    let known: HashSet<&str> = found
        .iter()
        .filter(|f| f.extractor == extract::python_script::NAME)
        .map(|f| f.path.as_str())
        .collect();
    heard.scripts.retain(|script| !known.contains(script.path.as_str()));
    if !heard.scripts.is_empty() {
        found.extend(heard.scripts);
        found.sort_by(|a, b| a.path.cmp(&b.path));
    }
    let mentions = heard.mentions;
    if !walked.every_held.is_empty() {
        let (held, unread) = weights::read_held(&walked.every_held);
        facts.extend(held);
        problems.extend(unread);
    }
    let mut shipped = Vec::new();
    if let Some(folder) = root.on_disk() {
        let (found, unread) = weights::in_packages(folder, walked, caches);
        shipped = found;
        problems.extend(unread);
    }
    Seen { mentions, facts, shipped }
}

/// The head of a file, where a license statement stands; none for what is no text or cannot be read.
pub fn head(path: &Path) -> Option<String> {
    let mut bytes = Vec::new();
    std::fs::File::open(path).ok()?.take(HEAD).read_to_end(&mut bytes).ok()?;
    text(&bytes)
}

/// The head of a file of a tree that lies in no folder.
pub fn head_held(spot: &Spot) -> Option<String> {
    text(&spot.bytes(HEAD as usize)?)
}

fn text(bytes: &[u8]) -> Option<String> {
    let binary = bytes.iter().take(2048).any(|b| *b == 0);
    (!binary).then(|| String::from_utf8_lossy(bytes).into_owned())
}

/// Bytes of a file that count as its head.
const HEAD: u64 = 32 << 10;

/// Looks at copies on disk, lets them correct the edges, and settles the graph.
fn enrich(
    joined: &mut Joined,
    walked: &Walked,
    root: &Spot,
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

/// Reads and parses in parallel; the result is in the order of the paths. Who looks for models is told of every file.
fn read_all(
    files: &[Listed],
    limits: &Limits,
    hearing: Option<&Hearing<'_, PathBuf>>,
    progress: &dyn Progress,
) -> Vec<Found> {
    let done = std::sync::atomic::AtomicUsize::new(0);
    let per_file: Vec<Vec<Found>> = files
        .par_iter()
        .map(|listed| {
            let found = read_one(listed, limits, hearing);
            let done = done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
            progress.read(done, files.len());
            found
        })
        .collect();
    per_file.into_iter().flatten().filter(|f| f.role != Role::Nothing || !f.problems.is_empty()).collect()
}

/// The part of the limit that text may have: a parser makes many times its size of it, where databases of packages are read
/// as they lie. No lockfile has come near.
const TEXT_SHARE: u64 = 4;

/// Bytes of a program that hold its headers.
const PROGRAM_HEAD: usize = 16 << 10;

fn read_one(listed: &Listed, limits: &Limits, hearing: Option<&Hearing<'_, PathBuf>>) -> Vec<Found> {
    if let Some(found) = listed.spot.read_before() {
        return found;
    }
    let fresh = |&extractor: &usize| Found::new(listed.path.clone(), EXTRACTORS[extractor].name());
    let mut all: Vec<Found> = listed.extractors.iter().map(fresh).collect();
    // Of programs only headers and a section or two matter, however large they are.
    let partly =
        !listed.extractors.is_empty() && listed.extractors.iter().all(|e| !EXTRACTORS[*e].magic().is_empty());
    if let Some(size) = partly.then(|| listed.spot.size_in_place()).flatten() {
        let head = listed.spot.bytes(PROGRAM_HEAD).unwrap_or_default();
        let file = File::headed(&listed.path, &head, &listed.spot, size);
        for (found, &extractor) in all.iter_mut().zip(&listed.extractors) {
            extract_guarded(extractor, &file, found);
        }
        return all;
    }
    let bytes = listed.spot.whole(limits.file_bytes).and_then(|bytes| {
        let (size, limit) = (bytes.len() as u64, limits.file_bytes / TEXT_SHARE);
        if size > limit && !bytes.iter().take(2048).any(|b| *b == 0) {
            return Err(format!(
                "has {size} bytes and was not read: {limit} is the limit for text; raise --max-file-size"
            ));
        }
        Ok(bytes)
    });
    match bytes {
        Ok(bytes) => {
            let file = File::new(&listed.path, &bytes);
            for (found, &extractor) in all.iter_mut().zip(&listed.extractors) {
                extract_guarded(extractor, &file, found);
            }
            if let Some(hearing) = hearing {
                hearing.told(&listed.path, bytes);
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
