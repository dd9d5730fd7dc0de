//! Container images: an OCI layout, as a folder or a tar, and what `docker save` writes.
//!
//! The layers are read as streams and squashed in their order: a whiteout takes away what lower layers put there. Links
//! are resolved inside the image only. Of an index the image for linux/amd64 is read, or the first one.

use std::collections::HashMap;
use std::io::{self, BufReader, Read};
use std::path::Path;

use licit_model::Problem;
use rayon::prelude::*;
use serde::Deserialize;

use super::archive::{Lister, Listing, What, clean, join, problem, put};
use super::bytes::Slice;
use super::compress::{Packing, unpacked};
use super::held::{Held, Source};
use super::tar::{Input, Sort, Tar, is_tar};

/// Bytes of an index, a manifest or a configuration.
const DOCUMENT: u64 = 16 << 20;

/// Indices in each other.
const DEPTH: usize = 4;

/// Layers of one image; Docker makes no more than 127.
const LAYERS: usize = 1024;

/// An image, for the component that stands for it.
#[derive(Debug, Clone, Default)]
pub struct Image {
    /// As it is called, without registry, tag or digest; empty where nothing says it.
    pub name: String,
    /// The registry and path it was pulled from, where the name says so.
    pub repository: String,
    /// Its tag.
    pub tag: String,
    /// Digest of the manifest, or, as `docker save` has none, of the configuration: `sha256:` and digits.
    pub digest: String,
    /// Whether the digest is that of an OCI manifest.
    pub oci: bool,
    /// Operating system and architecture, such as `linux/amd64`.
    pub platform: String,
    /// The version that its labels state.
    pub version: String,
    /// The file that names it, relative to the scanned path.
    pub manifest: String,
    /// By layer: its number counted from 1 and the head of its digest.
    pub layers: Vec<String>,
}

/// An image that was opened.
pub(super) struct Opened {
    pub(super) held: Held,
    pub(super) image: Image,
    pub(super) problems: Vec<Problem>,
    pub(super) archives: Vec<String>,
}

/// What lies in the image's folder or tar.
enum Blob {
    Slice(Slice),
    /// A layer that came out of a stream and was listed at once.
    Listed(Box<Listing>),
    /// Another name.
    Same(String),
}

/// Blobs by their path.
enum Blobs<'p> {
    Folder(&'p Path),
    Tar(HashMap<String, Blob>),
}

