//! The format of Yarn 1: blocks by indentation, blanks between key and value.

use std::borrow::Cow;

use licit_model::{Found, Scope};

use super::{Entry, Want};
use crate::extract::npm::checksum;
use crate::extract::npm::notes::Notes;
use crate::extract::npm::origin::Origin;
use crate::extract::npm::spec::{Place, Spec, split_name};

/// Reads all entries. A line that is not understood costs that line.
pub(super) fn read<'a>(text: &'a str, found: &mut Found) -> Vec<Entry<'a>> {
    let mut reader = Reader::default();
    for (number, line) in (1..).zip(text.lines()) {
        reader.line(line, number);
    }
    reader.close();
    reader.notes.report(found);
    reader.entries
}

#[derive(Default)]
struct Reader<'a> {
    entries: Vec<Entry<'a>>,
    open: Option<Raw<'a>>,
    conflict: bool,
    notes: Notes,
}

/// An entry while it is read.
struct Raw<'a> {
    entry: Entry<'a>,
    resolved: Cow<'a, str>,
    /// The indentation of its fields, once one was seen.
    indent: usize,
    block: Block,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Block {
    Dependencies,
    Optional,
    Other,
}

impl<'a> Reader<'a> {
    fn line(&mut self, line: &'a str, number: u32) {
        let body = line.trim();
        if body.is_empty() || body.starts_with('#') {
            return;
        }
        let indent = line.len() - line.trim_start().len();
        if indent == 0
            && (["<<<<<<<", "|||||||", ">>>>>>>"].iter().any(|m| body.starts_with(m)) || body == "=======")
        {
            if !self.conflict {
                self.notes
                    .note(number, || "a merge conflict is not resolved; both sides were read".to_string());
            }
            self.conflict = true;
            return;
        }
        if indent == 0 {
            self.close();
            match header(body) {
                Some(descriptors) => {
                    let entry = Entry { line: number, descriptors, ..Entry::default() };
                    self.open = Some(Raw { entry, resolved: "".into(), indent: 0, block: Block::Other });
                }
                None => {
                    self.notes.note(number, || "the line is no `name@range:`; it was left out".to_string())
                }
            }
            return;
        }
        // Fields without a header belong to a line that was left out.
        let Some(raw) = &mut self.open else { return };
        if raw.indent == 0 {
            raw.indent = indent;
        }
        let Some((key, rest)) = token(body) else {
            self.notes.note(number, || "a quote is not closed; the line was left out".to_string());
            return;
        };
        let rest = rest.trim_start();
        let rest = rest.strip_prefix(':').unwrap_or(rest).trim_start();
        let value = if rest.is_empty() { None } else { token(rest).map(|(value, _)| value) };
        if indent > raw.indent {
            if raw.block != Block::Other
                && let Some(range) = value
            {
                let scope = if raw.block == Block::Optional { Scope::Optional } else { Scope::Runtime };
                raw.entry.wants.push(Want { name: key, range, scope, line: number });
            }
            return;
        }
        raw.block = Block::Other;
        match (&*key, value) {
            ("version", Some(value)) => raw.entry.version = value,
            ("resolved", Some(value)) => raw.resolved = value,
            ("integrity", Some(value)) => raw.entry.hashes = checksum::integrity(&value),
            ("dependencies", None) => raw.block = Block::Dependencies,
            ("optionalDependencies", None) => raw.block = Block::Optional,
            _ => {}
        }
    }

