//! Models that Python code loads: calls of the libraries, with constants of the same file put in their place.

use std::cell::Cell;
use std::collections::HashSet;

use licit_model::ai::{MentionKind, MentionRole};
use ruff_python_ast::token::TokenKind;
use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{Expr, ExprCall, ModModule, PySourceType, Stmt};
use ruff_python_parser::{Mode, lexer};
use ruff_text_size::Ranged as _;

use super::calls::{self, Argument};
use super::id::{self, Want};
use super::keys::{Slot, maps, slot};
use super::values::{Value, is_param, items, parts};
use super::{Sink, likeness, shell};

mod collect;

use collect::{Collector, option};

/// Reads a module. What stands beside a syntax error is read all the same.
pub(super) fn read(text: &str, sink: &mut Sink<'_>) {
    parse(text, PySourceType::Python, sink);
}

/// Reads the cell of a notebook, in which lines may be commands.
pub(super) fn read_cell(text: &str, sink: &mut Sink<'_>) {
    parse(text, PySourceType::Ipynb, sink);
}

/// Reads code that stands in another file, from this line on.
pub(super) fn snippet(text: &str, first: u32, sink: &mut Sink<'_>) {
    let before = sink.offset;
    sink.offset = before + first.saturating_sub(1);
    parse(text, PySourceType::Python, sink);
    sink.offset = before;
}

/// The parser is recursive: code that nests deeper gets a thread with a larger stack …
const SHALLOW: usize = 120;
/// … and what nests deeper than this was not written by anybody.
const DEEPEST: usize = 3_000;
/// Enough for the deepest, in builds without optimisation too.
const STACK: usize = 256 << 20;

fn parse(text: &str, kind: PySourceType, sink: &mut Sink<'_>) {
    let depth = depth(text, kind);
    if depth > DEEPEST {
        sink.lost = Some("the code nests too deeply and was not read for models".into());
    } else if depth > SHALLOW {
        std::thread::scope(|scope| {
            let thread = std::thread::Builder::new().stack_size(STACK);
            let inner = &mut *sink;
            if let Ok(handle) = thread.spawn_scoped(scope, move || tree(text, kind, inner)) {
                // A panic in the parser is reported by the caller like any other.
                if let Err(panic) = handle.join() {
                    std::panic::resume_unwind(panic);
                }
            }
        });
    } else {
        tree(text, kind, sink);
    }
}

/// How deep a tree the code can have at most: brackets, blocks, and chains of operators inside them.
fn depth(text: &str, kind: PySourceType) -> usize {
    let mode = if kind == PySourceType::Ipynb { Mode::Ipython } else { Mode::Module };
    let mut lexer = lexer::lex(text, mode);
    let (mut open, mut chain, mut sum, mut blocks, mut deepest) =
        (Vec::new(), 0usize, 0usize, 0usize, 0usize);
    loop {
        match lexer.next_token() {
            TokenKind::EndOfFile => break,
            TokenKind::Lpar
            | TokenKind::Lsqb
            | TokenKind::Lbrace
            | TokenKind::FStringStart
            | TokenKind::TStringStart => {
                open.push(chain);
                sum += chain + 1;
                chain = 0;
            }
            TokenKind::Rpar
            | TokenKind::Rsqb
            | TokenKind::Rbrace
            | TokenKind::FStringEnd
            | TokenKind::TStringEnd => {
                let before = open.pop().unwrap_or(0);
                sum = sum.saturating_sub(before + 1);
                // A call of a call is a chain too.
                chain = before + 1;
            }
            TokenKind::Comma | TokenKind::Semi => chain = 0,
            TokenKind::Newline => {
                chain = 0;
                open.clear();
                sum = 0;
            }
            TokenKind::Indent => blocks += 1,
            TokenKind::Dedent => blocks = blocks.saturating_sub(1),
            TokenKind::Name
            | TokenKind::Int
            | TokenKind::Float
            | TokenKind::NonLogicalNewline
            | TokenKind::Comment => {}
            // Texts side by side are one text, and never a chain.
            TokenKind::String | TokenKind::FStringMiddle | TokenKind::TStringMiddle => {}
            _ => chain += 1,
        }
        deepest = deepest.max(sum + chain + blocks);
    }
    deepest
}

