//! What a copy of a package said when it was read last.
//!
//! Caches of package managers hardly change between two scans. An answer is kept with the state of every file and folder
//! that it was read from (see [`trace`]), and holds for as long as all of them are the same; texts are kept by their
//! keys, and only while somebody remembers what they say. Who finds nothing keeps nothing: a copy may come later.

use std::borrow::Cow;
use std::fmt::{Debug, Write as _};
use std::path::PathBuf;

use licit_model::found::RawLicenseKind;
use licit_model::{Location, Method, RawLicense};
use serde::{Deserialize, Serialize};

use super::{Content, Fact, Looked, Missed, Place};
use crate::tree::trace::{self, Seen, Stamp};

/// A text by its hash.
pub type TextKey = [u8; 16];

/// Holds answers from one scan to the next. All of them belong to one state of the code: another may read a copy in
/// another way.
pub trait Memory: Debug + Send + Sync {
    /// What was kept under a name.
    fn recall(&self, name: &str) -> Option<Cow<'_, [u8]>>;
    /// Keeps an answer under a name.
    fn keep(&self, name: &str, answer: Vec<u8>);
    /// The key of a text.
    fn key(&self, text: &str) -> TextKey;
    /// Whether it is known what the text of a key says.
    fn knows(&self, key: &TextKey) -> bool;
    /// The moment, in seconds since 1970, since which a change may go unnoticed: a little before the scan began.
    fn settled(&self) -> i64;
}

/// An answer with what it was read from.
#[derive(Serialize, Deserialize)]
struct Answer {
    /// The folder in which most of it lies.
    base: PathBuf,
    /// Paths below `base`, or whole ones.
    seen: Vec<(PathBuf, Option<Stamp>)>,
    facts: Vec<Kept>,
    build_only: Vec<String>,
    /// Where the copy is, and what is wrong with it.
    missed: Vec<(String, Option<String>)>,
}

#[derive(Serialize, Deserialize)]
struct Kept(Method, Location, Held);

#[derive(Serialize, Deserialize)]
enum Held {
    Expression(String, Option<u32>),
    Classifier(String, Option<u32>),
    File(String, Option<u32>),
    Text(String, String),
    Prose(u8, String),
}

/// How many letters and words of a text are looked at to say how it begins.
const BEGINNING: (usize, usize) = (200, 8);

/// Reads a copy, or gives what it said when it was read last. `of` names the copy and all that the reading depends on
/// besides its files; of none nothing is kept.
pub(super) fn recall<'o>(
    memory: Option<&dyn Memory>,
    of: Option<impl AsRef<[&'o str]>>,
    index: usize,
    looked: &mut Looked,
    read: impl FnOnce(&mut Looked),
) {
    let (Some(memory), Some(of)) = (memory, of) else { return read(looked) };
    let name = of.as_ref().join("\0");
    if let Some(answer) = memory.recall(&name).and_then(|bytes| serde_json::from_slice::<Answer>(&bytes).ok())
        && answer.holds(memory)
    {
        return answer.give(index, looked);
    }
    let mut fresh = Looked::default();
    let ((), seen) = trace::during(memory.settled(), || read(&mut fresh));
    if let Some(bytes) =
        seen.and_then(|seen| Answer::of(&fresh, seen, memory)).and_then(|a| serde_json::to_vec(&a).ok())
    {
        memory.keep(&name, bytes);
    }
    looked.facts.append(&mut fresh.facts);
    looked.build_only.append(&mut fresh.build_only);
    looked.missed.append(&mut fresh.missed);
    looked.named.append(&mut fresh.named);
}

