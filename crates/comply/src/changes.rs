//! Judges versions against what is recorded of a product's license changes: behind one, before one, across one.

use licit_license::conclude::same_text;
use licit_license::know::{At, Change, Changes, Conversion, Span};
use licit_license::{Expr, Knowledge};
use licit_model::graph::Paths;
use licit_model::purl::Purl;
use licit_model::{Category, Clause, Component, Finding, Graph, Remedy, Severity};

use crate::reciprocity::sort;
use crate::remedy::{Alternative, Alternatives, Known};

/// Versions of the same package under other terms: a way out for the solver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherVersion {
    /// Last release under these terms, where it is known.
    pub last: Option<String>,
    /// First version; empty from the beginning.
    pub from: String,
    /// First version that no longer has these terms; none where they still hold.
    pub to: Option<String>,
    /// All of it in words, such as `2.6.21` or `8.0.0 or later`.
    pub versions: String,
    /// SPDX expression.
    pub license: String,
    /// Its class.
    pub category: Category,
    /// Whether one would have to go back.
    pub earlier: bool,
}

/// Everything about license changes that a graph gives rise to. Findings are sorted as all judges sort them.
///
/// Limits on use ask nothing about scopes, so changes to such terms are told of tools and tests too; changes to
/// reciprocal terms only of what ships.
pub fn judge_changes(graph: &Graph, changes: &Changes, know: &Knowledge) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut paths = None;
    for (index, component) in graph.components.iter().enumerate().filter(|(_, c)| !c.first_party) {
        let Some(purl) = component.purl.as_deref().and_then(|p| Purl::parse(p).ok()) else { continue };
        let judge = Judge { component, know };
        let said = match (changes.of(&purl), changes.kept(&purl)) {
            (Some(change), _) => judge.change(change, reference(component, &purl), &purl.kind),
            (None, Some(change)) => judge.kept(change).into_iter().collect(),
            (None, None) => continue,
        };
        if said.is_empty() {
            continue;
        }
        // Most graphs have nothing to say here, so the paths are laid only where something is said.
        let paths: &Paths = paths.get_or_insert_with(|| graph.paths());
        let path: Vec<String> = paths.to(index).into_iter().map(|i| graph.components[i].id.clone()).collect();
        findings.extend(said.into_iter().map(|f| Finding { path: path.clone(), ..f }));
    }
    sort(&mut findings);
    findings
}

/// Versions of a package that have other terms than the one in use, oldest first; all of them where the version in use
/// is a range or nothing is recorded for it.
pub fn other_versions(purl: &Purl, changes: &Changes, know: &Knowledge) -> Vec<OtherVersion> {
    let Some(change) = changes.of(purl) else { return Vec::new() };
    let version = purl.qualifiers.get("tag").map_or(purl.version(), String::as_str);
    let here = match change.license_at(&purl.kind, version) {
        At::Exact(span) => change.spans.iter().position(|s| s == span),
        _ => None,
    };
    let others = change
        .spans
        .iter()
        .enumerate()
        .filter(|(at, span)| here.is_none_or(|h| h != *at && change.spans[h].license != span.license));
    others
        .map(|(at, span)| OtherVersion {
            last: span.last.clone(),
            from: span.from.clone(),
            to: span.to.clone(),
            versions: span.versions(),
            license: span.license.clone(),
            category: span.category(know),
            earlier: here.is_some_and(|h| at < h),
        })
        .collect()
}

/// Other versions and successors, as the recorded license changes know them.
pub struct Recorded<'r> {
    /// The record.
    pub changes: &'r Changes,
    /// The rules.
    pub know: &'r Knowledge,
}

impl Known for Recorded<'_> {
    fn alternatives(&self, component: &Component) -> Alternatives {
        let Some(purl) = component.purl.as_deref().and_then(|p| Purl::parse(p).ok()) else {
            return Alternatives::default();
        };
        let Some(change) = self.changes.of(&purl) else { return Alternatives::default() };
        let others = other_versions(&purl, self.changes, self.know);
        let earlier = others.iter().filter(|o| o.earlier).count();
        let steps = |at: usize| earlier.saturating_sub(at) as u32;
        let versions = others
            .iter()
            .enumerate()
            // Of two earlier licenses the later one is the smaller step.
            .map(|(at, o)| Alternative {
                version: o.versions.clone(),
                license: o.license.clone(),
                steps: if o.earlier { steps(at) } else { 1 },
            })
            .collect();
        let successor = change.successor.clone().zip(change.successor_license.clone());
        Alternatives { versions, successor }
    }
}

