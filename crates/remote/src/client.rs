//! Many questions at once: who is asked for what, how many at a time, and when to give up.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use licit_model::{Freshness, Purl};

use crate::answer::{Answer, Said};
use crate::deps_dev;
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::registry::{self, Asker};
use crate::route::{Registries, Route, Then};
use crate::transport::{Limits, Transport, Until};

/// How to ask.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Who is asked for packages of the public registries; none for nobody.
    pub deps_dev: Option<Endpoint>,
    /// The registries that the user's client configuration names.
    pub registries: Registries,
    /// Where answers are kept; none for nowhere.
    pub cache_dir: Option<PathBuf>,
    /// Only the cache is asked.
    pub replay: bool,
    /// How long, how much and how often.
    pub limits: Limits,
    /// How the client calls itself.
    pub user_agent: String,
    /// Whether the proxy of the system or of the environment is used.
    pub system_proxy: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            deps_dev: Endpoint::parse(deps_dev::DEPS_DEV),
            registries: Registries::default(),
            cache_dir: None,
            replay: false,
            limits: Limits::default(),
            user_agent: concat!("licit/", env!("CARGO_PKG_VERSION")).to_string(),
            system_proxy: true,
        }
    }
}

/// Hears how far the questions are.
pub trait Progress: Sync {
    /// So many of so many are answered.
    fn asked(&self, done: usize, of: usize);
}

impl Progress for () {
    fn asked(&self, _: usize, _: usize) {}
}

/// Asks for licenses.
pub struct Client {
    transport: Transport,
    deps_dev: Option<Endpoint>,
    registries: Registries,
}

impl Client {
    /// A client; the network is only touched by [`Client::fetch_many`].
    pub fn new(settings: Settings) -> Result<Client, Error> {
        let Settings { deps_dev, registries, cache_dir, replay, limits, user_agent, system_proxy } = settings;
        let transport = Transport::new(cache_dir, replay, limits, &user_agent, system_proxy)?;
        Ok(Client { transport, deps_dev, registries })
    }

    /// Asks for each package; the answers are in the order of the packages. It ends within the deadline of the limits
    /// and the time of one try.
    pub fn fetch_many(&self, purls: &[Purl], progress: &dyn Progress) -> Vec<Answer> {
        let until = Until::new(self.transport.limits());
        let done = AtomicUsize::new(0);
        let answers: Vec<Mutex<Option<Answer>>> = purls.iter().map(|_| Mutex::new(None)).collect();
        let settle = |at: usize, source: String, said: Result<Said, Error>| {
            let answer = answer(&purls[at], source, said);
            // A thread that died in here left nothing half done.
            *answers[at].lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(answer);
            progress.asked(done.fetch_add(1, Ordering::Relaxed) + 1, purls.len());
        };
        // The questions to one host stand in one line, so that its limits and its failures are its own.
        let mut lines: BTreeMap<String, Vec<(usize, Route<'_>)>> = BTreeMap::new();
        let mut first: BTreeMap<&Purl, usize> = BTreeMap::new();
        for (at, purl) in purls.iter().enumerate() {
            if *first.entry(purl).or_insert(at) != at {
                continue;
            }
            match self.registries.route(purl, self.deps_dev.as_ref()) {
                Route::Nobody(why) => settle(at, String::new(), Err(Error::Configuration(why))),
                route => lines.entry(route.host()).or_default().push((at, route)),
            }
        }
        let per_host = self.transport.limits().per_host.max(1);
        std::thread::scope(|scope| {
            for (host, line) in &lines {
                let work = std::sync::Arc::new((AtomicUsize::new(0), AtomicUsize::new(0)));
                for _ in 0..per_host.min(line.len()) {
                    let work = std::sync::Arc::clone(&work);
                    let settle = &settle;
                    scope.spawn(move || {
                        let (next, failures) = &*work;
                        while let Some((at, route)) = line.get(next.fetch_add(1, Ordering::Relaxed)) {
                            let tired =
                                failures.load(Ordering::Relaxed) >= self.transport.limits().give_up_after;
                            let (source, said) = if tired {
                                (host.clone(), Err(Error::GivenUp(host.clone())))
                            } else {
                                self.ask(&purls[*at], route, until)
                            };
                            match &said {
                                Err(error) if error.is_outage() => {
                                    failures.fetch_add(1, Ordering::Relaxed);
                                }
                                Err(Error::GivenUp(_)) => {}
                                _ => failures.store(0, Ordering::Relaxed),
                            }
                            settle(*at, source, said);
                        }
                    });
                }
            }
        });
        let taken: Vec<Option<Answer>> = answers
            .into_iter()
            .map(|a| a.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner))
            .collect();
        // A package that was named twice was asked for once.
        purls
            .iter()
            .enumerate()
            .map(|(at, purl)| {
                let from = first.get(purl).copied().unwrap_or(at);
                taken[from].clone().unwrap_or_else(|| answer(purl, String::new(), Err(Error::Deadline)))
            })
            .collect()
    }

    /// Who answered, and what.
    fn ask(&self, purl: &Purl, route: &Route<'_>, until: Until) -> (String, Result<Said, Error>) {
        let public = |endpoint: &Endpoint| {
            let asker = Asker { transport: &self.transport, endpoint, until };
            (deps_dev::NAME.to_string(), deps_dev::ask(&asker, purl))
        };
        let (kind, endpoints, then) = match route {
            Route::Nobody(why) => return (String::new(), Err(Error::Configuration(why.clone()))),
            Route::DepsDev(endpoint) => return public(endpoint),
            Route::Registry { kind, endpoints, then } => (*kind, endpoints, *then),
        };
        let mut last =
            (String::new(), Err(Error::Configuration("no registry is configured for it".to_string())));
        for endpoint in endpoints {
            let asker = Asker { transport: &self.transport, endpoint, until };
            last = (endpoint.host(), registry::ask(kind, &asker, purl));
            // Only where the first of several registries does not have it, the next one counts.
            if !matches!(last.1, Err(Error::NotKnown(_))) {
                break;
            }
        }
        match (then, &last.1) {
            (Then::IfNotKnown(endpoint), Err(Error::NotKnown(_))) => public(endpoint),
            (Then::Always(endpoint), Err(_)) => match public(endpoint) {
                (source, Ok(said)) => (source, Ok(said)),
                // The registry that was configured is the one whose trouble the user can mend.
                _ => last,
            },
            _ => last,
        }
    }
}

fn answer(purl: &Purl, source: String, said: Result<Said, Error>) -> Answer {
    let purl = purl.clone();
    match said {
        Ok(Said { licenses, facts }) => {
            let problem = licenses.is_empty().then(|| format!("{source} states no license for it"));
            Answer { purl, source, licenses, facts, problem }
        }
        Err(error) => Answer {
            purl,
            source,
            licenses: Vec::new(),
            facts: Freshness::default(),
            problem: Some(error.to_string()),
        },
    }
}
