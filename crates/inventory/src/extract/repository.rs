//! Components that are no packages of a registry but a repository at a revision, or an archive from an address.

use licit_model::{FoundPackage, Hash, Purl, Source};

use super::npm::origin::{Origin, without_credentials};

/// The address of a repository as everybody writes it.
pub fn address(url: &str) -> String {
    match Origin::read(url) {
        Some(Origin::Git { url, .. } | Origin::Url(url)) => url,
        _ => without_credentials(url.trim()),
    }
}

/// Host and path of an address, without scheme, user and `.git`.
pub fn bare(url: &str) -> String {
    let bare = url.split_once("://").map_or(url, |(_, rest)| rest);
    let bare = bare.split(['?', '#']).next().unwrap_or("");
    let (host, path) = bare.find('/').map_or((bare, ""), |at| bare.split_at(at));
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    let path = path.trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    if path.is_empty() { host.to_string() } else { format!("{host}/{path}") }
}

/// Owner and name where the address is one of GitHub's.
fn on_github(bare: &str) -> Option<&str> {
    let path = bare.strip_prefix("github.com/").or_else(|| bare.strip_prefix("www.github.com/"))?;
    let mut parts = path.split('/');
    let good = |part: Option<&str>| part.is_some_and(|p| !p.is_empty());
    (good(parts.next()) && good(parts.next()) && parts.next().is_none()).then_some(path)
}

/// A repository at a revision, which may be empty. `name` is what the file calls it, for hosts whose repositories have no
/// package URL of their own.
pub fn git(url: &str, revision: &str, name: &str, line: Option<u32>) -> FoundPackage {
    let url = address(url);
    let bare = bare(&url);
    let origin = Origin::Git { url, rev: revision.to_string() };
    let purl = match on_github(&bare) {
        Some(path) => Purl::named("github", path, revision),
        None => {
            let last = bare.rsplit('/').next().unwrap_or("");
            let name = if last.is_empty() || !bare.contains('/') { name } else { last };
            origin.qualify(Purl::named("generic", &name.replace('/', "-"), revision))
        }
    };
    let mut package = FoundPackage::new(purl, line);
    package.source = origin.source();
    package
}

/// An archive. Of those that GitHub makes of a tag or a commit, and of files of its releases, the repository is known.
pub fn archive(url: &str, name: &str, version: &str, line: Option<u32>) -> FoundPackage {
    let url = without_credentials(url.trim());
    let plain = bare(&url);
    let source = Source::Url(url.clone());
    let purl = match github_archive(&plain) {
        Some((path, tag, true)) => Purl::named("github", path, &tag),
        Some((path, tag, false)) => Purl::named("github", path, &tag).with("download_url", &url),
        None => {
            let file = plain.rsplit('/').next().unwrap_or("");
            let (known, guessed) = split_file(file);
            let version = if version.is_empty() { guessed } else { version };
            let name = if name.is_empty() { known } else { name };
            Purl::named("generic", &name.replace('/', "-"), version).with("download_url", &url)
        }
    };
    let mut package = FoundPackage::new(purl, line);
    package.source = source;
    package
}

/// Repository, tag or commit, and whether the archive is the repository itself.
fn github_archive(plain: &str) -> Option<(&str, String, bool)> {
    let path = plain.strip_prefix("github.com/").or_else(|| plain.strip_prefix("codeload.github.com/"))?;
    let second = path.match_indices('/').nth(1)?.0;
    let (repository, rest) = (path.get(..second)?, path.get(second + 1..)?);
    let tag = |rest: &str| {
        let rest =
            rest.strip_prefix("refs/tags/").or_else(|| rest.strip_prefix("refs/heads/")).unwrap_or(rest);
        without_ending(rest).to_string()
    };
    let (kind, rest) = rest.split_once('/')?;
    match kind {
        "archive" | "tar.gz" | "zip" | "tarball" | "zipball" => Some((repository, tag(rest), true)),
        "releases" => {
            let rest = rest.strip_prefix("download/")?;
            let (tag, _) = rest.split_once('/')?;
            Some((repository, tag.to_string(), false))
        }
        _ => None,
    }
}

