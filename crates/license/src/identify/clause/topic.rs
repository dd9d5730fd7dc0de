//! What a clause is about: words that name a field, a purpose, a group or a measure.

use std::ops::Range;

use super::grammar::Words;
use super::lexicon::{self, Act, act, is_ai, is_number, is_thing};
use super::sentence::Gap;

/// A subject that a restriction may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Topic {
    /// Commercial use, profit, money.
    Commercial,
    /// Non-commercial use.
    NonCommercial,
    /// Personal, private, academic or educational use.
    Personal,
    /// Evaluation, trial, testing.
    Evaluation,
    /// Production use.
    Production,
    /// Internal use.
    Internal,
    /// Selling, renting, taking a fee for it.
    Sale,
    /// Training a model, collecting data for it.
    Training,
    /// Offering it as a service.
    Hosting,
    /// Competing with the licensor.
    Competition,
    /// Changed versions.
    Derivative,
    /// War and weapons.
    Military,
    /// Harm, law, morals.
    Ethics,
    /// A country or a region.
    Place,
}

/// Every topic in the range with its place, in order.
pub(super) fn topics(words: Words<'_>, range: Range<usize>) -> Vec<(Topic, usize)> {
    let ai = words.find(range.clone(), is_ai).is_some() || names_ai(words, range.clone());
    let model =
        words.any(range.clone(), |w| matches!(w, "model" | "models" | "dataset" | "datasets" | "embeddings"));
    range
        .clone()
        .filter_map(|place| topic_at(words, place, &range, ai, model).map(|topic| (topic, place)))
        .collect()
}

/// "artificial intelligence", "machine learning", "language model" within the range.
fn names_ai(words: Words<'_>, range: Range<usize>) -> bool {
    range.into_iter().any(|p| {
        matches!(
            (words.at(p), words.at(p + 1)),
            ("artificial", "intelligence")
                | ("machine" | "deep", "learning")
                | ("language" | "foundation" | "diffusion", "model" | "models")
                | ("training", "data" | "dataset" | "datasets" | "set" | "sets" | "corpus" | "corpora")
                | ("data" | "text", "mining")
                | ("image" | "speech" | "voice", "generators" | "generator" | "cloning")
        )
    })
}

