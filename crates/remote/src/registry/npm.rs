//! npm: the manifest of one version, or of all of them where a registry knows no shorter answer.

use licit_model::{Freshness, Purl};
use serde_json::Value;

use crate::answer::{Said, Stated};
use crate::error::Error;
use crate::registry::{Asker, text_at};

pub(super) fn ask(asker: &Asker<'_>, purl: &Purl) -> Result<Said, Error> {
    let (name, version) = (purl.full_name(), purl.version());
    let one = asker.endpoint.below(&[&name, version])?;
    match asker.json(one, |answer| manifest(answer, &name, version)) {
        // Some registries answer only for all versions together.
        Err(Error::NotKnown(_) | Error::Status { status: 405 | 501, .. }) => {
            let all = asker.endpoint.below(&[&name])?;
            asker
                .json(all, |answer| document(answer, &name, version))?
                .ok_or_else(|| Error::NotKnown(asker.endpoint.host()))
        }
        other => other,
    }
}

/// Reads the document of all versions; none where the version is not among them.
fn document(answer: &Value, name: &str, version: &str) -> Result<Option<Said>, String> {
    let versions = answer.get("versions").and_then(Value::as_object).ok_or("it lists no versions")?;
    let Some(one) = versions.get(version) else { return Ok(None) };
    let mut said = manifest(one, name, version)?;
    said.facts.released = answer.get("time").and_then(|t| text_at(t, &[version]));
    said.facts.newest = text_at(answer, &["dist-tags", "latest"]);
    said.facts.releases = u32::try_from(versions.len()).ok();
    Ok(Some(said))
}

/// Reads the manifest of one version.
fn manifest(answer: &Value, name: &str, version: &str) -> Result<Said, String> {
    let told = (text_at(answer, &["name"]), text_at(answer, &["version"]));
    match told {
        (Some(n), Some(v)) if n == name && v == version => {}
        (Some(n), Some(v)) => return Err(format!("it describes {n}@{v}")),
        _ => return Err("it does not say which package it describes".to_string()),
    }
    let mut licenses = Vec::new();
    match answer.get("license").or_else(|| answer.get("licenses")) {
        Some(Value::Array(list)) => licenses.extend(list.iter().filter_map(one)),
        Some(value) => licenses.extend(one(value)),
        None => {}
    }
    let deprecated = match answer.get("deprecated") {
        Some(Value::String(reason)) if !reason.is_empty() => Some(reason.clone()),
        Some(Value::Bool(true)) => Some(String::new()),
        _ => None,
    };
    let licenses = licenses.into_iter().map(|text| Stated::field(text, "license")).collect();
    Ok(Said { licenses, facts: Freshness { deprecated, ..Freshness::default() } })
}

/// A license, also in the old form `{"type": "MIT", "url": "…"}`.
fn one(value: &Value) -> Option<String> {
    let text = value.as_str().map(str::to_string).or_else(|| text_at(value, &["type"]))?;
    (!text.trim().is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn old_and_new_fields() {
        let with = |mut extra: Value| {
            let fields = extra.as_object_mut().unwrap();
            fields.insert("name".to_string(), json!("a"));
            fields.insert("version".to_string(), json!("1.0.0"));
            manifest(&extra, "a", "1.0.0").unwrap()
        };
        let texts = |said: Said| said.licenses.into_iter().map(|l| l.text).collect::<Vec<_>>();
        assert_eq!(texts(with(json!({"license": "MIT"}))), ["MIT"]);
        assert_eq!(texts(with(json!({"license": {"type": "ISC"}}))), ["ISC"]);
        assert_eq!(texts(with(json!({"licenses": [{"type": "MIT"}, "GPL-2.0"]}))), ["MIT", "GPL-2.0"]);
        assert_eq!(with(json!({"deprecated": "use b"})).facts.deprecated.as_deref(), Some("use b"));
        assert!(manifest(&json!({"name": "b", "version": "1.0.0", "license": "MIT"}), "a", "1.0.0").is_err());
    }
}
