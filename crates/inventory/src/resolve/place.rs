//! Places in the tree: folders joined, folders of tests known, pins told from ranges.

use licit_model::{Ecosystem, Scope};

/// Joins a folder with a relative path, `.` and `..` resolved; none where it would leave the scanned tree.
pub(crate) fn join(dir: &str, relative: &str) -> Option<String> {
    let relative = relative.trim_start_matches("file:").replace('\\', "/");
    if relative.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = dir.split('/').filter(|p| !p.is_empty()).collect();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// Whether a folder is another one or lies below it.
pub(crate) fn is_below(dir: &str, above: &str) -> bool {
    above.is_empty() || dir == above || dir.strip_prefix(above).is_some_and(|rest| rest.starts_with('/'))
}

/// The strongest scope that a file at this path can give: what lies in a folder of tests or examples does not ship.
pub(crate) fn ceiling(path: &str) -> Scope {
    let Some((dirs, _)) = path.rsplit_once('/') else { return Scope::Runtime };
    let mut ceiling = Scope::Runtime;
    for dir in dirs.split('/') {
        let lower = dir.to_ascii_lowercase();
        let scope = match lower.trim_matches('_') {
            "test" | "tests" | "testdata" | "test-data" | "test_data" | "testing" | "fixtures"
            | "fixture" | "spec" | "specs" | "e2e" | "testsuite" | "test-fixtures" | "test_fixtures"
            | "snapshots" => Scope::Test,
            "example" | "examples" | "bench" | "benches" | "benchmark" | "benchmarks" | "samples"
            | "sample" | "fuzz" => Scope::Dev,
            _ => Scope::Runtime,
        };
        ceiling = ceiling.then(scope);
    }
    ceiling
}

/// The one version that a requirement allows, if it is a pin.
pub(crate) fn pinned(ecosystem: Ecosystem, range: &str) -> Option<&str> {
    let range = range.trim();
    let version = match ecosystem {
        Ecosystem::Pypi => return crate::extract::python::pinned(range),
        // A bare version is a caret range in Cargo and a pin in npm.
        Ecosystem::Cargo => range.strip_prefix('=')?.trim(),
        Ecosystem::Npm => range.trim_start_matches('='),
        Ecosystem::Golang => range,
        // A bare version is what Maven takes, and of what NuGet may take the lowest, which it does. In brackets it is a
        // pin to both. Versions of these worlds have any number of parts.
        Ecosystem::Maven | Ecosystem::Nuget => {
            let version = range.strip_prefix('[').and_then(|r| r.strip_suffix(']')).unwrap_or(range).trim();
            let plain = version.contains(|c: char| c.is_ascii_digit())
                && !version.ends_with('+')
                && version.chars().all(|c| c.is_ascii_alphanumeric() || "._-+".contains(c));
            return plain.then_some(version);
        }
        // A tag, a revision or a distribution's version names one thing as it stands.
        Ecosystem::Docker
        | Ecosystem::Huggingface
        | Ecosystem::Githubactions
        | Ecosystem::Github
        | Ecosystem::Generic
        | Ecosystem::Nix
        | Ecosystem::Bazel
        | Ecosystem::Deb
        | Ecosystem::Apk
        | Ecosystem::Rpm
        | Ecosystem::Alpm
        | Ecosystem::Ebuild
        | Ecosystem::Brew
        | Ecosystem::Opkg => return (!range.is_empty()).then_some(range),
        Ecosystem::Jsr => range.trim_start_matches('='),
        // Swift, Dart and the others pin with `==` or a bare version, which in some of them is a range: no guess.
        Ecosystem::Swift
        | Ecosystem::Cocoapods
        | Ecosystem::Pub
        | Ecosystem::Hex
        | Ecosystem::Conan
        | Ecosystem::Hackage
        | Ecosystem::Conda
        | Ecosystem::Cran
        | Ecosystem::Julia
        | Ecosystem::Terraform
        | Ecosystem::Helm
        | Ecosystem::Opam
        | Ecosystem::Cpan
        | Ecosystem::Luarocks
        | Ecosystem::Vcpkg => range.strip_prefix("==")?.trim(),
        Ecosystem::Gem | Ecosystem::Composer => {
            let version = range.trim_start_matches('=').trim_start_matches('v').trim();
            let plain = version.starts_with(|c: char| c.is_ascii_digit())
                && version.chars().all(|c| c.is_ascii_alphanumeric() || "._-+".contains(c));
            return plain.then_some(version);
        }
    };
    let plain =
        version.starts_with(|c: char| c.is_ascii_digit() || (c == 'v' && ecosystem == Ecosystem::Golang));
    (plain && semver::Version::parse(version.trim_start_matches('v')).is_ok()).then_some(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joined_folders_stay_in_the_tree() {
        assert_eq!(join("a/b", "../c").as_deref(), Some("a/c"));
        assert_eq!(join("", "./x/").as_deref(), Some("x"));
        assert_eq!(join("a", "../../x"), None);
        assert_eq!(join("a", "/etc"), None);
    }

    #[test]
    fn folders_of_tests_do_not_ship() {
        assert_eq!(ceiling("Cargo.lock"), Scope::Runtime);
        assert_eq!(ceiling("crates/contest/Cargo.toml"), Scope::Runtime);
        assert_eq!(ceiling("src/__tests__/a/package.json"), Scope::Test);
        assert_eq!(ceiling("examples/web/package.json"), Scope::Dev);
    }

    #[test]
    fn pins() {
        assert_eq!(pinned(Ecosystem::Npm, "1.2.3"), Some("1.2.3"));
        assert_eq!(pinned(Ecosystem::Npm, "^1.2.3"), None);
        assert_eq!(pinned(Ecosystem::Cargo, "1.2.3"), None);
        assert_eq!(pinned(Ecosystem::Cargo, "=1.2.3"), Some("1.2.3"));
    }
}
