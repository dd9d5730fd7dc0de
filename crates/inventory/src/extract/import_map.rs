//! Import maps: `deno.json` and `jsr.json`, `importmap.json` and its kin, and `importmap.rb` of Rails.
//!
//! A module is named by `npm:name@range` or `jsr:@scope/name@range`, or by an address at a server that hands out
//! packages of npm, whose path holds name and version. Other addresses name no package, and how many there are is said.

use licit_model::found::RawLicenseKind;
use licit_model::{Ecosystem, Found, FoundPackage, Manifest, Purl, RawLicense, Requirement, Scope, Source};

use super::npm::spec::split_name;
use super::tree::{self, Tree};
use super::{Extractor, File};

/// Reads `deno.json`, `jsr.json` and import maps in JSON.
pub struct ImportMap;
/// Reads `config/importmap.rb`.
pub struct ImportmapRb;

impl Extractor for ImportMap {
    fn name(&self) -> &'static str {
        "import-map"
    }

    fn files(&self) -> &'static [&'static str] {
        &[
            "deno.json",
            "deno.jsonc",
            "jsr.json",
            "jsr.jsonc",
            "importmap.json",
            "import_map.json",
            "import-map.json",
            "*.importmap",
        ]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let plain = tree::plain(file.bytes());
        let file = File::new(file.path(), &plain);
        let top = tree::read(&file, found);
        let text = |key: &str| top.text_of(key).filter(|t| !t.trim().is_empty());
        let name = text("name").map_or("", |n| &**n);
        let line = text("name").and_then(|n| n.line(&file)).or(Some(1));
        let version = text("version").map_or("", |v| &**v);
        let mut package = FoundPackage::new(Purl::npm(name, version), line);
        // What has a name there is published at JSR.
        if name.starts_with('@') {
            package.purl = Purl::named("jsr", name, version);
        }
        package.first_party = true;
        package.dir = Some(String::new());
        if let Some(license) = text("license") {
            let kind = RawLicenseKind::Expression;
            package.licenses.push(RawLicense { text: license.to_string(), kind, line: license.line(&file) });
        }
        let mut manifest = Manifest::new(package);
        manifest.is_package = !name.is_empty();
        let mut unnamed = 0;
        let scopes = top.entries_of("scopes").iter().flat_map(|(_, scope)| scope.entries());
        for (key, value) in top.entries_of("imports").iter().chain(scopes) {
            let Some(address) = value.text() else { continue };
            match requirement(address) {
                Asked::Package(mut requirement) => {
                    requirement.line = address.line(&file).or_else(|| key.line(&file));
                    manifest.requirements.push(requirement);
                }
                Asked::Address => unnamed += 1,
                Asked::Own => {}
            }
        }
        let workspace = top.get("workspace");
        let members = workspace.map_or(&[][..], |w| w.get("members").unwrap_or(w).items());
        manifest.workspace_members = members.iter().filter_map(Tree::text).map(|m| m.to_string()).collect();
        if unnamed > 0 {
            let message = format!(
                "{unnamed} modules are imported by an address that names no package; they were left out"
            );
            found.lost(None, message);
        }
        let empty = manifest.requirements.is_empty() && manifest.workspace_members.is_empty();
        if !(empty && name.is_empty() && manifest.package.licenses.is_empty()) {
            found.manifest(Ecosystem::Npm, manifest);
        }
    }
}

/// What the right side of an import is.
enum Asked {
    Package(Requirement),
    /// An address that names no package.
    Address,
    /// A file of the project, or a part of the runtime.
    Own,
}

fn asked(name: String, range: &str, source: Source) -> Asked {
    Asked::Package(Requirement {
        name,
        alias: None,
        range: range.to_string(),
        scope: Scope::Runtime,
        line: None,
        path: None,
        source,
        inherited: false,
    })
}

fn requirement(address: &str) -> Asked {
    let address = address.trim();
    if let Some(rest) = address.strip_prefix("npm:") {
        let (name, range) = named(rest.trim_start_matches('/'));
        return asked(name, range, Source::Registry(None));
    }
    if let Some(rest) = address.strip_prefix("jsr:") {
        let (name, range) = named(rest.trim_start_matches('/'));
        return asked(format!("jsr:{name}"), range, Source::Registry(None));
    }
    if !address.starts_with("https://") && !address.starts_with("http://") {
        return Asked::Own;
    }
    match by_address(address) {
        Some((name, version)) => asked(name, version, Source::Url(address.to_string())),
        None => Asked::Address,
    }
}

/// `name@range/path` or `@scope/name@range/path`: name and range.
fn named(text: &str) -> (String, &str) {
    let parts = if text.starts_with('@') { 2 } else { 1 };
    let end = text.match_indices('/').nth(parts - 1).map_or(text.len(), |(at, _)| at);
    let text = text.get(..end).unwrap_or(text);
    match split_name(text) {
        Some((name, range)) => (name.to_string(), range),
        None => (text.to_string(), ""),
    }
}

