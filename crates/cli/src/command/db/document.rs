//! JSON documents that state licenses: scans, SBOMs, ClearlyDefined definitions, rows of deps.dev.

use anyhow::bail;
use licit_license::store::Origin;
use licit_model::{Licenses, Method, Purl};
use serde_json::{Map, Value};

use super::gather::Facts;
use super::table;

/// Reads a document of any of the forms; `file` stands for its name where it has none of its own.
pub(super) fn read(value: &Value, file: &str) -> anyhow::Result<(&'static str, Facts)> {
    if let Value::Array(items) = value {
        return list(items.iter(), file);
    }
    let Value::Object(map) = value else { bail!("this JSON is neither an object nor a list") };
    let word = |key: &str| map.get(key).and_then(Value::as_str);
    if let Some(schema) = word("schema").filter(|s| s.starts_with("licit/scan/")) {
        if schema != "licit/scan/1" {
            bail!("a scan of the form `{schema}`; `licit/scan/1` is read");
        }
        return Ok(("scans", scan(map, file)));
    }
    if word("bomFormat") == Some("CycloneDX") {
        return Ok(("CycloneDX", cyclonedx(map, file)));
    }
    if word("spdxVersion").is_some_and(|v| v.starts_with("SPDX-2")) {
        return Ok(("SPDX", spdx(map, file)));
    }
    if map.contains_key("@graph") {
        bail!("SPDX 3 is not read; convert it to SPDX 2.3 or CycloneDX");
    }
    if map.contains_key("coordinates") {
        let mut facts = Facts::default();
        definition(map, &mut facts);
        return Ok(("ClearlyDefined", facts));
    }
    if let Some(row) = table::Row::of(map) {
        let mut facts = Facts::default();
        row.say(&mut facts);
        return Ok(("deps.dev", facts));
    }
    if let Some(Value::Array(items)) = map.get("data") {
        return list(items.iter(), file);
    }
    // The answer of ClearlyDefined to a question about many: definitions by their coordinates.
    let is_definition = |v: &Value| v.get("coordinates").is_some();
    if !map.is_empty() && map.values().all(is_definition) {
        return list(map.values(), file);
    }
    bail!(
        "this JSON is no licit scan, CycloneDX or SPDX 2 document, ClearlyDefined definition or row of deps.dev"
    )
}

/// Definitions or rows, one behind the other.
fn list<'v>(items: impl Iterator<Item = &'v Value>, file: &str) -> anyhow::Result<(&'static str, Facts)> {
    let mut all = Facts::default();
    let mut form = None;
    for item in items {
        if !item.is_object() {
            bail!("a list of something else than objects");
        }
        let (of, facts) = read(item, file)?;
        if *form.get_or_insert(of) != of {
            bail!("a list of several forms");
        }
        all.facts.extend(facts.facts);
        all.silent += facts.silent;
    }
    match form {
        Some(form) => Ok((form, all)),
        None => bail!("an empty list"),
    }
}

fn purl(value: Option<&Value>) -> Option<Purl> {
    Purl::parse(value?.as_str()?).ok()
}

fn list_of<'v>(map: &'v Map<String, Value>, key: &str) -> impl Iterator<Item = &'v Value> {
    map.get(key).and_then(Value::as_array).into_iter().flatten()
}

/// A `licit/scan/1` document. The project's own packages are left out: a name that the project chose for itself may be
/// somebody else's elsewhere.
fn scan(map: &Map<String, Value>, file: &str) -> Facts {
    let name = map.get("name").and_then(Value::as_str).unwrap_or(file);
    let source = format!("scan of {name}");
    let mut facts = Facts::default();
    for component in list_of(map, "components") {
        if component.get("first_party").and_then(Value::as_bool) == Some(true) {
            continue;
        }
        let licenses = component.get("licenses").cloned().unwrap_or_default();
        let licenses: Licenses = serde_json::from_value(licenses).unwrap_or_default();
        let fields = fields(&licenses);
        let purl = purl(component.get("purl"));
        if fields.is_empty() {
            facts.silent += 1;
        }
        for (field, _) in fields {
            facts.say(purl.clone(), Some(field), Origin::Scan, &source);
        }
    }
    facts
}

