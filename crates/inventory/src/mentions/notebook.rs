//! Notebooks: the code cells, each line on the line that it has in the file.

use super::yaml::{self, Node};
use super::{Sink, python, shell};

/// Reads a notebook. All cells are one module, for a name of one cell is used in the next.
pub(super) fn read(text: &str, sink: &mut Sink<'_>) {
    let Some(notebook) = yaml::parse_json(text, 1) else {
        sink.lost = Some("the notebook could not be read for models".into());
        return;
    };
    let cells = notebook
        .get("cells")
        .or_else(|| notebook.get("worksheets").and_then(|w| w.items().first()?.get("cells")));
    let mut code = Text::default();
    for cell in cells.map(Node::items).unwrap_or(&[]) {
        if cell.text_of("cell_type") != Some("code") {
            continue;
        }
        let Some(source) = cell.get("source").or_else(|| cell.get("input")) else { continue };
        let mut lines = Text::default();
        if let Some(text) = source.text() {
            text.lines().for_each(|l| lines.push(l, source.line));
        }
        for item in source.items() {
            if let Some(text) = item.text() {
                text.lines().for_each(|l| lines.push(l, item.line));
            }
        }
        let first = lines.text.lines().next().unwrap_or("").trim().to_string();
        if let Some(magic) = first.strip_prefix("%%") {
            if ["bash", "sh", "shell", "script"].iter().any(|m| magic.starts_with(m)) {
                let script = lines.text.replacen(&first, "", 1);
                lines.mapped(sink, |sink| shell::read(&script, sink));
            }
            // Files and other languages are no code of the notebook, but timing is.
            if !["time", "capture", "timeit"].iter().any(|m| magic.starts_with(m)) {
                continue;
            }
        }
        for (line, number) in lines.text.lines().zip(&lines.numbers) {
            let trimmed = line.trim_start();
            let command = trimmed.strip_prefix('!').or_else(|| trimmed.strip_prefix("%sh "));
            match command {
                Some(command) => {
                    shell::snippet(command, *number, sink);
                    // A statement keeps an `if` above it whole.
                    let indent = line.len() - trimmed.len();
                    code.push(&format!("{}pass", line.get(..indent).unwrap_or("")), *number);
                }
                None if trimmed.starts_with('%') => code.push("", *number),
                None => code.push(line, *number),
            }
        }
        code.push("", 0);
    }
    let text = std::mem::take(&mut code.text);
    code.mapped(sink, |sink| python::read_cell(&text, sink));
}

/// Lines with the numbers that they have in the file.
#[derive(Default)]
struct Text {
    text: String,
    numbers: Vec<u32>,
}

impl Text {
    fn push(&mut self, line: &str, number: u32) {
        self.text.push_str(line);
        self.text.push('\n');
        self.numbers.push(number);
    }

    /// Runs a reader and puts the lines of the file in place of those of the text.
    fn mapped(&self, sink: &mut Sink<'_>, read: impl FnOnce(&mut Sink<'_>)) {
        let before = sink.found.len();
        read(sink);
        for mention in sink.found.iter_mut().skip(before) {
            let at = mention.line.and_then(|l| usize::try_from(l).ok()).unwrap_or(1);
            mention.line =
                self.numbers.get(at.saturating_sub(1)).copied().filter(|n| *n > 0).or(mention.line);
        }
    }
}
