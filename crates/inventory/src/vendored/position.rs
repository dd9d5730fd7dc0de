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
    "libsrc",
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

/// The outermost folder above a path, itself included, that lies directly in a folder of libraries and has a name of its
/// own.
pub(super) fn library(dir: &str) -> Option<&str> {
    let ends = dir.match_indices('/').map(|(at, _)| at).chain([dir.len()]);
    let mut above = "";
    for end in ends {
        let at = dir.get(..end)?;
        let name = at.rsplit('/').next().unwrap_or(at);
        if of_name(above) == Position::Weak && of_name(name) == Position::Elsewhere && !is_nameless(name) {
            return Some(at);
        }
        above = name;
    }
    None
}

/// A name without the version behind it: `zlib-1.3.1`.
pub(super) fn split_version(name: &str) -> (&str, Option<&str>) {
    let version = |rest: &str| {
        let bare = rest.trim_start_matches(['v', 'V']);
        // A release may be called by its day, and a copy by the commit it was taken at.
        let digits = bare.bytes().all(|b| b.is_ascii_digit());
        let day = digits && bare.len() == 8 && (bare.starts_with("19") || bare.starts_with("20"));
        let commit = rest.len() == 40 && rest.bytes().all(|b| b.is_ascii_hexdigit());
        if day || commit {
            return true;
        }
        bare.starts_with(|c: char| c.is_ascii_digit())
            && bare.contains('.')
            && bare.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+' | '_'))
    };
    let cut = name
        .match_indices(['-', '_'])
        .find(|(at, _)| *at > 0 && version(name.get(at + 1..).unwrap_or("")))
        .or_else(|| {
            // Three numbers or more behind a dot are a version as well: `Some.Library.1.2.3`.
            let numbers = |rest: &str| {
                rest.matches('.').count() > 1
                    && rest.split('.').all(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
            };
            name.match_indices('.').find(|(at, _)| *at > 0 && numbers(name.get(at + 1..).unwrap_or("")))
        })
        .map(|(at, _)| at);
    match cut {
        Some(at) => {
            (name.get(..at).unwrap_or(name), name.get(at + 1..).map(|v| v.trim_start_matches(['v', 'V'])))
        }
        // What a branch is called is no part of the name.
        None => {
            let branch = ["-master", "-main", "-trunk", "-develop"].iter().find_map(|b| name.strip_suffix(b));
            (branch.filter(|bare| !bare.is_empty()).unwrap_or(name), None)
        }
    }
}

/// Words in the names of license files that name a license, or a part of a project.
const NOT_WORKS: &[&str] = &[
    "3rd",
    "agpl",
    "agreement",
    "all",
    "apache",
    "apache2",
    "art",
    "artistic",
    "asl",
    "assets",
    "boost",
    "bsd",
    "bsl",
    "bundled",
    "cc",
    "cc0",
    "cddl",
    "code",
    "commercial",
    "content",
    "data",
    "dependencies",
    "doc",
    "docs",
    "documentation",
    "enterprise",
    "epl",
    "eula",
    "eupl",
    "examples",
    "exception",
    "exceptions",
    "file",
    "files",
    "fonts",
    "ftl",
    "full",
    "gpl",
    "gpl2",
    "gpl3",
    "gplv2",
    "gplv3",
    "header",
    "images",
    "install",
    "isc",
    "lesser",
    "lgpl",
    "lgplv2",
    "lgplv3",
    "lib",
    "license",
    "licenses",
    "media",
    "mit",
    "mpl",
    "mpl2",
    "ncsa",
    "new",
    "notice",
    "notices",
    "ofl",
    "old",
    "openssl",
    "original",
    "other",
    "others",
    "party",
    "psf",
    "python",
    "readme",
    "short",
    "software",
    "source",
    "template",
    "tests",
    "text",
    "third",
    "thirdparty",
    "unlicense",
    "wtfpl",
    "zlib",
];

/// The work that a license file is named for, where that is not the folder it lies in: `LICENSE_engine.txt`,
/// `engine-LICENSE`.
pub(super) fn named_for<'n>(file: &'n str, folder: &str) -> Option<&'n str> {
    let texts = [".txt", ".md", ".rst", ".html", ".htm", ".adoc", ".markdown"];
    let stem = texts.iter().find_map(|end| {
        let at = file.len().checked_sub(end.len())?;
        file.get(at..).filter(|tail| tail.eq_ignore_ascii_case(end)).and(file.get(..at))
    });
    let stem = stem.unwrap_or(file);
    let words = ["license", "licence", "copying", "copyright"];
    let rest = words.iter().find_map(|word| {
        let begins = stem.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word));
        let at = stem.len().checked_sub(word.len())?;
        let ends = stem.get(at..).is_some_and(|tail| tail.eq_ignore_ascii_case(word));
        match (begins, ends) {
            (true, _) => stem.get(word.len()..).filter(|rest| rest.starts_with(['.', '-', '_'])),
            (false, true) => stem.get(..at).filter(|rest| rest.ends_with(['.', '-', '_'])),
            _ => None,
        }
    })?;
    let rest = rest.trim_matches(['.', '-', '_']);
    let mut words = rest.split(['.', '-', '_', ' ']).map(str::to_ascii_lowercase);
    let says =
        |word: &String| NOT_WORKS.contains(&word.as_str()) || word.starts_with(|c: char| c.is_ascii_digit());
    let named = rest.len() >= 3 && !words.any(|word| says(&word)) && !super::version::related(rest, folder);
    named.then_some(rest)
}

