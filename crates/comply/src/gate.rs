//! The gate: a judged scan against a policy.
//!
//! Findings come to what the policy says of their code, or else of their severity. The lists are held against the
//! branch that the product takes; where the policy refuses that branch and another one fits the product as well, the
//! gate takes the other and says so.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use licit_license::know::{Reach, scope::Relation};
use licit_license::{Expr, Knowledge, Term};
use licit_model::graph::Paths;
use licit_model::{Choice, Clause, Component, Finding, Graph, Kind, Linkage, Remedy, Scan, Severity};

use crate::compatible::Fit;
use crate::parts::{parts, usage_of};
use crate::policy::{DENIED, Level, NOT_ALLOWED, Policy, REVIEW, Standing, Told, UNKNOWN};
use crate::product::{Outbound, Plan, groups};
use crate::usage::Usage;
use crate::verdict::{Book, Verdict, together};

/// Something that the policy does not let pass, or shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The finding's code, or one of the codes of the lists.
    pub code: String,
    /// Id of the component.
    pub component: String,
    /// The license that is judged: the branch taken where there is a choice; none where none is known.
    pub license: Option<String>,
    /// Ids from one of the project's own packages to the component; empty where no path is known.
    pub path: Vec<String>,
    /// What is the matter, in a sentence.
    pub message: String,
    /// Which line of the policy decided.
    pub policy: Told,
    /// What it rests on.
    pub clauses: Vec<Clause>,
    /// Ways out, smallest first.
    pub remedies: Vec<Remedy>,
}

/// What the gate says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcome {
    /// What fails.
    pub failed: Vec<Violation>,
    /// What is shown and does not fail.
    pub warned: Vec<Violation>,
    /// How many findings of severity error or warning a line of the policy leaves out, by line.
    pub ignored: BTreeMap<Told, usize>,
    /// Branches that are taken because the policy refuses the judge's.
    pub choices: Vec<Choice>,
    /// Whether the policy asks for a complete scan and this one is not.
    pub incomplete: bool,
}

impl Outcome {
    /// Nothing fails, and what was asked to be complete is.
    pub fn passes(&self) -> bool {
        self.failed.is_empty() && !self.incomplete
    }
}

/// Holds a scan against a policy. Violations keep the order of the findings; those of the lists follow by component.
pub fn check(scan: &Scan, plan: &Plan, policy: &Policy, know: &Knowledge) -> Outcome {
    let mut taken: HashMap<&str, Vec<Vec<Term>>> = HashMap::new();
    for choice in &scan.choices {
        let Some(expr) = Expr::parse(&choice.taken) else { continue };
        let branch: Vec<Term> = expr.terms().into_iter().cloned().collect();
        for component in &choice.components {
            let branches = taken.entry(component).or_default();
            if !branches.contains(&branch) {
                branches.push(branch.clone());
            }
        }
    }
    let at = scan.graph.components.iter().enumerate().map(|(i, c)| (c.id.as_str(), i)).collect();
    let mut gate = Gate {
        scan,
        plan,
        policy,
        know,
        taken,
        at,
        fitting: None,
        said: BTreeSet::new(),
        switched: BTreeMap::new(),
        outcome: Outcome {
            incomplete: policy.asks_for_everything() && !scan.complete(),
            ..Outcome::default()
        },
    };
    scan.findings.iter().for_each(|f| gate.finding(f));
    gate.lists();
    let switched = std::mem::take(&mut gate.switched);
    let choice = |((offered, taken), components): ((String, String), Vec<String>)| Choice {
        offered,
        taken,
        why: "the policy refuses the branch that asks least, and this one fits as well".to_string(),
        components,
    };
    gate.outcome.choices = switched.into_iter().map(choice).collect();
    gate.outcome
}

struct Gate<'g> {
    scan: &'g Scan,
    plan: &'g Plan,
    policy: &'g Policy,
    know: &'g Knowledge,
    /// Branches that the judge took, by component.
    taken: HashMap<&'g str, Vec<Vec<Term>>>,
    /// Numbers of components by id.
    at: HashMap<&'g str, usize>,
    /// Made when the first branch is refused; most scans never need it.
    fitting: Option<Fitting<'g>>,
    /// Components whose license is said to be unknown.
    said: BTreeSet<usize>,
    /// Expression and branch to the components that take it.
    switched: BTreeMap<(String, String), Vec<String>>,
    outcome: Outcome,
}

