//! A row of a table of cases, in words as people write them, as a case with the company's facts.
//!
//! Columns are found by their names; what is missing is not known.

use licit_license::know::Knowledge;
use licit_license::know::catalogue::{Catalogue, Label, Labels};
use licit_model::Derivation;

use super::{Ancestor, Claim, Exposure, ModelCase, ModelUse, Part, complete};
use crate::company::{Company, Hosting, Trains, amount};

/// Where names of licenses and models are looked up.
pub struct Books<'b> {
    /// The rules.
    pub know: &'b Knowledge,
    /// What labels mean.
    pub labels: &'b Labels,
    /// What is known of models.
    pub catalogue: &'b Catalogue,
}

impl Books<'static> {
    /// Those that are compiled in.
    pub fn embedded() -> Books<'static> {
        Books { know: Knowledge::embedded(), labels: Labels::embedded(), catalogue: Catalogue::embedded() }
    }
}

/// Reads a row; `cell` gives a column's text, empty where there is none.
pub fn case<'r>(cell: &dyn Fn(&str) -> &'r str, books: &Books<'_>) -> (ModelCase, Company) {
    let told = |name: &str| Some(cell(name).trim()).filter(|t| !silent(t));
    let company = company(&told);
    let (id, revision, license) = named(told("model").unwrap_or(""), books);
    let relation = told("relation").unwrap_or("");
    let mut case = ModelCase { id, revision, ..ModelCase::default() };
    case.claims = told("card_label").map(|label| claims(label, books)).unwrap_or_default();
    if let Some(license) = license {
        mark(&mut case.claims, license);
    }
    case.chain = chain(&case.id, told("base_chain").unwrap_or(""), relation, books);
    case.original = relation.to_lowercase().contains("scratch");
    case.used = used(told("use_context").unwrap_or(""), relation);
    if let Some(text) = told("registered") {
        case.used.words.push_str(&format!(
            "; {}",
            if text.eq_ignore_ascii_case("no") { "not registered" } else { "registered" }
        ));
    }
    case.multimodal = told("multimodal").map(|t| !t.to_lowercase().starts_with('n'));
    complete(&mut case, &company, books.catalogue);
    (case, company)
}

/// A license that stands beside the model's id is that of the revision in use: it settles what the label leaves open.
fn mark(claims: &mut Vec<Claim>, license: String) {
    let weights = |c: &&mut Claim| c.part == Part::Weights;
    if let Some(open) =
        claims.iter_mut().filter(weights).find(|c| c.license.is_none() || !c.others.is_empty())
    {
        open.license = Some(license);
        open.others.clear();
    } else if !claims.iter().any(|c| c.part == Part::Weights && c.license.as_ref() == Some(&license)) {
        let place = format!("{} (the table)", super::complete::DATED);
        claims.push(Claim { place, ..claim(Part::Weights, &license.clone(), Some(license)) });
    }
}

/// Whether a cell says nothing.
fn silent(text: &str) -> bool {
    matches!(
        text.to_ascii_lowercase().as_str(),
        "" | "-" | "–" | "?" | "n/a" | "na" | "unknown" | "not known"
    )
}

