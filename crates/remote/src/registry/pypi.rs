//! Python: the JSON page of a version where the index has one, otherwise the metadata of a wheel, from the file beside
//! it (PEP 658 and PEP 714) or out of it.

use licit_model::{Freshness, Purl};
use serde_json::Value;

use crate::answer::{Said, Stated, StatedKind};
use crate::archive;
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::registry::{Asker, json, same_version, text_at};

/// A license field longer than this is a text that somebody pasted into it.
const FIELD: usize = 200;

pub(super) fn ask(asker: &Asker<'_>, purl: &Purl) -> Result<Said, Error> {
    let (name, version) = (purl.name.as_str(), purl.version());
    match page(asker, name, version) {
        Ok(said) if !said.licenses.is_empty() => Ok(said),
        // Many indexes have only the simple pages; one in trouble is not asked twice.
        Err(error) if error.is_outage() || matches!(error, Error::Refused { .. } | Error::Deadline) => {
            Err(error)
        }
        other => match (beside(asker, name, version), other) {
            (Ok(said), _) if !said.licenses.is_empty() => Ok(said),
            (_, Ok(said)) => Ok(said),
            (Err(error), _) | (Ok(_), Err(error)) => Err(error),
        },
    }
}

/// The JSON page, which lies beside the simple index.
fn page(asker: &Asker<'_>, name: &str, version: &str) -> Result<Said, Error> {
    let address = asker.endpoint.url().as_str().trim_end_matches('/');
    let base = address.strip_suffix("/simple").unwrap_or(address);
    let base = asker.endpoint.linked(base)?;
    let url = base.below(&["pypi", name, version, "json"])?;
    asker.at(&base).json(url, |answer| read_page(answer, name, version))
}

fn read_page(answer: &Value, name: &str, version: &str) -> Result<Said, String> {
    let info = answer.get("info").ok_or("it has no `info`")?;
    let told = (text_at(info, &["name"]), text_at(info, &["version"]));
    match told {
        (Some(n), Some(v)) if Purl::pypi(&n, "").name == name && same_version(&v, version) => {}
        (Some(n), Some(v)) => return Err(format!("it describes {n} {v}")),
        _ => return Err("it does not say which package it describes".to_string()),
    }
    let classifiers = info.get("classifiers").and_then(Value::as_array);
    let classifiers: Vec<&str> = classifiers.into_iter().flatten().filter_map(Value::as_str).collect();
    let licenses = stated(
        text_at(info, &["license_expression"]).as_deref(),
        text_at(info, &["license"]).as_deref(),
        &classifiers,
    );
    let reason = || text_at(info, &["yanked_reason"]).unwrap_or_default();
    let first = answer.get("urls").and_then(|u| u.get(0));
    let facts = Freshness {
        released: first.and_then(|f| text_at(f, &["upload_time_iso_8601"])),
        yanked: (info.get("yanked") == Some(&Value::Bool(true))).then(reason),
        releases: answer.get("releases").and_then(Value::as_object).and_then(|r| u32::try_from(r.len()).ok()),
        ..Freshness::default()
    };
    Ok(Said { licenses, facts })
}

/// A wheel of the version.
#[derive(Debug, PartialEq, Eq)]
struct Wheel {
    url: String,
    /// Whether its metadata can be had without it.
    metadata: bool,
    facts: Freshness,
}

/// The metadata of one of the version's wheels: from the file beside it, or out of the wheel.
fn beside(asker: &Asker<'_>, name: &str, version: &str) -> Result<Said, Error> {
    let mut url = asker.endpoint.below(&[name])?;
    url.set_path(&format!("{}/", url.path()));
    let page = url.clone();
    let wheel = asker
        .get(url, "application/vnd.pypi.simple.v1+json", |bytes| read_index(&json(bytes)?, name, version))?
        .ok_or_else(|| Error::NotKnown(asker.endpoint.host()))?;
    let unusable = || asker.unreadable("it names no usable address");
    let file = page.join(&wheel.url).map_err(|_| unusable())?;
    let server: Endpoint = asker.endpoint.linked(file.as_str())?;
    let mut file = server.url().clone();
    let path = file.path().trim_end_matches('/').to_string();
    let mut said = if wheel.metadata {
        file.set_path(&format!("{path}.metadata"));
        asker.at(&server).get(file, "*/*", |bytes| read_metadata(bytes, name, version))?
    } else {
        file.set_path(&path);
        asker.at(&server).get(file, "*/*", |bytes| read_wheel(bytes, name, version))?
    };
    said.facts = wheel.facts;
    Ok(said)
}

fn read_wheel(bytes: &[u8], name: &str, version: &str) -> Result<Said, String> {
    let is_metadata =
        |path: &str| path.split_once('/').is_some_and(|(d, f)| d.ends_with(".dist-info") && f == "METADATA");
    let files = archive::zip(bytes, is_metadata)?;
    let (_, text) = files.first().ok_or("the wheel has no metadata")?;
    read_metadata(text.as_bytes(), name, version)
}

