//! The last rung of the ladder: packages of which nothing on disk states a license are asked for, where the user allows
//! it. Without `--online` nothing here runs, and no connection is made.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use licit_inventory::Progress;
use licit_license::conclude::read_expression;
use licit_license::{Knowledge, Statement};
use licit_model::found::RawLicenseKind;
use licit_model::scan::Unlicensed;
use licit_model::{
    Component, Ecosystem, Evidence, Freshness, Graph, Location, Method, Problem, Purl, Source,
};
use licit_remote::{Answer, Client, Settings, StatedKind, VCS_REVISION};

use crate::clients;
use crate::remembered::Remembered;

/// Whether and how others are asked.
#[derive(Default)]
pub(crate) struct Online {
    client: Option<Client>,
}

/// What came of it.
#[derive(Default)]
pub(crate) struct Asked {
    /// By component: who was asked, the facts that came along, and why nothing is known.
    notes: BTreeMap<usize, Note>,
}

struct Note {
    facts: Freshness,
    why: Option<String>,
}

impl Online {
    /// Nobody is asked.
    pub(crate) fn off() -> Online {
        Online::default()
    }

    /// Others are asked, or, with `replay`, only what they answered earlier is read.
    pub(crate) fn on(scanned: &Path, cache: Option<PathBuf>, replay: bool) -> anyhow::Result<Online> {
        let settings = Settings {
            registries: clients::registries(scanned),
            cache_dir: cache.map(|c| c.join("online")),
            replay,
            ..Settings::default()
        };
        let client = Client::new(settings).context("--online cannot be used")?;
        Ok(Online { client: Some(client) })
    }

    /// Asks for every third party's package of which nobody has said anything yet, and adds what is answered.
    pub(crate) fn ask(
        &self,
        graph: &Graph,
        statements: &mut [Vec<Statement>],
        know: &Knowledge,
        remembered: &Remembered,
        progress: &dyn Progress,
    ) -> Asked {
        let mut asked = Asked::default();
        let Some(client) = &self.client else { return asked };
        // A field that only points at a file which is not there states nothing.
        let points = |s: &Statement| matches!(s, Statement::Field { kind: RawLicenseKind::File, .. });
        let said = graph.components.iter().zip(statements.iter()).enumerate();
        let silent = said.filter(|(_, (_, s))| s.iter().all(points));
        let wanted = silent.filter_map(|(index, (component, _))| Some((index, purl(component)?)));
        let (indices, purls): (Vec<usize>, Vec<Purl>) = wanted.unzip();
        if purls.is_empty() {
            return asked;
        }
        let answers = client.fetch_many(&purls, &Counted(progress));
        for (index, answer) in indices.into_iter().zip(answers) {
            if let Some(list) = statements.get_mut(index) {
                list.extend(read(&answer, know, remembered));
            }
            let facts = Freshness { sources: vec![answer.source], ..answer.facts };
            let note = Note { facts, why: answer.problem };
            asked.notes.insert(index, note);
        }
        asked
    }
}

/// The package as registries know it; none where its bytes do not come from one.
fn purl(component: &Component) -> Option<Purl> {
    if component.first_party || component.version.is_empty() {
        return None;
    }
    let purl = || Purl::parse(component.purl.as_deref()?).ok();
    match &component.source {
        // A gem is the one of its source, and a private name is nobody else's business.
        Source::Registry(Some(remote)) if component.ecosystem == Some(Ecosystem::Gem) => {
            Some(purl()?.with("repository_url", remote))
        }
        // Composer takes most packages of its repositories from git. Which commit it locked tells a fork from them.
        Source::Git(at) if component.ecosystem == Some(Ecosystem::Composer) => {
            let (_, revision) = at.split_once('#').filter(|(_, revision)| !revision.is_empty())?;
            Some(purl()?.with(VCS_REVISION, revision))
        }
        Source::Registry(_) | Source::Unknown => purl(),
        _ => None,
    }
}

/// An answer as statements. All that a server lists applies; where one part of it cannot be read the whole stays
/// unread, since leaving it out would turn "MIT and something else" into MIT.
fn read(answer: &Answer, know: &Knowledge, remembered: &Remembered) -> Vec<Statement> {
    let field = |text: String, kind| Statement::Field {
        method: Method::Online,
        location: Location::new(answer.source.clone(), None),
        text,
        kind,
    };
    let of = |kind| answer.licenses.iter().filter(move |l| l.kind == kind);
    let fields: Vec<&str> = of(StatedKind::Field).map(|l| l.text.as_str()).collect();
    let readable = |text: &&str| read_expression(text, know).expr.is_some();
    let mut statements: Vec<Statement> = if fields.len() > 1 && !fields.iter().all(readable) {
        vec![field(fields.join(" AND "), RawLicenseKind::Expression)]
    } else {
        fields.iter().map(|text| field((*text).to_string(), RawLicenseKind::Expression)).collect()
    };
    statements.extend(of(StatedKind::Classifier).map(|l| field(l.text.clone(), RawLicenseKind::Classifier)));
    statements.extend(of(StatedKind::Text).map(|l| Statement::Text {
        location: Location::new(format!("{}: {}", answer.source, l.place), None),
        begins: l.text.chars().take(200).collect(),
        identified: remembered.identify(&l.text),
    }));
    statements
}

