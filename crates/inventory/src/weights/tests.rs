//! Trees of models that tests write themselves, and what is read of them.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use licit_model::ai::{Derivation, ModelFacts};
use licit_model::found::RawLicenseKind;

use super::read;

/// A folder of its own below the system's temporary folder, gone at the end.
pub(super) struct Scratch(PathBuf);

static COUNT: AtomicUsize = AtomicUsize::new(0);

impl Scratch {
    pub(super) fn new(name: &str) -> Self {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let dir = std::env::temp_dir().join(format!("licit-weights-{name}-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        Scratch(dir)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    pub(super) fn put(&self, path: &str, bytes: &[u8]) -> PathBuf {
        let full = self.0.join(path);
        std::fs::create_dir_all(full.parent().unwrap()).unwrap();
        std::fs::write(&full, bytes).unwrap();
        full
    }

    /// A file that has only a head on the disk.
    pub(super) fn sparse(&self, path: &str, head: &[u8], len: u64) -> PathBuf {
        let full = self.put(path, head);
        std::fs::OpenOptions::new().write(true).open(&full).unwrap().set_len(len).unwrap();
        full
    }

    fn every(&self) -> Vec<(String, PathBuf)> {
        every(&self.0)
    }
}

/// Every file below a folder as the walk lists them: links left out, sorted by path.
fn every(root: &Path) -> Vec<(String, PathBuf)> {
    let mut found = Vec::new();
    for entry in walkdir::WalkDir::new(root).follow_links(false) {
        let entry = entry.unwrap();
        if entry.file_type().is_file() {
            let below = entry.path().strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
            found.push((below, entry.into_path()));
        }
    }
    found.sort();
    found
}

impl Drop for Scratch {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

/// A field of a protocol buffer that is a number.
pub(super) fn number(field: u8, mut value: u64) -> Vec<u8> {
    let mut bytes = varint(u64::from(field) << 3);
    while value >= 0x80 {
        bytes.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

/// A field of a protocol buffer that is bytes.
pub(super) fn message(field: u8, bytes: &[u8]) -> Vec<u8> {
    [varint(u64::from(field) << 3 | 2), varint(bytes.len() as u64), bytes.to_vec()].concat()
}

pub(super) fn safetensors_bytes(json: &str) -> Vec<u8> {
    [&(json.len() as u64).to_le_bytes(), json.as_bytes()].concat()
}

/// A zip archive of files that are deflated or stored.
pub(super) fn zipped(files: &[(&str, &[u8], bool)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content, deflated) in files {
        let method =
            if *deflated { zip::CompressionMethod::Deflated } else { zip::CompressionMethod::Stored };
        let options = zip::write::SimpleFileOptions::default().compression_method(method);
        zip.start_file(*name, options).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A GGUF file of one tensor with the keys of a small Llama.
pub(super) fn gguf_bytes(version: u32, big: bool) -> Vec<u8> {
    let mut out = b"GGUF".to_vec();
    let n32 = |n: u32| if big { n.to_be_bytes() } else { n.to_le_bytes() };
    let n64 = |n: u64| if big { n.to_be_bytes() } else { n.to_le_bytes() };
    let len = |n: u64| if version == 1 { n32(n as u32).to_vec() } else { n64(n).to_vec() };
    let text = |t: &str| [len(t.len() as u64), t.as_bytes().to_vec()].concat();
    out.extend(n32(version));
    out.extend(len(1));
    let keys: Vec<Vec<u8>> = vec![
        [text("general.architecture"), n32(8).to_vec(), text("llama")].concat(),
        [text("general.name"), n32(8).to_vec(), text("Tiny")].concat(),
        [text("general.license"), n32(8).to_vec(), text("llama2")].concat(),
        [text("general.base_model.count"), n32(4).to_vec(), n32(1).to_vec()].concat(),
        [
            text("general.base_model.0.repo_url"),
            n32(8).to_vec(),
            text("https://huggingface.co/meta-llama/Llama-2-7b-hf"),
        ]
        .concat(),
        [text("general.file_type"), n32(4).to_vec(), n32(15).to_vec()].concat(),
        [text("llama.block_count"), n32(4).to_vec(), n32(2).to_vec()].concat(),
        [text("tokenizer.ggml.scores"), n32(9).to_vec(), n32(6).to_vec(), len(2), vec![0; 8]].concat(),
    ];
    out.extend(len(keys.len() as u64));
    out.extend(keys.concat());
    out.extend(text("token_embd.weight"));
    out.extend(n32(2));
    out.extend(len(64));
    out.extend(len(32_000));
    out.extend(n32(12));
    out.extend(n64(0));
    out
}

fn said(all: &[ModelFacts]) -> Vec<String> {
    all.iter().map(|f| format!("{} {} [{}]", f.path, f.format, f.place)).collect()
}

#[test]
fn a_model_folder_and_a_lone_file() {
    let dir = Scratch::new("tree");
    dir.put("m/README.md", b"---\nlicense: llama2\nbase_model: meta-llama/Llama-2-7b-hf\n---\n# Tiny\n");
    dir.put("m/config.json", br#"{"architectures": ["LlamaForCausalLM"], "vocab_size": 32000}"#);
    dir.put("m/model-00001-of-00002.safetensors", &safetensors_bytes(r#"{"a":{"dtype":"F16","shape":[2]}}"#));
    dir.put("m/model-00002-of-00002.safetensors", &safetensors_bytes(r#"{"b":{"dtype":"F16","shape":[3]}}"#));
    dir.put("src/net.gguf", &gguf_bytes(3, false));
    dir.put("src/main.rs", b"fn main() {}");
    dir.put("src/broken.gguf", b"GGUF\x03\0\0\0");
    dir.put("src/other.onnx", b"<html>");
    dir.put("src/empty.onnx", b"");
    let (all, problems) = read(&dir.every());
    assert_eq!(
        said(&all),
        [
            "m/README.md card [m]",
            "m/config.json config [m]",
            "m/model-00001-of-00002.safetensors safetensors [m]",
            "src/broken.gguf gguf [src/broken.gguf]",
            "src/net.gguf gguf [src/net.gguf]",
        ]
    );
    assert_eq!(all[2].parameters, Some(5));
    let lost: Vec<&str> = problems.iter().map(|p| p.path.as_str()).collect();
    assert_eq!(lost, ["src/broken.gguf", "src/other.onnx"]);
    // The order of the files does not matter.
    let mut turned = dir.every();
    turned.reverse();
    assert_eq!(read(&turned).0, all);
}

#[cfg(unix)]
#[test]
fn a_cache_of_the_hub() {
    let dir = Scratch::new("cache");
    let commit = "0123456789abcdef0123456789abcdef01234567";
    let root = "hub/models--meta-llama--Llama-2-7b-hf";
    dir.put(&format!("{root}/refs/main"), commit.as_bytes());
    dir.put(&format!("{root}/blobs/aaaa"), b"---\nlicense: llama2\n---\n");
    dir.put(&format!("{root}/blobs/bbbb"), &safetensors_bytes(r#"{"a":{"dtype":"F16","shape":[2]}}"#));
    dir.put("secret/README.md", b"---\nlicense: mit\n---\n");
    let snapshot = dir.path().join(format!("{root}/snapshots/{commit}"));
    std::fs::create_dir_all(&snapshot).unwrap();
    let link = |target: &str, name: &str| std::os::unix::fs::symlink(target, snapshot.join(name)).unwrap();
    link("../../blobs/aaaa", "README.md");
    link("../../blobs/bbbb", "model.safetensors");
    link("../../../../secret/README.md", "README.de.md");
    let (all, problems) = read(&dir.every());
    assert_eq!(problems, []);
    let place = format!("{root}/snapshots/{commit}");
    assert_eq!(
        said(&all),
        [
            format!("{place} hub-cache [{place}]"),
            format!("{place}/README.md card [{place}]"),
            format!("{place}/model.safetensors safetensors [{place}]"),
            "secret/README.md card [secret]".to_string(),
        ]
    );
    assert_eq!(all[1].id.as_deref(), Some("meta-llama/Llama-2-7b-hf"));
    assert_eq!(all[2].revision.as_deref(), Some(commit));
}

#[test]
fn a_store_of_ollama() {
    let dir = Scratch::new("ollama");
    let (model, license, config) = ("a".repeat(64), "b".repeat(64), "c".repeat(64));
    dir.put(
        "models/manifests/registry.ollama.ai/library/llama2/7b",
        format!(
            r#"{{"config":{{"digest":"sha256:{config}"}},"layers":[
            {{"mediaType":"application/vnd.ollama.image.model","digest":"sha256:{model}","size":9}},
            {{"mediaType":"application/vnd.ollama.image.license","digest":"sha256:{license}","size":9}}]}}"#
        )
        .as_bytes(),
    );
    dir.put(&format!("models/blobs/sha256-{model}"), &gguf_bytes(3, false));
    dir.put(&format!("models/blobs/sha256-{license}"), b"LLAMA 2 COMMUNITY LICENSE AGREEMENT");
    dir.put(&format!("models/blobs/sha256-{config}"), br#"{"model_family":"llama","file_type":"Q4_0"}"#);
    let (all, _) = read(&dir.every());
    let manifest = "models/manifests/registry.ollama.ai/library/llama2/7b";
    assert_eq!(
        said(&all),
        [
            format!("models/blobs/sha256-{model} gguf [{manifest}]"),
            format!("{manifest} ollama-manifest [{manifest}]")
        ]
    );
    assert_eq!(all[1].id.as_deref(), Some("llama2:7b"));
    assert_eq!(all[1].licenses[0].kind, RawLicenseKind::File);
    assert_eq!(all[1].licenses[0].text, format!("models/blobs/sha256-{license}"));
    assert_eq!(all[1].quantisation.as_deref(), Some("Q4_0"));
}

#[test]
fn pointers_and_markers_of_downloads() {
    let dir = Scratch::new("pointer");
    let oid = "d".repeat(64);
    let pointer = format!("version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize 4000000000\n");
    dir.put("m/model.safetensors", pointer.as_bytes());
    dir.put("m/logo.bin", pointer.as_bytes());
    let commit = "0123456789abcdef0123456789abcdef01234567";
    dir.put(
        "m/.cache/huggingface/download/model.safetensors.metadata",
        format!("{commit}\netag\n1.0\n").as_bytes(),
    );
    let (all, problems) = read(&dir.every());
    assert_eq!(problems, []);
    assert_eq!(said(&all), ["m/model.safetensors safetensors [m/model.safetensors]"]);
    assert_eq!(all[0].bytes, Some(4_000_000_000));
    assert_eq!(all[0].revision.as_deref(), Some(commit));
}

#[test]
fn a_huge_sparse_file_of_every_format_costs_its_header() {
    let dir = Scratch::new("sparse");
    let safetensors = safetensors_bytes(r#"{"a":{"dtype":"F16","shape":[2]}}"#);
    let big = 40u64 << 30;
    dir.sparse("a.gguf", &gguf_bytes(3, false), big);
    dir.sparse("a.safetensors", &safetensors, big);
    dir.sparse("hostile.safetensors", &[&(1u64 << 63).to_le_bytes()[..], b"{"].concat(), big);
    for name in [
        "z.gguf",
        "z.onnx",
        "z.pt",
        "z.pkl",
        "z.tflite",
        "z.h5",
        "z.bin",
        "z.pb",
        "z.engine",
        "z.mlmodel",
        "z.ort",
        "z.keras",
        "z.llamafile",
        "z.pdmodel",
        "z.caffemodel",
        "z.mnn",
        "z.weights",
        "z.model",
        "z.pdiparams",
        "z.nemo",
    ] {
        dir.sparse(name, b"", big);
    }
    dir.sparse("p.pt", b"PK\x03\x04", big);
    dir.sparse("p.pkl", b"\x80\x04", big);
    dir.sparse("g.gguf", b"GGUF\x03\0\0\0\0\0\0\0\0\0\0\0\xff\xff\0\0", big);
    let begin = std::time::Instant::now();
    let (all, _) = read(&dir.every());
    // Without the limits it would take minutes; the bound is wide as machines differ.
    assert!(begin.elapsed().as_secs() < 20, "{:?}", begin.elapsed());
    let of = |path: &str| all.iter().find(|f| f.path == path).unwrap();
    assert_eq!(of("a.gguf").bytes, Some(big));
    assert_eq!(of("a.safetensors").parameters, Some(2));
}

#[test]
fn fixtures_say_what_is_expected() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/weights");
    let every = every(&root.join("tree"));
    let (all, problems) = read(&every);
    let mut out = Vec::new();
    for f in &all {
        writeln!(out, "{} {} [{}]{}", f.path, f.format, f.place, if f.dataset { " dataset" } else { "" })
            .unwrap();
        for (what, value) in [
            ("id", &f.id),
            ("revision", &f.revision),
            ("name", &f.name),
            ("link", &f.license_link),
            ("architecture", &f.architecture),
            ("quantisation", &f.quantisation),
            ("task", &f.task),
        ] {
            if let Some(value) = value {
                writeln!(out, "  {what}: {value}").unwrap();
            }
        }
        for l in &f.licenses {
            writeln!(out, "  license: {:?} {:?} line {:?}", l.text, l.kind, l.line).unwrap();
        }
        for o in &f.origins {
            writeln!(out, "  from: {:?} {} {} line {:?}", o.kind, o.id, o.derivation.word(), o.line).unwrap();
        }
        for (key, value) in &f.notes {
            writeln!(out, "  note: {key} = {value}").unwrap();
        }
        for (key, value) in &f.shape {
            writeln!(out, "  shape: {key} = {value}").unwrap();
        }
    }
    for p in &problems {
        writeln!(out, "problem: {} {:?} {}", p.path, p.line, p.message).unwrap();
    }
    let expected = root.join("expected.txt");
    if std::env::var_os("LICIT_BLESS").is_some() {
        std::fs::write(&expected, &out).unwrap();
    }
    assert_eq!(
        String::from_utf8(out).unwrap(),
        std::fs::read_to_string(expected).unwrap().replace("\r\n", "\n")
    );
    assert!(all.iter().any(|f| f.origins.iter().any(|o| o.derivation == Derivation::Adapter)));
}
