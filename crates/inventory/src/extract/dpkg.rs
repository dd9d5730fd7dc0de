//! dpkg's database of installed packages: `var/lib/dpkg/status`, and the folder `status.d` that images without a package
//! manager have in its stead. A package that is not installed holds the same stanza in `DEBIAN/control`.

use licit_model::found::Role;
use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Manifest, Purl, Requirement, Scope, Source};

use super::capabilities::{Capabilities, meet, reach_all};
use super::control::{self, Field, Stanza};
use super::requirement::license;
use super::{Extractor, File};

/// Reads dpkg's database.
pub struct Dpkg;

/// Fields that are read; descriptions and lists of files are most of the database.
const FIELDS: &[&str] = &[
    "package",
    "version",
    "status",
    "architecture",
    "source",
    "depends",
    "pre-depends",
    "provides",
    "license",
];

impl Extractor for Dpkg {
    fn name(&self) -> &'static str {
        "dpkg"
    }

    fn files(&self) -> &'static [&'static str] {
        &["var/lib/dpkg/status", "var/lib/dpkg/status.d/*", "status", "DEBIAN/control"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        // Beside the stanza of a package lies the list of its files, which says nothing of packages.
        if file.name().ends_with(".md5sums") {
            return;
        }
        // Other files are called so too.
        if file.name() == "status"
            && !file.path().contains("dpkg/")
            && !file.bytes().starts_with(b"Package: ")
        {
            return;
        }
        // In the sources of a project it is what the project's own package is made by.
        if file.name() == "control" && file.path().contains('/') && !in_archive(file.path()) {
            return;
        }
        // Names of maintainers in old databases are not UTF-8, and none of them is read.
        let text = String::from_utf8_lossy(file.bytes());
        let wanted = |name: &str| FIELDS.iter().any(|f| f.eq_ignore_ascii_case(name));
        let control = control::read(&text, wanted);
        for &line in control.odd.iter().take(SAID) {
            found.lost(Some(line), "this line is no field of a package and was left out");
        }
        let mut asking = Vec::new();
        let mut capabilities = Capabilities::default();
        for stanza in &control.stanzas {
            if let Some(package) = package(stanza, found) {
                let (name, architecture) = (package.purl.name.clone(), arch(&package));
                let index = found.package(package);
                let provided = stanza.get("Provides").map(Field::folded).unwrap_or_default();
                provide(&mut capabilities, &name, &architecture, provided.split(',').map(bare), index);
                asking.push((index, architecture, stanza));
            }
        }
        if found.packages.is_empty() {
            return;
        }
        found.lock(Ecosystem::Deb, GraphDepth::Full, WHY);
        // Only the one file of all packages says which of them are installed.
        if let [stanza] = control.stanzas.as_slice()
            && stanza.get("Status").is_none()
        {
            alone(found, stanza);
            return;
        }
        for (from, architecture, stanza) in asking {
            for field in ["Pre-Depends", "Depends"].iter().filter_map(|name| stanza.get(name)) {
                for need in field.folded().split(',') {
                    ask(found, &capabilities, from, &architecture, need);
                }
            }
        }
        reach_all(found);
    }
}

/// Whether a package that was opened holds the file at its top.
fn in_archive(path: &str) -> bool {
    path == "DEBIAN/control" || path.ends_with("!/DEBIAN/control")
}

/// How much of the graph is there.
const WHY: &str = "dpkg's database holds every installed package and what each depends on";

/// So many odd lines are told; a file that is something else altogether has no other.
const SAID: usize = 4;

/// The package of a stanza, if it is installed.
fn package(stanza: &Stanza<'_>, found: &mut Found) -> Option<FoundPackage> {
    let (name, version) = (stanza.word("Package"), stanza.word("Version"));
    // `want flag state`; a package of which only the configuration is left is not there.
    let state = stanza.get("Status").map(|s| s.first().split_whitespace().nth(2).unwrap_or(""));
    if matches!(state, Some("not-installed" | "config-files")) {
        return None;
    }
    if name.is_empty() || version.is_empty() || name.contains(['/', ' ']) {
        found.lost(stanza.line(), "an entry without a name and a version was left out");
        return None;
    }
    let architecture = stanza.word("Architecture");
    let source = upstream(stanza.word("Source"), version);
    let purl = Purl::named("deb", name, version).with("arch", architecture).with("upstream", &source);
    let mut package = FoundPackage::new(purl, stanza.get("Package").map(|f| f.line));
    // Debian has no such field; opkg, whose database is the same otherwise, has.
    let stated = stanza.get("License");
    package.licenses.extend(stated.and_then(|field| license(field.first(), Some(field.line))));
    Some(package)
}