impl<'g> Gate<'g> {
    fn component(&self, id: &str) -> Option<&'g Component> {
        self.at.get(id).map(|i| &self.scan.graph.components[*i])
    }

    fn finding(&mut self, finding: &Finding) {
        let (mut level, mut told) = self.policy.level(&finding.code, finding.severity);
        let component = self.component(&finding.component);
        if level == Level::Fail && finding.code == UNKNOWN && !self.policy.names(UNKNOWN) {
            let read = component.is_some_and(|c| self.read_by_somebody(c));
            if read {
                level = Level::Warn;
                told.rule = "the lists name the license, so somebody has read it".to_string();
            }
        }
        if finding.code == UNKNOWN && level > Level::Ignore {
            self.said.extend(self.at.get(finding.component.as_str()));
        }
        let license = component.and_then(|c| self.license(c));
        let violation = Violation {
            code: finding.code.clone(),
            component: finding.component.clone(),
            license,
            path: finding.path.clone(),
            message: finding.message.clone(),
            policy: told,
            clauses: finding.clauses.clone(),
            remedies: finding.remedies.clone(),
        };
        // Severity info is no news; what a line of the policy hides is counted.
        let hidden = level == Level::Ignore && finding.severity < Severity::Info;
        if hidden {
            *self.outcome.ignored.entry(violation.policy).or_default() += 1;
        } else if level > Level::Ignore {
            self.put(level, component, violation);
        }
    }

    fn put(&mut self, level: Level, component: Option<&Component>, mut violation: Violation) {
        let outside = component.filter(|c| !self.policy.counts(c.scope));
        match (level, outside) {
            (Level::Fail, None) => self.outcome.failed.push(violation),
            (Level::Fail, Some(component)) => {
                let told = &self.policy.scopes_at;
                let rule =
                    format!("{}; scope `{}` only warns", violation.policy.rule, component.scope.word());
                // The line that turned a failure into a warning is the one that decided.
                violation.policy = Told { at: told.clone(), rule };
                self.outcome.warned.push(violation);
            }
            (Level::Warn, _) => self.outcome.warned.push(violation),
            (Level::Ignore, _) => *self.outcome.ignored.entry(violation.policy).or_default() += 1,
        }
    }

    /// The license that is judged: what is taken, or else all that is concluded.
    fn license(&self, component: &Component) -> Option<String> {
        match self.taken.get(component.id.as_str()).map(Vec::as_slice) {
            Some([branch]) => Some(words(branch)),
            _ => component.licenses.concluded.clone(),
        }
    }

    /// Whether every license without a class is named by id in the lists.
    fn read_by_somebody(&self, component: &Component) -> bool {
        let Some(expr) = component.licenses.concluded.as_deref().and_then(Expr::parse) else { return false };
        let whole = || vec![expr.terms().into_iter().cloned().collect::<Vec<Term>>()];
        let branches = self.taken.get(component.id.as_str()).cloned().unwrap_or_else(whole);
        let unclear = |t: &&Term| t.category(self.know) == licit_model::Category::Unknown;
        branches.iter().flatten().filter(unclear).all(|t| self.policy.read_by_somebody(t))
    }

    /// Every component of others against the lists.
    fn lists(&mut self) {
        let policy = self.policy;
        if [&policy.allow, &policy.deny, &policy.review].iter().all(|l| l.entries.is_empty()) {
            return;
        }
        let paths = self.scan.graph.paths();
        for (index, component) in self.scan.graph.components.iter().enumerate() {
            if component.first_party {
                continue;
            }
            let place = Place { index, component, paths: &paths };
            match component.licenses.concluded.as_deref().and_then(Expr::parse) {
                None if self.said.contains(&index) => {}
                // No list of licenses can hold an image, which is many works; `image-unread` speaks of it.
                None if component.kind == Kind::Container => {}
                None => self.refuse(&place, None, &policy.nothing_known(), None),
                Some(expr) => self.branches(&place, &expr),
            }
        }
    }

    fn branches(&mut self, place: &Place<'g, '_>, expr: &Expr) {
        let policy = self.policy;
        let all = expr.branches();
        let stands = |branch: &[&Term]| policy.together(branch, self.know).0.rank();
        let Some(taken) = self.taken.get(place.component.id.as_str()) else {
            // Nobody took a branch, so whoever uses it may still take the one that stands best.
            if let Some(best) = all.iter().min_by_key(|b| stands(b)) {
                let (standing, term) = policy.together(best, self.know);
                self.refuse(place, Some(&words_of(best)), &standing, term);
            }
            return;
        };
        for branch in taken.clone() {
            let refs: Vec<&Term> = branch.iter().collect();
            let (standing, term) = policy.together(&refs, self.know);
            if standing.rank() == 0 {
                continue;
            }
            let mut milder: Vec<&Vec<&Term>> = all.iter().filter(|b| stands(b) < standing.rank()).collect();
            milder.sort_by_key(|b| stands(b));
            match milder.into_iter().find(|b| self.fits(place.index, &refs, b)) {
                None => self.refuse(place, Some(&words_of(&refs)), &standing, term),
                Some(other) => {
                    let key = (expr.to_string(), words_of(other));
                    self.switched.entry(key).or_default().push(place.component.id.clone());
                    let (standing, term) = policy.together(other, self.know);
                    self.refuse(place, Some(&words_of(other)), &standing, term);
                }
            }
        }
    }

    /// Whether the product may take another branch and is no worse for it.
    fn fits(&mut self, index: usize, taken: &[&Term], other: &[&Term]) -> bool {
        let (scan, plan, know, all) = (self.scan, self.plan, self.know, &self.taken);
        self.fitting.get_or_insert_with(|| Fitting::new(scan, plan, know, all)).no_worse(index, taken, other)
    }

    fn refuse(
        &mut self,
        place: &Place<'g, '_>,
        license: Option<&str>,
        standing: &Standing<'_>,
        term: Option<&Term>,
    ) {
        let component = place.component;
        let class = term.map(|t| t.category(self.know).word()).unwrap_or("unknown");
        let what =
            term.map_or_else(|| "no license is known, which".to_string(), |t| format!("{t} ({class})"));
        let (code, severity, message, mut policy) = match standing {
            Standing::Fine => return,
            Standing::Denied(entry) => (
                DENIED,
                Severity::Error,
                format!("{what} is on the deny list"),
                Told { at: entry.at.clone(), rule: format!("deny `{}`", entry.pattern) },
            ),
            Standing::Outside => (
                NOT_ALLOWED,
                Severity::Error,
                format!("{what} is not on the allow list"),
                Told { at: self.policy.allow.at.clone(), rule: "allow".to_string() },
            ),
            Standing::Review(entry) => (
                REVIEW,
                Severity::Warning,
                format!("{what} is on the review list: a person has to look"),
                Told { at: entry.at.clone(), rule: format!("review `{}`", entry.pattern) },
            ),
        };
        let (level, told) = self.policy.level(code, severity);
        if self.policy.names(code) {
            policy = told;
        }
        let violation = Violation {
            code: code.to_string(),
            component: component.id.clone(),
            license: license.map(str::to_string),
            path: place.path(&self.scan.graph),
            message,
            policy,
            clauses: Vec::new(),
            remedies: remedies(standing, component, term),
        };
        self.put(level, Some(component), violation);
    }
}

