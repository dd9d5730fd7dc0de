//! Which argument of which call is a model or dataset: facts of the libraries, for Python and for scripts alike.

use licit_model::ai::MentionRole;

use super::id::Want;
use super::keys::Slot;

/// An argument that names something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Argument {
    /// Its place among the arguments without a name, where it has one.
    pub(super) place: Option<usize>,
    /// Its names, where it is given by name.
    pub(super) names: &'static [&'static str],
    pub(super) slot: Slot,
}

const fn at(place: usize, names: &'static [&'static str], want: Want, role: MentionRole) -> Argument {
    Argument { place: Some(place), names, slot: Slot::new(want, role) }
}

const fn named(names: &'static [&'static str], want: Want, role: MentionRole) -> Argument {
    Argument { place: None, names, slot: Slot::new(want, role) }
}

use MentionRole::{Adapter, Inference, Mention, Output, TrainData, Weights};

const ID: &[&str] = &[
    "pretrained_model_name_or_path",
    "model_name_or_path",
    "model_name",
    "model_id",
    "pretrained_model_name",
    "model",
    "repo_id",
    "pretrained_model_or_path",
    "model_path",
    "path_or_hf_repo",
    "pretrained_model_path",
];

/// The arguments of a call, by its dotted name with imports resolved.
pub(super) fn arguments(callee: &str) -> Vec<Argument> {
    let mut parts = callee.rsplit('.');
    let last = parts.next().unwrap_or("");
    let before = parts.next().unwrap_or("");
    let within = |module: &str| callee == module || callee.starts_with(&format!("{module}."));
    match last {
        "from_pretrained" if before == "AbsaModel" => {
            vec![at(0, ID, Want::Model, Inference), at(1, &[], Want::Model, Inference)]
        }
        "from_pretrained" | "from_quantized" | "from_finetuned" | "from_model_id" | "fromPretrained" => {
            of_class(before)
        }
        // Classes of a library, and settings beside weights, are opened by the id of their repository.
        "load_config" | "from_distillation" | "from_model2vec"
            if before.starts_with(|c: char| c.is_ascii_uppercase()) =>
        {
            vec![at(0, ID, Want::Model, Inference)]
        }
        "newInstance" | "optTokenizerName" if callee.contains("Tokenizer") => {
            vec![at(0, &[], Want::Model, MentionRole::Tokenizer)]
        }
        "MLMTransformer" => vec![at(0, ID, Want::Model, Inference)],
        "Transformer" if before == "models" || within("sentence_transformers") => {
            vec![at(0, ID, Want::Model, Inference)]
        }
        "from_preset" => vec![at(0, &["preset"], Want::Model, Inference)],
        "from_hparams" => vec![at(0, &["source"], Want::Model, Inference)],
        "from_single_file" => vec![at(0, &["pretrained_model_link_or_path"], Want::Model, Inference)],
        "load_lora_weights"
        | "load_adapter"
        | "load_textual_inversion"
        | "load_ip_adapter"
        | "load_lora_adapter"
        | "loadLora" => {
            vec![
                at(
                    0,
                    &["pretrained_model_name_or_path_or_dict", "peft_model_id", "adapter_name_or_path"],
                    Want::Model,
                    Adapter,
                ),
                named(&["weight_name"], Want::Weights, Adapter),
            ]
        }
        "pipeline" => vec![
            at(1, &["model"], Want::Model, Inference),
            named(&["tokenizer", "feature_extractor", "processor"], Want::Model, MentionRole::Tokenizer),
        ],
        "hf_hub_download" | "cached_download" | "try_to_load_from_cache" | "hf_hub_url" | "hf_download" => {
            vec![
                at(0, &["repo_id"], Want::Model, Weights),
                at(1, &["filename"], Want::RepositoryFile, Weights),
            ]
        }
        "snapshot_download" | "snapshotDownload" => vec![at(0, &["repo_id", "repo"], Want::Model, Weights)],
        "model_info" | "list_repo_files" | "list_repo_tree" | "get_safetensors_metadata" => {
            vec![at(0, &["repo_id"], Want::Model, Mention)]
        }
        "load_dataset"
        | "load_dataset_builder"
        | "get_dataset_config_names"
        | "get_dataset_split_names"
        | "dataset_info" => {
            vec![at(0, &["path", "repo_id"], Want::AnyDataset, TrainData)]
        }
        "HuggingFaceDatasetLoader" => vec![at(0, &["path"], Want::AnyDataset, TrainData)],
        "SentenceTransformer"
        | "CrossEncoder"
        | "SparseEncoder"
        | "INSTRUCTOR"
        | "HuggingFaceEmbedding"
        | "HuggingFaceEmbeddings"
        | "HuggingFaceBgeEmbeddings"
        | "HuggingFaceInstructEmbeddings"
        | "HuggingFaceInferenceAPIEmbeddings"
        | "SentenceTransformerEmbeddings"
        | "HuggingFaceHubEmbeddings"
        | "HuggingFaceEndpointEmbeddings"
        | "SentenceTransformerEmbeddingFunction"
        | "SentenceTransformerRerank"
        | "FlagModel"
        | "BGEM3FlagModel"
        | "FlagReranker"
        | "FlagLLMReranker"
        | "FlagLLMModel"
        | "Reranker"
        | "HuggingFaceCrossEncoder"
        | "TransformerDocumentEmbeddings"
        | "TransformerWordEmbeddings"
        | "TextEmbedding"
        | "InferenceClient"
        | "AsyncInferenceClient"
        | "TransformersModel"
        | "HfApiModel"
        | "InferenceClientModel"
        | "MLXModel"
        | "VLLMModel"
        | "HFModel"
        | "WhisperModel"
        | "AsyncEngineArgs"
        | "EngineArgs"
        | "HuggingFaceLLM"
        | "HuggingFaceInferenceAPI"
        | "HuggingFaceEndpoint"
        | "HuggingFaceHub"
        | "HuggingFaceTextGenInference"
        | "HFTransformersEmbedding"
        | "CTransformers"
        | "BatchedInferencePipeline"
        | "TransformersTokenizer"
        | "KeyBERT"
        | "AutoModelForSentenceEmbedding"
        | "LLM"
        | "VLLM"
        | "SGLang"
        | "Engine"
        | "Runtime"
        | "HuggingFaceTransformersEmbeddings"
        | "HuggingFaceInference"
        | "HfInference"
        | "LM"
        | "LLMPredictor"
        | "PromptCompressor"
        | "GPTVisionModel"
        | "Generator"
        | "CLIPModel"
        | "hf_model"
        | "HuggingFaceModel"
        | "AutoModelForVision" => {
            vec![
                at(0, ID, Want::Model, Inference),
                named(&["tokenizer_name", "tokenizer"], Want::Model, MentionRole::Tokenizer),
                named(&["model_file"], Want::Weights, Weights),
            ]
        }
        "completion" | "acompletion" | "embedding" | "aembedding" | "text_completion"
            if within("litellm") || before.is_empty() =>
        {
            vec![at(0, &["model"], Want::Model, Inference)]
        }
        "ChatOllama"
        | "OllamaLLM"
        | "Ollama"
        | "OllamaEmbeddings"
        | "OllamaEmbedding"
        | "OllamaChatGenerator"
        | "OllamaGenerator"
        | "OllamaMultiModal"
        | "OllamaEmbeddingFunction"
        | "OllamaTextEmbedder"
        | "OllamaDocumentEmbedder"
        | "OllamaModel"
        | "OllamaChatCompletionClient"
        | "OllamaFunctions"
        | "createOllama" => {
            vec![at(0, &["model", "model_name", "modelName", "model_id"], Want::Ollama, Inference)]
        }
        "chat" | "generate" | "pull" | "embed" | "embeddings" | "show" if within("ollama") => {
            vec![at(0, &["model"], Want::Ollama, Inference)]
        }
        "Llama"
        | "LlamaCpp"
        | "GPT4All"
        | "LlamaCPP"
        | "LlamaCppEmbeddings"
        | "InferenceSession"
        | "YOLO"
        | "Interpreter"
        | "readNetFromONNX"
        | "readNet"
        | "readNetFromTensorflow"
        | "FaceDetectorYN" => {
            vec![
                at(0, &["model_path", "path_or_bytes", "model"], Want::Weights, Weights),
                named(&["repo_id"], Want::Model, Inference),
            ]
        }
        "load" if within("torch") && before != "hub" => vec![at(0, &["f"], Want::Weights, Weights)],
        "load_file" | "safe_open" => vec![at(0, &["filename"], Want::Weights, Weights)],
        "load_model" if within("keras") || within("tensorflow") || within("tf") || within("fasttext") => {
            vec![at(0, &["filepath", "path"], Want::Weights, Weights)]
        }
        "load"
            if within("mlx_lm")
                || within("mlx_vlm")
                || within("flair")
                || before == "SequenceTagger"
                || before == "TextClassifier" =>
        {
            vec![at(0, &["path_or_hf_repo", "model_path"], Want::Model, Inference)]
        }
        "create_model" | "create_model_and_transforms" | "create_model_from_pretrained" | "get_tokenizer" => {
            vec![at(0, &["model_name"], Want::Address, Inference)]
        }
        "transformers" | "Transformers" | "vllm" | "mlxlm" | "exllamav2" | "TransformersChat"
            if before == "models" || within("outlines") || within("guidance") =>
        {
            vec![at(0, &["model_name", "model"], Want::Model, Inference)]
        }
        "push_to_hub"
        | "create_repo"
        | "upload_file"
        | "upload_folder"
        | "upload_large_folder"
        | "create_branch"
        | "pushToHub" => {
            let place = matches!(last, "push_to_hub" | "create_repo" | "upload_large_folder");
            let names: &[&str] = &["repo_id"];
            vec![Argument { place: place.then_some(0), names, slot: Slot::new(Want::Model, Output) }]
        }
        _ => Vec::new(),
    }
}

/// What `Class.from_pretrained` takes.
fn of_class(class: &str) -> Vec<Argument> {
    if class.starts_with("Peft") || class.starts_with("AutoPeft") && class.ends_with("Adapter") {
        let config = class.ends_with("Config");
        return vec![at(usize::from(!config), &["model_id", "peft_model_id"], Want::Model, Adapter)];
    }
    if class == "Llama" {
        return vec![
            at(0, &["repo_id"], Want::Model, Inference),
            named(&["filename"], Want::RepositoryFile, Weights),
        ];
    }
    let low = class.to_ascii_lowercase();
    let tokenizer =
        ["tokenizer", "processor", "featureextractor", "feature_extractor"].iter().any(|w| low.contains(w));
    let role = if tokenizer { MentionRole::Tokenizer } else { Inference };
    vec![at(0, ID, Want::Model, role), named(&["model_file", "model_basename"], Want::Weights, Weights)]
}
