//! `deps.edn` and `project.clj`: what Clojure projects ask for, from Maven's repositories, from git, or from folders.

use licit_model::found::RawLicenseKind;
use licit_model::{Ecosystem, Found, FoundPackage, Manifest, Purl, RawLicense, Requirement, Scope, Source};

use super::edn::{self, Form};
use super::{Extractor, File};

/// Reads `deps.edn`.
pub struct DepsEdn;
/// Reads `project.clj` of Leiningen.
pub struct ProjectClj;

impl Extractor for DepsEdn {
    fn name(&self) -> &'static str {
        "deps-edn"
    }

    fn files(&self) -> &'static [&'static str] {
        &["deps.edn"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(forms) = forms(file, found) else { return };
        let Some(top) = forms.first().filter(|f| f.get(":deps").is_some() || f.get(":aliases").is_some())
        else {
            return;
        };
        let mut manifest = own("", "", Some(top.line));
        let mut add = |deps: Option<&Form<'_>>, scope: Scope| {
            for (name, value) in deps.iter().flat_map(|d| d.pairs()) {
                manifest.requirements.extend(name.word().map(|n| required(n, value, scope, name.line)));
            }
        };
        add(top.get(":deps"), Scope::Runtime);
        for (alias, value) in top.get(":aliases").iter().flat_map(|a| a.pairs()) {
            let scope = scope_of(alias.word().unwrap_or(""));
            for key in [":extra-deps", ":deps", ":replace-deps"] {
                add(value.get(key), scope);
            }
        }
        found.manifest(Ecosystem::Maven, manifest);
    }
}

impl Extractor for ProjectClj {
    fn name(&self) -> &'static str {
        "project-clj"
    }

    fn files(&self) -> &'static [&'static str] {
        &["project.clj"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(forms) = forms(file, found) else { return };
        let project = forms.iter().find(|f| f.items().first().and_then(Form::word) == Some("defproject"));
        let Some(project) = project else { return };
        let items = project.items();
        let name = items.get(1).and_then(Form::word).unwrap_or("");
        let version = items.get(2).and_then(Form::text).unwrap_or("");
        let mut manifest = own(name, version, items.get(1).map(|f| f.line));
        // Behind name and version stand keys and values in turn.
        let from = if items.get(2).is_some_and(|f| f.text().is_some()) { 3 } else { 2 };
        let pairs = || {
            items
                .get(from..)
                .unwrap_or(&[])
                .chunks_exact(2)
                .filter_map(|p| Some((p.first()?.word()?, p.get(1)?)))
        };
        for (key, value) in pairs() {
            match key {
                ":dependencies" => vectors(value, Scope::Runtime, &mut manifest),
                ":plugins" => vectors(value, Scope::Build, &mut manifest),
                ":managed-dependencies" => {}
                ":license" | ":licenses" => licenses(value, &mut manifest.package),
                ":profiles" => {
                    for (profile, value) in value.pairs() {
                        let scope = scope_of(profile.word().unwrap_or(""));
                        if let Some(list) = value.get(":dependencies") {
                            vectors(list, scope, &mut manifest);
                        }
                        if let Some(list) = value.get(":plugins") {
                            vectors(list, scope.then(Scope::Build), &mut manifest);
                        }
                    }
                }
                _ => {}
            }
        }
        found.manifest(Ecosystem::Maven, manifest);
    }
}

fn forms<'a>(file: &File<'a>, found: &mut Found) -> Option<Vec<Form<'a>>> {
    let text = file.text(found)?;
    let (forms, broken) = edn::read(text);
    if broken {
        let line = file.line(text.len().saturating_sub(1));
        found.lost(Some(line), "a bracket or a text is not closed, or closed twice; the file may be cut off");
    }
    Some(forms)
}

fn own(name: &str, version: &str, line: Option<u32>) -> Manifest {
    let name = if name.is_empty() { String::new() } else { coordinates(name) };
    let mut package = FoundPackage::new(Purl::maven(&name, version), line);
    package.first_party = true;
    package.dir = Some(String::new());
    Manifest::new(package)
}