impl Answer {
    /// None for what cannot be kept, or is not worth it.
    fn of(looked: &Looked, seen: Vec<Seen>, memory: &dyn Memory) -> Option<Answer> {
        if looked.facts.is_empty() || !looked.named.is_empty() {
            return None;
        }
        let held = |content: &Content| {
            Some(match content {
                Content::Field(raw) => {
                    let held = match raw.kind {
                        RawLicenseKind::Expression => Held::Expression,
                        RawLicenseKind::Classifier => Held::Classifier,
                        RawLicenseKind::File => Held::File,
                    };
                    held(raw.text.clone(), raw.line)
                }
                Content::Text(text) => {
                    let begins: String = text.chars().take(BEGINNING.0).collect();
                    let words: Vec<&str> = begins.split_whitespace().take(BEGINNING.1).collect();
                    Held::Text(written(&memory.key(text)), words.join(" "))
                }
                Content::Prose(place, text) => Held::Prose(*place as u8, text.clone()),
                Content::Known(..) => return None,
            })
        };
        let facts = looked.facts.iter();
        let facts: Option<Vec<Kept>> =
            facts.map(|f| Some(Kept(f.method, f.location.clone(), held(&f.content)?))).collect();
        let missed = looked.missed.iter().map(|(_, missed)| match missed {
            Missed::Silent(at) => Some((at.clone(), None)),
            Missed::Damaged(at, what) => Some((at.clone(), Some(what.clone()))),
            Missed::NoCopy(_) => None,
        });
        let base = seen.first()?.path.parent()?.to_path_buf();
        let short = |path: PathBuf| match path.strip_prefix(&base) {
            Ok(below) if !below.as_os_str().is_empty() => below.to_path_buf(),
            _ => path,
        };
        Some(Answer {
            seen: seen.into_iter().map(|one| (short(one.path), one.stamp)).collect(),
            base,
            facts: facts?,
            build_only: looked.build_only.iter().map(|(_, name)| name.clone()).collect(),
            missed: missed.collect::<Option<_>>()?,
        })
    }

    /// Whether nothing that it was read from has changed, and all of its texts are known.
    fn holds(&self, memory: &dyn Memory) -> bool {
        let known = |kept: &Kept| match &kept.2 {
            Held::Text(key, _) => read_key(key).is_some_and(|key| memory.knows(&key)),
            _ => true,
        };
        // A whole path stays as it is when it is joined.
        let same = |(path, stamp): &(PathBuf, Option<Stamp>)| {
            Seen { path: self.base.join(path), stamp: *stamp }.is_same()
        };
        !self.seen.is_empty() && self.facts.iter().all(known) && self.seen.iter().all(same)
    }

    fn give(self, index: usize, looked: &mut Looked) {
        let raw = |text, kind, line| Content::Field(RawLicense { text, kind, line });
        for Kept(method, location, held) in self.facts {
            let content = match held {
                Held::Expression(text, line) => raw(text, RawLicenseKind::Expression, line),
                Held::Classifier(text, line) => raw(text, RawLicenseKind::Classifier, line),
                Held::File(text, line) => raw(text, RawLicenseKind::File, line),
                Held::Text(key, begins) => Content::Known(read_key(&key).unwrap_or_default(), begins),
                Held::Prose(place, text) => {
                    let places = [Place::License, Place::Description, Place::Readme];
                    let place = places.into_iter().find(|p| *p as u8 == place);
                    Content::Prose(place.unwrap_or(Place::License), text)
                }
            };
            looked.facts.push(Fact { component: index, method, location, content });
        }
        looked.build_only.extend(self.build_only.into_iter().map(|name| (index, name)));
        looked.missed.extend(self.missed.into_iter().map(|(at, what)| match what {
            Some(what) => (index, Missed::Damaged(at, what)),
            None => (index, Missed::Silent(at)),
        }));
    }
}

