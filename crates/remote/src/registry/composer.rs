//! Composer: the second form of its repositories, one document a package with all versions, written as differences;
//! and the first form where a repository lists everything in one document.

use licit_model::{Freshness, Purl};
use serde_json::{Map, Value};

use crate::answer::{Said, Stated};
use crate::error::Error;
use crate::registry::{Asker, text_at};

/// The commit that a lockfile names for a package, as a qualifier of the question; never sent.
pub(crate) const REVISION: &str = "vcs_revision";

/// How a difference says that a key is gone.
const UNSET: &str = "__unset";

pub(super) fn ask(asker: &Asker<'_>, purl: &Purl) -> Result<Said, Error> {
    let name = purl.full_name();
    let good = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'/');
    let parts: Vec<&str> = name.split('/').collect();
    let plain = parts.len() == 2 && parts.iter().all(|p| !p.is_empty() && !p.starts_with('.'));
    if !plain || !name.bytes().all(good) {
        return Err(Error::Configuration("its name cannot be part of an address".to_string()));
    }
    let wanted = Wanted {
        name: &name,
        version: purl.version(),
        revision: purl.qualifiers.get(REVISION).map(String::as_str),
    };
    let root = asker.endpoint.below(&["packages.json"])?;
    let (template, listed) = asker.json(root, |answer| {
        let listed = answer.get("packages").map(|p| wanted.find(p, false)).transpose()?.flatten();
        Ok((text_at(answer, &["metadata-url"]), listed))
    })?;
    if let Some(said) = listed {
        return Ok(said);
    }
    let template = template.ok_or_else(|| Error::NotKnown(asker.endpoint.host()))?;
    let branch = wanted.version.starts_with("dev-") || wanted.version.ends_with("-dev");
    let of = if branch { format!("{name}~dev") } else { name.clone() };
    let unusable = || asker.unreadable("it names no usable address");
    let place = asker.endpoint.url().join(&template.replace("%package%", &of)).map_err(|_| unusable())?;
    let server = asker.endpoint.linked(place.as_str())?;
    let mut url = server.url().clone();
    // What an endpoint ends with is not part of a file's address.
    url.set_path(url.path().trim_end_matches('/').to_string().as_str());
    let found = asker.at(&server).json(url, |answer| {
        let minified = answer.get("minified").and_then(Value::as_str) == Some("composer/2.0");
        wanted.find(answer.get("packages").ok_or("it lists no packages")?, minified)
    })?;
    found.ok_or_else(|| Error::NotKnown(asker.endpoint.host()))
}

/// Which version of which package is looked for.
struct Wanted<'w> {
    name: &'w str,
    version: &'w str,
    revision: Option<&'w str>,
}

impl Wanted<'_> {
    /// Reads `packages` of a document; none where the version is not among them.
    fn find(&self, packages: &Value, minified: bool) -> Result<Option<Said>, String> {
        let versions: Vec<&Value> = match packages.get(self.name) {
            Some(Value::Array(list)) => list.iter().collect(),
            Some(Value::Object(map)) => map.values().collect(),
            Some(_) => return Err("its versions are no list".to_string()),
            None => return Ok(None),
        };
        let releases = u32::try_from(versions.len()).ok();
        let mut whole: Map<String, Value> = Map::new();
        let mut newest: Option<String> = None;
        for version in versions {
            let fields = version.as_object().ok_or("a version in it is no object")?;
            if !minified {
                whole.clear();
            }
            for (key, value) in fields {
                if value.as_str() == Some(UNSET) {
                    whole.remove(key);
                } else {
                    whole.insert(key.clone(), value.clone());
                }
            }
            let told = whole.get("version").and_then(Value::as_str).unwrap_or_default();
            if newest.is_none() && minified && !told.contains('-') {
                // The list begins with the newest one.
                newest = Some(told.to_string());
            }
            if bare(told) == bare(self.version) {
                return self.read(&whole, releases, newest).map(Some);
            }
        }
        Ok(None)
    }

    fn read(
        &self,
        fields: &Map<String, Value>,
        releases: Option<u32>,
        newest: Option<String>,
    ) -> Result<Said, String> {
        let text = |keys: &[&str]| text_at(fields.get(*keys.first()?)?, keys.get(1..)?);
        if text(&["name"]).is_some_and(|name| !name.eq_ignore_ascii_case(self.name)) {
            return Err("it describes another package".to_string());
        }
        let revision = text(&["source", "reference"]);
        if let (Some(wanted), Some(told)) = (self.revision.filter(|r| !r.is_empty()), &revision)
            && wanted != told
        {
            // The lockfile has a fork, or a tag that was moved since.
            return Err("it has another commit under this version".to_string());
        }
        let texts: Vec<String> = match fields.get("license") {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::String(one)) => vec![one.clone()],
            Some(Value::Array(list)) => {
                let texts: Option<Vec<String>> =
                    list.iter().map(|l| l.as_str().map(str::to_string)).collect();
                texts.ok_or("a license in it is no text")?
            }
            Some(_) => return Err("its license is no text".to_string()),
        };
        let texts: Vec<&str> = texts.iter().map(|t| t.trim()).filter(|t| !t.is_empty()).collect();
        // By Composer's schema one may choose from a list.
        let stated = match texts.as_slice() {
            [] => None,
            [one] => Some((*one).to_string()),
            several => Some(several.iter().map(|t| format!("({t})")).collect::<Vec<_>>().join(" OR ")),
        };
        let deprecated = match fields.get("abandoned") {
            Some(Value::Bool(true)) => Some(String::new()),
            Some(Value::String(instead)) => Some(format!("use {instead}")),
            _ => None,
        };
        let facts =
            Freshness { released: text(&["time"]), deprecated, newest, releases, ..Freshness::default() };
        let licenses = stated.map(|text| Stated::field(text, "license")).into_iter().collect();
        Ok(Said { licenses, facts })
    }
}

