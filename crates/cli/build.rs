//! Names the state of the code and of the rules, so that answers of another state that a cache keeps are told apart.

use std::path::PathBuf;

fn main() {
    let crates = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").unwrap_or_default()).join("..");
    let entries = std::fs::read_dir(&crates).into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.path().join("src")).collect();
    folders.push(crates.join("../rules"));
    folders.retain(|folder| folder.is_dir());
    for folder in &folders {
        println!("cargo::rerun-if-changed={}", folder.display());
    }
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    // FNV-1a, by words of eight bytes: it tells states apart and protects from nobody.
    let mut hash = 0xcbf2_9ce4_8422_2325u64;
    for file in files {
        let bytes = std::fs::read(&file).unwrap_or_default();
        for chunk in bytes.chunks(8) {
            let mut word = [0u8; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            hash = (hash ^ u64::from_le_bytes(word)).wrapping_mul(0x0100_0000_01b3).rotate_left(23);
        }
        hash = (hash ^ bytes.len() as u64).wrapping_mul(0x0100_0000_01b3).rotate_left(23);
    }
    println!("cargo::rustc-env=LICIT_CODE={hash:016x}");
}
