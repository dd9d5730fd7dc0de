//! `Podfile.lock`: the pods that CocoaPods resolved and who asks for whom.
//!
//! A part of a pod, `Pod/Part`, is a package with a subpath: it can be asked for alone.

use std::collections::{HashMap, HashSet};

use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Purl, Scope, Source};

use super::names::Names;
use super::npm::assembly::Assembly;
use super::npm::block::{self, Value};
use super::npm::notes::Missing;
use super::npm::origin::{Origin, normal, without_credentials};
use super::{Extractor, File};

/// Reads `Podfile.lock`.
pub struct PodfileLock;

impl Extractor for PodfileLock {
    fn name(&self) -> &'static str {
        "podfile-lock"
    }

    fn files(&self) -> &'static [&'static str] {
        &["Podfile.lock"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let documents = block::read(file, found);
        let Some(top) = documents.iter().find(|d| d.get("PODS").is_some()) else { return };
        found.lock(
            Ecosystem::Cocoapods,
            GraphDepth::Full,
            "Podfile.lock holds every pod and who asks for it",
        );
        let places = places(top);
        let asked: Option<HashSet<&str>> = top
            .get("DEPENDENCIES")
            .map(|list| list.items().iter().filter_map(Value::text).map(|text| entry(text).0).collect());
        let mut assembly = Assembly::new(found);
        let mut names = Names::default();
        let mut asking: Vec<(usize, &[Value<'_>])> = Vec::new();
        for item in top.get("PODS").map_or(&[][..], Value::items) {
            // A pod that asks for others is a mapping of one key.
            let pods: Vec<(&str, Option<u32>, &[Value<'_>])> = match item {
                Value::Text(text) => vec![(text, file.line_of(text), &[])],
                _ => item.fields().iter().map(|f| (&*f.key, Some(f.line), f.value.items())).collect(),
            };
            for (text, line, asks) in pods {
                let (name, version) = entry(text);
                if name.is_empty() || version.is_empty() {
                    assembly.found.lost(line, format!("`{text}` is no pod with a version and was left out"));
                    continue;
                }
                let (pod, part) = name.split_once('/').map_or((name, None), |(pod, part)| (pod, Some(part)));
                let mut purl = Purl::named("cocoapods", pod, version);
                purl.subpath = part.map(str::to_string);
                let source = places.get(pod).cloned().unwrap_or(Source::Registry(None));
                let purl = match &source {
                    Source::Git(at) => purl.with("vcs_url", &format!("git+{}", at.replace('#', "@"))),
                    _ => purl,
                };
                let mut package = FoundPackage::new(purl, line);
                if let Source::Path(dir) = &source
                    && !is_installed(dir)
                {
                    package.first_party = true;
                    package.dir = Some(dir.clone());
                }
                package.direct = asked.as_ref().map(|asked| asked.contains(name));
                package.source = source;
                let index = if package.first_party {
                    assembly.found.package(package)
                } else {
                    assembly.third_party(package)
                };
                names.add(name, index);
                asking.push((index, asks));
            }
        }
        let mut missing = Missing::default();
        // The lock has a checksum for every pod that was installed. What has none is for another platform: a plugin may ask
        // for both `Flutter` and `FlutterMacOS`.
        let sums = top.get("SPEC CHECKSUMS").map_or(&[][..], Value::fields);
        let installed: HashSet<&str> = sums.iter().map(|f| &*f.key).collect();
        let elsewhere =
            |name: &str| !installed.is_empty() && !installed.contains(name.split('/').next().unwrap_or(name));
        let mut skipped: Option<String> = None;
        for (from, asks) in asking {
            for text in asks.iter().filter_map(Value::text) {
                let (name, _) = entry(text);
                let all = names.get(name);
                all.iter().for_each(|to| assembly.edge(from, *to, Scope::Runtime));
                if all.is_empty() && elsewhere(name) {
                    skipped.get_or_insert_with(|| name.to_string());
                } else if all.is_empty() {
                    missing.note(name, || None);
                }
            }
        }
        if let Some(name) = skipped {
            found.odd(None, format!("`{name}` is asked for, but not for the platform of this file"));
        }
        missing.report_unresolved(found);
    }
}

/// `Name (1.0)` or `Name (~> 1.0)` in its parts.
fn entry(text: &str) -> (&str, &str) {
    let (name, inside) = text.trim().split_once(" (").unwrap_or((text.trim(), ""));
    (name.trim(), inside.trim_end_matches(')').trim_start_matches("= ").trim())
}

/// Whether a path leads to where another package manager puts what it downloads. React Native and Flutter hand their
/// plugins to CocoaPods that way.
fn is_installed(dir: &str) -> bool {
    dir.split('/').any(|part| matches!(part, "node_modules" | ".symlinks" | ".pub-cache"))
}

/// By pod: where it comes from, if not from a repository of specifications.
fn places(top: &Value<'_>) -> HashMap<String, Source> {
    let mut places = HashMap::new();
    // What was checked out is more exact than what was asked for.
    for list in ["EXTERNAL SOURCES", "CHECKOUT OPTIONS"] {
        for field in top.get(list).map_or(&[][..], Value::fields) {
            let text =
                |key: &str| field.value.text_of(&format!(":{key}")).or_else(|| field.value.text_of(key));
            let revision = text("commit").or_else(|| text("tag")).or_else(|| text("branch")).unwrap_or("");
            let source = if let Some(url) = text("git") {
                let url = match Origin::read(url) {
                    Some(Origin::Git { url, .. } | Origin::Url(url)) => url,
                    _ => without_credentials(url),
                };
                Origin::Git { url, rev: revision.to_string() }.source()
            } else if let Some(path) = text("path") {
                Source::Path(normal(path))
            } else if let Some(url) = text("http") {
                Source::Url(without_credentials(url))
            } else {
                continue;
            };
            places.insert(field.key.to_string(), source);
        }
    }
    places
}
