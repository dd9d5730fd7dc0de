//! Tests of package-lock.json.

use licit_model::Source;

use super::*;

fn read(name: &str, json: &str) -> Found {
    let mut found = Found::new(name, "package-lock");
    PackageLock.extract(&File::new(name, json.as_bytes()), &mut found);
    found
}

fn name(found: &Found, index: usize) -> String {
    let package = &found.packages[index];
    format!("{}@{}", package.purl.full_name(), package.purl.version())
}

fn edges(found: &Found) -> Vec<(String, String, Scope)> {
    found.edges.iter().map(|e| (name(found, e.from), name(found, e.to), e.scope)).collect()
}

fn edge(from: &str, to: &str, scope: Scope) -> (String, String, Scope) {
    (from.to_string(), to.to_string(), scope)
}

const THREE: &str = r#"{
  "name": "root", "version": "1.0.0", "lockfileVersion": 3,
  "packages": {
    "": {"name": "root", "license": "MIT", "workspaces": ["packages/*"],
      "dependencies": {"a": "^1", "al": "npm:real@1", "u": "https://files.example/u.tgz", "g": "o/g"},
      "devDependencies": {"b": "1", "p": "1"}, "optionalDependencies": {"gone": "1"}, "peerDependencies": {"p": "1"}},
    "../out": {"version": "9.0.0", "dependencies": {"b": "1"}},
    "node_modules/@s/w": {"resolved": "packages/w", "link": true},
    "node_modules/a": {"version": "1.0.0", "license": {"type": "ISC"}, "dependencies": {"b": "2", "gone": "1"},
      "optionalDependencies": {"gone": "1"}, "peerDependencies": {"p": "*", "b": "*"},
      "peerDependenciesMeta": {"p": {"optional": true}}},
    "node_modules/a/node_modules/b": {"version": "2.0.0", "dependencies": {"a": "1"}},
    "node_modules/al": {"name": "real", "version": "1.0.0", "resolved": "https://registry.example/real/-/real-1.0.0.tgz"},
    "node_modules/b": {"version": "1.0.0", "dev": true},
    "node_modules/g": {"version": "3.0.0", "resolved": "git+ssh://git@github.com/o/g.git#abc"},
    "node_modules/out": {"resolved": "../out", "link": true},
    "node_modules/p": {"version": "1.0.0", "devOptional": true},
    "node_modules/stub": {"optional": true},
    "node_modules/u": {"version": "4.0.0", "resolved": "https://files.example/u.tgz"},
    "packages/w": {"name": "@s/w", "version": "0.1.0", "dependencies": {"b": "2", "out": "file:../../../out"}},
    "packages/w/node_modules/b": {"version": "2.0.0", "dev": true}
  }
}"#;

#[test]
fn edges_follow_the_folders() {
    let found = read("package-lock.json", THREE);
    assert_eq!(
        found.problems.iter().map(|p| p.message.as_str()).collect::<Vec<_>>(),
        ["`b` is asked for but not in the lockfile; install again to renew it"]
    );
    let packages: Vec<_> = (0..found.packages.len()).map(|i| name(&found, i)).collect();
    let want = [
        "root@1.0.0",
        "out@9.0.0",
        "a@1.0.0",
        "b@2.0.0",
        "real@1.0.0",
        "b@1.0.0",
        "g@3.0.0",
        "p@1.0.0",
        "u@4.0.0",
        "@s/w@0.1.0",
    ];
    assert_eq!(packages, want);
    let dirs: Vec<_> = found.packages.iter().filter_map(|p| p.dir.as_deref()).collect();
    assert_eq!(dirs, ["", "../out", "packages/w"]);
    let want = [
        edge("root@1.0.0", "a@1.0.0", Scope::Runtime),
        edge("root@1.0.0", "real@1.0.0", Scope::Runtime),
        edge("root@1.0.0", "u@4.0.0", Scope::Runtime),
        edge("root@1.0.0", "g@3.0.0", Scope::Runtime),
        edge("root@1.0.0", "b@1.0.0", Scope::Dev),
        edge("root@1.0.0", "p@1.0.0", Scope::Dev),
        edge("a@1.0.0", "b@2.0.0", Scope::Runtime),
        edge("a@1.0.0", "p@1.0.0", Scope::Optional),
        edge("b@2.0.0", "a@1.0.0", Scope::Runtime),
        edge("@s/w@0.1.0", "b@2.0.0", Scope::Runtime),
        edge("@s/w@0.1.0", "out@9.0.0", Scope::Runtime),
    ];
    assert_eq!(edges(&found), want);
    let scope = |i: usize| found.packages[i].scope;
    assert_eq!(
        (scope(3), scope(5), scope(7)),
        (Some(Scope::Runtime), Some(Scope::Dev), Some(Scope::Optional))
    );
    assert_eq!(found.packages[3].install_path.as_deref(), Some("node_modules/a/node_modules/b"));
    assert_eq!(found.packages[8].source, Source::Url("https://files.example/u.tgz".to_string()));
    assert_eq!(found.packages[4].source, Source::Registry(None));
    assert_eq!((found.packages[2].licenses[0].text.as_str(), found.packages[2].line), ("ISC", Some(9)));
    assert_eq!(found.precedence, 1);
    assert_eq!(read("npm-shrinkwrap.json", THREE).precedence, 2);
}

