//! Lists archives, and archives in archives, without unpacking anything to disk.
//!
//! What can be read again later, a file on disk above all, is only listed. Of what comes out of a decoder once, the files
//! are kept that somebody will ask for. Archives may be hostile: depth, entries, path lengths, inflated and kept bytes
//! are limited, paths that lead out are refused, and each of that is said.

use std::io::{self, BufReader, Read};
use std::sync::Arc;

use licit_model::{Found, Problem};

use super::Spot;
use super::bytes::Slice;
use super::compress::{Budget, Packing, most, unpacked};
use super::held::{Content, Held, HeldFile, Kind, Node, Put, Refused, Source};
use super::tar::{Input, Member, Sort, Tar, is_tar};
use super::zip;
use crate::extract::{EXTRACTORS, File};
use crate::installed::TEXT_LIMIT;
use crate::walk::{Limits, Want, Wanted};
use crate::{mentions, weights};

mod part;

use part::{Bytes, Packed, Part};

/// Archives in each other: an ear holds a war, which holds a jar, which was shaded.
const DEPTH: usize = 6;

/// Entries of one archive.
const ENTRIES: usize = 500_000;

/// Bytes of a path.
const PATH: usize = 4096;

/// Bytes of an archive in an archive that has to be held while it is listed.
const NESTED: u64 = 512 << 20;

/// Bytes of a file of weights that are held while its header is read, where the file passes by once. Formats that have
/// their directory at the end need all of it.
const WEIGHED: u64 = 128 << 20;

/// Bytes of the head of a larger one: vocabularies in headers have some ten million.
const WEIGHED_HEAD: u64 = 32 << 20;

/// Endings of archives that are libraries wherever they lie.
const LIBRARIES: &[&str] =
    &[".jar", ".war", ".ear", ".aar", ".par", ".sar", ".kar", ".hpi", ".jpi", ".whl", ".egg", ".nupkg"];

/// Those of them that are Java's.
const JAVA: &[&str] = &[".jar", ".war", ".ear", ".aar", ".par", ".sar", ".kar", ".hpi", ".jpi"];

/// Endings of further archives, which are opened where they lie in an archive that was given by name.
const PACKAGES: &[&str] = &[
    ".zip", ".tar", ".tgz", ".tar.gz", ".tar.xz", ".txz", ".tar.zst", ".tar.bz2", ".tbz2", ".crate", ".gem",
    ".vsix", ".deb", ".apk", ".conda",
];

/// Whether a file is called like an archive that is a library.
pub(crate) fn is_library(name: &str) -> bool {
    ends(name, LIBRARIES)
}

/// Whether a file is called like an archive of Java's, which repositories know by its hash.
pub(super) fn is_java(name: &str) -> bool {
    ends(name, JAVA)
}

fn ends(name: &str, endings: &[&str]) -> bool {
    let bytes = name.as_bytes();
    endings.iter().any(|e| {
        let tail = bytes.len().checked_sub(e.len()).and_then(|from| bytes.get(from..));
        from_end(tail, e) && name.len() > e.len()
    })
}

fn from_end(tail: Option<&[u8]>, ending: &str) -> bool {
    tail.is_some_and(|tail| tail.eq_ignore_ascii_case(ending.as_bytes()))
}

/// One step of laying out what an archive holds.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) path: String,
    pub(super) what: What,
}

#[derive(Debug)]
pub(super) enum What {
    Folder,
    File(HeldFile),
    Link(String),
    /// Another name of a file, and whether somebody reads it by that.
    Hard(String, bool),
}

/// What archives hold, in their order.
#[derive(Debug, Default)]
pub(super) struct Listing {
    pub(super) steps: Vec<Step>,
    /// What can be read again; numbered as the files in the steps have it.
    pub(super) sources: Vec<Slice>,
    pub(super) problems: Vec<Problem>,
    /// Archives in the archive, as folders.
    pub(super) archives: Vec<String>,
    /// The SHA-1 of those of them that are known by it.
    pub(super) digests: Vec<(String, String)>,
    /// Sources that would have been held to be looked through for models, and the first of them.
    pub(super) unread: Option<(usize, String)>,
    /// Archives that were not opened because there are too many, and the first of them.
    pub(super) unopened: Option<(usize, String)>,
}

