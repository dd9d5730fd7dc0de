//! The answer as a page for the terminal.

use licit_report::lines::wrap;
use std::io;

use anstyle::{AnsiColor, Style};

use super::document::{
    Answer, ClassSheet, ClausesSheet, Document, ExceptionSheet, ExpressionSheet, FindingSheet, LicenseSheet,
    PairSheet, Said, VerdictSheet,
};
use super::words;

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const GREEN: Style = AnsiColor::Green.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default().bold();
const RED: Style = AnsiColor::Red.on_default().bold();

/// So many names of a list are shown before the rest is counted.
const SHOWN: usize = 12;

/// Writes the page for a terminal of so many columns.
pub(super) fn write(document: &Document, width: usize, out: &mut dyn io::Write) -> io::Result<()> {
    let mut page = Page { width: width.clamp(60, 120), out };
    for remark in &document.remarks {
        page.text(0, DIM, remark)?;
        page.gap()?;
    }
    match &document.answer {
        Answer::License(sheet) => page.license(sheet)?,
        Answer::Expression(sheet) => page.expression(sheet)?,
        Answer::Exception(sheet) => page.exception(sheet)?,
        Answer::Clauses(sheet) => page.clauses(sheet)?,
        Answer::Class(sheet) => page.class(sheet)?,
        Answer::Finding(sheet) => page.finding(sheet)?,
        Answer::Pair(sheet) => page.pair(sheet)?,
    }
    page.gap()?;
    page.text(0, DIM, document.disclaimer)
}

struct Page<'o> {
    width: usize,
    out: &'o mut dyn io::Write,
}

