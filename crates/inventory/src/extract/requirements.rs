//! Requirements files of pip: what is pinned, what is only asked for, and who asks, where a compiler noted it.
//!
//! The format has no name of its own and no header, so a file is recognised by its name and believed only when
//! its lines read like requirements. Who asks for whom stands in the comments that pip-compile and uv write.

use std::borrow::Cow;
use std::collections::HashSet;

use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Scope, Source};

use super::python::lock::Lock;
use super::python::{self, Address, Dependency, normal_name};
use super::{Extractor, File};

pub(super) mod lines;

use lines::Line;

/// Reads `requirements*.txt` and its kin.
pub struct Requirements;

impl Extractor for Requirements {
    fn name(&self) -> &'static str {
        "requirements"
    }

    fn files(&self) -> &'static [&'static str] {
        &["*requirements*.txt", "**/requirements/*.txt"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        // Constraints limit versions of what others ask for; they ask for nothing themselves.
        if words(file.name()).any(|w| w.starts_with("constraint")) {
            return;
        }
        let text = decoded(file.bytes());
        let lines = lines::logical(&text, found);
        let mut read = Read::default();
        for line in &lines {
            read.line(line, found);
        }
        if read.not_understood.len() > read.understood {
            read.foreign(found);
            return;
        }
        read.report(found);
        if read.entries.is_empty() {
            return;
        }
        read.into_lock(scope_of_path(file.path()), found);
    }
}

/// The text; PowerShell's redirection writes UTF-16, and other encodings only ever appear in comments.
fn decoded(bytes: &[u8]) -> Cow<'_, str> {
    let units = |from: fn([u8; 2]) -> u16| {
        let pairs = bytes.chunks_exact(2).skip(1).filter_map(|pair| pair.try_into().ok()).map(from);
        char::decode_utf16(pairs).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect::<String>()
    };
    match bytes {
        [0xFF, 0xFE, ..] => Cow::Owned(units(u16::from_le_bytes)),
        [0xFE, 0xFF, ..] => Cow::Owned(units(u16::from_be_bytes)),
        _ => String::from_utf8_lossy(bytes),
    }
}

/// The words of a file's name, in lower case.
fn words(name: &str) -> impl Iterator<Item = String> {
    let stem = name.strip_suffix(".txt").unwrap_or(name).to_ascii_lowercase();
    let words: Vec<String> = stem.split(|c: char| !c.is_ascii_alphanumeric()).map(str::to_string).collect();
    words.into_iter()
}

/// What the names of the file and of its folders say it is for.
pub(super) fn scope_of_path(path: &str) -> Scope {
    let (dirs, name) = path.rsplit_once('/').unwrap_or(("", path));
    // A folder is looked at for fewer words: one called `build` or `tools` may hold anything.
    let of_folder = |dir: &str| match dir.to_ascii_lowercase().as_str() {
        "test" | "tests" | "testing" => Some(Scope::Test),
        "doc" | "docs" | "documentation" | "dev" | "ci" | ".github" => Some(Scope::Dev),
        _ => None,
    };
    let of_name = words(name).find_map(|w| python::word_scope(&w));
    of_name.or_else(|| dirs.split('/').rev().find_map(of_folder)).unwrap_or(Scope::Runtime)
}

/// Whether the walk finds an included file by itself.
fn is_found_by_name(from: &str, included: &str) -> bool {
    let included = included.replace('\\', "/");
    let (dir, name) = included.rsplit_once('/').unwrap_or(("", &included));
    let folder = match dir.rsplit('/').next() {
        Some("" | ".") | None => from.rsplit('/').nth(1).unwrap_or(""),
        Some(folder) => folder,
    };
    name.ends_with(".txt") && (name.contains("requirements") || folder == "requirements")
}

#[derive(Default)]
struct Read {
    entries: Vec<Entry>,
    understood: usize,
    not_understood: Vec<(u32, String)>,
}

struct Entry {
    package: FoundPackage,
    via: Option<Via>,
    hashed: bool,
}