/// Lists archives by the same rules.
#[derive(Clone, Copy)]
pub(super) struct Lister<'a> {
    pub(super) wanted: &'a Wanted,
    pub(super) budget: &'a Budget,
    pub(super) limits: &'a Limits,
    /// Whether every sort of archive in an archive is opened, and not only libraries.
    pub(super) all: bool,
}

/// Where an archive is laid out, and how many archives it lies in.
#[derive(Clone, Copy)]
struct Around<'a> {
    below: &'a str,
    depth: usize,
}

/// Entries that were refused or odd, counted so that each sort is said once.
#[derive(Default)]
struct Odd {
    outside: Option<(usize, String)>,
    encrypted: Option<(usize, String)>,
    swollen: Option<(usize, String)>,
    full: bool,
}

fn note(slot: &mut Option<(usize, String)>, name: &str) {
    match slot {
        Some((count, _)) => *count += 1,
        None => *slot = Some((1, name.chars().take(200).collect())),
    }
}

impl Odd {
    fn say(self, path: &str, out: &mut Listing) {
        let (unread, unopened, problems) = (out.unread.take(), out.unopened.take(), &mut out.problems);
        let mut say = |message: String| problems.push(problem(path, message, true));
        if let Some((count, first)) = self.outside {
            say(format!(
                "{count} entries were refused because their paths lead out of the archive, such as {first:?}"
            ));
        }
        if let Some((count, first)) = self.encrypted {
            say(format!("{count} entries are encrypted and cannot be read, such as {first:?}"));
        }
        if let Some((count, first)) = unread {
            say(format!(
                "{count} files were not looked through for models, because too many bytes of sources are held, such as {first:?}"
            ));
        }
        if let Some((count, first)) = unopened {
            say(format!(
                "{count} archives in it were not opened, because too many lie in each other, such as {first:?}"
            ));
        }
        if let Some((count, first)) = self.swollen {
            say(format!(
                "{count} entries were left out because all of them together inflate to more than an archive of its size may, such as {first:?}"
            ));
        }
        if self.full {
            say("has more entries than are listed; the rest was left out".to_string());
        }
    }
}

pub(super) fn problem(path: &str, message: String, loses: bool) -> Problem {
    Problem { path: path.to_string(), line: None, message, loses }
}

