//! What Debian's packages say of their licenses: `usr/share/doc/<package>/copyright`, written for machines or for people.
//!
//! Names are given on as they stand there, each with the text that the file explains it by. Folders of documentation are
//! often links to a neighbour's, which are followed inside the system that the package belongs to.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};

use licit_model::{Component, Location};

use super::{Looked, Missed, TEXT_LIMIT};
use crate::extract::control::{self, Field, Stanza};
use crate::resolve::system::top_of;
use crate::tree::Spot;

/// Names of licenses, with what the same file says of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Index of the component.
    pub component: usize,
    /// Where it stands.
    pub location: Location,
    /// The names as they stand there; empty for a file that is written for people.
    pub names: String,
    /// Texts by the names that they explain, in lower case; without a name, the field's or the file's own.
    pub texts: Vec<(String, String)>,
    /// Files below `usr/share/common-licenses` that a file written for people refers to.
    pub references: Vec<String>,
}

/// `copyright` files that are longer are cut here; those of browsers and kernels have some megabytes.
const LIMIT: usize = 8 << 20;

/// So many different fields of one file are kept; a file made to waste time has more.
const FIELDS: usize = 2048;

/// Links on the way to one file.
const HOPS: usize = 16;

/// Where systems lie.
pub(super) struct Copies<'a> {
    root: &'a Spot,
}

impl<'a> Copies<'a> {
    pub(super) fn new(root: &'a Spot) -> Self {
        Copies { root }
    }

    pub(super) fn look(&self, index: usize, component: &Component, looked: &mut Looked) {
        let name = component.name.rsplit('/').next().unwrap_or_default();
        if name.is_empty() || name.starts_with('.') {
            return;
        }
        let mut tops: Vec<&str> = component.locations.iter().filter_map(|l| top_of(&l.path)).collect();
        tops.sort_unstable();
        tops.dedup();
        let mut missed = None;
        for top in tops {
            let below = format!("usr/share/doc/{name}/copyright");
            let shown = if top.is_empty() { below.clone() } else { format!("{top}/{below}") };
            match inside(&self.root.join(top), &below).and_then(|spot| spot.bytes(LIMIT)) {
                Some(bytes) => {
                    read(index, &shown, &String::from_utf8_lossy(&bytes), &mut looked.named);
                    if bytes.len() == LIMIT {
                        looked.named.push(unread(index, &shown));
                    }
                }
                None => missed = Some(Missed::NoCopy(shown)),
            }
        }
        if looked.named.is_empty() {
            let nowhere = || Missed::NoCopy("the system that the database belongs to".to_string());
            looked.missed.push((index, missed.unwrap_or_else(nowhere)));
        }
    }
}

/// A file of a system. On disk, links are followed as if the system's top were the top of everything.
fn inside(top: &Spot, below: &str) -> Option<Spot> {
    let Spot::Disk(root) = top else { return Some(top.join(below)) };
    let mut at: Vec<String> = Vec::new();
    let mut todo: VecDeque<String> = below.split('/').map(str::to_string).collect();
    let mut hops = 0;
    while let Some(part) = todo.pop_front() {
        match part.as_str() {
            "" | "." => continue,
            ".." => {
                at.pop();
                continue;
            }
            _ => at.push(part),
        }
        let path: PathBuf = at.iter().fold(root.clone(), |path, part| path.join(part));
        if !path.symlink_metadata().ok()?.file_type().is_symlink() {
            continue;
        }
        hops += 1;
        if hops > HOPS {
            return None;
        }
        let target = std::fs::read_link(&path).ok()?;
        at.pop();
        if target.is_absolute() {
            at.clear();
        }
        let parts: Vec<String> = target.to_str()?.split('/').map(str::to_string).collect();
        parts.into_iter().rev().for_each(|part| todo.push_front(part));
    }
    let path: PathBuf = at.iter().fold(root.clone(), |path, part| Path::join(&path, part));
    Some(Spot::Disk(path))
}

