//! The first judge: every component against the terms under which the product goes out, on its path.

use std::collections::BTreeSet;

use licit_license::conclude::same_text;
use licit_license::know::{ClauseFact, License, Reach};
use licit_license::{Expr, Knowledge, Term};
use licit_model::graph::Paths;
use licit_model::{Category, Clause, Component, Finding, Graph, Linkage, Method, Remedy, Severity};

use crate::compatible::{Fit, fits};
use crate::product::{Distribution, Group, Outbound, Plan, groups};

/// How a component stands to the product.
struct Usage<'a> {
    outbound: &'a Outbound,
    distribution: Distribution,
    linkage: Linkage,
}

/// What a set of licenses that apply together asks; the worst of its members.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Outcome {
    severity: Option<Severity>,
    code: &'static str,
    message: String,
    clauses: Vec<Clause>,
    remedies: Vec<Remedy>,
}

impl Outcome {
    fn fine() -> Self {
        Outcome {
            severity: None,
            code: "",
            message: String::new(),
            clauses: Vec::new(),
            remedies: Vec::new(),
        }
    }

    /// Lower is better.
    fn weight(&self) -> u8 {
        match self.severity {
            None => 0,
            Some(Severity::Info) => 1,
            Some(Severity::Warning) => 2,
            Some(Severity::Error) => 3,
        }
    }
}

/// Judges the whole graph. Findings are sorted: worst first, then by code and component.
pub fn judge(graph: &Graph, plan: &Plan, know: &Knowledge) -> Vec<Finding> {
    let groups = groups(graph, plan, know);
    let mut findings = Vec::new();
    let mut judged = vec![false; graph.components.len()];
    let mut said: BTreeSet<(usize, String)> = BTreeSet::new();
    for group in &groups {
        let paths = graph.paths_from(&|at| group.roots.contains(&at));
        for (index, component) in graph.components.iter().enumerate() {
            if component.first_party {
                findings.extend(own_terms(graph, &paths, index, group, plan, know));
                continue;
            }
            if !component.scope.ships() || !paths.ships(index) {
                continue;
            }
            judged[index] = true;
            let linkage = paths.linkage(index).unwrap_or_default();
            let usage = Usage { outbound: &group.outbound, distribution: plan.distribution, linkage };
            for outcome in component_outcomes(component, &usage, know) {
                // What is the same for several groups is said once.
                if !said.insert((index, outcome.message.clone())) {
                    continue;
                }
                findings.push(finding(graph, &paths, index, outcome));
            }
        }
    }
    mismatches(graph, know, &mut findings);
    unreached(graph, plan, know, &judged, &mut findings);
    outbound_unknown(graph, &groups, &mut findings);
    sort(&mut findings);
    findings.dedup();
    findings
}

/// Worst first, then by code, component, path and words.
pub fn sort(findings: &mut [Finding]) {
    findings.sort_by(|a, b| {
        (a.severity, &a.code, &a.component, &a.path, &a.message).cmp(&(
            b.severity,
            &b.code,
            &b.component,
            &b.path,
            &b.message,
        ))
    });
}

/// Packages whose texts state a stricter license than their metadata declares.
fn mismatches(graph: &Graph, know: &Knowledge, findings: &mut Vec<Finding>) {
    let paths = graph.paths();
    for (index, component) in graph.components.iter().enumerate().filter(|(_, c)| c.scope.ships()) {
        let read = |e: &Option<String>| e.as_deref().and_then(Expr::parse);
        let Some(declared) = read(&component.licenses.declared) else { continue };
        let texts = component.licenses.evidence.iter().filter(|e| e.method == Method::LicenseFile);
        for text in texts {
            let Some(found) = read(&text.expression) else {
                // A field that says MIT beside a text that nobody knows must not pass in silence.
                findings.push(Finding {
                    code: "license-text-unread".to_string(),
                    severity: Severity::Warning,
                    component: component.id.clone(),
                    path: paths.to(index).into_iter().map(|i| graph.components[i].id.clone()).collect(),
                    message: format!(
                        "its metadata declares {declared}, but no known license stands in {}",
                        text.location
                    ),
                    clauses: Vec::new(),
                    remedies: vec![remedy(
                        "find-out",
                        "read the text: it may restrict what the declared license allows",
                    )],
                });
                continue;
            };
            let beyond: Vec<&Term> = found
                .terms()
                .into_iter()
                .filter(|t| !declared.terms().iter().any(|d| same_text(&d.id, &t.id)))
                .filter(|t| t.category(know) > Category::Data)
                .collect();
            let Some(first) = beyond.first() else { continue };
            let why = text.note.as_deref().map(|n| format!(" ({n})")).unwrap_or_default();
            findings.push(Finding {
                code: "license-mismatch".to_string(),
                severity: Severity::Warning,
                component: component.id.clone(),
                path: paths.to(index).into_iter().map(|i| graph.components[i].id.clone()).collect(),
                message: format!(
                    "its metadata declares {declared}, but {} holds {first}{why}",
                    text.location
                ),
                clauses: know.license(&first.id).map(|l| clauses(l, &["reciprocity"])).unwrap_or_default(),
                remedies: vec![remedy(
                    "find-out",
                    "read the text and ask the authors which of the two holds for what you use",
                )],
            });
        }
    }
}

