//! AI models and datasets as files name, hold and describe them, before they become components.

use serde::{Deserialize, Serialize};

use crate::found::RawLicense;

/// What sort of thing is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum MentionKind {
    /// A model repository of the hub, `owner/name`, or `name` for the few oldest ones.
    HfModel,
    /// A dataset repository of the hub.
    HfDataset,
    /// A model of an Ollama library, `name:tag` as it stands there.
    OllamaModel,
    /// A file of weights, by its name.
    WeightFile,
}

/// What the thing is used for where it is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum MentionRole {
    /// Something is trained or tuned from it.
    Base,
    /// An adapter that is loaded on top of a model.
    Adapter,
    /// It answers.
    Inference,
    /// Its weights are fetched or opened.
    Weights,
    /// One of the models that become one.
    MergeInput,
    /// Its tokenizer or processor only.
    Tokenizer,
    /// A projector of another modality.
    Projector,
    /// Its answers train another model.
    Teacher,
    /// Trained on.
    TrainData,
    /// Measured with.
    EvalData,
    /// The name under which a result is published.
    Output,
    /// Spoken of only.
    Mention,
}

impl MentionRole {
    /// The word in documents.
    pub fn word(self) -> &'static str {
        match self {
            MentionRole::Base => "base",
            MentionRole::Adapter => "adapter",
            MentionRole::Inference => "inference",
            MentionRole::Weights => "weights",
            MentionRole::MergeInput => "merge-input",
            MentionRole::Tokenizer => "tokenizer",
            MentionRole::Projector => "projector",
            MentionRole::Teacher => "teacher",
            MentionRole::TrainData => "train-data",
            MentionRole::EvalData => "eval-data",
            MentionRole::Output => "output",
            MentionRole::Mention => "mention",
        }
    }
}

/// A place that names a model or a dataset.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Mention {
    /// Relative to the scanned path, `/`-separated.
    pub path: String,
    /// Counted from 1.
    pub line: Option<u32>,
    /// What sort of thing.
    pub kind: MentionKind,
    /// As it stands there, without revision: `owner/name`, `llama3.2:3b`, `model.gguf`.
    pub id: String,
    /// Branch, tag or commit, where the place pins one.
    pub revision: Option<String>,
    /// What for.
    pub role: MentionRole,
    /// The call, key or flag that names it, such as `AutoModel.from_pretrained` or `--model-id`.
    pub by: String,
}

/// How one model came from another, or from data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Derivation {
    /// Trained further.
    Finetune,
    /// An adapter for it, such as a LoRA.
    Adapter,
    /// The same weights in fewer bits, or in another file format.
    Quantized,
    /// Merged from it and others.
    Merge,
    /// Trained to imitate it.
    Distillation,
    /// Trained on what it put out.
    Outputs,
    /// Trained on this dataset.
    Trained,
    /// Derived, and nobody says how.
    Unstated,
}

impl Derivation {
    /// The word in documents; those of cards where they have one.
    pub fn word(self) -> &'static str {
        match self {
            Derivation::Finetune => "finetune",
            Derivation::Adapter => "adapter",
            Derivation::Quantized => "quantized",
            Derivation::Merge => "merge",
            Derivation::Distillation => "distillation",
            Derivation::Outputs => "outputs",
            Derivation::Trained => "trained",
            Derivation::Unstated => "unstated",
        }
    }
}

/// A model or dataset from which another model came, as one file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// What sort of thing.
    pub kind: MentionKind,
    /// Its id as it stands there.
    pub id: String,
    /// Where the file pins one.
    pub revision: Option<String>,
    /// How; [`Derivation::Unstated`] where the file does not say.
    pub derivation: Derivation,
    /// Counted from 1.
    pub line: Option<u32>,
}

/// What one file says of one model or dataset: a card, a configuration, the header of a weight file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ModelFacts {
    /// The file, relative to the scanned path, `/`-separated.
    pub path: String,
    /// The folder of the model's files: facts of one folder speak of one model. A single weight file in a folder of
    /// other things has its own path here.
    pub place: String,
    /// What was read: `card`, `config`, `adapter-config`, `hub-cache`, `modelfile`, `ollama-manifest`, `gguf`,
    /// `safetensors`, `onnx`, `pytorch`, `pickle`, `tflite`, `hdf5`, `keras`, `openvino`, `tensorrt`, …
    pub format: &'static str,
    /// Whether it is a dataset.
    pub dataset: bool,
    /// `owner/name` on the hub, where the file itself or the layout of the folder says so.
    pub id: Option<String>,
    /// Commit, where the layout of the folder pins one.
    pub revision: Option<String>,
    /// A name for people: `general.name` of a GGUF file, the title of a card.
    pub name: Option<String>,
    /// What the file states of its license: the tag or name, verbatim.
    pub licenses: Vec<RawLicense>,
    /// A link to the license's text, verbatim.
    pub license_link: Option<String>,
    /// From which models and datasets it came.
    pub origins: Vec<Origin>,
    /// Architecture as the file spells it: `llama`, `LlamaForCausalLM`.
    pub architecture: Option<String>,
    /// How the weights are stored: `Q4_K_M`, `BF16`, `int8` …
    pub quantisation: Option<String>,
    /// Number of parameters, where the header states tensors with their shapes.
    pub parameters: Option<u64>,
    /// What it does, in the hub's words: `text-generation`.
    pub task: Option<String>,
    /// Languages, as the card lists them.
    pub languages: Vec<String>,
    /// The file's size in bytes, of weight files.
    pub bytes: Option<u64>,
    /// Further keys that a reviewer may want, sorted by key: `general.author`, `producer` …
    pub notes: Vec<(String, String)>,
    /// Shapes of tensors that tell families apart, such as the vocabulary and the hidden size; sorted by key.
    pub shape: Vec<(String, u64)>,
}

/// What a component is as a model: the part of its facts that reports show.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ModelCard {
    /// Architecture as its files spell it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub architecture: Option<String>,
    /// How the weights are stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantisation: Option<String>,
    /// Number of parameters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameters: Option<u64>,
    /// What it does, in the hub's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<String>,
    /// File formats of its weights, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub formats: Vec<String>,
    /// Languages, as its card lists them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<String>,
    /// Roles in which the project names it, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<MentionRole>,
    /// Where it came from: ids of components with the way it was derived, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub origins: Vec<Descent>,
    /// What its license labels say, verbatim, with the file each stands in: labels of a card, of a header, of a catalogue.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<(String, String)>,
    /// Where its card says that the license text is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub license_link: Option<String>,
}

/// One step of lineage in the graph.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Descent {
    /// Id of the component that it came from.
    pub from: String,
    /// How.
    pub derivation: Derivation,
    /// Who says so: a file with its line, or the catalogue.
    pub told_by: String,
}
