//! How strict a license is beside its siblings, computed from its clauses.

use licit_model::Category;

use super::super::{ClauseFact, Knowledge, License, Reach};
use crate::expression::Expr;

/// Compares by the first number that differs: what bars a company altogether stands before what limits it, and that
/// before what only asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Strictness([u64; 9]);

impl Strictness {
    /// Of an expression: the strictest of its licenses, and nothing for one that no rule knows.
    pub(super) fn of(expression: &str) -> Strictness {
        let expr = Expr::parse(expression);
        let terms = expr.iter().flat_map(Expr::terms);
        let licenses = terms.filter_map(|t| Knowledge::embedded().license(&t.id));
        licenses.map(Strictness::of_license).max().unwrap_or_default()
    }

    fn of_license(license: &License) -> Strictness {
        let clauses = license.clauses.as_slice();
        let any = |test: &dyn Fn(&ClauseFact) -> bool| clauses.iter().any(test);
        let barred = |c: &ClauseFact| matches!(c.effect.as_deref(), None | Some("block"));
        // What money may be made with it at all.
        let money =
            if any(&|c| c.kind == "commercial" && barred(c)) || any(&|c| says(c, "NC-USE") && barred(c)) {
                3
            } else if any(&|c| c.effect.as_deref() == Some("license-needed") && c.value.is_none()) {
                2
            } else {
                u64::from(any(&|c| c.kind == "royalty"))
            };
        let forbidden =
            ["derivatives", "hosting", "production"].iter().filter(|k| any(&|c| c.kind == **k && barred(c)));
        let ends = |c: &&ClauseFact| matches!(c.effect.as_deref(), Some("license-needed" | "terminate"));
        let shows = |c: &&ClauseFact| c.effect.as_deref() == Some("display");
        let trains = clauses.iter().filter(|c| c.kind == "outputs" && barred(c)).map(|c| {
            let object = c.object.as_deref().unwrap_or("");
            match object {
                _ if c.operator.as_deref() != Some("trains") => 4,
                _ if object.contains("any other") => 3,
                _ if object.contains("compet") => 1,
                _ => 2,
            }
        });
        let asks = ["advertising", "naming", "attribution", "endorsement", "drm", "installation", "network"]
            .iter()
            .chain(&["patent-retaliation", "pass-through"])
            .filter(|k| any(&|c| c.kind == **k));
        Strictness([
            money,
            forbidden.count() as u64,
            places(clauses, false),
            lowest(clauses.iter().filter(ends)),
            class(license),
            trains.sum(),
            places(clauses, true),
            lowest(clauses.iter().filter(shows)),
            asks.count() as u64,
        ])
    }
}

fn says(clause: &ClauseFact, code: &str) -> bool {
    clause.code.as_deref() == Some(code)
}

/// Excluded places; those that only some of the models know, or all others.
fn places(clauses: &[ClauseFact], some_models: bool) -> u64 {
    let of_some = |c: &&ClauseFact| c.scope.as_deref().is_some_and(|s| s.contains("only")) == some_models;
    let territory = clauses.iter().filter(|c| c.kind == "territory").filter(of_some);
    let mut places: Vec<&str> =
        territory.flat_map(|c| c.object.as_deref().unwrap_or("").split(',')).map(str::trim).collect();
    places.sort_unstable();
    places.dedup();
    places.len() as u64
}

/// Limits on users and revenue as one number, greater for a lower limit; nothing where there is none.
fn lowest<'c>(clauses: impl Iterator<Item = &'c ClauseFact>) -> u64 {
    let measured = clauses.filter_map(|c| {
        let value = c.value.as_ref()?;
        let value = value.as_integer().map(|v| v as f64).or(value.as_float())?;
        let unit = c.unit.as_deref().unwrap_or("");
        // Revenue is counted by the year, and in one currency roughly: only the order of limits matters.
        let year = if unit.contains("month") && !unit.contains("users") && !unit.contains("visits") {
            12.0
        } else {
            1.0
        };
        let currency = if unit.starts_with("CNY") { 0.14 } else { 1.0 };
        Some((1e15 / (value * year * currency).max(1.0)) as u64)
    });
    measured.max().unwrap_or(0)
}

/// What it asks of the work that it becomes a part of.
fn class(license: &License) -> u64 {
    let class = match license.class {
        Category::NetworkCopyleft => 3,
        Category::StrongCopyleft => 2,
        _ if license.clauses.iter().any(|c| c.kind == "reciprocity") => 1,
        _ => 0,
    };
    let reach = match license.reach {
        Reach::None => 0,
        Reach::File => 1,
        Reach::Library => 2,
        _ => 3,
    };
    class * 4 + reach
}
