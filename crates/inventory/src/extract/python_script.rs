//! Requirements that stand in a Python script itself (PEP 723), in a block of comments:
//!
//! ```text
//! # /// script
//! # dependencies = ["httpx<1"]
//! # ///
//! ```
//!
//! Few scripts have such a block, so no file is opened to look for one: whoever reads Python anyway calls [`read`].

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use licit_model::{Ecosystem, Found, Manifest};

use super::python;
use super::{Extractor, File, pyproject, toml};

/// Reads the metadata of a script.
pub struct PythonScript;

/// The words that begin the block, wherever they stand.
const BEGIN: &str = "# /// script";

/// What is longer holds data.
const LARGEST: u64 = 4 << 20;

impl Extractor for PythonScript {
    fn name(&self) -> &'static str {
        NAME
    }

    fn files(&self) -> &'static [&'static str] {
        &["*.py"]
    }

    /// How a script that is run by itself begins where the program that runs it takes options, as `uv run --script` does.
    fn magic(&self) -> &'static [&'static [u8]] {
        &[b"#!/usr/bin/env -"]
    }

    fn rides_along(&self) -> bool {
        true
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let whole = file.part(0, file.size().min(LARGEST)).unwrap_or_default();
        let blocks = blocks(whole.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&whole));
        let Some(block) = blocks.first() else { return };
        if let Some(second) = blocks.get(1) {
            found.odd(Some(second.line), "a script has one block of metadata; only the first was read");
        }
        if !block.closed {
            return found
                .lost(Some(block.line), "the script's block of metadata has no end and was not read");
        }
        let inner = File::new(file.path(), block.text.as_bytes());
        let Some(document) = toml::parse(&inner, found) else { return };
        let mut requirements = pyproject::of_script(document.root(), found);
        requirements.sort_by_key(|r| r.line);
        let mut manifest = Manifest::new(python::own_package("", "", "", Some(block.line)));
        manifest.requirements = requirements;
        found.manifest(Ecosystem::Pypi, manifest);
    }
}

/// The extractor's name.
pub(crate) const NAME: &str = "python-script";

/// Reads a script whose bytes somebody has at hand; none where it has no metadata.
pub(crate) fn read(path: &str, bytes: &[u8]) -> Option<Found> {
    if !may_have(bytes) {
        return None;
    }
    let index = super::EXTRACTORS.iter().position(|e| e.name() == NAME)?;
    let mut found = Found::new(path, NAME);
    crate::extract_guarded(index, &File::new(path, bytes), &mut found);
    (found.manifest.is_some() || !found.problems.is_empty()).then_some(found)
}

/// Whether the words stand anywhere in it.
pub(crate) fn may_have(bytes: &[u8]) -> bool {
    static FINDER: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| AhoCorasick::new([BEGIN]).ok());
    FINDER.as_ref().is_some_and(|finder| finder.is_match(bytes))
}

/// A block of metadata.
struct Block {
    /// Of its first line.
    line: u32,
    /// What stands in it behind the `#`, on the lines on which it stands in the script.
    text: String,
    closed: bool,
}