/// A key in hexadecimal digits.
fn written(key: &TextKey) -> String {
    let mut text = String::with_capacity(32);
    for byte in key {
        // Writing to a text cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn read_key(text: &str) -> Option<TextKey> {
    (text.len() == 32).then(|| u128::from_str_radix(text, 16).ok().map(u128::to_be_bytes)).flatten()
}

#[cfg(all(test, unix))]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::path::Path;
    use std::sync::Mutex;

    use super::super::folder::tests::{component, scratch, write_tar_gz};
    use super::super::{Caches, cargo};
    use super::*;
    use crate::walk::Walked;

    /// Knows a text by its length.
    #[derive(Debug, Default)]
    struct Notes {
        answers: Mutex<BTreeMap<String, Vec<u8>>>,
        forgotten: Mutex<BTreeSet<TextKey>>,
    }

    impl Memory for Notes {
        fn recall(&self, name: &str) -> Option<Cow<'_, [u8]>> {
            self.answers.lock().expect("no panic").get(name).cloned().map(Cow::Owned)
        }
        fn keep(&self, name: &str, answer: Vec<u8>) {
            self.answers.lock().expect("no panic").insert(name.to_string(), answer);
        }
        fn key(&self, text: &str) -> TextKey {
            (text.len() as u128).to_le_bytes()
        }
        fn knows(&self, key: &TextKey) -> bool {
            !self.forgotten.lock().expect("no panic").contains(key)
        }
        fn settled(&self) -> i64 {
            i64::MAX
        }
    }

    fn look(home: &Path, notes: &std::sync::Arc<Notes>) -> Looked {
        let caches =
            Caches { cargo_home: Some(home.to_path_buf()), memory: Some(notes.clone()), ..Caches::default() };
        let copies = cargo::Copies::new(home, &Walked::default(), &caches);
        let mut looked = Looked::default();
        copies.look(7, &component("a", "1.0.0"), false, &mut looked);
        looked
    }

    fn texts(looked: &Looked) -> (usize, usize) {
        let count = |known: bool| {
            looked.facts.iter().filter(move |f| match f.content {
                Content::Text(_) => !known,
                Content::Known(..) => known,
                _ => false,
            })
        };
        (count(false).count(), count(true).count())
    }

    const MANIFEST: &str =
        "[package]\nname = \"a\"\nversion = \"1.0.0\"\nlicense = \"MIT\"\n[build-dependencies]\ncc = \"1\"\n";

    #[test]
    fn a_copy_is_read_once_and_again_when_it_changed() {
        let home = scratch("memory");
        let dir = home.join("registry/src/example-1/a-1.0.0");
        std::fs::create_dir_all(&dir).unwrap();
        std::fs::write(dir.join("Cargo.toml"), MANIFEST).unwrap();
        std::fs::write(dir.join("LICENSE"), "the first words").unwrap();
        let notes = std::sync::Arc::new(Notes::default());
        let (first, second) = (look(&home, &notes), look(&home, &notes));
        assert_eq!((texts(&first), texts(&second)), ((1, 0), (0, 1)));
        assert_eq!((&first.build_only, &first.missed), (&second.build_only, &second.missed));
        let fields = |l: &Looked| -> Vec<Fact> {
            l.facts.iter().filter(|f| matches!(f.content, Content::Field(_))).cloned().collect()
        };
        assert_eq!(fields(&first), fields(&second));
        assert!(second.facts.iter().all(|f| f.component == 7));
        let begins = second.facts.iter().find_map(|f| match &f.content {
            Content::Known(_, begins) => Some(begins.as_str()),
            _ => None,
        });
        assert_eq!(begins, Some("the first words"));

        // In place, with the same size: read again.
        std::thread::sleep(std::time::Duration::from_millis(20));
        std::fs::write(dir.join("LICENSE"), "the other words").unwrap();
        assert_eq!(texts(&look(&home, &notes)), (1, 0));
        assert_eq!(texts(&look(&home, &notes)), (0, 1));
        // Another text beside it.
        std::fs::write(dir.join("COPYING"), "more").unwrap();
        assert_eq!(texts(&look(&home, &notes)), (2, 0));
        // A text whose meaning is forgotten.
        notes.forgotten.lock().unwrap().insert(notes.key("more"));
        assert_eq!(texts(&look(&home, &notes)), (2, 0));
        // What is gone is gone.
        std::fs::remove_dir_all(&dir).unwrap();
        assert!(look(&home, &notes).facts.is_empty());
        std::fs::remove_dir_all(home).unwrap();
    }

    #[test]
    fn an_archive_is_unpacked_once() {
        let home = scratch("memory-packed");
        let archive = home.join("registry/cache/example-1/a-1.0.0.crate");
        let files: &[(&str, &[u8])] =
            &[("a-1.0.0/Cargo.toml", MANIFEST.as_bytes()), ("a-1.0.0/LICENSE", b"words")];
        write_tar_gz(&archive, files);
        let notes = std::sync::Arc::new(Notes::default());
        assert_eq!((texts(&look(&home, &notes)), texts(&look(&home, &notes))), ((1, 0), (0, 1)));
        // What is kept is damaged: it counts as not there.
        notes.answers.lock().unwrap().values_mut().for_each(|bytes| bytes.truncate(20));
        assert_eq!(texts(&look(&home, &notes)), (1, 0));
        std::fs::write(&archive, b"no archive").unwrap();
        let damaged = look(&home, &notes);
        assert!(damaged.facts.is_empty() && matches!(damaged.missed[0].1, Missed::Damaged(..)));
        std::fs::remove_dir_all(home).unwrap();
    }
}
