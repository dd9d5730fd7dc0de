//! At which commits a repository has its submodules: git's own records say what `.gitmodules` does not.
//!
//! The walk passes `.git` by; it is read here for this purpose alone.

use licit_model::{Found, Source};

use crate::extract::{gitmodules, repository};
use crate::tree::{Recorded, Spot};

/// Gives submodules their commits, and whole addresses where theirs are relative to the repository's own.
pub(crate) fn settle(found: &mut [Found], root: &Spot) {
    for file in found.iter_mut().filter(|f| f.extractor == gitmodules::NAME && !f.packages.is_empty()) {
        let wanted: Vec<String> = file.packages.iter().filter_map(|p| p.install_path.clone()).collect();
        let recorded = root.join(file.dir()).submodules(root, &wanted);
        fill(file, &recorded);
    }
}

fn fill(file: &mut Found, recorded: &Recorded) {
    let mut known = 0usize;
    for package in &mut file.packages {
        let Source::Git(url) = &package.source else { continue };
        let commit = package.install_path.as_ref().and_then(|path| recorded.commits.get(path));
        let whole = recorded.origin.as_deref().and_then(|origin| resolve(origin, url));
        known += usize::from(commit.is_some());
        if commit.is_none() && whole.is_none() {
            continue;
        }
        let url = whole.as_deref().unwrap_or(url);
        let exact = repository::git(url, commit.map_or("", |c| c.as_str()), &package.purl.name, package.line);
        package.purl = exact.purl;
        package.source = exact.source;
    }
    if let Some((_, why)) = file.graph.as_mut().filter(|_| known == file.packages.len()) {
        *why = "the list of submodules and git's own records say where they come from and at which commit, but not what they ask for".to_string();
    }
}

/// A relative address as git reads it: beside the repository that it stands in.
fn resolve(origin: &str, url: &str) -> Option<String> {
    if !url.starts_with("./") && !url.starts_with("../") {
        return None;
    }
    let (mut base, mut rest) = (origin.trim_end_matches('/'), url);
    loop {
        if let Some(next) = rest.strip_prefix("../") {
            // The part behind a colon is the path where the address has no scheme.
            let at = base.rfind(['/', ':'])?;
            base = base.get(..at).filter(|left| !left.ends_with(['/', ':']))?;
            let colon = !base.contains("://") && !base.contains(':');
            if colon && origin.as_bytes().get(at) == Some(&b':') {
                return Some(format!("{base}:{next}")).filter(|_| !next.starts_with("../"));
            }
            rest = next;
        } else if let Some(next) = rest.strip_prefix("./") {
            rest = next;
        } else {
            return Some(format!("{base}/{rest}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract::{Extractor, File, gitmodules::Gitmodules};

    #[test]
    fn relative_addresses() {
        let at = |origin: &str, url: &str| resolve(origin, url).unwrap_or_default();
        assert_eq!(at("https://git.example/o/r.git", "../x.git"), "https://git.example/o/x.git");
        assert_eq!(at("https://git.example/o/r/", "../../p/x"), "https://git.example/p/x");
        assert_eq!(at("git@git.example:o/r.git", "../x.git"), "git@git.example:o/x.git");
        assert_eq!(at("git@git.example:r.git", "../x.git"), "git@git.example:x.git");
        assert_eq!(at("https://git.example/o/r", "./x"), "https://git.example/o/r/x");
        assert_eq!(at("https://git.example/r", "../../../x"), "");
        assert_eq!(at("https://git.example/r", "https://git.example/x"), "");
    }

    #[test]
    fn commits_become_versions() {
        let text = "[submodule \"a\"]\n\tpath = third/a\n\turl = https://github.com/o/a.git\n\
                    [submodule \"b\"]\n\tpath = third/b\n\turl = ../b.git\n";
        let mut found = Found::new(".gitmodules", "gitmodules");
        Gitmodules.extract(&File::new(".gitmodules", text.as_bytes()), &mut found);
        let commit = "0123456789abcdef0123456789abcdef01234567";
        let recorded = Recorded {
            commits: [("third/a", commit), ("third/b", commit)]
                .map(|(p, c)| (p.to_string(), c.to_string()))
                .into(),
            origin: Some("https://github.com/o/main".to_string()),
        };
        fill(&mut found, &recorded);
        let purls: Vec<String> = found.packages.iter().map(|p| p.purl.to_string()).collect();
        assert_eq!(purls, [format!("pkg:github/o/a@{commit}"), format!("pkg:github/o/b@{commit}")]);
        assert_eq!(found.packages[1].source, Source::Git(format!("https://github.com/o/b.git#{commit}")));
        assert!(found.graph.unwrap().1.contains("at which commit"));
    }
}
