//! As much of SQLite's file format as it takes to read the rows of one table: pages, a b-tree, records, overflow chains.
//!
//! Every page is visited at most once, so a tree that bites its tail ends.

use super::{ALL, Blobs, ONE};

const MAGIC: &[u8] = b"SQLite format 3\0";

/// The table that holds the headers.
const TABLE: &[u8] = b"Packages";

pub(super) fn is(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// The headers in the database.
pub(super) fn blobs(bytes: &[u8]) -> Blobs {
    let broken = Blobs { headers: Vec::new(), broken: 1 };
    let Some(mut file) = Database::open(bytes) else { return broken };
    let mut root = None;
    // The first page is the root of the table of tables: kind, name, table, root page, statement.
    file.rows(1, &mut |payload| {
        let Some(columns) = record(payload) else { return true };
        if let [Value::Bytes(kind), Value::Bytes(name), _, Value::Number(page), ..] = columns.as_slice()
            && *kind == b"table"
            && *name == TABLE
        {
            root = u32::try_from(*page).ok();
        }
        true
    });
    let Some(root) = root else { return broken };
    let mut blobs = Blobs::default();
    let mut total = 0;
    file.broken = 0;
    file.rows(root, &mut |payload| {
        let columns = record(payload).unwrap_or_default();
        // The number of the header is the row's own, and the header is the column after it.
        match columns.get(1) {
            Some(Value::Bytes(blob)) => {
                total += blob.len();
                blobs.headers.push(blob.to_vec());
            }
            _ => blobs.broken += 1,
        }
        total <= ALL
    });
    blobs.broken += file.broken;
    blobs
}

struct Database<'b> {
    bytes: &'b [u8],
    page_size: usize,
    /// Bytes of a page that are not reserved at its end.
    usable: usize,
    visited: Vec<bool>,
    /// Bytes of rows that may still be read: every byte of a file belongs to one row at most, so that rows which claim
    /// the same bytes again and again come to an end.
    left: usize,
    broken: usize,
}

impl<'b> Database<'b> {
    fn open(bytes: &'b [u8]) -> Option<Database<'b>> {
        let size = usize::from(u16::from_be_bytes([*bytes.get(16)?, *bytes.get(17)?]));
        // The greatest size does not fit into its field.
        let page_size = if size == 1 { 65_536 } else { size };
        let usable = page_size.checked_sub(usize::from(*bytes.get(20)?))?;
        if !page_size.is_power_of_two() || page_size < 512 || usable < 480 {
            return None;
        }
        let visited = vec![false; bytes.len().div_ceil(page_size) + 1];
        Some(Database { bytes, page_size, usable, visited, left: bytes.len(), broken: 0 })
    }

    /// A page by its number, counted from 1; each only once.
    fn page(&mut self, number: u32) -> Option<&'b [u8]> {
        let number = number as usize;
        let visited = self.visited.get_mut(number).filter(|_| number > 0)?;
        if std::mem::replace(visited, true) {
            return None;
        }
        let from = (number - 1).checked_mul(self.page_size)?;
        self.bytes.get(from..from.checked_add(self.usable)?)
    }

    /// Gives the payload of every row of a table in order, until told to stop.
    fn rows(&mut self, root: u32, each: &mut dyn FnMut(&[u8]) -> bool) {
        let mut todo = vec![root];
        while let Some(number) = todo.pop() {
            let Some(page) = self.page(number) else {
                self.broken += 1;
                continue;
            };
            // The first page begins with the header of the file.
            let head = if number == 1 { 100 } else { 0 };
            let half =
                |at: usize| Some(usize::from(u16::from_be_bytes([*page.get(at)?, *page.get(at + 1)?])));
            let (Some(&kind), Some(count)) = (page.get(head), half(head + 3)) else { continue };
            let pointers = head + if kind == 5 { 12 } else { 8 };
            let cells = (0..count).map_while(|index| half(pointers + 2 * index));
            match kind {
                5 => {
                    let child = |at: usize| Some(u32::from_be_bytes(page.get(at..at + 4)?.try_into().ok()?));
                    let mut children: Vec<u32> = cells.filter_map(child).collect();
                    children.extend(child(head + 8));
                    // No page has more children than the database has pages.
                    todo.extend(children.into_iter().rev());
                    if todo.len() > self.visited.len() * 2 {
                        self.broken += 1;
                        return;
                    }
                }
                13 => {
                    for cell in cells.collect::<Vec<_>>() {
                        match self.payload(page, cell) {
                            Some(payload) if each(&payload) => {}
                            Some(_) => return,
                            None => self.broken += 1,
                        }
                    }
                }
                _ => self.broken += 1,
            }
        }
    }

