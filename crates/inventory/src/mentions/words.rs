//! Words that tell ids of the hub from what only looks like one, with blanks between: facts, not code.

/// Files of weights by their extension.
pub(super) const WEIGHTS: &str = "\
    gguf ggml safetensors bin pt pth ckpt onnx tflite engine h5 keras mlmodel pdparams llamafile nemo \
    litertlm";

/// What libraries call the files that they save.
pub(super) const STANDARD: &str = "\
    pytorch_model diffusion_pytorch_model pytorch_lora_weights adapter_model model optimizer scheduler training_args \
    random_states trainer_state scaler rng_state checkpoint learned_embeds tf_model flax_model";

/// Extensions of other files; a name of the hub may have dots, but not these behind them.
pub(super) const FILES: &str = "\
    py json jsonl yaml yml sh txt md csv tsv parquet png jpg jpeg gif svg html js ts tsx jsx rs go java \
    toml cfg ini ipynb zip gz tar arrow wav mp3 mp4 flac pdf xml log lock conf cpp h c css proto npy npz \
    pkl pickle model exe dll so service env git j2 jinja tgz yolo webp mjs cjs sql";

/// What a repository of the hub shows rather than runs.
pub(super) const PICTURES: &str = "\
    png jpg jpeg gif svg webp ico md pdf mp4 html";

/// First parts of local paths, mime types and other pairs that are no owners.
pub(super) const FOLDERS: &str = "\
    models model data datasets dataset saves save saved saved_models saved-models output outputs out \
    checkpoints checkpoint ckpt ckpts weights results result runs run logs log exp exps experiments tmp \
    temp src lib libs scripts script examples configs config conf docs doc test tests assets asset \
    static public app apps bin etc home mnt opt usr var root workspace cache build dist path paths \
    pretrained pretrained_models pretrained-models trained_models finetuned local artifacts files \
    resources store storage blob tree resolve raw downloads download input inputs text image images audio video application \
    multipart font train eval training ai components spaces lora loras adapters adapter merged exports \
    export packages backend frontend server client api v1 v2 utils custom stable-diffusion embeddings \
    onnx gguf ggml-models llm llms yolo content media include tools node_modules dir folder refs origin \
    feature fix release s3 gs file github repos users projects checkpoint-dir model_weights pvc \
    vllm-workspace llama-cpp stablediffusion-cpp asset_models gguf_models";

/// Words that documentation puts in place of a name.
pub(super) const PLACEHOLDERS: &str = "\
    username user user_name user-name users org organization organisation org-name namespace owner \
    author yourname your you me my foo bar baz example examples some hf_user hf_username hf-username xxx \
    repo repo_name repo-name repo_id model-name model_name modelname model-id model_id model dataset \
    dataset_name dataset-name name placeholder company vendor provider account to model_a model_b dummy \
    fake mymodel your-org huggingface-username profile entity project hfuser acme test-org test_org user-id repo-id test-repo test_repo test hf_org some_org fake-repo \
    nonexistent fake-org publisher test_user default not-specified unspecified test_model test-user test-model random someone someuser some-user \
    some-model some-repo fakeuser";

/// Pages of the hub's own that are no owners.
pub(super) const PAGES: &str = "\
    docs spaces blog papers collections learn join settings models tasks inference new organizations \
    login pricing chat posts api enterprise changelog support inference-api inference-endpoints course \
    terms-of-service privacy welcome front kernels storage security metrics languages libraries \
    playground coderevolutionplugins buckets oauth kernels-community";

/// Services whose ids have two parts like the hub's, where the first part is no owner there.
pub(super) const SERVICES: &str = "\
    anthropic azure azure_ai bedrock vertex_ai gemini groq together_ai replicate openrouter cohere \
    cohere_chat deepinfra fireworks_ai perplexity x-ai xai sagemaker cloudflare watsonx voyage jina_ai \
    text-completion-openai nvidia_nim cerebras sambanova databricks-hosted github_copilot meta_llama \
    codestral friendliai lm_studio llamafile xinference moonshot dashscope volcengine zai minimax \
    openai_like lmstudio blockrun litellm_proxy custom_openai hosted_vllm vllm litellm";

