//! `.terraform.lock.hcl` and `*.tf`: providers and modules of Terraform and OpenTofu.

use std::ops::Range;

use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Hash, Purl, Requirement, Scope, Source};

use super::lexer::{Kind, Syntax, Tokens};
use super::names::Names;
use super::npm::assembly::Assembly;
use super::npm::origin::Origin;
use super::requirement::{asked, manifest};
use super::{Extractor, File, repository};

const HCL: Syntax = Syntax {
    comments: &["#", "//"],
    blocks: &[("/*", "*/")],
    quotes: &[("\"", "\"", true, false)],
    word: "-",
    inside: "${",
    heredocs: true,
};

/// The value of `key = …` at the outermost level of a range, as a range of tokens.
fn value(tokens: &Tokens<'_>, range: Range<usize>, key: &str) -> Option<Range<usize>> {
    let mut at = range.start;
    while at < range.end {
        let token = tokens.at(at)?;
        if token.value() == Some(key) && tokens.at(at + 1).is_some_and(|t| t.is('=') || t.is(':')) {
            let from = at + 2;
            let end = match tokens.at(from).map(|t| &t.kind) {
                Some(Kind::Mark('{' | '[' | '(')) => tokens.close(from) + 1,
                _ => from + 1,
            };
            return Some(from..end.min(range.end));
        }
        at = match token.kind {
            Kind::Mark('{' | '[' | '(') => tokens.close(at) + 1,
            _ => at + 1,
        };
    }
    None
}

fn text<'t>(tokens: &'t Tokens<'_>, range: Range<usize>, key: &str) -> Option<(&'t str, u32)> {
    let value = value(tokens, range, key)?;
    let token = tokens.at(value.start)?;
    Some((token.text()?, token.line))
}

/// Reads `.terraform.lock.hcl`.
pub struct TerraformLock;

impl Extractor for TerraformLock {
    fn name(&self) -> &'static str {
        "terraform-lock"
    }

    fn files(&self) -> &'static [&'static str] {
        &[".terraform.lock.hcl"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(source) = file.text(found) else { return };
        let tokens = Tokens::read(source, &HCL);
        tokens.report(found);
        let mut assembly = Assembly::new(found);
        let mut names = Names::default();
        for (at, token) in tokens.all.iter().enumerate() {
            let address = tokens.at(at + 1).and_then(|t| t.text());
            let (Some("provider"), Some(address), true) =
                (token.word(), address, tokens.at(at + 2).is_some_and(|t| t.is('{')))
            else {
                continue;
            };
            let body = tokens.inside(at + 2);
            let Some((version, _)) = text(&tokens, body.clone(), "version") else {
                assembly.found.lost(
                    Some(token.line),
                    format!("the provider `{address}` has no version and was left out"),
                );
                continue;
            };
            let mut package = FoundPackage::new(Purl::named("terraform", address, version), Some(token.line));
            package.source = Source::Registry(None);
            if let Some((range, _)) = text(&tokens, body.clone(), "constraints") {
                package.requested = Some(range.to_string());
            }
            // `zh:` is the checksum of one platform's archive; `h1:` is that of what is in it.
            let hashes = value(&tokens, body, "hashes").into_iter().flat_map(|list| tokens.texts(list));
            let zips =
                hashes.filter_map(|(hash, _)| repository::checksum("sha256", hash.strip_prefix("zh:")?));
            package.hashes = zips.collect::<Vec<Hash>>();
            let index = assembly.third_party(package);
            names.add(&short(address), index);
        }
        if !found.packages.is_empty() {
            let why = "the lock of Terraform holds every provider; modules are not locked";
            found.lock(Ecosystem::Terraform, GraphDepth::Flat, why);
            names.keys(found);
        } else if !tokens.all.is_empty() && found.problems.is_empty() {
            found.lost(Some(1), "no provider was found in it");
        }
    }
}

/// Owner and name without the registry's host.
fn short(address: &str) -> String {
    let parts: Vec<&str> = address.split('/').collect();
    match parts.as_slice() {
        [host, owner, name] if host.contains('.') => format!("{owner}/{name}"),
        [name] => format!("hashicorp/{name}"),
        _ => address.to_string(),
    }
}

/// Reads the configuration: which providers and modules it asks for.
pub struct TerraformFiles;

