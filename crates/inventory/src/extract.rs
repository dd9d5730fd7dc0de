//! The extractors: one file format each, and the one table of them all.
//!
//! An extractor reads one file that the walk found. It never walks, never fails and never asks the network; what
//! it cannot read becomes a problem with a line. Files are joined with their neighbours in [`crate::resolve`].

use std::cell::OnceCell;

use licit_model::Found;

pub mod build_gradle;
pub mod bun_lock;
pub mod cargo_lock;
pub mod cargo_metadata;
pub mod cargo_toml;
pub mod compose;
pub mod composer;
pub mod composer_installed;
pub mod composer_json;
pub mod composer_lock;
pub mod conan_lock;
pub mod deno_lock;
pub mod deps_json;
pub mod dockerfile;
pub mod gemfile;
pub mod gemfile_lock;
pub mod gemspec;
pub mod go_mod;
pub mod go_sum;
pub mod gradle_lockfile;
pub mod hackage;
pub mod json;
pub mod mix_lock;
pub mod msbuild;
pub mod names;
pub mod npm;
pub mod nuget;
pub mod package_json;
pub mod package_lock;
pub mod package_resolved;
pub mod packages_config;
pub mod packages_lock;
pub mod pdm_lock;
pub mod pipfile;
pub mod pipfile_lock;
pub mod pnpm_lock;
pub mod pnpm_workspace;
pub mod podfile_lock;
pub mod poetry_lock;
pub mod pom_xml;
pub mod project_assets;
pub mod pubspec_lock;
pub mod pylock;
pub mod pyproject;
pub mod python;
pub mod requirements;
pub mod ruby;
pub mod toml;
pub mod tree;
pub mod uv_lock;
pub mod verification_metadata;
pub mod version_catalog;
pub mod xml;
pub mod yaml;
pub mod yarn_lock;

/// Reads one file format.
pub trait Extractor: Sync {
    /// Stable name; also the folder of its fixtures below `fixtures/extract`.
    fn name(&self) -> &'static str;

    /// Globs on the file's name (without a `/`) or on its path (with one).
    fn files(&self) -> &'static [&'static str];

    /// Reads the file into `found`; a fresh [`Found`] with path and extractor set is given.
    fn extract(&self, file: &File<'_>, found: &mut Found);
}

/// Every extractor. A new format is one file, one fixture folder and one line here.
pub const EXTRACTORS: &[&dyn Extractor] = &[
    &bun_lock::BunLock,
    &build_gradle::BuildGradle,
    &cargo_lock::CargoLock,
    &cargo_metadata::CargoMetadata,
    &cargo_toml::CargoToml,
    &compose::Compose,
    &composer_installed::ComposerInstalled,
    &composer_json::ComposerJson,
    &composer_lock::ComposerLock,
    &conan_lock::ConanLock,
    &deno_lock::DenoLock,
    &deps_json::DepsJson,
    &dockerfile::Dockerfile,
    &gemfile::Gemfile,
    &gemfile_lock::GemfileLock,
    &gemspec::Gemspec,
    &go_mod::GoMod,
    &go_sum::GoSum,
    &gradle_lockfile::GradleLockfile,
    &hackage::CabalFreeze,
    &hackage::StackLock,
    &mix_lock::MixLock,
    &msbuild::MsBuild,
    &package_json::PackageJson,
    &package_lock::PackageLock,
    &package_resolved::PackageResolved,
    &packages_config::PackagesConfig,
    &packages_lock::PackagesLock,
    &pdm_lock::PdmLock,
    &pipfile::Pipfile,
    &pipfile_lock::PipfileLock,
    &pnpm_lock::PnpmLock,
    &pnpm_workspace::PnpmWorkspace,
    &podfile_lock::PodfileLock,
    &poetry_lock::PoetryLock,
    &pom_xml::PomXml,
    &project_assets::ProjectAssets,
    &pubspec_lock::PubspecLock,
    &pylock::Pylock,
    &pyproject::Pyproject,
    &requirements::Requirements,
    &uv_lock::UvLock,
    &verification_metadata::VerificationMetadata,
    &version_catalog::VersionCatalog,
    &yarn_lock::YarnLock,
];

/// One file's bytes with what an extractor needs to point into them.
pub struct File<'a> {
    path: &'a str,
    bytes: &'a [u8],
    lines: OnceCell<Vec<u32>>,
}

impl<'a> File<'a> {
    /// `path` is relative to the scanned path and `/`-separated.
    pub fn new(path: &'a str, bytes: &'a [u8]) -> Self {
        File { path, bytes, lines: OnceCell::new() }
    }

    /// Relative to the scanned path, `/`-separated.
    pub fn path(&self) -> &'a str {
        self.path
    }

    /// The last part of the path.
    pub fn name(&self) -> &'a str {
        self.path.rsplit('/').next().unwrap_or(self.path)
    }

    /// The bytes without a byte-order mark.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(self.bytes)
    }

    /// The text without a byte-order mark; notes a problem and gives nothing where it is not UTF-8.
    pub fn text(&self, found: &mut Found) -> Option<&'a str> {
        match std::str::from_utf8(self.bytes()) {
            Ok(text) => Some(text),
            Err(error) => {
                let line = self.line(error.valid_up_to());
                found.lost(Some(line), "the file is not UTF-8; it was left out");
                None
            }
        }
    }

    /// The line, counted from 1, of a byte offset into [`File::bytes`].
    pub fn line(&self, offset: usize) -> u32 {
        let starts = self.lines.get_or_init(|| {
            let newlines = self.bytes().iter().enumerate().filter(|(_, b)| **b == b'\n');
            newlines.map(|(i, _)| i as u32 + 1).collect()
        });
        starts.partition_point(|&start| start as usize <= offset) as u32 + 1
    }

    /// The line of a slice that was borrowed from this file; none where it was copied on the way.
    pub fn line_of(&self, part: &str) -> Option<u32> {
        let base = self.bytes().as_ptr() as usize;
        let at = part.as_ptr() as usize;
        (at >= base && at + part.len() <= base + self.bytes().len()).then(|| self.line(at - base))
    }
}
