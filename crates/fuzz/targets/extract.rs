//! Any bytes through the extractor that `LICIT_FUZZ_FORMAT` names, without the net that catches its panics.
#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use licit_inventory::extract::{EXTRACTORS, Extractor, File};
use licit_model::Found;

/// The extractor with a file name that it reads.
fn chosen() -> (&'static dyn Extractor, String) {
    static FORMAT: OnceLock<(usize, String)> = OnceLock::new();
    let (at, name) = FORMAT.get_or_init(|| {
        let format = std::env::var("LICIT_FUZZ_FORMAT").expect("LICIT_FUZZ_FORMAT names a format");
        let at = EXTRACTORS.iter().position(|e| e.name() == format).expect("a format of the table");
        // Programs are known by their first bytes and have any name.
        let glob = EXTRACTORS[at].files().first().copied().unwrap_or("program");
        (at, glob.replace("**/", "").replace('*', "x"))
    });
    (EXTRACTORS[*at], name.clone())
}

fuzz_target!(|bytes: &[u8]| {
    let (extractor, name) = chosen();
    let mut found = Found::new(name.clone(), extractor.name());
    extractor.extract(&File::new(&name, bytes), &mut found);
    // YAML ends a line at a carriage return, too.
    let lines = bytes.iter().filter(|b| matches!(b, b'\n' | b'\r')).count() as u32 + 1;
    let inside = |line: Option<u32>| line.is_none_or(|l| (1..=lines).contains(&l));
    assert!(found.packages.iter().all(|p| inside(p.line)));
    assert!(found.problems.iter().all(|p| inside(p.line)));
    assert!(found.edges.iter().all(|e| e.from < found.packages.len() && e.to < found.packages.len()));
});
