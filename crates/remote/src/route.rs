//! Who is asked for which package.

use licit_model::Purl;

use crate::config;
use crate::deps_dev;
use crate::endpoint::Endpoint;
use crate::registry::Kind;

/// The registries that the user's client configuration names. What it does not name is public.
#[derive(Debug, Clone, Default)]
pub struct Registries {
    /// From `.npmrc`.
    pub npm: config::npmrc::Npm,
    /// From `pip.conf`.
    pub pip: config::pip::Pip,
    /// From `.cargo/config.toml`.
    pub cargo: config::cargo::Cargo,
    /// From `settings.xml`.
    pub maven: config::maven::Maven,
    /// From `NuGet.config`.
    pub nuget: config::nuget::NuGet,
    /// From `GOPROXY` and its like.
    pub go: config::goproxy::GoProxy,
    /// From `.gemrc` and Bundler's configuration.
    pub gems: config::gems::Gems,
    /// From Composer's `config.json` and `auth.json`.
    pub composer: config::composer::Composer,
}

/// Who is asked for one package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Route<'r> {
    /// Nobody, because ….
    Nobody(String),
    /// deps.dev.
    DepsDev(&'r Endpoint),
    /// Registries, one after the other; then perhaps deps.dev.
    Registry { kind: Kind, endpoints: Vec<Endpoint>, then: Then<'r> },
}

/// Whether deps.dev is asked where the registries have no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then<'r> {
    /// Never: what they do not have is not public.
    Nobody,
    /// Where all of them said that they do not have it, the client would go to the public registry.
    IfNotKnown(&'r Endpoint),
    /// In any case, since they are copies of the public registry.
    Always(&'r Endpoint),
}

impl Route<'_> {
    /// The host whose limits count.
    pub(crate) fn host(&self) -> String {
        match self {
            Route::Nobody(_) => String::new(),
            Route::DepsDev(endpoint) => endpoint.host(),
            Route::Registry { endpoints, .. } => endpoints.first().map(Endpoint::host).unwrap_or_default(),
        }
    }
}

impl Registries {
    /// Who is asked for a package.
    pub(crate) fn route<'r>(&'r self, purl: &Purl, public: Option<&'r Endpoint>) -> Route<'r> {
        let nobody = |why: &str| Route::Nobody(why.to_string());
        if purl.version().is_empty() {
            return nobody("only a range of versions is known");
        }
        for (key, what) in [("vcs_url", "a repository"), ("download_url", "an archive")] {
            if purl.qualifiers.contains_key(key) {
                return nobody(&format!("it comes from {what}, which no registry describes"));
            }
        }
        let if_not_known = public.map_or(Then::Nobody, Then::IfNotKnown);
        let (kind, endpoints, then): (_, Vec<&Endpoint>, _) = match purl.kind.as_ref() {
            "gem" => return self.gem(purl, public),
            "npm" => (Kind::Npm, self.npm.registry_of(&purl.full_name()).into_iter().collect(), Then::Nobody),
            "pypi" if self.pip.no_index => return nobody("pip's configuration allows no index"),
            "pypi" => {
                // An index beside the usual one holds private packages, so it is asked first.
                let all: Vec<&Endpoint> = self.pip.extra.iter().chain(&self.pip.index).collect();
                let then = if self.pip.index.is_some() { Then::Nobody } else { if_not_known };
                (Kind::Pypi, all, then)
            }
            "cargo" => match purl.qualifiers.get("repository_url") {
                Some(index) => match self.cargo.registry_of(index) {
                    Some(registry) => (Kind::Cargo, vec![registry], Then::Nobody),
                    None => {
                        return nobody(
                            "its registry is not in cargo's configuration, or has no sparse index",
                        );
                    }
                },
                None => {
                    let then = public.map_or(Then::Nobody, Then::Always);
                    // A mirror that only the scanned tree names is passed over: the public registry has the same.
                    let mirror = self.cargo.mirror.as_ref().filter(|m| m.is_trusted());
                    (Kind::Cargo, mirror.into_iter().collect(), then)
                }
            },
            "maven" => {
                let all: Vec<&Endpoint> = self.maven.repositories.iter().chain(&self.maven.mirrors).collect();
                let then = if self.maven.mirrors.is_empty() { if_not_known } else { Then::Nobody };
                (Kind::Maven, all, then)
            }
            "nuget" => (Kind::Nuget, self.nuget.sources.iter().collect(), Then::Nobody),
            "golang" if self.go.is_private(&purl.full_name()) => return nobody("GOPRIVATE keeps it private"),
            "golang" if self.go.off => return nobody("GOPROXY names nobody to ask"),
            // The order of Composer: whoever comes first has the package, and what all of them lack is not public here.
            "composer" => (Kind::Composer, self.composer.repositories.iter().collect(), Then::Nobody),
            "golang" => (Kind::Go, self.go.proxies.iter().flatten().collect(), Then::Nobody),
            _ => (Kind::Npm, Vec::new(), Then::Nobody),
        };
        if let Some(unknown) = endpoints.iter().find(|e| !e.is_trusted()) {
            return unnamed(unknown);
        }
        if !endpoints.is_empty() {
            return Route::Registry { kind, endpoints: endpoints.into_iter().cloned().collect(), then };
        }
        match public {
            _ if purl.qualifiers.contains_key("repository_url") => {
                nobody("it comes from a registry that is not configured")
            }
            _ if deps_dev::names(purl).is_none() => {
                Route::Nobody(format!("deps.dev does not cover {} packages", purl.kind))
            }
            Some(endpoint) => Route::DepsDev(endpoint),
            None => nobody("no server is configured for it"),
        }
    }

    /// Gems come from the source that the lockfile names, unless a mirror stands in for it.
    fn gem<'r>(&self, purl: &Purl, public: Option<&'r Endpoint>) -> Route<'r> {
        let nobody = |why: &str| Route::Nobody(why.to_string());
        let kind = Kind::Gem;
        let remote = purl.qualifiers.get("repository_url").filter(|r| !config::gems::is_usual(r));
        if let Some(remote) = remote {
            return match self.gems.source_of(remote) {
                Some(source) if source.is_trusted() => {
                    Route::Registry { kind, endpoints: vec![source], then: Then::Nobody }
                }
                Some(source) => unnamed(&source),
                None => nobody("its source has no address that can be asked"),
            };
        }
        let endpoints = self.gems.usual_sources();
        let then = match public {
            Some(public) if self.gems.mirrors_usual() => Then::Always(public),
            Some(public) if self.gems.usual => Then::IfNotKnown(public),
            _ => Then::Nobody,
        };
        match public {
            _ if !endpoints.is_empty() => Route::Registry { kind, endpoints, then },
            Some(public) => Route::DepsDev(public),
            None => nobody("no server is configured for it"),
        }
    }
}

