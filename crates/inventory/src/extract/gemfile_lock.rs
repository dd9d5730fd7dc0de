//! `Gemfile.lock`: what Bundler resolved, for every platform it was asked to.
//!
//! The file names the gems of each source with what they ask for, and the gems that the project asks for itself. The
//! groups, and so the scopes, stand in the `Gemfile` only, which is joined by the names of the gems.

use std::collections::HashMap;

use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Hash, Purl, Scope, Source};

use super::names::Names;
use super::npm::assembly::Assembly;
use super::npm::notes::{Missing, Notes};
use super::npm::origin::{Origin, normal, without_credentials};
use super::{Extractor, File};

/// Reads `Gemfile.lock` and `gems.locked`.
pub struct GemfileLock;

impl Extractor for GemfileLock {
    fn name(&self) -> &'static str {
        "gemfile-lock"
    }

    fn files(&self) -> &'static [&'static str] {
        &["Gemfile.lock", "gems.locked"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(text) = file.text(found) else { return };
        let mut reader = Reader::default();
        for (number, line) in (1u32..).zip(text.lines()) {
            reader.line(number, line);
        }
        if reader.sections == 0 {
            reader.notes.report(found);
            return;
        }
        reader.fill(found);
    }
}

/// Where gems of a section come from.
#[derive(Debug, Clone, Default)]
struct Place<'a> {
    remote: &'a str,
    revision: &'a str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Section {
    /// Gems of a registry.
    Gem,
    /// Gems of a repository.
    Git,
    /// Gems of a folder beside the project.
    Path,
    Dependencies,
    Checksums,
    /// Platforms, Ruby's version, Bundler's version, and what a later version may bring.
    #[default]
    Other,
}

/// A line below `specs:` and what the gem asks for.
struct Spec<'a> {
    name: &'a str,
    version: &'a str,
    platform: &'a str,
    line: u32,
    section: Section,
    place: usize,
    asks: Vec<(&'a str, u32)>,
}

#[derive(Default)]
struct Reader<'a> {
    section: Section,
    in_specs: bool,
    sections: usize,
    places: Vec<Place<'a>>,
    specs: Vec<Spec<'a>>,
    direct: Vec<(&'a str, u32)>,
    says_direct: bool,
    checksums: Vec<(&'a str, &'a str)>,
    notes: Notes,
}

impl<'a> Reader<'a> {
    fn line(&mut self, number: u32, line: &'a str) {
        let rest = line.trim_start_matches(' ');
        let (indent, rest) = (line.len() - rest.len(), rest.trim_end());
        if rest.is_empty() {
            return;
        }
        if ["<<<<<<<", "=======", ">>>>>>>", "|||||||"].iter().any(|mark| line.starts_with(mark)) {
            self.notes.note(number, || "the file holds a merge conflict; both sides were read".to_string());
            return;
        }
        match (indent, self.section) {
            (0, _) => self.head(number, rest),
            (2, Section::Dependencies) => match entry(rest) {
                Some((name, ..)) => self.direct.push((name, number)),
                None => self.odd(number, rest),
            },
            (2, Section::Checksums) => {
                // A gem without a checksum stands there with its name alone.
                if let Some((gem, sums)) = rest.split_once(") ") {
                    self.checksums.push((gem, sums));
                }
            }
            (2, Section::Gem | Section::Git | Section::Path) => self.attribute(rest),
            (4, Section::Gem | Section::Git | Section::Path) if self.in_specs => self.spec(number, rest),
            (6, Section::Gem | Section::Git | Section::Path) if self.in_specs => match entry(rest) {
                Some((name, ..)) => {
                    if let Some(spec) = self.specs.last_mut() {
                        spec.asks.push((name, number));
                    }
                }
                None => self.odd(number, rest),
            },
            (_, Section::Gem | Section::Git | Section::Path) => self.odd(number, rest),
            _ => {}
        }
    }

    fn odd(&mut self, number: u32, rest: &str) {
        let shown: String = rest.chars().take(60).collect();
        self.notes.note(number, || format!("`{shown}` is not a line of a Gemfile.lock and was left out"));
    }

    fn head(&mut self, number: u32, word: &'a str) {
        self.in_specs = false;
        self.section = match word {
            "GEM" => Section::Gem,
            "GIT" => Section::Git,
            "PATH" => Section::Path,
            // A plugin for another kind of source: its gems are somebody else's all the same.
            "PLUGIN SOURCE" => Section::Gem,
            "DEPENDENCIES" => Section::Dependencies,
            "CHECKSUMS" => Section::Checksums,
            "PLATFORMS" | "RUBY VERSION" | "BUNDLED WITH" => Section::Other,
            _ if word.chars().all(|c| c.is_ascii_uppercase() || c == ' ') => Section::Other,
            _ => {
                self.odd(number, word);
                self.section = Section::Other;
                return;
            }
        };
        self.sections += 1;
        self.says_direct |= self.section == Section::Dependencies;
        if matches!(self.section, Section::Gem | Section::Git | Section::Path) {
            self.places.push(Place::default());
        }
    }

