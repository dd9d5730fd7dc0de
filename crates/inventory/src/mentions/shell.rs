//! Models that commands fetch, serve or train: shell scripts, makefiles, settings of variables, and commands that
//! configuration holds.

use std::collections::HashSet;

use licit_model::ai::MentionRole;

use super::Sink;
use super::id::Want;
use super::keys::{Slot, slot};

mod lex;

use lex::{Dialect, Variables, commands, resolve};
pub(super) use lex::{Word, defaults};

/// Reads a script, or a file of variables.
pub(super) fn read(text: &str, sink: &mut Sink<'_>) {
    run(text, Dialect::Shell, sink, 0);
}

/// Reads a makefile: its variables and recipes.
pub(super) fn read_make(text: &str, sink: &mut Sink<'_>) {
    run(text, Dialect::Make, sink, 0);
}

/// Reads a script that stands in another file, from this line on.
pub(super) fn snippet(text: &str, first: u32, sink: &mut Sink<'_>) {
    let before = sink.offset;
    sink.offset = before + first.saturating_sub(1);
    run(text, Dialect::Shell, sink, 1);
    sink.offset = before;
}

/// Reads one command that configuration gives as a list of words.
pub(super) fn argv(words: &[Word], sink: &mut Sink<'_>) {
    Shell { sink, variables: Variables::new(), reported: HashSet::new() }.command(words, None, 1);
}

/// Commands inside commands, such as that of `sh -c`, are read so deep.
const DEEPEST: usize = 4;

fn run(text: &str, dialect: Dialect, sink: &mut Sink<'_>, depth: usize) {
    if depth > DEEPEST {
        return;
    }
    let mut shell = Shell { sink, variables: Variables::new(), reported: HashSet::new() };
    for command in commands(text, dialect) {
        shell.command(&command.words, command.fed.as_ref(), depth);
    }
}

struct Shell<'s, 'a> {
    sink: &'s mut Sink<'a>,
    variables: Variables,
    reported: HashSet<(u32, String)>,
}

/// Words before a command that say how it runs.
const WRAPPERS: &[&str] = &[
    "sudo", "time", "nohup", "exec", "env", "command", "eval", "nice", "stdbuf", "srun", "if", "then",
    "else", "elif", "do", "!", "while", "until", "{", "case", "-", "@", "set", "and", "or", "not", "begin",
    "numactl", "xvfb-run",
];

/// Commands whose flags are not about models.
const OTHERS: &[&str] = &[
    "echo",
    "printf",
    "gh",
    "kaggle",
    "npm",
    "npx",
    "yarn",
    "pnpm",
    "pip",
    "pip3",
    "apt",
    "apt-get",
    "brew",
    "conda",
    "mamba",
    "grep",
    "sed",
    "awk",
    "ls",
    "cd",
    "mkdir",
    "rm",
    "cp",
    "mv",
    "ln",
    "chmod",
    "chown",
    "cat",
    "test",
    "[",
    "[[",
    "source",
    ".",
    "rsync",
    "scp",
    "ssh",
    "go",
    "cargo",
    "tar",
    "unzip",
    "aws",
    "gcloud",
    "az",
    "terraform",
    "make",
    "cmake",
    "twine",
    "log",
    "info",
    "warn",
    "logger",
    "die",
    "fail",
];

