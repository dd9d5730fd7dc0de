//! Copies of packages on disk: crates, `node_modules`, `site-packages`.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use licit_inventory::extract::cargo_toml::CargoToml;
use licit_inventory::extract::package_json::PackageJson;
use licit_inventory::extract::{Extractor, File};
use licit_inventory::installed::TEXT_LIMIT;
use licit_license::identify::identify;
use licit_license::store::Origin;
use licit_license::{Knowledge, Statement, conclude};
use licit_model::found::RawLicenseKind;
use licit_model::{Found, Location, Method, Purl, RawLicense};

use super::document;
use super::gather::Facts;
use crate::databases::file_name;

/// Bytes of a manifest.
const MANIFEST: u64 = 4 << 20;

/// Bytes that an archive may unpack to; the largest crates have a tenth of it.
const UNPACKED: u64 = 512 << 20;

/// Members of an archive that are looked at.
const MEMBERS: usize = 100_000;

/// License texts of one package that are read.
const TEXTS: usize = 16;

/// A copy that was met on a walk.
pub(super) enum Copy {
    /// The folder of a crate.
    Crate(PathBuf),
    /// A `.crate` archive.
    Archive(PathBuf),
    /// The folder of a package in `node_modules`.
    Npm(PathBuf),
    /// A `.dist-info` or `.egg-info`, folder or file.
    Python(PathBuf),
}

/// What a package's files say.
struct Read {
    purl: Purl,
    fields: Vec<RawLicense>,
    texts: Vec<(String, String)>,
    manifest: &'static str,
}

impl Copy {
    /// Whether an entry of a walk marks a copy.
    pub(super) fn at(entry: &walkdir::DirEntry) -> Option<Copy> {
        let name = entry.file_name().to_str()?;
        let path = entry.path();
        let (is_dir, is_file) = (entry.file_type().is_dir(), entry.file_type().is_file());
        let dir = path.parent()?;
        if is_file && name.ends_with(".crate") {
            return Some(Copy::Archive(path.to_path_buf()));
        }
        if is_file && name == "Cargo.toml" && is_registry_copy(dir) {
            return Some(Copy::Crate(dir.to_path_buf()));
        }
        if is_file && name == "package.json" && is_installed(dir) {
            return Some(Copy::Npm(dir.to_path_buf()));
        }
        let metadata = (is_dir && name.ends_with(".dist-info")) || name.ends_with(".egg-info");
        (metadata && (is_dir || is_file)).then(|| Copy::Python(path.to_path_buf()))
    }

    /// What the counts call it.
    pub(super) fn form(&self) -> &'static str {
        match self {
            Copy::Crate(_) | Copy::Archive(_) => "crates",
            Copy::Npm(_) => "node_modules",
            Copy::Python(_) => "site-packages",
        }
    }

    /// What problems call it.
    pub(super) fn shown(&self) -> String {
        let (Copy::Crate(path) | Copy::Archive(path) | Copy::Npm(path) | Copy::Python(path)) = self;
        file_name(path)
    }

    /// Reads it.
    pub(super) fn read(&self) -> Result<Facts, String> {
        match self {
            Copy::Archive(path) => archive(path),
            Copy::Crate(dir) => {
                let (purl, fields) =
                    manifest(&CargoToml, "Cargo.toml", &text(&dir.join("Cargo.toml"), MANIFEST)?)?;
                let mut texts = texts_in(dir);
                // A field may point at a file of any name.
                for field in fields.iter().filter(|f| f.kind == RawLicenseKind::File && is_inside(&f.text)) {
                    if texts.iter().all(|(name, _)| *name != field.text) {
                        texts.extend(license(&dir.join(&field.text), &field.text));
                    }
                }
                Ok(said(Read { purl, fields, texts, manifest: "Cargo.toml" }))
            }
            Copy::Npm(dir) => {
                let name = "package.json";
                let (purl, fields) = manifest(&PackageJson, name, &text(&dir.join(name), MANIFEST)?)?;
                Ok(said(Read { purl, fields, texts: texts_in(dir), manifest: name }))
            }
            Copy::Python(path) => python(path),
        }
    }
}

/// An unpacked crate of a registry, or a vendored one. Those of repositories have the same marks and no checksum.
fn is_registry_copy(dir: &Path) -> bool {
    if dir.join(".cargo-ok").is_file() {
        return !dir.components().any(|c| c.as_os_str() == "checkouts");
    }
    let sums = text(&dir.join(".cargo-checksum.json"), 64 << 20).ok();
    let sums: Option<serde_json::Value> = sums.and_then(|s| serde_json::from_str(&s).ok());
    sums.is_some_and(|s| s.get("package").is_some_and(serde_json::Value::is_string))
}

