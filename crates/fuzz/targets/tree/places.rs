//! The places of trees that hold bytes of others: what lies around each, and how bytes get there.

use crate::pack::{gzip, tar, zip, zlib};

/// Files with their paths.
type Files = Vec<(String, Vec<u8>)>;

/// A place.
pub(crate) struct Place {
    /// What lies around it; a path that ends with a slash is a folder.
    pub(crate) around: Vec<(&'static str, Vec<u8>)>,
    /// The files that some bytes make.
    pub(crate) put: Box<dyn Fn(&[u8]) -> Files + Send + Sync>,
    /// What is scanned.
    pub(crate) input: &'static str,
    /// Of a repository.
    pub(crate) revision: Option<&'static str>,
    /// A folder that is taken away before each run.
    pub(crate) fresh: Option<&'static str>,
}

/// Names an object of git, and one that it refers to.
const COMMIT: &str = "1111111111111111111111111111111111111111";
const TREE: &str = "2222222222222222222222222222222222222222";
/// A SHA-512 in the two ways in which lockfiles and caches write it: 64 zero bytes.
const ZEROS: &str =
    "sha512-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==";

fn at(path: &'static str) -> Place {
    Place {
        around: Vec::new(),
        put: Box::new(move |bytes| vec![(path.to_string(), bytes.to_vec())]),
        input: "tree",
        revision: None,
        fresh: None,
    }
}

impl Place {
    fn with(mut self, path: &'static str, content: impl AsRef<[u8]>) -> Place {
        self.around.push((path, content.as_ref().to_vec()));
        self
    }

    fn packed(
        mut self,
        path: &'static str,
        pack: impl Fn(&[u8]) -> Vec<u8> + Send + Sync + 'static,
    ) -> Place {
        self.put = Box::new(move |bytes| vec![(path.to_string(), pack(bytes))]);
        self
    }

    /// The lockfile of npm that asks for one package.
    fn npm(self) -> Place {
        let lock = format!(
            r#"{{"name":"own","lockfileVersion":3,"packages":{{"":{{"dependencies":{{"a":"1"}}}},
            "node_modules/a":{{"version":"1.0.0","resolved":"https://host.example/a/-/a-1.0.0.tgz","integrity":"{ZEROS}"}}}}}}"#
        );
        self.with("tree/package-lock.json", lock)
    }

    /// A repository with one commit.
    fn git(mut self) -> Place {
        self.revision = Some("HEAD");
        self.with("tree/.git/HEAD", "ref: refs/heads/main\n")
            .with("tree/.git/refs/heads/main", COMMIT)
            .with("tree/.git/objects/pack/", "")
            .with("tree/.gitmodules", "[submodule \"a\"]\n\tpath = lib/a\n\turl = ../a.git\n")
    }

    /// The same, looked at for its submodules only.
    fn submodules(self) -> Place {
        Place { revision: None, ..self.git() }
    }
}

/// An object of git as it lies in a file.
fn loose(sort: &str, bytes: &[u8]) -> Vec<u8> {
    let mut object = format!("{sort} {}\0", bytes.len()).into_bytes();
    object.extend(bytes);
    zlib(&object)
}

fn path_of(object: &str) -> String {
    format!("tree/.git/objects/{}/{}", &object[..2], &object[2..])
}

