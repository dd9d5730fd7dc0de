//! From what files say to one conclusion a component: declared, detected, concluded, and the evidence for each.

use std::sync::Arc;

use licit_model::found::RawLicenseKind;
use licit_model::{Category, Evidence, Licenses, Location, Method};

use crate::debian;
use crate::expression::Expr;
use crate::identify::Identified;
use crate::identify::change::Effect;
use crate::know::Knowledge;

/// One thing that a file says about a component's license.
#[derive(Debug, Clone, PartialEq)]
pub enum Statement {
    /// A license field.
    Field {
        /// Which rung of the ladder.
        method: Method,
        /// Where it stands.
        location: Location,
        /// The words.
        text: String,
        /// What sort of field.
        kind: RawLicenseKind,
    },
    /// A field that somebody who knows more than its words has read, such as the labels of a model card together.
    Read {
        /// Which rung of the ladder.
        method: Method,
        /// Where it stands.
        location: Location,
        /// The words.
        raw: String,
        /// What they mean.
        reading: Reading,
    },
    /// What holds for a part of the component, beside what other statements say of other parts.
    Part {
        /// Which rung of the ladder.
        method: Method,
        /// Where it stands.
        location: Location,
        /// The words.
        raw: String,
        /// What they mean there.
        reading: Reading,
    },
    /// A license text, identified.
    Text {
        /// Where it stands.
        location: Location,
        /// Its first words.
        begins: String,
        /// What it states.
        identified: Arc<Identified>,
    },
}

/// What is noted of a field that names a file instead of a license.
pub const POINTS_TO_FILE: &str = "the field points to a license file, which is read where a copy is on disk";

/// What a field was read as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// None where the words mean nothing known.
    pub expr: Option<Expr>,
    /// False where the words may also mean something else.
    pub sure: bool,
    /// What was mapped, or what could not be.
    pub note: Option<String>,
}

/// Concludes from statements in the order of the ladder.
///
/// The first rung whose fields can be read decides what is declared; a lower rung is only asked when the upper ones
/// say nothing. Within a rung several different statements all apply, which is the careful reading. Texts count as
/// detected, and are the conclusion where nothing is declared.
pub fn conclude(statements: &[Statement], know: &Knowledge) -> Licenses {
    let mut licenses = Licenses::default();
    let mut declared: Vec<(Method, Expr, bool)> = Vec::new();
    let mut detected: Vec<Expr> = Vec::new();
    let mut unread_text = false;
    let mut texts: Vec<&Identified> = Vec::new();
    for statement in statements {
        match statement {
            Statement::Field { method, location, text, kind } => {
                let reading = match kind {
                    RawLicenseKind::Classifier => read_classifier(text, know),
                    RawLicenseKind::Expression => read_expression(text, know),
                    RawLicenseKind::File => {
                        Reading { expr: None, sure: false, note: Some(POINTS_TO_FILE.to_string()) }
                    }
                };
                let definite = reading.sure;
                let sure = definite && *kind == RawLicenseKind::Expression;
                if let Some(expr) = &reading.expr {
                    declared.push((*method, expr.clone(), sure));
                }
                licenses.evidence.push(Evidence {
                    method: *method,
                    location: location.clone(),
                    raw: shorten(text),
                    sure: definite,
                    expression: reading.expr.map(|e| e.to_string()),
                    note: reading.note,
                    review: None,
                });
            }
            Statement::Read { method, location, raw, reading } => {
                if let Some(expr) = &reading.expr {
                    declared.push((*method, expr.clone(), reading.sure));
                }
                licenses.evidence.push(Evidence {
                    method: *method,
                    location: location.clone(),
                    raw: shorten(raw),
                    sure: reading.sure,
                    expression: reading.expr.as_ref().map(ToString::to_string),
                    note: reading.note.clone(),
                    review: None,
                });
            }
            Statement::Part { method, location, raw, reading } => {
                // No sure part rules out an unsure one, as a sure statement of the whole does.
                declared.extend(reading.expr.clone().map(|expr| (*method, expr, true)));
                licenses.evidence.push(Evidence {
                    method: *method,
                    location: location.clone(),
                    raw: shorten(raw),
                    sure: reading.sure,
                    expression: reading.expr.as_ref().map(ToString::to_string),
                    note: reading.note.clone(),
                    review: None,
                });
            }
            Statement::Text { location, begins, identified } => {
                let expr = identified.expression.as_deref().and_then(Expr::parse);
                unread_text |= expr.is_none();
                texts.push(identified);
                detected.extend(expr.clone());
                licenses.evidence.push(Evidence {
                    method: Method::LicenseFile,
                    location: location.clone(),
                    raw: first_words(begins),
                    sure: expr.is_some() && identified.changes.is_empty(),
                    note: text_note(identified),
                    expression: expr.map(|e| e.to_string()),
                    review: review(identified),
                });
            }
        }
    }
    let declared = declare(&declared, know);
    let detected = (!detected.is_empty() && !unread_text).then(|| Expr::all(detected));
    // A text that changes the declared license is what holds, not the name in the manifest.
    let changed = texts.iter().any(|t| t.changes.iter().any(|c| names(declared.as_ref(), &c.base)));
    let stated = declared.clone().filter(|_| !changed);
    let concluded = stated.or_else(|| detected.clone());
    licenses.category = concluded.as_ref().map(|e| e.category(know)).unwrap_or_default();
    licenses.declared = declared.map(|e| e.to_string());
    licenses.detected = detected.map(|e| e.to_string());
    licenses.concluded = concluded.map(|e| e.to_string());
    licenses
}

