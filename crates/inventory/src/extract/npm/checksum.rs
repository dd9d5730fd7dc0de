//! Checksums: `sha512-…` in base 64, as subresource integrity has it, to hexadecimal digits.

use licit_model::Hash;

/// Algorithms as an integrity text names them, as CycloneDX does, and the length of their digest in bytes.
const ALGORITHMS: &[(&str, &str, usize)] = &[
    ("sha1", "SHA-1", 20),
    ("sha256", "SHA-256", 32),
    ("sha384", "SHA-384", 48),
    ("sha512", "SHA-512", 64),
    ("md5", "MD5", 16),
];

/// The checksums of an `integrity` field; several are separated by blanks, and each may carry `?options`.
///
/// What is no checksum is passed over: a lockfile without it is as good as before.
pub fn integrity(text: &str) -> Vec<Hash> {
    let mut hashes = Vec::new();
    for part in text.split_whitespace() {
        let Some((word, digest)) = part.split_once('-') else { continue };
        let digest = digest.split('?').next().unwrap_or(digest);
        let Some((_, algorithm, length)) = ALGORITHMS.iter().find(|(name, ..)| *name == word) else {
            continue;
        };
        if let Some(hex) = decoded(digest).filter(|hex| hex.len() == length * 2) {
            hashes.push(Hash { algorithm: (*algorithm).to_string(), hex });
        }
    }
    hashes
}

/// The SHA-1 that Yarn writes behind the address of an archive.
pub fn fragment(address: &str) -> Option<Hash> {
    let (_, digest) = address.rsplit_once('#')?;
    let good = digest.len() == 40 && digest.bytes().all(|b| b.is_ascii_hexdigit());
    good.then(|| Hash { algorithm: "SHA-1".to_string(), hex: digest.to_ascii_lowercase() })
}

/// What each letter of the alphabet stands for; 64 for all others.
const VALUES: [u8; 256] = {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut values = [64; 256];
    let mut i = 0;
    while i < alphabet.len() {
        values[alphabet[i] as usize] = i as u8;
        i += 1;
    }
    values
};

/// Base 64 with the usual alphabet to hexadecimal digits; the padding may be missing, anything else makes it no
/// digest.
fn decoded(text: &str) -> Option<String> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let text = text.trim_end_matches('=').as_bytes();
    let mut out = Vec::with_capacity(text.len() * 3 / 2 + 2);
    for group in text.chunks(4) {
        let mut bits = 0u32;
        for b in group {
            let value = VALUES.get(usize::from(*b)).copied().filter(|value| *value < 64)?;
            bits = bits << 6 | u32::from(value);
        }
        bits <<= 6 * (4 - group.len());
        for b in bits.to_be_bytes().iter().skip(1).take(group.len().saturating_sub(1)) {
            out.extend([DIGITS[usize::from(b >> 4)], DIGITS[usize::from(b & 15)]]);
        }
    }
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integrity_becomes_hexadecimal() {
        let empty = "sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk= sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=?x";
        let hashes = integrity(empty);
        assert_eq!(hashes.len(), 2);
        assert_eq!(hashes[0].algorithm, "SHA-1");
        assert_eq!(hashes[0].hex, "da39a3ee5e6b4b0d3255bfef95601890afd80709");
        assert_eq!(hashes[1].hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }

    #[test]
    fn what_is_no_digest_is_left_out() {
        assert!(integrity("sha512-abc sha999-2jmj7l5r sha1 - sha1-§§").is_empty());
        assert!(fragment("https://registry.example/a.tgz#master").is_none());
        assert!(
            fragment("https://registry.example/a.tgz#da39a3ee5e6b4b0d3255bfef95601890afd80709").is_some()
        );
    }
}