/// Gateways that put a word of their own before an id of the hub.
pub(super) const GATEWAYS: &str = "\
    huggingface hosted_vllm vllm together_ai deepinfra openai hf lm_studio litellm_proxy nscale novita";

/// Builders of the datasets library, which read local files.
pub(super) const BUILDERS: &str = "\
    json csv parquet text imagefolder audiofolder videofolder arrow pandas sql webdataset generator xml \
    hdf5 pdffolder spark lance cache jsonl disk local file auto none custom";

/// Models of the hub from before owners were required. Facts of the hub; every other name needs an owner.
pub(super) const LEGACY: &str = "\
    albert-base-v1 albert-base-v2 albert-large-v1 albert-large-v2 albert-xlarge-v1 albert-xlarge-v2 \
    albert-xxlarge-v1 albert-xxlarge-v2 bert-base-cased bert-base-cased-finetuned-mrpc bert-base-chinese \
    bert-base-german-cased bert-base-german-dbmdz-cased bert-base-german-dbmdz-uncased \
    bert-base-multilingual-cased bert-base-multilingual-uncased bert-base-uncased bert-large-cased \
    bert-large-cased-whole-word-masking bert-large-cased-whole-word-masking-finetuned-squad \
    bert-large-uncased bert-large-uncased-whole-word-masking \
    bert-large-uncased-whole-word-masking-finetuned-squad camembert-base ctrl distilbert-base-cased \
    distilbert-base-cased-distilled-squad distilbert-base-german-cased \
    distilbert-base-multilingual-cased distilbert-base-uncased distilbert-base-uncased-distilled-squad \
    distilbert-base-uncased-finetuned-sst-2-english distilgpt2 distilroberta-base gpt2 gpt2-large \
    gpt2-medium gpt2-xl openai-gpt roberta-base roberta-base-openai-detector roberta-large \
    roberta-large-mnli roberta-large-openai-detector t5-11b t5-3b t5-base t5-large t5-small \
    transfo-xl-wt103 xlm-clm-ende-1024 xlm-clm-enfr-1024 xlm-mlm-100-1280 xlm-mlm-17-1280 \
    xlm-mlm-en-2048 xlm-mlm-ende-1024 xlm-mlm-enfr-1024 xlm-mlm-enro-1024 xlm-mlm-tlm-xnli15-1024 \
    xlm-mlm-xnli15-1024 xlm-roberta-base xlm-roberta-large xlm-roberta-large-finetuned-conll02-dutch \
    xlm-roberta-large-finetuned-conll02-spanish xlm-roberta-large-finetuned-conll03-english \
    xlm-roberta-large-finetuned-conll03-german xlnet-base-cased xlnet-large-cased";

/// How names of the Ollama library begin. Facts of the library.
pub(super) const FAMILIES: &str = "\
    llama qwen gemma mistral mixtral phi deepseek codellama codegemma nomic-embed mxbai-embed all-minilm bge- snowflake \
    gpt-oss granite smollm tinyllama vicuna orca yi starcoder stable llava moondream bakllava command-r aya falcon olmo \
    solar zephyr openchat neural-chat dolphin nous-hermes hermes wizard openhermes minicpm internlm glm chatglm devstral \
    magistral codestral ministral exaone cogito athene nemotron embeddinggemma paraphrase reader-lm reflection sqlcoder \
    tulu qwq kimi minimax medgemma functiongemma translategemma shieldgemma llama-guard duckdb everythinglm marco";

/// What parts of the names of models begin with, besides families: formats, tasks, architectures. Facts of the hub.
pub(super) const MARKS: &str = "\
    gguf gptq awq bnb exl2 mlx onnx instruct instruction chat bert distilbert deberta modernbert roberta electra gpt t5 flan \
    bart pegasus whisper wav2vec hubert clip siglip vit dino resnet yolo detr sam blip llava vlm embed embedding reranker \
    rerank encoder colbert splade minilm mpnet e5 gte bge sdxl sd diffusion flux lora qlora dpo sft rlhf pythia opt bloom \
    mamba rwkv opus nllb marian speecht5 bark tts asr codegen santacoder stablelm dolly mpt redpajama internvl vicuna";

/// Whether a list has a word.
pub(super) fn has(list: &str, word: &str) -> bool {
    !word.is_empty() && list.split_ascii_whitespace().any(|w| w == word)
}
