//! The words of license prose: which verb is an act that copyright governs, which noun is the thing licensed.

use std::borrow::Cow;

/// What is done to the licensed thing; the word is the normalised verb.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Act {
    /// Use, run, install, deploy.
    Use,
    /// Copy.
    Copy,
    /// Change, adapt, translate.
    Modify,
    /// Pass on in any way.
    Distribute,
    /// Sell, rent, lease.
    Sell,
    /// Sublicense.
    Sublicense,
    /// Offer to others over a network.
    Host,
    /// Train, tune or distil a model.
    Train,
    /// Scrape, crawl, ingest: collecting for a data set.
    Mine,
    /// Make part of another thing.
    Include,
    /// Decompile, disassemble.
    Decompile,
}

impl Act {
    /// The normalised verb.
    pub(super) fn word(self) -> &'static str {
        match self {
            Act::Use => "use",
            Act::Copy => "copy",
            Act::Modify => "modify",
            Act::Distribute => "distribute",
            Act::Sell => "sell",
            Act::Sublicense => "sublicense",
            Act::Host => "host",
            Act::Train => "train",
            Act::Mine => "mine",
            Act::Include => "include",
            Act::Decompile => "decompile",
        }
    }
}

/// The act that a word names, in whatever form.
pub(super) fn act(word: &str) -> Option<Act> {
    Some(match word {
        "use" | "uses" | "used" | "using" | "usage" | "utilize" | "utilizes" | "utilized" | "utilizing"
        | "utilization" | "exploit" | "exploited" | "exploiting" | "exploitation" | "employ" | "employed"
        | "employing" | "reuse" | "reused" | "reusing" | "run" | "running" | "execute" | "executed"
        | "executing" | "execution" | "install" | "installed" | "installing" | "installation" | "deploy"
        | "deployed" | "deploying" | "deployment" | "operate" | "operated" | "operating" | "download"
        | "downloaded" | "downloading" | "access" | "accessed" | "accessing" | "exercise" | "exercised"
        | "exercising" => Act::Use,
        "copy" | "copied" | "copying" | "reproduce" | "reproduced" | "reproducing" | "reproduction"
        | "duplicate" | "duplicated" | "duplicating" | "duplication" => Act::Copy,
        "modify" | "modified" | "modifying" | "modification" | "alter" | "altered" | "altering"
        | "alteration" | "adapt" | "adapted" | "adapting" | "adaptation" | "change" | "changed"
        | "changing" | "translate" | "translated" | "translating" | "edit" | "edited" | "editing"
        | "transform" | "transformed" | "transforming" | "remix" | "remixed" | "remixing" | "fork"
        | "forked" | "forking" | "derive" => Act::Modify,
        "distribute" | "distributes" | "distributed" | "distributing" | "distribution" | "redistribute"
        | "redistributes" | "redistributed" | "redistributing" | "redistribution" | "redistributions"
        | "republication" | "publish" | "published" | "publishing" | "publication" | "republish"
        | "republished" | "republishing" | "share" | "shared" | "sharing" | "convey" | "conveyed"
        | "conveying" | "transfer" | "transferred" | "transferring" | "release" | "released"
        | "releasing" | "upload" | "uploaded" | "uploading" | "reupload" | "reuploaded" | "reuploading"
        | "repost" | "reposted" | "reposting" | "mirror" | "mirrored" | "mirroring" | "repackage"
        | "repackaged" | "repackaging" | "disseminate" | "disseminated" | "dissemination" | "rehost"
        | "disclose" | "disclosed" | "disclosing" | "disclosure" | "transmit" | "transmitted"
        | "transmission" => Act::Distribute,
        "sell" | "sells" | "sold" | "selling" | "sale" | "sales" | "resell" | "resells" | "resold"
        | "reselling" | "resale" | "rent" | "rented" | "renting" | "rental" | "lease" | "leased"
        | "leasing" => Act::Sell,
        "sublicense" | "sublicensed" | "sublicensing" => Act::Sublicense,
        "host" | "hosts" | "hosted" | "hosting" => Act::Host,
        "train" | "trained" | "training" | "finetune" | "finetuned" | "finetuning" | "pretrain"
        | "pretrained" | "pretraining" | "distill" | "distilled" | "distilling" | "distillation"
        | "retrain" | "retrained" | "retraining" => Act::Train,
        "scrape" | "scraped" | "scraping" | "crawl" | "crawled" | "crawling" | "ingest" | "ingested"
        | "ingesting" | "ingestion" | "harvest" | "harvested" | "harvesting" | "mine" | "mined"
        | "mining" | "feed" | "fed" => Act::Mine,
        "embed" | "embedded" | "embedding" | "incorporate" | "incorporated" | "incorporating"
        | "incorporation" | "integrate" | "integrated" | "integrating" | "integration" | "include"
        | "included" | "including" | "bundle" | "bundled" | "bundling" | "inclusion" => Act::Include,
        "decompile" | "decompiled" | "decompiling" | "decompilation" | "disassemble" | "disassembled"
        | "disassembling" | "reverseengineer" | "reverseengineered" | "reverseengineering" => Act::Decompile,
        _ => return None,
    })
}

