//! Pickles are looked through and never loaded: their instructions are walked over to see which classes they ask for.
//! Loading one would run whatever its author wrote.

use std::collections::BTreeSet;

/// Instructions of one pickle that are looked at.
const STEPS: usize = 3_000_000;

/// Classes that are kept.
const CLASSES: usize = 64;

/// What the instructions show.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Seen {
    /// `module.name` of everything that it asks for, in the order of their first mention.
    pub classes: Vec<String>,
    /// The text right behind the key `license`.
    pub license: Option<String>,
    /// Texts that are keys of training checkpoints, not of finished models.
    pub training: bool,
    /// Pairs of a key and the text behind it that a reviewer may want.
    pub notes: Vec<(String, String)>,
}

/// Keys whose texts are kept.
const KEYS: &[&str] = &["version", "author", "docs", "description", "base_model", "model_name", "arch"];

/// Walks over the pickles that stand one behind the other. Nothing where the bytes do not begin as one does.
pub(super) fn look(bytes: &[u8]) -> Option<Seen> {
    let mut walk = Walk {
        bytes,
        at: 0,
        seen: Seen::default(),
        known: BTreeSet::new(),
        texts: Vec::new(),
        memo: Vec::new(),
    };
    // Protocol 2 and later begin with a mark of their own; older ones are only told by what they hold.
    let marked = matches!(bytes, [0x80, 2..=5, ..]);
    if !marked && !matches!(bytes.first(), Some(b'(' | b'c' | b'}' | b']')) {
        return None;
    }
    let mut stopped = false;
    for _ in 0..STEPS {
        match walk.step() {
            Some(true) => stopped = true,
            Some(false) => {}
            None => break,
        }
    }
    (marked || stopped || !walk.seen.classes.is_empty()).then_some(walk.seen)
}

struct Walk<'a> {
    bytes: &'a [u8],
    at: usize,
    seen: Seen,
    known: BTreeSet<String>,
    /// The last texts on the stack, as `STACK_GLOBAL` takes two of them. An entry is none for what is no text.
    texts: Vec<Option<&'a str>>,
    /// Texts that are remembered, by number.
    memo: Vec<Option<&'a str>>,
}

