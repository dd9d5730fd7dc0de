//! `vendor/modules.txt`: the modules whose packages Go copied into the folder, and so those that are compiled in.

use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Purl, Source};

use super::npm::assembly::Assembly;
use super::{Extractor, File};

/// Reads `vendor/modules.txt`.
pub struct VendorModules;

impl Extractor for VendorModules {
    fn name(&self) -> &'static str {
        "vendor-modules"
    }

    fn files(&self) -> &'static [&'static str] {
        &["modules.txt"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(text) = file.text(found) else { return };
        let mut assembly = Assembly::new(found);
        let (mut current, mut any): (Option<(FoundPackage, bool)>, bool) = (None, false);
        let mut marked = false;
        let mut all: Vec<(FoundPackage, bool)> = Vec::new();
        for (number, line) in (1u32..).zip(text.lines()) {
            if let Some(marks) = line.strip_prefix("## ") {
                let explicit = marks.split(';').any(|m| m.trim() == "explicit");
                marked |= explicit;
                if let Some((package, _)) = current.as_mut() {
                    package.direct = Some(explicit);
                }
            } else if let Some(module) = line.strip_prefix("# ") {
                all.extend(current.take());
                any = true;
                match read(module, number) {
                    Some(package) => current = Some((package, false)),
                    None => assembly.found.lost(Some(number), "a module without a version was left out"),
                }
            } else if !line.trim().is_empty()
                && !line.starts_with('#')
                && let Some((_, packages)) = current.as_mut()
            {
                *packages = true;
            }
        }
        all.extend(current);
        for (mut package, packages) in all {
            // A module of which no package was copied only took part in choosing versions.
            if !packages {
                continue;
            }
            // Before Go 1.14 nothing was marked.
            package.direct = if marked { Some(package.direct == Some(true)) } else { None };
            assembly.third_party(package);
        }
        if any {
            let why = "vendor/modules.txt lists what was copied and not who asks for whom";
            found.lock(Ecosystem::Golang, GraphDepth::Flat, why);
        }
    }
}

/// `module version [=> [module version | folder]]`.
fn read(text: &str, line: u32) -> Option<FoundPackage> {
    let (asked, by) = text.split_once("=>").unwrap_or((text, ""));
    let mut asked = asked.split_whitespace();
    let (module, version) = (asked.next()?, asked.next().unwrap_or(""));
    let mut by = by.split_whitespace();
    let (module, version, folder) = match (by.next(), by.next()) {
        (Some(other), Some(version)) => (other, version, None),
        (Some(folder), None) => (module, version, Some(folder)),
        _ => (module, version, None),
    };
    if version.is_empty() && folder.is_none() {
        return None;
    }
    let mut package = FoundPackage::new(Purl::golang(module, version), Some(line));
    package.source = match folder {
        // As seen from the folder of the list.
        Some(folder) => Source::Path(format!("../{folder}")),
        None => Source::Registry(None),
    };
    Some(package)
}
