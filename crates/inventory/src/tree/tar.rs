//! Reads a tar member by member: ustar, GNU and pax. Long names are limited, and nothing is guessed where a header does
//! not hold together.

use std::io::{self, BufReader, Read, Seek as _};

use super::bytes::Reader;

/// Bytes of a pax header or a long name; longer ones are no names.
const HEADER: u64 = 1 << 20;

const BLOCK: u64 = 512;

/// Where the bytes of a tar come from: what is not wanted is passed over or read away.
pub(super) enum Input<'r> {
    /// Bytes that lie there as they are.
    Plain(BufReader<Reader>, u64),
    /// Bytes that come out of a decoder.
    Stream(Box<dyn Read + Send + 'r>),
}

impl Read for Input<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Input::Plain(reader, _) => reader.read(buffer),
            Input::Stream(reader) => reader.read(buffer),
        }
    }
}

impl Input<'_> {
    fn skip(&mut self, count: u64) -> io::Result<()> {
        match self {
            Input::Plain(reader, len) => {
                let by = i64::try_from(count).map_err(|_| cut())?;
                if reader.stream_position()?.checked_add(count).is_none_or(|at| at > *len) {
                    return Err(cut());
                }
                reader.seek_relative(by)
            }
            Input::Stream(reader) => {
                let mut rest = reader.by_ref().take(count);
                if io::copy(&mut rest, &mut io::sink())? < count { Err(cut()) } else { Ok(()) }
            }
        }
    }

    /// At the start of bytes that lie in a file or a buffer.
    pub(super) fn plain(reader: Reader, len: u64) -> Input<'static> {
        // Most members are passed over, and what was read ahead of them with it.
        Input::Plain(BufReader::with_capacity(8 << 10, reader), len)
    }
}

fn cut() -> io::Error {
    io::Error::other("it is cut short")
}

/// What sort of member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sort {
    File,
    Folder,
    /// A link by name, as it stands there.
    Link(String),
    /// Another name of a member that came before.
    Hard(String),
    /// A device, a pipe, or a file with holes, of which no bytes are read.
    Other,
}

/// One member.
#[derive(Debug, Clone)]
pub(super) struct Member {
    pub(super) path: String,
    pub(super) sort: Sort,
    pub(super) size: u64,
    pub(super) mode: u32,
    /// Where its bytes begin, counted in the unpacked tar.
    pub(super) offset: u64,
}

/// A tar that is being read.
pub(super) struct Tar<'r> {
    input: Input<'r>,
    at: u64,
    /// Where the next header begins.
    next: u64,
}

impl<'r> Tar<'r> {
    pub(super) fn new(input: Input<'r>) -> Tar<'r> {
        Tar { input, at: 0, next: 0 }
    }

    /// The next member; none at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Member>> {
        let mut long = Long::default();
        loop {
            let Some(header) = self.header()? else { return Ok(None) };
            let size = number(&header[124..136]).ok_or_else(|| io::Error::other("a size is no number"))?;
            let kind = header[156];
            match kind {
                b'L' | b'K' | b'x' => {
                    let text = self.text(size)?;
                    match kind {
                        b'L' => long.path = Some(until_nul(&text)),
                        b'K' => long.link = Some(until_nul(&text)),
                        _ => long.pax(&text),
                    }
                    continue;
                }
                b'g' => {
                    self.end_of(size)?;
                    continue;
                }
                _ => {}
            }
            return self.member(&header, size, kind, long).map(Some);
        }
    }

