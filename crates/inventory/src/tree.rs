//! What is scanned: a folder, an archive, a container image, or a revision of a repository, all read by one face.
//!
//! A [`Spot`] is a place in such a tree, or on disk. Nothing is ever unpacked to disk and no path leads out of a tree.
//! Where a tree comes out of a stream that is read once, it holds the files that somebody will ask for, and no others.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use licit_model::{Found, Problem};

mod archive;
mod bytes;
mod compress;
mod disk;
mod git;
mod held;
mod image;
mod tar;
pub(crate) mod trace;
mod zip;

pub(crate) use archive::is_library;
pub(crate) use disk::{Sort, Step, Steps};
pub(crate) use git::Recorded;
pub use held::Held;
pub use image::Image;

use crate::Error;
use crate::walk::{Limits, Wanted};
use crate::weights::Passed;
use archive::{Lister, Listing, lay};
pub(crate) use bytes::Reader;
use bytes::Slice;
use compress::{Budget, Packing};
use held::{Content, Kind};

/// A file or a folder, whether on disk or in a tree that lies in no folder. It need not be there.
#[derive(Debug, Clone)]
pub enum Spot {
    /// As the operating system knows it.
    Disk(PathBuf),
    /// By its path below the top of a tree.
    Held(Arc<Held>, String),
}

impl From<PathBuf> for Spot {
    fn from(path: PathBuf) -> Self {
        Spot::Disk(path)
    }
}

impl From<&Path> for Spot {
    fn from(path: &Path) -> Self {
        Spot::Disk(path.to_path_buf())
    }
}

impl From<&PathBuf> for Spot {
    fn from(path: &PathBuf) -> Self {
        Spot::Disk(path.clone())
    }
}

impl From<&Spot> for Spot {
    fn from(spot: &Spot) -> Self {
        spot.clone()
    }
}

/// A file or a folder that is read, wherever it is.
pub(crate) trait Readable {
    /// The names in a folder, in no order; none where it cannot be read.
    fn names(&self) -> Vec<String>;
    /// The bytes of a regular file, cut at a limit; none where it is none or cannot be read.
    fn bytes(&self, limit: usize) -> Option<Vec<u8>>;
}

impl Readable for Path {
    fn names(&self) -> Vec<String> {
        disk::names(self)
    }

    fn bytes(&self, limit: usize) -> Option<Vec<u8>> {
        disk::bytes(self, limit)
    }
}

impl Readable for PathBuf {
    fn names(&self) -> Vec<String> {
        disk::names(self)
    }

    fn bytes(&self, limit: usize) -> Option<Vec<u8>> {
        disk::bytes(self, limit)
    }
}

impl Readable for Spot {
    fn names(&self) -> Vec<String> {
        Spot::names(self)
    }

    fn bytes(&self, limit: usize) -> Option<Vec<u8>> {
        Spot::bytes(self, limit)
    }
}

impl Spot {
    /// What lies below it by that path, which is `/`-separated; an absolute one stays below.
    pub fn join(&self, path: impl AsRef<str>) -> Spot {
        let path = path.as_ref().trim_start_matches('/');
        match self {
            Spot::Disk(at) if path.is_empty() => Spot::Disk(at.clone()),
            Spot::Disk(at) => Spot::Disk(at.join(path)),
            Spot::Held(held, at) => Spot::Held(held.clone(), archive::join(at, path)),
        }
    }

    /// Whether it is a file, links followed as far as they stay where they may.
    pub fn is_file(&self) -> bool {
        match self {
            Spot::Disk(path) => {
                trace::note(path);
                path.is_file()
            }
            Spot::Held(held, path) => {
                held.find(path).is_some_and(|at| matches!(held.node(at).kind, Kind::File(_)))
            }
        }
    }

    /// Whether it is a folder.
    pub fn is_dir(&self) -> bool {
        match self {
            Spot::Disk(path) => {
                trace::note(path);
                path.is_dir()
            }
            Spot::Held(held, path) => {
                held.find(path).is_some_and(|at| matches!(held.node(at).kind, Kind::Folder(_)))
            }
        }
    }

    /// Whether something is there, links followed as far as they stay where they may.
    pub(crate) fn exists(&self) -> bool {
        match self {
            Spot::Disk(path) => {
                trace::note(path);
                path.exists()
            }
            Spot::Held(held, path) => held.find(path).is_some(),
        }
    }

