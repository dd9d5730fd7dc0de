//! deps.dev: one question a version, to the API that its makers promise to keep.
//!
//! The batch call exists only in the alpha version of the API, which may change any day; single questions also have
//! each its own address, which is what the cache and the offline replay live on.

use licit_model::{Freshness, Purl};
use serde_json::Value;

use crate::answer::{Said, Stated};
use crate::error::Error;
use crate::registry::{Asker, text_at};

/// Where deps.dev answers.
pub const DEPS_DEV: &str = "https://api.deps.dev/";

/// Who speaks, in evidence.
pub(crate) const NAME: &str = "deps.dev";

/// What deps.dev calls an ecosystem, and the package in it; none where it does not know the ecosystem.
pub(crate) fn names(purl: &Purl) -> Option<(&'static str, String)> {
    let name = purl.full_name();
    Some(match purl.kind.as_ref() {
        "npm" => ("npm", name),
        "cargo" => ("cargo", name),
        "pypi" => ("pypi", name),
        "golang" => ("go", name),
        "nuget" => ("nuget", name),
        "gem" => ("rubygems", name),
        "maven" => ("maven", format!("{}:{}", purl.namespace.as_deref().unwrap_or_default(), purl.name)),
        _ => return None,
    })
}

/// Asks for one version.
pub(crate) fn ask(asker: &Asker<'_>, purl: &Purl) -> Result<Said, Error> {
    let (system, name) = names(purl)
        .ok_or_else(|| Error::Configuration(format!("deps.dev does not cover {} packages", purl.kind)))?;
    // Go's versions begin with `v`, which lockfiles of other tools leave out.
    let version = match (system, purl.version()) {
        ("go", version) if version.starts_with(|c: char| c.is_ascii_digit()) => format!("v{version}"),
        (_, version) => version.to_string(),
    };
    let url = asker.endpoint.below(&["v3", "systems", system, "packages", &name, "versions", &version])?;
    asker.json(url, |answer| read(answer, &version))
}

/// Reads the answer to a question for a version.
fn read(answer: &Value, version: &str) -> Result<Said, String> {
    let told =
        text_at(answer, &["versionKey", "version"]).ok_or("it does not say which version it describes")?;
    if !crate::registry::same_version(&told, version) {
        return Err(format!("it describes version {told}"));
    }
    let list = match answer.get("licenses") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(list)) => list.clone(),
        Some(_) => return Err("its licenses are no list".to_string()),
    };
    let mut texts = Vec::new();
    for license in &list {
        let text = license.as_str().ok_or("a license in it is no text")?;
        texts.push(text.to_string());
    }
    let facts = Freshness {
        released: text_at(answer, &["publishedAt"]),
        deprecated: (answer.get("isDeprecated") == Some(&Value::Bool(true)))
            .then(|| text_at(answer, &["deprecatedReason"]).unwrap_or_default()),
        newest: (answer.get("isDefault") == Some(&Value::Bool(true))).then(|| told.clone()),
        ..Freshness::default()
    };
    Ok(Said { licenses: texts.into_iter().map(|t| Stated::field(t, "licenses")).collect(), facts })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_answer_has_to_be_about_the_version() {
        let answer = json!({"versionKey": {"version": "1.0.0"}, "licenses": ["MIT", "non-standard"],
            "publishedAt": "2020-01-02T03:04:05Z", "isDefault": true});
        let said = read(&answer, "1.0.0").unwrap();
        assert_eq!(
            said.licenses.iter().map(|l| l.text.as_str()).collect::<Vec<_>>(),
            ["MIT", "non-standard"]
        );
        assert_eq!(said.facts.line().unwrap(), "released 2020-01-02T03:04:05Z; newest is 1.0.0");
        assert_eq!(read(&answer, "1.0.1"), Err("it describes version 1.0.0".to_string()));
        assert!(read(&json!({"licenses": ["MIT"]}), "1").is_err());
        assert!(read(&json!({"versionKey": {"version": "1"}, "licenses": "MIT"}), "1").is_err());
    }

    #[test]
    fn names_are_those_of_each_ecosystem() {
        let of = |purl: Purl| names(&purl).unwrap();
        assert_eq!(of(Purl::npm("@a/b", "1")), ("npm", "@a/b".to_string()));
        assert_eq!(of(Purl::golang("host.example/a/B", "v1")).0, "go");
        assert_eq!(of(Purl::maven("g.h:a", "1")), ("maven", "g.h:a".to_string()));
        assert_eq!(names(&Purl::composer("a/b", "1")), None);
    }
}