/// Components that count as shipped but that no path reaches: judged against what the user told, without a path.
fn unreached(graph: &Graph, plan: &Plan, know: &Knowledge, judged: &[bool], findings: &mut Vec<Finding>) {
    let outbound = plan.outbound.clone().unwrap_or(Outbound::Unknown);
    let paths = graph.paths();
    for (index, component) in graph.components.iter().enumerate() {
        if judged[index] || component.first_party || !component.scope.ships() {
            continue;
        }
        let linkage = component.ecosystem.map_or(Linkage::Unknown, licit_model::Ecosystem::usual_linkage);
        let usage = Usage { outbound: &outbound, distribution: plan.distribution, linkage };
        for outcome in component_outcomes(component, &usage, know) {
            findings.push(finding(graph, &paths, index, outcome));
        }
    }
}

/// One of the project's own packages whose stated terms do not fit the terms of the product that it is part of. Its
/// owners may relicense it if they hold all rights, so this is a question and not a conflict.
fn own_terms(
    graph: &Graph,
    paths: &Paths,
    index: usize,
    group: &Group,
    plan: &Plan,
    know: &Knowledge,
) -> Option<Finding> {
    let component = &graph.components[index];
    let part = if group.roots.contains(&index) { plan.outbound.is_some() } else { paths.ships(index) };
    let expr = component.licenses.concluded.as_deref().and_then(Expr::parse)?;
    if !part || !component.scope.ships() || group.outbound == Outbound::Unknown {
        return None;
    }
    let linkage = paths.linkage(index).unwrap_or_default();
    let usage = Usage { outbound: &group.outbound, distribution: plan.distribution, linkage };
    let best =
        expr.branches().iter().map(|b| branch_outcome(b, &expr, &usage, know)).min_by_key(Outcome::weight)?;
    (best.weight() >= 2).then(|| Finding {
        code: "own-license-differs".to_string(),
        severity: Severity::Warning,
        component: component.id.clone(),
        path: paths.to(index).into_iter().map(|i| graph.components[i].id.clone()).collect(),
        message: format!(
            "this package of the project itself states {expr}, which does not fit a product that goes out under {}",
            group.outbound
        ),
        clauses: best.clauses,
        remedies: vec![
            remedy("state-terms", "state the terms under which it really goes out, if its owners hold all rights"),
            remedy("relicense", &format!("convey the product under terms that {expr} allows")),
        ],
    })
}

fn finding(graph: &Graph, paths: &Paths, index: usize, outcome: Outcome) -> Finding {
    let id = |i: usize| graph.components[i].id.clone();
    Finding {
        code: outcome.code.to_string(),
        severity: outcome.severity.unwrap_or(Severity::Info),
        component: id(index),
        path: paths.to(index).into_iter().map(id).collect(),
        message: outcome.message,
        clauses: outcome.clauses,
        remedies: outcome.remedies,
    }
}

/// One word where reciprocity was found but nobody said under which terms the product goes out.
fn outbound_unknown(graph: &Graph, groups: &[Group], findings: &mut Vec<Finding>) {
    for group in groups.iter().filter(|g| g.outbound == Outbound::Unknown) {
        let Some(&root) = group.roots.first() else { continue };
        let more = group.roots.len() - 1;
        let others =
            if more > 0 { format!(" and {more} more of the project's packages") } else { String::new() };
        findings.push(Finding {
            code: "outbound-unknown".to_string(),
            severity: Severity::Warning,
            component: graph.components[root].id.clone(),
            path: vec![graph.components[root].id.clone()],
            message: format!(
                "no license is stated for {}{others}, so compatibility could not be judged",
                graph.components[root].name
            ),
            clauses: Vec::new(),
            remedies: vec![remedy(
                "say-outbound",
                "say it with --outbound LICENSE (or --outbound proprietary), or in licit.toml under [product]",
            )],
        });
    }
}

