//! The bytes of a file of an archive while that is listed: of a tar they pass by once, of a zip each file is by itself.

use std::io;

use super::super::bytes::Slice;
use super::super::compress::Budget;
use super::super::held::Content;
use super::super::tar::Tar;
use super::super::zip;
use super::Listing;

/// The bytes of one file of an archive.
pub(super) trait Bytes {
    /// How they can be read again later; none where they come once.
    fn again(&self) -> Option<Content>;
    /// So many bytes more.
    fn head(&mut self, count: u64) -> io::Result<Vec<u8>>;
    /// Where they lie as they are and can be read again.
    fn slice(&self, out: &Listing) -> Option<Slice>;
}

/// A member of a tar.
pub(super) struct Part<'t, 'r> {
    pub(super) tar: &'t mut Tar<'r>,
    pub(super) size: u64,
    pub(super) again: Option<(u32, u64)>,
}

impl Bytes for Part<'_, '_> {
    fn again(&self) -> Option<Content> {
        self.again.map(|(source, offset)| Content::Run { source, offset })
    }

    fn head(&mut self, count: u64) -> io::Result<Vec<u8>> {
        self.tar.bytes(count)
    }

    fn slice(&self, out: &Listing) -> Option<Slice> {
        let (source, offset) = self.again?;
        out.sources.get(source as usize)?.part(offset, self.size)
    }
}

/// A member of a zip.
pub(super) struct Packed<'z> {
    pub(super) slice: &'z Slice,
    pub(super) place: zip::Place,
    pub(super) source: Option<u32>,
    pub(super) at: u64,
    /// What may still be inflated of its archive.
    pub(super) left: &'z mut u64,
    /// What all archives share.
    pub(super) budget: &'z Budget,
}

impl Bytes for Packed<'_> {
    fn again(&self) -> Option<Content> {
        self.source.map(|source| Content::Member { source, place: self.place })
    }

    fn head(&mut self, count: u64) -> io::Result<Vec<u8>> {
        // Bytes that were read before are read again: it happens to heads of programs only.
        let end = self.at + count;
        let left = self.left.checked_sub(end).filter(|_| self.budget.member(end));
        *self.left = left.ok_or_else(|| io::Error::other("the archive inflates to more than it may"))?;
        let mut bytes = zip::read(self.slice, &self.place, end).map_err(io::Error::other)?;
        let from = self.at.min(bytes.len() as u64);
        self.at = end;
        Ok(bytes.split_off(from as usize))
    }

    fn slice(&self, _: &Listing) -> Option<Slice> {
        zip::stored(self.slice, &self.place)
    }
}
