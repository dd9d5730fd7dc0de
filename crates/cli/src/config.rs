//! `licit.toml`: found from the scanned path upwards; unknown keys are errors that point at their place.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use toml::de::{DeTable, DeValue};

/// What the file says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Config {
    /// Where it lies.
    pub(crate) path: Option<PathBuf>,
    /// `[product] outbound`.
    pub(crate) outbound: Option<String>,
    /// `[product] distribution`.
    pub(crate) distribution: Option<String>,
    /// `[product] name`.
    pub(crate) name: Option<String>,
    /// `[product] supplier`.
    pub(crate) supplier: Option<String>,
}

/// The keys of each table; the empty name is the top.
const KEYS: &[(&str, &[&str])] =
    &[("", &["product"]), ("product", &["outbound", "distribution", "name", "supplier"])];

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
    let shown = path.display();
    let at = |offset: usize| {
        let before = text.get(..offset).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |l| l.chars().count()) + 1;
        format!("{shown}:{line}:{column}")
    };
    let document = match DeTable::parse(text) {
        Ok(document) => document,
        Err(error) => bail!("{}: {}", at(error.span().map_or(0, |s| s.start)), error.message()),
    };
    check_keys(document.get_ref(), "", &at)?;
    let mut config = Config { path: Some(path.to_path_buf()), ..Config::default() };
    let Some(product) = document.get_ref().get("product") else { return Ok(config) };
    let DeValue::Table(product_table) = product.get_ref() else {
        bail!("{}: `product` has to be a table, [product]", at(product.span().start));
    };
    check_keys(product_table, "product", &at)?;
    let text_of = |key: &str| -> anyhow::Result<Option<String>> {
        match product_table.get(key) {
            None => Ok(None),
            Some(value) => match value.get_ref().as_str() {
                Some(text) => Ok(Some(text.to_string())),
                None => bail!("{}: `{key}` has to be a text in quotes", at(value.span().start)),
            },
        }
    };
    config.outbound = text_of("outbound")?;
    config.distribution = text_of("distribution")?;
    config.name = text_of("name")?;
    config.supplier = text_of("supplier")?;
    Ok(config)
}

fn check_keys(table: &DeTable<'_>, name: &str, at: &dyn Fn(usize) -> String) -> anyhow::Result<()> {
    let known = KEYS.iter().find(|(table, _)| *table == name).map_or(&[][..], |(_, keys)| keys);
    for key in table.keys() {
        let word = key.get_ref();
        if known.contains(&word.as_ref()) {
            continue;
        }
        let near = closest(word, known.iter().copied());
        let hint = near
            .map_or_else(|| format!("known are: {}", known.join(", ")), |n| format!("did you mean `{n}`?"));
        let place = if name.is_empty() { String::new() } else { format!(" in [{name}]") };
        bail!("{}: unknown key `{word}`{place}; {hint}", at(key.span().start));
    }
    Ok(())
}

/// The known word that is nearest to a misspelled one, if any is near.
pub(crate) fn closest<'k>(word: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    known
        .map(|k| (strsim::jaro_winkler(word, k), k))
        .filter(|(near, _)| *near > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, k)| k)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelled_key_is_named_with_its_place() {
        let error = parse("[product]\noutbuond = \"MIT\"\n", Path::new("licit.toml")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "licit.toml:2:1: unknown key `outbuond` in [product]; did you mean `outbound`?"
        );
    }

    #[test]
    fn a_wrong_type_is_named_with_its_place() {
        let error = parse("[product]\noutbound = 3\n", Path::new("licit.toml")).unwrap_err();
        assert!(error.to_string().starts_with("licit.toml:2:12: `outbound` has to be"));
    }

    #[test]
    fn what_it_says_is_kept() {
        let config =
            parse("[product]\noutbound = \"MIT\"\ndistribution = \"saas\"\n", Path::new("l")).unwrap();
        assert_eq!((config.outbound.as_deref(), config.distribution.as_deref()), (Some("MIT"), Some("saas")));
    }
}