impl<'a> Walk<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let bytes = self.bytes;
        let part = bytes.get(self.at..self.at.checked_add(count)?)?;
        self.at += count;
        Some(part)
    }

    fn number(&mut self, width: usize) -> Option<usize> {
        let part = self.take(width)?;
        let value = part.iter().rev().fold(0u64, |v, b| v << 8 | u64::from(*b));
        usize::try_from(value).ok()
    }

    fn line(&mut self) -> Option<&'a [u8]> {
        let bytes = self.bytes;
        let rest = bytes.get(self.at..)?;
        // Names and numbers are short; without this a file without line ends would be searched again and again.
        let len = rest.iter().take(4096).position(|b| *b == b'\n')?;
        self.at += len + 1;
        rest.get(..len)
    }

    fn push(&mut self, text: Option<&'a str>) {
        if let (Some(Some(key)), Some(text)) = (self.texts.last(), text) {
            match *key {
                "license" | "licence" => {
                    self.seen.license.get_or_insert_with(|| text.chars().take(2000).collect());
                }
                key if KEYS.contains(&key) && self.seen.notes.len() < 16 => {
                    self.seen.notes.push((key.to_string(), text.chars().take(200).collect()));
                }
                _ => {}
            }
        }
        if let Some("optimizer_states" | "optimizer_state_dict" | "optimizer" | "lr_schedulers") = text {
            self.seen.training = true;
        }
        if self.texts.len() >= 64 {
            self.texts.drain(..32);
        }
        self.texts.push(text);
    }

    fn class(&mut self, module: &str, name: &str) {
        if self.seen.classes.len() < CLASSES && module.len() + name.len() < 300 {
            let class = format!("{module}.{name}");
            if self.known.insert(class.clone()) {
                self.seen.classes.push(class);
            }
        }
    }

    fn text(&mut self, len: usize) -> Option<()> {
        let text = std::str::from_utf8(self.take(len)?).ok();
        self.push(text);
        Some(())
    }

    fn remember(&mut self, number: usize) {
        // What is remembered far out of order is no name of a class.
        if number <= self.memo.len() + 1024 && number < 1 << 20 {
            if self.memo.len() <= number {
                self.memo.resize(number + 1, None);
            }
            self.memo[number] = self.texts.last().copied().flatten();
        }
    }

    fn recall(&mut self, number: usize) {
        let text = self.memo.get(number).copied().flatten();
        self.push(text);
    }

    /// One instruction: true at the end of a pickle; none at the end of what can be read.
    fn step(&mut self) -> Option<bool> {
        let code = *self.take(1)?.first()?;
        match code {
            b'.' => return Some(true),
            b'c' | b'i' => {
                let module = std::str::from_utf8(self.line()?).ok()?;
                let name = std::str::from_utf8(self.line()?).ok()?;
                self.class(module, name);
                self.push(None);
            }
            // A class whose module and name are the last two texts.
            0x93 => {
                let name = self.texts.pop().flatten();
                let module = self.texts.pop().flatten();
                if let (Some(module), Some(name)) = (module, name) {
                    self.class(module, name);
                }
                self.push(None);
            }
            0x8c => {
                let len = self.number(1)?;
                self.text(len)?;
            }
            b'X' => {
                let len = self.number(4)?;
                self.text(len)?;
            }
            0x8d => {
                let len = self.number(8)?;
                self.text(len)?;
            }
            b'U' => {
                let len = self.number(1)?;
                self.text(len)?;
            }
            b'T' => {
                let len = self.number(4)?;
                self.text(len)?;
            }
            b'C' | b'B' | 0x8e | 0x96 | 0x8a | 0x8b => {
                let width = match code {
                    b'C' | 0x8a => 1,
                    b'B' | 0x8b => 4,
                    _ => 8,
                };
                let len = self.number(width)?;
                self.take(len)?;
                self.push(None);
            }
            b'V' | b'S' | b'F' | b'I' | b'L' => {
                let line = std::str::from_utf8(self.line()?).ok();
                let text = line.map(|l| l.trim_matches(['\'', '"'])).filter(|_| matches!(code, b'V' | b'S'));
                self.push(text);
            }
            b'P' => drop(self.line()?),
            b'p' => {
                let number = std::str::from_utf8(self.line()?).ok()?.parse().ok()?;
                self.remember(number);
            }
            b'g' => {
                let number = std::str::from_utf8(self.line()?).ok()?.parse().ok()?;
                self.recall(number);
            }
            b'q' => {
                let number = self.number(1)?;
                self.remember(number);
            }
            b'r' => {
                let number = self.number(4)?;
                self.remember(number);
            }
            0x94 => {
                let number = self.memo.len();
                self.remember(number);
            }
            b'h' => {
                let number = self.number(1)?;
                self.recall(number);
            }
            b'j' => {
                let number = self.number(4)?;
                self.recall(number);
            }
            b'G' | 0x95 => drop(self.take(8)?),
            b'K' | 0x80 | 0x82 => drop(self.take(1)?),
            b'M' | 0x83 => drop(self.take(2)?),
            b'J' | 0x84 => drop(self.take(4)?),
            // Without an argument.
            b'N' | 0x88 | 0x89 => self.push(None),
            b'('
            | b'0'
            | b'1'
            | b'2'
            | b']'
            | b'a'
            | b'e'
            | b'l'
            | b'}'
            | b'd'
            | b's'
            | b'u'
            | b')'
            | b't'
            | b'R'
            | b'o'
            | b'b'
            | b'Q'
            | 0x81
            | 0x85..=0x87
            | 0x8f..=0x92
            | 0x97
            | 0x98 => {
                // A key and its value stand side by side; whatever is built in between is no text.
                if !matches!(code, b'(' | b'0' | b'1' | b'2') {
                    self.texts.push(None);
                }
            }
            _ => return None,
        }
        Some(false)
    }
}

