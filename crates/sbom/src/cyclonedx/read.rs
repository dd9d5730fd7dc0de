//! CycloneDX 1.2 to 1.6 as input, JSON and XML.

use licit_model::Scope;
use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::{BytesStart, Event};
use serde_json::{Map, Value};

use crate::read::{Document, Item, Link, list, text};

/// Components in each other, and elements of XML in each other.
const DEPTH: usize = 200;

/// Reads a document; none where it is no CycloneDX.
pub(crate) fn json(value: &Value) -> Option<Document> {
    if text(value, "bomFormat") != "CycloneDX" {
        return None;
    }
    let mut document =
        Document { format: format!("CycloneDX {}", text(value, "specVersion")), ..Document::default() };
    if let Some(subject) = value.pointer("/metadata/component") {
        let id = component(subject, None, 0, &mut document);
        document.subjects.push(id);
    }
    for inner in list(value, "components") {
        component(inner, None, 0, &mut document);
    }
    let dependencies = list(value, "dependencies");
    for dependency in dependencies {
        for to in list(dependency, "dependsOn").iter().filter_map(Value::as_str) {
            let from = text(dependency, "ref").to_string();
            document.links.push(Link { from, to: to.to_string(), scope: None, linkage: None });
        }
    }
    let known: std::collections::HashSet<&str> = dependencies.iter().map(|d| text(d, "ref")).collect();
    document.whole =
        !dependencies.is_empty() && document.items.iter().all(|i| i.marker || known.contains(i.id.as_str()));
    Some(document)
}

/// Adds a component and those in it; gives what it is called.
fn component(value: &Value, parent: Option<&str>, depth: usize, document: &mut Document) -> String {
    let id = match text(value, "bom-ref") {
        "" => match text(value, "purl") {
            "" => format!("#{}", document.items.len()),
            purl => purl.to_string(),
        },
        id => id.to_string(),
    };
    let kind = text(value, "type");
    let purl = Some(text(value, "purl")).filter(|p| !p.is_empty()).map(str::to_string);
    let development = list(value, "properties").iter().any(|p| {
        matches!(text(p, "name"), "cdx:npm:package:development" | "cdx:pnpm:package:development")
            && text(p, "value") == "true"
    });
    let own =
        list(value, "properties").iter().find(|p| text(p, "name") == "licit:scope").map(|p| text(p, "value"));
    let scope = match (own, text(value, "scope")) {
        (Some("runtime"), _) => Some(Scope::Runtime),
        (Some("optional"), _) | (None, "optional") if !development => Some(Scope::Optional),
        (Some("build"), _) => Some(Scope::Build),
        (Some("test"), _) => Some(Scope::Test),
        (Some("dev"), _) | (None, "excluded") => Some(Scope::Dev),
        _ if development => Some(Scope::Dev),
        _ => None,
    };
    document.items.push(Item {
        id: id.clone(),
        group: text(value, "group").to_string(),
        name: text(value, "name").to_string(),
        version: text(value, "version").to_string(),
        marker: matches!(kind, "file" | "operating-system") && purl.is_none(),
        purl,
        licenses: licenses(value),
        hashes: list(value, "hashes")
            .iter()
            .map(|h| (text(h, "alg").to_string(), text(h, "content").to_string()))
            .collect(),
        scope,
    });
    if let Some(parent) = parent {
        document.links.push(Link { from: parent.to_string(), to: id.clone(), scope: None, linkage: None });
    }
    if depth < DEPTH {
        for inner in list(value, "components") {
            component(inner, Some(&id), depth + 1, document);
        }
    }
    id
}

/// The licenses of a component: what is declared where that is told apart, else everything that stands there, else what
/// was seen in its files.
fn licenses(value: &Value) -> Vec<String> {
    let stated = |choices: &[Value]| -> Vec<String> {
        let declared = |c: &&Value| {
            let of = c.get("license").unwrap_or(c);
            text(of, "acknowledgement") == "declared"
        };
        let any = choices.iter().any(|c| declared(&c));
        let kept = choices.iter().filter(|c| !any || declared(c));
        kept.filter_map(|choice| {
            let license = choice.get("license");
            let words = [
                Some(text(choice, "expression")),
                license.map(|l| text(l, "id")),
                license.map(|l| text(l, "name")),
            ];
            words.into_iter().flatten().find(|w| !w.is_empty()).map(str::to_string)
        })
        .collect()
    };
    let own = stated(list(value, "licenses"));
    if own.is_empty() {
        value.get("evidence").map_or(Vec::new(), |e| stated(list(e, "licenses")))
    } else {
        own
    }
}

