//! Jars of the tree, those in wars and ears included: which packages each holds, and which of them it is itself.
//!
//! A jar says who it is in several places at once. What Maven left in it counts before its manifest; a shaded jar holds
//! the coordinates of everything that was copied into it.

use std::collections::{BTreeMap, HashMap, HashSet};

use licit_model::found::Role;
use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Hash, Purl, Scope, Source};

use crate::bundled::archive_of;
use crate::extract::jar_manifest::is_group;
use crate::tree::Spot;
use crate::walk::Walked;

/// What one jar holds, by indices of the files.
#[derive(Default)]
struct Jar {
    properties: Vec<usize>,
    poms: Vec<usize>,
    manifest: Option<usize>,
}

/// Packages of one jar once they are told apart.
struct Told {
    main: Option<FoundPackage>,
    copied: Vec<FoundPackage>,
}

/// Makes one file of everything that was found in one outermost archive; what lies outside of archives says who the
/// project itself is, and is known from its own build files. `given` is the name of a jar that is scanned itself,
/// and `root` is then its top.
pub(crate) fn join(found: &mut Vec<Found>, walked: &Walked, given: Option<&str>, root: Option<&Spot>) {
    let mut jars: BTreeMap<String, Jar> = BTreeMap::new();
    for (index, file) in found.iter_mut().enumerate() {
        let of_jar = matches!(file.extractor, "jar-manifest" | "pom-properties");
        let pom = file.extractor == "pom-xml" && file.path.contains("META-INF/maven/");
        if !of_jar && !pom {
            continue;
        }
        let top = given.map(|name| format!("{name}!"));
        let Some(archive) = archive_of(&file.path, walked).map(str::to_string).or(top) else {
            if of_jar {
                outside(file);
            }
            continue;
        };
        let jar = jars.entry(archive.clone()).or_default();
        match file.extractor {
            // The one at the jar's own top says more than what was copied from elsewhere.
            "jar-manifest" if file.manifest.is_some() => {
                let own = file.path.strip_suffix("META-INF/MANIFEST.MF").is_some_and(|top| {
                    let top = top.trim_end_matches('/');
                    top == archive || (top.is_empty() && given.is_some())
                });
                if own || (jar.manifest.is_none() && !file.packages.is_empty()) {
                    jar.manifest = Some(index);
                }
            }
            "pom-properties" if !file.packages.is_empty() => jar.properties.push(index),
            "pom-xml" => jar.poms.push(index),
            _ => {}
        }
    }
    let mut merged: BTreeMap<String, Found> = BTreeMap::new();
    let mut mains: HashMap<String, usize> = HashMap::new();
    // A jar that says nothing is there all the same.
    let is_jar = |archive: &str| {
        [".jar!", ".war!", ".ear!", ".aar!", ".hpi!", ".jpi!"].iter().any(|e| archive.ends_with(e))
    };
    let itself = given.map(|name| format!("{name}!"));
    for archive in walked.archives.keys().chain(&itself).filter(|a| is_jar(a)) {
        jars.entry(archive.clone()).or_default();
    }
    // Outer archives come before what lies in them, and the one that is scanned before all.
    let mut jars: Vec<(String, Jar)> = jars.into_iter().collect();
    jars.sort_by_key(|(archive, _)| Some(archive) != itself.as_ref());
    for (archive, jar) in jars {
        let outermost = match given {
            Some(name) => name.to_string(),
            None => archive.split("!/").next().unwrap_or(&archive).trim_end_matches('!').to_string(),
        };
        let mut told = told(&archive, &jar, found);
        if let (Some(main), true) = (&mut told.main, Some(&archive) == itself.as_ref()) {
            // What the user gives is what is judged.
            main.first_party = true;
            main.dir = Some(String::new());
        }
        // The hash by which repositories know a jar, whatever it is called.
        let spot = walked.archives.get(&archive).or(root.filter(|_| Some(&archive) == itself.as_ref()));
        if let (Some(main), Some(digest)) = (&mut told.main, spot.and_then(Spot::sha1)) {
            main.hashes.push(Hash { algorithm: "SHA-1".to_string(), hex: digest.to_string() });
        }
        let all = merged.entry(outermost.clone()).or_insert_with(|| {
            let mut all = Found::new(outermost.clone(), "jar-manifest");
            let why = "a jar holds what it was built with, and says little of who asks for whom";
            all.lock(Ecosystem::Maven, GraphDepth::Flat, why);
            all
        });
        if let (Some(main), true) = (&mut told.main, is_wrapper(&archive)) {
            main.scope = Some(Scope::Build);
        }
        let main = told.main.map(|package| all.package(package));
        for package in told.copied {
            let index = all.package(package);
            if let Some(main) = main {
                all.edge(main, index, Scope::Runtime);
            }
        }
        if let Some(main) = main {
            // What lies in a war or an ear belongs to the nearest archive around it that has a name.
            let mut around = archive.as_str();
            let mut holder = None;
            while let (None, Some((outer, _))) = (holder, around.rsplit_once("!/")) {
                holder = mains.get(&format!("{outer}!")).copied();
                around = outer;
            }
            let outermost = || itself.as_ref().and_then(|name| mains.get(name)).copied();
            if let Some(holder) = holder.or_else(outermost) {
                all.edge(holder, main, Scope::Runtime);
            }
            mains.insert(archive, main);
        }
    }
    found.retain(|f| f.role != Role::Nothing || !f.problems.is_empty());
    found.extend(merged.into_values().filter(|f| !f.packages.is_empty()));
    found.sort_by(|a, b| a.path.cmp(&b.path));
}

