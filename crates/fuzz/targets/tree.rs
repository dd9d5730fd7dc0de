//! Any bytes at the place of a tree that `LICIT_FUZZ_TREE` names: in the records of a repository, in an image, in an
//! installed package, in a cache of a package manager. The tree is read whole, without the net that catches panics.
#![no_main]

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

use libfuzzer_sys::fuzz_target;
use licit_inventory::installed::{Caches, Memory, TextKey};
use licit_inventory::walk::Limits;
use licit_inventory::{Options, Silent, read};

#[path = "tree/pack.rs"]
mod pack;
#[path = "tree/places.rs"]
mod places;

use places::Place;

/// The place with the folder that holds its tree, and how that is read.
struct Chosen {
    folder: PathBuf,
    place: Place,
    options: Options,
    remembered: Arc<Bytes>,
}

/// Answers of earlier scans: the same bytes to every question.
#[derive(Debug, Default)]
struct Bytes(Mutex<Option<Vec<u8>>>);

impl Memory for Bytes {
    fn recall(&self, _: &str) -> Option<Cow<'_, [u8]>> {
        self.0.lock().ok()?.clone().map(Cow::Owned)
    }

    fn keep(&self, _: &str, _: Vec<u8>) {}

    fn key(&self, _: &str) -> TextKey {
        TextKey::default()
    }

    fn knows(&self, _: &TextKey) -> bool {
        true
    }

    fn settled(&self) -> i64 {
        i64::MAX
    }
}

fn chosen() -> &'static Chosen {
    static CHOSEN: OnceLock<Chosen> = OnceLock::new();
    CHOSEN.get_or_init(|| {
        // One thread, this one, so that a run is not mostly waiting for others.
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread();
        pool.build_global().expect("the first pool");
        let name = std::env::var("LICIT_FUZZ_TREE").expect("LICIT_FUZZ_TREE names a place");
        let place = places::named(&name).expect("a place of the list");
        let shared = PathBuf::from("/dev/shm");
        let above = if shared.is_dir() { shared } else { std::env::temp_dir() };
        let folder = above.join(format!("licit-fuzz-tree-{}", std::process::id()));
        for (path, bytes) in &place.around {
            write(&folder, path, bytes);
        }
        let home = |at: &str| Some(folder.join("home").join(at));
        let remembered = Arc::new(Bytes::default());
        let caches = Caches {
            cargo_home: home("cargo"),
            go_mod_cache: home("go"),
            gem_homes: home("gems").into_iter().collect(),
            maven_repository: home("maven"),
            gradle_home: home("gradle"),
            nuget_packages: home("nuget"),
            npm_cache: home("npm"),
            pnpm_stores: home("pnpm").into_iter().collect(),
            yarn_caches: home("yarn").into_iter().collect(),
            uv_cache: home("uv"),
            pub_cache: home("pub"),
            memory: (name == "remembered").then(|| remembered.clone() as Arc<dyn Memory>),
            ..Caches::default()
        };
        let limits = Limits { every_file: true, file_bytes: 4 << 20, ..Limits::default() };
        let revision = place.revision.map(str::to_string);
        let options = Options { limits, caches, revision, ..Options::default() };
        Chosen { folder, place, options, remembered }
    })
}

fn write(folder: &Path, path: &str, bytes: &[u8]) {
    let full = folder.join(path);
    if path.ends_with('/') {
        std::fs::create_dir_all(full).expect("a folder of the tree");
        return;
    }
    if std::fs::write(&full, bytes).is_err() {
        // A name that no file can have is no input.
        let made = full.parent().is_some_and(|above| std::fs::create_dir_all(above).is_ok());
        let _ = made && std::fs::write(&full, bytes).is_ok();
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Chosen { folder, place, options, remembered } = chosen();
    if let Some(fresh) = place.fresh {
        let _ = std::fs::remove_dir_all(folder.join(fresh));
    }
    for (path, content) in (place.put)(bytes) {
        write(folder, &path, &content);
    }
    if let Ok(mut kept) = remembered.0.lock() {
        *kept = Some(bytes.to_vec());
    }
    let Ok(inventory) = read(&folder.join(place.input), "fuzzed", options, &Silent) else { return };
    let count = inventory.joined.graph.components.len();
    assert!(inventory.joined.graph.edges.iter().all(|e| e.from < count && e.to < count));
    assert!(inventory.looked.facts.iter().all(|f| f.component < count));
    // Nothing of the folders around the scanned one may show.
    assert!(inventory.joined.problems.iter().all(|p| !p.path.starts_with('/')));
});
