//! `licit identify`.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use licit_license::identify::change::Effect;
use licit_license::identify::copyright::{Statement, statements};
use licit_license::identify::{Identified, identify};
use rayon::prelude::*;
use serde::Serialize;

use crate::args;
use crate::exit::Ended;

/// Longer files are read up to here; the licenses of a file stand at its head.
const LIMIT: u64 = 64 << 20;

/// Identifies every file and writes an answer a file, in the order of the arguments.
pub(crate) fn run(args: &args::Identify) -> anyhow::Result<Ended> {
    let jsonl = match args.format.as_str() {
        "jsonl" => true,
        "human" => false,
        other => bail!("--format {other}: no such format; it is human or jsonl"),
    };
    let files = files(&args.paths)?;
    let answer = |file: &PathBuf| {
        let text = read(file)?;
        let holders = if args.copyrights { statements(&text) } else { Vec::new() };
        Ok((identify(&text), holders))
    };
    let answers: Vec<anyhow::Result<(Identified, Vec<Statement>)>> = files.par_iter().map(answer).collect();
    let mut out = io::BufWriter::new(io::stdout().lock());
    for (file, answer) in files.iter().zip(answers) {
        let (answer, copyrights) = answer?;
        if jsonl {
            serde_json::to_writer(&mut out, &Line::new(file, &answer, &copyrights))?;
            out.write_all(b"\n")?;
        } else {
            let expression = answer.expression.as_deref().unwrap_or("no license found");
            writeln!(out, "{}: {expression}", file.display())?;
            for f in &answer.found {
                writeln!(
                    out,
                    "  {:<10} {:>3.0} %  lines {}-{}  {}",
                    f.kind.word(),
                    f.score * 100.0,
                    f.lines.0,
                    f.lines.1,
                    f.license
                )?;
            }
            differences(&mut out, &answer)?;
            for s in &copyrights {
                writeln!(out, "  copyright   lines {}-{}  {}", s.lines.0, s.lines.1, s.text)?;
            }
        }
    }
    out.flush()?;
    Ok(Ended::Well)
}

/// Writes where a text leaves its license: what was changed, and what a person has to look at.
fn differences(out: &mut impl io::Write, answer: &Identified) -> io::Result<()> {
    for c in &answer.changes {
        let (first, last) = c.lines;
        // The words of a removed grant carry their own quotation marks, for they do not stand in the text.
        let text = if c.effect == Effect::Removed { c.text.clone() } else { format!("“{}”", c.text) };
        writeln!(out, "  changed     lines {first}-{last}  {}, {}: {text}", c.base, c.effect.word())?;
        for h in &c.clauses {
            let about = if h.object.is_empty() { String::new() } else { format!(" {}", h.object) };
            writeln!(out, "              {}: {} {}{about}", h.kind.word(), h.modality.word(), h.action)?;
        }
    }
    for h in &answer.hunks {
        let (first, last) = h.lines;
        let says = if h.says.is_empty() { String::new() } else { format!(": {}", h.says) };
        writeln!(out, "  review      lines {first}-{last}  {}, {}{says}", h.base, h.kind)?;
        if !h.text.is_empty() {
            writeln!(out, "              has “{}”", h.text)?;
        }
        if !h.missing_text.is_empty() {
            writeln!(out, "              lacks “{}”", h.missing_text)?;
        } else if h.missing > 0 {
            writeln!(out, "              lacks {} words", h.missing)?;
        }
    }
    Ok(())
}

/// Files as given, folders with everything below them.
fn files(paths: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        let meta = std::fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?;
        if meta.is_dir() {
            let walk = walkdir::WalkDir::new(path).sort_by_file_name().into_iter();
            let inside = walk.filter_entry(|e| e.file_name() != ".git").flatten();
            files.extend(inside.filter(|e| e.file_type().is_file()).map(walkdir::DirEntry::into_path));
        } else {
            files.push(path.clone());
        }
    }
    Ok(files)
}

/// The text of a file; what is not UTF-8 is read as Latin-1, as old license files are.
fn read(path: &Path) -> anyhow::Result<String> {
    use std::io::Read as _;
    let file = std::fs::File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut bytes = Vec::new();
    file.take(LIMIT).read_to_end(&mut bytes).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => error.into_bytes().iter().map(|b| char::from(*b)).collect(),
    })
}

#[derive(Serialize)]
struct Line<'a> {
    path: String,
    expression: Option<&'a str>,
    matches: Vec<MatchLine<'a>>,
    /// Whether something that restricts was added to a known license.
    modified: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    changes: Vec<ChangeLine<'a>>,
    /// Places that a person has to look at.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    review: Vec<HunkLine<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    copyrights: Vec<CopyrightLine>,
}

#[derive(Serialize)]
struct HunkLine<'a> {
    base: &'a str,
    kind: &'static str,
    lines: [u32; 2],
    text: &'a str,
    missing_words: usize,
    #[serde(skip_serializing_if = "str::is_empty")]
    missing: &'a str,
    /// What the difference does, where that could be read.
    #[serde(skip_serializing_if = "str::is_empty")]
    says: &'a str,
}

#[derive(Serialize)]
struct ChangeLine<'a> {
    base: &'a str,
    effect: &'static str,
    lines: [u32; 2],
    text: &'a str,
    clauses: Vec<&'static str>,
}

#[derive(Serialize)]
struct CopyrightLine {
    lines: [u32; 2],
    text: String,
    holders: Vec<String>,
    years: Vec<(u16, u16)>,
}

#[derive(Serialize)]
struct MatchLine<'a> {
    license: &'a str,
    kind: &'static str,
    score: f64,
    lines: [u32; 2],
}

impl<'a> Line<'a> {
    fn new(path: &Path, answer: &'a Identified, copyrights: &[Statement]) -> Self {
        let line = |f: &'a licit_license::identify::Found| MatchLine {
            license: &f.license,
            kind: f.kind.word(),
            score: (f64::from(f.score) * 1000.0).round() / 1000.0,
            lines: [f.lines.0, f.lines.1],
        };
        Line {
            path: path.to_string_lossy().into_owned(),
            expression: answer.expression.as_deref(),
            matches: answer.found.iter().map(line).collect(),
            modified: !answer.changes.is_empty(),
            changes: answer
                .changes
                .iter()
                .map(|c| ChangeLine {
                    base: &c.base,
                    effect: c.effect.word(),
                    lines: [c.lines.0, c.lines.1],
                    text: &c.text,
                    clauses: c.clauses.iter().map(|h| h.kind.word()).collect(),
                })
                .collect(),
            review: answer
                .hunks
                .iter()
                .map(|h| HunkLine {
                    base: &h.base,
                    kind: h.kind.word(),
                    lines: [h.lines.0, h.lines.1],
                    text: &h.text,
                    missing_words: h.missing,
                    missing: &h.missing_text,
                    says: &h.says,
                })
                .collect(),
            copyrights: copyrights
                .iter()
                .map(|s| CopyrightLine {
                    lines: [s.lines.0, s.lines.1],
                    text: s.text.clone(),
                    holders: s.holders.clone(),
                    years: s.years.clone(),
                })
                .collect(),
        }
    }
}