/// What one component gives rise to: at most one outcome about its terms and one about how they were read.
fn component_outcomes(component: &Component, usage: &Usage<'_>, know: &Knowledge) -> Vec<Outcome> {
    let Some(expr) = component.licenses.concluded.as_deref().and_then(Expr::parse) else {
        return vec![unknown(component)];
    };
    let mut outcomes = Vec::new();
    let vague = component.licenses.evidence.iter().find(|e| !e.sure && e.expression.is_some());
    let definite = component.licenses.evidence.iter().any(|e| e.sure);
    if let Some(vague) = vague.filter(|_| !definite) {
        outcomes.push(Outcome {
            severity: Some(Severity::Warning),
            code: "license-ambiguous",
            message: format!(
                "its license field says `{}`, which is not one license; it was read as {expr}",
                vague.raw
            ),
            clauses: Vec::new(),
            remedies: vec![remedy(
                "find-out",
                "read the license text that comes with the package and record what it is",
            )],
        });
    }
    let branches = expr.branches();
    let judged: Vec<(Vec<&Term>, Outcome)> =
        branches.into_iter().map(|b| (b.clone(), branch_outcome(&b, &expr, usage, know))).collect();
    let Some((chosen, best)) = judged.iter().min_by_key(|(_, o)| o.weight()) else { return outcomes };
    let mut best = best.clone();
    let worst = judged.iter().map(|(_, o)| o.weight()).max().unwrap_or(0);
    if judged.len() > 1 && worst >= 2 && best.weight() < 2 {
        // The choice is what keeps the product clean, so it has to be made and recorded.
        let branch = chosen.iter().map(ToString::to_string).collect::<Vec<_>>().join(" AND ");
        best.severity = Some(Severity::Info);
        best.code = "license-choice";
        best.message =
            format!("offered under {expr}: choose {branch}, which fits how the product is shipped");
        best.remedies.insert(0, remedy("choose", &format!("record that it is used under {branch}")));
    }
    if best.severity.is_some() {
        outcomes.push(best);
    }
    outcomes
}

/// The worst outcome of licenses that apply together.
fn branch_outcome(branch: &[&Term], whole: &Expr, usage: &Usage<'_>, know: &Knowledge) -> Outcome {
    let outcomes = branch.iter().map(|term| term_outcome(term, whole, usage, know));
    outcomes.max_by_key(Outcome::weight).unwrap_or_else(Outcome::fine)
}

fn unknown(component: &Component) -> Outcome {
    let message = match component.licenses.evidence.first() {
        Some(evidence) => format!(
            "its license could not be read from {}: `{}`{}",
            evidence.location,
            evidence.raw,
            evidence.note.as_deref().map(|n| format!(" ({n})")).unwrap_or_default()
        ),
        None => {
            "no license is known: no file of the tree states one and no installed copy was found".to_string()
        }
    };
    Outcome {
        severity: Some(Severity::Warning),
        code: "license-unknown",
        message,
        clauses: Vec::new(),
        remedies: vec![remedy(
            "find-out",
            "install or fetch the dependencies so that their license files are on disk, and scan again",
        )],
    }
}

fn term_outcome(term: &Term, whole: &Expr, usage: &Usage<'_>, know: &Knowledge) -> Outcome {
    let Some(license) = know.license(&term.id) else {
        return Outcome {
            severity: Some(Severity::Warning),
            code: "license-unknown",
            message: format!("nothing is known of the terms of {term}; review its text"),
            clauses: Vec::new(),
            remedies: vec![remedy("ask-counsel", "have the text read and its terms recorded")],
        };
    };
    match term.category(know) {
        Category::PublicDomain | Category::Permissive | Category::Data => {
            permissive(term, license, usage, know)
        }
        Category::WeakCopyleft => weak(term, license, usage, know),
        Category::StrongCopyleft => strong(term, license, whole, usage, know),
        Category::NetworkCopyleft => network(term, license, whole, usage, know),
        Category::SourceAvailable | Category::AiCustom => restricted(term, license, usage),
        Category::Proprietary => by_agreement(term, license),
        Category::Unknown => Outcome {
            severity: Some(Severity::Warning),
            code: "license-unknown",
            message: format!("{term} has no class yet; review its text"),
            clauses: clauses(license, &[]),
            remedies: vec![remedy("ask-counsel", "have the text read and its terms recorded")],
        },
    }
}

