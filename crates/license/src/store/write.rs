//! Builds a database: the same statements in any order give the same bytes.

use std::collections::HashMap;

use licit_model::Purl;
use sha2::{Digest as _, Sha256};

use super::read::Database;
use super::{
    BLOCK, FOOTER, FORMAT, HEADER, LONGEST_KEY, LONGEST_VERSION, LONGEST_WORDS, MARK, MOST_BLOCKS, Origin,
    PER_BUCKET, StoreError, bucket, filed, hash, words,
};
use crate::know::Knowledge;

/// Gathers statements.
#[derive(Default)]
pub struct Builder {
    packages: Names,
    expressions: Names,
    sources: Names,
    /// What each license field was read as; fields repeat far more often than they differ.
    read: HashMap<String, Option<u32>>,
    rows: Vec<Row>,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Row {
    package: u32,
    version: Box<str>,
    expression: u32,
    origin: Origin,
    source: u32,
}

/// Texts by number.
#[derive(Default)]
struct Names {
    numbers: HashMap<String, u32>,
}

impl Names {
    fn number(&mut self, text: &str) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = self.numbers.len() as u32;
        self.numbers.insert(text.to_string(), number);
        number
    }

    /// The texts in order, and for each number its place there.
    fn sorted(&self) -> (Vec<&str>, Vec<u32>) {
        let mut all: Vec<(&str, u32)> = self.numbers.iter().map(|(t, n)| (t.as_str(), *n)).collect();
        all.sort_unstable();
        let mut places = vec![0u32; all.len()];
        for (place, (_, number)) in all.iter().enumerate() {
            places[*number as usize] = place as u32;
        }
        (all.into_iter().map(|(text, _)| text).collect(), places)
    }
}

impl Builder {
    /// Adds what a license field of a package says. False where nothing is kept: the package is not one that a name and
    /// a version identify, or the field names no license.
    pub fn add(&mut self, purl: &Purl, field: &str, origin: Origin, source: &str, know: &Knowledge) -> bool {
        let Some((package, version)) = filed(purl) else { return false };
        let expression = match self.read.get(field) {
            Some(read) => *read,
            None => {
                let kept = words(field, know);
                let number = kept.as_deref().map(|w| self.expressions.number(w));
                self.read.insert(field.to_string(), number);
                number
            }
        };
        let Some(expression) = expression else { return false };
        self.push(&package, &version, expression, origin, source);
        true
    }

    /// Adds everything that another database holds, as it stands there.
    pub fn add_database(&mut self, database: &Database) -> Result<usize, StoreError> {
        let mut entries = 0;
        for entry in database.entries() {
            let entry = entry?;
            entries += 1;
            for said in &entry.said {
                let expression = self.expressions.number(&said.expression);
                self.push(&entry.package, &entry.version, expression, said.origin, &said.source);
            }
        }
        Ok(entries)
    }

    fn push(&mut self, package: &str, version: &str, expression: u32, origin: Origin, source: &str) {
        let end = (0..=source.len().min(LONGEST_WORDS)).rev().find(|at| source.is_char_boundary(*at));
        let source = self.sources.number(source.get(..end.unwrap_or(0)).unwrap_or(""));
        let package = self.packages.number(package);
        self.rows.push(Row { package, version: version.into(), expression, origin, source });
    }

    /// How many statements were added, repeated ones included.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether nothing was added.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The bytes of the database, not signed.
    pub fn finish(mut self) -> Result<Vec<u8>, StoreError> {
        let (packages, package_places) = self.packages.sorted();
        let (expressions, expression_places) = self.expressions.sorted();
        let (sources, source_places) = self.sources.sorted();
        for row in &mut self.rows {
            row.package = package_places[row.package as usize];
            row.expression = expression_places[row.expression as usize];
            row.source = source_places[row.source as usize];
        }
        self.rows.sort_unstable();
        // Of several sources that say the same, the nearest to the package is kept: it is the first in this order.
        self.rows
            .dedup_by(|b, a| (a.package, &a.version, a.expression) == (b.package, &b.version, b.expression));
        let strings = Strings::new(&expressions, &sources, &self.rows);
        let values = Values::of(&self.rows, &strings);
        let mut blocks = blocks(&packages, &self.rows, &values)?;
        let index = blocks.index();
        assemble(&strings.texts, &values, &blocks, &index)
    }
}

/// The words that are in use, expressions and sources together.
struct Strings<'n> {
    texts: Vec<&'n str>,
    expressions: Vec<u32>,
    sources: Vec<u32>,
}