    fn attribute(&mut self, rest: &'a str) {
        let (key, value) = rest.split_once(':').unwrap_or((rest, ""));
        let Some(place) = self.places.last_mut() else { return };
        match key {
            // Where several registries are named, the file does not say which gem came from which.
            "remote" if place.remote.is_empty() => place.remote = value.trim(),
            "remote" => place.remote = "?",
            "revision" => place.revision = value.trim(),
            "specs" => self.in_specs = true,
            _ => {}
        }
    }

    fn spec(&mut self, number: u32, rest: &'a str) {
        let Some((name, version, platform)) = entry(rest) else { return self.odd(number, rest) };
        if version.is_empty() {
            self.notes.note(number, || format!("{name} has no version and was left out"));
            return;
        }
        let place = self.places.len().saturating_sub(1);
        self.specs.push(Spec {
            name,
            version,
            platform,
            line: number,
            section: self.section,
            place,
            asks: Vec::new(),
        });
    }

    fn fill(self, found: &mut Found) {
        let why = "Gemfile.lock holds every gem and who asks for it";
        found.lock(Ecosystem::Gem, GraphDepth::Full, why);
        let sums: HashMap<&str, &str> = self.checksums.iter().copied().collect();
        let asked: HashMap<&str, u32> = self.direct.iter().copied().collect();
        let mut assembly = Assembly::new(found);
        let mut names = Names::default();
        let mut indices = Vec::with_capacity(self.specs.len());
        for spec in &self.specs {
            let mut package = package(spec, self.places.get(spec.place));
            let platform =
                if spec.platform.is_empty() { String::new() } else { format!("-{}", spec.platform) };
            let gem = format!("{} ({}{platform}", spec.name, spec.version);
            package.hashes = sums.get(gem.as_str()).map(|sums| checksums(sums)).unwrap_or_default();
            let index = match (&package.source, spec.section) {
                (Source::Path(dir), Section::Path) if !is_vendored(dir) => {
                    // The gems of one folder are told apart by their names.
                    let dir = dir.clone();
                    package.first_party = true;
                    package.dir = Some(dir);
                    assembly.found.package(package)
                }
                _ => {
                    package.direct = self.says_direct.then(|| asked.contains_key(spec.name));
                    assembly.third_party(package)
                }
            };
            names.add(spec.name, index);
            indices.push(index);
        }
        let mut missing = Missing::default();
        for (spec, &from) in self.specs.iter().zip(&indices) {
            for &(name, line) in &spec.asks {
                let all = names.get(name);
                let platform_of = |i: usize| {
                    let package = assembly.found.packages.get(i);
                    package.and_then(|p| p.purl.qualifiers.get("platform")).map_or("", String::as_str)
                };
                let of = |wanted: &str| -> Vec<usize> {
                    all.iter().copied().filter(|&i| platform_of(i) == wanted).collect()
                };
                // A gem for every platform runs with all variants of another one.
                let targets = if spec.platform.is_empty() {
                    all.to_vec()
                } else {
                    [of(spec.platform), of(""), all.to_vec()]
                        .into_iter()
                        .find(|t| !t.is_empty())
                        .unwrap_or_default()
                };
                for &to in &targets {
                    assembly.edge(from, to, Scope::Runtime);
                }
                // Bundler itself is asked for, but never locked among the gems.
                if targets.is_empty() && name != "bundler" {
                    missing.note(name, || Some(line));
                }
            }
        }
        self.notes.report(found);
        missing.report_unresolved(found);
        // A gem that is asked for on another platform only is not resolved, and Bundler does not mind.
        let mut absent =
            self.direct.iter().filter(|(name, _)| *name != "bundler" && names.get(name).is_empty());
        if let Some((name, line)) = absent.next() {
            let others = match absent.count() {
                0 => String::new(),
                n => format!(" and {n} more"),
            };
            found.odd(
                Some(*line),
                format!("`{name}`{others} asked for, but not for the platforms of this file"),
            );
        }
        names.keys(found);
    }
}

/// Whether a folder is one for copies of other people's work: a gem in it is not the project's own, and its license
/// binds like that of any other.
fn is_vendored(dir: &str) -> bool {
    dir.split('/')
        .any(|part| matches!(part, "vendor" | "vendored" | "third_party" | "third-party" | "thirdparty"))
}

