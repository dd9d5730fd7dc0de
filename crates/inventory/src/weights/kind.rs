//! Which reader a file is for, by its name alone: a tree of ten thousand other files costs no more than looking at their
//! names.

/// The readers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Gguf,
    Safetensors,
    Onnx,
    Ort,
    Tflite,
    Executorch,
    Mnn,
    /// PyTorch, pickles, Keras and other archives.
    Checkpoint,
    /// A name that nearly everything has: told by its first bytes.
    Bin,
    Hdf5,
    Keras,
    SavedModel,
    FrozenGraph,
    Caffe,
    Paddle,
    PaddleWeights,
    Openvino,
    Tensorrt,
    Coreml,
    Llamafile,
    Ncnn,
    Trees,
    Darknet,
    Msgpack,
    Card,
    Config,
    Modelfile,
    OllamaManifest,
}

impl Kind {
    /// The format in [`licit_model::ai::ModelFacts`] before the reader knows better.
    pub(super) fn format(self) -> &'static str {
        match self {
            Kind::Gguf => "gguf",
            Kind::Safetensors => "safetensors",
            Kind::Onnx => "onnx",
            Kind::Ort => "ort",
            Kind::Tflite => "tflite",
            Kind::Executorch => "executorch",
            Kind::Mnn => "mnn",
            Kind::Checkpoint => "pytorch",
            Kind::Bin => "bin",
            Kind::Hdf5 => "hdf5",
            Kind::Keras => "keras",
            Kind::SavedModel => "saved-model",
            Kind::FrozenGraph => "tensorflow",
            Kind::Caffe => "caffe",
            Kind::Paddle | Kind::PaddleWeights => "paddle",
            Kind::Openvino => "openvino",
            Kind::Tensorrt => "tensorrt",
            Kind::Coreml => "coreml",
            Kind::Llamafile => "llamafile",
            Kind::Ncnn => "ncnn",
            Kind::Trees => "trees",
            Kind::Darknet => "darknet",
            Kind::Msgpack => "flax",
            Kind::Card => "card",
            Kind::Config => "config",
            Kind::Modelfile => "modelfile",
            Kind::OllamaManifest => "ollama-manifest",
        }
    }

    /// Whether the file holds weights, rather than words about them.
    pub(super) fn weights(self) -> bool {
        !matches!(self, Kind::Card | Kind::Config | Kind::Modelfile | Kind::OllamaManifest)
    }

    /// Whether nothing else has such a name, so that a file that is not what it says deserves a word.
    pub(super) fn sure(self) -> bool {
        matches!(
            self,
            Kind::Gguf
                | Kind::Safetensors
                | Kind::Onnx
                | Kind::Ort
                | Kind::Keras
                | Kind::Coreml
                | Kind::SavedModel
                | Kind::Caffe
                | Kind::Paddle
        )
    }

    /// Whether a file of this format is a protocol buffer, which any bytes may seem to be for a while.
    pub(super) fn protobuf(self) -> bool {
        matches!(self, Kind::Onnx | Kind::Coreml | Kind::SavedModel | Kind::Caffe | Kind::Paddle)
    }

    /// Whether a reader may stumble over what is simply something else.
    pub(super) fn guesses(self) -> bool {
        matches!(
            self,
            Kind::FrozenGraph
                | Kind::Darknet
                | Kind::Trees
                | Kind::Openvino
                | Kind::Ncnn
                | Kind::Mnn
                | Kind::Tensorrt
                | Kind::Msgpack
        )
    }

    /// Endings of files that belong to the one that is read.
    pub(super) fn companions(self) -> &'static [&'static str] {
        match self {
            Kind::Openvino | Kind::Ncnn => &["bin"],
            Kind::Paddle => &["pdiparams"],
            Kind::Onnx => &["onnx_data", "onnx.data", "data"],
            _ => &[],
        }
    }
}

