//! Any text as a package URL: the canonical form is a fixed point.
#![no_main]

use libfuzzer_sys::fuzz_target;
use licit_model::Purl;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(purl) = Purl::parse(text) else { return };
    let shown = purl.to_string();
    let again = Purl::parse(&shown).expect("what is written can be read");
    assert_eq!(again.to_string(), shown);
});
