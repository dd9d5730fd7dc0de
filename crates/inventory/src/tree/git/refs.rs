//! Names of revisions: branches, tags, heads of digits, and the steps back from them.

use super::object::{Id, Sort};
use super::{Repository, SMALL, Unreadable};

/// Names that stand for names.
const SYMBOLIC: usize = 8;

/// Parents that are gone back over.
const BACK: usize = 100_000;

impl Repository {
    /// The object that a revision means, as git reads it: `main`, `v1.0`, `HEAD~3`, `4f2a91c^2`, `v1.0^{commit}`.
    pub(super) fn resolve(&self, revision: &str) -> Result<Id, Unreadable> {
        let end = revision.find(['~', '^']).unwrap_or(revision.len());
        let (name, mut steps) = revision.split_at(end);
        let name = if name.is_empty() || name == "@" { "HEAD" } else { name };
        let mut id = self.named(name)?;
        let unknown = || {
            Unreadable(format!("`{revision}` is no revision that is read; give a branch, a tag or a commit"))
        };
        while let Some(step) = steps.chars().next() {
            steps = &steps[step.len_utf8()..];
            if step == '^' && steps.starts_with('{') {
                let (kind, rest) = steps[1..].split_once('}').ok_or_else(unknown)?;
                if !matches!(kind, "" | "commit" | "tree") {
                    return Err(unknown());
                }
                id = if kind == "tree" { self.tree_of(id)? } else { self.commit(id)? };
                steps = rest;
                continue;
            }
            let digits = steps.len() - steps.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let number = if digits == 0 { 1 } else { steps[..digits].parse().map_err(|_| unknown())? };
            steps = &steps[digits..];
            match step {
                '~' if number <= BACK => {
                    for _ in 0..number {
                        id = self.parent(id, 1, revision)?;
                    }
                }
                '^' if number == 0 => id = self.commit(id)?,
                '^' => id = self.parent(id, number, revision)?,
                _ => return Err(unknown()),
            }
        }
        Ok(id)
    }

    /// The commit that a tag stands for at last.
    fn commit(&self, mut id: Id) -> Result<Id, Unreadable> {
        for _ in 0..super::PEELS {
            let object = self.object(&id, SMALL)?;
            match object.sort {
                Sort::Tag => {
                    id = object.field("object", self.hash).ok_or("a tag names no object".to_string())?;
                }
                Sort::Commit => return Ok(id),
                Sort::Tree | Sort::Blob => break,
            }
        }
        Err(Unreadable(format!("{id} is no commit")))
    }

    fn parent(&self, id: Id, number: usize, revision: &str) -> Result<Id, Unreadable> {
        let id = self.commit(id)?;
        let commit = self.object(&id, SMALL)?;
        let parent = commit.fields("parent", self.hash).nth(number - 1);
        parent.ok_or_else(|| Unreadable(format!("`{revision}` goes back further than the history does")))
    }

    fn named(&self, name: &str) -> Result<Id, Unreadable> {
        if let Some(id) = Id::parse(name, self.hash).filter(|id| self.has(id)) {
            return Ok(id);
        }
        // The order in which git looks.
        let places = ["", "refs/", "refs/tags/", "refs/heads/", "refs/remotes/"];
        let sound =
            !name.split('/').any(|p| matches!(p, "" | "." | "..")) && !name.contains(['\\', '\0', ':']);
        if sound {
            let found = places.iter().find_map(|place| self.reference(&format!("{place}{name}"), 0));
            let found = found.or_else(|| self.reference(&format!("refs/remotes/{name}/HEAD"), 0));
            if let Some(id) = found {
                return Ok(id);
            }
        }
        self.abbreviated(name)
    }

    /// The object that a reference stands for.
    fn reference(&self, name: &str, depth: usize) -> Option<Id> {
        // Only these lie beside `refs`, and everything else there is no reference.
        let own = name.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
        if depth > SYMBOLIC || !(own || name.starts_with("refs/")) {
            return None;
        }
        for dir in [&self.git_dir, &self.common_dir] {
            let Ok(text) = std::fs::read_to_string(dir.join(name)) else { continue };
            let text = text.trim();
            return match text.strip_prefix("ref:") {
                Some(target) => {
                    let target = target.trim();
                    if target.split('/').any(|p| p == "..") {
                        None
                    } else {
                        self.reference(target, depth + 1)
                    }
                }
                None => Id::parse(text.get(..self.hash * 2)?, self.hash),
            };
        }
        let packed = std::fs::read(self.common_dir.join("packed-refs")).ok()?;
        String::from_utf8_lossy(&packed).lines().find_map(|line| {
            let (id, of) = line.split_once(' ')?;
            if of == name { Id::parse(id, self.hash) } else { None }
        })
    }

    /// The one object whose name begins with these digits.
    fn abbreviated(&self, name: &str) -> Result<Id, Unreadable> {
        let unknown = || Unreadable(format!("there is no branch, tag or commit `{name}`"));
        let digits = name.to_ascii_lowercase();
        if digits.len() < 4 || digits.len() >= self.hash * 2 || !digits.bytes().all(|b| b.is_ascii_hexdigit())
        {
            return Err(unknown());
        }
        let mut all: Vec<Id> = self.packs.iter().flat_map(|pack| pack.beginning(&digits)).collect();
        for folder in &self.loose {
            let names = std::fs::read_dir(folder.join(&digits[..2])).into_iter().flatten().flatten();
            let names = names.filter_map(|e| e.file_name().into_string().ok());
            let begins = names.filter(|n| n.starts_with(&digits[2..]));
            all.extend(begins.filter_map(|n| Id::parse(&format!("{}{n}", &digits[..2]), self.hash)));
        }
        all.sort();
        all.dedup();
        // Files and folders may share the first digits of a commit, which is what is meant.
        if all.len() > 1 {
            let commit =
                |id: &Id| self.object(id, SMALL).is_ok_and(|o| matches!(o.sort, Sort::Commit | Sort::Tag));
            all.truncate(64);
            all.retain(commit);
        }
        match all.as_slice() {
            [one] => Ok(one.clone()),
            [] => Err(unknown()),
            _ => Err(Unreadable(format!("`{name}` begins the names of several commits; give more digits"))),
        }
    }
}
