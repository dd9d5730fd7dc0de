//! `ivy.xml`: what a project of Apache Ivy is and asks for.

use licit_model::found::RawLicenseKind;
use licit_model::{Ecosystem, Found, FoundPackage, Manifest, Purl, RawLicense, Requirement, Source};

use super::{Extractor, File, sbt_lock, xml};

/// Reads `ivy.xml`.
pub struct Ivy;

impl Extractor for Ivy {
    fn name(&self) -> &'static str {
        "ivy"
    }

    fn files(&self) -> &'static [&'static str] {
        &["ivy.xml", "ivy-*.xml"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(document) = xml::parse(file, found) else { return };
        let root = document.root();
        if root.name() != "ivy-module" {
            return;
        }
        let known = |text: Option<&str>| text.filter(|t| !t.contains("${")).unwrap_or("").to_string();
        let mut package = FoundPackage::new(Purl::maven("", ""), Some(root.line()));
        if let Some(info) = root.all("info").next() {
            let group = known(info.attribute("organisation"));
            let name = known(info.attribute("module"));
            let full = if group.is_empty() || name.is_empty() { name } else { format!("{group}:{name}") };
            package.purl = Purl::maven(&full, &known(info.attribute("revision")));
            package.line = Some(info.line());
            for license in info.all("license") {
                if let Some(text) = license.attribute("name").or_else(|| license.attribute("url")) {
                    let kind = RawLicenseKind::Expression;
                    package.licenses.push(RawLicense {
                        text: text.to_string(),
                        kind,
                        line: Some(license.line()),
                    });
                }
            }
        }
        package.first_party = true;
        package.dir = Some(String::new());
        let group = package.purl.namespace.clone().unwrap_or_default();
        let mut manifest = Manifest::new(package);
        for list in root.all("dependencies") {
            let usual = list.attribute("defaultconfmapping").or_else(|| list.attribute("defaultconf"));
            for node in list.all("dependency") {
                let Some(name) = node.attribute("name").filter(|n| !n.is_empty() && !n.contains("${")) else {
                    found.lost(Some(node.line()), "a dependency without a name was left out");
                    continue;
                };
                let org = node.attribute("org").filter(|o| !o.contains("${")).unwrap_or(&group);
                let conf = node.attribute("conf").or(usual).unwrap_or("");
                let used = conf.split([';', ',']).map(|c| c.split("->").next().unwrap_or(c).trim());
                let scope = used.filter(|c| !c.is_empty()).map(sbt_lock::scope).min().unwrap_or_default();
                manifest.requirements.push(Requirement {
                    name: if org.is_empty() { name.to_string() } else { format!("{org}:{name}") },
                    alias: None,
                    range: known(node.attribute("rev")),
                    scope,
                    line: Some(node.line()),
                    path: None,
                    source: Source::Registry(None),
                    inherited: false,
                });
            }
        }
        found.manifest(Ecosystem::Maven, manifest);
    }
}
