//! Reads the sources of the index: SPDX texts, ScanCode's licenses and rules, AI license texts.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use licit_license::identify::index::{CANONICAL, CONTINUOUS, EXCEPTION, GENERIC, Kind};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::classes::Listed;

/// A text that the index shall know.
#[derive(Debug, Clone)]
pub(crate) struct SourceRule {
    pub(crate) expression: String,
    pub(crate) kind: Kind,
    pub(crate) relevance: u8,
    pub(crate) minimum_coverage: u8,
    pub(crate) flags: u8,
    /// A rule of ours is about exactly this text.
    pub(crate) own: bool,
    /// With `{{` and `}}` around what has to be found whole.
    pub(crate) text: String,
}

/// One input, for the record.
pub(crate) struct Input {
    pub(crate) name: String,
    pub(crate) files: usize,
    pub(crate) sha256: String,
    pub(crate) terms: String,
}

/// The front matter of a ScanCode license.
#[derive(Deserialize, Default)]
#[serde(default)]
struct LicenseHead {
    key: String,
    name: String,
    spdx_license_key: Option<String>,
    is_exception: bool,
    is_deprecated: bool,
    is_generic: bool,
    is_unknown: bool,
    replaced_by: Vec<String>,
    category: String,
    minimum_coverage: f64,
}

/// The front matter of a ScanCode rule.
#[derive(Deserialize, Default)]
#[serde(default)]
struct RuleHead {
    license_expression: Option<String>,
    is_license_text: bool,
    is_license_notice: bool,
    is_license_reference: bool,
    is_license_tag: bool,
    is_license_intro: bool,
    is_license_clue: bool,
    is_false_positive: bool,
    is_continuous: bool,
    is_deprecated: bool,
    relevance: Option<f64>,
    minimum_coverage: f64,
}

struct Digest {
    hash: Sha256,
    files: usize,
}

impl Digest {
    fn new() -> Self {
        Digest { hash: Sha256::new(), files: 0 }
    }

    fn add(&mut self, name: &str, bytes: &[u8]) {
        self.hash.update(name.as_bytes());
        self.hash.update([0]);
        self.hash.update(Sha256::digest(bytes));
        self.files += 1;
    }

    fn input(self, name: &str, terms: &str) -> Input {
        Input {
            name: name.to_string(),
            files: self.files,
            sha256: super::hex(&self.hash.finalize()),
            terms: terms.to_string(),
        }
    }
}

/// Reads everything; an error names the file. `known` receives the licenses of the LicenseDB that are not deprecated.
pub(crate) fn all(
    scancode: &Path,
    ai: &Path,
    models: &Path,
    phrases_file: &Path,
    inputs: &mut Vec<Input>,
    known: &mut Vec<Listed>,
) -> Result<Vec<SourceRule>, String> {
    let mut rules = Vec::new();
    let keys = licenses(scancode, &mut rules, inputs, known)?;
    rule_files(scancode, &keys, &mut rules, inputs)?;
    spdx_texts(&mut rules, inputs);
    ai_texts(ai, &slugs(models)?, &mut rules, inputs)?;
    phrases(phrases_file, &mut rules, inputs)?;
    Ok(rules)
}

/// What a ScanCode key stands for.
struct Key {
    spdx: String,
    generic: bool,
}

fn split(text: &str) -> Option<(&str, &str)> {
    let rest = text.strip_prefix("---")?;
    let (head, body) = rest.split_once("\n---")?;
    Some((head, body.split_once('\n').map_or("", |(_, body)| body)))
}

/// The files of a folder with that extension, sorted.
pub(crate) fn listed(dir: &Path, extension: &str) -> Result<Vec<PathBuf>, String> {
    let entries = std::fs::read_dir(dir).map_err(|e| format!("{}: {e}", dir.display()))?;
    let mut files: Vec<PathBuf> = entries
        .flatten()
        .map(|e| e.path())
        .filter(|p| p.extension().is_some_and(|e| e == extension))
        .collect();
    files.sort();
    Ok(files)
}

