//! TOML behind one door: the library and its spans are named here only, and wrong types are forgiven one value at
//! a time.
//!
//! Tables are walked by hand instead of being read into structures, because one field of an unexpected type must
//! not cost a whole lockfile and because every entry needs its line.

use licit_model::Found;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::File;

/// A parsed file. It owns the tree; [`Document::root`] gives the view that is walked.
pub struct Document<'f> {
    file: &'f File<'f>,
    root: DeTable<'f>,
}

/// Parses a whole file. A syntax error becomes a problem with its line, and what the parser can still read before
/// and behind it is kept; nothing is given only where the file is not text.
pub fn parse<'f>(file: &'f File<'_>, found: &mut Found) -> Option<Document<'f>> {
    let text = file.text(found)?;
    if let Some(at) = too_deep(text) {
        found.lost(Some(file.line(at)), "tables are nested too deeply here; the file was left out");
        return None;
    }
    let (root, mut errors) = DeTable::parse_recoverable(text);
    errors.sort_by_key(|error| error.span().map_or(usize::MAX, |span| span.start));
    if let Some(error) = errors.first() {
        // At the end of the file the span points behind the last byte, which is on no line.
        let last = text.len().saturating_sub(1);
        let line = error.span().map(|span| file.line(span.start.min(last)));
        found.lost(line, format!("the TOML could not be read: {}", error.message()));
    }
    Some(Document { file, root: root.into_inner() })
}

/// Where dotted keys inside inline tables nest deeper than any real file does.
///
/// The library limits the depth of brackets and the length of a dotted key, but not their product, and a tree of
/// some thousand levels overflows the stack when it is dropped. Brackets and strings are followed only as far as
/// that product needs.
fn too_deep(text: &str) -> Option<usize> {
    const LIMIT: usize = 400;
    let bytes = text.as_bytes();
    let mut open: Vec<usize> = Vec::new();
    let (mut depth, mut dots, mut at) = (0, 0, 0);
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'.' => dots += 1,
            b',' | b'\n' => dots = 0,
            b'{' | b'[' => {
                open.push(dots);
                depth += dots;
                dots = 0;
                if depth > LIMIT {
                    return Some(at);
                }
            }
            b'}' | b']' => {
                depth -= open.pop().unwrap_or(0);
                dots = 0;
            }
            b'#' => {
                let comment = bytes.iter().skip(at).take_while(|b| **b != b'\n').count();
                at += comment;
                continue;
            }
            b'"' | b'\'' => {
                at += quoted(bytes.get(at..).unwrap_or(&[]), byte);
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    None
}

/// The length of the text in quotes at the beginning of `bytes`; a text that is not closed ends with its line.
fn quoted(bytes: &[u8], quote: u8) -> usize {
    let long = bytes.starts_with(&[quote; 3]);
    let mut at = if long { 3 } else { 1 };
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' if quote == b'"' => at += 1,
            b'\n' if !long => return at,
            _ if byte != quote => {}
            _ if !long => return at + 1,
            _ if bytes.get(at..).is_some_and(|rest| rest.starts_with(&[quote; 3])) => return at + 3,
            _ => {}
        }
        at += 1;
    }
    at.min(bytes.len())
}

impl Document<'_> {
    /// The top table.
    pub fn root(&self) -> Table<'_> {
        Table { file: self.file, table: &self.root, at: 0 }
    }
}

/// A view of a table; all look-ups give nothing where the key is missing or its value has another type.
#[derive(Clone, Copy)]
pub struct Table<'d> {
    file: &'d File<'d>,
    table: &'d DeTable<'d>,
    at: usize,
}

/// A view of a value.
#[derive(Clone, Copy)]
pub struct Value<'d> {
    file: &'d File<'d>,
    value: &'d Spanned<DeValue<'d>>,
}

impl<'d> Table<'d> {
    /// The value of a key.
    pub fn get(self, key: &str) -> Option<Value<'d>> {
        self.table.get(key).map(|value| Value { file: self.file, value })
    }

    /// The text of a key.
    pub fn str(self, key: &str) -> Option<&'d str> {
        self.get(key)?.str()
    }

    /// The truth value of a key.
    pub fn bool(self, key: &str) -> Option<bool> {
        self.get(key)?.bool()
    }

    /// The table of a key, whether written as `[header]`, `{ inline }` or with dotted keys.
    pub fn table(self, key: &str) -> Option<Table<'d>> {
        self.get(key)?.table()
    }

    /// The table at the end of a chain of keys, such as `["tool", "poetry"]`.
    pub fn at(self, keys: &[&str]) -> Option<Table<'d>> {
        keys.iter().try_fold(self, |table, key| table.table(key))
    }

    /// The elements of an array; none where there is no array.
    pub fn array(self, key: &str) -> impl Iterator<Item = Value<'d>> + use<'d> {
        self.get(key).into_iter().flat_map(Value::array)
    }

    /// The tables of an array, such as those of `[[package]]`; elements of other types are passed over.
    pub fn tables(self, key: &str) -> impl Iterator<Item = Table<'d>> + use<'d> {
        self.array(key).filter_map(Value::table)
    }

    /// The texts of an array; elements of other types are passed over.
    pub fn strs(self, key: &str) -> impl Iterator<Item = &'d str> + use<'d> {
        self.array(key).filter_map(Value::str)
    }

    /// Keys and values in the file's order.
    pub fn entries(self) -> Vec<(&'d str, Value<'d>)> {
        // The library's map is sorted by key; the spans of the keys bring the file's order back.
        let mut entries: Vec<_> = self.table.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        let file = self.file;
        entries.into_iter().map(|(key, value)| (&**key.get_ref(), Value { file, value })).collect()
    }

    /// Whether there is no key in it.
    pub fn is_empty(self) -> bool {
        self.table.is_empty()
    }

    /// The line of its header or of its opening brace, counted from 1.
    pub fn line(self) -> Option<u32> {
        Some(self.file.line(self.at))
    }

    /// The line of a key's value, or of the table itself where the key is missing.
    pub fn line_of(self, key: &str) -> Option<u32> {
        self.get(key).map_or_else(|| self.line(), Value::line)
    }
}