/// A component that is held against the lists.
struct Place<'g, 'p> {
    index: usize,
    component: &'g Component,
    paths: &'p Paths,
}

impl Place<'_, '_> {
    fn path(&self, graph: &Graph) -> Vec<String> {
        self.paths.to(self.index).into_iter().map(|i| graph.components[i].id.clone()).collect()
    }
}

fn remedies(standing: &Standing<'_>, component: &Component, term: Option<&Term>) -> Vec<Remedy> {
    let remedy = |action: &str, text: &str| Remedy { action: action.to_string(), text: text.to_string() };
    let mut list = match (standing, term) {
        (_, None) => vec![remedy(
            "find-out",
            "install or fetch the dependencies so that their license files are on disk, and scan again",
        )],
        (Standing::Review(_), _) => {
            vec![remedy("ask-counsel", "have the terms weighed against how it is used and record the answer")]
        }
        (Standing::Outside, Some(term)) => vec![
            remedy("replace", "use a package whose license is on the allow list"),
            remedy("allow", &format!("have {term} reviewed, and add it to `allow` if it may pass")),
        ],
        _ => vec![remedy("replace", "use a package under other terms")],
    };
    if component.scope == licit_model::Scope::Optional {
        list.push(remedy("drop", "leave it out: it is optional"));
    }
    list
}

fn words(branch: &[Term]) -> String {
    branch.iter().map(ToString::to_string).collect::<Vec<_>>().join(" AND ")
}

fn words_of(branch: &[&Term]) -> String {
    branch.iter().map(ToString::to_string).collect::<Vec<_>>().join(" AND ")
}

