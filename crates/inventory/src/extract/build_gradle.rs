//! `build.gradle` and `build.gradle.kts`: the dependencies that are written out in a build script.
//!
//! Build scripts are programs and are not run. What stands literally in a `dependencies` block is read, with versions
//! from plain assignments of the same file; what is computed is not known, and the completeness verdict says so.

use std::collections::HashMap;

use licit_model::{Ecosystem, Found, FoundPackage, Manifest, Purl, Requirement, Source};

use super::gradle_lockfile::scope;
use super::{Extractor, File};

/// Reads `build.gradle` and `*.gradle.kts`.
pub struct BuildGradle;

impl Extractor for BuildGradle {
    fn name(&self) -> &'static str {
        "build-gradle"
    }

    fn files(&self) -> &'static [&'static str] {
        &["build.gradle", "build.gradle.kts"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(text) = file.text(found) else { return };
        let tokens = tokens(text);
        let mut package = FoundPackage::new(Purl::maven("", ""), Some(1));
        package.first_party = true;
        package.dir = Some(String::new());
        let mut manifest = Manifest::new(package);
        if read(&tokens, &mut manifest) {
            found.lost(
                tokens.last().map(|t| t.line),
                "a block of the build script is not closed; it may be cut off",
            );
        }
        let properties: HashMap<&str, &str> =
            manifest.inherits.properties.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        for requirement in &mut manifest.requirements {
            let name = requirement.range.strip_prefix('$').map(|r| r.trim_matches(['{', '}']));
            if let Some(value) = name.and_then(|n| properties.get(n)) {
                requirement.range = (*value).to_string();
            }
        }
        let mut unknown = None;
        manifest.requirements.retain_mut(|requirement| match named(&requirement.name, &properties) {
            Some(name) => {
                requirement.name = name;
                true
            }
            None => {
                unknown.get_or_insert((requirement.line, requirement.name.clone()));
                false
            }
        });
        if let Some((line, name)) = unknown {
            found.odd(line, format!("`{name}` is named by a variable and was left out"));
        }
        found.manifest(Ecosystem::Maven, manifest);
    }
}

/// A name with the values of the variables in it; none where one has no value in the script, or no name comes of it.
fn named(text: &str, properties: &HashMap<&str, &str>) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('$') {
        out.push_str(before);
        let end = behind.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(behind.len());
        let (name, after) = match behind.strip_prefix('{') {
            Some(inside) => inside.split_once('}')?,
            None => behind.split_at(end),
        };
        out.push_str(properties.get(name)?);
        rest = after;
        if out.len() > 1024 {
            return None;
        }
    }
    out.push_str(rest);
    let plain = !out.contains(|c: char| c.is_whitespace() || "$\\/{}()".contains(c));
    (plain || text == out).then_some(out)
}

#[derive(Clone, Copy, PartialEq)]
enum Word<'a> {
    /// A name, with the dots in it.
    Name(&'a str),
    /// A text in quotes.
    Text(&'a str),
    /// A bracket, a separator, or the end of a line.
    Sign(char),
}

#[derive(Clone, Copy)]
struct Token<'a> {
    word: Word<'a>,
    line: u32,
}

/// Cuts a script into words; comments are passed over. A text that is not closed ends with its line.
fn tokens(text: &str) -> Vec<Token<'_>> {
    let bytes = text.as_bytes();
    let is_name = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'.' || b >= 0x80;
    let (mut tokens, mut at, mut line) = (Vec::new(), 0, 1);
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or("");
    while let Some(&byte) = bytes.get(at) {
        let from = at;
        let rest = bytes.get(at..).unwrap_or(&[]);
        if rest.starts_with(b"//") {
            at += rest.iter().take_while(|b| **b != b'\n').count();
        } else if rest.starts_with(b"/*") {
            let inside = rest.windows(2).skip(2).position(|w| w == b"*/").map_or(rest.len(), |p| p + 4);
            line += rest.iter().take(inside).filter(|b| **b == b'\n').count() as u32;
            at += inside;
        } else if matches!(byte, b'"' | b'\'') {
            at += 1;
            while bytes.get(at).is_some_and(|b| *b != byte && *b != b'\n') {
                at += if bytes.get(at) == Some(&b'\\') { 2 } else { 1 };
            }
            tokens.push(Token { word: Word::Text(part(from + 1, at.min(bytes.len()))), line });
            at += usize::from(bytes.get(at) == Some(&byte));
        } else if is_name(byte) {
            at += rest.iter().take_while(|b| is_name(**b)).count();
            tokens.push(Token { word: Word::Name(part(from, at)), line });
        } else {
            at += 1;
            if !matches!(byte, b' ' | b'\t' | b'\r') {
                tokens.push(Token { word: Word::Sign(char::from(byte)), line });
            }
            line += u32::from(byte == b'\n');
        }
    }
    tokens
}

