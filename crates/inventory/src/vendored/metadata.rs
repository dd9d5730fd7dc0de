//! Files that people who vendor write beside a copy: Chromium's `README.chromium` and its kin, Android's `METADATA`,
//! Mozilla's `moz.yaml`, git-subrepo's `.gitrepo`, and Microsoft's `cgmanifest.json`.

use serde::Deserialize;
use serde_json::Value;

/// What such a file says of one work. Empty texts say nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Told {
    pub name: String,
    pub version: String,
    pub url: String,
    /// Commit, tag or the like that the address was read at.
    pub revision: String,
    /// What it says of the license, and in which line.
    pub license: Option<(String, u32)>,
    /// Paths of license texts, as the file writes them.
    pub license_files: Vec<String>,
    /// Whether it is a distribution of Python.
    pub is_python: bool,
    /// Whether it says that the product leaves the house without this.
    pub not_shipped: bool,
    /// The first line that speaks of the work, counted from 1.
    pub line: u32,
}

/// Which format a file is by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Readme,
    Android,
    Mozilla,
    Subrepo,
    Manifest,
    Requirements,
}

/// The format of a file by its name; what is in it decides whether it is one.
pub(super) fn format(name: &str) -> Option<Format> {
    if !matches!(name.as_bytes().first(), Some(b'M' | b'm' | b'.' | b'c' | b'R' | b'v')) {
        return None;
    }
    match name {
        "METADATA" => Some(Format::Android),
        "moz.yaml" => Some(Format::Mozilla),
        ".gitrepo" => Some(Format::Subrepo),
        "cgmanifest.json" => Some(Format::Manifest),
        "vendor.txt" | "vendored.txt" => Some(Format::Requirements),
        _ => {
            let ending = name.strip_prefix("README.")?;
            let texts =
                ["md", "txt", "rst", "markdown", "html", "htm", "adoc", "pod", "org", "rdoc", "first"];
            let project = ending.len() > 2 && ending.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
            (project && !texts.contains(&ending)).then_some(Format::Readme)
        }
    }
}

/// Reads one.
pub(super) fn read(format: Format, text: &str) -> Vec<Told> {
    match format {
        Format::Readme => readme(text),
        Format::Android => android(text).into_iter().collect(),
        Format::Mozilla => mozilla(text).into_iter().collect(),
        Format::Subrepo => subrepo(text).into_iter().collect(),
        Format::Manifest => manifest(text),
        Format::Requirements => requirements(text),
    }
}

/// Words that say that there is nothing to say.
fn known(value: &str) -> &str {
    let value = value.trim();
    let nothing =
        ["n/a", "na", "none", "unknown", "unspecified", "0", "head", "deps", "git", "various", "-", "tbd"];
    if nothing.iter().any(|w| value.eq_ignore_ascii_case(w)) { "" } else { value }
}

/// Fields of a line each; several works are kept apart by a line of dashes that says so.
fn readme(text: &str) -> Vec<Told> {
    let mut all = Vec::new();
    let mut told = Told::default();
    for (number, line) in (1u32..).zip(text.lines()) {
        if line.starts_with("----") && line.contains("DEPENDENCY DIVIDER") {
            all.push(std::mem::take(&mut told));
            continue;
        }
        let Some((key, value)) = line.split_once(':').filter(|(key, _)| !key.starts_with([' ', '\t'])) else {
            continue;
        };
        let value = value.trim();
        match key.trim().to_ascii_lowercase().as_str() {
            "name" if told.name.is_empty() => {
                told.line = number;
                told.name = value.to_string();
            }
            // The short name is the one that people know a library by.
            "short name" if !known(value).is_empty() => told.name = value.to_string(),
            "url" => told.url = value.split_whitespace().next().unwrap_or("").to_string(),
            "version" => told.version = version(value),
            "revision" => {
                let first = value.split_whitespace().next().unwrap_or("");
                // `See DEPS` is no revision.
                let commit = first.len() >= 7 && first.bytes().all(|b| b.is_ascii_hexdigit());
                let one = commit || first == value;
                told.revision = if one { known(first).to_string() } else { String::new() };
            }
            "license" | "licence" if !value.is_empty() => {
                told.license.get_or_insert((value.to_string(), number));
            }
            "license file" | "license files" if !value.eq_ignore_ascii_case("NOT_SHIPPED") => {
                let files = value.split([',', ';']).map(|f| f.trim().trim_end_matches('.').to_string());
                told.license_files.extend(files.filter(|f| !f.is_empty()));
            }
            "shipped" => told.not_shipped = value.eq_ignore_ascii_case("no"),
            _ => {}
        }
    }
    all.push(told);
    // A name and one field more: a README may hold any line with a colon.
    all.retain(|t| {
        !t.name.is_empty()
            && (t.license.is_some() || !t.license_files.is_empty())
            && (!t.url.is_empty() || !t.version.is_empty() || !t.revision.is_empty())
    });
    all
}

