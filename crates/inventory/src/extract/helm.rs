//! `Chart.yaml`, `Chart.lock`, and their older forms: charts of Helm and the charts that they bring along.

use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Purl, Scope, Source};

use super::names::Names;
use super::npm::assembly::Assembly;
use super::npm::block::{self, Value};
use super::npm::notes::Missing;
use super::npm::origin::{normal, without_credentials};
use super::requirement::{asked, license, manifest};
use super::{Extractor, File};

/// Reads `Chart.lock` and `requirements.lock`.
pub struct ChartLock;

impl Extractor for ChartLock {
    fn name(&self) -> &'static str {
        "chart-lock"
    }

    fn files(&self) -> &'static [&'static str] {
        &["Chart.lock", "requirements.lock"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        // Python tools write a file of the second name too, which is not YAML.
        let text = String::from_utf8_lossy(file.bytes());
        if !text.contains("dependencies:") {
            if file.name() == "Chart.lock" && !text.trim().is_empty() {
                found.lost(Some(1), "no `dependencies:` were found in it");
            }
            return;
        }
        let documents = block::read(file, found);
        let Some(list) = documents.iter().find_map(|d| d.get("dependencies")) else { return };
        let why =
            "the lock of a chart holds the charts that it asks for; what these bring along is inside of them";
        found.lock(Ecosystem::Helm, GraphDepth::DirectOnly, why);
        let mut assembly = Assembly::new(found);
        let (mut names, mut unversioned) = (Names::default(), Missing::default());
        for item in list.items() {
            let line = item.fields().first().map(|f| f.line);
            let (name, version) = (item.text_of("name").unwrap_or(""), item.text_of("version").unwrap_or(""));
            if name.is_empty() || version.is_empty() {
                unversioned.note(name, || line);
                continue;
            }
            let (purl, source, local) = place(name, version, item.text_of("repository").unwrap_or(""));
            let mut package = FoundPackage::new(purl, line);
            package.source = source;
            let index = match local {
                Some(dir) => assembly.first_party(dir, package),
                None => {
                    package.direct = Some(true);
                    assembly.third_party(package)
                }
            };
            names.add(name, index);
        }
        unversioned.report_unversioned(found);
        names.keys(found);
    }
}

/// A chart by its name; the repository is part of its identity, as there is no usual one.
fn place(name: &str, version: &str, repository: &str) -> (Purl, Source, Option<String>) {
    let purl = Purl::named("helm", name, version);
    if let Some(path) = repository.strip_prefix("file://") {
        return (purl, Source::Path(normal(path)), Some(normal(path)));
    }
    // `@name` and `alias:name` stand for an address that only the user's machine knows.
    if repository.is_empty() || repository.starts_with('@') || repository.starts_with("alias:") {
        return (purl, Source::Unknown, None);
    }
    let url = without_credentials(repository.trim_end_matches('/'));
    (purl.with("repository_url", &url), Source::Registry(Some(url)), None)
}

/// Reads `Chart.yaml` and `requirements.yaml`.
pub struct ChartYaml;

impl Extractor for ChartYaml {
    fn name(&self) -> &'static str {
        "chart-yaml"
    }

    fn files(&self) -> &'static [&'static str] {
        &["Chart.yaml", "requirements.yaml"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        // Ansible has a file of the second name, of another form.
        let documents = block::read(file, found);
        // Helm 2 did not ask for an `apiVersion`.
        let named = |d: &&Value<'_>| {
            file.name() == "Chart.yaml" && ["name", "version"].iter().all(|key| d.text_of(key).is_some())
        };
        let chart =
            |d: &&Value<'_>| d.get("apiVersion").is_some() || d.get("dependencies").is_some() || named(d);
        let Some(top) = documents.iter().find(chart) else {
            if file.name() == "Chart.yaml" && !documents.is_empty() {
                found.lost(
                    Some(1),
                    "this is no chart: neither `apiVersion` nor a name and a version stand in it",
                );
            }
            return;
        };
        let line = |key: &str| top.fields().iter().find(|f| f.key == key).map(|f| f.line);
        let (name, version) = (top.text_of("name").unwrap_or(""), top.text_of("version").unwrap_or(""));
        let mut own = manifest(Ecosystem::Helm, name, version, line("name"));
        let stated = top.get("annotations").and_then(|a| {
            let field =
                a.fields().iter().find(|f| f.key.ends_with("/license") || f.key.ends_with("/licenses"))?;
            license(field.value.text()?, Some(field.line))
        });
        own.package.licenses.extend(stated);
        for item in top.get("dependencies").map_or(&[][..], Value::items) {
            let line = item.fields().first().map(|f| f.line);
            let Some(name) = item.text_of("name").filter(|n| !n.is_empty()) else {
                found.lost(line, "a dependency without a name was left out");
                continue;
            };
            // A chart with a condition comes along all the same; whether it is used is decided when it is installed.
            let range = item.text_of("version").unwrap_or("");
            let exact = range.trim_start_matches('v').split('.').count() == 3
                && range.trim_start_matches('v').starts_with(|c: char| c.is_ascii_digit())
                && !range.contains(['x', 'X', '*', ' ']);
            let range = if exact { format!("=={range}") } else { range.to_string() };
            let mut requirement = asked(name, &range, Scope::Runtime, line);
            let (_, source, local) = place(name, "", item.text_of("repository").unwrap_or(""));
            requirement.path = local;
            requirement.source = source;
            own.requirements.push(requirement);
        }
        if own.is_package || !own.requirements.is_empty() {
            found.manifest(Ecosystem::Helm, own);
        }
    }
}
