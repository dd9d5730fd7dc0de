//! Models that configuration names: trainers, mergers, servers, charts, compose files, workflows. The key and the keys
//! around it say what a value is for.

use licit_model::Found;
use licit_model::ai::MentionRole;

use super::Sink;
use super::id::Want;
use super::keys::{self, Slot, slot};
use super::shell::{self, Word};
use super::yaml::{self, Kind, Node};
use crate::extract::File;
use crate::extract::toml::{self, Table, Value};

/// Reads YAML or JSON.
pub(super) fn read(text: &str, sink: &mut Sink<'_>) {
    let json = sink.path().rsplit('.').next().is_some_and(|e| e.starts_with("json"));
    let documents = if json { yaml::parse_json(text, 1).into_iter().collect() } else { yaml::parse(text) };
    for document in &documents {
        if !(json && is_record(document, sink.path())) {
            walk(document, sink);
        }
    }
}

/// A list of what was measured: it tells what ran once, and runs nothing.
fn is_record(document: &Node, path: &str) -> bool {
    let low = path.to_ascii_lowercase();
    let measured = ["bench", "result", "leaderboard", "scores"].iter().any(|w| low.contains(w));
    measured && document.items().iter().filter(|i| !i.entries().is_empty()).count() > 8
}

/// Reads TOML.
pub(super) fn read_toml(text: &str, sink: &mut Sink<'_>) {
    let file = File::new(sink.path(), text.as_bytes());
    let mut found = Found::new(sink.path(), "mentions");
    let Some(document) = toml::parse(&file, &mut found) else { return };
    let node = table(document.root(), 0);
    walk(&node, sink);
}

fn table(table_: Table<'_>, depth: usize) -> Node {
    let entries =
        table_.entries().into_iter().map(|(key, v)| (key.to_string(), value(v, depth + 1))).collect();
    Node { line: table_.line().unwrap_or(1), kind: Kind::Map(entries) }
}

fn value(value_: Value<'_>, depth: usize) -> Node {
    let line = value_.line().unwrap_or(1);
    if depth > 64 {
        return Node { line, kind: Kind::Null };
    }
    if let Some(inner) = value_.table() {
        return table(inner, depth);
    }
    if value_.is_array() {
        return Node { line, kind: Kind::List(value_.array().map(|v| value(v, depth + 1)).collect()) };
    }
    let kind = value_.str().map_or(Kind::Null, |s| Kind::Text(s.to_string()));
    Node { line, kind }
}

/// Reads a tree that was parsed elsewhere.
pub(super) fn walk(document: &Node, sink: &mut Sink<'_>) {
    enter(document, sink, 0);
}

/// Files inside files inside files.
const EMBEDDED: usize = 3;

fn enter(document: &Node, sink: &mut Sink<'_>, depth: usize) {
    let merge = document.get("merge_method").is_some();
    let ollama = document.text_of("provider").is_some_and(|p| p.eq_ignore_ascii_case("ollama"));
    let mut walker = Walker { sink, merge, depth };
    walker.node(document, "", Around { slot: None, ollama });
}

/// What the nodes around a value say.
#[derive(Clone, Copy)]
struct Around {
    /// What the list or mapping is for.
    slot: Option<Slot>,
    /// Whether a provider beside the model is Ollama.
    ollama: bool,
}

struct Walker<'s, 'a> {
    sink: &'s mut Sink<'a>,
    /// Whether the file is a recipe for mergekit.
    merge: bool,
    /// In how many files the text stands that is read.
    depth: usize,
}

/// Keys that take their meaning from the list or mapping in which they stand.
const GENERIC: &[&str] = &[
    "path",
    "id",
    "name",
    "repo",
    "repo_id",
    "name_or_path",
    "hf_repo",
    "model",
    "model_name",
    "model_id",
    "dataset",
    "from",
    "hub_id",
    "dataset_name",
    "dataset_id",
    "hf_id",
    "uri",
    "url",
    "source",
    "hf_hub_url",
    "modelName",
    "modelId",
    "default",
    "value",
    "values",
];