/// The version of a field in which words may stand around it.
fn version(value: &str) -> String {
    let value = known(value);
    let first = value.split_whitespace().next().unwrap_or("");
    let plain = first.trim_start_matches(['v', 'V']);
    let alone = first == value;
    if plain.starts_with(|c: char| c.is_ascii_digit()) && alone {
        return plain.to_string();
    }
    let word = if alone { first } else { "" };
    super::version::token(value).unwrap_or(word).to_string()
}

/// The text format of protocol buffers, as far as this file goes: `key: "value"` and blocks.
fn android(text: &str) -> Option<Told> {
    let mut told = Told { line: 1, ..Told::default() };
    let mut stack: Vec<String> = Vec::new();
    let (mut kind, mut value) = (String::new(), String::new());
    let (mut third, mut deep) = (false, 0usize);
    for (key, word, opens, closes, number) in Fields::of(text) {
        if opens {
            deep += 1;
            third |= deep == 1 && key == "third_party";
            if stack.len() < 16 {
                stack.push(key.to_string());
            }
            (kind, value) = (String::new(), String::new());
            continue;
        }
        if closes {
            let block = stack.pop().unwrap_or_default();
            deep = deep.saturating_sub(1);
            if matches!(block.as_str(), "url" | "identifier") && !value.is_empty() {
                let git = kind.eq_ignore_ascii_case("git");
                // The repository says more than a home page.
                if told.url.is_empty() || git {
                    told.url = value.clone();
                }
            }
            continue;
        }
        match (stack.last().map(String::as_str), key) {
            (None, "name") => {
                told.name = word.to_string();
                told.line = number;
            }
            (Some("third_party"), "version") => told.version = word.trim_start_matches('v').to_string(),
            (Some("identifier"), "version") if told.version.is_empty() => {
                told.version = word.trim_start_matches('v').to_string();
            }
            (Some("url" | "identifier"), "type") => kind = word.to_string(),
            (Some("url" | "identifier"), "value") => value = word.to_string(),
            _ => {}
        }
    }
    let commit = told.version.len() == 40 && told.version.bytes().all(|b| b.is_ascii_hexdigit());
    if commit {
        told.revision = std::mem::take(&mut told.version);
    }
    // Without a name, an address or a version it only classes the project's own files.
    let named = !told.name.is_empty() || !told.url.is_empty() || !told.version.is_empty();
    (third && named).then_some(told)
}

/// Fields of the text format: key, value, whether a block opens or closes, and the line.
struct Fields<'a> {
    rest: &'a str,
    line: u32,
}

impl<'a> Fields<'a> {
    fn of(text: &'a str) -> Self {
        Fields { rest: text, line: 1 }
    }

    fn blanks(&mut self) {
        loop {
            let trimmed = self.rest.trim_start_matches([' ', '\t', '\r', ',', ';', ':']);
            if let Some(next) = trimmed.strip_prefix('\n') {
                self.line = self.line.saturating_add(1);
                self.rest = next;
            } else if trimmed.starts_with('#') {
                self.rest = trimmed.find('\n').and_then(|end| trimmed.get(end..)).unwrap_or("");
            } else {
                self.rest = trimmed;
                return;
            }
        }
    }

