//! What a database is built from: files in a handful of forms, and folders with copies of packages.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read, Seek as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use licit_license::Knowledge;
use licit_license::store::{Builder, Database, MARK, Origin};
use licit_model::Purl;
use rayon::prelude::*;
use serde_json::Value;

use super::{document, package, table};
use crate::databases::file_name;

/// Bytes of a document that is read whole.
const DOCUMENT: u64 = 1 << 30;

/// Bytes of a line, or of a record of a table.
const LINE: u64 = 16 << 20;

/// A file whose first line is longer is no list of lines.
const FIRST_LINE: usize = 1 << 20;

/// Entries of a folder that are looked at.
const ENTRIES: usize = 20_000_000;

/// So many problems are told one by one.
const TOLD: usize = 20;

/// Packages that are read at a time before what they say is kept.
const AT_ONCE: usize = 4096;

/// One statement on a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fact {
    pub(super) purl: Purl,
    pub(super) field: String,
    pub(super) origin: Origin,
    pub(super) source: String,
}

/// What a file or package gave.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) facts: Vec<Fact>,
    /// Packages of which nothing is said, or that a name and a version do not identify.
    pub(super) silent: usize,
}

impl Facts {
    /// Adds what is said of a package; a missing license counts.
    pub(super) fn say(&mut self, purl: Option<Purl>, field: Option<String>, origin: Origin, source: &str) {
        match (purl, field) {
            (Some(purl), Some(field)) => {
                self.facts.push(Fact { purl, field, origin, source: source.to_string() });
            }
            _ => self.silent += 1,
        }
    }
}

/// All that was read so far.
#[derive(Default)]
pub(super) struct Gathered {
    pub(super) builder: Builder,
    /// By form: statements that were kept, packages without one.
    pub(super) counts: BTreeMap<&'static str, (usize, usize)>,
    /// What could not be read, for people.
    pub(super) problems: Vec<String>,
    untold: usize,
}

impl Gathered {
    /// Reads a file or a folder. What the user named and what cannot be read at all is an error.
    pub(super) fn add(&mut self, from: &Path) -> anyhow::Result<()> {
        let meta = std::fs::metadata(from).with_context(|| format!("cannot read {}", from.display()))?;
        if meta.is_dir() {
            return self.folder(from);
        }
        self.file(from).with_context(|| format!("cannot take licenses from {}", from.display()))
    }

    fn keep(&mut self, form: &'static str, facts: &Facts) {
        let know = Knowledge::embedded();
        let count = self.counts.entry(form).or_default();
        count.1 += facts.silent;
        for f in &facts.facts {
            if self.builder.add(&f.purl, &f.field, f.origin, &f.source, know) {
                count.0 += 1;
            } else {
                count.1 += 1;
            }
        }
    }

    fn problem(&mut self, says: String) {
        if self.problems.len() < TOLD {
            self.problems.push(says);
            return;
        }
        self.untold += 1;
        let more = format!("and {} more like these", self.untold);
        self.problems.truncate(TOLD);
        self.problems.push(more);
    }

    fn file(&mut self, path: &Path) -> anyhow::Result<()> {
        let name = file_name(path);
        if path.extension().is_some_and(|e| e == "crate") {
            let facts = package::archive(path).map_err(anyhow::Error::msg)?;
            self.keep("crates", &facts);
            return Ok(());
        }
        let mut reader = plain(path)?;
        let head = reader.fill_buf()?;
        if head.starts_with(MARK) {
            let mut bytes = Vec::new();
            reader.take(8 << 30).read_to_end(&mut bytes)?;
            let statements = self.builder.add_database(&Database::open(bytes)?)?;
            self.counts.entry("license database").or_default().0 += statements;
            return Ok(());
        }
        let first = head.iter().find(|b| !b.is_ascii_whitespace() && !b"\xef\xbb\xbf".contains(b)).copied();
        match first {
            Some(b'{' | b'[') => {}
            Some(_) => {
                let read = |facts: &Facts| self.keep("deps.dev", facts);
                return table::csv(&mut reader, LINE, read);
            }
            None => bail!("the file is empty"),
        }
        let mut line = Vec::new();
        (&mut reader).take(FIRST_LINE as u64).read_until(b'\n', &mut line)?;
        let more = !reader.fill_buf()?.is_empty();
        let one: Option<Value> = if more { serde_json::from_slice(&line).ok() } else { None };
        if let Some(Value::Object(_)) = one {
            return self.lines(&line, &mut reader, &name);
        }
        let mut bytes = line;
        reader.take(DOCUMENT).read_to_end(&mut bytes)?;
        if bytes.len() as u64 >= DOCUMENT {
            bail!("it has more than {DOCUMENT} bytes; give a large export as one JSON value a line");
        }
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
        let value: Value = serde_json::from_slice(bytes)?;
        let (form, facts) = document::read(&value, &name)?;
        self.keep(form, &facts);
        Ok(())
    }

