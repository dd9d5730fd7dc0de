//! Facts of the company that terms of models are held against: users, revenue, places, ends.
//!
//! Every fact may be missing; a judge then asks and does not guess.

use std::collections::BTreeMap;

/// What a model is used for, as the company says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To earn money, directly or not.
    Commercial,
    /// Inside the house, for the business.
    Internal,
    /// Research, study, teaching or private use.
    Research,
}

/// Which models learn from the outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trains {
    /// None.
    Nothing,
    /// The same model, its versions and derivatives of it.
    SameFamily,
    /// Any other model.
    Other,
}

/// What is offered to others over a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hosting {
    /// A product of the company's own in which the model works.
    OwnProduct,
    /// The model itself: inference or tuning for others.
    SharedInference,
}

/// The company's facts. Users and revenue are those of the company with its affiliates where nothing else is said.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Company {
    /// Monthly active users in the calendar month before a day, `2023-07-18`.
    pub users_at: BTreeMap<String, u64>,
    /// The same in the month before whatever day a license measures at.
    pub users_at_release: Option<u64>,
    /// Monthly active users of today.
    pub users_now: Option<u64>,
    /// Monthly active users of the product alone.
    pub product_users: Option<u64>,
    /// Daily active users.
    pub daily_users: Option<u64>,
    /// Visits a month.
    pub visits: Option<u64>,
    /// Yearly revenue in USD, of any source.
    pub revenue_year: Option<u64>,
    /// Monthly revenue of the product in USD.
    pub revenue_month: Option<u64>,
    /// Yearly recurring revenue of the product in USD.
    pub revenue_recurring: Option<u64>,
    /// Yearly revenue in USD that goes back to the model.
    pub revenue_attributable: Option<u64>,
    /// Countries of the principal places of business, as ISO codes; none where nobody said.
    pub places: Vec<String>,
    /// Countries or regions of the users.
    pub user_regions: Vec<String>,
    /// What for.
    pub purpose: Option<Purpose>,
    /// Whether outputs train models.
    pub trains: Option<Trains>,
    /// What is hosted.
    pub hosting: Option<Hosting>,
    /// Licenses, by id or slug, under which a registration or a permission of the owner is held.
    pub registered: Vec<String>,
    /// Fields of use, in plain words: `military`, `medical diagnosis`, `surveillance`.
    pub fields: Vec<String>,
    /// Owners on the hub under which the company publishes.
    pub publishes_as: Vec<String>,
}

impl Company {
    /// Users in the month before a day: of that day, or of a day in the same or the month before.
    pub fn users_before(&self, day: &str) -> Option<u64> {
        let month = |text: &str| -> Option<u32> {
            let (year, rest) = text.split_once('-')?;
            let month = rest.get(..2)?;
            Some(year.parse::<u32>().ok()?.checked_mul(12)?.saturating_add(month.parse::<u32>().ok()?))
        };
        if let Some(users) = self.users_at.get(day) {
            return Some(*users);
        }
        let asked = month(day)?;
        let near = |key: &String| month(key).is_some_and(|m| m == asked || m + 1 == asked);
        self.users_at
            .iter()
            .rev()
            .find(|(key, _)| near(key))
            .map(|(_, users)| *users)
            .or(self.users_at_release)
    }

    /// Whether any revenue is known, and more than none.
    pub fn earns(&self) -> Option<bool> {
        let known =
            [self.revenue_year, self.revenue_month, self.revenue_recurring, self.revenue_attributable];
        if known.iter().flatten().any(|r| *r > 0) {
            return Some(true);
        }
        known.iter().flatten().next().map(|_| false)
    }

    /// Whether a registration or a permission for a license is held.
    pub fn holds(&self, id: &str, slug: Option<&str>) -> bool {
        self.registered
            .iter()
            .any(|r| r.eq_ignore_ascii_case(id) || slug.is_some_and(|s| r.eq_ignore_ascii_case(s)))
    }
}

/// Reads a number such as `0.4M`, `90000M`, `1,500,000`, `700 million`; the words after it are given back.
pub fn amount(text: &str) -> Option<(u64, &str)> {
    let text = text.trim().trim_start_matches(['>', '<', '~', '=', '$', '€', ' ']);
    let end = text
        .char_indices()
        .find(|(_, c)| !(c.is_ascii_digit() || matches!(c, '.' | ',' | '_')))
        .map_or(text.len(), |(i, _)| i);
    let digits: String = text[..end].chars().filter(|c| c.is_ascii_digit() || *c == '.').collect();
    let number: f64 = digits.parse().ok()?;
    let rest = text[end..].trim_start();
    let word = rest.split(|c: char| !c.is_alphabetic()).next().unwrap_or("");
    let factor = match word.to_ascii_lowercase().as_str() {
        "k" | "thousand" => 1e3,
        "m" | "mio" | "mn" | "million" | "millions" => 1e6,
        "b" | "bn" | "billion" | "billions" => 1e9,
        "t" | "trillion" => 1e12,
        _ => return whole(number).map(|n| (n, rest)),
    };
    whole(number * factor).map(|n| (n, rest[word.len()..].trim_start()))
}

