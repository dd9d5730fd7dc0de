//! The command line's words.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand};

/// Finds every component of a codebase, the license it really carries, and where license terms collide with how
/// the product is shipped.
#[derive(Debug, Parser)]
#[command(name = "licit", version, max_term_width = 100)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Walk a tree, list its components with their licenses, and judge them
    Scan(Scan),
    /// Say which licenses files state
    Identify(Identify),
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Identify {
    /// Files, or folders with everything below them
    #[arg(required = true)]
    pub(crate) paths: Vec<PathBuf>,

    /// human or jsonl
    #[arg(long, default_value = "human")]
    pub(crate) format: String,

    /// Also list copyright statements with their holders and years
    #[arg(long)]
    pub(crate) copyrights: bool,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "Exit codes: 0 done, 2 usage or configuration, 3 not complete and --strict.\n\
    Nothing of the scanned project is executed and the network is not asked.")]
pub(crate) struct Scan {
    /// A folder, or one lockfile
    #[arg(default_value = ".")]
    pub(crate) path: PathBuf,

    /// What to write: human, json or cyclonedx-json; with =FILE into a file. May be given several times
    #[arg(short, long, value_name = "FORMAT[=FILE]", default_value = "human")]
    pub(crate) output: Vec<String>,

    /// The license under which the product goes out: an SPDX expression, or `proprietary`
    #[arg(long, value_name = "LICENSE")]
    pub(crate) outbound: Option<String>,

    /// How the product reaches others: binary, source, saas, internal or embedded
    #[arg(long, value_name = "HOW")]
    pub(crate) distribution: Option<String>,

    /// The configuration; otherwise the nearest licit.toml from PATH upwards is read
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    /// What the project is called in reports, where the folder's name will not do
    #[arg(long)]
    pub(crate) name: Option<String>,

    /// Who supplies the project, for SBOMs
    #[arg(long, value_name = "ORGANIZATION")]
    pub(crate) supplier: Option<String>,

    /// Who answers for the SBOM
    #[arg(long, value_name = "NAME")]
    pub(crate) author: Option<String>,

    /// End with 3 where something could not be read
    #[arg(long)]
    pub(crate) strict: bool,

    /// Let cargo resolve features and targets (runs `cargo metadata --offline --locked` on the scanned manifests)
    #[arg(long)]
    pub(crate) with_cargo: bool,

    /// Also read the head of every file of the project for license statements
    #[arg(long)]
    pub(crate) deep: bool,

    /// Do not look at the package managers' caches outside the tree
    #[arg(long)]
    pub(crate) no_caches: bool,

    /// Folders below each other that are listed
    #[arg(long, value_name = "N", default_value_t = 128)]
    pub(crate) max_depth: usize,

    /// Entries that are listed
    #[arg(long, value_name = "N", default_value_t = 5_000_000)]
    pub(crate) max_entries: usize,

    /// Size of a manifest or lockfile that is read, in MiB
    #[arg(long, value_name = "MIB", default_value_t = 128)]
    pub(crate) max_file_size: u64,

    /// List everything that is otherwise counted
    #[arg(short, long)]
    pub(crate) verbose: bool,

    /// No progress and no notes
    #[arg(short, long)]
    pub(crate) quiet: bool,
}
