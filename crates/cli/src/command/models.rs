//! `licit models`: which AI models and datasets a tree holds or names, what for, whether a revision is pinned, and which
//! license is known for them.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write as _};
use std::path::Path;

use anyhow::{Context as _, bail};
use licit_inventory::walk::{Limits, Walked, Wanted, walk_tree};
use licit_inventory::{Error, mentions, tree, weights};
use licit_license::know::catalogue::Catalogue;
use licit_model::ModelFacts;
use licit_model::Problem;
use licit_model::ai::{Mention, MentionKind, MentionRole};
use licit_report::lines::wrap;
use serde::Serialize;

use crate::args;
use crate::exit::Ended;

mod batch;

/// Lists what the tree names.
pub(crate) fn run(args: &args::Models) -> anyhow::Result<Ended> {
    let jsonl = match args.format.as_str() {
        "jsonl" => true,
        "human" => false,
        other => bail!("--format {other}: no such format; it is human or jsonl"),
    };
    if let Some(file) = &args.batch {
        return batch::run(file, jsonl);
    }
    let Named { mentions, held, problems } = named(args)?;
    if jsonl {
        let mut out = BufWriter::new(io::stdout().lock());
        for mention in &mentions {
            serde_json::to_writer(&mut out, &Line::new(mention))?;
            out.write_all(b"\n")?;
        }
        for facts in &held {
            serde_json::to_writer(&mut out, &HeldLine::new(facts))?;
            out.write_all(b"\n")?;
        }
        out.flush()?;
        for problem in &problems {
            anstream::eprintln!("{}: {}", problem.path, problem.message);
        }
        return Ok(Ended::Well);
    }
    let width = super::width().clamp(60, 140);
    let mut out = anstream::AutoStream::auto(io::stdout());
    holdings(&held, &mut out)?;
    human(&mentions, &problems, width, args.verbose, &mut out)?;
    out.flush()?;
    Ok(Ended::Well)
}

/// What a tree names and holds.
struct Named {
    mentions: Vec<Mention>,
    /// Files of weights, with what their headers say.
    held: Vec<ModelFacts>,
    problems: Vec<Problem>,
}

/// What a folder, an archive, an image, a revision or one file names and holds.
fn named(args: &args::Models) -> anyhow::Result<Named> {
    let path = &args.path;
    let meta = std::fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    // Formats of weights are often archives, and are files all the same.
    let weights = meta.is_file() && args.rev.is_none() && weights::is_named_so(&name);
    let walked = if weights { None } else { listed(path, args.rev.as_deref())? };
    let walked = walked.unwrap_or_else(|| Walked { every: vec![(name, path.clone())], ..Walked::default() });
    let (mut mentions, mut problems) = mentions::read(&walked.every);
    let (mut held, unread) = weights::read(&walked.every);
    problems.extend(unread);
    if !walked.every_held.is_empty() {
        let (named, unread) = mentions::read_held(&walked.every_held);
        mentions.extend(named);
        problems.extend(unread);
        let (found, unread) = weights::read_held(&walked.every_held);
        held.extend(found);
        problems.extend(unread);
        mentions.sort();
        held.sort_by(|a, b| (&a.path, &a.place, a.format).cmp(&(&b.path, &b.place, b.format)));
    }
    held.retain(|facts| facts.bytes.is_some());
    problems.extend(walked.problems);
    problems.sort();
    problems.dedup();
    Ok(Named { mentions, held, problems })
}

/// The files of a tree, as a scan sees them; none where one file is given that is no tree.
fn listed(path: &Path, revision: Option<&str>) -> anyhow::Result<Option<Walked>> {
    let limits = Limits { every_file: true, ..Limits::default() };
    let wanted = Wanted::new();
    let opened = match tree::open(path, revision, &limits, &wanted) {
        Ok(opened) => opened,
        Err(Error::UnknownFile { .. }) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    if opened.only.is_some() || opened.document.is_some() {
        return Ok(None);
    }
    let mut walked = walk_tree(&opened.root, &wanted, &limits, &|_| {});
    walked.problems.extend(opened.problems);
    Ok(Some(walked))
}

/// A file of weights as a line of JSON.
#[derive(Serialize)]
struct HeldLine<'a> {
    path: &'a str,
    line: Option<u32>,
    kind: MentionKind,
    id: &'a str,
    revision: Option<&'a str>,
    role: MentionRole,
    by: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    architecture: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quantisation: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parameters: Option<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    labels: Vec<&'a str>,
}

