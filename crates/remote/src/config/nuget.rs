//! `NuGet.config`: package sources and their credentials.

use std::collections::BTreeMap;

use crate::config::{Trust, Variables, expand};
use crate::endpoint::{Auth, Endpoint, Secret};
use crate::xml;

/// NuGet's sources; empty where the client's default holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NuGet {
    /// In the order of the files.
    pub sources: Vec<Endpoint>,
}

/// Reads configuration files, the weightiest last: `clear` in a later one takes away what came before.
pub fn read(files: &[(Trust, &str)], variables: Variables<'_>) -> NuGet {
    let mut sources: Vec<(String, Trust, Endpoint)> = Vec::new();
    let mut credentials: BTreeMap<String, Auth> = BTreeMap::new();
    let mut mine: Vec<String> = Vec::new();
    for (trust, text) in files {
        let Ok(config) = xml::parse(text.as_bytes()) else { continue };
        for entry in config.all("packageSources").flat_map(|s| &s.children) {
            if entry.name == "clear" {
                sources.clear();
                continue;
            }
            let (Some(key), Some(value)) = (entry.attribute("key"), entry.attribute("value")) else {
                continue;
            };
            sources.retain(|(k, ..)| k != key);
            // A source that is a folder has no address, and needs no question.
            if let Some(endpoint) = Endpoint::parse(value) {
                if *trust == Trust::User {
                    mine.push(endpoint.host());
                }
                sources.push((key.to_string(), *trust, endpoint));
            }
        }
        for entry in config.all("disabledPackageSources").flat_map(|s| &s.children) {
            if entry.attribute("value").is_some_and(|v| v.eq_ignore_ascii_case("true")) {
                sources.retain(|(k, ..)| Some(k.as_str()) != entry.attribute("key"));
            }
        }
        if *trust == Trust::Tree {
            continue;
        }
        for source in config.all("packageSourceCredentials").flat_map(|s| &s.children) {
            let value = |key: &str| {
                let of_key =
                    |a: &&xml::Element| a.attribute("key").is_some_and(|k| k.eq_ignore_ascii_case(key));
                let text = source.children.iter().find(of_key)?.attribute("value")?;
                expand(text, "%", '%', variables).map(Secret::new)
            };
            if let (Some(name), Some(password)) = (value("Username"), value("ClearTextPassword")) {
                credentials.insert(source.name.replace("_x0020_", " "), Auth::Basic(name, password));
            }
        }
    }
    let settle = |(key, trust, endpoint): (String, Trust, Endpoint)| match (trust, credentials.remove(&key)) {
        (Trust::Tree, _) if !mine.contains(&endpoint.host()) => endpoint.untrusted(),
        (Trust::User, Some(auth)) => endpoint.with_auth(auth),
        _ => endpoint,
    };
    NuGet { sources: sources.into_iter().map(settle).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_and_credentials() {
        let user =
            "<configuration><packageSources><add key='My Feed' value='https://n.example/v3/index.json'/>
            <add key='folder' value='C:\\packages'/></packageSources><packageSourceCredentials><My_x0020_Feed>
            <add key='Username' value='me'/><add key='ClearTextPassword' value='%PW%'/></My_x0020_Feed>
            </packageSourceCredentials></configuration>";
        let env = |name: &str| (name == "PW").then(|| "hush".to_string());
        let nuget = read(&[(Trust::User, user)], &env);
        assert_eq!(nuget.sources.len(), 1);
        assert!(nuget.sources[0].has_auth());
        assert!(!format!("{nuget:?}").contains("hush"));
        let tree = "<configuration><packageSources><clear/><add key='My Feed' value='https://evil.example/index.json'/>
            </packageSources></configuration>";
        let nuget = read(&[(Trust::User, user), (Trust::Tree, tree)], &env);
        assert_eq!(nuget.sources.len(), 1);
        assert!(!nuget.sources[0].has_auth() && !nuget.sources[0].is_trusted());
    }
}
