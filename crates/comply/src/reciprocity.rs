//! The judge over the graph: what each shipped component asks of the way the product goes out, on its path.

use std::collections::{BTreeMap, BTreeSet};

use licit_license::conclude::same_text;
use licit_license::know::term::{Action, Modality};
use licit_license::{Expr, Knowledge, Term};
use licit_model::graph::Paths;
use licit_model::{
    Category, Choice, Clause, Component, Finding, Graph, Judgement, Linkage, Method, Remedy, Severity, Use,
};

use crate::choice::{Clash, Offer, choose};
use crate::effective::reaching;
use crate::obligations;
use crate::parts::{Part, parts, usage_of};
use crate::product::{Group, Outbound, Plan, groups};
use crate::remedy::{Alternatives, Known, ways_out};
use crate::usage::Usage;
use crate::verdict::{Book, Judged, Reason, Verdict, together};

/// Nothing is known of other versions.
struct Nobody;

impl Known for Nobody {
    fn alternatives(&self, _: &Component) -> Alternatives {
        Alternatives::default()
    }
}

/// Judges the whole graph without knowledge of other versions.
pub fn judge(graph: &Graph, plan: &Plan, know: &Knowledge) -> Judgement {
    judge_with(graph, plan, know, &Nobody)
}

/// Judges the whole graph. Findings are sorted: worst first, then by code and component.
pub fn judge_with(graph: &Graph, plan: &Plan, know: &Knowledge, known: &dyn Known) -> Judgement {
    let groups = groups(graph, plan, know);
    let mut judge = Judge {
        graph,
        plan,
        known,
        book: Book::new(know),
        all: Judgement::default(),
        owed: BTreeMap::new(),
        uses: vec![None; graph.components.len()],
        said: BTreeSet::new(),
    };
    let mut judged = vec![false; graph.components.len()];
    for group in &groups {
        let paths = graph.paths_from(&|at| group.roots.contains(&at));
        for (index, component) in graph.components.iter().enumerate().filter(|(_, c)| c.first_party) {
            let found = judge.own_terms(&paths, index, component, group);
            judge.all.findings.extend(found);
        }
        let parts = parts(graph, &paths, &group.roots, plan);
        parts.iter().for_each(|p| judged[p.index] = true);
        judge.product(&parts, &group.roots, &group.outbound, &paths);
    }
    judge.unreached(&judged);
    judge.not_shipped();
    mismatches(graph, know, &mut judge.all.findings);
    outbound_unknown(graph, &groups, &mut judge.all.findings);
    let mut all = judge.all;
    sort(&mut all.findings);
    all.findings.dedup();
    all.choices.sort();
    all.choices.dedup();
    all.ways_out.truncate(3);
    all.obligations = obligations::finish(judge.owed);
    all.uses = judge.uses.into_iter().flatten().collect();
    all
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

struct Judge<'j> {
    graph: &'j Graph,
    plan: &'j Plan,
    known: &'j dyn Known,
    book: Book<'j>,
    all: Judgement,
    owed: BTreeMap<(String, String, String), licit_model::Obligation>,
    uses: Vec<Option<Use>>,
    /// What was said of a component; what is the same for several products is said once.
    said: BTreeSet<(usize, String)>,
}

