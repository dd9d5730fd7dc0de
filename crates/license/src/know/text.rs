//! The texts of the license list. The binary holds them packed, and each is unpacked when it is first asked for.

use std::io::Read as _;
use std::sync::OnceLock;

mod packed {
    include!(concat!(env!("OUT_DIR"), "/texts.rs"));
}

/// The standard text of a license of the SPDX list; none for an id that is not on the list.
pub fn standard(id: &str) -> Option<&'static str> {
    static UNPACKED: OnceLock<Vec<OnceLock<String>>> = OnceLock::new();
    let at = packed::TEXTS.binary_search_by(|(known, _)| (*known).cmp(id)).ok()?;
    let unpacked = UNPACKED.get_or_init(|| packed::TEXTS.iter().map(|_| OnceLock::new()).collect());
    let text = unpacked.get(at)?.get_or_init(|| {
        let (_, (start, end)) = packed::TEXTS[at];
        let mut text = String::new();
        let read = flate2::read::DeflateDecoder::new(&packed::PACKED[start..end]).read_to_string(&mut text);
        read.expect("the build packed it");
        text
    });
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_of_the_list_is_there_as_it_was() {
        assert_eq!(packed::TEXTS.len(), spdx::text::LICENSE_TEXTS.len());
        for (id, text) in spdx::text::LICENSE_TEXTS {
            assert_eq!(standard(id), Some(*text), "{id}");
        }
        assert_eq!(standard("No-Such-License"), None);
    }
}
