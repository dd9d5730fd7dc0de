//! Puts `rules/` into the binary as text tables, sorted by id.
//!
//! The rules are parsed at run time and only the ones that are asked for, so a start costs nothing.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn main() {
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules");
    let out = PathBuf::from(std::env::var("OUT_DIR").expect("cargo sets OUT_DIR"));
    for part in ["licenses", "models", "exceptions", "changes", "compat", "aliases.toml", "packages.toml"] {
        println!("cargo::rerun-if-changed={}", rules.join(part).display());
    }
    let mut code = String::new();
    let mut licenses = entries(&rules.join("licenses"));
    licenses.extend(entries(&rules.join("models")));
    table(&mut code, "LICENSES", "License rules by id.", licenses);
    table(&mut code, "EXCEPTIONS", "Exception rules by id.", entries(&rules.join("exceptions")));
    table(&mut code, "CHANGES", "Dated license changes by file name.", slugs(&rules.join("changes")));
    table(&mut code, "COMPAT", "What authorities say of pairs, by file name.", slugs(&rules.join("compat")));
    let aliases = rules.join("aliases.toml").canonicalize().expect("rules/aliases.toml is there");
    writeln!(code, "/// Lax names.\npub(crate) static ALIASES: &str = include_str!({aliases:?});")
        .expect("a string takes all");
    let packages = rules.join("packages.toml").canonicalize().expect("rules/packages.toml is there");
    writeln!(
        code,
        "/// Packages without files.\npub(crate) static PACKAGES: &str = include_str!({packages:?});"
    )
    .expect("a string takes all");
    std::fs::write(out.join("rules.rs"), code).expect("OUT_DIR can be written");
}

/// `(id, path)` of every TOML file of a folder; the id is the value of its first key.
fn entries(dir: &Path) -> Vec<(String, PathBuf)> {
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.extension().is_none_or(|e| e != "toml") {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a rule can be read");
        let id = text.lines().find_map(|l| l.strip_prefix("id = \"")?.strip_suffix('"'));
        let id = id.unwrap_or_else(|| panic!("{} has no line `id = \"…\"`", path.display()));
        entries.push((id.to_string(), path.canonicalize().expect("it was just read")));
    }
    entries
}

/// `(name without extension, path)` of every TOML file of a folder.
fn slugs(dir: &Path) -> Vec<(String, PathBuf)> {
    let paths = std::fs::read_dir(dir).into_iter().flatten().flatten().map(|e| e.path());
    let rules = paths.filter(|p| p.extension().is_some_and(|e| e == "toml"));
    let slug = |p: &Path| p.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    rules.map(|p| (slug(&p), p.canonicalize().expect("it was just listed"))).collect()
}

fn table(code: &mut String, name: &str, doc: &str, mut entries: Vec<(String, PathBuf)>) {
    entries.sort();
    writeln!(code, "/// {doc}\npub(crate) static {name}: &[(&str, &str)] = &[").expect("a string takes all");
    for (id, path) in entries {
        writeln!(code, "    ({id:?}, include_str!({path:?})),").expect("a string takes all");
    }
    code.push_str("];\n");
}
