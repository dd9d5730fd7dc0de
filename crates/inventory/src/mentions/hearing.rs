//! One pass over the files of a tree for models: sorts them by what is asked of them, takes the bytes that others have
//! read already, reads the rest, and puts together what was said.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use licit_model::ai::Mention;
use licit_model::{Found, Problem};
use rayon::prelude::*;

use super::choice::{self, Choice, Manifests};
use super::local::Tree;
use super::{Contents, Heard, LARGEST, LARGEST_JSON, Reader, Sink, is_skipped, reader};
use crate::extract::python_script;

/// A file that a reader takes.
struct Taken<'a, C> {
    path: &'a str,
    contents: &'a C,
    reader: Reader,
    choice: Choice,
}

/// The files of a tree that are asked for models. Whoever opens one of them for something else hands its bytes over with
/// [`Hearing::told`], so that it is read once.
pub(crate) struct Hearing<'a, C> {
    /// Files that are opened in any case, in the order of the tree, and whether that is done.
    always: Vec<(Taken<'a, C>, AtomicBool)>,
    /// Files that are opened where the tree has to do with models.
    perhaps: Vec<Taken<'a, C>>,
    /// Lists of packages and front pages, in the order of the tree, and whether they were asked.
    manifests: Vec<(&'a str, &'a C, AtomicBool)>,
    known: Manifests,
    tree: Tree<'a>,
    field: Field<'a>,
    scripts: Mutex<Vec<Found>>,
    said: Mutex<Vec<(Vec<Mention>, Option<Problem>)>>,
}

impl<'a, C: Contents> Hearing<'a, C> {
    /// Sorts the files of a tree by what is asked of them; none is opened yet.
    pub(crate) fn new(every: &'a [(String, C)]) -> Self {
        let mut folders: HashSet<&str> = HashSet::new();
        let (mut always, mut perhaps, mut manifests) = (Vec::new(), Vec::new(), Vec::new());
        let mut known = Manifests::default();
        let mut last = "";
        let mut skipped = false;
        for (path, contents) in every {
            let dir = path.rsplit_once('/').map_or("", |(d, _)| d);
            // Files of one folder stand together.
            if dir != last || folders.is_empty() {
                last = dir;
                skipped = is_skipped(dir);
                let mut rest = path.as_str();
                while let Some((dir, _)) = rest.rsplit_once('/') {
                    if !folders.insert(dir) {
                        break;
                    }
                    rest = dir;
                }
            }
            if skipped {
                continue;
            }
            let manifest = choice::manifest(path);
            if let Some(of) = manifest {
                known.add(of);
            }
            if manifest.is_some() || choice::is_front_page(path) {
                manifests.push((path.as_str(), contents, AtomicBool::new(false)));
            }
            let Some((reader, choice)) = reader(path) else { continue };
            let taken = Taken { path, contents, reader, choice };
            match choice {
                Choice::Program(_) | Choice::Settings => perhaps.push(taken),
                _ => always.push((taken, AtomicBool::new(false))),
            }
        }
        let mut paths: Vec<&str> = every.iter().map(|(path, _)| path.as_str()).collect();
        if !paths.is_sorted() {
            paths.sort_unstable();
        }
        Hearing {
            always,
            perhaps,
            manifests,
            known,
            tree: Tree::new(folders, paths),
            field: Field(Mutex::default()),
            scripts: Mutex::default(),
            said: Mutex::default(),
        }
    }

    /// Takes all the bytes of a file that somebody else has read.
    pub(crate) fn told(&self, path: &str, bytes: Vec<u8>) {
        if let Ok(at) = self.manifests.binary_search_by(|(p, ..)| (*p).cmp(path))
            && let Some((path, _, done)) = self.manifests.get(at)
            && !done.swap(true, Ordering::Relaxed)
            && bytes.len() as u64 <= LARGEST_JSON
        {
            self.ask(path, &bytes);
        }
        if let Ok(at) = self.always.binary_search_by(|(taken, _)| taken.path.cmp(path))
            && let Some((taken, done)) = self.always.get(at)
            && !done.swap(true, Ordering::Relaxed)
            && bytes.len() as u64 <= limit(path)
            && bytes.starts_with(start(taken.choice))
        {
            self.keep(self.read(taken, bytes));
        }
    }

    /// Opens what is opened in any case, but for the files of which somebody else will tell.
    pub(crate) fn open(&self, later: impl Fn(&str) -> bool + Sync) {
        self.always.par_iter().filter(|(taken, _)| !later(taken.path)).for_each(|(taken, done)| {
            if !done.swap(true, Ordering::Relaxed) {
                self.keep(self.one(taken));
            }
        });
    }