/// A manifest or properties of Maven outside of an archive are the project's own, or a build's output.
fn outside(file: &mut Found) {
    let problems = std::mem::take(&mut file.problems);
    *file = Found::new(std::mem::take(&mut file.path), file.extractor);
    file.problems = problems.into_iter().filter(|p| !p.loses).collect();
}

fn take(file: &mut Found) -> Option<FoundPackage> {
    file.role = Role::Nothing;
    let path = file.path.clone();
    let mut package = file.packages.drain(..).next()?;
    package.file = Some(path);
    package.source = Source::Unknown;
    Some(package)
}

fn told(archive: &str, jar: &Jar, found: &mut [Found]) -> Told {
    let (called, version) = name_of(archive);
    let mut packages: Vec<FoundPackage> = Vec::new();
    let beside: HashMap<String, usize> = jar.poms.iter().map(|&p| (found[p].dir().to_string(), p)).collect();
    let mut named: HashSet<String> = HashSet::new();
    for &index in &jar.properties {
        let dir = found[index].dir().to_string();
        let Some(mut package) = take(&mut found[index]) else { continue };
        // The build file beside it states the license.
        if let Some(pom) = beside.get(&dir)
            && let Some(manifest) = found[*pom].manifest.take()
        {
            package.licenses = manifest.package.licenses;
        }
        named.insert(package.purl.full_name());
        packages.push(package);
    }
    for &index in &jar.poms {
        let path = found[index].path.clone();
        let manifest = found[index].manifest.take();
        found[index].role = Role::Nothing;
        // Without properties beside it the build file itself names the package.
        let package = manifest.map(|m| m.package).filter(|p| {
            p.purl.namespace.is_some()
                && p.purl.version.as_ref().is_some_and(|v| !v.contains("${"))
                && named.insert(p.purl.full_name())
        });
        if let Some(package) = package {
            let mut own = FoundPackage::new(package.purl, package.line);
            own.licenses = package.licenses;
            own.direct = Some(false);
            own.file = Some(path);
            packages.push(own);
        }
    }
    // What the manifest says, and the package that it names, if it does.
    let mut said = Vec::new();
    let mut stated = Vec::new();
    let manifest = jar.manifest.and_then(|index| {
        let own = found[index].manifest.take();
        let path = found[index].path.clone();
        let package = take(&mut found[index]);
        if let Some(own) = own {
            said = own.inherits.properties;
            stated = own.package.licenses;
        }
        package.map(|package| (package, said.clone())).or_else(|| {
            let mut package = FoundPackage::new(incomplete(&said, called, version)?, None);
            package.licenses = std::mem::take(&mut stated);
            package.direct = Some(false);
            package.file = Some(path);
            // Settled already, so there is nothing left to be said of it.
            Some((package, Vec::new()))
        })
    });
    // The jar itself: by its name, or the only one there is.
    let named = packages.iter().position(|p| p.purl.name == called);
    // Where jars of all groups lie side by side, as Quarkus lays them, the group stands before the name.
    let grouped = || {
        let group = |p: &FoundPackage| {
            let artifact = called.strip_suffix(p.purl.name.as_str())?;
            p.purl.namespace.as_deref().filter(|group| artifact.strip_suffix('.') == Some(*group))?;
            Some(())
        };
        packages.iter().position(|p| group(p).is_some())
    };
    let longest = || {
        let rest = |p: &FoundPackage| called.strip_prefix(p.purl.name.as_str()).is_some_and(is_form);
        let begins = packages.iter().enumerate().filter(|(_, p)| rest(p));
        begins.max_by_key(|(_, p)| p.purl.name.len()).map(|(at, _)| at)
    };
    // A jar may hold the coordinates of what was copied into it and not its own.
    let own = |p: &FoundPackage| {
        let Some((by_manifest, said)) = &manifest else { return true };
        let names = said.iter().filter(|(k, _)| k != "Implementation-Title").map(|(_, v)| v.as_str());
        p.purl.version() == by_manifest.purl.version()
            || p.purl.version() == version
            || names.chain([called]).any(|n| n.contains(&p.purl.name) || p.purl.name.contains(n))
    };
    let only = || (packages.len() == 1 && packages.iter().all(own)).then_some(0);
    let main = named.or_else(grouped).or_else(only).or_else(longest);
    let main = match (main, manifest) {
        (Some(at), manifest) => {
            let mut package = packages.remove(at);
            if let (true, Some((other, _))) = (package.licenses.is_empty(), manifest) {
                package.licenses = other.licenses;
            }
            Some(package)
        }
        (None, Some((package, said))) if said.is_empty() => Some(package),
        (None, Some((mut package, said))) => {
            package.purl = by_manifest(&package.purl, &said, called, version);
            Some(package)
        }
        // Its name alone is no coordinate of Maven's. It is there all the same, whatever was copied into it.
        (None, None) if !called.is_empty() => {
            let version = without_form(version);
            let mut package = FoundPackage::new(Purl::named("generic", called, version), None);
            package.file = Some(archive.trim_end_matches('!').to_string());
            package.direct = Some(false);
            Some(package)
        }
        (None, None) => None,
    };
    Told { main, copied: packages }
}

