//! What the Python formats share: names by PEP 503, requirements by PEP 508, markers, addresses and hashes.

use licit_model::{FoundPackage, Hash, Purl, Requirement, Scope, Source};

pub mod address;
pub mod ini;
pub mod literal;
pub mod lock;
pub mod marker;
pub mod version;

pub use address::Address;
pub use version::{may_match, pinned};

/// Precedence of the lock that a project's own tool writes.
pub const LOCK: u8 = 3;
/// Precedence of a lock that is mostly written out from another one.
pub const EXPORTED_LOCK: u8 = 2;
/// Precedence of a requirements file: beside a lock it is the lock's input or its output.
pub const REQUIREMENTS: u8 = 1;

/// A name in the form of PEP 503, by which Python's tools compare names.
pub fn normal_name(name: &str) -> String {
    let mut normal = String::with_capacity(name.len());
    for c in name.trim().chars() {
        match c {
            '-' | '_' | '.' if normal.ends_with('-') => {}
            '-' | '_' | '.' => normal.push('-'),
            c => normal.extend(c.to_lowercase()),
        }
    }
    normal
}

/// Whether a text can be the name of a distribution: letters, digits and separators between them.
pub fn is_name(text: &str) -> bool {
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    edge(text.chars().next())
        && edge(text.chars().next_back())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

/// A requirement as PEP 508 writes it: `name[extra] >=1; marker` or `name @ address ; marker`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependency<'t> {
    /// By PEP 503.
    pub name: String,
    /// By PEP 503.
    pub extras: Vec<String>,
    /// Version specifiers without the parentheses of old metadata; empty where any version will do.
    pub range: &'t str,
    /// What stands behind the `@`.
    pub address: Option<&'t str>,
    /// The environment marker, not judged.
    pub marker: &'t str,
}

impl<'t> Dependency<'t> {
    /// Reads one requirement; nothing where the text is none.
    pub fn parse(text: &'t str) -> Option<Self> {
        let text = text.trim();
        let end =
            text.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c))).unwrap_or(text.len());
        let (name, rest) = text.split_at_checked(end)?;
        if !is_name(name) {
            return None;
        }
        let mut rest = rest.trim_start();
        let mut extras = Vec::new();
        if let Some(inside) = rest.strip_prefix('[') {
            let (list, behind) = inside.split_once(']')?;
            extras = list.split(',').map(normal_name).filter(|e| !e.is_empty()).collect();
            rest = behind.trim_start();
        }
        let name = normal_name(name);
        if let Some(address) = rest.strip_prefix('@') {
            // A `;` may be part of an address; only one behind a blank begins the marker.
            let (address, marker) = address.split_once(" ;").unwrap_or((address, ""));
            let address = address.trim();
            let good = !address.is_empty() && !address.contains(char::is_whitespace);
            let dependency =
                Dependency { name, extras, range: "", address: Some(address), marker: marker.trim() };
            return good.then_some(dependency);
        }
        let (range, marker) = rest.split_once(';').unwrap_or((rest, ""));
        let range = range.trim();
        let range = range.strip_prefix('(').and_then(|r| r.strip_suffix(')')).unwrap_or(range).trim();
        if !(range.is_empty() || version::is_range(range)) {
            return None;
        }
        Some(Dependency { name, extras, range, address: None, marker: marker.trim() })
    }

    /// As a manifest's requirement. An extra in the marker makes it optional.
    pub fn requirement(&self, scope: Scope, line: Option<u32>) -> Requirement {
        let mut requirement =
            requirement(&self.name, self.range, scope.then(marker::scope(self.marker, &[])), line);
        if let Some(address) = self.address {
            Address::parse(address).locate(&mut requirement);
        }
        requirement
    }
}

/// A requirement from the usual registry; `*` is how Poetry and Pipenv write that any version will do.
pub fn requirement(name: &str, range: &str, scope: Scope, line: Option<u32>) -> Requirement {
    Requirement {
        name: normal_name(name),
        alias: None,
        range: if range.trim() == "*" { String::new() } else { range.to_string() },
        scope,
        line,
        path: None,
        source: Source::Registry(None),
        inherited: false,
    }
}

/// A package from the usual registry.
pub fn package(name: &str, version: &str, line: Option<u32>) -> FoundPackage {
    let mut package = FoundPackage::new(Purl::pypi(&normal_name(name), version), line);
    package.source = Source::Registry(None);
    package
}

/// The project's own package of a folder relative to the file's folder; its name may be empty.
pub fn own_package(name: &str, version: &str, dir: &str, line: Option<u32>) -> FoundPackage {
    let mut package = package(name, version, line);
    let dir = own_dir(dir);
    package.source = Source::Path(dir.clone());
    package.first_party = true;
    package.dir = Some(dir);
    package
}

