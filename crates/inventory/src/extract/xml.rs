//! XML behind one door: the library is named here only, and what stands before a syntax error is kept.
//!
//! A file becomes a flat list of elements, so that no depth of nesting can overflow a stack. Entities that a document
//! declares itself are never resolved; that closes the door on entity bombs and on external files.

use std::borrow::Cow;

use licit_model::Found;
use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::{BytesStart, Event};

use super::File;

/// More elements than any real manifest has; what follows is left out.
const ELEMENTS: usize = 500_000;

/// A parsed file; [`Document::root`] gives the view that is walked.
#[derive(Default)]
pub struct Document {
    elements: Vec<Element>,
}

#[derive(Default)]
struct Element {
    name: String,
    attributes: Vec<(String, String)>,
    text: String,
    line: u32,
    first_child: usize,
    last_child: usize,
    next: usize,
}

/// Parses a whole file. A syntax error becomes a problem with its line, and what stands before it is kept. Nothing is
/// given where there is no element at all.
pub fn parse(file: &File<'_>, found: &mut Found) -> Option<Document> {
    let text = text(file, found)?;
    // The lines of a file that had to be decoded are those of the decoded text: line feeds are the same in both.
    let decoded = matches!(text, Cow::Owned(_)).then(|| File::new(file.path(), text.as_bytes()));
    let lines = decoded.as_ref().unwrap_or(file);
    let mut document = Document::default();
    let mut reader = Reader::from_str(&text);
    reader.config_mut().allow_dangling_amp = true;
    let mut open: Vec<usize> = Vec::new();
    let line_at = |at: u64| lines.line((at as usize).min(text.len().saturating_sub(1)));
    loop {
        let at = reader.buffer_position();
        match reader.read_event() {
            Ok(Event::Start(start)) => match document.add(&start, &open, line_at(at)) {
                Some(index) => open.push(index),
                None => {
                    found.lost(Some(line_at(at)), "the XML has too many elements; the rest was left out");
                    break;
                }
            },
            Ok(Event::Empty(start)) => {
                if document.add(&start, &open, line_at(at)).is_none() {
                    found.lost(Some(line_at(at)), "the XML has too many elements; the rest was left out");
                    break;
                }
            }
            Ok(Event::End(_)) => {
                open.pop();
            }
            Ok(Event::Text(part)) => document.append(&open, &part),
            Ok(Event::CData(part)) => document.append(&open, &part),
            Ok(Event::GeneralRef(part)) => {
                let spelled = format!("&{};", &*part);
                let meant = unescape(&spelled).map(Cow::into_owned).unwrap_or(spelled.clone());
                document.append(&open, &meant);
            }
            Ok(Event::Eof) => {
                if let Some(index) = open.last() {
                    let name = &document.elements[*index].name;
                    let line = line_at(text.len() as u64);
                    found.lost(Some(line), format!("the XML ends inside <{}>", short(name)));
                }
                break;
            }
            Ok(_) => {}
            Err(error) => {
                let line = line_at(reader.error_position());
                found.lost(
                    Some(line),
                    format!("the XML could not be read to its end: {}", short(&error.to_string())),
                );
                break;
            }
        }
    }
    // An element that was cut off may hold half a version, which would be another version.
    for index in open {
        document.elements[index].text.clear();
    }
    if document.elements.is_empty() {
        if found.problems.is_empty() {
            found.odd(None, "there is no XML in it");
        }
        return None;
    }
    Some(document)
}

/// The text of a file in the encodings that manifests come in: UTF-8, UTF-16 with its mark, and Latin-1 where the
/// declaration says so.
fn text<'a>(file: &File<'a>, found: &mut Found) -> Option<Cow<'a, str>> {
    let bytes = file.bytes();
    let wide = |little: bool| {
        let units = bytes.get(2..).unwrap_or(&[]).chunks_exact(2);
        let unit = |pair: &[u8]| {
            let (a, b) = (pair.first().copied().unwrap_or(0), pair.get(1).copied().unwrap_or(0));
            if little { u16::from_le_bytes([a, b]) } else { u16::from_be_bytes([a, b]) }
        };
        let decoded = char::decode_utf16(units.map(unit)).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER));
        Cow::Owned(decoded.collect::<String>())
    };
    if bytes.starts_with(&[0xFF, 0xFE]) {
        return Some(wide(true));
    }
    if bytes.starts_with(&[0xFE, 0xFF]) {
        return Some(wide(false));
    }
    if std::str::from_utf8(bytes).is_err() {
        let head = bytes.get(..bytes.len().min(120)).unwrap_or(&[]).to_ascii_lowercase();
        let says = |word: &[u8]| head.windows(word.len()).any(|w| w == word);
        if says(b"8859-1") || says(b"windows-1252") || says(b"us-ascii") {
            return Some(Cow::Owned(bytes.iter().map(|b| char::from(*b)).collect()));
        }
    }
    file.text(found).map(Cow::Borrowed)
}

/// Names without their namespace prefix, cut where they are long enough to be an attack on a message.
fn short(name: &str) -> &str {
    match name.char_indices().nth(80) {
        Some((at, _)) => &name[..at],
        None => name,
    }
}

fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