fn licenses(
    scancode: &Path,
    rules: &mut Vec<SourceRule>,
    inputs: &mut Vec<Input>,
    known: &mut Vec<Listed>,
) -> Result<HashMap<String, Key>, String> {
    let mut keys = HashMap::new();
    let mut digest = Digest::new();
    for file in listed(&scancode.join("licenses"), "LICENSE")? {
        let text = std::fs::read_to_string(&file).map_err(|e| format!("{}: {e}", file.display()))?;
        digest.add(&file.file_name().unwrap_or_default().to_string_lossy(), text.as_bytes());
        let Some((head, body)) = split(&text) else { continue };
        let head: LicenseHead =
            serde_saphyr::from_str(head).map_err(|e| format!("{}: {e}", file.display()))?;
        let spdx =
            head.spdx_license_key.clone().unwrap_or_else(|| format!("LicenseRef-scancode-{}", head.key));
        let generic = head.is_generic
            || head.is_unknown
            || matches!(head.category.as_str(), "Unstated License" | "CLA")
            || spdx.contains("-unknown");
        if head.is_deprecated {
            // A deprecated key stands for its successors.
            if let Some(successor) = head.replaced_by.first() {
                keys.insert(head.key.clone(), Key { spdx: format!("@{successor}"), generic: false });
            }
            continue;
        }
        if !body.trim().is_empty() {
            let mut flags = CANONICAL;
            flags |= if head.is_exception { EXCEPTION } else { 0 };
            flags |= if generic { GENERIC } else { 0 };
            rules.push(SourceRule {
                expression: spdx.clone(),
                kind: Kind::Text,
                relevance: 100,
                minimum_coverage: head.minimum_coverage as u8,
                flags,
                own: false,
                text: body.to_string(),
            });
        }
        known.push(Listed {
            key: head.key.clone(),
            id: spdx.clone(),
            category: head.category,
            name: head.name,
            exception: head.is_exception,
            generic: head.is_generic || head.is_unknown,
        });
        keys.insert(head.key, Key { spdx, generic });
    }
    translations(&mut keys, rules);
    inputs.push(
        digest.input("ScanCode LicenseDB 32.5.0, licenses", "CC-BY-4.0, Copyright (c) nexB Inc. and others"),
    );
    Ok(keys)
}

/// A translation that ScanCode keeps under a key of its own carries the id of the license that SPDX lists.
fn translations(keys: &mut HashMap<String, Key>, rules: &mut [SourceRule]) {
    let languages = ["-en", "-fr", "-de", "-es", "-it", "-zh", "-ja"];
    let mut same: HashMap<String, String> = HashMap::new();
    for (key, value) in keys.iter() {
        let base = languages.iter().find_map(|l| key.strip_suffix(l));
        let listed = base.and_then(|b| keys.get(b)).filter(|b| !b.spdx.starts_with("LicenseRef-"));
        if let (true, Some(listed)) = (value.spdx.starts_with("LicenseRef-scancode-"), listed) {
            same.insert(value.spdx.clone(), listed.spdx.clone());
        }
    }
    for value in keys.values_mut() {
        if let Some(listed) = same.get(&value.spdx) {
            value.spdx.clone_from(listed);
        }
    }
    for rule in rules {
        if let Some(listed) = same.get(&rule.expression) {
            rule.expression.clone_from(listed);
        }
    }
}