/// Name and version in the path of an address at a server for packages of npm: `…/npm:react@17.0.1/index.js`,
/// `…/npm/vue@3.2.0/dist/vue.js`, `…/@scope/name@1.0.0`, `…/ajax/libs/jquery/3.6.0/jquery.js`.
pub(super) fn by_address(address: &str) -> Option<(String, &str)> {
    let path = address.split_once("://")?.1.split(['?', '#']).next()?;
    let segments: Vec<&str> = path.split('/').skip(1).take(12).collect();
    if let Some(at) = segments.windows(2).position(|w| w == ["ajax", "libs"]) {
        let (name, version) = (segments.get(at + 2)?, segments.get(at + 3)?);
        return is_version(version).then(|| ((*name).to_string(), *version));
    }
    // Elsewhere the same form names what is no package of npm: `…/x/name@v1/mod.ts`, `…/std@0.1/`.
    if segments.first() == Some(&"x") || segments.first().is_some_and(|s| s.starts_with("std@")) {
        return None;
    }
    for (at, segment) in segments.iter().enumerate() {
        let bare = segment.strip_prefix("npm:").unwrap_or(segment);
        let Some((name, version)) = bare.rsplit_once('@').filter(|(name, _)| !name.is_empty()) else {
            continue;
        };
        if !is_version(version) || name.contains('@') {
            continue;
        }
        let scope = at.checked_sub(1).and_then(|before| segments.get(before));
        let scope = scope.map(|s| s.strip_prefix("npm:").unwrap_or(s)).filter(|s| s.starts_with('@'));
        return Some((scope.map_or(name.to_string(), |scope| format!("{scope}/{name}")), version));
    }
    None
}

fn is_version(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || ".-+".contains(c))
}

impl Extractor for ImportmapRb {
    fn name(&self) -> &'static str {
        "importmap-rb"
    }

    fn files(&self) -> &'static [&'static str] {
        &["importmap.rb"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(text) = file.text(found) else { return };
        let mut package = FoundPackage::new(Purl::npm("", ""), Some(1));
        package.first_party = true;
        package.dir = Some(String::new());
        let mut manifest = Manifest::new(package);
        manifest.is_package = false;
        let mut unnamed = None;
        for (number, raw) in (1u32..).zip(text.lines()) {
            let line = raw.trim();
            let Some(rest) = line.strip_prefix("pin ").or_else(|| line.strip_prefix("pin(")) else {
                continue;
            };
            let mut quoted = quoted(rest);
            let Some(name) = quoted.next() else {
                found.lost(Some(number), "a pin without a name was left out");
                continue;
            };
            // A copy in the tree carries its version in the remark that importmap writes.
            let remark = rest.rsplit_once('#').map(|(_, r)| r.trim()).and_then(|r| r.strip_prefix('@'));
            let address = quoted.find(|t| t.contains("://"));
            let read = match (address.map(by_address), remark) {
                (Some(Some((name, version))), _) => Some((name, version)),
                (_, Some(version)) => {
                    let version = version.split_whitespace().next().unwrap_or("");
                    is_version(version).then(|| (name.to_string(), version))
                }
                (Some(None), None) => {
                    unnamed.get_or_insert(number);
                    None
                }
                (None, None) => None,
            };
            if let Some((name, version)) = read
                && let Asked::Package(mut requirement) = asked(name, version, Source::Registry(None))
            {
                requirement.line = Some(number);
                manifest.requirements.push(requirement);
            }
        }
        if let Some(line) = unnamed {
            found.lost(Some(line), "a module is pinned to an address that names no package; it was left out");
        }
        if !manifest.requirements.is_empty() {
            found.manifest(Ecosystem::Npm, manifest);
        }
    }
}

/// The texts in quotes of a line.
fn quoted(line: &str) -> impl Iterator<Item = &str> {
    let mut rest = line;
    std::iter::from_fn(move || {
        let at = rest.find(['"', '\''])?;
        let quote = rest.get(at..)?.chars().next()?;
        let inside = rest.get(at + 1..)?;
        let (text, behind) = inside.split_once(quote)?;
        rest = behind;
        Some(text)
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn addresses_name_packages() {
        let read = |text: &str| super::by_address(text).map(|(n, v)| format!("{n} {v}"));
        for (address, want) in [
            ("https://cdn.example/npm:react@17.0.1/index.js", "react 17.0.1"),
            ("https://cdn.example/npm:@hotwired/stimulus@3.2.1/dist/x.js", "@hotwired/stimulus 3.2.1"),
            ("https://cdn.example/npm/vue@3.2.0", "vue 3.2.0"),
            ("https://cdn.example/ajax/libs/jquery/3.6.0/jquery.min.js", "jquery 3.6.0"),
            ("https://cdn.example/@scope/a@1.0.0?x=b@2", "@scope/a 1.0.0"),
        ] {
            assert_eq!(read(address).as_deref(), Some(want), "{address}");
        }
        for address in [
            "https://host.example/x/oak@v12.0.0/mod.ts",
            "https://host.example/std@0.1.0/a.ts",
            "https://host.example/a.js",
        ] {
            assert_eq!(read(address), None, "{address}");
        }
    }
}