#[test]
fn an_optional_peer_makes_no_tool_part_of_the_product() {
    let found = read(
        "package-lock.json",
        r#"{"lockfileVersion": 3, "packages": {
            "": {"name": "root", "dependencies": {"a": "1"}, "devDependencies": {"tool": "1", "both": "1"}},
            "node_modules/a": {"version": "1.0.0", "peerDependencies": {"tool": "*", "both": "*"},
                "peerDependenciesMeta": {"tool": {"optional": true}, "both": {"optional": true}}},
            "node_modules/both": {"version": "1.0.0"},
            "node_modules/tool": {"version": "1.0.0", "dev": true}}}"#,
    );
    let scopes: Vec<_> = edges(&found).into_iter().filter(|e| e.0 == "a@1.0.0").map(|e| (e.1, e.2)).collect();
    let want = [("both@1.0.0".to_string(), Scope::Optional), ("tool@1.0.0".to_string(), Scope::Dev)];
    assert!(want.iter().all(|w| scopes.contains(w)) && scopes.len() == 2, "{scopes:?}");
}

#[test]
fn version_one_is_nested() {
    let json = r#"{"lockfileVersion": 1, "requires": true, "dependencies": {
        "a": {"version": "1.0.0", "requires": {"b": "2", "o": "1"}, "dependencies": {
            "b": {"version": "2.0.0", "requires": {"c": "1"}}}},
        "al": {"version": "npm:@s/real@1.0.0", "dev": true},
        "b": {"version": "1.0.0", "dev": true},
        "c": {"version": "git+ssh://git@github.com/o/c.git#abc", "from": "o/c"},
        "o": {"version": "1.0.0", "optional": true, "requires": {"gone": "1"}},
        "l": {"version": "file:../l"},
        "t": {"version": "file:t-1.0.0.tgz"},
        "u": {"version": "https://files.example/u-5.0.0.tgz"},
        "r": {"version": "https://registry.example/r/-/r-6.0.0.tgz", "requires": 7}
    }}"#;
    let found = read("package-lock.json", json);
    assert_eq!(found.problems, []);
    let packages: Vec<_> = (0..found.packages.len()).map(|i| name(&found, i)).collect();
    let want = [
        "a@1.0.0",
        "b@2.0.0",
        "@s/real@1.0.0",
        "b@1.0.0",
        "c@",
        "o@1.0.0",
        "l@",
        "t@1.0.0",
        "u@5.0.0",
        "r@6.0.0",
    ];
    assert_eq!(packages, want);
    let want = [
        edge("a@1.0.0", "b@2.0.0", Scope::Runtime),
        edge("a@1.0.0", "o@1.0.0", Scope::Optional),
        edge("b@2.0.0", "c@", Scope::Runtime),
    ];
    assert_eq!(edges(&found), want);
    let keys: Vec<_> = found.keys.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(keys, ["a", "al", "b", "c", "o", "l", "t", "u", "r"]);
    assert_eq!(found.packages[1].install_path.as_deref(), Some("node_modules/a/node_modules/b"));
    assert_eq!((found.packages[6].dir.as_deref(), found.packages[7].first_party), (Some("../l"), false));
    assert_eq!(found.packages[9].source, Source::Registry(None));
    assert_eq!(found.packages[8].source, Source::Url("https://files.example/u-5.0.0.tgz".to_string()));
    assert_eq!(found.graph.as_ref().map(|(depth, _)| *depth), Some(GraphDepth::Full));
    let old = read("npm-shrinkwrap.json", r#"{"name": "x", "dependencies": {"a": {"version": "1.0.0"}}}"#);
    assert_eq!(old.graph.as_ref().map(|(depth, _)| *depth), Some(GraphDepth::Flat));
}

#[test]
fn what_stands_before_an_error_is_kept() {
    let json = r#"{"lockfileVersion": 3, "packages": {
        "": {"dependencies": {"a": "1", "b": "1"}}, "node_modules/x": 7, "node_modules/y": {"version": {}},
        "node_modules/a": {"version": "1.0.0", "license": 7, "dependencies": []},
        "node_modules/b": {"ver"#;
    let found = read("package-lock.json", json);
    assert_eq!(found.packages.iter().map(|p| p.purl.name.as_str()).collect::<Vec<_>>(), ["", "a"]);
    assert_eq!(found.problems.iter().map(|p| (p.line, p.loses)).collect::<Vec<_>>(), [(Some(4), true)]);
    let deep = format!(
        "{}{}",
        r#"{"dependencies": {"a": {"version": "1", "x": "#,
        r#"{"dependencies": {"a": "#.repeat(5000)
    );
    assert_eq!(read("package-lock.json", &deep).problems.len(), 1);
    for end in 0..THREE.len() {
        read("package-lock.json", THREE.get(..end).unwrap_or(""));
    }
}

#[test]
fn folders_have_names() {
    assert_eq!(folder_name("packages/@s/a"), "@s/a");
    assert_eq!(folder_name("@s/a"), "@s/a");
    assert_eq!(folder_name("packages/a"), "a");
    assert_eq!(folder_name("a"), "a");
    assert_eq!(folder_name(".."), "");
    assert_eq!(folder_name(""), "");
}
