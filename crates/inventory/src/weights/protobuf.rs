//! Protocol buffers on the wire: fields are visited one by one, and what is not wanted is jumped over.

use super::source::{Source, Stop};

/// Fields of one file that are visited; graphs have some ten thousand nodes.
const FIELDS: u32 = 400_000;

/// One value on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wire {
    /// A whole number or a truth value.
    Number(u64),
    /// A text, bytes or a message: where it lies and how long it is.
    Bytes(u64, u64),
    /// Eight or four bytes.
    Fixed(u64),
}

/// The fields of one message.
pub(super) struct Fields {
    at: u64,
    end: u64,
}

/// Counts down what may still be visited, over all messages of a file.
pub(super) struct Visits(u32);

impl Default for Visits {
    fn default() -> Self {
        Visits(FIELDS)
    }
}

impl Fields {
    /// The whole file as one message.
    pub(super) fn all(source: &Source) -> Fields {
        Fields { at: 0, end: source.len() }
    }

    /// A message inside.
    pub(super) fn within(at: u64, len: u64) -> Fields {
        Fields { at, end: at.saturating_add(len) }
    }

    /// The next field with its number; none at the end.
    pub(super) fn next(
        &mut self,
        source: &mut Source,
        visits: &mut Visits,
    ) -> Result<Option<(u32, Wire)>, Stop> {
        if self.at >= self.end {
            return Ok(None);
        }
        visits.0 = match visits.0.checked_sub(1) {
            Some(left) => left,
            None => return Stop::odd("it has too many fields to be read"),
        };
        let tag = self.varint(source)?;
        let number = u32::try_from(tag >> 3).unwrap_or(0);
        if number == 0 || number > 0x1fff_ffff {
            return Stop::odd("it is no protocol buffer");
        }
        let wire = match tag & 7 {
            0 => Wire::Number(self.varint(source)?),
            1 => {
                let value = source.u64(self.at)?;
                self.at += 8;
                Wire::Fixed(value)
            }
            2 => {
                let len = self.varint(source)?;
                let at = self.at;
                match at.checked_add(len) {
                    Some(next) if next <= self.end => self.at = next,
                    _ => return Err(Stop::Cut),
                }
                Wire::Bytes(at, len)
            }
            5 => {
                let value = source.u32(self.at)?;
                self.at += 4;
                Wire::Fixed(u64::from(value))
            }
            _ => return Stop::odd("it is no protocol buffer"),
        };
        if self.at > self.end {
            return Err(Stop::Cut);
        }
        Ok(Some((number, wire)))
    }

    fn varint(&mut self, source: &mut Source) -> Result<u64, Stop> {
        let mut value = 0u64;
        for shift in (0..70).step_by(7) {
            if self.at >= self.end {
                return Err(Stop::Cut);
            }
            let byte = source.u8(self.at)?;
            self.at += 1;
            if shift < 64 {
                value |= u64::from(byte & 0x7f) << shift;
            }
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Stop::odd("it is no protocol buffer")
    }
}

/// A pair of a key and a value, as maps stand on the wire.
pub(super) fn pair(
    source: &mut Source,
    visits: &mut Visits,
    at: u64,
    len: u64,
) -> Result<(String, String), Stop> {
    let mut fields = Fields::within(at, len);
    let (mut key, mut value) = (String::new(), String::new());
    while let Some((number, wire)) = fields.next(source, visits)? {
        match (number, wire) {
            (1, Wire::Bytes(at, len)) => key = source.text(at, len, 200)?,
            (2, Wire::Bytes(at, len)) => value = source.text(at, len, 8 << 10)?,
            _ => {}
        }
    }
    Ok((key, value))
}
