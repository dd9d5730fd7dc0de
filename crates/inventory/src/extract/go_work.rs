//! `go.work`: modules that are developed together. Inside of it a module uses the others from their folders, whatever
//! version its own go.mod asks for. The format: the Go Modules Reference, "go.work files".

use licit_model::found::Role;
use licit_model::{Ecosystem, Found, FoundPackage, Purl, Source};

use super::go_mod::{Replace, is_local, statements};
use super::npm::origin::normal;
use super::{Extractor, File};

/// Reads `go.work`. What it holds helps the go.mod files that it names: each of their folders is one of the project's own
/// packages without a name, each replacement a package that says in `requested` what it stands for.
pub struct GoWork;

impl Extractor for GoWork {
    fn name(&self) -> &'static str {
        NAME
    }

    fn files(&self) -> &'static [&'static str] {
        &["go.work"]
    }

    fn extract(&self, file: &File<'_>, found: &mut Found) {
        let Some(text) = file.text(found) else { return };
        let open = statements(text, |verb, rest, _, line| match verb {
            "use" => match rest.first() {
                Some(folder) => {
                    let mut module = FoundPackage::new(Purl::golang("", ""), Some(line));
                    module.first_party = true;
                    module.dir = Some(normal(folder));
                    found.package(module);
                }
                None => found.lost(Some(line), "a line names no folder and was left out"),
            },
            "replace" => match Replace::read(rest) {
                Some(replace) => {
                    found.package(replacement(&replace, line));
                }
                None => found.odd(Some(line), "a replacement that has not the form `a => b` was left out"),
            },
            "go" | "toolchain" | "godebug" => {}
            other => {
                found.odd(Some(line), format!("`{other}` is not known in a go.work; the line was left out"))
            }
        });
        if open {
            found.lost(None, "a block of the go.work is not closed; the file may be cut off");
        }
        if !found.packages.is_empty() {
            found.role = Role::Helper;
            found.ecosystem = Some(Ecosystem::Golang);
        }
    }
}

/// The extractor's name.
pub(crate) const NAME: &str = "go-work";

fn replacement(replace: &Replace, line: u32) -> FoundPackage {
    let mut package = match &replace.by_version {
        None if is_local(&replace.by) => {
            let mut package = FoundPackage::new(Purl::golang(&replace.module, ""), Some(line));
            package.source = Source::Path(replace.by.clone());
            package
        }
        version => FoundPackage::new(Purl::golang(&replace.by, version.as_deref().unwrap_or("")), Some(line)),
    };
    let version = replace.version.as_ref().map(|v| format!(" {v}")).unwrap_or_default();
    package.requested = Some(format!("{}{version}", replace.module));
    package
}
