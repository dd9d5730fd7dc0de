//! Rows as people write them, and a graph, with what has to be said of each.

use std::collections::BTreeMap;

use licit_model::graph::{Edge, Origin};
use licit_model::{
    Component, Descent, Graph, Kind, Licenses, Linkage, MentionRole, ModelCard, Relationship, Scope, Source,
};

use super::table::{Books, case};
use super::*;
use crate::product::{Distribution, Plan};

/// `level:CODE` of a row that is written as `column=text; column=text`.
fn judged(row: &str) -> Vec<String> {
    findings(row).iter().map(|f| format!("{}:{}", f.level.word(), f.code)).collect()
}

fn findings(row: &str) -> Vec<ModelFinding> {
    let cells: BTreeMap<&str, &str> =
        row.split(" | ").filter_map(|c| c.split_once('=')).map(|(k, v)| (k.trim(), v.trim())).collect();
    let cell = |name: &str| cells.get(name).copied().unwrap_or("");
    let books = Books::embedded();
    let (case, company) = case(&cell, &books);
    judge_model(&case, &company, books.know)
}

fn has(row: &str, finding: &str) -> bool {
    judged(row).iter().any(|f| f == finding)
}

fn speaks(row: &str, code: &str) -> bool {
    judged(row).iter().any(|f| f.ends_with(&format!(":{code}")))
}

#[test]
fn a_limit_is_measured_when_its_text_says() {
    let llama = "model=meta-llama/Llama-2-13b-hf | card_label=llama2 | use_context=saas";
    assert!(has(&format!("{llama} | mau_at_release=750M | mau_now=1M"), "block:MAU-THRESHOLD"));
    assert!(has(&format!("{llama} | mau_at_release=300M | mau_now=900M"), "info:MAU-SNAPSHOT"));
    assert!(!speaks(&format!("{llama} | mau_at_release=300M | mau_now=900M"), "MAU-THRESHOLD"));
    // Exactly at the limit is not more than it.
    assert!(!speaks(&format!("{llama} | mau_at_release=700M | mau_now=700M"), "MAU-THRESHOLD"));
    let asked = findings(llama);
    let asked = asked.iter().find(|f| f.code == "MAU-THRESHOLD").unwrap();
    assert_eq!(asked.level, Level::Review);
    assert!(asked.question.as_deref().unwrap().contains("2023-07-18"), "{:?}", asked.question);
    let qwen = "model=Qwen/Qwen-72B-Chat | card_label=other (tongyi-qianwen) | use_context=saas | annual_revenue_usd=1M";
    assert!(has(&format!("{qwen} | mau_at_release=1M | mau_now=120M"), "block:MAU-THRESHOLD"));
    assert!(!speaks(&format!("{qwen} | mau_at_release=120M | mau_now=90M"), "MAU-THRESHOLD"));
}

#[test]
fn a_limit_may_ask_for_a_name_only() {
    let kimi = "model=moonshotai/Kimi-K2-Instruct | card_label=other (kimi-k2-modified-mit) | use_context=saas | annual_revenue_usd=5M";
    assert!(has(&format!("{kimi} | mau_now=150M"), "obligation:ATTRIB-DISPLAY"));
    assert!(!speaks(&format!("{kimi} | mau_now=150M"), "MAU-THRESHOLD"));
    assert!(!speaks(&format!("{kimi} | mau_now=50M"), "ATTRIB-DISPLAY"));
}

#[test]
fn revenue_ends_a_license_or_makes_a_royalty() {
    let stability =
        "model=acme/pictures | card_label=other (stabilityai-ai-community) | use_context=saas | mau_now=0";
    assert!(has(&format!("{stability} | annual_revenue_usd=2M"), "block:REVENUE-THRESHOLD"));
    assert!(!speaks(&format!("{stability} | annual_revenue_usd=0.9M"), "REVENUE-THRESHOLD"));
    assert!(has(stability, "review:REVENUE-THRESHOLD"));
    let falcon = "model=tiiuae/falcon-7b@old | card_label=tii-falcon-llm | use_context=saas";
    let found = findings(&format!("{falcon} | annual_revenue_usd=3M attributable"));
    let due = found.iter().find_map(|f| f.royalty.as_ref()).unwrap();
    assert_eq!((due.revenue, due.due), (Some(3_000_000), Some(200_000)));
    assert!(
        due.curve.contains(&(1_000_000, 0)) && due.curve.contains(&(10_000_000, 900_000)),
        "{:?}",
        due.curve
    );
    assert!(!speaks(&format!("{falcon} | annual_revenue_usd=0.5M attributable"), "ROYALTY"));
    assert!(has(falcon, "review:ROYALTY") && has(falcon, "review:SUPERSEDED-LICENCE"));
    assert!(
        judged("model=tiiuae/falcon-7b | card_label=apache-2.0 | use_context=saas | annual_revenue_usd=90M")
            .is_empty()
    );
}

