//! NuGet, version 3: the service index names the folder of packages, and there lies the manifest of each version.

use licit_model::{Freshness, Purl};
use serde_json::Value;

use crate::answer::{Said, Stated};
use crate::error::Error;
use crate::registry::{Asker, same_version, text_at};
use crate::xml;

pub(super) fn ask(asker: &Asker<'_>, purl: &Purl) -> Result<Said, Error> {
    let mut index = asker.endpoint.url().clone();
    // The source itself is the address of a file, `…/index.json`.
    index.set_path(index.path().trim_end_matches('/').to_string().as_str());
    if !index.path().ends_with(".json") {
        return Err(Error::Configuration(format!(
            "{} is a source of NuGet's version 2, which states no SPDX licenses",
            asker.endpoint.host()
        )));
    }
    let base = asker.json(index, packages)?;
    let base = asker.endpoint.linked(&base)?;
    let (id, version) = (purl.name.to_lowercase(), normalized(purl.version()));
    let url = base.below(&[&id, &version, &format!("{id}.nuspec")])?;
    asker.at(&base).get(url, "*/*", |bytes| read(bytes, &id, &version))
}

/// The folder of packages.
fn packages(index: &Value) -> Result<String, String> {
    let resources = index.get("resources").and_then(Value::as_array).ok_or("it lists no resources")?;
    let folder = |r: &&Value| text_at(r, &["@type"]).is_some_and(|t| t.starts_with("PackageBaseAddress/3"));
    resources
        .iter()
        .find(folder)
        .and_then(|r| text_at(r, &["@id"]))
        .ok_or_else(|| "it names no folder of packages".to_string())
}

/// The spelling that paths use: lower case, without build metadata and without a fourth part that is zero.
fn normalized(version: &str) -> String {
    let lower = version.to_lowercase();
    let plain = lower.split_once('+').map_or(lower.as_str(), |(before, _)| before);
    let (numbers, rest) = match plain.split_once('-') {
        Some((numbers, rest)) => (numbers, format!("-{rest}")),
        None => (plain, String::new()),
    };
    let mut parts: Vec<&str> = numbers.split('.').collect();
    if parts.len() == 4 && parts.last().is_some_and(|p| p.bytes().all(|b| b == b'0')) {
        parts.pop();
    }
    format!("{}{rest}", parts.join("."))
}

fn read(bytes: &[u8], id: &str, version: &str) -> Result<Said, String> {
    let package = xml::parse(bytes)?;
    let metadata = package.child("metadata").ok_or("it is no nuspec")?;
    match (metadata.text_of("id"), metadata.text_of("version")) {
        (Some(i), Some(v)) if i.eq_ignore_ascii_case(id) && same_version(v, version) => {}
        _ => return Err("it describes another package".to_string()),
    }
    let license = metadata.child("license").filter(|l| !l.text.trim().is_empty());
    let stated = match license {
        Some(license) if license.attribute("type").is_some_and(|t| t.eq_ignore_ascii_case("expression")) => {
            Some(Stated::field(license.text.trim(), "license"))
        }
        // A file inside the package says more than the address that newer tools put beside it.
        Some(_) => None,
        None => metadata.text_of("licenseUrl").map(|url| Stated::field(url, "licenseUrl")),
    };
    Ok(Said { licenses: stated.into_iter().collect(), facts: Freshness::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nuspecs() {
        let spec = |license: &str| {
            let text = format!(
                "<package xmlns='x'><metadata><id>A.B</id><version>1.0.0</version>{license}</metadata></package>"
            );
            read(text.as_bytes(), "a.b", "1.0.0").unwrap().licenses.into_iter().map(|l| l.text).next()
        };
        assert_eq!(
            spec("<license type='expression'>MIT</license><licenseUrl>u</licenseUrl>").as_deref(),
            Some("MIT")
        );
        assert_eq!(spec("<license type='file'>L.txt</license><licenseUrl>u</licenseUrl>"), None);
        assert_eq!(
            spec("<licenseUrl>https://a.example/l</licenseUrl>").as_deref(),
            Some("https://a.example/l")
        );
        assert_eq!(spec(""), None);
        assert_eq!(
            (normalized("1.2.3.0-RC1+x"), normalized("1.2.3.4")),
            ("1.2.3-rc1".to_string(), "1.2.3.4".to_string())
        );
    }
}
