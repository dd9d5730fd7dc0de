//! Which files are opened and which are parsed, for a tree of ten thousand files has few that name a model.
//!
//! Python, notebooks, YAML, scripts and recipes of images are always opened. Programs in other languages, JSON and TOML
//! are opened where the tree shows that it has to do with models: a manifest, the README at its top or one of the files
//! that are always opened has a word of the field; or their own path does; or the tree has no manifest that could have
//! named a library. One word in one place opens all of them, unless it stands in a folder of tests, pages, scripts or
//! workflows: those tell of themselves only.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

/// How a file is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Choice {
    /// Always opened.
    Always,
    /// Always opened and always parsed.
    Sure,
    /// The front matter matters, and only where the file begins with it.
    Front,
    /// A program: opened where the tree or its own path has to do with models.
    Program(Family),
    /// Settings, which are mostly something else's: likewise.
    Settings,
}

/// Languages that share manifests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Script,
    Rust,
    Go,
    Jvm,
    Dotnet,
    Other,
}

impl Family {
    /// Of a file of a program, by its extension.
    pub(super) fn of(extension: &str) -> Family {
        match extension {
            "rs" => Family::Rust,
            "go" => Family::Go,
            "java" | "kt" | "kts" | "scala" => Family::Jvm,
            "cs" => Family::Dotnet,
            "swift" | "rb" | "php" | "dart" => Family::Other,
            _ => Family::Script,
        }
    }

    /// Its place in a set.
    fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// Manifests that a tree has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Manifests(u8);

impl Manifests {
    /// Takes a manifest into the set.
    pub(super) fn add(&mut self, of: Option<Family>) {
        // A manifest of Python stands for settings alone: programs in Python are always opened.
        self.0 |= of.map_or(1 << 7, Family::bit);
    }

    /// Whether a library of the language would have been named.
    pub(super) fn tell(self, choice: Choice) -> bool {
        match choice {
            Choice::Program(family) => self.0 & family.bit() != 0,
            _ => self.0 != 0,
        }
    }
}

/// The family whose libraries a file lists, where it is a manifest; `None` inside for Python's.
pub(super) fn manifest(path: &str) -> Option<Option<Family>> {
    let name = path.rsplit('/').next().unwrap_or(path);
    Some(match name {
        "package.json" | "deno.json" | "deno.jsonc" | "import_map.json" => Some(Family::Script),
        "Cargo.toml" => Some(Family::Rust),
        "go.mod" => Some(Family::Go),
        "pom.xml" | "build.gradle" | "build.gradle.kts" | "libs.versions.toml" | "build.sbt" => {
            Some(Family::Jvm)
        }
        "Directory.Packages.props" | "packages.config" => Some(Family::Dotnet),
        "Package.swift" | "Gemfile" | "composer.json" | "pubspec.yaml" => Some(Family::Other),
        "pyproject.toml" | "setup.py" | "setup.cfg" | "Pipfile" | "environment.yml" => None,
        _ if name.ends_with(".csproj") => Some(Family::Dotnet),
        _ if name.ends_with(".gemspec") => Some(Family::Other),
        _ if name.starts_with("requirements") && name.ends_with(".txt") => None,
        _ => return None,
    })
}

/// Whether a file is what a project says of itself first.
pub(super) fn is_front_page(path: &str) -> bool {
    !path.contains('/') && path.get(..6).is_some_and(|p| p.eq_ignore_ascii_case("readme"))
}

fn automaton(words: &[&str]) -> Option<AhoCorasick> {
    AhoCorasick::builder().ascii_case_insensitive(true).kind(Some(AhoCorasickKind::DFA)).build(words).ok()
}

/// Libraries, services and formats of the field. A file with one of them deserves to be parsed, and a tree with one of
/// them deserves to be read.
static STRONG: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| automaton(STRONG_WORDS));

