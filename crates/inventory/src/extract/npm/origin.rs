//! Where a package's bytes come from: the many ways to write a repository, an archive or a folder.

use licit_model::{Purl, Source};

/// Where a package comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A registry, usual or not.
    Registry,
    /// A repository at a revision, which is empty where none is named.
    Git {
        /// An address that git understands, without credentials and without npm's `git+`.
        url: String,
        /// Commit, tag or branch.
        rev: String,
    },
    /// An archive on a server, without credentials.
    Url(String),
    /// An archive beside the project.
    Archive(String),
    /// A folder beside the project, `/`-separated and without `.` segments; empty for the project's own.
    Folder(String),
}

impl Origin {
    /// Reads an address; none where the text is a version range or a tag.
    pub fn read(text: &str) -> Option<Origin> {
        let text = text.trim();
        if let Some(path) = text.strip_prefix("file:") {
            return Some(local(path));
        }
        if let Some(path) = text.strip_prefix("link:").or_else(|| text.strip_prefix("portal:")) {
            return Some(Origin::Folder(normal(before_fragment(path))));
        }
        if let Some(path) = text.strip_prefix("exec:") {
            return Some(Origin::Archive(normal(before_fragment(path))));
        }
        for (prefix, host) in
            [("github:", "github.com"), ("gitlab:", "gitlab.com"), ("bitbucket:", "bitbucket.org")]
        {
            if let Some(rest) = text.strip_prefix(prefix) {
                return Some(hosted(host, rest));
            }
        }
        if let Some(rest) = text.strip_prefix("gist:") {
            return Some(hosted("gist.github.com", rest));
        }
        if text.starts_with("git+") || text.starts_with("git:") || text.starts_with("ssh:") || is_scp(text) {
            return Some(git(text));
        }
        if text.starts_with("http://") || text.starts_with("https://") {
            return Some(web(text));
        }
        if text == "." || text == ".." || ["./", "../", "/", "~/"].iter().any(|p| text.starts_with(p)) {
            return Some(local(text));
        }
        is_shorthand(text).then(|| hosted("github.com", text))
    }

    /// In the words of the model.
    pub fn source(&self) -> Source {
        match self {
            Origin::Registry => Source::Registry(None),
            Origin::Git { url, rev } if rev.is_empty() => Source::Git(url.clone()),
            Origin::Git { url, rev } => Source::Git(format!("{url}#{rev}")),
            Origin::Url(url) => Source::Url(url.clone()),
            Origin::Archive(path) | Origin::Folder(path) => Source::Path(path.clone()),
        }
    }

    /// The same identity with where it comes from, so that it is not taken for the registry's package.
    pub fn qualify(&self, purl: Purl) -> Purl {
        match self {
            Origin::Registry | Origin::Archive(_) | Origin::Folder(_) => purl,
            Origin::Git { url, rev } if rev.is_empty() => purl.with("vcs_url", &format!("git+{url}")),
            Origin::Git { url, rev } => purl.with("vcs_url", &format!("git+{url}@{rev}")),
            Origin::Url(url) => purl.with("download_url", url),
        }
    }
}

/// A path with `.` and `..` resolved as far as it goes, relative to the same place.
pub fn normal(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            part => parts.push(part),
        }
    }
    format!("{}{}", if rooted { "/" } else { "" }, parts.join("/"))
}

/// A path that is written relative to a folder, relative to where the folder's own path is.
pub fn join(folder: &str, path: &str) -> String {
    if folder.is_empty() || path.starts_with('/') {
        normal(path)
    } else {
        normal(&format!("{folder}/{path}"))
    }
}

fn before_fragment(text: &str) -> &str {
    let text = text.split_once("::").map_or(text, |(text, _)| text);
    text.split_once('#').map_or(text, |(text, _)| text)
}

fn local(path: &str) -> Origin {
    let path = before_fragment(path);
    let lower = path.to_ascii_lowercase();
    let archive = [".tgz", ".tar.gz", ".tar"].iter().any(|end| lower.ends_with(end));
    let path = normal(path.strip_prefix("//").unwrap_or(path));
    if archive { Origin::Archive(path) } else { Origin::Folder(path) }
}

/// `git@host:owner/name`: no scheme, an `@` before the first `:`, no blank.
fn is_scp(text: &str) -> bool {
    let Some((host, path)) = text.split_once(':') else { return false };
    let Some((user, host)) = host.split_once('@') else { return false };
    !user.is_empty() && !host.is_empty() && !path.is_empty() && !text.contains(char::is_whitespace) && {
        let plain = |s: &str| s.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
        plain(user) && plain(host)
    }
}

