//! `gradle.lockfile` and its older and build-script forms: every module that Gradle resolved, with the configurations
//! that hold it. Who asks for whom is not in it.

use std::collections::HashSet;

use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Purl, Scope};

use super::{Extractor, File};

/// Reads `gradle.lockfile`, `buildscript-gradle.lockfile` and `gradle/dependency-locks/*.lockfile`.
pub struct GradleLockfile;

impl Extractor for GradleLockfile {
    fn name(&self) -> &'static str {
        "gradle-lockfile"
    }

    fn files(&self) -> &'static [&'static str] {
        &["gradle.lockfile", "*-gradle.lockfile", "**/dependency-locks/*.lockfile"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(text) = file.text(found) else { return };
        // Locks of one configuration each carry its name as their own.
        let whole = file.name().ends_with("gradle.lockfile");
        let named = if whole { "" } else { file.name().strip_suffix(".lockfile").unwrap_or("") };
        let buildscript = file.name().starts_with("buildscript-") || named.starts_with("buildscript-");
        let lines: Vec<Line<'_>> = (1u32..)
            .zip(text.lines())
            .filter_map(|(number, line)| read(number, line, named, found))
            .collect();
        let runtime = lines.iter().any(|line| line.configurations().any(is_runtime));
        if lines.is_empty() && !text.lines().any(|l| l.trim_start().starts_with("empty=")) {
            return;
        }
        found.lock(
            Ecosystem::Maven,
            GraphDepth::Flat,
            "Gradle's lockfiles list the resolved modules and not who asks for them",
        );
        let mut known = HashSet::new();
        for line in lines {
            let purl = Purl::maven(&line.name(), line.version);
            if !known.insert(purl.clone()) {
                continue;
            }
            let mut package = FoundPackage::new(purl, Some(line.number));
            let scopes = line.configurations().map(|c| scope(c, runtime)).min();
            package.scope = if buildscript { Some(Scope::Build) } else { scopes };
            let index = found.package(package);
            found.keys.push((line.name(), index));
        }
    }
}

struct Line<'a> {
    number: u32,
    group: &'a str,
    artifact: &'a str,
    version: &'a str,
    configurations: &'a str,
}

impl<'a> Line<'a> {
    fn name(&self) -> String {
        format!("{}:{}", self.group, self.artifact)
    }

    fn configurations(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.configurations.split(',').map(str::trim).filter(|c| !c.is_empty())
    }
}

/// `group:artifact:version=configuration,…`; the older form has no configurations.
fn read<'a>(number: u32, line: &'a str, named: &'a str, found: &mut Found) -> Option<Line<'a>> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') || line.starts_with("empty=") {
        return None;
    }
    let (module, configurations) = line.split_once('=').unwrap_or((line, named));
    let mut parts = module.split(':').map(str::trim);
    let read = (parts.next(), parts.next(), parts.next(), parts.next());
    let plain = |part: &str| !part.is_empty() && !part.contains(char::is_whitespace);
    match read {
        (Some(group), Some(artifact), Some(version), None)
            if plain(group) && plain(artifact) && plain(version) =>
        {
            Some(Line { number, group, artifact, version, configurations })
        }
        _ => {
            found
                .lost(Some(number), "this line is no `group:module:version=configurations` and was left out");
            None
        }
    }
}

/// Whether what the configuration holds is there when the product runs.
fn is_runtime(configuration: &str) -> bool {
    let lower = configuration.to_ascii_lowercase();
    lower.ends_with("runtimeclasspath") && !lower.contains("test")
}

/// What a configuration is for. `runtime` says whether the file knows a run-time class path: then what only the
/// compiler sees is not shipped. A name that is not known counts as shipped.
pub(crate) fn scope(configuration: &str, runtime: bool) -> Scope {
    let lower = configuration.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|w| lower.contains(w));
    if has(&["test"]) {
        return Scope::Test;
    }
    if is_runtime(configuration) {
        return Scope::Runtime;
    }
    if has(&["annotationprocessor", "kapt", "compilerplugin", "kotlincompiler", "scalacompiler", "zinc"])
        || has(&[
            "lintchecks",
            "lintclasspath",
            "errorprone",
            "kotlinnative",
            "buildtools",
            "protobuftools",
            "desugaring",
        ])
        || lower.starts_with("ksp")
        || lower == "classpath"
        || lower.starts_with("compileonly")
        || lower.starts_with("provided")
    {
        return Scope::Build;
    }
    let tools =
        ["checkstyle", "jacoco", "pmd", "spotbugs", "findbugs", "detekt", "ktlint", "codenarc", "dokka"];
    if has(&tools) || has(&["developmentonly", "spotless", "jmh", "javadoc", "asciidoctor", "groovydoc"]) {
        return Scope::Dev;
    }
    if lower.ends_with("compileclasspath") && runtime { Scope::Build } else { Scope::Runtime }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, text: &str) -> Vec<(String, Option<Scope>)> {
        let mut found = Found::new(name, "gradle-lockfile");
        GradleLockfile.extract(&File::new(name, text.as_bytes()), &mut found);
        assert!(found.problems.is_empty(), "{:?}", found.problems);
        found.packages.iter().map(|p| (p.purl.to_string().replace("pkg:maven/", ""), p.scope)).collect()
    }

    #[test]
    fn scopes_follow_the_configurations() {
        let text = "# generated\ng:a:1=compileClasspath,runtimeClasspath\ng:b:2=compileClasspath\ng:c:3=testRuntimeClasspath\ng:d:4=annotationProcessor\ng:e:5=releaseRuntimeClasspath\ng:f:6=shade\nempty=x\n";
        let scopes: Vec<_> = read("gradle.lockfile", text).into_iter().filter_map(|(_, s)| s).collect();
        let (run, build, test) = (Scope::Runtime, Scope::Build, Scope::Test);
        assert_eq!(scopes, [run, build, test, build, run, run]);
        // Without a run-time class path in the file nobody says that the compiler's is not shipped.
        assert_eq!(read("gradle.lockfile", "g:b:2=compileClasspath\n")[0].1, Some(run));
        assert_eq!(read("buildscript-gradle.lockfile", "g:b:2=classpath\n")[0].1, Some(build));
        assert_eq!(read("gradle/dependency-locks/testCompile.lockfile", "g:b:2\n")[0].1, Some(test));
    }
}
