//! `licit db`: builds license databases and shows what they hold.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write as _};
use std::path::Path;

use anyhow::{Context as _, bail};
use licit_license::store::{Database, FORMAT, PublicKey, Said, SecretKey, sign, together};
use licit_model::Purl;

use crate::args;
use crate::databases::{file_name, open};
use crate::exit::Ended;

mod document;
mod gather;
mod package;
mod table;

/// So many conflicts and changes of license are listed; the rest is counted.
const LISTED: usize = 20;

/// Runs the command.
pub(crate) fn run(args: &args::Db) -> anyhow::Result<Ended> {
    match &args.command {
        args::DbCommand::Build(args) => build(args),
        args::DbCommand::Info(args) => info(args),
    }
}

fn build(args: &args::DbBuild) -> anyhow::Result<Ended> {
    let key = match &args.sign {
        Some(path) => Some(SecretKey::parse(&text(path)?).with_context(|| path.display().to_string())?),
        None => None,
    };
    let mut gathered = gather::Gathered::default();
    for from in &args.from {
        gathered.add(from)?;
    }
    for problem in &gathered.problems {
        anstream::eprintln!("note: {problem}");
    }
    if gathered.builder.is_empty() {
        bail!("nothing that was given states a license of a package at a version; no database was written");
    }
    let mut bytes = gathered.builder.finish()?;
    if let Some(key) = &key {
        sign(&mut bytes, key)?;
    }
    write(&args.output, &bytes)?;
    if args.quiet {
        return Ok(Ended::Well);
    }
    // What is told is read from what was written, so that a file that cannot be read back never goes unnoticed.
    let database = Database::open(bytes)?;
    let seen = Seen::of(&database)?;
    let mut out = io::stdout().lock();
    for (form, (kept, silent)) in &gathered.counts {
        let rest =
            if *silent > 0 { format!(", {} without a license", number(*silent)) } else { String::new() };
        writeln!(out, "{form}: {} statements{rest}", number(*kept))?;
    }
    writeln!(out, "{}: {}", args.output.display(), size(&database))?;
    seen.conflicts(&mut out)?;
    match key {
        Some(key) => writeln!(out, "signed; others check it with --verify {}", key.public())?,
        None => {
            writeln!(out, "not signed: whoever can write the file can change it (--sign KEYFILE signs it)")?
        }
    }
    Ok(Ended::Well)
}

/// Written beside the place and moved there, so that a scan never meets half a database.
fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    std::fs::write(&beside, bytes)
        .and_then(|()| std::fs::rename(&beside, path))
        .with_context(|| format!("cannot write {}", path.display()))
}