fn rule_files(
    scancode: &Path,
    keys: &HashMap<String, Key>,
    rules: &mut Vec<SourceRule>,
    inputs: &mut Vec<Input>,
) -> Result<(), String> {
    let mut digest = Digest::new();
    for file in listed(&scancode.join("rules"), "RULE")? {
        let text = std::fs::read_to_string(&file).map_err(|e| format!("{}: {e}", file.display()))?;
        digest.add(&file.file_name().unwrap_or_default().to_string_lossy(), text.as_bytes());
        let Some((head, body)) = split(&text) else { continue };
        let head: RuleHead = serde_saphyr::from_str(head).map_err(|e| format!("{}: {e}", file.display()))?;
        if head.is_deprecated {
            continue;
        }
        let kind = if head.is_false_positive {
            Kind::FalsePositive
        } else if head.is_license_text {
            Kind::Text
        } else if head.is_license_notice {
            Kind::Notice
        } else if head.is_license_tag {
            Kind::Tag
        } else if head.is_license_intro {
            Kind::Intro
        } else if head.is_license_clue {
            Kind::Clue
        } else if head.is_license_reference {
            Kind::Reference
        } else {
            continue;
        };
        let (expression, generic) = match &head.license_expression {
            Some(expression) => {
                translate(expression, keys).map_err(|e| format!("{}: {e}", file.display()))?
            }
            None => (String::new(), kind != Kind::FalsePositive),
        };
        let mut flags = if head.is_continuous { CONTINUOUS } else { 0 };
        flags |= if generic { GENERIC } else { 0 };
        rules.push(SourceRule {
            expression,
            kind,
            relevance: head.relevance.unwrap_or(100.0) as u8,
            minimum_coverage: head.minimum_coverage as u8,
            flags,
            own: false,
            text: body.to_string(),
        });
    }
    inputs.push(
        digest.input("ScanCode LicenseDB 32.5.0, rules", "CC-BY-4.0, Copyright (c) nexB Inc. and others"),
    );
    Ok(())
}

/// A ScanCode expression in SPDX ids. It is generic when every license in it is; generic parts of a larger
/// expression are dropped from it.
fn translate(expression: &str, keys: &HashMap<String, Key>) -> Result<(String, bool), String> {
    let mut out = String::new();
    let mut generic = true;
    let spaced = expression.replace('(', " ( ").replace(')', " ) ");
    for word in spaced.split_whitespace() {
        let upper = word.to_ascii_uppercase();
        let piece = match upper.as_str() {
            "AND" | "OR" | "WITH" => format!(" {upper} "),
            "(" | ")" => upper,
            _ => {
                let mut key = word.to_ascii_lowercase();
                let mut found = keys.get(&key);
                for _ in 0..4 {
                    match found.and_then(|k| k.spdx.strip_prefix('@')) {
                        Some(successor) => {
                            key = successor.to_string();
                            // A successor may be an expression of its own.
                            if successor.contains(' ') {
                                return translate(&expression.replace(word, &format!("({successor})")), keys);
                            }
                            found = keys.get(&key);
                        }
                        None => break,
                    }
                }
                let found = found.ok_or(format!("`{word}` is no known key"))?;
                generic &= found.generic;
                if found.generic { format!("~{}", found.spdx) } else { found.spdx.clone() }
            }
        };
        out.push_str(&piece);
    }
    Ok((out, generic))
}

/// SPDX texts that ScanCode has no license for, or that differ from its own.
fn spdx_texts(rules: &mut Vec<SourceRule>, inputs: &mut Vec<Input>) {
    let mut digest = Digest::new();
    for (id, text) in spdx::text::LICENSE_TEXTS {
        digest.add(id, text.as_bytes());
        let current = spdx::license_id(id).is_some_and(|l| !l.is_deprecated());
        // One text serves both ids of the GNU family; the plain text means the stricter one.
        if current && !id.ends_with("-or-later") {
            rules.push(SourceRule {
                expression: (*id).to_string(),
                kind: Kind::Text,
                relevance: 100,
                minimum_coverage: 0,
                flags: CANONICAL,
                own: false,
                text: (*text).to_string(),
            });
        }
    }
    for (id, text) in spdx::text::EXCEPTION_TEXTS {
        digest.add(id, text.as_bytes());
        if spdx::exception_id(id).is_some_and(|e| !e.is_deprecated()) {
            rules.push(SourceRule {
                expression: (*id).to_string(),
                kind: Kind::Text,
                relevance: 100,
                minimum_coverage: 0,
                flags: CANONICAL | EXCEPTION,
                own: false,
                text: (*text).to_string(),
            });
        }
    }
    let name = format!("crate spdx, license list {}", spdx::license_version());
    inputs.push(digest.input(&name, "texts of their stewards; crate Apache-2.0"));
}