    /// Whether it is a file and no link to one.
    pub(crate) fn is_plain_file(&self) -> bool {
        match self {
            Spot::Disk(path) => {
                trace::note(path);
                std::fs::symlink_metadata(path).is_ok_and(|m| m.is_file())
            }
            Spot::Held(..) => self.is_file(),
        }
    }

    /// Whether it is a folder and no link to one.
    pub(crate) fn is_plain_dir(&self) -> bool {
        match self {
            Spot::Disk(path) => {
                trace::note(path);
                std::fs::symlink_metadata(path).is_ok_and(|m| m.is_dir())
            }
            Spot::Held(..) => self.is_dir(),
        }
    }

    /// The names in a folder, in no order; none where it cannot be read.
    pub fn names(&self) -> Vec<String> {
        match self {
            Spot::Disk(path) => disk::names(path),
            Spot::Held(held, path) => match held.find(path).map(|at| &held.node(at).kind) {
                Some(Kind::Folder(children)) => children.keys().map(|name| name.to_string()).collect(),
                _ => Vec::new(),
            },
        }
    }

    /// The bytes of a regular file, cut at a limit; none where it is none or cannot be read.
    pub fn bytes(&self, limit: usize) -> Option<Vec<u8>> {
        match self {
            Spot::Disk(path) => disk::bytes(path, limit),
            Spot::Held(held, path) => {
                let at = held.find(path)?;
                // An object of a repository is read whole or not at all.
                let read = match held.node(at).kind {
                    Kind::File(held::HeldFile { content: Content::Blob { .. }, .. }) => {
                        limit.max(1 << 20) as u64
                    }
                    _ => limit as u64,
                };
                let mut bytes = held.bytes(at, read).ok()?;
                bytes.truncate(limit);
                Some(bytes)
            }
        }
    }

    /// The bytes of a whole file, unless it has more than the limit; the error says what is wrong with it.
    pub fn whole(&self, limit: u64) -> Result<Vec<u8>, String> {
        match self {
            Spot::Disk(path) => disk::whole(path, limit),
            Spot::Held(held, path) => {
                let at = held.find(path).ok_or("is a link that leads nowhere")?;
                let size = held.size(at);
                if size > limit {
                    return Err(format!("has {size} bytes and was not read: {limit} is the limit"));
                }
                held.bytes(at, limit)
            }
        }
    }

    /// The last part of its path.
    pub(crate) fn name(&self) -> String {
        match self {
            Spot::Disk(path) => path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            Spot::Held(_, path) => path.rsplit('/').next().unwrap_or(path).to_string(),
        }
    }

    /// A file opened for reading at any place, and its size; what has to be unpacked first is held while it is read.
    pub(crate) fn open(&self, limit: u64) -> Result<(Reader, u64), String> {
        let failed = |e: std::io::Error| format!("cannot be opened: {e}");
        let slice = match self {
            Spot::Disk(path) => Slice::file(path).map_err(failed)?,
            Spot::Held(held, path) => match held.find(path).and_then(|at| held.slice(at)) {
                Some(slice) => slice,
                None => Slice::memory(self.whole(limit)?),
            },
        };
        Ok((slice.reader().map_err(failed)?, slice.len()))
    }

    /// Size of a file of which parts can be read by themselves; none where it has to be unpacked first.
    pub(crate) fn size_in_place(&self) -> Option<u64> {
        match self {
            Spot::Disk(path) => std::fs::symlink_metadata(path).ok().filter(|m| m.is_file()).map(|m| m.len()),
            Spot::Held(held, path) => held.slice(held.find(path)?).map(|slice| slice.len()),
        }
    }

    /// A part of a file that can be read by parts.
    pub(crate) fn part(&self, at: u64, length: u64) -> Option<Vec<u8>> {
        match self {
            Spot::Disk(path) => Slice::file(path).ok()?.read(at, length).ok(),
            Spot::Held(held, path) => held.slice(held.find(path)?)?.read(at, length).ok(),
        }
    }

    /// What extractors read from the file while it passed by in a stream.
    pub(crate) fn read_before(&self) -> Option<Vec<Found>> {
        let Spot::Held(held, path) = self else { return None };
        match &held.node(held.find(path)?).kind {
            Kind::File(held::HeldFile { content: Content::Read(found), .. }) => Some(found.to_vec()),
            _ => None,
        }
    }

    /// What the header of a file of weights said while it passed by in a stream.
    pub(crate) fn weighed_before(&self) -> Option<Passed> {
        let Spot::Held(held, path) = self else { return None };
        match &held.node(held.find(path)?).kind {
            Kind::File(held::HeldFile { content: Content::Weighed(passed), .. }) => {
                Some(passed.as_ref().clone())
            }
            _ => None,
        }
    }