/// Reads a `copyright` file.
fn read(index: usize, shown: &str, text: &str, named: &mut Vec<Named>) {
    let machines = |s: &Stanza<'_>| s.get("Format").or_else(|| s.get("Format-Specification")).is_some();
    let control = control::read(text, |_| true);
    let licensed = control.stanzas.iter().any(|s| s.get("License").is_some());
    let fields = control.stanzas.first().is_some_and(machines) && licensed;
    if fields {
        read_fields(index, shown, &control.stanzas, named);
    }
    // What stands between the fields may be a license as well.
    if !fields || !control.odd.is_empty() {
        named.push(Named {
            component: index,
            location: Location::new(shown, None),
            names: String::new(),
            texts: vec![(String::new(), cut(text))],
            references: references(text),
        });
        if text.len() > TEXT_LIMIT {
            named.push(unread(index, shown));
        }
    }
}

/// Every distinct `License` field of the stanzas that are about files, and of the first, which is about all of them.
fn read_fields(index: usize, shown: &str, stanzas: &[Stanza<'_>], named: &mut Vec<Named>) {
    let about = |at: usize, s: &Stanza<'_>| s.get("Files").is_some() || at == 0;
    // Stanzas with a license alone explain names that others use.
    let mut explained: BTreeMap<String, String> = BTreeMap::new();
    for stanza in stanzas {
        if let Some(field) = stanza.get("License") {
            let (name, text) = (fold(field.first()), field.text());
            if !text.trim().is_empty() && explained.len() < FIELDS {
                explained.entry(name).or_insert_with(|| cut(&text));
            }
        }
    }
    let mut seen: BTreeMap<String, ()> = BTreeMap::new();
    for (_, stanza) in stanzas.iter().enumerate().filter(|(at, s)| about(*at, s)) {
        let Some(field) = stanza.get("License") else { continue };
        // The same names with another text of their own are another license.
        let key = format!("{}\n{}", fold(field.first()), field.text());
        if seen.len() >= FIELDS {
            named.push(unread(index, shown));
            break;
        }
        if seen.insert(key, ()).is_some() {
            continue;
        }
        named.push(of_field(index, shown, field, &explained));
    }
    // Stanzas of licenses that nothing uses by name, where nothing is about files at all.
    if !stanzas.iter().enumerate().any(|(at, s)| about(at, s) && s.get("License").is_some()) {
        for field in stanzas.iter().filter_map(|s| s.get("License")).take(FIELDS) {
            named.push(of_field(index, shown, field, &explained));
        }
    }
}

/// Stands for what is not read of a file, so that the rest is not taken for the whole.
fn unread(index: usize, shown: &str) -> Named {
    Named {
        component: index,
        location: Location::new(shown, None),
        names: "further licenses in a file that is too long".to_string(),
        texts: Vec::new(),
        references: Vec::new(),
    }
}

fn of_field(index: usize, shown: &str, field: &Field<'_>, explained: &BTreeMap<String, String>) -> Named {
    let names = field.first().trim().to_string();
    let mut texts: Vec<(String, String)> = Vec::new();
    for part in parts(&names) {
        if let Some(text) = explained.get(&part)
            && !texts.iter().any(|(known, _)| *known == part)
        {
            texts.push((part, text.clone()));
        }
    }
    // Where the field begins with a sentence, that belongs to the text.
    let own = field.text();
    let whole = if names.split_whitespace().count() > 4 { format!("{names}\n{own}") } else { own };
    if !whole.trim().is_empty() {
        texts.push((String::new(), cut(&whole)));
    }
    let location = Location::new(shown, Some(field.line));
    Named { component: index, location, names, texts, references: Vec::new() }
}

/// The names in a field, as the stanzas that explain them have them, and the field as a whole.
fn parts(names: &str) -> Vec<String> {
    let folded = fold(names);
    let mut parts = vec![folded.clone()];
    for by_comma in folded.split([',', '(', ')', '|']) {
        for by_or in by_comma.split(" or ") {
            for part in by_or.split(" and ") {
                let part = part.trim().trim_start_matches("and ").trim_start_matches("or ").trim();
                if !part.is_empty() {
                    parts.push(part.to_string());
                }
            }
        }
    }
    parts.truncate(64);
    parts
}

fn fold(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ").to_ascii_lowercase()
}

/// Names of files in the folder of common licenses.
fn references(text: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (at, mark) in text.match_indices("/common-licenses/") {
        let rest = &text[at + mark.len()..];
        let good = |c: char| c.is_ascii_alphanumeric() || "-.".contains(c);
        let end = rest.find(|c: char| !good(c)).unwrap_or(rest.len());
        let name = rest[..end].trim_end_matches('.');
        // Without a version the newest is meant by the link, and any by the words.
        let name = match name {
            "GPL" => "GPL-1+",
            "LGPL" => "LGPL-2+",
            "GFDL" => "GFDL-1.1+",
            "BSD" => "BSD-3-clause",
            name => name,
        };
        if !name.is_empty() && names.len() < 32 && !names.iter().any(|known| known == name) {
            names.push(name.to_string());
        }
    }
    names
}

fn cut(text: &str) -> String {
    let mut end = text.len().min(TEXT_LIMIT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &str) -> Vec<Named> {
        let mut named = Vec::new();
        read(0, "usr/share/doc/a/copyright", text, &mut named);
        named
    }

    #[test]
    fn fields_and_the_texts_that_explain_them() {
        let named = named(
            "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nUpstream-Name: a\n\n\
             Files: *\nCopyright: A\nLicense: Frob or GPL-2+\n\nFiles: x\nCopyright: B\nLicense: Frob or GPL-2+\n\n\
             Files: y\nCopyright: C\nLicense: Expat\n Permission is hereby granted\n .\n The rest\n\n\
             License: Frob\n You may frob.\n\nLicense: GPL-2+\n In common-licenses/GPL-2.\n",
        );
        let rows: Vec<(&str, Option<u32>, usize)> =
            named.iter().map(|n| (n.names.as_str(), n.location.line, n.texts.len())).collect();
        assert_eq!(rows, [("Frob or GPL-2+", Some(6), 2), ("Expat", Some(14), 2)]);
        assert_eq!(named[0].texts[0], ("frob".to_string(), "You may frob.".to_string()));
        assert_eq!(named[1].texts[1].1, "Permission is hereby granted\n\nThe rest");
    }

    #[test]
    fn prose_and_its_references() {
        let named = named(
            "This is free software.\nSee /usr/share/common-licenses/GPL-2.\nand `/usr/share/common-licenses/LGPL'\n",
        );
        assert_eq!(named.len(), 1);
        assert_eq!(named[0].references, ["GPL-2", "LGPL-2+"]);
        assert!(named[0].names.is_empty());
    }

    #[test]
    fn sentences_between_fields_are_read_too() {
        let named = named("Format: x\n\nFiles: *\nLicense: Expat\n\nBut nobody may sell it.\n");
        assert_eq!(named.len(), 2);
    }

    #[cfg(unix)]
    #[test]
    fn links_stay_inside_the_system() {
        let top = std::env::temp_dir().join(format!("licit-deb-{}", std::process::id()));
        let doc = top.join("root/usr/share/doc");
        std::fs::create_dir_all(doc.join("real")).unwrap();
        std::fs::write(doc.join("real/copyright"), "text").unwrap();
        std::fs::write(top.join("secret"), "secret").unwrap();
        let link = |target: &str, name: &str| {
            std::os::unix::fs::symlink(target, doc.join(name)).unwrap();
        };
        link("real", "relative");
        link("/usr/share/doc/real", "absolute");
        link("loop", "loop");
        std::fs::create_dir_all(doc.join("out")).unwrap();
        std::os::unix::fs::symlink("../../../../../../../secret", doc.join("out/copyright")).unwrap();
        let root = Spot::Disk(top.join("root"));
        let read = |name: &str| {
            inside(&root, &format!("usr/share/doc/{name}/copyright")).and_then(|spot| spot.bytes(100))
        };
        assert_eq!(read("relative").as_deref(), Some(&b"text"[..]));
        assert_eq!(read("absolute").as_deref(), Some(&b"text"[..]));
        assert_eq!(read("loop"), None);
        assert_eq!(read("out"), None);
        std::fs::remove_dir_all(&top).unwrap();
    }
}
