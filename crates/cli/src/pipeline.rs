//! The whole pipeline, spelled out once: walk, extract, join, conclude, judge.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use licit_comply::changes::Recorded;
use licit_comply::files::{self, Rider, Words};
use licit_comply::{Company, Outbound, Plan, product};
use licit_inventory::installed::{Content, Fact, Missed, Place, may_restrict, passages};
use licit_inventory::tree::Spot;
use licit_inventory::{Options, Progress};
use licit_license::conclude::POINTS_TO_FILE;
use licit_license::identify::Identified;
use licit_license::identify::index::Kind;
use licit_license::know::Changes;
use licit_license::{Knowledge, Statement, conclude};
use licit_model::found::RawLicenseKind;
use licit_model::scan::{Product, Unknown, Unlicensed};
use licit_model::{
    Component, Evidence, FileLicense, Graph, Location, Method, Problem, Purl, RawLicense, Scan,
};
use licit_report::coverage::Coverage;
use rayon::prelude::*;

use crate::databases::{self, Databases};
use crate::models;
use crate::online::Online;
use crate::remembered::Remembered;

/// Where licenses are known from beside tree and copies.
pub(crate) struct Sources<'s> {
    /// What earlier scans identified.
    pub(crate) remembered: &'s Remembered,
    /// Databases that the user named.
    pub(crate) databases: &'s Databases,
    /// Servers, where the user allows to ask them.
    pub(crate) online: &'s Online,
    /// Whether the heads of all files are read.
    pub(crate) heads: bool,
}

/// Scans a path. The second part of the answer: files seen and files read by the walk.
pub(crate) fn run(
    path: &Path,
    name: &str,
    (plan, company): (&Plan, &Company),
    options: &Options,
    sources: &Sources<'_>,
    progress: &dyn Progress,
) -> anyhow::Result<(Scan, (usize, usize))> {
    let &Sources { remembered, databases, online, heads } = sources;
    let inventory = licit_inventory::read(path, name, options, progress)?;
    let know = Knowledge::embedded();
    let files = (inventory.files_seen, inventory.files_read);
    let mut joined = inventory.joined;
    progress.stage("reading licenses");
    let riders = riders(&joined.graph, &joined.declared, &inventory.looked.facts, remembered);
    let texts = models::texts(&joined.graph, &inventory.looked.facts, know, remembered);
    let mut statements =
        statements(&joined.graph, &joined.declared, inventory.looked.facts, know, remembered);
    for (component, said) in joined.graph.components.iter().zip(&mut statements) {
        models::read(component, said, remembered);
    }
    crate::named::read(&inventory.looked.named, &mut statements, know, remembered);
    ask_databases(&joined.graph, databases, &mut statements, &mut joined.problems);
    let asked = online.ask(&joined.graph, &mut statements, know, remembered, progress);
    joined.problems.extend(asked.problems(&joined.graph));
    let licenses: Vec<_> = statements.par_iter().map(|s| conclude(s, know)).collect();
    for (component, licenses) in joined.graph.components.iter_mut().zip(licenses) {
        component.licenses = licenses;
    }
    asked.note(&mut joined.graph);
    databases.note_newer(&mut joined.graph);
    let known = Coverage::so_far(&joined.graph).line();
    progress.stage(&known);
    let mut unlicensed = unlicensed(&joined.graph, &inventory.looked.missed);
    asked.explain(&joined.graph, &mut unlicensed);
    let mut stated = Vec::new();
    if heads {
        progress.stage("reading heads of files");
        stated = file_licenses(&inventory.every, &inventory.every_held, remembered);
    }
    progress.stage(&format!("judging; {known}"));
    let changes = databases.changes(&joined.graph, know, &mut joined.problems);
    let changes = changes.as_ref();
    let graph = &joined.graph;
    let ((judged, of_models), (of_changes, (of_files, of_riders))) = rayon::join(
        || {
            rayon::join(
                || licit_comply::judge_with(graph, plan, know, &Recorded { changes, know }),
                || licit_comply::judge_models(graph, plan, company, know, &texts),
            )
        },
        || {
            rayon::join(
                || licit_comply::changes::judge_changes(graph, changes, know),
                || (licit_comply::judge_files(graph, &stated, know), files::judge_riders(graph, &riders)),
            )
        },
    );
    let mut findings = judged.findings;
    licit_comply::leave_to_models(graph, &mut findings);
    findings.extend([of_models, of_changes, of_files, of_riders].into_iter().flatten());
    licit_comply::sort(&mut findings);
    let product = product_of(&joined.graph, plan, know);
    let scan = Scan {
        name: name.to_string(),
        graph: joined.graph,
        findings,
        problems: joined.problems,
        completeness: joined.completeness,
        files: stated,
        product,
        choices: judged.choices,
        obligations: judged.obligations,
        ways_out: judged.ways_out,
        uses: judged.uses,
        bounded: judged.bounded,
        unlicensed,
    };
    Ok((scan, files))
}

