//! Where other people's sources are put: names of folders that say so, and names that say nothing.

/// How much the position of a folder says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Position {
    /// Among the project's own files.
    Elsewhere,
    /// In a folder that holds the project's own libraries as often as other people's.
    Weak,
    /// In a folder for other people's sources.
    Strong,
}

/// Folders for other people's sources, in lower case and without `-` and `_`.
const STRONG: &[&str] = &[
    "3party",
    "3rd",
    "3rdparty",
    "3rdpartylibs",
    "bundled",
    "deps",
    "extern",
    "external",
    "externallibs",
    "externals",
    "submodules",
    "subprojects",
    "thirdparties",
    "thirdparty",
    "thirdpartylibs",
    "vendor",
    "vendored",
    "vendors",
];

/// Folders of libraries, whoever wrote them.
const WEAK: &[&str] =
    &["contrib", "dep", "dependencies", "ext", "imported", "lib", "libraries", "libs", "oss"];

/// Folders that are named for what they hold and not for a work.
const NAMELESS: &[&str] = &[
    "code",
    "copying",
    "dist",
    "doc",
    "docs",
    "files",
    "inc",
    "include",
    "includes",
    "legal",
    "lib",
    "libs",
    "license",
    "licenses",
    "licences",
    "notices",
    "original",
    "orig",
    "package",
    "release",
    "root",
    "singleinclude",
    "source",
    "sources",
    "src",
    "texts",
    "trunk",
    "upstream",
];

/// Folders whose files are examined by tests, and are no part of anything.
const SAMPLES: &[&str] = &[
    "testdata",
    "fixtures",
    "fixture",
    "testfixtures",
    "snapshots",
    "corpus",
    "corpora",
    "goldens",
    "testcases",
    "testinputs",
    "testfiles",
];

fn folded(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '-' | '_' | '.' | ' ')).map(|c| c.to_ascii_lowercase()).collect()
}

/// What the name of a folder says of the folders in it.
pub(super) fn of_name(name: &str) -> Position {
    let folded = folded(name);
    if STRONG.contains(&folded.as_str()) {
        Position::Strong
    } else if WEAK.contains(&folded.as_str()) {
        Position::Weak
    } else {
        Position::Elsewhere
    }
}

/// Whether a folder is named for what it holds, so that the folder above says whose it is.
pub(super) fn is_nameless(name: &str) -> bool {
    NAMELESS.contains(&folded(name).as_str())
}

/// Whether a path lies among the data of tests, or where a package manager installs.
pub(super) fn is_passed_over(path: &str) -> bool {
    let sample = |part: &str| part.len() >= 6 && SAMPLES.contains(&folded(part).as_str());
    path.contains("!/")
        || path.contains("vendor/bundle/")
        || path
            .split('/')
            .any(|part| sample(part) || matches!(part, "bower_components" | "jspm_packages" | "Pods"))
}

/// The nearest folder above that says where a path lies: what it says, and its path. A folder of libraries counts only
/// for what lies directly in it.
pub(super) fn of_path(path: &str) -> (Position, &str) {
    let mut above = path;
    let mut first = true;
    while let Some((parent, _)) = above.rsplit_once('/') {
        let name = parent.rsplit('/').next().unwrap_or(parent);
        match of_name(name) {
            Position::Strong => return (Position::Strong, parent),
            Position::Weak if first => {
                // A folder of libraries inside of one for other people's sources belongs to one of these.
                return match of_path(parent) {
                    (Position::Strong, group) => (Position::Strong, group),
                    _ => (Position::Weak, parent),
                };
            }
            Position::Weak | Position::Elsewhere => {}
        }
        first = false;
        above = parent;
    }
    (Position::Elsewhere, "")
}

/// A name without the version behind it: `zlib-1.3.1`.
pub(super) fn split_version(name: &str) -> (&str, Option<&str>) {
    let version = |rest: &str| {
        let bare = rest.trim_start_matches(['v', 'V']);
        bare.starts_with(|c: char| c.is_ascii_digit())
            && bare.contains('.')
            && bare.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+' | '_'))
    };
    let cut = name
        .match_indices(['-', '_'])
        .find(|(at, _)| *at > 0 && version(name.get(at + 1..).unwrap_or("")))
        .map(|(at, _)| at);
    match cut {
        Some(at) => {
            (name.get(..at).unwrap_or(name), name.get(at + 1..).map(|v| v.trim_start_matches(['v', 'V'])))
        }
        None => (name, None),
    }
}

/// Whether a folder is named by a version only.
pub(super) fn is_version(name: &str) -> bool {
    let bare = name.trim_start_matches(['v', 'V']);
    bare.starts_with(|c: char| c.is_ascii_digit())
        && bare.contains('.')
        && bare.chars().all(|c| c.is_ascii_digit() || c == '.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions() {
        assert_eq!(of_path("third_party/zlib"), (Position::Strong, "third_party"));
        assert_eq!(of_path("a/3rd-party/x/y/z"), (Position::Strong, "a/3rd-party"));
        assert_eq!(of_path("libs/x"), (Position::Weak, "libs"));
        assert_eq!(of_path("libs/x/y"), (Position::Elsewhere, ""));
        assert_eq!(of_path("vendor/x/lib/y"), (Position::Strong, "vendor"));
        assert_eq!(of_path("src/x"), (Position::Elsewhere, ""));
        assert!(is_passed_over("a/test_data/third_party/x") && !is_passed_over("tests/third_party/x"));
    }

    #[test]
    fn versions_in_names() {
        assert_eq!(split_version("zlib-1.3.1"), ("zlib", Some("1.3.1")));
        assert_eq!(split_version("lib_foo-v2.0"), ("lib_foo", Some("2.0")));
        assert_eq!(split_version("fast_float"), ("fast_float", None));
        assert!(is_version("v1.2") && !is_version("v1") && !is_version("zlib"));
    }
}
