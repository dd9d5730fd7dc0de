//! The extractors: one file format each, and the one table of them all.
//!
//! An extractor reads one file that the walk found. It never walks, never fails and never asks the network; what
//! it cannot read becomes a problem with a line. Files are joined with their neighbours in [`crate::resolve`].

use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};
use std::io::{Read as _, Seek as _, SeekFrom};

use licit_model::Found;

use crate::tree::{Reader, Spot};

pub mod apk;
pub mod bazel;
pub mod bazel_maven;
pub mod binary;
pub mod bower;
pub mod build_gradle;
pub mod bun_lock;
pub mod bun_lockb;
pub mod bundle_banner;
pub mod cabal;
pub mod capabilities;
pub mod cargo_auditable;
pub mod cargo_lock;
pub mod cargo_metadata;
pub mod cargo_toml;
pub mod cartfile;
pub mod ci_images;
pub mod clojure;
pub mod cmake;
pub mod compose;
pub mod composer;
pub mod composer_installed;
pub mod composer_json;
pub mod composer_lock;
pub mod conan_lock;
pub mod conanfile;
pub mod conda;
pub mod conda_environment;
pub mod conda_lock;
pub mod conda_meta;
pub mod control;
pub mod deno_lock;
pub mod deps_json;
pub mod dockerfile;
pub mod dpkg;
pub mod edn;
pub mod elf_note;
pub mod erlang;
pub mod gemfile;
pub mod gemfile_lock;
pub mod gemspec;
pub mod github_actions;
pub mod gitmodules;
pub mod gleam;
pub mod go_binary;
pub mod go_mod;
pub mod go_older;
pub mod go_sum;
pub mod go_work;
pub mod gradle_lockfile;
pub mod hackage;
pub mod helm;
pub mod homebrew;
pub mod import_map;
pub mod ivy;
pub mod jar_manifest;
pub mod json;
pub mod julia;
pub mod kubernetes;
pub mod lexer;
pub mod lua;
pub mod maven_install;
pub mod meson_wrap;
pub mod mix_exs;
pub mod mix_lock;
pub mod msbuild;
pub mod names;
pub mod nix;
pub mod npm;
pub mod nuget;
pub mod nuspec;
pub mod opam;
pub mod os_release;
pub mod package_graph;
pub mod package_json;
pub mod package_lock;
pub mod package_resolved;
pub mod package_swift;
pub mod packages_config;
pub mod packages_lock;
pub mod pacman;
pub mod paket;
pub mod pdm_lock;
pub mod perl;
pub mod pipfile;
pub mod pipfile_lock;
pub mod pixi_lock;
pub mod pnpm_lock;
pub mod pnpm_workspace;
pub mod podfile_lock;
pub mod poetry_lock;
pub mod pom_properties;
pub mod pom_xml;
pub mod portage;
pub mod pre_commit;
pub mod project_assets;
pub mod project_json;
pub mod pubspec;
pub mod pubspec_lock;
pub mod pylock;
pub mod pyproject;
pub mod python;
pub mod python_metadata;
pub mod python_script;
pub mod r_packages;
pub mod repository;
pub mod requirement;
pub mod requirements;
pub mod requirements_in;
pub mod rpm;
pub mod ruby;
pub mod ruby_version;
pub mod sbt;
pub mod sbt_lock;
pub mod setup_cfg;
pub mod setup_py;
pub mod snap;
pub mod stack_yaml;
pub mod terraform;
pub mod toml;
pub mod tree;
pub mod uv_lock;
pub mod vcpkg;
pub mod vendor_modules;
pub mod verification_metadata;
pub mod version_catalog;
pub mod version_resource;
pub mod xml;
pub mod yaml;
pub mod yaml_keys;
pub mod yarn_lock;

/// Reads one file format.
pub trait Extractor: Sync {
    /// Stable name; also the folder of its fixtures below `fixtures/extract`.
    fn name(&self) -> &'static str;

