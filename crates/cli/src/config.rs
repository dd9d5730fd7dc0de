//! `licit.toml`: found from the scanned path upwards; unknown keys are errors that point at their place.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use licit_comply::Company;
use licit_comply::policy::Policy;
use licit_comply::product::{Costs, UsageRule};
use licit_license::know::scope::Relation;
use toml::de::DeTable;

mod company;
mod policy;
mod read;

pub(crate) use read::closest;
use read::{File, Section, hint};

/// What the file says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Config {
    /// Where it lies.
    pub(crate) path: Option<PathBuf>,
    /// `[product] outbound`.
    pub(crate) outbound: Option<String>,
    /// Its place, for messages.
    pub(crate) outbound_at: String,
    /// `[product] distribution`.
    pub(crate) distribution: Option<String>,
    /// Its place, for messages.
    pub(crate) distribution_at: String,
    /// `[product] name`.
    pub(crate) name: Option<String>,
    /// `[product] supplier`.
    pub(crate) supplier: Option<String>,
    /// `[product] commercial`.
    pub(crate) commercial: Option<bool>,
    /// `[product] third-party-service`.
    pub(crate) third_party_service: Option<bool>,
    /// `[product.company]`.
    pub(crate) company: Company,
    /// Every `[[usage]]`, in order.
    pub(crate) usage: Vec<UsageRule>,
    /// `[costs]`.
    pub(crate) costs: Costs,
    /// `[policy]`.
    pub(crate) policy: Policy,
    /// `[sources] db`, from the folder of the file.
    pub(crate) databases: Vec<PathBuf>,
    /// `[sources] online`.
    pub(crate) online: bool,
}

const TOP: &[&str] = &["product", "policy", "usage", "costs", "sources"];
const PRODUCT: &[&str] =
    &["outbound", "distribution", "name", "supplier", "commercial", "third-party-service", "company"];
const USAGE: &[&str] = &["component", "relation", "modified", "shipped", "granted", "reason"];
const SOURCES: &[&str] = &["db", "online"];
const COSTS: &[&str] = &["version", "edge", "migrate", "add", "drop", "outbound"];

/// Reads the given file, or the nearest `licit.toml` from `scanned` upwards; without one everything has its default.
pub(crate) fn load(given: Option<&Path>, scanned: &Path) -> anyhow::Result<Config> {
    let Some(path) = given.map(Path::to_path_buf).or_else(|| nearest(scanned)) else {
        return Ok(Config::default());
    };
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("cannot read the configuration {}", path.display()))?;
    parse(&text, &path)
}

fn nearest(scanned: &Path) -> Option<PathBuf> {
    let start = scanned.canonicalize().ok()?;
    start.ancestors().map(|a| a.join("licit.toml")).find(|p| p.is_file())
}

fn parse(text: &str, path: &Path) -> anyhow::Result<Config> {
    let file = File::new(text, path);
    let document = match DeTable::parse(text) {
        Ok(document) => document,
        Err(error) => bail!("{}: {}", file.at(error.span().map_or(0, |s| s.start)), error.message()),
    };
    let top = file.top(document.get_ref(), TOP)?;
    let mut config = Config { path: Some(path.to_path_buf()), ..Config::default() };
    if let Some(product) = top.table("product", PRODUCT)? {
        let text_of = |key: &str| anyhow::Ok(product.text(key)?.map(|t| t.value));
        if let Some(word) = product.text("outbound")? {
            config.outbound_at = file.at(word.start);
            config.outbound = Some(word.value);
        }
        if let Some(word) = product.text("distribution")? {
            config.distribution_at = file.at(word.start);
            config.distribution = Some(word.value);
        }
        config.name = text_of("name")?;
        config.supplier = text_of("supplier")?;
        config.commercial = product.truth("commercial")?;
        config.third_party_service = product.truth("third-party-service")?;
        if let Some(section) = product.below("company", "product.company", company::KEYS)? {
            config.company = company::read(&section)?;
        }
    }
    for section in top.tables("usage", USAGE)? {
        config.usage.push(usage(&section)?);
    }
    if let Some(section) = top.table("costs", COSTS)? {
        config.costs = costs(&section)?;
    }
    if let Some(section) = top.table("policy", policy::KEYS)? {
        config.policy = policy::read(&section)?;
    }
    if let Some(section) = top.table("sources", SOURCES)? {
        let folder = path.parent().unwrap_or_else(|| Path::new(""));
        let files = section.texts("db")?.map(|list| list.value).unwrap_or_default();
        config.databases = files.iter().map(|file| folder.join(&file.value)).collect();
        config.online = section.truth("online")?.unwrap_or_default();
    }
    Ok(config)
}

