//! Addresses of servers and the credentials that belong to them.

use std::fmt;

use reqwest::Url;

use crate::error::Error;

/// A text that never shows.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Hides a text.
    pub fn new(text: impl Into<String>) -> Self {
        Secret(text.into())
    }

    /// The text, for the one place that sends it.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("•••")
    }
}

/// How a client proves who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Auth {
    /// `Authorization: Bearer …`
    Bearer(Secret),
    /// `Authorization: Basic …`, from name and password.
    Basic(Secret, Secret),
    /// `Authorization: Basic …`, encoded already.
    Encoded(Secret),
    /// The whole value of the header.
    Raw(Secret),
}

/// The address of a server, without the credentials that may have stood in it.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint {
    url: Url,
    auth: Option<Auth>,
    trusted: bool,
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let auth = if self.auth.is_some() { " with credentials" } else { "" };
        write!(f, "{}{auth}", self.url)
    }
}

impl Endpoint {
    /// Reads an `http` or `https` address; a name and a password in it become credentials, a query is dropped, since
    /// some people keep tokens there.
    pub fn parse(text: &str) -> Option<Endpoint> {
        let mut url = Url::parse(text.trim()).ok()?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
            return None;
        }
        let name = decoded(url.username());
        let auth = match url.password().map(decoded) {
            Some(password) => Some(Auth::Basic(Secret::new(name), Secret::new(password))),
            None if !name.is_empty() => Some(Auth::Basic(Secret::new(name), Secret::new(""))),
            None => None,
        };
        // Neither call fails for http, and an address that kept its password is not used.
        url.set_username("").ok()?;
        url.set_password(None).ok()?;
        url.set_query(None);
        url.set_fragment(None);
        if !url.path().ends_with('/') {
            let path = format!("{}/", url.path());
            url.set_path(&path);
        }
        Some(Endpoint { url, auth, trusted: true })
    }

    /// The same address with credentials.
    pub fn with_auth(mut self, auth: Auth) -> Self {
        self.auth = Some(auth);
        self
    }

    /// The same address, marked as named by the scanned tree alone: whoever wrote the tree would choose who is asked.
    pub fn untrusted(mut self) -> Self {
        self.auth = None;
        self.trusted = false;
        self
    }

    /// Whether the user's own configuration names it.
    pub fn is_trusted(&self) -> bool {
        self.trusted
    }

    /// The address, always with a `/` at its end.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Whether anything proves who asks.
    pub fn has_auth(&self) -> bool {
        self.auth.is_some()
    }

    pub(crate) fn auth(&self) -> Option<&Auth> {
        self.auth.as_ref()
    }

    /// Host, with the port where it is unusual.
    pub fn host(&self) -> String {
        host_of(&self.url)
    }

    /// An address below this one; each segment is encoded by itself.
    pub(crate) fn below(&self, segments: &[&str]) -> Result<Url, Error> {
        let mut path = self.url.path().to_string();
        for (i, segment) in segments.iter().enumerate() {
            // A name such as `..` would leave the place that was configured.
            if matches!(*segment, "" | "." | "..") {
                return Err(Error::Configuration("its name cannot be part of an address".to_string()));
            }
            if i > 0 {
                path.push('/');
            }
            path.push_str(&encode(segment));
        }
        let mut url = self.url.clone();
        url.set_path(&path);
        Ok(url)
    }

    /// An address that this server's own answer names. Another server gets no credentials and is only asked over TLS;
    /// the package manager's client would go there too.
    pub(crate) fn linked(&self, text: &str) -> Result<Endpoint, Error> {
        let unreadable =
            || Error::Unreadable { host: self.host(), why: "it names no usable address".to_string() };
        let mut other = Endpoint::parse(text).ok_or_else(unreadable)?;
        other.auth = None;
        if other.url.origin() == self.url.origin() {
            other.auth.clone_from(&self.auth);
        } else if other.url.scheme() != "https" {
            return Err(Error::Elsewhere { host: self.host(), to: other.host() });
        }
        other.trusted = self.trusted;
        Ok(other)
    }
}

/// Host, with the port where it is unusual.
pub(crate) fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_string(), |port| format!("{host}:{port}"))
}

/// Percent-encodes all but unreserved characters, so that `@scope/name` is one segment; `@` and `!` stay as the
/// clients of npm and Go send them.
pub(crate) fn encode(text: &str) -> String {
    use fmt::Write as _;
    let mut out = String::with_capacity(text.len());
    for &b in text.as_bytes() {
        if b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~' | b'@' | b'!') {
            out.push(char::from(b));
        } else {
            // Writing to a text cannot fail.
            let _ = write!(out, "%{b:02X}");
        }
    }
    out
}

/// Takes percent-encoding away, for a name or password in an address.
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).and_then(|b| char::from(*b).to_digit(16));
    let mut out = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while let Some(&b) = bytes.get(i) {
        match (b, digit(i + 1), digit(i + 2)) {
            (b'%', Some(high), Some(low)) => {
                out.push((high * 16 + low) as u8);
                i += 3;
            }
            _ => {
                out.push(b);
                i += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_leave_the_address_and_never_show() {
        let endpoint = Endpoint::parse("https://me:p%40ss@reg.example/npm?token=hush#x").unwrap();
        assert_eq!(endpoint.url().as_str(), "https://reg.example/npm/");
        assert_eq!(endpoint.auth, Some(Auth::Basic(Secret::new("me"), Secret::new("p@ss"))));
        assert_eq!(format!("{endpoint:?}"), "https://reg.example/npm/ with credentials");
        assert_eq!(format!("{:?}", endpoint.auth), "Some(Basic(•••, •••))");
        assert_eq!(Endpoint::parse("ftp://reg.example"), None);
        assert_eq!(Endpoint::parse("not an address"), None);
    }

    #[test]
    fn segments_are_encoded_and_never_leave_their_place() {
        let endpoint = Endpoint::parse("https://reg.example/a").unwrap();
        assert_eq!(
            endpoint.below(&["@s/n", "1.0+x"]).unwrap().as_str(),
            "https://reg.example/a/@s%2Fn/1.0%2Bx"
        );
        assert!(endpoint.below(&["..", "x"]).is_err());
    }

    #[test]
    fn a_linked_server_gets_no_credentials() {
        let endpoint = Endpoint::parse("https://me:pw@reg.example/a").unwrap();
        assert!(endpoint.linked("https://reg.example/b").unwrap().has_auth());
        assert!(!endpoint.linked("https://them:pw@elsewhere.example/a").unwrap().has_auth());
        assert!(endpoint.linked("http://elsewhere.example/a").is_err());
        assert!(endpoint.linked("http://reg.example/a").is_err());
    }
}
