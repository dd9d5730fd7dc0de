//! Portage's database of installed packages, as Gentoo and its like have it: a folder `var/db/pkg/<category>/<package>`
//! with a file for each field.
//!
//! Three of the files are read, each by itself: `PF` (which package), `LICENSE`, `RDEPEND`. `resolve/records.rs` joins
//! them.

use licit_model::found::Role;
use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Manifest, Purl, Scope};

use super::requirement::{asked, license};
use super::{Extractor, File};

/// Reads the files that name a package, its license and what it asks for.
pub struct Portage;

/// Groups in each other; what lies deeper is read as if it stood one level higher.
const DEPTH: usize = 64;

impl Extractor for Portage {
    fn name(&self) -> &'static str {
        "portage"
    }

    fn files(&self) -> &'static [&'static str] {
        &["var/db/pkg/*/*/PF", "var/db/pkg/*/*/LICENSE", "var/db/pkg/*/*/RDEPEND"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(text) = file.text(found) else { return };
        let text = text.trim();
        if text.is_empty() {
            return;
        }
        match file.name() {
            "LICENSE" => {
                let Some(expression) = expression(text) else {
                    found.odd(Some(1), "the license of this package cannot be read");
                    return;
                };
                let mut stated = Manifest::new(FoundPackage::new(Purl::named("ebuild", "", ""), Some(1)));
                stated.package.licenses.extend(license(&expression, Some(1)));
                help(found, stated);
            }
            "RDEPEND" => {
                let mut asks = Manifest::new(FoundPackage::new(Purl::named("ebuild", "", ""), Some(1)));
                for need in needs(text) {
                    asks.requirements.push(asked(&need, "", Scope::Runtime, Some(1)));
                }
                help(found, asks);
            }
            _ => {
                let Some((name, version)) = split(text) else {
                    found.lost(Some(1), "this is no name of a package with its version");
                    return;
                };
                // The category is the folder around that of the package.
                let category = file.path().rsplit('/').nth(2).unwrap_or("");
                let name = if category.is_empty() { name.to_string() } else { format!("{category}/{name}") };
                found.package(FoundPackage::new(Purl::named("ebuild", &name, version), Some(1)));
                found.lock(Ecosystem::Ebuild, GraphDepth::Flat, "Portage's record of one installed package");
            }
        }
    }
}

fn help(found: &mut Found, manifest: Manifest) {
    found.role = Role::Helper;
    found.ecosystem = Some(Ecosystem::Ebuild);
    found.manifest = Some(manifest);
}

/// Name and version of `name-1.2.3_p4-r1`: the version is the last part that begins with a digit, with its revision.
fn split(text: &str) -> Option<(&str, &str)> {
    if text.contains(|c: char| c.is_whitespace() || c == '/') {
        return None;
    }
    let (rest, revision) = match text.rsplit_once('-') {
        Some((rest, last)) if is_revision(last) => (rest, last.len() + 1),
        _ => (text, 0),
    };
    let (name, version) = rest.rsplit_once('-')?;
    let good = version.starts_with(|c: char| c.is_ascii_digit()) && !name.is_empty();
    let version = text.get(name.len() + 1..)?;
    debug_assert!(version.len() >= revision);
    good.then_some((name, version))
}

fn is_revision(text: &str) -> bool {
    text.strip_prefix('r').is_some_and(|d| !d.is_empty() && d.bytes().all(|b| b.is_ascii_digit()))
}

