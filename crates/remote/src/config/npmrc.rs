//! `.npmrc`: the registry, registries of scopes, and credentials by address.

use std::collections::BTreeMap;

use crate::config::{Trust, Variables, expand};
use crate::endpoint::{Auth, Endpoint, Secret};

/// npm's registries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Npm {
    /// For all packages without a scope of their own; none where the client's default holds.
    pub registry: Option<Endpoint>,
    /// By scope, such as `@acme`.
    pub scopes: BTreeMap<String, Endpoint>,
}

impl Npm {
    /// Who has a package.
    pub fn registry_of(&self, name: &str) -> Option<&Endpoint> {
        let scope = name.split_once('/').map(|(scope, _)| scope).filter(|s| s.starts_with('@'));
        scope.and_then(|s| self.scopes.get(s)).or(self.registry.as_ref())
    }
}

/// Reads `.npmrc` files, the weightiest last. A registry that only the scanned tree names is kept as untrusted, and
/// credentials come from the user's own files alone.
pub fn read(files: &[(Trust, &str)], variables: Variables<'_>) -> Npm {
    let mut registries: BTreeMap<String, (Trust, Endpoint)> = BTreeMap::new();
    let mut credentials: BTreeMap<String, BTreeMap<&'static str, String>> = BTreeMap::new();
    for (trust, text) in files {
        for (key, value) in pairs(text) {
            let value = match trust {
                Trust::User => expand(value, "${", '}', variables),
                Trust::Tree => (!value.contains("${")).then(|| value.to_string()),
            };
            if key == "registry" || (key.starts_with('@') && key.ends_with(":registry")) {
                if let Some(endpoint) = value.as_deref().and_then(Endpoint::parse) {
                    registries.insert(key.to_string(), (*trust, endpoint));
                } else if *trust == Trust::Tree {
                    // It names some registry that is not known here, so the public one is not meant.
                    registries.remove(key);
                    if let Some(nowhere) = Endpoint::parse("http://unnamed.invalid") {
                        registries.insert(key.to_string(), (*trust, nowhere));
                    }
                }
            } else if let (Trust::User, true, Some(value)) = (trust, key.starts_with("//"), value)
                && let Some((address, field)) = key.rsplit_once(':')
            {
                let known = ["_authToken", "_auth", "username", "_password"];
                if let Some(field) = known.iter().find(|k| **k == field) {
                    let address = format!("{}/", address.trim_end_matches('/'));
                    credentials.entry(address).or_default().insert(field, value);
                }
            }
        }
    }
    // A registry of the tree is as good as the user's own where the user names the same server.
    let mine: Vec<String> = registries
        .values()
        .filter(|(trust, _)| *trust == Trust::User)
        .map(|(_, e)| format!("//{}/", e.host()))
        .chain(credentials.keys().cloned())
        .collect();
    let settle = |(trust, endpoint): (Trust, Endpoint)| {
        let address = endpoint.url().as_str();
        let address = address.split_once(':').map_or(address, |(_, rest)| rest).to_string();
        if trust == Trust::Tree && !mine.iter().any(|m| address.starts_with(m.as_str())) {
            return endpoint.untrusted();
        }
        // The longest address that the registry lies below is meant.
        let fitting = credentials.iter().filter(|(at, _)| address.starts_with(at.as_str()));
        match fitting.max_by_key(|(at, _)| at.len()).and_then(|(_, fields)| auth(fields)) {
            Some(auth) => endpoint.with_auth(auth),
            None => endpoint,
        }
    };
    let mut npm = Npm::default();
    for (key, registry) in registries {
        match key.strip_suffix(":registry") {
            Some(scope) => {
                npm.scopes.insert(scope.to_string(), settle(registry));
            }
            None => npm.registry = Some(settle(registry)),
        }
    }
    npm
}

fn auth(fields: &BTreeMap<&'static str, String>) -> Option<Auth> {
    let secret = |key: &str| fields.get(key).map(|v| Secret::new(v.as_str()));
    if let Some(token) = secret("_authToken") {
        return Some(Auth::Bearer(token));
    }
    if let Some(encoded) = secret("_auth") {
        return Some(Auth::Encoded(encoded));
    }
    let password = String::from_utf8(unbase64(fields.get("_password")?)?).ok()?;
    Some(Auth::Basic(secret("username")?, Secret::new(password)))
}

/// Key and value of each line; comments and sections are passed over.
fn pairs(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let lines = text.lines().map(str::trim).filter(|l| !l.starts_with([';', '#', '[']));
    lines.filter_map(|line| {
        let (key, value) = line.split_once('=')?;
        let value = value.trim();
        let quoted = |q: char| value.strip_prefix(q).and_then(|v| v.strip_suffix(q));
        Some((key.trim(), quoted('"').or_else(|| quoted('\'')).unwrap_or(value)))
    })
}

/// npm keeps passwords in base64.
fn unbase64(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let (mut word, mut bits) = (0_u32, 0);
    for b in text.trim().trim_end_matches('=').bytes() {
        let value = match b {
            b'A'..=b'Z' => b - b'A',
            b'a'..=b'z' => b - b'a' + 26,
            b'0'..=b'9' => b - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        word = (word << 6 | u32::from(value)) & 0xffff;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push((word >> bits & 0xff) as u8);
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(name: &str) -> Option<String> {
        (name == "TOKEN").then(|| "hush".to_string())
    }

    #[test]
    fn scopes_tokens_and_variables() {
        let text = "; mine\nregistry = https://npm.example/all/\n@acme:registry=\"https://npm.example/acme\"\n\
            //npm.example/:_authToken=${NONE}\n//npm.example/acme/:_authToken=${TOKEN}\n\
            @old:registry=https://old.example\n//old.example/:username=me\n//old.example/:_password=cHc=\n";
        let npm = read(&[(Trust::User, text)], &env);
        assert_eq!(npm.registry_of("left").unwrap().url().as_str(), "https://npm.example/all/");
        assert!(!npm.registry_of("left").unwrap().has_auth());
        let acme = npm.registry_of("@acme/x").unwrap();
        assert_eq!(acme.auth(), Some(&Auth::Bearer(Secret::new("hush"))));
        assert_eq!(npm.registry_of("@other/x").unwrap().url().path(), "/all/");
        let old = npm.registry_of("@old/x").unwrap();
        assert_eq!(old.auth(), Some(&Auth::Basic(Secret::new("me"), Secret::new("pw"))));
        assert!(!format!("{npm:?}").contains("hush"));
    }

    #[test]
    fn a_scanned_tree_chooses_neither_the_server_nor_the_credentials() {
        let tree = "@acme:registry=https://evil.example/${TOKEN}\n//evil.example/:_authToken=${TOKEN}\n\
            @b:registry=https://evil.example/b\n@c:registry=https://npm.example/c\n";
        let user = "//npm.example/:_authToken=${TOKEN}\n";
        let npm = read(&[(Trust::User, user), (Trust::Tree, tree)], &env);
        assert!(!npm.registry_of("@acme/x").unwrap().is_trusted());
        let evil = npm.registry_of("@b/x").unwrap();
        assert!(!evil.is_trusted() && !evil.has_auth());
        let known = npm.registry_of("@c/x").unwrap();
        assert!(known.is_trusted() && known.has_auth());
        assert_eq!(npm.registry_of("left"), None);
    }

    #[test]
    fn base64() {
        assert_eq!(unbase64("bWU6cHdk").unwrap(), b"me:pwd");
        assert_eq!(unbase64("YQ==").unwrap(), b"a");
        assert_eq!(unbase64("!"), None);
    }
}