impl Document {
    fn add(&mut self, start: &BytesStart<'_>, open: &[usize], line: u32) -> Option<usize> {
        let index = self.elements.len();
        if index >= ELEMENTS {
            return None;
        }
        let mut attributes = Vec::new();
        // The library's check for repeated attributes compares each with all others.
        for attribute in start.attributes().with_checks(false).flatten() {
            let value =
                unescape(&attribute.value).map_or_else(|_| attribute.value.to_string(), Cow::into_owned);
            attributes.push((local(attribute.key.0).to_string(), value));
        }
        let name = local(start.name().0).to_string();
        self.elements.push(Element { name, attributes, line, ..Element::default() });
        if let Some(&parent) = open.last() {
            let last = self.elements[parent].last_child;
            if last == 0 {
                self.elements[parent].first_child = index;
            } else {
                self.elements[last].next = index;
            }
            self.elements[parent].last_child = index;
        }
        Some(index)
    }

    fn append(&mut self, open: &[usize], part: &str) {
        if let Some(&parent) = open.last() {
            self.elements[parent].text.push_str(part);
        }
    }

    /// Every element, in the file's order.
    pub fn nodes(&self) -> impl Iterator<Item = Node<'_>> {
        (0..self.elements.len()).map(|index| Node { document: self, index })
    }

    /// The outermost element.
    pub fn root(&self) -> Node<'_> {
        Node { document: self, index: 0 }
    }
}

/// A view of one element.
#[derive(Clone, Copy)]
pub struct Node<'d> {
    document: &'d Document,
    index: usize,
}

impl<'d> Node<'d> {
    fn element(self) -> &'d Element {
        &self.document.elements[self.index]
    }

    /// Its name without a namespace prefix.
    pub fn name(self) -> &'d str {
        &self.element().name
    }

    /// The line on which it begins, counted from 1.
    pub fn line(self) -> u32 {
        self.element().line
    }

    /// The text directly in it, trimmed.
    pub fn text(self) -> &'d str {
        self.element().text.trim()
    }

    /// An attribute, trimmed; its case does not matter, as MSBuild has it.
    pub fn attribute(self, name: &str) -> Option<&'d str> {
        let mut all = self.element().attributes.iter();
        all.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    /// The elements directly in it.
    pub fn children(self) -> impl Iterator<Item = Node<'d>> + use<'d> {
        let document = self.document;
        let mut at = self.element().first_child;
        std::iter::from_fn(move || {
            let index = at;
            at = document.elements.get(index).filter(|_| index != 0)?.next;
            Some(Node { document, index })
        })
    }

    /// The elements of a name directly in it.
    pub fn all(self, name: &str) -> impl Iterator<Item = Node<'d>> + use<'d, '_> {
        self.children().filter(move |node| node.name() == name)
    }

    /// The first element at the end of a chain of names.
    pub fn at(self, names: &[&str]) -> Option<Node<'d>> {
        names.iter().try_fold(self, |node, name| node.all(name).next())
    }

    /// The text of the first element of a name; none where that is missing or empty.
    pub fn text_of(self, name: &str) -> Option<&'d str> {
        self.at(&[name]).map(Node::text).filter(|text| !text.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> (Option<Document>, Found) {
        let mut found = Found::new("x.xml", "test");
        (parse(&File::new("x.xml", bytes), &mut found), found)
    }

    #[test]
    fn elements_lines_and_escapes() {
        let (document, found) =
            read(b"<?xml version='1.0'?>\n<p:a xmlns:p='u'>\n <b C=' &lt;1&#65; '>x &amp; <![CDATA[<y>]]></b>\n <b/>\n</p:a>\n");
        assert!(found.problems.is_empty(), "{:?}", found.problems);
        let document = document.unwrap();
        let root = document.root();
        assert_eq!((root.name(), root.line()), ("a", 2));
        let b: Vec<_> = root.all("b").collect();
        assert_eq!((b[0].attribute("c"), b[0].text(), b[0].line()), (Some("<1A"), "x & <y>", 3));
        assert_eq!((b[1].line(), root.text_of("b")), (4, Some("x & <y>")));
    }

    #[test]
    fn what_stands_before_an_error_is_kept_and_half_a_text_is_not() {
        let (document, found) = read(b"<a><b>1</b>\n<c>1.2");
        let document = document.unwrap();
        assert_eq!((document.root().text_of("b"), document.root().text_of("c")), (Some("1"), None));
        assert_eq!(found.problems[0].line, Some(2));
        let (document, found) = read(b"<a><b>1</b></c>");
        assert_eq!((document.unwrap().root().text_of("b"), found.problems.len()), (Some("1"), 1));
    }

    #[test]
    fn bombs_and_depth_are_harmless() {
        let (document, _) = read(b"<!DOCTYPE a [<!ENTITY x \"y\"><!ENTITY z \"&x;&x;\">]><a>&z;</a>");
        assert_eq!(document.unwrap().root().text(), "&z;");
        let (document, found) = read("<a>".repeat(100_000).as_bytes());
        assert!(document.is_some() && found.problems[0].loses);
    }

    #[test]
    fn other_encodings() {
        let wide: Vec<u8> =
            [0xFEFF_u16].into_iter().chain("<a>ü</a>".encode_utf16()).flat_map(u16::to_le_bytes).collect();
        assert_eq!(read(&wide).0.unwrap().root().text(), "ü");
        let latin = b"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xFC</a>";
        assert_eq!(read(latin).0.unwrap().root().text(), "ü");
        assert!(read(b"<a>\xFC</a>").0.is_none());
    }
}