/// What the topmost rung that can be read says; sure statements of a rung rule out unsure ones, such as the
/// classifier `BSD License` beside the field `BSD-2-Clause`. That something is proprietary is never ruled out so.
fn declare(readings: &[(Method, Expr, bool)], know: &Knowledge) -> Option<Expr> {
    let rung = readings.iter().map(|(method, ..)| *method).min()?;
    let of_rung = || readings.iter().filter(|(method, ..)| *method == rung);
    let sure = of_rung().any(|(_, _, sure)| *sure);
    let holds = |expr: &Expr, own: bool| own == sure || expr.category(know) == Category::Proprietary;
    let parts = of_rung().filter(|(_, expr, own)| holds(expr, *own)).map(|(_, expr, _)| expr.clone());
    Some(Expr::all(parts))
}

/// Reads a trove classifier.
pub fn read_classifier(text: &str, know: &Knowledge) -> Reading {
    match know.classifier(text) {
        Some(alias) => Reading {
            expr: Expr::parse(&alias.to),
            sure: alias.sure,
            note: Some(if alias.sure {
                "a trove classifier".to_string()
            } else {
                "a trove classifier that does not name one license; the usual meaning was taken, review it"
                    .to_string()
            }),
        },
        None => {
            Reading { expr: None, sure: false, note: Some("this classifier names no license".to_string()) }
        }
    }
}

/// Reads a license field: as an SPDX expression, as a known name, or part by part.
pub fn read_expression(text: &str, know: &Knowledge) -> Reading {
    let clean = text.trim().trim_matches(|c| c == '"' || c == '\'').trim();
    if clean.is_empty() {
        return Reading { expr: None, sure: false, note: Some("the field is empty".to_string()) };
    }
    if let Some(expr) = Expr::parse(clean) {
        let canonical = expr.to_string();
        let note = (canonical != clean).then(|| format!("`{clean}` is spelled `{canonical}` in SPDX"));
        return Reading { expr: Some(expr), sure: true, note };
    }
    if let Some(reading) = by_name(clean, know) {
        return reading;
    }
    // An exception that nobody has read is no list of licenses: what it lifts is not known.
    let excepted = clean.split_whitespace().any(|word| word.eq_ignore_ascii_case("with"));
    let lists = || {
        let mixed = || debian::read_mixed(clean, know).or_else(|| debian::read_listed(clean, know));
        if excepted { None } else { mixed() }
    };
    parts(clean, know).or_else(lists).unwrap_or_else(|| Reading {
        expr: None,
        sure: false,
        note: Some("this is no SPDX expression and no name that is known".to_string()),
    })
}

