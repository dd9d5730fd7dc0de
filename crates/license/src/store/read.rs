//! Reads a database where it lies, and believes nothing in it: every number is checked before it is used.

use sha2::{Digest as _, Sha256};

use super::{
    BLOCK, Entry, FOOTER, FORMAT, HEADER, LONGEST_KEY, LONGEST_VERSION, LONGEST_WORDS, MARK, Origin, Said,
    StoreError, bucket, hash,
};

/// A bucket with more packages is searched around, so that names that were made to collide slow nothing down.
const CROWDED: u32 = 64;

/// An opened database.
pub struct Database {
    bytes: Vec<u8>,
    packages: u32,
    versions: u32,
    strings: Table,
    values: Table,
    /// Where the index of names begins, how many buckets it has, and where their content begins.
    index: (usize, u32, usize),
    /// Where the table of blocks begins, and how many there are.
    starts: (usize, usize),
    /// Where the blocks begin and end.
    blocks: (usize, usize),
}

/// Pieces of bytes by number.
#[derive(Clone, Copy)]
struct Table {
    starts: usize,
    count: usize,
    bytes: usize,
    length: usize,
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Database({} packages, {} versions)", self.packages, self.versions)
    }
}

impl Database {
    /// Opens what a file holds. Length and checksum have to fit.
    pub fn open(bytes: Vec<u8>) -> Result<Database, StoreError> {
        if bytes.get(..MARK.len()) != Some(MARK) {
            return Err(StoreError::NoDatabase);
        }
        let length = |expected: u64| StoreError::Length { expected, found: bytes.len() as u64 };
        let number = |index: usize| u32_at(&bytes, MARK.len() + 4 * index);
        let format = number(0).ok_or_else(|| length((HEADER + FOOTER) as u64))?;
        if format != FORMAT {
            return Err(StoreError::Format(format));
        }
        let mut header = [0u32; 9];
        for (index, slot) in header.iter_mut().enumerate() {
            *slot = number(index + 1).ok_or_else(|| length((HEADER + FOOTER) as u64))?;
        }
        let [packages, versions, strings, values, blocks, string_bytes, value_bytes, block_bytes, buckets] =
            header;
        let wide = u64::from;
        let expected = HEADER as u64
            + 4 * (wide(strings) + 1 + wide(values) + 1 + wide(blocks) + wide(buckets) + 1 + wide(packages))
            + wide(string_bytes)
            + wide(value_bytes)
            + wide(block_bytes)
            + FOOTER as u64;
        if expected != bytes.len() as u64 {
            return Err(length(expected));
        }
        let size = |n: u32| n as usize;
        let table = |at: usize, count: u32, length: u32| Table {
            starts: at,
            count: size(count),
            bytes: at + 4 * (size(count) + 1),
            length: size(length),
        };
        let strings = table(HEADER, strings, string_bytes);
        let values = table(strings.bytes + strings.length, values, value_bytes);
        let index = values.bytes + values.length;
        let slots = index + 4 * (size(buckets) + 1);
        let starts = slots + 4 * size(packages);
        let first = starts + 4 * size(blocks);
        let database = Database {
            packages,
            versions,
            strings,
            values,
            index: (index, buckets, slots),
            starts: (starts, size(blocks)),
            blocks: (first, first + size(block_bytes)),
            bytes,
        };
        if Sha256::digest(database.content())[..] != *database.checksum() {
            return Err(StoreError::Checksum);
        }
        if database.starts.1 != (packages as usize).div_ceil(BLOCK) {
            return Err(StoreError::Malformed("the number of blocks does not fit the number of packages"));
        }
        Ok(database)
    }

    /// How many packages it knows.
    pub fn packages(&self) -> u32 {
        self.packages
    }

    /// How many versions of them it knows.
    pub fn len(&self) -> u32 {
        self.versions
    }

    /// Whether it knows nothing.
    pub fn is_empty(&self) -> bool {
        self.versions == 0
    }

    /// How large it is.
    pub fn size(&self) -> usize {
        self.bytes.len()
    }

    /// The SHA-256 over the content.
    pub fn checksum(&self) -> &[u8] {
        let end = self.bytes.len() - FOOTER;
        &self.bytes[end..end + 32]
    }

    /// What stands behind the checksum: whether it is signed, key, signature.
    pub(super) fn seal(&self) -> &[u8] {
        &self.bytes[self.bytes.len() - FOOTER + 32..]
    }

    fn content(&self) -> &[u8] {
        &self.bytes[..self.bytes.len() - FOOTER]
    }