/// The id of each rule about an AI license, by the name of its text.
fn slugs(models: &Path) -> Result<HashMap<String, String>, String> {
    let mut ids = HashMap::new();
    for file in listed(models, "toml")? {
        let text = std::fs::read_to_string(&file).map_err(|e| format!("{}: {e}", file.display()))?;
        let rule: toml::Table = toml::from_str(&text).map_err(|e| format!("{}: {e}", file.display()))?;
        let field = |name: &str| rule.get(name).and_then(toml::Value::as_str).map(str::to_string);
        if let (Some(slug), Some(id)) = (field("slug"), field("id")) {
            ids.insert(slug, id);
        }
    }
    Ok(ids)
}

/// A text whose version has a rule carries the id of that rule, also where others have one id for several versions.
fn ai_texts(
    dir: &Path,
    ids: &HashMap<String, String>,
    rules: &mut Vec<SourceRule>,
    inputs: &mut Vec<Input>,
) -> Result<(), String> {
    let table = dir.join("index.tsv");
    let text = std::fs::read_to_string(&table).map_err(|e| format!("{}: {e}", table.display()))?;
    let mut lines = text.lines();
    let head: Vec<&str> = lines.next().unwrap_or("").split('\t').collect();
    let mut digest = Digest::new();
    for line in lines {
        let row: BTreeMap<&str, &str> = head.iter().copied().zip(line.split('\t')).collect();
        let slug = row.get("slug").copied().unwrap_or("");
        let file = dir.join(format!("{slug}.txt"));
        let Ok(bytes) = std::fs::read(&file) else { continue };
        digest.add(slug, &bytes);
        let own = ids.get(slug);
        let id = row.get("licence_id").copied().filter(|i| !i.is_empty()).unwrap_or(slug);
        let known = spdx::license_id(id).is_some() || id.starts_with("LicenseRef-scancode-");
        let expression = match own {
            Some(own) => own.clone(),
            None if known => id.to_string(),
            None => format!("LicenseRef-licit-{slug}"),
        };
        rules.push(SourceRule {
            expression,
            kind: Kind::Text,
            relevance: 100,
            minimum_coverage: 0,
            flags: CANONICAL,
            own: own.is_some(),
            text: String::from_utf8_lossy(&bytes).into_owned(),
        });
    }
    inputs.push(
        digest.input("AI license texts, 2026-11", "texts of their owners; only numbers of words are kept"),
    );
    Ok(())
}

/// Our own short phrases.
fn phrases(file: &Path, rules: &mut Vec<SourceRule>, inputs: &mut Vec<Input>) -> Result<(), String> {
    let text = std::fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display()))?;
    let table: toml::Table = toml::from_str(&text).map_err(|e| format!("{}: {e}", file.display()))?;
    let mut digest = Digest::new();
    digest.add("phrases.toml", text.as_bytes());
    for row in table.get("phrase").and_then(toml::Value::as_array).into_iter().flatten() {
        let field = |key: &str| row.get(key).and_then(toml::Value::as_str).unwrap_or("").to_string();
        let kind = match field("kind").as_str() {
            "false-positive" => Kind::FalsePositive,
            "reference" => Kind::Reference,
            _ => Kind::Notice,
        };
        rules.push(SourceRule {
            expression: field("expression"),
            kind,
            relevance: 100,
            minimum_coverage: 100,
            flags: CONTINUOUS,
            own: false,
            text: field("text"),
        });
    }
    inputs.push(digest.input("rules/detect/phrases.toml", "ours"));
    Ok(())
}
