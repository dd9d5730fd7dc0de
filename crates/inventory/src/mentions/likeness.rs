//! Where a place does not say by itself that it takes a model: whether the name of a call says so, and whether an id reads
//! like that of a model. Either alone is nothing.

use super::keys::words;
use super::words::{FAMILIES, MARKS, has};

/// Whether a call is named after fetching or opening a model: `download_artifacts`, `loadModel`, `get_tokenizer`.
pub(super) fn loads(callee: &str) -> bool {
    let words = words(callee);
    let any = |list: &str| words.iter().any(|w| has(list, w));
    any(VERBS) && any(NOUNS) && !any(OTHERWISE)
}

/// Whether a class is named after what wraps a model: `TextEmbedder`, `MLMTransformer`, `AnswerEvaluator`.
pub(super) fn wraps(class: &str) -> bool {
    class.starts_with(|c: char| c.is_ascii_uppercase()) && {
        let words = words(class);
        words.len() > 1
            && words.last().is_some_and(|w| has(WRAPPERS, w))
            && !words.iter().any(|w| has(OTHERWISE, w))
    }
}

const VERBS: &str = "\
    load download fetch get resolve init initialize create build setup pull prepare ensure start launch serve spawn deploy \
    infer predict convert export quantize";

const NOUNS: &str = "\
    model models tokenizer weights checkpoint ckpt hub hf huggingface artifact artifacts pipeline encoder embedder embedding \
    embeddings llm lora adapter snapshot gguf transformer transformers reranker processor pretrained vlm asr tts whisper \
    clip vae unet engine";

/// What is done to the name rather than with the model.
const OTHERWISE: &str = "\
    name names config parser path type types class assert expect equal format template info card url test card licence \
    license image docker git github schema key token price cost count context limit";

const WRAPPERS: &str = "\
    embedder embedding embeddings ranker reranker evaluator generator encoder llm model tokenizer transformer pipeline \
    splitter captioner transcriber translator summarizer classifier recognizer extractor";

/// Whether the name of `owner/name` reads like a model's: a family, a size, a format or a task that models are named
/// after.
pub(super) fn is_like_a_model(id: &str) -> bool {
    let name = id.rsplit('/').next().unwrap_or(id).to_ascii_lowercase();
    let mut parts = name.split(['-', '_', '.']).filter(|p| !p.is_empty());
    FAMILIES.split_ascii_whitespace().any(|family| name.starts_with(family))
        || parts.any(|part| is_size(part) || MARKS.split_ascii_whitespace().any(|mark| begins(part, mark)))
}

/// Whether an id, or the name of a file of weights, is one that somebody gave a model, rather than one that a test made up:
/// that it says its format is not enough.
pub(super) fn is_plausible(id: &str) -> bool {
    let name = id.rsplit('/').next().unwrap_or(id).to_ascii_lowercase();
    let stem = name
        .rsplit_once('.')
        .filter(|(_, e)| has(super::words::WEIGHTS, e))
        .map_or(name.as_str(), |(s, _)| s);
    let rest: Vec<&str> = stem
        .split(['-', '_'])
        .filter(|p| !matches!(*p, "gguf" | "onnx" | "model" | "gptq" | "awq"))
        .collect();
    !rest.is_empty() && is_like_a_model(&rest.join("-"))
}

/// Whether a part begins with a mark, with nothing but a number behind it where the mark is short.
fn begins(part: &str, mark: &str) -> bool {
    part.strip_prefix(mark).is_some_and(|rest| {
        mark.len() > 4 || rest.is_empty() || rest.starts_with(|c: char| c.is_ascii_digit())
    })
}

/// `7b`, `1.5B`, `350m`, `8x7b`, `a3b`.
fn is_size(part: &str) -> bool {
    let digits = part.trim_start_matches('a').trim_end_matches(['b', 'm']);
    let unit = part.len() - part.trim_end_matches(['b', 'm']).len();
    unit == 1
        && !digits.is_empty()
        && digits.len() < 6
        && digits.bytes().all(|b| b.is_ascii_digit() || b == b'x')
        && digits.starts_with(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_calls() {
        for callee in [
            "download_artifacts",
            "loadModel",
            "get_tokenizer",
            "resolve_model_reference",
            "load_embedding_model",
            "hf_download",
            "startLlm",
        ] {
            assert!(loads(callee), "{callee}");
        }
        for callee in ["print", "parse_model_name", "model", "assert_model_loads", "get_config", "open", "f"]
        {
            assert!(!loads(callee), "{callee}");
        }
        assert!(wraps("TextEmbedder") && wraps("MLMTransformer"));
        assert!(!wraps("Model") && !wraps("textEmbedder") && !wraps("ModelCard"));
    }

    #[test]
    fn names_of_models() {
        for id in [
            "reed/heron-7b",
            "reed/Llama-x",
            "reed/heron-GGUF",
            "reed/bge-small",
            "reed/clip-vit-x",
            "reed/x-embed-v1",
            "reed/mix-8x7b",
            "reed/moe-30B-A3B",
            "reed/whisper-tiny",
            "reed/st-MiniLM-x",
            "reed/sd-turbo",
        ] {
            assert!(is_like_a_model(id), "{id}");
        }
        for id in ["reed/code", "reed/heron", "assets/robot", "build/mb", "core/base", "a1/b", "reed/b"] {
            assert!(!is_like_a_model(id), "{id}");
        }
    }
}