/// `name (version-platform)!` in its parts; none where the line has another shape.
fn entry(rest: &str) -> Option<(&str, &str, &str)> {
    let rest = rest.strip_suffix('!').unwrap_or(rest);
    let (name, inside) = match rest.split_once(" (") {
        Some((name, inside)) => (name, inside.strip_suffix(')')?),
        None => (rest, ""),
    };
    let good = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    if name.is_empty() || !name.bytes().all(good) {
        return None;
    }
    // RubyGems writes no hyphen into a version, so the first one begins the platform.
    let (version, platform) = inside.split_once('-').unwrap_or((inside, ""));
    Some((name, version, platform))
}

fn package(spec: &Spec<'_>, place: Option<&Place<'_>>) -> FoundPackage {
    let purl = Purl::gem(spec.name, spec.version).with("platform", spec.platform);
    let place = place.cloned().unwrap_or_default();
    let (purl, source) = match spec.section {
        Section::Git => {
            let url = match Origin::read(place.remote) {
                Some(Origin::Git { url, .. } | Origin::Url(url)) => url,
                _ => without_credentials(place.remote),
            };
            let origin = Origin::Git { url, rev: place.revision.to_string() };
            (origin.qualify(purl), origin.source())
        }
        Section::Path => (purl, Source::Path(normal(place.remote))),
        _ => {
            let named = Some(place.remote).filter(|r| !r.is_empty() && *r != "?").map(without_credentials);
            (purl, Source::Registry(named))
        }
    };
    let mut package = FoundPackage::new(purl, Some(spec.line));
    package.source = source;
    package
}

/// `sha256=…,sha512=…`.
fn checksums(text: &str) -> Vec<Hash> {
    let known = [("sha256", "SHA-256", 64), ("sha384", "SHA-384", 96), ("sha512", "SHA-512", 128)];
    let mut hashes = Vec::new();
    for part in text.split(',') {
        let Some((word, hex)) = part.trim().split_once('=') else { continue };
        let Some((_, algorithm, length)) = known.iter().find(|(name, ..)| *name == word) else { continue };
        if hex.len() == *length && hex.bytes().all(|b| b.is_ascii_hexdigit()) {
            hashes.push(Hash { algorithm: (*algorithm).to_string(), hex: hex.to_ascii_lowercase() });
        }
    }
    hashes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_in_its_parts() {
        assert_eq!(entry("nokogiri (1.13.3-x86_64-linux)"), Some(("nokogiri", "1.13.3", "x86_64-linux")));
        assert_eq!(entry("a (~> 1.0, >= 1.2)!"), Some(("a", "~> 1.0, >= 1.2", "")));
        assert_eq!(entry("b!"), Some(("b", "", "")));
        assert_eq!(entry("b (1"), None);
        assert_eq!(entry("what is this"), None);
    }

    #[test]
    fn variants_ask_for_their_own() {
        let text = "GEM\n  remote: https://gems.example/\n  specs:\n    a (1-java)\n      b\n    a (1)\n      b\n    b (2)\n    b (2-java)\n\nDEPENDENCIES\n  a\n  gone\n";
        let mut found = Found::new("Gemfile.lock", "gemfile-lock");
        GemfileLock.extract(&File::new("Gemfile.lock", text.as_bytes()), &mut found);
        let id = |i: usize| found.packages[i].purl.to_string().replace("pkg:gem/", "");
        let edges: Vec<_> = found.edges.iter().map(|e| (id(e.from), id(e.to))).collect();
        let pair = |a: &str, b: &str| (a.to_string(), b.to_string());
        assert_eq!(
            edges,
            [
                pair("a@1?platform=java", "b@2?platform=java"),
                pair("a@1", "b@2"),
                pair("a@1", "b@2?platform=java"),
            ]
        );
        assert_eq!(
            found.packages.iter().map(|p| p.direct).collect::<Vec<_>>()[..2],
            [Some(true), Some(true)]
        );
        assert_eq!(found.problems.len(), 1);
        assert_eq!((found.problems[0].line, found.problems[0].loses), (Some(13), false));
    }

    #[test]
    fn a_vendored_gem_is_somebody_elses() {
        let text = "PATH\n  remote: vendor/gems/a\n  specs:\n    a (1)\n\nPATH\n  remote: engines/b\n  specs:\n    b (1)\n";
        let mut found = Found::new("Gemfile.lock", "gemfile-lock");
        GemfileLock.extract(&File::new("Gemfile.lock", text.as_bytes()), &mut found);
        assert_eq!(found.packages.iter().map(|p| p.first_party).collect::<Vec<_>>(), [false, true]);
        assert_eq!(found.packages[0].source, Source::Path("vendor/gems/a".to_string()));
    }
}