/// Unpacks rules, the index of texts and what is remembered; whoever asks for one of them before waits for it.
pub(crate) fn prepare(remembered: &Remembered) {
    let know = Knowledge::embedded();
    licit_license::identify::index::embedded();
    remembered.prepare();
    Changes::embedded();
    // Most trees have a package that states its license in the words of its registry.
    know.classifier("");
}

/// Everything that is said about each component's license, in the order of the ladder.
fn statements(
    graph: &Graph,
    declared: &[Vec<licit_inventory::resolve::Declared>],
    facts: Vec<Fact>,
    know: &Knowledge,
    remembered: &Remembered,
) -> Vec<Vec<Statement>> {
    let mut all: Vec<Vec<Statement>> = declared
        .iter()
        .map(|fields| {
            let field = |d: &licit_inventory::resolve::Declared| Statement::Field {
                method: if d.lockfile { Method::Lockfile } else { Method::Manifest },
                location: Location::new(d.path.clone(), d.raw.line),
                text: d.raw.text.clone(),
                kind: d.raw.kind,
            };
            fields.iter().map(field).collect()
        })
        .collect();
    let texts: Vec<&str> = facts
        .iter()
        .filter_map(|f| match &f.content {
            Content::Text(text) => Some(text.as_str()),
            Content::Field(_) | Content::Known(..) | Content::Prose(..) => None,
        })
        .collect();
    let identified = identify_all(&texts, remembered);
    for fact in &facts {
        all[fact.component].push(match &fact.content {
            Content::Field(raw) => Statement::Field {
                method: fact.method,
                location: fact.location.clone(),
                text: raw.text.clone(),
                kind: raw.kind,
            },
            Content::Prose(..) => continue,
            Content::Known(key, begins) => Statement::Text {
                location: fact.location.clone(),
                begins: begins.clone(),
                identified: remembered.text(key).unwrap_or_default(),
            },
            Content::Text(text) => Statement::Text {
                location: fact.location.clone(),
                begins: text.chars().take(200).collect(),
                identified: identified.get(text.as_str()).cloned().unwrap_or_default(),
            },
        });
    }
    let silent = graph.components.par_iter().zip(&mut all).filter(|(_, said)| said.is_empty());
    silent.for_each(|(component, statements)| {
        let bare = component.purl.as_deref().and_then(|p| Purl::parse(p).ok()).map(|mut purl| {
            purl.version = None;
            purl.to_string()
        });
        if let Some(fact) = bare.and_then(|purl| know.package(&purl)) {
            statements.push(Statement::Field {
                method: Method::Rules,
                location: Location::new(format!("rules/packages.toml ({})", fact.source), None),
                text: fact.license.clone(),
                kind: RawLicenseKind::Expression,
            });
        }
    });
    all
}