impl Lister<'_> {
    /// Lists an archive below a folder of the tree, `""` for its top.
    pub(super) fn list(
        &self,
        slice: &Slice,
        below: &str,
        depth: usize,
        out: &mut Listing,
    ) -> Result<(), String> {
        let head = slice.read(0, 512).map_err(|e| format!("could not be read: {e}"))?;
        if head.starts_with(b"!<arch>\n") {
            return self.ar(slice, below, depth, out);
        }
        if is_tar(&head) {
            let reader = slice.reader().map_err(|e| format!("could not be read: {e}"))?;
            let source = slice.durable().then(|| add(&mut out.sources, slice.clone()));
            return self.tar(Input::plain(reader, slice.len()), source, below, depth, out);
        }
        if Packing::of(&head) != Packing::Plain {
            return self.packed(slice, below, depth, out);
        }
        // The directory of a zip is at its end, so a program may stand in front of it.
        self.zip(slice, below, depth, out)
    }

    /// Lists a compressed tar as a stream.
    fn packed(&self, slice: &Slice, below: &str, depth: usize, out: &mut Listing) -> Result<(), String> {
        let stream = self.stream(slice)?;
        self.tar(Input::Stream(stream), None, below, depth, out)
    }

    /// The tar in a compressed stream.
    fn stream<'s>(&'s self, slice: &Slice) -> Result<Box<dyn Read + Send + 's>, String> {
        let failed = |e: io::Error| format!("cannot be unpacked: {e}");
        let head = slice.read(0, 8).map_err(failed)?;
        let reader = BufReader::with_capacity(64 << 10, slice.reader().map_err(failed)?);
        let mut stream = unpacked(Packing::of(&head), slice.len(), reader, self.budget).map_err(failed)?;
        let mut first = Vec::with_capacity(512);
        stream.by_ref().take(512).read_to_end(&mut first).map_err(failed)?;
        if !is_tar(&first) && first.iter().any(|b| *b != 0) {
            return Err("is compressed, and what it holds is no tar".to_string());
        }
        Ok(Box::new(io::Cursor::new(first).chain(stream)))
    }

    /// Lists a tar. `source` is where its bytes can be read again as they lie.
    pub(super) fn tar(
        &self,
        input: Input<'_>,
        source: Option<u32>,
        below: &str,
        depth: usize,
        out: &mut Listing,
    ) -> Result<(), String> {
        let failed = |e: io::Error| format!("cannot be read as a tar: {e}");
        let mut tar = Tar::new(input);
        let mut odd = Odd::default();
        let mut count = 0;
        let ended = loop {
            let member = match tar.next() {
                Ok(Some(member)) => member,
                Ok(None) => break Ok(()),
                Err(error) => break Err(failed(error)),
            };
            count += 1;
            if count > ENTRIES || !self.budget.entry() {
                odd.full = true;
                break Ok(());
            }
            if let Err(error) = self.member(&mut tar, member, source, Around { below, depth }, &mut odd, out)
            {
                break Err(failed(error));
            }
        };
        odd.say(below, out);
        ended
    }

    fn member(
        &self,
        tar: &mut Tar<'_>,
        member: Member,
        source: Option<u32>,
        around: Around<'_>,
        odd: &mut Odd,
        out: &mut Listing,
    ) -> io::Result<()> {
        let Some(clean) = clean(&member.path) else {
            note(&mut odd.outside, &member.path);
            return Ok(());
        };
        if clean.is_empty() {
            return Ok(());
        }
        let path = join(around.below, &clean);
        let what = match member.sort {
            Sort::Folder => What::Folder,
            Sort::Other => return Ok(()),
            Sort::Link(target) => What::Link(target),
            Sort::Hard(target) => match self::clean(&target) {
                Some(target) => What::Hard(join(around.below, &target), self.asked(&path, u64::MAX) > 0),
                None => {
                    note(&mut odd.outside, &member.path);
                    return Ok(());
                }
            },
            Sort::File => {
                let executable = member.mode & 0o111 != 0;
                let mut part = Part { tar, size: member.size, again: source.map(|s| (s, member.offset)) };
                let content = self.file(&mut part, &path, member.size, executable, around, out)?;
                What::File(HeldFile { size: member.size, executable, content })
            }
        };
        out.steps.push(Step { path, what });
        Ok(())
    }

    /// How many bytes of a file somebody will ask for, at most.
    fn asked(&self, path: &str, size: u64) -> u64 {
        let whole = match self.wanted.of(path) {
            Want::Whole => self.limits.file_bytes,
            Want::Head => TEXT_LIMIT as u64,
            Want::Nothing => 0,
        };
        let models = || match weights::wish(path) {
            weights::Wish::Header => WEIGHED,
            weights::Wish::Words(limit) => limit,
            weights::Wish::Nothing => mentions::wish(path).unwrap_or(0),
        };
        size.min(if self.limits.every_file { whole.max(models()) } else { whole })
    }

    /// Decides what is kept of a file, and lists it if it is an archive.
    fn file(
        &self,
        part: &mut dyn Bytes,
        path: &str,
        size: u64,
        executable: bool,
        around: Around<'_>,
        out: &mut Listing,
    ) -> io::Result<Content> {
        let Around { below, depth } = around;
        let name = path.rsplit('/').next().unwrap_or(path);
        if is_library(name) || (self.all && ends(name, PACKAGES)) || (below.is_empty() && is_payload(path)) {
            if size >= 22
                && let Some(slice) = self.nested(part, path, size, out)?
            {
                let content = part.again().unwrap_or_else(|| self.passing(&slice, path));
                if let Some(digest) = is_java(name).then(|| slice.sha1()).flatten() {
                    out.digests.push((format!("{path}!"), digest));
                }
                self.open(&slice, path, below, depth + 1, out);
                return Ok(content);
            }
            return Ok(part.again().unwrap_or(Content::Dropped));
        }
        if let Some(content) = part.again() {
            return Ok(content);
        }
        let limit = match self.wanted.of(path) {
            Want::Head => {
                let read = self.limits.every_file.then(|| mentions::wish(path)).flatten();
                size.min(read.unwrap_or(0).max(TEXT_LIMIT as u64))
            }
            Want::Whole if size <= self.limits.file_bytes => size,
            Want::Whole => {
                let limit = self.limits.file_bytes;
                return Ok(Content::Broken(
                    format!("has {size} bytes and was not read: {limit} is the limit").into(),
                ));
            }
            Want::Nothing => {
                let mut head = Vec::new();
                if self.wanted.may_run(name, executable) && size >= 64 {
                    head = part.head(16.min(size))?;
                    let extractors = self.wanted.magic(&head);
                    if !extractors.is_empty() {
                        return self.sniffed(part, path, size, head, extractors);
                    }
                }
                return self.for_models(part, path, size, head, out);
            }
        };
        if !self.budget.keep(limit) {
            return Ok(Content::Broken(
                "was not kept: the archives hold too many bytes that are of interest".into(),
            ));
        }
        part.head(limit).map(|bytes| Content::Held(bytes.into()))
    }

    /// Lets the extractors that read a whole archive read one that passes by.
    fn passing(&self, slice: &Slice, path: &str) -> Content {
        let extractors = self.wanted.extractors(path);
        match slice.read(0, slice.len()) {
            Ok(bytes) if !extractors.is_empty() => read(path, &bytes, extractors),
            _ => Content::Dropped,
        }
    }

    /// Lets the extractors that know it by its first bytes read a file that passes by.
    fn sniffed(
        &self,
        part: &mut dyn Bytes,
        path: &str,
        size: u64,
        mut head: Vec<u8>,
        extractors: Vec<usize>,
    ) -> io::Result<Content> {
        if size > self.limits.file_bytes || !self.budget.keep(size) {
            return Ok(Content::Broken(format!("has {size} bytes and was not read").into()));
        }
        let rest = part.head(size - head.len() as u64)?;
        head.extend(rest);
        let content = read(path, &head, extractors);
        self.budget.release(size);
        Ok(content)
    }

    /// Keeps of a file that passes by what may name a model, and reads the header of what may be one. `head` are its
    /// first bytes, as far as they were read.
    fn for_models(
        &self,
        part: &mut dyn Bytes,
        path: &str,
        size: u64,
        mut head: Vec<u8>,
        out: &mut Listing,
    ) -> io::Result<Content> {
        if !self.limits.every_file || size == 0 {
            return Ok(Content::Dropped);
        }
        let words = match weights::wish(path) {
            weights::Wish::Header => return self.weigh(part, path, size, head),
            weights::Wish::Words(limit) => size.min(limit),
            weights::Wish::Nothing => 0,
        };
        // The readers of mentions take a file whole or not at all.
        let source = mentions::wish(path).filter(|limit| size <= *limit).map_or(0, |_| size);
        let count = words.max(source);
        if count == 0 {
            return Ok(Content::Dropped);
        }
        if count > head.len() as u64 {
            head.extend(part.head(count - head.len() as u64)?);
        }
        // Most files name no model, which a look at their words tells: only the others are held.
        let says =
            (words > 0 && weights::may_say(path, &head)) || (source > 0 && mentions::may_say(path, &head));
        if !says {
            return Ok(Content::Dropped);
        }
        if !self.budget.keep_source(count) {
            note(&mut out.unread, path);
            return Ok(Content::Dropped);
        }
        Ok(Content::Held(head.into()))
    }

    /// Reads the header of a file of weights that passes by; its bytes are held no longer than that.
    fn weigh(&self, part: &mut dyn Bytes, path: &str, size: u64, mut head: Vec<u8>) -> io::Result<Content> {
        let count = if size <= WEIGHED { size } else { WEIGHED_HEAD };
        if !self.budget.keep(count) {
            return Ok(Content::Broken(format!("has {size} bytes and was not read").into()));
        }
        if count > head.len() as u64 {
            head.extend(part.head(count - head.len() as u64)?);
        }
        let mut held = Held::new(false);
        let source = held.add_source(Source::Bytes(Slice::head(head, size)));
        let content = Content::Run { source, offset: 0 };
        let kind = Kind::File(HeldFile { size, executable: false, content });
        // A file of a name of its own at the top cannot be refused.
        if held.put("weights", Node { kind, layer: 0 }).is_err() {
            return Ok(Content::Dropped);
        }
        let mut passed = weights::passing(path, Spot::Held(Arc::new(held), "weights".to_string()));
        self.budget.release(count);
        if passed.0.is_none() && passed.1.is_empty() && count < size {
            let message = format!(
                "was not looked through for weights: it has {size} bytes in a stream that is read once, and the first {count} show nothing"
            );
            passed.1.push(problem(path, message, true));
        }
        Ok(Content::Weighed(Arc::new(passed)))
    }

    /// The bytes of an archive in the archive; none, and a word, where there are too many.
    fn nested(
        &self,
        part: &mut dyn Bytes,
        path: &str,
        size: u64,
        out: &mut Listing,
    ) -> io::Result<Option<Slice>> {
        if let Some(slice) = part.slice(out) {
            return Ok(Some(slice));
        }
        if size > NESTED || !self.budget.keep(size) {
            let message = format!("was not opened: it has {size} bytes and would have to be held in memory");
            out.problems.push(problem(path, message, true));
            return Ok(None);
        }
        let bytes = part.head(size)?;
        self.budget.release(size);
        Ok(Some(Slice::memory(bytes)))
    }

    /// Lists an archive in an archive, below a folder that is called like it.
    fn open(&self, slice: &Slice, path: &str, below: &str, depth: usize, out: &mut Listing) {
        // What a package is made of lies at its top.
        let payload = below.is_empty() && is_payload(path);
        let inner = match (payload, path.starts_with("control.tar")) {
            (true, true) => join(below, "DEBIAN"),
            (true, false) => below.to_string(),
            (false, _) => format!("{path}!"),
        };
        if !payload {
            out.archives.push(inner.clone());
        }
        if !self.budget.archive() {
            return note(&mut out.unopened, path);
        }
        if depth > DEPTH {
            let message = format!("was not opened: more than {DEPTH} archives lie in each other");
            return out.problems.push(problem(path, message, true));
        }
        if let Err(message) = self.list(slice, &inner, depth, out) {
            out.problems.push(problem(path, message, true));
        }
    }

    fn zip(&self, slice: &Slice, below: &str, depth: usize, out: &mut Listing) -> Result<(), String> {
        let (entries, more) = zip::entries(slice, ENTRIES)?;
        let source = slice.durable().then(|| add(&mut out.sources, slice.clone()));
        let mut odd = Odd { full: more, ..Odd::default() };
        // What is inflated of one archive together, however its entries share their bytes.
        let mut left = most(slice.len());
        for entry in entries {
            if !self.budget.entry() {
                odd.full = true;
                break;
            }
            // Some programs of Windows write their own separator.
            let name =
                if entry.name.contains('/') { entry.name.clone() } else { entry.name.replace('\\', "/") };
            let Some(clean) = clean(&name) else {
                note(&mut odd.outside, &entry.name);
                continue;
            };
            if clean.is_empty() {
                continue;
            }
            let path = join(below, &clean);
            if name.ends_with('/') {
                out.steps.push(Step { path, what: What::Folder });
                continue;
            }
            let (size, executable) = (entry.place.size, entry.mode & 0o111 != 0);
            // What can be read again is inflated later, by whoever asks for it; what is too much by itself is refused then.
            let later = source.is_some() && size <= most(entry.place.packed);
            let later = if later { self.asked(&path, size) } else { 0 };
            let Some(rest) = left.checked_sub(later) else {
                note(&mut odd.swollen, &entry.name);
                continue;
            };
            left = rest;
            let file = |content| What::File(HeldFile { size, executable, content });
            let what = if entry.encrypted {
                note(&mut odd.encrypted, &entry.name);
                file(Content::Broken("is encrypted".into()))
            } else if entry.is_link() {
                match zip::read(slice, &entry.place, PATH as u64) {
                    Ok(target) => What::Link(String::from_utf8_lossy(&target).into_owned()),
                    Err(why) => file(Content::Broken(why.into())),
                }
            } else {
                let (place, left, budget) = (entry.place, &mut left, self.budget);
                let mut part = Packed { slice, place, source, at: 0, left, budget };
                match self.file(&mut part, &path, size, executable, Around { below, depth }, out) {
                    Ok(content) => file(content),
                    Err(error) => {
                        out.problems.push(problem(&path, error.to_string(), true));
                        file(Content::Broken(error.to_string().into()))
                    }
                }
            };
            out.steps.push(Step { path, what });
        }
        odd.say(below, out);
        Ok(())
    }

    /// Lists the members of an `ar` archive, which is what a package of Debian is.
    fn ar(&self, slice: &Slice, below: &str, depth: usize, out: &mut Listing) -> Result<(), String> {
        let failed = |e: io::Error| format!("cannot be read as an ar archive: {e}");
        let mut at = 8;
        for _ in 0..1024 {
            let header = slice.read(at, 60).map_err(failed)?;
            if header.is_empty() {
                return Ok(());
            }
            let text = String::from_utf8_lossy(&header).into_owned();
            let size = text.get(48..58).and_then(|s| s.trim().parse::<u64>().ok());
            let (Some(size), Some(name), true) = (size, text.get(..16), header.ends_with(b"`\n")) else {
                return Err("cannot be read as an ar archive: a header is damaged".to_string());
            };
            let part = slice.part(at + 60, size).ok_or("cannot be read as an ar archive: it is cut short")?;
            let name = name.trim_end().trim_end_matches('/');
            if is_payload(name) {
                self.open(&part, name, below, depth + 1, out);
            }
            at = at + 60 + size + size % 2;
        }
        Ok(())
    }
}

