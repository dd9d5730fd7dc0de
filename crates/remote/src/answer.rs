//! What is known of a package after asking.

use licit_model::{Freshness, Purl};

/// What a server said of one package, or why it said nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Which package was asked for.
    pub purl: Purl,
    /// Who was asked: `deps.dev`, or the host of a registry; empty where nobody was.
    pub source: String,
    /// What is said of its license, verbatim. All of it applies; a choice stands within one text.
    pub licenses: Vec<Stated>,
    /// What came along for nothing.
    pub facts: Freshness,
    /// Why nothing is known, in a sentence fit for "unknown, because …".
    pub problem: Option<String>,
}

/// A license as a server states it, not yet read as SPDX.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stated {
    /// The words, verbatim.
    pub text: String,
    /// What sort of statement.
    pub kind: StatedKind,
    /// The field or the file in the server's answer, such as `license` or `LICENSE-MIT`.
    pub place: String,
}

impl Stated {
    /// The words of a license field.
    pub(crate) fn field(text: impl Into<String>, place: &str) -> Self {
        Stated { text: text.into(), kind: StatedKind::Field, place: place.to_string() }
    }
}

/// What sort of statement a server makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatedKind {
    /// A license field: meant as an SPDX expression, often loose.
    Field,
    /// A trove classifier.
    Classifier,
    /// The text of a license file.
    Text,
}

/// What one server knows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) licenses: Vec<Stated>,
    pub(crate) facts: Freshness,
}