impl<'a> HeldLine<'a> {
    fn new(facts: &'a ModelFacts) -> Self {
        HeldLine {
            path: &facts.path,
            line: None,
            kind: MentionKind::WeightFile,
            id: facts.path.rsplit('/').next().unwrap_or(&facts.path),
            revision: facts.revision.as_deref(),
            role: MentionRole::Weights,
            by: facts.format,
            model: facts.id.as_deref().or(facts.name.as_deref()),
            architecture: facts.architecture.as_deref(),
            quantisation: facts.quantisation.as_deref(),
            parameters: facts.parameters,
            labels: labels(facts),
        }
    }
}

/// What the file itself says of its license; a whole text is shown by its first line.
fn labels(facts: &ModelFacts) -> Vec<&str> {
    facts.licenses.iter().map(|raw| raw.text.lines().next().unwrap_or("").trim()).collect()
}

/// The files of weights in the tree.
fn holdings(held: &[ModelFacts], out: &mut dyn io::Write) -> io::Result<()> {
    let (bold, dim) = (anstyle::Style::new().bold(), anstyle::Style::new().dimmed());
    if held.is_empty() {
        return Ok(());
    }
    writeln!(out, "{bold}Weights in the tree{bold:#} {dim}({}){dim:#}", held.len())?;
    for facts in held {
        let mut is: Vec<String> = vec![facts.format.to_string()];
        is.extend(facts.id.clone().or(facts.name.clone()));
        is.extend(facts.architecture.clone());
        is.extend(facts.quantisation.clone());
        is.extend(facts.parameters.map(|count| format!("{count} parameters")));
        let labels = labels(facts);
        let label = if labels.is_empty() { "states no license".to_string() } else { labels.join(", ") };
        writeln!(out, "\n  {bold}{}{bold:#}\n    {}\n    {dim}{label}{dim:#}", facts.path, is.join(" · "))?;
    }
    writeln!(out)
}

/// One mention as a line of JSON.
#[derive(Serialize)]
struct Line<'a> {
    path: &'a str,
    line: Option<u32>,
    kind: MentionKind,
    id: &'a str,
    revision: Option<&'a str>,
    role: MentionRole,
    by: &'a str,
}

impl<'a> Line<'a> {
    fn new(mention: &'a Mention) -> Self {
        Line {
            path: &mention.path,
            line: mention.line,
            kind: mention.kind,
            id: &mention.id,
            revision: mention.revision.as_deref(),
            role: mention.role,
            by: &mention.by,
        }
    }
}

/// So many places of one model are shown before the rest is counted.
const PLACES: usize = 4;

/// Titles of the groups, in the order in which they matter.
const GROUPS: &[(MentionKind, &str)] = &[
    (MentionKind::HfModel, "Models of the hub"),
    (MentionKind::OllamaModel, "Models of Ollama's library"),
    (MentionKind::WeightFile, "Files of weights"),
    (MentionKind::HfDataset, "Datasets of the hub"),
];

/// What a role means for whoever reads the report, rather than writes the code.
fn phrase(role: MentionRole) -> &'static str {
    match role {
        MentionRole::Base => "starting point of training",
        MentionRole::Adapter => "adapter put on a model",
        MentionRole::Inference => "used to answer",
        MentionRole::Weights => "weights fetched or opened",
        MentionRole::MergeInput => "merged into another model",
        MentionRole::Tokenizer => "tokenizer or processor only",
        MentionRole::Projector => "projector of another modality",
        MentionRole::Teacher => "its answers train another model",
        MentionRole::TrainData => "trained on",
        MentionRole::EvalData => "measured with",
        MentionRole::Output => "published under this name",
        MentionRole::Mention => "spoken of",
    }
}

/// How firmly a revision holds a version of the weights.
fn pin(revision: &str) -> String {
    let commit = revision.len() >= 7 && revision.bytes().all(|b| b.is_ascii_hexdigit());
    if commit {
        format!("pinned to commit {}", revision.get(..12).unwrap_or(revision))
    } else {
        format!("branch or tag {revision}, which can move")
    }
}