/// An act as a noun or a gerund, which can be the subject of "is prohibited".
pub(super) fn is_nominal(word: &str) -> bool {
    act(word).is_some()
        && (word.ends_with("ing")
            || word.ends_with("ion")
            || matches!(
                word,
                "use"
                    | "uses"
                    | "usage"
                    | "sale"
                    | "sales"
                    | "resale"
                    | "deployment"
                    | "rental"
                    | "reuse"
                    | "access"
            ))
}

/// A participle or adjective form of an act, as after "be".
pub(super) fn is_participle(word: &str) -> bool {
    act(word).is_some() && (word.ends_with("ed") || matches!(word, "sold" | "resold" | "run" | "fed"))
}

/// A verb that says little by itself: what follows it tells what is done.
pub(super) fn is_light(word: &str) -> bool {
    matches!(
        word,
        "make"
            | "made"
            | "making"
            | "offer"
            | "offered"
            | "offering"
            | "provide"
            | "provided"
            | "providing"
            | "engage"
            | "allow"
            | "allowed"
            | "permit"
            | "enable"
            | "cause"
            | "create"
            | "created"
            | "develop"
            | "build"
            | "attempt"
            | "exercise"
            | "commercialize"
            | "commercialized"
            | "monetize"
            | "monetized"
            | "charge"
            | "charged"
            | "profit"
            | "earn"
            | "compete"
            | "market"
            | "marketed"
            | "improve"
            | "supply"
            | "prepare"
            | "generate"
            | "perform"
            | "conduct"
            | "practice"
            | "receive"
            | "collect"
            | "accept"
            | "lend"
            | "loan"
            | "treat"
            | "put"
            | "submit"
            | "contribute"
            | "loaned"
            | "harm"
            | "give"
            | "trade"
    )
}

/// The licensed thing, or words for it.
pub(super) fn is_thing(word: &str) -> bool {
    matches!(
        word,
        "software"
            | "program"
            | "programs"
            | "code"
            | "codebase"
            | "source"
            | "sources"
            | "work"
            | "works"
            | "library"
            | "libraries"
            | "model"
            | "models"
            | "weights"
            | "package"
            | "packages"
            | "project"
            | "projects"
            | "repository"
            | "repo"
            | "repositories"
            | "data"
            | "dataset"
            | "datasets"
            | "materials"
            | "material"
            | "content"
            | "contents"
            | "contribution"
            | "app"
            | "application"
            | "tool"
            | "tools"
            | "toolkit"
            | "plugin"
            | "plugins"
            | "theme"
            | "themes"
            | "font"
            | "fonts"
            | "icon"
            | "icons"
            | "assets"
            | "artwork"
            | "images"
            | "binaries"
            | "documentation"
            | "framework"
            | "module"
            | "modules"
            | "component"
            | "components"
            | "script"
            | "scripts"
            | "game"
            | "mod"
            | "derivatives"
            | "derivative"
            | "outputs"
            | "output"
            | "database"
            | "corpus"
            | "sdk"
            | "firmware"
            | "driver"
            | "extension"
            | "kit"
            | "copies"
            | "copy"
            | "redistributions"
            | "template"
            | "templates"
            | "checkpoint"
            | "checkpoints"
            | "product"
            | "engine"
            | "implementation"
            | "website"
            | "text"
            | "texts"
            | "photos"
            | "music"
            | "sounds"
            | "samples"
            | "platform"
    )
}

/// A pronoun that may stand for the licensed thing.
pub(super) fn is_pronoun(word: &str) -> bool {
    matches!(word, "it" | "this" | "them" | "these" | "they" | "thereof" | "same")
}

/// Leave that somebody has to give.
pub(super) fn is_leave(word: &str) -> bool {
    matches!(
        word,
        "license"
            | "licenses"
            | "licensing"
            | "permission"
            | "permissions"
            | "consent"
            | "agreement"
            | "approval"
            | "authorization"
            | "subscription"
            | "contract"
    )
}

/// A word that sets such leave apart from the license at hand.
pub(super) fn is_leave_kind(word: &str) -> bool {
    matches!(
        word,
        "separate"
            | "commercial"
            | "paid"
            | "written"
            | "valid"
            | "prior"
            | "additional"
            | "different"
            | "explicit"
            | "express"
            | "special"
            | "proprietary"
            | "enterprise"
            | "specific"
            | "own"
            | "alternative"
            | "business"
            | "professional"
            | "production"
            | "individual"
    )
}

/// "only" and its kin.
pub(super) fn is_only(word: &str) -> bool {
    matches!(word, "only" | "solely" | "exclusively" | "purely")
}

/// An adverb that may stand between a modal and its verb.
pub(super) fn is_adverb(word: &str) -> bool {
    let verb = matches!(word, "apply" | "supply" | "comply" | "imply" | "reply" | "multiply");
    (word.len() > 4 && word.ends_with("ly") && !is_only(word) && !verb)
        || matches!(
            word,
            "also" | "hereby" | "then" | "further" | "otherwise" | "ever" | "always" | "therefore" | "not"
        )
}