impl Page<'_> {
    fn gap(&mut self) -> io::Result<()> {
        writeln!(self.out)
    }

    fn text(&mut self, indent: usize, style: Style, text: &str) -> io::Result<()> {
        for line in wrap(text, self.width.saturating_sub(indent)) {
            writeln!(self.out, "{:indent$}{style}{line}{style:#}", "")?;
        }
        Ok(())
    }

    fn title(&mut self, id: &str, name: &str) -> io::Result<()> {
        writeln!(self.out, "{BOLD}{id}{BOLD:#}  {name}")
    }

    fn heading(&mut self, title: &str) -> io::Result<()> {
        writeln!(self.out, "\n{BOLD}{title}{BOLD:#}")
    }

    /// A label and a text that hangs behind it.
    fn field(&mut self, indent: usize, label: &str, text: &str) -> io::Result<()> {
        let column = 10;
        for (i, line) in wrap(text, self.width.saturating_sub(indent + column + 1)).iter().enumerate() {
            let label = if i == 0 { label } else { "" };
            writeln!(self.out, "{:indent$}{DIM}{label:<column$}{DIM:#} {line}", "")?;
        }
        Ok(())
    }

    fn license(&mut self, sheet: &LicenseSheet) -> io::Result<()> {
        self.title(&sheet.id, &sheet.name)?;
        let alone = match sheet.class_alone {
            Some(class) => format!(" (without the exception: {class})"),
            None => String::new(),
        };
        self.field(2, "class", &format!("{}: {}{alone}", sheet.class.word, sheet.class.means))?;
        self.field(2, "reach", &format!("{}: {}", sheet.reach.word, sheet.reach.means))?;
        for trigger in sheet.triggers.iter().filter(|t| !t.when.is_empty()) {
            self.field(2, "triggered", &format!("{} ({})", trigger.when, short(&trigger.clause, &sheet.id)))?;
        }
        if let Some(released) = &sheet.released {
            self.field(2, "published", released)?;
        }
        if let Some(by) = &sheet.superseded {
            self.field(
                2,
                "later",
                &format!("the owner moved it to {by}; that counts for what is under it only"),
            )?;
        }
        if sheet.partial {
            self.field(2, "partial", "only parts of the text were at hand; read the rest")?;
        }
        if sheet.review {
            self.field(2, "review", "a part of it has to be read by a person before anything can be said")?;
        }
        if !sheet.aliases.is_empty() {
            self.field(2, "also known", &some(&sheet.aliases))?;
        }
        self.heading("You can")?;
        self.text(2, Style::new(), &sheet.grant)?;
        self.terms("You cannot", &sheet.cannot, &sheet.id)?;
        self.terms("You must", &sheet.must, &sheet.id)?;
        if !sheet.relicense.is_empty() {
            self.heading("Under other terms")?;
            for said in &sheet.relicense {
                self.said(2, said, &sheet.id, false)?;
            }
        }
        if let Some(with) = &sheet.with {
            self.heading("With the exception")?;
            self.title(&format!("  {}", with.id), &with.name)?;
            self.exception_body(with, 4)?;
        }
        if !sheet.also.is_empty() {
            self.heading("The text also says")?;
            for said in &sheet.also {
                self.said(2, said, &sheet.id, true)?;
            }
        }
        if !sheet.definition.is_empty() {
            self.heading("Points of the Open Source Definition that it touches")?;
            for point in &sheet.definition {
                let reading = if point.reading { "; a reading" } else { "" };
                let text = format!("{}: {}{reading}", point.title, some(&point.clauses));
                self.field(2, &point.number.to_string(), &text)?;
            }
        }
        let alone = if sheet.with.is_some() { ", the license without its exception" } else { "" };
        self.heading(&format!("Inside a work under the GPL{alone}"))?;
        self.field(2, "GPL-2.0", known(sheet.gpl2))?;
        self.field(2, "GPL-3.0", known(sheet.gpl3))?;
        if !sheet.exceptions.is_empty() {
            self.heading("Exceptions that are written for it, where its files say so")?;
            for beside in &sheet.exceptions {
                let ids = beside.ids.join(", ");
                self.text(2, Style::new(), &format!("{}: {ids}", beside.waives))?;
            }
        }
        self.note(sheet.note.as_deref())?;
        self.sources(sheet.sources.iter().map(String::as_str))
    }

    /// Terms grouped by what they let, forbid or ask.
    fn terms(&mut self, title: &str, list: &[Said], id: &str) -> io::Result<()> {
        if list.is_empty() {
            return Ok(());
        }
        self.heading(title)?;
        let mut told: Vec<&str> = Vec::new();
        for first in list {
            if told.contains(&first.does) {
                continue;
            }
            told.push(first.does);
            writeln!(self.out, "  {BOLD}{}{BOLD:#}", first.does)?;
            let same: Vec<&Said> = list.iter().filter(|s| s.does == first.does).collect();
            for (i, said) in same.iter().enumerate() {
                // Clauses that hold in the same situations share one line on them.
                let alike =
                    |next: &&Said| next.when == said.when && next.lifted == said.lifted && next.to == said.to;
                let shared =
                    said.measures.is_empty() && said.text.is_none() && same.get(i + 1).is_some_and(alike);
                self.clause_line(4, said, id, false)?;
                if !shared {
                    self.scope(6, said)?;
                }
            }
        }
        Ok(())
    }

    /// One clause. The sort is named where no heading says it.
    fn said(&mut self, indent: usize, said: &Said, id: &str, sort: bool) -> io::Result<()> {
        self.clause_line(indent, said, id, sort)?;
        if sort { self.measures(indent + 2, said) } else { self.scope(indent + 2, said) }
    }

    fn clause_line(&mut self, indent: usize, said: &Said, id: &str, sort: bool) -> io::Result<()> {
        let sort = match (sort, said.sort.as_str()) {
            (true, word) if !word.is_empty() => format!(" ({})", words::sort(word)),
            _ => String::new(),
        };
        let line = format!("{}{sort}: {}", short(&said.clause, id), said.says);
        self.text(indent, Style::new(), &line)
    }

    /// Where a clause holds, what is lifted of it, and its measures.
    fn scope(&mut self, indent: usize, said: &Said) -> io::Result<()> {
        if !said.when.is_empty() {
            self.text(indent, DIM, &said.when)?;
        }
        if let Some(lifted) = &said.lifted {
            self.text(indent, DIM, lifted)?;
        }
        if !said.to.is_empty() {
            self.text(indent, DIM, &format!("to {}", said.to.join(", ")))?;
        }
        self.measures(indent, said)
    }

    fn measures(&mut self, indent: usize, said: &Said) -> io::Result<()> {
        for (what, text) in &said.measures {
            self.field(indent, what, text)?;
        }
        if let Some(text) = &said.text {
            // Word for word: whoever copies it from here must get it whole, so it is not broken into lines.
            self.field(indent, "sentence", "to be shown or shipped word for word:")?;
            writeln!(self.out, "{:indent$}{text}", "")?;
        }
        Ok(())
    }

    fn expression(&mut self, sheet: &ExpressionSheet) -> io::Result<()> {
        writeln!(self.out, "{BOLD}{}{BOLD:#}", sheet.expression)?;
        self.text(2, Style::new(), &sheet.reads)?;
        self.field(2, "class", &format!("{}: {}", sheet.class.word, sheet.class.means))?;
        for license in &sheet.licenses {
            self.gap()?;
            self.license(license)?;
        }
        Ok(())
    }

    fn exception(&mut self, sheet: &ExceptionSheet) -> io::Result<()> {
        self.title(&sheet.id, &sheet.name)?;
        self.text(
            2,
            Style::new(),
            "An exception: it stands beside a license with WITH and never makes it stricter.",
        )?;
        self.exception_body(sheet, 2)
    }

    fn exception_body(&mut self, sheet: &ExceptionSheet, indent: usize) -> io::Result<()> {
        self.field(indent, "waives", &format!("{}: {}", sheet.waives.word, sheet.waives.means))?;
        for lift in &sheet.lifts {
            self.field(indent, "lifts", &format!("{}, {}", lift.what, lift.when))?;
        }
        self.field(indent, "remains", &format!("{}, for a work that uses it only so", sheet.remains))?;
        self.field(indent, "itself", "the thing, and changes to it, stay under the license")?;
        if !sheet.partners.is_empty() {
            self.field(indent, "partners", &sheet.partners.join(", "))?;
        }
        for said in &sheet.clauses {
            self.said(indent, said, &sheet.id, true)?;
        }
        if let Some(note) = &sheet.note {
            self.field(indent, "note", note)?;
        }
        self.field(indent, "sources", &sheet.sources.join("; "))
    }

    fn clauses(&mut self, sheet: &ClausesSheet) -> io::Result<()> {
        self.title(&sheet.id, &sheet.name)?;
        for said in &sheet.clauses {
            self.gap()?;
            let sort = match said.sort.is_empty() {
                true => "follows from class and reach",
                false => said.sort.as_str(),
            };
            writeln!(self.out, "  {BOLD}{}{BOLD:#}  {DIM}{sort}{DIM:#}", short(&said.clause, &sheet.id))?;
            self.text(4, Style::new(), &said.says)?;
            if !said.when.is_empty() {
                self.field(4, "holds", &said.when)?;
            }
            match said.force {
                "says" => {}
                force => self.field(4, &format!("you {force}"), said.does)?,
            }
            if !said.to.is_empty() {
                self.field(4, "to", &said.to.join(", "))?;
            }
            self.measures(4, said)?;
        }
        self.sources(sheet.sources.iter().map(String::as_str))?;
        self.gap()?;
        self.text(0, DIM, &format!("`licit explain {}` shows the whole license.", sheet.id))
    }

    fn class(&mut self, sheet: &ClassSheet) -> io::Result<()> {
        writeln!(self.out, "{BOLD}{}{BOLD:#}  a class of licenses", sheet.class.word)?;
        self.field(2, "means", sheet.class.means)?;
        self.field(2, "you can", sheet.grant)?;
        self.field(2, "judged", sheet.judged)?;
        let count = sheet.licenses.len();
        self.heading(&format!(
            "{count} {} a rule",
            if count == 1 { "license with" } else { "licenses with" }
        ))?;
        self.text(2, Style::new(), &sheet.licenses.join(", "))?;
        self.sources(sheet.sources.iter().copied())
    }

    fn finding(&mut self, sheet: &FindingSheet) -> io::Result<()> {
        writeln!(self.out, "{BOLD}{}{BOLD:#}  {}", sheet.code, sheet.title)?;
        self.field(2, "weight", &format!("{}, as a rule", sheet.severity))?;
        self.field(2, "means", sheet.means)?;
        self.field(2, "matters", sheet.matters)?;
        self.heading("What to do")?;
        for step in sheet.steps {
            self.bullet(step)?;
        }
        self.sources(sheet.sources.iter().copied())
    }

    fn pair(&mut self, sheet: &PairSheet) -> io::Result<()> {
        for (i, verdict) in sheet.verdicts.iter().enumerate() {
            if i > 0 {
                self.gap()?;
            }
            self.verdict(verdict, &sheet.context)?;
        }
        for side in &sheet.sides {
            self.heading(&format!("What decides in {}", side.id))?;
            self.field(2, "class", &format!("{}: {}", side.class.word, side.class.means))?;
            if side.asks.is_empty() {
                self.text(2, Style::new(), "Nothing that another license could refuse.")?;
            }
            for said in &side.asks {
                self.said(2, said, &side.id, false)?;
            }
        }
        Ok(())
    }

    fn verdict(&mut self, verdict: &VerdictSheet, context: &str) -> io::Result<()> {
        let style = match verdict.verdict.as_str() {
            "conflict" => RED,
            "review" => YELLOW,
            _ => GREEN,
        };
        let (part, whole) = (&verdict.component, &verdict.outbound);
        writeln!(
            self.out,
            "{BOLD}{part}{BOLD:#} inside a work under {BOLD}{whole}{BOLD:#}  {DIM}({context}){DIM:#}"
        )?;
        writeln!(self.out, "  {style}{}{style:#}  {DIM}{}{DIM:#}", verdict.verdict, verdict.code)?;
        self.text(2, Style::new(), &verdict.message)?;
        for reason in &verdict.reasons {
            let text = match reason.clause.is_empty() {
                true => reason.text.clone(),
                false => format!("{}: {} [{}]", reason.clause, reason.text, reason.source),
            };
            self.field(2, "because", &text)?;
        }
        for owed in &verdict.owed {
            self.field(2, "owed", &format!("{} ({}): {}", owed.duty, owed.clause, owed.text))?;
        }
        if !verdict.fits_when.is_empty() {
            self.field(2, "better", &format!("when it is {}", words::list(&verdict.fits_when, "or")))?;
        }
        for question in &verdict.questions {
            self.field(2, "ask", question)?;
        }
        Ok(())
    }

    fn note(&mut self, note: Option<&str>) -> io::Result<()> {
        match note {
            Some(note) => {
                self.heading("Note")?;
                self.text(2, Style::new(), note)
            }
            None => Ok(()),
        }
    }

    fn sources<'s>(&mut self, sources: impl Iterator<Item = &'s str>) -> io::Result<()> {
        self.heading("Sources")?;
        for source in sources {
            self.bullet(source)?;
        }
        Ok(())
    }

    fn bullet(&mut self, text: &str) -> io::Result<()> {
        for (i, line) in wrap(text, self.width.saturating_sub(4)).iter().enumerate() {
            let mark = if i == 0 { "-" } else { " " };
            writeln!(self.out, "  {mark} {line}")?;
        }
        Ok(())
    }
}

/// The clause without the license's own name, which stands above it.
fn short<'r>(reference: &'r str, id: &str) -> &'r str {
    let alone = id.split(" WITH ").next().unwrap_or(id).trim_end_matches('+');
    let rest = reference.strip_prefix(alone).filter(|r| r.starts_with(' '));
    rest.map_or(reference, str::trim_start)
}

fn some(names: &[String]) -> String {
    let rest = names.len().saturating_sub(SHOWN);
    let shown = names[..names.len() - rest].join(", ");
    if rest == 0 { shown } else { format!("{shown} and {rest} more") }
}

fn known(compatible: Option<bool>) -> &'static str {
    match compatible {
        Some(true) => "it may be part of such a work",
        Some(false) => "it may not be part of such a work",
        None => "no source says; its terms decide, or a person has to look",
    }
}
