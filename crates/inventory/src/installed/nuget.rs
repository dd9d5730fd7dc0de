//! Copies of NuGet packages: the folder of global packages, and `packages` in the tree of older projects.

use std::path::PathBuf;
use std::sync::Arc;

use licit_model::found::RawLicenseKind;
use licit_model::{Component, Found, RawLicense};

use super::folder::{Folder, Form};
use super::{Caches, Looked, MANIFEST_LIMIT, Memory, Missed, field, memory, pointed, texts_and_readme};
use crate::extract::File;
use crate::extract::xml;
use crate::resolve::place;
use crate::tree::Spot;

/// Where copies of packages lie.
pub(super) struct Copies {
    root: Spot,
    packages: Option<PathBuf>,
    memory: Option<Arc<dyn Memory>>,
}

impl Copies {
    pub(super) fn new(root: impl Into<Spot>, caches: &Caches) -> Self {
        Copies {
            root: root.into(),
            packages: caches.nuget_packages.clone().filter(|p| p.is_dir()),
            memory: caches.memory.clone(),
        }
    }

    pub(super) fn look(
        &self,
        index: usize,
        component: &Component,
        install_paths: &[String],
        looked: &mut Looked,
    ) {
        let (id, version) = (component.name.as_str(), component.version.as_str());
        if !plain(id) || !plain(version) {
            return;
        }
        let shown = format!("~/.nuget/packages/{}/{}", id.to_lowercase(), folder_version(version));
        if let Some(packages) = &self.packages {
            let dir = packages.join(id.to_lowercase()).join(folder_version(version));
            if dir.is_dir() {
                let of = dir.to_str().map(|at| ["nuget", at, id]);
                memory::recall(self.memory.as_deref(), of, index, looked, |looked| {
                    // The name is folded as the folder's is, except where an old client wrote it.
                    let folder = Folder::OnDisk(dir.clone());
                    let named = [format!("{}.nuspec", id.to_lowercase()), format!("{id}.nuspec")];
                    let held = named.iter().find_map(|n| Some((n, folder.bytes(n, MANIFEST_LIMIT)?)));
                    if let Some((name, nuspec)) = held {
                        read(index, &nuspec, &format!("{shown}/{name}"), &folder, &shown, looked);
                    }
                    texts_and_readme(index, &folder, &shown, &mut looked.facts);
                    looked.missed.push((index, Missed::Silent(shown)));
                });
                return;
            }
        }
        if self.in_tree(index, component, install_paths, looked) {
            return;
        }
        let missed = match self.packages {
            Some(_) => "~/.nuget/packages".to_string(),
            None => "~/.nuget/packages, which is not there".to_string(),
        };
        looked.missed.push((index, Missed::NoCopy(missed)));
    }

    /// `packages/<id>.<version>` beside the solution, which is the folder of the project or one above it.
    fn in_tree(
        &self,
        index: usize,
        component: &Component,
        install_paths: &[String],
        looked: &mut Looked,
    ) -> bool {
        let called = format!("{}.{}", component.name, component.version);
        let dirs = component.locations.iter().filter(|_| !install_paths.is_empty());
        for dir in dirs.map(|l| l.path.rsplit_once('/').map_or("", |(dir, _)| dir)) {
            let mut at = Some(dir.to_string());
            while let Some(dir) = at {
                let Some(shown) = place::join(&dir, &format!("packages/{called}")) else { break };
                let archive = self.root.join(&shown).join(format!("{called}.nupkg"));
                if archive.is_file() {
                    self.unpacked(index, component, archive, &format!("{shown}/{called}.nupkg"), looked);
                    let folder = Folder::At(self.root.join(&shown));
                    texts_and_readme(index, &folder, &shown, &mut looked.facts);
                    looked.missed.push((index, Missed::Silent(shown)));
                    return true;
                }
                at = (!dir.is_empty())
                    .then(|| dir.rsplit_once('/').map_or(String::new(), |(above, _)| above.to_string()));
            }
        }
        false
    }

    fn unpacked(&self, index: usize, component: &Component, archive: Spot, shown: &str, looked: &mut Looked) {
        let manifest = format!("{}.nuspec", component.name);
        match Folder::packed(archive, Form::Zip(String::new()), &manifest) {
            Ok(folder) => {
                if let Some(nuspec) = folder.bytes(&manifest, MANIFEST_LIMIT) {
                    read(index, &nuspec, &format!("{shown}!/{manifest}"), &folder, shown, looked);
                }
            }
            Err(error) => looked.missed.push((index, Missed::Damaged(shown.to_string(), error))),
        }
    }
}

