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
        let object = ["apiVersion:", "kind:", "image:"].iter().all(|key| text.contains(key));
        if !values && !object {
            return;
        }
        let mut objects: BTreeMap<usize, (bool, bool)> = BTreeMap::new();
        let mut images: Vec<(usize, String, u32)> = Vec::new();
        // Registry, repository, tag and digest that stand beside each other below a key that names an image.
        let mut parts: BTreeMap<(String, usize), [(String, u32); 4]> = BTreeMap::new();
        yaml_keys::each(text, |entry| {
            let object = objects.entry(entry.document).or_default();
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
                        images.push((entry.document, entry.value.to_string(), entry.line));
                        return;
                    }
                    _ => return,
                };
                if last.to_ascii_lowercase().ends_with("image") {
                    let place = parts.entry((entry.path.join("/"), entry.item)).or_default();
                    if let Some(slot) = place.get_mut(slot) {
                        *slot = (entry.value.to_string(), entry.line);
                    }
                }
            } else if entry.key == "image"
                && matches!(last, "containers" | "initContainers" | "ephemeralContainers" | "volumes")
            {
                images.push((entry.document, entry.value.to_string(), entry.line));
            }
        });
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
