//! `licit models --batch CASES.tsv`: a table of models with their labels, bases and the company's facts, judged row by row.

use std::io::{self, BufWriter, Write as _};
use std::path::Path;

use anyhow::{Context as _, bail};
use licit_comply::lineage::{ModelFinding, Royalty, judge_model, table};
use licit_model::{Clause, Remedy};
use serde::Serialize;

use crate::exit::Ended;

/// Columns that are read; others, and those that are missing, do no harm.
const COLUMNS: &[&str] = &["case_id", "card_label", "model", "base_chain", "relation", "use_context"];

/// Answers every row of the table.
pub(crate) fn run(file: &Path, jsonl: bool) -> anyhow::Result<Ended> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let mut lines = text.lines().filter(|l| !l.trim().is_empty() && !l.starts_with('#'));
    let Some(head) = lines.next() else { bail!("{}: the table is empty", file.display()) };
    let names: Vec<&str> = head.trim_start_matches('\u{feff}').split('\t').map(str::trim).collect();
    if !names.iter().any(|n| n.eq_ignore_ascii_case("model")) {
        bail!(
            "{}:1: no column `model`; the first line names the columns, with tabs between: {} …",
            file.display(),
            COLUMNS.join(", ")
        );
    }
    let books = table::Books::embedded();
    let mut out = BufWriter::new(io::stdout().lock());
    for (number, row) in lines.enumerate() {
        let cells: Vec<&str> = row.split('\t').map(str::trim).collect();
        let cell = |name: &str| {
            let at = names.iter().position(|n| n.eq_ignore_ascii_case(name));
            at.and_then(|at| cells.get(at).copied()).unwrap_or("")
        };
        let (case, company) = table::case(&cell, &books);
        let findings = judge_model(&case, &company, books.know);
        let id = [cell("case_id"), cell("id")].into_iter().find(|c| !c.is_empty());
        let id = id.map_or_else(|| (number + 1).to_string(), str::to_string);
        if jsonl {
            serde_json::to_writer(&mut out, &Line::new(&id, &findings))?;
            out.write_all(b"\n")?;
        } else {
            writeln!(out, "{id}  {}", case.id)?;
            for finding in &findings {
                writeln!(out, "  {:<10} {:<24} {}", finding.level.word(), finding.code, finding.reason)?;
                for clause in &finding.clauses {
                    writeln!(out, "  {:<35} {}: {}", "", clause.reference, clause.says)?;
                }
                for sentence in &finding.sentences {
                    writeln!(out, "  {:<35} “{sentence}”", "")?;
                }
                if let Some(question) = &finding.question {
                    writeln!(out, "  {:<35} {question}", "")?;
                }
            }
        }
    }
    out.flush()?;
    Ok(Ended::Well)
}

#[derive(Serialize)]
struct Line<'a> {
    case_id: &'a str,
    /// `level:CODE`, each once, the worst first.
    findings: Vec<String>,
    details: Vec<Detail<'a>>,
}

#[derive(Serialize)]
struct Detail<'a> {
    level: &'static str,
    code: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    license: &'a str,
    reason: &'a str,
    clauses: &'a [Clause],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    sentences: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    question: Option<&'a str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    chain: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    royalty: Option<Due<'a>>,
    remedies: &'a [Remedy],
}

/// A royalty in USD a year.
#[derive(Serialize)]
struct Due<'a> {
    rate: f64,
    free: u64,
    revenue: Option<u64>,
    due: Option<u64>,
    /// Pairs of revenue and what is due for it.
    curve: &'a [(u64, u64)],
}

impl<'a> Due<'a> {
    fn new(royalty: &'a Royalty) -> Self {
        Due {
            rate: royalty.rate,
            free: royalty.free,
            revenue: royalty.revenue,
            due: royalty.due,
            curve: &royalty.curve,
        }
    }
}

impl<'a> Line<'a> {
    fn new(case_id: &'a str, findings: &'a [ModelFinding]) -> Self {
        let mut words: Vec<String> = Vec::new();
        for finding in findings {
            let word = format!("{}:{}", finding.level.word(), finding.code);
            if !words.contains(&word) {
                words.push(word);
            }
        }
        let detail = |f: &'a ModelFinding| Detail {
            level: f.level.word(),
            code: f.code,
            license: &f.license,
            reason: &f.reason,
            clauses: &f.clauses,
            sentences: &f.sentences,
            question: f.question.as_deref(),
            chain: &f.chain,
            royalty: f.royalty.as_ref().map(Due::new),
            remedies: &f.remedies,
        };
        Line { case_id, findings: words, details: findings.iter().map(detail).collect() }
    }
}
