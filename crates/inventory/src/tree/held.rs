//! A tree that lies in no folder: members of an archive, the files of an image, a revision of a repository.
//!
//! It holds names and where the bytes are; bytes themselves only where the source cannot be asked again. Links are
//! resolved inside the tree, and none leads out of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use licit_model::Found;

use super::bytes::Slice;
use super::git::Repository;
use super::zip;
use crate::weights::Passed;

/// Links on the way to one file.
const HOPS: usize = 40;

/// Steps on the way to one file, links included.
const STEPS: usize = 16_384;

/// Where the bytes of files lie.
#[derive(Debug)]
pub(super) enum Source {
    Bytes(Slice),
    Git(Box<Repository>),
}

/// How the bytes of a file are had.
#[derive(Debug, Clone)]
pub(super) enum Content {
    /// Not at all: nothing asks for a file of that name, and its source was read once.
    Dropped,
    /// They are here; fewer than the file has where only its head is of interest.
    Held(Arc<[u8]>),
    /// A run of bytes of a source.
    Run { source: u32, offset: u64 },
    /// A member of a zip.
    Member { source: u32, place: zip::Place },
    /// An object of a repository.
    Blob { source: u32, id: super::git::Id },
    /// What an extractor read from it while it passed by.
    Read(Arc<[Found]>),
    /// What its header said of weights while it passed by.
    Weighed(Arc<Passed>),
    /// It is there and cannot be read.
    Broken(Arc<str>),
}

/// A file.
#[derive(Debug, Clone)]
pub(super) struct HeldFile {
    pub(super) size: u64,
    pub(super) executable: bool,
    pub(super) content: Content,
}

/// What stands at a path.
#[derive(Debug, Clone)]
pub(super) enum Kind {
    Folder(BTreeMap<Box<str>, u32>),
    File(HeldFile),
    /// A link by name, as it stands there.
    Link(Box<str>),
    /// A commit of another repository: a submodule.
    Module(super::git::Id),
}

#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) kind: Kind,
    /// In an image: which layer put it there, counted from 1; 0 elsewhere.
    pub(super) layer: u16,
}

/// The tree.
#[derive(Debug)]
pub struct Held {
    nodes: Vec<Node>,
    sources: Vec<Source>,
    /// An image is a system of its own: `/` and `..` at its top mean its top. Elsewhere they lead out.
    rooted: bool,
    /// By the folder that stands for an archive: the SHA-1 of the archive.
    digests: BTreeMap<Box<str>, Box<str>>,
    /// Bytes that may still be read a second time because they have another name.
    linked: u64,
}

/// Bytes that are read again under other names: names cost nothing, so that a small archive could ask for any number.
const LINKED: u64 = 1 << 30;

/// Why nothing was put at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// A link on the way leads out of the tree, or in a circle.
    Link,
    /// The tree has more nodes than can be counted.
    Full,
}

/// What putting something at a path did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Put {
    New,
    /// Something of the same layer was there.
    Again,
}

impl Held {
    pub(super) fn new(rooted: bool) -> Held {
        Held {
            nodes: vec![Node { kind: Kind::Folder(BTreeMap::new()), layer: 0 }],
            sources: Vec::new(),
            rooted,
            digests: BTreeMap::new(),
            linked: LINKED,
        }
    }

    /// Takes the bytes of a file that has another name; false where there are too many of them.
    pub(super) fn link(&mut self, bytes: u64) -> bool {
        let left = self.linked.checked_sub(bytes);
        self.linked = left.unwrap_or(self.linked);
        left.is_some()
    }

    /// Notes the SHA-1 of an archive by the folder that stands for it.
    pub(super) fn digest(&mut self, folder: &str, digest: String) {
        self.digests.insert(folder.into(), digest.into());
    }

    /// The SHA-1 of an archive.
    pub(super) fn digest_of(&self, folder: &str) -> Option<&str> {
        self.digests.get(folder).map(|digest| &**digest)
    }