/// The coordinates of a jar that only its manifest names: the artifact is what the file is called, as names in manifests
/// are those of modules, and the module's name says whose it is.
fn by_manifest(guess: &Purl, said: &[(String, String)], called: &str, version: &str) -> Purl {
    let value = |key: &str| said.iter().find(|(k, _)| k.eq_ignore_ascii_case(key)).map(|(_, v)| v.as_str());
    // A plugin of Jenkins states its coordinates itself.
    if let (Some(group), Some(name)) = (value("Group-Id"), value("Short-Name")) {
        return Purl::maven(&format!("{group}:{name}"), guess.version());
    }
    // Versions of bundles have parts of their own making behind the second.
    let bundle = value("Implementation-Version").is_none()
        && value("Bundle-Version") == Some(guess.version())
        && same_release(guess.version(), version);
    let agrees = !version.is_empty() && (agree(guess.version(), version) || bundle);
    if called.is_empty() {
        return guess.clone();
    }
    let group = group(said, called).unwrap_or(called);
    Purl::maven(&format!("{group}:{called}"), if agrees { version } else { guess.version() })
}

/// Whether one version is the other with more behind it.
fn agree(one: &str, other: &str) -> bool {
    one.starts_with(other) || other.starts_with(one)
}

/// Whether two versions have the same first two parts.
fn same_release(one: &str, other: &str) -> bool {
    let parts = |v: &str| v.split('.').take(2).map(str::to_string).collect::<Vec<_>>();
    parts(one).len() == 2 && parts(one) == parts(other)
}

