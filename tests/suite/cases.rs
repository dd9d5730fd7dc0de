//! The case book `tests/cases/*.md`: prose for people, blocks of `licit` for the judge.
//!
//! A block names the outbound license and the distribution, then edges `from -> to LICENSE`, with `-dev->`,
//! `-build->` or `-optional->` for scopes and `static`, `dynamic` or `none` behind the license for linkage, then what
//! is expected: `=> severity code component [via a b component]`, or `=> nothing`.

use std::collections::BTreeMap;

use licit_comply::{Distribution, Outbound, Plan, judge};
use licit_license::{Expr, Knowledge, Statement, conclude};
use licit_model::found::RawLicenseKind;
use licit_model::{
    Component, Edge, Graph, Kind, Licenses, Linkage, Location, Method, Origin, Relationship, Scope, Source,
};

use crate::snapshot::root;

#[test]
fn the_case_book_holds() {
    let mut files: Vec<_> =
        std::fs::read_dir(root().join("tests/cases")).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    let mut cases = 0;
    let mut wrong = Vec::new();
    for file in files.iter().filter(|f| f.extension().is_some_and(|e| e == "md")) {
        let text = std::fs::read_to_string(file).unwrap();
        let mut title = String::new();
        let mut block: Option<Vec<String>> = None;
        for line in text.lines() {
            match &mut block {
                None if line.starts_with("## ") => title = line[3..].to_string(),
                None if line == "```licit" => block = Some(Vec::new()),
                Some(lines) if line == "```" => {
                    cases += 1;
                    if let Err(why) = run(lines) {
                        wrong.push(format!("{}: {title}:\n{why}", file.file_name().unwrap().display()));
                    }
                    block = None;
                }
                Some(lines) => lines.push(line.trim().to_string()),
                None => {}
            }
        }
    }
    assert!(cases >= 20, "only {cases} cases were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn run(lines: &[String]) -> Result<(), String> {
    let know = Knowledge::embedded();
    let mut plan = Plan { told_by: "the case".to_string(), ..Plan::default() };
    let mut book = Book::default();
    let mut expected = Vec::new();
    for line in lines.iter().filter(|l| !l.is_empty()) {
        if let Some(wanted) = line.strip_prefix("=> ") {
            if wanted != "nothing" {
                expected.push(wanted.to_string());
            }
        } else if let Some(outbound) = line.strip_prefix("outbound: ") {
            plan.outbound = Some(match outbound {
                "proprietary" => Outbound::Proprietary,
                "unknown" => Outbound::Unknown,
                text => Outbound::Licensed(Expr::parse(text).ok_or(format!("outbound {text}?"))?),
            });
        } else if let Some(word) = line.strip_prefix("distribution: ") {
            let found = Distribution::ALL.iter().find(|(w, _)| *w == word);
            plan.distribution = found.ok_or(format!("distribution {word}?"))?.1;
        } else {
            book.edge(line, know)?;
        }
    }
    let graph = book.graph();
    let mut got: Vec<String> = judge(&graph, &plan, know)
        .into_iter()
        .map(|f| format!("{} {} {} via {}", f.severity.word(), f.code, f.component, f.path.join(" ")))
        .collect();
    got.sort();
    let meets = |wanted: &String| {
        got.iter().position(|g| g == wanted || g.split(" via ").next() == Some(wanted.as_str()))
    };
    let mut left = got.clone();
    for wanted in &expected {
        match meets(wanted) {
            Some(at) => left.retain(|l| *l != got[at]),
            None => return Err(format!("  want {wanted}\n  got  {got:?}")),
        }
    }
    if left.is_empty() { Ok(()) } else { Err(format!("  not expected: {left:?}")) }
}

#[derive(Default)]
struct Book {
    names: BTreeMap<String, usize>,
    components: Vec<Component>,
    edges: Vec<(String, String, Scope, Linkage)>,
}

impl Book {
    fn edge(&mut self, line: &str, know: &Knowledge) -> Result<(), String> {
        let arrows = [
            (" -> ", Scope::Runtime),
            (" -dev-> ", Scope::Dev),
            (" -build-> ", Scope::Build),
            (" -optional-> ", Scope::Optional),
        ];
        let (from, rest, scope) = arrows
            .iter()
            .find_map(|(arrow, scope)| line.split_once(arrow).map(|(f, r)| (f, r, *scope)))
            .ok_or(format!("no arrow in `{line}`"))?;
        let (to, rest) = rest.split_once(' ').unwrap_or((rest, ""));
        let links = [(" static", Linkage::Static), (" dynamic", Linkage::Dynamic), (" none", Linkage::None)];
        let padded = format!(" {rest}");
        let (license, linkage) = links
            .iter()
            .find_map(|(word, linkage)| padded.strip_suffix(word).map(|l| (l.trim().to_string(), *linkage)))
            .unwrap_or((rest.to_string(), Linkage::Unknown));
        self.component(from.trim(), None, Scope::Runtime, know);
        self.component(to, Some(&license).filter(|l| !l.is_empty()), scope, know);
        self.edges.push((from.trim().to_string(), to.to_string(), scope, linkage));
        Ok(())
    }

    fn component(&mut self, name: &str, license: Option<&String>, scope: Scope, know: &Knowledge) {
        let index = *self.names.entry(name.to_string()).or_insert_with(|| {
            self.components.push(Component {
                id: name.to_string(),
                purl: None,
                ecosystem: None,
                kind: Kind::Library,
                name: name.to_string(),
                version: "1.0".to_string(),
                requested: None,
                scope,
                relationship: Relationship::Unknown,
                first_party: name == "app",
                locations: Vec::new(),
                source: Source::Unknown,
                hashes: Vec::new(),
                licenses: Licenses::default(),
            });
            self.components.len() - 1
        });
        if let Some(license) = license {
            let statement = Statement::Field {
                method: Method::Manifest,
                location: Location::new("case", None),
                text: license.clone(),
                kind: RawLicenseKind::Expression,
            };
            self.components[index].licenses = conclude(&[statement], know);
        }
        self.components[index].scope = self.components[index].scope.min(scope);
    }

    fn graph(self) -> Graph {
        let mut order: Vec<usize> = (0..self.components.len()).collect();
        order.sort_by_key(|i| self.components[*i].id.clone());
        let position = |name: &str| order.iter().position(|i| self.components[*i].id == name).unwrap();
        let mut edges: Vec<Edge> = self
            .edges
            .iter()
            .map(|(from, to, scope, linkage)| Edge {
                from: position(from),
                to: position(to),
                scope: *scope,
                linkage: *linkage,
                origin: 0,
            })
            .collect();
        edges.sort_unstable();
        let components = order.iter().map(|i| self.components[*i].clone()).collect();
        let origins = vec![Origin { path: "case".to_string(), ceiling: Scope::Runtime }];
        let mut graph = Graph { components, edges, origins };
        // What only a tool brings in does not ship, as the inventory would have settled it.
        let paths = graph.paths();
        for (index, component) in graph.components.iter_mut().enumerate() {
            if !component.first_party && !paths.ships(index) {
                component.scope = component.scope.max(Scope::Dev);
            }
        }
        graph
    }
}
