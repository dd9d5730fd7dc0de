//! Package URLs: parsing, building and the per-type rules of the purl specification.
//!
//! Written here and not taken from a library because identity is the core of an SBOM, and the official suite
//! (run by `tests/suite`) is stricter than the libraries of the day about types.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

/// A package URL in canonical form.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Purl {
    /// Lower-case type, such as `cargo`.
    pub kind: Cow<'static, str>,
    /// Decoded, segments joined with `/`.
    pub namespace: Option<String>,
    /// Decoded.
    pub name: String,
    /// Decoded.
    pub version: Option<String>,
    /// Decoded, sorted by key.
    pub qualifiers: BTreeMap<String, String>,
    /// Decoded, segments joined with `/`.
    pub subpath: Option<String>,
}

/// Why a text is no package URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PurlError(pub &'static str);

impl fmt::Display for PurlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not a package URL: {}", self.0)
    }
}

impl std::error::Error for PurlError {}

impl Purl {
    /// A crate.
    pub fn cargo(name: &str, version: &str) -> Self {
        Purl::plain("cargo", None, name, version)
    }

    /// An npm package; `name` may carry its `@scope/`.
    pub fn npm(name: &str, version: &str) -> Self {
        match name.split_once('/') {
            Some((scope, rest)) if scope.starts_with('@') => Purl::plain("npm", Some(scope), rest, version),
            _ => Purl::plain("npm", None, name, version),
        }
    }

    /// A Python distribution; the name is brought to the form of PEP 503.
    pub fn pypi(name: &str, version: &str) -> Self {
        Purl::plain("pypi", None, name, version)
    }

    /// A Go module; everything before the last `/` is the namespace.
    pub fn golang(module: &str, version: &str) -> Self {
        match module.rsplit_once('/') {
            Some((namespace, name)) => Purl::plain("golang", Some(namespace), name, version),
            None => Purl::plain("golang", None, module, version),
        }
    }

    /// A Maven artifact; `name` is `group:artifact`, or the artifact alone.
    pub fn maven(name: &str, version: &str) -> Self {
        match name.split_once(':') {
            Some((group, artifact)) => Purl::plain("maven", Some(group), artifact, version),
            None => Purl::plain("maven", None, name, version),
        }
    }

    /// A .NET package.
    pub fn nuget(name: &str, version: &str) -> Self {
        Purl::plain("nuget", None, name, version)
    }

    /// A Ruby gem.
    pub fn gem(name: &str, version: &str) -> Self {
        Purl::plain("gem", None, name, version)
    }

    /// A PHP package; `name` is `vendor/package`.
    pub fn composer(name: &str, version: &str) -> Self {
        match name.split_once('/') {
            Some((vendor, package)) => Purl::plain("composer", Some(vendor), package, version),
            None => Purl::plain("composer", None, name, version),
        }
    }

    /// A package of a type without a constructor of its own; everything before the last `/` is the namespace.
    pub fn named(kind: &'static str, name: &str, version: &str) -> Self {
        match name.rsplit_once('/') {
            Some((namespace, name)) => Purl::plain(kind, Some(namespace), name, version),
            None => Purl::plain(kind, None, name, version),
        }
    }

    fn plain(kind: &'static str, namespace: Option<&str>, name: &str, version: &str) -> Self {
        let mut purl = Purl {
            kind: Cow::Borrowed(kind),
            namespace: namespace.map(str::to_string),
            name: name.to_string(),
            version: (!version.is_empty()).then(|| version.to_string()),
            qualifiers: BTreeMap::new(),
            subpath: None,
        };
        purl.normalize();
        purl
    }

    /// The same package with a qualifier; an empty value adds nothing.
    pub fn with(mut self, key: &str, value: &str) -> Self {
        if !value.is_empty() {
            self.qualifiers.insert(key.to_ascii_lowercase(), value.to_string());
        }
        self
    }

    /// Namespace and name as the ecosystem writes them: `@scope/name`, `host/owner/module`.
    pub fn full_name(&self) -> String {
        match &self.namespace {
            Some(namespace) => format!("{namespace}/{}", self.name),
            None => self.name.clone(),
        }
    }

    /// The version, or an empty text.
    pub fn version(&self) -> &str {
        self.version.as_deref().unwrap_or("")
    }