/// Nobody is asked of whom the user's own configuration says nothing.
fn unnamed<'r>(unknown: &Endpoint) -> Route<'r> {
    Route::Nobody(format!(
        "its registry {} is named by the scanned tree alone; name it in your own configuration",
        unknown.host()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Trust, npmrc, pip};

    fn who(registries: &Registries, purl: &Purl) -> String {
        let public = Endpoint::parse(deps_dev::DEPS_DEV);
        match registries.route(purl, public.as_ref()) {
            Route::Nobody(why) => why,
            Route::DepsDev(_) => "deps.dev".to_string(),
            Route::Registry { endpoints, then, .. } => {
                let hosts: Vec<String> = endpoints.iter().map(Endpoint::host).collect();
                format!("{}{}", hosts.join(" "), if then == Then::Nobody { "" } else { " then deps.dev" })
            }
        }
    }

    #[test]
    fn private_names_stay_private() {
        let tree = "@tree:registry=https://t.example\n";
        let user = "@acme:registry=https://n.example\n";
        let registries = Registries {
            npm: npmrc::read(&[(Trust::User, user), (Trust::Tree, tree)], &|_| None),
            pip: pip::read(&[], None, Some("https://p.example/simple"), None),
            go: config::goproxy::read(None, Some("corp.example"), None),
            ..Registries::default()
        };
        let who = |purl: &Purl| who(&registries, purl);
        assert_eq!(who(&Purl::npm("@acme/a", "1.0.0")), "n.example");
        assert_eq!(who(&Purl::npm("left-pad", "1.0.0")), "deps.dev");
        assert!(who(&Purl::npm("@tree/a", "1.0.0")).contains("t.example is named by the scanned tree alone"));
        assert_eq!(who(&Purl::pypi("a", "1")), "p.example then deps.dev");
        assert_eq!(who(&Purl::golang("corp.example/a", "v1.0.0")), "GOPRIVATE keeps it private");
        assert_eq!(who(&Purl::golang("git.example/a", "v1.0.0")), "deps.dev");
        assert!(who(&Purl::npm("a", "")).contains("range"));
        assert!(who(&Purl::npm("a", "1").with("vcs_url", "git+https://g.example")).contains("a repository"));
        assert!(
            who(&Purl::cargo("a", "1").with("repository_url", "https://c.example"))
                .contains("not in cargo's")
        );
        assert!(who(&Purl::composer("a/b", "1")).contains("does not cover"));
    }

    #[test]
    fn gems_and_php_packages_come_from_where_they_are_locked() {
        let tree = r#"{"repositories": [{"type": "composer", "url": "https://t.example"}]}"#;
        let user = r#"{"repositories": [{"type": "composer", "url": "https://php.example"}]}"#;
        let registries = Registries {
            gems: config::gems::read(&[], &["BUNDLE_GEMS__EXAMPLE: \"me:hush\"\n"], &[]),
            composer: config::composer::read(&[(Trust::User, user)], &[]),
            ..Registries::default()
        };
        let of = |purl: &Purl| who(&registries, purl);
        assert_eq!(of(&Purl::gem("a", "1")), "deps.dev");
        let locked = |remote: &str| of(&Purl::gem("a", "1").with("repository_url", remote));
        assert_eq!(locked("https://gems.example/x/"), "gems.example");
        assert!(locked("https://evil.example/").contains("evil.example is named by the scanned tree alone"));
        assert_eq!(of(&Purl::composer("a/b", "1")), "php.example");
        let registries = Registries {
            gems: config::gems::read(&[":sources:\n- https://g.example\n"], &[], &[]),
            composer: config::composer::read(&[(Trust::Tree, tree), (Trust::User, user)], &[]),
            ..Registries::default()
        };
        assert_eq!(who(&registries, &Purl::gem("a", "1")), "g.example");
        assert!(who(&registries, &Purl::composer("a/b", "1")).contains("t.example is named by"));
    }
}