    /// One JSON value a line.
    fn lines(&mut self, first: &[u8], reader: &mut dyn std::io::BufRead, name: &str) -> anyhow::Result<()> {
        let mut line = first.to_vec();
        let mut number = 1u64;
        let mut good = 0u64;
        loop {
            if !line.trim_ascii().is_empty() {
                let value: Result<Value, _> = serde_json::from_slice(&line);
                let read = value.map_err(anyhow::Error::from).and_then(|v| document::read(&v, name));
                match read {
                    Ok((form, facts)) => {
                        good += 1;
                        self.keep(form, &facts);
                    }
                    Err(error) => self.problem(format!("{name}:{number}: {error}")),
                }
            }
            line.clear();
            if reader.take(LINE).read_until(b'\n', &mut line)? == 0 {
                break;
            }
            if line.len() as u64 == LINE {
                bail!("line {} is longer than {LINE} bytes", number + 1);
            }
            number += 1;
        }
        if good == 0 {
            bail!("no line of it could be read");
        }
        Ok(())
    }

    /// Copies of packages, and SBOMs by their usual names.
    fn folder(&mut self, root: &Path) -> anyhow::Result<()> {
        // The names above matter too: the user may have named a `node_modules` itself.
        let root = root.canonicalize().with_context(|| format!("cannot read {}", root.display()))?;
        let walk = walkdir::WalkDir::new(&root).max_depth(128).sort_by_file_name().into_iter();
        let walk = walk.filter_entry(|e| e.file_name() != ".git");
        let mut copies: Vec<package::Copy> = Vec::new();
        let mut documents: Vec<PathBuf> = Vec::new();
        let mut found = 0;
        for entry in walk.take(ENTRIES) {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    self.problem(error.to_string());
                    continue;
                }
            };
            if let Some(copy) = package::Copy::at(&entry) {
                copies.push(copy);
                found += 1;
            } else if entry.file_type().is_file() && is_document(&entry.file_name().to_string_lossy()) {
                documents.push(entry.into_path());
            }
            if copies.len() == AT_ONCE {
                self.copies(&std::mem::take(&mut copies));
            }
        }
        self.copies(&copies);
        for path in &documents {
            if let Err(error) = self.file(path) {
                self.problem(format!("{}: {error:#}", file_name(path)));
            }
        }
        if found == 0 && documents.is_empty() {
            bail!(
                "{}: no package of a cargo cache, `node_modules` or `site-packages` and no SBOM by its usual name is \
                 in this folder",
                root.display()
            );
        }
        Ok(())
    }

    fn copies(&mut self, copies: &[package::Copy]) {
        let read: Vec<_> = copies.par_iter().map(|copy| (copy, copy.read())).collect();
        for (copy, facts) in read {
            match facts {
                Ok(facts) => self.keep(copy.form(), &facts),
                Err(why) => self.problem(format!("{}: {why}", copy.shown())),
            }
        }
    }
}

/// Names that SBOMs have by convention; other JSON files of a folder are none of ours.
fn is_document(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name == "bom.json" || name.ends_with(".cdx.json") || name.ends_with(".spdx.json")
}

/// A file, unpacked where it is gzip.
fn plain(path: &Path) -> anyhow::Result<Box<dyn std::io::BufRead>> {
    let mut file = std::fs::File::open(path)?;
    let mut mark = [0; 2];
    let read = file.read(&mut mark)?;
    file.rewind()?;
    let buffered = BufReader::with_capacity(1 << 16, file);
    if read == 2 && mark == [0x1f, 0x8b] {
        let unpacked = flate2::bufread::MultiGzDecoder::new(buffered);
        return Ok(Box::new(BufReader::with_capacity(1 << 16, unpacked)));
    }
    Ok(Box::new(buffered))
}