fn tree(text: &str, kind: PySourceType, sink: &mut Sink<'_>) {
    let parsed = ruff_python_parser::parse_unchecked_source(text, kind);
    let module: &ModModule = parsed.syntax();
    let mut first = Collector::new(text, module);
    let steps = u32::try_from(text.len()).unwrap_or(u32::MAX).saturating_mul(2).max(20_000);
    first.names.budget = Cell::new(steps);
    let training = ["Trainer(", "TrainingArguments", "get_peft_model"].iter().any(|w| text.contains(w));
    let ollama = first.aliases.values().any(|m| m == "ollama" || m.starts_with("ollama."));
    let from = sink.found.len();
    let (function, reported) = (None, HashSet::new());
    let mut second = Reporter { known: &first, sink, scope: 0, function, training, ollama, reported };
    second.visit_body(&module.body);
    publishes(text, sink, from);
}

/// A program that only publishes calls the result's repository just that, too: it opens nothing under this id, and where
/// it makes a dataset the id is one.
fn publishes(text: &str, sink: &mut Sink<'_>, from: usize) {
    let has = |words: &[&str]| words.iter().any(|w| text.contains(w));
    let opens =
        ["from_pretrained", "hf_hub_download", "snapshot_download", "pipeline(", "load_model", "model_info"];
    if !has(&["push_to_hub", "upload_file", "upload_folder", "create_repo"]) || has(&opens) {
        return;
    }
    let data = has(&[
        "repo_type=\"dataset\"",
        "repo_type='dataset'",
        "data.push_to_hub",
        "dataset.push_to_hub",
        "datasets.push_to_hub",
        "dataset_dict.push_to_hub",
        "ds.push_to_hub",
    ]);
    for mention in sink.found.iter_mut().skip(from) {
        let named = matches!(
            mention.by.to_ascii_lowercase().as_str(),
            "repo_id" | "hf_repo" | "hf_repo_id" | "repo_name"
        );
        if named && mention.kind == MentionKind::HfModel {
            mention.role = MentionRole::Output;
            if data {
                mention.kind = MentionKind::HfDataset;
            }
        }
    }
}

/// Second pass: what calls and names say.
struct Reporter<'t, 's, 'a> {
    known: &'s Collector<'t>,
    sink: &'s mut Sink<'a>,
    scope: usize,
    /// The name of the function whose statements are read.
    function: Option<&'t str>,
    training: bool,
    ollama: bool,
    reported: HashSet<(u32, String)>,
}

impl<'t> Reporter<'t, '_, '_> {
    fn texts(&self, expression: &'t Expr) -> Vec<Value> {
        match items(expression) {
            Some(list) => list.iter().take(256).flat_map(|i| self.known.names.texts(i, self.scope)).collect(),
            None => self.known.names.texts(expression, self.scope),
        }
    }

    /// Reports an argument whose place takes nothing else.
    fn put(&mut self, expression: &'t Expr, slot: Slot, revision: Option<&str>, by: &str) {
        let values = self.texts(expression);
        // One name for the models of several services: only what the library has is its own.
        let several = slot.want == Want::Ollama && values.len() > 1;
        for value in values {
            if several && (value.text.contains('/') || !id::is_known_family(&value.text)) {
                continue;
            }
            let text = value
                .text
                .strip_prefix("models/")
                .filter(|_| slot.want == Want::Address)
                .unwrap_or(&value.text);
            if self.sink.put(value.line, text, slot, revision, by) {
                self.reported.insert((value.line, value.text));
            }
        }
    }

