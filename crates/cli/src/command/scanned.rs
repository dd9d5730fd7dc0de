//! What `licit scan` and `licit check` have in common: the product as flags and `licit.toml` describe it, one run of the
//! pipeline, and the reports that are written of it.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use licit_comply::{Distribution, Outbound, Plan};
use licit_inventory::installed::Caches;
use licit_inventory::walk::{Limits, Wanted};
use licit_license::{Knowledge, conclude::read_expression};
use licit_model::Scan;
use licit_report::{Context, DocumentMeta, REPORTS, Report};

use crate::args::Tree;
use crate::config::{self, Config};
use crate::databases::Databases;
use crate::online::Online;
use crate::pipeline::Sources;
use crate::remembered::Remembered;
use crate::watch::Watch;
use crate::{clock, pipeline};

/// A scan with everything that its reports need.
pub(crate) struct Scanned {
    /// The result.
    pub(crate) scan: Scan,
    /// The product as it was described to the judge.
    pub(crate) plan: Plan,
    /// What `licit.toml` says.
    pub(crate) config: Config,
    /// For reports.
    pub(crate) context: Context,
}

/// Runs the pipeline.
pub(crate) fn scanned(args: &Tree) -> anyhow::Result<Scanned> {
    let config = config::load(args.config.as_deref(), &args.path)?;
    let plan = plan(args, &config)?;
    let name = args.name.clone().or(config.name.clone()).unwrap_or_else(|| folder_name(&args.path));
    let remembered = Arc::new(Remembered::open(cache_folder().filter(|_| !args.no_caches).as_deref()));
    // What is asked when the tree has been read is unpacked while it is read.
    let ahead = remembered.clone();
    rayon::spawn(move || pipeline::prepare(&ahead));
    let options = licit_inventory::Options {
        limits: Limits {
            depth: args.max_depth,
            entries: args.max_entries,
            file_bytes: args.max_file_size.saturating_mul(1 << 20),
            every_file: true,
        },
        caches: if args.no_caches {
            Caches::default()
        } else {
            Caches { memory: Some(remembered.clone()), ..caches() }
        },
        with_cargo: args.with_cargo,
        revision: args.rev.clone(),
        lineage: Some(crate::models::lineage),
    };
    let databases = Databases::open(if args.db.is_empty() { &config.databases } else { &args.db })?;
    let watch = Watch::new(args.quiet);
    let online = online(args, &config)?;
    let sources =
        Sources { remembered: &remembered, databases: &databases, online: &online, heads: args.deep };
    let result = pipeline::run(&args.path, &name, (&plan, &config.company), &options, &sources, &watch);
    watch.done();
    remembered.keep();
    let (scan, files) = result?;
    if !args.quiet {
        idle_rules(&scan, &plan);
    }
    let context = Context {
        document: DocumentMeta {
            tool_version: env!("CARGO_PKG_VERSION").to_string(),
            timestamp: clock::timestamp()?,
            author: args.author.clone(),
            supplier: args.supplier.clone().or(config.supplier.clone()),
        },
        width: super::width(),
        verbose: args.verbose,
        files,
    };
    Ok(Scanned { scan, plan, config, context })
}

/// A rule that speaks of no component is most likely misspelled, and the judge would never say so.
fn idle_rules(scan: &Scan, plan: &Plan) {
    for rule in &plan.usage {
        if !scan.graph.components.iter().any(|c| rule.covers(c)) {
            anstream::eprintln!("note: [[usage]] `{}` in licit.toml speaks of no component", rule.component);
        }
    }
}

/// One `-o`.
pub(crate) struct Output {
    report: &'static dyn Report,
    pub(crate) file: Option<PathBuf>,
}

/// Reads every `-o`.
pub(crate) fn outputs(words: &[String]) -> anyhow::Result<Vec<Output>> {
    let mut outputs = Vec::new();
    for word in words {
        let (name, file) = match word.split_once('=') {
            Some((_, "")) => bail!("-o {word}: the file's name is missing behind `=`"),
            Some((name, file)) => (name, Some(PathBuf::from(file))),
            None => (word.as_str(), None),
        };
        let Some(report) = licit_report::by_name(name) else {
            let known: Vec<&str> = REPORTS.iter().map(|r| r.name()).collect();
            let near = config::closest(name, known.iter().copied());
            let hint = near.map(|n| format!("; did you mean `{n}`?")).unwrap_or_default();
            bail!("-o {name}: no such format{hint} Formats are: {}", known.join(", "));
        };
        outputs.push(Output { report, file });
    }
    if outputs.iter().filter(|o| o.file.is_none()).count() > 1 {
        bail!("only one format can go to standard output; give the others a file, as in -o json=scan.json");
    }
    Ok(outputs)
}