/// How each component is used in each product, so that another branch can be weighed as the judge would.
struct Fitting<'g> {
    book: Book<'g>,
    /// By component: how it is used, and under which number the product goes out.
    uses: Vec<Vec<(Usage, usize)>>,
    outbounds: Vec<Outbound>,
    /// Licenses that are taken and ask for the whole work; what joins them has to fit each.
    asking: BTreeSet<Term>,
}

impl<'g> Fitting<'g> {
    fn new(
        scan: &Scan,
        plan: &Plan,
        know: &'g Knowledge,
        taken: &HashMap<&str, Vec<Vec<Term>>>,
    ) -> Fitting<'g> {
        let graph = &scan.graph;
        let groups = groups(graph, plan, know);
        let mut outbounds: Vec<Outbound> = groups.iter().map(|g| g.outbound.clone()).collect();
        let mut uses = vec![Vec::new(); graph.components.len()];
        for (number, group) in groups.iter().enumerate() {
            let paths = graph.paths_from(&|at| group.roots.contains(&at));
            for part in parts(graph, &paths, &group.roots, plan) {
                uses[part.index].push((part.usage, number));
            }
        }
        // What no path reaches is judged against what the user told.
        outbounds.push(plan.outbound.clone().unwrap_or(Outbound::Unknown));
        let last = outbounds.len() - 1;
        for (index, component) in graph.components.iter().enumerate().filter(|(_, c)| c.scope.ships()) {
            if uses[index].is_empty() {
                let linkage =
                    component.ecosystem.map_or(Linkage::Unknown, licit_model::Ecosystem::usual_linkage);
                uses[index].push((usage_of(component, linkage, plan).0, last));
            }
        }
        let mut book = Book::new(know);
        let asking = asking(graph, taken, &uses, &mut book);
        Fitting { book, uses, outbounds, asking }
    }

    fn no_worse(&mut self, index: usize, taken: &[&Term], other: &[&Term]) -> bool {
        if self.uses[index].is_empty() {
            return false;
        }
        for (usage, number) in self.uses[index].clone() {
            let outbound = &self.outbounds[number];
            let before = together(taken, outbound, &usage, &mut self.book).verdict;
            let after = together(other, outbound, &usage, &mut self.book).verdict;
            if after > before.max(Verdict::OkWithObligations) {
                return false;
            }
            let own = |t: &Term| matches!(outbound, Outbound::Licensed(o) if o.terms().contains(&t));
            // Every other part would have to be weighed against a license that asks for the whole work.
            if other.iter().any(|t| t.reach(self.book.know) >= Reach::Work && !own(t)) {
                return false;
            }
        }
        other.iter().all(|term| self.joins(term))
    }

    /// Whether a license is refused by none of those that ask for the whole work.
    fn joins(&mut self, term: &Term) -> bool {
        let Some(part) = self.book.terms(term) else { return false };
        for whole in &self.asking {
            let Some(whole) = self.book.terms(whole) else { continue };
            if whole.term != *term && self.book.fits(&part, &whole).fit == Fit::No {
                return false;
            }
        }
        true
    }
}

/// Licenses with reach over the whole work that are taken by parts which are joined to it.
fn asking(
    graph: &Graph,
    taken: &HashMap<&str, Vec<Vec<Term>>>,
    uses: &[Vec<(Usage, usize)>],
    book: &mut Book<'_>,
) -> BTreeSet<Term> {
    let joined = |u: &(Usage, usize)| {
        matches!(u.0.relation, Relation::Static | Relation::Dynamic | Relation::Copied | Relation::Embedded)
    };
    let mut asking = BTreeSet::new();
    for (index, component) in graph.components.iter().enumerate() {
        if component.first_party || !uses[index].iter().any(joined) {
            continue;
        }
        let whole = component.licenses.concluded.as_deref().and_then(Expr::parse);
        let terms: Vec<Term> = match (taken.get(component.id.as_str()), &whole) {
            (Some(branches), _) => branches.iter().flatten().cloned().collect(),
            (None, Some(expr)) => expr.terms().into_iter().cloned().collect(),
            (None, None) => continue,
        };
        asking.extend(terms.into_iter().filter(|t| t.reach(book.know) >= Reach::Work));
    }
    asking
}

#[cfg(test)]
mod tests {
    use licit_model::{Category, Edge, Licenses, Origin, Problem, Scope};

    use super::*;
    use crate::judge;
    use crate::policy::{CodeRule, Entry, List, Pattern};

