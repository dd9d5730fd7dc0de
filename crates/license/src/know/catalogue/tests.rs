//! Rows that can be found, rows that cannot be right, and what labels mean.

use std::collections::BTreeSet;

use super::*;
use crate::Knowledge;

fn license(kind: MentionKind, id: &str, revision: Option<&str>) -> Option<&'static str> {
    Catalogue::embedded().find(kind, id, revision)?.license.as_deref()
}

fn model(id: &str) -> Option<&'static str> {
    license(MentionKind::HfModel, id, None)
}

#[test]
fn every_row_can_be_right() {
    let texts = embedded::CATALOGUE.iter().map(|(_, span)| embedded::text(*span));
    let (catalogue, errors) = Catalogue::read(texts);
    let errors: Vec<String> = errors.into_iter().chain(catalogue.check()).map(|e| e.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    assert!(catalogue.entries().count() > 500);
}

/// What a row names is there: licenses have rules, answers come from models or services that are known.
#[test]
fn rows_lead_to_something_known() {
    let (know, catalogue) = (Knowledge::embedded(), Catalogue::embedded());
    let mut wrong = BTreeSet::new();
    for row in catalogue.entries() {
        for text in [&row.license, &row.code, &row.labelled, &row.superseded].into_iter().flatten() {
            let expr = Expr::parse(text).unwrap();
            wrong.extend(expr.terms().iter().filter(|t| know.license(&t.id).is_none()).map(|t| t.id.clone()));
        }
        for teacher in &row.outputs_of {
            let model = catalogue.find(MentionKind::HfModel, teacher, None);
            if model.is_none() && catalogue.service(teacher).is_none() {
                wrong.insert(teacher.clone());
            }
        }
        if let Some(by) =
            row.sure.then_some(&row.source).filter(|s| s.starts_with("model card, from general"))
        {
            wrong.insert(format!("{}: {by}", row.ids[0]));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// A sure row never grants more than the surely known license of a base that it names.
#[test]
fn no_row_grants_more_than_its_base() {
    let catalogue = Catalogue::embedded();
    let open = |text: &str| !text.contains("LicenseRef-");
    let mut wrong = Vec::new();
    for row in catalogue.entries().filter(|r| r.sure && !r.dated()) {
        let Some(own) = row.license.as_deref() else { continue };
        for base in &row.base {
            let Some(from) = catalogue.find(MentionKind::HfModel, &base.id, None) else { continue };
            let from = from.license.as_deref().unwrap_or("LicenseRef-unknown");
            if open(own) && !open(from) && !own.contains("-NC") {
                wrong.push(format!("{} says {own}, {} is under {from}", row.ids[0], base.id));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_most_specific_row_wins() {
    assert_eq!(model("meta-llama/Llama-2-7b-chat-hf"), Some("LicenseRef-scancode-llama-2-license-2023"));
    assert_eq!(model("meta-llama/Meta-Llama-3-8B"), Some("LicenseRef-licit-llama-3"));
    assert_eq!(model("meta-llama/Meta-Llama-3.1-8B"), Some("LicenseRef-scancode-llama-3.1-license-2024"));
    assert_eq!(model("META-LLAMA/llama-3.2-1b"), Some("LicenseRef-scancode-llama-3.2-license-2024"));
    assert_eq!(model("Qwen/Qwen2.5-7B-Instruct"), Some("Apache-2.0"));
    assert_eq!(model("Qwen/Qwen2.5-72B-Instruct-AWQ"), Some("LicenseRef-scancode-qwen-2024"));
    let small = Catalogue::embedded().find(MentionKind::HfModel, "Qwen/Qwen2.5-3B-Instruct", None).unwrap();
    assert_eq!(
        (small.license.as_deref(), small.limits.as_slice()),
        (None, &["non-commercial".to_string()][..])
    );
    assert_eq!(model("google/gemma-4-E2B-it"), Some("Apache-2.0"));
    assert_eq!(model("google/gemma-3-27b-it"), Some("LicenseRef-scancode-gemma-tou-2025-03-24"));
    assert_eq!(model("https://huggingface.co/BAAI/bge-m3/"), Some("MIT"));
}

/// Likeness of names is no evidence.
#[test]
fn names_alone_say_nothing() {
    for id in [
        "someone/Llama-2-7b-chat-hf",
        "TheBloke/Llama-2-7B-Chat-GGUF",
        "meta-llama-copy/Llama-2-7b",
        "meta-llama",
        "Llama-2-7b",
        "tiiuae/falcon-7b-tuned",
        "bert",
        "",
        "*",
        "ü",
    ] {
        assert_eq!(model(id), None, "{id}");
    }
    assert!(model(&"a/".repeat(100_000)).is_none());
    assert_eq!(license(MentionKind::WeightFile, "meta-llama/Llama-2-7b", None), None);
    assert_eq!(license(MentionKind::HfDataset, "meta-llama/Llama-2-7b", None), None);
}

#[test]
fn revisions_decide() {
    let falcon = |revision| license(MentionKind::HfModel, "tiiuae/falcon-40b", revision);
    let royalty = Some("LicenseRef-licit-tii-falcon-llm-1.0");
    assert_eq!(falcon(None), Some("Apache-2.0"));
    assert_eq!(falcon(Some("main")), Some("Apache-2.0"));
    assert_eq!(falcon(Some("b046281")), Some("Apache-2.0"));
    assert_eq!(falcon(Some("B0462812b2f53caab9ccc64051635a74662fc73b")), Some("Apache-2.0"));
    assert_eq!(falcon(Some("2023-05-30")), royalty);
    assert_eq!(falcon(Some("2023-05-31")), Some("Apache-2.0"));
    assert_eq!(falcon(Some("old-revision")), royalty);
    let unknown = Catalogue::embedded().find(MentionKind::HfModel, "tiiuae/falcon-40b", Some("0123456789ab"));
    assert_eq!(unknown.map(|e| (e.license.as_deref(), e.sure)), Some((royalty, false)));
    let yi = |day| license(MentionKind::HfModel, "01-ai/Yi-34B", Some(day));
    assert_eq!(yi("2023-11-10"), Some("LicenseRef-licit-yi-2.0"));
    assert_eq!(yi("2023-12-01"), Some("LicenseRef-licit-yi-2.1"));
    assert_eq!(yi("2024-06-01"), Some("Apache-2.0"));
}

#[test]
fn names_of_ollama() {
    let ollama = |id| license(MentionKind::OllamaModel, id, None);
    assert_eq!(ollama("llama3.2:1b"), Some("LicenseRef-scancode-llama-3.2-license-2024"));
    assert_eq!(ollama("llama3.2"), Some("LicenseRef-scancode-llama-3.2-license-2024"));
    assert_eq!(ollama("registry.ollama.ai/library/llama3:70b"), Some("LicenseRef-licit-llama-3"));
    assert_eq!(ollama("qwen2.5"), Some("Apache-2.0"));
    assert_eq!(ollama("qwen2.5:72b-instruct-q4_K_M"), Some("LicenseRef-scancode-qwen-2024"));
    assert_eq!(ollama("qwen2.5:3b"), None);
    assert_eq!(ollama("hf.co/Qwen/Qwen2.5-72B-Instruct:Q4_K_M"), Some("LicenseRef-scancode-qwen-2024"));
    assert_eq!(ollama("someone/llama3.2"), None);
    assert_eq!(ollama("llama3.25"), None);
}

#[test]
fn labels() {
    let labels = Labels::embedded();
    let errors: Vec<String> = labels.check().iter().map(ToString::to_string).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    let exact = |tag, name, link| match labels.label(tag, name, link) {
        Label::Exact(license) => Some(license),
        _ => None,
    };
    assert_eq!(exact(Some("apache-2.0"), None, None).as_deref(), Some("Apache-2.0"));
    assert_eq!(
        exact(Some("llama2"), None, None).as_deref(),
        Some("LicenseRef-scancode-llama-2-license-2023")
    );
    assert_eq!(exact(Some("llama3"), None, None).as_deref(), Some("LicenseRef-licit-llama-3"));
    assert_eq!(
        exact(Some("other"), Some("mrl"), None).as_deref(),
        Some("LicenseRef-licit-mistral-research-0.1")
    );
    assert_eq!(exact(Some("other"), Some("LFM1.0"), None).as_deref(), Some("LicenseRef-licit-lfm-open-1.0"));
    let link = "https://huggingface.co/Qwen/Qwen2.5-72B-Instruct/blob/main/LICENSE";
    assert_eq!(
        exact(Some("other"), Some("qwen"), Some(link)).as_deref(),
        Some("LicenseRef-scancode-qwen-2024")
    );
    assert_eq!(exact(Some("other"), None, Some(link)).as_deref(), Some("LicenseRef-scancode-qwen-2024"));
    let link = "https://www.llama.com/llama3_1/license/";
    assert_eq!(
        exact(Some("other"), None, Some(link)).as_deref(),
        Some("LicenseRef-scancode-llama-3.1-license-2024")
    );
    let link = "https://huggingface.co/01-ai/Yi-34B/blob/2023-12-01/LICENSE";
    assert_eq!(
        exact(Some("other"), Some("yi-license"), Some(link)).as_deref(),
        Some("LicenseRef-licit-yi-2.1")
    );
}

#[test]
fn ambiguous_labels_give_candidates_and_what_settles_them() {
    let labels = Labels::embedded();
    for (tag, name, first) in [
        ("gemma", None, "LicenseRef-scancode-gemma-tou-2025-03-24"),
        ("openrail", None, "LicenseRef-scancode-bigscience-rail-1.0"),
        ("other", Some("tongyi-qianwen"), "LicenseRef-scancode-tongyi-qianwen-2023"),
        ("other", Some("yi-license"), "LicenseRef-licit-yi-2.1"),
        ("cc", None, "CC-BY-NC-ND-4.0"),
        ("apache-2.0", Some("mrl"), "LicenseRef-licit-mistral-research-0.1"),
    ] {
        let Label::Candidates { licenses, resolve } = labels.label(Some(tag), name, None) else {
            panic!("{tag} {name:?} is no question")
        };
        assert_eq!(licenses.first().map(String::as_str), Some(first), "{tag}");
        assert!(!resolve.is_empty());
    }
    // Terms that nobody holds are known to be terms of their own, and are no candidates for anything else.
    let research = labels.label(Some("other"), Some("qwen-research"), None);
    assert!(
        matches!(research, Label::Candidates { ref licenses, .. } if licenses.is_empty()),
        "{research:?}"
    );
    assert_eq!(labels.label(Some("other"), None, None), Label::Unknown);
    assert_eq!(labels.label(Some("other"), Some("my own terms"), None), Label::Unknown);
    assert_eq!(labels.label(None, None, None), Label::Unknown);
    assert_eq!(labels.label(Some(&"x".repeat(100_000)), None, None), Label::Unknown);
}