    fn member(&mut self, header: &[u8; 512], size: u64, kind: u8, long: Long) -> io::Result<Member> {
        let size = long.size.unwrap_or(size);
        let name = until_nul(&header[..100]);
        let prefix =
            if &header[257..263] == b"ustar\0" { until_nul(&header[345..500]) } else { String::new() };
        let short = if prefix.is_empty() { name } else { format!("{prefix}/{name}") };
        let path = long.path.unwrap_or(short);
        let target = long.link.unwrap_or_else(|| until_nul(&header[157..257]));
        let sort = match kind {
            b'0' | 0 | b'7' if path.ends_with('/') => Sort::Folder,
            b'0' | 0 | b'7' if !long.sparse => Sort::File,
            b'1' => Sort::Hard(target),
            b'2' => Sort::Link(target),
            b'5' => Sort::Folder,
            _ => Sort::Other,
        };
        // Links and folders have no bytes whatever their size says.
        let held = if matches!(sort, Sort::File | Sort::Other) { size } else { 0 };
        let offset = self.at;
        self.end_of(held)?;
        let mode = number(&header[100..108]).unwrap_or(0) as u32;
        Ok(Member { path, sort, size: held, mode, offset })
    }

    /// Sets where the next header is.
    fn end_of(&mut self, size: u64) -> io::Result<()> {
        let end = size.checked_next_multiple_of(BLOCK).and_then(|padded| self.at.checked_add(padded));
        self.next = end.filter(|end| *end <= i64::MAX as u64).ok_or_else(cut)?;
        Ok(())
    }

    /// The next header that is not blank; none at the end.
    fn header(&mut self) -> io::Result<Option<[u8; 512]>> {
        self.input.skip(self.next - self.at)?;
        self.at = self.next;
        let mut header = [0u8; 512];
        let mut filled = 0;
        while filled < header.len() {
            match self.input.read(&mut header[filled..])? {
                // Without its end mark nobody can tell whether something is missing.
                0 => return Err(cut()),
                count => filled += count,
            }
        }
        self.at += BLOCK;
        self.next = self.at;
        // Two blank blocks mark the end; one is enough to know.
        if header.iter().all(|b| *b == 0) {
            return Ok(None);
        }
        if !sums(&header) {
            return Err(io::Error::other("a header does not add up"));
        }
        Ok(Some(header))
    }

    /// Bytes of a header that holds a name.
    fn text(&mut self, size: u64) -> io::Result<Vec<u8>> {
        if size > HEADER {
            return Err(io::Error::other("a name is longer than any name"));
        }
        self.end_of(size)?;
        self.bytes(size)
    }

    /// Bytes of the member at hand, up to a limit; to be asked once.
    pub(super) fn bytes(&mut self, limit: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(limit.min(1 << 20) as usize);
        let count = self.input.by_ref().take(limit).read_to_end(&mut bytes)? as u64;
        self.at += count;
        if count < limit { Err(cut()) } else { Ok(bytes) }
    }

    /// Reads the member at hand as a stream, no further than its end.
    pub(super) fn stream(&mut self, size: u64) -> impl Read + use<'_, 'r> {
        let left = size.min(self.next.saturating_sub(self.at));
        Counted { at: &mut self.at, inner: self.input.by_ref().take(left) }
    }
}

struct Counted<'a, R> {
    at: &'a mut u64,
    inner: R,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        *self.at += count as u64;
        Ok(count)
    }
}

/// What headers in front of a member say of it.
#[derive(Default)]
struct Long {
    path: Option<String>,
    link: Option<String>,
    size: Option<u64>,
    sparse: bool,
}

impl Long {
    /// Lines of `length key=value`.
    fn pax(&mut self, mut text: &[u8]) {
        while let Some(blank) = text.iter().take(20).position(|b| *b == b' ') {
            let length = std::str::from_utf8(&text[..blank]).ok().and_then(|l| l.parse::<usize>().ok());
            let Some(line) = length.and_then(|length| text.get(blank + 1..length)) else { return };
            let length = length.unwrap_or(text.len());
            if let Some(equals) = line.iter().position(|b| *b == b'=') {
                let value = line[equals + 1..].strip_suffix(b"\n").unwrap_or(&line[equals + 1..]);
                let value = String::from_utf8_lossy(value).into_owned();
                match &line[..equals] {
                    b"path" => self.path = Some(value),
                    b"linkpath" => self.link = Some(value),
                    b"size" => self.size = value.parse().ok(),
                    b"GNU.sparse.name" => self.path = Some(value),
                    b"GNU.sparse.major" | b"GNU.sparse.map" => self.sparse = true,
                    _ => {}
                }
            }
            text = text.get(length..).unwrap_or_default();
        }
    }
}