/// How some components are used, against what would be inferred.
fn usage(section: &Section<'_>) -> anyhow::Result<UsageRule> {
    let component = section.needed("component")?;
    if component.value.trim().is_empty() {
        return Err(section
            .file()
            .wrong(component.start, "`component` is empty; give a name or a package URL"));
    }
    let relation = match section.text("relation")? {
        None => None,
        Some(text) => {
            let found = Relation::ALL.iter().find(|(word, _)| *word == text.value);
            let words = Relation::ALL.iter().map(|(word, _)| *word);
            let says = || format!("`{}` is no relation; {}", text.value, hint(&text.value, words));
            Some(found.ok_or_else(|| section.file().wrong(text.start, &says()))?.1)
        }
    };
    Ok(UsageRule {
        component: component.value,
        relation,
        modified: section.truth("modified")?,
        shipped: section.truth("shipped")?,
        granted: section.truth("granted")?,
        reason: section.text("reason")?.map(|t| t.value).unwrap_or_default(),
    })
}

/// What each kind of change weighs.
fn costs(section: &Section<'_>) -> anyhow::Result<Costs> {
    let usual = Costs::default();
    let weight = |key: &str, usual: u32| anyhow::Ok(section.number(key)?.unwrap_or(usual));
    Ok(Costs {
        version: weight("version", usual.version)?,
        edge: weight("edge", usual.edge)?,
        migrate: weight("migrate", usual.migrate)?,
        add: weight("add", usual.add)?,
        drop: weight("drop", usual.drop)?,
        outbound: weight("outbound", usual.outbound)?,
    })
}

#[cfg(test)]
mod tests {
    use licit_comply::policy::Level;
    use licit_model::Scope;

    use super::*;

    fn error(text: &str) -> String {
        parse(text, Path::new("licit.toml")).unwrap_err().to_string()
    }

    #[test]
    fn a_misspelled_key_is_named_with_its_place() {
        assert_eq!(
            error("[product]\noutbuond = \"MIT\"\n"),
            "licit.toml:2:1: unknown key `outbuond` in [product]; did you mean `outbound`?"
        );
        assert_eq!(error("\n[polcy]\n"), "licit.toml:2:2: unknown key `polcy`; did you mean `policy`?");
        let usage = "[[usage]]\ncomponent = \"a\"\n[[usage]]\ncomponent = \"b\"\nrelaton = \"static\"\n";
        assert_eq!(
            error(usage),
            "licit.toml:5:1: unknown key `relaton` in [usage]; did you mean `relation`?"
        );
        assert!(error("[costs]\ndorp = 1\n").ends_with("in [costs]; did you mean `drop`?"));
        assert!(error("[policy]\nalow = []\n").ends_with("in [policy]; did you mean `allow`?"));
        assert!(error("[sources]\nonlin = true\n").ends_with("in [sources]; did you mean `online`?"));
    }

    #[test]
    fn a_wrong_type_is_named_with_its_place() {
        assert!(error("[product]\noutbound = 3\n").starts_with("licit.toml:2:12: `outbound` has to be"));
        assert!(error("[product]\ncommercial = \"yes\"\n").ends_with("`commercial` has to be true or false"));
        assert!(error("[policy]\ndeny = \"MIT\"\n").contains("2:8: `deny` has to be a list"));
        assert!(error("[policy]\ndeny = [1]\n").contains("2:9: `deny` has to be a list of texts"));
        assert!(error("[costs]\ndrop = -1\n").contains("a whole number from 0"));
        assert!(error("[costs]\ndrop = 1.5\n").contains("a whole number"));
        assert!(error("usage = 1\n").contains("a list of tables, [[usage]]"));
        assert!(error("policy = 1\n").contains("a table, [policy]"));
        assert!(error("[[usage]]\nrelation = \"static\"\n").contains("[[usage]] needs `component`"));
    }