const STRONG_WORDS: &[&str] = &[
    "huggingface",
    "hugging face",
    "hugging_face",
    "hf.co/",
    "hf://",
    "hf-hub",
    "hf_hub",
    "hf_token",
    "hf_model",
    "hf download",
    "ollama",
    "llama",
    "vllm",
    "sglang",
    "litellm",
    "langchain",
    "mistral",
    "transformers",
    "diffusers",
    "tokenizers",
    "candle-",
    "fastembed",
    "sentence_transformer",
    "sentencetransformer",
    "onnx",
    "tensorflow",
    "pytorch",
    "import torch",
    "\"torch",
    "from_pretrained",
    "frompretrained",
    "snapshot_download",
    "web-llm",
    "ai.djl",
    "@ai-sdk",
    "semantickernel",
    "genai",
    "gguf",
    "safetensors",
    "model_name_or_path",
    "base_model",
];

/// Services, whose names stand in scripts and workflows of projects that only let an assistant work on them. In lists of
/// libraries and settings of the environment they say that the program asks a model itself.
static SERVICES: LazyLock<Option<AhoCorasick>> =
    LazyLock::new(|| automaton(&["openai", "anthropic", "openrouter", "groq", "bedrock", "gemini"]));

/// Words of which a mention needs one besides: they are common elsewhere, too.
const WEAK_WORDS: &[&str] = &[
    "model",
    "dataset",
    "pretrained",
    "tokenizer",
    "checkpoint",
    "adapter",
    "repo_id",
    "repoid",
    "pipeline",
    "llm",
    "lora",
    "peft",
    "embed",
    "rerank",
    "encoder",
    "from_preset",
    "_to_hub",
    "hf_",
    "hf-",
    "hf:",
    "-hf",
    "mlx",
    "torch",
    "keras",
    "keybert",
    "yolo",
    "inferencesession",
    "readnet",
    "safe_open",
    "load_file",
    "mmproj",
    "ckpt",
    "tagger",
    "instructor",
    "outlines",
    "guidance",
    "lm(",
    "engine(",
    "runtime(",
    "generator(",
    "completion(",
    "interpreter(",
    "processor",
    "upload_",
    "create_repo",
    "openai",
    "anthropic",
    "vae",
];

/// Both sorts of words, the strong ones first.
static WORDS: LazyLock<Option<AhoCorasick>> =
    LazyLock::new(|| automaton(&[STRONG_WORDS, WEAK_WORDS].concat()));

/// Models from before owners were required, and files of weights: what a text may name without `owner/name`.
static NAMED: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    automaton(&[
        "bert", "gpt2", "t5-", "xlnet", "xlm-", "ctrl", "transfo", ".pt\"", ".pt'", ".pth", ".ckpt",
        ".tflite", ".h5", ".bin", ".keras", ".engine", ".nemo", "djl://",
    ])
});

fn hit(words: &LazyLock<Option<AhoCorasick>>, bytes: &[u8]) -> bool {
    words.as_ref().is_none_or(|w| w.is_match(bytes))
}

/// What the words of a text promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signs {
    /// Nothing.
    None,
    /// It has a word that a mention needs; one of the field stands nowhere before this byte.
    Weak(usize),
    /// It has a word of the field.
    Strong,
}

impl Signs {
    /// Whether the text has a word of the field.
    pub(super) fn strong(self, bytes: &[u8]) -> bool {
        match self {
            Signs::None => false,
            Signs::Weak(from) => is_of_the_field(bytes.get(from..).unwrap_or_default()),
            Signs::Strong => true,
        }
    }
}

/// Looks for both sorts of words in one pass, up to the first.
pub(super) fn signs(bytes: &[u8]) -> Signs {
    let Some(words) = WORDS.as_ref() else { return Signs::Strong };
    let mut from = 0;
    while let Some(found) = words.find(aho_corasick::Input::new(bytes).range(from..)) {
        if found.pattern().as_usize() < STRONG_WORDS.len() {
            return Signs::Strong;
        }
        // Several processors are workers of a program, not what stands before a model.
        let word = bytes.get(found.range()).unwrap_or_default();
        let several =
            word.eq_ignore_ascii_case(b"processor") && matches!(bytes.get(found.end()), Some(b's' | b'S'));
        if !several {
            // A strong word may begin inside of the weak one, but none ended before it did.
            return Signs::Weak(found.end().saturating_sub(LONGEST));
        }
        from = found.start() + 1;
    }
    Signs::None
}

