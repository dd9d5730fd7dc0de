//! The license databases that the user named, opened.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use licit_license::know::{Change, Changes};
use licit_license::store::{Database, StoreError, is_newer, newest, relicensing};
use licit_license::{Knowledge, Statement};
use licit_model::{Component, Freshness, Graph, Problem, Purl, Source};

/// A larger file is no database of this format, whose sections end at 4 GiB.
const LONGEST: u64 = 8 << 30;

/// Opened databases with the names that evidence has for them.
#[derive(Debug, Default)]
pub(crate) struct Databases {
    opened: Vec<(String, Database)>,
}

impl Databases {
    /// Opens every one; a file that the user named and that is none is an error, since a scan without it would say
    /// less than was asked for.
    pub(crate) fn open(paths: &[PathBuf]) -> anyhow::Result<Databases> {
        let open = |path: &PathBuf| Ok((file_name(path), open(path)?));
        Ok(Databases { opened: paths.iter().map(open).collect::<anyhow::Result<_>>()? })
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.opened.is_empty()
    }

    /// What all of them say of a package. A database whose content turns out to be malformed is a problem of the scan.
    pub(crate) fn statements(&self, purl: &Purl, problems: &mut Vec<Problem>) -> Vec<Statement> {
        let mut all = Vec::new();
        for (name, database) in &self.opened {
            match database.statements(purl, name) {
                Ok(statements) => all.extend(statements),
                Err(error) => damaged(name, &error, problems),
            }
        }
        all
    }

    /// Notes newer releases that the databases know. A malformed database has been told of where it was asked before.
    pub(crate) fn note_newer(&self, graph: &mut Graph) {
        if self.is_empty() {
            return;
        }
        for component in &mut graph.components {
            let Some(purl) = package(component).filter(|_| !component.version.is_empty()) else { continue };
            let named = self.opened.iter().map(|(name, database)| (name.as_str(), database));
            if let Ok(Some((version, name))) = newest(named, &purl)
                && is_newer(&version, &component.version)
            {
                let facts = Freshness {
                    newest: Some(version),
                    sources: vec![name.to_string()],
                    ..Freshness::default()
                };
                component.freshness.get_or_insert_default().add(facts);
            }
        }
    }

    /// The license changes that are on record, with those that the databases show between versions of the graph's
    /// packages.
    pub(crate) fn changes(
        &self,
        graph: &Graph,
        know: &Knowledge,
        problems: &mut Vec<Problem>,
    ) -> Cow<'static, Changes> {
        let written = Changes::embedded();
        if self.is_empty() {
            return Cow::Borrowed(written);
        }
        let mut seen: BTreeMap<String, Change> = BTreeMap::new();
        let mut asked: BTreeSet<String> = BTreeSet::new();
        for purl in graph.components.iter().filter_map(package) {
            let Some(key) = licit_license::store::key(&purl) else { continue };
            if written.of(&purl).is_some() || !asked.insert(key) {
                continue;
            }
            let named = self.opened.iter().map(|(name, database)| (name.as_str(), database));
            match relicensing(named, &purl, know) {
                Ok(found) => seen.extend(found),
                Err(error) => {
                    for (name, database) in &self.opened {
                        if database.history(&purl).is_err() {
                            damaged(name, &error, problems);
                        }
                    }
                }
            }
        }
        if seen.is_empty() { Cow::Borrowed(written) } else { Cow::Owned(written.with(seen)) }
    }
}

/// The package of a component as databases know it; none for the project's own and for what no registry gave, of which
/// a database can only know a namesake.
pub(crate) fn package(component: &Component) -> Option<Purl> {
    let from_registry = matches!(component.source, Source::Registry(_) | Source::Unknown);
    if component.first_party || !from_registry {
        return None;
    }
    Purl::parse(component.purl.as_deref()?).ok()
}

/// Tells once that a database's content is malformed.
fn damaged(name: &str, error: &StoreError, problems: &mut Vec<Problem>) {
    let message = format!("nothing was taken from this license database for some packages: {error}");
    let problem = Problem { path: name.to_string(), line: None, message, loses: true };
    if !problems.contains(&problem) {
        problems.push(problem);
    }
}

/// Reads one database whole.
pub(crate) fn open(path: &Path) -> anyhow::Result<Database> {
    let cannot = || format!("cannot read the license database {}", path.display());
    let file = std::fs::File::open(path).with_context(cannot)?;
    let size = file.metadata().with_context(cannot)?.len();
    if size > LONGEST {
        bail!("{}: it has {size} bytes, which no license database has", path.display());
    }
    let mut bytes = Vec::with_capacity(size as usize);
    file.take(LONGEST).read_to_end(&mut bytes).with_context(cannot)?;
    Database::open(bytes).with_context(cannot)
}

/// The last part of a path: the folder is the reader's own.
pub(crate) fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}