/// The best wheel of a version: one with its metadata beside it, else the smallest.
fn read_index(answer: &Value, name: &str, version: &str) -> Result<Option<Wheel>, String> {
    let files = answer.get("files").and_then(Value::as_array).ok_or("it lists no files")?;
    let releases = answer.get("versions").and_then(Value::as_array).and_then(|v| u32::try_from(v.len()).ok());
    let mut best: Option<((bool, u64), Wheel)> = None;
    for file in files {
        let Some(file_name) = text_at(file, &["filename"]) else { continue };
        let mut parts = file_name.strip_suffix(".whl").unwrap_or_default().split('-');
        let (Some(of), Some(v), Some(url)) = (parts.next(), parts.next(), text_at(file, &["url"])) else {
            continue;
        };
        if Purl::pypi(of, "").name != name || !same_version(v, version) {
            continue;
        }
        let metadata = ["core-metadata", "data-dist-info-metadata"]
            .iter()
            .any(|key| file.get(key).is_some_and(|v| v.is_object() || *v == Value::Bool(true)));
        let yanked = match file.get("yanked") {
            Some(Value::String(reason)) => Some(reason.clone()),
            Some(Value::Bool(true)) => Some(String::new()),
            _ => None,
        };
        let facts =
            Freshness { released: text_at(file, &["upload-time"]), yanked, releases, ..Freshness::default() };
        let size = file.get("size").and_then(Value::as_u64).unwrap_or(u64::MAX);
        let weight = (!metadata, size);
        if best.as_ref().is_none_or(|(w, _)| weight < *w) {
            best = Some((weight, Wheel { url, metadata, facts }));
        }
    }
    Ok(best.map(|(_, wheel)| wheel))
}

/// Reads the head of a core metadata file.
fn read_metadata(bytes: &[u8], name: &str, version: &str) -> Result<Said, String> {
    let text = String::from_utf8_lossy(bytes);
    let mut fields: Vec<(&str, String)> = Vec::new();
    for line in text.lines().take_while(|l| !l.trim_end().is_empty()) {
        match (line.starts_with([' ', '\t']), line.split_once(':')) {
            (true, _) => {
                if let Some((_, value)) = fields.last_mut() {
                    value.push('\n');
                    value.push_str(line.trim());
                }
            }
            (false, Some((key, value))) => fields.push((key, value.trim().to_string())),
            (false, None) => {}
        }
    }
    let of = |key: &str| fields.iter().find(|(k, v)| k.eq_ignore_ascii_case(key) && !v.is_empty());
    let value = |key: &str| of(key).map(|(_, v)| v.as_str());
    match (value("Name"), value("Version")) {
        (Some(n), Some(v)) if Purl::pypi(n, "").name == name && same_version(v, version) => {}
        _ => return Err("it does not describe the version that was asked for".to_string()),
    }
    let classifiers: Vec<&str> = fields
        .iter()
        .filter(|(k, _)| k.eq_ignore_ascii_case("Classifier"))
        .map(|(_, v)| v.as_str())
        .collect();
    let licenses = stated(value("License-Expression"), value("License"), &classifiers);
    Ok(Said { licenses, facts: Freshness::default() })
}

/// The expression says all that there is to say; without it the field and the classifiers do.
fn stated(expression: Option<&str>, license: Option<&str>, classifiers: &[&str]) -> Vec<Stated> {
    if let Some(expression) = expression {
        return vec![Stated::field(expression, "license_expression")];
    }
    let mut all = Vec::new();
    if let Some(license) = license.filter(|l| !l.eq_ignore_ascii_case("unknown")) {
        let pasted = license.len() > FIELD || license.lines().nth(2).is_some();
        let kind = if pasted { StatedKind::Text } else { StatedKind::Field };
        all.push(Stated { text: license.to_string(), kind, place: "license".to_string() });
    }
    for classifier in classifiers.iter().filter(|c| c.starts_with("License ::")) {
        all.push(Stated {
            text: (*classifier).to_string(),
            kind: StatedKind::Classifier,
            place: "classifiers".to_string(),
        });
    }
    all
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn pages() {
        let answer = json!({"info": {"name": "Some.Thing", "version": "1.0", "license": "BSD",
            "classifiers": ["License :: OSI Approved :: BSD License", "Topic :: X"], "yanked": true},
            "urls": [{"upload_time_iso_8601": "2021-01-01T00:00:00Z"}]});
        let said = read_page(&answer, "some-thing", "1.0.0").unwrap();
        assert_eq!(said.licenses.len(), 2);
        assert_eq!(said.facts.line().unwrap(), "released 2021-01-01T00:00:00Z; yanked");
        assert!(read_page(&answer, "other", "1.0").is_err());
        assert!(read_page(&answer, "some-thing", "2.0").is_err());
    }

    #[test]
    fn metadata_beside_a_wheel() {
        let index = json!({"files": [
            {"filename": "a_b-1.0.tar.gz", "url": "x", "core-metadata": true},
            {"filename": "a_b-1.0-py3-none-any.whl", "url": "../a.whl", "core-metadata": {"sha256": "0"}, "yanked": "old"}]});
        let wheel = read_index(&index, "a-b", "1.0").unwrap().unwrap();
        assert_eq!((wheel.url.as_str(), wheel.facts.yanked.as_deref()), ("../a.whl", Some("old")));
        assert!(wheel.metadata);
        assert_eq!(read_index(&index, "a-b", "2.0"), Ok(None));
        let head =
            b"Metadata-Version: 2.4\nName: a_b\nVersion: 1.0\nLicense-Expression: MIT\n\nLicense: GPL\n";
        assert_eq!(read_metadata(head, "a-b", "1.0").unwrap().licenses[0].text, "MIT");
        assert!(read_metadata(b"Name: c\nVersion: 1.0\n", "a-b", "1.0").is_err());
    }
}
