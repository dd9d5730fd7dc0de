//! Objects of Kubernetes and values of Helm: the images that they run. They are named, not shipped: the cluster fetches them.

use std::collections::BTreeMap;

use licit_model::{Ecosystem, Found, GraphDepth, Scope};

use super::dockerfile::image_of;
use super::npm::assembly::Assembly;
use super::{Extractor, File, yaml_keys};

/// Reads manifests of Kubernetes, and `values.yaml` of a chart.
pub struct Kubernetes;

impl Extractor for Kubernetes {
    fn name(&self) -> &'static str {
        "kubernetes"
    }

    fn files(&self) -> &'static [&'static str] {
        &["*.yaml", "*.yml"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        // Most YAML is something else, and not ours to complain about.
        let Ok(text) = std::str::from_utf8(file.bytes()) else { return };
        let values = matches!(file.name(), "values.yaml" | "values.yml");
        if !values && !names_an_image(text) {
            return;
        }
        let mut objects: BTreeMap<usize, (bool, bool)> = BTreeMap::new();
        let mut images: Vec<(usize, String, u32)> = Vec::new();
        // Registry, repository, tag and digest that stand beside each other below a key that names an image.
        let mut parts: BTreeMap<(String, usize), [(String, u32); 4]> = BTreeMap::new();
        let mut hear = |document: usize, first: u32, entry: &yaml_keys::Entry<'_, '_>| {
            let line = entry.line + first;
            let object = objects.entry(document).or_default();
            if entry.path.is_empty() {
                object.0 |= entry.key == "apiVersion";
                object.1 |= entry.key == "kind";
            }
            if entry.value.is_empty() || entry.value.contains(['{', '$', '<']) {
                return;
            }
            let last = entry.path.last().copied().unwrap_or("");
            if values {
                let slot = match entry.key {
                    "registry" => 0,
                    "repository" => 1,
                    "tag" => 2,
                    "digest" => 3,
                    "image" if entry.value.contains([':', '/']) => {
                        images.push((document, entry.value.to_string(), line));
                        return;
                    }
                    _ => return,
                };
                if last.to_ascii_lowercase().ends_with("image") {
                    let place = parts.entry((entry.path.join("/"), entry.item)).or_default();
                    if let Some(slot) = place.get_mut(slot) {
                        *slot = (entry.value.to_string(), line);
                    }
                }
            } else if entry.key == "image"
                && matches!(last, "containers" | "initContainers" | "ephemeralContainers" | "volumes")
            {
                images.push((document, entry.value.to_string(), line));
            }
        };
        if values {
            yaml_keys::each(text, |entry| hear(entry.document, 0, entry));
        } else {
            let object = |(_, _, part): &(usize, u32, &str)| {
                names_an_image(part) && ["apiVersion:", "kind:"].iter().all(|key| part.contains(key))
            };
            for (document, first, part) in documents(text).filter(object) {
                yaml_keys::each(part, |entry| hear(document, first, entry));
            }
        }
        for [registry, repository, tag, digest] in parts.into_values() {
            if repository.0.is_empty() {
                continue;
            }
            let host = if registry.0.is_empty() { String::new() } else { format!("{}/", registry.0) };
            let tag = if tag.0.is_empty() { String::new() } else { format!(":{}", tag.0) };
            let digest = if digest.0.is_empty() { String::new() } else { format!("@{}", digest.0) };
            images.push((0, format!("{host}{}{tag}{digest}", repository.0), repository.1));
        }
        let mut assembly = Assembly::new(found);
        for (document, image, line) in images {
            let object = objects.get(&document).copied().unwrap_or_default();
            if !values && object != (true, true) {
                continue;
            }
            let Some(mut package) = image_of(&image, line) else {
                assembly.found.odd(Some(line), format!("`{image}` names no image and was left out"));
                continue;
            };
            package.scope = Some(Scope::Dev);
            package.direct = Some(true);
            assembly.third_party(package);
        }
        if !found.packages.is_empty() {
            let why = "the objects name images; what is in them only the images themselves say";
            found.lock(Ecosystem::Docker, GraphDepth::DirectOnly, why);
        }
    }
}

/// Whether a key `image` has a value on its line. Definitions of resources describe such keys by the hundred and give
/// none, so this spares most of a large tree.
fn names_an_image(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut from = 0;
    while let Some(at) = memchr::memmem::find(&bytes[from..], b"image:") {
        from += at + b"image:".len();
        let line = bytes[from..].iter().take_while(|b| **b != b'\n');
        let mut value = line.skip_while(|b| b.is_ascii_whitespace());
        if value.next().is_some_and(|b| *b != b'#') {
            return true;
        }
    }
    false
}

/// The documents of a text, each with its number and the lines above it.
fn documents(text: &str) -> impl Iterator<Item = (usize, u32, &str)> {
    let (mut start, mut number, mut lines) = (Some(0), 0, 0);
    std::iter::from_fn(move || {
        let rest = text.get(start?..)?;
        let end = memchr::memmem::find(rest.as_bytes(), b"\n---").map(|at| at + 1);
        let part = rest.get(..end.unwrap_or(rest.len()))?;
        let this = (number, lines, part);
        lines += u32::try_from(memchr::memchr_iter(b'\n', part.as_bytes()).count()).unwrap_or(u32::MAX);
        number += 1;
        start = end.and_then(|end| start?.checked_add(end));
        Some(this)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_keep_their_lines() {
        let all: Vec<_> = documents("a: 1\n---\nb: 2\n---\nc: 3").collect();
        assert_eq!(all, [(0, 0, "a: 1\n"), (1, 1, "---\nb: 2\n"), (2, 3, "---\nc: 3")]);
        assert_eq!(documents("").collect::<Vec<_>>(), [(0, 0, "")]);
    }

    #[test]
    fn a_description_of_an_image_names_none() {
        assert!(names_an_image("spec:\n  - image: busybox\n") && names_an_image("x: {image: a}"));
        assert!(!names_an_image("image:\n  type: string\n") && !names_an_image("image:  # later\nimage:"));
    }
}