    /// What a repository records of submodules in these folders below `self`, which lies in the tree `root`.
    pub(crate) fn submodules(&self, root: &Spot, wanted: &[String]) -> Recorded {
        match self {
            Spot::Disk(top) => {
                root.on_disk().map(|root| git::recorded(top, root, wanted)).unwrap_or_default()
            }
            Spot::Held(held, at) => Recorded {
                commits: wanted
                    .iter()
                    .filter_map(|path| match &held.node(held.find(&archive::join(at, path))?).kind {
                        Kind::Module(id) => Some((path.clone(), id.to_string())),
                        _ => None,
                    })
                    .collect(),
                origin: held.repository().and_then(git::Repository::origin),
            },
        }
    }

    /// The folder on disk; none in a tree that lies in no folder.
    pub fn on_disk(&self) -> Option<&Path> {
        match self {
            Spot::Disk(path) => Some(path),
            Spot::Held(..) => None,
        }
    }

    /// Whether it lies in an image, where everything is installed and nothing is asked for by files alone.
    pub(crate) fn is_system(&self) -> bool {
        matches!(self, Spot::Held(held, _) if held.is_system())
    }

    /// The SHA-1 of the archive that a folder stands for, where it is one that is known by that.
    pub(crate) fn sha1(&self) -> Option<&str> {
        let Spot::Held(held, path) = self else { return None };
        held.digest_of(path)
    }

    /// In an image: which layer a file comes from.
    pub(crate) fn layer(&self) -> Option<u16> {
        let Spot::Held(held, path) = self else { return None };
        Some(held.node(held.find(path)?).layer).filter(|layer| *layer > 0)
    }
}

/// A path that the user gave, opened.
#[derive(Debug)]
pub struct Opened {
    /// The top of the tree.
    pub root: Spot,
    /// Where a single file was given: its name. Its neighbours are looked at only as far as they belong to it.
    pub only: Option<String>,
    /// Of a container image.
    pub image: Option<Image>,
    /// Folders of the tree that are archives in it, such as `lib/a.jar!`.
    pub archives: Vec<String>,
    /// Whether the input is itself an archive or a revision, and not a folder on disk.
    pub problems: Vec<Problem>,
    /// What a document says that is a list of components itself.
    pub document: Option<Found>,
}

impl Opened {
    fn folder(path: &Path) -> Opened {
        Opened {
            root: Spot::Disk(path.to_path_buf()),
            only: None,
            image: None,
            archives: Vec::new(),
            problems: Vec::new(),
            document: None,
        }
    }
}

/// Opens what the user names: a folder, one file, an archive, an image, or with `revision` that of a repository.
pub fn open(path: &Path, revision: Option<&str>, limits: &Limits, wanted: &Wanted) -> Result<Opened, Error> {
    let unreadable = |source| Error::Unreadable { path: path.to_path_buf(), source };
    if let Some(revision) = revision {
        return open_revision(path, revision, limits, wanted);
    }
    let meta = std::fs::metadata(path).map_err(unreadable)?;
    if meta.is_dir() {
        std::fs::read_dir(path).map_err(unreadable)?;
        if image::is_layout(path) {
            let budget = Budget::new(limits.entries);
            let lister = Lister { wanted, budget: &budget, limits, all: false };
            let opened = image::open_folder(path, lister).map_err(|why| unopened(path, why))?;
            return Ok(of_image(opened));
        }
        return Ok(Opened::folder(path));
    }
    open_file(path, limits, wanted)
}

fn unopened(path: &Path, why: String) -> Error {
    Error::Unopened { path: path.to_path_buf(), why }
}

fn of_image(opened: image::Opened) -> Opened {
    Opened {
        root: Spot::Held(Arc::new(opened.held), String::new()),
        only: None,
        image: Some(opened.image),
        archives: opened.archives,
        problems: opened.problems,
        document: None,
    }
}