    /// Builds from parts and checks them by the rules of the type.
    pub fn build(
        kind: &str,
        namespace: Option<&str>,
        name: &str,
        version: Option<&str>,
        qualifiers: &[(String, String)],
        subpath: Option<&str>,
    ) -> Result<Self, PurlError> {
        check_type(kind)?;
        let mut map = BTreeMap::new();
        for (key, value) in qualifiers {
            check_key(key)?;
            if !value.is_empty() && map.insert(key.to_ascii_lowercase(), value.clone()).is_some() {
                return Err(PurlError("a qualifier is given twice"));
            }
        }
        let segments = |text: &str| -> Option<String> {
            let joined = text.split('/').filter(|s| !s.is_empty()).collect::<Vec<_>>().join("/");
            (!joined.is_empty()).then_some(joined)
        };
        let mut purl = Purl {
            kind: Cow::Owned(kind.to_ascii_lowercase()),
            namespace: namespace.and_then(segments),
            name: name.trim_matches('/').to_string(),
            version: version.filter(|v| !v.is_empty()).map(str::to_string),
            qualifiers: map,
            subpath: subpath.and_then(|s| {
                let kept: Vec<&str> = s.split('/').filter(|p| !matches!(*p, "" | "." | "..")).collect();
                (!kept.is_empty()).then(|| kept.join("/"))
            }),
        };
        if purl.name.is_empty() {
            return Err(PurlError("the name is missing"));
        }
        purl.normalize();
        purl.check()?;
        Ok(purl)
    }

    /// Parses and brings to canonical form.
    pub fn parse(text: &str) -> Result<Self, PurlError> {
        let (rest, subpath) = match text.rsplit_once('#') {
            Some((rest, subpath)) => (rest, Some(decode_segments(subpath)?)),
            None => (text, None),
        };
        let (rest, query) = match rest.split_once('?') {
            Some((rest, query)) => (rest, Some(query)),
            None => (rest, None),
        };
        let (scheme, rest) = rest.split_once(':').ok_or(PurlError("it does not begin with `pkg:`"))?;
        if !scheme.eq_ignore_ascii_case("pkg") {
            return Err(PurlError("it does not begin with `pkg:`"));
        }
        let rest = rest.trim_matches('/');
        let (kind, rest) = rest.split_once('/').ok_or(PurlError("the name is missing"))?;
        let (path, version) = match rest.rfind('@') {
            // The `@` of an npm scope is no version mark.
            Some(at) if !rest[at..].contains('/') => (&rest[..at], Some(decode(&rest[at + 1..])?)),
            _ => (rest, None),
        };
        if path.is_empty() || path.ends_with('/') {
            return Err(PurlError("the name is missing"));
        }
        // A git host names its repositories by a path; only the host is the namespace.
        let split =
            if kind.eq_ignore_ascii_case("git") { path.split_once('/') } else { path.rsplit_once('/') };
        let (namespace, name) = match split {
            Some((namespace, name)) if kind.eq_ignore_ascii_case("git") => {
                (Some(decode_segments(namespace)?), decode_segments(name)?)
            }
            Some((namespace, name)) => (Some(decode_segments(namespace)?), decode(name)?),
            None => (None, decode(path)?),
        };
        let mut qualifiers = Vec::new();
        for pair in query.unwrap_or("").split('&').filter(|p| !p.is_empty()) {
            let (key, value) = pair.split_once('=').ok_or(PurlError("a qualifier has no value"))?;
            qualifiers.push((key.to_string(), decode(value)?));
        }
        Purl::build(kind, namespace.as_deref(), &name, version.as_deref(), &qualifiers, subpath.as_deref())
    }

    /// Brings namespace, name and version to the canonical spelling of the type.
    fn normalize(&mut self) {
        let lower = |s: &mut String| *s = s.to_lowercase();
        let lower_option = |s: &mut Option<String>| {
            if let Some(s) = s {
                *s = s.to_lowercase();
            }
        };
        match self.kind.as_ref() {
            "alpm" | "apk" | "bitbucket" | "brew" | "composer" | "deb" | "github" | "gitlab" | "hex"
            | "qpkg" => {
                lower_option(&mut self.namespace);
                if self.kind != "qpkg" {
                    lower(&mut self.name);
                }
            }
            "rpm" => lower_option(&mut self.namespace),
            "bitnami" | "oci" | "otp" | "pub" => lower(&mut self.name),
            "pypi" => {
                lower(&mut self.name);
                // PEP 503, runs of separators folded.
                let mut name = String::with_capacity(self.name.len());
                for c in self.name.chars() {
                    let c = if matches!(c, '_' | '.' | '-') { '-' } else { c };
                    if c != '-' || !name.ends_with('-') {
                        name.push(c);
                    }
                }
                self.name = name;
            }
            "huggingface" => lower_option(&mut self.version),
            "vscode-extension" => {
                lower_option(&mut self.namespace);
                lower(&mut self.name);
                lower_option(&mut self.version);
            }
            "luarocks" => {
                lower_option(&mut self.namespace);
                lower(&mut self.name);
                lower_option(&mut self.version);
            }
            "mlflow" if self.qualifiers.get("repository_url").is_some_and(|u| u.contains("databricks")) => {
                lower(&mut self.name);
            }
            _ => {}
        }
    }

