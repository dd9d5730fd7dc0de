//! A package of rpm that is not installed: the header in front of its files is the one that the database keeps.

use licit_model::{Ecosystem, Found, GraphDepth};

use super::{Header, ONE, package, tag};
use crate::extract::{Extractor, File};

/// Reads packages.
pub struct RpmFile;

/// What a package begins with.
const LEAD: &[u8] = b"\xED\xAB\xEE\xDB";

/// Bytes before the first header.
const LEAD_SIZE: u64 = 96;

/// What a header begins with; its version and four unused bytes follow.
const MARK: &[u8] = b"\x8E\xAD\xE8";

impl Extractor for RpmFile {
    fn name(&self) -> &'static str {
        "rpm-file"
    }

    fn files(&self) -> &'static [&'static str] {
        &["*.rpm"]
    }

    fn magic(&self) -> &'static [&'static [u8]] {
        &[LEAD]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        // Empty files of that name stand for packages in tests.
        if file.size() == 0 {
            return;
        }
        // The signatures are a header of their own, filled up to eight bytes.
        let begins = file.part(0, 4).is_some_and(|lead| &*lead == LEAD);
        let signatures = begins.then(|| length(file, LEAD_SIZE)).flatten();
        let at = signatures.and_then(|length| Some(LEAD_SIZE + length.checked_next_multiple_of(8)?));
        let blob = at.and_then(|at| file.part(at + 8, length(file, at)?.checked_sub(8)?));
        let Some(header) = blob.as_deref().and_then(Header::read) else {
            found.lost(None, "the header of this package is damaged");
            return;
        };
        let (name, version) = (header.text(tag::NAME), header.text(tag::VERSION));
        if name.is_empty() || version.is_empty() || name.contains('/') {
            found.lost(None, "this package states no name and version");
            return;
        }
        found.package(package(&header, &name, &version, &header.text(tag::RELEASE)));
        let why = "a package that is not installed says what it requires, but not which package has it";
        found.lock(Ecosystem::Rpm, GraphDepth::Flat, why);
    }
}

/// Bytes of the header at a place, its mark included.
fn length(file: &File<'_>, at: u64) -> Option<u64> {
    let head = file.part(at, 16).filter(|head| head.starts_with(MARK))?;
    let number =
        |from: usize| Some(u64::from(u32::from_be_bytes(head.get(from..from + 4)?.try_into().ok()?)));
    let length = 16 + number(8)? * 16 + number(12)?;
    (length <= ONE as u64).then_some(length)
}