fn company<'r>(told: &dyn Fn(&str) -> Option<&'r str>) -> Company {
    let number = |name: &str| told(name).and_then(amount).map(|(n, _)| n);
    let list = |name: &str| -> Vec<String> {
        let split = |c: char| matches!(c, ',' | ';' | '|' | '+' | '&' | '/');
        let parts = told(name).unwrap_or("").split(split).map(str::trim);
        parts.filter(|p| !silent(p)).map(str::to_string).collect()
    };
    let mut company = Company {
        users_at_release: number("mau_at_release"),
        users_now: number("mau_now"),
        product_users: number("mau_product"),
        daily_users: number("daily_users"),
        visits: number("visits"),
        places: list("entity_location"),
        user_regions: list("users_in"),
        fields: list("fields"),
        ..Company::default()
    };
    for part in told("annual_revenue_usd").unwrap_or("").split([';', '/']) {
        let Some((figure, words)) = amount(part) else { continue };
        let words = words.to_lowercase();
        if words.contains("attributable") {
            company.revenue_attributable = Some(figure);
        } else if words.contains("recurring") || words.contains("arr") {
            company.revenue_recurring = Some(figure);
        } else if words.contains("month") {
            company.revenue_month = Some(figure);
        } else {
            company.revenue_year = Some(figure);
        }
    }
    company.revenue_month = company.revenue_month.or(number("monthly_revenue_usd"));
    company.revenue_recurring = company.revenue_recurring.or(number("recurring_revenue_usd"));
    company.revenue_attributable = company.revenue_attributable.or(number("attributable_revenue_usd"));
    company.trains = told("outputs_train").and_then(|text| {
        let text = text.to_lowercase();
        Some(if text.starts_with("no") {
            Trains::Nothing
        } else if text.contains("same") {
            Trains::SameFamily
        } else if text.starts_with("yes") || text.contains("other") {
            Trains::Other
        } else {
            return None;
        })
    });
    company
}

/// Reads `owner/name@what`, where what is a license or a revision.
fn named(text: &str, books: &Books<'_>) -> (String, Option<String>, Option<String>) {
    let text = text.trim().trim_matches(['(', ')', '[', ']', ',', '.', ';']);
    let Some((id, mark)) = text.split_once('@') else { return (text.to_string(), None, None) };
    // A version of the text may be named by what tells it from others: `chatglm-6b@2023-03`.
    let name = id.rsplit('/').next().unwrap_or(id).to_lowercase();
    let slug = format!("{name}-{}", mark.to_lowercase());
    let version = || books.know.licenses().find(|l| l.slug.as_ref() == Some(&slug)).map(|l| l.id.clone());
    match license(mark, books).or_else(version) {
        Some(license) => (id.to_string(), None, Some(license)),
        None => (id.to_string(), Some(mark.to_string()), None),
    }
}

/// The license that a word names: an SPDX id, a label, or the name of a rule.
fn license(word: &str, books: &Books<'_>) -> Option<String> {
    let word = word.trim();
    let by_slug =
        |slug: &str| books.know.licenses().find(|l| l.slug.as_deref() == Some(slug)).map(|l| l.id.clone());
    if let Some(found) = by_slug(&word.to_lowercase()) {
        return Some(found);
    }
    if let Label::Exact(license) = books.labels.label(Some(word), None, None) {
        return Some(license);
    }
    // People add words such as "license" and write blanks or other dashes.
    let bare: Vec<String> = word
        .to_lowercase()
        .split(|c: char| c.is_whitespace() || matches!(c, '_' | '-'))
        .filter(|w| !w.is_empty() && !matches!(*w, "license" | "licence" | "agreement" | "community" | "the"))
        .map(str::to_string)
        .collect();
    let bare = bare.join("-");
    if bare.is_empty() {
        return None;
    }
    by_slug(&bare).or_else(|| match books.labels.label(Some(&bare), None, None) {
        Label::Exact(license) => Some(license),
        _ => None,
    })
}

/// Reads a label: a tag, perhaps with a name in brackets, perhaps one for each part.
fn claims(label: &str, books: &Books<'_>) -> Vec<Claim> {
    let mut list = Vec::new();
    for piece in label.split(';').map(str::trim).filter(|p| !silent(p) && !p.eq_ignore_ascii_case("none")) {
        let (part, piece) = part(piece);
        let (tag, name) = match piece.split_once('(') {
            Some((tag, name)) => (tag.trim(), Some(name.trim_end_matches(')').trim())),
            None => (piece, None),
        };
        let meaning = books.labels.label(Some(tag).filter(|t| !t.is_empty()), name, None);
        let mut claim = match meaning {
            Label::Exact(license) => claim(part, piece, Some(license)),
            Label::Candidates { mut licenses, .. } if !licenses.is_empty() => {
                let first = licenses.remove(0);
                Claim { others: licenses, ..claim(part, piece, Some(first)) }
            }
            _ => claim(part, piece, name.and_then(|n| license(n, books)).or_else(|| license(tag, books))),
        };
        if claim.license.is_none() || !claim.others.is_empty() {
            // The name in the brackets may be that of a rule.
            if let Some(exact) = name.and_then(|n| license(n, books)) {
                claim.license = Some(exact);
                claim.others.clear();
            }
        }
        list.push(claim);
    }
    list
}

