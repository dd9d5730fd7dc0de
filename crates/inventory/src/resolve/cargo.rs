//! What only Cargo needs: its version requirements, and the workspace a manifest inherits from.

use licit_model::{Ecosystem, Found};
use semver::{Version, VersionReq};

use super::place;

/// Whether a requirement allows a locked version; an empty or unreadable one allows any, since the name matched.
pub fn allows(range: &str, version: &str) -> bool {
    if range.is_empty() || range == "*" {
        return true;
    }
    let (Ok(range), Ok(version)) = (VersionReq::parse(range), Version::parse(version)) else { return true };
    if range.matches(&version) {
        return true;
    }
    // A `[patch]` or a path may bring a pre-release that plain matching refuses.
    let release = Version::new(version.major, version.minor, version.patch);
    !version.pre.is_empty() && range.matches(&release)
}

/// The manifest of the workspace that a member inherits from: the nearest above it with a `[workspace.package]`.
pub fn workspace_of<'f>(member: &Found, found: &'f [Found]) -> Option<&'f Found> {
    found
        .iter()
        .filter(|f| f.ecosystem == Some(Ecosystem::Cargo) && place::is_below(member.dir(), f.dir()))
        .filter(|f| {
            let manifest = f.manifest.as_ref();
            manifest.is_some_and(|m| m.workspace_license.is_some() || m.workspace_version.is_some())
        })
        .max_by_key(|f| f.dir().len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_choose_between_locked_versions() {
        assert!(allows("1.0", "1.0.73") && !allows("1.0", "2.0.0"));
        assert!(allows("", "3.0.0") && allows("2", "2.0.0-beta.1"));
    }
}