/// Asks the license databases for what neither tree, copies nor rules state; a field that only points at a file which is
/// not there states nothing. What comes from elsewhere than a registry is no package that a database knows.
fn ask_databases(
    graph: &Graph,
    databases: &Databases,
    statements: &mut [Vec<Statement>],
    problems: &mut Vec<Problem>,
) {
    if databases.is_empty() {
        return;
    }
    let points = |s: &Statement| matches!(s, Statement::Field { kind: RawLicenseKind::File, .. });
    for (component, said) in graph.components.iter().zip(statements) {
        if !said.iter().all(points) {
            continue;
        }
        if let Some(purl) = databases::package(component) {
            said.extend(databases.statements(&purl, problems));
        }
    }
}

/// Why third parties' components have no license: the step on which each failed, from the most telling evidence.
fn unlicensed(graph: &Graph, missed: &[(usize, Missed)]) -> Vec<Unlicensed> {
    let mut copies: HashMap<usize, &Missed> = HashMap::new();
    // A damaged copy says more than a place that holds none.
    for (component, missed) in missed {
        let known = copies.entry(*component).or_insert(missed);
        if !matches!(missed, Missed::NoCopy(_)) {
            *known = missed;
        }
    }
    let unknown = |(index, component): (usize, &Component)| {
        let evidence = &component.licenses.evidence;
        let text = evidence.iter().find(|e| e.method == Method::LicenseFile && e.expression.is_none());
        let fields = || evidence.iter().filter(|e| e.method != Method::LicenseFile && e.expression.is_none());
        let points = |e: &&Evidence| e.note.as_deref() == Some(POINTS_TO_FILE);
        let field = fields().find(|e| !points(e));
        let pointer = fields().find(points);
        let (reason, why) = match (field, text, copies.get(&index)) {
            (_, Some(text), _) => (Unknown::TextUnknown, format!("{} begins “{}”", text.location, text.raw)),
            (None, None, missed) if pointer.is_some() => {
                let told = pointer.map(|e| format!("{} names the file “{}”", e.location, e.raw));
                let looked = match missed {
                    Some(Missed::Damaged(place, what)) => format!("{place} {what}"),
                    Some(Missed::Silent(place)) => format!("it is not in {place}"),
                    Some(Missed::NoCopy(places)) => format!("no copy of the package is in {places}"),
                    None => "no place is known where copies of the package would lie".to_string(),
                };
                (Unknown::FileMissing, format!("{}; {looked}", told.unwrap_or_default()))
            }
            (Some(field), ..) => {
                let note = field.note.as_deref().unwrap_or("it means nothing that is known");
                (Unknown::FieldUnread, format!("{} says “{}”: {note}", field.location, field.raw))
            }
            (.., Some(Missed::Damaged(place, what))) => (Unknown::CopyDamaged, format!("{place} {what}")),
            (.., Some(Missed::Silent(place))) => {
                (Unknown::NothingStated, format!("{place} has neither a license field nor a license text"))
            }
            (.., Some(Missed::NoCopy(places))) => (Unknown::NoCopy, format!("looked in {places}")),
            (.., None) => (Unknown::NoCopy, "no place is known where copies of it would lie".to_string()),
        };
        Unlicensed { component: component.id.clone(), reason, why }
    };
    let without = |c: &(usize, &Component)| !c.1.first_party && c.1.licenses.concluded.is_none();
    let mut all: Vec<Unlicensed> = graph.components.iter().enumerate().filter(without).map(unknown).collect();
    all.sort();
    all
}

