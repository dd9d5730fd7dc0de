//! Small writers of zips, tars and images, so that hostile ones can be made, too.

use std::io::Write as _;

/// A member of a zip.
pub(super) struct Member {
    pub(super) name: String,
    pub(super) content: Vec<u8>,
    pub(super) stored: bool,
    pub(super) encrypted: bool,
    /// Size that the directory states instead of the right one.
    pub(super) size: Option<u32>,
}

pub(super) fn member(name: &str, content: &[u8]) -> Member {
    Member { name: name.to_string(), content: content.to_vec(), stored: false, encrypted: false, size: None }
}

fn deflated(content: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    out.write_all(content).unwrap();
    out.finish().unwrap()
}

pub(super) fn zip(members: &[Member]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut directory = Vec::new();
    for m in members {
        let packed = if m.stored { m.content.clone() } else { deflated(&m.content) };
        let mut crc = flate2::Crc::new();
        crc.update(&m.content);
        let mut fields = Vec::new();
        fields.extend(20u16.to_le_bytes());
        fields.extend(u16::from(m.encrypted).to_le_bytes());
        fields.extend(if m.stored { 0u16 } else { 8 }.to_le_bytes());
        fields.extend([0; 4]);
        fields.extend(crc.sum().to_le_bytes());
        fields.extend((packed.len() as u32).to_le_bytes());
        fields.extend(m.size.unwrap_or(m.content.len() as u32).to_le_bytes());
        fields.extend((m.name.len() as u16).to_le_bytes());
        fields.extend([0; 2]);
        let offset = out.len() as u32;
        out.extend(b"PK\x03\x04");
        out.extend(&fields);
        out.extend(m.name.as_bytes());
        out.extend(packed);
        directory.extend(b"PK\x01\x02");
        directory.extend([20, 0]);
        directory.extend(&fields);
        directory.extend([0; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend(m.name.as_bytes());
    }
    let start = out.len() as u32;
    out.extend(&directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend((members.len() as u16).to_le_bytes());
    out.extend((members.len() as u16).to_le_bytes());
    out.extend((directory.len() as u32).to_le_bytes());
    out.extend(start.to_le_bytes());
    out.extend([0; 2]);
    out
}

pub(super) fn files(members: &[(&str, &[u8])]) -> Vec<u8> {
    let members: Vec<Member> = members.iter().map(|(name, content)| member(name, content)).collect();
    zip(&members)
}

/// One entry of a tar, its path taken as it is.
pub(super) fn entry(out: &mut Vec<u8>, path: &str, kind: tar::EntryType, link: &str, content: &[u8]) {
    let mut header = tar::Header::new_gnu();
    header.as_mut_bytes()[..path.len()].copy_from_slice(path.as_bytes());
    header.as_mut_bytes()[157..157 + link.len()].copy_from_slice(link.as_bytes());
    header.set_entry_type(kind);
    header.set_mode(0o644);
    header.set_size(content.len() as u64);
    header.set_cksum();
    out.extend(header.as_bytes());
    out.extend(content);
    out.resize(out.len().next_multiple_of(512), 0);
}

pub(super) fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    for (path, content) in members {
        entry(&mut out, path, tar::EntryType::Regular, "", content);
    }
    ended(out)
}

pub(super) fn ended(mut tar: Vec<u8>) -> Vec<u8> {
    tar.extend([0; 1024]);
    tar
}

pub(super) fn gzip(content: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    out.write_all(content).unwrap();
    out.finish().unwrap()
}

/// A Zstandard stream of blocks that are not compressed.
pub(super) fn zstd(content: &[u8]) -> Vec<u8> {
    let mut out = vec![0x28, 0xB5, 0x2F, 0xFD, 0xA0];
    out.extend((content.len() as u32).to_le_bytes());
    let blocks: Vec<&[u8]> = content.chunks(64 << 10).collect();
    for (index, block) in blocks.iter().enumerate() {
        let head = (block.len() as u32) << 3 | u32::from(index + 1 == blocks.len());
        out.extend(&head.to_le_bytes()[..3]);
        out.extend(*block);
    }
    // A frame that is to be passed over.
    out.extend([0x50, 0x2A, 0x4D, 0x18, 2, 0, 0, 0, 7, 7]);
    out
}

/// Lets the member of a header be run.
pub(super) fn executable(header: &mut [u8]) {
    let mut changed = tar::Header::from_byte_slice(header).clone();
    changed.set_mode(0o755);
    changed.set_cksum();
    header.copy_from_slice(changed.as_bytes());
}

/// An xz stream of chunks that are not compressed.
pub(super) fn xz(content: &[u8]) -> Vec<u8> {
    let crc = |bytes: &[u8]| {
        let mut crc = flate2::Crc::new();
        crc.update(bytes);
        crc.sum().to_le_bytes()
    };
    let number = |mut n: u64| {
        let mut out = Vec::new();
        while n >= 0x80 {
            out.push(n as u8 | 0x80);
            n >>= 7;
        }
        out.push(n as u8);
        out
    };
    let mut out = vec![0xFD, b'7', b'z', b'X', b'Z', 0, 0, 1];
    out.extend(crc(&[0, 1]));
    // One block, packed by LZMA2 with a dictionary of 64 KiB.
    let mut head = vec![2, 0, 0x21, 1, 8, 0, 0, 0];
    head.extend(crc(&head));
    let start = out.len();
    out.extend(head);
    for (index, chunk) in content.chunks(1 << 16).enumerate() {
        out.push(if index == 0 { 1 } else { 2 });
        out.extend(((chunk.len() - 1) as u16).to_be_bytes());
        out.extend(chunk);
    }
    out.push(0);
    let unpadded = out.len() - start + 4;
    out.resize(out.len().next_multiple_of(4), 0);
    out.extend(crc(content));
    let mut index = vec![0, 1];
    index.extend(number(unpadded as u64));
    index.extend(number(content.len() as u64));
    index.resize(index.len().next_multiple_of(4), 0);
    index.extend(crc(&index));
    let mut foot = ((index.len() / 4 - 1) as u32).to_le_bytes().to_vec();
    foot.extend([0, 1]);
    out.extend(&index);
    out.extend(crc(&foot));
    out.extend(&foot);
    out.extend(b"YZ");
    out
}