impl<'n> Strings<'n> {
    fn new(expressions: &[&'n str], sources: &[&'n str], rows: &[Row]) -> Strings<'n> {
        let mut texts: Vec<&str> = Vec::new();
        let mut used = (vec![false; expressions.len()], vec![false; sources.len()]);
        for row in rows {
            used.0[row.expression as usize] = true;
            used.1[row.source as usize] = true;
        }
        let pick = |all: &[&'n str], used: &[bool]| -> Vec<&'n str> {
            all.iter().zip(used).filter(|(_, used)| **used).map(|(text, _)| *text).collect()
        };
        texts.extend(pick(expressions, &used.0));
        texts.extend(pick(sources, &used.1));
        texts.sort_unstable();
        texts.dedup();
        let places = |all: &[&'n str]| -> Vec<u32> {
            all.iter().map(|text| texts.binary_search(text).unwrap_or(0) as u32).collect()
        };
        let (expressions, sources) = (places(expressions), places(sources));
        Strings { texts, expressions, sources }
    }
}

/// Distinct lists of statements and the one of each version.
struct Values {
    encoded: Vec<Vec<u8>>,
    /// By version, in the order of the rows: where the version's rows begin, and its list.
    versions: Vec<(usize, u32)>,
}

impl Values {
    fn of(rows: &[Row], strings: &Strings<'_>) -> Values {
        let mut numbers: HashMap<Vec<u8>, (u32, u64)> = HashMap::new();
        let mut versions: Vec<(usize, u32)> = Vec::new();
        let mut start = 0;
        while start < rows.len() {
            let same = |r: &&Row| (r.package, &r.version) == (rows[start].package, &rows[start].version);
            let count = rows[start..].iter().take_while(same).count();
            let mut bytes = Vec::new();
            for row in &rows[start..start + count] {
                varint(&mut bytes, u64::from(strings.expressions[row.expression as usize]));
                bytes.push(row.origin as u8);
                varint(&mut bytes, u64::from(strings.sources[row.source as usize]));
            }
            let next = numbers.len() as u32;
            let number = numbers.entry(bytes).or_insert((next, 0));
            number.1 += 1;
            versions.push((start, number.0));
            start += count;
        }
        let mut order: Vec<(Vec<u8>, (u32, u64))> = numbers.into_iter().collect();
        order.sort_unstable_by(|(a, (_, often)), (b, (_, seldom))| seldom.cmp(often).then_with(|| a.cmp(b)));
        let mut places = vec![0u32; order.len()];
        for (place, (_, (number, _))) in order.iter().enumerate() {
            places[*number as usize] = place as u32;
        }
        for (_, number) in &mut versions {
            *number = places[*number as usize];
        }
        Values { encoded: order.into_iter().map(|(bytes, _)| bytes).collect(), versions }
    }
}

struct Blocks {
    bytes: Vec<u8>,
    starts: Vec<u32>,
    packages: u32,
    /// Of each package: its hash and its block.
    hashes: Vec<(u64, u32)>,
}

impl Blocks {
    /// The index: where each bucket begins, and what is in it.
    fn index(&mut self) -> (Vec<u32>, Vec<u32>) {
        let buckets = self.packages.div_ceil(PER_BUCKET);
        let slot = |(hash, block): (u64, u32)| (bucket(hash, buckets), (block << 8) | u32::from(hash as u8));
        let mut slots: Vec<(u32, u32)> = self.hashes.drain(..).map(slot).collect();
        slots.sort_unstable();
        let mut starts = vec![0u32; buckets as usize + 1];
        slots.iter().for_each(|(bucket, _)| starts[*bucket as usize + 1] += 1);
        for i in 1..starts.len() {
            starts[i] += starts[i - 1];
        }
        (starts, slots.into_iter().map(|(_, slot)| slot).collect())
    }
}

/// The packages with their versions.
fn blocks(packages: &[&str], rows: &[Row], values: &Values) -> Result<Blocks, StoreError> {
    let mut blocks = Blocks { bytes: Vec::new(), starts: Vec::new(), packages: 0, hashes: Vec::new() };
    let mut previous = "";
    let mut at = 0;
    while at < values.versions.len() {
        let package = rows[values.versions[at].0].package;
        let own = |v: &&(usize, u32)| rows[v.0].package == package;
        let count = values.versions[at..].iter().take_while(own).count();
        let versions: Vec<(&str, u32)> = values.versions[at..at + count]
            .iter()
            .map(|(row, value)| (&*rows[*row].version, *value))
            .collect();
        let name = packages[package as usize];
        if (blocks.packages as usize).is_multiple_of(BLOCK) {
            blocks.starts.push(narrow(blocks.bytes.len())?);
            previous = "";
        }
        let block = blocks.starts.len() as u32 - 1;
        if block > MOST_BLOCKS {
            return Err(StoreError::TooLarge("packages"));
        }
        blocks.hashes.push((hash(name), block));
        front(&mut blocks.bytes, previous, name);
        let payload = payload(&versions)?;
        varint(&mut blocks.bytes, payload.len() as u64);
        blocks.bytes.extend_from_slice(&payload);
        previous = name;
        blocks.packages = blocks.packages.checked_add(1).ok_or(StoreError::TooLarge("packages"))?;
        at += count;
    }
    Ok(blocks)
}

