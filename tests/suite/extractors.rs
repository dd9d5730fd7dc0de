//! `docs/extractors.md`: what each format gives, computed from its fixtures, so that no claim stands there unproven.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use licit_inventory::extract::{EXTRACTORS, Extractor, File};
use licit_model::found::Role;
use licit_model::{Found, GraphDepth, Scope};

use crate::snapshot::{matches_file, root};

/// What all good fixtures of one format show together.
#[derive(Default)]
struct Shown {
    role: BTreeSet<&'static str>,
    ecosystems: BTreeSet<&'static str>,
    edges: bool,
    keys: bool,
    scopes: BTreeSet<Scope>,
    licenses: bool,
    hashes: bool,
    graphs: BTreeSet<&'static str>,
}

impl Shown {
    fn of(extractor: &dyn Extractor) -> Shown {
        let mut shown = Shown::default();
        let dir = root().join("fixtures/extract").join(extractor.name());
        let mut files: Vec<_> = walk(&dir);
        files.retain(|f| !f.components().any(|c| matches!(c.as_os_str().to_str(), Some("broken" | "empty"))));
        for file in files {
            let name = file.file_name().unwrap().to_str().unwrap().to_string();
            let mut found = Found::new(name.clone(), extractor.name());
            extractor.extract(&File::new(&name, &std::fs::read(&file).unwrap()), &mut found);
            shown.add(&found);
        }
        shown
    }

    fn add(&mut self, found: &Found) {
        self.role.extend(match found.role {
            Role::Lock => Some("packages"),
            Role::Manifest => Some("requirements"),
            Role::Helper => Some("facts for its neighbours"),
            Role::Nothing => None,
        });
        self.ecosystems.extend(found.ecosystem.map(|e| e.purl_type()));
        self.edges |= !found.edges.is_empty();
        self.keys |= !found.keys.is_empty();
        let asked =
            found.manifest.iter().flat_map(|m| m.requirements.iter().chain(&m.workspace_requirements));
        self.scopes.extend(asked.map(|r| r.scope));
        self.scopes.extend(found.packages.iter().filter_map(|p| p.scope));
        self.scopes.extend(found.edges.iter().map(|e| e.scope));
        let all = || found.packages.iter().chain(found.manifest.iter().map(|m| &m.package));
        self.licenses |= all().any(|p| !p.licenses.is_empty());
        self.hashes |= all().any(|p| !p.hashes.is_empty());
        self.graphs.extend(found.graph.as_ref().map(|(depth, _)| match depth {
            GraphDepth::Full => "whole graph",
            GraphDepth::DirectOnly => "direct only",
            GraphDepth::Flat => "flat list",
        }));
    }

    fn edges(&self) -> &'static str {
        match (self.edges, self.keys, self.role.contains("requirements")) {
            (true, ..) => "yes",
            (_, true, _) => "with the manifest",
            (.., true) => "from the project",
            _ => "–",
        }
    }
}

fn walk(dir: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    let entries = std::fs::read_dir(dir).unwrap_or_else(|e| panic!("{}: {e}", dir.display()));
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(walk(&path));
        } else if path.file_name().unwrap() != "expected.txt" {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// The table. A claim that a fixture does not show cannot stand in it.
fn markdown() -> String {
    let mut text = String::from(
        "# What is read\n\n\
         Made from `fixtures/extract` by `LICIT_BLESS=1 cargo test --test suite extractors`: each cell is what the \
         fixtures of the format\nshow, and a test fails when a reader gives less. *Edges*: `yes` are edges among the \
         packages of the file; `with the manifest`\nmeans that the file names its packages by keys that the project's \
         own requirements meet; `from the project` are the project's own\nrequirements. *Scopes* are those that the \
         file itself tells apart. What is joined from several files is told in\n`docs/ARCHITECTURE.md`.\n\n\
         Sources that were copied into a tree need no format: `vendored` knows them by `README.chromium` and its kin, \
         `METADATA`,\n`moz.yaml`, `.gitrepo` and `cgmanifest.json`, by license texts and version files of a folder, and by \
         what the head of a single file\nof C or C++ states. `fixtures/projects/cpp-engine` shows each.\n\n\
         | format | files | ecosystem | gives | edges | scopes | licenses | checksums | completeness |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    let join = |set: &BTreeSet<&'static str>| {
        if set.is_empty() { "–".to_string() } else { set.iter().copied().collect::<Vec<_>>().join(", ") }
    };
    let yes = |there: bool| if there { "yes" } else { "–" };
    for extractor in EXTRACTORS {
        let shown = Shown::of(*extractor);
        let mut files: Vec<String> = extractor.files().iter().map(|f| format!("`{f}`")).collect();
        if extractor.files().is_empty() {
            files.push("programs and libraries, by their first bytes".to_string());
        }
        let scopes: BTreeSet<&'static str> = shown.scopes.iter().map(|s| s.word()).collect();
        writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            extractor.name(),
            files.join(" "),
            join(&shown.ecosystems),
            join(&shown.role),
            shown.edges(),
            join(&scopes),
            yes(shown.licenses),
            yes(shown.hashes),
            join(&shown.graphs),
        )
        .unwrap();
    }
    text
}

#[test]
fn the_table_of_formats_is_what_the_fixtures_show() {
    matches_file(&root().join("docs/extractors.md"), &markdown());
}

#[test]
fn every_format_gives_something_and_says_how_much() {
    for extractor in EXTRACTORS {
        let shown = Shown::of(*extractor);
        assert!(!shown.role.is_empty(), "{} gives nothing in any good fixture", extractor.name());
        assert!(!shown.ecosystems.is_empty(), "{} says of no ecosystem", extractor.name());
        if shown.role.contains("packages") {
            assert!(
                !shown.graphs.is_empty(),
                "{} does not say how much of the graph it has",
                extractor.name()
            );
        }
    }
}
