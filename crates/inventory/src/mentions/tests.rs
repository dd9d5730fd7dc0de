//! Readers on whole texts: shapes of the frameworks, and hostile texts.

use super::*;
use licit_model::ai::MentionKind;

fn mentions(path: &str, text: &str) -> Vec<Mention> {
    let folders = HashSet::new();
    let mut sink = Sink::new(path, &folders);
    reader(path).expect("a reader takes the file").0(text, &mut sink);
    sink.found.sort();
    sink.found.dedup_by(|a, b| (a.line, a.kind, &a.id) == (b.line, b.kind, &b.id));
    sink.found
}

/// Ids that a text names.
fn ids(path: &str, text: &str) -> Vec<String> {
    mentions(path, text).into_iter().map(|m| m.id).collect()
}

#[test]
fn calls_of_python() {
    for (code, expected) in [
        ("import timm\ntimm.create_model('hf_hub:reed/vit', pretrained=True)", "reed/vit"),
        ("from langchain_ollama import ChatOllama\nChatOllama(model='heron')", "heron"),
        ("import ollama\nollama.chat(model='heron:3b', messages=[])", "heron:3b"),
        ("import ollama\nclient = ollama.Client()\nclient.pull('heron')", "heron"),
        ("from vllm import LLM\nllm = LLM('reed/heron')", "reed/heron"),
        ("import dspy\ndspy.LM('ollama_chat/heron:3b')", "heron:3b"),
        ("import litellm\nlitellm.completion(model='huggingface/reed/heron', messages=[])", "reed/heron"),
        ("HuggingFaceEmbeddings(model_name='reed/embed')", "reed/embed"),
        ("from mlx_lm import load\nload('reed/heron-4bit')", "reed/heron-4bit"),
        ("FastLanguageModel.from_pretrained(model_name = 'reed/heron')", "reed/heron"),
        ("keras_hub.models.X.from_preset('hf://reed/keras')", "reed/keras"),
        (
            "pipe.load_lora_weights('reed/style', weight_name='style.safetensors')",
            "reed/style,style.safetensors",
        ),
        ("SFTTrainer(model='reed/heron', train_dataset=d)", "reed/heron"),
        ("open_clip.create_model_and_transforms('hf-hub:reed/clip')", "reed/clip"),
        ("Llama(model_path='./models/heron.gguf')", "heron.gguf"),
        ("WhisperModel('large-v3')", ""),
        ("load_dataset('parquet', data_files='hf://datasets/reed/marsh/x.parquet')", "reed/marsh"),
        ("for m in ['reed/a1', 'reed/b1']:\n    AutoModel.from_pretrained(m)", "reed/a1,reed/b1"),
        (
            "class A:\n    def __init__(self, n='reed/c1'):\n        self.n = n\n    def go(self):\n        AutoModel.from_pretrained(self.n)",
            "reed/c1",
        ),
        ("torch.hub.load('pytorch/vision', 'resnet18')", ""),
        ("evaluate.load('accuracy')", ""),
        ("import modelscope\nmodelscope.snapshot_download('reed/elsewhere')", ""),
        ("x = {'model': 'openai/gpt-4o', 'mime': 'image/png'}", ""),
        ("gr.load('spaces/reed/demo')\nrequests.get('https://github.com/reed/code')", ""),
        ("'''\nAutoModel.from_pretrained('reed/doc')\n'''\n# AutoModel.from_pretrained('reed/no')", ""),
        ("print 'old'\nAutoModel.from_pretrained('reed/late')", "reed/late"),
        ("def f(:\n    pass\nAutoModel.from_pretrained('reed/later')", "reed/later"),
    ] {
        assert_eq!(ids("a.py", code).join(","), expected, "{code}");
    }
}

