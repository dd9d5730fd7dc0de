//! Limits with a measure or a fact: users, revenue, royalties, places, ends, registration, hosting.

use licit_license::know::ClauseFact;
use licit_license::know::scope::Relation;
use licit_license::know::term::ScopedTerm;

use super::flow::{Given, Held, exceptions, limit};
use super::{At, Level, ModelFinding};
use crate::company::{Hosting, in_words, within};

/// A royalty as a figure and as points of its curve.
#[derive(Debug, Clone, PartialEq)]
pub struct Royalty {
    /// Share of the revenue above the free part.
    pub rate: f64,
    /// Revenue that is free of it, in USD.
    pub free: u64,
    /// Revenue that was told, in USD.
    pub revenue: Option<u64>,
    /// What is due for it a year, in USD.
    pub due: Option<u64>,
    /// Points: revenue and what is due for it, in USD a year.
    pub curve: Vec<(u64, u64)>,
}

impl Eq for Royalty {}

/// What is due by a share of the revenue above a free part.
pub fn royalty(rate: f64, free: u64, revenue: Option<u64>) -> Royalty {
    let due = |revenue: u64| (revenue.saturating_sub(free) as f64 * rate).round() as u64;
    let mut points: Vec<u64> = [0, 1, 2, 5, 10, 50, 100].iter().map(|n| free.saturating_mul(*n)).collect();
    points.extend(revenue);
    points.sort_unstable();
    points.dedup();
    Royalty {
        rate,
        free,
        revenue,
        due: revenue.map(due),
        curve: points.into_iter().map(|r| (r, due(r))).collect(),
    }
}

/// How a figure stands to a limit.
enum Measured {
    /// Over it, with the figure.
    Over(u64),
    /// Not over it.
    Under,
    /// Not over it on the day that counts; today's figure is.
    Snapshot(u64),
    /// The figure of the day that counts is not known; today's is not over it.
    Later(u64),
    /// Nobody told.
    Unknown,
}

/// Judges the clauses with a limit.
pub(crate) fn judge(at: &At<'_>, held: &Held<'_>, findings: &mut Vec<ModelFinding>) {
    if held.dataset {
        return;
    }
    for (clause, term) in held.clauses() {
        if clause.kind == "boundary" || !held.reaches(at, clause, term) {
            continue;
        }
        let said = match (clause.kind.as_str(), clause.finding_code()) {
            ("users" | "revenue", _) => threshold(at, held, clause, term),
            ("royalty", "ROYALTY") => due(at, held, clause),
            ("territory", _) => territory(at, held, clause),
            (_, "NC-USE") => non_commercial(at, held, clause),
            ("registration", _) => registration(at, held, clause),
            ("hosting", _) | ("field-of-use", "HOSTING") => hosting(at, held, clause),
            ("derivatives", _) => derivatives(held, clause),
            _ => None,
        };
        findings.extend(said);
    }
}