/// What of a conclusion is kept, and whether texts decided it: the expression where it stands on something sure, else
/// the words that it was read from, so that whoever reads the database is as unsure as this reader is.
pub(super) fn fields(licenses: &Licenses) -> Vec<(String, bool)> {
    let Some(concluded) = &licenses.concluded else { return Vec::new() };
    // A text overrules a field only where it is the one thing that speaks, or changes what the field names.
    if licenses.declared.as_ref() != Some(concluded) {
        return vec![(concluded.clone(), true)];
    }
    let mut read = licenses.evidence.iter().filter(|e| e.expression.is_some());
    let certain = read.clone().any(|e| e.sure && e.expression.as_ref() == Some(concluded));
    if certain || read.all(|e| e.sure) {
        return vec![(concluded.clone(), false)];
    }
    let fields =
        licenses.evidence.iter().filter(|e| e.method != Method::LicenseFile && e.expression.is_some());
    let rung = fields.clone().map(|e| e.method).min();
    fields.filter(|e| Some(e.method) == rung).map(|e| (e.raw.clone(), false)).collect()
}

/// A CycloneDX document; the component that it is about is left out, as in [`scan`].
fn cyclonedx(map: &Map<String, Value>, file: &str) -> Facts {
    let about = map.get("metadata").and_then(|m| m.get("component")?.get("name")?.as_str());
    let source = format!("CycloneDX of {}", about.unwrap_or(file));
    let mut facts = Facts::default();
    let mut stack: Vec<&Value> = list_of(map, "components").collect();
    while let Some(component) = stack.pop() {
        let Value::Object(component) = component else { continue };
        stack.extend(list_of(component, "components"));
        let own =
            list_of(component, "properties").any(|p| p["name"] == "licit:firstParty" && p["value"] == "true");
        if !own {
            facts.say(purl(component.get("purl")), of_choices(component), Origin::Sbom, &source);
        }
    }
    facts
}

/// The array `licenses` as one field. Conclusions go before declarations; several licenses apply together, since the
/// schema does not say that one may choose.
fn of_choices(component: &Map<String, Value>) -> Option<String> {
    let read = |choice: &Value| -> Option<(bool, String)> {
        let license = choice.get("license").unwrap_or(choice);
        let word = ["expression", "id", "name"].iter().find_map(|key| license.get(*key)?.as_str())?;
        let concluded = license.get("acknowledgement").and_then(Value::as_str) == Some("concluded");
        Some((concluded, word.to_string()))
    };
    let all: Vec<(bool, String)> = list_of(component, "licenses").filter_map(read).collect();
    let any = all.iter().any(|(concluded, _)| *concluded);
    let words = all.into_iter().filter(|(concluded, _)| *concluded == any).map(|(_, word)| word);
    table::apply_together(words.collect())
}

/// An SPDX 2 document: of each package what is concluded, else what is declared.
fn spdx(map: &Map<String, Value>, file: &str) -> Facts {
    let source = format!("SPDX of {}", map.get("name").and_then(Value::as_str).unwrap_or(file));
    let described: Vec<&str> = list_of(map, "documentDescribes").filter_map(Value::as_str).collect();
    let roots: Vec<&str> = list_of(map, "relationships")
        .filter(|r| r["relationshipType"] == "DESCRIBES")
        .filter_map(|r| r.get("relatedSpdxElement")?.as_str())
        .chain(described)
        .collect();
    // A document may also be a plain list, which describes every package of it.
    let only = (roots.len() == 1).then(|| roots[0]);
    let mut facts = Facts::default();
    for package in list_of(map, "packages") {
        let Value::Object(package) = package else { continue };
        let id = package.get("SPDXID").and_then(Value::as_str);
        if id.is_some() && id == only {
            continue;
        }
        let reference = list_of(package, "externalRefs").find(|r| r["referenceType"] == "purl");
        let says = |key: &str| {
            let word = package.get(key)?.as_str()?.trim();
            (!matches!(word, "" | "NOASSERTION" | "NONE")).then(|| word.to_string())
        };
        let field = says("licenseConcluded").or_else(|| says("licenseDeclared"));
        facts.say(purl(reference.and_then(|r| r.get("referenceLocator"))), field, Origin::Sbom, &source);
    }
    facts
}

