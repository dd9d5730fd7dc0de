//! `licit check`: the gate. A scan, held against the policy.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use anyhow::bail;
use licit_comply::gate::{self, Outcome, Violation};
use licit_comply::policy::BUILT_IN;
use licit_license::Knowledge;
use licit_model::scan::Product;
use licit_model::{Choice, Clause, Component, Problem, Remedy, Scan, WayOut};
use serde::Serialize;

use crate::args;
use crate::command::scanned::{Scanned, outputs, scanned, write};
use crate::exit::Ended;

const RED: Style = AnsiColor::Red.on_default().bold();
const GREEN: Style = AnsiColor::Green.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default().bold();
const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

/// So many warnings and problems are listed; `--verbose` lists all.
const SHOWN: usize = 10;

/// Scans, judges, writes the verdict and every report that was asked for.
pub(crate) fn run(args: &args::Check) -> anyhow::Result<Ended> {
    let json = match args.format.as_str() {
        "human" => false,
        "json" => true,
        other => bail!("--format {other}: no such format; it is human or json"),
    };
    let outputs = outputs(&args.output)?;
    if outputs.iter().any(|o| o.file.is_none()) {
        bail!("the verdict goes to standard output; give -o a file, as in -o json=scan.json");
    }
    let scanned = scanned(&args.tree)?;
    for output in &outputs {
        write(output, &scanned.scan, &scanned.context)?;
    }
    let outcome = gate::check(&scanned.scan, &scanned.plan, &scanned.config.policy, Knowledge::embedded());
    let page = Page { scan: &scanned.scan, outcome: &outcome, verbose: args.tree.verbose };
    if json {
        let mut out = io::BufWriter::new(io::stdout().lock());
        serde_json::to_writer_pretty(&mut out, &Document::new(&scanned, &outcome))?;
        out.write_all(b"\n")?;
        out.flush()?;
    } else {
        let mut out = anstream::AutoStream::auto(io::stdout());
        page.write(&mut out)?;
        out.flush()?;
    }
    Ok(if !outcome.failed.is_empty() {
        Ended::Violations
    } else if outcome.incomplete {
        Ended::Incomplete
    } else {
        Ended::Well
    })
}

fn verdict(outcome: &Outcome) -> &'static str {
    match (outcome.failed.is_empty(), outcome.incomplete) {
        (false, _) => "fail",
        (true, true) => "incomplete",
        (true, false) => "pass",
    }
}

/// The document `licit/check/1`.
#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    name: &'a str,
    /// `pass`, `fail` or `incomplete`.
    verdict: &'static str,
    /// Whether everything could be read.
    complete: bool,
    /// The file of the policy, or `built-in policy`.
    policy: String,
    product: &'a Product,
    violations: Vec<Line<'a>>,
    warnings: Vec<Line<'a>>,
    /// What lines of the policy leave out.
    ignored: Vec<Ignored<'a>>,
    /// Branches of choices that are taken because the policy refuses the ones that ask least.
    choices: &'a [Choice],
    ways_out: &'a [WayOut],
    problems: &'a [Problem],
}

#[derive(Serialize)]
struct Line<'a> {
    code: &'a str,
    component: &'a str,
    license: Option<&'a str>,
    path: &'a [String],
    message: &'a str,
    policy: Told<'a>,
    clauses: &'a [Clause],
    remedies: &'a [Remedy],
}

#[derive(Serialize)]
struct Told<'a> {
    /// `licit.toml:12`, or `built-in policy`.
    at: &'a str,
    rule: &'a str,
}

#[derive(Serialize)]
struct Ignored<'a> {
    at: &'a str,
    rule: &'a str,
    count: usize,
}

impl<'a> Document<'a> {
    fn new(scanned: &'a Scanned, outcome: &'a Outcome) -> Document<'a> {
        let line = |v: &'a Violation| Line {
            code: &v.code,
            component: &v.component,
            license: v.license.as_deref(),
            path: &v.path,
            message: &v.message,
            policy: Told { at: &v.policy.at, rule: &v.policy.rule },
            clauses: &v.clauses,
            remedies: &v.remedies,
        };
        let file = scanned.config.path.as_ref().and_then(|p| p.file_name());
        let ignored = outcome.ignored.iter();
        Document {
            schema: "licit/check/1",
            name: &scanned.scan.name,
            verdict: verdict(outcome),
            complete: scanned.scan.complete(),
            policy: file.map_or_else(|| BUILT_IN.to_string(), |n| n.to_string_lossy().into_owned()),
            product: &scanned.scan.product,
            violations: outcome.failed.iter().map(line).collect(),
            warnings: outcome.warned.iter().map(line).collect(),
            ignored: ignored.map(|(t, n)| Ignored { at: &t.at, rule: &t.rule, count: *n }).collect(),
            choices: &outcome.choices,
            ways_out: &scanned.scan.ways_out,
            problems: &scanned.scan.problems,
        }
    }
}