/// Writes one report.
pub(crate) fn write(output: &Output, scan: &Scan, context: &Context) -> anyhow::Result<()> {
    match &output.file {
        Some(path) => {
            let mut page = Vec::new();
            output.report.write(scan, context, &mut page)?;
            let mut plain = Vec::with_capacity(page.len());
            // Only the terminal report has colours; a machine format must stay as it is to the byte.
            let bytes = if output.report.name() == "human" {
                anstream::StripStream::new(&mut plain).write_all(&page)?;
                &plain
            } else {
                &page
            };
            std::fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
        }
        None if output.report.name() == "human" => {
            let mut page = Vec::new();
            output.report.write(scan, context, &mut page)?;
            let mut out = anstream::AutoStream::auto(io::stdout());
            out.write_all(&page)?;
            Ok(out.flush()?)
        }
        None => {
            let mut out = io::BufWriter::new(io::stdout().lock());
            output.report.write(scan, context, &mut out)?;
            Ok(out.flush()?)
        }
    }
}

/// What the user said about the product: flags before the file.
fn plan(args: &Tree, config: &Config) -> anyhow::Result<Plan> {
    let (outbound, told_by) = match (&args.outbound, &config.outbound) {
        (Some(word), _) => (Some(outbound(word, "--outbound")?), "--outbound"),
        (None, Some(word)) => (Some(outbound(word, &config.outbound_at)?), "licit.toml"),
        (None, None) => (None, ""),
    };
    let distribution = match (&args.distribution, &config.distribution) {
        (Some(word), _) => distribution(word, "--distribution")?,
        (None, Some(word)) => distribution(word, &config.distribution_at)?,
        (None, None) => Distribution::default(),
    };
    Ok(Plan {
        outbound,
        told_by: told_by.to_string(),
        distribution,
        commercial: config.commercial,
        third_party_service: config.third_party_service,
        usage: config.usage.clone(),
        costs: config.costs,
    })
}

fn distribution(word: &str, from: &str) -> anyhow::Result<Distribution> {
    let words = Distribution::ALL.iter().map(|(w, _)| *w);
    let found = Distribution::ALL.iter().find(|(w, _)| *w == word);
    let near =
        config::closest(word, words.clone()).map(|n| format!("; did you mean `{n}`?")).unwrap_or_default();
    let list = || words.collect::<Vec<_>>().join(", ");
    found
        .map(|(_, d)| *d)
        .with_context(|| format!("{from}: distribution `{word}` is not known; it is one of {}{near}", list()))
}

fn outbound(word: &str, from: &str) -> anyhow::Result<Outbound> {
    if word.eq_ignore_ascii_case("proprietary") {
        return Ok(Outbound::Proprietary);
    }
    let reading = read_expression(word, Knowledge::embedded());
    match reading.expr {
        Some(expr) if reading.sure => Ok(Outbound::Licensed(expr)),
        Some(expr) => bail!("{from}: `{word}` is not one license; say which, for example {expr}"),
        None => {
            bail!("{from}: `{word}` is no SPDX expression; give one such as `Apache-2.0`, or `proprietary`")
        }
    }
}

/// The last part of the path as the user would call it: of a lockfile its folder's, of an archive its own.
fn folder_name(path: &Path) -> String {
    let full = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let beside =
        full.is_file() && full.file_name().is_some_and(|n| Wanted::new().is_read(&n.to_string_lossy()));
    let folder = if beside { full.parent() } else { Some(full.as_path()) };
    let name = folder.and_then(Path::file_name).map(|n| n.to_string_lossy().into_owned());
    name.unwrap_or_else(|| "project".to_string())
}

