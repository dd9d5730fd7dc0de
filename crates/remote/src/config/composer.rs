//! Composer: the repositories of `config.json`, and the credentials of `auth.json`.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::config::Trust;
use crate::endpoint::{Auth, Endpoint, Secret};

/// PHP's repositories.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Composer {
    /// In the order in which Composer asks them; the one that every client knows comes behind them and is not here.
    pub repositories: Vec<Endpoint>,
}

/// Reads `config.json` and `composer.json` files, the weightiest first as Composer asks them, and the texts of
/// `auth.json`, the weightiest last. Repositories that only the scanned tree names are kept as untrusted, and
/// credentials come from the user's own files alone.
pub fn read(files: &[(Trust, &str)], auth: &[&str]) -> Composer {
    let mut credentials: BTreeMap<String, Auth> = BTreeMap::new();
    for text in auth {
        let Ok(value) = serde_json::from_str::<Value>(text) else { continue };
        collect(&value, &mut credentials);
    }
    let mut named: Vec<(Trust, Endpoint)> = Vec::new();
    for (trust, text) in files {
        let Ok(value) = serde_json::from_str::<Value>(text) else { continue };
        if let (Trust::User, Some(config)) = (trust, value.get("config")) {
            collect(config, &mut credentials);
        }
        let Some(list) = value.get("repositories") else { continue };
        let entries: Vec<&Value> = match list {
            Value::Array(list) => list.iter().collect(),
            Value::Object(map) => map.values().collect(),
            _ => continue,
        };
        for entry in entries {
            // Repositories of other types are single packages, archives or git, of which nothing can be asked.
            if entry.get("type").and_then(Value::as_str) == Some("composer")
                && let Some(endpoint) = entry.get("url").and_then(Value::as_str).and_then(Endpoint::parse)
            {
                named.push((*trust, endpoint));
            }
        }
    }
    // A repository of the tree is as good as the user's own where the user names the same server.
    let mine: Vec<String> = named
        .iter()
        .filter(|(trust, _)| *trust == Trust::User)
        .map(|(_, e)| e.url().origin().ascii_serialization())
        .collect();
    let settle = |(trust, endpoint): &(Trust, Endpoint)| {
        let known = credentials.get(&endpoint.host()).filter(|_| endpoint.url().scheme() == "https");
        let same = || mine.contains(&endpoint.url().origin().ascii_serialization());
        match (trust, known) {
            (Trust::Tree, None) if !same() => endpoint.clone().untrusted(),
            (Trust::User, None) => match credentials.get(&endpoint.host()) {
                Some(auth) if !endpoint.has_auth() => endpoint.clone().with_auth(auth.clone()),
                _ => endpoint.clone(),
            },
            (_, Some(auth)) => endpoint.clone().with_auth(auth.clone()),
            (Trust::Tree, None) => endpoint.clone(),
        }
    };
    let mut composer = Composer::default();
    for endpoint in named.iter().map(settle) {
        if !composer.repositories.iter().any(|e| e.url() == endpoint.url()) {
            composer.repositories.push(endpoint);
        }
    }
    composer
}

/// Credentials by host.
fn collect(value: &Value, credentials: &mut BTreeMap<String, Auth>) {
    let text = |v: &Value, key: &str| v.get(key).and_then(Value::as_str).map(Secret::new);
    for (host, entry) in value.get("http-basic").and_then(Value::as_object).into_iter().flatten() {
        if let (Some(name), Some(password)) = (text(entry, "username"), text(entry, "password")) {
            credentials.insert(host.to_ascii_lowercase(), Auth::Basic(name, password));
        }
    }
    for (host, token) in value.get("bearer").and_then(Value::as_object).into_iter().flatten() {
        if let Some(token) = token.as_str() {
            credentials.insert(host.to_ascii_lowercase(), Auth::Bearer(Secret::new(token)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repositories_and_credentials() {
        let user = r#"{"config": {"bearer": {"b.example": "hush-b"}}, "repositories": {
            "a": {"type": "composer", "url": "https://a.example/php"}, "v": {"type": "vcs", "url": "https://git.example/x"},
            "b": {"type": "composer", "url": "https://b.example"}, "usual": false}}"#;
        let auth = r#"{"http-basic": {"a.example": {"username": "me", "password": "hush-a"}}}"#;
        let composer = read(&[(Trust::User, user)], &[auth, "no JSON"]);
        let hosts: Vec<String> = composer.repositories.iter().map(Endpoint::host).collect();
        assert_eq!(hosts, ["a.example", "b.example"]);
        assert!(composer.repositories.iter().all(Endpoint::has_auth));
        assert!(!format!("{composer:?}").contains("hush"));
    }

    #[test]
    fn a_scanned_tree_chooses_neither_the_server_nor_the_credentials() {
        let tree = r#"{"repositories": [{"type": "composer", "url": "https://evil.example"},
            {"type": "composer", "url": "https://a.example/other"}, {"type": "composer", "url": "http://a.example/plain"}],
            "config": {"http-basic": {"evil.example": {"username": "x", "password": "y"}}}}"#;
        let auth = r#"{"http-basic": {"a.example": {"username": "me", "password": "hush"}}}"#;
        let composer = read(&[(Trust::Tree, tree)], &[auth]);
        let trusted: Vec<bool> = composer.repositories.iter().map(Endpoint::is_trusted).collect();
        assert_eq!(trusted, [false, true, false]);
        assert!(!composer.repositories[0].has_auth() && !composer.repositories[2].has_auth());
    }
}
