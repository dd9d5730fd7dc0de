//! Addresses of packages that do not come from a registry: repositories, archives and folders.

use licit_model::{Purl, Requirement, Source};

use super::{FoundPackage, own_dir};

/// Where a package comes from, as pip, Poetry, Pipenv and uv write it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Address {
    /// The place itself.
    pub source: Source,
    /// The name that the address gives, verbatim: from `#egg=` or from the name of an archive.
    pub name: Option<String>,
    /// The version in the name of an archive.
    pub version: Option<String>,
    /// Of an own folder or archive: its path.
    pub path: Option<String>,
    /// Whether the path is that of an archive and not of a folder.
    pub archive: bool,
    /// Key and value of the package URL's qualifier.
    qualifier: Option<(&'static str, String)>,
}

impl Address {
    /// Reads what stands behind the `@` of a requirement, or alone on a line of a requirements file.
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        let (place, fragment) = text.split_once('#').unwrap_or((text, ""));
        let field = |key: &str| {
            let value = fragment.split('&').find_map(|pair| pair.strip_prefix(key)?.strip_prefix('='));
            value.filter(|v| !v.is_empty())
        };
        let egg = field("egg").map(|e| e.split('[').next().unwrap_or(e).to_string());
        let mut address = if let Some((tool, rest)) = vcs(place) {
            let (place, revision) = split_revision(rest);
            Address::repository(tool, place, revision, field("subdirectory").unwrap_or(""))
        } else if let Some(path) = local(place) {
            Address::folder(path)
        } else {
            Address::archive(place)
        };
        if let Some(egg) = egg {
            // Some old files write the version into the egg, too: `#egg=name-1.0`.
            let parts = egg.rsplit_once('-').filter(|(_, v)| v.starts_with(|c: char| c.is_ascii_digit()));
            address.name = Some(parts.map_or(egg.as_str(), |(name, _)| name).to_string());
        }
        address
    }

    /// A git repository as lockfiles split it; `revision` may be empty.
    pub fn git(place: &str, revision: &str, subdirectory: &str) -> Self {
        let place = place.strip_prefix("git+").unwrap_or(place);
        Address::repository("git", place, revision, subdirectory)
    }

    fn repository(tool: &str, place: &str, revision: &str, subdirectory: &str) -> Self {
        let place = without_secrets(&scp_form(place));
        let mark =
            |sign: char, part: &str| if part.is_empty() { String::new() } else { format!("{sign}{part}") };
        let locator = format!("{tool}+{place}{}{}", mark('@', revision), mark('#', subdirectory));
        let source = match tool {
            "git" => Source::Git(format!("{place}{}", mark('#', revision))),
            _ => Source::Url(locator.clone()),
        };
        let last = place.trim_end_matches('/').rsplit(['/', ':']).next().unwrap_or("");
        let name = Some(last.strip_suffix(".git").unwrap_or(last)).filter(|n| super::is_name(n));
        Address {
            source,
            name: name.map(str::to_string),
            qualifier: Some(("vcs_url", locator)),
            ..Address::default()
        }
    }

    /// A folder, or an archive that lies in one.
    pub fn folder(path: &str) -> Self {
        let path = path.trim();
        let file = path.rsplit(['/', '\\']).next().unwrap_or(path);
        let named = archive_name(file);
        let archive = named.is_some() || is_archive(file);
        let dir = own_dir(path);
        let (name, version) = named.map_or((None, None), |(n, v)| (Some(n), Some(v)));
        Address {
            source: Source::Path(dir.clone()),
            name,
            version,
            path: Some(dir),
            archive,
            qualifier: None,
        }
    }

    /// An archive on the network.
    pub fn archive(url: &str) -> Self {
        let url = without_secrets(url);
        let path = url.split(['?', '#']).next().unwrap_or(&url);
        let file = path.trim_end_matches('/').rsplit('/').next().unwrap_or("");
        let named = archive_name(file);
        // Hosts of repositories call their archives by revision only; the repository's name stands before.
        let repository = || {
            let mut parts = path.split('/').skip(3);
            let (_, name, kind) = (parts.next()?, parts.next()?, parts.next()?);
            let kind = if kind == "-" { parts.next()? } else { kind };
            let known = matches!(kind, "archive" | "tarball" | "zipball" | "releases" | "get");
            (known && super::is_name(name)).then(|| name.to_string())
        };
        let (name, version) = named.map_or_else(|| (repository(), None), |(n, v)| (Some(n), Some(v)));
        Address {
            source: Source::Url(url.clone()),
            name,
            version,
            archive: true,
            qualifier: Some(("download_url", url)),
            path: None,
        }
    }

    /// Writes the place into a manifest's requirement.
    pub fn locate(self, requirement: &mut Requirement) {
        requirement.path = self.path.filter(|_| !self.archive);
        requirement.source = self.source;
    }

    /// Writes the place into a package of a lock: a folder makes it one of the project's own packages, unless it is
    /// a place of the machine that wrote the lock, such as the folders in which conda builds.
    pub fn place(self, package: &mut FoundPackage) {
        package.source = self.source;
        if let Some((key, value)) = self.qualifier {
            let purl = std::mem::replace(&mut package.purl, Purl::pypi("", ""));
            package.purl = purl.with(key, &value);
        }
        let of_machine = |path: &str| path.starts_with('/') || path.get(1..2) == Some(":");
        if let Some(path) = self.path.filter(|path| !self.archive && !of_machine(path)) {
            package.first_party = true;
            package.dir = Some(path);
        }
    }
}