fn topic_at(words: Words<'_>, place: usize, range: &Range<usize>, ai: bool, model: bool) -> Option<Topic> {
    let word = words.at(place);
    let next = if place + 1 < range.end { words.at(place + 1) } else { "" };
    let before = words.back(place, 1);
    Some(match word {
        "noncommercial" if !is_name_of_license(before, next) => Topic::NonCommercial,
        "nonprofit" => Topic::NonCommercial,
        "commercial" | "commercially" if is_commercial(before, next) => Topic::Commercial,
        "commercialize" | "commercialized" | "commercializing" | "commercialization" | "monetize"
        | "monetized" | "monetizing" | "monetization" | "forprofit" => Topic::Commercial,
        "profit" | "profits"
            if matches!(before, "for" | "making" | "commercial") && next != "corporation" =>
        {
            Topic::Commercial
        }
        "profit" if matches!(next, "from" | "making" | "organization") => Topic::Commercial,
        "monetary" | "financial" | "pecuniary"
            if matches!(next, "gain" | "compensation" | "benefit" | "advantage" | "profit" | "purposes") =>
        {
            Topic::Commercial
        }
        "revenue" if next == "generating" => Topic::Commercial,
        "money" if matches!(before, "make" | "earn" | "making" | "for" | "earning") => Topic::Commercial,
        "business" if matches!(next, "use" | "purposes" | "purpose") && before != "internal" => {
            Topic::Commercial
        }
        "personal" | "private" | "hobby" | "hobbyist" | "academic" | "educational" | "research"
        | "scientific" | "teaching" | "student"
            if is_private_purpose(words, place, range) =>
        {
            Topic::Personal
        }
        "academia" | "individuals" | "students" | "hobbyists"
            if matches!(before, "for" | "by" | "to" | "only" | "private")
                && words.any(range.clone(), |w| {
                    matches!(w, "free" | "only" | "solely" | "exclusively" | "licensed")
                }) =>
        {
            Topic::Personal
        }
        "evaluation" | "trial" | "evaluate" | "evaluating" | "demonstration" | "nonproduction" => {
            Topic::Evaluation
        }
        "testing" if matches!(next, "purposes" | "only" | "purpose") => Topic::Evaluation,
        "production" if before != "non" && !matches!(next, "ready" | "cost" | "costs") => Topic::Production,
        "internal"
            if matches!(
                next,
                "use"
                    | "business"
                    | "purpose"
                    | "purposes"
                    | "testing"
                    | "research"
                    | "operations"
                    | "evaluation"
                    | "company"
            ) =>
        {
            Topic::Internal
        }
        "paid"
            if matches!(
                next,
                "product" | "products" | "service" | "services" | "app" | "application" | "software"
            ) =>
        {
            Topic::Commercial
        }
        "fee" | "consideration" | "charge" if is_price(words, place) => Topic::Sale,
        // A "licensing fee" is asked for the license, not for a copy.
        "charge" | "charging"
            if matches!(next, "for" | "money" | "a" | "any" | "fees" | "users" | "others")
                && !matches!(words.at(place + 2), "licensing" | "license") =>
        {
            Topic::Sale
        }
        "paywall" | "paywalls" | "paywalled" => Topic::Sale,
        "service" | "services" if is_service(words, place, range) => Topic::Hosting,
        "saas" | "paas" | "timesharing" => Topic::Hosting,
        "hosted" | "managed" | "cloud"
            if matches!(
                next,
                "service"
                    | "services"
                    | "or"
                    | "offering"
                    | "offerings"
                    | "solution"
                    | "provider"
                    | "providers"
                    | "platform"
            ) =>
        {
            Topic::Hosting
        }
        "sharing" if before == "time" => Topic::Hosting,
        "bureau" if before == "service" => Topic::Hosting,
        "compete" | "competes" | "competing" | "competitive" | "competitor" | "competitors"
        | "competition" => Topic::Competition,
        "military" | "weapon" | "weapons" | "weaponry" | "warfare" | "war" | "army" | "armed"
        | "munitions" | "missile" | "missiles" | "militaries" | "defense"
            if next != "insignia" && next != "against" =>
        {
            Topic::Military
        }
        "evil" | "human" if word == "evil" || matches!(next, "rights" | "trafficking") => Topic::Ethics,
        "harm" | "harms" | "harmful" | "harming" | "discriminating" | "surveillance" | "surveil"
        | "discriminate" | "discrimination" | "hate" | "hateful" | "violence" | "torture" | "terrorism"
        | "terrorist" | "racism" | "racist" | "abuse" | "harass" | "harassment" | "illegal" | "unlawful"
        | "illegally" | "unlawfully" | "oppression" | "genocide" | "slavery" | "disinformation"
        | "misinformation" | "deepfake" | "deepfakes" | "unethical" | "immoral" | "pornography"
        | "pornographic" | "malware" | "fraud" | "fraudulent" | "facial" | "fossil" | "cruelty"
        | "injure" | "injury" | "kill" | "malicious" | "defame" => Topic::Ethics,
        "derivative" | "derivatives" | "derived" | "adaptations" => Topic::Derivative,
        _ if lexicon::is_place(word) && is_placed(words, place) => Topic::Place,
        "outside" if matches!(next, "the" | "of") && lexicon::is_place(words.at(place + 2)) => Topic::Place,
        "states" | "kingdom" if before == "united" && is_placed(words, place - 1) => Topic::Place,
        _ if is_ai(word) && is_ai_subject(word, before, next) => Topic::Training,
        "artificial" if next == "intelligence" => Topic::Training,
        "machine" if next == "learning" => Topic::Training,
        "improve" | "improving" if ai => Topic::Training,
        "training"
            if matches!(next, "data" | "dataset" | "datasets" | "set" | "sets" | "corpus" | "corpora") =>
        {
            Topic::Training
        }
        "mining" if matches!(before, "data" | "text") => Topic::Training,
        _ => match act(word)? {
            Act::Train if ai || (model && trains_others(words, place)) => Topic::Training,
            Act::Mine if ai || (word == "scraping" || word == "scraped" || word == "crawling") => {
                Topic::Training
            }
            Act::Sell
                if !matches!(next, "tax" | "point" | "team" | "department")
                    && words.at(place + 2) != "goods"
                    && !is_tenancy(word, before) =>
            {
                Topic::Sale
            }
            Act::Host if is_hosting(word, before, next) => Topic::Hosting,
            _ => return None,
        },
    })
}

/// A lease that is a thing, such as one of an address.
fn is_tenancy(word: &str, before: &str) -> bool {
    word == "lease" && matches!(before, "the" | "a" | "that" | "this" | "static" | "its" | "dhcp" | "each")
}

/// "host" as a verb; the noun is a machine.
fn is_hosting(word: &str, before: &str, next: &str) -> bool {
    if word == "host" {
        return matches!(before, "not" | "to" | "or" | "and" | "may" | "never" | "sell" | "use")
            && matches!(
                next,
                "the" | "this" | "it" | "any" | "these" | "our" | "or" | "modified" | "copies" | "an" | "a"
            );
    }
    word != "hosts" && !matches!(next, "by" | "on" | "at" | "system" | "systems" | "environment")
}