/// The blocks of a script. A block goes on as long as lines are comments, and ends with the last `# ///` among these.
fn blocks(bytes: &[u8]) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    if !may_have(bytes) {
        return blocks;
    }
    let text = String::from_utf8_lossy(bytes);
    let mut lines = (1u32..).zip(text.lines()).peekable();
    while let Some((line, words)) = lines.next() {
        if words != BEGIN {
            continue;
        }
        let mut inside: Vec<&str> = Vec::new();
        let mut end = None;
        while let Some((_, words)) = lines.next_if(|(_, words)| *words == "#" || words.starts_with("# ")) {
            if words == "# ///" {
                end = Some(inside.len());
            }
            inside.push(words.get(2..).unwrap_or(""));
        }
        // A third one says no more than that there are too many.
        if blocks.len() < 2 {
            let mut text = "\n".repeat(line as usize);
            for line in inside.iter().take(end.unwrap_or(0)) {
                text.push_str(line);
                text.push('\n');
            }
            blocks.push(Block { line, text, closed: end.is_some() });
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<(String, Option<u32>)> {
        let found = read("a.py", text.as_bytes());
        let asked = found.and_then(|f| f.manifest).map(|m| m.requirements).unwrap_or_default();
        asked.into_iter().map(|r| (r.name, r.line)).collect()
    }

    #[test]
    fn a_block_is_read_where_it_stands() {
        let text = "import x\n\n# /// script\n# # a comment\n# dependencies = [\n#   \"httpx<1\",\n#\n#   \"rich\",\n# ]\n# ///\n";
        assert_eq!(names(text), [("httpx".to_string(), Some(6)), ("rich".to_string(), Some(8))]);
        assert_eq!(names(&text.replace('\n', "\r\n")), names(text));
    }

    #[test]
    fn the_last_end_among_the_comments_counts() {
        let text = "# /// script\n# dependencies = [\"a\"]\n# ///\n# more = '''\n# ///\n";
        let found = read("a.py", text.as_bytes()).unwrap();
        assert!(!found.problems.is_empty());
        let text = "# /// script\n# dependencies = [\"a\"]\n# ///\n\n# ///\n";
        assert_eq!(names(text).len(), 1);
    }

    #[test]
    fn a_script_stands_for_itself() {
        let top = std::env::temp_dir().join(format!("licit-script-{}", std::process::id()));
        std::fs::create_dir_all(top.join("tools")).unwrap();
        let lay = |path: &str, text: &str| std::fs::write(top.join(path), text).unwrap();
        lay("tools/pyproject.toml", "[project]\nname = \"kit\"\ndependencies = [\"click\"]\n");
        lay("tools/requirements.txt", "rich==1.0\n");
        lay("tools/a.py", "# /// script\n# dependencies = [\"rich\"]\n# ///\n");
        lay("tools/b.py", "# /// script\n# dependencies = [\"httpx\"]\n# ///\n");
        lay(
            "tools/b.py.lock",
            "version = 1\n[manifest]\nrequirements = [{ name = \"httpx\" }]\n[[package]]\nname = \"httpx\"\nversion = \"0.28.1\"\n\
             source = { registry = \"https://registry.example/simple\" }\n",
        );
        let limits = crate::walk::Limits { every_file: true, ..Default::default() };
        let options = crate::Options { limits, ..Default::default() };
        let read = crate::read(&top, "top", &options, &crate::Silent).unwrap();
        let one = crate::read(&top.join("tools/a.py"), "a", &options, &crate::Silent).unwrap();
        std::fs::remove_dir_all(&top).unwrap();
        let edges = |graph: &licit_model::Graph| {
            let id = |i: usize| graph.components[i].name.clone() + "@" + &graph.components[i].version;
            let mut edges: Vec<String> =
                graph.edges.iter().map(|e| format!("{} {}", id(e.from), id(e.to))).collect();
            edges.sort();
            edges
        };
        // What the project's files say of versions says nothing about a script that lies beside them.
        let all = edges(&read.joined.graph);
        for edge in ["a.py@ rich@", "b.py@ httpx@0.28.1", "kit@ click@"] {
            assert!(all.iter().any(|e| e == edge), "{edge} in {all:?}");
        }
        assert!(!all.iter().any(|e| e.starts_with("kit@ httpx") || e == "b.py@ httpx@"), "{all:?}");
        assert_eq!(edges(&one.joined.graph), ["a.py@ rich@"]);
    }

    #[test]
    fn what_looks_like_a_block_is_none() {
        for text in [
            "x = '# /// script'\n",
            "# /// scripts\n# ///\n",
            "  # /// script\n  # ///\n",
            "# /// tool\n# ///\n",
        ] {
            assert!(read("a.py", text.as_bytes()).is_none(), "{text}");
        }
        assert!(read("a.py", b"# /// script\n# dependencies = []\n").unwrap().problems[0].loses);
    }
}