/// What a block is for.
#[derive(Clone, Copy, PartialEq)]
enum Block {
    Dependencies,
    /// Versions and exclusions, which ask for nothing.
    Silent,
    Other,
}

/// Reads all statements; true where a block stays open.
fn read(tokens: &[Token<'_>], manifest: &mut Manifest) -> bool {
    let mut open: Vec<Block> = Vec::new();
    let mut at = 0;
    let mut named = "";
    while let Some(token) = tokens.get(at) {
        let inside = open.last().copied().unwrap_or(Block::Other);
        match token.word {
            Word::Sign('{') => {
                open.push(match (inside, named.rsplit('.').next().unwrap_or(named)) {
                    (Block::Silent, _) => Block::Silent,
                    (_, "constraints" | "dependencyManagement" | "exclude" | "pluginManagement") => {
                        Block::Silent
                    }
                    (_, "dependencies") => Block::Dependencies,
                    (Block::Dependencies, _) => Block::Silent,
                    _ => Block::Other,
                });
                named = "";
            }
            Word::Sign('}') => {
                open.pop();
            }
            Word::Sign('\n' | ';') => named = "",
            Word::Name(_) | Word::Text(_) if inside == Block::Dependencies && named.is_empty() => {
                let end = statement(tokens, at);
                let body = tokens.get(at + 1..end).unwrap_or(&[]);
                let brace = matches!(tokens.get(end).map(|t| t.word), Some(Word::Sign('{')));
                if let Word::Name(name) | Word::Text(name) = token.word {
                    // A block such as `constraints { … }` has no arguments.
                    if brace && body.is_empty() {
                        named = name;
                    } else {
                        dependency(name, body, token.line, manifest);
                        named = "exclude";
                    }
                }
                at = end;
                continue;
            }
            Word::Name(name) => {
                if let (Some(Word::Sign('=')), Some(Word::Text(value))) =
                    (tokens.get(at + 1).map(|t| t.word), tokens.get(at + 2).map(|t| t.word))
                {
                    let key = name.strip_prefix("ext.").unwrap_or(name);
                    manifest.inherits.properties.push((key.to_string(), value.to_string()));
                }
                named = name;
            }
            _ => {}
        }
        at += 1;
    }
    !open.is_empty()
}

/// Where a statement ends: before the end of its line outside brackets, before `;`, or before its block.
fn statement(tokens: &[Token<'_>], from: usize) -> usize {
    let mut depth = 0usize;
    let mut at = from;
    let mut last = Word::Sign(' ');
    while let Some(token) = tokens.get(at) {
        match token.word {
            Word::Sign('(' | '[') => depth += 1,
            Word::Sign(')' | ']') => depth = depth.saturating_sub(1),
            // A comma at the end of a line carries a statement on.
            Word::Sign('\n') if depth == 0 && last != Word::Sign(',') => break,
            Word::Sign(';' | '{' | '}') => break,
            _ => {}
        }
        if token.word != Word::Sign('\n') {
            last = token.word;
        }
        at += 1;
    }
    at
}

/// One statement of a `dependencies` block.
fn dependency(configuration: &str, body: &[Token<'_>], line: u32, manifest: &mut Manifest) {
    let names = |wanted: &[&str]| body.iter().any(|t| matches!(t.word, Word::Name(n) if wanted.contains(&n)));
    // A platform lists versions and is no library; files, and what Gradle brings itself, have no coordinates.
    if names(&["platform", "enforcedPlatform", "fileTree", "files", "gradleApi", "localGroovy", "npm"]) {
        return;
    }
    // `include(dependency("a:b:.*"))` picks from what is there already, such as what is shaded into the archive.
    if matches!(configuration, "include" | "exclude") {
        return;
    }
    let scope = scope(configuration, true);
    let mut add = |name: String, range: &str, path: Option<String>, inherited: bool, line: u32| {
        manifest.requirements.push(Requirement {
            name,
            alias: None,
            range: range.to_string(),
            scope,
            line: Some(line),
            path,
            source: Source::Unknown,
            inherited,
        });
    };
    let texts: Vec<(&str, u32)> = body
        .iter()
        .filter_map(|t| if let Word::Text(text) = t.word { Some((text, t.line)) } else { None })
        .collect();
    if names(&["project", "projects"]) {
        // `:core:api` is the folder core/api below the root project.
        if let Some((path, line)) = texts.iter().find(|(t, _)| t.starts_with(':')) {
            let path = path.trim_matches(':').replace(':', "/");
            let name = path.rsplit('/').next().unwrap_or("").to_string();
            add(name, "", Some(path), true, *line);
        }
        return;
    }
    if names(&["kotlin"]) && texts.len() == 1 {
        add(format!("org.jetbrains.kotlin:kotlin-{}", texts[0].0), "", None, false, texts[0].1);
        return;
    }
    let part = |key: &str| {
        let mut windows = body.windows(3);
        windows.find_map(|w| match (w[0].word, w[1].word, w[2].word) {
            (Word::Name(name), Word::Sign(':' | '='), Word::Text(text)) if name == key => Some(text),
            _ => None,
        })
    };
    if let (Some(group), Some(name)) = (part("group"), part("name")) {
        add(format!("{group}:{name}"), part("version").unwrap_or(""), None, false, line);
        return;
    }
    for (text, line) in texts {
        let text = text.split('@').next().unwrap_or(text);
        let mut parts = text.split(':');
        let (Some(group), Some(name)) = (parts.next(), parts.next()) else { continue };
        let version = parts.next().unwrap_or("");
        // A variable in a name is filled in when the whole script was read.
        let plain = |p: &str| {
            let marks = if p.contains('$') { "\\/()" } else { "\\/{}()" };
            !p.is_empty() && !p.contains(|c: char| c.is_whitespace() || marks.contains(c))
        };
        if plain(group) && plain(name) {
            add(format!("{group}:{name}"), version, None, false, line);
        }
    }
    for token in body {
        // An entry of a catalog; its name is filled in by `resolve/gradle.rs`.
        if let Word::Name(name) = token.word
            && let Some(alias) = name
                .strip_prefix("libs.")
                .filter(|a| !a.starts_with("plugins.") && !a.starts_with("versions."))
        {
            add(format!("libs.{}", alias.trim_end_matches(".get")), "", None, true, token.line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asks(text: &str) -> Vec<String> {
        let mut found = Found::new("build.gradle", "build-gradle");
        BuildGradle.extract(&File::new("build.gradle", text.as_bytes()), &mut found);
        assert!(found.problems.is_empty(), "{:?}", found.problems);
        let asked = found.manifest.unwrap().requirements;
        asked
            .iter()
            .map(|r| format!("{} {} {} {:?}", r.name, r.range, r.scope.word(), r.line.unwrap_or(0)))
            .collect()
    }

    #[test]
    fn groovy() {
        let text = "def v = '1.5'\next.w = \"2\"\nbuildscript { dependencies { classpath 'g:plugin:1' } }\ndependencies {\n  // implementation 'no:comment:1'\n  implementation 'g:a:1.0', 'g:b:2.0@aar'\n  api \"g:c:$v\"\n  testImplementation group: 'g', name: 'd', version: '4'\n  runtimeOnly(\"g:e:${w}\") {\n    exclude group: 'x', module: 'y'\n  }\n  implementation platform('g:bom:1')\n  constraints {\n    implementation 'g:limited:9'\n  }\n  compileOnly project(':core:api')\n  implementation files('libs/x.jar')\n}\n";
        assert_eq!(
            asks(text),
            [
                "g:plugin 1 build 3",
                "g:a 1.0 runtime 6",
                "g:b 2.0 runtime 6",
                "g:c 1.5 runtime 7",
                "g:d 4 test 8",
                "g:e 2 runtime 9",
                "api  build 16",
            ]
        );
    }

    #[test]
    fn variables_in_names() {
        let text = "def scala = '2.13'\ndependencies {\n  api \"g:core_$scala:1\"\n  api group: 'g', name: \"sql_${scala}\"\n}\n";
        assert_eq!(asks(text), ["g:core_2.13 1 runtime 3", "g:sql_2.13  runtime 4"]);
        let mut found = Found::new("build.gradle", "build-gradle");
        let text = "dependencies {\n  api \"g:core_$scala:1\"\n  api 'g:b:2'\n}\n";
        BuildGradle.extract(&File::new("build.gradle", text.as_bytes()), &mut found);
        assert_eq!(found.manifest.unwrap().requirements.len(), 1);
        assert_eq!((found.problems[0].line, found.problems[0].loses), (Some(2), false));
    }

    #[test]
    fn kotlin() {
        let text = "plugins { id(\"x\") version \"1\" }\nkotlin { sourceSets { commonMain.dependencies {\n  implementation(libs.json.core)\n  implementation(kotlin(\"test\"))\n} } }\ndependencies {\n  implementation(\n    group = \"g\",\n    name = \"a\",\n    version = \"1\"\n  )\n  \"custom\"(\"g:b:2\")\n  ksp(libs.plugins.no)\n}\n";
        assert_eq!(
            asks(text),
            [
                "libs.json.core  runtime 3",
                "org.jetbrains.kotlin:kotlin-test  runtime 4",
                "g:a 1 runtime 7",
                "g:b 2 runtime 12"
            ]
        );
    }
}
