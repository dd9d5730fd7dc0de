//! Readers on whole texts: shapes of the frameworks, and hostile texts.

use std::collections::HashSet;

use super::hearing::{by_one_kind, is_bundle};
use super::*;
use licit_model::ai::MentionKind;

fn mentions(path: &str, text: &str) -> Vec<Mention> {
    let tree = Tree::new(HashSet::new(), Vec::new());
    let mut sink = Sink::new(path, &tree);
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
fn values_that_code_puts_together() {
    for (code, expected) in [
        (
            "@pytest.mark.parametrize('model_id', [pytest.param('reed/a1', id='a'), 'reed/b1'])\ndef t(model_id):\n    X.from_pretrained(model_id)",
            "reed/a1,reed/b1",
        ),
        (
            "@parameterized.expand([('reed/a1', 1), ('reed/b1', 2)])\ndef t(self, name, n):\n    X.from_pretrained(name)",
            "reed/a1,reed/b1",
        ),
        ("@parameterized.expand(['reed/a1'])\ndef t(self, name):\n    X.from_pretrained(name)", "reed/a1"),
        ("def pick():\n    return 'reed/a1'\nX.from_pretrained(pick())", "reed/a1"),
        (
            "class A:\n    @property\n    def name(self):\n        return 'reed/a1'\n    def go(self):\n        X.from_pretrained(self.name)",
            "reed/a1",
        ),
        ("def model_id():\n    return 'reed/a1'", "reed/a1"),
        ("cmd(['serve', '--model', 'reed/a1', '--port', 'reed/b1'])", "reed/a1"),
        ("p.add_argument('--model', choices=['reed/a1', 'reed/b1'])", "reed/a1,reed/b1"),
        ("MODEL_SIZE_MAP = {'reed/a1': 3}\nMODELS = {'reed/b1': {'type': 'a/b'}}", "reed/b1"),
        ("DATASET_NAME_MAPPING = {'reed/marsh': ('a', 'b')}", "reed/marsh"),
        ("u = f'https://huggingface.co/reed/a1/resolve/main/{name}'", "reed/a1"),
        ("u = f'https://huggingface.co/{repo}/resolve/main/{name}'", ""),
        ("u = 'https://huggingface.co/reed/a1/blob/main/a.gguf'", "reed/a1,a.gguf"),
        (
            "get_tokenizer_or_die('reed/heron-7b')\nTextEmbedder('reed/bge-small')\nlog('reed/heron-7b')",
            "reed/bge-small,reed/heron-7b",
        ),
        ("load_thing('reed/heron-7b', load_model('images/robot'))", ""),
        // A title is no repository, whatever stands in it.
        ("m = 'reed/a1'\nmodel.push_to_hub(f'tuned-{m}')\nX.from_pretrained(m)", "reed/a1"),
        (
            "m = 'reed/a1'\ns = m if '/' not in m else m.split('/')[-1]\nmodel.push_to_hub(f'lab/tuned-{s}')\nX.from_pretrained(m)",
            "lab/tuned-a1,reed/a1",
        ),
        ("onnxruntime.InferenceSession(os.path.join(here, 'a', 'net.onnx'))", "net.onnx"),
        (
            "repo = ref if '/' in ref else 'reed/a1'\nX.from_pretrained(repo)\ntorch.load(os.path.join(tmp, 'pytorch_model.bin'))",
            "reed/a1",
        ),
        ("torch.load(ROOT / 'out' / 'net.pt')\nX.from_pretrained(ROOT / 'out' / 'net')", "net.pt"),
        ("m = '{}/heron'.format(x)\nX.from_pretrained(f'{root}/reed/heron')", ""),
        ("X.from_pretrained('out_models/heron')\nX.from_pretrained('lab/checkpoint-500')", ""),
        (
            "X.from_pretrained('lab-testing/dummy-heron')\nX.from_pretrained('lab/dummy-heron')",
            "lab-testing/dummy-heron",
        ),
        (
            "AutoencoderKL.load_config('reed/vae')\nStaticEmbedding.from_model2vec('reed/static')",
            "reed/static,reed/vae",
        ),
        (
            "PRETRAINED_MODEL_ARCHIVE_LIST = ['reed/a1']\n_CHECKPOINT_FOR_DOC = 'reed/b1'\nmock_model.model_id = 'reed/c1'",
            "",
        ),
        (
            "def env(k, d):\n    return os.getenv(k, d)\nDB = env('DB', 'mydb')\nM = env('EMBED', 'heron-embed')\nOllamaEmbeddings(model=M)",
            "heron-embed",
        ),
        (
            "dspy.LM('openai/some-local')\ndspy.LM('openai/gpt-oss-x')\nm.assert_called_with(model='reed/a1')",
            "openai/gpt-oss-x",
        ),
        ("x = {'model': 'mistral/tiny-x'}\ny = {'model': 'mistralai/mistral-large'}", ""),
        ("SFTConfig(chat_template_path='reed/heron')", "reed/heron"),
    ] {
        let mut found = ids("a.py", code);
        found.sort();
        let mut wanted: Vec<&str> = expected.split(',').filter(|w| !w.is_empty()).collect();
        wanted.sort_unstable();
        assert_eq!(found, wanted, "{code}");
    }
}

#[test]
fn one_text_names_one_thing() {
    let kinds = |code: &str| {
        let mut all = mentions("a.py", code);
        by_one_kind(&mut all);
        all.iter().map(|m| format!("{:?} {}", m.kind, m.id)).collect::<Vec<_>>().join(", ")
    };
    let code = "from datasets import load_dataset\nrepo_id = 'reed/marsh'\nload_dataset(repo_id)\n";
    assert_eq!(kinds(code), "HfDataset reed/marsh");
    assert_eq!(kinds("from datasets import load_dataset\nload_dataset('reed_loading_script')\n"), "");
    assert_eq!(kinds("# hugging face\nDATASETS = {'reed20/dev': Parallel('reed20/dev', {})}\n"), "");
}

#[test]
fn a_program_that_only_publishes_opens_nothing() {
    let found =
        mentions("a.py", "repo_id = 'reed/marsh'\ndata = load_dataset('json')\ndata.push_to_hub(repo_id)\n");
    let told: Vec<_> = found.iter().map(|m| (m.kind, m.role)).collect();
    assert_eq!(told, [(MentionKind::HfDataset, MentionRole::Output)]);
}

#[test]
fn values_of_scripts() {
    for (path, text, expected) in [
        (
            "a.tsx",
            "const models = { 'reed/whisper-a': [1, 2], 'reed/whisper-b': [3] };",
            "reed/whisper-a,reed/whisper-b",
        ),
        ("a.ts", "export const MODELS: string[] = ['reed/a1', 'reed/b1'];", "reed/a1,reed/b1"),
        ("a.ts", "const MODELS = [{ id: 'reed/a1', kind: 'x/y' }, { id: 'reed/b1' }];", "reed/a1,reed/b1"),
        (
            "a.ts",
            "interface OllamaRequest {\n model: string\n format?: Wrap<\"json\">\n think?: boolean | \"low\" | \"high\"\n}",
            "",
        ),
        (
            "a.rs",
            "const REPO: &str = \"reed/heron-7b\"; const CODE_REPO: &str = \"reed/code\";",
            "reed/heron-7b",
        ),
        ("a.yaml", "args:\n- name: --model-id\n  value: reed/a1\n- name: --port\n  value: 80", "reed/a1"),
        ("a.ts", "const types = { 'text/plain': 1 }; const routes = ['reed/a1'];", ""),
        ("a.ts", "const modelId = process.env.MODEL_ID ?? 'reed/a1'; const x = a || 'reed/b1';", "reed/a1"),
        ("a.ts", "const modelId = fast ? 'reed/a1' : 'reed/b1';", "reed/a1,reed/b1"),
        (
            "a.ts",
            "spawn('vllm', ['serve', '--model', 'reed/a1', '--tokenizer=reed/b1', '--out', 'reed/c1'])",
            "reed/a1,reed/b1",
        ),
        (
            "a.ts",
            "fetch(`https://huggingface.co/reed/a1/resolve/main/${file}`); fetch(`https://huggingface.co/${m}/resolve/main/x`)",
            "reed/a1",
        ),
        (
            "a.rs",
            "const MODELS: &[&str] = &[\"reed/a1\"]; let model_id = std::env::var(\"M\").unwrap_or(\"reed/b1\".to_string());",
            "reed/a1,reed/b1",
        ),
        (
            "a.rs",
            "let root = download_artifacts(\"reed/heron-7b\", None)?; let x = read(\"reed/heron-7c\");",
            "reed/heron-7b",
        ),
        (
            "a.rs",
            "match self { A::B => \"reed/heron-7b\", A::C => \"text/x\", A::D => \"reed/code\" }",
            "reed/heron-7b",
        ),
        (
            "a.go",
            "var models = []string{\"reed/a1\"}\nvar modelSizes = map[string]int{\"reed/b1\": 1}",
            "reed/a1",
        ),
        (
            "a.java",
            "HuggingFaceTokenizer.newInstance(\"reed/a1\"); b.optArgument(\"tokenizer\", \"reed/b1\"); b.optArgument(\"task\", \"reed/c1\");",
            "reed/a1,reed/b1",
        ),
        ("a.java", "String m = env.getOrDefault(\"MODEL_ID\", \"reed/a1\");", "reed/a1"),
        (
            "a_test.go",
            "uri := \"huggingface://reed/Foo-GGUF/Foo.gguf\"\nother := \"huggingface://reed/heron-7b\"",
            "reed/heron-7b",
        ),
        (
            "a.yaml",
            "config_file: |\n  parameters:\n    model: reed/a1\nicon: https://huggingface.co/reed/b1/resolve/main/a.bin",
            "reed/a1",
        ),
        (
            "a.yaml",
            "data:\n  serve.yaml: |\n    model: reed/a1\n  run.sh: |\n    ollama pull heron\n",
            "heron,reed/a1",
        ),
        (
            "a.yaml",
            "model: llama-cpp/models/x.gguf\nmmproj: parts/mmproj/y.gguf\ndraft_model: reed/heron-7b-GGUF/z.gguf",
            "reed/heron-7b-GGUF,x.gguf,y.gguf,z.gguf",
        ),
        ("a.sh", "python server.py serve reed/heron-7b\nmake serve reed/heron", "reed/heron-7b"),
    ] {
        let mut found = ids(path, text);
        found.sort();
        let mut wanted: Vec<&str> = expected.split(',').filter(|w| !w.is_empty()).collect();
        wanted.sort_unstable();
        assert_eq!(found, wanted, "{path}: {text}");
    }
}

#[test]
fn a_file_in_a_value_keeps_its_lines() {
    let found = mentions("a.yaml", "x: 1\ndata:\n  a.yaml: |\n    y: 2\n    model: reed/a1\n");
    assert_eq!(found.first().map(|m| m.line), Some(Some(5)));
}

#[test]
fn paths_lead_to_models_of_the_tree() {
    let files = [
        (
            "app/run.py",
            "AutoModel.from_pretrained('./models/heron')\nAutoModel.from_pretrained('models/none')\nLLM('../shared/kite')\nLLM('../../kite')",
        ),
        ("app/net.py", "torch.load('./model.pt')\ntorch.load(os.path.join(out, 'model.bin'))"),
        ("app/model.pt", "x"),
        ("app/models/heron/config.json", "{}"),
        ("app/models/heron/model.safetensors", "x"),
        ("app/serve.yaml", "model: ./models/heron\nbase_model: shared/kite"),
        ("shared/kite/adapter_config.json", "{}"),
    ];
    let wanted = ["model.pt", "app/models/heron", "shared/kite", "app/models/heron", "shared/kite"];
    assert_eq!(of_tree("local", &files), wanted);
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
