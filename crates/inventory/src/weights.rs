//! The files that models consist of: weights, cards, configurations, caches. Only headers are read, in bounded parts, and
//! nothing is loaded: a pickle is looked through, never run.
//!
//! What a file states of its license stands in [`ModelFacts::licenses`] verbatim. A statement of several lines is a
//! text of a license; one of the kind `File` is the path of a text in the scanned tree.
//!
//! [`ModelFacts::place`] says which facts speak of one model: a folder with a card claims everything below it, a folder with a
//! configuration the files in it, and any other weight file stands for itself.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use licit_model::Problem;
use licit_model::ai::ModelFacts;
use rayon::prelude::*;

mod archive;
mod card;
mod checkpoint;
mod config;
mod facts;
mod flat;
mod front;
mod gguf;
mod hub_cache;
mod kind;
mod modelfile;
mod onnx;
mod packages;
mod pickle;
mod place;
mod protobuf;
mod safetensors;
mod single;
mod source;
#[cfg(test)]
mod tests;
mod tflite;

pub use packages::{Shipped, in_packages};

use facts::note;
use kind::Kind;
use source::{Source, Stop};

use crate::tree::Spot;

/// Bytes of a card: the front matter stands at its start.
const CARD: u64 = 256 << 10;

/// Bytes of a configuration.
const CONFIG: u64 = 16 << 20;

/// Bytes of a Modelfile or a manifest.
const SMALL: u64 = 1 << 20;

/// A file that is to be read.
#[derive(Debug, Clone)]
struct Job {
    path: String,
    full: Spot,
    kind: Kind,
    /// Where a layout says so: the model that the file belongs to, its id and its revision.
    place: Option<String>,
    id: Option<String>,
    revision: Option<String>,
}

impl Job {
    fn new(path: String, full: impl Into<Spot>, kind: Kind) -> Job {
        Job { path, full: full.into(), kind, place: None, id: None, revision: None }
    }
}

/// What a tree has, found by path.
struct Tree<'a>(Cow<'a, [(String, PathBuf)]>);

impl Tree<'_> {
    fn full(&self, path: &str) -> Option<&PathBuf> {
        let index = self.0.binary_search_by(|(p, _)| p.as_str().cmp(path)).ok()?;
        Some(&self.0[index].1)
    }
}

/// Reads what the files of a tree say of models and datasets; `every` is the list of all its files. The facts are in
/// the order of their paths.
pub fn read(every: &[(String, PathBuf)]) -> (Vec<ModelFacts>, Vec<Problem>) {
    let tree = Tree(if every.is_sorted() {
        Cow::Borrowed(every)
    } else {
        let mut sorted = every.to_vec();
        sorted.sort();
        Cow::Owned(sorted)
    });
    let beside = |path: &str| tree.full(path).is_some();
    let mut cached = Vec::new();
    let mut jobs = Vec::new();
    for file in tree.0.iter() {
        if hub_cache::repository(&file.0).is_some() {
            cached.push(file);
        } else if let Some(kind) = kind::of(&file.0, &beside) {
            jobs.push(Job::new(file.0.clone(), file.1.clone(), kind));
        }
    }
    let mut all = Vec::new();
    for snapshot in hub_cache::read(&cached) {
        for file in snapshot.files {
            let Some(kind) = kind::of(&file.path, &|_| false) else { continue };
            let mut job = Job::new(file.path, file.full, kind);
            job.place = Some(snapshot.facts.place.clone());
            job.id = snapshot.facts.id.clone();
            job.revision = snapshot.facts.revision.clone();
            jobs.push(job);
        }
        all.push(snapshot.facts);
    }
    let manifests: Vec<Job> = jobs.extract_if(.., |j| j.kind == Kind::OllamaManifest).collect();
    for job in &manifests {
        if let Some((facts, inner)) = ollama(job, &tree) {
            all.push(facts);
            jobs.extend(inner);
        }
    }
    let (read, mut problems) = read_jobs(&jobs);
    let placed: BTreeSet<&str> = jobs.iter().filter(|j| j.place.is_some()).map(|j| j.path.as_str()).collect();
    let (fixed, mut free): (Vec<_>, Vec<_>) =
        read.into_iter().partition(|f| placed.contains(f.path.as_str()));
    downloaded(&mut free, &tree);
    place::settle(&mut free);
    all.extend(fixed);
    all.extend(free);
    let mut all = place::join_shards(all);
    all.sort_by(|a, b| (&a.path, &a.place, a.format).cmp(&(&b.path, &b.place, b.format)));
    all.dedup();
    problems.sort();
    problems.dedup();
    (all, problems)
}

