//! Stanzas of `Name: value` lines as Debian writes them: package databases and `copyright` files.

/// One field: its name, and its lines with their numbers. The first line is the one behind the colon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field<'a> {
    /// As it stands there.
    pub name: &'a str,
    /// Line of the name, counted from 1.
    pub line: u32,
    /// The lines of the value, without the blanks at their ends.
    pub lines: Vec<&'a str>,
}

impl<'a> Field<'a> {
    /// The first line of the value.
    pub fn first(&self) -> &'a str {
        self.lines.first().copied().unwrap_or("")
    }

    /// The value on one line.
    pub fn folded(&self) -> String {
        let parts: Vec<&str> = self.lines.iter().copied().filter(|l| !l.is_empty()).collect();
        parts.join(" ")
    }

    /// The lines after the first one, a lone dot read as the empty line that it stands for.
    pub fn text(&self) -> String {
        let rest = self.lines.iter().skip(1).map(|l| if *l == "." { "" } else { l });
        rest.collect::<Vec<_>>().join("\n")
    }
}

/// Fields up to an empty line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stanza<'a> {
    /// In the order of the file.
    pub fields: Vec<Field<'a>>,
}

impl<'a> Stanza<'a> {
    /// A field by its name, whatever its case.
    pub fn get(&self, name: &str) -> Option<&Field<'a>> {
        self.fields.iter().find(|f| f.name.eq_ignore_ascii_case(name))
    }

    /// The first line of a field, or nothing.
    pub fn word(&self, name: &str) -> &'a str {
        self.get(name).map_or("", Field::first)
    }

    /// Line of the first field.
    pub fn line(&self) -> Option<u32> {
        self.fields.first().map(|f| f.line)
    }
}

/// What was read, and the lines that are neither a field nor part of one.
#[derive(Debug, Default)]
pub struct Control<'a> {
    /// In the order of the text.
    pub stanzas: Vec<Stanza<'a>>,
    /// Lines that mean nothing here.
    pub odd: Vec<u32>,
}

/// Reads a text. Fields that `wanted` refuses are passed over with all their lines.
pub fn read<'a>(text: &'a str, wanted: impl Fn(&str) -> bool) -> Control<'a> {
    let mut control = Control::default();
    let mut stanza = Stanza::default();
    // Whether lines with a blank before them belong to something, and whether that is kept.
    let (mut open, mut kept) = (false, false);
    for (number, line) in (1u32..).zip(text.split('\n')) {
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line.trim().is_empty() {
            open = false;
            if !stanza.fields.is_empty() {
                control.stanzas.push(std::mem::take(&mut stanza));
            }
        } else if line.starts_with([' ', '\t']) {
            match (open, kept, stanza.fields.last_mut()) {
                (true, true, Some(field)) => field.lines.push(line.trim()),
                (true, ..) => {}
                (false, ..) => control.odd.push(number),
            }
        } else if line.starts_with('#') {
            // A comment of whoever wrote it by hand.
        } else if let Some((name, value)) = line.split_once(':').filter(|(n, _)| is_name(n)) {
            open = true;
            kept = wanted(name);
            if kept {
                stanza.fields.push(Field { name, line: number, lines: vec![value.trim()] });
            }
        } else {
            open = false;
            control.odd.push(number);
        }
    }
    if !stanza.fields.is_empty() {
        control.stanzas.push(stanza);
    }
    control
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stanzas_fields_and_lines() {
        let text = "Package: a\nDescription: short\n long\n .\n more\nVersion: 1\n\n\n orphan\nPackage: b\nnot a field\n";
        let control = read(text, |name| name != "Version");
        assert_eq!(control.stanzas.len(), 2);
        assert_eq!(control.stanzas[0].word("package"), "a");
        assert_eq!(control.stanzas[0].get("Description").unwrap().text(), "long\n\nmore");
        assert!(control.stanzas[0].get("Version").is_none());
        assert_eq!(control.stanzas[1].line(), Some(10));
        assert_eq!(control.odd, [9, 11]);
    }
}
