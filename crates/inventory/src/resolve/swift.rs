//! What only Carthage needs: its lockfile does not say which frameworks the project itself asks for, its manifests do.

use std::collections::{BTreeMap, HashMap};

use licit_model::found::Role;
use licit_model::{Found, Scope};

use crate::extract::cartfile;

/// Tells the frameworks of a `Cartfile.resolved` that the project asks for from those that came with them; the manifests
/// have said all that they know then.
pub(crate) fn settle(found: &mut Vec<Found>) {
    let mut asked: BTreeMap<String, HashMap<String, Scope>> = BTreeMap::new();
    for file in found.iter().filter(|f| f.extractor == cartfile::NAME) {
        let names = asked.entry(file.dir().to_string()).or_default();
        for package in &file.packages {
            let scope = package.scope.unwrap_or_default();
            names
                .entry(package.purl.full_name())
                .and_modify(|known| *known = (*known).min(scope))
                .or_insert(scope);
        }
    }
    let mut locked = std::collections::HashSet::new();
    for file in found.iter_mut().filter(|f| f.extractor == "cartfile-resolved" && f.role == Role::Lock) {
        let Some(names) = asked.get(file.dir()) else { continue };
        locked.insert(file.dir().to_string());
        for package in &mut file.packages {
            let scope = names.get(&package.purl.full_name());
            package.direct = Some(scope.is_some());
            package.scope = scope.copied();
        }
    }
    found.retain(|f| f.extractor != cartfile::NAME || !locked.contains(f.dir()));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract::cartfile::{Cartfile, CartfileResolved};
    use crate::extract::tests::read;

    #[test]
    fn manifests_say_what_is_asked_for() {
        let mut found = vec![
            read(&Cartfile, "Cartfile", "github \"o/a\" ~> 1.0\n"),
            read(&Cartfile, "Cartfile.private", "github \"o/b\"\n"),
            read(
                &CartfileResolved,
                "Cartfile.resolved",
                "github \"o/a\" \"1.2\"\ngithub \"o/b\" \"2\"\ngithub \"o/c\" \"3\"\n",
            ),
            read(&Cartfile, "other/Cartfile", "github \"o/a\" == 1.0\n"),
        ];
        settle(&mut found);
        assert_eq!(found.len(), 2);
        let said: Vec<_> = found[0].packages.iter().map(|p| (p.direct, p.scope)).collect();
        assert_eq!(
            said,
            [(Some(true), Some(Scope::Runtime)), (Some(true), Some(Scope::Dev)), (Some(false), None)]
        );
        assert_eq!(found[1].packages[0].purl.to_string(), "pkg:carthage/o/a@1.0");
    }
}
