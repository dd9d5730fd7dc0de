//! `pixi.lock`: the packages of every environment and platform of a pixi project, of versions 3 to 6 of the format.

use std::collections::HashMap;

use licit_model::found::RawLicenseKind;
use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, RawLicense, Scope, Source};

use super::npm::assembly::Assembly;
use super::npm::block::{self, Value};
use super::{Extractor, File, conda, python};

/// Reads `pixi.lock`.
pub struct PixiLock;

impl Extractor for PixiLock {
    fn name(&self) -> &'static str {
        "pixi-lock"
    }

    fn files(&self) -> &'static [&'static str] {
        &["pixi.lock"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let documents = block::read(file, found);
        let Some(top) = documents.iter().find(|d| d.get("packages").is_some() || d.get("package").is_some())
        else {
            return;
        };
        let mut assembly = Assembly::new(found);
        let entries = top.get("packages").or_else(|| top.get("package")).map_or(&[][..], Value::items);
        let mut by_place: HashMap<&str, usize> = HashMap::new();
        let mut packages = Vec::new();
        for entry in entries {
            let line = entry.fields().first().map(|f| f.line);
            let Some((place, package)) = package(entry, line) else {
                assembly.found.lost(line, "an entry without name and version was left out");
                continue;
            };
            let own = matches!(&package.source, Source::Path(_));
            let index = match (&package.source, own) {
                (Source::Path(dir), true) => {
                    let dir = python::own_dir(dir);
                    assembly.first_party(dir, package)
                }
                _ => assembly.third_party(package),
            };
            by_place.insert(place, packages.len());
            packages.push((index, entry));
        }
        let mut scopes: HashMap<usize, Scope> = HashMap::new();
        let mut sets: Vec<Vec<usize>> = Vec::new();
        for environment in top.get("environments").map_or(&[][..], Value::fields) {
            let name = environment.key.to_ascii_lowercase();
            let words = name.split(|c: char| !c.is_ascii_alphanumeric());
            let scope = match &*name {
                "default" => Scope::Runtime,
                _ => words.filter(|w| !w.is_empty()).find_map(python::word_scope).unwrap_or(Scope::Optional),
            };
            for platform in environment.value.get("packages").map_or(&[][..], Value::fields) {
                let places = platform.value.items().iter().filter_map(place_of);
                let set: Vec<usize> = places.filter_map(|p| by_place.get(p).copied()).collect();
                for at in &set {
                    if let Some((index, _)) = packages.get(*at) {
                        scopes.entry(*index).and_modify(|s| *s = (*s).min(scope)).or_insert(scope);
                    }
                }
                sets.push(set);
            }
        }
        // The oldest form has no environments: all packages of a platform belong together.
        if sets.is_empty() {
            let mut platforms: HashMap<&str, Vec<usize>> = HashMap::new();
            for (at, (_, entry)) in packages.iter().enumerate() {
                platforms.entry(entry.text_of("platform").unwrap_or("")).or_default().push(at);
            }
            let mut all: Vec<_> = platforms.into_iter().collect();
            all.sort_by_key(|(platform, _)| *platform);
            sets.extend(all.into_iter().map(|(_, set)| set));
        }
        if sets.len() > SETS {
            sets.truncate(SETS);
            assembly
                .found
                .odd(None, format!("edges were read of the first {SETS} environments and platforms only"));
        }
        for set in sets {
            let named = set.iter().filter_map(|at| {
                let (index, _) = packages.get(*at)?;
                Some((python::normal_name(&assembly.found.packages.get(*index)?.purl.name), *index))
            });
            let named: HashMap<String, usize> = named.collect();
            for (from, entry) in set.iter().filter_map(|at| packages.get(*at)) {
                for name in asked(entry) {
                    if let Some(to) = named.get(&python::normal_name(name)) {
                        assembly.edge(*from, *to, Scope::Runtime);
                    }
                }
            }
        }
        for (index, scope) in scopes {
            if let Some(package) = found.packages.get_mut(index) {
                package.scope = Some(scope);
            }
        }
        found.lock(Ecosystem::Conda, GraphDepth::Full, "pixi.lock lists every package and who asks for whom");
    }
}

