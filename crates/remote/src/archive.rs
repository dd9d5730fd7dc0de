//! Single files out of the archives that registries send, read in memory and within limits.

use std::io::{Cursor, Read};

use flate2::read::GzDecoder;

/// Bytes of one file that is read.
const FILE: u64 = 2 << 20;

/// Bytes that are unpacked of one archive.
const UNPACKED: u64 = 256 << 20;

/// Files that are looked at in one archive.
const FILES: usize = 50_000;

/// The files of a `.tar.gz` that are wanted, by path.
pub(crate) fn tar_gz(bytes: &[u8], wanted: impl Fn(&str) -> bool) -> Result<Vec<(String, String)>, String> {
    let broken = |_| "it is no whole archive".to_string();
    let mut archive = tar::Archive::new(GzDecoder::new(bytes).take(UNPACKED));
    let mut found = Vec::new();
    for entry in archive.entries().map_err(broken)?.take(FILES) {
        let mut entry = entry.map_err(broken)?;
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        if entry.header().entry_type().is_file() && wanted(&path) {
            found.push((path, read(&mut entry)?));
        }
    }
    Ok(found)
}

/// The files of a `.zip` that are wanted, by path.
pub(crate) fn zip(bytes: &[u8], wanted: impl Fn(&str) -> bool) -> Result<Vec<(String, String)>, String> {
    let mut archive =
        zip::ZipArchive::new(Cursor::new(bytes)).map_err(|_| "it is no whole archive".to_string())?;
    let names: Vec<String> =
        archive.file_names().take(FILES).filter(|n| wanted(n)).map(str::to_string).collect();
    let mut found = Vec::new();
    for name in names {
        let mut file = archive.by_name(&name).map_err(|_| "it is no whole archive".to_string())?;
        let text = read(&mut file)?;
        found.push((name, text));
    }
    found.sort();
    Ok(found)
}

fn read(from: &mut impl Read) -> Result<String, String> {
    let mut bytes = Vec::new();
    from.take(FILE + 1).read_to_end(&mut bytes).map_err(|_| "it is no whole archive".to_string())?;
    if bytes.len() as u64 > FILE {
        return Err("a license file in it is too long".to_string());
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
