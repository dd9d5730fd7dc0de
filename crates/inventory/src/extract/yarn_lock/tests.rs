//! Tests of yarn.lock.

use super::*;

fn read(text: &str) -> Found {
    let mut found = Found::new("yarn.lock", "yarn-lock");
    YarnLock.extract(&File::new("yarn.lock", text.as_bytes()), &mut found);
    found
}

fn name(found: &Found, index: usize) -> String {
    let package = &found.packages[index];
    format!("{}@{}", package.purl.full_name(), package.purl.version())
}

fn edges(found: &Found) -> Vec<(String, String, Scope)> {
    found.edges.iter().map(|e| (name(found, e.from), name(found, e.to), e.scope)).collect()
}

fn key(found: &Found, key: &str) -> Option<String> {
    found.keys.iter().find(|(k, _)| k == key).map(|(_, index)| name(found, *index))
}

const CLASSIC: &str = r#"# yarn lockfile v1


"@s/a@^1.0.0", a-two@npm:@s/a@^1.1.0:
  version "1.2.0"
  resolved "https://registry.example/@s/a/-/a-1.2.0.tgz#da39a3ee5e6b4b0d3255bfef95601890afd80709"
  integrity sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=
  dependencies:
    b ">= 1 <3"
    "c" "^1"
  optionalDependencies:
    d "*"

"b@>= 1 <3":
  version "2.0.0"

c@2.0.0, c@~3:
  version "2.0.0"

d@*:
  version "4.0.0"
  resolved "git+ssh://git@h.example/o/d.git#0123456789012345678901234567890123456789"

"e@file:./local/e":
  version "5.0.0"
  dependencies:
    d "*"

"f@link:./local/f":
  version "0.0.0"
  uid ""

"g@https://codeload.github.com/o/g/tar.gz/abc":
  version "6.0.0"
  resolved "https://codeload.github.com/o/g/tar.gz/abc#da39a3ee5e6b4b0d3255bfef95601890afd80709"
"#;

#[test]
fn classic() {
    let found = read(CLASSIC);
    assert_eq!(found.problems, []);
    let purls: Vec<String> = found.packages.iter().map(|p| p.purl.to_string()).collect();
    let want = ["pkg:npm/%40s/a@1.2.0", "pkg:npm/b@2.0.0", "pkg:npm/c@2.0.0"];
    assert_eq!(purls[..3], want);
    let commit = "0123456789012345678901234567890123456789";
    assert_eq!(
        purls[3],
        format!("pkg:npm/d@4.0.0?vcs_url=git%2Bssh:%2F%2Fgit%40h.example%2Fo%2Fd.git%40{commit}")
    );
    assert_eq!(purls[4..6], ["pkg:npm/e@5.0.0", "pkg:npm/f"]);
    assert_eq!(purls[6], "pkg:npm/g@6.0.0?vcs_url=git%2Bhttps:%2F%2Fgithub.com%2Fo%2Fg.git%40abc");
    assert_eq!(found.packages[0].hashes.len(), 1);
    assert_eq!(found.packages[3].hashes, []);
    let dirs: Vec<_> = found.packages.iter().filter_map(|p| p.dir.as_deref()).collect();
    assert_eq!(dirs, ["local/e", "local/f"]);
    let edge = |from: &str, to: &str, scope| (from.to_string(), to.to_string(), scope);
    let want = [
        edge("@s/a@1.2.0", "b@2.0.0", Scope::Runtime),
        // A `resolutions` field replaced the range.
        edge("@s/a@1.2.0", "c@2.0.0", Scope::Runtime),
        edge("@s/a@1.2.0", "d@4.0.0", Scope::Optional),
        edge("e@5.0.0", "d@4.0.0", Scope::Runtime),
    ];
    assert_eq!(edges(&found), want);
    for descriptor in ["a-two@npm:@s/a@^1.1.0", "@s/a@^1.1.0", "@s/a@^1.0.0", "a-two"] {
        assert_eq!(key(&found, descriptor).as_deref(), Some("@s/a@1.2.0"), "{descriptor}");
    }
    assert_eq!(found.packages.iter().filter_map(|p| p.line).collect::<Vec<_>>(), [4, 14, 17, 20, 24, 29, 33]);
}

#[test]
fn a_bad_line_costs_one_entry() {
    let found = read(
        "# yarn lockfile v1\n\na@1:\n  version \"1.0.0\"\n\"b@1:\n  version \"1.0.0\"\nc@1:\n  resolved \"x\"\nd@1:\n  version \"1.0.0\"",
    );
    assert_eq!(found.packages.iter().map(|p| p.purl.name.as_str()).collect::<Vec<_>>(), ["a", "d"]);
    assert_eq!(found.problems.iter().map(|p| p.line).collect::<Vec<_>>(), [Some(5), Some(7)]);
    let none = read("hello\nworld\n");
    assert!(none.graph.is_none() && !none.problems.is_empty());
    let empty = read("# yarn lockfile v1\n\n\n");
    assert!(empty.graph.is_some() && empty.problems.is_empty());
}

const BERRY: &str = r#"__metadata:
  version: 8

"@s/a@workspace:*, @s/a@workspace:packages/a":
  version: 0.0.0-use.local
  resolution: "@s/a@workspace:packages/a"
  dependencies:
    left: "file:../../left"
    t: "npm:^5.4.0"
  languageName: unknown
  linkType: soft

