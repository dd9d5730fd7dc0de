//! CMake: sources that a build fetches by `FetchContent`, `ExternalProject` and `CPM`.

use std::collections::HashMap;

use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Scope};

use super::lexer::{Syntax, Tokens};
use super::npm::assembly::Assembly;
use super::{Extractor, File, repository};

/// Reads `CMakeLists.txt` and `*.cmake`.
pub struct Cmake;

const CMAKE: Syntax = Syntax {
    comments: &["#"],
    blocks: &[("#[[", "]]"), ("#[=[", "]=]")],
    quotes: &[("[[", "]]", false, true), ("[=[", "]=]", false, true), ("\"", "\"", true, true)],
    word: "./:-+${}@%=~,*<>;&?!^'|\\[]",
    inside: "",
    heredocs: false,
};

/// Expanded texts are cut here: no address is as long.
const LONGEST: usize = 4096;

impl Extractor for Cmake {
    fn name(&self) -> &'static str {
        "cmake"
    }

    fn files(&self) -> &'static [&'static str] {
        &["CMakeLists.txt", "*.cmake", "*.cmake.in"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let text = String::from_utf8_lossy(file.bytes());
        let marks = [
            "FetchContent_Declare",
            "ExternalProject_Add",
            "CPMAddPackage",
            "CPMFindPackage",
            "CPMDeclarePackage",
        ];
        let lower = ["fetchcontent_declare", "externalproject_add", "cpmaddpackage", "cpmfindpackage"];
        if !marks.iter().chain(&lower).any(|mark| text.contains(mark)) {
            return;
        }
        let tokens = Tokens::read(&text, &CMAKE);
        tokens.report(found);
        let mut assembly = Assembly::new(found);
        let mut variables: HashMap<String, String> = HashMap::new();
        for at in 0..tokens.all.len() {
            let Some(command) = tokens.at(at).and_then(|t| t.word()) else { continue };
            if !tokens.at(at + 1).is_some_and(|t| t.is('(')) {
                continue;
            }
            let lower = command.to_ascii_lowercase();
            let wanted =
                matches!(lower.as_str(), "set" | "project" | "fetchcontent_declare" | "externalproject_add")
                    || lower.starts_with("cpm");
            if !wanted {
                continue;
            }
            let inside = tokens.inside(at + 1);
            let args: Vec<(String, u32)> = tokens
                .slice(inside)
                .iter()
                .take(256)
                .filter_map(|t| Some((expanded(t.value()?, &variables), t.line)))
                .collect();
            let line = tokens.at(at).map_or(1, |t| t.line);
            match lower.as_str() {
                "set" => {
                    if let [(name, _), (value, _), ..] = args.as_slice() {
                        variables.insert(name.clone(), value.clone());
                    }
                }
                "project" => {
                    let version = after(&args, "VERSION").map(|(v, _)| v.to_string());
                    if let (Some((name, _)), Some(version)) = (args.first(), version) {
                        variables.insert("PROJECT_NAME".to_string(), name.clone());
                        variables.insert("PROJECT_VERSION".to_string(), version);
                    }
                }
                "fetchcontent_declare" | "externalproject_add" => {
                    declared(&args, line, &mut assembly);
                }
                "cpmaddpackage" | "cpmfindpackage" | "cpmdeclarepackage" => cpm(&args, line, &mut assembly),
                _ => {}
            }
        }
        if !found.packages.is_empty() {
            let why = "the build names what it fetches itself; what that fetches stands in its own files";
            found.lock(Ecosystem::Github, GraphDepth::DirectOnly, why);
        }
    }
}

/// The argument behind a keyword.
fn after<'a>(args: &'a [(String, u32)], key: &str) -> Option<(&'a str, u32)> {
    let at = args.iter().position(|(arg, _)| arg == key)?;
    args.get(at + 1).map(|(value, line)| (value.as_str(), *line))
}

/// `${NAME}` by what was set before in the same file; what is not known stays as it is.
fn expanded(text: &str, variables: &HashMap<String, String>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, tail)) = rest.split_once("${") {
        out.push_str(before);
        match tail.split_once('}') {
            Some((name, after)) => {
                match variables.get(name) {
                    Some(value) => out.push_str(value),
                    None => {
                        out.push_str("${");
                        out.push_str(name);
                        out.push('}');
                    }
                }
                rest = after;
            }
            None => {
                out.push_str("${");
                rest = tail;
            }
        }
        if out.len() > LONGEST {
            return String::new();
        }
    }
    out.push_str(rest);
    out
}