    /// The payload of a cell, with what overflows its page.
    fn payload(&mut self, page: &[u8], cell: usize) -> Option<Vec<u8>> {
        let (length, used) = varint(page.get(cell..)?)?;
        let (_, row) = varint(page.get(cell + used..)?)?;
        let from = cell + used + row;
        let length = usize::try_from(length).ok().filter(|l| *l <= ONE)?;
        self.left = self.left.checked_sub(length)?;
        let most = self.usable - 35;
        let local = if length <= most {
            length
        } else {
            let least = (self.usable - 12) * 32 / 255 - 23;
            let fitting = least + (length - least) % (self.usable - 4);
            if fitting <= most { fitting } else { least }
        };
        let mut payload = page.get(from..from + local)?.to_vec();
        if local == length {
            return Some(payload);
        }
        let mut next = u32::from_be_bytes(page.get(from + local..from + local + 4)?.try_into().ok()?);
        while payload.len() < length {
            let page = self.page(next)?;
            next = u32::from_be_bytes(page.get(..4)?.try_into().ok()?);
            let take = (length - payload.len()).min(page.len() - 4);
            payload.extend_from_slice(page.get(4..4 + take)?);
        }
        Some(payload)
    }
}

/// A value of a record.
#[derive(Debug, PartialEq)]
enum Value<'p> {
    Number(i64),
    Bytes(&'p [u8]),
    Other,
}

/// The columns of a record: their kinds first, then their bytes.
fn record(payload: &[u8]) -> Option<Vec<Value<'_>>> {
    let (head, mut at) = varint(payload)?;
    let head = usize::try_from(head).ok().filter(|h| *h <= payload.len())?;
    let mut body = head;
    let mut values = Vec::new();
    while at < head && values.len() < 16 {
        let (kind, used) = varint(payload.get(at..head)?)?;
        at += used;
        let length = match kind {
            0 | 8..=11 => 0,
            1..=4 => kind as usize,
            5 => 6,
            6 | 7 => 8,
            kind => usize::try_from((kind - 12) / 2).ok()?,
        };
        let bytes = payload.get(body..body.checked_add(length)?)?;
        body += length;
        values.push(match kind {
            1..=6 => {
                let negative = bytes.first().is_some_and(|b| b & 0x80 != 0);
                Value::Number(bytes.iter().fold(if negative { -1 } else { 0 }, |n, b| n << 8 | i64::from(*b)))
            }
            8 => Value::Number(0),
            9 => Value::Number(1),
            12.. => Value::Bytes(bytes),
            _ => Value::Other,
        });
    }
    Some(values)
}

/// A number of one to nine bytes, seven bits each and eight in the last, and how many bytes it has.
fn varint(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut value = 0u64;
    for (index, &byte) in bytes.iter().take(9).enumerate() {
        if index == 8 {
            return Some((value << 8 | u64::from(byte), 9));
        }
        value = value << 7 | u64::from(byte & 0x7F);
        if byte & 0x80 == 0 {
            return Some((value, index + 1));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_records() {
        assert_eq!(varint(&[0x81, 0x00]), Some((128, 2)));
        assert_eq!(varint(&[0xFF; 9]), Some((u64::MAX, 9)));
        assert_eq!(varint(&[0x80]), None);
        let values = record(&[4, 0, 1, 17, 0xFE, b'a', b'b']).unwrap();
        assert_eq!(values, [Value::Other, Value::Number(-2), Value::Bytes(b"ab")]);
        assert_eq!(record(&[3, 0, 200]), None);
    }

    #[test]
    fn a_page_that_is_its_own_child_ends() {
        let mut bytes = vec![0u8; 1024];
        bytes[..16].copy_from_slice(MAGIC);
        bytes[16..18].copy_from_slice(&512u16.to_be_bytes());
        // An inner page with one cell and a right child, both of them the page itself.
        bytes[100] = 5;
        bytes[104] = 1;
        bytes[108..112].copy_from_slice(&1u32.to_be_bytes());
        bytes[112..114].copy_from_slice(&200u16.to_be_bytes());
        bytes[200..204].copy_from_slice(&1u32.to_be_bytes());
        assert_eq!(blobs(&bytes).broken, 1);
    }

    #[test]
    fn rows_that_share_their_bytes_end_with_the_file() {
        let mut bytes = vec![0u8; 512];
        bytes[..16].copy_from_slice(MAGIC);
        bytes[16..18].copy_from_slice(&512u16.to_be_bytes());
        // A leaf of a hundred rows, all of which are the same hundred bytes.
        bytes[100] = 13;
        bytes[103..105].copy_from_slice(&100u16.to_be_bytes());
        for row in 0..100 {
            let at = 108 + 2 * row;
            bytes[at..at + 2].copy_from_slice(&400u16.to_be_bytes());
        }
        bytes[400] = 100;
        let mut file = Database::open(&bytes).unwrap();
        let mut read = 0;
        file.rows(1, &mut |payload| {
            read += payload.len();
            true
        });
        assert_eq!((read, file.broken), (500, 95));
    }
}
