//! Compose files: the images that services are started from. They are named, not shipped: whoever runs the file fetches them.

use std::collections::BTreeMap;

use licit_model::{Ecosystem, Found, GraphDepth, Scope};
use serde::Deserialize;

use super::dockerfile::image_of;
use super::yaml::{self, Spanned};
use super::{Extractor, File};

/// Reads a compose file.
pub struct Compose;

#[derive(Deserialize)]
struct Document {
    #[serde(default)]
    services: Option<BTreeMap<String, Option<Service>>>,
}

#[derive(Deserialize)]
struct Service {
    image: Option<Spanned<String>>,
    build: Option<serde::de::IgnoredAny>,
}

impl Extractor for Compose {
    fn name(&self) -> &'static str {
        "compose"
    }

    fn files(&self) -> &'static [&'static str] {
        &[
            "docker-compose.yml",
            "docker-compose.yaml",
            "docker-compose.*.yml",
            "docker-compose.*.yaml",
            "compose.yml",
            "compose.yaml",
            "compose.*.yml",
            "compose.*.yaml",
        ]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(document) = yaml::parse::<Document>(file, found) else { return };
        let services = document.services.unwrap_or_default();
        for service in services.into_values().flatten() {
            // An image that the file builds itself is the project's own.
            let (Some(image), None) = (service.image, service.build) else { continue };
            let line = yaml::line(&image).unwrap_or(1);
            let text = defaulted(&image.value);
            if text.contains('$') {
                found.odd(Some(line), format!("the image `{text}` is named by a variable and left out"));
                continue;
            }
            let Some(mut package) = image_of(&text, line) else { continue };
            package.scope = Some(Scope::Dev);
            package.direct = Some(true);
            found.packages.push(package);
        }
        if !found.packages.is_empty() {
            let why = "a compose file names images; what is in them only the images themselves say";
            found.lock(Ecosystem::Docker, GraphDepth::DirectOnly, why);
        }
    }
}

/// `${NAME:-default}` and `${NAME-default}` stand for their default.
fn defaulted(image: &str) -> String {
    let mut out = String::new();
    let mut rest = image;
    while let Some((before, tail)) = rest.split_once("${") {
        out.push_str(before);
        let Some((inner, after)) = tail.split_once('}') else {
            out.push_str("${");
            rest = tail;
            continue;
        };
        match inner.split_once(":-").or_else(|| inner.split_once('-')) {
            Some((_, default)) => out.push_str(default),
            None => {
                out.push_str("${");
                out.push_str(inner);
                out.push('}');
            }
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_with_their_lines_but_not_what_is_built_here() {
        let text = "services:\n  web:\n    build: .\n    image: me/web\n  cache:\n    image: redis:7-alpine\n  db:\n    \
                    image: ${DB:-postgres:16}\n  x:\n    image: ${X}\n";
        let mut found = Found::default();
        Compose.extract(&File::new("compose.yml", text.as_bytes()), &mut found);
        let seen: Vec<String> =
            found.packages.iter().map(|p| format!("{} {}", p.purl, p.line.unwrap_or(0))).collect();
        assert_eq!(seen, ["pkg:docker/redis@7-alpine 6", "pkg:docker/postgres@16 8"]);
        assert_eq!(found.problems.len(), 1);
    }
}