fn whole(number: f64) -> Option<u64> {
    (number.is_finite() && (0.0..=1e18).contains(&number)).then(|| number.round() as u64)
}

/// A number in a sentence: `700 million`.
pub fn in_words(number: u64) -> String {
    const STEPS: [(u64, &str); 2] = [(1_000_000_000, "billion"), (1_000_000, "million")];
    for (step, word) in STEPS {
        if number >= step {
            let (whole, part) = (number / step, (number % step) * 100 / step);
            let part = format!("{part:02}");
            let part = part.trim_end_matches('0');
            let dot = if part.is_empty() { "" } else { "." };
            return format!("{whole}{dot}{part} {word}");
        }
    }
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + 2);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Members of the European Union: ISO code and name.
const MEMBERS: [(&str, &str); 27] = [
    ("AT", "austria"),
    ("BE", "belgium"),
    ("BG", "bulgaria"),
    ("CY", "cyprus"),
    ("CZ", "czechia"),
    ("DE", "germany"),
    ("DK", "denmark"),
    ("EE", "estonia"),
    ("ES", "spain"),
    ("FI", "finland"),
    ("FR", "france"),
    ("GR", "greece"),
    ("HR", "croatia"),
    ("HU", "hungary"),
    ("IE", "ireland"),
    ("IT", "italy"),
    ("LT", "lithuania"),
    ("LU", "luxembourg"),
    ("LV", "latvia"),
    ("MT", "malta"),
    ("NL", "netherlands"),
    ("PL", "poland"),
    ("PT", "portugal"),
    ("RO", "romania"),
    ("SE", "sweden"),
    ("SI", "slovenia"),
    ("SK", "slovakia"),
];

/// Words for everywhere.
const EVERYWHERE: [&str; 6] = ["WORLDWIDE", "WORLD", "GLOBAL", "EVERYWHERE", "ALL", "*"];

/// Whether a country or region lies in, or holds, one of a list such as `EU, GB, KR`.
pub fn within(place: &str, list: &str) -> bool {
    let code = country(place);
    let everywhere = EVERYWHERE.contains(&code.as_str());
    list.split(',').map(country).filter(|l| !l.is_empty()).any(|asked| {
        let union = asked == "EU";
        let member = MEMBERS.iter().any(|(iso, _)| *iso == code);
        everywhere || asked == code || (union && (member || matches!(code.as_str(), "EEA" | "EUROPE" | "EMEA")))
            // What is known of the union only may hold the country.
            || (code == "EUROPE" && asked == "GB")
    })
}

/// ISO code of a country where its name or another code was written.
fn country(text: &str) -> String {
    let text = text.trim();
    let lower = text.to_lowercase();
    if let Some((iso, _)) = MEMBERS.iter().find(|(_, name)| *name == lower) {
        return (*iso).to_string();
    }
    // A part of a country is written `US-CA`; the country decides.
    let head = text.split(['-', '/', '(']).next().unwrap_or(text).trim().to_uppercase();
    match (lower.as_str(), head.as_str()) {
        ("european union", _) => "EU".to_string(),
        ("united kingdom" | "great britain", _) | (_, "UK") => "GB".to_string(),
        ("south korea" | "republic of korea" | "korea", _) => "KR".to_string(),
        ("czech republic", _) => "CZ".to_string(),
        (_, "EL") => "GR".to_string(),
        _ => head,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_with_what_stands_behind_them() {
        assert_eq!(amount("0.4M"), Some((400_000, "")));
        assert_eq!(amount("90000M"), Some((90_000_000_000, "")));
        assert_eq!(amount("3M attributable"), Some((3_000_000, "attributable")));
        assert_eq!(amount("700 million a month"), Some((700_000_000, "a month")));
        assert_eq!(amount("1,500,000"), Some((1_500_000, "")));
        assert_eq!(amount("0"), Some((0, "")));
        assert_eq!(
            (amount("-"), amount(""), amount("much"), amount("1e999")),
            (None, None, None, Some((1, "e999")))
        );
        assert_eq!(
            (in_words(700_000_000), in_words(1_500_000), in_words(42_000)),
            ("700 million".into(), "1.5 million".into(), "42,000".into())
        );
    }

    #[test]
    fn the_union_is_its_members() {
        assert!(within("DE", "EU") && within("france", "EU, GB, KR") && within("EU", "EU"));
        assert!(within("UK", "EU, GB, KR") && !within("GB", "EU") && within("South Korea", "EU, GB, KR"));
        assert!(
            within("worldwide", "EU") && !within("US-CA", "EU") && !within("CH", "EU") && !within("NO", "EU")
        );
    }

    #[test]
    fn a_snapshot_counts_for_its_month_and_the_next() {
        let mut company = Company::default();
        company.users_at.insert("2023-06-30".to_string(), 5);
        assert_eq!(company.users_before("2023-07-18"), Some(5));
        assert_eq!(company.users_before("2024-04-18"), None);
        company.users_at_release = Some(9);
        assert_eq!(company.users_before("2024-04-18"), Some(9));
    }
}
