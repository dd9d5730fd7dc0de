//! `*.cabal` and hpack's `package.yaml`: what a Haskell package asks for.

use licit_model::{Ecosystem, Found, Scope};

use super::npm::block::{self, Value};
use super::requirement::{asked, license, manifest, unique};
use super::{Extractor, File};

/// Reads `*.cabal`.
pub struct Cabal;

impl Extractor for Cabal {
    fn name(&self) -> &'static str {
        "cabal"
    }

    fn files(&self) -> &'static [&'static str] {
        &["*.cabal"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(text) = file.text(found) else { return };
        let mut own = manifest(Ecosystem::Hackage, "", "", None);
        let (mut section, mut in_section) = (Scope::Runtime, 0);
        // The list that is being read, with the indentation of its name.
        let mut list: Option<(Scope, usize)> = None;
        let (mut name, mut version) = (("", 0), "");
        for (number, line) in (1u32..).zip(text.lines()) {
            let trimmed = line.trim();
            if trimmed.is_empty() || trimmed.starts_with("--") {
                continue;
            }
            let indent = line.len() - line.trim_start().len();
            let field = trimmed.split_once(':').filter(|(key, _)| {
                !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            });
            let inner = list.is_some_and(|(_, at)| indent > at);
            let value = match field {
                // `pkg:library` inside of a list is no field.
                Some((key, value)) if !inner => {
                    let key = key.to_ascii_lowercase();
                    let scope = match key.as_str() {
                        "build-depends" => Some(section),
                        "setup-depends" | "build-tool-depends" => Some(section.max(Scope::Build)),
                        _ => None,
                    };
                    list = scope.map(|scope| (scope, indent));
                    if indent == 0 || in_section == 0 {
                        match key.as_str() {
                            "name" => name = (value.trim(), number),
                            "version" => version = value.trim(),
                            "license" => own.package.licenses.extend(license(value, Some(number))),
                            _ => {}
                        }
                    }
                    value
                }
                _ if inner => trimmed,
                _ => {
                    list = None;
                    let word = trimmed.split_whitespace().next().unwrap_or("").to_ascii_lowercase();
                    if indent == 0 {
                        in_section = 1;
                        section = match word.as_str() {
                            "test-suite" => Scope::Test,
                            "benchmark" => Scope::Dev,
                            "custom-setup" => Scope::Build,
                            _ => Scope::Runtime,
                        };
                    }
                    continue;
                }
            };
            let Some((scope, _)) = list else { continue };
            for part in value.split(',') {
                if let Some((name, range)) = split(part) {
                    own.requirements.push(asked(name, range, scope, Some(number)));
                }
            }
        }
        if name.0.is_empty() && own.requirements.is_empty() {
            if !text.trim().is_empty() {
                found.lost(Some(1), "no name and no dependencies were found in it");
            }
            return;
        }
        let licenses = std::mem::take(&mut own.package.licenses);
        let requirements = own.requirements;
        own = manifest(Ecosystem::Hackage, name.0, version, (name.1 > 0).then_some(name.1));
        own.package.licenses = licenses;
        own.requirements = requirements;
        own.requirements.retain(|r| r.name != name.0);
        own.requirements.sort_by_key(|r| r.scope);
        unique(&mut own.requirements);
        found.manifest(Ecosystem::Hackage, own);
    }
}

/// `name >=1 && <2`, `name:library ^>=1`, `name:{a, b}`.
fn split(part: &str) -> Option<(&str, &str)> {
    let part = part.trim();
    let end = part.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(part.len());
    let (name, rest) = (part.get(..end)?, part.get(end..)?.trim());
    let rest = match rest.strip_prefix(':') {
        Some(library) => library
            .split_once(|c: char| c.is_whitespace() || "><=^".contains(c))
            .map_or("", |(l, _)| library.get(l.len()..).unwrap_or("")),
        None => rest,
    };
    let good = name.contains(|c: char| c.is_ascii_alphabetic())
        && (rest.is_empty() || rest.trim().starts_with(['>', '<', '=', '^', '-', '(']));
    good.then(|| (name, rest.trim()))
}

/// Reads hpack's `package.yaml`.
pub struct Hpack;

impl Extractor for Hpack {
    fn name(&self) -> &'static str {
        "hpack"
    }

    fn files(&self) -> &'static [&'static str] {
        &["package.yaml"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let documents = block::read(file, found);
        let marks = ["dependencies", "library", "executables", "ghc-options", "tests"];
        let ours = |d: &&Value<'_>| marks.iter().any(|m| d.get(m).is_some());
        let Some(top) = documents.iter().find(ours) else { return };
        let name = top.text_of("name").unwrap_or("");
        let line = |key: &str| top.fields().iter().find(|f| f.key == key).map(|f| f.line);
        let mut own = manifest(Ecosystem::Hackage, name, top.text_of("version").unwrap_or(""), line("name"));
        own.package.licenses.extend(top.text_of("license").and_then(|l| license(l, line("license"))));
        let mut places: Vec<(&Value<'_>, Scope)> = vec![(top, Scope::Runtime)];
        places.extend(top.get("library").map(|l| (l, Scope::Runtime)));
        let groups = [
            ("internal-libraries", Scope::Runtime),
            ("executables", Scope::Runtime),
            ("tests", Scope::Test),
            ("benchmarks", Scope::Dev),
        ];
        for (group, scope) in groups {
            let parts = top.get(group).map_or(&[][..], Value::fields);
            places.extend(parts.iter().map(|f| (&f.value, scope)));
        }
        places.extend(top.get("executable").map(|l| (l, Scope::Runtime)));
        for (place, scope) in places {
            match place.get("dependencies") {
                Some(Value::Text(text)) => {
                    let parts = text.split(',').filter_map(split);
                    own.requirements
                        .extend(parts.map(|(n, range)| asked(n, range, scope, file.line_of(text))));
                }
                Some(list) => {
                    for item in list.items() {
                        let text = item.text().or_else(|| item.text_of("name")).unwrap_or("");
                        if let Some((name, range)) = split(text) {
                            let range = item.text_of("version").unwrap_or(range);
                            own.requirements.push(asked(name, range, scope, file.line_of(text)));
                        }
                    }
                    for field in list.fields() {
                        let range = field.value.text().unwrap_or("");
                        own.requirements.push(asked(&field.key, range, scope, Some(field.line)));
                    }
                }
                None => {}
            }
        }
        own.requirements.retain(|r| r.name != name);
        own.requirements.sort_by_key(|r| r.scope);
        unique(&mut own.requirements);
        found.manifest(Ecosystem::Hackage, own);
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_and_ranges() {
        assert_eq!(super::split(" base >=4.7 && <5 "), Some(("base", ">=4.7 && <5")));
        assert_eq!(super::split("pkg:sub ^>=1"), Some(("pkg", "^>=1")));
        assert_eq!(super::split("pkg:sub"), Some(("pkg", "")));
        assert_eq!(super::split("if flag(x)"), None);
    }
}
