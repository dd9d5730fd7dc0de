//! Any text through the identification of licenses.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let identified = licit_license::identify::identify(&text);
    let lines = text.lines().count().max(1) as u32 + 1;
    assert!(identified.found.iter().all(|f| f.lines.0 >= 1 && f.lines.0 <= f.lines.1 && f.lines.1 <= lines));
});