    pub(super) fn add_source(&mut self, source: Source) -> u32 {
        self.sources.push(source);
        self.sources.len() as u32 - 1
    }

    /// The repository of which it is a revision.
    pub(super) fn repository(&self) -> Option<&Repository> {
        self.sources.iter().find_map(|source| match source {
            Source::Git(repository) => Some(repository.as_ref()),
            Source::Bytes(_) => None,
        })
    }

    /// Whether it is the file system of an image.
    pub(super) fn is_system(&self) -> bool {
        self.rooted
    }

    pub(super) fn node(&self, at: u32) -> &Node {
        &self.nodes[at as usize]
    }

    /// Puts a node at a path; folders on the way are made. A folder that is there stays.
    pub(super) fn put(&mut self, path: &str, node: Node) -> Result<Put, Refused> {
        let (parents, name) = path.rsplit_once('/').unwrap_or(("", path));
        let parent = self.folder(parents, node.layer)?;
        let Kind::Folder(children) = &self.nodes[parent as usize].kind else { return Err(Refused::Link) };
        if let Some(&known) = children.get(name) {
            let old = &mut self.nodes[known as usize];
            let again = if old.layer == node.layer { Put::Again } else { Put::New };
            match (&old.kind, &node.kind) {
                (Kind::Folder(_), Kind::Folder(_)) => return Ok(Put::New),
                _ => *old = node,
            }
            return Ok(again);
        }
        let at = self.push(node)?;
        if let Kind::Folder(children) = &mut self.nodes[parent as usize].kind {
            children.insert(name.into(), at);
        }
        Ok(Put::New)
    }

    fn push(&mut self, node: Node) -> Result<u32, Refused> {
        let at = u32::try_from(self.nodes.len()).map_err(|_| Refused::Full)?;
        self.nodes.push(node);
        Ok(at)
    }

    /// The folder at a path; what is missing is made, and a file in the way gives place.
    fn folder(&mut self, path: &str, layer: u16) -> Result<u32, Refused> {
        let mut at = 0u32;
        let mut way = vec![0u32];
        let mut todo: Vec<Box<str>> = parts_reversed(path);
        let (mut hops, mut steps) = (0, 0);
        while let Some(name) = todo.pop() {
            steps += 1;
            if steps > STEPS {
                return Err(Refused::Link);
            }
            if &*name == ".." {
                if way.len() > 1 {
                    way.pop();
                } else if !self.rooted {
                    return Err(Refused::Link);
                }
                at = *way.last().unwrap_or(&0);
                continue;
            }
            let child = match &self.nodes[at as usize].kind {
                Kind::Folder(children) => children.get(&name).copied(),
                _ => return Err(Refused::Link),
            };
            let known = child.map(|c| (c, &self.nodes[c as usize].kind));
            let next = match known {
                Some((child, Kind::Folder(_))) => child,
                Some((_, Kind::Link(target))) => {
                    hops += 1;
                    // A member that goes through a link of its own archive is how files get written elsewhere.
                    if hops > HOPS || !self.rooted {
                        return Err(Refused::Link);
                    }
                    if target.starts_with('/') {
                        way.truncate(1);
                        at = 0;
                    }
                    todo.extend(parts_reversed(target));
                    continue;
                }
                Some((child, _)) => {
                    self.nodes[child as usize] = Node { kind: Kind::Folder(BTreeMap::new()), layer };
                    child
                }
                None => {
                    let new = self.push(Node { kind: Kind::Folder(BTreeMap::new()), layer })?;
                    if let Kind::Folder(children) = &mut self.nodes[at as usize].kind {
                        children.insert(name, new);
                    }
                    new
                }
            };
            way.push(next);
            at = next;
        }
        Ok(at)
    }

    /// What stands at a path, links resolved; none where nothing does, or where a link leads out.
    pub(super) fn find(&self, path: &str) -> Option<u32> {
        self.find_from(vec![0], path)
    }

