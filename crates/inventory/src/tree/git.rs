//! A revision of a git repository, read from its objects: no git runs, no hook, no filter and no configuration of the
//! repository beyond the two lines that say how it is stored.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::{Path, PathBuf};

use licit_model::Problem;

use super::disk;
use super::held::{Content, Held, HeldFile, Kind, Node, Source};

mod index;
mod object;
mod pack;
mod refs;

pub(super) use object::Id;
use object::{Object, Sort};
use pack::Pack;

/// Folders of objects that lead on to others.
const ALTERNATES: usize = 8;

/// Names of objects that stand for others: tags of tags.
const PEELS: usize = 16;

/// Bytes of a tree, a commit or a tag.
const SMALL: u64 = 64 << 20;

/// Places of a revision in which one and the same folder is listed. Folders that hold each other many times over make a
/// few objects a tree without end.
const PLACES: u32 = 2000;

/// Bytes of all trees of a revision together; a name and its object have some fifty.
const TREES: usize = 1 << 30;

/// A repository that is open for reading.
#[derive(Debug)]
pub(super) struct Repository {
    /// Where `HEAD` of this work tree is.
    git_dir: PathBuf,
    /// Where everything is that work trees share.
    common_dir: PathBuf,
    /// Bytes of a name.
    hash: usize,
    /// Folders with loose objects.
    loose: Vec<PathBuf>,
    packs: Vec<Pack>,
}

/// Why a revision cannot be read.
#[derive(Debug)]
pub(super) struct Unreadable(pub(super) String);

impl From<String> for Unreadable {
    fn from(why: String) -> Self {
        Unreadable(why)
    }
}

impl Repository {
    /// Opens the repository that a folder is, or lies in; the second part is the folder's path below its top.
    pub(super) fn open(path: &Path) -> Result<(Repository, String), Unreadable> {
        let full = path.canonicalize().map_err(|e| Unreadable(e.to_string()))?;
        let mut at = Some(full.as_path());
        while let Some(folder) = at {
            let below = || {
                let below = full.strip_prefix(folder).unwrap_or(Path::new(""));
                below.to_string_lossy().replace('\\', "/")
            };
            if let Some(git_dir) = git_dir(&folder.join(".git")) {
                return Ok((Repository::at(git_dir)?, below()));
            }
            if folder == full && is_git_dir(folder) {
                return Ok((Repository::at(folder.to_path_buf())?, String::new()));
            }
            at = folder.parent();
        }
        Err(Unreadable("it lies in no git repository".to_string()))
    }

    fn at(git_dir: PathBuf) -> Result<Repository, Unreadable> {
        let common_dir = common_dir(&git_dir);
        let config = config(&common_dir);
        if extension(&config, "refstorage").is_some_and(|s| s != "files") {
            return Err(Unreadable(
                "its branches are stored in a way that is not read (reftable)".to_string(),
            ));
        }
        let hash = match extension(&config, "objectformat").as_deref() {
            None | Some("sha1") => 20,
            Some("sha256") => 32,
            Some(other) => {
                return Err(Unreadable(format!("its objects are named by {other}, which is not read")));
            }
        };
        let mut repository = Repository { git_dir, hash, loose: Vec::new(), packs: Vec::new(), common_dir };
        repository.add_objects(repository.common_dir.join("objects"), 0);
        Ok(repository)
    }

    /// Adds a folder of objects and those that it borrows from.
    fn add_objects(&mut self, objects: PathBuf, depth: usize) {
        if depth > ALTERNATES || self.loose.contains(&objects) {
            return;
        }
        let mut packs: Vec<PathBuf> = std::fs::read_dir(objects.join("pack"))
            .into_iter()
            .flatten()
            .flatten()
            .map(|e| e.path())
            .filter(|p| p.extension().is_some_and(|e| e == "idx"))
            .collect();
        packs.sort();
        self.packs.extend(packs.iter().filter_map(|idx| Pack::open(idx, self.hash).ok()));
        let alternates = std::fs::read(objects.join("info/alternates")).unwrap_or_default();
        self.loose.push(objects.clone());
        for line in String::from_utf8_lossy(&alternates).lines().take(64) {
            let line = line.trim();
            if !line.is_empty() && !line.starts_with('#') {
                self.add_objects(objects.join(line), depth + 1);
            }
        }
    }

