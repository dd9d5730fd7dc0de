//! The case book `tests/cases/*.md`: prose for people, blocks of `licit` for the judge.
//!
//! A block names the outbound license and the distribution, then edges `from -> to LICENSE`, with `-dev->`, `-test->`,
//! `-build->` or `-optional->` for scopes and `static`, `dynamic` or `none` behind the license for linkage, then what
//! is expected: `=> severity code component [via a b component]`, or `=> nothing`.
//!
//! More facts: `purl: NAME PURL` says which package it is (its version counts for recorded license changes; `asks: NAME
//! RANGE` where only a range is known), `commercial: yes|no`, `service: yes|no` (third parties get it as a service), and
//! `use: NAME WORD…` with a relation (`copied`, `process`, `aggregate`, `reference` …), `modified`, `unmodified`,
//! `shipped`, `unshipped` or `granted` (its owner gave a permission of its own). `text: NAME EXPRESSION` is what the
//! license file of the package says; `own: NAME LICENSE` is one more package of the project itself; `file: PATH LICENSE` is
//! what the head of a file of `app` says.
//!
//! More expectations: `=> choose NAME BRANCH`, `=> effective NAME LICENSE`, `=> way COST action component[, …]` for the
//! cheapest way out, `=> fix NAME WORDS` for a remedy of a finding on it that holds these words.

use std::collections::BTreeMap;

use licit_comply::changes::{Recorded, judge_changes};
use licit_comply::product::UsageRule;
use licit_comply::{Distribution, Outbound, Plan, judge_files, judge_with};
use licit_license::know::Changes;
use licit_license::know::scope::Relation;
use licit_license::{Expr, Knowledge, Statement, conclude};
use licit_model::found::RawLicenseKind;
use licit_model::{
    Component, Ecosystem, Edge, FileLicense, Finding, Graph, Judgement, Kind, Licenses, Linkage, Location,
    Method, Origin, Relationship, Scope, Source,
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
    assert!(cases >= 304, "only {cases} cases were found");
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
        } else if let Some(word) = line.strip_prefix("commercial: ") {
            plan.commercial = Some(word == "yes");
        } else if let Some(word) = line.strip_prefix("service: ") {
            plan.third_party_service = Some(word == "yes");
        } else if let Some(rest) = line.strip_prefix("use: ") {
            plan.usage.push(usage(rest)?);
        } else if let Some(rest) = line.strip_prefix("purl: ") {
            let (name, purl) = rest.split_once(' ').ok_or(format!("purl {rest}?"))?;
            book.purls.insert(name.to_string(), purl.to_string());
        } else if let Some(rest) = line.strip_prefix("asks: ") {
            let (name, range) = rest.split_once(' ').ok_or(format!("asks {rest}?"))?;
            book.ranges.insert(name.to_string(), range.to_string());
        } else if let Some(rest) = line.strip_prefix("text: ") {
            let (name, text) = rest.split_once(' ').ok_or(format!("text {rest}?"))?;
            book.texts.insert(name.to_string(), text.to_string());
        } else if let Some(rest) = line.strip_prefix("own: ") {
            let (name, license) = rest.split_once(' ').ok_or(format!("own {rest}?"))?;
            book.component(name, Some(&license.to_string()), Scope::Runtime, know);
            book.own.push(name.to_string());
        } else if let Some(rest) = line.strip_prefix("file: ") {
            let (path, license) = rest.split_once(' ').ok_or(format!("file {rest}?"))?;
            book.component("app", None, Scope::Runtime, know);
            book.files.push(FileLicense {
                path: path.to_string(),
                line: 1,
                license: license.to_string(),
                kind: "notice".to_string(),
            });
        } else {
            book.edge(line, know)?;
        }
    }
    let files = std::mem::take(&mut book.files);
    let graph = book.graph(know);
    let changes = Changes::embedded();
    let judged = judge_with(&graph, &plan, know, &Recorded { changes, know });
    let mut findings = judged.findings.clone();
    findings.extend(judge_changes(&graph, changes, know));
    findings.extend(judge_files(&graph, &files, know));
    expected.retain(|wanted| !beside(wanted, &judged, &findings));
    let mut got: Vec<String> = findings
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

