//! Cargo: the registry's API where its index names one that answers, otherwise the manifest inside the crate.

use licit_model::{Freshness, Purl};
use serde_json::Value;

use crate::answer::{Said, Stated, StatedKind};
use crate::archive;
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::registry::{Asker, text_at};

pub(super) fn ask(asker: &Asker<'_>, purl: &Purl) -> Result<Said, Error> {
    let (name, version) = (purl.name.as_str(), purl.version());
    let config = asker.endpoint.below(&["config.json"])?;
    let (dl, api) = asker.json(config, |c| Ok((text_at(c, &["dl"]), text_at(c, &["api"]))))?;
    if let Some(api) = api.map(|api| asker.endpoint.linked(&api)).and_then(Result::ok) {
        let url = api.below(&["api", "v1", "crates", name, version])?;
        match asker.at(&api).json(url, |answer| read(answer, version)) {
            Ok(said) if !said.licenses.is_empty() => return Ok(said),
            Err(error) if error.is_outage() => return Err(error),
            _ => {}
        }
    }
    let dl = dl.ok_or_else(|| asker.unreadable("its config.json names no `dl`"))?;
    let place = asker.endpoint.linked(&download(&dl, name, version)?)?;
    let mut url = place.url().clone();
    // What an endpoint ends with is not part of a file's address.
    url.set_path(url.path().trim_end_matches('/').to_string().as_str());
    asker.at(&place).get(url, "*/*", |bytes| unpack(bytes, name, version))
}

/// Reads the API's answer for one version.
fn read(answer: &Value, version: &str) -> Result<Said, String> {
    let told = answer.get("version").ok_or("it has no `version`")?;
    match text_at(told, &["num"]) {
        Some(num) if num == version => {}
        Some(num) => return Err(format!("it describes version {num}")),
        None => return Err("it does not say which version it describes".to_string()),
    }
    let licenses = text_at(told, &["license"]).map(|t| Stated::field(t, "license"));
    let facts = Freshness {
        released: text_at(told, &["created_at"]),
        yanked: (told.get("yanked") == Some(&Value::Bool(true)))
            .then(|| text_at(told, &["yank_message"]).unwrap_or_default()),
        ..Freshness::default()
    };
    Ok(Said { licenses: licenses.into_iter().collect(), facts })
}

/// The address of a crate, by the template of the registry's `dl`.
fn download(dl: &str, name: &str, version: &str) -> Result<String, Error> {
    // Checked by an address of its own: what stands in for a marker must not change the path.
    let safe =
        |t: &str| t.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'+'));
    if !safe(name) || !safe(version) || name.is_empty() || version.starts_with('.') {
        return Err(Error::Configuration("its name cannot be part of an address".to_string()));
    }
    if !dl.contains("{crate}") && !dl.contains("{prefix}") && !dl.contains("{lowerprefix}") {
        return Ok(format!("{}/{name}/{}/download", dl.trim_end_matches('/'), version.replace('+', "%2B")));
    }
    if dl.contains("{sha256-checksum}") {
        return Err(Error::Configuration("its registry addresses crates by checksum".to_string()));
    }
    let prefix = match name.len() {
        1 => "1".to_string(),
        2 => "2".to_string(),
        3 => format!("3/{}", name.get(..1).unwrap_or_default()),
        _ => format!("{}/{}", name.get(..2).unwrap_or_default(), name.get(2..4).unwrap_or_default()),
    };
    Ok(dl
        .replace("{crate}", name)
        .replace("{version}", &version.replace('+', "%2B"))
        .replace("{prefix}", &prefix)
        .replace("{lowerprefix}", &prefix.to_lowercase()))
}

/// Reads the manifest inside a crate, and the license file that it names.
fn unpack(bytes: &[u8], name: &str, version: &str) -> Result<Said, String> {
    let root = format!("{name}-{version}/");
    let at_root = |path: &str| path.strip_prefix(&root).is_some_and(|p| p == "Cargo.toml");
    let files = archive::tar_gz(bytes, at_root)?;
    let (_, manifest) = files.first().ok_or("the crate has no manifest")?;
    let manifest: toml::Table =
        toml::from_str(manifest).map_err(|_| "its manifest is no TOML".to_string())?;
    let field = |key: &str| manifest.get("package").and_then(|p| p.get(key)).and_then(toml::Value::as_str);
    if field("name") != Some(name) || field("version") != Some(version) {
        return Err("its manifest describes another crate".to_string());
    }
    if let Some(license) = field("license").filter(|l| !l.trim().is_empty()) {
        return Ok(Said { licenses: vec![Stated::field(license, "Cargo.toml")], ..Said::default() });
    }
    let Some(file) = field("license-file") else { return Ok(Said::default()) };
    let path = format!("{root}{}", file.trim_start_matches("./"));
    let texts = archive::tar_gz(bytes, |p| p == path)?;
    let licenses =
        texts.into_iter().map(|(_, text)| Stated { text, kind: StatedKind::Text, place: file.to_string() });
    Ok(Said { licenses: licenses.collect(), ..Said::default() })
}

/// The index of a registry as `Cargo.lock` and the configuration spell it, without what only cargo needs.
pub(crate) fn index_address(text: &str) -> Option<Endpoint> {
    let text = text.trim();
    let text = text.strip_prefix("sparse+").or_else(|| text.strip_prefix("registry+")).unwrap_or(text);
    Endpoint::parse(text)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use serde_json::json;

    use super::*;

    #[test]
    fn download_addresses() {
        let of = |dl: &str| download(dl, "serde", "1.0.0").unwrap();
        assert_eq!(of("https://r.example/dl"), "https://r.example/dl/serde/1.0.0/download");
        assert_eq!(
            of("https://r.example/{prefix}/{crate}/{version}.crate"),
            "https://r.example/se/rd/serde/1.0.0.crate"
        );
        assert!(download("https://r.example", "../x", "1").is_err());
    }

    #[test]
    fn a_crate_is_read_in_memory() {
        let mut tar = tar::Builder::new(Vec::new());
        let mut add = |path: &str, text: &str| {
            let mut header = tar::Header::new_gnu();
            header.set_size(text.len() as u64);
            tar.append_data(&mut header, path, text.as_bytes()).unwrap();
        };
        add(
            "a-1.0.0/Cargo.toml",
            "[package]\nname = \"a\"\nversion = \"1.0.0\"\nlicense-file = \"COPYING\"\n",
        );
        add("a-1.0.0/COPYING", "Take it.");
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gz.write_all(&tar.into_inner().unwrap()).unwrap();
        let bytes = gz.finish().unwrap();
        let said = unpack(&bytes, "a", "1.0.0").unwrap();
        assert_eq!((said.licenses[0].text.as_str(), said.licenses[0].kind), ("Take it.", StatedKind::Text));
        assert!(unpack(&bytes, "a", "2.0.0").is_err());
        assert!(unpack(&bytes[..bytes.len() / 2], "a", "1.0.0").is_err());
    }

    #[test]
    fn the_api_has_to_speak_of_the_version() {
        let answer = json!({"version": {"num": "1.0.0", "license": "MIT OR Apache-2.0", "yanked": true}});
        let said = read(&answer, "1.0.0").unwrap();
        assert_eq!(
            (said.licenses[0].text.as_str(), said.facts.yanked.as_deref()),
            ("MIT OR Apache-2.0", Some(""))
        );
        assert!(read(&answer, "1.0.1").is_err());
    }
}
