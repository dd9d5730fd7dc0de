//! Go: a module has no license field, so its license files are read out of the archive that a proxy serves.

use licit_model::{Freshness, Purl};

use crate::answer::{Said, Stated, StatedKind};
use crate::archive;
use crate::error::Error;
use crate::registry::{Asker, is_license_file, text_at};

pub(super) fn ask(asker: &Asker<'_>, purl: &Purl) -> Result<Said, Error> {
    let module = purl.full_name();
    let version = match purl.version() {
        v if v.starts_with(|c: char| c.is_ascii_digit()) => format!("v{v}"),
        v => v.to_string(),
    };
    let (path, escaped) = (escape(&module), escape(&version));
    let mut segments: Vec<&str> = path.split('/').collect();
    segments.push("@v");
    let file = |ending: &str| {
        let name = format!("{escaped}.{ending}");
        let mut all = segments.clone();
        all.push(&name);
        asker.endpoint.below(&all)
    };
    let released = asker.json(file("info")?, |info| match text_at(info, &["Version"]) {
        Some(v) if v == version => Ok(text_at(info, &["Time"])),
        _ => Err("it describes another version".to_string()),
    })?;
    let root = format!("{module}@{version}/");
    let licenses = asker.get(file("zip")?, "*/*", |bytes| {
        let at_root = |path: &str| path.strip_prefix(&root).is_some_and(is_license_file);
        let files = archive::zip(bytes, at_root)?;
        let text = |(path, text): (String, String)| Stated {
            text,
            kind: StatedKind::Text,
            place: path.strip_prefix(&root).unwrap_or(&path).to_string(),
        };
        Ok(files.into_iter().map(text).collect::<Vec<_>>())
    })?;
    Ok(Said { licenses, facts: Freshness { released, ..Freshness::default() } })
}

/// Capitals are written as `!` and the small letter, since some disks do not tell them apart.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_uppercase() {
            out.push('!');
            out.push(c.to_ascii_lowercase());
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capitals_are_escaped() {
        assert_eq!(escape("host.example/BurntSushi/toml"), "host.example/!burnt!sushi/toml");
    }
}
