//! `.cargo/config.toml` and `credentials.toml`: sparse registries, and sources in place of others.

use std::collections::BTreeMap;

use toml::{Table, Value};

use crate::config::{Trust, Variables};
use crate::endpoint::{Auth, Endpoint, Secret};
use crate::registry::index_address;

/// Cargo's registries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cargo {
    /// What stands in for the registry that every cargo knows; it has the same crates, byte by byte.
    pub mirror: Option<Endpoint>,
    /// All other registries.
    pub registries: Vec<Endpoint>,
}

impl Cargo {
    /// The registry with an index, as `Cargo.lock` spells it.
    pub fn registry_of(&self, index: &str) -> Option<&Endpoint> {
        let wanted = index_address(index)?;
        self.registries.iter().find(|r| r.url() == wanted.url())
    }
}

/// What the files say of one name.
#[derive(Default)]
struct Named {
    index: Option<(Trust, Endpoint)>,
    replaced_by: Option<String>,
    token: Option<String>,
}

/// Reads configuration files and credentials, the weightiest last. A registry over git has nothing that can be asked,
/// so only sparse ones are kept.
pub fn read(files: &[(Trust, &str)], variables: Variables<'_>) -> Cargo {
    let mut named: BTreeMap<String, Named> = BTreeMap::new();
    for (trust, text) in files {
        let Ok(config) = toml::from_str::<Table>(text) else { continue };
        for section in ["registries", "source"] {
            for (name, entry) in config.get(section).and_then(Value::as_table).into_iter().flatten() {
                let text = |key: &str| entry.get(key).and_then(Value::as_str);
                let of = named.entry(name.clone()).or_default();
                let address = text("index").or_else(|| text("registry")).filter(|a| a.starts_with("sparse+"));
                if let Some(endpoint) = address.and_then(index_address) {
                    of.index = Some((*trust, endpoint));
                }
                if let Some(other) = text("replace-with") {
                    of.replaced_by = Some(other.to_string());
                }
                if let (Trust::User, Some(token)) = (trust, text("token")) {
                    of.token = Some(token.to_string());
                }
            }
        }
    }
    for (name, of) in &mut named {
        let variable = format!("CARGO_REGISTRIES_{}_TOKEN", name.to_uppercase().replace('-', "_"));
        if let Some(token) = variables(&variable).filter(|t| !t.is_empty()) {
            of.token = Some(token);
        }
    }
    let trusted: Vec<String> = named
        .values()
        .filter_map(|n| n.index.as_ref())
        .filter(|(trust, _)| *trust == Trust::User)
        .map(|(_, e)| e.host())
        .collect();
    let settle = |of: &Named| -> Option<Endpoint> {
        let (trust, endpoint) = of.index.clone()?;
        if trust == Trust::Tree && !trusted.contains(&endpoint.host()) {
            return Some(endpoint.untrusted());
        }
        // A token was given for a name; a name that the tree points elsewhere must not take it along.
        let token = of.token.as_ref().filter(|_| trust == Trust::User);
        Some(match token {
            Some(token) => endpoint.with_auth(Auth::Raw(Secret::new(token.as_str()))),
            None => endpoint,
        })
    };
    let mut cargo = Cargo { mirror: None, registries: named.values().filter_map(settle).collect() };
    let mut name = DEFAULT_SOURCE;
    // One may stand in for another several times over; a circle ends with the number of names.
    for _ in 0..=named.len() {
        let Some(of) = named.get(name) else { break };
        match &of.replaced_by {
            Some(other) => name = other,
            None => break,
        }
    }
    if name != DEFAULT_SOURCE {
        cargo.mirror = named.get(name).and_then(settle);
    }
    cargo
}

/// What the configuration calls the registry that every cargo knows: a name, not an address.
const DEFAULT_SOURCE: &str = "crates-io";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registries_mirrors_and_tokens() {
        let config = r#"
[source.crates-io]
replace-with = "first"
[source.first]
replace-with = "second"
[source.second]
registry = "sparse+https://cargo.example/mirror/"
[registries.acme]
index = "sparse+https://cargo.example/acme/"
[registries.over-git]
index = "https://git.example/index.git"
"#;
        let credentials = "[registries.acme]\ntoken = \"hush\"\n";
        let cargo = read(&[(Trust::User, config), (Trust::User, credentials)], &|_| None);
        assert_eq!(cargo.mirror.as_ref().unwrap().url().path(), "/mirror/");
        let acme = cargo.registry_of("sparse+https://cargo.example/acme").unwrap();
        assert_eq!(acme.auth(), Some(&Auth::Raw(Secret::new("hush"))));
        assert_eq!(cargo.registry_of("https://git.example/index.git"), None);
        let env = |name: &str| (name == "CARGO_REGISTRIES_ACME_TOKEN").then(|| "other".to_string());
        let cargo = read(&[(Trust::User, config)], &env);
        assert!(cargo.registry_of("https://cargo.example/acme/").unwrap().has_auth());
    }

    #[test]
    fn a_scanned_tree_gets_no_token_and_circles_end() {
        let user = "[registries.acme]\nindex = \"sparse+https://a.example/\"\ntoken = \"hush\"\n";
        let tree = "[registries.acme]\nindex = \"sparse+https://evil.example/\"\n[source.crates-io]\nreplace-with = \"b\"\n\
            [source.b]\nreplace-with = \"crates-io\"\n";
        let cargo = read(&[(Trust::User, user), (Trust::Tree, tree)], &|_| None);
        let acme = cargo.registry_of("https://evil.example").unwrap();
        assert!(!acme.is_trusted() && !acme.has_auth());
        assert_eq!(cargo.mirror, None);
    }
}
