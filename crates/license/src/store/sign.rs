//! Signatures: Ed25519 over the checksum of the content, with words before it that no other use of a key has.

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use std::fmt::Write as _;

use super::read::Database;
use super::{FOOTER, StoreError};

/// Keeps a signature of a database from being one of anything else.
const DOMAIN: &[u8] = b"licit license database 1\n";

/// PKCS #8 and SubjectPublicKeyInfo of RFC 8410: fixed bytes before the 32 of the key.
const SECRET_HEAD: [u8; 16] = [48, 46, 2, 1, 0, 48, 5, 6, 3, 43, 101, 112, 4, 34, 4, 32];
const PUBLIC_HEAD: [u8; 12] = [48, 42, 48, 5, 6, 3, 43, 101, 112, 3, 33, 0];

/// A key that signs.
pub struct SecretKey(SigningKey);

/// A key that a signature is checked with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl std::fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretKey(…)")
    }
}

impl SecretKey {
    /// Reads a key file: PEM as `openssl genpkey -algorithm ed25519` writes it, or 32 bytes in hexadecimal or base64.
    pub fn parse(text: &str) -> Result<SecretKey, StoreError> {
        let wrong = |why| StoreError::Key("secret", why);
        Ok(SecretKey(SigningKey::from_bytes(&key(text, "PRIVATE KEY", &SECRET_HEAD).map_err(wrong)?)))
    }

    /// The key that others check with.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }
}

impl PublicKey {
    /// Reads a key: PEM as `openssl pkey -pubout` writes it, or 32 bytes in hexadecimal or base64.
    pub fn parse(text: &str) -> Result<PublicKey, StoreError> {
        let wrong = |why| StoreError::Key("public", why);
        let bytes = key(text, "PUBLIC KEY", &PUBLIC_HEAD).map_err(wrong)?;
        let key =
            VerifyingKey::from_bytes(&bytes).map_err(|_| wrong("its bytes are no point of the curve"))?;
        Ok(PublicKey(key))
    }
}

/// In hexadecimal, which [`PublicKey::parse`] reads.
impl std::fmt::Display for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hexadecimal(self.0.as_bytes()))
    }
}

/// Signs the bytes of a database, in place of any signature before.
pub fn sign(bytes: &mut [u8], key: &SecretKey) -> Result<(), StoreError> {
    let end = bytes.len().checked_sub(FOOTER).ok_or(StoreError::NoDatabase)?;
    let (_, footer) = bytes.split_at_mut(end);
    let signature = key.0.sign(&message(&footer[..32]));
    footer[32..36].copy_from_slice(&1u32.to_le_bytes());
    footer[36..68].copy_from_slice(key.0.verifying_key().as_bytes());
    footer[68..].copy_from_slice(&signature.to_bytes());
    Ok(())
}

impl Database {
    /// Who says to have signed it, if anybody. That it is so is only known after [`Database::verify`].
    pub fn signer(&self) -> Option<String> {
        let seal = self.seal();
        (seal[..4] != [0; 4]).then(|| hexadecimal(&seal[4..36]))
    }

    /// Checks that a key signed the content.
    pub fn verify(&self, key: &PublicKey) -> Result<(), StoreError> {
        let signer = self.signer().ok_or(StoreError::Unsigned)?;
        let seal = self.seal();
        if seal[4..36] != *key.0.as_bytes() {
            return Err(StoreError::OtherKey(signer));
        }
        let signature = Signature::from_slice(&seal[36..100]).map_err(|_| StoreError::Signature)?;
        key.0.verify_strict(&message(self.checksum()), &signature).map_err(|_| StoreError::Signature)
    }
}

fn message(checksum: &[u8]) -> Vec<u8> {
    [DOMAIN, checksum].concat()
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The 32 bytes of a key in any of the forms. The reasons never repeat what stands in the file.
fn key(text: &str, label: &str, head: &[u8]) -> Result<[u8; 32], &'static str> {
    let text = text.trim();
    let bytes = if text.starts_with("-----BEGIN") {
        let inner = text.strip_prefix(&format!("-----BEGIN {label}-----"));
        let inner = inner.and_then(|t| t.strip_suffix(&format!("-----END {label}-----")));
        let inner: String = inner.ok_or("the PEM block is of another kind")?.split_whitespace().collect();
        let der = base64(&inner).ok_or("what stands in the PEM block is no base64")?;
        der.strip_prefix(head).ok_or("the PEM block holds a key of another algorithm")?.to_vec()
    } else if text.len() == 64 {
        from_hexadecimal(text).ok_or("64 letters that are not hexadecimal digits")?
    } else {
        base64(text).ok_or("neither PEM nor 32 bytes in hexadecimal or base64")?
    };
    bytes.try_into().map_err(|_| "it has to have 32 bytes")
}

fn from_hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digit = |b: &u8| char::from(*b).to_digit(16);
    text.as_bytes().chunks(2).map(|pair| Some((digit(&pair[0])? * 16 + digit(pair.get(1)?)?) as u8)).collect()
}

fn base64(text: &str) -> Option<Vec<u8>> {
    let text = text.trim_end_matches('=');
    let (mut bits, mut held, mut bytes) = (0u32, 0, Vec::with_capacity(text.len() * 3 / 4));
    for byte in text.bytes() {
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(six);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held) as u8);
            bits &= (1 << held) - 1;
        }
    }
    Some(bytes)
}