impl Asked {
    /// Writes release dates and the like beside the evidence that they came with.
    pub(crate) fn note(&self, graph: &mut Graph) {
        for (index, note) in &self.notes {
            let (Some(facts), Some(component)) = (note.facts.line(), graph.components.get_mut(*index)) else {
                continue;
            };
            component.freshness.get_or_insert_default().add(note.facts.clone());
            // Beside the answer there is at most a field that points at a file, in the tree or in a copy.
            let answered = |e: &&mut Evidence| matches!(e.method, Method::Online | Method::LicenseFile);
            for evidence in component.licenses.evidence.iter_mut().filter(answered) {
                evidence.note = Some(match evidence.note.take() {
                    Some(said) => format!("{said}; {facts}"),
                    None => facts.clone(),
                });
            }
        }
    }

    /// Adds to the reasons why a license is unknown what asking for it brought.
    pub(crate) fn explain(&self, graph: &Graph, unlicensed: &mut [Unlicensed]) {
        for unknown in unlicensed {
            // The components of a graph are sorted by id.
            let found = graph.components.binary_search_by(|c| c.id.as_str().cmp(&unknown.component));
            if let Some(why) = found.ok().and_then(|i| self.notes.get(&i)).and_then(|n| n.why.as_ref()) {
                unknown.why = format!("{}; asked online: {why}", unknown.why);
            }
        }
    }

    /// One problem for each reason, with how many packages it concerns and the first of them. Nothing is lost from the
    /// scan by it: the components are there, only their licenses are not known.
    pub(crate) fn problems(&self, graph: &Graph) -> Vec<Problem> {
        let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (index, note) in &self.notes {
            if let (Some(why), Some(component)) = (&note.why, graph.components.get(*index)) {
                reasons.entry(why).or_default().push(&component.id);
            }
        }
        let problem = |(why, ids): (&str, Vec<&str>)| {
            let first = ids.first().copied().unwrap_or_default();
            let who = match ids.len() {
                1 => first.to_string(),
                n => format!("{first} and {} more", n - 1),
            };
            let message = format!("the license of {who} is unknown, because {why}");
            Problem { path: "--online".to_string(), line: None, message, loses: false }
        };
        reasons.into_iter().map(problem).collect()
    }
}

/// Progress of asking, in the words of the scan's own progress.
struct Counted<'p>(&'p dyn Progress);

impl licit_remote::Progress for Counted<'_> {
    fn asked(&self, done: usize, of: usize) {
        self.0.stage(&format!("asking online: {done} of {of} packages"));
    }
}

#[cfg(test)]
mod tests {
    use licit_license::conclude;
    use licit_remote::Stated;

    use super::*;

    fn concluded(texts: &[(&str, StatedKind)]) -> Option<String> {
        let stated = |(text, kind): &(&str, StatedKind)| Stated {
            text: (*text).to_string(),
            kind: *kind,
            place: "license".to_string(),
        };
        let answer = Answer {
            purl: Purl::npm("a", "1.0.0"),
            source: "deps.dev".to_string(),
            licenses: texts.iter().map(stated).collect(),
            facts: Freshness::default(),
            problem: None,
        };
        let know = Knowledge::embedded();
        let statements = read(&answer, know, &Remembered::open(None));
        let licenses = conclude(&statements, know);
        assert!(licenses.evidence.iter().all(|e| e.location.path.starts_with("deps.dev")));
        licenses.concluded
    }

    #[test]
    fn what_cannot_be_read_is_not_left_out() {
        use StatedKind::{Classifier, Field, Text};
        assert_eq!(concluded(&[("MIT", Field)]).as_deref(), Some("MIT"));
        assert_eq!(concluded(&[("MIT", Field), ("GPL-2.0", Field)]).as_deref(), Some("MIT AND GPL-2.0-only"));
        assert_eq!(concluded(&[("MIT", Field), ("non-standard", Field)]), None);
        assert_eq!(concluded(&[("non-standard", Field)]), None);
        assert_eq!(
            concluded(&[("License :: OSI Approved :: MIT License", Classifier)]).as_deref(),
            Some("MIT")
        );
        assert_eq!(concluded(&[("Only on Sundays.", Text)]), None);
        assert_eq!(concluded(&[]), None);
    }
}
