//! What a snap says of itself: `meta/snap.yaml`, and `snap/manifest.yaml` with the packages of the distribution that were
//! put into it.

use licit_model::{Ecosystem, Found, FoundPackage, GraphDepth, Purl, Scope};

use super::npm::block::{self, Value};
use super::requirement::license;
use super::{Extractor, File};

/// Reads the description of a snap and the list of what it was built from.
pub struct Snap;

impl Extractor for Snap {
    fn name(&self) -> &'static str {
        "snap"
    }

    fn files(&self) -> &'static [&'static str] {
        &["meta/snap.yaml", "snap/manifest.yaml"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let text = String::from_utf8_lossy(file.bytes());
        let built = text.contains("primed-stage-packages:");
        // Other tools call their files so too; only these have both fields at the top.
        let says = |key: &str| text.lines().any(|l| l.starts_with(key));
        if !says("name:") || !(built || says("version:")) {
            if file.name() == "snap.yaml" && !text.trim().is_empty() {
                found.odd(Some(1), "this does not describe a snap");
            }
            return;
        }
        if file.name() == "manifest.yaml" && !built {
            return;
        }
        let documents = block::read(file, found);
        let Some(top) = documents.first() else { return };
        let (Some(name), Some(version)) = (top.text_of("name"), top.text_of("version")) else {
            found.lost(Some(1), "the snap has no name, or no version");
            return;
        };
        let architectures = top.get("architectures").map(Value::items).unwrap_or_default();
        let architecture = match architectures {
            [one] => one.text().unwrap_or(""),
            _ => "",
        };
        let purl = Purl::named("generic", &format!("snap/{name}"), version).with("arch", architecture);
        let line = top.fields().iter().find(|f| f.key == "name").map(|f| f.line);
        let mut snap = FoundPackage::new(purl, line);
        let stated = top.fields().iter().find(|f| f.key == "license");
        snap.licenses.extend(stated.and_then(|f| license(f.value.text().unwrap_or(""), Some(f.line))));
        let snap = found.package(snap);
        let why = "a snap names the packages that were put into it, but not who of them asks for whom";
        found.lock(Ecosystem::Generic, GraphDepth::Flat, why);
        // They are those of the distribution that the snap was built on.
        let system =
            top.text_of("snapcraft-os-release-id").filter(|id| !id.contains('/')).unwrap_or("ubuntu");
        let release = top.text_of("snapcraft-os-release-version-id").unwrap_or("");
        let distro = if release.is_empty() { system.to_string() } else { format!("{system}-{release}") };
        let mut odd = 0;
        // Each part of a snap has a list of its own, and the snap one of all of them.
        for item in top.get("primed-stage-packages").map(Value::items).unwrap_or_default() {
            let Some((package, version)) = item.text().and_then(|t| t.split_once('=')) else {
                odd += 1;
                continue;
            };
            let (package, of) = package.split_once(':').unwrap_or((package, architecture));
            let name = format!("{system}/{}", package.trim());
            let purl = Purl::named("deb", &name, version.trim()).with("arch", of).with("distro", &distro);
            let index = found.package(FoundPackage::new(purl, line));
            found.edge(snap, index, Scope::Runtime);
        }
        if odd > 0 {
            found.lost(None, format!("{odd} packages of the snap have no version and were left out"));
        }
    }
}