    fn blocks(&self) -> &[u8] {
        &self.bytes[self.blocks.0..self.blocks.1]
    }

    /// What is said of a version, by the key of its package.
    pub(super) fn get(&self, package: &str, version: &str) -> Result<Vec<Said>, StoreError> {
        let Some(mut payload) = self.package(package)? else { return Ok(Vec::new()) };
        match payload.find(version)? {
            Some(value) => self.value(value),
            None => Ok(Vec::new()),
        }
    }

    /// All versions of a package, in the order of their bytes.
    pub(super) fn versions(&self, package: &str) -> Result<Vec<(String, Vec<Said>)>, StoreError> {
        let Some(mut payload) = self.package(package)? else { return Ok(Vec::new()) };
        let mut all = Vec::new();
        while let Some((version, value)) = payload.next()? {
            all.push((version, self.value(value)?));
        }
        Ok(all)
    }

    /// All versions of a package without what is said of them, in the order of their bytes.
    pub(super) fn version_names(&self, package: &str) -> Result<Vec<String>, StoreError> {
        let Some(mut payload) = self.package(package)? else { return Ok(Vec::new()) };
        let mut all = Vec::new();
        while let Some((version, _)) = payload.next()? {
            all.push(version);
        }
        Ok(all)
    }

    /// The versions of a package: its block is asked of the index, or searched for where a bucket is crowded.
    fn package(&self, package: &str) -> Result<Option<Payload<'_>>, StoreError> {
        let hash = hash(package);
        let (starts, buckets, slots) = self.index;
        if buckets > 0 {
            let at = starts + 4 * bucket(hash, buckets) as usize;
            let (start, end) = (u32_at(&self.bytes, at), u32_at(&self.bytes, at + 4));
            let outside = StoreError::Malformed("a bucket lies outside of its index");
            let (start, end) = start.zip(end).ok_or(outside.clone())?;
            if start > end || end > self.packages {
                return Err(outside);
            }
            if end - start <= CROWDED {
                let slot = |i: u32| u32_at(&self.bytes, slots + 4 * i as usize);
                let slots = (start..end).filter_map(slot).filter(|slot| *slot as u8 == hash as u8);
                for slot in slots {
                    if let Some(payload) = self.in_block((slot >> 8) as usize, package)? {
                        return Ok(Some(payload));
                    }
                }
                return Ok(None);
            }
        }
        let block = self.search(package)?;
        block.map_or(Ok(None), |block| self.in_block(block, package))
    }

    /// The last block whose first package is not behind the one that is asked for.
    fn search(&self, package: &str) -> Result<Option<usize>, StoreError> {
        let (mut low, mut high) = (0, self.starts.1);
        while low < high {
            let middle = low + (high - low) / 2;
            let mut cursor = Cursor { bytes: self.block(middle)? };
            let shared = cursor.varint()?;
            let first = cursor.text(LONGEST_KEY)?;
            if shared != 0 {
                return Err(StoreError::Malformed("a block does not begin with a whole name"));
            }
            if first <= package.as_bytes() {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Ok(low.checked_sub(1))
    }

    fn in_block(&self, block: usize, package: &str) -> Result<Option<Payload<'_>>, StoreError> {
        let mut cursor = Cursor { bytes: self.block(block)? };
        let mut name = Vec::with_capacity(64);
        while !cursor.bytes.is_empty() {
            cursor.front(&mut name, LONGEST_KEY)?;
            let payload = cursor.piece()?;
            if name == package.as_bytes() {
                return Payload::read(payload).map(Some);
            }
            if name.as_slice() > package.as_bytes() {
                break;
            }
        }
        Ok(None)
    }

    fn block(&self, index: usize) -> Result<&[u8], StoreError> {
        if index >= self.starts.1 {
            return Err(StoreError::Malformed("a number points outside of its table"));
        }
        let start = u32_at(&self.bytes, self.starts.0 + 4 * index).map(|n| n as usize);
        let end = if index + 1 < self.starts.1 {
            u32_at(&self.bytes, self.starts.0 + 4 * (index + 1)).map(|n| n as usize)
        } else {
            Some(self.blocks.1 - self.blocks.0)
        };
        let range = start.zip(end).and_then(|(start, end)| self.blocks().get(start..end));
        range.ok_or(StoreError::Malformed("a block lies outside of the file"))
    }

    fn piece(&self, table: Table, index: u64) -> Result<&[u8], StoreError> {
        let outside = StoreError::Malformed("a number points outside of its table");
        let index = usize::try_from(index).ok().filter(|i| *i < table.count).ok_or(outside.clone())?;
        let start = u32_at(&self.bytes, table.starts + 4 * index);
        let end = u32_at(&self.bytes, table.starts + 4 * index + 4);
        let whole = self.bytes.get(table.bytes..table.bytes + table.length);
        let range = start.zip(end).zip(whole);
        range.and_then(|((start, end), whole)| whole.get(start as usize..end as usize)).ok_or(outside)
    }

    fn string(&self, index: u64) -> Result<String, StoreError> {
        let bytes = self.piece(self.strings, index)?;
        if bytes.len() > LONGEST_WORDS {
            return Err(StoreError::Malformed("an expression or source is too long"));
        }
        text(bytes)
    }

    fn value(&self, index: u64) -> Result<Vec<Said>, StoreError> {
        let mut cursor = Cursor { bytes: self.piece(self.values, index)? };
        let mut said = Vec::new();
        while !cursor.bytes.is_empty() {
            let expression = self.string(cursor.varint()?)?;
            let origin = Origin::ALL.get(usize::from(cursor.byte()?)).copied();
            let origin = origin.ok_or(StoreError::Malformed("a statement is of no known sort"))?;
            said.push(Said { expression, origin, source: self.string(cursor.varint()?)? });
        }
        if said.is_empty() {
            return Err(StoreError::Malformed("a version of which nothing is said"));
        }
        Ok(said)
    }

    /// Every version of every package, in order. Ends behind the first error.
    pub fn entries(&self) -> Entries<'_> {
        Entries {
            database: self,
            block: 0,
            cursor: Cursor { bytes: &[] },
            name: Vec::new(),
            before: None,
            payload: None,
            seen: (0, 0),
            // What a few bytes can be decoded to is bounded, so that a small file cannot fill the memory.
            budget: (self.bytes.len() as u64).saturating_mul(64).saturating_add(1 << 20),
            ended: false,
        }
    }
}