/// The coordinates of a jar whose manifest names no package by itself, but says whose it is; name and version are those
/// in the name of the file, unless the manifest is that of something else.
fn incomplete(said: &[(String, String)], called: &str, version: &str) -> Option<Purl> {
    let version = without_form(version);
    if called.is_empty() || version.is_empty() {
        return None;
    }
    let versions = ["Implementation-Version", "Bundle-Version", "Specification-Version", "Plugin-Version"];
    let mut told =
        said.iter().filter(|(key, _)| versions.iter().any(|v| key.eq_ignore_ascii_case(v))).peekable();
    let word = |text: &str| text.split_whitespace().next().unwrap_or("").to_string();
    if told.peek().is_some() && !told.any(|(_, value)| !value.is_empty() && agree(&word(value), version)) {
        return None;
    }
    Some(Purl::maven(&format!("{}:{called}", group(said, called)?), version))
}

/// Whether what stands behind the name of an artifact says for what it was built, or how it was put together: of
/// `client-runtime` the artifact `client` is another.
fn is_form(rest: &str) -> bool {
    let words = [
        "aarch",
        "aarch64",
        "all",
        "amd64",
        "android",
        "arm64",
        "bundle",
        "complete",
        "fat",
        "full",
        "jre",
        "linux",
        "macos",
        "native",
        "nodeps",
        "osgi",
        "osx",
        "shaded",
        "sources",
        "standalone",
        "static",
        "tests",
        "uber",
        "win",
        "windows",
        "x86",
    ];
    let mut parts = rest.split(['-', '_', '.']).filter(|word| !word.is_empty());
    parts.all(|word| words.contains(&word) || word.bytes().all(|b| b.is_ascii_digit()))
}

/// The version without what says only how a jar was put together.
fn without_form(version: &str) -> &str {
    let forms =
        ["-jar-with-dependencies", "-with-dependencies", "-shaded", "-standalone", "-uber", "-fat", "-all"];
    forms.iter().find_map(|form| version.strip_suffix(form)).unwrap_or(version)
}

/// Whose a jar is, by what its manifest says.
fn group<'s>(said: &'s [(String, String)], called: &str) -> Option<&'s str> {
    let value = |key: &str| said.iter().find(|(k, _)| k.eq_ignore_ascii_case(key)).map(|(_, v)| v.as_str());
    // The extensions of old were called by their group.
    if let Some(extension) = value("Extension-Name").filter(|g| is_group(g) && g.ends_with(called)) {
        return Some(extension);
    }
    let names = ["Bundle-SymbolicName", "Automatic-Module-Name"];
    let symbolic = names.iter().find_map(|key| value(key).filter(|name| is_group(name))).unwrap_or("");
    let vendor = value("Implementation-Vendor-Id").filter(|g| is_group(g));
    // The usual rule makes `g.h` and `h-x` to `g.h.x`, so the group ends with the first word of the artifact.
    let doubled = || {
        let (first, rest) = called.split_once('-')?;
        let above = symbolic.strip_suffix(&rest.replace('-', "."))?.trim_end_matches('.');
        above.ends_with(&format!(".{first}")).then_some(above)
    };
    let above = symbolic.strip_suffix(called).map(|g| g.trim_end_matches('.')).or_else(doubled);
    vendor
        .or(above.filter(|g| is_group(g)))
        .or(Some(symbolic).filter(|s| is_group(s)))
        .or_else(|| value("Extension-Name").filter(|g| is_group(g)))
}