fn by_name(name: &str, know: &Knowledge) -> Option<Reading> {
    let alias = know.alias(name)?;
    let note = if alias.sure {
        format!("`{name}` is read as {}", alias.to)
    } else {
        format!("`{name}` does not name one license; read as {}, review it", alias.to)
    };
    Some(Reading { expr: Expr::parse(&alias.to), sure: alias.sure, note: Some(note) })
}

/// Reads a list of names. `or`, `|` and `/` offer a choice; `and`, `&`, `;` and `,` apply together, since a list
/// that does not say that one may choose must not be read as if it did.
fn parts(text: &str, know: &Knowledge) -> Option<Reading> {
    let inner = text.strip_prefix('(').and_then(|t| t.strip_suffix(')')).unwrap_or(text);
    // Names with brackets inside, such as `MIT (X11)`, are not taken apart.
    if inner.contains(['(', ')']) && inner == text {
        return None;
    }
    let lower = inner.to_lowercase();
    let choice: &[&str] = &[" or ", "|", "/"];
    let together: &[&str] = &[" and ", "&", ";", ","];
    let has = |separators: &[&str]| separators.iter().any(|s| lower.contains(s));
    let (separators, is_choice) = match (has(choice), has(together)) {
        (true, false) => (choice, true),
        (false, true) => (together, false),
        _ => return None,
    };
    let mut pieces = vec![inner.to_string()];
    for separator in separators {
        let lowered = |p: &String| p.to_lowercase();
        pieces = pieces
            .iter()
            .flat_map(|p| {
                let lower = lowered(p);
                // Only texts whose lower case has the same byte positions can be cut by them.
                if lower.len() != p.len() {
                    return vec![p.clone()];
                }
                let mut cut = Vec::new();
                let mut from = 0;
                for (at, found) in lower.match_indices(separator) {
                    cut.push(p.get(from..at).unwrap_or("").to_string());
                    from = at + found.len();
                }
                cut.push(p.get(from..).unwrap_or("").to_string());
                cut
            })
            .collect();
    }
    let mut exprs = Vec::new();
    let mut sure = true;
    for piece in pieces.iter().map(|p| p.trim()).filter(|p| !p.is_empty()) {
        let reading = Expr::parse(piece)
            .map(|e| Reading { expr: Some(e), sure: true, note: None })
            .or_else(|| by_name(piece, know))?;
        sure &= reading.sure;
        exprs.push(reading.expr?);
    }
    let expr = if is_choice { Expr::any(exprs) } else { Expr::all(exprs) };
    let how = if is_choice { "as a choice" } else { "as applying together" };
    let review = if sure { "" } else { "; a name in it is not definite, review it" };
    let note = format!("a list, read {how}: {expr}{review}");
    Some(Reading { expr: Some(expr), sure, note: Some(note) })
}

/// Whether an expression names a license, whatever follows its version.
fn names(expr: Option<&Expr>, base: &str) -> bool {
    expr.is_some_and(|e| e.terms().iter().any(|t| same_text(&t.id, base)))
}

/// Whether two ids stand for one text: `-only` and `-or-later` differ by the notice alone.
pub fn same_text(a: &str, b: &str) -> bool {
    let bare = |id: &str| id.trim_end_matches("-only").trim_end_matches("-or-later").to_string();
    bare(a) == bare(b)
}

/// What a reader of the conclusion should know of a text.
fn text_note(identified: &Identified) -> Option<String> {
    if let Some(change) = identified.changes.first() {
        let clause = change.clauses.first().map(|c| c.kind.word()).unwrap_or_default();
        let (first, last) = change.lines;
        let does = match change.effect {
            Effect::Added => "add to",
            Effect::Removed => "take away from",
            Effect::Altered => "change the words of",
        };
        return Some(format!("lines {first} to {last} {does} {} ({clause}): {}", change.base, change.text));
    }
    if identified.expression.is_none() {
        return Some("no license that is known stands in this text; review it".to_string());
    }
    let least = identified.found.iter().map(|f| f.score).fold(1.0, f32::min);
    (least < 0.95).then(|| format!("{:.0} % of the known text is there", least * 100.0))
}

