//! `licit compat --outbound '*' PATH`: which licenses the product could carry at all.

use std::io::{self, BufWriter, Write as _};

use licit_comply::outbound::{Row, table};
use licit_comply::verdict::Verdict;
use licit_license::Knowledge;
use serde::Serialize;

use crate::exit::Ended;

/// Prints the table of a scan.
pub(crate) fn run(scan: &licit_model::Scan, plan: &licit_comply::Plan, jsonl: bool) -> anyhow::Result<Ended> {
    let (rows, unknown) = table(&scan.graph, plan, Knowledge::embedded());
    if jsonl {
        lines(&rows, unknown.len())?
    } else {
        human(scan, plan, &rows, &unknown)?
    }
    Ok(Ended::Well)
}

#[derive(Serialize)]
struct Line<'a> {
    outbound: &'a str,
    verdict: &'static str,
    conflicts: usize,
    reviews: usize,
    /// Shipped components whose license is not known; no verdict counts them.
    unknown: usize,
    reasons: Vec<Because<'a>>,
}

#[derive(Serialize)]
struct Because<'a> {
    component: &'a str,
    text: &'a str,
}

fn lines(rows: &[Row], unknown: usize) -> anyhow::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    for row in rows {
        let line = Line {
            outbound: &row.outbound,
            verdict: row.verdict.word(),
            conflicts: row.conflicts,
            reviews: row.reviews,
            unknown,
            reasons: row.reasons.iter().map(|(component, text)| Because { component, text }).collect(),
        };
        serde_json::to_writer(&mut out, &line)?;
        out.write_all(b"\n")?;
    }
    Ok(out.flush()?)
}

fn human(
    scan: &licit_model::Scan,
    plan: &licit_comply::Plan,
    rows: &[Row],
    unknown: &[String],
) -> anyhow::Result<()> {
    let mut out = anstream::AutoStream::auto(io::stdout());
    let (bold, dim) = (anstyle::Style::new().bold(), anstyle::Style::new().dimmed());
    let third = scan.graph.components.iter().filter(|c| !c.first_party && c.scope.ships()).count();
    writeln!(
        out,
        "{bold}{}{bold:#}  {dim}what it could go out under, {}, with {third} shipped components{dim:#}\n",
        scan.name,
        plan.distribution.phrase()
    )?;
    if !unknown.is_empty() {
        let few: Vec<&str> = unknown.iter().take(3).map(String::as_str).collect();
        writeln!(
            out,
            "{dim}Of {} of them no license is known ({} …); the table is about the others.{dim:#}\n",
            unknown.len(),
            few.join(", ")
        )?;
    }
    for row in rows {
        let style = match row.verdict {
            Verdict::Ok | Verdict::OkWithObligations => anstyle::AnsiColor::Green.on_default(),
            Verdict::Review => anstyle::AnsiColor::Yellow.on_default(),
            Verdict::Conflict => anstyle::AnsiColor::Red.on_default(),
        };
        let count = match (row.conflicts, row.reviews) {
            (0, 0) => String::new(),
            (0, r) => format!("{r} to review"),
            (c, 0) => format!("{c} in conflict"),
            (c, r) => format!("{c} in conflict, {r} to review"),
        };
        writeln!(out, "{:<20} {style}{:<20}{style:#} {count}", row.outbound, row.verdict.word())?;
        for (component, text) in row.reasons.iter().take(2) {
            writeln!(out, "{dim}  {component}: {text}{dim:#}")?;
        }
    }
    writeln!(
        out,
        "\n{dim}Own files may keep their license; this is about the whole that is conveyed. No legal advice.{dim:#}"
    )?;
    Ok(())
}