    /// Reports what a name suggests: only ids with an owner, and no files.
    fn suggest(&mut self, expression: &'t Expr, name: &str, bare: bool, depth: usize) {
        let Some(slot) = slot(name) else { return };
        if depth > 4 {
            return;
        }
        // Mappings and lists under such a name hold ids as values.
        if let Expr::Dict(dict) = expression {
            let keyed = if depth == 0 { maps(name) } else { None };
            for item in dict.items.iter().take(4_096) {
                // A list of data sets that it makes itself is called by its own names.
                let made = |slot: &Slot| slot.want == Want::Dataset && item.value.is_call_expr();
                if let (Some(slot), Some(Expr::StringLiteral(key))) = (keyed.filter(|k| !made(k)), &item.key)
                    && key.value.to_str().contains('/')
                {
                    let line = self.known.names.lines.of(key.range().start().to_usize());
                    self.sink.put(
                        line,
                        key.value.to_str(),
                        Slot::new(slot.want, self.role(slot.role)),
                        None,
                        name,
                    );
                }
                let other = item.key.as_ref().is_some_and(elsewhere);
                let plain = match &item.key {
                    Some(Expr::StringLiteral(key)) => {
                        crate::mentions::keys::slot(key.value.to_str()).is_some()
                            || !is_setting(key.value.to_str())
                    }
                    _ => true,
                };
                if !other && plain {
                    self.suggest(&item.value, name, false, depth + 1);
                }
            }
            return;
        }
        if let Some(list) = items(expression) {
            for item in list.iter().take(4_096) {
                self.suggest(item, name, false, depth + 1);
            }
            return;
        }
        let case = matches!(expression, Expr::Call(call) if is_param(call));
        if depth > 0 && !case && !matches!(expression, Expr::StringLiteral(_)) {
            return;
        }
        for value in self.known.names.texts(expression, self.scope) {
            let owned = value.text.contains('/') || (bare && value.text.contains('-'));
            let made_up = self.sink.test
                && slot.want == Want::Model
                && !value.text.contains("testing/")
                && !likeness::is_plausible(&value.text);
            if owned
                && !made_up
                && id::weights(&value.text).is_none()
                && !self.reported.contains(&(value.line, value.text.clone()))
            {
                let role = self.role(slot.role);
                self.sink.put(value.line, &value.text, Slot::new(slot.want, role), None, name);
            }
        }
    }

    /// An address of the hub, wherever it stands.
    fn download(&mut self, text: &str, line: u32) {
        let data = text.contains("datasets/");
        let role = if data { MentionRole::TrainData } else { MentionRole::Weights };
        self.sink.address(line, text, role, "address");
    }

    fn role(&self, role: MentionRole) -> MentionRole {
        if role == MentionRole::Inference && self.training { MentionRole::Base } else { role }
    }

    /// The dotted name of what is called, with imports put in place.
    fn callee(&self, function: &Expr, depth: usize) -> String {
        if depth > 24 {
            return String::new();
        }
        match function {
            Expr::Name(name) => {
                self.known.aliases.get(name.id.as_str()).cloned().unwrap_or_else(|| name.id.to_string())
            }
            Expr::Attribute(attribute) => {
                format!("{}.{}", self.callee(&attribute.value, depth + 1), attribute.attr)
            }
            Expr::Call(call) => self.callee(&call.func, depth + 1),
            Expr::Subscript(subscript) => self.callee(&subscript.value, depth + 1),
            _ => String::new(),
        }
    }

