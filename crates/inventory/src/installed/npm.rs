//! Copies of npm packages: `node_modules`, flat, nested, or in pnpm's store.

use std::path::{Path, PathBuf};

use licit_model::found::RawLicenseKind;
use licit_model::{Component, Found};

use super::{Fact, field, read, text, texts};
use crate::extract::{Extractor, File, package_json};
use crate::walk::Walked;

const MANIFEST_LIMIT: usize = 4 << 20;

/// Where copies of packages lie.
pub(super) struct Copies {
    root: PathBuf,
    node_modules: Vec<String>,
}

impl Copies {
    pub(super) fn new(root: &Path, walked: &Walked) -> Self {
        Copies { root: root.to_path_buf(), node_modules: walked.node_modules.clone() }
    }

    pub(super) fn look(&self, index: usize, component: &Component, install_paths: &[String], facts: &mut Vec<Fact>) {
        if self.node_modules.is_empty() || component.name.split('/').any(|p| p.is_empty() || p == "..") {
            return;
        }
        let given = install_paths.iter().filter(|p| !p.split('/').any(|p| p == "..")).cloned();
        let hoisted = self.node_modules.iter().map(|m| format!("{m}/{}", component.name));
        let stored = self.node_modules.iter().map(|m| {
            let folder = format!("{}@{}", component.name.replace('/', "+"), component.version);
            format!("{m}/.pnpm/{folder}/node_modules/{}", component.name)
        });
        for shown in given.chain(hoisted).chain(stored) {
            let dir = self.root.join(&shown);
            let Some(manifest) = read(&dir.join("package.json"), MANIFEST_LIMIT) else { continue };
            let path = format!("{shown}/package.json");
            let mut found = Found::new(path.clone(), "package-json");
            package_json::PackageJson.extract(&File::new(&path, manifest.as_bytes()), &mut found);
            let Some(own) = found.manifest else { continue };
            // Another version may have been hoisted to this place.
            if own.package.purl.version() != component.version {
                continue;
            }
            for raw in own.package.licenses {
                if raw.kind == RawLicenseKind::File {
                    if !Path::new(&raw.text).is_absolute() && !raw.text.split('/').any(|p| p == "..") {
                        text(index, &dir.join(&raw.text), format!("{shown}/{}", raw.text), facts);
                    }
                } else {
                    field(index, raw, &path, facts);
                }
            }
            if facts.is_empty() {
                texts(index, &dir, &shown, facts);
            }
            return;
        }
    }
}