/// `owner/name` with or without `#ref`, which npm takes for GitHub.
fn is_shorthand(text: &str) -> bool {
    let path = text.split_once('#').map_or(text, |(path, _)| path);
    let Some((owner, name)) = path.split_once('/') else { return false };
    let plain = |s: &str| {
        !s.is_empty()
            && !s.starts_with('.')
            && s.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
    };
    plain(owner) && plain(name)
}

fn hosted(host: &str, rest: &str) -> Origin {
    let (path, fragment) = rest.split_once('#').unwrap_or((rest, ""));
    // Credentials may stand before the owner.
    let path = path.rsplit_once('@').map_or(path, |(_, path)| path).trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    Origin::Git { url: format!("https://{host}/{path}.git"), rev: revision(fragment) }
}

fn git(text: &str) -> Origin {
    let (address, fragment) = text.split_once('#').unwrap_or((text, ""));
    let address = address.strip_prefix("git+").unwrap_or(address);
    let address = if address.contains("://") {
        scp_port_as_path(&without_credentials(address))
    } else if let Some((host, path)) = address.split_once(':').filter(|(host, _)| host.contains('@')) {
        format!("ssh://{host}/{path}")
    } else {
        address.to_string()
    };
    Origin::Git { url: address, rev: revision(fragment) }
}

/// `ssh://git@host:owner/name` mixes two notations; the part behind the colon is no port.
fn scp_port_as_path(address: &str) -> String {
    if let Some((scheme, rest)) = address.split_once("://")
        && let Some((host, path)) = rest.split_once(':')
        && !host.contains('/')
        && !path.starts_with(|c: char| c.is_ascii_digit())
    {
        return format!("{scheme}://{host}/{path}");
    }
    address.to_string()
}

fn web(text: &str) -> Origin {
    let (address, fragment) = text.split_once('#').unwrap_or((text, ""));
    let address = without_credentials(address);
    let bare = address.split_once('?').map_or(address.as_str(), |(bare, _)| bare);
    if let Some(origin) = forge_archive(&address) {
        return origin;
    }
    let asks_for_commit = fragment.contains("commit=") || fragment.contains("commit:");
    if bare.ends_with(".git") || asks_for_commit || is_forge_repository(bare) {
        return Origin::Git { url: address, rev: revision(fragment) };
    }
    Origin::Url(address)
}

/// The page of a repository at one of the forges that package managers know by name.
fn is_forge_repository(address: &str) -> bool {
    let Some((_, rest)) = address.split_once("://") else { return false };
    let Some((host, path)) = rest.split_once('/') else { return false };
    matches!(host, "github.com" | "gitlab.com" | "bitbucket.org")
        && path.trim_matches('/').split('/').count() == 2
}

/// The addresses under which forges hand out a revision as an archive: they stand for the repository.
fn forge_archive(address: &str) -> Option<Origin> {
    let (_, rest) = address.split_once("://")?;
    let (host, path) = rest.split_once('/')?;
    let found = |host: &str, owner: &str, name: &str, rev: &str| {
        let rev = rev.strip_prefix("refs/tags/").or_else(|| rev.strip_prefix("refs/heads/")).unwrap_or(rev);
        let good = !owner.is_empty() && !name.is_empty() && !rev.is_empty();
        let url = format!("https://{host}/{owner}/{name}.git");
        good.then(|| Origin::Git { url, rev: rev.to_string() })
    };
    match host {
        "codeload.github.com" => {
            let mut parts = path.splitn(4, '/');
            let (owner, name, form, rev) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
            (form == "tar.gz" || form == "legacy.tar.gz").then(|| found("github.com", owner, name, rev))?
        }
        "gitlab.com" => {
            let (path, query) = path.split_once('?')?;
            let rev = query.split('&').find_map(|pair| pair.strip_prefix("ref="))?;
            let path = path.strip_suffix("/repository/archive.tar.gz")?;
            let path = path.strip_prefix("api/v4/projects/").unwrap_or(path);
            let path = path.replace("%2F", "/").replace("%2f", "/");
            let (owner, name) = path.rsplit_once('/')?;
            found(host, owner, name, rev)
        }
        "bitbucket.org" => {
            let mut parts = path.splitn(4, '/');
            let (owner, name, form, rev) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
            (form == "get").then(|| found(host, owner, name, rev.strip_suffix(".tar.gz")?))?
        }
        _ => None,
    }
}

