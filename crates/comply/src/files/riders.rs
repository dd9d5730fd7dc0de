//! Riders: sentences outside the license that restrict what it allows. They stand in READMEs, in descriptions and in the
//! license field itself.
//!
//! The project's own words are all asked about. A dependency's README also speaks of other people's terms, of services
//! and of how its functions are to be called; there a sentence counts only where it speaks of the package itself, and
//! the package is asked about once for each kind of restriction.

use std::collections::BTreeSet;

use licit_license::identify::clause::{self, ClauseHit, ClauseKind};
use licit_license::identify::identify;
use licit_license::identify::index::Kind;
use licit_license::{Expr, Knowledge};
use licit_model::{Category, Component, Finding, Graph, Location, Remedy, Severity};

/// Where the words stand. Ordered: what is closest to the license speaks first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// The license field.
    License,
    /// The description in the manifest.
    Description,
    /// The README.
    Readme,
}

/// A sentence that restricts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rider {
    /// Index of the component.
    pub component: usize,
    /// Where the words stand.
    pub place: Place,
    /// File and line.
    pub location: Location,
    /// What it says.
    pub hit: ClauseHit,
}

/// Words of a component.
#[derive(Debug, Clone)]
pub struct Words<'t> {
    /// Index of the component.
    pub component: usize,
    /// What sort of words.
    pub place: Place,
    /// Where the first of them stands.
    pub location: Location,
    /// All of them: what stands around a sentence says of whom it speaks.
    pub text: &'t str,
    /// The passages that are worth reading, each with its first line, counted from 1.
    pub passages: Vec<(u32, &'t str)>,
}

/// The riders in some words of a component.
pub fn read_riders(component: &Component, words: &Words<'_>) -> Vec<Rider> {
    let Words { place, location, text, .. } = words;
    let mut hits: Vec<ClauseHit> = Vec::new();
    for (first, passage) in &words.passages {
        for mut hit in clause::read(passage).into_iter().filter(|h| h.category().is_some()) {
            let below = first.saturating_sub(1);
            hit.lines = (hit.lines.0.saturating_add(below), hit.lines.1.saturating_add(below));
            hits.push(hit);
        }
    }
    if !component.first_party && *place == Place::Readme && !hits.is_empty() {
        let surroundings = Surroundings::read(text);
        hits.retain(|hit| surroundings.speaks_of(component, hit));
    }
    if !hits.is_empty() {
        let own = licenses_in(text);
        hits.retain(|hit| !own.iter().any(|lines| lines.0 <= hit.lines.0 && hit.lines.1 <= lines.1));
    }
    let rider = |hit: ClauseHit| {
        let line = location.line.map(|first| first.saturating_add(hit.lines.0.saturating_sub(1)));
        Rider {
            component: words.component,
            place: *place,
            location: Location::new(location.path.clone(), line),
            hit,
        }
    };
    hits.into_iter().map(rider).collect()
}

/// The lines of licenses that stand whole in a text, but for those that somebody added a restriction to. What such a
/// license says of itself, as fonts' licenses that exclude the sale of the font alone, is no rider to it.
fn licenses_in(text: &str) -> Vec<(u32, u32)> {
    let know = Knowledge::embedded();
    let identified = identify(text);
    let changed =
        |lines: (u32, u32)| identified.changes.iter().any(|c| c.lines.0 <= lines.1 && lines.0 <= c.lines.1);
    let plain = |license: &str| Expr::parse(license).is_some_and(|e| !restricts(e.category(know)));
    let whole =
        identified.found.iter().filter(|f| f.kind == Kind::Text && plain(&f.license) && !changed(f.lines));
    whole.map(|f| f.lines).collect()
}

/// Whether a class of licenses restricts use by itself.
fn restricts(category: Category) -> bool {
    matches!(category, Category::SourceAvailable | Category::AiCustom | Category::Proprietary)
}

/// What stands above each line of a README.
struct Surroundings {
    /// By line: below a heading that speaks of terms.
    terms: Vec<bool>,
    /// By line: inside a block of code.
    code: Vec<bool>,
}