/// Reads a document as XML by giving it the shape that it has as JSON.
pub(crate) fn xml(source: &str) -> Option<Document> {
    let bom = parse(source)?;
    let namespace =
        bom.attributes.iter().find(|(k, _)| k == "xmlns" || k.starts_with("xmlns:")).map(|(_, v)| v.as_str());
    let version = namespace?.strip_prefix("http://cyclonedx.org/schema/bom/")?.to_string();
    let mut value = Map::new();
    value.insert("bomFormat".into(), "CycloneDX".into());
    value.insert("specVersion".into(), version.into());
    if let Some(subject) = bom.child("metadata").and_then(|m| m.child("component")) {
        value.insert(
            "metadata".into(),
            Value::Object(Map::from_iter([("component".into(), of_component(subject))])),
        );
    }
    value.insert("components".into(), components(&bom));
    let dependencies = bom.child("dependencies").map_or(&[][..], |d| &d.children);
    let dependency = |d: &Element| {
        let on = d.children.iter().map(|c| Value::from(c.attribute("ref")));
        object([("ref", d.attribute("ref").into()), ("dependsOn", Value::Array(on.collect()))])
    };
    value.insert("dependencies".into(), Value::Array(dependencies.iter().map(dependency).collect()));
    json(&Value::Object(value))
}

fn object<const N: usize>(fields: [(&str, Value); N]) -> Value {
    Value::Object(fields.into_iter().map(|(k, v)| (k.to_string(), v)).collect())
}

fn components(of: &Element) -> Value {
    let inner = of.child("components").map_or(&[][..], |c| &c.children);
    Value::Array(inner.iter().filter(|c| c.name == "component").map(of_component).collect())
}

fn of_component(element: &Element) -> Value {
    let field = |name: &str| Value::from(element.child(name).map_or("", |c| c.text.trim()));
    let hashes = element.child("hashes").map_or(&[][..], |h| &h.children);
    let hash = |h: &Element| object([("alg", h.attribute("alg").into()), ("content", h.text.trim().into())]);
    let properties = element.child("properties").map_or(&[][..], |p| &p.children);
    let property =
        |p: &Element| object([("name", p.attribute("name").into()), ("value", p.text.trim().into())]);
    let evidence = element.child("evidence").map_or(Value::Null, |e| object([("licenses", of_licenses(e))]));
    object([
        ("bom-ref", element.attribute("bom-ref").into()),
        ("type", element.attribute("type").into()),
        ("group", field("group")),
        ("name", field("name")),
        ("version", field("version")),
        ("purl", field("purl")),
        ("scope", field("scope")),
        ("licenses", of_licenses(element)),
        ("evidence", evidence),
        ("hashes", Value::Array(hashes.iter().map(hash).collect())),
        ("properties", Value::Array(properties.iter().map(property).collect())),
        ("components", components(element)),
    ])
}

fn of_licenses(element: &Element) -> Value {
    let choices = element.child("licenses").map_or(&[][..], |l| &l.children);
    let choice = |c: &Element| match c.name.as_str() {
        "expression" => object([
            ("expression", c.text.trim().into()),
            ("acknowledgement", c.attribute("acknowledgement").into()),
        ]),
        _ => {
            let field = |name: &str| Value::from(c.child(name).map_or("", |f| f.text.trim()));
            let acknowledgement = c.attribute("acknowledgement").into();
            object([(
                "license",
                object([("id", field("id")), ("name", field("name")), ("acknowledgement", acknowledgement)]),
            )])
        }
    };
    Value::Array(choices.iter().map(choice).collect())
}

/// One element with everything in it, names without their prefix.
#[derive(Default)]
struct Element {
    name: String,
    attributes: Vec<(String, String)>,
    text: String,
    children: Vec<Element>,
}

impl Element {
    fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|c| c.name == name)
    }

    fn attribute(&self, name: &str) -> &str {
        self.attributes.iter().find(|(k, _)| k == name).map_or("", |(_, v)| v)
    }
}

/// The root element; entities beyond the five of XML are left out, so nothing expands.
fn parse(source: &str) -> Option<Element> {
    let mut reader = Reader::from_str(source);
    let mut open: Vec<Element> = Vec::new();
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => {
                if open.len() >= DEPTH {
                    return None;
                }
                open.push(element(&start));
            }
            Event::Empty(start) => open.last_mut()?.children.push(element(&start)),
            Event::End(_) => {
                let done = open.pop()?;
                match open.last_mut() {
                    Some(parent) => parent.children.push(done),
                    None => return (done.name == "bom").then_some(done),
                }
            }
            Event::Text(text) => {
                if let Some(at) = open.last_mut() {
                    at.text.push_str(&text);
                }
            }
            Event::CData(text) => {
                if let Some(at) = open.last_mut() {
                    at.text.push_str(&text);
                }
            }
            Event::GeneralRef(name) => {
                if let Some(at) = open.last_mut() {
                    let spelled = format!("&{};", &*name);
                    at.text.push_str(&unescape(&spelled).unwrap_or_default());
                }
            }
            Event::Eof => return None,
            _ => {}
        }
    }
}

fn element(start: &BytesStart<'_>) -> Element {
    let mut given = start.attributes();
    // The library's check for repeated attributes compares each with all others.
    given.with_checks(false);
    let attributes = given.flatten().map(|a| {
        let value = unescape(&a.value).map_or_else(|_| a.value.to_string(), std::borrow::Cow::into_owned);
        (a.key.0.to_string(), value)
    });
    let attributes = attributes.collect();
    let name = start.name();
    let local = name.0.rsplit_once(':').map_or(name.0, |(_, local)| local);
    Element { name: local.to_string(), attributes, ..Element::default() }
}
