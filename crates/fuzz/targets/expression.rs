//! Any text as a license expression: what is read has to be read again as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use licit_license::{Expr, Knowledge};

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Some(expression) = Expr::parse(text) else { return };
    let shown = expression.to_string();
    let again = Expr::parse(&shown).expect("what is written can be read");
    assert_eq!(again.to_string(), shown);
    let _ = expression.category(Knowledge::embedded());
});