    /// An app under a license with dependencies: name, license, scope.
    fn scan(own: &str, parts: &[(&str, &str, Scope)]) -> Scan {
        let know = Knowledge::embedded();
        let one = |name: &str, license: &str, scope: Scope, first_party: bool| {
            let expr = Expr::parse(license);
            let concluded = expr.as_ref().map(ToString::to_string);
            let category = expr.map_or(Category::Unknown, |e| e.category(know));
            Component {
                id: name.to_string(),
                purl: None,
                ecosystem: None,
                kind: licit_model::Kind::Library,
                name: name.to_string(),
                version: "1".to_string(),
                requested: None,
                scope,
                relationship: licit_model::Relationship::Unknown,
                first_party,
                locations: Vec::new(),
                source: licit_model::Source::Unknown,
                hashes: Vec::new(),
                licenses: Licenses { concluded, category, ..Licenses::default() },
                freshness: None,
                model: None,
            }
        };
        let mut components = vec![one("app", own, Scope::Runtime, true)];
        components.extend(parts.iter().map(|(name, license, scope)| one(name, license, *scope, false)));
        let edge = |to: usize| Edge {
            from: 0,
            to,
            scope: components[to].scope,
            linkage: Linkage::Static,
            origin: 0,
        };
        let edges = (1..components.len()).map(edge).collect();
        let origins = vec![Origin { path: "lock".to_string(), ceiling: Scope::Runtime }];
        let graph = Graph { components, edges, origins };
        let judged = judge(&graph, &Plan::default(), know);
        Scan { graph, findings: judged.findings, choices: judged.choices, ..Scan::default() }
    }

    fn list(words: &[&str]) -> List {
        let entry = |word: &&str| Entry {
            pattern: Pattern::parse(word, Knowledge::embedded()).unwrap(),
            at: "licit.toml:2".to_string(),
        };
        List { at: "licit.toml:1".to_string(), entries: words.iter().map(entry).collect() }
    }

    fn lists(allow: &[&str], deny: &[&str]) -> Policy {
        Policy { allow: list(allow), deny: list(deny), ..Policy::default() }
    }

    fn run(scan: &Scan, policy: &Policy) -> Outcome {
        check(scan, &Plan::default(), policy, Knowledge::embedded())
    }

    fn failed(outcome: &Outcome) -> Vec<(&str, &str)> {
        outcome.failed.iter().map(|v| (v.code.as_str(), v.component.as_str())).collect()
    }

    #[test]
    fn the_built_in_policy_fails_on_conflicts_and_on_the_unknown() {
        let scan = scan(
            "MIT",
            &[
                ("a", "GPL-3.0-only", Scope::Runtime),
                ("b", "", Scope::Optional),
                ("c", "", Scope::Dev),
                ("d", "ISC", Scope::Runtime),
            ],
        );
        let outcome = run(&scan, &Policy::default());
        assert_eq!(failed(&outcome), [("reciprocity-conflict", "a"), ("license-unknown", "b")]);
        assert_eq!(outcome.failed[0].path, ["app", "a"]);
        assert_eq!(outcome.failed[0].policy.at, "built-in policy");
        assert!(!outcome.failed[0].remedies.is_empty() && !outcome.passes());
    }

    #[test]
    fn copyleft_never_passes_an_allow_list_that_does_not_name_it() {
        for license in ["GPL-3.0-only", "AGPL-3.0-only", "LGPL-2.1-only", "MPL-2.0", "MIT AND GPL-2.0-only"] {
            let scan = scan("GPL-3.0-only", &[("a", license, Scope::Runtime)]);
            let outcome = run(&scan, &lists(&["MIT"], &[]));
            assert!(failed(&outcome).contains(&("license-not-allowed", "a")), "{license}");
        }
    }

    #[test]
    fn the_branch_that_is_taken_decides() {
        let scan = scan("MIT", &[("a", "MIT OR GPL-3.0-only", Scope::Runtime)]);
        let outcome = run(&scan, &lists(&["MIT"], &["strong-copyleft"]));
        assert!(outcome.passes(), "{outcome:?}");
        // The other branch collides with the product, so the policy cannot have it.
        let outcome = run(&scan, &lists(&["GPL-3.0-only"], &[]));
        assert_eq!(failed(&outcome), [("license-not-allowed", "a")]);
        assert_eq!(outcome.failed[0].license.as_deref(), Some("MIT"));
    }

