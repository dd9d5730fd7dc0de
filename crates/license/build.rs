//! Puts `rules/` into the binary: one packed text, and tables of where each rule stands in it, sorted by id.
//!
//! The text is unpacked once, which takes a few milliseconds; rules are parsed only where they are asked for.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::DeflateEncoder;

fn main() {
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules");
    let out = PathBuf::from(std::env::var("OUT_DIR").expect("cargo sets OUT_DIR"));
    for part in [
        "licenses",
        "models",
        "exceptions",
        "changes",
        "compat",
        "catalogue",
        "labels.toml",
        "aliases.toml",
        "packages.toml",
        "scancode.tsv",
    ] {
        println!("cargo::rerun-if-changed={}", rules.join(part).display());
    }
    let (mut code, mut text) = (String::new(), String::new());
    let mut licenses = entries(&rules.join("licenses"));
    licenses.extend(entries(&rules.join("models")));
    table(&mut code, &mut text, "LICENSES", "License rules by id.", licenses);
    table(&mut code, &mut text, "EXCEPTIONS", "Exception rules by id.", entries(&rules.join("exceptions")));
    table(
        &mut code,
        &mut text,
        "CHANGES",
        "Dated license changes by file name.",
        slugs(&rules.join("changes")),
    );
    table(
        &mut code,
        &mut text,
        "COMPAT",
        "What authorities say of pairs, by file name.",
        slugs(&rules.join("compat")),
    );
    table(
        &mut code,
        &mut text,
        "CATALOGUE",
        "Models and datasets by file name.",
        slugs(&rules.join("catalogue")),
    );
    for (name, doc, file) in [
        ("LABELS", "Labels of models and datasets.", "labels.toml"),
        ("ALIASES", "Lax names.", "aliases.toml"),
        ("PACKAGES", "Packages without files.", "packages.toml"),
        ("SCANCODE", "Classes of licenses that only ScanCode names.", "scancode.tsv"),
    ] {
        let (start, end) = append(&rules.join(file), &mut text);
        writeln!(code, "/// {doc}\npub(crate) static {name}: (usize, usize) = ({start}, {end});")
            .expect("a string takes all");
    }
    let mut packed = DeflateEncoder::new(Vec::new(), Compression::best());
    packed.write_all(text.as_bytes()).expect("memory takes all");
    std::fs::write(out.join("rules.z"), packed.finish().expect("memory takes all"))
        .expect("OUT_DIR can be written");
    writeln!(
        code,
        "/// All rules, packed.\npub(crate) static PACKED: &[u8] = include_bytes!(concat!(env!(\"OUT_DIR\"), \"/rules.z\"));\n\
         /// Bytes of all rules.\npub(crate) const LENGTH: usize = {};",
        text.len()
    )
    .expect("a string takes all");
    std::fs::write(out.join("rules.rs"), code).expect("OUT_DIR can be written");
    texts(&out);
}

/// Packs the texts of the license list, each by itself: few are ever needed, and together they take four megabytes.
fn texts(out: &Path) {
    let mut packed = Vec::new();
    let mut code = String::from("/// Where each text stands in the packed ones, by id: begin and end.\n");
    code.push_str("pub(crate) static TEXTS: &[(&str, (usize, usize))] = &[\n");
    let mut texts: Vec<_> = spdx::text::LICENSE_TEXTS.iter().collect();
    texts.sort();
    for (id, text) in texts {
        let start = packed.len();
        let mut encoder = DeflateEncoder::new(&mut packed, Compression::best());
        encoder.write_all(text.as_bytes()).expect("memory takes all");
        encoder.finish().expect("memory takes all");
        writeln!(code, "    ({id:?}, ({start}, {})),", packed.len()).expect("a string takes all");
    }
    code.push_str(
        "];\n/// All texts, packed.\npub(crate) static PACKED: &[u8] = include_bytes!(concat!(env!(\"OUT_DIR\"), \"/texts.z\"));\n",
    );
    std::fs::write(out.join("texts.z"), packed).expect("OUT_DIR can be written");
    std::fs::write(out.join("texts.rs"), code).expect("OUT_DIR can be written");
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

fn table(code: &mut String, text: &mut String, name: &str, doc: &str, mut entries: Vec<(String, PathBuf)>) {
    entries.sort();
    writeln!(code, "/// {doc}\npub(crate) static {name}: &[(&str, (usize, usize))] = &[")
        .expect("a string takes all");
    for (id, path) in entries {
        let span = append(&path, text);
        writeln!(code, "    ({id:?}, {span:?}),").expect("a string takes all");
    }
    code.push_str("];\n");
}

/// Appends a file and says where it stands.
fn append(path: &Path, text: &mut String) -> (usize, usize) {
    let start = text.len();
    text.push_str(&std::fs::read_to_string(path).expect("a rule can be read"));
    (start, text.len())
}