/// How the tree refers to a package.
#[derive(Debug, Clone, Copy)]
enum Reference<'a> {
    Version(&'a str),
    Range(&'a str),
}

fn reference<'a>(component: &'a Component, purl: &'a Purl) -> Reference<'a> {
    if matches!(purl.kind.as_ref(), "docker" | "oci") {
        let tag = purl.qualifiers.get("tag").map(String::as_str);
        let asked = component.requested.as_deref();
        let version = Some(component.version.as_str()).filter(|v| !v.is_empty());
        return Reference::Range(tag.or(version).or(asked).unwrap_or("latest"));
    }
    match &component.requested {
        Some(range) if component.version.is_empty() => Reference::Range(range),
        _ => Reference::Version(&component.version),
    }
}

struct Judge<'a> {
    component: &'a Component,
    know: &'a Knowledge,
}

impl Judge<'_> {
    fn change(&self, change: &Change, reference: Reference<'_>, kind: &str) -> Vec<Finding> {
        let (text, at) = match reference {
            Reference::Version(version) if change.observed => {
                (version, self.settled(change.observed_at(kind, version)))
            }
            Reference::Version(version) => (version, change.license_at(kind, version)),
            Reference::Range(range) => (range, change.license_of_range(kind, range)),
        };
        match at {
            At::Unknown => Vec::new(),
            At::Boundary { before, after } => {
                self.across(change, reference, before, after).into_iter().collect()
            }
            At::Exact(span) => {
                let all = [
                    // What a database says of a version is weighed where licenses are concluded.
                    if change.observed { None } else { self.differs(change, span) },
                    self.behind(change, span),
                    self.ahead(change, span),
                    self.converts(change, span, text),
                ];
                all.into_iter().flatten().collect()
            }
        }
    }

    /// A version on the border is on the side whose license was read in its copy.
    fn settled<'c>(&self, at: At<'c>) -> At<'c> {
        let At::Boundary { before, after } = at else { return at };
        match self.component.licenses.concluded.as_ref() {
            Some(read) if *read == before.license => At::Exact(before),
            Some(read) if *read == after.license => At::Exact(after),
            _ => at,
        }
    }

    /// Whether terms concern this component in its scope.
    fn concerns(&self, class: Category) -> bool {
        class >= Category::SourceAvailable || self.component.scope.ships()
    }

    fn class(&self, span: &Span) -> Category {
        span.category(self.know)
    }

    /// The version lies behind a change to stricter terms.
    fn behind(&self, change: &Change, span: &Span) -> Option<Finding> {
        let at = change.spans.iter().position(|s| s == span)?;
        let class = self.class(span);
        let milder = change.spans[..at].iter().rev().find(|s| self.class(s) < class)?;
        if !self.concerns(class) {
            return None;
        }
        // Where the license in use is read as the record says, the other judges weigh it and this is only the way out.
        let read = self.component.licenses.concluded.as_deref().and_then(Expr::parse);
        let known = read.is_some_and(|e| e.category(self.know) >= class);
        let severity = if known { Severity::Info } else { Severity::Warning };
        let message = format!(
            "{} changed its license: this version is under {}{}, {} is under {}",
            change.name,
            span.license,
            since(span),
            words(milder),
            milder.license
        );
        let mut remedies = vec![step(milder)];
        // Some owners turn back: a later release may be open again.
        remedies.extend(change.spans[at + 1..].iter().find(|s| self.class(s) < class).map(step));
        Some(self.finding("license-changed", severity, message, change, span, remedies))
    }

    /// An upgrade would bring stricter terms.
    fn ahead(&self, change: &Change, span: &Span) -> Option<Finding> {
        let at = change.spans.iter().position(|s| s == span)?;
        let class = self.class(span);
        let stricter = change.spans[at + 1..].iter().find(|s| self.class(s) > class)?;
        if !self.concerns(self.class(stricter)) {
            return None;
        }
        let message = format!(
            "an upgrade to {} or later brings {} in place of {}{}",
            stricter.from,
            stricter.license,
            span.license,
            note(stricter)
        );
        let stay = remedy("version", &format!("stay below {}", stricter.from));
        Some(self.finding("license-changes-ahead", Severity::Info, message, change, stricter, vec![stay]))
    }

    /// A range or a floating tag reaches over a change, or a pre-release stands on it.
    fn across(
        &self,
        change: &Change,
        reference: Reference<'_>,
        before: &Span,
        after: &Span,
    ) -> Option<Finding> {
        let (first, second) = (self.class(before), self.class(after));
        if first == second || !self.concerns(first.max(second)) {
            return None;
        }
        let (milder, stricter) = if first < second { (before, after) } else { (after, before) };
        let (code, message) = match reference {
            Reference::Range(range) => (
                "unpinned-across-change",
                format!(
                    "`{}` is not one version: {} has {} in some of what it covers and {} in other parts",
                    shown(range),
                    change.name,
                    before.license,
                    after.license
                ),
            ),
            Reference::Version(version) => (
                "license-changed",
                format!(
                    "`{}` stands where {} changed from {} to {}; read which of the two it carries",
                    shown(version),
                    change.name,
                    before.license,
                    after.license
                ),
            ),
        };
        let pin = remedy("pin", "name one version, or a range on one side of the change");
        Some(self.finding(code, Severity::Warning, message, change, stricter, vec![pin, step(milder)]))
    }

    /// The version will come under other terms on a day.
    fn converts(&self, change: &Change, span: &Span, version: &str) -> Option<Finding> {
        let when = match span.conversion(version)? {
            Conversion::On(day) => format!("on {day} at the latest"),
            Conversion::YearsAfterRelease(years) => format!("{years} years after its release"),
            Conversion::AsFileSays => "on the day that its license file states".to_string(),
        };
        let later = span.change_license.as_deref().unwrap_or_default();
        let message = format!("this version is under {} and comes under {later} {when}", span.license);
        let remedies = vec![remedy(
            "find-out",
            "compare the day with the change date in the license file of this version",
        )];
        Some(self.finding("change-date", Severity::Info, message, change, span, remedies))
    }

    /// What the package declares is not what is recorded.
    fn differs(&self, change: &Change, span: &Span) -> Option<Finding> {
        let declared = self.component.licenses.declared.as_deref().and_then(Expr::parse)?;
        let recorded = Expr::parse(&span.license)?;
        if shares(&declared, &recorded) && self.class(span) <= declared.category(self.know) {
            return None;
        }
        let message = format!(
            "its metadata declares {declared}, but {} is known to be under {} in this version{}",
            change.name,
            span.license,
            note(span)
        );
        Some(self.finding(
            "known-license-differs",
            Severity::Warning,
            message,
            change,
            span,
            vec![read_text()],
        ))
    }

    /// A part that is said to have kept its license, but was read otherwise.
    fn kept(&self, change: &Change) -> Option<Finding> {
        let kept = Expr::parse(change.kept.as_deref()?)?;
        let read = self.component.licenses.concluded.as_deref().and_then(Expr::parse)?;
        if shares(&read, &kept) || read.category(self.know) <= kept.category(self.know) {
            return None;
        }
        Some(Finding {
            code: "known-license-differs".to_string(),
            severity: Severity::Warning,
            component: self.component.id.clone(),
            path: Vec::new(),
            message: format!(
                "{} says that this part kept {kept} when the product changed, but {read} was read here",
                change.name
            ),
            clauses: vec![clause(
                change,
                format!("{} (parts)", change.name),
                format!("this part kept {kept}"),
            )],
            remedies: vec![read_text()],
        })
    }

    fn finding(
        &self,
        code: &str,
        severity: Severity,
        message: String,
        change: &Change,
        span: &Span,
        remedies: Vec<Remedy>,
    ) -> Finding {
        let place = span.reference.as_deref().map(|r| format!(" ({r})")).unwrap_or_default();
        let says = format!("{} is under {}{}{}", words(span), span.license, since(span), note(span));
        Finding {
            code: code.to_string(),
            severity,
            component: self.component.id.clone(),
            path: Vec::new(),
            message,
            clauses: vec![clause(change, format!("{}{place}", change.name), says)],
            remedies,
        }
    }
}