#[test]
fn places_count_for_the_models_that_the_text_names() {
    let vision = "model=meta-llama/Llama-3.2-11B-Vision-Instruct | card_label=llama3.2 | use_context=internal | mau_now=0";
    assert!(has(&format!("{vision} | entity_location=DE"), "block:TERRITORY"));
    assert!(!speaks(&format!("{vision} | entity_location=US | users_in=DE"), "TERRITORY"));
    assert!(!speaks(&format!("{vision} | entity_location=GB"), "TERRITORY"));
    assert!(has(vision, "review:TERRITORY"));
    let bought = format!(
        "{vision} | entity_location=FR | relation=embedded in a US vendor's product | mau_at_release=900M"
    );
    assert!(!speaks(&bought, "TERRITORY") && !speaks(&bought, "MAU-THRESHOLD"), "{:?}", judged(&bought));
    let text = "model=meta-llama/Llama-3.2-3B-Instruct | card_label=llama3.2 | use_context=saas | entity_location=DE";
    assert!(!speaks(text, "TERRITORY") && has(text, "obligation:ATTRIB-DISPLAY"));
    let hunyuan = "model=tencent/HunyuanVideo | card_label=other (hunyuan-video) | use_context=saas | mau_now=0 | entity_location=US";
    assert!(has(&format!("{hunyuan} | users_in=KR"), "block:TERRITORY"));
    assert!(!speaks(&format!("{hunyuan} | users_in=US"), "TERRITORY"));
    assert!(has(hunyuan, "review:TERRITORY"));
}

#[test]
fn outputs_train_what_their_version_allows() {
    let student = "card_label=apache-2.0 | base_chain=mistralai/Mistral-7B-v0.1@apache-2.0 | outputs_train=yes:other-family";
    let of = |teacher: &str, used: &str| {
        format!(
            "model=acme/writer-7b | {student} | relation=finetune on outputs of {teacher} | use_context={used}"
        )
    };
    assert!(has(&of("meta-llama/Llama-2-70b-chat-hf", "internal"), "block:OUTPUT-TRAIN"));
    assert!(has(&of("meta-llama/Meta-Llama-3-70B-Instruct", "internal"), "block:OUTPUT-TRAIN"));
    let later = of("meta-llama/Llama-3.1-70B-Instruct", "distributed");
    assert!(!speaks(&later, "OUTPUT-TRAIN") && has(&later, "block:NAMING"), "{:?}", judged(&later));
    assert!(!speaks(&of("meta-llama/Llama-3.1-70B-Instruct", "internal"), "NAMING"));
    assert!(!speaks(&of("mistralai/Mixtral-8x7B-Instruct-v0.1", "distributed"), "OUTPUT-TRAIN"));
    // What is made from Gemma's outputs is a derivative, so the label drops what Gemma asks.
    let gemma = of("google/gemma-2-27b-it", "distributed");
    assert!(
        has(&gemma, "review:LABEL-CONFLICT") && has(&gemma, "obligation:PASS-THROUGH"),
        "{:?}",
        judged(&gemma)
    );
    let same = "model=acme/l | card_label=llama2 | base_chain=meta-llama/Llama-2-13b-hf@llama-2 | use_context=internal";
    assert!(!speaks(
        &format!("{same} | relation=finetune on outputs of meta-llama/Llama-2-70b-chat-hf"),
        "OUTPUT-TRAIN"
    ));
    let classifier = of("meta-llama/Llama-2-70b-chat-hf (a classifier)", "internal");
    assert!(has(&classifier, "review:OUTPUT-TRAIN"), "{:?}", judged(&classifier));
}

