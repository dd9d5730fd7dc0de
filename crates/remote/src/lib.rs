//! Asks package registries and deps.dev for licenses. The only crate that knows the network, and only what its caller
//! hands in: no environment, no configuration file and no home folder is read here.
//!
//! *Invariant: a server that is dead, slow or lying gives an [`Answer`] with a problem; never a license, never a hang.*
//! *Invariant: a token goes to the host that it was configured for, over TLS, and nowhere else: not into an error, not
//! into `Debug`, not into the cache.*
//! *Invariant: a package that the client configuration takes from a registry of its own is asked for nowhere else, since
//! the public package of the same name may be another one, and private names stay private.*

mod answer;
mod archive;
mod cache;
mod client;
pub mod config;
mod deps_dev;
mod endpoint;
mod error;
mod registry;
mod route;
mod transport;
mod xml;

pub use answer::{Answer, Stated, StatedKind};
pub use client::{Client, Progress, Settings};
pub use deps_dev::DEPS_DEV;
pub use endpoint::{Auth, Endpoint, Secret};
/// The qualifier by which a question says which commit of a PHP package is meant.
pub const VCS_REVISION: &str = registry::composer::REVISION;
pub use error::Error;
pub use route::Registries;
pub use transport::Limits;
