//! First pass over Python code: every value that a name, an attribute, a parameter or a function of the file is given.

use std::cell::Cell;
use std::collections::HashMap;

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{Arguments, Decorator, Expr, ModModule, Parameters, Stmt, StmtFunctionDef};
use ruff_text_size::Ranged as _;

use crate::mentions::Lines;
use crate::mentions::values::{Binding, Names, items, parts};

/// The function that a name stands for: its scope and its parameters.
#[derive(Clone)]
pub(super) struct Function<'t> {
    scope: usize,
    parameters: Vec<&'t str>,
}

/// First pass: every value that a name is given.
pub(super) struct Collector<'t> {
    pub(super) names: Names<'t>,
    /// Scopes of functions by where they begin.
    pub(super) scopes: HashMap<usize, usize>,
    pub(super) functions: HashMap<&'t str, Function<'t>>,
    /// Names of imports with what they stand for.
    pub(super) aliases: HashMap<&'t str, String>,
    /// Calls of plain names, with the scope in which they stand.
    calls: Vec<(&'t str, &'t Arguments, usize)>,
    scope: usize,
    class: Option<&'t str>,
    /// The function whose statements are read.
    function: Option<&'t str>,
}

impl<'t> Collector<'t> {
    /// Collects a module.
    pub(super) fn new(text: &str, module: &'t ModModule) -> Self {
        let mut collector = Collector {
            names: Names {
                names: HashMap::new(),
                attributes: HashMap::new(),
                results: HashMap::new(),
                parents: vec![0],
                lines: Lines::new(text),
                budget: Cell::new(0),
            },
            scopes: HashMap::new(),
            functions: HashMap::new(),
            aliases: HashMap::new(),
            calls: Vec::new(),
            scope: 0,
            class: None,
            function: None,
        };
        collector.visit_body(&module.body);
        collector.link();
        collector
    }