impl Judge<'_> {
    fn id(&self, at: usize) -> String {
        self.graph.components[at].id.clone()
    }

    fn path(&self, paths: &Paths, at: usize) -> Vec<String> {
        paths.to(at).into_iter().map(|i| self.id(i)).collect()
    }

    fn say(&mut self, index: usize, finding: Finding) {
        if self.said.insert((index, finding.message.clone())) {
            self.all.findings.push(finding);
        }
    }

    /// One product: everything that its packages reach.
    fn product(&mut self, parts: &[Part], roots: &[usize], outbound: &Outbound, paths: &Paths) {
        let (offers, clashes, cut) = choose(parts, outbound, &mut self.book);
        if cut {
            self.all.bounded = Some("the choice between licenses was searched up to a bound".to_string());
        }
        for part in parts.iter().filter(|p| p.expr.is_none()) {
            let finding = self.unknown(paths, part.index);
            self.say(part.index, finding);
        }
        for offer in &offers {
            self.offer(offer, parts, outbound, paths);
        }
        let reached = reaching(self.graph, parts, &offers, &mut self.book);
        self.clashes(&clashes, &offers, parts, paths);
        self.effective(parts, &reached, paths);
        obligations::collect(self.graph, parts, &offers, &mut self.owed);
        let broken = !clashes.is_empty() || offers.iter().any(|o| o.judged().verdict == Verdict::Conflict);
        if broken {
            let costs = &self.plan.costs;
            let (ways, cut) = ways_out(self.graph, roots, parts, outbound, costs, self.known, &mut self.book);
            if cut {
                self.all.bounded = Some("ways out were searched up to a bound".to_string());
            }
            self.all.ways_out.extend(ways);
        }
    }

    fn offer(&mut self, offer: &Offer, parts: &[Part], outbound: &Outbound, paths: &Paths) {
        let judged = offer.judged();
        let worst = offer.branches.iter().map(|(_, j)| j.verdict).max().unwrap_or(Verdict::Ok);
        let several = offer.branches.len() > 1;
        let saves = several && worst >= Verdict::Review && judged.verdict <= Verdict::OkWithObligations;
        if several {
            let why = if saves {
                "the other branches do not fit how the product is shipped".to_string()
            } else if worst == judged.verdict {
                "it asks least".to_string()
            } else {
                "it fits best".to_string()
            };
            let mut components: Vec<String> =
                offer.members.iter().map(|m| self.id(parts[*m].index)).collect();
            components.sort();
            self.all.choices.push(Choice {
                offered: offer.expr.to_string(),
                taken: offer.taken(),
                why,
                components,
            });
        }
        for member in &offer.members {
            let part = &parts[*member];
            let component = &self.graph.components[part.index];
            self.uses[part.index].get_or_insert_with(|| Use {
                component: component.id.clone(),
                relation: part.usage.relation.word().to_string(),
                why: part.why.clone(),
                effective: None,
            });
            if let Some(finding) = self.ambiguous(component, &offer.expr, paths, part.index) {
                self.say(part.index, finding);
            }
            if let Some(mut finding) = self.finding(offer, part, judged, outbound, paths) {
                if saves {
                    // The choice is what keeps the product clean, so it has to be made and recorded.
                    finding.severity = Severity::Info;
                    finding.code = "license-choice".to_string();
                    finding.message = format!(
                        "offered under {}: choose {}, which fits how the product is shipped",
                        offer.expr,
                        offer.taken()
                    );
                    let record = format!("record that it is used under {}", offer.taken());
                    finding.remedies.insert(0, remedy("choose", &record));
                }
                self.say(part.index, finding);
            } else if saves {
                let record = format!("record that it is used under {}", offer.taken());
                let message = format!(
                    "offered under {}: choose {}, which fits how the product is shipped",
                    offer.expr,
                    offer.taken()
                );
                let finding = Finding {
                    code: "license-choice".to_string(),
                    severity: Severity::Info,
                    component: component.id.clone(),
                    path: self.path(paths, part.index),
                    message,
                    clauses: Vec::new(),
                    remedies: vec![remedy("choose", &record)],
                };
                self.say(part.index, finding);
            }
        }
    }

    /// What is to be said of one component under the branch that is taken; none where nothing is.
    fn finding(
        &mut self,
        offer: &Offer,
        part: &Part,
        judged: &Judged,
        outbound: &Outbound,
        paths: &Paths,
    ) -> Option<Finding> {
        let (severity, code, message) = match judged.verdict {
            Verdict::Conflict => (Severity::Error, judged.code, own_files(judged)),
            Verdict::Review => (Severity::Warning, judged.code, judged.message.clone()),
            Verdict::Ok | Verdict::OkWithObligations => {
                return self.duty(offer, part, judged, outbound, paths);
            }
        };
        let mut remedies = remedies(judged, &part.usage);
        let component = &self.graph.components[part.index];
        for alternative in self.known.alternatives(component).versions {
            let answer = crate::compat::weigh(outbound, &alternative.license, &part.usage, &mut self.book);
            let (name, version, license) = (&component.name, alternative.version, alternative.license);
            if answer.verdict <= Verdict::OkWithObligations {
                let text = format!("use {name} {version}, which is under {license}");
                remedies.insert(0, remedy("version", &text));
            } else if answer.verdict < judged.verdict {
                let text = format!("read whether {name} {version}, which is under {license}, would fit");
                remedies.push(remedy("version", &text));
            }
        }
        let mut message = message;
        if !judged.questions.is_empty() {
            message = format!("{message} ({})", judged.questions.join(" "));
        }
        Some(Finding {
            code: code.to_string(),
            severity,
            component: self.id(part.index),
            path: self.path(paths, part.index),
            message,
            clauses: judged.reasons.iter().map(clause).collect(),
            remedies,
        })
    }

    /// Duties beyond notices are worth a line of their own.
    fn duty(
        &mut self,
        offer: &Offer,
        part: &Part,
        judged: &Judged,
        outbound: &Outbound,
        paths: &Paths,
    ) -> Option<Finding> {
        let branch = offer.taken();
        let shipped = self.plan.distribution.phrase();
        let clauses = |actions: &[Action]| -> Vec<Clause> {
            let owed = judged.owed.iter().filter(|o| actions.contains(&o.action));
            owed.map(|o| Clause {
                reference: o.clause.clone(),
                says: o.text.clone(),
                source: "text".to_string(),
                at: None,
            })
            .collect()
        };
        let owes = |action| judged.owed.iter().any(|o| o.action == action);
        let reach = offer.branches[offer.taken].0.iter().map(|t| t.reach(self.book.know)).max();
        let reach = reach.unwrap_or_default();
        let whole_open = match outbound {
            Outbound::Licensed(expr) => {
                expr.terms().iter().all(|t| t.reach(self.book.know) >= licit_license::know::Reach::Work)
            }
            _ => false,
        };
        let relink =
            owes(Action::Relink) && part.usage.relation == licit_license::know::scope::Relation::Static;
        let (severity, code, message, actions, remedies) = if relink && !whole_open {
            (
                Severity::Warning,
                "relink-duty",
                format!(
                    "{branch} is linked statically: whoever receives the product must be able to relink it with a changed library, so object files or source have to be offered"
                ),
                vec![Action::Relink, Action::GiveSource],
                vec![
                    remedy("link-dynamically", "load it as a shared library that the user can replace"),
                    remedy(
                        "offer-relinking",
                        "offer object files or the source of the whole, with build scripts",
                    ),
                    remedy("replace", "use a package under permissive terms"),
                ],
            )
        } else if owes(Action::OfferOverNetwork) {
            (
                Severity::Info,
                "source-duty",
                format!(
                    "{branch} asks that those who use it over a network can get its source, changes included"
                ),
                vec![Action::OfferOverNetwork],
                Vec::new(),
            )
        } else if owes(Action::GiveSource) {
            let what = match reach {
                licit_license::know::Reach::Library => "the library",
                licit_license::know::Reach::File => "its files",
                _ if part.usage.relation == licit_license::know::scope::Relation::Process => "the program",
                _ => "the work",
            };
            if whole_open && reach < licit_license::know::Reach::Work {
                return None;
            }
            (
                Severity::Info,
                "source-duty",
                format!(
                    "{branch} asks for the complete source of {what} and its changes when the product is {shipped}"
                ),
                vec![Action::GiveSource, Action::Relink, Action::Install],
                Vec::new(),
            )
        } else if self.dormant(offer) {
            (
                Severity::Info,
                "not-conveyed",
                format!(
                    "{branch} asks for nothing as long as the product is {shipped}; it would when copies are handed out"
                ),
                Vec::new(),
                Vec::new(),
            )
        } else {
            return None;
        };
        Some(Finding {
            code: code.to_string(),
            severity,
            component: self.id(part.index),
            path: self.path(paths, part.index),
            message,
            clauses: clauses(&actions),
            remedies,
        })
    }

    /// Whether reciprocity over the whole work sleeps only because no copy is handed out.
    fn dormant(&mut self, offer: &Offer) -> bool {
        if offer.usage.conveyed() {
            return false;
        }
        let usage = offer.usage.on(licit_license::know::scope::Event::Convey);
        offer.branches[offer.taken].0.iter().any(|term| {
            let Some(terms) = self.book.terms(term) else { return false };
            let at = usage.situations();
            terms.reach >= licit_license::know::Reach::Work
                && terms.class >= Category::StrongCopyleft
                && terms.class <= Category::NetworkCopyleft
                && terms.that(Modality::Must, Action::SameLicense).any(|t| t.scope.meets(at))
        })
    }

    fn ambiguous(&self, component: &Component, expr: &Expr, paths: &Paths, index: usize) -> Option<Finding> {
        let vague = component.licenses.evidence.iter().find(|e| !e.sure && e.expression.is_some())?;
        if component.licenses.evidence.iter().any(|e| e.sure) {
            return None;
        }
        Some(Finding {
            code: "license-ambiguous".to_string(),
            severity: Severity::Warning,
            component: component.id.clone(),
            path: self.path(paths, index),
            message: format!(
                "its license field says `{}`, which is not one license; it was read as {expr}",
                vague.raw
            ),
            clauses: Vec::new(),
            remedies: vec![remedy(
                "find-out",
                "read the license text that comes with the package and record what it is",
            )],
        })
    }

    fn unknown(&self, paths: &Paths, index: usize) -> Finding {
        let component = &self.graph.components[index];
        let image = component.kind == licit_model::Kind::Container;
        let message = match component.licenses.evidence.first() {
            Some(evidence) => format!(
                "its license could not be read from {}: `{}`{}",
                evidence.location,
                evidence.raw,
                evidence.note.as_deref().map(|n| format!(" ({n})")).unwrap_or_default()
            ),
            None if image => {
                "an image holds the works of many, and its name says nothing of their licenses".to_string()
            }
            None => "no license is known: no file of the tree states one and no installed copy was found"
                .to_string(),
        };
        let wayout = if image {
            "make an SBOM of the image, and have its packages judged with it"
        } else {
            "install or fetch the dependencies so that their license files are on disk, and scan again"
        };
        Finding {
            code: if image { "image-unread" } else { "license-unknown" }.to_string(),
            severity: Severity::Warning,
            component: component.id.clone(),
            path: self.path(paths, index),
            message,
            clauses: Vec::new(),
            remedies: vec![remedy("find-out", wayout)],
        }
    }

    /// Two parts of one work that refuse each other, whatever the outbound license: one finding a pair of licenses.
    fn clashes(&mut self, clashes: &[Clash], offers: &[Offer], parts: &[Part], paths: &Paths) {
        let mut by: BTreeMap<(Term, Term), (BTreeSet<usize>, BTreeSet<usize>)> = BTreeMap::new();
        for clash in clashes {
            // A part that collides with the outbound license is named there already.
            let told = |n: usize| offers[n].judged().verdict == Verdict::Conflict;
            if told(clash.asks) || told(clash.refused) {
                continue;
            }
            let entry = by.entry((clash.license.clone(), clash.other.clone())).or_default();
            entry.0.extend(offers[clash.asks].members.iter().map(|m| parts[*m].index));
            entry.1.extend(offers[clash.refused].members.iter().map(|m| parts[*m].index));
        }
        for ((license, other), (asking, refused)) in by {
            let (Some(&first), Some(&second)) = (asking.first(), refused.first()) else { continue };
            let (Some(whole), Some(part)) = (self.book.terms(&license), self.book.terms(&other)) else {
                continue;
            };
            let fitting = self.book.fits(&part, &whole);
            let more = match refused.len() {
                1 => String::new(),
                n => format!(" and {} more under it", n - 1),
            };
            let message = format!(
                "{license} and {other} (in {}{more}) cannot be conveyed in one work: {}",
                self.graph.components[second].name, fitting.why
            );
            let clauses = fitting
                .clauses
                .iter()
                .map(|(c, t, s)| Clause {
                    reference: c.clone(),
                    says: t.clone(),
                    source: s.clone(),
                    at: None,
                })
                .collect();
            let finding = Finding {
                code: "licenses-collide".to_string(),
                severity: Severity::Error,
                component: self.id(first),
                path: self.path(paths, first),
                message,
                clauses,
                remedies: vec![
                    remedy("replace", "replace one of the two by a package under terms that fit the other"),
                    remedy("isolate", "run one of them as a separate program; review with counsel"),
                ],
            };
            self.say(first, finding);
        }
    }

    /// Packages that are under more than they declare, because of what they bring.
    fn effective(&mut self, parts: &[Part], reached: &BTreeMap<usize, BTreeMap<Term, usize>>, paths: &Paths) {
        for part in parts {
            let (Some(by), Some(own)) = (reached.get(&part.index), &part.expr) else { continue };
            let mut beyond: Vec<(Term, usize)> = Vec::new();
            for (term, carrier) in by {
                let Some(terms) = self.book.terms(term) else { continue };
                if self.book.fits_all(&terms, own).fit != crate::compatible::Fit::Yes {
                    beyond.push((term.clone(), *carrier));
                }
            }
            let Some((first, carrier)) = beyond.first() else { continue };
            let list = beyond.iter().map(|(t, _)| t.to_string()).collect::<Vec<_>>().join(" AND ");
            if let Some(used) = &mut self.uses[part.index] {
                used.effective = Some(list);
            }
            // Only what the project asks for itself is worth a line; the rest stands in the document.
            if paths.to(part.index).len() == 2 {
                let finding = Finding {
                    code: "effective-license".to_string(),
                    severity: Severity::Info,
                    component: self.id(part.index),
                    path: self.path(paths, part.index),
                    message: format!(
                        "declares {own}, but brings in {} under {first}: conveyed together, the package is under {first} in effect",
                        self.graph.components[*carrier].name
                    ),
                    clauses: Vec::new(),
                    remedies: Vec::new(),
                };
                self.say(part.index, finding);
            }
        }
    }

    /// Components that count as shipped but that no path reaches: judged against what the user told, without a path.
    fn unreached(&mut self, judged: &[bool]) {
        let outbound = self.plan.outbound.clone().unwrap_or(Outbound::Unknown);
        let paths = self.graph.paths();
        let mut parts: Vec<Part> = Vec::new();
        for (index, component) in self.graph.components.iter().enumerate() {
            if judged[index] || component.first_party || !component.scope.ships() {
                continue;
            }
            let linkage = component.ecosystem.map_or(Linkage::Unknown, licit_model::Ecosystem::usual_linkage);
            let (usage, why) = usage_of(component, linkage, self.plan);
            let expr = component.licenses.concluded.as_deref().and_then(Expr::parse);
            let joined = usage.relation;
            parts.push(Part { index, expr, usage, joined, why });
        }
        self.product(&parts, &[], &outbound, &paths);
    }

    /// What is not shipped may still be used against its terms: limits on ends and users do not wait for conveyance.
    fn not_shipped(&mut self) {
        let paths = self.graph.paths();
        for (index, component) in self.graph.components.iter().enumerate() {
            if component.first_party || component.scope.ships() {
                continue;
            }
            let Some(expr) = component.licenses.concluded.as_deref().and_then(Expr::parse) else { continue };
            let limited = |t: &&Term| {
                matches!(t.category(self.book.know), Category::SourceAvailable | Category::AiCustom)
            };
            if !expr.terms().iter().any(limited) {
                continue;
            }
            let (usage, _) = usage_of(component, Linkage::None, self.plan);
            let relation = if component.scope == licit_model::Scope::Test {
                licit_license::know::scope::Relation::Test
            } else {
                licit_license::know::scope::Relation::Build
            };
            use licit_license::know::scope::Event::{Convey, Host, Internal, Production};
            let usage = usage.by(relation).without(Convey).without(Host).without(Production).on(Internal);
            let branches = expr.branches();
            let judged = branches
                .iter()
                .map(|b| together(b, &Outbound::Unknown, &usage, &mut self.book))
                .min_by_key(|j| j.verdict);
            let Some(judged) =
                judged.filter(|j| j.verdict >= Verdict::Review && j.code == "restricted-terms")
            else {
                continue;
            };
            let question = match judged.questions.as_slice() {
                [] => String::new(),
                list => format!(" ({})", list.join(" ")),
            };
            let severity =
                if judged.verdict == Verdict::Conflict { Severity::Error } else { Severity::Warning };
            let finding = Finding {
                code: judged.code.to_string(),
                severity,
                component: component.id.clone(),
                path: self.path(&paths, index),
                message: format!("used to build or test: {}{question}", judged.message),
                clauses: judged.reasons.iter().map(clause).collect(),
                remedies: remedies(&judged, &usage),
            };
            self.say(index, finding);
        }
    }

    /// One of the project's own packages whose stated terms do not fit the terms of the product that it is part of.
    /// Its owners may relicense it if they hold all rights, so this is a question and not a conflict.
    fn own_terms(
        &mut self,
        paths: &Paths,
        index: usize,
        component: &Component,
        group: &Group,
    ) -> Option<Finding> {
        let part =
            if group.roots.contains(&index) { self.plan.outbound.is_some() } else { paths.ships(index) };
        let expr = component.licenses.concluded.as_deref().and_then(Expr::parse)?;
        if !part || !component.scope.ships() || group.outbound == Outbound::Unknown {
            return None;
        }
        let linkage = paths.linkage(index).unwrap_or(Linkage::Static);
        let (usage, _) = usage_of(component, linkage, self.plan);
        let outbound = &group.outbound;
        let book = &mut self.book;
        let best =
            expr.branches().iter().map(|b| together(b, outbound, &usage, book)).min_by_key(|j| j.verdict)?;
        let states = "state the terms under which it really goes out, if its owners hold all rights";
        (best.verdict >= Verdict::Review).then(|| Finding {
            code: "own-license-differs".to_string(),
            severity: Severity::Warning,
            component: component.id.clone(),
            path: self.path(paths, index),
            message: format!(
                "this package of the project itself states {expr}, which does not fit a product that goes out under {outbound}"
            ),
            clauses: best.reasons.iter().map(clause).collect(),
            remedies: vec![
                remedy("state-terms", states),
                remedy("relicense", &format!("convey the product under terms that {expr} allows")),
            ],
        })
    }
}