    /// The rules of the type that a value can break.
    fn check(&self) -> Result<(), PurlError> {
        let needs_namespace = |yes: bool| match (yes, &self.namespace) {
            (true, None) => Err(PurlError("this type needs a namespace")),
            (false, Some(_)) => Err(PurlError("this type has no namespace")),
            _ => Ok(()),
        };
        match self.kind.as_ref() {
            "alpm" | "apk" | "bitbucket" | "composer" | "deb" | "github" | "maven" | "qpkg" | "rpm"
            | "swift" | "vscode-extension" => needs_namespace(true),
            "bazel" | "bitnami" | "cargo" | "chrome-extension" | "cocoapods" | "conda" | "cran" | "gem"
            | "hackage" | "julia" | "mlflow" | "nuget" | "oci" | "opam" | "otp" | "pub" | "pypi"
            | "vcpkg" => needs_namespace(false),
            _ => Ok(()),
        }?;
        match self.kind.as_ref() {
            "cpan" => {
                if self.name.contains("::") {
                    return Err(PurlError("cpan names a distribution, not a module"));
                }
                if self.namespace.as_ref().is_some_and(|n| n.to_uppercase() != *n) {
                    return Err(PurlError("a CPAN author is written in upper case"));
                }
            }
            "chrome-extension"
                if self.name.len() != 32 || !self.name.bytes().all(|b| b.is_ascii_lowercase()) =>
            {
                return Err(PurlError("an extension id has 32 lower-case letters"));
            }
            "chrome-extension"
                if self.version.as_ref().is_some_and(|v| {
                    v.split('.').count() > 4 || !v.split('.').all(|p| p.parse::<u32>().is_ok())
                }) =>
            {
                return Err(PurlError("an extension's version has one to four numbers"));
            }
            "cran" | "swift" if self.version.is_none() => return Err(PurlError("this type needs a version")),
            "julia" if !self.qualifiers.contains_key("uuid") => return Err(PurlError("julia needs a uuid")),
            "swid" if !self.qualifiers.contains_key("tag_id") => {
                return Err(PurlError("swid needs a tag_id"));
            }
            "otp" if self.name.contains(char::is_whitespace) => return Err(PurlError("a blank in the name")),
            "pub" if !self.name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') => {
                return Err(PurlError("a pub name has letters, digits and underscores only"));
            }
            _ => {}
        }
        Ok(())
    }
}

impl fmt::Display for Purl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pkg:{}/", self.kind)?;
        if let Some(namespace) = &self.namespace {
            for segment in namespace.split('/') {
                encode(f, segment, "")?;
                f.write_str("/")?;
            }
        }
        encode(f, &self.name, if self.kind == "git" { "/" } else { "" })?;
        if let Some(version) = &self.version {
            f.write_str("@")?;
            encode(f, version, "")?;
        }
        for (i, (key, value)) in self.qualifiers.iter().enumerate() {
            write!(f, "{}{key}=", if i == 0 { '?' } else { '&' })?;
            encode(f, value, "")?;
        }
        if let Some(subpath) = &self.subpath {
            for (i, segment) in subpath.split('/').enumerate() {
                f.write_str(if i == 0 { "#" } else { "/" })?;
                encode(f, segment, "")?;
            }
        }
        Ok(())
    }
}

fn check_type(kind: &str) -> Result<(), PurlError> {
    let good = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-');
    if kind.is_empty() || kind.as_bytes()[0].is_ascii_digit() || !kind.bytes().all(good) {
        return Err(PurlError("the type may hold letters, digits, `.` and `-` and begins with a letter"));
    }
    Ok(())
}

fn check_key(key: &str) -> Result<(), PurlError> {
    let good = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
    // The suite refuses `Platform` and folds `repositorY_url`, so a capital is only refused where a key begins.
    if key.is_empty()
        || key.as_bytes()[0].is_ascii_uppercase()
        || key.as_bytes()[0].is_ascii_digit()
        || !key.bytes().all(good)
    {
        return Err(PurlError(
            "a qualifier's key begins with a small letter and may hold letters, digits, `.`, `-` and `_`",
        ));
    }
    Ok(())
}

/// Percent-encodes all but the unreserved characters and `:`.
fn encode(f: &mut fmt::Formatter<'_>, text: &str, also: &str) -> fmt::Result {
    use fmt::Write as _;
    for &b in text.as_bytes() {
        let c = char::from(b);
        if b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~' | b':') || also.contains(c) {
            f.write_char(c)?;
        } else {
            write!(f, "%{b:02X}")?;
        }
    }
    Ok(())
}

fn decode(text: &str) -> Result<String, PurlError> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while i < bytes.len() {
        let hex = |at: usize| bytes.get(at).and_then(|b| char::from(*b).to_digit(16));
        match (bytes[i], hex(i + 1), hex(i + 2)) {
            (b'%', Some(high), Some(low)) => {
                out.push((high * 16 + low) as u8);
                i += 3;
            }
            (b, ..) => {
                out.push(b);
                i += 1;
            }
        }
    }
    String::from_utf8(out).map_err(|_| PurlError("it is not UTF-8 after decoding"))
}

fn decode_segments(text: &str) -> Result<String, PurlError> {
    let mut parts = Vec::new();
    for segment in text.split('/').filter(|s| !s.is_empty()) {
        parts.push(decode(segment)?);
    }
    Ok(parts.join("/"))
}