/// Whether a jar lies where the wrappers of Gradle and Maven put the one that downloads the build tool.
fn is_wrapper(archive: &str) -> bool {
    ["gradle/wrapper/gradle-wrapper.jar!", ".mvn/wrapper/maven-wrapper.jar!"].iter().any(|place| {
        archive.strip_suffix(place).is_some_and(|above| above.is_empty() || above.ends_with('/'))
    })
}

/// Name and version in the name of a jar: `commons-lang3-3.12.0.jar`.
fn name_of(archive: &str) -> (&str, &str) {
    let file = archive.trim_end_matches('!').rsplit('/').next().unwrap_or("");
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let dash = stem
        .match_indices('-')
        .find(|(at, _)| stem.get(at + 1..).is_some_and(|v| v.starts_with(|c: char| c.is_ascii_digit())));
    match dash {
        Some((at, _)) => (stem.get(..at).unwrap_or(stem), stem.get(at + 1..).unwrap_or("")),
        None => (stem, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_jars() {
        assert_eq!(name_of("lib/commons-lang3-3.12.0.jar!"), ("commons-lang3", "3.12.0"));
        assert_eq!(name_of("a.war!/WEB-INF/lib/guava-32.1.2-jre.jar!"), ("guava", "32.1.2-jre"));
        assert_eq!(name_of("app.jar!"), ("app", ""));
    }

    #[test]
    fn a_shaded_jar_is_not_what_was_copied_into_it() {
        let file = |path: &str, extractor: &'static str, name: &str, version: &str, said: &[(&str, &str)]| {
            let mut found = Found::new(path, extractor);
            let package = FoundPackage::new(Purl::maven(name, version), Some(1));
            let mut manifest = licit_model::Manifest::new(package.clone());
            manifest.inherits.properties = said.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
            found.package(package);
            found.manifest = Some(manifest);
            found.lock(Ecosystem::Maven, GraphDepth::Flat, "");
            found
        };
        let symbolic = [("Bundle-SymbolicName", "com.example.inject")];
        let mut found = vec![
            file(
                "w.war!/lib/juice.jar!/META-INF/MANIFEST.MF",
                "jar-manifest",
                "com.example:inject",
                "4.2",
                &symbolic,
            ),
            file(
                "w.war!/lib/juice.jar!/META-INF/maven/c/c/pom.properties",
                "pom-properties",
                "c:cglib",
                "3.2",
                &[],
            ),
            file("w.war!/META-INF/maven/g/w/pom.properties", "pom-properties", "g:w", "1", &[]),
        ];
        let mut walked = Walked::default();
        let nowhere = crate::tree::Spot::Disk("".into());
        for archive in ["w.war!", "w.war!/lib/juice.jar!", "z.jar!"] {
            walked.archives.insert(archive.to_string(), nowhere.clone());
        }
        join(&mut found, &walked, None, None);
        let purls: Vec<String> = found[0].packages.iter().map(|p| p.purl.to_string()).collect();
        assert_eq!(found[0].path, "w.war");
        assert_eq!(
            purls,
            ["pkg:maven/g/w@1", "pkg:maven/com.example.inject/juice@4.2", "pkg:maven/c/cglib@3.2"]
        );
        let edges: Vec<(usize, usize)> = found[0].edges.iter().map(|e| (e.from, e.to)).collect();
        assert_eq!(edges, [(1, 2), (0, 1)]);
        assert_eq!(found[1].packages[0].purl.to_string(), "pkg:generic/z");
        assert_eq!(found.len(), 2);
    }

    #[test]
    fn coordinates_by_manifest() {
        let guess = Purl::maven("org.apache.commons:lang3", "3.12.0");
        let said = [("Bundle-SymbolicName".to_string(), "org.apache.commons.lang3".to_string())];
        let purl = by_manifest(&guess, &said, "commons-lang3", "3.12.0");
        assert_eq!(purl.to_string(), "pkg:maven/org.apache.commons/commons-lang3@3.12.0");
        let said = [("Bundle-SymbolicName".to_string(), "com.example.thing".to_string())];
        assert_eq!(
            by_manifest(&guess, &said, "thing", "3.12.0").to_string(),
            "pkg:maven/com.example/thing@3.12.0"
        );
        // A module's name where the bundle's is no domain, and the version of a bundle that was made longer.
        let said = [
            ("Bundle-SymbolicName", "parcel-java"),
            ("Automatic-Module-Name", "org.parcel.java"),
            ("Bundle-Version", "10.14.2000000.18"),
        ]
        .map(|(k, v)| (k.to_string(), v.to_string()));
        let guess = Purl::maven("parcel-java:parcel-java", "10.14.2000000.18");
        assert_eq!(
            by_manifest(&guess, &said, "parcel-java", "10.14.2.0").to_string(),
            "pkg:maven/org.parcel/parcel-java@10.14.2.0"
        );
    }

    #[test]
    fn jars_carry_their_hash_wherever_they_lie() {
        use std::io::Write as _;

        use sha1::{Digest as _, Sha1};

        let zip = |files: &[(&str, &[u8])]| {
            let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
            for (name, bytes) in files {
                zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
                zip.write_all(bytes).unwrap();
            }
            zip.finish().unwrap().into_inner()
        };
        let inner = zip(&[("META-INF/MANIFEST.MF", b"Automatic-Module-Name: org.example.notes\n\n")]);
        let outer = zip(&[("WEB-INF/lib/notes-17.0.jar", &inner)]);
        let hash = |bytes: &[u8]| -> String {
            Sha1::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
        };
        let dir = std::env::temp_dir().join(format!("licit-jars-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&dir);
        std::fs::create_dir_all(&dir).unwrap();
        std::fs::write(dir.join("shop-1.0.war"), &outer).unwrap();
        let options = crate::Options::default();
        for path in [dir.clone(), dir.join("shop-1.0.war")] {
            let read = crate::read(&path, "shop", &options, &crate::Silent).unwrap();
            let all = read.joined.graph.components;
            let of = |purl: &str| {
                let one = all.iter().find(|c| c.purl.as_deref() == Some(purl));
                one.unwrap_or_else(|| panic!("{purl} is not in {:?}", path)).hashes.clone()
            };
            let expected = |bytes: &[u8]| vec![Hash { algorithm: "SHA-1".to_string(), hex: hash(bytes) }];
            assert_eq!(of("pkg:maven/org.example/notes@17.0"), expected(&inner));
            // What is given by itself is the product, which has no checksum to be looked up by.
            if path == dir {
                assert_eq!(of("pkg:generic/shop@1.0"), expected(&outer));
            }
        }
        let _ = std::fs::remove_dir_all(&dir);
    }

    #[test]
    fn forms_of_jars() {
        assert!(is_form("") && is_form("-linux-x86_64") && is_form("_2.12") && is_form("-all"));
        assert!(!is_form("-runtime") && !is_form("s"));
    }

    #[test]
    fn coordinates_by_half_a_manifest() {
        let read = |said: &[(&str, &str)], called: &str, version: &str| {
            let said: Vec<(String, String)> =
                said.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
            incomplete(&said, called, version).map_or(String::new(), |purl| purl.to_string())
        };
        assert_eq!(
            read(&[("Automatic-Module-Name", "org.example.notes")], "notes", "17.0"),
            "pkg:maven/org.example/notes@17.0"
        );
        assert_eq!(
            read(
                &[("Implementation-Vendor-Id", "org.example"), ("Implementation-Version", "2.1")],
                "k_2.12",
                "2.1"
            ),
            "pkg:maven/org.example/k_2.12@2.1"
        );
        assert_eq!(
            read(
                &[("Extension-Name", "javax.parcel"), ("Implementation-Vendor-Id", "com.example")],
                "parcel",
                "1-all"
            ),
            "pkg:maven/javax.parcel/parcel@1"
        );
        // The manifest of what was copied into it.
        assert_eq!(
            read(
                &[("Implementation-Vendor-Id", "org.example"), ("Implementation-Version", "1.1")],
                "runtime",
                "3.3"
            ),
            ""
        );
        assert_eq!(read(&[], "oddment", "1"), "");
    }
}