/// One definition of ClearlyDefined.
fn definition(map: &Map<String, Value>, facts: &mut Facts) {
    let declared = map.get("licensed").and_then(|l| l.get("declared")?.as_str()).map(str::to_string);
    facts.say(coordinates(map.get("coordinates")), declared, Origin::ClearlyDefined, "ClearlyDefined");
}

/// The package that coordinates name; none for sources and for types that have no registry.
fn coordinates(value: Option<&Value>) -> Option<Purl> {
    let text;
    let (kind, namespace, name, revision) = match value? {
        // `type/provider/namespace/name/revision`, as the keys of answers are written.
        Value::String(joined) => {
            text = joined;
            let parts: Vec<&str> = text.splitn(6, '/').collect();
            let [kind, _, namespace, name, revision] = parts[..] else { return None };
            (kind, Some(namespace), name, revision)
        }
        Value::Object(map) => {
            let word = |key: &str| map.get(key).and_then(Value::as_str);
            (word("type")?, word("namespace"), word("name")?, word("revision")?)
        }
        _ => return None,
    };
    let kind = match kind {
        "crate" => "cargo",
        "go" => "golang",
        "npm" | "pypi" | "maven" | "nuget" | "gem" | "composer" => kind,
        _ => return None,
    };
    let namespace = namespace.filter(|n| !n.is_empty() && *n != "-");
    // Go's namespaces are percent-encoded there; the parser decodes them.
    let encoded = |text: &str| text.replace('@', "%40").replace('?', "%3F").replace('#', "%23");
    let path = namespace.map_or(String::new(), |n| format!("{}/", encoded(n)));
    Purl::parse(&format!("pkg:{kind}/{path}{}@{}", encoded(name), encoded(revision))).ok()
}

#[cfg(test)]
mod tests {
    use licit_model::{Evidence, Location};
    use serde_json::json;

    use super::*;

    fn lines(value: &Value) -> Vec<String> {
        let (_, facts) = read(value, "x.json").unwrap();
        facts.facts.iter().map(|f| format!("{} {} ({})", f.purl, f.field, f.source)).collect()
    }

    #[test]
    fn cyclonedx_keeps_conclusions_and_joins_lists() {
        let document = json!({"bomFormat": "CycloneDX", "metadata": {"component": {"name": "web"}}, "components": [
            {"purl": "pkg:npm/a@1", "licenses": [{"license": {"id": "MIT"}}, {"license": {"id": "ISC"}}],
             "components": [{"purl": "pkg:npm/in@1", "licenses": [{"expression": "MIT OR ISC"}]}]},
            {"purl": "pkg:npm/b@1", "licenses": [
                {"license": {"id": "MIT", "acknowledgement": "declared"}},
                {"license": {"id": "GPL-3.0-only", "acknowledgement": "concluded"}}]},
            {"purl": "pkg:npm/c@1"}, {"purl": "nonsense", "licenses": [{"expression": "MIT"}]},
            {"purl": "pkg:npm/own@1", "licenses": [{"expression": "MIT"}],
             "properties": [{"name": "licit:firstParty", "value": "true"}]},
        ]});
        let mut got = lines(&document);
        got.sort();
        assert_eq!(
            got,
            [
                "pkg:npm/a@1 MIT AND ISC (CycloneDX of web)",
                "pkg:npm/b@1 GPL-3.0-only (CycloneDX of web)",
                "pkg:npm/in@1 MIT OR ISC (CycloneDX of web)"
            ]
        );
    }

