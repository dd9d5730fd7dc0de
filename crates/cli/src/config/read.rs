//! Typed values of a TOML file with the place of everything that is wrong.

use std::ops::Range;
use std::path::Path;

use anyhow::{anyhow, bail};
use toml::de::{DeTable, DeValue};

/// A table of the file with its name, for messages.
pub(super) struct Section<'s> {
    file: &'s File<'s>,
    name: &'static str,
    table: &'s DeTable<'s>,
    start: usize,
}

/// A value with the place where it begins.
pub(super) struct Placed<T> {
    /// The value.
    pub(super) value: T,
    /// In bytes from the beginning of the file.
    pub(super) start: usize,
}

/// The text of the file and where it lies.
pub(super) struct File<'f> {
    text: &'f str,
    path: &'f Path,
    /// Where each line begins.
    lines: Vec<usize>,
}

impl<'f> File<'f> {
    pub(super) fn new(text: &'f str, path: &'f Path) -> File<'f> {
        let ends = text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i + 1);
        File { text, path, lines: std::iter::once(0).chain(ends).collect() }
    }

    /// Path, line and column of a place.
    pub(super) fn at(&self, offset: usize) -> String {
        let line = self.line(offset);
        let start = self.lines.get(line - 1).copied().unwrap_or(0);
        let column = self.text.get(start..offset).map_or(0, |l| l.chars().count()) + 1;
        format!("{}:{line}:{column}", self.path.display())
    }

    /// File name and line, for reports: the folder is the reader's own and says nothing.
    pub(super) fn told(&self, offset: usize) -> String {
        let name = self.path.file_name().map_or_else(|| "licit.toml".into(), |n| n.to_string_lossy());
        format!("{name}:{}", self.line(offset))
    }

    fn line(&self, offset: usize) -> usize {
        self.lines.partition_point(|start| *start <= offset).max(1)
    }

    /// The error at a place.
    pub(super) fn wrong(&self, offset: usize, says: &str) -> anyhow::Error {
        anyhow!("{}: {says}", self.at(offset))
    }

    /// The whole file as a table.
    pub(super) fn top<'s>(&'s self, table: &'s DeTable<'s>, known: &[&str]) -> anyhow::Result<Section<'s>> {
        let section = Section { file: self, name: "", table, start: 0 };
        section.only(known)?;
        Ok(section)
    }
}

impl<'s> Section<'s> {
    /// The file that it stands in.
    pub(super) fn file(&self) -> &'s File<'s> {
        self.file
    }

    /// Refuses keys that nobody reads.
    fn only(&self, known: &[&str]) -> anyhow::Result<()> {
        for key in self.table.keys() {
            let word = key.get_ref().as_ref();
            if known.contains(&word) {
                continue;
            }
            let place = if self.name.is_empty() { String::new() } else { format!(" in [{}]", self.name) };
            let says = format!("unknown key `{word}`{place}; {}", hint(word, known.iter().copied()));
            return Err(self.file.wrong(key.span().start, &says));
        }
        Ok(())
    }

    fn get(&self, key: &str) -> Option<(&'s DeValue<'s>, Range<usize>)> {
        self.table.get(key).map(|v| (v.get_ref(), v.span()))
    }

    fn has_to_be(&self, key: &str, what: &str, span: &Range<usize>) -> anyhow::Error {
        self.file.wrong(span.start, &format!("`{key}` has to be {what}"))
    }

    /// A table below this one.
    pub(super) fn table(&self, name: &'static str, known: &[&str]) -> anyhow::Result<Option<Section<'s>>> {
        self.below(name, name, known)
    }

    /// A table below this one whose whole name is more than its key, such as `product.company`.
    pub(super) fn below(
        &self,
        key: &str,
        name: &'static str,
        known: &[&str],
    ) -> anyhow::Result<Option<Section<'s>>> {
        let Some((value, span)) = self.get(key) else { return Ok(None) };
        let DeValue::Table(table) = value else {
            return Err(self.has_to_be(key, &format!("a table, [{name}]"), &span));
        };
        let section = Section { file: self.file, name, table, start: span.start };
        section.only(known)?;
        Ok(Some(section))
    }