#[test]
fn a_label_conflicts_only_where_it_gives_more() {
    let tuned = |label: &str, base: &str| {
        format!(
            "model=acme/tuned | card_label={label} | base_chain={base} | relation=finetune | use_context=distributed"
        )
    };
    for (label, base) in [
        ("apache-2.0", "meta-llama/Llama-2-7b-hf@llama-2"),
        ("mit", "meta-llama/Llama-3.3-70B-Instruct@llama-3.3"),
        ("cc0-1.0", "stabilityai/stable-diffusion-xl-base-1.0@creativeml-openrail-plusplus-m-sdxl"),
        ("llama3.1", "meta-llama/Meta-Llama-3-8B@llama-3"),
        ("apache-2.0", "acme/corpus-tuned@cc-by-nc-4.0"),
        ("mit", "acme/shared@cc-by-sa-4.0"),
    ] {
        assert!(has(&tuned(label, base), "review:LABEL-CONFLICT"), "{label} on {base}");
    }
    for (label, base) in [
        ("apache-2.0", "mistralai/Mistral-7B-v0.1@apache-2.0"),
        ("mit", "mistralai/Mistral-7B-v0.1@apache-2.0"),
        ("llama2", "meta-llama/Llama-2-7b-hf@llama-2"),
        ("cc-by-nc-4.0", "mistralai/Mistral-7B-v0.1@apache-2.0"),
        ("openrail++", "CompVis/stable-diffusion-v1-4@creativeml-openrail-m"),
        ("apache-2.0", "google/gemma-4-31b-it"),
    ] {
        assert!(
            !speaks(&tuned(label, base), "LABEL-CONFLICT"),
            "{label} on {base}: {:?}",
            judged(&tuned(label, base))
        );
    }
    let found = findings(&tuned("apache-2.0", "meta-llama/Llama-2-7b-hf@llama-2"));
    let conflict = found.iter().find(|f| f.code == "LABEL-CONFLICT").unwrap();
    assert!(
        conflict.chain[0].contains("meta-llama/Llama-2-7b-hf") && conflict.chain[0].contains("acme/tuned")
    );
    assert!(conflict.clauses.iter().any(|c| c.reference.ends_with("1.b.v")), "{:?}", conflict.clauses);
}

#[test]
fn a_name_alone_is_a_question() {
    let name = "model=someone/Llama3-24B-Mullein | card_label=apache-2.0 | relation=none | use_context=saas";
    assert_eq!(judged(name), ["review:LINEAGE-UNPROVEN"]);
    for known in
        ["model=01-ai/Yi-34B | card_label=apache-2.0", "model=google/gemma-4-31b-it | card_label=apache-2.0"]
    {
        assert!(judged(&format!("{known} | use_context=saas | annual_revenue_usd=1M")).is_empty(), "{known}");
    }
}

#[test]
fn commercial_use_is_asked_about_where_it_decides() {
    let nc = "model=acme/nc | card_label=cc-by-nc-4.0";
    assert!(has(&format!("{nc} | use_context=saas | annual_revenue_usd=3M"), "block:NC-USE"));
    assert!(has(&format!("{nc} | use_context=internal"), "review:NC-USE"));
    assert!(!speaks(&format!("{nc} | use_context=internal: academic research"), "NC-USE"));
    let yi = "model=01-ai/Yi-34B | card_label=other (yi-2.1) | annual_revenue_usd=2M";
    assert!(has(&format!("{yi} | use_context=saas"), "block:COMMERCIAL-REGISTRATION"));
    assert!(!has(
        &format!("{yi} | use_context=saas, registered with the owner"),
        "block:COMMERCIAL-REGISTRATION"
    ));
    // The Community License grants commercial use up to a revenue and asks for a registration.
    let community =
        "model=stabilityai/stable-diffusion-3.5-large | card_label=other (stabilityai-ai-community)";
    let small = format!("{community} | use_context=saas | annual_revenue_usd=0.5M");
    assert!(has(&small, "obligation:COMMERCIAL-REGISTRATION"), "{:?}", judged(&small));
    assert!(!judged(&small).iter().any(|f| f.starts_with("block:")), "{:?}", judged(&small));
    let large = format!("{community} | use_context=saas | annual_revenue_usd=2M");
    assert!(has(&large, "block:REVENUE-THRESHOLD"), "{:?}", judged(&large));
    let turbo = "model=stabilityai/sdxl-turbo | card_label=other (sai-nc-community) | annual_revenue_usd=1M";
    assert!(has(&format!("{turbo} | use_context=saas"), "block:HOSTING"));
    assert!(!speaks(&format!("{turbo} | use_context=internal"), "HOSTING"));
    let falcon = "model=tiiuae/falcon-180B | card_label=other (falcon-180b license)";
    assert!(has(&format!("{falcon} | use_context=saas: shared inference API"), "review:HOSTING"));
    assert!(!speaks(&format!("{falcon} | use_context=saas: assistant inside our own product"), "HOSTING"));
}

