//! The artifacts of Maven that `MODULE.bazel`, `WORKSPACE` and `*.bzl` hand to Bazel's rules for the JVM.
//!
//! Starlark is written like Python, so lists that are named, joined and extended are read as those of a `setup.py` are.
//! What the artifacts bring along stands in `maven_install.json`, where somebody pinned it.

use std::collections::HashSet;

use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Purl, Scope, Source};

use super::npm::assembly::Assembly;
use super::python::literal::{Literal, Module};
use super::{Extractor, File};

/// Reads the artifacts that Bazel takes from Maven's repositories.
pub struct BazelMaven;

/// What a file has to load before its calls mean artifacts; other rules have calls of the same names.
const RULES: &str = "rules_jvm_external//";

/// Calls that are read of one function; each may name one artifact.
const CALLS: usize = 4096;

impl Extractor for BazelMaven {
    fn name(&self) -> &'static str {
        "bazel-maven"
    }

    fn files(&self) -> &'static [&'static str] {
        &["MODULE.bazel", "*.MODULE.bazel", "WORKSPACE", "WORKSPACE.bazel", "WORKSPACE.bzlmod", "*.bzl"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let text = String::from_utf8_lossy(file.bytes());
        if !text.contains(RULES) {
            return;
        }
        let module = Module::new(&text);
        let mut assembly = Assembly::new(found);
        let mut said = HashSet::new();
        let mut add = |package: FoundPackage, assembly: &mut Assembly<'_>| {
            if said.insert(package.purl.to_string()) {
                assembly.third_party(package);
            }
        };
        let single = module.calls_up_to(CALLS, "artifact");
        for (call, line) in &single {
            let text = |key: &str| call.get(key).and_then(Literal::text).map_or("", |(text, _)| text.trim());
            let (group, name) = (text("group"), text("artifact"));
            if group.is_empty() || name.is_empty() {
                // In a list the same function takes its arguments by their order; labels have no keywords at all.
                continue;
            }
            let parts = [group, name, text("packaging"), text("classifier"), text("version")];
            // What `testonly` stands for may be computed, so that everything counts as shipped.
            add(package(parts, *line), &mut assembly);
        }
        let lists = ["install", "maven_install"].iter().flat_map(|name| module.calls_up_to(CALLS, name));
        for (call, line) in lists {
            for item in call.get("artifacts").map(Literal::items).unwrap_or_default() {
                match &item {
                    Literal::Text(text, line) => match coordinates(text) {
                        Some(parts) => add(package(parts, *line), &mut assembly),
                        None => {
                            let shown: String = text.chars().take(80).collect();
                            let message = format!("`{shown}` is no coordinate of Maven's and was left out");
                            assembly.found.lost(Some(*line), message);
                        }
                    },
                    Literal::Unknown(line, _) if single.is_empty() => {
                        let message = "artifacts are computed here and not known without running the file";
                        assembly.found.lost(Some(*line), message);
                    }
                    Literal::Unknown(..) => {}
                    Literal::List(_) | Literal::Map(_) => {
                        assembly.found.odd(Some(line), "a list in the list of artifacts was left out");
                    }
                }
            }
        }
        if !found.packages.is_empty() {
            let why =
                "the file names the artifacts that it asks for; what they bring along is pinned elsewhere";
            found.lock(Ecosystem::Maven, GraphDepth::DirectOnly, why);
            found.precedence = 1;
        }
    }
}

/// `group:artifact[:type[:classifier]][:version]`, in that order. Without a version a list of versions decides.
fn coordinates(text: &str) -> Option<[&str; 5]> {
    let parts: Vec<&str> = text.split(':').map(str::trim).collect();
    let parts = match parts[..] {
        [group, name] => [group, name, "", "", ""],
        [group, name, version] => [group, name, "", "", version],
        [group, name, kind, version] => [group, name, kind, "", version],
        [group, name, kind, classifier, version] => [group, name, kind, classifier, version],
        _ => return None,
    };
    let plain = |part: &str| part.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
    (parts[..2].iter().all(|part| !part.is_empty() && plain(part))).then_some(parts)
}

fn package([group, name, kind, classifier, version]: [&str; 5], line: u32) -> FoundPackage {
    // A range is no version, and what is filled in from elsewhere is not known.
    let exact = version.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-+".contains(&b));
    let purl = Purl::maven(&format!("{group}:{name}"), if exact { version } else { "" });
    let kind = if kind == "jar" { "" } else { kind };
    let mut package = FoundPackage::new(purl.with("classifier", classifier).with("type", kind), Some(line));
    package.requested = (!exact).then(|| version.to_string());
    package.source = Source::Registry(None);
    package.scope = Some(Scope::Runtime);
    package.direct = Some(true);
    package
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_of_two_to_five_parts() {
        let purl = |text: &str| coordinates(text).map(|parts| package(parts, 1).purl.to_string());
        for (text, want) in [
            ("g.h:a:1.0", Some("pkg:maven/g.h/a@1.0")),
            ("g.h:a", Some("pkg:maven/g.h/a")),
            ("g:a:aar:1.0", Some("pkg:maven/g/a@1.0?type=aar")),
            ("g:a:jar:linux:1.0", Some("pkg:maven/g/a@1.0?classifier=linux")),
            ("g:a:[1,2)", Some("pkg:maven/g/a")),
            ("//some:label", None),
            ("g", None),
        ] {
            assert_eq!(purl(text).as_deref(), want, "{text}");
        }
    }
}
