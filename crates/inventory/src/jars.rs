//! Jars of the tree, those in wars and ears included: which packages each holds, and which of them it is itself.
//!
//! A jar says who it is in several places at once. What Maven left in it counts before its manifest; a shaded jar holds
//! the coordinates of everything that was copied into it.

use std::collections::{BTreeMap, HashMap, HashSet};

use licit_model::found::Role;
use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Purl, Scope, Source};

use crate::bundled::archive_of;
use crate::extract::jar_manifest::is_group;
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
/// project itself is, and is known from its own build files. `given` is the name of a jar that is scanned itself.
pub(crate) fn join(found: &mut Vec<Found>, walked: &Walked, given: Option<&str>) {
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
        let jar = jars.entry(archive).or_default();
        match file.extractor {
            "jar-manifest" => {
                jar.manifest = Some(index).filter(|_| !file.packages.is_empty()).or(jar.manifest)
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
        let all = merged.entry(outermost.clone()).or_insert_with(|| {
            let mut all = Found::new(outermost.clone(), "jar-manifest");
            let why = "a jar holds what it was built with, and says little of who asks for whom";
            all.lock(Ecosystem::Maven, GraphDepth::Flat, why);
            all
        });
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
    let manifest = jar.manifest.and_then(|index| {
        let said = found[index].manifest.take().map(|m| m.inherits.properties).unwrap_or_default();
        let package = take(&mut found[index])?;
        Some((package, said))
    });
    // The jar itself: by its name, or the only one there is.
    let named = packages.iter().position(|p| p.purl.name == called);
    let longest = || {
        let begins = packages.iter().enumerate().filter(|(_, p)| called.starts_with(&p.purl.name));
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
    let main = named.or_else(only).or_else(longest);
    let main = match (main, manifest) {
        (Some(at), manifest) => {
            let mut package = packages.remove(at);
            if let (true, Some((other, _))) = (package.licenses.is_empty(), manifest) {
                package.licenses = other.licenses;
            }
            Some(package)
        }
        (None, Some((mut package, said))) => {
            package.purl = by_manifest(&package.purl, &said, called, version);
            Some(package)
        }
        // Its name alone is no coordinate of Maven's.
        (None, None) if packages.is_empty() && !called.is_empty() => {
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
    let agrees = !version.is_empty()
        && (guess.version() == version
            || guess.version().starts_with(version)
            || version.starts_with(guess.version()));
    if called.is_empty() {
        return guess.clone();
    }
    let symbolic = value("Bundle-SymbolicName").or_else(|| value("Automatic-Module-Name")).unwrap_or("");
    let vendor = value("Implementation-Vendor-Id").filter(|g| is_group(g));
    // The usual rule makes `g.h` and `h-x` to `g.h.x`, so the group ends with the first word of the artifact.
    let doubled = || {
        let (first, rest) = called.split_once('-')?;
        let above = symbolic.strip_suffix(&rest.replace('-', "."))?.trim_end_matches('.');
        above.ends_with(&format!(".{first}")).then_some(above)
    };
    let above = symbolic.strip_suffix(called).map(|g| g.trim_end_matches('.')).or_else(doubled);
    let group =
        vendor.or(above.filter(|g| is_group(g))).or(Some(symbolic).filter(|s| is_group(s))).unwrap_or(called);
    Purl::maven(&format!("{group}:{called}"), if agrees { version } else { guess.version() })
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
        join(&mut found, &walked, None);
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
    }
}
