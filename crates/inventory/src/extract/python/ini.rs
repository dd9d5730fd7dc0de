//! The INI files of Python's tools: sections, keys, and values that go on over indented lines.

/// One key of a section.
pub struct Entry<'t> {
    /// The section's name.
    pub section: &'t str,
    /// In lower case, with `_` for `-`, as setuptools reads it.
    pub key: String,
    /// The lines of the value that hold something, each with its number; comments are left out.
    pub lines: Vec<(u32, &'t str)>,
    /// The line of the key.
    pub line: u32,
}

impl<'t> Entry<'t> {
    /// The value of one line.
    pub fn text(&self) -> &'t str {
        self.lines.first().map_or("", |(_, text)| text)
    }
}

/// Reads all keys of all sections.
pub fn entries(text: &str) -> Vec<Entry<'_>> {
    let mut entries: Vec<Entry<'_>> = Vec::new();
    let mut section = "";
    let mut open = false;
    for (number, raw) in (1u32..).zip(text.lines()) {
        let line = raw.trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if raw.starts_with([' ', '\t']) {
            if let Some(entry) = entries.last_mut().filter(|_| open) {
                entry.lines.push((number, uncommented(line)));
            }
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|l| l.split(']').next()) {
            section = name.trim();
            open = false;
            continue;
        }
        let Some(at) = line.find(['=', ':']) else {
            open = false;
            continue;
        };
        let (key, value) = line.split_at_checked(at).unwrap_or((line, ""));
        let value = uncommented(value.get(1..).unwrap_or("").trim());
        let lines = if value.is_empty() { Vec::new() } else { vec![(number, value)] };
        let key = key.trim().to_ascii_lowercase().replace('-', "_");
        entries.push(Entry { section, key, lines, line: number });
        open = true;
    }
    entries
}

/// A remark behind a value begins with a `#` after a blank.
fn uncommented(line: &str) -> &str {
    line.split(" #").next().unwrap_or(line).trim_end()
}
