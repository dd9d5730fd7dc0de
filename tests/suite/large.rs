//! A graph of 10,000 components with 200 choices of licenses: judged in a bounded time, the same way each time.

use std::time::{Duration, Instant};

use licit_comply::changes::Recorded;
use licit_comply::{Distribution, Outbound, Plan, judge_with};
use licit_license::know::Changes;
use licit_license::{Expr, Knowledge};
use licit_model::{
    Component, Ecosystem, Edge, Graph, Kind, Licenses, Linkage, Origin, Relationship, Scope, Source,
};

const COMPONENTS: usize = 10_000;
const CHOICES: usize = 200;

/// Licenses that every kind of answer comes from.
const IDS: [&str; 16] = [
    "MIT",
    "Apache-2.0",
    "BSD-3-Clause",
    "ISC",
    "MPL-2.0",
    "LGPL-2.1-or-later",
    "GPL-2.0-only",
    "GPL-2.0-or-later",
    "GPL-3.0-only",
    "EPL-2.0",
    "CDDL-1.1",
    "Zlib",
    "Artistic-2.0",
    "AGPL-3.0-only",
    "BSL-1.0",
    "Unlicense",
];

fn expression(number: usize) -> String {
    if number >= CHOICES {
        // Most of a real tree is permissive; a few parts are not.
        return match number % 1_000 {
            0 => "GPL-2.0-only".to_string(),
            1 => "MPL-2.0".to_string(),
            n => IDS[n % 4].to_string(),
        };
    }
    let (a, b, c) = (IDS[number % 16], IDS[number / 16 % 16], IDS[number * 7 % 16]);
    format!("{a} OR {b} OR ({c} AND MIT)")
}

fn graph() -> Graph {
    let know = Knowledge::embedded();
    let mut components: Vec<Component> = (0..=COMPONENTS)
        .map(|n| {
            let own = n == 0;
            let text = if own { "GPL-3.0-only".to_string() } else { expression(n - 1) };
            let expr = Expr::parse(&text).unwrap();
            Component {
                id: format!("{}{n:05}", if own { "a" } else { "p" }),
                purl: Some(format!("pkg:cargo/p{n:05}@1.0.0")),
                ecosystem: Some(Ecosystem::Cargo),
                kind: Kind::Library,
                name: format!("p{n:05}"),
                version: "1.0.0".to_string(),
                requested: None,
                scope: Scope::Runtime,
                relationship: Relationship::Unknown,
                first_party: own,
                locations: Vec::new(),
                source: Source::Unknown,
                hashes: Vec::new(),
                freshness: None,
                model: None,
                licenses: Licenses {
                    category: expr.category(know),
                    concluded: Some(expr.to_string()),
                    ..Licenses::default()
                },
            }
        })
        .collect();
    components.sort_by(|a, b| a.id.cmp(&b.id));
    let mut edges = Vec::new();
    for n in 1..=COMPONENTS {
        let edge = |from| Edge { from, to: n, scope: Scope::Runtime, linkage: Linkage::Static, origin: 0 };
        edges.push(edge((n - 1) / 8));
        edges.push(edge((n * 31 + 7) % n));
    }
    edges.sort_unstable();
    edges.dedup();
    Graph { components, edges, origins: vec![Origin { path: "lock".to_string(), ceiling: Scope::Runtime }] }
}

#[test]
fn ten_thousand_components_are_judged_in_time() {
    let know = Knowledge::embedded();
    let graph = graph();
    let outbound = Outbound::Licensed(Expr::parse("GPL-3.0-only").unwrap());
    let plan = Plan { outbound: Some(outbound), distribution: Distribution::Binary, ..Plan::default() };
    let known = Recorded { changes: Changes::embedded(), know };
    let first = judge_with(&graph, &plan, know, &known);
    let start = Instant::now();
    let second = judge_with(&graph, &plan, know, &known);
    let taken = start.elapsed();
    eprintln!("judged in {taken:?}: {} findings, bounded: {:?}", second.findings.len(), second.bounded);
    assert_eq!(first, second);
    assert!(
        second.findings.iter().any(|f| f.code == "license-incompatible" || f.code == "reciprocity-conflict")
    );
    assert!(second.choices.len() > 150, "{}", second.choices.len());
    assert!(!second.ways_out.is_empty());
    // A build without optimisation is some ten times slower than the one that is shipped.
    let limit = if cfg!(debug_assertions) { Duration::from_secs(6) } else { Duration::from_millis(200) };
    assert!(taken < limit, "{taken:?}");
}