impl Surroundings {
    fn read(text: &str) -> Surroundings {
        let lines: Vec<&str> = text.lines().collect();
        let (mut terms, mut code) = (Vec::with_capacity(lines.len()), Vec::with_capacity(lines.len()));
        // The headings that the line stands below, the outermost first, each with its level.
        let mut above: Vec<(usize, bool)> = Vec::new();
        let mut fence: Option<&str> = None;
        for (at, line) in lines.iter().enumerate() {
            let bare = line.trim_start();
            let mark = ["```", "~~~"].into_iter().find(|mark| bare.starts_with(mark));
            match (fence, mark) {
                (None, Some(mark)) => fence = Some(mark),
                (Some(open), Some(mark)) if open == mark => fence = None,
                (None, None) => {
                    if let Some((level, title)) = heading(line, lines.get(at + 1).copied().unwrap_or("")) {
                        above.retain(|(outer, _)| *outer < level);
                        above.push((level, names_terms(title)));
                    }
                }
                _ => {}
            }
            terms.push(above.iter().any(|(_, terms)| *terms));
            code.push(fence.is_some() || mark.is_some());
        }
        Surroundings { terms, code }
    }

    /// Whether a sentence speaks of the package whose README it stands in.
    fn speaks_of(&self, component: &Component, hit: &ClauseHit) -> bool {
        let line = hit.lines.0.saturating_sub(1) as usize;
        let at = |lines: &[bool]| lines.get(line).copied().unwrap_or(false);
        if at(&self.terms) {
            return true;
        }
        !at(&self.code) && names_itself(&hit.sentence, component)
    }
}

/// Level and title of a heading: marked with signs, underlined, or tagged. A line in bold alone is one too.
fn heading<'t>(line: &'t str, next: &str) -> Option<(usize, &'t str)> {
    let bare = line.trim();
    let signs = bare.len() - bare.trim_start_matches(['#', '=']).len();
    if (1..=6).contains(&signs) && bare[signs..].starts_with(char::is_whitespace) {
        return Some((signs, &bare[signs..]));
    }
    let tag = bare.get(..3).filter(|tag| tag.starts_with("<h") || tag.starts_with("<H"));
    if let Some(level) = tag.and_then(|tag| tag[2..].parse::<usize>().ok()) {
        return Some((level, bare));
    }
    let under = next.trim();
    let rule = under.len() >= 3
        && under
            .chars()
            .next()
            .is_some_and(|c| "=-~^\"'*+".contains(c) && under.bytes().all(|b| b == c as u8));
    if rule && bare.len() < 80 && bare.contains(char::is_alphanumeric) {
        let level = if under.starts_with('=') { 1 } else { 2 };
        return Some((level, bare));
    }
    let bold = bare.len() < 60 && bare.starts_with("**") && bare.trim_end_matches(':').ends_with("**");
    (bold && bare.len() > 4).then_some((7, bare))
}

/// Whether a heading announces the terms of the package.
fn names_terms(title: &str) -> bool {
    let mut words = title.split(|c: char| !c.is_alphanumeric()).map(str::to_ascii_lowercase);
    words.any(|word| {
        matches!(
            word.as_str(),
            "license"
                | "licence"
                | "licenses"
                | "licences"
                | "licensing"
                | "terms"
                | "copyright"
                | "copying"
                | "legal"
                | "restriction"
                | "restrictions"
        )
    })
}