    /// Finishes the open entry.
    fn close(&mut self) {
        let Some(Raw { mut entry, resolved, .. }) = self.open.take() else { return };
        let Some(descriptor) = entry.descriptors.first() else { return };
        let (alias, range) = split_name(descriptor).unwrap_or((descriptor, ""));
        if entry.version.is_empty() {
            self.notes.note(entry.line, || format!("`{alias}` has no version; it was left out"));
            return;
        }
        // Entries of an alias and of its real name are one, so any descriptor may know the real name.
        let real =
            entry.descriptors.iter().find_map(|d| Spec::parse(split_name(d)?.1).name.map(Cow::into_owned));
        let place = Spec::parse(range).place;
        let installed = || if matches!(place, Place::Registry) { registered(&resolved) } else { None };
        let name = real.or_else(installed).unwrap_or_else(|| alias.to_string());
        match place {
            Place::At(Origin::Folder(dir)) => {
                // Yarn makes the version of a link up where the folder states none.
                if range.starts_with("link:") && entry.version == "0.0.0" {
                    entry.version = "".into();
                }
                entry.own = Some(dir);
            }
            Place::At(Origin::Archive(path)) => entry.origin = Some(Origin::Archive(path)),
            Place::At(stated) => entry.origin = Some(Origin::read(&resolved).unwrap_or(stated)),
            // Yarn 1 has neither workspaces nor catalogs in its lockfile: it took these for tags of a registry.
            Place::Registry | Place::Workspace(_) | Place::Catalog => {
                // A `resolutions` field may have replaced a range by a repository.
                let replaced = if resolved.contains("/-/") { None } else { Origin::read(&resolved) };
                entry.origin = replaced.filter(|origin| matches!(origin, Origin::Git { .. }));
            }
        }
        if let Some(hash) =
            checksum::fragment(&resolved).filter(|_| !matches!(entry.origin, Some(Origin::Git { .. })))
            && !entry.hashes.contains(&hash)
        {
            entry.hashes.push(hash);
        }
        entry.name = name.into();
        self.entries.push(entry);
    }
}

/// The package that a registry's archive belongs to, which stands in front of `/-/`: what is asked for by one name may be
/// installed from another, and then that is what is there.
fn registered(resolved: &str) -> Option<String> {
    let address = resolved.split(['#', '?']).next().unwrap_or(resolved).strip_prefix("http")?;
    let (path, _) = address.split_once("/-/").filter(|(_, file)| file.ends_with(".tgz"))?;
    let path = path.replace("%2f", "/").replace("%2F", "/").replace("%40", "@");
    let mut parts = path.rsplit('/');
    let (name, above) = (parts.next()?, parts.next()?);
    let sound = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-~".contains(&b))
    };
    let scope = above.strip_prefix('@').filter(|scope| sound(scope));
    sound(name).then(|| scope.map_or_else(|| name.to_string(), |scope| format!("@{scope}/{name}")))
}

/// The descriptors of an entry: `a@^1, "b@^1 || ^2":`.
fn header(line: &str) -> Option<Vec<Cow<'_, str>>> {
    let mut descriptors = Vec::new();
    let mut rest = line;
    loop {
        let (descriptor, after) = if rest.starts_with('"') {
            token(rest)?
        } else {
            let end = rest.find(',').unwrap_or(rest.len());
            let (descriptor, after) = (rest.get(..end)?, rest.get(end..)?);
            match descriptor.trim_end().strip_suffix(':').filter(|_| after.is_empty()) {
                Some(last) => (Cow::Borrowed(last.trim()), ":"),
                None => (Cow::Borrowed(descriptor.trim()), after),
            }
        };
        descriptors.push(descriptor);
        let after = after.trim_start();
        match after.strip_prefix(',') {
            Some(next) => rest = next.trim_start(),
            None => return (after.trim_end() == ":").then_some(descriptors),
        }
    }
}

/// One word or quoted text, and what follows it.
fn token(text: &str) -> Option<(Cow<'_, str>, &str)> {
    if let Some(inner) = text.strip_prefix('"') {
        let mut escaped = false;
        for (at, c) in inner.char_indices() {
            match c {
                '\\' if !escaped => escaped = true,
                '"' if !escaped => {
                    let quoted = text.get(..at + 2)?;
                    let inner = inner.get(..at)?;
                    let value = match inner.contains('\\') {
                        true => Cow::Owned(serde_json::from_str(quoted).ok()?),
                        false => Cow::Borrowed(inner),
                    };
                    return Some((value, text.get(at + 2..)?));
                }
                _ => escaped = false,
            }
        }
        return None;
    }
    let end = text.find([' ', '\t']).unwrap_or(text.len());
    let word = text.get(..end)?;
    match word.strip_suffix(':') {
        Some(key) => Some((Cow::Borrowed(key), text.get(end - 1..)?)),
        None => Some((Cow::Borrowed(word), text.get(end..)?)),
    }
}
