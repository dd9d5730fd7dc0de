//! What the product is made of: every shipped component with its license and its use.

use licit_license::Expr;
use licit_license::know::scope::{Event, Relation};
use licit_license::know::term::Facts;
use licit_model::graph::Paths;
use licit_model::{Component, Ecosystem, Graph, Linkage};

use crate::product::{Plan, UsageRule};
use crate::usage::{Usage, inferred};

/// A shipped component.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    /// Its number in the graph.
    pub(crate) index: usize,
    /// What it is offered under; none where that is not known.
    pub(crate) expr: Option<Expr>,
    /// How the product uses it.
    pub(crate) usage: Usage,
    /// How it is joined to what brings it in, where that is a process of its own: a library in a tool is linked to the tool.
    pub(crate) joined: Relation,
    /// Where that was learnt.
    pub(crate) why: String,
}

/// The last rule of the user that speaks of a component.
pub(crate) fn told<'p>(component: &Component, plan: &'p Plan) -> Option<&'p UsageRule> {
    plan.usage.iter().rev().find(|r| r.covers(component))
}

/// How a component is used, and where that was learnt.
pub(crate) fn usage_of(component: &Component, linkage: Linkage, plan: &Plan) -> (Usage, String) {
    let mut usage = inferred(component, linkage, plan.distribution);
    let mut why = reason(component, linkage);
    let mut fact = |fact: Facts, given: Option<bool>| match given {
        Some(true) => usage.given = usage.given.and(fact),
        Some(false) => usage.absent = usage.absent.and(fact),
        None => {}
    };
    fact(Facts::COMMERCIAL, plan.commercial);
    fact(Facts::THIRD_PARTY, plan.third_party_service);
    let rule = told(component, plan);
    fact(Facts::MODIFY, rule.and_then(|r| r.modified));
    if let Some(rule) = rule {
        if let Some(relation) = rule.relation {
            usage = usage.by(relation);
        }
        usage.grant = rule.granted == Some(true);
        if rule.shipped == Some(false)
            || matches!(usage.relation, Relation::Build | Relation::Test | Relation::Reference)
        {
            // The product goes out and loads it, but others fetch it themselves.
            usage.fetched = usage.conveyed() && usage.relation == Relation::Dynamic;
            usage = usage.without(Event::Convey);
        }
        why = match rule.reason.as_str() {
            "" => "told in licit.toml".to_string(),
            reason => format!("told in licit.toml: {reason}"),
        };
    }
    (usage, why)
}

fn reason(component: &Component, linkage: Linkage) -> String {
    let by_ecosystem = match component.ecosystem {
        Some(Ecosystem::Cargo) => "cargo puts libraries into the binary",
        Some(Ecosystem::Golang) => "go puts packages into the binary",
        Some(Ecosystem::Pypi) => "Python imports it at run time",
        Some(Ecosystem::Maven) => "the Java runtime loads it as a file of its own",
        Some(Ecosystem::Nuget) => ".NET loads it as an assembly of its own",
        Some(Ecosystem::Gem) => "Ruby loads it at run time",
        Some(Ecosystem::Composer) => "PHP loads it at run time",
        Some(Ecosystem::Swift) => "the Swift package manager puts libraries into the binary",
        Some(Ecosystem::Cocoapods) => "a pod may be built into the binary, so the stricter case is taken",
        Some(Ecosystem::Pub) => "Dart compiles packages into the program",
        Some(Ecosystem::Hex) => "the Erlang machine loads it at run time",
        Some(Ecosystem::Conan) => "a C++ library may be static, so the stricter case is taken",
        Some(Ecosystem::Hackage) => "GHC puts libraries into the binary",
        Some(Ecosystem::Jsr) => "a bundler may put it into one file, so the stricter case is taken",
        Some(Ecosystem::Docker) => "an image holds works of many that lie beside each other",
        Some(Ecosystem::Npm) => "a bundler may put it into one file, so the stricter case is taken",
        Some(Ecosystem::Huggingface) => "a program opens weights and data as files of their own",
        Some(Ecosystem::Conda) => "an environment holds works that load each other at run time",
        Some(Ecosystem::Cran) => "R loads it at run time",
        Some(Ecosystem::Julia) => "Julia loads it at run time",
        Some(Ecosystem::Cpan) => "Perl loads it at run time",
        Some(Ecosystem::Luarocks) => "Lua loads it at run time",
        Some(Ecosystem::Opam) => "OCaml puts libraries into the program",
        Some(Ecosystem::Terraform) => "a provider is a program of its own",
        Some(Ecosystem::Helm) => "a chart is deployed beside the product",
        Some(Ecosystem::Githubactions) => "an action runs in the pipeline",
        Some(
            Ecosystem::Deb
            | Ecosystem::Apk
            | Ecosystem::Rpm
            | Ecosystem::Nix
            | Ecosystem::Alpm
            | Ecosystem::Ebuild
            | Ecosystem::Brew
            | Ecosystem::Opkg,
        ) => "a system holds works of many that lie beside each other",
        Some(Ecosystem::Vcpkg | Ecosystem::Bazel | Ecosystem::Github | Ecosystem::Generic) => {
            "what a build fetches may be put into the binary, so the stricter case is taken"
        }
        None => "the files do not say more",
    };
    match (linkage, component.ecosystem) {
        (Linkage::None, _) => "it is run and not linked".to_string(),
        (Linkage::Unknown, None) => "nothing says how it is joined".to_string(),
        _ => by_ecosystem.to_string(),
    }
}

/// The components of a product that are reached from its packages by paths that ship.
pub(crate) fn parts(graph: &Graph, paths: &Paths, roots: &[usize], plan: &Plan) -> Vec<Part> {
    let inside = inside(graph, roots, plan);
    let mut parts = Vec::new();
    for (index, component) in graph.components.iter().enumerate() {
        if component.first_party || !component.scope.ships() || !paths.ships(index) {
            continue;
        }
        let (mut usage, mut why) = usage_of(component, paths.linkage(index).unwrap_or_default(), plan);
        let work = matches!(usage.relation, Relation::Static | Relation::Dynamic | Relation::Copied);
        let joined = usage.relation;
        if work && !inside[index] {
            usage = usage.by(Relation::Process);
            why = "it is reached only through parts that run as processes of their own".to_string();
        }
        let expr = component.licenses.concluded.as_deref().and_then(Expr::parse);
        parts.push(Part { index, expr, usage, joined, why });
    }
    parts
}

/// Which components are joined to the product's packages by links alone, without a process between.
fn inside(graph: &Graph, roots: &[usize], plan: &Plan) -> Vec<bool> {
    let mut seen = vec![false; graph.components.len()];
    let mut stack: Vec<usize> = roots.to_vec();
    for &root in roots {
        seen[root] = true;
    }
    let apart: Vec<bool> = if plan.usage.is_empty() {
        vec![false; graph.components.len()]
    } else {
        let apart = |c: &Component| {
            let relation = told(c, plan).and_then(|r| r.relation);
            relation.is_some_and(|r| !matches!(r, Relation::Static | Relation::Dynamic | Relation::Copied))
        };
        graph.components.iter().map(apart).collect()
    };
    // Edges are sorted by `from`, so the ones of a component are a run.
    let start = |at: usize| graph.edges.partition_point(|e| e.from < at);
    while let Some(at) = stack.pop() {
        for edge in graph.edges[start(at)..].iter().take_while(|e| e.from == at) {
            if !edge.scope.ships() || edge.linkage == Linkage::None || seen[edge.to] || apart[edge.to] {
                continue;
            }
            seen[edge.to] = true;
            stack.push(edge.to);
        }
    }
    seen
}