/// Who asks for a package, as its comment says.
#[derive(Default)]
struct Via {
    packages: Vec<String>,
    project: bool,
    manifest: bool,
}

impl Read {
    fn line(&mut self, line: &Line<'_>, found: &mut Found) {
        let text = line.text.trim();
        if text.is_empty() {
            return;
        }
        let known = match text.strip_prefix('-') {
            Some(_) => self.option(text, line, found),
            None => self.requirement(text, line, found),
        };
        match known {
            true => self.understood += 1,
            false => self.not_understood.push((line.number, shortened(text))),
        }
    }

    fn option(&mut self, text: &str, line: &Line<'_>, found: &mut Found) -> bool {
        let value = |names: [&str; 2]| {
            names.iter().find_map(|name| {
                let rest = text.strip_prefix(name)?;
                // The value of a short option may follow without a blank.
                let parted = rest.starts_with([' ', '\t', '=']) || !name.starts_with("--");
                parted.then(|| rest.trim_start_matches([' ', '\t', '=']))
            })
        };
        if let Some(path) = value(["--requirement", "-r"]) {
            if !is_found_by_name(&found.path, path) {
                let message = format!(
                    "the included file {path} is not read: it is not called like a requirements file"
                );
                found.lost(Some(line.number), message);
            }
            return true;
        }
        if let Some(address) = value(["--editable", "-e"]) {
            return self.address(address, line, found);
        }
        // Of the other options none names a package.
        text.starts_with("--") || text.chars().nth(1).is_some_and(|c| c.is_ascii_alphabetic())
    }

    fn requirement(&mut self, text: &str, line: &Line<'_>, found: &mut Found) -> bool {
        let end =
            [" --", "\t--", " -C"].iter().filter_map(|mark| text.find(mark)).min().unwrap_or(text.len());
        let (bare, options) = text.split_at_checked(end).unwrap_or((text, ""));
        let bare = bare.trim();
        let target = bare.split_once(" ;").map_or(bare, |(target, _)| target).trim();
        let plain = !target.contains(char::is_whitespace);
        let archive =
            python::address::archive_name(target.rsplit(['/', '\\']).next().unwrap_or("")).is_some();
        if plain && (target.starts_with(['.', '/']) || is_url(target) || archive) {
            return self.address(target, line, found);
        }
        // pip wants a blank in front of a comment, but outside of an address the mark can mean nothing else.
        let place = bare.contains("://") || bare.contains('@');
        let bare = if place { bare } else { bare.split('#').next().unwrap_or(bare).trim_end() };
        let Some(dependency) = Dependency::parse(bare) else { return false };
        let address = dependency.address.map(Address::parse);
        let pinned = python::pinned(dependency.range);
        let version = pinned.or_else(|| address.as_ref()?.version.as_deref()).unwrap_or("");
        let mut package = python::package(&dependency.name, version, Some(line.number));
        package.requested =
            (version.is_empty() && !dependency.range.is_empty()).then(|| dependency.range.to_string());
        let scope = python::marker::scope(dependency.marker, &[]);
        package.scope = (scope != Scope::Runtime).then_some(scope);
        let hashes = lines::hashes(options);
        let hashed = !hashes.is_empty();
        package.hashes = python::only(hashes.into_iter()).and_then(python::hash).into_iter().collect();
        if let Some(address) = address {
            address.place(&mut package);
        }
        self.entries.push(Entry { package, via: via(line), hashed });
        true
    }

    /// A place without a name before it.
    fn address(&mut self, text: &str, line: &Line<'_>, found: &mut Found) -> bool {
        let text = text.trim().trim_matches(['"', '\'']);
        // pip takes extras behind a path.
        let bare = text.strip_suffix(']').and_then(|t| t.rsplit_once('[')).map_or(text, |(bare, _)| bare);
        let address = Address::parse(bare);
        let Some(name) = address.name.clone() else {
            // A folder says its name in its own manifest, which the walk finds.
            if address.path.is_none() || address.archive {
                found.lost(
                    Some(line.number),
                    format!("the address {} does not say which package it is", shortened(bare)),
                );
            }
            return true;
        };
        let mut package = python::package(&name, address.version.as_deref().unwrap_or(""), Some(line.number));
        address.place(&mut package);
        self.entries.push(Entry { package, via: via(line), hashed: false });
        true
    }

