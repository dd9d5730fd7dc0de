//! `vcpkg.json`, `vcpkg-configuration.json` and vcpkg's `status`: the ports that a project asks for, where they come from,
//! and those that were installed for it.

use std::collections::{HashMap, HashSet};

use licit_model::found::Role;
use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Purl, Requirement, Scope, Source};

use super::control;
use super::npm::assembly::Assembly;
use super::npm::origin::normal;
use super::requirement::{asked, license, manifest, unique};
use super::tree::{self, Tree};
use super::{Extractor, File, repository};

/// Reads `vcpkg.json`.
pub struct VcpkgJson;

impl Extractor for VcpkgJson {
    fn name(&self) -> &'static str {
        "vcpkg-json"
    }

    fn files(&self) -> &'static [&'static str] {
        &["vcpkg.json"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let top = tree::read(file, found);
        if top.entries().is_empty() {
            return;
        }
        let name = top.text_of("name");
        let versions = ["version", "version-semver", "version-string", "version-date"];
        let version = versions.iter().find_map(|key| top.text_of(key)).map_or("", |v| v.trim());
        let line = name.and_then(|n| n.line(file));
        let mut own = manifest(Ecosystem::Vcpkg, name.map_or("", |n| n.trim()), version, line);
        let stated = top.text_of("license");
        own.package.licenses.extend(stated.and_then(|l| license(l, l.line(file))));
        let pins: HashMap<&str, &str> = top
            .items_of("overrides")
            .iter()
            .filter_map(|o| {
                Some((&**o.text_of("name")?, versions.iter().find_map(|key| o.text_of(key)).map(|v| &**v)?))
            })
            .collect();
        let usual: HashSet<&str> = top
            .items_of("default-features")
            .iter()
            .filter_map(|f| Some(&**f.text().or_else(|| f.text_of("name"))?))
            .collect();
        let mut lists = vec![(top.items_of("dependencies"), Scope::Runtime)];
        for (feature, body) in top.entries_of("features") {
            let scope = if usual.contains(&**feature) { Scope::Runtime } else { Scope::Optional };
            lists.push((body.items_of("dependencies"), scope));
        }
        for (list, scope) in lists {
            for item in list {
                match requirement(item, scope, &pins, file) {
                    Some(requirement) => own.requirements.push(requirement),
                    None => found.lost(None, "a dependency without a name was left out"),
                }
            }
        }
        own.requirements.sort_by_key(|r| r.scope);
        unique(&mut own.requirements);
        // The configuration may stand in a file of its own, or here.
        if let Some(inner) = ["vcpkg-configuration", "configuration"].iter().find_map(|key| top.get(key)) {
            overlays(inner, file, found);
            let registries = registries(inner);
            for requirement in &mut own.requirements {
                registry_of(&registries, &requirement.name).clone_into(&mut requirement.source);
            }
        }
        found.manifest(Ecosystem::Vcpkg, own);
    }
}

/// Reads `vcpkg-configuration.json`, which helps the manifest beside it: each pattern of a registry is a package with the
/// registry as its source, each folder of ports one of the project's own packages without a name.
pub struct VcpkgConfiguration;

/// Its name.
pub(crate) const CONFIGURATION: &str = "vcpkg-configuration";

impl Extractor for VcpkgConfiguration {
    fn name(&self) -> &'static str {
        CONFIGURATION
    }

    fn files(&self) -> &'static [&'static str] {
        &["vcpkg-configuration.json"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let top = tree::read(file, found);
        for (pattern, source) in registries(&top) {
            let mut package = FoundPackage::new(Purl::named("vcpkg", &pattern, ""), None);
            package.source = source;
            found.package(package);
        }
        overlays(&top, file, found);
        if !found.packages.is_empty() {
            found.role = Role::Helper;
            found.ecosystem = Some(Ecosystem::Vcpkg);
        }
    }
}

/// The most patterns of registries and folders of ports that are looked through for each requirement.
const PATTERNS: usize = 1000;
const FOLDERS: usize = 64;

/// Notes the folders in which a configuration looks for ports first.
fn overlays(top: &Tree<'_>, file: &File<'_>, found: &mut Found) {
    for folder in top.items_of("overlay-ports").iter().filter_map(Tree::text).take(FOLDERS) {
        let mut ports = FoundPackage::new(Purl::named("vcpkg", "", ""), folder.line(file));
        ports.first_party = true;
        ports.dir = Some(normal(folder));
        found.package(ports);
    }
}

/// The patterns of a configuration with the registry that each is taken from; the default one is the last.
fn registries(top: &Tree<'_>) -> Vec<(String, Source)> {
    let mut registries = Vec::new();
    for registry in top.items_of("registries") {
        let source = registry_source(registry);
        for pattern in registry.items_of("packages").iter().filter_map(Tree::text) {
            registries.push((pattern.trim().to_string(), source.clone()));
        }
    }
    if let Some(default) = top.get("default-registry").filter(|d| !d.entries().is_empty()) {
        registries.push(("*".to_string(), registry_source(default)));
    }
    registries.retain(|(pattern, _)| !pattern.is_empty());
    // The default one stays where there are more than anybody writes.
    if registries.len() > PATTERNS {
        registries.drain(PATTERNS - 1..registries.len() - 1);
    }
    registries
}

