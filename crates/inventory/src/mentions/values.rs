//! What a Python expression may be, as far as constants of the same file tell.

use std::cell::Cell;
use std::collections::HashMap;

use ruff_python_ast::{
    CmpOp, Expr, ExprCall, ExprIf, ExprSubscript, InterpolatedStringElement, Number, Operator, UnaryOp,
};
use ruff_text_size::Ranged as _;

use super::Lines;

/// A text that an expression may be, with the line where it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Value {
    pub(super) text: String,
    pub(super) line: u32,
}

/// A value that a name was given somewhere in its scope.
#[derive(Clone, Copy)]
pub(super) struct Binding<'t> {
    pub(super) expression: &'t Expr,
    /// The function in which it is written.
    pub(super) scope: usize,
    /// Whether the name stands for each element of the value.
    pub(super) element: bool,
    /// Which part of each value it stands for, where a tuple is taken apart.
    pub(super) part: Option<usize>,
}

/// Every name of a file with every value that it is given. The order of statements does not matter.
pub(super) struct Names<'t> {
    /// By function and name; 0 is the module.
    pub(super) names: HashMap<(usize, &'t str), Vec<Binding<'t>>>,
    /// Attributes by their name alone: of classes, of `self`, of parsed arguments.
    pub(super) attributes: HashMap<String, Vec<Binding<'t>>>,
    /// What the file's own functions give back, by their name.
    pub(super) results: HashMap<&'t str, Vec<Binding<'t>>>,
    /// By function the function around it.
    pub(super) parents: Vec<usize>,
    pub(super) lines: Lines,
    /// Steps that are left for the whole file.
    pub(super) budget: Cell<u32>,
}

/// More values of one expression than are looked at.
const MOST: usize = 64;
/// Names that lead to names.
const DEEPEST: usize = 12;

impl<'t> Names<'t> {
    /// Adds a value to a name; a name with very many values says nothing.
    pub(super) fn bind(&mut self, scope: usize, name: &'t str, binding: Binding<'t>) {
        let known = self.names.entry((scope, name)).or_default();
        if known.len() < MOST {
            known.push(binding);
        }
    }

    /// Adds a value to an attribute.
    pub(super) fn attribute(&mut self, name: &str, binding: Binding<'t>) {
        let known = self.attributes.entry(name.to_string()).or_default();
        if known.len() < MOST {
            known.push(binding);
        }
    }

    /// Adds a value that a function gives back.
    pub(super) fn result(&mut self, function: &'t str, binding: Binding<'t>) {
        let known = self.results.entry(function).or_default();
        if known.len() < MOST {
            known.push(binding);
        }
    }

    /// The texts that an expression may be.
    pub(super) fn texts(&self, expression: &'t Expr, scope: usize) -> Vec<Value> {
        let mut out = Vec::new();
        self.collect(expression, scope, 0, &mut out);
        out
    }

    fn step(&self) -> bool {
        let left = self.budget.get();
        self.budget.set(left.saturating_sub(1));
        left > 0
    }

    fn line(&self, expression: &Expr) -> u32 {
        self.lines.of(expression.range().start().to_usize())
    }