/// Whether two expressions name a license in common.
fn shares(a: &Expr, b: &Expr) -> bool {
    a.terms().iter().any(|x| b.terms().iter().any(|y| same_text(&x.id, &y.id)))
}

fn words(span: &Span) -> String {
    format!("version {}", span.versions())
}

fn since(span: &Span) -> String {
    span.date.as_deref().map(|d| format!(" since {d}")).unwrap_or_default()
}

fn note(span: &Span) -> String {
    span.note.as_deref().map(|n| format!(" ({})", n.trim_end_matches('.'))).unwrap_or_default()
}

/// A version as somebody wrote it, short enough for a sentence.
fn shown(text: &str) -> String {
    text.chars().take(80).collect()
}

fn step(milder: &Span) -> Remedy {
    let text = match &milder.last {
        Some(last) => format!("version {last} (last under {})", milder.license),
        None => format!("version {} (under {})", milder.versions(), milder.license),
    };
    remedy("version", &text)
}

fn read_text() -> Remedy {
    remedy(
        "find-out",
        "read the license file of exactly this version and ask the owner where it is not clear",
    )
}

fn clause(change: &Change, reference: String, says: String) -> Clause {
    Clause { reference, says, source: change.sources.join("; "), at: None }
}

fn remedy(action: &str, text: &str) -> Remedy {
    Remedy { action: action.to_string(), text: text.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use licit_model::{Kind, Licenses, Relationship, Scope, Source};

    /// A component with the license that was read, if any.
    fn component(purl: &str, requested: Option<&str>, license: Option<&str>, scope: Scope) -> Component {
        let parsed = Purl::parse(purl).unwrap();
        let expression = license.map(str::to_string);
        Component {
            id: purl.to_string(),
            purl: Some(purl.to_string()),
            ecosystem: None,
            kind: Kind::Library,
            name: parsed.full_name(),
            version: parsed.version().to_string(),
            requested: requested.map(str::to_string),
            scope,
            relationship: Relationship::Direct,
            first_party: false,
            locations: Vec::new(),
            source: Source::Unknown,
            hashes: Vec::new(),
            licenses: Licenses { declared: expression.clone(), concluded: expression, ..Licenses::default() },
            freshness: None,
            model: None,
        }
    }

    /// `severity code` of all findings, and the texts of their remedies.
    fn judged(component: Component) -> (Vec<String>, String) {
        let graph = Graph { components: vec![component], ..Graph::default() };
        let findings = judge_changes(&graph, Changes::embedded(), Knowledge::embedded());
        let codes = findings.iter().map(|f| format!("{} {}", f.severity.word(), f.code)).collect();
        let ways: Vec<String> = findings.iter().flat_map(|f| &f.remedies).map(|r| r.text.clone()).collect();
        (codes, ways.join("\n"))
    }

    fn codes(purl: &str, requested: Option<&str>, license: Option<&str>, scope: Scope) -> Vec<String> {
        judged(component(purl, requested, license, scope)).0
    }

    #[test]
    fn rows_of_the_field() {
        // (row, purl, range, license that was read, scope, expected findings)
        type Row = (
            &'static str,
            &'static str,
            Option<&'static str>,
            Option<&'static str>,
            Scope,
            &'static [&'static str],
        );
        let rows: &[Row] = &[
            ("RC010", "pkg:pypi/cftime@1.4.0", None, Some("MIT"), Scope::Runtime, &[]),
            (
                "RC052",
                "pkg:golang/github.com/grafana/loki@v1.6.2-0.20210501000000-0123456789ab",
                None,
                Some("AGPL-3.0-only"),
                Scope::Runtime,
                &["info license-changed"],
            ),
            (
                "RC053",
                "pkg:docker/grafana/loki@2.2.1",
                None,
                Some("Apache-2.0"),
                Scope::Runtime,
                &["info license-changes-ahead"],
            ),
            (
                "RC054",
                "pkg:golang/github.com/grafana/loki@v1.6.2-0.20210501000000-0123456789ab",
                None,
                Some("AGPL-3.0-only"),
                Scope::Test,
                &[],
            ),
            (
                "RC055",
                "pkg:golang/github.com/grafana/loki/v3@v3.0.0#pkg/logql",
                None,
                Some("AGPL-3.0-only"),
                Scope::Runtime,
                &["info license-changed"],
            ),
            (
                "RC058",
                "pkg:golang/github.com/hashicorp/vault/api@v1.9.2",
                None,
                Some("MPL-2.0"),
                Scope::Runtime,
                &[],
            ),
            (
                "RC059",
                "pkg:golang/github.com/hashicorp/vault/api/auth/gcp@v0.6.0",
                None,
                Some("BUSL-1.1"),
                Scope::Runtime,
                &["warning known-license-differs"],
            ),
            (
                "RC061",
                "pkg:maven/com.typesafe.akka/akka-actor_2.13@2.8.3",
                None,
                Some("BUSL-1.1"),
                Scope::Runtime,
                &["info change-date", "info license-changed"],
            ),
            (
                "RC062",
                "pkg:maven/com.typesafe.akka/akka-actor_2.13@2.6.20",
                None,
                Some("Apache-2.0"),
                Scope::Runtime,
                &["info license-changes-ahead"],
            ),
            (
                "RC065",
                "pkg:docker/redis@7-alpine",
                None,
                None,
                Scope::Runtime,
                &["warning unpinned-across-change"],
            ),
            ("RC066", "pkg:docker/valkey/valkey@8", None, Some("BSD-3-Clause"), Scope::Runtime, &[]),
            ("RC067", "pkg:docker/redis@8.0", None, None, Scope::Runtime, &["warning license-changed"]),
            ("RC071", "pkg:docker/mongo@4.0.4", None, None, Scope::Runtime, &["warning license-changed"]),
            (
                "RC072",
                "pkg:docker/mongo@7",
                None,
                Some("SSPL-1.0"),
                Scope::Runtime,
                &["info license-changed"],
            ),
        ];
        for (row, purl, range, license, scope, expected) in rows {
            assert_eq!(codes(purl, *range, *license, *scope), *expected, "{row} {purl}");
        }
    }

    #[test]
    fn the_way_back_is_named() {
        let (_, ways) = judged(component(
            "pkg:maven/com.typesafe.akka/akka-stream_2.12@2.8.3",
            None,
            Some("BUSL-1.1"),
            Scope::Runtime,
        ));
        assert!(ways.contains("version 2.6.21 (last under Apache-2.0)"), "{ways}");
        let purl = Purl::parse("pkg:maven/com.typesafe.akka/akka-stream_2.12@2.8.3").unwrap();
        let others = other_versions(&purl, Changes::embedded(), Knowledge::embedded());
        assert_eq!(others.len(), 1);
        assert_eq!(others[0].last.as_deref(), Some("2.6.21"));
        assert!(others[0].earlier && others[0].category == Category::Permissive);
        let (_, ways) = judged(component("pkg:docker/redis@7.4.1", None, None, Scope::Runtime));
        assert!(
            ways.contains("below 7.4.0 (under BSD-3-Clause)") && ways.contains("8.0.0 or later"),
            "{ways}"
        );
        let purl = Purl::parse("pkg:pypi/cftime@1.3.1").unwrap();
        let others = other_versions(&purl, Changes::embedded(), Knowledge::embedded());
        assert_eq!((others[0].versions.as_str(), others[0].earlier), ("1.4.0 or later", false));
    }

    #[test]
    fn a_wrong_declaration_is_told() {
        let said = codes("pkg:npm/tinymce@7.1.0", None, Some("MIT"), Scope::Runtime);
        assert_eq!(said, ["warning known-license-differs", "warning license-changed"]);
        assert!(codes("pkg:npm/tinymce@7.1.0", None, Some("GPL-2.0-or-later"), Scope::Dev).is_empty());
        // One branch of a choice is no disagreement.
        assert_eq!(codes("pkg:cargo/array-bytes@4.2.0", None, Some("Apache-2.0"), Scope::Runtime), [""; 0]);
    }

    #[test]
    fn ranges_are_judged_only_where_the_terms_differ_in_class() {
        let range = |purl: &str, range: &str| codes(purl, Some(range), None, Scope::Runtime);
        assert_eq!(range("pkg:pypi/cftime", ">=1.0"), ["warning unpinned-across-change"]);
        assert_eq!(range("pkg:pypi/cftime", ">=1.4"), [""; 0]);
        assert_eq!(range("pkg:npm/tinymce", "^6.0.0"), ["info license-changes-ahead"]);
        assert_eq!(range("pkg:npm/tinymce", "file:../tinymce"), [""; 0]);
    }

    #[test]
    fn many_components_are_judged_fast() {
        let one = component("pkg:npm/tinymce@7.1.0", None, Some("MIT"), Scope::Runtime);
        let components = (0..10_000).map(|i| Component { id: format!("c{i:05}"), ..one.clone() }).collect();
        let graph = Graph { components, ..Graph::default() };
        let start = std::time::Instant::now();
        let findings = judge_changes(&graph, Changes::embedded(), Knowledge::embedded());
        assert_eq!(findings.len(), 20_000);
        assert!(start.elapsed().as_secs() < 10, "{:?}", start.elapsed());
    }
}