/// Where a registry lies, with the commit whose list of versions counts.
fn registry_source(registry: &Tree<'_>) -> Source {
    let text = |key: &str| registry.text_of(key).map_or("", |t| t.trim());
    let place = match text("kind") {
        "git" => repository::address(text("repository")),
        "filesystem" => text("path").to_string(),
        _ => String::new(),
    };
    // The usual registry is known by its place.
    if place.is_empty() || repository::bare(&place).eq_ignore_ascii_case("github.com/microsoft/vcpkg") {
        return Source::Registry(None);
    }
    let baseline = Some(text("baseline")).filter(|b| !b.is_empty()).map(|b| format!("#{b}"));
    Source::Registry(Some(format!("{place}{}", baseline.unwrap_or_default())))
}

/// The registry of a port: its own name counts more than a pattern, a longer pattern more than a shorter one.
pub(crate) fn registry_of(registries: &[(String, Source)], name: &str) -> Source {
    let rank = |pattern: &str| match pattern.strip_suffix('*') {
        Some(prefix) => name.starts_with(prefix).then_some((false, prefix.len())),
        None => (pattern == name).then_some((true, pattern.len())),
    };
    let mut best: Option<((bool, usize), &Source)> = None;
    for (pattern, source) in registries {
        // Of equals the first one counts.
        if let Some(rank) = rank(pattern).filter(|rank| best.is_none_or(|(known, _)| *rank > known)) {
            best = Some((rank, source));
        }
    }
    best.map_or(Source::Registry(None), |(_, source)| source.clone())
}

fn requirement(
    item: &Tree<'_>,
    scope: Scope,
    pins: &HashMap<&str, &str>,
    file: &File<'_>,
) -> Option<Requirement> {
    let name = item.text().or_else(|| item.text_of("name"))?;
    // A port for the machine that builds is a tool.
    let host = matches!(item.get("host"), Some(Tree::Bool(true)));
    let scope = if host { scope.max(Scope::Build) } else { scope };
    let least = item.text_of("version>=").map(|v| format!(">={}", v.trim()));
    let range = match pins.get(&**name) {
        Some(pin) => format!("=={pin}"),
        None => least.unwrap_or_default(),
    };
    let bare = name.split('[').next().unwrap_or("").trim();
    (!bare.is_empty()).then(|| asked(bare, &range, scope, name.line(file)))
}

/// Reads the list of installed ports.
pub struct VcpkgStatus;

impl Extractor for VcpkgStatus {
    fn name(&self) -> &'static str {
        "vcpkg-status"
    }

    fn files(&self) -> &'static [&'static str] {
        &["**/vcpkg/status"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(text) = file.text(found) else { return };
        let wanted = ["Package", "Feature", "Version", "Port-Version", "Depends", "Architecture", "Status"];
        let control = control::read(text, |name| wanted.contains(&name));
        if let Some(line) = control.odd.first() {
            found.lost(Some(*line), format!("{} lines are no fields and were left out", control.odd.len()));
        }
        if control.stanzas.is_empty() {
            return;
        }
        let why = "vcpkg's list of what is installed holds every port and who asks for it";
        found.lock(Ecosystem::Vcpkg, GraphDepth::Full, why);
        let mut assembly = Assembly::new(found);
        // By name and triplet, so that tools of the building machine ask for their own.
        let mut at: HashMap<(&str, &str), usize> = HashMap::new();
        let mut asking = Vec::new();
        for stanza in control.stanzas.iter().filter(|s| s.word("Status").ends_with("ok installed")) {
            let (name, triplet) = (stanza.word("Package"), stanza.word("Architecture"));
            if name.is_empty() {
                assembly.found.lost(stanza.line(), "a port without a name was left out");
                continue;
            }
            // A feature has a stanza of its own with what it asks for.
            if !stanza.word("Feature").is_empty() {
                asking.push((name, triplet, stanza.word("Depends")));
                continue;
            }
            let revision = stanza.word("Port-Version");
            let purl = Purl::named("vcpkg", name, stanza.word("Version"));
            let purl = purl.with("port_revision", if revision == "0" { "" } else { revision });
            let mut package = FoundPackage::new(purl.with("triplet", triplet), stanza.line());
            package.source = Source::Registry(None);
            at.insert((name, triplet), assembly.third_party(package));
            asking.push((name, triplet, stanza.word("Depends")));
        }
        for (name, triplet, depends) in asking {
            let Some(&from) = at.get(&(name, triplet)) else { continue };
            for part in depends.split(',').map(str::trim).filter(|p| !p.is_empty()) {
                let (part, other) = part.split_once(':').unwrap_or((part, triplet));
                let to = part.split(['[', ' ']).next().unwrap_or(part);
                if let Some(to) = at.get(&(to, other)) {
                    assembly.edge(from, *to, if other == triplet { Scope::Runtime } else { Scope::Build });
                }
            }
        }
    }
}
