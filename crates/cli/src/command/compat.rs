//! `licit compat`: may this be combined with that; one question, a table of them, or a product against many licenses.

use std::io::{self, BufWriter, Write as _};
use std::path::Path;

use anyhow::{Context as _, bail};
use licit_comply::compat::{self, Answer};
use licit_comply::obligations::word;
use licit_comply::verdict::{Book, Reason, Verdict};
use licit_license::Knowledge;
use serde::Serialize;

use crate::args;
use crate::exit::Ended;

/// Answers what was asked.
pub(crate) fn run(args: &args::Compat) -> anyhow::Result<Ended> {
    let jsonl = match args.format.as_str() {
        "human" => false,
        "jsonl" => true,
        other => bail!("--format {other}: no such format; it is human or jsonl"),
    };
    if let Some(file) = &args.batch {
        return batch(file, jsonl);
    }
    if args.outbound.as_deref() == Some("*") {
        let path = args.path.as_deref().unwrap_or(Path::new("."));
        let scanned = super::scanned::scanned(&args::Tree::of(path, args.distribution.as_deref()))?;
        return super::outbound::run(&scanned.scan, &scanned.plan, jsonl);
    }
    let (Some(outbound), Some(component)) = (&args.outbound, &args.component) else {
        bail!(
            "say what is asked: --outbound MIT --component GPL-3.0-only --context \"static-link;distribute-binary\", \
             --batch FILE, or --outbound '*' PATH"
        );
    };
    let know = Knowledge::embedded();
    let mut book = Book::new(know);
    let Some(claim) = compat::outbound(outbound, know) else {
        bail!(
            "--outbound: `{outbound}` is no SPDX expression; give one such as `Apache-2.0`, or `proprietary`"
        );
    };
    let answer = compat::ask(&claim, component, &args.context, &mut book);
    let mut out = BufWriter::new(io::stdout().lock());
    if jsonl {
        line("", &answer, &mut out)?;
    } else {
        human(outbound, component, &args.context, &answer)?;
    }
    out.flush()?;
    Ok(Ended::Well)
}

#[derive(Serialize)]
struct Line<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    id: &'a str,
    verdict: String,
    message: &'a str,
    reasons: Vec<ReasonLine<'a>>,
    obligations: Vec<OwedLine<'a>>,
    #[serde(skip_serializing_if = "<[&str]>::is_empty")]
    fits_when: &'a [&'static str],
    #[serde(skip_serializing_if = "<[&str]>::is_empty")]
    questions: &'a [&'static str],
}

#[derive(Serialize)]
struct ReasonLine<'a> {
    code: &'a str,
    clause: &'a str,
    text: &'a str,
    source: &'a str,
}

#[derive(Serialize)]
struct OwedLine<'a> {
    duty: &'static str,
    clause: &'a str,
    text: &'a str,
}

fn line<'a>(id: &'a str, answer: &'a Answer, out: &mut dyn io::Write) -> anyhow::Result<()> {
    let reason =
        |r: &'a Reason| ReasonLine { code: answer.code, clause: &r.clause, text: &r.text, source: &r.source };
    let line = Line {
        id,
        verdict: answer.word(),
        message: &answer.message,
        reasons: answer.reasons.iter().map(reason).collect(),
        obligations: answer
            .owed
            .iter()
            .map(|o| OwedLine { duty: word(o.action), clause: &o.clause, text: &o.text })
            .collect(),
        fits_when: &answer.fits_when,
        questions: &answer.questions,
    };
    serde_json::to_writer(&mut *out, &line)?;
    out.write_all(b"\n")?;
    Ok(())
}

/// A table with the columns `id outbound component context`, tabs between them; more columns are left aside.
fn batch(file: &Path, jsonl: bool) -> anyhow::Result<Ended> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let know = Knowledge::embedded();
    let mut book = Book::new(know);
    let mut lines = text.lines().enumerate();
    let Some((_, head)) = lines.next() else { bail!("{}: the table is empty", file.display()) };
    let names: Vec<&str> = head.split('\t').map(str::trim).collect();
    let column = |name: &str| -> anyhow::Result<usize> {
        names.iter().position(|n| n.eq_ignore_ascii_case(name)).with_context(|| {
            format!(
                "{}:1: no column `{name}`; the first line names the columns, with tabs between",
                file.display()
            )
        })
    };
    let (id, outbound, component, context) =
        (column("id")?, column("outbound")?, column("component")?, column("context")?);
    let mut out = BufWriter::new(io::stdout().lock());
    for (number, row) in lines.filter(|(_, l)| !l.trim().is_empty()) {
        let cells: Vec<&str> = row.split('\t').map(str::trim).collect();
        let cell = |at: usize| cells.get(at).copied().unwrap_or("");
        let answer = match compat::outbound(cell(outbound), know) {
            Some(claim) => compat::ask(&claim, cell(component), cell(context), &mut book),
            None => compat::unread(cell(outbound), number + 1),
        };
        if jsonl {
            line(cell(id), &answer, &mut out)?;
        } else {
            writeln!(out, "{:<12} {:<28} {}", cell(id), answer.word(), answer.message)?;
        }
    }
    out.flush()?;
    Ok(Ended::Well)
}

fn human(outbound: &str, component: &str, context: &str, answer: &Answer) -> anyhow::Result<()> {
    let mut out = anstream::AutoStream::auto(io::stdout());
    let (bold, dim) = (anstyle::Style::new().bold(), anstyle::Style::new().dimmed());
    let style = match answer.verdict {
        Verdict::Ok | Verdict::OkWithObligations => anstyle::AnsiColor::Green.on_default().bold(),
        Verdict::Review => anstyle::AnsiColor::Yellow.on_default().bold(),
        Verdict::Conflict => anstyle::AnsiColor::Red.on_default().bold(),
    };
    writeln!(
        out,
        "{bold}{component}{bold:#} in a work under {bold}{outbound}{bold:#} {dim}({context}){dim:#}"
    )?;
    writeln!(out, "{style}{}{style:#}  {}", answer.word(), answer.message)?;
    for reason in answer.reasons.iter().filter(|r| !r.clause.is_empty()) {
        writeln!(
            out,
            "  {dim}because{dim:#}  {}: {} {dim}[{}]{dim:#}",
            reason.clause, reason.text, reason.source
        )?;
    }
    for reason in answer.reasons.iter().filter(|r| r.clause.is_empty()) {
        writeln!(out, "  {dim}note{dim:#}     {}", reason.text)?;
    }
    for owed in &answer.owed {
        writeln!(
            out,
            "  {dim}owed{dim:#}     {} {dim}({}){dim:#}: {}",
            owed.action.phrase(),
            owed.clause,
            owed.text
        )?;
    }
    if !answer.fits_when.is_empty() {
        writeln!(out, "  {dim}better{dim:#}   when {}", answer.fits_when.join(", or "))?;
    }
    for question in &answer.questions {
        writeln!(out, "  {dim}ask{dim:#}      {question}")?;
    }
    if answer.verdict == Verdict::Conflict {
        writeln!(
            out,
            "  {dim}note{dim:#}     own files may keep their license; the verdict is about the combination"
        )?;
    }
    Ok(())
}