fn threshold(at: &At<'_>, held: &Held<'_>, clause: &ClauseFact, term: &ScopedTerm) -> Option<ModelFinding> {
    let limit = limit(clause)?;
    let given = held.given(at, term.needs);
    if given == Given::No {
        return None;
    }
    let users = clause.kind == "users";
    let display = clause.effect.as_deref() == Some("display");
    let code = match (display, users) {
        (true, _) => "ATTRIB-DISPLAY",
        (_, true) => "MAU-THRESHOLD",
        _ => "REVENUE-THRESHOLD",
    };
    let unit = clause.unit.as_deref().unwrap_or(if users { "users per month" } else { "USD per year" });
    let over = format!(
        "{} {} {unit}",
        if clause.operator.as_deref() == Some(">=") { "from" } else { "more than" },
        in_words(limit)
    );
    let counted = clause.scope.as_deref().unwrap_or("the licensee's products");
    let when = clause.measured_at.as_deref().unwrap_or("any time");
    let by = held.carrier();
    let finding = match measured(at, clause, limit) {
        Measured::Under => return None,
        Measured::Over(figure) if display => held.finding(
            Level::Obligation,
            code,
            clause,
            format!("{by}: {} is {over} ({counted}), so the name has to be shown; nothing else is asked", in_words(figure)),
        ),
        Measured::Over(figure) => {
            let ends = clause.effect.as_deref() == Some("terminate");
            let so = if ends { "the license ends" } else { "a license of the owner is needed" };
            if at.company.holds(&held.license.id, held.license.slug.as_deref()) {
                let reason = format!("{by}: over {over}, and a permission of the owner is on record");
                return Some(held.finding(Level::Info, code, clause, reason));
            }
            let level = if given == Given::Yes { Level::Block } else { Level::Review };
            let reason = format!("{by}: {} is {over} ({counted}; measured at {when}), so {so}", in_words(figure));
            let mut finding = held
                .finding(level, code, clause, reason)
                .out("ask-owner", "ask the owner for a license of its own and record it under `registered`")
                .out("another-base", "use a model whose license has no such limit");
            if given == Given::Unknown {
                finding = finding.asking("Is the use commercial?");
            }
            finding
        }
        Measured::Snapshot(now) => held.finding(
            Level::Info,
            "MAU-SNAPSHOT",
            clause,
            format!(
                "{by}: today's {} would be over the limit of {}, but the text measures at {when}; later growth does not count",
                in_words(now),
                in_words(limit)
            ),
        )
        .out("keep-proof", "keep proof of the figure on that day"),
        Measured::Later(now) => held
            .finding(
                Level::Info,
                "MAU-SNAPSHOT",
                clause,
                format!(
                    "{by}: the limit of {} is measured at {when}; today's {} is below it",
                    in_words(limit),
                    in_words(now)
                ),
            )
            .asking(format!("How many monthly active users ({counted}) were there at {when}?")),
        Measured::Unknown => {
            let what = if users { "How many users" } else { "How much revenue" };
            let question = format!("{what} ({unit}; {counted}; measured at {when})?");
            let reason = format!("{by}: terms change with {over}, and the figure is not known");
            held.finding(Level::Review, code, clause, reason).asking(question)
                .out("tell", "say it in licit.toml under [product.company]")
        }
    };
    Some(finding)
}

fn measured(at: &At<'_>, clause: &ClauseFact, limit: u64) -> Measured {
    let company = at.company;
    let least = clause.operator.as_deref() == Some(">=");
    let passes = |figure: u64| if least { figure >= limit } else { figure > limit };
    let plain = |figure: Option<u64>| match figure {
        Some(figure) if passes(figure) => Measured::Over(figure),
        Some(_) => Measured::Under,
        None => Measured::Unknown,
    };
    let own = clause.scope.as_deref().is_some_and(|s| s.starts_with("the licensee's product"));
    let users = if own { company.product_users.or(company.users_now) } else { company.users_now };
    let subject = clause.subject.as_deref().unwrap_or(if clause.kind == "users" {
        "monthly-active-users"
    } else {
        "annual-revenue"
    });
    match subject {
        "monthly-active-users" => {
            let day = clause
                .measured_at
                .as_deref()
                .and_then(|m| m.strip_prefix("release date "))
                .and_then(|d| d.get(..10));
            let Some(day) = day else { return plain(users) };
            match (company.users_before(day), users) {
                (Some(then), _) if passes(then) => Measured::Over(then),
                (Some(_), Some(now)) if passes(now) => Measured::Snapshot(now),
                (Some(_), _) => Measured::Under,
                (None, Some(now)) if !passes(now) => Measured::Later(now),
                (None, _) => Measured::Unknown,
            }
        }
        // Nobody can have more users a day than a month.
        "daily-active-users" => match (company.daily_users, users) {
            (None, Some(monthly)) if !passes(monthly) => Measured::Under,
            (daily, _) => plain(daily),
        },
        // Every user is at least one visit.
        "monthly-visits" => match (company.visits, users) {
            (None, Some(users)) => plain(Some(users)),
            (visits, _) => plain(visits),
        },
        "monthly-revenue" => plain(company.revenue_month.or(company.revenue_year.map(|y| y / 12))),
        "annual-recurring-revenue" => plain(company.revenue_recurring.or(company.revenue_year)),
        "attributable-revenue" => plain(company.revenue_attributable),
        _ => {
            let yearly = company.revenue_year.or(company.revenue_month.map(|m| m.saturating_mul(12)));
            if !clause.unit.as_deref().unwrap_or("USD").starts_with("CNY") {
                return plain(yearly);
            }
            // Without a rate of exchange only what is far from the limit is certain.
            match yearly {
                Some(usd) if usd.saturating_mul(10) <= limit => Measured::Under,
                Some(usd) if usd.saturating_mul(5) > limit => Measured::Over(usd),
                _ => Measured::Unknown,
            }
        }
    }
}

