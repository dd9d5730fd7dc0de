//! The version of a folder of sources: in its headers, in a file of that name, in what builds it, in its log of changes.

use super::version::{self, Stated};
use super::{Index, below, ending};

/// Headers that are opened for one folder.
const HEADERS: usize = 16;

/// Scripts that are opened for one folder.
const SCRIPTS: usize = 8;

/// How much of a header is read: versions stand before the declarations.
const HEAD: usize = 48 << 10;

/// The version that files of a folder state, with the file.
pub(super) fn version(index: &Index<'_>, unit: &str, name: &str) -> Option<(Stated, String)> {
    // Two numbers of a header may be the version of what the work reads, so a file that is called for it says more.
    let header = headers(index, unit, name);
    let whole = header.as_ref().is_some_and(|(stated, _)| stated.version.matches('.').count() > 1);
    let file = if whole { None } else { plain_file(index, unit) };
    file.or(header).or_else(|| build(index, unit, name)).or_else(|| scripts(index, unit, name)).or_else(
        || {
            // A folder that is named with its version says more than a log.
            let folder = unit.rsplit('/').next().unwrap_or(unit);
            if super::position::split_version(folder).1.is_some() {
                return None;
            }
            let names = index.names(unit);
            let log = names.iter().find(|n| {
                let lower = n.to_ascii_lowercase();
                let stem = lower.rsplit_once('.').map_or(lower.as_str(), |(stem, _)| stem);
                matches!(
                    stem,
                    "changelog"
                        | "changes"
                        | "news"
                        | "history"
                        | "releases"
                        | "change_log"
                        | "release_notes"
                )
            })?;
            read(index, below(unit, log), 8 << 10, |text| version::changes(text, name))
        },
    )
}

fn read(
    index: &Index<'_>,
    path: String,
    limit: usize,
    reader: impl FnOnce(&str) -> Option<Stated>,
) -> Option<(Stated, String)> {
    let text = index.text(&path, limit)?;
    Some((reader(&text)?, path))
}

/// Macros of headers that are named for a version or for the work.
fn headers(index: &Index<'_>, unit: &str, name: &str) -> Option<(Stated, String)> {
    let inner = ["", "include", "src", "lib", "inc", "source", "Source"].iter().map(|d| (*d).to_string());
    let own = version::plain(name);
    let named: Vec<String> = subfolders(index, unit, &own);
    let mut wanted: Vec<(u8, String, &str)> = Vec::new();
    for (depth, dir) in inner.chain(named).enumerate() {
        let dir = if dir.is_empty() { unit.to_string() } else { below(unit, &dir) };
        for file in index.names(&dir) {
            let header = ending(file).is_some_and(|e| {
                ["h", "hpp", "hh", "hxx", "inc"].iter().any(|known| e.eq_ignore_ascii_case(known))
            });
            if !header {
                continue;
            }
            let stem = file.rsplit_once('.').map_or(*file, |(stem, _)| stem);
            let plain = version::plain(stem);
            let rank = if plain == own || plain == format!("{own}version") {
                0
            } else if plain == "version" || plain == "ver" {
                1
            } else if plain.contains("version") {
                2
            } else if version::related(stem, name) {
                3
            } else if plain == "core" || plain == "base" || plain == "common" || plain == "config" {
                4
            } else {
                continue;
            };
            wanted.push((rank, below(&dir, file), stem));
        }
        if depth > 32 {
            break;
        }
    }
    wanted.sort();
    for (rank, path, stem) in wanted.into_iter().take(HEADERS) {
        // The header that is called as the work is may say it behind its declarations.
        let limit = if rank == 0 { 8 * HEAD } else { HEAD };
        let Some(text) = index.text(&path, limit) else { continue };
        let mut all = version::macros(&text);
        let bare =
            |name: &str| version::plain(name).trim_end_matches(|c: char| c.is_ascii_digit()).to_string();
        let fits = |prefix: &str| match rank {
            // A header that only resembles the work may be that of another one beside it.
            3 | 4 => bare(prefix) == bare(name),
            1 => version::related(prefix, name),
            _ => version::related(prefix, name) || version::related(prefix, stem),
        };
        let alone = all.len() == 1 && (rank == 1 || rank == 2);
        if let Some(at) = all.iter().position(|(prefix, _)| fits(prefix)).or(alone.then_some(0)) {
            return Some((all.swap_remove(at).1, path));
        }
        if rank == 0
            && let Some(stated) = version::banner(&text, stem)
        {
            return Some((stated, path));
        }
    }
    None
}

