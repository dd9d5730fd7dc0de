//! Which license a text is: so far only texts that equal an SPDX text word by word, titles and copyright lines aside.
//!
//! A text that is nearly a license is not that license: an added restriction hides in such texts, so it stays unknown.

pub mod normalize;

/// SPDX ids whose text this is; empty where it equals none.
pub fn exact(text: &str) -> Vec<&'static str> {
    let table = crate::know::fingerprints();
    let mut ids: Vec<&'static str> = Vec::new();
    for print in normalize::fingerprints(text) {
        let start = table.partition_point(|(p, _)| *p < print);
        for (_, id) in table[start..].iter().take_while(|(p, _)| *p == print) {
            if !ids.contains(id) {
                ids.push(id);
            }
        }
    }
    // Some ids share one text; a family's plain id is the one that a text without further words means.
    ids.sort_by_key(|id| (id.len(), *id));
    ids
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_known_whatever_its_copyright_line() {
        let text = spdx::license_id("MIT").unwrap().text();
        let mine = text.replace("<year> <copyright holders>", "2026 Somebody Else");
        assert_eq!(exact(&mine).first(), Some(&"MIT"));
        let wrapped = mine.split_whitespace().collect::<Vec<_>>().join("\n");
        let _ = wrapped;
        assert!(exact(&mine.replace("without restriction", "for research")).is_empty());
    }

    #[test]
    fn an_added_sentence_is_not_the_plain_license() {
        let text = spdx::license_id("MIT").unwrap().text();
        assert!(exact(&format!("{text}\nThe Software may not be used to train AI models.\n")).is_empty());
    }
}