/// Mild terms still collide with a copyleft outbound license that allows no further restriction.
fn permissive(term: &Term, license: &License, usage: &Usage<'_>, know: &Knowledge) -> Outcome {
    let Outbound::Licensed(outbound) = usage.outbound else { return Outcome::fine() };
    if !usage.distribution.conveys() {
        return Outcome::fine();
    }
    match fits(term, outbound, know) {
        Fit::No => Outcome {
            severity: Some(Severity::Error),
            code: "license-incompatible",
            message: format!(
                "{term} asks for what {outbound} does not allow to be added, so the combination cannot be conveyed under {outbound}"
            ),
            clauses: clauses(
                license,
                &["patent", "advertising", "no-further-restriction", "termination", "field-of-use"],
            ),
            remedies: vec![
                remedy("replace", "use a package under terms that the outbound license accepts"),
                remedy(
                    "relicense",
                    "convey the work under a later or another outbound license that accepts it",
                ),
            ],
        },
        Fit::Narrows => narrows(term, license, outbound),
        Fit::Yes | Fit::Open => Outcome::fine(),
    }
}

fn weak(term: &Term, license: &License, usage: &Usage<'_>, know: &Knowledge) -> Outcome {
    if !usage.distribution.conveys() {
        return Outcome::fine();
    }
    if let Outbound::Licensed(outbound) = usage.outbound {
        match fits(term, outbound, know) {
            Fit::No => {
                return Outcome {
                    severity: Some(Severity::Error),
                    code: "license-incompatible",
                    message: format!("{term} and {outbound} cannot both hold for one conveyed work"),
                    clauses: clauses(license, &["reciprocity", "no-further-restriction"]),
                    remedies: vec![
                        remedy("replace", "use a package under terms that the outbound license accepts"),
                        remedy(
                            "separate",
                            "keep it in a work of its own that is only called as a separate program",
                        ),
                    ],
                };
            }
            // Inside a work under the GPL the whole is open anyway.
            Fit::Yes if outbound.terms().iter().all(|t| t.reach(know) >= Reach::Work) => {
                return Outcome::fine();
            }
            _ => {}
        }
    }
    let library = term.reach(know) == Reach::Library;
    if library && usage.linkage == Linkage::Static {
        return Outcome {
            severity: Some(Severity::Warning),
            code: "relink-duty",
            message: format!(
                "{term} is linked statically: whoever receives the product must be able to relink it with a changed library, so object files or source have to be offered"
            ),
            clauses: clauses(license, &["reciprocity", "modification", "source"]),
            remedies: vec![
                remedy("link-dynamically", "load it as a shared library that the user can replace"),
                remedy(
                    "offer-relinking",
                    "offer object files or the source of the whole, with build scripts",
                ),
                remedy("replace", "use a package under permissive terms"),
            ],
        };
    }
    Outcome {
        severity: Some(Severity::Info),
        code: "source-duty",
        message: format!(
            "{term} asks for the source of {} and its changes when the product is {}",
            if library { "the library" } else { "its files" },
            usage.distribution.phrase()
        ),
        clauses: clauses(license, &["reciprocity", "source"]),
        remedies: Vec::new(),
    }
}

fn strong(term: &Term, license: &License, whole: &Expr, usage: &Usage<'_>, know: &Knowledge) -> Outcome {
    if !usage.distribution.conveys() {
        return Outcome {
            severity: Some(Severity::Info),
            code: "not-conveyed",
            message: format!(
                "{term} asks for nothing as long as the product is {}; it would when copies are handed out",
                usage.distribution.phrase()
            ),
            clauses: clauses(license, &["reciprocity"]),
            remedies: Vec::new(),
        };
    }
    reciprocity(term, license, whole, usage, know, &["reciprocity", "no-further-restriction", "source"])
}

fn network(term: &Term, license: &License, whole: &Expr, usage: &Usage<'_>, know: &Knowledge) -> Outcome {
    if usage.distribution == Distribution::Internal {
        return Outcome {
            severity: Some(Severity::Info),
            code: "not-conveyed",
            message: format!(
                "{term} asks for nothing as long as only the house's own people use the product"
            ),
            clauses: clauses(license, &["network", "reciprocity"]),
            remedies: Vec::new(),
        };
    }
    // A service is reached by the network clause, copies that are handed out by the one on conveying.
    let kinds: &[&str] = if usage.distribution.conveys() {
        &["reciprocity", "network", "no-further-restriction"]
    } else {
        &["network", "reciprocity", "no-further-restriction"]
    };
    reciprocity(term, license, whole, usage, know, kinds)
}