    /// The file is called like a requirements file and is none.
    fn foreign(&self, found: &mut Found) {
        let line = self.not_understood.first().map(|(line, _)| *line);
        let conda = |text: &str| {
            text.split('=').filter(|p| !p.trim().is_empty()).count() == 3 && !text.contains("==")
        };
        if self.not_understood.iter().filter(|(_, text)| conda(text)).count() * 2 > self.not_understood.len()
        {
            found.lost(line, "this is a list of conda packages, which are not read");
        } else {
            found.odd(line, "the file is called like a requirements file, but most of its lines are none; it was left out");
        }
    }

    fn report(&self, found: &mut Found) {
        const SHOWN: usize = 20;
        for (line, text) in self.not_understood.iter().take(SHOWN) {
            found.lost(Some(*line), format!("not understood as a requirement: {text}"));
        }
        if let Some((line, _)) = self.not_understood.get(SHOWN) {
            let more = self.not_understood.len() - SHOWN;
            found.lost(Some(*line), format!("{more} more lines are not understood as requirements"));
        }
    }

    fn into_lock(self, scope: Scope, found: &mut Found) {
        let compiled = self.entries.iter().any(|e| e.via.is_some());
        // With hashes pip demands that everything is listed; what does not come from a registry has none.
        let registry = |e: &&Entry| matches!(e.package.source, Source::Registry(_));
        let hashed =
            self.entries.iter().filter(registry).all(|e| e.hashed) && self.entries.iter().any(|e| e.hashed);
        let of_manifest = self.entries.iter().any(|e| e.via.as_ref().is_some_and(|v| v.manifest));
        let names: HashSet<String> = self.entries.iter().map(|e| e.package.purl.name.clone()).collect();
        let mut lock = Lock::new(found);
        let mut asked = Vec::new();
        for Entry { mut package, via, .. } in self.entries {
            package.scope = Some(package.scope.map_or(scope, |s| s.then(scope)));
            package.direct = match &via {
                // A name that is not in the file is the project's own.
                Some(via) => Some(via.project || via.packages.iter().any(|name| !names.contains(name))),
                // Nobody can tell what of a complete list was asked for.
                None if hashed && !compiled => None,
                None => Some(true),
            };
            let index = lock.package(package);
            asked.extend(via.into_iter().flat_map(|v| v.packages).map(|name| (name, index)));
        }
        for (name, to) in asked {
            for from in lock.named(&name).to_vec() {
                lock.edge(from, to, Scope::Runtime);
            }
        }
        if of_manifest {
            lock.keys_by_name();
        }
        let (graph, why) = if compiled {
            (GraphDepth::Full, "its comments say who asks for whom")
        } else if hashed {
            (GraphDepth::Flat, "with hashes every package has to be listed, but not who asks for whom")
        } else {
            (
                GraphDepth::DirectOnly,
                "a requirements file need not list what its packages ask for; compile it with pip-compile or uv to know",
            )
        };
        found.lock(Ecosystem::Pypi, graph, why);
        found.precedence = python::REQUIREMENTS;
    }
}

fn is_url(text: &str) -> bool {
    text.split_once(':').is_some_and(|(scheme, _)| {
        let tool = scheme.split('+').next().unwrap_or("");
        matches!(tool, "http" | "https" | "file" | "git" | "hg" | "svn" | "bzr" | "ftp" | "ssh" | "s3" | "gs")
    })
}