/// A version as it is compared: some repositories write a `v` before it.
fn bare(version: &str) -> &str {
    let rest = version.strip_prefix(['v', 'V']).unwrap_or(version);
    if rest.starts_with(|c: char| c.is_ascii_digit()) { rest } else { version }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn wanted<'w>(version: &'w str, revision: Option<&'w str>) -> Wanted<'w> {
        Wanted { name: "a/b", version, revision }
    }

    #[test]
    fn differences_are_put_together() {
        let packages = json!({"a/b": [
            {"name": "a/b", "version": "3.0.0-RC1", "license": ["BUSL-1.1"], "time": "2023",
                "source": {"reference": "ccc"}, "abandoned": "c/d"},
            {"version": "v2.0.0", "source": {"reference": "bbb"}, "time": "2022"},
            {"version": "1.1.0", "license": ["MIT", "GPL-2.0-or-later"], "abandoned": "__unset"},
            {"version": "1.0.0", "license": "__unset", "time": "2020"},
        ]});
        let find = |version: &str| wanted(version, None).find(&packages, true).unwrap().unwrap();
        let first = |said: &Said| said.licenses.first().map(|l| l.text.clone());
        assert_eq!(first(&find("2.0.0")).as_deref(), Some("BUSL-1.1"));
        assert_eq!(
            find("2.0.0").facts.line().unwrap(),
            "released 2022; deprecated: use c/d; newest is v2.0.0; 4 releases"
        );
        assert_eq!(first(&find("1.1.0")).as_deref(), Some("(MIT) OR (GPL-2.0-or-later)"));
        assert_eq!(find("1.1.0").facts.deprecated, None);
        assert_eq!(first(&find("v1.0.0")), None);
        assert_eq!(wanted("9.0.0", None).find(&packages, true), Ok(None));
        assert!(wanted("2.0.0", Some("bbb")).find(&packages, true).unwrap().is_some());
        assert!(wanted("2.0.0", Some("fork")).find(&packages, true).is_err());
    }

    #[test]
    fn whole_lists_and_nonsense() {
        let whole = json!({"a/b": {"1.0.0": {"name": "a/b", "version": "1.0.0", "license": "MIT"},
            "2.0.0": {"name": "a/b", "version": "2.0.0"}}});
        // What one version does not say is not taken from another where nothing says that these are differences.
        assert!(wanted("2.0.0", None).find(&whole, false).unwrap().unwrap().licenses.is_empty());
        assert!(wanted("1", None).find(&json!({"a/b": "x"}), true).is_err());
        assert!(wanted("1", None).find(&json!({"a/b": [1]}), true).is_err());
        let other = json!({"a/b": [{"name": "c/d", "version": "1", "license": "MIT"}]});
        assert!(wanted("1", None).find(&other, true).is_err());
    }
}
