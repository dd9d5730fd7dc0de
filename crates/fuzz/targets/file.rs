//! Any bytes as a file of the name that `LICIT_FUZZ_FILE` gives, as a scan meets it: opened as an archive, an image or an SBOM,
//! listed, and read for models, without the net that catches panics.
#![no_main]

use std::path::PathBuf;
use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use licit_inventory::walk::{Limits, Wanted, walk_tree};
use licit_inventory::{mentions, tree, weights};

/// Where the file is written, and its name.
fn place() -> &'static (PathBuf, String) {
    static PLACE: OnceLock<(PathBuf, String)> = OnceLock::new();
    PLACE.get_or_init(|| {
        // One thread, this one, so that a run is not mostly waiting for others.
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread();
        pool.build_global().expect("the first pool");
        let name = std::env::var("LICIT_FUZZ_FILE").expect("LICIT_FUZZ_FILE names a file");
        let shared = PathBuf::from("/dev/shm");
        let above = if shared.is_dir() { shared } else { std::env::temp_dir() };
        let folder = above.join(format!("licit-fuzz-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder for the file");
        (folder.join(&name), name)
    })
}

fuzz_target!(|bytes: &[u8]| {
    let wanted = Wanted::shared();
    let (path, name) = place();
    std::fs::write(path, bytes).expect("the file can be written");
    let every = [(name.clone(), path.clone())];
    let (facts, _) = weights::read(&every);
    assert!(facts.len() <= 64);
    mentions::read(&every);
    let limits = Limits { every_file: true, file_bytes: 4 << 20, ..Limits::default() };
    if let Ok(opened) = tree::open(path, None, &limits, wanted)
        && opened.document.is_none()
        && opened.only.is_none()
    {
        let walked = walk_tree(&opened.root, wanted, &limits, &|_| {});
        for listed in &walked.files {
            let _ = listed.spot.whole(limits.file_bytes);
        }
        weights::read_held(&walked.every_held);
        mentions::read_held(&walked.every_held);
    }
});