/// The same of a tree that lies in no folder: an archive, an image, a revision. Stores of models are laid out on disk,
/// with links between their files; here every file stands for itself.
pub fn read_held(every: &[(String, Spot)]) -> (Vec<ModelFacts>, Vec<Problem>) {
    let names: BTreeSet<&str> = every.iter().map(|(path, _)| path.as_str()).collect();
    let beside = |path: &str| names.contains(path);
    let job = |(path, spot): &(String, Spot)| {
        let kind = kind::of(path, &beside).filter(|kind| *kind != Kind::OllamaManifest)?;
        // What passed by in a stream was weighed or kept, or has no bytes to be looked at.
        let kept = spot.weighed_before().is_some() || spot.bytes(1).is_some();
        kept.then(|| Job::new(path.clone(), spot, kind))
    };
    let jobs: Vec<Job> = every.iter().filter_map(job).collect();
    let (mut all, mut problems) = read_jobs(&jobs);
    place::settle(&mut all);
    let mut all = place::join_shards(all);
    all.sort_by(|a, b| (&a.path, &a.place, a.format).cmp(&(&b.path, &b.place, b.format)));
    all.dedup();
    problems.sort();
    problems.dedup();
    (all, problems)
}

/// What is wanted of a file that passes by once in a stream.
pub(crate) enum Wish {
    /// Nothing, by its name.
    Nothing,
    /// Its words, up to so many bytes.
    Words(u64),
    /// Its header, to be read while it passes by.
    Header,
}

/// What was read of a file of weights while it passed by, and what could not be.
pub(crate) type Passed = (Option<ModelFacts>, Vec<Problem>);

/// The kind of a file that passes by: what lies beside it is not known yet, so either answer counts. [`read_held`] asks
/// again.
fn passing_kind(path: &str) -> Option<Kind> {
    let kind = kind::of(path, &|_| true).or_else(|| kind::of(path, &|_| false));
    kind.filter(|kind| *kind != Kind::OllamaManifest)
}

/// What is wanted of a file by its path.
pub(crate) fn wish(path: &str) -> Wish {
    match passing_kind(path) {
        Some(Kind::Card) => Wish::Words(CARD),
        Some(Kind::Config) => Wish::Words(CONFIG),
        Some(Kind::Modelfile) => Wish::Words(SMALL),
        Some(kind) if kind.weights() => Wish::Header,
        _ => Wish::Nothing,
    }
}

/// Whether the words of a file say anything of a model.
pub(crate) fn may_say(path: &str, bytes: &[u8]) -> bool {
    match passing_kind(path) {
        Some(Kind::Card) => bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).starts_with(b"---"),
        Some(Kind::Config) => is_triggered(&String::from_utf8_lossy(bytes)),
        Some(Kind::Modelfile) => true,
        _ => false,
    }
}

/// Reads the header of a file of weights that passes by.
pub(crate) fn passing(path: &str, spot: Spot) -> Passed {
    let Some(kind) = passing_kind(path) else { return (None, Vec::new()) };
    guarded(&Job::new(path.to_string(), spot, kind))
}

/// Whether a file of that name may be one of weights: many of them are archives of a library's own.
pub fn is_named_so(name: &str) -> bool {
    matches!(wish(name), Wish::Header)
}

/// Reads a file; a panic in a reader costs this file only.
fn guarded(job: &Job) -> Passed {
    if let Some((facts, mut problems)) = job.full.weighed_before() {
        // Another name of the same file may stand here.
        let facts =
            facts.map(|facts| ModelFacts { path: job.path.clone(), place: job.path.clone(), ..facts });
        problems.iter_mut().for_each(|problem| problem.path.clone_from(&job.path));
        return (facts, problems);
    }
    catch_unwind(AssertUnwindSafe(|| one(job))).unwrap_or_else(|_| {
        let message = "the reader of this format failed on the file; please report it with the file";
        (None, vec![lost(job, None, message.to_string())])
    })
}