    /// Tables of one name, `[[name]]`.
    pub(super) fn tables(&self, name: &'static str, known: &[&str]) -> anyhow::Result<Vec<Section<'s>>> {
        let Some((value, span)) = self.get(name) else { return Ok(Vec::new()) };
        let wrong = || self.has_to_be(name, &format!("a list of tables, [[{name}]]"), &span);
        let DeValue::Array(list) = value else { return Err(wrong()) };
        let mut sections = Vec::new();
        for item in list {
            let DeValue::Table(table) = item.get_ref() else { return Err(wrong()) };
            let section = Section { file: self.file, name, table, start: item.span().start };
            section.only(known)?;
            sections.push(section);
        }
        Ok(sections)
    }

    /// A text.
    pub(super) fn text(&self, key: &str) -> anyhow::Result<Option<Placed<String>>> {
        match self.get(key) {
            None => Ok(None),
            Some((DeValue::String(text), span)) => {
                Ok(Some(Placed { value: text.to_string(), start: span.start }))
            }
            Some((_, span)) => Err(self.has_to_be(key, "a text in quotes", &span)),
        }
    }

    /// A text that has to be there.
    pub(super) fn needed(&self, key: &str) -> anyhow::Result<Placed<String>> {
        let says = format!("[[{}]] needs `{key}`", self.name);
        self.text(key)?.ok_or_else(|| self.file.wrong(self.start, &says))
    }

    /// True or false.
    pub(super) fn truth(&self, key: &str) -> anyhow::Result<Option<bool>> {
        match self.get(key) {
            None => Ok(None),
            Some((DeValue::Boolean(truth), _)) => Ok(Some(*truth)),
            Some((_, span)) => Err(self.has_to_be(key, "true or false", &span)),
        }
    }

    /// A weight.
    pub(super) fn number(&self, key: &str) -> anyhow::Result<Option<u32>> {
        const MOST: u32 = 1_000_000;
        match self.get(key) {
            None => Ok(None),
            Some((DeValue::Integer(number), span)) => {
                let read = u32::from_str_radix(number.as_str(), number.radix()).ok();
                let wrong = || self.has_to_be(key, &format!("a whole number from 0 to {MOST}"), &span);
                Ok(Some(read.filter(|n| *n <= MOST).ok_or_else(wrong)?))
            }
            Some((_, span)) => Err(self.has_to_be(key, "a whole number", &span)),
        }
    }

    /// A number of users or of dollars: a whole number, or a text such as "0.4M".
    pub(super) fn figure(&self, key: &str) -> anyhow::Result<Option<u64>> {
        let Some((value, span)) = self.get(key) else { return Ok(None) };
        figure(value).map(Some).ok_or_else(|| self.has_to_be(key, FIGURE, &span))
    }

    /// Such numbers by day.
    pub(super) fn figures(&self, key: &str) -> anyhow::Result<Vec<(String, u64)>> {
        let Some((value, span)) = self.get(key) else { return Ok(Vec::new()) };
        let DeValue::Table(table) = value else {
            return Err(self.has_to_be(key, "a table of days, { \"2023-07-18\" = 750_000_000 }", &span));
        };
        let mut list = Vec::new();
        for (day, value) in table {
            let text = day.get_ref().as_ref();
            let numbers = text
                .bytes()
                .enumerate()
                .all(|(i, b)| if matches!(i, 4 | 7) { b == b'-' } else { b.is_ascii_digit() });
            if !numbers || !matches!(text.len(), 7 | 10) {
                let says = format!("`{text}` is no day; write it as 2023-07-18, or a month as 2023-06");
                return Err(self.file.wrong(day.span().start, &says));
            }
            let number =
                figure(value.get_ref()).ok_or_else(|| self.has_to_be(text, FIGURE, &value.span()))?;
            list.push((text.to_string(), number));
        }
        Ok(list)
    }

    /// A list of texts, each with its place, and the place of the list.
    pub(super) fn texts(&self, key: &str) -> anyhow::Result<Option<Placed<Vec<Placed<String>>>>> {
        let Some((value, span)) = self.get(key) else { return Ok(None) };
        let DeValue::Array(list) = value else {
            return Err(self.has_to_be(key, "a list, [\"…\", \"…\"]", &span));
        };
        let mut texts = Vec::new();
        for item in list {
            let DeValue::String(text) = item.get_ref() else {
                bail!("{}: `{key}` has to be a list of texts in quotes", self.file.at(item.span().start));
            };
            texts.push(Placed { value: text.to_string(), start: item.span().start });
        }
        Ok(Some(Placed { value: texts, start: span.start }))
    }
}

const FIGURE: &str = "a whole number from 0, or a text such as \"0.4M\"";

fn figure(value: &DeValue<'_>) -> Option<u64> {
    match value {
        DeValue::Integer(number) => u64::from_str_radix(number.as_str(), number.radix()).ok(),
        DeValue::String(text) => {
            let (number, rest) = licit_comply::company::amount(text)?;
            rest.is_empty().then_some(number)
        }
        _ => None,
    }
}

/// The nearest known word, or all of them where there are few.
pub(super) fn hint<'k>(word: &str, known: impl Iterator<Item = &'k str> + Clone) -> String {
    match closest(word, known.clone()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("known are: {}", known.collect::<Vec<_>>().join(", ")),
    }
}

/// The known word that is nearest to a misspelled one, if any is near.
pub(crate) fn closest<'k>(word: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    known
        .map(|k| (strsim::jaro_winkler(word, k), k))
        .filter(|(near, _)| *near > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, k)| k)
}