/// Lists of words that are one command.
fn is_argv(key: &str) -> bool {
    matches!(
        key,
        "command"
            | "args"
            | "entrypoint"
            | "extraArgs"
            | "extra_args"
            | "vllmArgs"
            | "vllmExtraArgs"
            | "engineArgs"
            | "commandArgs"
            | "cmd"
            | "runtimeArgs"
            | "serverArgs"
            | "extraCommandArgs"
    )
}

/// Texts, or lists of texts, that a shell runs.
fn is_script(key: &str) -> bool {
    matches!(
        key,
        "run"
            | "script"
            | "before_script"
            | "after_script"
            | "commands"
            | "cmds"
            | "setup"
            | "bash"
            | "sh"
            | "inline"
            | "shell"
    ) || key.ends_with("Command")
        || key.ends_with("_command")
}

/// Providers whose models are not the hub's.
const PROVIDERS: &[&str] = &[
    "openai",
    "anthropic",
    "azure",
    "azure_openai",
    "bedrock",
    "gemini",
    "google",
    "cohere",
    "mistral",
    "groq",
    "openrouter",
    "deepseek",
    "vertexai",
    "perplexity",
    "xai",
    "azure-openai",
    "google_genai",
    "amazon",
];

impl Walker<'_, '_> {
    fn node(&mut self, node: &Node, key: &str, around: Around) {
        match &node.kind {
            Kind::Null => {}
            Kind::Text(_) | Kind::Folded(_) => self.text(node, key, around, None),
            Kind::List(items) => {
                for item in items {
                    self.node(item, key, around);
                }
            }
            Kind::Map(entries) => self.map(node, entries, key, around),
        }
    }

    fn map(&mut self, node: &Node, entries: &[(String, Node)], key: &str, around: Around) {
        let provider = ["provider", "backend", "engine", "model_provider", "llm_provider", "type"]
            .iter()
            .find_map(|p| node.text_of(p))
            .unwrap_or("");
        let provider = provider.to_ascii_lowercase();
        let hosted = PROVIDERS.contains(&provider.as_str());
        let says = |key: &str| node.text_of(key).is_some_and(|p| p.eq_ignore_ascii_case("ollama"));
        let own_ollama = ["provider", "model_provider", "llm_provider", "backend"].iter().any(|k| says(k));
        let ollama = own_ollama || (around.ollama && provider.is_empty());
        let revision = |names: &[&str]| {
            names
                .iter()
                .find_map(|n| node.text_of(n))
                .filter(|r| !r.is_empty() && !r.contains(['$', '{', ' ']))
        };
        // What a server once answered is no configuration.
        if node.get("object").is_some() && (node.get("choices").is_some() || node.get("created").is_some()) {
            return;
        }
        self.commands(node);
        // An environment variable as Kubernetes writes it.
        if let (Some(name), Some(value)) = (node.text_of("name"), node.get("value"))
            && entries.len() <= 3
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
        {
            self.node(value, name, Around { slot: None, ollama });
            return;
        }
        // Weights of a mixture stand behind the ids of its datasets.
        let words = keys::words(key);
        if words.iter().any(|w| w.starts_with("dataset")) && words.iter().any(|w| w.starts_with("mix")) {
            for (id, weight) in entries.iter().filter(|(id, _)| id.contains('/')) {
                self.sink.put(weight.line, id, Slot::new(Want::Dataset, MentionRole::TrainData), None, key);
            }
        }
        let hub = provider.starts_with("huggingface") || provider == "hf";
        for (name, value) in entries {
            if is_argv(name) || is_script(name) || name == "image" || name == "images" {
                // Charts give flags as names with values.
                if is_argv(name) && value.items().iter().any(|i| !i.entries().is_empty()) {
                    self.node(value, "", Around { slot: None, ollama });
                }
                continue;
            }
            let own = slot(name);
            let model = own.is_some_and(|s| s.want == Want::Model);
            if hosted && model && value.text().is_some_and(|t| !t.contains("://")) {
                continue;
            }
            let generic = GENERIC.contains(&name.as_str());
            let mut slot = if generic { around.slot.or(own) } else { own };
            if name == "_name_or_path" || (name == "parent_model" && model) {
                slot = Some(Slot::new(Want::Model, MentionRole::Base));
            }
            if hub && matches!(name.as_str(), "repository" | "repo" | "id") {
                slot = Some(around.slot.unwrap_or(Slot::new(Want::Model, MentionRole::Inference)));
                if node.get("adapterName").is_some() || keys::words(key).iter().any(|w| w == "adapter") {
                    slot = Some(Slot::new(Want::Model, MentionRole::Adapter));
                }
            }
            if self.merge && name == "model" {
                slot = Some(Slot::new(Want::Model, MentionRole::MergeInput));
            }
            if ollama
                && matches!(name.as_str(), "model" | "model_name" | "modelName" | "name" | "id")
                && value.text().is_some()
            {
                slot = Some(Slot::new(Want::Ollama, MentionRole::Inference));
            }
            if name == "filename" && node.get("repo_id").is_some() {
                slot = Some(Slot::new(Want::RepositoryFile, MentionRole::Weights));
            }
            let pinned = match slot.map(|s| s.want) {
                Some(Want::Model)
                    if !name.contains("adapter") && slot.is_some_and(|s| s.role != MentionRole::Output) =>
                {
                    revision(&["revision", "model_revision"])
                }
                Some(Want::Dataset) => revision(&["revision", "dataset_revision"]),
                _ => None,
            };
            let inner = Around { slot, ollama };
            match &value.kind {
                Kind::Text(_) | Kind::Folded(_) => self.text(value, name, inner, pinned),
                _ => self.node(value, name, inner),
            }
        }
    }

