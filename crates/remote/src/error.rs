//! Why a server's answer could not be had. Every text is fit for "unknown, because …" and free of secrets.

use std::time::Duration;

/// Why nothing is known of a package.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The server has no such package or version.
    #[error("{0} does not know it")]
    NotKnown(String),
    /// The server wants other credentials, or any.
    #[error("{host} refuses to answer ({status}); check the credentials in your client configuration")]
    Refused {
        /// Who.
        host: String,
        /// Status of HTTP.
        status: u16,
    },
    /// The server failed, also after several tries.
    #[error("{host} answers with status {status} after {tries} tries")]
    Status {
        /// Who.
        host: String,
        /// Status of HTTP.
        status: u16,
        /// How often it was asked.
        tries: u32,
    },
    /// The server asks for more patience than there is.
    #[error("{host} asks to wait {} s, which is longer than allowed", .wait.as_secs())]
    Busy {
        /// Who.
        host: String,
        /// How long it wants to be left alone.
        wait: Duration,
    },
    /// No connection, or one that broke.
    #[error("{host} cannot be reached: {why}")]
    Unreachable {
        /// Who.
        host: String,
        /// In a word or two.
        why: &'static str,
    },
    /// So many failures in a row that the rest is not tried.
    #[error("{0} failed several times in a row and is not asked again in this run")]
    GivenUp(String),
    /// The time for the whole run is used up.
    #[error("the time allowed for asking is used up")]
    Deadline,
    /// The answer points to another server; going there could take credentials along or bring another's package.
    #[error("{host} points to {to}, which is not followed")]
    Elsewhere {
        /// Who.
        host: String,
        /// Another host.
        to: String,
    },
    /// More bytes than are read.
    #[error("the answer of {host} is longer than {most} bytes")]
    TooLong {
        /// Who.
        host: String,
        /// The limit.
        most: u64,
    },
    /// The bytes are not what they should be.
    #[error("the answer of {host} cannot be used: {why}")]
    Unreadable {
        /// Who.
        host: String,
        /// What is wrong with them.
        why: String,
    },
    /// Only the cache may be asked, and it has nothing.
    #[error("the cache holds no answer of {0}, and the network is not asked")]
    NotCached(String),
    /// An address of which nothing can be asked, or not safely.
    #[error("{0}")]
    Configuration(String),
}

impl Error {
    /// Whether the server itself is in trouble, so that asking it for the next package is likely to be in vain.
    pub(crate) fn is_outage(&self) -> bool {
        matches!(
            self,
            Error::Unreachable { .. } | Error::Status { .. } | Error::Busy { .. } | Error::Deadline
        )
    }
}
