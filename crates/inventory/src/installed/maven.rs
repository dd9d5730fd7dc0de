//! Copies of Maven artifacts: the local repository of Maven and the cache of Gradle. A POM without a license has the
//! one of its nearest parent that states one; jars carry texts.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use licit_model::{Component, Found, Manifest};

use super::folder::{Folder, Form};
use super::{
    Caches, Looked, MANIFEST_LIMIT, Memory, Missed, bytes, field, memory, names_of, texts_and_readme,
};
use crate::extract::pom_xml::PomXml;
use crate::extract::xml;
use crate::extract::{Extractor as _, File};
use crate::resolve::maven::in_repository;
use crate::tree::Spot;

/// Parents above each other; real chains have less than ten.
const PARENTS: usize = 24;

/// Where copies of artifacts lie.
pub(super) struct Copies {
    repository: Option<PathBuf>,
    gradle: Option<PathBuf>,
    memory: Option<Arc<dyn Memory>>,
}

/// A file of an artifact: where it lies, and how its place is shown.
struct Held {
    path: PathBuf,
    shown: String,
}

/// What is asked for in vain is part of an answer, too: it is noted.
fn is_file(path: &Path) -> bool {
    Spot::from(path).is_file()
}

/// Maven's local repository below its folder of settings: the place that `settings.xml` names, else the usual one.
pub fn local_repository(settings: &Path) -> PathBuf {
    let usual = settings.join("repository");
    let Some(text) = bytes(&settings.join("settings.xml"), MANIFEST_LIMIT) else { return usual };
    let mut found = Found::new("settings.xml", "settings");
    let document = xml::parse(&File::new("settings.xml", &text), &mut found);
    let named = document.as_ref().and_then(|d| d.root().text_of("localRepository"));
    match named.filter(|path| !path.contains("${") && Path::new(path).is_absolute()) {
        Some(path) => PathBuf::from(path),
        None => usual,
    }
}

impl Copies {
    pub(super) fn new(caches: &Caches) -> Self {
        let gradle = caches.gradle_home.as_ref().map(|g| g.join("caches/modules-2/files-2.1"));
        Copies {
            repository: caches.maven_repository.clone().filter(|r| r.is_dir()),
            gradle: gradle.filter(|g| g.is_dir()),
            memory: caches.memory.clone(),
        }
    }

    pub(super) fn look(&self, index: usize, component: &Component, looked: &mut Looked) {
        if self.repository.is_none() && self.gradle.is_none() {
            let missed =
                Missed::NoCopy("~/.m2/repository and Gradle's cache, which are not there".to_string());
            looked.missed.push((index, missed));
            return;
        }
        let place = |p: &Option<PathBuf>| p.as_deref().map_or(Some(""), Path::to_str).map(str::to_string);
        let places = place(&self.repository).zip(place(&self.gradle));
        let of = places
            .as_ref()
            .map(|(repository, gradle)| ["maven", repository, gradle, &component.name, &component.version]);
        memory::recall(self.memory.as_deref(), of, index, looked, |looked| {
            self.read(index, component, looked)
        });
    }

    fn read(&self, index: usize, component: &Component, looked: &mut Looked) {
        // Coordinates have no `/` of their own: the last one parts group and artifact.
        let Some((group, artifact)) = component.name.rsplit_once('/') else { return };
        let name = format!("{group}:{artifact}");
        let mut seen = None;
        if let Some(pom) = self.held(&name, &component.version, ".pom") {
            seen = Some(pom.shown.clone());
            self.licenses(index, pom, looked);
        }
        for ending in [".jar", ".aar"] {
            let Some(archive) = self.held(&name, &component.version, ending) else { continue };
            for inside in ["META-INF", ""] {
                let at = if inside.is_empty() { String::new() } else { format!("!/{inside}") };
                let shown = format!("{}{at}", archive.shown);
                match Folder::packed(archive.path.clone(), Form::Zip(inside.to_string()), "LICENSE") {
                    Ok(folder) => texts_and_readme(index, &folder, &shown, &mut looked.facts),
                    Err(error) => {
                        looked.missed.push((index, Missed::Damaged(archive.shown.clone(), error)));
                        break;
                    }
                }
            }
            seen = seen.or(Some(archive.shown));
            break;
        }
        looked.missed.push((
            index,
            match seen {
                Some(shown) => Missed::Silent(shown),
                None => Missed::NoCopy("~/.m2/repository and Gradle's cache".to_string()),
            },
        ));
    }

    /// The license fields of a POM, or else of the nearest parent that has some.
    fn licenses(&self, index: usize, first: Held, looked: &mut Looked) {
        let mut at = Some(first);
        for _ in 0..PARENTS {
            let Some(held) = at else { return };
            let Some(manifest) = read(&held.path) else {
                let damaged = Missed::Damaged(held.shown, "it cannot be read as a POM".to_string());
                looked.missed.push((index, damaged));
                return;
            };
            if !manifest.package.licenses.is_empty() {
                for raw in manifest.package.licenses {
                    field(index, raw, &held.shown, &mut looked.facts);
                }
                return;
            }
            at = manifest.inherits.parent.and_then(|p| self.held(&p.name, &p.range, ".pom"));
        }
    }

