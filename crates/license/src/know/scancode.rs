//! Licenses outside the SPDX list that ScanCode's LicenseDB knows: a class from its category, and no more.
//!
//! `rules/scancode.tsv` holds one row a license. Nothing is read before an id is asked for that has no rule of its own;
//! then the rows are found once and each is turned into a license when its turn comes.

use std::sync::OnceLock;

use licit_model::Category;

use super::{Exception, License, Reach};

/// The table, as `cargo xtask-index` writes it.
fn table() -> &'static str {
    super::embedded::text(super::embedded::SCANCODE)
}

/// What the ids begin with that ScanCode gives to its keys.
const PREFIX: &str = "LicenseRef-scancode-";

/// The class of a row that is an exception to a license, not a license.
const EXCEPTION: &str = "exception";

struct Row {
    key: &'static str,
    class: &'static str,
    category: &'static str,
    name: &'static str,
    why: Option<&'static str>,
    license: OnceLock<Box<License>>,
    exception: OnceLock<Box<Exception>>,
}

/// A license of the table; none for exceptions, which are no license.
pub(super) fn license(id: &str) -> Option<&'static License> {
    let row = row(id).filter(|r| r.class != EXCEPTION)?;
    Some(row.license.get_or_init(|| Box::new(row.to_license(id))))
}

/// An exception of the table.
pub(super) fn exception(id: &str) -> Option<&'static Exception> {
    let row = row(id).filter(|r| r.class == EXCEPTION)?;
    Some(row.exception.get_or_init(|| Box::new(row.to_exception(id))))
}

fn row(id: &str) -> Option<&'static Row> {
    if !id.starts_with("LicenseRef-") {
        return None;
    }
    let key = id.strip_prefix(PREFIX).unwrap_or(id);
    let rows = rows();
    rows.binary_search_by(|r| r.key.cmp(key)).ok().map(|at| &rows[at])
}

fn rows() -> &'static [Row] {
    static ROWS: OnceLock<Vec<Row>> = OnceLock::new();
    ROWS.get_or_init(|| table().lines().filter(|l| !l.starts_with('#')).filter_map(Row::read).collect())
}

impl Row {
    fn read(line: &'static str) -> Option<Row> {
        let mut fields = line.split('\t');
        Some(Row {
            key: fields.next()?,
            class: fields.next()?,
            category: fields.next()?,
            name: fields.next()?,
            why: fields.next(),
            license: OnceLock::new(),
            exception: OnceLock::new(),
        })
    }

    fn sources(&self) -> Vec<String> {
        vec![format!("ScanCode LicenseDB 32.5.0 category: {}", self.category)]
    }

    fn to_license(&self, id: &str) -> License {
        // A word that is no class would be a fault of the table; a test looks for it, and unknown is the safe reading.
        let class = Category::ALL.into_iter().find(|c| c.word() == self.class).unwrap_or_default();
        let reach = match class {
            // The table does not say whether a file or a library is meant; the library holds the file.
            Category::WeakCopyleft => Reach::Library,
            Category::StrongCopyleft => Reach::Work,
            Category::NetworkCopyleft => Reach::Network,
            _ => Reach::None,
        };
        let note = match self.why {
            Some(why) => format!(
                "Not of the category but of the text: {why}. The clauses are not recorded, so read the text."
            ),
            None => "The class rests on that category alone; read the text before relying on it.".to_string(),
        };
        License {
            id: id.to_string(),
            name: self.name.to_string(),
            class,
            reach,
            gpl2: None,
            gpl3: None,
            upgrade: Vec::new(),
            slug: None,
            released: None,
            partial: false,
            superseded: None,
            aliases: Vec::new(),
            sources: self.sources(),
            note: Some(note),
            clauses: Vec::new(),
        }
    }

