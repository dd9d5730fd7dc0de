//! What is known of a package after asking.

use licit_model::Purl;

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

/// How a version stands among its siblings, where the answer says so without another question.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Freshness {
    /// When the version was published, as the server writes it.
    pub released: Option<String>,
    /// Why it was withdrawn; an empty text where no reason is given.
    pub yanked: Option<String>,
    /// Why it should no longer be used; an empty text where no reason is given.
    pub deprecated: Option<String>,
    /// The newest version that the server recommends.
    pub newest: Option<String>,
    /// How many versions there are.
    pub releases: Option<u32>,
}

impl Freshness {
    /// The facts as one line for evidence; none where nothing is known.
    pub fn line(&self) -> Option<String> {
        let mut parts = Vec::new();
        parts.extend(self.released.as_ref().map(|at| format!("released {at}")));
        let with_reason = |word: &str, reason: &String| match short(reason) {
            reason if reason.is_empty() => word.to_string(),
            reason => format!("{word}: {reason}"),
        };
        parts.extend(self.yanked.as_ref().map(|reason| with_reason("yanked", reason)));
        parts.extend(self.deprecated.as_ref().map(|reason| with_reason("deprecated", reason)));
        parts.extend(self.newest.as_ref().map(|version| format!("newest is {version}")));
        parts.extend(self.releases.map(|count| format!("{count} releases")));
        (!parts.is_empty()).then(|| parts.join("; "))
    }
}

/// A reason on one line and of bearable length.
fn short(text: &str) -> String {
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(120) {
        Some((at, _)) => format!("{}…", line.get(..at).unwrap_or_default()),
        None => line,
    }
}

/// What one server knows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) licenses: Vec<Stated>,
    pub(crate) facts: Freshness,
}
