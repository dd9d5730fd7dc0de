//! What Homebrew installed: the receipt of each formula (`Cellar/<name>/<version>/INSTALL_RECEIPT.json`), and the formula
//! itself beside it (`.brew/<name>.rb`), which states the license.
//!
//! `resolve/records.rs` joins them.

use licit_model::found::Role;
use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Hash, Manifest, Purl, Scope, Source};

use super::requirement::{asked, license};
use super::tree::{self, Tree};
use super::{Extractor, File};

/// Reads receipts, and the formulae that they belong to.
pub struct Homebrew;

impl Extractor for Homebrew {
    fn name(&self) -> &'static str {
        "homebrew"
    }

    fn files(&self) -> &'static [&'static str] {
        &["Cellar/*/*/INSTALL_RECEIPT.json", "Cellar/*/*/.brew/*.rb"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        if file.name().ends_with(".rb") {
            formula(file, found);
        } else {
            receipt(file, found);
        }
    }
}

fn receipt(file: &File<'_>, found: &mut Found) {
    let top = tree::read(file, found);
    if top.entries().is_empty() {
        return;
    }
    // The folders around the file are what the formula and its version are called.
    let mut folders = file.path().rsplit('/').skip(1);
    let (version, name) = (folders.next(), folders.next());
    let source = top.get("source");
    let formula = source.and_then(|s| s.text_of("path")).map_or("", |p| p.trim());
    let by_path = formula.rsplit('/').next().and_then(|f| f.strip_suffix(".rb")).unwrap_or("");
    let stable = source.and_then(|s| s.get("versions")).and_then(|v| v.text_of("stable"));
    let name = name.unwrap_or(by_path);
    let version = version.or(stable.map(|v| v.trim())).unwrap_or("");
    if name.is_empty() || version.is_empty() {
        found.lost(None, "the receipt names no formula, or no version of it");
        return;
    }
    let mut package = FoundPackage::new(Purl::named("brew", name, version), Some(1));
    // Formulae of other taps than Homebrew's own may have the names of those.
    let tap = source.and_then(|s| s.text_of("tap")).map_or("", |t| t.trim());
    if !matches!(tap, "" | "homebrew/core") {
        package.purl = package.purl.with("tap", tap);
    }
    package.source = Source::Registry(None);
    if let Some(Tree::Bool(asked)) = top.get("installed_on_request") {
        package.direct = asked.then_some(true);
    }
    let mut asks = Manifest::new(package.clone());
    for need in top.items_of("runtime_dependencies") {
        let Some(name) = need.text_of("full_name") else { continue };
        // The list has everything that is needed in the end; newer receipts say what is asked for by the formula itself.
        if matches!(need.get("declared_directly"), Some(Tree::Bool(false))) {
            continue;
        }
        let bare = name.rsplit('/').next().unwrap_or(name);
        asks.requirements.push(asked(bare, "", Scope::Runtime, name.line(file)));
    }
    found.package(package);
    found.manifest = Some(asks);
    found.lock(Ecosystem::Brew, GraphDepth::Flat, "Homebrew's receipt of one installed formula");
}

/// The formula's license and the checksum of its source, which stand on lines of their own at the top of its class.
fn formula(file: &File<'_>, found: &mut Found) {
    let Some(text) = file.text(found) else { return };
    let mut class = false;
    let mut stated: Option<(String, u32)> = None;
    let mut sum = None;
    let mut open = 0i32;
    for (number, line) in (1u32..).zip(text.lines()) {
        let line = line.trim();
        class |= line.starts_with("class ") && line.contains('<');
        if let Some((words, _)) = stated.as_mut().filter(|_| open > 0) {
            words.push(' ');
            words.push_str(line);
            open += brackets(line);
            continue;
        }
        if let Some(rest) = line.strip_prefix("license ").filter(|_| stated.is_none()) {
            stated = Some((rest.to_string(), number));
            open = brackets(rest);
        }
        // What a formula fetches beside its own source stands further below, in blocks.
        if let Some(rest) = line.strip_prefix("sha256 \"").filter(|_| sum.is_none()) {
            sum =
                rest.strip_suffix('"').filter(|s| s.len() == 64 && s.bytes().all(|b| b.is_ascii_hexdigit()));
        }
        if line.starts_with("resource ") || line.starts_with("bottle do") || line.starts_with("def ") {
            break;
        }
    }
    if !class {
        if !text.trim().is_empty() {
            found.odd(Some(1), "there is no class of a formula in it");
        }
        return;
    }
    let line = stated.as_ref().map(|(_, line)| *line);
    let mut own = Manifest::new(FoundPackage::new(Purl::named("brew", "", ""), line.or(Some(1))));
    if let Some((words, line)) = stated {
        match spoken(&words) {
            Some(text) => own.package.licenses.extend(license(&text, Some(line))),
            None if words.trim_start().starts_with(':') => {
                own.package.licenses.extend(license(words.trim().trim_start_matches(':'), Some(line)));
            }
            None => found.odd(Some(line), "the license of this formula cannot be read"),
        }
    }
    own.package
        .hashes
        .extend(sum.map(|sum| Hash { algorithm: "SHA-256".to_string(), hex: sum.to_ascii_lowercase() }));
    found.role = Role::Helper;
    found.ecosystem = Some(Ecosystem::Brew);
    found.manifest = Some(own);
}