fn due(at: &At<'_>, held: &Held<'_>, clause: &ClauseFact) -> Option<ModelFinding> {
    if at.commercial() == Some(false) {
        return None;
    }
    let rate = clause.rate.as_ref().and_then(|r| r.as_float());
    let (Some(rate), Some(free)) = (rate, limit(clause)) else {
        // A sentence that only says that there is one belongs to the clause with the figures.
        let figures = held.license.clauses.iter().any(|c| c.kind == "royalty" && c.rate.is_some());
        let reason = format!("{}: commercial use carries a royalty", held.carrier());
        return (!figures).then(|| held.finding(Level::Review, "ROYALTY", clause, reason));
    };
    let figure = royalty(rate, free, at.company.revenue_attributable);
    let share = format!("{} % of what is above {} USD a year", (rate * 100.0).round(), in_words(free));
    let finding = match (figure.revenue, figure.due) {
        (Some(_), Some(0)) => return None,
        (Some(revenue), Some(due)) => {
            let reason = format!(
                "{}: {} USD of attributable revenue cost about {} USD a year ({share})",
                held.carrier(),
                in_words(revenue),
                in_words(due)
            );
            held.finding(
                if held.license.partial { Level::Review } else { Level::Obligation },
                "ROYALTY",
                clause,
                reason,
            )
        }
        _ => held
            .finding(Level::Review, "ROYALTY", clause, format!("{}: {share} are due", held.carrier()))
            .asking("How much revenue a year goes back to the model?"),
    };
    let mut finding = finding;
    finding.royalty = Some(figure);
    if let Some(newer) = held.license.superseded.as_ref().and_then(|s| s.as_str()) {
        finding = finding.out("another-revision", format!("use a later revision, which is under {newer}"));
    }
    Some(finding)
}

fn territory(at: &At<'_>, held: &Held<'_>, clause: &ClauseFact) -> Option<ModelFinding> {
    let list = clause.object.as_deref()?;
    let by = held.carrier();
    let multimodal = match clause.scope.as_deref() {
        Some(scope) if scope.starts_with("multimodal") => match held.ancestor {
            Some(ancestor) => ancestor.multimodal,
            None => at.case.multimodal,
        },
        _ => Some(true),
    };
    if multimodal == Some(false) {
        return None;
    }
    let entity = clause.subject.as_deref() != Some("use-location");
    let (places, regions) = (&at.company.places, &at.company.user_regions);
    let own = places.iter().find(|p| within(p, list));
    let users = if entity { None } else { regions.iter().find(|p| within(p, list)) };
    let whom = match (own, users) {
        (Some(place), _) => Some(format!("the company's place of business ({place})")),
        (None, Some(region)) => Some(format!("users in {region}")),
        _ => None,
    };
    let finding = match whom {
        Some(whom) if multimodal.is_none() => held
            .finding(
                Level::Review,
                "TERRITORY",
                clause,
                format!("{by}: no rights to multimodal models reach {whom}"),
            )
            .asking("Does the model take or give anything beside text?"),
        Some(whom) => held.finding(
            Level::Block,
            "TERRITORY",
            clause,
            format!("{by}: no rights reach {whom} ({list} are excluded)"),
        ),
        None => {
            let silent =
                places.is_empty() || (!entity && regions.is_empty() && (at.hosted() || at.distributed()));
            if !silent {
                return None;
            }
            let question = if entity || places.is_empty() {
                "Where is the company's principal place of business?"
            } else {
                "In which countries are the users?"
            };
            held.finding(Level::Review, "TERRITORY", clause, format!("{by}: {list} are excluded"))
                .asking(question)
        }
    };
    Some(
        finding
            .out("another-model", "use a model that is licensed there, such as a text-only one where only multimodal ones are excluded")
            .out("ask-owner", "ask the owner for a license that covers the place"),
    )
}