    fn call(&mut self, call: &'t ExprCall) {
        let mut callee = self.callee(&call.func, 0);
        let last = callee.rsplit('.').next().unwrap_or("").to_string();
        let keyword = |name: &str| call.arguments.find_keyword(name).map(|k| &k.value);
        if last.contains("kernel")
            || last.starts_with("assert")
            || matches!(last.as_str(), "print" | "info" | "warning" | "debug" | "error")
        {
            return;
        }
        if self.ollama
            && matches!(last.as_str(), "chat" | "generate" | "pull" | "embed" | "embeddings")
            && !callee.starts_with("openai")
        {
            callee = format!("ollama.{last}");
        }
        // Another hub has names of its own.
        if callee.starts_with("modelscope.") {
            return;
        }
        let constant =
            |e: Option<&'t Expr>| e.map(|e| self.known.names.texts(e, self.scope)).unwrap_or_default();
        let revision = constant(keyword("revision")).into_iter().next().map(|v| v.text);
        let kind = constant(keyword("repo_type")).into_iter().next().map(|v| v.text);
        let split = constant(keyword("split")).into_iter().next().map(|v| v.text).unwrap_or_default();
        let data = last == "push_to_hub" && {
            let receiver = callee.split('.').next().unwrap_or("").to_ascii_lowercase();
            receiver.contains("data") || receiver == "ds" || callee.to_ascii_lowercase().contains("dataset")
        };
        let kind = if data && kind.is_none() { Some("dataset".to_string()) } else { kind };
        let by = match callee.rsplit('.').take(2).collect::<Vec<_>>().as_slice() {
            [method, class] if method.starts_with("from_") => format!("{class}.{method}"),
            _ => last.clone(),
        };
        let own = self.known.functions.contains_key(last.as_str()) || callee.starts_with("self.");
        for Argument { place, names, slot } in calls::arguments(&callee) {
            let by_place = place.and_then(|p| call.arguments.args.get(p)).filter(|a| !a.is_starred_expr());
            let by_name = || names.iter().find_map(|n| keyword(n));
            let Some(argument) = by_place.or_else(by_name) else { continue };
            let mut slot = Slot::new(slot.want, self.role(slot.role));
            if slot.want == Want::AnyDataset {
                if ["test", "valid", "eval", "dev"].iter().any(|w| split.starts_with(w)) {
                    slot.role = MentionRole::EvalData;
                }
                // A function of the file's own may take anything; only an owner tells.
                if own {
                    slot.want = Want::Dataset;
                }
            }
            match kind.as_deref() {
                Some("space") => continue,
                Some("dataset") if slot.want == Want::Model => {
                    let role =
                        if slot.role == MentionRole::Output { slot.role } else { MentionRole::TrainData };
                    let want = if data { Want::Dataset } else { Want::AnyDataset };
                    slot = Slot::new(want, role);
                }
                Some("dataset") if slot.want == Want::RepositoryFile => continue,
                _ => {}
            }
            self.put(argument, slot, revision.as_deref(), &by);
        }
        self.named_after_models(call, &last, &by);
        self.options(call, &last);
        self.process(call, &last);
        if kind.as_deref() == Some("dataset") || kind.as_deref() == Some("space") {
            return;
        }
        let output = matches!(last.as_str(), "push_to_hub" | "create_repo" | "upload_file" | "upload_folder");
        for keyword in call.arguments.keywords.iter().filter(|_| !output) {
            if let Some(name) = &keyword.arg {
                let bare = slot(name.as_str()).is_some_and(|s| s.want == Want::Model);
                self.suggest(&keyword.value, name.as_str(), bare, 0);
            }
        }
    }

    /// A function or class that no library is known for, named after fetching or wrapping a model.
    fn named_after_models(&mut self, call: &'t ExprCall, last: &str, by: &str) {
        let wraps = likeness::wraps(last);
        // Tests have helpers that make a copy up.
        if (!wraps && !likeness::loads(last)) || self.sink.test {
            return;
        }
        let count = if wraps { 1 } else { 4 };
        for argument in call.arguments.args.iter().take(count).filter(|a| a.is_string_literal_expr()) {
            for value in self.known.names.texts(argument, self.scope) {
                let known = self.reported.contains(&(value.line, value.text.clone()));
                if !known && id::weights(&value.text).is_none() && likeness::is_like_a_model(&value.text) {
                    let slot = Slot::new(Want::Model, self.role(MentionRole::Inference));
                    self.sink.put(value.line, &value.text, slot, None, by);
                }
            }
        }
    }