/// Where a text leaves its license without a clause that could be read, in a sentence.
fn review(identified: &Identified) -> Option<String> {
    let hunk = identified.hunks.first()?;
    let (first, last) = hunk.lines;
    let more = match identified.hunks.len() {
        1 => String::new(),
        n => format!(", and in {} more places", n - 1),
    };
    let what = match (hunk.says.as_str(), hunk.text.as_str(), hunk.missing_text.as_str()) {
        ("", "", "") => hunk.kind.to_string(),
        ("", "", missing) => format!("missing: “{missing}”"),
        ("", text, _) => format!("{}: “{text}”", hunk.kind),
        (says, ..) => says.to_string(),
    };
    Some(format!("at lines {first} to {last} the text leaves {} ({what}){more}", hunk.base))
}

fn shorten(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(200) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}

fn first_words(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().take(8).collect();
    shorten(&words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Option<String>, bool) {
        let reading = read_expression(text, Knowledge::embedded());
        (reading.expr.map(|e| e.to_string()), reading.sure)
    }

    #[test]
    fn lax_fields() {
        assert_eq!(read("MIT/Apache-2.0").0.as_deref(), Some("MIT OR Apache-2.0"));
        assert_eq!(read("Zlib License or The MIT License").0.as_deref(), Some("Zlib OR MIT"));
        assert_eq!(read("MIT, Apache 2.0").0.as_deref(), Some("MIT AND Apache-2.0"));
        // A list that does not say that one may choose holds as a whole, whoever usually means what by it.
        for list in ["MIT and GPL", "MIT, GPL", "MIT & GPL"] {
            assert_eq!(read(list).0.as_deref(), Some("MIT AND GPL-1.0-or-later"), "{list}");
        }
        assert_eq!(read("MIT/GPL").0.as_deref(), Some("MIT OR GPL-1.0-or-later"));
        assert_eq!(read("Apache License (== 2.0)"), (Some("Apache-2.0".to_string()), true));
        assert!(!read("BSD").1);
        assert_eq!(read("see the wiki"), (None, false));
    }

    #[test]
    fn the_upper_rung_decides_and_a_sure_field_beats_a_vague_classifier() {
        let field = |method, text: &str, kind| Statement::Field {
            method,
            location: Location::new("x", None),
            text: text.to_string(),
            kind,
        };
        let licenses = conclude(
            &[
                field(Method::Manifest, "BSD-2-Clause", RawLicenseKind::Expression),
                field(Method::Manifest, "License :: OSI Approved :: BSD License", RawLicenseKind::Classifier),
                field(Method::InstalledManifest, "GPL-3.0-only", RawLicenseKind::Expression),
            ],
            Knowledge::embedded(),
        );
        assert_eq!(licenses.declared.as_deref(), Some("BSD-2-Clause"));
        assert_eq!(licenses.evidence.len(), 3);
        let licenses = conclude(
            &[
                field(Method::Manifest, "MIT", RawLicenseKind::Expression),
                field(Method::Manifest, "License :: Other/Proprietary License", RawLicenseKind::Classifier),
            ],
            Knowledge::embedded(),
        );
        assert_eq!(licenses.concluded.as_deref(), Some("MIT AND LicenseRef-licit-proprietary"));
        assert_eq!(licenses.category, Category::Proprietary);
    }

    #[test]
    fn an_unread_text_leaves_the_conclusion_open() {
        let mit = spdx::license_id("MIT").unwrap().text();
        let text = |t: &str| Statement::Text {
            location: Location::new("LICENSE", None),
            begins: t.to_string(),
            identified: Arc::new(crate::identify::identify(t)),
        };
        let know = Knowledge::embedded();
        assert_eq!(conclude(&[text(mit)], know).concluded.as_deref(), Some("MIT"));
        assert_eq!(conclude(&[text(mit), text("Only on Sundays.")], know).concluded, None);
    }
}