fn brackets(text: &str) -> i32 {
    let count = |open: char| text.matches(open).count() as i32;
    count('[') + count('{') - count(']') - count('}')
}

/// Words of a license field in Ruby.
#[derive(Debug, PartialEq)]
enum Word<'t> {
    Text(&'t str),
    All,
    Any,
    With,
    Open,
    Close,
}

/// `"MIT"`, `any_of: ["MIT", "Apache-2.0"]`, `all_of: ["A", any_of: [..]]`, `"GPL-2.0-only" => { with: "X" }` as an
/// expression.
fn spoken(text: &str) -> Option<String> {
    let words = words(text);
    // Of each open list: whether one is enough, and its parts.
    let mut lists: Vec<(bool, Vec<String>)> = vec![(false, Vec::new())];
    let (mut any, mut with) = (false, false);
    for word in words {
        match word {
            Word::Any => any = true,
            Word::All => any = false,
            Word::With => with = true,
            Word::Open if lists.len() > 32 => return None,
            Word::Open => lists.push((std::mem::take(&mut any), Vec::new())),
            Word::Close => {
                let (any, parts) = lists.pop()?;
                let joined = match parts.len() {
                    0 => continue,
                    1 => parts.into_iter().next()?,
                    _ => format!("({})", parts.join(if any { " OR " } else { " AND " })),
                };
                lists.last_mut()?.1.push(joined);
            }
            Word::Text(text) if std::mem::take(&mut with) => {
                lists.last_mut()?.1.last_mut()?.push_str(&format!(" WITH {text}"));
            }
            Word::Text(text) => lists.last_mut()?.1.push(text.to_string()),
        }
    }
    let (_, parts) = lists.pop()?;
    if !lists.is_empty() || parts.is_empty() {
        return None;
    }
    let whole = parts.join(" AND ");
    let inner = whole.strip_prefix('(').and_then(|w| w.strip_suffix(')'));
    Some(match inner.filter(|i| !i.contains(['(', ')'])) {
        Some(inner) => inner.to_string(),
        None => whole,
    })
}

fn words(text: &str) -> Vec<Word<'_>> {
    let mut words = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let after = &rest[first.len_utf8()..];
        rest = match first {
            '"' => match after.split_once('"') {
                Some((text, after)) => {
                    words.push(Word::Text(text));
                    after
                }
                None => break,
            },
            '#' => break,
            // The braces of `{ with: … }` hold one word and group nothing.
            '[' => {
                words.push(Word::Open);
                after
            }
            ']' => {
                words.push(Word::Close);
                after
            }
            first if first.is_ascii_alphabetic() => {
                let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
                match &rest[..end] {
                    "all_of" => words.push(Word::All),
                    "any_of" => words.push(Word::Any),
                    "with" => words.push(Word::With),
                    _ => {}
                }
                &rest[end..]
            }
            _ => after,
        };
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn licenses_in_ruby() {
        let read = |text| spoken(text).unwrap_or_default();
        assert_eq!(read("\"MIT\""), "MIT");
        assert_eq!(read("any_of: [\"MIT\", \"Apache-2.0\"]"), "MIT OR Apache-2.0");
        assert_eq!(read("all_of: [\"A\", \"B\", any_of: [\"C\", \"D\"]]"), "(A AND B AND (C OR D))");
        assert_eq!(
            read("\"GPL-2.0-only\" => { with: \"Classpath-exception-2.0\" }"),
            "GPL-2.0-only WITH Classpath-exception-2.0"
        );
        assert_eq!(
            read("all_of: [ \"MIT\", { \"GPL-3.0-only\" => { with: \"GCC-exception-3.1\" } }, ]"),
            "MIT AND GPL-3.0-only WITH GCC-exception-3.1"
        );
        assert_eq!(spoken(":public_domain"), None);
        assert_eq!(spoken("any_of: [\"MIT\""), None);
        assert_eq!(spoken("\"é"), None);
    }
}