/// A report must not repeat a password; the user of an SSH address is part of it.
pub fn without_credentials(address: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else { return address.to_string() };
    let (host, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    match host.rsplit_once('@') {
        Some((user, host)) if scheme.ends_with("ssh") => {
            let user = user.split(':').next().unwrap_or(user);
            format!("{scheme}://{user}@{host}{path}")
        }
        Some((_, host)) => format!("{scheme}://{host}{path}"),
        None => address.to_string(),
    }
}

/// The revision in the part behind `#`, of which every package manager has its own notation.
fn revision(fragment: &str) -> String {
    let fragment = fragment.split_once("::").map_or(fragment, |(fragment, _)| fragment);
    let mut rev = "";
    for part in fragment.split('&') {
        if let Some(commit) = part.strip_prefix("commit=").or_else(|| part.strip_prefix("commit:")) {
            return commit.to_string();
        }
        let named = ["tag=", "tag:", "head=", "head:"].iter().find_map(|prefix| part.strip_prefix(prefix));
        let place = ["path:", "workspace=", "cwd="].iter().any(|prefix| part.starts_with(prefix));
        if rev.is_empty() && !place {
            rev = named.unwrap_or(part);
        }
    }
    rev.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn git_of(text: &str) -> (String, String) {
        match Origin::read(text) {
            Some(Origin::Git { url, rev }) => (url, rev),
            other => panic!("{text}: {other:?}"),
        }
    }

    fn pair(url: &str, rev: &str) -> (String, String) {
        (url.to_string(), rev.to_string())
    }

    #[test]
    fn every_notation_of_a_repository_is_one_address() {
        let there = "https://github.com/o/r.git";
        assert_eq!(git_of("o/r#v1"), pair(there, "v1"));
        assert_eq!(git_of("github:o/r"), pair(there, ""));
        assert_eq!(git_of("https://github.com/o/r.git#commit=abc"), pair(there, "abc"));
        assert_eq!(git_of("git+https://token:x@github.com/o/r.git#semver:^1"), pair(there, "semver:^1"));
        assert_eq!(git_of("https://codeload.github.com/o/r/tar.gz/abc"), pair(there, "abc"));
        assert_eq!(git_of("https://codeload.github.com/o/r/tar.gz/refs/tags/v1"), pair(there, "v1"));
        assert_eq!(git_of("https://github.com/o/r.git#workspace=a&commit=abc"), pair(there, "abc"));
        assert_eq!(git_of("git@h.example:o/r.git#abc&path:/p"), pair("ssh://git@h.example/o/r.git", "abc"));
        assert_eq!(git_of("ssh://git@h.example:o/r.git"), pair("ssh://git@h.example/o/r.git", ""));
        assert_eq!(git_of("git+ssh://git:pw@h.example:22/r.git"), pair("ssh://git@h.example:22/r.git", ""));
        let lab = "https://gitlab.com/api/v4/projects/o%2Fr/repository/archive.tar.gz?ref=abc";
        assert_eq!(git_of(lab), pair("https://gitlab.com/o/r.git", "abc"));
    }

    #[test]
    fn ranges_and_tags_are_no_address() {
        for text in ["^1.0.0", "latest", "", "*", ">=1 <2 || 3.x", "1.0.0 - 2.0.0", "@scope/name"] {
            assert_eq!(Origin::read(text), None, "{text}");
        }
    }

    #[test]
    fn local_places_are_folders_or_archives() {
        assert_eq!(Origin::read("file:./a/../b"), Some(Origin::Folder("b".to_string())));
        assert_eq!(Origin::read("../x"), Some(Origin::Folder("../x".to_string())));
        assert_eq!(Origin::read("link:."), Some(Origin::Folder(String::new())));
        assert_eq!(
            Origin::read("file:v/a-1.0.0.tgz#./v::hash=1"),
            Some(Origin::Archive("v/a-1.0.0.tgz".to_string()))
        );
        let url = "https://user:pw@files.example/a.tgz";
        assert_eq!(Origin::read(url), Some(Origin::Url("https://files.example/a.tgz".to_string())));
        assert_eq!(join("packages/a", "../b"), "packages/b");
        assert_eq!(join("a", "../../b"), "../b");
    }
}