/// The class of a trained estimator or network that a pickle holds, by the libraries that make them.
pub(super) fn estimator(seen: &Seen) -> Option<&str> {
    let libraries = [
        "sklearn.",
        "xgboost.",
        "lightgbm.",
        "catboost.",
        "torch.nn.",
        "keras.",
        "tensorflow.python.keras.",
        "statsmodels.",
        "transformers.",
        "sentence_transformers.",
        "ultralytics.",
        "fastai.",
        "prophet.",
        "implicit.",
        "gensim.models.",
        "sklearn_crfsuite.",
        "imblearn.",
        "pycaret.",
        "autogluon.",
        "setfit.",
        "onnx.",
        "river.",
        "torchvision.models.",
    ];
    // Helpers of these libraries appear in any table of data.
    let helpers = [
        "sklearn.utils",
        "sklearn.datasets",
        "sklearn.preprocessing._label",
        "sklearn.model_selection._split",
    ];
    let of =
        |c: &&String| libraries.iter().any(|l| c.starts_with(l)) && !helpers.iter().any(|h| c.starts_with(h));
    seen.classes.iter().find(of).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_and_a_license_are_seen() {
        // {'license': 'AGPL-3.0', 'model': ultralytics.nn.tasks.DetectionModel} in protocol 4 and 2.
        let four = b"\x80\x04\x95\x00\x00\x00\x00\x00\x00\x00\x00}\x94(\x8c\x07license\x94\x8c\x08AGPL-3.0\x94\x8c\x05model\x94\
            \x8c\x14ultralytics.nn.tasks\x94\x8c\x0eDetectionModel\x94\x93\x94u.";
        let two = b"\x80\x02}q\x00(X\x07\x00\x00\x00licenseq\x01X\x08\x00\x00\x00AGPL-3.0q\x02X\x05\x00\x00\x00modelq\x03\
            cultralytics.nn.tasks\nDetectionModel\nq\x04u.";
        for bytes in [four.as_slice(), two] {
            let seen = look(bytes).unwrap();
            assert_eq!(seen.license.as_deref(), Some("AGPL-3.0"));
            assert_eq!(seen.classes, ["ultralytics.nn.tasks.DetectionModel"]);
            assert_eq!(estimator(&seen), Some("ultralytics.nn.tasks.DetectionModel"));
        }
    }

    #[test]
    fn a_class_whose_module_is_remembered() {
        // Two classes of one module: the second takes the module from memory.
        let bytes = b"\x80\x04\x8c\x07sklearn\x94\x8c\x01A\x94\x93\x94h\x00\x8c\x01B\x94\x93\x94.";
        assert_eq!(look(bytes).unwrap().classes, ["sklearn.A", "sklearn.B"]);
    }

    #[test]
    fn tables_and_texts_are_no_models() {
        assert_eq!(look(b"hello"), None);
        assert_eq!(look(b"(not a pickle"), None);
        let table = look(b"\x80\x04\x8c\x11pandas.core.frame\x94\x8c\x09DataFrame\x94\x93\x94.").unwrap();
        assert_eq!(estimator(&table), None);
    }

    #[test]
    fn any_bytes_end() {
        let mut state = 7u32;
        for len in 0..600 {
            let bytes: Vec<u8> = (0..len)
                .map(|_| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (state >> 24) as u8
                })
                .collect();
            look(&[b"\x80\x04", bytes.as_slice()].concat());
        }
        // Lengths and memory numbers beyond everything; a million lines without an end.
        look(b"\x80\x04\x8d\xff\xff\xff\xff\xff\xff\xff\xff");
        look(b"\x80\x04r\xff\xff\xff\xffj\xff\xff\xff\xff.");
        look(&vec![b'c'; 1 << 20]);
        look(&vec![b'('; 4 << 20]);
    }
}