/// `group/artifact`; one word is both. A classifier stands behind a `$`.
fn coordinates(name: &str) -> String {
    let name = name.split('$').next().unwrap_or(name);
    match name.split_once('/') {
        Some((group, artifact)) => format!("{group}:{artifact}"),
        None => format!("{name}:{name}"),
    }
}

fn scope_of(alias: &str) -> Scope {
    match alias.trim_start_matches(':') {
        "base" | "system" | "user" | "dev" | "repl" | "nrepl" | "lint" | "fmt" | "outdated" | "bench" => {
            Scope::Dev
        }
        name if name.starts_with("test") || name.ends_with("test") || name.ends_with("tests") => Scope::Test,
        "build" | "depstar" | "deploy" | "uberjar" => Scope::Build,
        "provided" => Scope::Build,
        _ => Scope::Optional,
    }
}

fn requirement(name: &str, range: &str, scope: Scope, line: u32) -> Requirement {
    Requirement {
        name: coordinates(name),
        alias: None,
        range: range.to_string(),
        scope,
        line: Some(line),
        path: None,
        source: Source::Registry(None),
        inherited: false,
    }
}

/// One entry of `:deps`.
fn required(name: &str, value: &Form<'_>, scope: Scope, line: u32) -> Requirement {
    let text = |key: &str| value.get(key).and_then(Form::text);
    let mut requirement = requirement(name, text(":mvn/version").unwrap_or(""), scope, line);
    if let Some(dir) = text(":local/root") {
        requirement.path = Some(dir.to_string()).filter(|d| !d.ends_with(".jar"));
        requirement.source = Source::Path(dir.to_string());
    }
    let revision = [":git/sha", ":sha", ":git/tag", ":tag"].iter().find_map(|key| text(key));
    if let Some(revision) = revision {
        // Without an address the name says where the repository is: `io.github.owner/repository`.
        let hosted = |prefix: &str, host: &str| {
            let rest = name
                .strip_prefix(prefix)
                .or_else(|| name.strip_prefix(&prefix.replacen("io.", "com.", 1)))?;
            Some(format!("https://{host}/{rest}.git"))
        };
        let url = text(":git/url").map(str::to_string);
        let url =
            url.or_else(|| hosted("io.github.", "github.com")).or_else(|| hosted("io.gitlab.", "gitlab.com"));
        requirement.range = text(":git/tag").or_else(|| text(":tag")).unwrap_or(revision).to_string();
        requirement.source = url.map_or(Source::Unknown, |url| Source::Git(format!("{url}#{revision}")));
    }
    requirement
}

/// `[[group/artifact "1.0" :scope "test"] …]`.
fn vectors(list: &Form<'_>, scope: Scope, manifest: &mut Manifest) {
    for entry in list.items() {
        let Some(name) = entry.items().first().and_then(Form::word) else { continue };
        let range = entry.items().get(1).and_then(Form::text).unwrap_or("");
        let pairs = entry.items().get(2..).unwrap_or(&[]).chunks_exact(2);
        let said = pairs.filter(|p| p.first().and_then(Form::word) == Some(":scope"));
        let said = said.filter_map(|p| p.get(1)?.text()).next();
        let own = match said {
            Some("test") => Scope::Test,
            Some("provided") => Scope::Build,
            _ => Scope::Runtime,
        };
        manifest.requirements.push(requirement(name, range, scope.then(own), entry.line));
    }
}

fn licenses(value: &Form<'_>, package: &mut FoundPackage) {
    let all = std::iter::once(value).chain(value.items());
    for form in all {
        if let Some(name) =
            form.get(":name").or_else(|| form.get(":spdx")).and_then(|n| Some((n.text()?, n.line)))
        {
            let kind = RawLicenseKind::Expression;
            package.licenses.push(RawLicense { text: name.0.to_string(), kind, line: Some(name.1) });
        }
    }
}