/// The versions of one package: how many, where every sixteenth begins, and each with its value.
fn payload(versions: &[(&str, u32)]) -> Result<Vec<u8>, StoreError> {
    let mut bodies = Vec::new();
    let mut starts = Vec::new();
    let mut previous = "";
    for (i, (version, value)) in versions.iter().enumerate() {
        if i.is_multiple_of(BLOCK) {
            if i > 0 {
                starts.push(narrow(bodies.len())?);
            }
            previous = "";
        }
        front(&mut bodies, previous, version);
        varint(&mut bodies, u64::from(*value));
        previous = version;
    }
    let mut payload = Vec::with_capacity(bodies.len() + 4 * starts.len() + 4);
    varint(&mut payload, versions.len() as u64);
    starts.iter().for_each(|s| payload.extend_from_slice(&s.to_le_bytes()));
    payload.extend_from_slice(&bodies);
    Ok(payload)
}

fn assemble(
    strings: &[&str],
    values: &Values,
    blocks: &Blocks,
    index: &(Vec<u32>, Vec<u32>),
) -> Result<Vec<u8>, StoreError> {
    let table = |texts: &mut dyn Iterator<Item = &[u8]>| -> Result<(Vec<u8>, Vec<u8>), StoreError> {
        let (mut starts, mut bytes) = (vec![0, 0, 0, 0], Vec::new());
        for text in texts {
            bytes.extend_from_slice(text);
            starts.extend_from_slice(&narrow(bytes.len())?.to_le_bytes());
        }
        Ok((starts, bytes))
    };
    let (string_starts, string_bytes) = table(&mut strings.iter().map(|s| s.as_bytes()))?;
    let (value_starts, value_bytes) = table(&mut values.encoded.iter().map(Vec::as_slice))?;
    let mut file = Vec::with_capacity(HEADER + blocks.bytes.len() + FOOTER);
    file.extend_from_slice(MARK);
    let header = [
        FORMAT,
        blocks.packages,
        narrow(values.versions.len())?,
        narrow(strings.len())?,
        narrow(values.encoded.len())?,
        narrow(blocks.starts.len())?,
        narrow(string_bytes.len())?,
        narrow(value_bytes.len())?,
        narrow(blocks.bytes.len())?,
        narrow(index.0.len() - 1)?,
    ];
    header.iter().for_each(|number| file.extend_from_slice(&number.to_le_bytes()));
    file.extend_from_slice(&string_starts);
    file.extend_from_slice(&string_bytes);
    file.extend_from_slice(&value_starts);
    file.extend_from_slice(&value_bytes);
    let numbers = index.0.iter().chain(&index.1);
    numbers.for_each(|number| file.extend_from_slice(&number.to_le_bytes()));
    blocks.starts.iter().for_each(|start| file.extend_from_slice(&start.to_le_bytes()));
    file.extend_from_slice(&blocks.bytes);
    let sum = Sha256::digest(&file);
    file.extend_from_slice(&sum);
    file.resize(file.len() + FOOTER - 32, 0);
    Ok(file)
}

fn narrow(number: usize) -> Result<u32, StoreError> {
    u32::try_from(number).map_err(|_| StoreError::TooLarge("a section has more than 4 GiB"))
}

/// A text by what it shares with the one before it, in whole characters.
fn front(bytes: &mut Vec<u8>, previous: &str, text: &str) {
    debug_assert!(text.len() <= LONGEST_KEY.max(LONGEST_VERSION));
    let mut shared = previous.bytes().zip(text.bytes()).take_while(|(a, b)| a == b).count();
    while !text.is_char_boundary(shared) {
        shared -= 1;
    }
    varint(bytes, shared as u64);
    varint(bytes, (text.len() - shared) as u64);
    bytes.extend_from_slice(&text.as_bytes()[shared..]);
}

/// Seven bits a byte, the lowest first.
fn varint(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push((number as u8 & 0x7f) | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}