/// Whether a folder is named by the first part of a version only: `v2`.
pub(super) fn is_generation(name: &str) -> bool {
    name.strip_prefix(['v', 'V'])
        .is_some_and(|rest| (1..=3).contains(&rest.len()) && rest.bytes().all(|b| b.is_ascii_digit()))
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
        assert_eq!(library("a/libs/x/src/y"), Some("a/libs/x"));
        assert_eq!((library("lib/src"), library("src/x"), library("")), (None, None, None));
        assert!(is_passed_over("a/test_data/third_party/x") && !is_passed_over("tests/third_party/x"));
    }

    #[test]
    fn works_that_license_files_are_named_for() {
        assert_eq!(named_for("LICENSE_engine.txt", "random"), Some("engine"));
        assert_eq!(named_for("engine-License", "random"), Some("engine"));
        assert_eq!(named_for("COPYING.The_Engine", "random"), Some("The_Engine"));
        assert_eq!(named_for("LICENSE.engine-sdk", "engine"), None);
        for plain in
            ["LICENSE", "LICENSE-MIT.md", "LICENSE.GPL-2.0", "LICENSE_1_0.txt", "bsd_license.txt", "é"]
        {
            assert_eq!(named_for(plain, "random"), None, "{plain}");
        }
    }

    #[test]
    fn versions_in_names() {
        assert_eq!(split_version("zlib-1.3.1"), ("zlib", Some("1.3.1")));
        assert_eq!(split_version("lib_foo-v2.0"), ("lib_foo", Some("2.0")));
        assert_eq!(split_version("fast_float"), ("fast_float", None));
        assert_eq!(split_version("one-two-20190702"), ("one-two", Some("20190702")));
        assert_eq!(split_version("thing-master"), ("thing", None));
        assert_eq!(split_version("Some.Lib2.1.0.40"), ("Some.Lib2", Some("1.0.40")));
        assert_eq!(split_version("lua5.1"), ("lua5.1", None));
        assert_eq!(split_version("thing-12345678"), ("thing-12345678", None));
        assert!(is_generation("v2") && !is_generation("v1.2") && !is_generation("vendor"));
        assert!(is_version("v1.2") && !is_version("v1") && !is_version("zlib"));
    }
}