/// Reads files in parallel; the results are in the order of the jobs.
fn read_jobs(jobs: &[Job]) -> (Vec<ModelFacts>, Vec<Problem>) {
    let results: Vec<(Option<ModelFacts>, Vec<Problem>)> = jobs.par_iter().map(guarded).collect();
    let mut all = Vec::new();
    let mut problems = Vec::new();
    for (facts, lost) in results {
        all.extend(facts);
        problems.extend(lost);
    }
    (all, problems)
}

fn lost(job: &Job, line: Option<u32>, message: String) -> Problem {
    Problem { path: job.path.clone(), line, message, loses: true }
}

fn one(job: &Job) -> (Option<ModelFacts>, Vec<Problem>) {
    let mut facts = ModelFacts {
        path: job.path.clone(),
        place: job.place.clone().unwrap_or_else(|| job.path.clone()),
        format: job.kind.format(),
        id: job.id.clone(),
        revision: job.revision.clone(),
        ..ModelFacts::default()
    };
    let result = if job.kind.weights() { weights(job, &mut facts) } else { words(job, &mut facts) };
    facts::settle(&mut facts);
    match result {
        Ok(Said::Nothing) => (None, Vec::new()),
        Ok(Said::All) => (Some(facts), Vec::new()),
        Ok(Said::Part(line, message)) => (Some(facts), vec![lost(job, line, message)]),
        Err(message) => (None, vec![lost(job, None, message)]),
    }
}

/// What a reader got.
enum Said {
    /// The file is something else.
    Nothing,
    /// Everything that it looks for.
    All,
    /// It is such a file, but could not be read to its end.
    Part(Option<u32>, String),
}

fn weights(job: &Job, facts: &mut ModelFacts) -> Result<Said, String> {
    let mut source = match Source::open(&job.full) {
        Ok(source) => source,
        Err(stop) => return Err(stop.message()),
    };
    // Tests and templates leave empty files where weights will be.
    if source.len() == 0 {
        return Ok(Said::Nothing);
    }
    facts.bytes = Some(source.len());
    if source.len() < 1024 && pointer(&mut source, job, facts) {
        return Ok(Said::All);
    }
    for ending in job.kind.companions() {
        let beside = job.full.on_disk().map(|full| full.with_extension(ending));
        let beside = beside.and_then(|p| std::fs::symlink_metadata(p).ok()).filter(|m| m.is_file());
        if let (Some(meta), Some(bytes)) = (beside, facts.bytes) {
            facts.bytes = Some(bytes.saturating_add(meta.len()));
        }
    }
    let name = job.path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let result = match job.kind {
        Kind::Gguf => gguf::read(&mut source, facts),
        Kind::Safetensors => safetensors::read(source, facts),
        Kind::Onnx => onnx::read(&mut source, facts),
        Kind::Ort => tflite::ort(&mut source, facts),
        Kind::Tflite => tflite::read(&mut source, facts),
        Kind::Executorch => tflite::executorch(&mut source),
        Kind::Mnn => tflite::mnn(&mut source, facts),
        Kind::Checkpoint | Kind::Keras => checkpoint(&mut source, facts, &name),
        Kind::Bin => bin(&mut source, facts, &name),
        Kind::Hdf5 => single::hdf5(&mut source, facts),
        Kind::SavedModel => onnx::saved_model(&mut source, facts),
        Kind::FrozenGraph => onnx::frozen_graph(&mut source),
        Kind::Caffe => onnx::caffe(&mut source, facts),
        Kind::Paddle => onnx::paddle(&mut source, facts),
        // A list of tensors, each with a version that is zero.
        Kind::PaddleWeights => source.head(0, 16).map(|h| h.len() == 16 && h.starts_with(&[0; 4])),
        Kind::Openvino => single::openvino(&mut source, facts),
        Kind::Tensorrt => single::tensorrt(&mut source, facts),
        Kind::Coreml => onnx::coreml(&mut source, facts),
        Kind::Llamafile => llamafile(&mut source, facts),
        Kind::Ncnn => single::ncnn(&mut source, facts),
        Kind::Trees => single::trees(&mut source, facts),
        Kind::Darknet => single::darknet(&mut source, facts),
        Kind::Msgpack => single::msgpack(&mut source),
        Kind::Card | Kind::Config | Kind::Modelfile | Kind::OllamaManifest => Ok(false),
    };
    let result = match result {
        // Nothing of the format was seen before the error: it is something else under this name.
        Err(Stop::Odd(_) | Stop::Cut)
            if job.kind.protobuf() && facts.notes.is_empty() && facts.name.is_none() =>
        {
            Ok(false)
        }
        other => other,
    };
    match result {
        Ok(true) => Ok(Said::All),
        Ok(false) if job.kind.sure() => {
            Err(format!("its name says {}, but it does not begin as such a file does", job.kind.format()))
        }
        Ok(false) => Ok(Said::Nothing),
        Err(Stop::Disk(message)) => Err(format!("could not be read: {message}")),
        Err(_) if job.kind.guesses() => Ok(Said::Nothing),
        Err(stop) => {
            Ok(Said::Part(None, format!("read as {} only in part: {}", facts.format, stop.message())))
        }
    }
}