/// A pack whose second object is a difference from the first, and its index.
fn delta(bytes: &[u8]) -> Files {
    let base = format!("tree {TREE}\nauthor a <a> 1 +0000\n");
    let mut pack = b"PACK\0\0\0\x02\0\0\0\x02".to_vec();
    let entry = |sort: u8, size: usize| {
        let (mut head, mut rest) = (vec![sort << 4 | (size & 15) as u8], size >> 4);
        while rest > 0 {
            *head.last_mut().expect("a first byte") |= 0x80;
            head.push((rest & 0x7f) as u8);
            rest >>= 7;
        }
        head
    };
    pack.extend(entry(1, base.len()));
    pack.extend(zlib(base.as_bytes()));
    let second = pack.len();
    pack.extend(entry(6, bytes.len()));
    let back = second - 12;
    assert!(back < 128 + 128 * 128);
    if back >= 128 {
        pack.push(0x80 | ((back >> 7) - 1) as u8);
    }
    pack.push((back & 0x7f) as u8);
    pack.extend(zlib(bytes));
    let mut index = b"\xFFtOc\0\0\0\x02".to_vec();
    (0..256u32).for_each(|first| index.extend(u32::from(first >= 0x11).to_be_bytes()));
    index.extend([0x11; 20]);
    index.extend([0; 4]);
    index.extend((second as u32).to_be_bytes());
    index.extend([0; 40]);
    vec![
        ("tree/.git/objects/pack/pack-1.pack".to_string(), pack),
        ("tree/.git/objects/pack/pack-1.idx".to_string(), index),
    ]
}

/// Every line as the path of a file; what leads out is left out, as no file system would have it.
fn names(bytes: &[u8]) -> Files {
    let text = String::from_utf8_lossy(bytes);
    let sound = |path: &&str| {
        !path.contains(['\0', '\\', '\r'])
            && path.split('/').all(|p| !matches!(p, "" | "." | "..") && p.len() < 200)
    };
    let paths = text.lines().filter(sound).take(40).filter(|p| p.len() < 1000);
    paths.map(|path| (format!("tree/{path}"), b"Version: 1.0\n".to_vec())).collect()
}

const INDEX: &str = r#"{"manifests":[{"mediaType":"m","digest":"sha256:aa","platform":{"os":"linux","architecture":"amd64"}}]}"#;
const MANIFEST: &str = r#"{"config":{"digest":"sha256:bb"},"layers":[{"digest":"sha256:cc"}]}"#;
const SAVED: &[u8] = br#"[{"Config":"c.json","RepoTags":["a:1"],"Layers":["l.tar","l.tar"]}]"#;