#[test]
fn notices_wait_for_their_event() {
    let llama = "model=meta-llama/Llama-3.2-3B-Instruct | card_label=llama3.2 | mau_now=0";
    let notice = findings(&format!("{llama} | use_context=distributed"));
    let notice = notice.iter().find(|f| f.code == "NOTICE-FILE").unwrap();
    assert!(notice.sentences[0].starts_with("Llama 3.2 is licensed under"), "{:?}", notice.sentences);
    assert!(!speaks(&format!("{llama} | use_context=saas"), "NOTICE-FILE"));
    assert!(!speaks(&format!("{llama} | use_context=internal"), "LICENCE-COPY"));
    // Gemma counts hosted access as distribution, but asks for no Notice file there.
    let gemma = "model=google/gemma-2-9b-it | card_label=gemma | use_context=saas";
    assert!(has(gemma, "obligation:PASS-THROUGH") && !speaks(gemma, "NOTICE-FILE"));
}

#[test]
fn fields_of_use_that_were_told_are_held_against_the_bans() {
    let bloom = "model=bigscience/bloom | card_label=bigscience-bloom-rail-1.0";
    assert!(has(&format!("{bloom} | use_context=internal: medical advice to patients"), "block:USE-POLICY"));
    assert!(!has(&format!("{bloom} | use_context=internal: translation"), "block:USE-POLICY"));
    // The ban stands in the policy that the agreement makes part of itself.
    let llama = "model=meta-llama/Llama-2-7b-hf | card_label=llama2";
    assert!(has(&format!("{llama} | use_context=internal: military planning"), "block:USE-POLICY"));
    assert!(!has(&format!("{llama} | use_context=internal: non-military planning"), "block:USE-POLICY"));
}

#[test]
fn several_bases_bring_the_terms_of_each() {
    let merged = "model=acme/m | card_label=apache-2.0 | relation=merge | use_context=distributed \
                  | base_chain=meta-llama/Llama-2-7b-hf@llama-2; google/gemma-7b@gemma-2024-04-01";
    let found = findings(merged);
    let conflicts: Vec<&str> =
        found.iter().filter(|f| f.code == "LABEL-CONFLICT").map(|f| f.license.as_str()).collect();
    assert_eq!(
        conflicts,
        ["LicenseRef-scancode-gemma-tou-2024-04-01", "LicenseRef-scancode-llama-2-license-2023"]
    );
    let shared = "model=acme/m | card_label=gpl-3.0 | relation=merge | use_context=distributed \
                  | base_chain=acme/one@cc-by-sa-4.0; acme/two@llama-2";
    assert!(has(shared, "review:BASE-CONFLICT"), "{:?}", judged(shared));
}

#[test]
fn labels_of_parts_are_held_against_each_other() {
    let row = "model=acme/voices | card_label=weights: mit; code: mit; data: cc-by-nc-4.0 | use_context=saas | annual_revenue_usd=1M";
    assert!(has(row, "review:DATASET-TERMS"), "{:?}", judged(row));
    assert!(!speaks(row, "CODE-TERMS"));
    let data = "model=acme/v | card_label=mit | relation=finetune on dataset acme/corpus@cc-by-nc-4.0 | use_context=saas | annual_revenue_usd=1M";
    assert!(has(data, "review:DATASET-TERMS"), "{:?}", judged(data));
}

#[test]
fn a_lineage_in_a_circle_ends() {
    let ancestor = |id: &str, child: &str| Ancestor {
        id: id.to_string(),
        revision: None,
        child: child.to_string(),
        derivation: licit_model::Derivation::Merge,
        dataset: false,
        license: Some("MIT".to_string()),
        named: None,
        family: None,
        multimodal: None,
        told_by: "a test".to_string(),
        sure: true,
    };
    let mut case = ModelCase { id: "a/a".to_string(), ..ModelCase::default() };
    case.chain = vec![ancestor("a/b", "a/c"), ancestor("a/c", "a/b")];
    assert!(judge_model(&case, &Company::default(), licit_license::Knowledge::embedded()).len() < 10);
}