/// What checkpoints of all libraries are called, one of which is a zip of Keras' own and another a bundle.
fn checkpoint(source: &mut Source, facts: &mut ModelFacts, name: &str) -> Result<bool, Stop> {
    if checkpoint::read(source, facts, name)? {
        return Ok(true);
    }
    // Some save in one format under the name of another.
    if source.head(0, 4)? == b"GGUF" {
        facts.format = "gguf";
        return gguf::read(source, facts);
    }
    if gguf::legacy(source, facts)? {
        return Ok(true);
    }
    single::hdf5(source, facts)
}

fn bin(source: &mut Source, facts: &mut ModelFacts, name: &str) -> Result<bool, Stop> {
    if single::fasttext(source, facts)? {
        return Ok(true);
    }
    // An archive that is cut may be anything, so only one that can be listed counts; a pickle has to show tensors.
    match checkpoint(source, facts, name) {
        Err(_) if facts.format == "bin" => Ok(false),
        other => other,
    }
}

fn llamafile(source: &mut Source, facts: &mut ModelFacts) -> Result<bool, Stop> {
    match checkpoint::inner_gguf(source)? {
        Some((at, len)) => {
            source.narrow(at, len)?;
            gguf::read(source, facts)
        }
        None => Ok(false),
    }
}

/// A file that large file storage keeps elsewhere: the pointer in its place states size and hash.
fn pointer(source: &mut Source, job: &Job, facts: &mut ModelFacts) -> bool {
    let head = source.head(0, 1024).unwrap_or_default();
    if !head.starts_with(b"version https://git-lfs.github.com/spec/") {
        return false;
    }
    let text = String::from_utf8_lossy(&head).into_owned();
    let value = |key: &str| text.lines().find_map(|l| l.strip_prefix(key)).map(str::trim);
    let name = job.path.rsplit('/').next().unwrap_or_default();
    if job.kind == Kind::Bin {
        // Without its bytes only the names that PyTorch's libraries give tell what it is.
        if !["pytorch_model", "diffusion_pytorch_model", "adapter_model"].iter().any(|n| name.starts_with(n))
        {
            return false;
        }
        facts.format = "pytorch";
    } else if job.kind.guesses() {
        return false;
    }
    facts.bytes = value("size ").and_then(|s| s.parse().ok());
    note(facts, "stored", "a pointer of Git LFS; the weights are not in this tree");
    note(facts, "sha256", value("oid sha256:").unwrap_or_default());
    true
}