    fn find_from(&self, mut way: Vec<u32>, path: &str) -> Option<u32> {
        let mut todo = parts_reversed(path);
        let (mut hops, mut steps) = (0, 0);
        while let Some(name) = todo.pop() {
            steps += 1;
            if steps > STEPS {
                return None;
            }
            if &*name == ".." {
                if way.len() > 1 {
                    way.pop();
                } else if !self.rooted {
                    return None;
                }
                continue;
            }
            let Kind::Folder(children) = &self.nodes[*way.last()? as usize].kind else { return None };
            let child = *children.get(&name)?;
            match &self.nodes[child as usize].kind {
                Kind::Link(target) => {
                    hops += 1;
                    if hops > HOPS {
                        return None;
                    }
                    if target.starts_with('/') {
                        if !self.rooted {
                            return None;
                        }
                        way.truncate(1);
                    }
                    todo.extend(parts_reversed(target));
                }
                _ => way.push(child),
            }
        }
        way.last().copied()
    }

    /// Takes away what lower layers put at a path.
    pub(super) fn whiteout(&mut self, path: &str, layer: u16) {
        let (parents, name) = path.rsplit_once('/').unwrap_or(("", path));
        let Some(parent) = self.find(parents) else { return };
        let Kind::Folder(children) = &self.nodes[parent as usize].kind else { return };
        let Some(&child) = children.get(name) else { return };
        if !self.prune(child, layer)
            && let Kind::Folder(children) = &mut self.nodes[parent as usize].kind
        {
            children.remove(name);
        }
    }

    /// Takes away what lower layers put into a folder.
    pub(super) fn opaque(&mut self, path: &str, layer: u16) {
        if let Some(at) = self.find(path) {
            self.prune(at, layer);
        }
    }

    /// Takes away everything of lower layers below a node; says whether something of this layer is left.
    fn prune(&mut self, at: u32, layer: u16) -> bool {
        // Folders in the order in which they are met, so that the deepest are looked at first on the way back.
        let mut folders = vec![at];
        let mut next = 0;
        while let Some(&folder) = folders.get(next) {
            next += 1;
            if let Kind::Folder(children) = &self.nodes[folder as usize].kind {
                let inner =
                    children.values().filter(|c| matches!(self.nodes[**c as usize].kind, Kind::Folder(_)));
                folders.extend(inner.copied().collect::<Vec<_>>());
            }
        }
        for &folder in folders.iter().rev() {
            let node = &mut self.nodes[folder as usize];
            let Kind::Folder(children) = &mut node.kind else { return node.layer == layer };
            let mut children = std::mem::take(children);
            children.retain(|_, child| {
                let child = &self.nodes[*child as usize];
                match &child.kind {
                    Kind::Folder(inner) => !inner.is_empty(),
                    _ => child.layer == layer,
                }
            });
            self.nodes[folder as usize].kind = Kind::Folder(children);
        }
        matches!(&self.nodes[at as usize].kind, Kind::Folder(children) if !children.is_empty())
    }

    /// The bytes of a file, up to a limit.
    pub(super) fn bytes(&self, at: u32, limit: u64) -> Result<Vec<u8>, String> {
        let Kind::File(file) = &self.nodes[at as usize].kind else { return Err("is no file".to_string()) };
        let failed = |e: std::io::Error| format!("could not be read: {e}");
        match &file.content {
            Content::Held(bytes) => Ok(bytes[..bytes.len().min(limit as usize)].to_vec()),
            Content::Broken(why) => Err(why.to_string()),
            Content::Dropped | Content::Read(_) | Content::Weighed(_) => {
                Err("was not kept: it lies in a compressed stream that is read once".to_string())
            }
            Content::Run { source, offset } => match &self.sources[*source as usize] {
                Source::Bytes(slice) => slice.read(*offset, file.size.min(limit)).map_err(failed),
                Source::Git(_) => Err("is no run of bytes".to_string()),
            },
            Content::Member { source, place } => match &self.sources[*source as usize] {
                Source::Bytes(slice) => zip::read(slice, place, limit),
                Source::Git(_) => Err("is no member of a zip".to_string()),
            },
            Content::Blob { source, id } => match &self.sources[*source as usize] {
                Source::Git(repository) => repository.blob(id, limit),
                Source::Bytes(_) => Err("is no object of a repository".to_string()),
            },
        }
    }