    fn word(&mut self) -> &'a str {
        let rest = self.rest;
        if let Some(quote) = rest.chars().next().filter(|c| matches!(c, '"' | '\'')) {
            let inside = rest.get(1..).unwrap_or("");
            let end = inside.find([quote, '\n']).unwrap_or(inside.len());
            self.rest = inside.get(end..).map_or("", |r| r.strip_prefix(quote).unwrap_or(r));
            return inside.get(..end).unwrap_or("");
        }
        let end =
            rest.find(|c: char| !(c.is_ascii_alphanumeric() || "_.-+".contains(c))).unwrap_or(rest.len());
        self.rest = rest.get(end..).unwrap_or("");
        rest.get(..end).unwrap_or("")
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = (&'a str, &'a str, bool, bool, u32);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            self.blanks();
            let line = self.line;
            if self.rest.is_empty() {
                return None;
            }
            if let Some(rest) = self.rest.strip_prefix('}') {
                self.rest = rest;
                return Some(("", "", false, true, line));
            }
            let key = self.word();
            if key.is_empty() {
                // A sign that means nothing here, such as a list's bracket.
                self.rest =
                    self.rest.char_indices().nth(1).and_then(|(at, _)| self.rest.get(at..)).unwrap_or("");
                continue;
            }
            self.blanks();
            if let Some(rest) = self.rest.strip_prefix('{') {
                self.rest = rest;
                return Some((key, "", true, false, line));
            }
            let value = self.word();
            return Some((key, value, false, false, line));
        }
    }
}

#[derive(Deserialize)]
struct Mozilla {
    origin: Option<Origin>,
    vendoring: Option<Vendoring>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Origin {
    name: String,
    url: String,
    release: Option<String>,
    revision: Option<String>,
    license: Option<OneOrMany>,
    #[serde(rename = "license-file")]
    license_file: Option<OneOrMany>,
}

#[derive(Deserialize)]
struct Vendoring {
    url: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    fn all(self) -> Vec<String> {
        match self {
            OneOrMany::One(one) => vec![one],
            OneOrMany::Many(many) => many,
        }
    }
}

fn line_of(text: &str, key: &str) -> u32 {
    (1u32..).zip(text.lines()).find(|(_, l)| l.trim_start().starts_with(key)).map_or(1, |(number, _)| number)
}

fn mozilla(text: &str) -> Option<Told> {
    let read: Mozilla = serde_saphyr::from_str(text).ok()?;
    let origin = read.origin.filter(|o| !o.name.is_empty())?;
    let release = origin.release.unwrap_or_default();
    // `v1.2.3 (2024-02-01…)`, or a commit with its date.
    let first = release
        .split_whitespace()
        .find(|w| !matches!(*w, "version" | "tag" | "release" | "commit"))
        .unwrap_or("");
    let is_commit = |w: &str| w.len() >= 7 && w.bytes().all(|b| b.is_ascii_hexdigit());
    let version = if is_commit(first) { "" } else { super::version::token(first).unwrap_or("") };
    let revision = origin
        .revision
        .filter(|r| !known(r).is_empty())
        .unwrap_or_else(|| if is_commit(first) { first.to_string() } else { String::new() });
    // A list of licenses does not say that one may choose, so all of them hold.
    let license = origin.license.map(|l| l.all().join(" AND ")).filter(|l| !l.is_empty());
    Some(Told {
        line: line_of(text, "name:"),
        name: origin.name,
        version: version.to_string(),
        url: read.vendoring.and_then(|v| v.url).unwrap_or(origin.url),
        revision,
        license: license.map(|l| (l, line_of(text, "license:"))),
        license_files: origin.license_file.map(OneOrMany::all).unwrap_or_default(),
        is_python: false,
        not_shipped: false,
    })
}

/// Lines `name==1.2`, as those who copy distributions of Python into a package list them.
fn requirements(text: &str) -> Vec<Told> {
    let one = |(number, line): (u32, &str)| {
        let line = line.trim_start().split(['#', ';', ' ', '\t', '\\']).next()?;
        let (name, version) = line.split_once("==")?;
        let name = name.split('[').next().unwrap_or(name);
        let plain = |text: &str, more: &str| {
            text.len() <= 100
                && text.starts_with(|c: char| c.is_ascii_alphanumeric())
                && text.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c))
        };
        (plain(name, "-_.") && plain(version, "-_.+!")).then(|| Told {
            name: name.to_string(),
            version: version.to_string(),
            is_python: true,
            line: number,
            ..Told::default()
        })
    };
    (1u32..).zip(text.lines()).filter_map(one).take(2000).collect()
}