fn non_commercial(at: &At<'_>, held: &Held<'_>, clause: &ClauseFact) -> Option<ModelFinding> {
    if clause.kind == "outputs" {
        return None;
    }
    // Where registering opens commercial use, that is what is asked for.
    let opens = clause.effect.as_deref() == Some("license-needed")
        && held.license.clauses.iter().any(|c| c.kind == "registration");
    if opens || at.company.holds(&held.license.id, held.license.slug.as_deref()) {
        return None;
    }
    let by = held.carrier();
    let finding = match at.commercial() {
        Some(false) => {
            let served = matches!(clause.kind.as_str(), "production") && (at.hosted() || at.distributed());
            if !served || at.case.used.research {
                return None;
            }
            held.finding(Level::Review, "NC-USE", clause, format!("{by}: no use in production"))
                .asking("Is it in production?")
        }
        Some(true) => held.finding(
            Level::Block,
            "NC-USE",
            clause,
            format!("{by}: commercial use is not among what is granted"),
        ),
        None => held
            .finding(
                Level::Review,
                "NC-USE",
                clause,
                format!("{by}: for research or non-commercial use only"),
            )
            .asking("Is the use commercial, also inside the house?"),
    };
    Some(
        finding
            .out("another-model", "use a model whose license allows commercial use")
            .out("ask-owner", "ask the owner for a commercial license"),
    )
}

fn registration(at: &At<'_>, held: &Held<'_>, clause: &ClauseFact) -> Option<ModelFinding> {
    const CODE: &str = "COMMERCIAL-REGISTRATION";
    let by = held.carrier();
    if at.company.holds(&held.license.id, held.license.slug.as_deref())
        || registered_in_words(&at.case.used.words)
    {
        return (at.commercial() != Some(false))
            .then(|| held.finding(Level::Info, CODE, clause, format!("{by}: a registration is on record")));
    }
    let finding = match at.commercial() {
        Some(false) => return None,
        // Where commercial use is granted, registering is something to do and nothing to wait for.
        _ if clause.effect.as_deref() == Some("duty") => held.finding(
            Level::Obligation,
            CODE,
            clause,
            format!("{by}: whoever uses it for a commercial purpose has to register with the owner"),
        ),
        Some(true) => held.finding(
            Level::Block,
            CODE,
            clause,
            format!("{by}: commercial use needs a registration or permission first, and none is on record"),
        ),
        None => held
            .finding(
                Level::Review,
                CODE,
                clause,
                format!("{by}: commercial use needs a registration or permission first"),
            )
            .asking("Is the use commercial, and is a registration held?"),
    };
    let mut finding = finding.out("register", "register with the owner and record it under `registered`");
    if let Some(newer) = held.license.superseded.as_ref().and_then(|s| s.as_str()) {
        finding = finding.out("another-revision", format!("use a later revision, which is under {newer}"));
    }
    Some(finding)
}

fn registered_in_words(words: &str) -> bool {
    let words = words.to_lowercase();
    let said = [
        "registered",
        "registration obtained",
        "registration done",
        "authorised by",
        "authorized by",
        "license obtained",
    ];
    said.iter().any(|w| words.contains(w))
        && !words.contains("not registered")
        && !words.contains("unregistered")
}

fn hosting(at: &At<'_>, held: &Held<'_>, clause: &ClauseFact) -> Option<ModelFinding> {
    // Whoever only learnt from its outputs does not offer the model.
    if !at.hosted()
        || held.relation == Relation::Output
        || at.company.holds(&held.license.id, held.license.slug.as_deref())
    {
        return None;
    }
    let by = held.carrier();
    let model_itself = clause.scope.as_deref().is_some_and(|s| s.contains("third parties"));
    let reason = format!(
        "{by}: {}",
        if model_itself {
            "offering the model itself as a service may need a license of its own"
        } else {
            "third parties may not use it through a hosted service or an interface"
        }
    );
    let finding = match (model_itself, at.hosting()) {
        (true, Some(Hosting::OwnProduct)) => return None,
        (true, None) => held
            .finding(Level::Review, "HOSTING", clause, reason)
            .asking("Is the model itself offered to others, or does it only work inside a product?"),
        _ => held.finding(Level::Block, "HOSTING", clause, reason),
    };
    Some(
        finding
            .out("another-model", "serve a model whose license allows hosting")
            .out("ask-owner", "ask the owner for a hosting license"),
    )
}

fn derivatives(held: &Held<'_>, clause: &ClauseFact) -> Option<ModelFinding> {
    let free = exceptions(clause).iter().any(|e| e.contains("undistributed"));
    (held.modified && !free).then(|| {
        held.finding(
            Level::Block,
            "NO-DERIVATIVES",
            clause,
            format!("{}: changed versions may not be made or passed on", held.carrier()),
        )
        .out("use-unchanged", "use the model unchanged, or another base")
    })
}