    /// What a mapping runs: command and arguments are one command.
    fn commands(&mut self, node: &Node) {
        let mut words: Vec<Word> = Vec::new();
        for key in ["entrypoint", "command", "args"] {
            let Some(value) = node.get(key) else { continue };
            if value.text().is_some()
                && key != "args"
                && node.get("args").is_none_or(|a| a.items().is_empty())
            {
                self.script(value);
            } else {
                words.extend(list_words(value));
            }
        }
        self.argv(words);
        for (name, value) in node.entries() {
            let separate = is_argv(name) && !matches!(name.as_str(), "entrypoint" | "command" | "args");
            if separate && value.text().is_none() {
                self.argv(list_words(value));
            } else if separate || is_script(name) {
                if value.text().is_some() {
                    self.script(value);
                }
                for item in value.items() {
                    if item.text().is_some() {
                        self.script(item);
                    }
                }
            }
        }
    }

    fn argv(&mut self, mut words: Vec<Word>) {
        let Some(first) = words.first() else { return };
        // Arguments of an image: what runs them is not known, and their flags say enough.
        if first.text.starts_with('-') {
            words.insert(0, Word { line: first.line, text: "serve".into(), quoted: true });
        }
        shell::argv(&words, self.sink);
    }

    fn script(&mut self, node: &Node) {
        let (text, folded) = match &node.kind {
            Kind::Text(text) => (text, false),
            Kind::Folded(text) => (text, true),
            _ => return,
        };
        let text = if folded { text.trim_end().replace('\n', "\\\n") } else { text.clone() };
        let text = if text.trim_start().starts_with('-') { format!("serve {text}") } else { text };
        shell::snippet(&text, node.line, self.sink);
    }

    /// A whole file that stands in a value, as a `ConfigMap` has them: its key is its name.
    fn embedded(&mut self, node: &Node, key: &str) -> bool {
        let Kind::Text(text) = &node.kind else { return false };
        let extension = key.rsplit_once('.').map_or("", |(_, e)| e);
        if self.depth >= EMBEDDED {
            return false;
        }
        let before = self.sink.offset;
        match extension {
            "sh" | "bash" | "env" => shell::snippet(text, node.line, self.sink),
            "py" => super::python::snippet(text, node.line, self.sink),
            _ if matches!(extension, "yaml" | "yml" | "json")
                || key == "config_file"
                || key == "configFile" =>
            {
                let documents = if extension == "json" {
                    yaml::parse_json(text, 1).into_iter().collect()
                } else {
                    yaml::parse(text)
                };
                self.sink.offset = before + node.line.saturating_sub(1);
                for document in &documents {
                    enter(document, self.sink, self.depth + 1);
                }
            }
            _ => return false,
        }
        self.sink.offset = before;
        true
    }