/// Starts a clause of its own within a sentence.
pub(super) fn is_conjunction(word: &str) -> bool {
    matches!(
        word,
        "but"
            | "however"
            | "although"
            | "though"
            | "while"
            | "whereas"
            | "unless"
            | "except"
            | "if"
            | "provided"
            | "because"
            | "therefore"
            | "otherwise"
            | "when"
            | "where"
            | "nor"
            | "once"
            | "until"
            | "which"
    )
}

/// Words that name an artificial intelligence or what it is taught with.
pub(super) fn is_ai(word: &str) -> bool {
    matches!(
        word,
        "ai" | "ais"
            | "ml"
            | "llm"
            | "llms"
            | "neural"
            | "generative"
            | "genai"
            | "gpt"
            | "chatgpt"
            | "copilot"
            | "nlp"
            | "chatbot"
            | "chatbots"
            | "gpts"
            | "aiml"
            | "agi"
    )
}

/// Places that a territorial limit names.
pub(super) fn is_place(word: &str) -> bool {
    matches!(
        word,
        "country"
            | "countries"
            | "territory"
            | "territories"
            | "eu"
            | "eea"
            | "usa"
            | "uk"
            | "china"
            | "russia"
            | "israel"
            | "iran"
            | "cuba"
            | "korea"
            | "japan"
            | "germany"
            | "france"
            | "ukraine"
            | "belarus"
            | "syria"
            | "india"
            | "brazil"
            | "canada"
            | "australia"
            | "california"
            | "taiwan"
            | "palestine"
            | "europe"
            | "european"
            | "america"
            | "italy"
            | "spain"
            | "poland"
            | "turkey"
            | "mexico"
    )
}

/// Number words that count people or money.
pub(super) fn is_number(word: &str) -> bool {
    let bare = word.trim_start_matches(['$', '€', '£']);
    let currency = ["usd", "us$", "eur", "gbp"].iter().find_map(|c| bare.strip_prefix(c)).unwrap_or(bare);
    currency.starts_with(|c: char| c.is_ascii_digit())
        || matches!(
            word,
            "one"
                | "two"
                | "three"
                | "five"
                | "ten"
                | "twenty"
                | "fifty"
                | "hundred"
                | "thousand"
                | "million"
                | "billion"
        )
}

/// A prefix that a hyphen joins to its word: "non-commercial", "re-distribute".
pub(super) fn is_prefix(word: &str) -> bool {
    matches!(word, "non" | "re" | "sub" | "pre" | "un" | "co" | "de")
}

/// Two words that are one term, joined.
pub(super) fn join(first: &str, second: &str) -> Option<String> {
    let both = match (first, second) {
        ("non", _) if second.len() > 3 => true,
        ("fine", "tune" | "tuned" | "tuning" | "tunes") => true,
        ("pre", "train" | "trained" | "training") => true,
        ("reverse", "engineer" | "engineered" | "engineering") => true,
        (
            "re",
            "distribute" | "distributed" | "distribution" | "sell" | "selling" | "sale" | "use" | "publish",
        ) => true,
        ("data", "set" | "sets") => true,
        _ => false,
    };
    both.then(|| format!("{first}{second}"))
}

/// Undoes a contraction: "don't" is "do" and "not"; a possessive loses its end.
pub(super) fn split_contraction(word: &str) -> (&str, Option<&'static str>) {
    match word {
        "cannot" | "can't" | "cant" => return ("can", Some("not")),
        "won't" => return ("will", Some("not")),
        "shan't" => return ("shall", Some("not")),
        "let's" => return ("let", None),
        _ => {}
    }
    match word.split_once('\'') {
        Some((stem, "t")) if stem.len() > 2 && stem.ends_with('n') => (&stem[..stem.len() - 1], Some("not")),
        Some((stem, _)) if !stem.is_empty() => (stem, None),
        _ => (word, None),
    }
}

/// American spelling of the words that the grammar knows.
pub(super) fn fold(word: &str) -> Cow<'_, str> {
    let folded = match word {
        "licence" => "license",
        "licences" => "licenses",
        "licenced" => "licensed",
        "licencing" => "licensing",
        "sublicence" => "sublicense",
        "organisation" | "organisations" => "organization",
        "organizations" => "organization",
        "programme" => "program",
        "defence" => "defense",
        "notforprofit" | "nonprofits" => "nonprofit",
        "noncommercially" => "noncommercial",
        "distil" => "distill",
        "unauthorised" => "unauthorized",
        "softwares" => "software",
        _ => "",
    };
    if !folded.is_empty() {
        return Cow::Borrowed(folded);
    }
    for stem in ["commercial", "monet", "util", "author"] {
        if let Some(end) = word.strip_prefix(stem).and_then(|rest| rest.strip_prefix("is")) {
            return Cow::Owned(format!("{stem}iz{end}"));
        }
    }
    Cow::Borrowed(word)
}