fn open_file(path: &Path, limits: &Limits, wanted: &Wanted) -> Result<Opened, Error> {
    let unreadable = |source| Error::Unreadable { path: path.to_path_buf(), source };
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let parent = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let slice = Slice::file(path).map_err(unreadable)?;
    let head = slice.read(0, 512).map_err(unreadable)?;
    let is_read = wanted.is_read(&name);
    let archive = zip::is_zip(&head)
        || tar::is_tar(&head)
        || head.starts_with(b"!<arch>\n")
        || Packing::of(&head) != Packing::Plain
        || (is_library(&name) && !is_read);
    if archive {
        return open_archive(path, &slice, limits, wanted);
    }
    if !is_read {
        let document =
            (slice.len() <= limits.file_bytes).then(|| slice.read(0, limits.file_bytes).ok()).flatten();
        if let Some(found) = document.and_then(|bytes| licit_sbom::read::document(&name, &bytes)) {
            return Ok(Opened { document: Some(found), ..Opened::folder(parent) });
        }
        if wanted.magic(&head).is_empty() {
            return Err(Error::UnknownFile { path: path.to_path_buf(), known: wanted.names() });
        }
    }
    Ok(Opened { only: Some(name), ..Opened::folder(parent) })
}

fn open_archive(path: &Path, slice: &Slice, limits: &Limits, wanted: &Wanted) -> Result<Opened, Error> {
    let budget = Budget::new(limits.entries);
    let lister = Lister { wanted, budget: &budget, limits, all: true };
    // Only libraries are opened where they lie in an image, which holds archives of all sorts.
    let within = Lister { all: false, ..lister };
    if let Some(opened) = image::open_tar(slice, within).map_err(|why| unopened(path, why))? {
        return Ok(of_image(opened));
    }
    let budget = Budget::new(limits.entries);
    let lister = Lister { budget: &budget, ..lister };
    let mut listing = Listing::default();
    let mut problems = Vec::new();
    if let Err(why) = lister.list(slice, "", 0, &mut listing) {
        if listing.steps.is_empty() {
            return Err(unopened(path, why));
        }
        problems.push(archive::problem(
            "",
            format!("the archive {why}; what came before that was read"),
            true,
        ));
    }
    let mut held = Held::new(false);
    let archives = lay(listing, &mut held, "", &mut problems);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if let Some(digest) = archive::is_java(&name).then(|| slice.sha1()).flatten() {
        held.digest("", digest);
    }
    Ok(Opened {
        root: Spot::Held(Arc::new(held), String::new()),
        only: None,
        image: None,
        archives,
        problems,
        document: None,
    })
}

/// An archive inside a tree: its top, the archives in it, and what of it could not be read.
pub(crate) type Library = (Spot, Vec<String>, Vec<Problem>);

/// Opens an archive that lies in a folder or in a revision; `shown` is its path there. None for what is called like an
/// archive and is empty.
pub(crate) fn open_library(
    spot: &Spot,
    shown: &str,
    limits: &Limits,
    wanted: &Wanted,
) -> Result<Option<Library>, String> {
    let slice = match spot {
        Spot::Disk(path) => Slice::file(path).map_err(|e| format!("could not be read: {e}"))?,
        Spot::Held(held, path) => {
            let at = held.find(path).ok_or("is a link that leads nowhere")?;
            match held.slice(at) {
                Some(slice) => slice,
                None => Slice::memory(spot.whole(limits.file_bytes)?),
            }
        }
    };
    // The smallest zip has 22 bytes; examples of names have fewer.
    if slice.len() < 22 {
        return Ok(None);
    }
    let budget = Budget::new(limits.entries);
    let lister = Lister { wanted, budget: &budget, limits, all: false };
    let mut listing = Listing::default();
    let below = format!("{shown}!");
    lister.list(&slice, &below, 1, &mut listing)?;
    let mut held = Held::new(false);
    let mut problems = Vec::new();
    let mut archives = lay(listing, &mut held, shown, &mut problems);
    if let Some(digest) = archive::is_java(shown).then(|| slice.sha1()).flatten() {
        held.digest(&below, digest);
    }
    archives.push(below);
    Ok(Some((Spot::Held(Arc::new(held), String::new()), archives, problems)))
}

fn open_revision(path: &Path, revision: &str, limits: &Limits, _: &Wanted) -> Result<Opened, Error> {
    let unopened = |why: git::Unreadable| Error::Unopened { path: path.to_path_buf(), why: why.0 };
    let opened = git::open(path, revision, limits.entries).map_err(unopened)?;
    let (held, below) = (Arc::new(opened.held), opened.below);
    let root = Spot::Held(held, below.clone());
    if !below.is_empty() && !root.is_dir() {
        let why = format!("there is no folder {below} at {} ({revision})", opened.short);
        return Err(Error::Unopened { path: path.to_path_buf(), why });
    }
    Ok(Opened {
        root,
        only: None,
        image: None,
        archives: Vec::new(),
        problems: opened.problems,
        document: None,
    })
}