fn claim(part: Part, verbatim: &str, license: Option<String>) -> Claim {
    Claim {
        part,
        license,
        others: Vec::new(),
        verbatim: verbatim.to_string(),
        place: "card label".to_string(),
        text: false,
        sure: true,
    }
}

/// `code: MIT` and `MIT (code)` speak of a part.
fn part(piece: &str) -> (Part, &str) {
    const WORDS: [(&str, Part); 6] = [
        ("weights", Part::Weights),
        ("model", Part::Weights),
        ("code", Part::Code),
        ("dataset", Part::Data),
        ("data", Part::Data),
        ("software", Part::Code),
    ];
    if let Some((head, rest)) = piece.split_once(':')
        && let Some((_, part)) = WORDS.iter().find(|(w, _)| head.trim().eq_ignore_ascii_case(w))
    {
        return (*part, rest.trim());
    }
    if let Some((rest, tail)) = piece.rsplit_once('(')
        && let Some((_, part)) =
            WORDS.iter().find(|(w, _)| tail.trim_end_matches(')').trim().eq_ignore_ascii_case(w))
    {
        return (*part, rest.trim());
    }
    (Part::Weights, piece)
}

/// What words such as `finetune on outputs of owner/name` speak of next.
#[derive(Clone, Copy, PartialEq)]
enum Mode {
    Base,
    Teacher,
    Data,
}

/// Ancestors from the column of bases and the words of the relation.
fn chain(child: &str, bases: &str, relation: &str, books: &Books<'_>) -> Vec<Ancestor> {
    let how = derivation(relation);
    let mut list: Vec<Ancestor> = Vec::new();
    let ids = |text: &str| text.contains('/') || text.contains('@');
    let split = bases.replace("<-", ";").replace("->", ";").replace([',', '+', '|', '→', '←', '>', '<'], ";");
    for piece in split.split(';').map(str::trim).filter(|p| !silent(p)) {
        let mut words = piece.split_whitespace();
        let first = words.next().unwrap_or("");
        let rest = words.collect::<Vec<_>>().join(" ");
        let data = first.starts_with("datasets/")
            || first.starts_with("dataset:")
            || rest.to_lowercase().contains("dataset");
        let first = first.trim_start_matches("datasets/").trim_start_matches("dataset:");
        let derivation = if data {
            Derivation::Trained
        } else {
            Some(derivation(&rest)).filter(|d| *d != Derivation::Unstated).unwrap_or(how)
        };
        add(&mut list, child, first, derivation, data, books);
    }
    let mut mode = Mode::Base;
    for word in relation.split_whitespace() {
        let bare = word.trim_matches([',', ';', '(', ')', '.', ':', '"']);
        let lower = bare.to_lowercase();
        let service = mode == Mode::Teacher && books.catalogue.service(bare).is_some();
        if ids(bare) || service {
            let derivation = match mode {
                Mode::Teacher => Derivation::Outputs,
                Mode::Data => Derivation::Trained,
                Mode::Base => how,
            };
            add(&mut list, child, bare, derivation, mode == Mode::Data, books);
        } else if lower.starts_with("output")
            || lower.starts_with("distil")
            || lower.starts_with("generat")
            || lower.starts_with("synthetic")
            || lower.starts_with("teacher")
        {
            mode = Mode::Teacher;
        } else if mode != Mode::Teacher
            && (lower.starts_with("dataset") || matches!(lower.as_str(), "data" | "corpus"))
        {
            mode = Mode::Data;
        } else if lower.starts_with("finetune") || lower.starts_with("merge") || lower.starts_with("adapter")
        {
            mode = Mode::Base;
        }
    }
    list
}