/// Tool and rest of the address of a repository.
fn vcs(place: &str) -> Option<(&'static str, &str)> {
    for tool in ["git", "hg", "svn", "bzr"] {
        if let Some(rest) = place.strip_prefix(tool) {
            if let Some(rest) = rest.strip_prefix('+') {
                return Some((tool, rest));
            }
            if tool == "git" && (rest.starts_with("://") || rest.starts_with('@')) {
                return Some((tool, place));
            }
        }
    }
    None
}

/// Parts the revision behind the last `@` of the path; an `@` before the path belongs to the user's name.
fn split_revision(place: &str) -> (&str, &str) {
    let host = place.find("://").map_or(0, |at| at + 3);
    let host_end =
        place.get(host..).and_then(|rest| rest.find(['/', ':'])).map_or(place.len(), |at| host + at);
    match place.rfind('@').filter(|at| *at > host_end) {
        Some(at) => (place.get(..at).unwrap_or(place), place.get(at + 1..).unwrap_or("")),
        None => (place, ""),
    }
}

/// The path of `file:` addresses and of addresses without a scheme.
fn local(place: &str) -> Option<&str> {
    if let Some(path) = place.strip_prefix("file:") {
        // Tools expand this variable to the project's own folder.
        let inside = path.split_once("${PROJECT_ROOT}").map(|(_, rest)| rest.trim_start_matches('/'));
        return Some(inside.unwrap_or_else(|| path.strip_prefix("//").unwrap_or(path)));
    }
    let scheme = place
        .split_once("://")
        .is_some_and(|(s, _)| s.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'+'));
    (!scheme).then_some(place)
}

/// `git@host:owner/name` as an address.
fn scp_form(place: &str) -> String {
    if place.contains("://") {
        return place.to_string();
    }
    match place.split_once(':') {
        Some((host, path)) if host.contains('@') && !host.contains('/') => format!("ssh://{host}/{path}"),
        _ => place.to_string(),
    }
}

/// The address without a password or token: a report must not publish it.
fn without_secrets(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_string() };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(end).unwrap_or((rest, ""));
    let Some((user, host)) = authority.rsplit_once('@') else { return url.to_string() };
    match user.split_once(':').map_or(user, |(user, _)| user) {
        // The name of an account at a repository's host is needed and no secret; over HTTP it may be a token.
        user if scheme.ends_with("ssh") && !user.is_empty() => format!("{scheme}://{user}@{host}{path}"),
        _ => format!("{scheme}://{host}{path}"),
    }
}

fn is_archive(file: &str) -> bool {
    let lower = file.to_ascii_lowercase();
    [".whl", ".tar.gz", ".zip", ".tar.bz2", ".tar.xz", ".tgz", ".egg", ".tar"]
        .iter()
        .any(|end| lower.ends_with(end))
}

/// Name and version in the name of a wheel or a source archive.
pub fn archive_name(file: &str) -> Option<(String, String)> {
    let pair = |name: &str, version: &str| {
        let good = super::is_name(name) && version.starts_with(|c: char| c.is_ascii_digit());
        good.then(|| (name.to_string(), version.replace("%2B", "+")))
    };
    if let Some(wheel) = file.strip_suffix(".whl") {
        let mut parts = wheel.split('-');
        return pair(parts.next()?, parts.next()?);
    }
    let ends = [".tar.gz", ".zip", ".tar.bz2", ".tar.xz", ".tgz"];
    let stem = ends.iter().find_map(|end| file.strip_suffix(end))?;
    let (name, version) = stem.rsplit_once('-')?;
    pair(name, version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repositories() {
        let git = Address::parse(
            "git+https://tok:en@host.example/o/Repo.git@v1.0#egg=My_Pkg[x]&subdirectory=sub/dir",
        );
        assert_eq!(git.source, Source::Git("https://host.example/o/Repo.git#v1.0".into()));
        assert_eq!(git.name.as_deref(), Some("My_Pkg"));
        assert_eq!(git.qualifier.unwrap().1, "git+https://host.example/o/Repo.git@v1.0#sub/dir");
        let ssh = Address::parse("git+ssh://git@host.example/o/repo.git");
        assert_eq!(ssh.source, Source::Git("ssh://git@host.example/o/repo.git".into()));
        assert_eq!(ssh.name.as_deref(), Some("repo"));
        let scp = Address::git("git@host.example:o/repo.git", "abc", "");
        assert_eq!(scp.source, Source::Git("ssh://git@host.example/o/repo.git#abc".into()));
        let hg = Address::parse("hg+https://host.example/o/r@tip");
        assert_eq!(hg.source, Source::Url("hg+https://host.example/o/r@tip".into()));
    }

    #[test]
    fn archives_and_folders() {
        let wheel = Address::parse("https://host.example/x/torch-2.0.1%2Bcpu-cp311-none-any.whl#sha256=00");
        assert_eq!((wheel.name.as_deref(), wheel.version.as_deref()), (Some("torch"), Some("2.0.1+cpu")));
        let zip = Address::parse("https://host.example/owner/my-repo/archive/refs/heads/main.zip");
        assert_eq!((zip.name.as_deref(), zip.version), (Some("my-repo"), None));
        let own = Address::parse("file:///${PROJECT_ROOT}/libs/a#egg=a");
        assert_eq!((own.path.as_deref(), own.archive), (Some("libs/a"), false));
        let vendored = Address::parse("./vendor/foo-bar-1.0.tar.gz");
        assert_eq!((vendored.path.as_deref(), vendored.archive), (Some("vendor/foo-bar-1.0.tar.gz"), true));
        assert_eq!((vendored.name.as_deref(), vendored.version.as_deref()), (Some("foo-bar"), Some("1.0")));
    }
}
