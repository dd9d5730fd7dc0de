//! pacman's database of installed packages, as Arch, Manjaro and MSYS2 have it: `var/lib/pacman/local/<package>/desc`.
//!
//! Each package has a file of its own; `resolve/records.rs` joins them.

use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Manifest, Purl, Scope};

use super::requirement::{asked, license};
use super::{Extractor, File};

/// Reads `desc` of one installed package.
pub struct Pacman;

impl Extractor for Pacman {
    fn name(&self) -> &'static str {
        "pacman"
    }

    fn files(&self) -> &'static [&'static str] {
        &["pacman/local/*/desc"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        // Names of packagers in old databases are not UTF-8, and none of them is read.
        let text = String::from_utf8_lossy(file.bytes());
        if text.trim().is_empty() {
            return;
        }
        let fields = fields(&text);
        let first = |key: &str| {
            let (_, values) = fields.iter().find(|(name, _)| *name == key)?;
            values.first().copied()
        };
        let all = |key: &str| -> Vec<(&str, u32)> {
            fields.iter().filter(|(name, _)| *name == key).flat_map(|(_, values)| values).copied().collect()
        };
        let (Some((name, line)), Some((version, _))) = (first("NAME"), first("VERSION")) else {
            found.lost(Some(1), "the record names no package, or no version of it");
            return;
        };
        // Several packages are built from one source; `BASE` is its name.
        let base = first("BASE").map_or("", |(base, _)| base);
        let purl = Purl::named("alpm", name, version)
            .with("arch", first("ARCH").map_or("", |(arch, _)| arch))
            .with("upstream", if base == name { "" } else { base });
        let mut package = FoundPackage::new(purl, Some(line));
        // Each line is a license that applies.
        package
            .licenses
            .extend(all("LICENSE").into_iter().filter_map(|(text, line)| license(text, Some(line))));
        // What the user asked for has no reason; 1 stands for what was brought along.
        if first("REASON").is_none_or(|(reason, _)| reason == "0") {
            package.direct = Some(true);
        }
        let mut asks = Manifest::new(package.clone());
        for (need, line) in all("DEPENDS") {
            // A library is asked for with its version, which tells 32 from 64 bits; anything else by its name.
            let name = bare(need);
            let name = if name == need { name.to_string() } else { format!("{need}|{name}") };
            asks.requirements.push(asked(&name, "", Scope::Runtime, Some(line)));
        }
        found.package(package);
        for (provided, _) in all("PROVIDES") {
            found.keys.push((provided.to_string(), 0));
            if bare(provided) != provided {
                found.keys.push((bare(provided).to_string(), 0));
            }
        }
        found.manifest = Some(asks);
        found.lock(Ecosystem::Alpm, GraphDepth::Flat, "pacman's record of one installed package");
    }
}

/// A field's name, and its values with their lines.
type Fields<'t> = Vec<(&'t str, Vec<(&'t str, u32)>)>;

/// `%NAME%`, then a value a line, then an empty line.
fn fields(text: &str) -> Fields<'_> {
    let mut fields: Fields<'_> = Vec::new();
    let mut open = false;
    for (number, line) in (1u32..).zip(text.lines()) {
        let line = line.trim();
        let key = line.strip_prefix('%').and_then(|l| l.strip_suffix('%')).filter(|k| !k.is_empty());
        match (key, fields.last_mut()) {
            (Some(key), _) if !open => {
                fields.push((key, Vec::new()));
                open = true;
            }
            _ if line.is_empty() => open = false,
            (_, Some((_, values))) if open => values.push((line, number)),
            _ => {}
        }
    }
    fields
}

/// A name without the version that is asked for, or provided.
fn bare(need: &str) -> &str {
    need.split(['=', '<', '>']).next().unwrap_or(need)
}
