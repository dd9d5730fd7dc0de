//! Which distribution a system is: `os-release`, and the files that came before it.

use licit_model::found::Role;
use licit_model::{Ecosystem, Found, FoundPackage, Purl};

use super::{Extractor, File};

/// Reads the files that name a distribution.
pub struct OsRelease;

impl Extractor for OsRelease {
    fn name(&self) -> &'static str {
        "os-release"
    }

    fn files(&self) -> &'static [&'static str] {
        &[
            "etc/os-release",
            "usr/lib/os-release",
            "etc/alpine-release",
            "etc/debian_version",
            "etc/redhat-release",
            "etc/centos-release",
        ]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(text) = file.text(found) else { return };
        let first = text.lines().find(|l| !l.trim().is_empty()).unwrap_or("").trim();
        let read = match file.name() {
            "alpine-release" => version(first).map(|v| ("alpine".to_string(), v.to_string(), 1)),
            "debian_version" => version(first).map(|v| ("debian".to_string(), v.to_string(), 1)),
            "redhat-release" | "centos-release" => red_hat(first),
            _ => os_release(text),
        };
        let Some((id, version, line)) = read else {
            if !first.is_empty() {
                found.odd(Some(1), "this file does not say which distribution the system is");
            }
            return;
        };
        found.role = Role::Helper;
        found.ecosystem = Some(manager(text, &id));
        found.package(FoundPackage::new(Purl::named("generic", &id, &version), Some(line)));
    }
}

/// A word that is a version, or at least names a release: `12.5`, `bookworm/sid`.
fn version(text: &str) -> Option<&str> {
    let word = text.split_whitespace().next()?;
    word.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-+~/".contains(&b)).then_some(word)
}

/// Id, version, and the line of the id.
fn os_release(text: &str) -> Option<(String, String, u32)> {
    let field = |name: &str| {
        let mut lines = (1u32..).zip(text.lines());
        lines.find_map(|(number, line)| {
            let (key, value) = line.trim().split_once('=')?;
            (key == name).then(|| (value.trim().trim_matches(['"', '\'']).to_string(), number))
        })
    };
    let (id, line) = field("ID")?;
    let plain = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-+~".contains(&b));
    if id.is_empty() || !plain(&id) {
        return None;
    }
    // Rolling releases have no version, and development ones only a name.
    let version = field("VERSION_ID").or_else(|| field("BUILD_ID").filter(|(b, _)| b != "rolling"));
    let version = version.or_else(|| field("VERSION_CODENAME")).map(|(v, _)| v).filter(|v| plain(v));
    Some((id.to_lowercase(), version.unwrap_or_default(), line))
}

/// `CentOS Linux release 7.9.2009 (Core)`.
fn red_hat(line: &str) -> Option<(String, String, u32)> {
    let (name, rest) = line.split_once(" release ")?;
    let id = match name.split_whitespace().next()?.to_lowercase().as_str() {
        "red" => "rhel".to_string(),
        "oracle" => "ol".to_string(),
        "amazon" => "amzn".to_string(),
        word => word.to_string(),
    };
    Some((id, version(rest)?.to_string(), 1))
}

/// Whose packages such a distribution has.
fn manager(text: &str, id: &str) -> Ecosystem {
    let like = text.lines().find_map(|l| l.trim().strip_prefix("ID_LIKE="));
    let words = like.unwrap_or("").trim_matches(['"', '\'']).split_whitespace().chain([id]);
    let mut known = words.filter_map(|word| match word {
        "debian" | "ubuntu" | "distroless" => Some(Ecosystem::Deb),
        "alpine" | "wolfi" | "chainguard" | "postmarketos" => Some(Ecosystem::Apk),
        "rhel" | "fedora" | "centos" | "rocky" | "almalinux" | "ol" | "amzn" | "suse" | "opensuse"
        | "sles" | "mariner" | "azurelinux" | "photon" | "openeuler" | "mageia" => Some(Ecosystem::Rpm),
        "arch" | "archlinux" | "manjaro" | "steamos" | "endeavouros" => Some(Ecosystem::Alpm),
        "gentoo" | "flatcar" | "coreos" => Some(Ecosystem::Ebuild),
        word if word.starts_with("opensuse") || word.starts_with("sle") => Some(Ecosystem::Rpm),
        _ => None,
    });
    known.next_back().unwrap_or(Ecosystem::Generic)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn older_files() {
        let read = |line| red_hat(line).map(|(id, version, _)| format!("{id}-{version}"));
        assert_eq!(read("CentOS Linux release 7.9.2009 (Core)").as_deref(), Some("centos-7.9.2009"));
        assert_eq!(read("Red Hat Enterprise Linux release 9.3 (Plow)").as_deref(), Some("rhel-9.3"));
        assert_eq!(read("something else"), None);
    }
}