/// Commands whose argument behind these words is a model.
const POSITIONAL: &[(&str, &[&str], MentionRole)] = &[
    ("vllm", &["serve", "chat", "complete"], MentionRole::Inference),
    ("trtllm-serve", &[], MentionRole::Inference),
    ("aphrodite", &["run"], MentionRole::Inference),
    (
        "lmdeploy",
        &["serve api_server", "serve gradio", "chat", "lite auto_awq", "lite smooth_quant", "lite auto_gptq"],
        MentionRole::Inference,
    ),
    ("litgpt", &["download", "chat", "generate", "serve", "evaluate"], MentionRole::Weights),
    (
        "litgpt",
        &["finetune", "finetune_lora", "finetune_qlora", "finetune_full", "finetune_adapter", "pretrain"],
        MentionRole::Base,
    ),
    ("tune", &["download"], MentionRole::Weights),
    ("transformers-cli", &["download", "chat"], MentionRole::Weights),
    ("transformers", &["download", "chat", "serve"], MentionRole::Inference),
    ("mlc_llm", &["chat", "serve", "convert_weight", "gen_config"], MentionRole::Inference),
    ("openllm", &["serve", "start", "run"], MentionRole::Inference),
    ("ramalama", &["run", "pull", "serve"], MentionRole::Inference),
    ("tabbyapi", &["download"], MentionRole::Weights),
    ("exo", &["run"], MentionRole::Inference),
    ("fastembed", &["download"], MentionRole::Weights),
    ("modular", &["serve"], MentionRole::Inference),
];

/// Commands for which `-m` is a model.
fn takes_m(program: &str) -> bool {
    [
        "mlx_lm",
        "mlx_vlm",
        "llama",
        "optimum",
        "mlc_llm",
        "whisper-",
        "mlx-lm",
        "text-generation",
        "lmdeploy",
        "koboldcpp",
        "mistralrs",
    ]
    .iter()
    .any(|p| program.starts_with(p))
        || matches!(program, "main" | "server" | "ipex-llm")
}

impl Shell<'_, '_> {
    fn command(&mut self, words: &[Word], fed: Option<&(u32, String)>, depth: usize) {
        let mut words = words;
        // `NAME=value` before a command, `export NAME=value`, `NAME := value`.
        loop {
            let Some(first) = words.first() else { return };
            let text = first.text.trim_start_matches(['@', '-', '+']);
            if let Some((name, value)) = assignment(&first.text) {
                if value.is_empty() && words.len() > 1 && first.text.ends_with('=') && !first.quoted {
                    // An array.
                    words.iter().skip(1).for_each(|w| self.assign(name, w.clone()));
                    return;
                }
                self.assign(name, Word { line: first.line, text: value.to_string(), quoted: true });
                words = words.get(1..).unwrap_or(&[]);
                continue;
            }
            let sign = words.get(1).map_or("", |w| w.text.as_str());
            if matches!(sign, ":=" | "?=" | "=" | "::=" | "+=") && is_name(text) {
                words.iter().skip(2).for_each(|w| self.assign(text, w.clone()));
                return;
            }
            if first.text == "for" && words.get(2).is_some_and(|w| w.text == "in") {
                let name = sign.to_string();
                words.iter().skip(3).for_each(|w| self.set(&name, w));
                return;
            }
            let declares =
                ["export", "declare", "local", "readonly", "typeset", "setenv", "arg", "ENV", "ARG"]
                    .contains(&text);
            if declares
                || (!first.quoted && WRAPPERS.contains(&text))
                || (text.is_empty() && !first.text.is_empty())
            {
                words = words.get(1..).unwrap_or(&[]);
                while words.first().is_some_and(|w| w.text.starts_with('-') && !declares) {
                    words = words.get(1..).unwrap_or(&[]);
                }
                continue;
            }
            if text == "timeout" || text == "watch" {
                words = words.get(2..).unwrap_or(&[]);
                continue;
            }
            let runs = matches!(
                text,
                "uv" | "poetry" | "pipenv" | "hatch" | "pdm" | "rye" | "uvx" | "conda" | "pixi"
            );
            if runs && sign == "run" {
                words = words.get(2..).unwrap_or(&[]);
                while words.first().is_some_and(|w| w.text.starts_with('-')) {
                    words = words.get(1..).unwrap_or(&[]);
                }
                continue;
            }
            break;
        }
        let Some(first) = words.first() else { return };
        let name = first.text.trim_start_matches(['@', '-']);
        let program = name.rsplit('/').next().unwrap_or(name).to_string();
        let rest = words.get(1..).unwrap_or(&[]);
        self.program(&program, rest, fed, depth);
    }