/// The license that the catalogue knows for an id at the revisions that are pinned; none where they differ.
fn known(kind: MentionKind, id: &str, places: &[&Mention]) -> Option<(String, String)> {
    let catalogue = Catalogue::embedded();
    let entry = |m: &&Mention| catalogue.find(kind, id, m.revision.as_deref());
    let first = places.first().and_then(entry)?;
    let license = first.license.clone()?;
    let same = |m: &&Mention| entry(m).is_some_and(|e| e.license.as_ref() == Some(&license));
    let sure = if first.sure { "" } else { ", review" };
    places.iter().all(same).then(|| (license.clone(), format!("{}{sure}", first.source)))
}

fn human(
    mentions: &[Mention],
    problems: &[Problem],
    width: usize,
    verbose: bool,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let (bold, dim) = (anstyle::Style::new().bold(), anstyle::Style::new().dimmed());
    let yellow = anstyle::AnsiColor::Yellow.on_default();
    if mentions.is_empty() {
        writeln!(out, "No model and no dataset is named in this tree.")?;
    }
    for (kind, title) in GROUPS {
        let mut by_id: BTreeMap<(String, &str), Vec<&Mention>> = BTreeMap::new();
        for mention in mentions.iter().filter(|m| m.kind == *kind) {
            by_id.entry((mention.id.to_ascii_lowercase(), &mention.id)).or_default().push(mention);
        }
        if by_id.is_empty() {
            continue;
        }
        writeln!(out, "{bold}{title}{bold:#} {dim}({}){dim:#}", by_id.len())?;
        for ((_, id), places) in &by_id {
            let mut roles: Vec<MentionRole> = places.iter().map(|m| m.role).collect();
            roles.sort_unstable();
            roles.dedup();
            let roles: Vec<&str> = roles.into_iter().map(phrase).collect();
            writeln!(out, "\n  {bold}{id}{bold:#}")?;
            for line in wrap(&roles.join("; "), width.saturating_sub(4)) {
                writeln!(out, "    {line}")?;
            }
            let published = places.iter().all(|m| m.role == MentionRole::Output);
            if let Some((license, source)) = known(*kind, id, places) {
                for line in wrap(&format!("{license} (as {source} says)"), width.saturating_sub(4)) {
                    writeln!(out, "    {line}")?;
                }
            }
            if *kind != MentionKind::WeightFile && !published {
                let mut pins: Vec<&str> = places.iter().filter_map(|m| m.revision.as_deref()).collect();
                pins.sort_unstable();
                pins.dedup();
                // Ollama's tags are part of the name, and move like any tag.
                let loose = places.iter().filter(|m| m.revision.is_none()).count();
                for revision in &pins {
                    writeln!(out, "    {}", pin(revision))?;
                }
                if loose > 0 {
                    let some = if pins.is_empty() {
                        String::new()
                    } else {
                        format!(" in {}", counted(loose, "place"))
                    };
                    writeln!(out, "    {yellow}unpinned{some}{yellow:#}")?;
                }
            }
            let shown = if verbose { places.len() } else { PLACES };
            let at = |m: &Mention| m.line.map_or_else(|| m.path.clone(), |l| format!("{}:{l}", m.path));
            let column = places.iter().take(shown).map(|m| at(m).chars().count()).max().unwrap_or(0);
            let column = column.min(width / 2);
            for mention in places.iter().take(shown) {
                writeln!(out, "    {dim}{:column$}  {}{dim:#}", at(mention), mention.by)?;
            }
            if places.len() > shown {
                writeln!(
                    out,
                    "    {dim}and {} (--verbose){dim:#}",
                    counted(places.len() - shown, "more place")
                )?;
            }
        }
        writeln!(out)?;
    }
    if !mentions.is_empty() {
        let text = "This lists what code and configuration name, with licenses that are on record for these ids; a card \
                    in the tree says more. licit scan judges them; licit explain LICENSE tells its clauses.";
        for line in wrap(text, width) {
            writeln!(out, "{dim}{line}{dim:#}")?;
        }
    }
    for problem in problems {
        let line = problem.line.map_or_else(String::new, |l| format!(":{l}"));
        writeln!(out, "{yellow}not read{yellow:#}  {}{line}: {}", problem.path, problem.message)?;
    }
    Ok(())
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
