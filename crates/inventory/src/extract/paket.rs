//! Paket: `paket.lock` with the packages, files and repositories of every group, and `paket.dependencies` with what was
//! asked for.

use std::collections::HashMap;

use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Manifest, Purl, Requirement, Scope, Source};

use super::npm::assembly::Assembly;
use super::npm::notes::Missing;
use super::nuget::folded;
use super::python;
use super::{Extractor, File};

/// Reads `paket.lock`.
pub struct PaketLock;
/// Reads `paket.dependencies`.
pub struct PaketDependencies;

/// The group that has no name in the file.
const MAIN: &str = "main";

/// What a group is for, by its name; one that is not known counts as shipped.
fn scope_of(group: &str) -> Scope {
    match group {
        "fake" | "build" | "fakebuild" | "netcorebuild" => Scope::Build,
        "formatting" | "analyzers" | "docs" => Scope::Dev,
        other => python::word_scope(other).unwrap_or(Scope::Runtime),
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Section {
    Nuget,
    Github,
    Git,
    Http,
    Other,
}

impl Extractor for PaketLock {
    fn name(&self) -> &'static str {
        "paket-lock"
    }

    fn files(&self) -> &'static [&'static str] {
        &["paket.lock"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(text) = file.text(found) else { return };
        let mut assembly = Assembly::new(found);
        let mut named: HashMap<(String, String), usize> = HashMap::new();
        let mut asked: Vec<(usize, String, String, u32)> = Vec::new();
        let (mut group, mut section, mut remote) = (MAIN.to_string(), Section::Other, String::new());
        let (mut current, mut known, mut keys) = (None, false, Vec::new());
        for (number, raw) in (1u32..).zip(text.lines()) {
            let line = raw.trim();
            let indent = raw.len() - raw.trim_start().len();
            if line.is_empty() || line.starts_with("//") {
                continue;
            }
            if indent == 0 {
                current = None;
                remote.clear();
                section = match line.split_whitespace().next().unwrap_or("") {
                    "GROUP" => {
                        group = folded(line.get(5..).unwrap_or("").trim());
                        Section::Other
                    }
                    "NUGET" => Section::Nuget,
                    "GITHUB" | "GIST" => Section::Github,
                    "GIT" => Section::Git,
                    "HTTP" => Section::Http,
                    _ => Section::Other,
                };
                known |= section != Section::Other;
                continue;
            }
            if let Some(address) = line.strip_prefix("remote:") {
                remote = address.trim().to_string();
                current = None;
                continue;
            }
            if section == Section::Other || line.starts_with("specs:") {
                continue;
            }
            // Four blanks stand before a package, six before what it asks for.
            if indent >= 6 {
                // Beside a repository stand settings such as `git: address`.
                if section != Section::Nuget && section != Section::Github {
                    continue;
                }
                let name = line.split([' ', '(']).next().unwrap_or("");
                if let Some(from) = current.filter(|_| !name.is_empty()) {
                    asked.push((from, group.clone(), folded(name), number));
                }
                continue;
            }
            let Some(package) = package(section, line, &remote, number) else {
                assembly
                    .found
                    .lost(Some(number), "not understood as a package of Paket; the line was left out");
                current = None;
                continue;
            };
            let mut package = package;
            package.scope = Some(scope_of(&group));
            let name = package.purl.name.clone();
            let index = assembly.third_party(package);
            if section == Section::Nuget {
                named.insert((group.clone(), folded(&name)), index);
                keys.push((name.clone(), index));
                if folded(&name) != name {
                    keys.push((folded(&name), index));
                }
            }
            current = Some(index);
        }
        let mut missing = Missing::default();
        for (from, group, name, line) in asked {
            match named.get(&(group.clone(), name.clone())) {
                Some(to) => assembly.edge(from, *to, scope_of(&group)),
                None => missing.note(&name, || Some(line)),
            }
        }
        missing.report_unresolved(found);
        if known || !found.packages.is_empty() {
            keys.sort();
            keys.dedup();
            found.keys = keys;
            found.lock(
                Ecosystem::Nuget,
                GraphDepth::Full,
                "paket.lock lists every package and who asks for whom",
            );
        } else if !text.trim().is_empty() {
            found.lost(Some(1), "there is no section of a paket.lock in it");
        }
    }
}

/// `Name (1.0) - restriction: …`, `path/to/file.fs (revision)`, or `(revision)` alone.
fn package(section: Section, line: &str, remote: &str, number: u32) -> Option<FoundPackage> {
    let (name, rest) = line.split_once('(')?;
    let (version, _) = rest.split_once(')')?;
    let (name, version) = (name.trim(), version.trim());
    let purl = match section {
        Section::Nuget if !name.is_empty() && !version.is_empty() => Purl::nuget(name, version),
        Section::Github => Purl::named("github", remote, version),
        Section::Git => {
            let url = remote.trim_end_matches('/');
            let last = url.trim_end_matches(".git").rsplit(['/', ':']).next().filter(|l| !l.is_empty())?;
            match url.strip_prefix("https://github.com/") {
                Some(path) => Purl::named("github", path.trim_end_matches(".git"), version),
                None => {
                    Purl::named("generic", last, version).with("vcs_url", &format!("git+{url}@{version}"))
                }
            }
        }
        Section::Http => {
            let file = name.rsplit('/').next().filter(|f| !f.is_empty())?;
            Purl::named("generic", file, "").with("download_url", remote)
        }
        _ => return None,
    };
    if purl.name.is_empty() {
        return None;
    }
    let mut package = FoundPackage::new(purl, Some(number));
    package.source = match section {
        Section::Github => Source::Git(format!("https://github.com/{remote}.git#{version}")),
        Section::Git => Source::Git(format!("{remote}#{version}")),
        Section::Http => Source::Url(remote.to_string()),
        _ => Source::Registry(None),
    };
    Some(package)
}

impl Extractor for PaketDependencies {
    fn name(&self) -> &'static str {
        "paket-dependencies"
    }

    fn files(&self) -> &'static [&'static str] {
        &["paket.dependencies"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(text) = file.text(found) else { return };
        let mut own = FoundPackage::new(Purl::nuget("", ""), Some(1));
        own.first_party = true;
        own.dir = Some(String::new());
        let mut manifest = Manifest::new(own);
        // It speaks for all projects below, and is none itself.
        manifest.is_package = false;
        let mut group = MAIN.to_string();
        for (number, raw) in (1u32..).zip(text.lines()) {
            let line = raw.split("//").next().unwrap_or("").trim();
            // An address has the same two signs.
            let line = if raw.contains("://") { raw.trim() } else { line };
            let mut words = line.split_whitespace();
            match words.next().unwrap_or("") {
                "group" => group = folded(words.next().unwrap_or(MAIN)),
                "nuget" | "clitool" => {
                    let Some(name) = words.next() else {
                        found.lost(Some(number), "a package without a name was left out");
                        continue;
                    };
                    // Settings such as `framework: net45` stand behind the version.
                    let setting = |w: &&str| w.ends_with(':') || w.starts_with('#') || *w == "prerelease";
                    let mut range: Vec<&str> = words.take_while(|w| !setting(w)).collect();
                    if range.first().is_some_and(|w| w.contains(':')) {
                        range.clear();
                    }
                    let range = range.join(" ");
                    manifest.requirements.push(Requirement {
                        name: name.to_string(),
                        alias: None,
                        // One sign or two pin a version; the others choose how what is below is resolved.
                        range: range.trim_start_matches(['=', '!', '@', ' ']).to_string(),
                        scope: scope_of(&group),
                        line: Some(number),
                        path: None,
                        source: Source::Registry(None),
                        inherited: false,
                    });
                }
                _ => {}
            }
        }
        if !manifest.requirements.is_empty() {
            found.manifest(Ecosystem::Nuget, manifest);
        }
    }
}
