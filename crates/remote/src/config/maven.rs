//! `settings.xml`: mirrors, repositories of profiles, and servers with their credentials.

use std::collections::BTreeMap;

use crate::config::{Variables, expand};
use crate::endpoint::{Auth, Endpoint, Secret};
use crate::xml::{self, Element};

/// Maven's repositories.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Maven {
    /// In place of the usual repository.
    pub mirrors: Vec<Endpoint>,
    /// Beside it, from the profiles.
    pub repositories: Vec<Endpoint>,
}

/// Reads settings files, the user's own last.
pub fn read(files: &[&str], variables: Variables<'_>) -> Maven {
    let mut maven = Maven::default();
    for text in files {
        let Ok(settings) = xml::parse(text.as_bytes()) else { continue };
        if settings.name == "settings" {
            of_one(&settings, variables, &mut maven);
        }
    }
    maven
}

fn of_one(settings: &Element, variables: Variables<'_>, maven: &mut Maven) {
    let value = |text: &str| expand(text, "${env.", '}', variables).filter(|t| !t.contains("${"));
    let list = |of: &str, one: &'static str| -> Vec<Element> {
        settings.child(of).into_iter().flat_map(|l| l.all(one).cloned().collect::<Vec<_>>()).collect()
    };
    let mut servers: BTreeMap<String, Auth> = BTreeMap::new();
    for server in list("servers", "server") {
        let secret = |key: &str| {
            // A password in braces is encrypted with a key that lies elsewhere.
            let plain = server.text_of(key).filter(|t| !t.starts_with('{'))?;
            value(plain).map(Secret::new)
        };
        if let (Some(id), Some(name), Some(password)) =
            (server.text_of("id"), secret("username"), secret("password"))
        {
            servers.insert(id.to_string(), Auth::Basic(name, password));
        }
    }
    let endpoint = |element: &Element| -> Option<Endpoint> {
        let endpoint = Endpoint::parse(&value(element.text_of("url")?)?)?;
        let auth = element.text_of("id").and_then(|id| servers.get(id));
        Some(match auth {
            Some(auth) => endpoint.with_auth(auth.clone()),
            None => endpoint,
        })
    };
    let mirrors = list("mirrors", "mirror");
    for mirror in &mirrors {
        if covers(mirror, "central")
            && let Some(endpoint) = endpoint(mirror)
        {
            maven.mirrors.push(endpoint);
        }
    }
    for profile in list("profiles", "profile") {
        for repository in profile.child("repositories").into_iter().flat_map(|r| r.all("repository")) {
            let id = repository.text_of("id").unwrap_or_default();
            let instead = mirrors.iter().find(|m| covers(m, id)).unwrap_or(repository);
            maven.repositories.extend(endpoint(instead));
        }
    }
    maven.repositories.retain(|r| !maven.mirrors.contains(r));
    let mut seen: Vec<Endpoint> = Vec::new();
    maven.repositories.retain(|r| {
        let new = !seen.contains(r);
        if new {
            seen.push(r.clone());
        }
        new
    });
}

/// Whether a mirror stands in for a repository: a list of names, `*` for all, `!name` for all but one.
fn covers(mirror: &Element, id: &str) -> bool {
    let of: Vec<&str> = mirror.text_of("mirrorOf").unwrap_or_default().split(',').map(str::trim).collect();
    let except = of.iter().any(|o| o.strip_prefix('!') == Some(id));
    !except && of.iter().any(|o| matches!(*o, "*" | "external:*" | "external:http:*") || *o == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mirrors_servers_and_profiles() {
        let text = "<settings><servers><server><id>corp</id><username>me</username><password>${env.PW}</password></server>
            <server><id>sealed</id><username>me</username><password>{abc=}</password></server></servers>
            <mirrors><mirror><id>corp</id><mirrorOf>*,!own</mirrorOf><url>https://m.example/all</url></mirror></mirrors>
            <profiles><profile><repositories><repository><id>own</id><url>https://m.example/own</url></repository>
            <repository><id>other</id><url>https://x.example</url></repository></repositories></profile></profiles></settings>";
        let maven = read(&[text], &|name| (name == "PW").then(|| "hush".to_string()));
        assert_eq!(maven.mirrors[0].url().as_str(), "https://m.example/all/");
        assert!(maven.mirrors[0].has_auth());
        assert_eq!(maven.repositories.iter().map(|r| r.url().path()).collect::<Vec<_>>(), ["/own/"]);
        assert!(!format!("{maven:?}").contains("hush"));
        let maven = read(&[text], &|_| None);
        assert!(!maven.mirrors[0].has_auth());
        assert_eq!(read(&["<settings", "text"], &|_| None), Maven::default());
    }
}
