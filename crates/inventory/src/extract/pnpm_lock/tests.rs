//! Tests of pnpm-lock.yaml.

use licit_model::Source;

use super::*;

fn read(text: &str) -> Found {
    let mut found = Found::new("pnpm-lock.yaml", "pnpm-lock");
    PnpmLock.extract(&File::new("pnpm-lock.yaml", text.as_bytes()), &mut found);
    found
}

fn name(found: &Found, index: usize) -> String {
    let package = &found.packages[index];
    match &package.dir {
        Some(dir) => format!("[{dir}]{}@{}", package.purl.full_name(), package.purl.version()),
        None => format!("{}@{}", package.purl.full_name(), package.purl.version()),
    }
}

fn edges(found: &Found) -> Vec<(String, String, Scope)> {
    found.edges.iter().map(|e| (name(found, e.from), name(found, e.to), e.scope)).collect()
}

fn edge(from: &str, to: &str, scope: Scope) -> (String, String, Scope) {
    (from.to_string(), to.to_string(), scope)
}

const NINE: &str = "lockfileVersion: '9.0'

importers:

  .:
    dependencies:
      '@s/b':
        specifier: workspace:^
        version: link:packages/b
      alias:
        specifier: npm:real@^1
        version: real@1.0.0(react@18.0.0)
      copied:
        specifier: workspace:^
        version: file:packages/b(react@17.0.0)
      g:
        specifier: o/g
        version: https://codeload.github.com/o/g/tar.gz/abc(react@18.0.0)
      t:
        specifier: file:t.tgz
        version: file:t.tgz
    devDependencies:
      react:
        specifier: ^18
        version: 18.0.0

  packages/b:
    dependencies:
      real:
        specifier: 'catalog:'
        version: 1.0.0(patch_hash=xyz)(react@17.0.0)
    optionalDependencies:
      opt:
        specifier: '1'
        version: 1.0.0