#[test]
fn other_readers() {
    for (path, text, expected) in [
        (
            "a.ts",
            "import { huggingface } from 'x'; generate({ model: huggingface('reed/heron') })",
            "reed/heron",
        ),
        ("a.js", "import ollama from 'ollama'; ollama.chat({ model: 'heron:3b' })", "heron:3b"),
        ("a.java", "OllamaChatModel.builder().baseUrl(u).modelName(\"heron\").build();", "heron"),
        ("a.rs", "let m = TextModelBuilder::new(\"reed/heron\").build();", "reed/heron"),
        (
            "a.rs",
            "use hf_hub; let r = api.model(String::from(\"reed/w1\")); match w { A::B => \"reed/w2\".to_string(), A::C => \"image/png\" }",
            "reed/w1,reed/w2",
        ),
        ("a.go", "// Model: \"x\"\nvar modelID = \"reed/heron\"", "reed/heron"),
        ("a.sh", "vllm serve reed/heron --revision abc1234 --tokenizer reed/tok", "reed/heron,reed/tok"),
        ("a.sh", "docker exec -it ollama ollama pull heron", "heron"),
        ("a.sh", "docker run -e MODEL_ID=reed/heron -p 1:1 lumen/image:1", "reed/heron"),
        ("a.sh", "curl localhost:11434/api/pull -d '{\"name\": \"heron\"}'", "heron"),
        (
            "a.sh",
            "python - <<EOF\nfrom x import AutoModel\nAutoModel.from_pretrained('reed/fed')\nEOF",
            "reed/fed",
        ),
        ("a.sh", "docker build -t reed/image . && docker push reed/image && gh repo clone reed/code", ""),
        ("a.sh", "optimum-cli export onnx -m reed/heron out/", "reed/heron"),
        ("a.env", "EMBEDDING_MODEL=reed/embed\nIMAGE=reed/image", "reed/embed"),
        (
            "a.yaml",
            "spec:\n  predictor:\n    model:\n      storageUri: hf://reed/heron:abc\n      args: [--model_name=llama, --tokenizer=reed/tok]",
            "reed/heron,reed/tok",
        ),
        (
            "a.yaml",
            "models:\n- provider: ollama\n  model: heron\n- provider: openai\n  model: gpt/x1",
            "heron",
        ),
        (
            "a.yml",
            "jobs:\n  a:\n    steps:\n    - uses: actions/checkout@v4\n    - run: |\n        pip install x\n        hf download reed/heron\n",
            "reed/heron",
        ),
        ("a.yaml", "image: reed/server\nrepository: reed/code\nname: reed/name", ""),
        ("a.json", "{\"_name_or_path\": \"reed/heron\", \"model_type\": \"a/b1\"}", "reed/heron"),
        ("a.toml", "[tool.x]\nbase_model = \"reed/heron\"", "reed/heron"),
        ("README.md", "---\ntitle: x\nbase_model: reed/heron\n---\n", "reed/heron"),
    ] {
        assert_eq!(ids(path, text).join(","), expected, "{path}: {text}");
    }
}

#[test]
fn lines_kinds_and_pins() {
    let found = mentions("a.py", "\n\nX.from_pretrained(\n    'reed/heron',\n    revision='abc',\n)\n");
    assert_eq!((found[0].line, found[0].revision.as_deref()), (Some(4), Some("abc")));
    let found = mentions("a.py", "hf_hub_download('reed/x1', 'a.bin', repo_type='dataset')");
    assert_eq!((found.len(), found[0].kind), (1, MentionKind::HfDataset));
}

#[test]
fn hostile_texts_end_without_harm() {
    let many = 60_000;
    for (path, text) in [
        ("a.py", "(".repeat(many)),
        ("a.py", "-".repeat(many)),
        ("a.py", format!("x = {}1", "a + ".repeat(many))),
        ("a.py", "f'{".repeat(many)),
        ("a.py", (0..2_000).map(|i| format!("{}if x:\n", " ".repeat(i))).collect()),
        ("a.py", format!("x = {}", "lambda: ".repeat(many))),
        ("a.py", format!("x = {}1", "'a' + ".repeat(2_000))),
        ("a.py", "a = a + a\nb = a\na = b\nX.from_pretrained(a)\n".repeat(500)),
        ("a.py", format!("model = {}1{}", "[".repeat(900), "]".repeat(900))),
        ("a.ipynb", "{\"cells\": [".repeat(many)),
        ("a.yaml", "model: [".repeat(many)),
        ("a.toml", "a = [".repeat(many)),
        ("a.sh", "sh -c \"".repeat(many)),
        ("a.ts", "pipeline({".repeat(many)),
        ("README.md", format!("---\n{}", "base_model: {".repeat(many))),
        ("Dockerfile", "RUN [".repeat(many)),
    ] {
        let start = std::time::Instant::now();
        mentions(path, &text);
        assert!(start.elapsed().as_secs() < 20, "{path}: {}", text.get(..20).unwrap_or(""));
    }
}