    /// Globs on the file's name (without a `/`) or on its path (with one).
    fn files(&self) -> &'static [&'static str];

    /// First bytes of files that are read whatever they are called, such as those of an executable. Only files are asked
    /// that may be run by their mode or name; see [`crate::walk`].
    fn magic(&self) -> &'static [&'static [u8]] {
        &[]
    }

    /// Whether files of these names are so many that none is opened for this format alone: who opens them anyway asks it.
    fn rides_along(&self) -> bool {
        false
    }

    /// Reads the file into `found`; a fresh [`Found`] with path and extractor set is given.
    fn extract(&self, file: &File<'_>, found: &mut Found);
}

/// Every extractor. A new format is one file, one fixture folder and one line here.
pub const EXTRACTORS: &[&dyn Extractor] = &[
    &apk::Apk,
    &bazel::BazelLock,
    &bazel_maven::BazelMaven,
    &bazel::BazelModule,
    &bazel::BazelWorkspace,
    &bower::Bower,
    &build_gradle::BuildGradle,
    &bun_lock::BunLock,
    &bun_lockb::BunLockb,
    &bundle_banner::BundleBanner,
    &cabal::Cabal,
    &cabal::Hpack,
    &cargo_auditable::CargoAuditable,
    &cargo_lock::CargoLock,
    &cargo_metadata::CargoMetadata,
    &cargo_toml::CargoToml,
    &cartfile::Cartfile,
    &cartfile::CartfileResolved,
    &ci_images::CiImages,
    &clojure::DepsEdn,
    &clojure::ProjectClj,
    &cmake::Cmake,
    &compose::Compose,
    &composer_installed::ComposerInstalled,
    &composer_json::ComposerJson,
    &composer_lock::ComposerLock,
    &conan_lock::ConanLock,
    &conanfile::ConanfilePy,
    &conanfile::ConanfileTxt,
    &conda_environment::CondaEnvironment,
    &conda_lock::CondaLock,
    &conda_meta::CondaMeta,
    &deno_lock::DenoLock,
    &deps_json::DepsJson,
    &dockerfile::Dockerfile,
    &dpkg::Dpkg,
    &elf_note::ElfNote,
    &erlang::RebarConfig,
    &erlang::RebarLock,
    &gemfile::Gemfile,
    &gemfile_lock::GemfileLock,
    &gemspec::Gemspec,
    &github_actions::GithubActions,
    &gitmodules::Gitmodules,
    &gleam::GleamLock,
    &gleam::GleamToml,
    &go_binary::GoBinary,
    &go_mod::GoMod,
    &go_older::GlideLock,
    &go_older::Godeps,
    &go_older::GopkgLock,
    &go_sum::GoSum,
    &go_work::GoWork,
    &gradle_lockfile::GradleLockfile,
    &hackage::CabalFreeze,
    &hackage::StackLock,
    &helm::ChartLock,
    &helm::ChartYaml,
    &homebrew::Homebrew,
    &import_map::ImportMap,
    &import_map::ImportmapRb,
    &ivy::Ivy,
    &jar_manifest::JarManifest,
    &julia::JuliaManifest,
    &julia::JuliaProject,
    &kubernetes::Kubernetes,
    &lua::LuarocksLock,
    &lua::Rockspec,
    &maven_install::MavenInstall,
    &meson_wrap::MesonWrap,
    &mix_exs::MixExs,
    &mix_lock::MixLock,
    &msbuild::MsBuild,
    &nix::FlakeLock,
    &nix::NixSources,
    &nuspec::Nuspec,
    &opam::Opam,
    &os_release::OsRelease,
    &package_graph::PackageGraph,
    &package_json::PackageJson,
    &package_lock::PackageLock,
    &package_resolved::PackageResolved,
    &package_swift::PackageSwift,
    &packages_config::PackagesConfig,
    &packages_lock::PackagesLock,
    &pacman::Pacman,
    &paket::PaketDependencies,
    &paket::PaketLock,
    &pdm_lock::PdmLock,
    &perl::Cpanfile,
    &perl::CpanMeta,
    &perl::CpanSnapshot,
    &pipfile::Pipfile,
    &pipfile_lock::PipfileLock,
    &pixi_lock::PixiLock,
    &pnpm_lock::PnpmLock,
    &pnpm_workspace::PnpmWorkspace,
    &podfile_lock::PodfileLock,
    &poetry_lock::PoetryLock,
    &pom_properties::PomProperties,
    &pom_xml::PomXml,
    &portage::Portage,
    &pre_commit::PreCommit,
    &project_assets::ProjectAssets,
    &project_json::ProjectJson,
    &pubspec::Pubspec,
    &pubspec_lock::PubspecLock,
    &pylock::Pylock,
    &pyproject::Pyproject,
    &python_metadata::PythonMetadata,
    &python_script::PythonScript,
    &r_packages::Description,
    &r_packages::PackratLock,
    &r_packages::RenvLock,
    &requirements::Requirements,
    &requirements_in::RequirementsIn,
    &rpm::manifest::Manifest,
    &rpm::package::RpmFile,
    &rpm::Rpm,
    &ruby_version::RubyVersion,
    &sbt::Sbt,
    &sbt_lock::SbtLock,
    &setup_cfg::SetupCfg,
    &setup_py::SetupPy,
    &snap::Snap,
    &stack_yaml::StackYaml,
    &terraform::TerraformFiles,
    &terraform::TerraformLock,
    &uv_lock::UvLock,
    &vcpkg::VcpkgConfiguration,
    &vcpkg::VcpkgJson,
    &vcpkg::VcpkgStatus,
    &vendor_modules::VendorModules,
    &verification_metadata::VerificationMetadata,
    &version_catalog::VersionCatalog,
    &version_resource::VersionResource,
    &yarn_lock::YarnLock,
];

