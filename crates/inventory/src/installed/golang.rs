//! Copies of Go modules: the module cache and `vendor`. Go has no license field, so only texts count.

use std::path::{Path, PathBuf};

use licit_model::Component;

use super::{Caches, Content, Fact, serves, texts_and_readme};
use crate::walk::Walked;

/// Where copies of modules lie.
pub(super) struct Copies {
    cache: Option<PathBuf>,
    vendored: Vec<(PathBuf, String)>,
}

impl Copies {
    pub(super) fn new(root: &Path, walked: &Walked, caches: &Caches) -> Self {
        Copies {
            cache: caches.go_mod_cache.clone().filter(|c| c.is_dir()),
            vendored: walked.vendored.iter().map(|v| (root.join(v), v.clone())).collect(),
        }
    }

    pub(super) fn look(&self, index: usize, component: &Component, facts: &mut Vec<Fact>) {
        // A module path never leaves its cache: `..` is no valid element of it.
        if component.name.split('/').any(|p| p.is_empty() || p == "..") {
            return;
        }
        for (vendor, shown) in self.vendored.iter().filter(|(_, shown)| serves(shown, component)) {
            texts_and_readme(
                index,
                &vendor.join(&component.name),
                &format!("{shown}/{}", component.name),
                facts,
            );
        }
        if let Some(cache) =
            self.cache.as_ref().filter(|_| !facts.iter().any(|f| matches!(f.content, Content::Text(_))))
        {
            let folder = format!("{}@{}", escape(&component.name), escape(&component.version));
            texts_and_readme(index, &cache.join(&folder), &format!("$GOMODCACHE/{folder}"), facts);
        }
    }
}

/// The cache writes a capital letter as `!` and the small one, so that it works on every file system.
fn escape(path: &str) -> String {
    let mut escaped = String::with_capacity(path.len());
    for c in path.chars() {
        if c.is_ascii_uppercase() {
            escaped.push('!');
        }
        escaped.push(c.to_ascii_lowercase());
    }
    escaped
}

#[cfg(test)]
mod tests {
    #[test]
    fn capitals_are_escaped() {
        assert_eq!(super::escape("github.com/BurntSushi/toml"), "github.com/!burnt!sushi/toml");
    }
}