fn add(
    list: &mut Vec<Ancestor>,
    child: &str,
    text: &str,
    derivation: Derivation,
    dataset: bool,
    books: &Books<'_>,
) {
    let (id, revision, license) = named(text, books);
    if id.is_empty() || id == child {
        return;
    }
    if let Some(known) = list.iter_mut().find(|a| a.id == id) {
        // The relation says more of a model than the column of bases.
        if matches!(derivation, Derivation::Outputs) {
            known.derivation = derivation;
        }
        return;
    }
    list.push(Ancestor {
        id,
        revision,
        child: child.to_string(),
        derivation,
        dataset,
        license,
        named: None,
        family: None,
        multimodal: None,
        told_by: "the table".to_string(),
        sure: true,
    });
}

/// How a model was derived, in words.
fn derivation(words: &str) -> Derivation {
    let words = words.to_lowercase();
    let has = |list: &[&str]| list.iter().any(|w| words.contains(w));
    if has(&[
        "finetun",
        "fine-tun",
        "fine tun",
        "continued",
        "pre-train",
        "pretrain",
        "instruct",
        "sft",
        "dpo",
        "rlhf",
    ]) {
        Derivation::Finetune
    } else if has(&["adapter", "lora", "controlnet", "textual inversion"]) {
        Derivation::Adapter
    } else if has(&["merge", "mix", "slerp", "franken"]) {
        Derivation::Merge
    } else if has(&[
        "quanti",
        "gguf",
        "gptq",
        "awq",
        "convert",
        "conversion",
        "copy",
        "mirror",
        "reupload",
        "re-upload",
    ]) {
        Derivation::Quantized
    } else if has(&["distil"]) {
        Derivation::Distillation
    } else if has(&["output", "synthetic"]) {
        Derivation::Outputs
    } else {
        Derivation::Unstated
    }
}

/// How a model is used, in words such as `saas: shared inference API`.
fn used(context: &str, relation: &str) -> ModelUse {
    let words = context.to_lowercase();
    let has = |list: &[&str]| list.iter().any(|w| words.contains(w));
    let exposure = if words.starts_with("internal") || words.starts_with("in-house") {
        Exposure::Internal
    } else if has(&[
        "distribut",
        "shipped",
        "on-device",
        "on device",
        "embedded",
        "download",
        "open weights",
        "published",
        "sold",
    ]) {
        Exposure::Distributed
    } else if has(&["saas", "host", "api", "service", "online", "web", "cloud", "demo"]) {
        Exposure::Hosted
    } else {
        Exposure::Internal
    };
    let made = format!("{words} {}", relation.to_lowercase());
    let others = [
        "vendor's product",
        "vendor product",
        "vendor's app",
        "third-party product",
        "supplier's product",
        "bought product",
    ];
    let end_user = others.iter().any(|w| made.contains(w))
        || ["end user of", "end-user of", "as an end user", "as end user"].iter().any(|w| made.contains(w));
    let hosting = if has(&[
        "shared inference",
        "inference api",
        "model api",
        "api provider",
        "resell",
        "resale",
        "managed inference",
        "inference provider",
        "model hosting",
        "hosting for third",
    ]) {
        Some(Hosting::SharedInference)
    } else if has(&[
        "own product",
        "own app",
        "own service",
        "inside a product",
        "feature",
        "chatbot",
        "assistant",
        "part of",
    ]) {
        Some(Hosting::OwnProduct)
    } else {
        None
    };
    let free = has(&[
        "non-commercial",
        "noncommercial",
        "hobby",
        "personal",
        "academic",
        "university",
        "nonprofit",
        "non-profit",
        "teaching",
        "student",
    ]);
    let commercial = if free { Some(false) } else { has(&["commercial", "paid", "sold"]).then_some(true) };
    let research = has(&["research", "academic", "university", "study", "evaluation", "thesis", "benchmark"]);
    ModelUse {
        exposure,
        end_user,
        hosting,
        commercial,
        research,
        trains: None,
        words: format!("{context}; {relation}"),
    }
}