    /// Options of a command line with a default, and values of tests.
    fn options(&mut self, call: &'t ExprCall, last: &str) {
        let option_of = matches!(last, "add_argument" | "option" | "Option" | "DEFINE_string" | "argument");
        if let Some(name) = option(&call.arguments).filter(|_| option_of) {
            let default = call.arguments.find_keyword("default").map(|k| &k.value);
            let place = if last == "DEFINE_string" { call.arguments.args.get(1) } else { None };
            if let Some(default) = default.or(place) {
                self.suggest(default, name, true, 0);
            }
            if let Some(choices) = call.arguments.find_keyword("choices") {
                self.suggest(&choices.value, name, false, 0);
            }
        }
        if last == "parametrize"
            && let (Some(Expr::StringLiteral(names)), Some(list)) =
                (call.arguments.args.first(), call.arguments.args.get(1))
        {
            let names: Vec<&str> = names.value.to_str().split(',').map(str::trim).collect();
            for (part, name) in names.iter().enumerate() {
                for item in items(list).unwrap_or(&[]).iter().take(1_024) {
                    match parts(item) {
                        Some(parts) if names.len() > 1 => {
                            if let Some(value) = parts.get(part) {
                                self.suggest(value, name, false, 0);
                            }
                        }
                        _ => self.suggest(item, name, false, 0),
                    }
                }
            }
        }
    }

    /// Commands that are run.
    fn process(&mut self, call: &'t ExprCall, last: &str) {
        if !matches!(
            last,
            "run"
                | "Popen"
                | "check_call"
                | "check_output"
                | "call"
                | "system"
                | "getoutput"
                | "create_subprocess_exec"
                | "run_commands"
                | "entrypoint"
        ) {
            return;
        }
        let list = call.arguments.args.first().and_then(items);
        let words: Vec<shell::Word> = list
            .unwrap_or(&call.arguments.args)
            .iter()
            .take(256)
            .map(|item| {
                let value = self.known.names.texts(item, self.scope).into_iter().next();
                let line = value.as_ref().map_or(1, |v| v.line);
                shell::Word { line, text: value.map_or_else(|| "$".to_string(), |v| v.text), quoted: true }
            })
            .collect();
        if list.is_some() {
            shell::argv(&words, self.sink);
        } else {
            for word in words.iter().filter(|w| w.text.contains(' ')) {
                shell::snippet(&word.text, word.line, self.sink);
            }
        }
    }
}

/// Whether a key says that its value belongs to another hub.
fn elsewhere(key: &Expr) -> bool {
    let name = match key {
        Expr::Attribute(attribute) => attribute.attr.as_str(),
        Expr::Name(name) => name.id.as_str(),
        Expr::StringLiteral(text) => text.value.to_str(),
        _ => return false,
    };
    let low = name.to_ascii_lowercase();
    ["modelscope", "openmind", "modelers", "github", "docker", "paper", "license"]
        .iter()
        .any(|w| low.contains(w))
}

/// Keys of settings beside a model, whose values are no ids.
fn is_setting(key: &str) -> bool {
    let words = super::keys::words(key);
    words.last().is_some_and(|w| {
        matches!(
            w.as_str(),
            "type"
                | "description"
                | "license"
                | "url"
                | "path"
                | "image"
                | "provider"
                | "prompt"
                | "template"
                | "class"
                | "task"
                | "author"
                | "file"
                | "dir"
                | "module"
        )
    })
}