fn text(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

fn info(args: &args::DbInfo) -> anyhow::Result<Ended> {
    let database = open(&args.file)?;
    let verified = match &args.verify {
        Some(word) => {
            let path = Path::new(word);
            let given = if path.is_file() { text(path)? } else { word.clone() };
            let key =
                PublicKey::parse(&given).context("--verify takes a public key, or a file that holds one")?;
            database.verify(&key).with_context(|| args.file.display().to_string())?;
            true
        }
        None => false,
    };
    let mut out = io::BufWriter::new(io::stdout().lock());
    match &args.purl {
        Some(word) => of_package(&database, word, &mut out)?,
        None => whole(&database, &args.file, verified, &mut out)?,
    }
    out.flush()?;
    Ok(Ended::Well)
}

fn whole(database: &Database, path: &Path, verified: bool, out: &mut impl io::Write) -> anyhow::Result<()> {
    let seen = Seen::of(database).with_context(|| path.display().to_string())?;
    writeln!(out, "{}: {}", file_name(path), size(database))?;
    let sum: String = database.checksum().iter().map(|b| format!("{b:02x}")).collect();
    writeln!(out, "format {FORMAT}, sha256 {sum}")?;
    match database.signer() {
        None => writeln!(out, "not signed")?,
        Some(key) if verified => writeln!(out, "signed by {key}: the signature holds")?,
        Some(key) => {
            writeln!(out, "signed by {key}, not checked: --verify KEY checks it with a key that you know")?
        }
    }
    for (heading, counts) in [("versions by type", &seen.kinds), ("statements by source", &seen.sources)] {
        writeln!(out, "{heading}")?;
        let mut counts: Vec<(&String, &usize)> = counts.iter().collect();
        counts.sort_by(|(a, m), (b, n)| n.cmp(m).then_with(|| a.cmp(b)));
        for (word, count) in counts.iter().take(LISTED) {
            writeln!(out, "  {:>12}  {word}", number(**count))?;
        }
        if counts.len() > LISTED {
            writeln!(out, "  and {} more", number(counts.len() - LISTED))?;
        }
    }
    seen.conflicts(out)?;
    let changed = seen.changed.len();
    writeln!(out, "packages whose license changes between versions: {}", number(changed))?;
    for package in seen.changed.iter().take(LISTED) {
        writeln!(out, "  {package}")?;
    }
    Ok(())
}

fn of_package(database: &Database, word: &str, out: &mut impl io::Write) -> anyhow::Result<()> {
    let purl = Purl::parse(word).map_err(|e| anyhow::anyhow!("{word}: {e}"))?;
    if purl.version.is_some() {
        let said = database.lookup(&purl)?;
        match said.as_slice() {
            [] => writeln!(out, "{purl}: not in the database")?,
            said => {
                writeln!(out, "{purl}: {}", together(said))?;
                list(said, out)?;
            }
        }
    }
    let periods = database.history(&purl)?;
    if periods.is_empty() {
        writeln!(out, "no version of it is known")?;
    }
    for period in &periods {
        let versions = match period.versions {
            1 => period.first.clone(),
            n => format!("{} to {} ({} versions)", period.first, period.last, number(n)),
        };
        writeln!(out, "  {}: {versions}", period.expression)?;
    }
    for change in periods.windows(2) {
        writeln!(
            out,
            "license changes: {} until {}, {} from {}",
            change[0].expression, change[0].last, change[1].expression, change[1].first
        )?;
    }
    Ok(())
}

fn list(said: &[Said], out: &mut impl io::Write) -> io::Result<()> {
    if said.len() > 1 {
        writeln!(out, "  statements differ; all of it applies")?;
    }
    said.iter().try_for_each(|s| writeln!(out, "  {} says {}", s.source, s.expression))
}

/// What a walk over all of a database gives.
#[derive(Default)]
struct Seen {
    kinds: BTreeMap<String, usize>,
    sources: BTreeMap<String, usize>,
    /// Versions of which sources say different things: how many, and the first of them.
    conflicting: (usize, Vec<String>),
    /// Packages with more than one license over their versions.
    changed: BTreeSet<String>,
}

impl Seen {
    fn of(database: &Database) -> anyhow::Result<Seen> {
        let mut seen = Seen::default();
        let mut last: Option<(String, String)> = None;
        for entry in database.entries() {
            let entry = entry?;
            let kind = entry.package.split('/').next().unwrap_or("");
            count(&mut seen.kinds, kind);
            for said in &entry.said {
                count(&mut seen.sources, &said.source);
            }
            if entry.said.len() > 1 {
                seen.conflicting.0 += 1;
                if seen.conflicting.1.len() < LISTED {
                    let says = entry.said.iter().map(|s| format!("{} ({})", s.expression, s.source));
                    let says = says.collect::<Vec<_>>().join(", ");
                    seen.conflicting.1.push(format!("pkg:{}@{}: {says}", entry.package, entry.version));
                }
            }
            let license = together(&entry.said);
            if last.as_ref().is_some_and(|(package, before)| *package == entry.package && *before != license)
            {
                seen.changed.insert(format!("pkg:{}", entry.package));
            }
            last = Some((entry.package, license));
        }
        Ok(seen)
    }

    fn conflicts(&self, out: &mut impl io::Write) -> io::Result<()> {
        let (count, first) = &self.conflicting;
        if *count == 0 {
            return Ok(());
        }
        writeln!(out, "versions of which different things are said; all of it is kept: {}", number(*count))?;
        first.iter().try_for_each(|line| writeln!(out, "  {line}"))?;
        if *count > first.len() {
            writeln!(out, "  and {} more", number(count - first.len()))?;
        }
        Ok(())
    }
}

fn count(counts: &mut BTreeMap<String, usize>, word: &str) {
    match counts.get_mut(word) {
        Some(count) => *count += 1,
        None => {
            counts.insert(word.to_string(), 1);
        }
    }
}

fn size(database: &Database) -> String {
    let bytes = number(database.size());
    let versions = number(database.len() as usize);
    format!("{versions} versions of {} packages in {bytes} bytes", number(database.packages() as usize))
}

/// With a comma before every third digit.
fn number(n: usize) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