packages:

  copied@file:packages/b:
    resolution: {directory: packages/b, type: directory}

  g@https://codeload.github.com/o/g/tar.gz/abc:
    resolution: {tarball: https://codeload.github.com/o/g/tar.gz/abc}
    version: 2.0.0

  opt@1.0.0:
    resolution: {integrity: sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=}

  react@17.0.0:
    resolution: {integrity: sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=}

  react@18.0.0:
    resolution: {integrity: sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=}

  real@1.0.0:
    resolution: {integrity: sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=}
    peerDependencies:
      react: '*'

  t@file:t.tgz:
    resolution: {integrity: sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=, tarball: file:t.tgz}
    version: 3.0.0

snapshots:

  copied@file:packages/b(react@17.0.0):
    dependencies:
      real: 1.0.0(patch_hash=xyz)(react@17.0.0)

  g@https://codeload.github.com/o/g/tar.gz/abc(react@18.0.0):
    dependencies:
      react: 18.0.0

  opt@1.0.0:
    optional: true

  react@17.0.0: {}

  react@18.0.0: {}

  real@1.0.0(patch_hash=xyz)(react@17.0.0):
    dependencies:
      react: 17.0.0

  real@1.0.0(react@18.0.0):
    dependencies:
      react: 18.0.0

  t@file:t.tgz:
    dependencies:
      react: 18.0.0
";

#[test]
fn nine() {
    let found = read(NINE);
    assert_eq!(found.problems, []);
    let packages: Vec<_> = (0..found.packages.len()).map(|i| name(&found, i)).collect();
    let want = [
        "[]@",
        "[packages/b]copied@",
        "g@2.0.0",
        "opt@1.0.0",
        "react@17.0.0",
        "react@18.0.0",
        "real@1.0.0",
        "t@3.0.0",
    ];
    assert_eq!(packages, want);
    assert_eq!(found.packages[2].source, Source::Git("https://github.com/o/g.git#abc".to_string()));
    assert_eq!(found.packages[7].source, Source::Path("t.tgz".to_string()));
    // What is optional for a tool is no part of the product, so only who asks for it counts.
    assert_eq!((found.packages[3].scope, found.packages[6].scope), (None, None));
    assert_eq!((found.packages[0].line, found.packages[6].line), (Some(5), Some(55)));
    let want = [
        edge("[packages/b]copied@", "real@1.0.0", Scope::Runtime),
        edge("g@2.0.0", "react@18.0.0", Scope::Runtime),
        edge("real@1.0.0", "react@17.0.0", Scope::Runtime),
        edge("real@1.0.0", "react@18.0.0", Scope::Runtime),
        edge("t@3.0.0", "react@18.0.0", Scope::Runtime),
        edge("[]@", "[packages/b]copied@", Scope::Runtime),
        edge("[]@", "real@1.0.0", Scope::Runtime),
        edge("[]@", "g@2.0.0", Scope::Runtime),
        edge("[]@", "t@3.0.0", Scope::Runtime),
        edge("[]@", "react@18.0.0", Scope::Dev),
        edge("[packages/b]copied@", "opt@1.0.0", Scope::Optional),
    ];
    assert_eq!(edges(&found), want);
}

#[test]
fn five_has_its_lists_at_the_top_and_flags_below() {
    let found = read(
        "lockfileVersion: 5.4-inlineSpecifiers

dependencies:
  '@s/a':
    specifier: ^1
    version: 1.0.0_react@17.0.0
  al: /real/2.0.0
devDependencies:
  dev: 1.0.0

packages:

  /@s/a/1.0.0_react@17.0.0:
    resolution: {integrity: sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=}
    dependencies:
      react: 17.0.0
    optionalDependencies:
      gone: 1.0.0
    dev: false
  /dev/1.0.0:
    dev: true
    optional: true
  /react/17.0.0:
    dev: false
  /real/2.0.0:
    resolution: {integrity: sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=}
  github.com/o/g/abc:
    resolution: {tarball: 'https://codeload.github.com/o/g/tar.gz/abc'}
    name: g
    version: 1.0.0
    optional: true
",
    );
    assert_eq!(found.problems, []);
    let stated: Vec<_> =
        (0..found.packages.len()).map(|i| (name(&found, i), found.packages[i].scope)).collect();
    let package = |name: &str, scope| (name.to_string(), scope);
    let want = [
        package("[]@", None),
        package("@s/a@1.0.0", Some(Scope::Runtime)),
        package("dev@1.0.0", Some(Scope::Dev)),
        package("react@17.0.0", Some(Scope::Runtime)),
        package("real@2.0.0", Some(Scope::Runtime)),
        package("g@1.0.0", Some(Scope::Optional)),
    ];
    assert_eq!(stated, want);
    let want = [
        edge("@s/a@1.0.0", "react@17.0.0", Scope::Runtime),
        edge("[]@", "@s/a@1.0.0", Scope::Runtime),
        edge("[]@", "real@2.0.0", Scope::Runtime),
        edge("[]@", "dev@1.0.0", Scope::Dev),
    ];
    assert_eq!(edges(&found), want);
}

#[test]
fn pnpm_itself_is_left_out_but_not_its_plugins() {
    let environment = "---
lockfileVersion: '9.0'
importers:
  .:
    configDependencies:
      plugin:
        specifier: 1.0.0
        version: 1.0.0
    packageManagerDependencies:
      pnpm:
        specifier: 12.0.0
        version: 12.0.0
packages:
  plugin@1.0.0: {}
  pnpm@12.0.0: {}
snapshots:
  plugin@1.0.0: {}
  pnpm@12.0.0: {}
---
";
    let found = read(&format!("{environment}{NINE}"));
    assert_eq!(found.problems, []);
    assert_eq!(found.packages.len(), 9);
    assert_eq!(found.packages[0].line, Some(24));
    assert_eq!(edges(&found).last(), Some(&edge("[]@", "plugin@1.0.0", Scope::Dev)));
}

#[test]
fn what_is_cut_off_keeps_its_beginning() {
    for end in 0..NINE.len() {
        let found = read(NINE.get(..end).unwrap_or(""));
        if end > NINE.find("react@17.0.0:").unwrap_or(0) {
            assert!(found.packages.len() >= 4, "{end}");
        }
    }
    let found = read(
        "lockfileVersion: '9.0'\npackages:\n  a@1.0.0: {}\n  nothing\n  b@1.0.0:\n    resolution: {x\nsnapshots: 7\n",
    );
    assert_eq!(found.packages.len(), 3);
    assert_eq!(found.problems.iter().map(|p| p.line).collect::<Vec<_>>(), [Some(4), Some(6)]);
}

#[test]
fn a_folder_without_a_name_is_none() {
    let found = read(
        "lockfileVersion: 5.4\npackages:\n  file:../nameless:\n    resolution: {directory: ../nameless, type: directory}\n    version: 1.0.0\n",
    );
    assert_eq!(found.packages.len(), 1);
    assert!(found.packages.iter().all(|p| p.first_party));
}

#[test]
fn what_only_the_peers_of_developers_bring_stays_theirs() {
    let text = "lockfileVersion: '9.0'
importers:
  .:
    dependencies:
      app: {specifier: 2.0.0, version: 2.0.0(peer@2.0.0)}
    devDependencies:
      lint: {specifier: 1.0.0, version: 1.0.0(peer@1.0.0)}
packages:
  app@2.0.0: {}
  lint@1.0.0: {}
  shared@1.0.0: {}
  peer@1.0.0: {}
  peer@2.0.0: {}
snapshots:
  app@2.0.0(peer@2.0.0):
    dependencies: {shared: 1.0.0(peer@2.0.0)}
  lint@1.0.0(peer@1.0.0):
    dependencies: {shared: 1.0.0(peer@1.0.0)}
  shared@1.0.0(peer@1.0.0):
    dependencies: {peer: 1.0.0}
  shared@1.0.0(peer@2.0.0):
    dependencies: {peer: 2.0.0}
  peer@1.0.0: {}
  peer@2.0.0: {}
";
    let of = |text: &str| {
        let all = edges(&read(text));
        all.into_iter().filter(|(from, ..)| from == "shared@1.0.0").collect::<Vec<_>>()
    };
    let stays =
        [edge("shared@1.0.0", "peer@1.0.0", Scope::Dev), edge("shared@1.0.0", "peer@2.0.0", Scope::Runtime)];
    assert_eq!(of(text), stays);
    // Where it is not said with which peers it is needed, it may be with any.
    let unsaid = text.replace("{shared: 1.0.0(peer@2.0.0)}", "{shared: 1.0.0}");
    assert_eq!(of(&unsaid).first(), Some(&edge("shared@1.0.0", "peer@1.0.0", Scope::Runtime)));
}
