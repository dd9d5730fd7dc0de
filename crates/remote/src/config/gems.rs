//! RubyGems and Bundler: the sources of `.gemrc`, and the mirrors and credentials of Bundler's configuration.

use std::collections::BTreeMap;

use crate::endpoint::{Auth, Endpoint, Secret};

/// Ruby's registries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Gems {
    /// In place of the registry that every client knows, or beside it; empty where that one holds.
    pub sources: Vec<Endpoint>,
    /// Whether the registry that every client knows is among the sources.
    pub usual: bool,
    /// By a source's address without its scheme, or by its host: what stands in for it.
    pub mirrors: BTreeMap<String, Endpoint>,
    /// What stands in for every source.
    pub mirror_of_all: Option<Endpoint>,
    /// By host, such as `gems.example`.
    credentials: BTreeMap<String, Auth>,
}

impl Gems {
    /// Who has the gems of a source, as a lockfile names it. A source that the user's own configuration says nothing of
    /// is the tree's alone.
    pub fn source_of(&self, remote: &str) -> Option<Endpoint> {
        let source = Endpoint::parse(remote)?;
        if let Some(mirror) = self.mirror_of(&source) {
            return Some(self.proven(mirror));
        }
        let same = self.sources.iter().filter(|s| s.url().origin() == source.url().origin());
        let mine = same.max_by_key(|s| s.has_auth());
        Some(match (mine, self.credentials.contains_key(&source.host())) {
            (Some(mine), _) => match mine.auth() {
                Some(auth) => source.with_auth(auth.clone()),
                None => self.proven(&source),
            },
            // Credentials are given for a host, and go there over TLS alone.
            (None, true) if source.url().scheme() == "https" => self.proven(&source),
            (None, _) => source.untrusted(),
        })
    }

    /// Who is asked for the gems of the registry that every client knows; empty where nobody stands in for it.
    pub fn usual_sources(&self) -> Vec<Endpoint> {
        let mirror =
            self.mirrors.iter().find(|(of, _)| is_usual_host(of.split('/').next().unwrap_or_default()));
        match mirror.map(|(_, mirror)| mirror).or(self.mirror_of_all.as_ref()) {
            Some(mirror) => vec![self.proven(mirror)],
            None => self.sources.iter().map(|source| self.proven(source)).collect(),
        }
    }

    /// Whether a mirror stands in for the registry that every client knows.
    pub fn mirrors_usual(&self) -> bool {
        self.mirror_of_all.is_some()
            || self.mirrors.keys().any(|of| is_usual_host(of.split('/').next().unwrap_or_default()))
    }

    fn mirror_of(&self, source: &Endpoint) -> Option<&Endpoint> {
        let at = without_scheme(source.url().as_str());
        let mirror = self.mirrors.get(&at).or_else(|| self.mirrors.get(&source.host()));
        mirror.or(self.mirror_of_all.as_ref())
    }

    fn proven(&self, endpoint: &Endpoint) -> Endpoint {
        match self.credentials.get(&endpoint.host()) {
            Some(auth) if !endpoint.has_auth() => endpoint.clone().with_auth(auth.clone()),
            _ => endpoint.clone(),
        }
    }
}

/// Whether an address is that of the registry that every client knows, by the name that the registry has in its host.
pub fn is_usual(remote: &str) -> bool {
    Endpoint::parse(remote).is_some_and(|e| is_usual_host(&e.host()))
}

fn is_usual_host(host: &str) -> bool {
    let labels: Vec<&str> = host.split('.').collect();
    let labels = labels.strip_prefix(&["index"]).or_else(|| labels.strip_prefix(&["www"])).unwrap_or(&labels);
    labels == ["rubygems", "org"]
}

/// An address as mirrors are compared by: in small letters, with one `/` at its end.
fn without_scheme(address: &str) -> String {
    let address = address.split_once("://").map_or(address, |(_, rest)| rest);
    format!("{}/", address.trim_end_matches('/').to_ascii_lowercase())
}

/// Reads the texts of `.gemrc` files and of Bundler's configuration, the weightiest last, and the variables of the
/// environment that begin with `BUNDLE_`, which weigh less than a project's file and more than the user's; the tree's
/// own configuration is not among them, since it would choose who is asked.
pub fn read(gemrc: &[&str], bundler: &[&str], variables: &[(String, String)]) -> Gems {
    let mut gems = Gems::default();
    for text in gemrc {
        if let Some(sources) = sources(text) {
            let named: Vec<Endpoint> = sources.iter().filter_map(|s| Endpoint::parse(s)).collect();
            gems.usual = named.iter().any(|e| is_usual_host(&e.host()));
            gems.sources = named.into_iter().filter(|e| !is_usual_host(&e.host())).collect();
        }
    }
    let settings = bundler.iter().flat_map(|text| settings(text));
    let all = settings.chain(variables.iter().map(|(k, v)| (k.clone(), v.clone())));
    for (key, value) in all {
        let Some(name) = key.strip_prefix("BUNDLE_") else { continue };
        // Bundler writes a hyphen as three underscores and a dot as two.
        let name = name.replace("___", "-").replace("__", ".").to_ascii_lowercase();
        if let Some(of) = name.strip_prefix("mirror.") {
            let Some(mirror) = Endpoint::parse(&value) else { continue };
            match of {
                "all" => gems.mirror_of_all = Some(mirror),
                of if of.ends_with("fallback_timeout") || of.ends_with("fallback_timeout/") => {}
                of if of.contains("://") => {
                    gems.mirrors.insert(without_scheme(of), mirror);
                }
                host => {
                    gems.mirrors.insert(host.trim_end_matches('/').to_string(), mirror);
                }
            }
        } else if name.contains('.') || name == "localhost" {
            // Other settings have names without a dot, or values that are no credentials of a host.
            let host = without_scheme(&name).trim_end_matches('/').to_string();
            let settings = ["build.", "local.", "without.", "disable_"];
            if value.is_empty() || settings.iter().any(|s| host.starts_with(s)) {
                continue;
            }
            let auth = match value.split_once(':') {
                Some((user, password)) => Auth::Basic(Secret::new(user), Secret::new(password)),
                None => Auth::Basic(Secret::new(value), Secret::new("")),
            };
            gems.credentials.insert(host, auth);
        }
    }
    gems
}

