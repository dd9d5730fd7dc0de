//! What `cargo auditable` writes into a program: every crate that it was built from, and who asked for whom.

use std::io::Read as _;

use flate2::read::ZlibDecoder;
use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Purl, Scope, Source};
use serde::Deserialize;

use super::{Extractor, File, binary};

/// Reads programs that were built with `cargo auditable`.
pub struct CargoAuditable;

/// Bytes of the unpacked list, which is some kilobytes long.
const LIST: u64 = 16 << 20;

#[derive(Deserialize)]
struct Listed {
    packages: Vec<Crate>,
}

#[derive(Deserialize)]
struct Crate {
    name: String,
    version: String,
    #[serde(default)]
    source: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    dependencies: Vec<usize>,
    #[serde(default)]
    root: bool,
}

impl Extractor for CargoAuditable {
    fn name(&self) -> &'static str {
        "cargo-auditable"
    }

    fn files(&self) -> &'static [&'static str] {
        &[]
    }

    fn magic(&self) -> &'static [&'static [u8]] {
        binary::MAGIC
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let sections = file.programs().iter().filter_map(|p| p.section(".dep-v0"));
        for section in sections {
            let unpacked = file.part(section.at, section.size.min(LIST)).and_then(|packed| {
                let mut text = Vec::new();
                ZlibDecoder::new(&*packed).take(LIST).read_to_end(&mut text).ok()?;
                serde_json::from_slice::<Listed>(&text).ok()
            });
            match unpacked {
                Some(listed) => return crates(&listed.packages, found),
                None => found.lost(None, "the list of crates in this program is damaged"),
            }
        }
    }
}

fn crates(listed: &[Crate], found: &mut Found) {
    if listed.is_empty() {
        return;
    }
    let why = "a program built with cargo auditable names every crate in it and who asks for it";
    found.lock(Ecosystem::Cargo, GraphDepth::Full, why);
    // The crate that the program was built from stands first.
    let mut order: Vec<usize> = (0..listed.len()).collect();
    order.sort_by_key(|at| !listed[*at].root);
    let mut position = vec![0; listed.len()];
    for (new, &old) in order.iter().enumerate() {
        position[old] = new;
    }
    for &at in &order {
        let one = &listed[at];
        let mut package = FoundPackage::new(Purl::cargo(&one.name, &one.version), None);
        // Where a folder or a repository lay is not written down; the rest comes from a registry.
        package.source = match one.source.as_str() {
            "local" | "git" | "" => Source::Unknown,
            _ => Source::Registry(None),
        };
        package.scope = (one.kind == "build").then_some(Scope::Build);
        found.package(package);
    }
    let mut lost = 0;
    for (at, one) in listed.iter().enumerate() {
        for &to in &one.dependencies {
            let Some(&target) = position.get(to) else {
                lost += 1;
                continue;
            };
            let scope = if listed[to].kind == "build" { Scope::Build } else { Scope::Runtime };
            found.edge(position[at], target, scope);
        }
    }
    if lost > 0 {
        found.odd(None, format!("{lost} edges lead to crates that are not in the list"));
    }
}
