//! Models that programs in the languages with braces load: JavaScript, TypeScript, Rust, Go, Java, C# and their like.

use std::collections::HashMap;

use licit_model::ai::MentionRole;

use super::Sink;
use super::calls;
use super::id::{self, Want};
use super::keys::{Slot, maps, slot, slot_for, words};
use super::likeness;

mod lex;

use lex::{Kind, Token, tokens};

/// Reads a source file.
pub(super) fn read(text: &str, sink: &mut Sink<'_>) {
    let extension = sink.path().rsplit('.').next().unwrap_or("").to_ascii_lowercase();
    let tokens = tokens(text, &extension);
    let low = text.to_ascii_lowercase();
    // Tests in these languages take ids apart far more often than they load what these name, and make them up.
    sink.plausible = sink.test;
    let mut reader = Reader {
        tokens: &tokens,
        frames: Vec::new(),
        chain: String::new(),
        constants: HashMap::new(),
        hub: low.contains("hf_hub")
            || low.contains("huggingface")
            || low.contains("hugot")
            || low.contains("tokenizers"),
        ollama: low.contains("ollama"),
        rust: extension == "rs",
        sink,
    };
    reader.constants();
    reader.run();
}

/// What stands open: a call, or a pair of other brackets.
struct Frame {
    /// The dotted name before the bracket.
    callee: String,
    call: bool,
    /// Which argument is read.
    place: usize,
    /// The name of the argument or field that is read.
    key: Option<String>,
    /// How many mentions there were when it began: those behind them are its own.
    before: usize,
    /// The token that opens it.
    at: usize,
    /// What the elements of a list or mapping are, by the name that it was given.
    holds: Option<Holds>,
}

/// What a list or mapping holds.
#[derive(Clone)]
struct Holds {
    slot: Slot,
    name: String,
    /// Whether ids are its keys, too.
    keys: bool,
}

/// Brackets that are followed; deeper ones are passed over.
const DEEPEST: usize = 1_000;

struct Reader<'t, 's, 'a> {
    tokens: &'t [Token],
    frames: Vec<Frame>,
    chain: String,
    /// Names that are given one text.
    constants: HashMap<&'t str, (&'t str, u32)>,
    hub: bool,
    ollama: bool,
    rust: bool,
    sink: &'s mut Sink<'a>,
}

impl<'t> Reader<'t, '_, '_> {
    fn sign(&self, at: usize) -> Option<char> {
        match self.tokens.get(at).map(|t| &t.kind) {
            Some(Kind::Sign(sign)) => Some(*sign),
            _ => None,
        }
    }