fn declared(args: &[(String, u32)], line: u32, assembly: &mut Assembly<'_>) {
    let Some((name, _)) = args.first() else { return };
    let package = match (after(args, "GIT_REPOSITORY"), after(args, "URL")) {
        (Some((url, at)), _) => {
            Some((repository::git(url, after(args, "GIT_TAG").map_or("", |(t, _)| t), name, Some(at)), url))
        }
        (None, Some((url, at))) if url.contains("://") => {
            let mut package = repository::archive(url, name, "", Some(at));
            let hash = after(args, "URL_HASH").and_then(|(h, _)| h.split_once('='));
            package.hashes.extend(hash.and_then(|(algorithm, hex)| repository::checksum(algorithm, hex)));
            let md5 = after(args, "URL_MD5").and_then(|(hex, _)| repository::checksum("md5", hex));
            package.hashes.extend(md5);
            Some((package, url))
        }
        // Sources that lie in the tree, or elsewhere on the machine.
        _ => None,
    };
    if let Some((package, url)) = package {
        add(package, url, line, assembly);
    }
}

/// `CPMAddPackage("gh:owner/name@1.0#tag")`, or with keywords.
fn cpm(args: &[(String, u32)], line: u32, assembly: &mut Assembly<'_>) {
    let short = match args {
        [(one, _)] => Some(one.as_str()),
        _ => after(args, "URI").map(|(uri, _)| uri),
    };
    if let Some(short) = short {
        let (place, tag) = short.split_once('#').unwrap_or((short, ""));
        let (kind, place) = place.split_once(':').unwrap_or(("", place));
        let at = place.rfind('@').filter(|at| !place.get(*at..).unwrap_or("").contains('/'));
        let (path, version) =
            at.map_or((place, ""), |at| (place.get(..at).unwrap_or(""), place.get(at + 1..).unwrap_or("")));
        let tag = if tag.is_empty() && !version.is_empty() { format!("v{version}") } else { tag.to_string() };
        let url = match kind {
            "gh" => format!("https://github.com/{path}"),
            "gl" => format!("https://gitlab.com/{path}"),
            "bb" => format!("https://bitbucket.org/{path}"),
            "https" | "http" if path.ends_with(".git") || !tag.is_empty() => format!("{kind}:{path}"),
            "https" | "http" => {
                return add(
                    repository::archive(&format!("{kind}:{path}"), "", "", Some(line)),
                    path,
                    line,
                    assembly,
                );
            }
            _ => return,
        };
        return add(repository::git(&url, &tag, "", Some(line)), &url, line, assembly);
    }
    let name = after(args, "NAME").map_or("", |(name, _)| name);
    let version = after(args, "VERSION").map_or("", |(version, _)| version);
    let tag = match after(args, "GIT_TAG") {
        Some((tag, _)) => tag.to_string(),
        None if !version.is_empty() => format!("v{version}"),
        None => String::new(),
    };
    let hosts = [
        ("GITHUB_REPOSITORY", "github.com"),
        ("GITLAB_REPOSITORY", "gitlab.com"),
        ("BITBUCKET_REPOSITORY", "bitbucket.org"),
    ];
    let hosted = hosts.iter().find_map(|(key, host)| Some(format!("https://{host}/{}", after(args, key)?.0)));
    if let Some(url) = hosted.or_else(|| after(args, "GIT_REPOSITORY").map(|(url, _)| url.to_string())) {
        add(repository::git(&url, &tag, name, Some(line)), &url, line, assembly);
    } else if let Some((url, _)) = after(args, "URL") {
        let mut package = repository::archive(url, name, version, Some(line));
        let hash = after(args, "URL_HASH").and_then(|(h, _)| h.split_once('='));
        package.hashes.extend(hash.and_then(|(algorithm, hex)| repository::checksum(algorithm, hex)));
        add(package, url, line, assembly);
    }
}

fn add(mut package: FoundPackage, url: &str, line: u32, assembly: &mut Assembly<'_>) {
    if url.contains("${") || package.purl.name.contains("${") || package.purl.name.is_empty() {
        assembly.found.odd(Some(line), "what is fetched here is named by a variable and was left out");
        return;
    }
    if package.purl.version().contains("${") {
        package.purl.version = None;
        package.purl.qualifiers.remove("vcs_url");
        assembly.found.odd(Some(line), "the version that is fetched here is named by a variable");
    }
    package.direct = Some(true);
    package.scope = Some(Scope::Runtime);
    assembly.third_party(package);
}