/// Reciprocity over the whole work against the outbound terms.
fn reciprocity(
    term: &Term,
    license: &License,
    whole: &Expr,
    usage: &Usage<'_>,
    know: &Knowledge,
    kinds: &[&str],
) -> Outcome {
    let shipped = usage.distribution.phrase();
    let conflict = |outbound: &str| Outcome {
        severity: Some(Severity::Error),
        code: "reciprocity-conflict",
        message: format!(
            "{term} reaches the whole work, which is {shipped} under {outbound}: the combination may only go out under {}; own files may keep their license",
            terms_that_fit(term, license)
        ),
        clauses: clauses(license, kinds),
        remedies: vec![
            remedy("replace", "use a package that does the same under permissive or weaker terms"),
            remedy("drop", "leave out what needs it, if it is optional"),
            remedy(
                "separate",
                "run it as a separate program that exchanges only plain data; review with counsel",
            ),
            remedy("relicense", &format!("convey the work under {}", terms_that_fit(term, license))),
        ],
    };
    match usage.outbound {
        Outbound::Proprietary => conflict("proprietary terms"),
        Outbound::Licensed(outbound) => match fits(term, outbound, know) {
            Fit::Yes => Outcome {
                severity: Some(Severity::Info),
                code: "source-duty",
                message: format!("{term} asks for the complete source of the work when it is {shipped}"),
                clauses: clauses(license, kinds),
                remedies: Vec::new(),
            },
            Fit::Narrows => narrows(term, license, outbound),
            Fit::Open => Outcome { severity: Some(Severity::Warning), ..conflict(&outbound.to_string()) },
            Fit::No => conflict(&outbound.to_string()),
        },
        Outbound::Unknown => Outcome {
            severity: Some(Severity::Warning),
            code: "reciprocity-review",
            message: format!(
                "{whole} reaches the whole work when it is {shipped}; whether that fits is open as long as the outbound license is not known"
            ),
            clauses: clauses(license, kinds),
            remedies: vec![remedy(
                "say-outbound",
                "say the outbound license with --outbound or in licit.toml",
            )],
        },
    }
}

fn narrows(term: &Term, license: &License, outbound: &Expr) -> Outcome {
    Outcome {
        severity: Some(Severity::Warning),
        code: "outbound-narrowed",
        message: format!(
            "with {term} inside, the whole cannot be offered under all that {outbound} promises; review which version or part applies"
        ),
        clauses: clauses(license, &["reciprocity", "network", "no-further-restriction", "patent"]),
        remedies: vec![
            remedy("relicense", &format!("state the terms of the whole as they are, with {term} in them")),
            remedy("replace", "use a package under terms that the outbound license accepts"),
        ],
    }
}

fn restricted(term: &Term, license: &License, usage: &Usage<'_>) -> Outcome {
    let open = matches!(usage.outbound, Outbound::Licensed(_));
    Outcome {
        severity: Some(if open { Severity::Error } else { Severity::Warning }),
        code: "restricted-terms",
        message: if open {
            format!(
                "{} restricts use, users or competition; a work that contains it cannot be offered under {}",
                license.name, usage.outbound
            )
        } else {
            format!(
                "{} restricts use, users or competition; review whether your use is allowed",
                license.name
            )
        },
        clauses: clauses(license, &[]),
        remedies: vec![
            remedy(
                "ask-counsel",
                &format!("have the terms of {term} weighed against how the product is used and sold"),
            ),
            remedy(
                "replace",
                "use a package under an open license, or an earlier release that was under one",
            ),
        ],
    }
}

fn by_agreement(term: &Term, license: &License) -> Outcome {
    Outcome {
        severity: Some(Severity::Warning),
        code: "no-public-license",
        message: format!(
            "{term} grants nothing to the public ({}); an agreement with its owner is needed",
            license.name
        ),
        clauses: clauses(license, &[]),
        remedies: vec![
            remedy("find-agreement", "find the agreement that covers it and record it"),
            remedy("replace", "use a package under an open license"),
        ],
    }
}

fn terms_that_fit(term: &Term, license: &License) -> String {
    let mut fitting = vec![term.id.clone()];
    fitting.extend(license.upgrade.iter().cloned());
    fitting.join(" or ")
}

/// Clauses of some kinds, in the order of the kinds; all of them where no kind is asked for or none fits.
fn clauses(license: &License, kinds: &[&str]) -> Vec<Clause> {
    let convert = |c: &ClauseFact| Clause {
        reference: format!("{} {}", license.id, c.reference),
        says: c.says.clone(),
        source: license.sources.first().cloned().unwrap_or_default(),
    };
    let chosen: Vec<Clause> = kinds
        .iter()
        .flat_map(|k| license.clauses.iter().filter(move |c| c.kind == **k))
        .map(convert)
        .collect();
    if chosen.is_empty() { license.clauses.iter().take(6).map(convert).collect() } else { chosen }
}

fn remedy(action: &str, text: &str) -> Remedy {
    Remedy { action: action.to_string(), text: text.to_string() }
}