/// What extractors make of a file that is not kept.
fn read(path: &str, bytes: &[u8], extractors: Vec<usize>) -> Content {
    let file = File::new(path, bytes);
    let found = extractors.into_iter().map(|extractor| {
        let mut found = Found::new(path, EXTRACTORS[extractor].name());
        crate::extract_guarded(extractor, &file, &mut found);
        found
    });
    Content::Read(found.collect())
}

/// Whether a member holds what a package of Debian, Ruby or Conda is made of.
fn is_payload(path: &str) -> bool {
    let tar = path.contains(".tar");
    tar && !path.contains('/')
        && (path.starts_with("data.tar")
            || path.starts_with("control.tar")
            || ((path.starts_with("pkg-") || path.starts_with("info-")) && path.ends_with(".tar.zst")))
}

fn add(sources: &mut Vec<Slice>, slice: Slice) -> u32 {
    sources.push(slice);
    sources.len() as u32 - 1
}

pub(super) fn join(below: &str, path: &str) -> String {
    if below.is_empty() { path.to_string() } else { format!("{below}/{path}") }
}

/// A member's path with its empty parts taken away; none where it leads out, is absolute, or is no path at all.
pub(super) fn clean(path: &str) -> Option<String> {
    let drive = path.as_bytes().get(1) == Some(&b':') && path.as_bytes()[0].is_ascii_alphabetic();
    if path.len() > PATH || path.starts_with('/') || path.contains(['\0', '\\']) || drive {
        return None;
    }
    let parts: Vec<&str> = path.split('/').filter(|p| !p.is_empty() && *p != ".").collect();
    (!parts.contains(&"..") && parts.len() <= 512).then(|| parts.join("/"))
}

