//! `META-INF/maven/…/pom.properties`: the coordinates that Maven leaves in every jar that it builds.

use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Purl};

use super::{Extractor, File};

/// Reads `pom.properties`.
pub struct PomProperties;

impl Extractor for PomProperties {
    fn name(&self) -> &'static str {
        "pom-properties"
    }

    fn files(&self) -> &'static [&'static str] {
        &["pom.properties"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let text = String::from_utf8_lossy(file.bytes());
        let mut fields: [(&str, &str, u32); 3] =
            [("groupId", "", 0), ("artifactId", "", 0), ("version", "", 0)];
        for (number, line) in (1u32..).zip(text.lines()) {
            let line = line.trim();
            if line.starts_with(['#', '!']) {
                continue;
            }
            let Some((key, value)) = line.split_once(['=', ':']) else { continue };
            if let Some(field) = fields.iter_mut().find(|(name, ..)| *name == key.trim()) {
                (field.1, field.2) = (value.trim(), number);
            }
        }
        let [(_, group, _), (_, artifact, line), (_, version, _)] = fields;
        if [group, artifact, version].iter().any(|f| f.is_empty() || f.contains("${")) {
            if [group, artifact, version].iter().any(|f| !f.is_empty()) {
                found.lost(Some(1), "group, artifact or version is missing; the package was left out");
            }
            return;
        }
        let mut package = FoundPackage::new(Purl::maven(&format!("{group}:{artifact}"), version), Some(line));
        // Nobody asks for what simply lies there, as far as this file knows.
        package.direct = Some(false);
        found.package(package);
        found.lock(Ecosystem::Maven, GraphDepth::Flat, "what a jar says of itself, without what it needs");
    }
}