    fn text(&mut self, node: &Node, key: &str, around: Around, revision: Option<&str>) {
        let Some(whole) = node.text() else { return };
        let text = whole.trim();
        if text.is_empty() || text.len() > 200_000 {
            return;
        }
        if text.starts_with(['{', '[']) && text.contains('"') && text.len() > 2 {
            if let Some(inner) = yaml::parse_json(text, node.line) {
                self.node(&inner, key, Around { slot: slot(key), ollama: false });
            }
            return;
        }
        // `NAME=value`, as lists of variables are written.
        if let Some((name, value)) = text.split_once('=') {
            let upper = !name.is_empty()
                && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
            if upper {
                let inner =
                    Node { line: node.line, kind: Kind::Text(value.trim_matches(['"', '\'']).to_string()) };
                self.text(&inner, name, Around { slot: slot(name), ollama: false }, None);
                return;
            }
        }
        if whole.contains('\n') && self.embedded(node, key) {
            return;
        }
        let role = around.slot.map_or(MentionRole::Inference, |s| s.role);
        let filled = shell::defaults(text);
        let schemed =
            ["hf://", "ollama://", "huggingface://", "hf-hub:"].iter().any(|s| filled.starts_with(s));
        if keys::is_picture(key) {
            return;
        }
        if schemed
            || (filled.contains("huggingface.co/") && (filled.contains("/resolve/") || keys::is_address(key)))
        {
            let role = if filled.contains("/resolve/") && role == MentionRole::Inference {
                MentionRole::Weights
            } else {
                role
            };
            let role = if filled.contains("datasets/") && role != MentionRole::EvalData {
                MentionRole::TrainData
            } else {
                role
            };
            self.sink.address(node.line, &filled, role, key);
            return;
        }
        let Some(slot) = around.slot.or_else(|| slot(key)) else { return };
        match slot.want {
            Want::Dataset => {
                for part in text.split(',') {
                    self.sink.put(node.line, part, slot, revision, key);
                }
            }
            Want::Model if self.merge && text.contains('+') => {
                // mergekit puts an adapter behind the model on which it is applied.
                for (place, part) in text.split('+').enumerate() {
                    let role = if place == 0 { slot.role } else { MentionRole::Adapter };
                    self.sink.put(node.line, part, Slot::new(slot.want, role), None, key);
                }
            }
            Want::Model => {
                // A name without owner is the hub's only where the key asks for the hub's names.
                let strict = matches!(
                    key,
                    "model_name_or_path"
                        | "base_model"
                        | "pretrained_model_name_or_path"
                        | "base_model_name_or_path"
                        | "tokenizer_name_or_path"
                        | "model_id"
                        | "hf_model_id"
                        | "tokenizer_name"
                        | "tokenizer"
                        | "_name_or_path"
                );
                if strict || filled.contains('/') || super::id::weights(&filled).is_some() {
                    self.sink.put(node.line, text, slot, revision, key);
                }
            }
            _ => {
                self.sink.put(node.line, text, slot, revision, key);
            }
        }
    }
}

/// The words of a command that is given as a list; a text among them may hold several.
fn list_words(node: &Node) -> Vec<Word> {
    let word = |n: &Node| n.text().map(|t| Word { line: n.line, text: t.trim().to_string(), quoted: true });
    if let Some(text) = node.text() {
        return text
            .split_whitespace()
            .map(|w| Word { line: node.line, text: w.trim_matches(['"', '\'']).to_string(), quoted: true })
            .collect();
    }
    let mut words = Vec::new();
    for item in node.items() {
        match word(item) {
            // `- --model owner/name` is one item, and two words.
            Some(w) if w.text.starts_with("--") && w.text.contains(' ') && !w.text.contains('\n') => {
                words.extend(w.text.split_whitespace().map(|p| Word {
                    line: w.line,
                    text: p.to_string(),
                    quoted: true,
                }));
            }
            // Numbers and the like keep their place.
            Some(w) => words.push(w),
            None => {}
        }
    }
    words
}