    fn collect(&self, expression: &'t Expr, scope: usize, depth: usize, out: &mut Vec<Value>) {
        if depth > DEEPEST || out.len() >= MOST || !self.step() {
            return;
        }
        match expression {
            Expr::StringLiteral(literal) => {
                let text = literal.value.to_str();
                if text.len() <= 400 {
                    out.push(Value { text: text.to_string(), line: self.line(expression) });
                }
            }
            Expr::FString(format) => {
                let mut text = String::new();
                for element in format.value.elements() {
                    match element {
                        InterpolatedStringElement::Literal(literal) => text.push_str(&literal.value),
                        InterpolatedStringElement::Interpolation(inner) => {
                            let mut values = Vec::new();
                            self.collect(&inner.expression, scope, depth + 1, &mut values);
                            // A part that is not known keeps the whole from being an id, and so does an id with
                            // an owner behind a prefix: `f"tuned-{model}"` is a title, and nobody's repository.
                            let part = values.first().map_or("{}", |v| v.text.as_str());
                            let glued = part.contains('/') && text.ends_with(is_of_a_name);
                            text.push_str(if glued { "{}" } else { part });
                        }
                    }
                    if text.len() > 400 {
                        return;
                    }
                }
                out.push(Value { text: from_here(text), line: self.line(expression) });
            }
            // `root / "models" / "x"`, as paths are put together.
            Expr::BinOp(operation) if operation.op == Operator::Div => {
                self.path(&[&*operation.left, &*operation.right], scope, depth, out);
            }
            Expr::BinOp(operation) if operation.op == Operator::Add => {
                let (mut left, mut right) = (Vec::new(), Vec::new());
                self.collect(&operation.left, scope, depth + 1, &mut left);
                self.collect(&operation.right, scope, depth + 1, &mut right);
                for l in left.iter().take(8) {
                    for r in right.iter().take(8) {
                        let glued = r.text.contains('/')
                            && !r.text.starts_with('/')
                            && l.text.ends_with(is_of_a_name);
                        if !glued && l.text.len() + r.text.len() <= 400 {
                            out.push(Value { text: format!("{}{}", l.text, r.text), line: l.line });
                        }
                    }
                }
            }
            Expr::If(either) => {
                let whole = keeps_the_whole(either);
                if whole != Some(true) {
                    self.collect(&either.body, scope, depth + 1, out);
                }
                if whole != Some(false) {
                    self.collect(&either.orelse, scope, depth + 1, out);
                }
            }
            Expr::BoolOp(any) => any.values.iter().for_each(|v| self.collect(v, scope, depth + 1, out)),
            Expr::Named(named) => self.collect(&named.value, scope, depth + 1, out),
            Expr::Await(inner) => self.collect(&inner.value, scope, depth + 1, out),
            Expr::Name(name) => self.lookup(name.id.as_str(), scope, depth, out),
            Expr::Attribute(attribute) => {
                // `name.value` of an enumeration's member is the member.
                if attribute.attr.as_str() == "value" {
                    self.collect(&attribute.value, scope, depth + 1, out);
                    return;
                }
                for binding in self.attributes.get(attribute.attr.as_str()).into_iter().flatten() {
                    self.bound(binding, depth, out);
                }
            }
            Expr::Subscript(subscript) => self.subscript(subscript, scope, depth, out),
            Expr::Call(call) => self.called(call, scope, depth, out),
            _ => {}
        }
    }

    fn subscript(&self, subscript: &'t ExprSubscript, scope: usize, depth: usize, out: &mut Vec<Value>) {
        if let Some((whole, last)) = split_at_slash(subscript) {
            let mut values = Vec::new();
            self.collect(whole, scope, depth + 1, &mut values);
            out.extend(values.into_iter().map(|v| {
                let part = if last { v.text.rsplit('/').next() } else { v.text.split('/').next() };
                Value { text: part.unwrap_or("").to_string(), line: v.line }
            }));
            return;
        }
        let key = match &*subscript.slice {
            Expr::StringLiteral(key) => Some(key.value.to_str()),
            _ => None,
        };
        self.members(&subscript.value, scope, depth + 1, key, out);
    }