/// The source package where it is called otherwise or has another version: `name` or `name@version`.
fn upstream(source: &str, version: &str) -> String {
    let (name, own) = source.split_once('(').unwrap_or((source, ""));
    let own = own.trim_end_matches(')').trim();
    match name.trim() {
        name if own.is_empty() || own == version => name.to_string(),
        name => format!("{name}@{own}"),
    }
}

fn provide<'n>(
    capabilities: &mut Capabilities,
    name: &str,
    architecture: &str,
    provided: impl Iterator<Item = &'n str>,
    index: usize,
) {
    // The same library may be installed for several architectures, each of which asks for its own.
    capabilities.is(name, index);
    capabilities.is(&format!("{name}:{architecture}"), index);
    for provided in provided.filter(|name| !name.is_empty()) {
        capabilities.provides(provided, index);
        capabilities.provides(&format!("{provided}:{architecture}"), index);
    }
}

/// Meets one need: names of which one has to be there.
fn ask(found: &mut Found, capabilities: &Capabilities, from: usize, architecture: &str, need: &str) {
    let bare_names = need.split('|').map(bare).filter(|name| !name.is_empty());
    let names: Vec<String> = bare_names
        .flat_map(|name| {
            let plain = name.split_once(':').map_or(name, |(plain, _)| plain);
            [format!("{plain}:{architecture}"), name.to_string(), plain.to_string()]
        })
        .collect();
    meet(found, capabilities, from, names.iter().map(String::as_str));
}

/// A name without the versions that are asked for.
fn bare(need: &str) -> &str {
    need.split(['(', '[', '<']).next().unwrap_or("").trim()
}

/// Of a package that has a file of its own: what it provides and asks for, until its neighbours are known.
fn alone(found: &mut Found, stanza: &Stanza<'_>) {
    let Some(package) = found.packages.first().cloned() else { return };
    let provided = stanza.get("Provides").map(Field::folded).unwrap_or_default();
    let names = provided.split(',').map(bare).filter(|name| !name.is_empty());
    found.keys = names.map(|name| (name.to_string(), 0)).collect();
    let mut manifest = Manifest::new(package);
    for field in ["Pre-Depends", "Depends"].iter().filter_map(|name| stanza.get(name)) {
        for need in field.folded().split(',').map(str::trim).filter(|need| !need.is_empty()) {
            manifest.requirements.push(Requirement {
                name: need.to_string(),
                alias: None,
                range: String::new(),
                scope: Scope::Runtime,
                line: Some(field.line),
                path: None,
                source: Source::Unknown,
                inherited: false,
            });
        }
    }
    found.manifest = Some(manifest);
}

/// Joins the files of one folder `status.d` into one, with the edges among them. Each package stays where it is named.
pub(crate) fn link(files: &mut [&mut Found], folder: &str) -> Found {
    let mut joined = Found::new(folder, "dpkg");
    joined.lock(Ecosystem::Deb, GraphDepth::Full, WHY);
    let mut capabilities = Capabilities::default();
    let mut asking = Vec::new();
    for file in files.iter_mut() {
        let (keys, manifest) = (std::mem::take(&mut file.keys), file.manifest.take());
        file.role = Role::Nothing;
        let Some(mut package) = std::mem::take(&mut file.packages).into_iter().next() else { continue };
        package.file = Some(file.path.clone());
        let (name, architecture) = (package.purl.name.clone(), arch(&package));
        let index = joined.package(package);
        provide(&mut capabilities, &name, &architecture, keys.iter().map(|(key, _)| key.as_str()), index);
        asking.push((index, architecture, manifest));
    }
    for (from, architecture, manifest) in asking {
        for need in manifest.iter().flat_map(|m| &m.requirements) {
            ask(&mut joined, &capabilities, from, &architecture, &need.name);
        }
    }
    reach_all(&mut joined);
    joined
}

fn arch(package: &FoundPackage) -> String {
    package.purl.qualifiers.get("arch").cloned().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources() {
        assert_eq!(upstream("", "1"), "");
        assert_eq!(upstream("glibc", "1"), "glibc");
        assert_eq!(upstream("gcc-12 (12.2.0-14)", "12.2.0-14+b1"), "gcc-12@12.2.0-14");
        assert_eq!(upstream("gcc-12 (1)", "1"), "gcc-12");
    }
}
