//! `Dockerfile` and `Containerfile`: the images that a build stands on.
//!
//! The image of the last stage is inside what is shipped; images of earlier stages only help to build. What a stage copies
//! out of another image (`COPY --from=`) is inside too.

use std::collections::{BTreeMap, HashMap};

use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Purl, Scope};

use super::{Extractor, File};

/// Reads a `Dockerfile`.
pub struct Dockerfile;

impl Extractor for Dockerfile {
    fn name(&self) -> &'static str {
        "dockerfile"
    }

    fn files(&self) -> &'static [&'static str] {
        &["Dockerfile", "Dockerfile.*", "*.dockerfile", "*.Dockerfile", "Containerfile", "Containerfile.*"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(text) = file.text(found) else { return };
        let mut defaults: BTreeMap<String, String> = BTreeMap::new();
        // Stages by name and number, and the images that each stage stands on or copies from.
        let mut names: Vec<String> = Vec::new();
        let mut uses: Vec<(usize, String, u32)> = Vec::new();
        for (number, line) in instructions(text) {
            let mut words = line.split_whitespace();
            let Some(instruction) = words.next() else { continue };
            if instruction.eq_ignore_ascii_case("ARG") && names.is_empty() {
                for word in words {
                    if let Some((key, value)) = word.split_once('=') {
                        defaults.insert(key.to_string(), value.trim_matches(['"', '\'']).to_string());
                    }
                }
            } else if instruction.eq_ignore_ascii_case("FROM") {
                let mut rest = words.filter(|w| !w.starts_with("--"));
                let Some(image) = rest.next() else {
                    found.lost(Some(number), "FROM names no image");
                    continue;
                };
                let name = match rest.next() {
                    Some(word) if word.eq_ignore_ascii_case("as") => rest.next().unwrap_or("").to_lowercase(),
                    _ => String::new(),
                };
                names.push(name);
                uses.push((names.len() - 1, expanded(image, &defaults), number));
            } else if instruction.eq_ignore_ascii_case("COPY")
                && !names.is_empty()
                && let Some(from) = line.split_whitespace().find_map(|w| w.strip_prefix("--from="))
            {
                uses.push((names.len() - 1, expanded(from, &defaults), number));
            }
        }
        if names.is_empty() {
            return;
        }
        let stages = Stages::new(&names);
        let inside = shipped(names.len(), &stages, &uses);
        for (stage, image, number) in &uses {
            if stages.find(image, *stage).is_some() || image == "scratch" {
                continue;
            }
            if image.contains('$') {
                found.odd(Some(*number), format!("the image `{image}` is named by a variable and left out"));
                continue;
            }
            let Some(mut package) = image_of(image, *number) else { continue };
            package.scope = Some(if inside[*stage] { Scope::Runtime } else { Scope::Build });
            package.direct = Some(true);
            found.packages.push(package);
        }
        let why = "a Dockerfile names images; what is in them only the images themselves say";
        found.lock(Ecosystem::Docker, GraphDepth::DirectOnly, why);
    }
}

/// Instructions with the number of their first line; continued lines are joined, comments left out.
fn instructions(text: &str) -> Vec<(u32, String)> {
    let mut list: Vec<(u32, String)> = Vec::new();
    let mut open: Option<(u32, String)> = None;
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.starts_with('#') {
            continue;
        }
        let (first, mut whole) = open.take().unwrap_or((number, String::new()));
        match line.strip_suffix('\\') {
            Some(part) => {
                whole.push_str(part);
                whole.push(' ');
                open = Some((first, whole));
            }
            None => {
                whole.push_str(line);
                if !whole.trim().is_empty() {
                    list.push((first, whole));
                }
            }
        }
    }
    list.extend(open);
    list
}

/// Stages by their names, each in the order of the file.
struct Stages<'n>(HashMap<&'n str, Vec<usize>>);

impl<'n> Stages<'n> {
    fn new(names: &'n [String]) -> Self {
        let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
        for (stage, name) in names.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
            by_name.entry(name).or_default().push(stage);
        }
        Stages(by_name)
    }

    /// The stage that a name or number stands for, if it is one before `stage`.
    fn find(&self, image: &str, stage: usize) -> Option<usize> {
        let named = self.0.get(image.to_lowercase().as_str());
        let named = named.and_then(|all| all[..all.partition_point(|s| *s < stage)].last().copied());
        named.or_else(|| image.parse().ok().filter(|n| *n < stage))
    }
}

/// Which stages end up in the last one.
fn shipped(count: usize, stages: &Stages<'_>, uses: &[(usize, String, u32)]) -> Vec<bool> {
    // Only what a stage stands on is inside as a whole; of a stage that is copied from, mostly the product itself is.
    let mut first: Vec<Option<&str>> = vec![None; count];
    for (stage, image, _) in uses {
        first[*stage].get_or_insert(image);
    }
    let mut inside = vec![false; count];
    let mut open = vec![count - 1];
    while let Some(stage) = open.pop() {
        if !std::mem::replace(&mut inside[stage], true) {
            open.extend(first[stage].and_then(|image| stages.find(image, stage)));
        }
    }
    inside
}