    fn held(&self, name: &str, version: &str, ending: &str) -> Option<Held> {
        // This also refuses names and versions that would lead out of the caches.
        let below = in_repository(name, version, ending)?;
        if let Some(repository) = &self.repository {
            let path = repository.join(&below);
            if is_file(&path) {
                return Some(Held { path, shown: format!("~/.m2/repository/{below}") });
            }
        }
        let file = below.rsplit('/').next()?;
        let (group, artifact) = name.split_once(':')?;
        let folder = format!("{group}/{artifact}/{version}");
        let dir = self.gradle.as_ref()?.join(&folder);
        // Each file lies in a folder that is called by its checksum.
        let mut sums = names_of(&dir);
        sums.sort();
        let sum = sums.into_iter().find(|sum| is_file(&dir.join(sum).join(file)))?;
        let shown = format!("~/.gradle/caches/modules-2/files-2.1/{folder}/{sum}/{file}");
        Some(Held { path: dir.join(sum).join(file), shown })
    }
}

fn read(path: &Path) -> Option<Manifest> {
    let bytes = bytes(path, MANIFEST_LIMIT)?;
    let mut found = Found::new("pom.xml", "pom-xml");
    PomXml.extract(&File::new("pom.xml", &bytes), &mut found);
    found.manifest
}

#[cfg(test)]
mod tests {
    use super::super::Content;
    use super::super::folder::tests::{component, scratch, write_zip};
    use super::*;

    fn write(path: &Path, text: &str) {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn looked(home: &Path, name: &str, version: &str) -> Looked {
        let caches = Caches {
            maven_repository: Some(local_repository(&home.join(".m2"))),
            gradle_home: Some(home.join(".gradle")),
            ..Caches::default()
        };
        let mut looked = Looked::default();
        Copies::new(&caches).look(0, &component(name, version), &mut looked);
        looked
    }

    fn shown(looked: &Looked) -> Vec<String> {
        let text = |content: &Content| match content {
            Content::Field(raw) => raw.text.clone(),
            Content::Text(text) | Content::Known(_, text) => text.clone(),
            Content::Prose(..) => "prose".to_string(),
        };
        looked.facts.iter().map(|f| format!("{} {}", f.location.path, text(&f.content))).collect()
    }

    #[test]
    fn parents_and_jars_state_licenses() {
        let home = scratch("m2");
        let repository = home.join(".m2/repository");
        let pom = |inside: &str| {
            format!("<project><groupId>g.h</groupId><artifactId>x</artifactId>{inside}</project>")
        };
        let parent = "<parent><groupId>g.h</groupId><artifactId>up</artifactId><version>1</version></parent>";
        write(&repository.join("g/h/a/2/a-2.pom"), &pom(parent));
        write(
            &repository.join("g/h/up/1/up-1.pom"),
            &pom("<licenses><license><name>Apache\n 2</name></license></licenses>"),
        );
        write_zip(
            &repository.join("g/h/a/2/a-2.jar"),
            &[("META-INF/LICENSE.txt", b"words"), ("org/LICENSE", b"no"), ("LICENSE", b"top")],
        );
        let looked = looked(&home, "g.h/a", "2");
        assert_eq!(
            shown(&looked),
            [
                "~/.m2/repository/g/h/up/1/up-1.pom Apache 2",
                "~/.m2/repository/g/h/a/2/a-2.jar!/META-INF/LICENSE.txt words"
            ]
        );
        std::fs::remove_dir_all(&home).ok();
    }

    #[test]
    fn gradle_keeps_files_by_their_checksum() {
        let home = scratch("gradle");
        let pom = "<project><licenses><license><url>u</url></license></licenses></project>";
        write(&home.join(".gradle/caches/modules-2/files-2.1/g.h/a/2/ff00/a-2.pom"), pom);
        assert_eq!(
            shown(&looked(&home, "g.h/a", "2")),
            ["~/.gradle/caches/modules-2/files-2.1/g.h/a/2/ff00/a-2.pom u"]
        );
        // Coordinates that would leave the cache, and a package that is not there.
        for (name, version) in [("../g/a", "2"), ("g.h/a", "../2"), ("g.h/b", "2")] {
            assert!(looked(&home, name, version).facts.is_empty());
        }
        std::fs::remove_dir_all(&home).ok();
    }

    #[test]
    fn settings_may_move_the_repository() {
        let home = scratch("settings");
        let moved = home.join("elsewhere");
        write(
            &home.join("settings.xml"),
            &format!("<settings><localRepository>{}</localRepository></settings>", moved.display()),
        );
        assert_eq!(local_repository(&home), moved);
        assert_eq!(local_repository(&home.join("none")), home.join("none/repository"));
        std::fs::remove_dir_all(&home).ok();
    }
}
