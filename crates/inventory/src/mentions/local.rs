//! Paths that lead to a model which lies in the tree itself: `from_pretrained("./models/x")` with a folder `models/x`.

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

use super::words::{WEIGHTS, has};

/// The folders and files of the tree, as far as texts may lead to them.
pub(crate) struct Tree<'a> {
    folders: HashSet<&'a str>,
    /// Every path, sorted.
    paths: Vec<&'a str>,
    /// How many files of weights have a name, counted when it is asked for.
    names: OnceLock<HashMap<String, u32>>,
}

/// Parts of a path; real ones have fewer.
const DEEPEST: usize = 32;

impl<'a> Tree<'a> {
    /// The paths have to be sorted.
    pub(super) fn new(folders: HashSet<&'a str>, paths: Vec<&'a str>) -> Self {
        Tree { folders, paths, names: OnceLock::new() }
    }

    /// Whether there is such a folder.
    pub(super) fn has_folder(&self, path: &str) -> bool {
        self.folders.contains(path)
    }

    /// The folder of a model to which a text in a file leads.
    pub(super) fn model(&self, from: &str, text: &str) -> Option<String> {
        if self.folders.is_empty() {
            return None;
        }
        let explicit = text.contains('/');
        self.lead(from, text, |path| self.folders.contains(path) && self.holds_a_model(path, explicit))
    }

    /// The path of a file of weights to which a text leads.
    pub(super) fn file(&self, from: &str, text: &str) -> Option<String> {
        if !is_weights(text.rsplit('/').next()?) {
            return None;
        }
        self.lead(from, text, |path| self.paths.binary_search(&path).is_ok())
    }

    /// The path of a file of weights to which a text leads, where its name alone does not tell which one is meant.
    pub(super) fn ambiguous(&self, from: &str, text: &str) -> Option<String> {
        let found = self.file(from, text)?;
        let name = found.rsplit('/').next()?.to_ascii_lowercase();
        let names = self.names.get_or_init(|| {
            let mut names: HashMap<String, u32> = HashMap::new();
            for path in &self.paths {
                let name = path.rsplit('/').next().unwrap_or(path);
                if is_weights(name) {
                    *names.entry(name.to_ascii_lowercase()).or_default() += 1;
                }
            }
            names
        });
        names.get(&name).is_some_and(|n| *n > 1).then_some(found)
    }

    /// The first path that fits of those that a text can mean: from the file's folder, and from each above it up to the
    /// top of the tree, for programs run at the top of their project. Nothing leads out of the tree.
    fn lead(&self, from: &str, text: &str, fits: impl Fn(&str) -> bool) -> Option<String> {
        let text = text.trim().trim_end_matches('/');
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b"._-/@+ ".contains(&b);
        if text.is_empty() || text.len() > 400 || text.starts_with('/') || !text.bytes().all(allowed) {
            return None;
        }
        let parts: Vec<&str> = text.split('/').filter(|p| !p.is_empty() && *p != ".").collect();
        if parts.is_empty() || parts.len() > DEEPEST {
            return None;
        }
        let mut base = from.rsplit_once('/').map_or("", |(dir, _)| dir);
        for _ in 0..DEEPEST {
            if let Some(path) = joined(base, &parts).filter(|p| !p.is_empty() && fits(p)) {
                return Some(path);
            }
            // What goes up means one folder only, and at the top nothing is above.
            if base.is_empty() || parts.first() == Some(&"..") {
                return None;
            }
            base = base.rsplit_once('/').map_or("", |(dir, _)| dir);
        }
        None
    }

    /// Whether files of a model lie in a folder itself. A settings file alone may be anything's, so a folder that is
    /// named in passing needs weights.
    fn holds_a_model(&self, folder: &str, explicit: bool) -> bool {
        let start = self.paths.partition_point(|p| *p < folder);
        let (mut settings, mut beside) = (false, false);
        for path in self.paths.iter().skip(start).take(2_000) {
            let Some(rest) = path.strip_prefix(folder) else { return explicit && settings && beside };
            let Some(name) = rest.strip_prefix('/').filter(|n| !n.contains('/')) else { continue };
            if is_weights(name) || name == "adapter_config.json" || name == "model_index.json" {
                return true;
            }
            settings |= name == "config.json" || name == "README.md";
            beside |= matches!(
                name,
                "tokenizer.json"
                    | "tokenizer_config.json"
                    | "generation_config.json"
                    | "preprocessor_config.json"
                    | "modules.json"
                    | "vocab.txt"
                    | "tokenizer.model"
                    | "model.safetensors.index.json"
                    | "pytorch_model.bin.index.json"
            );
        }
        explicit && settings && beside
    }
}

fn is_weights(name: &str) -> bool {
    name.rsplit_once('.')
        .is_some_and(|(stem, e)| !stem.is_empty() && has(WEIGHTS, e.to_ascii_lowercase().as_str()))
}

/// A path below a folder; none where it leaves the tree.
fn joined(base: &str, parts: &[&str]) -> Option<String> {
    let mut path: Vec<&str> = base.split('/').filter(|p| !p.is_empty()).collect();
    for part in parts {
        if *part == ".." {
            path.pop()?;
        } else {
            path.push(part);
        }
    }
    Some(path.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> Tree<'static> {
        let paths = vec![
            "app/models/heron/config.json",
            "app/models/heron/model.safetensors",
            "app/src/run.py",
            "lib/a/model.onnx",
            "lib/b/model.onnx",
            "lib/plain/config.json",
            "models/kite/config.json",
            "models/kite/tokenizer.json",
            "top.gguf",
        ];
        let mut folders = HashSet::new();
        for path in &paths {
            let mut rest: &str = path;
            while let Some((dir, _)) = rest.rsplit_once('/') {
                folders.insert(dir);
                rest = dir;
            }
        }
        Tree::new(folders, paths)
    }

    #[test]
    fn from_the_file_the_project_and_the_top() {
        let tree = tree();
        for (from, text, place) in [
            ("app/src/run.py", "../models/heron", Some("app/models/heron")),
            ("app/src/run.py", "./models/heron/", Some("app/models/heron")),
            ("app/src/run.py", "models/kite", Some("models/kite")),
            ("run.py", "./app/models/heron", Some("app/models/heron")),
            ("app/models/run.py", "heron", Some("app/models/heron")),
            // Settings alone are named by a path, or not at all.
            ("models/run.py", "kite", None),
            ("lib/run.py", "plain", None),
            ("lib/run.py", "./plain", None),
            ("app/src/run.py", "../../../models/kite", None),
            ("app/src/run.py", "../../models/kite", Some("models/kite")),
            ("app/src/run.py", "/models/kite", None),
            ("app/src/run.py", "https://x/models/kite", None),
            ("app/src/run.py", "./", None),
            ("app/src/run.py", "reed/heron", None),
        ] {
            assert_eq!(tree.model(from, text).as_deref(), place, "{from}: {text}");
        }
    }

    #[test]
    fn two_files_of_one_name_are_told_apart() {
        let tree = tree();
        assert_eq!(tree.ambiguous("lib/run.py", "a/model.onnx").as_deref(), Some("lib/a/model.onnx"));
        assert_eq!(tree.ambiguous("lib/run.py", "../top.gguf"), None, "its name tells");
        assert_eq!(tree.ambiguous("lib/run.py", "c/model.onnx"), None);
    }
}