    /// Remembers a value, and reports it where the variable's name says that it is a model.
    fn assign(&mut self, name: &str, value: Word) {
        self.set(name, &value);
        let values = resolve(&value, &self.variables);
        for (text, line) in values {
            if let Some(slot) = slot(name) {
                // The oldest names have no owner; in a variable they may be anything.
                if text.contains('/') || text.contains('.') {
                    self.sink.put(line, &text, slot, None, name);
                }
            } else if super::keys::is_address(name) || text.contains("/resolve/") {
                self.sink.address(line, &text, MentionRole::Weights, name);
            }
        }
    }

    fn set(&mut self, name: &str, value: &Word) {
        let values = resolve(value, &self.variables);
        let known = self.variables.entry(name.to_string()).or_default();
        for value in values {
            if known.len() < 64 && !known.contains(&value) {
                known.push(value);
            }
        }
    }

    /// Reports a word, with its variables resolved.
    fn put(&mut self, word: &Word, slot: Slot, revision: Option<&str>, by: &str) {
        for (text, line) in resolve(word, &self.variables) {
            let parts: Vec<&str> =
                if slot.want == Want::Dataset { text.split(',').collect() } else { vec![text.as_str()] };
            for part in parts {
                // `name=owner/name`, as adapters are given.
                let part =
                    if part.contains("://") { part } else { part.rsplit_once('=').map_or(part, |(_, p)| p) };
                if self.reported.insert((line, part.to_string())) {
                    self.sink.put(line, part, slot, revision, by);
                }
            }
        }
    }

    fn program(&mut self, program: &str, words: &[Word], fed: Option<&(u32, String)>, depth: usize) {
        if depth > DEEPEST
            || (OTHERS.contains(&program) && program != "cat")
            || program.ends_with(':')
            || program.starts_with("log_")
            || program.starts_with("print_")
        {
            return;
        }
        let sub = words.first().map_or("", |w| w.text.as_str()).to_string();
        let option = |name: &str| {
            words.iter().enumerate().find_map(|(i, w)| match w.text.split_once('=') {
                Some((flag, value)) if flag == name => Some(value.to_string()),
                _ if w.text == name => words.get(i + 1).map(|w| w.text.clone()),
                _ => None,
            })
        };
        let revision = option("--revision").filter(|r| !r.starts_with("${"));
        let revision = revision.as_deref();
        match program {
            "sh" | "bash" | "zsh" | "dash" | "ash" => {
                let script = words
                    .iter()
                    .position(|w| w.text.starts_with('-') && w.text.ends_with('c'))
                    .and_then(|i| words.get(i + 1));
                if let Some(script) = script {
                    self.inner(&script.text, script.line, depth);
                    return;
                }
                if let Some((line, text)) = fed {
                    self.inner(text, *line, depth);
                }
            }
            "cat" => {
                return;
            }
            "ollama" => {
                let role = match sub.as_str() {
                    "pull" | "run" => MentionRole::Inference,
                    "push" => MentionRole::Output,
                    _ => return,
                };
                let named = words.iter().skip(1).find(|w| !w.text.starts_with('-'));
                if let Some(word) = named.filter(|w| role != MentionRole::Output || w.text.contains('/')) {
                    self.put(word, Slot::new(Want::Ollama, role), None, &format!("ollama {sub}"));
                }
                return;
            }
            "hf" | "huggingface-cli" => {
                self.hub(program, words, revision);
                return;
            }
            "git" => {
                for word in
                    words.iter().filter(|w| w.text.contains("huggingface.co/") || w.text.contains("hf.co/"))
                {
                    self.fetched(word, "git clone");
                }
                return;
            }
            "docker" | "podman" | "nerdctl" | "kubectl" | "docker-compose" => {
                self.container(words, depth);
                return;
            }
            "helm" => {
                for word in words {
                    self.setting(word, revision);
                }
                return;
            }
            _ => {}
        }
        if program.starts_with("python") || program == "pypy" {
            if let Some(script) = words.iter().position(|w| w.text == "-c").and_then(|i| words.get(i + 1)) {
                super::python::snippet(&script.text, script.line, self.sink);
                return;
            }
            let dash = words.first().is_none_or(|w| w.text == "-");
            if let Some((line, text)) = fed.filter(|_| dash) {
                super::python::snippet(text, *line, self.sink);
                return;
            }
            if sub == "-m" {
                if let Some(module) = words.get(1) {
                    let rest = words.get(2..).unwrap_or(&[]);
                    self.positional(&module.text, rest, revision);
                    self.flags(&module.text, rest, revision);
                }
                return;
            }
        }
        for word in words.iter().filter(|w| w.text.contains("huggingface.co/") || w.text.contains("hf.co/")) {
            if matches!(program, "curl" | "wget" | "aria2c" | "axel" | "http" | "download" | "fetch")
                || word.text.contains("/resolve/")
            {
                self.fetched(word, program);
            }
        }
        if matches!(program, "curl" | "wget" | "http") {
            self.posted(words);
            return;
        }
        self.positional(program, words, revision);
        self.flags(program, words, revision);
    }

