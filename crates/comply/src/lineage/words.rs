//! Where the words of a clause stand in the texts that lie beside models.

use std::sync::Arc;

use licit_license::know::ClauseFact;
use licit_license::know::passage::Page;
use licit_model::Passage;

/// A license's text beside a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LicenseText {
    /// Id of the model or dataset.
    pub of: String,
    /// Id of the license that the text was identified as.
    pub license: String,
    /// Where it lies.
    pub path: String,
    /// Its words.
    pub page: Arc<Page>,
}

/// Where a clause of a license stands in the texts beside a model; none where no text has it for certain.
pub(crate) fn located(
    texts: &[LicenseText],
    of: &str,
    license: &str,
    clause: &ClauseFact,
) -> Option<Passage> {
    let beside = texts.iter().filter(|t| t.of == of && t.license == license);
    beside
        .filter_map(|text| {
            let found = text.page.locate(clause)?;
            Some(Passage {
                path: text.path.clone(),
                line: found.first,
                last_line: found.last,
                words: found.words,
            })
        })
        .next()
}
