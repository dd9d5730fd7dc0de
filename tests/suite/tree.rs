//! Archives, images and revisions as a user scans them, whole and hostile.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::snapshot::root;
use archive::{ended, entry, executable, files, gzip, member, tar, xz, zip, zstd};

#[path = "tree/archive.rs"]
mod archive;

/// A folder of its own, taken away at the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Scratch {
        let dir = std::env::temp_dir().join(format!("licit-tree-{name}-{}", std::process::id()));
        std::fs::remove_dir_all(&dir).ok();
        std::fs::create_dir_all(&dir).unwrap();
        Scratch(dir)
    }

    fn put(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

fn licit(path: &Path, more: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_licit"))
        .arg("scan")
        .arg(path)
        .args(["-q", "-o", "json", "--no-caches"])
        .args(more)
        .env("SOURCE_DATE_EPOCH", "1790000000")
        .env_remove("VIRTUAL_ENV")
        .output()
        .unwrap()
}

fn scan(path: &Path, more: &[&str]) -> Value {
    let output = licit(path, more);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn ids(scan: &Value) -> Vec<String> {
    scan["components"].as_array().unwrap().iter().map(|c| c["id"].as_str().unwrap().to_string()).collect()
}

fn component<'s>(scan: &'s Value, id: &str) -> &'s Value {
    let all = scan["components"].as_array().unwrap();
    all.iter().find(|c| c["id"] == id).unwrap_or_else(|| panic!("{id} is not in {:?}", ids(scan)))
}

fn problems(scan: &Value) -> String {
    let all = scan["problems"].as_array().unwrap();
    let one = |p: &Value| {
        format!("{} {} loses={}", p["path"].as_str().unwrap(), p["message"].as_str().unwrap(), p["loses"])
    };
    all.iter().map(one).collect::<Vec<_>>().join("\n")
}

fn package(name: &str, version: &str) -> Vec<u8> {
    json!({"name": name, "version": version, "license": "MIT"}).to_string().into_bytes()
}

fn pom(artifact: &str, version: &str) -> Vec<u8> {
    format!(
        "<project><groupId>org.example</groupId><artifactId>{artifact}</artifactId><version>{version}</version>\
         <licenses><license><name>Apache-2.0</name></license></licenses></project>"
    )
    .into_bytes()
}

const LOCK: &[u8] = br#"{"name":"app","version":"1.0.0","lockfileVersion":3,"packages":{
"":{"name":"app","version":"1.0.0","dependencies":{"left":"^1"}},"node_modules/left":{"version":"1.1.0","license":"WTFPL"}}}"#;

#[test]
fn an_archive_gives_what_its_folder_gives() {
    let scratch = Scratch::new("forms");
    let members: [(&str, &[u8]); 3] = [
        ("app-1.0/package-lock.json", LOCK),
        (
            "app-1.0/package.json",
            br#"{"name":"app","version":"1.0.0","license":"Apache-2.0","dependencies":{"left":"^1"}}"#,
        ),
        ("app-1.0/LICENSE", b"no license that is known"),
    ];
    for (name, content) in members {
        scratch.put(&format!("folder/{name}"), content);
    }
    let plain = tar(&members);
    let forms = [
        scratch.put("a.zip", &files(&members)),
        scratch.put("a.tar", &plain),
        scratch.put("a.tgz", &gzip(&plain)),
        scratch.put("a.crate", &gzip(&plain)),
        scratch.put("a.tar.zst", &zstd(&plain)),
        // Names do not matter for what is given by name.
        scratch.put("download", &gzip(&plain)),
    ];
    let expected = scan(&scratch.0.join("folder"), &["--name", "x"]);
    assert_eq!(ids(&expected), ["pkg:npm/app@1.0.0", "pkg:npm/left@1.1.0"]);
    for form in forms {
        assert_eq!(scan(&form, &["--name", "x"]), expected, "{}", form.display());
    }
}