/// Whether a sentence names the package: by its name, or by words that stand for it.
fn names_itself(sentence: &str, component: &Component) -> bool {
    let words: Vec<String> = sentence
        .split(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_' | '.')))
        .map(bare)
        .filter(|word| !word.is_empty())
        .collect();
    let name = bare(component.name.rsplit('/').next().unwrap_or(""));
    // `chart-lines` is also written `Chart Lines`.
    let named = |from: usize| {
        let mut rest = name.as_str();
        for word in words[from..].iter().take(3) {
            match rest.strip_prefix(word.as_str()) {
                Some("") => return true,
                Some(left) => rest = left,
                None => return false,
            }
        }
        false
    };
    let stands_for = |at: usize| {
        let thing = |word: &String| THINGS.contains(&word.as_str());
        DETERMINERS.contains(&words[at].as_str()) && words[at + 1..].iter().take(3).any(thing)
    };
    let it = words.first().is_some_and(|word| word == "it");
    it || (0..words.len()).any(|at| (name.len() > 2 && named(at)) || stands_for(at))
}

/// A word without signs and capitals.
fn bare(word: &str) -> String {
    word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// What points at the thing that is spoken of.
const DETERMINERS: &[&str] = &["this", "these", "the", "our"];

/// What a package calls itself.
const THINGS: &[&str] = &[
    "software",
    "library",
    "package",
    "project",
    "code",
    "program",
    "programme",
    "module",
    "crate",
    "plugin",
    "tool",
    "work",
    "product",
    "font",
    "fonts",
    "source",
    "repository",
    "model",
    "models",
    "dataset",
    "data",
    "framework",
    "component",
    "sdk",
];

/// Findings on riders. What a license says already is no rider to it: a dependency whose license is known to restrict
/// is judged by that license.
pub fn judge_riders(graph: &Graph, riders: &[Rider]) -> Vec<Finding> {
    if riders.is_empty() {
        return Vec::new();
    }
    let mut sorted: Vec<&Rider> = riders.iter().collect();
    sorted.sort_by(|a, b| {
        let key = |r: &Rider| (r.component, r.place, r.hit.lines);
        key(a).cmp(&key(b)).then_with(|| a.location.cmp(&b.location))
    });
    let paths = graph.paths();
    let mut told: BTreeSet<(usize, ClauseKind, &str)> = BTreeSet::new();
    let mut places: BTreeSet<(&Location, ClauseKind, &str)> = BTreeSet::new();
    let mut findings = Vec::new();
    for rider in sorted {
        let package = &graph.components[rider.component];
        // Each sentence of the project's own is its own question. A lockfile repeats what the manifest says, and
        // packages of one folder share its README.
        let sentence = if package.first_party { rider.hit.sentence.as_str() } else { "" };
        let shared = package.first_party && !places.insert((&rider.location, rider.hit.kind, sentence));
        let stated =
            restricts(package.licenses.category) && !(package.first_party && rider.place != Place::License);
        if stated || shared || !told.insert((rider.component, rider.hit.kind, sentence)) {
            continue;
        }
        let path = match paths.to(rider.component) {
            reached if package.first_party || reached.is_empty() => vec![package.id.clone()],
            reached => reached.into_iter().map(|c| graph.components[c].id.clone()).collect(),
        };
        findings.push(finding(package, rider, path));
    }
    findings
}

fn finding(package: &Component, rider: &Rider, path: Vec<String>) -> Finding {
    let (code, action, text) = match (rider.place, package.first_party) {
        (Place::Readme, true) => ("readme-rider", "state-terms", OWN),
        (Place::Readme, false) => ("readme-rider", "find-out", OTHERS),
        (_, true) => ("manifest-rider", "state-terms", OWN),
        (_, false) => ("manifest-rider", "find-out", OTHERS),
    };
    Finding {
        code: code.to_string(),
        severity: Severity::Warning,
        component: package.id.clone(),
        path,
        message: format!(
            "{} restricts beyond {} ({}): “{}”",
            rider.location,
            package.licenses.concluded.as_deref().unwrap_or("any stated license"),
            rider.hit.kind.word(),
            rider.hit.sentence
        ),
        clauses: Vec::new(),
        remedies: vec![Remedy { action: action.to_string(), text: text.to_string() }],
    }
}

const OWN: &str =
    "review whether the sentence is meant for this product; if so, state its terms in the license";
const OTHERS: &str =
    "review whether the sentence limits the license of this version; ask its authors where it is not clear";

#[cfg(test)]
mod tests {
    use licit_model::{Licenses, Relationship, Scope, Source};

    use super::*;

    fn package(name: &str, first_party: bool, category: Category) -> Component {
        Component {
            id: format!("pkg:npm/{name}@1.0.0"),
            purl: None,
            ecosystem: None,
            kind: licit_model::Kind::Library,
            name: name.to_string(),
            version: "1.0.0".to_string(),
            requested: None,
            scope: Scope::Runtime,
            relationship: Relationship::Direct,
            first_party,
            locations: Vec::new(),
            source: Source::Unknown,
            hashes: Vec::new(),
            licenses: Licenses { category, ..Licenses::default() },
            freshness: None,
            model: None,
        }
    }

    fn words(place: Place, line: Option<u32>, text: &str) -> Words<'_> {
        Words {
            component: 0,
            place,
            location: Location::new("README.md", line),
            text,
            passages: vec![(1, text)],
        }
    }

    fn lines(text: &str) -> Vec<u32> {
        let component = package("@acme/gizmo", false, Category::Permissive);
        let riders = read_riders(&component, &words(Place::Readme, Some(1), text));
        riders.iter().filter_map(|r| r.location.line).collect()
    }

    #[test]
    fn a_readme_of_others_counts_where_it_speaks_of_its_package() {
        assert_eq!(lines("# Gizmo\n\nThis library may not be used for commercial purposes.\n"), [3]);
        assert_eq!(lines("This small Python package is not for commercial use.\n"), [1]);
        assert_eq!(lines("Gizmo may only be used for research purposes.\n"), [1]);
        assert_eq!(lines("## License\n\nMIT.\n\nNot for commercial use.\n"), [5]);
        assert_eq!(lines("License\n-------\n\nNot for commercial use.\n"), [4]);
        assert_eq!(
            lines("<h2 align=\"center\">Terms of use</h2>\n\n### Money\n\nNot for commercial use.\n"),
            [5]
        );
        assert_eq!(lines("**License**\n\nCommercial use is prohibited.\n"), [3]);
    }

    #[test]
    fn words_about_others_and_code_do_not() {
        let others = "The sample pictures of the Example Archive are not for commercial use.\n";
        assert!(lines(others).is_empty());
        assert!(lines("## License\n\nMIT\n\n## Pictures\n\nNot for commercial use.\n").is_empty());
        let code = "```js\n// You may not use this software for commercial purposes.\n```\n";
        assert!(lines(code).is_empty());
    }

    #[test]
    fn the_place_counts_from_the_first_word() {
        let component = package("gizmo", false, Category::Permissive);
        let text = "\nThis package is not for commercial use.\n";
        let riders = read_riders(&component, &words(Place::Readme, Some(10), text));
        assert_eq!(riders[0].location, Location::new("README.md", Some(11)));
        let later = Words { passages: vec![(2, &text[1..])], ..words(Place::Readme, Some(10), text) };
        assert_eq!(read_riders(&component, &later), riders);
    }

    #[test]
    fn a_dependency_is_asked_about_once_a_kind_and_not_beside_a_restricting_license() {
        let text = "This package is not for commercial use. You may not use this package for commercial purposes. \
            You may not sell this package.";
        let count = |first_party, category| {
            let component = package("gizmo", first_party, category);
            let mut riders = read_riders(&component, &words(Place::Readme, None, text));
            riders.extend(read_riders(&component, &words(Place::Description, None, text)));
            let graph = Graph { components: vec![component], ..Graph::default() };
            judge_riders(&graph, &riders).iter().map(|f| f.code.clone()).collect::<Vec<_>>()
        };
        assert_eq!(count(false, Category::Permissive), ["manifest-rider", "manifest-rider"]);
        assert_eq!(count(false, Category::Unknown).len(), 2);
        assert!(count(false, Category::SourceAvailable).is_empty());
        assert_eq!(count(true, Category::Permissive).len(), 3);
        assert_eq!(count(true, Category::SourceAvailable).len(), 3);
    }

    #[test]
    fn hostile_headings_and_fences_end() {
        let text = format!(
            "{}\n{}\n{}",
            "#".repeat(10_000),
            "```\n".repeat(1001),
            "Not for commercial use.\n---\n".repeat(500)
        );
        assert!(lines(&text).is_empty());
    }
}