/// The place of a name.
pub(crate) fn named(name: &str) -> Option<Place> {
    let vendored = |path: &'static str| {
        at(path)
            .with("tree/third_party/zipper/zip.c", "int z;\n")
            .with("tree/CMakeLists.txt", "project(own)\n")
    };
    let image = |path: &'static str| {
        at(path)
            .with("tree/oci-layout", "{}")
            .with("tree/index.json", INDEX)
            .with("tree/blobs/sha256/aa", MANIFEST)
    };
    Some(match name {
        "git-index" => at("tree/.git/index").submodules(),
        "git-config" => at("tree/.git/config").submodules(),
        "git-refs" => at("tree/.git/packed-refs").git().with("tree/.git/HEAD", "ref: refs/heads/other\n"),
        "git-commit" => {
            let mut place = at("").git();
            place.put = Box::new(|bytes| vec![(path_of(COMMIT), loose("commit", bytes))]);
            place
        }
        "git-tree" => {
            let mut place = at("").git();
            place.put = Box::new(|bytes| {
                let commit = loose("commit", format!("tree {TREE}\n\n").as_bytes());
                vec![(path_of(COMMIT), commit), (path_of(TREE), loose("tree", bytes))]
            });
            place
        }
        "git-delta" => {
            let mut place = at("").git();
            place.put = Box::new(delta);
            place
        }
        "git-pack" | "git-pack-index" => {
            let mut files = delta(b"");
            let (pack, index) = (files.remove(0), files.remove(0));
            let (slot, other, content) = match name {
                "git-pack" => (pack.0, "tree/.git/objects/pack/pack-1.idx", index.1),
                _ => (index.0, "tree/.git/objects/pack/pack-1.pack", pack.1),
            };
            let mut place = at("").git().with(other, content);
            place.put = Box::new(move |bytes| vec![(slot.clone(), bytes.to_vec())]);
            place
        }
        "oci-index" => image("tree/index.json"),
        "oci-manifest" => image("tree/blobs/sha256/aa"),
        "oci-config" => image("tree/blobs/sha256/bb").with("tree/blobs/sha256/cc", tar(&[("etc/os-release", b"ID=a\n")])),
        "oci-layer" => image("tree/blobs/sha256/cc"),
        "docker-manifest" => Place { input: "image.tar", ..at("") }
            .packed("image.tar", |bytes| tar(&[("manifest.json", bytes), ("c.json", b"{}"), ("l.tar", &tar(&[]))])),
        "docker-layer" => Place { input: "image.tar", ..at("") }
            .packed("image.tar", |bytes| tar(&[("manifest.json", SAVED), ("c.json", b"{}"), ("l.tar", bytes)])),
        // Packed, it is read as a stream, once.
        "docker-stream" => Place { input: "image.tar", ..at("") }.packed("image.tar", |bytes| {
            gzip(&tar(&[("manifest.json", SAVED), ("c.json", b"{}"), ("l.tar", bytes)]))
        }),
        "deb-copyright" => at("tree/usr/share/doc/a/copyright")
            .with("tree/var/lib/dpkg/status", "Package: a\nStatus: install ok installed\nVersion: 1\nArchitecture: all\n\n")
            .with("tree/usr/share/common-licenses/GPL-2", "GNU GENERAL PUBLIC LICENSE Version 2\n"),
        "node-package" => at("tree/node_modules/a/package.json").npm(),
        "node-readme" => at("tree/node_modules/a/README.md").npm(),
        "python-metadata" => at("tree/.venv/lib/python3.12/site-packages/a-1.0.dist-info/METADATA")
            .with("tree/requirements.txt", "a==1.0\n")
            .with("tree/.venv/pyvenv.cfg", "home = /usr/bin\n"),
        "uv-metadata" => at("home/uv/archive-v0/x/a-1.0.dist-info/METADATA")
            .with("tree/requirements.txt", "a==1.0\n")
            .with("home/uv/wheels-v5/pypi/a/1.0-py3-none-any/a-1.0.dist-info/METADATA", "Name: a\nVersion: 1.0\n"),
        "gem-spec" => at("home/gems/specifications/a-1.0.gemspec")
            .with("tree/Gemfile.lock", "GEM\n  remote: https://host.example/\n  specs:\n    a (1.0)\n\nDEPENDENCIES\n  a\n"),
        "gem-archive" => at("")
            .with("tree/Gemfile.lock", "GEM\n  remote: https://host.example/\n  specs:\n    a (1.0)\n\nDEPENDENCIES\n  a\n")
            .with("home/gems/specifications/b-1.0.gemspec", "")
            .packed("home/gems/cache/a-1.0.gem", |bytes| {
                tar(&[("metadata.gz", &gzip(bytes)), ("data.tar.gz", &gzip(&tar(&[])))])
            }),
        "composer-installed" => at("tree/vendor/composer/installed.json")
            .with("tree/composer.json", "{\"require\":{\"a/b\":\"1\"}}")
            .with("tree/composer.lock", "{\"packages\":[{\"name\":\"a/b\",\"version\":\"1.0.0\"}]}"),
        "nuget-spec" => at("home/nuget/a/1.0.0/a.nuspec")
            .with("tree/packages.config", "<packages><package id=\"a\" version=\"1.0.0\"/></packages>"),
        "nuget-archive" => at("tree/packages/a.1.0.0/a.1.0.0.nupkg")
            .with("tree/packages.config", "<packages><package id=\"a\" version=\"1.0.0\"/></packages>"),
        "maven-pom" => at("home/maven/g/a/1/a-1.pom")
            .with("tree/gradle.lockfile", "g:a:1=runtimeClasspath\nempty=\n")
            .with("tree/pom.xml", "<project><parent><groupId>g</groupId><artifactId>a</artifactId><version>1</version></parent><artifactId>b</artifactId></project>"),
        "maven-jar" => at("home/maven/g/a/1/a-1.jar")
            .with("tree/gradle.lockfile", "g:a:1=runtimeClasspath\nempty=\n")
            .with("home/maven/g/a/1/a-1.pom", "<project><groupId>g</groupId><artifactId>a</artifactId><version>1</version></project>"),
        "cargo-manifest" => at("tree/vendor/a/Cargo.toml")
            .with("tree/Cargo.toml", "[package]\nname = \"own\"\nversion = \"1.0.0\"\n[dependencies]\na = \"1\"\n")
            .with("tree/Cargo.lock", CARGO),
        "cargo-archive" => at("")
            .with("tree/Cargo.lock", CARGO)
            .packed("home/cargo/registry/cache/host/a-1.0.0.crate", gzip),
        "go-archive" => at("home/go/cache/download/host.example/a/@v/v1.0.0.zip")
            .with("tree/go.mod", "module host.example/own\n\ngo 1.22\n\nrequire host.example/a v1.0.0\n"),
        "go-mod" => at("home/go/cache/download/host.example/a/@v/v1.0.0.mod")
            .with("tree/go.mod", "module host.example/own\n\ngo 1.22\n\nrequire host.example/a v1.0.0\n"),
        "npm-archive" => {
            let mut place = at("").npm();
            let path = format!("home/npm/_cacache/content-v2/sha512/00/00/{}", "0".repeat(124));
            place.put = Box::new(move |bytes| vec![(path.clone(), gzip(bytes))]);
            place
        }
        "pnpm-list" => {
            let mut place = at("").npm();
            let named = format!("home/pnpm/v10/index/00/{}-a@1.0.0.json", "0".repeat(62));
            let plain = format!("home/pnpm/v3/files/00/{}-index.json", "0".repeat(126));
            place.put = Box::new(move |bytes| vec![(named.clone(), bytes.to_vec()), (plain.clone(), bytes.to_vec())]);
            place
        }
        "yarn-archive" => at("tree/.yarn/cache/a-npm-1.0.0-0123456789-0123456789.zip").npm(),
        "pub-spec" => at("home/pub/hosted/host.example/a-1.0.0/pubspec.yaml")
            .with("tree/pubspec.yaml", "name: own\ndependencies:\n  a: any\n")
            .with("tree/pubspec.lock", "packages:\n  a:\n    dependency: \"direct main\"\n    description:\n      name: a\n      url: \"https://host.example\"\n    source: hosted\n    version: \"1.0.0\"\n"),
        "jar-manifest" => at("").packed("tree/lib/a.jar", |bytes| {
            zip(&[("META-INF/MANIFEST.MF", bytes), ("META-INF/maven/g/a/pom.properties", bytes), ("a/B.class", b"x")])
        }),
        "jar" => at("tree/lib/a-1.0.jar"),
        "vendored-chromium" => vendored("tree/third_party/zipper/README.chromium"),
        "vendored-metadata" => vendored("tree/third_party/zipper/METADATA"),
        "vendored-moz" => vendored("tree/third_party/zipper/moz.yaml"),
        "vendored-gitrepo" => vendored("tree/third_party/zipper/.gitrepo"),
        "vendored-cgmanifest" => vendored("tree/third_party/cgmanifest.json"),
        "vendored-license" => vendored("tree/third_party/zipper/LICENSE"),
        "vendored-configure" => vendored("tree/third_party/zipper/configure.ac").with("tree/third_party/zipper/LICENSE", "MIT License\n"),
        "vendored-version" => vendored("tree/third_party/zipper/zip.h").with("tree/third_party/zipper/LICENSE", "MIT License\n"),
        "vendored-head" => vendored("tree/src/one.h"),
        "hub-ref" => at("tree/hub/models--a--b/refs/main")
            .with("tree/hub/models--a--b/snapshots/0123456789012345678901234567890123456789/config.json", "{}"),
        "remembered" => at("tree/unread").npm().with("tree/node_modules/a/package.json", "{\"license\":\"MIT\"}"),
        "names" => Place { put: Box::new(names), fresh: Some("tree"), ..at("") }.with("tree/", ""),
        _ => return None,
    })
}

const CARGO: &str = "version = 4\n\n[[package]]\nname = \"own\"\nversion = \"1.0.0\"\ndependencies = [\"a\"]\n\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nsource = \"registry+https://host.example/index\"\n";