    /// An object by its name.
    fn object(&self, id: &Id, limit: u64) -> Result<Object, String> {
        self.object_below(id, limit, 0)
    }

    /// Bases of differences may lie in another pack, and packs that name each other's objects have no end.
    fn object_below(&self, id: &Id, limit: u64, depth: usize) -> Result<Object, String> {
        if depth > ALTERNATES {
            return Err(format!("object {id} is a difference from too many others"));
        }
        for pack in &self.packs {
            if let Some(offset) = pack.find(id) {
                return pack.object(offset, limit, &|base| self.object_below(base, limit, depth + 1));
            }
        }
        for folder in &self.loose {
            let path = folder.join(id.loose_path());
            if path.is_file() {
                return object::loose(&path, limit);
            }
        }
        Err(format!("object {id} is not in the repository; it may be a partial or shallow clone"))
    }

    /// The bytes of a file, up to a limit.
    pub(super) fn blob(&self, id: &Id, limit: u64) -> Result<Vec<u8>, String> {
        let object = self.object(id, limit)?;
        if object.sort != Sort::Blob {
            return Err(format!("object {id} is no file"));
        }
        Ok(object.bytes)
    }

    /// Size of a file without reading all of it.
    pub(super) fn size(&self, id: &Id) -> Option<u64> {
        if let Some((pack, offset)) = self.packs.iter().find_map(|p| Some((p, p.find(id)?))) {
            return pack.size(offset);
        }
        self.loose.iter().find_map(|folder| object::loose_size(&folder.join(id.loose_path())))
    }

    /// Whether an object is there.
    fn has(&self, id: &Id) -> bool {
        self.packs.iter().any(|p| p.find(id).is_some())
            || self.loose.iter().any(|folder| folder.join(id.loose_path()).is_file())
    }

    /// The commit of a submodule at a path of a tree.
    fn link(&self, tree: &Id, path: &str) -> Option<String> {
        let mut tree = tree.clone();
        let mut parts = path.split('/').take(128).peekable();
        while let Some(part) = parts.next() {
            let object = self.object(&tree, SMALL).ok().filter(|o| o.sort == Sort::Tree)?;
            let entry = object.entries(self.hash).find(|entry| entry.name == part.as_bytes())?;
            match (entry.mode, parts.peek()) {
                (0o160_000, None) => return Some(entry.id.to_string()),
                (0o040_000, Some(_)) => tree = entry.id,
                _ => return None,
            }
        }
        None
    }

    /// Where the repository was cloned from.
    pub(super) fn origin(&self) -> Option<String> {
        remote(&config(&self.common_dir))
    }

    /// The commit or tree that a name at last stands for, and the tree of it.
    fn tree_of(&self, mut id: Id) -> Result<Id, String> {
        for _ in 0..PEELS {
            let object = self.object(&id, SMALL)?;
            id = match object.sort {
                Sort::Tree => return Ok(id),
                Sort::Commit => object.field("tree", self.hash).ok_or("a commit names no tree")?,
                Sort::Tag => object.field("object", self.hash).ok_or("a tag names no object")?,
                Sort::Blob => return Err("it names a file and not a commit".to_string()),
            };
        }
        Err("its tags stand for tags without end".to_string())
    }
}

/// A revision as a tree.
pub(super) struct Revision {
    pub(super) held: Held,
    /// Of the commit, for people.
    pub(super) short: String,
    /// The folder's path below the top of the repository.
    pub(super) below: String,
    pub(super) problems: Vec<Problem>,
}

