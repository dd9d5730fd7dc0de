//! Which models and datasets the files of a tree name: in code, configuration, scripts, notebooks and cards.
//!
//! A reader takes the files of its names. Not every file is opened, and a file without one of the words that every
//! mention needs is not parsed: see `choice`. What is reported stands in a place that loads, serves, trains or publishes
//! it; a name in passing is nothing.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use licit_model::ai::{Mention, MentionRole};
use licit_model::{Found, Problem};

mod calls;
mod card;
mod choice;
mod config;
mod dockerfile;
mod hearing;
mod id;
mod keys;
mod likeness;
mod local;
mod modelfile;
mod notebook;
mod python;
mod script;
mod shell;
mod values;
mod words;
mod yaml;

pub(crate) use hearing::Hearing;

use choice::{Choice, Family};
use id::{Want, named};
use keys::Slot;
use local::Tree;

use crate::extract::python_script;
use crate::tree::Spot;

/// Larger files hold data, not code.
const LARGEST: u64 = 4 << 20;

/// A file of settings is short; a long one holds data.
const LARGEST_JSON: u64 = 1 << 20;

/// Folders whose files are somebody else's, or made by a tool.
const SKIPPED: &[&str] = &[
    "node_modules",
    "site-packages",
    "dist-packages",
    "bower_components",
    "third_party",
    ".venv",
    "venv",
    ".ipynb_checkpoints",
    "__pycache__",
    ".next",
    "__snapshots__",
];

/// Files that are lists of packages or settings of tools.
const SKIPPED_FILES: &[&str] = &[
    "package.json",
    "package-lock.json",
    "composer.json",
    "composer.lock",
    "pnpm-lock.yaml",
    "tsconfig.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "vocab.json",
    "special_tokens_map.json",
    "deno.json",
    "renovate.json",
    "Cargo.toml",
    "mkdocs.yml",
    "licit.toml",
    "_toctree.yml",
    "_redirects.yml",
    "bun.lock",
    "yarn.lock",
    "openapi.json",
    "swagger.json",
    ".pre-commit-config.yaml",
];

/// Reads one sort of file.
type Reader = fn(&str, &mut Sink<'_>);

/// The readers with the names of their files; the first that matches takes the file.
const READERS: &[(Names, Reader)] = &[
    (is_modelfile, modelfile::read),
    (
        |n, _| begins(n, "dockerfile") || begins(n, "containerfile") || n.ends_with(".dockerfile"),
        dockerfile::read,
    ),
    (|_, e| matches!(e, "py" | "pyi" | "pyw"), python::read),
    (|_, e| e == "ipynb", notebook::read),
    (|_, e| matches!(e, "sh" | "bash" | "zsh" | "ksh" | "sbatch" | "slurm" | "fish"), shell::read),
    (
        |n, e| matches!(e, "mk" | "mak") || matches!(n, "makefile" | "gnumakefile" | "justfile" | "procfile"),
        shell::read_make,
    ),
    (|n, e| n == ".env" || begins(n, ".env.") || e == "env" || e == "envrc", shell::read),
    (
        |n, e| matches!(e, "yml" | "yaml" | "tpl" | "json" | "jsonc" | "json5") && !n.contains("lock"),
        config::read,
    ),
    (|_, e| matches!(e, "toml"), config::read_toml),
    (
        |_, e| matches!(e, "js" | "mjs" | "cjs" | "jsx" | "ts" | "mts" | "cts" | "tsx" | "vue" | "svelte"),
        script::read,
    ),
    (
        |_, e| {
            matches!(
                e,
                "rs" | "go" | "java" | "kt" | "kts" | "cs" | "scala" | "swift" | "rb" | "php" | "dart"
            )
        },
        script::read,
    ),
    (|_, e| matches!(e, "md" | "markdown"), card::read),
];

/// Whether a reader takes a file: its name and extension, lowercase.
type Names = fn(&str, &str) -> bool;

fn begins(name: &str, stem: &str) -> bool {
    name == stem || name.strip_prefix(stem).is_some_and(|r| r.starts_with(['.', '-', '_']))
}

fn is_modelfile(name: &str, extension: &str) -> bool {
    let other = matches!(
        extension,
        "md" | "mdx" | "go" | "py" | "rs" | "ts" | "js" | "html" | "json" | "svg" | "png"
    );
    (begins(name, "modelfile") && !other) || extension == "modelfile"
}

/// How a file of a reader is chosen: its name and extension, lowercase.
fn choice(name: &str, extension: &str) -> Choice {
    match extension {
        _ if is_modelfile(name, extension) => Choice::Sure,
        "md" | "markdown" => Choice::Front,
        "json" | "jsonc" | "json5" | "toml" => Choice::Settings,
        "py" | "pyi" | "pyw" => Choice::Always,
        "js" | "mjs" | "cjs" | "jsx" | "ts" | "mts" | "cts" | "tsx" | "vue" | "svelte" | "rs" | "go"
        | "java" | "kt" | "kts" | "cs" | "scala" | "swift" | "rb" | "php" | "dart" => {
            Choice::Program(Family::of(extension))
        }
        _ => Choice::Always,
    }
}

/// Reads every file that may name a model or dataset. Sorted, each mention once.
pub fn read(every: &[(String, PathBuf)]) -> (Vec<Mention>, Vec<Problem>) {
    let heard = Hearing::new(every).finish();
    (heard.mentions, heard.problems)
}

/// The same of a tree that lies in no folder: an archive, an image, a revision.
pub fn read_held(every: &[(String, Spot)]) -> (Vec<Mention>, Vec<Problem>) {
    let heard = Hearing::new(every).finish();
    (heard.mentions, heard.problems)
}

/// What the files of a tree say beside what extractors read.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    /// Sorted, each once.
    pub(crate) mentions: Vec<Mention>,
    /// What could not be read.
    pub(crate) problems: Vec<Problem>,
    /// Scripts that say in themselves what they ask for: nobody else opens them.
    pub(crate) scripts: Vec<Found>,
}