    fn inner(&mut self, text: &str, line: u32, depth: usize) {
        let before = self.sink.offset;
        self.sink.offset = before + line.saturating_sub(1);
        run(text, Dialect::Shell, self.sink, depth + 1);
        self.sink.offset = before;
    }

    /// An address that something is fetched from.
    fn fetched(&mut self, word: &Word, by: &str) {
        for (text, line) in resolve(word, &self.variables) {
            let from = text.find("http").unwrap_or(0);
            let text = text.get(from..).unwrap_or("");
            let role =
                if text.contains("/datasets/") { MentionRole::TrainData } else { MentionRole::Weights };
            // The inference service answers under an address of its own.
            let text = text
                .replace("https://user:", "")
                .replace("https://api-inference.huggingface.co/models/", "https://huggingface.co/");
            self.sink.address(line, &text, role, by);
        }
    }

    /// The body of a request to a model server.
    fn posted(&mut self, words: &[Word]) {
        let mut bodies = words.iter().zip(words.iter().skip(1));
        let data =
            |w: &Word| matches!(w.text.as_str(), "-d" | "--data" | "--data-raw" | "--data-binary" | "--json");
        if let Some((_, body)) = bodies.find(|(flag, _)| data(flag)) {
            let ollama = words.iter().any(|w| w.text.contains(":11434") || w.text.contains("/api/pull"));
            let Some(json) = super::yaml::parse_json(&body.text, body.line) else { return };
            for key in ["model", "name"] {
                let Some(value) = json.get(key) else { continue };
                let Some(text) = value.text() else { continue };
                let want = if ollama { Want::Ollama } else { Want::Model };
                if ollama || text.contains('/') {
                    self.sink.put(value.line, text, Slot::new(want, MentionRole::Inference), None, key);
                }
            }
        }
    }

    fn hub(&mut self, program: &str, words: &[Word], revision: Option<&str>) {
        let sub = words.first().map_or("", |w| w.text.as_str());
        let role = match sub {
            "download" | "snapshot" => MentionRole::Weights,
            "upload" | "upload-large-folder" => MentionRole::Output,
            _ => return,
        };
        let by = format!("{program} {sub}");
        let mut plain: Vec<&Word> = Vec::new();
        let mut dataset = false;
        let mut at = 1;
        while let Some(word) = words.get(at) {
            at += 1;
            if let Some(flag) = word.text.strip_prefix("--") {
                let (name, value) = flag.split_once('=').map_or((flag, None), |(n, v)| (n, Some(v)));
                let switch = matches!(
                    name,
                    "force-download"
                        | "quiet"
                        | "resume-download"
                        | "dry-run"
                        | "no-force-download"
                        | "private"
                );
                let next = words.get(at).map(|w| w.text.as_str());
                if name == "repo-type" {
                    dataset = value.or(next) == Some("dataset");
                    if value.or(next) == Some("space") {
                        return;
                    }
                }
                at += usize::from(value.is_none() && !switch);
            } else if !word.text.starts_with('-') {
                plain.push(word);
            }
        }
        let Some(repository) = plain.first() else { return };
        let data = if role == MentionRole::Output { role } else { MentionRole::TrainData };
        let slot = if dataset { Slot::new(Want::AnyDataset, data) } else { Slot::new(Want::Model, role) };
        self.put(repository, slot, revision, &by);
        if role == MentionRole::Weights && !dataset {
            for file in plain.iter().skip(1) {
                self.file(file, &by);
            }
        }
    }