    fn binding(&self, expression: &'t Expr) -> Binding<'t> {
        Binding { expression, scope: self.scope, element: false, part: None }
    }

    fn target(&mut self, target: &'t Expr, binding: Binding<'t>) {
        match target {
            Expr::Name(name) => {
                if self.class.is_some() {
                    self.names.attribute(name.id.as_str(), binding);
                }
                self.names.bind(self.scope, name.id.as_str(), binding);
            }
            Expr::Attribute(attribute) => self.names.attribute(attribute.attr.as_str(), binding),
            Expr::Tuple(_) | Expr::List(_) => {
                for (part, inner) in items(target).unwrap_or(&[]).iter().enumerate() {
                    if binding.part.is_none() {
                        self.target(inner, Binding { part: Some(part), ..binding });
                    }
                }
            }
            _ => {}
        }
    }

    fn parameters(&mut self, parameters: &'t Parameters, scope: usize) -> Vec<&'t str> {
        let mut all = Vec::new();
        for parameter in parameters.posonlyargs.iter().chain(&parameters.args).chain(&parameters.kwonlyargs) {
            let name = parameter.parameter.name.as_str();
            if let Some(default) = &parameter.default {
                let binding = self.binding(default);
                self.names.bind(scope, name, binding);
            }
            all.push(name);
        }
        all
    }

    /// Gives parameters of the file's own functions what its calls pass.
    fn link(&mut self) {
        for (name, arguments, scope) in std::mem::take(&mut self.calls) {
            let Some(function) = self.functions.get(name).cloned() else { continue };
            let itself = function.parameters.first().is_some_and(|p| *p == "self" || *p == "cls");
            let skip = usize::from(itself);
            for (place, argument) in arguments.args.iter().enumerate().filter(|(_, a)| !a.is_starred_expr()) {
                if let Some(parameter) = function.parameters.get(place + skip) {
                    let binding = Binding { expression: argument, scope, element: false, part: None };
                    self.names.bind(function.scope, parameter, binding);
                }
            }
            for keyword in &arguments.keywords {
                let named =
                    keyword.arg.as_ref().and_then(|a| function.parameters.iter().find(|p| **p == a.as_str()));
                if let Some(parameter) = named {
                    let binding = Binding { expression: &keyword.value, scope, element: false, part: None };
                    self.names.bind(function.scope, parameter, binding);
                }
            }
        }
    }

    fn function(&mut self, function: &'t StmtFunctionDef) {
        let scope = self.names.parents.len();
        self.names.parents.push(self.scope);
        self.scopes.insert(function.range().start().to_usize(), scope);
        let parameters = self.parameters(&function.parameters, scope);
        let name = match self.class {
            Some(class) if function.name.as_str() == "__init__" => class,
            _ => function.name.as_str(),
        };
        for decorator in &function.decorator_list {
            self.parametrized(decorator, scope, &parameters);
            self.visit_expr(&decorator.expression);
        }
        self.functions.insert(name, Function { scope, parameters });
        let before = (self.scope, self.class.take(), self.function.replace(name));
        self.scope = scope;
        self.visit_body(&function.body);
        (self.scope, self.class, self.function) = before;
        // A property is read like an attribute.
        let property = |d: &Decorator| {
            matches!(&d.expression, Expr::Name(n) if n.id.as_str().ends_with("property"))
                || matches!(&d.expression, Expr::Attribute(a) if a.attr.as_str().ends_with("property"))
        };
        if function.decorator_list.iter().any(property) {
            for binding in self.names.results.get(name).cloned().unwrap_or_default() {
                self.names.attribute(name, binding);
            }
        }
    }

    /// `@pytest.mark.parametrize("name", [values])` gives a parameter its values.
    fn parametrized(&mut self, decorator: &'t Decorator, scope: usize, parameters: &[&'t str]) {
        // `@parameterized.expand([values])` gives them by their place.
        if let Expr::Call(call) = &decorator.expression
            && matches!(&*call.func, Expr::Attribute(m) if m.attr.as_str() == "expand")
            && let Some(list) = call.arguments.args.first()
        {
            let own: Vec<&'t str> = parameters.iter().copied().filter(|p| *p != "self").collect();
            let tuples = items(list).and_then(<[Expr]>::first).is_some_and(|i| parts(i).is_some());
            for (part, name) in own.iter().enumerate().take(if tuples { own.len() } else { 1 }) {
                let part = tuples.then_some(part);
                let binding = Binding { expression: list, scope: self.scope, element: true, part };
                self.names.bind(scope, name, binding);
            }
            return;
        }
        let Some((names, list)) = parametrize(&decorator.expression) else { return };
        for (part, name) in names.iter().enumerate() {
            let part = (names.len() > 1).then_some(part);
            let binding = Binding { expression: list, scope: self.scope, element: true, part };
            self.names.bind(scope, name, binding);
        }
    }
}

/// Names and values of a `parametrize` call.
fn parametrize(expression: &Expr) -> Option<(Vec<&str>, &Expr)> {
    let Expr::Call(call) = expression else { return None };
    let Expr::Attribute(method) = &*call.func else { return None };
    let (Some(Expr::StringLiteral(names)), Some(list)) =
        (call.arguments.args.first(), call.arguments.args.get(1))
    else {
        return None;
    };
    let names = names.value.to_str().split(',').map(str::trim).collect();
    (method.attr.as_str() == "parametrize").then_some((names, list))
}

impl<'t> Visitor<'t> for Collector<'t> {
    fn visit_stmt(&mut self, statement: &'t Stmt) {
        match statement {
            Stmt::FunctionDef(function) => return self.function(function),
            Stmt::ClassDef(class) => {
                let before = self.class.replace(class.name.as_str());
                self.visit_body(&class.body);
                self.class = before;
                return;
            }
            Stmt::Import(import) => {
                for alias in &import.names {
                    let name = alias.name.as_str();
                    let known = alias
                        .asname
                        .as_ref()
                        .map_or_else(|| name.split('.').next().unwrap_or(name), |a| a.as_str());
                    let means = if alias.asname.is_some() { name } else { known };
                    self.aliases.insert(known, means.to_string());
                }
            }
            Stmt::ImportFrom(import) => {
                let module = import.module.as_ref().map_or("", |m| m.as_str());
                for alias in &import.names {
                    let known = alias.asname.as_ref().unwrap_or(&alias.name).as_str();
                    self.aliases.insert(known, format!("{module}.{}", alias.name.as_str()));
                }
            }
            Stmt::Assign(assign) => {
                for target in &assign.targets {
                    let binding = self.binding(&assign.value);
                    self.target(target, binding);
                }
            }
            Stmt::AnnAssign(assign) => {
                if let Some(value) = &assign.value {
                    let binding = self.binding(value);
                    self.target(&assign.target, binding);
                }
            }
            Stmt::Return(given) => {
                if let (Some(function), Some(value)) = (self.function, &given.value) {
                    let binding = self.binding(value);
                    self.names.result(function, binding);
                }
            }
            Stmt::For(each) => {
                let binding = Binding { element: true, ..self.binding(&each.iter) };
                self.target(&each.target, binding);
            }
            _ => {}
        }
        visitor::walk_stmt(self, statement);
    }

    fn visit_expr(&mut self, expression: &'t Expr) {
        match expression {
            Expr::Named(named) => {
                let binding = self.binding(&named.value);
                self.target(&named.target, binding);
            }
            Expr::Call(call) => match &*call.func {
                Expr::Name(name) => self.calls.push((name.id.as_str(), &call.arguments, self.scope)),
                Expr::Attribute(method) => {
                    let name = method.attr.as_str();
                    if name == "add_argument" {
                        let default = call.arguments.find_keyword("default").map(|k| &k.value);
                        if let (Some(name), Some(default)) = (option(&call.arguments), default) {
                            let binding = self.binding(default);
                            self.names.attribute(&name.replace('-', "_"), binding);
                        }
                    }
                    if matches!(&*method.value, Expr::Name(n) if matches!(n.id.as_str(), "self" | "cls")) {
                        self.calls.push((name, &call.arguments, self.scope));
                    }
                }
                _ => {}
            },
            Expr::ListComp(list) => {
                for generator in &list.generators {
                    let binding = Binding { element: true, ..self.binding(&generator.iter) };
                    self.target(&generator.target, binding);
                }
            }
            _ => {}
        }
        visitor::walk_expr(self, expression);
    }

    fn visit_annotation(&mut self, _: &'t Expr) {}
}

/// The long name of an option that `add_argument` defines.
pub(super) fn option(arguments: &Arguments) -> Option<&str> {
    let texts = arguments.args.iter().filter_map(|a| match a {
        Expr::StringLiteral(text) => Some(text.value.to_str()),
        _ => None,
    });
    let mut best: Option<&str> = None;
    for text in texts {
        if best.is_none_or(|b| text.len() > b.len()) {
            best = Some(text);
        }
    }
    best.map(|b| b.trim_start_matches('-'))
}