    #[test]
    fn what_nobody_knows_is_an_error_with_the_nearest_name() {
        assert_eq!(
            error("[policy]\nallow = [\n  \"MIT\",\n  \"Apach-2.0\",\n]\n"),
            "licit.toml:4:3: `Apach-2.0` is no license and no class; did you mean `Apache-2.0`?"
        );
        assert!(
            error("[policy]\ndeny = [\"strong-copylef\"]\n").ends_with("did you mean `strong-copyleft`?")
        );
        assert!(
            error("[policy]\ndeny = [\"GPL-3.0\"]\n")
                .ends_with("write `GPL-3.0-only`, `GPL-3.0-or-later` or both")
        );
        assert!(error("[policy]\nallow = [\"MIT OR ISC\"]\n").ends_with("one by one: \"MIT\", \"ISC\""));
        assert!(error("[policy]\nallow = [\"unknown\"]\n").contains("cannot stand in `allow`"));
        assert!(
            error("[policy]\nfail = [\"license-unknwn\"]\n").ends_with("did you mean `license-unknown`?")
        );
        assert!(error("[policy]\nscopes = [\"runtme\"]\n").ends_with("did you mean `runtime`?"));
        assert!(error("[policy]\nscopes = []\n").contains("nothing could ever fail"));
        assert!(
            error("[[usage]]\ncomponent = \"a\"\nrelation = \"statc\"\n").ends_with("did you mean `static`?")
        );
        let twice = "[policy]\nfail = [\"source-duty\"]\nignore = [\"source-duty\"]\n";
        assert!(error(twice).ends_with("`source-duty` stands in `fail` already (licit.toml:2)"));
    }

    #[test]
    fn facts_of_the_company_are_read_with_their_units() {
        let text = r#"
[product]
distribution = "saas"

[product.company]
users-at = { "2023-07-18" = 750_000_000, "2024-03" = "0.4M" }
users-now = "1.2M"
revenue-year = 8_000_000
places = ["DE"]
use = "internal"
outputs-train = "same-family"
hosting = "own-product"
registered = ["yi-2.1"]
"#;
        let company = parse(text, Path::new("licit.toml")).unwrap().company;
        assert_eq!(company.users_before("2023-07-18"), Some(750_000_000));
        assert_eq!(company.users_before("2024-04-18"), Some(400_000));
        assert_eq!((company.users_now, company.revenue_year), (Some(1_200_000), Some(8_000_000)));
        assert_eq!(company.purpose, Some(licit_comply::company::Purpose::Internal));
        assert_eq!(company.trains, Some(licit_comply::company::Trains::SameFamily));
        assert!(company.holds("LicenseRef-licit-yi-2.1", Some("yi-2.1")) && company.places == ["DE"]);
        let wrong = |line: &str| error(&format!("[product.company]\n{line}\n"));
        assert!(wrong("user-now = 1").ends_with("in [product.company]; did you mean `users-now`?"));
        assert!(wrong("users-now = -1").contains("a whole number from 0"));
        assert!(wrong("users-at = { july = 3 }").contains("`july` is no day"));
        assert!(wrong("use = \"comercial\"").ends_with("did you mean `commercial`?"));
    }

    #[test]
    fn what_it_says_is_kept() {
        let text = r#"
[product]
outbound = "MIT"
distribution = "saas"
commercial = true
third-party-service = false

[policy]
allow = ["permissive", "MPL-2.0"]
deny = ["network-copyleft"]
review = ["weak-copyleft"]
fail = ["source-duty"]
warn = ["license-unknown"]
ignore = ["license-text-unread"]
scopes = ["runtime"]
require-complete = false

[costs]
drop = 7

[sources]
db = ["licit.db"]
online = true

[[usage]]
component = "pkg:npm/*"
relation = "process"
modified = true
shipped = false
granted = true
reason = "a worker of its own"
"#;
        let config = parse(text, Path::new("some/where/licit.toml")).unwrap();
        assert_eq!((config.outbound.as_deref(), config.distribution.as_deref()), (Some("MIT"), Some("saas")));
        assert_eq!((config.commercial, config.third_party_service), (Some(true), Some(false)));
        assert_eq!(config.databases, [PathBuf::from("some/where/licit.db")]);
        assert_eq!(config.costs, Costs { drop: 7, ..Costs::default() });
        assert!(config.online && !parse("", Path::new("licit.toml")).unwrap().online);
        let rule = &config.usage[0];
        assert_eq!(
            (rule.relation, rule.modified, rule.shipped, rule.granted),
            (Some(Relation::Process), Some(true), Some(false), Some(true))
        );
        let policy = &config.policy;
        assert_eq!(policy.allow.entries[1].at, "licit.toml:9");
        assert_eq!(policy.deny.entries[0].pattern.to_string(), "network-copyleft");
        let levels: Vec<Level> = policy.codes.iter().map(|c| c.level).collect();
        assert_eq!(levels, [Level::Fail, Level::Warn, Level::Ignore]);
        assert_eq!((policy.scopes.as_slice(), policy.require_complete), (&[Scope::Runtime][..], false));
        assert_eq!(parse("", Path::new("licit.toml")).unwrap().policy, Policy::default());
    }
}
