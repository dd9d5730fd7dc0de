//! Compressed streams, told apart by their first bytes, and the budget that no hostile one gets past.

use std::io::{self, BufRead, Read};
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::MultiGzDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

/// How many times its size a stream or an archive may inflate to, once it is past [`RATIO_FROM`]; text rarely shrinks
/// to a tenth.
const RATIO: u64 = 200;

/// Blank files compress to nothing, so what is small may have any ratio.
const RATIO_FROM: u64 = 64 << 20;

/// Memory that a decoder may ask for: the largest window that common tools write is 128 MiB.
const WINDOW: u32 = 128 << 10;

/// What is left of the limits that all archives of one input share.
#[derive(Debug)]
pub(super) struct Budget {
    inflated: AtomicU64,
    kept: AtomicU64,
    /// Of these, what is only looked through for models.
    sources: AtomicU64,
    entries: AtomicU64,
    /// Archives in archives that are opened.
    archives: AtomicU64,
    /// Bytes of members of zips that are inflated to be listed.
    members: AtomicU64,
}

impl Budget {
    /// `entries` is the number that is listed at most.
    pub(super) fn new(entries: usize) -> Budget {
        Budget {
            // A large image has some ten gigabytes.
            inflated: AtomicU64::new(128 << 30),
            kept: AtomicU64::new(2 << 30),
            sources: AtomicU64::new(512 << 20),
            entries: AtomicU64::new((entries as u64).min(2_000_000)),
            // The largest servers of applications hold some thousand; of small ones many fit into a few bytes.
            archives: AtomicU64::new(20_000),
            members: AtomicU64::new(4 << 30),
        }
    }

    /// Takes bytes that are held in memory; false where too many are held already.
    pub(super) fn keep(&self, bytes: u64) -> bool {
        take(&self.kept, bytes)
    }

    /// Takes bytes of sources, which are held until they have been looked through for models.
    pub(super) fn keep_source(&self, bytes: u64) -> bool {
        take(&self.sources, bytes) && self.keep(bytes)
    }

    /// Gives back bytes that are no longer held.
    pub(super) fn release(&self, bytes: u64) {
        self.kept.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Takes one entry of an archive; false where too many were listed already.
    pub(super) fn entry(&self) -> bool {
        take(&self.entries, 1)
    }

    /// Takes one archive in an archive; false where too many were opened already.
    pub(super) fn archive(&self) -> bool {
        take(&self.archives, 1)
    }

    /// Takes bytes of a member of a zip that is inflated; false where too many were already.
    pub(super) fn member(&self, bytes: u64) -> bool {
        take(&self.members, bytes)
    }

    fn inflate(&self, bytes: u64) -> bool {
        take(&self.inflated, bytes)
    }
}

fn take(from: &AtomicU64, amount: u64) -> bool {
    from.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(amount)).is_ok()
}

/// What something of that size may inflate to.
pub(super) fn most(packed: u64) -> u64 {
    packed.saturating_mul(RATIO).max(RATIO_FROM)
}

/// How a stream is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    Plain,
    Gzip,
    Zstd,
    Xz,
    Bzip2,
}

impl Packing {
    /// By the first bytes.
    pub(super) fn of(head: &[u8]) -> Packing {
        match head {
            [0x1F, 0x8B, ..] => Packing::Gzip,
            [0x28, 0xB5, 0x2F, 0xFD, ..] => Packing::Zstd,
            [0xFD, b'7', b'z', b'X', b'Z', 0, ..] => Packing::Xz,
            [b'B', b'Z', b'h', b'1'..=b'9', ..] => Packing::Bzip2,
            _ => Packing::Plain,
        }
    }
}

/// The stream unpacked; it fails where it inflates to more than something of its size may.
pub(super) fn unpacked<'r, R: BufRead + Send + 'r>(
    packing: Packing,
    packed: u64,
    reader: R,
    budget: &'r Budget,
) -> io::Result<Box<dyn Read + Send + 'r>> {
    let inner: Box<dyn Read + Send + 'r> = match packing {
        Packing::Plain => return Ok(Box::new(reader)),
        Packing::Gzip => Box::new(MultiGzDecoder::new(reader)),
        Packing::Zstd => Box::new(Zstd { reader, frame: None }),
        Packing::Xz => Box::new(lzma_rust2::XzReader::new_mem_limit(reader, true, WINDOW)),
        Packing::Bzip2 => Box::new(bzip2_rs::DecoderReader::new(reader)),
    };
    Ok(Box::new(Bounded { inner, left: most(packed), budget }))
}

/// A reader that fails where it gives more than it may, instead of pretending that the end came.
struct Bounded<'b, R> {
    inner: R,
    left: u64,
    budget: &'b Budget,
}

impl<R: Read> Read for Bounded<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        match self.left.checked_sub(count as u64) {
            Some(left) if self.budget.inflate(count as u64) => self.left = left,
            _ => return Err(io::Error::other("it inflates to more than it may")),
        }
        Ok(count)
    }
}

/// A Zstandard stream unpacked, for members of archives that limit it themselves.
pub(super) fn zstd<R: BufRead>(reader: R) -> impl Read {
    Zstd { reader, frame: None }
}

/// The frames of a Zstandard stream, one behind the other.
struct Zstd<R> {
    reader: R,
    /// The frame that is read at the moment.
    frame: Option<Box<FrameDecoder>>,
}

impl<R: BufRead> Zstd<R> {
    /// Begins the next frame; false where the stream has none any more.
    fn next(&mut self) -> io::Result<bool> {
        loop {
            if self.reader.fill_buf()?.is_empty() {
                return Ok(false);
            }
            let mut frame = Box::new(FrameDecoder::new());
            match frame.init(&mut self.reader) {
                Ok(()) => {
                    self.frame = Some(frame);
                    return Ok(true);
                }
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => {
                    let mut skipped = (&mut self.reader).take(u64::from(length));
                    io::copy(&mut skipped, &mut io::sink())?;
                }
                Err(error) => return Err(io::Error::other(error.to_string())),
            }
        }
    }
}

impl<R: BufRead> Read for Zstd<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            let Some(frame) = &mut self.frame else {
                if self.next()? {
                    continue;
                }
                return Ok(0);
            };
            if frame.can_collect() > 0 {
                return frame.read(buffer);
            }
            if frame.is_finished() {
                self.frame = None;
                continue;
            }
            let more = frame.decode_blocks(&mut self.reader, BlockDecodingStrategy::UptoBlocks(1));
            more.map_err(|e| io::Error::other(e.to_string()))?;
        }
    }
}
