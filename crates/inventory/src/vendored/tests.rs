//! Small trees on disk, with what is found in them.

use std::path::PathBuf;

use super::*;
use crate::walk::{Limits, walk};

const OWN: &str = "Copyright (c) 2024 Engine Makers\n\nSPDX-License-Identifier: MIT\n";

/// Writes a tree, walks it, and gives one line a copy: place, package URL, number of texts, scope.
fn copies(name: &str, files: &[(&str, &str)]) -> Vec<String> {
    let root: PathBuf = std::env::temp_dir().join(format!("licit-vendored-{name}-{}", std::process::id()));
    std::fs::remove_dir_all(&root).ok();
    for (path, text) in files {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let walked = walk(&root, &Limits { every_file: true, ..Limits::default() }, &|_| {});
    let found = find(&walked, &[], &Spot::from(root.as_path()));
    std::fs::remove_dir_all(&root).unwrap();
    let mut lines: Vec<String> = found
        .iter()
        .map(|c| {
            let place = c.place.as_deref().unwrap_or("-");
            format!("{place} {} {} {}", c.purl, c.texts.len(), c.scope.word())
        })
        .collect();
    lines.sort();
    lines
}

fn of(holder: &str, license: &str) -> String {
    format!("Copyright (c) 2010 {holder}\n\nSPDX-License-Identifier: {license}\n")
}

#[test]
fn folders_by_license_and_version() {
    let (one, two) = (of("Ann Other", "BSD-2-Clause"), of("Joe Else", "Zlib"));
    let found = copies(
        "folders",
        &[
            ("LICENSE", OWN),
            ("third_party/LICENSE", &one),
            ("third_party/a-1.4/COPYING", &one),
            ("third_party/a-1.4/a.c", "int a;"),
            ("third_party/b/2.0.1/LICENSE", &two),
            ("third_party/b/2.0.1/b.c", "int b;"),
            ("third_party/c/src/LICENSE", &two),
            ("third_party/c/src/c.c", "int c;"),
            ("third_party/own/LICENSE", OWN),
            ("third_party/own/own.c", "int o;"),
            ("third_party/words/LICENSE", &two),
            ("third_party/words/words.txt", "no sources"),
            ("fixtures/third_party/x/LICENSE", &two),
            ("fixtures/third_party/x/x.c", "int x;"),
        ],
    );
    let expected = [
        "third_party/a-1.4 pkg:generic/a@1.4 1 runtime",
        "third_party/b/2.0.1 pkg:generic/b@2.0.1 1 runtime",
        "third_party/c pkg:generic/c 1 runtime",
    ];
    assert_eq!(found, expected);
}

#[test]
fn among_the_projects_own_files_another_holder_is_needed() {
    let other = of("Ann Other", "Zlib");
    let found = copies(
        "elsewhere",
        &[
            ("COPYING", OWN),
            ("zstd/LICENSE", &other),
            ("zstd/lib/zstd.h", "#define ZSTD_VERSION_MAJOR 1\n#define ZSTD_VERSION_MINOR 5\n"),
            ("addon/LICENSE", &other),
            ("addon/addon.c", "int a;"),
            ("tool/LICENSE", OWN),
            ("tool/version.h", "#define TOOL_VERSION \"1.2\"\n"),
            ("lib/some/LICENSE", &other),
            ("lib/some/some.c", "int s;"),
        ],
    );
    let expected = [
        "addon pkg:generic/addon 1 runtime",
        "lib/some pkg:generic/some 1 runtime",
        "zstd pkg:generic/zstd@1.5 1 runtime",
    ];
    assert_eq!(found, expected);
}

#[test]
fn single_files() {
    let json = "// Copyright (c) 2013 Niels Other\n// SPDX-License-Identifier: MIT\n#define X_JSON_VERSION_MAJOR 3\n#define X_JSON_VERSION_MINOR 11\n#define X_JSON_VERSION_PATCH 3\n";
    let stb = format!(
        "/* see - v2.30 - public domain; license: see end of file */\n{}\n/*\nThis software is available under 2 licenses\npublic domain\n*/\n",
        "int x;\n".repeat(2000)
    );
    let found = copies(
        "single",
        &[
            ("LICENSE", OWN),
            ("src/json.hpp", json),
            ("examples/json.hpp", json),
            (
                "src/engine.h",
                "// Copyright (c) 2024 Engine Makers\n// SPDX-License-Identifier: MIT\n#define ENGINE_VERSION \"1.2.3\"\n",
            ),
            (
                "src/gift.c",
                "// Copyright (c) 2020 Some Body\n// SPDX-License-Identifier: MIT\nint no_version;\n",
            ),
            ("external/see.h", &stb),
            (
                "external/plain.c",
                "// Copyright (c) 2020 Some Body\n// SPDX-License-Identifier: 0BSD\nint x;\n",
            ),
            ("external/silent.c", "int x;\n"),
            ("deps/tiny/tiny.h", "// tiny.h v1.0\n"),
            (
                "deps/tiny/tiny.c",
                "/* Copyright (c) 2010 Tina Tiny\n * Licensed under the\n * MIT license. */\n",
            ),
        ],
    );
    let expected = [
        "deps/tiny pkg:generic/tiny@1.0 1 runtime",
        "examples/json.hpp pkg:generic/x_json@3.11.3 1 dev",
        "external/plain.c pkg:generic/plain 1 runtime",
        "external/see.h pkg:generic/see@2.30 1 runtime",
        "src/json.hpp pkg:generic/x_json@3.11.3 1 runtime",
    ];
    assert_eq!(found, expected);
}

#[test]
fn metadata_says_who_it_is() {
    let readme = "Name: Zip Tools\nShort Name: ziptools\nURL: https://github.com/o/ziptools\nRevision: 0123456789abcdef0123456789abcdef01234567\nLicense: Zlib\nLicense File: src/COPYING\nShipped: no\n";
    let list = r#"{"registrations": [
        {"component": {"type": "git", "git": {"repositoryUrl": "https://github.com/o/safe.git", "commitHash": "abc"}}},
        {"component": {"type": "other", "other": {"name": "gone", "version": "1", "downloadUrl": "https://h.example/gone.zip"}}}]}"#;
    let found = copies(
        "metadata",
        &[
            ("README.chromium", "Name: itself\nURL: u\nVersion: 1\nLicense: MIT\n"),
            ("base/zip/README.chromium", readme),
            ("base/zip/src/COPYING", &of("Zip", "Zlib")),
            ("base/zip/src/zip.c", "int z;"),
            ("sub/.gitrepo", "[subrepo]\n\tremote = https://git.example/sub.git\n\tcommit = fedcba\n"),
            ("vendor/safe/LICENSE", &of("Safe", "MIT")),
            ("vendor/safe/safe.c", "int s;"),
            ("cgmanifest.json", list),
        ],
    );
    let expected = [
        "- pkg:generic/gone@1?download_url=https:%2F%2Fh.example%2Fgone.zip 0 runtime",
        "base/zip pkg:github/o/ziptools@0123456789abcdef0123456789abcdef01234567 1 build",
        "sub pkg:generic/sub@fedcba?vcs_url=git%2Bhttps:%2F%2Fgit.example%2Fsub.git%40fedcba 0 runtime",
        "vendor/safe pkg:github/o/safe@abc 1 runtime",
    ];
    assert_eq!(found, expected);
}

#[test]
fn hostile_files_take_bounded_time() {
    let long = "a".repeat(1 << 20);
    let defines = "#define A_VERSION_MAJOR 1\n".repeat(20_000);
    let sets = "set ".repeat(60_000);
    let other = of("Ann", "MIT");
    let nested: String = "d/".repeat(60);
    let deep = format!("vendor/{nested}LICENSE");
    let found = copies(
        "hostile",
        &[
            ("LICENSE", OWN),
            ("vendor/a/LICENSE", &long),
            ("vendor/a/CMakeLists.txt", &format!("project(a)\n{sets}")),
            ("vendor/a/a.h", &defines),
            ("vendor/b/LICENSE", &other),
            ("vendor/b/VERSION", "99999999999999999999999999.9"),
            ("vendor/b/b.c", "/*"),
            (&deep, &other),
            ("moz.yaml", "a: [[[[[[[["),
            ("vendor/c/METADATA", &"x { ".repeat(10_000)),
            ("vendor/c/cgmanifest.json", &"[".repeat(10_000)),
        ],
    );
    assert!(found.iter().any(|line| line.starts_with("vendor/b ")), "{found:?}");
}