/// A folder as [`FoundPackage::dir`] wants it: `/` between the parts, no `.` and `""` for the same folder.
pub fn own_dir(dir: &str) -> String {
    let dir = dir.replace('\\', "/");
    let parts: Vec<&str> = dir.split('/').filter(|p| !matches!(*p, "" | ".")).collect();
    let joined = parts.join("/");
    if dir.starts_with('/') { format!("/{joined}") } else { joined }
}

/// A hash as `sha256:…` or `sha256=…`.
pub fn hash(text: &str) -> Option<Hash> {
    let (algorithm, hex) = text.trim().split_once([':', '='])?;
    hash_of(algorithm, hex)
}

/// A hash by the name that Python's `hashlib` gives its algorithm.
pub fn hash_of(algorithm: &str, hex: &str) -> Option<Hash> {
    let (algorithm, length) = match algorithm.trim().to_ascii_lowercase().as_str() {
        "md5" => ("MD5", 32),
        "sha1" => ("SHA-1", 40),
        "sha256" => ("SHA-256", 64),
        "sha384" => ("SHA-384", 96),
        "sha512" => ("SHA-512", 128),
        _ => return None,
    };
    let hex = hex.trim();
    let good = hex.len() == length && hex.bytes().all(|b| b.is_ascii_hexdigit());
    good.then(|| Hash { algorithm: algorithm.to_string(), hex: hex.to_ascii_lowercase() })
}

/// The only element, or nothing: of several files nobody can tell which one is installed.
pub fn only<T>(mut items: impl Iterator<Item = T>) -> Option<T> {
    let first = items.next()?;
    items.next().is_none().then_some(first)
}

/// A word that stands for a scope in the name of a group, of a file or of a folder.
pub fn word_scope(word: &str) -> Option<Scope> {
    Some(match word {
        "test" | "tests" | "testing" | "pytest" | "unittest" | "unittests" | "e2e" | "tox" | "nox"
        | "coverage" => Scope::Test,
        "build" | "setup" | "packaging" | "pyinstaller" => Scope::Build,
        "dev" | "devel" | "develop" | "development" | "developer" | "local" | "lint" | "linting"
        | "linter" | "linters" | "format" | "formatting" | "style" | "typing" | "types" | "mypy" | "qa"
        | "quality" | "ci" | "doc" | "docs" | "documentation" | "sphinx" | "mkdocs" | "rtd"
        | "readthedocs" | "bench" | "benchmark" | "benchmarks" | "tools" | "tooling" | "release"
        | "precommit" => Scope::Dev,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_compare_by_pep_503() {
        assert_eq!(normal_name("Foo__Bar.-baz"), "foo-bar-baz");
        assert!(
            is_name("zope.interface") && is_name("a") && !is_name("-a") && !is_name("a_") && !is_name("")
        );
    }

    #[test]
    fn requirements_by_pep_508() {
        let all = Dependency::parse("Requests [Socks, use_chardet] (>=2.8.1, ==2.8.*) ; python_version<'3'")
            .unwrap();
        assert_eq!((all.name.as_str(), all.range), ("requests", ">=2.8.1, ==2.8.*"));
        assert_eq!(all.extras, ["socks", "use-chardet"]);
        assert_eq!(all.marker, "python_version<'3'");
        let git =
            Dependency::parse("pip @ git+https://host.example/pypa/pip.git@22.0;x#egg=pip ; os_name=='nt'");
        let git = git.unwrap();
        assert_eq!(git.address, Some("git+https://host.example/pypa/pip.git@22.0;x#egg=pip"));
        assert_eq!(git.marker, "os_name=='nt'");
        assert_eq!(Dependency::parse("name@https://host.example/n.zip").unwrap().name, "name");
        assert_eq!(Dependency::parse("a===1.0-weird").unwrap().range, "===1.0-weird");
        for bad in
            ["", "a b", "The system shall", "a >=", "a[b", "-e .", "é", "a = 1", "./a", "a @", "a >= 1 oops"]
        {
            assert_eq!(Dependency::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn an_extra_in_the_marker_makes_a_requirement_optional() {
        let scope = |text: &str| Dependency::parse(text).unwrap().requirement(Scope::Runtime, None).scope;
        assert_eq!(scope("a; extra == 'x'"), Scope::Optional);
        assert_eq!(scope("a; sys_platform == 'extra'"), Scope::Runtime);
    }

    #[test]
    fn hashes_are_told_apart() {
        let hex = "0".repeat(64);
        assert_eq!(hash(&format!("sha256:{hex}")).unwrap().algorithm, "SHA-256");
        assert_eq!(hash("sha256:12"), None);
        assert_eq!(hash("blake2b=00"), None);
        assert_eq!(only([1, 2].into_iter()), None);
    }

    #[test]
    fn folders_of_own_packages() {
        assert_eq!(own_dir("./a//b/"), "a/b");
        assert_eq!(own_dir("."), "");
        assert_eq!(own_dir("..\\lib"), "../lib");
    }
}
