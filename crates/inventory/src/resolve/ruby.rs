//! What only Ruby needs: the version of a gem that its gemspec takes from a file of the program.

use std::collections::HashMap;

use licit_model::Found;

use super::place;
use crate::extract::{gemspec, ruby_version};

/// Gives gemspecs the versions that stand in the files that they load.
pub(super) fn settle(found: &mut [Found]) {
    let mut known: HashMap<(String, String), String> = HashMap::new();
    for file in found.iter().filter(|f| f.extractor == ruby_version::NAME) {
        for package in &file.packages {
            let constant = (file.path.clone(), package.purl.name.clone());
            known.insert(constant, package.purl.version().to_string());
        }
    }
    if known.is_empty() {
        return;
    }
    for file in found.iter_mut().filter(|f| f.extractor == gemspec::NAME) {
        let dir = file.dir().to_string();
        let Some(own) = file.manifest.as_mut().filter(|own| own.package.purl.version.is_none()) else {
            continue;
        };
        let constants = own.inherits.properties.iter();
        let version = constants.filter(|(key, _)| key == gemspec::CONSTANT).find_map(|(_, constant)| {
            let (path, name) = constant.split_once('#')?;
            // What is asked for without a folder lies where the gem keeps its program.
            [".", "lib"].iter().find_map(|folder| {
                let path = format!("{}.rb", place::join(&dir, &format!("{folder}/{path}"))?);
                known.get(&(path, name.to_string())).cloned()
            })
        });
        own.package.purl.version = version;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract::gemspec::Gemspec;
    use crate::extract::ruby_version::RubyVersion;
    use crate::extract::{Extractor as _, File};

    #[test]
    fn a_gemspec_takes_its_version_from_the_file_that_it_loads() {
        let spec = |path: &str, loads: &str| {
            let text = format!(
                "require '{loads}'\nGem::Specification.new do |s|\n  s.name = 'acme'\n  s.version = Acme::VERSION\nend\n"
            );
            let mut found = Found::new(path, gemspec::NAME);
            Gemspec.extract(&File::new(path, text.as_bytes()), &mut found);
            found
        };
        let mut version = Found::new("gem/lib/acme/version.rb", ruby_version::NAME);
        let text = b"module Acme; VERSION = '1.4.2'; end";
        RubyVersion.extract(&File::new("gem/lib/acme/version.rb", text), &mut version);
        let mut found = [
            spec("gem/acme.gemspec", "./lib/acme/version"),
            spec("gem/other.gemspec", "acme/version.rb"),
            spec("gem/third.gemspec", "third/version"),
            spec("acme.gemspec", "./lib/acme/version"),
            version,
        ];
        settle(&mut found);
        let versions: Vec<&str> =
            found.iter().filter_map(|f| f.manifest.as_ref()).map(|m| m.package.purl.version()).collect();
        assert_eq!(versions, ["1.4.2", "1.4.2", "", ""]);
    }
}