/// "Attribution-NonCommercial 4.0" is a name, not a clause.
fn is_name_of_license(before: &str, next: &str) -> bool {
    before == "attribution"
        || matches!(
            next,
            "sharealike"
                | "share"
                | "noderivatives"
                | "noderivs"
                | "license"
                | "licenses"
                | "public"
                | "community"
        )
        || next.starts_with(|c: char| c.is_ascii_digit())
}

/// Whether "commercial" speaks of use rather than of damages, licenses or computer software in the sense of procurement law.
fn is_commercial(before: &str, next: &str) -> bool {
    !matches!(
        next,
        "damage"
            | "damages"
            | "loss"
            | "losses"
            | "item"
            | "items"
            | "computer"
            | "license"
            | "licenses"
            | "licensing"
            | "support"
            | "reasonable"
            | "reasonably"
            | "restriction"
            | "restrictions"
            | "version"
            | "edition"
            | "terms"
            | "distributor"
            | "contributor"
            | "contributors"
            | "available"
            | "agreement"
            | "subscription"
            | "carrier"
            | "offering"
            | "offerings"
            | "relationship"
            | "transaction"
            | "transactions"
            | "utility"
            | "registry"
            | "code"
    ) && before != "noncommercial"
        && !(before == "other" && next == "or")
}

/// "personal use", "for research", "academic or private purposes".
fn is_private_purpose(words: Words<'_>, place: usize, range: &Range<usize>) -> bool {
    let purpose = |w: &str| {
        matches!(
            w,
            "use"
                | "uses"
                | "usage"
                | "purpose"
                | "purposes"
                | "only"
                | "projects"
                | "noncommercial"
                | "study"
        )
    };
    let end = if words.at(place) == "private" { place + 4 } else { place + 6 };
    let end = end.min(range.end);
    let data = matches!(
        words.at(place + 1),
        "data" | "information" | "key" | "keys" | "repository" | "api" | "paper"
    );
    let reach = (place + 1..end).take_while(|p| words.gap(*p) != Gap::Strong).any(|p| purpose(words.at(p)));
    let named = matches!(words.back(place, 1), "for" | "your" | "and" | "or" | "noncommercial")
        && words.at(place) != "private";
    !data && (reach || (named && words.at(place) == "research"))
}

/// "for a fee", "for any consideration", "free of charge" not.
fn is_price(words: Words<'_>, place: usize) -> bool {
    (1..=3).any(|back| words.back(place, back) == "for")
        && !matches!(words.back(place, 1), "of" | "without" | "no" | "free")
        && words.at(place + 1) != "required"
}

/// "as a service", "service to third parties", "service provider", "online service".
fn is_service(words: Words<'_>, place: usize, range: &Range<usize>) -> bool {
    let from = place.saturating_sub(6).max(range.start);
    let as_a = (from..place).any(|p| words.at(p) == "as" && matches!(words.at(p + 1), "a" | "an"));
    let adjective = matches!(
        words.back(place, 1),
        "cloud"
            | "hosted"
            | "managed"
            | "online"
            | "web"
            | "network"
            | "saas"
            | "api"
            | "hosting"
            | "outsourcing"
    );
    let others = words.any(from..(place + 8).min(range.end), |w| w == "third")
        && words.any(range.clone(), |w| {
            matches!(w, "offer" | "offering" | "provide" | "providing" | "available" | "offered" | "provided")
        });
    let provider = matches!(words.at(place + 1), "provider" | "providers") && adjective;
    as_a || adjective || others || provider
}

/// Whether "AI" is what the clause is about, and neither a part of a firm's name nor of the licensed model's.
fn is_ai_subject(word: &str, before: &str, next: &str) -> bool {
    let own = matches!(before, "the" | "this" | "these" | "our")
        && matches!(next, "model" | "models" | "weights" | "assistant");
    let made = matches!(next, "generated" | "powered" | "based" | "assisted" | "ltd" | "inc" | "llc");
    let matter = matches!(
        next,
        "model"
            | "models"
            | "system"
            | "systems"
            | "training"
            | "tool"
            | "tools"
            | "application"
            | "applications"
            | "product"
            | "products"
            | "service"
            | "services"
            | "use"
            | "purposes"
            | "company"
            | "companies"
            | "developers"
            | "dataset"
            | "datasets"
            | "algorithms"
            | "technology"
            | "technologies"
            | "assistants"
            | "agents"
            | "bots"
            | "research"
            | "ml"
            | "development"
            | "software"
            | "crawlers"
            | "scraping"
    );
    let led = matches!(
        before,
        "" | "for"
            | "in"
            | "by"
            | "with"
            | "to"
            | "no"
            | "of"
            | "any"
            | "an"
            | "train"
            | "training"
            | "using"
            | "or"
            | "and"
            | "generative"
            | "into"
            | "on"
            | "via"
            | "other"
            | "commercial"
            | "new"
            | "feed"
            | "as"
    );
    !own && !made && (matter || led || word != "ai")
}