/// Environments times platforms; each names packages anew, and each package everything that it asks for.
const SETS: usize = 512;

/// By what environments name a package: its address, or its path.
fn place_of<'v>(entry: &'v Value<'_>) -> Option<&'v str> {
    ["conda", "conda_source", "pypi", "url", "path"].iter().find_map(|key| entry.text_of(key))
}

/// The names of what a package asks for. Extras of Python packages that were not chosen name nothing of the set, or what
/// is in it anyway.
fn asked<'v>(entry: &'v Value<'_>) -> impl Iterator<Item = &'v str> {
    let depends = ["depends", "dependencies"].iter().filter_map(|key| entry.get(key));
    let conda = depends.flat_map(|list| list.items()).filter_map(Value::text).map(conda::required);
    let python = entry.get("requires_dist").map_or(&[][..], Value::items).iter().filter_map(Value::text);
    let python = python.filter(|text| !text.contains("extra ==")).map(conda::required);
    let older = entry.get("dependencies").map_or(&[][..], Value::fields).iter().map(|f| &*f.key);
    conda.chain(python).chain(older).filter(|name| !conda::is_virtual(name))
}

fn package<'v>(entry: &'v Value<'_>, line: Option<u32>) -> Option<(&'v str, FoundPackage)> {
    let place = place_of(entry)?;
    // `name[hash] @ folder`: built from a folder, mostly of the workspace.
    if entry.get("conda_source").is_some() {
        let (name, dir) = place.split_once(" @ ")?;
        let name = name.split('[').next().unwrap_or(name).trim();
        let mut package = conda::package(name, entry.text_of("version").unwrap_or(""), line);
        if dir.contains("://") {
            package.source = Source::Url(dir.to_string());
        } else {
            package.source = Source::Path(dir.to_string());
            package.first_party = true;
        }
        return Some((place, package));
    }
    let text = |key: &str| entry.text_of(key).filter(|t| !t.is_empty());
    let python = entry.get("pypi").is_some()
        || text("kind") == Some("pypi")
        || text("manager") == Some("pypi")
        || text("manager") == Some("pip");
    let local = !place.contains("://") && !place.starts_with("git+");
    let mut package = if python {
        let archive = python::address::archive_name(place.rsplit('/').next().unwrap_or(""));
        let name = text("name").map(str::to_string).or_else(|| Some(archive.clone()?.0))?;
        let version = text("version").map(str::to_string).or_else(|| Some(archive?.1));
        let mut package = python::package(&name, version.as_deref().unwrap_or(""), line);
        if place.starts_with("git+") || (!local && !place.ends_with(".whl") && !place.ends_with(".tar.gz")) {
            python::Address::parse(place).place(&mut package);
        }
        package
    } else {
        let archive = conda::archive::read(place);
        let name = text("name").or_else(|| Some(archive?.name))?;
        let version = text("version").or_else(|| Some(archive?.version))?;
        let mut package = conda::package(name, version, line);
        package.purl = package.purl.with("channel", archive.map_or("", |a| a.channel));
        package
    };
    // Folders of the workspace are its own packages; archives beside it are not.
    let is_archive = [".conda", ".tar.bz2", ".whl", ".tar.gz", ".zip"].iter().any(|end| place.ends_with(end));
    if local && !is_archive {
        package.source = Source::Path(place.to_string());
        package.first_party = true;
    }
    package.hashes = conda::hashes(text("md5"), text("sha256"));
    if let Some(field) = entry.fields().iter().find(|f| f.key == "license")
        && let Some(license) = field.value.text().filter(|l| !matches!(*l, "" | "None" | "none" | "UNKNOWN"))
    {
        let kind = RawLicenseKind::Expression;
        package.licenses.push(RawLicense { text: license.to_string(), kind, line: Some(field.line) });
    }
    Some((place, package))
}