    /// Opens what is left and gives all that was said.
    pub(crate) fn finish(mut self) -> Heard {
        self.open(|_| false);
        let mut perhaps = std::mem::take(&mut self.perhaps);
        if !perhaps.is_empty() {
            self.manifests.par_iter().for_each(|(path, contents, done)| {
                // What has been shown need not be asked again.
                if done.load(Ordering::Relaxed) || self.field.covers(path) {
                    return;
                }
                if let Ok(Some(bytes)) = contents.bytes(LARGEST_JSON, b"") {
                    self.ask(path, &bytes);
                }
            });
        }
        perhaps.retain(|taken| {
            self.field.covers(taken.path)
                || !self.known.tell(taken.choice)
                || choice::says(taken.path, taken.choice)
        });
        perhaps.par_iter().for_each(|taken| self.keep(self.one(taken)));
        let (mut mentions, mut problems) = (Vec::new(), Vec::new());
        for (found, problem) in self.said.into_inner().unwrap_or_else(PoisonError::into_inner) {
            mentions.extend(found);
            problems.extend(problem);
        }
        mentions.sort();
        // One place that names one thing in two roles says it once, in the first role.
        mentions.dedup_by(|b, a| {
            (&a.path, a.line, a.kind, &a.id) == (&b.path, b.line, b.kind, &b.id) && {
                a.revision = a.revision.take().or_else(|| b.revision.take());
                true
            }
        });
        by_one_kind(&mut mentions);
        problems.sort();
        let mut scripts = self.scripts.into_inner().unwrap_or_else(PoisonError::into_inner);
        scripts.sort_by(|a: &Found, b: &Found| a.path.cmp(&b.path));
        Heard { mentions, problems, scripts }
    }

    /// Asks a list of packages or a front page whether its part of the tree has to do with models.
    fn ask(&self, path: &'a str, bytes: &[u8]) {
        if choice::is_of_the_field(bytes) || choice::asks_a_service(bytes) {
            self.field.add(path);
        }
    }

    fn keep(&self, said: (Vec<Mention>, Option<Problem>)) {
        if !said.0.is_empty() || said.1.is_some() {
            self.said.lock().unwrap_or_else(PoisonError::into_inner).push(said);
        }
    }

    fn one(&self, taken: &Taken<'a, C>) -> (Vec<Mention>, Option<Problem>) {
        match taken.contents.bytes(limit(taken.path), start(taken.choice)) {
            Ok(Some(bytes)) => self.read(taken, bytes),
            Ok(None) => (Vec::new(), None),
            Err(error) => {
                let message = format!("could not be read for models: {error}");
                (Vec::new(), Some(problem(taken.path, message)))
            }
        }
    }

    fn read(&self, taken: &Taken<'a, C>, bytes: Vec<u8>) -> (Vec<Mention>, Option<Problem>) {
        let nothing = (Vec::new(), None);
        let &Taken { path, reader, choice, .. } = taken;
        if path.ends_with(".py")
            && let Some(script) = python_script::read(path, &bytes)
        {
            self.scripts.lock().unwrap_or_else(PoisonError::into_inner).push(script);
        }
        let yaml = path.ends_with(".yaml") || path.ends_with(".yml");
        let bytes = if yaml { choice::without_definitions(bytes) } else { bytes };
        let signs = choice::signs(&bytes);
        // A page about models is not yet a project that has to do with them, and programs are not asked for others.
        let shows = matches!(choice, Choice::Always | Choice::Sure)
            && (signs.strong(&bytes) || (path.contains(".env") && choice::asks_a_service(&bytes)));
        if shows {
            self.field.add(path);
        }
        let literals = matches!(choice, Choice::Program(_)) || path.ends_with(".py");
        let worth = choice::is_worth_parsing(choice, literals, signs, &bytes);
        if !worth || bytes.contains(&0) || is_bundle(&bytes) {
            return nothing;
        }
        let text =
            String::from_utf8(bytes).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned());
        let mut sink = Sink::new(path, &self.tree);
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        if catch_unwind(AssertUnwindSafe(|| reader(text, &mut sink))).is_err() {
            let message = "the reader of models failed on the file; please report it with the file";
            return (Vec::new(), Some(problem(path, message.to_string())));
        }
        (sink.found, sink.lost.map(|message| problem(path, message)))
    }
}

/// The largest file that is read.
fn limit(path: &str) -> u64 {
    if path.ends_with(".json") { LARGEST_JSON } else { LARGEST }
}

/// The bytes with which a file has to begin.
fn start(choice: Choice) -> &'static [u8] {
    if choice == Choice::Front { b"---" } else { b"" }
}

fn problem(path: &str, message: String) -> Problem {
    Problem { path: path.to_string(), line: None, message, loses: true }
}

/// Whether the lines are as long as only a tool writes them.
pub(super) fn is_bundle(bytes: &[u8]) -> bool {
    bytes.len() > 100_000 && bytes.iter().filter(|b| **b == b'\n').count() < bytes.len() / 5_000
}

/// One text names one thing: where a call says that it is a data set or a model of Ollama's, what the name of a variable
/// suggests is wrong.
pub(super) fn by_one_kind(mentions: &mut Vec<Mention>) {
    use licit_model::MentionKind::{HfDataset, HfModel, OllamaModel};
    let told = |m: &&Mention| matches!(m.kind, HfDataset | OllamaModel);
    let place = |m: &Mention| (m.path.clone(), m.line, m.id.clone());
    let better: HashSet<_> = mentions.iter().filter(told).map(place).collect();
    mentions.retain(|m| m.kind != HfModel || !better.contains(&place(m)));
}

/// The parts of the tree that have to do with models.
struct Field<'a>(Mutex<HashSet<&'a str>>);

impl<'a> Field<'a> {
    fn add(&self, path: &'a str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(choice::scope(path));
    }

    fn covers(&self, path: &str) -> bool {
        let parts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        !parts.is_empty() && (parts.contains("") || parts.contains(choice::scope(path)))
    }
}