/// The longest word has no more bytes.
const LONGEST: usize = 32;

/// Whether a text has a word of the field.
pub(super) fn is_of_the_field(bytes: &[u8]) -> bool {
    hit(&STRONG, bytes)
}

/// Whether a list of libraries or of settings names a service, too.
pub(super) fn asks_a_service(bytes: &[u8]) -> bool {
    hit(&SERVICES, bytes)
}

/// The part of the tree for which a file speaks: all of it (the empty path), or the folder of tests, pages, scripts or
/// workflows in which it lies.
pub(super) fn scope(path: &str) -> &str {
    const OWN: &[&str] = &[
        "test",
        "tests",
        "testdata",
        "fixtures",
        "__tests__",
        "e2e",
        "doc",
        "docs",
        "website",
        ".github",
        ".gitlab",
        ".circleci",
        "scripts",
        "script",
        "hack",
        "ci",
        "bench",
        "benches",
        "benchmarks",
    ];
    let mut end = 0;
    for part in path.split('/') {
        let last = end + part.len() == path.len();
        if !last && OWN.contains(&part) {
            return path.get(..end + part.len()).unwrap_or(path);
        }
        end += part.len() + 1;
    }
    ""
}

/// Blanks the documents of YAML that define a resource of Kubernetes: they describe fields, at great length, and hold no
/// values. Every other document keeps its lines.
pub(super) fn without_definitions(bytes: Vec<u8>) -> Vec<u8> {
    // Of one word the search is several times as fast as that of many.
    static KIND: LazyLock<Option<AhoCorasick>> =
        LazyLock::new(|| AhoCorasick::new(["kind: CustomResourceDefinition"]).ok());
    static MARK: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| AhoCorasick::new(["\n---"]).ok());
    let (Some(kind), Some(mark)) = (KIND.as_ref(), MARK.as_ref()) else { return bytes };
    if !kind.is_match(&bytes) {
        return bytes;
    }
    let mut kept = Vec::with_capacity(bytes.len() / 4);
    let mut start = 0;
    let ends = mark.find_iter(&bytes).map(|m| m.start() + 1).chain([bytes.len()]);
    for end in ends.collect::<Vec<_>>() {
        let document = bytes.get(start..end).unwrap_or_default();
        let defines = |at: usize| at == 0 || document.get(at - 1) == Some(&b'\n');
        if kind.find_iter(document).any(|m| defines(m.start())) {
            // The mark that begins the document stays: it ends the one before.
            if document.starts_with(b"---") {
                kept.extend_from_slice(b"---");
            }
            let lines = document.iter().filter(|b| **b == b'\n').count();
            kept.resize(kept.len() + lines, b'\n');
        } else {
            kept.extend_from_slice(document);
        }
        start = end;
    }
    kept
}

/// Whether a file of a program or of settings says by its path that it has to do with models.
pub(super) fn says(path: &str, choice: Choice) -> bool {
    static WORDS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
        automaton(&[
            "llm",
            "llama",
            "huggingface",
            "hugging_face",
            "transformers",
            "inference",
            "embedding",
            "openai",
            "langchain",
            "gpt",
            "rerank",
            "onnx",
            "genai",
            "chatbot",
            "/ai/",
            "mistral",
            "diffusion",
            "pretrain",
            "finetun",
            "fine_tun",
            "fine-tun",
            "machine-learning",
            "machine_learning",
        ])
    });
    static SETTINGS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
        automaton(&["model", "config.json", "train", "lora", "adapter", "params", "agent", "generation"])
    });
    hit(&WORDS, path.as_bytes()) || (choice == Choice::Settings && hit(&SETTINGS, path.as_bytes()))
}