/// All entries of a database.
pub struct Entries<'d> {
    database: &'d Database,
    block: usize,
    cursor: Cursor<'d>,
    name: Vec<u8>,
    before: Option<Vec<u8>>,
    payload: Option<(String, Payload<'d>, Option<String>)>,
    seen: (u32, u32),
    budget: u64,
    ended: bool,
}

impl Entries<'_> {
    fn step(&mut self) -> Result<Option<Entry>, StoreError> {
        loop {
            if let Some((package, payload, last)) = &mut self.payload {
                if let Some((version, value)) = payload.next()? {
                    if last.as_ref().is_some_and(|last| *last >= version) || version.is_empty() {
                        return Err(StoreError::Malformed("versions are not in order"));
                    }
                    *last = Some(version.clone());
                    let said = self.database.value(value)?;
                    self.budget = spend(self.budget, version.len() + 32 * said.len())?;
                    self.seen.1 += 1;
                    return Ok(Some(Entry { package: package.clone(), version, said }));
                }
                self.payload = None;
            }
            if self.cursor.bytes.is_empty() {
                if self.block == self.database.starts.1 {
                    let counted = (self.database.packages, self.database.versions);
                    return if counted == self.seen {
                        Ok(None)
                    } else {
                        Err(StoreError::Malformed("the header's counts are not those of the content"))
                    };
                }
                self.cursor = Cursor { bytes: self.database.block(self.block)? };
                self.block += 1;
                self.name.clear();
            }
            self.cursor.front(&mut self.name, LONGEST_KEY)?;
            if self.before.as_ref().is_some_and(|before| *before >= self.name) {
                return Err(StoreError::Malformed("packages are not in order"));
            }
            self.before = Some(self.name.clone());
            self.budget = spend(self.budget, self.name.len())?;
            self.seen.0 = self.seen.0.saturating_add(1);
            let payload = Payload::read(self.cursor.piece()?)?;
            self.payload = Some((text(&self.name)?, payload, None));
        }
    }
}

/// What is left of a budget.
fn spend(budget: u64, cost: usize) -> Result<u64, StoreError> {
    let left = budget.checked_sub(cost as u64);
    left.ok_or(StoreError::Malformed("it decodes to far more than an honest file does"))
}

impl Iterator for Entries<'_> {
    type Item = Result<Entry, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let step = self.step();
        self.ended = !matches!(step, Ok(Some(_)));
        step.transpose()
    }
}

/// The versions of one package.
struct Payload<'d> {
    count: u64,
    /// Where every sixteenth version begins, from the second such one on.
    starts: &'d [u8],
    bodies: &'d [u8],
    cursor: Cursor<'d>,
    read: u64,
    version: Vec<u8>,
}