fn own_files(judged: &Judged) -> String {
    match judged.code {
        "reciprocity-conflict" => format!("{}; own files may keep their license", judged.message),
        _ => judged.message.clone(),
    }
}

/// General ways out; the cheapest set for the whole product stands beside the findings.
fn remedies(judged: &Judged, usage: &Usage) -> Vec<Remedy> {
    use licit_license::know::scope::Relation;
    let mut list = Vec::new();
    if judged.fits_when.contains(&Relation::Dynamic) && usage.relation == Relation::Static {
        list.push(remedy("link-dynamically", "load it as a library that the user can replace"));
    }
    match judged.code {
        "reciprocity-conflict" | "license-incompatible" | "outbound-narrowed" => {
            list.push(remedy("replace", "use a package that does the same under terms that fit"));
            if judged.fits_when.contains(&Relation::Process) {
                list.push(remedy(
                    "isolate",
                    "run it as a separate program that exchanges only plain data; review with counsel",
                ));
            }
            list.push(remedy(
                "relicense",
                "convey the work under terms that fit; `licit compat --outbound '*'` lists them",
            ));
        }
        "reciprocity-review" => {
            list.push(remedy("say-outbound", "say the outbound license with --outbound or in licit.toml"));
        }
        "restricted-terms" => {
            list.push(remedy(
                "ask-counsel",
                "have the terms weighed against how the product is used and sold",
            ));
            list.push(remedy(
                "replace",
                "use a package under an open license, or an earlier release that was under one",
            ));
        }
        "no-public-license" => {
            list.push(remedy("find-agreement", "find the agreement that covers it and record it"));
            list.push(remedy("replace", "use a package under an open license"));
        }
        _ => list.push(remedy("ask-counsel", "have the text read and its terms recorded")),
    }
    list
}