/// Whether a file can name a model at all, told before it is parsed.
pub(super) fn is_worth_parsing(choice: Choice, literals: bool, signs: Signs, bytes: &[u8]) -> bool {
    let weak = signs != Signs::None && (!literals || has_literal(bytes) || hit(&NAMED, bytes));
    choice == Choice::Sure || weak || signs.strong(bytes)
}

/// Whether a text in quotes could be `owner/name`, or a part of one that is put together.
fn has_literal(bytes: &[u8]) -> bool {
    let part = |b: &u8| b.is_ascii_alphanumeric() || b"._-".contains(b);
    let mut at = 0;
    while let Some(found) = bytes.get(at..).and_then(|rest| rest.iter().position(|b| *b == b'/')) {
        let slash = at + found;
        let (before, after) = bytes.split_at(slash);
        // Parts are bounded, so that a long line costs no more than its length.
        let owner = before.iter().rev().take(100).take_while(|b| part(b)).count();
        let rest = after.get(1..).unwrap_or_default();
        let name = rest.iter().take(100).take_while(|b| part(b)).count();
        let opened = before
            .len()
            .checked_sub(owner + 1)
            .and_then(|i| before.get(i))
            .is_some_and(|b| b"\"'`}/".contains(b));
        let closed = rest.get(name).is_some_and(|b| b"\"'`@:{$%/".contains(b));
        if (owner > 1 && opened && closed) || (owner == 0 && opened && name > 1 && closed) {
            return true;
        }
        at = slash + 1;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_pass_finds_both_sorts_of_words() {
        let of = |text: &str| {
            let signs = signs(text.as_bytes());
            (signs.strong(text.as_bytes()), signs != Signs::None)
        };
        assert_eq!(of("use hf-hub here"), (true, true));
        assert_eq!(of("a model, and later ONNX"), (true, true));
        assert_eq!(of("the Processor: x"), (false, true));
        assert_eq!(of("controller.status.processors: 20"), (false, false));
        assert_eq!(of("processors of a pipeline"), (false, true));
        assert_eq!(of("nothing"), (false, false));
        assert!(STRONG_WORDS.iter().all(|word| word.len() <= LONGEST));
    }

    #[test]
    fn literals_are_told_from_comments_and_arithmetic() {
        for text in
            ["x = \"reed/heron\"", "f'{a}/heron'", "'reed/' + name", "`reed/heron@1`", "a = b + '/heron'"]
        {
            assert!(has_literal(text.as_bytes()), "{text}");
        }
        for text in ["# and/or", "a = b/c", "// model", "", "/", "\"\"/"] {
            assert!(!has_literal(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn definitions_leave_the_lines_of_their_neighbours() {
        let text = "a: 1\n---\napiVersion: x\nkind: CustomResourceDefinition\nspec: y\n---\nb: 2\n";
        let kept = String::from_utf8(without_definitions(text.as_bytes().to_vec())).unwrap();
        assert_eq!(kept, "a: 1\n---\n\n\n\n---\nb: 2\n");
        let other = "x:\n  kind: CustomResourceDefinition\n";
        assert_eq!(without_definitions(other.as_bytes().to_vec()), other.as_bytes());
    }

    #[test]
    fn tests_and_pages_tell_of_themselves() {
        assert_eq!(scope("src/a.rs"), "");
        assert_eq!(scope("a/tests/b/docs/c.rs"), "a/tests");
        assert_eq!(scope(".github/x.yml"), ".github");
        assert_eq!(scope("docs"), "");
    }

    #[test]
    fn manifests_tell_of_their_own_language() {
        let mut manifests = Manifests::default();
        let (rust, go) = (Choice::Program(Family::Rust), Choice::Program(Family::Go));
        assert!(!manifests.tell(rust) && !manifests.tell(Choice::Settings));
        manifests.add(manifest("a/Cargo.toml").flatten());
        assert!(manifests.tell(rust) && manifests.tell(Choice::Settings) && !manifests.tell(go));
        assert_eq!(manifest("requirements-dev.txt"), Some(None));
        assert_eq!(manifest("src/main.rs"), None);
        assert!(is_front_page("README.md") && !is_front_page("docs/README.md"));
    }
}