/// Lays what was listed out into a tree. `path` is what problems are said of.
pub(super) fn lay(listing: Listing, held: &mut Held, path: &str, problems: &mut Vec<Problem>) -> Vec<String> {
    let numbers: Vec<u32> = listing.sources.into_iter().map(|s| held.add_source(Source::Bytes(s))).collect();
    problems.extend(listing.problems);
    listing.digests.into_iter().for_each(|(folder, digest)| held.digest(&folder, digest));
    let mut refused = None;
    let mut twice = None;
    for step in listing.steps {
        match put(held, &step.path, step.what, &numbers, 0) {
            Ok(Put::New) => {}
            Ok(Put::Again) => note(&mut twice, &step.path),
            Err(_) => note(&mut refused, &step.path),
        }
    }
    if let Some((count, first)) = refused {
        let message = format!(
            "{count} entries were refused because a link leads out of the archive, such as {first:?}"
        );
        problems.push(problem(path, message, true));
    }
    if let Some((count, first)) = twice {
        let message =
            format!("{count} entries have the name of another one, such as {first:?}; the last one was read");
        problems.push(problem(path, message, false));
    }
    listing.archives
}

/// Puts one entry into the tree.
pub(super) fn put(
    held: &mut Held,
    path: &str,
    what: What,
    sources: &[u32],
    layer: u16,
) -> Result<Put, Refused> {
    let kind = match what {
        What::Folder => Kind::Folder(std::collections::BTreeMap::new()),
        What::Link(target) => Kind::Link(target.into()),
        What::File(mut file) => {
            match &mut file.content {
                Content::Run { source, .. } | Content::Member { source, .. } => {
                    *source = sources.get(*source as usize).copied().unwrap_or(*source);
                }
                _ => {}
            }
            Kind::File(file)
        }
        What::Hard(target, asked) => {
            let known = held.find(&target).map(|at| held.node(at).kind.clone());
            match known {
                Some(Kind::File(file)) if !asked || held.link(file.size) => Kind::File(file),
                Some(Kind::File(file)) => {
                    let content = Content::Broken(Arc::from("is one of too many names of a large file"));
                    Kind::File(HeldFile { content, ..file })
                }
                _ => {
                    let content = Content::Broken(Arc::from("is another name of a file that is not there"));
                    Kind::File(HeldFile { size: 0, executable: false, content })
                }
            }
        }
    };
    held.put(path, Node { kind, layer })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_lead_out() {
        assert_eq!(clean("./a//b/./c").as_deref(), Some("a/b/c"));
        assert_eq!(clean("./").as_deref(), Some(""));
        for path in ["/a", "a/../b", "..", "c:/a", "C:a", "a\\b", "a\0b"] {
            assert_eq!(clean(path), None, "{path:?}");
        }
        assert_eq!(clean(&"a/".repeat(600)), None);
        assert_eq!(clean(&"a".repeat(5000)), None);
    }

    #[test]
    fn names_of_archives() {
        assert!(is_library("a.jar") && is_library("A.WAR") && is_library("x-1.0-py3-none-any.whl"));
        assert!(!is_library(".jar") && !is_library("jar") && !is_library("a.jar.txt") && !is_library("é"));
        assert!(is_payload("data.tar.gz") && is_payload("control.tar.xz"));
        assert!(!is_payload("x/data.tar.gz") && !is_payload("data.txt"));
    }

    #[test]
    fn names_of_a_large_file_run_out() {
        let mut held = Held::new(false);
        let file = || HeldFile { size: 400 << 20, executable: false, content: Content::Dropped };
        put(&mut held, "a", What::File(file()), &[], 0).unwrap();
        for (name, asked) in [("b", true), ("c", true), ("d", true), ("e", false)] {
            put(&mut held, name, What::Hard("a".to_string(), asked), &[], 0).unwrap();
        }
        let broken = |name: &str| {
            let Kind::File(file) = &held.node(held.find(name).unwrap()).kind else { return false };
            matches!(file.content, Content::Broken(_))
        };
        assert_eq!(["a", "b", "c", "d", "e"].map(broken), [false, false, false, true, false]);
    }

    #[test]
    fn archives_in_archives_run_out() {
        let wanted = Wanted::shared();
        let (budget, limits) = (Budget::new(1000), Limits::default());
        let lister = Lister { wanted, budget: &budget, limits: &limits, all: false };
        let mut out = Listing::default();
        while budget.archive() {}
        lister.open(&Slice::memory(Vec::new()), "a.jar", "", 1, &mut out);
        lister.open(&Slice::memory(Vec::new()), "b.jar", "", 1, &mut out);
        assert!(out.problems.is_empty());
        Odd::default().say("top.ear", &mut out);
        let said = &out.problems[0];
        assert!(said.loses && said.path == "top.ear" && said.message.starts_with("2 archives"), "{said:?}");
    }

    #[test]
    fn of_large_weights_the_head_is_enough() {
        let mut head = b"GGUF\x03\0\0\0".to_vec();
        head.extend(0u64.to_le_bytes());
        head.extend(1u64.to_le_bytes());
        for text in ["general.architecture", "heron"] {
            head.extend((text.len() as u64).to_le_bytes());
            head.extend(text.as_bytes());
            if head.len() < 60 {
                head.extend(8u32.to_le_bytes());
            }
        }
        let large = 10 << 30;
        let weigh = |head: Vec<u8>| {
            let mut held = Held::new(false);
            let source = held.add_source(Source::Bytes(Slice::head(head, large)));
            let content = Content::Run { source, offset: 0 };
            let kind = Kind::File(HeldFile { size: large, executable: false, content });
            held.put("weights", Node { kind, layer: 0 }).unwrap();
            weights::passing("a/heron.gguf", Spot::Held(Arc::new(held), "weights".to_string()))
        };
        let (facts, problems) = weigh(head.clone());
        let facts = facts.unwrap();
        assert_eq!((facts.bytes, facts.architecture.as_deref()), (Some(large), Some("heron")));
        assert_eq!((facts.path.as_str(), problems.len()), ("a/heron.gguf", 0));
        // What lies behind the head is not made up.
        let (_, problems) = weigh(head[..40].to_vec());
        assert_eq!(problems.len(), 1, "{problems:?}");
    }
}
