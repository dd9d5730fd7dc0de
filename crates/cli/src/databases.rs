//! The license databases that the user named, opened.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use licit_license::Statement;
use licit_license::store::Database;
use licit_model::{Problem, Purl};

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
                Err(error) => {
                    let message =
                        format!("nothing was taken from this license database for some packages: {error}");
                    let problem = Problem { path: name.clone(), line: None, message, loses: true };
                    if !problems.contains(&problem) {
                        problems.push(problem);
                    }
                }
            }
        }
        all
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