impl Blobs<'_> {
    fn slice(&self, name: &str) -> Result<Slice, String> {
        let name = clean(name).ok_or_else(|| format!("{name:?} leads out of the image and was refused"))?;
        let absent = || format!("{name} is not in the image");
        match self {
            Blobs::Folder(folder) => {
                let path = folder.join(&name);
                let plain = std::fs::symlink_metadata(&path).is_ok_and(|m| m.is_file());
                // A link on the way may lead out of the layout as well as one at its end.
                let mut within = name.match_indices('/').filter_map(|(at, _)| name.get(..at));
                let linked = |above: &str| {
                    std::fs::symlink_metadata(folder.join(above)).is_ok_and(|m| m.file_type().is_symlink())
                };
                if plain && !within.any(linked) {
                    Slice::file(&path).map_err(|e| format!("{name} cannot be read: {e}"))
                } else {
                    Err(absent())
                }
            }
            Blobs::Tar(blobs) => match blobs.get(&name) {
                Some(Blob::Slice(slice)) => Ok(slice.clone()),
                Some(Blob::Same(other)) => match blobs.get(other) {
                    Some(Blob::Slice(slice)) => Ok(slice.clone()),
                    _ => Err(absent()),
                },
                Some(Blob::Listed(_)) | None => Err(absent()),
            },
        }
    }

    fn document(&self, name: &str) -> Result<Vec<u8>, String> {
        let slice = self.slice(name)?;
        if slice.len() > DOCUMENT {
            return Err(format!("{name} has {} bytes, which no such document has", slice.len()));
        }
        slice.read(0, DOCUMENT).map_err(|e| format!("{name} cannot be read: {e}"))
    }

    /// The name under which a listed layer is known, links followed once.
    fn listed(&mut self, name: &str) -> Option<Listing> {
        let Blobs::Tar(blobs) = self else { return None };
        let name = clean(name)?;
        let name = match blobs.get(&name)? {
            Blob::Same(other) => other.clone(),
            _ => name,
        };
        match blobs.get_mut(&name)? {
            Blob::Listed(listing) => Some(std::mem::take(listing)),
            _ => None,
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Descriptor {
    media_type: String,
    digest: String,
    platform: Option<Platform>,
    annotations: HashMap<String, String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Platform {
    os: String,
    architecture: String,
    variant: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Index {
    manifests: Vec<Descriptor>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Manifest {
    config: Descriptor,
    layers: Vec<Descriptor>,
    manifests: Vec<Descriptor>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "PascalCase")]
struct Saved {
    config: String,
    repo_tags: Option<Vec<String>>,
    layers: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Config {
    os: String,
    architecture: String,
    config: Option<Settings>,
    rootfs: RootFs,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "PascalCase")]
struct Settings {
    labels: Option<HashMap<String, String>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RootFs {
    diff_ids: Vec<String>,
}

/// Which blobs an image is made of.
struct Plan {
    image: Image,
    layers: Vec<String>,
    config: Option<String>,
}

/// Whether a folder holds an OCI layout.
pub(super) fn is_layout(folder: &Path) -> bool {
    folder.join("oci-layout").is_file() && folder.join("index.json").is_file()
}

/// Opens an OCI layout in a folder.
pub(super) fn open_folder(folder: &Path, lister: Lister<'_>) -> Result<Opened, String> {
    open(Blobs::Folder(folder), lister)
}

/// Opens a tar if it is an image; none where it is some other tar.
pub(super) fn open_tar(slice: &Slice, lister: Lister<'_>) -> Result<Option<Opened>, String> {
    let failed = |e: io::Error| format!("cannot be read: {e}");
    let head = slice.read(0, 512).map_err(failed)?;
    let packing = Packing::of(&head);
    let blobs = if packing == Packing::Plain {
        let input = Input::plain(slice.reader().map_err(failed)?, slice.len());
        match members(input, |member, _| slice.part(member.offset, member.size).map(Blob::Slice)) {
            Ok(blobs) => blobs,
            Err(_) => return Ok(None),
        }
    } else {
        let reader = BufReader::with_capacity(64 << 10, slice.reader().map_err(failed)?);
        let stream = unpacked(packing, slice.len(), reader, lister.budget).map_err(failed)?;
        match streamed(stream, lister) {
            Some(blobs) => blobs,
            None => return Ok(None),
        }
    };
    let image = blobs.contains_key("manifest.json") || blobs.contains_key("oci-layout");
    if !image { Ok(None) } else { open(Blobs::Tar(blobs), lister).map(Some) }
}

/// The members of a tar by their path.
fn members<'r>(
    input: Input<'r>,
    mut blob: impl FnMut(&super::tar::Member, &mut Tar<'r>) -> Option<Blob>,
) -> io::Result<HashMap<String, Blob>> {
    let mut tar = Tar::new(input);
    let mut blobs = HashMap::new();
    while let Some(member) = tar.next()? {
        let Some(path) = clean(&member.path) else { continue };
        if blobs.len() > 100_000 {
            return Err(io::Error::other("it has more members than an image has"));
        }
        match &member.sort {
            Sort::File => {
                if let Some(blob) = blob(&member, &mut tar) {
                    blobs.insert(path, blob);
                }
            }
            // Docker once wrote a layer that two images share as a link to the first.
            Sort::Link(target) => {
                let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
                if let Some(target) = crate::resolve::place::join(folder, target) {
                    blobs.insert(path, Blob::Same(target));
                }
            }
            Sort::Hard(target) => {
                blobs.extend(clean(target).map(|target| (path, Blob::Same(target))));
            }
            Sort::Folder | Sort::Other => {}
        }
    }
    Ok(blobs)
}

/// Reads a compressed tar once: layers are listed while they pass by, since what names them may come behind them. None
/// where the first members are not those of an image.
fn streamed(mut stream: Box<dyn Read + Send + '_>, lister: Lister<'_>) -> Option<HashMap<String, Blob>> {
    let mut head = Vec::with_capacity(512);
    stream.by_ref().take(512).read_to_end(&mut head).ok()?;
    if !is_tar(&head) {
        return None;
    }
    // The head of any image has one of these names; another tar is read as what it is.
    let name: String = head[..100].iter().take_while(|b| **b != 0).map(|b| char::from(*b)).collect();
    let name = name.trim_start_matches("./");
    let digits = name
        .split(['/', '.'])
        .next()
        .is_some_and(|n| n.len() == 64 && n.bytes().all(|b| b.is_ascii_hexdigit()));
    let known = ["blobs", "manifest.json", "index.json", "oci-layout", "repositories"];
    if !digits && !name.is_empty() && !known.iter().any(|k| name.starts_with(k)) {
        return None;
    }
    let input = Input::Stream(Box::new(io::Cursor::new(head).chain(stream)));
    let blobs = members(input, |member, tar| {
        let mut head = vec![0u8; 512.min(member.size) as usize];
        let mut reader = tar.stream(member.size);
        reader.read_exact(&mut head).ok()?;
        let packing = Packing::of(&head);
        if !is_tar(&head) && packing == Packing::Plain {
            if member.size > DOCUMENT {
                return None;
            }
            reader.read_to_end(&mut head).ok()?;
            return Some(Blob::Slice(Slice::memory(head)));
        }
        let whole = io::Cursor::new(head).chain(reader);
        Some(Blob::Listed(Box::new(layer(packing, member.size, whole, lister))))
    });
    blobs.ok()
}

fn open(mut blobs: Blobs<'_>, lister: Lister<'_>) -> Result<Opened, String> {
    let mut problems = Vec::new();
    let mut plan = plan(&blobs, &mut problems)?;
    let config = plan.config.as_deref().and_then(|name| blobs.document(name).ok());
    let config: Config = config.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
    describe(&mut plan.image, &config);
    if plan.layers.len() > LAYERS {
        return Err(format!("the image has {} layers; {LAYERS} is the limit", plan.layers.len()));
    }
    // A layer that is named twice was listed once.
    let ready: Vec<Option<Listing>> = plan.layers.iter().map(|name| blobs.listed(name)).collect();
    let numbered: Vec<(Option<Listing>, &String)> = ready.into_iter().zip(&plan.layers).collect();
    let listings: Vec<Listing> = numbered
        .into_par_iter()
        .map(|(ready, name)| ready.unwrap_or_else(|| listed(&blobs, name, lister)))
        .collect();
    let mut held = Held::new(true);
    let mut archives = Vec::new();
    for (index, (listing, name)) in listings.into_iter().zip(&plan.layers).enumerate() {
        let digest = config.rootfs.diff_ids.get(index).unwrap_or(name);
        let digest = digest.rsplit([':', '/']).find(|part| part.len() >= 12).unwrap_or(digest);
        plan.image.layers.push(format!("{} {}", index + 1, digest.chars().take(12).collect::<String>()));
        archives.extend(squash(listing, &mut held, index as u16 + 1, name, &mut problems));
    }
    archives.retain(|archive| held.find(archive).is_some());
    archives.sort();
    archives.dedup();
    Ok(Opened { held, image: plan.image, problems, archives })
}

fn listed(blobs: &Blobs<'_>, name: &str, lister: Lister<'_>) -> Listing {
    let failed =
        |message: String| Listing { problems: vec![problem(name, message, true)], ..Listing::default() };
    let slice = match blobs.slice(name) {
        Ok(slice) => slice,
        Err(message) => return failed(message),
    };
    let packing = match slice.read(0, 8) {
        Ok(head) => Packing::of(&head),
        Err(error) => return failed(error.to_string()),
    };
    match slice.reader() {
        Ok(reader) if packing != Packing::Plain => {
            layer(packing, slice.len(), BufReader::with_capacity(64 << 10, reader), lister)
        }
        Ok(reader) => {
            let mut out = Listing { sources: vec![slice.clone()], ..Listing::default() };
            let source = slice.durable().then_some(0);
            let ended = lister.tar(Input::plain(reader, slice.len()), source, "", 0, &mut out);
            out.problems.extend(ended.err().map(|message| problem(name, message, true)));
            out
        }
        Err(error) => failed(error.to_string()),
    }
}

/// Lists a layer from a stream.
fn layer(packing: Packing, size: u64, reader: impl Read + Send, lister: Lister<'_>) -> Listing {
    let mut out = Listing::default();
    let ended = unpacked(packing, size, BufReader::new(reader), lister.budget)
        .map_err(|e| e.to_string())
        .and_then(|stream| lister.tar(Input::Stream(stream), None, "", 0, &mut out));
    out.problems.extend(ended.err().map(|message| problem("", format!("a layer {message}"), true)));
    out
}

/// Lays one layer over those below it.
fn squash(
    mut listing: Listing,
    held: &mut Held,
    layer: u16,
    name: &str,
    problems: &mut Vec<Problem>,
) -> Vec<String> {
    let sources: Vec<u32> = listing.sources.into_iter().map(|s| held.add_source(Source::Bytes(s))).collect();
    // What is said of no entry is said of the layer.
    problems.extend(listing.problems.into_iter().map(|mut problem| {
        if problem.path.is_empty() {
            problem.path = name.to_string();
        }
        problem
    }));
    listing.digests.iter().for_each(|(folder, digest)| held.digest(folder, digest.clone()));
    listing.archives.sort_unstable();
    let mut steps = Vec::with_capacity(listing.steps.len());
    // A whiteout speaks of the layers below only, wherever in its own layer it stands.
    for step in listing.steps {
        let (folder, file) = step.path.rsplit_once('/').unwrap_or(("", &step.path));
        match file.strip_prefix(".wh.") {
            Some(".wh..opq") => held.opaque(folder, layer),
            Some(hidden) if !hidden.starts_with(".wh.") => held.whiteout(&join(folder, hidden), layer),
            Some(_) => {}
            None => steps.push(step),
        }
    }
    let mut refused = 0usize;
    for step in steps {
        // What replaces a jar also replaces what was in it.
        if matches!(step.what, What::File(_))
            && listing.archives.binary_search(&format!("{}!", step.path)).is_err()
        {
            let inside = format!("{}!", step.path);
            if held.find(&inside).is_some() {
                held.whiteout(&inside, layer);
            }
        }
        refused += usize::from(put(held, &step.path, step.what, &sources, layer).is_err());
    }
    if refused > 0 {
        problems.push(problem(
            name,
            format!("{refused} entries lie behind links that lead nowhere and were refused"),
            true,
        ));
    }
    listing.archives
}

/// Chooses the image and names its parts.
fn plan(blobs: &Blobs<'_>, problems: &mut Vec<Problem>) -> Result<Plan, String> {
    // Newer versions of Docker write both; the index knows the manifest's digest, the other file knows the tags.
    let saved = blobs.document("manifest.json").ok();
    let saved: Vec<Saved> = saved.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
    let tags = saved.first().and_then(|s| s.repo_tags.as_ref()).and_then(|t| t.first()).cloned();
    if saved.len() > 1 {
        let others: Vec<String> = saved[1..]
            .iter()
            .take(20)
            .map(|s| s.repo_tags.iter().flatten().next().unwrap_or(&s.config).clone())
            .collect();
        let message = format!(
            "{} images are in it and only the first was read; the others are {}",
            saved.len(),
            others.join(", ")
        );
        problems.push(problem("manifest.json", message, true));
    }
    let index = blobs.document("index.json");
    if let (Ok(bytes), true) = (&index, saved.len() < 2) {
        match from_index(blobs, bytes, tags.as_deref(), problems) {
            Ok(plan) => return Ok(plan),
            Err(message) if saved.is_empty() => return Err(message),
            Err(_) => {}
        }
    }
    let first = saved.into_iter().next().ok_or("it names no image that can be read")?;
    let mut image = Image { manifest: "manifest.json".to_string(), ..Image::default() };
    called(&mut image, tags.as_deref().unwrap_or(""));
    let digits = first.config.rsplit('/').next().unwrap_or("").trim_end_matches(".json");
    if digits.len() == 64 && digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        image.digest = format!("sha256:{digits}");
    }
    Ok(Plan { image, layers: first.layers, config: Some(first.config) })
}

fn from_index(
    blobs: &Blobs<'_>,
    bytes: &[u8],
    tag: Option<&str>,
    problems: &mut Vec<Problem>,
) -> Result<Plan, String> {
    let damaged = |e: serde_json::Error| format!("its index cannot be read: {e}");
    let mut choices = serde_json::from_slice::<Index>(bytes).map_err(damaged)?.manifests;
    let mut name = None;
    for _ in 0..DEPTH {
        let chosen = choose(&mut choices, problems).ok_or("its index names no image")?;
        let named = ["io.containerd.image.name", "org.opencontainers.image.ref.name"];
        name = name.or_else(|| named.iter().find_map(|key| chosen.annotations.get(*key).cloned()));
        let path = blob_path(&chosen.digest).ok_or("its index names a blob by no digest")?;
        let manifest: Manifest = serde_json::from_slice(&blobs.document(&path)?).map_err(damaged)?;
        if !manifest.manifests.is_empty() {
            choices = manifest.manifests;
            continue;
        }
        let manifest_at = "index.json".to_string();
        let mut image =
            Image { digest: chosen.digest.clone(), oci: true, manifest: manifest_at, ..Image::default() };
        if let Some(platform) = &chosen.platform {
            image.platform = platform.words();
        }
        match (tag, &name) {
            (Some(tag), _) => called(&mut image, tag),
            // A bare annotation is the tag alone.
            (None, Some(name)) if name.contains(['/', ':']) => called(&mut image, name),
            (None, Some(name)) => image.tag = name.clone(),
            (None, None) => {}
        }
        let layers =
            manifest.layers.iter().map(|l| blob_path(&l.digest).ok_or("a layer has no digest".to_string()));
        let layers = layers.collect::<Result<Vec<_>, _>>()?;
        return Ok(Plan { image, layers, config: blob_path(&manifest.config.digest) });
    }
    Err(format!("its indices lie in each other more than {DEPTH} times"))
}

/// The image for linux/amd64, else the first that is one; the others are named.
fn choose(choices: &mut Vec<Descriptor>, problems: &mut Vec<Problem>) -> Option<Descriptor> {
    // Statements about images stand beside them, with a platform that does not exist.
    choices.retain(|c| {
        let statement = c.annotations.keys().any(|k| k == "vnd.docker.reference.type");
        !statement && c.platform.as_ref().is_none_or(|p| p.os != "unknown")
    });
    let usual =
        |c: &Descriptor| c.platform.as_ref().is_some_and(|p| p.os == "linux" && p.architecture == "amd64");
    let at = choices.iter().position(usual).unwrap_or(0);
    if choices.is_empty() {
        return None;
    }
    let chosen = choices.remove(at);
    if !choices.is_empty() {
        let name = |c: &Descriptor| c.platform.as_ref().map_or_else(|| c.digest.clone(), Platform::words);
        let others: Vec<String> = choices.iter().take(20).map(name).collect();
        // Images for other platforms hold the same product; other images do not.
        let loses = choices.iter().any(|c| c.platform.is_none());
        let message = format!("{} was read; the index also names {}", name(&chosen), others.join(", "));
        problems.push(problem("index.json", message, loses));
    }
    Some(chosen)
}

impl Platform {
    fn words(&self) -> String {
        let variant = if self.variant.is_empty() { String::new() } else { format!("/{}", self.variant) };
        format!("{}/{}{variant}", self.os, self.architecture)
    }
}

/// Where a blob lies by its digest.
fn blob_path(digest: &str) -> Option<String> {
    let (algorithm, hex) = digest.split_once(':')?;
    let sound =
        algorithm.bytes().all(|b| b.is_ascii_alphanumeric()) && hex.bytes().all(|b| b.is_ascii_hexdigit());
    (sound && !algorithm.is_empty() && !hex.is_empty()).then(|| format!("blobs/{algorithm}/{hex}"))
}

/// Takes name, registry and tag from a reference such as `host:5000/team/app:1.0`.
fn called(image: &mut Image, reference: &str) {
    let reference = reference.split('@').next().unwrap_or(reference);
    let (path, tag) = match reference.rsplit_once(':') {
        Some((path, tag)) if !tag.contains('/') => (path, tag),
        _ => (reference, ""),
    };
    image.name = path.rsplit('/').next().unwrap_or(path).to_string();
    image.repository = path.to_string();
    image.tag = tag.to_string();
}

/// What the configuration says of the image.
fn describe(image: &mut Image, config: &Config) {
    let labels = config.config.as_ref().and_then(|c| c.labels.as_ref());
    let label =
        |key: &str| labels.and_then(|l| l.get(key)).filter(|v| !v.is_empty() && v.len() < 200).cloned();
    if image.platform.is_empty() && !config.os.is_empty() {
        image.platform = format!("{}/{}", config.os, config.architecture);
    }
    image.version = label("org.opencontainers.image.version").unwrap_or_default();
    if image.name.is_empty() {
        image.name = label("org.opencontainers.image.title").unwrap_or_default();
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_is_a_link_leads_nowhere() {
        let dir = std::env::temp_dir().join(format!("licit-image-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&dir);
        std::fs::create_dir_all(dir.join("outside/sha256")).unwrap();
        std::fs::create_dir_all(dir.join("layout/blobs")).unwrap();
        std::fs::write(dir.join("outside/sha256/ab"), "secret").unwrap();
        std::fs::write(dir.join("layout/blobs/ab"), "own").unwrap();
        std::os::unix::fs::symlink(dir.join("outside"), dir.join("layout/linked")).unwrap();
        let folder = dir.join("layout");
        let blobs = Blobs::Folder(&folder);
        assert_eq!(blobs.document("blobs/ab").unwrap(), b"own");
        assert!(blobs.document("linked/sha256/ab").unwrap_err().contains("not in the image"));
        std::fs::remove_dir_all(dir).unwrap();
    }
}