#[test]
fn other_compressions_and_packages_of_debian() {
    for name in ["sample.tar.xz", "sample.tar.bz2", "sample.tar.zst"] {
        let scan = scan(&root().join("fixtures/trees").join(name), &[]);
        let expected =
            ["pkg:npm/left@1.2.3", "pkg:npm/sample@1.0.0", "pkg:pypi/right@4.5.6", "pypi:a-long-name"];
        assert_eq!(ids(&scan), expected, "{name}");
        assert_eq!(scan["complete"], true, "{name}: {}", problems(&scan));
    }
    let scan = scan(&root().join("fixtures/trees/sample.deb"), &[]);
    let inside = component(&scan, "pkg:npm/inside@2.0.0");
    assert_eq!(inside["locations"][0]["path"], "usr/share/sample/package.json");
}

#[test]
fn archives_in_archives_are_third_parties() {
    let scratch = Scratch::new("nested");
    let jar = |name: &str| {
        files(&[
            (&format!("META-INF/maven/org.example/{name}/pom.xml"), &pom(name, "1.0")),
            ("META-INF/LICENSE", b"the text of a license"),
        ])
    };
    let war = zip(&[
        archive::Member { stored: true, ..member("WEB-INF/lib/stored.jar", &jar("stored")) },
        member("WEB-INF/lib/packed.jar", &jar("packed")),
        member("META-INF/maven/org.example/site/pom.xml", &pom("site", "3")),
    ]);
    let ear = files(&[("site.war", &war), ("META-INF/maven/org.example/app/pom.xml", &pom("app", "9"))]);
    let path = scratch.put("app.ear", &ear);
    let result = scan(&path, &[]);
    let all = ["app@9", "packed@1.0", "site@3", "stored@1.0"].map(|n| format!("pkg:maven/org.example/{n}"));
    assert_eq!(ids(&result), all, "{}", problems(&result));
    for id in &all[1..] {
        assert_eq!(component(&result, id)["first_party"], false);
    }
    assert_eq!(component(&result, &all[0])["first_party"], true);
    let location = &component(&result, &all[1])["locations"][0]["path"];
    assert_eq!(location, "site.war!/WEB-INF/lib/packed.jar!/META-INF/maven/org.example/packed/pom.xml");
    // In a folder the same jars are found where they lie, and a broken one costs itself only.
    scratch.put("folder/lib/site.war", &war);
    scratch.put("folder/lib/broken.jar", &jar("broken")[..60]);
    scratch.put("folder/lib/empty.jar", b"");
    let result = scan(&scratch.0.join("folder"), &[]);
    // Beside them stands the folder itself, whatever it is called.
    let named: Vec<String> = ids(&result).into_iter().filter(|id| id.starts_with("pkg:")).collect();
    assert_eq!(named, all[1..], "{}", problems(&result));
    assert_eq!(result["problems"].as_array().unwrap().len(), 1, "{}", problems(&result));
    assert!(problems(&result).starts_with("lib/broken.jar cannot be read as a zip"), "{}", problems(&result));
}