fn subrepo(text: &str) -> Option<Told> {
    let mut told = Told::default();
    let mut inside = false;
    for (number, line) in (1u32..).zip(text.lines()) {
        let line = line.trim();
        if line.starts_with('[') {
            inside = line == "[subrepo]";
        } else if let Some((key, value)) = line.split_once('=').filter(|_| inside) {
            match key.trim() {
                "remote" => {
                    told.url = value.trim().to_string();
                    told.line = number;
                }
                "commit" => told.revision = known(value).to_string(),
                _ => {}
            }
        }
    }
    (!told.url.is_empty() && known(&told.url) == told.url).then_some(told)
}

/// A value by its key in any case, as this format is written in several.
fn get<'v>(value: &'v Value, key: &str) -> Option<&'v Value> {
    value.as_object()?.iter().find(|(k, _)| k.eq_ignore_ascii_case(key)).map(|(_, v)| v)
}

fn text_of(value: Option<&Value>) -> String {
    value.and_then(Value::as_str).unwrap_or_default().trim().to_string()
}

fn manifest(text: &str) -> Vec<Told> {
    let Ok(document) = serde_json::from_str::<Value>(text.trim_start_matches('\u{feff}')) else {
        return Vec::new();
    };
    let one = |entry: &Value| {
        let component = get(entry, "component")?;
        let kind = text_of(get(component, "type")).to_ascii_lowercase();
        let inner = get(component, &kind)?;
        let mut told = match kind.as_str() {
            "git" => Told {
                name: text_of(get(inner, "name")),
                url: text_of(get(inner, "repositoryUrl")),
                revision: text_of(get(inner, "commitHash")),
                ..Told::default()
            },
            "other" => Told {
                name: text_of(get(inner, "name")),
                version: text_of(get(inner, "version")),
                url: text_of(get(inner, "downloadUrl")),
                ..Told::default()
            },
            // Packages of registries are what the lockfiles of their ecosystems hold.
            _ => return None,
        };
        if told.version.is_empty() {
            told.version = text_of(get(entry, "version"));
        }
        let license = ["license", "licenses"].iter().find_map(|key| match get(entry, key)? {
            Value::String(license) => Some(license.clone()),
            Value::Array(all) => Some(all.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" AND ")),
            _ => None,
        });
        told.not_shipped = get(entry, "developmentDependency").and_then(Value::as_bool) == Some(true);
        let at = if told.revision.is_empty() { &told.url } else { &told.revision };
        let at = (1u32..).zip(text.lines()).find(|(_, l)| !at.is_empty() && l.contains(at.as_str()));
        told.line = at.map_or(1, |(number, _)| number);
        told.license = license.filter(|l| !l.is_empty()).map(|l| (l, told.line));
        (!told.name.is_empty() || !told.url.is_empty()).then_some(told)
    };
    let all = get(&document, "registrations").and_then(Value::as_array);
    // Lines are looked for by reading the file again, so the number of entries is bounded.
    all.into_iter().flatten().take(2000).filter_map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files() {
        assert_eq!(format("README.chromium"), Some(Format::Readme));
        assert_eq!(format("README.crashpad"), Some(Format::Readme));
        assert_eq!(format("README.md"), None);
        assert_eq!(format("README"), None);
    }

    #[test]
    fn a_readme_of_fields() {
        let text = "Name: The Zipper\nShort Name: zipper\nURL: https://zip.example/ \nVersion: v1.3.1\nRevision: DEPS\n\
                    License: Zlib, MIT\nLicense File: LICENSE, doc/COPYING\nShipped: no\n\nDescription:\nWords: more words.\n";
        let told = &read(Format::Readme, text)[0];
        assert_eq!(
            (told.name.as_str(), told.version.as_str(), told.revision.as_str()),
            ("zipper", "1.3.1", "")
        );
        assert_eq!(told.license, Some(("Zlib, MIT".to_string(), 6)));
        assert_eq!(told.license_files, ["LICENSE", "doc/COPYING"]);
        assert!(told.not_shipped && told.line == 1);
        let two = "Name: a\nURL: u\nLicense: MIT\n-------------------- DEPENDENCY DIVIDER --------------------\nName: b\nURL: u\nLicense: MIT\n";
        assert_eq!(read(Format::Readme, two).len(), 2);
        assert!(read(Format::Readme, "Name: just a file\nNote: nothing\n").is_empty());
    }

    #[test]
    fn a_text_of_protocol_buffers() {
        let text = "# words\nname: \"gtest\"\ndescription: \"a { brace\"\nthird_party {\n  license_type: NOTICE\n  homepage: \"h\"\n  \
                    identifier {\n    type: \"Git\"\n    value: \"https://git.example/a/gtest.git\"\n    version: \"v1.14.0\"\n  }\n}\n";
        let told = &read(Format::Android, text)[0];
        assert_eq!((told.name.as_str(), told.version.as_str()), ("gtest", "1.14.0"));
        assert_eq!((told.url.as_str(), told.line), ("https://git.example/a/gtest.git", 2));
        assert!(read(Format::Android, "third_party {\n  license_type: NOTICE\n}\n").is_empty());
        assert!(read(Format::Android, "Metadata-Version: 2.1\nName: x\nVersion: 1\n").is_empty());
        let deep = "a {".repeat(100_000);
        assert!(read(Format::Android, &deep).is_empty());
    }

    #[test]
    fn mozillas_file() {
        let text = "schema: 1\norigin:\n  name: thing\n  url: https://thing.example\n  release: v1.4 (2024-02-01).\n  revision: v1.4\n  \
                    license:\n    - MIT\n    - BSD-3-Clause\n  license-file: COPYING\nvendoring:\n  url: https://github.com/a/thing\n";
        let told = &read(Format::Mozilla, text)[0];
        assert_eq!((told.version.as_str(), told.url.as_str()), ("1.4", "https://github.com/a/thing"));
        assert_eq!(told.license.as_ref().map(|l| l.0.as_str()), Some("MIT AND BSD-3-Clause"));
        assert_eq!(told.license_files, ["COPYING"]);
    }

    #[test]
    fn a_list_of_distributions() {
        let text =
            "# words==1\nOne==1.0\n    two[extra]==2.0 # why\n\n-r other.txt\nthree>=1\nfour==4; python\n";
        let all = read(Format::Requirements, text);
        let all: Vec<_> = all.iter().map(|t| (t.name.as_str(), t.version.as_str(), t.line)).collect();
        assert_eq!(all, [("One", "1.0", 2), ("two", "2.0", 3), ("four", "4", 7)]);
    }

    #[test]
    fn a_subrepo_and_a_manifest() {
        let told = &read(
            Format::Subrepo,
            "; words\n[subrepo]\n\tremote = https://github.com/a/b.git\n\tbranch = main\n\tcommit = abc\n",
        )[0];
        assert_eq!((told.url.as_str(), told.revision.as_str()), ("https://github.com/a/b.git", "abc"));
        let text = r#"{"Registrations": [
            {"component": {"type": "git", "git": {"name": "a", "repositoryUrl": "https://github.com/o/a", "commitHash": "abc"}},
             "licenses": ["MIT"], "version": "1.0"},
            {"Component": {"Type": "other", "Other": {"Name": "b", "Version": "2", "DownloadUrl": "https://h.example/b"}}, "developmentDependency": true},
            {"component": {"type": "npm", "npm": {"name": "c", "version": "3"}}}]}"#;
        let all = read(Format::Manifest, text);
        let names: Vec<_> =
            all.iter().map(|t| (t.name.as_str(), t.version.as_str(), t.not_shipped, t.line)).collect();
        assert_eq!(names, [("a", "1.0", false, 2), ("b", "2", true, 4)]);
    }
}
