//! Where a fact was read, and how.

use serde::{Deserialize, Serialize};

/// A place in the scanned tree or in an installed copy outside it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Location {
    /// Relative to the scanned path, `/`-separated; in an installed copy it begins with the cache's short name.
    pub path: String,
    /// Counted from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// In an image: the layer that the file comes from, as its number counted from 1 and the head of its digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer: Option<String>,
}

impl Location {
    /// A place at a line, or the whole file.
    pub fn new(path: impl Into<String>, line: Option<u32>) -> Self {
        Location { path: path.into(), line, layer: None }
    }
}

impl std::fmt::Display for Location {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}", self.path),
            None => f.write_str(&self.path),
        }
    }
}

/// How a license fact was won: the rungs of the ladder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// The license field of a lockfile.
    Lockfile,
    /// The license field of a manifest in the scanned tree.
    Manifest,
    /// The license field of an installed or cached copy's manifest.
    InstalledManifest,
    /// A license text beside the package.
    LicenseFile,
    /// A fact in licit's own rules, for what carries no file of its own, such as a standard library.
    Rules,
    /// A local license database that the user named.
    Database,
    /// A server that was asked: a registry of the user's, or deps.dev.
    Online,
}

/// One fact about a license, traceable to bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Evidence {
    /// Which rung of the ladder.
    pub method: Method,
    /// Where it stands.
    pub location: Location,
    /// What stands there, verbatim, shortened where it is long.
    pub raw: String,
    /// The SPDX expression it was read as; none where it could not be.
    pub expression: Option<String>,
    /// False where the words may also mean something else, so that a person has to look.
    pub sure: bool,
    /// What was mapped or left open on the way from `raw` to `expression`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Where the text leaves the license that it is read as, in a way that a person has to look at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<String>,
}