impl<'d> Value<'d> {
    /// As a text. A text whose closing quote is missing is none: half a version would be another version.
    pub fn str(self) -> Option<&'d str> {
        let text = self.value.get_ref().as_str()?;
        let raw = self.file.bytes().get(self.value.span())?;
        let closed = raw.len() > 1 && raw.first() == raw.last() && matches!(raw.last(), Some(b'"' | b'\''));
        closed.then_some(text)
    }

    /// As a truth value.
    pub fn bool(self) -> Option<bool> {
        self.value.get_ref().as_bool()
    }

    /// As a table.
    pub fn table(self) -> Option<Table<'d>> {
        let table = self.value.get_ref().as_table()?;
        Some(Table { file: self.file, table, at: self.value.span().start })
    }

    /// The elements of an array; none where it is no array.
    pub fn array(self) -> impl Iterator<Item = Value<'d>> + use<'d> {
        let file = self.file;
        let elements = self.value.get_ref().as_array();
        elements.into_iter().flat_map(|array| array.iter()).map(move |value| Value { file, value })
    }

    /// Whether it is an array.
    pub fn is_array(self) -> bool {
        self.value.get_ref().is_array()
    }

    /// The line where it begins, counted from 1.
    pub fn line(self) -> Option<u32> {
        Some(self.file.line(self.value.span().start))
    }

    /// What sort of value it is, for messages.
    pub fn kind(self) -> &'static str {
        self.value.get_ref().type_str()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_lines_and_lenience() {
        let text = "\u{feff}z = 1\n[[p]]\nname = \"b\"\n\n[p.dep]\nx = \"1\"\na.b = true\n\n[[p]]\nname = 3\nl = [\n \"q\",\n 4 ]\n";
        let file = File::new("x.toml", text.as_bytes());
        let mut found = Found::new("x.toml", "test");
        let document = parse(&file, &mut found).unwrap();
        assert!(found.problems.is_empty());
        let root = document.root();
        assert_eq!(root.entries().iter().map(|(k, _)| *k).collect::<Vec<_>>(), ["z", "p"]);
        let packages: Vec<_> = root.tables("p").collect();
        assert_eq!((packages[0].line(), packages[0].str("name")), (Some(2), Some("b")));
        assert_eq!((packages[1].line(), packages[1].str("name")), (Some(9), None));
        assert_eq!(packages[1].strs("l").collect::<Vec<_>>(), ["q"]);
        assert_eq!(packages[1].array("l").next().unwrap().line(), Some(12));
        let dep = packages[0].table("dep").unwrap();
        assert_eq!(
            dep.entries().iter().map(|(k, v)| (*k, v.line())).collect::<Vec<_>>(),
            [("x", Some(6)), ("a", Some(7))]
        );
        assert_eq!(packages[0].at(&["dep", "a"]).unwrap().bool("b"), Some(true));
    }

    #[test]
    fn a_syntax_error_keeps_the_rest() {
        let text = "[[p]]\nname = \"a\"\nbad = = 1\n[[p]]\nname = \"b\"\n[[p]]\nname = \"c";
        let file = File::new("x.toml", text.as_bytes());
        let mut found = Found::new("x.toml", "test");
        let document = parse(&file, &mut found).unwrap();
        let names: Vec<_> = document.root().tables("p").map(|p| p.str("name")).collect();
        assert_eq!(names, [Some("a"), Some("b"), None]);
        assert_eq!(found.problems.len(), 1);
        assert_eq!(found.problems[0].line, Some(3));
        assert!(found.problems[0].loses);
    }

    #[test]
    fn a_bomb_of_dotted_keys_is_refused_and_a_text_like_one_is_not() {
        let key = vec!["a"; 70].join(".");
        let bomb = format!("x = 1\n{}y = 1{}\n", format!("{key} = {{").repeat(60), "}".repeat(60));
        let file = File::new("x.toml", bomb.as_bytes());
        let mut found = Found::new("x.toml", "test");
        assert!(parse(&file, &mut found).is_none());
        assert_eq!(found.problems[0].line, Some(2));
        let text = format!("a = \"\"\"{bomb}\"\"\"\nb = '{{{{[['\n# {bomb}");
        assert_eq!(too_deep(&text[..text.len() - bomb.len() + 4]), None);
    }

    #[test]
    fn the_line_of_an_error_is_inside_the_file() {
        let file = File::new("x.toml", b"[a]\nb = [1,\n");
        let mut found = Found::new("x.toml", "test");
        parse(&file, &mut found);
        assert_eq!(found.problems[0].line, Some(2));
    }
}