/// The reader for a path; `beside` says whether the tree has a file.
pub(super) fn of(path: &str, beside: &dyn Fn(&str) -> bool) -> Option<Kind> {
    let name = path.rsplit('/').next().unwrap_or(path);
    if name.len() > 255 {
        return None;
    }
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
    let lower = ending.to_ascii_lowercase();
    let sibling = |ending: &str| beside(&format!("{}{ending}", &path[..path.len() - lower.len()]));
    Some(match lower.as_str() {
        "gguf" => Kind::Gguf,
        "safetensors" | "sft" => Kind::Safetensors,
        "onnx" => Kind::Onnx,
        "ort" => Kind::Ort,
        "tflite" | "lite" => Kind::Tflite,
        "pte" => Kind::Executorch,
        "mnn" => Kind::Mnn,
        "pt" | "pth" | "pyt" | "ckpt" | "th" | "pkl" | "pickle" | "joblib" | "sav" | "dill" | "nemo"
        | "mar" | "task" | "ptl" | "jit" | "torchscript" => Kind::Checkpoint,
        "bin" | "ggml" | "ftz" => Kind::Bin,
        "h5" | "hdf5" => Kind::Hdf5,
        "keras" => Kind::Keras,
        "pb" if name == "saved_model.pb" => Kind::SavedModel,
        // Descriptions of Keras and of one's own protocols end so, too.
        "pb" if !matches!(name, "keras_metadata.pb" | "fingerprint.pb") => Kind::FrozenGraph,
        "caffemodel" => Kind::Caffe,
        "pdmodel" => Kind::Paddle,
        "pdiparams" if !sibling("pdmodel") => Kind::PaddleWeights,
        "xml" if sibling("bin") => Kind::Openvino,
        "engine" | "plan" | "trt" => Kind::Tensorrt,
        "mlmodel" => Kind::Coreml,
        "llamafile" => Kind::Llamafile,
        "param" if sibling("bin") => Kind::Ncnn,
        "cbm" | "bst" | "ubj" | "xgb" | "model" => Kind::Trees,
        "weights" => Kind::Darknet,
        "msgpack" if name.contains("flax") => Kind::Msgpack,
        "json" if is_config(name, path) => Kind::Config,
        "md" | "markdown" if is_card_name(stem) => Kind::Card,
        "modelfile" => Kind::Modelfile,
        _ if stem == "Modelfile" || name == "Modelfile" => Kind::Modelfile,
        // A tag may have dots of its own, as `8b-instruct-q4.1`.
        _ if super::modelfile::place_in_store(path).is_some() => Kind::OllamaManifest,
        _ => return None,
    })
}

fn is_config(name: &str, path: &str) -> bool {
    matches!(
        name,
        "config.json"
            | "adapter_config.json"
            | "model_index.json"
            | "modules.json"
            | "params.json"
            | "meta.json"
            | "dataset_info.json"
            | "dataset_infos.json"
            | "open_clip_config.json"
            | "model.json"
    ) || name.ends_with("weights_manifest.json")
        || name.ends_with(".safetensors.index.json")
        || name.ends_with(".bin.index.json")
        || (name == "metadata.json" && path.contains(".mlmodelc/"))
}

fn is_card_name(stem: &str) -> bool {
    let lower = stem.to_ascii_lowercase();
    lower.starts_with("readme")
        || lower.contains("model_card")
        || lower.contains("modelcard")
        || lower.contains("model-card")
        || lower.contains("dataset_card")
        || lower.contains("dataset-card")
        || lower.contains("datasetcard")
        || lower == "card"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_decide() {
        let kind = |path: &str| of(path, &|other| other == "a/net.bin");
        assert_eq!(kind("a/b.gguf"), Some(Kind::Gguf));
        assert_eq!(kind("a/B.ONNX"), Some(Kind::Onnx));
        assert_eq!(kind("a/net.xml"), Some(Kind::Openvino));
        assert_eq!(kind("a/pom.xml"), None);
        assert_eq!(kind("a/README.md"), Some(Kind::Card));
        assert_eq!(kind("docs/guide.md"), None);
        assert_eq!(kind("Modelfile.local"), Some(Kind::Modelfile));
        assert_eq!(kind("package.json"), None);
        assert_eq!(kind("manifests/registry.ollama.ai/library/llama3/8b"), Some(Kind::OllamaManifest));
        assert_eq!(kind("src/main.rs"), None);
        assert_eq!(kind(""), None);
        assert_eq!(kind("."), None);
        assert_eq!(kind("é.é"), None);
    }
}