/// Replaces `$NAME`, `${NAME}` and `${NAME:-default}` by what stands before the first stage.
fn expanded(image: &str, defaults: &BTreeMap<String, String>) -> String {
    let mut out = String::new();
    let mut rest = image;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        let tail = &rest[at + 1..];
        let (name, default, after) = match tail.strip_prefix('{').and_then(|t| t.split_once('}')) {
            Some((inner, after)) => {
                let (name, default) =
                    inner.split_once(":-").map_or((inner, None), |(n, d)| (n, Some(d.to_string())));
                (name, default, after)
            }
            None => {
                let end = tail.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(tail.len());
                (&tail[..end], None, &tail[end..])
            }
        };
        match defaults.get(name).cloned().or(default) {
            Some(value) => out.push_str(&value),
            None => {
                out.push('$');
                out.push_str(name);
            }
        }
        rest = after;
        if out.len() > LONGEST {
            return "$".to_string();
        }
    }
    out.push_str(rest);
    out
}

/// No name of an image is as long; variables that stand for variables could grow without end.
const LONGEST: usize = 4096;

/// A package of an image reference such as `redis:7-alpine` or `host/path/name@sha256:…`.
pub(super) fn image_of(image: &str, line: u32) -> Option<FoundPackage> {
    let image = image.trim().trim_matches(['"', '\'']);
    let (rest, digest) = image.split_once('@').map_or((image, None), |(r, d)| (r, Some(d)));
    // A colon behind the last slash begins the tag; one before it belongs to a host.
    let colon = rest.rfind(':').filter(|at| !rest[*at..].contains('/'));
    let (path, tag) = colon.map_or((rest, None), |at| (&rest[..at], Some(&rest[at + 1..])));
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-/:".contains(c);
    // `ruby:<%= version %>` is a template for a name, and no name.
    let template = tag.into_iter().chain(digest).any(|v| v.contains(['<', '>', '{', '}', '%', '$']));
    if path.is_empty() || template || !path.chars().all(plain) {
        return None;
    }
    let (host, path) = match path.split_once('/') {
        Some((first, rest)) if first.contains(['.', ':']) || first == "localhost" => (Some(first), rest),
        _ => (None, path),
    };
    let (namespace, name) = path.rsplit_once('/').map_or((None, path), |(n, p)| (Some(n), p));
    let mut qualifiers: Vec<(String, String)> = Vec::new();
    if let Some(host) = host {
        qualifiers.push(("repository_url".to_string(), host.to_string()));
    }
    // The version of an image is its digest; without one the tag is all that is known, and it may move.
    let version = digest.or(tag);
    if let (Some(_), Some(tag)) = (digest, tag) {
        qualifiers.push(("tag".to_string(), tag.to_string()));
    }
    let purl = Purl::build("docker", namespace, &name.to_lowercase(), version, &qualifiers, None).ok()?;
    Some(FoundPackage::new(purl, Some(line)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<String> {
        let mut found = Found::default();
        Dockerfile.extract(&File::new("Dockerfile", text.as_bytes()), &mut found);
        found.packages.iter().map(|p| format!("{} {}", p.purl, p.scope.unwrap().word())).collect()
    }

    #[test]
    fn stages_variables_and_copies() {
        let text = "ARG BASE=alpine:3.20\nFROM rust:1.80 AS build\nRUN cargo build \\\n  --release\nFROM ${BASE}\n\
                    COPY --from=build /app /app\nCOPY --from=busybox:1.36 /bin/sh /bin/sh\n";
        assert_eq!(
            read(text),
            [
                "pkg:docker/rust@1.80 build",
                "pkg:docker/alpine@3.20 runtime",
                "pkg:docker/busybox@1.36 runtime"
            ]
        );
    }

    #[test]
    fn many_stages_and_long_variables() {
        let mut text = format!("ARG X={}\n", "x".repeat(100_000));
        text.push_str(&format!("FROM {}\n", "$X".repeat(100_000)));
        for stage in 0..50_000 {
            text.push_str(&format!("FROM s{stage} AS s{}\n", stage + 1));
        }
        let begun = std::time::Instant::now();
        assert_eq!(read(&text), ["pkg:docker/s0 runtime"]);
        assert!(begun.elapsed().as_secs() < 10);
    }

    #[test]
    fn the_last_stage_may_stand_on_an_earlier_one() {
        assert_eq!(read("FROM node:20 AS base\nFROM base\n"), ["pkg:docker/node@20 runtime"]);
        assert_eq!(read("FROM scratch\n"), Vec::<String>::new());
    }

    #[test]
    fn hosts_digests_and_tags() {
        let image = |text: &str| image_of(text, 1).map(|p| p.purl.to_string());
        assert_eq!(image("redis:7-alpine").as_deref(), Some("pkg:docker/redis@7-alpine"));
        assert_eq!(
            image("registry.example.org:5000/team/app:1").as_deref(),
            Some("pkg:docker/team/app@1?repository_url=registry.example.org:5000")
        );
        assert!(image("redis@sha256:00ff").unwrap().starts_with("pkg:docker/redis@sha256"));
        assert_eq!(image("${X}"), None);
        assert_eq!(image("ruby:<%= version %>-slim"), None);
    }
}