/// The most that is read of a large file at once: the data section of a large program.
pub const PART: u64 = 64 << 20;

/// One file's bytes with what an extractor needs to point into them.
pub struct File<'a> {
    path: &'a str,
    bytes: &'a [u8],
    lines: OnceCell<Vec<u32>>,
    /// Of a large file of which only the head was read: where the rest is, and its size.
    rest: Option<(&'a Spot, u64)>,
    /// The rest, once it was opened.
    reader: RefCell<Option<Reader>>,
    /// The programs in it, once somebody asked.
    programs: OnceCell<Vec<binary::Program>>,
}

impl<'a> File<'a> {
    /// `path` is relative to the scanned path and `/`-separated.
    pub fn new(path: &'a str, bytes: &'a [u8]) -> Self {
        File {
            path,
            bytes,
            lines: OnceCell::new(),
            rest: None,
            reader: RefCell::default(),
            programs: OnceCell::new(),
        }
    }

    /// A file of which only the head was read; what else is needed of it is read with [`File::part`].
    pub fn headed(path: &'a str, head: &'a [u8], at: &'a Spot, size: u64) -> Self {
        File { rest: Some((at, size)), ..File::new(path, head) }
    }

    /// Size of the whole file.
    pub fn size(&self) -> u64 {
        self.rest.map_or(self.bytes.len() as u64, |(_, size)| size)
    }

    /// A part of the file, none where it does not have these bytes. Of what is read from disk at most [`PART`] bytes.
    pub fn part(&self, at: u64, length: u64) -> Option<Cow<'a, [u8]>> {
        let end = at.checked_add(length)?;
        if let (Ok(from), Ok(to)) = (usize::try_from(at), usize::try_from(end))
            && let Some(part) = self.bytes.get(from..to)
        {
            return Some(Cow::Borrowed(part));
        }
        let (spot, _) = self.rest.filter(|(_, size)| end <= *size && length <= PART)?;
        let mut reader = self.reader.borrow_mut();
        if reader.is_none() {
            *reader = Some(spot.open(PART).ok()?.0);
        }
        let reader = reader.as_mut()?;
        reader.seek(SeekFrom::Start(at)).ok()?;
        let mut bytes = Vec::with_capacity(usize::try_from(length).ok()?);
        reader.take(length).read_to_end(&mut bytes).ok()?;
        (bytes.len() as u64 == length).then_some(Cow::Owned(bytes))
    }

    /// The programs in the file; none where it is no program. Several extractors ask for them.
    pub(crate) fn programs(&self) -> &[binary::Program] {
        self.programs.get_or_init(|| binary::read(self))
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

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// What one extractor makes of a text.
    pub(crate) fn read(extractor: &dyn Extractor, path: &str, text: &str) -> Found {
        let mut found = Found::new(path, extractor.name());
        extractor.extract(&File::new(path, text.as_bytes()), &mut found);
        found
    }
}
