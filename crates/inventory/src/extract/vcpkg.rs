//! `vcpkg.json` and vcpkg's `status`: the ports that a project asks for, and those that were installed for it.

use std::collections::HashMap;

use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Purl, Requirement, Scope, Source};

use super::control;
use super::npm::assembly::Assembly;
use super::requirement::{asked, license, manifest, unique};
use super::tree::{self, Tree};
use super::{Extractor, File};

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
        let usual: Vec<&str> = top
            .items_of("default-features")
            .iter()
            .filter_map(|f| Some(&**f.text().or_else(|| f.text_of("name"))?))
            .collect();
        let mut lists = vec![(top.items_of("dependencies"), Scope::Runtime)];
        for (feature, body) in top.entries_of("features") {
            let scope = if usual.contains(&&**feature) { Scope::Runtime } else { Scope::Optional };
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
        found.manifest(Ecosystem::Vcpkg, own);
    }
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
