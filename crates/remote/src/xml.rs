//! XML as a tree, for the small documents of Maven and NuGet. Entities beyond the five of XML itself stay unread, so
//! nothing can be fetched and nothing can grow.

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

/// Deeper documents are refused.
const DEEPEST: usize = 64;

/// An element with what is below it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Element {
    /// Without the prefix of a namespace.
    pub(crate) name: String,
    /// Name and value, in order.
    pub(crate) attributes: Vec<(String, String)>,
    /// All text directly in it.
    pub(crate) text: String,
    /// In order.
    pub(crate) children: Vec<Element>,
}

impl Element {
    /// The first child of a name.
    pub(crate) fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|c| c.name == name)
    }

    /// All children of a name.
    pub(crate) fn all<'e>(&'e self, name: &'e str) -> impl Iterator<Item = &'e Element> {
        self.children.iter().filter(move |c| c.name == name)
    }

    /// The trimmed text of a child; none where it is missing or empty.
    pub(crate) fn text_of(&self, name: &str) -> Option<&str> {
        self.child(name).map(|c| c.text.trim()).filter(|t| !t.is_empty())
    }

    /// An attribute, whatever the case of its name.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }
}

/// Reads a document and gives its root.
pub(crate) fn parse(bytes: &[u8]) -> Result<Element, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_string())?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let broken = |_| "it is no XML".to_string();
    let mut reader = Reader::from_str(text);
    let mut open = vec![Element::default()];
    loop {
        match reader.read_event().map_err(broken)? {
            Event::Start(start) => {
                if open.len() > DEEPEST {
                    return Err("it is nested too deeply".to_string());
                }
                open.push(element(&start));
            }
            Event::Empty(start) => {
                if let Some(parent) = open.last_mut() {
                    parent.children.push(element(&start));
                }
            }
            Event::End(_) => {
                let (Some(done), Some(parent)) = (open.pop(), open.last_mut()) else {
                    return Err("it is no XML".to_string());
                };
                parent.children.push(done);
            }
            Event::Text(text) => push(&mut open, &text.xml_content(XmlVersion::Implicit1_0)),
            Event::CData(text) => push(&mut open, &text.xml_content(XmlVersion::Implicit1_0)),
            Event::GeneralRef(reference) => {
                let known = match reference.resolve_char_ref() {
                    Ok(Some(c)) => Some(c),
                    _ => match &*reference {
                        "amp" => Some('&'),
                        "lt" => Some('<'),
                        "gt" => Some('>'),
                        "quot" => Some('"'),
                        "apos" => Some('\''),
                        _ => None,
                    },
                };
                push(&mut open, known.unwrap_or(char::REPLACEMENT_CHARACTER).encode_utf8(&mut [0; 4]));
            }
            Event::Eof => break,
            _ => {}
        }
    }
    match (open.pop(), open.is_empty()) {
        (Some(mut document), true) if !document.children.is_empty() => Ok(document.children.swap_remove(0)),
        _ => Err("it is no whole XML document".to_string()),
    }
}

fn push(open: &mut [Element], text: &str) {
    if let Some(last) = open.last_mut() {
        last.text.push_str(text);
    }
}

fn element(start: &BytesStart<'_>) -> Element {
    let attributes = start.attributes().flatten().map(|a| {
        let value = a.normalized_value(XmlVersion::Implicit1_0).unwrap_or_default();
        (a.key.local_name().as_ref().to_string(), value.into_owned())
    });
    Element {
        name: start.local_name().as_ref().to_string(),
        attributes: attributes.collect(),
        ..Element::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_comes_out() {
        let root = parse(b"<a:r x='1&amp;2'><b>t &lt; &#65;<![CDATA[&]]></b><b/></a:r>").unwrap();
        assert_eq!((root.name.as_str(), root.attribute("X")), ("r", Some("1&2")));
        assert_eq!(root.text_of("b"), Some("t < A&"));
        assert_eq!(root.all("b").count(), 2);
    }

    #[test]
    fn broken_and_hostile_documents_are_refused() {
        for text in ["", "text", "<a>", "<a></b>", "<a", "</a>"] {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
        assert!(parse("<a>".repeat(100_000).as_bytes()).is_err());
        let bomb = "<!DOCTYPE r [<!ENTITY a 'xx'><!ENTITY b '&a;&a;'>]><r><v>&b;</v></r>";
        assert_eq!(parse(bomb.as_bytes()).unwrap().text_of("v"), Some("\u{fffd}"));
    }
}