/// The list below `:sources:` of a `.gemrc`; none where it has none.
fn sources(text: &str) -> Option<Vec<String>> {
    let mut lines = text.lines();
    let head = lines.find_map(|l| {
        let rest = l.strip_prefix(":sources:").or_else(|| l.strip_prefix("sources:"))?;
        Some(rest.trim().to_string())
    })?;
    if let Some(inner) = head.strip_prefix('[').and_then(|h| h.strip_suffix(']')) {
        return Some(inner.split(',').map(|s| plain(s).to_string()).filter(|s| !s.is_empty()).collect());
    }
    let items = lines.map(str::trim).take_while(|l| l.is_empty() || l.starts_with('#') || l.starts_with('-'));
    Some(items.filter_map(|l| Some(plain(l.strip_prefix('-')?).to_string())).collect())
}

/// Key and value of each line of Bundler's configuration, which has no nesting.
fn settings(text: &str) -> Vec<(String, String)> {
    let lines = text.lines().filter(|l| !l.starts_with([' ', '#', '-']));
    let pairs = lines.filter_map(|line| {
        let (key, value) = line.split_once(": ")?;
        Some((plain(key).to_string(), plain(value).to_string()))
    });
    pairs.collect()
}

/// A word of YAML without its quotes.
fn plain(text: &str) -> &str {
    let text = text.trim();
    let quoted = |q: char| text.strip_prefix(q).and_then(|t| t.strip_suffix(q));
    quoted('"').or_else(|| quoted('\'')).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usual() -> String {
        format!("https://{}/", ["rubygems", "org"].join("."))
    }

    #[test]
    fn sources_mirrors_and_credentials() {
        let gemrc = "---\n:backtrace: false\n:sources:\n- https://me:pw@gems.example/private/\n\n# more\n- \"https://b.example\"\n:verbose: true\n";
        let bundler = "---\nBUNDLE_MIRROR__HTTPS://LOCKED__EXAMPLE/: \"https://mirror.example/up/\"\n\
            BUNDLE_MY___GEMS__EXAMPLE: \"robot:hush\"\nBUNDLE_PATH: \"vendor/bundle\"\nBUNDLE_BUILD__NOKOGIRI: \"--x\"\n";
        let gems = read(&[gemrc], &[bundler], &[]);
        let hosts: Vec<String> = gems.usual_sources().iter().map(Endpoint::host).collect();
        assert_eq!(hosts, ["gems.example", "b.example"]);
        assert!(!gems.usual && gems.sources[0].has_auth());
        let of = |remote: &str| gems.source_of(remote).unwrap();
        assert_eq!(of("https://locked.example").url().as_str(), "https://mirror.example/up/");
        let mine = of("https://my-gems.example/");
        assert!(mine.is_trusted());
        assert_eq!(mine.auth(), Some(&Auth::Basic(Secret::new("robot"), Secret::new("hush"))));
        // Over a line that anybody can read no credentials go, and whoever wrote the tree chose that line.
        assert!(!of("http://my-gems.example/").is_trusted() && !of("http://my-gems.example/").has_auth());
        assert!(of("https://b.example/").is_trusted() && of("https://gems.example/private").has_auth());
        assert!(!of("https://evil.example/").is_trusted());
        assert!(!format!("{gems:?}").contains("hush"));
    }

    #[test]
    fn the_usual_registry_and_what_stands_in_for_it() {
        assert!(is_usual(&usual()) && !is_usual("https://rubygems.evil.example/"));
        assert!(!is_usual(&format!("https://{}.evil.example/", ["rubygems", "org"].join("."))));
        let none = read(&[], &[], &[]);
        assert!(none.usual_sources().is_empty() && !none.mirrors_usual());
        let key = format!("BUNDLE_MIRROR__{}", usual().to_uppercase().replace('.', "__"));
        let gems = read(&[], &[], &[(key, "https://m.example".to_string())]);
        assert!(gems.mirrors_usual());
        assert_eq!(gems.usual_sources()[0].host(), "m.example");
        let all = [("BUNDLE_MIRROR__ALL".to_string(), "https://all.example".to_string())];
        assert_eq!(read(&[], &[], &all).source_of("https://x.example").unwrap().host(), "all.example");
        let kept = format!(":sources: [\"{}\", https://c.example/]\n", usual());
        let gems = read(&[&kept], &[], &[]);
        assert!(gems.usual && gems.sources.len() == 1);
    }
}