fn without_ending(file: &str) -> &str {
    let endings = [
        ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".tar.zst", ".tar", ".zip", ".jar", ".7z",
    ];
    endings.iter().find_map(|end| file.strip_suffix(end)).unwrap_or(file)
}

/// `zlib-1.3.1.tar.gz` in its name and its version.
fn split_file(file: &str) -> (&str, &str) {
    let stem = without_ending(file);
    let version = |rest: &str| {
        let rest = rest.trim_start_matches('v');
        rest.starts_with(|c: char| c.is_ascii_digit()) && rest.contains('.')
    };
    let cut = stem.match_indices(['-', '_']).find(|(at, _)| version(stem.get(at + 1..).unwrap_or("")));
    match cut {
        Some((at, _)) => (stem.get(..at).unwrap_or(stem), stem.get(at + 1..).unwrap_or("")),
        None => (stem, ""),
    }
}

/// A checksum in hexadecimal digits, the algorithm told by a name or by the length.
pub fn checksum(algorithm: &str, hex: &str) -> Option<Hash> {
    let hex = hex.trim();
    if hex.is_empty() || !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let lower = algorithm.to_ascii_lowercase().replace(['-', '_'], "");
    let (algorithm, length) = match (lower.as_str(), hex.len()) {
        ("md5", _) | ("", 32) => ("MD5", 32),
        ("sha1", _) | ("", 40) => ("SHA-1", 40),
        ("sha256", _) | ("", 64) => ("SHA-256", 64),
        ("sha384", _) | ("", 96) => ("SHA-384", 96),
        ("sha512", _) | ("", 128) => ("SHA-512", 128),
        _ => return None,
    };
    (hex.len() == length).then(|| Hash { algorithm: algorithm.to_string(), hex: hex.to_ascii_lowercase() })
}

/// The checksum of `sha256-…` and of the like, in base 64.
pub fn integrity(text: &str) -> Option<Hash> {
    let (algorithm, digest) = text.trim().split_once('-')?;
    checksum(algorithm, &base64(digest)?)
}

/// Base 64 as hexadecimal digits.
pub fn base64(text: &str) -> Option<String> {
    let text = text.trim_end_matches('=');
    if text.is_empty() || text.len() > 256 {
        return None;
    }
    let (mut bits, mut have, mut hex) = (0u32, 0, String::with_capacity(text.len()));
    for byte in text.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = (bits << 6 | u32::from(value)) & 0xFFFF;
        have += 6;
        if have >= 8 {
            have -= 8;
            let byte = (bits >> have) & 0xFF;
            hex.push(char::from_digit(byte >> 4, 16)?);
            hex.push(char::from_digit(byte & 15, 16)?);
        }
    }
    Some(hex)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repositories_and_archives() {
        let git = |url: &str, rev: &str| git(url, rev, "x", None).purl.to_string();
        assert_eq!(git("https://github.com/Owner/Name.git", "v1"), "pkg:github/owner/name@v1");
        assert_eq!(git("git@github.com:o/n.git", ""), "pkg:github/o/n");
        assert_eq!(
            git("https://git.example/a/b.git", "abc"),
            "pkg:generic/b@abc?vcs_url=git%2Bhttps:%2F%2Fgit.example%2Fa%2Fb.git%40abc"
        );
        let archive = |url: &str| archive(url, "", "", None).purl.to_string();
        assert_eq!(archive("https://github.com/o/n/archive/refs/tags/v1.2.tar.gz"), "pkg:github/o/n@v1.2");
        assert_eq!(archive("https://github.com/o/n/archive/abc.zip"), "pkg:github/o/n@abc");
        assert!(
            archive("https://github.com/o/n/releases/download/1.0/a.tgz").starts_with("pkg:github/o/n@1.0?")
        );
        assert!(archive("https://h.example/zlib-1.3.1.tar.gz").starts_with("pkg:generic/zlib@1.3.1?"));
    }

    #[test]
    fn checksums() {
        assert_eq!(checksum("", &"a".repeat(64)).unwrap().algorithm, "SHA-256");
        assert_eq!(checksum("SHA256", "abc"), None);
        assert_eq!(base64("AQID").as_deref(), Some("010203"));
        assert_eq!(base64("/w==").as_deref(), Some("ff"));
    }
}
