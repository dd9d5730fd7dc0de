//! Ids of changed licenses, and back: the judge reads a changed license as its base and the changes.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::index;
use crate::know::Knowledge;

/// What the id of a changed license begins with.
const PREFIX: &str = "LicenseRef-licit-modified-";

/// The id of a license that was changed.
pub fn modified(base: &str) -> String {
    let slug: String =
        base.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' }).collect();
    format!("{PREFIX}{}", slug.trim_start_matches("LicenseRef-"))
}

/// The license that a changed one was made from: an SPDX id, a `LicenseRef-` of the rules or an expression with an
/// exception. None where the id is not one of a changed license, or its base is not known.
pub fn base_of(id: &str) -> Option<String> {
    if !id.starts_with(PREFIX) {
        return None;
    }
    static BASES: OnceLock<HashMap<String, String>> = OnceLock::new();
    BASES.get_or_init(bases).get(id).cloned().or_else(|| {
        // A license that only the rules know, such as one of our own.
        let base = format!("LicenseRef-{}", id.strip_prefix(PREFIX)?);
        Knowledge::embedded().license(&base).map(|license| license.id.clone())
    })
}

/// Every known license by the id of its changed form. The first that gives an id keeps it, so the surest come first.
fn bases() -> HashMap<String, String> {
    let mut bases = HashMap::new();
    let mut add = |base: &str| {
        // A rule that is generic all through has no license to change.
        if base.is_empty() {
            return;
        }
        bases.entry(modified(base)).or_insert_with(|| base.to_string());
    };
    spdx::identifiers::LICENSES.iter().for_each(|license| add(license.name));
    if let Some(index) = index::embedded() {
        let mut numbers: Vec<u16> = (0..index.rules()).map(|n| index.rule(n as u32).expression).collect();
        numbers.sort_unstable();
        numbers.dedup();
        for number in numbers {
            add(&super::plain(index.expression(number)));
        }
    }
    bases
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_license_of_the_list_maps_back() {
        for license in spdx::identifiers::LICENSES {
            assert_eq!(base_of(&modified(license.name)).as_deref(), Some(license.name));
        }
        for base in ["GPL-2.0-only WITH Classpath-exception-2.0", "LicenseRef-scancode-commercial-license"] {
            assert_eq!(base_of(&modified(base)).as_deref(), Some(base));
        }
    }

    #[test]
    fn other_ids_have_no_base() {
        for id in
            ["MIT", "LicenseRef-licit-modified-", "LicenseRef-licit-modified-nobody-knows", "LicenseRef-x"]
        {
            assert_eq!(base_of(id), None, "{id}");
        }
    }
}