    #[test]
    fn spdx_prefers_what_was_concluded() {
        let package = |purl: &str, concluded: &str, declared: &str| {
            json!({"SPDXID": purl, "licenseConcluded": concluded, "licenseDeclared": declared, "externalRefs":
                [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": purl}]})
        };
        let document = json!({"spdxVersion": "SPDX-2.3", "name": "web", "documentDescribes": ["pkg:npm/web@1"],
        "packages": [
            package("pkg:npm/web@1", "MIT", "MIT"),
            package("pkg:npm/a@1", "GPL-2.0-only", "MIT"),
            package("pkg:npm/b@1", "NOASSERTION", "ISC"),
            package("pkg:npm/c@1", "NOASSERTION", "NONE"),
        ]});
        assert_eq!(
            lines(&document),
            ["pkg:npm/a@1 GPL-2.0-only (SPDX of web)", "pkg:npm/b@1 ISC (SPDX of web)"]
        );
    }

    #[test]
    fn clearly_defined_coordinates_are_purls() {
        let definition = |coordinates: Value, declared: &str| json!({"coordinates": coordinates, "licensed": {"declared": declared}});
        let list = json!([
            definition(
                json!({"type": "npm", "provider": "p", "namespace": "@a", "name": "b", "revision": "1.0.0"}),
                "MIT"
            ),
            definition(
                json!({"type": "go", "provider": "golang", "namespace": "github.com%2fx", "name": "y",
                    "revision": "v1.2.0"}),
                "ISC"
            ),
            definition(
                json!({"type": "git", "provider": "github", "namespace": "x", "name": "y",
                "revision": "abc"}),
                "MIT"
            ),
            definition(json!("crate/p/-/serde/1.0.0"), "MIT OR Apache-2.0"),
        ]);
        assert_eq!(
            lines(&list),
            [
                "pkg:npm/%40a/b@1.0.0 MIT (ClearlyDefined)",
                "pkg:golang/github.com/x/y@v1.2.0 ISC (ClearlyDefined)",
                "pkg:cargo/serde@1.0.0 MIT OR Apache-2.0 (ClearlyDefined)"
            ]
        );
        assert_eq!(lines(&json!({"k": list[0].clone()})).len(), 1);
    }

    #[test]
    fn what_is_unsure_stays_unsure() {
        let evidence = |method, raw: &str, expression: &str, sure| Evidence {
            method,
            location: Location::new("f", None),
            raw: raw.into(),
            expression: Some(expression.into()),
            sure,
            note: None,
            review: None,
        };
        let of = |declared: Option<&str>, concluded: &str, evidence| Licenses {
            declared: declared.map(str::to_string),
            concluded: Some(concluded.to_string()),
            evidence,
            ..Licenses::default()
        };
        let unsure = evidence(Method::Manifest, "BSD", "BSD-3-Clause", false);
        let text = evidence(Method::LicenseFile, "Redistribution", "BSD-3-Clause", true);
        let one = |text: &str, by_text| vec![(text.to_string(), by_text)];
        assert_eq!(
            fields(&of(Some("BSD-3-Clause"), "BSD-3-Clause", vec![unsure.clone()])),
            one("BSD", false)
        );
        let confirmed = of(Some("BSD-3-Clause"), "BSD-3-Clause", vec![unsure, text]);
        assert_eq!(fields(&confirmed), one("BSD-3-Clause", false));
        let changed = of(Some("MIT"), "LicenseRef-licit-modified-MIT", Vec::new());
        assert_eq!(fields(&changed), one("LicenseRef-licit-modified-MIT", true));
        assert!(fields(&Licenses::default()).is_empty());
    }

    #[test]
    fn other_documents_are_refused_with_a_reason() {
        for other in [json!({}), json!([]), json!([1]), json!({"a": 1}), json!({"@graph": []}), json!("a")] {
            assert!(read(&other, "x").is_err(), "{other}");
        }
        let newer = json!({"schema": "licit/scan/2"});
        assert!(read(&newer, "x").unwrap_err().to_string().contains("licit/scan/1"));
    }
}
