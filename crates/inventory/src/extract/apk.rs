//! apk's database of installed packages, as Alpine, Wolfi and their like have it: `lib/apk/db/installed`.

use licit_model::found::RawLicenseKind;
use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Purl, RawLicense};

use super::capabilities::{Capabilities, meet, reach_all};
use super::{Extractor, File};

/// Reads apk's database.
pub struct Apk;

impl Extractor for Apk {
    fn name(&self) -> &'static str {
        "apk"
    }

    fn files(&self) -> &'static [&'static str] {
        &["lib/apk/db/installed", "installed"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        // Other files are called so too.
        let begins = [&b"C:Q"[..], b"P:"].iter().any(|mark| file.bytes().starts_with(mark));
        if !file.path().contains("apk/db/") && !begins {
            return;
        }
        let text = String::from_utf8_lossy(file.bytes());
        let mut entry = Entry::default();
        let mut entries = Vec::new();
        let mut odd = 0;
        for (number, line) in (1u32..).zip(text.split('\n')) {
            let line = line.strip_suffix('\r').unwrap_or(line);
            if line.is_empty() {
                entries.extend(std::mem::take(&mut entry).settled(found));
                continue;
            }
            match line.split_once(':').filter(|(key, _)| key.len() == 1) {
                Some((key, value)) => entry.add(key, value, number),
                None if odd < SAID => {
                    odd += 1;
                    found.lost(Some(number), "this line is no field of a package and was left out");
                }
                None => {}
            }
        }
        entries.extend(entry.settled(found));
        if entries.is_empty() {
            return;
        }
        let why = "apk's database holds every installed package and what each depends on";
        found.lock(Ecosystem::Apk, GraphDepth::Full, why);
        let mut capabilities = Capabilities::default();
        for (index, entry) in entries.iter().enumerate() {
            capabilities.is(entry.name, index);
            for provided in entry.provides.split_whitespace().map(bare) {
                capabilities.provides(provided, index);
            }
            found.package(entry.package());
        }
        for (from, entry) in entries.iter().enumerate() {
            // What begins with `!` must not be there.
            for need in entry.depends.split_whitespace().filter(|need| !need.starts_with('!')).map(bare) {
                meet(found, &capabilities, from, [need]);
            }
        }
        reach_all(found);
    }
}

/// So many odd lines are told.
const SAID: usize = 4;

/// The fields of one package that matter.
#[derive(Default)]
struct Entry<'a> {
    line: Option<u32>,
    name: &'a str,
    version: &'a str,
    architecture: &'a str,
    origin: &'a str,
    license: Option<(&'a str, u32)>,
    depends: &'a str,
    provides: &'a str,
}

impl<'a> Entry<'a> {
    fn add(&mut self, key: &str, value: &'a str, number: u32) {
        self.line.get_or_insert(number);
        match key {
            "P" => {
                self.name = value;
                self.line = Some(number);
            }
            "V" => self.version = value,
            "A" => self.architecture = value,
            "o" => self.origin = value,
            "L" => self.license = Some((value.trim(), number)),
            "D" => self.depends = value,
            "p" => self.provides = value,
            _ => {}
        }
    }

    /// The entry if it names a package; an empty one is only an empty line more.
    fn settled(self, found: &mut Found) -> Option<Self> {
        self.line?;
        if self.name.is_empty() || self.version.is_empty() || self.name.contains('/') {
            found.lost(self.line, "an entry without a name and a version was left out");
            return None;
        }
        Some(self)
    }

    fn package(&self) -> FoundPackage {
        // Packages that belong to no other source, as those made for dependencies only, begin with a dot.
        let upstream = if self.origin == self.name { "" } else { self.origin };
        let purl = Purl::named("apk", self.name, self.version)
            .with("arch", self.architecture)
            .with("upstream", upstream);
        let mut package = FoundPackage::new(purl, self.line);
        let stated = self.license.filter(|(text, _)| !text.is_empty());
        package.licenses.extend(stated.map(|(text, line)| RawLicense {
            text: text.to_string(),
            kind: RawLicenseKind::Expression,
            line: Some(line),
        }));
        package
    }
}

/// A name without the version that is asked for.
fn bare(need: &str) -> &str {
    need.split(['=', '<', '>', '~', '@']).next().unwrap_or("")
}
