//! The terminal report: what matters first, one thought a line, nothing that scrolls away what counts.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use anstyle::{AnsiColor, Color, Style};
use licit_model::{Category, Component, Finding, GraphDepth, Problem, Scan, Severity};

use crate::coverage::Coverage;
use crate::lines::wrap;
use crate::{Context, Report};

mod models;

/// `-o human`.
pub struct Human;

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const RED: Style = color(AnsiColor::Red).bold();
const YELLOW: Style = color(AnsiColor::Yellow).bold();
const BLUE: Style = color(AnsiColor::Cyan);
const GREEN: Style = color(AnsiColor::Green);

const fn color(color: AnsiColor) -> Style {
    Style::new().fg_color(Some(Color::Ansi(color)))
}

/// So many findings of one code are shown in full before the rest is counted.
const SHOWN_OF_A_CODE: usize = 8;

/// Codes whose findings are one group each: the question is the same for all of them.
const GROUPED: &[&str] = &[
    "license-unknown",
    "image-unread",
    "license-ambiguous",
    "model-license-unknown",
    "model-lineage-unproven",
    "source-duty",
    "not-conveyed",
    "license-choice",
];

impl Report for Human {
    fn name(&self) -> &'static str {
        "human"
    }

    fn about(&self) -> &'static str {
        "the report for the terminal"
    }

    fn write(&self, scan: &Scan, context: &Context, out: &mut dyn io::Write) -> io::Result<()> {
        let page = Page { scan, context, width: context.width.clamp(60, 120), names: names(scan) };
        page.head(out)?;
        page.findings(out)?;
        page.ways_out(out)?;
        page.owed(out)?;
        page.models(out)?;
        page.classes(out)?;
        page.coverage(out)?;
        page.completeness(out)?;
        page.problems(out)?;
        page.closing(out)
    }
}

struct Page<'a> {
    scan: &'a Scan,
    context: &'a Context,
    width: usize,
    names: BTreeMap<&'a str, &'a Component>,
}

fn names(scan: &Scan) -> BTreeMap<&str, &Component> {
    scan.graph.components.iter().map(|c| (c.id.as_str(), c)).collect()
}