    fn to_exception(&self, id: &str) -> Exception {
        let note = match self.why {
            Some(why) => format!("Of the text: {why}. Read it; the class shown is that of the license alone."),
            None => "What it waives or adds is not recorded, so the class is that of the license alone; read the text."
                .to_string(),
        };
        Exception {
            id: id.to_string(),
            name: self.name.to_string(),
            waives: "review".to_string(),
            effect_class: "review".to_string(),
            reach: "review".to_string(),
            sources: self.sources(),
            note: Some(note),
            partners: Vec::new(),
            clauses: Vec::new(),
            says: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::identify::index;
    use crate::know::Knowledge;

    #[test]
    fn the_table_is_sorted_and_says_only_known_classes() {
        let lines = table().lines().filter(|l| !l.starts_with('#')).count();
        assert_eq!(rows().len(), lines, "a row has too few columns");
        assert!(lines > 1500);
        assert!(rows().windows(2).all(|w| w[0].key < w[1].key), "sorted, each key once");
        for row in rows() {
            let known = row.class == EXCEPTION || Category::ALL.iter().any(|c| c.word() == row.class);
            assert!(known && !row.category.is_empty() && !row.name.is_empty(), "{}", row.key);
        }
    }

    #[test]
    fn no_row_repeats_a_rule() {
        let know = Knowledge::embedded();
        for row in rows() {
            let id = match row.key.starts_with("LicenseRef-") {
                true => row.key.to_string(),
                false => format!("{PREFIX}{}", row.key),
            };
            let own = super::super::get(&know.licenses, &id).is_some()
                || super::super::get(&know.exceptions, &id).is_some();
            assert!(!own, "{id} has a rule and a row");
        }
    }

    #[test]
    fn every_id_that_a_text_can_be_identified_as_is_known() {
        let know = Knowledge::embedded();
        let index = index::embedded().expect("the index opens");
        let mut unknown = BTreeSet::new();
        for number in 0..index.rules() {
            let expression = index.expression(index.rule(number as u32).expression);
            for word in expression.split(|c: char| c.is_whitespace() || "()~".contains(c)) {
                let ours = word.starts_with(PREFIX);
                if ours && know.license(word).is_none() && know.exception(word).is_none() {
                    unknown.insert(word);
                }
            }
        }
        assert!(unknown.is_empty(), "{} without a rule or a row: {unknown:#?}", unknown.len());
    }

    #[test]
    fn classes_follow_the_category_and_the_text() {
        let know = Knowledge::embedded();
        let class = |id: &str| know.license(id).map(|l| l.class);
        assert_eq!(class("LicenseRef-scancode-zsh"), Some(Category::Permissive));
        assert_eq!(class("LicenseRef-scancode-netcomponents"), Some(Category::SourceAvailable));
        assert_eq!(class("LicenseRef-scancode-commercial-license"), Some(Category::Proprietary));
        assert_eq!(class("LicenseRef-scancode-unknown"), Some(Category::Unknown));
        assert_eq!(class("LicenseRef-scancode-anepokis-1.0"), Some(Category::NetworkCopyleft));
        assert_eq!(class("LicenseRef-scancode-no-such-key"), None);
        assert_eq!(class("zsh"), None);
        let network = know.license("LicenseRef-scancode-anepokis-1.0").expect("it has a row");
        assert_eq!(network.reach, Reach::Network);
        assert_eq!(network.sources, ["ScanCode LicenseDB 32.5.0 category: Copyleft"]);
    }

    #[test]
    fn an_exception_is_no_license() {
        let know = Knowledge::embedded();
        let id = "LicenseRef-scancode-vym-exception-2.0";
        assert!(know.license(id).is_none());
        assert_eq!(know.exception(id).map(|e| e.effect_class.as_str()), Some("review"));
    }

    #[test]
    fn a_row_becomes_a_license_once() {
        let know = Knowledge::embedded();
        let first = know.license("LicenseRef-scancode-zsh").expect("it has a row");
        let second = know.license("LicenseRef-scancode-zsh").expect("it has a row");
        assert!(std::ptr::eq(first, second));
    }
}