/// A layer with a whiteout of a file, one of a folder, an opaque folder, links of both sorts, and one that leads out.
fn layers() -> [Vec<u8>; 3] {
    let mut first = Vec::new();
    for name in ["kept", "gone", "hidden"] {
        let path = format!("usr/lib/node_modules/{name}/package.json");
        entry(&mut first, &path, tar::EntryType::Regular, "", &package(name, "1.0.0"));
    }
    entry(
        &mut first,
        "opt/one/node_modules/old/package.json",
        tar::EntryType::Regular,
        "",
        &package("old", "1.0.0"),
    );
    entry(
        &mut first,
        "data/node_modules/real/package.json",
        tar::EntryType::Regular,
        "",
        &package("real", "1.0.0"),
    );
    entry(&mut first, "lib", tar::EntryType::Symlink, "usr/lib", b"");
    let mut second = Vec::new();
    // Whiteouts speak of the layers below, wherever they stand.
    entry(
        &mut second,
        "opt/one/node_modules/new/package.json",
        tar::EntryType::Regular,
        "",
        &package("new", "2.0.0"),
    );
    entry(&mut second, "opt/one/.wh..wh..opq", tar::EntryType::Regular, "", b"");
    entry(&mut second, "usr/lib/node_modules/.wh.gone", tar::EntryType::Regular, "", b"");
    entry(&mut second, "usr/lib/node_modules/hidden/.wh.package.json", tar::EntryType::Regular, "", b"");
    // A folder behind a link of the layer below.
    entry(
        &mut second,
        "lib/node_modules/linked/package.json",
        tar::EntryType::Regular,
        "",
        &package("linked", "3.0.0"),
    );
    let mut third = Vec::new();
    let same = "data/node_modules/real/package.json";
    entry(&mut third, "app/node_modules/again/package.json", tar::EntryType::Link, same, b"");
    entry(&mut third, "app/package.json", tar::EntryType::Symlink, "../../../../etc/passwd", b"");
    entry(
        &mut third,
        "../../escaped/package.json",
        tar::EntryType::Regular,
        "",
        &package("escaped", "1.0.0"),
    );
    entry(&mut third, "loop", tar::EntryType::Symlink, "loop", b"");
    entry(&mut third, "loop/x/package.json", tar::EntryType::Regular, "", &package("looped", "1.0.0"));
    [ended(first), ended(second), ended(third)]
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

fn config(layers: &[Vec<u8>]) -> Vec<u8> {
    let ids: Vec<String> = layers.iter().map(|l| format!("sha256:{}", digest(l))).collect();
    json!({"architecture": "amd64", "os": "linux", "config": {"Labels": null},
        "rootfs": {"type": "layers", "diff_ids": ids}})
    .to_string()
    .into_bytes()
}

fn saved(layers: &[Vec<u8>], pack: &dyn Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let config = config(layers);
    let mut members: Vec<(String, Vec<u8>)> =
        layers.iter().map(|l| (format!("{}/layer.tar", digest(l)), pack(l))).collect();
    let names: Vec<String> = members.iter().map(|(name, _)| name.clone()).collect();
    let file = format!("{}.json", digest(&config));
    let manifest = json!([{"Config": file, "RepoTags": ["host.example:5000/team/app:1.0"], "Layers": names}]);
    members.push((file, config));
    members.push(("manifest.json".to_string(), manifest.to_string().into_bytes()));
    let members: Vec<(&str, &[u8])> = members.iter().map(|(n, c)| (n.as_str(), c.as_slice())).collect();
    tar(&members)
}

fn layout(layers: &[Vec<u8>], pack: &dyn Fn(&[u8]) -> Vec<u8>) -> Vec<(String, Vec<u8>)> {
    let mut blobs = Vec::new();
    let mut blob = |bytes: Vec<u8>| {
        let name = format!("sha256:{}", digest(&bytes));
        blobs.push((format!("blobs/{}", name.replace(':', "/")), bytes));
        name
    };
    let config = blob(config(layers));
    let layers: Vec<Value> = layers.iter().map(|l| json!({"digest": blob(pack(l))})).collect();
    let manifest = blob(json!({"config": {"digest": config}, "layers": layers}).to_string().into_bytes());
    let other = blob(br#"{"layers":[]}"#.to_vec());
    let index = json!({"manifests": [
        {"digest": other, "platform": {"os": "linux", "architecture": "arm64"}},
        {"digest": other, "platform": {"os": "unknown", "architecture": "unknown"},
         "annotations": {"vnd.docker.reference.type": "attestation-manifest"}},
        {"digest": manifest, "platform": {"os": "linux", "architecture": "amd64"}},
    ]});
    let inner = blob(index.to_string().into_bytes());
    let outer = json!({"manifests": [
        {"digest": inner, "annotations": {"org.opencontainers.image.ref.name": "host.example/team/app:1.0"}}]});
    blobs.push(("index.json".to_string(), outer.to_string().into_bytes()));
    blobs.push(("oci-layout".to_string(), br#"{"imageLayoutVersion":"1.0.0"}"#.to_vec()));
    blobs
}

#[test]
fn the_layers_of_an_image_are_squashed() {
    let scratch = Scratch::new("image");
    let layers = layers();
    let oci = |pack: &dyn Fn(&[u8]) -> Vec<u8>| {
        let blobs = layout(&layers, pack);
        let members: Vec<(&str, &[u8])> = blobs.iter().map(|(n, c)| (n.as_str(), c.as_slice())).collect();
        tar(&members)
    };
    for (name, content) in layout(&layers, &gzip) {
        scratch.put(&format!("layout/{name}"), &content);
    }
    let forms = [
        ("docker", scratch.put("plain.tar", &saved(&layers, &<[u8]>::to_vec))),
        ("docker", scratch.put("packed.tar", &saved(&layers, &gzip))),
        ("docker", scratch.put("twice.tar.gz", &gzip(&saved(&layers, &gzip)))),
        ("oci", scratch.put("oci.tar", &oci(&gzip))),
        ("oci", scratch.put("zstd.tar", &oci(&zstd))),
        ("oci", scratch.put("oci.tgz", &gzip(&oci(&<[u8]>::to_vec)))),
        ("oci", scratch.0.join("layout")),
    ];
    for (kind, form) in forms {
        let result = scan(&form, &[]);
        let mut all = ids(&result);
        let top =
            all.iter().position(|id| id.starts_with(&format!("pkg:{kind}/"))).expect("the image itself");
        let top = all.remove(top);
        let expected = ["again", "kept", "linked", "new", "real"];
        let found: Vec<&str> =
            all.iter().map(|id| id.trim_start_matches("pkg:npm/").split('@').next().unwrap()).collect();
        // The second name of a file is the same package.
        assert_eq!(found, expected[1..], "{} {}", form.display(), problems(&result));
        assert_eq!(component(&result, &top)["kind"], "container");
        let layer = |id: &str| component(&result, id)["locations"][0]["layer"].as_str().unwrap().to_string();
        assert_eq!(layer("pkg:npm/kept@1.0.0"), format!("1 {}", &digest(&layers[0])[..12]));
        assert_eq!(layer("pkg:npm/linked@3.0.0"), format!("2 {}", &digest(&layers[1])[..12]));
        let places = component(&result, "pkg:npm/real@1.0.0")["locations"].as_array().unwrap().len();
        assert_eq!(places, 2, "{}", form.display());
        let said = problems(&result);
        assert!(said.contains("lead out"), "{}: {said}", form.display());
        assert!(said.contains("behind links"), "{}: {said}", form.display());
        if kind == "oci" {
            assert!(said.contains("linux/amd64 was read; the index also names linux/arm64"), "{said}");
            assert!(top.contains("tag=1.0"), "{top}");
        }
    }
}

#[test]
fn an_image_that_lacks_a_layer_says_so() {
    let scratch = Scratch::new("lacks");
    let [first, second, _] = layers();
    let mut blobs = layout(&[first, second.clone()], &gzip);
    let lost = format!("blobs/sha256/{}", digest(&gzip(&second)));
    blobs.retain(|(name, _)| *name != lost);
    let members: Vec<(&str, &[u8])> = blobs.iter().map(|(n, c)| (n.as_str(), c.as_slice())).collect();
    let result = scan(&scratch.put("i.tar", &tar(&members)), &[]);
    assert!(ids(&result).contains(&"pkg:npm/gone@1.0.0".to_string()));
    assert!(
        problems(&result).contains(&format!("{lost} is not in the image loses=true")),
        "{}",
        problems(&result)
    );
}

#[test]
fn revisions_of_a_repository() {
    let repository = root().join("fixtures/trees/repository");
    let scan = |revision: &str| scan(&repository, &["--rev", revision]);
    let left = |revision: &str| {
        let result = scan(revision);
        ids(&result).into_iter().find(|id| id.contains("/left@")).unwrap_or_default()
    };
    // Loose objects, a pack with differences, a tag object, steps back over a merge, and heads of digits.
    for (revision, version) in [
        ("main", "3.0"),
        ("HEAD", "3.0"),
        ("@~1", "2.0"),
        ("main~1^2", "1.0"),
        ("main~2", "2.0"),
        ("v1", "1.0"),
        ("refs/tags/v1^{commit}", "1.0"),
        ("other", "1.0"),
        ("d635810791e58c3b4430b5d8fac963e5bc7f279d", "2.0"),
        ("5da15130", "1.0"),
    ] {
        assert_eq!(left(revision), format!("pkg:pypi/left@{version}"), "{revision}");
    }
    let result = scan("main");
    assert_eq!(component(&result, "pkg:npm/p7@2.0.7")["locations"][0]["path"], "package-lock.json");
    assert_eq!(component(&scan("v1"), "pkg:npm/p7@1.0.7")["scope"], "runtime");
    assert_eq!(ids(&result).iter().filter(|id| id.starts_with("pkg:npm/p")).count(), 200);
    assert!(problems(&result).contains("sub/requirements.txt a link"), "{}", problems(&result));
    for (revision, why) in [
        ("nothing", "no branch, tag or commit `nothing`"),
        ("main~99", "further than the history"),
        ("../../config", "no branch, tag or commit"),
        ("main^{/four}", "no revision that is read"),
        ("main~é", "no revision that is read"),
    ] {
        let output = licit(&repository, &["--rev", revision]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains(why), "{revision}: {said}");
    }
}

#[test]
fn work_trees_and_borrowed_objects() {
    let scratch = Scratch::new("worktree");
    let repository = root().join("fixtures/trees/repository");
    let objects = repository.join("objects");
    scratch.put("main/.git/HEAD", b"ref: refs/heads/none\n");
    scratch.put("main/.git/objects/info/alternates", format!("{}\n", objects.display()).as_bytes());
    scratch.put("main/.git/refs/heads/side", b"d635810791e58c3b4430b5d8fac963e5bc7f279d\n");
    scratch.put("main/.git/worktrees/two/HEAD", b"ref: refs/heads/side\n");
    scratch.put("main/.git/worktrees/two/commondir", b"../..\n");
    scratch.put(
        "two/.git",
        format!("gitdir: {}\n", scratch.0.join("main/.git/worktrees/two").display()).as_bytes(),
    );
    scratch.put("two/sub/deep/requirements.txt", b"left==9\n");
    let result = scan(&scratch.0.join("two/sub"), &["--rev", "HEAD"]);
    assert_eq!(component(&result, "pkg:pypi/left@2.0")["locations"][0]["path"], "deep/requirements.txt");
}

/// Scans something hostile in bounded time, and gives what is said of it.
fn hostile(path: &Path) -> (Value, String) {
    let begun = Instant::now();
    let result = scan(path, &[]);
    let limit = Duration::from_secs(if cfg!(debug_assertions) { 120 } else { 20 });
    assert!(begun.elapsed() < limit, "{} took {:?}", path.display(), begun.elapsed());
    let said = problems(&result);
    (result, said)
}

#[test]
fn paths_that_lead_out_are_refused() {
    let scratch = Scratch::new("paths");
    let good = package("good", "1.0.0");
    let bad = package("bad", "1.0.0");
    let long = format!("{}package.json", "a/".repeat(3000));
    let names = [
        "../package.json",
        "a/../../package.json",
        "/etc/package.json",
        "C:\\x\\package.json",
        "C:/x/package.json",
        "..\\package.json",
        "a\0b/package.json",
        &long,
    ];
    let mut members: Vec<_> = names.iter().map(|name| member(name, &bad)).collect();
    members.push(member("ok/package.json", &good));
    let (result, said) = hostile(&scratch.put("a.zip", &zip(&members)));
    assert_eq!(ids(&result), ["pkg:npm/good@1.0.0"], "{said}");
    assert!(said.contains("8 entries were refused because their paths lead out"), "{said}");
    let mut out = Vec::new();
    entry(&mut out, "ok/package.json", tar::EntryType::Regular, "", &good);
    for name in names.iter().filter(|n| n.len() < 100) {
        entry(&mut out, name, tar::EntryType::Regular, "", &bad);
    }
    entry(&mut out, "way", tar::EntryType::Symlink, "/etc", b"");
    entry(&mut out, "way/package.json", tar::EntryType::Regular, "", &bad);
    entry(&mut out, "other/package.json", tar::EntryType::Symlink, "../../outside/package.json", b"");
    let (result, said) = hostile(&scratch.put("a.tar", &ended(out)));
    // A name ends at its NUL in a tar, so that one is a plain folder.
    assert!(ids(&result).contains(&"pkg:npm/good@1.0.0".to_string()), "{said}");
    assert!(!ids(&result).contains(&"pkg:npm/bad@1.0.0".to_string()), "{said}");
    assert!(said.contains("lead out") && said.contains("a link leads out"), "{said}");
    assert!(said.contains("other/package.json a link that leads to nothing"), "{said}");
}

#[test]
fn bombs_cost_themselves_only() {
    let scratch = Scratch::new("bombs");
    let good = package("good", "1.0.0");
    let zeros = vec![0u8; 80 << 20];
    // One file that inflates to a thousand times its size.
    let (result, said) =
        hostile(&scratch.put("file.zip", &files(&[("a/package.json", &zeros), ("b/package.json", &good)])));
    assert_eq!(ids(&result), ["pkg:npm/good@1.0.0"], "{said}");
    assert!(said.contains("a/package.json would inflate from"), "{said}");
    // A stream that does.
    let bomb = gzip(&tar(&[("b/package.json", &good), ("a/zeros", &zeros)]));
    let (result, said) = hostile(&scratch.put("stream.tgz", &bomb));
    assert_eq!(ids(&result), ["pkg:npm/good@1.0.0"], "{said}");
    assert!(said.contains("it inflates to more than it may"), "{said}");
    // Archives in archives without end, each holding the next.
    let mut inner = files(&[("b/package.json", &good)]);
    for _ in 0..40 {
        inner = files(&[("next.zip", &inner), ("next.jar", &inner[..inner.len().min(4000)])]);
    }
    let outer = files(&[("deep.zip", &inner), ("b/package.json", &good)]);
    let (result, said) = hostile(&scratch.put("deep.zip", &outer));
    assert!(ids(&result).contains(&"pkg:npm/good@1.0.0".to_string()), "{said}");
    assert!(said.contains("archives lie in each other"), "{said}");
    // Many entries that share a name, and as many as a zip can count.
    let mut many: Vec<_> = (0..65_534).map(|n| member(&format!("f{}", n % 60_000), b"")).collect();
    many.push(member("b/package.json", &good));
    let (result, said) = hostile(&scratch.put("many.zip", &zip(&many)));
    assert_eq!(ids(&result), ["pkg:npm/good@1.0.0"], "{said}");
    assert!(said.contains("5534 entries have the name of another one"), "{said}");
}

#[test]
fn damaged_archives_give_what_is_whole() {
    let scratch = Scratch::new("damaged");
    let good = package("good", "1.0.0");
    let whole = zip(&[
        member("b/package.json", &good),
        archive::Member { encrypted: true, ..member("c/package.json", &good) },
        archive::Member { size: Some(7), ..member("d/package.json", &good) },
        member("b/package.json", &package("later", "1.0.0")),
    ]);
    let (result, said) = hostile(&scratch.put("odd.zip", &whole));
    assert_eq!(ids(&result), ["pkg:npm/later@1.0.0"], "{said}");
    assert!(said.contains("1 entries are encrypted and cannot be read"), "{said}");
    assert!(said.contains("c/package.json is encrypted loses=true"), "{said}");
    assert!(said.contains("d/package.json is not what the archive's directory says of it"), "{said}");
    assert!(said.contains("the last one was read loses=false"), "{said}");
    // Cut anywhere, an archive is an error or says what is missing; it never passes for whole.
    let cut = tar(&[("b/package.json", &good), ("c/package.json", &package("second", "1.0.0"))]);
    for (name, bytes) in
        [("cut.zip", files(&[("b/package.json", &good)])), ("cut.tar", cut.clone()), ("cut.tgz", gzip(&cut))]
    {
        for end in [1, 40, bytes.len() / 3, bytes.len() / 2] {
            let output = licit(&scratch.put(name, &bytes[..end]), &["--strict"]);
            assert!(!output.status.success(), "{name} {end}");
            assert!(output.status.code().is_some_and(|c| c == 2 || c == 3), "{name} {end}: {output:?}");
        }
    }
    let half = scan(&scratch.put("half.tar", &cut[..1200]), &[]);
    assert_eq!(ids(&half), ["pkg:npm/good@1.0.0"]);
    assert!(problems(&half).contains("cut short"), "{}", problems(&half));
}

#[test]
fn an_sbom_is_judged_like_a_lockfile() {
    let scratch = Scratch::new("sbom");
    let project = root().join("fixtures/projects/npm-app");
    let own = scan(&project, &["--name", "npm-app"]);
    let document = scratch.0.join("bom.json");
    let output =
        licit(&project, &["--name", "npm-app", "-o", &format!("cyclonedx-json={}", document.display())]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let read = scan(&document, &["--name", "npm-app"]);
    let licenses = |scan: &Value| -> Vec<(String, Option<String>)> {
        let all = scan["components"].as_array().unwrap();
        all.iter()
            .map(|c| {
                (
                    c["purl"].as_str().unwrap_or("").to_string(),
                    c["licenses"]["concluded"].as_str().filter(|l| *l != "NOASSERTION").map(str::to_string),
                )
            })
            .collect()
    };
    assert_eq!(licenses(&read), licenses(&own), "{}", problems(&read));
    let edges = |scan: &Value| scan["dependencies"].as_array().unwrap().len();
    assert!(edges(&read) >= edges(&own) && edges(&own) > 0);
    for name in ["sample.spdx.json", "sample.spdx", "sample.spdx3.json", "sample.cdx.xml"] {
        let read = scan(&root().join("fixtures/trees").join(name), &[]);
        assert_eq!(
            ids(&read),
            ["pkg:cargo/app@1.0.0", "pkg:cargo/left@2.0.0", "pkg:cargo/right@3.0.0"],
            "{name}"
        );
        let concluded = |id: &str| component(&read, id)["licenses"]["concluded"].clone();
        assert_eq!(concluded("pkg:cargo/app@1.0.0"), "Apache-2.0", "{name}");
        assert_eq!(concluded("pkg:cargo/left@2.0.0"), "MIT OR Apache-2.0", "{name}");
        assert_eq!(concluded("pkg:cargo/right@3.0.0"), Value::Null, "{name}");
        assert_eq!(component(&read, "pkg:cargo/left@2.0.0")["relationship"], "direct", "{name}");
        assert_eq!(component(&read, "pkg:cargo/right@3.0.0")["relationship"], "transitive", "{name}");
        assert_eq!(component(&read, "pkg:cargo/right@3.0.0")["scope"], "build", "{name}");
    }
    let output = licit(&scratch.put("other.json", b"{\"a\": 1}"), &[]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("is not a file that licit reads"));
}

/// Every file below a folder, by its path there.
fn below(dir: &Path, at: &str, all: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(dir).unwrap().map(|e| e.unwrap()) {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if at.is_empty() { name } else { format!("{at}/{name}") };
        if entry.path().is_dir() {
            below(&entry.path(), &path, all);
        } else {
            all.push((path, std::fs::read(entry.path()).unwrap()));
        }
    }
    all.sort();
}

fn models(path: &Path, more: &[&str]) -> Vec<String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_licit"));
    let output = command.arg("models").arg(path).args(["--format", "jsonl"]).args(more).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_string).collect()
}

/// A file of weights with a header only.
fn gguf() -> Vec<u8> {
    let mut out = b"GGUF".to_vec();
    out.extend(3u32.to_le_bytes());
    out.extend(0u64.to_le_bytes());
    out.extend(2u64.to_le_bytes());
    for (key, value) in [("general.architecture", "heron"), ("general.license", "apache-2.0")] {
        out.extend((key.len() as u64).to_le_bytes());
        out.extend(key.as_bytes());
        out.extend(8u32.to_le_bytes());
        out.extend((value.len() as u64).to_le_bytes());
        out.extend(value.as_bytes());
    }
    out.resize(out.len() + 4096, 7);
    out
}

/// What a stream that is read once names and holds is what its folder names and holds.
#[test]
fn models_in_streams_are_those_of_the_folder() {
    let scratch = Scratch::new("models");
    let mut all = Vec::new();
    below(&root().join("fixtures/mentions"), "", &mut all);
    below(&root().join("fixtures/weights/tree"), "weights", &mut all);
    all.push(("weights/heron.gguf".to_string(), gguf()));
    // One that may be run is looked at by its first bytes before.
    all.push((
        "run".to_string(),
        b"#!/bin/sh\n# starts the server\nollama run llama3:8b\nexit 0\n# done\n".to_vec(),
    ));
    all.push((
        "run.py".to_string(),
        format!("# {}\nAutoModel.from_pretrained('heron-lab/one')\n", "-".repeat(99)).into_bytes(),
    ));
    all.push(("large.py".to_string(), vec![b'#'; 5 << 20]));
    all.sort();
    for (name, content) in &all {
        scratch.put(&format!("folder/{name}"), content);
    }
    let members: Vec<(&str, &[u8])> = all.iter().map(|(n, c)| (n.as_str(), c.as_slice())).collect();
    let mut plain = Vec::new();
    for (path, content) in &members {
        let from = plain.len();
        entry(&mut plain, path, ::tar::EntryType::Regular, "", content);
        if path.starts_with("run") {
            executable(&mut plain[from..from + 512]);
        }
    }
    let plain = ended(plain);
    let folder = scratch.0.join("folder");
    let expected = models(&folder, &[]);
    assert!(expected.len() > 40, "{}", expected.len());
    let has = |part: &str| expected.iter().any(|l| l.contains(part));
    assert!(has("heron.gguf") && has("heron-lab/one"), "{expected:#?}");
    let forms = [
        scratch.put("a.zip", &files(&members)),
        scratch.put("a.tar", &plain),
        scratch.put("a.tar.gz", &gzip(&plain)),
        scratch.put("a.tar.xz", &xz(&plain)),
        scratch.put("a.tar.zst", &zstd(&plain)),
    ];
    let named = |scan: &Value| -> Vec<Value> {
        let of = |c: &&Value| matches!(c["kind"].as_str(), Some("model" | "dataset"));
        scan["components"].as_array().unwrap().iter().filter(of).cloned().collect()
    };
    let whole = named(&scan(&folder, &["--name", "x"]));
    for form in &forms {
        assert_eq!(models(form, &[]), expected, "{}", form.display());
        assert_eq!(named(&scan(form, &["--name", "x"])), whole, "{}", form.display());
    }
    // In an archive in an archive the same stands below its name.
    let inner = gzip(&plain);
    let outer = [("in.tar.gz", inner.as_slice())];
    let nested = [scratch.put("n.tar.gz", &gzip(&tar(&outer))), scratch.put("n.zip", &files(&outer))];
    let below = |lines: &[String]| -> Vec<(String, String)> {
        let place = |l: &String| {
            let value: Value = serde_json::from_str(l).unwrap();
            let path = value["path"].as_str().unwrap().trim_start_matches("in.tar.gz!/").to_string();
            (path, value["id"].as_str().unwrap().to_string())
        };
        let mut all: Vec<_> = lines.iter().map(place).collect();
        all.sort();
        all
    };
    for form in nested {
        assert_eq!(below(&models(&form, &[])), below(&expected), "{}", form.display());
    }
}

/// `licit models` opens what `licit scan` opens, and leaves weights that are archives the files that they are.
#[test]
fn models_of_images_and_files() {
    let scratch = Scratch::new("models-of");
    let code = b"from transformers import pipeline\npipeline(model='heron-lab/one')\n";
    let layer = tar(&[("app/main.py", code)]);
    let layers = [layer];
    for image in [saved(&layers, &<[u8]>::to_vec), saved(&layers, &gzip)] {
        let lines = models(&scratch.put("image.tar", &image), &[]);
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(
            lines[0].contains("\"path\":\"app/main.py\"") && lines[0].contains("heron-lab/one"),
            "{lines:?}"
        );
    }
    let checkpoint = files(&[("archive/data.pkl", b"\x80\x02}q\x00."), ("archive/version", b"3\n")]);
    let lines = models(&scratch.put("net.pt", &checkpoint), &[]);
    assert!(lines.iter().all(|l| l.contains("\"path\":\"net.pt\"")), "{lines:?}");
    // A revision is read from the repository, and not from the folder.
    let repository = scratch.0.join("repository");
    std::fs::create_dir_all(&repository).unwrap();
    scratch.put("repository/main.py", code);
    let git = |args: &[&str]| {
        let mut command = Command::new("git");
        command.arg("-C").arg(&repository).args(["-c", "user.name=a", "-c", "user.email=a@b.example"]);
        command.args(args).env("GIT_CONFIG_GLOBAL", "/dev/null").output().map(|o| o.status.success())
    };
    let ready = [&["init", "-q"][..], &["add", "."], &["commit", "-q", "-m", "one"]];
    if !ready.iter().all(|args| git(args).unwrap_or(false)) {
        eprintln!("not run: there is no git here");
        return;
    }
    std::fs::remove_file(repository.join("main.py")).unwrap();
    assert!(models(&repository, &[]).is_empty());
    assert_eq!(models(&repository, &["--rev", "HEAD"]).len(), 1);
}