    /// A file of weights inside a repository, under the path that it has there.
    fn file(&mut self, word: &Word, by: &str) {
        for (text, line) in resolve(word, &self.variables) {
            self.sink.put(line, &text, Slot::new(Want::RepositoryFile, MentionRole::Weights), None, by);
        }
    }

    fn positional(&mut self, program: &str, words: &[Word], revision: Option<&str>) {
        for (name, subs, role) in POSITIONAL.iter().filter(|(name, ..)| *name == program) {
            let joined =
                |n: usize| words.iter().take(n).map(|w| w.text.as_str()).collect::<Vec<_>>().join(" ");
            let length =
                subs.iter().find(|s| joined(s.split(' ').count()) == **s).map(|s| s.split(' ').count());
            let length = if subs.is_empty() { Some(0) } else { length };
            let argument = length.and_then(|n| words.get(n)).filter(|w| !w.text.starts_with('-'));
            if let Some(argument) = argument {
                let sub = length.map_or(String::new(), joined);
                let ollama = *name == "ramalama";
                let want = if ollama { Want::Address } else { Want::Model };
                self.put(argument, Slot::new(want, *role), revision, format!("{name} {sub}").trim());
            }
        }
    }

    /// Flags of any program, by the one vocabulary.
    fn flags(&mut self, program: &str, words: &[Word], revision: Option<&str>) {
        let mut at = 0;
        while let Some(word) = words.get(at) {
            at += 1;
            let text = word.text.as_str();
            if !text.starts_with('-') {
                // What a launcher runs may be a command with arguments of its own.
                let name = text.rsplit('/').next().unwrap_or(text);
                if POSITIONAL.iter().any(|(p, ..)| *p == name) {
                    self.positional(name, words.get(at..).unwrap_or(&[]), revision);
                }
                // Any server is told what to serve.
                let serves = matches!(text, "serve" | "download-weights" | "download-model");
                if let Some(model) =
                    words.get(at).filter(|w| serves && super::likeness::is_like_a_model(&w.text))
                {
                    self.put(model, Slot::new(Want::Model, MentionRole::Inference), revision, text);
                }
                self.setting(word, revision);
                continue;
            }
            let (flag, value) = match text.split_once('=') {
                Some((flag, value)) => {
                    (flag, Some(Word { line: word.line, text: value.to_string(), quoted: true }))
                }
                None => (text, None),
            };
            let follows =
                || words.get(at).filter(|w| !w.text.starts_with('-') || w.text.contains('/')).cloned();
            let slot = match flag {
                "-hf" | "-hfr" | "--hf-repo" | "-hfv" | "-hfrv" | "-hfd" | "-hfrd" | "--hf-repo-draft"
                | "--hf-repo-v" => Some(Slot::new(Want::Model, MentionRole::Inference)),
                "-hff" | "--hf-file" => Some(Slot::new(Want::Weights, MentionRole::Weights)),
                "-m" if takes_m(program) => Some(Slot::new(Want::Model, MentionRole::Inference)),
                "--model_args" | "--model-args" => {
                    if let Some(value) = value.or_else(follows) {
                        for part in value.text.split(',') {
                            self.setting(
                                &Word { line: value.line, text: part.to_string(), quoted: true },
                                revision,
                            );
                        }
                    }
                    continue;
                }
                "--set" | "--set-string" => {
                    if let Some(value) = follows() {
                        self.setting(&value, revision);
                    }
                    continue;
                }
                "-e" | "--env" => {
                    if let Some(value) = value.or_else(follows) {
                        self.setting(&value, revision);
                    }
                    continue;
                }
                _ if flag.len() > 3 => slot(flag),
                _ => None,
            };
            let Some(slot) = slot else { continue };
            let several = slot.want == Want::Dataset || flag.ends_with('s');
            if let Some(value) = value.or_else(follows) {
                self.put(&value, slot, revision, flag);
            }
            if several {
                while let Some(more) =
                    words.get(at + 1).filter(|w| !w.text.starts_with('-') && w.text.contains('/'))
                {
                    self.put(more, slot, revision, flag);
                    at += 1;
                }
            }
        }
    }

