//! Maven: the POM of a version, and its parents as far as they are needed.

use licit_model::{Freshness, Purl};

use crate::answer::{Said, Stated};
use crate::error::Error;
use crate::registry::Asker;
use crate::xml::{self, Element};

/// Parents that are asked for, one above the other.
const PARENTS: usize = 8;

/// A POM as far as licenses go.
#[derive(Debug, PartialEq, Eq)]
struct Pom {
    licenses: Vec<String>,
    parent: Option<(String, String, String)>,
}

pub(super) fn ask(asker: &Asker<'_>, purl: &Purl) -> Result<Said, Error> {
    let group = purl.namespace.clone().unwrap_or_default();
    let mut at = (group, purl.name.clone(), purl.version().to_string());
    for height in 0..=PARENTS {
        let (group, artifact, version) = &at;
        let file = format!("{artifact}-{version}.pom");
        let mut segments: Vec<&str> = group.split('.').collect();
        segments.extend([artifact.as_str(), version.as_str(), file.as_str()]);
        let url = asker.endpoint.below(&segments)?;
        let pom = match asker.get(url, "*/*", |bytes| read(bytes, artifact)) {
            // A missing parent leaves the license open; it does not make the package unknown.
            Err(Error::NotKnown(_)) if height > 0 => return Ok(Said::default()),
            other => other?,
        };
        if !pom.licenses.is_empty() {
            let place = if height == 0 { "licenses" } else { "licenses of the parent" };
            let licenses = pom.licenses.into_iter().map(|l| Stated::field(l, place)).collect();
            return Ok(Said { licenses, facts: Freshness::default() });
        }
        match pom.parent {
            Some(parent) => at = parent,
            None => return Ok(Said::default()),
        }
    }
    Err(asker.unreadable("its parents go on too long"))
}

fn read(bytes: &[u8], artifact: &str) -> Result<Pom, String> {
    let project = xml::parse(bytes)?;
    if project.name != "project" {
        return Err("it is no POM".to_string());
    }
    if project.text_of("artifactId") != Some(artifact) {
        return Err("it describes another artifact".to_string());
    }
    let mut licenses = Vec::new();
    for license in project.child("licenses").into_iter().flat_map(|l| l.all("license")) {
        // A license of which nothing is said must not vanish beside others, so it keeps its place.
        let words = license.text_of("name").or_else(|| license.text_of("url"));
        licenses.push(words.unwrap_or("a license without a name").to_string());
    }
    let coordinates = |p: &Element| {
        let text = |key: &str| p.text_of(key).filter(|t| !t.contains("${")).map(str::to_string);
        Some((text("groupId")?, text("artifactId")?, text("version")?))
    };
    let parent = project.child("parent").and_then(coordinates);
    Ok(Pom { licenses, parent })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn poms() {
        let text =
            b"<project><parent><groupId>g</groupId><artifactId>p</artifactId><version>1</version></parent>
            <artifactId>a</artifactId><licenses><license><name>Apache-2.0</name></license>
            <license><url>https://a.example/mine</url></license><license/></licenses></project>";
        let pom = read(text, "a").unwrap();
        assert_eq!(pom.licenses, ["Apache-2.0", "https://a.example/mine", "a license without a name"]);
        assert_eq!(pom.parent, Some(("g".to_string(), "p".to_string(), "1".to_string())));
        assert!(read(text, "b").is_err());
        assert!(read(b"<html><body>Sign in</body></html>", "a").is_err());
    }
}
