//! Workflows and actions of GitHub: the actions, reusable workflows and images that they run.
//!
//! They build and test; nothing of them is in the product.

use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Purl, Scope, Source};

use super::dockerfile::image_of;
use super::npm::assembly::Assembly;
use super::yaml_keys::{self, Entry};
use super::{Extractor, File};

/// Reads workflows and `action.yml`.
pub struct GithubActions;

impl Extractor for GithubActions {
    fn name(&self) -> &'static str {
        "github-actions"
    }

    fn files(&self) -> &'static [&'static str] {
        &[
            "**/.github/workflows/*.yml",
            "**/.github/workflows/*.yaml",
            ".github/workflows/*.yml",
            ".github/workflows/*.yaml",
            "action.yml",
            "action.yaml",
        ]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(text) = file.text(found) else { return };
        let mut assembly = Assembly::new(found);
        let mut seen = false;
        yaml_keys::each(text, |entry| {
            seen |= matches!(entry.key, "jobs" | "runs") && entry.path.is_empty();
            match read(entry) {
                Some(Ok(mut package)) => {
                    package.scope = Some(Scope::Build);
                    package.direct = Some(true);
                    assembly.third_party(package);
                }
                Some(Err(problem)) => assembly.found.odd(Some(entry.line), problem),
                None => {}
            }
        });
        if !found.packages.is_empty() {
            let why = "a workflow names actions; what these run themselves stands in their own repositories";
            found.lock(Ecosystem::Githubactions, GraphDepth::DirectOnly, why);
        } else if !seen && !text.trim().is_empty() && runs_there(file.path()) {
            found.odd(Some(1), "neither jobs nor runs were found in it");
        }
    }
}

/// GitHub runs the workflows of one folder, and none of the folders below it.
fn runs_there(path: &str) -> bool {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    folder.ends_with(".github/workflows") || matches!(file_name(path), "action.yml" | "action.yaml")
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn read(entry: &Entry<'_, '_>) -> Option<Result<FoundPackage, String>> {
    let last = entry.path.last().copied();
    let job = entry.path.first() == Some(&"jobs");
    let computed = entry.value.contains("${{");
    match entry.key {
        "uses" if job || entry.path.first() == Some(&"runs") => {
            let value = entry.value.trim();
            // A path, or `$/` for the root of the repository that the workflow is called from.
            if value.is_empty() || ["./", "../", "$/"].iter().any(|local| value.starts_with(local)) {
                return None;
            }
            if let Some(image) = value.strip_prefix("docker://") {
                return image_of(image, entry.line).map(Ok);
            }
            Some(action(value, entry).ok_or_else(|| format!("`{value}` names no action and was left out")))
        }
        // The image of a job, of a service beside it, or of an action.
        "container" if job && entry.path.len() == 2 && !computed => image(entry),
        "image" if job && last == Some("container") && !computed => image(entry),
        "image" if job && entry.path.contains(&"services") && !computed => image(entry),
        "image" if entry.path == ["runs"] => {
            let image = entry.value.strip_prefix("docker://")?;
            image_of(image, entry.line).map(Ok)
        }
        _ => None,
    }
}

fn image(entry: &Entry<'_, '_>) -> Option<Result<FoundPackage, String>> {
    let value = entry.value.strip_prefix("docker://").unwrap_or(entry.value);
    if value.is_empty() { None } else { image_of(value, entry.line).map(Ok) }
}

/// `owner/name/path@ref`. A commit is the version; the release that the comment beside it names is what was asked for.
fn action(value: &str, entry: &Entry<'_, '_>) -> Option<FoundPackage> {
    let (place, reference) = value.rsplit_once('@')?;
    let mut parts = place.splitn(3, '/');
    let (owner, name, path) = (parts.next()?, parts.next()?, parts.next());
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if owner.is_empty()
        || name.is_empty()
        || reference.is_empty()
        || !owner.chars().chain(name.chars()).all(plain)
    {
        return None;
    }
    let mut purl = Purl::named("github", &format!("{owner}/{name}"), reference);
    purl.subpath = path.map(|p| p.trim_matches('/').to_string()).filter(|p| !p.is_empty());
    let mut package = FoundPackage::new(purl, Some(entry.line));
    package.source = Source::Git(format!("https://github.com/{owner}/{name}.git#{reference}"));
    let commit = reference.len() == 40 && reference.bytes().all(|b| b.is_ascii_hexdigit());
    if commit {
        let told =
            entry.comment.split_whitespace().map(|w| w.trim_start_matches("tag=").trim_end_matches(','));
        let version = |w: &&str| w.trim_start_matches('v').starts_with(|c: char| c.is_ascii_digit());
        package.requested = told.filter(|w| w.len() < 40).find(version).map(str::to_string);
    }
    Some(package)
}
