//! `[product.company]`: facts that terms of models are held against.

use licit_comply::company::{Company, Hosting, Purpose, Trains};

use super::read::{Section, hint};

/// The keys of the table.
pub(super) const KEYS: &[&str] = &[
    "users-at",
    "users-now",
    "product-users",
    "daily-users",
    "visits",
    "revenue-year",
    "revenue-month",
    "revenue-recurring",
    "revenue-attributable",
    "places",
    "user-regions",
    "use",
    "outputs-train",
    "hosting",
    "registered",
    "fields",
    "publishes-as",
];

const USES: [(&str, Purpose); 3] =
    [("commercial", Purpose::Commercial), ("internal", Purpose::Internal), ("research", Purpose::Research)];
const TRAINS: [(&str, Trains); 3] =
    [("none", Trains::Nothing), ("same-family", Trains::SameFamily), ("other", Trains::Other)];
const HOSTING: [(&str, Hosting); 2] =
    [("own-product", Hosting::OwnProduct), ("shared-inference", Hosting::SharedInference)];

/// Reads the table; what it does not say is not known.
pub(super) fn read(section: &Section<'_>) -> anyhow::Result<Company> {
    let list = |key: &str| -> anyhow::Result<Vec<String>> {
        let texts = section.texts(key)?.map(|list| list.value).unwrap_or_default();
        Ok(texts.into_iter().map(|t| t.value).collect())
    };
    Ok(Company {
        users_at: section.figures("users-at")?.into_iter().collect(),
        users_at_release: None,
        users_now: section.figure("users-now")?,
        product_users: section.figure("product-users")?,
        daily_users: section.figure("daily-users")?,
        visits: section.figure("visits")?,
        revenue_year: section.figure("revenue-year")?,
        revenue_month: section.figure("revenue-month")?,
        revenue_recurring: section.figure("revenue-recurring")?,
        revenue_attributable: section.figure("revenue-attributable")?,
        places: list("places")?,
        user_regions: list("user-regions")?,
        purpose: word(section, "use", &USES)?,
        trains: word(section, "outputs-train", &TRAINS)?,
        hosting: word(section, "hosting", &HOSTING)?,
        registered: list("registered")?,
        fields: list("fields")?,
        publishes_as: list("publishes-as")?,
    })
}

/// One of a few words.
fn word<T: Copy>(section: &Section<'_>, key: &str, words: &[(&'static str, T)]) -> anyhow::Result<Option<T>> {
    let Some(text) = section.text(key)? else { return Ok(None) };
    let found = words.iter().find(|(w, _)| *w == text.value).map(|(_, t)| *t);
    let known = words.iter().map(|(w, _)| *w);
    let says = || format!("`{}` is no value of `{key}`; {}", text.value, hint(&text.value, known));
    found.map(Some).ok_or_else(|| section.file().wrong(text.start, &says()))
}
