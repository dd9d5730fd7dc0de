//! Models: what licit holds for every row of the founding report's table, and the texts of their licenses.

use std::collections::BTreeMap;
use std::process::Command;

use licit_license::Knowledge;
use licit_license::identify::identify;
use licit_license::know::ClauseFact;
use licit_license::know::catalogue::{Catalogue, Entry};
use licit_license::know::passage::Page;
use licit_model::MentionKind::{HfDataset, HfModel};

use crate::snapshot::shared;

/// What has to come out.
enum Holds {
    /// This license, whatever is pinned.
    Is(&'static str, &'static str),
    /// This license for a revision: a day, or a pinned commit that nobody knows (then a person has to look).
    At(&'static str, &'static str, &'static str),
    /// Made from this model.
    From(&'static str, &'static str),
    /// Not made from any model that we know of: its weights are its own.
    Own(&'static str),
    /// Labelled so by its publisher, which grants more than holds.
    Labelled(&'static str, &'static str),
    /// The code beside the weights has this license.
    Code(&'static str, &'static str),
    /// Its terms limit this, although their text is not held.
    Limited(&'static str, &'static str),
    /// Not known: no license is claimed, a person has to look.
    Review(&'static str),
    /// As `Review`, of a dataset.
    ReviewData(&'static str),
    /// A service of this owner: terms of its own.
    Service(&'static str, &'static str),
    /// A program or a platform, judged as software: nothing is claimed of weights.
    Software(&'static str),
}

use Holds::{At, Code, From, Is, Labelled, Limited, Own, Review, ReviewData, Service, Software};

const LLAMA_2: &str = "LicenseRef-scancode-llama-2-license-2023";
const BLOOM: &str = "LicenseRef-scancode-bigscience-rail-1.0";

/// The rows of section 7, by their first column.
const TABLE: &[(&str, &[Holds])] = &[
    (
        "LLaMA 1",
        &[
            Is("huggyllama/llama-7b", "LicenseRef-scancode-llama-license-2023"),
            Is("decapoda-research/llama-65b-hf", "LicenseRef-scancode-llama-license-2023"),
            Code("huggyllama/llama-7b", "GPL-3.0-only"),
        ],
    ),
    ("LLaMA2", &[Is("meta-llama/Llama-2-70b-chat-hf", LLAMA_2), Is("meta-llama/Llama-2-7b", LLAMA_2)]),
    // Only the seed names it, and no repository: whatever a tree calls so is a question, Llama 2 for its base is not.
    ("\"Chinese LLaMA27B\"", &[Review("Chinese-LLaMA-2-7B"), Is("meta-llama/Llama-2-7b-hf", LLAMA_2)]),
    (
        "WizardMath-70B",
        &[
            Is("WizardLM/WizardMath-70B-V1.0", LLAMA_2),
            Is("WizardLMTeam/WizardMath-70B-V1.0", LLAMA_2),
            From("WizardLM/WizardMath-70B-V1.0", "meta-llama/Llama-2-70b-hf"),
        ],
    ),
    (
        "Falcon 7B/40B",
        &[
            Is("tiiuae/falcon-7b", "Apache-2.0"),
            Is("tiiuae/falcon-40b-instruct", "Apache-2.0"),
            At("tiiuae/falcon-40b", "b046281", "Apache-2.0"),
            At("tiiuae/falcon-40b", "2023-05-30", "LicenseRef-licit-tii-falcon-llm-1.0"),
            At("tiiuae/falcon-7b", "2023-05-28", "LicenseRef-licit-tii-falcon-llm-1.0"),
            At(
                "tiiuae/falcon-40b",
                "0000000000000000000000000000000000000000",
                "LicenseRef-licit-tii-falcon-llm-1.0",
            ),
        ],
    ),
    (
        "Stable Diffusion 1 / 2 / XL",
        &[
            Is("CompVis/stable-diffusion-v1-4", "LicenseRef-scancode-stable-diffusion-2022-08-22"),
            Is("runwayml/stable-diffusion-v1-5", "LicenseRef-scancode-stable-diffusion-2022-08-22"),
            Is("stabilityai/stable-diffusion-2-1", "LicenseRef-licit-creativeml-openrail-plusplus-m-sd2"),
            Is(
                "stabilityai/stable-diffusion-xl-base-1.0",
                "LicenseRef-licit-creativeml-openrail-plusplus-m-sdxl",
            ),
        ],
    ),
    (
        "ChatGLM-6B",
        &[
            Is("THUDM/chatglm-6b", "LicenseRef-licit-chatglm-6b-2023-05"),
            At("THUDM/chatglm-6b", "2023-03-20", "LicenseRef-licit-chatglm-6b-2023-03"),
            At("THUDM/chatglm-6b", "0123456789abcdef", "LicenseRef-licit-chatglm-6b-2023-03"),
        ],
    ),
    (
        "ChatGLM2-6B",
        &[
            Is("THUDM/chatglm2-6b", "LicenseRef-licit-chatglm2-6b"),
            At("THUDM/chatglm2-6b", "2023-07-01", "LicenseRef-licit-chatglm2-6b-2023-06"),
            At("THUDM/chatglm2-6b", "2023-07-14", "LicenseRef-licit-chatglm2-6b"),
        ],
    ),
    (
        "ChatGLM3-6B",
        &[
            Is("THUDM/chatglm3-6b", "LicenseRef-licit-chatglm3-6b"),
            Is("zai-org/chatglm3-6b", "LicenseRef-licit-chatglm3-6b"),
            Code("THUDM/chatglm3-6b", "Apache-2.0"),
        ],
    ),
    (
        "Aquila, Aquila2-34B",
        &[
            Is("BAAI/Aquila-7B", "LicenseRef-licit-aquila"),
            Is("BAAI/AquilaChat-7B", "LicenseRef-licit-aquila"),
            Is("BAAI/Aquila2-34B", "LicenseRef-licit-aquila2"),
        ],
    ),
    (
        "Yi-6B, 34B, 34B-200K",
        &[
            Is("01-ai/Yi-6B", "Apache-2.0"),
            At("01-ai/Yi-34B", "2023-11-05", "LicenseRef-licit-yi-2.0"),
            At("01-ai/Yi-34B", "2024-05-29", "LicenseRef-licit-yi-2.1"),
            At("01-ai/Yi-34B-200K", "2024-05-30", "Apache-2.0"),
            At("01-ai/Yi-34B-200K", "0123456789abcdef", "LicenseRef-licit-yi-2.1"),
            Own("01-ai/Yi-34B"),
        ],
    ),
    (
        "Qwen-72B",
        &[
            Is("Qwen/Qwen-72B", "LicenseRef-scancode-tongyi-qianwen-2023"),
            Is("Qwen/Qwen-72B-Chat", "LicenseRef-scancode-tongyi-qianwen-2023"),
            Is("Qwen/Qwen-1_8B", "LicenseRef-licit-tongyi-qianwen-research"),
        ],
    ),
    (
        "Baichuan-7B, 13B-Chat",
        &[
            Review("baichuan-inc/Baichuan-7B"),
            Limited("baichuan-inc/Baichuan-7B", "registration"),
            Limited("baichuan-inc/Baichuan-13B-Chat", "registration"),
            Code("baichuan-inc/Baichuan-13B-Chat", "Apache-2.0"),
        ],
    ),
    (
        "Baichuan2-13B-Chat",
        &[
            Review("baichuan-inc/Baichuan2-13B-Chat"),
            Limited("baichuan-inc/Baichuan2-13B-Chat", "users"),
            Limited("baichuan-inc/Baichuan2-13B-Chat", "registration"),
        ],
    ),
    (
        "ChatYuan-large-v1, v2, 7B",
        &[
            Is("ClueAI/ChatYuan-large-v2", "LicenseRef-licit-chatyuan-large-v2"),
            From("ClueAI/ChatYuan-large-v2", "ClueAI/PromptCLUE-large"),
            Review("ClueAI/ChatYuan-large-v1"),
            From("ClueAI/ChatYuan-large-v1", "ClueAI/PromptCLUE-large"),
            Review("ClueAI/ChatYuan-7B"),
        ],
    ),
    (
        "cpm-bee-10b, 1b",
        &[
            Is("openbmb/cpm-bee-10b", "LicenseRef-licit-gml-cpm-bee"),
            Is("openbmb/cpm-bee-1b", "LicenseRef-licit-gml-cpm-bee"),
        ],
    ),
    ("cpm-ant-10b", &[Review("openbmb/cpm-ant-10b")]),
    (
        "mengzi-t5-base, bert-base, t5-base-mt",
        &[
            Is("Langboat/mengzi-t5-base", "Apache-2.0"),
            Is("Langboat/mengzi-bert-base", "Apache-2.0"),
            Is("Langboat/mengzi-t5-base-mt", "Apache-2.0"),
            Own("Langboat/mengzi-t5-base"),
        ],
    ),
    (
        "tigerbot-70b-chat-v2, 70b-base-v1",
        &[
            Is("TigerResearch/tigerbot-70b-chat-v2", LLAMA_2),
            From("TigerResearch/tigerbot-70b-chat-v2", "meta-llama/Llama-2-70b-hf"),
            Labelled("TigerResearch/tigerbot-70b-chat-v2", "Apache-2.0"),
            Is("TigerResearch/tigerbot-70b-base-v1", LLAMA_2),
            From("TigerResearch/tigerbot-70b-base-v1", "meta-llama/Llama-2-70b-hf"),
        ],
    ),
    // The table of its README says that it came from BLOOM.
    (
        "tigerbot-180b-research",
        &[
            Is("TigerResearch/tigerbot-180b-research", BLOOM),
            From("TigerResearch/tigerbot-180b-research", "bigscience/bloom"),
            Labelled("TigerResearch/tigerbot-180b-research", "Apache-2.0"),
        ],
    ),
    ("Uni-Fold, Uni-Mol data", &[Is("dptech/Uni-Mol-Models", "MIT"), ReviewData("dptech/Uni-Mol-Data")]),
    (
        "XVERSE-13B, -Chat, 65B",
        &[
            Is("xverse/XVERSE-13B", "LicenseRef-licit-xverse"),
            Is("xverse/XVERSE-13B-Chat", "LicenseRef-licit-xverse"),
            Is("xverse/XVERSE-65B", "LicenseRef-licit-xverse"),
        ],
    ),
    ("Flan-UL2", &[Is("google/flan-ul2", "Apache-2.0"), Own("google/flan-ul2")]),
    (
        "ChatGPT, GPT-4, GPT-4V, Claude Instant 1, PaLM 2, Midjourney, Wenxin Qianfan, Tongyi service, Copilot",
        &[
            Service("ChatGPT", "openai"),
            Service("GPT-4", "openai"),
            Service("GPT-4V", "openai"),
            Service("gpt-4o-mini", "openai"),
            Service("Claude Instant 1", "anthropic"),
            Service("PaLM 2", "google"),
            Service("Midjourney", "midjourney"),
            Service("Wenxin Qianfan", "baidu"),
            Service("Tongyi", "alibaba"),
            Service("Copilot", "copilot"),
        ],
    ),
    (
        "Dify, TabbyML, Jina, Milvus, Colossal-AI, OneFlow, Xorbits, PyTorch, TensorFlow, MXNet, ModelScope (\"Magic Match\"), Hugging Face",
        &[
            Software("langgenius/dify"),
            Software("TabbyML/tabby"),
            Software("jina-ai/jina"),
            Software("milvus-io/milvus"),
            Software("hpcaitech/ColossalAI"),
            Software("Oneflow-Inc/oneflow"),
            Software("xorbitsai/xorbits"),
            Software("pytorch/pytorch"),
            Software("tensorflow/tensorflow"),
            Software("apache/mxnet"),
            Software("modelscope/modelscope"),
            Software("huggingface/transformers"),
        ],
    ),
];

fn model(id: &str) -> Option<&'static Entry> {
    Catalogue::embedded().find(HfModel, id, None)
}

impl Holds {
    /// What is wrong, if anything.
    fn wrong(&self) -> Option<String> {
        let catalogue = Catalogue::embedded();
        let fault = |id: &str, said: String| Some(format!("{id}: {said}"));
        // A license may only be named by rows that somebody can check, and never without a person where it is not sure.
        let claimed = |row: Option<&Entry>| row.and_then(|r| r.license.clone());
        match self {
            Is(id, license) => {
                let row = model(id);
                let good = claimed(row).as_deref() == Some(*license) && row.is_some_and(|r| r.sure);
                if good { None } else { fault(id, format!("{row:?}")) }
            }
            At(id, revision, license) => {
                let row = catalogue.find(HfModel, id, Some(revision));
                let unknown = revision.starts_with("0000") || revision.starts_with("0123");
                let good =
                    claimed(row).as_deref() == Some(*license) && row.is_some_and(|r| r.sure != unknown);
                if good { None } else { fault(id, format!("{revision}: {row:?}")) }
            }
            From(id, base) => {
                let from = |r: &Entry| r.bases().iter().any(|(id, _)| id == base);
                if model(id).is_some_and(from) { None } else { fault(id, format!("not from {base}")) }
            }
            Own(id) => {
                let own = model(id).is_some_and(|r| r.base.is_empty());
                if own { None } else { fault(id, "has a base, or is not known".to_string()) }
            }
            Labelled(id, label) => {
                let good = model(id).is_some_and(|r| r.labelled.as_deref() == Some(*label));
                if good { None } else { fault(id, format!("not labelled {label}")) }
            }
            Code(id, license) => {
                let good = model(id).is_some_and(|r| r.code.as_deref() == Some(*license));
                if good { None } else { fault(id, format!("code not under {license}")) }
            }
            Limited(id, limit) => {
                let good = model(id).is_some_and(|r| r.limits.iter().any(|l| l == limit));
                if good { None } else { fault(id, format!("not limited by {limit}")) }
            }
            Review(id) => claimed(model(id)).and_then(|l| fault(id, l)),
            ReviewData(id) => {
                claimed(catalogue.find(HfDataset, id, None)).and_then(|license| fault(id, license))
            }
            Service(name, owner) => {
                let row = catalogue.service(name);
                let open = |r: &Entry| r.license.as_deref().is_none_or(|l| l.starts_with("LicenseRef-"));
                let good = row.is_some_and(|r| r.family == *owner && open(r));
                if good && model(name).is_none() { None } else { fault(name, format!("{row:?}")) }
            }
            Software(id) => model(id).and_then(|row| fault(id, format!("{row:?}"))),
        }
    }
}

#[test]
fn every_model_of_the_report_comes_out_right() {
    let wrong: Vec<String> = TABLE
        .iter()
        .flat_map(|(named, all)| all.iter().filter_map(move |h| Some((named, h.wrong()?))))
        .map(|(named, said)| format!("{named}: {said}"))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The table above has every row of the report, so that none is forgotten when the report grows.
#[test]
fn no_row_of_the_report_is_missing() {
    let Some(report) = shared("design/research/ai-licences.md") else { return };
    let text = std::fs::read_to_string(report).unwrap();
    let section = text.split("\n## 7.").nth(1).unwrap().split("\n## ").next().unwrap();
    let rows = section.lines().filter(|l| l.starts_with("| ") && !l.starts_with("| ---")).skip(1);
    let named: Vec<&str> = rows.filter_map(|l| l.split('|').nth(1)).map(str::trim).collect();
    assert!(named.len() >= 25, "{}", named.len());
    let missing: Vec<&&str> = named.iter().filter(|n| !TABLE.iter().any(|(row, _)| row == *n)).collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

/// Texts that are published twice word for word, blanks and line ends apart, and the text whose id is answered for the
/// first: nothing in the text can tell them apart, so the two rules have to ask the same.
const TWINS: &[(&str, &str)] = &[("glm-130b", "chatglm-6b-2023-03"), ("deepseek-1.0-coder", "deepseek-1.0")];

#[test]
fn twins_have_the_same_words_and_ask_the_same() {
    let Some(index) = shared("ai-licences/index.tsv") else { return };
    let know = Knowledge::embedded();
    for (one, other) in TWINS {
        let words = |slug: &str| -> Vec<String> {
            let text = std::fs::read_to_string(index.with_file_name(format!("{slug}.txt"))).unwrap();
            text.split_whitespace().map(str::to_string).collect()
        };
        assert_eq!(words(one), words(other), "{one}");
        let asks = |slug: &str| -> std::collections::BTreeSet<String> {
            let rule = know.licenses().find(|l| l.slug.as_deref() == Some(slug)).unwrap();
            let clauses = rule.clauses.iter();
            clauses
                .map(|c| format!("{} {:?} {:?} {:?} {:?}", c.kind, c.code, c.effect, c.object, c.value))
                .collect()
        };
        assert_eq!(asks(one), asks(other), "{one}");
    }
}

/// Every text is identified as its own version, and that version has a rule of that name.
#[test]
fn every_text_leads_to_its_own_rule() {
    let Some(index) = shared("ai-licences/index.tsv") else { return };
    let table = std::fs::read_to_string(&index).unwrap();
    let know = Knowledge::embedded();
    let (mut wrong, mut count) = (Vec::new(), 0);
    for line in table.lines().skip(1) {
        let fields: Vec<&str> = line.split('\t').collect();
        let (slug, id) = (fields[0], fields[4]);
        let Ok(text) = std::fs::read_to_string(index.with_file_name(format!("{slug}.txt"))) else { continue };
        count += 1;
        let said = identify(&text).expression.unwrap_or_default();
        // Rules of SPDX's own licenses have no name but their id.
        let right = match know.license(&said) {
            Some(rule) => rule.slug.as_deref().map_or(rule.id == id, |s| s == slug),
            None => false,
        };
        let answered = know.license(&said).and_then(|l| l.slug.clone());
        let twin = TWINS.iter().any(|(own, other)| slug == *own && answered.as_deref() == Some(*other));
        if !right && !twin {
            wrong.push(format!("{slug}: {said}"));
        }
    }
    assert!(count > 100, "only {count} texts were read");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Whether a clause may block or leads to a question, rather than being a duty.
fn limits(clause: &ClauseFact) -> bool {
    let barred = matches!(clause.effect.as_deref(), Some("block" | "license-needed" | "royalty"));
    let measured = matches!(
        clause.kind.as_str(),
        "users" | "revenue" | "registration" | "territory" | "hosting" | "outputs" | "naming" | "royalty"
    );
    clause.kind != "boundary" && (barred || (measured && clause.code.as_deref() != Some("TERMS")))
}

/// The clauses that limit are found in the texts where a person found them: `tests/cases/located.tsv`.
#[test]
fn clauses_are_found_where_they_stand() {
    let Some(index) = shared("ai-licences/index.tsv") else { return };
    let table = std::fs::read_to_string(crate::snapshot::root().join("tests/cases/located.tsv")).unwrap();
    #[allow(clippy::type_complexity)] // By text, clause and code: the lines.
    let mut known: BTreeMap<(&str, &str, &str), Vec<(u32, u32)>> = BTreeMap::new();
    for line in table.lines().filter(|l| !l.starts_with('#')) {
        let fields: Vec<&str> = line.split('\t').collect();
        let (first, last) = fields[3].split_once('-').unwrap();
        let lines = (first.parse().unwrap(), last.parse().unwrap());
        known.entry((fields[0], fields[1], fields[2])).or_default().push(lines);
    }
    let (mut all, mut right, mut wrong) = (0, 0, Vec::new());
    for license in Knowledge::embedded().licenses() {
        let Some(slug) = license.slug.as_deref() else { continue };
        let Ok(text) = std::fs::read(index.with_file_name(format!("{slug}.txt"))) else { continue };
        let page = Page::new(&String::from_utf8_lossy(&text));
        let mut met: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for clause in license.clauses.iter().filter(|c| limits(c)) {
            let (reference, code) = (clause.reference.as_str(), clause.code.as_deref().unwrap_or("-"));
            let nth = met.entry((reference, code)).or_default();
            let lines = known.get(&(slug, reference, code)).and_then(|l| l.get(*nth)).copied();
            *nth += 1;
            all += 1;
            let found = page.locate(clause).map(|p| (p.first, p.last));
            let good = found.zip(lines).is_some_and(|(f, l)| f.0 <= l.1 && l.0 <= f.1);
            right += usize::from(good);
            if !good {
                wrong.push(format!("{slug} {reference} {code}: {found:?}, not {lines:?}"));
            }
        }
    }
    eprintln!("{right} of {all} clauses stand where they were found");
    assert!(all > 500, "{all}");
    assert!(right * 100 >= all * 95, "{right} of {all}: {}", wrong.join("\n"));
}

/// A finding says in which lines of the tree's own text its clause stands, on the terminal, too.
#[test]
fn findings_lead_to_the_words_of_the_text() {
    let Some(text) = shared("ai-licences/llama-2.txt") else { return };
    let dir = std::env::temp_dir().join(format!("licit-words-{}", std::process::id()));
    let model = dir.join("models/heron");
    std::fs::create_dir_all(&model).unwrap();
    std::fs::copy(text, model.join("LICENSE")).unwrap();
    let card = "---\nlicense: llama2\nbase_model: meta-llama/Llama-2-7b-hf\n---\n# Heron\n";
    std::fs::write(model.join("README.md"), card).unwrap();
    std::fs::write(
        model.join("config.json"),
        r#"{"architectures": ["LlamaForCausalLM"], "model_type": "llama"}"#,
    )
    .unwrap();
    let run = |form: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_licit"));
        let args = ["-q", "--no-caches", "--distribution", "binary", "-o", form];
        let output = command.arg("scan").arg(&dir).args(args).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let scan: serde_json::Value = serde_json::from_str(&run("json")).unwrap();
    let human = run("human");
    std::fs::remove_dir_all(&dir).ok();
    let findings = scan["findings"].as_array().unwrap();
    let at = |code: &str| {
        let found =
            findings.iter().filter(|f| f["code"] == code).flat_map(|f| f["clauses"].as_array().unwrap());
        let found = found.map(|c| c["at"].clone()).find(|at| !at.is_null());
        found.unwrap_or_else(|| panic!("{code} leads nowhere: {findings:#?}"))
    };
    let users = at("model-mau-threshold");
    assert_eq!(users["path"], "models/heron/LICENSE");
    assert_eq!((users["line"].as_u64(), users["last_line"].as_u64()), (Some(65), Some(71)));
    assert!(users["words"].as_str().unwrap().contains("700 million monthly active users"), "{users}");
    let copy = at("model-license-copy");
    assert_eq!(copy["line"].as_u64(), Some(43), "{copy}");
    // A long line is broken on the terminal, between words only.
    assert!(human.contains("models/heron/LICENSE:65-71"), "{human}");
}