    /// `key=value`, as many trainers and charts take their settings.
    fn setting(&mut self, word: &Word, revision: Option<&str>) {
        let Some((key, value)) = word.text.split_once('=') else { return };
        let key = key.trim_start_matches(['+', '-']);
        // A message may hold an equals sign too.
        if !key.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-[]".contains(&b)) {
            return;
        }
        if let Some(slot) = slot(key).filter(|_| key.len() < 100) {
            let value =
                Word { line: word.line, text: value.trim_matches(['"', '\'']).to_string(), quoted: true };
            if value.text.contains('/') || value.text.starts_with("${") || key == "pretrained" {
                self.put(&value, slot, revision, key);
            }
        }
    }

    /// What runs in a container: variables that are set, and the arguments behind the image.
    fn container(&mut self, words: &[Word], depth: usize) {
        let runs = words.iter().take(3).any(|w| matches!(w.text.as_str(), "run" | "exec" | "create"));
        if !runs {
            return;
        }
        // `docker model run` takes a model; only the hub's are known here.
        if words.first().is_some_and(|w| w.text == "model") {
            if let Some(word) = words.iter().skip(2).find(|w| !w.text.starts_with('-')) {
                self.put(word, Slot::new(Want::Address, MentionRole::Inference), None, "docker model run");
            }
            return;
        }
        let known = |name: &str| {
            POSITIONAL.iter().any(|(p, ..)| *p == name)
                || matches!(
                    name,
                    "ollama"
                        | "hf"
                        | "huggingface-cli"
                        | "bash"
                        | "sh"
                        | "python"
                        | "python3"
                        | "llama-server"
                        | "llama-cli"
                        | "text-generation-launcher"
                )
        };
        let inner = words.iter().enumerate().skip(1).find(|(_, w)| {
            known(w.text.rsplit('/').next().unwrap_or("")) && !w.text.contains(['/', ':'])
                || w.text.ends_with("/ollama") && w.text.starts_with('/')
        });
        let before = inner.map_or(words.len(), |(i, _)| i);
        // A container often has the same name as the command that runs in it.
        let named = inner.is_some_and(|(i, _)| i > 0 && words.get(i - 1).is_some_and(|w| w.text == "--name"));
        if let Some((i, _)) = inner.filter(|_| !named) {
            self.flags("docker", words.get(..before).unwrap_or(&[]), None);
            self.command(words.get(i..).unwrap_or(&[]), None, depth + 1);
            // `docker exec ollama ollama pull x`: the first is the container.
            let again = words.iter().enumerate().skip(i + 1).find(|(_, w)| w.text == "ollama");
            if let Some((j, _)) = again {
                self.command(words.get(j..).unwrap_or(&[]), None, depth + 1);
            }
            return;
        }
        self.flags("docker", words, None);
        if let Some((j, _)) = words.iter().enumerate().rev().find(|(_, w)| w.text == "ollama") {
            self.command(words.get(j..).unwrap_or(&[]), None, depth + 1);
        }
        // The image of llama.cpp starts its server by itself.
        if words.iter().any(|w| w.text.contains("llama.cpp")) {
            self.flags("llama-server", words, None);
        }
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && text.bytes().next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
}

/// `NAME=value` in two.
fn assignment(text: &str) -> Option<(&str, &str)> {
    let (name, value) = text.split_once('=')?;
    let name = name.trim_end_matches(['+', ':', '?']);
    is_name(name).then_some((name, value))
}
