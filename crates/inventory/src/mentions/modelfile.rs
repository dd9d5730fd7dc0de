//! Ollama's Modelfiles: `FROM` names a model or a file of weights, `ADAPTER` what is put on top.

use licit_model::ai::MentionRole;

use super::Sink;
use super::id::{self, Want};
use super::keys::Slot;

/// Reads a Modelfile; texts in triple quotes are no instructions.
pub(super) fn read(text: &str, sink: &mut Sink<'_>) {
    let mut quoted = false;
    for (number, line) in text.lines().enumerate() {
        let marks = line.matches("\"\"\"").count();
        let inside = quoted;
        quoted ^= marks % 2 == 1;
        if inside || line.trim_start().starts_with('#') {
            continue;
        }
        let Some((word, value)) = line.trim().split_once(char::is_whitespace) else { continue };
        let value = value.trim().trim_matches('"');
        let role = match word.to_ascii_uppercase().as_str() {
            "FROM" => MentionRole::Base,
            "ADAPTER" => MentionRole::Adapter,
            _ => continue,
        };
        let line = u32::try_from(number + 1).unwrap_or(u32::MAX);
        let hub = value.contains("hf.co/") || value.contains("huggingface.co/");
        let want = if hub {
            Want::Address
        } else if id::weights(value).is_some() {
            Want::Weights
        } else {
            Want::Ollama
        };
        sink.put(line, value, Slot::new(want, role), None, word);
    }
}