/// Whether an expectation that is no finding is met.
fn beside(wanted: &str, judged: &Judgement, findings: &[Finding]) -> bool {
    let words: Vec<&str> = wanted.splitn(3, ' ').collect();
    let [kind, first, rest] = words[..] else { return false };
    match kind {
        "choose" => judged.choices.iter().any(|c| c.taken == rest && c.components.iter().any(|n| n == first)),
        "effective" => {
            judged.uses.iter().any(|u| u.component == first && u.effective.as_deref() == Some(rest))
        }
        "fix" => {
            findings.iter().any(|f| f.component == first && f.remedies.iter().any(|r| r.text.contains(rest)))
        }
        "way" => judged.ways_out.first().is_some_and(|w| {
            let steps: Vec<String> =
                w.steps.iter().map(|s| format!("{} {}", s.action, s.component)).collect();
            w.cost.to_string() == first && steps.join(", ") == rest && w.minimal
        }),
        _ => false,
    }
}

fn usage(rest: &str) -> Result<UsageRule, String> {
    let mut words = rest.split_whitespace();
    let name = words.next().ok_or("use what?")?;
    let mut rule =
        UsageRule { component: name.to_string(), reason: "the case".to_string(), ..UsageRule::default() };
    for word in words {
        match word {
            "modified" => rule.modified = Some(true),
            "unmodified" => rule.modified = Some(false),
            "shipped" => rule.shipped = Some(true),
            "unshipped" => rule.shipped = Some(false),
            "granted" => rule.granted = Some(true),
            word => {
                let relation = Relation::ALL.iter().find(|(w, _)| *w == word);
                rule.relation = Some(relation.ok_or(format!("use {word}?"))?.1);
            }
        }
    }
    Ok(rule)
}

#[derive(Default)]
struct Book {
    purls: BTreeMap<String, String>,
    ranges: BTreeMap<String, String>,
    texts: BTreeMap<String, String>,
    own: Vec<String>,
    files: Vec<FileLicense>,
    names: BTreeMap<String, usize>,
    components: Vec<Component>,
    edges: Vec<(String, String, Scope, Linkage)>,
}

impl Book {
    fn edge(&mut self, line: &str, know: &Knowledge) -> Result<(), String> {
        let arrows = [
            (" -> ", Scope::Runtime),
            (" -dev-> ", Scope::Dev),
            (" -test-> ", Scope::Test),
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
                freshness: None,
                model: None,
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

    fn graph(mut self, know: &Knowledge) -> Graph {
        for component in &mut self.components {
            if component.name == "app" || self.own.contains(&component.name) {
                component.first_party = true;
                let dir = if component.name == "app" { String::new() } else { component.name.clone() };
                component.source = Source::Path(dir);
            }
            if let Some(purl) = self.purls.get(&component.name) {
                component.version =
                    purl.rsplit_once('@').map_or("", |(_, v)| v).split('?').next().unwrap_or("").to_string();
                component.purl = Some(purl.clone());
                let kind = purl.strip_prefix("pkg:").and_then(|p| p.split('/').next());
                component.ecosystem = match kind {
                    Some("cargo") => Some(Ecosystem::Cargo),
                    Some("golang") => Some(Ecosystem::Golang),
                    Some("pypi") => Some(Ecosystem::Pypi),
                    Some("npm") => Some(Ecosystem::Npm),
                    _ => None,
                };
                component.kind = match kind {
                    Some("docker" | "oci") => Kind::Container,
                    Some("alpm" | "apk" | "deb" | "ebuild" | "rpm") => Kind::OsPackage,
                    _ => Kind::Library,
                };
            }
            if let Some(range) = self.ranges.get(&component.name) {
                component.requested = Some(range.clone());
                component.version = String::new();
            }
            if let Some(text) = self.texts.get(&component.name) {
                let evidence = licit_model::Evidence {
                    method: Method::LicenseFile,
                    location: Location::new("LICENSE", None),
                    raw: text.clone(),
                    expression: Some(text.clone()),
                    sure: true,
                    note: None,
                    review: None,
                };
                component.licenses.evidence.push(evidence);
                component.licenses.detected = Some(text.clone());
                if component.licenses.concluded.is_none() {
                    component.licenses.concluded = Some(text.clone());
                    component.licenses.category =
                        Expr::parse(text).map(|e| e.category(know)).unwrap_or_default();
                }
            }
        }
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
