//! `renv.lock`, `packrat.lock` and `DESCRIPTION`: packages of R, those that a project pins and those that it asks for.

use std::collections::HashMap;

use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Purl, Scope, Source};

use super::control;
use super::names::Names;
use super::npm::assembly::Assembly;
use super::npm::notes::Missing;
use super::npm::origin::Origin;
use super::requirement::{asked, license, manifest, unique};
use super::tree::{self, Tree};
use super::{Extractor, File};

/// What comes with R itself and is in no repository.
const BASE: &[&str] = &[
    "R",
    "base",
    "compiler",
    "datasets",
    "grDevices",
    "graphics",
    "grid",
    "methods",
    "parallel",
    "splines",
    "stats",
    "stats4",
    "tcltk",
    "tools",
    "utils",
];

/// Where a package comes from by the fields that R's tools write: kind, host, owner, repository, revision.
fn identity(name: &str, version: &str, text: &dyn Fn(&str) -> String) -> (Purl, Source) {
    let purl = Purl::named("cran", name, version);
    let kind = match text("RemoteType") {
        kind if kind.is_empty() => text("Source").to_ascii_lowercase(),
        kind => kind.to_ascii_lowercase(),
    };
    let git = |url: String| {
        let origin = Origin::Git { url, rev: text("RemoteSha") };
        (origin.qualify(purl.clone()), origin.source())
    };
    let first = |keys: &[&str]| keys.iter().map(|k| text(k)).find(|t| !t.is_empty()).unwrap_or_default();
    let (owner, repo) = (first(&["RemoteUsername", "GithubUsername"]), first(&["RemoteRepo", "GithubRepo"]));
    let host = match kind.as_str() {
        "github" => "github.com",
        "gitlab" => "gitlab.com",
        "bitbucket" => "bitbucket.org",
        _ => "",
    };
    if !host.is_empty() && !owner.is_empty() && !repo.is_empty() {
        let origin = Origin::Git {
            url: format!("https://{host}/{owner}/{repo}.git"),
            rev: first(&["RemoteSha", "GithubSHA1"]),
        };
        return (origin.qualify(purl), origin.source());
    }
    match kind.as_str() {
        "git" | "git2r" | "xgit" if !text("RemoteUrl").is_empty() => {
            git(super::repository::address(&text("RemoteUrl")))
        }
        "url" if !text("RemoteUrl").is_empty() => {
            let origin = Origin::Url(super::npm::origin::without_credentials(&text("RemoteUrl")));
            (origin.qualify(purl), origin.source())
        }
        // Another repository than CRAN, whose packages are not CRAN's.
        "bioconductor" => (Purl::named("bioconductor", name, version), Source::Registry(None)),
        "repository" | "cran" | "standard" | "rspm" | "" => (purl, Source::Registry(None)),
        _ => (purl, Source::Unknown),
    }
}

/// `dplyr (>= 1.0)` in name and range.
fn split(part: &str) -> Option<(&str, &str)> {
    let (name, range) = part.split_once('(').unwrap_or((part, ""));
    let name = name.trim();
    let good = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.');
    good.then(|| (name, range.split(')').next().unwrap_or("").trim()))
}

/// Reads `renv.lock`.
pub struct RenvLock;

impl Extractor for RenvLock {
    fn name(&self) -> &'static str {
        "renv-lock"
    }

    fn files(&self) -> &'static [&'static str] {
        &["renv.lock"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let top = tree::read(file, found);
        let Some(packages) = top.get("Packages") else { return };
        let mut assembly = Assembly::new(found);
        let (mut names, mut asking, mut unversioned) = (Names::default(), Vec::new(), Missing::default());
        for (key, entry) in packages.entries() {
            let text = |key: &str| entry.text_of(key).map_or(String::new(), |t| t.trim().to_string());
            let (name, version) = (text("Package"), text("Version"));
            let name = if name.is_empty() { key.to_string() } else { name };
            let line = entry.text_of("Package").and_then(|n| n.line(file)).or_else(|| key.line(file));
            if version.is_empty() {
                unversioned.note(&name, || line);
                continue;
            }
            let (purl, source) = identity(&name, &version, &text);
            let mut package = FoundPackage::new(purl, line);
            package.source = source;
            let stated = entry.text_of("License");
            package.licenses.extend(stated.and_then(|l| license(l, l.line(file))));
            let index = assembly.third_party(package);
            names.add(&name, index);
            asking.push((index, entry));
        }
        // Older files list names in `Requirements`, newer ones repeat what the package's description says.
        let mut edges = 0;
        for (from, entry) in asking {
            for list in ["Requirements", "Depends", "Imports", "LinkingTo"] {
                for item in entry.items_of(list).iter().filter_map(Tree::text) {
                    let Some((name, _)) = split(item) else { continue };
                    for to in names.get(name) {
                        edges += 1;
                        assembly.edge(from, *to, Scope::Runtime);
                    }
                }
            }
        }
        let found = assembly.found;
        unversioned.report_unversioned(found);
        let (depth, why) = match edges {
            0 if found.packages.len() > 1 => {
                (GraphDepth::Flat, "this renv.lock lists every package, but not who asks for whom")
            }
            _ => (GraphDepth::Full, "renv.lock holds every package and who asks for it"),
        };
        found.lock(Ecosystem::Cran, depth, why);
        names.keys(found);
    }
}

/// Reads `packrat.lock`.
pub struct PackratLock;