    /// What a call gives back, where that is one of the texts it takes or one that the file's own function names.
    fn called(&self, call: &'t ExprCall, scope: usize, depth: usize, out: &mut Vec<Value>) {
        let arguments = &call.arguments;
        let by_name = |names: &[&str]| {
            arguments
                .keywords
                .iter()
                .find(|k| k.arg.as_ref().is_some_and(|a| names.contains(&a.as_str())))
                .map(|k| &k.value)
        };
        let default = |names: &[&str]| by_name(names).or_else(|| arguments.args.first());
        // Whatever asks for a setting by its name takes what holds without it: `env_or("MODEL_ID", "…")`.
        if let Some(Expr::StringLiteral(key)) = arguments.args.first()
            && is_setting(key.value.to_str())
            && let Some(default) = arguments.args.get(1).or_else(|| by_name(&["default"]))
        {
            self.collect(default, scope, depth + 1, out);
            return;
        }
        match &*call.func {
            Expr::Name(name) => match name.id.as_str() {
                "str" | "Path" | "param" | "PurePosixPath" => {
                    let parts: Vec<&Expr> = arguments.args.iter().collect();
                    match parts.as_slice() {
                        [one] => self.collect(one, scope, depth + 1, out),
                        several if name.id.as_str() == "Path" => self.path(several, scope, depth, out),
                        [first, ..] => self.collect(first, scope, depth + 1, out),
                        [] => {}
                    }
                }
                "getenv" => {
                    if let Some(default) = arguments.args.get(1).or_else(|| by_name(&["default"])) {
                        self.collect(default, scope, depth + 1, out);
                    }
                }
                "Field" | "field" | "Option" | "Argument" | "Input" | "config" => {
                    if let Some(default) = default(&["default"]) {
                        self.collect(default, scope, depth + 1, out);
                    }
                }
                own => self.given(own, depth, out),
            },
            Expr::Attribute(method) => match method.attr.as_str() {
                "get" | "getenv" | "setdefault" | "pop" | "config" => {
                    if let Some(Expr::StringLiteral(key)) = arguments.args.first() {
                        self.members(&method.value, scope, depth + 1, Some(key.value.to_str()), out);
                    }
                    if let Some(default) = arguments.args.get(1).or_else(|| by_name(&["default"])) {
                        self.collect(default, scope, depth + 1, out);
                    }
                }
                "Field" | "field" | "Option" | "Argument" => {
                    if let Some(default) = default(&["default"]) {
                        self.collect(default, scope, depth + 1, out);
                    }
                }
                // `os.path.join("models", name)`; a text joins others with what stands between them.
                "join" if is_path_module(&method.value) => {
                    let parts: Vec<&Expr> = arguments.args.iter().collect();
                    self.path(&parts, scope, depth, out);
                }
                "strip" | "resolve" | "absolute" | "as_posix" | "expanduser" if arguments.args.is_empty() => {
                    self.collect(&method.value, scope, depth + 1, out);
                }
                "abspath" | "realpath" | "normpath" | "expanduser" | "param" | "Path" => {
                    if let Some(first) = arguments.args.first() {
                        self.collect(first, scope, depth + 1, out);
                    }
                }
                own if matches!(&*method.value, Expr::Name(n) if matches!(n.id.as_str(), "self" | "cls")) => {
                    self.given(own, depth, out);
                }
                _ => {}
            },
            _ => {}
        }
    }

    /// What one of the file's own functions gives back, where that does not depend on what it is given.
    fn given(&self, function: &str, depth: usize, out: &mut Vec<Value>) {
        for binding in self.results.get(function).into_iter().flatten() {
            let own = match binding.expression {
                Expr::StringLiteral(_) => true,
                Expr::If(e) => e.body.is_string_literal_expr() && e.orelse.is_string_literal_expr(),
                _ => false,
            };
            if own {
                self.bound(binding, depth, out);
            }
        }
    }