fn clause(reason: &Reason) -> Clause {
    Clause {
        reference: reason.clause.clone(),
        says: reason.text.clone(),
        source: reason.source.clone(),
        at: None,
    }
}

/// Packages whose texts state a stricter license than their metadata declares.
fn mismatches(graph: &Graph, know: &Knowledge, findings: &mut Vec<Finding>) {
    let paths = graph.paths();
    for (index, component) in graph.components.iter().enumerate().filter(|(_, c)| c.scope.ships()) {
        for text in component.licenses.evidence.iter() {
            let Some(review) = &text.review else { continue };
            findings.push(Finding {
                code: "license-text-changed".to_string(),
                severity: Severity::Warning,
                component: component.id.clone(),
                path: paths.to(index).into_iter().map(|i| graph.components[i].id.clone()).collect(),
                message: format!("{}: {review}", text.location),
                clauses: Vec::new(),
                remedies: vec![remedy("find-out", "read these lines beside the license's own text")],
            });
        }
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
            // What the text offers as a choice may be left; only what every branch holds goes beyond the field.
            let beyond = |branch: &Vec<&Term>| -> Option<Term> {
                branch
                    .iter()
                    .filter(|t| !declared.terms().iter().any(|d| same_text(&d.id, &t.id)))
                    .find(|t| t.category(know) > Category::Data)
                    .map(|t| (*t).clone())
            };
            let branches = found.branches();
            let each: Vec<Option<Term>> = branches.iter().map(beyond).collect();
            let Some(Some(first)) = each.iter().min_by_key(|t| t.is_some()) else { continue };
            let why = text.note.as_deref().map(|n| format!(" ({n})")).unwrap_or_default();
            let clauses = know.license(&first.id).map(|l| {
                let kept = l.clauses.iter().filter(|c| c.kind == "reciprocity");
                let source = l.sources.first().cloned().unwrap_or_default();
                kept.map(|c| Clause {
                    reference: format!("{} {}", l.id, c.reference),
                    says: c.says.clone(),
                    source: source.clone(),
                    at: None,
                })
                .collect()
            });
            findings.push(Finding {
                code: "license-mismatch".to_string(),
                severity: Severity::Warning,
                component: component.id.clone(),
                path: paths.to(index).into_iter().map(|i| graph.components[i].id.clone()).collect(),
                message: format!(
                    "its metadata declares {declared}, but {} holds {first}{why}",
                    text.location
                ),
                clauses: clauses.unwrap_or_default(),
                remedies: vec![remedy(
                    "find-out",
                    "read the text and ask the authors which of the two holds for what you use",
                )],
            });
        }
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

fn remedy(action: &str, text: &str) -> Remedy {
    Remedy { action: action.to_string(), text: text.to_string() }
}