    fn word(&self, at: usize) -> Option<&'t str> {
        match self.tokens.get(at).map(|t| &t.kind) {
            Some(Kind::Word(word)) => Some(word),
            _ => None,
        }
    }

    /// The name that the text at this place is given to: `name = "…"`, `name: Type = "…"`, `name := "…"`.
    fn assigned(&self, at: usize) -> Option<&'t str> {
        let mut before = at.checked_sub(1)?;
        if self.sign(before)? != '=' {
            return None;
        }
        before = before.checked_sub(1)?;
        match self.sign(before) {
            Some(':') => before = before.checked_sub(1)?,
            Some('=' | '!' | '<' | '>' | '+') => return None,
            _ => {}
        }
        // A type between name and value.
        for back in 0..8 {
            let here = before.checked_sub(back)?;
            let declares = |w: &str| {
                matches!(
                    w,
                    "const" | "let" | "var" | "static" | "final" | "val" | "string" | "String" | "mut"
                )
            };
            if here > 0 && self.word(here).is_some() && self.word(here - 1).is_some_and(declares) {
                return self.word(here);
            }
            if matches!(self.sign(here), Some(';' | '{' | '}' | '(' | ')' | ',')) {
                break;
            }
        }
        self.word(before)
    }

    /// Whether the text is what an arm of Rust's `match` gives.
    fn is_arm(&self, at: usize) -> bool {
        let arrow = |i: usize| self.sign(i) == Some('>') && i > 0 && self.sign(i - 1) == Some('=');
        // `String::from("…")` is the text too.
        [1usize, 6].iter().any(|back| at.checked_sub(*back).is_some_and(arrow)) && self.rust
    }

    fn constants(&mut self) {
        for (at, token) in self.tokens.iter().enumerate() {
            if let Kind::Text(text) = &token.kind
                && let Some(name) = self.assigned(at).filter(|_| text.len() < 200)
                && self.constants.insert(name, (text, token.line)).is_some()
            {
                // A name with two values says nothing.
                self.constants.insert(name, ("", 0));
            }
        }
    }

    fn run(&mut self) {
        let mut fresh = true;
        for at in 0..self.tokens.len() {
            let Some(token) = self.tokens.get(at) else { break };
            match &token.kind {
                Kind::Word(word) => {
                    let joined = matches!(self.sign(at.wrapping_sub(1)), Some('.' | ':')) && at > 0 && !fresh;
                    let generic = self.sign(at.wrapping_sub(1)) == Some('<');
                    if joined && self.chain.len() < 400 {
                        self.chain.push('.');
                        self.chain.push_str(word);
                    } else if !generic {
                        self.chain = word.clone();
                    }
                    fresh = false;
                    let colon = (self.sign(at + 1) == Some(':') && self.sign(at + 2) != Some(':'))
                        || (self.sign(at + 1) == Some('?') && self.sign(at + 2) == Some(':'));
                    let equals = self.sign(at + 1) == Some('=') && self.sign(at + 2) != Some('=');
                    if colon || equals {
                        if let Some(frame) = self.frames.last_mut() {
                            frame.key = Some(word.clone());
                        }
                        fresh = colon;
                    }
                    let known = self.constants.get(word.as_str()).copied().filter(|(t, _)| !t.is_empty());
                    if matches!(self.sign(at + 1), Some(',' | ')'))
                        && let Some((text, line)) = known
                    {
                        self.argument(text, line, true);
                    }
                }
                Kind::Text(text) => {
                    // `"key": value` of an object.
                    let key = self.sign(at + 1) == Some(':') && self.frames.last().is_some_and(|f| !f.call);
                    if key {
                        self.key(text, token.line);
                        if let Some(frame) = self.frames.last_mut() {
                            frame.key = Some(text.clone());
                        }
                    } else {
                        self.text(at, text, token.line);
                    }
                    self.chain.clear();
                    fresh = true;
                }
                Kind::Template => {
                    self.chain.clear();
                    fresh = true;
                }
                Kind::Sign(sign) => match sign {
                    '(' | '{' | '[' => {
                        let callee = std::mem::take(&mut self.chain);
                        let before = self.sink.found.len();
                        if self.frames.len() < DEEPEST {
                            let call = *sign == '(';
                            let holds = if call { None } else { self.holds(at) };
                            self.frames.push(Frame { callee, call, place: 0, key: None, before, at, holds });
                        }
                        fresh = true;
                    }
                    ')' | '}' | ']' => {
                        let frame = self.frames.pop();
                        // A method of what the call gives goes on with its name.
                        self.chain = frame.filter(|f| f.call).map_or_else(String::new, |f| f.callee);
                        fresh = self.chain.is_empty();
                    }
                    ',' | ';' => {
                        if let Some(frame) = self.frames.last_mut() {
                            frame.place += 1;
                            frame.key = None;
                        }
                        self.chain.clear();
                        fresh = true;
                    }
                    '.' | ':' | '?' | '!' | '<' | '>' | '&' => {}
                    _ => {
                        self.chain.clear();
                        fresh = true;
                    }
                },
            }
        }
    }

    /// What the list or mapping that this bracket opens holds.
    fn holds(&self, at: usize) -> Option<Holds> {
        let parent = self.frames.last();
        if let Some(name) = parent.filter(|f| !f.call).and_then(|f| f.key.as_deref())
            && self.sign(at.wrapping_sub(1)) == Some(':')
        {
            let keys = maps(name).is_some();
            return slot(name)
                .map(|slot| Holds { slot, name: name.to_string(), keys })
                .or_else(|| parent?.holds.clone().map(|h| Holds { keys: false, ..h }));
        }
        // Rust's `&[`, and Go's `[]string{` and `map[string]int{`.
        let sign = |back: usize| at.checked_sub(back).and_then(|i| self.sign(i));
        let start = match (sign(1), sign(2), sign(3), sign(4)) {
            (Some('&'), ..) => at - 1,
            (None, Some(']'), Some('['), _) => at - 3,
            (None, Some(']'), None, Some('[')) => at.saturating_sub(5),
            _ => at,
        };
        match self.assigned(start) {
            Some(name) => {
                slot(name).map(|slot| Holds { slot, name: name.to_string(), keys: maps(name).is_some() })
            }
            // An element of a list is as the list.
            None if matches!(sign(1), Some('[' | '{' | ',' | ':')) => {
                parent.and_then(|f| f.holds.clone()).map(|h| Holds { keys: false, ..h })
            }
            None => None,
        }
    }

    /// A key of a mapping, which may be an id itself.
    fn key(&mut self, text: &str, line: u32) {
        let holds = self.frames.last().and_then(|f| f.holds.clone()).filter(|h| h.keys);
        if let Some(Holds { slot, name, .. }) = holds.filter(|_| text.contains('/')) {
            self.sink.put(line, text, slot, None, &name);
        }
    }

    /// The name that a text is the fallback of: `name = settings.x ?? "…"`, `let name = env(…).unwrap_or("…")`.
    fn fallback(&self, at: usize) -> Option<&'t str> {
        const OR: &[&str] =
            &["unwrap_or", "unwrap_or_else", "orElse", "orElseGet", "or_else", "getOrElse", "ifEmpty"];
        let before = at.checked_sub(1)?;
        let mut here = match self.sign(before)? {
            '|' | '?' | ':' => before,
            _ => {
                let frame = self.frames.iter().rev().find(|f| f.call && f.callee != "String.from")?;
                OR.contains(&frame.callee.rsplit('.').next()?).then_some(frame.at)?
            }
        };
        let mut closed = 0usize;
        // The expression in front is short, or it is not worth the look.
        for _ in 0..48 {
            here = here.checked_sub(1)?;
            match self.tokens.get(here).map(|t| &t.kind)? {
                Kind::Sign(')' | ']') => closed += 1,
                Kind::Sign('(' | '[') => closed = closed.checked_sub(1)?,
                Kind::Sign(';' | '{' | '}' | ',') if closed == 0 => return None,
                Kind::Sign('=') if closed == 0 => {
                    let compares = |sign: Option<char>| matches!(sign, Some('=' | '!' | '<' | '>'));
                    if compares(self.sign(here + 1)) || here > 0 && compares(self.sign(here - 1)) {
                        continue;
                    }
                    return self.assigned(here + 1);
                }
                _ => {}
            }
        }
        None
    }

    /// The flag in front of a text, where both are words of one command.
    fn flag(&self, at: usize) -> Option<Slot> {
        match self.tokens.get(at.checked_sub(2)?).map(|t| &t.kind)? {
            Kind::Text(flag) if flag.starts_with("--") && self.sign(at - 1) == Some(',') => slot(flag),
            _ => None,
        }
    }

    /// Whether a text is a type or a pattern, of which a value may be one: `"low" | "high"`, `Either<"json">`.
    fn is_type(&self, at: usize) -> bool {
        let sign = |i: Option<usize>| i.and_then(|i| self.sign(i));
        let bar = |first: Option<usize>, second: Option<usize>| {
            sign(first) == Some('|') && sign(second) != Some('|')
        };
        bar(at.checked_sub(1), at.checked_sub(2))
            || bar(Some(at + 1), Some(at + 2))
            || (sign(at.checked_sub(1)) == Some('<') && sign(Some(at + 1)) == Some('>'))
    }

    fn text(&mut self, at: usize, text: &str, line: u32) {
        if self.is_type(at) {
            return;
        }
        if let Some((flag, value)) = text.split_once('=').filter(|(flag, _)| flag.starts_with("--")) {
            if let Some(slot) = slot(flag).filter(|_| value.contains('/')) {
                self.sink.put(line, value, slot, None, flag);
            }
            return;
        }
        if let Some(slot) = self.flag(at).filter(|_| text.contains('/')) {
            self.sink.put(line, text, slot, None, "flag");
            return;
        }
        let schemed = ["hf://", "djl://ai.djl.huggingface", "hf-hub:", "huggingface://"]
            .iter()
            .any(|s| text.starts_with(s))
            || id::is_download(text);
        if schemed {
            let data = text.contains("datasets/");
            let role = if data { MentionRole::TrainData } else { MentionRole::Weights };
            self.sink.address(line, text, role, "address");
            return;
        }
        if self.argument(text, line, false) {
            return;
        }
        if let Some(name) = self.assigned(at).or_else(|| self.fallback(at)) {
            self.suggest(text, line, name);
        } else if let Some(Holds { slot, name, .. }) = self.element() {
            if text.contains('/') && id::weights(text).is_none() {
                self.sink.put(line, text, slot, None, &name);
            }
        } else if id::weights(text).is_none()
            && self.is_arm(at)
            && (self.hub || likeness::is_like_a_model(text))
        {
            // Code that loads from the hub chooses among ids.
            self.sink.put(line, text, Slot::new(Want::Model, MentionRole::Inference), None, "match");
        }
    }

    /// What an element of a list is, or a field of such an element that is named like an id.
    fn element(&self) -> Option<Holds> {
        let frame = self.frames.last().filter(|f| !f.call)?;
        let generic = |key: &String| {
            matches!(
                key.as_str(),
                "id" | "name" | "path" | "repo" | "value" | "model" | "key" | "hf" | "modelName"
            )
        };
        let fits = frame.key.as_ref().is_none_or(generic);
        frame.holds.clone().filter(|_| fits)
    }

    /// Reports a name that suggests a model: only ids with an owner.
    fn suggest(&mut self, text: &str, line: u32, name: &str) -> bool {
        let Some(slot) = slot_for(name, text) else { return false };
        let plain = text.contains('/') && id::weights(text).is_none();
        plain && self.sink.put(line, text, slot, None, name)
    }

    /// Whether a call or field around the text says that it is a model.
    fn argument(&mut self, text: &str, line: u32, constant: bool) -> bool {
        // A call that only changes the type of a text stands for the text.
        let wraps = |f: &Frame| {
            f.call
                && matches!(
                    f.callee.as_str(),
                    "String.from" | "Some" | "Ok" | "Cow.from" | "PathBuf.from" | "Arc.from"
                )
        };
        let outer = usize::from(self.frames.last().is_some_and(wraps));
        let Some(frame) = self.frames.len().checked_sub(1 + outer).and_then(|i| self.frames.get(i)) else {
            return false;
        };
        let (place, key, own, before, frame_at) =
            (frame.place, frame.key.clone(), frame.call, frame.before, frame.at);
        let around = self
            .frames
            .iter()
            .rev()
            .skip(outer)
            .find(|f| f.call || !f.callee.is_empty())
            .map_or("", |f| f.callee.as_str())
            .to_string();
        let last = around.rsplit('.').next().unwrap_or("").to_string();
        let low = around.to_ascii_lowercase();
        // A revision belongs to what the same call named before.
        let pins = key.as_deref() == Some("revision") || (own && last == "with_revision" && place == 2);
        if pins {
            let from = self.frames.iter().rev().find(|f| f.call).map_or(before, |f| f.before);
            if let Some(mention) = self.sink.found.iter_mut().skip(from).last() {
                mention.revision.get_or_insert_with(|| text.to_string());
            }
            return true;
        }
        if let Some(key) = &key {
            let model = matches!(
                words(key).join("_").as_str(),
                "model" | "model_name" | "model_id" | "embedding_model"
            );
            let ollama = model
                && (low.contains("ollama")
                    || (self.ollama
                        && matches!(
                            low.as_str(),
                            "api.chatrequest"
                                | "api.generaterequest"
                                | "api.pullrequest"
                                | "api.embedrequest"
                                | "api.embeddingrequest"
                        )));
            if ollama && !constant {
                return self.sink.put(
                    line,
                    text,
                    Slot::new(Want::Ollama, MentionRole::Inference),
                    None,
                    &last,
                );
            }
            for argument in calls::arguments(&around).iter().filter(|a| a.names.contains(&key.as_str())) {
                if self.sink.put(line, text, argument.slot, None, &last) {
                    return true;
                }
            }
            return self.suggest(text, line, key);
        }
        if !own {
            return false;
        }
        let model = |role| Some(Slot::new(Want::Model, role));
        let special = match (last.as_str(), place) {
            ("model", 0) if self.hub && !low.contains("mongoose") => model(MentionRole::Inference),
            ("dataset", 0) if self.hub => Some(Slot::new(Want::Dataset, MentionRole::TrainData)),
            ("with_revision" | "new", 0)
                if low.contains("repo.") || low.contains("repo::") || low.ends_with("repo") =>
            {
                model(MentionRole::Weights)
            }
            ("huggingface" | "hf", 0) => model(MentionRole::Inference),
            ("ollama", 0) => Some(Slot::new(Want::Ollama, MentionRole::Inference)),
            ("pipeline", 1) => model(MentionRole::Inference),
            ("DownloadModel" | "downloadModel" | "downloadFileToCacheDir" | "get_model", 0) if self.hub => {
                model(MentionRole::Weights)
            }
            ("new", 0)
                if low.contains("textmodelbuilder")
                    || low.contains("ggufmodelbuilder")
                    || low.contains("modelbuilder") =>
            {
                model(MentionRole::Inference)
            }
            _ => None,
        };
        if let Some(slot) = special {
            return self.sink.put(line, text, slot, None, &last);
        }
        // `optArgument("tokenizer", "…")`, `getOrDefault("MODEL_ID", "…")`.
        if place == 1
            && let Some(Kind::Text(key)) = self.tokens.get(frame_at + 1).map(|t| &t.kind)
            && matches!(
                words(&last).last().map_or("", String::as_str),
                "argument"
                    | "default"
                    | "env"
                    | "getenv"
                    | "option"
                    | "property"
                    | "put"
                    | "or"
                    | "string"
                    | "set"
            )
        {
            return self.suggest(text, line, key);
        }
        for argument in calls::arguments(&around).iter().filter(|a| a.place == Some(place)) {
            if argument.slot.want == Want::AnyDataset || argument.slot.role == MentionRole::Mention {
                continue;
            }
            if self.sink.put(line, text, argument.slot, None, &last) {
                return true;
            }
        }
        // A builder's method is named after what it takes.
        let method = last.trim_start_matches("with_").trim_start_matches("with").trim_start_matches("set");
        let model = matches!(
            words(method).join("_").as_str(),
            "model" | "model_name" | "model_id" | "embedding_model"
        );
        if place == 0 && model {
            if low.contains("ollama") {
                return self.sink.put(
                    line,
                    text,
                    Slot::new(Want::Ollama, MentionRole::Inference),
                    None,
                    &last,
                );
            }
            return self.suggest(text, line, method);
        }
        // A function of the project's own that is named after fetching a model.
        let named = likeness::loads(&last) || (place == 0 && likeness::wraps(&last));
        if named && !constant && id::weights(text).is_none() && likeness::is_like_a_model(text) {
            return self.sink.put(line, text, Slot::new(Want::Model, MentionRole::Inference), None, &last);
        }
        false
    }
}