impl Page<'_> {
    fn head(&self, out: &mut dyn io::Write) -> io::Result<()> {
        let product = &self.scan.product;
        writeln!(out, "{BOLD}{}{BOLD:#}", self.scan.name)?;
        match &product.outbound {
            Some(outbound) => {
                self.field("outbound", &format!("{outbound} ({})", product.outbound_source), out)?
            }
            None => self.field("outbound", &product.outbound_source, out)?,
        }
        self.field("shipped", &format!("as {}", product.distribution), out)
    }

    fn findings(&self, out: &mut dyn io::Write) -> io::Result<()> {
        let of = |severity: Severity| self.scan.findings.iter().filter(move |f| f.severity == severity);
        for (severity, title, style) in
            [(Severity::Error, "Conflicts", RED), (Severity::Warning, "To review", YELLOW)]
        {
            let count = of(severity).count();
            if count == 0 {
                continue;
            }
            writeln!(out, "\n{style}{title}{style:#} {DIM}{count}{DIM:#}")?;
            let mut by_code: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
            of(severity).for_each(|f| by_code.entry(&f.code).or_default().push(f));
            // Findings that stand alone come before those that are one big group.
            let (grouped, single): (Vec<_>, Vec<_>) =
                by_code.into_iter().partition(|(code, list)| GROUPED.contains(code) && list.len() > 1);
            for (code, list) in single {
                let shown = if self.context.verbose { list.len() } else { SHOWN_OF_A_CODE };
                for finding in list.iter().take(shown) {
                    self.finding(finding, style, out)?;
                }
                self.more(list.len().saturating_sub(shown), code, out)?;
            }
            for (code, list) in grouped {
                self.group(code, &list, style, out)?;
            }
        }
        let duties: Vec<&Finding> = of(Severity::Info).collect();
        if duties.is_empty() {
            return Ok(());
        }
        writeln!(out, "\n{BLUE}Duties and choices{BLUE:#} {DIM}{}{DIM:#}", duties.len())?;
        let shown = if self.context.verbose { duties.len() } else { SHOWN_OF_A_CODE };
        for finding in duties.iter().take(shown) {
            self.line(&format!("{}: {}", self.label(&finding.component), finding.message), 2, out)?;
        }
        self.more(duties.len().saturating_sub(shown), "duties", out)
    }

    /// The cheapest sets of changes after which no conflict is left.
    fn ways_out(&self, out: &mut dyn io::Write) -> io::Result<()> {
        if self.scan.ways_out.is_empty() {
            return Ok(());
        }
        writeln!(out, "\n{BOLD}Ways out of all conflicts{BOLD:#} {DIM}the smallest first{DIM:#}")?;
        for (number, way) in self.scan.ways_out.iter().enumerate() {
            let proof = if way.minimal { "" } else { ", smallest that was found" };
            writeln!(out, "  {BOLD}{}{BOLD:#} {DIM}weight {}{proof}{DIM:#}", number + 1, way.cost)?;
            for step in &way.steps {
                self.line(&step.text, 4, out)?;
            }
        }
        if let Some(bound) = &self.scan.bounded {
            writeln!(out, "  {DIM}{bound}{DIM:#}")?;
        }
        Ok(())
    }

    /// Duties counted by what they ask; the document lists each with its clause.
    fn owed(&self, out: &mut dyn io::Write) -> io::Result<()> {
        #[derive(Default)]
        struct Duty<'a> {
            components: BTreeSet<&'a str>,
            proven: BTreeSet<&'a str>,
            clauses: BTreeSet<&'a str>,
        }
        let mut by: BTreeMap<(&str, &str), Duty<'_>> = BTreeMap::new();
        for owed in &self.scan.obligations {
            let entry = by.entry((&owed.event, &owed.duty)).or_default();
            entry.components.extend(owed.components.iter().map(String::as_str));
            entry.proven.extend(owed.proven.iter().map(String::as_str));
            entry.clauses.insert(&owed.clause);
        }
        if by.is_empty() {
            return Ok(());
        }
        writeln!(out, "\n{BOLD}Owed{BOLD:#} {DIM}-o json lists every duty with its components{DIM:#}")?;
        for ((event, duty), Duty { components, proven, clauses }) in by {
            let when = if event == "host" { "to its users over the network" } else { "with each copy" };
            let what = duty.replace('-', " ");
            let found = if duty == "keep-notice" {
                format!("; the text of {} was found", proven.len())
            } else {
                let few: Vec<&str> = clauses.iter().take(4).copied().collect();
                let more = if clauses.len() > few.len() { " …" } else { "" };
                format!("; {}{more}", few.join(", "))
            };
            let count = plural(components.len(), "component", "components");
            self.line(&format!("{what} {when}: {count}{found}"), 2, out)?;
        }
        Ok(())
    }

    fn finding(&self, finding: &Finding, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
        let license = self.license(&finding.component);
        writeln!(
            out,
            "\n  {style}✗{style:#} {BOLD}{}{BOLD:#}  {license}  {DIM}{}{DIM:#}",
            self.label(&finding.component),
            finding.code
        )?;
        self.line(&finding.message, 4, out)?;
        if finding.path.len() > 1 {
            let path: Vec<String> = finding.path.iter().map(|id| self.label(id)).collect();
            self.field("path", &path.join(" → "), out)?;
        } else if self.names.get(finding.component.as_str()).is_some_and(|c| !c.first_party) {
            self.field("path", "not known: the file that names it does not say who asks for it", out)?;
        }
        if let Some(place) = self.place(&finding.component) {
            self.field("at", &place, out)?;
        }
        for clause in finding.clauses.iter().take(3) {
            let at = clause.at.as_ref().map(|at| format!(" ({at})")).unwrap_or_default();
            self.field("clause", &format!("{}: {}{at}", clause.reference, clause.says), out)?;
        }
        for remedy in finding.remedies.iter().take(3) {
            self.field("way out", &remedy.text, out)?;
        }
        Ok(())
    }

    /// Many findings that ask the same: one sentence, then the names.
    fn group(&self, code: &str, list: &[&Finding], style: Style, out: &mut dyn io::Write) -> io::Result<()> {
        let what = match code {
            "license-unknown" => "components whose license is not known",
            "image-unread" => "images whose contents are not known",
            "model-license-unknown" => "models whose license is not known",
            "model-lineage-unproven" => {
                "models named after a family, without a word of what they were made from"
            }
            "license-ambiguous" => "components whose license field is not one license",
            _ => "components",
        };
        writeln!(out, "\n  {style}?{style:#} {BOLD}{} {what}{BOLD:#}  {DIM}{code}{DIM:#}", list.len())?;
        let mut ids: Vec<&str> = list.iter().map(|f| f.component.as_str()).collect();
        ids.dedup();
        let shown = if self.context.verbose { ids.len() } else { 12 };
        let named: Vec<String> = ids.iter().take(shown).map(|id| self.label(id)).collect();
        let rest = ids.len().saturating_sub(shown);
        let more = if rest > 0 { format!(" and {rest} more (--verbose lists them)") } else { String::new() };
        self.line(&format!("{}{more}", named.join(", ")), 4, out)?;
        match list.first().and_then(|f| f.remedies.first()) {
            Some(remedy) => self.field("way out", &remedy.text, out),
            None => Ok(()),
        }
    }

    fn more(&self, rest: usize, code: &str, out: &mut dyn io::Write) -> io::Result<()> {
        if rest > 0 {
            writeln!(out, "  {DIM}and {rest} more of {code}; --verbose lists them{DIM:#}")?;
        }
        Ok(())
    }

    /// How many components of each class ship, and how many do not.
    fn classes(&self, out: &mut dyn io::Write) -> io::Result<()> {
        let third: Vec<&Component> = self.scan.graph.components.iter().filter(|c| !c.first_party).collect();
        if third.is_empty() {
            return writeln!(out, "\nNo dependencies were found.");
        }
        let count = |category: Category, ships: bool| {
            third.iter().filter(|c| c.licenses.category == category && c.scope.ships() == ships).count()
        };
        let all: Vec<(Category, usize, usize)> = Category::ALL
            .into_iter()
            .rev()
            .map(|c| (c, count(c, true), count(c, false)))
            .filter(|(_, shipped, other)| shipped + other > 0)
            .collect();
        let most = all.iter().map(|(_, shipped, _)| *shipped).max().unwrap_or(1).max(1);
        writeln!(out, "\n{BOLD}Classes{BOLD:#}{DIM}            shipped  not shipped{DIM:#}")?;
        for (category, shipped, other) in &all {
            let style = class_style(*category);
            let bar = "█".repeat((shipped * 24).div_ceil(most));
            writeln!(out, "  {:<16} {shipped:>8} {other:>12}  {style}{bar}{style:#}", category.word())?;
        }
        Ok(())
    }

    /// Which rung of the ladder settled how many licenses, and why the others are not known.
    fn coverage(&self, out: &mut dyn io::Write) -> io::Result<()> {
        let coverage = Coverage::of(self.scan);
        if coverage.components() == 0 {
            return Ok(());
        }
        writeln!(out, "\n{BOLD}How the licenses are known{BOLD:#}")?;
        for (rung, count) in coverage.rungs() {
            writeln!(out, "  {:<19} {count:>5}", rung.replace('-', " "))?;
        }
        let unlicensed = &self.scan.unlicensed;
        if unlicensed.is_empty() {
            return Ok(());
        }
        writeln!(out, "  {YELLOW}{:<19}{YELLOW:#} {:>5}", "not known", unlicensed.len())?;
        let mut by_reason: BTreeMap<_, Vec<_>> = BTreeMap::new();
        unlicensed.iter().for_each(|u| by_reason.entry(u.reason).or_default().push(u));
        for (reason, list) in by_reason {
            let shown = if self.context.verbose { list.len() } else { 3 };
            let named: Vec<String> = list.iter().take(shown).map(|u| self.label(&u.component)).collect();
            let rest = list.len().saturating_sub(shown);
            let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
            let why = if list.len() == 1 { format!(" ({})", list[0].why) } else { String::new() };
            self.line(&format!("{}: {}{more}{why}", reason.words(), named.join(", ")), 4, out)?;
        }
        Ok(())
    }

    fn completeness(&self, out: &mut dyn io::Write) -> io::Result<()> {
        let partial: Vec<_> = self.scan.completeness.iter().filter(|c| c.graph != GraphDepth::Full).collect();
        if partial.is_empty() {
            return Ok(());
        }
        writeln!(
            out,
            "\n{BOLD}Files that do not hold the whole graph{BOLD:#} {DIM}{}{DIM:#}",
            partial.len()
        )?;
        let mut by_reason: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        partial.iter().for_each(|c| by_reason.entry(&c.why).or_default().push(&c.path));
        for (why, paths) in by_reason {
            let shown = if self.context.verbose { paths.len() } else { 6 };
            let rest = paths.len().saturating_sub(shown);
            let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
            self.line(&format!("{}{more}", paths[..paths.len() - rest].join(", ")), 2, out)?;
            for line in wrap(why, self.width.saturating_sub(6)) {
                writeln!(out, "    {DIM}{line}{DIM:#}")?;
            }
        }
        Ok(())
    }

    fn problems(&self, out: &mut dyn io::Write) -> io::Result<()> {
        let (lost, odd): (Vec<&Problem>, Vec<&Problem>) = self.scan.problems.iter().partition(|p| p.loses);
        let shown: Vec<&Problem> =
            if self.context.verbose { lost.iter().chain(&odd).copied().collect() } else { lost.clone() };
        if shown.is_empty() {
            return Ok(());
        }
        writeln!(out, "\n{YELLOW}Could not be read{YELLOW:#} {DIM}{}{DIM:#}", shown.len())?;
        let limit = if self.context.verbose { shown.len() } else { 10 };
        for problem in shown.iter().take(limit) {
            let line = problem.line.map(|l| format!(":{l}")).unwrap_or_default();
            self.line(&format!("{}{line}: {}", problem.path, problem.message), 2, out)?;
        }
        self.more(shown.len().saturating_sub(limit), "these", out)
    }

    fn closing(&self, out: &mut dyn io::Write) -> io::Result<()> {
        let components = &self.scan.graph.components;
        let third = components.iter().filter(|c| !c.first_party).count();
        let known = components.iter().filter(|c| !c.first_party && c.licenses.concluded.is_some()).count();
        let count = |s: Severity| self.scan.findings.iter().filter(|f| f.severity == s).count();
        let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
        let style = match (errors, warnings) {
            (0, 0) => GREEN,
            (0, _) => YELLOW,
            _ => RED,
        };
        let (seen, read) = self.context.files;
        let licensed = if third == 0 { String::new() } else { format!(", {known} with a license") };
        writeln!(
            out,
            "\n{style}{}, {} to review{style:#} {DIM}·{DIM:#} {}{licensed} {DIM}· {seen} files seen, {read} read{DIM:#}",
            plural(errors, "conflict", "conflicts"),
            warnings,
            plural(third, "component", "components"),
        )?;
        if !self.scan.complete() {
            writeln!(out, "{YELLOW}The scan is not complete: components may be missing.{YELLOW:#}")?;
        }
        Ok(())
    }

    /// Name and version, or name and range.
    fn label(&self, id: &str) -> String {
        match self.names.get(id) {
            Some(c) if !c.version.is_empty() => format!("{} {}", c.name, c.version),
            Some(c) => match &c.requested {
                Some(range) => format!("{} ({range})", c.name),
                None => c.name.clone(),
            },
            None => id.to_string(),
        }
    }

    fn license(&self, id: &str) -> String {
        let known = self.names.get(id).and_then(|c| c.licenses.concluded.clone());
        known.unwrap_or_else(|| "no license known".to_string())
    }

    fn place(&self, id: &str) -> Option<String> {
        self.names.get(id).and_then(|c| c.locations.first()).map(ToString::to_string)
    }

    fn field(&self, name: &str, text: &str, out: &mut dyn io::Write) -> io::Result<()> {
        let lines = wrap(text, self.width.saturating_sub(14));
        for (i, line) in lines.iter().enumerate() {
            let label = if i == 0 { name } else { "" };
            writeln!(out, "    {DIM}{label:<8}{DIM:#} {line}")?;
        }
        Ok(())
    }

    fn line(&self, text: &str, indent: usize, out: &mut dyn io::Write) -> io::Result<()> {
        for (i, line) in wrap(text, self.width.saturating_sub(indent + 2)).iter().enumerate() {
            let hang = if i == 0 || indent > 2 { indent } else { indent + 2 };
            writeln!(out, "{:hang$}{line}", "")?;
        }
        Ok(())
    }
}

fn class_style(category: Category) -> Style {
    match category {
        Category::PublicDomain | Category::Permissive | Category::Data => GREEN,
        Category::WeakCopyleft => BLUE,
        Category::StrongCopyleft | Category::NetworkCopyleft => RED,
        _ => YELLOW,
    }
}

fn plural(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