    /// A path that is put together. What stands before its last unknown part is left out, and the path is marked as one
    /// of the disk, so that the rest is never taken for an id.
    fn path(&self, parts: &[&'t Expr], scope: usize, depth: usize, out: &mut Vec<Value>) {
        let mut path = String::new();
        let mut line = None;
        for part in parts {
            let mut values = Vec::new();
            self.collect(part, scope, depth + 1, &mut values);
            match values.into_iter().next() {
                Some(value) if path.len() + value.text.len() <= 400 => {
                    if !path.is_empty() && !path.ends_with('/') {
                        path.push('/');
                    }
                    path.push_str(value.text.trim_start_matches("./"));
                    line = Some(value.line);
                }
                Some(_) => return,
                None => (path, line) = (String::new(), None),
            }
        }
        if let Some(line) = line {
            let local = path.starts_with(['/', '.', '~']) || path.contains("://");
            out.push(Value { text: if local { path } else { format!("./{path}") }, line });
        }
    }

    fn lookup(&self, name: &str, scope: usize, depth: usize, out: &mut Vec<Value>) {
        let mut at = scope;
        loop {
            // The key borrows longer than the name that is looked for, so it is found by comparison of its parts.
            if let Some(bindings) = self.names.get(&(at, name)) {
                for binding in bindings {
                    self.bound(binding, depth, out);
                }
                return;
            }
            if at == 0 {
                return;
            }
            at = self.parents.get(at).copied().unwrap_or(0);
        }
    }

    fn bound(&self, binding: &Binding<'t>, depth: usize, out: &mut Vec<Value>) {
        if binding.element {
            self.elements(binding.expression, binding.scope, depth + 1, binding.part, out);
        } else if let Some(part) = binding.part {
            if let Some(inner) = items(binding.expression).and_then(|i| i.get(part)) {
                self.collect(inner, binding.scope, depth + 1, out);
            }
        } else {
            self.collect(binding.expression, binding.scope, depth + 1, out);
        }
    }

    /// The elements of a list, or the keys of a mapping, as a loop sees them.
    fn elements(
        &self,
        expression: &'t Expr,
        scope: usize,
        depth: usize,
        part: Option<usize>,
        out: &mut Vec<Value>,
    ) {
        if depth > DEEPEST || !self.step() {
            return;
        }
        if let Some(list) = items(expression) {
            for item in list.iter().take(MOST) {
                match part {
                    Some(part) => {
                        if let Some(inner) = parts(item).and_then(|i| i.get(part)) {
                            self.collect(inner, scope, depth + 1, out);
                        }
                    }
                    None => self.collect(item, scope, depth + 1, out),
                }
            }
            return;
        }
        match expression {
            Expr::Name(name) => {
                let mut at = scope;
                loop {
                    if let Some(bindings) = self.names.get(&(at, name.id.as_str())) {
                        for b in bindings.iter().filter(|b| !b.element && b.part.is_none()) {
                            self.elements(b.expression, b.scope, depth + 1, part, out);
                        }
                        return;
                    }
                    if at == 0 {
                        return;
                    }
                    at = self.parents.get(at).copied().unwrap_or(0);
                }
            }
            Expr::Attribute(a) => {
                for b in self.attributes.get(a.attr.as_str()).into_iter().flatten().filter(|b| !b.element) {
                    self.elements(b.expression, b.scope, depth + 1, part, out);
                }
            }
            Expr::Dict(dict) if part.is_none() => {
                dict.items
                    .iter()
                    .filter_map(|i| i.key.as_ref())
                    .take(MOST)
                    .for_each(|k| self.collect(k, scope, depth + 1, out));
            }
            Expr::Call(call) => {
                if let Expr::Attribute(method) = &*call.func {
                    match method.attr.as_str() {
                        "values" => self.members(&method.value, scope, depth + 1, None, out),
                        "items" if part == Some(1) => {
                            self.members(&method.value, scope, depth + 1, None, out)
                        }
                        "keys" => self.elements(&method.value, scope, depth + 1, None, out),
                        _ => {}
                    }
                } else if let (Expr::Name(_), Some(first)) = (&*call.func, call.arguments.args.first()) {
                    // `enumerate(x)`, `sorted(x)`, `tqdm(x)`.
                    self.elements(first, scope, depth + 1, part.filter(|p| *p > 1), out);
                }
            }
            _ => {}
        }
    }

    /// The value of a key of a mapping, or all of them.
    fn members(
        &self,
        expression: &'t Expr,
        scope: usize,
        depth: usize,
        key: Option<&str>,
        out: &mut Vec<Value>,
    ) {
        if depth > DEEPEST || !self.step() {
            return;
        }
        match expression {
            Expr::Dict(dict) => {
                for item in dict.items.iter().take(256) {
                    let fits = match (&item.key, key) {
                        (Some(Expr::StringLiteral(k)), Some(key)) => k.value.to_str() == key,
                        (Some(_), None) => true,
                        _ => false,
                    };
                    if fits {
                        self.collect(&item.value, scope, depth + 1, out);
                    }
                }
            }
            Expr::List(_) | Expr::Tuple(_) if key.is_none() => {
                self.elements(expression, scope, depth, None, out)
            }
            Expr::Name(name) => {
                let mut at = scope;
                loop {
                    if let Some(bindings) = self.names.get(&(at, name.id.as_str())) {
                        for b in bindings.iter().filter(|b| !b.element && b.part.is_none()) {
                            self.members(b.expression, b.scope, depth + 1, key, out);
                        }
                        return;
                    }
                    if at == 0 {
                        return;
                    }
                    at = self.parents.get(at).copied().unwrap_or(0);
                }
            }
            Expr::Attribute(a) => {
                for b in self.attributes.get(a.attr.as_str()).into_iter().flatten() {
                    self.members(b.expression, b.scope, depth + 1, key, out);
                }
            }
            Expr::Call(call) => {
                let dict = matches!(&*call.func, Expr::Name(n) if n.id.as_str() == "dict");
                for keyword in call.arguments.keywords.iter().filter(|_| dict) {
                    if keyword.arg.as_ref().is_some_and(|a| key.is_none_or(|k| k == a.as_str())) {
                        self.collect(&keyword.value, scope, depth + 1, out);
                    }
                }
            }
            _ => {}
        }
    }
}

/// The items of a list, tuple or set.
pub(super) fn items(expression: &Expr) -> Option<&[Expr]> {
    match expression {
        Expr::List(list) => Some(&list.elts),
        Expr::Tuple(tuple) => Some(&tuple.elts),
        Expr::Set(set) => Some(&set.elts),
        _ => None,
    }
}

/// The parts of one case of a test: `("a", "b")`, or the same as `pytest.param("a", "b", id="c")`.
pub(super) fn parts(expression: &Expr) -> Option<&[Expr]> {
    match expression {
        Expr::Call(call) if is_param(call) => Some(&call.arguments.args),
        other => items(other),
    }
}

/// Whether a call only marks a case of a test.
pub(super) fn is_param(call: &ExprCall) -> bool {
    match &*call.func {
        Expr::Name(name) => name.id.as_str() == "param",
        Expr::Attribute(method) => method.attr.as_str() == "param",
        _ => false,
    }
}

/// Whether a text so far ends inside a name, so that what follows goes on with it.
fn is_of_a_name(last: char) -> bool {
    last.is_ascii_alphanumeric() || matches!(last, '-' | '_' | '.')
}

/// A path whose beginning is not known is one of the disk.
fn from_here(text: String) -> String {
    match text.strip_prefix("{}/") {
        Some(rest) if !rest.contains('{') => format!("./{rest}"),
        _ => text,
    }
}

/// `m if "/" not in m else m.split("/")[-1]` takes the owner from an id: whether the branch that keeps it is the first or
/// the second. It holds no id with an owner, though its value alone looks like one.
fn keeps_the_whole(either: &ExprIf) -> Option<bool> {
    let Expr::Compare(compare) = &*either.test else { return None };
    let slash = matches!(&*compare.left, Expr::StringLiteral(text) if text.value.to_str() == "/");
    let (Some(op), Some(Expr::Name(asked))) = (compare.ops.first(), compare.comparators.first()) else {
        return None;
    };
    let same = |branch: &Expr| matches!(branch, Expr::Name(name) if name.id == asked.id);
    match op {
        CmpOp::NotIn if slash && same(&either.body) => Some(true),
        CmpOp::In if slash && same(&either.orelse) => Some(false),
        _ => None,
    }
}

/// `x.split("/")[-1]` and `x.split("/")[0]`: what is taken apart, and whether its last part is meant.
fn split_at_slash(subscript: &ExprSubscript) -> Option<(&Expr, bool)> {
    let Expr::Call(call) = &*subscript.value else { return None };
    let Expr::Attribute(method) = &*call.func else { return None };
    let slash =
        matches!(call.arguments.args.first(), Some(Expr::StringLiteral(t)) if t.value.to_str() == "/");
    if !slash || !matches!(method.attr.as_str(), "split" | "rsplit") {
        return None;
    }
    let is = |expression: &Expr, number: u8| matches!(expression, Expr::NumberLiteral(n) if matches!(&n.value, Number::Int(i) if i.as_u8() == Some(number)));
    match &*subscript.slice {
        Expr::UnaryOp(minus) if minus.op == UnaryOp::USub && is(&minus.operand, 1) => {
            Some((&method.value, true))
        }
        slice if is(slice, 1) => Some((&method.value, true)),
        slice if is(slice, 0) => Some((&method.value, false)),
        _ => None,
    }
}

/// Whether a text is the name of a variable of the environment.
fn is_setting(text: &str) -> bool {
    text.len() > 2
        && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
        && text.bytes().any(|b| b.is_ascii_uppercase())
}

/// Whether `join` is that of paths.
fn is_path_module(expression: &Expr) -> bool {
    match expression {
        Expr::Attribute(a) => a.attr.as_str() == "path",
        Expr::Name(n) => matches!(n.id.as_str(), "path" | "osp" | "posixpath"),
        _ => false,
    }
}