impl<'t> Visitor<'t> for Reporter<'t, '_, '_> {
    fn visit_stmt(&mut self, statement: &'t Stmt) {
        match statement {
            // A text that is a statement is documentation.
            Stmt::Expr(inner) if inner.value.is_string_literal_expr() => return,
            Stmt::FunctionDef(function) => {
                let before = (self.scope, self.function.replace(function.name.as_str()));
                for decorator in &function.decorator_list {
                    self.visit_expr(&decorator.expression);
                }
                let parameters = &function.parameters;
                for parameter in
                    parameters.posonlyargs.iter().chain(&parameters.args).chain(&parameters.kwonlyargs)
                {
                    if let Some(default) = &parameter.default {
                        self.suggest(default, parameter.parameter.name.as_str(), false, 0);
                        self.visit_expr(default);
                    }
                }
                self.scope =
                    self.known.scopes.get(&function.range().start().to_usize()).copied().unwrap_or(0);
                self.visit_body(&function.body);
                (self.scope, self.function) = before;
                return;
            }
            Stmt::Return(given) => {
                if let Some(value) = &given.value {
                    self.visit_expr(value);
                    // `def model_name(self): return "owner/name"`.
                    if let (Some(name), true) = (self.function, value.is_string_literal_expr()) {
                        self.suggest(value, name, false, 0);
                    }
                }
                return;
            }
            Stmt::Assign(assign) => {
                // Calls first: they know better what a value is for.
                self.visit_expr(&assign.value);
                for target in &assign.targets {
                    self.assigned(target, &assign.value);
                }
                return;
            }
            Stmt::AnnAssign(assign) => {
                if let Some(value) = &assign.value {
                    self.visit_expr(value);
                    self.assigned(&assign.target, value);
                }
                return;
            }
            _ => {}
        }
        visitor::walk_stmt(self, statement);
    }

    fn visit_expr(&mut self, expression: &'t Expr) {
        match expression {
            Expr::Call(call) => {
                // Inner calls first, for the same reason.
                visitor::walk_expr(self, expression);
                self.call(call);
                return;
            }
            // Words of a command that something else runs: `["--model", "owner/name"]`.
            Expr::List(list) if list.elts.len() > 1 => {
                for pair in list.elts.windows(2) {
                    if let [Expr::StringLiteral(flag), value] = pair
                        && flag.value.to_str().starts_with("--")
                    {
                        self.suggest(value, flag.value.to_str(), false, 1);
                    }
                }
            }
            Expr::FString(format) => {
                let of_the_hub = format.value.elements().any(|element| {
                    element.as_literal().is_some_and(|literal| literal.value.contains("huggingface.co/"))
                });
                // Most texts are none, and putting them together costs steps.
                let values =
                    if of_the_hub { self.known.names.texts(expression, self.scope) } else { Vec::new() };
                for value in values {
                    if id::is_download(&value.text) {
                        self.download(&value.text, value.line);
                    }
                }
            }
            Expr::Dict(dict) => {
                for item in &dict.items {
                    if let Some(Expr::StringLiteral(key)) = &item.key {
                        self.suggest(&item.value, key.value.to_str(), false, 0);
                    }
                }
            }
            Expr::StringLiteral(literal) => {
                let text = literal.value.to_str();
                let address =
                    text.starts_with("hf://") || text.starts_with("hf-hub:") || id::is_download(text);
                if address && text.len() < 400 {
                    self.download(text, self.known.names.lines.of(literal.range().start().to_usize()));
                }
                return;
            }
            _ => {}
        }
        visitor::walk_expr(self, expression);
    }

    fn visit_annotation(&mut self, _: &'t Expr) {}
}

impl<'t> Reporter<'t, '_, '_> {
    fn assigned(&mut self, target: &'t Expr, value: &'t Expr) {
        match target {
            Expr::Name(name) => self.suggest(value, name.id.as_str(), false, 0),
            Expr::Attribute(attribute) => {
                // What stands in for an object in a test loads nothing.
                let mock = matches!(&*attribute.value, Expr::Name(n) if n.id.as_str().to_ascii_lowercase().contains("mock"));
                if !mock {
                    self.suggest(value, attribute.attr.as_str(), false, 0);
                }
            }
            Expr::Subscript(subscript) => {
                if let Expr::StringLiteral(key) = &*subscript.slice {
                    self.suggest(value, key.value.to_str(), false, 0);
                }
            }
            Expr::Tuple(targets) => {
                for (target, value) in targets.elts.iter().zip(items(value).unwrap_or(&[])) {
                    self.assigned(target, value);
                }
            }
            _ => {}
        }
    }
}