/// Where package managers keep copies, as their own environment variables say.
fn caches() -> Caches {
    let var = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    let home = var("HOME").or_else(|| var("USERPROFILE"));
    let below = |path: &str| home.as_ref().map(|h| h.join(path));
    let go_path = var("GOPATH").map(|p| p.join("pkg/mod"));
    let environment = var("VIRTUAL_ENV").map(|v| v.join("lib"));
    let site_packages = environment
        .and_then(|lib| std::fs::read_dir(lib).ok())
        .map(|entries| {
            entries.flatten().map(|e| e.path().join("site-packages")).filter(|p| p.is_dir()).collect()
        })
        .unwrap_or_default();
    Caches {
        cargo_home: var("CARGO_HOME").or_else(|| below(".cargo")),
        go_mod_cache: var("GOMODCACHE").or(go_path).or_else(|| below("go/pkg/mod")),
        site_packages,
        gem_homes: gem_homes(&var, home.as_deref()),
        maven_repository: below(".m2")
            .map(|settings| licit_inventory::installed::local_repository(&settings)),
        gradle_home: var("GRADLE_USER_HOME").or_else(|| below(".gradle")),
        npm_cache: var("npm_config_cache").or_else(|| var("NPM_CONFIG_CACHE")).or_else(|| below(".npm")),
        pnpm_stores: pnpm_stores(&var, home.as_deref()),
        yarn_caches: yarn_caches(&var, home.as_deref()),
        uv_cache: var("UV_CACHE_DIR")
            .or_else(|| var("XDG_CACHE_HOME").map(|c| c.join("uv")))
            .or_else(|| below(".cache/uv")),
        nuget_packages: var("NUGET_PACKAGES").or_else(|| below(".nuget/packages")),
        pub_cache: var("PUB_CACHE").or_else(|| below(".pub-cache")),
        memory: None,
    }
}

/// Whether others may be asked for licenses: only where the user says so.
fn online(args: &Tree, config: &Config) -> anyhow::Result<Online> {
    if !args.online && !args.offline_replay && !config.online {
        return Ok(Online::off());
    }
    Online::on(&args.path, cache_folder().filter(|_| !args.no_caches), args.offline_replay)
}

/// Where licit keeps what it may forget: `licit` in the user's folder of caches.
fn cache_folder() -> Option<PathBuf> {
    let var = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    // By the XDG Base Directory Specification a relative path counts as not set.
    let caches = var("XDG_CACHE_HOME").filter(|c| c.is_absolute()).or_else(|| var("LOCALAPPDATA"));
    Some(caches.or_else(|| Some(var("HOME")?.join(".cache")))?.join("licit"))
}

/// Where pnpm has its stores: as its variables say, else the folders that it uses for a user.
fn pnpm_stores(var: &dyn Fn(&str) -> Option<PathBuf>, home: Option<&Path>) -> Vec<PathBuf> {
    let named = [var("npm_config_store_dir"), var("PNPM_HOME").map(|h| h.join("store"))];
    let data = var("XDG_DATA_HOME").map(|d| d.join("pnpm/store"));
    let usual = [".local/share/pnpm/store", "Library/pnpm/store", "AppData/Local/pnpm/store", ".pnpm-store"];
    let usual = usual.iter().filter_map(|below| home.map(|h| h.join(below)));
    named.into_iter().chain([data]).flatten().chain(usual).filter(|store| store.is_dir()).collect()
}

/// Where Yarn keeps archives for all projects.
fn yarn_caches(var: &dyn Fn(&str) -> Option<PathBuf>, home: Option<&Path>) -> Vec<PathBuf> {
    let global = var("YARN_GLOBAL_FOLDER").or_else(|| home.map(|h| h.join(".yarn/berry")));
    [var("YARN_CACHE_FOLDER"), global.map(|g| g.join("cache"))].into_iter().flatten().collect()
}

/// Where gems are installed: as the variables say, else the folders that Ruby uses for a user.
fn gem_homes(var: &dyn Fn(&str) -> Option<PathBuf>, home: Option<&Path>) -> Vec<PathBuf> {
    let mut homes: Vec<PathBuf> = var("GEM_HOME").into_iter().collect();
    let paths = var("GEM_PATH");
    let paths = paths.iter().flat_map(std::env::split_paths);
    homes.extend(paths.filter(|p| !p.as_os_str().is_empty()));
    if homes.is_empty() {
        homes.extend([".gem", ".local/share/gem"].iter().filter_map(|below| home.map(|h| h.join(below))));
    }
    homes.dedup();
    homes
}