impl Extractor for TerraformFiles {
    fn name(&self) -> &'static str {
        "terraform-files"
    }

    fn files(&self) -> &'static [&'static str] {
        &["*.tf", "*.tofu"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(source) = file.text(found) else { return };
        if !source.contains("required_providers") && !source.contains("module") {
            return;
        }
        let tokens = Tokens::read(source, &HCL);
        tokens.report(found);
        let mut own = manifest(Ecosystem::Terraform, "", "", None);
        for (at, token) in tokens.all.iter().enumerate() {
            let open = |i: usize| tokens.at(at + i).is_some_and(|t| t.is('{'));
            match token.word() {
                Some("required_providers") if open(1) => {
                    providers(&tokens, tokens.inside(at + 1), &mut own.requirements);
                }
                Some("module") if open(2) && tokens.at(at + 1).is_some_and(|t| t.text().is_some()) => {
                    let body = tokens.inside(at + 2);
                    let Some((place, line)) = text(&tokens, body.clone(), "source") else { continue };
                    let range = text(&tokens, body, "version").map_or("", |(range, _)| range);
                    own.requirements.extend(module(place, range, line));
                }
                _ => {}
            }
        }
        if !own.requirements.is_empty() {
            found.manifest(Ecosystem::Terraform, own);
        }
    }
}

/// A bare version is a pin to Terraform.
fn pin(range: &str) -> String {
    let range = range.trim();
    let bare = range.strip_prefix('=').unwrap_or(range).trim();
    if bare.starts_with(|c: char| c.is_ascii_digit()) && !bare.contains(',') {
        format!("=={bare}")
    } else {
        range.to_string()
    }
}

fn providers(tokens: &Tokens<'_>, body: Range<usize>, all: &mut Vec<Requirement>) {
    let mut at = body.start;
    while at < body.end {
        let Some(token) = tokens.at(at) else { break };
        let assigned = tokens.at(at + 1).is_some_and(|t| t.is('='));
        match (token.value(), assigned, tokens.at(at + 2).map(|t| &t.kind)) {
            (Some(name), true, Some(Kind::Mark('{'))) => {
                let inner = tokens.inside(at + 2);
                let address = text(tokens, inner.clone(), "source").map_or(name, |(s, _)| s);
                let range = text(tokens, inner, "version").map_or("", |(v, _)| v);
                all.push(asked(&short(address), &pin(range), Scope::Runtime, Some(token.line)));
                at = tokens.close(at + 2) + 1;
            }
            // The form from before version 0.13.
            (Some(name), true, Some(Kind::Text(range))) => {
                all.push(asked(&short(name), &pin(range), Scope::Runtime, Some(token.line)));
                at += 3;
            }
            _ if token.is('{') || token.is('[') => at = tokens.close(at) + 1,
            _ => at += 1,
        }
    }
}

/// A module of a registry, of a repository, from an address; those in folders beside it are the project's own.
fn module(place: &str, range: &str, line: u32) -> Option<Requirement> {
    let line = Some(line);
    if place.starts_with("./") || place.starts_with("../") || place.starts_with('/') {
        return None;
    }
    if place.contains("${") {
        return None;
    }
    let forced = place.strip_prefix("git::").or_else(|| place.strip_prefix("hg::"));
    let hosted = ["github.com/", "bitbucket.org/", "git@"].iter().any(|host| place.starts_with(host));
    if forced.is_some() || hosted {
        let place = forced.unwrap_or(place);
        let (address, query) = place.split_once('?').unwrap_or((place, ""));
        let rev = query.split('&').find_map(|pair| pair.strip_prefix("ref=")).unwrap_or("");
        // Behind a double slash stands the folder in the repository.
        let skip = address.find("://").map_or(0, |at| at + 3);
        let repo = match address.get(skip..).and_then(|rest| rest.find("//")) {
            Some(at) => address.get(..skip + at).unwrap_or(address),
            None => address,
        };
        let repo = if repo.contains("://") || repo.contains('@') {
            repo.to_string()
        } else {
            format!("https://{repo}")
        };
        let url = repository::address(&repo);
        let bare = repository::bare(&url);
        let name = bare.split_once('/').map_or(bare.as_str(), |(_, path)| path);
        let mut requirement = asked(name, "", Scope::Runtime, line);
        requirement.source = Origin::Git { url, rev: rev.to_string() }.source();
        return Some(requirement);
    }
    if place.contains("://") || place.starts_with("s3::") || place.starts_with("gcs::") {
        let url = place.split_once("::").map_or(place, |(_, url)| url);
        let name = repository::bare(url);
        let mut requirement = asked(name.rsplit('/').next()?, "", Scope::Runtime, line);
        requirement.source = Source::Url(super::npm::origin::without_credentials(url));
        return Some(requirement);
    }
    let name = place.split("//").next().unwrap_or(place);
    let parts = name.split('/').count();
    (3..=4).contains(&parts).then(|| asked(name, &pin(range), Scope::Runtime, line))
}