#[test]
fn what_is_not_read() {
    for path in [
        "node_modules/a/b.js",
        "package-lock.json",
        "a.min.js",
        "a.txt",
        "docs/modelfile.mdx",
        "a/site-packages/x.py",
    ] {
        assert!(reader(path).is_none() || is_skipped(path), "{path}");
    }
    assert!(is_bundle("x".repeat(200_000).as_bytes()));
}

/// Mentions of a tree whose files were written for the test.
fn of_tree(name: &str, files: &[(&str, &str)]) -> Vec<String> {
    let top = std::env::temp_dir().join(format!("licit-mentions-{name}-{}", std::process::id()));
    let mut every = Vec::new();
    for (path, text) in files {
        let full = top.join(path);
        std::fs::create_dir_all(full.parent().unwrap()).unwrap();
        std::fs::write(&full, text).unwrap();
        every.push((path.to_string(), full));
    }
    every.sort();
    let found = read(&every).0.into_iter().map(|m| m.id).collect();
    std::fs::remove_dir_all(&top).unwrap();
    found
}

#[test]
fn one_word_in_one_place_opens_the_programs_of_a_tree() {
    let program = ("src/a.ts", "export const modelId = \"reed/heron\";");
    let bare = ("package.json", "{\"dependencies\": {\"left\": \"1\"}}");
    assert_eq!(of_tree("loose", &[program]), ["reed/heron"]);
    assert!(of_tree("bare", &[program, bare]).is_empty());
    for (name, sign) in [
        ("manifest", ("ui/package.json", "{\"dependencies\": {\"@huggingface/inference\": \"2\"}}")),
        ("service", ("ui/package.json", "{\"dependencies\": {\"openai\": \"4\"}}")),
        ("compose", ("compose.yaml", "services:\n  a:\n    image: ollama/ollama\n")),
        ("readme", ("README.md", "Serves models of Hugging Face.")),
    ] {
        assert_eq!(of_tree(name, &[program, bare, sign]), ["reed/heron"], "{name}");
    }
    // A workflow tells of itself.
    assert!(of_tree("flow", &[program, bare, (".github/a.yml", "name: ask ollama")]).is_empty());
}

#[test]
fn archives_are_read_as_folders_are() {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let header = b"{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}";
    let mut weights = (header.len() as u64).to_le_bytes().to_vec();
    weights.extend_from_slice(header);
    weights.extend_from_slice(&[0; 4]);
    let card: &[u8] = b"---\nlicense: mit\nbase_model: reed/base\n---\n# Heron\n";
    let code: &[u8] = b"from transformers import AutoModel\nAutoModel.from_pretrained('reed/heron')\n";
    for (path, bytes) in
        [("m/README.md", card), ("m/load.py", code), ("m/model.safetensors", weights.as_slice())]
    {
        zip.start_file(path, zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut zip, bytes).unwrap();
    }
    let path = std::env::temp_dir().join(format!("licit-mentions-{}.zip", std::process::id()));
    std::fs::write(&path, zip.finish().unwrap().into_inner()).unwrap();
    let limits = crate::walk::Limits { every_file: true, ..Default::default() };
    let wanted = crate::walk::Wanted::new();
    let root = crate::tree::open(&path, None, &limits, &wanted).unwrap().root;
    let walked = crate::walk::walk_tree(&root, &wanted, &limits, &|_| {});
    let (found, problems) = read_held(&walked.every_held);
    let (facts, lost) = crate::weights::read_held(&walked.every_held);
    std::fs::remove_file(&path).unwrap();
    let found: Vec<_> = found.iter().map(|m| (m.id.as_str(), m.line)).collect();
    assert_eq!(found, [("reed/base", Some(3)), ("reed/heron", Some(2))]);
    let formats: Vec<_> = facts.iter().map(|f| f.format).collect();
    assert_eq!(formats, ["card", "safetensors"]);
    assert!(problems.is_empty() && lost.is_empty(), "{problems:?} {lost:?}");
}
