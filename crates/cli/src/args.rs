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
    /// Hold a tree against the policy of licit.toml, or the built-in one: the gate for CI
    Check(Check),
    /// Say which licenses files state
    Identify(Identify),
    /// Say whether a component may be part of a work under a license, or which licenses a product could carry
    Compat(Compat),
    /// List the AI models and datasets that code and configuration name
    Models(Models),
    /// Explain a license, an exception, a clause, a class, a finding, or how two licenses go together
    Explain(Explain),
    /// Build a local license database, or show what one holds
    Db(Db),
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Db {
    #[command(subcommand)]
    pub(crate) command: DbCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DbCommand {
    /// Build a database from scans, SBOMs, package caches, exports and other databases
    Build(DbBuild),
    /// Show what a database holds, or what it says of one package
    Info(DbInfo),
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "FROM is any of\n  \
    a scan (licit scan -o json), a CycloneDX or SPDX 2 document as JSON, another database\n  \
    ClearlyDefined definitions, or an export of deps.dev (JSON lines, or CSV with System, Name, Version, Licenses)\n  \
    a folder: a cargo home, registry or vendor folder, node_modules, site-packages\n\n\
    Examples:\n  \
    licit db build ~/.cargo/registry node_modules -o licit.db\n  \
    licit db build scan.json export.ndjson.gz -o licit.db --sign key.pem")]
pub(crate) struct DbBuild {
    /// Where the licenses are taken from
    #[arg(required = true)]
    pub(crate) from: Vec<PathBuf>,

    /// The database
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,

    /// Sign it with an Ed25519 key: PEM as `openssl genpkey -algorithm ed25519` writes it, or 32 bytes in hex or base64
    #[arg(long, value_name = "KEYFILE")]
    pub(crate) sign: Option<PathBuf>,

    /// Say nothing of what was read
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:\n  \
    licit db info licit.db --verify key.pub.pem\n  \
    licit db info licit.db pkg:cargo/serde@1.0.0")]
pub(crate) struct DbInfo {
    /// The database
    pub(crate) file: PathBuf,

    /// A package: what is known of it, and where its license changes
    pub(crate) purl: Option<String>,

    /// Fail unless this key signed it: a file, or the key in hex or base64
    #[arg(long, value_name = "PUBKEY")]
    pub(crate) verify: Option<String>,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:\n  \
    licit compat --outbound MIT --component GPL-3.0-only --context 'static-link;distribute-binary'\n  \
    licit compat --batch cases.tsv --format jsonl\n  \
    licit compat --outbound '*' .")]
pub(crate) struct Compat {
    /// The license of the work: an SPDX expression, `proprietary`, or `*` for all that PATH could carry
    #[arg(long, value_name = "LICENSE")]
    pub(crate) outbound: Option<String>,

    /// The license of the component: an SPDX expression, NONE or NOASSERTION
    #[arg(long, value_name = "LICENSE")]
    pub(crate) component: Option<String>,

    /// How it is used: words such as static-link, dynamic-link, separate-process, copied-source, generated-code,
    /// build-tool, distribute-binary, distribute-source, saas, internal, modified, with `;` between
    #[arg(long, value_name = "WORDS", default_value = "static-link;distribute-binary")]
    pub(crate) context: String,

    /// A table with the columns id, outbound, component and context, tabs between them
    #[arg(long, value_name = "FILE", conflicts_with_all = ["component", "outbound"])]
    pub(crate) batch: Option<PathBuf>,

    /// The product, for --outbound '*'
    pub(crate) path: Option<PathBuf>,

    /// How the product reaches others, for --outbound '*'
    #[arg(long, value_name = "HOW")]
    pub(crate) distribution: Option<String>,

    /// human or jsonl
    #[arg(long, default_value = "human")]
    pub(crate) format: String,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:\n  \
    licit explain GPL-3.0-only\n  \
    licit explain 'GPL-2.0-only WITH Classpath-exception-2.0'\n  \
    licit explain 'GPL-3.0-only §5(c)'\n  \
    licit explain weak-copyleft\n  \
    licit explain reciprocity-conflict\n  \
    licit explain GPL-2.0-only Apache-2.0")]
pub(crate) struct Explain {
    /// A license, exception, clause, class or finding code; or two licenses
    #[arg(required = true, value_name = "ID")]
    pub(crate) words: Vec<String>,

    /// For two licenses: how the one is used in a work under the other, in the words of `licit compat`
    #[arg(long, value_name = "WORDS", default_value = "static-link;distribute-binary")]
    pub(crate) context: String,

    /// human or json
    #[arg(long, default_value = "human")]
    pub(crate) format: String,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:\n  \
    licit models\n  \
    licit models services/chat --format jsonl\n  \
    licit models --batch cases.tsv --format jsonl\n\n\
    Code is parsed and never run, and no hub is asked.")]
pub(crate) struct Models {
    /// A folder, an archive, a container image, or one file
    #[arg(default_value = ".")]
    pub(crate) path: PathBuf,