/// Restricting clauses in READMEs, descriptions and license fields.
fn riders(
    graph: &Graph,
    declared: &[Vec<licit_inventory::resolve::Declared>],
    facts: &[Fact],
    remembered: &Remembered,
) -> Vec<Rider> {
    let read = |component: usize, place, location: Location, text: &str| {
        let whose = &graph.components[component];
        let own = if whose.first_party { "own" } else { "" };
        let question = [own, whose.id.as_str(), &format!("{place:?}"), text];
        if remembered.is_harmless(&question) {
            return Vec::new();
        }
        let words = Words { component, place, location, text, passages: passages(text) };
        let found = files::read_riders(whose, &words);
        if found.is_empty() {
            remembered.keep_harmless(&question);
        }
        found
    };
    let of_fact = |fact: &Fact| -> Vec<Rider> {
        let (place, text) = match &fact.content {
            Content::Prose(Place::Readme, text) => (files::Place::Readme, text),
            Content::Prose(Place::Description, text) => (files::Place::Description, text),
            Content::Prose(Place::License, text) => (files::Place::License, text),
            Content::Field(raw) if may_restrict(&raw.text) => (files::Place::License, &raw.text),
            Content::Field(_) | Content::Text(_) | Content::Known(..) => return Vec::new(),
        };
        read(fact.component, place, fact.location.clone(), text)
    };
    let mut riders: Vec<Rider> = facts.par_iter().flat_map_iter(of_fact).collect();
    for (component, fields) in declared.iter().enumerate() {
        let stated = |raw: &RawLicense| raw.kind != RawLicenseKind::File && may_restrict(&raw.text);
        for field in fields.iter().filter(|field| stated(&field.raw)) {
            let location = Location::new(field.path.clone(), field.raw.line);
            riders.extend(read(component, files::Place::License, location, &field.raw.text));
        }
    }
    riders
}

/// What the heads of the project's files state. License files say what they are; names in passing are no statement.
fn file_licenses(
    every: &[(String, PathBuf)],
    held: &[(String, Spot)],
    remembered: &Remembered,
) -> Vec<FileLicense> {
    let one = |path: &String, head: Option<String>| -> Vec<FileLicense> {
        let Some(head) = head else { return Vec::new() };
        let statement =
            |f: &licit_license::identify::Found| matches!(f.kind, Kind::Text | Kind::Notice | Kind::Tag);
        let identified = remembered.identify(&head);
        let stated = identified.found.iter().filter(|f| statement(f));
        stated
            .map(|f| FileLicense {
                path: path.clone(),
                line: f.lines.0,
                license: f.license.clone(),
                kind: f.kind.word().to_string(),
            })
            .collect()
    };
    let on_disk = every.par_iter().flat_map_iter(|(path, full)| one(path, licit_inventory::head(full)));
    let in_tree = held.par_iter().flat_map_iter(|(path, spot)| one(path, licit_inventory::head_held(spot)));
    let mut all: Vec<FileLicense> = on_disk.chain(in_tree).collect();
    all.sort();
    all.dedup();
    all
}

/// Identifies every text once, however many packages carry it.
fn identify_all<'t>(texts: &[&'t str], remembered: &Remembered) -> HashMap<&'t str, Arc<Identified>> {
    let distinct: HashSet<&str> = texts.iter().copied().collect();
    let distinct: Vec<&str> = distinct.into_iter().collect();
    distinct.par_iter().map(|text| (*text, remembered.identify(text))).collect()
}

/// How the judge saw the product, for reports.
fn product_of(graph: &Graph, plan: &Plan, know: &Knowledge) -> Product {
    let distribution = plan.distribution.word().to_string();
    if let Some(outbound) = &plan.outbound {
        let outbound = Some(outbound.to_string());
        return Product { outbound, outbound_source: format!("told by {}", plan.told_by), distribution };
    }
    let groups = product::groups(graph, plan, know);
    let (outbound, outbound_source) = match groups.as_slice() {
        [] => (None, "no package of the project's own was found".to_string()),
        [one] if one.outbound == Outbound::Unknown => {
            (None, "the project states none; say it with --outbound".to_string())
        }
        [one] => (Some(one.outbound.to_string()), "stated by the project's own packages".to_string()),
        several => {
            let count = |g: &product::Group| format!("{} in {}", g.outbound, g.roots.len());
            let list = several.iter().map(count).collect::<Vec<_>>().join(", ");
            (None, format!("the project's own packages differ: {list}; each is judged by its own"))
        }
    };
    Product { outbound, outbound_source, distribution }
}