    /// The bytes of a file as a slice that can be read in place, where that is possible without inflating it.
    pub(super) fn slice(&self, at: u32) -> Option<Slice> {
        let Kind::File(file) = &self.nodes[at as usize].kind else { return None };
        match &file.content {
            Content::Run { source, offset } => match &self.sources[*source as usize] {
                Source::Bytes(slice) => slice.part(*offset, file.size),
                Source::Git(_) => None,
            },
            Content::Member { source, place } => match &self.sources[*source as usize] {
                Source::Bytes(slice) => zip::stored(slice, place),
                Source::Git(_) => None,
            },
            _ => None,
        }
    }

    /// Size of a blob that is only known by its name.
    pub(super) fn size(&self, at: u32) -> u64 {
        match &self.nodes[at as usize].kind {
            Kind::File(HeldFile { content: Content::Blob { source, id }, .. }) => {
                match &self.sources[*source as usize] {
                    Source::Git(repository) => repository.size(id).unwrap_or(0),
                    Source::Bytes(_) => 0,
                }
            }
            Kind::File(file) => file.size,
            _ => 0,
        }
    }
}

/// The parts of a path, the last first, so that they can be popped.
fn parts_reversed(path: &str) -> Vec<Box<str>> {
    path.split('/').rev().filter(|p| !p.is_empty() && *p != ".").map(Box::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> Kind {
        Kind::File(HeldFile { size: 0, executable: false, content: Content::Dropped })
    }

    #[test]
    fn links_stay_inside() {
        for rooted in [false, true] {
            let mut held = Held::new(rooted);
            let put = |held: &mut Held, path: &str, kind: Kind| held.put(path, Node { kind, layer: 1 });
            put(&mut held, "usr/lib/a", file()).unwrap();
            put(&mut held, "lib", Kind::Link("usr/lib".into())).unwrap();
            put(&mut held, "usr/absolute", Kind::Link("/usr/lib/a".into())).unwrap();
            put(&mut held, "usr/out", Kind::Link("../../usr/lib/a".into())).unwrap();
            put(&mut held, "one", Kind::Link("two".into())).unwrap();
            put(&mut held, "two", Kind::Link("one/x".into())).unwrap();
            assert!(held.find("lib/a").is_some());
            assert_eq!(held.find("usr/absolute").is_some(), rooted);
            assert_eq!(held.find("usr/out").is_some(), rooted);
            assert!(held.find("one").is_none() && held.find("lib/b").is_none());
            assert_eq!(put(&mut held, "lib/b", file()).is_ok(), rooted);
            assert_eq!(held.find("usr/lib/b").is_some(), rooted);
            assert!(put(&mut held, "one/b", file()).is_err());
        }
    }

    #[test]
    fn whiteouts_spare_their_own_layer() {
        let mut held = Held::new(true);
        for (path, layer) in [("a/x/old", 1), ("a/x/deep/old", 1), ("a/x/new", 2), ("a/y", 1)] {
            held.put(path, Node { kind: file(), layer }).unwrap();
        }
        held.whiteout("a/x", 2);
        assert!(held.find("a/x/new").is_some() && held.find("a/x/old").is_none());
        assert!(held.find("a/x/deep").is_none() && held.find("a/y").is_some());
        held.opaque("a", 3);
        assert!(held.find("a").is_some() && held.find("a/x").is_none() && held.find("a/y").is_none());
        held.whiteout("nothing/here", 3);
    }
}