/// Where the bytes of a file are had.
pub(crate) trait Contents: Sync {
    /// All of them; none where there are more than the limit, where they do not begin with `start`, or where the tree
    /// was read once and did not keep them.
    fn bytes(&self, limit: u64, start: &[u8]) -> Result<Option<Vec<u8>>, String>;
}

impl Contents for PathBuf {
    fn bytes(&self, limit: u64, start: &[u8]) -> Result<Option<Vec<u8>>, String> {
        from_disk(self, limit, start).map_err(|e| e.to_string())
    }
}

impl Contents for Spot {
    fn bytes(&self, limit: u64, start: &[u8]) -> Result<Option<Vec<u8>>, String> {
        let most = usize::try_from(limit).unwrap_or(usize::MAX).saturating_add(1);
        let bytes = Spot::bytes(self, most);
        Ok(bytes.filter(|b| b.len() < most && b.starts_with(start)))
    }
}

fn from_disk(path: &Path, limit: u64, start: &[u8]) -> std::io::Result<Option<Vec<u8>>> {
    let mut file = std::fs::File::open(path)?;
    let mut bytes = vec![0; start.len()];
    if !start.is_empty() && (file.read(&mut bytes)? < start.len() || bytes != start) {
        return Ok(None);
    }
    let size = file.metadata()?.len();
    if size > limit {
        return Ok(None);
    }
    bytes.reserve_exact(usize::try_from(size).unwrap_or(0).saturating_sub(start.len()) + 1);
    file.take(limit).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

/// Whether a folder holds what is somebody else's.
fn is_skipped(dir: &str) -> bool {
    dir.split('/').any(|d| SKIPPED.contains(&d))
}

/// The reader of a file and how it is chosen, decided by its path alone.
fn reader(path: &str) -> Option<(Reader, Choice)> {
    let name = path.rsplit('/').next().unwrap_or(path);
    if SKIPPED_FILES.contains(&name) || name.contains(".min.") {
        return None;
    }
    let lower = name.to_ascii_lowercase();
    let extension = lower.rsplit_once('.').map_or("", |(_, e)| e);
    let reader = READERS.iter().find(|(names, _)| names(&lower, extension)).map(|(_, reader)| *reader)?;
    Some((reader, choice(&lower, extension)))
}

/// How many bytes a file may have that is to be looked through; none where nobody reads it. For trees that pass by once.
pub(crate) fn wish(path: &str) -> Option<u64> {
    if is_skipped(path.rsplit_once('/').map_or("", |(dir, _)| dir)) {
        return None;
    }
    if choice::manifest(path).is_some() || choice::is_front_page(path) {
        return Some(LARGEST_JSON);
    }
    reader(path).map(|_| if path.ends_with(".json") { LARGEST_JSON } else { LARGEST })
}

/// Whether a file for which there is a wish says anything that its readers would look at: without it the answer for the
/// tree is the same.
pub(crate) fn may_say(path: &str, bytes: &[u8]) -> bool {
    let signs = choice::signs(bytes);
    let shows = choice::manifest(path).is_some() || choice::is_front_page(path) || path.contains(".env");
    let script = path.ends_with(".py") && python_script::may_have(bytes);
    if signs.strong(bytes) || script || (shows && choice::asks_a_service(bytes)) {
        return true;
    }
    let Some((_, choice)) = reader(path) else { return false };
    let literals = matches!(choice, Choice::Program(_)) || path.ends_with(".py");
    (choice != Choice::Front || bytes.starts_with(b"---"))
        && choice::is_worth_parsing(choice, literals, signs, bytes)
}

/// Takes what a reader finds in one file, and refuses what is no mention.
pub(crate) struct Sink<'a> {
    path: &'a str,
    tree: &'a Tree<'a>,
    found: Vec<Mention>,
    /// Added to every line: where a reader reads a part of a file.
    offset: u32,
    /// Whether the file is a test.
    test: bool,
    /// Whether only what reads like a model is taken.
    plausible: bool,
    /// What could not be read of the file.
    lost: Option<String>,
}