impl<'d> Payload<'d> {
    fn read(bytes: &'d [u8]) -> Result<Payload<'d>, StoreError> {
        let mut cursor = Cursor { bytes };
        let count = cursor.varint()?;
        let groups = count.saturating_sub(1) / BLOCK as u64;
        let starts = usize::try_from(groups).ok().and_then(|g| g.checked_mul(4));
        let starts = cursor.take(starts.ok_or(StoreError::Malformed("a count is too large"))?)?;
        let bodies = cursor.bytes;
        Ok(Payload { count, starts, bodies, cursor, read: 0, version: Vec::with_capacity(24) })
    }

    fn one(&mut self) -> Result<u64, StoreError> {
        if self.read.is_multiple_of(BLOCK as u64) {
            self.version.clear();
        }
        self.read += 1;
        self.cursor.front(&mut self.version, LONGEST_VERSION)?;
        self.cursor.varint()
    }

    fn next(&mut self) -> Result<Option<(String, u64)>, StoreError> {
        if self.read == self.count {
            return match self.cursor.bytes.is_empty() {
                true => Ok(None),
                false => Err(StoreError::Malformed("something stands behind the last version")),
            };
        }
        let value = self.one()?;
        Ok(Some((text(&self.version)?, value)))
    }

    fn group(&self, index: usize) -> Result<Cursor<'d>, StoreError> {
        let start = match index.checked_sub(1) {
            None => Some(0),
            Some(before) => u32_at(self.starts, 4 * before).map(|n| n as usize),
        };
        let bytes = start.and_then(|start| self.bodies.get(start..));
        Ok(Cursor { bytes: bytes.ok_or(StoreError::Malformed("a version lies outside of its package"))? })
    }

    /// The value of a version.
    fn find(&mut self, version: &str) -> Result<Option<u64>, StoreError> {
        let wanted = version.as_bytes();
        let (mut low, mut high) = (0, self.starts.len() / 4 + 1);
        while low + 1 < high {
            let middle = low + (high - low) / 2;
            let mut cursor = self.group(middle)?;
            cursor.varint()?;
            if cursor.text(LONGEST_VERSION)? <= wanted {
                low = middle;
            } else {
                high = middle;
            }
        }
        self.cursor = self.group(low)?;
        self.read = (low * BLOCK) as u64;
        let end = self.count.min(self.read + BLOCK as u64);
        while self.read < end {
            let value = self.one()?;
            if self.version == wanted {
                return Ok(Some(value));
            }
        }
        Ok(None)
    }
}

/// Bytes from which pieces are taken.
struct Cursor<'d> {
    bytes: &'d [u8],
}

const CUT: StoreError = StoreError::Malformed("something ends too early");

impl<'d> Cursor<'d> {
    fn take(&mut self, count: usize) -> Result<&'d [u8], StoreError> {
        let (taken, rest) = self.bytes.split_at_checked(count).ok_or(CUT)?;
        self.bytes = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, StoreError> {
        let (byte, rest) = self.bytes.split_first().ok_or(CUT)?;
        self.bytes = rest;
        Ok(*byte)
    }

    fn varint(&mut self) -> Result<u64, StoreError> {
        let mut number = 0;
        for shift in 0..5 {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << (7 * shift);
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(StoreError::Malformed("a number is too long"))
    }

    /// Bytes with their length before them.
    fn piece(&mut self) -> Result<&'d [u8], StoreError> {
        let length = self.varint()?;
        self.take(usize::try_from(length).map_err(|_| CUT)?)
    }

    fn text(&mut self, longest: usize) -> Result<&'d [u8], StoreError> {
        let piece = self.piece()?;
        if piece.len() > longest {
            return Err(StoreError::Malformed("a name or version is too long"));
        }
        Ok(piece)
    }

    /// Replaces a text by the next one.
    fn front(&mut self, text: &mut Vec<u8>, longest: usize) -> Result<(), StoreError> {
        let shared = self.varint()?;
        let suffix = self.piece()?;
        let shared = usize::try_from(shared).ok().filter(|s| *s <= text.len());
        let shared = shared.ok_or(StoreError::Malformed("a name shares more than there is"))?;
        if shared + suffix.len() > longest {
            return Err(StoreError::Malformed("a name or version is too long"));
        }
        text.truncate(shared);
        text.extend_from_slice(suffix);
        Ok(())
    }
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes([four[0], four[1], four[2], four[3]]))
}

fn text(bytes: &[u8]) -> Result<String, StoreError> {
    let text = std::str::from_utf8(bytes).map_err(|_| StoreError::Malformed("a text is not UTF-8"))?;
    Ok(text.to_string())
}
