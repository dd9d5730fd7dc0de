//! Flatbuffers: tables whose fields are found through offsets. Offsets only lead forwards, so nothing can go round in
//! circles, and every list is cut.

use super::source::{Source, Stop};

/// Entries of a list that are looked at.
const ENTRIES: u32 = 20_000;

/// A table by the position of its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Table {
    at: u64,
    fields: u64,
    count: u64,
}

/// The outermost table, which stands at an offset at the start of a part of the file.
pub(super) fn root(source: &mut Source, start: u64) -> Result<Table, Stop> {
    let offset = source.u32(start)?;
    table(source, start.saturating_add(u64::from(offset)))
}

fn table(source: &mut Source, at: u64) -> Result<Table, Stop> {
    let back = i64::from(source.u32(at)?.cast_signed());
    let Some(fields) = at.checked_add_signed(-back) else {
        return Stop::odd("its table of fields lies outside");
    };
    let size = u64::from(source.u16(fields)?);
    if size < 4 || size % 2 != 0 {
        return Stop::odd("its table of fields is broken");
    }
    Ok(Table { at, fields: fields + 4, count: (size - 4) / 2 })
}

impl Table {
    /// Where the value of a field lies; none where it has its default.
    pub(super) fn field(&self, source: &mut Source, index: u64) -> Result<Option<u64>, Stop> {
        if index >= self.count {
            return Ok(None);
        }
        let offset = u64::from(source.u16(self.fields + 2 * index)?);
        Ok((offset != 0).then_some(self.at + offset))
    }

    fn target(&self, source: &mut Source, index: u64) -> Result<Option<u64>, Stop> {
        match self.field(source, index)? {
            Some(at) => follow(source, at).map(Some),
            None => Ok(None),
        }
    }

    /// A table that a field points to.
    pub(super) fn table(&self, source: &mut Source, index: u64) -> Result<Option<Table>, Stop> {
        match self.target(source, index)? {
            Some(at) => table(source, at).map(Some),
            None => Ok(None),
        }
    }

    /// A text.
    pub(super) fn text(&self, source: &mut Source, index: u64) -> Result<Option<String>, Stop> {
        match self.target(source, index)? {
            Some(at) => {
                let len = u64::from(source.u32(at)?);
                source.text(at + 4, len, 64 << 10).map(Some)
            }
            None => Ok(None),
        }
    }

    /// A list: where its entries begin and how many there are, cut to what is looked at.
    pub(super) fn list(&self, source: &mut Source, index: u64) -> Result<(u64, u32), Stop> {
        match self.target(source, index)? {
            Some(at) => Ok((at + 4, source.u32(at)?.min(ENTRIES))),
            None => Ok((0, 0)),
        }
    }

    /// The length of a list of bytes, and where they begin.
    pub(super) fn bytes(&self, source: &mut Source, index: u64) -> Result<Option<(u64, u64)>, Stop> {
        match self.target(source, index)? {
            Some(at) => Ok(Some((at + 4, u64::from(source.u32(at)?)))),
            None => Ok(None),
        }
    }

    /// A small number.
    pub(super) fn u8(&self, source: &mut Source, index: u64) -> Result<u8, Stop> {
        match self.field(source, index)? {
            Some(at) => source.u8(at),
            None => Ok(0),
        }
    }

    /// A number.
    pub(super) fn u32(&self, source: &mut Source, index: u64) -> Result<u32, Stop> {
        match self.field(source, index)? {
            Some(at) => source.u32(at),
            None => Ok(0),
        }
    }
}

/// The table that the entry of a list at this position points to.
pub(super) fn entry(source: &mut Source, list: u64, index: u32) -> Result<Table, Stop> {
    let at = follow(source, list + 4 * u64::from(index))?;
    table(source, at)
}

fn follow(source: &mut Source, at: u64) -> Result<u64, Stop> {
    let offset = u64::from(source.u32(at)?);
    Ok(at + offset)
}
