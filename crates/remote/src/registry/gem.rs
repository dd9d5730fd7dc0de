//! RubyGems: what its API says of one version, or the specification inside the gem where a server has no such API.

use std::io::Read as _;

use flate2::read::GzDecoder;
use licit_model::{Freshness, Purl};
use serde_json::Value;

use crate::answer::{Said, Stated};
use crate::error::Error;
use crate::registry::{Asker, same_version, text_at};

/// Bytes of a specification; a gem lists all its files there.
const SPECIFICATION: u64 = 8 << 20;

pub(super) fn ask(asker: &Asker<'_>, purl: &Purl) -> Result<Said, Error> {
    let (name, version) = (purl.name.as_str(), purl.version());
    let one =
        asker.endpoint.below(&["api", "v2", "rubygems", name, "versions", &format!("{version}.json")])?;
    match asker.json(one, |answer| read(answer, name, version)) {
        // Mirrors have the gems, but often no API beside them.
        Err(Error::NotKnown(_) | Error::Status { status: 405 | 501, .. } | Error::Unreadable { .. }) => {
            packed(asker, purl)
        }
        other => other,
    }
}

/// The gem itself; a variant for a platform has a file of its own.
fn packed(asker: &Asker<'_>, purl: &Purl) -> Result<Said, Error> {
    let (name, version) = (purl.name.as_str(), purl.version());
    let platform = purl.qualifiers.get("platform").filter(|p| *p != "ruby");
    let mut files: Vec<String> = platform.map(|p| format!("{name}-{version}-{p}.gem")).into_iter().collect();
    files.push(format!("{name}-{version}.gem"));
    let mut last = Error::NotKnown(asker.endpoint.host());
    for file in &files {
        let url = asker.endpoint.below(&["gems", file])?;
        match asker.get(url, "*/*", |bytes| unpack(bytes, name, version)) {
            Err(Error::NotKnown(host)) => last = Error::NotKnown(host),
            other => return other,
        }
    }
    Err(last)
}

/// Reads the API's answer for one version. It says nowhere whether several licenses may be chosen from, so each holds.
fn read(answer: &Value, name: &str, version: &str) -> Result<Said, String> {
    let told = text_at(answer, &["version"]).or_else(|| text_at(answer, &["number"]));
    match (text_at(answer, &["name"]), told) {
        (Some(n), Some(v)) if n == name && same_version(&v, version) => {}
        (Some(n), Some(v)) => return Err(format!("it describes {n} {v}")),
        _ => return Err("it does not say which gem it describes".to_string()),
    }
    let licenses = match answer.get("licenses") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(list)) => {
            let texts: Option<Vec<&str>> = list.iter().map(Value::as_str).collect();
            texts.ok_or("a license in it is no text")?
        }
        Some(Value::String(one)) => vec![one.as_str()],
        Some(_) => return Err("its licenses are no list".to_string()),
    };
    let facts = Freshness {
        released: text_at(answer, &["version_created_at"]).or_else(|| text_at(answer, &["created_at"])),
        yanked: (answer.get("yanked") == Some(&Value::Bool(true))).then(String::new),
        ..Freshness::default()
    };
    let said = licenses.into_iter().filter(|l| !l.trim().is_empty());
    Ok(Said { licenses: said.map(|l| Stated::field(l.trim(), "licenses")).collect(), facts })
}

/// Reads the specification inside a gem, which is a tar with a packed `metadata.gz` at its top.
fn unpack(bytes: &[u8], name: &str, version: &str) -> Result<Said, String> {
    let broken = |_| "it is no whole gem".to_string();
    let mut archive = tar::Archive::new(bytes);
    for entry in archive.entries().map_err(broken)?.take(16) {
        let entry = entry.map_err(broken)?;
        if entry.path_bytes().as_ref() != b"metadata.gz" {
            continue;
        }
        let mut text = Vec::new();
        GzDecoder::new(entry).take(SPECIFICATION).read_to_end(&mut text).map_err(broken)?;
        return specification(&String::from_utf8_lossy(&text), name, version);
    }
    Err("the gem has no specification".to_string())
}

/// Reads the few lines of a specification that matter. RubyGems writes it, always in this form.
fn specification(text: &str, name: &str, version: &str) -> Result<Said, String> {
    let mut told: (Option<&str>, Option<&str>) = (None, None);
    let (mut licenses, mut released) = (Vec::new(), None);
    let mut at = "";
    for line in text.lines() {
        if let Some(item) = line.strip_prefix("- ").filter(|_| at == "licenses") {
            licenses.push(plain(item));
        } else if let Some(v) = line.strip_prefix("  version:").filter(|_| at == "version") {
            told.1 = told.1.or(Some(plain(v)));
        } else if let Some((key, value)) = line.split_once(':').filter(|_| !line.starts_with([' ', '-', '#']))
        {
            at = key;
            match key {
                "name" => told.0 = told.0.or(Some(plain(value))),
                "date" => released = plain(value).get(..10).map(str::to_string),
                _ => {}
            }
        }
    }
    match told {
        (Some(n), Some(v)) if n == name && same_version(v, version) => {}
        _ => return Err("the gem is another one than was asked for".to_string()),
    }
    let said = licenses.into_iter().filter(|l| !l.is_empty()).map(|l| Stated::field(l, "licenses"));
    Ok(Said { licenses: said.collect(), facts: Freshness { released, ..Freshness::default() } })
}

/// A word of YAML without its quotes.
fn plain(text: &str) -> &str {
    let text = text.trim();
    let quoted = |q: char| text.strip_prefix(q).and_then(|t| t.strip_suffix(q));
    quoted('"').or_else(|| quoted('\'')).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_api_has_to_speak_of_the_gem() {
        let answer = json!({"name": "a", "version": "1.2", "licenses": ["MIT", "Ruby"], "yanked": true,
            "version_created_at": "2020-01-02T03:04:05Z"});
        let said = read(&answer, "a", "1.2").unwrap();
        assert_eq!(said.licenses.iter().map(|l| l.text.as_str()).collect::<Vec<_>>(), ["MIT", "Ruby"]);
        assert_eq!(said.facts.line().unwrap(), "released 2020-01-02T03:04:05Z; yanked");
        assert!(read(&answer, "b", "1.2").is_err() && read(&answer, "a", "1.3").is_err());
        assert!(read(&json!({"licenses": ["MIT"]}), "a", "1.2").is_err());
        assert!(read(&json!({"name": "a", "version": "1.2", "licenses": [["MIT"]]}), "a", "1.2").is_err());
        assert!(
            read(&json!({"name": "a", "version": "1.2", "licenses": null}), "a", "1.2")
                .unwrap()
                .licenses
                .is_empty()
        );
    }

    #[test]
    fn a_specification_is_read_without_the_rest() {
        let text = "--- !ruby/object:Gem::Specification\nname: a\nversion: !ruby/object:Gem::Version\n  version: 1.2\n\
            platform: ruby\ndate: 2020-01-02 00:00:00.000000000 Z\ndependencies:\n- !ruby/object:Gem::Dependency\n  \
            name: b\n  version_requirements: x\nlicenses:\n- MIT\n- 'Ruby'\nmetadata:\n  licenses: no\nrequire_paths:\n- lib\n";
        let said = specification(text, "a", "1.2").unwrap();
        assert_eq!(said.licenses.iter().map(|l| l.text.as_str()).collect::<Vec<_>>(), ["MIT", "Ruby"]);
        assert_eq!(said.facts.released.as_deref(), Some("2020-01-02"));
        assert!(specification(text, "b", "1.2").is_err() && specification(text, "a", "2").is_err());
    }
}