/// What a `.nuspec` says of the license: an expression, a file, or in older packages only an address.
fn read(index: usize, nuspec: &[u8], path: &str, folder: &Folder, shown: &str, looked: &mut Looked) {
    let mut found = Found::new(path, "nuspec");
    let document = xml::parse(&File::new(path, nuspec), &mut found);
    let Some(metadata) = document.as_ref().and_then(|d| d.root().at(&["metadata"])) else {
        let problem = found.problems.first().map_or("it states no metadata", |p| p.message.as_str());
        looked.missed.push((index, Missed::Damaged(path.to_string(), problem.to_string())));
        return;
    };
    let expression = |text: &str, line| RawLicense {
        text: text.to_string(),
        kind: RawLicenseKind::Expression,
        line: Some(line),
    };
    match metadata.at(&["license"]).filter(|l| !l.text().is_empty()) {
        Some(license) if license.attribute("type").is_some_and(|t| t.eq_ignore_ascii_case("file")) => {
            let file = RawLicense {
                text: license.text().replace('\\', "/"),
                kind: RawLicenseKind::File,
                line: Some(license.line()),
            };
            pointed(index, file, folder, shown, path, &mut looked.facts);
        }
        Some(license) => field(index, expression(license.text(), license.line()), path, &mut looked.facts),
        // The address was replaced by the element above and then only repeats it.
        None => {
            if let Some(url) = metadata.at(&["licenseUrl"]).filter(|u| !u.text().is_empty()) {
                field(index, expression(url.text(), url.line()), path, &mut looked.facts);
            }
        }
    }
}

/// Whether a name or a version is one element of a path.
fn plain(part: &str) -> bool {
    !part.is_empty()
        && !part.starts_with('.')
        && part.chars().all(|c| c.is_alphanumeric() || "._-+".contains(c))
}

/// The folder of a version: at least three parts, no fourth that is zero, no build metadata, small letters.
fn folder_version(version: &str) -> String {
    let lower = version.split('+').next().unwrap_or(version).to_lowercase();
    let (numbers, label) = lower.split_once('-').map_or((lower.as_str(), None), |(n, l)| (n, Some(l)));
    let mut parts: Vec<&str> = numbers
        .split('.')
        .map(|p| match p.trim_start_matches('0') {
            "" => "0",
            trimmed => trimmed,
        })
        .collect();
    while parts.len() < 3 {
        parts.push("0");
    }
    if parts.len() == 4 && parts.last() == Some(&"0") {
        parts.pop();
    }
    let numbers = parts.join(".");
    label.map_or(numbers.clone(), |label| format!("{numbers}-{label}"))
}

#[cfg(test)]
mod tests {
    use super::super::Content;
    use super::super::folder::tests::{component, scratch, write_zip};
    use super::*;
    use std::path::Path;

    fn write(path: &Path, text: &str) {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
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
    fn expressions_files_and_addresses() {
        let home = scratch("nuget");
        let spec =
            |license: &str| format!("<package xmlns='u'><metadata><id>x</id>{license}</metadata></package>");
        write(
            &home.join("a.b/1.0.0/a.b.nuspec"),
            &spec("<license type='expression'>MIT</license><licenseUrl>u</licenseUrl>"),
        );
        write(&home.join("c/2.0.0-rc.1/c.nuspec"), &spec("<license type='file'>docs\\terms.txt</license>"));
        write(&home.join("c/2.0.0-rc.1/docs/terms.txt"), "terms");
        write(&home.join("d/1.2.3/d.nuspec"), &spec("<licenseUrl>https://host.example/l</licenseUrl>"));
        let caches = Caches { nuget_packages: Some(home.clone()), ..Caches::default() };
        let copies = Copies::new(Path::new("."), &caches);
        let look = |name: &str, version: &str| {
            let mut looked = Looked::default();
            copies.look(0, &component(name, version), &[], &mut looked);
            shown(&looked)
        };
        assert_eq!(look("A.B", "1.0"), ["~/.nuget/packages/a.b/1.0.0/a.b.nuspec MIT"]);
        assert_eq!(look("C", "2.0.0-RC.1"), ["~/.nuget/packages/c/2.0.0-rc.1/docs/terms.txt terms"]);
        assert_eq!(look("d", "1.2.3.0+b"), ["~/.nuget/packages/d/1.2.3/d.nuspec https://host.example/l"]);
        assert!(look("..", "1").is_empty() && look("e", "1").is_empty());
        std::fs::remove_dir_all(&home).ok();
    }

    #[test]
    fn packages_beside_the_solution() {
        let root = scratch("solution");
        let spec =
            "<package><metadata><license type='expression'>BSD-3-Clause</license></metadata></package>";
        write_zip(&root.join("packages/X.1.2/X.1.2.nupkg"), &[("X.nuspec", spec.as_bytes())]);
        let mut wanted = component("X", "1.2");
        wanted.locations.push(licit_model::Location::new("src/app/packages.config", None));
        let mut looked = Looked::default();
        Copies::new(&root, &Caches::default()).look(0, &wanted, &["p".to_string()], &mut looked);
        assert_eq!(shown(&looked), ["packages/X.1.2/X.1.2.nupkg!/X.nuspec BSD-3-Clause"]);
        std::fs::remove_dir_all(&root).ok();
    }
}