"fse@npm:~1":
  version: 1.0.0
  resolution: "fse@npm:1.0.0"
  dependencies:
    node-gyp: "npm:latest"

"g@o/g#head=main":
  version: 1.0.0
  resolution: "g@https://github.com/o/g.git#commit=abc"

"left@file:../../left::locator=%40s%2Fa%40workspace%3Apackages%2Fa":
  version: 2.0.0
  resolution: "left@file:../../left#../../left::hash=1&locator=%40s%2Fa%40workspace%3Apackages%2Fa"

"left@file:../../left::locator=root%40workspace%3A.":
  version: 3.0.0
  resolution: "left@file:../../left#../../left::hash=1&locator=root%40workspace%3A."

"node-gyp@npm:latest":
  version: 11.0.0
  resolution: "node-gyp@npm:11.0.0"

"old@npm:t@^5.0.0":
  version: 5.0.0
  resolution: "t@npm:5.0.0"

"root@workspace:.":
  version: 0.0.0-use.local
  resolution: "root@workspace:."
  dependencies:
    "@s/a": "workspace:*"
    fse: ~1
    g: "o/g#head=main"
    old: "npm:t@^5.0.0"
  dependenciesMeta:
    fse:
      optional: true

"t@npm:^5.4.0":
  version: 5.9.3
  resolution: "t@npm:5.9.3"

"t@patch:t@npm%3A^5.4.0#optional!builtin<compat/t>":
  version: 5.9.3
  resolution: "t@patch:t@npm%3A5.9.3#optional!builtin<compat/t>::version=5.9.3&hash=5786d5"
  checksum: 10c0/ad09fdf7a756814dce65bc60c1657b40d44451346858eea230e10f2e95a289d9
"#;

#[test]
fn berry() {
    let found = read(BERRY);
    assert_eq!(found.problems, []);
    let packages: Vec<_> = (0..found.packages.len()).map(|i| name(&found, i)).collect();
    let want = [
        "@s/a@",
        "fse@1.0.0",
        "g@1.0.0",
        "left@2.0.0",
        "left@3.0.0",
        "node-gyp@11.0.0",
        "t@5.0.0",
        "root@",
        "t@5.9.3",
    ];
    assert_eq!(packages, want);
    let dirs: Vec<_> = found.packages.iter().filter_map(|p| p.dir.as_deref()).collect();
    assert_eq!(dirs, ["packages/a", "left", "../../left", ""]);
    assert!(found.packages.iter().all(|p| p.hashes.is_empty()));
    let edge = |from: &str, to: &str, scope| (from.to_string(), to.to_string(), scope);
    let want = [
        edge("@s/a@", "left@2.0.0", Scope::Runtime),
        edge("@s/a@", "t@5.9.3", Scope::Runtime),
        // Yarn's own addition, for packages that compile.
        edge("fse@1.0.0", "node-gyp@11.0.0", Scope::Build),
        edge("root@", "@s/a@", Scope::Runtime),
        edge("root@", "fse@1.0.0", Scope::Optional),
        edge("root@", "g@1.0.0", Scope::Runtime),
        edge("root@", "t@5.0.0", Scope::Runtime),
    ];
    assert_eq!(edges(&found), want);
    for (descriptor, package) in [
        ("t@^5.4.0", "t@5.9.3"),
        ("t@npm:^5.4.0", "t@5.9.3"),
        ("t@^5.0.0", "t@5.0.0"),
        ("old", "t@5.0.0"),
        ("@s/a@workspace:*", "@s/a@"),
    ] {
        assert_eq!(key(&found, descriptor).as_deref(), Some(package), "{descriptor}");
    }
}

#[test]
fn what_is_cut_off_keeps_its_beginning() {
    for end in 0..BERRY.len() {
        let found = read(BERRY.get(..end).unwrap_or(""));
        let lines = u32::try_from(BERRY.lines().count()).unwrap_or(0);
        assert!(found.packages.iter().all(|p| p.line.is_some_and(|line| line <= lines)));
        if end > BERRY.find("\"g@o/g").unwrap_or(0) {
            assert!(found.packages.len() >= 2, "{end}");
        }
    }
    for end in 0..CLASSIC.len() {
        read(CLASSIC.get(..end).unwrap_or(""));
    }
}

#[test]
fn what_is_installed_under_another_name() {
    let found = read(
        "a@^1.0.0:\n  version \"1.0.1\"\n  resolved \"https://registry.example/npm/@fork%2fa/-/a-1.0.1.tgz#0\"\n\n\
         b@^2.0.0:\n  version \"2.0.0\"\n  resolved \"https://registry.example/npm/b/-/b-2.0.0.tgz#0\"\n\n\
         c@^3.0.0:\n  version \"3.0.0\"\n  resolved \"https://git.example/o/d/-/archive/v3/d.tar.gz#0\"\n",
    );
    let names: Vec<String> = (0..found.packages.len()).map(|index| name(&found, index)).collect();
    assert_eq!(names, ["@fork/a@1.0.1", "b@2.0.0", "c@3.0.0"]);
    assert_eq!(key(&found, "a@^1.0.0").as_deref(), Some("@fork/a@1.0.1"));
}