/// Opens a revision of the repository that a folder is or lies in.
pub(super) fn open(path: &Path, revision: &str, entries: usize) -> Result<Revision, Unreadable> {
    let (repository, below) = Repository::open(path)?;
    let id = repository.resolve(revision)?;
    let tree = repository.tree_of(id.clone())?;
    let mut held = Held::new(false);
    let mut problems = Vec::new();
    // The trees are read before the repository is given away to the files.
    let mut todo = vec![(tree, String::new())];
    let mut files = Vec::new();
    let mut left = entries.min(2_000_000);
    let mut path_bytes = 512usize << 20;
    let mut tree_bytes = TREES;
    let mut places: HashMap<Id, u32> = HashMap::new();
    let mut repeated: Option<(usize, String)> = None;
    while let Some((id, at)) = todo.pop() {
        let seen = places.entry(id.clone()).or_default();
        *seen += 1;
        if *seen > PLACES {
            repeated = Some(repeated.map_or((1, at), |(count, first)| (count + 1, first)));
            continue;
        }
        let object = match repository.object(&id, SMALL) {
            Ok(object) if object.sort == Sort::Tree => object,
            Ok(_) => {
                problems.push(super::archive::problem(&at, format!("object {id} is no folder"), true));
                continue;
            }
            Err(message) => {
                problems.push(super::archive::problem(&at, message, true));
                continue;
            }
        };
        // Folders may be the same object again and again, and a large one each time.
        tree_bytes = tree_bytes.saturating_sub(object.bytes.len());
        if tree_bytes == 0 {
            left = 1;
        }
        for entry in object.entries(repository.hash) {
            let name = String::from_utf8_lossy(entry.name).into_owned();
            let sound =
                super::archive::clean(&name).is_some_and(|clean| clean == name) && !name.contains('/');
            let path = super::archive::join(&at, &name);
            left = left.saturating_sub(1);
            path_bytes = path_bytes.saturating_sub(path.len());
            if left == 0 || path_bytes == 0 {
                let message = "the revision has more entries than are listed; the rest was left out";
                problems.push(super::archive::problem("", message.to_string(), true));
                todo.clear();
                break;
            }
            if !sound || path.len() > 4096 {
                problems.push(super::archive::problem(
                    &at,
                    format!("entry {name:?} is no name and was refused"),
                    true,
                ));
                continue;
            }
            match entry.mode {
                0o040_000 => todo.push((entry.id, path)),
                mode => files.push((path, mode, entry.id)),
            }
        }
    }
    if let Some((count, first)) = repeated {
        let message = format!(
            "{count} folders were left out that are the same as {PLACES} others, such as {:?}",
            first.chars().take(200).collect::<String>()
        );
        problems.push(super::archive::problem("", message, true));
    }
    files.sort_by(|a, b| a.0.cmp(&b.0));
    let links: Vec<Option<String>> = files
        .iter()
        .map(|(_, mode, id)| {
            let target = (*mode == 0o120_000).then(|| repository.blob(id, 4096).ok())??;
            Some(String::from_utf8_lossy(&target).into_owned())
        })
        .collect();
    let source = held.add_source(Source::Git(Box::new(repository)));
    let mut refused = 0usize;
    for ((path, mode, blob), link) in files.into_iter().zip(links) {
        let kind = match (mode, link) {
            (0o120_000, target) => Kind::Link(target.unwrap_or_default().into()),
            (0o160_000, _) => Kind::Module(blob),
            _ => {
                let content = Content::Blob { source, id: blob };
                Kind::File(HeldFile { size: 0, executable: mode & 0o111 != 0, content })
            }
        };
        refused += usize::from(held.put(&path, Node { kind, layer: 0 }).is_err());
    }
    if refused > 0 {
        let message = format!("{refused} entries lie below a link and were refused");
        problems.push(super::archive::problem("", message, true));
    }
    Ok(Revision { held, short: id.to_string().chars().take(12).collect(), below, problems })
}

/// What a repository records of its submodules.
#[derive(Debug, Default)]
pub(crate) struct Recorded {
    /// Commits, by the folders of the submodules.
    pub(crate) commits: BTreeMap<String, String>,
    /// Where the repository itself came from, which addresses of submodules may be relative to.
    pub(crate) origin: Option<String>,
}