impl Extractor for PackratLock {
    fn name(&self) -> &'static str {
        "packrat-lock"
    }

    fn files(&self) -> &'static [&'static str] {
        &["packrat.lock"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(text) = file.text(found) else { return };
        let control = control::read(text, |_| true);
        if let Some(line) = control.odd.first() {
            found.lost(Some(*line), format!("{} lines are no fields and were left out", control.odd.len()));
        }
        let stanzas: Vec<_> = control.stanzas.iter().filter(|s| s.get("Package").is_some()).collect();
        if stanzas.is_empty() {
            return;
        }
        found.lock(Ecosystem::Cran, GraphDepth::Full, "packrat.lock holds every package and who asks for it");
        let mut assembly = Assembly::new(found);
        let (mut names, mut asking, mut unversioned) = (Names::default(), Vec::new(), Missing::default());
        for stanza in stanzas {
            let text = |key: &str| stanza.get(key).map_or(String::new(), |f| f.folded());
            let (name, version, line) = (text("Package"), text("Version"), stanza.line());
            if name.is_empty() || version.is_empty() {
                unversioned.note(&name, || line);
                continue;
            }
            let (purl, source) = identity(&name, &version, &text);
            let mut package = FoundPackage::new(purl, line);
            package.source = source;
            let index = assembly.third_party(package);
            names.add(&name, index);
            asking.push((index, text("Requires"), line));
        }
        let mut missing = Missing::default();
        for (from, requires, line) in asking {
            for (name, _) in requires.split(',').filter_map(split) {
                let all = names.get(name);
                all.iter().for_each(|to| assembly.edge(from, *to, Scope::Runtime));
                if all.is_empty() && !BASE.contains(&name) {
                    missing.note(name, || line);
                }
            }
        }
        unversioned.report_unversioned(assembly.found);
        missing.report_unresolved(assembly.found);
        names.keys(found);
    }
}

/// Reads `DESCRIPTION`: a package's or a project's own, or that of an installed copy.
pub struct Description;

impl Extractor for Description {
    fn name(&self) -> &'static str {
        "r-description"
    }

    fn files(&self) -> &'static [&'static str] {
        &["DESCRIPTION"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        // Other tools have files of this name: git, and older Debian sources.
        if !file.bytes().windows(8).any(|w| w == b"Package:" || w == b"Imports:" || w == b"Depends:") {
            return;
        }
        // Names of people are not always UTF-8; what is read here always is.
        let text = String::from_utf8_lossy(file.bytes());
        let control = control::read(&text, |_| true);
        let Some(stanza) = control.stanzas.first() else { return };
        let field = |key: &str| stanza.get(key).map_or(String::new(), |f| f.folded());
        let line = |key: &str| stanza.get(key).map(|f| f.line);
        let (name, version) = (field("Package"), field("Version"));
        let says =
            ["Imports", "Depends", "Suggests", "License", "Title"].iter().any(|k| stanza.get(k).is_some());
        if !says || (name.is_empty() && stanza.get("Imports").is_none() && stanza.get("Depends").is_none()) {
            return;
        }
        if let Some(odd) = control.odd.first() {
            found.lost(Some(*odd), "the line is no field and was left out");
        }
        let licensed = license(&field("License"), line("License"));
        let get = |key: &str| field(key);
        if stanza.get("Built").is_some() && !name.is_empty() && !version.is_empty() {
            // R notes on installing which version it was built with: this is a copy of somebody else's package.
            let (purl, source) = identity(&name, &version, &get);
            let mut package = FoundPackage::new(purl, line("Package"));
            package.source = source;
            package.licenses.extend(licensed);
            package.direct = Some(false);
            found.package(package);
            found.lock(Ecosystem::Cran, GraphDepth::Flat, "the description of one installed package of R");
            return;
        }
        let mut own = manifest(Ecosystem::Cran, &name, &version, line("Package"));
        own.package.licenses.extend(licensed);
        let remotes = remotes(&field("Remotes"));
        let lists = [
            ("Depends", Scope::Runtime),
            ("Imports", Scope::Runtime),
            ("LinkingTo", Scope::Build),
            ("Suggests", Scope::Dev),
        ];
        for (list, scope) in lists {
            for (name, range) in field(list).split(',').filter_map(split).filter(|(n, _)| !BASE.contains(n)) {
                let mut requirement = asked(name, range, scope, line(list));
                if let Some(source) = remotes.get(name) {
                    requirement.source = source.clone();
                }
                own.requirements.push(requirement);
            }
        }
        unique(&mut own.requirements);
        found.manifest(Ecosystem::Cran, own);
    }
}

/// `Remotes:` says of some names where they come from: `owner/name@ref`, `gitlab::owner/name`.
fn remotes(field: &str) -> HashMap<String, Source> {
    let mut places = HashMap::new();
    for entry in field.split(',').map(str::trim).filter(|e| !e.is_empty()) {
        let (kind, place) = entry.split_once("::").unwrap_or(("github", entry));
        let (place, rev) = place.split_once('@').filter(|(p, _)| !p.is_empty()).unwrap_or((place, ""));
        let place = place.split('#').next().unwrap_or(place).trim_end_matches('/');
        // `name=owner/repository` where the package is called otherwise than its repository.
        let (named, kind) = kind.split_once('=').map_or((None, kind), |(name, kind)| (Some(name), kind));
        let host = match kind {
            "github" => "github.com",
            "gitlab" => "gitlab.com",
            "bitbucket" => "bitbucket.org",
            _ => continue,
        };
        let name = named.unwrap_or_else(|| place.rsplit('/').next().unwrap_or(""));
        let url = format!("https://{host}/{place}.git");
        places.insert(name.to_string(), Origin::Git { url, rev: rev.to_string() }.source());
    }
    places
}