fn until_nul(field: &[u8]) -> String {
    let end = field.iter().position(|b| *b == 0).unwrap_or(field.len());
    String::from_utf8_lossy(&field[..end]).into_owned()
}

/// An octal number, or the binary one that GNU writes where eight digits are not enough.
fn number(field: &[u8]) -> Option<u64> {
    if let Some((first, rest)) = field.split_first().filter(|(first, _)| **first & 0x80 != 0) {
        let start = u64::from(first & 0x3F);
        return rest.iter().try_fold(start, |n, b| n.checked_mul(256)?.checked_add(u64::from(*b)));
    }
    let text = std::str::from_utf8(field).ok()?;
    let text = text.trim_matches(['\0', ' ']);
    if text.is_empty() { Some(0) } else { u64::from_str_radix(text, 8).ok() }
}

/// Whether the checksum of a header is right; old programs added signed bytes.
fn sums(header: &[u8; 512]) -> bool {
    let Some(stated) = number(&header[148..156]) else { return false };
    let counted = |i: usize, b: u8| if (148..156).contains(&i) { b' ' } else { b };
    let plain: u64 = header.iter().enumerate().map(|(i, b)| u64::from(counted(i, *b))).sum();
    let signed: i64 = header.iter().enumerate().map(|(i, b)| i64::from(counted(i, *b) as i8)).sum();
    stated == plain || i64::try_from(stated) == Ok(signed)
}

/// Whether bytes begin like a tar.
pub(super) fn is_tar(head: &[u8]) -> bool {
    head.first_chunk::<512>().is_some_and(|header| header[0] != 0 && sums(header))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::bytes::Slice;

    fn header(path: &str, kind: u8, size: &[u8; 12]) -> Vec<u8> {
        let mut header = vec![0u8; 512];
        header[..path.len()].copy_from_slice(path.as_bytes());
        header[124..136].copy_from_slice(size);
        header[156] = kind;
        header[148..156].fill(b' ');
        let sum: u32 = header.iter().map(|b| u32::from(*b)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        header
    }

    fn members(bytes: Vec<u8>) -> Result<Vec<(String, u64)>, String> {
        let slice = Slice::memory(bytes);
        let mut tar = Tar::new(Input::plain(slice.reader().unwrap(), slice.len()));
        let mut all = Vec::new();
        while let Some(member) = tar.next().map_err(|e| e.to_string())? {
            all.push((member.path, member.size));
        }
        Ok(all)
    }

    #[test]
    fn names_and_sizes_in_front_of_a_member() {
        let mut tar = header("x", b'x', b"00000000050\0");
        let mut pax = b"20 path=a/long/name\n13 size=1024\n9 x=broken".to_vec();
        pax.truncate(40);
        tar.extend(&pax);
        tar.resize(1024, 0);
        tar.extend(header("short", b'0', b"00000000001\0"));
        tar.resize(1536 + 1024, b'-');
        // A size of sixteen octets as GNU writes it.
        let mut large = *b"\x80\0\0\0\0\0\0\0\0\0\0\0";
        large[11] = 5;
        tar.extend(header("gnu", b'0', &large));
        tar.resize(tar.len() + 512, b'-');
        tar.resize(tar.len() + 1024, 0);
        let all = members(tar.clone()).unwrap();
        assert_eq!(all, [("a/long/name".to_string(), 1024), ("gnu".to_string(), 5)]);
        for end in (0..tar.len() - 1024).step_by(97) {
            assert!(members(tar[..end].to_vec()).is_err(), "{end}");
        }
    }

    #[test]
    fn a_size_without_end_is_cut() {
        let endless = header("x", b'0', b"\xBF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF");
        assert!(members(endless).is_err());
        assert_eq!(
            members(header("L", b'L', b"77777777777\0")).unwrap_err(),
            "a name is longer than any name"
        );
    }
}