/// A place counts where somebody is in it or from it; other places and small words may stand between.
fn is_placed(words: Words<'_>, place: usize) -> bool {
    for back in 1..=12 {
        match words.back(place, back) {
            "in" | "within" | "outside" | "inside" | "from" | "residents" | "citizens" | "nationals" => {
                return true;
            }
            "the" | "any" | "all" | "following" | "certain" | "these" | "those" | "such" | "other"
            | "member" | "of" | "or" | "and" | "territory" | "republic" | "south" | "north" | "union"
            | "united" | "states" | "kingdom" | "state" | "among" => {}
            other if lexicon::is_place(other) => {}
            _ => return false,
        }
    }
    false
}

/// Training that has the licensed thing as its matter: "train models with this code", not "train the model".
fn trains_others(words: Words<'_>, place: usize) -> bool {
    let next = words.at(place + 1);
    !matches!(next, "the" | "this" | "your" | "our")
}

/// A limit on users, seats or staff in the range: the place of its number.
pub(super) fn user_threshold(words: Words<'_>, range: Range<usize>) -> Option<usize> {
    range.clone().find(|place| {
        is_number(words.at(*place))
            && words.at(*place) != "one"
            && is_compared(words, *place)
            && words.any(*place + 1..(*place + 6).min(range.end), |w| {
                matches!(
                    w,
                    "users"
                        | "seats"
                        | "employees"
                        | "developers"
                        | "customers"
                        | "staff"
                        | "people"
                        | "installations"
                        | "mau"
                        | "maus"
                        | "dau"
                        | "workers"
                        | "subscribers"
                )
            })
    })
}

/// A limit on revenue or funding in the range: the place of the word for money.
pub(super) fn revenue_threshold(words: Words<'_>, range: Range<usize>) -> Option<usize> {
    range.clone().find(|place| {
        matches!(
            words.at(*place),
            "revenue"
                | "revenues"
                | "turnover"
                | "funding"
                | "income"
                | "valuation"
                | "arr"
                | "earnings"
                | "sales"
        ) && {
            let near = place.saturating_sub(14).max(range.start)..(*place + 14).min(range.end);
            near.clone().any(|p| is_number(words.at(p)) && is_compared(words, p))
                || words.any(near, |w| matches!(w, "threshold" | "exceeds" | "exceed" | "exceeding"))
        }
    })
}

/// "more than 100", "100 or more", "up to 100".
fn is_compared(words: Words<'_>, place: usize) -> bool {
    words.any(place.saturating_sub(5)..place, |w| {
        matches!(
            w,
            "than"
                | "over"
                | "exceed"
                | "exceeds"
                | "exceeding"
                | "above"
                | "least"
                | "under"
                | "excess"
                | "below"
                | "to"
                | "most"
                | "beyond"
                | "maximum"
                | "surpass"
                | "surpasses"
                | "reaches"
                | "within"
        )
    }) || words.any(place + 1..place + 4, |w| matches!(w, "more" | "fewer" | "less"))
}

/// Whether the limit at this place is an upper one: "fewer than", "up to".
pub(super) fn is_upper_limit(words: Words<'_>, range: Range<usize>) -> bool {
    words.any(range, |w| {
        matches!(w, "fewer" | "less" | "under" | "below" | "up" | "most" | "maximum" | "within")
    })
}

/// The thing that a range names, with the words that belong to it.
pub(super) fn object(words: Words<'_>, range: Range<usize>) -> String {
    let Some(place) = words.find(range.clone(), is_thing) else {
        return words.find(range, lexicon::is_pronoun).map_or(String::new(), |p| words.at(p).to_string());
    };
    let is_determiner =
        |w: &str| matches!(w, "the" | "this" | "these" | "any" | "our" | "a" | "an" | "all" | "licensed");
    let from = (place.saturating_sub(3).max(range.start)..place)
        .find(|p| is_determiner(words.at(*p)))
        .unwrap_or(place);
    let next = words.at(place + 1);
    let to = if is_thing(next) && words.gap(place + 1) == Gap::None && place + 1 < range.end {
        place + 2
    } else {
        place + 1
    };
    (from..to).map(|p| words.at(p)).collect::<Vec<_>>().join(" ")
}