    /// Read this branch, tag or commit of the git repository at the path instead of its files
    #[arg(long, value_name = "REVISION", conflicts_with = "batch")]
    pub(crate) rev: Option<String>,

    /// Judge a table of models instead: columns case_id, model, card_label, base_chain, relation, use_context,
    /// mau_at_release, mau_now, annual_revenue_usd, entity_location, users_in, outputs_train; tabs between
    #[arg(long, value_name = "FILE", conflicts_with = "path")]
    pub(crate) batch: Option<PathBuf>,

    /// human or jsonl
    #[arg(long, default_value = "human")]
    pub(crate) format: String,

    /// List every place
    #[arg(short, long)]
    pub(crate) verbose: bool,
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
    Nothing of the scanned project is executed, and the network is asked only with --online.")]
pub(crate) struct Scan {
    #[command(flatten)]
    pub(crate) tree: Tree,

    /// What to write: human, json or cyclonedx-json; with =FILE into a file. May be given several times
    #[arg(short, long, value_name = "FORMAT[=FILE]", default_value = "human")]
    pub(crate) output: Vec<String>,

    /// End with 3 where something could not be read
    #[arg(long)]
    pub(crate) strict: bool,
}

#[derive(Debug, ClapArgs)]
#[command(
    after_help = "Exit codes: 0 passes, 1 the policy says no, 2 usage or configuration, 3 not complete.\n\
    Without a [policy] in licit.toml conflicts fail, warnings warn, and an unknown license on a shipped path fails.\n\n\
    Examples:\n  \
    licit check\n  \
    licit check --outbound proprietary --format json -o cyclonedx-json=sbom.json"
)]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) tree: Tree,

    /// How the verdict is written: human or json
    #[arg(long, default_value = "human")]
    pub(crate) format: String,

    /// Also write the scan, as `licit scan -o` does, into a file. May be given several times
    #[arg(short, long, value_name = "FORMAT=FILE")]
    pub(crate) output: Vec<String>,
}

impl Tree {
    /// A tree with the flags of a scan at their defaults.
    pub(crate) fn of(path: &std::path::Path, distribution: Option<&str>) -> Tree {
        #[derive(Parser)]
        struct Alone {
            #[command(flatten)]
            tree: Tree,
        }
        let mut tree = Alone::parse_from(["licit"]).tree;
        tree.path = path.to_path_buf();
        tree.distribution = distribution.map(str::to_string);
        tree
    }
}

/// What is scanned and how: the flags of every command that runs the whole pipeline.
#[derive(Debug, ClapArgs)]
pub(crate) struct Tree {
    /// A folder, one lockfile, an archive (zip, jar, wheel, tar …), a container image (OCI or `docker save`), or an SBOM
    #[arg(default_value = ".")]
    pub(crate) path: PathBuf,

    /// Read a branch, a tag or a commit of the git repository that PATH is or lies in, instead of its files
    #[arg(long, value_name = "REV", allow_hyphen_values = false)]
    pub(crate) rev: Option<String>,

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

    /// Let cargo resolve features and targets (runs `cargo metadata --offline --locked` on the scanned manifests)
    #[arg(long)]
    pub(crate) with_cargo: bool,

    /// Also read the head of every file of the project for license statements
    #[arg(long)]
    pub(crate) deep: bool,

    /// Do not look at the package managers' caches outside the tree, nor remember license texts between scans
    #[arg(long)]
    pub(crate) no_caches: bool,

    /// A license database (see `licit db`) that is asked where neither tree nor copies state a license. May be given
    /// several times
    #[arg(long, value_name = "FILE")]
    pub(crate) db: Vec<PathBuf>,

    /// Ask deps.dev, and the registries of your own client configuration, for licenses that nothing on disk states
    #[arg(long)]
    pub(crate) online: bool,

    /// Take what was answered to --online earlier, and ask nobody
    #[arg(long, conflicts_with = "no_caches")]
    pub(crate) offline_replay: bool,

    /// Folders below each other that are listed
    #[arg(long, value_name = "N", default_value_t = 128)]
    pub(crate) max_depth: usize,

    /// Entries that are listed
    #[arg(long, value_name = "N", default_value_t = 5_000_000)]
    pub(crate) max_entries: usize,

    /// Size of a file that is read, in MiB; text may have a quarter of it
    #[arg(long, value_name = "MIB", default_value_t = 128)]
    pub(crate) max_file_size: u64,

    /// List everything that is otherwise counted
    #[arg(short, long)]
    pub(crate) verbose: bool,

    /// No progress and no notes
    #[arg(short, long)]
    pub(crate) quiet: bool,
}