/// `A B || ( C D ) flag? ( E )` as an expression: what stands side by side applies together, whatever the flags are.
fn expression(text: &str) -> Option<String> {
    // Of each open group: whether one of its parts is enough, and its parts.
    let mut groups: Vec<(bool, Vec<String>)> = vec![(false, Vec::new())];
    let mut choice = false;
    let mut plain = 0usize;
    for word in text.split_whitespace() {
        match word {
            "||" => choice = true,
            "(" if groups.len() > DEPTH => return None,
            "(" => groups.push((std::mem::take(&mut choice), Vec::new())),
            ")" => {
                let (any, parts) = groups.pop()?;
                let closed = joined(any, parts);
                groups.last_mut()?.1.extend(closed);
            }
            word if word.ends_with('?') => {}
            word => {
                plain += 1;
                if plain > 1000 {
                    return None;
                }
                groups.last_mut()?.1.push(word.to_string());
            }
        }
    }
    let (any, parts) = groups.pop()?;
    if !groups.is_empty() || parts.is_empty() {
        return None;
    }
    let whole = joined(any, parts)?;
    // The outermost brackets say nothing.
    let inner = whole.strip_prefix('(').and_then(|w| w.strip_suffix(')'));
    Some(match inner.filter(|i| !i.contains(['(', ')'])) {
        Some(inner) => inner.to_string(),
        None => whole,
    })
}

fn joined(any: bool, mut parts: Vec<String>) -> Option<String> {
    match parts.len() {
        0 => None,
        1 => parts.pop(),
        _ => Some(format!("({})", parts.join(if any { " OR " } else { " AND " }))),
    }
}

/// The packages that are asked for: alternatives joined with `|`, blockers and conditions left out.
fn needs(text: &str) -> Vec<String> {
    let mut needs: Vec<String> = Vec::new();
    let mut open: Vec<bool> = Vec::new();
    let (mut choice, mut fresh) = (false, false);
    for word in text.split_whitespace() {
        match word {
            "||" => choice = true,
            "(" => {
                let inside = open.last().copied().unwrap_or(false);
                fresh |= choice && !inside;
                open.push(std::mem::take(&mut choice) || inside);
            }
            ")" => {
                open.pop();
            }
            word if word.starts_with('!') || word.ends_with('?') => {}
            word => {
                let Some(name) = atom(word) else { continue };
                match needs.last_mut() {
                    Some(last) if open.last() == Some(&true) && !fresh => {
                        last.push('|');
                        last.push_str(name);
                    }
                    _ => needs.push(name.to_string()),
                }
                fresh = false;
            }
        }
    }
    needs
}

/// `category/name` of `>=category/name-1.2:0/3=[flag]`.
fn atom(word: &str) -> Option<&str> {
    let bare = word.trim_start_matches(['>', '<', '=', '~']);
    let versioned = bare.len() < word.len();
    let bare = bare.split([':', '[']).next().unwrap_or(bare).trim_end_matches('*');
    let (category, _) = bare.split_once('/')?;
    if !versioned {
        return Some(bare);
    }
    let (name, _) = split(bare.get(category.len() + 1..)?)?;
    bare.get(..category.len() + 1 + name.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_versions() {
        assert_eq!(split("bash-5.2_p26-r6"), Some(("bash", "5.2_p26-r6")));
        assert_eq!(split("gtk+-3.24.43"), Some(("gtk+", "3.24.43")));
        assert_eq!(split("font-adobe-100dpi-1.0.3-r2"), Some(("font-adobe-100dpi", "1.0.3-r2")));
        assert_eq!(split("nothing"), None);
        assert_eq!(split("-1"), None);
        assert_eq!(split("a b-1"), None);
    }

    #[test]
    fn expressions() {
        let read = |text| expression(text).unwrap_or_default();
        assert_eq!(read("GPL-3+"), "GPL-3+");
        assert_eq!(read("|| ( MIT Apache-2.0 )"), "MIT OR Apache-2.0");
        assert_eq!(read("A || ( B ( C D ) ) flag? ( E )"), "(A AND (B OR (C AND D)) AND E)");
        assert_eq!(read("A B"), "A AND B");
        assert_eq!(expression("A ( B"), None);
        assert_eq!(expression("A )"), None);
        assert_eq!(expression(&"( ".repeat(10_000)), None);
    }

    #[test]
    fn what_is_asked_for() {
        assert_eq!(
            needs(
                ">=sys-libs/readline-8.2_p10:0= !app-shells/old || ( x/a >=x/b-1 ) ssl? ( dev-libs/openssl:0=[x] ) || ( y/c )"
            ),
            ["sys-libs/readline", "x/a|x/b", "dev-libs/openssl", "y/c"]
        );
    }
}
