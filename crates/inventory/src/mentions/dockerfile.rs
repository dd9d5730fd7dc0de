//! Models that an image fetches while it is built, or serves when it runs.

use super::shell::{self, Word};
use super::{Sink, yaml};

/// Reads a Dockerfile: its instructions are commands; the images that it builds on are not models.
pub(super) fn read(text: &str, sink: &mut Sink<'_>) {
    // Every instruction keeps its line, so that the rest of the script can be read as one with its variables.
    let mut script = String::with_capacity(text.len());
    let mut continued = false;
    let mut entry: Vec<Word> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let number = u32::try_from(number + 1).unwrap_or(u32::MAX);
        let trimmed = line.trim_start();
        let comment = trimmed.starts_with('#');
        if continued {
            // A comment between continued lines does not end the command.
            script.push_str(if comment { "\\" } else { line });
            continued = comment || line.trim_end().ends_with('\\');
            script.push('\n');
            continue;
        }
        let (word, rest) = trimmed.split_once(char::is_whitespace).unwrap_or((trimmed, ""));
        let list = rest.trim_start().starts_with('[');
        match word.to_ascii_uppercase().as_str() {
            "RUN" | "CMD" | "ENTRYPOINT" if list => {
                let words: Vec<Word> = yaml::parse_json(rest.trim(), number)
                    .map(|node| {
                        node.items()
                            .iter()
                            .filter_map(|i| {
                                i.text().map(|t| Word { line: i.line, text: t.into(), quoted: true })
                            })
                            .collect()
                    })
                    .unwrap_or_default();
                if word.eq_ignore_ascii_case("CMD") && words.first().is_some_and(|w| w.text.starts_with('-'))
                {
                    // Arguments of the entry point above.
                    let mut whole = if entry.is_empty() {
                        vec![Word { line: number, text: "serve".into(), quoted: true }]
                    } else {
                        entry.clone()
                    };
                    whole.extend(words);
                    shell::argv(&whole, sink);
                } else {
                    shell::argv(&words, sink);
                    entry = words;
                }
            }
            "RUN" | "CMD" | "ENTRYPOINT" => {
                // Options of the instruction itself.
                let rest = rest.trim_start();
                let skip =
                    rest.split(' ').take_while(|w| w.starts_with("--")).map(|w| w.len() + 1).sum::<usize>();
                script.push_str(rest.get(skip.min(rest.len())..).unwrap_or(""));
                continued = line.trim_end().ends_with('\\');
            }
            "ENV" | "ARG" => {
                // `ENV NAME value` is the old way.
                let old = rest.split_whitespace().next().is_some_and(|n| !n.contains('='));
                let mut words = rest.trim().splitn(2, char::is_whitespace);
                match (old, words.next(), words.next()) {
                    (true, Some(name), Some(value)) => {
                        script.push_str(&format!("export {name}={}", value.trim()))
                    }
                    (true, ..) => {}
                    (false, ..) => script.push_str(&format!("export {rest}")),
                }
                continued = line.trim_end().ends_with('\\');
            }
            "ADD" if rest.contains("huggingface.co/") => script.push_str(&format!("curl {rest}")),
            _ => {}
        }
        script.push('\n');
    }
    shell::read(&script, sink);
}
