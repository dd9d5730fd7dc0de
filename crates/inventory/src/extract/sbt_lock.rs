//! `build.sbt.lock`: what sbt resolved for each configuration, as the plugin for dependency locks writes it.

use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Purl, Scope, Source};

use super::npm::assembly::Assembly;
use super::tree::{self, Tree};
use super::{Extractor, File, python};

/// Reads `build.sbt.lock`.
pub struct SbtLock;

impl Extractor for SbtLock {
    fn name(&self) -> &'static str {
        "sbt-lock"
    }

    fn files(&self) -> &'static [&'static str] {
        &["build.sbt.lock"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let top = tree::read(file, found);
        let Some(Tree::List(entries)) = top.get("dependencies") else { return };
        let mut assembly = Assembly::new(found);
        for entry in entries {
            let text = |key: &str| entry.text_of(key).filter(|t| !t.is_empty());
            let line = entry.text_of("org").or_else(|| entry.text_of("name")).and_then(|t| t.line(file));
            let (Some(org), Some(name), Some(version)) = (text("org"), text("name"), text("version")) else {
                assembly.found.lost(line, "a dependency without organization, name or version was left out");
                continue;
            };
            let purl = Purl::maven(&format!("{}:{}", &**org, &**name), version);
            let mut package = FoundPackage::new(purl, line);
            package.source = Source::Registry(None);
            let names = entry.items_of("configurations").iter().filter_map(Tree::text);
            package.scope = names.map(|c| scope(c)).min();
            // One artifact is the jar itself; of several nobody can tell which one a checksum is for.
            if let [artifact] = entry.items_of("artifacts") {
                package.hashes = artifact.text_of("hash").and_then(|h| python::hash(h)).into_iter().collect();
            }
            assembly.third_party(package);
        }
        let why = "build.sbt.lock lists what was resolved and not who asks for whom";
        found.lock(Ecosystem::Maven, GraphDepth::Flat, why);
    }
}

/// What a configuration of sbt or Ivy is for; a name that is not known counts as shipped.
pub(super) fn scope(configuration: &str) -> Scope {
    match configuration.to_ascii_lowercase().as_str() {
        "test" | "it" | "integrationtest" | "test-internal" | "multi-jvm" => Scope::Test,
        "provided" | "scala-tool" | "scala-doc-tool" | "plugin" | "build" | "compile-internal"
        | "compile-only" => Scope::Build,
        "optional" => Scope::Optional,
        "docs" | "scalafmt" | "dev" => Scope::Dev,
        _ => Scope::Runtime,
    }
}