/// `node_modules/name` or `node_modules/@scope/name`.
fn is_installed(dir: &Path) -> bool {
    let above =
        |path: &Path| path.parent().and_then(Path::file_name).map(|n| n.to_string_lossy().into_owned());
    match above(dir) {
        Some(name) if name == "node_modules" => true,
        Some(name) if name.starts_with('@') => {
            dir.parent().and_then(above).is_some_and(|name| name == "node_modules")
        }
        _ => false,
    }
}

fn is_inside(path: &str) -> bool {
    !Path::new(path).is_absolute() && !path.split(['/', '\\']).any(|p| p == "..")
}

/// Names under which license texts lie beside a package.
fn is_license(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    let stems = ["LICENSE", "LICENCE", "COPYING", "UNLICENSE"];
    let source = [".rs", ".js", ".ts", ".py", ".json"].iter().any(|e| name.to_ascii_lowercase().ends_with(e));
    !source && stems.iter().any(|stem| upper.starts_with(stem) || upper.ends_with(&format!("-{stem}")))
}

fn text(path: &Path, limit: u64) -> Result<String, String> {
    let file = std::fs::File::open(path).map_err(|e| e.to_string())?;
    let mut bytes = Vec::new();
    file.take(limit).read_to_end(&mut bytes).map_err(|e| e.to_string())?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn license(path: &Path, name: &str) -> Option<(String, String)> {
    let plain = std::fs::symlink_metadata(path).is_ok_and(|m| m.is_file());
    plain.then(|| text(path, TEXT_LIMIT as u64).ok()).flatten().map(|text| (name.to_string(), text))
}

/// The license texts of a folder, by name.
fn texts_in(dir: &Path) -> Vec<(String, String)> {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.filter_map(|e| e.file_name().into_string().ok()).collect();
    names.retain(|name| is_license(name));
    names.sort();
    names.iter().take(TEXTS).filter_map(|name| license(&dir.join(name), name)).collect()
}

/// Who a manifest is about and what it says of the license.
fn manifest(reader: &dyn Extractor, name: &str, content: &str) -> Result<(Purl, Vec<RawLicense>), String> {
    let mut found = Found::new(name, reader.name());
    reader.extract(&File::new(name, content.as_bytes()), &mut found);
    let own = found.manifest.map(|m| m.package);
    let own = own.filter(|p| !p.purl.name.is_empty() && !p.purl.version().is_empty());
    let own = own.ok_or_else(|| format!("{name} has no name and version that can be read"))?;
    Ok((own.purl, own.licenses))
}

/// A `.crate` archive: its manifest and license texts are read in memory, and nothing is unpacked.
pub(super) fn archive(path: &Path) -> Result<Facts, String> {
    let file = std::fs::File::open(path).map_err(|e| e.to_string())?;
    let unpacked = flate2::read::GzDecoder::new(std::io::BufReader::new(file)).take(UNPACKED);
    let mut archive = tar::Archive::new(unpacked);
    let (mut content, mut texts) = (None, Vec::new());
    let entries = archive.entries().map_err(|e| e.to_string())?;
    for entry in entries.take(MEMBERS) {
        let entry = entry.map_err(|e| format!("the archive is damaged: {e}"))?;
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let path = entry.path().map_err(|e| e.to_string())?.into_owned();
        // `name-version/file`; what lies deeper belongs to something else.
        let mut parts = path.iter();
        let (Some(_), Some(name), None) = (parts.next(), parts.next().and_then(|n| n.to_str()), parts.next())
        else {
            continue;
        };
        let name = name.to_string();
        let limit = if name == "Cargo.toml" { MANIFEST } else { TEXT_LIMIT as u64 };
        if name == "Cargo.toml" || (is_license(&name) && texts.len() < TEXTS) {
            let mut bytes = Vec::new();
            entry.take(limit).read_to_end(&mut bytes).map_err(|e| format!("the archive is damaged: {e}"))?;
            let text = String::from_utf8_lossy(&bytes).into_owned();
            if name == "Cargo.toml" { content = Some(text) } else { texts.push((name, text)) }
        }
    }
    let content = content.ok_or("the archive has no Cargo.toml where a crate has it")?;
    texts.sort();
    let (purl, fields) = manifest(&CargoToml, "Cargo.toml", &content)?;
    Ok(said(Read { purl, fields, texts, manifest: "Cargo.toml" }))
}

/// A Python distribution. One that was installed from somewhere else than an index says so in a file.
fn python(path: &Path) -> Result<Facts, String> {
    if path.join("direct_url.json").is_file() {
        return Ok(Facts { silent: 1, ..Facts::default() });
    }
    let file = ["METADATA", "PKG-INFO"].into_iter().map(|n| path.join(n)).find(|p| p.is_file());
    if file.is_none() && path.is_dir() {
        return Err("it has neither METADATA nor PKG-INFO".to_string());
    }
    let content = text(&file.unwrap_or_else(|| path.to_path_buf()), MANIFEST)?;
    let mut read = headers(&content).ok_or("its metadata has no name and version")?;
    if path.is_dir() {
        read.texts.extend(texts_in(path));
        read.texts.extend(texts_in(&path.join("licenses")));
    }
    Ok(said(read))
}

/// The headers of a distribution's metadata; an expression rules out the older fields.
fn headers(metadata: &str) -> Option<Read> {
    let mut unfolded: Vec<(String, String)> = Vec::new();
    for line in metadata.lines().take_while(|line| !line.trim_end().is_empty()) {
        if let (true, Some((_, value))) = (line.starts_with([' ', '\t']), unfolded.last_mut()) {
            if value.len() < TEXT_LIMIT {
                value.push('\n');
                value.push_str(line.trim_start().trim_start_matches('|'));
            }
        } else if let Some((key, value)) = line.split_once(':') {
            unfolded.push((key.to_ascii_lowercase(), value.trim().to_string()));
        }
    }
    let get = |key: &str| unfolded.iter().find(|(k, v)| k == key && !v.is_empty()).map(|(_, v)| v.as_str());
    let purl = Purl::pypi(get("name")?, get("version")?);
    let raw = |text: &str, kind| RawLicense { text: text.to_string(), kind, line: None };
    let mut read = Read { purl, fields: Vec::new(), texts: Vec::new(), manifest: "METADATA" };
    if let Some(expression) = get("license-expression") {
        read.fields.push(raw(expression, RawLicenseKind::Expression));
        return Some(read);
    }
    match get("license").filter(|l| !l.eq_ignore_ascii_case("unknown")) {
        Some(text) if text.contains('\n') || text.len() > 200 => {
            read.texts.push(("METADATA".to_string(), text.to_string()));
        }
        Some(words) => read.fields.push(raw(words, RawLicenseKind::Expression)),
        None => {}
    }
    let classifiers = unfolded.iter().filter(|(k, v)| k == "classifier" && v.starts_with("License ::"));
    read.fields.extend(classifiers.map(|(_, v)| raw(v, RawLicenseKind::Classifier)));
    Some(read)
}

/// What a copy says, concluded as a scan concludes: a text that changes the license that the manifest names overrules it.
fn said(read: Read) -> Facts {
    let field = |raw: &RawLicense| Statement::Field {
        method: Method::InstalledManifest,
        location: Location::new(read.manifest, raw.line),
        text: raw.text.clone(),
        kind: raw.kind,
    };
    let text = |(name, text): &(String, String)| Statement::Text {
        location: Location::new(name.clone(), None),
        begins: text.chars().take(200).collect(),
        identified: Arc::new(identify(text)),
    };
    let fields = read.fields.iter().map(field);
    let statements: Vec<Statement> = fields.chain(read.texts.iter().map(text)).collect();
    let licenses = conclude(&statements, Knowledge::embedded());
    let mut facts = Facts::default();
    let kept = document::fields(&licenses);
    if kept.is_empty() {
        facts.silent += 1;
    }
    for (field, by_text) in kept {
        let (origin, source) =
            if by_text { (Origin::Text, "license text") } else { (Origin::Manifest, read.manifest) };
        facts.say(Some(read.purl.clone()), Some(field), origin, source);
    }
    facts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(read: Read) -> Vec<String> {
        said(read).facts.iter().map(|f| format!("{} {} ({})", f.purl, f.field, f.source)).collect()
    }

    #[test]
    fn python_headers_in_all_their_ages() {
        let of = |text: &str| lines(headers(text).unwrap());
        let expression =
            "Name: A_b\nVersion: 1\nLicense-Expression: MIT OR ISC\nLicense: GPL\n\nLicense: body";
        assert_eq!(of(expression), ["pkg:pypi/a-b@1 MIT OR ISC (METADATA)"]);
        let classifier =
            "Name: a\nVersion: 1\nLicense: UNKNOWN\nClassifier: License :: OSI Approved :: MIT License\n";
        assert_eq!(of(classifier), ["pkg:pypi/a@1 MIT (METADATA)"]);
        assert!(headers("Name: a\n").is_none());
        assert!(of("Name: a\nVersion: 1\n").is_empty());
    }

    #[test]
    fn names_of_license_texts() {
        for name in ["LICENSE", "LICENSE-MIT", "license.txt", "COPYING.LESSER", "MIT-LICENSE", "UNLICENSE"] {
            assert!(is_license(name), "{name}");
        }
        for name in ["license.rs", "licenses.json", "README", "src"] {
            assert!(!is_license(name), "{name}");
        }
    }
}
