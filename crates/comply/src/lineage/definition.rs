//! Which points of the Open Source Definition a clause touches.

use licit_license::know::ClauseFact;

/// A point of the definition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Point {
    /// Its number.
    pub number: u8,
    /// Its title, in a few words of ours.
    pub title: &'static str,
    /// Whether it is a reading that a lawyer has to confirm.
    pub reading: bool,
}

const TITLES: [&str; 10] = [
    "free redistribution",
    "source",
    "derived works",
    "integrity of the author's source",
    "no discrimination against persons or groups",
    "no discrimination against fields of endeavor",
    "distribution of the license",
    "not specific to a product",
    "no restriction of other software",
    "neutral to technology",
];

fn point(number: u8, reading: bool) -> Point {
    let title = TITLES.get(usize::from(number).saturating_sub(1)).copied().unwrap_or("");
    Point { number, title, reading }
}

/// The points that a clause touches, in their order; none for clauses that any open license may have.
pub fn points(clause: &ClauseFact) -> Vec<Point> {
    let code = clause.finding_code();
    let display = clause.effect.as_deref() == Some("display");
    let mut list = match (clause.kind.as_str(), code) {
        ("boundary", _) | (_, "TRADE" | "PRIVACY" | "TERMS" | "REMOTE") => Vec::new(),
        // A duty to show a name above a number of users still tells groups apart.
        ("users" | "revenue", _) => vec![point(5, display)],
        ("territory", _) => vec![point(5, false)],
        ("royalty", "NO-ROYALTY") => Vec::new(),
        ("royalty" | "registration", _) => vec![point(1, false), point(7, false)],
        ("outputs", "DERIVATIVE") => Vec::new(),
        ("commercial" | "production" | "field-of-use" | "hosting" | "outputs" | "use-policy", _) => {
            vec![point(6, false)]
        }
        ("derivatives", _) => vec![point(3, false)],
        ("pass-through", _) => vec![point(3, false), point(6, false)],
        ("naming", _) if clause.operator.is_some() => vec![point(3, true), point(4, true)],
        _ => Vec::new(),
    };
    let product = super::flow::exceptions(clause)
        .iter()
        .any(|e| e.contains("end user product") || e.contains("end users of a product"));
    if product && !list.is_empty() {
        list.push(point(8, true));
    }
    list.sort_unstable();
    list
}

/// The points that any clause of a list touches; a point that one clause surely breaks is not a mere reading.
pub fn points_of(clauses: &[ClauseFact]) -> Vec<Point> {
    let mut list: Vec<Point> = clauses.iter().flat_map(points).collect();
    list.sort_unstable();
    list.dedup_by_key(|p| p.number);
    list
}
