//! The metadata of one Python distribution: `METADATA` in `*.dist-info`, `PKG-INFO` in `*.egg-info` and at the top of a
//! source archive.

use licit_model::found::RawLicenseKind;
use licit_model::{Ecosystem, Found, GraphDepth, Manifest, RawLicense, Scope};

use super::python::{self, Dependency, marker};
use super::{Extractor, File};

/// Reads `METADATA` and `PKG-INFO`.
pub struct PythonMetadata;

impl Extractor for PythonMetadata {
    fn name(&self) -> &'static str {
        "python-metadata"
    }

    fn files(&self) -> &'static [&'static str] {
        &["METADATA", "PKG-INFO", "*.egg-info"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let text = String::from_utf8_lossy(file.bytes());
        // Bytes that are no text stand only behind the headers, in the description.
        let headers = headers(&text);
        let field =
            |key: &str| headers.iter().find(|h| h.name.eq_ignore_ascii_case(key) && !h.value.is_empty());
        let (Some(name), Some(version)) = (field("Name"), field("Version")) else {
            let meant = field("Metadata-Version").is_some();
            if meant || (!headers.is_empty() && file.path().contains("-info/")) {
                found.lost(Some(1), "the metadata has no name or no version; the distribution was left out");
            }
            return;
        };
        // Other programs call their files so, too.
        if field("Metadata-Version").is_none()
            && !file.path().contains("-info/")
            && !file.path().contains("-INFO/")
        {
            return;
        }
        if !python::is_name(&name.value) {
            found.lost(Some(name.line), "the name is none of a distribution; it was left out");
            return;
        }
        let mut package = python::package(
            &name.value,
            version.value.split_whitespace().next().unwrap_or(""),
            Some(name.line),
        );
        package.licenses = licenses(&headers);
        let mut asks = Manifest::new(package.clone());
        for header in headers.iter().filter(|h| h.name.eq_ignore_ascii_case("Requires-Dist")).take(5000) {
            let Some(dependency) = Dependency::parse(&header.value) else { continue };
            let scope = marker::scope(dependency.marker, &[]);
            asks.requirements.push(dependency.requirement(scope, Some(header.line)));
        }
        // What it asks for is joined with what lies beside it; see `environments`.
        asks.requirements.retain(|r| r.scope == Scope::Runtime);
        found.package(package);
        found.manifest = Some(asks);
        found.lock(Ecosystem::Pypi, GraphDepth::Flat, "the metadata of one distribution");
    }
}

struct Header {
    name: String,
    value: String,
    line: u32,
    /// Whether it goes on over further lines, as a whole license text does.
    folded: bool,
}

/// The headers. The description behind the first empty line is none of them.
fn headers(text: &str) -> Vec<Header> {
    let mut headers: Vec<Header> = Vec::new();
    for (line, raw) in (1u32..).zip(text.lines()) {
        if raw.is_empty() || headers.len() > 20_000 {
            break;
        }
        if raw.starts_with([' ', '\t']) {
            if let Some(header) = headers.last_mut() {
                header.folded = true;
            }
            continue;
        }
        let Some((name, value)) = raw.split_once(':') else { continue };
        headers.push(Header {
            name: name.trim().to_string(),
            value: value.trim().to_string(),
            line,
            folded: false,
        });
    }
    headers
}

fn licenses(headers: &[Header]) -> Vec<RawLicense> {
    let mut licenses: Vec<RawLicense> = Vec::new();
    for header in headers {
        let kind = match header.name.to_ascii_lowercase().as_str() {
            "license-expression" | "license" => RawLicenseKind::Expression,
            "classifier" if header.value.starts_with("License ::") => RawLicenseKind::Classifier,
            _ => continue,
        };
        let known = licenses.iter().any(|l| l.kind == kind && l.text == header.value);
        // A whole text is read where it lies as a text.
        let nothing =
            header.folded || header.value.is_empty() || header.value.eq_ignore_ascii_case("UNKNOWN");
        if !nothing && !known && licenses.len() < 50 {
            licenses.push(RawLicense { text: header.value.clone(), kind, line: Some(header.line) });
        }
    }
    licenses
}
