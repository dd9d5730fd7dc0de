//! YAML behind one door: the library, its budgets and its positions are named here only.

use licit_model::Found;
use serde::de::DeserializeOwned;

use super::File;

/// A value with its position.
pub type Spanned<T> = serde_saphyr::Spanned<T>;

/// The line of a value, counted from 1; none where the parser does not know it.
pub fn line<T>(value: &Spanned<T>) -> Option<u32> {
    u32::try_from(value.referenced.line()).ok().filter(|l| *l > 0)
}

/// Parses a whole file; a syntax error becomes a problem with its line.
pub fn parse<T: DeserializeOwned>(file: &File<'_>, found: &mut Found) -> Option<T> {
    let text = file.text(found)?;
    match serde_saphyr::from_str(text) {
        Ok(value) => Some(value),
        Err(error) => {
            let line = error.location().and_then(|l| u32::try_from(l.line()).ok()).filter(|l| *l > 0);
            found.lost(line, format!("the YAML could not be read: {error}"));
            None
        }
    }
}
