//! `Package.swift`: what a Swift package asks for, as far as it is written down and not computed.

use std::collections::HashSet;

use licit_model::{Ecosystem, Found, Requirement, Scope, Source};

use super::lexer::{Syntax, Tokens};
use super::npm::origin::normal;
use super::package_resolved::place;
use super::requirement::{asked, manifest, unique};
use super::{Extractor, File};

const SWIFT: Syntax = Syntax {
    comments: &["//"],
    blocks: &[("/*", "*/")],
    quotes: &[("\"\"\"", "\"\"\"", true, true), ("\"", "\"", true, false)],
    word: "",
    inside: "\\(",
    heredocs: false,
};

/// Reads `Package.swift`.
pub struct PackageSwift;

impl Extractor for PackageSwift {
    fn name(&self) -> &'static str {
        "package-swift"
    }

    fn files(&self) -> &'static [&'static str] {
        &["Package.swift", "Package@swift-*.swift"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(text) = file.text(found) else { return };
        let tokens = Tokens::read(text, &SWIFT);
        let mut own = manifest(Ecosystem::Swift, "", "", None);
        let mut seen = false;
        for (at, token) in tokens.all.iter().enumerate() {
            let call = tokens.at(at + 1).is_some_and(|t| t.is('('));
            let member = at.checked_sub(1).and_then(|b| tokens.at(b)).is_some_and(|t| t.is('.'));
            seen |= token.word() == Some("Package") && call;
            if !(call && (token.word() == Some("package") && member)) {
                continue;
            }
            let inside = tokens.inside(at + 1);
            let inside = inside.start..inside.end.min(inside.start + 256);
            let (mut url, mut path, mut id, mut revision) = ("", "", "", "");
            let (mut bounds, mut exact) = (Vec::new(), false);
            let mut key = "";
            for token in tokens.slice(inside.clone()) {
                match (token.word(), token.text()) {
                    (Some(word), _) => key = word,
                    (_, Some(text)) => match key {
                        "url" if url.is_empty() => url = text,
                        "path" => path = text,
                        "id" => id = text,
                        "revision" | "branch" => revision = text,
                        "name" => {}
                        _ => {
                            exact |= key == "exact";
                            bounds.push(text);
                        }
                    },
                    _ => {}
                }
            }
            let line = Some(token.line);
            let open = tokens.slice(inside).windows(3).any(|w| w.iter().all(|t| t.is('.')));
            // Between two bounds, from one on, or exactly one.
            let range = match (bounds.as_slice(), exact) {
                ([one], true) => format!("=={one}"),
                ([low, high], _) => format!("{low}{}{high}", if open { "..." } else { "..<" }),
                ([one], _) => format!("from {one}"),
                _ => revision.to_string(),
            };
            let mut requirement = if !url.is_empty() {
                let (name, source) = place(url, revision);
                let mut requirement = asked(&name, &range, Scope::Runtime, line);
                if !revision.is_empty() {
                    requirement.source = source;
                }
                requirement
            } else if !id.is_empty() {
                asked(id, &range, Scope::Runtime, line)
            } else if !path.is_empty() {
                let mut requirement =
                    asked(path.rsplit('/').next().unwrap_or(path), "", Scope::Runtime, line);
                requirement.path = Some(normal(path));
                requirement.source = Source::Path(normal(path));
                requirement
            } else {
                found.odd(line, "this dependency is computed and was left out");
                continue;
            };
            // A lock knows its packages whatever their case.
            requirement.alias =
                Some(requirement.name.to_ascii_lowercase()).filter(|a| *a != requirement.name);
            own.requirements.push(requirement);
        }
        tokens.report(found);
        if !seen {
            if !text.trim().is_empty() {
                found.lost(Some(1), "no package is described in it");
            }
            return;
        }
        // A checkout beside the project stands in for a package that the file asks for by its address, too.
        let hosted: HashSet<String> = own.requirements.iter().filter_map(hosted_name).collect();
        own.requirements.retain(|r| r.path.is_none() || !hosted.contains(&r.name.to_ascii_lowercase()));
        unique(&mut own.requirements);
        found.manifest(Ecosystem::Swift, own);
    }
}

/// The last part of the address of a package that is not in a folder.
fn hosted_name(requirement: &Requirement) -> Option<String> {
    let name = requirement.path.is_none().then_some(&requirement.name)?;
    name.contains('/').then(|| name.rsplit('/').next().unwrap_or(name).to_ascii_lowercase())
}