/// Text up to a limit; none where it is no regular file or cannot be read.
fn text(at: &Spot, limit: u64) -> Option<String> {
    let bytes = at.is_plain_file().then(|| at.bytes(usize::try_from(limit).unwrap_or(usize::MAX)))??;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

fn words(job: &Job, facts: &mut ModelFacts) -> Result<Said, String> {
    let name = job.path.rsplit('/').next().unwrap_or_default();
    match job.kind {
        Kind::Card => {
            let Some(text) = begins_with_dashes(&job.full).then(|| text(&job.full, CARD)).flatten() else {
                return Ok(Said::Nothing);
            };
            let (card, error) = card::read(&text, facts);
            Ok(match (card, error) {
                (false, _) => Said::Nothing,
                (true, None) => Said::All,
                (true, Some((line, message))) => {
                    Said::Part(Some(line), format!("the front matter was read line by line: {message}"))
                }
            })
        }
        Kind::Config => {
            let Some(text) = text(&job.full, CONFIG) else { return Ok(Said::Nothing) };
            // Many things are called so: without a word of a model's configuration it is not parsed.
            if !is_triggered(&text) {
                return Ok(Said::Nothing);
            }
            match config::read(name, &text, facts) {
                Ok(true) => Ok(Said::All),
                Ok(false) => Ok(Said::Nothing),
                // Templates of configurations are no JSON; only those whose name is a model's alone are worth a word.
                Err(_)
                    if matches!(
                        name,
                        "config.json" | "meta.json" | "model.json" | "params.json" | "metadata.json"
                    ) =>
                {
                    Ok(Said::Nothing)
                }
                Err(message) => Err(message),
            }
        }
        Kind::Modelfile => {
            let read = text(&job.full, SMALL).is_some_and(|t| modelfile::read(&t, facts));
            Ok(if read { Said::All } else { Said::Nothing })
        }
        _ => Ok(Said::Nothing),
    }
}

/// Words without which a JSON file configures no model.
const TRIGGERS: &[&str] = &[
    "\"architectures\"",
    "\"model_type\"",
    "\"_class_name\"",
    "\"pretrained_cfg\"",
    "\"peft_type\"",
    "\"base_model_name_or_path\"",
    "sentence_transformers.",
    "\"n_heads\"",
    "\"spacy_version\"",
    "\"features\"",
    "\"model_cfg\"",
    "\"weight_map\"",
    "\"weightsManifest\"",
    "\"weights\"",
    "\"specificationVersion\"",
    "\"metadataOutputVersion\"",
];

fn is_triggered(text: &str) -> bool {
    TRIGGERS.iter().any(|t| text.contains(t))
}

fn begins_with_dashes(at: &Spot) -> bool {
    let head = at.is_plain_file().then(|| at.bytes(6)).flatten().unwrap_or_default();
    head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&head).starts_with(b"---")
}

/// A manifest of Ollama's store with what its small blobs say, and the blobs of weights that are to be read.
fn ollama(job: &Job, tree: &Tree<'_>) -> Option<(ModelFacts, Vec<Job>)> {
    let text_of = |path: &str| tree.full(path).and_then(|full| text(&full.into(), SMALL));
    let mut facts = ModelFacts { path: job.path.clone(), place: job.path.clone(), ..ModelFacts::default() };
    let layers = modelfile::manifest(&job.path, &text(&job.full, SMALL)?, &mut facts)?;
    if let Some(description) = layers.config.as_deref().and_then(text_of) {
        modelfile::description(&description, &mut facts);
    }
    let texts = layers.licenses.into_iter().filter(|l| tree.full(l).is_some());
    facts.licenses.extend(texts.map(modelfile::license_file));
    let weights = layers.weights.into_iter().filter_map(|path| {
        let mut inner = Job::new(path.clone(), tree.full(&path)?.clone(), Kind::Gguf);
        inner.place = Some(job.path.clone());
        Some(inner)
    });
    facts::settle(&mut facts);
    let weights = weights.collect();
    Some((facts, weights))
}

/// The hub's clients leave the commit of a file that they download into a folder beside it.
fn downloaded(all: &mut [ModelFacts], tree: &Tree<'_>) {
    let mut commits: BTreeMap<String, Option<String>> = BTreeMap::new();
    for facts in all.iter_mut().filter(|f| f.revision.is_none()) {
        let mut at = facts.path.rsplit_once('/').map_or("", |(dir, _)| dir);
        loop {
            let below = if at.is_empty() { facts.path.as_str() } else { &facts.path[at.len() + 1..] };
            let prefix = if at.is_empty() { String::new() } else { format!("{at}/") };
            let marker = format!("{prefix}.cache/huggingface/download/{below}.metadata");
            if let Some(full) = tree.full(&marker) {
                facts.revision = commits.entry(marker).or_insert_with(|| hub_cache::commit(full)).clone();
                break;
            }
            match at.rsplit_once('/') {
                Some((above, _)) => at = above,
                None if at.is_empty() => break,
                None => at = "",
            }
        }
    }
}