    #[test]
    fn another_branch_that_fits_as_well_is_taken_and_said() {
        let scan = scan("MIT", &[("a", "Unlicense OR MIT", Scope::Runtime)]);
        for allowed in ["MIT", "Unlicense"] {
            assert!(run(&scan, &lists(&[allowed], &[])).passes(), "{allowed}");
        }
        let choices: usize =
            ["MIT", "Unlicense"].iter().map(|a| run(&scan, &lists(&[a], &[])).choices.len()).sum();
        assert_eq!(choices, 1);
        // Apache-2.0 is refused by a part under GPL-2.0-only that asks for the whole work.
        let scan = self::scan(
            "GPL-2.0-only",
            &[("a", "MIT OR Apache-2.0", Scope::Runtime), ("b", "GPL-2.0-only", Scope::Runtime)],
        );
        let outcome = run(&scan, &lists(&["Apache-2.0", "GPL-2.0-only"], &[]));
        assert_eq!(failed(&outcome), [("license-not-allowed", "a")]);
    }

    #[test]
    fn scopes_that_do_not_count_only_warn() {
        let scan = scan("MIT", &[("a", "GPL-3.0-only", Scope::Dev)]);
        let outcome = run(&scan, &lists(&[], &["strong-copyleft"]));
        assert!(outcome.passes());
        assert_eq!(outcome.warned[0].code, "license-denied");
        assert!(outcome.warned[0].policy.rule.contains("`dev` only warns"));
        let policy = Policy { scopes: vec![Scope::Runtime, Scope::Dev], ..lists(&[], &["strong-copyleft"]) };
        assert_eq!(failed(&run(&scan, &policy)), [("license-denied", "a")]);
    }

    #[test]
    fn what_is_ignored_is_counted_and_the_unknown_stays_outside_the_allow_list() {
        let scan = scan("MIT", &[("a", "", Scope::Runtime)]);
        let ignore = |level| CodeRule { code: UNKNOWN.to_string(), level, at: "licit.toml:4".to_string() };
        let mut policy = Policy { codes: vec![ignore(Level::Ignore)], ..Policy::default() };
        let outcome = run(&scan, &policy);
        assert!(outcome.passes());
        assert_eq!(outcome.ignored.values().sum::<usize>(), 1);
        policy.allow = list(&["permissive"]);
        assert_eq!(failed(&run(&scan, &policy)), [("license-not-allowed", "a")]);
        policy.codes = vec![ignore(Level::Warn)];
        assert!(run(&scan, &policy).passes(), "a warning that was asked for is said once");
    }

    #[test]
    fn a_license_of_ones_own_passes_where_it_is_named() {
        let scan = scan("MIT", &[("a", "LicenseRef-Acme", Scope::Runtime)]);
        assert!(!run(&scan, &lists(&["permissive"], &[])).passes());
        assert!(!run(&scan, &Policy::default()).passes());
        let outcome = run(&scan, &lists(&["LicenseRef-Acme"], &[]));
        assert!(outcome.passes(), "{outcome:?}");
        assert_eq!(outcome.warned[0].code, "license-unknown");
    }

    #[test]
    fn a_large_graph_is_held_against_the_lists_fast() {
        let names: Vec<String> = (0..10_000).map(|n| format!("p{n:05}")).collect();
        let license = |n: usize| {
            if n.is_multiple_of(2) { "Unlicense OR MIT OR Apache-2.0" } else { "BSD-2-Clause OR ISC" }
        };
        let parts: Vec<(&str, &str, Scope)> =
            names.iter().enumerate().map(|(n, name)| (name.as_str(), license(n), Scope::Runtime)).collect();
        let scan = scan("MIT", &parts);
        let started = std::time::Instant::now();
        let outcome = run(&scan, &lists(&["Apache-2.0"], &[]));
        let took = started.elapsed();
        assert_eq!((outcome.failed.len(), outcome.choices[0].components.len()), (5_000, 5_000));
        // Far below this; a quadratic step would be far above it.
        assert!(took.as_secs() < 5, "{took:?}");
    }

    #[test]
    fn what_was_not_read_is_no_pass() {
        let mut scan = scan("MIT", &[]);
        let lost = Problem { path: "x".to_string(), line: None, message: "broken".to_string(), loses: true };
        scan.problems.push(lost);
        assert!(run(&scan, &Policy::default()).incomplete);
        let policy = Policy { require_complete: false, ..Policy::default() };
        assert!(run(&scan, &policy).passes());
    }
}