/// Enough of a line to recognise it.
fn shortened(text: &str) -> String {
    let mut shown: String = text.chars().take(80).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

/// Reads `# via …` on the line and the comments below it.
fn via(line: &Line<'_>) -> Option<Via> {
    let mut via: Option<Via> = None;
    let mut open = false;
    for comment in &line.comments {
        let text = comment.text.trim();
        let listed = if comment.indented && (text == "via" || text.starts_with("via ")) {
            open = true;
            text.get(3..).unwrap_or("")
        } else if open && comment.indented {
            text
        } else {
            // Other remarks, and headings of the next part of the file.
            open &= comment.indented;
            continue;
        };
        let via = via.get_or_insert_default();
        for requester in listed.split(',').map(str::trim).filter(|r| !r.is_empty()) {
            via.add(requester);
        }
    }
    // A remark may begin with the same word and name nobody.
    via.filter(|v| v.project || !v.packages.is_empty())
}

impl Via {
    fn add(&mut self, requester: &str) {
        if requester.starts_with("-c")
            || requester.starts_with("--constraint")
            || requester.starts_with("--override")
        {
            // It limits the version and asks for nothing.
            return;
        }
        let (name, origin) = requester.split_once(" (").unwrap_or((requester, ""));
        let name = name.split('[').next().unwrap_or(name).trim();
        if requester.starts_with('-') {
            self.project = true;
        } else if !origin.is_empty() {
            self.project = true;
            self.manifest |= origin.starts_with("pyproject.toml");
        } else if python::is_name(name) {
            self.packages.push(normal_name(name));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &str, text: &[u8]) -> Found {
        let mut found = Found::new(path, "requirements");
        Requirements.extract(&File::new(path, text), &mut found);
        found
    }

    fn purls(found: &Found) -> Vec<String> {
        found.packages.iter().map(|p| p.purl.to_string().replace("pkg:pypi/", "")).collect()
    }

    #[test]
    fn loose_lines() {
        let text = b"--index-url https://registry.example/simple\n\
            -r base-requirements.txt\n\
            -r more.in\n\
            -c constraints.txt\n\
            Flask [async] ==2.0.0  # why\n\
            \n\
            Jinja2>=3 ; python_version < '3.9'\n\
            itsdangerous== 2.0.0# without a blank\n\
            lib @ git+https://host.example/o/lib.git@v1\n\
            git+ssh://git@host.example/o/other.git@abc#egg=Other\n\
            -e ./libs/own\n\
            -e ./libs/named#egg=named\n\
            ./vendor/whl-1.0-py3-none-any.whl ; os_name == 'nt'\n\
            https://host.example/x/master.zip\n\
            this line is wrong\n\
            opt==1; extra == 'o'\n\
            c @ file:///opt/work/c\n";
        let found = read("requirements.txt", text);
        assert_eq!(
            purls(&found),
            [
                "flask@2.0.0",
                "jinja2",
                "itsdangerous@2.0.0",
                "lib?vcs_url=git%2Bhttps:%2F%2Fhost.example%2Fo%2Flib.git%40v1",
                "other?vcs_url=git%2Bssh:%2F%2Fgit%40host.example%2Fo%2Fother.git%40abc",
                "named",
                "whl@1.0",
                "opt@1",
                "c",
            ]
        );
        let own: Vec<_> = found.packages.iter().filter(|p| p.first_party).map(|p| p.dir.as_deref()).collect();
        assert_eq!(own, [Some("libs/named")]);
        assert_eq!(found.packages[7].scope, Some(Scope::Optional));
        let problems: Vec<_> = found.problems.iter().map(|p| p.line.unwrap()).collect();
        assert_eq!(problems, [3, 14, 15]);
        assert_eq!(found.graph.as_ref().unwrap().0, GraphDepth::DirectOnly);
        assert!(found.packages.iter().all(|p| p.direct == Some(true)));
    }

    #[test]
    fn compiled_with_comments() {
        let text = b"#\n# This file is autogenerated\n#\n\
            anyio==4.0 \\\n    --hash=sha256:0000000000000000000000000000000000000000000000000000000000000001 \\\n    --hash=sha256:0000000000000000000000000000000000000000000000000000000000000002\n    # via\n    #   httpx\n    #   my-app (pyproject.toml)\n\
            certifi==2023.7.22    # via -c constraints.txt, httpx\n\
            h11==0.14 \\\n    --hash=sha256:0000000000000000000000000000000000000000000000000000000000000001\n    # via httpx[http2]\n\
            httpx==1.0\n    # via -r requirements.in\n\
            \n# The following packages are considered to be unsafe:\n# pip\n";
        let found = read("requirements/dev.txt", text);
        assert!(found.problems.is_empty(), "{:?}", found.problems);
        assert_eq!(purls(&found), ["anyio@4.0", "certifi@2023.7.22", "h11@0.14", "httpx@1.0"]);
        assert_eq!(found.packages.iter().map(|p| p.line.unwrap()).collect::<Vec<_>>(), [4, 10, 11, 14]);
        let direct: Vec<_> = found.packages.iter().map(|p| p.direct).collect();
        assert_eq!(direct, [Some(true), Some(false), Some(false), Some(true)]);
        assert_eq!(found.edges.iter().map(|e| (e.from, e.to)).collect::<Vec<_>>(), [(3, 0), (3, 1), (3, 2)]);
        assert_eq!(found.packages.iter().map(|p| p.hashes.len()).collect::<Vec<_>>(), [0, 0, 1, 0]);
        assert_eq!(found.packages[0].scope, Some(Scope::Dev));
        assert_eq!(found.graph.as_ref().unwrap().0, GraphDepth::Full);
        assert_eq!(found.keys.len(), 4);
    }

    #[test]
    fn hashes_without_comments_are_flat() {
        let found = read(
            "requirements.txt",
            b"a==1 --hash=md5:00000000000000000000000000000001\nb==2 --hash md5:00\n",
        );
        assert_eq!(found.graph.as_ref().unwrap().0, GraphDepth::Flat);
        assert_eq!(found.packages[0].direct, None);
        assert_eq!(found.packages[0].hashes.len(), 1);
    }

    #[test]
    fn what_is_none() {
        let found = read("requirements.txt", b"Software requirements\n\nThe system shall run.\nAnd stop.\n");
        assert!(found.packages.is_empty() && found.graph.is_none());
        assert_eq!(found.problems.iter().map(|p| p.loses).collect::<Vec<_>>(), [false]);
        assert!(read("requirements/constraints.txt", b"a==1\n").packages.is_empty());
        let found = read("requirements.txt", b"numpy=1.21.2=py39_0\nxz=5.2=h1\n");
        assert!(found.problems[0].loses);
        assert!(read("requirements.txt", b"\n# nothing\n").problems.is_empty());
        let endless = read("requirements.txt", "a==1\n".repeat(200_002).as_bytes());
        assert!(endless.problems[0].loses && endless.problems[0].line == Some(200_001));
    }

    #[test]
    fn other_encodings() {
        let wide: Vec<u8> = "\u{feff}a==1\r\nb==2\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(purls(&read("requirements.txt", &wide)), ["a@1", "b@2"]);
        assert_eq!(purls(&read("requirements.txt", b"a==1 # caf\xe9\n")), ["a@1"]);
    }

    #[test]
    fn names_say_what_a_file_is_for() {
        for (path, scope) in [
            ("requirements.txt", Scope::Runtime),
            ("requirements-dev.txt", Scope::Dev),
            ("dev_requirements.txt", Scope::Dev),
            ("requirements/test.txt", Scope::Test),
            ("requirements/prod.txt", Scope::Runtime),
            ("docs/requirements.txt", Scope::Dev),
            ("tools/build/requirements.txt", Scope::Runtime),
            ("build-requirements.txt", Scope::Build),
            ("latest/requirements.txt", Scope::Runtime),
        ] {
            assert_eq!(scope_of_path(path), scope, "{path}");
        }
        assert!(is_found_by_name("requirements/dev.txt", "base.txt"));
        assert!(is_found_by_name("requirements.txt", "requirements/base.txt"));
        assert!(!is_found_by_name("requirements.txt", "base.txt"));
    }
}