/// The verdict for people, short enough for a log.
struct Page<'a> {
    scan: &'a Scan,
    outcome: &'a Outcome,
    verbose: bool,
}

impl Page<'_> {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let outcome = self.outcome;
        let (style, word) = match verdict(outcome) {
            "fail" => (RED, "FAIL"),
            "incomplete" => (YELLOW, "INCOMPLETE"),
            _ => (GREEN, "PASS"),
        };
        let mut counts =
            vec![count(outcome.failed.len(), "violation"), count(outcome.warned.len(), "warning")];
        let lost = self.scan.problems.iter().filter(|p| p.loses).count();
        if lost > 0 {
            counts.push(format!("{lost} not read"));
        }
        writeln!(out, "{style}{word}{style:#} {}: {}", plain(&self.scan.name), counts.join(", "))?;
        for block in self.blocks() {
            self.block(&block, out)?;
        }
        self.way_out(out)?;
        self.warnings(out)?;
        self.problems(lost, out)?;
        for choice in &outcome.choices {
            let who = choice.components.iter().map(|id| self.label(id)).collect::<Vec<_>>().join(", ");
            writeln!(
                out,
                "\n{DIM}taken{DIM:#}  {} of {}, as the policy asks: {who}",
                choice.taken, choice.offered
            )?;
        }
        for (told, number) in &outcome.ignored {
            writeln!(
                out,
                "\n{DIM}ignored{DIM:#}  {} by {}: {}",
                count(*number, "finding"),
                told.at,
                told.rule
            )?;
        }
        Ok(())
    }

    /// Violations that say the same are one block, so that a log stays short.
    fn blocks(&self) -> Vec<Vec<&Violation>> {
        let mut places: HashMap<(&str, &str, &str), usize> = HashMap::new();
        let mut blocks: Vec<Vec<&Violation>> = Vec::new();
        for violation in &self.outcome.failed {
            let key = (violation.code.as_str(), violation.message.as_str(), violation.policy.at.as_str());
            let place = *places.entry(key).or_insert(blocks.len());
            match blocks.get_mut(place) {
                Some(block) => block.push(violation),
                None => blocks.push(vec![violation]),
            }
        }
        blocks
    }

    fn block(&self, block: &[&Violation], out: &mut dyn Write) -> io::Result<()> {
        let Some(first) = block.first() else { return Ok(()) };
        let code = &first.code;
        match block {
            [one] => {
                let (label, license) = (self.label(&one.component), license(one));
                writeln!(out, "\n{RED}✗{RED:#} {BOLD}{label}{BOLD:#}  {license}  {DIM}{code}{DIM:#}")?;
                writeln!(out, "    {}", plain(&one.message))?;
                if one.path.len() > 1 {
                    field(out, "path", &self.path(one))?;
                }
                if let Some(place) = self.place(one) {
                    field(out, "at", &place)?;
                }
            }
            several => {
                writeln!(
                    out,
                    "\n{RED}✗{RED:#} {BOLD}{} components{BOLD:#}  {DIM}{code}{DIM:#}",
                    several.len()
                )?;
                writeln!(out, "    {}", plain(&first.message))?;
                for one in several {
                    let path = if one.path.len() > 1 { self.path(one) } else { self.label(&one.component) };
                    let place = self.place(one).map(|p| format!("  {DIM}{p}{DIM:#}")).unwrap_or_default();
                    writeln!(out, "    {RED}·{RED:#} {path}  {}{place}", license(one))?;
                }
            }
        }
        field(out, "policy", &format!("{}: {}", first.policy.at, first.policy.rule))?;
        let mut clauses: Vec<&str> = first.clauses.iter().map(|c| c.reference.as_str()).collect();
        clauses.retain(|c| !c.is_empty());
        clauses.dedup();
        if !clauses.is_empty() {
            field(out, "clauses", &clauses.join(", "))?;
        }
        let ways: BTreeSet<&str> = block.iter().filter_map(|v| self.cheapest(v)).collect();
        ways.iter().try_for_each(|way| field(out, "way out", way))
    }

    /// From one of the project's own packages to the component.
    fn path(&self, violation: &Violation) -> String {
        violation.path.iter().map(|id| self.label(id)).collect::<Vec<_>>().join(" → ")
    }

    /// Where the component is named.
    fn place(&self, violation: &Violation) -> Option<String> {
        let location = self.component(&violation.component)?.locations.first()?;
        Some(plain(&location.to_string()).into_owned())
    }

    /// The step of the cheapest way out that lies on this path, or else the first remedy.
    fn cheapest<'v>(&'v self, violation: &'v Violation) -> Option<&'v str> {
        let solved = matches!(
            violation.code.as_str(),
            "reciprocity-conflict"
                | "license-incompatible"
                | "licenses-collide"
                | "outbound-narrowed"
                | "restricted-terms"
        );
        let steps =
            self.scan.ways_out.first().filter(|_| solved).map(|w| w.steps.as_slice()).unwrap_or_default();
        let step = steps.iter().find(|s| violation.path.contains(&s.component)).map(|s| s.text.as_str());
        step.or_else(|| violation.remedies.first().map(|r| r.text.as_str()))
    }

    fn way_out(&self, out: &mut dyn Write) -> io::Result<()> {
        let Some(way) = self.scan.ways_out.first() else { return Ok(()) };
        let proved = if way.minimal { "no cheaper one exists" } else { "the search was cut" };
        writeln!(out, "\n{BOLD}Way out of all conflicts{BOLD:#} {DIM}cost {}; {proved}{DIM:#}", way.cost)?;
        for step in &way.steps {
            writeln!(out, "    {}", plain(&step.text))?;
        }
        Ok(())
    }

    fn warnings(&self, out: &mut dyn Write) -> io::Result<()> {
        let all = &self.outcome.warned;
        if all.is_empty() {
            return Ok(());
        }
        let shown = if self.verbose { all.len() } else { all.len().min(SHOWN) };
        writeln!(out, "\n{YELLOW}Warnings{YELLOW:#} {DIM}{}{DIM:#}", all.len())?;
        for warning in &all[..shown] {
            let license = license(warning);
            writeln!(
                out,
                "  {YELLOW}!{YELLOW:#} {}  {license}  {DIM}{}{DIM:#}",
                self.label(&warning.component),
                warning.code
            )?;
            writeln!(
                out,
                "    {} {DIM}({}: {}){DIM:#}",
                plain(&warning.message),
                warning.policy.at,
                warning.policy.rule
            )?;
        }
        more(all.len() - shown, out)
    }

    fn problems(&self, lost: usize, out: &mut dyn Write) -> io::Result<()> {
        if lost == 0 {
            return Ok(());
        }
        let shown = if self.verbose { lost } else { lost.min(SHOWN) };
        let why = if self.outcome.incomplete { ", so the policy gives no pass" } else { "" };
        writeln!(out, "\n{YELLOW}Could not be read{YELLOW:#} {DIM}{lost}{why}{DIM:#}")?;
        for problem in self.scan.problems.iter().filter(|p| p.loses).take(shown) {
            let line = problem.line.map(|l| format!(":{l}")).unwrap_or_default();
            writeln!(out, "  - {}{line}: {}", plain(&problem.path), plain(&problem.message))?;
        }
        more(lost - shown, out)
    }

    fn component(&self, id: &str) -> Option<&Component> {
        // Components are sorted by id.
        let components = &self.scan.graph.components;
        components.binary_search_by(|c| c.id.as_str().cmp(id)).ok().map(|i| &components[i])
    }

    fn label(&self, id: &str) -> String {
        let label = match self.component(id) {
            Some(c) if c.version.is_empty() => c.name.clone(),
            Some(c) => format!("{} {}", c.name, c.version),
            None => id.to_string(),
        };
        plain(&label).into_owned()
    }
}

/// The license that is judged, in words.
fn license(violation: &Violation) -> Cow<'_, str> {
    plain(violation.license.as_deref().unwrap_or("no license known"))
}

fn field(out: &mut dyn Write, name: &str, text: &str) -> io::Result<()> {
    writeln!(out, "    {DIM}{name:<8}{DIM:#} {}", plain(text))
}

/// Names and messages hold what strangers wrote; a control character in them could steer a terminal or a CI log.
fn plain(text: &str) -> Cow<'_, str> {
    if text.contains(char::is_control) {
        Cow::Owned(text.replace(char::is_control, "�"))
    } else {
        Cow::Borrowed(text)
    }
}

fn more(rest: usize, out: &mut dyn Write) -> io::Result<()> {
    if rest > 0 {
        writeln!(out, "  {DIM}and {rest} more; --verbose lists them{DIM:#}")?;
    }
    Ok(())
}

fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}