/// What the repository records whose work tree is the folder `top`; nothing where its records lie outside of `root`. The
/// index counts, and for what is not in it the last commit.
pub(super) fn recorded(top: &Path, root: &Path, wanted: &[String]) -> Recorded {
    let within = |dir: &Path| Some(dir.canonicalize().ok()?.starts_with(root.canonicalize().ok()?));
    let Some(dir) = git_dir(&top.join(".git")).filter(|dir| within(dir) == Some(true)) else {
        return Recorded::default();
    };
    if within(&common_dir(&dir)) != Some(true) {
        return Recorded::default();
    }
    let config = config(&common_dir(&dir));
    let hash = if extension(&config, "objectformat").as_deref() == Some("sha256") { 32 } else { 20 };
    let links = index::submodules(&dir.join("index"), hash);
    let mut commits: BTreeMap<String, String> =
        wanted.iter().filter_map(|path| Some((path.clone(), links.get(path)?.to_string()))).collect();
    let missing: Vec<&String> = wanted.iter().filter(|path| !commits.contains_key(*path)).collect();
    if !missing.is_empty()
        && let Ok(repository) = Repository::at(dir)
        && let Ok(tree) = repository.resolve("HEAD").map_err(|e| e.0).and_then(|id| repository.tree_of(id))
    {
        let found =
            missing.into_iter().filter_map(|path| Some((path.clone(), repository.link(&tree, path)?)));
        commits.extend(found);
    }
    Recorded { commits, origin: remote(&config) }
}

/// Where everything is that work trees of one repository share.
fn common_dir(git_dir: &Path) -> PathBuf {
    let text = disk::bytes(&git_dir.join("commondir"), 4096).and_then(|bytes| String::from_utf8(bytes).ok());
    text.map_or_else(|| git_dir.to_path_buf(), |text| git_dir.join(text.trim()))
}

fn config(common_dir: &Path) -> String {
    let bytes = disk::bytes(&common_dir.join("config"), 1 << 20);
    String::from_utf8_lossy(&bytes.unwrap_or_default()).into_owned()
}

/// Where the repository was cloned from.
fn remote(config: &str) -> Option<String> {
    let mut inside = false;
    for line in config.lines().map(str::trim) {
        if line.starts_with('[') {
            inside = line == "[remote \"origin\"]";
        } else if let Some((name, value)) = line.split_once('=').filter(|_| inside)
            && name.trim() == "url"
        {
            return Some(value.trim().to_string()).filter(|url| !url.is_empty());
        }
    }
    None
}

/// The folder that a `.git` is or points to.
fn git_dir(dot_git: &Path) -> Option<PathBuf> {
    if dot_git.is_file() {
        let text = std::fs::read_to_string(dot_git).ok()?;
        let target = text.strip_prefix("gitdir:")?.trim();
        let target = dot_git.parent()?.join(target);
        // A work tree has no objects of its own.
        return (is_git_dir(&target) || target.join("commondir").is_file()).then_some(target);
    }
    is_git_dir(dot_git).then(|| dot_git.to_path_buf())
}

fn is_git_dir(path: &Path) -> bool {
    path.join("HEAD").is_file() && path.join("objects").is_dir()
}

/// A value of the section `extensions` of a configuration; files that it includes are not read.
fn extension(config: &str, key: &str) -> Option<String> {
    let mut inside = false;
    for line in config.lines().map(str::trim) {
        if line.starts_with('[') {
            inside = line.to_ascii_lowercase().starts_with("[extensions]");
        } else if let Some((name, value)) = line.split_once('=').filter(|_| inside)
            && name.trim().eq_ignore_ascii_case(key)
        {
            return Some(value.trim().to_ascii_lowercase());
        }
    }
    None
}

fn failed(error: &io::Error) -> String {
    format!("an object cannot be read: {error}")
}