/// Folders in which headers of that name lie: `x`, `include/x`, `src/x`.
fn subfolders(index: &Index<'_>, unit: &str, own: &str) -> Vec<String> {
    let mut all = Vec::new();
    for above in ["", "include", "src", "lib"] {
        let dir = if above.is_empty() { unit.to_string() } else { below(unit, above) };
        let prefix = format!("{dir}/");
        let mut last = "";
        for (known, _) in
            index.dirs.range(prefix.as_str()..).take_while(|(d, _)| d.starts_with(&prefix)).take(512)
        {
            let name = known.get(prefix.len()..).and_then(|rest| rest.split('/').next()).unwrap_or("");
            if name != last && version::plain(name) == own {
                all.push(if above.is_empty() { name.to_string() } else { below(above, name) });
            }
            last = name;
        }
    }
    all
}

/// A file that is called for the version.
fn plain_file(index: &Index<'_>, unit: &str) -> Option<(Stated, String)> {
    let named = |name: &&&str| {
        matches!(
            name.to_ascii_lowercase().as_str(),
            "version" | "version.txt" | ".version" | "version.md" | "version.dat"
        )
    };
    let file = index.names(unit).iter().find(named)?;
    read(index, below(unit, file), 2 << 10, version::version_file)
}

/// Scripts of the work's own name, and those that are named for a version.
fn scripts(index: &Index<'_>, unit: &str, name: &str) -> Option<(Stated, String)> {
    let own = version::plain(name);
    let inner = ["", "lib", "src", "dist"].iter().map(|d| (*d).to_string());
    let mut wanted: Vec<(u8, String, &str)> = Vec::new();
    for dir in inner.chain(subfolders(index, unit, &own)).take(32) {
        let dir = if dir.is_empty() { unit.to_string() } else { below(unit, &dir) };
        for file in index.names(&dir) {
            let Some((stem, ending)) = file.rsplit_once('.') else { continue };
            if !matches!(ending, "py" | "rb" | "php" | "pm" | "pl" | "js" | "mjs" | "lua") {
                continue;
            }
            let stem = stem.strip_suffix(".min").unwrap_or(stem);
            let plain = version::plain(stem);
            let rank = match plain.as_str() {
                "version" | "about" | "packagedata" => 0,
                "init" if ending == "py" => 1,
                _ if plain == own => 2,
                _ => continue,
            };
            wanted.push((rank, below(&dir, file), stem));
        }
    }
    wanted.sort();
    wanted.into_iter().take(SCRIPTS).find_map(|(rank, path, stem)| {
        let text = index.text(&path, HEAD)?;
        let banner = if rank == 2 { version::banner(&text, stem) } else { None };
        Some((banner.or_else(|| version::assigned(&text, name))?, path))
    })
}

/// What build systems are told.
fn build(index: &Index<'_>, unit: &str, name: &str) -> Option<(Stated, String)> {
    let names = index.names(unit);
    let cmake = |text: &str| version::cmake(text, name);
    #[allow(clippy::type_complexity)] // Names of files with what reads them.
    let readers: [(&str, &dyn Fn(&str) -> Option<Stated>); 5] = [
        ("CMakeLists.txt", &cmake),
        ("meson.build", &version::meson),
        ("configure.ac", &version::configure),
        ("configure.in", &version::configure),
        ("library.properties", &version::keyed),
    ];
    for (file, reader) in readers {
        if names.contains(&file)
            && let Some(found) = read(index, below(unit, file), 256 << 10, reader)
        {
            return Some(found);
        }
    }
    let package = names.iter().find(|n| n.ends_with(".pc.in") || n.ends_with(".pc"))?;
    read(index, below(unit, package), 8 << 10, version::keyed)
}