/// More mentions in one file than anybody looks at.
const MOST: usize = 20_000;

impl<'a> Sink<'a> {
    fn new(path: &'a str, tree: &'a Tree<'a>) -> Self {
        let low = path.to_ascii_lowercase();
        let name = low.rsplit('/').next().unwrap_or("");
        let test = low.split('/').any(|part| {
            matches!(
                part,
                "test"
                    | "tests"
                    | "testing"
                    | "__tests__"
                    | "__mocks__"
                    | "mocks"
                    | "e2e"
                    | "testdata"
                    | "spec"
                    | "specs"
            )
        }) || name.starts_with("test_")
            || [
                "_test.",
                ".test.",
                ".spec.",
                "mock",
                "test.java",
                "tests.java",
                "test.kt",
                "tests.cs",
                "test.cs",
            ]
            .iter()
            .any(|w| name.contains(w));
        Sink { path, tree, found: Vec::new(), offset: 0, test, plausible: false, lost: None }
    }

    /// The file that is read.
    fn path(&self) -> &str {
        self.path
    }

    /// Reports what a text names, where it names something that the slot asks for. Says whether it did.
    fn put(&mut self, line: u32, text: &str, slot: Slot, revision: Option<&str>, by: &str) -> bool {
        let filled = shell::defaults(text);
        if let Some(place) = self.local(&filled, slot) {
            self.found.push(Mention {
                path: self.path.to_string(),
                line: Some(line + self.offset),
                kind: licit_model::ai::MentionKind::WeightFile,
                id: place,
                revision: None,
                role: slot.role,
                by: by.to_string(),
            });
            return true;
        }
        let mut found = named(&filled, slot.want);
        // A file that lies in the tree is meant, whatever it is called.
        if found.is_empty() && matches!(slot.want, Want::Weights | Want::Model) {
            found.extend(self.tree.file(self.path, &filled).map(|path| id::file(&path)));
        }
        let mut any = false;
        for one in found {
            let weights = one.kind == licit_model::ai::MentionKind::WeightFile;
            // Tests make up names for models that they never load.
            let ollama = one.kind == licit_model::ai::MentionKind::OllamaModel;
            let data = one.kind == licit_model::ai::MentionKind::HfDataset;
            // Nor do they come with what they write before they read it.
            let written = weights && self.test && slot.want != Want::Address && filled.starts_with("./");
            if written && self.tree.file(self.path, &filled).is_none() {
                continue;
            }
            if ollama && self.test && !id::is_known_family(&one.id) {
                continue;
            }
            if self.plausible && !data && !likeness::is_plausible(&one.id) {
                continue;
            }
            if self.found.len() >= MOST || (!weights && self.is_folder(&one.id)) {
                continue;
            }
            let role = match slot.role {
                MentionRole::Output if weights => continue,
                role @ (MentionRole::Adapter | MentionRole::Projector) => role,
                _ if weights => MentionRole::Weights,
                role => role,
            };
            any = true;
            let id = match slot.want {
                _ if !weights || slot.want == Want::RepositoryFile || filled.contains("://") => one.id,
                _ => self.tree.ambiguous(self.path, &filled).unwrap_or(one.id),
            };
            self.found.push(Mention {
                path: self.path.to_string(),
                line: Some(line + self.offset),
                kind: one.kind,
                id,
                revision: one.revision.or_else(|| (!weights).then(|| revision.map(str::to_string)).flatten()),
                role,
                by: by.to_string(),
            });
        }
        any
    }

    /// Reports an address of the hub or a scheme, whatever the place is called.
    fn address(&mut self, line: u32, text: &str, role: MentionRole, by: &str) -> bool {
        self.put(line, text, Slot::new(Want::Address, role), None, by)
    }

    /// Whether the tree has a folder of that name, from its root or beside the file.
    fn is_folder(&self, id: &str) -> bool {
        if self.tree.has_folder(id) {
            return true;
        }
        let dir = self.path.rsplit_once('/').map_or("", |(d, _)| d);
        !dir.is_empty() && self.tree.has_folder(&format!("{dir}/{id}"))
    }

    /// The folder of the tree that a text means, where a model lies in it.
    fn local(&self, text: &str, slot: Slot) -> Option<String> {
        let takes = matches!(slot.want, Want::Model | Want::Ollama)
            && !matches!(slot.role, MentionRole::Output | MentionRole::Mention)
            && self.found.len() < MOST;
        if takes { self.tree.model(self.path, text) } else { None }
    }
}

/// The line of a byte, counted from 1, looked up in the beginnings of the lines.
pub(crate) struct Lines(Vec<usize>);

impl Lines {
    fn new(text: &str) -> Lines {
        Lines(
            std::iter::once(0)
                .chain(text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i + 1))
                .collect(),
        )
    }

    fn of(&self, at: usize) -> u32 {
        u32::try_from(self.0.partition_point(|start| *start <= at)).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests;