#[test]
fn clauses_touch_points_of_the_definition() {
    let know = licit_license::Knowledge::embedded();
    let points = |id: &str| -> Vec<u8> {
        definition::points_of(&know.license(id).unwrap().clauses).iter().map(|p| p.number).collect()
    };
    let llama = points("LicenseRef-scancode-llama-2-license-2023");
    assert!(llama.contains(&5) && llama.contains(&6), "{llama:?}");
    assert!(points("LicenseRef-licit-tii-falcon-llm-1.0").contains(&1));
    assert!(points("MIT").is_empty() && points("Apache-2.0").is_empty() && points("GPL-3.0-only").is_empty());
}

#[test]
fn every_finding_on_a_model_is_explained() {
    for source in [
        include_str!("limits.rs"),
        include_str!("outputs.rs"),
        include_str!("duties.rs"),
        include_str!("label.rs"),
        include_str!("unknown.rs"),
    ] {
        for word in source
            .split('"')
            .filter(|w| w.contains('-') && w.bytes().all(|b| b.is_ascii_uppercase() || b == b'-'))
        {
            // What a clause may carry without a finding of its own.
            if ["OUTPUT-NC", "OUTPUT-FREE", "USE-POLICY"].contains(&word) {
                continue;
            }
            let code = graph::code(word);
            assert!(crate::codes::code(&code).is_some(), "{code}");
        }
    }
}

fn component(id: &str, kind: Kind, license: Option<&str>) -> Component {
    Component {
        id: id.to_string(),
        purl: None,
        ecosystem: None,
        kind,
        name: id.to_string(),
        version: String::new(),
        requested: None,
        scope: Scope::Runtime,
        relationship: Relationship::Direct,
        first_party: false,
        locations: Vec::new(),
        source: Source::Unknown,
        hashes: Vec::new(),
        licenses: Licenses { concluded: license.map(str::to_string), ..Licenses::default() },
        freshness: None,
        model: None,
    }
}

#[test]
fn models_stand_in_the_same_graph_as_packages() {
    let root = Component { first_party: true, ..component("app", Kind::Application, Some("MIT")) };
    let server = component("inference-server", Kind::Library, Some("AGPL-3.0-only"));
    let mut tuned = component("acme/chat-7b", Kind::Model, Some("Apache-2.0"));
    tuned.model = Some(Box::new(ModelCard {
        roles: vec![MentionRole::Inference],
        labels: vec![("apache-2.0".to_string(), "models/chat/README.md".to_string())],
        origins: vec![Descent {
            from: "facebook/nllb-200".to_string(),
            derivation: licit_model::Derivation::Finetune,
            told_by: "models/chat/README.md:4".to_string(),
        }],
        ..ModelCard::default()
    }));
    let mut base = component("facebook/nllb-200", Kind::Model, Some("CC-BY-NC-4.0"));
    base.model = Some(Box::default());
    let mut graph = Graph {
        components: vec![tuned, root, base, server],
        edges: Vec::new(),
        origins: vec![Origin { path: "app.py".to_string(), ceiling: Scope::Runtime }],
    };
    graph.components.sort_by(|a, b| a.id.cmp(&b.id));
    let at = |id: &str| graph.components.iter().position(|c| c.id == id).unwrap();
    let edge = |from: usize, to: usize| Edge {
        from,
        to,
        scope: Scope::Runtime,
        linkage: Linkage::Unknown,
        origin: 0,
    };
    let mut edges =
        vec![edge(at("app"), at("inference-server")), edge(at("inference-server"), at("acme/chat-7b"))];
    edges.sort();
    graph.edges = edges;
    let plan = Plan { distribution: Distribution::Saas, commercial: Some(true), ..Plan::default() };
    let know = licit_license::Knowledge::embedded();
    let found = judge_models(&graph, &plan, &Company::default(), know, &[]);
    let one =
        |code: &str| found.iter().find(|f| f.code == code).unwrap_or_else(|| panic!("{code}: {found:#?}"));
    let sale = one("model-nc-use");
    assert_eq!(sale.severity, licit_model::Severity::Error);
    assert_eq!(sale.path, ["app", "inference-server", "acme/chat-7b"]);
    assert!(one("model-label-conflict").message.contains("models/chat/README.md:4"));
    // The base has no line of its own: it speaks through what was made from it.
    assert!(found.iter().all(|f| f.component == "acme/chat-7b"));
    let packages = crate::judge(&graph, &plan, know);
    assert!(packages.findings.iter().any(|f| f.component == "inference-server"), "{packages:#?}");
}
